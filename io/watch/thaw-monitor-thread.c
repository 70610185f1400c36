/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread that watches, one for all loops. For a busy loop it wakes up when the turn that it
 * last saw would be over the threshold, so at most once in a threshold's time, and mostly finds
 * another turn. When all loops sleep it waits without a timeout, and the first that wakes up rings:
 * that is the only system call a loop ever makes on its behalf. It ends with the last monitor.
 *
 * When the thread itself comes late by much, the whole process was stopped, or the machine
 * suspended; then nothing is anybody's fault, and the loops get their time anew. */

#include "thaw-monitor-private.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BELL_AWAKE 0
#define BELL_TIMED 2
#define LATE_USEC 500000
#define SHOT_PATIENCE_USEC 40000
#define DEAD_SHOT_PATIENCE_USEC 10000 /* of a thread that takes no signals, as far as one sees */

atomic_uint thaw_monitor_bell;

static atomic_uint n_rings; /* so that the thread misses none before it lies down */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t scanned = PTHREAD_COND_INITIALIZER;
static GPtrArray *monitors; /* of ThawMonitor references */
static gboolean is_running, is_scanning;
static gint64 grace_usec; /* the thread's: no turn counts as older */

static void
sleep_on_bell (guint expected, gint64 until_usec)
{
  struct timespec until = { until_usec / G_USEC_PER_SEC, until_usec % G_USEC_PER_SEC * 1000 };

  syscall (SYS_futex,
           &thaw_monitor_bell,
           FUTEX_WAIT_BITSET_PRIVATE,
           expected,
           until_usec == THAW_NEVER ? NULL : &until,
           NULL,
           FUTEX_BITSET_MATCH_ANY);
}

