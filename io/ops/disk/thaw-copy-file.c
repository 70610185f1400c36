/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One regular file: made hidden and unreadable for others, filled, given its attributes, and looked
 * at once more on the source's side, all by descriptor. A large one that was interrupted is gone on
 * with: its time of access is the source's time of modification while it is made, so that it isn't
 * mixed with bytes of another version. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SEAM_BYTES (THAW_COPY_BUFFER_BYTES / 2)

static gboolean
is_large (const struct stat *st)
{
  return st->st_size > THAW_COPY_LARGE_BYTES;
}

static gboolean
is_same_instant (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Of which version of the source this is going to be a copy. */
static void
mark_begun (int out, const struct stat *st)
{
  const struct timespec times[2] = { st->st_mtim, { .tv_nsec = UTIME_OMIT } };

  /* Where that fails, the file is begun anew after an interruption. */
  if (futimens (out, times) != 0)
    g_debug ("A copy can't be marked: %s", g_strerror (errno));
}

/* The last bytes before @start are read back and compared: what goes on there is the same file. */
static gboolean
fits_at_seam (ThawCopy *self, int in, int out, gint64 start)
{
  gsize size = MIN (start, SEAM_BYTES);
  guint8 *ours = self->buffer, *theirs = self->buffer + SEAM_BYTES;

  posix_fadvise (out, start - size, size, POSIX_FADV_DONTNEED);
  return pread (in, theirs, size, start - size) == (gssize) size
         && pread (out, ours, size, start - size) == (gssize) size
         && memcmp (ours, theirs, size) == 0;
}

/* Another version of the source has another time, or was changed after the last byte was written.
 */
static gboolean
is_begun_of (const struct stat *begun, const struct stat *st)
{
  return S_ISREG (begun->st_mode) && begun->st_nlink == 1 && begun->st_size <= st->st_size
         && is_same_instant (&begun->st_atim, &st->st_mtim)
         && !thaw_disk_is_later (&st->st_ctim, &begun->st_ctim);
}

/* What was begun before an interruption, to be gone on with at *start. -1: from the beginning. */
static int
open_begun (ThawCopy *self, const ThawCopyEntry *entry, int in, gint64 *start)
{
  g_autofd int fd = -1;
  struct stat begun;

  *start = 0;
  if (!self->is_resumed || !is_large (&entry->st))
    return -1;
  fd = openat (entry->out_fd, entry->as, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &begun) != 0 || !is_begun_of (&begun, &entry->st) || begun.st_size == 0)
    return -1;
  *start = (begun.st_size - 1) / THAW_COPY_PIECE_BYTES * THAW_COPY_PIECE_BYTES;
  if (*start == 0 || !fits_at_seam (self, in, fd, *start) || ftruncate (fd, *start) != 0)
    {
      *start = 0;
      return -1;
    }
  /* Reading may have changed it. */
  mark_begun (fd, &entry->st);
  return g_steal_fd (&fd);
}

/* For its maker alone; within a tree, which nobody else can enter before it is finished, as it is
 * going to be: not every file system can change that later. */
static mode_t
get_first_mode (ThawCopy *self, const struct stat *st)
{
  gboolean is_item = thaw_descent_get_depth (&self->into) == 0;

  return S_IRUSR | S_IWUSR | (is_item ? 0 : st->st_mode & ACCESSPERMS);
}

static int
create (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  const char *label = thaw_walk_get_label (&self->walk);
  int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fd;

  /* Only a torso that was left for open_begun() can be here; anything else has been taken over. */
  if (self->is_resumed && is_large (&entry->st))
    unlinkat (entry->out_fd, entry->as, 0);
  fd = openat (entry->out_fd, entry->as, flags, get_first_mode (self, &entry->st));
  if (fd < 0 && errno == EINVAL)
    thaw_disk_fail_with (error,
                         G_IO_ERROR_INVALID_FILENAME,
                         "create",
                         label,
                         "no name for this file system");
  else if (fd < 0)
    thaw_disk_fail (error, errno, "create", label);
  if (fd < 0)
    return -1;
  self->is_ours = TRUE;
  if (thaw_descent_get_depth (&self->into) == 0)
    thaw_copy_drop_inherited (fd, FALSE);
  if (is_large (&entry->st))
    mark_begun (fd, &entry->st);
  return fd;
}

