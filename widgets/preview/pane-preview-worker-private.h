/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that draw, from outside. Worker threads, all of it; blocks. */
#pragma once

#include "pane-preview-picture.h"

G_BEGIN_DECLS

#define PANE_PREVIEW_N_WORKERS 2
#define PANE_PREVIEW_DRAW_USEC (10 * G_USEC_PER_SEC) /* then the process is killed */

/* @fd: borrowed. Transfer full. */
PanePreviewPicture *pane_preview_worker_draw (int fd,
                                              const PanePreviewRequest *request,
                                              ThawJob *job,
                                              GError **error);
/* Has one process ready. */
gboolean pane_preview_worker_prepare (ThawJob *job, GError **error);

PanePreviewPicture *pane_preview_picture_new (GdkTexture *texture,
                                              int natural_width,
                                              int natural_height,
                                              guint n_pages,
                                              gboolean is_partial,
                                              const char *title);
gsize pane_preview_picture_get_n_bytes (PanePreviewPicture *self);

G_END_DECLS
