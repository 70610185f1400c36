/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random schedules of scopes, limiters, rates, timeouts, retries, maps, combinators, pacers and
 * cancellations under virtual time. Each is decided by its seed alone, what the seed says is drawn
 * while it runs, and a digest tells whether a second run did the same. Checked in each: every
 * future completes (no deadlock), no handler runs after its scope has ended, no limit is exceeded,
 * and nothing is left (no task, permit, timer or user data). Three planted bugs show that each of
 * these is found, and that the seed that found it finds it again in the same way.
 *
 * THAW_SCHEDULE_SEED=n runs that one only; it is what a failure prints. */

#include "virtual-test.h"

#include "thaw-combine.h"
#include "thaw-error.h"
#include "thaw-limiter.h"
#include "thaw-rate.h"
#include "thaw-timing.h"

/* One thread on a clock of its own: what a sanitizer sees of it, it sees in the first hundreds. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define N_SCHEDULES 1000
#else
#define N_SCHEDULES 10000
#endif
#define N_REPLAYS 200
#define N_LIMITERS 3

typedef enum { BUG_NONE, BUG_LEAKED_PERMIT, BUG_LATE_HANDLER, BUG_DEADLOCK, N_BUGS } Bug;

typedef struct {
  Bug bug;
  GRand *rand;
  ThawLimiter *limiters[N_LIMITERS];
  guint limits[N_LIMITERS], n_inside[N_LIMITERS];
  ThawRate *rate;
  GPtrArray *scopes, *owners, *futures, *pacers, *leaked;
  guint n_data; /* user data alive */
  char *failure;
} Sim;

/* A piece of user data: freed exactly once, with its scope if it has one. */
typedef struct {
  Sim *sim;
  ThawScope *scope;
  guint a, b, c;
  gint64 usec;
} Datum;

/* How much went on, so that a change that makes the schedules dull shows. */
static struct {
  guint64 n_actions, n_jumps, n_granted, n_completed, n_cancelled;
} totals;

G_GNUC_PRINTF (2, 3)
static void
fail (Sim *sim, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (!sim->failure)
    sim->failure = g_strdup_vprintf (format, args);
  va_end (args);
}

static guint
draw (Sim *sim, guint n)
{
  return g_rand_int (sim->rand) % n;
}

static void
note (guint64 event)
{
  thaw_virtual_time_note (test_virtual_time, event);
}

static Datum *
datum_new (Sim *sim, ThawScope *scope)
{
  Datum *datum = g_new0 (Datum, 1);

  sim->n_data++;
  datum->sim = sim;
  datum->scope = scope ? thaw_scope_ref (scope) : NULL;
  datum->a = draw (sim, N_LIMITERS);
  datum->b = draw (sim, N_LIMITERS);
  datum->c = draw (sim, 100);
  datum->usec = draw (sim, 3000);
  return datum;
}

static void
datum_free (gpointer data)
{
  Datum *datum = data;

  datum->sim->n_data--;
  g_clear_pointer (&datum->scope, thaw_scope_unref);
  g_free (datum);
}

/* Mostly one that lives: on those that have ended nothing happens any more. */
static ThawScope *
any_scope (Sim *sim)
{
  ThawScope *scope = NULL;

  for (guint tries = 1 + draw (sim, 6); tries > 0; tries--)
    {
      scope = sim->scopes->pdata[draw (sim, sim->scopes->len)];
      if (!thaw_scope_is_cancelled (scope))
        return scope;
    }
  if (draw (sim, 4) == 0)
    return scope;
  scope = thaw_scope_new ("root", NULL);
  g_ptr_array_add (sim->scopes, scope);
  return scope;
}

static ThawFuture *
any_future (Sim *sim)
{
  return sim->futures->len > 0
             ? thaw_future_ref (sim->futures->pdata[draw (sim, sim->futures->len)])
             : thaw_delay (draw (sim, 1000));
}

static void
enter (Sim *sim, guint i)
{
  note (100 + i);
  if (++sim->n_inside[i] > sim->limits[i])
    fail (sim, "%u are inside of limiter %u of %u", sim->n_inside[i], i, sim->limits[i]);
}

static ThawPermit *
await_permit (Datum *datum, guint i, GError **error)
{
  ThawScope *scope = datum->c % 3 == 0 ? datum->scope : NULL;
  ThawFuture *future = thaw_limiter_acquire (datum->sim->limiters[i], scope, datum->c % 3);

  return thaw_await_pointer (thaw_future_timeout (future, datum->c % 4 == 0 ? 2 * datum->usec : -1),
                             error);
}

