/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A big folder in a window, sorted by what a plugin says: one that answers for all it is asked at
 * once, first by numbers and then by texts that are all different, while the user pages through it;
 * then the other way round, and the plugin is turned off. Turns of the loop are measured from
 * outside, by its poll function. bench-column [--quick] [FOLDER]: the bars are for 1,000,000
 * entries. */

#include "pane.h"
#include "turns.h"

#include <stdio.h>

#define BAR_MSEC 16
#define PATIENCE_USEC (30 * G_USEC_PER_SEC)

static GMainLoop *loop;
static GtkWindow *window;
static PaneView *view;
static PaneFolderModel *model;
static ThawFolder *folder;
static guint n_orders;
static int n_asked; /* atomic */

/* The plugin */

#define BENCH_TYPE_PLUGIN (bench_plugin_get_type ())
G_DECLARE_FINAL_TYPE (BenchPlugin, bench_plugin, BENCH, PLUGIN, GObject)

struct _BenchPlugin {
  GObject parent_instance;
};

static void
say_numbers (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  for (guint i = 0; names[i] != NULL; i++)
    pane_plugin_request_set_value (request, names[i], "a number", g_str_hash (names[i]));
  g_atomic_int_add (&n_asked, (int) pane_plugin_request_get_n_names (request));
}

static void
say_texts (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  for (guint i = 0; names[i] != NULL; i++)
    {
      guint hash = g_str_hash (names[i]);
      char text[9] = "";

      /* Letters, which the language has in the same order. */
      for (guint j = 0; j < 8; j++)
        text[j] = (char) ('a' + (hash >> (28 - 4 * j) & 15));
      pane_plugin_request_set_text (request, names[i], text);
    }
  g_atomic_int_add (&n_asked, (int) pane_plugin_request_get_n_names (request));
}

static void
activate (PanePlugin *plugin, PanePluginHost *host)
{
  pane_plugin_host_add_typed_column (host,
                                     "number",
                                     "Number",
                                     PANE_PLUGIN_COLUMN_NUMBER,
                                     say_numbers,
                                     NULL,
                                     NULL);
  pane_plugin_host_add_column (host, "text", "Text", say_texts, NULL, NULL);
}

static void
plugin_iface_init (PanePluginInterface *iface)
{
  iface->activate = activate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BenchPlugin,
                               bench_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PANE_TYPE_PLUGIN, plugin_iface_init))

static void
bench_plugin_class_init (BenchPluginClass *klass)
{
}

static void
bench_plugin_init (BenchPlugin *self)
{
}

/* The window */

static gboolean
stop_cb (gpointer user_data)
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

static void
order_changed_cb (void)
{
  n_orders++;
}

static GtkWidget *
find_scrolled (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_SCROLLED_WINDOW (widget) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_scrolled (child);
  return found;
}

static gboolean
page_cb (gpointer user_data)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (find_scrolled (GTK_WIDGET (view))));

  gtk_adjustment_set_value (adjustment,
                            gtk_adjustment_get_value (adjustment)
                                + gtk_adjustment_get_page_size (adjustment));
  return G_SOURCE_CONTINUE;
}

static void
open_folder (const char *path)
{
  g_autoptr (GFile) location = g_file_new_for_path (path);

  folder = thaw_folder_new (location);
  model = pane_folder_model_new ();
  view = pane_view_registry_create ("list");
  pane_view_set_model (view, model);
  pane_folder_model_set_folder (model, folder);
  g_signal_connect (folder, "order-changed", G_CALLBACK (order_changed_cb), NULL);
  thaw_folder_start (folder);
  gtk_window_set_child (window, GTK_WIDGET (view));
  while (thaw_folder_get_state (folder) != THAW_FOLDER_READY)
    run_for (50);
  run_for (500);
}

static void
sort_by (ThawSortColumn column, const char *attribute, gboolean descending)
{
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = column;
  spec.folders_first = FALSE;
  spec.attribute = g_strdup (attribute);
  spec.descending = descending;
  thaw_folder_set_spec (folder, &spec);
  thaw_order_spec_clear (&spec);
}

