/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees by GIO: copied to a new name. On the thread of the run. Bytes are left to g_file_copy(),
 * for which backends have ways of their own that need no round trip a block; but nothing that it
 * says is believed: it takes a short read for the end, and errors of servers come late. So what
 * arrived is asked for after it, and so is whether the source is still the one that was copied. */

#include "thaw-remote-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 512

static GCancellable *
get_cancellable (ThawRemoteCopy *self)
{
  return thaw_run_get_cancellable (self->run);
}

/* --- attributes --- */

static void
tell_loss (ThawRemoteCopy *self, GFile *file, const char *what)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  thaw_run_add_loss (self->run, shown, what);
}

static gboolean
set_local_attributes (GFileInfo *info, GFile *to, GError **error)
{
  g_autoptr (GFileInfo) wanted = g_file_info_new ();

  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_TIME_MODIFIED))
    {
      g_autoptr (GDateTime) modified = g_file_info_get_modification_date_time (info);

      g_file_info_set_modification_date_time (wanted, modified);
    }
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE))
    g_file_info_set_attribute_uint32 (
        wanted,
        G_FILE_ATTRIBUTE_UNIX_MODE,
        g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE) & 0777);
  return g_file_set_attributes_from_info (to,
                                          wanted,
                                          G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                          NULL,
                                          error);
}

static void
keep_mode (ThawRemoteCopy *self, GFileInfo *info, GFile *to)
{
  guint32 mode = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE) & 0777;

  if (!self->abilities->keeps_mode || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE))
    return;
  if (!g_file_set_attribute_uint32 (to,
                                    G_FILE_ATTRIBUTE_UNIX_MODE,
                                    mode,
                                    G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                    get_cancellable (self),
                                    NULL))
    tell_loss (self, to, "mode");
}

static void
keep_times (ThawRemoteCopy *self, GFileInfo *info, GFile *to)
{
  if (!self->abilities->keeps_times
      || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_TIME_MODIFIED))
    return;
  if (!g_file_set_attribute_uint64 (
          to,
          G_FILE_ATTRIBUTE_TIME_MODIFIED,
          g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED),
          G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
          get_cancellable (self),
          NULL))
    tell_loss (self, to, "times");
}

/* Rights and times, as far as the other side takes them; that it takes none at all has been said by
 * the plan. */
static void
copy_attributes (ThawRemoteCopy *self, GFileInfo *info, GFile *to)
{
  if (!thaw_kind_file_is_local (to))
    {
      keep_mode (self, info, to);
      keep_times (self, info, to);
    }
  else if (!set_local_attributes (info, to, NULL))
    tell_loss (self, to, "times");
}

/* --- files --- */

typedef struct {
  ThawRun *run;
  goffset copied;
} Progress;

static void
on_progress (goffset copied, goffset total, gpointer user_data)
{
  Progress *self = user_data;

  thaw_run_add_done (self->run, copied - self->copied, 0);
  self->copied = copied;
  thaw_run_check (self->run, NULL); /* where a paused one waits */
}

static gboolean
sync_local (GFile *file, GError **error)
{
  int fd, code = 0;

  if (!thaw_kind_file_is_local (file))
    return TRUE;
  fd = open (g_file_peek_path (file), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fsync (fd) != 0)
    code = errno;
  if (fd >= 0)
    close (fd);
  if (code != 0)
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (code),
                 "It can't be written to the device: %s",
                 g_strerror (code));
  return code == 0;
}

static gboolean
fail_partial (GFile *file, gint64 found, gint64 expected, GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_PARTIAL_INPUT,
               "%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes arrived",
               shown,
               found,
               expected);
  return FALSE;
}

/* A file whose size nobody knows before it is read can't be checked. */
static gboolean
check_arrival (ThawRemoteCopy *self, GFile *from, GFileInfo *info, GFile *to, GError **error)
{
  g_autoptr (GFileInfo) arrived = thaw_remote_query (self->run, to, error);
  g_autoptr (GFileInfo) now = NULL;

  if (arrived == NULL)
    return FALSE;
  if (!g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE))
    return TRUE;
  if (thaw_remote_get_size (arrived) != thaw_remote_get_size (info))
    return fail_partial (to, thaw_remote_get_size (arrived), thaw_remote_get_size (info), error);
  now = thaw_remote_query (self->run, from, error);
  if (now == NULL)
    return FALSE;
  if (thaw_remote_get_size (now) == thaw_remote_get_size (info)
      && thaw_remote_get_mtime_usec (now) == thaw_remote_get_mtime_usec (info))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "It changed while it was copied");
  return FALSE;
}

static gboolean
copy_file (ThawRemoteCopy *self, GFile *from, GFileInfo *info, GFile *to, GError **error)
{
  Progress progress = { self->run, 0 };

  if (!g_file_copy (from,
                    to,
                    G_FILE_COPY_NOFOLLOW_SYMLINKS | G_FILE_COPY_TARGET_DEFAULT_MODIFIED_TIME,
                    get_cancellable (self),
                    on_progress,
                    &progress,
                    error)
      || !sync_local (to, error) || !check_arrival (self, from, info, to, error))
    {
      thaw_run_add_done (self->run, -progress.copied, 0);
      return FALSE;
    }
  thaw_run_add_done (self->run, thaw_remote_get_size (info) - progress.copied, 0);
  copy_attributes (self, info, to);
  return TRUE;
}