/* Any thread. */
void
thaw_monitor_ring (void)
{
  atomic_fetch_add (&n_rings, 1);
  if (atomic_exchange (&thaw_monitor_bell, BELL_AWAKE) != BELL_AWAKE)
    syscall (SYS_futex, &thaw_monitor_bell, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* The turn may have ended while we looked at it: then nobody will tell us. */
static void
open_stall (ThawMonitor *self, gint64 since)
{
  self->stall_since_usec = since;
  atomic_store (&self->is_stalled, TRUE);
  if (atomic_load (&self->busy_since_usec) != since && atomic_exchange (&self->is_stalled, FALSE))
    thaw_monitor_end_stall (self, g_get_monotonic_time ());
}

static void
report (ThawMonitor *self, gint64 since)
{
  ThawThreadState state;
  ThawNowCopy now;
  gboolean taken;
  ThawStall *stall;

  /* Before the signal, which interrupts the system call. */
  thaw_thread_state_read (&state, self->thread);
  thaw_now_copy (self->now, &now);
  taken = thaw_shot_take (self,
                          since,
                          state.is_uninterruptible ? DEAD_SHOT_PATIENCE_USEC : SHOT_PATIENCE_USEC);
  if (taken && !self->shot.is_late)
    now = self->shot.now;
  stall = thaw_stall_new (self, &state, since, &now, taken ? &self->shot : NULL);
  thaw_monitor_keep_stall (self, stall);
  open_stall (self, since);
}

/* When to look again. */
static gint64
look_at (ThawMonitor *self, gint64 now)
{
  gint64 since, due;

  if (self->stall_since_usec != 0 && !atomic_load (&self->is_stalled))
    thaw_monitor_end_stall (self, atomic_load (&self->ended_usec));
  since = atomic_load (&self->busy_since_usec); /* not before: it belongs to the turn that ended */
  if (since == 0 || self->stall_since_usec != 0)
    return THAW_NEVER;

  due = MAX (since, grace_usec) + atomic_load (&self->threshold_usec);
  if (now < due)
    return due;
  report (self, since);
  return atomic_load (&self->busy_since_usec) != since ? now : THAW_NEVER;
}

static gpointer
ref_monitor (gconstpointer monitor, gpointer unused)
{
  return thaw_monitor_ref ((ThawMonitor *) monitor);
}

/* NULL when there is nothing left to watch. */
static GPtrArray *
begin_scan (void)
{
  GPtrArray *copy = NULL;

  pthread_mutex_lock (&lock);
  if (monitors->len == 0)
    is_running = FALSE;
  else
    copy = g_ptr_array_copy (monitors, ref_monitor, NULL);
  is_scanning = copy != NULL;
  pthread_mutex_unlock (&lock);
  return copy;
}

static void
end_scan (GPtrArray *copy)
{
  g_ptr_array_unref (copy);
  pthread_mutex_lock (&lock);
  is_scanning = FALSE;
  pthread_cond_broadcast (&scanned);
  pthread_mutex_unlock (&lock);
}

static gboolean
all_sleep (void)
{
  gboolean sleep = TRUE;

  pthread_mutex_lock (&lock);
  for (guint i = 0; i < monitors->len; i++)
    {
      ThawMonitor *monitor = g_ptr_array_index (monitors, i);

      if (atomic_load (&monitor->busy_since_usec) != 0 && monitor->stall_since_usec == 0)
        sleep = FALSE;
    }
  pthread_mutex_unlock (&lock);
  return sleep;
}

static void
lie_down (gint64 next, guint seen_rings)
{
  guint bell = next == THAW_NEVER ? THAW_BELL_PARKED : BELL_TIMED;

  atomic_store (&thaw_monitor_bell, bell);
  if (atomic_load (&n_rings) == seen_rings && (next != THAW_NEVER || all_sleep ()))
    sleep_on_bell (bell, next);
  atomic_store (&thaw_monitor_bell, BELL_AWAKE);
  if (next != THAW_NEVER && g_get_monotonic_time () > next + LATE_USEC)
    grace_usec = g_get_monotonic_time ();
}

static void *
watch (void *unused)
{
  GPtrArray *copy;

  pthread_setname_np (pthread_self (), "thaw-monitor");
  for (;;)
    {
      guint seen_rings = atomic_load (&n_rings);
      gint64 next = THAW_NEVER;

      copy = begin_scan ();
      if (copy == NULL)
        return NULL;
      for (guint i = 0; i < copy->len; i++)
        next = MIN (next, look_at (g_ptr_array_index (copy, i), g_get_monotonic_time ()));
      end_scan (copy);
      lie_down (next, seen_rings);
    }
}

/* Takes no signals: they are other threads' business. */
static gboolean
start_thread (void)
{
  sigset_t all, before;
  pthread_t thread;
  gboolean started;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  started = pthread_create (&thread, NULL, watch, NULL) == 0;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (started)
    pthread_detach (thread);
  return started;
}

/* FALSE: there is no thread to watch it. */
gboolean
thaw_monitor_add (ThawMonitor *self)
{
  gboolean watched;

  pthread_mutex_lock (&lock);
  if (monitors == NULL)
    monitors = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_monitor_unref);
  g_ptr_array_add (monitors, thaw_monitor_ref (self));
  if (!is_running)
    is_running = start_thread ();
  watched = is_running;
  pthread_mutex_unlock (&lock);
  thaw_monitor_ring ();
  return watched;
}

/* The thread doesn't touch @self any more when this returns. */
void
thaw_monitor_remove (ThawMonitor *self)
{
  pthread_mutex_lock (&lock);
  g_ptr_array_remove (monitors, self);
  while (is_scanning)
    pthread_cond_wait (&scanned, &lock);
  pthread_mutex_unlock (&lock);
  thaw_monitor_ring ();
}

/**
 * thaw_monitor_dup_first:
 *
 * For who shows the stalls of a program that has one loop.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full) (nullable): the monitor that was started first and isn't stopped
 */
ThawMonitor *
thaw_monitor_dup_first (void)
{
  ThawMonitor *first = NULL;

  pthread_mutex_lock (&lock);
  if (monitors != NULL && monitors->len > 0)
    first = thaw_monitor_ref (g_ptr_array_index (monitors, 0));
  pthread_mutex_unlock (&lock);
  return first;
}

GPtrArray *
thaw_monitor_dup_all (void)
{
  GPtrArray *all = NULL;

  pthread_mutex_lock (&lock);
  if (monitors != NULL)
    all = g_ptr_array_copy (monitors, ref_monitor, NULL);
  pthread_mutex_unlock (&lock);
  return all != NULL ? all : g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_monitor_unref);
}