static void
report (PanePluginHost *host, const char *what)
{
  Turns turns = turns_get ();
  PanePluginAccount account;

  printf (
      "# %s: longest turn %.1f ms by the clock, %.1f ms less waiting for a processor, %.1f ms of "
      "CPU; %.0f ms of CPU in all; %u orders\n",
      what,
      turns.longest_usec / 1000.0,
      turns.longest_held_usec / 1000.0,
      turns.longest_cpu_usec / 1000.0,
      turns.cpu_usec / 1000.0,
      n_orders);
  pane_plugin_host_get_account (host, &account);
  printf ("# the plugin has %u strikes, and the process grew by %.1f MB in its calls\n",
          account.n_strikes,
          (double) account.grown_bytes / 1e6);
  printf ("column %s, longest turn: %.2f ms (bar %d) %s\n",
          what,
          turns.longest_cpu_usec / 1000.0,
          BAR_MSEC,
          turns.longest_cpu_usec <= BAR_MSEC * 1000 ? "holds" : "short");
}

/* Whether the rows are where they belong, at the beginning and at the end. */
static gboolean
is_in_order (void)
{
  ThawOrder *order = thaw_folder_get_order (folder);
  guint n = thaw_order_get_n (order);
  guint last = 0;

  for (guint i = 0; i < n; i++)
    {
      guint hash = g_str_hash (
          thaw_entry_store_get_name (thaw_order_get_store (order), thaw_order_get_id (order, i)));

      if (hash < last)
        return FALSE;
      last = hash;
      i = i == 500 && n > 1000 ? n - 500 : i;
    }
  return TRUE;
}

static void
measure (PanePluginHost *host, const char *attribute, const char *what)
{
  guint32 n = thaw_entry_store_get_n (thaw_folder_get_store (folder));
  guint timer = g_timeout_add (33, page_cb, NULL);
  gint64 begun = g_get_monotonic_time (), asked;

  g_atomic_int_set (&n_asked, 0);
  n_orders = 0;
  turns_reset ();
  sort_by (THAW_SORT_ATTRIBUTE, attribute, FALSE);
  while ((guint) g_atomic_int_get (&n_asked) < n || pane_plugin_data_get_asked (folder) >= 0)
    run_for (20);
  asked = g_get_monotonic_time ();
  while (!is_in_order () && g_get_monotonic_time () - asked < PATIENCE_USEC)
    run_for (20);
  printf ("# %s: all %u were asked for after %.2f s, and in order after %.2f s\n",
          what,
          n,
          (double) (asked - begun) / G_USEC_PER_SEC,
          (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC);
  g_source_remove (timer);
  g_assert_true (is_in_order ());
  report (host, what);
}

static void
measure_all (const char *path)
{
  PanePluginHost *host = pane_plugin_host_new ("bench", "Bench", NULL);

  pane_plugin_host_start (host, g_object_new (BENCH_TYPE_PLUGIN, NULL));
  run_for (200);
  open_folder (path);
  measure (host, "bench/number", "by numbers");
  turns_reset ();
  sort_by (THAW_SORT_ATTRIBUTE, "bench/number", TRUE);
  run_for (1000);
  report (host, "reversed");
  measure (host, "bench/text", "by texts");
  turns_reset ();
  thaw_future_disown (pane_plugin_host_stop (host));
  sort_by (THAW_SORT_NAME, NULL, FALSE);
  run_for (1000);
  report (host, "plugin off");
  gtk_window_set_child (window, NULL);
  g_clear_object (&model);
  g_clear_object (&folder);
  run_for (200);
  pane_plugin_host_unref (host);
}

int
main (int argc, char **argv)
{
  const char *path = "/usr/share/doc";

  for (int i = 1; i < argc; i++)
    if (!g_str_equal (argv[i], "--quick"))
      path = argv[i];
  gtk_init ();
  loop = g_main_loop_new (NULL, FALSE);
  window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (window, 1000, 800);
  gtk_window_present (window);
  turns_install (NULL);
  run_for (300);
  measure_all (path);
  return 0;
}
