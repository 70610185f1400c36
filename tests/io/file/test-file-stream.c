/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers and writers: what comes through is what was there, memory is bounded, and whoever lets go
 * at whatever moment leaves no descriptor and no torso. */

#include "thaw-file-stream.h"

#include "file-test.h"

static GBytes *
read_all (ThawFileReader *reader)
{
  GByteArray *all = g_byte_array_new ();

  for (;;)
    {
      g_autoptr (GBytes) chunk = finish_pointer (thaw_file_reader_next_chunk (reader));
      gsize n;
      gconstpointer bytes;

      if (chunk == NULL)
        return g_byte_array_free_to_bytes (all);
      bytes = g_bytes_get_data (chunk, &n);
      g_assert_cmpuint (n, >, 0);
      g_assert_cmpuint (n, <=, THAW_FILE_READ_AHEAD_BYTES);
      g_byte_array_append (all, bytes, (guint) n);
    }
}

static void
test_chunks (Fixture *self, gconstpointer data)
{
  const gsize sizes[]
      = { 0, 1, THAW_FILE_READ_AHEAD_BYTES, THAW_FILE_READ_AHEAD_BYTES + 1, 3000000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *contents = g_malloc (sizes[i] + 1);
      g_autoptr (ThawFileReader) reader = NULL;
      g_autoptr (GBytes) all = NULL;

      for (gsize j = 0; j < sizes[i]; j++)
        contents[j] = (char) (j * 7 + j / 256);
      g_assert_true (g_file_set_contents (self->path, contents, (gssize) sizes[i], NULL));
      reader = thaw_file_read (self->scope, self->file, 0);
      all = read_all (reader);
      g_assert_cmpmem (g_bytes_get_data (all, NULL), g_bytes_get_size (all), contents, sizes[i]);
      g_assert_cmpint (thaw_file_reader_get_offset (reader), ==, sizes[i]);
      g_assert_cmpint (thaw_file_reader_get_size (reader), ==, sizes[i]);
      g_assert_null (finish_pointer (thaw_file_reader_next_chunk (reader)));
      g_assert_null (finish_pointer (thaw_file_reader_next_line (reader)));
    }
}

static void
test_offset (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawFileReader) reader = NULL;
  g_autoptr (GBytes) rest = NULL;

  put (self->path, "0123456789");
  reader = thaw_file_read (self->scope, self->file, 7);
  rest = read_all (reader);
  g_assert_cmpmem (g_bytes_get_data (rest, NULL), g_bytes_get_size (rest), "789", 3);
}

/* Lines of random lengths, over the borders of the blocks. */
static void
test_lines (Fixture *self, gconstpointer data)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
  enum { N = 4000 };
#else
  enum { N = 20000 };
#endif
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ThawFileReader) reader = NULL;

  for (guint i = 0; i < N; i++)
    {
      char *line = g_strnfill ((gsize) g_test_rand_int_range (0, i % 1000 == 0 ? 300000 : 60),
                               (char) ('a' + i % 26));

      g_ptr_array_add (lines, line);
      g_string_append_printf (text, "%s%s", line, i + 1 < N ? "\n" : "x");
    }
  g_assert_true (g_file_set_contents (self->path, text->str, (gssize) text->len, NULL));
  reader = thaw_file_read (self->scope, self->file, 0);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *line = finish_pointer (thaw_file_reader_next_line (reader));
      g_autofree char *wanted
          = g_strconcat (g_ptr_array_index (lines, i), i + 1 < N ? "" : "x", NULL);

      g_assert_cmpstr (line, ==, wanted);
    }
  g_assert_null (finish_pointer (thaw_file_reader_next_line (reader)));
  g_assert_cmpint (thaw_file_reader_get_offset (reader), ==, text->len);
}

