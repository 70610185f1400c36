/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Topics: everybody gets everything in one order, who is slow misses alone, who comes late gets the
 * latest, who goes is forgotten, and each copy is freed once. */

#include "pump-testing.h"

#include "thaw-topic.h"

static gpointer
copy_message (gpointer message)
{
  TestMessage *original = message;

  return test_message_new (original->producer, original->sequence);
}

static ThawTopic *
topic_new (ThawTopicFlags flags)
{
  return thaw_topic_new ("test", flags, copy_message, test_message_free);
}

static void
keep_sequence (gpointer message, gpointer seen)
{
  guint number
      = ((TestMessage *) message)->producer * 1000000 + ((TestMessage *) message)->sequence;

  g_array_append_val ((GArray *) seen, number);
  test_message_free (message);
}

static ThawMailbox *
subscriber_new (GObject *owner, guint capacity, GArray *seen)
{
  return thaw_mailbox_new ("subscriber",
                           NULL,
                           owner,
                           capacity,
                           keep_sequence,
                           seen,
                           test_message_free);
}

static guint
publish (ThawTopic *topic, guint sequence)
{
  return thaw_topic_publish (topic, test_message_new (0, sequence));
}

static void
assert_seen (GArray *seen, guint n, ...)
{
  va_list args;

  g_assert_cmpuint (seen->len, ==, n);
  va_start (args, n);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (g_array_index (seen, guint, i), ==, va_arg (args, guint));
  va_end (args);
}

static void
test_all_get_all (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_DEFAULT);
  g_autoptr (GArray) a_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) b_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (ThawMailbox) a = subscriber_new (NULL, 0, a_seen);
  g_autoptr (ThawMailbox) b = subscriber_new (NULL, 0, b_seen);
  gpointer latest;

  g_assert_cmpuint (publish (topic, 1), ==, 0);
  thaw_topic_subscribe (topic, a, THAW_TOPIC_MISS_NEWEST);
  g_assert_cmpuint (publish (topic, 2), ==, 1);
  thaw_topic_subscribe (topic, b, THAW_TOPIC_MISS_NEWEST);
  thaw_topic_subscribe (topic, b, THAW_TOPIC_MISS_NEWEST);
  g_assert_cmpuint (publish (topic, 3), ==, 2);
  thaw_topic_unsubscribe (topic, a);
  thaw_topic_unsubscribe (topic, a);
  g_assert_cmpuint (publish (topic, 4), ==, 1);
  test_run_all (NULL);
  assert_seen (a_seen, 2, 2, 3);
  assert_seen (b_seen, 2, 3, 4);
  g_assert_false (thaw_topic_copy_latest (topic, &latest));
  g_assert_cmpstr (thaw_topic_get_name (topic), ==, "test");
}

static void
test_slow_misses_alone (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_DEFAULT);
  g_autoptr (GArray) slow_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) latest_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) quick_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (ThawMailbox) slow = subscriber_new (NULL, 2, slow_seen);
  g_autoptr (ThawMailbox) latest = subscriber_new (NULL, 1, latest_seen);
  g_autoptr (ThawMailbox) quick = subscriber_new (NULL, 100, quick_seen);
  ThawTopicStats stats;

  thaw_topic_subscribe (topic, slow, THAW_TOPIC_MISS_NEWEST);
  thaw_topic_subscribe (topic, latest, THAW_TOPIC_MISS_OLDER);
  thaw_topic_subscribe (topic, quick, THAW_TOPIC_MISS_NEWEST);
  for (guint i = 0; i < 50; i++)
    g_assert_cmpuint (publish (topic, i), ==, i < 2 ? 3 : 2);
  test_run_all (NULL);
  assert_seen (slow_seen, 2, 0, 1);
  assert_seen (latest_seen, 1, 49);
  g_assert_cmpuint (quick_seen->len, ==, 50);
  thaw_topic_get_stats (topic, &stats);
  g_assert_cmpuint (stats.n_published, ==, 50);
  g_assert_cmpuint (stats.n_missed, ==, 48);
  g_assert_cmpuint (stats.n_delivered, ==, 102);
}

static void
test_keeps_latest (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_KEEP_LATEST);
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (ThawMailbox) late = subscriber_new (NULL, 0, seen);
  gpointer latest;

  g_assert_false (thaw_topic_copy_latest (topic, &latest));
  publish (topic, 1);
  publish (topic, 2);
  thaw_topic_subscribe (topic, late, THAW_TOPIC_MISS_NEWEST);
  publish (topic, 3);
  test_run_all (NULL);
  assert_seen (seen, 2, 2, 3);
  g_assert_true (thaw_topic_copy_latest (topic, &latest));
  g_assert_cmpuint (((TestMessage *) latest)->sequence, ==, 3);
  test_message_free (latest);
}

