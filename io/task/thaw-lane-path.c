/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a path without leaving its mount. A lane is found by text, and text doesn't see symbolic
 * links: a link in the home folder that leads into a dead network mount would get a thread of the
 * local lane stuck. So a job opens with openat2(RESOLVE_NO_XDEV), which refuses at the border
 * before anything beyond it is touched, then works out by reading links where the path leads, and
 * the caller goes on in that place's lane.
 *
 * Lane threads only: everything here may block, on the mount that the lane is for. Where the kernel
 * (or a sandbox) has no openat2() the path is opened plainly, and a crossing link can get a thread
 * stuck. */

#include "thaw-error.h"
#include "thaw-lane-path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_LINKS 40 /* the kernel's own limit */

static int
open_within (int dir_fd, const char *path, int flags)
{
  struct open_how how = {
    .flags = (guint64) flags | O_CLOEXEC,
    .resolve = RESOLVE_NO_XDEV,
  };

  return (int) syscall (SYS_openat2, dir_fd, path, &how, sizeof how);
}

static void
set_error (GError **error, int code, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (code == EXDEV)
    g_set_error (error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT, "%s leads to another mount", shown);
  else
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (code),
                 "%s: %s",
                 shown,
                 g_strerror (code));
}

/* What is behind the mount's root in a normalised path, relative. */
static const char *
below_root (const ThawMount *mount, const char *path)
{
  const char *rest = path + strlen (mount->root);

  if (*rest == '/')
    rest++;
  return *rest != '\0' ? rest : ".";
}

/* ENOSYS from an old kernel, EPERM from a sandbox. */
static gboolean
is_refused (int code)
{
  return code == ENOSYS || code == EPERM;
}

/**
 * thaw_lane_open_beneath:
 * @path: (type filename): an absolute path, as the lane was found for; ".." is resolved by text, as
 * GFile does
 * @flags: flags of open(), without those that create; O_CLOEXEC is added
 *
 * Opens @path like open(), but not if a symbolic link on the way, or a mount that the table doesn't
 * have yet, leads out of the mount that @path lies on by its text. Links within the mount are
 * followed (absolute ones only on the root mount: elsewhere they count as leading out of it, and
 * [func@Thaw.Lane.resolve_crossing] finds the way back).
 *
 * - **Thread**: a lane's; may block.
 * - **Errors**: %THAW_ERROR_OTHER_MOUNT at such a border: nothing beyond it was touched; the
 * `G_IO_ERROR` of open()
 *
 * Returns: a file descriptor, or -1 with an error
 */
int
thaw_lane_open_beneath (const char *path, int flags, GError **error)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_dup_current ();
  g_autofree char *plain = NULL;
  const ThawMount *mount;
  int root_fd, fd = -1, code;

  g_return_val_if_fail (path != NULL && path[0] == '/' && (flags & O_CREAT) == 0, -1);

  plain = thaw_mount_normalise_path (path);
  mount = table != NULL ? thaw_mount_table_find (table, plain) : NULL;
  root_fd = mount != NULL ? open (mount->root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (root_fd >= 0)
    {
      fd = open_within (root_fd, below_root (mount, plain), flags);
      code = errno;
      close (root_fd);
      errno = code;
    }
  /* A root that can't be opened so is a file that was mounted over a file: there is no way out of
   * that. */
  if (root_fd < 0 || (fd < 0 && is_refused (errno)))
    fd = open (plain, flags | O_CLOEXEC);
  if (fd < 0)
    set_error (error, errno, path);
  return fd;
}

/* A walk along a path, one component at a time, on one mount. */
typedef struct {
  ThawMountTable *table;
  const ThawMount *mount;
  GString *done; /* resolved: no links in it; "" for the root */
  GString *todo; /* what is left */
  guint n_turns; /* links followed */
} Walk;

/* Cuts the first component off what is left. */
static char *
next_component (Walk *walk)
{
  gsize skip = strspn (walk->todo->str, "/");
  gsize n = strcspn (walk->todo->str + skip, "/");
  char *name = g_strndup (walk->todo->str + skip, n);

  g_string_erase (walk->todo, 0, (gssize) (skip + n));
  return name;
}

