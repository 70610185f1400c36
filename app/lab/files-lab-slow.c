/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "a slow folder": three calls, one after the other, of 2 s each. There is no such folder:
 * a job on a lane of its own sleeps instead, which is all that a thread in a call to a far-away
 * server does. The pulse shows the lane fall silent and come back. A call that hangs can't be
 * called back: cancelling lets go of the thread, which ends by itself. Loop's thread, but for the
 * function that ends in _lane. */

#include "files-lab-run.h"
#include <glib/gi18n.h>

#define CALL_MS 2000

/* The length of one call. */
static gulong
get_call_usec (FilesLabRun *run)
{
  return (gulong) (CALL_MS * 1000 * MIN (files_lab_run_get_bench (run)->scale, 1));
}

static gboolean
call_lane (ThawJob *job, gpointer user_data, GError **error)
{
  g_usleep (GPOINTER_TO_SIZE (user_data));
  return TRUE;
}

static ThawFuture *
call (FilesLabRun *run)
{
  FilesLabBench *bench = files_lab_run_get_bench (run);

  if (bench->slow_lane == NULL)
    bench->slow_lane = thaw_lane_new_private (_ ("The Lab's slow folder"), 1, NULL);
  return thaw_lane_run_patient (bench->slow_lane,
                                files_lab_run_get_scope (run),
                                "a slow call",
                                THAW_PRIORITY_DEFAULT,
                                -1,
                                call_lane,
                                GSIZE_TO_POINTER (get_call_usec (run)),
                                NULL);
}

/* The folder's calls, and not the time that one takes, are the size: it isn't scaled. */
static guint
get_n_calls (FilesLabRun *run)
{
  return files_lab_run_get_job (run)->size;
}

/* Blocking */

static void
call_blocking (FilesLabRun *run)
{
  for (guint i = 0; i < get_n_calls (run); i++)
    {
      g_usleep (get_call_usec (run));
      files_lab_run_advance (run, 1);
    }
  files_lab_run_finish (run, NULL);
}

/* Messages: a callback that starts the next call */

typedef struct {
  FilesLabRun *run;
  guint n_left;
} Calls;

static void
called_cb (ThawFuture *completed, gpointer user_data)
{
  Calls *calls = user_data;
  g_autoptr (ThawFuture) next = NULL;

  files_lab_run_advance (calls->run, 1);
  if (thaw_future_get_error (completed) != NULL || --calls->n_left == 0)
    {
      files_lab_run_finish_cb (completed, calls->run);
      return;
    }
  next = call (calls->run);
  thaw_future_done (next,
                    files_lab_run_get_scope (calls->run),
                    called_cb,
                    g_memdup2 (calls, sizeof (*calls)),
                    g_free);
}

static void
call_with_messages (FilesLabRun *run)
{
  Calls calls = { run, get_n_calls (run) };
  g_autoptr (ThawFuture) first = call (run);

  thaw_future_done (first,
                    files_lab_run_get_scope (run),
                    called_cb,
                    g_memdup2 (&calls, sizeof (calls)),
                    g_free);
}

/* Futures: a chain */

static ThawFuture *
call_again_cb (ThawFuture *completed, gpointer user_data)
{
  files_lab_run_advance (user_data, 1);
  return call (user_data);
}

static void
call_with_futures (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (ThawFuture) chain = call (run);

  for (guint i = 1; i < get_n_calls (run); i++)
    {
      ThawFuture *longer = thaw_future_then (chain, scope, call_again_cb, run, NULL);

      thaw_future_unref (chain);
      chain = longer;
    }
  thaw_future_done (chain, scope, files_lab_run_finish_cb, run, NULL);
}

/* Fibers: a loop */

static ThawFuture *
call_fiber (gpointer user_data)
{
  FilesLabRun *run = user_data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < get_n_calls (run); i++)
    {
      if (!thaw_await (call (run), &error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
      files_lab_run_advance (run, 1);
    }
  return thaw_future_new_resolved ();
}

static void
call_with_fibers (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (ThawFuture) done = thaw_scope_spawn (scope, "slow calls", call_fiber, run, NULL);

  thaw_future_done (done, scope, files_lab_run_finish_cb, run, NULL);
}

const FilesLabJob files_lab_slow_job = {
  .id = "slow",
  .title = N_ ("Wait for a Slow Folder"),
  .description = N_ ("Three calls that take 2 s each: threads that sleep stand for the folder"),
  .size = 3,
  .start = { call_blocking, call_with_messages, call_with_futures, call_with_fibers },
};
