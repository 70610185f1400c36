/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump: budget, priorities and ageing, nested loops, several contexts, statistics. Times are
 * asserted with room to spare, as what must come or must not come at all, since a test may share
 * its machine. */

#include "pump-testing.h"
#include "thaw-mailbox.h"

/* A flood that never ends by itself: each message costs some time and posts the next. */
typedef struct {
  ThawMailbox *mailbox;
  gint64 cost_usec;
  guint n_handled;
  gint64 last_usec;
} Flood;

static void
flood_handle (gpointer message, gpointer user_data)
{
  Flood *flood = user_data;

  flood->n_handled++;
  flood->last_usec = g_get_monotonic_time ();
  test_spin_usec (flood->cost_usec);
  g_assert_true (thaw_mailbox_post (flood->mailbox, NULL));
}

static void
flood_init (Flood *flood, gint64 cost_usec, ThawPriority priority)
{
  *flood = (Flood){ .cost_usec = cost_usec };
  flood->mailbox = thaw_mailbox_new ("test-flood", NULL, NULL, 0, flood_handle, flood, NULL);
  thaw_mailbox_set_priority (flood->mailbox, priority);
  for (guint i = 0; i < 10; i++)
    g_assert_true (thaw_mailbox_post (flood->mailbox, NULL));
}

static void
flood_clear (Flood *flood)
{
  thaw_mailbox_close (flood->mailbox);
  g_clear_pointer (&flood->mailbox, thaw_mailbox_unref);
}

static void
count_message (gpointer message, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static gboolean
has_any (gpointer data)
{
  return *(guint *) data > 0;
}

static gboolean
has_ten (gpointer data)
{
  return *(guint *) data >= 10;
}

static void
test_get (void)
{
  GMainContext *context = g_main_context_new ();
  ThawPump *own = thaw_pump_get (NULL), *other = thaw_pump_get (context);

  g_assert_true (own == thaw_pump_get (g_main_context_default ()));
  g_assert_true (own != other);
  g_assert_true (thaw_pump_get_context (other) == context);
  g_assert_false (thaw_pump_is_own_thread (other));
  g_main_context_push_thread_default (context);
  g_assert_true (thaw_pump_get (NULL) == other);
  g_assert_true (g_main_context_acquire (context));
  g_assert_true (thaw_pump_is_own_thread (other));
  g_main_context_release (context);
  g_main_context_pop_thread_default (context);
  g_assert_true (thaw_pump_get (NULL) == own);
  g_main_context_unref (context);

  /* Contexts come and go at the same address. */
  for (guint i = 0; i < 100; i++)
    {
      guint n_handled = 0;
      g_autoptr (ThawMailbox) mailbox = NULL;

      context = g_main_context_new ();
      g_assert_true (thaw_pump_get_context (thaw_pump_get (context)) == context);
      mailbox = thaw_mailbox_new ("test",
                                  thaw_pump_get (context),
                                  NULL,
                                  0,
                                  count_message,
                                  &n_handled,
                                  NULL);
      g_assert_true (thaw_mailbox_post (mailbox, NULL));
      test_run_all (context);
      g_assert_cmpuint (n_handled, ==, 1);
      g_main_context_unref (context);
    }
}

static gboolean
count_timeout (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

/* Without a budget none of these would ever run. */
static void
test_budget (void)
{
  guint n_timeouts = 0, n_redraws = 0;
  guint timeout, redraw;
  Flood flood;

  flood_init (&flood, 2, THAW_PRIORITY_HIGH);
  timeout = g_timeout_add_full (G_PRIORITY_DEFAULT, 10, count_timeout, &n_timeouts, NULL);
  test_run_until (NULL, has_ten, &n_timeouts);
  g_source_remove (timeout);
  redraw = g_timeout_add_full (G_PRIORITY_HIGH_IDLE + 20, 10, count_timeout, &n_redraws, NULL);
  test_run_until (NULL, has_ten, &n_redraws);
  g_source_remove (redraw);
  g_assert_cmpuint (flood.n_handled, >, 100);
  flood_clear (&flood);
}

typedef struct {
  guint n_left;
  ThawMailbox *mailbox;
} Finite;

static void
handle_finite (gpointer message, gpointer user_data)
{
  Finite *finite = user_data;

  test_spin_usec (1000);
  if (--finite->n_left > 0)
    g_assert_true (thaw_mailbox_post (finite->mailbox, NULL));
}

static void
test_no_budget (void)
{
  ThawPump *pump = thaw_pump_get (NULL);
  Finite finite = { .n_left = 20 };

  finite.mailbox = thaw_mailbox_new ("test", NULL, NULL, 0, handle_finite, &finite, NULL);
  thaw_pump_set_slice (pump, 0);
  g_assert_true (thaw_mailbox_post (finite.mailbox, NULL));
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (finite.n_left, ==, 0);
  thaw_pump_set_slice (pump, THAW_PUMP_SLICE_USEC);
  thaw_mailbox_close (finite.mailbox);
  thaw_mailbox_unref (finite.mailbox);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  return (*(const gint64 *) a > *(const gint64 *) b) - (*(const gint64 *) a < *(const gint64 *) b);
}

static void
test_expect_frame (void)
{
  ThawPump *pump = thaw_pump_get (NULL);
  gint64 lengths[31];
  Flood flood;

  flood_init (&flood, 10, THAW_PRIORITY_DEFAULT);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      gint64 start = g_get_monotonic_time ();

      thaw_pump_expect_frame (pump, start + 1500);
      g_main_context_iteration (NULL, FALSE);
      lengths[i] = flood.last_usec - start;
    }
  thaw_pump_expect_frame (pump, 0);
  flood_clear (&flood);

  qsort (lengths, G_N_ELEMENTS (lengths), sizeof (gint64), compare_times);
  g_assert_cmpint (lengths[G_N_ELEMENTS (lengths) / 2], >, 500);
  g_assert_cmpint (lengths[G_N_ELEMENTS (lengths) / 2], <, 3000);
}

static void
handle_until_over (gpointer message, gpointer user_data)
{
  ThawPump *pump = thaw_pump_get (NULL);
  gint64 start = g_get_monotonic_time ();

  g_assert_false (thaw_pump_slice_is_over (pump));
  while (!thaw_pump_slice_is_over (pump))
    ;
  *(gint64 *) user_data = g_get_monotonic_time () - start;
}

static void
test_slice_is_over (void)
{
  gint64 length = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, handle_until_over, &length, NULL);

  g_assert_false (thaw_pump_slice_is_over (thaw_pump_get (NULL)));
  g_assert_true (thaw_mailbox_post (mailbox, NULL));
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (length, >, THAW_PUMP_SLICE_USEC / 2);
  thaw_mailbox_close (mailbox);
}

