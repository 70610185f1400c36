/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes that are closed: what is in them is freed, once and never by holding the loop, whoever
 * closes, holds or owns them, and whatever their producers are at. */

#include "mailbox-testing.h"

#include <time.h>

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mailbox/close/frees", test_close);
  g_test_add_data_func ("/mailbox/close-long/unbounded", NULL, test_close_long);
  g_test_add_data_func ("/mailbox/close-long/bounded", GUINT_TO_POINTER (N_LONG), test_close_long);
  g_test_add_func ("/mailbox/close-long/then-end", test_close_long_then_end);
  g_test_add_func ("/mailbox/close/in-handler", test_close_in_handler);
  g_test_add_func ("/mailbox/close/owner", test_owner);
  g_test_add_func ("/mailbox/close/owner-elsewhere", test_owner_elsewhere);
  g_test_add_func ("/mailbox/close/race", test_close_race);
  g_test_add_func ("/mailbox/unref", test_unref);

  return g_test_run ();
}
