/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of one file: shared with the source if the file system can (FICLONE), else copied by
 * the kernel (copy_file_range), else through a buffer. Holes stay holes. A large file is written to
 * the device as it goes, past the page cache where that can be, piece by piece, so that neither a
 * cancelled copy nor the end of one waits for gigabytes, and what was done can be gone on with. The
 * operation's thread. */

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
#define DIRECT_FILE_BYTES (G_GINT64_CONSTANT (16) << 20) /* worth two threads */
#define DIRECT_BYTES (64 << 10)                          /* less isn't worth the way round */
#define SLOW_BYTES (256 << 10) /* at once where writing may take long: cancelling waits for it */

typedef struct {
  ThawCopy *copy;
  int in, out;
  const struct stat *st;
  gint64 offset;      /* all before is written, or is a hole */
  gint64 piece;       /* all pieces before are on the device */
  gint64 behind;      /* all before is on its way there */
  ThawDirect *direct; /* nullable: this file goes through the page cache */
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

/* From here on through the page cache. */
static void
stop_direct (Bytes *self)
{
  g_clear_pointer (&self->direct, thaw_direct_free);
}

/* Blocks within a file's size are written side by side; one that makes it longer waits for the
 * others. A piece that was begun counts as nothing anyway. */
static void
make_long_enough (Bytes *self, gint64 end)
{
  struct stat st;

  if (fstat (self->out, &st) == 0 && st.st_size < end && ftruncate (self->out, end) != 0)
    g_debug ("A copy grows as it is written: %s", g_strerror (errno));
}

/* What was sent and is written now. A failure that only this way has is none. */
static gboolean
take_written (Bytes *self, gint64 *sent, GError **error)
{
  int code;
  gint64 written = thaw_direct_wait (self->direct, self->offset, *sent, &code);

  thaw_walk_done (&self->copy->walk, written - self->offset, 0);
  self->behind = self->offset = written;
  if (code == 0)
    return TRUE;
  *sent = written;
  self->is_reading = FALSE;
  if (code != EINVAL && code != EOPNOTSUPP)
    return retries (self, code, error);
  stop_direct (self);
  return TRUE;
}

/* A source that ends early or can't be read says so once more, to the buffer. */
static gboolean
copy_direct (Bytes *self, gint64 end, GError **error)
{
  gint64 sent = self->offset;
  gboolean is_readable = TRUE;

  make_long_enough (self, end);
  while (self->direct != NULL && self->offset < end)
    {
      gssize n = sent < end ? thaw_direct_send (self->direct, self->in, sent, end - sent) : 0;

      if (n > 0)
        sent += n;
      else if (sent < end && (n == 0 || errno != EAGAIN))
        {
          is_readable = FALSE;
          end = sent;
        }
      else if (!take_written (self, &sent, error))
        return FALSE;
      if (!thaw_walk_check (&self->copy->walk, error))
        return FALSE;
    }
  if (!is_readable)
    stop_direct (self);
  return TRUE;
}

/* Up to where it can go directly from here: not beyond the offset if it can't. */
static gint64
get_direct_end (Bytes *self, gint64 end)
{
  if (self->direct == NULL || self->offset % THAW_DIRECT_ALIGNMENT != 0)
    return self->offset;
  end = MIN (end, get_piece_end (self)) / THAW_DIRECT_ALIGNMENT * THAW_DIRECT_ALIGNMENT;
  return end - self->offset >= DIRECT_BYTES ? end : self->offset;
}

static gboolean
copy_data (Bytes *self, gint64 end, GError **error)
{
  while (self->offset < end)
    {
      gint64 direct_end = get_direct_end (self, end);

      if (!thaw_walk_check (&self->copy->walk, error) || !begin_piece (self, self->offset, error))
        return FALSE;
      if (direct_end > self->offset ? !copy_direct (self, direct_end, error)
                                    : !copy_some (self, end, error))
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

static gboolean
copy_sized (Bytes *self, GError **error)
{
  gboolean is_ok;

  if (!reserve (self, error))
    return FALSE;
  if (self->copy->is_direct && self->st->st_size >= DIRECT_FILE_BYTES)
    self->direct = thaw_direct_new (self->out);
  is_ok = is_sparse (self->st) ? copy_extents (self, error)
                               : copy_data (self, self->st->st_size, error);
  stop_direct (self);
  return is_ok;
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
  return copy_sized (&bytes, error);
}
