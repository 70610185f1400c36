/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* all, settle, any, first, race and map: what they complete as, who is cancelled, that they can be
 * cancelled before, during and after, on any thread, and that neither a future nor a result leaks.
 */

#include "virtual-test.h"

#include "thaw-combine.h"
#include "thaw-timing.h"

typedef ThawFuture *(*Combinator) (ThawFuture *const *futures, guint n_futures);

static const Combinator combinators[] = { thaw_future_allv,
                                          thaw_future_settlev,
                                          thaw_future_anyv,
                                          thaw_future_firstv,
                                          thaw_future_racev };

enum { ALL, SETTLE, ANY, FIRST, RACE, N_COMBINATORS };

static GError *
some_error (gint code)
{
  return g_error_new (G_IO_ERROR, code, "error %d", code);
}

typedef struct {
  ThawFuture *inputs[8];
  ThawFuture *result;
  guint n;
} Case;

static void
case_begin (Case *self, guint kind, guint n)
{
  ThawFuture *given[8];

  *self = (Case){ .n = n };
  for (guint i = 0; i < n; i++)
    {
      self->inputs[i] = thaw_future_new ("input");
      given[i] = thaw_future_ref (self->inputs[i]);
    }
  self->result = combinators[kind](given, n);
}

static void
case_end (Case *self)
{
  for (guint i = 0; i < self->n; i++)
    thaw_future_unref (self->inputs[i]);
  thaw_future_unref (self->result);
}

#define assert_pending(future)                                                                     \
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_PENDING)

