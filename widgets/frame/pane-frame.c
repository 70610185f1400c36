/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the pump of the loop when the next frame is due, so that a slice of messages ends in time for it instead of
 * delaying it, and the monitor how long each took. Two signal handlers a window and two assignments a frame; a clock that doesn't run says nothing. Loop's
 * thread. */

#include "pane-frame.h"

#include "thaw.h"

#define USUAL_REFRESH_USEC 16667

/* When the frame that is being made was begun; frames of several windows don't overlap. */
static gint64 begun_usec;

static void
before_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  gint64 refresh_usec = 0;

  begun_usec = g_get_monotonic_time ();
  gdk_frame_clock_get_refresh_info (clock, gdk_frame_clock_get_frame_time (clock), &refresh_usec, NULL);
  if (refresh_usec <= 0)
    refresh_usec = USUAL_REFRESH_USEC;
  thaw_pump_expect_frame (user_data, gdk_frame_clock_get_frame_time (clock) + refresh_usec);
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  thaw_monitor_note_frame (begun_usec, g_get_monotonic_time ());
}

static void
realize_cb (GtkWidget *window, gpointer user_data)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "before-paint", G_CALLBACK (before_paint_cb),
                    thaw_pump_get (NULL));
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (after_paint_cb), NULL);
}

/**
 * pane_frame_follow:
 * @window: a window that isn't realized yet
 *
 * Lets the messages of the loop keep clear of the frames of @window. Call it once for each window.
 *
 * - **Thread**: the loop's.
 */
void
pane_frame_follow (GtkWidget *window)
{
  g_return_if_fail (GTK_IS_NATIVE (window));
  g_return_if_fail (!gtk_widget_get_realized (window));

  g_signal_connect (window, "realize", G_CALLBACK (realize_cb), NULL);
}
