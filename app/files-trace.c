/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of the start. When $THAW_TRACE_START names a file, a line "WHAT MICROSECONDS" is added to
 * it as the start goes on (window, frame, rows, loaded), counted from main(). For scripts that wait
 * for the folder to be shown, or measure from inside; nothing happens without the variable. The
 * file is opened before there is a loop; a line is one write(). */

#include "files-trace.h"
#include <fcntl.h>
#include <stdio.h>

static int trace_fd = -1;
static gint64 start_usec;

/**
 * files_trace_start:
 *
 * Notes the time, and opens the file if there is to be one. First thing in main().
 */
void
files_trace_start (void)
{
  const char *path = g_getenv ("THAW_TRACE_START");

  start_usec = g_get_monotonic_time ();
  if (path != NULL)
    trace_fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/**
 * files_trace_mark:
 * @what: one word
 *
 * Adds a line.
 */
void
files_trace_mark (const char *what)
{
  if (trace_fd >= 0)
    dprintf (trace_fd, "%s %" G_GINT64_FORMAT "\n", what, g_get_monotonic_time () - start_usec);
}

static void
state_cb (ThawFolder *folder)
{
  if (thaw_folder_get_state (folder) != THAW_FOLDER_IDLE
      && thaw_folder_get_state (folder) != THAW_FOLDER_LOADING)
    files_trace_mark ("loaded");
}

static void
order_cb (ThawFolder *folder)
{
  files_trace_mark ("rows");
  g_signal_handlers_disconnect_by_func (folder, order_cb, NULL);
}

/**
 * files_trace_folder:
 * @folder: the first folder
 *
 * Marks its first rows, and when all of it is there.
 */
void
files_trace_folder (ThawFolder *folder)
{
  if (trace_fd < 0)
    return;
  g_signal_connect (folder, "notify::state", G_CALLBACK (state_cb), NULL);
  if (thaw_folder_get_order (folder) != NULL)
    files_trace_mark ("rows");
  else
    g_signal_connect (folder, "order-changed", G_CALLBACK (order_cb), NULL);
  state_cb (folder);
}

/**
 * files_trace_watch:
 * @monitor: the monitor of stalls
 *
 * Sets its threshold, if $THAW_STALL_MSEC says one.
 */
void
files_trace_watch (ThawMonitor *monitor)
{
  const char *text = g_getenv ("THAW_STALL_MSEC");
  guint64 msec;

  if (text != NULL && g_ascii_string_to_unsigned (text, 10, 1, 60000, &msec, NULL))
    thaw_monitor_set_threshold (monitor, msec * 1000);
}
