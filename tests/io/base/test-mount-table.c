/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mount table: the parser with every oddity of the kernel's format, hostile ones included, and
 * the look-up against mounts that are stacked, bound, covered and moved. */

#include "thaw-mount-table.h"

#include <string.h>

#define ROOT "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"

static const char *
root_of (ThawMountTable *table, const char *path)
{
  const ThawMount *mount = thaw_mount_table_find (table, path);

  return mount != NULL ? mount->root : NULL;
}

static void
test_plain (void)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_parse (
      ROOT
      "28 27 0:40 /exports /mnt/nas ro,nosuid shared:1 master:2 - nfs4 nas:/exports rw,vers=4.2\n"
      "29 27 8:1 /sub /data rw - btrfs /dev/sda1 ro,subvol=/sub\n",
      -1);
  const ThawMount *mount;

  g_assert_cmpuint (thaw_mount_table_get_n_mounts (table), ==, 3);
  mount = thaw_mount_table_find (table, "/mnt/nas/some/file");
  g_assert_nonnull (mount);
  g_assert_cmpstr (mount->root, ==, "/mnt/nas");
  g_assert_cmpstr (mount->fs_type, ==, "nfs4");
  g_assert_cmpstr (mount->source, ==, "nas:/exports");
  g_assert_cmpuint (mount->id, ==, 28);
  g_assert_cmpuint (mount->parent_id, ==, 27);
  g_assert_cmpuint (mount->major, ==, 0);
  g_assert_cmpuint (mount->minor, ==, 40);
  g_assert_cmpint (mount->kind, ==, THAW_MOUNT_REMOTE);
  g_assert_true (mount->read_only);
  g_assert_true (thaw_mount_table_find (table, "/data")->read_only);
  g_assert_false (thaw_mount_table_find (table, "/")->read_only);
  g_assert_cmpstr (root_of (table, "/mnt/nasty"), ==, "/");
  g_assert_cmpstr (root_of (table, "/mnt"), ==, "/");
  g_assert_cmpstr (root_of (table, "/mnt/nas"), ==, "/mnt/nas");
  g_assert_cmpstr (root_of (table, "/mnt/nas/"), ==, "/mnt/nas");
  g_assert_null (thaw_mount_table_find (table, "mnt/nas"));
  g_assert_null (thaw_mount_table_find (table, ""));
}

static void
test_normalise (void)
{
  static const char *const cases[][2] = {
    { "/", "/" },
    { "//", "/" },
    { "/a//b/", "/a/b" },
    { "/./a/.", "/a" },
    { "/a/../b", "/b" },
    { "/..", "/" },
    { "/../../a", "/a" },
    { "/a/b/../../..", "/" },
    { "/a/...", "/a/..." },
    { "/.a/..b", "/.a/..b" },
    { "/a/./../b/./c", "/b/c" },
    { "/\xff\x01/..x", "/\xff\x01/..x" },
  };
  g_autoptr (ThawMountTable) table
      = thaw_mount_table_parse (ROOT "28 27 0:40 / /mnt/nas rw - nfs a:/ rw\n", -1);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = thaw_mount_normalise_path (cases[i][0]);

      g_assert_cmpstr (path, ==, cases[i][1]);
    }
  g_assert_null (thaw_mount_normalise_path ("a/b"));
  g_assert_cmpstr (root_of (table, "//mnt///nas/./x/../y"), ==, "/mnt/nas");
  g_assert_cmpstr (root_of (table, "/mnt/nas/.."), ==, "/");
  g_assert_cmpstr (root_of (table, "/home/../mnt/nas/x"), ==, "/mnt/nas");
}

