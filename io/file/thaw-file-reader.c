/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a file piece by piece. The worker reads one piece at a time into a block; while that one
 * is given out the next is being read, so that at most two are in memory however big the file and
 * however slow the consumer. Chunks and lines may be mixed: both take from the same place.
 *
 * The open file belongs to the worker's half, which outlives the reader: it is closed on the lane,
 * because closing blocks on a dead mount. The reader's jobs run in a scope of its own for the same
 * reason; the user's scope is guarded. */

#include "thaw-file-stream.h"
#include "thaw-file-work-private.h"

#include "thaw-scope-guard-private.h"
#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The worker's half. One job at a time looks at it; cancelling a job's future doesn't end the job,
 * so only when the last one has let go is it certain that nobody reads. */
typedef struct {
  gint ref_count;
  ThawScope *scope; /* of its jobs */
  char *path;       /* native: where it was opened */
  GFile *file;
  int fd;
  GInputStream *stream; /* of a file that isn't native */
  goffset offset, size;
  gboolean is_open;
} Source;

typedef enum { WANT_CHUNK, WANT_LINE } WantKind;

typedef struct {
  WantKind kind;
  ThawFuture *future;
} Want;

struct _ThawFileReader {
  gint ref_count;
  guint n_jobs; /* callbacks under way: they keep the memory */
  gboolean is_gone;
  ThawScope *scope; /* its own */
  ThawFuture *guard;
  GFile *file;
  Source *source;
  GBytes *block; /* what is given out, from @at on */
  gsize at;
  GBytes *ahead;
  ThawFuture *reading;
  GString *line; /* the beginning of one that goes on in the next block */
  GError *error; /* told once all before it is out */
  gboolean is_at_end;
  goffset offset, size;
  GQueue waiting; /* of Want */
};

G_DEFINE_BOXED_TYPE (ThawFileReader, thaw_file_reader, thaw_file_reader_ref, thaw_file_reader_unref)

static Source *
source_ref (Source *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gboolean
close_lane (ThawJob *job, gpointer data, GError **error)
{
  Source *self = data;

  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  if (self->stream != NULL)
    g_input_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  return TRUE;
}

static void
source_free (Source *self)
{
  thaw_scope_unref (self->scope);
  g_object_unref (self->file);
  g_free (self->path);
  g_free (self);
}

/* The loop, as jobs destroy their data there. What is open is closed by a last job. */
static void
source_unref (gpointer data)
{
  Source *self = data;
  g_autoptr (ThawLane) lane = NULL;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->fd < 0 && self->stream == NULL)
    {
      source_free (self);
      return;
    }
  lane = self->path != NULL ? thaw_lane_for_path (self->path) : thaw_lane_for_file (self->file);
  thaw_future_disown (thaw_lane_run_patient (lane,
                                             self->scope,
                                             "close file",
                                             THAW_PRIORITY_LOW,
                                             -1,
                                             close_lane,
                                             source_ref (self),
                                             source_unref));
}

static gboolean
open_native (Source *self, ThawFilePlace *place, GError **error)
{
  struct stat info;

  self->fd = thaw_file_open_for_reading (place, &info, error);
  if (self->fd < 0)
    return FALSE;
  self->size = info.st_mode != 0 ? info.st_size : -1;
  self->path = g_strdup (place->path);
  return TRUE;
}

static gboolean
open_gio (Source *self, ThawJob *job, ThawFilePlace *place, GError **error)
{
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  GFileInputStream *stream = g_file_read (file, cancellable, error);

  if (stream == NULL)
    return thaw_file_prefix_error (error, place);
  self->stream = G_INPUT_STREAM (stream);
  return self->offset == 0
         || g_seekable_seek (G_SEEKABLE (stream), self->offset, G_SEEK_SET, cancellable, error)
         || thaw_file_prefix_error (error, place);
}

