/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at other programs' windows from outside, through X: when one is mapped, when its picture
 * has a frame or rows in it, and how soon its main loop answers a ping. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  WINDOW_MAPPED,  /* the server shows it, with or without a picture */
  WINDOW_PAINTED, /* its content area has been painted: nothing needs to be in it */
  WINDOW_MARKED,  /* there is something in it, a line of text for example */
  WINDOW_ROWS,    /* there are a dozen things in it, such as the rows or icons of a folder */
} WindowState;
#define WINDOW_N_STATES 4

typedef struct _WindowWatch WindowWatch;

WindowWatch *window_watch_new (void);
void window_watch_free (WindowWatch *self);
/* Forgets the windows that are there: only later ones count. */
void window_watch_forget (WindowWatch *self);
/* Waits for a new window in @state, until @deadline_usec. Returns the monotonic time when it was
 * seen, or -1. Once it was, window_watch_get_window() is that window. */
gint64 window_watch_wait (WindowWatch *self, WindowState state, gint64 deadline_usec);
gulong window_watch_get_window (WindowWatch *self);
/* When the window that is watched first was in @state, or -1. */
gint64 window_watch_get_seen (WindowWatch *self, WindowState state);

/* Asks the window to close as its user would, and waits until it has gone. */
gboolean window_watch_close_window (WindowWatch *self, gint64 deadline_usec);

typedef struct {
  guint n_answered;
  gint64 longest_usec; /* the longest wait for an answer, one that never came included */
  gint64 frozen_usec;  /* the sum of the waits above 100 ms */
} WindowPings;
/* Pings the window over and over until @deadline_usec, or until @enough says so (asked every 50 ms
 * at most). */
void window_watch_ping (WindowWatch *self,
                        gint64 deadline_usec,
                        gboolean (*enough) (gpointer user_data),
                        gpointer user_data,
                        WindowPings *pings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WindowWatch, window_watch_free)

G_END_DECLS
