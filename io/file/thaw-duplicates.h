/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the same content below a folder: groups of them, the largest waste first. */
#pragma once

#include "thaw-disk-usage.h"

G_BEGIN_DECLS

#define THAW_TYPE_DUPLICATES (thaw_duplicates_get_type ())
THAW_API G_DECLARE_FINAL_TYPE (ThawDuplicates, thaw_duplicates, THAW, DUPLICATES, GObject)

    /**
     * ThawDuplicatesState:
     * @THAW_DUPLICATES_IDLE: not started
     * @THAW_DUPLICATES_LOOKING: files are being found
     * @THAW_DUPLICATES_READING: those of the same size are compared; groups come
     * @THAW_DUPLICATES_DONE: that was all
     * @THAW_DUPLICATES_STOPPED: incomplete, because it was stopped
     * @THAW_DUPLICATES_FAILED: the folder itself can't be read
     */
    typedef enum {
      THAW_DUPLICATES_IDLE,
      THAW_DUPLICATES_LOOKING,
      THAW_DUPLICATES_READING,
      THAW_DUPLICATES_DONE,
      THAW_DUPLICATES_STOPPED,
      THAW_DUPLICATES_FAILED,
    } ThawDuplicatesState;

/* Files of one content. */
typedef struct {
  guint group;    /* its number, as long as the run lasts */
  guint64 size;   /* of one, in bytes */
  guint64 waste;  /* of all copies but one, by length; hard links of one another are no waste */
  guint n_files;  /* names */
  guint n_copies; /* inodes */
} ThawDuplicatesGroup;

typedef struct {
  GFile *file;       /* owned by the array that it is in */
  guint copy;        /* equal numbers in a group: hard links of one another */
  gint64 mtime_nsec; /* in milliseconds, really; from 1970 on */
} ThawDuplicatesFile;

typedef struct {
  guint64 n_files;               /* found, of the sizes asked for */
  guint64 n_candidates;          /* of them, such of which there is another one of the same size */
  guint64 bytes_read, bytes_max; /* at most so many will have been read in the end */
  guint64 waste;                 /* of all groups */
  guint n_groups, n_unreadable, n_changed; /* n_changed: left out because they changed meanwhile */
} ThawDuplicatesProgress;

/* Loop's thread, all of it. @min_size_bytes 0: empty files, too. */
THAW_API ThawDuplicates *thaw_duplicates_new (GFile *location, guint64 min_size_bytes);
/* No more than so much is read; 0: no limit. Before start. */
THAW_API void thaw_duplicates_set_rate (ThawDuplicates *self, guint64 bytes_per_sec);
THAW_API void thaw_duplicates_start (ThawDuplicates *self);
THAW_API void thaw_duplicates_stop (ThawDuplicates *self); /* at once; keeps what is there */
THAW_API GFile *thaw_duplicates_get_location (ThawDuplicates *self);
THAW_API ThawDuplicatesState thaw_duplicates_get_state (ThawDuplicates *self);
THAW_API const GError *thaw_duplicates_get_error (ThawDuplicates *self);
THAW_API void thaw_duplicates_get_progress (ThawDuplicates *self, ThawDuplicatesProgress *progress);
/* The tree it found files in: which folders couldn't be read. NULL before start. */
THAW_API ThawDiskUsage *thaw_duplicates_get_usage (ThawDuplicates *self);

THAW_API guint thaw_duplicates_get_n_groups (ThawDuplicates *self);
/* @index: from 0, the largest waste first. */
THAW_API gboolean thaw_duplicates_get_group (ThawDuplicates *self,
                                             guint index,
                                             ThawDuplicatesGroup *group);
THAW_API GArray *
thaw_duplicates_list_files (ThawDuplicates *self, guint group) G_GNUC_WARN_UNUSED_RESULT;
THAW_API GPtrArray *
thaw_duplicates_list_unreadable (ThawDuplicates *self) G_GNUC_WARN_UNUSED_RESULT;

/* Compares the files of a group byte by byte: before anything is deleted. */
THAW_API ThawFuture *thaw_duplicates_verify (ThawDuplicates *self,
                                             ThawScope *scope,
                                             guint group) G_GNUC_WARN_UNUSED_RESULT;

/* Properties: location, min-size, state. Signals: changed, 10 times a second at most. */

G_END_DECLS
