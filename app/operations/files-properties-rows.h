/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows that tell what a file is. */
#pragma once

#include "thaw.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What is asked of GIO for them. */
#define FILES_PROPERTIES_ATTRIBUTES                                                                \
  "standard::name,standard::display-name,standard::type,standard::content-type,standard::icon,"    \
  "standard::size,"                                                                                \
  "standard::symlink-target,time::modified,time::access,time::created,unix::mode,unix::uid,unix::" \
  "gid,unix::is-mountpoint,"                                                                                 \
  "owner::user,owner::group"

/* Loop's thread, all of them. A row with a title above its text, which can be selected; hidden
 * while it has none. */
GtkWidget *files_properties_row_new (const char *title);
void files_properties_row_set (GtkWidget *row, const char *text); /* nullable */

/* Transfer full, translated. */
char *files_properties_dup_size (gint64 bytes);
char *files_properties_dup_count (const ThawFileMeasure *measure,
                                  gboolean of_one_folder,
                                  gboolean is_done);
char *
files_properties_dup_time (GFileInfo *info, const char *attribute); /* NULL if it isn't known */

G_END_DECLS