static void
test_escapes (void)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_parse (
      ROOT
      "30 27 0:41 / /mnt/a\\040b\\011c\\012d\\134e rw - fuse.x\\043y src\\040name rw\n"
      "31 27 0:42 / /mnt/\\1340\\64 rw - tmpfs t rw\n"   /* an escaped backslash, a short escape */
      "32 27 0:43 / /mnt/nul\\000cut rw - tmpfs t rw\n"  /* must not end the name */
      "33 27 0:44 / /mnt/big\\777 rw - tmpfs t rw\n"     /* no byte */
      "34 27 0:45 / /mnt/raw\xff\xfe rw - tmpfs \\ rw\n" /* bytes that aren't UTF-8 */
      "35 27 0:46 / /mnt/end\\ rw - tmpfs t rw",         /* a lone backslash, no newline */
      -1);

  g_assert_cmpstr (root_of (table, "/mnt/a b\tc\nd\\e/f"), ==, "/mnt/a b\tc\nd\\e");
  g_assert_cmpstr (thaw_mount_table_find (table, "/mnt/a b\tc\nd\\e")->fs_type, ==, "fuse.x#y");
  g_assert_cmpstr (thaw_mount_table_find (table, "/mnt/a b\tc\nd\\e")->source, ==, "src name");
  g_assert_cmpstr (root_of (table, "/mnt/\\0\\64/f"), ==, "/mnt/\\0\\64");
  g_assert_cmpstr (root_of (table, "/mnt/nul\\000cut"), ==, "/mnt/nul\\000cut");
  g_assert_cmpstr (root_of (table, "/mnt/nul"), ==, "/");
  g_assert_cmpstr (root_of (table, "/mnt/big\\777"), ==, "/mnt/big\\777");
  g_assert_cmpstr (root_of (table, "/mnt/raw\xff\xfe/x"), ==, "/mnt/raw\xff\xfe");
  g_assert_cmpstr (root_of (table, "/mnt/end\\"), ==, "/mnt/end\\");
}

static void
test_malformed (void)
{
  static const char text[] = "\n \n- - - -\n27\n27 1 254:0 / / rw\n27 1 254:0 / / rw - ext4\n"
                             "x 1 254:0 / /x rw - ext4 /dev/vda rw\n"
                             "99999999999999999999999 1 254:0 / /big rw - ext4 /dev/vda rw\n"
                             "-5 1 254:0 / /neg rw - ext4 /dev/vda rw\n"
                             "28 27 254 / /dev1 rw - ext4 /dev/vda rw\n"
                             "28 27 1:2:3 / /dev3 rw - ext4 /dev/vda rw\n"
                             "28 27 254:0 / relative rw - ext4 /dev/vda rw\n"
                             "28 27 254:0 /  rw - ext4 /dev/vda rw\n"
                             "29 27 0:5 / /min rw - a b\n"
                             "30 27 0:4 net:[4026531992] /run/netns/a rw shared:1 unknown:7 "
                             "propagate_from:3 - nsfs nsfs rw\n" ROOT;
  g_autoptr (ThawMountTable) table = thaw_mount_table_parse (text, sizeof text - 1);
  g_autoptr (ThawMountTable) with_nul
      = thaw_mount_table_parse ("27 1 1:1 / / rw - a\0b c d\n" ROOT, 20);
  g_autoptr (ThawMountTable) nothing = thaw_mount_table_parse (NULL, 0);

  g_assert_cmpuint (thaw_mount_table_get_n_mounts (table), ==, 3);
  g_assert_cmpstr (root_of (table, "/min/x"), ==, "/min");
  g_assert_cmpstr (root_of (table, "/run/netns/a"), ==, "/run/netns/a");
  g_assert_cmpint (thaw_mount_table_find (table, "/run/netns/a")->kind, ==, THAW_MOUNT_VIRTUAL);
  g_assert_cmpuint (thaw_mount_table_get_n_mounts (with_nul), ==, 0);
  g_assert_null (thaw_mount_table_find (nothing, "/"));
}

