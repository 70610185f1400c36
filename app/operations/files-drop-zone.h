/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A widget that files can be dropped on. */
#pragma once

#include "files-requests.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FILES_NO_DROP G_MAXUINT /* a key of no place */

typedef struct {
  /* The folder at a point of the widget, transfer full; NULL: nothing can be dropped there. *key:
   * what tells places apart. */
  GFile *(*dup_folder) (gpointer owner, double x, double y, guint *key);
  /* Shows where it would go; FILES_NO_DROP: nowhere any more. */
  void (*hover) (gpointer owner, guint key);
  /* It has been held there for a while: open it. */
  void (*spring) (gpointer owner, guint key);
  void (*drop) (gpointer owner, FilesTransfer how, FilesSelection *files, GFile *folder);
} FilesDropFuncs;

/* Loop's thread. @funcs: static. @owner lives as long as @widget. */
void files_drop_zone_attach (GtkWidget *widget, const FilesDropFuncs *funcs, gpointer owner);

/* What the keys say; without any, what the places say: 0 if it can't go there. @allowed: what is
 * offered. */
GdkDragAction files_drop_choose (GdkDragAction allowed,
                                 gboolean wants_link,
                                 FilesSelection *files,
                                 GFile *folder);
FilesTransfer files_drop_get_transfer (GdkDragAction action);

G_END_DECLS
