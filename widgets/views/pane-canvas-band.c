/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rubber band of a canvas: a drag that begins beside all entries chooses what it goes around.
 * It is kept in the coordinates of the content, so it grows while the canvas scrolls under a
 * pointer that is held at an edge. With Ctrl or Shift it adds to what was chosen. Loop's thread
 * only.
 */
#include "pane-canvas-private.h"

#define BAND "pane-canvas-band"
#define EDGE 24   /* how near an edge scrolls */
#define SPEED 0.5 /* pixels a frame and pixel beyond */

typedef struct {
  GtkWidget *canvas; /* not owned */
  GtkGesture *drag;  /* not owned */
  gboolean active;
  gboolean adds;
  GtkBitset *before;    /* what was chosen already */
  int start_x, start_y; /* in the content */
  double x, y;          /* of the pointer, in the canvas */
  guint tick_id;
} Band;

static Band *
get_band (PaneCanvas *self)
{
  return g_object_get_data (G_OBJECT (self), BAND);
}

static void
to_content (Band *self, double x, double y, int *content_x, int *content_y)
{
  GdkRectangle point;

  pane_canvas_to_content (PANE_CANVAS (self->canvas), &GRAPHENE_RECT_INIT (x, y, 0, 0), &point);
  *content_x = point.x;
  *content_y = point.y;
}

static void
get_area (Band *self, GdkRectangle *area)
{
  int x, y;

  to_content (self, self->x, self->y, &x, &y);
  area->x = MIN (x, self->start_x);
  area->y = MIN (y, self->start_y);
  area->width = ABS (x - self->start_x) + 1;
  area->height = ABS (y - self->start_y) + 1;
}

static void
choose (Band *self)
{
  PaneCanvas *canvas = PANE_CANVAS (self->canvas);
  GtkSelectionModel *model = GTK_SELECTION_MODEL (pane_canvas_get_model (canvas));
  g_autoptr (GtkBitset) chosen = gtk_bitset_copy (self->before);
  g_autoptr (GtkBitset) all = NULL, positions = NULL;
  GtkBitsetIter iter;
  GdkRectangle area;
  guint i;

  get_area (self, &area);
  positions = pane_canvas_dup_positions (canvas, &area);
  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, positions, &i); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &i))
    {
      GdkRectangle where;

      if (pane_canvas_get_area (canvas, i, &where) && gdk_rectangle_intersect (&where, &area, NULL))
        gtk_bitset_add (chosen, i);
    }
  all = gtk_bitset_new_range (0, g_list_model_get_n_items (G_LIST_MODEL (model)));
  gtk_selection_model_set_selection (model, chosen, all);
  gtk_widget_queue_draw (self->canvas);
}

static double
get_push (double at, int length)
{
  if (at < EDGE)
    return (at - EDGE) * SPEED;
  return at > length - EDGE ? (at - (length - EDGE)) * SPEED : 0;
}

static gboolean
scroll_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  Band *self = user_data;
  int width, height;

  pane_canvas_get_page (PANE_CANVAS (widget), &width, &height);
  if (get_push (self->x, width) != 0 || get_push (self->y, height) != 0)
    {
      pane_canvas_scroll_by (PANE_CANVAS (widget),
                             get_push (self->x, width),
                             get_push (self->y, height));
      choose (self);
    }
  return G_SOURCE_CONTINUE;
}

static void
stop (Band *self)
{
  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (self->canvas, self->tick_id);
  self->tick_id = 0;
  self->active = FALSE;
  g_clear_pointer (&self->before, gtk_bitset_unref);
  gtk_widget_queue_draw (self->canvas);
}

static void
begin_cb (GtkGestureDrag *drag, double x, double y, Band *self)
{
  PaneCanvas *canvas = PANE_CANVAS (self->canvas);
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (drag));

  if (pane_canvas_get_model (canvas) == NULL || pane_canvas_pick (canvas, x, y) != NULL)
    {
      gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->adds = (state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) != 0;
  to_content (self, x, y, &self->start_x, &self->start_y);
}

