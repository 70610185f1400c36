/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ThawFolder on real folders: listing, order, changes on disk, errors, and that nothing is left behind. */

#include "thaw-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN_USEC (20 * G_USEC_PER_SEC)

typedef struct {
  char *root;
  ThawFolder *folder;
  guint n_orders;
  gint64 deadline_usec;
} Fixture;

typedef gboolean (*Predicate) (Fixture *fixture, gpointer data);

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the loop until the predicate holds; a test that waits for too long has failed. */
static void
wait_until (Fixture *fixture, Predicate predicate, gpointer data)
{
  gint64 end_usec = g_get_monotonic_time () + WITHIN_USEC;
  guint timer = g_timeout_add (5, wake_cb, NULL);

  while (!predicate (fixture, data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end_usec);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static gboolean
has_state (Fixture *fixture, gpointer data)
{
  return thaw_folder_get_state (fixture->folder) == GPOINTER_TO_UINT (data);
}

static void
wait_for_state (Fixture *fixture, ThawFolderState state)
{
  wait_until (fixture, has_state, GUINT_TO_POINTER (state));
}

static char *
dup_listing (ThawFolder *folder)
{
  ThawOrder *order = thaw_folder_get_order (folder);
  GString *names = g_string_new (NULL);

  for (guint32 i = 0; order && i < thaw_order_get_n (order); i++)
    g_string_append_printf (names, "%s%s", i ? " " : "",
                            thaw_entry_store_get_name (thaw_order_get_store (order),
                                                       thaw_order_get_id (order, i)));
  return g_string_free (names, FALSE);
}

static gboolean
lists (Fixture *fixture, gpointer expected)
{
  g_autofree char *listing = dup_listing (fixture->folder);

  return g_str_equal (listing, expected);
}

/* Ends just before the deadline, so that the difference can be shown. */
static gboolean
lists_or_late (Fixture *fixture, gpointer expected)
{
  return lists (fixture, expected)
         || g_get_monotonic_time () > fixture->deadline_usec - G_USEC_PER_SEC;
}

static void
wait_for_listing (Fixture *fixture, const char *expected)
{
  g_autofree char *listing = NULL;

  fixture->deadline_usec = g_get_monotonic_time () + WITHIN_USEC;
  wait_until (fixture, lists_or_late, (gpointer) expected);
  listing = dup_listing (fixture->folder);
  g_assert_cmpstr (listing, ==, expected);
}

static void
write_file (const char *root, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  int fd = open (path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  close (fd);
}

static void
make_folder (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}

static void
remove_file (const char *root, const char *name)
{
  g_autofree char *path = g_build_filename (root, name, NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
rename_file (const char *root, const char *from, const char *to)
{
  g_autofree char *old_path = g_build_filename (root, from, NULL);
  g_autofree char *new_path = g_build_filename (root, to, NULL);

  g_assert_cmpint (g_rename (old_path, new_path), ==, 0);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_remove (child);
    }
  g_rmdir (path);
}

static void
count_order (ThawFolder *folder, ThawOrder *order, Fixture *fixture)
{
  g_assert_true (order == thaw_folder_get_order (folder));
  fixture->n_orders++;
}

static void
open_folder (Fixture *fixture, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  fixture->folder = thaw_folder_new (file);
  g_signal_connect (fixture->folder, "order-changed", G_CALLBACK (count_order), fixture);
  thaw_folder_start (fixture->folder);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->root = g_dir_make_tmp ("thaw-folder-XXXXXX", &error);
  g_assert_no_error (error);
}

static gboolean
no_tasks (Fixture *fixture, gpointer data)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_scopes == 0 && stats.n_jobs == 0 && stats.n_fibers == 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->folder);
  wait_until (fixture, no_tasks, NULL);
  remove_tree (fixture->root);
  g_free (fixture->root);
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  write_file (fixture->root, "file10", 1);
  write_file (fixture->root, "file9", 1);
  write_file (fixture->root, ".hidden", 1);
  make_folder (fixture->root, "zoo");
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  g_assert_true (lists (fixture, "zoo file9 file10"));
  g_assert_cmpuint (thaw_folder_get_n_listed (fixture->folder), ==, 4);
  g_assert_cmpuint (fixture->n_orders, >, 0);
}

static void
test_empty (Fixture *fixture, gconstpointer data)
{
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  g_assert_nonnull (thaw_folder_get_order (fixture->folder));
  g_assert_true (lists (fixture, ""));
}

static void
test_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->root, "missing", NULL);
  g_autofree char *file = g_build_filename (fixture->root, "file", NULL);

  open_folder (fixture, missing);
  wait_for_state (fixture, THAW_FOLDER_FAILED);
  g_assert_error (thaw_folder_get_error (fixture->folder), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (thaw_folder_get_error (fixture->folder)->message, missing));

  /* Try again, once it is there. */
  make_folder (fixture->root, "missing");
  thaw_folder_reload (fixture->folder);
  wait_for_state (fixture, THAW_FOLDER_READY);
  g_clear_object (&fixture->folder);

  write_file (fixture->root, "file", 1);
  open_folder (fixture, file);
  wait_for_state (fixture, THAW_FOLDER_FAILED);
  g_assert_error (thaw_folder_get_error (fixture->folder), G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
}

static void
test_changes (Fixture *fixture, gconstpointer data)
{
  guint32 id;

  write_file (fixture->root, "a", 1);
  write_file (fixture->root, "b", 1);
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);

  write_file (fixture->root, "c", 3);
  wait_for_listing (fixture, "a b c");
  remove_file (fixture->root, "a");
  wait_for_listing (fixture, "b c");

  /* A renamed entry stays the same entry. */
  id = thaw_order_get_id (thaw_folder_get_order (fixture->folder), 0);
  rename_file (fixture->root, "b", "z");
  wait_for_listing (fixture, "c z");
  g_assert_cmpuint (thaw_order_find (thaw_folder_get_order (fixture->folder), id), ==, 1);

  /* Replacing by rename, as editors do when they save. */
  write_file (fixture->root, ".tmp", 7);
  rename_file (fixture->root, ".tmp", "c");
  wait_for_listing (fixture, "c z");
  make_folder (fixture->root, "y");
  wait_for_listing (fixture, "y c z");
}