static gboolean
redraw_slowly (gpointer data)
{
  (*(guint *) data)++;
  test_spin_usec (2000);
  return G_SOURCE_CONTINUE;
}

/* A redraw that is always due shuts out every source below it. */
static void
test_always_redrawing (void)
{
  guint n_redraws = 0, n_handled = 0;
  guint redraw = g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, redraw_slowly, &n_redraws, NULL);
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);
  ThawPumpStats before, after;

  thaw_pump_get_stats (thaw_pump_get (NULL), &before);
  for (guint i = 0; i < 3; i++)
    {
      n_handled = 0;
      n_redraws = 0;
      g_assert_true (thaw_mailbox_post (mailbox, NULL));
      test_run_until (NULL, has_any, &n_handled);
      g_assert_cmpuint (n_redraws, >, 0); /* not at once either: redraws go first */
    }
  thaw_pump_get_stats (thaw_pump_get (NULL), &after);
  g_assert_cmpuint (after.n_aged_slices - before.n_aged_slices, >=, 3);
  g_source_remove (redraw);
  thaw_mailbox_close (mailbox);
}

static gboolean
note_redraw (gpointer data)
{
  g_string_append_c (data, 'R');
  return G_SOURCE_CONTINUE;
}

static void
note_message (gpointer message, gpointer user_data)
{
  g_string_append_c (user_data, GPOINTER_TO_INT (message));
}

/* The highest class, and only that, comes ahead of a redraw that is due. */
static void
test_prompt (void)
{
  g_autoptr (GString) order = g_string_new (NULL);
  g_autoptr (ThawMailbox) usual
      = thaw_mailbox_new ("test-usual", NULL, NULL, 0, note_message, order, NULL);
  g_autoptr (ThawMailbox) prompt
      = thaw_mailbox_new ("test-prompt", NULL, NULL, 0, note_message, order, NULL);
  guint redraw;

  thaw_mailbox_set_priority (prompt, THAW_PRIORITY_HIGH);
  g_usleep (20000); /* the last test's turn was not long ago */
  redraw = g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, note_redraw, order, NULL);
  g_assert_true (thaw_mailbox_post (usual, GINT_TO_POINTER ('u')));
  g_assert_true (thaw_mailbox_post (prompt, GINT_TO_POINTER ('p')));
  g_main_context_iteration (NULL, FALSE);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (order->str, ==, "pR");
  g_source_remove (redraw);
  thaw_mailbox_close (usual);
  thaw_mailbox_close (prompt);
}