static gboolean
check_unchanged (ThawCopy *self, int in, const struct stat *st, GError **error)
{
  struct stat now;

  if (fstat (in, &now) != 0)
    return thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
  if (now.st_size == st->st_size && is_same_instant (&now.st_mtim, &st->st_mtim)
      && is_same_instant (&now.st_ctim, &st->st_ctim))
    return TRUE;
  return thaw_disk_fail_with (error,
                              G_IO_ERROR_BUSY,
                              "copy",
                              thaw_walk_get_label (&self->walk),
                              "it changed meanwhile");
}

/* Where the file system can't be synced as a whole, or there is only this one. */
static gboolean
syncs_itself (ThawCopy *self)
{
  if (!self->syncs_as_a_whole || (self->flags & THAW_COPY_VERIFY) != 0)
    return TRUE;
  return thaw_descent_get_depth (&self->into) == 0 && (self->flags & THAW_COPY_NOT_DURABLE) == 0;
}

/* A small one is as quick as another thread would be. */
static gboolean
sync_itself (ThawCopy *self, int out, const struct stat *st, GError **error)
{
  return thaw_disk_sync (out,
                         THAW_SYNC_FILE,
                         st->st_size > THAW_COPY_BUFFER_BYTES ? self->walk.funcs : NULL,
                         thaw_walk_get_label (&self->walk),
                         error);
}

/* Bytes, attributes, times; on the device if need be. */
static gboolean
fill (ThawCopy *self,
      int in,
      int out,
      const struct stat *st,
      const struct stat *made,
      gint64 start,
      GError **error)
{
  if (!thaw_copy_bytes (self, in, out, st, start, error))
    return FALSE;
  thaw_copy_attributes (self, in, out, st, made);
  /* The number of a file that was whole once: it must not seem whole by it before it is. */
  if (thaw_copy_is_durable (self, made->st_ino) && fdatasync (out) != 0)
    return thaw_disk_fail (error, errno, "write", thaw_walk_get_label (&self->walk));
  thaw_copy_times (self, out, st);
  if (syncs_itself (self) && !sync_itself (self, out, st, error))
    return FALSE;
  return (self->flags & THAW_COPY_VERIFY) == 0 || thaw_copy_verify (self, in, out, st, error);
}

/* Some file systems keep what went wrong for the end. */
static gboolean
close_written (ThawCopy *self, int *fd, GError **error)
{
  if (close (g_steal_fd (fd)) != 0 && errno != EINTR)
    return thaw_disk_fail (error, errno, "write", thaw_walk_get_label (&self->walk));
  return TRUE;
}

/* Freeing gigabytes takes its time, which nobody who has cancelled wants to wait for: the name goes
 * at once, the rest when the descriptor does. */
static void
give_up (ThawCopy *self, const ThawCopyEntry *entry, int *out)
{
  unlinkat (entry->out_fd, entry->as, 0);
  if (is_large (&entry->st))
    thaw_disk_close_later (g_steal_fd (out),
                           self->is_local && thaw_walk_is_cancelled (&self->walk));
}

/* What is made here and fails goes again. */
static gboolean
copy_opened (ThawCopy *self, const ThawCopyEntry *entry, int in, guint64 *ino, GError **error)
{
  gint64 start;
  g_autofd int out = open_begun (self, entry, in, &start);
  struct stat made;

  if (out < 0)
    out = create (self, entry, error);
  if (out < 0)
    return FALSE;
  if (fstat (out, &made) != 0)
    thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
  else if (fill (self, in, out, &entry->st, &made, start, error)
           && check_unchanged (self, in, &entry->st, error) && close_written (self, &out, error))
    {
      *ino = made.st_ino;
      return TRUE;
    }
  give_up (self, entry, &out);
  return FALSE;
}

gboolean
thaw_copy_file (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  g_autofd int in = thaw_disk_reopen (entry->handle, entry->in_fd, entry->name, O_RDONLY);
  guint64 ino = 0;

  if (in < 0)
    return thaw_disk_fail (error, errno, "open", thaw_walk_get_label (&self->walk));
  if (!thaw_copy_make_room (self, entry->st.st_size, error)
      || !copy_opened (self, entry, in, &ino, error))
    return FALSE;
  thaw_walk_done (&self->walk, 0, 1);
  return thaw_copy_finished (self, ino, entry->st.st_size, error);
}
