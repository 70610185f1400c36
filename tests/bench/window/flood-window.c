/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window of 800x600 that redraws on every frame while a thread clicks into it 20 times a second
 * through XTEST: a click's time is taken before it is handed to the X server, and again in the
 * gesture's handler, so that the figure is what a person would feel. It tells the pump when the
 * next frame is due, as widgets do. Everything but the clicking runs on the loop's thread. */
#include "flood-window.h"

#include "flood.h"
#include "thaw.h"
#include "window-figures.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>

#define WIDTH 800
#define HEIGHT 600
/* More than the quickest finger does. A click is dear: GTK restyles the window twice for it and paints all of it, 1.5 ms
 * together, so that 50 of them a second take 7 % of the time that the flood is measured by; without any it keeps 96 %. */
#define CLICK_USEC 50000
#define N_RECTANGLES 48

struct _FloodWindow {
  GtkWindow *window;
  GThread *clicker;
  gint stop;
  int center_x, center_y;
  GAsyncQueue *clicks_sent; /* of gint64: clicks arrive in the order of sending */
  GArray *frames, *clicks;
  gint64 last_frame_usec, painting_usec;
  double weight_usec;
};

#define FLOOD_TYPE_CANVAS (flood_canvas_get_type ())
G_DECLARE_FINAL_TYPE (FloodCanvas, flood_canvas, FLOOD, CANVAS, GtkWidget)

struct _FloodCanvas {
  GtkWidget parent_instance;
  FloodWindow *window;
  guint n_frames;
};
G_DEFINE_FINAL_TYPE (FloodCanvas, flood_canvas, GTK_TYPE_WIDGET)

/* Some dozens of rectangles move, as the rows of a view would. */
static void
flood_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FloodCanvas *self = FLOOD_CANVAS (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  for (guint i = 0; i < N_RECTANGLES; i++)
    {
      GdkRGBA color = { i / (float) N_RECTANGLES, 0.5f, 0.2f, 1 };
      float x = (i * 137 + self->n_frames * 5) % MAX (1, width), y = (i * 53) % MAX (1, height);

      gtk_snapshot_append_color (snapshot, &color, &GRAPHENE_RECT_INIT (x, y, 40, 12));
    }
  self->n_frames++;
  flood_work (self->window->weight_usec);
}

static void
flood_canvas_class_init (FloodCanvasClass *klass)
{
  GTK_WIDGET_CLASS (klass)->snapshot = flood_canvas_snapshot;
}

static void
flood_canvas_init (FloodCanvas *self)
{
}

static gboolean
redraw (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static void
before_paint (GdkFrameClock *clock, FloodWindow *self)
{
  gint64 frame_usec = gdk_frame_clock_get_frame_time (clock), refresh_usec, presented_usec;
  gint64 now = g_get_monotonic_time ();

  gdk_frame_clock_get_refresh_info (clock, frame_usec, &refresh_usec, &presented_usec);
  thaw_pump_expect_frame (thaw_pump_get (NULL), frame_usec + refresh_usec);
  if (self->last_frame_usec != 0 && self->frames != NULL)
    figures_add (self->frames, (now - self->last_frame_usec) / 1000.0);
  self->last_frame_usec = now;
}

static void
after_paint (GdkFrameClock *clock, FloodWindow *self)
{
  self->painting_usec += g_get_monotonic_time () - self->last_frame_usec;
}

static void
pressed (GtkGestureClick *gesture, int n_press, double x, double y, FloodWindow *self)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree gint64 *sent = g_async_queue_try_pop (self->clicks_sent);

  if (sent != NULL && self->clicks != NULL)
    figures_add (self->clicks, (now - *sent) / 1000.0);
}

/* A thread with its own connection. */
static gpointer
click (gpointer data)
{
  FloodWindow *self = data;
  Display *display = XOpenDisplay (NULL);
  gint64 next = g_get_monotonic_time ();

  XTestFakeMotionEvent (display, -1, self->center_x, self->center_y, CurrentTime);
  XSync (display, False);
  while (!g_atomic_int_get (&self->stop))
    {
      gint64 now = g_get_monotonic_time ();

      g_async_queue_push (self->clicks_sent, g_memdup2 (&now, sizeof now));
      XTestFakeButtonEvent (display, 1, True, CurrentTime);
      XTestFakeButtonEvent (display, 1, False, CurrentTime);
      XFlush (display);
      next += CLICK_USEC;
      now = g_get_monotonic_time ();
      if (next > now)
        g_usleep (next - now);
    }
  XCloseDisplay (display);
  return NULL;
}

