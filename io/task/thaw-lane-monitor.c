/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor: one thread that watches the time for all lanes. It sleeps until the nearest moment
 * at which a lane has to be looked at (a silence, a timeout, a probe) and is woken only when a lane
 * asks for an earlier one. With no job in flight and every lane answering no lane asks, and it
 * sleeps for good. It never waits for a lane: a lane's lock is held for a few instructions only,
 * never during a system call on a mount. */

#include "thaw-lane-private.h"

#include <errno.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next four and each lane's
                                                            monitor_usec; the innermost lock */
static pthread_cond_t changed;
static GPtrArray *watched; /* of ThawLane references */
static gint64 wake_usec;
static gboolean running;

void
thaw_lane_cond_init (pthread_cond_t *cond)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (cond, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* FALSE when @end_usec has passed. */
gboolean
thaw_lane_cond_wait_until (pthread_cond_t *cond, pthread_mutex_t *mutex, gint64 end_usec)
{
  struct timespec end = { end_usec / G_USEC_PER_SEC, (end_usec % G_USEC_PER_SEC) * 1000 };

  return pthread_cond_timedwait (cond, mutex, &end) != ETIMEDOUT;
}

/* The lanes whose time has come, removed from the list: a tick puts its lane back. */
static GPtrArray *
take_due (gint64 now_usec)
{
  GPtrArray *due = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_unref);

  wake_usec = THAW_LANE_NEVER;
  for (guint i = 0; i < watched->len;)
    {
      ThawLane *lane = g_ptr_array_index (watched, i);

      if (lane->monitor_usec > now_usec)
        {
          wake_usec = MIN (wake_usec, lane->monitor_usec);
          i++;
        }
      else
        {
          lane->monitor_usec = THAW_LANE_NEVER;
          g_ptr_array_add (due, g_ptr_array_steal_index_fast (watched, i));
        }
    }
  return due;
}

static gpointer
monitor_lanes (gpointer unused)
{
  pthread_mutex_lock (&lock);
  for (;;)
    {
      g_autoptr (GPtrArray) due = NULL;

      if (wake_usec == THAW_LANE_NEVER)
        {
          pthread_cond_wait (&changed, &lock);
          continue;
        }
      if (g_get_monotonic_time () < wake_usec)
        {
          thaw_lane_cond_wait_until (&changed, &lock, wake_usec);
          continue;
        }
      due = take_due (g_get_monotonic_time ());
      pthread_mutex_unlock (&lock);
      for (guint i = 0; i < due->len; i++)
        thaw_lane_tick (g_ptr_array_index (due, i), g_get_monotonic_time ());
      g_clear_pointer (&due, g_ptr_array_unref);
      pthread_mutex_lock (&lock);
    }
  return NULL;
}

/* Under the lane's lock: makes sure that @self is looked at by @at_usec. */
void
thaw_lane_monitor (ThawLane *self, gint64 at_usec)
{
  self->tick_usec = MIN (self->tick_usec, at_usec);
  if (at_usec == THAW_LANE_NEVER)
    return;

  pthread_mutex_lock (&lock);
  if (!running)
    {
      watched = g_ptr_array_new ();
      wake_usec = THAW_LANE_NEVER;
      running = TRUE;
      thaw_lane_cond_init (&changed);
      g_thread_unref (g_thread_new ("thaw-lanes", monitor_lanes, NULL));
    }
  if (self->monitor_usec == THAW_LANE_NEVER)
    g_ptr_array_add (watched, thaw_lane_ref (self));
  self->monitor_usec = MIN (self->monitor_usec, at_usec);
  if (at_usec < wake_usec)
    {
      wake_usec = at_usec;
      pthread_cond_signal (&changed);
    }
  pthread_mutex_unlock (&lock);
}
