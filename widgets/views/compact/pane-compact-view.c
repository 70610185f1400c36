/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The compact view: small icons with the name beside, in columns from top to bottom, scrolled
 * sideways. It shows the most names that a window can hold. Loop's thread only.
 */
#include "pane-canvas-view.h"

#include <glib/gi18n-lib.h>

#define MARGIN 6
#define NAME_CHARS 26

#define PANE_TYPE_COMPACT_VIEW (pane_compact_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneCompactView, pane_compact_view, PANE, COMPACT_VIEW, PaneCanvasView)

struct _PaneCompactView {
  PaneCanvasView parent_instance;
};

G_DEFINE_FINAL_TYPE (PaneCompactView, pane_compact_view, PANE_TYPE_CANVAS_VIEW)

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = style->icon_size + NAME_CHARS * style->char_width + 3 * MARGIN;
  *height = MAX (style->icon_size, style->line_height) + MARGIN;
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int height = gtk_widget_get_height (GTK_WIDGET (cell));
  int size = style->icon_size, begin = size + 2 * MARGIN;

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           pane_cell_is_rtl (cell) ? width - MARGIN - size : MARGIN,
                           (height - size) / 2,
                           size);
  pane_cell_snapshot_name (cell,
                           snapshot,
                           begin,
                           (height - style->line_height) / 2,
                           width - begin - MARGIN,
                           1,
                           0);
}

static void
pane_compact_view_class_init (PaneCompactViewClass *klass)
{
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
}

static void
pane_compact_view_init (PaneCompactView *self)
{
  pane_canvas_view_set_orientation (PANE_CANVAS_VIEW (self), GTK_ORIENTATION_HORIZONTAL);
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 16, 24, 32, 48 }, 4, 0);
}

const PaneViewInfo pane_compact_view_info = {
  .id = "compact",
  .title = N_ ("Compact"),
  .icon_name = "view-columns-symbolic",
  .accelerator = "<Control>3",
  .rank = 30,
  .needs = PANE_NEEDS_NAME,
  .get_type = pane_compact_view_get_type,
};
