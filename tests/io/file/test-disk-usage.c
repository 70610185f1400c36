/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk usage against a naive model: random trees with hostile names and hard links, changes while
 * it measures, ends at any moment. The seed is printed by GTest. */

#include "file-test.h"

#include "thaw-disk-usage-private.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mount.h>
#include <sys/wait.h>

typedef struct {
  guint64 allocated, apparent;
  guint32 n_files, n_folders;
} Model;

static gboolean
is_new_inode (GHashTable *seen, const struct stat *info)
{
  gint64 key = (gint64) info->st_ino;

  return info->st_nlink < 2 || g_hash_table_add (seen, g_memdup2 (&key, sizeof key));
}

/* By descriptors as well: trees may be deeper than a path. */
static void
model_add (Model *self, int fd, GHashTable *seen)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;
  struct stat info;

  g_assert_cmpint (fstat (fd, &info), ==, 0);
  self->allocated += info.st_blocks * 512;
  while ((entry = readdir (dir)) != NULL)
    {
      if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
        continue;
      g_assert_cmpint (fstatat (fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW), ==, 0);
      if (S_ISDIR (info.st_mode))
        {
          self->n_folders++;
          model_add (self, openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY), seen);
          continue;
        }
      self->n_files++;
      if (!is_new_inode (seen, &info))
        continue;
      self->allocated += info.st_blocks * 512;
      if (S_ISREG (info.st_mode) || S_ISLNK (info.st_mode))
        self->apparent += info.st_size;
    }
  closedir (dir);
}

static Model
model_of (const char *path)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Model model = { 0 };

  model_add (&model, open (path, O_RDONLY | O_DIRECTORY), seen);
  return model;
}

static const char *const hostile[]
    = { "a b", "new\nline", "\xff\xfe", "-rf", "\\", "*", "..a", " ", "%s", "\t", "ü" };

static char *
random_name (guint i)
{
  return g_strdup_printf ("%s%u", hostile[g_test_rand_int_range (0, G_N_ELEMENTS (hostile))], i);
}

static void
make_file (const char *folder, guint i, GPtrArray *files)
{
  g_autofree char *name = random_name (i);
  char *path = g_build_filename (folder, name, NULL);
  g_autofree char *bytes = g_malloc0 (20000);

  if (files->len > 0 && g_test_rand_int_range (0, 8) == 0)
    g_assert_cmpint (
        link (g_ptr_array_index (files, g_test_rand_int_range (0, (gint) files->len)), path),
        ==,
        0);
  else if (g_test_rand_int_range (0, 12) == 0)
    g_assert_cmpint (symlink ("..", path), ==, 0);
  else
    g_assert_true (g_file_set_contents_full (path,
                                             bytes,
                                             g_test_rand_int_range (0, 20000),
                                             G_FILE_SET_CONTENTS_NONE,
                                             0666,
                                             NULL));
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    g_ptr_array_add (files, path);
  else
    g_free (path);
}

/* @n entries below @root; returns the folders. */
static GPtrArray *
make_tree (const char *root, guint n)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (folders, g_strdup (root));
  for (guint i = 0; i < n; i++)
    {
      const char *folder
          = g_ptr_array_index (folders, g_test_rand_int_range (0, (gint) folders->len));

      if (g_test_rand_int_range (0, 5) == 0)
        {
          g_autofree char *name = random_name (i);
          char *path = g_build_filename (folder, name, NULL);

          g_assert_cmpint (mkdir (path, 0777), ==, 0);
          g_ptr_array_add (folders, path);
        }
      else
        make_file (folder, i, files);
    }
  return folders;
}

static ThawDiskUsage *
usage_of (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawDiskUsage *usage = thaw_disk_usage_new (file, THAW_DISK_USAGE_DEFAULT);

  thaw_disk_usage_start (usage);
  return usage;
}

#define run_until_done(usage) run_until (thaw_disk_usage_get_state (usage) == THAW_DISK_USAGE_DONE)

static ThawDiskUsageInfo
info_of (ThawDiskUsage *usage, guint32 node)
{
  ThawDiskUsageInfo info = { 0 };

  g_assert_true (thaw_disk_usage_get_info (usage, node, &info));
  return info;
}

static void
assert_is (const ThawDiskUsageInfo *info, const Model *model)
{
  g_assert_cmpuint (info->apparent, ==, model->apparent);
  g_assert_cmpuint (info->allocated, ==, model->allocated);
  g_assert_cmpuint (info->n_files, ==, model->n_files);
  g_assert_cmpuint (info->n_folders, ==, model->n_folders);
}

