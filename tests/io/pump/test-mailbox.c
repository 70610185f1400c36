/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes: order, bounds and coalescing, with producers on other threads, and a seeded random
 * test of all of it together, closing included. */

#include "mailbox-testing.h"

static gpointer
produce (gpointer data)
{
  Producer *p = data;

  for (guint i = 0; i < p->f->n_per_producer; i++)
    g_assert_true (thaw_mailbox_post (p->f->mailbox, test_message_new (p->producer, i)));
  return NULL;
}

static void
test_order (void)
{
  Fixture f;

  fixture_init (&f, THAW_MAILBOX_UNBOUNDED);
  f.n_per_producer = 20000;
  f.n_expected = N_PRODUCERS * f.n_per_producer;
  run_producers (&f, produce);
  for (guint i = 0; i < N_PRODUCERS; i++)
    g_assert_cmpuint (f.next[i], ==, f.n_per_producer);
  g_assert_cmpuint (f.n_handled, ==, f.n_expected);
  g_assert_cmpuint (thaw_mailbox_get_depth (f.mailbox), ==, 0);
  fixture_clear (&f);
}

/* A message may be any value, NULL and odd ones too. */
static void
sum_values (gpointer message, gpointer user_data)
{
  *(gsize *) user_data += GPOINTER_TO_SIZE (message);
}

static void
test_any_value (void)
{
  gsize sum = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test-values", NULL, NULL, 0, sum_values, &sum, NULL);

  for (gsize i = 0; i < 100; i++)
    g_assert_true (thaw_mailbox_post (mailbox, GSIZE_TO_POINTER (i)));
  for (gsize i = 0; i < 100; i++)
    g_assert_true (thaw_mailbox_post_keyed (mailbox, GSIZE_TO_POINTER (i), GSIZE_TO_POINTER (i)));
  test_run_all (NULL);
  g_assert_cmpuint (sum, ==, 2 * 99 * 100 / 2);
  thaw_mailbox_close (mailbox);
}

static void
test_refuse (void)
{
  Fixture f;
  TestMessage *extra = test_message_new (0, 10);

  fixture_init (&f, 10);
  for (guint i = 0; i < 10; i++)
    post (&f, i);
  g_assert_false (thaw_mailbox_post (f.mailbox, extra));
  g_assert_false (thaw_mailbox_post_keyed (f.mailbox, &f, extra));
  g_assert_cmpuint (thaw_mailbox_get_depth (f.mailbox), ==, 10);

  test_run_all (NULL);
  g_assert_cmpuint (f.n_handled, ==, 10);
  g_assert_cmpuint (thaw_mailbox_get_depth (f.mailbox), ==, 0);
  g_assert_true (thaw_mailbox_post (f.mailbox, extra));
  test_run_all (NULL);
  g_assert_cmpuint (f.n_handled, ==, 11);
  fixture_clear (&f);
}

static gpointer
produce_waiting (gpointer data)
{
  Producer *p = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < p->f->n_per_producer; i++)
    {
      thaw_mailbox_post_wait (p->f->mailbox, test_message_new (p->producer, i), -1, NULL, &error);
      g_assert_no_error (error);
    }
  return NULL;
}

static void
test_wait (gconstpointer data)
{
  Fixture f;

  fixture_init (&f, GPOINTER_TO_UINT (data));
  f.n_per_producer = 5000;
  f.n_expected = N_PRODUCERS * f.n_per_producer;
  run_producers (&f, produce_waiting);
  for (guint i = 0; i < N_PRODUCERS; i++)
    g_assert_cmpuint (f.next[i], ==, f.n_per_producer);
  fixture_clear (&f);
}

typedef struct {
  Fixture *f;
  gint64 deadline_usec;
  GCancellable *cancellable;
  GError *error;
} Waiter;

static gpointer
wait_in_vain (gpointer data)
{
  Waiter *w = data;
  TestMessage *message = test_message_new (1, 0);

  g_assert_false (
      thaw_mailbox_post_wait (w->f->mailbox, message, w->deadline_usec, w->cancellable, &w->error));
  test_message_free (message);
  return NULL;
}

static void
test_wait_deadline (void)
{
  Fixture f;
  Waiter w = { .f = &f, .deadline_usec = g_get_monotonic_time () + 30000 };
  GThread *thread;

  fixture_init (&f, 1);
  post (&f, 0);
  thread = g_thread_new ("waiter", wait_in_vain, &w);
  g_thread_join (thread);
  g_assert_error (w.error, THAW_ERROR, THAW_ERROR_MAILBOX_FULL);
  g_assert_cmpint (g_get_monotonic_time (), >=, w.deadline_usec);
  g_clear_error (&w.error);
  fixture_clear (&f);
}

