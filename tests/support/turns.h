/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long the loop is held: the time between two polls of a main context, by the clock and by the thread's CPU time. */
#pragma once

#include <glib.h>

typedef struct {
  gint64 longest_usec;     /* wall clock: counts what the machine did instead, too */
  gint64 longest_cpu_usec; /* of the thread: what the loop itself did */
  gint64 longest_held_usec; /* wall clock without the time in which the thread waited for a processor */
  guint n_turns, n_over_12ms, n_cpu_over_12ms;
  gint64 cpu_usec;
  /* Of the turn with the longest CPU time, in steps of the kernel's accounting. */
  gint64 user_usec, system_usec;
  glong n_faults, n_preempted;
} Turns;

/* The context's thread. */
void turns_install (GMainContext *context);
void turns_reset (void);
Turns turns_get (void);
gint64 turns_thread_cpu_usec (void);