/* What the kernel writes for mounts over mounts: the one on top has the one below as its parent. */
static void
test_stacked (void)
{
  g_autoptr (ThawMountTable) table
      = thaw_mount_table_parse (ROOT "28 27 0:40 / /mnt rw - tmpfs one rw\n"
                                     "29 28 0:41 / /mnt rw - tmpfs two rw\n"
                                     "30 29 0:42 / /mnt rw - tmpfs three rw\n",
                                -1);
  g_autoptr (ThawMountTable) beneath = thaw_mount_table_parse (
      /* MOVE_MOUNT_BENEATH: the later mount lies below the earlier one */
      ROOT "28 31 0:40 / /mnt rw - tmpfs top rw\n"
           "31 27 0:41 / /mnt rw - tmpfs below rw\n",
      -1);
  g_autoptr (ThawMountTable) roots
      = thaw_mount_table_parse ("1 1 0:1 / / rw - rootfs rootfs rw\n"
                                "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                "21 1 0:9 / /lost rw - tmpfs under-the-root rw\n"
                                "22 20 0:10 / /seen rw - tmpfs t rw\n",
                                -1);

  g_assert_cmpstr (thaw_mount_table_find (table, "/mnt/x")->source, ==, "three");
  g_assert_false (thaw_mount_table_is_visible (table, 1));
  g_assert_true (thaw_mount_table_is_visible (table, 3));
  g_assert_cmpstr (thaw_mount_table_find (beneath, "/mnt/x")->source, ==, "top");
  g_assert_cmpstr (thaw_mount_table_find (roots, "/")->source, ==, "/dev/sda1");
  g_assert_cmpstr (root_of (roots, "/lost"), ==, "/");
  g_assert_cmpstr (root_of (roots, "/seen"), ==, "/seen");
}

static void
test_covered (void)
{
  g_autoptr (ThawMountTable) table = thaw_mount_table_parse (
      ROOT "28 27 0:40 / /a/b rw - nfs host:/b rw\n"
           "29 28 0:41 / /a/b/c rw - tmpfs deep rw\n"
           "30 27 0:42 / /a rw - tmpfs cover rw\n" /* hides the two above it */
           "31 30 0:43 / /a/x rw - tmpfs on-cover rw\n"
           "32 27 0:44 / /ab rw - tmpfs not-below rw\n"
           "33 27 0:45 / /gone//deleted rw - tmpfs deleted rw\n",
      -1);

  g_assert_cmpstr (thaw_mount_table_find (table, "/a/b/c/d")->source, ==, "cover");
  g_assert_cmpstr (thaw_mount_table_find (table, "/a/x/y")->source, ==, "on-cover");
  g_assert_cmpstr (thaw_mount_table_find (table, "/ab")->source, ==, "not-below");
  g_assert_cmpstr (root_of (table, "/gone/deleted"), ==, "/");
  g_assert_cmpstr (root_of (table, "/gone"), ==, "/");
}

static void
test_orphans (void)
{
  /* A chroot into a folder that is no mount: no "/" and parents that aren't listed. */
  g_autoptr (ThawMountTable) table
      = thaw_mount_table_parse ("40 30 0:40 / /proc rw - proc proc rw\n"
                                "41 30 0:41 / /a/b rw - tmpfs hidden rw\n"
                                "42 30 0:42 / /a rw - tmpfs cover rw\n"
                                "43 31 0:43 / /a/c rw - tmpfs later rw\n",
                                -1);
  /* Nothing that the kernel would write: parents in a circle. It must end, that's all. */
  g_autoptr (ThawMountTable) circle = thaw_mount_table_parse (
      "1 2 0:1 / /x rw - a a rw\n2 3 0:2 / /x/y rw - a a rw\n3 1 0:3 / / rw - a a rw\n",
      -1);

  g_assert_null (thaw_mount_table_find (table, "/home"));
  g_assert_cmpstr (root_of (table, "/proc/1"), ==, "/proc");
  g_assert_cmpstr (thaw_mount_table_find (table, "/a/b")->source, ==, "cover");
  g_assert_cmpstr (thaw_mount_table_find (table, "/a/c")->source, ==, "later");
  g_assert_cmpuint (thaw_mount_table_get_n_mounts (circle), ==, 3);
}

