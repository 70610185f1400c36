/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at other programs' windows from outside. The X server tells it of each window that is made
 * and of each change to one's picture (DAMAGE); after a change it reads the part of the picture
 * where a folder's content is and counts the tiles that have something in them. So every program is
 * measured by the same means, and no program by what it says of itself.
 *
 * Times are when the server's event was read, before the picture is fetched: what counts as seen at
 * t was on the screen at t or at most one fetch (about 1 ms) later. One thread, no GTK, and no main
 * loop.
 *
 * Pings: Qt 6 answers _NET_WM_PING with StructureNotifyMask, GTK with SubstructureNotifyMask, so
 * that both are selected on the root window. */
#include "window-watch.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/Xdamage.h>
#include <poll.h>
#include <string.h>

#define TILE_WIDTH 48
#define TILE_HEIGHT 16
#define CONTRAST 48
#define TILES_FOR_ROWS 12
#define LINES_AT_LEFT 5
#define PING_PAUSE_USEC 5000
#define PING_AGAIN_USEC 100000
#define ENOUGH_PAUSE_USEC 50000
#define FROZEN_USEC 100000

typedef struct {
  gulong stamp;
  gint64 sent_usec;
} Ping;

struct _WindowWatch {
  Display *display;
  Window root, window;
  int damage_event;
  GHashTable *damages;    /* Window -> Damage: of every window that may become the one */
  GHashTable *seen_times; /* Window -> gint64[WINDOW_N_STATES] */
  Atom wm_protocols, wm_delete_window, net_wm_ping;
  GQueue pings; /* of Ping: those that are not answered yet, oldest first */
  gulong ping_stamp;
  gint64 last_answer_usec;
  WindowPings *notes; /* while window_watch_ping() runs */
  gboolean gone;
};

/* Other programs' windows may vanish between any two requests. */
static int
ignore_error (Display *display, XErrorEvent *error)
{
  return 0;
}

WindowWatch *
window_watch_new (void)
{
  WindowWatch *self;
  int error_base;
  Display *display = XOpenDisplay (NULL);

  if (display == NULL)
    return NULL;
  self = g_new0 (WindowWatch, 1);
  self->display = display;
  self->root = DefaultRootWindow (display);
  if (!XDamageQueryExtension (display, &self->damage_event, &error_base))
    {
      XCloseDisplay (display);
      g_free (self);
      return NULL;
    }
  XSetErrorHandler (ignore_error);
  self->damages = g_hash_table_new (NULL, NULL);
  self->seen_times = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->wm_protocols = XInternAtom (display, "WM_PROTOCOLS", False);
  self->wm_delete_window = XInternAtom (display, "WM_DELETE_WINDOW", False);
  self->net_wm_ping = XInternAtom (display, "_NET_WM_PING", False);
  XSelectInput (display, self->root, SubstructureNotifyMask | StructureNotifyMask);
  XSync (display, False);
  return self;
}

void
window_watch_free (WindowWatch *self)
{
  XCloseDisplay (self->display);
  g_hash_table_unref (self->damages);
  g_hash_table_unref (self->seen_times);
  g_free (self);
}

gulong
window_watch_get_window (WindowWatch *self)
{
  return self->window;
}

gint64
window_watch_get_seen (WindowWatch *self, WindowState state)
{
  gint64 *seen = g_hash_table_lookup (self->seen_times, GSIZE_TO_POINTER (self->window));

  return seen != NULL && seen[state] != 0 ? seen[state] : -1;
}

static void
watch_window (WindowWatch *self, Window window)
{
  Damage damage = XDamageCreate (self->display, window, XDamageReportNonEmpty);

  XSelectInput (self->display, window, StructureNotifyMask);
  g_hash_table_insert (self->damages, GSIZE_TO_POINTER (window), GSIZE_TO_POINTER (damage));
  g_hash_table_insert (self->seen_times,
                       GSIZE_TO_POINTER (window),
                       g_new0 (gint64, WINDOW_N_STATES));
}

