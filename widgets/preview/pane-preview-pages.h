/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What renderers of pictures share: a widget that shows them, zooms, and turns pages. */
#pragma once

#include "pane-preview-item.h"
#include "pane-preview-loader.h"
#include "pane-preview-page.h"

G_BEGIN_DECLS

#define PANE_TYPE_PREVIEW_PAGES (pane_preview_pages_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PanePreviewPages, pane_preview_pages, PANE, PREVIEW_PAGES, PanePreviewPage)

/* Resolves to a PanePreviewPages with its first picture: as a renderer's render() may. */
PANE_API ThawFuture *pane_preview_pages_load (PanePreviewItem *item,
                                              PanePreviewKind kind,
                                              ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
PANE_API GdkTexture *pane_preview_pages_get_texture (PanePreviewPages *self);
PANE_API guint pane_preview_pages_get_page (PanePreviewPages *self); /* from 0 */
PANE_API double pane_preview_pages_get_zoom (PanePreviewPages *self); /* application pixels for one of its own, 0: fits */

G_END_DECLS
