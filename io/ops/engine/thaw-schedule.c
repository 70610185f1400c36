/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scheduling by device. On a disk that seeks, and over a network, two copies at once take longer
 * than one after the other, so there is one at a time; on others a few. Small jobs go before big
 * ones that wait, and on a slow device a big one that runs stands back for them: nobody who copies
 * one photo should wait for the film. What only renames keeps no device busy and waits for nobody,
 * within reason. A job that is paused, asks the user or hangs doesn't hold up the others.
 *
 * Nothing is remembered from call to call, so calling it once too often changes nothing. */

#include "thaw-schedule-private.h"

/* One that stands back will go on where it was: its devices aren't free for others meanwhile. */
static gboolean
has_begun (const ThawScheduled *job)
{
  return job->starts || job->activity == THAW_JOB_RUNNING;
}

static guint
count_light (const ThawScheduled *jobs, guint n_jobs)
{
  guint n = 0;

  for (guint i = 0; i < n_jobs; i++)
    n += jobs[i].is_light && has_begun (&jobs[i]);
  return n;
}

/* How many heavy ones are on a device of @job, small ones and others. */
static void
count_rivals (const ThawScheduled *jobs,
              guint n_jobs,
              const ThawScheduled *job,
              guint *n_small,
              guint *n_big)
{
  *n_small = *n_big = 0;
  for (guint i = 0; i < n_jobs; i++)
    {
      if (&jobs[i] == job || jobs[i].is_light || !has_begun (&jobs[i])
          || !thaw_devices_share (jobs[i].devices, job->devices))
        continue;
      if (jobs[i].is_small)
        ++*n_small;
      else
        ++*n_big;
    }
}

static gboolean
may_start (const ThawScheduled *jobs, guint n_jobs, const ThawScheduled *job)
{
  guint n_small, n_big;

  if (job->is_light)
    return count_light (jobs, n_jobs) < THAW_SCHEDULE_N_LIGHT;
  count_rivals (jobs, n_jobs, job, &n_small, &n_big);
  if (thaw_devices_have_slow (job->devices))
    return job->is_small ? n_small == 0 : n_small + n_big == 0;
  /* One more than there is room for, if it is small. */
  return n_small + n_big < THAW_SCHEDULE_N_FAST + (job->is_small ? 1 : 0);
}

static void
start_those (ThawScheduled *jobs, guint n_jobs, gboolean are_small)
{
  for (guint i = 0; i < n_jobs; i++)
    if (jobs[i].activity == THAW_JOB_WAITING && (jobs[i].is_small || jobs[i].is_light) == are_small)
      jobs[i].starts = may_start (jobs, n_jobs, &jobs[i]);
}

/* Whether a small one keeps that slow device busy. */
static gboolean
has_small_rival (const ThawScheduled *jobs, guint n_jobs, const ThawScheduled *job)
{
  guint n_small, n_big;

  count_rivals (jobs, n_jobs, job, &n_small, &n_big);
  return n_small > 0;
}

static gboolean
is_big_on_slow (const ThawScheduled *job)
{
  return job->activity == THAW_JOB_RUNNING && !job->is_light && !job->is_small
         && thaw_devices_have_slow (job->devices);
}

/* One that was paused goes on while another one has begun: the first in the queue goes first. */
static gboolean
has_big_before (const ThawScheduled *jobs, guint i)
{
  for (guint j = 0; j < i; j++)
    if (is_big_on_slow (&jobs[j]) && !jobs[j].holds
        && thaw_devices_share (jobs[j].devices, jobs[i].devices))
      return TRUE;
  return FALSE;
}

void
thaw_schedule (ThawScheduled *jobs, guint n_jobs)
{
  for (guint i = 0; i < n_jobs; i++)
    {
      jobs[i].starts = FALSE;
      jobs[i].holds = jobs[i].is_held;
    }
  start_those (jobs, n_jobs, TRUE);
  for (guint i = 0; i < n_jobs; i++)
    if (is_big_on_slow (&jobs[i]))
      jobs[i].holds = has_small_rival (jobs, n_jobs, &jobs[i]) || has_big_before (jobs, i);
    else
      jobs[i].holds = FALSE;
  start_those (jobs, n_jobs, FALSE);
}
