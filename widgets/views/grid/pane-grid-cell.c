/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cell of the grid view: one widget that draws an icon and two or three lines of name below it.
 * As with a list's rows, text is laid out only when the cell is drawn, with one PangoLayout for the
 * whole view. All cells of a view are of one size. Loop's thread only.
 */
#include "grid/pane-grid-cell.h"

struct _PaneGridCell {
  PaneCell parent_instance;

  PangoLayout *layout;
};

G_DEFINE_FINAL_TYPE (PaneGridCell, pane_grid_cell, PANE_TYPE_CELL)

static void
lay_out (PaneGridCell *self)
{
  PaneCell *cell = PANE_CELL (self);
  g_autofree char *name
      = thaw_entry_store_dup_display_name (pane_cell_get_store (cell), pane_cell_get_id (cell));
  int width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * PANE_GRID_MARGIN;

  pango_layout_set_width (self->layout, width * PANGO_SCALE);
  pango_layout_set_text (self->layout, name, -1);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneGridCell *self = PANE_GRID_CELL (cell);
  const PaneCellStyle *style = pane_cell_get_style (cell);
  int icon_x = (gtk_widget_get_width (GTK_WIDGET (cell)) - style->icon_size) / 2;
  int name_y = PANE_GRID_MARGIN + style->icon_size + PANE_GRID_SPACING;

  pane_cell_snapshot_icon (cell, snapshot, icon_x, PANE_GRID_MARGIN, style->icon_size);
  lay_out (self);
  pane_cell_snapshot_text (cell,
                           snapshot,
                           self->layout,
                           PANE_GRID_MARGIN,
                           name_y + style->ascent,
                           1);
}

static const char *
find_cut_text (PaneCell *cell, int x, GdkRectangle *area)
{
  PaneGridCell *self = PANE_GRID_CELL (cell);

  lay_out (self);
  return pango_layout_is_ellipsized (self->layout) ? pango_layout_get_text (self->layout) : NULL;
}

static void
pane_grid_cell_dispose (GObject *object)
{
  g_clear_object (&PANE_GRID_CELL (object)->layout);
  G_OBJECT_CLASS (pane_grid_cell_parent_class)->dispose (object);
}

static void
pane_grid_cell_class_init (PaneGridCellClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pane_grid_cell_dispose;
  PANE_CELL_CLASS (klass)->draw = draw;
  PANE_CELL_CLASS (klass)->find_cut_text = find_cut_text;
}

static void
pane_grid_cell_init (PaneGridCell *self)
{
}

PaneCell *
pane_grid_cell_new (PangoLayout *layout)
{
  PaneGridCell *self = g_object_new (PANE_TYPE_GRID_CELL, NULL);

  self->layout = g_object_ref (layout);
  return PANE_CELL (self);
}
