/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the clock: the timers of a main context, and what virtual time must know of those who
 * work or sleep on other threads. For io only. */
#pragma once

#include "thaw-clock.h"

G_BEGIN_DECLS

/* The virtual time of this thread, or NULL. Initial-exec, as it is looked at in each slice. */
extern __thread ThawVirtualTime *thaw_clock_virtual
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

/* For the time of a job: the worker has the clock of the loop. Returns what it had before. */
static inline ThawVirtualTime *
thaw_clock_enter (ThawVirtualTime *virtual_time)
{
  ThawVirtualTime *previous = thaw_clock_virtual;

  thaw_clock_virtual = virtual_time;
  return previous;
}

/* Embedded in whatever waits for a time. The thread of its context only. */
typedef struct _ThawTimer ThawTimer;
struct _ThawTimer {
  /* Called once it has been taken out, outside of the pump's budget: it should only resolve or post
   * something. @dead: its context is gone, the time will never come. */
  void (*fire) (ThawTimer *self, gboolean dead);
  gint64 due_usec;
  guint64 order; /* among those due at one instant; unique */
  guint place;   /* in the heap, from 1 on; 0: not armed */
};

/* The timers of one context; as long as that lives, and as somebody holds them. */
typedef struct _ThawTimers ThawTimers;
ThawTimers *thaw_timers_get (GMainContext *context); /* borrowed from the context; any thread */
ThawTimers *thaw_timers_ref (ThawTimers *self);
void thaw_timers_unref (ThawTimers *self);
guint thaw_timers_get_n_armed (ThawTimers *self);
/* As thaw_clock_hold(), for the context's virtual time. */
ThawVirtualTime *thaw_timers_hold (ThawTimers *self) G_GNUC_WARN_UNUSED_RESULT;

static inline gboolean
thaw_timer_is_armed (ThawTimer *self)
{
  return self->place != 0;
}

/* An armed one is armed anew. Without a context left it fires at once, as dead. */
void thaw_timer_arm (ThawTimers *timers, ThawTimer *self, gint64 due_usec);
void thaw_timer_disarm (ThawTimers *timers, ThawTimer *self); /* no-op unless armed */

/* A worker whose job holds the clock, and that waits for a virtual time: it lets go of the clock
 * meanwhile. Embedded in what it waits with. */
typedef struct _ThawSleeper ThawSleeper;
struct _ThawSleeper {
  ThawSleeper *next, *prev;
  gint64 due_usec;
  void (*wake) (ThawSleeper *self); /* on the loop's thread; the clock is held again */
};

/* Any thread. Sleeping anew changes the time. */
void thaw_virtual_time_sleep (ThawVirtualTime *self, ThawSleeper *sleeper, gint64 due_usec);
/* Before whatever wakes the worker for another reason; no-op unless it sleeps. */
void thaw_virtual_time_awake (ThawVirtualTime *self, ThawSleeper *sleeper);
void thaw_virtual_time_part (ThawVirtualTime *self, ThawSleeper *sleeper); /* before it is freed, without wake()'s lock */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTimers, thaw_timers_unref)

/* thaw-timers.c and thaw-virtual-time.c for each other. */
ThawVirtualTime *thaw_virtual_time_hold (ThawVirtualTime *self) G_GNUC_WARN_UNUSED_RESULT;
gboolean thaw_virtual_time_can_jump (ThawVirtualTime *self, gint64 next_due_usec);
void thaw_virtual_time_jump (ThawVirtualTime *self, gint64 due_usec);
/* Wakes the first sleeper if it is due no later than @next_due_usec. */
gboolean thaw_virtual_time_wake_sleeper (ThawVirtualTime *self, gint64 next_due_usec);
guint64 thaw_virtual_time_order (ThawVirtualTime *self, guint32 sequence);
ThawVirtualTime *thaw_virtual_time_for_context (GMainContext *context);
void thaw_timers_set_virtual_time (ThawTimers *self, ThawVirtualTime *virtual_time);
gint64 thaw_timers_get_next_due (ThawTimers *self); /* G_MAXINT64: none */

G_END_DECLS
