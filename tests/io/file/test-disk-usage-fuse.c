/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk usage and duplicates on a mount that hangs: the rest goes on. The mount is a FUSE file
 * system from the kit; without it these tests are skipped. */

#include "test-lane-support.h"
#include "thaw-disk-usage.h"

#include <sys/stat.h>
#include <unistd.h>

static FaultMount *
need_mount (void)
{
  const char *why = NULL;
  FaultMount *mount = fault_mount_new (&why);

  if (mount == NULL)
    g_test_skip (why);
  return mount;
}

static ThawDiskUsage *
measure (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawDiskUsage *usage = thaw_disk_usage_new (file, THAW_DISK_USAGE_DEFAULT);

  thaw_disk_usage_start (usage);
  return usage;
}

static gboolean
is_node (ThawDiskUsage *usage, guint32 node, ThawDiskUsageNodeState state)
{
  ThawDiskUsageInfo info;

  return thaw_disk_usage_get_info (usage, node, &info) && info.state == state;
}

static gboolean
nothing_left (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_scopes == 0 && stats.n_jobs == 0;
}

/* One folder never answers; everything else is measured meanwhile, and it too when it comes back.
 */
static void
test_one_hangs (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autoptr (ThawDiskUsage) usage = NULL;
  g_autoptr (GFile) folder = NULL;

  if (mount == NULL)
    return;
  folder = g_file_new_build_filename (mount->mount, "folder", NULL);
  fault_mount_tell (mount, "add op=readdir path=folder hang");
  usage = measure (mount->mount);
  wait_until (thaw_disk_usage_get_state (usage) == THAW_DISK_USAGE_DONE, 20 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_disk_usage_get_state (usage), ==, THAW_DISK_USAGE_DONE);
  g_assert_true (
      is_node (usage, thaw_disk_usage_find (usage, folder), THAW_DISK_USAGE_NODE_HANGING));
  fault_mount_tell (mount, "release");
  fault_mount_tell (mount, "clear");
  assert_soon (is_node (usage, thaw_disk_usage_find (usage, folder), THAW_DISK_USAGE_NODE_DONE));
  assert_soon (is_node (usage, THAW_DISK_USAGE_ROOT, THAW_DISK_USAGE_NODE_DONE));
  g_clear_object (&usage);
  assert_soon (nothing_left ());
}

/* Nothing answers: it says that it waits, ends at once when told to, and works once the mount lives
 * again. */
static void
test_all_hangs (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autoptr (ThawDiskUsage) usage = NULL, dropped = NULL;
  gint64 start_usec;

  if (mount == NULL)
    return;
  fault_mount_tell (mount, "add op=readdir hang");
  dropped = measure (mount->mount);
  usage = measure (mount->mount);
  wait_until (is_node (usage, THAW_DISK_USAGE_ROOT, THAW_DISK_USAGE_NODE_HANGING),
              20 * G_USEC_PER_SEC);
  g_assert_true (is_node (usage, THAW_DISK_USAGE_ROOT, THAW_DISK_USAGE_NODE_HANGING));
  start_usec = g_get_monotonic_time ();
  g_clear_object (&dropped);
  thaw_disk_usage_stop (usage);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, <, G_USEC_PER_SEC / 10);
  fault_mount_tell (mount, "release");
  fault_mount_tell (mount, "clear");
  thaw_disk_usage_start (usage);
  wait_until (thaw_disk_usage_get_state (usage) == THAW_DISK_USAGE_DONE, 20 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_disk_usage_get_state (usage), ==, THAW_DISK_USAGE_DONE);
  g_clear_object (&usage);
  assert_soon (nothing_left ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk-usage-fuse/one-hangs", test_one_hangs);
  g_test_add_func ("/disk-usage-fuse/all-hangs", test_all_hangs);
  return g_test_run ();
}
