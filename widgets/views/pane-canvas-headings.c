/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The headings of a canvas: a widget for each that is on the screen, which draws what the group is
 * called and how many entries it has, and says so to assistive technology. They stand among the
 * cells in the order of reading, can't be clicked, and are used again when they leave the screen.
 * Which there are, and where, is the flow's to say. Loop's thread only.
 */
#include "pane-canvas-private.h"
#include "pane-groups-private.h"

#include <string.h>

#define PADDING 6
#define GAP 9 /* between title and count */

#define PANE_TYPE_HEADING (pane_heading_get_type ())
G_DECLARE_FINAL_TYPE (PaneHeading, pane_heading, PANE, HEADING, GtkWidget)

struct _PaneHeading {
  GtkWidget parent_instance;

  const PaneCellStyle *style; /* the canvas' */
  char *title;
  guint n_entries;
  guint first; /* the position of the group's first entry */
};

G_DEFINE_FINAL_TYPE (PaneHeading, pane_heading, GTK_TYPE_WIDGET)

struct _PaneCanvasHeadings {
  PaneCanvas *canvas; /* not owned: it owns us */
  GPtrArray *shown;   /* PaneHeading, not owned, from the first on */
  GPtrArray *pool;    /* those that aren't shown */
  guint n_shown;      /* while they are being assigned */
  guint n_arranged;
};

/* Drawing */

/* @x: from the start edge. Returns how wide it is. */
static int
snapshot_words (GtkWidget *widget,
                GtkSnapshot *snapshot,
                const char *words,
                GdkRectangle *area,
                PangoWeight weight,
                double opacity)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, words);
  PangoAttrList *attributes = pango_attr_list_new ();
  PangoRectangle extents;
  GdkRGBA color;
  int x = area->x;

  pango_attr_list_insert (attributes, pango_attr_weight_new (weight));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_width (layout, MAX (area->width, 0) * PANGO_SCALE);
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    x = gtk_widget_get_width (widget) - x - extents.width;
  gtk_widget_get_color (widget, &color);
  color.alpha *= (float) opacity;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x - extents.x, area->y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
  return extents.width;
}

void
pane_heading_snapshot (GtkWidget *widget,
                       GtkSnapshot *snapshot,
                       const PaneCellStyle *style,
                       const char *title,
                       guint n_entries,
                       int margin,
                       int y)
{
  g_autofree char *count = g_strdup_printf ("%'u", n_entries);
  GdkRectangle area = { margin, y, gtk_widget_get_width (widget) - 2 * margin, style->line_height };
  int width = snapshot_words (widget, snapshot, title, &area, PANGO_WEIGHT_BOLD, 1);

  area.x += width + GAP;
  area.width -= width + GAP;
  if (area.width >= (int) strlen (count) * style->char_width)
    snapshot_words (widget, snapshot, count, &area, PANGO_WEIGHT_NORMAL, style->secondary_opacity);
}

/* One heading */

static void
set_text (PaneHeading *self, const char *title, guint n_entries)
{
  g_autofree char *label = NULL;

  if (g_strcmp0 (self->title, title) == 0 && self->n_entries == n_entries)
    return;
  g_set_str (&self->title, title);
  self->n_entries = n_entries;
  label = pane_groups_dup_label (title, n_entries);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneHeading *self = PANE_HEADING (widget);
  int room = gtk_widget_get_height (widget) - self->style->line_height;

  pane_heading_snapshot (widget,
                         snapshot,
                         self->style,
                         self->title,
                         self->n_entries,
                         PADDING,
                         room * 2 / 3);
}

/* It gets what room there is. */
static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  *minimum = *natural = 0;
}

static void
pane_heading_finalize (GObject *object)
{
  PaneHeading *self = PANE_HEADING (object);

  g_free (self->title);
  G_OBJECT_CLASS (pane_heading_parent_class)->finalize (object);
}

static void
pane_heading_class_init (PaneHeadingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pane_heading_finalize;
  widget_class->snapshot = snapshot;
  widget_class->measure = measure;
  gtk_widget_class_set_css_name (widget_class, "heading");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_HEADING);
}

static void
pane_heading_init (PaneHeading *self)
{
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}

/* All of them */

PaneCanvasHeadings *
pane_canvas_headings_new (PaneCanvas *canvas)
{
  PaneCanvasHeadings *self = g_new0 (PaneCanvasHeadings, 1);

  self->canvas = canvas;
  self->shown = g_ptr_array_new ();
  self->pool = g_ptr_array_new ();
  return self;
}

void
pane_canvas_headings_free (PaneCanvasHeadings *self)
{
  g_ptr_array_unref (self->shown);
  g_ptr_array_unref (self->pool);
  g_free (self);
}

/* The widgets are unparented by their parent. */
void
pane_canvas_headings_forget (PaneCanvasHeadings *self)
{
  g_ptr_array_set_size (self->shown, 0);
  g_ptr_array_set_size (self->pool, 0);
}

static PaneHeading *
take_heading (PaneCanvasHeadings *self)
{
  PaneHeading *heading;

  if (self->pool->len > 0)
    return g_ptr_array_steal_index_fast (self->pool, self->pool->len - 1);
  heading = g_object_new (PANE_TYPE_HEADING, NULL);
  heading->style = pane_canvas_get_style (self->canvas);
  gtk_widget_set_parent (GTK_WIDGET (heading), GTK_WIDGET (self->canvas));
  return heading;
}

static void
show_heading (guint first,
              guint n_entries,
              const char *title,
              const GdkRectangle *area,
              gpointer user_data)
{
  PaneCanvasHeadings *self = user_data;
  GdkRectangle place;
  PaneHeading *heading;

  if (self->n_shown == self->shown->len)
    g_ptr_array_add (self->shown, take_heading (self));
  heading = g_ptr_array_index (self->shown, self->n_shown++);
  heading->first = first;
  set_text (heading, title, n_entries);
  pane_canvas_to_widget (self->canvas, area, &place);
  gtk_widget_set_child_visible (GTK_WIDGET (heading), TRUE);
  gtk_widget_measure (GTK_WIDGET (heading), GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_size_allocate (GTK_WIDGET (heading), &place, -1);
}

void
pane_canvas_headings_assign (PaneCanvasHeadings *self)
{
  PaneFlow *flow
      = pane_canvas_view_get_flow (PANE_CANVAS_VIEW (pane_canvas_get_view (self->canvas)));
  GdkRectangle viewport;

  self->n_shown = self->n_arranged = 0;
  pane_canvas_get_viewport (self->canvas, &viewport);
  if (flow != NULL)
    pane_flow_foreach_heading (flow, &viewport, show_heading, self);
  while (self->shown->len > self->n_shown)
    {
      PaneHeading *heading = g_ptr_array_steal_index (self->shown, self->shown->len - 1);

      gtk_widget_set_child_visible (GTK_WIDGET (heading), FALSE);
      g_ptr_array_add (self->pool, heading);
    }
}

void
pane_canvas_headings_arrange (PaneCanvasHeadings *self, guint position, GtkWidget **previous)
{
  while (self->n_arranged < self->shown->len)
    {
      PaneHeading *heading = g_ptr_array_index (self->shown, self->n_arranged);

      if (heading->first > position)
        return;
      self->n_arranged++;
      if (gtk_widget_get_prev_sibling (GTK_WIDGET (heading)) != *previous)
        gtk_widget_insert_after (GTK_WIDGET (heading), GTK_WIDGET (self->canvas), *previous);
      *previous = GTK_WIDGET (heading);
    }
}
