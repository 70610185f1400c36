/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading and appending. A native file is read with the kernel's calls on the lane of its mount;
 * any other through GIO's synchronous streams, on its own lane too. */

#include "thaw-file-work-private.h"

#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
  gsize max_bytes;
  ThawFileTeller teller;
} Load;

static void
load_free (gpointer data)
{
  Load *self = data;

  thaw_mailbox_unref (self->teller.mailbox);
  g_object_unref (self->teller.file);
  g_free (self);
}

static gboolean
fail_too_big (ThawFilePlace *place, gsize max_bytes, GError **error)
{
  g_autofree char *name = thaw_file_place_dup_name (place);

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_MESSAGE_TOO_LARGE,
               "%s is bigger than %" G_GSIZE_FORMAT " bytes",
               name,
               max_bytes);
  return FALSE;
}

/* -1 with an error; 0 at the end. */
static gssize
read_some (int fd, char *buffer, gsize n_bytes, const char *path, GError **error)
{
  gssize n;

  do
    n = read (fd, buffer, n_bytes);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    thaw_file_set_errno (error, errno, path, "reading");
  return n;
}

/* What was read so far: no bigger than it must be, since it becomes the result as it is. */
typedef struct {
  char *bytes;
  gsize n_bytes, n_allocated;
} Buffer;

static void
buffer_grow (Buffer *self, gsize n_allocated)
{
  self->bytes = g_realloc (self->bytes, n_allocated);
  self->n_allocated = n_allocated;
}

static GBytes *
buffer_to_bytes (Buffer *self)
{
  if (self->n_allocated > self->n_bytes + self->n_bytes / 8 + 64)
    buffer_grow (self, MAX (self->n_bytes, 1));
  return g_bytes_new_take (g_steal_pointer (&self->bytes), self->n_bytes);
}

/* One byte more than it says it has: whoever gets all but that has read to the end. */
static gboolean
make_room (Buffer *self, ThawFilePlace *place, goffset size, GError **error)
{
  gsize wanted = MAX (self->n_bytes + THAW_FILE_CHUNK_BYTES, self->n_bytes * 2);

  if (self->n_bytes < self->n_allocated)
    return TRUE;
  if ((guint64) size >= self->n_bytes && size > 0)
    wanted = MIN ((guint64) size + 1, self->n_bytes * 2 + (1 << 20));
  if (self->n_bytes >= G_MAXUINT)
    return fail_too_big (place, G_MAXUINT, error);
  buffer_grow (self, MIN (wanted, G_MAXUINT));
  return TRUE;
}

/* The size is a hint: files grow, shrink, or, in /proc, say 0. */
static gboolean
read_fd (ThawJob *job,
         ThawFilePlace *place,
         int fd,
         goffset size,
         Load *load,
         Buffer *buffer,
         GError **error)
{
  gssize n;

  if (load->max_bytes > 0 && (guint64) size > load->max_bytes)
    return fail_too_big (place, load->max_bytes, error);
  do
    {
      gsize room;

      if (!make_room (buffer, place, size, error))
        return FALSE;
      room = MIN (buffer->n_allocated - buffer->n_bytes, 1 << 20);
      n = read_some (fd, buffer->bytes + buffer->n_bytes, room, place->path, error);
      buffer->n_bytes += (gsize) MAX (n, 0);
      thaw_job_beat (job);
      thaw_file_tell (&load->teller,
                      (goffset) buffer->n_bytes,
                      MAX (size, (goffset) buffer->n_bytes));
      if (load->max_bytes > 0 && buffer->n_bytes > load->max_bytes)
        return fail_too_big (place, load->max_bytes, error);
      /* A regular file that gives less than it was asked for, and all it said, has no more. */
      if (n > 0 && (gsize) n < room && size > 0 && buffer->n_bytes == (guint64) size)
        return TRUE;
    }
  while (n > 0 && !thaw_job_set_error_if_cancelled (job, error));
  return n == 0;
}

static gboolean
load_native (ThawJob *job, ThawFilePlace *place, Load *load, GBytes **bytes, GError **error)
{
  struct stat info;
  int fd = thaw_file_open_for_reading (place, &info, error);
  Buffer buffer = { 0 };

  if (fd < 0)
    return FALSE;
  if (read_fd (job, place, fd, info.st_size, load, &buffer, error))
    *bytes = buffer_to_bytes (&buffer);
  g_free (buffer.bytes);
  close (fd);
  return *bytes != NULL;
}

