/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thumbnails: how many are made in a second beside gdk-pixbuf's thumbnailer run for one after
 * another, how soon those that are in the shared cache are textures, and what looking one up costs
 * a cell that is drawn. Photos are made up, of three megapixels. */

#include "pane-details.h"
#include "pane-thumbnails.h"
#include "turns.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <utime.h>

#define MTIME 1000000000
#define PHOTO_WIDTH 2000
#define PHOTO_HEIGHT 1500
#define PEER "/usr/bin/gdk-pixbuf-thumbnailer"

typedef struct {
  char *root;
  guint n;
  ThawThumbnailer *thumbnailer;
  PaneThumbnails *thumbnails;
  ThawFolder *folder;
  PaneFolderModel *model;
  GtkWidget *window, *widget;
} Bench;

static void
report (const char *name, double figure, const char *unit, double bar, gboolean at_least)
{
  gboolean holds = at_least ? figure >= bar : figure <= bar;

  printf ("%s: %.2f %s (bar %s%g) %s\n",
          name,
          figure,
          unit,
          at_least ? ">=" : "<=",
          bar,
          holds ? "holds" : "short");
}

static char *
make_path (Bench *self, guint i)
{
  return g_strdup_printf ("%s/folder/%05u.jpg", self->root, i);
}

static void
make_photos (Bench *self)
{
  g_autofree char *folder = g_build_filename (self->root, "folder", NULL);
  g_autoptr (GdkPixbuf) photo
      = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, PHOTO_WIDTH, PHOTO_HEIGHT);
  guint8 *pixels = gdk_pixbuf_get_pixels (photo);
  g_autofree char *bytes = NULL;
  gsize n;

  for (gsize i = 0; i < gdk_pixbuf_get_byte_length (photo); i++)
    pixels[i] = (guint8) (i / 3 % PHOTO_WIDTH / 8 + i / 100000 + (i * 2654435761u >> 29));
  if (!gdk_pixbuf_save_to_buffer (photo, &bytes, &n, "jpeg", NULL, "quality", "85", NULL))
    exit (1);
  g_mkdir_with_parents (folder, 0700);
  for (guint i = 0; i < self->n; i++)
    {
      g_autofree char *path = make_path (self, i);
      struct utimbuf times = { MTIME, MTIME };

      if (!g_file_set_contents_full (path, bytes, (gssize) n, 0, 0600, NULL)
          || utime (path, &times) != 0)
        exit (1);
    }
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint tick = g_timeout_add (1, tick_cb, NULL);                                                 \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

/* Making */

static double
make_with_peer (Bench *self)
{
  gint64 start_usec = g_get_monotonic_time ();

  for (guint i = 0; i < self->n; i++)
    {
      g_autofree char *path = make_path (self, i);
      g_autofree char *to = g_build_filename (self->root, "peer.png", NULL);
      char *argv[] = { (char *) PEER, (char *) "-s", (char *) "256", path, to, NULL };

      g_spawn_sync (NULL, argv, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL);
    }
  return self->n * 1e6 / (double) (g_get_monotonic_time () - start_usec);
}

static ThawFuture *
ask (Bench *self, ThawScope *scope, guint i)
{
  g_autofree char *path = make_path (self, i);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  return thaw_thumbnailer_load (self->thumbnailer,
                                scope,
                                file,
                                "image/jpeg",
                                MTIME,
                                THAW_THUMBNAIL_LARGE,
                                0,
                                THAW_PRIORITY_LOW);
}

/* All at once; the number that failed is said. */
static double
make_all (Bench *self)
{
  ThawScope *scope = thaw_scope_new ("bench", NULL);
  ThawFuture **futures = g_new (ThawFuture *, self->n);
  gint64 start_usec = g_get_monotonic_time (), end_usec;
  guint n_failed = 0;

  for (guint i = 0; i < self->n; i++)
    futures[i] = ask (self, scope, i);
  run_until (thaw_scope_get_n_tasks (scope) == 0);
  end_usec = g_get_monotonic_time ();
  for (guint i = 0; i < self->n; i++)
    {
      n_failed += thaw_future_get_error (futures[i]) != NULL;
      thaw_future_unref (futures[i]);
    }
  g_free (futures);
  thaw_scope_unref (scope);
  if (n_failed > 0)
    printf ("# %u of %u could not be made\n", n_failed, self->n);
  return self->n * 1e6 / (double) (end_usec - start_usec);
}

static void
bench_making (Bench *self)
{
  double ours, peer = g_file_test (PEER, G_FILE_TEST_IS_EXECUTABLE) ? make_with_peer (self) : 0;

  turns_reset ();
  ours = make_all (self);
  printf ("# made in a second: %.1f; gdk-pixbuf-thumbnailer, one by one: %.1f\n", ours, peer);
  if (peer > 0)
    report ("thumbnails made, beside the thumbnailer one by one", ours / peer, "x", 1, TRUE);
  report ("thumbnails made, longest turn of the loop, CPU",
          (double) turns_get ().longest_cpu_usec / 1000,
          "ms",
          4,
          FALSE);
}

