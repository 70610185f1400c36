/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time left from a model instead of from an average. A transfer costs so much per byte and so much
 * per file; both are learned while it runs, by least squares over what each second of work got
 * done, the recent past counting most, beginning with what was remembered of the device. What
 * remains is then priced at both, so that ten thousand small files followed by one film don't look
 * like ten thousand films. Seconds in which nothing moved tell nothing of either price; how much of
 * the time is lost in that way is a factor of its own, and the recent past counts there too.
 *
 * What is shown runs down with the clock and is drawn towards what the model says, so it never
 * jumps; the range is as wide as the model's forecasts have lately been apart, and wider where a
 * price is needed that hasn't been seen yet. */

#include "thaw-estimate-private.h"

#include <math.h>

#define STEP_SECONDS                                                                               \
  0.5 /* samples are gathered to steps of that length: shorter ones are mostly noise */
#define MEMORY_SECONDS 15.0 /* what is so long ago counts 1/e … */
#define MEMORY_SHARE 0.3    /* … or that share of the whole time, if it is more */
#define GUESS_BYTES_PER_SECOND 150e6
#define GUESS_SECONDS_PER_ENTRY 0.0005
#define GUESS_WEIGHT 1.0      /* seconds of evidence that the guess is worth */
#define KNOWN_WEIGHT_MAX 10.0 /* and what is remembered, at most */
#define LOST_DOUBT_SECONDS 3.0
#define FIRST_SECONDS 2.0 /* before that nothing is said */
#define SPEED_MAX                                                                                  \
  0.15 /* what is shown moves by at most that share of it in a second, besides running down */
#define CHANGE_SECONDS 3.0
#define CHANGE_OFF 0.5
#define CHANGE_FADE 0.1
#define RANGE_MIN 0.08

typedef struct {
  double bb, be, ee; /* sums of products: bytes and entries … */
  double bt, et;     /* … and with seconds */
} Sums;

struct _ThawEstimate {
  double bytes_total, entries_total;
  Sums sums;
  double seconds_per_byte, seconds_per_entry; /* the fit */
  double guess_per_byte, guess_per_entry, guess_weight;
  double lost, worked; /* seconds in which nothing moved, and others; the recent past counts most */
  double seconds, bytes, entries;     /* at the last step's end */
  double byte_seconds, entry_seconds; /* how much of the evidence is of each kind */
  double byte_rate, entry_rate;
  double shown;            /* what is shown; < 0: nothing */
  double off;              /* logarithm of how far the model has been off lately */
  double forecast, spread; /* of the whole time: mean and mean deviation */
};

ThawEstimate *
thaw_estimate_new (gint64 bytes_total, gint64 entries_total, const ThawSpeed *known)
{
  ThawEstimate *self = g_new0 (ThawEstimate, 1);
  gboolean is_known = known != NULL && known->weight > 0 && known->bytes_per_second > 0;

  self->bytes_total = bytes_total;
  self->entries_total = entries_total;
  self->guess_per_byte = 1 / (is_known ? known->bytes_per_second : GUESS_BYTES_PER_SECOND);
  self->guess_per_entry = is_known ? MAX (known->seconds_per_entry, 1e-6) : GUESS_SECONDS_PER_ENTRY;
  self->guess_weight
      = is_known ? CLAMP (known->weight, GUESS_WEIGHT, KNOWN_WEIGHT_MAX) : GUESS_WEIGHT;
  self->seconds_per_byte = self->guess_per_byte;
  self->seconds_per_entry = self->guess_per_entry;
  self->shown = -1;
  return self;
}

void
thaw_estimate_free (ThawEstimate *self)
{
  g_free (self);
}

static void
sums_fade (Sums *sums, double factor)
{
  sums->bb *= factor;
  sums->be *= factor;
  sums->ee *= factor;
  sums->bt *= factor;
  sums->et *= factor;
}

static void
sums_add (Sums *sums, double bytes, double entries, double seconds, double weight)
{
  sums->bb += weight * bytes * bytes;
  sums->be += weight * bytes * entries;
  sums->ee += weight * entries * entries;
  sums->bt += weight * bytes * seconds;
  sums->et += weight * entries * seconds;
}