/* Holds one or two permits for a while, the lower number first. */
static ThawFuture *
worker_fiber (gpointer user_data)
{
  Datum *datum = user_data;
  Sim *sim = datum->sim;
  guint a = MIN (datum->a, datum->b), b = MAX (datum->a, datum->b);
  gboolean twice = a != b && datum->c < 60;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPermit) first = NULL, second = NULL;

  if (sim->bug == BUG_DEADLOCK && twice && datum->c < 20)
    a = MAX (datum->a, datum->b), b = MIN (datum->a, datum->b);
  first = await_permit (datum, a, &error);
  if (!first)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  enter (sim, a);
  if (thaw_await (thaw_delay (datum->usec / 2), &error) && twice
      && (second = await_permit (datum, b, &error)))
    {
      enter (sim, b);
      thaw_await (thaw_delay (datum->usec), &error);
      sim->n_inside[b]--;
    }
  sim->n_inside[a]--;
  note (110 + a);
  if (error && sim->bug == BUG_LEAKED_PERMIT && datum->c % 3 != 0 && draw (sim, 10) == 0)
    g_ptr_array_add (sim->leaked, g_steal_pointer (&first));
  return error ? thaw_future_new_rejected (g_steal_pointer (&error)) : thaw_future_new_resolved ();
}

static ThawFuture *
delayed_work (gpointer user_data)
{
  return thaw_delay (((Datum *) user_data)->usec);
}

static ThawFuture *
run_limited (Sim *sim, ThawScope *scope)
{
  return thaw_limiter_run (sim->limiters[draw (sim, N_LIMITERS)],
                           scope,
                           draw (sim, 3),
                           delayed_work,
                           datum_new (sim, scope),
                           datum_free);
}

static ThawFuture *
spawn_worker (Sim *sim, ThawScope *scope)
{
  return thaw_scope_spawn (scope, "worker", worker_fiber, datum_new (sim, scope), datum_free);
}

static ThawFuture *
attempt (guint number, gpointer user_data)
{
  Sim *sim = ((Datum *) user_data)->sim;

  if (draw (sim, 3) == 0)
    return thaw_delay (draw (sim, 500));
  return thaw_future_new_rejected (g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "attempt %u", number));
}

static ThawFuture *
run_retry (Sim *sim, ThawScope *scope)
{
  ThawRetryOptions options
      = { .first_delay_usec = 300, .attempt_timeout_usec = draw (sim, 2) * 300 };

  return thaw_retry (scope, "retry", &options, attempt, NULL, datum_new (sim, scope), datum_free);
}

static ThawFuture *
map_one (guint index, gpointer user_data)
{
  Datum *datum = user_data;

  if (draw (datum->sim, 20) == 0)
    return attempt (index, datum);
  return draw (datum->sim, 2) ? run_limited (datum->sim, datum->scope)
                              : thaw_delay (draw (datum->sim, 400));
}

static gboolean
map_seen (guint index, ThawFuture *completed, gpointer user_data)
{
  Datum *datum = user_data;

  note (200 + index);
  if (thaw_scope_is_cancelled (datum->scope))
    fail (datum->sim, "A map handed out %u after the end", index);
  return draw (datum->sim, 10) > 0;
}

static ThawFuture *
run_map (Sim *sim, ThawScope *scope)
{
  guint n = draw (sim, 8), max = draw (sim, 4);
  Datum *datum = datum_new (sim, scope);

  if (draw (sim, 2))
    return thaw_map (scope, "map", n, max, map_one, datum, datum_free);
  return thaw_map_each (scope,
                        "map",
                        n,
                        max,
                        draw (sim, 2) ? THAW_MAP_IN_ORDER : THAW_MAP_AS_THEY_COME,
                        map_one,
                        map_seen,
                        datum,
                        datum_free);
}

static ThawFuture *
run_combination (Sim *sim, ThawScope *scope)
{
  static ThawFuture *(*const combinators[]) (ThawFuture *const *, guint) = { thaw_future_allv,
                                                                             thaw_future_settlev,
                                                                             thaw_future_anyv,
                                                                             thaw_future_firstv,
                                                                             thaw_future_racev };
  ThawFuture *inputs[4];
  guint n = draw (sim, 5);

  for (guint i = 0; i < n; i++)
    inputs[i] = draw (sim, 3) == 0   ? any_future (sim)
                : draw (sim, 2) == 0 ? run_limited (sim, scope)
                                     : thaw_delay (draw (sim, 2000));
  return combinators[draw (sim, G_N_ELEMENTS (combinators))](inputs, n);
}

