/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mount a path lies on, found in the kernel's table without touching the path. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

typedef struct _ThawMountTable ThawMountTable; /* immutable snapshot, refcounted, any thread */

#define THAW_TYPE_MOUNT_TABLE (thaw_mount_table_get_type ())
THAW_API GType thaw_mount_table_get_type (void); /* boxed */

/* What can be expected of a file system's answers. */
typedef enum {
  THAW_MOUNT_LOCAL,     /* ext4, btrfs, xfs, tmpfs, overlay, vfat, …: inotify sees every change */
  THAW_MOUNT_REMOTE,    /* nfs, cifs, fuse.sshfs, ceph, 9p, …: may hang; others change it unseen */
  THAW_MOUNT_FUSE,      /* any other FUSE: may hang; changes made by its server are unseen */
  THAW_MOUNT_AUTOMOUNT, /* autofs: touching it may start a mount and block */
  THAW_MOUNT_VIRTUAL,   /* proc, sysfs, …: no change notification, sizes mean nothing */
} ThawMountKind;

typedef struct {
  guint64 id;           /* mount id of this table */
  guint64 parent_id;    /* of the mount that it is mounted on */
  guint32 major, minor; /* device */
  const char *root;     /* mount point, absolute */
  const char *fs_type;
  const char *source;
  ThawMountKind kind;
  gboolean read_only;
} ThawMount;

/* Loads /proc/self/mountinfo: may block, never on the loop's thread. */
THAW_API ThawMountTable *thaw_mount_table_load (const char *file,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawMountTable *thaw_mount_table_parse (const char *text,
                                                 gssize length) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawMountTable *thaw_mount_table_ref (ThawMountTable *self);
THAW_API void thaw_mount_table_unref (ThawMountTable *self);
THAW_API guint thaw_mount_table_get_n_mounts (ThawMountTable *self);
THAW_API const ThawMount *thaw_mount_table_get_mount (ThawMountTable *self, guint index);
/* Whether a path can lead to that mount: nothing was mounted over it or over a folder above it. */
THAW_API gboolean thaw_mount_table_is_visible (ThawMountTable *self, guint index);
/* The mount with the longest root that is a whole-component prefix of @path, the topmost of several
 * at one root. Purely lexical ("." and ".." and "//" are resolved by text). Never NULL for an absolute
 * path in a table that has "/". */
THAW_API const ThawMount *thaw_mount_table_find (ThawMountTable *self, const char *path);
/* The visible mount with the shortest root among those of one device; NULL for an unknown device. */
THAW_API const ThawMount *thaw_mount_table_find_device (ThawMountTable *self,
                                                        guint32 major,
                                                        guint32 minor);
/* An absolute path without ".", ".." and "//", by text; NULL for a relative one. */
THAW_API char *thaw_mount_normalise_path (const char *path) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawMountKind thaw_mount_kind_for_fs (const char *fs_type, const char *source);

/* The newest table, kept up to date by a thread of its own that polls the kernel's file for changes.
 * NULL until the first load is done; never blocks. */
THAW_API ThawMountTable *thaw_mount_table_dup_current (void) G_GNUC_WARN_UNUSED_RESULT;

/* Called on the table's thread for each new table, and for the one that is there already. Lasts as long as
 * the process: for libraries; watch from a loop with thaw_mounts_watch(). */
typedef void (*ThawMountTableFunc) (ThawMountTable *table, gpointer user_data);
THAW_API void thaw_mount_table_add_listener (ThawMountTableFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawMountTable, thaw_mount_table_unref)

G_END_DECLS
