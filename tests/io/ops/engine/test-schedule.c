/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may run: the promises one by one, and a random queue that is worked off, where they must hold
 * at every step. */

#include "thaw-schedule-private.h"

#include <string.h>

static ThawScheduled
make_job (ThawJobActivity activity, gboolean is_small, const char *device, gboolean is_slow)
{
  ThawScheduled job
      = { .activity = activity, .is_small = is_small, .devices = thaw_devices_new () };

  thaw_devices_add (job.devices, device, is_slow);
  return job;
}

static void
clear (ThawScheduled *jobs, guint n)
{
  for (guint i = 0; i < n; i++)
    thaw_devices_unref (jobs[i].devices);
}

static void
test_one_at_a_time (void)
{
  ThawScheduled jobs[] = {
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "other", TRUE),
  };

  thaw_schedule (jobs, 3);
  g_assert_true (jobs[0].starts);
  g_assert_false (jobs[1].starts);
  g_assert_true (jobs[2].starts);
  clear (jobs, 3);
}

static void
test_a_few (void)
{
  ThawScheduled jobs[THAW_SCHEDULE_N_FAST + 2];
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    jobs[i] = make_job (THAW_JOB_WAITING, FALSE, "ssd", FALSE);
  thaw_schedule (jobs, G_N_ELEMENTS (jobs));
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    n += jobs[i].starts;
  g_assert_cmpuint (n, ==, THAW_SCHEDULE_N_FAST);
  clear (jobs, G_N_ELEMENTS (jobs));
}

/* A small job goes first, and a big one that runs stands back for it until it is over. */
static void
test_small_overtake (void)
{
  ThawScheduled jobs[] = {
    make_job (THAW_JOB_RUNNING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, TRUE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, TRUE, "disk", TRUE),
  };

  thaw_schedule (jobs, 4);
  g_assert_true (jobs[0].holds);
  g_assert_false (jobs[1].starts);
  g_assert_true (jobs[2].starts);
  g_assert_false (jobs[3].starts);

  jobs[0].is_held = TRUE;
  jobs[2].activity = THAW_JOB_RUNNING;
  thaw_schedule (jobs, 4);
  g_assert_true (jobs[0].holds);
  g_assert_false (jobs[1].starts || jobs[3].starts);

  thaw_devices_unref (jobs[2].devices);
  jobs[2] = make_job (THAW_JOB_STOPPED, TRUE, "elsewhere", TRUE);
  jobs[3].activity = THAW_JOB_STOPPED;
  thaw_schedule (jobs, 4);
  g_assert_false (jobs[0].holds);
  g_assert_false (jobs[1].starts);
  clear (jobs, 4);
}

static void
test_light_dont_wait (void)
{
  ThawScheduled jobs[] = {
    make_job (THAW_JOB_RUNNING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
  };

  jobs[2].is_light = TRUE;
  thaw_schedule (jobs, 3);
  g_assert_false (jobs[0].holds);
  g_assert_false (jobs[1].starts);
  g_assert_true (jobs[2].starts);
  clear (jobs, 3);
}

static void
test_stopped_hold_up_nobody (void)
{
  ThawScheduled jobs[] = {
    make_job (THAW_JOB_STOPPED, FALSE, "disk", TRUE),
    make_job (THAW_JOB_WAITING, FALSE, "disk", TRUE),
  };

  thaw_schedule (jobs, 2);
  g_assert_true (jobs[1].starts);
  clear (jobs, 2);
}

/* One that was paused goes on, and another one has begun meanwhile. */
static void
test_resumed (void)
{
  ThawScheduled jobs[] = {
    make_job (THAW_JOB_RUNNING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_RUNNING, FALSE, "disk", TRUE),
    make_job (THAW_JOB_RUNNING, FALSE, "other", TRUE),
  };

  thaw_schedule (jobs, 3);
  g_assert_false (jobs[0].holds);
  g_assert_true (jobs[1].holds);
  g_assert_false (jobs[2].holds);
  jobs[1].is_held = TRUE;
  jobs[0].activity = THAW_JOB_STOPPED;
  thaw_schedule (jobs, 3);
  g_assert_false (jobs[1].holds);
  clear (jobs, 3);
}

/* --- at random --- */

static const struct {
  const char *id;
  gboolean is_slow;
} devices[] = { { "disk", TRUE }, { "ssd", FALSE }, { "net", TRUE } };

static void
add_at_random (GRand *random, ThawScheduled *job)
{
  guint target = g_rand_int_range (random, 0, G_N_ELEMENTS (devices));
  guint source = g_rand_int_range (random, 0, G_N_ELEMENTS (devices));

  *job = make_job (THAW_JOB_WAITING,
                   g_rand_boolean (random),
                   devices[target].id,
                   devices[target].is_slow);
  thaw_devices_add (job->devices, devices[source].id, devices[source].is_slow);
  job->is_light = g_rand_int_range (random, 0, 4) == 0;
}

static gboolean
uses (const ThawScheduled *job, const char *id)
{
  for (guint i = 0; i < job->devices->items->len; i++)
    if (g_str_equal (g_array_index (job->devices->items, ThawDevice, i).id, id))
      return TRUE;
  return FALSE;
}

static void
check_promises (const ThawScheduled *jobs, guint n)
{
  for (guint d = 0; d < G_N_ELEMENTS (devices); d++)
    {
      guint n_busy = 0;

      for (guint i = 0; i < n; i++)
        n_busy += jobs[i].activity == THAW_JOB_RUNNING && !jobs[i].is_held && !jobs[i].is_light
                  && uses (&jobs[i], devices[d].id);
      /* One, and a big one that hasn't noticed yet that it stands back is counted as held. */
      g_assert_cmpuint (n_busy, <=, devices[d].is_slow ? 1 : THAW_SCHEDULE_N_FAST + 1);
    }
}

static void
test_random (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  ThawScheduled jobs[40];
  guint n = G_N_ELEMENTS (jobs), n_rounds = 0;

  for (guint i = 0; i < n; i++)
    add_at_random (random, &jobs[i]);
  while (n > 0)
    {
      guint victim = g_rand_int_range (random, 0, (gint32) n);

      g_assert_cmpuint (n_rounds++, <, 20000);
      thaw_schedule (jobs, n);
      for (guint i = 0; i < n; i++)
        {
          if (jobs[i].starts)
            jobs[i].activity = THAW_JOB_RUNNING;
          jobs[i].is_held = jobs[i].holds;
        }
      check_promises (jobs, n);
      if (jobs[victim].activity != THAW_JOB_RUNNING || jobs[victim].is_held)
        continue;
      thaw_devices_unref (jobs[victim].devices);
      /* The order of the others stays. */
      memmove (&jobs[victim], &jobs[victim + 1], (--n - victim) * sizeof jobs[0]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedule/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/schedule/a-few", test_a_few);
  g_test_add_func ("/schedule/small-overtake", test_small_overtake);
  g_test_add_func ("/schedule/light-dont-wait", test_light_dont_wait);
  g_test_add_func ("/schedule/stopped-hold-up-nobody", test_stopped_hold_up_nobody);
  g_test_add_func ("/schedule/resumed", test_resumed);
  g_test_add_func ("/schedule/random", test_random);
  return g_test_run ();
}
