/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a copy back and compares it with its source. What was just written is in memory, where it
 * is right whatever the device has: so it is read past the page cache, or after that was dropped.
 * The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HALF_BYTES (THAW_COPY_BUFFER_BYTES / 2)

gssize
thaw_copy_read (int fd, guint8 *bytes, gsize wanted, gsize size, gint64 offset)
{
  gsize filled = 0;

  while (filled < wanted)
    {
      gssize n = pread (fd, bytes + filled, size - filled, offset + filled);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      filled += n;
    }
  return filled;
}

static int
open_past_cache (int out)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", out);
  int fd;

  posix_fadvise (out, 0, 0, POSIX_FADV_DONTNEED);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_DIRECT);
  return fd >= 0 ? fd : open (path, O_RDONLY | O_CLOEXEC);
}

/* Where either has data at or after @offset: the size if neither has. */
static gint64
find_data (int in, int out, gint64 offset, gint64 size)
{
  gint64 theirs = lseek (in, offset, SEEK_DATA), ours;

  if (theirs < 0 && errno != ENXIO)
    return offset;
  ours = lseek (out, offset, SEEK_DATA);
  if (ours < 0 && errno != ENXIO)
    return offset;
  theirs = theirs < 0 ? size : theirs;
  ours = ours < 0 ? size : ours;
  /* Aligned, as reading past the cache wants it. */
  return MIN (MAX (offset, MIN (theirs, ours) / HALF_BYTES * HALF_BYTES), size);
}

static gboolean
compare (ThawCopy *self, int in, int out, gint64 offset, gint64 size, GError **error)
{
  guint8 *theirs = self->buffer, *ours = self->buffer + HALF_BYTES;
  gsize wanted = MIN (size - offset, HALF_BYTES);
  const char *path = thaw_walk_get_label (&self->walk);
  /* Whole blocks are asked for; the file ends where it does. */
  gssize n_ours = thaw_copy_read (out, ours, wanted, HALF_BYTES, offset);

  if (n_ours < 0)
    return thaw_disk_fail (error, errno, "read back", path);
  if (thaw_copy_read (in, theirs, wanted, wanted, offset) != (gssize) wanted)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_PARTIAL_INPUT,
                                "read",
                                path,
                                "it ends before its size");
  if (n_ours != (gssize) wanted || memcmp (ours, theirs, wanted) != 0)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_INVALID_DATA,
                                "copy",
                                path,
                                "the device gives back other bytes than were written");
  return TRUE;
}

gboolean
thaw_copy_verify (ThawCopy *self, int in, int out, const struct stat *st, GError **error)
{
  g_autofd int direct = open_past_cache (out);
  gint64 offset = 0;

  if (direct < 0)
    return thaw_disk_fail (error, errno, "read back", thaw_walk_get_label (&self->walk));
  for (offset = find_data (in, out, offset, st->st_size); offset < st->st_size;
       offset = find_data (in, out, offset + HALF_BYTES, st->st_size))
    {
      if (!thaw_walk_check (&self->walk, error)
          || !compare (self, in, direct, offset, st->st_size, error))
        return FALSE;
    }
  return TRUE;
}
