/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fibers: awaiting, nesting, yielding, failing, their stacks, and that they leave the loop to
 * others. */

#include "task-test.h"

#include "thaw-context-switch-private.h"

#include <execinfo.h>
#include <fenv.h>
#include <math.h>
#include <string.h>

#if defined(THAW_WITH_TSAN)
#define MANY_FIBERS 2000 /* TSan has room for some 8,000 */
#elif defined(THAW_WITH_ASAN)
#define MANY_FIBERS 20000
#else
#define MANY_FIBERS 100000
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

static guint
get_many (void)
{
  return RUNNING_ON_VALGRIND ? 300 : MANY_FIBERS;
}

static ThawScope *
new_scope (void)
{
  return thaw_scope_new ("test", NULL);
}

static ThawFuture *
spawn (ThawScope *scope, ThawFiberFunc func, gpointer user_data)
{
  return thaw_scope_spawn (scope, "test fiber", func, user_data, NULL);
}

static ThawFuture *
reject (GError *error)
{
  return thaw_future_new_rejected (error);
}

static ThawFuture *
name_fiber (gpointer user_data)
{
  g_assert_true (thaw_fiber_is_running ());
  g_assert_cmpstr (thaw_fiber_get_name (), ==, "test fiber");
  return thaw_future_new_int64 (42);
}

static void
count_destroy (gpointer data)
{
  g_assert_false (thaw_fiber_is_running ());
  (*(guint *) data)++;
}

static void
test_spawn (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  guint destroyed = 0;
  g_autoptr (ThawFuture) future
      = thaw_scope_spawn (scope, "test fiber", name_fiber, &destroyed, count_destroy);

  g_assert_false (thaw_fiber_is_running ());
  g_assert_null (thaw_fiber_get_name ());
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_PENDING);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 1);
  run_until_complete (future);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 42);
  g_assert_cmpuint (destroyed, ==, 1);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);
}

static ThawFuture *
await_all_kinds_fiber (gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;
  g_autofree char *string = NULL;
  ThawFuture *pending = user_data;
  ThawFuture *holder = thaw_future_new ("object");

  g_assert_true (thaw_await (thaw_future_new_resolved (), &error));
  g_assert_cmpint (thaw_await_int64 (thaw_future_new_int64 (3), NULL), ==, 3);
  string = thaw_await_pointer (thaw_future_new_pointer (g_strdup ("mine"), g_free), NULL);
  g_assert_cmpstr (string, ==, "mine");
  thaw_future_resolve_object (holder, g_object_new (G_TYPE_OBJECT, NULL));
  object = thaw_await_pointer (holder, NULL);
  g_assert_true (G_IS_OBJECT (object));

  g_assert_cmpint (thaw_await_int64 (thaw_future_ref (pending), &error), ==, 5);
  g_assert_no_error (error);

  g_assert_false (thaw_await (reject (g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "Busy")), NULL));
  g_assert_cmpint (
      thaw_await_int64 (reject (g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "Busy")), &error),
      ==,
      -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  return reject (g_steal_pointer (&error));
}

static void
test_await (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) pending = thaw_future_new ("pending");
  g_autoptr (ThawFuture) future = spawn (scope, await_all_kinds_fiber, pending);

  run_dry ();
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_PENDING);
  thaw_future_resolve_int64 (pending, 5);
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_PENDING);
  run_until_complete (future);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_BUSY);
}

typedef struct {
  ThawScope *scope;
  guint depth;
} Nest;

static ThawFuture *
nested_fiber (gpointer user_data)
{
  Nest *nest = user_data;
  Nest inner = { nest->scope, nest->depth - 1 };

  if (nest->depth == 0)
    return thaw_future_new_int64 (0);
  return thaw_future_new_int64 (
      1 + thaw_await_int64 (spawn (nest->scope, nested_fiber, &inner), NULL));
}

static void
test_nested (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  Nest nest = { scope, 100 };
  g_autoptr (ThawFuture) future = spawn (scope, nested_fiber, &nest);

  run_until_complete (future);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 100);
}

static ThawFuture *
follow_fiber (gpointer user_data)
{
  return thaw_future_ref (user_data);
}