static void
forget_window (WindowWatch *self, Window window)
{
  g_hash_table_remove (self->damages, GSIZE_TO_POINTER (window));
  if (window == self->window)
    self->gone = TRUE;
  else
    g_hash_table_remove (self->seen_times, GSIZE_TO_POINTER (window));
}

static inline int
luminance (const XImage *image, int x, int y)
{
  const guint8 *pixel = (const guint8 *) image->data + (gsize) y * image->bytes_per_line + 4 * x;

  return (pixel[0] + 2 * pixel[1] + pixel[2]) / 4;
}

/* Something is in a tile when its lightest and its darkest pixel are far enough apart. */
static gboolean
tile_is_marked (const XImage *image, int left, int top)
{
  int lightest = 0, darkest = 255;

  for (int y = top; y < top + TILE_HEIGHT; y++)
    for (int x = left; x < left + TILE_WIDTH; x++)
      {
        int value = luminance (image, x, y);

        lightest = MAX (lightest, value);
        darkest = MIN (darkest, value);
      }
  return lightest - darkest >= CONTRAST;
}

typedef struct {
  guint n_all;        /* marked tiles */
  guint n_lines_left; /* lines of tiles with a mark in the left fifth */
} Tiles;

static Tiles
count_marked_tiles (const XImage *image)
{
  Tiles tiles = { 0, 0 };

  for (int top = 0; top + TILE_HEIGHT <= image->height; top += TILE_HEIGHT)
    {
      gboolean at_left = FALSE;

      for (int left = 0; left + TILE_WIDTH <= image->width; left += TILE_WIDTH)
        if (tile_is_marked (image, left, top))
          {
            tiles.n_all++;
            at_left |= left < image->width / 5;
          }
      tiles.n_lines_left += at_left;
    }
  return tiles;
}

/* Rows and icons begin at the left, line after line. A page that says "waiting" or "empty" stands
 * in the middle; its text may reach to the left, but is short. */
static gboolean
are_rows (Tiles tiles)
{
  return tiles.n_all >= TILES_FOR_ROWS && tiles.n_lines_left >= LINES_AT_LEFT;
}

/* Before its first frame a window shows what was below it: black, on a display of one's own. */
static gboolean
is_painted (const XImage *image)
{
  return luminance (image, image->width / 2, image->height / 4) > 16
         || luminance (image, image->width / 4, image->height / 2) > 16;
}

/* Where file managers show a folder: right of a sidebar, below bars and headings, above a status
 * line. */
static XImage *
fetch_content (WindowWatch *self, Window window)
{
  XWindowAttributes attributes;
  int x, y, width, height;

  if (!XGetWindowAttributes (self->display, window, &attributes)
      || attributes.map_state != IsViewable || attributes.width < 200 || attributes.height < 150)
    return NULL;
  x = attributes.width * 30 / 100;
  y = attributes.height * 25 / 100;
  width = attributes.width * 65 / 100;
  height = attributes.height * 68 / 100;
  return XGetImage (self->display, window, x, y, width, height, AllPlanes, ZPixmap);
}

static void
see (gint64 *seen, WindowState state, gint64 now)
{
  if (seen[state] == 0)
    seen[state] = now;
}

static void
look_at (WindowWatch *self, Window window, gint64 now)
{
  gint64 *seen = g_hash_table_lookup (self->seen_times, GSIZE_TO_POINTER (window));
  Damage damage = GPOINTER_TO_SIZE (g_hash_table_lookup (self->damages, GSIZE_TO_POINTER (window)));
  XImage *image;
  Tiles tiles;

  if (seen == NULL || damage == 0)
    return;
  /* First, so that what is painted while we look comes as another event. */
  XDamageSubtract (self->display, damage, None, None);
  if (seen[WINDOW_ROWS] != 0)
    return;
  image = fetch_content (self, window);
  if (image == NULL)
    return;
  if (image->bits_per_pixel == 32)
    {
      if (is_painted (image))
        see (seen, WINDOW_PAINTED, now);
      tiles = count_marked_tiles (image);
      if (tiles.n_all > 0 && seen[WINDOW_PAINTED] != 0)
        see (seen, WINDOW_MARKED, now);
      if (are_rows (tiles) && seen[WINDOW_PAINTED] != 0)
        see (seen, WINDOW_ROWS, now);
    }
  XDestroyImage (image);
}

