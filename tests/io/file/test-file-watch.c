/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes as messages: each kind, of folders and of single files, with a full mailbox, and when the
 * scope or the mailbox ends. */

#include "thaw-file-watch.h"

#include "file-test.h"

typedef struct {
  GPtrArray *changes;
  ThawMailbox *mailbox;
} Heard;

static void
change_cb (gpointer message, gpointer data)
{
  g_ptr_array_add (((Heard *) data)->changes, message);
}

static void
heard_init (Heard *self, guint capacity)
{
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_file_change_free);
  self->mailbox = thaw_mailbox_new ("changes",
                                    NULL,
                                    NULL,
                                    capacity,
                                    change_cb,
                                    self,
                                    (GDestroyNotify) thaw_file_change_free);
}

static void
heard_clear (Heard *self)
{
  thaw_mailbox_close (self->mailbox);
  thaw_mailbox_unref (self->mailbox);
  g_ptr_array_unref (self->changes);
}

static gboolean
has_heard (Heard *self, ThawFileChangeKind kind, const char *name)
{
  for (guint i = 0; i < self->changes->len; i++)
    {
      const ThawFileChange *change = g_ptr_array_index (self->changes, i);
      g_autofree char *base = g_file_get_basename (change->file);

      if (change->kind == kind && g_str_equal (base, name))
        return TRUE;
    }
  return FALSE;
}

static void
test_folder (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  g_autofree char *other = g_build_filename (self->folder, "other", NULL);
  g_autofree char *base = g_path_get_basename (self->folder);
  Heard heard;

  heard_init (&heard, 100);
  finish (thaw_file_watch (self->scope, folder, heard.mailbox));
  put (self->path, "x");
  run_until (has_heard (&heard, THAW_FILE_CHANGE_CHANGED, "file"));
  g_assert_cmpint (g_rename (self->path, other), ==, 0);
  run_until (has_heard (&heard, THAW_FILE_CHANGE_RENAMED, "file"));
  run_until (has_heard (&heard, THAW_FILE_CHANGE_GONE, "file"));
  run_until (has_heard (&heard, THAW_FILE_CHANGE_CHANGED, "other"));
  g_assert_cmpint (g_unlink (other), ==, 0);
  run_until (has_heard (&heard, THAW_FILE_CHANGE_GONE, "other"));
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  run_until (has_heard (&heard, THAW_FILE_CHANGE_ENDED, base));
  heard_clear (&heard);
}

static void
test_one_file (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_build_filename (self->folder, "other", NULL);
  Heard heard;

  heard_init (&heard, 100);
  /* It isn't there yet. */
  finish (thaw_file_watch (self->scope, self->file, heard.mailbox));
  put (other, "x");
  put (self->path, "x");
  run_until (has_heard (&heard, THAW_FILE_CHANGE_CHANGED, "file"));
  g_assert_cmpint (g_unlink (self->path), ==, 0);
  run_until (has_heard (&heard, THAW_FILE_CHANGE_GONE, "file"));
  g_assert_false (has_heard (&heard, THAW_FILE_CHANGE_CHANGED, "other"));
  heard_clear (&heard);
}

/* More changes than the mailbox holds: the watch waits, and at the end every name was told. */
static void
test_full_mailbox (Fixture *self, gconstpointer data)
{
  enum { N = 500 };
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
  Heard heard;

  heard_init (&heard, 4);
  finish (thaw_file_watch (self->scope, folder, heard.mailbox));
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u", self->folder, i);

      g_assert_cmpint (close (g_creat (path, 0600)), ==, 0);
    }
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      run_until (has_heard (&heard, THAW_FILE_CHANGE_CHANGED, name));
    }
  heard_clear (&heard);
}

static void
test_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) below = g_file_get_child (self->file, "x");
  g_autoptr (GFile) remote = g_file_new_for_uri ("nonsense://host/x");
  Heard heard;

  heard_init (&heard, 4);
  finish_error (thaw_file_watch (self->scope, below, heard.mailbox),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                self->path);
  finish_error (thaw_file_watch (self->scope, remote, heard.mailbox),
                G_IO_ERROR,
                G_IO_ERROR_NOT_SUPPORTED,
                "nonsense://host/x");
  heard_clear (&heard);
}

/* The scope or the mailbox ends at a random moment of a flood. */
static void
test_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);

  for (guint i = 0; i < 30; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
      ThawFuture *future;
      Heard heard;

      heard_init (&heard, 2);
      future = thaw_file_watch (scope, folder, heard.mailbox);
      if (i % 3 == 0)
        thaw_future_cancel (future);
      else
        run_until_complete (future);
      for (int j = g_test_rand_int_range (0, 60); j > 0; j--)
        {
          put (self->path, "x");
          g_main_context_iteration (NULL, FALSE);
        }
      if (i % 2 == 0)
        {
          thaw_scope_cancel (scope);
          put (self->path, "y");
          heard_clear (&heard);
        }
      else
        {
          heard_clear (&heard);
          put (self->path, "y");
          run_dry ();
          thaw_scope_cancel (scope);
        }
      thaw_future_unref (future);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/file-watch/" name, Fixture, NULL, set_up_watching, func, tear_down)

/* The watching thread keeps its two descriptors for good: they are made before they are counted. */
static void
set_up_watching (Fixture *self, gconstpointer data)
{
  static gboolean warm = FALSE;

  set_up (self, data);
  if (!warm)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("warm-up", self->scope);
      g_autoptr (GFile) folder = g_file_new_for_path (self->folder);
      Heard heard;

      heard_init (&heard, 1);
      finish (thaw_file_watch (scope, folder, heard.mailbox));
      thaw_scope_cancel (scope);
      heard_clear (&heard);
      self->n_files += 2;
      warm = TRUE;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("folder", test_folder);
  ADD ("one-file", test_one_file);
  ADD ("full-mailbox", test_full_mailbox);
  ADD ("errors", test_errors);
  ADD ("ends", test_ends);
  return g_test_run ();
}
