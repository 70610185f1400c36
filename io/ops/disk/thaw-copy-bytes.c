/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of one file: shared with the source if the file system can (FICLONE), else copied by
 * the kernel (copy_file_range), else through a buffer. Holes stay holes. A large file is written to
 * the device as it goes, piece by piece, so that neither a cancelled copy nor the end of one waits
 * for gigabytes, and what was done can be gone on with. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RANGE_BYTES                                                                                \
  (G_GINT64_CONSTANT (16) << 20) /* the kernel doesn't ask whether we're cancelled */
#define BEHIND_BYTES (G_GINT64_CONSTANT (8) << 20)     /* written to the device behind the writer */
#define RESERVE_BYTES (G_GINT64_CONSTANT (16) << 20)   /* smaller ones fit or don't, soon enough */
#define BUFFERED_BYTES (G_GINT64_CONSTANT (256) << 10) /* up to here a buffer is as quick */
#define SLOW_BYTES (256 << 10) /* at once where writing may take long: cancelling waits for it */

typedef struct {
  ThawCopy *copy;
  int in, out;
  const struct stat *st;
  gint64 offset; /* all before is written, or is a hole */
  gint64 piece;  /* all pieces before are on the device */
  gint64 behind; /* all before is on its way there */
  gboolean is_buffered;
  gboolean is_reading; /* what failed was the source */
} Bytes;

/* A byte of a new piece: the size is about to say that those before are safe. */
static gboolean
begin_piece (Bytes *self, gint64 offset, GError **error)
{
  gint64 piece = offset / THAW_COPY_PIECE_BYTES;

  if (piece <= self->piece || self->st->st_size <= THAW_COPY_LARGE_BYTES)
    return TRUE;
  /* Never tried again: the kernel takes what it could not write for written. */
  if (!thaw_disk_sync (self->out,
                       THAW_SYNC_DATA,
                       self->copy->walk.funcs,
                       thaw_walk_get_label (&self->copy->walk),
                       error))
    return FALSE;
  self->piece = piece;
  return TRUE;
}

static void
write_behind (Bytes *self)
{
  if (!self->copy->is_local || self->offset - self->behind < BEHIND_BYTES)
    return;
  sync_file_range (self->out, self->behind, self->offset - self->behind, SYNC_FILE_RANGE_WRITE);
  self->behind = self->offset;
}

static gssize
write_all (int fd, const guint8 *bytes, gsize size, gint64 offset)
{
  gsize written = 0;

  while (written < size)
    {
      gssize n = pwrite (fd, bytes + written, size - written, offset + written);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return written > 0 ? (gssize) written : n;
      written += n;
    }
  return written;
}

/* -1 with errno. What was written before a failure counts; the failure comes again. */
static gssize
transfer_buffered (Bytes *self, gsize size)
{
  gsize step = self->copy->is_local ? THAW_COPY_BUFFER_BYTES : SLOW_BYTES;
  gssize n;

  do
    n = pread (self->in, self->copy->buffer, MIN (size, step), self->offset);
  while (n < 0 && errno == EINTR);
  self->is_reading = n < 0;
  return n > 0 ? write_all (self->out, self->copy->buffer, n, self->offset) : n;
}

static gboolean
is_no_range (int errsv)
{
  return errsv == EXDEV || errsv == EINVAL || errsv == ENOSYS || errsv == EOPNOTSUPP
         || errsv == EPERM || errsv == EBADF || errsv == ETXTBSY || errsv == EOVERFLOW;
}

static gboolean
is_of_writing (int errsv)
{
  return errsv == ENOSPC || errsv == EDQUOT || errsv == EFBIG || errsv == EINTR;
}

static gssize
transfer (Bytes *self, gsize size)
{
  off64_t in_offset = self->offset, out_offset = self->offset;
  gssize n;

  if (self->is_buffered || self->copy->cannot_range)
    return transfer_buffered (self, size);
  n = copy_file_range (self->in, &in_offset, self->out, &out_offset, MIN (size, RANGE_BYTES), 0);
  self->is_reading = FALSE;
  if (n > 0 || (n < 0 && is_of_writing (errno)))
    return n;
  /* Nothing at all isn't the end: some file systems say it of what they can't do. And an error may
   * be of either side: the buffer tells which. */
  if (n < 0 && is_no_range (errno))
    self->copy->cannot_range = TRUE;
  self->is_buffered = TRUE;
  return transfer_buffered (self, size);
}

/* A full disk is told before anything is given up: there may be room when the answer comes. */
static gboolean
retries (Bytes *self, int errsv, GError **error)
{
  GError *failure = NULL;
  gboolean retry = FALSE;
  ThawWalk *walk = &self->copy->walk;

  thaw_disk_fail (&failure, errsv, self->is_reading ? "read" : "write", thaw_walk_get_label (walk));
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NO_SPACE) && walk->funcs->problem != NULL)
    {
      self->copy->was_asked = TRUE;
      self->copy->leaves_out
          = walk->funcs->problem (walk->path->str, failure, &retry, walk->funcs->user_data);
      if (self->copy->leaves_out && retry)
        {
          self->copy->was_asked = FALSE;
          g_error_free (failure);
          return TRUE;
        }
    }
  g_propagate_error (error, failure);
  return FALSE;
}

