/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* getdents64 and statx, without the layers in between: names and types of a folder at some 3 million a second, details
 * at half a million. GIO's usual attribute set costs ten times as much, most of it for attributes that nobody
 * looks at. Everything here may block and runs in a lane. */

#include "thaw-listing-private.h"
#include "thaw-lane-path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

struct linux_dirent64 {
  guint64 d_ino;
  gint64 d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
};

static const guint8 kind_of_type[16] = {
  [DT_REG] = THAW_ENTRY_FILE,         [DT_DIR] = THAW_ENTRY_FOLDER,
  [DT_LNK] = THAW_ENTRY_SYMLINK,      [DT_FIFO] = THAW_ENTRY_FIFO,
  [DT_SOCK] = THAW_ENTRY_SOCKET,      [DT_CHR] = THAW_ENTRY_CHAR_DEVICE,
  [DT_BLK] = THAW_ENTRY_BLOCK_DEVICE, [DT_UNKNOWN] = THAW_ENTRY_UNKNOWN,
};

static void
set_error (GError **error, int errsv, const char *path)
{
  g_autofree char *display = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv), "Can't list %s: %s", display,
               g_strerror (errsv));
}

int
thaw_listing_open (const char *path, GError **error)
{
  return thaw_lane_open_beneath (path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, error);
}

static inline gboolean
is_dot (const char *name)
{
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

gboolean
thaw_listing_read (int fd, const char *path, gpointer buffer, gsize size, ThawListingFunc func,
                   gpointer user_data, GError **error)
{
  gssize n;

  do
    n = syscall (SYS_getdents64, fd, buffer, size);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    set_error (error, errno, path);
  if (n <= 0)
    return FALSE;

  for (char *at = buffer; at < (char *) buffer + n;)
    {
      struct linux_dirent64 *entry = (struct linux_dirent64 *) at;

      if (!is_dot (entry->d_name))
        func (entry->d_name, strlen (entry->d_name), kind_of_type[entry->d_type & 15], user_data);
      at += entry->d_reclen;
    }
  return TRUE;
}

/* A file may carry any time; what doesn't fit into nanoseconds (before 1678, after 2261) is brought to the border. */
static gint64
nsec_of (const struct statx_timestamp *time)
{
  gint64 nsec;

  if (__builtin_mul_overflow (time->tv_sec, NSEC_PER_SEC, &nsec)
      || __builtin_add_overflow (nsec, (gint64) time->tv_nsec, &nsec))
    return time->tv_sec < 0 ? G_MININT64 : G_MAXINT64;
  return nsec;
}

static ThawEntryKind
kind_of_mode (guint32 mode)
{
  return kind_of_type[(mode & S_IFMT) >> 12];
}

/* Whether a symlink leads to a folder. O_PATH with RESOLVE_NO_XDEV: the kernel itself guarantees that no other mount is
 * touched, because that one may be dead. What lies on another mount counts as a plain link until somebody opens it,
 * unless the kernel is too old to tell. */
static guint
look_behind_link (int fd, const char *name)
{
  struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV };
  struct statx stx;
  int target = syscall (SYS_openat2, fd, name, &how, sizeof how);
  guint flags = 0;

  if (target < 0)
    return errno == ENOENT || errno == ELOOP || errno == ENOTDIR ? THAW_ENTRY_BROKEN : 0;
  if (statx (target, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &stx) == 0 && S_ISDIR (stx.stx_mode))
    flags = THAW_ENTRY_TO_FOLDER;
  close (target);
  return flags;
}

int
thaw_details_read (int fd, const char *name, ThawDetails *details)
{
  struct statx stx;

  if (statx (fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
             STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_MTIME, &stx)
      != 0)
    return errno;

  details->kind = kind_of_mode (stx.stx_mode);
  details->size_bytes = stx.stx_size;
  details->mtime_nsec = nsec_of (&stx.stx_mtime);
  details->mode = stx.stx_mode;
  details->target = details->kind == THAW_ENTRY_SYMLINK ? look_behind_link (fd, name) : 0;
  return 0;
}

gboolean
thaw_listing_get_time (int fd, gint64 *mtime_nsec)
{
  struct statx stx;

  if (statx (fd, "", AT_EMPTY_PATH, STATX_MTIME, &stx) != 0)
    return FALSE;
  *mtime_nsec = nsec_of (&stx.stx_mtime);
  return TRUE;
}
