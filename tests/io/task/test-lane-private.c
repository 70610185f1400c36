/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes that belong to one user: never more jobs at once than they were made for, not found by a
 * path, and answering as long as there is nobody to ask. */

#include "thaw-lane.h"

#include "task-test.h"

typedef struct {
  guint n_running, n_most; /* atomic */
  gint64 silent_usec;
} Jobs;

static gboolean
count_lane (ThawJob *job, gpointer data, GError **error)
{
  Jobs *jobs = data;
  guint n = __atomic_add_fetch (&jobs->n_running, 1, __ATOMIC_SEQ_CST);

  if (n > __atomic_load_n (&jobs->n_most, __ATOMIC_SEQ_CST))
    __atomic_store_n (&jobs->n_most, n, __ATOMIC_SEQ_CST);
  g_usleep ((gulong) jobs->silent_usec);
  __atomic_sub_fetch (&jobs->n_running, 1, __ATOMIC_SEQ_CST);
  return TRUE;
}

static ThawFuture *
run_count (ThawLane *lane, ThawScope *scope, Jobs *jobs)
{
  return thaw_lane_run (lane, scope, "count", THAW_PRIORITY_DEFAULT, -1, count_lane, jobs, NULL);
}

static void
test_one_at_a_time (void)
{
  ThawScope *scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawLane) lane = thaw_lane_new_private ("mine", 1, NULL);
  g_autoptr (ThawLane) other = thaw_lane_new_private ("mine", 1, NULL);
  Jobs jobs = { .silent_usec = 500 };
  ThawFuture *futures[20];

  g_assert_true (lane != other);
  g_assert_cmpstr (thaw_lane_get_name (lane), ==, "mine");
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    futures[i] = run_count (lane, scope, &jobs);
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    {
      run_until_complete (futures[i]);
      g_assert_no_error (thaw_future_get_error (futures[i]));
      thaw_future_unref (futures[i]);
    }
  g_assert_cmpuint (jobs.n_most, ==, 1);
  thaw_scope_cancel (scope);
  thaw_scope_unref (scope);
}

/* Silent for longer than a lane may be: with a folder that answers, and with nobody to ask. */
static void
test_silence (gconstpointer near_path)
{
  ThawScope *scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawLane) lane = thaw_lane_new_private ("mine", 1, near_path);
  Jobs jobs = { .silent_usec = THAW_LANE_SILENCE_USEC + 700000 };
  ThawFuture *first = run_count (lane, scope, &jobs);
  ThawFuture *second;

  while (thaw_future_get_state (first) == THAW_FUTURE_PENDING)
    {
      g_assert_cmpint (thaw_lane_get_state (lane), ==, THAW_LANE_ANSWERING);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  jobs.silent_usec = 0;
  second = run_count (lane, scope, &jobs);
  run_until_complete (second);
  g_assert_no_error (thaw_future_get_error (second));
  thaw_future_unref (first);
  thaw_future_unref (second);
  thaw_scope_cancel (scope);
  thaw_scope_unref (scope);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane-private/one-at-a-time", test_one_at_a_time);
  g_test_add_data_func ("/lane-private/silence/nobody-to-ask", NULL, test_silence);
  g_test_add_data_func ("/lane-private/silence/folder", "/", test_silence);
  return g_test_run ();
}