/* X keeps the order, so what is older than the answered ping was lost. A freeze answers several at
 * once, but is counted once. */
static void
take_answer (WindowWatch *self, gulong stamp, gint64 now)
{
  Ping *ping;

  while ((ping = g_queue_peek_head (&self->pings)) != NULL && ping->stamp <= stamp)
    {
      gint64 wait = now - ping->sent_usec;

      if (ping->stamp == stamp && self->notes != NULL)
        {
          self->notes->n_answered++;
          self->notes->longest_usec = MAX (self->notes->longest_usec, wait);
          if (wait > FROZEN_USEC)
            self->notes->frozen_usec += now - MAX (ping->sent_usec, self->last_answer_usec);
          self->last_answer_usec = now;
        }
      g_free (g_queue_pop_head (&self->pings));
    }
}

static void
take_client_message (WindowWatch *self, const XClientMessageEvent *event, gint64 now)
{
  if (event->message_type == self->wm_protocols && (Atom) event->data.l[0] == self->net_wm_ping
      && (Window) event->data.l[2] == self->window)
    take_answer (self, event->data.l[1], now);
}

static void
take_event (WindowWatch *self, XEvent *event, gint64 now)
{
  gint64 *seen;

  if (event->type == self->damage_event + XDamageNotify)
    {
      look_at (self, ((XDamageNotifyEvent *) event)->drawable, now);
      return;
    }
  switch (event->type)
    {
    case CreateNotify:
      if (!event->xcreatewindow.override_redirect && event->xcreatewindow.parent == self->root)
        watch_window (self, event->xcreatewindow.window);
      break;
    case MapNotify:
      seen = g_hash_table_lookup (self->seen_times, GSIZE_TO_POINTER (event->xmap.window));
      if (seen != NULL)
        see (seen, WINDOW_MAPPED, now);
      break;
    case DestroyNotify:
      forget_window (self, event->xdestroywindow.window);
      break;
    case ClientMessage:
      take_client_message (self, &event->xclient, now);
      break;
    default:
      break;
    }
}

/* Takes what has come, waiting for it until @deadline_usec. FALSE: nothing came. */
static gboolean
take_events (WindowWatch *self, gint64 deadline_usec)
{
  struct pollfd fd = { .fd = ConnectionNumber (self->display), .events = POLLIN };
  XEvent event;

  if (XPending (self->display) == 0)
    {
      gint64 left = deadline_usec - g_get_monotonic_time ();

      if (left <= 0 || poll (&fd, 1, (int) ((left + 999) / 1000)) <= 0)
        return FALSE;
    }
  while (XPending (self->display) > 0)
    {
      XNextEvent (self->display, &event);
      take_event (self, &event, g_get_monotonic_time ());
    }
  return TRUE;
}

void
window_watch_forget (WindowWatch *self)
{
  XSync (self->display, False);
  while (XPending (self->display) > 0)
    {
      XEvent event;

      XNextEvent (self->display, &event);
    }
  g_hash_table_remove_all (self->damages);
  g_hash_table_remove_all (self->seen_times);
  self->window = None;
  self->gone = FALSE;
}

/* A window manager's frames look like their contents, but only a program's own window takes part in
 * this. */
static gboolean
answers_pings (WindowWatch *self, Window window)
{
  Atom *protocols = NULL;
  int n = 0;
  gboolean found = FALSE;

  if (!XGetWMProtocols (self->display, window, &protocols, &n))
    return FALSE;
  for (int i = 0; i < n; i++)
    found |= protocols[i] == self->net_wm_ping;
  XFree (protocols);
  return found;
}

