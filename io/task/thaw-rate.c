/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rate: a token bucket that may go into debt, and one queue of those who wait, whether fibers,
 * by a future, or workers, on their own thread. Only the first of the queue watches the time: a
 * future by a timer of its loop, a worker by the wait itself, under virtual time as a sleeper.
 * Whoever takes it out of the queue lets the next one watch. Any thread; the lock is never held
 * while a future completes. Those who share a rate share a clock: real, or one virtual time. */

#include "thaw-rate.h"

#include "thaw-future-private.h"
#include "thaw-job-private.h"

#include <math.h>
#include <pthread.h>

/* So often a worker says that it lives, well within a lane's patience. */
#define BEAT_USEC (500 * 1000)

struct _ThawRate {
  gint ref_count;
  pthread_mutex_t lock; /* of what follows */
  gint64 bytes_per_sec, burst_bytes;
  double tokens; /* less than 0: debt */
  gint64 stamp_usec;
  GQueue waiting; /* Waiter.link */
};

typedef struct _Waiter Waiter;
struct _Waiter {
  gint ref_count; /* of one with a future */
  ThawRate *rate; /* owned, likewise */
  GList link;
  gboolean is_waiting; /* under the rate's lock */
  gint64 n_bytes;
  /* One of these two. */
  ThawFuture *future; /* owned while it waits */
  pthread_cond_t *cond;

  ThawTaskLoop *loop;
  ThawTimer timer;
  ThawLoopItem item;
  gboolean item_is_posted; /* under the rate's lock */

  ThawVirtualTime *clock;
  ThawSleeper sleeper;
};

G_DEFINE_BOXED_TYPE (ThawRate, thaw_rate, thaw_rate_ref, thaw_rate_unref)

/**
 * thaw_rate_new:
 * @bytes_per_sec: how many bytes a second, or 0 for no limit
 * @burst_bytes: how many may go at once after a pause, or 0 for a tenth of a second's worth
 *
 * Makes a rate to be shared by all whose bytes count together. Any thread.
 *
 * Returns: (transfer full): a rate
 */
