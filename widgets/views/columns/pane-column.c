/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One column: a child, so wide as it was told to be, and a line at its end, which can be dragged.
 * What the child would like to be is none of its business, so that no column moves because of what
 * is in it. Loop's thread only.
 */
#include "pane-columns-private.h"

#define GRIP 6 /* how far from its end the line can be taken hold of */
#define LINE_OPACITY 0.15

struct _PaneColumn {
  GtkWidget parent_instance;

  GtkWidget *child;
  int width;
  GdkCursor *cursor; /* over the line */
  double taken_at;   /* how far from the line */
};

enum {
  RESIZED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneColumn, pane_column, GTK_TYPE_WIDGET)

/* From the start edge. */
static double
to_start (PaneColumn *self, double x)
{
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    return gtk_widget_get_width (GTK_WIDGET (self)) - x;
  return x;
}

gboolean
pane_column_is_at_line (PaneColumn *self, double x)
{
  return to_start (self, x) >= gtk_widget_get_width (GTK_WIDGET (self)) - GRIP;
}

/* The line */

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, PaneColumn *self)
{
  if (!pane_column_is_at_line (self, x))
    {
      gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->taken_at = self->width - to_start (self, x);
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drag_update_cb (GtkGestureDrag *drag, double dx, double dy, PaneColumn *self)
{
  double x, y;
  int width;

  if (!gtk_gesture_get_point (GTK_GESTURE (drag), NULL, &x, &y))
    return;
  width = CLAMP ((int) (to_start (self, x) + self->taken_at),
                 PANE_COLUMN_LEAST_WIDTH,
                 PANE_COLUMN_MOST_WIDTH);
  if (width == self->width)
    return;
  pane_column_set_width (self, width);
  g_signal_emit (self, signals[RESIZED], 0, width);
}

static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, PaneColumn *self)
{
  gtk_widget_set_cursor (GTK_WIDGET (self), pane_column_is_at_line (self, x) ? self->cursor : NULL);
}

static void
add_line (PaneColumn *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  self->cursor = gdk_cursor_new_from_name ("col-resize", NULL);
}

/* Widget */

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  PaneColumn *self = PANE_COLUMN (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = self->width;
  else
    gtk_widget_measure (self->child, orientation, -1, minimum, natural, NULL, NULL);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneColumn *self = PANE_COLUMN (widget);
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int least;

  gtk_widget_measure (self->child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  gtk_widget_size_allocate (self->child,
                            &(GtkAllocation){ is_rtl ? 1 : 0, 0, MAX (width - 1, least), height },
                            -1);
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  gboolean is_rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  float x = is_rtl ? 0 : gtk_widget_get_width (widget) - 1;
  GdkRGBA color;

  gtk_widget_get_color (widget, &color);
  color.alpha *= LINE_OPACITY;
  gtk_widget_snapshot_child (widget, PANE_COLUMN (widget)->child, snapshot);
  gtk_snapshot_append_color (snapshot,
                             &color,
                             &GRAPHENE_RECT_INIT (x, 0, 1, gtk_widget_get_height (widget)));
}

static void
pane_column_dispose (GObject *object)
{
  PaneColumn *self = PANE_COLUMN (object);

  g_clear_pointer (&self->child, gtk_widget_unparent);
  g_clear_object (&self->cursor);
  G_OBJECT_CLASS (pane_column_parent_class)->dispose (object);
}

static void
pane_column_class_init (PaneColumnClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_column_dispose;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  signals[RESIZED] = g_signal_new ("resized",
                                   PANE_TYPE_COLUMN,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   1,
                                   G_TYPE_INT);
}

static void
pane_column_init (PaneColumn *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  add_line (self);
}

/* Floating. */
PaneColumn *
pane_column_new (GtkWidget *child, int width)
{
  PaneColumn *self = g_object_new (PANE_TYPE_COLUMN, NULL);

  self->width = width;
  self->child = child;
  gtk_widget_set_parent (child, GTK_WIDGET (self));
  return self;
}

GtkWidget *
pane_column_get_child (PaneColumn *self)
{
  return self->child;
}

int
pane_column_get_width (PaneColumn *self)
{
  return self->width;
}

void
pane_column_set_width (PaneColumn *self, int width)
{
  self->width = CLAMP (width, PANE_COLUMN_LEAST_WIDTH, PANE_COLUMN_MOST_WIDTH);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
