/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "a million messages": each takes the loop about a microsecond. Blocking does them all in
 * one go. A mailbox's handler, the callbacks of a million futures and the resumptions of fibers all
 * come through the pump, which lets go for each frame. Loop's thread, but for the function that
 * ends in _pool. */

#include "files-lab-run.h"
#include <glib/gi18n.h>

#define MAX_WAITING 4096
#define AT_ONCE 1000
#define N_FIBERS 100
#define WORK 300

/* About a microsecond of work that can't be left out. */
static void
handle (FilesLabRun *run, guint message)
{
  static volatile guint sum;
  guint hash = message;

  for (guint i = 0; i < WORK; i++)
    hash = hash * 31 + i;
  sum += hash;
  files_lab_run_advance (run, 1);
}

/* Blocking */

static void
handle_blocking (FilesLabRun *run)
{
  for (guint i = 1; i <= files_lab_run_get_size (run); i++)
    handle (run, i);
  files_lab_run_finish (run, NULL);
}

/* Messages: a worker posts, and waits when the mailbox is full */

typedef struct {
  guint n;
  ThawMailbox *mailbox;
} Flood;

static void
flood_free (gpointer data)
{
  Flood *flood = data;

  thaw_mailbox_unref (flood->mailbox);
  g_free (flood);
}

static gboolean
post_pool (ThawJob *job, gpointer user_data, GError **error)
{
  Flood *flood = user_data;

  for (guint i = 1; i <= flood->n; i++)
    if (!thaw_mailbox_post_wait (flood->mailbox,
                                 GUINT_TO_POINTER (i),
                                 -1,
                                 thaw_job_get_cancellable (job),
                                 error))
      return FALSE;
  return TRUE;
}

static void
message_cb (gpointer message, gpointer user_data)
{
  FilesLabRun *run = user_data;

  handle (run, GPOINTER_TO_UINT (message));
  if (GPOINTER_TO_UINT (message) == files_lab_run_get_size (run))
    files_lab_run_finish (run, NULL);
}

static void
handle_with_messages (FilesLabRun *run)
{
  Flood *flood = g_new (Flood, 1);

  flood->n = files_lab_run_get_size (run);
  flood->mailbox = thaw_mailbox_new ("flood in the Lab",
                                     NULL,
                                     G_OBJECT (run),
                                     MAX_WAITING,
                                     message_cb,
                                     run,
                                     NULL);
  thaw_future_disown (thaw_scope_compute (files_lab_run_get_scope (run),
                                          "post messages",
                                          THAW_PRIORITY_DEFAULT,
                                          post_pool,
                                          flood,
                                          flood_free));
}

/* Futures: a million, a thousand at a time */

static ThawFuture *
make_future (guint index, gpointer user_data)
{
  return thaw_future_new_int64 (index);
}

static gboolean
future_cb (guint index, ThawFuture *completed, gpointer user_data)
{
  handle (user_data, index);
  return TRUE;
}

static void
handle_with_futures (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (ThawFuture) done = thaw_map_each (scope,
                                               "a million futures",
                                               files_lab_run_get_size (run),
                                               AT_ONCE,
                                               THAW_MAP_AS_THEY_COME,
                                               make_future,
                                               future_cb,
                                               run,
                                               NULL);

  thaw_future_done (done, scope, files_lab_run_finish_cb, run, NULL);
}

/* Fibers: a hundred; each lets the others go ahead after each message */

typedef struct {
  FilesLabRun *run;
  guint first;
} Share;

static ThawFuture *
handle_fiber (gpointer user_data)
{
  Share *share = user_data;
  g_autoptr (GError) error = NULL;

  for (guint i = share->first; i < files_lab_run_get_size (share->run); i += N_FIBERS)
    {
      handle (share->run, i);
      if (!thaw_fiber_yield (&error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
    }
  return thaw_future_new_resolved ();
}

static void
handle_with_fibers (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  ThawFuture *fibers[N_FIBERS];
  g_autoptr (ThawFuture) all = NULL;

  for (guint i = 0; i < N_FIBERS; i++)
    {
      Share *share = g_new (Share, 1);

      *share = (Share){ run, i };
      fibers[i] = thaw_scope_spawn (scope, "handle a share", handle_fiber, share, g_free);
    }
  all = thaw_future_allv (fibers, N_FIBERS);
  thaw_future_done (all, scope, files_lab_run_finish_cb, run, NULL);
}

const FilesLabJob files_lab_messages_job = {
  .id = "messages",
  .title = N_ ("A Million Messages"),
  .description = N_ ("Each takes the window's thread about a microsecond"),
  .size = 1000000,
  .start = { handle_blocking, handle_with_messages, handle_with_futures, handle_with_fibers },
};
