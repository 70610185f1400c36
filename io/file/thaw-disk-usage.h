/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much everything below a folder takes on the disk, as a tree that grows while it is measured.
 */
#pragma once

#include "thaw-lane.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define THAW_TYPE_DISK_USAGE (thaw_disk_usage_get_type ())
THAW_API G_DECLARE_FINAL_TYPE (ThawDiskUsage, thaw_disk_usage, THAW, DISK_USAGE, GObject)

    /**
     * ThawDiskUsageState:
     * @THAW_DISK_USAGE_IDLE: not started
     * @THAW_DISK_USAGE_MEASURING: it grows
     * @THAW_DISK_USAGE_WAITING: its lane isn't answering, or too many folders hang
     * @THAW_DISK_USAGE_DONE: all that can be read is measured
     * @THAW_DISK_USAGE_STOPPED: incomplete, because it was stopped
     * @THAW_DISK_USAGE_FAILED: the folder itself can't be read
     */
    typedef enum {
      THAW_DISK_USAGE_IDLE,
      THAW_DISK_USAGE_MEASURING,
      THAW_DISK_USAGE_WAITING,
      THAW_DISK_USAGE_DONE,
      THAW_DISK_USAGE_STOPPED,
      THAW_DISK_USAGE_FAILED,
    } ThawDiskUsageState;

/**
 * ThawDiskUsageNodeState:
 * @THAW_DISK_USAGE_NODE_MEASURING: it, or something below it, is still to be read
 * @THAW_DISK_USAGE_NODE_DONE: measured
 * @THAW_DISK_USAGE_NODE_UNREADABLE: it can't be read: see the node's error
 * @THAW_DISK_USAGE_NODE_HANGING: the call that reads it doesn't come back; the rest goes on
 * @THAW_DISK_USAGE_NODE_MOUNT: another file system begins here, which isn't measured
 */
typedef enum {
  THAW_DISK_USAGE_NODE_MEASURING,
  THAW_DISK_USAGE_NODE_DONE,
  THAW_DISK_USAGE_NODE_UNREADABLE,
  THAW_DISK_USAGE_NODE_HANGING,
  THAW_DISK_USAGE_NODE_MOUNT,
} ThawDiskUsageNodeState;

typedef enum {
  THAW_DISK_USAGE_DEFAULT = 0,
  THAW_DISK_USAGE_CROSS_MOUNTS = 1
                                 << 0, /* each other device, too, once; /proc and the like never */
  THAW_DISK_USAGE_APPARENT_FIRST = 1 << 1, /* "largest" goes by length, not by blocks */
} ThawDiskUsageFlags;

#define THAW_DISK_USAGE_ROOT 0u
#define THAW_DISK_USAGE_NO_NODE G_MAXUINT32
#define THAW_DISK_USAGE_LARGEST_FILES 8 /* of each folder: nodes of their own */

/* What is known of a node at one moment. Files that have no node of their own are in their folder's
 * sums only. */
typedef struct {
  guint32 node;
  guint32 parent;   /* THAW_DISK_USAGE_NO_NODE of the root */
  const char *name; /* bytes; the root's is ""; good until the next ::changed */
  gboolean is_folder;
  ThawDiskUsageNodeState state;
  GIOErrorEnum error;   /* of UNREADABLE */
  guint64 allocated;    /* bytes on the disk, folders themselves included */
  guint64 apparent;     /* lengths of files and symbolic links */
  guint32 n_files;      /* all below that are no folders; 1 of a file */
  guint32 n_folders;    /* below */
  guint32 n_unreadable; /* folders at and below it whose sizes are missing, and files that hide
                           theirs */
} ThawDiskUsageInfo;

/* Loop's thread, all of it. */
THAW_API ThawDiskUsage *thaw_disk_usage_new (GFile *location, ThawDiskUsageFlags flags);
THAW_API void thaw_disk_usage_start (ThawDiskUsage *self); /* anew, if it was before: other nodes */
THAW_API void thaw_disk_usage_stop (ThawDiskUsage *self);  /* at once; keeps what is there */
THAW_API GFile *thaw_disk_usage_get_location (ThawDiskUsage *self);
THAW_API ThawDiskUsageState thaw_disk_usage_get_state (ThawDiskUsage *self);
THAW_API const GError *thaw_disk_usage_get_error (ThawDiskUsage *self);
/* Grows with each change; the same number, the same tree. */
THAW_API guint64 thaw_disk_usage_get_revision (ThawDiskUsage *self);

/* A node's number stays while what it stands for is there. FALSE: it is gone. */
THAW_API gboolean thaw_disk_usage_get_info (ThawDiskUsage *self,
                                            guint32 node,
                                            ThawDiskUsageInfo *info);
/* The @max largest children, largest first: of one moment, never more than their parent in sum.
 * @max 0: all. Takes the loop some 10 ns a child. */
THAW_API GArray *
thaw_disk_usage_list (ThawDiskUsage *self, guint32 node, guint max) G_GNUC_WARN_UNUSED_RESULT;
THAW_API GFile *
thaw_disk_usage_dup_file (ThawDiskUsage *self, guint32 node) G_GNUC_WARN_UNUSED_RESULT;
/* The node of a file at or below the location, or THAW_DISK_USAGE_NO_NODE. */
THAW_API guint32 thaw_disk_usage_find (ThawDiskUsage *self, GFile *file);

/* Measures once more: this folder and all below it, or (@deep FALSE) only what is directly in it
 * and folders that are new. Nodes of what is still there stay. */
THAW_API void thaw_disk_usage_measure_again (ThawDiskUsage *self, guint32 node, gboolean deep);
/* This folder is on the screen: changes in it and below it are followed. One at a time;
 * THAW_DISK_USAGE_NO_NODE: none. */
THAW_API void thaw_disk_usage_follow (ThawDiskUsage *self, guint32 node);

/* Memory of the tree in bytes. */
THAW_API gsize thaw_disk_usage_get_memory (ThawDiskUsage *self);

/* Properties: location, flags, state. Signals: changed, 30 times a second at most while it grows.
 */

G_END_DECLS