static gboolean
read_gio (ThawJob *job, ThawFilePlace *place, Load *load, GByteArray *bytes, GError **error)
{
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, error);
  gssize n;

  if (stream == NULL)
    return thaw_file_prefix_error (error, place);
  do
    {
      guint done = bytes->len;

      if ((gsize) done + THAW_FILE_CHUNK_BYTES > G_MAXUINT)
        return fail_too_big (place, G_MAXUINT, error);
      g_byte_array_set_size (bytes, done + THAW_FILE_CHUNK_BYTES);
      n = g_input_stream_read (G_INPUT_STREAM (stream),
                               bytes->data + done,
                               THAW_FILE_CHUNK_BYTES,
                               cancellable,
                               error);
      g_byte_array_set_size (bytes, (guint) (done + (gsize) MAX (n, 0)));
      thaw_job_beat (job);
      thaw_file_tell (&load->teller, bytes->len, n == 0 ? (goffset) bytes->len : -1);
      if (load->max_bytes > 0 && bytes->len > load->max_bytes)
        return fail_too_big (place, load->max_bytes, error);
    }
  while (n > 0);
  return n == 0 || thaw_file_prefix_error (error, place);
}

static gboolean
load_gio (ThawJob *job, ThawFilePlace *place, Load *load, GBytes **bytes, GError **error)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();

  if (!read_gio (job, place, load, array, error))
    return FALSE;
  *bytes = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  return TRUE;
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static gboolean
load_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  GBytes *bytes = NULL;
  gboolean success = place->path != NULL ? load_native (job, place, data, &bytes, error)
                                         : load_gio (job, place, data, &bytes, error);

  if (success)
    thaw_job_return_pointer (job, bytes, unref_bytes);
  return success;
}

/* Without progress: it needs no memory. */
static gboolean
load_silently_lane (ThawJob *job, ThawFilePlace *place, gpointer max_bytes, GError **error)
{
  Load load = { .max_bytes = GPOINTER_TO_SIZE (max_bytes) };

  return load_lane (job, place, &load, error);
}

/**
 * thaw_file_load:
 * @scope: what the work belongs to
 * @file: a file
 * @max_bytes: how much to read at most, or 0 for no limit (but 4 GiB)
 * @progress: (nullable): gets `ThawFileProgress`, the newest replaces one that waits
 *
 * Reads a whole file.
 *
 * - **Thread**: call on the loop's thread; it is read on the lane of its mount or host.
 * - **Errors**: `G_IO_ERROR`, with the file's name: NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY,
 * NOT_REGULAR_FILE, MESSAGE_TOO_LARGE, …; those of [method@Thaw.Lane.run].
 * - **Cancellation**: cancel the future or the scope; at most one more chunk is read.
 *
 * Returns: (transfer full): a future that resolves to `GBytes`
 */
ThawFuture *
thaw_file_load (ThawScope *scope, GFile *file, gsize max_bytes, ThawMailbox *progress)
{
  const ThawFileRunFlags flags = THAW_FILE_RUN_OPENS | THAW_FILE_RUN_SHORT;
  Load *load;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file), NULL);

  if (progress == NULL)
    return thaw_file_run_with (scope,
                               file,
                               "load file",
                               THAW_PRIORITY_DEFAULT,
                               flags,
                               load_silently_lane,
                               GSIZE_TO_POINTER (max_bytes),
                               NULL);
  load = g_new0 (Load, 1);
  load->max_bytes = max_bytes;
  load->teller.mailbox = thaw_mailbox_ref (progress);
  load->teller.key = load;
  load->teller.file = g_object_ref (file);
  return thaw_file_run_with (scope,
                             file,
                             "load file",
                             THAW_PRIORITY_DEFAULT,
                             flags,
                             load_lane,
                             load,
                             load_free);
}

typedef struct {
  GBytes *contents;
  ThawFileSaveFlags flags;
} Append;

static void
append_free (gpointer data)
{
  Append *self = data;

  g_bytes_unref (self->contents);
  g_free (self);
}

