/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Going through the lines of a big file on a worker: the function is called where the file is read,
 * for each line in a block of a megabyte, so that an index, a search or a page of a log of
 * gigabytes costs what memchr() does, and the loop only gets the outcome. For lines that the loop
 * itself wants, one by one, there is thaw_file_reader_next_line(). */

#include "thaw-file-stream.h"
#include "thaw-file-work-private.h"

#include "thaw-vfs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (1024 * 1024)

typedef struct {
  goffset offset; /* of the next line */
  ThawLineFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Scan;

static void
scan_free (gpointer data)
{
  Scan *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

/* Hands the lines of a block over. FALSE: @func has enough. What is left of the last line, @offset
 * stands there, is read again with the next block. */
static gboolean
scan_block (Scan *self, const char *block, gsize n_bytes, goffset *offset)
{
  gsize done = 0;

  while (done < n_bytes)
    {
      gsize left = MIN (n_bytes - done, THAW_FILE_SCAN_LINE_BYTES);
      const char *feed = memchr (block + done, '\n', left);
      gsize length = feed != NULL ? (gsize) (feed + 1 - block) - done : left;

      if (feed == NULL && left < THAW_FILE_SCAN_LINE_BYTES)
        return TRUE;
      if (!self->func (block + done, length, *offset, self->user_data))
        return FALSE;
      done += length;
      *offset += (goffset) length;
    }
  return TRUE;
}

static gssize
read_native (int fd, char *block, goffset offset, ThawFilePlace *place, GError **error)
{
  gssize n;

  do
    n = pread (fd, block, BLOCK_BYTES, offset);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    thaw_file_set_errno (error, errno, place->path, "reading");
  return n;
}

static gssize
read_gio (GInputStream *stream,
          ThawJob *job,
          char *block,
          goffset offset,
          ThawFilePlace *place,
          GError **error)
{
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  gsize n = 0;

  if (g_seekable_seek (G_SEEKABLE (stream), offset, G_SEEK_SET, cancellable, error)
      && g_input_stream_read_all (stream, block, BLOCK_BYTES, &n, cancellable, error))
    return (gssize) n;
  thaw_file_prefix_error (error, place);
  return -1;
}

/* @stream NULL: @fd. */
static gboolean
scan (Scan *self, ThawJob *job, ThawFilePlace *place, int fd, GInputStream *stream, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  goffset offset = self->offset, before;
  gboolean goes_on = TRUE;
  gssize n = 0;

  do
    {
      before = offset;
      n = stream != NULL ? read_gio (stream, job, block, offset, place, error)
                         : read_native (fd, block, offset, place, error);
      if (n < 0 || thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
      goes_on = scan_block (self, block, (gsize) n, &offset);
      thaw_job_beat (job);
    }
  while (goes_on && offset > before);
  thaw_job_return_int64 (job, offset);
  return TRUE;
}

/* The place after the end of a file that has become shorter isn't one to go on from. */
static gboolean
is_cut (Scan *self, ThawJob *job, goffset size)
{
  if (size >= self->offset)
    return FALSE;
  thaw_job_return_int64 (job, size);
  return TRUE;
}

static gboolean
scan_native (Scan *self, ThawJob *job, ThawFilePlace *place, GError **error)
{
  struct stat info;
  int fd = thaw_file_open_for_reading (place, &info, error);
  gboolean success;

  if (fd < 0)
    return FALSE;
  success = is_cut (self, job, info.st_size) || scan (self, job, place, fd, NULL, error);
  close (fd);
  return success;
}

static gboolean
scan_gio (Scan *self, ThawJob *job, ThawFilePlace *place, GError **error)
{
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);

  if (stream == NULL || !g_seekable_seek (G_SEEKABLE (stream), 0, G_SEEK_END, cancellable, error))
    return thaw_file_prefix_error (error, place);
  return is_cut (self, job, g_seekable_tell (G_SEEKABLE (stream)))
         || scan (self, job, place, -1, G_INPUT_STREAM (stream), error);
}

static gboolean
scan_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  return place->path != NULL ? scan_native (data, job, place, error)
                             : scan_gio (data, job, place, error);
}

/**
 * ThawLineFunc:
 * @line: (array length=n_bytes) (element-type guint8): a line with its line feed, not terminated;
 * one that is longer than %THAW_FILE_SCAN_LINE_BYTES comes in pieces
 * @n_bytes: its length
 * @offset: where it begins in the file
 * @user_data: what was given to thaw_file_scan_lines()
 *
 * Gets the lines of a file, on the lane: may take its time, may not touch what is the loop's.
 *
 * Returns: whether to go on; a line that was refused is where the scan ends
 */

/**
 * thaw_file_scan_lines:
 * @scope: what the work belongs to
 * @file: a file
 * @offset: where to start: the beginning of a line
 * @priority: among the jobs that wait for the same mount or host
 * @func: (scope notified) (closure user_data) (destroy destroy): gets each line, on a worker
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data, on the loop's thread, when @func isn't called any more
 *
 * Goes through the lines of a file of any size where it is read, without a message for each. What
 * @func finds it keeps in @user_data; that is the loop's again once the future is resolved.
 *
 * A last line without its line feed isn't handed out: it may still be being written. The future
 * resolves to where the first line begins that wasn't taken, by @func or for that reason: go on
 * from there. When the file has become shorter than @offset no line is handed out, and it resolves
 * to the size, which is less than @offset.
 *
 * - **Thread**: call on the loop's thread; @func runs on the lane of the file's mount or host.
 * - **Errors**: as for [func@Thaw.file_load].
 * - **Cancellation**: cancel the future or the scope; at most one more megabyte is gone through, so
 *   @user_data may still be in use then: let @destroy free it.
 * - **Units**: bytes
 *
 * Returns: (transfer full): a future that resolves to an offset (int64)
 */
ThawFuture *
thaw_file_scan_lines (ThawScope *scope,
                      GFile *file,
                      goffset offset,
                      ThawPriority priority,
                      ThawLineFunc func,
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  Scan *self;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && offset >= 0 && func != NULL, NULL);

  self = g_new (Scan, 1);
  *self = (Scan){ offset, func, user_data, destroy };
  return thaw_file_run_with (scope,
                             file,
                             "scan lines",
                             priority,
                             THAW_FILE_RUN_OPENS,
                             scan_lane,
                             self,
                             scan_free);
}
