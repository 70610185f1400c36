/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on a real tree: each type done, undone and done again; orders, refusals, nesting, restarts.
 */

#include "journal-test.h"
#include "thaw-step-private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

typedef struct {
  char *tree, *state;
  ThawJournal *journal;
} Fixture;

static void
open_journal (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *notice = NULL;

  self->journal = thaw_journal_open (self->state, &notice, &error);
  g_assert_no_error (error);
  g_assert_null (notice);
}

static void
reopen (Fixture *self)
{
  g_clear_pointer (&self->journal, thaw_journal_unref);
  open_journal (self);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->tree = test_dir ("tree");
  self->state = test_dir ("state");
  open_journal (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->journal, thaw_journal_unref);
  g_free (self->tree);
  g_free (self->state);
}

#define assert_same_tree(self, before)                                                             \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *now_ = test_manifest ((self)->tree);                                          \
    g_assert_cmpstr (now_, ==, before);                                                            \
  }                                                                                                \
  G_STMT_END

/* Undone and done again, twice, with the journal opened anew between. */
static void
assert_inverts (Fixture *self, gint64 job, const char *before)
{
  g_autofree char *after = test_manifest (self->tree);

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, job);
      g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), ==, 0);
      thaw_journal_can_invert (self->journal, job, NULL, &error);
      g_assert_no_error (error);
      test_invert (self->journal, job, &error);
      g_assert_no_error (error);
      assert_same_tree (self, before);
      reopen (self);
      g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), ==, job);
      test_invert (self->journal, job, &error);
      g_assert_no_error (error);
      assert_same_tree (self, after);
      reopen (self);
    }
}

static void
test_rename (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autofree char *before = NULL, *folder = g_build_filename (self->tree, "folder", NULL),
                  *text = NULL;

  test_write (self->tree, "a", "one");
  test_mkdir (self->tree, "folder");
  before = test_manifest (self->tree);
  g_ptr_array_add (steps, test_rename_step (self->tree, "a", folder, "b\xff"));
  assert_inverts (self, test_do (self->journal, "rename", steps, THAW_STEPS_EACH), before);
  text = test_read (folder, "b\xff");
  g_assert_cmpstr (text, ==, "one");
}

