/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump's figures: posting and handling against the alternatives, memory, and latency to an idle
 * loop. Rounds of all contenders are interleaved, a ratio is that of one round, and the median of
 * the ratios counts.
 * `--quick` runs one short round, to see that everything works. */

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "bench-contenders.h"
#include "bench-memory.h"
#include "thaw-mailbox.h"
#include "thaw-node-private.h"

#define MAX_ROUNDS 15

typedef struct {
  guint n_rounds;
  guint n_messages;
  guint n_samples;
} Plan;

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  return (*(const gint64 *) a > *(const gint64 *) b) - (*(const gint64 *) a < *(const gint64 *) b);
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof (double), compare_doubles);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
print_least (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.3g %s (bar >= %g) %s\n",
          name,
          figure,
          unit,
          bar,
          figure >= bar ? "holds" : "short");
}

static void
print_most (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.3g %s (bar <= %g) %s\n",
          name,
          figure,
          unit,
          bar,
          figure <= bar ? "holds" : "short");
}

static const struct {
  const char *name;
  BenchThroughput run;
  guint divisor; /* slow ones get fewer messages */
} contenders[] = {
  { "pump", bench_pump, 1 }, { "pump-wait", bench_pump_wait, 1 }, { "invoke", bench_invoke, 5 },
  { "uv", bench_uv, 1 },     { "mpsc", bench_rust, 1 },
};
enum { PUMP, PUMP_WAIT, INVOKE, UV, MPSC, N_CONTENDERS };

static void
compare_throughput (double nsec[N_CONTENDERS][MAX_ROUNDS],
                    int one,
                    int other,
                    guint n_rounds,
                    guint n_producers,
                    double bar)
{
  g_autofree char *name = NULL;
  double ratios[MAX_ROUNDS];

  if (nsec[other][0] == 0)
    return;
  for (guint i = 0; i < n_rounds; i++)
    ratios[i] = nsec[other][i] / nsec[one][i];
  name = g_strdup_printf ("%s-%u-over-%s",
                          contenders[one].name,
                          n_producers,
                          contenders[other].name);
  print_least (name, median (ratios, n_rounds), "x", bar);
}

/* Of this process and its children: on a busy machine the better measure of the two. */
static double
cpu_nsec (void)
{
  double nsec = 0;

  for (int i = 0; i < 2; i++)
    {
      struct rusage usage;

      getrusage (i == 0 ? RUSAGE_SELF : RUSAGE_CHILDREN, &usage);
      nsec += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9;
      nsec += (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
    }
  return nsec;
}

static void
bench_throughput (const Plan *plan, guint n_producers)
{
  double nsec[N_CONTENDERS][MAX_ROUNDS], cpu[N_CONTENDERS][MAX_ROUNDS];

  for (guint round = 0; round < plan->n_rounds; round++)
    for (guint i = 0; i < N_CONTENDERS; i++)
      {
        guint n_messages = plan->n_messages / contenders[i].divisor;
        double start = cpu_nsec ();

        nsec[i][round] = contenders[i].run (n_producers, n_messages);
        cpu[i][round] = (cpu_nsec () - start) / n_messages;
      }

  compare_throughput (nsec, PUMP, INVOKE, plan->n_rounds, n_producers, 40);
  compare_throughput (nsec, PUMP, UV, plan->n_rounds, n_producers, 3);
  compare_throughput (nsec, PUMP, MPSC, plan->n_rounds, n_producers, 1);
  compare_throughput (nsec, PUMP_WAIT, INVOKE, plan->n_rounds, n_producers, 10);
  for (guint i = 0; i < N_CONTENDERS; i++)
    if (nsec[i][0] > 0)
      printf ("# %s from %u: %.1f M messages/s, %.0f ns of CPU time a message\n",
              contenders[i].name,
              n_producers,
              1000 / median (nsec[i], plan->n_rounds),
              median (cpu[i], plan->n_rounds));
}

static void
ignore_message (gpointer message, gpointer user_data)
{
}

/* A backlog that no cache holds: the loop sees none of it before it is complete. */
static void
bench_backlog (const Plan *plan)
{
  ThawMailbox *mailbox = thaw_mailbox_new ("bench", NULL, NULL, 0, ignore_message, NULL, NULL);
  gsize before = bench_memory_resident (), full, after;
  guint n_slabs = thaw_node_get_n_slabs (), n_refused = 0;
  gulong n_allocations, n_bytes;

  bench_memory_start ();
  for (guint i = 0; i < plan->n_messages; i++)
    n_refused += !thaw_mailbox_post (mailbox, NULL);
  bench_memory_stop (&n_allocations, &n_bytes);
  n_slabs = thaw_node_get_n_slabs () - n_slabs;
  full = bench_memory_resident ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  after = bench_memory_resident ();
  thaw_mailbox_close (mailbox);
  thaw_mailbox_unref (mailbox);
  g_assert_cmpuint (n_refused, ==, 0);

  if (bench_memory_is_counting ())
    {
      print_most ("pump-allocations",
                  (double) (n_allocations + n_slabs) / plan->n_messages,
                  "a message",
                  0.02);
      print_most ("pump-bytes",
                  (n_bytes + (double) n_slabs * THAW_SLAB_BYTES) / plan->n_messages,
                  "bytes a message",
                  24);
    }
  print_most ("pump-slabs-after-flood",
              thaw_node_get_n_slabs (),
              "slabs",
              thaw_node_get_max_cached_slabs () + 1);
  printf ("# resident: %.1f MB before, %.1f with %u messages, %.1f after\n",
          before / 1e6,
          full / 1e6,
          plan->n_messages,
          after / 1e6);
  if (full > before && bench_memory_is_counting ())
    print_most ("pump-memory-kept", 100.0 * ((double) after - before) / (full - before), "%", 15);
}

static double
percentile (gint64 *samples, guint n, double percent)
{
  qsort (samples, n, sizeof (gint64), compare_times);
  return samples[MIN ((guint) (n * percent / 100), n - 1)];
}

static void
bench_latency (const Plan *plan)
{
  g_autofree gint64 *samples = g_new (gint64, plan->n_samples);
  double ratios[MAX_ROUNDS], own[MAX_ROUNDS], idle[MAX_ROUNDS];

  for (guint round = 0; round < plan->n_rounds; round++)
    {
      bench_pump_latency (samples, plan->n_samples);
      own[round] = percentile (samples, plan->n_samples, 50);
      bench_idle_latency (samples, plan->n_samples);
      idle[round] = percentile (samples, plan->n_samples, 50);
      ratios[round] = own[round] / idle[round];
    }
  print_most ("pump-latency-over-idle", median (ratios, plan->n_rounds), "x", 0.55);
  printf ("# latency p50: pump %.1f us, g_idle_add %.1f us\n",
          median (own, plan->n_rounds) / 1000,
          median (idle, plan->n_rounds) / 1000);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  Plan plan = { quick ? 1 : 9, quick ? 50000 : 1000000, quick ? 100 : 2000 };

  bench_rust_program = argc > 1 + quick ? argv[1 + quick] : NULL;
  setvbuf (stdout, NULL, _IOLBF, 0);
  bench_backlog (&plan);
  bench_latency (&plan);
  bench_throughput (&plan, 1);
  bench_throughput (&plan, 4);

  return 0;
}
