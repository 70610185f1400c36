/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that stays open: read here and there, or handed to another process as a descriptor. A
 * local one is a descriptor, any other a stream of GIO's that can seek. It is opened, read and
 * closed on the lane of the place where it was found; whoever holds it on the loop touches nothing
 * but what was learned when it was opened. */

#include "thaw-open-file.h"

#include "thaw-file-work-private.h"
#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SNIFF_BYTES 4096

struct _ThawOpenFile {
  gint ref_count; /* atomic */
  GThread *loop;  /* not owned, for comparing: where it was asked for */
  ThawScope *scope;
  GFile *file;
  ThawLane *lane;
  int fd;                      /* -1: not local */
  GInputStream *stream;        /* NULL: local */
  pthread_mutex_t stream_lock; /* around seeking and reading it */
  goffset size_bytes;
  char *tag, *content_type;
  gboolean is_text;
};

G_DEFINE_BOXED_TYPE (ThawOpenFile, thaw_open_file, thaw_open_file_ref, thaw_open_file_unref)

/**
 * thaw_open_file_ref:
 * @self: an open file
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawOpenFile *
thaw_open_file_ref (ThawOpenFile *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gboolean
close_lane (ThawJob *job, gpointer data, GError **error)
{
  ThawOpenFile *self = data;

  g_clear_fd (&self->fd, NULL);
  if (self->stream != NULL)
    g_input_stream_close (self->stream, NULL, NULL);
  g_clear_object (&self->stream);
  return TRUE;
}

static void
open_file_free (gpointer data)
{
  ThawOpenFile *self = data;

  close_lane (NULL, self, NULL);
  pthread_mutex_destroy (&self->stream_lock);
  g_clear_pointer (&self->lane, thaw_lane_unref);
  thaw_scope_unref (self->scope);
  g_object_unref (self->file);
  g_free (self->tag);
  g_free (self->content_type);
  g_free (self);
}

/**
 * thaw_open_file_unref:
 * @self: (transfer full): an open file
 *
 * Drops a reference. The last one closes the file on its lane, as closing may take as long as
 * anything else.
 *
 * - **Thread**: any.
 */
void
thaw_open_file_unref (ThawOpenFile *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if ((self->fd < 0 && self->stream == NULL) || g_thread_self () != self->loop)
    open_file_free (self);
  else
    thaw_future_disown (thaw_lane_run_patient (self->lane,
                                               self->scope,
                                               "close file",
                                               THAW_PRIORITY_LOW,
                                               -1,
                                               close_lane,
                                               self,
                                               open_file_free));
}

static void
unref_open_file (gpointer data)
{
  thaw_open_file_unref (data);
}

/**
 * thaw_open_file_get_file:
 * @self: an open file
 *
 * Returns: (transfer none): what was asked for
 */
GFile *
thaw_open_file_get_file (ThawOpenFile *self)
{
  return self->file;
}

/**
 * thaw_open_file_get_content_type:
 * @self: an open file
 *
 * Returns: its type, by its name and the bytes that it begins with
 */
const char *
thaw_open_file_get_content_type (ThawOpenFile *self)
{
  return self->content_type;
}

/**
 * thaw_open_file_is_text:
 * @self: an open file
 *
 * Returns: whether it is text of any kind, by its type and by what it begins with
 */
gboolean
thaw_open_file_is_text (ThawOpenFile *self)
{
  return self->is_text;
}

/**
 * thaw_open_file_get_size:
 * @self: an open file
 *
 * Returns: its size in bytes when it was opened
 */
goffset
thaw_open_file_get_size (ThawOpenFile *self)
{
  return self->size_bytes;
}

/**
 * thaw_open_file_get_tag:
 * @self: an open file
 *
 * Returns: a text that is another when the file is another or has been changed, for caches
 */
const char *
thaw_open_file_get_tag (ThawOpenFile *self)
{
  return self->tag;
}

/* Reading */

static gssize
read_native (ThawOpenFile *self, goffset offset, guint8 *bytes, gsize n, GError **error)
{
  gsize done = 0;

  while (done < n)
    {
      gssize got = pread (self->fd, bytes + done, n - done, offset + (goffset) done);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          thaw_file_set_errno (error, errno, g_file_peek_path (self->file), "reading");
          return -1;
        }
      if (got == 0)
        break;
      done += (gsize) got;
    }
  return (gssize) done;
}

static gssize
read_stream (ThawOpenFile *self,
             GCancellable *cancellable,
             goffset offset,
             guint8 *bytes,
             gsize n,
             GError **error)
{
  gsize done = 0;
  gboolean was_read;

  pthread_mutex_lock (&self->stream_lock);
  was_read = g_seekable_seek (G_SEEKABLE (self->stream), offset, G_SEEK_SET, cancellable, error)
             && g_input_stream_read_all (self->stream, bytes, n, &done, cancellable, error);
  pthread_mutex_unlock (&self->stream_lock);
  return was_read ? (gssize) done : -1;
}