static void
go_up (Walk *walk)
{
  const char *slash = strrchr (walk->done->str, '/');

  g_string_truncate (walk->done, slash != NULL ? (gsize) (slash - walk->done->str) : 0);
}

static gboolean
has_left_mount (Walk *walk)
{
  const char *here = walk->done->len > 0 ? walk->done->str : "/";

  return thaw_mount_table_find (walk->table, here) != walk->mount;
}

/* Starts anew at the mount's root, with what of @plain is behind it. */
static void
rebase (Walk *walk, const char *plain)
{
  g_string_assign (walk->done, walk->mount->root[1] != '\0' ? walk->mount->root : "");
  g_string_assign (walk->todo, below_root (walk->mount, plain));
}

/* Off the mount: the rest goes by text. Returns the path when it ends elsewhere; NULL when it comes
 * back. */
static char *
leave_mount (Walk *walk)
{
  g_autofree char *text = g_strconcat ("/", walk->done->str, "/", walk->todo->str, NULL);
  g_autofree char *plain = thaw_mount_normalise_path (text);

  if (thaw_mount_table_find (walk->table, plain) != walk->mount)
    return g_steal_pointer (&plain);
  rebase (walk, plain);
  walk->n_turns++;
  return NULL;
}

/* Where the walk stands is on the mount and known to be no link's inside, so only the mount itself
 * is touched. */
static void
follow_link (Walk *walk)
{
  char target[PATH_MAX + 1];
  gssize n = readlink (walk->done->str, target, PATH_MAX);

  if (n <= 0)
    return;
  target[n] = '\0';
  g_string_prepend (walk->todo, "/");
  g_string_prepend (walk->todo, target);
  if (target[0] == '/')
    g_string_truncate (walk->done, 0);
  else
    go_up (walk);
  walk->n_turns++;
}

static char *
walk_to_border (Walk *walk)
{
  while (walk->todo->len > 0 && walk->n_turns <= MAX_LINKS)
    {
      g_autofree char *name = next_component (walk);
      gboolean is_up = strcmp (name, "..") == 0;
      char *beyond;

      if (name[0] == '\0' || strcmp (name, ".") == 0)
        continue;
      if (is_up)
        go_up (walk);
      else
        g_string_append_printf (walk->done, "/%s", name);
      if (!is_up && !has_left_mount (walk))
        follow_link (walk);
      if (has_left_mount (walk) && (beyond = leave_mount (walk)) != NULL)
        return beyond;
    }
  if (walk->n_turns > MAX_LINKS)
    return NULL;
  return g_strdup (walk->done->len > 0 ? walk->done->str : "/");
}

/**
 * thaw_lane_resolve_crossing:
 * @path: (type filename): a path that thaw_lane_open_beneath() refused with %THAW_ERROR_OTHER_MOUNT
 *
 * Works out where the links in @path lead, reading only those on @path's own mount: at the border
 * the rest is text. The caller finds the lane of the result and goes on there; it may be the same
 * lane (a link to another mount of the same device, or back), and there may be another crossing
 * behind it: give up after a few. The result is @path itself when a mount was made that the table
 * doesn't have yet.
 *
 * - **Thread**: the one of the lane that refused; may block.
 * - **Errors**: %G_IO_ERROR_TOO_MANY_LINKS for links in a circle
 *
 * Returns: (transfer full) (nullable) (type filename): an absolute path, or %NULL with an error
 */
char *
thaw_lane_resolve_crossing (const char *path, GError **error)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_dup_current ();
  g_autoptr (GString) done = g_string_new (NULL);
  g_autoptr (GString) todo = g_string_new (NULL);
  Walk walk = { table, NULL, done, todo, 0 };
  g_autofree char *plain = NULL;
  char *result;

  g_return_val_if_fail (path != NULL && path[0] == '/', NULL);

  plain = thaw_mount_normalise_path (path);
  walk.mount = table != NULL ? thaw_mount_table_find (table, plain) : NULL;
  if (walk.mount == NULL)
    return g_steal_pointer (&plain);
  rebase (&walk, plain);
  result = walk_to_border (&walk);
  if (result == NULL)
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_TOO_MANY_LINKS,
                 "%s: too many symbolic links",
                 plain);
  return result;
}
