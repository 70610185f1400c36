/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A picture of a file and what is known of it. Never changes; made on a worker, used on the loop.
 */

#include "pane-preview-worker-private.h"

struct _PanePreviewPicture {
  GObject parent_instance;

  GdkTexture *texture;
  int natural_width, natural_height;
  guint n_pages;
  gboolean is_partial;
  char *title;
};

G_DEFINE_FINAL_TYPE (PanePreviewPicture, pane_preview_picture, G_TYPE_OBJECT)

PanePreviewPicture *
pane_preview_picture_new (GdkTexture *texture,
                          int natural_width,
                          int natural_height,
                          guint n_pages,
                          gboolean is_partial,
                          const char *title)
{
  PanePreviewPicture *self = g_object_new (PANE_TYPE_PREVIEW_PICTURE, NULL);

  self->texture = g_object_ref (texture);
  self->natural_width = natural_width;
  self->natural_height = natural_height;
  self->n_pages = n_pages;
  self->is_partial = is_partial;
  self->title = g_strdup (title);
  return self;
}

gsize
pane_preview_picture_get_n_bytes (PanePreviewPicture *self)
{
  return (gsize) gdk_texture_get_width (self->texture)
         * (gsize) gdk_texture_get_height (self->texture) * 4;
}

/**
 * pane_preview_picture_get_texture:
 * @self: a picture
 *
 * Returns: (transfer none): its pixels
 */
GdkTexture *
pane_preview_picture_get_texture (PanePreviewPicture *self)
{
  return self->texture;
}

/**
 * pane_preview_picture_get_natural_width:
 * @self: a picture
 *
 * Returns: how wide the thing itself is: pixels of an image, points of a page; 0 for what has no
 *   size of its own
 */
int
pane_preview_picture_get_natural_width (PanePreviewPicture *self)
{
  return self->natural_width;
}

/**
 * pane_preview_picture_get_natural_height:
 * @self: a picture
 *
 * Returns: how high the thing itself is
 */
int
pane_preview_picture_get_natural_height (PanePreviewPicture *self)
{
  return self->natural_height;
}

/**
 * pane_preview_picture_get_n_pages:
 * @self: a picture
 *
 * Returns: how many pages the document has
 */
guint
pane_preview_picture_get_n_pages (PanePreviewPicture *self)
{
  return self->n_pages;
}

/**
 * pane_preview_picture_is_partial:
 * @self: a picture
 *
 * Returns: whether the file breaks off, so that only a part of it could be drawn
 */
gboolean
pane_preview_picture_is_partial (PanePreviewPicture *self)
{
  return self->is_partial;
}

/**
 * pane_preview_picture_get_title:
 * @self: a picture
 *
 * Returns: the name of a font, "" for anything else
 */
const char *
pane_preview_picture_get_title (PanePreviewPicture *self)
{
  return self->title;
}

static void
pane_preview_picture_finalize (GObject *object)
{
  PanePreviewPicture *self = PANE_PREVIEW_PICTURE (object);

  g_clear_object (&self->texture);
  g_free (self->title);
  G_OBJECT_CLASS (pane_preview_picture_parent_class)->finalize (object);
}

static void
pane_preview_picture_class_init (PanePreviewPictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_preview_picture_finalize;
}

static void
pane_preview_picture_init (PanePreviewPicture *self)
{
}
