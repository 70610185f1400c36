/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scopes: who ends with whom, what is called afterwards (nothing), deadlines, joining, and owners
 * that come and go in the middle of everything. */

#include "task-test.h"

#include "thaw-error.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static void
must_not_be_called_cb (ThawFuture *completed, gpointer user_data)
{
  g_error ("A handler ran after its scope had ended");
}

static ThawFuture *
must_not_be_chained_cb (ThawFuture *completed, gpointer user_data)
{
  must_not_be_called_cb (completed, user_data);
  return thaw_future_ref (completed);
}

static void
count_done_cb (ThawFuture *completed, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
count_destroy (gpointer data)
{
  (*(guint *) data)++;
}

static ThawFuture *
simple_fiber (gpointer user_data)
{
  return thaw_future_new_resolved ();
}

typedef struct {
  ThawFuture *gate;
  guint n_inside, n_cancelled, n_deadline;
} Hall;

static ThawFuture *
hall_fiber (gpointer user_data)
{
  Hall *hall = user_data;
  g_autoptr (GError) error = NULL;

  hall->n_inside++;
  thaw_await (thaw_future_ref (hall->gate), &error);
  hall->n_cancelled += g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  hall->n_deadline += g_error_matches (error, THAW_ERROR, THAW_ERROR_DEADLINE);
  hall->n_inside--;
  return thaw_future_new_resolved ();
}

static ThawFuture *
spawn_in (ThawScope *scope, Hall *hall)
{
  return thaw_scope_spawn (scope, "hall", hall_fiber, hall, NULL);
}

static void
test_cancel_unwinds_at_once (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) a = spawn_in (scope, &hall);
  g_autoptr (ThawFuture) b = spawn_in (scope, &hall);
  g_autoptr (ThawFuture) late = NULL, unstarted = NULL;
  guint destroyed = 0;

  run_dry ();
  g_assert_cmpuint (hall.n_inside, ==, 2);
  unstarted = thaw_scope_spawn (scope, "unstarted", hall_fiber, &destroyed, count_destroy);
  thaw_scope_cancel (scope);
  g_assert_cmpuint (hall.n_inside, ==, 0);
  g_assert_cmpuint (hall.n_cancelled, ==, 2);
  g_assert_cmpuint (destroyed, ==, 1);
  assert_cancelled (a);
  assert_cancelled (b);
  assert_cancelled (unstarted);
  g_assert_true (thaw_scope_is_cancelled (scope));
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);

  late = thaw_scope_spawn (scope, "late", hall_fiber, &destroyed, count_destroy);
  assert_cancelled (late);
  g_assert_cmpuint (destroyed, ==, 2);
  thaw_scope_cancel (scope);
}

static void
test_handlers_end (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) pending = thaw_future_new ("pending");
  g_autoptr (ThawFuture) complete = thaw_future_new_int64 (1);
  guint destroyed = 0, others = 0;
  guint64 before = get_n_late_handlers ();
  g_autoptr (ThawFuture) a
      = thaw_future_then (pending, scope, must_not_be_chained_cb, &destroyed, count_destroy);
  g_autoptr (ThawFuture) b
      = thaw_future_finally (complete, scope, must_not_be_chained_cb, &destroyed, count_destroy);
  g_autoptr (ThawFuture) c = NULL;

  thaw_future_done (pending, scope, must_not_be_called_cb, &destroyed, count_destroy);
  thaw_future_done (complete, scope, must_not_be_called_cb, &destroyed, count_destroy);
  thaw_future_done (pending, NULL, count_done_cb, &others, NULL);
  thaw_scope_cancel (scope);
  assert_cancelled (a);
  assert_cancelled (b);
  g_assert_cmpint (thaw_future_get_state (pending), ==, THAW_FUTURE_PENDING);
  c = thaw_future_then (pending, scope, must_not_be_chained_cb, &destroyed, count_destroy);
  assert_cancelled (c);
  thaw_future_resolve (pending);
  run_dry ();
  g_assert_cmpuint (destroyed, ==, 5);
  g_assert_cmpuint (others, ==, 1);
  g_assert_cmpuint (get_n_late_handlers (), ==, before + 3);
}

