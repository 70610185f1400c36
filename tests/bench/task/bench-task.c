/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fibers and futures against swapcontext(), libdex and GTask: the switch, spawning, awaiting, a
 * hundred thousand suspended at once, and floods of callbacks and resumptions. All of it runs on
 * one thread, so CPU time of that thread is measured, which a busy machine disturbs less; rounds
 * are interleaved and medians compared. With --quick it only shows that it runs. */

#include "task-contenders.h"

#include "thaw-context-switch-private.h"
#include "thaw-scope.h"
#include "thaw-stack-pool-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ROUNDS 9

static guint n_rounds = 7;
static guint scale = 100; /* percent */
static ThawScope *scope;

static gboolean
run_turn (void)
{
  return g_main_context_iteration (NULL, TRUE);
}

/* Switches. */

typedef struct {
  ThawContext outside, inside;
} Pair;

static void
switch_back (gpointer arg)
{
  Pair *pair = arg;
  ThawContext *resumer = &pair->outside;

  thaw_context_entered (&pair->outside);
  for (;;)
    thaw_context_switch (&pair->inside, &pair->outside, &resumer);
}

static double
thaw_switch (guint n)
{
  ThawStackPool *pool = thaw_stack_pool_new (TRUE);
  ThawStack *stack = thaw_stack_pool_take (pool);
  Pair pair = { 0 };
  gint64 start;
  double nsec;

  thaw_context_init (&pair.inside, stack->bottom, stack->size, switch_back, &pair);
  start = bench_cpu_nsec ();
  for (guint i = 0; i < n; i++)
    thaw_context_switch (&pair.outside, &pair.inside, NULL);
  nsec = (double) (bench_cpu_nsec () - start) / n;
  thaw_context_clear (&pair.inside, stack->bottom, THAW_STACK_BYTES);
  thaw_stack_pool_give (pool, stack);
  thaw_stack_pool_free (pool);
  return nsec;
}

/* Spawning. */

static ThawFuture *
count_fiber (gpointer user_data)
{
  (*(guint *) user_data)--;
  return thaw_future_new_resolved ();
}

static double
thaw_spawn_at_once (guint n, guint batch)
{
  gint64 start = bench_cpu_nsec ();

  for (guint done = 0; done < n; done += batch)
    {
      guint n_left = batch;

      for (guint i = 0; i < batch; i++)
        thaw_future_disown (thaw_scope_spawn (scope, "count", count_fiber, &n_left, NULL));
      while (n_left > 0)
        run_turn ();
    }
  return (double) (bench_cpu_nsec () - start) / n;
}

static double
thaw_spawn_1k (guint n)
{
  return thaw_spawn_at_once (n, 1000);
}

static double
thaw_spawn_10k (guint n)
{
  return thaw_spawn_at_once (n, 10000);
}

static double
dex_spawn_1k (guint n)
{
  return bench_dex_spawn (n, 1000);
}

static double
dex_spawn_10k (guint n)
{
  return bench_dex_spawn (n, 10000);
}

/* Awaiting. */

typedef struct {
  guint n;
  double nsec;
} AwaitRun;

static ThawFuture *
await_complete_fiber (gpointer user_data)
{
  AwaitRun *run = user_data;
  ThawFuture *future = thaw_future_new_int64 (1);
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < run->n; i++)
    thaw_await (thaw_future_ref (future), NULL);
  run->nsec = (double) (bench_cpu_nsec () - start) / run->n;
  return future;
}

static double
thaw_await_complete (guint n)
{
  AwaitRun run = { n };

  thaw_future_disown (thaw_scope_spawn (scope, "await", await_complete_fiber, &run, NULL));
  while (run.nsec == 0)
    run_turn ();
  return run.nsec;
}

/* Many suspended. */

static guint n_suspended;

static ThawFuture *
suspended_fiber (gpointer user_data)
{
  n_suspended++;
  thaw_await (thaw_future_ref (user_data), NULL);
  n_suspended--;
  return thaw_future_new_resolved ();
}

static double
thaw_suspend (guint n)
{
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < n; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "suspended", suspended_fiber, gate, NULL));
  while (n_suspended < n)
    run_turn ();
  thaw_future_resolve (gate);
  while (n_suspended > 0)
    run_turn ();
  return (double) (bench_cpu_nsec () - start) / n;
}

static gsize
get_resident_bytes (void)
{
  g_autofree char *text = NULL;
  char **fields;
  gsize pages;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  fields = g_strsplit (text, " ", 3);
  pages = strtoul (fields[1], NULL, 10);
  g_strfreev (fields);
  return pages * sysconf (_SC_PAGESIZE);
}

