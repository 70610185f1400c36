/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delays and timeouts: futures with a timer of their loop inside, one allocation each. The timer is
 * the loop's thread's; a future that completes on another thread leaves it to a message to take the
 * timer away. An armed timer holds its future and its loop. */

#include "thaw-timing.h"

#include "thaw-error.h"
#include "thaw-future-private.h"

/* What both have behind their future, which is the first thing in the allocation. */
typedef struct {
  ThawFuture *future; /* the one around it */
  ThawTaskLoop *loop; /* held while the timer is armed, and by the message */
  ThawTimer timer;
  ThawLoopItem item;
} ThawAlarm;

typedef struct {
  ThawFuture future;
  ThawAlarm alarm;
} ThawDelay;

typedef struct {
  ThawFollower follower;
  ThawAlarm alarm;
  gint64 timeout_usec;
} ThawTimeout;

static void
alarm_release (ThawAlarm *self)
{
  ThawTaskLoop *loop = self->loop;

  thaw_future_unref (self->future);
  thaw_task_loop_unref (loop);
}

static void
alarm_set (ThawAlarm *self, ThawFuture *future, gint64 due_usec)
{
  self->future = thaw_future_ref (future);
  self->loop = thaw_task_loop_ref (thaw_task_loop_get_current ());
  thaw_task_loop_claim (self->loop);
  g_assert (thaw_task_loop_is_own (self->loop));
  thaw_timer_arm (self->loop->timers, &self->timer, due_usec);
}

static void
alarm_stop (ThawAlarm *self)
{
  if (!thaw_timer_is_armed (&self->timer))
    return;
  thaw_timer_disarm (self->loop->timers, &self->timer);
  alarm_release (self);
}

static void
stop_on_loop (ThawLoopItem *item)
{
  ThawAlarm *self = (ThawAlarm *) ((char *) item - G_STRUCT_OFFSET (ThawAlarm, item));

  alarm_stop (self);
  alarm_release (self);
}

/* The future is complete; any thread, once. */
static void
alarm_done (gpointer data)
{
  ThawAlarm *self = data;

  if (G_LIKELY (thaw_task_loop_is_own (self->loop)))
    {
      alarm_stop (self);
      return;
    }
  self->item.run = stop_on_loop;
  thaw_future_ref (self->future);
  thaw_task_loop_ref (self->loop);
  if (!thaw_task_loop_run_soon (self->loop, &self->item))
    alarm_release (self);
}

static void
reject_for_loop (ThawFuture *future)
{
  g_autoptr (GError) reason
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The main context is gone");

  thaw_future_cancel_with (future, reason);
}

static void
delay_fire (ThawTimer *timer, gboolean dead)
{
  ThawAlarm *self = (ThawAlarm *) ((char *) timer - G_STRUCT_OFFSET (ThawAlarm, timer));

  if (G_LIKELY (!dead))
    thaw_future_resolve (self->future);
  else
    reject_for_loop (self->future);
  alarm_release (self);
}

static void
timeout_fire (ThawTimer *timer, gboolean dead)
{
  ThawAlarm *self = (ThawAlarm *) ((char *) timer - G_STRUCT_OFFSET (ThawAlarm, timer));
  gint64 timeout_usec = ((ThawTimeout *) self->future)->timeout_usec;
  g_autoptr (GError) reason = g_error_new (THAW_ERROR,
                                           THAW_ERROR_DEADLINE,
                                           "%s took longer than %" G_GINT64_FORMAT " ms",
                                           self->future->name,
                                           timeout_usec / 1000);

  if (G_LIKELY (!dead))
    thaw_future_cancel_with (self->future, reason);
  else
    reject_for_loop (self->future);
  alarm_release (self);
}

/**
 * thaw_delay_until:
 * @due_usec: a time of [func@Thaw.clock_get_usec]
 *
 * As [func@Thaw.delay], until a point in time; one that has passed counts as now.
 *
 * Returns: (transfer full): a future that resolves with nothing
 */
ThawFuture *
thaw_delay_until (gint64 due_usec)
{
  ThawDelay *self = g_new0 (ThawDelay, 1);

  thaw_future_init (&self->future, THAW_FUTURE_PLAIN, "delay");
  self->alarm.timer.fire = delay_fire;
  alarm_set (&self->alarm, &self->future, due_usec);
  /* Nobody else knows the future yet; without a context it is complete by now. */
  thaw_future_set_cancel (&self->future, NULL, &self->alarm, alarm_done);
  return &self->future;
}

/**
 * thaw_delay:
 * @delay_usec: how long; 0 or less for the next turn of the loop
 *
 * Makes a future that resolves after a while. Nothing runs late because of it: it belongs to no
 * scope, what waits for it does.
 *
 * - **Thread**: that of a loop; the timer is its.
 * - **Errors**: %G_IO_ERROR_CANCELLED when the main context goes before the time has come.
 * - **Cancellation**: takes the timer away. Dropping the future doesn't.
 * - **Units**: microseconds of [func@Thaw.clock_get_usec]
 *
 * Returns: (transfer full): a future that resolves with nothing
 */
ThawFuture *
thaw_delay (gint64 delay_usec)
{
  return thaw_delay_until (thaw_clock_get_usec () + MAX (delay_usec, 0));
}

/**
 * thaw_future_timeout:
 * @future: (transfer full): what to wait for
 * @timeout_usec: for how long; less than 0 for no limit
 *
 * Gives @future a time limit. The future returned completes as @future does; when the time is over
 * before that, it is rejected with %THAW_ERROR_DEADLINE and @future is cancelled with it, unless
 * somebody else waits for that too or it is shared.
 *
 * - **Thread**: that of a loop; @future may complete anywhere.
 * - **Errors**: those of @future, %THAW_ERROR_DEADLINE.
 * - **Cancellation**: travels to @future, in the same way.
 * - **Units**: microseconds of [func@Thaw.clock_get_usec]
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_timeout (ThawFuture *future, gint64 timeout_usec)
{
  ThawTimeout *self;

  if (timeout_usec < 0 || thaw_future_peek_state (future) != THAW_FUTURE_PENDING)
    return future;
  self = g_new0 (ThawTimeout, 1);
  thaw_follower_init (&self->follower, thaw_future_get_name (future));
  self->timeout_usec = timeout_usec;
  self->alarm.timer.fire = timeout_fire;
  alarm_set (&self->alarm, &self->follower.future, thaw_clock_get_usec () + timeout_usec);
  thaw_future_set_cancel (&self->follower.future, NULL, &self->alarm, alarm_done);
  thaw_follower_follow (&self->follower.future, future);
  return &self->follower.future;
}
