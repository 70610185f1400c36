/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The virtual time's record, for the clock, which reads it. */
#pragma once

#include "thaw-clock-private.h"

#include <pthread.h>

G_BEGIN_DECLS

struct _ThawVirtualTime {
  gint ref_count;
  gint64 now_usec;      /* atomic: written by its thread */
  guint64 random_state; /* atomic */
  gboolean shuffles;
  gint64 limit_usec; /* no jump leads past it */
  gint n_held;       /* atomic */
  GMainContext *context;
  ThawTimers *timers;
  guint64 n_jumps, digest;
  pthread_mutex_t lock; /* of the sleepers; the innermost lock */
  ThawSleeper sleepers; /* head of a circular list */
  ThawSleeper *waking;  /* out of the list, its wake() under way; only compared */
};

guint64 thaw_virtual_time_random (ThawVirtualTime *self);

G_END_DECLS