/* However many of them there are, the redraw gets most of the time. */
static void
test_prompt_flood (void)
{
  guint n_redraws = 0;
  gint64 end = g_get_monotonic_time () + 300000;
  guint redraw = g_idle_add_full (G_PRIORITY_HIGH_IDLE + 20, redraw_slowly, &n_redraws, NULL);
  Flood flood;

  flood_init (&flood, 100, THAW_PRIORITY_HIGH);
  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  /* By what was done, not by the clock: others may have had the processor. */
  g_assert_cmpuint (n_redraws * 2000, >, flood.n_handled * 100);
  g_assert_cmpuint (flood.n_handled, >, 20);
  g_source_remove (redraw);
  flood_clear (&flood);
}

static void
note_priority (gpointer message, gpointer user_data)
{
  g_string_append_c (user_data, GPOINTER_TO_INT (message));
}

static void
test_priorities (void)
{
  static const char names[] = "HDL";
  g_autoptr (GString) order = g_string_new (NULL);
  ThawMailbox *mailboxes[THAW_N_PRIORITIES];

  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    {
      mailboxes[i] = thaw_mailbox_new ("test", NULL, NULL, 0, note_priority, order, NULL);
      thaw_mailbox_set_priority (mailboxes[i], i);
    }
  for (guint i = THAW_N_PRIORITIES; i-- > 0;)
    for (guint n = 0; n < 3; n++)
      g_assert_true (thaw_mailbox_post (mailboxes[i], GINT_TO_POINTER (names[i])));
  test_run_all (NULL);
  g_assert_cmpstr (order->str, ==, "HHHDDDLLL");
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    {
      thaw_mailbox_close (mailboxes[i]);
      thaw_mailbox_unref (mailboxes[i]);
    }
}

static void
test_ageing (void)
{
  guint n_low = 0, n_default = 0;
  g_autoptr (ThawMailbox) low
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_low, NULL);
  g_autoptr (ThawMailbox) middle
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_default, NULL);
  gint64 start;
  Flood flood;

  thaw_mailbox_set_priority (low, THAW_PRIORITY_LOW);
  flood_init (&flood, 20, THAW_PRIORITY_HIGH);
  start = g_get_monotonic_time ();
  g_assert_true (thaw_mailbox_post (low, NULL));
  g_assert_true (thaw_mailbox_post (middle, NULL));
  test_run_until (NULL, has_any, &n_low);
  g_assert_cmpuint (n_default, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, THAW_PUMP_AGEING_USEC);
  /* The bound is 100 ms and a slice; the rest is for a busy machine. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, THAW_PUMP_AGEING_USEC + 400000);
  flood_clear (&flood);
  thaw_mailbox_close (low);
  thaw_mailbox_close (middle);
}

static void
note_flood (gpointer message, gpointer user_data)
{
  *(guint *) user_data = ((Flood *) message)->n_handled;
}

/* A neighbour in the same class waits for a quantum of the flooded mailbox, not for the flood. */
static void
test_neighbours (void)
{
  guint noted = 0;
  g_autoptr (ThawMailbox) neighbour
      = thaw_mailbox_new ("test", NULL, NULL, 0, note_flood, &noted, NULL);
  Flood flood;

  flood_init (&flood, 0, THAW_PRIORITY_DEFAULT);
  flood.cost_usec = 100;
  for (guint i = 0; i < 500; i++)
    g_assert_true (thaw_mailbox_post (flood.mailbox, NULL));
  g_assert_true (thaw_mailbox_post (neighbour, &flood));
  test_run_until (NULL, has_any, &noted);
  g_assert_cmpuint (noted, <, 20); /* a slice would be 40 */
  flood_clear (&flood);
  thaw_mailbox_close (neighbour);
}

typedef struct {
  guint next;
  guint depth;
  guint max_depth;
} Nested;

static gboolean
nested_is_done (gpointer data)
{
  return ((Nested *) data)->next >= 20;
}

static void
handle_nested (gpointer message, gpointer user_data)
{
  Nested *nested = user_data;

  g_assert_cmpuint (GPOINTER_TO_UINT (message), ==, nested->next);
  nested->next++;
  nested->depth++;
  nested->max_depth = MAX (nested->max_depth, nested->depth);
  if (GPOINTER_TO_UINT (message) % 5 == 0)
    test_run_until (NULL, nested_is_done, nested);
  nested->depth--;
}

