/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes: order, bounds, coalescing and closing, with producers on other threads, and a seeded
 * random test of all of it together. */

#include "pump-testing.h"
#include "thaw-error.h"
#include "thaw-mailbox.h"

#include <time.h>

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

static void
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

static void
fixture_init (Fixture *f, guint capacity)
{
  *f = (Fixture){ .capacity = capacity };
  f->seen = g_array_new (FALSE, FALSE, sizeof (guint));
  f->mailbox
      = thaw_mailbox_new ("test", NULL, NULL, capacity, fixture_handle, f, test_message_free);
}

static void
fixture_clear (Fixture *f)
{
  thaw_mailbox_close (f->mailbox);
  g_clear_pointer (&f->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&f->seen, g_array_unref);
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
}

static gboolean
fixture_is_done (gpointer data)
{
  Fixture *f = data;

  return f->n_handled >= f->n_expected;
}

static void
post (Fixture *f, guint sequence)
{
  g_assert_true (thaw_mailbox_post (f->mailbox, test_message_new (0, sequence)));
}

typedef struct {
  Fixture *f;
  guint producer;
} Producer;

static void
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
test_close (void)
{
  Fixture f;
  TestMessage *late = test_message_new (0, 7);

  fixture_init (&f, 0);
  for (guint i = 0; i < 5; i++)
    post (&f, i);
  g_assert_true (thaw_mailbox_post_keyed (f.mailbox, &f, test_message_new (0, 5)));
  g_assert_false (thaw_mailbox_is_closed (f.mailbox));
  thaw_mailbox_close (f.mailbox);
  g_assert_true (thaw_mailbox_is_closed (f.mailbox));
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 1);
  g_assert_false (thaw_mailbox_post (f.mailbox, late));
  g_assert_false (thaw_mailbox_post_keyed (f.mailbox, &f, late));
  test_message_free (late);
  thaw_mailbox_close (f.mailbox);
  test_run_all (NULL);
  g_assert_cmpuint (f.n_handled, ==, 0);
  g_assert_cmpuint (thaw_mailbox_get_depth (f.mailbox), ==, 0);
  fixture_clear (&f);
}

static void
must_not_run (gpointer message, gpointer user_data)
{
  g_assert_not_reached ();
}

#define N_LONG 1000000

/* How often each was freed, and by whom. */
static guint8 *long_freed;
static guint n_long_freed;
static GThread *long_thread;

static void
free_long (gpointer message)
{
  g_autofree guint *index = message;

  g_assert_true (g_thread_self () == long_thread);
  g_assert_cmpuint (long_freed[*index]++, ==, 0);
  n_long_freed++;
}

static gint64
get_cpu_usec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
post_long (ThawMailbox *mailbox)
{
  for (guint i = 0; i < N_LONG; i++)
    {
      guint *index = g_new (guint, 1);

      *index = i;
      g_assert_true (i == N_LONG - 1 ? thaw_mailbox_post_keyed (mailbox, mailbox, index)
                                     : thaw_mailbox_post (mailbox, index));
    }
}

static gboolean
all_long_freed (gpointer unused)
{
  return n_long_freed == N_LONG;
}

static void
note_how_many (gpointer message, gpointer user_data)
{
  *(guint *) user_data = n_long_freed;
}

/* Closing doesn't hold the loop, however much is queued: the rest is freed in slices, and what
 * others post meanwhile doesn't wait for it. */
