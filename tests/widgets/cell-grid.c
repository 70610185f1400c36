/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A view of cells in a grid, which a plugin may be: what a slot view is on GTK's grid. None of
 * those that are shipped is one. */

#include "cell-grid.h"

#include "pane-cell-view.h"

#define MARGIN 6
#define SPACING 6
#define LEAST_CHARS 11 /* of a name, in a line */

#define TEST_TYPE_CELL_GRID (test_cell_grid_get_type ())
G_DECLARE_FINAL_TYPE (TestCellGrid, test_cell_grid, TEST, CELL_GRID, PaneCellView)

struct _TestCellGrid {
  PaneCellView parent_instance;
};

G_DEFINE_FINAL_TYPE (TestCellGrid, test_cell_grid, PANE_TYPE_CELL_VIEW)

static int
get_n_lines (const PaneCellStyle *style)
{
  return style->icon_size < 96 ? 2 : 3;
}

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = MAX (style->icon_size + 16, LEAST_CHARS * style->char_width) + 2 * MARGIN;
  *height = style->icon_size + SPACING + get_n_lines (style) * style->line_height + 2 * MARGIN;
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  int width = gtk_widget_get_width (GTK_WIDGET (cell));

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           (width - style->icon_size) / 2,
                           MARGIN,
                           style->icon_size);
  pane_cell_snapshot_name (cell,
                           snapshot,
                           MARGIN,
                           MARGIN + style->icon_size + SPACING,
                           width - 2 * MARGIN,
                           get_n_lines (style),
                           0.5);
}

static void
test_cell_grid_class_init (TestCellGridClass *klass)
{
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
}

static void
test_cell_grid_init (TestCellGrid *self)
{
  pane_cell_view_set_layout (PANE_CELL_VIEW (self), PANE_LAYOUT_GRID);
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 48, 64, 96, 128, 192 }, 5, 2);
}

void
test_cell_grid_register (void)
{
  static const PaneViewInfo info = {
    .id = "cell-grid",
    .title = "Cell Grid",
    .icon_name = "view-grid-symbolic",
    .rank = 1000,
    .needs = PANE_NEEDS_STAT | PANE_NEEDS_THUMBNAIL,
    .get_type = test_cell_grid_get_type,
  };

  pane_view_registry_add (pane_view_registry_get_default (), &info);
}
