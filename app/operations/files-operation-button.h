/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header's button of operations: how far they are, and the panel behind it. */
#pragma once

#include "files-operations.h"

G_BEGIN_DECLS

#define FILES_TYPE_OPERATION_BUTTON (files_operation_button_get_type ())
G_DECLARE_FINAL_TYPE (FilesOperationButton, files_operation_button, FILES, OPERATION_BUTTON, AdwBin)

/* Loop's thread. Floating; hidden until there is an operation. */
GtkWidget *files_operation_button_new (FilesOperations *operations);
void files_operation_button_popup (FilesOperationButton *self);
void files_operation_button_show_problems (FilesOperationButton *self, ThawOperation *operation);
void files_operation_button_show_question (FilesOperationButton *self, ThawOperation *operation);

G_END_DECLS