static gssize
read_at (ThawOpenFile *self, ThawJob *job, goffset offset, guint8 *bytes, gsize n, GError **error)
{
  return self->fd >= 0
             ? read_native (self, offset, bytes, n, error)
             : read_stream (self, thaw_job_get_cancellable (job), offset, bytes, n, error);
}

typedef struct {
  ThawOpenFile *file;
  goffset offset;
  gsize n_bytes;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  thaw_open_file_unref (reading->file);
  g_free (reading);
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static gboolean
read_lane (ThawJob *job, gpointer data, GError **error)
{
  const Reading *reading = data;
  g_autofree guint8 *bytes = g_malloc (reading->n_bytes);
  gssize n = read_at (reading->file, job, reading->offset, bytes, reading->n_bytes, error);

  if (n < 0)
    return FALSE;
  thaw_job_return_pointer (job,
                           g_bytes_new_take (g_steal_pointer (&bytes), (gsize) n),
                           unref_bytes);
  return TRUE;
}

/**
 * thaw_open_file_read:
 * @self: an open file
 * @scope: what it belongs to
 * @priority: its class
 * @offset: where to begin
 * @n_bytes: how much
 *
 * Reads a part of the file.
 *
 * - **Thread**: the loop's. It is read on the file's lane.
 * - **Errors**: the `G_IO_ERROR` of reading; %THAW_ERROR_NOT_ANSWERING while its lane refuses.
 * - **Cancellation**: cancel the future or end @scope.
 *
 * Returns: (transfer full): a future that resolves to [struct@GLib.Bytes], fewer than @n_bytes at
 *   the end of the file
 */
ThawFuture *
thaw_open_file_read (ThawOpenFile *self,
                     ThawScope *scope,
                     ThawPriority priority,
                     goffset offset,
                     gsize n_bytes)
{
  Reading *reading = g_new (Reading, 1);

  *reading = (Reading){ thaw_open_file_ref (self), offset, n_bytes };
  return thaw_lane_run (self->lane,
                        scope,
                        "read from file",
                        priority,
                        -1,
                        read_lane,
                        reading,
                        reading_free);
}

/* As a descriptor */

static gboolean
copy_to (ThawOpenFile *self, ThawJob *job, int fd, goffset max_bytes, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (THAW_FILE_CHUNK_BYTES);
  goffset offset = 0;
  gssize n;

  while ((n = read_at (self, job, offset, chunk, THAW_FILE_CHUNK_BYTES, error)) > 0)
    {
      offset += n;
      if (offset > max_bytes)
        {
          g_set_error_literal (error,
                               G_IO_ERROR,
                               G_IO_ERROR_MESSAGE_TOO_LARGE,
                               "It is too large to be fetched");
          return FALSE;
        }
      if (!thaw_file_write_all (fd, chunk, (gsize) n, "a copy in memory", error))
        return FALSE;
      thaw_job_beat (job);
    }
  return n == 0;
}

/**
 * thaw_open_file_dup_fd:
 * @self: an open file
 * @job: the job that this is called in
 * @max_bytes: how much of a file that isn't local is copied at most
 * @error: return location for an error
 *
 * Makes a descriptor of the file for another process. Its position is that of every other one made
 * so; who reads it begins by seeking.
 *
 * - **Thread**: workers.
 * - **Errors**: the `G_IO_ERROR` of copying; %G_IO_ERROR_MESSAGE_TOO_LARGE.
 *
 * Returns: the descriptor, the caller's to close, or -1
 */
int
thaw_open_file_dup_fd (ThawOpenFile *self, ThawJob *job, goffset max_bytes, GError **error)
{
  g_autofd int fd
      = self->fd >= 0 ? fcntl (self->fd, F_DUPFD_CLOEXEC, 3) : memfd_create ("copy", MFD_CLOEXEC);

  if (fd < 0)
    {
      thaw_file_set_errno (error, errno, "a descriptor", NULL);
      return -1;
    }
  if (self->fd < 0 && !copy_to (self, job, fd, max_bytes, error))
    return -1;
  return g_steal_fd (&fd);
}

/* Opening */

static gboolean
open_native (ThawOpenFile *self, ThawFilePlace *place, GError **error)
{
  struct stat info;

  self->fd = thaw_file_open_for_reading (place, &info, error);
  if (self->fd < 0)
    return FALSE;
  self->lane = thaw_lane_for_path (place->path);
  self->size_bytes = info.st_size;
  self->tag = g_strdup_printf ("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER
                               "x:%" G_GINT64_MODIFIER "x.%lx",
                               (guint64) info.st_dev,
                               (guint64) info.st_ino,
                               (guint64) info.st_size,
                               (guint64) info.st_mtim.tv_sec,
                               info.st_mtim.tv_nsec);
  return TRUE;
}

static gboolean
open_gio (ThawOpenFile *self, ThawJob *job, ThawFilePlace *place, GError **error)
{
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileInfo) info
      = g_file_query_info (file,
                           G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE
                                                          "," G_FILE_ATTRIBUTE_TIME_MODIFIED,
                           G_FILE_QUERY_INFO_NONE,
                           cancellable,
                           error);

  if (info == NULL)
    return thaw_file_prefix_error (error, place);
  if (g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE)
      == G_FILE_TYPE_DIRECTORY)
    {
      thaw_file_set_errno (error, EISDIR, "it", NULL);
      return FALSE;
    }
  self->stream = G_INPUT_STREAM (g_file_read (file, cancellable, error));
  if (self->stream == NULL)
    return thaw_file_prefix_error (error, place);
  self->lane = thaw_lane_for_file (place->file);
  self->size_bytes
      = (goffset) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_STANDARD_SIZE);
  self->tag
      = g_strdup_printf ("%" G_GINT64_MODIFIER "x:%" G_GINT64_MODIFIER "x",
                         (guint64) self->size_bytes,
                         g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED));
  return TRUE;
}

