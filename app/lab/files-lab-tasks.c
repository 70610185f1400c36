/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "start 100,000 tasks": each starts, does next to nothing, and is over, so that what is
 * seen is the price of a task itself. Blocking starts a thread for each and waits for it. Loop's
 * thread, but for the functions that end in _thread or _pool. */

#include "files-lab-items.h"
#include <glib/gi18n.h>

#define AT_ONCE 1000

/* Blocking */

static gpointer
nothing_thread (gpointer unused)
{
  return NULL;
}

static void
start_blocking (FilesLabRun *run)
{
  for (guint i = 0; i < files_lab_run_get_size (run); i++)
    {
      g_thread_join (g_thread_new ("nothing", nothing_thread, NULL));
      files_lab_run_advance (run, 1);
    }
  files_lab_run_finish (run, NULL);
}

/* Messages: each handler posts what is to be done next */

static void
task_cb (gpointer message, gpointer user_data)
{
  FilesLabRun *run = user_data;
  ThawMailbox *mailbox = message;

  files_lab_run_advance (run, 1);
  if (files_lab_run_get_fraction (run) >= 1)
    files_lab_run_finish (run, NULL);
  else if (!thaw_mailbox_post (mailbox, mailbox))
    return; /* closed with the run */
}

static void
start_with_messages (FilesLabRun *run)
{
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("tasks in the Lab", NULL, G_OBJECT (run), 0, task_cb, run, NULL);
  guint n = MIN (AT_ONCE, files_lab_run_get_size (run));

  for (guint i = 0; i < n; i++)
    if (!thaw_mailbox_post (mailbox, mailbox))
      return;
  g_object_set_data_full (G_OBJECT (run),
                          "mailbox",
                          g_steal_pointer (&mailbox),
                          (GDestroyNotify) thaw_mailbox_unref);
}

/* Futures: jobs on the pool of threads for computing */

static gboolean
nothing_pool (ThawJob *job, gpointer user_data, GError **error)
{
  return TRUE;
}

static ThawFuture *
compute_nothing (guint index, gpointer run)
{
  return thaw_scope_compute (files_lab_run_get_scope (run),
                             "nothing",
                             THAW_PRIORITY_DEFAULT,
                             nothing_pool,
                             NULL,
                             NULL);
}

static void
start_with_futures (FilesLabRun *run)
{
  files_lab_items_map (run, "compute nothing", AT_ONCE, compute_nothing);
}

/* Fibers: one that starts the others. It yields now and then: a hundred thousand are started in
 * less than a frame, but not in much less. */

static ThawFuture *
nothing_fiber (gpointer user_data)
{
  FilesLabRun *run = user_data;

  files_lab_run_advance (run, 1);
  if (files_lab_run_get_fraction (run) >= 1)
    files_lab_run_finish (run, NULL);
  return thaw_future_new_resolved ();
}

static ThawFuture *
spawn_fiber (gpointer user_data)
{
  FilesLabRun *run = user_data;
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < files_lab_run_get_size (run); i++)
    {
      if (i % AT_ONCE == 0 && !thaw_fiber_yield (&error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
      thaw_future_disown (thaw_scope_spawn (scope, "nothing", nothing_fiber, run, NULL));
    }
  return thaw_future_new_resolved ();
}

static void
start_with_fibers (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);

  thaw_future_disown (thaw_scope_spawn (scope, "start fibers", spawn_fiber, run, NULL));
}

const FilesLabJob files_lab_tasks_job = {
  .id = "tasks",
  .title = N_ ("Start 100,000 Tasks"),
  .description = N_ ("Each does nothing: threads, messages, computing jobs or fibers"),
  .size = 100000,
  .start = { start_blocking, start_with_messages, start_with_futures, start_with_fibers },
};
