/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What it costs to be watched, and what one gets for it: the monitor's processor time and wake-ups
 * while the loop sleeps, the time from the beginning of a stall until it is reported, and the time
 * in which the task tree answers over D-Bus in the middle of a stall of 5 s.
 *
 *   bench-watch [--quick]
 */
#include "thaw-scope.h"
#include "thaw-task-tree.h"
#include "watch-testing.h"

#include <gio/gio.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define STALL_USEC 150000
#define LATE_USEC 100000
#define SETTLE_USEC 500000

static gint64 idle_usec = 5 * G_USEC_PER_SEC, freeze_usec = 5 * G_USEC_PER_SEC;
static guint n_stalls = 60, n_questions = 50;

static void
print_figure (const char *name, double figure, const char *unit, const char *sign, double bar)
{
  gboolean holds = *sign == '<' ? figure <= bar : figure >= bar;

  printf ("%s: %.3g %s (bar %s %g %s) %s\n",
          name,
          figure,
          unit,
          sign,
          bar,
          unit,
          holds ? "holds" : "short");
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  return (*(const gint64 *) a > *(const gint64 *) b) - (*(const gint64 *) a < *(const gint64 *) b);
}

static double
get_ms (GArray *times, guint percent)
{
  g_array_sort (times, compare_times);
  return g_array_index (times, gint64, (times->len - 1) * percent / 100) / 1000.;
}

/* While nothing happens */

typedef struct {
  gint64 cpu_usec;
  long n_switches; /* by all threads */
} Usage;

