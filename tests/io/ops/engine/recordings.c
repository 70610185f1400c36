/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recordings for the test of time left: reading the real ones, making up the others. A device is
 * made up of a price per byte and per file, noise, and habits: it starts slowly, it stalls, its
 * cache is full at some point. */

#include "recordings.h"

#include <math.h>
#include <stdio.h>

#define INTERVAL 0.2

void
recording_free (Recording *self)
{
  g_array_unref (self->samples);
  g_free (self->name);
  g_free (self->device);
  g_free (self);
}

static Recording *
recording_new (const char *name, const char *device)
{
  Recording *self = g_new0 (Recording, 1);

  self->name = g_strdup (name);
  self->device = g_strdup (device);
  self->samples = g_array_new (FALSE, FALSE, sizeof (Sample));
  return self;
}

static Recording *
load_one (const char *path, const char *name)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  Recording *self = recording_new (name, "disk");

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpint (
      sscanf (lines[0], "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, &self->bytes, &self->entries),
      ==,
      2);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      Sample sample;

      g_assert_cmpint (sscanf (lines[i],
                               "%lf %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                               &sample.seconds,
                               &sample.bytes,
                               &sample.entries),
                       ==,
                       3);
      g_array_append_val (self->samples, sample);
    }
  return self;
}

GPtrArray *
recordings_load (const char *folder)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) recording_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_suffix (name, ".txt"))
        g_ptr_array_add (all, load_one (path, name));
    }
  return all;
}

typedef struct {
  double bytes_per_second, seconds_per_entry;
  double noise;                    /* of each file's time, as a share */
  double start_seconds;            /* before the first byte */
  double ramp_seconds;             /* until it is at full speed */
  double stall_each, stall_for;    /* seconds */
  double cache_bytes, cache_speed; /* at first it is faster */
} Device;

typedef struct {
  const Device *device;
  GRand *random;
  Recording *recording;
  double now, next, stalled_until, next_stall;
  double bytes;
  gint64 entries;
} Machine;

static void
record_until (Machine *self, double seconds, double bytes)
{
  double from = self->now, had = self->bytes;

  while (self->next <= seconds)
    {
      double share = seconds > from ? (self->next - from) / (seconds - from) : 1;
      Sample sample = { self->next, (gint64) (had + bytes * share), self->entries };

      g_array_append_val (self->recording->samples, sample);
      self->next += INTERVAL;
    }
  self->now = seconds;
  self->bytes = had + bytes;
}

static double
get_rate (Machine *self)
{
  const Device *device = self->device;
  double rate = self->bytes < device->cache_bytes ? device->cache_speed : device->bytes_per_second;

  if (device->ramp_seconds > 0)
    rate *= CLAMP ((self->now - device->start_seconds) / device->ramp_seconds, 0.02, 1);
  return rate;
}

static void
stall_if_due (Machine *self)
{
  if (self->device->stall_each <= 0 || self->now < self->next_stall)
    return;
  record_until (self,
                self->now + self->device->stall_for * g_rand_double_range (self->random, 0.5, 1.5),
                0);
  self->next_stall
      = self->now + self->device->stall_each * g_rand_double_range (self->random, 0.5, 1.5);
}

static double
get_noise (Machine *self)
{
  return exp (self->device->noise * g_rand_double_range (self->random, -1, 1));
}

/* A file, a megabyte at a time. */
static void
transfer (Machine *self, double size)
{
  record_until (self, self->now + self->device->seconds_per_entry * get_noise (self), 0);
  for (double left = size; left > 0; left -= 1e6)
    {
      double piece = MIN (left, 1e6);

      stall_if_due (self);
      record_until (self, self->now + piece / get_rate (self) * get_noise (self), piece);
    }
  self->entries++;
}

static void
machine_start (Machine *self, GRand *random, const Device *device, const char *name, const char *id)
{
  *self = (Machine){ .device = device, .random = random, .recording = recording_new (name, id) };
  self->next_stall = device->stall_each;
  record_until (self, device->start_seconds, 0);
}

static void
machine_end (Machine *self, GPtrArray *all)
{
  Sample last = { self->now, (gint64) self->bytes, self->entries };

  g_array_append_val (self->recording->samples, last);
  self->recording->bytes = last.bytes;
  self->recording->entries = last.entries;
  g_ptr_array_add (all, self->recording);
}

static void
transfer_many (Machine *self, guint n, double low, double high)
{
  for (guint i = 0; i < n; i++)
    transfer (self, exp (g_rand_double_range (self->random, log (low), log (high))));
}

static const Device ssd = { .bytes_per_second = 450e6, .seconds_per_entry = 0.0004, .noise = 0.5 };
static const Device stick = { .bytes_per_second = 12e6,
                              .seconds_per_entry = 0.025,
                              .noise = 0.8,
                              .stall_each = 9,
                              .stall_for = 2 };
static const Device disk
    = { .bytes_per_second = 130e6, .seconds_per_entry = 0.006, .noise = 0.6, .start_seconds = 7 };
static const Device network
    = { .bytes_per_second = 40e6, .seconds_per_entry = 0.012, .noise = 0.5, .ramp_seconds = 6 };
static const Device cached = { .bytes_per_second = 90e6,
                               .seconds_per_entry = 0.001,
                               .noise = 0.3,
                               .cache_bytes = 3e9,
                               .cache_speed = 900e6 };

static void
make_big_after_small (GRand *random, GPtrArray *all)
{
  Machine machine;

  machine_start (&machine, random, &ssd, "many small, then one big", "ssd");
  transfer_many (&machine, 20000, 1e3, 2e4);
  transfer (&machine, 8e9);
  machine_end (&machine, all);
  machine_start (&machine, random, &ssd, "one big, then many small", "ssd");
  transfer (&machine, 8e9);
  transfer_many (&machine, 20000, 1e3, 2e4);
  machine_end (&machine, all);
}

static void
make_others (GRand *random, GPtrArray *all)
{
  Machine machine;

  machine_start (&machine, random, &stick, "photos to a stick that stalls", "stick");
  transfer_many (&machine, 300, 1e6, 8e6);
  machine_end (&machine, all);
  machine_start (&machine, random, &stick, "sources to a stick that stalls", "stick");
  transfer_many (&machine, 3000, 5e2, 3e5);
  machine_end (&machine, all);
  machine_start (&machine, random, &disk, "a disk that has to spin up", "disk that spins");
  transfer_many (&machine, 2000, 1e4, 1e7);
  machine_end (&machine, all);
  machine_start (&machine, random, &network, "a network that takes its time", "network");
  transfer_many (&machine, 150, 1e5, 1e8);
  machine_end (&machine, all);
  machine_start (&machine, random, &network, "photos and films in turns", "network");
  for (guint i = 0; i < 8; i++)
    {
      transfer_many (&machine, 400, 5e5, 4e6);
      transfer (&machine, 5e8);
    }
  machine_end (&machine, all);
  machine_start (&machine, random, &cached, "a cache that is full after 3 GB", "cached");
  transfer_many (&machine, 60, 1e8, 3e8);
  machine_end (&machine, all);
}

GPtrArray *
recordings_make (guint32 seed)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) recording_free);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  make_big_after_small (random, all);
  make_others (random, all);
  return all;
}