static ThawFuture *
chained (ThawFuture *completed, gpointer user_data)
{
  Datum *datum = user_data;

  note (300 + datum->c);
  if (datum->scope && thaw_scope_is_cancelled (datum->scope))
    fail (datum->sim, "A callback ran after the end of its scope");
  return datum->c % 2 ? thaw_delay (datum->usec) : thaw_future_ref (completed);
}

static void
observed (ThawFuture *completed, gpointer user_data)
{
  Datum *datum = user_data;

  note (400 + datum->c);
  if (thaw_scope_is_cancelled (datum->scope))
    fail (datum->sim, "A handler ran after the end of its scope");
}

static void
observe (Sim *sim, ThawScope *scope, ThawFuture *future)
{
  gboolean forgets = sim->bug == BUG_LATE_HANDLER && draw (sim, 20) == 0;

  thaw_future_done (future, forgets ? NULL : scope, observed, datum_new (sim, scope), datum_free);
}

static ThawFuture *
run_chain (Sim *sim, ThawScope *scope)
{
  g_autoptr (ThawFuture) source = any_future (sim);

  return thaw_future_then (source, scope, chained, datum_new (sim, scope), datum_free);
}

static void
paced (gpointer value, gpointer user_data)
{
  Datum *datum = value;

  note (500);
  if (thaw_scope_is_cancelled (datum->scope))
    fail (datum->sim, "A pacer let a value out after the end of its scope");
  datum_free (datum);
}

/* A pacer and the scope that it belongs to, which is that of its values too. */
typedef struct {
  ThawPacer *pacer;
  ThawScope *scope;
} Paced;

static void
paced_free (gpointer data)
{
  Paced *paced_here = data;

  thaw_pacer_unref (paced_here->pacer);
  thaw_scope_unref (paced_here->scope);
  g_free (paced_here);
}

static Paced *
paced_new (Sim *sim, ThawScope *scope)
{
  Paced *self = g_new (Paced, 1);
  gint64 pace = 50 + draw (sim, 500);

  self->scope = thaw_scope_ref (scope);
  if (draw (sim, 2))
    self->pacer = thaw_pacer_new_throttle (scope, "pacer", pace, paced, NULL, datum_free);
  else
    self->pacer = thaw_pacer_new_debounce (scope, "pacer", pace, 2 * pace, paced, NULL, datum_free);
  return self;
}

static void
use_pacer (Sim *sim, ThawScope *scope)
{
  Paced *some;

  if (sim->pacers->len < 3)
    g_ptr_array_add (sim->pacers, paced_new (sim, scope));
  some = sim->pacers->pdata[draw (sim, sim->pacers->len)];
  switch (draw (sim, 6))
    {
    case 0:
      thaw_pacer_flush (some->pacer);
      break;
    case 1:
      thaw_pacer_clear (some->pacer);
      break;
    case 2:
      if (sim->pacers->len > 2)
        g_ptr_array_remove_index_fast (sim->pacers, 0);
      break;
    default:
      for (guint n = draw (sim, 4); n > 0; n--)
        thaw_pacer_push (some->pacer, datum_new (sim, some->scope));
    }
}

static void
add_scope (Sim *sim)
{
  ThawScope *parent = draw (sim, 3) ? any_scope (sim) : NULL, *scope;

  if (draw (sim, 2))
    scope = thaw_scope_new ("scope", parent);
  else
    {
      GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);

      scope = thaw_scope_new_for_owner ("owned", owner, parent);
      g_ptr_array_add (sim->owners, owner);
    }
  if (draw (sim, 3) == 0)
    thaw_scope_set_deadline (scope, thaw_clock_get_usec () + draw (sim, 8000));
  g_ptr_array_add (sim->scopes, scope);
}

static void
keep (Sim *sim, ThawScope *scope, ThawFuture *future)
{
  if (draw (sim, 3) == 0)
    future = thaw_future_timeout (future, draw (sim, 4000));
  if (draw (sim, 2))
    observe (sim, scope, future);
  g_ptr_array_add (sim->futures, future);
}