static void
test_folder_goes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->root, "sub", NULL);

  make_folder (fixture->root, "sub");
  write_file (path, "a", 1);
  open_folder (fixture, path);
  wait_for_state (fixture, THAW_FOLDER_READY);
  rename_file (fixture->root, "sub", "elsewhere");
  wait_for_state (fixture, THAW_FOLDER_GONE);
  g_assert_nonnull (strstr (thaw_folder_get_error (fixture->folder)->message, path));
  g_assert_true (lists (fixture, "a"));

  rename_file (fixture->root, "elsewhere", "sub");
  thaw_folder_reload (fixture->folder);
  wait_for_state (fixture, THAW_FOLDER_READY);
  remove_tree (path);
  wait_for_state (fixture, THAW_FOLDER_GONE);
}

static void
test_sort_by_size (Fixture *fixture, gconstpointer data)
{
  ThawOrderSpec spec = { THAW_SORT_SIZE, FALSE, TRUE, FALSE, NULL };

  write_file (fixture->root, "big", 1000);
  write_file (fixture->root, "middle", 100);
  write_file (fixture->root, "small", 10);
  make_folder (fixture->root, "zoo");
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  thaw_folder_set_spec (fixture->folder, &spec);
  wait_for_listing (fixture, "zoo small middle big");
  spec.descending = TRUE;
  thaw_folder_set_spec (fixture->folder, &spec);
  wait_for_listing (fixture, "zoo big middle small");

  /* A file that grows moves. */
  write_file (fixture->root, "small", 5000);
  wait_for_listing (fixture, "zoo small big middle");
  spec.filter = (char *) "MI";
  thaw_folder_set_spec (fixture->folder, &spec);
  wait_for_listing (fixture, "middle");
  spec.filter = (char *) "big";
  thaw_folder_set_spec (fixture->folder, &spec);
  wait_for_listing (fixture, "big");
  spec.filter = NULL;
  thaw_folder_set_spec (fixture->folder, &spec);
  wait_for_listing (fixture, "zoo small big middle");
}

static gboolean
link_is_folder (Fixture *fixture, gpointer data)
{
  return lists (fixture, (gpointer) "link zoo a broken");
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->root, "link", NULL);
  g_autofree char *broken = g_build_filename (fixture->root, "broken", NULL);
  ThawOrder *order;
  guint32 id;

  make_folder (fixture->root, "zoo");
  write_file (fixture->root, "a", 1);
  g_assert_cmpint (symlink ("zoo", link), ==, 0);
  g_assert_cmpint (symlink ("nowhere", broken), ==, 0);
  open_folder (fixture, fixture->root);
  wait_until (fixture, link_is_folder, NULL);
  order = thaw_folder_get_order (fixture->folder);
  id = thaw_order_get_id (order, 3);
  g_assert_true (thaw_entry_store_get_flags (thaw_order_get_store (order), id) & THAW_ENTRY_BROKEN);
}

