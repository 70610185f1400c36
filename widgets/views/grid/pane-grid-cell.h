/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One cell of the grid view. Private to the grid view. */
#pragma once

#include "pane-cell.h"

G_BEGIN_DECLS

#define PANE_GRID_MARGIN 8  /* around a cell's contents */
#define PANE_GRID_SPACING 6 /* between icon and name */

#define PANE_TYPE_GRID_CELL (pane_grid_cell_get_type ())
G_DECLARE_FINAL_TYPE (PaneGridCell, pane_grid_cell, PANE, GRID_CELL, PaneCell)

/* @layout: for any cell's name, as each is drawn at once and kept as a render node. */
PaneCell *pane_grid_cell_new (PangoLayout *layout);

G_END_DECLS
