/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A widget that shows what is in one file: for quick look, for a view's last column or pane. */
#pragma once

#include "pane-preview-page.h"
#include "pane-preview-renderer.h"

G_BEGIN_DECLS

/**
 * PanePreviewState:
 * @PANE_PREVIEW_EMPTY: there is no file
 * @PANE_PREVIEW_LOADING: it is being read
 * @PANE_PREVIEW_WAITING: it has been read for some time already: its place may not be answering
 * @PANE_PREVIEW_SHOWN: it is there
 * @PANE_PREVIEW_FAILED: it can't be shown, and the widget says why
 *
 * What a preview shows.
 */
typedef enum {
  PANE_PREVIEW_EMPTY,
  PANE_PREVIEW_LOADING,
  PANE_PREVIEW_WAITING,
  PANE_PREVIEW_SHOWN,
  PANE_PREVIEW_FAILED,
} PanePreviewState;

#define PANE_TYPE_PREVIEW (pane_preview_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PanePreview, pane_preview, PANE, PREVIEW, GtkWidget)

/* Loop's thread, all of it. Floating. */
PANE_API PanePreview *pane_preview_new (void);
/* NULL: none. The one before stays in sight for a moment, until the new one has something to show. */
PANE_API void pane_preview_set_file (PanePreview *self, GFile *file);
PANE_API GFile *pane_preview_get_file (PanePreview *self);
PANE_API PanePreviewState pane_preview_get_state (PanePreview *self);
/* What a renderer made; NULL unless one is shown. */
PANE_API GtkWidget *pane_preview_get_content (PanePreview *self);
PANE_API const char *pane_preview_get_status (PanePreview *self); /* "4000 × 3000", or "" */
/* Again, from the beginning; as bytes if @id is "hex". NULL: whoever shows it best. */
PANE_API void pane_preview_reload (PanePreview *self, const char *renderer_id);

/* Properties: file, state, status. All notify. */

G_END_DECLS
