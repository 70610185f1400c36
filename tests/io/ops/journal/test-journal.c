/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the journal holds: jobs, notes, durable inodes, who owns what, the kept store; opened by
 * several at once, and damaged. */

#include "journal-test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static ThawJournal *
open_journal (const char *state)
{
  g_autoptr (GError) error = NULL;
  ThawJournal *journal = thaw_journal_open (state, NULL, &error);

  g_assert_no_error (error);
  return journal;
}

static void
test_jobs (void)
{
  g_autofree char *state = test_dir ("state");
  g_autoptr (ThawJournal) journal = open_journal (state);
  g_autoptr (ThawJournalRecord) record = NULL, copy = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *request = g_variant_new_parsed ("{'key': <(1, 'two')>}");
  gint64 first
      = thaw_journal_add_job (journal, "copy", "Copy “ä”", g_variant_ref_sink (request), 0, &error);
  gint64 second = test_add_job (journal, "second", 0);

  g_assert_no_error (error);
  record = thaw_journal_get_job (journal, first, &error);
  g_assert_cmpstr (record->kind, ==, "copy");
  g_assert_cmpstr (record->title, ==, "Copy “ä”");
  g_assert_cmpint (record->state, ==, THAW_JOURNAL_PLANNED);
  g_assert_true (g_variant_equal (record->request, request));
  g_assert_cmpuint (strlen (record->token), ==, THAW_TOKEN_LENGTH);
  g_assert_true (record->is_alive);
  g_assert_cmpint (record->ended_usec, ==, 0);
  copy = thaw_journal_record_copy (record);
  g_assert_cmpstr (copy->token, ==, record->token);
  g_variant_unref (request);

  g_assert_true (thaw_journal_set_state (journal,
                                         first,
                                         THAW_JOURNAL_FAILED,
                                         g_variant_new_string ("why"),
                                         &error));
  g_clear_pointer (&record, thaw_journal_record_free);
  record = thaw_journal_get_job (journal, first, &error);
  g_assert_cmpint (record->state, ==, THAW_JOURNAL_FAILED);
  g_assert_cmpstr (g_variant_get_string (record->problems, NULL), ==, "why");
  g_assert_cmpint (record->ended_usec, >=, record->created_usec);
  g_assert_false (record->is_alive);

  jobs = thaw_journal_list_jobs (journal, 10, &error);
  g_assert_cmpuint (jobs->len, ==, 2);
  g_assert_cmpint (((ThawJournalRecord *) g_ptr_array_index (jobs, 0))->id, ==, second);
  g_assert_null (thaw_journal_get_job (journal, 999, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_notes (void)
{
  g_autofree char *state = test_dir ("state");
  g_autoptr (ThawJournal) journal = open_journal (state);
  g_autoptr (GBytes) value = g_bytes_new ("a\0b", 3), found = NULL, none = NULL;
  g_autoptr (GHashTable) durable = NULL;
  g_autoptr (GError) error = NULL;
  gint64 job = test_add_job (journal, "notes", 0);
  guint64 inodes[3] = { 1, G_MAXUINT64, 77 }, wanted = 77, other = 78;

  g_assert_true (thaw_journal_put (journal, job, "key", value, &error));
  found = thaw_journal_get (journal, job, "key", &error);
  g_assert_true (g_bytes_equal (found, value));
  g_assert_null (thaw_journal_get (journal, job, "other", &error));
  g_assert_no_error (error);
  g_assert_true (thaw_journal_put (journal, job, "key", NULL, &error));
  none = thaw_journal_get (journal, job, "key", &error);
  g_assert_null (none);

  g_assert_true (thaw_journal_add_durable (journal, job, 5, inodes, 2, &error));
  g_assert_true (thaw_journal_add_durable (journal, job, 5, inodes + 2, 1, &error));
  durable = thaw_journal_load_durable (journal, job, 5, &error);
  g_assert_cmpuint (g_hash_table_size (durable), ==, 3);
  g_assert_true (g_hash_table_contains (durable, &wanted));
  g_assert_false (g_hash_table_contains (durable, &other));
  g_clear_pointer (&durable, g_hash_table_unref);
  durable = thaw_journal_load_durable (journal, job, 6, &error);
  g_assert_cmpuint (g_hash_table_size (durable), ==, 0);
}

static guint
count_interrupted (ThawJournal *journal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = thaw_journal_list_interrupted (journal, &error);

  g_assert_no_error (error);
  return jobs->len;
}

typedef struct {
  const char *state;
  int ready[2], go[2];
  gint64 job;
} Other;

static void
other_process (gpointer data)
{
  Other *self = data;
  g_autoptr (ThawJournal) journal = open_journal (self->state);
  gint64 job = test_add_job (journal, "other", 0);
  char byte;

  g_assert_cmpint (write (self->ready[1], &job, sizeof job), ==, sizeof job);
  g_assert_cmpint (read (self->go[0], &byte, 1), ==, 1);
  kill (getpid (), SIGKILL);
}

static gpointer
run_other (gpointer data)
{
  test_in_child (other_process, data);
  return NULL;
}

/* Somebody else's job is interrupted when that process is gone, and not before. */
static void
test_owner (void)
{
  g_autofree char *state = test_dir ("state");
  g_autoptr (ThawJournal) journal = NULL, third = NULL;
  g_autoptr (GError) error = NULL;
  Other other = { .state = state };
  GThread *thread;

  g_assert_cmpint (pipe2 (other.ready, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (other.go, O_CLOEXEC), ==, 0);
  thread = g_thread_new ("other", run_other, &other);
  g_assert_cmpint (read (other.ready[0], &other.job, sizeof other.job), ==, sizeof other.job);
  journal = open_journal (state);
  g_assert_cmpuint (count_interrupted (journal), ==, 0);
  g_assert_false (thaw_journal_adopt (journal, other.job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);

  g_assert_cmpint (write (other.go[1], "x", 1), ==, 1);
  g_thread_join (thread);
  g_assert_cmpuint (count_interrupted (journal), ==, 1);
  third = open_journal (state);
  g_assert_true (thaw_journal_adopt (journal, other.job, &error));
  g_assert_true (thaw_journal_adopt (journal, other.job, &error));
  g_assert_cmpuint (count_interrupted (third), ==, 0);
  g_assert_false (thaw_journal_adopt (third, other.job, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_pointer (&journal, thaw_journal_unref);
  g_assert_cmpuint (count_interrupted (third), ==, 1);
  for (guint i = 0; i < 2; i++)
    {
      close (other.ready[i]);
      close (other.go[i]);
    }
}

typedef struct {
  ThawJournal *journal; /* NULL: of its own */
  const char *state, *tree;
  guint number;
} Worker;

/* Renames a file of its own forth and back, by undo. */
static gpointer
work (gpointer data)
{
  Worker *self = data;
  g_autoptr (ThawJournal) journal
      = self->journal != NULL ? thaw_journal_ref (self->journal) : open_journal (self->state);
  g_autofree char *name = g_strdup_printf ("w%u", self->number),
                  *other = g_strdup_printf ("v%u", self->number);

  test_write (self->tree, name, name);
  for (guint i = 0; i < 15; i++)
    {
      g_autoptr (GPtrArray) steps = test_steps ();
      g_autoptr (GError) error = NULL;
      gint64 job;

      g_ptr_array_add (steps, test_rename_step (self->tree, name, self->tree, other));
      job = test_do (journal, "work", steps, THAW_STEPS_EACH);
      g_assert_true (test_exists (self->tree, other));
      test_invert (journal, job, &error);
      g_assert_no_error (error);
      g_assert_true (test_exists (self->tree, name));
    }
  return NULL;
}

static void
test_together (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree");
  g_autoptr (ThawJournal) journal = open_journal (state);
  Worker workers[4];
  GThread *threads[4];
  g_autoptr (GPtrArray) jobs = NULL;

  for (guint i = 0; i < 4; i++)
    workers[i] = (Worker){ i < 2 ? journal : NULL, state, tree, i };
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("worker", work, &workers[i]);
  for (guint i = 0; i < 4; i++)
    g_thread_join (threads[i]);
  jobs = thaw_journal_list_jobs (journal, 1000, NULL);
  g_assert_cmpuint (jobs->len, ==, 4 * 30);
}

/* Two processes at the same job: one of them undoes it. */
typedef struct {
  const char *state;
  gint64 job;
  int result[2];
} Rival;

static void
undo_it (gpointer data)
{
  Rival *self = data;
  g_autoptr (ThawJournal) journal = open_journal (self->state);
  g_autoptr (GError) error = NULL;
  char done = test_invert (journal, self->job, &error) != 0 ? 1 : 0;

  g_assert_cmpint (write (self->result[1], &done, 1), ==, 1);
}

static void
test_rivals (void)
{
  for (guint round = 0; round < 10; round++)
    {
      g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree"), *text = NULL;
      g_autoptr (ThawJournal) journal = open_journal (state);
      g_autoptr (GPtrArray) steps = test_steps ();
      Rival rival = { .state = state };
      pid_t pids[2];
      char done[2];

      test_write (tree, "a", "a");
      test_write (tree, "b", "b");
      g_ptr_array_add (steps, test_rename_step (tree, "a", tree, "b"));
      g_ptr_array_add (steps, test_rename_step (tree, "b", tree, "a"));
      rival.job = test_do (journal, "swap", steps, THAW_STEPS_ALL_OR_NONE);
      g_clear_pointer (&journal, thaw_journal_unref);
      g_assert_cmpint (pipe2 (rival.result, O_CLOEXEC), ==, 0);
      for (guint i = 0; i < 2; i++)
        if ((pids[i] = fork ()) == 0)
          {
            undo_it (&rival);
            _exit (0);
          }
      for (guint i = 0; i < 2; i++)
        g_assert_cmpint (waitpid (pids[i], NULL, 0), ==, pids[i]);
      g_assert_cmpint (read (rival.result[0], done, 2), ==, 2);
      close (rival.result[0]);
      close (rival.result[1]);
      /* Undone by one of them; or the slower one found it undone, and did it again. */
      text = test_read (tree, "a");
      g_assert_cmpint (done[0] + done[1], >=, 1);
      g_assert_cmpstr (text, ==, done[0] + done[1] == 1 ? "a" : "b");
      g_assert_false (test_exists (tree, ".thaw-"));
    }
}

static char *
database (const char *state)
{
  return g_build_filename (state, "journal.sqlite", NULL);
}

static void
fill (const char *state)
{
  g_autoptr (ThawJournal) journal = open_journal (state);

  for (guint i = 0; i < 60; i++)
    test_add_job (journal, "filling the file with jobs", 0);
}

/* Opened, one way or the other, and usable; the damaged one isn't deleted. */
static void
assert_opens (const char *state, gboolean must_notice)
{
  g_autofree char *notice = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawJournal) journal = thaw_journal_open (state, &notice, &error);
  g_autoptr (GDir) dir = g_dir_open (state, 0, NULL);
  gboolean is_aside = FALSE;
  const char *name;

  g_assert_no_error (error);
  test_add_job (journal, "after", 0);
  while ((name = g_dir_read_name (dir)) != NULL)
    is_aside |= strstr (name, ".damaged-") != NULL;
  g_assert_true (is_aside || notice == NULL);
  g_assert_true (notice != NULL || !must_notice);
}

static void
test_damaged (void)
{
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *state = test_dir ("state"), *path = database (state), *bytes = NULL;
      gsize length;

      fill (state);
      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      if (i == 0)
        memset (bytes, 'x', length);
      else if (i == 1)
        length /= 2;
      else if (i == 2)
        length = 20;
      else
        for (guint j = 0; j < 200; j++)
          bytes[g_test_rand_int_range (i % 2 == 0 ? 0 : 100, (gint32) length)]
              ^= (char) g_test_rand_int_range (1, 256);
      {
        int fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);

        g_assert_cmpint (write (fd, bytes, length), ==, (gssize) length);
        close (fd);
      }
      assert_opens (state, i < 3);
      assert_opens (state, FALSE);
    }
}

/* The damage is found by somebody who has it open: the next opening puts it aside, and who has it
 * open goes on with the new one. */
static void
test_damaged_under_way (void)
{
  g_autofree char *state = test_dir ("state"), *path = database (state), *notice = NULL;
  g_autoptr (ThawJournal) journal = open_journal (state), other = NULL;
  g_autoptr (ThawJournalRecord) record = NULL;
  int fd;
  gint64 job;

  test_add_job (journal, "before", 0);
  fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  g_assert_cmpint (write (fd, "this is no database, and long enough to be none", 40), ==, 40);
  close (fd);
  {
    g_autofree char *log = g_strconcat (path, "-wal", NULL);

    g_assert_cmpint (truncate (log, 0), ==, 0);
  }
  other = thaw_journal_open (state, &notice, NULL);
  g_assert_nonnull (other);
  g_assert_nonnull (notice);
  job = test_add_job (other, "new", 0);
  record = thaw_journal_get_job (journal, job, NULL);
  g_assert_nonnull (record);
  g_assert_cmpstr (record->title, ==, "new");
}

static void
test_newer (void)
{
  g_autofree char *state = test_dir ("state"), *path = database (state);
  g_autoptr (GError) error = NULL;
  guint32 version = GUINT32_TO_BE (99);
  int fd;

  fill (state);
  fd = open (path, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, &version, 4, 60), ==, 4);
  close (fd);
  g_assert_null (thaw_journal_open (state, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

static char *
keep (ThawJournal *journal, ThawKept *kept, const char *tree, const char *name, gint64 *job)
{
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  char *kept_name;

  *job = test_add_job (journal, name, 0);
  test_write (tree, name, name);
  kept_name = thaw_kept_reserve (kept, *job, name, 1000, &error);
  g_assert_no_error (error);
  g_ptr_array_add (
      steps,
      test_rename_step (tree, name, thaw_place_get_path (thaw_kept_get_place (kept)), kept_name));
  g_assert_true (thaw_journal_perform (journal, *job, steps, THAW_STEPS_EACH, NULL, NULL, &error));
  g_assert_true (thaw_journal_set_state (journal, *job, THAW_JOURNAL_DONE, NULL, NULL));
  return kept_name;
}

static void
test_kept (void)
{
  g_autofree char *state = test_dir ("state"), *tree = test_dir ("tree"),
                  *long_name = g_strnfill (255, 'n');
  g_autoptr (ThawJournal) journal = open_journal (state);
  g_autoptr (ThawPlace) near = thaw_place_open (tree, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawKept) kept = thaw_kept_open (journal, near, &error);
  const char *store;
  char *names[4];
  gint64 jobs[4];
  struct stat st;
  ThawWalkFuncs funcs = { NULL };

  g_assert_no_error (error);
  store = thaw_place_get_path (thaw_kept_get_place (kept));
  g_assert_cmpint (fstat (thaw_place_get_fd (thaw_kept_get_place (kept)), &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0700);
  thaw_kept_set_limit (kept, 2500);
  names[0] = keep (journal, kept, tree, "one", &jobs[0]);
  names[1] = keep (journal, kept, tree, long_name, &jobs[1]);
  g_assert_cmpint (thaw_kept_get_bytes (kept), ==, 2000);
  names[2] = keep (journal, kept, tree, "three", &jobs[2]);
  g_assert_cmpint (thaw_kept_get_bytes (kept), ==, 2000);
  g_assert_false (test_exists (store, names[0]));
  g_assert_true (test_exists (store, names[1]));
  g_assert_false (thaw_journal_can_invert (journal, jobs[0], NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "isn't kept any longer"));
  g_clear_error (&error);

  /* What is undone isn't counted any more; and comes back whole. */
  test_undo_one (journal);
  g_assert_true (test_exists (tree, "three"));
  g_assert_cmpint (thaw_kept_get_bytes (kept), ==, 1000);
  g_assert_null (thaw_kept_reserve (kept, jobs[2], "large", 2501, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_clear_error (&error);

  test_write (store, "of-another-journal", "x");
  g_assert_true (thaw_kept_empty (kept, &funcs, &error));
  g_assert_no_error (error);
  g_assert_false (test_exists (store, names[1]));
  g_assert_false (test_exists (store, "of-another-journal"));
  g_assert_cmpint (thaw_kept_get_bytes (kept), ==, 0);
  g_assert_cmpint (thaw_journal_get_undo (journal, NULL, NULL), ==, 0);
  for (guint i = 0; i < 3; i++)
    g_free (names[i]);
}

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  g_test_add_func ("/journal/jobs", test_jobs);
  g_test_add_func ("/journal/notes", test_notes);
  g_test_add_func ("/journal/rivals", test_rivals);
  g_test_add_func ("/journal/owner", test_owner);
  g_test_add_func ("/journal/together", test_together);
  g_test_add_func ("/journal/damaged", test_damaged);
  g_test_add_func ("/journal/damaged-under-way", test_damaged_under_way);
  g_test_add_func ("/journal/newer", test_newer);
  g_test_add_func ("/journal/kept", test_kept);
  return g_test_run ();
}
