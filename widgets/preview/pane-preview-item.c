/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be previewed: the file, open, its type and size, and the room there is. All of it was
 * learned on the file's lane before, so that asking costs nothing. Loop's thread. */

#include "pane-preview-item.h"
#include "pane-location.h"

#define USUAL_SIDE 800

struct _PanePreviewItem {
  GObject parent_instance;

  GFile *file;
  ThawOpenFile *open;
  char *name;
  int width, height;
};

G_DEFINE_FINAL_TYPE (PanePreviewItem, pane_preview_item, G_TYPE_OBJECT)

/**
 * pane_preview_item_new:
 * @file: a file
 * @open: (nullable): the same, open; %NULL for a folder
 *
 * Returns: (transfer full): an item
 */
PanePreviewItem *
pane_preview_item_new (GFile *file, ThawOpenFile *open)
{
  PanePreviewItem *self = g_object_new (PANE_TYPE_PREVIEW_ITEM, NULL);

  self->file = g_object_ref (file);
  self->open = open != NULL ? thaw_open_file_ref (open) : NULL;
  self->name = pane_location_dup_title (file);
  return self;
}

/**
 * pane_preview_item_get_file:
 * @self: an item
 *
 * Returns: (transfer none): its file
 */
GFile *
pane_preview_item_get_file (PanePreviewItem *self)
{
  return self->file;
}

/**
 * pane_preview_item_get_open_file:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): its file, open; %NULL for a folder
 */
ThawOpenFile *
pane_preview_item_get_open_file (PanePreviewItem *self)
{
  return self->open;
}

/**
 * pane_preview_item_is_folder:
 * @self: an item
 *
 * Returns: whether it is a folder
 */
gboolean
pane_preview_item_is_folder (PanePreviewItem *self)
{
  return self->open == NULL;
}

/**
 * pane_preview_item_get_name:
 * @self: an item
 *
 * Returns: its name, for people
 */
const char *
pane_preview_item_get_name (PanePreviewItem *self)
{
  return self->name;
}

/**
 * pane_preview_item_get_content_type:
 * @self: an item
 *
 * Returns: its content type, by its name and the bytes that it begins with
 */
const char *
pane_preview_item_get_content_type (PanePreviewItem *self)
{
  return self->open != NULL ? thaw_open_file_get_content_type (self->open) : "inode/directory";
}

/**
 * pane_preview_item_get_size:
 * @self: an item
 *
 * Returns: its size in bytes, 0 for a folder
 */
goffset
pane_preview_item_get_size (PanePreviewItem *self)
{
  return self->open != NULL ? thaw_open_file_get_size (self->open) : 0;
}

/**
 * pane_preview_item_set_room:
 * @self: an item
 * @width: in device pixels
 * @height: the same
 *
 * Says how much room there is for it.
 */
void
pane_preview_item_set_room (PanePreviewItem *self, int width, int height)
{
  self->width = MAX (width, 1);
  self->height = MAX (height, 1);
}

/**
 * pane_preview_item_get_width:
 * @self: an item
 *
 * Returns: the width of the room that there is for it, in device pixels
 */
int
pane_preview_item_get_width (PanePreviewItem *self)
{
  return self->width;
}

/**
 * pane_preview_item_get_height:
 * @self: an item
 *
 * Returns: the height of the room that there is for it, in device pixels
 */
int
pane_preview_item_get_height (PanePreviewItem *self)
{
  return self->height;
}

static void
pane_preview_item_finalize (GObject *object)
{
  PanePreviewItem *self = PANE_PREVIEW_ITEM (object);

  g_clear_object (&self->file);
  g_clear_pointer (&self->open, thaw_open_file_unref);
  g_free (self->name);
  G_OBJECT_CLASS (pane_preview_item_parent_class)->finalize (object);
}

static void
pane_preview_item_class_init (PanePreviewItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_preview_item_finalize;
}

static void
pane_preview_item_init (PanePreviewItem *self)
{
  self->width = self->height = USUAL_SIDE;
}
