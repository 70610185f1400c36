/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plot of the last seconds. The samples are a ring of numbers, and a picture is two paths: the
 * bars within the limit in the text's colour, and those above it in the colour of warnings. There
 * is no widget, no node and no allocation for a sample. Time goes the way that text does. What the
 * plot says in numbers stands beside it as text, so a screen reader is told that it is a picture
 * and no more. Loop's thread. */

#include "pane-pulse-plot.h"

#include <adwaita.h>

#define SMALLEST_WIDTH 120
#define USUAL_WIDTH 180
#define USUAL_HEIGHT 56
#define ROOM 1.1 /* above the highest bar */

struct _PanePulsePlot {
  GtkWidget parent_instance;

  double samples[PANE_PULSE_SAMPLES];
  guint n_samples; /* ever */
  double floor, limit;
};

G_DEFINE_FINAL_TYPE (PanePulsePlot, pane_pulse_plot, GTK_TYPE_WIDGET)

/* The sample @age places back; there must be that many. */
static double
get_sample (PanePulsePlot *self, guint age)
{
  return self->samples[(self->n_samples - 1 - age) % PANE_PULSE_SAMPLES];
}

static guint
get_n_kept (PanePulsePlot *self)
{
  return MIN (self->n_samples, PANE_PULSE_SAMPLES);
}

/**
 * pane_pulse_plot_get_highest:
 * @self: a plot
 *
 * Returns: the highest of the samples that are shown, or 0
 */
double
pane_pulse_plot_get_highest (PanePulsePlot *self)
{
  double highest = 0;

  g_return_val_if_fail (PANE_IS_PULSE_PLOT (self), 0);

  for (guint age = 0; age < get_n_kept (self); age++)
    highest = MAX (highest, get_sample (self, age));
  return highest;
}

/**
 * pane_pulse_plot_set_scale:
 * @self: a plot
 * @floor: what the scale shows at least
 * @limit: where too much begins, or a negative number
 *
 * Sets the scale. It grows with the samples.
 */
void
pane_pulse_plot_set_scale (PanePulsePlot *self, double floor, double limit)
{
  g_return_if_fail (PANE_IS_PULSE_PLOT (self));

  self->floor = floor;
  self->limit = limit;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * pane_pulse_plot_add:
 * @self: a plot
 * @value: the newest sample
 *
 * Adds a sample; the oldest one goes.
 */
void
pane_pulse_plot_add (PanePulsePlot *self, double value)
{
  g_return_if_fail (PANE_IS_PULSE_PLOT (self));

  self->samples[self->n_samples % PANE_PULSE_SAMPLES] = value;
  self->n_samples++;
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
is_above (PanePulsePlot *self, double value)
{
  return self->limit >= 0 && value > self->limit;
}

/* The bars of one colour. */
static void
append_bars (PanePulsePlot *self, GtkSnapshot *snapshot, gboolean above, const GdkRGBA *color)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double height = gtk_widget_get_height (GTK_WIDGET (self));
  double step = width / PANE_PULSE_SAMPLES;
  double scale = height / (MAX (self->floor, pane_pulse_plot_get_highest (self)) * ROOM);
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  g_autoptr (GskPathBuilder) builder = gsk_path_builder_new ();
  g_autoptr (GskPath) path = NULL;
  guint n = 0;

  for (guint age = 0; age < get_n_kept (self); age++)
    {
      double value = get_sample (self, age), bar = MAX (value * scale, 1);
      double x = is_rtl ? age * step : width - (age + 1) * step;

      if (value <= 0 || is_above (self, value) != above)
        continue;
      gsk_path_builder_add_rect (builder,
                                 &GRAPHENE_RECT_INIT (x, height - bar, MAX (step * .8, 1), bar));
      n++;
    }
  path = gsk_path_builder_free_to_path (g_steal_pointer (&builder));
  if (n > 0)
    gtk_snapshot_append_fill (snapshot, path, GSK_FILL_RULE_WINDING, color);
}

static void
append_line (PanePulsePlot *self, GtkSnapshot *snapshot, double value, const GdkRGBA *color)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double height = gtk_widget_get_height (GTK_WIDGET (self));
  double highest = MAX (self->floor, pane_pulse_plot_get_highest (self)) * ROOM;

  if (value >= 0 && value < highest)
    gtk_snapshot_append_color (
        snapshot,
        color,
        &GRAPHENE_RECT_INIT (0, (int) (height * (1 - value / highest)), width, 1));
}

static void
pane_pulse_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PanePulsePlot *self = PANE_PULSE_PLOT (widget);
  gboolean is_dark = adw_style_manager_get_dark (
      adw_style_manager_get_for_display (gtk_widget_get_display (widget)));
  /* libadwaita's colours of errors; a widget that draws itself can't ask its style sheet. */
  GdkRGBA error = is_dark ? (GdkRGBA){ 1, .48, .39, 1 } : (GdkRGBA){ .76, .11, .16, 1 };
  GdkRGBA bars, faint;

  gtk_widget_get_color (widget, &bars);
  faint = bars;
  faint.alpha *= .08f;
  gtk_snapshot_append_color (
      snapshot,
      &faint,
      &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget)));
  bars.alpha *= .7f;
  append_bars (self, snapshot, FALSE, &bars);
  append_bars (self, snapshot, TRUE, &error);
  error.alpha = .5f;
  append_line (self, snapshot, self->limit, &error);
}

static void
pane_pulse_plot_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? SMALLEST_WIDTH : USUAL_HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? USUAL_WIDTH : USUAL_HEIGHT;
}

static void
pane_pulse_plot_class_init (PanePulsePlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = pane_pulse_plot_snapshot;
  widget_class->measure = pane_pulse_plot_measure;
  gtk_widget_class_set_css_name (widget_class, "plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
pane_pulse_plot_init (PanePulsePlot *self)
{
  self->floor = 1;
  self->limit = -1;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