/* Looking up */

static PaneThumbnailsStats
get_stats (Bench *self)
{
  PaneThumbnailsStats stats;

  pane_thumbnails_get_stats (self->thumbnails, &stats);
  return stats;
}

static GdkPaintable *
look_up (Bench *self, GtkWidget *widget, guint32 id, int size)
{
  return pane_thumbnails_lookup (self->thumbnails, widget, self->model, id, size, 1);
}

static gboolean
has_all_details (Bench *self)
{
  ThawEntryStore *store = thaw_folder_get_store (self->folder);

  for (guint i = 0; i < self->n; i++)
    if ((thaw_entry_store_get_flags (store, i) & THAW_ENTRY_HAS_STAT) == 0)
      return FALSE;
  return g_str_equal (pane_details_get_content_type (pane_details_get_default (), store, 0),
                      "image/jpeg");
}

static void
open_folder (Bench *self)
{
  g_autofree char *path = g_build_filename (self->root, "folder", NULL);
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autofree guint32 *ids = g_new (guint32, self->n);

  self->folder = thaw_folder_new (location);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  thaw_folder_start (self->folder);
  run_until (thaw_folder_get_state (self->folder) == THAW_FOLDER_READY);
  for (guint i = 0; i < self->n; i++)
    ids[i] = i;
  thaw_folder_want (self->folder, ids, self->n);
  run_until (has_all_details (self));
}

static void
show_window (Bench *self)
{
  self->window = gtk_window_new ();
  self->widget = gtk_drawing_area_new ();
  gtk_window_set_child (GTK_WINDOW (self->window), self->widget);
  gtk_window_present (GTK_WINDOW (self->window));
  run_until (gtk_widget_get_mapped (self->widget) && gtk_widget_get_width (self->widget) > 0);
}

/* One after another, from the asking to the texture. */
static void
bench_loading (Bench *self)
{
  gint64 start_usec = g_get_monotonic_time ();
  guint n = MIN (self->n, 60);
  gint64 longest_usec = 0;

  for (guint i = 0; i < n; i++)
    {
      gint64 asked_usec = g_get_monotonic_time ();

      run_until (look_up (self, self->widget, i, 96) != NULL || get_stats (self).n_failed > 0);
      longest_usec = MAX (longest_usec, g_get_monotonic_time () - asked_usec);
    }
  report ("thumbnail from the cache to a texture, each",
          (double) (g_get_monotonic_time () - start_usec) / 1000 / n,
          "ms",
          5,
          FALSE);
  report ("the slowest of them", (double) longest_usec / 1000, "ms", 50, FALSE);
}

static double
time_lookups (Bench *self, GtkWidget *widget, guint n_ids, int size, guint n)
{
  gint64 start_usec = turns_thread_cpu_usec ();

  for (guint i = 0; i < n; i++)
    look_up (self, widget, i % n_ids, size);
  return (double) (turns_thread_cpu_usec () - start_usec) / n;
}

static void
bench_lookups (Bench *self, gboolean quick)
{
  guint n = quick ? 10000 : 500000, n_ids = MIN (self->n, 60);
  g_autoptr (GtkWidget) hidden = g_object_ref_sink (gtk_drawing_area_new ());

  report ("looking one up that is there, CPU",
          time_lookups (self, self->widget, n_ids, 96, n),
          "us",
          5,
          FALSE);
  report ("looking one up that isn't, out of sight, CPU",
          time_lookups (self, hidden, n_ids, 50, n),
          "us",
          5,
          FALSE);
  /* Each takes back what the one before has asked for: no cell is ever scrolled faster. */
  report ("asking for one and taking it back, CPU",
          time_lookups (self, self->widget, n_ids, 50, MIN (n, 20000)),
          "us",
          40,
          FALSE);
  run_until (get_stats (self).n_loading <= 1);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");
  Bench bench = { .n = quick ? 4 : 100 };
  g_autofree char *cache = NULL, *command = NULL;

  gtk_init ();
  turns_install (NULL);
  bench.root = g_dir_make_tmp ("thaw-bench-thumbnails-XXXXXX", NULL);
  cache = g_build_filename (bench.root, "cache", NULL);
  bench.thumbnailer = thaw_thumbnailer_new (cache, NULL);
  bench.thumbnails = pane_thumbnails_new (bench.thumbnailer);
  make_photos (&bench);
  thaw_content_type_warm_up ();
  bench_making (&bench);
  open_folder (&bench);
  show_window (&bench);
  if (thaw_thumbnailer_handles (bench.thumbnailer, "image/jpeg"))
    {
      bench_loading (&bench);
      bench_lookups (&bench, quick);
    }
  g_object_run_dispose (G_OBJECT (bench.thumbnails));
  command = g_strdup_printf ("rm -rf '%s'", bench.root);
  return system (command) == 0 ? 0 : 1;
}
