/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody puts into a folder right after it was placed, or while its job still works
 * elsewhere, is theirs: undo must see it, however close in time, and must not see what isn't there.
 */

#include "journal-test.h"

#include <string.h>

#define N_ROUNDS 100

static ThawJournal *
open_journal (const char *state)
{
  g_autoptr (GError) error = NULL;
  ThawJournal *journal = thaw_journal_open (state, NULL, &error);

  g_assert_no_error (error);
  return journal;
}

/* With something in it that is as young as can be. */
static void
place_folder (ThawJournal *journal, gint64 job, const char *tree, const char *name)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  g_autofree char *hidden = g_strdup_printf (".thaw-0123456789abcdef-%s", name);
  g_autofree char *path = g_build_filename (tree, hidden, NULL);

  test_mkdir (tree, hidden);
  test_write (path, "built", "by the job");
  g_ptr_array_add (steps, test_rename_step (tree, hidden, tree, name));
  g_assert_true (thaw_journal_perform (journal, job, steps, THAW_STEPS_EACH, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
end (ThawJournal *journal, gint64 job)
{
  g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_DONE, NULL, NULL));
}

static void
assert_changed (ThawJournal *journal, gint64 job)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (thaw_journal_can_invert (journal, job, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
}

static void
assert_unchanged (ThawJournal *journal, gint64 job)
{
  g_autoptr (GError) error = NULL;

  thaw_journal_can_invert (journal, job, NULL, &error);
  g_assert_no_error (error);
}

static void
test_at_once (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree");
  g_autoptr (ThawJournal) journal = open_journal (state);

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autofree char *name = g_strdup_printf ("new %u", i);
      g_autofree char *path = g_build_filename (tree, name, NULL);
      gint64 job = test_add_job (journal, "Make it", 0);

      place_folder (journal, job, tree, name);
      if (i % 3 == 0)
        test_write (path, "theirs", "x");
      else if (i % 3 == 1)
        test_write (path, "built", "changed");
      end (journal, job);
      if (i % 3 == 2)
        assert_unchanged (journal, job);
      else
        assert_changed (journal, job);
    }
}

/* The job's own last change is later than that. */
static void
test_under_way (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree");
  g_autofree char *path = g_build_filename (tree, "first", NULL);
  g_autoptr (ThawJournal) journal = open_journal (state);
  gint64 job = test_add_job (journal, "Make two", 0);

  place_folder (journal, job, tree, "first");
  test_write (path, "built", "changed");
  place_folder (journal, job, tree, "second");
  end (journal, job);
  assert_changed (journal, job);
}

/* What the job itself puts there later is none of theirs; of what it has put there, too. */
static void
test_own_work (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree");
  g_autofree char *first = g_build_filename (tree, "first", NULL);
  g_autofree char *inner = g_build_filename (first, "inner", NULL);
  g_autoptr (ThawJournal) journal = open_journal (state);
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  gint64 job = test_add_job (journal, "Make them", 0);

  place_folder (journal, job, tree, "first");
  place_folder (journal, job, first, "inner");
  test_write (tree, "moved", "x");
  g_ptr_array_add (steps, test_rename_step (tree, "moved", inner, "moved"));
  g_assert_true (thaw_journal_perform (journal, job, steps, THAW_STEPS_EACH, NULL, NULL, &error));
  end (journal, job);
  assert_unchanged (journal, job);
  g_assert_cmpint (test_invert (journal, job, &error), !=, 0);
  g_assert_no_error (error);
  g_assert_cmpint (test_invert (journal, job, &error), !=, 0);
  g_assert_no_error (error);
  assert_unchanged (journal, job);
  g_assert_cmpint (test_invert (journal, job, &error), !=, 0);
  g_assert_no_error (error);
  g_assert_true (test_exists (tree, "moved"));
  g_assert_false (test_exists (tree, "first"));
}

/* Done again it is placed again. */
static void
test_after_redo (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree");
  g_autofree char *path = g_build_filename (tree, "it", NULL);
  g_autoptr (ThawJournal) journal = open_journal (state);
  g_autoptr (GError) error = NULL;
  gint64 job = test_add_job (journal, "Make it", 0);

  place_folder (journal, job, tree, "it");
  end (journal, job);
  g_assert_cmpint (test_invert (journal, job, &error), !=, 0);
  g_assert_cmpint (test_invert (journal, job, &error), !=, 0);
  g_assert_no_error (error);
  assert_unchanged (journal, job);
  test_write (path, "theirs", "x");
  assert_changed (journal, job);
}

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  g_test_add_func ("/world/at-once", test_at_once);
  g_test_add_func ("/world/under-way", test_under_way);
  g_test_add_func ("/world/own-work", test_own_work);
  g_test_add_func ("/world/after-redo", test_after_redo);
  return g_test_run ();
}
