/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Going through lines on the lane: every line once, whole, at its offset, whatever the borders of
 * the blocks; going on from where it ended; files that grow, are cut, or are elsewhere. */

#include "thaw-file-stream.h"

#include "file-test.h"

typedef struct {
  GPtrArray *lines;
  GArray *offsets;
  guint n_wanted; /* 0: all */
  guint n_freed;
} Seen;

static gboolean
see_line (const char *line, gsize n_bytes, goffset offset, gpointer data)
{
  Seen *self = data;

  if (self->n_wanted > 0 && self->lines->len == self->n_wanted)
    return FALSE;
  g_ptr_array_add (self->lines, g_strndup (line, n_bytes));
  g_array_append_val (self->offsets, offset);
  return TRUE;
}

static void
count_freed (gpointer data)
{
  ((Seen *) data)->n_freed++;
}

static goffset
scan (Fixture *self, GFile *file, goffset offset, Seen *seen)
{
  ThawFuture *future = thaw_file_scan_lines (self->scope,
                                             file,
                                             offset,
                                             THAW_PRIORITY_DEFAULT,
                                             see_line,
                                             seen,
                                             count_freed);
  goffset end;

  run_until_complete (future);
  g_assert_no_error (thaw_future_get_error (future));
  end = thaw_future_get_int64 (future, NULL);
  thaw_future_unref (future);
  g_assert_cmpuint (seen->n_freed, ==, 1);
  seen->n_freed = 0;
  return end;
}

static void
seen_init (Seen *self, guint n_wanted)
{
  *self = (Seen){ g_ptr_array_new_with_free_func (g_free),
                  g_array_new (FALSE, FALSE, sizeof (goffset)),
                  n_wanted,
                  0 };
}

static void
seen_clear (Seen *self)
{
  g_ptr_array_unref (self->lines);
  g_array_unref (self->offsets);
}

/* Lines of random lengths, a few longer than a line may be, over several blocks: in pieces from
 * random places they are what they were. */
static void
test_random (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GString) again = g_string_new (NULL);
  goffset end = 0;

  for (guint i = 0; text->len < 3 << 20; i++)
    {
      guint n = g_test_rand_int_range (0, i % 50 == 0 ? 200000 : 500);

      for (guint j = 0; j < n; j++)
        g_string_append_c (text, (char) ('a' + (i + j) % 26));
      g_string_append_c (text, '\n');
    }
  put (self->path, text->str);
  while (end < (goffset) text->len)
    {
      Seen seen;

      seen_init (&seen, (guint) g_test_rand_int_range (1, 3000));
      end = scan (self, self->file, end, &seen);
      g_assert_cmpuint (seen.lines->len, >, 0);
      for (guint i = 0; i < seen.lines->len; i++)
        {
          const char *line = g_ptr_array_index (seen.lines, i);

          g_assert_cmpint (g_array_index (seen.offsets, goffset, i), ==, again->len);
          g_assert_cmpuint (strlen (line), <=, THAW_FILE_SCAN_LINE_BYTES);
          g_string_append (again, line);
        }
      g_assert_cmpint (end, ==, again->len);
      seen_clear (&seen);
    }
  g_assert_cmpstr (again->str, ==, text->str);
}

/* The last line counts when it is whole; a file that is shorter than it was says so. */
static void
test_growing (Fixture *self, gconstpointer data)
{
  Seen seen;

  seen_init (&seen, 0);
  put (self->path, "");
  g_assert_cmpint (scan (self, self->file, 0, &seen), ==, 0);
  put (self->path, "one\ntw");
  g_assert_cmpint (scan (self, self->file, 0, &seen), ==, 4);
  put (self->path, "one\ntwo\n");
  g_assert_cmpint (scan (self, self->file, 4, &seen), ==, 8);
  g_assert_cmpint (scan (self, self->file, 8, &seen), ==, 8);
  g_assert_cmpuint (seen.lines->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (seen.lines, 0), ==, "one\n");
  g_assert_cmpstr (g_ptr_array_index (seen.lines, 1), ==, "two\n");
  put (self->path, "new\n");
  g_assert_cmpint (scan (self, self->file, 8, &seen), ==, 4);
  g_assert_cmpuint (seen.lines->len, ==, 2);
  seen_clear (&seen);
}

static void
test_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  guint n_open = count_open_files ();
  Seen seen;

  seen_init (&seen, 0);
  finish_error (thaw_file_scan_lines (self->scope,
                                      self->file,
                                      0,
                                      THAW_PRIORITY_DEFAULT,
                                      see_line,
                                      &seen,
                                      count_freed),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  finish_error (
      thaw_file_scan_lines (self->scope, folder, 0, THAW_PRIORITY_DEFAULT, see_line, &seen, NULL),
      G_IO_ERROR,
      G_IO_ERROR_IS_DIRECTORY,
      self->folder);
  g_assert_cmpuint (seen.n_freed, ==, 1);
  g_assert_cmpuint (count_open_files (), ==, n_open);
  seen_clear (&seen);
}

/* A link into another mount is followed into its lane; nothing is seen twice. */
static void
test_across_mounts (Fixture *self, gconstpointer data)
{
  Seen seen;

  seen_init (&seen, 1);
  g_assert_cmpint (symlink ("/proc/self/status", self->path), ==, 0);
  scan (self, self->file, 0, &seen);
  g_assert_cmpuint (seen.lines->len, ==, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (seen.lines, 0), "Name:"));
  seen_clear (&seen);
}

typedef struct {
  gboolean is_under_way, may_go_on; /* atomic */
} Held;

static gboolean
held_line (const char *line, gsize n_bytes, goffset offset, gpointer data)
{
  Held *self = data;

  __atomic_store_n (&self->is_under_way, TRUE, __ATOMIC_RELEASE);
  while (!__atomic_load_n (&self->may_go_on, __ATOMIC_ACQUIRE))
    g_usleep (100);
  return TRUE;
}

/* Before, during and after. */
static void
test_cancel (Fixture *self, gconstpointer data)
{
  enum { BEFORE, DURING, AFTER };

  put (self->path, "one\ntwo\n");
  for (guint when = BEFORE; when <= AFTER; when++)
    {
      Held held = { FALSE, when == AFTER };
      ThawFuture *future = thaw_file_scan_lines (self->scope,
                                                 self->file,
                                                 0,
                                                 THAW_PRIORITY_LOW,
                                                 held_line,
                                                 &held,
                                                 NULL);

      while (when == DURING && !__atomic_load_n (&held.is_under_way, __ATOMIC_ACQUIRE))
        g_main_context_iteration (NULL, FALSE);
      if (when == AFTER)
        run_until_complete (future);
      thaw_future_cancel (future);
      __atomic_store_n (&held.may_go_on, TRUE, __ATOMIC_RELEASE);
      if (when == AFTER)
        g_assert_no_error (thaw_future_get_error (future));
      else
        assert_cancelled (future);
      thaw_future_unref (future);
      finish (thaw_scope_join (self->scope));
    }
}

#define ADD(name, func) g_test_add ("/file-scan/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("random", test_random);
  ADD ("growing", test_growing);
  ADD ("errors", test_errors);
  ADD ("across-mounts", test_across_mounts);
  ADD ("cancel", test_cancel);
  return g_test_run ();
}
