/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Killed before each change that it makes to the tree, an operation is settled by the next process,
 * which is killed too, and by the one after that: no file is lost, nothing is half done, and what
 * was to be all or none is all or none. */

#include "journal-test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A sanitized program isn't killed any differently: it is there for what comes after. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define STRIDE 3
#else
#define STRIDE 1
#endif

typedef struct {
  const char *name;
  const char *options; /* of faultfs */
  void (*set_up) (const char *tree);
  /* In the child. */
  void (*run) (ThawJournal *journal, const char *tree);
  /* After settling. */
  void (*check) (const char *tree, gboolean forward);
  guint max_runs; /* spread over all places; 0: every one */
  guint n_places; /* roughly, if they're spread */
} Scenario;

typedef struct {
  const Scenario *scenario;
  const char *tree, *state;
  gboolean forward;
} Run;

static ThawJournal *
open_journal (const char *state)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *notice = NULL;
  ThawJournal *journal = thaw_journal_open (state, &notice, &error);

  g_assert_no_error (error);
  g_assert_null (notice);
  return journal;
}

static void
run_child (gpointer data)
{
  Run *run = data;

  run->scenario->run (open_journal (run->state), run->tree);
}

static void
settle (ThawJournal *journal, gboolean forward)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = thaw_journal_list_interrupted (journal, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < jobs->len; i++)
    {
      ThawJournalRecord *job = g_ptr_array_index (jobs, i);

      g_assert_true (thaw_journal_adopt (journal, job->id, &error));
      thaw_journal_settle (journal, job->id, forward, &error);
      g_assert_no_error (error);
      thaw_journal_set_state (journal,
                              job->id,
                              forward ? THAW_JOURNAL_DONE : THAW_JOURNAL_CANCELLED,
                              NULL,
                              &error);
      g_assert_no_error (error);
    }
}

static void
settle_child (gpointer data)
{
  Run *run = data;

  settle (open_journal (run->state), run->forward);
}

/* FALSE: it ran to its end. */
static gboolean
break_at (FaultFs *fs, const Scenario *scenario, guint place, guint second)
{
  g_autofree char *name = g_strdup_printf ("tree-%u", place);
  g_autofree char *tree = g_build_filename (fs->mnt, name, NULL), *state = test_dir ("state");
  g_autofree char *rule = g_strdup_printf ("add op=mutate nth=%u kill", place);
  g_autofree char *second_rule = g_strdup_printf ("add op=mutate nth=%u kill", second);
  Run run = { scenario, tree, state, place % 2 == 0 };
  gboolean was_killed;

  test_mkdir (fs->mnt, name);
  scenario->set_up (tree);
  fault_fs_tell (fs, rule);
  was_killed = !test_in_child (run_child, &run);
  fault_fs_tell (fs, "clear");
  if (was_killed)
    {
      fault_fs_tell (fs, second_rule);
      test_in_child (settle_child, &run);
      fault_fs_tell (fs, "clear");
    }
  {
    g_autoptr (ThawJournal) journal = open_journal (state);

    settle (journal, run.forward);
    g_test_message ("%s killed before change %u, then %u, settled %s",
                    scenario->name,
                    place,
                    second,
                    run.forward ? "forward" : "back");
    scenario->check (tree, run.forward);
  }
  test_remove (tree);
  test_remove (state);
  return was_killed;
}

static void
test_scenario (gconstpointer data)
{
  const Scenario *scenario = data;
  g_autoptr (FaultFs) fs = fault_fs_new (scenario->options);
  guint step = scenario->max_runs != 0 ? MAX (1, scenario->n_places / scenario->max_runs) : 1,
        n = 0;

  if (fs == NULL)
    return;
  for (guint place = 1; break_at (fs, scenario, place, 1 + place / 2 % 4); place += step * STRIDE)
    n++;
  g_test_message ("%s: %u places", scenario->name, n);
  g_assert_cmpuint (n * STRIDE, >=, 3);
}

