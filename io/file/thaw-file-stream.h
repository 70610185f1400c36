/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files piece by piece: chunks and lines with a bounded read-ahead, and writing with back-pressure.
 * Everything on the loop's thread; the work happens on the lane of the file. */
#pragma once

#include "thaw-file-data.h"

G_BEGIN_DECLS

#define THAW_FILE_READ_AHEAD_BYTES (256 * 1024) /* at most, twice */
#define THAW_FILE_WRITE_BEHIND_BYTES (256 * 1024)
#define THAW_FILE_MAX_LINE_BYTES (1024 * 1024)

#define THAW_TYPE_FILE_READER (thaw_file_reader_get_type ())
THAW_API GType thaw_file_reader_get_type (void); /* boxed, refcounted */
typedef struct _ThawFileReader ThawFileReader;

/* Nothing fails here: an error comes with what is read first. Ends with @scope. */
THAW_API ThawFileReader *thaw_file_read (ThawScope *scope,
                                         GFile *file,
                                         goffset offset) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFileReader *thaw_file_reader_ref (ThawFileReader *self);
THAW_API void thaw_file_reader_unref (ThawFileReader *self); /* the last one closes the file */
/* Resolves to GBytes, or to NULL at the end. */
THAW_API ThawFuture *thaw_file_reader_next_chunk (ThawFileReader *self) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to a string without its line feed, or to NULL at the end. */
THAW_API ThawFuture *thaw_file_reader_next_line (ThawFileReader *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API goffset thaw_file_reader_get_offset (ThawFileReader *self); /* of what comes next */
THAW_API goffset thaw_file_reader_get_size (ThawFileReader *self);   /* -1 while it isn't known */

/* Lines where they are read, for going through big files. @line isn't terminated; it ends with its
 * line feed, unless it is longer than THAW_FILE_SCAN_LINE_BYTES and comes in pieces. FALSE: enough. */
#define THAW_FILE_SCAN_LINE_BYTES (64 * 1024)
typedef gboolean (*ThawLineFunc) (const char *line,
                                  gsize n_bytes,
                                  goffset offset,
                                  gpointer user_data);
/* @func runs on the lane. Resolves to where to go on from (int64): less than @offset when the file
 * has been cut. */
THAW_API ThawFuture *thaw_file_scan_lines (ThawScope *scope,
                                           GFile *file,
                                           goffset offset,
                                           ThawPriority priority,
                                           ThawLineFunc func,
                                           gpointer user_data,
                                           GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

#define THAW_TYPE_FILE_WRITER (thaw_file_writer_get_type ())
THAW_API GType thaw_file_writer_get_type (void); /* boxed, refcounted */
typedef struct _ThawFileWriter ThawFileWriter;

/* As thaw_file_save(), piece by piece. Dropped or cancelled before it is finished, nothing has
 * changed. */
THAW_API ThawFileWriter *thaw_file_write (ThawScope *scope,
                                          GFile *file,
                                          ThawFileSaveFlags flags) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFileWriter *thaw_file_writer_ref (ThawFileWriter *self);
THAW_API void thaw_file_writer_unref (ThawFileWriter *self);
/* Resolves when there is room for more. */
THAW_API ThawFuture *thaw_file_writer_push (ThawFileWriter *self,
                                            GBytes *bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves when the file is in its place, on the device. */
THAW_API ThawFuture *thaw_file_writer_finish (ThawFileWriter *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileReader, thaw_file_reader_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileWriter, thaw_file_writer_unref)

G_END_DECLS