static guint64
get_n_unhandled (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_unhandled_rejections;
}

/* Somebody would have looked at what became of these, and has gone: no fault. */
static void
test_ended_before_a_rejection (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  ThawFuture *pending = thaw_future_new ("pending");
  ThawFuture *posted = thaw_future_new ("posted");
  ThawFuture *chained = thaw_future_new ("chained");
  guint64 before = get_n_unhandled ();
  guint destroyed = 0;

  thaw_future_done (pending, scope, must_not_be_called_cb, &destroyed, count_destroy);
  thaw_future_done (posted, scope, must_not_be_called_cb, &destroyed, count_destroy);
  thaw_future_disown (
      thaw_future_then (chained, scope, must_not_be_chained_cb, &destroyed, count_destroy));
  thaw_future_reject (posted, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It failed"));
  thaw_future_reject (chained, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It failed"));
  thaw_scope_cancel (scope);
  thaw_future_reject (pending, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It failed"));
  thaw_future_unref (pending);
  thaw_future_unref (posted);
  thaw_future_unref (chained);
  run_dry ();
  g_assert_cmpuint (destroyed, ==, 3);
  g_assert_cmpuint (get_n_unhandled (), ==, before);
}

static ThawFuture *
return_future_cb (ThawFuture *completed, gpointer future)
{
  return thaw_future_ref (future);
}

/* What a callback returned is the scope's too, as long as nobody else waits for it. */
static void
test_returned_ends (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) ready = thaw_future_new_resolved ();
  g_autoptr (ThawFuture) alone = thaw_future_new ("alone");
  g_autoptr (ThawFuture) wanted = thaw_future_new ("wanted");
  g_autoptr (ThawFuture) early = thaw_future_new ("early");
  g_autoptr (ThawFuture) a = thaw_future_then (ready, scope, return_future_cb, alone, NULL);
  g_autoptr (ThawFuture) b = thaw_future_then (ready, scope, return_future_cb, wanted, NULL);
  g_autoptr (ThawFuture) c = thaw_future_then (ready, scope, return_future_cb, early, NULL);
  g_autoptr (ThawFuture) d = thaw_future_finally (ready, scope, return_future_cb, alone, NULL);
  g_autoptr (ThawFuture) longer = thaw_future_then (b, NULL, return_future_cb, ready, NULL);
  guint n_done = 0;

  thaw_future_done (wanted, NULL, count_done_cb, &n_done, NULL);
  run_dry ();
  thaw_future_resolve (early);
  run_dry ();
  g_assert_no_error (thaw_future_get_error (c));
  g_assert_cmpint (thaw_future_get_state (a), ==, THAW_FUTURE_PENDING);
  thaw_future_cancel (d); /* before the scope does */
  g_assert_cmpint (thaw_future_get_state (alone), ==, THAW_FUTURE_PENDING);

  thaw_scope_cancel (scope);
  assert_cancelled (a);
  assert_cancelled (alone);
  assert_cancelled (b);
  g_assert_cmpint (thaw_future_get_state (wanted), ==, THAW_FUTURE_PENDING);
  thaw_future_resolve (wanted);
  run_dry ();
  g_assert_cmpuint (n_done, ==, 1);
  assert_cancelled (longer);
}

static gpointer
resolve_thread (gpointer future)
{
  g_usleep (g_random_int_range (0, 100));
  thaw_future_resolve (future);
  thaw_future_unref (future);
  return NULL;
}

/* It completes on another thread while the scope ends, or before, or after. */
static void
test_returned_elsewhere (void)
{
  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
      g_autoptr (ThawFuture) ready = thaw_future_new_resolved ();
      g_autoptr (ThawFuture) returned = thaw_future_new ("returned");
      g_autoptr (ThawFuture) chained
          = thaw_future_then (ready, scope, return_future_cb, returned, NULL);
      GThread *thread = g_thread_new ("resolve", resolve_thread, thaw_future_ref (returned));

      for (guint turns = g_test_rand_int_range (0, 4); turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      if (i % 2 == 0)
        thaw_scope_cancel (scope);
      g_thread_join (thread);
      run_until_complete (chained);
      if (i % 2 != 0)
        g_assert_no_error (thaw_future_get_error (chained));
    }
  assert_nothing_left ();
}

static void
test_children (void)
{
  g_autoptr (ThawScope) parent = thaw_scope_new ("parent", NULL);
  g_autoptr (ThawScope) child = thaw_scope_new ("child", parent);
  g_autoptr (ThawScope) sibling = thaw_scope_new ("sibling", parent);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) a = spawn_in (child, &hall);
  g_autoptr (ThawFuture) b = spawn_in (sibling, &hall);
  g_autoptr (ThawFuture) joined = NULL;
  g_autoptr (ThawScope) late = NULL;

  run_dry ();
  g_assert_cmpuint (thaw_scope_get_n_tasks (parent), ==, 2);
  thaw_scope_cancel (child);
  g_assert_cmpuint (hall.n_inside, ==, 1);
  g_assert_false (thaw_scope_is_cancelled (parent));
  joined = thaw_scope_join (parent);
  g_assert_cmpint (thaw_future_get_state (joined), ==, THAW_FUTURE_PENDING);
  thaw_scope_cancel (parent);
  g_assert_cmpuint (hall.n_inside, ==, 0);
  g_assert_true (thaw_scope_is_cancelled (sibling));
  g_assert_cmpint (thaw_future_get_state (joined), ==, THAW_FUTURE_RESOLVED);
  late = thaw_scope_new ("late", parent);
  g_assert_true (thaw_scope_is_cancelled (late));
  assert_cancelled (a);
  assert_cancelled (b);
}

static void
test_join (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) nothing = thaw_scope_join (scope);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) task = spawn_in (scope, &hall);
  g_autoptr (ThawFuture) dropped = thaw_scope_join (scope);
  g_autoptr (ThawFuture) joined = thaw_scope_join (scope);

  g_assert_cmpint (thaw_future_get_state (nothing), ==, THAW_FUTURE_RESOLVED);
  thaw_future_cancel (dropped);
  run_dry ();
  g_assert_cmpint (thaw_future_get_state (joined), ==, THAW_FUTURE_PENDING);
  thaw_future_resolve (gate);
  run_until_complete (joined);
  g_assert_cmpint (thaw_future_get_state (task), ==, THAW_FUTURE_RESOLVED);
  assert_cancelled (dropped);
}

