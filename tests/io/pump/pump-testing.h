/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pump's tests share: running a loop until something has happened, never for a fixed time,
 * and messages that are counted, so that a test can say that none was lost and none was freed
 * twice. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#define TEST_DEADLINE_USEC (30 * G_USEC_PER_SEC)

static inline gboolean
test_tick (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

/* Iterates @context until @done says so; fails the test when that takes too long. */
static inline void
test_run_until (GMainContext *context, gboolean (*done) (gpointer), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + TEST_DEADLINE_USEC;
  g_autoptr (GSource) tick = g_timeout_source_new (5);

  g_source_set_callback (tick, test_tick, NULL, NULL);
  g_source_attach (tick, context);
  while (!done (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (context, TRUE);
    }
  g_source_destroy (tick);
}

/* Runs what is ready, until nothing is. */
static inline void
test_run_all (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    ;
}

static inline void
test_spin_usec (gint64 usec)
{
  gint64 until = g_get_monotonic_time () + usec;

  while (g_get_monotonic_time () < until)
    ;
}

/* A sanitizer makes times meaningless. */
static inline gboolean
test_is_slowed (void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  return TRUE;
#else
  return FALSE;
#endif
}

typedef struct {
  guint producer;
  guint sequence;
  guint amount;
} TestMessage;

static atomic_int test_n_alive;

static inline TestMessage *
test_message_new (guint producer, guint sequence)
{
  TestMessage *self = g_new (TestMessage, 1);

  *self = (TestMessage){ producer, sequence, 1 };
  atomic_fetch_add (&test_n_alive, 1);
  return self;
}

static inline void
test_message_free (gpointer message)
{
  atomic_fetch_sub (&test_n_alive, 1);
  g_free (message);
}
