/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The short way to a view: say how large a cell is and draw it. Rows or a grid, and all the rest,
 * come along. */
#pragma once

#include "pane-cell.h"
#include "pane-slot-view.h"

G_BEGIN_DECLS

typedef enum {
  PANE_LAYOUT_ROWS, /* one cell a row, as wide as the view */
  PANE_LAYOUT_GRID, /* as many as fit */
} PaneLayout;

#define PANE_TYPE_CELL_VIEW (pane_cell_view_get_type ())
PANE_API
G_DECLARE_DERIVABLE_TYPE (PaneCellView, pane_cell_view, PANE, CELL_VIEW, PaneSlotView)

/* Implement measure_cell() and draw_cell() of PaneViewClass, and call pane_view_set_icon_sizes()
 * and, unless it is to be rows, pane_cell_view_set_layout() in instance init. */
struct _PaneCellViewClass {
  PaneSlotViewClass parent_class;

  gpointer padding[4];
};

PANE_API void
pane_cell_view_set_layout (PaneCellView *self, PaneLayout layout); /* before the model */
PANE_API PaneLayout pane_cell_view_get_layout (PaneCellView *self);

G_END_DECLS
