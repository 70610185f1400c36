/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renames that never replace anything, and two that do so on purpose. What the file system can't do
 * is done by its next best means, and said in the docstrings. Nothing here syncs: who renames does,
 * once for many. Any thread; blocks. */

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
is_unable (int errsv)
{
  return errsv == EINVAL || errsv == ENOSYS || errsv == EOPNOTSUPP;
}

/* One instant is left in which somebody's new file could be replaced: between looking and renaming.
 * Only file systems without links and without renameat2() come here. 0 or errno. */
static int
look_and_rename (int from, const char *name, int to, const char *new_name)
{
  struct stat st;

  if (fstatat (to, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return EEXIST;
  if (errno != ENOENT)
    return errno;
  return renameat (from, name, to, new_name) == 0 ? 0 : errno;
}

/* A second name for the object, which is refused where there is one, and then away with the first.
 */
static int
link_and_unlink (int from, const char *name, int to, const char *new_name)
{
  if (linkat (from, name, to, new_name, 0) != 0)
    return errno;
  if (unlinkat (from, name, 0) != 0)
    {
      int errsv = errno;

      unlinkat (to, new_name, 0);
      return errsv;
    }
  return 0;
}

static int
rename_without_flags (int from, const char *name, int to, const char *new_name)
{
  struct stat st;
  int errsv;

  if (fstatat (from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return errno;
  if (S_ISDIR (st.st_mode))
    return look_and_rename (from, name, to, new_name);
  errsv = link_and_unlink (from, name, to, new_name);
  if (is_unable (errsv) || errsv == EPERM || errsv == EMLINK)
    return look_and_rename (from, name, to, new_name);
  return errsv;
}

/**
 * thaw_place_rename_new: (skip)
 * @from: a place
 * @name: in it
 * @to: a place, on the same file system
 * @new_name: that nothing has there yet
 * @error: return location
 *
 * Renames, and never over anything. Where renameat2() can't promise that, a file gets its new name
 * as a second link; where there are no links, and for folders, it is looked whether the name is
 * free right before it is taken. Nothing is synced.
 *
 * Returns: %FALSE with `G_IO_ERROR_EXISTS` if something is there, or with what else went wrong
 */
gboolean
thaw_place_rename_new (ThawPlace *from,
                       const char *name,
                       ThawPlace *to,
                       const char *new_name,
                       GError **error)
{
  int from_fd = thaw_place_get_fd (from), to_fd = thaw_place_get_fd (to);
  int errsv = renameat2 (from_fd, name, to_fd, new_name, RENAME_NOREPLACE) == 0 ? 0 : errno;

  if (is_unable (errsv) || errsv == EPERM)
    errsv = rename_without_flags (from_fd, name, to_fd, new_name);
  return errsv == 0 || thaw_disk_fail (error, errsv, "rename", name);
}

/**
 * thaw_place_exchange: (skip)
 * @from: a place
 * @name: in it
 * @to: a place, on the same file system
 * @other: in that
 * @error: return location
 *
 * Exchanges the objects of two names, both of which must exist, in one instant.
 *
 * Returns: %FALSE with `G_IO_ERROR_NOT_SUPPORTED` where the file system can't, or with what went
 * wrong
 */
gboolean
thaw_place_exchange (ThawPlace *from,
                     const char *name,
                     ThawPlace *to,
                     const char *other,
                     GError **error)
{
  if (renameat2 (thaw_place_get_fd (from), name, thaw_place_get_fd (to), other, RENAME_EXCHANGE)
      == 0)
    return TRUE;
  return thaw_disk_fail (error, is_unable (errno) ? ENOTSUP : errno, "exchange", name);
}

/**
 * thaw_place_rename_over: (skip)
 * @from: a place
 * @name: in it
 * @to: a place, on the same file system
 * @new_name: in that, whether anything has it or not
 * @error: return location
 *
 * rename(), over whatever file is there: only for putting a whole new file in the place of an old
 * one that was kept, or that nobody wants kept.
 *
 * Returns: %FALSE with @error set; what was there is still there then
 */
gboolean
thaw_place_rename_over (ThawPlace *from,
                        const char *name,
                        ThawPlace *to,
                        const char *new_name,
                        GError **error)
{
  if (renameat (thaw_place_get_fd (from), name, thaw_place_get_fd (to), new_name) == 0)
    return TRUE;
  return thaw_disk_fail (error, errno, "rename", name);
}
