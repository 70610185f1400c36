/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads and memory of the process while a run lasts: what /proc says, 20 times a second, and the
 * highest of it. A job on a lane of its own looks, so a run that freezes the window is measured
 * like any other. The meter's own thread and the server's are counted too. */

#include "files-lab-meter.h"
#include <stdio.h>
#include <unistd.h>

#define INTERVAL_USEC 50000

struct _FilesLabMeter {
  ThawFuture *job;
  guint n_threads; /* atomic, as the next */
  guint64 memory_bytes;
};

static void
raise_threads (FilesLabMeter *self, guint n)
{
  if (n > __atomic_load_n (&self->n_threads, __ATOMIC_RELAXED))
    __atomic_store_n (&self->n_threads, n, __ATOMIC_RELAXED);
}

static void
raise_memory (FilesLabMeter *self, guint64 bytes)
{
  if (bytes > __atomic_load_n (&self->memory_bytes, __ATOMIC_RELAXED))
    __atomic_store_n (&self->memory_bytes, bytes, __ATOMIC_RELAXED);
}

static void
read_status (FilesLabMeter *self)
{
  FILE *file = fopen ("/proc/self/status", "re");
  char line[128];
  unsigned long long value;

  if (file == NULL)
    return;
  while (fgets (line, sizeof (line), file) != NULL)
    if (sscanf (line, "VmRSS: %llu kB", &value) == 1)
      raise_memory (self, value * 1024);
    else if (sscanf (line, "Threads: %llu", &value) == 1)
      raise_threads (self, (guint) value);
  fclose (file);
}

static gboolean
look_lane (ThawJob *job, gpointer user_data, GError **error)
{
  while (!thaw_job_is_cancelled (job))
    {
      read_status (user_data);
      thaw_job_beat (job);
      g_usleep (INTERVAL_USEC);
    }
  return TRUE;
}

FilesLabMeter *
files_lab_meter_new (FilesLabBench *bench)
{
  FilesLabMeter *self = g_atomic_rc_box_new0 (FilesLabMeter);

  if (bench->meter_lane == NULL)
    bench->meter_lane = thaw_lane_new_private ("the Lab's meter", 1, NULL);
  self->job = thaw_lane_run (bench->meter_lane,
                             bench->scope,
                             "meter",
                             THAW_PRIORITY_DEFAULT,
                             -1,
                             look_lane,
                             g_atomic_rc_box_acquire (self),
                             g_atomic_rc_box_release);
  return self;
}

void
files_lab_meter_get (FilesLabMeter *self, guint *n_threads, guint64 *memory_bytes)
{
  *n_threads = __atomic_load_n (&self->n_threads, __ATOMIC_RELAXED);
  *memory_bytes = __atomic_load_n (&self->memory_bytes, __ATOMIC_RELAXED);
}

void
files_lab_meter_stop (FilesLabMeter *self)
{
  thaw_future_cancel (self->job);
  thaw_future_disown (g_steal_pointer (&self->job));
  g_atomic_rc_box_release (self);
}
