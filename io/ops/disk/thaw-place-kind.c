/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of kinds of file systems, by their magic numbers. Whatever isn't listed here is
 * believed to be able to do little: each of its files is synced by itself. Any thread. */

#include "thaw-place-private.h"

#include <linux/magic.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif
#ifndef EXFAT_SUPER_MAGIC
#define EXFAT_SUPER_MAGIC 0x2011BAB0
#endif
#define BCACHEFS_MAGIC 0xca451a4e

static guint32
get_magic (int fd)
{
  struct statfs info;

  return fstatfs (fd, &info) == 0 ? (guint32) info.f_type : 0;
}

/* Since Linux 5.8 syncfs() says that writing failed; before it was silent. */
static gboolean
syncfs_reports (void)
{
  static int reports = -1;
  int known = __atomic_load_n (&reports, __ATOMIC_RELAXED);
  struct utsname name;
  int major = 0, minor = 0;

  if (known >= 0)
    return known;
  known = uname (&name) == 0 && sscanf (name.release, "%d.%d", &major, &minor) == 2
          && (major > 5 || (major == 5 && minor >= 8));
  __atomic_store_n (&reports, known, __ATOMIC_RELAXED);
  return known;
}

gboolean
thaw_place_kind_is_local (int fd)
{
  switch (get_magic (fd))
    {
    case EXT4_SUPER_MAGIC: /* ext2 and ext3 too */
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case BCACHEFS_MAGIC:
    case TMPFS_MAGIC:
    case MSDOS_SUPER_MAGIC: /* vfat too */
    case EXFAT_SUPER_MAGIC:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
thaw_place_kind_syncs_as_a_whole (int fd)
{
  return thaw_place_kind_is_local (fd) && syncfs_reports ();
}

gboolean
thaw_place_kind_reserves (int fd)
{
  switch (get_magic (fd))
    {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Where a file that is reserved or written anew goes straight to the device. */
gboolean
thaw_place_kind_is_direct (int fd)
{
  switch (get_magic (fd))
    {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
      return TRUE;
    default:
      return FALSE;
    }
}
