/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Icons by content type, size and scale, as textures of exactly the pixels that they cover: a
 * renderer without a GPU pays half a millisecond for each larger picture that it has to scale down,
 * in every frame. The icon theme says which file an icon is; a job on the lane of the system's data
 * reads, scales and converts it. Until it is back nothing is drawn in the icon's place. There is no
 * icon by file: an icon never costs a look at the folder's disk. One cache a display, emptied when
 * the theme changes. Loop's thread only, apart from the jobs' bodies.
 */
#include "pane-details.h"
#include "pane-icon-cache.h"

#define DATA_PATH "/usr/share/icons"

struct _PaneIconCache {
  GtkIconTheme *theme; /* not owned: it owns us */
  GHashTable *icons;   /* Key -> GdkPaintable, NULL while it is being read */
  ThawScope *scope;
  ThawLane *lane;
};

typedef struct {
  const char *name; /* interned */
  int size;
  int scale;
} Key;

/* One icon on its way, held by the job and by what waits for it; the last of them lets go on the
 * loop. */
typedef struct {
  PaneIconCache *cache; /* not owned: its scope ends with it */
  Key key;
  GFile *file;
  GtkIconPaintable *paintable; /* what GTK would draw: if the file can't be read by us */
} Reading;

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;

  return g_direct_hash (key->name) * 31 + (guint) (key->size * 8 + key->scale);
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *x = a;
  const Key *y = b;

  return x->name == y->name && x->size == y->size && x->scale == y->scale;
}

static void
clear_icon (gpointer data)
{
  GObject *icon = data;

  g_clear_object (&icon);
}

static void
pane_icon_cache_free (gpointer data)
{
  PaneIconCache *self = data;

  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  thaw_lane_unref (self->lane);
  g_hash_table_unref (self->icons);
  g_free (self);
}

/* What is on its way comes into the new table too, and from the old theme: the next change corrects
 * it. */
static void
theme_changed_cb (GtkIconTheme *theme, PaneIconCache *self)
{
  g_hash_table_remove_all (self->icons);
  pane_details_changed (pane_details_get_default ());
}

/**
 * pane_icon_cache_get:
 * @display: a display
 *
 * Returns: (transfer none): the display's cache
 */
PaneIconCache *
pane_icon_cache_get (GdkDisplay *display)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (display);
  PaneIconCache *self = g_object_get_data (G_OBJECT (theme), "pane-icon-cache");

  if (self != NULL)
    return self;
  self = g_new0 (PaneIconCache, 1);
  self->theme = theme;
  self->icons = g_hash_table_new_full (key_hash, key_equal, g_free, clear_icon);
  self->scope = thaw_scope_new ("icons", NULL);
  self->lane = thaw_lane_for_path (DATA_PATH);
  g_object_set_data_full (G_OBJECT (theme), "pane-icon-cache", self, pane_icon_cache_free);
  g_signal_connect (theme, "changed", G_CALLBACK (theme_changed_cb), self);
  return self;
}

/* Reading */

static void
reading_clear (gpointer data)
{
  Reading *reading = data;

  g_clear_object (&reading->file);
  g_clear_object (&reading->paintable);
}

static void
reading_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, reading_clear);
}

/* Any thread. In the renderer's own format, so that it is copied and never converted. */
static GdkTexture *
to_texture (GdkPixbuf *pixbuf)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_for_pixbuf (pixbuf);
  GdkTextureDownloader *downloader = gdk_texture_downloader_new (texture);
  g_autoptr (GBytes) pixels = NULL;
  gsize stride;

  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_DEFAULT);
  pixels = gdk_texture_downloader_download_bytes (downloader, &stride);
  gdk_texture_downloader_free (downloader);
  return gdk_memory_texture_new (gdk_pixbuf_get_width (pixbuf),
                                 gdk_pixbuf_get_height (pixbuf),
                                 GDK_MEMORY_DEFAULT,
                                 pixels,
                                 stride);
}

/* Lane's thread. */
static gboolean
read_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Reading *reading = user_data;
  int pixels = reading->key.size * reading->key.scale;
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileInputStream) stream = g_file_read (reading->file, cancellable, error);
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  if (stream == NULL)
    return FALSE;
  pixbuf = gdk_pixbuf_new_from_stream_at_scale (G_INPUT_STREAM (stream),
                                                pixels,
                                                pixels,
                                                TRUE,
                                                cancellable,
                                                error);
  if (pixbuf == NULL)
    return FALSE;
  thaw_job_return_object (job, to_texture (pixbuf));
  return TRUE;
}

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *reading = user_data;
  gpointer texture = thaw_future_get_pointer (completed, NULL);

  if (texture == NULL)
    texture = reading->paintable;
  g_hash_table_insert (reading->cache->icons,
                       g_memdup2 (&reading->key, sizeof (Key)),
                       g_object_ref (texture));
  pane_details_changed (pane_details_get_default ());
}

