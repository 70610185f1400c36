/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time left, judged over recorded transfers: after the first tenth of the time the median of
 * how far it is off must be below 20 %, once on devices that are seen for the first time and once
 * on devices that are remembered. Beside it the average since the start, which is what others show.
 * It must also never jump, and the truth should mostly lie in the range. */

#include "recordings.h"
#include "thaw-estimate-private.h"

#include <math.h>
#include <stdlib.h>

#define BAR 0.20
#define JUMP 0.3 /* of the time shown, at once */

typedef struct {
  GArray *errors, *average_errors; /* of double */
  guint n, n_inside, n_unknown, n_jumps;
  double sum, average_sum; /* means of the recordings' medians */
  double worst_jump; /* seconds that the shown time moved in a second, as a share of it, beyond
                        running down */
} Verdict;

static void
verdict_init (Verdict *self)
{
  *self = (Verdict){ .errors = g_array_new (FALSE, FALSE, sizeof (double)),
                     .average_errors = g_array_new (FALSE, FALSE, sizeof (double)) };
}

static void
verdict_clear (Verdict *self)
{
  g_array_unref (self->errors);
  g_array_unref (self->average_errors);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
get_median (GArray *values)
{
  if (values->len == 0)
    return NAN;
  g_array_sort (values, compare);
  return g_array_index (values, double, values->len / 2);
}

static double
get_average_left (const Recording *recording, const Sample *sample)
{
  double done = recording->bytes > 0 ? (double) sample->bytes / recording->bytes
                                     : (double) sample->entries / recording->entries;

  return done > 0 ? sample->seconds * (1 - done) / done : INFINITY;
}

static void
judge (Verdict *self,
       const Recording *recording,
       const Sample *sample,
       double total,
       double low,
       double high)
{
  double left = total - sample->seconds;
  double error = fabs ((low + high) / 2 - left) / left;
  double average_error = fabs (get_average_left (recording, sample) - left) / left;

  if (sample->seconds < 0.1 * total || sample->seconds > 0.95 * total)
    return;
  self->n++;
  if (low < 0)
    {
      self->n_unknown++;
      error = 1;
    }
  else if (low <= left && left <= high)
    self->n_inside++;
  g_array_append_val (self->errors, error);
  g_array_append_val (self->average_errors, average_error);
}

static void
note_jump (Verdict *self, double jump)
{
  self->worst_jump = MAX (self->worst_jump, jump);
  self->n_jumps += jump >= JUMP;
}

static void
replay (Verdict *self, const Recording *recording, const ThawSpeed *known, ThawSpeed *learned)
{
  g_autoptr (ThawEstimate) estimate
      = thaw_estimate_new (recording->bytes, recording->entries, known);
  double total = g_array_index (recording->samples, Sample, recording->samples->len - 1).seconds;
  double shown = -1, at = 0;

  for (guint i = 0; i < recording->samples->len; i++)
    {
      const Sample *sample = &g_array_index (recording->samples, Sample, i);
      double low = -1, high = -1, middle;

      thaw_estimate_add (estimate, sample->seconds, sample->bytes, sample->entries);
      if (!thaw_estimate_get (estimate, &low, &high))
        low = high = -1;
      middle = (low + high) / 2;
      if (shown > 5 && middle >= 0 && sample->seconds > at)
        note_jump (self, fabs (middle - (shown - (sample->seconds - at))) / shown);
      shown = middle;
      at = sample->seconds;
      judge (self, recording, sample, total, low, high);
    }
  thaw_estimate_get_speed (estimate, learned);
}

static void
add_up (Verdict *all, Verdict *one)
{
  g_array_append_vals (all->errors, one->errors->data, one->errors->len);
  g_array_append_vals (all->average_errors, one->average_errors->data, one->average_errors->len);
  all->n += one->n;
  all->n_inside += one->n_inside;
  all->n_unknown += one->n_unknown;
  all->worst_jump = MAX (all->worst_jump, one->worst_jump);
  all->n_jumps += one->n_jumps;
}

static void
print (const char *name, Verdict *verdict)
{
  g_test_message ("%-34s off by %4.0f%%, average since start %4.0f%%; in the range %3.0f%%; moves "
                  "by %2.0f%% at most",
                  name,
                  100 * get_median (verdict->errors),
                  100 * get_median (verdict->average_errors),
                  100.0 * verdict->n_inside / MAX (1, verdict->n),
                  100 * verdict->worst_jump);
}

/* Another transfer with that device, for teaching. */
static const Recording *
find_other (GPtrArray *recordings, const Recording *recording)
{
  for (guint i = 0; i < recordings->len; i++)
    {
      const Recording *other = g_ptr_array_index (recordings, i);

      if (other != recording && g_str_equal (other->device, recording->device))
        return other;
    }
  return NULL;
}

static void
judge_all (GPtrArray *recordings, gboolean remembers, Verdict *all)
{
  for (guint i = 0; i < recordings->len; i++)
    {
      const Recording *recording = g_ptr_array_index (recordings, i);
      const Recording *other = find_other (recordings, recording);
      Verdict verdict, ignored;
      ThawSpeed known = { 0 }, learned;

      verdict_init (&verdict);
      verdict_init (&ignored);
      if (remembers && other != NULL)
        replay (&ignored, other, NULL, &known);
      replay (&verdict, recording, &known, &learned);
      print (recording->name, &verdict);
      add_up (all, &verdict);
      all->sum += get_median (verdict.errors) / recordings->len;
      all->average_sum += get_median (verdict.average_errors) / recordings->len;
      verdict_clear (&verdict);
      verdict_clear (&ignored);
    }
}

static void
check_all (gboolean remembers)
{
  g_autoptr (GPtrArray) recordings = recordings_make (g_test_rand_int ());
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "recordings", NULL);
  g_autoptr (GPtrArray) real = recordings_load (folder);
  Verdict all;

  g_ptr_array_extend_and_steal (recordings, g_steal_pointer (&real));
  verdict_init (&all);
  judge_all (recordings, remembers, &all);
  print ("all", &all);
  g_assert_cmpfloat (get_median (all.errors), <, BAR);
  g_test_message ("mean of these: %.0f%%, average since start %.0f%%",
                  100 * all.sum,
                  100 * all.average_sum);
  /* Of a new device nobody can know the price of what it wasn't asked for yet, such as the film
   * after the small files. */
  g_assert_cmpfloat (all.sum, <, remembers ? BAR : 1.5 * BAR);
  g_assert_cmpfloat (all.sum, <, all.average_sum);
  g_assert_cmpfloat (all.n_inside, >, 0.5 * all.n);
  /* One seed in sixty has a device that stalls just so; there it moves once. */
  g_assert_cmpuint (all.n_jumps, <=, all.n / 2000);
  verdict_clear (&all);
}

