/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs, what asks, what was interrupted, and what can be undone. */
#pragma once

#include "pane-operation-text.h"

G_BEGIN_DECLS

#define PANE_TYPE_OPERATION_PANEL (pane_operation_panel_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneOperationPanel, pane_operation_panel, PANE, OPERATION_PANEL, GtkWidget)

PANE_API GtkWidget *pane_operation_panel_new (ThawOperationQueue *queue) G_GNUC_WARN_UNUSED_RESULT;
/* Reads the history anew: when the panel is opened. */
PANE_API void pane_operation_panel_refresh (PaneOperationPanel *self);
PANE_API void pane_operation_panel_show_question (PaneOperationPanel *self, ThawOperation *operation);
PANE_API void pane_operation_panel_show_problems (PaneOperationPanel *self, ThawOperation *operation);

/* ::show-file (GFile *file): the user wants to see where it is. ::answered: the page with a question has gone. */

G_END_DECLS
