/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bookmarks as text and on the disk, which mounts are shown, and what a typed place means. */
#include "pane-bookmarks.h"
#include "pane-location.h"
#include "pane-places.h"
#include <glib/gstdio.h>

static const char text[]
    = "file:///home/x My%20Place\n\nnonsense line\nsftp://host/y\r\nfile:///z  spaced\n";

static void
test_parse (void)
{
  g_autoptr (GPtrArray) bookmarks = pane_bookmarks_parse (text);
  const PaneBookmark *first = g_ptr_array_index (bookmarks, 0);
  const PaneBookmark *second = g_ptr_array_index (bookmarks, 1);

  g_assert_cmpuint (bookmarks->len, ==, 3);
  g_assert_cmpstr (first->uri, ==, "file:///home/x");
  g_assert_cmpstr (first->label, ==, "My%20Place");
  g_assert_cmpstr (second->uri, ==, "sftp://host/y");
  g_assert_null (second->label);
}

static void
test_edit_text (void)
{
  g_autofree char *added = pane_bookmarks_add (text, "file:///new");
  g_autofree char *again = pane_bookmarks_add (added, "file:///new");
  g_autofree char *removed = pane_bookmarks_remove (again, "file:///new");
  g_autofree char *without = pane_bookmarks_remove (text, "sftp://host/y");
  g_autofree char *unfinished = pane_bookmarks_add ("file:///a", "file:///b");

  g_assert_cmpstr (added, ==, again);
  g_assert_cmpstr (removed, ==, text);
  g_assert_null (strstr (without, "sftp"));
  g_assert_nonnull (strstr (without, "nonsense line\n"));
  g_assert_cmpstr (unfinished, ==, "file:///a\nfile:///b\n");
}

static void
test_edit_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-places-XXXXXX", NULL);
  g_autofree char *target = g_build_filename (folder, "target", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL);
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (target, "file:///a\n", -1, NULL));
  g_assert_cmpint (symlink (target, link), ==, 0);
  g_assert_true (pane_bookmarks_edit_sync (link, "file:///b", TRUE, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_get_contents (target, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, "file:///a\nfile:///b\n");
  g_unlink (link);
  g_unlink (target);
  g_rmdir (folder);
}

static void
test_mounts (void)
{
  static const struct {
    ThawMount mount;
    gboolean shown;
  } cases[] = {
    { { .root = "/", .kind = THAW_MOUNT_LOCAL }, FALSE },
    { { .root = "/boot/efi", .kind = THAW_MOUNT_LOCAL }, FALSE },
    { { .root = "/media/me/stick", .kind = THAW_MOUNT_LOCAL }, TRUE },
    { { .root = "/mnt", .kind = THAW_MOUNT_LOCAL }, TRUE },
    { { .root = "/mnt/data", .kind = THAW_MOUNT_LOCAL }, TRUE },
    { { .root = "/srv/nas", .kind = THAW_MOUNT_REMOTE }, TRUE },
    { { .root = "/home/me/ssh", .kind = THAW_MOUNT_FUSE }, TRUE },
    { { .root = "/run/user/1000/doc", .kind = THAW_MOUNT_FUSE }, FALSE },
    { { .root = "/run/user/1000/gvfs", .kind = THAW_MOUNT_FUSE }, FALSE },
    { { .root = "/home/me/.gvfs", .fs_type = "fuse.gvfsd-fuse", .kind = THAW_MOUNT_FUSE }, FALSE },
    { { .root = "/tmp/run/doc", .fs_type = "fuse.portal", .kind = THAW_MOUNT_FUSE }, FALSE },
    { { .root = "/proc", .kind = THAW_MOUNT_VIRTUAL }, FALSE },
    { { .root = "/mediathek", .kind = THAW_MOUNT_LOCAL }, FALSE },
    { { .root = "/net", .kind = THAW_MOUNT_AUTOMOUNT }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].mount.root);
      g_assert_cmpint (pane_places_is_user_mount (&cases[i].mount), ==, cases[i].shown);
    }
}

static void
assert_parsed (const char *typed, GFile *base, const char *uri)
{
  g_autoptr (GFile) location = pane_location_parse (typed, base);
  g_autofree char *found = location != NULL ? g_file_get_uri (location) : NULL;

  g_assert_cmpstr (found, ==, uri);
}

static void
test_typed (void)
{
  g_autoptr (GFile) base = g_file_new_for_path ("/base");
  g_autofree char *home = g_file_get_uri (pane_location_get_home ());
  g_autofree char *below = g_strconcat (home, "/x", NULL);

  assert_parsed ("", base, NULL);
  assert_parsed ("/a/../b", base, "file:///b");
  assert_parsed ("~", base, home);
  assert_parsed ("~/x", base, below);
  assert_parsed ("rel/x", base, "file:///base/rel/x");
  assert_parsed ("..", base, "file:///");
  assert_parsed ("file:///t%20t", base, "file:///t%20t");
  assert_parsed ("file:///%zz", base, NULL);
}

static void
test_titles (void)
{
  static const struct {
    const char *uri;
    const char *title;
  } places[] = {
    { "trash:///", "Trash" },
    { "recent:///", "Recent" },
    { "computer:///", "Computer" },
    { "network:///", "Network" },
    { "trash:///old%20letter", "old letter" },
    { "sftp://host/", "host" },
    { "dav://127.0.0.1:8080/", "127.0.0.1" },
    { "file:///tmp/x", "x" },
    { "file:///", "Computer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GFile) location = g_file_new_for_uri (places[i].uri);
      g_autofree char *title = pane_location_dup_title (location);

      g_assert_cmpstr (title, ==, places[i].title);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/titles", test_titles);
  g_test_add_func ("/app/places/parse", test_parse);
  g_test_add_func ("/app/places/edit-text", test_edit_text);
  g_test_add_func ("/app/places/edit-file", test_edit_file);
  g_test_add_func ("/app/places/mounts", test_mounts);
  g_test_add_func ("/app/places/typed", test_typed);
  return g_test_run ();
}
