/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thumbnails in widgets: made smaller exactly, framed, found, drawn again when they are there, not
 * loaded for what is out of sight, given back when there are too many. The folder and the shared
 * cache are real ones of the test's own; no program makes any. */

#include "pane-details.h"
#include "pane-thumbnail-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#define N_FILES 40
#define MTIME 1000000000
#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

/* A widget that shows one entry. */
typedef struct {
  GtkWidget parent_instance;
  PaneThumbnails *thumbnails;
  PaneFolderModel *model;
  guint32 id;
  int size;
  gboolean drawn;
} Probe;
typedef GtkWidgetClass ProbeClass;
static GType probe_get_type (void);
G_DEFINE_TYPE (Probe, probe, GTK_TYPE_WIDGET)

static void
probe_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  Probe *self = (Probe *) widget;

  if (self->model != NULL)
    self->drawn = pane_thumbnails_snapshot (self->thumbnails,
                                            widget,
                                            snapshot,
                                            self->model,
                                            self->id,
                                            0,
                                            0,
                                            self->size);
}

static void
probe_class_init (ProbeClass *klass)
{
  klass->snapshot = probe_snapshot;
}

static void
probe_init (Probe *self)
{
  gtk_widget_set_size_request (GTK_WIDGET (self), 100, 100);
}

typedef struct {
  char *root;
  ThawThumbnailer *thumbnailer;
  PaneThumbnails *thumbnails;
  ThawFolder *folder;
  PaneFolderModel *model;
  GtkWidget *window, *scrolled, *box;
  Probe *probes[N_FILES];
} Fixture;

#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 give_up_usec = g_get_monotonic_time () + DEADLINE_USEC;                                 \
    guint tick = g_timeout_add (5, tick_cb, NULL);                                                 \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > give_up_usec)                                                \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static PaneThumbnailsStats
get_stats (Fixture *self)
{
  PaneThumbnailsStats stats;

  pane_thumbnails_get_stats (self->thumbnails, &stats);
  return stats;
}

static void
set_mtime (const char *path, gint64 time)
{
  struct utimbuf times = { time, time };

  g_assert_cmpint (utime (path, &times), ==, 0);
}

static char *
make_path (Fixture *self, guint n)
{
  return g_strdup_printf ("%s/folder/%02u.png", self->root, n);
}

static void
make_folder (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

/* What some program has put into the shared cache: 256 pixels wide, half as high. */
static void
put_thumbnail (Fixture *self, guint n, gint64 mtime)
{
  g_autofree char *path = make_path (self, n);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);
  g_autofree char *to = g_strdup_printf ("%s/cache/large/%s.png", self->root, sum);
  g_autofree char *time = g_strdup_printf ("%" G_GINT64_FORMAT, mtime);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, 256, 128);

  gdk_pixbuf_fill (pixbuf, 0x336699ff);
  g_assert_true (gdk_pixbuf_save (pixbuf,
                                  to,
                                  "png",
                                  NULL,
                                  "tEXt::Thumb::URI",
                                  uri,
                                  "tEXt::Thumb::MTime",
                                  time,
                                  NULL));
}

static void
make_files (Fixture *self)
{
  g_autofree char *entry = g_build_filename (self->root, "data/thumbnailers/x.thumbnailer", NULL);

  make_folder (self, "folder");
  make_folder (self, "cache/large");
  make_folder (self, "data/thumbnailers");
  g_assert_true (
      g_file_set_contents (entry,
                           "[Thumbnailer Entry]\nExec=/bin/false %i %o\nMimeType=image/png;\n",
                           -1,
                           NULL));
  for (guint i = 0; i < N_FILES; i++)
    {
      g_autofree char *path = make_path (self, i);

      g_assert_true (g_file_set_contents (path, "x", 1, NULL));
      set_mtime (path, MTIME);
      if (i != 1)
        put_thumbnail (self, i, MTIME);
    }
}