/* As much as may be written before the next piece begins. */
static gint64
get_piece_end (Bytes *self)
{
  if (self->st->st_size <= THAW_COPY_LARGE_BYTES)
    return self->st->st_size;
  return (self->offset / THAW_COPY_PIECE_BYTES + 1) * THAW_COPY_PIECE_BYTES;
}

static gboolean
copy_some (Bytes *self, gint64 end, GError **error)
{
  gssize n = transfer (self, MIN (end, get_piece_end (self)) - self->offset);

  if (n < 0)
    return errno == EINTR || retries (self, errno, error);
  if (n == 0)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_PARTIAL_INPUT,
                                "read",
                                thaw_walk_get_label (&self->copy->walk),
                                "it ends before its size");
  self->offset += n;
  thaw_walk_done (&self->copy->walk, n, 0);
  write_behind (self);
  return TRUE;
}

static gboolean
copy_data (Bytes *self, gint64 end, GError **error)
{
  while (self->offset < end)
    {
      if (!thaw_walk_check (&self->copy->walk, error) || !begin_piece (self, self->offset, error)
          || !copy_some (self, end, error))
        return FALSE;
    }
  return TRUE;
}

/* Where data begins at or after the offset: the size if there is none. */
static gint64
find_data (Bytes *self)
{
  gint64 data = lseek (self->in, self->offset, SEEK_DATA);

  if (data < 0)
    return errno == ENXIO ? self->st->st_size : self->offset;
  return MIN (data, self->st->st_size);
}

static gint64
find_hole (Bytes *self, gint64 data)
{
  gint64 hole = lseek (self->in, data, SEEK_HOLE);

  return hole <= data || hole > self->st->st_size ? self->st->st_size : hole;
}

static gboolean
copy_extents (Bytes *self, GError **error)
{
  while (self->offset < self->st->st_size)
    {
      gint64 data = find_data (self), before = self->offset;

      self->offset = data;
      thaw_walk_done (&self->copy->walk, data - before, 0);
      if (data < self->st->st_size
          && (!begin_piece (self, data, error) || !copy_data (self, find_hole (self, data), error)))
        return FALSE;
    }
  /* A hole at the end is only a size. */
  if (self->st->st_size > 0 && !begin_piece (self, self->st->st_size - 1, error))
    return FALSE;
  if (ftruncate (self->out, self->st->st_size) != 0)
    return thaw_disk_fail (error, errno, "write", thaw_walk_get_label (&self->copy->walk));
  return TRUE;
}

/* Files of /proc have no size but bytes. */
static gboolean
copy_unsized (Bytes *self, GError **error)
{
  do
    {
      gssize n = transfer_buffered (self, THAW_COPY_BUFFER_BYTES);

      if (n == 0)
        return TRUE;
      if (n < 0 && errno != EINTR && !retries (self, errno, error))
        return FALSE;
      if (n > 0)
        {
          self->offset += n;
          thaw_walk_done (&self->copy->walk, n, 0);
        }
    }
  while (thaw_walk_check (&self->copy->walk, error));
  return FALSE;
}

static gboolean
is_sparse (const struct stat *st)
{
  return (gint64) st->st_blocks * 512 < st->st_size;
}

/* A disk that is too small says so now and not after an hour. */
static gboolean
reserve (Bytes *self, GError **error)
{
  if (!self->copy->reserves || self->st->st_size < RESERVE_BYTES || is_sparse (self->st))
    return TRUE;
  while (fallocate (self->out, FALLOC_FL_KEEP_SIZE, 0, self->st->st_size) != 0)
    {
      if (errno == EINTR)
        continue;
      if (errno != ENOSPC && errno != EDQUOT && errno != EFBIG)
        return TRUE;
      if (!retries (self, errno, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
reflink (Bytes *self)
{
  if (self->copy->cannot_reflink || self->st->st_size == 0)
    return FALSE;
  if (ioctl (self->out, FICLONE, self->in) == 0)
    return TRUE;
  /* Of one file only: where there are some that can't be shared. */
  if (errno == EOPNOTSUPP || errno == EXDEV || errno == ENOTTY || errno == ENOSYS)
    self->copy->cannot_reflink = TRUE;
  return FALSE;
}

gboolean
thaw_copy_bytes (ThawCopy *self,
                 int in,
                 int out,
                 const struct stat *st,
                 gint64 start,
                 GError **error)
{
  Bytes bytes = {
    .copy = self,
    .in = in,
    .out = out,
    .st = st,
    .offset = start,
    .piece = start / THAW_COPY_PIECE_BYTES,
    .behind = start,
    .is_buffered = st->st_size <= BUFFERED_BYTES,
  };

  if (reflink (&bytes))
    {
      thaw_walk_done (&self->walk, st->st_size, 0);
      return TRUE;
    }
  thaw_walk_done (&self->walk, start, 0);
  if (st->st_size == 0)
    return copy_unsized (&bytes, error);
  if (st->st_size > BUFFERED_BYTES)
    posix_fadvise (in, start, 0, POSIX_FADV_SEQUENTIAL);
  if (!reserve (&bytes, error))
    return FALSE;
  if (is_sparse (st))
    return copy_extents (&bytes, error);
  return copy_data (&bytes, st->st_size, error);
}