/* ---- All of these names, or none ---- */

static void
assert_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *found = test_read (folder, name);

  g_assert_cmpstr (found, ==, text);
}

static guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
set_up_names (const char *tree, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i);

      test_write (tree, name, name);
    }
}

/* Each takes the next one's name, the last one the first's; but every tenth goes elsewhere, so that
 * there are chains too. */
static char *
new_name (guint i, guint n, gboolean chains)
{
  return chains && i % 10 == 9
             ? g_strdup_printf ("m%u", i)
             : g_strdup_printf ("n%u", chains && i % 10 == 0 ? i + 1 : (i + 1) % n);
}

static void
rename_all (ThawJournal *journal, const char *tree, guint n, gboolean chains)
{
  g_autoptr (GPtrArray) steps = test_steps ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i), *other = new_name (i, n, chains);

      g_ptr_array_add (steps, test_rename_step (tree, name, tree, other));
    }
  test_do (journal, "names", steps, THAW_STEPS_ALL_OR_NONE);
}

static void
check_names (const char *tree, guint n, gboolean chains)
{
  g_autofree char *first = test_read (tree, "n1");
  gboolean all = g_strcmp0 (first, "n0") == 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i), *other = new_name (i, n, chains);

      assert_text (tree, all ? other : name, name);
    }
  g_assert_cmpuint (count_entries (tree), ==, n);
}

static void
set_up_few (const char *tree)
{
  set_up_names (tree, 12);
}

static void
run_few (ThawJournal *journal, const char *tree)
{
  rename_all (journal, tree, 12, FALSE);
}

static void
check_few (const char *tree, gboolean forward)
{
  check_names (tree, 12, FALSE);
}

static void
set_up_many (const char *tree)
{
  set_up_names (tree, 1000);
}

static void
run_many (ThawJournal *journal, const char *tree)
{
  rename_all (journal, tree, 1000, TRUE);
}

static void
check_many (const char *tree, gboolean forward)
{
  check_names (tree, 1000, TRUE);
}

/* ---- Only the case changes, on a file system that doesn't tell cases apart ---- */

static void
set_up_case (const char *tree)
{
  test_write (tree, "Read.TXT", "one");
  test_write (tree, "other", "two");
}

static void
run_case (ThawJournal *journal, const char *tree)
{
  g_autoptr (GPtrArray) steps = test_steps ();

  g_ptr_array_add (steps, test_rename_step (tree, "Read.TXT", tree, "read.txt"));
  g_ptr_array_add (steps, test_rename_step (tree, "other", tree, "Other2"));
  test_do (journal, "case", steps, THAW_STEPS_ALL_OR_NONE);
}

static void
check_case (const char *tree, gboolean forward)
{
  gboolean all = test_exists (tree, "Other2");
  g_autoptr (GDir) dir = g_dir_open (tree, 0, NULL);
  gboolean found = FALSE;
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    found |= g_str_equal (name, all ? "read.txt" : "Read.TXT");
  g_assert_true (found);
  g_assert_cmpuint (count_entries (tree), ==, 2);
}

/* ---- Replacing ---- */

static void
set_up_replace (const char *tree)
{
  test_write (tree, "a", "old a");
  test_write (tree, "b", "old b");
}

static char *
hidden_name (ThawJournal *journal, gint64 job, guint number)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (journal, job, NULL);

  return thaw_token_dup_name (record->token, number);
}

static void
add_replacing (ThawJournal *journal,
               gint64 job,
               GPtrArray *steps,
               const char *tree,
               const char *name,
               guint number)
{
  g_autoptr (ThawPlace) place = thaw_place_open (tree, NULL);
  g_autoptr (ThawKept) kept = thaw_kept_open (journal, place, NULL);
  g_autofree char *kept_name = thaw_kept_reserve (kept, job, name, 10, NULL);
  g_autofree char *hidden = hidden_name (journal, job, number),
                  *text = g_strdup_printf ("new %s", name);

  test_write (tree, hidden, text);
  g_ptr_array_add (steps,
                   test_replace_step (tree,
                                      hidden,
                                      tree,
                                      name,
                                      thaw_place_get_path (thaw_kept_get_place (kept)),
                                      kept_name));
}