/* A row of the least squares weighs by the square of what was done in it, so a guess is told as
 * what a second gets done at today's price. The more has been seen of its kind the less it is
 * worth. */
static void
sums_add_guess (Sums *sums, ThawEstimate *self)
{
  double bytes = 1 / self->seconds_per_byte, entries = 1 / self->seconds_per_entry;

  sums_add (sums,
            bytes,
            0,
            bytes * self->guess_per_byte,
            self->guess_weight / (1 + self->byte_seconds));
  sums_add (sums,
            0,
            entries,
            entries * self->guess_per_entry,
            self->guess_weight / (1 + self->entry_seconds));
}

/* A price moves by a factor of three in a step at most: the weights of the next step are taken from
 * it. */
static double
move_price (double from, double to, double low, double high)
{
  return CLAMP (CLAMP (to, from / 3, from * 3), low, high);
}

static void
fit (ThawEstimate *self)
{
  Sums sums = self->sums;
  double determinant, per_byte, per_entry;

  sums_add_guess (&sums, self);
  determinant = sums.bb * sums.ee - sums.be * sums.be;
  per_byte = determinant > 0 ? (sums.bt * sums.ee - sums.et * sums.be) / determinant : 0;
  per_entry = determinant > 0 ? (sums.et * sums.bb - sums.bt * sums.be) / determinant : 0;
  if (per_byte <= 0 && sums.ee > 0)
    per_entry = sums.et / sums.ee;
  else if (per_entry <= 0 && sums.bb > 0)
    per_byte = sums.bt / sums.bb;
  self->seconds_per_byte = move_price (self->seconds_per_byte, per_byte, 1e-12, 1e-2);
  self->seconds_per_entry = move_price (self->seconds_per_entry, per_entry, 1e-7, 1e4);
}

static double
get_left (ThawEstimate *self)
{
  double bytes = MAX (0, self->bytes_total - self->bytes);
  double entries = MAX (0, self->entries_total - self->entries);
  double price = bytes * self->seconds_per_byte + entries * self->seconds_per_entry;

  return price * (1 + self->lost / (self->worked + LOST_DOUBT_SECONDS));
}

/* How much of what remains would be paid at a price that has hardly been seen. */
static double
get_unseen (ThawEstimate *self)
{
  double bytes = MAX (0, self->bytes_total - self->bytes) * self->seconds_per_byte;
  double entries = MAX (0, self->entries_total - self->entries) * self->seconds_per_entry;
  double doubt_b = 1 / (1 + self->byte_seconds + self->guess_weight - GUESS_WEIGHT);
  double doubt_e = 1 / (1 + self->entry_seconds + self->guess_weight - GUESS_WEIGHT);

  return bytes + entries > 0 ? (bytes * doubt_b + entries * doubt_e) / (bytes + entries) : 0;
}

static void
show (ThawEstimate *self, double passed)
{
  double left = get_left (self);
  double pull = 1 - exp (-passed / CLAMP (0.1 * left, 1, 6));
  double total = self->seconds + left;
  double furthest;

  if (self->shown < 0)
    self->shown = left;
  else
    self->shown = MAX (0, self->shown - passed);
  furthest = MIN (passed, 1) * (SPEED_MAX * MAX (self->shown, 0.3 * left) + 0.5);
  self->shown += CLAMP ((left - self->shown) * pull, -furthest, furthest);
  if (self->forecast <= 0)
    self->forecast = total;
  self->spread += (fabs (total - self->forecast) - self->spread) * pull * 0.5;
  self->forecast += (total - self->forecast) * pull * 0.5;
}

static void
note_kind (ThawEstimate *self, double bytes, double entries, double seconds)
{
  double by_bytes = bytes * self->seconds_per_byte, by_entries = entries * self->seconds_per_entry;

  if (by_bytes + by_entries <= 0)
    return;
  self->byte_seconds += seconds * by_bytes / (by_bytes + by_entries);
  self->entry_seconds += seconds * by_entries / (by_bytes + by_entries);
}