static void
test_all (void)
{
  Case c;
  GPtrArray *array;

  case_begin (&c, ALL, 3);
  thaw_future_resolve_int64 (c.inputs[2], 2);
  thaw_future_resolve_int64 (c.inputs[0], 0);
  assert_pending (c.result);
  thaw_future_resolve_int64 (c.inputs[1], 1);
  array = thaw_future_get_pointer (c.result, NULL);
  g_assert_cmpuint (array->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (thaw_future_get_int64 (array->pdata[i], NULL), ==, i);
  case_end (&c);

  case_begin (&c, ALL, 3);
  thaw_future_resolve_int64 (c.inputs[0], 0);
  thaw_future_reject (c.inputs[1], some_error (G_IO_ERROR_BUSY));
  assert_rejected (c.result, G_IO_ERROR, G_IO_ERROR_BUSY);
  assert_cancelled (c.inputs[2]);
  case_end (&c);
}

static void
test_settle (void)
{
  GPtrArray *array;
  Case c;

  case_begin (&c, SETTLE, 2);
  thaw_future_reject (c.inputs[0], some_error (G_IO_ERROR_BUSY));
  assert_pending (c.result);
  thaw_future_resolve_int64 (c.inputs[1], 1);
  array = thaw_future_get_pointer (c.result, NULL);
  assert_rejected (array->pdata[0], G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpint (thaw_future_get_int64 (array->pdata[1], NULL), ==, 1);
  case_end (&c);
}

static void
test_any (void)
{
  Case c;

  case_begin (&c, ANY, 3);
  thaw_future_reject (c.inputs[0], some_error (G_IO_ERROR_BUSY));
  assert_pending (c.result);
  thaw_future_resolve_int64 (c.inputs[2], 2);
  g_assert_cmpint (thaw_future_get_int64 (c.result, NULL), ==, 2);
  assert_cancelled (c.inputs[1]);
  case_end (&c);

  case_begin (&c, ANY, 2);
  thaw_future_reject (c.inputs[1], some_error (G_IO_ERROR_BUSY));
  thaw_future_reject (c.inputs[0], some_error (G_IO_ERROR_EXISTS));
  assert_rejected (c.result, G_IO_ERROR, G_IO_ERROR_EXISTS);
  case_end (&c);
}

static void
test_first (void)
{
  Case c;

  case_begin (&c, FIRST, 3);
  thaw_future_resolve_int64 (c.inputs[1], 1);
  assert_pending (c.result);
  thaw_future_reject (c.inputs[0], some_error (G_IO_ERROR_BUSY));
  g_assert_cmpint (thaw_future_get_int64 (c.result, NULL), ==, 1);
  assert_cancelled (c.inputs[2]);
  case_end (&c);

  case_begin (&c, FIRST, 2);
  thaw_future_reject (c.inputs[1], some_error (G_IO_ERROR_BUSY));
  thaw_future_reject (c.inputs[0], some_error (G_IO_ERROR_EXISTS));
  assert_rejected (c.result, G_IO_ERROR, G_IO_ERROR_BUSY);
  case_end (&c);
}

static void
test_race (void)
{
  Case c;

  case_begin (&c, RACE, 3);
  thaw_future_reject (c.inputs[1], some_error (G_IO_ERROR_BUSY));
  assert_rejected (c.result, G_IO_ERROR, G_IO_ERROR_BUSY);
  assert_cancelled (c.inputs[0]);
  assert_cancelled (c.inputs[2]);
  case_end (&c);
}

static void
test_none_and_args (void)
{
  g_autoptr (ThawFuture) all = thaw_future_allv (NULL, 0);
  g_autoptr (ThawFuture) race = thaw_future_racev (NULL, 0);
  g_autoptr (ThawFuture) first
      = thaw_future_first (thaw_future_new_rejected (some_error (G_IO_ERROR_BUSY)),
                           thaw_future_new_int64 (5),
                           thaw_future_new_int64 (6),
                           NULL);
  g_autoptr (ThawFuture) any = thaw_future_any (thaw_future_new_int64 (8), NULL);
  g_autoptr (ThawFuture) settle
      = thaw_future_settle (thaw_future_new_int64 (8), thaw_future_new ("dropped"), NULL);

  g_assert_cmpuint (((GPtrArray *) thaw_future_get_pointer (all, NULL))->len, ==, 0);
  assert_rejected (race, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpint (thaw_future_get_int64 (first, NULL), ==, 5);
  g_assert_cmpint (thaw_future_get_int64 (any, NULL), ==, 8);
  g_assert_cmpint (thaw_future_get_state (settle), ==, THAW_FUTURE_RESOLVED);
  assert_rejected (((GPtrArray *) thaw_future_get_pointer (settle, NULL))->pdata[1],
                   G_IO_ERROR,
                   G_IO_ERROR_FAILED);
}

static void
test_values_change_hands (void)
{
  g_autofree char *taken = NULL;
  g_autoptr (ThawFuture) all = thaw_future_all (thaw_future_new_pointer (g_strdup ("a"), g_free),
                                                thaw_future_new_pointer (g_strdup ("b"), g_free),
                                                NULL);
  GPtrArray *array = thaw_future_get_pointer (all, NULL);

  taken = thaw_future_take_pointer (array->pdata[1], NULL);
  g_assert_cmpstr (taken, ==, "b");
}

static void
test_cancel (void)
{
  for (guint kind = 0; kind < N_COMBINATORS; kind++)
    {
      g_autoptr (ThawFuture) shared = thaw_future_new ("shared");
      ThawFuture *given[2] = { thaw_future_new ("own"), thaw_future_ref (shared) };
      g_autoptr (ThawFuture) own = thaw_future_ref (given[0]);
      g_autoptr (ThawFuture) result = NULL;
      Case c;

      thaw_future_set_shared (shared);
      result = combinators[kind](given, 2);
      thaw_future_cancel (result);
      assert_cancelled (result);
      assert_cancelled (own);
      assert_pending (shared);
      thaw_future_resolve (shared);

      case_begin (&c, kind, 3); /* during */
      if (kind != RACE)
        thaw_future_resolve (c.inputs[kind == ALL || kind == SETTLE ? 0 : 1]);
      if (kind == ANY)
        g_assert_cmpint (thaw_future_get_state (c.result), ==, THAW_FUTURE_RESOLVED);
      thaw_future_cancel (c.result);
      assert_cancelled (c.inputs[2]);
      thaw_future_cancel (c.result); /* after */
      case_end (&c);
    }
}

/* What is wanted by others too goes on. */
static void
test_others_wait (void)
{
  g_autoptr (ThawFuture) wanted = thaw_future_new ("wanted");
  g_autoptr (ThawFuture) other = thaw_future_timeout (thaw_future_ref (wanted), G_USEC_PER_SEC);
  g_autoptr (ThawFuture) race
      = thaw_future_race (thaw_future_ref (wanted), thaw_future_new_int64 (1), NULL);

  g_assert_cmpint (thaw_future_get_int64 (race, NULL), ==, 1);
  assert_pending (wanted);
  thaw_future_resolve (wanted);
  g_assert_cmpint (thaw_future_get_state (other), ==, THAW_FUTURE_RESOLVED);
}

typedef struct {
  ThawFuture *inputs[8];
  gint go;
} Storm;

static gpointer
complete_in_thread (gpointer data)
{
  Storm *storm = data;

  while (!__atomic_load_n (&storm->go, __ATOMIC_ACQUIRE))
    ;
  for (guint i = 0; i < 8; i += 2)
    if (i % 4)
      thaw_future_resolve_int64 (storm->inputs[i], i);
    else
      thaw_future_reject (storm->inputs[i], some_error (G_IO_ERROR_BUSY));
  return NULL;
}

/* Inputs complete and the result is cancelled on several threads at once. */
static void
test_threads (void)
{
  for (guint round = 0; round < 300; round++)
    {
      Storm storm = { 0 };
      ThawFuture *given[8];
      g_autoptr (ThawFuture) result = NULL;
      GThread *thread;

      for (guint i = 0; i < 8; i++)
        given[i] = thaw_future_ref (storm.inputs[i] = thaw_future_new ("input"));
      thread = g_thread_new ("complete", complete_in_thread, &storm);
      __atomic_store_n (&storm.go, TRUE, __ATOMIC_RELEASE);
      result = combinators[round % N_COMBINATORS](given, 8);
      if (round % 3 == 0)
        thaw_future_cancel (result);
      for (guint i = 1; i < 8; i += 2)
        thaw_future_resolve_int64 (storm.inputs[i], i);
      g_thread_join (thread);
      g_assert_cmpint (thaw_future_get_state (result), !=, THAW_FUTURE_PENDING);
      thaw_future_get_error (result);
      for (guint i = 0; i < 8; i++)
        {
          g_assert_cmpint (thaw_future_get_state (storm.inputs[i]), !=, THAW_FUTURE_PENDING);
          thaw_future_unref (storm.inputs[i]);
        }
    }
}

/* Random inputs, against the definitions. */
static void
test_against_definition (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint kind = round % N_COMBINATORS, n = g_test_rand_int_range (1, 6), order[8], n_done = 0;
      gboolean resolves[8], decided = FALSE;
      gint64 expected = -1;
      Case c;

      case_begin (&c, kind, n);
      for (guint i = 0; i < n; i++)
        {
          guint j = g_test_rand_int_range (0, i + 1);

          order[i] = order[j];
          order[j] = i;
          resolves[i] = g_test_rand_bit ();
        }
      for (guint step = 0; step < n && !decided; step++)
        {
          guint i = order[step], n_good = 0, first_open = n, first_good = n;

          if (resolves[i])
            thaw_future_resolve_int64 (c.inputs[i], 10 + i);
          else
            thaw_future_reject (c.inputs[i], some_error (10 + i));
          n_done++;
          for (guint k = n; k-- > 0;)
            {
              gboolean done = FALSE;

              for (guint s = 0; s <= step; s++)
                done |= order[s] == k;
              first_open = done ? first_open : k;
              first_good = done && resolves[k] ? k : first_good;
              n_good += done && resolves[k];
            }
          switch (kind)
            {
            case ALL:
              decided = !resolves[i] || n_done == n;
              expected = i;
              break;
            case SETTLE:
              decided = n_done == n;
              break;
            case ANY:
              decided = resolves[i] || n_done == n;
              expected = i;
              break;
            case FIRST:
              decided = first_good < first_open || n_done == n;
              expected = first_good < n ? first_good : n - 1;
              break;
            default:
              decided = TRUE;
              expected = i;
            }
          g_assert_cmpint (thaw_future_get_state (c.result) != THAW_FUTURE_PENDING, ==, decided);
        }
      if (kind == SETTLE || (kind == ALL && resolves[expected]))
        g_assert_nonnull (thaw_future_get_pointer (c.result, NULL));
      else if (resolves[expected])
        g_assert_cmpint (thaw_future_get_int64 (c.result, NULL), ==, 10 + expected);
      else
        g_assert_cmpint (thaw_future_get_error (c.result)->code, ==, 10 + expected);
      for (guint i = 0; i < n; i++)
        {
          g_assert_cmpint (thaw_future_get_state (c.inputs[i]), !=, THAW_FUTURE_PENDING);
          thaw_future_get_error (c.inputs[i]);
        }
      case_end (&c);
    }
}

typedef struct {
  guint n_items, n_running, max_running, n_started, n_seen, next_in_order, stop_at, fail_at,
      n_freed;
  gboolean in_order;
  ThawScope *scope;
} Work;

static ThawFuture *
work_done (ThawFuture *completed, gpointer user_data)
{
  Work *work = user_data;

  work->n_running--;
  return thaw_future_ref (completed);
}

static ThawFuture *
start_work (guint index, gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (ThawFuture) delay = NULL;

  g_assert_cmpuint (index, ==, work->n_started);
  work->n_started++;
  work->n_running++;
  work->max_running = MAX (work->max_running, work->n_running);
  if (index == work->fail_at)
    delay = thaw_future_new_rejected (some_error (G_IO_ERROR_BUSY));
  else
    delay = thaw_delay (1000 + index * 7919 % 13 * 1000);
  return thaw_future_finally (delay, NULL, work_done, work, NULL);
}

static gboolean
see_result (guint index, ThawFuture *completed, gpointer user_data)
{
  Work *work = user_data;

  if (work->in_order)
    g_assert_cmpuint (index, ==, work->next_in_order++);
  g_assert_cmpint (thaw_future_get_state (completed), !=, THAW_FUTURE_PENDING);
  work->n_seen++;
  if (work->n_seen == work->stop_at && work->scope)
    thaw_scope_cancel (work->scope);
  return work->n_seen != work->stop_at;
}

static void
count_freed (gpointer user_data)
{
  ((Work *) user_data)->n_freed++;
}

static Work
work_new (guint n_items)
{
  return (Work){ .n_items = n_items, .stop_at = G_MAXUINT, .fail_at = G_MAXUINT };
}

static void
test_map (void)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) future = NULL, none = NULL;
  Work work = work_new (100);
  GPtrArray *array;

  virtual_begin (0);
  scope = thaw_scope_new ("map", NULL);
  future = thaw_map (scope, "map", 100, 7, start_work, &work, count_freed);
  none = thaw_map (scope, "map", 0, 7, start_work, &work, NULL);
  virtual_run (-1);
  array = thaw_future_get_pointer (future, NULL);
  g_assert_cmpuint (array->len, ==, 100);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (thaw_future_get_state (array->pdata[i]), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpuint (((GPtrArray *) thaw_future_get_pointer (none, NULL))->len, ==, 0);
  g_assert_cmpuint (work.max_running, ==, 7);
  g_assert_cmpuint (work.n_freed, ==, 1);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

static void
test_map_fails (void)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) future = NULL;
  Work work = work_new (100);

  virtual_begin (0);
  scope = thaw_scope_new ("map", NULL);
  work.fail_at = 20;
  future = thaw_map (scope, "map", 100, 5, start_work, &work, count_freed);
  virtual_run (-1);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpuint (work.n_started, <=, 26);
  g_assert_cmpuint (work.n_running, ==, 0);
  g_assert_cmpuint (work.n_freed, ==, 1);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

static void
check_map_each (ThawMapOrder order, guint max_in_flight, guint stop_at, gboolean by_scope)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) future = NULL;
  Work work = work_new (200);

  virtual_begin (0);
  scope = thaw_scope_new ("map", NULL);
  work.in_order = order == THAW_MAP_IN_ORDER;
  work.fail_at = 30;
  work.stop_at = stop_at;
  work.scope = by_scope ? scope : NULL;
  future = thaw_map_each (scope,
                          "map",
                          200,
                          max_in_flight,
                          order,
                          start_work,
                          see_result,
                          &work,
                          count_freed);
  virtual_run (-1);
  g_assert_cmpuint (work.n_seen, ==, MIN (stop_at, 200));
  if (by_scope)
    assert_cancelled (future);
  else
    g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, work.n_seen);
  g_assert_cmpuint (work.max_running, <=, max_in_flight > 0 ? max_in_flight : 200);
  if (max_in_flight > 0 && order == THAW_MAP_IN_ORDER)
    g_assert_cmpuint (work.n_started, <=, work.n_seen + 2 * max_in_flight);
  g_assert_cmpuint (work.n_running, ==, 0);
  g_assert_cmpuint (work.n_freed, ==, 1);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