static void
test_deadline (void)
{
  g_autoptr (ThawScope) parent = thaw_scope_new ("parent", NULL);
  g_autoptr (ThawScope) child = thaw_scope_new ("child", parent);
  g_autoptr (ThawScope) other = thaw_scope_new ("other", NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) task = spawn_in (child, &hall);
  g_autoptr (ThawFuture) spared = spawn_in (other, &hall);
  g_autoptr (ThawFuture) chained
      = thaw_future_then (gate, child, must_not_be_chained_cb, NULL, NULL);
  gint64 soon = g_get_monotonic_time () + 20000;

  g_assert_cmpint (thaw_scope_get_deadline (child), ==, -1);
  thaw_scope_set_deadline (child, soon + 60 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_scope_get_deadline (child), ==, soon + 60 * G_USEC_PER_SEC);
  thaw_scope_set_deadline (parent, soon);
  g_assert_cmpint (thaw_scope_get_deadline (child), ==, soon);
  thaw_scope_set_deadline (other, soon);
  thaw_scope_set_deadline (other, soon + 60 * G_USEC_PER_SEC);

  run_until_complete (task);
  g_assert_cmpint (g_get_monotonic_time (), >=, soon);
  assert_rejected (task, THAW_ERROR, THAW_ERROR_DEADLINE);
  assert_rejected (chained, THAW_ERROR, THAW_ERROR_DEADLINE);
  g_assert_true (thaw_scope_is_cancelled (child));
  run_dry ();
  g_assert_cmpuint (hall.n_deadline, ==, 1);
  g_assert_cmpuint (hall.n_inside, ==, 1);
  g_assert_false (thaw_scope_is_cancelled (other));
  thaw_scope_set_deadline (other, -1);
  g_assert_cmpint (thaw_scope_get_deadline (other), ==, -1);
  thaw_scope_cancel (other);
  assert_cancelled (spared);
}

