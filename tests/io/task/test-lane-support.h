/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests and benchmarks of lanes: a FUSE mount that hangs to order, jobs that block until they are let go, and
 * waiting with a deadline. Everything runs on the loop's thread. */
#pragma once

#include "thaw-lane.h"

/* A mount of the kit's faultfs. It has the files "file-0" … "file-9" and "hung-0" … "hung-39", and the folder "folder". */
typedef struct {
  char *dir, *backing, *mount;
  GPid pid;
  int control_fd;
} FaultMount;

/* NULL when FUSE can't be used; @why says why. */
FaultMount *fault_mount_new (const char **why);
/* One line for faultfs: "add op=any hang", "clear". */
void fault_mount_tell (FaultMount *self, const char *command);
char *fault_mount_path (FaultMount *self, const char *name);
/* Whatever hangs is let go and unmounted. Also done when the program aborts. */
void fault_mount_free (FaultMount *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultMount, fault_mount_free)

/* Runs the loop until @condition, for at most @usec. */
#define wait_until(condition, usec) \
  G_STMT_START { \
    gint64 wait_end_ = g_get_monotonic_time () + (usec); \
    while (!(condition) && g_get_monotonic_time () < wait_end_) \
      run_loop_a_little (); \
  } G_STMT_END
#define assert_soon(condition) \
  G_STMT_START { \
    wait_until (condition, 10 * G_USEC_PER_SEC); \
    g_assert_true (condition); \
  } G_STMT_END

void run_loop_a_little (void);
gboolean is_done (ThawFuture *future);

/* A job that looks at the path in its data (freed with g_free) and returns errno. */
gboolean stat_lane (ThawJob *job, gpointer path, GError **error);
ThawFuture *run_stat (ThawLane *lane, ThawScope *scope, const char *path);