static void
test_map_each (void)
{
  for (guint order = 0; order < 2; order++)
    {
      check_map_each (order, 9, G_MAXUINT, FALSE);
      check_map_each (order, 0, G_MAXUINT, FALSE);
      check_map_each (order, 1, G_MAXUINT, FALSE);
      check_map_each (order, 9, 50, FALSE);
      check_map_each (order, 9, 50, TRUE);
    }
}

static gpointer
cancel_thread (gpointer future)
{
  thaw_future_cancel (future);
  return NULL;
}

static void
check_map_cancel (gint64 after_usec, gboolean elsewhere)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) future = NULL, join = NULL;
  Work work = work_new (20);

  virtual_begin (0);
  scope = thaw_scope_new ("map", NULL);
  future = thaw_map (scope, "map", 20, 4, start_work, &work, count_freed);
  join = thaw_scope_join (scope);
  virtual_run (thaw_clock_get_usec () + after_usec);
  if (elsewhere)
    g_thread_join (g_thread_new ("cancel", cancel_thread, future));
  else
    thaw_future_cancel (future);
  virtual_run (-1);
  if (work.n_started < 20)
    assert_cancelled (future);
  else
    g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (join), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpuint (work.n_running, ==, 0);
  g_assert_cmpuint (work.n_freed, ==, 1);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

