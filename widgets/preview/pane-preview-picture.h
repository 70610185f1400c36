/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A picture of a file, drawn by a sandboxed process. */
#pragma once

#include <gtk/gtk.h>
#include "thaw.h"

G_BEGIN_DECLS

#ifndef PANE_API
#define PANE_API __attribute__ ((visibility ("default")))
#endif

/**
 * PanePreviewKind:
 * @PANE_PREVIEW_ANY: whichever its first bytes say
 * @PANE_PREVIEW_IMAGE: an image of a format that gdk-pixbuf has a loader for
 * @PANE_PREVIEW_DOCUMENT: a page of a PDF
 * @PANE_PREVIEW_FONT: a specimen of a font
 *
 * What a picture is drawn from.
 */
typedef enum {
  PANE_PREVIEW_ANY,
  PANE_PREVIEW_IMAGE,
  PANE_PREVIEW_DOCUMENT,
  PANE_PREVIEW_FONT,
} PanePreviewKind;

/**
 * PanePreviewRequest:
 * @kind: what is to be drawn
 * @width: the box that the picture has to fit into, in device pixels
 * @height: the same
 * @page: which page, from 0
 * @dark: whether what has no background is drawn light
 *
 * Which picture of a file is asked for.
 */
typedef struct {
  PanePreviewKind kind;
  int width, height;
  guint page;
  gboolean dark;
} PanePreviewRequest;

#define PANE_TYPE_PREVIEW_PICTURE (pane_preview_picture_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PanePreviewPicture, pane_preview_picture, PANE, PREVIEW_PICTURE, GObject)

PANE_API GdkTexture *pane_preview_picture_get_texture (PanePreviewPicture *self);
/* Of the thing itself: pixels of an image, points of a page; 0 for what has no size of its own. */
PANE_API int pane_preview_picture_get_natural_width (PanePreviewPicture *self);
PANE_API int pane_preview_picture_get_natural_height (PanePreviewPicture *self);
PANE_API guint pane_preview_picture_get_n_pages (PanePreviewPicture *self);
PANE_API gboolean pane_preview_picture_is_partial (PanePreviewPicture *self); /* the file breaks off */
PANE_API const char *pane_preview_picture_get_title (PanePreviewPicture *self); /* a font's name, else "" */

G_END_DECLS