static void
test_deadline_order (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  ThawScope *scopes[100];
  gint64 base = g_get_monotonic_time ();

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    scopes[i] = thaw_scope_new ("one of many", NULL);
  for (guint i = 0; i < 500; i++)
    {
      ThawScope *scope = scopes[g_rand_int_range (rand, 0, G_N_ELEMENTS (scopes))];

      thaw_scope_set_deadline (
          scope,
          g_rand_int_range (rand, 0, 4) == 0 ? -1 : base + g_rand_int_range (rand, 1, 50000));
    }
  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      run_until (thaw_scope_get_deadline (scopes[i]) == -1 || thaw_scope_is_cancelled (scopes[i]));
      thaw_scope_unref (scopes[i]);
    }
}

static void
test_owner_from_outside (void)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new_for_owner ("test", owner, NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) task = spawn_in (scope, &hall);

  run_dry ();
  thaw_future_done (gate, scope, must_not_be_called_cb, NULL, NULL);
  g_assert_finalize_object (owner);
  g_assert_cmpuint (hall.n_inside, ==, 0);
  g_assert_true (thaw_scope_is_cancelled (scope));
  thaw_future_resolve (gate);
  run_dry ();
}

static void
test_scope_before_owner (void)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);

  thaw_scope_unref (thaw_scope_new_for_owner ("test", owner, NULL));
  g_assert_finalize_object (owner);
}

static void
dispose_owner_cb (ThawFuture *completed, gpointer user_data)
{
  g_object_unref (user_data);
}

static void
test_owner_from_handler (void)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new_for_owner ("test", owner, NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  g_autoptr (ThawFuture) complete = thaw_future_new_resolved ();
  Hall hall = { gate };
  g_autoptr (ThawFuture) task = spawn_in (scope, &hall);

  run_dry ();
  thaw_future_done (complete, scope, dispose_owner_cb, owner, NULL);
  thaw_future_done (complete, scope, must_not_be_called_cb, NULL, NULL);
  run_dry ();
  g_assert_cmpuint (hall.n_cancelled, ==, 1);
}

typedef struct {
  Hall hall;
  GObject *owner;
  gboolean went_on;
} Suicide;

