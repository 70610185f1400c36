/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much files and folders hold: counted on their lanes, told while it goes on. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

typedef struct {
  gint64 bytes;                        /* apparent sizes of regular files */
  gint64 allocated;                    /* what the disk has for them; -1 if nobody says */
  gint64 n_files, n_folders, n_others; /* what was asked for included */
  gint64 n_unreadable;                 /* left out of all the above */
} ThawFileMeasure;
#define THAW_TYPE_FILE_MEASURE (thaw_file_measure_get_type ())
THAW_API GType thaw_file_measure_get_type (void); /* boxed */
THAW_API ThawFileMeasure *thaw_file_measure_copy (const ThawFileMeasure *self);
THAW_API void thaw_file_measure_free (ThawFileMeasure *self);

/* Loop's thread. @files: of GFile. @progress (nullable) gets a ThawFileMeasure a few times a
 * second, keyed by itself, freed by thaw_file_measure_free(). Resolves to one. */
THAW_API ThawFuture *thaw_file_count (ThawScope *scope,
                                      GPtrArray *files,
                                      ThawMailbox *progress) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileMeasure, thaw_file_measure_free)

G_END_DECLS
