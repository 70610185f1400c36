/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files: loading, saving, appending, many at once, temporary ones; on real folders. A file
 * that isn't native is played by one of an unknown scheme, which GIO learns to know afterwards. */

#include "file-test.h"
#include "thaw-file-info.h"

#include <malloc.h>

#include "thaw-file-stream.h"

#include <sys/xattr.h>

static GBytes *
load (Fixture *self, GFile *file)
{
  return finish_pointer (thaw_file_load (self->scope, file, 0, NULL));
}

static void
check_load (Fixture *self, gsize n)
{
  g_autofree char *contents = g_malloc (n + 1);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < n; i++)
    contents[i] = (char) (i * 31);
  g_assert_true (g_file_set_contents (self->path, contents, (gssize) n, NULL));
  bytes = load (self, self->file);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), contents, n);
}

static void
test_load (Fixture *self, gconstpointer data)
{
  const gsize sizes[] = { 0, 1, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1, 5000000 };
  g_autoptr (GFile) proc = g_file_new_for_path ("/proc/self/status");
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    check_load (self, sizes[i]);
  /* It says that its size is 0. */
  bytes = load (self, proc);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 100);
}

static void
test_load_errors (Fixture *self, gconstpointer data)
{
  g_autofree char *fifo = g_build_filename (self->folder, "fifo", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  g_autoptr (GFile) fifo_file = g_file_new_for_path (fifo);
  g_autoptr (GFile) unknown = g_file_new_for_uri ("nowhere-known://host/x");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  finish_error (thaw_file_load (self->scope, self->file, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  finish_error (thaw_file_load (self->scope, folder, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_IS_DIRECTORY,
                self->folder);
  finish_error (thaw_file_load (self->scope, fifo_file, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_REGULAR_FILE,
                fifo);
  finish_error (thaw_file_load (self->scope, unknown, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_SUPPORTED,
                "nowhere-known");
  put (self->path, "0123456789");
  finish_error (thaw_file_load (self->scope, self->file, 9, NULL),
                G_IO_ERROR,
                G_IO_ERROR_MESSAGE_TOO_LARGE,
                self->path);
  g_bytes_unref (finish_pointer (thaw_file_load (self->scope, self->file, 10, NULL)));
}

/* /proc is another mount: the link is followed into its lane. */
static void
test_load_across_mounts (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = NULL;

  g_assert_cmpint (symlink ("/proc/self/cmdline", self->path), ==, 0);
  bytes = load (self, self->file);
  g_assert_cmpuint (g_bytes_get_size (bytes), >, 0);
  g_unlink (self->path);
  g_assert_cmpint (symlink (self->path, self->path), ==, 0);
  finish_error (thaw_file_load (self->scope, self->file, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_TOO_MANY_LINKS,
                self->path);
}

/* Files of one folder at once, one of which leads to another mount; and no more memory than they need. */
static void
test_load_beside (Fixture *self, gconstpointer data)
{
  enum { N = 40, N_BYTES = 4096 };
  g_autofree char *contents = g_strnfill (N_BYTES, 'x');
  ThawFuture *futures[N];

  for (guint i = 0; i < N; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", self->folder, i);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      if (i % 8 == 4)
        g_assert_cmpint (symlink ("/proc/self/stat", path), ==, 0);
      else
        put (path, contents);
      futures[i] = thaw_file_load (self->scope, file, 0, NULL);
    }
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", self->folder, i);
      g_autoptr (GBytes) bytes = finish_pointer (futures[i]);
      gsize n;
      gpointer start = (gpointer) g_bytes_get_data (bytes, &n);

      if (i % 8 == 4)
        g_assert_true (g_ascii_isdigit (*(char *) start));
      else
        g_assert_cmpmem (start, n, contents, N_BYTES);
      g_assert_cmpuint (malloc_usable_size (start), <, n + n / 4 + 128);
      g_unlink (path);
    }
}

static void
save (Fixture *self, GFile *file, const char *contents, ThawFileSaveFlags flags)
{
  g_autoptr (GBytes) bytes = g_bytes_new (contents, strlen (contents));

  finish (thaw_file_save (self->scope, file, bytes, flags, NULL));
}

static void
test_save (Fixture *self, gconstpointer data)
{
  struct stat info;
  char value[16];
  gboolean has_xattrs;

  umask (022);
  save (self, self->file, "one", 0);
  assert_contents (self->path, "one");
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0644);

  g_assert_cmpint (chmod (self->path, 0640), ==, 0);
  has_xattrs = setxattr (self->path, "user.thaw", "kept", 4, 0) == 0;
  save (self, self->file, "two", 0);
  assert_contents (self->path, "two");
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0640);
  if (has_xattrs)
    g_assert_cmpint (getxattr (self->path, "user.thaw", value, sizeof value), ==, 4);
  save (self, self->file, "", THAW_FILE_SAVE_NOT_DURABLE);
  assert_contents (self->path, "");
  g_assert_cmpuint (count_names (self), ==, 1);
}

static void
test_save_new (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("x", 1);
  struct stat info;

  save (self, self->file, "first", THAW_FILE_SAVE_NEW | THAW_FILE_SAVE_PRIVATE);
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  finish_error (thaw_file_save (self->scope, self->file, bytes, THAW_FILE_SAVE_NEW, NULL),
                G_IO_ERROR,
                G_IO_ERROR_EXISTS,
                self->path);
  assert_contents (self->path, "first");
  g_assert_cmpuint (count_names (self), ==, 1);
}

/* A link stays one, wherever it leads; also from one that goes through another folder. */
static void
test_save_through_links (Fixture *self, gconstpointer data)
{
  g_autofree char *sub = g_build_filename (self->folder, "a", "b", NULL);
  g_autofree char *near = g_build_filename (self->folder, "near", NULL);
  g_autofree char *inside = g_build_filename (near, "inside", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (inside);

  g_assert_cmpint (g_mkdir_with_parents (sub, 0700), ==, 0);
  g_assert_cmpint (symlink ("a/b", near), ==, 0);
  g_assert_cmpint (symlink ("../../file", inside), ==, 0);
  put (self->path, "old");
  save (self, file, "new", 0);
  assert_contents (self->path, "new");
  g_assert_true (g_file_test (inside, G_FILE_TEST_IS_SYMLINK));
  g_unlink (self->path);
  save (self, file, "made", 0);
  assert_contents (self->path, "made");
}

static void
test_save_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("x", 1);
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  g_autoptr (GFile) below = g_file_get_child (self->file, "x");

  finish_error (thaw_file_save (self->scope, folder, bytes, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_IS_DIRECTORY,
                self->folder);
  finish_error (thaw_file_save (self->scope, below, bytes, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  g_assert_cmpuint (count_names (self), ==, 0);
}

/* The disk is full in the middle: the old contents stand. */
static void
test_save_full (Fixture *self, gconstpointer data)
{
  g_autofree char *mount
      = g_strdup_printf ("mount -t tmpfs -o size=1m none '%s' 2>/dev/null", self->folder);
  g_autofree char *unmount = g_strdup_printf ("umount '%s'", self->folder);
  g_autoptr (GBytes) big = g_bytes_new_take (g_malloc0 (4 << 20), 4 << 20);

  if (system (mount) != 0)
    {
      g_test_skip ("mounting needs to be root");
      return;
    }
  put (self->path, "old");
  finish_error (thaw_file_save (self->scope, self->file, big, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NO_SPACE,
                self->path);
  finish_error (thaw_file_append (self->scope, self->file, big, 0),
                G_IO_ERROR,
                G_IO_ERROR_NO_SPACE,
                self->path);
  assert_contents (self->path, "old");
  g_assert_cmpuint (count_names (self), ==, 1);
  g_assert_cmpint (system (unmount), ==, 0);
}

static void
test_append (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) wanted = g_string_new (NULL);
  ThawFuture *futures[50];
  gsize length;
  g_autofree char *contents = NULL;

  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GBytes) line = g_bytes_new ("line\n", 5);

      futures[i] = thaw_file_append (self->scope,
                                     self->file,
                                     line,
                                     i > 0 ? THAW_FILE_SAVE_NOT_DURABLE : 0);
    }
  for (guint i = 0; i < 50; i++)
    finish (futures[i]);
  g_assert_true (g_file_get_contents (self->path, &contents, &length, NULL));
  for (guint i = 0; i < 50; i++)
    g_string_append (wanted, "line\n");
  g_assert_cmpstr (contents, ==, wanted->str);
}

typedef struct {
  guint n;
  goffset done, total;
} Heard;

static void
progress_cb (gpointer message, gpointer data)
{
  g_autoptr (ThawFileProgress) progress = message;
  Heard *heard = data;

  g_assert_cmpint (progress->done_bytes, >=, heard->done);
  heard->n++;
  heard->done = progress->done_bytes;
  heard->total = progress->total_bytes;
}

static void
test_progress (Fixture *self, gconstpointer data)
{
  enum { SIZE = 8 << 20 };
  Heard heard = { 0 };
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (SIZE), SIZE);
  g_autoptr (ThawMailbox) mailbox = thaw_mailbox_new ("progress",
                                                      NULL,
                                                      NULL,
                                                      4,
                                                      progress_cb,
                                                      &heard,
                                                      (GDestroyNotify) thaw_file_progress_free);

  finish (thaw_file_save (self->scope, self->file, bytes, 0, mailbox));
  run_until (heard.done == SIZE);
  g_assert_cmpint (heard.total, ==, SIZE);
  heard = (Heard){ 0 };
  g_bytes_unref (finish_pointer (thaw_file_load (self->scope, self->file, 0, mailbox)));
  run_until (heard.done == SIZE);
  thaw_mailbox_close (mailbox);
}

static void
test_load_many (Fixture *self, gconstpointer data)
{
  enum { N = 1000 };
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) contents = NULL;
  g_autofree char *big = g_strnfill (200000, 'b');

  for (guint i = 0; i < N; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/%u", self->folder, i / 300);
      g_autofree char *path = g_strdup_printf ("%s/%u", folder, i);

      g_mkdir (folder, 0700);
      if (i % 100 == 7)
        g_assert_cmpint (symlink ("/proc/self/status", path), ==, 0);
      else if (i % 100 == 8)
        put (path, big);
      else if (i % 100 == 9)
        g_assert_cmpint (mkfifo (path, 0600), ==, 0);
      else if (i % 100 != 10)
        put (path, path);
      g_ptr_array_add (files, g_file_new_for_path (path));
    }
  g_ptr_array_add (files, g_file_new_for_uri ("nowhere-known://host/x"));
  contents = finish_pointer (
      thaw_file_load_many (self->scope, (GFile *const *) files->pdata, files->len, 0));
  g_assert_cmpuint (contents->len, ==, N + 1);
  for (guint i = 0; i < N; i++)
    {
      const ThawFileContents *one = g_ptr_array_index (contents, i);
      const char *path = g_file_peek_path (one->file);

      g_assert_true (one->file == g_ptr_array_index (files, i));
      if (i % 100 == 7)
        g_assert_cmpuint (g_bytes_get_size (one->bytes), >, 100);
      else if (i % 100 == 8)
        g_assert_cmpuint (g_bytes_get_size (one->bytes), ==, 200000);
      else if (i % 100 == 9)
        g_assert_error (one->error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
      else if (i % 100 == 10)
        g_assert_error (one->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      else
        g_assert_cmpmem (g_bytes_get_data (one->bytes, NULL),
                         g_bytes_get_size (one->bytes),
                         path,
                         strlen (path));
    }
  g_assert_error (((ThawFileContents *) contents->pdata[N])->error,
                  G_IO_ERROR,
                  G_IO_ERROR_NOT_SUPPORTED);
  g_clear_pointer (&contents, g_ptr_array_unref);
  contents = finish_pointer (thaw_file_load_many (self->scope, NULL, 0, 0));
  g_assert_cmpuint (contents->len, ==, 0);
}

/* Every thread of the lane is kept, so that nothing else begins. */
typedef struct {
  guint n_running; /* atomic */
  gboolean go_on;  /* atomic */
} Plug;

static gboolean
plug_lane (ThawJob *job, gpointer data, GError **error)
{
  Plug *plug = data;

  __atomic_add_fetch (&plug->n_running, 1, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n (&plug->go_on, __ATOMIC_SEQ_CST))
    {
      thaw_job_beat (job);
      g_usleep (1000);
    }
  return TRUE;
}

static void
plug (Fixture *self, Plug *what)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->folder);

  *what = (Plug){ 0 };
  for (guint i = 0; i < 4; i++)
    thaw_future_disown (
        thaw_lane_run (lane, self->scope, "plug", THAW_PRIORITY_HIGH, -1, plug_lane, what, NULL));
  run_until (__atomic_load_n (&what->n_running, __ATOMIC_SEQ_CST) == 4);
}

static void
unplug (Plug *what)
{
  __atomic_store_n (&what->go_on, TRUE, __ATOMIC_SEQ_CST);
}

static void
test_cancel_before (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new ("new", 3);
  GFile *files[] = { self->file };
  Plug lane_plug;

  put (self->path, "old");
  plug (self, &lane_plug);
  cancel_and_check (thaw_file_load (self->scope, self->file, 0, NULL));
  cancel_and_check (thaw_file_save (self->scope, self->file, bytes, 0, NULL));
  cancel_and_check (thaw_file_append (self->scope, self->file, bytes, 0));
  cancel_and_check (thaw_file_load_many (self->scope, files, 1, 0));
  unplug (&lane_plug);
  run_until (thaw_scope_get_n_tasks (self->scope) == 0);
  assert_contents (self->path, "old");
  g_assert_cmpuint (count_names (self), ==, 1);
}

/* At some moment of it, every time another one: afterwards it is the old or the new, as a whole. */
static void
test_cancel_during (Fixture *self, gconstpointer data)
{
  enum { SIZE = 3 << 20 };
  g_autofree char *text = g_strnfill (SIZE, 'n');
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, SIZE);

  for (guint i = 0; i < 60; i++)
    {
      ThawFuture *saving, *loading;
      g_autofree char *contents = NULL;
      gsize length;

      put (self->path, "old");
      saving = thaw_file_save (self->scope, self->file, bytes, THAW_FILE_SAVE_NOT_DURABLE, NULL);
      loading = thaw_file_load (self->scope, self->file, 0, NULL);
      g_usleep ((gulong) g_test_rand_int_range (0, 2000));
      thaw_future_cancel (saving);
      thaw_future_cancel (loading);
      thaw_future_unref (saving);
      thaw_future_unref (loading);
      run_until (thaw_scope_get_n_tasks (self->scope) == 0);
      g_assert_true (g_file_get_contents (self->path, &contents, &length, NULL));
      g_assert_true (length == SIZE || (length == 3 && strcmp (contents, "old") == 0));
      g_assert_cmpuint (count_names (self), ==, 1);
    }
}

static void
test_cancel_many_during (Fixture *self, gconstpointer data)
{
  enum { N = 2000 };
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < N; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", self->folder, i);

      if (i % 2 == 0)
        put (path, "x");
      else
        g_assert_cmpint (symlink ("/proc/self/status", path), ==, 0);
      g_ptr_array_add (files, g_file_new_for_path (path));
    }
  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
      ThawFuture *future
          = thaw_file_load_many (scope, (GFile *const *) files->pdata, files->len, 0);

      for (int turns = g_test_rand_int_range (0, 40); turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      if (i % 2 == 0)
        thaw_future_cancel (future);
      else
        thaw_scope_cancel (scope);
      g_assert_cmpint (thaw_future_get_state (future), !=, THAW_FUTURE_PENDING);
      thaw_future_unref (future);
      thaw_scope_cancel (scope);
    }
}

static void
test_cancel_after (Fixture *self, gconstpointer data)
{
  ThawFuture *future;

  put (self->path, "x");
  future = thaw_file_load (self->scope, self->file, 0, NULL);
  run_until_complete (future);
  thaw_future_cancel (future);
  g_assert_no_error (thaw_future_get_error (future));
  thaw_future_unref (future);
  thaw_scope_cancel (self->scope);
  finish_error (thaw_file_load (self->scope, self->file, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_CANCELLED,
                "");
  finish_error (thaw_file_load_many (self->scope, &self->file, 1, 0),
                G_IO_ERROR,
                G_IO_ERROR_CANCELLED,
                "");
}

static void
test_temporary (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
  g_autoptr (GFile) file = finish_pointer (thaw_file_make_temp (scope, "thaw-test"));
  g_autoptr (GFile) folder = finish_pointer (thaw_file_make_temp_folder (scope, "thaw-test"));
  g_autofree char *deep = g_build_filename (g_file_peek_path (folder), "a", "b", NULL);
  g_autofree char *link = g_build_filename (g_file_peek_path (folder), "link", NULL);
  struct stat info;

  g_assert_cmpint (stat (g_file_peek_path (file), &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  save (self, file, "something", 0);
  put (self->path, "stays");
  g_assert_cmpint (g_mkdir_with_parents (deep, 0700), ==, 0);
  g_assert_cmpint (symlink (self->folder, link), ==, 0);
  thaw_scope_cancel (scope);
  run_until (!g_file_test (g_file_peek_path (file), G_FILE_TEST_EXISTS));
  run_until (!g_file_test (g_file_peek_path (folder), G_FILE_TEST_EXISTS));
  assert_contents (self->path, "stays");
}

/* What was made for nobody goes too. */
static void
test_temporary_cancelled (Fixture *self, gconstpointer data)
{
  g_autofree char *prefix = g_path_get_basename (self->folder);

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("inner", NULL);
      ThawFuture *future = i % 2 == 0 ? thaw_file_make_temp (scope, prefix)
                                      : thaw_file_make_temp_folder (scope, prefix);

      g_usleep ((gulong) g_test_rand_int_range (0, 300));
      if (i % 4 < 2)
        thaw_future_cancel (future);
      thaw_scope_cancel (scope);
      thaw_future_unref (future);
    }
  run_until (thaw_scope_get_n_tasks (self->scope) == 0);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  run_until (is_nothing_left ());
  {
    g_autoptr (GDir) dir = g_dir_open (g_get_tmp_dir (), 0, NULL);
    const char *name;

    while ((name = g_dir_read_name (dir)) != NULL)
      g_assert_false (g_str_has_prefix (name, prefix) && !g_str_equal (name, prefix));
  }
  self->scope = thaw_scope_new ("test", NULL);
}

#define SCHEME "thaw-test"

static GFile *
find_local (GVfs *vfs, const char *uri, gpointer user_data)
{
  return g_file_new_for_path (uri + strlen (SCHEME "://"));
}

/* GIO makes a dummy of it that only knows its URI, as without gvfs; the lane's thread asks again.
 */
static GFile *
new_remote (Fixture *self)
{
  g_autofree char *uri = g_strconcat (SCHEME "://", self->path, NULL);
  GFile *file = g_file_new_for_uri (uri);

  g_assert_false (g_file_is_native (file));
  g_vfs_register_uri_scheme (g_vfs_get_default (),
                             SCHEME,
                             find_local,
                             NULL,
                             NULL,
                             NULL,
                             NULL,
                             NULL);
  return file;
}

static void
check_remote_streams (Fixture *self, GFile *file)
{
  g_autoptr (ThawFileWriter) writer = thaw_file_write (self->scope, file, 0);
  g_autoptr (ThawFileWriter) dropped = thaw_file_write (self->scope, file, 0);
  g_autoptr (ThawFileReader) reader = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new ("piece\nrest", 10);
  g_autofree char *line = NULL;
  g_autofree char *second = NULL;

  finish (thaw_file_writer_push (writer, bytes));
  finish (thaw_file_writer_finish (writer));
  assert_contents (self->path, "piece\nrest");
  finish (thaw_file_writer_push (dropped, bytes));
  reader = thaw_file_read (self->scope, file, 1);
  line = finish_pointer (thaw_file_reader_next_line (reader));
  second = finish_pointer (thaw_file_reader_next_line (reader));
  g_assert_cmpstr (line, ==, "iece");
  g_assert_cmpstr (second, ==, "rest");
}

static void
test_not_native (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) file = new_remote (self);
  g_autoptr (GBytes) more = g_bytes_new ("more", 4);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) contents = NULL;

  finish_error (thaw_file_load (self->scope, file, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  save (self, file, "one", 0);
  assert_contents (self->path, "one");
  finish (thaw_file_append (self->scope, file, more, 0));
  assert_contents (self->path, "onemore");
  finish_error (thaw_file_save (self->scope, file, more, THAW_FILE_SAVE_NEW, NULL),
                G_IO_ERROR,
                G_IO_ERROR_EXISTS,
                self->path);
  finish_error (thaw_file_load (self->scope, file, 3, NULL),
                G_IO_ERROR,
                G_IO_ERROR_MESSAGE_TOO_LARGE,
                self->path);
  bytes = load (self, file);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "onemore", 7);
  contents = finish_pointer (thaw_file_load_many (self->scope, &file, 1, 0));
  g_assert_no_error (((ThawFileContents *) contents->pdata[0])->error);
  check_remote_streams (self, file);
  thaw_scope_cancel (self->scope);
  run_until (count_names (self) == 1);
  g_vfs_unregister_uri_scheme (g_vfs_get_default (), SCHEME);
}

#define ADD(name, func) g_test_add ("/file-data/" name, Fixture, NULL, set_up, func, tear_down)

/* A link tells of itself, and one on the way is followed, to another mount too. */
static void
test_look (Fixture *self, gconstpointer data)
{
  g_autofree char *link = g_build_filename (self->folder, "link", NULL);
  g_autofree char *away = g_build_filename (self->folder, "away", NULL);
  g_autoptr (GFile) link_file = g_file_new_for_path (link);
  g_autoptr (GFile) far_file = NULL;
  g_autoptr (GFile) root = g_file_new_for_path ("/");
  g_autoptr (GFileInfo) info = NULL;
  g_autoptr (GFileInfo) far = NULL;
  g_autoptr (GFileInfo) of_root = NULL;

  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  g_assert_cmpint (symlink ("/proc", away), ==, 0);
  /* Not "standard::*", for which GIO begins to watch the mounts and keeps that open. */
  info = finish_pointer (
      thaw_file_look (self->scope, link_file, "standard::type,standard::symlink-target"));
  g_assert_cmpint (g_file_info_get_file_type (info), ==, G_FILE_TYPE_SYMBOLIC_LINK);
  g_assert_cmpstr (g_file_info_get_symlink_target (info), ==, "nowhere");
  far_file = g_file_new_build_filename (away, "version", NULL);
  far = finish_pointer (thaw_file_look (self->scope, far_file, "standard::type"));
  g_assert_cmpint (g_file_info_get_file_type (far), ==, G_FILE_TYPE_REGULAR);
  of_root = finish_pointer (thaw_file_look (self->scope, root, "standard::type"));
  g_assert_cmpint (g_file_info_get_file_type (of_root), ==, G_FILE_TYPE_DIRECTORY);
  g_assert_cmpint (unlink (link), ==, 0);
  finish_error (thaw_file_look (self->scope, link_file, "standard::type"), G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "link");
  g_assert_cmpint (unlink (away), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("load", test_load);
  ADD ("load-errors", test_load_errors);
  ADD ("load-across-mounts", test_load_across_mounts);
  ADD ("load-beside", test_load_beside);
  ADD ("save", test_save);
  ADD ("save-new", test_save_new);
  ADD ("save-through-links", test_save_through_links);
  ADD ("save-errors", test_save_errors);
  ADD ("save-full", test_save_full);
  ADD ("append", test_append);
  ADD ("progress", test_progress);
  ADD ("load-many", test_load_many);
  ADD ("not-native", test_not_native);
  ADD ("look", test_look);
  ADD ("cancel-before", test_cancel_before);
  ADD ("cancel-during", test_cancel_during);
  ADD ("cancel-many-during", test_cancel_many_during);
  ADD ("cancel-after", test_cancel_after);
  ADD ("temporary", test_temporary);
  ADD ("temporary-cancelled", test_temporary_cancelled);
  return g_test_run ();
}
