/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Type-ahead: typing jumps to the entry that begins so, and a small pill shows what was typed. */
#pragma once

#include <gtk/gtk.h>
#include "pane-view.h"

G_BEGIN_DECLS

#define FILES_TYPE_TYPE_AHEAD (files_type_ahead_get_type ())
G_DECLARE_FINAL_TYPE (FilesTypeAhead, files_type_ahead, FILES, TYPE_AHEAD, GtkWidget)

void files_type_ahead_set_model (FilesTypeAhead *self, PaneFolderModel *model);
void files_type_ahead_set_view (FilesTypeAhead *self, PaneView *view); /* which isn't kept */
/* TRUE: the key was used. */
gboolean files_type_ahead_key (FilesTypeAhead *self, guint keyval, GdkModifierType state);
void files_type_ahead_reset (FilesTypeAhead *self);
/* ::found (guint id). */

G_END_DECLS
