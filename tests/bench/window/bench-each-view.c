/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every view that ships, with a big folder that is read while it is shown: how soon its first
 * entries are painted, how long the loop is held meanwhile and while the user pages through it,
 * sorts it another way and types a filter, what a frame of each costs, and what memory goes when
 * the view does, with the model kept. Turns and frames are the CPU time of the loop's thread.
 *
 *   bench-each-view [--quick] [--grouped] [--view=ID] [FOLDER] */

#include "pane.h"
#include "turns.h"
#include "window-figures.h"

#include <adwaita.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BAR_MS 200
#define TURN_BAR_MS 16
#define FRAME_BAR_MS 12
#define MEMORY_BAR_MB 20
#define PAGE_MSEC 33
#define LETTER_MSEC 70 /* between two letters of somebody who types fast */
#define AFTER_MSEC 200 /* what an order brings with it goes on for some frames */

typedef struct {
  GMainLoop *loop;
  GtkWindow *window;
  ThawFolder *folder;
  PaneFolderModel *model;
  PaneView *view;
  guint n_pages, n_orders;
  gboolean grouped;
  gint64 asked_usec, frame_cpu_usec;
  double first_ms;
  GArray *frames; /* nullable: ms of each, while pages are turned */
} Bench;

static gboolean
stop_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
run_for (Bench *self, guint msec)
{
  g_timeout_add (msec, stop_cb, self->loop);
  g_main_loop_run (self->loop);
}

static void
before_frame_cb (GdkFrameClock *clock, Bench *self)
{
  self->frame_cpu_usec = turns_thread_cpu_usec ();
}

static void
after_frame_cb (GdkFrameClock *clock, Bench *self)
{
  if (self->frames != NULL)
    figures_add (self->frames, (turns_thread_cpu_usec () - self->frame_cpu_usec) / 1000.0);
  if (self->first_ms == 0 && self->model != NULL
      && g_list_model_get_n_items (G_LIST_MODEL (self->model)) > 0)
    self->first_ms = (g_get_monotonic_time () - self->asked_usec) / 1000.0;
}

