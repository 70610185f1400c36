/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder held open: where all work on local files starts from. Its descriptor stays on the folder
 * however it is renamed meanwhile; its path is for the user, and for finding it again later. A
 * place may be used from several threads; every call blocks as long as its file system does. */

#include "thaw-place-private.h"

#include "thaw-disk-error-private.h"
#include "thaw-walk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct _ThawPlace {
  int ref_count;
  int fd;
  char *path;
  guint64 dev, ino;
  gboolean is_handle; /* the folder may not be read: an O_PATH descriptor */
  gboolean syncs_as_a_whole;
};

static ThawPlace *
place_new (int fd, char *path, const struct stat *st)
{
  ThawPlace *self = g_new0 (ThawPlace, 1);

  self->ref_count = 1;
  self->fd = fd;
  self->path = path;
  self->dev = st->st_dev;
  self->ino = st->st_ino;
  self->is_handle = (fcntl (fd, F_GETFL) & O_PATH) != 0;
  self->syncs_as_a_whole = !self->is_handle && thaw_place_kind_syncs_as_a_whole (fd);
  return self;
}

/**
 * thaw_place_open: (skip)
 * @path: of a folder, in bytes, of any length
 * @error: return location
 *
 * Opens a folder by the path that the user gave. Links in it are followed: this is the only
 * function that does.
 *
 * - **Thread**: an operation's own; blocks.
 * - **Errors**: `G_IO_ERROR_NOT_FOUND`, `NOT_DIRECTORY`, and what else opening gives.
 *
 * Returns: (transfer full): the place, or %NULL with @error set
 */
ThawPlace *
thaw_place_open (const char *path, GError **error)
{
  g_autofd int fd = thaw_place_open_path (path);
  struct stat st;
  char *resolved;

  if (fd < 0 || fstat (fd, &st) != 0)
    {
      thaw_disk_fail (error, errno, "open", path);
      return NULL;
    }
  resolved = thaw_place_dup_path (fd, path);
  return place_new (g_steal_fd (&fd), resolved, &st);
}

/**
 * thaw_place_open_known: (skip)
 * @path: of a folder
 * @dev: its device
 * @ino: its inode
 * @error: return location
 *
 * Opens a folder that was seen before, and refuses with `G_IO_ERROR_FAILED` when another one stands
 * there by now.
 *
 * Returns: (transfer full): the place, or %NULL with @error set
 */
ThawPlace *
thaw_place_open_known (const char *path, guint64 dev, guint64 ino, GError **error)
{
  g_autoptr (ThawPlace) self = thaw_place_open (path, error);

  if (self == NULL)
    return NULL;
  if (self->dev == dev && self->ino == ino)
    return g_steal_pointer (&self);
  thaw_disk_fail_with (error, G_IO_ERROR_FAILED, "open", path, "another folder is there now");
  return NULL;
}

/**
 * thaw_place_open_child: (skip)
 * @self: a place
 * @name: of a folder in it, one component
 * @error: return location
 *
 * Opens a folder right in @self; never a link.
 *
 * Returns: (transfer full): the place, or %NULL with @error set
 */
ThawPlace *
thaw_place_open_child (ThawPlace *self, const char *name, GError **error)
{
  g_autofd int fd = thaw_disk_open_folder (self->fd, name, FALSE);
  struct stat st;

  if (fd < 0 && errno == EACCES)
    fd = openat (self->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &st) != 0)
    {
      thaw_disk_fail (error, errno, "open", name);
      return NULL;
    }
  return place_new (g_steal_fd (&fd), thaw_place_dup_child_path (self, name), &st);
}

/**
 * thaw_place_ref: (skip)
 * @self: a place
 *
 * Returns: (transfer full): @self. Any thread.
 */
ThawPlace *
thaw_place_ref (ThawPlace *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_place_unref: (skip)
 * @self: (transfer full): a place
 *
 * Any thread; the last one closes the folder.
 */
void
thaw_place_unref (ThawPlace *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  close (self->fd);
  g_free (self->path);
  g_free (self);
}

int
thaw_place_get_fd (ThawPlace *self)
{
  return self->fd;
}

/**
 * thaw_place_get_path: (skip)
 * @self: a place
 *
 * Where the folder was when it was opened, links resolved. A path that is longer than PATH_MAX may
 * still have links in it.
 *
 * Returns: (transfer none): the path, in bytes
 */
const char *
thaw_place_get_path (ThawPlace *self)
{
  return self->path;
}

guint64
thaw_place_get_dev (ThawPlace *self)
{
  return self->dev;
}

guint64
thaw_place_get_ino (ThawPlace *self)
{
  return self->ino;
}

/**
 * thaw_place_dup_child_path: (skip)
 * @self: a place
 * @name: in it
 *
 * Returns: (transfer full): the path of @name, whether it is there or not
 */
char *
thaw_place_dup_child_path (ThawPlace *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

/**
 * thaw_place_syncs_as_a_whole: (skip)
 * @self: a place
 *
 * Whether thaw_place_sync_data() is enough to have everything on the device. It isn't for FUSE, for
 * networks and for whatever isn't known: thaw_disk_copy() syncs each file there.
 *
 * Returns: %TRUE if syncfs() reaches the device and tells of errors
 */
gboolean
thaw_place_syncs_as_a_whole (ThawPlace *self)
{
  return self->syncs_as_a_whole;
}

/**
 * thaw_place_look: (skip)
 * @self: a place
 * @name: in it
 * @identity: (out) (optional): who stands there
 * @error: return location
 *
 * Looks at what is called @name; a link itself is looked at.
 *
 * Returns: %FALSE with `G_IO_ERROR_NOT_FOUND`, or with what went wrong
 */
gboolean
thaw_place_look (ThawPlace *self, const char *name, ThawIdentity *identity, GError **error)
{
  struct stat st;

  if (fstatat (self->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "look at", name);
  if (identity != NULL)
    thaw_identity_from_stat (identity, &st);
  return TRUE;
}

/**
 * thaw_place_sync: (skip)
 * @self: a place
 * @error: return location
 *
 * Brings the folder itself, that is, the names in it, to the device. An error is for good: what was
 * to be written may be lost, and a second try would say that all is well.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_place_sync (ThawPlace *self, GError **error)
{
  if (self->is_handle)
    {
      /* Nothing can be synced by a folder that may not be read. On Linux this waits. */
      sync ();
      return TRUE;
    }
  /* Some file systems have nothing to sync in a folder, and say so. */
  if (fsync (self->fd) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
    return thaw_disk_fail (error, errno, "sync", self->path);
  return TRUE;
}

/**
 * thaw_place_sync_data: (skip)
 * @self: a place
 * @error: return location
 *
 * Brings everything that was written on the place's file system, by whomever, to the device, if it
 * syncs as a whole. Errors of what was written since the place was opened are reported.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_place_sync_data (ThawPlace *self, GError **error)
{
  return thaw_place_sync_data_for (self, NULL, error);
}

/**
 * thaw_place_sync_data_for: (skip)
 * @self: a place
 * @funcs: (nullable): who may cancel it
 * @error: return location
 *
 * As thaw_place_sync_data(), for a user who may lose patience: when `is_cancelled()` and `check()`
 * say so it returns at once, and nothing is known of what was written.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_place_sync_data_for (ThawPlace *self, const ThawWalkFuncs *funcs, GError **error)
{
  return !self->syncs_as_a_whole
         || thaw_disk_sync (self->fd, THAW_SYNC_ALL, funcs, self->path, error);
}