static gboolean
has_details (Fixture *fixture, gpointer data)
{
  ThawOrder *order = thaw_folder_get_order (fixture->folder);
  guint32 id = thaw_order_get_id (order, 0);

  return (thaw_entry_store_get_flags (thaw_order_get_store (order), id) & THAW_ENTRY_HAS_STAT)
         && thaw_entry_store_get_size (thaw_order_get_store (order), id) == GPOINTER_TO_UINT (data);
}

static void
test_want (Fixture *fixture, gconstpointer data)
{
  guint32 id;

  write_file (fixture->root, "a", 12345);
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  id = thaw_order_get_id (thaw_folder_get_order (fixture->folder), 0);
  thaw_folder_want (fixture->folder, &id, 1);
  wait_until (fixture, has_details, GUINT_TO_POINTER (12345));
  write_file (fixture->root, "a", 54321);
  wait_until (fixture, has_details, GUINT_TO_POINTER (54321));
}

static guint
count_open_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
test_open_and_close (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (fixture->root);
  guint n_files;

  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u.txt", i);
      write_file (fixture->root, name, i);
    }
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  g_clear_object (&fixture->folder);
  wait_until (fixture, no_tasks, NULL);
  n_files = count_open_files ();

  for (guint i = 0; i < 1000; i++)
    {
      ThawFolder *folder = thaw_folder_new (file);
      ThawOrderSpec spec = { THAW_SORT_SIZE, FALSE, TRUE, FALSE, NULL };

      if (i % 2)
        thaw_folder_set_spec (folder, &spec);
      thaw_folder_start (folder);
      for (guint turn = 0; turn < i % 5; turn++)
        g_main_context_iteration (NULL, FALSE);
      g_object_unref (folder);
    }
  wait_until (fixture, no_tasks, NULL);
  g_assert_cmpuint (count_open_files (), <=, n_files);
}

/* Creates, deletes, renames and rewrites at random, faster than changes are followed, with reloads and new orders in
 * between; in the end the list must be what the disk says. */
static void
churn (Fixture *fixture, GRand *rand, guint n)
{
  static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l" };

  for (guint i = 0; i < n; i++)
    {
      const char *name = names[g_rand_int_range (rand, 0, G_N_ELEMENTS (names))];
      const char *other = names[g_rand_int_range (rand, 0, G_N_ELEMENTS (names))];
      g_autofree char *path = g_build_filename (fixture->root, name, NULL);
      g_autofree char *to = g_build_filename (fixture->root, other, NULL);

      switch (g_rand_int_range (rand, 0, 6))
        {
        case 0:
        case 1:
          write_file (fixture->root, name, g_rand_int_range (rand, 0, 1000));
          break;
        case 2:
          g_unlink (path);
          break;
        case 3:
        case 4:
          if (g_rename (path, to) != 0)
            g_assert_cmpint (errno, ==, ENOENT);
          break;
        default:
          g_main_context_iteration (NULL, FALSE);
        }
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

static char *
dup_disk (const char *root)
{
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

static void
test_churn (Fixture *fixture, gconstpointer data)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  for (guint round = 0; round < 12; round++)
    {
      g_autofree char *expected = NULL;

      churn (fixture, rand, g_rand_int_range (rand, 1, 400));
      if (g_rand_boolean (rand))
        thaw_folder_reload (fixture->folder);
      expected = dup_disk (fixture->root);
      wait_for_listing (fixture, expected);
    }
}

/* More than a watch tells one by one becomes a rescan. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  ThawOrderSpec spec = { THAW_SORT_NAME, FALSE, TRUE, FALSE, (char *) "keep" };

  open_folder (fixture, fixture->root);
  wait_for_state (fixture, THAW_FOLDER_READY);
  thaw_folder_set_spec (fixture->folder, &spec);
  for (guint i = 0; i < 40000; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);
      write_file (fixture->root, name, 0);
      if (i % 10000)
        remove_file (fixture->root, name);
    }
  write_file (fixture->root, "keep", 1);
  wait_for_listing (fixture, "keep");
}

int
main (int argc, char **argv)
{
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/folder/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("list", test_list);
  ADD ("empty", test_empty);
  ADD ("errors", test_errors);
  ADD ("changes", test_changes);
  ADD ("goes", test_folder_goes);
  ADD ("sort-by-size", test_sort_by_size);
  ADD ("links", test_links);
  ADD ("want", test_want);
  ADD ("open-and-close", test_open_and_close);
  ADD ("churn", test_churn);
  ADD ("flood", test_flood);
  return g_test_run ();
}
