/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One operation in the panel. */
#pragma once

#include "pane-operation-text.h"

G_BEGIN_DECLS

#define PANE_TYPE_OPERATION_ROW (pane_operation_row_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneOperationRow, pane_operation_row, PANE, OPERATION_ROW, GtkListBoxRow)

PANE_API GtkWidget *pane_operation_row_new (ThawOperationQueue *queue, ThawOperation *operation) G_GNUC_WARN_UNUSED_RESULT;
PANE_API ThawOperation *pane_operation_row_get_operation (PaneOperationRow *self);

/* ::answer, ::problems: the user wants that page. ::dismiss: it is over, and the user has seen it. */

G_END_DECLS
