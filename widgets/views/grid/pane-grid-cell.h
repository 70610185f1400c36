/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One cell of the grid view. Private to the grid view. */
#pragma once

#include "pane-cell.h"

G_BEGIN_DECLS

/* What all cells of a view share. */
typedef struct {
  PangoLayout *layout; /* for any text of any cell: each is drawn at once and remembered as a render node */
  int icon_size;
  int n_lines;
  int width;
  int height;
} PaneGridStyle;

#define PANE_GRID_MARGIN 8  /* around a cell's contents */
#define PANE_GRID_SPACING 6 /* between icon and name */

#define PANE_TYPE_GRID_CELL (pane_grid_cell_get_type ())
G_DECLARE_FINAL_TYPE (PaneGridCell, pane_grid_cell, PANE, GRID_CELL, PaneCell)

PaneCell *pane_grid_cell_new (const PaneGridStyle *style); /* borrowed for the cell's life */

G_END_DECLS
