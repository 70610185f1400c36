/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trying again what failed: the same job goes on with just that, and one undo takes back all of it.
 * And what is said of undo, before and after. As an ordinary user, since nothing is forbidden to
 * root. */

#include "kinds-test.h"

#include "thaw-journal-private.h"
#include "thaw-operation-private.h"

#include <glib/gstdio.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

static void
set_mode (Fixture *self, const char *name, int mode)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_no_errno (g_chmod (path, mode));
}

static void
remove_entry (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  remove_all (path);
}

static ThawOperation *
run_failing (Fixture *self, ThawOperationRequest *request, guint n_problems)
{
  ThawOperation *operation = run_request (self, request);

  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, n_problems);
  g_assert_true (thaw_operation_can_retry (operation));
  return operation;
}

static ThawOperation *
retry (ThawOperation *operation, guint problem)
{
  g_autoptr (ThawOperation) again = thaw_operation_retry (operation, problem);

  g_assert_nonnull (again);
  g_assert_cmpint (thaw_operation_get_id (again), ==, thaw_operation_get_id (operation));
  return run_operation (g_steal_pointer (&again));
}

/* In the same job, and undone with it. */
static void
test_inside_of_a_folder (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;

  make_tree (self, "from/d/a=1", "from/d/sub/b=2", "from/d/sub/c=3", "to/", NULL);
  set_mode (self, "from/d/sub/b", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/d", NULL), 1);
  assert_tree (self, "to", "d/ d/a=1 d/sub/ d/sub/c=3");
  set_mode (self, "from/d/sub/b", 0644);
  again = retry (operation, 0);
  assert_done (again);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 0);
  g_assert_false (thaw_operation_can_retry (operation));
  g_assert_true (thaw_operation_get_can_undo (again));
  assert_tree (self, "to", "d/ d/a=1 d/sub/ d/sub/b=2 d/sub/c=3");
  undo (self);
  assert_tree (self, "to", "");
  redo (self);
  assert_tree (self, "to", "d/ d/a=1 d/sub/ d/sub/b=2 d/sub/c=3");
  assert_no_litter (self);
}

/* What it became, and not what it would be called by itself. */
static void
test_inside_of_another_name (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;
  ThawOperationRequest *request;

  make_tree (self, "from/d/a=1", "from/d/b=2", "to/d/old=0", NULL);
  set_mode (self, "from/d/b", 0);
  request = new_request (self, "copy", "to", "from/d", NULL);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, THAW_RULE_KEEP_BOTH);
  operation = run_failing (self, request, 1);
  set_mode (self, "from/d/b", 0644);
  again = retry (operation, THAW_PROBLEMS_ALL);
  assert_done (again);
  assert_tree (self, "to", "d/ d/old=0 d (2)/ d (2)/a=1 d (2)/b=2");
  undo (self);
  assert_tree (self, "to", "d/ d/old=0");
}

/* Nobody answers; the problem is told by the name that is in the way. */
static void
test_conflict (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;

  make_tree (self, "from/a=1", "from/b=2", "to/b=old", NULL);
  operation = run_failing (self, new_request (self, "copy", "to", "from/a", "from/b", NULL), 1);
  remove_entry (self, "to/b");
  again = retry (operation, THAW_PROBLEMS_ALL);
  assert_done (again);
  assert_tree (self, "to", "a=1 b=2");
  undo (self);
  assert_tree (self, "to", "");
}

static void
test_duplicate (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;

  make_tree (self, "w/d/a=1", "w/d/b=2", NULL);
  set_mode (self, "w/d/b", 0);
  operation = run_failing (self, new_request (self, "duplicate", NULL, "w/d", NULL), 1);
  set_mode (self, "w/d/b", 0644);
  again = retry (operation, 0);
  assert_done (again);
  assert_tree (self, "w", "d/ d/a=1 d/b=2 d (2)/ d (2)/a=1 d (2)/b=2");
  undo (self);
  assert_tree (self, "w", "d/ d/a=1 d/b=2");
}