/* What is there is never touched. */
static void
test_rename_exists (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  gint64 job = test_add_job (self->journal, "rename", 0);

  test_write (self->tree, "a", "one");
  test_write (self->tree, "b", "two");
  before = test_manifest (self->tree);
  g_ptr_array_add (steps, test_rename_step (self->tree, "a", self->tree, "b"));
  g_assert_false (
      thaw_journal_perform (self->journal, job, steps, THAW_STEPS_ALL_OR_NONE, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  assert_same_tree (self, before);
}

typedef struct {
  guint n_done, n_failed;
  GQuark domain;
  int code;
} Told;

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  Told *told = user_data;

  g_assert_nonnull (step);
  told->n_done += error == NULL ? 1 : 0;
  told->n_failed += error != NULL ? 1 : 0;
  told->code = error != NULL ? error->code : told->code;
}

static void
test_each (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps (), done = NULL;
  g_autoptr (GError) error = NULL;
  gint64 job = test_add_job (self->journal, "each", 0);
  Told told = { 0 };

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("a%u", i), *new_name = g_strdup_printf ("b%u", i);

      test_write (self->tree, name, name);
      g_ptr_array_add (steps, test_rename_step (self->tree, name, self->tree, new_name));
    }
  test_write (self->tree, "b1", "in the way");
  {
    g_autofree char *path = g_build_filename (self->tree, "a3", NULL);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_true (
      thaw_journal_perform (self->journal, job, steps, THAW_STEPS_EACH, on_step, &told, &error));
  g_assert_cmpuint (told.n_done, ==, 3);
  g_assert_cmpuint (told.n_failed, ==, 2);
  done = thaw_journal_list_steps (self->journal, job, &error);
  g_assert_cmpuint (done->len, ==, 3);
  g_assert_true (test_exists (self->tree, "a1"));
  g_assert_true (test_exists (self->tree, "b4"));
}

static void
test_cycle (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autofree char *before = NULL, *text = NULL;
  static const char *const names[] = { "a", "b", "c", "d" };

  for (guint i = 0; i < 4; i++)
    test_write (self->tree, names[i], names[i]);
  test_write (self->tree, "x1", "x1");
  test_write (self->tree, "x2", "x2");
  before = test_manifest (self->tree);
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (steps,
                     test_rename_step (self->tree, names[i], self->tree, names[(i + 1) % 4]));
  g_ptr_array_add (steps, test_rename_step (self->tree, "x1", self->tree, "x2"));
  g_ptr_array_add (steps, test_rename_step (self->tree, "x2", self->tree, "x3"));
  assert_inverts (self, test_do (self->journal, "cycle", steps, THAW_STEPS_ALL_OR_NONE), before);
  text = test_read (self->tree, "a");
  g_assert_cmpstr (text, ==, "d");
  g_free (text);
  text = test_read (self->tree, "x3");
  g_assert_cmpstr (text, ==, "x2");
}

typedef struct {
  Fixture *fixture;
  guint n, n_told;
  gboolean is_cancelled; /* as soon as something was done */
} Many;

/* Each gets the name of the next one. */
static ThawStep *
make_next (guint i, gpointer data)
{
  Many *self = data;
  g_autofree char *name = g_strdup_printf ("f%u", i);
  g_autofree char *next = g_strdup_printf ("f%u", (i + 1) % self->n);

  return test_rename_step (self->fixture->tree, name, self->fixture->tree, next);
}

static void
count_step (ThawStep *step, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  ((Many *) data)->n_told++;
}

static gboolean
check_many (gpointer data, GError **error)
{
  Many *self = data;

  if (!self->is_cancelled || self->n_told == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Enough");
  return FALSE;
}

/* More than are in memory at a time, in a circle; cancelled between two parts, and then not. */
static void
test_many (Fixture *self, gconstpointer data)
{
  Many many = { .fixture = self, .n = 2 * thaw_journal_get_part_size () + 1, .is_cancelled = TRUE };
  const ThawStepFuncs funcs = { .done = count_step, .check = check_many, .user_data = &many };
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *text = NULL;
  gint64 job = test_add_job (self->journal, "many", 0);

  for (guint i = 0; i < many.n; i++)
    {
      g_autofree char *name = g_strdup_printf ("f%u", i);

      test_write (self->tree, name, name);
    }
  before = test_manifest (self->tree);
  g_assert_false (
      thaw_journal_perform_many (self->journal, job, many.n, make_next, &many, &funcs, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (many.n_told, >, 0);
  assert_same_tree (self, before);
  g_assert_true (thaw_journal_set_state (self->journal, job, THAW_JOURNAL_CANCELLED, NULL, NULL));
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, 0);
  g_clear_error (&error);
  many.is_cancelled = FALSE;
  many.n_told = 0;
  job = test_add_job (self->journal, "all of them", 0);
  thaw_journal_perform_many (self->journal, job, many.n, make_next, &many, &funcs, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_journal_set_state (self->journal, job, THAW_JOURNAL_DONE, NULL, NULL));
  g_assert_cmpuint (many.n_told, ==, many.n + 1); /* one went by a hidden name */
  text = test_read (self->tree, "f0");
  g_assert_cmpuint ((guint) atoi (text + 1), ==, many.n - 1);
  assert_inverts (self, job, before);
}

/* The last one fails, when the others are done already: none of them stays. */
static void
test_all_or_none (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *long_name = g_strnfill (256, 'x');
  gint64 job = test_add_job (self->journal, "all", 0);

  test_write (self->tree, "a", "a");
  test_write (self->tree, "b", "b");
  test_write (self->tree, "c", "c");
  before = test_manifest (self->tree);
  g_ptr_array_add (steps, test_rename_step (self->tree, "a", self->tree, "b"));
  g_ptr_array_add (steps, test_rename_step (self->tree, "b", self->tree, "a"));
  g_ptr_array_add (steps, test_rename_step (self->tree, "c", self->tree, long_name));
  g_assert_false (
      thaw_journal_perform (self->journal, job, steps, THAW_STEPS_ALL_OR_NONE, NULL, NULL, &error));
  g_assert_nonnull (error);
  assert_same_tree (self, before);
  g_assert_true (thaw_journal_set_state (self->journal, job, THAW_JOURNAL_FAILED, NULL, NULL));
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, 0);
}

static ThawKept *
open_kept (Fixture *self)
{
  g_autoptr (ThawPlace) place = thaw_place_open (self->tree, NULL);
  g_autoptr (GError) error = NULL;
  ThawKept *kept = thaw_kept_open (self->journal, place, &error);

  g_assert_no_error (error);
  return kept;
}

static ThawStep *
replace_step (Fixture *self, gint64 job, const char *hidden, const char *name)
{
  g_autoptr (ThawKept) kept = open_kept (self);
  g_autofree char *kept_name = thaw_kept_reserve (kept, job, name, 100, NULL);

  return test_replace_step (self->tree,
                            hidden,
                            self->tree,
                            name,
                            thaw_place_get_path (thaw_kept_get_place (kept)),
                            kept_name);
}

static char *
hidden_name (Fixture *self, gint64 job, guint number)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, job, NULL);

  return thaw_token_dup_name (record->token, number);
}

