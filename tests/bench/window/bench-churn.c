/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 2,000 creations and deletions a second in a big folder that is open in a window: what an event
 * costs the loop, how long the loop is held, and how soon after the end the list is right. Another
 * process makes the changes. */

#include "pane.h"
#include "turns.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PER_SECOND 2000
#define TICK_MSEC 10

static GMainLoop *loop;
static ThawFolder *folder;
static PaneFolderModel *model;
static guint32 n_expected;
static gint64 ended_usec;
static double right_ms = -1;

static gboolean
stop_cb (gpointer data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (guint msec)
{
  g_timeout_add (msec, stop_cb, NULL);
  g_main_loop_run (loop);
}

/* Half creations, half deletions, spread over the order; at the end one more file than at the
 * beginning. */
static void
make_changes (const char *path, guint n_seconds)
{
  int fd = open (path, O_PATH | O_DIRECTORY);
  guint n = n_seconds * 1000 / TICK_MSEC, per_tick = PER_SECOND * TICK_MSEC / 1000;
  char name[64];

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (guint tick = 0; tick < n; tick++)
    {
      for (guint i = 0; i < per_tick / 2; i++)
        {
          g_snprintf (name, sizeof name, "%c%u-churn-%u", 'a' + (tick * 7 + i) % 26, tick, i);
          close (openat (fd, name, O_CREAT | O_WRONLY, 0644));
        }
      for (guint i = 0; i < per_tick / 2 && tick >= 5; i++)
        {
          g_snprintf (name,
                      sizeof name,
                      "%c%u-churn-%u",
                      'a' + ((tick - 5) * 7 + i) % 26,
                      tick - 5,
                      i);
          unlinkat (fd, name, 0);
        }
      g_usleep (TICK_MSEC * 1000);
    }
  for (guint tick = n - 5; tick < n; tick++)
    for (guint i = 0; i < per_tick / 2; i++)
      {
        g_snprintf (name, sizeof name, "%c%u-churn-%u", 'a' + (tick * 7 + i) % 26, tick, i);
        unlinkat (fd, name, 0);
      }
  _exit (0);
}

static gboolean
check_cb (gpointer data)
{
  pid_t pid = GPOINTER_TO_INT (data);

  if (ended_usec == 0 && waitpid (pid, NULL, WNOHANG) == pid)
    ended_usec = g_get_monotonic_time ();
  if (ended_usec == 0)
    return G_SOURCE_CONTINUE;
  if (thaw_order_get_n (thaw_folder_get_order (folder)) == n_expected)
    right_ms = (g_get_monotonic_time () - ended_usec) / 1000.0;
  else if (g_get_monotonic_time () - ended_usec < 10 * G_USEC_PER_SEC)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
state_changed (ThawFolder *f, GParamSpec *pspec, gpointer data)
{
  if (thaw_folder_get_state (f) == THAW_FOLDER_READY)
    g_main_loop_quit (loop);
}

static void
report (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.2f %s (bar %.2f) %s\n",
          name,
          figure,
          unit,
          bar,
          figure <= bar ? "holds" : "short");
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE;
  const char *path = NULL;
  g_autofree char *own = NULL;
  GtkWindow *window;
  PaneView *view;
  guint n_seconds, n_events;
  gint64 cpu_usec;
  Turns turns;
  pid_t pid;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      quick = TRUE;
    else
      path = argv[i];
  if (path == NULL)
    path = own = g_dir_make_tmp ("thaw-churn-XXXXXX", NULL);
  n_seconds = quick ? 1 : 5;
  n_events = n_seconds * PER_SECOND;

  gtk_init ();
  loop = g_main_loop_new (NULL, FALSE);
  window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (window, 1000, 800);
  folder = thaw_folder_new (g_file_new_for_path (path));
  model = pane_folder_model_new ();
  view = pane_view_registry_create ("list");
  pane_view_set_model (view, model);
  pane_folder_model_set_folder (model, folder);
  gtk_window_set_child (window, GTK_WIDGET (view));
  gtk_window_present (window);
  turns_install (NULL);
  g_signal_connect (folder, "notify::state", G_CALLBACK (state_changed), NULL);
  thaw_folder_start (folder);
  g_main_loop_run (loop);
  run_for (1000);
  n_expected = thaw_order_get_n (thaw_folder_get_order (folder));
  if (n_expected > 1000) /* into the middle, where changes come from both sides */
    pane_view_reveal (view,
                      thaw_order_get_id (thaw_folder_get_order (folder), n_expected / 2),
                      TRUE);
  run_for (300);

  turns_reset ();
  cpu_usec = turns_thread_cpu_usec ();
  pid = fork ();
  if (pid == 0)
    make_changes (path, n_seconds);
  g_timeout_add (20, check_cb, GINT_TO_POINTER (pid));
  g_main_loop_run (loop);
  cpu_usec = turns_thread_cpu_usec () - cpu_usec;
  turns = turns_get ();

  printf ("# churn in %u entries: longest turn %.1f ms by the clock, %.1f of CPU\n",
          n_expected,
          turns.longest_usec / 1000.0,
          turns.longest_cpu_usec / 1000.0);
  report ("churn cost of an event on the loop (cpu)", (double) cpu_usec / n_events, "us", 10);
  report ("churn longest turn (cpu)", turns.longest_cpu_usec / 1000.0, "ms", 12);
  report ("churn list right after the end", right_ms < 0 ? 10000 : right_ms, "ms", 1000);
  if (own)
    rmdir (own);
  return right_ms < 0;
}
