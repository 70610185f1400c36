/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Saves a trace where the user finds it: in the folder for downloads, or at home if there is none,
 * under a name with the time. Which folder that is, is read from a file, so a lane is asked. Loop's
 * thread, but for the function that ends in _lane. */

#include "pane-pulse-private.h"

static gboolean
choose_path_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const char *folder = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  g_autofree char *name = g_strdup_printf ("thaw-trace-%s.json", time);

  if (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    folder = g_get_home_dir ();
  thaw_job_return_pointer (job, g_build_filename (folder, name, NULL), g_free);
  return TRUE;
}

static ThawFuture *
save_trace_fiber (gpointer user_data)
{
  ThawScope *scope = user_data;
  g_autoptr (ThawLane) lane = thaw_lane_for_path (g_get_home_dir ());
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  path = thaw_await_pointer (thaw_lane_run (lane,
                                            scope,
                                            "find a place for a trace",
                                            THAW_PRIORITY_DEFAULT,
                                            -1,
                                            choose_path_lane,
                                            NULL,
                                            NULL),
                             &error);
  if (path == NULL || !thaw_await (thaw_trace_save (scope, path), &error))
    return thaw_future_new_rejected (g_steal_pointer (&error));
  return thaw_future_new_pointer (g_steal_pointer (&path), g_free);
}

ThawFuture *
pane_pulse_save_trace (ThawScope *scope)
{
  return thaw_scope_spawn (scope,
                           "save a trace",
                           save_trace_fiber,
                           thaw_scope_ref (scope),
                           (GDestroyNotify) thaw_scope_unref);
}