static gint64
replace_both (ThawJournal *journal, const char *tree)
{
  gint64 job = test_add_job (journal, "replace", 0);
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;

  add_replacing (journal, job, steps, tree, "a", 1);
  add_replacing (journal, job, steps, tree, "b", 2);
  thaw_journal_perform (journal, job, steps, THAW_STEPS_EACH, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_DONE, NULL, NULL));
  return job;
}

static void
run_replace (ThawJournal *journal, const char *tree)
{
  replace_both (journal, tree);
}

static guint
count_text (const char *folder, const char *text)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *found = test_read (folder, name);

      n += g_strcmp0 (found, text) == 0 ? 1 : 0;
    }
  return n;
}

static guint
count_everywhere (const char *tree, const char *text)
{
  g_autofree char *mnt = g_path_get_dirname (tree);
  g_autofree char *name = g_strdup_printf (".thaw-kept-%u", (guint) geteuid ());
  g_autofree char *kept = g_build_filename (mnt, name, NULL);

  return count_text (tree, text) + count_text (kept, text);
}

static void
empty_kept (const char *tree)
{
  g_autofree char *mnt = g_path_get_dirname (tree);
  g_autofree char *name = g_strdup_printf (".thaw-kept-%u", (guint) geteuid ());
  g_autofree char *kept = g_build_filename (mnt, name, NULL);

  test_remove (kept);
}

/* Under the name is the old or the new; and the old is never lost. */
static void
check_replace (const char *tree, gboolean forward)
{
  static const char *const names[] = { "a", "b" };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *found = test_read (tree, names[i]),
                      *old = g_strdup_printf ("old %s", names[i]);
      g_autofree char *new = g_strdup_printf ("new %s", names[i]);

      g_assert_true (g_strcmp0 (found, old) == 0 || g_strcmp0 (found, new) == 0);
      g_assert_cmpuint (count_everywhere (tree, old), >=, 1);
    }
  empty_kept (tree);
}

/* ---- Undo ---- */

static void
run_undo (ThawJournal *journal, const char *tree)
{
  test_invert (journal, replace_both (journal, tree), NULL);
}

/* Both undone or neither, and all four are somewhere. */
static void
check_undo (const char *tree, gboolean forward)
{
  g_autofree char *a = test_read (tree, "a"), *b = test_read (tree, "b");

  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_assert_cmpuint (count_everywhere (tree, "old a"), >=, 1);
  g_assert_cmpuint (count_everywhere (tree, "old b"), >=, 1);
  empty_kept (tree);
}

/* Done, undone and done again. */
static void
set_up_both_ways (const char *tree)
{
  set_up_replace (tree);
  set_up_names (tree, 5);
}

static void
run_both_ways (ThawJournal *journal, const char *tree)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  gint64 job;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i),
                      *other = g_strdup_printf ("n%u", (i + 1) % 5);

      g_ptr_array_add (steps, test_rename_step (tree, name, tree, other));
    }
  job = test_do (journal, "names", steps, THAW_STEPS_ALL_OR_NONE);
  test_invert (journal, job, NULL);
  test_invert (journal, job, NULL);
}

static void
check_both_ways (const char *tree, gboolean forward)
{
  g_autofree char *first = test_read (tree, "n1");
  gboolean all = g_strcmp0 (first, "n0") == 0;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("n%u", i),
                      *other = g_strdup_printf ("n%u", (i + 1) % 5);

      assert_text (tree, all ? other : name, name);
    }
  g_assert_cmpuint (count_entries (tree), ==, 7);
}

/* ---- The trash ---- */

static const char *const trashed[] = { "a", "b", "c", "d", "e" };

