/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is to be previewed, as far as it is known without another look at it. */
#pragma once

#include <gtk/gtk.h>
#include "thaw.h"

G_BEGIN_DECLS

#ifndef PANE_API
#define PANE_API __attribute__ ((visibility ("default")))
#endif

#define PANE_TYPE_PREVIEW_ITEM (pane_preview_item_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PanePreviewItem, pane_preview_item, PANE, PREVIEW_ITEM, GObject)

/* @open: NULL for a folder. */
PANE_API PanePreviewItem *pane_preview_item_new (GFile *file, ThawOpenFile *open);
PANE_API GFile *pane_preview_item_get_file (PanePreviewItem *self);
PANE_API ThawOpenFile *pane_preview_item_get_open_file (PanePreviewItem *self); /* NULL: a folder */
PANE_API gboolean pane_preview_item_is_folder (PanePreviewItem *self);
PANE_API const char *pane_preview_item_get_name (PanePreviewItem *self);         /* for people */
PANE_API const char *pane_preview_item_get_content_type (PanePreviewItem *self); /* by name and first bytes */
PANE_API goffset pane_preview_item_get_size (PanePreviewItem *self);             /* bytes, 0 for a folder */

/* The room that there is for it, in device pixels, so that nothing is drawn larger or twice. */
PANE_API void pane_preview_item_set_room (PanePreviewItem *self, int width, int height);
PANE_API int pane_preview_item_get_width (PanePreviewItem *self);
PANE_API int pane_preview_item_get_height (PanePreviewItem *self);

G_END_DECLS
