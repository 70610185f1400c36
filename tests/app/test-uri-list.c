/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of files of other programs: one folder's names or files from anywhere, what is no file,
 * what has no end; and whether files hold another. */

#include "files-drop-zone.h"
#include "files-rename.h"
#include "files-uri-list.h"
#include "thaw.h"

#include <string.h>
#include <time.h>

static FilesUriList *
parse (const char *text, gboolean has_verb)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return files_uri_list_new (bytes, has_verb);
}

static void
assert_first (FilesSelection *files, const char *path)
{
  g_autoptr (GFile) first = files_selection_dup_first (files);
  g_autofree char *found = first != NULL ? g_file_get_path (first) : NULL;

  g_assert_cmpstr (found, ==, path);
}

static void
test_one_folder (void)
{
  g_autoptr (FilesUriList) list = parse ("# a remark\r\nfile:///a/b%20c\r\nfile:///a/d\r\n", FALSE);
  g_autoptr (GFile) folder = files_selection_dup_folder (list->files);
  g_autoptr (GFile) expected = g_file_new_for_path ("/a");

  g_assert_cmpuint (files_selection_get_n (list->files), ==, 2);
  g_assert_true (g_file_equal (folder, expected));
  g_assert_true (files_selection_are_in (list->files, expected));
  assert_first (list->files, "/a/b c");
  g_assert_false (list->is_cut);
}

static void
test_verb (void)
{
  g_autoptr (FilesUriList) cut = parse ("cut\nfile:///a/x", TRUE);
  g_autoptr (FilesUriList) copy = parse ("copy\nfile:///a/x\nfile:///b/y", TRUE);
  g_autoptr (FilesUriList) empty = parse ("", TRUE);

  g_assert_true (cut->is_cut);
  g_assert_cmpuint (files_selection_get_n (cut->files), ==, 1);
  g_assert_false (copy->is_cut);
  g_assert_cmpuint (files_selection_get_n (copy->files), ==, 2);
  g_assert_cmpuint (files_selection_get_n (empty->files), ==, 0);
}

/* None of these may become a name in the folder: it would be another file. */
static void
test_odd_names (void)
{
  static const char *const odd[] = {
    "file:///a/x%2F..%2F..%2Fetc\n",
    "file:///a/..\n",
    "file:///a/.\n",
    "file:///a/%00\n",
    "file:///a/b/\n",
    "sftp://host/a\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autofree char *text = g_strconcat (odd[i], "file:///a/x\n", NULL);
      g_autoptr (FilesUriList) list = parse (text, FALSE);
      g_autoptr (GFile) folder = g_file_new_for_path ("/a");
      g_autoptr (GPtrArray) files = files_selection_dup_files (list->files);

      g_assert_cmpuint (files->len, ==, 2);
      for (guint j = 0; j < files->len; j++)
        {
          g_autofree char *name = g_file_get_basename (g_ptr_array_index (files, j));

          g_assert_cmpstr (name, !=, "..");
        }
    }
}

static void
test_holds (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GFile) below = g_file_new_for_path ("/d7/f/deep/er");
  g_autoptr (GFile) beside = g_file_new_for_path ("/d7/g");
  g_autoptr (FilesUriList) many = NULL;
  g_autoptr (FilesUriList) few = parse ("file:///d7/f\nfile:///e/f\n", FALSE);

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "file:///d%u/f\n", i);
  many = parse (text->str, FALSE);
  g_assert_cmpuint (files_selection_get_n (many->files), ==, 1000);
  g_assert_true (files_selection_holds (many->files, below));
  g_assert_false (files_selection_holds (many->files, beside));
  g_assert_true (files_selection_holds (few->files, below));
  g_assert_false (files_selection_holds (few->files, beside));
}

static void
test_choice (void)
{
  g_autoptr (FilesUriList) list = parse ("file:///tmp/f\n", FALSE);
  g_autoptr (GFile) own = g_file_new_for_path ("/tmp");
  g_autoptr (GFile) other = g_file_new_for_path ("/tmp/g");
  g_autoptr (GFile) itself = g_file_new_for_path ("/tmp/f");
  const GdkDragAction all = GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK;

  /* Which places are of one mount isn't known before the table of mounts is read. */
  for (gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
       files_drop_choose (all, FALSE, list->files, other) != GDK_ACTION_MOVE;
       g_main_context_iteration (NULL, FALSE))
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  g_assert_cmpuint (files_drop_choose (all, TRUE, list->files, other), ==, GDK_ACTION_LINK);
  g_assert_cmpuint (files_drop_choose (GDK_ACTION_COPY, FALSE, list->files, other),
                    ==,
                    GDK_ACTION_COPY);
  g_assert_cmpuint (files_drop_choose (GDK_ACTION_COPY, FALSE, list->files, own),
                    ==,
                    GDK_ACTION_COPY);
  g_assert_cmpuint (files_drop_choose (all, FALSE, list->files, own), ==, 0);
  g_assert_cmpuint (files_drop_choose (all, FALSE, list->files, itself), ==, 0);
}

