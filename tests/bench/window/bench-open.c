/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A big folder in a window that is already mapped: from the moment it is asked for until its rows
 * are painted, until all names are on screen in order, while the user pages through it, while it is
 * re-sorted and filtered, and when it is left. Turns of the loop are measured from outside, by its
 * poll function. */

#include "pane.h"
#include "thaw-entry-store.h"
#include "turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static GMainLoop *loop;
static GtkWindow *window;
static PaneView *view;
static PaneFolderModel *model;
static ThawFolder *folder;
static gint64 asked_usec, asked_cpu_usec;
static double first_ms, ready_ms;
static gboolean ready, paging;
static const char *view_id = "list";

static double
ms_since (gint64 start_usec)
{
  return (g_get_monotonic_time () - start_usec) / 1000.0;
}

static void
after_paint (GdkFrameClock *clock, gpointer data)
{
  if (g_getenv ("BENCH_TRACE") && folder && first_ms == 0)
    printf ("# frame after %.1f ms (%.1f of CPU), %u rows\n", ms_since (asked_usec),
            (turns_thread_cpu_usec () - asked_cpu_usec) / 1000.0, g_list_model_get_n_items (G_LIST_MODEL (model)));
  if (folder && first_ms == 0 && g_list_model_get_n_items (G_LIST_MODEL (model)) > 0)
    first_ms = ms_since (asked_usec);
  if (folder && ready && ready_ms == 0)
    ready_ms = ms_since (asked_usec);
}

static void
order_changed (ThawFolder *f, ThawOrder *order, gpointer data)
{
  if (g_getenv ("BENCH_TRACE"))
    printf ("# order of %u after %.1f ms (%.1f of CPU)\n", thaw_order_get_n (order), ms_since (asked_usec),
            (turns_thread_cpu_usec () - asked_cpu_usec) / 1000.0);
}

static void
state_changed (ThawFolder *f, GParamSpec *pspec, gpointer data)
{
  if (thaw_folder_get_state (f) == THAW_FOLDER_FAILED)
    g_error ("%s", thaw_folder_get_error (f)->message);
  ready = thaw_folder_get_state (f) == THAW_FOLDER_READY;
  gtk_widget_queue_draw (GTK_WIDGET (window));
}

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

