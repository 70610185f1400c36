/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of a renderer: it makes a widget that shows a file. And the registry of those there are. */
#pragma once

#include "pane-preview-item.h"

G_BEGIN_DECLS

/* How well a renderer shows something. */
#define PANE_PREVIEW_RATE_NEVER 0
#define PANE_PREVIEW_RATE_ANY 1      /* shows anything, somehow */
#define PANE_PREVIEW_RATE_POSSIBLE 20 /* better than bytes */
#define PANE_PREVIEW_RATE_GOOD 50    /* what most people expect */
#define PANE_PREVIEW_RATE_BEST 80    /* made for just this */

#define PANE_TYPE_PREVIEW_RENDERER (pane_preview_renderer_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PanePreviewRenderer, pane_preview_renderer, PANE, PREVIEW_RENDERER, GObject)

struct _PanePreviewRendererClass {
  GObjectClass parent_class;

  /* How well it shows @item: one of the above, or between. By what is known of it; no file is touched. */
  int (*rate) (PanePreviewRenderer *self, PanePreviewItem *item);
  /* Resolves to a GtkWidget that shows @item, once there is something to be seen. What is read is read on lanes; @scope ends when
   * another file is shown. A widget may have these actions, which quick look has keys for: preview.zoom-in, -zoom-out,
   * -zoom-fit, -next-page, -previous-page, -play; and a string property "preview-status" ("4000 × 3000", "Page 2 of 9"). */
  ThawFuture *(*render) (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope);

  gpointer padding[8];
};

/* Property: id, construct only. */
PANE_API const char *pane_preview_renderer_get_id (PanePreviewRenderer *self);
PANE_API int pane_preview_renderer_rate (PanePreviewRenderer *self, PanePreviewItem *item);
PANE_API ThawFuture *pane_preview_renderer_render (PanePreviewRenderer *self,
                                                   PanePreviewItem *item,
                                                   ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;

/* Every folder under renderers/ is registered; plugins add theirs at run time. Of equals the one that was added last wins. Loop's
 * thread. */
PANE_API void pane_preview_registry_add (PanePreviewRenderer *renderer);
PANE_API void pane_preview_registry_remove (PanePreviewRenderer *renderer);
PANE_API PanePreviewRenderer *pane_preview_registry_find (const char *id);                /* NULL */
PANE_API PanePreviewRenderer *pane_preview_registry_find_best (PanePreviewItem *item); /* NULL: nobody */

G_END_DECLS