/* --- trees --- */

static gboolean copy_tree (ThawRemoteCopy *self,
                           GFile *from,
                           GFileInfo *info,
                           GFile *to,
                           guint depth,
                           GError **error);

/* A server that went away and is there again gets a second chance; one that isn't there ends it
 * all. */
static gboolean
may_try_again (ThawRemoteCopy *self, GFile *from, GFile *to, GError **error)
{
  gboolean from_is_new, to_is_new;

  if (thaw_remote_reach (self->run, from, &from_is_new, error)
      && thaw_remote_reach (self->run, to, &to_is_new, error))
    return from_is_new || to_is_new;
  self->is_lost = TRUE;
  return FALSE;
}

static gboolean
copy_again (ThawRemoteCopy *self,
            GFile *from,
            GFileInfo *info,
            GFile *to,
            guint depth,
            GError **error)
{
  g_autoptr (GError) lost = NULL;

  if (thaw_kind_is_cancelled (*error) || self->is_lost)
    return FALSE;
  if (!may_try_again (self, from, to, &lost))
    {
      if (lost != NULL)
        {
          g_clear_error (error);
          g_propagate_error (error, g_steal_pointer (&lost));
        }
      return FALSE;
    }
  g_clear_error (error);
  thaw_remote_remove (NULL, to, NULL);
  return copy_tree (self, from, info, to, depth, error);
}

static gboolean
copy_child (ThawRemoteCopy *self,
            GFile *from,
            GFileInfo *info,
            GFile *to,
            guint depth,
            GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *shown = NULL;

  if (copy_tree (self, from, info, to, depth, &local)
      || copy_again (self, from, info, to, depth, &local))
    return TRUE;
  self->is_whole = FALSE;
  if (self->is_lost || thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  thaw_remote_remove (self->run, to, NULL);
  shown = thaw_remote_dup_shown (from);
  return thaw_kind_problem (self->run, shown, g_steal_pointer (&local), error);
}

static gboolean
copy_children (ThawRemoteCopy *self,
               GFileEnumerator *children,
               GFile *to,
               guint depth,
               GError **error)
{
  for (;;)
    {
      g_autoptr (GFile) target = NULL;
      GFileInfo *info;
      GFile *child;

      if (!g_file_enumerator_iterate (children, &info, &child, get_cancellable (self), error))
        return FALSE;
      if (child == NULL)
        return TRUE;
      target = g_file_get_child (to, g_file_info_get_name (info));
      if (!copy_child (self, child, info, target, depth + 1, error))
        return FALSE;
    }
}

static gboolean
copy_folder (ThawRemoteCopy *self,
             GFile *from,
             GFileInfo *info,
             GFile *to,
             guint depth,
             GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;

  if (depth > MAX_DEPTH)
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "The folders are nested too deeply");
      return FALSE;
    }
  if (!g_file_make_directory (to, get_cancellable (self), error))
    return FALSE;
  children = g_file_enumerate_children (from,
                                        THAW_REMOTE_ATTRIBUTES,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                        get_cancellable (self),
                                        error);
  if (children == NULL || !copy_children (self, children, to, depth, error))
    return FALSE;
  copy_attributes (self, info, to);
  return TRUE;
}

static gboolean
copy_thing (ThawRemoteCopy *self,
            GFile *from,
            GFileInfo *info,
            GFile *to,
            guint depth,
            GError **error)
{
  g_autofree char *shown = NULL;

  switch (g_file_info_get_file_type (info))
    {
    case G_FILE_TYPE_DIRECTORY:
      return copy_folder (self, from, info, to, depth, error);
    case G_FILE_TYPE_SYMBOLIC_LINK:
      return g_file_make_symbolic_link (to,
                                        g_file_info_get_symlink_target (info),
                                        get_cancellable (self),
                                        error);
    case G_FILE_TYPE_REGULAR:
    case G_FILE_TYPE_UNKNOWN:
      return copy_file (self, from, info, to, error);
    case G_FILE_TYPE_SPECIAL:
    case G_FILE_TYPE_SHORTCUT:
    case G_FILE_TYPE_MOUNTABLE:
    default:
      shown = thaw_remote_dup_shown (from);
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s is no file or folder",
                   shown);
      return FALSE;
    }
}

static gboolean
copy_tree (ThawRemoteCopy *self,
           GFile *from,
           GFileInfo *info,
           GFile *to,
           guint depth,
           GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (from);

  thaw_run_set_current (self->run, shown);
  if (!thaw_run_check (self->run, error) || !copy_thing (self, from, info, to, depth, error))
    return FALSE;
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

gboolean
thaw_remote_copy (ThawRemoteCopy *self, GFile *from, GFile *to, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (self->run, from, error);
  g_autoptr (GError) local = NULL;

  self->is_whole = TRUE;
  if (info == NULL)
    return FALSE;
  thaw_remote_find_abilities (self->run, to, self->abilities);
  if (copy_tree (self, from, info, to, 0, &local) || copy_again (self, from, info, to, 0, &local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
