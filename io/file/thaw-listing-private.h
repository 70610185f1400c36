/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a folder's names and an entry's details straight from the kernel. Worker threads only. */
#pragma once

#include "thaw-entry-store.h"

G_BEGIN_DECLS

#define THAW_LISTING_FIRST_BYTES (32 * 1024)
#define THAW_LISTING_BYTES (256 * 1024)

/* Opens a folder for thaw_listing_read(); -1 with an error that names @path, THAW_ERROR_OTHER_MOUNT if a symlink leads
 * to another lane's mount. */
int thaw_listing_open (const char *path, GError **error);

typedef void (*ThawListingFunc) (const char *name, gsize length, ThawEntryKind kind, gpointer user_data);
/* One getdents64 into @buffer: calls @func for each entry but "." and "..". Returns FALSE at the end of the
 * folder, or with @error. */
gboolean thaw_listing_read (int fd, const char *path, gpointer buffer, gsize size,
                            ThawListingFunc func, gpointer user_data, GError **error);

/* When the open folder itself changed last. */
gboolean thaw_listing_get_time (int fd, gint64 *mtime_nsec);

typedef struct {
  ThawEntryKind kind;
  guint64 size_bytes;
  gint64 mtime_nsec;
  guint32 mode;
  guint target; /* for a symlink: THAW_ENTRY_TO_FOLDER, THAW_ENTRY_BROKEN or 0 */
} ThawDetails;

/* Details of @name in the folder @fd, symlinks followed only as far as the folder's own mount reaches.
 * 0 or an errno. */
int thaw_details_read (int fd, const char *name, ThawDetails *details);

G_END_DECLS