static void
test_ends_with_owner (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_KEEP_LATEST);
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (guint));
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawMailbox) mailbox = subscriber_new (owner, 0, seen);
  ThawTopicStats stats;

  thaw_topic_subscribe (topic, mailbox, THAW_TOPIC_MISS_NEWEST);
  publish (topic, 1);
  g_object_unref (owner);
  g_assert_cmpuint (publish (topic, 2), ==, 0);
  test_run_all (NULL);
  g_assert_cmpuint (seen->len, ==, 0);
  thaw_topic_get_stats (topic, &stats);
  g_assert_cmpuint (stats.n_subscribers, ==, 0);
}

static void
test_plain_values (void)
{
  g_autoptr (ThawTopic) topic = thaw_topic_new ("plain", THAW_TOPIC_KEEP_LATEST, NULL, NULL);
  gpointer latest = NULL;

  thaw_topic_publish (topic, NULL);
  thaw_topic_publish (topic, GINT_TO_POINTER (7));
  g_assert_true (thaw_topic_copy_latest (topic, &latest));
  g_assert_cmpint (GPOINTER_TO_INT (latest), ==, 7);
}

#define N_STORM 3000

typedef struct {
  ThawTopic *topic;
  guint number;
} Producer;

static gpointer
publish_storm (gpointer data)
{
  Producer *self = data;

  for (guint i = 0; i < N_STORM; i++)
    thaw_topic_publish (self->topic, test_message_new (self->number, i));
  return NULL;
}

typedef struct {
  GArray *a, *b;
} Both;

static gboolean
both_are_full (gpointer data)
{
  Both *both = data;

  return both->a->len == 3 * N_STORM && both->b->len == 3 * N_STORM;
}

static void
test_one_order (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_DEFAULT);
  g_autoptr (GArray) a_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) b_seen = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (ThawMailbox) a = subscriber_new (NULL, 0, a_seen);
  g_autoptr (ThawMailbox) b = subscriber_new (NULL, 0, b_seen);
  Both both = { a_seen, b_seen };
  Producer producers[3];
  GThread *threads[3];

  thaw_topic_subscribe (topic, a, THAW_TOPIC_MISS_NEWEST);
  thaw_topic_subscribe (topic, b, THAW_TOPIC_MISS_NEWEST);
  for (guint i = 0; i < 3; i++)
    {
      producers[i] = (Producer){ topic, i };
      threads[i] = g_thread_new ("publisher", publish_storm, &producers[i]);
    }
  test_run_until (NULL, both_are_full, &both);
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (memcmp (a_seen->data, b_seen->data, 3 * N_STORM * sizeof (guint)), ==, 0);
}

/* Subscribers come and go while others publish. */
static void
test_comes_and_goes (void)
{
  g_autoptr (ThawTopic) topic = topic_new (THAW_TOPIC_KEEP_LATEST);
  Producer producer = { topic, 1 };
  GThread *thread = g_thread_new ("publisher", publish_storm, &producer);

  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (guint));
      GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
      g_autoptr (ThawMailbox) mailbox = subscriber_new (owner, round % 7, seen);

      thaw_topic_subscribe (topic, mailbox, round % 2);
      test_run_all (NULL);
      if (round % 3 == 0)
        thaw_topic_unsubscribe (topic, mailbox);
      g_object_unref (owner);
    }
  g_thread_join (thread);
}

static void
assert_none_alive (void)
{
  test_run_all (NULL);
  g_assert_cmpint (atomic_load (&test_n_alive), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/topic/all-get-all", test_all_get_all);
  g_test_add_func ("/topic/slow-misses-alone", test_slow_misses_alone);
  g_test_add_func ("/topic/keeps-latest", test_keeps_latest);
  g_test_add_func ("/topic/ends-with-owner", test_ends_with_owner);
  g_test_add_func ("/topic/plain-values", test_plain_values);
  g_test_add_func ("/topic/one-order", test_one_order);
  g_test_add_func ("/topic/comes-and-goes", test_comes_and_goes);
  g_test_add_func ("/topic/no-message-is-left", assert_none_alive);
  return g_test_run ();
}