static void
set_up_trash (const char *tree)
{
  test_mkdir (tree, "files");
  test_mkdir (tree, "info");
  for (guint i = 0; i < G_N_ELEMENTS (trashed); i++)
    test_write (tree, trashed[i], trashed[i]);
}

static void
run_trash (ThawJournal *journal, const char *tree)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autofree char *files = g_build_filename (tree, "files", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (trashed); i++)
    {
      ThawStep *step = test_rename_step (tree, trashed[i], files, trashed[i]);
      g_autofree char *name = g_strconcat (trashed[i], ".trashinfo", NULL);

      step->info = g_build_filename (tree, "info", name, NULL);
      step->info_text = g_bytes_new_static ("[Trash Info]\n", 13);
      g_ptr_array_add (steps, step);
    }
  test_invert (journal, test_do (journal, "trash", steps, THAW_STEPS_EACH), NULL);
}

/* Here, or there with its whole info; and no info of what isn't there. */
static void
check_trash (const char *tree, gboolean forward)
{
  g_autofree char *files = g_build_filename (tree, "files", NULL),
                  *info = g_build_filename (tree, "info", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (trashed); i++)
    {
      g_autofree char *name = g_strconcat (trashed[i], ".trashinfo", NULL);

      g_assert_true (test_exists (tree, trashed[i]) != test_exists (files, trashed[i]));
      if (test_exists (files, trashed[i]))
        assert_text (info, name, "[Trash Info]\n");
      else
        g_assert_false (test_exists (info, name));
    }
  g_assert_cmpuint (count_entries (info), ==, count_entries (files));
}

/* ---- Placing ---- */

static void
set_up_nothing (const char *tree)
{
}

static void
run_place (ThawJournal *journal, const char *tree)
{
  gint64 job = test_add_job (journal, "place", 0);
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *hidden = hidden_name (journal, job, i), *name = g_strdup_printf ("p%u", i);

      test_write (tree, hidden, name);
      g_ptr_array_add (steps, test_rename_step (tree, hidden, tree, name));
    }
  thaw_journal_perform (journal, job, steps, THAW_STEPS_EACH, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_DONE, NULL, NULL));
  test_invert (journal, job, &error);
  g_assert_no_error (error);
}

/* What was placed may have been worked on: it's in its place, or kept, or not placed yet. */
static void
check_place (const char *tree, gboolean forward)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("p%u", i), *found = test_read (tree, name);

      g_assert_true (found == NULL || g_str_equal (found, name));
    }
  empty_kept (tree);
}

static const Scenario scenarios[] = {
  { "names", "", set_up_few, run_few, check_few },
  { "names-poor", "--no-rename2", set_up_few, run_few, check_few },
  { "names-poorest", "--no-rename2 --no-link", set_up_few, run_few, check_few },
  { "names-1000", "", set_up_many, run_many, check_many, 6, 1100 },
  { "case", "--nocase", set_up_case, run_case, check_case },
  { "replace", "", set_up_replace, run_replace, check_replace },
  { "replace-linked", "--no-rename2", set_up_replace, run_replace, check_replace },
  { "replace-copied", "--no-rename2 --no-link", set_up_replace, run_replace, check_replace },
  { "undo", "", set_up_replace, run_undo, check_undo },
  { "undo-linked", "--no-rename2", set_up_replace, run_undo, check_undo },
  { "undo-copied", "--no-rename2 --no-link", set_up_replace, run_undo, check_undo },
  { "both-ways", "", set_up_both_ways, run_both_ways, check_both_ways },
  { "trash", "", set_up_trash, run_trash, check_trash },
  { "trash-poor", "--no-rename2", set_up_trash, run_trash, check_trash },
  { "place", "", set_up_nothing, run_place, check_place },
  { "place-poor", "--no-rename2", set_up_nothing, run_place, check_place },
};

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
    {
      g_autofree char *path = g_strdup_printf ("/journal/kill/%s", scenarios[i].name);

      g_test_add_data_func (path, &scenarios[i], test_scenario);
    }
  return g_test_run ();
}