static void
test_nested (void)
{
  Nested nested = { 0 };
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test", NULL, NULL, 20, handle_nested, &nested, NULL);

  for (guint i = 0; i < 20; i++)
    g_assert_true (thaw_mailbox_post (mailbox, GUINT_TO_POINTER (i)));
  test_run_until (NULL, nested_is_done, &nested);
  g_assert_cmpuint (nested.max_depth, >=, 4);
  g_assert_cmpuint (thaw_mailbox_get_depth (mailbox), ==, 0);
  g_assert_true (thaw_mailbox_post (mailbox, GUINT_TO_POINTER (20)));
  test_run_all (NULL);
  g_assert_cmpuint (nested.next, ==, 21);
  thaw_mailbox_close (mailbox);
}

typedef struct {
  ThawMailbox *here;
  _Atomic (ThawMailbox *) there;
  guint n_handled;
  guint n_wanted;
} Player;

static gboolean
player_is_done (gpointer data)
{
  Player *player = data;

  return player->n_handled >= player->n_wanted;
}

static void
return_ball (gpointer message, gpointer user_data)
{
  Player *player = user_data;

  g_assert_true (thaw_pump_is_own_thread (thaw_mailbox_get_pump (player->here)));
  player->n_handled++;
  if (!thaw_mailbox_post (atomic_load (&player->there), NULL))
    g_assert_true (player_is_done (player));
}

static gpointer
run_player (gpointer data)
{
  Player *players = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  players[1].here = thaw_mailbox_new ("test", NULL, NULL, 0, return_ball, &players[1], NULL);
  atomic_store (&players[0].there, players[1].here);
  test_run_until (context, player_is_done, &players[1]);
  thaw_mailbox_close (players[1].here);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static gboolean
has_partner (gpointer data)
{
  return atomic_load (&((Player *) data)->there) != NULL;
}

static void
test_two_contexts (void)
{
  Player players[2] = { { .n_wanted = 1000 }, { .n_wanted = 1000 } };
  GThread *thread;

  players[0].here = thaw_mailbox_new ("test", NULL, NULL, 0, return_ball, &players[0], NULL);
  atomic_store (&players[1].there, players[0].here);
  thread = g_thread_new ("player", run_player, players);
  test_run_until (NULL, has_partner, &players[0]);
  g_assert_true (thaw_mailbox_post (atomic_load (&players[0].there), NULL));
  test_run_until (NULL, player_is_done, &players[0]);
  g_thread_join (thread);
  thaw_mailbox_close (players[0].here);
  thaw_mailbox_unref (players[0].here);
  thaw_mailbox_unref (players[1].here);
}

/* A thousand posts to a loop that sleeps wake it once. */
static void
test_wakeups (void)
{
  guint n_handled = 0;
  g_autoptr (ThawMailbox) a
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);
  g_autoptr (ThawMailbox) b
      = thaw_mailbox_new ("test", NULL, NULL, 0, count_message, &n_handled, NULL);
  ThawPumpStats before, after;

  test_run_all (NULL);
  thaw_pump_get_stats (thaw_pump_get (NULL), &before);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (thaw_mailbox_post (i % 2 == 0 ? a : b, NULL));
  test_run_all (NULL);
  thaw_pump_get_stats (thaw_pump_get (NULL), &after);
  g_assert_cmpuint (after.n_wakeups - before.n_wakeups, ==, 1);
  g_assert_cmpuint (after.n_handled - before.n_handled, ==, 1000);
  thaw_mailbox_close (a);
  thaw_mailbox_close (b);
}

typedef struct {
  const char *name;
  ThawMailboxStats stats;
  guint n_found;
} Search;

static void
find_stats (const ThawMailboxStats *stats, gpointer user_data)
{
  Search *search = user_data;

  if (!g_str_equal (stats->name, search->name))
    return;
  search->stats = *stats;
  search->n_found++;
}

static ThawMailboxStats
get_stats (const char *name)
{
  Search search = { .name = name };

  thaw_pump_foreach_stats (thaw_pump_get (NULL), find_stats, &search);
  g_assert_cmpuint (search.n_found, ==, 1);
  return search.stats;
}

static void
spin_message (gpointer message, gpointer user_data)
{
  test_spin_usec (3000);
}

