/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open file, for whoever reads it here and there, or hands it to another process. */
#pragma once

#include "thaw-lane.h"

G_BEGIN_DECLS

#define THAW_TYPE_OPEN_FILE (thaw_open_file_get_type ())
THAW_API GType thaw_open_file_get_type (void); /* boxed, refcounted */
typedef struct _ThawOpenFile ThawOpenFile;

/* Resolves to a ThawOpenFile: a regular file, links followed, that nothing is waited for. G_IO_ERROR_IS_DIRECTORY,
 * NOT_REGULAR_FILE for pipes and devices. */
THAW_API ThawFuture *thaw_file_open (ThawScope *scope,
                                     GFile *file,
                                     ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOpenFile *thaw_open_file_ref (ThawOpenFile *self);
THAW_API void thaw_open_file_unref (ThawOpenFile *self); /* any thread; the last one closes it */
THAW_API GFile *thaw_open_file_get_file (ThawOpenFile *self);
THAW_API const char *thaw_open_file_get_content_type (ThawOpenFile *self); /* by its name and its first bytes */
THAW_API gboolean thaw_open_file_is_text (ThawOpenFile *self); /* by its type, and nothing that isn't text where it begins */
THAW_API goffset thaw_open_file_get_size (ThawOpenFile *self);             /* when it was opened */
/* Another text when the file is another, or has other contents. */
THAW_API const char *thaw_open_file_get_tag (ThawOpenFile *self);

/* Loop's thread. Resolves to GBytes, fewer than asked for at the file's end. */
THAW_API ThawFuture *thaw_open_file_read (ThawOpenFile *self,
                                          ThawScope *scope,
                                          ThawPriority priority,
                                          goffset offset,
                                          gsize n_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Worker threads. A descriptor of its own at the file's beginning; what isn't local is copied first, up to @max_bytes
 * (G_IO_ERROR_MESSAGE_TOO_LARGE). -1 with @error. */
THAW_API int thaw_open_file_dup_fd (ThawOpenFile *self, ThawJob *job, goffset max_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOpenFile, thaw_open_file_unref)

G_END_DECLS