static gboolean
is_loaded (Fixture *self)
{
  ThawOrder *order = thaw_folder_get_order (self->folder);
  ThawEntryStore *store = thaw_folder_get_store (self->folder);

  if (order == NULL || thaw_order_get_n (order) != N_FILES
      || !thaw_thumbnailer_handles (self->thumbnailer, g_intern_string ("image/png")))
    return FALSE;
  for (guint i = 0; i < N_FILES; i++)
    if ((thaw_entry_store_get_flags (store, i) & THAW_ENTRY_HAS_STAT) == 0
        || !g_str_equal (thaw_entry_store_get_content_type (store, i), "image/png"))
      return FALSE;
  return TRUE;
}

static void
want_all (Fixture *self)
{
  guint32 ids[N_FILES];

  for (guint i = 0; i < N_FILES; i++)
    ids[i] = i;
  thaw_folder_want (self->folder, ids, N_FILES);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *cache = NULL, *data_folder = NULL, *path = NULL;
  g_autoptr (GFile) location = NULL;
  const char *folders[2] = { NULL };

  self->root = g_dir_make_tmp ("thaw-thumbnails-XXXXXX", NULL);
  make_files (self);
  thaw_content_type_warm_up ();
  cache = g_build_filename (self->root, "cache", NULL);
  data_folder = g_build_filename (self->root, "data", NULL);
  path = g_build_filename (self->root, "folder", NULL);
  location = g_file_new_for_path (path);
  folders[0] = data_folder;
  self->thumbnailer = thaw_thumbnailer_new (cache, folders);
  self->thumbnails = pane_thumbnails_new (self->thumbnailer);
  self->folder = thaw_folder_new (location);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  thaw_folder_start (self->folder);
  run_until (thaw_folder_get_state (self->folder) == THAW_FOLDER_READY);
  want_all (self);
  run_until (is_loaded (self));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->root);

  g_signal_handlers_disconnect_by_data (pane_details_get_default (), self);
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  g_object_run_dispose (G_OBJECT (self->thumbnails));
  g_assert_cmpuint (get_stats (self).n_loading, ==, 0);
  g_object_unref (self->thumbnails);
  g_object_run_dispose (G_OBJECT (self->thumbnailer));
  g_object_unref (self->thumbnailer);
  g_object_unref (self->model);
  g_object_unref (self->folder);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (self->root);
}

static guint32
get_id (Fixture *self, guint n)
{
  g_autofree char *path = make_path (self, n);
  g_autofree char *name = g_path_get_basename (path);
  ThawEntryStore *store = thaw_folder_get_store (self->folder);

  for (guint32 id = 0; id < thaw_entry_store_get_n (store); id++)
    if (g_str_equal (thaw_entry_store_get_name (store, id), name))
      return id;
  g_assert_not_reached ();
}

/* Types are read from the system by and by. */
static void
details_changed_cb (Fixture *self)
{
  for (guint i = 0; i < N_FILES && self->probes[i] != NULL; i++)
    gtk_widget_queue_draw (GTK_WIDGET (self->probes[i]));
}

/* A column of probes, four of which are in sight, for the first @n files. */
static void
show (Fixture *self, guint n)
{
  self->window = gtk_window_new ();
  self->scrolled = gtk_scrolled_window_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->box);
  gtk_window_set_child (GTK_WINDOW (self->window), self->scrolled);
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 200, 400);
  for (guint i = 0; i < n; i++)
    {
      Probe *probe = g_object_new (probe_get_type (), NULL);

      probe->thumbnails = self->thumbnails;
      probe->model = self->model;
      probe->id = get_id (self, i);
      probe->size = 64;
      self->probes[i] = probe;
      gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (probe));
    }
  gtk_window_present (GTK_WINDOW (self->window));
  g_signal_connect_swapped (pane_details_get_default (),
                            "changed",
                            G_CALLBACK (details_changed_cb),
                            self);
}

static GdkPaintable *
look_up (Fixture *self, guint n, int size, int scale)
{
  return pane_thumbnails_lookup (self->thumbnails,
                                 GTK_WIDGET (self->probes[n]),
                                 self->model,
                                 get_id (self, n),
                                 size,
                                 scale);
}

/* Pixels */

