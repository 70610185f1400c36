/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images: what gdk-pixbuf's loaders read, drawn in the sandbox. */

#include "pane-preview-pages.h"
#include "pane-preview-renderer.h"

PanePreviewRenderer *pane_preview_image_renderer_new (void); /* for the registry's table */

G_DECLARE_FINAL_TYPE (PanePreviewImage,
                      pane_preview_image,
                      PANE,
                      PREVIEW_IMAGE_RENDERER,
                      PanePreviewRenderer)

struct _PanePreviewImage {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewImage, pane_preview_image, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_image_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return g_str_has_prefix (pane_preview_item_get_content_type (item), "image/")
             ? PANE_PREVIEW_RATE_GOOD
             : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_image_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  return pane_preview_pages_load (item, PANE_PREVIEW_IMAGE, scope);
}

static void
pane_preview_image_class_init (PanePreviewImageClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_image_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_image_render;
}

static void
pane_preview_image_init (PanePreviewImage *self)
{
}

PanePreviewRenderer *
pane_preview_image_renderer_new (void)
{
  return g_object_new (pane_preview_image_get_type (), "id", "image", NULL);
}
