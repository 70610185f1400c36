/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Old names and new ones, as a list of which only what is seen is made. */
#pragma once

#include "files-rename-set.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define FILES_TYPE_RENAME_ROWS (files_rename_rows_get_type ())
G_DECLARE_FINAL_TYPE (FilesRenameRows, files_rename_rows, FILES, RENAME_ROWS, GObject)

/* Loop's thread. Takes @preview. */
FilesRenameRows *files_rename_rows_new (FilesRenameSet *set, FilesRenamePreview *preview);
const FilesRenamePreview *files_rename_rows_get_preview (FilesRenameRows *self);
/* Resolves to a ThawOperationRequest, to be taken. */
ThawFuture *
files_rename_rows_make_request (FilesRenameRows *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
/* A widget for the rows; its model is a selection model over them. */
GtkWidget *files_rename_rows_new_view (void);

G_END_DECLS
