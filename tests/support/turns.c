/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wraps the poll function of one main context. The turn under way is counted when it is over. */

#include "turns.h"

#include <time.h>

static GPollFunc real_poll;
static Turns turns;
static gint64 since_usec, since_cpu_usec;

gint64
turns_thread_cpu_usec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
count_turn (void)
{
  gint64 wall_usec = g_get_monotonic_time () - since_usec;
  gint64 cpu_usec = turns_thread_cpu_usec () - since_cpu_usec;

  turns.n_turns++;
  turns.cpu_usec += cpu_usec;
  turns.longest_usec = MAX (turns.longest_usec, wall_usec);
  turns.longest_cpu_usec = MAX (turns.longest_cpu_usec, cpu_usec);
  turns.n_over_12ms += wall_usec > 12000;
  turns.n_cpu_over_12ms += cpu_usec > 12000;
}

static int
counting_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int n;

  count_turn ();
  n = real_poll (fds, n_fds, timeout);
  since_usec = g_get_monotonic_time ();
  since_cpu_usec = turns_thread_cpu_usec ();
  return n;
}

void
turns_reset (void)
{
  turns = (Turns) { 0 };
  since_usec = g_get_monotonic_time ();
  since_cpu_usec = turns_thread_cpu_usec ();
}

void
turns_install (GMainContext *context)
{
  real_poll = g_main_context_get_poll_func (context);
  turns_reset ();
  g_main_context_set_poll_func (context, counting_poll);
}

Turns
turns_get (void)
{
  return turns;
}