/* Before the wait, and at some moment around or after its start. */
static void
test_wait_cancel (void)
{
  for (guint round = 0; round < 50; round++)
    {
      Fixture f;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      Waiter w = { .f = &f, .deadline_usec = -1, .cancellable = cancellable };
      GThread *thread;

      fixture_init (&f, 1);
      post (&f, 0);
      if (round % 5 == 0)
        g_cancellable_cancel (cancellable);
      thread = g_thread_new ("waiter", wait_in_vain, &w);
      test_spin_usec (round % 5 * 50);
      g_cancellable_cancel (cancellable);
      g_thread_join (thread);
      g_assert_error (w.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_clear_error (&w.error);
      fixture_clear (&f);
    }
}

static void
test_wait_closed (void)
{
  for (guint round = 0; round < 50; round++)
    {
      Fixture f;
      Waiter w = { .f = &f, .deadline_usec = -1 };
      GThread *thread;

      fixture_init (&f, 1);
      post (&f, 0);
      thread = g_thread_new ("waiter", wait_in_vain, &w);
      test_spin_usec (round % 5 * 50);
      thaw_mailbox_close (f.mailbox);
      g_thread_join (thread);
      g_assert_error (w.error, THAW_ERROR, THAW_ERROR_MAILBOX_CLOSED);
      g_clear_error (&w.error);
      fixture_clear (&f);
    }
}

typedef struct {
  Fixture *f;
  guint n_left;
  guint n_calls;
} RoomUser;

static void
on_room (gpointer data)
{
  RoomUser *user = data;

  user->n_calls++;
  post (user->f, user->f->n_posted++);
  if (--user->n_left > 0)
    thaw_mailbox_when_room (user->f->mailbox, on_room, user);
}

/* Many asynchronous producers on the loop's own thread share a mailbox of three. */
static void
test_when_room (void)
{
  RoomUser users[20];
  Fixture f;

  fixture_init (&f, 3);
  for (guint i = 0; i < 3; i++)
    post (&f, f.n_posted++);
  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    {
      users[i] = (RoomUser){ &f, 50 };
      thaw_mailbox_when_room (f.mailbox, on_room, &users[i]);
      g_assert_cmpuint (users[i].n_calls, ==, 0);
    }
  f.n_expected = 3 + 50 * G_N_ELEMENTS (users);
  test_run_until (NULL, fixture_is_done, &f);
  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    {
      g_assert_cmpuint (users[i].n_left, ==, 0);
      g_assert_cmpuint (users[i].n_calls, ==, 50); /* never called in vain */
    }
  fixture_clear (&f);
}

static void
give_up_room (gpointer data)
{
  (*(guint *) data)++;
}

/* Who doesn't use its place doesn't hold up those behind it. */
static void
test_when_room_unused (void)
{
  Fixture f;
  guint n_calls = 0;

  fixture_init (&f, 1);
  post (&f, 0);
  for (guint i = 0; i < 100; i++)
    thaw_mailbox_when_room (f.mailbox, give_up_room, &n_calls);
  test_run_all (NULL);
  g_assert_cmpuint (n_calls, ==, 100);
  fixture_clear (&f);
}

static void
count_freed (gpointer data)
{
  (*(guint *) data)++;
}

/* There is no room before the context ends: the data is given back, once. */
static void
test_when_room_ended (void)
{
  GMainContext *context = g_main_context_new ();
  guint n_calls = 0, n_freed = 0;
  ThawMailbox *mailbox
      = thaw_mailbox_new ("test", thaw_pump_get (context), NULL, 1, sum_values, NULL, NULL);

  g_assert_true (thaw_mailbox_post (mailbox, NULL));
  thaw_mailbox_when_room_full (mailbox, give_up_room, &n_calls, NULL);
  thaw_mailbox_when_room_full (mailbox, give_up_room, &n_freed, count_freed);
  g_main_context_unref (context);
  g_assert_cmpuint (n_calls, ==, 0);
  g_assert_cmpuint (n_freed, ==, 1);
  thaw_mailbox_unref (mailbox);
}

static void
test_when_room_closed (void)
{
  Fixture f;
  guint n_calls = 0;

  fixture_init (&f, 1);
  post (&f, 0);
  thaw_mailbox_when_room (f.mailbox, give_up_room, &n_calls);
  thaw_mailbox_close (f.mailbox);
  thaw_mailbox_when_room (f.mailbox, give_up_room, &n_calls);
  g_assert_cmpuint (n_calls, ==, 0);
  test_run_all (NULL);
  g_assert_cmpuint (n_calls, ==, 2);
  g_assert_cmpuint (f.n_handled, ==, 0);
  fixture_clear (&f);
}

static void
test_latest (void)
{
  static const guint expected[] = { 3, 1, 4, 5 };
  char a, b;
  Fixture f;

  fixture_init (&f, 4);
  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &a, test_message_new (0, 0)));
  g_assert_true (thaw_mailbox_post (f.mailbox, test_message_new (1, 1)));
  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &b, test_message_new (2, 2)));
  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &a, test_message_new (0, 3)));
  g_assert_true (thaw_mailbox_post (f.mailbox, test_message_new (3, 5)));
  /* Full, but there is a place for this one. */
  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &b, test_message_new (2, 4)));
  g_assert_cmpuint (thaw_mailbox_get_depth (f.mailbox), ==, 4);
  test_run_all (NULL);
  g_assert_cmpmem (f.seen->data, f.seen->len * sizeof (guint), expected, sizeof expected);

  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &a, test_message_new (0, 6)));
  test_run_all (NULL);
  g_assert_cmpuint (f.n_handled, ==, 5);
  fixture_clear (&f);
}

