/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What follows from the font, the zoom and the theme for the cells of a slot view: how large they
 * are and how they are drawn. It is computed for all of them at once, when one of the three
 * changes; the view only says how large a cell is. Loop's thread only.
 */
#include "pane-slot-view-private.h"

#include <adwaita.h>

/* Below what the application says. */
#define STYLE_PRIORITY (GTK_STYLE_PROVIDER_PRIORITY_APPLICATION - 10)

/* Room around the rows, which draw to their own edges: no padding of GTK's inside them. */
static const char css[]
    = ".pane-entries { padding: 0 6px; }"
      ".pane-entries > row { padding: 0; border-radius: 6px; border: 0 solid transparent;"
      " border-width: 1px 0; background-clip: padding-box; }"
      ".pane-entries > .pane-drop { background-color: color-mix(in srgb, var(--accent-bg-color) 30%, transparent); }"
      ".pane-entries > child { padding: 0; border-radius: 9px; border: 1px solid transparent;"
      " background-clip: padding-box; }";

static void
add_css (GdkDisplay *display)
{
  static const char key[] = "pane-slot-view-style";
  GtkCssProvider *provider;

  if (g_object_get_data (G_OBJECT (display), key) != NULL)
    return;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_string (provider, css);
  gtk_style_context_add_provider_for_display (display,
                                              GTK_STYLE_PROVIDER (provider),
                                              STYLE_PRIORITY);
  g_object_set_data_full (G_OBJECT (display), key, provider, g_object_unref);
}

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

static void
read_font (GtkWidget *widget, PaneCellStyle *style)
{
  PangoContext *context = gtk_widget_get_pango_context (widget);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);

  style->char_width = PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics));
  style->line_height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  style->ascent = PANGO_PIXELS (pango_font_metrics_get_ascent (metrics));
  style->descent = PANGO_PIXELS (pango_font_metrics_get_descent (metrics));
  pango_font_metrics_unref (metrics);
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
  gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());

  read_font (GTK_WIDGET (self), &style);
  style.icon_size = klass->icon_sizes[pane_view_get_zoom (PANE_VIEW (self))];
  style.secondary_opacity = contrast ? 0.9 : 0.65;
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

static guint
get_n_zoom_levels (PaneView *view)
{
  return PANE_SLOT_VIEW_GET_CLASS (view)->n_icon_sizes;
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
  G_OBJECT_CLASS (g_type_class_peek (PANE_TYPE_VIEW))->constructed (object);
  add_css (gtk_widget_get_display (GTK_WIDGET (object)));
  pane_view_set_zoom (PANE_VIEW (object), PANE_SLOT_VIEW_GET_CLASS (object)->default_zoom);
  pane_slot_view_update_style (PANE_SLOT_VIEW (object));
}

void
pane_slot_view_install_style (PaneSlotViewClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = constructed;
  GTK_WIDGET_CLASS (klass)->css_changed = css_changed;
  PANE_VIEW_CLASS (klass)->get_n_zoom_levels = get_n_zoom_levels;
  PANE_VIEW_CLASS (klass)->set_zoom = set_zoom;
}