/* One of several, and then the rest. */
static void
test_one_by_one (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, first = NULL, rest = NULL;

  make_tree (self, "from/a=1", "from/b=2", "from/c=3", "to/", NULL);
  set_mode (self, "from/a", 0);
  set_mode (self, "from/b", 0);
  set_mode (self, "from/c", 0);
  operation
      = run_failing (self, new_request (self, "copy", "to", "from/a", "from/b", "from/c", NULL), 3);
  set_mode (self, "from/a", 0644);
  set_mode (self, "from/b", 0644);
  set_mode (self, "from/c", 0644);
  first = thaw_operation_retry (operation, 1);
  rest = thaw_operation_retry (operation, THAW_PROBLEMS_ALL);
  g_assert_null (thaw_operation_retry (operation, THAW_PROBLEMS_ALL));
  run_operation (first);
  run_operation (rest);
  assert_done (first);
  assert_done (rest);
  assert_tree (self, "to", "a=1 b=2 c=3");
  undo (self);
  assert_tree (self, "to", "");
}

/* What fails again is a problem of the new one, and can be tried again from there. */
static void
test_fails_again (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL, last = NULL;

  make_tree (self, "from/d/a=1", "from/d/b=2", "to/", NULL);
  set_mode (self, "from/d/b", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/d", NULL), 1);
  again = retry (operation, 0);
  g_assert_cmpint (thaw_operation_get_state (again), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (again), ==, 1);
  set_mode (self, "from/d/b", 0644);
  last = retry (again, 0);
  assert_done (last);
  assert_tree (self, "to", "d/ d/a=1 d/b=2");
  undo (self);
  assert_tree (self, "to", "");
}

/* One that can't even start loses nothing of the list. */
static void
test_target_gone (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL, last = NULL;

  make_tree (self, "from/a=1", "to/", NULL);
  set_mode (self, "from/a", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/a", NULL), 1);
  set_mode (self, "from/a", 0644);
  remove_entry (self, "to");
  again = retry (operation, 0);
  g_assert_cmpint (thaw_operation_get_state (again), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (again), ==, 1);
  make_tree (self, "to/", NULL);
  last = retry (again, THAW_PROBLEMS_ALL);
  assert_done (last);
  assert_tree (self, "to", "a=1");
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL, last = NULL;

  make_tree (self, "from/a=1", "to/", NULL);
  set_mode (self, "from/a", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/a", NULL), 1);
  set_mode (self, "from/a", 0644);
  again = thaw_operation_retry (operation, 0);
  thaw_operation_cancel (again);
  run_operation (again);
  g_assert_cmpint (thaw_operation_get_state (again), ==, THAW_OPERATION_CANCELLED);
  g_assert_cmpuint (thaw_operation_get_n_problems (again), ==, 1);
  assert_tree (self, "to", "");
  last = retry (again, THAW_PROBLEMS_ALL);
  assert_done (last);
  assert_tree (self, "to", "a=1");
}

/* What it was told is written in order, and it answers in order. */
static void
wait_for_journal (Fixture *self)
{
  g_autoptr (ThawFuture) history = thaw_operation_queue_list_history (self->queue, NULL, 1);

  run_until_complete (history);
}

/* By another process, from the journal alone; without what was given up. */
static void
test_after_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL, none = NULL;
  const ThawProblem *problem;
  gint64 id;

  make_tree (self, "from/d/a=1", "from/d/b=2", "from/d/c=3", "to/", NULL);
  set_mode (self, "from/d/b", 0);
  set_mode (self, "from/d/c", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/d", NULL), 2);
  problem = thaw_operation_get_problem (operation, 0);
  thaw_operation_skip (operation, g_str_has_suffix (problem->path, "c") ? 0 : 1);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
  id = thaw_operation_get_id (operation);
  wait_for_journal (self);
  fixture_restart (self);
  set_mode (self, "from/d/b", 0644);
  set_mode (self, "from/d/c", 0644);
  again = run_operation (thaw_operation_queue_retry (self->queue, id, NULL));
  assert_done (again);
  assert_tree (self, "to", "d/ d/a=1 d/b=2");
  none = run_operation (thaw_operation_queue_retry (self->queue, id, NULL));
  g_assert_error (thaw_operation_get_error (none), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  undo (self);
  assert_tree (self, "to", "");
}

/* What can't be listed is left alone on both sides; once it can be, it is made alike. */
static void
test_synchronise (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;
  ThawOperationRequest *request = new_request (self, "synchronise", "b", "a", NULL);

  make_tree (self, "a/closed/x=1", "a/y=1", "b/closed/precious=1", "b/gone=1", NULL);
  set_mode (self, "a/closed", 0);
  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("mirror"));
  operation = run_failing (self, request, 1);
  assert_tree (self, "b", "closed/ closed/precious=1 y=1");
  set_mode (self, "a/closed", 0755);
  again = retry (operation, 0);
  assert_done (again);
  assert_tree (self, "b", "closed/ closed/x=1 y=1");
  undo (self);
  assert_tree (self, "b", "closed/ closed/precious=1 gone=1");
}

/* Undone: there is nothing to be added to. Done again: a job of its own. */
static void
test_undone (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, refused = NULL, own = NULL;

  make_tree (self, "from/a=1", "from/b=2", "to/", NULL);
  set_mode (self, "from/b", 0);
  operation = run_failing (self, new_request (self, "copy", "to", "from/a", "from/b", NULL), 1);
  undo (self);
  set_mode (self, "from/b", 0644);
  refused = retry (operation, 0);
  g_assert_error (thaw_operation_get_error (refused), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  redo (self);
  own = run_operation (
      thaw_operation_queue_retry (self->queue, thaw_operation_get_id (operation), NULL));
  assert_done (own);
  assert_tree (self, "to", "a=1 b=2");
  undo (self);
  assert_tree (self, "to", "a=1");
}

static void
test_move (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;

  make_tree (self, "from/a=1", "from/b=2", "to/b=old", NULL);
  operation = run_failing (self, new_request (self, "move", "to", "from/a", "from/b", NULL), 1);
  remove_entry (self, "to/b");
  again = retry (operation, 0);
  assert_done (again);
  assert_tree (self, "from", "");
  undo (self);
  assert_tree (self, "from", "a=1 b=2");
}

/* Copied, but the source couldn't be taken away: its copy isn't made twice, nor taken for somebody
 * else's. */
static void
test_move_that_left_its_source (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_strdup ("/dev/shm/thaw-retry-XXXXXX");
  ThawOperationRequest *request = new_request (self, "move", "to", NULL);
  g_autoptr (ThawOperation) operation = NULL, again = NULL;
  g_autofree char *path = NULL, *to = g_build_filename (self->folder, "to", NULL);
  g_autoptr (GFile) file = NULL;
  struct stat here, there;

  make_tree (self, "to/", NULL);
  if (g_mkdtemp (other) == NULL || g_stat (other, &there) != 0 || g_stat (to, &here) != 0
      || here.st_dev == there.st_dev)
    {
      thaw_operation_request_unref (request);
      g_test_skip ("there is no other device");
      return;
    }
  path = g_build_filename (other, "a", NULL);
  file = g_file_new_for_path (path);
  g_assert_true (g_file_set_contents (path, "1", -1, NULL));
  g_assert_no_errno (g_chmod (other, 0555));
  thaw_operation_request_add_source (request, file);
  operation = run_failing (self, request, 1);
  assert_tree (self, "to", "a=1");
  g_assert_no_errno (g_chmod (other, 0755));
  again = retry (operation, 0);
  assert_done (again);
  assert_tree (self, "to", "a=1");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  remove_all (other);
}

static void
test_attributes (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_request (self, "attributes", NULL, "w", NULL);
  g_autoptr (ThawOperation) operation = NULL, again = NULL;
  g_autofree char *path = g_build_filename (self->folder, "w/closed/a", NULL);
  struct stat st;

  make_tree (self, "w/closed/a=1", "w/b=2", NULL);
  set_mode (self, "w/closed/a", 0644);
  set_mode (self, "w/closed", 0);
  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("go="));
  thaw_operation_request_set_option (request, "recursive", g_variant_new_boolean (TRUE));
  operation = run_failing (self, request, 1);
  set_mode (self, "w/closed", 0755);
  again = retry (operation, 0);
  assert_done (again);
  g_assert_no_errno (g_stat (path, &st));
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
}

/* --- what is said of undo --- */

static gboolean
has_finding (ThawPlan *plan, ThawFindingType type)
{
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    if (thaw_plan_get_finding (plan, i)->type == type)
      return TRUE;
  return FALSE;
}

static ThawOperationRequest *
new_deletion (Fixture *self, gint64 limit)
{
  ThawOperationRequest *request = new_request (self, "delete", NULL, "w/large", NULL);

  thaw_operation_request_set_option (request, "kept-limit", g_variant_new_int64 (limit));
  return request;
}

static void
count_notify (ThawOperation *operation, GParamSpec *pspec, gpointer n)
{
  *(guint *) n += 1;
}

static void
test_deleted_for_good (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (ThawOperationRequest) create = new_request (self, "create", "w", NULL);
  guint n_notified = 0;

  make_tree (self, "w/large=0123456789", NULL);
  thaw_operation_request_add_name (create, "new");
  do_request (self, g_steal_pointer (&create));
  operation = thaw_operation_queue_submit (self->queue, new_deletion (self, 100), "Delete it");
  thaw_operation_request_unref (thaw_operation_get_request (operation));
  g_signal_connect (operation, "notify::can-undo", G_CALLBACK (count_notify), &n_notified);
  run_operation (operation);
  assert_done (operation);
  g_assert_true (has_finding (thaw_operation_get_plan (operation), THAW_FINDING_NO_UNDO));
  g_assert_false (thaw_operation_get_can_undo (operation));
  g_assert_cmpuint (n_notified, ==, 0);
  assert_tree (self, "w", "new=");
  /* Undo is about what it can take back. */
  undo (self);
  assert_tree (self, "w", "");
}

static void
test_deleted_and_kept (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "w/large=0123456789", NULL);
  operation = run_request (self, new_deletion (self, 1 << 20));
  assert_done (operation);
  g_assert_false (has_finding (thaw_operation_get_plan (operation), THAW_FINDING_NO_UNDO));
  g_assert_true (thaw_operation_get_can_undo (operation));
  undo (self);
  assert_tree (self, "w", "large=0123456789");
}

/* One of three is too large to be kept: that is said of it, before, and the others come back. */
static void
test_deleted_in_part (Fixture *self, gconstpointer data)
{
  g_autofree char *large = g_strnfill (200000, 'x');
  g_autofree char *entry = g_strconcat ("w/large=", large, NULL);
  g_autoptr (ThawOperation) operation = NULL;
  ThawOperationRequest *request = new_request (self, "delete", NULL, "w/a", "w/large", "w/d", NULL);
  const ThawFinding *finding = NULL;
  ThawPlan *plan;
  guint n = 0;

  make_tree (self, "w/a=1", "w/d/e=2", entry, NULL);
  thaw_operation_request_set_option (request, "kept-limit", g_variant_new_int64 (100000));
  operation = run_request (self, request);
  assert_done (operation);
  plan = thaw_operation_get_plan (operation);
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    if (thaw_plan_get_finding (plan, i)->type == THAW_FINDING_NO_UNDO)
      {
        finding = thaw_plan_get_finding (plan, i);
        n++;
      }
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (g_str_has_suffix (finding->path, "/w/large"));
  g_assert_true (thaw_operation_get_can_undo (operation));
  assert_tree (self, "w", "");
  undo (self);
  assert_tree (self, "w", "a=1 d/ d/e=2");
  redo (self);
  assert_tree (self, "w", "");
  fixture_restart (self);
  undo (self);
  assert_tree (self, "w", "a=1 d/ d/e=2");
  assert_no_litter (self);
}

static void
test_undo_itself (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, undoing = NULL;

  make_tree (self, "from/a=1", "to/", NULL);
  operation = run_request (self, new_request (self, "copy", "to", "from/a", NULL));
  g_assert_true (thaw_operation_get_can_undo (operation));
  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  undoing = run_operation (thaw_operation_queue_undo (self->queue));
  g_assert_false (thaw_operation_get_can_undo (undoing));
}

/* --- passwords --- */

static gboolean
is_in_folder (const char *path, const char *text)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      g_autofree char *content = NULL;
      gsize size;

      if (g_file_get_contents (child, &content, &size, NULL)
          && memmem (content, size, text, strlen (text)) != NULL)
        return TRUE;
      if (is_in_folder (child, text))
        return TRUE;
    }
  return FALSE;
}