static ThawFuture *
dispose_owner_fiber (gpointer user_data)
{
  Suicide *suicide = user_data;
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_fiber_yield (NULL));
  g_clear_object (&suicide->owner);
  /* The others are gone, we are still here, until something would have to be waited for. */
  g_assert_cmpuint (suicide->hall.n_inside, ==, 0);
  g_assert_true (thaw_await (thaw_future_new_resolved (), NULL));
  g_assert_false (thaw_await (thaw_future_ref (suicide->hall.gate), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  suicide->went_on = TRUE;
  return thaw_future_new_resolved ();
}

static void
test_owner_from_fiber (void)
{
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Suicide suicide = { { gate }, g_object_new (G_TYPE_OBJECT, NULL) };
  g_autoptr (ThawScope) scope = thaw_scope_new_for_owner ("test", suicide.owner, NULL);
  g_autoptr (ThawFuture) a = spawn_in (scope, &suicide.hall);
  g_autoptr (ThawFuture) b
      = thaw_scope_spawn (scope, "suicide", dispose_owner_fiber, &suicide, NULL);
  g_autoptr (ThawFuture) c = spawn_in (scope, &suicide.hall);
  g_autoptr (ThawFuture) joined = NULL;

  joined = thaw_scope_join (scope);
  run_until_complete (joined);
  g_assert_true (suicide.went_on);
  g_assert_cmpuint (suicide.hall.n_cancelled, ==, 2);
  assert_cancelled (b);
}

static ThawFuture *
cancel_other_fiber (gpointer user_data)
{
  g_autoptr (ThawFuture) never = thaw_future_new ("never");

  g_assert_false (thaw_await (thaw_future_ref (never), NULL));
  thaw_scope_cancel (user_data);
  return thaw_future_new_resolved ();
}

/* Unwinding one scope ends another one, whose fiber unwinds on top. */
static void
test_unwinding_nests (void)
{
  g_autoptr (ThawScope) a = thaw_scope_new ("a", NULL);
  g_autoptr (ThawScope) b = thaw_scope_new ("b", NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  Hall hall = { gate };
  g_autoptr (ThawFuture) one = thaw_scope_spawn (a, "one", cancel_other_fiber, b, NULL);
  g_autoptr (ThawFuture) two = thaw_scope_spawn (b, "two", cancel_other_fiber, a, NULL);
  g_autoptr (ThawFuture) three = spawn_in (b, &hall);

  run_dry ();
  thaw_scope_cancel (a);
  g_assert_cmpuint (hall.n_cancelled, ==, 1);
  g_assert_cmpuint (thaw_scope_get_n_tasks (a) + thaw_scope_get_n_tasks (b), ==, 0);
}

static ThawFuture *
spawn_while_unwinding_fiber (gpointer user_data)
{
  guint destroyed = 0;
  g_autoptr (ThawFuture) never = thaw_future_new ("never");
  g_autoptr (ThawFuture) late = NULL;

  g_assert_false (thaw_await (thaw_future_ref (never), NULL));
  late = thaw_scope_spawn (user_data, "late", simple_fiber, &destroyed, count_destroy);
  assert_cancelled (late);
  g_assert_cmpuint (destroyed, ==, 1);
  return thaw_future_ref (never);
}

static void
test_spawn_while_unwinding (void)
{
  ThawScope *scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) future
      = thaw_scope_spawn (scope, "unwound", spawn_while_unwinding_fiber, scope, NULL);

  run_dry ();
  thaw_scope_cancel (scope);
  thaw_scope_unref (scope);
  assert_cancelled (future);
}

static gpointer
unref_thread (gpointer data)
{
  thaw_scope_unref (data);
  return NULL;
}

static void
test_unref_elsewhere (void)
{
  g_autoptr (ThawFuture) complete = thaw_future_new_resolved ();
  guint called = 0;

  /* So that the loop knows its thread. */
  thaw_future_done (complete, NULL, count_done_cb, &called, NULL);
  run_dry ();
  g_thread_join (g_thread_new ("unref", unref_thread, thaw_scope_new ("test", NULL)));
  assert_nothing_left ();
}

/* A view that is opened and closed in the middle of its loading, over and over. */
typedef struct {
  GObject *owner;
  ThawScope *scope;
  ThawFuture *gate;
  GRand *rand;
  gboolean closed;
  guint n_fibers;
  gint n_destroyed;
} View;

static gboolean
view_job (ThawJob *job, gpointer user_data, GError **error)
{
  for (guint i = 0; i < 200 && !thaw_job_is_cancelled (job); i++)
    thaw_job_beat (job);
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  thaw_job_return_pointer (job, g_strdup ("result"), g_free);
  return TRUE;
}

static ThawFuture *
view_fiber (gpointer user_data)
{
  View *view = user_data;

  view->n_fibers++;
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *result = thaw_await_pointer (
          thaw_scope_compute (view->scope, "view job", THAW_PRIORITY_DEFAULT, view_job, NULL, NULL),
          &error);

      g_assert_true (result != NULL || error != NULL);
      if (error || !thaw_await (thaw_future_ref (view->gate), NULL))
        break;
      g_assert_false (view->closed);
    }
  view->n_fibers--;
  return thaw_future_new_resolved ();
}

static ThawFuture *
view_chain_cb (ThawFuture *completed, gpointer user_data)
{
  View *view = user_data;

  g_assert_false (view->closed);
  return thaw_scope_compute (view->scope, "chained", THAW_PRIORITY_HIGH, view_job, NULL, NULL);
}

