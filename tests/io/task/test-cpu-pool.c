/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs on the computing pool: results, classes, cancelling before, during and after, what is
 * destroyed where. */

#include "task-test.h"

#include "thaw-cpu-pool-private.h"

#include <sched.h>

static GThread *loop_thread;

typedef struct {
  gint n_running, go_on, n_results_freed, n_destroyed; /* atomic */
} Stage;

static void
wait_for (gint *flag, gint value)
{
  gint64 give_up_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;

  while (__atomic_load_n (flag, __ATOMIC_ACQUIRE) < value)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_usec);
      g_thread_yield ();
    }
}

static void
stage_destroyed (gpointer data)
{
  g_assert_true (g_thread_self () == loop_thread);
  __atomic_add_fetch (&((Stage *) data)->n_destroyed, 1, __ATOMIC_RELEASE);
}

static void
result_freed (gpointer data)
{
  g_assert_true (g_thread_self () == loop_thread);
  __atomic_add_fetch (&((Stage *) data)->n_results_freed, 1, __ATOMIC_RELEASE);
}

static gboolean
square_job (ThawJob *job, gpointer user_data, GError **error)
{
  g_assert_true (g_thread_self () != loop_thread);
  g_assert_cmpstr (thaw_job_get_name (job), ==, "square");
  thaw_job_return_pointer (job, g_strdup ("overwritten"), g_free);
  thaw_job_return_int64 (job, GPOINTER_TO_INT (user_data) * GPOINTER_TO_INT (user_data));
  return TRUE;
}

static void
test_results (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  ThawFuture *futures[500];

  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    futures[i] = thaw_scope_compute (scope,
                                     "square",
                                     i % THAW_N_PRIORITIES,
                                     square_job,
                                     GINT_TO_POINTER (i),
                                     NULL);
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    {
      run_until_complete (futures[i]);
      g_assert_cmpint (thaw_future_get_int64 (futures[i], NULL), ==, i * i);
      thaw_future_unref (futures[i]);
    }
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);
}

static gboolean
object_job (ThawJob *job, gpointer user_data, GError **error)
{
  thaw_job_return_object (job, g_object_new (G_TYPE_OBJECT, NULL));
  return TRUE;
}

static gboolean
nothing_job (ThawJob *job, gpointer user_data, GError **error)
{
  return TRUE;
}

static gboolean
failing_job (ThawJob *job, gpointer user_data, GError **error)
{
  thaw_job_return_object (job, g_object_new (G_TYPE_OBJECT, NULL));
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Busy");
  return FALSE;
}

static ThawFuture *
compute (ThawScope *scope, ThawJobFunc func)
{
  return thaw_scope_compute (scope, "job", THAW_PRIORITY_DEFAULT, func, NULL, NULL);
}

static void
test_kinds (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) object = compute (scope, object_job);
  g_autoptr (ThawFuture) nothing = compute (scope, nothing_job);
  g_autoptr (ThawFuture) failing = compute (scope, failing_job);

  run_until_complete (object);
  run_until_complete (nothing);
  run_until_complete (failing);
  g_assert_true (G_IS_OBJECT (thaw_future_get_pointer (object, NULL)));
  g_assert_cmpint (thaw_future_get_int64 (nothing, NULL), ==, 1);
  assert_rejected (failing, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static gboolean
stage_job (ThawJob *job, gpointer user_data, GError **error)
{
  Stage *stage = user_data;

  __atomic_add_fetch (&stage->n_running, 1, __ATOMIC_RELEASE);
  wait_for (&stage->go_on, 1);
  thaw_job_return_pointer (job, stage, result_freed);
  return TRUE;
}

static ThawFuture *
stage_compute (ThawScope *scope, Stage *stage)
{
  return thaw_scope_compute (scope,
                             "stage",
                             THAW_PRIORITY_DEFAULT,
                             stage_job,
                             stage,
                             stage_destroyed);
}

static void
test_cancel_before (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawScope) doomed = thaw_scope_new ("doomed", NULL);
  Stage blockers = { 0 }, waiting = { 0 };
  guint n = g_get_num_processors ();
  g_autoptr (ThawFuture) a = NULL, b = NULL, joined = NULL;

  for (guint i = 0; i < n; i++)
    thaw_future_disown (stage_compute (scope, &blockers));
  wait_for (&blockers.n_running, n);
  a = stage_compute (scope, &waiting);
  b = stage_compute (doomed, &waiting);
  thaw_future_cancel (a);
  assert_cancelled (a);
  thaw_scope_cancel (doomed);
  assert_cancelled (b);
  g_assert_cmpint (waiting.n_destroyed, ==, 1);
  g_assert_cmpuint (thaw_scope_get_n_tasks (doomed), ==, 0);
  run_until (waiting.n_destroyed == 2);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, n);
  __atomic_store_n (&blockers.go_on, 1, __ATOMIC_RELEASE);
  joined = thaw_scope_join (scope);
  run_until_complete (joined);
  g_assert_cmpint (waiting.n_running, ==, 0);
  g_assert_cmpint (blockers.n_destroyed, ==, n);
  g_assert_cmpint (blockers.n_results_freed, ==, n);
}

static void
test_cancel_during (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Stage stage = { 0 };
  g_autoptr (ThawFuture) future = stage_compute (scope, &stage);
  g_autoptr (ThawFuture) joined = NULL;

  wait_for (&stage.n_running, 1);
  thaw_scope_cancel (scope);
  assert_cancelled (future);
  g_assert_cmpint (stage.n_destroyed, ==, 0);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 1);
  joined = thaw_scope_join (scope);
  __atomic_store_n (&stage.go_on, 1, __ATOMIC_RELEASE);
  run_until_complete (joined);
  g_assert_cmpint (stage.n_destroyed, ==, 1);
  g_assert_cmpint (stage.n_results_freed, ==, 1);
}