static void
test_close_long (gconstpointer capacity)
{
  g_autofree guint8 *freed = g_malloc0 (N_LONG);
  guint n_when_other = N_LONG, late = 0;
  gint64 before_usec, took_usec;
  ThawMailbox *mailbox = thaw_mailbox_new ("test",
                                           NULL,
                                           NULL,
                                           GPOINTER_TO_UINT (capacity),
                                           must_not_run,
                                           NULL,
                                           free_long);
  g_autoptr (ThawMailbox) other
      = thaw_mailbox_new ("test-other", NULL, NULL, 0, note_how_many, &n_when_other, NULL);

  long_freed = freed;
  long_thread = g_thread_self ();
  n_long_freed = 0;
  post_long (mailbox);
  before_usec = get_cpu_usec ();
  thaw_mailbox_close (mailbox);
  took_usec = get_cpu_usec () - before_usec;
  g_test_message ("closed in %" G_GINT64_FORMAT " us", took_usec);
  if (!test_is_slowed ())
    g_assert_cmpint (took_usec, <, 2000);
  g_assert_cmpuint (n_long_freed, <, N_LONG);
  g_assert_true (thaw_mailbox_is_closed (mailbox));
  g_assert_false (thaw_mailbox_post (mailbox, &late));
  g_assert_false (thaw_mailbox_post_keyed (mailbox, mailbox, &late));
  thaw_mailbox_unref (mailbox);

  g_assert_true (thaw_mailbox_post (other, NULL));
  test_run_until (NULL, all_long_freed, NULL);
  test_run_all (NULL);
  g_assert_cmpuint (n_when_other, <, N_LONG / 2);
  g_assert_cmpuint (n_long_freed, ==, N_LONG);
  thaw_mailbox_close (other);
}

/* The context ends before the rest was freed. */
static void
test_close_long_then_end (void)
{
  g_autofree guint8 *freed = g_malloc0 (N_LONG);
  GMainContext *context = g_main_context_new ();
  ThawMailbox *mailbox
      = thaw_mailbox_new ("test", thaw_pump_get (context), NULL, 0, must_not_run, NULL, free_long);

  long_freed = freed;
  long_thread = g_thread_self ();
  n_long_freed = 0;
  post_long (mailbox);
  thaw_mailbox_close (mailbox);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (n_long_freed, <, N_LONG);
  g_main_context_unref (context);
  g_assert_cmpuint (n_long_freed, ==, N_LONG);
  thaw_mailbox_unref (mailbox);
}

typedef struct {
  ThawMailbox *mailbox;
  ThawMailbox *other;
  guint n_handled;
} Closer;

static void
close_in_handler (gpointer message, gpointer user_data)
{
  Closer *closer = user_data;

  test_message_free (message);
  g_assert_cmpuint (closer->n_handled, <, 3);
  if (++closer->n_handled < 3)
    return;

  thaw_mailbox_close (closer->other);
  thaw_mailbox_close (closer->mailbox);
  g_clear_pointer (&closer->mailbox, thaw_mailbox_unref);
}

static void
test_close_in_handler (void)
{
  Closer closer = { 0 };

  closer.mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, close_in_handler, &closer, test_message_free);
  closer.other
      = thaw_mailbox_new ("test-other", NULL, NULL, 16, must_not_run, NULL, test_message_free);
  thaw_mailbox_set_priority (closer.other, THAW_PRIORITY_LOW);
  for (guint i = 0; i < 10; i++)
    {
      g_assert_true (thaw_mailbox_post (closer.mailbox, test_message_new (0, i)));
      g_assert_true (thaw_mailbox_post (closer.other, test_message_new (0, i)));
    }
  test_run_all (NULL);
  g_assert_cmpuint (closer.n_handled, ==, 3);
  g_assert_null (closer.mailbox);
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
  thaw_mailbox_unref (closer.other);
}

static void
test_owner (void)
{
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (GObject) kept = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, owner, 0, must_not_run, NULL, test_message_free);
  g_autoptr (ThawMailbox) closed
      = thaw_mailbox_new ("test", NULL, kept, 0, must_not_run, NULL, test_message_free);

  g_assert_true (thaw_mailbox_post (mailbox, test_message_new (0, 0)));
  g_object_run_dispose (owner);
  g_assert_true (thaw_mailbox_is_closed (mailbox));
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);

  thaw_mailbox_close (closed); /* and the owner's later dispose finds nothing to do */
  test_run_all (NULL);
}

static gpointer
drop_object (gpointer object)
{
  g_object_unref (object);
  return NULL;
}

/* The last reference on the owner goes on a worker, while the loop has taken some of the messages.
 */
static void
dispose_owner_elsewhere (gpointer message, gpointer user_data)
{
  Closer *closer = user_data;

  test_message_free (message);
  closer->n_handled++;
  g_thread_join (g_thread_new ("dropper", drop_object, closer->other));
}