static void
start_reading (PaneIconCache *self, Reading *reading)
{
  ThawFuture *future = thaw_lane_run (self->lane,
                                      self->scope,
                                      "read icon",
                                      THAW_PRIORITY_HIGH,
                                      -1,
                                      read_lane,
                                      g_atomic_rc_box_acquire (reading),
                                      reading_release);

  thaw_future_done (future, self->scope, read_cb, reading, reading_release);
  thaw_future_unref (future);
}

/* Which file it is the theme knows from its own cache. A picture of one colour, or one without a
 * file, is left to GTK. */
static void
begin (PaneIconCache *self, const Key *key, GIcon *icon)
{
  g_autoptr (GtkIconPaintable) paintable
      = gtk_icon_theme_lookup_by_gicon (self->theme,
                                        icon,
                                        key->size,
                                        key->scale,
                                        gtk_widget_get_default_direction (),
                                        0);
  g_autoptr (GFile) file = gtk_icon_paintable_get_file (paintable);
  Reading *reading;

  if (file == NULL || gtk_icon_paintable_is_symbolic (paintable))
    {
      g_hash_table_insert (self->icons,
                           g_memdup2 (key, sizeof (Key)),
                           g_steal_pointer (&paintable));
      return;
    }
  g_hash_table_insert (self->icons, g_memdup2 (key, sizeof (Key)), NULL);
  reading = g_atomic_rc_box_new0 (Reading);
  reading->cache = self;
  reading->key = *key;
  reading->file = g_steal_pointer (&file);
  reading->paintable = g_steal_pointer (&paintable);
  start_reading (self, reading);
}

/* Looking up */

static GdkPaintable *
look_up (PaneIconCache *self, const Key *key, GIcon *icon)
{
  gpointer found = NULL;

  if (!g_hash_table_lookup_extended (self->icons, key, NULL, &found))
    {
      begin (self, key, icon);
      found = g_hash_table_lookup (self->icons, key);
    }
  return found;
}

static GdkPaintable *
look_up_name (PaneIconCache *self, const char *icon_name, int size, int scale)
{
  const Key key = { icon_name, size, scale };
  g_autoptr (GIcon) icon = NULL;

  if (g_hash_table_contains (self->icons, &key))
    return g_hash_table_lookup (self->icons, &key);
  icon = g_themed_icon_new (icon_name);
  return look_up (self, &key, icon);
}

static const char *
get_generic_name (ThawEntryStore *store, guint32 id)
{
  return thaw_entry_store_is_folder (store, id) ? g_intern_static_string ("folder")
                                                : g_intern_static_string ("text-x-generic");
}

/**
 * pane_icon_cache_lookup:
 * @self: a cache
 * @store: a store
 * @id: an entry of it
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Finds the icon of an entry's content type; a folder's or a generic file's as long as the type's
 * isn't known. [signal@Pane.Details::changed] says when to ask again.
 *
 * Returns: (transfer none) (nullable): the icon, %NULL while it is being read
 */
GdkPaintable *
pane_icon_cache_lookup (PaneIconCache *self, ThawEntryStore *store, guint32 id, int size, int scale)
{
  PaneDetails *details = pane_details_get_default ();
  const char *content_type = pane_details_get_content_type (details, store, id);
  GIcon *icon = pane_details_get_icon (details, content_type);
  const Key key = { content_type, size, scale };
  GdkPaintable *found = icon != NULL ? look_up (self, &key, icon) : NULL;

  if (found != NULL)
    return found;
  return look_up_name (self, get_generic_name (store, id), size, scale);
}

/**
 * pane_icon_cache_lookup_named:
 * @self: a cache
 * @icon_name: an interned icon name
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Returns: (transfer none) (nullable): the icon, %NULL if the theme has none or while it is being
 * read
 */
GdkPaintable *
pane_icon_cache_lookup_named (PaneIconCache *self, const char *icon_name, int size, int scale)
{
  return gtk_icon_theme_has_icon (self->theme, icon_name)
             ? look_up_name (self, icon_name, size, scale)
             : NULL;
}

/**
 * pane_icon_cache_preload:
 * @self: a cache
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Begins to read the icons that most folders need.
 */
void
pane_icon_cache_preload (PaneIconCache *self, int size, int scale)
{
  static const char *const common[] = { "folder", "text-x-generic" };

  for (guint i = 0; i < G_N_ELEMENTS (common); i++)
    look_up_name (self, g_intern_static_string (common[i]), size, scale);
}