static gboolean
poll_ready_cb (gpointer data)
{
  if (ready_ms == 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static GtkWidget *
find_scrolled (GtkWidget *widget)
{
  if (GTK_IS_SCROLLED_WINDOW (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_scrolled (child);
      if (found)
        return found;
    }
  return NULL;
}

static GtkAdjustment *
get_adjustment (void)
{
  return gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (find_scrolled (GTK_WIDGET (view))));
}

static gboolean
page_cb (gpointer data)
{
  GtkAdjustment *adjustment = get_adjustment ();

  if (!paging)
    return G_SOURCE_REMOVE;
  gtk_adjustment_set_value (adjustment,
                            gtk_adjustment_get_value (adjustment)
                                + gtk_adjustment_get_page_size (adjustment));
  return G_SOURCE_CONTINUE;
}

static void
open_folder (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  first_ms = ready_ms = 0;
  ready = FALSE;
  turns_reset ();
  asked_usec = g_get_monotonic_time ();
  asked_cpu_usec = turns_thread_cpu_usec ();
  folder = thaw_folder_new (file);
  model = pane_folder_model_new ();
  view = pane_view_registry_create (view_id);
  pane_view_set_model (view, model);
  pane_folder_model_set_folder (model, folder);
  g_signal_connect (folder, "notify::state", G_CALLBACK (state_changed), NULL);
  g_signal_connect (folder, "order-changed", G_CALLBACK (order_changed), NULL);
  thaw_folder_start (folder);
  gtk_window_set_child (window, GTK_WIDGET (view));
  if (g_getenv ("BENCH_TRACE"))
    printf ("# view made after %.1f ms\n", ms_since (asked_usec));
  g_timeout_add (1, poll_ready_cb, NULL);
  g_main_loop_run (loop);
}

static void
leave_folder (void)
{
  gtk_window_set_child (window, NULL);
  g_clear_object (&model);
  g_clear_object (&folder);
  run_for (200);
}

static double
bare_names (const char *path)
{
  gint64 start_usec = g_get_monotonic_time ();
  g_autoptr (ThawEntryStore) store = thaw_entry_store_new (thaw_collation_get_default ());
  g_autofree char *buffer = g_malloc (256 * 1024);
  g_autoptr (ThawSorter) sorter = NULL;
  g_autoptr (ThawOrder) order = NULL;
  ThawOrderSpec spec;
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  long n;

  while ((n = syscall (SYS_getdents64, fd, buffer, 256 * 1024)) > 0)
    for (char *at = buffer; at < buffer + n; at += *(unsigned short *) (at + 16))
      thaw_entry_store_append (store, at + 19, strlen (at + 19), THAW_ENTRY_FILE);
  close (fd);
  thaw_entry_store_publish (store);
  thaw_order_spec_init (&spec);
  sorter = thaw_sorter_new (store, &spec);
  order = thaw_sorter_make (sorter);
  return ms_since (start_usec);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return values[n / 2];
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

/* The longest turn of a phase: the CPU time of the loop's thread is judged, the wall clock is told
 * beside it. */
static void
report_turns (const char *name, double bar_ms)
{
  Turns turns = turns_get ();

  printf ("# %s: longest turn %.1f ms by the clock, %.1f ms less waiting for a processor, %.1f ms of CPU; %u of %u turns over 12 ms by "
          "the clock\n",
          name,
          turns.longest_usec / 1000.0,
          turns.longest_held_usec / 1000.0,
          turns.longest_cpu_usec / 1000.0,
          turns.n_over_12ms,
          turns.n_turns);
  report (name, turns.longest_cpu_usec / 1000.0, "ms", bar_ms);
}

static void
measure_use (void)
{
  ThawOrderSpec spec = { 0 };
  gint64 start_usec;
  GtkAdjustment *adjustment = get_adjustment ();

  turns_reset ();
  for (guint i = 0; i < 20; i++)
    {
      gtk_adjustment_set_value (adjustment,
                                gtk_adjustment_get_upper (adjustment) * ((i * 7) % 20) / 20);
      run_for (40);
    }
  report_turns ("window jump anywhere, longest turn", 6);

  turns_reset ();
  start_usec = g_get_monotonic_time ();
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (model));
  report ("window select all", ms_since (start_usec), "ms", 2);
  run_for (100);
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (model));
  run_for (100);

  thaw_order_spec_init (&spec);
  spec.descending = TRUE;
  turns_reset ();
  thaw_folder_set_spec (folder, &spec);
  run_for (1500);
  report_turns ("window re-sort, longest turn", 8);
  spec.filter = (char *) "img";
  turns_reset ();
  thaw_folder_set_spec (folder, &spec);
  run_for (1000);
  spec.filter = NULL;
  thaw_folder_set_spec (folder, &spec);
  run_for (1500);
  report_turns ("window filter and back, longest turn", 8);
}

static void
measure (const char *path, guint n_rounds)
{
  double first[9], all[9], bare[9], turn[9], turn_paging[9], turn_leaving[9];

  bare_names (path);
  for (guint i = 0; i < n_rounds; i++)
    {
      bare[i] = bare_names (path);
      open_folder (path);
      first[i] = first_ms;
      printf ("# loading: longest turn %.1f ms by the clock, %.1f ms less waiting for a processor\n",
              turns_get ().longest_usec / 1000.0, turns_get ().longest_held_usec / 1000.0);
      all[i] = ready_ms;
      turn[i] = turns_get ().longest_cpu_usec / 1000.0;
      if (i == n_rounds - 1)
        measure_use ();
      turns_reset ();
      leave_folder ();
      turn_leaving[i] = turns_get ().longest_cpu_usec / 1000.0;

      paging = TRUE;
      g_timeout_add (33, page_cb, NULL);
      open_folder (path);
      turn_paging[i] = turns_get ().longest_cpu_usec / 1000.0;
      paging = FALSE;
      run_for (50);
      leave_folder ();
    }
  printf ("# bare getdents64 + natural sort: %.1f ms; in the window: %.1f ms\n",
          median (bare, n_rounds),
          median (all, n_rounds));
  report ("window first rows painted", median (first, n_rounds), "ms", 30);
  report ("window all names on screen in order vs bare loop and sort",
          median (all, n_rounds) / median (bare, n_rounds),
          "x",
          1.15);
  report ("window longest turn while loading (cpu)", median (turn, n_rounds), "ms", 12);
  report ("window longest turn while loading and paging (cpu)",
          median (turn_paging, n_rounds),
          "ms",
          12);
  report ("window longest turn when leaving (cpu)", median (turn_leaving, n_rounds), "ms", 12);
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE;
  const char *path = "/usr/share/doc";

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      quick = TRUE;
    else if (g_str_has_prefix (argv[i], "--view="))
      view_id = argv[i] + strlen ("--view=");
    else
      path = argv[i];

  gtk_init ();
  loop = g_main_loop_new (NULL, FALSE);
  window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (window, 1000, 800);
  gtk_window_present (window);
  g_signal_connect (gtk_native_get_surface (GTK_NATIVE (window))
                        ? gtk_widget_get_frame_clock (GTK_WIDGET (window))
                        : NULL,
                    "after-paint",
                    G_CALLBACK (after_paint),
                    NULL);
  turns_install (NULL);
  run_for (500);
  measure (path, quick ? 1 : 5);
  return 0;
}