/* The window manager's list of windows: on a display of one's own there is just the one. */
static Window
find_window (Display *display)
{
  Atom list = XInternAtom (display, "_NET_CLIENT_LIST", False), type;
  unsigned char *data = NULL;
  unsigned long n = 0, left;
  int format;
  Window window = None;

  if (XGetWindowProperty (display,
                          DefaultRootWindow (display),
                          list,
                          0,
                          1,
                          False,
                          XA_WINDOW,
                          &type,
                          &format,
                          &n,
                          &left,
                          &data)
          == Success
      && n == 1)
    window = *(unsigned long *) data;
  if (data != NULL)
    XFree (data);
  return window;
}

static gboolean
find_center (FloodWindow *self)
{
  Display *display = XOpenDisplay (NULL);
  Window window = display != NULL ? find_window (display) : None, child;

  if (window != None)
    XTranslateCoordinates (display,
                           window,
                           DefaultRootWindow (display),
                           WIDTH / 2,
                           HEIGHT / 2,
                           &self->center_x,
                           &self->center_y,
                           &child);
  if (display != NULL)
    XCloseDisplay (display);
  return window != None;
}

static void
iterate_for (gint64 usec)
{
  gint64 until = g_get_monotonic_time () + usec;

  while (g_get_monotonic_time () < until)
    g_main_context_iteration (NULL, TRUE);
}

FloodWindow *
flood_window_new (void)
{
  FloodWindow *self;
  FloodCanvas *canvas;
  GtkGesture *gesture;

  self = g_new0 (FloodWindow, 1);
  self->clicks_sent = g_async_queue_new_full (g_free);
  self->window = GTK_WINDOW (gtk_window_new ());
  canvas = g_object_new (FLOOD_TYPE_CANVAS, NULL);
  canvas->window = self;
  gesture = gtk_gesture_click_new ();
  g_signal_connect (gesture, "pressed", G_CALLBACK (pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (canvas), GTK_EVENT_CONTROLLER (gesture));
  gtk_widget_add_tick_callback (GTK_WIDGET (canvas), redraw, NULL, NULL);
  gtk_window_set_child (self->window, GTK_WIDGET (canvas));
  gtk_window_set_default_size (self->window, WIDTH, HEIGHT);
  gtk_window_present (self->window);
  g_signal_connect (gtk_widget_get_frame_clock (GTK_WIDGET (self->window)),
                    "before-paint",
                    G_CALLBACK (before_paint),
                    self);
  g_signal_connect (gtk_widget_get_frame_clock (GTK_WIDGET (self->window)),
                    "after-paint",
                    G_CALLBACK (after_paint),
                    self);
  /* The window manager has placed it and its first, slower frames are over. */
  iterate_for (G_USEC_PER_SEC / 2);
  if (!find_center (self))
    {
      flood_window_free (self);
      return NULL;
    }
  self->clicker = g_thread_new ("clicker", click, self);
  iterate_for (G_USEC_PER_SEC / 10);
  return self;
}

void
flood_window_free (FloodWindow *self)
{
  g_atomic_int_set (&self->stop, 1);
  g_clear_pointer (&self->clicker, g_thread_join);
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (GTK_WIDGET (self->window)),
                                        self);
  gtk_window_destroy (self->window);
  g_async_queue_unref (self->clicks_sent);
  g_free (self);
}

void
flood_window_set_weight (FloodWindow *self, double usec)
{
  self->weight_usec = usec;
}

void
flood_window_reset (FloodWindow *self, GArray *frames, GArray *clicks)
{
  self->frames = frames;
  self->clicks = clicks;
  self->last_frame_usec = 0;
  self->painting_usec = 0;
}

gint64
flood_window_get_painting_usec (FloodWindow *self)
{
  return self->painting_usec;
}