static void
test_mixed (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawFileReader) reader = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GBytes) rest = NULL;

  put (self->path, "head\n\nbody\nbody");
  reader = thaw_file_read (self->scope, self->file, 0);
  line = finish_pointer (thaw_file_reader_next_line (reader));
  g_assert_cmpstr (line, ==, "head");
  g_assert_cmpint (thaw_file_reader_get_offset (reader), ==, 5);
  rest = read_all (reader);
  g_assert_cmpmem (g_bytes_get_data (rest, NULL), g_bytes_get_size (rest), "\nbody\nbody", 10);
}

/* Half a line that a cancelled question had begun with isn't lost to who asks for chunks. */
static void
test_half_a_line (Fixture *self, gconstpointer data)
{
  enum { SIZE = 1000000 };
  g_autofree char *text = g_strnfill (SIZE, 'x');
  guint n_halves = 0;

  put (self->path, text);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (ThawFileReader) reader = thaw_file_read (self->scope, self->file, 0);
      g_autoptr (ThawFuture) line = thaw_file_reader_next_line (reader);
      g_autoptr (GBytes) all = NULL;

      run_until (thaw_file_reader_get_size (reader) >= 0);
      if (thaw_future_get_state (line) != THAW_FUTURE_PENDING)
        continue;
      n_halves++;
      thaw_future_cancel (line);
      all = read_all (reader);
      g_assert_cmpmem (g_bytes_get_data (all, NULL), g_bytes_get_size (all), text, SIZE);
    }
  g_test_message ("%u of 20 were cut", n_halves);
}

static void
test_long_line (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (THAW_FILE_MAX_LINE_BYTES + 100, 'x');
  g_autoptr (ThawFileReader) reader = NULL;

  put (self->path, text);
  reader = thaw_file_read (self->scope, self->file, 0);
  finish_error (thaw_file_reader_next_line (reader),
                G_IO_ERROR,
                G_IO_ERROR_MESSAGE_TOO_LARGE,
                self->path);
}

static void
test_read_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  g_autoptr (ThawFileReader) missing = thaw_file_read (self->scope, self->file, 0);
  g_autoptr (ThawFileReader) wrong = thaw_file_read (self->scope, folder, 0);

  finish_error (thaw_file_reader_next_chunk (missing),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  finish_error (thaw_file_reader_next_line (missing), G_IO_ERROR, G_IO_ERROR_NOT_FOUND, self->path);
  finish_error (thaw_file_reader_next_chunk (wrong),
                G_IO_ERROR,
                G_IO_ERROR_IS_DIRECTORY,
                self->folder);
}

/* Somebody who takes one line of a big file has read a few blocks of it, not all. */
static void
test_back_pressure (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_strdup ("/proc/self/io");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *line = NULL;
  g_autoptr (ThawFileReader) reader = NULL;
  g_autofree char *big = g_malloc (64 << 20);
  gint64 n_read;

  memset (big, '\n', 64 << 20);
  g_assert_true (g_file_set_contents (self->path, big, 64 << 20, NULL));
  if (!g_file_get_contents (path, &before, NULL, NULL))
    {
      g_test_skip ("/proc/self/io can't be read");
      return;
    }
  reader = thaw_file_read (self->scope, self->file, 0);
  line = finish_pointer (thaw_file_reader_next_line (reader));
  g_assert_cmpstr (line, ==, "");
  for (guint i = 0; i < 100; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
    }
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  n_read = g_ascii_strtoll (strchr (after, ' '), NULL, 10)
           - g_ascii_strtoll (strchr (before, ' '), NULL, 10);
  g_assert_cmpint (n_read, >, 0);
  g_assert_cmpint (n_read, <, 4 * THAW_FILE_READ_AHEAD_BYTES);
}

static ThawFuture *
count_lines_fiber (gpointer data)
{
  Fixture *self = data;
  g_autoptr (ThawFileReader) reader = thaw_file_read (self->scope, self->file, 0);
  GError *error = NULL;
  gint64 n = 0;
  char *line;

  while ((line = thaw_await_pointer (thaw_file_reader_next_line (reader), &error)) != NULL)
    {
      g_free (line);
      n++;
    }
  return error != NULL ? thaw_future_new_rejected (error) : thaw_future_new_int64 (n);
}