static gpointer
merge_amounts (gpointer queued, gpointer newer)
{
  TestMessage *older = queued, *later = newer;

  later->amount += older->amount;
  test_message_free (older);
  return later;
}

static gboolean
amount_is_complete (gpointer data)
{
  Fixture *f = data;

  return f->amount >= f->n_expected;
}

static gpointer
produce_keyed (gpointer data)
{
  static const char keys[3];
  Producer *p = data;

  for (guint i = 0; i < p->f->n_per_producer; i++)
    {
      TestMessage *message = test_message_new (0, 0);

      g_assert_true (thaw_mailbox_post_keyed (p->f->mailbox, &keys[i % 3], message));
    }
  return NULL;
}

static void
handle_amount (gpointer message, gpointer user_data)
{
  Fixture *f = user_data;

  f->amount += ((TestMessage *) message)->amount;
  f->n_handled++;
  test_message_free (message);
}

static void
test_merge (void)
{
  Producer producers[N_PRODUCERS];
  GThread *threads[N_PRODUCERS];
  Fixture f = { .n_per_producer = 10000, .n_expected = N_PRODUCERS * 10000 };

  f.mailbox = thaw_mailbox_new ("test", NULL, NULL, 3, handle_amount, &f, test_message_free);
  thaw_mailbox_set_merge (f.mailbox, merge_amounts);
  for (guint i = 0; i < N_PRODUCERS; i++)
    {
      producers[i] = (Producer){ &f, i };
      threads[i] = g_thread_new ("producer", produce_keyed, &producers[i]);
    }
  test_run_until (NULL, amount_is_complete, &f);
  for (guint i = 0; i < N_PRODUCERS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (f.amount, ==, f.n_expected);
  g_assert_cmpuint (f.n_handled, <=, f.n_expected);
  fixture_clear (&f);
}

static void
test_context_gone (void)
{
  GMainContext *context = g_main_context_new ();
  g_autoptr (ThawMailbox) mailbox = thaw_mailbox_new ("test",
                                                      thaw_pump_get (context),
                                                      NULL,
                                                      2,
                                                      must_not_run,
                                                      NULL,
                                                      test_message_free);
  Fixture f = { .mailbox = mailbox };
  Waiter w = { .f = &f, .deadline_usec = -1 };
  TestMessage *late = test_message_new (0, 3);
  guint n_calls = 0;
  GThread *thread;

  post (&f, 0);
  post (&f, 1);
  thaw_mailbox_when_room (mailbox, give_up_room, &n_calls);
  thread = g_thread_new ("waiter", wait_in_vain, &w);
  g_main_context_unref (context);
  g_thread_join (thread);
  g_assert_error (w.error, THAW_ERROR, THAW_ERROR_MAILBOX_CLOSED);
  g_clear_error (&w.error);
  g_assert_false (thaw_mailbox_post (mailbox, late));
  thaw_mailbox_close (mailbox);
  test_message_free (late);
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
  g_assert_cmpuint (n_calls, ==, 0);
}

/* Each producer posts in one of the three ways at random; whatever was accepted is handled once, in
 * its producer's order, within the bound. */
typedef struct {
  Producer producer;
  GRand *rand;
  guint n_accepted;
  atomic_uint *n_running;
} RandomProducer;

static gboolean
post_somehow (RandomProducer *p, TestMessage *message)
{
  ThawMailbox *mailbox = p->producer.f->mailbox;
  gint64 deadline = g_get_monotonic_time () + g_rand_int_range (p->rand, 0, 2000);

  switch (g_rand_int_range (p->rand, 0, 3))
    {
    case 0:
      return thaw_mailbox_post (mailbox, message);
    case 1:
      return thaw_mailbox_post_wait (mailbox, message, deadline, NULL, NULL);
    default:
      return thaw_mailbox_post_wait (mailbox, message, -1, NULL, NULL);
    }
}

static gpointer
produce_randomly (gpointer data)
{
  RandomProducer *p = data;

  for (guint i = 0; i < p->producer.f->n_per_producer; i++)
    {
      TestMessage *message = test_message_new (p->producer.producer, i);

      if (post_somehow (p, message))
        p->n_accepted++;
      else
        test_message_free (message);
    }
  atomic_fetch_sub (p->n_running, 1);
  return NULL;
}

static void
handle_randomly (gpointer message, gpointer user_data)
{
  Fixture *f = user_data;

  if (g_random_int_range (0, 50) == 0)
    test_spin_usec (g_random_int_range (0, 300));
  fixture_handle (message, f);
}

static gboolean
none_is_running (gpointer data)
{
  return atomic_load ((atomic_uint *) data) == 0;
}

static void
run_random_round (GRand *rand)
{
  RandomProducer producers[N_PRODUCERS];
  GThread *threads[N_PRODUCERS];
  atomic_uint n_running = N_PRODUCERS;
  guint n_accepted = 0;
  Fixture f = { .capacity = g_rand_int_range (rand, 0, 40), .n_per_producer = 500 };

  f.seen = g_array_new (FALSE, FALSE, sizeof (guint));
  f.mailbox
      = thaw_mailbox_new ("test", NULL, NULL, f.capacity, handle_randomly, &f, test_message_free);
  for (guint i = 0; i < N_PRODUCERS; i++)
    {
      producers[i]
          = (RandomProducer){ { &f, i }, g_rand_new_with_seed (g_rand_int (rand)), 0, &n_running };
      threads[i] = g_thread_new ("random", produce_randomly, &producers[i]);
    }
  test_run_until (NULL, none_is_running, &n_running);
  test_run_all (NULL);
  for (guint i = 0; i < N_PRODUCERS; i++)
    {
      g_thread_join (threads[i]);
      n_accepted += producers[i].n_accepted;
      g_rand_free (producers[i].rand);
    }
  g_assert_cmpuint (f.n_handled, ==, n_accepted);
  fixture_clear (&f);
}

static void
test_random (void)
{
  guint seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < 20; round++)
    run_random_round (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/order", test_order);
  g_test_add_func ("/mailbox/any-value", test_any_value);
  g_test_add_func ("/mailbox/bounds/refuse", test_refuse);
  g_test_add_data_func ("/mailbox/bounds/wait/1", GUINT_TO_POINTER (1), test_wait);
  g_test_add_data_func ("/mailbox/bounds/wait/8", GUINT_TO_POINTER (8), test_wait);
  g_test_add_data_func ("/mailbox/bounds/wait/1000", GUINT_TO_POINTER (1000), test_wait);
  g_test_add_func ("/mailbox/bounds/deadline", test_wait_deadline);
  g_test_add_func ("/mailbox/bounds/cancel", test_wait_cancel);
  g_test_add_func ("/mailbox/bounds/closed", test_wait_closed);
  g_test_add_func ("/mailbox/when-room/fair", test_when_room);
  g_test_add_func ("/mailbox/when-room/unused", test_when_room_unused);
  g_test_add_func ("/mailbox/when-room/closed", test_when_room_closed);
  g_test_add_func ("/mailbox/when-room/ended", test_when_room_ended);
  g_test_add_func ("/mailbox/keyed/latest", test_latest);
  g_test_add_func ("/mailbox/keyed/merge", test_merge);
  g_test_add_func ("/mailbox/context-gone", test_context_gone);
  g_test_add_func ("/mailbox/random", test_random);

  return g_test_run ();
}