static void
act (Sim *sim)
{
  ThawScope *scope = any_scope (sim);
  guint action = draw (sim, 17);

  note (action);
  totals.n_actions++;
  switch (action)
    {
    case 0:
    case 1:
    case 2:
      keep (sim, scope, spawn_worker (sim, scope));
      break;
    case 3:
    case 4:
      keep (sim, scope, run_limited (sim, scope));
      break;
    case 5:
      keep (sim, scope, run_retry (sim, scope));
      break;
    case 6:
      keep (sim, scope, run_map (sim, scope));
      break;
    case 7:
      keep (sim, scope, run_combination (sim, scope));
      break;
    case 8:
      keep (sim, scope, run_chain (sim, scope));
      break;
    case 9:
      keep (sim, scope, thaw_rate_take (sim->rate, 1 + draw (sim, 3000)));
      break;
    case 10:
      use_pacer (sim, scope);
      break;
    case 11:
      add_scope (sim);
      break;
    case 12:
      if (draw (sim, 3) == 0)
        thaw_scope_cancel (scope);
      else
        thaw_scope_set_deadline (scope, thaw_clock_get_usec () + draw (sim, 9000));
      break;
    case 13:
      if (sim->owners->len > 0)
        g_ptr_array_remove_index_fast (sim->owners, draw (sim, sim->owners->len));
      break;
    case 14:
    case 15:
      if (sim->futures->len > 0)
        thaw_future_cancel (sim->futures->pdata[draw (sim, sim->futures->len)]);
      break;
    default: /* A permit that nobody takes, and one that nobody waits for. */
      thaw_future_disown (
          thaw_limiter_acquire (sim->limiters[draw (sim, N_LIMITERS)], scope, draw (sim, 3)));
    }
}

static ThawFuture *
drive_fiber (gpointer user_data)
{
  Sim *sim = user_data;
  guint n = 20 + draw (sim, 60);

  for (guint i = 0; i < n; i++)
    {
      act (sim);
      if (draw (sim, 3) && !thaw_await (thaw_delay (draw (sim, 1000)), NULL))
        break;
    }
  return thaw_future_new_resolved ();
}

static void
sim_init (Sim *sim, guint32 seed, Bug bug)
{
  *sim = (Sim){ .bug = bug, .rand = g_rand_new_with_seed (seed) };
  for (guint i = 0; i < N_LIMITERS; i++)
    {
      sim->limits[i] = bug == BUG_DEADLOCK ? 1 : 1 + draw (sim, 3);
      sim->limiters[i] = thaw_limiter_new ("limiter", sim->limits[i]);
    }
  sim->rate = thaw_rate_new (1000000, 500);
  sim->scopes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_scope_unref);
  sim->owners = g_ptr_array_new_with_free_func (g_object_unref);
  sim->futures = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  sim->pacers = g_ptr_array_new_with_free_func (paced_free);
  sim->leaked = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_permit_free);
  g_ptr_array_add (sim->scopes, thaw_scope_new ("first", NULL));
}

static void
check_complete (Sim *sim)
{
  for (guint i = 0; i < sim->futures->len; i++)
    if (thaw_future_get_state (sim->futures->pdata[i]) == THAW_FUTURE_PENDING)
      fail (sim,
            "Future %u (%s) never completes",
            i,
            thaw_future_get_name (sim->futures->pdata[i]));
    else if (thaw_future_get_error (sim->futures->pdata[i]))
      totals.n_cancelled++;
    else
      totals.n_completed++;
}

static void
check_limiters (Sim *sim)
{
  for (guint i = 0; i < N_LIMITERS; i++)
    {
      ThawLimiterStats stats;

      thaw_limiter_get_stats (sim->limiters[i], &stats);
      totals.n_granted += stats.n_granted;
      if (stats.n_out > 0 || stats.n_waiting > 0 || sim->n_inside[i] > 0)
        fail (sim, "Limiter %u: %u permits out, %u waiting", i, stats.n_out, stats.n_waiting);
      if (stats.max_out > sim->limits[i])
        fail (sim, "Limiter %u: %u permits were out at once", i, stats.max_out);
    }
}

static void
check_nothing_left (Sim *sim)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  if (stats.n_scopes > 0 || stats.n_fibers > 0 || stats.n_jobs > 0)
    fail (sim,
          "%u scopes, %u fibers, %u jobs are left",
          stats.n_scopes,
          stats.n_fibers,
          stats.n_jobs);
  if (sim->n_data > 0)
    fail (sim, "%u pieces of user data are left", sim->n_data);
}

