/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state folder breaks: full, failing, gone, or its user killed, at each of the journal's
 * changes to it. What the journal didn't write down isn't done; what it refuses, it refuses with an
 * error; and whatever happened, the next process opens it, settles what is left, and finds all of
 * the names or none. */

#include "journal-test.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define N_NAMES 5

typedef struct {
  const char *name;
  const char *action; /* of the fault; "kill", "errno=…", "dead" */
  gboolean stays;
} Mode;

typedef struct {
  const char *state, *tree;
} Run;

static char *
name_of (guint i)
{
  return g_strdup_printf ("n%u", i % N_NAMES);
}

static GPtrArray *
make_steps (const char *tree)
{
  GPtrArray *steps = test_steps ();

  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autofree char *name = name_of (i), *other = name_of (i + 1);

      g_ptr_array_add (steps, test_rename_step (tree, name, tree, other));
    }
  return steps;
}

static gboolean
is_done (const char *tree)
{
  g_autofree char *text = test_read (tree, "n1");

  return g_strcmp0 (text, "n0") == 0;
}

static void
assert_whole (const char *tree)
{
  guint shift = is_done (tree) ? 1 : 0;

  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autofree char *name = name_of (i + shift), *text = test_read (tree, name),
                      *wanted = name_of (i);

      g_assert_cmpstr (text, ==, wanted);
    }
}

static void
check (gboolean success, const GError *error)
{
  g_assert_true (success == (error == NULL));
  g_assert_true (error == NULL || strlen (error->message) > 10);
}

/* Each call is right about what it did. Aborting would be told as a failure: nothing else may end
 * it but being killed. */
static void
use_it (gpointer data)
{
  Run *run = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawJournal) journal = thaw_journal_open (run->state, NULL, &error);
  g_autoptr (GPtrArray) steps = make_steps (run->tree);
  gint64 job, inverse;
  gboolean done;

  check (journal != NULL, error);
  if (journal == NULL)
    return;
  job = thaw_journal_add_job (journal, "test", "test", NULL, 0, &error);
  check (job != 0, error);
  g_clear_error (&error);
  if (job == 0)
    return;
  thaw_journal_set_state (journal, job, THAW_JOURNAL_RUNNING, NULL, NULL);
  done = thaw_journal_perform (journal, job, steps, THAW_STEPS_ALL_OR_NONE, NULL, NULL, &error);
  check (done, error);
  g_assert_true (done == is_done (run->tree));
  assert_whole (run->tree);
  g_clear_error (&error);
  thaw_journal_set_state (journal, job, done ? THAW_JOURNAL_DONE : THAW_JOURNAL_FAILED, NULL, NULL);
  if (!done)
    return;
  inverse = thaw_journal_add_job (journal, "undo", "undo", NULL, job, NULL);
  if (inverse == 0)
    return;
  done = thaw_journal_invert (journal, job, inverse, NULL, &error);
  check (done, error);
  g_assert_true (done != is_done (run->tree));
  assert_whole (run->tree);
  thaw_journal_set_state (journal,
                          inverse,
                          done ? THAW_JOURNAL_DONE : THAW_JOURNAL_FAILED,
                          NULL,
                          NULL);
}

static void
settle (const char *state, gboolean forward)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *notice = NULL;
  g_autoptr (ThawJournal) journal = thaw_journal_open (state, &notice, &error);
  g_autoptr (GPtrArray) jobs = NULL;

  g_assert_no_error (error);
  g_assert_null (notice);
  jobs = thaw_journal_list_interrupted (journal, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < jobs->len; i++)
    {
      gint64 job = ((ThawJournalRecord *) g_ptr_array_index (jobs, i))->id;

      g_assert_true (thaw_journal_adopt (journal, job, &error));
      thaw_journal_settle (journal, job, forward, &error);
      g_assert_no_error (error);
      g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_CANCELLED, NULL, &error));
    }
}

/* After all that the journal works, and knows how things stand. */
static void
assert_usable (const char *state, const char *tree)
{
  g_autoptr (ThawJournal) journal = thaw_journal_open (state, NULL, NULL);
  g_autoptr (GPtrArray) steps = make_steps (tree);
  gboolean before = is_done (tree);

  if (!before)
    {
      test_do (journal, "again", steps, THAW_STEPS_ALL_OR_NONE);
      g_assert_true (is_done (tree));
      test_undo_one (journal);
    }
  else if (thaw_journal_get_undo (journal, NULL, NULL) != 0)
    test_undo_one (journal);
  assert_whole (tree);
}

/* FALSE: the fault never came. */
static gboolean
break_at (FaultFs *fs, const Mode *mode, guint place)
{
  g_autofree char *name = g_strdup_printf ("state-%u", place),
                  *state = g_build_filename (fs->mnt, name, NULL);
  g_autofree char *tree = test_dir ("tree"), *log = NULL,
                  *control = g_build_filename (fs->mnt, ".faultfs", NULL);
  g_autofree char *rule = g_strdup_printf ("add op=mutate nth=%u %s %s",
                                           place,
                                           mode->stays ? "count=-1" : "count=1",
                                           mode->action);
  Run run = { state, tree };
  gboolean was_hit;

  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autofree char *file = name_of (i);

      test_write (tree, file, file);
    }
  fault_fs_tell (fs, rule);
  test_in_child (use_it, &run);
  g_assert_true (g_file_get_contents (control, &log, NULL, NULL));
  was_hit = strstr (log, "fired=0") == NULL;
  fault_fs_tell (fs, "alive");
  fault_fs_tell (fs, "clear");
  g_test_message ("%s at change %u", mode->name, place);
  settle (state, place % 2 == 0);
  assert_whole (tree);
  assert_usable (state, tree);
  test_remove (tree);
  test_remove (state);
  return was_hit;
}

static void
test_mode (gconstpointer data)
{
  const Mode *mode = data;
  g_autoptr (FaultFs) fs = fault_fs_new ("--cached");
  gboolean all = g_getenv ("THAW_TEST_ALL_PLACES") != NULL;
  guint n = 0, place = 1;

  if (fs == NULL)
    return;
  /* Some two hundred places; all of them on request. */
  while (break_at (fs, mode, place))
    {
      place += all || place < 8 ? 1 : (guint) g_test_rand_int_range (8, 30);
      n++;
    }
  g_test_message ("%s: %u places", mode->name, n);
  g_assert_cmpuint (n, >, 10);
}

static const Mode modes[] = {
  { "kill", "kill", FALSE },
  { "full", "errno=ENOSPC", TRUE },
  { "full-once", "errno=ENOSPC", FALSE },
  { "quota", "errno=EDQUOT", TRUE },
  { "failing", "errno=EIO", TRUE },
  { "failing-once", "errno=EIO", FALSE },
  { "gone", "dead", TRUE },
};

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/journal/state/%s", modes[i].name);

      g_test_add_data_func (path, &modes[i], test_mode);
    }
  return g_test_run ();
}