static double
get_weight (ThawEstimate *self, double bytes, double entries)
{
  return 1 / CLAMP (bytes * self->seconds_per_byte + entries * self->seconds_per_entry, 0.2, 20);
}

/* Most of what makes one price higher makes the other one higher too. */
static void
scale_prices (ThawEstimate *self, double factor)
{
  self->seconds_per_byte *= factor;
  self->seconds_per_entry *= factor;
  self->guess_per_byte *= factor;
  self->guess_per_entry *= factor;
}

/* How long it should have taken, against how long it took, over the last seconds: when that is far
 * off for a while the world is another one (a cache is full, somebody else is done) and what was
 * learned before is worth little. */
static gboolean
notice_change (ThawEstimate *self, double seconds, double bytes, double entries)
{
  double expected = bytes * self->seconds_per_byte + entries * self->seconds_per_entry;
  double off = log (CLAMP (expected / seconds, 0.05, 20));

  self->off += (off - self->off) * (1 - exp (-seconds / CHANGE_SECONDS));
  if (fabs (self->off) < CHANGE_OFF)
    return FALSE;
  scale_prices (self, exp (-off));
  self->off = 0;
  return TRUE;
}

static void
take_step (ThawEstimate *self, double seconds, double bytes, double entries)
{
  double memory = MAX (MEMORY_SECONDS, MEMORY_SHARE * self->seconds);
  double fade = exp (-seconds / memory), quick = 1 - exp (-seconds / 3);

  sums_fade (&self->sums, fade);
  self->lost *= fade;
  self->worked *= fade;
  if (bytes > 0 || entries > 0)
    {
      /* A second each, however long the step: a long one would count for its square. And one in
       * which much was done counts no more for that: without a weight the fast seconds would drown
       * the slow ones. */
      double weight = get_weight (self, bytes / seconds, entries / seconds);

      if (notice_change (self, seconds, bytes, entries))
        sums_fade (&self->sums, CHANGE_FADE);
      sums_add (&self->sums, bytes / seconds, entries / seconds, 1, seconds * weight);
      self->worked += seconds;
      note_kind (self, bytes, entries, seconds);
    }
  else if (self->bytes > 0 || self->entries > 0)
    self->lost += seconds; /* getting started is lost once and for all */
  self->byte_rate += (bytes / seconds - self->byte_rate) * quick;
  self->entry_rate += (entries / seconds - self->entry_rate) * quick;
  fit (self);
}

void
thaw_estimate_add (ThawEstimate *self, double seconds, gint64 bytes, gint64 entries)
{
  double passed = seconds - self->seconds;

  if (passed < STEP_SECONDS)
    return;
  take_step (self, passed, bytes - self->bytes, entries - self->entries);
  self->seconds = seconds;
  self->bytes = bytes;
  self->entries = entries;
  if (self->bytes_total >= 0 && seconds >= FIRST_SECONDS)
    show (self, passed);
}

gboolean
thaw_estimate_get (ThawEstimate *self, double *low, double *high)
{
  double width;

  if (self->shown < 0)
    return FALSE;
  width = self->forecast > 0 ? self->spread / self->forecast : 0;
  width = CLAMP (width + 0.7 * get_unseen (self), RANGE_MIN, 0.7);
  *low = self->shown * (1 - width);
  *high = self->shown * (1 + width);
  return TRUE;
}

void
thaw_estimate_get_rates (ThawEstimate *self, double *bytes_per_second, double *entries_per_second)
{
  *bytes_per_second = self->byte_rate;
  *entries_per_second = self->entry_rate;
}

void
thaw_estimate_get_speed (ThawEstimate *self, ThawSpeed *speed)
{
  speed->bytes_per_second = 1 / self->seconds_per_byte;
  speed->seconds_per_entry = self->seconds_per_entry;
  speed->weight = self->guess_weight + self->byte_seconds + self->entry_seconds;
}
