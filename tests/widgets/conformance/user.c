/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user of a view: keys, buttons and the pointer, as events of the X server's own test
 * extension, which GTK can't tell from those of a device. The server is asked to answer after each,
 * first on the connection that the event went in by and then on GTK's own, so that it is in GTK's
 * queue when this goes on; nothing waits for a time. For that there must be no window manager,
 * which may hold clicks back; so the window takes the keyboard by itself.
 */
#include "conformance.h"

#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>
#include <gdk/x11/gdkx.h>

#define MOST_TURNS 200
/* The icon of a drag that was cancelled flies back for half a second, and takes clicks meanwhile. */
#define ICON_BACK_USEC (600 * 1000)
#define DRAG_DELAY_USEC (110 * 1000) /* sooner GTK takes no motion for a drag */

/* The same for the life of the program. */
static Display *
get_display (void)
{
  static Display *display;

  if (display == NULL)
    display = XOpenDisplay (NULL);
  g_assert_nonnull (display);
  return display;
}

static Window
get_window (Fixture *self)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (self->view->window));

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  return gdk_x11_surface_get_xid (surface);
  G_GNUC_END_IGNORE_DEPRECATIONS
}

void
take_keyboard (Fixture *self)
{
  gdk_display_sync (gtk_widget_get_display (get_widget (self)));
  XSetInputFocus (get_display (), get_window (self), RevertToPointerRoot, CurrentTime);
  XSync (get_display (), False);
}

/* What was done has come in, and what it has led to is on the screen. */
static void
sync_events (Fixture *self)
{
  XSync (get_display (), False);
  gdk_display_sync (gtk_widget_get_display (get_widget (self)));
  for (guint i = 0; i < MOST_TURNS && g_main_context_pending (NULL); i++)
    g_main_context_iteration (NULL, FALSE);
  settle_frames (self);
}

/* Keys */

/* A letter that no key has gets one that nothing else has. */
static KeyCode
borrow_key (KeySym symbol)
{
  static KeyCode spare;
  KeySym symbols[2] = { symbol, symbol };
  int first, last;

  XDisplayKeycodes (get_display (), &first, &last);
  for (int code = last; code >= first && spare == 0; code--)
    if (XkbKeycodeToKeysym (get_display (), (KeyCode) code, 0, 0) == NoSymbol)
      spare = (KeyCode) code;
  g_assert_cmpuint (spare, !=, 0);
  XChangeKeyboardMapping (get_display (), spare, 2, symbols, 1);
  XSync (get_display (), False);
  return spare;
}

static KeyCode
find_key (const char *name)
{
  static const struct {
    const char *name, *symbol;
  } short_names[] = { { "ctrl", "Control_L" }, { "shift", "Shift_L" }, { "alt", "Alt_L" } };
  KeySym symbol;
  KeyCode code;

  for (guint i = 0; i < G_N_ELEMENTS (short_names); i++)
    if (g_str_equal (name, short_names[i].name))
      name = short_names[i].symbol;
  symbol = XStringToKeysym (name);
  g_assert_cmpuint (symbol, !=, NoSymbol);
  code = XKeysymToKeycode (get_display (), symbol);
  return code != 0 ? code : borrow_key (symbol);
}

static void
send_keys (const char *keys, gboolean down)
{
  g_auto (GStrv) names = g_strsplit (keys, "+", -1);
  guint n = g_strv_length (names);

  for (guint i = 0; i < n; i++)
    XTestFakeKeyEvent (get_display (),
                       find_key (names[down ? i : n - 1 - i]),
                       down ? True : False,
                       CurrentTime);
}

void
press (Fixture *self, const char *keys)
{
  send_keys (keys, TRUE);
  send_keys (keys, FALSE);
  sync_events (self);
}

void
hold (Fixture *self, const char *key)
{
  send_keys (key, TRUE);
  sync_events (self);
}

void
let_go (Fixture *self, const char *key)
{
  send_keys (key, FALSE);
  sync_events (self);
}

/* The pointer */

static void
send_motion (Fixture *self, double x, double y)
{
  GtkNative *native = GTK_NATIVE (self->view->window);
  int scale = gtk_widget_get_scale_factor (self->view->window);
  graphene_point_t point;
  double surface_x, surface_y;
  Window child;
  int root_x, root_y;

  g_assert_true (gtk_widget_compute_point (get_widget (self),
                                           self->view->window,
                                           &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                           &point));
  gtk_native_get_surface_transform (native, &surface_x, &surface_y);
  XTranslateCoordinates (get_display (),
                         get_window (self),
                         DefaultRootWindow (get_display ()),
                         (int) ((point.x + surface_x) * scale),
                         (int) ((point.y + surface_y) * scale),
                         &root_x,
                         &root_y,
                         &child);
  XTestFakeMotionEvent (get_display (), -1, root_x, root_y, CurrentTime);
}

