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

  g_clear_pointer (&self->teller.mailbox, thaw_mailbox_unref);
  g_clear_object (&self->teller.file);
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

/* The size is a hint: files grow, shrink, or, in /proc, say 0. */
static gboolean
read_fd (ThawJob *job, ThawFilePlace *place, int fd, Load *load, GByteArray *bytes, GError **error)
{
  struct stat info = { 0 };
  gsize room;
  gssize n;

  if (fstat (fd, &info) == 0 && load->max_bytes > 0 && (guint64) info.st_size > load->max_bytes)
    return fail_too_big (place, load->max_bytes, error);
  do
    {
      gsize done = bytes->len;

      room = THAW_FILE_CHUNK_BYTES;
      if (done < (guint64) info.st_size)
        room = MIN ((gsize) info.st_size - done + 1, 1 << 20);
      if (done + room > G_MAXUINT)
        return fail_too_big (place, G_MAXUINT, error);
      g_byte_array_set_size (bytes, done + room);
      n = read_some (fd, (char *) bytes->data + done, room, place->path, error);
      g_byte_array_set_size (bytes, (guint) (done + (gsize) MAX (n, 0)));
      thaw_job_beat (job);
      thaw_file_tell (&load->teller, bytes->len, MAX (info.st_size, bytes->len));
      if (load->max_bytes > 0 && bytes->len > load->max_bytes)
        return fail_too_big (place, load->max_bytes, error);
    }
  while (n > 0 && !thaw_job_set_error_if_cancelled (job, error));
  return n == 0;
}

static gboolean
load_native (ThawJob *job, ThawFilePlace *place, Load *load, GByteArray *bytes, GError **error)
{
  int fd = thaw_file_open_for_reading (place, error);
  gboolean success;

  if (fd < 0)
    return FALSE;
  success = read_fd (job, place, fd, load, bytes, error);
  close (fd);
  return success;
}

static gboolean
load_gio (ThawJob *job, ThawFilePlace *place, Load *load, GByteArray *bytes, GError **error)
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

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static gboolean
load_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean success = place->path != NULL ? load_native (job, place, data, bytes, error)
                                         : load_gio (job, place, data, bytes, error);

  if (success)
    thaw_job_return_pointer (job,
                             g_byte_array_free_to_bytes (g_steal_pointer (&bytes)),
                             unref_bytes);
  return success;
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
  Load *load;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file), NULL);

  load = g_new0 (Load, 1);
  load->max_bytes = max_bytes;
  load->teller = (ThawFileTeller){ .mailbox = progress != NULL ? thaw_mailbox_ref (progress) : NULL,
                                   .key = load,
                                   .file = g_object_ref (file) };
  return thaw_file_run (scope, file, "load file", load_lane, load, load_free);
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
