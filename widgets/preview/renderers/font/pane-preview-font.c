/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fonts: a specimen, drawn in the sandbox. */

#include "pane-preview-pages.h"
#include "pane-preview-renderer.h"

PanePreviewRenderer *pane_preview_font_renderer_new (void); /* for the registry's table */

G_DECLARE_FINAL_TYPE (PanePreviewFont,
                      pane_preview_font,
                      PANE,
                      PREVIEW_FONT_RENDERER,
                      PanePreviewRenderer)

struct _PanePreviewFont {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewFont, pane_preview_font, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_font_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  const char *type = pane_preview_item_get_content_type (item);

  return g_str_has_prefix (type, "font/") || g_str_has_prefix (type, "application/x-font-")
                 || g_str_equal (type, "application/vnd.ms-opentype")
             ? PANE_PREVIEW_RATE_GOOD
             : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_font_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  return pane_preview_pages_load (item, PANE_PREVIEW_FONT, scope);
}

static void
pane_preview_font_class_init (PanePreviewFontClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_font_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_font_render;
}

static void
pane_preview_font_init (PanePreviewFont *self)
{
}

PanePreviewRenderer *
pane_preview_font_renderer_new (void)
{
  return g_object_new (pane_preview_font_get_type (), "id", "font", NULL);
}
