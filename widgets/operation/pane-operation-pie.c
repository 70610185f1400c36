/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pie that fills up, as large as a symbolic icon and of the text's colour. The button that it stands on says in words what it
 * shows. Loop's thread. */

#include "pane-operation-pie.h"

#include <math.h>

#define SIZE 16
#define LINE 1.5

struct _PaneOperationPie {
  GtkWidget parent_instance;
  double fraction;
};

G_DEFINE_FINAL_TYPE (PaneOperationPie, pane_operation_pie, GTK_TYPE_WIDGET)

static void
pane_operation_pie_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  *minimum = *natural = SIZE;
  *minimum_baseline = *natural_baseline = -1;
}

/* From the top, the way the clock goes; the sweep of a whole one is left to the ring. */
static GskPath *
make_slice (const graphene_point_t *center, double radius, double fraction)
{
  GskPathBuilder *builder = gsk_path_builder_new ();
  double angle = 2 * G_PI * fraction;

  gsk_path_builder_move_to (builder, center->x, center->y);
  gsk_path_builder_line_to (builder, center->x, center->y - radius);
  gsk_path_builder_svg_arc_to (builder,
                               radius,
                               radius,
                               0,
                               fraction > 0.5,
                               TRUE,
                               center->x + radius * sin (angle),
                               center->y - radius * cos (angle));
  gsk_path_builder_close (builder);
  return gsk_path_builder_free_to_path (builder);
}

static GskPath *
make_circle (const graphene_point_t *center, double radius)
{
  GskPathBuilder *builder = gsk_path_builder_new ();

  gsk_path_builder_add_circle (builder, center, radius);
  return gsk_path_builder_free_to_path (builder);
}

static void
pane_operation_pie_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneOperationPie *self = PANE_OPERATION_PIE (widget);
  graphene_point_t center = GRAPHENE_POINT_INIT (gtk_widget_get_width (widget) / 2.0,
                                                 gtk_widget_get_height (widget) / 2.0);
  double radius = MIN (center.x, center.y) - LINE / 2;
  g_autoptr (GskPath) ring = make_circle (&center, radius);
  g_autoptr (GskStroke) stroke = gsk_stroke_new (LINE);
  GdkRGBA color;

  gtk_widget_get_color (widget, &color);
  gtk_snapshot_append_stroke (snapshot, ring, stroke, &color);
  if (self->fraction > 0)
    {
      g_autoptr (GskPath) filled = self->fraction >= 0.999
                                       ? make_circle (&center, radius - LINE)
                                       : make_slice (&center, radius - LINE, self->fraction);

      gtk_snapshot_append_fill (snapshot, filled, GSK_FILL_RULE_WINDING, &color);
    }
}

static void
pane_operation_pie_class_init (PaneOperationPieClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = pane_operation_pie_measure;
  widget_class->snapshot = pane_operation_pie_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
pane_operation_pie_init (PaneOperationPie *self)
{
  self->fraction = -1;
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/**
 * pane_operation_pie_set_fraction:
 * @self: a pie
 * @fraction: 0 to 1, or negative when it isn't known
 *
 * Fills it so far.
 *
 * - **Thread**: the loop's.
 */
void
pane_operation_pie_set_fraction (PaneOperationPie *self, double fraction)
{
  g_return_if_fail (PANE_IS_OPERATION_PIE (self));

  if (fabs (self->fraction - fraction) < 0.002)
    return;
  self->fraction = fraction;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