static void
test_map_cancel (void)
{
  for (guint elsewhere = 0; elsewhere < 2; elsewhere++)
    {
      check_map_cancel (0, elsewhere);
      check_map_cancel (10000, elsewhere);
      check_map_cancel (G_USEC_PER_SEC, elsewhere);
    }
}

static ThawFuture *
start_complete (guint index, gpointer user_data)
{
  return thaw_future_new_int64 (index);
}

/* Many items that are ready at once neither recurse nor starve. */
static void
test_map_of_ready (void)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) future = NULL;

  virtual_begin (0);
  scope = thaw_scope_new ("map", NULL);
  future = thaw_map (scope, "map", 100000, 3, start_complete, NULL, NULL);
  virtual_run (-1);
  g_assert_cmpuint (((GPtrArray *) thaw_future_get_pointer (future, NULL))->len, ==, 100000);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/combine/all", test_all);
  g_test_add_func ("/combine/settle", test_settle);
  g_test_add_func ("/combine/any", test_any);
  g_test_add_func ("/combine/first", test_first);
  g_test_add_func ("/combine/race", test_race);
  g_test_add_func ("/combine/none-and-args", test_none_and_args);
  g_test_add_func ("/combine/values-change-hands", test_values_change_hands);
  g_test_add_func ("/combine/cancel", test_cancel);
  g_test_add_func ("/combine/others-wait", test_others_wait);
  g_test_add_func ("/combine/threads", test_threads);
  g_test_add_func ("/combine/against-definition", test_against_definition);
  g_test_add_func ("/map/map", test_map);
  g_test_add_func ("/map/fails", test_map_fails);
  g_test_add_func ("/map/each", test_map_each);
  g_test_add_func ("/map/cancel", test_map_cancel);
  g_test_add_func ("/map/of-ready", test_map_of_ready);
  return g_test_run ();
}