static gssize
read_block (Source *self, ThawJob *job, ThawFilePlace *place, char *block, GError **error)
{
  gssize n;

  if (self->stream != NULL)
    {
      n = g_input_stream_read (self->stream,
                               block,
                               THAW_FILE_READ_AHEAD_BYTES,
                               thaw_job_get_cancellable (job),
                               error);
      if (n < 0)
        thaw_file_prefix_error (error, place);
      return n;
    }
  do
    n = pread (self->fd, block, THAW_FILE_READ_AHEAD_BYTES, self->offset);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    thaw_file_set_errno (error, errno, place->path, "reading");
  return n;
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

/* Opens it the first time. An empty block is the end. */
static gboolean
read_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  Source *self = data;
  g_autofree char *block = NULL;
  gssize n;

  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  if (!self->is_open
      && !(place->path != NULL ? open_native (self, place, error)
                               : open_gio (self, job, place, error)))
    return FALSE;
  self->is_open = TRUE;
  block = g_malloc (THAW_FILE_READ_AHEAD_BYTES);
  n = read_block (self, job, place, block, error);
  if (n < 0)
    return FALSE;
  self->offset += n;
  if ((gsize) n < THAW_FILE_READ_AHEAD_BYTES / 2)
    block = g_realloc (block, MAX (n, 1));
  thaw_job_return_pointer (job,
                           g_bytes_new_take (g_steal_pointer (&block), (gsize) n),
                           unref_bytes);
  return TRUE;
}

static void
reader_free (ThawFileReader *self)
{
  source_unref (self->source);
  thaw_future_resolve (self->guard);
  thaw_future_unref (self->guard);
  g_clear_pointer (&self->block, g_bytes_unref);
  g_clear_pointer (&self->ahead, g_bytes_unref);
  g_string_free (self->line, TRUE);
  g_clear_error (&self->error);
  g_object_unref (self->file);
  thaw_scope_unref (self->scope);
  g_free (self);
}

static void read_ahead (ThawFileReader *self);

/* Whether there is something in the block. */
static gboolean
has_bytes (ThawFileReader *self)
{
  if (self->block != NULL && self->at == g_bytes_get_size (self->block))
    g_clear_pointer (&self->block, g_bytes_unref);
  if (self->block == NULL && self->ahead != NULL)
    {
      self->block = g_steal_pointer (&self->ahead);
      self->at = 0;
      read_ahead (self);
    }
  return self->block != NULL;
}

static void
answer_end (ThawFileReader *self, ThawFuture *future)
{
  if (self->error != NULL)
    thaw_future_reject (future, g_error_copy (self->error));
  else
    thaw_future_resolve_pointer (future, NULL, NULL);
}

/* Half a line, left by somebody who reads lines and then chunks, comes first. */
static GBytes *
make_chunk (ThawFileReader *self)
{
  if (self->line->len > 0)
    return g_bytes_new (self->line->str, MIN (self->line->len, THAW_FILE_READ_AHEAD_BYTES));
  return g_bytes_new_from_bytes (self->block, self->at, g_bytes_get_size (self->block) - self->at);
}

static gboolean
answer_chunk (ThawFileReader *self, ThawFuture *future)
{
  GBytes *chunk;
  gsize n;

  if (self->line->len == 0 && !has_bytes (self))
    {
      if (self->is_at_end)
        answer_end (self, future);
      return self->is_at_end;
    }
  chunk = make_chunk (self);
  n = g_bytes_get_size (chunk);
  if (!thaw_future_resolve_pointer (future, chunk, unref_bytes))
    return TRUE;
  self->offset += n;
  if (self->line->len > 0)
    g_string_erase (self->line, 0, (gssize) n);
  else
    self->at += n;
  return TRUE;
}

static void
fail_long_line (ThawFileReader *self)
{
  g_autofree char *name = g_file_get_parse_name (self->file);

  g_clear_error (&self->error);
  g_set_error (&self->error,
               G_IO_ERROR,
               G_IO_ERROR_MESSAGE_TOO_LARGE,
               "%s: the line at %" G_GINT64_FORMAT " is longer than %d bytes",
               name,
               (gint64) self->offset,
               THAW_FILE_MAX_LINE_BYTES);
  self->is_at_end = TRUE;
  g_clear_pointer (&self->block, g_bytes_unref);
  g_clear_pointer (&self->ahead, g_bytes_unref);
  g_string_truncate (self->line, 0);
}

/* The rest of the block is the beginning of a line. */
static void
keep_rest (ThawFileReader *self, const char *start, gsize n)
{
  if (self->line->len + n > THAW_FILE_MAX_LINE_BYTES)
    {
      fail_long_line (self);
      return;
    }
  g_string_append_len (self->line, start, (gssize) n);
  self->at += n;
}

