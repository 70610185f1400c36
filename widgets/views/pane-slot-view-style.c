/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What follows from the font, the zoom and the theme for the cells of a slot view: how large they
 * are and how they are drawn. It is computed for all of them at once, when one of the three
 * changes; the view only says how large a cell is. Loop's thread only.
 */
#include "pane-slot-view-private.h"

static void
draw_cell (PaneCell *cell, gpointer unused)
{
  gtk_widget_queue_draw (GTK_WIDGET (cell));
}

/**
 * pane_slot_view_draw_cells:
 * @self: a [class@Pane.SlotView]
 *
 * Has all cells drawn again.
 */
void
pane_slot_view_draw_cells (PaneSlotView *self)
{
  pane_slot_view_foreach_cell (self, draw_cell, NULL);
}

static void
resize_cell (PaneCell *cell, gpointer unused)
{
  gtk_widget_queue_resize (GTK_WIDGET (cell));
}

/* Before the style is another one: the place is noted as it is. */
static void
resize_cells (PaneSlotView *self)
{
  pane_slot_view_foreach_cell (self, resize_cell, NULL);
  if (pane_slot_view_get_follower (self) != NULL)
    pane_view_follower_invalidate (pane_slot_view_get_follower (self));
}

/**
 * pane_slot_view_update_style:
 * @self: a [class@Pane.SlotView]
 *
 * Computes the style again: the font, the zoom or the theme may be others.
 */
void
pane_slot_view_update_style (PaneSlotView *self)
{
  PaneSlotViewClass *klass = PANE_SLOT_VIEW_GET_CLASS (self);
  GtkWidget *list = pane_slot_view_get_list (self);
  PaneCellStyle *current = pane_slot_view_peek_style (self);
  PaneCellStyle style = *current;

  pane_cell_style_read (&style, GTK_WIDGET (self));
  klass->fit_style (self, &style);
  pane_slot_view_draw_cells (self);
  if (style.width != current->width || style.height != current->height)
    resize_cells (self);
  *current = style;
  if (klass->fit != NULL && list != NULL && gtk_widget_get_width (list) > 0)
    klass->fit (self, gtk_widget_get_width (list));
}

static void
css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (g_type_class_peek (PANE_TYPE_VIEW))->css_changed (widget, change);
  pane_slot_view_update_style (PANE_SLOT_VIEW (widget));
}

static void
set_zoom (PaneView *view, guint level)
{
  pane_slot_view_update_style (PANE_SLOT_VIEW (view));
}

/* The first that is called when the view's own fields are there. */
static void
constructed (GObject *object)
{
  PaneSlotViewClass *klass = PANE_SLOT_VIEW_GET_CLASS (object);

  G_OBJECT_CLASS (g_type_class_peek (PANE_TYPE_VIEW))->constructed (object);
  pane_view_add_css (gtk_widget_get_display (GTK_WIDGET (object)));
  if (klass->icon_sizes != NULL)
    pane_view_set_icon_sizes (PANE_VIEW (object),
                              klass->icon_sizes,
                              klass->n_icon_sizes,
                              klass->default_zoom);
  pane_slot_view_update_style (PANE_SLOT_VIEW (object));
}

void
pane_slot_view_install_style (PaneSlotViewClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = constructed;
  GTK_WIDGET_CLASS (klass)->css_changed = css_changed;
  PANE_VIEW_CLASS (klass)->set_zoom = set_zoom;
}