static void
sim_end (Sim *sim)
{
  g_ptr_array_set_size (sim->futures, 0);
  virtual_run (-1);
  check_limiters (sim);
  g_ptr_array_unref (sim->leaked);
  for (guint i = 0; i < sim->scopes->len; i++)
    thaw_scope_cancel (sim->scopes->pdata[i]);
  g_ptr_array_unref (sim->pacers);
  g_ptr_array_unref (sim->scopes);
  g_ptr_array_unref (sim->owners);
  g_ptr_array_unref (sim->futures);
  virtual_run (-1);
  check_nothing_left (sim);
  for (guint i = 0; i < N_LIMITERS; i++)
    thaw_limiter_unref (sim->limiters[i]);
  thaw_rate_unref (sim->rate);
  g_rand_free (sim->rand);
}

/* NULL, or what went wrong (transfer full). */
static char *
run_schedule (guint32 seed, Bug bug, guint64 *digest)
{
  ThawScope *driver;
  Sim sim;

  virtual_begin (seed);
  sim_init (&sim, seed, bug);
  driver = thaw_scope_new ("driver", NULL);
  thaw_future_disown (thaw_scope_spawn (driver, "driver", drive_fiber, &sim, NULL));
  virtual_run (-1);
  check_complete (&sim);
  thaw_scope_unref (driver);
  sim_end (&sim);
  *digest = thaw_virtual_time_get_digest (test_virtual_time);
  totals.n_jumps += thaw_virtual_time_get_n_jumps (test_virtual_time);
  g_clear_pointer (&test_virtual_time, thaw_virtual_time_free);
  return sim.failure;
}

static void
run_and_check (guint32 seed)
{
  guint64 digest;
  g_autofree char *failure = run_schedule (seed, BUG_NONE, &digest);

  if (failure)
    g_error ("THAW_SCHEDULE_SEED=%u: %s", seed, failure);
}

static void
test_random_schedules (void)
{
  const char *only = g_getenv ("THAW_SCHEDULE_SEED");
  guint32 base = (guint32) g_test_rand_int ();

  if (only)
    {
      run_and_check ((guint32) g_ascii_strtoull (only, NULL, 10));
      return;
    }
  g_test_message ("seeds from %u on", base);
  for (guint i = 0; i < N_SCHEDULES; i++)
    run_and_check (base + i);
  g_test_message (
      "per schedule: %.1f actions, %.1f jumps, %.1f permits, %.1f resolved, %.1f rejected",
      (double) totals.n_actions / N_SCHEDULES,
      (double) totals.n_jumps / N_SCHEDULES,
      (double) totals.n_granted / N_SCHEDULES,
      (double) totals.n_completed / N_SCHEDULES,
      (double) totals.n_cancelled / N_SCHEDULES);
  g_assert_cmpuint (totals.n_completed, >, 5 * N_SCHEDULES);
  g_assert_cmpuint (totals.n_cancelled, >, 5 * N_SCHEDULES);
}

static void
test_replay (void)
{
  guint32 base = (guint32) g_test_rand_int ();
  guint64 first, second, other = 0, n_equal = 0;

  for (guint i = 0; i < N_REPLAYS; i++)
    {
      g_free (run_schedule (base + i, BUG_NONE, &first));
      g_free (run_schedule (base + i, BUG_NONE, &second));
      g_assert_cmphex (first, ==, second);
      n_equal += first == other;
      other = first;
    }
  g_assert_cmpuint (n_equal, ==, 0);
}

/* A failing seed fails again, in the same way. */
static void
test_planted (gconstpointer data)
{
  Bug bug = GPOINTER_TO_UINT (data);
  guint n_found = 0;

  for (guint32 seed = 1; seed <= 2000 && n_found < 5; seed++)
    {
      guint64 first, second;
      g_autofree char *failure = run_schedule (seed, bug, &first), *again = NULL;

      if (!failure)
        continue;
      again = run_schedule (seed, bug, &second);
      g_assert_cmpstr (failure, ==, again);
      g_assert_cmphex (first, ==, second);
      g_test_message ("seed %u: %s", seed, failure);
      n_found++;
    }
  g_assert_cmpuint (n_found, ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedules/random", test_random_schedules);
  g_test_add_func ("/schedules/replay", test_replay);
  g_test_add_data_func ("/schedules/planted/leaked-permit",
                        GUINT_TO_POINTER (BUG_LEAKED_PERMIT),
                        test_planted);
  g_test_add_data_func ("/schedules/planted/late-handler",
                        GUINT_TO_POINTER (BUG_LATE_HANDLER),
                        test_planted);
  g_test_add_data_func ("/schedules/planted/deadlock",
                        GUINT_TO_POINTER (BUG_DEADLOCK),
                        test_planted);
  return g_test_run ();
}
