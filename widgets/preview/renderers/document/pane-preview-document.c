/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents: PDF, a page at a time, drawn in the sandbox. */

#include "pane-preview-pages.h"
#include "pane-preview-renderer.h"

PanePreviewRenderer *pane_preview_document_renderer_new (void); /* for the registry's table */

G_DECLARE_FINAL_TYPE (PanePreviewDocument,
                      pane_preview_document,
                      PANE,
                      PREVIEW_DOCUMENT_RENDERER,
                      PanePreviewRenderer)

struct _PanePreviewDocument {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewDocument, pane_preview_document, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_document_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return g_str_equal (pane_preview_item_get_content_type (item), "application/pdf")
             ? PANE_PREVIEW_RATE_GOOD
             : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_document_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  return pane_preview_pages_load (item, PANE_PREVIEW_DOCUMENT, scope);
}

static void
pane_preview_document_class_init (PanePreviewDocumentClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_document_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_document_render;
}

static void
pane_preview_document_init (PanePreviewDocument *self)
{
}

PanePreviewRenderer *
pane_preview_document_renderer_new (void)
{
  return g_object_new (pane_preview_document_get_type (), "id", "document", NULL);
}
