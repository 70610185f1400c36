/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window under a flood of 1,000,000 pieces of work of 2 us: are its frames as regular as those of
 * the same window without one, are its clicks answered in time, how much of the throughput does
 * that cost, and does the flood get on when each frame takes 25 ms? For messages, completed futures
 * and resumed fibers.
 *
 *   bench-flood [--quick | messages | futures | fibers]
 *
 * Needs X (with-display). Each round runs the window alone, flooded, and flooded with no budget,
 * one after the other, so that what is compared met the same machine; figures are medians over the
 * rounds. Where the loop's thread waited for a CPU, the line says for how much of the time. */
#include "flood-window.h"
#include "flood.h"
#include "thaw.h"
#include "window-figures.h"

#include <stdio.h>

#define HEAVY_FRAME_USEC 25000
#define HEAVY_LIMIT_USEC (4 * G_USEC_PER_SEC)
#define LIMIT_USEC (60 * G_USEC_PER_SEC)

typedef struct {
  GArray *frame_ratio, *click_p99, *throughput_ratio, *heavy_share;
  /* Of the loop's thread, while flooded. */
  gint64 ran_usec, waited_usec, painting_usec, slices_usec;
} Results;

typedef struct {
  guint n_total, n_heavy, n_rounds;
  gint64 alone_usec;
} Scale;

/* How long this thread has been ready to run without a CPU: /proc's second field, in ns. */
static gint64
get_waited_usec (void)
{
  unsigned long long ran, waited = 0;
  FILE *file = fopen ("/proc/thread-self/schedstat", "re");

  if (file == NULL)
    return 0;
  if (fscanf (file, "%llu %llu", &ran, &waited) != 2)
    waited = 0;
  fclose (file);
  return waited / 1000;
}

static void
run_alone (gint64 usec)
{
  gint64 until = g_get_monotonic_time () + usec;

  while (g_get_monotonic_time () < until)
    g_main_context_iteration (NULL, TRUE);
}

/* Runs a flood to its end or for @limit_usec, while @window notes its @frames and @clicks. Returns
 * steps per microsecond, and the time spent painting. */
static double
run_flood (FloodWindow *window,
           const Flood *kind,
           guint n_total,
           gint64 slice_usec,
           gint64 limit_usec,
           GArray *frames,
           GArray *clicks,
           gint64 *painting_usec)
{
  Flood flood = *kind;
  ThawPump *pump = thaw_pump_get (NULL);
  double rate;

  flood.n_total = n_total;
  flood.prepare (&flood);
  /* The clicks that came during the preparation were kept waiting by it, not by the flood. */
  flood_window_reset (window, NULL, NULL);
  run_alone (100000);
  thaw_pump_set_slice (pump, slice_usec);
  flood_window_reset (window, frames, clicks);
  flood.started_usec = g_get_monotonic_time ();
  flood.start (&flood);
  while (flood.n_done < flood.n_total && g_get_monotonic_time () < flood.started_usec + limit_usec)
    g_main_context_iteration (NULL, TRUE);
  if (flood.n_done < flood.n_total)
    flood.ended_usec = g_get_monotonic_time ();
  rate = flood.n_done / (double) MAX (1, flood.ended_usec - flood.started_usec);
  if (painting_usec != NULL)
    *painting_usec = flood_window_get_painting_usec (window);
  flood_window_reset (window, NULL, NULL);
  /* What is left over goes as fast as it can. */
  thaw_pump_set_slice (pump, 0);
  flood.clear (&flood);
  thaw_pump_set_slice (pump, THAW_PUMP_SLICE_USEC);
  return rate;
}

static gint64
get_slices_usec (void)
{
  ThawPumpStats stats;

  thaw_pump_get_stats (thaw_pump_get (NULL), &stats);
  return stats.busy_usec;
}

/* The flood with its budget: what the window feels, and what the loop's thread spent its time on.
 */
static double
run_budgeted (FloodWindow *window,
              const Flood *kind,
              guint n_total,
              GArray *frames,
              GArray *clicks,
              Results *results)
{
  gint64 waited = get_waited_usec (), slices = get_slices_usec (), painted;
  double rate = run_flood (window,
                           kind,
                           n_total,
                           THAW_PUMP_SLICE_USEC,
                           LIMIT_USEC,
                           frames,
                           clicks,
                           &painted);

  results->ran_usec += n_total / rate;
  results->waited_usec += get_waited_usec () - waited;
  results->painting_usec += painted;
  results->slices_usec += get_slices_usec () - slices;
  return rate;
}

