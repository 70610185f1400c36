/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of a file or of what is in a folder, as messages. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

/**
 * ThawFileChangeKind:
 * @THAW_FILE_CHANGE_CHANGED: it is there, and is new or changed: look at it
 * @THAW_FILE_CHANGE_GONE: it isn't there (any more)
 * @THAW_FILE_CHANGE_RENAMED: it has become `other`, in the same folder; also told as GONE and
 *   CHANGED of the two
 * @THAW_FILE_CHANGE_LOST_TRACK: so much happened that anything may have changed: look at everything
 * @THAW_FILE_CHANGE_ENDED: the folder itself was deleted, moved or unmounted: nothing more comes
 */
typedef enum {
  THAW_FILE_CHANGE_CHANGED,
  THAW_FILE_CHANGE_GONE,
  THAW_FILE_CHANGE_RENAMED,
  THAW_FILE_CHANGE_LOST_TRACK,
  THAW_FILE_CHANGE_ENDED,
} ThawFileChangeKind;

typedef struct {
  ThawFileChangeKind kind;
  GFile *file;
  GFile *other; /* of RENAMED */
} ThawFileChange;
THAW_API void thaw_file_change_free (ThawFileChange *self);

/* Loop's thread. Resolves when changes are seen from now on; ends with @scope or when @mailbox
 * closes. Its messages are freed with thaw_file_change_free(). */
THAW_API ThawFuture *thaw_file_watch (ThawScope *scope,
                                      GFile *file,
                                      ThawMailbox *mailbox) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileChange, thaw_file_change_free)

G_END_DECLS