ThawRate *
thaw_rate_new (gint64 bytes_per_sec, gint64 burst_bytes)
{
  ThawRate *self = g_new0 (ThawRate, 1);

  self->ref_count = 1;
  self->bytes_per_sec = MAX (bytes_per_sec, 0);
  self->burst_bytes = burst_bytes > 0 ? burst_bytes : MAX (bytes_per_sec / 10, 1);
  self->tokens = self->burst_bytes;
  self->stamp_usec = thaw_clock_get_usec ();
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/**
 * thaw_rate_ref:
 * @self: a rate
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawRate *
thaw_rate_ref (ThawRate *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_rate_unref:
 * @self: (transfer full): a rate
 *
 * Drops a reference; those who wait have their own. Any thread.
 */
void
thaw_rate_unref (ThawRate *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static Waiter *
waiter_ref (Waiter *waiter)
{
  __atomic_add_fetch (&waiter->ref_count, 1, __ATOMIC_RELAXED);
  return waiter;
}

static void
waiter_unref (gpointer data)
{
  Waiter *waiter = data;

  if (__atomic_sub_fetch (&waiter->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_task_loop_unref (waiter->loop);
  thaw_rate_unref (waiter->rate);
  g_free (waiter);
}

/* Under the lock. */
static void
refill (ThawRate *self, gint64 now_usec)
{
  gint64 elapsed_usec = now_usec - self->stamp_usec;

  self->stamp_usec = now_usec;
  if (elapsed_usec > 0)
    self->tokens += (double) self->bytes_per_sec * elapsed_usec / G_USEC_PER_SEC;
  self->tokens = MIN (self->tokens, self->burst_bytes);
}

/* Under the lock, after a refill. */
static gboolean
may_go (ThawRate *self)
{
  return self->bytes_per_sec == 0 || self->tokens > 0;
}

/* Under the lock: when there will be a token again. */
static gint64
get_due (ThawRate *self)
{
  double wait_sec = (1 - MIN (self->tokens, 0)) / self->bytes_per_sec;

  return self->stamp_usec + (gint64) ceil (wait_sec * G_USEC_PER_SEC);
}

/* Under the lock. @waiter is the first of the queue. On the loop's thread the timer is set at once,
 * otherwise by a message. */
static void
watch_time (ThawRate *self, Waiter *waiter)
{
  gint64 due_usec = get_due (self);

  if (waiter->cond && waiter->clock)
    thaw_virtual_time_sleep (waiter->clock, &waiter->sleeper, due_usec);
  else if (waiter->cond)
    pthread_cond_signal (waiter->cond);
  else if (thaw_task_loop_is_own (waiter->loop))
    {
      if (!thaw_timer_is_armed (&waiter->timer))
        waiter_ref (waiter);
      thaw_timer_arm (waiter->loop->timers, &waiter->timer, due_usec);
    }
  else if (!waiter->item_is_posted)
    {
      waiter->item_is_posted = thaw_task_loop_run_soon (waiter->loop, &waiter_ref (waiter)->item);
      if (!waiter->item_is_posted)
        waiter_unref (waiter);
    }
}

static void
stop_watching (Waiter *waiter)
{
  if (!thaw_timer_is_armed (&waiter->timer))
    return;
  thaw_timer_disarm (waiter->loop->timers, &waiter->timer);
  waiter_unref (waiter);
}

/* Under the lock: lets go whose turn it is. Those with a future are returned, to be resolved
 * without it. */
static GList *
advance (ThawRate *self)
{
  GQueue released = G_QUEUE_INIT;
  GList *link;

  refill (self, thaw_clock_get_usec ());
  while (self->waiting.head && may_go (self))
    {
      Waiter *waiter = (link = g_queue_pop_head_link (&self->waiting))->data;

      waiter->is_waiting = FALSE;
      self->tokens -= self->bytes_per_sec > 0 ? waiter->n_bytes : 0;
      if (waiter->future)
        g_queue_push_tail_link (&released, link);
      else
        {
          if (waiter->clock)
            thaw_virtual_time_awake (waiter->clock, &waiter->sleeper);
          pthread_cond_signal (waiter->cond);
        }
    }
  if (self->waiting.head)
    watch_time (self, self->waiting.head->data);
  return released.head;
}

/* Without the lock; consumes the queue's references. */
static void
resolve (GList *released)
{
  while (released)
    {
      Waiter *waiter = released->data;
      g_autoptr (ThawFuture) future = g_steal_pointer (&waiter->future);

      released = released->next;
      if (thaw_task_loop_is_own (waiter->loop))
        stop_watching (waiter);
      thaw_future_resolve (future);
      waiter_unref (waiter);
    }
}

static void
advance_and_resolve (ThawRate *self)
{
  GList *released;

  pthread_mutex_lock (&self->lock);
  released = advance (self);
  pthread_mutex_unlock (&self->lock);
  resolve (released);
}

static void
on_timer (ThawTimer *timer, gboolean dead)
{
  Waiter *waiter = (Waiter *) ((char *) timer - G_STRUCT_OFFSET (Waiter, timer));

  if (!dead)
    advance_and_resolve (waiter->rate);
  waiter_unref (waiter);
}

static void
watch_on_loop (ThawLoopItem *item)
{
  Waiter *waiter = (Waiter *) ((char *) item - G_STRUCT_OFFSET (Waiter, item));

  pthread_mutex_lock (&waiter->rate->lock);
  waiter->item_is_posted = FALSE;
  pthread_mutex_unlock (&waiter->rate->lock);
  advance_and_resolve (waiter->rate);
  waiter_unref (waiter);
}

/* Any thread. The next one watches the time now. */
static void
on_future_cancelled (ThawFuture *future, gpointer data)
{
  Waiter *waiter = data;
  g_autoptr (ThawRate) self = thaw_rate_ref (waiter->rate);
  gboolean was_waiting;

  pthread_mutex_lock (&self->lock);
  was_waiting = waiter->is_waiting;
  if (was_waiting)
    {
      waiter->is_waiting = FALSE;
      g_queue_unlink (&self->waiting, &waiter->link);
    }
  pthread_mutex_unlock (&self->lock);
  if (!was_waiting)
    return;

  if (thaw_task_loop_is_own (waiter->loop))
    stop_watching (waiter);
  g_clear_pointer (&waiter->future, thaw_future_unref);
  waiter_unref (waiter);
  advance_and_resolve (self);
}

static ThawFuture *
enqueue_future (ThawRate *self, gint64 n_bytes)
{
  Waiter *waiter = g_new0 (Waiter, 1);
  ThawFuture *future = thaw_future_new ("rate");

  waiter->ref_count = 2; /* the queue's and the hook's */
  waiter->rate = thaw_rate_ref (self);
  waiter->link.data = waiter;
  waiter->n_bytes = n_bytes;
  waiter->loop = thaw_task_loop_ref (thaw_task_loop_get_current ());
  thaw_task_loop_claim (waiter->loop);
  waiter->timer.fire = on_timer;
  waiter->item.run = watch_on_loop;
  waiter->is_waiting = TRUE;
  waiter->future = thaw_future_ref (future);
  thaw_future_set_cancel (future, on_future_cancelled, waiter, waiter_unref);
  g_queue_push_tail_link (&self->waiting, &waiter->link);
  if (self->waiting.length == 1)
    watch_time (self, waiter);
  return future;
}

/* Under the lock. */
static gboolean
goes_at_once (ThawRate *self, gint64 n_bytes)
{
  refill (self, thaw_clock_get_usec ());
  if (self->waiting.length > 0 || !may_go (self))
    return FALSE;
  self->tokens -= self->bytes_per_sec > 0 ? n_bytes : 0;
  return TRUE;
}

/**
 * thaw_rate_take:
 * @self: a rate
 * @n_bytes: how many bytes are about to be moved
 *
 * Waits until @n_bytes may be moved. First come, first served; a request goes as soon as the bucket
 * isn't empty, however large it is, and those behind it wait for its debt.
 *
 * - **Thread**: that of a loop.
 * - **Cancellation**: leaves the queue, and costs nothing.
 *
 * Returns: (transfer full): a future that resolves with nothing
 */
ThawFuture *
thaw_rate_take (ThawRate *self, gint64 n_bytes)
{
  ThawFuture *future = NULL;

  pthread_mutex_lock (&self->lock);
  if (!goes_at_once (self, n_bytes))
    future = enqueue_future (self, n_bytes);
  pthread_mutex_unlock (&self->lock);
  return future ? future : thaw_future_new_resolved ();
}

/* A worker's own record is on its stack. */
typedef struct {
  Waiter waiter;
  pthread_cond_t cond;
} Worker;

static Worker *
worker_of (ThawSleeper *sleeper)
{
  return (Worker *) ((char *) sleeper - G_STRUCT_OFFSET (Worker, waiter.sleeper));
}

static void
wake_sleeper (ThawSleeper *sleeper)
{
  Worker *worker = worker_of (sleeper);
  ThawRate *self = worker->waiter.rate;

  pthread_mutex_lock (&self->lock);
  pthread_cond_signal (&worker->cond);
  pthread_mutex_unlock (&self->lock);
}

static void
on_job_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Worker *worker = user_data;
  ThawRate *self = worker->waiter.rate;

  pthread_mutex_lock (&self->lock);
  if (worker->waiter.clock)
    thaw_virtual_time_awake (worker->waiter.clock, &worker->waiter.sleeper);
  pthread_cond_signal (&worker->cond);
  pthread_mutex_unlock (&self->lock);
}

static void
worker_init (Worker *worker, ThawRate *self, gint64 n_bytes)
{
  pthread_condattr_t attributes;

  *worker = (Worker){ .waiter = { .rate = self,
                                  .link.data = &worker->waiter,
                                  .is_waiting = TRUE,
                                  .n_bytes = n_bytes,
                                  .cond = &worker->cond,
                                  .clock = thaw_clock_virtual,
                                  .sleeper.wake = wake_sleeper } };
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&worker->cond, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* Under the lock, which it lets go of meanwhile. Under virtual time the clock decides; the real one
 * is only for the beat. */
static void
worker_sleep (Worker *worker)
{
  ThawRate *self = worker->waiter.rate;
  gint64 until_usec = g_get_monotonic_time () + BEAT_USEC;
  gboolean is_first = self->waiting.head == &worker->waiter.link;
  struct timespec until;

  if (worker->waiter.clock)
    thaw_virtual_time_sleep (worker->waiter.clock,
                             &worker->waiter.sleeper,
                             is_first ? get_due (self) : G_MAXINT64);
  else if (is_first)
    until_usec = MIN (until_usec, get_due (self));
  until = (struct timespec){ until_usec / G_USEC_PER_SEC, until_usec % G_USEC_PER_SEC * 1000 };
  pthread_cond_timedwait (&worker->cond, &self->lock, &until);
}

/* Under the lock. Whether it was its turn. */
static gboolean
worker_wait (Worker *worker, ThawJob *job)
{
  ThawRate *self = worker->waiter.rate;
  GList *released;

  while (worker->waiter.is_waiting && !thaw_job_is_cancelled (job))
    {
      worker_sleep (worker);
      thaw_job_beat (job);
      released = advance (self);
      if (!released)
        continue;
      pthread_mutex_unlock (&self->lock);
      resolve (released);
      pthread_mutex_lock (&self->lock);
    }
  if (worker->waiter.clock)
    thaw_virtual_time_awake (worker->waiter.clock, &worker->waiter.sleeper);
  if (!worker->waiter.is_waiting)
    return TRUE;
  g_queue_unlink (&self->waiting, &worker->waiter.link);
  return FALSE;
}

/**
 * thaw_rate_wait:
 * @self: a rate
 * @job: the job that the caller is
 * @n_bytes: how many bytes are about to be moved
 * @error: %G_IO_ERROR_CANCELLED
 *
 * As thaw_rate_take(), for a worker: waits on its own thread, and says meanwhile that it lives.
 * Under virtual time a worker that waits here doesn't keep the clock from jumping.
 *
 * - **Thread**: inside of @job's body.
 * - **Cancellation**: of @job: ends the waiting at once.
 *
 * Returns: whether the bytes may be moved
 */
gboolean
thaw_rate_wait (ThawRate *self, ThawJob *job, gint64 n_bytes, GError **error)
{
  GCancellable *cancellable;
  gboolean done;
  gulong handler;
  Worker worker;

  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  pthread_mutex_lock (&self->lock);
  done = goes_at_once (self, n_bytes);
  if (!done)
    {
      worker_init (&worker, self, n_bytes);
      g_queue_push_tail_link (&self->waiting, &worker.waiter.link);
    }
  pthread_mutex_unlock (&self->lock);
  if (done)
    return TRUE;

  cancellable = thaw_job_get_cancellable (job);
  handler = g_cancellable_connect (cancellable, G_CALLBACK (on_job_cancelled), &worker, NULL);
  pthread_mutex_lock (&self->lock);
  done = worker_wait (&worker, job);
  pthread_mutex_unlock (&self->lock);
  g_cancellable_disconnect (cancellable, handler);
  if (worker.waiter.clock)
    thaw_virtual_time_part (worker.waiter.clock, &worker.waiter.sleeper);
  pthread_cond_destroy (&worker.cond);
  if (!done)
    advance_and_resolve (self);
  return done || !thaw_job_set_error_if_cancelled (job, error);
}

/**
 * thaw_rate_set_bytes_per_sec:
 * @self: a rate
 * @bytes_per_sec: how many bytes a second, or 0 for no limit
 *
 * Changes the rate, for those who wait too. The burst keeps its size. Any thread.
 */
void
thaw_rate_set_bytes_per_sec (ThawRate *self, gint64 bytes_per_sec)
{
  GList *released;

  pthread_mutex_lock (&self->lock);
  refill (self, thaw_clock_get_usec ());
  self->bytes_per_sec = MAX (bytes_per_sec, 0);
  released = advance (self);
  pthread_mutex_unlock (&self->lock);
  resolve (released);
}

/**
 * thaw_rate_get_bytes_per_sec:
 * @self: a rate
 *
 * Any thread.
 *
 * Returns: how many bytes a second, 0 for no limit
 */
gint64
thaw_rate_get_bytes_per_sec (ThawRate *self)
{
  gint64 bytes_per_sec;

  pthread_mutex_lock (&self->lock);
  bytes_per_sec = self->bytes_per_sec;
  pthread_mutex_unlock (&self->lock);
  return bytes_per_sec;
}