static gboolean
check_ready_cb (gpointer data)
{
  Bench *self = data;
  ThawFolderState state = thaw_folder_get_state (self->folder);

  if (state == THAW_FOLDER_FAILED)
    g_error ("%s", thaw_folder_get_error (self->folder)->message);
  if (state != THAW_FOLDER_READY || self->first_ms == 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
open_view (Bench *self, const char *path, const char *id)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  self->first_ms = 0;
  turns_reset ();
  self->asked_usec = g_get_monotonic_time ();
  self->folder = thaw_folder_new (file);
  self->model = pane_folder_model_new ();
  self->view = pane_view_registry_create (id);
  pane_view_set_grouped (self->view, self->grouped);
  pane_view_set_model (self->view, self->model);
  pane_folder_model_set_folder (self->model, self->folder);
  thaw_folder_start (self->folder);
  gtk_window_set_child (self->window, GTK_WIDGET (self->view));
  g_timeout_add (1, check_ready_cb, self);
  g_main_loop_run (self->loop);
}

/* The one that has most to scroll, either way. */
static void
find_adjustment (GtkWidget *widget, GtkAdjustment **found)
{
  if (GTK_IS_SCROLLED_WINDOW (widget))
    {
      GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW (widget);
      GtkAdjustment *both[] = { gtk_scrolled_window_get_vadjustment (scrolled),
                                gtk_scrolled_window_get_hadjustment (scrolled) };

      for (guint i = 0; i < G_N_ELEMENTS (both); i++)
        if (gtk_adjustment_get_upper (both[i]) > gtk_adjustment_get_page_size (both[i])
            && (*found == NULL
                || gtk_adjustment_get_upper (both[i]) > gtk_adjustment_get_upper (*found)))
          *found = both[i];
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    find_adjustment (child, found);
}

/* Page after page, with a jump to another part now and then. */
static gboolean
turn_pages (Bench *self)
{
  GtkAdjustment *adjustment = NULL;

  find_adjustment (GTK_WIDGET (self->view), &adjustment);
  if (adjustment == NULL)
    return FALSE;
  for (guint i = 0; i < self->n_pages; i++)
    {
      double value = i % 30 == 29 ? gtk_adjustment_get_upper (adjustment) * ((i * 7) % 20) / 20
                                  : gtk_adjustment_get_value (adjustment)
                                        + gtk_adjustment_get_page_size (adjustment);

      gtk_adjustment_set_value (adjustment, value);
      run_for (self, PAGE_MSEC);
    }
  return TRUE;
}

static void
print_most (const char *id, const char *what, double figure, const char *unit, double bar)
{
  g_autofree char *name = g_strdup_printf ("%s of many, %s", id, what);

  figure_print_most (name, figure, unit, bar, "");
}

static void
begin_counting (Bench *self)
{
  self->frames = figures_new ();
  turns_reset ();
}

static void
end_counting (Bench *self, const char *id, const char *doing)
{
  g_autofree char *turn = g_strdup_printf ("longest turn of %s (cpu)", doing);
  g_autofree char *frames = g_strdup_printf ("frames of %s, p99 (cpu)", doing);

  print_most (id, turn, turns_get ().longest_cpu_usec / 1000.0, "ms", TURN_BAR_MS);
  print_most (id, frames, figures_percentile (self->frames, 99), "ms", FRAME_BAR_MS);
  g_clear_pointer (&self->frames, g_array_unref);
}

static void
measure_pages (Bench *self, const char *id)
{
  begin_counting (self);
  if (turn_pages (self))
    {
      end_counting (self, id, "paging");
      return;
    }
  printf ("# %s: it has nothing to scroll\n", id);
  g_clear_pointer (&self->frames, g_array_unref);
}

/* Other orders. */

static gboolean
check_order_cb (gpointer data)
{
  Bench *self = data;
  ThawOrder *order = pane_folder_model_get_order (self->model);

  if (!thaw_order_spec_equal (thaw_order_get_spec (order), thaw_folder_get_spec (self->folder)))
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* Until the order that was asked for last is shown. */
static void
wait_for_order (Bench *self)
{
  g_timeout_add (5, check_order_cb, self);
  g_main_loop_run (self->loop);
  run_for (self, AFTER_MSEC);
}

static void
ask_for_order (Bench *self, ThawSortColumn column, gboolean descending, const char *filter)
{
  ThawOrderSpec spec;

  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  spec.column = column;
  spec.descending = descending;
  g_set_str (&spec.filter, filter);
  thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
}

/* The focus is in the middle of everything, where it has to be found again. */
static void
focus_middle (Bench *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  pane_view_reveal (self->view, pane_folder_model_get_id (self->model, n / 2), TRUE);
  run_for (self, AFTER_MSEC);
}

static void
measure_sorting (Bench *self, const char *id)
{
  static const ThawSortColumn columns[] = { THAW_SORT_SIZE, THAW_SORT_NAME, THAW_SORT_MODIFIED };

  ask_for_order (self, THAW_SORT_NAME, FALSE, NULL);
  wait_for_order (self);
  focus_middle (self);
  begin_counting (self);
  for (guint i = 0; i < self->n_orders; i++)
    {
      ask_for_order (self, columns[i % G_N_ELEMENTS (columns)], i % 2 == 1, NULL);
      wait_for_order (self);
    }
  end_counting (self, id, "sorting");
}

/* Letter by letter, each before the result of the one before has to be there. */
static void
type_filter (Bench *self, const char *text)
{
  for (glong n = 1; n <= g_utf8_strlen (text, -1); n++)
    {
      g_autofree char *typed = g_utf8_substring (text, 0, n);

      ask_for_order (self, THAW_SORT_NAME, FALSE, typed);
      run_for (self, LETTER_MSEC);
    }
  wait_for_order (self);
}

static void
measure_filtering (Bench *self, const char *id)
{
  static const char *const texts[] = { "img_2011", "report-1", "照片", ".jpg" };

  ask_for_order (self, THAW_SORT_NAME, FALSE, NULL);
  wait_for_order (self);
  focus_middle (self);
  begin_counting (self);
  for (guint i = 0; i < MIN (self->n_orders, G_N_ELEMENTS (texts)); i++)
    {
      type_filter (self, texts[i]);
      ask_for_order (self, THAW_SORT_NAME, FALSE, NULL);
      wait_for_order (self);
    }
  end_counting (self, id, "filtering");
}

static double
get_used_mb (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1e6;
}

static void
measure_view (Bench *self, const char *path, const char *id)
{
  double with, without;

  open_view (self, path, id);
  print_most (id, "first entries painted", self->first_ms, "ms", FIRST_BAR_MS);
  run_for (self, 1000);
  print_most (id,
              "longest turn of opening (cpu)",
              turns_get ().longest_cpu_usec / 1000.0,
              "ms",
              TURN_BAR_MS);
  measure_pages (self, id);
  measure_sorting (self, id);
  measure_filtering (self, id);
  run_for (self, 500);
  with = get_used_mb ();
  gtk_window_set_child (self->window, NULL);
  self->view = NULL;
  run_for (self, 500);
  without = get_used_mb ();
  print_most (id, "memory that goes with the view", with - without, "MB", MEMORY_BAR_MB);
  g_clear_object (&self->model);
  g_clear_object (&self->folder);
  run_for (self, 300);
}

static void
open_window (Bench *self)
{
  GdkFrameClock *clock;

  self->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (self->window, 1000, 800);
  gtk_window_present (self->window);
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  g_signal_connect (clock, "before-paint", G_CALLBACK (before_frame_cb), self);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_frame_cb), self);
  turns_install (NULL);
  run_for (self, 500);
}

int
main (int argc, char **argv)
{
  Bench bench = { .n_pages = 120, .n_orders = 9 };
  const char *path = "/usr/share/doc", *only = NULL;
  guint n_infos;
  const PaneViewInfo *const *infos;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      bench.n_pages = 5, bench.n_orders = 1;
    else if (g_str_equal (argv[i], "--grouped"))
      bench.grouped = TRUE;
    else if (g_str_has_prefix (argv[i], "--view="))
      only = argv[i] + strlen ("--view=");
    else
      path = argv[i];
  adw_init ();
  bench.loop = g_main_loop_new (NULL, FALSE);
  open_window (&bench);
  infos = pane_view_registry_list (&n_infos);
  for (guint i = 0; i < n_infos; i++)
    if (only == NULL || g_str_equal (only, infos[i]->id))
      measure_view (&bench, path, infos[i]->id);
  g_main_loop_unref (bench.loop);
  return 0;
}
