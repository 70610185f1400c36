/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Futures and their chains: completing, reading, calling back through the pump, cancelling, letting
 * go. */

#include "task-test.h"

#define DEEP 10000

static GError *
new_error (void)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No such thing");
}

static void
count_destroy (gpointer data)
{
  (*(guint *) data)++;
}

static ThawFuture *
add_one_cb (ThawFuture *completed, gpointer user_data)
{
  return thaw_future_new_int64 (thaw_future_get_int64 (completed, NULL) + 1);
}

static ThawFuture *
count_cb (ThawFuture *completed, gpointer user_data)
{
  (*(guint *) user_data)++;
  return thaw_future_ref (completed);
}

static void
count_done_cb (ThawFuture *completed, gpointer user_data)
{
  g_assert_cmpint (thaw_future_get_state (completed), !=, THAW_FUTURE_PENDING);
  (*(guint *) user_data)++;
}

static ThawFuture *
return_future_cb (ThawFuture *completed, gpointer user_data)
{
  return thaw_future_ref (user_data);
}

static void
count_cancel_cb (ThawFuture *future, gpointer user_data)
{
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_REJECTED);
  (*(guint *) user_data)++;
}

static void
test_values (void)
{
  g_autoptr (ThawFuture) nothing = thaw_future_new_resolved ();
  g_autoptr (ThawFuture) number = thaw_future_new_int64 (G_MININT64);
  g_autoptr (ThawFuture) value = thaw_future_new ("value");
  g_autoptr (ThawFuture) object = thaw_future_new ("object");
  g_autoptr (GObject) thing = g_object_new (G_TYPE_OBJECT, NULL);
  g_auto (GValue) string = G_VALUE_INIT;

  g_assert_true (g_value_get_boolean (thaw_future_get_value (nothing, NULL)));
  g_assert_cmpint (thaw_future_get_int64 (nothing, NULL), ==, 1);
  g_assert_cmpint (g_value_get_int64 (thaw_future_get_value (number, NULL)), ==, G_MININT64);
  g_assert_true (thaw_future_get_value (number, NULL) == thaw_future_get_value (number, NULL));
  g_assert_null (thaw_future_get_pointer (number, NULL));

  g_value_init (&string, G_TYPE_STRING);
  g_value_set_string (&string, "Straße");
  g_assert_cmpint (thaw_future_get_state (value), ==, THAW_FUTURE_PENDING);
  g_assert_true (thaw_future_resolve_value (value, &string));
  g_assert_false (thaw_future_resolve_value (value, &string));
  g_assert_cmpstr (thaw_future_get_pointer (value, NULL), ==, "Straße");
  g_assert_cmpstr (g_value_get_string (thaw_future_get_value (value, NULL)), ==, "Straße");
  g_free (thaw_future_take_pointer (value, NULL));

  g_assert_true (thaw_future_resolve_object (object, g_object_ref (thing)));
  g_assert_true (g_value_get_object (thaw_future_get_value (object, NULL)) == thing);
  g_assert_true (thaw_future_get_pointer (object, NULL) == thing);
  g_object_unref (thaw_future_take_pointer (object, NULL));
  g_assert_cmpstr (thaw_future_get_name (object), ==, "object");
}

static void
test_first_completion_counts (void)
{
  g_autoptr (ThawFuture) future = thaw_future_new ("once");
  guint first = 0, second = 0;

  g_assert_true (thaw_future_resolve_pointer (future, &first, count_destroy));
  g_assert_false (thaw_future_resolve_pointer (future, &second, count_destroy));
  g_assert_cmpuint (second, ==, 1);
  g_assert_false (thaw_future_reject (future, new_error ()));
  thaw_future_cancel (future);
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpuint (first, ==, 0);
  g_clear_pointer (&future, thaw_future_unref);
  g_assert_cmpuint (first, ==, 1);
}

