/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in an archive: names, sizes and times, without unpacking it. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

/**
 * ThawArchiveEntry:
 * @name: as the archive has it: bytes of any kind, "/" between folders, not to be trusted as a path
 * @size_bytes: -1 if the archive doesn't say
 * @mtime_sec: seconds since 1970, 0 if the archive doesn't say
 * @is_folder: whether it is a folder
 *
 * One thing in an archive.
 */
typedef struct {
  char *name;
  gint64 size_bytes;
  gint64 mtime_sec;
  gboolean is_folder;
} ThawArchiveEntry;

/* Worker threads, in the body of @job: blocks. The archive is parsed by a sandboxed process. @fd: borrowed. At most @max_entries;
 * @is_complete (out): whether those are all, and the archive is sound. G_IO_ERROR_INVALID_DATA: not an archive, or damaged before its first
 * entry; PERMISSION_DENIED: its names are encrypted. */
THAW_API GPtrArray *thaw_archive_list_sync (int fd,
                                            guint max_entries,
                                            ThawJob *job,
                                            gboolean *is_complete,
                                            GError **error);

G_END_DECLS
