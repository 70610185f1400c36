/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Icons by content type, size and scale. The first lookup of a type asks the icon theme and lets
 * GTK load the picture in a thread of its own; every later one is a hash lookup. There is no icon
 * by file: an icon never costs a look at the disk. One cache a display, kept on it; dropped when
 * the theme changes. Loop's thread only.
 */
#include "pane-icon-cache.h"
#include "pane-details.h"

struct _PaneIconCache {
  GtkIconTheme *theme; /* not owned: lives as long as the display */
  GHashTable *icons;   /* Key -> GdkPaintable */
};

typedef struct {
  const char *name; /* interned */
  int size;
  int scale;
} Key;

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
pane_icon_cache_free (gpointer data)
{
  PaneIconCache *self = data;

  g_hash_table_unref (self->icons);
  g_free (self);
}

static void
theme_changed_cb (GtkIconTheme *theme, PaneIconCache *self)
{
  g_hash_table_remove_all (self->icons);
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
  self->icons = g_hash_table_new_full (key_hash, key_equal, g_free, g_object_unref);
  g_object_set_data_full (G_OBJECT (theme), "pane-icon-cache", self, pane_icon_cache_free);
  g_signal_connect (theme, "changed", G_CALLBACK (theme_changed_cb), self);
  return self;
}

static GdkPaintable *
keep (PaneIconCache *self, const Key *key, GIcon *icon)
{
  GtkIconPaintable *paintable = gtk_icon_theme_lookup_by_gicon (self->theme,
                                                                icon,
                                                                key->size,
                                                                key->scale,
                                                                gtk_widget_get_default_direction (),
                                                                GTK_ICON_LOOKUP_PRELOAD);

  g_hash_table_insert (self->icons, g_memdup2 (key, sizeof (*key)), paintable);
  return GDK_PAINTABLE (paintable);
}

static GdkPaintable *
lookup_name (PaneIconCache *self, const char *icon_name, int size, int scale)
{
  const Key key = { icon_name, size, scale };
  GdkPaintable *found = g_hash_table_lookup (self->icons, &key);
  g_autoptr (GIcon) icon = NULL;

  if (found != NULL)
    return found;
  icon = g_themed_icon_new (icon_name);
  return keep (self, &key, icon);
}

static GdkPaintable *
lookup_type (PaneIconCache *self, const char *content_type, int size, int scale)
{
  const Key key = { content_type, size, scale };
  GdkPaintable *found = g_hash_table_lookup (self->icons, &key);
  GIcon *icon;

  if (found != NULL)
    return found;
  icon = pane_details_get_icon (pane_details_get_default (), content_type);
  return icon != NULL ? keep (self, &key, icon) : NULL;
}

/**
 * pane_icon_cache_lookup:
 * @self: a cache
 * @store: a store
 * @id: an entry of it
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Finds the icon of an entry's content type. As long as that isn't read from disk it is a folder's
 * or a generic file's; [signal@Pane.Details::changed] says when to ask again.
 *
 * Returns: (transfer none): the icon
 */
GdkPaintable *
pane_icon_cache_lookup (PaneIconCache *self, ThawEntryStore *store, guint32 id, int size, int scale)
{
  PaneDetails *details = pane_details_get_default ();
  const char *content_type = pane_details_get_content_type (details, store, id);
  GdkPaintable *found = lookup_type (self, content_type, size, scale);

  if (found != NULL)
    return found;
  return lookup_name (self,
                      thaw_entry_store_is_folder (store, id)
                          ? g_intern_static_string ("folder")
                          : g_intern_static_string ("text-x-generic"),
                      size,
                      scale);
}

/**
 * pane_icon_cache_lookup_named:
 * @self: a cache
 * @icon_name: an interned icon name
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Returns: (transfer none) (nullable): the icon, %NULL if the theme has none
 */
GdkPaintable *
pane_icon_cache_lookup_named (PaneIconCache *self, const char *icon_name, int size, int scale)
{
  const Key key = { icon_name, size, scale };
  GdkPaintable *found = g_hash_table_lookup (self->icons, &key);

  if (found != NULL)
    return found;
  return gtk_icon_theme_has_icon (self->theme, icon_name)
             ? lookup_name (self, icon_name, size, scale)
             : NULL;
}

/**
 * pane_icon_cache_preload:
 * @self: a cache
 * @size: in application pixels
 * @scale: device pixels in each
 *
 * Begins to load the icons that most folders need.
 */
void
pane_icon_cache_preload (PaneIconCache *self, int size, int scale)
{
  static const char *const common[] = {
    "folder", "text-x-generic", "image-x-generic", "application-x-generic", "package-x-generic",
  };

  for (guint i = 0; i < G_N_ELEMENTS (common); i++)
    lookup_name (self, g_intern_static_string (common[i]), size, scale);
}
