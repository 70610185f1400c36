/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of measuring, which thaw-disk-usage.c and thaw-usage-follow.c share. */
#pragma once

#include "thaw-usage-tree-private.h"

G_BEGIN_DECLS

typedef struct _ThawUsageFollow ThawUsageFollow;

struct _ThawDiskUsage {
  GObject parent_instance;

  GFile *location;
  ThawDiskUsageFlags flags;
  ThawUsageFileFunc file_func;
  gpointer file_data;
  GDestroyNotify file_destroy; /* NULL once the tree has it */

  ThawDiskUsageState state;
  GError *error;
  ThawScope *scope;     /* ends with the object */
  ThawScope *run_scope; /* ends with a run */
  ThawMailbox *mailbox, *lane_mailbox;
  ThawUsageTree *tree;
  GPtrArray *crews; /* ThawCrew, as many as there are domains */
  gboolean is_open; /* the root is */
  guint64 told_revision;
  ThawUsageFollow *follow;
  guint32 followed;
  guint max_followed; /* folders that are watched */
  gint64 sweep_usec;  /* what isn't watched is read again so soon, then more and more seldom */
};

/* For who wants to see each regular file: before it is started, once. @destroy on any thread. */
void thaw_disk_usage_set_file_func (ThawDiskUsage *self,
                                    ThawUsageFileFunc func,
                                    gpointer data,
                                    GDestroyNotify destroy);
/* For tests: before it follows. */
void thaw_disk_usage_set_pace (ThawDiskUsage *self, guint max_followed, gint64 sweep_usec);
ThawUsageTree *thaw_disk_usage_get_tree (ThawDiskUsage *self); /* NULL before the first start */

/* thaw-usage-follow.c */
ThawUsageFollow *thaw_usage_follow_new (ThawDiskUsage *usage, guint32 node);
void thaw_usage_follow_free (ThawUsageFollow *self);
void
thaw_usage_follow_changed (ThawUsageFollow *self); /* the tree has: perhaps other folders in it */

G_END_DECLS