static void
start (Band *self)
{
  GtkSelectionModel *model
      = GTK_SELECTION_MODEL (pane_canvas_get_model (PANE_CANVAS (self->canvas)));

  self->active = TRUE;
  self->before = self->adds ? gtk_selection_model_get_selection (model) : gtk_bitset_new_empty ();
  if (self->adds)
    {
      GtkBitset *copy = gtk_bitset_copy (self->before);

      gtk_bitset_unref (self->before);
      self->before = copy;
    }
  self->tick_id = gtk_widget_add_tick_callback (self->canvas, scroll_cb, self, NULL);
  gtk_gesture_set_state (self->drag, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
update_cb (GtkGestureDrag *drag, double dx, double dy, Band *self)
{
  double x, y;

  if (!gtk_gesture_drag_get_start_point (drag, &x, &y))
    return;
  self->x = x + dx;
  self->y = y + dy;
  if (!self->active
      && gtk_drag_check_threshold (self->canvas, (int) x, (int) y, (int) (x + dx), (int) (y + dy)))
    start (self);
  if (self->active)
    choose (self);
}

static void
end_cb (GtkGestureDrag *drag, double dx, double dy, Band *self)
{
  if (self->active)
    stop (self);
}

static void
cancel_cb (GtkGesture *drag, GdkEventSequence *sequence, Band *self)
{
  if (self->active)
    stop (self);
}

static void
band_free (gpointer user_data)
{
  Band *self = user_data;

  g_clear_pointer (&self->before, gtk_bitset_unref);
  g_free (self);
}

/**
 * pane_canvas_add_band:
 * @self: a canvas, just made
 *
 * Lets the user choose with a rubber band.
 */
void
pane_canvas_add_band (PaneCanvas *self)
{
  Band *band = g_new0 (Band, 1);

  band->canvas = GTK_WIDGET (self);
  band->drag = gtk_gesture_drag_new ();
  g_object_set_data_full (G_OBJECT (self), BAND, band, band_free);
  g_signal_connect (band->drag, "drag-begin", G_CALLBACK (begin_cb), band);
  g_signal_connect (band->drag, "drag-update", G_CALLBACK (update_cb), band);
  g_signal_connect (band->drag, "drag-end", G_CALLBACK (end_cb), band);
  g_signal_connect (band->drag, "cancel", G_CALLBACK (cancel_cb), band);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (band->drag));
}

void
pane_canvas_snapshot_band (PaneCanvas *self, GtkSnapshot *snapshot)
{
  Band *band = get_band (self);
  GdkRectangle area, origin;
  GdkRGBA color;
  graphene_rect_t rect;
  GskRoundedRect outline;
  const float widths[] = { 1, 1, 1, 1 };
  double x, y;

  if (band == NULL || !band->active
      || !gtk_gesture_drag_get_start_point (GTK_GESTURE_DRAG (band->drag), &x, &y))
    return;
  /* Where the content's beginning is now tells where the band's is. */
  get_area (band, &area);
  pane_canvas_to_content (self, &GRAPHENE_RECT_INIT (0, 0, 0, 0), &origin);
  rect = GRAPHENE_RECT_INIT (area.x - origin.x, area.y - origin.y, area.width, area.height);
  if (gtk_widget_get_direction (band->canvas) == GTK_TEXT_DIR_RTL)
    rect.origin.x = origin.x - area.x - area.width;
  gtk_widget_get_color (band->canvas, &color);
  color.alpha = 0.12f;
  gtk_snapshot_append_color (snapshot, &color, &rect);
  color.alpha = 0.5f;
  gsk_rounded_rect_init_from_rect (&outline, &rect, 0);
  gtk_snapshot_append_border (snapshot,
                              &outline,
                              widths,
                              (const GdkRGBA[]){ color, color, color, color });
}
