/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file system's type says about its answers: whether it may hang, and whether the kernel
 * sees every change made to it. Pure text, any thread. A type that nobody listed counts as local,
 * unless its source looks like a host's: a new disk file system is more common than a new network
 * protocol, and the lanes survive a wrong guess. Must not look at the mount itself. */

#include "thaw-mount-table.h"

#include <string.h>

/* Sorted for bsearch(), as all lists here. virtiofs is the host's file system, changed by
 * others. */
static const char *const remote_types[] = {
  "9p",    "aafs", "acfs",  "afs",    "auristorfs", "beegfs", "ceph",
  "cifs",  "coda", "davfs", "gfs2",   "gpfs",       "kafs",   "lustre",
  "ncpfs", "nfs",  "nfs4",  "ocfs2",  "orangefs",   "panfs",  "prl_fs",
  "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs",   "vmhgfs", "wekafs",
};

static const char *const remote_fuse_types[] = {
  "afp",       "beegfs",    "blobfuse", "blobfuse2", "ceph",        "ceph-fuse", "curlftpfs",
  "davfs",     "davfs2",    "gcsfuse",  "geesefs",   "glusterfs",   "goofys",    "gvfsd-fuse",
  "hubicfuse", "ipfs",      "juicefs",  "kio-fuse",  "moosefs",     "nfs",       "rclone",
  "s3fs",      "seaweedfs", "smbnetfs", "sshfs",     "vmhgfs-fuse",
};

static const char *const virtual_types[] = {
  "bdev",    "binder",    "binfmt_misc", "bpf",        "cgroup",    "cgroup2",    "configfs",
  "cpuset",  "debugfs",   "devpts",      "dmabuf",     "efivarfs",  "functionfs", "fuse.lxcfs",
  "fusectl", "hugetlbfs", "mqueue",      "nfsd",       "nsfs",      "pidfs",      "pipefs",
  "proc",    "pstore",    "resctrl",     "rpc_pipefs", "secretmem", "securityfs", "selinuxfs",
  "smackfs", "sockfs",    "sysfs",       "tracefs",    "xenfs",
};

static int
compare_names (gconstpointer key, gconstpointer element)
{
  return strcmp (key, *(const char *const *) element);
}

static gboolean
contains (const char *const *sorted, gsize n, const char *name)
{
  return bsearch (name, sorted, n, sizeof *sorted, compare_names) != NULL;
}

#define CONTAINS(array, name) contains (array, G_N_ELEMENTS (array), name)

/**
 * thaw_mount_kind_for_fs:
 * @fs_type: the type of a file system as the kernel names it ("ext4", "fuse.sshfs")
 * @source: (nullable): what was mounted, as the kernel names it
 *
 * Tells what can be expected of a file system's answers. `fuseblk` and `ntfs3` are disks of this
 * machine.
 *
 * Returns: the kind
 */
ThawMountKind
thaw_mount_kind_for_fs (const char *fs_type, const char *source)
{
  g_return_val_if_fail (fs_type != NULL, THAW_MOUNT_LOCAL);

  if (strcmp (fs_type, "autofs") == 0)
    return THAW_MOUNT_AUTOMOUNT;
  if (CONTAINS (virtual_types, fs_type))
    return THAW_MOUNT_VIRTUAL;
  if (CONTAINS (remote_types, fs_type))
    return THAW_MOUNT_REMOTE;
  if (g_str_has_prefix (fs_type, "fuse."))
    return CONTAINS (remote_fuse_types, fs_type + strlen ("fuse.")) ? THAW_MOUNT_REMOTE
                                                                    : THAW_MOUNT_FUSE;
  if (strcmp (fs_type, "fuse") == 0)
    return THAW_MOUNT_FUSE;
  if (source != NULL && (g_str_has_prefix (source, "//") || strstr (source, ":/") != NULL))
    return THAW_MOUNT_REMOTE;

  return THAW_MOUNT_LOCAL;
}