/* UTF-16 begins with a mark and has zeros in it; no other text has control characters but those of
 * printers and terminals. */
static gboolean
looks_like_text (const guint8 *start, gsize n)
{
  if (n >= 2 && ((start[0] == 0xff && start[1] == 0xfe) || (start[0] == 0xfe && start[1] == 0xff)))
    return TRUE;
  for (gsize i = 0; i < n; i++)
    if (start[i] < ' ' && memchr ("\a\b\t\n\v\f\r\033", start[i], 8) == NULL)
      return FALSE;
  return TRUE;
}

/* Text in an old encoding is taken for anything. */
static gboolean
is_text_type (const char *content_type)
{
  return g_content_type_is_a (content_type, "text/plain")
         || g_str_equal (content_type, "application/octet-stream");
}

static gboolean
sniff (ThawOpenFile *self, ThawJob *job, GError **error)
{
  g_autofree char *name = g_file_get_basename (self->file);
  guint8 start[SNIFF_BYTES];
  gssize n = read_at (self, job, 0, start, sizeof start, error);

  if (n < 0)
    return FALSE;
  self->content_type = g_content_type_guess (name, start, (gsize) n, NULL);
  self->is_text = looks_like_text (start, (gsize) n) && is_text_type (self->content_type);
  return TRUE;
}

typedef struct {
  ThawScope *scope;
  GThread *loop;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  thaw_scope_unref (opening->scope);
  g_free (opening);
}

static gboolean
open_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  Opening *opening = data;
  g_autoptr (ThawOpenFile) self = g_new0 (ThawOpenFile, 1);

  self->ref_count = 1;
  self->loop = opening->loop;
  self->scope = thaw_scope_ref (opening->scope);
  self->file = g_object_ref (place->file);
  self->fd = -1;
  pthread_mutex_init (&self->stream_lock, NULL);
  if (place->path != NULL ? !open_native (self, place, error) : !open_gio (self, job, place, error))
    return FALSE;
  if (!sniff (self, job, error))
    return FALSE;
  thaw_job_return_pointer (job, g_steal_pointer (&self), unref_open_file);
  return TRUE;
}

/**
 * thaw_file_open:
 * @scope: what it belongs to
 * @file: a file
 * @priority: its class
 *
 * Opens a regular file for reading, and finds out what it is. Symbolic links are followed, to
 * other places' lanes too; what would have to be waited for, a pipe or a device, isn't opened.
 *
 * - **Thread**: the loop's. It is opened on the file's lane.
 * - **Errors**: %G_IO_ERROR_IS_DIRECTORY, %G_IO_ERROR_NOT_REGULAR_FILE, the `G_IO_ERROR` of opening
 *   or of reading its beginning; %THAW_ERROR_NOT_ANSWERING while its lane refuses.
 * - **Cancellation**: cancel the future or end @scope.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.OpenFile], which outlives
 *   @scope
 */
ThawFuture *
thaw_file_open (ThawScope *scope, GFile *file, ThawPriority priority)
{
  Opening *opening = g_new (Opening, 1);

  *opening = (Opening){ thaw_scope_new ("open file", NULL), g_thread_self () };
  return thaw_file_run_with (scope,
                             file,
                             "open file",
                             priority,
                             0,
                             open_lane,
                             opening,
                             opening_free);
}
