/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ThawFolder on a mount that is slow or dead. The mount is a FUSE file system from the kit; without it these tests are
 * skipped. */

#include "test-lane-support.h"
#include "thaw-folder.h"

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

static ThawFolder *
open_path (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawFolder *folder = thaw_folder_new (file);

  thaw_folder_start (folder);
  return folder;
}

static guint
n_shown (ThawFolder *folder)
{
  ThawOrder *order = thaw_folder_get_order (folder);

  return order ? thaw_order_get_n (order) : 0;
}

static gboolean
nothing_left (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_scopes == 0 && stats.n_jobs == 0;
}

/* Every call takes two seconds: it says that it waits, then shows the names all the same. */
static void
test_slow (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autoptr (ThawFolder) folder = NULL;
  gint64 start_usec;

  if (mount == NULL)
    return;
  fault_mount_tell (mount, "add op=any delay=2000");
  start_usec = g_get_monotonic_time ();
  folder = open_path (mount->mount);
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_WAITING, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_WAITING);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, <, 2500000);
  g_assert_cmpint (thaw_folder_get_waiting_since_usec (folder), >=, start_usec - 10000);
  wait_until (n_shown (folder) == 51, 30 * G_USEC_PER_SEC);
  g_assert_cmpuint (n_shown (folder), ==, 51);
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_READY, 30 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_READY);
  fault_mount_tell (mount, "clear");
  g_clear_object (&folder);
  assert_soon (nothing_left ());
}

static void
test_dead (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autoptr (ThawFolder) folder = NULL;

  if (mount == NULL)
    return;
  fault_mount_tell (mount, "add op=any hang");
  folder = open_path (mount->mount);
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_WAITING, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_WAITING);
  thaw_folder_stop (folder);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_STOPPED);

  /* Alive again: try again. */
  fault_mount_tell (mount, "release");
  fault_mount_tell (mount, "clear");
  thaw_folder_reload (folder);
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_READY, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_READY);
  g_assert_cmpuint (n_shown (folder), ==, 51);
  g_clear_object (&folder);
  assert_soon (nothing_left ());
}

/* The mount answers everything but the listing of this one folder. */
static void
test_dead_listing (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autoptr (ThawFolder) folder = NULL;

  if (mount == NULL)
    return;
  fault_mount_tell (mount, "add op=readdir hang");
  folder = open_path (mount->mount);
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_WAITING, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_WAITING);
  fault_mount_tell (mount, "release");
  fault_mount_tell (mount, "clear");
  wait_until (thaw_folder_get_state (folder) == THAW_FOLDER_READY, 5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_folder_get_state (folder), ==, THAW_FOLDER_READY);
  g_assert_cmpuint (n_shown (folder), ==, 51);
  g_clear_object (&folder);
  assert_soon (nothing_left ());
}

/* A symlink on the local disk leads into the dead mount: only that mount's lane may wait. */
static void
test_link_into_dead (void)
{
  g_autoptr (FaultMount) mount = need_mount ();
  g_autofree char *root = g_dir_make_tmp ("thaw-folder-XXXXXX", NULL);
  g_autofree char *link = g_build_filename (root, "link", NULL);
  g_autoptr (ThawLane) lane = thaw_lane_for_path (root);

  if (mount == NULL)
    return;
  g_assert_cmpint (symlink (mount->mount, link), ==, 0);
  fault_mount_tell (mount, "add op=any hang");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ThawFolder) dead = open_path (link);
      g_autoptr (ThawFolder) alive = NULL;

      wait_until (thaw_folder_get_state (dead) == THAW_FOLDER_WAITING, 5 * G_USEC_PER_SEC);
      g_assert_no_error (thaw_folder_get_error (dead));
      g_assert_cmpint (thaw_folder_get_state (dead), ==, THAW_FOLDER_WAITING);
      g_assert_false (thaw_folder_get_lane (dead) == lane);
      g_assert_cmpint (thaw_lane_get_state (lane), ==, THAW_LANE_ANSWERING);

      /* The folder that holds the link lists, and says that it leads elsewhere only by staying a link. */
      alive = open_path (root);
      wait_until (thaw_folder_get_state (alive) == THAW_FOLDER_READY, G_USEC_PER_SEC);
      g_assert_cmpint (thaw_folder_get_state (alive), ==, THAW_FOLDER_READY);
      g_assert_cmpuint (n_shown (alive), ==, 1);
    }
  fault_mount_tell (mount, "release");
  fault_mount_tell (mount, "clear");
  assert_soon (nothing_left ());
  unlink (link);
  rmdir (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/folder-fuse/slow", test_slow);
  g_test_add_func ("/folder-fuse/dead", test_dead);
  g_test_add_func ("/folder-fuse/dead-listing", test_dead_listing);
  g_test_add_func ("/folder-fuse/link-into-dead", test_link_into_dead);
  return g_test_run ();
}