/* @n_taken: how much of the block it used up, with its line feed. */
static gboolean
give_line (ThawFileReader *self, ThawFuture *future, const char *start, gsize n, gsize n_taken)
{
  gsize length = self->line->len + n;
  char *line = g_malloc (length + 1);

  memcpy (line, self->line->str, self->line->len);
  if (n > 0)
    memcpy (line + self->line->len, start, n);
  line[length] = '\0';
  if (thaw_future_resolve_pointer (future, line, g_free))
    {
      self->offset += self->line->len + n_taken;
      self->at += n_taken;
      g_string_truncate (self->line, 0);
    }
  return TRUE;
}

static gboolean
answer_line (ThawFileReader *self, ThawFuture *future)
{
  while (has_bytes (self))
    {
      gsize size, n;
      const char *bytes = g_bytes_get_data (self->block, &size);
      const char *start = bytes + self->at;
      const char *end = memchr (start, '\n', size - self->at);

      n = end != NULL ? (gsize) (end - start) : size - self->at;
      if (end != NULL && self->line->len + n <= THAW_FILE_MAX_LINE_BYTES)
        return give_line (self, future, start, n, n + 1);
      if (end != NULL)
        fail_long_line (self);
      else
        keep_rest (self, start, n);
    }
  if (!self->is_at_end)
    return FALSE;
  if (self->line->len > 0 && self->error == NULL)
    return give_line (self, future, NULL, 0, 0);
  answer_end (self, future);
  return TRUE;
}

static gboolean
answer (ThawFileReader *self, const Want *want)
{
  if (thaw_future_get_state (want->future) != THAW_FUTURE_PENDING)
    return TRUE;
  return want->kind == WANT_CHUNK ? answer_chunk (self, want->future)
                                  : answer_line (self, want->future);
}

static void
want_free (Want *want)
{
  thaw_future_unref (want->future);
  g_free (want);
}

static void
answer_waiting (ThawFileReader *self)
{
  while (self->waiting.length > 0 && answer (self, g_queue_peek_head (&self->waiting)))
    want_free (g_queue_pop_head (&self->waiting));
}

static void
read_cb (ThawFuture *completed, gpointer data)
{
  ThawFileReader *self = data;
  g_autoptr (GBytes) block = NULL;

  if (self->is_gone || completed != self->reading)
    return;
  if (self->error == NULL)
    block = thaw_future_take_pointer (completed, &self->error);
  g_clear_pointer (&self->reading, thaw_future_unref);
  self->size = self->source->size;
  if (block == NULL || g_bytes_get_size (block) == 0)
    self->is_at_end = TRUE;
  else
    self->ahead = g_steal_pointer (&block);
  answer_waiting (self);
}

/* After the callback, or instead of it. */
static void
read_over (gpointer data)
{
  ThawFileReader *self = data;

  if (--self->n_jobs == 0 && self->is_gone)
    reader_free (self);
}

static void
read_ahead (ThawFileReader *self)
{
  if (self->is_at_end || self->reading != NULL || self->ahead != NULL)
    return;
  self->n_jobs++;
  self->reading = thaw_file_run (self->scope,
                                 self->file,
                                 "read file",
                                 read_lane,
                                 source_ref (self->source),
                                 source_unref);
  thaw_future_done (self->reading, NULL, read_cb, self, read_over);
}

/* Everybody who waits is told, and nothing more is read. */
static void
reader_end (ThawFileReader *self, const char *why)
{
  Want *want;

  self->is_at_end = TRUE;
  if (self->error == NULL)
    self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, why);
  if (self->reading != NULL)
    thaw_future_cancel (self->reading);
  g_clear_pointer (&self->reading, thaw_future_unref);
  g_clear_pointer (&self->block, g_bytes_unref);
  g_clear_pointer (&self->ahead, g_bytes_unref);
  g_string_truncate (self->line, 0);
  while ((want = g_queue_pop_head (&self->waiting)) != NULL)
    {
      thaw_future_reject (want->future, g_error_copy (self->error));
      want_free (want);
    }
}

static void
scope_ended (gpointer data)
{
  reader_end (data, "The scope of the reader has ended");
}

