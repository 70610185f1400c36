/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the program thaw-archive: plain C, one thread, no GLib. */
#pragma once

#include "thaw-archive-protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* thaw-archive-wire.c: all or nothing; what can't be sent ends the program, since nobody listens any more. */
void thaw_archive_send (ThawArchiveRecord *record, const void *first, const void *second);
void thaw_archive_send_status (ThawArchiveRecordType type,
                               ThawArchiveStatus status,
                               const char *message,
                               uint64_t position);
bool thaw_archive_receive (void *bytes, size_t n);

/* thaw-archive-feed.c: the archive's bytes, outermost compression taken off and its checksums compared. */
typedef enum {
  THAW_FEED_PLAIN,
  THAW_FEED_GZIP,
  THAW_FEED_BZIP2,
  THAW_FEED_XZ,
  THAW_FEED_ZSTD,
} ThawFeedKind;
typedef struct _ThawFeed ThawFeed;
ThawFeed *thaw_feed_new (int fd);
void thaw_feed_rewind (ThawFeed *self);
void thaw_feed_free (ThawFeed *self);
ThawFeedKind thaw_feed_get_kind (const ThawFeed *self);
uint64_t thaw_feed_get_position (const ThawFeed *self); /* bytes of the file that were used, at most its size */
uint64_t thaw_feed_get_n_made (const ThawFeed *self); /* bytes that were handed out since the beginning */
int64_t thaw_feed_get_size (const ThawFeed *self);
/* The next bytes; 0 at the end or with a status that isn't OK. */
size_t thaw_feed_read (ThawFeed *self, const void **bytes);
int64_t thaw_feed_seek (ThawFeed *self, int64_t offset, int whence); /* plain ones only */
ThawArchiveStatus thaw_feed_get_status (const ThawFeed *self);
/* Reads to the end, so that every sum is compared. */
ThawArchiveStatus thaw_feed_drain (ThawFeed *self);
/* Whether it is a zip whose directory was cut off: then its entries are read one after another. */
bool thaw_feed_is_zip_without_end (ThawFeed *self);
/* Whether a tar's end mark, a block of zeros, ends the file. */
bool thaw_feed_ends_with_zeros (ThawFeed *self);

/* thaw-archive-sink.c: for archive_write_open(). It lasts as long as the program. */
struct archive;
typedef struct _ThawSink ThawSink;
ThawSink *thaw_sink_new (const char *level); /* NULL: no memory */
ssize_t thaw_sink_write (struct archive *archive, void *sink, const void *bytes, size_t n);
int thaw_sink_close (struct archive *archive, void *sink);

/* @password: "" for none. */
void thaw_archive_unpack (const char *password, bool only_names);
void thaw_archive_pack (const char *format, const char *level, const char *password);