/* Half of it was written: taken back, unless somebody else has appended meanwhile. */
static void
take_back (int fd, const struct stat *before, gsize n_bytes)
{
  struct stat info;

  if (fstat (fd, &info) == 0 && info.st_size > before->st_size
      && (guint64) info.st_size < before->st_size + n_bytes && ftruncate (fd, before->st_size) != 0)
    g_debug ("What was appended in part stays: %s", g_strerror (errno));
}

static gboolean
append_to_fd (ThawFilePlace *place, int fd, Append *append, GError **error)
{
  gsize n_bytes;
  gconstpointer bytes = g_bytes_get_data (append->contents, &n_bytes);
  struct stat before;

  if (fstat (fd, &before) != 0 || !S_ISREG (before.st_mode))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s is not a regular file",
                   place->path);
      return FALSE;
    }
  if (!thaw_file_write_all (fd, bytes, n_bytes, place->path, error))
    {
      take_back (fd, &before, n_bytes);
      return FALSE;
    }
  if ((append->flags & THAW_FILE_SAVE_NOT_DURABLE) == 0 && fsync (fd) != 0)
    {
      thaw_file_set_errno (error, errno, place->path, "writing");
      return FALSE;
    }
  return TRUE;
}

/* A name that is new has to last as well. */
static gboolean
append_native (ThawFilePlace *place, Append *append, GError **error)
{
  g_autofree char *base = NULL;
  struct stat info;
  int folder_fd = thaw_file_open_folder (place, &base, &info, error), fd;
  int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  gboolean success;

  if (folder_fd < 0)
    return FALSE;
  if (append->flags & THAW_FILE_SAVE_NEW)
    flags |= O_EXCL;
  fd = openat (folder_fd, base, flags, append->flags & THAW_FILE_SAVE_PRIVATE ? 0600 : 0666);
  if (fd < 0)
    thaw_file_set_errno (error, errno, place->path, NULL);
  success = fd >= 0 && append_to_fd (place, fd, append, error);
  if (success && info.st_mode == 0 && (append->flags & THAW_FILE_SAVE_NOT_DURABLE) == 0)
    fsync (folder_fd);
  if (fd >= 0 && close (fd) != 0 && success)
    {
      thaw_file_set_errno (error, errno, place->path, "writing");
      success = FALSE;
    }
  close (folder_fd);
  return success;
}

static gboolean
append_gio (ThawJob *job, ThawFilePlace *place, Append *append, GError **error)
{
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileOutputStream) stream = NULL;
  gsize n_bytes;
  gconstpointer bytes = g_bytes_get_data (append->contents, &n_bytes);

  stream = append->flags & THAW_FILE_SAVE_NEW
               ? g_file_create (file, G_FILE_CREATE_NONE, cancellable, error)
               : g_file_append_to (file, G_FILE_CREATE_NONE, cancellable, error);
  if (stream == NULL)
    return thaw_file_prefix_error (error, place);
  return (g_output_stream_write_all (G_OUTPUT_STREAM (stream),
                                     bytes,
                                     n_bytes,
                                     NULL,
                                     cancellable,
                                     error)
          && g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, error))
         || thaw_file_prefix_error (error, place);
}

static gboolean
append_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  return place->path != NULL ? append_native (place, data, error)
                             : append_gio (job, place, data, error);
}

/**
 * thaw_file_append:
 * @scope: what the work belongs to
 * @file: a file, made if it isn't there
 * @contents: what to add at its end
 * @flags: how
 *
 * Adds to the end of a file. Several at once don't overwrite each other; after an error nothing of
 * this one is left, unless somebody else has appended meanwhile.
 *
 * - **Thread**: call on the loop's thread; it is written on the lane of its mount or host.
 * - **Errors**: `G_IO_ERROR`, with the file's name; those of [method@Thaw.Lane.run].
 * - **Cancellation**: cancel the future or the scope. Once it is being written it is written.
 *
 * Returns: (transfer full): a future that resolves with nothing when it is on the device
 */
ThawFuture *
thaw_file_append (ThawScope *scope, GFile *file, GBytes *contents, ThawFileSaveFlags flags)
{
  Append *append;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && contents != NULL, NULL);

  append = g_new (Append, 1);
  *append = (Append){ g_bytes_ref (contents), flags };
  return thaw_file_run (scope, file, "append to file", append_lane, append, append_free);
}
