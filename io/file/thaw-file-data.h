/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files: load, save, append, many at once; temporary ones. All of it happens on the lane of
 * the file, never on the loop. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

/* What a progress mailbox gets, keyed by the operation: the newest counts. */
typedef struct {
  GFile *file;
  goffset done_bytes;
  goffset total_bytes; /* -1: not known */
} ThawFileProgress;
THAW_API void thaw_file_progress_free (ThawFileProgress *self);

/**
 * ThawFileSaveFlags:
 * @THAW_FILE_SAVE_DEFAULT: replaces what is there, keeps its mode, owner and attributes, durable
 * @THAW_FILE_SAVE_NEW: fails with %G_IO_ERROR_EXISTS if something is there
 * @THAW_FILE_SAVE_NOT_DURABLE: doesn't wait for the device: a power cut may bring the old contents back
 * @THAW_FILE_SAVE_PRIVATE: a file that wasn't there is made for its owner only
 */
typedef enum {
  THAW_FILE_SAVE_DEFAULT = 0,
  THAW_FILE_SAVE_NEW = 1 << 0,
  THAW_FILE_SAVE_NOT_DURABLE = 1 << 1,
  THAW_FILE_SAVE_PRIVATE = 1 << 2,
} ThawFileSaveFlags;

/* Loop's thread, all of them. @progress (nullable) gets ThawFileProgress, freed by
 * thaw_file_progress_free(). */
/* Resolves to GBytes. @max_bytes: G_IO_ERROR_MESSAGE_TOO_LARGE beyond it; 0 for no limit. */
THAW_API ThawFuture *thaw_file_load (ThawScope *scope,
                                     GFile *file,
                                     gsize max_bytes,
                                     ThawMailbox *progress) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves when the new contents stand under the name, as a whole, on the device. */
THAW_API ThawFuture *thaw_file_save (ThawScope *scope,
                                     GFile *file,
                                     GBytes *contents,
                                     ThawFileSaveFlags flags,
                                     ThawMailbox *progress) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_file_append (ThawScope *scope,
                                       GFile *file,
                                       GBytes *contents,
                                       ThawFileSaveFlags flags) G_GNUC_WARN_UNUSED_RESULT;

/* One of many files: contents or an error. */
typedef struct {
  GFile *file;
  GBytes *bytes;
  GError *error;
} ThawFileContents;
/* Resolves to a GPtrArray of ThawFileContents, in the order of @files; one that can't be read
 * doesn't stop the rest. */
THAW_API ThawFuture *thaw_file_load_many (ThawScope *scope,
                                          GFile *const *files,
                                          guint n_files,
                                          gsize max_bytes) G_GNUC_WARN_UNUSED_RESULT;

/* Resolve to a GFile in the folder for temporary files, which only the user may use. It is removed,
 * with all it contains, when @scope ends. */
THAW_API ThawFuture *thaw_file_make_temp (ThawScope *scope,
                                          const char *prefix) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_file_make_temp_folder (ThawScope *scope,
                                                 const char *prefix) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileProgress, thaw_file_progress_free)

G_END_DECLS