static void
finish_job (Fixture *self, gint64 job, GPtrArray *steps, ThawStepsMode mode)
{
  g_autoptr (GError) error = NULL;

  thaw_journal_perform (self->journal, job, steps, mode, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_journal_set_state (self->journal, job, THAW_JOURNAL_DONE, NULL, &error));
}

static void
test_replace (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autofree char *before = NULL, *hidden = NULL, *text = NULL;
  gint64 job = test_add_job (self->journal, "replace", 0);

  test_write (self->tree, "a", "old");
  before = test_manifest (self->tree);
  hidden = hidden_name (self, job, 1);
  test_write (self->tree, hidden, "new");
  g_ptr_array_add (steps, replace_step (self, job, hidden, "a"));
  finish_job (self, job, steps, THAW_STEPS_EACH);
  g_assert_false (test_exists (self->tree, hidden));
  assert_inverts (self, job, before);
  text = test_read (self->tree, "a");
  g_assert_cmpstr (text, ==, "new");
}

/* Where nothing can be exchanged, or linked either. */
static void
replace_on (const char *options)
{
  g_autoptr (FaultFs) fs = fault_fs_new (options);
  Fixture self = { 0 };

  if (fs == NULL)
    return;
  self.tree = g_strdup (fs->mnt);
  self.state = test_dir ("state");
  open_journal (&self);
  {
    gint64 job = test_add_job (self.journal, "replace", 0);
    g_autofree char *hidden = hidden_name (&self, job, 1);
    g_autoptr (GPtrArray) steps = test_steps ();

    test_write (self.tree, "a", "old");
    test_write (self.tree, hidden, "new");
    g_ptr_array_add (steps, replace_step (&self, job, hidden, "a"));
    finish_job (&self, job, steps, THAW_STEPS_EACH);
  }
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *text = test_read (self.tree, "a");
      g_autoptr (GError) error = NULL;
      gint64 job = i % 2 == 0 ? thaw_journal_get_undo (self.journal, NULL, NULL)
                              : thaw_journal_get_redo (self.journal, NULL, NULL);

      g_assert_cmpstr (text, ==, i % 2 == 0 ? "new" : "old");
      test_invert (self.journal, job, &error);
      g_assert_no_error (error);
    }
  tear_down (&self, NULL);
}

static void
test_replace_linked (void)
{
  replace_on ("--no-rename2");
}

static void
test_replace_copied (void)
{
  replace_on ("--no-rename2 --no-link");
}