static gboolean
is_as (ThawDiskUsage *usage, const char *path)
{
  Model model = model_of (path);
  ThawDiskUsageInfo info;

  return thaw_disk_usage_get_info (usage, THAW_DISK_USAGE_ROOT, &info)
         && info.apparent == model.apparent && info.allocated == model.allocated
         && info.n_files == model.n_files && info.n_folders == model.n_folders;
}

/* Children are sorted and together no more than their parent; a folder without links out of it is
 * exactly what the model says. */
static void
check_node (ThawDiskUsage *usage, guint32 node)
{
  ThawDiskUsageInfo info = info_of (usage, node);
  g_autoptr (GArray) list = thaw_disk_usage_list (usage, node, 0);
  g_autoptr (GArray) few = thaw_disk_usage_list (usage, node, 3);
  guint64 sum = 0, before = G_MAXUINT64;

  g_assert_cmpuint (few->len, ==, MIN (list->len, 3));
  for (guint i = 0; i < list->len; i++)
    {
      const ThawDiskUsageInfo *child = &g_array_index (list, ThawDiskUsageInfo, i);
      g_autoptr (GFile) file = thaw_disk_usage_dup_file (usage, child->node);

      g_assert_cmpuint (child->parent, ==, node);
      g_assert_cmpuint (child->allocated, <=, before);
      before = child->allocated;
      sum += child->allocated;
      if (i < few->len)
        g_assert_cmpuint (g_array_index (few, ThawDiskUsageInfo, i).node, ==, child->node);
      g_assert_cmpuint (thaw_disk_usage_find (usage, file), ==, child->node);
      g_assert_true (g_file_query_exists (file, NULL));
      if (child->is_folder)
        check_node (usage, child->node);
    }
  g_assert_cmpuint (sum, <=, info.allocated);
}

static void
test_random (Fixture *self, gconstpointer data)
{
  for (guint round = 0; round < 4; round++)
    {
      g_autofree char *root = g_strdup_printf ("%s/%u", self->folder, round);
      g_autoptr (GPtrArray) folders = NULL;
      g_autoptr (ThawDiskUsage) usage = NULL;
      ThawDiskUsageInfo info;
      Model model;

      g_mkdir (root, 0777);
      folders = make_tree (root, 100 << round);
      usage = usage_of (root);
      run_until_done (usage);
      info = info_of (usage, THAW_DISK_USAGE_ROOT);
      model = model_of (root);
      assert_is (&info, &model);
      g_assert_cmpuint (info.n_unreadable, ==, 0);
      g_assert_cmpint (info.state, ==, THAW_DISK_USAGE_NODE_DONE);
      check_node (usage, THAW_DISK_USAGE_ROOT);
    }
}

/* Something is changed, then everything is measured again: sums are right, and what is still there
 * keeps its number. */
static void
test_again (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) folders = make_tree (self->folder, 600);
  g_autoptr (ThawDiskUsage) usage = usage_of (self->folder);

  run_until_done (usage);
  for (guint round = 0; round < 8; round++)
    {
      const char *kept = g_ptr_array_index (folders, 1 + round);
      g_autoptr (GFile) file = g_file_new_for_path (kept);
      guint32 node = thaw_disk_usage_find (usage, file);
      g_autofree char *removed = g_strdup_printf ("rm -rf '%s'/*[02468]", self->folder);
      g_autofree char *fresh = g_strdup_printf ("%s/fresh%u", self->folder, round);
      g_autoptr (GPtrArray) more = NULL;

      if (round % 2 == 0)
        g_assert_cmpint (system (removed), ==, 0);
      g_mkdir (fresh, 0777);
      more = make_tree (fresh, 100);
      thaw_disk_usage_measure_again (usage, THAW_DISK_USAGE_ROOT, TRUE);
      run_until (is_as (usage, self->folder));
      run_until_done (usage);
      if (g_file_query_exists (file, NULL))
        g_assert_cmpuint (thaw_disk_usage_find (usage, file), ==, node);
      check_node (usage, THAW_DISK_USAGE_ROOT);
    }
}