#define SECRET "correct horse battery"

static ThawOperationRequest *
new_packing (Fixture *self, const char *target)
{
  ThawOperationRequest *request = new_request (self, "compress", target, "w/a", NULL);

  thaw_operation_request_set_option (request, "password", g_variant_new_string (SECRET));
  return request;
}

/* As it comes back from the journal: without. */
static ThawOperationRequest *
pass_through_journal (ThawOperationRequest *request)
{
  g_autoptr (GVariant) variant = thaw_operation_request_to_journal (request);
  g_autofree char *text = g_variant_print (variant, TRUE);

  g_assert_null (strstr (text, SECRET));
  thaw_operation_request_unref (request);
  return thaw_operation_request_new_from_variant (variant, NULL);
}

static void
test_password_is_not_stored (Fixture *self, gconstpointer data)
{
  make_tree (self, "w/a=1", NULL);
  do_request (self, new_packing (self, "w/x.zip"));
  g_assert_false (is_in_folder (self->state, SECRET));
  g_assert_true (is_in_folder (self->state, "had-password"));
}

static void
test_password_is_asked_for (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, without = NULL, said = NULL;

  make_tree (self, "w/a=1", NULL);
  without = run_request (self, pass_through_journal (new_packing (self, "w/none.zip")));
  g_assert_error (thaw_operation_get_error (without), G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);

  thaw_operation_queue_set_can_ask (self->queue, TRUE);
  operation = thaw_operation_queue_submit (self->queue,
                                           pass_through_journal (new_packing (self, "w/x.zip")),
                                           "Pack");
  thaw_operation_request_unref (thaw_operation_get_request (operation));
  run_until (thaw_operation_get_state (operation) == THAW_OPERATION_ASKING);
  g_assert_true (thaw_operation_get_question (operation)->is_password);
  g_assert_true (g_str_has_suffix (thaw_operation_get_question (operation)->source_path, "x.zip"));
  thaw_operation_answer_password (operation, SECRET);
  run_operation (operation);
  assert_done (operation);
  g_assert_false (is_in_folder (self->state, SECRET));

  /* Said beforehand it isn't asked for. */
  said = thaw_operation_queue_submit (self->queue,
                                      pass_through_journal (new_packing (self, "w/y.zip")),
                                      "Pack");
  thaw_operation_request_unref (thaw_operation_get_request (said));
  thaw_operation_answer_password (said, SECRET);
  run_operation (said);
  assert_done (said);
}