static void
test_device (void)
{
  g_autoptr (ThawMountTable) table
      = thaw_mount_table_parse (ROOT "28 27 8:1 /home/me /srv/bind/deep rw - ext4 /dev/sda1 rw\n"
                                     "29 27 8:1 / /disk rw - ext4 /dev/sda1 rw\n"
                                     "30 27 8:1 / /d2345 rw - ext4 /dev/sda1 rw\n",
                                -1);

  g_assert_cmpstr (thaw_mount_table_find_device (table, 8, 1)->root, ==, "/disk");
  g_assert_cmpstr (thaw_mount_table_find_device (table, 254, 0)->root, ==, "/");
  g_assert_null (thaw_mount_table_find_device (table, 8, 2));
}

static void
test_kinds (void)
{
  static const struct {
    const char *type, *source;
    ThawMountKind kind;
  } cases[] = {
    { "ext4", "/dev/sda1", THAW_MOUNT_LOCAL },
    { "btrfs", "/dev/sda1", THAW_MOUNT_LOCAL },
    { "tmpfs", "tmpfs", THAW_MOUNT_LOCAL },
    { "overlay", "overlay", THAW_MOUNT_LOCAL },
    { "fuseblk", "/dev/sdb1", THAW_MOUNT_LOCAL },
    { "ntfs3", "/dev/sdb1", THAW_MOUNT_LOCAL },
    { "some-new-fs", "/dev/sdb1", THAW_MOUNT_LOCAL },
    { "some-new-fs", "host:/export", THAW_MOUNT_REMOTE },
    { "some-new-fs", "//host/share", THAW_MOUNT_REMOTE },
    { "nfs", "host:/", THAW_MOUNT_REMOTE },
    { "nfs4", "host:/", THAW_MOUNT_REMOTE },
    { "cifs", "//host/share", THAW_MOUNT_REMOTE },
    { "9p", "share", THAW_MOUNT_REMOTE },
    { "wekafs", "x", THAW_MOUNT_REMOTE },
    { "fuse.sshfs", "me@host:", THAW_MOUNT_REMOTE },
    { "fuse.gvfsd-fuse", "gvfsd-fuse", THAW_MOUNT_REMOTE },
    { "fuse.afp", "x", THAW_MOUNT_REMOTE },
    { "fuse.faultfs", "faultfs", THAW_MOUNT_FUSE },
    { "fuse", "x", THAW_MOUNT_FUSE },
    { "fuse.", "x", THAW_MOUNT_FUSE },
    { "fusectl", "fusectl", THAW_MOUNT_VIRTUAL },
    { "proc", "proc", THAW_MOUNT_VIRTUAL },
    { "cgroup2", "cgroup", THAW_MOUNT_VIRTUAL },
    { "bdev", "x", THAW_MOUNT_VIRTUAL },
    { "xenfs", "x", THAW_MOUNT_VIRTUAL },
    { "autofs", "systemd-1", THAW_MOUNT_AUTOMOUNT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s from %s", cases[i].type, cases[i].source);
      g_assert_cmpint (thaw_mount_kind_for_fs (cases[i].type, cases[i].source), ==, cases[i].kind);
    }
}

/* The walk of the kernel, done naively: from the root, at each component enter the child of the
 * mount that one is on, again as long as something lies on top. */
static const ThawMount *
walk (ThawMountTable *table, const char *path)
{
  guint n = thaw_mount_table_get_n_mounts (table);
  const ThawMount *at = thaw_mount_table_get_mount (table, 0);
  g_auto (GStrv) parts = g_strsplit (path + 1, "/", -1);
  g_autoptr (GString) here = g_string_new ("/");

  for (guint i = 0;; i++)
    {
      const ThawMount *entered;

      do
        {
          entered = NULL;
          for (guint k = 1; k < n; k++)
            {
              const ThawMount *mount = thaw_mount_table_get_mount (table, k);

              if (mount->parent_id == at->id && strcmp (mount->root, here->str) == 0)
                entered = mount;
            }
          at = entered != NULL ? entered : at;
        }
      while (entered != NULL);
      if (parts[i] == NULL)
        return at;
      g_string_append_printf (here, "%s%s", here->len > 1 ? "/" : "", parts[i]);
    }
}

static char *
random_path (GRand *rand, guint max_depth)
{
  GString *path = g_string_new ("");
  guint depth = g_rand_int_range (rand, 1, (gint32) max_depth + 1);

  for (guint i = 0; i < depth; i++)
    g_string_append_printf (path, "/%c", 'a' + g_rand_int_range (rand, 0, 2));
  return g_string_free_and_steal (path);
}

/* A machine that mounts at random: each mount lands on what the walk reaches at that moment. */
static void
test_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (GString) text = g_string_new ("1 0 1:1 / / rw - ext4 /dev/a rw\n");
      g_autoptr (ThawMountTable) table = thaw_mount_table_parse (text->str, -1);

      for (guint id = 2; id < 12; id++)
        {
          g_autofree char *path = random_path (rand, 4);

          g_string_append_printf (text,
                                  "%u %" G_GUINT64_FORMAT " 0:%u / %s rw - tmpfs t rw\n",
                                  id,
                                  walk (table, path)->id,
                                  id,
                                  path);
          thaw_mount_table_unref (table);
          table = thaw_mount_table_parse (text->str, -1);
        }
      for (guint i = 0; i < 50; i++)
        {
          g_autofree char *path = random_path (rand, 6);
          const ThawMount *found = thaw_mount_table_find (table, path);

          if (found != walk (table, path))
            g_error ("seed %u, %s: found %" G_GUINT64_FORMAT ", the walk %" G_GUINT64_FORMAT "\n%s",
                     seed,
                     path,
                     found->id,
                     walk (table, path)->id,
                     text->str);
        }
    }
}

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawMountTable) table = thaw_mount_table_load (NULL, &error);
  g_autoptr (ThawMountTable) none = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (thaw_mount_table_get_n_mounts (table), >, 0);
  none = thaw_mount_table_load ("/proc/no-such-file", &error);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_null (none);
}