static void
test_cancel_after (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Stage stage = { .go_on = 1 };
  g_autoptr (ThawFuture) future = stage_compute (scope, &stage);

  run_until_complete (future);
  thaw_future_cancel (future);
  thaw_scope_cancel (scope);
  g_assert_true (thaw_future_take_pointer (future, NULL) == &stage);
  g_assert_cmpint (stage.n_destroyed, ==, 1);
  g_assert_cmpint (stage.n_results_freed, ==, 0);
}

static gboolean
cancellable_job (ThawJob *job, gpointer user_data, GError **error)
{
  Stage *stage = user_data;
  GCancellable *cancellable = thaw_job_get_cancellable (job);

  g_assert_true (thaw_job_get_cancellable (job) == cancellable);
  __atomic_add_fetch (&stage->n_running, 1, __ATOMIC_RELEASE);
  while (!g_cancellable_is_cancelled (cancellable))
    g_thread_yield ();
  g_assert_true (thaw_job_is_cancelled (job));
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

static void
test_cancellable (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Stage stage = { 0 };
  g_autoptr (ThawFuture) future = thaw_scope_compute (scope,
                                                      "cancellable",
                                                      THAW_PRIORITY_HIGH,
                                                      cancellable_job,
                                                      &stage,
                                                      stage_destroyed);

  wait_for (&stage.n_running, 1);
  thaw_future_cancel (future);
  assert_cancelled (future);
  run_until (stage.n_destroyed == 1);
}

static gboolean
order_job (ThawJob *job, gpointer user_data, GError **error)
{
  static gint n_started;

  thaw_job_return_int64 (job, __atomic_add_fetch (&n_started, 1, __ATOMIC_RELAXED));
  return TRUE;
}

static void
test_high_goes_first (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  Stage blockers = { 0 };
  guint n = g_get_num_processors ();
  g_autoptr (ThawFuture) low = NULL, high = NULL, joined = NULL;

  for (guint i = 0; i < n; i++)
    thaw_future_disown (stage_compute (scope, &blockers));
  wait_for (&blockers.n_running, n);
  for (guint i = 0; i < 50; i++)
    thaw_future_disown (compute (scope, order_job));
  low = compute (scope, order_job);
  high = thaw_scope_compute (scope, "high", THAW_PRIORITY_HIGH, order_job, NULL, NULL);
  __atomic_store_n (&blockers.go_on, 1, __ATOMIC_RELEASE);
  joined = thaw_scope_join (scope);
  run_until_complete (joined);
  g_assert_cmpint (thaw_future_get_int64 (high, NULL), <=, n);
  g_assert_cmpint (thaw_future_get_int64 (low, NULL), >, 50 - (gint) n);
}

static gboolean
policy_job (ThawJob *job, gpointer user_data, GError **error)
{
  thaw_job_return_int64 (job, sched_getscheduler (0));
  return TRUE;
}

static void
test_idle_class (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) low
      = thaw_scope_compute (scope, "policy", THAW_PRIORITY_LOW, policy_job, NULL, NULL);
  g_autoptr (ThawFuture) other = compute (scope, policy_job);

  run_until_complete (low);
  run_until_complete (other);
  g_assert_cmpint (thaw_future_get_int64 (low, NULL), ==, SCHED_IDLE);
  g_assert_cmpint (thaw_future_get_int64 (other, NULL), ==, SCHED_OTHER);
}

static gboolean
pool_is_empty (void)
{
  ThawCpuPoolStats stats;

  thaw_cpu_pool_get_stats (&stats);
  return stats.n_threads + stats.n_idle_class_threads == 0;
}

/* Those that rest by the longer time are woken by a job now and then, and rest by the shorter one
 * next. */
static void
test_threads_end (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  gint64 patience_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;

  thaw_cpu_pool_set_linger (1000);
  while (!pool_is_empty ())
    {
      g_autoptr (ThawFuture) a = compute (scope, nothing_job);
      g_autoptr (ThawFuture) b
          = thaw_scope_compute (scope, "low", THAW_PRIORITY_LOW, nothing_job, NULL, NULL);

      run_until_complete (a);
      run_until_complete (b);
      g_usleep (5000);
      g_assert_cmpint (g_get_monotonic_time (), <, patience_usec);
    }
}

/* Posted while the last thread makes up its mind to leave: no job is forgotten. */
static void
test_no_job_is_lost (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  thaw_cpu_pool_set_linger (300);
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (ThawFuture) future = compute (scope, nothing_job);

      run_until_complete (future);
      g_usleep (g_rand_int_range (rand, 0, 700));
    }
  thaw_cpu_pool_set_linger (10 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_thread = g_thread_self ();
  g_test_add_func ("/cpu-pool/results", test_results);
  g_test_add_func ("/cpu-pool/kinds", test_kinds);
  g_test_add_func ("/cpu-pool/cancel-before", test_cancel_before);
  g_test_add_func ("/cpu-pool/cancel-during", test_cancel_during);
  g_test_add_func ("/cpu-pool/cancel-after", test_cancel_after);
  g_test_add_func ("/cpu-pool/cancellable", test_cancellable);
  g_test_add_func ("/cpu-pool/high-goes-first", test_high_goes_first);
  g_test_add_func ("/cpu-pool/idle-class", test_idle_class);
  g_test_add_func ("/cpu-pool/no-job-is-lost", test_no_job_is_lost);
  g_test_add_func ("/cpu-pool/threads-end", test_threads_end);
  g_test_add_func ("/cpu-pool/nothing-left", assert_nothing_left);
  return g_test_run ();
}
