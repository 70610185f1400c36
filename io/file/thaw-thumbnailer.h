/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thumbnails: small pictures of files, from the cache that all programs share or made anew, by programs in a sandbox. */
#pragma once

#include "thaw-lane.h"

G_BEGIN_DECLS

#define THAW_TYPE_THUMBNAILER (thaw_thumbnailer_get_type ())
THAW_API G_DECLARE_FINAL_TYPE (ThawThumbnailer, thaw_thumbnailer, THAW, THUMBNAILER, GObject)

/* Sizes of the freedesktop specification: pixels of the longer side at most. */
typedef enum {
  THAW_THUMBNAIL_NORMAL = 128,
  THAW_THUMBNAIL_LARGE = 256,
  THAW_THUMBNAIL_X_LARGE = 512,
  THAW_THUMBNAIL_XX_LARGE = 1024,
} ThawThumbnailSize;

/* The smallest size that has @pixels, or the largest. */
THAW_API ThawThumbnailSize thaw_thumbnail_size_for_pixels (guint pixels);

typedef enum {
  THAW_THUMBNAIL_CACHED_ONLY = 1 << 0, /* make none: G_IO_ERROR_NOT_FOUND */
  THAW_THUMBNAIL_REMOTE = 1 << 1,      /* although the file isn't local */
  THAW_THUMBNAIL_AGAIN = 1 << 2,       /* even if it failed before */
} ThawThumbnailFlags;

#define THAW_THUMBNAIL_MAX_FILE_BYTES (256 * 1024 * 1024)
#define THAW_THUMBNAIL_SETTLED_USEC (3 * G_USEC_PER_SEC) /* a file that was changed more recently has to wait */
#define THAW_THUMBNAIL_UNKNOWN_TIME G_MININT64

/* Loop's thread, all of it. */
THAW_API ThawThumbnailer *thaw_thumbnailer_get_default (void); /* the process's one; borrowed */
/* @cache_folder: NULL for the user's ("~/.cache/thumbnails"). @data_folders: NULL for the system's and user's; in
 * "thumbnailers/" of each is what is installed. */
THAW_API ThawThumbnailer *thaw_thumbnailer_new (const char *cache_folder, const char *const *data_folders);

/* Whether a program is there that makes thumbnails of this type. Quick: for each drawing of each cell. FALSE until what is installed
 * is known; then ::changed. @content_type: interned or static (the store's are). */
THAW_API gboolean thaw_thumbnailer_handles (ThawThumbnailer *self, const char *content_type);

/* Resolves to GBytes: a PNG of at most @size, checked to be one. @mtime_sec: when the file was changed, as its folder's store
 * knows it, so that the file needn't be touched for a thumbnail that is there; THAW_THUMBNAIL_UNKNOWN_TIME for others, and for links.
 * Rejected: NOT_SUPPORTED (no program for it, remote, too large, not a regular file, a thumbnail itself, switched off), FAILED (now, or before
 * with this modification time), NOT_FOUND, BUSY (it goes on being changed) … Cancelling: the program is killed unless somebody else waits for it. */
THAW_API ThawFuture *thaw_thumbnailer_load (ThawThumbnailer *self,
                                            ThawScope *scope,
                                            GFile *file,
                                            const char *content_type,
                                            gint64 mtime_sec,
                                            ThawThumbnailSize size,
                                            ThawThumbnailFlags flags,
                                            ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* What is asked for already, and waits to be made, is wanted sooner or later than that. FALSE: it doesn't wait. */
THAW_API gboolean thaw_thumbnailer_set_priority (ThawThumbnailer *self,
                                                 GFile *file,
                                                 ThawThumbnailSize size,
                                                 ThawPriority priority);

/* Content types of which none are made: "video/mp4", "video/" for all of a kind. NULL: none of these. */
THAW_API void thaw_thumbnailer_set_disabled (ThawThumbnailer *self, const char *const *content_types);
THAW_API void thaw_thumbnailer_set_max_file_bytes (ThawThumbnailer *self, goffset max_bytes);
THAW_API void thaw_thumbnailer_set_limit (ThawThumbnailer *self, guint n_at_once); /* [the processors] */

typedef struct {
  guint n_asked, n_waiting, n_making;
  guint64 n_found, n_made, n_failed, n_withdrawn;
} ThawThumbnailerStats;
THAW_API void thaw_thumbnailer_get_stats (ThawThumbnailer *self, ThawThumbnailerStats *stats);

/* ::changed: thaw_thumbnailer_handles() may say something else. */

G_END_DECLS
