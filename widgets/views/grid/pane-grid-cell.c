/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cell of the grid view: one widget that draws an icon and two or three lines of name below it.
 * As with a list's rows, text is laid out only when the cell is drawn, with one PangoLayout for the
 * whole view. All cells of a view are of one size. Loop's thread only.
 */
#include "grid/pane-grid-cell.h"

#define DIMMED_OPACITY 0.55

struct _PaneGridCell {
  PaneCell parent_instance;

  const PaneGridStyle *style;
};

G_DEFINE_FINAL_TYPE (PaneGridCell, pane_grid_cell, PANE_TYPE_CELL)

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  const PaneGridStyle *style = PANE_GRID_CELL (widget)->style;

  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? style->height : style->width;
}

static void
lay_out (PaneGridCell *self)
{
  PangoLayout *layout = self->style->layout;
  g_autofree char *name = thaw_entry_store_dup_display_name (pane_cell_get_store (PANE_CELL (self)),
                                                             pane_cell_get_id (PANE_CELL (self)));

  pango_layout_set_width (layout,
                          (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * PANE_GRID_MARGIN)
                              * PANGO_SCALE);
  pango_layout_set_height (layout, -self->style->n_lines);
  pango_layout_set_text (layout, name, -1);
}

static void
snapshot_name (PaneGridCell *self, GtkSnapshot *snapshot)
{
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  if (pane_cell_is_dimmed (PANE_CELL (self)))
    color.alpha *= DIMMED_OPACITY;
  lay_out (self);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT (PANE_GRID_MARGIN,
                            PANE_GRID_MARGIN + self->style->icon_size + PANE_GRID_SPACING));
  gtk_snapshot_append_layout (snapshot, self->style->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneGridCell *self = PANE_GRID_CELL (cell);
  int size = self->style->icon_size;
  int x = (gtk_widget_get_width (GTK_WIDGET (cell)) - size) / 2;

  pane_cell_snapshot_icon (cell, snapshot, x, PANE_GRID_MARGIN, size);
  snapshot_name (self, snapshot);
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  PaneGridCell *self = PANE_GRID_CELL (widget);

  if (pane_cell_get_store (PANE_CELL (self)) == NULL)
    return FALSE;
  lay_out (self);
  if (!pango_layout_is_ellipsized (self->style->layout))
    return FALSE;
  gtk_tooltip_set_text (tooltip, pango_layout_get_text (self->style->layout));
  return TRUE;
}

static void
pane_grid_cell_class_init (PaneGridCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = measure;
  widget_class->query_tooltip = query_tooltip;
  PANE_CELL_CLASS (klass)->draw = draw;
}

static void
pane_grid_cell_init (PaneGridCell *self)
{
}

PaneCell *
pane_grid_cell_new (const PaneGridStyle *style)
{
  PaneGridCell *self = g_object_new (PANE_TYPE_GRID_CELL, NULL);

  self->style = style;
  return PANE_CELL (self);
}
