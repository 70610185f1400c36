/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grid view: large icons with the name below, in five sizes. Loop's thread only.
 */
#include "pane-canvas-view.h"

#include <glib/gi18n-lib.h>

#define MARGIN 6
#define SPACING 6
#define LEAST_CHARS 11 /* of a name, in a line */

#define PANE_TYPE_GRID_VIEW (pane_grid_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE, GRID_VIEW, PaneCanvasView)

struct _PaneGridView {
  PaneCanvasView parent_instance;
};

G_DEFINE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE_TYPE_CANVAS_VIEW)

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
pane_grid_view_class_init (PaneGridViewClass *klass)
{
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
}

static void
pane_grid_view_init (PaneGridView *self)
{
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 48, 64, 96, 128, 192 }, 5, 2);
}

const PaneViewInfo pane_grid_view_info = {
  .id = "grid",
  .title = N_ ("Grid"),
  .icon_name = "view-grid-symbolic",
  .accelerator = "<Control>2",
  .rank = 20,
  .needs = PANE_NEEDS_STAT | PANE_NEEDS_THUMBNAIL,
  .get_type = pane_grid_view_get_type,
};