static Usage
get_usage (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (Usage){ (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC
                      + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
                  usage.ru_nvcsw };
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* As a program's loop does, with nothing to do. */
static void
sleep_in_loop (gint64 usec)
{
  gboolean is_over = FALSE;

  g_timeout_add (usec / 1000, set_flag, &is_over);
  while (!is_over)
    g_main_context_iteration (NULL, TRUE);
}

static void
bench_idle (void)
{
  Usage before, after;

  sleep_in_loop (SETTLE_USEC); /* what starts has started */
  before = get_usage ();
  sleep_in_loop (idle_usec);
  after = get_usage ();
  print_figure ("watched, loop asleep, of a core",
                (after.cpu_usec - before.cpu_usec) * 100. / idle_usec,
                "%",
                "<=",
                0.5);
  print_figure ("watched, loop asleep, wake-ups of all threads",
                (after.n_switches - before.n_switches) * (double) G_USEC_PER_SEC / idle_usec,
                "a second",
                "<=",
                2);
}

/* Stalls */

static gint64 begun_usec;
static StallKind next_kind;

static void
stall_cb (gpointer message, gpointer is_over)
{
  begun_usec = g_get_monotonic_time ();
  test_stall (next_kind, STALL_USEC);
  *(gboolean *) is_over = TRUE;
}

/* How long it took until the report was there. */
static gint64
stall_once (ThawMailbox *mailbox, StallWatcher *watcher, gboolean *is_over, guint i)
{
  gint64 seen_usec;

  next_kind = i % N_STALL_KINDS;
  *is_over = FALSE;
  __atomic_store_n (&watcher->seen_usec, 0, __ATOMIC_RELEASE);
  if (!thaw_mailbox_post (mailbox, mailbox))
    g_error ("No room");
  run_until (*is_over);
  seen_usec = __atomic_load_n (&watcher->seen_usec, __ATOMIC_ACQUIRE);
  return seen_usec != 0 ? seen_usec - begun_usec : G_MAXINT64;
}

static void
bench_stalls (ThawMonitor *monitor)
{
  gboolean is_over = FALSE;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("stalling", NULL, NULL, 1, stall_cb, &is_over, NULL);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  StallWatcher watcher;
  guint n_in_time = 0;

  stall_watcher_start (&watcher, monitor);
  for (guint i = 0; i < n_stalls; i++)
    {
      gint64 late_usec = stall_once (mailbox, &watcher, &is_over, i);

      g_array_append_val (times, late_usec);
      n_in_time += late_usec <= LATE_USEC;
    }
  stall_watcher_stop (&watcher);
  print_figure ("stalls reported within 100 ms", n_in_time * 100. / n_stalls, "%", ">=", 100);
  print_figure ("stall, from its beginning to the report, p50",
                get_ms (times, 50),
                "ms",
                "<=",
                100);
  print_figure ("stall, from its beginning to the report, worst",
                get_ms (times, 100),
                "ms",
                "<=",
                100);
}

/* The task tree in the middle of a stall */

typedef struct {
  gint is_frozen, has_asked; /* atomic */
  GArray *times;
} Asker;

static gint64
ask (GDBusConnection *bus)
{
  g_autofree char *name = g_strdup_printf (THAW_TASK_TREE_BUS_NAME "%d", (int) getpid ());
  g_autoptr (GError) error = NULL;
  gint64 start_usec = g_get_monotonic_time ();
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus,
                                                            name,
                                                            THAW_TASK_TREE_PATH,
                                                            THAW_TASK_TREE_INTERFACE,
                                                            "Describe",
                                                            NULL,
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            -1,
                                                            NULL,
                                                            &error);

  if (reply == NULL)
    g_error ("%s", error->message);
  return g_get_monotonic_time () - start_usec;
}

static gpointer
ask_while_frozen_thread (gpointer data)
{
  Asker *self = data;
  g_autoptr (GDBusConnection) bus = g_dbus_connection_new_for_address_sync (
      g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      NULL);

  while (!__atomic_load_n (&self->is_frozen, __ATOMIC_ACQUIRE))
    g_usleep (1000);
  for (guint i = 0; i < n_questions; i++)
    {
      gint64 usec = ask (bus);

      g_array_append_val (self->times, usec);
    }
  if (!__atomic_load_n (&self->is_frozen, __ATOMIC_ACQUIRE))
    g_error ("The stall was over before the last answer");
  return NULL;
}

static ThawFuture *
wait_fiber (gpointer gate)
{
  thaw_await (thaw_future_ref (gate), NULL);
  return thaw_future_new_resolved ();
}

static void
freeze (Asker *asker)
{
  GThread *thread = g_thread_new ("asks", ask_while_frozen_thread, asker);

  g_usleep (freeze_usec / 5); /* the answers come from the middle of it */
  __atomic_store_n (&asker->is_frozen, TRUE, __ATOMIC_RELEASE);
  g_usleep (freeze_usec * 4 / 5);
  __atomic_store_n (&asker->is_frozen, FALSE, __ATOMIC_RELEASE);
  g_thread_join (thread);
}

static gboolean
freeze_cb (gpointer asker)
{
  freeze (asker);
  return G_SOURCE_REMOVE;
}

static void
bench_task_tree (void)
{
  Asker asker = { .times = g_array_new (FALSE, FALSE, sizeof (gint64)) };
  g_autoptr (ThawScope) scope = thaw_scope_new ("waiting", NULL);
  g_autoptr (ThawFuture) gate = thaw_future_new ("gate");
  gint64 first_usec;

  for (guint i = 0; i < 100; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "waits", wait_fiber, gate, NULL));
  g_timeout_add (100, freeze_cb, &asker); /* when the service is on the bus and the fibers wait */
  run_until (asker.times->len == n_questions);
  first_usec = g_array_index (asker.times, gint64, 0);
  print_figure ("task tree over D-Bus, first answer in a stall",
                first_usec / 1000.,
                "ms",
                "<=",
                50);
  print_figure ("task tree over D-Bus, worst answer in a stall",
                get_ms (asker.times, 100),
                "ms",
                "<=",
                50);
  g_array_unref (asker.times);
  thaw_scope_cancel (scope);
}

int
main (int argc, char **argv)
{
  GTestDBus *bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  ThawMonitor *monitor;

  if (argc > 1 && g_str_equal (argv[1], "--quick"))
    {
      idle_usec = freeze_usec = G_USEC_PER_SEC;
      n_stalls = N_STALL_KINDS;
      n_questions = 5;
    }
  g_test_dbus_up (bus);
  thaw_monitor_set_report_file (NULL);
  monitor = thaw_monitor_start (NULL);
  thaw_task_tree_start ();
  bench_idle ();
  bench_stalls (monitor);
  bench_task_tree ();
  thaw_task_tree_stop ();
  thaw_monitor_stop (monitor);
  g_test_dbus_stop (bus);
  g_object_unref (bus);
  return 0;
}
