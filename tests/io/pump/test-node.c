/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of messages: that it comes back after a flood, when threads end, and when a mailbox
 * closes with a full queue. Counted in slabs. */

#include "pump-testing.h"
#include "thaw-mailbox.h"
#include "thaw-node-private.h"

static void
count_message (gpointer message, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* The cache, and the slab that this thread is carving. */
static guint
max_idle_slabs (void)
{
  return thaw_node_get_max_cached_slabs () + 1;
}

static void
flood (ThawMailbox *mailbox, guint n)
{
  for (guint i = 0; i < n; i++)
    g_assert_true (thaw_mailbox_post (mailbox, NULL));
}

static void
test_flood (void)
{
  guint n_handled = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);

  flood (mailbox, 200000);
  g_assert_cmpuint (thaw_node_get_n_slabs (), >=, 200000 * sizeof (ThawNode) / THAW_SLAB_BYTES);
  g_assert_cmpuint (thaw_node_get_n_slabs (), <=, 210000 * sizeof (ThawNode) / THAW_SLAB_BYTES);
  test_run_all (NULL);
  g_assert_cmpuint (n_handled, ==, 200000);
  g_assert_cmpuint (thaw_node_get_n_slabs (), <=, max_idle_slabs ());
  thaw_mailbox_close (mailbox);
}

static void
test_close (void)
{
  guint n_handled = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);

  flood (mailbox, 200000);
  thaw_mailbox_close (mailbox);
  test_run_all (NULL); /* a long queue is freed in slices */
  g_assert_cmpuint (n_handled, ==, 0);
  g_assert_cmpuint (thaw_node_get_n_slabs (), <=, max_idle_slabs ());
}

static gpointer
post_one (gpointer mailbox)
{
  g_assert_true (thaw_mailbox_post (mailbox, NULL));
  return NULL;
}

/* A slab that was hardly used lives as long as its message, not longer. */
static void
test_threads (void)
{
  guint n_handled = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);

  for (guint round = 0; round < 10; round++)
    {
      for (guint i = 0; i < 20; i++)
        g_thread_join (g_thread_new ("poster", post_one, mailbox));
      test_run_all (NULL);
      g_assert_cmpuint (n_handled, ==, 20 * (round + 1));
      g_assert_cmpuint (thaw_node_get_n_slabs (), <=, max_idle_slabs ());
    }
  thaw_mailbox_close (mailbox);
}

/* A refused post costs no node. */
static void
test_refused (void)
{
  guint n_handled = 0;
  guint n_slabs;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 1, count_message, &n_handled, NULL);

  flood (mailbox, 1);
  n_slabs = thaw_node_get_n_slabs ();
  for (guint i = 0; i < 10000; i++)
    g_assert_false (thaw_mailbox_post (mailbox, NULL));
  g_assert_cmpuint (thaw_node_get_n_slabs (), <=, n_slabs + 1);
  thaw_mailbox_close (mailbox);
}

static ThawMailbox *left_mailbox;

/* A program may end with messages queued. The leak checker, which runs then, must find them. */
static void
test_left_at_exit (void)
{
  guint n_handled = 0;
  g_autoptr (ThawMailbox) other
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);

  left_mailbox = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, g_free);
  for (guint i = 0; i < 10; i++)
    {
      g_assert_true (thaw_mailbox_post (left_mailbox, g_strdup ("left")));
      flood (other, 1000);
    }
  thaw_mailbox_close (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/flood", test_flood);
  g_test_add_func ("/node/close", test_close);
  g_test_add_func ("/node/threads", test_threads);
  g_test_add_func ("/node/refused", test_refused);
  g_test_add_func ("/node/left-at-exit", test_left_at_exit);

  return g_test_run ();
}
