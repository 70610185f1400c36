/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file to a picture: drawn in a sandboxed process, kept in a bounded cache. */
#pragma once

#include "pane-preview-picture.h"

G_BEGIN_DECLS

#define PANE_TYPE_PREVIEW_LOADER (pane_preview_loader_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PanePreviewLoader, pane_preview_loader, PANE, PREVIEW_LOADER, GObject)

/* Loop's thread, all of it. */
PANE_API PanePreviewLoader *pane_preview_loader_get_default (void);
/* Starts a process that waits for the first request, so that it doesn't wait for the process. */
PANE_API void pane_preview_loader_warm_up (PanePreviewLoader *self);

/* Resolves to a PanePreviewPicture, from the cache if it has it and the file hasn't changed. G_IO_ERROR_INVALID_DATA:
 * damaged; NOT_SUPPORTED; MESSAGE_TOO_LARGE; TIMED_OUT; BROKEN_PIPE: the process came to an end over it. */
PANE_API ThawFuture *pane_preview_loader_load (PanePreviewLoader *self,
                                               ThawScope *scope,
                                               GFile *file,
                                               const PanePreviewRequest *request,
                                               ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a file that is open already. */
PANE_API ThawFuture *pane_preview_loader_load_open (PanePreviewLoader *self,
                                                    ThawScope *scope,
                                                    ThawOpenFile *file,
                                                    const PanePreviewRequest *request,
                                                    ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* What the cache has of exactly this, at once; NULL. Transfer none. */
PANE_API PanePreviewPicture *pane_preview_loader_peek (PanePreviewLoader *self,
                                                       ThawOpenFile *file,
                                                       const PanePreviewRequest *request);

G_END_DECLS