static void
grew_cb (ThawDiskUsage *usage, gpointer data)
{
  ThawDiskUsageInfo info = info_of (usage, THAW_DISK_USAGE_ROOT);
  g_autoptr (GArray) list = thaw_disk_usage_list (usage, THAW_DISK_USAGE_ROOT, 0);
  guint64 sum = 0, *before = data;

  for (guint i = 0; i < list->len; i++)
    sum += g_array_index (list, ThawDiskUsageInfo, i).allocated;
  g_assert_cmpuint (sum, <=, info.allocated);
  g_assert_cmpuint (*before, <=, info.allocated);
  *before = info.allocated;
}

/* The tree changes under it all the time; then it comes to rest, and so does the result. */
static void
test_changes (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) folders = make_tree (self->folder, 1200);
  g_autoptr (ThawDiskUsage) usage = usage_of (self->folder);

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *a = g_build_filename (self->folder, "turned", NULL);
      const char *b = g_ptr_array_index (folders, g_test_rand_int_range (1, (gint) folders->len));

      if (rename (a, b) != 0 && rename (b, a) != 0)
        g_assert_true (errno == EINVAL || errno == ENOENT || errno == ENOTEMPTY || errno == ENOTDIR
                       || errno == EEXIST);
      if (i % 4 == 0)
        thaw_disk_usage_measure_again (usage, g_test_rand_int_range (0, 100), g_test_rand_bit ());
      g_main_context_iteration (NULL, FALSE);
    }
  run_until_done (usage);
  thaw_disk_usage_measure_again (usage, THAW_DISK_USAGE_ROOT, TRUE);
  run_until (is_as (usage, self->folder));
  run_until_done (usage);
  check_node (usage, THAW_DISK_USAGE_ROOT);
}

static void
test_grows (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) folders = make_tree (self->folder, 1000);
  g_autoptr (GFile) file = g_file_new_for_path (self->folder);
  g_autoptr (ThawDiskUsage) usage = thaw_disk_usage_new (file, THAW_DISK_USAGE_DEFAULT);
  guint64 before = 0;

  g_signal_connect (usage, "changed", G_CALLBACK (grew_cb), &before);
  thaw_disk_usage_start (usage);
  run_until_done (usage);
  g_assert_cmpuint (before, ==, info_of (usage, THAW_DISK_USAGE_ROOT).allocated);
}

/* Deeper than a path may be long; the way down must not need a descriptor for each. */
static void
test_deep (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDiskUsage) usage = NULL;
  g_autofree char *name = g_strnfill (200, 'd');
  Model model;
  int fd = open (self->folder, O_RDONLY | O_DIRECTORY);

  for (guint i = 0; i < 300; i++)
    {
      int next;

      g_assert_cmpint (mkdirat (fd, name, 0777), ==, 0);
      next = openat (fd, name, O_RDONLY | O_DIRECTORY);
      close (fd);
      fd = next;
      close (openat (fd, "file", O_CREAT | O_WRONLY, 0666));
      g_assert_cmpint (mkdirat (fd, "side", 0777), ==, 0);
    }
  close (fd);
  usage = usage_of (self->folder);
  run_until_done (usage);
  model = model_of (self->folder);
  {
    ThawDiskUsageInfo info = info_of (usage, THAW_DISK_USAGE_ROOT);

    assert_is (&info, &model);
    g_assert_cmpuint (info.n_folders, ==, 600);
  }
}