void
move_to (Fixture *self, double x, double y)
{
  send_motion (self, x, y);
  sync_events (self);
}

void
button_down (Fixture *self, guint button)
{
  XTestFakeButtonEvent (get_display (), button, True, CurrentTime);
  sync_events (self);
}

void
button_up (Fixture *self, guint button)
{
  XTestFakeButtonEvent (get_display (), button, False, CurrentTime);
  sync_events (self);
}

static void
send_click (guint button)
{
  XTestFakeButtonEvent (get_display (), button, True, CurrentTime);
  XTestFakeButtonEvent (get_display (), button, False, CurrentTime);
}

static void
time_over_cb (gpointer over)
{
  *(gboolean *) over = TRUE;
}

/* As long as GTK wants it: this is about what it takes for one gesture and what for two. */
static void
wait_usec (gint64 usec)
{
  gboolean over = usec <= 0;

  if (!over)
    g_timeout_add_once ((guint) (usec / 1000 + 1), time_over_cb, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

/* Two clicks that follow each other this quickly would be one double click. */
static void
let_clicks_be_two (Fixture *self)
{
  int msec;

  g_object_get (gtk_widget_get_settings (get_widget (self)), "gtk-double-click-time", &msec, NULL);
  wait_usec (self->last_click_usec + (msec + 5) * 1000 - g_get_monotonic_time ());
}

void
click_at (Fixture *self, double x, double y, guint button, const char *modifiers)
{
  let_clicks_be_two (self);
  move_to (self, x, y);
  if (modifiers != NULL)
    send_keys (modifiers, TRUE);
  send_click (button);
  if (modifiers != NULL)
    send_keys (modifiers, FALSE);
  sync_events (self);
  self->last_click_usec = g_get_monotonic_time ();
}

/* Where it stays: what is measured in the background may make a treemap's tiles others meanwhile. */
static void
point_at (Fixture *self, guint32 id, int *x, int *y)
{
  int now_x, now_y;

  g_assert_true (find_center (self, id, x, y));
  move_to (self, *x, *y);
  while (find_center (self, id, &now_x, &now_y) && (now_x != *x || now_y != *y))
    {
      *x = now_x;
      *y = now_y;
      move_to (self, *x, *y);
    }
}

void
click (Fixture *self, guint32 id, guint button, const char *modifiers)
{
  int x, y;

  let_clicks_be_two (self); /* before it is looked where that is */
  point_at (self, id, &x, &y);
  click_at (self, x, y, button, modifiers);
}

void
double_click (Fixture *self, guint32 id)
{
  int x, y;

  let_clicks_be_two (self);
  point_at (self, id, &x, &y);
  send_click (GDK_BUTTON_PRIMARY);
  send_click (GDK_BUTTON_PRIMARY);
  sync_events (self);
  self->last_click_usec = g_get_monotonic_time ();
}

void
turn_wheel (Fixture *self, int clicks)
{
  for (int i = 0; i < ABS (clicks); i++)
    send_click (clicks > 0 ? 5 : 4);
  sync_events (self);
}

void
begin_drag (Fixture *self, guint32 id)
{
  int x, y;

  let_clicks_be_two (self);
  point_at (self, id, &x, &y);
  button_down (self, GDK_BUTTON_PRIMARY);
  wait_usec (DRAG_DELAY_USEC);
  move_to (self, x + 6, y + 6);
  move_to (self, x + 14, y + 14);
  move_to (self, x + 20, y + 20);
  self->last_click_usec = g_get_monotonic_time ();
}

void
wait_for (Fixture *self, Condition condition, gpointer user_data, const char *what)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (!condition (self, user_data))
    {
      if (g_get_monotonic_time () > end)
        g_error ("waited in vain for: %s", what);
      view_fixture_run_frames (self->view, 1);
    }
}

static gboolean
is_dragged_from (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean dragged = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      dragged = dragged
                || (GTK_IS_DRAG_SOURCE (controller)
                    && gtk_drag_source_get_drag (GTK_DRAG_SOURCE (controller)) != NULL);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !dragged;
       child = gtk_widget_get_next_sibling (child))
    dragged = is_dragged_from (child);
  return dragged;
}

gboolean
is_dragging (Fixture *self)
{
  return is_dragged_from (get_widget (self));
}

static gboolean
is_idle (Fixture *self, gpointer unused)
{
  return !is_dragging (self);
}

void
end_drag (Fixture *self)
{
  button_up (self, GDK_BUTTON_PRIMARY);
  wait_for (self, is_idle, NULL, "the end of the drag");
  settle_frames (self);
}

void
cancel_drag (Fixture *self)
{
  press (self, "Escape");
  end_drag (self);
  wait_usec (ICON_BACK_USEC);
}
