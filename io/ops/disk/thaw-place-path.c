/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a path to a folder and back. Only the path that the user gave comes here, and it alone may
 * lead through links. Paths beyond PATH_MAX are taken in pieces, since the kernel takes none. Any
 * thread. */

#include "thaw-place-private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)

/* A folder that may be entered but not read does for everything except syncing it. */
static int
open_piece (int fd, const char *piece, gboolean is_last)
{
  int opened = -1;

  if (is_last)
    opened = openat (fd, piece, FOLDER_FLAGS);
  if (opened < 0 && (!is_last || errno == EACCES))
    opened = openat (fd, piece, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return opened;
}

/* As much of @path as the kernel takes at once, cut at a slash. */
static gsize
get_piece_length (const char *path)
{
  gsize length = strlen (path);

  if (length < PATH_MAX)
    return length;
  for (length = PATH_MAX - 1; length > 0 && path[length] != '/'; length--)
    ;
  return length;
}

int
thaw_place_open_path (const char *path)
{
  int fd = AT_FDCWD;

  do
    {
      gsize length = get_piece_length (path);
      g_autofree char *piece = g_strndup (path, length);
      gboolean is_last = path[length] == '\0';
      int next = length > 0 ? open_piece (fd, piece, is_last) : -1;
      int errsv = length > 0 ? errno : (*path == '\0' ? ENOENT : ENAMETOOLONG);

      if (fd != AT_FDCWD)
        close (fd);
      errno = errsv;
      if (next < 0)
        return -1;
      fd = next;
      /* A piece that begins with a slash would start again at the root. */
      path += length + strspn (path + length, "/");
      if (is_last || *path == '\0')
        break;
    }
  while (TRUE);
  return fd;
}

static gboolean
is_path_of (const char *path, int fd)
{
  struct stat by_path, by_fd;

  return stat (path, &by_path) == 0 && fstat (fd, &by_fd) == 0 && by_path.st_dev == by_fd.st_dev
         && by_path.st_ino == by_fd.st_ino;
}

char *
thaw_place_dup_path (int fd, const char *path)
{
  char resolved[PATH_MAX + 1];
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  gssize length = readlink (link, resolved, sizeof resolved - 1);

  if (length > 0)
    {
      resolved[length] = '\0';
      if (is_path_of (resolved, fd))
        return g_strdup (resolved);
    }
  return g_canonicalize_filename (path, NULL);
}