static void
report_many_suspended (guint n)
{
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  gsize before = get_resident_bytes (), after;
  guint most;

  for (guint i = 0; i < n; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "suspended", suspended_fiber, gate, NULL));
  while (thaw_scope_get_n_tasks (scope) > n_suspended)
    run_turn ();
  most = n_suspended;
  after = get_resident_bytes ();
  thaw_future_resolve (gate);
  while (n_suspended > 0)
    run_turn ();
  g_print ("task-suspended-at-once: %u fibers (bar >= %u) %s\n",
           most,
           n,
           most >= n ? "holds" : "short");
  g_print ("task-suspended-memory: %.0f bytes a fiber (bar <= 10240) %s\n",
           (double) (after - before) / most,
           after - before <= (gsize) most * 10240 ? "holds" : "short");
}

/* Floods. */

static void
count_done_cb (ThawFuture *completed, gpointer user_data)
{
  (*(guint *) user_data)--;
}

static double
thaw_done_flood (guint n)
{
  g_autoptr (ThawFuture) future = thaw_future_new_resolved ();
  guint n_left = n;
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < n; i++)
    thaw_future_done (future, NULL, count_done_cb, &n_left, NULL);
  while (n_left > 0)
    run_turn ();
  return (double) (bench_cpu_nsec () - start) / n;
}

static ThawFuture *
yield_fiber (gpointer user_data)
{
  guint *n_left = user_data;

  while (*n_left > 0 && thaw_fiber_yield (NULL))
    if (*n_left > 0)
      (*n_left)--;
  return thaw_future_new_resolved ();
}

static double
thaw_resume_flood (guint n)
{
  guint n_left = n;
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < 100; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "yield", yield_fiber, &n_left, NULL));
  while (thaw_scope_get_n_tasks (scope) > 0)
    run_turn ();
  return (double) (bench_cpu_nsec () - start) / n;
}

static ThawFuture *
add_one_cb (ThawFuture *completed, gpointer user_data)
{
  return thaw_future_new_int64 (thaw_future_get_int64 (completed, NULL) + 1);
}

static double
thaw_chain (guint n)
{
  g_autoptr (ThawFuture) last = thaw_future_new_int64 (0);
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < n; i++)
    {
      ThawFuture *next = thaw_future_then (last, NULL, add_one_cb, NULL, NULL);

      thaw_future_unref (last);
      last = next;
    }
  while (thaw_future_get_state (last) == THAW_FUTURE_PENDING)
    run_turn ();
  return (double) (bench_cpu_nsec () - start) / n;
}

/* Comparing. */

typedef double (*Measure) (guint n);

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (double *values)
{
  qsort (values, n_rounds, sizeof *values, compare_doubles);
  return values[n_rounds / 2];
}

/* @bar_ratio: of the medians; @bar_nsec: of ours, or 0. */
static void
report (const char *name,
        guint n,
        Measure ours,
        const char *peer_name,
        Measure theirs,
        double bar_ratio,
        double bar_nsec)
{
  double our_nsec[MAX_ROUNDS], their_nsec[MAX_ROUNDS], mine, peer;

  n = MAX (n / 100 * scale, 10000);
  for (guint i = 0; i < n_rounds; i++)
    {
      our_nsec[i] = ours (n);
      their_nsec[i] = theirs (n);
    }
  mine = median (our_nsec);
  peer = median (their_nsec);
  if (bar_nsec > 0)
    g_print ("%s: %.1f ns (bar <= %g ns; %s %.1f ns) %s\n",
             name,
             mine,
             bar_nsec,
             peer_name,
             peer,
             mine <= bar_nsec ? "holds" : "short");
  else
    g_print ("%s: %.3f x %s, %.1f against %.1f ns (bar <= %g x) %s\n",
             name,
             mine / peer,
             peer_name,
             mine,
             peer,
             bar_ratio,
             mine <= bar_ratio * peer ? "holds" : "short");
}

static void
report_against_dex (void)
{
  if (!bench_dex_init ())
    {
      g_print ("task-spawn: skipped, there is no libdex to compare with\n");
      return;
    }
  report ("task-await-complete",
          1000000,
          thaw_await_complete,
          "libdex",
          bench_dex_await_complete,
          0,
          50);
  report ("task-spawn-1k", 100000, thaw_spawn_1k, "libdex", dex_spawn_1k, .25, 0);
  report ("task-spawn-10k", 100000, thaw_spawn_10k, "libdex", dex_spawn_10k, .25, 0);
  report ("task-suspend-10k", 10000, thaw_suspend, "libdex", bench_dex_suspend, .25, 0);
  report ("task-chain-10k", 10000, thaw_chain, "libdex", bench_dex_chain, .5, 0);
  report ("task-resume-flood",
          1000000,
          thaw_resume_flood,
          "libdex",
          bench_dex_resume_flood,
          .25,
          0);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");

  n_rounds = quick ? 3 : n_rounds;
  scale = quick ? 1 : scale;
  scope = thaw_scope_new ("bench", NULL);
  report ("task-switch", 1000000, thaw_switch, "swapcontext", bench_swapcontext, .1, 0);
  report_against_dex ();
  report ("task-done-flood", 1000000, thaw_done_flood, "GTask", bench_gtask_return, .25, 0);
  report_many_suspended (quick ? 2000 : 100000);
  thaw_scope_unref (scope);
  return 0;
}