static GBytes *
make_png (GdkPixbuf *pixbuf)
{
  char *bytes;
  gsize n;

  g_assert_true (gdk_pixbuf_save_to_buffer (pixbuf, &bytes, &n, "png", NULL, NULL));
  return g_bytes_new_take (bytes, n);
}

static guint32
get_pixel (GdkTexture *texture, int x, int y)
{
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4;
  g_autofree guint8 *pixels = g_malloc (stride * (gsize) gdk_texture_get_height (texture));
  guint32 pixel;

  gdk_texture_download (texture, pixels, stride);
  memcpy (&pixel, pixels + (gsize) y * stride + (gsize) x * 4, sizeof pixel);
  return pixel;
}

/* Stripes of black and white, so that what is made of them is grey. */
static GdkPixbuf *
make_stripes (int width, int height, gboolean has_alpha)
{
  GdkPixbuf *pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, has_alpha, 8, width, height);

  gdk_pixbuf_fill (pixbuf, 0x000000ff);
  for (int x = 0; x < width; x += 2)
    {
      g_autoptr (GdkPixbuf) stripe = gdk_pixbuf_new_subpixbuf (pixbuf, x, 0, 1, height);

      gdk_pixbuf_fill (stripe, 0xffffffff);
    }
  return pixbuf;
}

static void
test_scale (void)
{
  g_autoptr (GdkPixbuf) stripes = make_stripes (256, 128, FALSE);
  g_autoptr (GBytes) png = make_png (stripes);
  g_autoptr (GdkTexture) half = pane_thumbnail_decode (png, 128, 0, NULL);
  g_autoptr (GdkTexture) odd = pane_thumbnail_decode (png, 96, 0, NULL);
  g_autoptr (GdkTexture) large = pane_thumbnail_decode (png, 1000, 0, NULL);
  g_autoptr (GdkTexture) tiny = pane_thumbnail_decode (png, 1, 0, NULL);

  g_assert_cmpint (gdk_texture_get_width (half), ==, 128);
  g_assert_cmpint (gdk_texture_get_height (half), ==, 64);
  for (int x = 0; x < 128; x += 13)
    g_assert_cmphex (get_pixel (half, x, x / 2), ==, 0xff808080);
  g_assert_cmpint (gdk_texture_get_width (odd), ==, 96);
  g_assert_cmpint (gdk_texture_get_height (odd), ==, 48);
  g_assert_cmpint (gdk_texture_get_width (large), ==, 256);
  g_assert_cmphex (get_pixel (large, 0, 0), ==, 0xffffffff);
  g_assert_cmphex (get_pixel (large, 1, 0), ==, 0xff000000);
  g_assert_cmpint (gdk_texture_get_width (tiny), ==, 1);
  g_assert_cmpint (gdk_texture_get_height (tiny), ==, 1);
  g_assert_cmphex (get_pixel (tiny, 0, 0), ==, 0xff808080);
}

static void
test_noise (void)
{
  g_autoptr (GBytes) noise = g_bytes_new_static ("\x89PNG\r\n\x1a\nnothing", 15);
  g_autoptr (GError) error = NULL;

  g_assert_null (pane_thumbnail_decode (noise, 64, 0, &error));
  g_assert_nonnull (error);
}

static void
test_frame (void)
{
  g_autoptr (GdkPixbuf) opaque = make_stripes (256, 128, FALSE);
  g_autoptr (GdkPixbuf) shape = make_stripes (256, 128, TRUE);
  g_autoptr (GBytes) opaque_png = make_png (opaque), shape_png = NULL;
  g_autoptr (GdkTexture) framed = NULL, bare = NULL;

  /* One pixel on its border is enough. */
  gdk_pixbuf_get_pixels (shape)[3] = 0;
  shape_png = make_png (shape);
  framed = pane_thumbnail_decode (opaque_png, 128, 2, NULL);
  bare = pane_thumbnail_decode (shape_png, 128, 2, NULL);
  g_assert_cmpint (gdk_texture_get_width (framed), ==, 128 + 2 * 6);
  g_assert_cmpint (gdk_texture_get_height (framed), ==, 64 + 2 * 6);
  /* Nothing, shadow, edge, picture. */
  g_assert_cmphex (get_pixel (framed, 0, 0), ==, 0);
  g_assert_cmphex (get_pixel (framed, 70, 71) >> 24, <, 0x60);
  g_assert_cmphex (get_pixel (framed, 70, 71) >> 24, >, 0x10);
  g_assert_cmphex (get_pixel (framed, 70, 6), <, 0xff808080);
  g_assert_cmphex (get_pixel (framed, 70, 40), ==, 0xff808080);
  g_assert_cmpint (gdk_texture_get_width (bare), ==, 128);
}