static void
count_tables_cb (ThawMountTable *table, gpointer user_data)
{
  g_assert_nonnull (table);
  g_atomic_int_inc ((int *) user_data);
}

static void
wait_for_count (int *count, int at_least)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  while (g_atomic_int_get (count) < at_least && g_get_monotonic_time () < end)
    g_usleep (500);
  g_assert_cmpint (g_atomic_int_get (count), >=, at_least);
}

static void
test_current (void)
{
  static int early, late;
  g_autoptr (ThawMountTable) table = NULL;
  g_autoptr (ThawMountTable) loaded = thaw_mount_table_load (NULL, NULL);

  thaw_mount_table_add_listener (count_tables_cb, &early);
  wait_for_count (&early, 1);
  table = thaw_mount_table_dup_current ();
  g_assert_nonnull (table);
  g_assert_cmpuint (thaw_mount_table_get_n_mounts (table),
                    ==,
                    thaw_mount_table_get_n_mounts (loaded));
  thaw_mount_table_add_listener (count_tables_cb, &late);
  wait_for_count (&late, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mount-table/plain", test_plain);
  g_test_add_func ("/mount-table/normalise", test_normalise);
  g_test_add_func ("/mount-table/escapes", test_escapes);
  g_test_add_func ("/mount-table/malformed", test_malformed);
  g_test_add_func ("/mount-table/stacked", test_stacked);
  g_test_add_func ("/mount-table/covered", test_covered);
  g_test_add_func ("/mount-table/orphans", test_orphans);
  g_test_add_func ("/mount-table/device", test_device);
  g_test_add_func ("/mount-table/kinds", test_kinds);
  g_test_add_func ("/mount-table/random", test_random);
  g_test_add_func ("/mount-table/load", test_load);
  g_test_add_func ("/mount-table/current", test_current);
  return g_test_run ();
}