/* In a fiber whose scope ends at a random moment: no descriptor stays (tear_down looks). */
static void
test_fiber (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_malloc (2 << 20);
  ThawFuture *counting;

  memset (text, '\n', 2 << 20);
  g_assert_true (g_file_set_contents (self->path, text, 2 << 20, NULL));
  counting = thaw_scope_spawn (self->scope, "count", count_lines_fiber, self, NULL);
  run_until_complete (counting);
  g_assert_cmpint (thaw_future_get_int64 (counting, NULL), ==, 2 << 20);
  thaw_future_unref (counting);

  for (guint i = 0; i < 30; i++)
    {
      ThawScope *outer = self->scope;

      self->scope = thaw_scope_new ("inner", outer);
      counting = thaw_scope_spawn (self->scope, "count", count_lines_fiber, self, NULL);
      for (int turns = g_test_rand_int_range (0, 30); turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      thaw_scope_cancel (self->scope);
      thaw_scope_unref (self->scope);
      self->scope = outer;
      g_assert_cmpint (thaw_future_get_state (counting), !=, THAW_FUTURE_PENDING);
      thaw_future_unref (counting);
    }
}

static void
test_reader_cancelled (Fixture *self, gconstpointer data)
{
  ThawFileReader *reader;
  ThawFuture *next;
  g_autofree char *line = NULL;
  ThawScope *scope = thaw_scope_new ("inner", self->scope);

  put (self->path, "one\ntwo\n");
  reader = thaw_file_read (scope, self->file, 0);
  cancel_and_check (thaw_file_reader_next_line (reader));
  cancel_and_check (thaw_file_reader_next_chunk (reader));
  line = finish_pointer (thaw_file_reader_next_line (reader));
  g_assert_cmpstr (line, ==, "one");
  next = thaw_file_reader_next_line (reader);
  thaw_future_cancel (next);
  thaw_future_unref (next);
  thaw_scope_cancel (scope);
  finish_error (thaw_file_reader_next_line (reader), G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
  thaw_file_reader_unref (reader);
  /* Of a scope that is over already, and dropped while somebody waits. */
  reader = thaw_file_read (scope, self->file, 0);
  finish_error (thaw_file_reader_next_line (reader), G_IO_ERROR, G_IO_ERROR_CANCELLED, "");
  thaw_file_reader_unref (reader);
  reader = thaw_file_read (self->scope, self->file, 0);
  next = thaw_file_reader_next_line (reader);
  thaw_file_reader_unref (reader);
  assert_cancelled (next);
  thaw_future_unref (next);
  thaw_scope_unref (scope);
}

static void
test_write (Fixture *self, gconstpointer data)
{
  enum { N = 500, SIZE = 10000 };
  g_autoptr (ThawFileWriter) writer = thaw_file_write (self->scope, self->file, 0);
  g_autofree char *piece = g_strnfill (SIZE, 'p');
  g_autoptr (GBytes) bytes = g_bytes_new_static (piece, SIZE);
  guint n_waited = 0;
  struct stat info;

  put (self->path, "old");
  for (guint i = 0; i < N; i++)
    {
      ThawFuture *room = thaw_file_writer_push (writer, bytes);

      n_waited += thaw_future_get_state (room) == THAW_FUTURE_PENDING;
      finish (room);
    }
  /* Faster than the device: it had to wait. And nothing stands there before the end. */
  g_assert_cmpuint (n_waited, >, 0);
  assert_contents (self->path, "old");
  finish (thaw_file_writer_finish (writer));
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, N * SIZE);
  finish_error (thaw_file_writer_push (writer, bytes), G_IO_ERROR, G_IO_ERROR_CLOSED, "");
  finish_error (thaw_file_writer_finish (writer), G_IO_ERROR, G_IO_ERROR_CLOSED, "");
  g_assert_cmpuint (count_names (self), ==, 1);
}

/* Whoever waited for room when the end was asked for is told. */
static void
test_write_without_waiting (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawFileWriter) writer = thaw_file_write (self->scope, self->file, 0);
  g_autofree char *piece = g_strnfill (100000, 'p');
  g_autoptr (GBytes) bytes = g_bytes_new_static (piece, 100000);
  ThawFuture *rooms[20], *finishing;

  for (guint i = 0; i < 20; i++)
    rooms[i] = thaw_file_writer_push (writer, bytes);
  finishing = thaw_file_writer_finish (writer);
  for (guint i = 0; i < 20; i++)
    finish (rooms[i]);
  finish (finishing);
}

