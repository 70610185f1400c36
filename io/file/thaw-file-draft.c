/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a file is replaced without a moment in which it is half there: the new contents are written
 * to a file without a name in the same folder (where the file system can't, with a hidden name),
 * given the old one's owner, mode and attributes, flushed to the device, given a name, renamed over
 * the old one, and then the folder is flushed. A symbolic link stays one: its target is replaced. A
 * hard link is broken, because writing in place could not be undone. Killed before the rename, a
 * hidden file may be left; the old contents stay as they were.
 *
 * Through GIO (any file that isn't native) it is as atomic as the backend makes g_file_replace().
 */

#include "thaw-file-draft-private.h"

#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_XATTR_BYTES (64 * 1024)

struct _ThawDraft {
  ThawFileSaveFlags flags;
  char *path; /* native */
  int folder_fd, fd;
  char *base;      /* the name it will have */
  char *temporary; /* the name it has, if it has one */
  struct stat old; /* st_mode 0: there is none */
  GFile *file;     /* any other */
  GOutputStream *stream;
};

static char *
new_name (void)
{
  return g_strdup_printf (".thaw-%08x%08x", g_random_int (), g_random_int ());
}

/* Nobody else may read what replaces something private, not even for a moment. */
static mode_t
first_mode (ThawDraft *self)
{
  return self->old.st_mode != 0 || (self->flags & THAW_FILE_SAVE_PRIVATE) ? 0600 : 0666;
}

static gboolean
open_draft (ThawDraft *self, GError **error)
{
  self->fd = openat (self->folder_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, first_mode (self));
  while (self->fd < 0)
    {
      g_autofree char *name = new_name ();

      self->fd = openat (self->folder_fd,
                         name,
                         O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                         first_mode (self));
      if (self->fd >= 0)
        self->temporary = g_steal_pointer (&name);
      else if (errno != EEXIST)
        {
          thaw_file_set_errno (error, errno, self->path, "making a new file");
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_old (ThawDraft *self, GError **error)
{
  if (self->old.st_mode != 0 && (self->flags & THAW_FILE_SAVE_NEW))
    thaw_file_set_errno (error, EEXIST, self->path, NULL);
  else if (S_ISDIR (self->old.st_mode))
    thaw_file_set_errno (error, EISDIR, self->path, NULL);
  else if (self->old.st_mode != 0 && !S_ISREG (self->old.st_mode))
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s is not a regular file",
                 self->path);
  else
    return TRUE;
  return FALSE;
}

static gboolean
begin_native (ThawDraft *self, ThawFilePlace *place, GError **error)
{
  self->folder_fd = thaw_file_open_folder (place, &self->base, &self->old, error);
  if (self->folder_fd < 0)
    return FALSE;
  self->path = g_strdup (place->path);
  return check_old (self, error) && open_draft (self, error);
}

static gboolean
begin_gio (ThawDraft *self, ThawJob *job, ThawFilePlace *place, GError **error)
{
  GFileCreateFlags flags
      = self->flags & THAW_FILE_SAVE_PRIVATE ? G_FILE_CREATE_PRIVATE : G_FILE_CREATE_NONE;
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  GFileOutputStream *stream;

  self->file = thaw_vfs_resolve (place->file);
  stream = self->flags & THAW_FILE_SAVE_NEW
               ? g_file_create (self->file, flags, cancellable, error)
               : g_file_replace (self->file, NULL, FALSE, flags, cancellable, error);
  self->stream = stream != NULL ? G_OUTPUT_STREAM (stream) : NULL;
  return self->stream != NULL || thaw_file_prefix_error (error, place);
}

ThawDraft *
thaw_draft_new (ThawJob *job, ThawFilePlace *place, ThawFileSaveFlags flags, GError **error)
{
  g_autoptr (ThawDraft) self = g_new0 (ThawDraft, 1);

  self->flags = flags;
  self->fd = self->folder_fd = -1;
  if (place->path != NULL ? begin_native (self, place, error) : begin_gio (self, job, place, error))
    return g_steal_pointer (&self);
  return NULL;
}

gboolean
thaw_draft_write (ThawDraft *self, ThawJob *job, gconstpointer bytes, gsize n_bytes, GError **error)
{
  if (self->stream != NULL)
    return g_output_stream_write_all (self->stream,
                                      bytes,
                                      n_bytes,
                                      NULL,
                                      thaw_job_get_cancellable (job),
                                      error);
  return thaw_file_write_all (self->fd, bytes, n_bytes, self->path, error);
}

/* Capabilities and signatures are of the old contents. */
static gboolean
is_wanted (const char *name)
{
  return !g_str_equal (name, "security.capability") && !g_str_equal (name, "security.ima")
         && !g_str_equal (name, "security.evm");
}

/* What can't be kept (another's owner, a name space that isn't ours) is left out: the contents are
 * worth more. */
static void
copy_attributes (ThawDraft *self)
{
  g_autofree char *names = g_malloc (MAX_XATTR_BYTES);
  g_autofree char *value = g_malloc (MAX_XATTR_BYTES);
  char link[64];
  int old_fd = openat (self->folder_fd, self->base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  gssize n_names;

  if (old_fd < 0)
    return;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", old_fd);
  n_names = listxattr (link, names, MAX_XATTR_BYTES);
  for (const char *name = names; n_names > 0 && name < names + n_names; name += strlen (name) + 1)
    {
      gssize n = getxattr (link, name, value, MAX_XATTR_BYTES);

      if (n >= 0 && is_wanted (name) && fsetxattr (self->fd, name, value, (gsize) n, 0) != 0)
        g_debug ("%s: the attribute %s isn't kept: %s", self->path, name, g_strerror (errno));
    }
  close (old_fd);
}

/* The owner first: changing it takes away set-user-id. */
static void
copy_metadata (ThawDraft *self)
{
  if (self->old.st_mode == 0)
    return;
  if (fchown (self->fd, self->old.st_uid, self->old.st_gid) != 0
      && fchown (self->fd, (uid_t) -1, self->old.st_gid) != 0)
    g_debug ("%s: the owner isn't kept: %s", self->path, g_strerror (errno));
  if (fchmod (self->fd, self->old.st_mode & 07777) != 0)
    g_debug ("%s: the mode isn't kept: %s", self->path, g_strerror (errno));
  copy_attributes (self);
}

/* linkat() never replaces anything, so a file that has to be new is put there by it. */
static gboolean
give_name (ThawDraft *self, const char *name)
{
  char link[64];

  g_snprintf (link, sizeof link, "/proc/self/fd/%d", self->fd);
  return linkat (AT_FDCWD, link, self->folder_fd, name, AT_SYMLINK_FOLLOW) == 0;
}

static gboolean
put_new (ThawDraft *self)
{
  if (self->temporary == NULL)
    return give_name (self, self->base);
  if (renameat2 (self->folder_fd, self->temporary, self->folder_fd, self->base, RENAME_NOREPLACE)
      == 0)
    {
      g_clear_pointer (&self->temporary, g_free);
      return TRUE;
    }
  /* A file system that can't: the temporary name goes when the draft does. */
  return errno == EINVAL
         && linkat (self->folder_fd, self->temporary, self->folder_fd, self->base, 0) == 0;
}

static gboolean
put_over (ThawDraft *self)
{
  if (self->temporary == NULL)
    {
      g_autofree char *name = new_name ();

      if (!give_name (self, name))
        return FALSE;
      self->temporary = g_steal_pointer (&name);
    }
  if (renameat (self->folder_fd, self->temporary, self->folder_fd, self->base) != 0)
    return FALSE;
  g_clear_pointer (&self->temporary, g_free);
  return TRUE;
}

static gboolean
fail_errno (ThawDraft *self, const char *what, GError **error)
{
  thaw_file_set_errno (error, errno, self->path, what);
  return FALSE;
}

static gboolean
finish_native (ThawDraft *self, GError **error)
{
  gboolean durable = (self->flags & THAW_FILE_SAVE_NOT_DURABLE) == 0, put;
  int fd;

  copy_metadata (self);
  if (durable && fsync (self->fd) != 0)
    return fail_errno (self, "writing", error);
  put = self->flags & THAW_FILE_SAVE_NEW ? put_new (self) : put_over (self);
  if (!put)
    return fail_errno (self, "putting the new file in place", error);
  fd = self->fd;
  self->fd = -1;
  if (close (fd) != 0)
    return fail_errno (self, "writing", error);
  /* Some file systems have nothing to flush for a folder. */
  if (durable && fsync (self->folder_fd) != 0 && errno != EINVAL && errno != ENOTSUP)
    return fail_errno (self, "flushing its folder", error);
  return TRUE;
}

gboolean
thaw_draft_finish (ThawDraft *self, ThawJob *job, GError **error)
{
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  if (self->stream == NULL)
    return finish_native (self, error);
  return g_output_stream_close (self->stream, thaw_job_get_cancellable (job), error);
}

/* A cancelled close is what makes GIO drop a replacement. */
static void
drop_stream (GOutputStream *stream)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  if (!g_output_stream_is_closed (stream))
    g_output_stream_close (stream, cancelled, NULL);
  g_object_unref (stream);
}

void
thaw_draft_free (ThawDraft *self)
{
  g_clear_pointer (&self->stream, drop_stream);
  g_clear_object (&self->file);
  if (self->temporary != NULL)
    unlinkat (self->folder_fd, self->temporary, 0);
  if (self->fd >= 0)
    close (self->fd);
  if (self->folder_fd >= 0)
    close (self->folder_fd);
  g_free (self->temporary);
  g_free (self->base);
  g_free (self->path);
  g_free (self);
}
