/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thumbnails as textures of exactly the pixels that they cover. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

#define PANE_TYPE_THUMBNAILS (pane_thumbnails_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneThumbnails, pane_thumbnails, PANE, THUMBNAILS, GObject)

#define PANE_THUMBNAILS_MAX_BYTES (64 * 1024 * 1024) /* of pixels */

/* The process's one, made on first use; borrowed. */
PANE_API PaneThumbnails *pane_thumbnails_get_default (void);
PANE_API PaneThumbnails *pane_thumbnails_new (ThawThumbnailer *thumbnailer);

/* The thumbnail of an entry at most @size application pixels large, borrowed until the loop turns. NULL: there is none, or
 * not yet; then it is asked for, and @widget drawn again when it is there. For a widget's snapshot(): a widget wants one thumbnail at a time, and
 * none any more once it is out of sight. */
PANE_API GdkPaintable *pane_thumbnails_lookup (PaneThumbnails *self, GtkWidget *widget, PaneFolderModel *model,
                                               guint32 id, int size, int scale);
/* The same, drawn: in the middle of a square, with rounded corners, a fine edge and a shadow. FALSE: nothing was drawn; draw the icon. */
PANE_API gboolean pane_thumbnails_snapshot (PaneThumbnails *self, GtkWidget *widget, GtkSnapshot *snapshot,
                                            PaneFolderModel *model, guint32 id, double x, double y, int size);
/* @widget shows none any more. Widgets that go away needn't say so. */
PANE_API void pane_thumbnails_forget (PaneThumbnails *self, GtkWidget *widget);

/* What isn't shown is given back, oldest first, until there is no more than this. */
PANE_API void pane_thumbnails_set_max_bytes (PaneThumbnails *self, gsize max_bytes);

typedef struct {
  gsize n_bytes;
  guint n_items, n_textures; /* known of, and there */
  guint n_wanted, n_queued, n_loading;
  guint64 n_loaded, n_failed, n_withdrawn, n_evicted;
} PaneThumbnailsStats;
PANE_API void pane_thumbnails_get_stats (PaneThumbnails *self, PaneThumbnailsStats *stats);

G_END_DECLS
