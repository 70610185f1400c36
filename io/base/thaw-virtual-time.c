/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual time: the clock of one thread and its main context stands still while anything can run,
 * and then jumps to the next deadline. The jump itself is the dispatch of the context's timers (see
 * thaw-timers.c); here is who keeps it from happening, and what makes a run repeatable: the order
 * of timers that are due at one instant and all random numbers come from the seed, and a digest of
 * all that has fired tells whether two runs were the same. One thread, but for holding, releasing
 * and sleeping. For tests: nothing here is on the way of a program that runs in real time. */

#include "thaw-virtual-time-private.h"

#include <sched.h>

/* Far from 0, so that a time in the past is one too. */
#define START_USEC (G_GINT64_CONSTANT (1000000) * G_USEC_PER_SEC)

static guint64
mix (guint64 x)
{
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

guint64
thaw_virtual_time_random (ThawVirtualTime *self)
{
  return mix (__atomic_add_fetch (&self->random_state,
                                  G_GUINT64_CONSTANT (0x9e3779b97f4a7c15),
                                  __ATOMIC_RELAXED));
}

/* The low half is unique, the high half decides first. */
guint64
thaw_virtual_time_order (ThawVirtualTime *self, guint32 sequence)
{
  guint64 luck = self && self->shuffles ? thaw_virtual_time_random (self) << 32 : 0;

  return luck | sequence;
}

ThawVirtualTime *
thaw_virtual_time_for_context (GMainContext *context)
{
  return thaw_clock_virtual && thaw_clock_virtual->context == context ? thaw_clock_virtual : NULL;
}

/**
 * thaw_virtual_time_new: (skip)
 * @seed: decides what chance decides; 0: timers due at one instant fire in the order they were set
 *
 * Replaces the clock of the calling thread, and of its thread-default main context, by one that
 * stands still and jumps to the next deadline when nothing else can run. See the header for what is
 * virtual and what isn't. It must be made before that context has timers, and freed after they are
 * gone.
 *
 * - **Thread**: one at a time for each thread; all that follows on that thread too.
 *
 * Returns: (transfer full): the virtual time
 */
ThawVirtualTime *
thaw_virtual_time_new (guint64 seed)
{
  GMainContext *context = g_main_context_ref_thread_default ();
  ThawVirtualTime *self = g_new0 (ThawVirtualTime, 1);

  g_assert (!thaw_clock_virtual);
  self->ref_count = 1;
  self->now_usec = START_USEC;
  self->random_state = mix (seed);
  self->shuffles = seed != 0;
  self->limit_usec = G_MAXINT64 - 1;
  self->context = context;
  self->sleepers.next = self->sleepers.prev = &self->sleepers;
  pthread_mutex_init (&self->lock, NULL);
  self->timers = thaw_timers_ref (thaw_timers_get (context));
  g_assert (thaw_timers_get_n_armed (self->timers) == 0);
  thaw_timers_set_virtual_time (self->timers, self);
  thaw_clock_virtual = self;
  return self;
}

static ThawVirtualTime *
virtual_time_ref (ThawVirtualTime *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
virtual_time_unref (ThawVirtualTime *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_timers_unref (self->timers);
  g_main_context_unref (self->context);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/**
 * thaw_virtual_time_free:
 * @self: (transfer full): the virtual time of this thread
 *
 * Gives the thread its real clock back. What still holds @self releases it later without effect.
 */
void
thaw_virtual_time_free (ThawVirtualTime *self)
{
  g_assert (thaw_clock_virtual == self);
  g_assert (thaw_timers_get_n_armed (self->timers) == 0);
  thaw_clock_virtual = NULL;
  thaw_timers_set_virtual_time (self->timers, NULL);
  virtual_time_unref (self);
}

ThawVirtualTime *
thaw_virtual_time_hold (ThawVirtualTime *self)
{
  __atomic_add_fetch (&self->n_held, 1, __ATOMIC_RELAXED);
  return virtual_time_ref (self);
}

/**
 * thaw_clock_release:
 * @held: (transfer full) (nullable): what thaw_clock_hold() returned
 *
 * Lets virtual time jump again, once everybody has. What was waited for must have been posted to
 * the loop before.
 *
 * - **Thread**: any.
 */
void
thaw_clock_release (ThawVirtualTime *held)
{
  if (G_LIKELY (!held))
    return;
  if (__atomic_sub_fetch (&held->n_held, 1, __ATOMIC_ACQ_REL) == 0)
    g_main_context_wakeup (held->context);
  virtual_time_unref (held);
}

static gint64
get_first_sleep (ThawVirtualTime *self)
{
  gint64 due_usec;

  pthread_mutex_lock (&self->lock);
  due_usec = self->sleepers.next == &self->sleepers ? G_MAXINT64 : self->sleepers.next->due_usec;
  pthread_mutex_unlock (&self->lock);
  return due_usec;
}

gboolean
thaw_virtual_time_can_jump (ThawVirtualTime *self, gint64 next_due_usec)
{
  return __atomic_load_n (&self->n_held, __ATOMIC_ACQUIRE) == 0
         && MIN (next_due_usec, get_first_sleep (self)) <= self->limit_usec;
}

static void
advance (ThawVirtualTime *self, gint64 due_usec)
{
  if (due_usec <= self->now_usec)
    return;
  self->n_jumps++;
  __atomic_store_n (&self->now_usec, due_usec, __ATOMIC_RELAXED);
}

void
thaw_virtual_time_jump (ThawVirtualTime *self, gint64 due_usec)
{
  advance (self, due_usec);
  thaw_virtual_time_note (self, (guint64) self->now_usec);
}

/* Under the lock. */
static void
take_out (ThawVirtualTime *self, ThawSleeper *sleeper)
{
  sleeper->prev->next = sleeper->next;
  sleeper->next->prev = sleeper->prev;
  sleeper->next = sleeper->prev = NULL;
  __atomic_add_fetch (&self->n_held, 1, __ATOMIC_RELAXED);
}

gboolean
thaw_virtual_time_wake_sleeper (ThawVirtualTime *self, gint64 next_due_usec)
{
  ThawSleeper *sleeper;

  pthread_mutex_lock (&self->lock);
  sleeper = self->sleepers.next;
  if (sleeper == &self->sleepers || sleeper->due_usec > next_due_usec)
    sleeper = NULL;
  else
    {
      advance (self, sleeper->due_usec);
      take_out (self, sleeper);
    }
  self->waking = sleeper;
  pthread_mutex_unlock (&self->lock);

  if (sleeper == NULL)
    return FALSE;
  sleeper->wake (sleeper);
  pthread_mutex_lock (&self->lock);
  self->waking = NULL;
  pthread_mutex_unlock (&self->lock);
  return TRUE;
}

/* Something else may have woken it too: returns when nobody is about to any more, so that it can be freed. Without the lock
 * that wake() takes. */
void
thaw_virtual_time_part (ThawVirtualTime *self, ThawSleeper *sleeper)
{
  gboolean is_waking;

  do
    {
      pthread_mutex_lock (&self->lock);
      is_waking = self->waking == sleeper;
      pthread_mutex_unlock (&self->lock);
      if (is_waking)
        sched_yield ();
    }
  while (is_waking);
}

void
thaw_virtual_time_sleep (ThawVirtualTime *self, ThawSleeper *sleeper, gint64 due_usec)
{
  ThawSleeper *next;

  pthread_mutex_lock (&self->lock);
  if (sleeper->next)
    take_out (self, sleeper);
  sleeper->due_usec = due_usec;
  for (next = self->sleepers.next; next != &self->sleepers && next->due_usec <= due_usec;)
    next = next->next;
  sleeper->next = next;
  sleeper->prev = next->prev;
  sleeper->prev->next = next->prev = sleeper;
  if (__atomic_sub_fetch (&self->n_held, 1, __ATOMIC_ACQ_REL) == 0)
    g_main_context_wakeup (self->context);
  pthread_mutex_unlock (&self->lock);
}

void
thaw_virtual_time_awake (ThawVirtualTime *self, ThawSleeper *sleeper)
{
  pthread_mutex_lock (&self->lock);
  if (sleeper->next)
    take_out (self, sleeper);
  pthread_mutex_unlock (&self->lock);
}

/**
 * thaw_virtual_time_run_until:
 * @self: the virtual time of this thread
 * @condition: (scope call) (closure user_data): what to wait for
 * @user_data: for @condition
 *
 * Iterates the context, jumps included, until @condition is true. Waits really while a job or a
 * holder of the clock is at work.
 *
 * Returns: %FALSE when nothing is left that could ever run and @condition isn't true: a deadlock
 */
gboolean
thaw_virtual_time_run_until (ThawVirtualTime *self, ThawConditionFunc condition, gpointer user_data)
{
  while (!condition (user_data))
    if (!g_main_context_iteration (self->context, FALSE))
      {
        if (__atomic_load_n (&self->n_held, __ATOMIC_ACQUIRE) == 0
            && !g_main_context_pending (self->context))
          return condition (user_data);
        g_main_context_iteration (self->context, TRUE);
      }
  return TRUE;
}

static gboolean
never (gpointer user_data)
{
  return FALSE;
}

/**
 * thaw_virtual_time_run:
 * @self: the virtual time of this thread
 * @until_usec: the time to stop at, or -1 for when nothing is left that could run
 *
 * Iterates the context, jumps included. With a limit all that is due by then has run afterwards,
 * and the clock says @until_usec.
 */
void
thaw_virtual_time_run (ThawVirtualTime *self, gint64 until_usec)
{
  gint64 outer_usec = self->limit_usec;

  if (until_usec != -1)
    self->limit_usec = MIN (until_usec, outer_usec);
  thaw_virtual_time_run_until (self, never, NULL);
  if (until_usec != -1)
    advance (self, self->limit_usec);
  self->limit_usec = outer_usec;
}

/**
 * thaw_virtual_time_get_n_jumps:
 * @self: the virtual time of this thread
 *
 * Returns: how often the clock has moved
 */
guint64
thaw_virtual_time_get_n_jumps (ThawVirtualTime *self)
{
  return self->n_jumps;
}

/**
 * thaw_virtual_time_note:
 * @self: the virtual time of this thread
 * @event: what happened
 *
 * Adds an event of the test to the digest, together with its place in the order of all events.
 */
void
thaw_virtual_time_note (ThawVirtualTime *self, guint64 event)
{
  self->digest = mix (self->digest + G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) ^ mix (~event);
}

/**
 * thaw_virtual_time_get_digest:
 * @self: the virtual time of this thread
 *
 * Returns: a digest of all jumps, all timers that fired and all that was noted, in their order
 */
guint64
thaw_virtual_time_get_digest (ThawVirtualTime *self)
{
  return self->digest;
}