static void
test_new_devices (void)
{
  check_all (FALSE);
}

static void
test_known_devices (void)
{
  check_all (TRUE);
}

static void
test_unknown_totals (void)
{
  g_autoptr (ThawEstimate) estimate = thaw_estimate_new (-1, -1, NULL);
  double low, high, bytes, entries;

  for (guint i = 1; i < 100; i++)
    thaw_estimate_add (estimate, i, i * 1000000, i);
  g_assert_false (thaw_estimate_get (estimate, &low, &high));
  thaw_estimate_get_rates (estimate, &bytes, &entries);
  g_assert_cmpfloat_with_epsilon (bytes, 1e6, 1e4);
  g_assert_cmpfloat_with_epsilon (entries, 1, 0.01);
}

/* More was done than was planned, the clock stands still, or nothing is done at all. */
static void
test_odd_samples (void)
{
  g_autoptr (ThawEstimate) estimate = thaw_estimate_new (1000, 2, NULL);
  ThawSpeed speed;
  double low, high;

  for (guint i = 0; i < 50; i++)
    thaw_estimate_add (estimate, i / 2, 0, 0);
  thaw_estimate_add (estimate, 30, 100000000, 50);
  thaw_estimate_add (estimate, 20, 100000000, 50);
  thaw_estimate_add (estimate, 60, 200000000, 100);
  g_assert_true (thaw_estimate_get (estimate, &low, &high));
  g_assert_true (isfinite (low) && isfinite (high) && low >= 0 && high >= low);
  thaw_estimate_get_speed (estimate, &speed);
  g_assert_true (isfinite (speed.bytes_per_second) && speed.bytes_per_second > 0);
  g_assert_true (isfinite (speed.seconds_per_entry) && speed.seconds_per_entry >= 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/estimate/new-devices", test_new_devices);
  g_test_add_func ("/estimate/known-devices", test_known_devices);
  g_test_add_func ("/estimate/unknown-totals", test_unknown_totals);
  g_test_add_func ("/estimate/odd-samples", test_odd_samples);
  return g_test_run ();
}