/* Widgets */

static void
test_shown (Fixture *self, gconstpointer data)
{
  show (self, 1);
  run_until (self->probes[0]->drawn);
  g_assert_cmpuint (get_stats (self).n_loaded, ==, 1);
  g_assert_cmpuint (get_stats (self).n_wanted, ==, 0);
  /* Asked for with other pixels it is another one. */
  g_assert_null (look_up (self, 0, 48, 2));
  run_until (look_up (self, 0, 48, 2) != NULL);
  g_assert_cmpint (gdk_paintable_get_intrinsic_width (look_up (self, 0, 48, 2)), ==, 96);
  g_assert_cmpint (gdk_paintable_get_intrinsic_height (look_up (self, 0, 48, 2)), ==, 48);
  g_assert_cmpuint (get_stats (self).n_loaded, ==, 2);
}

/* The old one is shown until there is the new one. */
static void
test_changed (Fixture *self, gconstpointer data)
{
  g_autofree char *path = make_path (self, 0);
  ThawEntryStore *store = thaw_folder_get_store (self->folder);
  guint32 id = get_id (self, 0);

  show (self, 1);
  run_until (self->probes[0]->drawn);
  put_thumbnail (self, 0, MTIME + 5);
  set_mtime (path, MTIME + 5);
  thaw_folder_reload (self->folder);
  run_until (thaw_entry_store_get_mtime (store, id) / 1000000000 == MTIME + 5);
  gtk_widget_queue_draw (GTK_WIDGET (self->probes[0]));
  run_until (get_stats (self).n_loaded == 2);
  g_assert_true (self->probes[0]->drawn);
  run_until (get_stats (self).n_wanted == 0);
}

/* What can't be had isn't asked for again and again. */
static void
test_failed (Fixture *self, gconstpointer data)
{
  ThawThumbnailerStats stats;

  show (self, 2);
  run_until (get_stats (self).n_failed == 1 && self->probes[0]->drawn);
  g_assert_false (self->probes[1]->drawn);
  gtk_widget_queue_draw (GTK_WIDGET (self->probes[1]));
  run_until (get_stats (self).n_wanted == 0);
  thaw_thumbnailer_get_stats (self->thumbnailer, &stats);
  g_assert_cmpuint (stats.n_asked, ==, 0);
}

/* By our own program, in its sandbox; the second time it comes from the cache. */
static void
test_made (Fixture *self, gconstpointer data)
{
  g_autofree char *program = thaw_libexec_find ("thaw-preview-worker", NULL);
  g_autofree char *path = make_path (self, 1);
  g_autoptr (GdkPixbuf) picture = make_stripes (500, 250, FALSE);
  ThawThumbnailerStats stats;

  if (program == NULL)
    {
      g_test_skip ("thaw-preview-worker isn't built");
      return;
    }
  g_assert_true (gdk_pixbuf_save (picture, path, "png", NULL, NULL));
  set_mtime (path, MTIME);
  show (self, 2);
  run_until (self->probes[1]->drawn);
  g_assert_null (look_up (self, 1, 96, 1));
  run_until (look_up (self, 1, 96, 1) != NULL);
  g_assert_cmpint (gdk_paintable_get_intrinsic_width (look_up (self, 1, 96, 1)), ==, 96);
  g_assert_cmpint (gdk_paintable_get_intrinsic_height (look_up (self, 1, 96, 1)), ==, 48);
  thaw_thumbnailer_get_stats (self->thumbnailer, &stats);
  g_assert_cmpuint (stats.n_made, ==, 1);
}

