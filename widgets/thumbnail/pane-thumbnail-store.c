/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of thumbnails: by folder, name and size in device pixels, so that a folder that is
 * opened again, or shown twice, finds those that are there. Looking one up hashes a name and
 * nothing more: it is done for each cell that is drawn. The least used go first when there are too
 * many pixels, or too many that are known of; what a widget waits for stays. Loop's thread only. */

#include "pane-thumbnail-private.h"

#include <string.h>

#define MAX_ITEMS 16384

struct _PaneThumbnailFolder {
  GFile *location;
  guint n_items;
};

static guint
item_hash (gconstpointer data)
{
  const PaneThumbnail *item = data;

  return g_str_hash (item->name) ^ g_direct_hash (item->folder) ^ (guint) item->pixels << 16
         ^ (guint) item->frame;
}

static gboolean
item_equal (gconstpointer a, gconstpointer b)
{
  const PaneThumbnail *x = a;
  const PaneThumbnail *y = b;

  return x->folder == y->folder && x->pixels == y->pixels && x->frame == y->frame
         && strcmp (x->name, y->name) == 0;
}

void
pane_thumbnail_store_init (PaneThumbnailStore *self)
{
  self->items = g_hash_table_new (item_hash, item_equal);
  self->folders = g_hash_table_new (g_file_hash, (GEqualFunc) g_file_equal);
  self->max_bytes = PANE_THUMBNAILS_MAX_BYTES;
}

static PaneThumbnailFolder *
find_folder (PaneThumbnailStore *self, GFile *location)
{
  PaneThumbnailFolder *folder;

  if (self->latest != NULL && self->latest->location == location)
    return self->latest;
  folder = g_hash_table_lookup (self->folders, location);
  if (folder != NULL)
    {
      /* The same pointer the next time, most probably. */
      g_hash_table_steal (self->folders, location);
      g_set_object (&folder->location, location);
      g_hash_table_insert (self->folders, folder->location, folder);
      self->latest = folder;
    }
  return folder;
}

static PaneThumbnailFolder *
add_folder (PaneThumbnailStore *self, GFile *location)
{
  PaneThumbnailFolder *folder = find_folder (self, location);

  if (folder == NULL)
    {
      folder = g_new0 (PaneThumbnailFolder, 1);
      folder->location = g_object_ref (location);
      g_hash_table_insert (self->folders, folder->location, folder);
    }
  folder->n_items++;
  return folder;
}

static void
release_folder (PaneThumbnailStore *self, PaneThumbnailFolder *folder)
{
  if (--folder->n_items > 0)
    return;
  if (self->latest == folder)
    self->latest = NULL;
  g_hash_table_remove (self->folders, folder->location);
  g_object_unref (folder->location);
  g_free (folder);
}

PaneThumbnail *
pane_thumbnail_store_find (PaneThumbnailStore *self, const PaneThumbnailKey *key)
{
  const PaneThumbnail wanted = {
    .folder = find_folder (self, key->folder),
    .name = (char *) key->name,
    .pixels = key->pixels,
    .frame = key->frame,
  };

  return wanted.folder != NULL ? g_hash_table_lookup (self->items, &wanted) : NULL;
}

PaneThumbnail *
pane_thumbnail_store_add (PaneThumbnailStore *self, const PaneThumbnailKey *key)
{
  PaneThumbnail *item = g_new0 (PaneThumbnail, 1);

  item->folder = add_folder (self, key->folder);
  item->name = g_strdup (key->name);
  item->pixels = key->pixels;
  item->frame = key->frame;
  item->link.data = item;
  item->queue_link.data = item;
  item->widgets = g_ptr_array_sized_new (1);
  g_hash_table_add (self->items, item);
  g_queue_push_head_link (&self->used, &item->link);
  return item;
}

void
pane_thumbnail_store_used (PaneThumbnailStore *self, PaneThumbnail *item)
{
  if (self->used.head == &item->link)
    return;
  g_queue_unlink (&self->used, &item->link);
  g_queue_push_head_link (&self->used, &item->link);
}

/* The pixels of @texture, as they lie in memory. */
static gsize
count_bytes (GdkTexture *texture)
{
  return (gsize) gdk_texture_get_width (texture) * (gsize) gdk_texture_get_height (texture) * 4;
}

void
pane_thumbnail_store_set_texture (PaneThumbnailStore *self,
                                  PaneThumbnail *item,
                                  GdkTexture *texture)
{
  self->n_bytes -= item->n_bytes;
  self->n_textures -= item->texture != NULL;
  g_set_object (&item->texture, texture);
  item->n_bytes = texture != NULL ? count_bytes (texture) : 0;
  self->n_textures += texture != NULL;
  self->n_bytes += item->n_bytes;
  pane_thumbnail_store_trim (self);
}

static void
item_free (PaneThumbnailStore *self, PaneThumbnail *item)
{
  g_queue_unlink (&self->used, &item->link);
  g_hash_table_remove (self->items, item);
  self->n_bytes -= item->n_bytes;
  self->n_textures -= item->texture != NULL;
  release_folder (self, item->folder);
  g_clear_object (&item->texture);
  g_clear_object (&item->file);
  g_clear_pointer (&item->future, thaw_future_unref);
  g_ptr_array_unref (item->widgets);
  g_free (item->name);
  g_free (item);
}

static gboolean
is_idle (PaneThumbnail *item)
{
  return item->state != PANE_THUMBNAIL_QUEUED && item->state != PANE_THUMBNAIL_LOADING;
}

void
pane_thumbnail_store_trim (PaneThumbnailStore *self)
{
  GList *link = self->used.tail;

  while (link != NULL && link != self->used.head
         && (self->n_bytes > self->max_bytes || self->used.length > MAX_ITEMS))
    {
      PaneThumbnail *item = link->data;

      link = link->prev;
      if (!is_idle (item))
        continue;
      item_free (self, item);
      self->n_evicted++;
    }
}

void
pane_thumbnail_store_clear (PaneThumbnailStore *self)
{
  while (self->used.head != NULL)
    item_free (self, self->used.head->data);
  g_clear_pointer (&self->items, g_hash_table_unref);
  g_clear_pointer (&self->folders, g_hash_table_unref);
}
