/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts one program on one folder and says, as a line of JSON, what could be seen of it from
 * outside:
 *
 *   watch-peer [--limit SECONDS] PROGRAM [ARG…]
 *   watch-peer --self-check PROGRAM [ARG…]
 *
 * mapped, rows: from exec until its window is there, and until a folder's rows are in it
 * (window-watch.c). loaded: until the process tree has been idle for half a second.
 * longest_wait_ms, frozen_s: how long its main loop left a ping unanswered, at worst and in all the
 * waits over 100 ms. cpu_s, pss_mib: of the whole tree. What was not seen within the limit is null.
 * --self-check stops the program for 500 ms and fails unless just that comes out, so that an
 * instrument which sees nothing can't praise anybody.
 *
 * Needs a display of its own (with-display). One thread; the tree is killed at the end. */
#include "window-watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDLE_USEC (G_USEC_PER_SEC / 2)
#define IDLE_TICKS 2
#define CHECKED_STOP_USEC 500000

typedef struct {
  WindowWatch *watch;
  pid_t pid;
  gint64 quiet_since_usec; /* since when the tree has used at most IDLE_TICKS */
  glong quiet_ticks;
  gint64 loaded_usec;
  gint64 checked_usec; /* the self-check: since when it runs, or is stopped */
  gboolean stopped, resumed;
  const WindowPings *pings;
} Peer;

static char *
read_proc (pid_t pid, const char *name)
{
  char path[64];
  char *text = NULL;

  g_snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, name);
  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* Fields of /proc/PID/stat behind the name, which may hold anything: the first is the state. */
static char **
read_stat (pid_t pid)
{
  char *text = read_proc (pid, "stat");
  const char *end = text != NULL ? strrchr (text, ')') : NULL;
  char **fields = end != NULL ? g_strsplit (end + 2, " ", -1) : NULL;

  g_free (text);
  return fields;
}

static pid_t
get_parent (pid_t pid)
{
  g_auto (GStrv) fields = read_stat (pid);

  return fields != NULL && g_strv_length (fields) > 1 ? atoi (fields[1]) : 0;
}

static gboolean
is_below (pid_t pid, pid_t ancestor)
{
  for (int i = 0; i < 64 && pid > 1; i++, pid = get_parent (pid))
    if (pid == ancestor)
      return TRUE;
  return FALSE;
}

/* Everything that the program started, also what was orphaned since: this process is their reaper.
 */
static GArray *
list_tree (void)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      pid_t pid = atoi (name);

      if (pid > 0 && pid != getpid () && is_below (pid, getpid ()))
        g_array_append_val (pids, pid);
    }
  return pids;
}

static glong
get_ticks (pid_t pid)
{
  g_auto (GStrv) fields = read_stat (pid);
  glong ticks = 0;

  /* utime, stime, and those of its children that have been waited for */
  for (guint i = 11; fields != NULL && g_strv_length (fields) > 14 && i <= 14; i++)
    ticks += atol (fields[i]);
  return ticks;
}

static glong
get_tree_ticks (void)
{
  g_autoptr (GArray) pids = list_tree ();
  struct rusage reaped;
  glong ticks;

  getrusage (RUSAGE_CHILDREN, &reaped);
  ticks = (reaped.ru_utime.tv_sec + reaped.ru_stime.tv_sec) * 100
          + (reaped.ru_utime.tv_usec + reaped.ru_stime.tv_usec) / 10000;
  for (guint i = 0; i < pids->len; i++)
    ticks += get_ticks (g_array_index (pids, pid_t, i));
  return ticks;
}

static double
get_pss_mib (pid_t pid)
{
  char *text = read_proc (pid, "smaps_rollup");
  const char *pss = text != NULL ? strstr (text, "\nPss:") : NULL;
  double mib = pss != NULL ? atof (pss + 5) / 1024 : 0;

  g_free (text);
  return mib;
}

static double
get_tree_pss_mib (void)
{
  g_autoptr (GArray) pids = list_tree ();
  double mib = 0;

  for (guint i = 0; i < pids->len; i++)
    mib += get_pss_mib (g_array_index (pids, pid_t, i));
  return mib;
}

static void
kill_tree (void)
{
  for (int i = 0; i < 100; i++)
    {
      g_autoptr (GArray) pids = list_tree ();

      if (pids->len == 0)
        return;
      for (guint p = 0; p < pids->len; p++)
        kill (g_array_index (pids, pid_t, p), SIGKILL);
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
      g_usleep (20000);
    }
}

