/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where two folders differ, as a list: what a plan found, and what would be done about it. */
#pragma once

#include <gtk/gtk.h>
#include "thaw-operation.h"

G_BEGIN_DECLS

typedef enum {
  FILES_SYNC_UPDATE,
  FILES_SYNC_MIRROR,
  FILES_SYNC_BOTH,
} FilesSyncMode;

#define FILES_TYPE_DIFFERENCES (files_differences_get_type ())
G_DECLARE_FINAL_TYPE (FilesDifferences, files_differences, FILES, DIFFERENCES, GObject)

/* Loop's thread. A GListModel that never changes. @a, @b: the folders. */
FilesDifferences *files_differences_new (ThawPlan *plan, FilesSyncMode mode, GFile *a, GFile *b);
/* "12 to copy, 3 to remove, 4.3 MB" */
char *files_differences_dup_summary (FilesDifferences *self);
/* Of those, how many change anything. */
gint64 files_differences_get_n_changes (FilesDifferences *self);
/* Shows such lists. */
GtkWidget *files_differences_new_view (void);

G_END_DECLS