static void
test_following (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) inner = thaw_future_new ("inner");
  g_autoptr (ThawFuture) future = spawn (scope, follow_fiber, inner);
  g_autoptr (ThawFuture) other = thaw_future_new ("other");
  g_autoptr (ThawFuture) cancelled = spawn (scope, follow_fiber, other);

  run_dry ();
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);
  thaw_future_resolve_int64 (inner, 9);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 9);
  thaw_future_cancel (cancelled);
  assert_cancelled (other);
}

static gpointer
resolve_thread (gpointer data)
{
  thaw_future_resolve_int64 (data, 1);
  thaw_future_unref (data);
  return NULL;
}

static ThawFuture *
await_threads_fiber (gpointer user_data)
{
  for (guint i = 0; i < 200; i++)
    {
      ThawFuture *future = thaw_future_new ("elsewhere");
      g_autoptr (GThread) thread
          = g_thread_new ("resolve", resolve_thread, thaw_future_ref (future));

      g_assert_cmpint (thaw_await_int64 (future, NULL), ==, 1);
      g_thread_join (g_steal_pointer (&thread));
    }
  return thaw_future_new_resolved ();
}

static void
test_completed_by_threads (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) a = spawn (scope, await_threads_fiber, NULL);
  g_autoptr (ThawFuture) b = spawn (scope, await_threads_fiber, NULL);

  run_until_complete (a);
  run_until_complete (b);
}

static ThawFuture *
yield_fiber (gpointer user_data)
{
  GString *log = user_data;

  g_string_append_c (log, 'a');
  g_assert_true (thaw_fiber_yield (NULL));
  g_string_append_c (log, 'a');
  g_assert_true (thaw_fiber_yield (NULL));
  g_string_append_c (log, 'a');
  return thaw_future_new_resolved ();
}

static void
test_yield (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (ThawFuture) a = spawn (scope, yield_fiber, log);
  g_autoptr (ThawFuture) b = NULL;

  b = spawn (scope, yield_fiber, log);
  run_until_complete (a);
  run_until_complete (b);
  g_assert_cmpuint (log->len, ==, 6);
}

static ThawFuture *
bounce_fiber (gpointer user_data)
{
  gboolean *stop = user_data;

  while (!*stop)
    g_assert_true (thaw_fiber_yield (NULL));
  return thaw_future_new_resolved ();
}

static gboolean
count_turn (gpointer user_data)
{
  (*(guint *) user_data)++;
  return G_SOURCE_CONTINUE;
}

/* The pump's budget holds for fibers: sources of lower priority than its own still get their turn.
 */
static void
test_budget (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  gboolean stop = FALSE;
  guint turns = 0;
  g_autoptr (ThawFuture) future = spawn (scope, bounce_fiber, &stop);
  guint source = g_timeout_add (1, count_turn, &turns);

  run_until (turns >= 20);
  stop = TRUE;
  run_until_complete (future);
  g_source_remove (source);
}

static ThawFuture *
deep_recursion_fiber (gpointer user_data)
{
  volatile char frame[1000];
  guint depth = GPOINTER_TO_UINT (user_data);

  memset ((char *) frame, depth, sizeof frame);
  if (depth == 0)
    return thaw_future_new_resolved ();
  return thaw_future_new_int64 (
      frame[0] + thaw_await (deep_recursion_fiber (GUINT_TO_POINTER (depth - 1)), NULL));
}

static void
test_deep_recursion (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) future
      = spawn (scope, deep_recursion_fiber, GUINT_TO_POINTER (RUNNING_ON_VALGRIND ? 10 : 50));

  run_until_complete (future);
}

static ThawFuture *
float_fiber (gpointer user_data)
{
  volatile double third = 1.0;

  third /= 3;
  g_assert_cmpint (fegetround (), ==, FE_TONEAREST);
  fesetround (FE_UPWARD);
  g_assert_true (thaw_fiber_yield (NULL));
  g_assert_cmpint (fegetround (), ==, FE_UPWARD);
  fesetround (FE_TONEAREST);
  g_assert_true (fabs (third * 3 - 1) < 1e-9);
  return thaw_future_new_resolved ();
}

/* The rounding mode is a fiber's own, as the ABI wants it of a callee. */
static void
test_float_environment (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) a = spawn (scope, float_fiber, NULL);
  g_autoptr (ThawFuture) b = spawn (scope, float_fiber, NULL);

  run_until_complete (a);
  run_until_complete (b);
  g_assert_cmpint (fegetround (), ==, FE_TONEAREST);
}

