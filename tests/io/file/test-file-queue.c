/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue of short jobs on a lane: each is over by itself, a slow one holds back nobody, and
 * whatever is cancelled, in whatever order, nothing stays behind. On lanes of their own. */

#include "thaw-file-queue-private.h"

#include "task-test.h"

#include <pthread.h>
#include <unistd.h>

#define N_JOBS 500

static gint n_run, n_over, is_open; /* atomic */

static gint
get (gint *value)
{
  return __atomic_load_n (value, __ATOMIC_ACQUIRE);
}

static gboolean
short_lane (ThawJob *job, gpointer data, GError **error)
{
  __atomic_add_fetch (&n_run, 1, __ATOMIC_ACQ_REL);
  if (GPOINTER_TO_INT (data) % 7 == 3)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "It isn't there");
      return FALSE;
    }
  thaw_job_beat (job);
  thaw_job_return_int64 (job, GPOINTER_TO_INT (data));
  return TRUE;
}

/* Until the test says so. */
static gboolean
slow_lane (ThawJob *job, gpointer data, GError **error)
{
  __atomic_add_fetch (&n_run, 1, __ATOMIC_ACQ_REL);
  while (!get (&is_open) && !thaw_job_is_cancelled (job))
    g_usleep (200);
  return !thaw_job_set_error_if_cancelled (job, error);
}

static void
count_over (gpointer data)
{
  __atomic_add_fetch (&n_over, 1, __ATOMIC_ACQ_REL);
}

typedef struct {
  ThawLane *lane;
  ThawScope *scope;
  ThawFileQueue *queue;
} Fixture;

static void
set_up (Fixture *self, gconstpointer n_threads)
{
  n_run = n_over = is_open = 0;
  self->lane = thaw_lane_new_private ("queue", GPOINTER_TO_UINT (n_threads), NULL);
  self->scope = thaw_scope_new ("test", NULL);
  self->queue = thaw_file_queue_new (self->lane, self->scope, THAW_PRIORITY_DEFAULT);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  ThawTaskStats stats;

  g_clear_pointer (&self->queue, thaw_file_queue_unref);
  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  run_until ((thaw_task_get_stats (&stats), stats.n_jobs == 0 && stats.n_scopes == 0));
  thaw_lane_unref (self->lane);
}

static ThawFuture *
start (Fixture *self, ThawJobFunc func, guint i)
{
  return thaw_file_queue_run (self->queue, "job", func, GINT_TO_POINTER (i), count_over);
}

static void
check_result (ThawFuture *future, guint i)
{
  run_until_complete (future);
  if (i % 7 == 3)
    assert_rejected (future, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  else
    g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, i);
  thaw_future_unref (future);
}

/* Each gets what is its own, and an error is nobody else's. */
static void
test_each (Fixture *self, gconstpointer data)
{
  ThawFuture *futures[N_JOBS];

  for (guint i = 0; i < N_JOBS; i++)
    futures[i] = start (self, short_lane, i);
  for (guint i = 0; i < N_JOBS; i++)
    check_result (futures[i], i);
  g_assert_cmpint (get (&n_run), ==, N_JOBS);
  g_assert_cmpint (get (&n_over), ==, N_JOBS);
}

/* All threads of the lane but one are stuck in a slow one: the others are done on that. */
static void
test_slow (Fixture *self, gconstpointer n_threads)
{
  enum { N = 60 };
  guint n_slow = GPOINTER_TO_UINT (n_threads) - 1;
  ThawFuture *slow[8], *futures[N];

  for (guint i = 0; i < n_slow; i++)
    slow[i] = start (self, slow_lane, 0);
  for (guint i = 0; i < N; i++)
    futures[i] = start (self, short_lane, i);
  for (guint i = 0; i < N; i++)
    check_result (futures[i], i);
  for (guint i = 0; i < n_slow; i++)
    g_assert_cmpint (thaw_future_get_state (slow[i]), ==, THAW_FUTURE_PENDING);
  __atomic_store_n (&is_open, TRUE, __ATOMIC_RELEASE);
  for (guint i = 0; i < n_slow; i++)
    {
      run_until_complete (slow[i]);
      g_assert_no_error (thaw_future_get_error (slow[i]));
      thaw_future_unref (slow[i]);
    }
}

/* What waits behind stuck ones can be cancelled one by one, and is over then: also for the scope,
 * once the last is. */
