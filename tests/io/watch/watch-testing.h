/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of io/watch: ways to stall, and a thread that looks from outside. */
#pragma once

#include "thaw-monitor.h"
#include "thaw-scope.h"

#include <pthread.h>

#define TEST_PATIENCE_USEC (60 * G_USEC_PER_SEC)

static inline gboolean
test_tick (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the loop; fails the test when @condition doesn't come true. */
#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 give_up_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;                            \
    guint tick = g_timeout_add (2, test_tick, NULL);                                               \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > give_up_usec)                                                \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

typedef enum {
  STALL_BUSY,
  STALL_ALLOCATING, /* mostly inside of malloc, with its lock */
  STALL_PIPE,
  STALL_SLEEP,
  STALL_LOCK,
  N_STALL_KINDS,
} StallKind;

/* Lets the calling thread do nothing useful for so long. */
void test_stall (StallKind kind, gint64 usec);
const char *test_stall_kind_name (StallKind kind);

/* A thread that notes when the monitor has a stall more. */
typedef struct {
  ThawMonitor *monitor;
  guint64 n_seen;
  gint64 seen_usec;         /* atomic */
  gint64 kept_waiting_usec; /* atomic: the longest time that the machine didn't run this thread */
  gboolean is_over;         /* atomic */
  pthread_t thread;
} StallWatcher;

void stall_watcher_start (StallWatcher *self, ThawMonitor *monitor);
void stall_watcher_stop (StallWatcher *self);