/**
 * thaw_file_read:
 * @scope: what the reader belongs to
 * @file: a file
 * @offset: where to begin
 *
 * Opens a file for reading it piece by piece. The first piece is read at once.
 *
 * - **Thread**: call on the loop's thread; it is read on the lane of its mount or host.
 * - **Errors**: come with the first piece that is asked for.
 * - **Cancellation**: dropping the reader, or the end of @scope: the file is closed.
 * - **Units**: bytes
 *
 * Returns: (transfer full): a reader
 */
ThawFileReader *
thaw_file_read (ThawScope *scope, GFile *file, goffset offset)
{
  ThawFileReader *self;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && offset >= 0, NULL);

  self = g_new0 (ThawFileReader, 1);
  self->ref_count = 1;
  self->scope = thaw_scope_new ("file reader", NULL);
  self->file = g_object_ref (file);
  self->line = g_string_new (NULL);
  self->offset = offset;
  self->size = -1;
  self->source = g_new (Source, 1);
  *self->source = (Source){ .ref_count = 1,
                            .scope = thaw_scope_ref (self->scope),
                            .file = g_object_ref (file),
                            .fd = -1,
                            .offset = offset,
                            .size = -1 };
  self->guard = thaw_scope_guard_new (scope, scope_ended, self, NULL);
  if (thaw_scope_is_cancelled (scope))
    scope_ended (self);
  read_ahead (self);
  return self;
}

/**
 * thaw_file_reader_ref:
 *
 * - **Thread**: the reader's.
 *
 * Returns: (transfer full): @self
 */
ThawFileReader *
thaw_file_reader_ref (ThawFileReader *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  self->ref_count++;
  return self;
}

/**
 * thaw_file_reader_unref:
 * @self: (transfer full): a reader
 *
 * Drops a reference. With the last one reading ends, those that wait are rejected, and the file is
 * closed on its lane.
 *
 * - **Thread**: the reader's.
 */
void
thaw_file_reader_unref (ThawFileReader *self)
{
  g_return_if_fail (self != NULL);

  if (--self->ref_count > 0)
    return;
  self->is_gone = TRUE;
  self->n_jobs++; /* What is told may come back here. */
  reader_end (self, "The reader is gone");
  read_over (self);
}

static ThawFuture *
ask (ThawFileReader *self, WantKind kind, const char *name)
{
  Want *want = g_new (Want, 1);
  ThawFuture *future = thaw_future_new (name);

  *want = (Want){ kind, thaw_future_ref (future) };
  if (self->waiting.length == 0 && answer (self, want))
    want_free (want);
  else
    g_queue_push_tail (&self->waiting, want);
  return future;
}

/**
 * thaw_file_reader_next_chunk:
 *
 * Asks for what comes next, as much as is there: between one byte and %THAW_FILE_READ_AHEAD_BYTES.
 * The future is complete already while something is.
 *
 * - **Thread**: the reader's.
 * - **Errors**: `G_IO_ERROR`, with the file's name, after all that could be read.
 * - **Cancellation**: cancelling the future; what nobody took is the next one's.
 *
 * Returns: (transfer full): a future that resolves to `GBytes`, or to %NULL at the end
 */
ThawFuture *
thaw_file_reader_next_chunk (ThawFileReader *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return ask (self, WANT_CHUNK, "next chunk");
}

/**
 * thaw_file_reader_next_line:
 *
 * Asks for the next line, without its line feed; a last line without one counts too. A byte 0 in it
 * ends the string early: read chunks for what may contain it.
 *
 * - **Thread**: the reader's.
 * - **Errors**: as for [method@Thaw.FileReader.next_chunk]; %G_IO_ERROR_MESSAGE_TOO_LARGE for a
 * line longer than %THAW_FILE_MAX_LINE_BYTES.
 * - **Cancellation**: cancelling the future; a line that nobody took is the next one's.
 *
 * Returns: (transfer full): a future that resolves to a string, or to %NULL at the end
 */
ThawFuture *
thaw_file_reader_next_line (ThawFileReader *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return ask (self, WANT_LINE, "next line");
}

/**
 * thaw_file_reader_get_offset:
 *
 * For progress: how far the consumer is.
 *
 * Returns: where in the file that is which comes next, in bytes
 */
goffset
thaw_file_reader_get_offset (ThawFileReader *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->offset;
}

/**
 * thaw_file_reader_get_size:
 *
 * Returns: how big the file was when it was opened, in bytes; -1 if that isn't known (yet)
 */
goffset
thaw_file_reader_get_size (ThawFileReader *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->size;
}