/* Asked between pings. */
static gboolean
has_loaded (gpointer user_data)
{
  Peer *self = user_data;
  gint64 now = g_get_monotonic_time ();
  glong ticks = get_tree_ticks ();

  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
  if (ticks - self->quiet_ticks > IDLE_TICKS || self->quiet_since_usec == 0)
    {
      self->quiet_ticks = ticks;
      self->quiet_since_usec = now;
    }
  if (now - self->quiet_since_usec < IDLE_USEC
      || window_watch_get_seen (self->watch, WINDOW_ROWS) < 0)
    return FALSE;
  self->loaded_usec
      = MAX (self->quiet_since_usec, window_watch_get_seen (self->watch, WINDOW_ROWS));
  return TRUE;
}

/* Stops the program for half a second after the first half, then lets it be for another. Never
 * waits itself: the ping that meets the stop must be under way. */
static gboolean
stop_and_go_on (gpointer user_data)
{
  Peer *self = user_data;
  gint64 now = g_get_monotonic_time ();

  if (self->checked_usec == 0)
    {
      /* A program may take its time after its first frame. */
      if (self->pings->n_answered >= 20)
        self->checked_usec = now;
    }
  else if (!self->stopped && now >= self->checked_usec + CHECKED_STOP_USEC)
    {
      kill (self->pid, SIGSTOP);
      self->stopped = TRUE;
      self->checked_usec = now;
    }
  else if (self->stopped && !self->resumed && now >= self->checked_usec + CHECKED_STOP_USEC)
    {
      kill (self->pid, SIGCONT);
      self->resumed = TRUE;
    }
  return self->resumed && now >= self->checked_usec + 2 * CHECKED_STOP_USEC;
}

static pid_t
start (char **command)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      setsid ();
      freopen ("/dev/null", "w", stdout);
      freopen ("/dev/null", "w", stderr);
      execvp (command[0], command);
      _exit (127);
    }
  return pid;
}

static void
print_seconds (const char *name, gint64 when, gint64 started)
{
  if (when > 0)
    printf ("\"%s\": %.3f, ", name, (when - started) / 1e6);
  else
    printf ("\"%s\": null, ", name);
}

static gboolean
self_check (Peer *self, gint64 started)
{
  WindowPings pings = { 0 };

  if (window_watch_wait (self->watch, WINDOW_PAINTED, started + 10 * G_USEC_PER_SEC) < 0)
    {
      fprintf (stderr, "watch-peer: the self-check's window does not come\n");
      return FALSE;
    }
  self->pings = &pings;
  window_watch_ping (self->watch, started + 20 * G_USEC_PER_SEC, stop_and_go_on, self, &pings);
  fprintf (stderr,
           "self-check: %u pings answered, stopped for 500 ms, longest wait %.0f ms\n",
           pings.n_answered,
           pings.longest_usec / 1e3);
  return pings.n_answered > 50 && pings.longest_usec >= 0.9 * CHECKED_STOP_USEC
         && pings.longest_usec <= 1.3 * CHECKED_STOP_USEC;
}

static void
watch (Peer *self, gint64 started, gint64 deadline)
{
  WindowPings pings = { 0 };
  gint64 mapped = window_watch_wait (self->watch, WINDOW_MAPPED, deadline);

  if (mapped > 0)
    window_watch_ping (self->watch, deadline, has_loaded, self, &pings);
  printf ("{");
  print_seconds ("mapped", mapped, started);
  print_seconds ("rows", window_watch_get_seen (self->watch, WINDOW_ROWS), started);
  print_seconds ("loaded", self->loaded_usec, started);
  printf ("\"longest_wait_ms\": %.1f, \"frozen_s\": %.3f, \"n_pings\": %u, ",
          pings.longest_usec / 1e3,
          pings.frozen_usec / 1e6,
          pings.n_answered);
  printf ("\"cpu_s\": %.2f, \"pss_mib\": %.1f}\n",
          get_tree_ticks () / (double) sysconf (_SC_CLK_TCK),
          get_tree_pss_mib ());
}

int
main (int argc, char **argv)
{
  gboolean checks = argc > 1 && strcmp (argv[1], "--self-check") == 0;
  gboolean limited = argc > 2 && strcmp (argv[1], "--limit") == 0;
  double limit = limited ? atof (argv[2]) : 60;
  char **command = argv + 1 + checks + 2 * limited;
  g_autoptr (WindowWatch) window_watch = window_watch_new ();
  Peer peer = { .watch = window_watch };
  gint64 started;
  gboolean good = TRUE;

  if (window_watch == NULL || command[0] == NULL || limit <= 0)
    {
      fprintf (stderr,
               "usage: watch-peer [--limit SECONDS | --self-check] PROGRAM [ARG…], on a display\n");
      return 2;
    }
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  started = g_get_monotonic_time ();
  peer.pid = start (command);
  if (checks)
    good = self_check (&peer, started);
  else
    watch (&peer, started, started + (gint64) (limit * G_USEC_PER_SEC));
  kill_tree ();
  return good ? 0 : 1;
}
