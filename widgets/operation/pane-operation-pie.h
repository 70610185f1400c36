/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small pie that fills up: the progress of everything that runs, on a header's button. */
#pragma once

#include "pane-frame.h"

G_BEGIN_DECLS

#define PANE_TYPE_OPERATION_PIE (pane_operation_pie_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneOperationPie, pane_operation_pie, PANE, OPERATION_PIE, GtkWidget)

/* 0 … 1; < 0: not known, shown as an empty ring. */
PANE_API void pane_operation_pie_set_fraction (PaneOperationPie *self, double fraction);

G_END_DECLS