static ThawFuture *
backtrace_fiber (gpointer user_data)
{
  void *frames[64];
  int n_frames = backtrace (frames, G_N_ELEMENTS (frames));

  return thaw_future_new_int64 (n_frames);
}

static void
test_backtrace_ends (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) future = spawn (scope, backtrace_fiber, NULL);

  run_until_complete (future);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), >, 1);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), <, 10);
}

static ThawFuture *
no_future_fiber (gpointer user_data)
{
  return NULL;
}

static void
test_returns_nothing (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) future = spawn (scope, no_future_fiber, NULL);

  run_until_complete (future);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_FAILED);
}

typedef struct {
  ThawFuture *awaited;
  guint started, unwound, again;
} Victim;

static ThawFuture *
victim_fiber (gpointer user_data)
{
  Victim *victim = user_data;
  g_autoptr (GError) error = NULL;

  victim->started++;
  if (thaw_await (thaw_future_ref (victim->awaited), &error))
    return thaw_future_new_int64 (7);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  victim->unwound++;
  g_assert_false (thaw_await (thaw_future_new ("never"), NULL));
  g_assert_false (thaw_fiber_yield (NULL));
  g_assert_true (thaw_await (thaw_future_new_resolved (), NULL));
  victim->again++;
  return reject (g_steal_pointer (&error));
}

static void
test_cancel_before (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) awaited = thaw_future_new ("awaited");
  Victim victim = { awaited };
  guint destroyed = 0;
  g_autoptr (ThawFuture) future
      = thaw_scope_spawn (scope, "test fiber", name_fiber, &destroyed, count_destroy);
  g_autoptr (ThawFuture) other = spawn (scope, victim_fiber, &victim);

  thaw_future_cancel (future);
  thaw_future_cancel (other);
  assert_cancelled (future);
  run_dry ();
  g_assert_cmpuint (destroyed, ==, 1);
  g_assert_cmpuint (victim.unwound, ==, victim.started);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);
}

static void
test_cancel_during (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) awaited = thaw_future_new ("awaited");
  Victim victim = { awaited };
  g_autoptr (ThawFuture) future = spawn (scope, victim_fiber, &victim);

  run_dry ();
  g_assert_cmpuint (victim.started, ==, 1);
  thaw_future_cancel (future);
  assert_cancelled (future);
  run_dry ();
  g_assert_cmpuint (victim.again, ==, 1);
  assert_cancelled (awaited);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, 0);
}

static void
test_cancel_after (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) awaited = thaw_future_new ("awaited");
  Victim victim = { awaited };
  g_autoptr (ThawFuture) future = spawn (scope, victim_fiber, &victim);

  run_dry ();
  thaw_future_resolve (awaited);
  run_until_complete (future);
  thaw_future_cancel (future);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 7);
  g_assert_cmpuint (victim.unwound, ==, 0);
}

static ThawFuture *
wait_and_return_fiber (gpointer user_data)
{
  return thaw_await (thaw_future_ref (user_data), NULL)
             ? thaw_future_new_resolved ()
             : reject (g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "No"));
}

static void
test_many_suspended (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  g_autoptr (ThawFuture) joined = NULL;
  ThawFiberStats stats;
  guint n = get_many ();

  for (guint i = 0; i < n; i++)
    thaw_future_disown (spawn (scope, wait_and_return_fiber, gate));
  run_dry ();
  thaw_fiber_get_stats (&stats);
  g_assert_cmpuint (stats.n_alive, ==, n);
  g_assert_cmpuint (stats.n_stacks - stats.n_stacks_pooled, ==, n);
  g_assert_cmpuint (thaw_scope_get_n_tasks (scope), ==, n);
  joined = thaw_scope_join (scope);
  g_assert_cmpint (thaw_future_get_state (joined), ==, THAW_FUTURE_PENDING);
  thaw_future_resolve (gate);
  run_until_complete (joined);
  thaw_fiber_get_stats (&stats);
  g_assert_cmpuint (stats.n_alive, ==, 0);
  g_assert_cmpuint (stats.n_stacks, ==, stats.n_stacks_pooled);
}

typedef struct {
  ThawScope *scope;
  GRand *rand;
  ThawFuture *gates[50];
  guint n_running;
} Crowd;