static void
test_owner_elsewhere (void)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  Closer closer = { .other = (gpointer) owner };
  g_autoptr (ThawMailbox) mailbox = thaw_mailbox_new ("test",
                                                      NULL,
                                                      owner,
                                                      0,
                                                      dispose_owner_elsewhere,
                                                      &closer,
                                                      test_message_free);

  for (guint i = 0; i < 10; i++)
    g_assert_true (thaw_mailbox_post (mailbox, test_message_new (0, i)));
  test_run_all (NULL);
  g_assert_cmpuint (closer.n_handled, ==, 1);
  g_assert_true (thaw_mailbox_is_closed (mailbox));
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
}

typedef struct {
  ThawMailbox *mailbox;
} Racer;

static gpointer
post_until_closed (gpointer data)
{
  Racer *racer = data;
  TestMessage *message = test_message_new (0, 0);

  for (guint i = 0;; i++)
    {
      gboolean posted = i % 3 == 0 ? thaw_mailbox_post_keyed (racer->mailbox, racer, message)
                        : i % 3 == 1
                            ? thaw_mailbox_post (racer->mailbox, message)
                            : thaw_mailbox_post_wait (racer->mailbox, message, -1, NULL, NULL);

      if (posted)
        message = test_message_new (0, 0);
      else if (thaw_mailbox_is_closed (racer->mailbox))
        break;
    }
  test_message_free (message);
  return NULL;
}

static atomic_bool race_is_over;

static void
handle_race (gpointer message, gpointer user_data)
{
  g_assert_false (atomic_load (&race_is_over));
  (*(guint *) user_data)++;
  test_message_free (message);
}

static gboolean
race_has_run (gpointer data)
{
  return *(guint *) data >= 50;
}

static void
test_close_race (void)
{
  for (guint round = 0; round < 60; round++)
    {
      g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
      guint n_handled = 0;
      guint capacity = round % 3 == 0 ? THAW_MAILBOX_UNBOUNDED : round % 3 * 10;
      Racer racer;
      GThread *threads[N_PRODUCERS];

      atomic_store (&race_is_over, FALSE);
      racer.mailbox = thaw_mailbox_new ("test",
                                        NULL,
                                        owner,
                                        capacity,
                                        handle_race,
                                        &n_handled,
                                        test_message_free);
      for (guint i = 0; i < N_PRODUCERS; i++)
        threads[i] = g_thread_new ("racer", post_until_closed, &racer);
      test_run_until (NULL, race_has_run, &n_handled);
      g_object_run_dispose (owner);
      atomic_store (&race_is_over, TRUE);
      for (guint i = 0; i < N_PRODUCERS; i++)
        g_thread_join (threads[i]);
      test_run_all (NULL);
      g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
      g_assert_cmpuint (thaw_mailbox_get_depth (racer.mailbox), ==, 0);
      thaw_mailbox_unref (racer.mailbox);
    }
}

/* A mailbox lives until its queue is delivered, whoever holds it. */
static void
test_unref (void)
{
  Fixture f;

  fixture_init (&f, 0);
  for (guint i = 0; i < 10; i++)
    post (&f, i);
  thaw_mailbox_unref (f.mailbox);
  test_run_all (NULL);
  g_assert_cmpuint (f.n_handled, ==, 10);
  g_array_unref (f.seen);
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
  g_test_add_func ("/mailbox/close/frees", test_close);
  g_test_add_data_func ("/mailbox/close-long/unbounded", NULL, test_close_long);
  g_test_add_data_func ("/mailbox/close-long/bounded", GUINT_TO_POINTER (N_LONG), test_close_long);
  g_test_add_func ("/mailbox/close-long/then-end", test_close_long_then_end);
  g_test_add_func ("/mailbox/close/in-handler", test_close_in_handler);
  g_test_add_func ("/mailbox/close/owner", test_owner);
  g_test_add_func ("/mailbox/close/owner-elsewhere", test_owner_elsewhere);
  g_test_add_func ("/mailbox/close/race", test_close_race);
  g_test_add_func ("/mailbox/unref", test_unref);
  g_test_add_func ("/mailbox/context-gone", test_context_gone);
  g_test_add_func ("/mailbox/random", test_random);

  return g_test_run ();
}
