/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* swapcontext(), GTask and libdex, doing what bench-task.c has Thaw do. */

#include "task-contenders.h"

#include <gio/gio.h>
#include <time.h>
#include <ucontext.h>

#ifdef HAVE_DEX
#include <libdex.h>
#endif

gint64
bench_cpu_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static ucontext_t outside, inside;

static void
swap_back (void)
{
  for (;;)
    swapcontext (&inside, &outside);
}

double
bench_swapcontext (guint n)
{
  gsize size = 64 * 1024;
  g_autofree char *stack = g_malloc (size);
  gint64 start;

  getcontext (&inside);
  inside.uc_stack.ss_sp = stack;
  inside.uc_stack.ss_size = size;
  makecontext (&inside, swap_back, 0);
  start = bench_cpu_nsec ();
  for (guint i = 0; i < n; i++)
    swapcontext (&outside, &inside);
  return (double) (bench_cpu_nsec () - start) / n;
}

static void
gtask_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (*(guint *) user_data)--;
}

double
bench_gtask_return (guint n)
{
  guint n_left = n;
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, gtask_done_cb, &n_left);

      g_task_return_boolean (task, TRUE);
    }
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
  return (double) (bench_cpu_nsec () - start) / n;
}

#ifdef HAVE_DEX

static DexFuture *
spawn (DexFiberFunc func, gpointer user_data)
{
  return dex_scheduler_spawn (dex_scheduler_get_default (), 0, func, user_data, NULL);
}

gboolean
bench_dex_init (void)
{
  dex_init ();
  return TRUE;
}

static DexFuture *
count_fiber (gpointer user_data)
{
  (*(guint *) user_data)--;
  return dex_future_new_true ();
}

double
bench_dex_spawn (guint n, guint batch)
{
  gint64 start = bench_cpu_nsec ();

  for (guint done = 0; done < n; done += batch)
    {
      guint n_left = batch;

      for (guint i = 0; i < batch; i++)
        dex_unref (spawn (count_fiber, &n_left));
      while (n_left > 0)
        g_main_context_iteration (NULL, TRUE);
    }
  return (double) (bench_cpu_nsec () - start) / n;
}

typedef struct {
  guint n;
  double nsec;
} AwaitRun;

static DexFuture *
await_complete_fiber (gpointer user_data)
{
  AwaitRun *run = user_data;
  DexFuture *future = dex_future_new_for_int64 (1);
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < run->n; i++)
    dex_await (dex_ref (future), NULL);
  run->nsec = (double) (bench_cpu_nsec () - start) / run->n;
  return future;
}

double
bench_dex_await_complete (guint n)
{
  AwaitRun run = { n, 0 };
  DexFuture *future = spawn (await_complete_fiber, &run);

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  dex_unref (future);
  return run.nsec;
}

static guint n_suspended;

static DexFuture *
suspended_fiber (gpointer user_data)
{
  n_suspended++;
  dex_await (dex_ref (user_data), NULL);
  n_suspended--;
  return dex_future_new_true ();
}

double
bench_dex_suspend (guint n)
{
  DexPromise *gate = dex_promise_new ();
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < n; i++)
    dex_unref (spawn (suspended_fiber, gate));
  while (n_suspended < n)
    g_main_context_iteration (NULL, TRUE);
  dex_promise_resolve_boolean (gate, TRUE);
  while (n_suspended > 0)
    g_main_context_iteration (NULL, TRUE);
  dex_unref (gate);
  return (double) (bench_cpu_nsec () - start) / n;
}

static DexFuture *
add_one_cb (DexFuture *completed, gpointer user_data)
{
  return dex_future_new_for_int64 (g_value_get_int64 (dex_future_get_value (completed, NULL)) + 1);
}

double
bench_dex_chain (guint n)
{
  DexPromise *first = dex_promise_new ();
  DexFuture *last = dex_ref (DEX_FUTURE (first));
  GValue zero = G_VALUE_INIT;
  gint64 start = bench_cpu_nsec ();

  g_value_init (&zero, G_TYPE_INT64);
  for (guint i = 0; i < n; i++)
    last = dex_future_then (last, add_one_cb, NULL, NULL);
  dex_promise_resolve (first, &zero);
  while (dex_future_is_pending (last))
    g_main_context_iteration (NULL, TRUE);
  dex_unref (last);
  dex_unref (first);
  return (double) (bench_cpu_nsec () - start) / n;
}

static void
resolve_cb (gpointer data)
{
  dex_promise_resolve_boolean (data, TRUE);
  dex_unref (data);
}

/* It has no yield: the next turn of its scheduler resolves what the fiber awaits. */
static DexFuture *
yield_fiber (gpointer user_data)
{
  guint *n_left = user_data;

  while (*n_left > 0)
    {
      DexPromise *promise = dex_promise_new ();

      dex_scheduler_push (dex_scheduler_get_default (), resolve_cb, dex_ref (promise));
      dex_await (DEX_FUTURE (promise), NULL);
      if (*n_left > 0)
        (*n_left)--;
    }
  return dex_future_new_true ();
}

double
bench_dex_resume_flood (guint n)
{
  guint n_left = n;
  DexFuture *fibers[100];
  gint64 start = bench_cpu_nsec ();

  for (guint i = 0; i < G_N_ELEMENTS (fibers); i++)
    fibers[i] = spawn (yield_fiber, &n_left);
  for (guint i = 0; i < G_N_ELEMENTS (fibers); i++)
    {
      while (dex_future_is_pending (fibers[i]))
        g_main_context_iteration (NULL, TRUE);
      dex_unref (fibers[i]);
    }
  return (double) (bench_cpu_nsec () - start) / n;
}

#else

gboolean
bench_dex_init (void)
{
  return FALSE;
}

double
bench_dex_spawn (guint n, guint batch)
{
  g_return_val_if_reached (0);
}

double
bench_dex_await_complete (guint n)
{
  g_return_val_if_reached (0);
}

double
bench_dex_suspend (guint n)
{
  g_return_val_if_reached (0);
}

double
bench_dex_chain (guint n)
{
  g_return_val_if_reached (0);
}

double
bench_dex_resume_flood (guint n)
{
  g_return_val_if_reached (0);
}

#endif
