/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wraps the poll function of one main context. The turn under way is counted when it is over. */

#include "turns.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static GPollFunc real_poll;
static Turns turns;
static gint64 since_usec, since_cpu_usec, since_delay_usec;
static int schedstat_fd = -1;

/* How long the thread has been ready to run without running: other threads had the processors. */
static gint64
run_delay_usec (void)
{
  char text[128] = { 0 };
  char *end;

  if (schedstat_fd < 0 || pread (schedstat_fd, text, sizeof text - 1, 0) <= 0)
    return 0;
  strtoull (text, &end, 10);
  return strtoull (end, NULL, 10) / 1000;
}

gint64
turns_thread_cpu_usec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static struct rusage since_usage;

static gint64
usec_between (struct timeval from, struct timeval to)
{
  return (to.tv_sec - from.tv_sec) * G_USEC_PER_SEC + to.tv_usec - from.tv_usec;
}

/* What the kernel says of the turn that took most: whether it was the program or the machine. */
static void
describe_longest (void)
{
  struct rusage now;

  getrusage (RUSAGE_THREAD, &now);
  turns.user_usec = usec_between (since_usage.ru_utime, now.ru_utime);
  turns.system_usec = usec_between (since_usage.ru_stime, now.ru_stime);
  turns.n_faults = now.ru_minflt - since_usage.ru_minflt;
  turns.n_preempted = now.ru_nivcsw - since_usage.ru_nivcsw;
}

static void
count_turn (void)
{
  gint64 wall_usec = g_get_monotonic_time () - since_usec;
  gint64 cpu_usec = turns_thread_cpu_usec () - since_cpu_usec;

  gint64 delay_usec = run_delay_usec () - since_delay_usec;

  turns.n_turns++;
  turns.longest_held_usec = MAX (turns.longest_held_usec, wall_usec - delay_usec);
  turns.cpu_usec += cpu_usec;
  turns.longest_usec = MAX (turns.longest_usec, wall_usec);
  if (cpu_usec > turns.longest_cpu_usec)
    describe_longest ();
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
  since_delay_usec = run_delay_usec ();
  getrusage (RUSAGE_THREAD, &since_usage);
  return n;
}

void
turns_reset (void)
{
  turns = (Turns) { 0 };
  since_usec = g_get_monotonic_time ();
  since_cpu_usec = turns_thread_cpu_usec ();
  since_delay_usec = run_delay_usec ();
  getrusage (RUSAGE_THREAD, &since_usage);
}

void
turns_install (GMainContext *context)
{
  schedstat_fd = open ("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  real_poll = g_main_context_get_poll_func (context);
  turns_reset ();
  g_main_context_set_poll_func (context, counting_poll);
}

Turns
turns_get (void)
{
  return turns;
}
