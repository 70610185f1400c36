/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of io/task: running the loop of this thread until something is so, and counting
 * what is left. */
#pragma once

#include "thaw-scope.h"

#define TEST_PATIENCE_USEC (60 * G_USEC_PER_SEC)

static inline gboolean
test_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Fails the test when @condition doesn't come true. */
#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 give_up_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;                            \
    guint tick = g_timeout_add (5, test_tick, NULL);                                               \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > give_up_usec)                                                \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

/* Until nothing is ready any more. */
static inline void
run_dry (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

#define run_until_complete(future) run_until (thaw_future_get_state (future) != THAW_FUTURE_PENDING)

#define assert_rejected(future, domain, code)                                                      \
  g_assert_error (thaw_future_get_error (future), domain, code)
#define assert_cancelled(future) assert_rejected (future, G_IO_ERROR, G_IO_ERROR_CANCELLED)

static inline guint64
get_n_late_handlers (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_late_handlers;
}

static inline void
assert_nothing_left (void)
{
  ThawTaskStats stats;

  run_dry ();
  thaw_task_get_stats (&stats);
  g_assert_cmpuint (stats.n_scopes, ==, 0);
  g_assert_cmpuint (stats.n_fibers, ==, 0);
  g_assert_cmpuint (stats.n_jobs, ==, 0);
}