static void
test_write_nothing (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawFileWriter) writer = thaw_file_write (self->scope, self->file, 0);

  finish (thaw_file_writer_finish (writer));
  assert_contents (self->path, "");
}

static void
test_write_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) below = g_file_get_child (self->file, "x");
  g_autoptr (ThawFileWriter) writer = thaw_file_write (self->scope, below, 0);
  g_autoptr (ThawFileWriter) new_one = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new ("x", 1);
  ThawFuture *pushed = thaw_file_writer_push (writer, bytes);

  finish (pushed);
  finish_error (thaw_file_writer_finish (writer), G_IO_ERROR, G_IO_ERROR_NOT_FOUND, self->path);
  finish_error (thaw_file_writer_push (writer, bytes),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);

  put (self->path, "there");
  new_one = thaw_file_write (self->scope, self->file, THAW_FILE_SAVE_NEW);
  finish_error (thaw_file_writer_finish (new_one), G_IO_ERROR, G_IO_ERROR_EXISTS, self->path);
}

/* Given up at a random moment in each of the ways: the old contents or the new ones, and nothing
 * else in the folder. */
static void
test_write_cancelled (Fixture *self, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (100000, 'p');
  g_autoptr (GBytes) bytes = g_bytes_new_static (piece, 100000);

  for (guint i = 0; i < 90; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("inner", NULL);
      ThawFileWriter *writer = thaw_file_write (scope, self->file, THAW_FILE_SAVE_NOT_DURABLE);
      g_autoptr (ThawFuture) finishing = NULL;
      g_autofree char *contents = NULL;
      gsize length;

      put (self->path, "old");
      for (guint j = 0; j < 10; j++)
        thaw_future_unref (thaw_file_writer_push (writer, bytes));
      if (i % 3 == 0)
        finishing = thaw_file_writer_finish (writer);
      for (int turns = g_test_rand_int_range (0, 20); turns > 0; turns--)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (20);
        }
      if (i % 3 == 0)
        thaw_future_cancel (finishing);
      else if (i % 3 == 1)
        thaw_scope_cancel (scope);
      thaw_file_writer_unref (writer);
      thaw_scope_cancel (scope);
      run_until (({
        ThawTaskStats stats;
        thaw_task_get_stats (&stats);
        stats.n_jobs == 0;
      }));
      g_assert_true (g_file_get_contents (self->path, &contents, &length, NULL));
      g_assert_true (length == 1000000 || strcmp (contents, "old") == 0);
      run_until (count_names (self) == 1);
    }
}

#define ADD(name, func) g_test_add ("/file-stream/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("chunks", test_chunks);
  ADD ("offset", test_offset);
  ADD ("lines", test_lines);
  ADD ("mixed", test_mixed);
  ADD ("half-a-line", test_half_a_line);
  ADD ("long-line", test_long_line);
  ADD ("read-errors", test_read_errors);
  ADD ("back-pressure", test_back_pressure);
  ADD ("fiber", test_fiber);
  ADD ("reader-cancelled", test_reader_cancelled);
  ADD ("write", test_write);
  ADD ("write-without-waiting", test_write_without_waiting);
  ADD ("write-nothing", test_write_nothing);
  ADD ("write-errors", test_write_errors);
  ADD ("write-cancelled", test_write_cancelled);
  return g_test_run ();
}
