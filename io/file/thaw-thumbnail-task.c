/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thumbnail, as jobs: looked for in the cache, on the cache's lane; the file looked at, and
 * opened, on its own; the thumbnail made, checked and kept, on the lane of those who wait for
 * programs. They are started by the loop one after another and share the task without a lock. What
 * isn't native is copied into memory before it is shown to anybody. */

#include "thaw-thumbnail-private.h"

#include "thaw-file-work-private.h"
#include "thaw-vfs.h"

#include <glib/gstdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define ATTRIBUTES                                                                                 \
  G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_SIZE                                \
                                 "," G_FILE_ATTRIBUTE_TIME_MODIFIED

ThawThumbnailTask *
thaw_thumbnail_task_new (const char *cache_folder, GFile *file)
{
  ThawThumbnailTask *self = g_new0 (ThawThumbnailTask, 1);

  self->ref_count = 1;
  self->cache_folder = g_strdup (cache_folder);
  self->file = g_object_ref (file);
  self->original.uri = g_file_get_uri (file);
  self->original.mtime_sec = THAW_THUMBNAIL_UNKNOWN_TIME;
  self->original.size_bytes = -1;
  self->fd = -1;
  return self;
}

static ThawThumbnailTask *
task_ref (ThawThumbnailTask *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_thumbnail_task_close (ThawThumbnailTask *self)
{
  g_clear_fd (&self->fd, NULL);
}

void
thaw_thumbnail_task_unref (gpointer task)
{
  ThawThumbnailTask *self = task;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_thumbnail_task_close (self);
  g_clear_pointer (&self->tools, thaw_thumbnail_tools_unref);
  g_free (self->original.uri);
  g_free (self->cache_folder);
  g_object_unref (self->file);
  g_free (self);
}

static gboolean
return_png (ThawJob *job, GBytes *png)
{
  thaw_job_return_pointer (job, png, png != NULL ? (GDestroyNotify) g_bytes_unref : NULL);
  return TRUE;
}

/* Looking it up */

static gboolean
look_up_lane (ThawJob *job, gpointer user_data, GError **error)
{
  ThawThumbnailTask *self = user_data;
  GBytes *png = NULL;

  self->state = thaw_thumbnail_look_up (self->cache_folder, &self->original, self->size, &png);
  return return_png (job, png);
}

ThawFuture *
thaw_thumbnail_task_look_up (ThawThumbnailTask *self,
                             ThawLane *lane,
                             ThawScope *scope,
                             ThawPriority priority)
{
  return thaw_lane_run (lane,
                        scope,
                        "look up thumbnail",
                        priority,
                        -1,
                        look_up_lane,
                        task_ref (self),
                        thaw_thumbnail_task_unref);
}

/* Looking at the file */

static gboolean
is_small_enough (ThawThumbnailTask *self, GError **error)
{
  if (self->original.size_bytes <= self->max_file_bytes)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "%s is too large for a thumbnail",
               self->original.uri);
  return FALSE;
}

static gboolean
look_native (ThawThumbnailTask *self, ThawFilePlace *place, GError **error)
{
  struct stat st;

  thaw_thumbnail_task_close (self);
  self->fd = thaw_file_open_for_reading (place, &st, error);
  if (self->fd < 0)
    return FALSE;
  self->original.mtime_sec = st.st_mtim.tv_sec;
  self->original.size_bytes = st.st_size;
  self->changed_usec = st.st_mtim.tv_sec * G_USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
  return is_small_enough (self, error);
}

static gboolean
look_remote (ThawThumbnailTask *self, ThawJob *job, GFile *file, GError **error)
{
  g_autoptr (GFileInfo) info
      = g_file_query_info (file, ATTRIBUTES, 0, thaw_job_get_cancellable (job), error);

  if (info == NULL)
    return FALSE;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s is not a regular file",
                   self->original.uri);
      return FALSE;
    }
  self->original.mtime_sec
      = (gint64) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  self->original.size_bytes = g_file_info_get_size (info);
  self->changed_usec = self->original.mtime_sec * G_USEC_PER_SEC;
  return is_small_enough (self, error);
}

