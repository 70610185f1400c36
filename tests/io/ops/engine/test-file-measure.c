/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting trees on their lanes: what is counted, what is left out, and that it ends when nobody
 * wants it any more. */

#include "thaw-file-measure.h"

#include "task-test.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  ThawScope *scope;
  char *folder;
} Fixture;

static void
write_file (Fixture *fixture, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *bytes = g_malloc0 (size + 1);

  g_assert_true (g_file_set_contents (path, bytes, size, NULL));
}

static void
make_folder (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = NULL;

  fixture->scope = thaw_scope_new ("test", NULL);
  fixture->folder = g_dir_make_tmp ("thaw-measure-XXXXXX", NULL);
  make_folder (fixture, "tree");
  make_folder (fixture, "tree/inner");
  write_file (fixture, "tree/a", 1000);
  write_file (fixture, "tree/inner/b", 234);
  write_file (fixture, "beside", 5);
  link = g_build_filename (fixture->folder, "tree", "link", NULL);
  g_assert_cmpint (symlink ("..", link), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *const names[]
      = { "tree/inner/b", "tree/inner", "tree/a", "tree/link", "tree", "beside", "" };

  thaw_scope_cancel (fixture->scope);
  thaw_scope_unref (fixture->scope);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_free (fixture->folder);
}

static GPtrArray *
make_files (Fixture *fixture, const char *const *names)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  for (; *names != NULL; names++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, *names, NULL);

      g_ptr_array_add (files, g_file_new_for_path (path));
    }
  return files;
}

static void
test_counts (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) files
      = make_files (fixture, (const char *const[]){ "tree", "beside", NULL });
  g_autoptr (ThawFuture) counted = thaw_file_count (fixture->scope, files, NULL);
  const ThawFileMeasure *measure;

  run_until_complete (counted);
  measure = thaw_future_get_pointer (counted, NULL);
  g_assert_nonnull (measure);
  g_assert_cmpint (measure->bytes, ==, 1239);
  g_assert_cmpint (measure->n_files, ==, 3);
  g_assert_cmpint (measure->n_folders, ==, 2);
  g_assert_cmpint (measure->n_others, ==, 1);
  g_assert_cmpint (measure->n_unreadable, ==, 0);
  g_assert_cmpint (measure->allocated, >=, 0);
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) one = make_files (fixture, (const char *const[]){ "nowhere", NULL });
  g_autoptr (GPtrArray) two
      = make_files (fixture, (const char *const[]){ "nowhere", "beside", NULL });
  g_autoptr (ThawFuture) of_one = thaw_file_count (fixture->scope, one, NULL);
  g_autoptr (ThawFuture) of_two = thaw_file_count (fixture->scope, two, NULL);
  const ThawFileMeasure *measure;

  run_until_complete (of_one);
  run_until_complete (of_two);
  g_assert_error (thaw_future_get_error (of_one), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  measure = thaw_future_get_pointer (of_two, NULL);
  g_assert_cmpint (measure->n_unreadable, ==, 1);
  g_assert_cmpint (measure->bytes, ==, 5);
}

static void
test_none (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) files = make_files (fixture, (const char *const[]){ NULL });
  g_autoptr (ThawFuture) counted = thaw_file_count (fixture->scope, files, NULL);

  run_until_complete (counted);
  g_assert_cmpint (((ThawFileMeasure *) thaw_future_get_pointer (counted, NULL))->n_files, ==, 0);
}

/* What is mounted below isn't gone into, but what was asked for is: "/proc" is a mount point. */
static void
test_mount (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ThawFuture) counted = NULL;

  g_ptr_array_add (files, g_file_new_for_path ("/proc/sys/net"));
  counted = thaw_file_count (fixture->scope, files, NULL);
  run_until_complete (counted);
  g_assert_cmpint (((ThawFileMeasure *) thaw_future_get_pointer (counted, NULL))->n_folders, >, 0);
}

static void
progress_cb (gpointer message, gpointer user_data)
{
  guint *n_told = user_data;

  (*n_told)++;
  thaw_file_measure_free (message);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  guint n_told = 0;
  g_autoptr (ThawMailbox) progress = thaw_mailbox_new ("measures",
                                                       thaw_pump_get (NULL),
                                                       NULL,
                                                       4,
                                                       progress_cb,
                                                       &n_told,
                                                       (GDestroyNotify) thaw_file_measure_free);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ThawFuture) counted = NULL;
  g_autoptr (ThawFuture) joined = NULL;

  g_ptr_array_add (files, g_file_new_for_path ("/"));
  counted = thaw_file_count (fixture->scope, files, progress);
  run_until (n_told > 0);
  g_assert_cmpuint (n_told, >, 0);
  thaw_mailbox_close (progress);
  thaw_scope_cancel (fixture->scope);
  run_until_complete (counted);
  joined = thaw_scope_join (fixture->scope);
  run_until_complete (joined);
  g_assert_cmpint (thaw_future_get_state (counted), ==, THAW_FUTURE_REJECTED);
  g_assert_error (thaw_future_get_error (counted), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/file-measure/counts", Fixture, NULL, set_up, test_counts, tear_down);
  g_test_add ("/file-measure/missing", Fixture, NULL, set_up, test_missing, tear_down);
  g_test_add ("/file-measure/none", Fixture, NULL, set_up, test_none, tear_down);
  g_test_add ("/file-measure/mount", Fixture, NULL, set_up, test_mount, tear_down);
  g_test_add ("/file-measure/cancelled", Fixture, NULL, set_up, test_cancelled, tear_down);
  return g_test_run ();
}