/* The first window, in order of time, that has reached @state. */
static Window
find_window (WindowWatch *self, WindowState state, gint64 *when)
{
  GHashTableIter iter;
  gpointer key, value;
  Window found = None;

  g_hash_table_iter_init (&iter, self->seen_times);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      gint64 seen = ((gint64 *) value)[state];

      if (seen != 0 && (found == None || seen < *when)
          && answers_pings (self, GPOINTER_TO_SIZE (key)))
        {
          *when = seen;
          found = GPOINTER_TO_SIZE (key);
        }
    }
  return found;
}

gint64
window_watch_wait (WindowWatch *self, WindowState state, gint64 deadline_usec)
{
  gint64 when = -1;

  for (;;)
    {
      Window found = find_window (self, state, &when);

      if (found != None)
        {
          self->window = found;
          return when;
        }
      if (!take_events (self, deadline_usec) && g_get_monotonic_time () >= deadline_usec)
        return -1;
    }
}

static void
send_protocol (WindowWatch *self, Atom protocol, gulong stamp)
{
  XEvent event = { .xclient = { .type = ClientMessage, .format = 32 } };

  event.xclient.window = self->window;
  event.xclient.message_type = self->wm_protocols;
  event.xclient.data.l[0] = protocol;
  event.xclient.data.l[1] = stamp;
  event.xclient.data.l[2] = self->window;
  XSendEvent (self->display, self->window, False, NoEventMask, &event);
  XFlush (self->display);
}

gboolean
window_watch_close_window (WindowWatch *self, gint64 deadline_usec)
{
  self->gone = FALSE;
  send_protocol (self, self->wm_delete_window, CurrentTime);
  while (!self->gone)
    if (!take_events (self, deadline_usec) && g_get_monotonic_time () >= deadline_usec)
      return FALSE;
  return TRUE;
}

static void
send_ping (WindowWatch *self, gint64 now)
{
  Ping *ping = g_new (Ping, 1);

  /* A stamp of our own: the server's time is of no use for an answer, and 0 would be thrown away.
   */
  ping->stamp = ++self->ping_stamp;
  ping->sent_usec = now;
  g_queue_push_tail (&self->pings, ping);
  send_protocol (self, self->net_wm_ping, ping->stamp);
}

/* One at a time while they are answered, another every PING_AGAIN_USEC while they are not. Returns
 * when to look again. */
static gint64
ping_in_time (WindowWatch *self, gint64 now)
{
  Ping *last = g_queue_peek_tail (&self->pings);
  gint64 due
      = last != NULL ? last->sent_usec + PING_AGAIN_USEC : self->last_answer_usec + PING_PAUSE_USEC;

  if (now < due)
    return due;
  send_ping (self, now);
  return now + PING_AGAIN_USEC;
}

/* An answer that never came counts too: as long as it was waited for. */
static void
note_unanswered (WindowWatch *self, WindowPings *pings)
{
  Ping *first = g_queue_peek_head (&self->pings);
  gint64 now = g_get_monotonic_time (), wait;

  if (first == NULL || self->gone)
    return;
  wait = now - first->sent_usec;
  pings->longest_usec = MAX (pings->longest_usec, wait);
  if (wait > FROZEN_USEC)
    pings->frozen_usec += now - MAX (first->sent_usec, self->last_answer_usec);
}

void
window_watch_ping (WindowWatch *self,
                   gint64 deadline_usec,
                   gboolean (*enough) (gpointer user_data),
                   gpointer user_data,
                   WindowPings *pings)
{
  gint64 now = g_get_monotonic_time (), ask_usec = now;

  self->notes = pings;
  self->last_answer_usec = 0;
  while (now < deadline_usec && !self->gone)
    {
      if (now >= ask_usec)
        {
          if (enough != NULL && enough (user_data))
            break;
          ask_usec = now + ENOUGH_PAUSE_USEC;
        }
      take_events (self, MIN (MIN (ping_in_time (self, now), ask_usec), deadline_usec));
      now = g_get_monotonic_time ();
    }
  note_unanswered (self, pings);
  self->notes = NULL;
  g_queue_clear_full (&self->pings, g_free);
}