static double
run_heavy (FloodWindow *window, const Flood *kind, guint n_total)
{
  double rate;

  flood_window_set_weight (window, HEAVY_FRAME_USEC);
  rate
      = run_flood (window, kind, n_total, THAW_PUMP_SLICE_USEC, HEAVY_LIMIT_USEC, NULL, NULL, NULL);
  flood_window_set_weight (window, 0);
  return rate;
}

static void
measure_round (FloodWindow *window, const Flood *kind, const Scale *scale, Results *results)
{
  g_autoptr (GArray) alone = figures_new (), flooded = figures_new (), clicks = figures_new ();
  double budgeted, unlimited, heavy;

  flood_window_reset (window, alone, NULL);
  run_alone (scale->alone_usec);
  budgeted = run_budgeted (window, kind, scale->n_total, flooded, clicks, results);
  unlimited = run_flood (window, kind, scale->n_total, 0, LIMIT_USEC, NULL, NULL, NULL);
  heavy = run_heavy (window, kind, scale->n_heavy);
  figures_add (results->frame_ratio,
               figures_percentile (flooded, 99) / figures_percentile (alone, 99));
  figures_add (results->click_p99, figures_percentile (clicks, 99));
  figures_add (results->throughput_ratio, budgeted / unlimited * 100);
  figures_add (results->heavy_share, heavy * FLOOD_STEP_USEC * 100);
}

static void
print_results (const char *kind, Results *results)
{
  gint64 rest_usec = results->ran_usec - results->painting_usec - results->slices_usec;
  g_autofree char *remark = g_strdup_printf (
      "painting took %.1f%% of the time, slices %.1f%%, clicks and turns %.1f%%; waited for a CPU %.1f%%",
      100.0 * results->painting_usec / MAX (1, results->ran_usec),
      100.0 * results->slices_usec / MAX (1, results->ran_usec),
      100.0 * rest_usec / MAX (1, results->ran_usec),
      100.0 * results->waited_usec / MAX (1, results->ran_usec));
  g_autofree char *frames = g_strdup_printf ("flood of %s, frame intervals p99 / unflooded", kind);
  g_autofree char *clicks = g_strdup_printf ("flood of %s, input p99", kind);
  g_autofree char *throughput = g_strdup_printf ("flood of %s, throughput / without budget", kind);
  g_autofree char *heavy = g_strdup_printf ("flood of %s, its share with 25 ms frames", kind);

  figure_print_most (frames, figures_median (results->frame_ratio), "x", 1.15, "");
  figure_print_most (clicks, figures_median (results->click_p99), "ms", 6, "");
  figure_print_least (throughput, figures_median (results->throughput_ratio), "%", 90, remark);
  figure_print_least (heavy, figures_median (results->heavy_share), "%", 10, "");
}

static void
measure (FloodWindow *window, const Flood *kind, const Scale *scale)
{
  Results results = { figures_new (), figures_new (), figures_new (), figures_new (), 0, 0, 0 };

  for (guint i = 0; i < scale->n_rounds; i++)
    measure_round (window, kind, scale, &results);
  print_results (kind->name, &results);
  g_array_unref (results.frame_ratio);
  g_array_unref (results.click_p99);
  g_array_unref (results.throughput_ratio);
  g_array_unref (results.heavy_share);
}

int
main (int argc, char **argv)
{
  static const Scale full = { 1000000, 400000, 5, 2 * G_USEC_PER_SEC };
  static const Scale quick = { 20000, 10000, 1, G_USEC_PER_SEC / 4 };
  static const Flood *const floods[] = { &flood_of_messages, &flood_of_futures, &flood_of_fibers };
  const Scale *scale = argc > 1 && g_str_equal (argv[1], "--quick") ? &quick : &full;
  g_autoptr (FloodWindow) window = NULL;

  if (!gtk_init_check () || (window = flood_window_new ()) == NULL)
    {
      g_print ("1..0 # SKIP there is no X display\n");
      return 77;
    }
  flood_calibrate ();
  for (guint i = 0; i < G_N_ELEMENTS (floods); i++)
    if (scale == &quick || argc == 1 || strstr (floods[i]->name, argv[1]) != NULL)
      measure (window, floods[i], scale);
  return 0;
}
