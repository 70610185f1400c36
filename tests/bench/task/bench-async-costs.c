/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rest of the toolkit of tasks costs, beside bench-async: delays against GLib's timeouts;
 * a timeout, a permit and a publication; and that tasks take memory only while they live, 100,000
 * of them at once. CPU time, medians of interleaved rounds. With --quick it only shows that it
 * runs. */

#include "thaw-combine.h"
#include "thaw-limiter.h"
#include "thaw-timing.h"
#include "thaw-topic.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 5

static guint n_rounds = MAX_ROUNDS, n_tasks = 100000;
static ThawScope *scope;

static double
cpu_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return n > 0 ? values[n / 2] : 0;
}

static void
run_until_complete (ThawFuture *future)
{
  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
}

static void
run_all_tasks (void)
{
  g_autoptr (ThawFuture) join = thaw_scope_join (scope);

  run_until_complete (join);
}

static gboolean
count_idle (gpointer n_left)
{
  (*(guint *) n_left)--;
  return G_SOURCE_REMOVE;
}

static void
report (const char *name, double ours, const char *peer, double theirs, double bar)
{
  g_print ("%s: %.3f x %s, %.0f against %.0f ns (bar < %g x) %s\n",
           name,
           ours / theirs,
           peer,
           ours,
           theirs,
           bar,
           ours < bar * theirs ? "holds" : "short");
}

/* Delays. */

static double
delays_ours (void)
{
  ThawFuture **futures = g_new (ThawFuture *, n_tasks);
  double start = cpu_nsec ();
  g_autoptr (ThawFuture) all = NULL;

  for (guint i = 0; i < n_tasks; i++)
    futures[i] = thaw_delay (i % 1000);
  all = thaw_future_allv (futures, n_tasks);
  run_until_complete (all);
  g_free (futures);
  return (cpu_nsec () - start) / n_tasks;
}

/* A tenth of them: GLib looks through all of its sources in each turn. */
static double
delays_glib (void)
{
  guint n = n_tasks / 10, n_left = n;
  double start = cpu_nsec ();

  for (guint i = 0; i < n; i++)
    g_timeout_add (i % 2, count_idle, &n_left);
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
  return (cpu_nsec () - start) / n;
}

static void
compare_delays (void)
{
  double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];

  for (guint i = 0; i < n_rounds; i++)
    {
      ours[i] = delays_ours ();
      theirs[i] = delays_glib ();
    }
  report ("async-delay", median (ours, n_rounds), "g_timeout_add", median (theirs, n_rounds), 1);
}

/* What the rest costs. */

static void
report_cost (const char *name, double start, guint n, double bar_nsec)
{
  double nsec = (cpu_nsec () - start) / n;

  g_print ("%s: %.0f ns (bar <= %g ns) %s\n",
           name,
           nsec,
           bar_nsec,
           nsec <= bar_nsec ? "holds" : "short");
}

static void
measure_timeout (void)
{
  double start = cpu_nsec ();

  for (guint i = 0; i < n_tasks; i++)
    {
      ThawFuture *work = thaw_future_new ("work");
      g_autoptr (ThawFuture) limited
          = thaw_future_timeout (thaw_future_ref (work), 60 * G_USEC_PER_SEC);

      thaw_future_resolve (work);
      thaw_future_unref (work);
    }
  report_cost ("async-timeout-unused", start, n_tasks, 1000);
}

static void
measure_limiter (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("bench", 10);
  GQueue waiting = G_QUEUE_INIT;
  double start = cpu_nsec ();

  for (guint i = 0; i < n_tasks; i++)
    {
      g_queue_push_tail (&waiting, thaw_limiter_acquire (limiter, NULL, i % 3));
      if (waiting.length > 1000)
        thaw_future_unref (g_queue_pop_head (&waiting));
    }
  g_queue_clear_full (&waiting, (GDestroyNotify) thaw_future_unref);
  report_cost ("async-permit", start, n_tasks, 1500);
}

static void
ignore_message (gpointer message, gpointer user_data)
{
}

static void
measure_topic (void)
{
  g_autoptr (ThawTopic) topic = thaw_topic_new ("bench", THAW_TOPIC_DEFAULT, NULL, NULL);
  ThawMailbox *mailboxes[8];
  double start;

  for (guint i = 0; i < 8; i++)
    {
      mailboxes[i] = thaw_mailbox_new ("topic", NULL, NULL, 0, ignore_message, NULL, NULL);
      thaw_topic_subscribe (topic, mailboxes[i], THAW_TOPIC_MISS_NEWEST);
    }
  start = cpu_nsec ();
  for (guint i = 0; i < n_tasks; i++)
    thaw_topic_publish (topic, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  report_cost ("async-topic-post", start, 8 * n_tasks, 100);
  for (guint i = 0; i < 8; i++)
    {
      thaw_topic_unsubscribe (topic, mailboxes[i]);
      thaw_mailbox_unref (mailboxes[i]);
    }
}

/* Memory only while they live. */

static gsize
get_resident_bytes (void)
{
  g_autofree char *text = NULL;
  unsigned long size = 0, resident = 0;

  malloc_trim (0);
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%lu %lu", &size, &resident);
  return resident * sysconf (_SC_PAGESIZE);
}

static guint n_suspended;

static ThawFuture *
wait_fiber (gpointer gate)
{
  n_suspended++;
  thaw_await (thaw_future_ref (gate), NULL);
  return thaw_future_new_resolved ();
}

static void
run_for (gint64 usec)
{
  g_autoptr (ThawFuture) delay = thaw_delay (usec);

  run_until_complete (delay);
}

static void
measure_memory (gboolean quick)
{
  gsize before = get_resident_bytes (), during, after = 0;
  ThawFuture *gate = thaw_future_new ("gate");

  for (guint i = 0; i < n_tasks; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "wait", wait_fiber, gate, NULL));
  while (n_suspended < n_tasks)
    g_main_context_iteration (NULL, TRUE);
  during = get_resident_bytes ();
  thaw_future_resolve (gate);
  run_all_tasks ();
  thaw_future_unref (gate);
  /* Stacks are given back a batch at a time, once they weren't needed for a second. */
  for (guint i = 0; i < (quick ? 1 : 15); i++)
    {
      run_for (quick ? 0 : G_USEC_PER_SEC);
      after = get_resident_bytes ();
      if (after <= before + 200.0 * n_tasks)
        break;
    }
  g_print ("async-memory-left: %.0f bytes a task, %.0f while it waited (bar <= 200 bytes) %s\n",
           ((double) after - before) / n_tasks,
           ((double) during - before) / n_tasks,
           after <= before + 200.0 * n_tasks ? "holds" : "short");
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");

  if (quick)
    {
      n_rounds = 1;
      n_tasks = 2000;
    }
  scope = thaw_scope_new ("bench", NULL);
  measure_memory (quick);
  compare_delays ();
  measure_timeout ();
  measure_limiter ();
  measure_topic ();
  thaw_scope_unref (scope);
  return 0;
}