static gboolean
copy_stream (ThawThumbnailTask *self, ThawJob *job, GInputStream *stream, GError **error)
{
  g_autofree char *buffer = g_malloc (THAW_FILE_CHUNK_BYTES);
  goffset n_copied = 0;
  gssize n;

  while ((n = g_input_stream_read (stream,
                                   buffer,
                                   THAW_FILE_CHUNK_BYTES,
                                   thaw_job_get_cancellable (job),
                                   error))
         > 0)
    {
      n_copied += n;
      self->original.size_bytes = MAX (self->original.size_bytes, n_copied);
      thaw_job_beat (job);
      if (!is_small_enough (self, error)
          || !thaw_file_write_all (self->fd, buffer, (gsize) n, self->original.uri, error))
        return FALSE;
    }
  return n == 0;
}

static gboolean
copy_remote (ThawThumbnailTask *self, ThawJob *job, GFile *file, GError **error)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, thaw_job_get_cancellable (job), error);

  if (stream == NULL)
    return FALSE;
  thaw_thumbnail_task_close (self);
  self->fd = memfd_create ("thumbnail", MFD_CLOEXEC);
  return self->fd >= 0 && copy_stream (self, job, G_INPUT_STREAM (stream), error)
         && lseek (self->fd, 0, SEEK_SET) == 0;
}

static gboolean
look_lane (ThawJob *job, ThawFilePlace *place, gpointer user_data, GError **error)
{
  ThawThumbnailTask *self = user_data;
  g_autoptr (GFile) file = NULL;

  if (place->path != NULL)
    {
      gboolean seen = look_native (self, place, error);

      thaw_thumbnail_task_close (self);
      return seen;
    }
  file = thaw_vfs_resolve (place->file);
  return look_remote (self, job, file, error);
}

static gboolean
open_lane (ThawJob *job, ThawFilePlace *place, gpointer user_data, GError **error)
{
  ThawThumbnailTask *self = user_data;
  g_autoptr (GFile) file = NULL;

  if (place->path != NULL)
    return look_native (self, place, error);
  file = thaw_vfs_resolve (place->file);
  return look_remote (self, job, file, error) && copy_remote (self, job, file, error);
}

ThawFuture *
thaw_thumbnail_task_stat (ThawThumbnailTask *self,
                          ThawScope *scope,
                          ThawPriority priority,
                          gboolean opens)
{
  return thaw_file_run_with (scope,
                             self->file,
                             "look at file for thumbnail",
                             priority,
                             0,
                             opens ? open_lane : look_lane,
                             task_ref (self),
                             thaw_thumbnail_task_unref);
}

/* Making it */

/* It was the file, not the machine. */
static gboolean
is_lasting (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
}

/* What a program has made, if it is what it was asked for. */
static GBytes *
take_over (ThawThumbnailTask *self, GBytes *made, GError **error)
{
  g_autoptr (GBytes) png = made != NULL ? thaw_thumbnail_sign (&self->original, made) : NULL;
  g_auto (ThawPngInfo) info = { 0 };

  if (made == NULL)
    return NULL;
  if (png != NULL && thaw_png_parse (png, FALSE, &info)
      && MAX (info.width, info.height) <= (guint) self->size)
    return g_steal_pointer (&png);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_FAILED,
               "%s has made no thumbnail",
               self->tool->command[0]);
  return NULL;
}

static gboolean
make_lane (ThawJob *job, gpointer user_data, GError **error)
{
  ThawThumbnailTask *self = user_data;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GBytes) made = thaw_thumbnail_make (self->tool, job, self->fd, self->size, &failure);
  g_autoptr (GBytes) png = take_over (self, made, &failure);

  thaw_thumbnail_task_close (self);
  if (png != NULL)
    {
      thaw_thumbnail_keep (self->cache_folder, &self->original, self->size, png);
      return return_png (job, g_steal_pointer (&png));
    }
  if (is_lasting (failure))
    {
      g_debug ("%s: %s", self->original.uri, failure->message);
      thaw_thumbnail_keep_failure (self->cache_folder, &self->original);
    }
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

ThawFuture *
thaw_thumbnail_task_make (ThawThumbnailTask *self,
                          ThawLane *lane,
                          ThawScope *scope,
                          ThawPriority priority)
{
  return thaw_lane_run (lane,
                        scope,
                        "make thumbnail",
                        priority,
                        -1,
                        make_lane,
                        task_ref (self),
                        thaw_thumbnail_task_unref);
}
