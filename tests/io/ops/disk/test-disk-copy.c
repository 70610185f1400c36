/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies: whole trees, what is kept, what is told, cancelled at each question, and interrupted
 * anywhere (in a child that leaves without a word) and gone on with. */

#include "disk-test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define AS ".thaw-0123456789abcdef-1"

typedef struct {
  Scratch *scratch;
  int n_checks, stop_at; /* -1: never */
  gint64 stop_at_bytes;  /* 0: never */
  gint64 first_bytes;    /* of the first progress */
  gboolean leaves;       /* without a word, instead of cancelling */
  int durable;           /* where inodes are written to, -1 for none */
  GHashTable *known;
  gint64 bytes, entries;
  guint n_problems, n_losses, n_retries;
  const char *meanwhile; /* a command, at the first progress */
} Copy;

static gboolean
check_cb (gpointer data, GError **error)
{
  Copy *self = data;

  self->n_checks++;
  if ((self->stop_at < 0 || self->n_checks <= self->stop_at)
      && (self->stop_at_bytes == 0 || self->bytes < self->stop_at_bytes))
    return TRUE;
  if (self->leaves)
    _exit (0);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  return FALSE;
}

static void
done_cb (gint64 bytes, gint64 entries, gpointer data)
{
  Copy *self = data;

  if (self->bytes == 0)
    self->first_bytes = bytes;
  self->bytes += bytes;
  self->entries += entries;
  if (self->meanwhile != NULL)
    scratch_run (self->scratch, "%s", g_steal_pointer (&self->meanwhile));
}

static gboolean
problem_cb (const char *path, const GError *error, gboolean *retry, gpointer data)
{
  Copy *self = data;

  self->n_problems++;
  *retry = self->n_retries > 0;
  self->n_retries -= *retry;
  return TRUE;
}

static void
loss_cb (const char *path, const char *what, gpointer data)
{
  Copy *self = data;

  g_test_message ("%s of %s is lost", what, path);
  self->n_losses++;
}

static gboolean
durable_cb (const guint64 *inodes, gsize n_inodes, gpointer data, GError **error)
{
  Copy *self = data;

  for (gsize i = 0; self->known != NULL && i < n_inodes; i++)
    g_hash_table_add (self->known, g_memdup2 (&inodes[i], sizeof *inodes));
  return self->durable < 0
         || write (self->durable, inodes, n_inodes * sizeof *inodes)
                == (gssize) (n_inodes * sizeof *inodes);
}

static gboolean
is_durable_cb (guint64 inode, gpointer data)
{
  Copy *self = data;

  return self->known != NULL && g_hash_table_contains (self->known, &inode);
}

static gboolean
run_copy (Copy *self, const char *name, ThawCopyFlags flags, GError **error)
{
  const ThawWalkFuncs funcs = {
    .check = check_cb,
    .done = done_cb,
    .problem = problem_cb,
    .loss = loss_cb,
    .durable = durable_cb,
    .is_durable = is_durable_cb,
    .user_data = self,
  };
  ThawPlace *place = self->scratch->place;

  return thaw_disk_copy (place, name, place, AS, flags, &funcs, NULL, error);
}

static void
test_tree (Scratch *scratch, gconstpointer data)
{
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };
  g_autoptr (GError) error = NULL;
  ThawMeasure measure;

  scratch_make_tree (scratch);
  g_assert_true (thaw_disk_measure (scratch->place, "tree", NULL, &measure, &error));
  g_assert_true (run_copy (&copy, "tree", GPOINTER_TO_INT (data), &error));
  g_assert_no_error (error);
  assert_same_trees (scratch, "tree", AS);
  g_assert_cmpuint (copy.n_problems, ==, 0);
  g_assert_cmpuint (copy.n_losses, ==, 0);
  g_assert_cmpint (copy.bytes, ==, measure.bytes);
  g_assert_cmpint (copy.entries, ==, measure.n_files + measure.n_folders + measure.n_others);
  g_assert_cmpuint (scratch_count_hidden (scratch), ==, 1);
  scratch_run (scratch, "test $(stat -c %%b " AS "/hole) -le $(stat -c %%b tree/hole)");
}

