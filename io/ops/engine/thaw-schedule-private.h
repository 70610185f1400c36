/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may run now. Pure: a list of jobs in, what to do with each out. */
#pragma once

#include "thaw-devices-private.h"

G_BEGIN_DECLS

typedef enum {
  THAW_JOB_WAITING,
  THAW_JOB_RUNNING,
  THAW_JOB_STOPPED, /* paused, asks or doesn't answer: has a thread, but keeps no device busy */
} ThawJobActivity;

typedef struct {
  ThawJobActivity activity;
  gboolean is_light; /* renames and the like: keeps no device busy */
  gboolean is_small; /* takes a few seconds at most */
  gboolean is_held;  /* stands back for a small one */
  ThawDevices *devices;

  gboolean starts; /* out */
  gboolean holds;  /* out: what is_held is to be */
} ThawScheduled;

#define THAW_SCHEDULE_N_LIGHT 8 /* at once */
#define THAW_SCHEDULE_N_FAST 3  /* at once on a device that isn't slow */
#define THAW_SCHEDULE_SMALL_BYTES (32 * 1024 * 1024)
#define THAW_SCHEDULE_SMALL_ENTRIES 500

/* In the order of the queue. */
void thaw_schedule (ThawScheduled *jobs, guint n_jobs);

G_END_DECLS