static void
test_cancel_waiting (Fixture *self, gconstpointer n_threads)
{
  enum { N = 60 };
  guint n_slow = GPOINTER_TO_UINT (n_threads);
  ThawFuture *slow[8], *futures[N];

  for (guint i = 0; i < n_slow; i++)
    slow[i] = start (self, slow_lane, 0);
  run_until (get (&n_run) == (gint) n_slow);
  for (guint i = 0; i < N; i++)
    futures[i] = start (self, short_lane, i);
  for (guint i = 0; i < N; i++)
    {
      thaw_future_cancel (futures[i]);
      assert_cancelled (futures[i]);
      thaw_future_unref (futures[i]);
    }
  run_until (thaw_scope_get_n_tasks (self->scope) == 2 * n_slow);
  g_assert_cmpint (get (&n_over), ==, N);
  /* The queue still works. */
  futures[0] = start (self, short_lane, 1);
  __atomic_store_n (&is_open, TRUE, __ATOMIC_RELEASE);
  check_result (futures[0], 1);
  for (guint i = 0; i < n_slow; i++)
    {
      run_until_complete (slow[i]);
      thaw_future_unref (slow[i]);
    }
  g_assert_cmpint (get (&n_run), ==, n_slow + 1);
}

static void
test_scope_ends (Fixture *self, gconstpointer data)
{
  ThawFuture *futures[N_JOBS];

  for (guint i = 0; i < N_JOBS; i++)
    {
      futures[i] = start (self, short_lane, i);
      if (i == N_JOBS / 2)
        g_main_context_iteration (NULL, FALSE);
    }
  thaw_scope_cancel (self->scope);
  for (guint i = 0; i < N_JOBS; i++)
    {
      g_assert_cmpint (thaw_future_get_state (futures[i]), !=, THAW_FUTURE_PENDING);
      thaw_future_unref (futures[i]);
    }
  run_until (get (&n_over) == N_JOBS);
}

typedef struct {
  ThawFuture **futures;
  guint32 seed;
} Canceller;

static gpointer
cancel_some (gpointer data)
{
  Canceller *self = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seed);

  for (guint i = 0; i < N_JOBS; i++)
    thaw_future_cancel (self->futures[g_rand_int_range (rand, 0, N_JOBS)]);
  return NULL;
}

/* From another thread, while they come and go. */
static void
test_cancel_anytime (Fixture *self, gconstpointer data)
{
  ThawFuture *futures[N_JOBS];

  for (guint round = 0; round < 10; round++)
    {
      Canceller canceller = { futures, g_test_rand_int () };
      GThread *thread;

      for (guint i = 0; i < N_JOBS; i++)
        futures[i] = start (self, short_lane, 0);
      thread = g_thread_new ("canceller", cancel_some, &canceller);
      for (guint i = 0; i < N_JOBS; i++)
        run_until_complete (futures[i]);
      g_thread_join (thread);
      for (guint i = 0; i < N_JOBS; i++)
        {
          if (thaw_future_get_error (futures[i]) != NULL)
            assert_cancelled (futures[i]);
          thaw_future_unref (futures[i]);
        }
      run_until (get (&n_over) == (gint) ((round + 1) * N_JOBS));
    }
}

/* Another one goes on where the first couldn't. */
static ThawFuture *
follow (const GError *error, gpointer data)
{
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  return GPOINTER_TO_INT (data) == 3 ? thaw_future_new_int64 (42) : NULL;
}

static void
test_sequel (Fixture *self, gconstpointer data)
{
  ThawFuture *first = start (self, short_lane, 3), *second = start (self, short_lane, 10);

  g_assert_true (thaw_job_set_sequel (first, follow));
  g_assert_true (thaw_job_set_sequel (second, follow));
  run_until_complete (first);
  g_assert_cmpint (thaw_future_get_int64 (first, NULL), ==, 42);
  thaw_future_unref (first);
  run_until_complete (second);
  assert_rejected (second, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  thaw_future_unref (second);
}

#define ADD(name, func, n_threads)                                                                 \
  g_test_add ("/file-queue/" name, Fixture, GUINT_TO_POINTER (n_threads), set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("each", test_each, 4);
  ADD ("each-on-one-thread", test_each, 1);
  ADD ("slow", test_slow, 4);
  ADD ("cancel-waiting", test_cancel_waiting, 2);
  ADD ("scope-ends", test_scope_ends, 4);
  ADD ("cancel-anytime", test_cancel_anytime, 4);
  ADD ("sequel", test_sequel, 2);
  return g_test_run ();
}