static void
view_done_cb (ThawFuture *completed, gpointer user_data)
{
  g_assert_false (((View *) user_data)->closed);
}

static void
view_destroyed (gpointer data)
{
  ((View *) data)->n_destroyed++;
}

static void
view_start_task (View *view, guint kind)
{
  g_autoptr (ThawFuture) future = NULL, chained = NULL;

  switch (kind % 3)
    {
    case 0:
      future = thaw_scope_spawn (view->scope, "view fiber", view_fiber, view, view_destroyed);
      break;
    case 1:
      future = thaw_scope_compute (view->scope,
                                   "view job",
                                   THAW_PRIORITY_LOW,
                                   view_job,
                                   view,
                                   view_destroyed);
      break;
    default:
      chained = thaw_future_then (view->gate, view->scope, view_chain_cb, view, NULL);
      future = thaw_future_finally (chained, view->scope, view_chain_cb, view, view_destroyed);
    }
  thaw_future_done (future, view->scope, view_done_cb, view, NULL);
}

static void
view_close (View *view)
{
  g_clear_pointer (&view->scope, thaw_scope_unref);
  g_object_unref (g_steal_pointer (&view->owner));
  g_assert_cmpuint (view->n_fibers, ==, 0);
  view->closed = TRUE;
}

static void
test_open_and_close (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint n = RUNNING_ON_VALGRIND ? 30 : 1000;
  g_autofree View *views = g_new0 (View, n);
  gint n_destroyed = 0;
  ThawTaskStats stats;

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < n; i++)
    {
      View *view = &views[i];

      view->owner = g_object_new (G_TYPE_OBJECT, NULL);
      view->scope = thaw_scope_new_for_owner ("view", view->owner, NULL);
      view->gate = thaw_future_new ("gate");
      thaw_future_set_shared (view->gate);
      for (guint task = 0; task < 20; task++)
        view_start_task (view, task);
      for (gint turns = g_rand_int_range (rand, 0, 4); turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      if (g_rand_boolean (rand))
        thaw_future_resolve (view->gate);
      for (gint turns = g_rand_int_range (rand, 0, 4); turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      view_close (view);
    }

  run_until ((thaw_task_get_stats (&stats), stats.n_scopes + stats.n_jobs + stats.n_fibers == 0));
  assert_nothing_left ();
  for (guint i = 0; i < n; i++)
    {
      thaw_future_unref (views[i].gate);
      n_destroyed += views[i].n_destroyed;
    }
  run_dry ();
  g_assert_cmpint (n_destroyed, ==, 20 * n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scope/cancel-unwinds-at-once", test_cancel_unwinds_at_once);
  g_test_add_func ("/scope/handlers-end", test_handlers_end);
  g_test_add_func ("/scope/ended-before-a-rejection", test_ended_before_a_rejection);
  g_test_add_func ("/scope/returned-ends", test_returned_ends);
  g_test_add_func ("/scope/returned-elsewhere", test_returned_elsewhere);
  g_test_add_func ("/scope/children", test_children);
  g_test_add_func ("/scope/join", test_join);
  g_test_add_func ("/scope/deadline", test_deadline);
  g_test_add_func ("/scope/deadline-order", test_deadline_order);
  g_test_add_func ("/scope/owner-from-outside", test_owner_from_outside);
  g_test_add_func ("/scope/scope-before-owner", test_scope_before_owner);
  g_test_add_func ("/scope/owner-from-handler", test_owner_from_handler);
  g_test_add_func ("/scope/owner-from-fiber", test_owner_from_fiber);
  g_test_add_func ("/scope/unwinding-nests", test_unwinding_nests);
  g_test_add_func ("/scope/spawn-while-unwinding", test_spawn_while_unwinding);
  g_test_add_func ("/scope/nothing-left", assert_nothing_left);
  g_test_add_func ("/scope/unref-elsewhere", test_unref_elsewhere);
  g_test_add_func ("/scope/open-and-close", test_open_and_close);
  return g_test_run ();
}