static ThawFuture *
crowd_fiber (gpointer user_data)
{
  Crowd *crowd = user_data;
  gint64 sum = 0, depth = g_rand_int_range (crowd->rand, 0, 6);

  crowd->n_running++;
  for (gint64 i = 0; i < depth; i++)
    switch (g_rand_int_range (crowd->rand, 0, 5))
      {
      case 0:
        if (crowd->n_running < 3000)
          sum += thaw_await (spawn (crowd->scope, crowd_fiber, crowd), NULL);
        break;
      case 1:
        sum += thaw_fiber_yield (NULL);
        break;
      case 2:
        sum += thaw_await (thaw_future_new_int64 (i), NULL);
        break;
      default:
        sum += thaw_await (
            thaw_future_ref (
                crowd->gates[g_rand_int_range (crowd->rand, 0, G_N_ELEMENTS (crowd->gates))]),
            NULL);
      }
  crowd->n_running--;
  return thaw_future_new_int64 (sum);
}

/* Whatever is awaited, cancelled and completed in whatever order: every fiber returns. */
static void
test_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) joined = NULL;
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_disown);
  Crowd crowd = { scope, rand };

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < G_N_ELEMENTS (crowd.gates); i++)
    {
      crowd.gates[i] = thaw_future_new ("gate");
      thaw_future_set_shared (crowd.gates[i]);
    }
  for (guint i = 0; i < 300; i++)
    {
      g_ptr_array_add (futures, spawn (scope, crowd_fiber, &crowd));
      if (g_rand_int_range (rand, 0, 5) == 0)
        thaw_future_cancel (futures->pdata[g_rand_int_range (rand, 0, i + 1)]);
      if (g_rand_int_range (rand, 0, 3) == 0)
        g_main_context_iteration (NULL, FALSE);
      if (g_rand_int_range (rand, 0, 20) == 0)
        thaw_future_resolve (crowd.gates[g_rand_int_range (rand, 0, G_N_ELEMENTS (crowd.gates))]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (crowd.gates); i++)
    thaw_future_resolve (crowd.gates[i]);
  joined = thaw_scope_join (scope);
  run_until_complete (joined);
  for (guint i = 0; i < G_N_ELEMENTS (crowd.gates); i++)
    thaw_future_unref (crowd.gates[i]);
  g_assert_cmpuint (crowd.n_running, ==, 0);
}

static ThawFuture *
nested_loop_fiber (gpointer user_data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (ThawFuture) inner = spawn (user_data, yield_fiber, log);

  run_until_complete (inner);
  g_assert_cmpstr (thaw_fiber_get_name (), ==, "test fiber");
  g_assert_true (thaw_fiber_yield (NULL));
  return thaw_future_new_resolved ();
}

/* A dialog run inside a fiber, as some old code does it. */
static void
test_nested_loop (void)
{
  g_autoptr (ThawScope) scope = new_scope ();
  g_autoptr (ThawFuture) future = spawn (scope, nested_loop_fiber, scope);

  run_until_complete (future);
}

static void
check_nothing_left (void)
{
  assert_nothing_left ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fiber/spawn", test_spawn);
  g_test_add_func ("/fiber/await", test_await);
  g_test_add_func ("/fiber/nested", test_nested);
  g_test_add_func ("/fiber/following", test_following);
  g_test_add_func ("/fiber/completed-by-threads", test_completed_by_threads);
  g_test_add_func ("/fiber/yield", test_yield);
  g_test_add_func ("/fiber/budget", test_budget);
  g_test_add_func ("/fiber/deep-recursion", test_deep_recursion);
  g_test_add_func ("/fiber/float-environment", test_float_environment);
  g_test_add_func ("/fiber/backtrace-ends", test_backtrace_ends);
  g_test_add_func ("/fiber/returns-nothing", test_returns_nothing);
  g_test_add_func ("/fiber/cancel-before", test_cancel_before);
  g_test_add_func ("/fiber/cancel-during", test_cancel_during);
  g_test_add_func ("/fiber/cancel-after", test_cancel_after);
  g_test_add_func ("/fiber/many-suspended", test_many_suspended);
  g_test_add_func ("/fiber/nested-loop", test_nested_loop);
  g_test_add_func ("/fiber/random", test_random);
  g_test_add_func ("/fiber/nothing-left", check_nothing_left);
  return g_test_run ();
}