/* A test's own home, that an ordinary user can write in. */
static char *
become_ordinary (void)
{
  char *home;

  /* Where the tests' folders are may be somebody's own. */
  if (geteuid () == 0)
    g_setenv ("TMPDIR", "/tmp", TRUE);
  home = g_dir_make_tmp ("thaw-retry-home-XXXXXX", NULL);
  if (geteuid () == 0)
    {
      g_assert_no_errno (chown (home, 65534, 65534));
      g_assert_no_errno (setgroups (0, NULL));
      g_assert_no_errno (setresgid (65534, 65534, 65534));
      g_assert_no_errno (setresuid (65534, 65534, 65534));
    }
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  return home;
}

int
main (int argc, char **argv)
{
  g_autofree char *home = become_ordinary ();
  int status;

  g_test_init (&argc, &argv, NULL);
  TEST ("/retry/inside-of-a-folder", test_inside_of_a_folder);
  TEST ("/retry/inside-of-another-name", test_inside_of_another_name);
  TEST ("/retry/conflict", test_conflict);
  TEST ("/retry/duplicate", test_duplicate);
  TEST ("/retry/one-by-one", test_one_by_one);
  TEST ("/retry/fails-again", test_fails_again);
  TEST ("/retry/target-gone", test_target_gone);
  TEST ("/retry/cancelled", test_cancelled);
  TEST ("/retry/after-restart", test_after_restart);
  TEST ("/retry/synchronise", test_synchronise);
  TEST ("/retry/undone", test_undone);
  TEST ("/retry/move", test_move);
  TEST ("/retry/move-that-left-its-source", test_move_that_left_its_source);
  TEST ("/retry/attributes", test_attributes);
  TEST ("/can-undo/deleted-for-good", test_deleted_for_good);
  TEST ("/can-undo/deleted-and-kept", test_deleted_and_kept);
  TEST ("/can-undo/deleted-in-part", test_deleted_in_part);
  TEST ("/can-undo/undo-itself", test_undo_itself);
  TEST ("/password/not-stored", test_password_is_not_stored);
  TEST ("/password/asked-for", test_password_is_asked_for);
  status = g_test_run ();
  remove_all (home);
  return status;
}