static void
test_stats (void)
{
  char key;
  ThawMailboxStats stats;
  ThawPumpStats pump_stats;
  ThawMailbox *a = thaw_mailbox_new ("test-stats", NULL, NULL, 3, spin_message, NULL, NULL);
  ThawMailbox *b = thaw_mailbox_new ("test-stats", NULL, NULL, 0, spin_message, NULL, NULL);

  for (guint i = 0; i < 5; i++)
    g_assert_true (thaw_mailbox_post (a, NULL) == (i < 3));
  g_assert_true (thaw_mailbox_post_keyed (b, &key, NULL));
  g_assert_true (thaw_mailbox_post_keyed (b, &key, NULL));
  stats = get_stats ("test-stats");
  g_assert_cmpuint (stats.n_mailboxes, ==, 2);
  g_assert_cmpuint (stats.depth, ==, 4);
  g_assert_cmpuint (stats.n_posted, ==, 5);
  g_assert_cmpuint (stats.n_refused, ==, 2);
  g_assert_cmpuint (stats.n_coalesced, ==, 1);
  g_assert_cmpuint (stats.n_handled, ==, 0);

  test_spin_usec (2000);
  test_run_all (NULL);
  g_assert_true (thaw_mailbox_post (a, NULL));
  thaw_mailbox_close (a);
  thaw_mailbox_close (b);
  thaw_mailbox_unref (a);
  thaw_mailbox_unref (b);

  stats = get_stats ("test-stats");
  g_assert_cmpuint (stats.n_mailboxes, ==, 0);
  g_assert_cmpuint (stats.depth, ==, 0);
  g_assert_cmpuint (stats.max_depth, ==, 3);
  g_assert_cmpuint (stats.n_handled, ==, 4);
  g_assert_cmpuint (stats.n_dropped, ==, 1);
  g_assert_cmpuint (stats.n_posted, ==, 6);
  g_assert_cmpint (stats.wait_max_usec, >=, 2000);
  g_assert_cmpint (stats.handling_max_usec, >=, 3000);
  g_assert_cmpint (stats.handling_total_usec, >=, 12000);
  g_assert_cmpuint (stats.n_batches, ==, 2);
  thaw_pump_get_stats (thaw_pump_get (NULL), &pump_stats);
  g_assert_cmpint (pump_stats.longest_handler_usec, >=, 3000);
  g_assert_nonnull (pump_stats.longest_handler);
}

typedef struct {
  ThawPump *pump;
  gint64 since;
  const char *name;
} Spy;

static gpointer
spy (gpointer data)
{
  Spy *self = data;

  g_assert_true (thaw_pump_get_current (self->pump, &self->name, &self->since));
  return NULL;
}

static void
handle_spied (gpointer message, gpointer user_data)
{
  test_spin_usec (1000);
  g_thread_join (g_thread_new ("spy", spy, user_data));
  test_run_all (NULL); /* a nested turn of the loop doesn't make it forget */
  g_assert_true (thaw_pump_get_current (thaw_pump_get (NULL), NULL, NULL));
}

static void
test_current (void)
{
  Spy self = { .pump = thaw_pump_get (NULL) };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("test-spied", NULL, NULL, 0, handle_spied, &self, NULL);

  g_assert_false (thaw_pump_get_current (self.pump, NULL, NULL));
  g_assert_true (thaw_mailbox_post (mailbox, NULL));
  test_run_all (NULL);
  g_assert_cmpstr (self.name, ==, "test-spied");
  g_assert_cmpint (self.since, >=, start);
  g_assert_cmpint (self.since, <, g_get_monotonic_time () - 1000);
  g_assert_false (thaw_pump_get_current (self.pump, &self.name, &self.since));
  g_assert_null (self.name);
  g_assert_cmpint (self.since, ==, 0);
  thaw_mailbox_close (mailbox);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pump/get", test_get);
  g_test_add_func ("/pump/budget/slices", test_budget);
  g_test_add_func ("/pump/budget/none", test_no_budget);
  g_test_add_func ("/pump/budget/expect-frame", test_expect_frame);
  g_test_add_func ("/pump/budget/is-over", test_slice_is_over);
  g_test_add_func ("/pump/always-redrawing", test_always_redrawing);
  g_test_add_func ("/pump/priorities/prompt", test_prompt);
  g_test_add_func ("/pump/priorities/prompt-flood", test_prompt_flood);
  g_test_add_func ("/pump/priorities/order", test_priorities);
  g_test_add_func ("/pump/priorities/ageing", test_ageing);
  g_test_add_func ("/pump/priorities/neighbours", test_neighbours);
  g_test_add_func ("/pump/nested", test_nested);
  g_test_add_func ("/pump/two-contexts", test_two_contexts);
  g_test_add_func ("/pump/wakeups", test_wakeups);
  g_test_add_func ("/pump/stats", test_stats);
  g_test_add_func ("/pump/current", test_current);

  return g_test_run ();
}
