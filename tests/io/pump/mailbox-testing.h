/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of mailboxes share: a mailbox whose messages have to come in the order of each of its producers. */
#pragma once

#include "pump-testing.h"
#include "thaw-error.h"
#include "thaw-mailbox.h"

#define N_PRODUCERS 4

typedef struct {
  ThawMailbox *mailbox;
  guint capacity;
  guint n_per_producer;
  guint n_posted;
  guint n_handled;
  guint n_expected;
  guint amount;
  guint next[N_PRODUCERS];
  GArray *seen; /* guint: sequences in the order of handling */
} Fixture;

static inline void
fixture_handle (gpointer message, gpointer user_data)
{
  Fixture *f = user_data;
  TestMessage *m = message;

  g_assert_cmpuint (m->sequence, >=, f->next[m->producer]);
  f->next[m->producer] = m->sequence + 1;
  if (f->capacity > 0)
    g_assert_cmpuint (thaw_mailbox_get_depth (f->mailbox), <=, f->capacity);
  f->n_handled++;
  f->amount += m->amount;
  g_array_append_val (f->seen, m->sequence);
  test_message_free (m);
}

static inline void
fixture_init (Fixture *f, guint capacity)
{
  *f = (Fixture){ .capacity = capacity };
  f->seen = g_array_new (FALSE, FALSE, sizeof (guint));
  f->mailbox
      = thaw_mailbox_new ("test", NULL, NULL, capacity, fixture_handle, f, test_message_free);
}

static inline void
fixture_clear (Fixture *f)
{
  thaw_mailbox_close (f->mailbox);
  g_clear_pointer (&f->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&f->seen, g_array_unref);
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
}

static inline gboolean
fixture_is_done (gpointer data)
{
  Fixture *f = data;

  return f->n_handled >= f->n_expected;
}

static inline void
post (Fixture *f, guint sequence)
{
  g_assert_true (thaw_mailbox_post (f->mailbox, test_message_new (0, sequence)));
}

typedef struct {
  Fixture *f;
  guint producer;
} Producer;

static inline void
run_producers (Fixture *f, GThreadFunc func)
{
  Producer producers[N_PRODUCERS];
  GThread *threads[N_PRODUCERS];

  for (guint i = 0; i < N_PRODUCERS; i++)
    {
      producers[i] = (Producer){ f, i };
      threads[i] = g_thread_new ("producer", func, &producers[i]);
    }
  test_run_until (NULL, fixture_is_done, f);
  for (guint i = 0; i < N_PRODUCERS; i++)
    g_thread_join (threads[i]);
}

static inline void
must_not_run (gpointer message, gpointer user_data)
{
  g_assert_not_reached ();
}