static void
test_take_pointer (void)
{
  guint destroyed = 0;
  g_autoptr (ThawFuture) future = thaw_future_new_pointer (&destroyed, count_destroy);
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_future_take_pointer (future, NULL) == &destroyed);
  g_assert_null (thaw_future_take_pointer (future, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_pointer (&future, thaw_future_unref);
  g_assert_cmpuint (destroyed, ==, 0);
}

static void
test_callbacks_are_messages (void)
{
  g_autoptr (ThawFuture) complete = thaw_future_new_int64 (1);
  g_autoptr (ThawFuture) pending = thaw_future_new ("pending");
  guint called = 0;

  thaw_future_done (complete, NULL, count_done_cb, &called, NULL);
  thaw_future_done (pending, NULL, count_done_cb, &called, NULL);
  g_assert_cmpuint (called, ==, 0);
  run_dry ();
  g_assert_cmpuint (called, ==, 1);
  thaw_future_resolve (pending);
  g_assert_cmpuint (called, ==, 1);
  run_dry ();
  g_assert_cmpuint (called, ==, 2);
}

static void
test_which_callback (void)
{
  g_autoptr (ThawFuture) good = thaw_future_new_int64 (7);
  g_autoptr (ThawFuture) bad = thaw_future_new_rejected (new_error ());
  guint then_good = 0, then_bad = 0, catch_good = 0, catch_bad = 0, finally = 0, destroyed = 0;
  g_autoptr (ThawFuture) a = thaw_future_then (good, NULL, count_cb, &then_good, NULL);
  g_autoptr (ThawFuture) b = thaw_future_then (bad, NULL, count_cb, &then_bad, NULL);
  g_autoptr (ThawFuture) c = thaw_future_catch (good, NULL, count_cb, &catch_good, NULL);
  g_autoptr (ThawFuture) d = thaw_future_catch (bad, NULL, count_cb, &catch_bad, NULL);
  g_autoptr (ThawFuture) e = thaw_future_finally (good, NULL, count_cb, &finally, NULL);
  g_autoptr (ThawFuture) f = thaw_future_finally (bad, NULL, count_cb, &finally, NULL);

  thaw_future_done (bad, NULL, count_done_cb, &destroyed, count_destroy);
  run_dry ();
  g_assert_cmpuint (then_good, ==, 1);
  g_assert_cmpuint (then_bad, ==, 0);
  g_assert_cmpuint (catch_good, ==, 0);
  g_assert_cmpuint (catch_bad, ==, 1);
  g_assert_cmpuint (finally, ==, 2);
  g_assert_cmpuint (destroyed, ==, 2);
  g_assert_cmpint (thaw_future_get_int64 (a, NULL), ==, 7);
  g_assert_cmpint (thaw_future_get_int64 (c, NULL), ==, 7);
  g_assert_cmpint (thaw_future_get_int64 (e, NULL), ==, 7);
  assert_rejected (b, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_rejected (d, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  assert_rejected (f, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static ThawFuture *
deep_chain (ThawFuture *root, guint depth)
{
  ThawFuture *last = thaw_future_ref (root);

  for (guint i = 0; i < depth; i++)
    {
      ThawFuture *next = thaw_future_then (last, NULL, add_one_cb, NULL, NULL);

      thaw_future_unref (last);
      last = next;
    }
  return last;
}

static void
test_deep_chain (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new ("root");
  g_autoptr (ThawFuture) last = deep_chain (root, DEEP);

  thaw_future_resolve_int64 (root, 0);
  run_until_complete (last);
  g_assert_cmpint (thaw_future_get_int64 (last, NULL), ==, DEEP);
}

static void
test_deep_chain_dropped (void)
{
  ThawFuture *root = thaw_future_new ("root");
  ThawFuture *last = deep_chain (root, DEEP);

  thaw_future_unref (last);
  thaw_future_unref (root);
  run_dry ();
}

static void
test_deep_chain_cancelled (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new ("root");
  guint cancelled = 0;
  g_autoptr (ThawFuture) last = NULL;

  thaw_future_set_cancel (root, count_cancel_cb, &cancelled, NULL);
  last = deep_chain (root, DEEP);
  thaw_future_cancel (last);
  assert_cancelled (last);
  assert_cancelled (root);
  g_assert_cmpuint (cancelled, ==, 1);
  run_dry ();
}

static ThawFuture *
countdown_cb (ThawFuture *completed, gpointer user_data)
{
  gint64 left = thaw_future_get_int64 (completed, NULL);
  g_autoptr (ThawFuture) next = thaw_future_new_int64 (left - 1);

  return left == 0 ? thaw_future_ref (completed)
                   : thaw_future_then (next, NULL, countdown_cb, NULL, NULL);
}

/* Each future follows the next one: the end arrives at the first without recursion. */
static void
test_deep_following (void)
{
  g_autoptr (ThawFuture) start = thaw_future_new_int64 (DEEP);
  g_autoptr (ThawFuture) end = thaw_future_then (start, NULL, countdown_cb, NULL, NULL);

  run_until_complete (end);
  g_assert_cmpint (thaw_future_get_int64 (end, NULL), ==, 0);
}

static void
test_dropped_by_producer (void)
{
  ThawFuture *future = thaw_future_new ("forgotten");
  guint called = 0;
  g_autoptr (ThawFuture) chained = thaw_future_catch (future, NULL, count_cb, &called, NULL);

  thaw_future_unref (future);
  run_dry ();
  g_assert_cmpuint (called, ==, 1);
  assert_rejected (chained, G_IO_ERROR, G_IO_ERROR_FAILED);
}

/* Before, during and after: what the callback returned is cancelled through the chain. */
static void
test_cancel_before (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new ("root");
  guint cancelled = 0, called = 0, destroyed = 0;
  g_autoptr (ThawFuture) chained = NULL;

  thaw_future_set_cancel (root, count_cancel_cb, &cancelled, NULL);
  chained = thaw_future_then (root, NULL, count_cb, &called, NULL);
  thaw_future_done (chained, NULL, count_done_cb, &destroyed, count_destroy);
  thaw_future_cancel (chained);
  assert_cancelled (chained);
  g_assert_cmpuint (cancelled, ==, 1);
  run_dry ();
  g_assert_cmpuint (called, ==, 0);
  g_assert_cmpuint (destroyed, ==, 2);
  g_assert_false (thaw_future_resolve (root));
}

static void
test_cancel_between (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new_int64 (1);
  guint called = 0, finally = 0, destroyed = 0;
  g_autoptr (ThawFuture) chained = thaw_future_then (root, NULL, count_cb, &called, NULL);
  g_autoptr (ThawFuture) last = thaw_future_finally (root, NULL, count_cb, &finally, NULL);

  thaw_future_cancel (chained);
  thaw_future_cancel (last);
  thaw_future_done (last, NULL, count_done_cb, &destroyed, count_destroy);
  run_dry ();
  g_assert_cmpuint (called, ==, 0);
  g_assert_cmpuint (finally, ==, 1);
  g_assert_cmpuint (destroyed, ==, 2);
}

static void
test_cancel_during (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new_int64 (1);
  g_autoptr (ThawFuture) inner = thaw_future_new ("inner");
  guint cancelled = 0;
  g_autoptr (ThawFuture) chained = NULL;

  thaw_future_set_cancel (inner, count_cancel_cb, &cancelled, NULL);
  chained = thaw_future_then (root, NULL, return_future_cb, inner, NULL);
  run_dry ();
  g_assert_cmpint (thaw_future_get_state (chained), ==, THAW_FUTURE_PENDING);
  thaw_future_cancel (chained);
  g_assert_cmpuint (cancelled, ==, 1);
  assert_cancelled (inner);
}

static ThawFuture *
cancel_own_cb (ThawFuture *completed, gpointer user_data)
{
  ThawFuture **both = user_data;

  thaw_future_cancel (both[0]);
  return thaw_future_ref (both[1]);
}

static void
test_cancel_inside (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new_int64 (1);
  ThawFuture *both[2] = { NULL, thaw_future_new ("inner") };

  both[0] = thaw_future_then (root, NULL, cancel_own_cb, both, NULL);
  run_dry ();
  assert_cancelled (both[0]);
  assert_cancelled (both[1]);
  thaw_future_unref (both[0]);
  thaw_future_unref (both[1]);
}

static void
test_cancel_after (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new_int64 (1);
  g_autoptr (ThawFuture) chained = thaw_future_then (root, NULL, add_one_cb, NULL, NULL);

  run_until_complete (chained);
  thaw_future_cancel (chained);
  g_assert_cmpint (thaw_future_get_int64 (chained, NULL), ==, 2);
}

static void
test_cancel_spares_others (void)
{
  g_autoptr (ThawFuture) root = thaw_future_new ("root");
  g_autoptr (ThawFuture) shared = thaw_future_new ("shared");
  g_autoptr (ThawFuture) a = thaw_future_then (root, NULL, add_one_cb, NULL, NULL);
  g_autoptr (ThawFuture) b = thaw_future_then (root, NULL, add_one_cb, NULL, NULL);
  g_autoptr (ThawFuture) c = thaw_future_then (shared, NULL, add_one_cb, NULL, NULL);

  thaw_future_set_shared (shared);
  thaw_future_cancel (a);
  thaw_future_cancel (c);
  g_assert_cmpint (thaw_future_get_state (root), ==, THAW_FUTURE_PENDING);
  g_assert_cmpint (thaw_future_get_state (shared), ==, THAW_FUTURE_PENDING);
  thaw_future_resolve_int64 (root, 1);
  thaw_future_resolve_int64 (shared, 1);
  run_until_complete (b);
  g_assert_cmpint (thaw_future_get_int64 (b, NULL), ==, 2);
  assert_cancelled (a);
}

static guint64
get_n_unhandled (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_unhandled_rejections;
}

static void
test_unhandled (void)
{
  guint64 before = get_n_unhandled ();
  ThawFuture *future = thaw_future_new_rejected (new_error ());
  ThawFuture *chained;

  thaw_future_disown (future);
  g_assert_cmpuint (get_n_unhandled (), ==, before + 1);

  future = thaw_future_new ("cancelled");
  thaw_future_cancel (future);
  thaw_future_disown (future);
  future = thaw_future_new_rejected (new_error ());
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  thaw_future_unref (future);
  g_assert_cmpuint (get_n_unhandled (), ==, before + 1);

  /* Counted once, at the end of the chain. */
  future = thaw_future_new_rejected (new_error ());
  chained = thaw_future_then (future, NULL, add_one_cb, NULL, NULL);
  thaw_future_unref (future);
  thaw_future_disown (chained);
  run_dry ();
  g_assert_cmpuint (get_n_unhandled (), ==, before + 2);
}

#define N_THREADS 8
#define N_RACES 200

typedef struct {
  ThawFuture **futures;
  guint n_won;
} Racer;

static gpointer
race_thread (gpointer data)
{
  Racer *racer = data;

  for (guint i = 0; i < N_RACES; i++)
    racer->n_won += thaw_future_resolve_int64 (racer->futures[i], i);
  return NULL;
}

static void
test_completed_by_threads (void)
{
  g_autofree ThawFuture **futures = g_new (ThawFuture *, N_RACES);
  g_autofree ThawFuture **chained = g_new (ThawFuture *, N_RACES);
  Racer racers[N_THREADS] = { 0 };
  GThread *threads[N_THREADS];
  guint n_won = 0, called = 0;

  for (guint i = 0; i < N_RACES; i++)
    {
      futures[i] = thaw_future_new ("race");
      chained[i] = thaw_future_then (futures[i], NULL, add_one_cb, NULL, NULL);
      thaw_future_done (futures[i], NULL, count_done_cb, &called, NULL);
    }
  for (guint i = 0; i < N_THREADS; i++)
    {
      racers[i].futures = futures;
      threads[i] = g_thread_new ("race", race_thread, &racers[i]);
    }
  for (guint i = 0; i < N_RACES; i++)
    if (i % 7 == 0)
      thaw_future_cancel (chained[i]);
  run_until (called == N_RACES);
  for (guint i = 0; i < N_THREADS; i++)
    {
      g_thread_join (threads[i]);
      n_won += racers[i].n_won;
    }
  g_assert_cmpuint (n_won, <=, N_RACES);
  for (guint i = 0; i < N_RACES; i++)
    {
      run_until_complete (chained[i]);
      if (i % 7 != 0)
        g_assert_cmpint (thaw_future_get_int64 (chained[i], NULL), ==, i + 1);
      thaw_future_unref (futures[i]);
      thaw_future_unref (chained[i]);
    }
}

static gpointer
resolve_later_thread (gpointer data)
{
  g_usleep (2000);
  thaw_future_resolve (data);
  thaw_future_unref (data);
  return NULL;
}

/* No timer ticks here: only the pump's own wake-up can end the wait. */
static void
test_completion_wakes_the_loop (void)
{
  ThawFuture *future = thaw_future_new ("wake");
  GThread *thread;
  guint called = 0;

  thaw_future_done (future, NULL, count_done_cb, &called, NULL);
  thread = g_thread_new ("later", resolve_later_thread, future);
  while (called == 0)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

static gpointer
own_context_thread (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (ThawFuture) pending = thaw_future_new ("pending");
  g_autoptr (ThawFuture) complete = thaw_future_new_int64 (1);
  g_autoptr (ThawFuture) chained = NULL;
  guint *counts = data;

  g_main_context_push_thread_default (context);
  thaw_future_done (complete, NULL, count_done_cb, &counts[0], count_destroy);
  while (g_main_context_iteration (context, FALSE))
    ;
  g_assert_cmpuint (counts[0], ==, 2);
  thaw_future_done (complete, NULL, count_done_cb, &counts[1], count_destroy);
  chained = deep_chain (pending, DEEP);
  g_main_context_pop_thread_default (context);
  g_clear_pointer (&context, g_main_context_unref);
  /* Nobody will ever call back there: everything is let go of, nothing recurses. */
  thaw_future_resolve_int64 (pending, 0);
  assert_cancelled (chained);
  return NULL;
}

static void
test_context_goes_away (void)
{
  guint counts[2] = { 0 };

  g_thread_join (g_thread_new ("own", own_context_thread, counts));
  g_assert_cmpuint (counts[0], ==, 2);
  g_assert_cmpuint (counts[1], ==, 1);
}

/* Random chains on random roots, completed and cancelled in random order: everything completes
 * once. */
static void
test_random (void)
{
  g_autoptr (GRand) rand = NULL;
  guint32 seed = g_test_rand_int ();
  ThawFuture *futures[200];
  guint n_roots = 20, called = 0;

  g_test_message ("seed %u", seed);
  rand = g_rand_new_with_seed (seed);
  for (guint i = 0; i < n_roots; i++)
    futures[i] = thaw_future_new ("root");
  for (guint i = n_roots; i < G_N_ELEMENTS (futures); i++)
    {
      ThawFuture *source = futures[g_rand_int_range (rand, 0, i)];
      ThawFuture *other = futures[g_rand_int_range (rand, 0, i)];

      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          futures[i] = thaw_future_catch (source, NULL, add_one_cb, NULL, NULL);
          break;
        case 1:
          futures[i] = thaw_future_finally (source, NULL, add_one_cb, NULL, NULL);
          break;
        case 2:
          futures[i] = thaw_future_finally (source, NULL, return_future_cb, other, NULL);
          break;
        default:
          futures[i] = thaw_future_then (source, NULL, add_one_cb, NULL, NULL);
        }
      thaw_future_done (futures[i], NULL, count_done_cb, &called, NULL);
      if (g_rand_int_range (rand, 0, 10) == 0)
        thaw_future_cancel (futures[g_rand_int_range (rand, 0, i)]);
      if (g_rand_int_range (rand, 0, 10) == 0)
        thaw_future_resolve_int64 (futures[g_rand_int_range (rand, 0, n_roots)], i);
      if (g_rand_int_range (rand, 0, 4) == 0)
        run_dry ();
    }
  for (guint i = 0; i < n_roots; i++)
    if (!thaw_future_resolve (futures[i]))
      thaw_future_get_error (futures[i]);
  run_until (called == G_N_ELEMENTS (futures) - n_roots);
  for (guint i = 0; i < G_N_ELEMENTS (futures); i++)
    {
      g_assert_cmpint (thaw_future_get_state (futures[i]), !=, THAW_FUTURE_PENDING);
      thaw_future_unref (futures[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/future/values", test_values);
  g_test_add_func ("/future/first-completion-counts", test_first_completion_counts);
  g_test_add_func ("/future/take-pointer", test_take_pointer);
  g_test_add_func ("/future/callbacks-are-messages", test_callbacks_are_messages);
  g_test_add_func ("/future/which-callback", test_which_callback);
  g_test_add_func ("/future/deep-chain", test_deep_chain);
  g_test_add_func ("/future/deep-chain-dropped", test_deep_chain_dropped);
  g_test_add_func ("/future/deep-chain-cancelled", test_deep_chain_cancelled);
  g_test_add_func ("/future/deep-following", test_deep_following);
  g_test_add_func ("/future/dropped-by-producer", test_dropped_by_producer);
  g_test_add_func ("/future/cancel-before", test_cancel_before);
  g_test_add_func ("/future/cancel-between", test_cancel_between);
  g_test_add_func ("/future/cancel-during", test_cancel_during);
  g_test_add_func ("/future/cancel-inside", test_cancel_inside);
  g_test_add_func ("/future/cancel-after", test_cancel_after);
  g_test_add_func ("/future/cancel-spares-others", test_cancel_spares_others);
  g_test_add_func ("/future/unhandled", test_unhandled);
  g_test_add_func ("/future/completed-by-threads", test_completed_by_threads);
  g_test_add_func ("/future/completion-wakes-the-loop", test_completion_wakes_the_loop);
  g_test_add_func ("/future/context-goes-away", test_context_goes_away);
  g_test_add_func ("/future/random", test_random);
  return g_test_run ();
}
