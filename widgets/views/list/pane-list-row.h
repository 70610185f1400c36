/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One row of the list view. Private to the list view. */
#pragma once

#include "list/pane-list-columns.h"
#include "pane-cell.h"

G_BEGIN_DECLS

/* What all rows of a view share. */
typedef struct {
  PaneListColumns *columns;
  /* One a column, for any row: each text is drawn at once and remembered as a render node. The last is for all
   * columns of plugins. */
  PangoLayout *layouts[PANE_N_LIST_COLUMNS + 1];
} PaneListStyle;

#define PANE_TYPE_LIST_ROW (pane_list_row_get_type ())
G_DECLARE_FINAL_TYPE (PaneListRow, pane_list_row, PANE, LIST_ROW, PaneCell)

PaneCell *pane_list_row_new (const PaneListStyle *style); /* borrowed for the row's life */
/* How wide the text of a column is, without padding; 0 when the row shows nothing. */
int pane_list_row_measure_column (PaneListRow *self, guint column);
/* Whether the triangle before a folder is at @x of the row. */
gboolean pane_list_row_hits_triangle (PaneListRow *self, double x);

G_END_DECLS