/* A copied tree: undo takes it away, unless somebody has worked in it. */
static gint64
place_tree (Fixture *self, const char *name)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  gint64 job = test_add_job (self->journal, "copy", 0);
  g_autofree char *hidden = hidden_name (self, job, 1);
  g_autofree char *folder = g_build_filename (self->tree, hidden, NULL),
                  *sub = g_build_filename (folder, "sub", NULL);

  test_mkdir (self->tree, hidden);
  test_mkdir (folder, "sub");
  test_write (folder, "one", "1");
  test_write (sub, "two", "2");
  g_ptr_array_add (steps, test_rename_step (self->tree, hidden, self->tree, name));
  finish_job (self, job, steps, THAW_STEPS_EACH);
  return job;
}

static void
test_placed (Fixture *self, gconstpointer data)
{
  g_autofree char *before = test_manifest (self->tree);

  assert_inverts (self, place_tree (self, "copy"), before);
}

/* The clock of ctimes may be coarse: a change must be told from the placing. */
static void
wait_for_clock (Fixture *self)
{
  g_autofree char *path = g_build_filename (self->tree, ".clock", NULL);
  struct stat first, now;

  test_write (self->tree, ".clock", "");
  g_assert_cmpint (stat (path, &first), ==, 0);
  do
    {
      g_assert_cmpint (chmod (path, 0644), ==, 0);
      g_assert_cmpint (stat (path, &now), ==, 0);
    }
  while (now.st_ctim.tv_sec == first.st_ctim.tv_sec
         && now.st_ctim.tv_nsec == first.st_ctim.tv_nsec);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_placed_changed (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sub = g_build_filename (self->tree, "copy", "sub", NULL);
  g_autofree char *two = g_build_filename (sub, "two", NULL), *text = NULL;
  gint64 job = place_tree (self, "copy");
  struct stat st;
  struct timespec times[2];

  wait_for_clock (self);
  g_assert_cmpint (stat (two, &st), ==, 0);
  test_write (sub, "two", "my work");
  times[0] = st.st_atim;
  times[1] = st.st_mtim;
  g_assert_cmpint (utimensat (AT_FDCWD, two, times, 0), ==, 0);
  g_assert_cmpint (test_invert (self->journal, job, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_assert_nonnull (strstr (error->message, "changed since"));
  text = test_read (sub, "two");
  g_assert_cmpstr (text, ==, "my work");
}

/* What our own later jobs changed in it, and took back, is no change. */
static void
test_nested (Fixture *self, gconstpointer data)
{
  g_autofree char *before = test_manifest (self->tree), *copied = NULL, *all = NULL;
  g_autofree char *copy = g_build_filename (self->tree, "copy", NULL);
  g_autoptr (GPtrArray) renames = test_steps (), modes = test_steps ();
  g_autoptr (GError) error = NULL;
  gint64 job = place_tree (self, "copy"), inner;

  copied = test_manifest (self->tree);
  wait_for_clock (self);
  g_ptr_array_add (renames, test_rename_step (copy, "one", copy, "uno"));
  inner = test_do (self->journal, "rename", renames, THAW_STEPS_EACH);
  g_ptr_array_add (modes,
                   test_attributes_step (
                       copy,
                       "uno",
                       g_variant_new_parsed ("{'mode': <uint32 0600>, 'mtime-nsec': <int64 77>}")));
  test_do (self->journal, "mode", modes, THAW_STEPS_EACH);
  all = test_manifest (self->tree);

  /* Out of its turn: the others stand. */
  g_assert_cmpint (test_invert (self->journal, job, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_clear_error (&error);

  wait_for_clock (self);
  test_undo_one (self->journal);
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, inner);
  test_undo_one (self->journal);
  assert_same_tree (self, copied);
  test_undo_one (self->journal);
  assert_same_tree (self, before);
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, 0);
  for (guint i = 0; i < 3; i++)
    {
      test_invert (self->journal, thaw_journal_get_redo (self->journal, NULL, NULL), &error);
      g_assert_no_error (error);
    }
  assert_same_tree (self, all);
  g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), ==, 0);
}

static void
test_redo_is_cleared (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) one = test_steps (), two = test_steps ();
  g_autofree char *title = NULL;
  gint64 job;

  test_write (self->tree, "a", "a");
  g_ptr_array_add (one, test_rename_step (self->tree, "a", self->tree, "b"));
  job = test_do (self->journal, "first", one, THAW_STEPS_EACH);
  test_undo_one (self->journal);
  g_assert_cmpint (thaw_journal_get_redo (self->journal, &title, NULL), ==, job);
  g_assert_cmpstr (title, ==, "first");
  /* A job that does nothing clears nothing. */
  test_add_job (self->journal, "idle", 0);
  g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), ==, job);
  g_ptr_array_add (two, test_rename_step (self->tree, "a", self->tree, "c"));
  test_do (self->journal, "second", two, THAW_STEPS_EACH);
  g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), ==, 0);
  test_undo_one (self->journal);
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, 0);
  g_assert_cmpint (thaw_journal_get_redo (self->journal, NULL, NULL), !=, job);
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (self->tree, "b", NULL), *text = NULL;
  gint64 job;

  test_write (self->tree, "a", "a");
  g_ptr_array_add (steps, test_rename_step (self->tree, "a", self->tree, "b"));
  job = test_do (self->journal, "rename", steps, THAW_STEPS_EACH);

  test_write (self->tree, "a", "another");
  g_assert_false (thaw_journal_can_invert (self->journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  text = g_build_filename (self->tree, "a", NULL);
  g_assert_cmpint (g_unlink (text), ==, 0);
  g_assert_true (thaw_journal_can_invert (self->journal, job, NULL, NULL));

  test_write (self->tree, "b", "changed");
  g_assert_false (thaw_journal_can_invert (self->journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_false (thaw_journal_can_invert (self->journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_gone (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  ThawStep *step;
  gint64 job;

  test_write (self->tree, "a", "a");
  step = test_rename_step (self->tree, "a", self->tree, "b");
  step->type = THAW_STEP_GONE;
  g_ptr_array_add (steps, step);
  job = test_do (self->journal, "gone", steps, THAW_STEPS_EACH);
  g_assert_true (test_exists (self->tree, "a"));
  g_assert_cmpint (thaw_journal_get_undo (self->journal, NULL, NULL), ==, 0);
  g_assert_false (thaw_journal_can_invert (self->journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "deleted for good"));
}

static void
test_attributes (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autofree char *before = NULL, *path = g_build_filename (self->tree, "a", NULL);
  g_autoptr (GError) error = NULL;
  struct stat st;
  gint64 job;

  test_write (self->tree, "a", "a");
  before = test_manifest (self->tree);
  g_ptr_array_add (
      steps,
      test_attributes_step (
          self->tree,
          "a",
          g_variant_new_parsed ("{'mode': <uint32 0640>, 'mtime-nsec': <int64 -1500000000>,"
                                " 'atime-nsec': <int64 5>}")));
  g_ptr_array_add (
      steps,
      test_attributes_step (self->tree, "a", g_variant_new_parsed ("{'mode': <uint32 0600>}")));
  job = test_do (self->journal, "attributes", steps, THAW_STEPS_EACH);
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
  g_assert_cmpint (st.st_mtim.tv_sec, ==, -2);
  g_assert_cmpint (st.st_mtim.tv_nsec, ==, 500000000);
  assert_inverts (self, job, before);
  g_assert_cmpint (chmod (path, 0666), ==, 0);
  g_assert_false (thaw_journal_can_invert (self->journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
}

static void
test_trash (Fixture *self, gconstpointer data)
{
  g_autofree char *files = g_build_filename (self->tree, "files", NULL);
  g_autofree char *info = g_build_filename (self->tree, "info", "a.trashinfo", NULL);
  g_autofree char *before = NULL, *text = NULL;
  g_autoptr (GPtrArray) steps = test_steps ();
  ThawStep *step;
  gint64 job;

  test_mkdir (self->tree, "files");
  test_mkdir (self->tree, "info");
  test_write (self->tree, "a", "a");
  before = test_manifest (self->tree);
  step = test_rename_step (self->tree, "a", files, "a");
  step->info = g_strdup (info);
  step->info_text = g_bytes_new_static ("[Trash Info]\n", 13);
  g_ptr_array_add (steps, step);
  job = test_do (self->journal, "trash", steps, THAW_STEPS_EACH);
  g_assert_true (g_file_get_contents (info, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "[Trash Info]\n");
  test_undo_one (self->journal);
  assert_same_tree (self, before);
  test_invert (self->journal, job, NULL);
  g_assert_true (g_file_test (info, G_FILE_TEST_EXISTS));
  g_assert_true (test_exists (files, "a"));
}

#define N_TRASHED 12 /* enough to synchronise the file system as a whole */

static char *
info_path (Fixture *self, const char *name)
{
  return g_strdup_printf ("%s/info/%s.trashinfo", self->tree, name);
}

static ThawStep *
trash_step (Fixture *self, const char *name, const char *new_name)
{
  g_autofree char *files = g_build_filename (self->tree, "files", NULL);
  ThawStep *step = test_rename_step (self->tree, name, files, new_name);
  char *text = g_strdup_printf ("[Trash Info]\nPath=%s\n", name);

  step->info = info_path (self, new_name);
  step->info_text = g_bytes_new_take (text, strlen (text));
  return step;
}

/* Each has its own text, and nothing else is there: no hidden name, no other's. */
static void
assert_infos (Fixture *self, guint n, guint without)
{
  g_autofree char *folder = g_build_filename (self->tree, "info", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_found = 0;

  while (g_dir_read_name (dir) != NULL)
    n_found++;
  g_assert_cmpuint (n_found, ==, without < n ? n - 1 : n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i), *path = info_path (self, name);
      g_autofree char *wanted = g_strdup_printf ("[Trash Info]\nPath=%s\n", name), *text = NULL;

      g_file_get_contents (path, &text, NULL, NULL);
      g_assert_cmpstr (text, ==, i == without ? NULL : wanted);
    }
}

static GPtrArray *
make_trashing (Fixture *self)
{
  GPtrArray *steps = test_steps ();

  test_mkdir (self->tree, "files");
  test_mkdir (self->tree, "info");
  for (guint i = 0; i < N_TRASHED; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      test_write (self->tree, name, name);
      g_ptr_array_add (steps, trash_step (self, name, name));
    }
  return steps;
}

static void
test_trash_many (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = make_trashing (self);
  g_autofree char *before = test_manifest (self->tree), *files = NULL;
  gint64 job = test_do (self->journal, "trash", steps, THAW_STEPS_EACH);

  assert_infos (self, N_TRASHED, G_MAXUINT);
  test_invert (self->journal, job, NULL);
  assert_same_tree (self, before);
  test_invert (self->journal, job, NULL);
  files = g_build_filename (self->tree, "files", NULL);
  assert_infos (self, N_TRASHED, G_MAXUINT);
  g_assert_true (test_exists (files, "t0"));
}

static void
count_failed (ThawStep *step, const GError *error, gpointer user_data)
{
  *(guint *) user_data += error != NULL ? 1 : 0;
}

/* One of many can't go, since its name is taken there: the others do, and it leaves nothing. */
static void
test_trash_taken (Fixture *self, gconstpointer data)
{
  gint64 job = test_add_job (self->journal, "trash", 0);
  g_autoptr (GPtrArray) steps = make_trashing (self);
  g_autofree char *files = g_build_filename (self->tree, "files", NULL);
  g_autoptr (GError) error = NULL;
  guint n_failed = 0;

  test_write (files, "t5", "somebody else's");
  thaw_journal_perform (self->journal,
                        job,
                        steps,
                        THAW_STEPS_EACH,
                        count_failed,
                        &n_failed,
                        &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_failed, ==, 1);
  g_assert_true (test_exists (self->tree, "t5"));
  g_assert_false (test_exists (self->tree, "t6"));
  assert_infos (self, N_TRASHED, 5);
}

/* All or none: none leaves anything, those behind it neither. */
static void
test_trash_none (Fixture *self, gconstpointer data)
{
  gint64 job = test_add_job (self->journal, "trash", 0);
  g_autoptr (GPtrArray) steps = make_trashing (self);
  g_autofree char *info = info_path (self, "t5"), *before = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (info, "somebody else's", -1, NULL));
  before = test_manifest (self->tree);
  g_assert_false (
      thaw_journal_perform (self->journal, job, steps, THAW_STEPS_ALL_OR_NONE, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  assert_same_tree (self, before);
}

/* In one batch one leaves the trash and another one takes its name there. */
static void
test_trash_again (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) steps = make_trashing (self);
  g_autoptr (GPtrArray) next = test_steps ();
  g_autofree char *files = g_build_filename (self->tree, "files", NULL);
  g_autofree char *info = info_path (self, "t0"), *text = NULL;
  ThawStep *step;
  gint64 job;

  test_do (self->journal, "trash", steps, THAW_STEPS_EACH);
  test_write (self->tree, "other", "other");
  step = test_rename_step (files, "t0", self->tree, "t0");
  step->info = g_strdup (info);
  g_ptr_array_add (next, step);
  g_ptr_array_add (next, trash_step (self, "other", "t0"));
  job = test_do (self->journal, "both", next, THAW_STEPS_EACH);
  g_assert_true (g_file_get_contents (info, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "[Trash Info]\nPath=other\n");
  test_invert (self->journal, job, NULL);
  g_assert_true (test_exists (self->tree, "other"));
  assert_infos (self, N_TRASHED, G_MAXUINT);
}

/* A new folder that what is selected goes into: the inverse needs folders that aren't there at its
 * start. */
static void
test_dependent (Fixture *self, gconstpointer data)
{
  gint64 job = test_add_job (self->journal, "new folder", 0);
  g_autofree char *hidden = hidden_name (self, job, 1), *before = NULL;
  g_autofree char *new = g_build_filename (self->tree, "New", NULL),
                  *final = g_build_filename (self->tree, "Final", NULL);
  g_autoptr (GPtrArray) first = test_steps (), second = test_steps (), third = test_steps (),
                        fourth = test_steps ();
  g_autoptr (GError) error = NULL;

  test_write (self->tree, "a", "a");
  before = test_manifest (self->tree);
  test_mkdir (self->tree, hidden);
  g_ptr_array_add (first, test_rename_step (self->tree, hidden, self->tree, "New"));
  g_assert_true (
      thaw_journal_perform (self->journal, job, first, THAW_STEPS_EACH, NULL, NULL, &error));
  g_ptr_array_add (second, test_rename_step (self->tree, "a", new, "a"));
  g_assert_true (
      thaw_journal_perform (self->journal, job, second, THAW_STEPS_EACH, NULL, NULL, &error));
  g_ptr_array_add (third, test_rename_step (self->tree, "New", self->tree, "Final"));
  g_assert_true (
      thaw_journal_perform (self->journal, job, third, THAW_STEPS_EACH, NULL, NULL, &error));
  g_ptr_array_add (fourth, test_rename_step (final, "a", final, "b"));
  finish_job (self, job, fourth, THAW_STEPS_EACH);
  assert_inverts (self, job, before);
}

static void
add (const char *name, void (*test) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/journal/steps/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  add ("rename", test_rename);
  add ("rename-exists", test_rename_exists);
  add ("each", test_each);
  add ("cycle", test_cycle);
  add ("many", test_many);
  add ("all-or-none", test_all_or_none);
  add ("replace", test_replace);
  add ("placed", test_placed);
  add ("placed-changed", test_placed_changed);
  add ("nested", test_nested);
  add ("redo-is-cleared", test_redo_is_cleared);
  add ("refusals", test_refusals);
  add ("gone", test_gone);
  add ("attributes", test_attributes);
  add ("trash", test_trash);
  add ("trash-many", test_trash_many);
  add ("trash-taken", test_trash_taken);
  add ("trash-none", test_trash_none);
  add ("trash-again", test_trash_again);
  add ("dependent", test_dependent);
  g_test_add_func ("/journal/steps/replace-linked", test_replace_linked);
  g_test_add_func ("/journal/steps/replace-copied", test_replace_copied);
  return g_test_run ();
}
