/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places, identities, hidden names, renames. */

#include "disk-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
test_token (void)
{
  char one[THAW_TOKEN_LENGTH + 1], other[THAW_TOKEN_LENGTH + 1];
  g_autofree char *name = NULL, *beside = NULL;

  thaw_token_make (one);
  thaw_token_make (other);
  g_assert_cmpuint (strlen (one), ==, THAW_TOKEN_LENGTH);
  g_assert_cmpstr (one, !=, other);
  name = thaw_token_dup_name (one, 12);
  beside = g_strconcat (name, ".links", NULL);
  g_assert_true (g_str_has_prefix (name, ".thaw-") && g_str_has_suffix (name, "-12"));
  g_assert_true (thaw_token_owns_name (one, name));
  g_assert_true (thaw_token_owns_name (one, beside));
  g_assert_false (thaw_token_owns_name (other, name));
  g_assert_false (thaw_token_owns_name (one, ".thaw-"));
  g_assert_false (thaw_token_owns_name (one, one));
  /* Else an empty token would own all. */
  g_assert_false (thaw_token_owns_name ("", name));
}

static void
test_open (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPlace) child = NULL, linked = NULL, again = NULL, wrong = NULL, missing = NULL;
  g_autofree char *path = scratch_dup_path (scratch, "link");

  scratch_run (scratch, "mkdir folder && ln -s folder link && touch file");
  child = thaw_place_open_child (scratch->place, "folder", &error);
  g_assert_no_error (error);
  linked = thaw_place_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (thaw_place_get_path (linked), ==, thaw_place_get_path (child));
  g_assert_cmpuint (thaw_place_get_ino (linked), ==, thaw_place_get_ino (child));
  again = thaw_place_open_known (path,
                                 thaw_place_get_dev (child),
                                 thaw_place_get_ino (child),
                                 &error);
  g_assert_no_error (error);
  wrong = thaw_place_open_known (path, thaw_place_get_dev (child), 1, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_null (thaw_place_open_child (scratch->place, "link", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
  g_assert_nonnull (strstr (error->message, "link"));
  g_clear_error (&error);
  g_assert_null (thaw_place_open_child (scratch->place, "file", NULL));
  missing = thaw_place_open ("/no such folder", &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* 30 folders of 250 bytes. */
static void
test_long_path (Scratch *scratch, gconstpointer data)
{
  g_autoptr (ThawPlace) place = thaw_place_ref (scratch->place);
  g_autoptr (ThawPlace) again = NULL;
  g_autoptr (GError) error = NULL;
  char name[251];

  memset (name, 'n', 250);
  name[250] = '\0';
  for (guint i = 0; i < 30; i++)
    {
      ThawPlace *child;

      g_assert_cmpint (mkdirat (thaw_place_get_fd (place), name, 0700), ==, 0);
      child = thaw_place_open_child (place, name, &error);
      g_assert_no_error (error);
      thaw_place_unref (place);
      place = child;
    }
  g_assert_cmpuint (strlen (thaw_place_get_path (place)), >, 7500);
  again = thaw_place_open (thaw_place_get_path (place), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (thaw_place_get_ino (again), ==, thaw_place_get_ino (place));
}

static void
test_identity (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_dup_path (scratch, "file");
  ThawIdentity before, after, folder;

  scratch_run (scratch, "mkdir folder && echo one >file");
  g_assert_true (thaw_place_look (scratch->place, "file", &before, NULL));
  g_assert_true (thaw_place_look (scratch->place, "folder", &folder, NULL));
  g_assert_false (thaw_identity_is_same (&before, &folder));
  g_assert_true (thaw_identity_is_unchanged (&before, &before));
  scratch_run (scratch, "echo other >file");
  g_assert_true (thaw_place_look (scratch->place, "file", &after, NULL));
  g_assert_true (thaw_identity_is_same (&before, &after));
  g_assert_false (thaw_identity_is_unchanged (&before, &after));
  scratch_run (scratch, "touch folder/new");
  g_assert_true (thaw_place_look (scratch->place, "folder", &after, NULL));
  g_assert_true (thaw_identity_is_unchanged (&folder, &after));
}

static void
test_rename (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ThawPlace *place = scratch->place;

  scratch_run (scratch, "echo a >a && echo b >b && mkdir folder");
  g_assert_false (thaw_place_rename_new (place, "a", place, "b", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (scratch_has (scratch, "a"));
  g_assert_true (thaw_place_rename_new (place, "a", place, "c", &error));
  g_assert_true (thaw_place_rename_new (place, "folder", place, "folder 2", &error));
  g_assert_no_error (error);
  scratch_run (scratch, "test ! -e a -a ! -e folder && grep -q a c");
  g_assert_true (thaw_place_exchange (place, "b", place, "c", &error));
  g_assert_no_error (error);
  scratch_run (scratch, "grep -q b c && grep -q a b");
  g_assert_false (thaw_place_exchange (place, "b", place, "missing", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (thaw_place_rename_over (place, "b", place, "c", &error));
  g_assert_no_error (error);
  scratch_run (scratch, "grep -q a c && test ! -e b");
  g_assert_true (thaw_place_sync (place, &error) && thaw_place_sync_data (place, &error));
  g_assert_no_error (error);
}

static void
test_look (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ThawIdentity identity;

  scratch_run (scratch, "ln -s missing link");
  g_assert_true (thaw_place_look (scratch->place, "link", &identity, &error));
  g_assert_true (S_ISLNK (identity.mode));
  g_assert_false (thaw_place_look (scratch->place, "missing", &identity, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

#define add(path, function)                                                                        \
  g_test_add (path, Scratch, NULL, scratch_set_up, function, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk/token", test_token);
  add ("/disk/place/open", test_open);
  add ("/disk/place/long-path", test_long_path);
  add ("/disk/place/look", test_look);
  add ("/disk/identity", test_identity);
  add ("/disk/rename", test_rename);
  return g_test_run ();
}