/* Forty in a column of which four can be seen. */
static void
test_out_of_sight (Fixture *self, gconstpointer data)
{
  GtkAdjustment *adjustment;

  show (self, N_FILES);
  run_until (self->probes[0]->drawn && self->probes[3]->drawn);
  run_until (get_stats (self).n_wanted == 0);
  g_assert_cmpuint (get_stats (self).n_loaded, <, 10);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled));
  gtk_adjustment_set_value (adjustment, 100 * (N_FILES - 4));
  /* A list would do that. */
  details_changed_cb (self);
  run_until (self->probes[N_FILES - 1]->drawn);
  run_until (get_stats (self).n_wanted == 0);
  g_assert_cmpuint (get_stats (self).n_loaded, <, 20);
  g_assert_false (self->probes[20]->drawn);
}

/* A widget that shows another entry, or goes away, wants the first one no more. */
static void
test_withdrawn (Fixture *self, gconstpointer data)
{
  GtkWidget *widget;

  show (self, 4);
  run_until (self->probes[3]->drawn && get_stats (self).n_wanted == 0);
  for (guint i = 4; i < N_FILES; i++)
    g_assert_null (pane_thumbnails_lookup (self->thumbnails,
                                           GTK_WIDGET (self->probes[0]),
                                           self->model,
                                           get_id (self, i),
                                           64,
                                           1));
  g_assert_cmpuint (get_stats (self).n_wanted, ==, 1);
  g_assert_cmpuint (get_stats (self).n_withdrawn, ==, N_FILES - 5);
  run_until (get_stats (self).n_wanted == 0 && get_stats (self).n_loading == 0);
  g_assert_cmpuint (get_stats (self).n_loaded, ==, 3 + 1);
  g_assert_null (look_up (self, 0, 60, 1));
  g_assert_cmpuint (get_stats (self).n_wanted, ==, 1);
  widget = GTK_WIDGET (self->probes[0]);
  gtk_box_remove (GTK_BOX (self->box), widget);
  g_assert_cmpuint (get_stats (self).n_wanted, ==, 0);
  run_until (get_stats (self).n_loading == 0);
}

static void
test_bounded (Fixture *self, gconstpointer data)
{
  const gsize bytes = 64 * 32 * 4;

  show (self, 1);
  run_until (self->probes[0]->drawn);
  pane_thumbnails_set_max_bytes (self->thumbnails, 5 * bytes);
  for (guint i = 2; i < N_FILES; i++)
    {
      guint64 n_loaded = get_stats (self).n_loaded;

      self->probes[0]->id = get_id (self, i);
      g_assert_null (pane_thumbnails_lookup (self->thumbnails,
                                             GTK_WIDGET (self->probes[0]),
                                             self->model,
                                             get_id (self, i),
                                             64,
                                             1));
      self->probes[0]->model = NULL;
      run_until (get_stats (self).n_loaded == n_loaded + 1);
      g_assert_cmpuint (get_stats (self).n_bytes, <=, 5 * bytes);
    }
  g_assert_cmpuint (get_stats (self).n_textures, ==, 5);
  g_assert_cmpuint (get_stats (self).n_evicted, >, 30);
  /* The latest are those that are there. */
  self->probes[0]->model = self->model;
  g_assert_nonnull (pane_thumbnails_lookup (self->thumbnails,
                                            GTK_WIDGET (self->probes[0]),
                                            self->model,
                                            get_id (self, N_FILES - 1),
                                            64,
                                            1));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  g_test_add_func ("/thumbnails/scale", test_scale);
  g_test_add_func ("/thumbnails/noise", test_noise);
  g_test_add_func ("/thumbnails/frame", test_frame);
  ADD ("/thumbnails/shown", test_shown);
  ADD ("/thumbnails/changed", test_changed);
  ADD ("/thumbnails/failed", test_failed);
  ADD ("/thumbnails/made", test_made);
  ADD ("/thumbnails/out-of-sight", test_out_of_sight);
  ADD ("/thumbnails/withdrawn", test_withdrawn);
  ADD ("/thumbnails/bounded", test_bounded);
  return g_test_run ();
}