static void
test_archive_names (void)
{
  g_assert_cmpstr (files_archive_find_extension ("a.zip"), ==, ".zip");
  g_assert_cmpstr (files_archive_find_extension ("a.TAR.GZ"), ==, ".tar.gz");
  g_assert_null (files_archive_find_extension ("a"));
  g_assert_null (files_archive_find_extension (".zip"));
  g_assert_null (files_archive_find_extension ("azip"));
}

/* Reading */

typedef struct {
  GMainLoop *loop;
  GError *error;
  gsize size;
} Outcome;

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  Outcome *outcome = user_data;
  GBytes *bytes = thaw_future_get_pointer (completed, &outcome->error);

  outcome->size = bytes != NULL ? g_bytes_get_size (bytes) : 0;
  g_main_loop_quit (outcome->loop);
}

static void
read_file (const char *path, gsize max, Outcome *outcome)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  g_autoptr (ThawFuture) read = files_stream_read (G_INPUT_STREAM (stream), max);

  *outcome = (Outcome){ .loop = g_main_loop_new (NULL, FALSE) };
  thaw_future_done (read, NULL, read_cb, outcome, NULL);
  g_main_loop_run (outcome->loop);
  g_main_loop_unref (outcome->loop);
}

/* What never ends is given up as soon as the limit is reached. */
static void
test_bounded (void)
{
  Outcome outcome;

  read_file ("/dev/zero", 3 * 1024 * 1024, &outcome);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&outcome.error);
  read_file ("/dev/null", 10, &outcome);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (outcome.size, ==, 0);
}

/* What GTK reads by itself */

#define N_MANY 100000
#define LONGEST_TURN_USEC (16 * 1000)

typedef struct {
  GMainLoop *loop;
  FilesSelection *files;
} Taken;

/* Of this thread: other programs may have the processors meanwhile. */
static gint64
get_cpu_usec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Taken *taken = user_data;
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (GError) error = NULL;

  g_value_init (&value, FILES_TYPE_SELECTION);
  gdk_content_deserialize_finish (result, &value, &error);
  g_assert_no_error (error);
  taken->files = g_value_dup_boxed (&value);
  g_main_loop_quit (taken->loop);
}

/* Stands in for a drop on a tab, whose target is libadwaita's. */
static FilesSelection *
take_many (gint64 *longest_usec)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GInputStream) stream = NULL;
  Taken taken = { .loop = g_main_loop_new (NULL, FALSE) };

  for (guint i = 0; i < N_MANY; i++)
    g_string_append_printf (text, "file:///many/a%%20name%u\r\n", i);
  bytes = g_string_free_to_bytes (g_steal_pointer (&text));
  stream = g_memory_input_stream_new_from_bytes (bytes);
  gdk_content_deserialize_async (stream, FILES_URI_LIST, FILES_TYPE_SELECTION, 0, NULL, taken_cb, &taken);
  while (taken.files == NULL)
    {
      gint64 start_usec;

      while (!g_main_context_pending (NULL))
        g_usleep (100);
      start_usec = get_cpu_usec ();
      g_main_context_iteration (NULL, FALSE);
      *longest_usec = MAX (*longest_usec, get_cpu_usec () - start_usec);
    }
  g_main_loop_unref (taken.loop);
  return taken.files;
}

static void
test_registered (void)
{
  gint64 longest_usec = 0;
  g_autoptr (FilesSelection) files = NULL;

  if (!gtk_init_check ())
    {
      g_test_skip ("There is no display");
      return;
    }
  files_uri_list_register ();
  files_uri_list_register ();
  files = take_many (&longest_usec);
  g_assert_cmpuint (files_selection_get_n (files), ==, N_MANY);
  assert_first (files, "/many/a name0");
  g_assert_cmpint (longest_usec, <, LONGEST_TURN_USEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri-list/one-folder", test_one_folder);
  g_test_add_func ("/uri-list/verb", test_verb);
  g_test_add_func ("/uri-list/odd-names", test_odd_names);
  g_test_add_func ("/uri-list/holds", test_holds);
  g_test_add_func ("/drop/choice", test_choice);
  g_test_add_func ("/rename/archive-names", test_archive_names);
  g_test_add_func ("/stream/bounded", test_bounded);
  g_test_add_func ("/uri-list/registered", test_registered);
  return g_test_run ();
}
