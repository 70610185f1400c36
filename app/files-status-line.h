/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line below a folder: how many entries, what is selected, how far loading is. */
#pragma once

#include <gtk/gtk.h>
#include "pane-folder-model.h"

G_BEGIN_DECLS

#define FILES_TYPE_STATUS_LINE (files_status_line_get_type ())
G_DECLARE_FINAL_TYPE (FilesStatusLine, files_status_line, FILES, STATUS_LINE, GtkWidget)

void files_status_line_set_model (FilesStatusLine *self, PaneFolderModel *model);
/* The folder's state or its entries changed: shown within a frame or two. */
void files_status_line_refresh (FilesStatusLine *self);
/* The text shown, for tests. */
const char *files_status_line_get_text (FilesStatusLine *self);

G_END_DECLS
