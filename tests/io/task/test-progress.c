/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The progress of jobs, virtual time with jobs in flight, and rejections that nobody looks at. */

#include "virtual-test.h"

#include "thaw-error.h"
#include "thaw-timing.h"

#define N_STEPS 20000

typedef struct {
  guint n_told, n_freed;
  gint64 done, total;
  gint is_open;
} Told;

static void
told_cb (gint64 done, gint64 total, gpointer user_data)
{
  Told *told = user_data;

  g_assert_cmpint (done, >=, told->done);
  g_assert_cmpint (total, ==, N_STEPS);
  told->done = done;
  told->n_told++;
}

static void
told_free (gpointer user_data)
{
  ((Told *) user_data)->n_freed++;
}

static gboolean
step_job (ThawJob *job, gpointer user_data, GError **error)
{
  Told *told = user_data;

  for (guint i = 1; i <= N_STEPS; i++)
    thaw_job_set_progress (job, i, N_STEPS);
  while (!__atomic_load_n (&told->is_open, __ATOMIC_ACQUIRE) && !thaw_job_is_cancelled (job))
    g_usleep (100);
  return TRUE;
}

static void
test_progress (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Told told = { 0 };
  g_autoptr (ThawFuture) future
      = thaw_scope_compute (scope, "steps", THAW_PRIORITY_DEFAULT, step_job, &told, NULL);
  g_autoptr (ThawFuture) other = thaw_future_new_resolved ();
  guint freed = 0;

  g_assert_true (thaw_future_watch_progress (future, told_cb, &told, told_free));
  g_assert_false (thaw_future_watch_progress (future, told_cb, &told, told_free));
  g_assert_false (thaw_future_watch_progress (other, told_cb, &told, told_free));
  freed = told.n_freed;
  g_assert_cmpuint (freed, ==, 2);
  run_until (told.done == N_STEPS);
  g_assert_cmpuint (told.n_told, <, N_STEPS);
  g_assert_cmpuint (told.n_freed, ==, 2);
  __atomic_store_n (&told.is_open, TRUE, __ATOMIC_RELEASE);
  run_until_complete (future);
  g_assert_cmpuint (told.n_freed, ==, 3);
  g_clear_pointer (&scope, thaw_scope_unref);
  assert_nothing_left ();
}

static void
never_told_cb (gint64 done, gint64 total, gpointer user_data)
{
  g_error ("Progress was told after the scope had ended");
}

static void
test_progress_ends_with_scope (void)
{
  for (guint round = 0; round < 50; round++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
      Told told = { 0 };
      g_autoptr (ThawFuture) future
          = thaw_scope_compute (scope, "steps", THAW_PRIORITY_DEFAULT, step_job, &told, NULL);
      g_autoptr (ThawFuture) join = NULL;

      g_assert_true (thaw_future_watch_progress (future, never_told_cb, &told, told_free));
      g_usleep (round * 20);
      if (round % 2)
        thaw_scope_cancel (scope);
      else
        thaw_future_cancel (future);
      join = thaw_scope_join (scope);
      run_until_complete (join);
      g_assert_cmpuint (told.n_freed, ==, 1);
    }
  assert_nothing_left ();
}

static gboolean
slow_job (ThawJob *job, gpointer user_data, GError **error)
{
  gint64 start = thaw_clock_get_usec ();

  g_usleep (30000);
  thaw_job_return_int64 (job, thaw_clock_get_usec () - start);
  return TRUE;
}

/* A job takes real time and no virtual time: its timeout doesn't fire, nor does anybody's. */
static void
test_jobs_hold_the_clock (void)
{
  g_autoptr (ThawFuture) job = NULL, limited = NULL, delay = NULL;
  ThawScope *scope;
  gint64 start;

  virtual_begin (0);
  start = thaw_clock_get_usec ();
  scope = thaw_scope_new ("test", NULL);
  thaw_scope_set_deadline (scope, start + 5000);
  job = thaw_scope_compute (scope, "slow", THAW_PRIORITY_DEFAULT, slow_job, NULL, NULL);
  limited = thaw_future_timeout (thaw_future_ref (job), 1000);
  delay = thaw_delay (1);
  while (thaw_future_get_state (job) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (thaw_future_get_state (delay), ==, THAW_FUTURE_PENDING);
  g_assert_cmpint (thaw_future_get_int64 (limited, NULL), ==, 0);
  virtual_run (-1);
  g_assert_cmpint (thaw_clock_get_usec (), ==, start + 5000);
  g_assert_true (thaw_scope_is_cancelled (scope));
  thaw_scope_unref (scope);
  virtual_end ();
}

typedef struct {
  const char *task;
  guint n;
} Rejections;

static void
count_unhandled (const char *task, const GError *error, gpointer user_data)
{
  Rejections *rejections = user_data;

  if (g_str_equal (task, rejections->task))
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
      rejections->n++;
    }
}

static ThawFuture *
fail_fiber (gpointer user_data)
{
  return thaw_future_new_rejected (g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "busy"));
}

static void
test_unhandled (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Rejections told = { "forgotten task" }, kept = { "forgotten task" };
  ThawTaskStats before, after;
  g_autoptr (ThawFuture) looked_at = NULL;

  thaw_task_get_stats (&before);
  thaw_task_set_unhandled_func (count_unhandled, &told);
  thaw_future_disown (thaw_scope_spawn (scope, "forgotten task", fail_fiber, NULL, NULL));
  looked_at = thaw_scope_spawn (scope, "looked at", fail_fiber, NULL, NULL);
  run_until_complete (looked_at);
  assert_rejected (looked_at, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_pointer (&looked_at, thaw_future_unref);
  thaw_future_disown (thaw_scope_spawn (scope, "cancelled", fail_fiber, NULL, NULL));
  thaw_scope_cancel (scope);
  run_dry ();
  thaw_task_set_unhandled_func (NULL, NULL);
  thaw_task_foreach_unhandled (count_unhandled, &kept);
  thaw_task_get_stats (&after);
  g_assert_cmpuint (after.n_unhandled_rejections, ==, before.n_unhandled_rejections + 1);
  g_assert_cmpuint (told.n, ==, 1);
  g_assert_cmpuint (kept.n, ==, 1);
}

/* However many there are, the last ones are kept. */
static void
test_unhandled_flood (void)
{
  Rejections kept = { "rejected" };

  for (guint i = 0; i < 3 * THAW_UNHANDLED_KEPT; i++)
    thaw_future_disown (fail_fiber (NULL));
  thaw_task_foreach_unhandled (count_unhandled, &kept);
  g_assert_cmpuint (kept.n, ==, THAW_UNHANDLED_KEPT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/progress", test_progress);
  g_test_add_func ("/progress/ends-with-scope", test_progress_ends_with_scope);
  g_test_add_func ("/progress/jobs-hold-the-clock", test_jobs_hold_the_clock);
  g_test_add_func ("/unhandled/unhandled", test_unhandled);
  g_test_add_func ("/unhandled/flood", test_unhandled_flood);
  return g_test_run ();
}
