/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removing: all of it, only it, and at the end of a move only what has arrived. */

#include "disk-test.h"

#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

typedef struct {
  Scratch *scratch;
  int n_checks, stop_at;
  GString *problems;
  const char *meanwhile; /* a command, when that many questions were asked */
  int meanwhile_at;
} Removal;

static gboolean
check_cb (gpointer data, GError **error)
{
  Removal *self = data;

  if (self->n_checks == self->meanwhile_at && self->meanwhile != NULL)
    scratch_run (self->scratch, "%s", self->meanwhile);
  if (self->n_checks++ != self->stop_at)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  return FALSE;
}

static gboolean
problem_cb (const char *path, const GError *error, gboolean *retry, gpointer data)
{
  Removal *self = data;

  g_string_append_printf (self->problems, "%s ", path);
  return TRUE;
}

static gboolean
run_remove (Removal *self, const char *name, const char *counterpart, GError **error)
{
  const ThawWalkFuncs funcs = { .check = check_cb, .problem = problem_cb, .user_data = self };
  ThawPlace *place = self->scratch->place;

  return thaw_disk_remove (place,
                           name,
                           counterpart != NULL ? place : NULL,
                           counterpart,
                           &funcs,
                           error);
}

static void
test_tree (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  scratch_make_tree (scratch);
  scratch_run (scratch,
               "chmod 755 tree/three && mkdir out && touch out/kept && ln -s ../out tree/out");
  g_assert_true (thaw_disk_remove (scratch->place, "tree", NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (scratch_has (scratch, "tree"));
  scratch_run (scratch, "test -e out/kept");
  g_assert_false (thaw_disk_remove (scratch->place, "tree", NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (thaw_disk_discard (scratch->place, "tree", NULL, &error));
  g_assert_no_error (error);
}

/* What the user's modes forbid isn't removed, but for what is ours. As root nothing is forbidden.
 */
static void
test_forbidden (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  Removal removal = { .scratch = scratch, .stop_at = -1, .meanwhile_at = -1, .problems = problems };
  g_autoptr (GError) error = NULL;

  scratch_run (scratch,
               "mkdir -p tree/a/b tree/c && touch tree/a/b/x tree/y && chmod 555 tree/a/b");
  g_assert_true (run_remove (&removal, "tree", NULL, &error));
  g_assert_no_error (error);
  if (geteuid () != 0)
    {
      g_assert_cmpstr (problems->str, ==, "a/b/x ");
      scratch_run (scratch, "test -e tree/a/b/x -a ! -e tree/c -a ! -e tree/y && chmod 0 tree/a/b");
    }
  g_assert_true (thaw_disk_discard (scratch->place, "tree", NULL, &error));
  g_assert_no_error (error);
  g_assert_false (scratch_has (scratch, "tree"));
}

static void
test_counterpart (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  Removal removal = { .scratch = scratch, .stop_at = -1, .meanwhile_at = -1, .problems = problems };
  g_autoptr (GError) error = NULL;

  scratch_run (scratch,
               "mkdir -p tree/in && echo a >tree/in/a && echo b >tree/in/b && ln -s a tree/l");
  scratch_run (scratch, "cp -a tree copy && echo later >>tree/in/b && echo new >tree/new");
  g_assert_true (run_remove (&removal, "tree", "copy", &error));
  g_assert_no_error (error);
  scratch_run (scratch, "test ! -e tree/in/a -a -e tree/in/b -a -e tree/new -a ! -L tree/l");
  g_assert_nonnull (strstr (problems->str, "in/b "));
  g_assert_nonnull (strstr (problems->str, "new "));
  /* What is its own counterpart has none. */
  g_assert_true (run_remove (&removal, "copy", "copy", &error));
  scratch_run (scratch, "test -e copy/in/a -a -e copy/in/b");
  scratch_run (scratch, "rm -r copy && cp -a tree copy");
  g_assert_true (run_remove (&removal, "tree", "copy", &error));
  g_assert_false (scratch_has (scratch, "tree"));
}

/* At each moment a folder is swapped for a link to another place. */
static void
test_swapped (Scratch *scratch, gconstpointer data)
{
  for (int i = 0; i < 14; i++)
    {
      g_autoptr (GString) problems = g_string_new (NULL);
      Removal removal
          = { .scratch = scratch,
              .stop_at = -1,
              .problems = problems,
              .meanwhile_at = i,
              .meanwhile
              = "if test -d tree/a/b; then mv tree/a/b away; ln -s ../../out tree/a/b; fi" };

      scratch_run (scratch, "rm -rf tree away out; mkdir -p tree/a/b/c out/c");
      scratch_run (scratch, "touch tree/a/b/1 tree/a/b/c/2 tree/a/3 out/1 out/c/2");
      run_remove (&removal, "tree", NULL, NULL);
      g_assert_cmpint (removal.n_checks, >, 5);
      scratch_run (scratch, "test -e out/1 -a -e out/c/2");
    }
}

static void
test_cancel (Scratch *scratch, gconstpointer data)
{
  gboolean was_cancelled = TRUE;

  for (int i = 0; was_cancelled; i++)
    {
      g_autoptr (GString) problems = g_string_new (NULL);
      Removal removal
          = { .scratch = scratch, .stop_at = i, .meanwhile_at = -1, .problems = problems };
      g_autoptr (GError) error = NULL;

      scratch_run (scratch, "mkdir -p tree/a/b tree/c && touch tree/a/b/1 tree/a/2 tree/c/3");
      was_cancelled = !run_remove (&removal, "tree", NULL, &error);
      g_assert_true (was_cancelled == (error != NULL)
                     && was_cancelled == scratch_has (scratch, "tree"));
      g_assert_cmpuint (problems->len, ==, 0);
      g_assert_cmpint (i, <, 100);
    }
}

static void
test_mount (Scratch *scratch, gconstpointer data)
{
  g_autofree char *mount_path = scratch_dup_path (scratch, "tree/mounted");
  g_autofree char *out = scratch_dup_path (scratch, "out");
  g_autoptr (GString) problems = g_string_new (NULL);
  Removal removal = { .scratch = scratch, .stop_at = -1, .meanwhile_at = -1, .problems = problems };
  ThawMeasure measure;

  scratch_run (scratch, "mkdir -p tree/mounted tree/a out && touch out/kept tree/a/1");
  /* Of the same file system: its device's number tells nothing. */
  if (mount (out, mount_path, NULL, MS_BIND, NULL) != 0)
    {
      g_test_skip ("only root may mount");
      return;
    }
  g_assert_true (thaw_disk_measure (scratch->place, "tree", NULL, &measure, NULL));
  g_assert_true (run_remove (&removal, "tree", NULL, NULL));
  umount (mount_path);
  g_assert_cmpint (measure.n_files, ==, 1);
  g_assert_cmpstr (problems->str, ==, "mounted ");
  scratch_run (scratch, "test -e out/kept -a ! -e tree/a");
}

#define add(path, function)                                                                        \
  g_test_add (path, Scratch, NULL, scratch_set_up, function, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/disk/remove/tree", test_tree);
  add ("/disk/remove/forbidden", test_forbidden);
  add ("/disk/remove/counterpart", test_counterpart);
  add ("/disk/remove/swapped", test_swapped);
  add ("/disk/remove/cancel", test_cancel);
  add ("/disk/remove/mount", test_mount);
  return g_test_run ();
}