static void
test_single (Scratch *scratch, gconstpointer data)
{
  static const char *const names[] = { "file", "link", "fifo", "empty" };
  g_autoptr (GError) error = NULL;

  scratch_write_random (scratch, "file", 100001);
  scratch_run (scratch, "ln -s file link && mkfifo -m 640 fifo && touch -d 2001-01-01 empty file");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };

      g_assert_true (run_copy (&copy, names[i], 0, &error));
      g_assert_no_error (error);
      assert_same_trees (scratch, names[i], AS);
      scratch_run (scratch, "rm " AS);
    }
}

/* Neither what is there nor a link to it is touched. */
static void
test_exists (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  scratch_run (scratch, "echo new >file && echo old >there && ln -s there link");
  g_assert_false (
      thaw_disk_copy (scratch->place, "file", scratch->place, "there", 0, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (
      thaw_disk_copy (scratch->place, "file", scratch->place, "link", 0, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (
      thaw_disk_copy (scratch->place, "missing", scratch->place, AS, 0, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  scratch_run (scratch, "grep -q old there && test -L link");
}

static void
test_xattrs (Scratch *scratch, gconstpointer data)
{
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };
  g_autoptr (GError) error = NULL;
  g_autofree char *file = scratch_dup_path (scratch, "tree/file");
  g_autofree char *copied = scratch_dup_path (scratch, AS "/file");
  /* u::rw-, u:1234:r--, g::r--, m::r--, o::--- */
  static const guint8 list[] = { 2, 0,   0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,  4,
                                 0, 210, 4,   0,   0,   4,   0,  4, 0,   255, 255, 255, 255, 16, 0,
                                 4, 0,   255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255 };
  char value[100];

  scratch_run (scratch, "mkdir tree && touch tree/file");
  if (setxattr (file, "user.thaw", "value", 5, 0) != 0
      || setxattr (file, "system.posix_acl_access", list, sizeof list, 0) != 0)
    {
      g_test_skip ("no extended attributes or access lists here");
      return;
    }
  g_assert_true (run_copy (&copy, "tree", 0, &error));
  g_assert_cmpint (getxattr (copied, "user.thaw", value, sizeof value), ==, 5);
  g_assert_cmpint (getxattr (copied, "system.posix_acl_access", value, sizeof value),
                   ==,
                   sizeof list);
  g_assert_cmpmem (value, sizeof list, list, sizeof list);
  g_assert_cmpuint (copy.n_losses, ==, 0);
}

static void
test_privileges (Scratch *scratch, gconstpointer data)
{
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };

  scratch_run (scratch, "mkdir tree && touch tree/file && chmod 6755 tree/file && chmod 2755 tree");
  g_assert_true (run_copy (&copy, "tree", THAW_COPY_DROP_PRIVILEGES, NULL));
  scratch_run (scratch, "test $(stat -c %%a " AS "/file) = 755 -a $(stat -c %%a " AS ") = 755");
  g_assert_cmpuint (copy.n_losses, ==, 2);
}

/* A source that grows or shrinks while it is read isn't copied, and what isn't it is. */
static void
test_changed (Scratch *scratch, gconstpointer data)
{
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1, .meanwhile = data };
  g_autoptr (GError) error = NULL;

  scratch_run (scratch, "mkdir tree");
  scratch_write_random (scratch, "tree/file", 40 << 20);
  g_assert_true (run_copy (&copy, "tree", 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (copy.n_problems, ==, 1);
  scratch_run (scratch, "test -d " AS " -a ! -e " AS "/file");
}

static void
test_into_itself (Scratch *scratch, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPlace) inner = NULL;

  scratch_make_tree (scratch);
  inner = thaw_place_open_child (scratch->place, "tree", &error);
  g_assert_true (thaw_disk_copy (scratch->place, "tree", inner, AS, 0, NULL, NULL, &error));
  g_assert_no_error (error);
  scratch_run (scratch, "mv tree/" AS " copy && touch -r copy tree");
  assert_same_trees (scratch, "tree", "copy");
}

/* 2,000 folders deep, with as many descriptors as a program may count on. */
static void
test_deep (Scratch *scratch, gconstpointer data)
{
  int fd = thaw_place_get_fd (scratch->place);
  g_autoptr (GError) error = NULL;
  ThawMeasure measure, copied;

  for (guint i = 0; i < 2000; i++)
    {
      int next;

      g_assert_cmpint (mkdirat (fd, "d", 0700), ==, 0);
      close (openat (fd, "f", O_CREAT | O_WRONLY, 0600));
      next = openat (fd, "d", O_RDONLY | O_DIRECTORY);
      if (i > 0)
        close (fd);
      fd = next;
    }
  close (fd);
  g_assert_true (thaw_disk_measure (scratch->place, "d", NULL, &measure, &error));
  g_assert_true (thaw_disk_copy (scratch->place, "d", scratch->place, AS, 0, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (thaw_disk_measure (scratch->place, AS, NULL, &copied, &error));
  g_assert_cmpint (measure.n_folders, ==, 2000);
  g_assert_cmpmem (&measure, sizeof measure, &copied, sizeof copied);
  g_assert_true (thaw_disk_remove (scratch->place, "d", scratch->place, AS, NULL, &error));
  g_assert_true (thaw_disk_remove (scratch->place, AS, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (scratch_has (scratch, AS) || scratch_has (scratch, "d"));
}

static void
test_cancel (Scratch *scratch, gconstpointer data)
{
  gboolean was_cancelled = TRUE;

  scratch_make_tree (scratch);
  for (int i = 0; was_cancelled; i++)
    {
      Copy copy = { .scratch = scratch, .stop_at = i, .durable = -1 };
      g_autoptr (GError) error = NULL;

      was_cancelled = !run_copy (&copy, "tree", 0, &error);
      if (was_cancelled)
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_assert_cmpuint (copy.n_problems, ==, 0);
          g_assert_cmpuint (scratch_count_hidden (scratch), ==, 0);
        }
      g_assert_cmpint (i, <, 1000);
    }
  assert_same_trees (scratch, "tree", AS);
}

/* While blocks of it are on their way to the device. */
static void
test_cancel_large (Scratch *scratch, gconstpointer data)
{
  scratch_write_random (scratch, "tree", (20 << 20) + 5);
  for (int i = 0; i < 20; i++)
    {
      Copy copy = { .scratch = scratch, .stop_at = i, .durable = -1 };
      g_autoptr (GError) error = NULL;

      if (run_copy (&copy, "tree", 0, &error))
        break;
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_cmpuint (copy.n_problems, ==, 0);
      g_assert_cmpuint (scratch_count_hidden (scratch), ==, 0);
    }
}

static void
load_known (Copy *self, const char *path)
{
  g_autofree char *bytes = NULL;
  gsize size = 0;

  self->known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize at = 0; at < size; at += sizeof (guint64))
    g_hash_table_add (self->known, g_memdup2 (bytes + at, sizeof (guint64)));
}

/* TRUE if it was interrupted, FALSE if it came to its end before. */
static gboolean
interrupt_copy (Scratch *scratch, const char *state, int stop_at, gint64 stop_at_bytes)
{
  Copy copy = { .scratch = scratch,
                .stop_at = stop_at,
                .stop_at_bytes = stop_at_bytes,
                .leaves = TRUE,
                .durable = -1 };
  int status = 0;
  pid_t child;

  load_known (&copy, state);
  copy.durable = open (state, O_WRONLY | O_APPEND | O_CLOEXEC);
  child = fork ();
  if (child == 0)
    {
      run_copy (&copy, "tree", 0, NULL);
      _exit (1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  close (copy.durable);
  g_hash_table_unref (copy.known);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* Several interruptions, in each of which something else may happen, then the rest. */
static void
test_resume (Scratch *scratch, gconstpointer data)
{
  static const char *const events[] = {
    "true",
    "echo more >>tree/one/file-5",
    "rm -f tree/one/file-3",
    "touch tree/one/new",
    "chmod 640 tree/one/file-0",
    "test -f tree/empty || { rmdir tree/empty && echo file >tree/empty; }",
    "test -f tree/one/two || mkdir -p tree/one/two/three",
    "rm -rf tree/one/two && echo file >tree/one/two",
  };
  g_autofree char *state = scratch_dup_path (scratch, "state");

  for (guint round = 0; round < 12; round++)
    {
      Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };
      g_autoptr (GError) error = NULL;

      scratch_run (scratch, "chmod -R u+rwX . && rm -rf tree " AS " " AS ".links && : >state");
      scratch_make_tree (scratch);
      for (guint i = 0; i < 3 && interrupt_copy (scratch, state, g_test_rand_int_range (0, 25), 0);
           i++)
        scratch_run (scratch, "%s", events[g_test_rand_int_range (0, G_N_ELEMENTS (events))]);
      load_known (&copy, state);
      g_assert_true (run_copy (&copy, "tree", 0, &error));
      g_assert_no_error (error);
      assert_same_trees (scratch, "tree", AS);
      g_assert_cmpuint (copy.n_problems, ==, 0);
      g_assert_cmpuint (scratch_count_hidden (scratch), ==, 1);
      g_hash_table_unref (copy.known);
    }
}

/* Nothing of what is known to be whole is written again. */
static void
test_resume_keeps (Scratch *scratch, gconstpointer data)
{
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };
  g_autofree char *file = scratch_dup_path (scratch, AS "/one/two/large");
  struct stat before, after;

  copy.known = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  scratch_make_tree (scratch);
  g_assert_true (run_copy (&copy, "tree", 0, NULL));
  g_assert_cmpint (stat (file, &before), ==, 0);
  g_assert_true (run_copy (&copy, "tree", 0, NULL));
  g_assert_cmpint (stat (file, &after), ==, 0);
  g_assert_cmpuint (before.st_ino, ==, after.st_ino);
  g_assert_cmpint (before.st_ctim.tv_nsec, ==, after.st_ctim.tv_nsec);
  /* And all of what isn't. */
  g_hash_table_remove_all (copy.known);
  g_assert_true (run_copy (&copy, "tree", 0, NULL));
  g_assert_cmpint (stat (file, &after), ==, 0);
  g_assert_cmpint (before.st_ctim.tv_nsec, !=, after.st_ctim.tv_nsec);
  assert_same_trees (scratch, "tree", AS);
  g_hash_table_unref (copy.known);
}

/* A large file goes on where it was, unless its source is another. */
static void
test_resume_large (Scratch *scratch, gconstpointer data)
{
  gboolean is_changed = GPOINTER_TO_INT (data);
  Copy copy = { .scratch = scratch, .stop_at = -1, .durable = -1 };
  g_autofree char *path = scratch_dup_path (scratch, AS),
                  *state = scratch_dup_path (scratch, "state");
  struct stat before;

  scratch_write (scratch, "state", "", 0);
  scratch_write_random (scratch, "tree", 100 << 20);
  g_assert_true (interrupt_copy (scratch, state, -1, 80 << 20));
  g_assert_cmpint (stat (path, &before), ==, 0);
  if (before.st_size == 100 << 20)
    {
      g_test_skip ("this file system shares the bytes");
      return;
    }
  g_assert_cmpint (before.st_size, >, 64 << 20);
  if (is_changed)
    scratch_run (scratch, "echo other | dd of=tree conv=notrunc status=none");
  g_assert_true (run_copy (&copy, "tree", 0, NULL));
  if (is_changed)
    g_assert_cmpint (copy.first_bytes, <, 64 << 20);
  else
    g_assert_cmpint (copy.first_bytes, ==, 64 << 20);
  assert_same_trees (scratch, "tree", AS);
}

#define add(path, data, function)                                                                  \
  g_test_add (path, Scratch, GINT_TO_POINTER (data), scratch_set_up, function, scratch_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  umask (022);
  add ("/disk/copy/tree", 0, test_tree);
  add ("/disk/copy/tree/verified", THAW_COPY_VERIFY, test_tree);
  add ("/disk/copy/tree/not-durable", THAW_COPY_NOT_DURABLE, test_tree);
  add ("/disk/copy/single", 0, test_single);
  add ("/disk/copy/exists", 0, test_exists);
  add ("/disk/copy/xattrs", 0, test_xattrs);
  add ("/disk/copy/privileges", 0, test_privileges);
  add ("/disk/copy/grown", "echo more >>tree/file", test_changed);
  add ("/disk/copy/shrunk", "truncate -s 1M tree/file", test_changed);
  add ("/disk/copy/into-itself", 0, test_into_itself);
  add ("/disk/copy/deep", 0, test_deep);
  add ("/disk/copy/cancel", 0, test_cancel);
  add ("/disk/copy/cancel/large", 0, test_cancel_large);
  add ("/disk/copy/resume", 0, test_resume);
  add ("/disk/copy/resume/keeps", 0, test_resume_keeps);
  add ("/disk/copy/resume/large", FALSE, test_resume_large);
  add ("/disk/copy/resume/large-changed", TRUE, test_resume_large);
  return g_test_run ();
}
