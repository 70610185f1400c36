/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ways to stall a loop: computing, allocating, and three kinds of sleep that another thread ends.
 * None of them trusts a sleep to last as long as asked for: a signal may cut it short. */

#include "watch-testing.h"

#include <time.h>
#include <unistd.h>

typedef struct {
  pthread_mutex_t *mutex;
  int fd;
  gint64 until_usec;
  gint ready; /* atomic */
} Helper;

static void
sleep_until (gint64 until_usec)
{
  while (g_get_monotonic_time () < until_usec)
    g_usleep (1000);
}

static void *
write_later (void *data)
{
  Helper *helper = data;

  sleep_until (helper->until_usec);
  g_assert_cmpint (write (helper->fd, "x", 1), ==, 1);
  return NULL;
}

static void *
unlock_later (void *data)
{
  Helper *helper = data;

  pthread_mutex_lock (helper->mutex);
  __atomic_store_n (&helper->ready, TRUE, __ATOMIC_RELEASE);
  sleep_until (helper->until_usec);
  pthread_mutex_unlock (helper->mutex);
  return NULL;
}

static void
stall_busy (gint64 until_usec)
{
  while (g_get_monotonic_time () < until_usec)
    ;
}

static void
stall_allocating (gint64 until_usec)
{
  while (g_get_monotonic_time () < until_usec)
    for (guint i = 0; i < 100; i++)
      {
        gpointer volatile blocks[4];

        for (guint j = 0; j < 4; j++)
          blocks[j] = g_malloc (5000 + 977 * j);
        for (guint j = 0; j < 4; j++)
          g_free (blocks[j]);
      }
}

static void
stall_pipe (gint64 until_usec)
{
  Helper helper = { .until_usec = until_usec };
  pthread_t thread;
  int fds[2];
  char byte;

  g_assert_cmpint (pipe (fds), ==, 0);
  helper.fd = fds[1];
  pthread_create (&thread, NULL, write_later, &helper);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  pthread_join (thread, NULL);
  close (fds[0]);
  close (fds[1]);
}

static void
stall_lock (gint64 until_usec)
{
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  Helper helper = { .mutex = &mutex, .until_usec = until_usec };
  pthread_t thread;

  pthread_create (&thread, NULL, unlock_later, &helper);
  while (!__atomic_load_n (&helper.ready, __ATOMIC_ACQUIRE))
    g_usleep (100);
  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);
  pthread_join (thread, NULL);
}

static void
stall_sleep (gint64 until_usec)
{
  while (g_get_monotonic_time () < until_usec)
    {
      struct timespec rest = { 0, 500 * 1000 * 1000 };
      gint64 left = until_usec - g_get_monotonic_time ();

      rest.tv_nsec = CLAMP (left, 0, 500000) * 1000;
      nanosleep (&rest, NULL);
    }
}

void
test_stall (StallKind kind, gint64 usec)
{
  static void (*const ways[]) (gint64)
      = { stall_busy, stall_allocating, stall_pipe, stall_sleep, stall_lock };

  ways[kind](g_get_monotonic_time () + usec);
}

const char *
test_stall_kind_name (StallKind kind)
{
  static const char *const names[] = { "busy", "allocating", "pipe", "sleep", "lock" };

  return names[kind];
}

static void *
look (void *data)
{
  StallWatcher *self = data;
  gint64 before_usec = g_get_monotonic_time ();

  while (!__atomic_load_n (&self->is_over, __ATOMIC_ACQUIRE))
    {
      guint64 n = thaw_monitor_get_n_stalls (self->monitor);
      gint64 now_usec = g_get_monotonic_time ();

      if (now_usec - before_usec > __atomic_load_n (&self->kept_waiting_usec, __ATOMIC_RELAXED))
        __atomic_store_n (&self->kept_waiting_usec, now_usec - before_usec, __ATOMIC_RELAXED);
      before_usec = now_usec;
      if (n != self->n_seen)
        {
          self->n_seen = n;
          __atomic_store_n (&self->seen_usec, g_get_monotonic_time (), __ATOMIC_RELEASE);
        }
      g_usleep (1000);
    }
  return NULL;
}

void
stall_watcher_start (StallWatcher *self, ThawMonitor *monitor)
{
  *self = (StallWatcher){ .monitor = monitor, .n_seen = thaw_monitor_get_n_stalls (monitor) };
  pthread_create (&self->thread, NULL, look, self);
}

void
stall_watcher_stop (StallWatcher *self)
{
  __atomic_store_n (&self->is_over, TRUE, __ATOMIC_RELEASE);
  pthread_join (self->thread, NULL);
}