/* As somebody who may not read everything, in a process of its own. */
static void
test_denied_child (void)
{
  const char *folder = g_getenv ("THAW_TEST_FOLDER");
  g_autoptr (ThawDiskUsage) usage = NULL;
  g_autoptr (GFile) file = NULL;
  ThawDiskUsageInfo info;

  if (folder == NULL)
    return;
  if (getuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return;
  file = g_file_new_build_filename (folder, "closed", NULL);
  usage = usage_of (folder);
  run_until_done (usage);
  info = info_of (usage, thaw_disk_usage_find (usage, file));
  g_assert_cmpint (info.state, ==, THAW_DISK_USAGE_NODE_UNREADABLE);
  g_assert_cmpint (info.error, ==, G_IO_ERROR_PERMISSION_DENIED);
  info = info_of (usage, THAW_DISK_USAGE_ROOT);
  g_assert_cmpuint (info.n_unreadable, ==, 1);
  g_assert_cmpuint (info.n_files, ==, 1);
}

static void
test_denied (Fixture *self, gconstpointer data)
{
  g_autofree char *closed = g_build_filename (self->folder, "closed", NULL);
  g_autofree char *above = g_path_get_dirname (self->folder);

  put (self->path, "1");
  g_mkdir (closed, 0700);
  if (g_str_has_prefix (above, "/dev/shm/"))
    g_assert_cmpint (chmod (above, 0755), ==, 0);
  g_assert_cmpint (chmod (self->folder, 0755), ==, 0);
  g_assert_cmpint (chmod (closed, 0), ==, 0);
  g_setenv ("THAW_TEST_FOLDER", self->folder, TRUE);
  g_test_trap_subprocess ("/disk-usage/denied/subprocess",
                          60 * G_USEC_PER_SEC,
                          G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

static void
test_failures (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDiskUsage) missing = usage_of ("/nowhere/at/all");
  g_autoptr (ThawDiskUsage) file = NULL;
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://example.invalid/");
  g_autoptr (ThawDiskUsage) far = thaw_disk_usage_new (remote, THAW_DISK_USAGE_DEFAULT);

  put (self->path, "1");
  file = usage_of (self->path);
  run_until (thaw_disk_usage_get_state (missing) == THAW_DISK_USAGE_FAILED);
  g_assert_error (thaw_disk_usage_get_error (missing), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  run_until (thaw_disk_usage_get_state (file) == THAW_DISK_USAGE_FAILED);
  g_assert_error (thaw_disk_usage_get_error (file), G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  thaw_disk_usage_start (far);
  g_assert_cmpint (thaw_disk_usage_get_state (far), ==, THAW_DISK_USAGE_FAILED);
}

static void
test_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) folders = make_tree (self->folder, 600);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (ThawDiskUsage) usage = usage_of (self->folder);

      for (guint turns = g_test_rand_int_range (0, 12); turns > 0; turns--)
        {
          g_main_context_iteration (NULL, FALSE);
          if (i % 3 == 0)
            g_usleep (g_test_rand_int_range (0, 500));
        }
      if (i % 3 == 1)
        thaw_disk_usage_stop (usage);
      else if (i % 3 == 2)
        thaw_disk_usage_start (usage);
      if (i % 2)
        thaw_disk_usage_follow (usage, THAW_DISK_USAGE_ROOT);
      if (i % 5 == 2)
        {
          thaw_disk_usage_start (usage);
          run_until_done (usage);
          g_assert_true (is_as (usage, self->folder));
        }
    }
}

static void
test_follow (Fixture *self, gconstpointer data)
{
  g_autofree char *child = g_build_filename (self->folder, "child", NULL);
  g_autofree char *below = g_build_filename (child, "below", NULL);
  g_autofree char *fresh = g_build_filename (self->folder, "fresh", NULL);
  g_autofree char *fresh_file = g_build_filename (fresh, "file", NULL);
  g_autoptr (ThawDiskUsage) usage = NULL;

  g_mkdir (child, 0777);
  usage = usage_of (self->folder);
  run_until_done (usage);
  put (below, "seen although it came before anybody followed");
  thaw_disk_usage_follow (usage, THAW_DISK_USAGE_ROOT);
  run_until (is_as (usage, self->folder));
  put (self->path, "directly in it");
  run_until (is_as (usage, self->folder));
  put (below, "a folder further down");
  run_until (is_as (usage, self->folder));
  g_mkdir (fresh, 0777);
  run_until (is_as (usage, self->folder));
  put (fresh_file, "in a folder that is new");
  run_until (is_as (usage, self->folder));
  remove_all (child);
  run_until (is_as (usage, self->folder));
}

/* Ten levels down, in what was there and in what is new. */
static void
test_follow_deep (Fixture *self, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (self->folder, "a/b/c/d/e/f/g/h/i/j", NULL);
  g_autofree char *file = g_build_filename (deep, "file", NULL);
  g_autofree char *fresh = g_build_filename (self->folder, "a/b/fresh", NULL);
  g_autofree char *fresh_file = g_build_filename (fresh, "file", NULL);
  g_autoptr (ThawDiskUsage) usage = NULL;

  g_mkdir_with_parents (deep, 0777);
  usage = usage_of (self->folder);
  run_until_done (usage);
  thaw_disk_usage_set_pace (usage, 64, G_USEC_PER_SEC * 1000);
  thaw_disk_usage_follow (usage, THAW_DISK_USAGE_ROOT);
  put (file, "deep");
  run_until (is_as (usage, self->folder));
  put (file, "deep, and larger than it was");
  run_until (is_as (usage, self->folder));
  g_mkdir (fresh, 0777);
  run_until (is_as (usage, self->folder));
  put (fresh_file, "in a folder that is new");
  run_until (is_as (usage, self->folder));
}

/* Only the folder itself is watched: what is below is swept, at once after a change and later and
 * later without one. */
static void
test_sweep (Fixture *self, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (self->folder, "a/b/c", NULL);
  g_autofree char *file = g_build_filename (deep, "file", NULL);
  g_autoptr (ThawDiskUsage) usage = NULL;
  guint64 revision;
  gint64 start_usec;

  g_mkdir_with_parents (deep, 0777);
  usage = usage_of (self->folder);
  run_until_done (usage);
  thaw_disk_usage_set_pace (usage, 1, 50000);
  thaw_disk_usage_follow (usage, THAW_DISK_USAGE_ROOT);
  for (guint i = 0; i < 2; i++)
    {
      put (file, i == 0 ? "found" : "found once more");
      run_until (is_as (usage, self->folder));
    }
  /* 50, 100, 200 ms and so on: in 500 ms not more than four times. */
  revision = thaw_disk_usage_get_revision (usage);
  start_usec = g_get_monotonic_time ();
  run_until (g_get_monotonic_time () - start_usec > 500000);
  g_assert_cmpuint (thaw_disk_usage_get_revision (usage), >, revision);
  g_assert_cmpuint (thaw_disk_usage_get_revision (usage) - revision, <, 100);
}

/* A mount of its own needs the right to make one. */
static void
test_mount (Fixture *self, gconstpointer data)
{
  g_autofree char *inside = g_build_filename (self->folder, "mounted", NULL);
  g_autofree char *file = g_build_filename (inside, "file", NULL);
  g_autoptr (GFile) location = g_file_new_for_path (self->folder);
  g_autoptr (GFile) mounted = g_file_new_for_path (inside);

  g_mkdir (inside, 0777);
  if (mount ("none", inside, "tmpfs", 0, "size=1m") != 0)
    {
      g_test_skip ("no right to mount");
      return;
    }
  put (file, "on another file system");
  for (guint late = 0; late < 2; late++)
    {
      g_autoptr (ThawDiskUsage) usage = usage_of (self->folder);
      g_autoptr (ThawDiskUsage) crossing
          = thaw_disk_usage_new (location, THAW_DISK_USAGE_CROSS_MOUNTS);
      ThawDiskUsageInfo info;

      run_until_done (usage);
      info = info_of (usage, thaw_disk_usage_find (usage, mounted));
      g_assert_cmpint (info.state, ==, THAW_DISK_USAGE_NODE_MOUNT);
      g_assert_cmpuint (info_of (usage, THAW_DISK_USAGE_ROOT).n_files, ==, 0);
      g_assert_cmpuint (info_of (usage, THAW_DISK_USAGE_ROOT).n_unreadable, ==, 0);
      if (late)
        {
          thaw_disk_usage_start (crossing);
          run_until (thaw_disk_usage_get_state (crossing) == THAW_DISK_USAGE_DONE
                     && info_of (crossing, THAW_DISK_USAGE_ROOT).n_files == 1);
        }
      else
        { /* the table has it by now */
          g_autoptr (ThawMountTable) table = NULL;

          run_until ((table = thaw_mount_table_dup_current ()) != NULL
                     && g_str_equal (thaw_mount_table_find (table, inside)->root, inside));
        }
    }
  g_assert_cmpint (umount2 (inside, MNT_DETACH), ==, 0);
}

/* The process's one inotify descriptor, and what wakes its thread, stay once they are there. */
static void
set_up_watching (Fixture *self, gconstpointer data)
{
  set_up (self, data);
  self->n_files += 2;
}

int
main (int argc, char **argv)
{
  /* Thousands of files are made: not on a disk that others write to as well. */
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name) g_test_add ("/disk-usage/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (random);
  ADD (again);
  ADD (changes);
  ADD (grows);
  ADD (deep);
  ADD (denied);
  g_test_add_func ("/disk-usage/denied/subprocess", test_denied_child);
  ADD (failures);
  g_test_add ("/disk-usage/ends", Fixture, NULL, set_up_watching, test_ends, tear_down);
  g_test_add ("/disk-usage/follow", Fixture, NULL, set_up_watching, test_follow, tear_down);
  g_test_add ("/disk-usage/follow-deep",
              Fixture,
              NULL,
              set_up_watching,
              test_follow_deep,
              tear_down);
  g_test_add ("/disk-usage/sweep", Fixture, NULL, set_up_watching, test_sweep, tear_down);
  ADD (mount);
  return g_test_run ();
}
