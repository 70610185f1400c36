/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How this folder fails and how it opens things. Every descriptor below the place where an
 * operation starts is made here, by one component and without following a link: that is what the
 * promise never to leave the tree hangs on. Any thread; blocks as long as the file system does. */

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROC_PATH_SIZE 40

static GIOErrorEnum
code_from_errno (int errsv)
{
  /* A rename that can't lead there, as GIO has it: whoever asked for it can copy. */
  if (errsv == EXDEV)
    return G_IO_ERROR_NOT_SUPPORTED;
  /* A full quota is a full disk to its user. */
  return errsv == EDQUOT ? G_IO_ERROR_NO_SPACE : g_io_error_from_errno (errsv);
}

gboolean
thaw_disk_fail_with (GError **error,
                     GIOErrorEnum code,
                     const char *verb,
                     const char *name,
                     const char *reason)
{
  g_autofree char *display_name = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, code, "Could not %s “%s”: %s", verb, display_name, reason);
  return FALSE;
}

gboolean
thaw_disk_fail (GError **error, int errsv, const char *verb, const char *name)
{
  return thaw_disk_fail_with (error, code_from_errno (errsv), verb, name, g_strerror (errsv));
}

/* openat2() knows of bind mounts, which have no device number of their own. */
static int
open_beneath (int folder_fd, const char *name, int flags, gboolean stay)
{
  struct open_how how = { .flags = flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
  struct stat folder, entry;
  int fd;

  if (!stay)
    return openat (folder_fd, name, flags);
  how.resolve |= RESOLVE_NO_XDEV;
  fd = syscall (SYS_openat2, folder_fd, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;
  /* An old kernel, or a sandbox that doesn't know the call. */
  fd = openat (folder_fd, name, flags);
  if (fd >= 0
      && (fstat (folder_fd, &folder) != 0 || fstat (fd, &entry) != 0
          || folder.st_dev != entry.st_dev))
    {
      close (fd);
      errno = EXDEV;
      return -1;
    }
  return fd;
}

int
thaw_disk_open_handle (int folder_fd, const char *name, gboolean stay)
{
  /* RESOLVE_NO_SYMLINKS would refuse a link, which is to be held here, not followed. */
  struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
  int fd;

  if (!stay)
    return openat (folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  fd = syscall (SYS_openat2, folder_fd, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;
  return open_beneath (folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, TRUE);
}

int
thaw_disk_open_folder (int folder_fd, const char *name, gboolean stay)
{
  int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  int fd = open_beneath (folder_fd, name, flags, stay);

  /* What O_NOFOLLOW says of a link. */
  if (fd < 0 && errno == ELOOP)
    errno = ENOTDIR;
  return fd;
}

static void
proc_path (char path[PROC_PATH_SIZE], int fd)
{
  g_snprintf (path, PROC_PATH_SIZE, "/proc/self/fd/%d", fd);
}

int
thaw_disk_reopen (int handle, int folder_fd, const char *name, int flags)
{
  char path[PROC_PATH_SIZE];
  struct stat expected, found;
  int fd;

  proc_path (path, handle);
  fd = open (path, flags | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0 || errno != ENOENT || access ("/proc/self/fd", F_OK) == 0)
    return fd;
  fd = openat (folder_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd >= 0
      && (fstat (handle, &expected) != 0 || fstat (fd, &found) != 0
          || expected.st_dev != found.st_dev || expected.st_ino != found.st_ino))
    {
      close (fd);
      errno = ESTALE;
      return -1;
    }
  return fd;
}

int
thaw_disk_chmod (int handle, mode_t mode)
{
  char path[PROC_PATH_SIZE];

  proc_path (path, handle);
  return chmod (path, mode);
}
