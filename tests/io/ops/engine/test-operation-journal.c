/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left of an operation: undo and history, what a process that dies leaves to the next one,
 * and a journal that can't be opened. Children of this program play the process that dies. */

#include "operation-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char *program;

/* --- undo, history --- */

static void
test_undo (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = NULL;
  g_autoptr (ThawOperation) undo = NULL;
  g_autoptr (ThawOperation) redo = NULL;

  g_assert_null (thaw_operation_queue_undo (self->queue));
  place = test_operation_submit_places (self, FALSE, "a", "b\xff", NULL);
  run_until_state (place, THAW_OPERATION_DONE);
  g_assert_true (test_operation_is_there (self, "a") && test_operation_is_there (self, "b\xff"));
  g_assert_nonnull (thaw_operation_get_result (place, 1));
  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  g_assert_cmpstr (thaw_operation_queue_get_undo_title (self->queue), ==, "A test");
  undo = thaw_operation_queue_undo (self->queue);
  run_until (test_operation_is_over (undo));
  g_assert_no_error (thaw_operation_get_error (undo));
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);
  run_until (thaw_operation_queue_get_redo_title (self->queue) != NULL);
  g_assert_null (thaw_operation_queue_get_undo_title (self->queue));
  redo = thaw_operation_queue_redo (self->queue);
  run_until (test_operation_is_over (redo));
  g_assert_no_error (thaw_operation_get_error (redo));
  g_assert_true (test_operation_is_there (self, "a") && test_operation_is_there (self, "b\xff"));
}

/* The key pressed three times: each takes back what is next when it is its turn. */
static void
test_undo_quickly (TestOperation *self, gconstpointer data)
{
  const char *const names[] = { "a", "b", "c" };
  g_autoptr (ThawOperation) last = NULL;
  g_autoptr (ThawOperation) one_too_many = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ThawOperation) place = test_operation_submit_places (self, FALSE, names[i], NULL);

      run_until_state (place, THAW_OPERATION_DONE);
    }
  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  g_object_unref (thaw_operation_queue_undo (self->queue));
  g_object_unref (thaw_operation_queue_undo (self->queue));
  last = thaw_operation_queue_undo (self->queue);
  one_too_many = thaw_operation_queue_undo (self->queue);
  run_until (test_operation_is_over (last) && test_operation_is_over (one_too_many));
  g_assert_no_error (thaw_operation_get_error (last));
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);
  g_assert_error (thaw_operation_get_error (one_too_many), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_undo_refused (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = test_operation_submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) undo = NULL;
  g_autofree char *path = g_build_filename (self->target, "a", NULL);

  run_until_state (place, THAW_OPERATION_DONE);
  g_assert_true (g_file_set_contents (path, "changed", -1, NULL));
  undo = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  run_until (test_operation_is_over (undo));
  g_assert_nonnull (thaw_operation_get_error (undo));
  g_assert_true (test_operation_is_there (self, "a"));
}

/* A second click on the same button doesn't do it again. */
static void
test_undo_twice (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = test_operation_submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) undo = NULL;
  g_autoptr (ThawOperation) again = NULL;

  run_until_state (place, THAW_OPERATION_DONE);
  undo = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  again = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  run_until_state (undo, THAW_OPERATION_DONE);
  run_until (test_operation_is_over (again));
  g_assert_error (thaw_operation_get_error (again), G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_false (test_operation_is_there (self, "a"));
}

static void
test_history (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = test_operation_submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) bad = NULL;
  g_autoptr (ThawFuture) list = NULL;
  GPtrArray *records;
  ThawOperationRecord *record;

  run_until_state (place, THAW_OPERATION_DONE);
  bad = test_operation_submit (self, test_operation_make ("{'problems': <1>}"));
  run_until (test_operation_is_over (bad));
  list = thaw_operation_queue_list_history (self->queue, NULL, 10);
  run_until_complete (list);
  records = thaw_future_get_pointer (list, NULL);
  g_assert_nonnull (records);
  g_assert_cmpuint (records->len, ==, 2);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpint (record->state, ==, THAW_OPERATION_FAILED);
  record = g_ptr_array_index (records, 1);
  g_assert_cmpint (record->state, ==, THAW_OPERATION_DONE);
  g_assert_cmpstr (record->kind, ==, "test");
  g_assert_cmpint (record->id, ==, thaw_operation_get_id (place));
  g_assert_cmpint (record->ended_usec, >, 0);
  g_assert_false (record->is_interrupted || record->is_undone);
}

/* --- processes that die --- */

static void
run_child (TestOperation *self, const char *what)
{
  const char *argv[] = { program, "--child", what, self->state, self->target, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_clear_object (&self->queue);
  run_dry ();
  g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  self->queue = thaw_operation_queue_new (self->state);
}

/* Dies when it has placed "a" of "a", "b", "c", and stands before "b". */
static int
play_child (const char *what, const char *state, const char *target)
{
  TestOperation self = { .state = (char *) state, .target = (char *) target };
  g_autoptr (ThawOperation) operation = NULL;

  test_kind_register ();
  test_gate_reset ();
  self.queue = thaw_operation_queue_new (state);
  operation = test_operation_submit_places (&self, TRUE, "a", "b", "c", NULL);
  test_gate_open (1);
  run_until (test_operation_is_there (&self, "a") && test_gate_get_n_waiting () == 1);
  if (g_str_equal (what, "pause"))
    {
      thaw_operation_pause (operation);
      /* The thread notes it before it sleeps. */
      run_until (__atomic_load_n (&operation->run->is_parked, __ATOMIC_ACQUIRE));
      g_usleep (200000);
    }
  _exit (0);
}

static gint64
find_interrupted (TestOperation *self)
{
  g_autoptr (ThawFuture) list = thaw_operation_queue_list_interrupted (self->queue, NULL);
  GPtrArray *records;

  run_until_complete (list);
  records = thaw_future_get_pointer (list, NULL);
  g_assert_nonnull (records);
  g_assert_cmpuint (records->len, ==, 1);
  g_assert_true (((ThawOperationRecord *) g_ptr_array_index (records, 0))->is_interrupted);
  return ((ThawOperationRecord *) g_ptr_array_index (records, 0))->id;
}

static void
assert_none_interrupted (TestOperation *self)
{
  g_autoptr (ThawFuture) list = thaw_operation_queue_list_interrupted (self->queue, NULL);

  run_until_complete (list);
  g_assert_cmpuint (((GPtrArray *) thaw_future_get_pointer (list, NULL))->len, ==, 0);
}

static void
test_finish (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) finish = NULL;

  run_child (self, "crash");
  g_assert_cmpuint (test_operation_count_files (self), ==, 2);
  finish = thaw_operation_queue_finish (self->queue, find_interrupted (self));
  test_gate_open (2);
  run_until (test_operation_is_over (finish));
  g_assert_no_error (thaw_operation_get_error (finish));
  g_assert_true (test_operation_is_there (self, "a") && test_operation_is_there (self, "b")
                 && test_operation_is_there (self, "c"));
  g_assert_cmpuint (test_operation_count_files (self), ==, 3);
  g_assert_cmpstr (thaw_operation_request_get_kind (thaw_operation_get_request (finish)),
                   ==,
                   "test");
  g_assert_cmpstr (thaw_operation_get_title (finish), ==, "A test");
  assert_none_interrupted (self);
}

/* Its volume isn't mounted: another folder stands there. It waits for the right one. */
static void
test_finish_elsewhere (TestOperation *self, gconstpointer data)
{
  g_autofree char *away = g_strconcat (self->target, ".away", NULL);
  g_autoptr (ThawOperation) finish = NULL;
  g_autoptr (ThawOperation) later = NULL;
  ThawRun *run;

  run_child (self, "crash");
  g_assert_cmpint (g_rename (self->target, away), ==, 0);
  g_assert_cmpint (g_mkdir (self->target, 0700), ==, 0);
  finish = thaw_operation_queue_finish (self->queue, find_interrupted (self));
  run_until (test_operation_is_over (finish));
  g_assert_error (thaw_operation_get_error (finish), G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);

  /* As if the process ended: its journal isn't open any more, by the run's thread neither. */
  run = thaw_run_ref (finish->run);
  g_clear_object (&finish);
  g_clear_object (&self->queue);
  run_until (test_operation_is_nothing_left ()
             && __atomic_load_n (&run->ref_count, __ATOMIC_ACQUIRE) == 1);
  thaw_run_unref (run);
  g_assert_cmpint (g_rmdir (self->target), ==, 0);
  g_assert_cmpint (g_rename (away, self->target), ==, 0);
  self->queue = thaw_operation_queue_new (self->state);
  run_until (g_list_model_get_n_items (G_LIST_MODEL (self->queue)) == 1);
  later = g_list_model_get_item (G_LIST_MODEL (self->queue), 0);
  thaw_operation_resume (later);
  test_gate_open (2);
  run_until (test_operation_is_over (later));
  g_assert_no_error (thaw_operation_get_error (later));
  g_assert_cmpuint (test_operation_count_files (self), ==, 3);
}

static void
test_roll_back (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) back = NULL;
  g_autoptr (ThawOperation) again = NULL;
  gint64 id;

  run_child (self, "crash");
  id = find_interrupted (self);
  back = thaw_operation_queue_roll_back (self->queue, id);
  again = thaw_operation_queue_roll_back (self->queue, id);
  g_assert_true (again == back);
  run_until (test_operation_is_over (back));
  g_assert_no_error (thaw_operation_get_error (back));
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);
  assert_none_interrupted (self);
}

/* It is in the list again, paused; cancelled there it leaves what it had done and nothing else. */
static void
test_paused_over_restart (TestOperation *self, gconstpointer data)
{
  GListModel *model;
  g_autoptr (ThawOperation) operation = NULL;

  run_child (self, "pause");
  model = G_LIST_MODEL (self->queue);
  run_until (g_list_model_get_n_items (model) == 1);
  operation = g_list_model_get_item (model, 0);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PAUSED);
  g_assert_cmpstr (thaw_operation_get_title (operation), ==, "A test");
  if (GPOINTER_TO_INT (data))
    {
      thaw_operation_cancel (operation);
      run_until (test_operation_is_over (operation));
      g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_CANCELLED);
      g_assert_true (test_operation_is_there (self, "a"));
      g_assert_cmpuint (test_operation_count_files (self), ==, 1);
    }
  else
    {
      thaw_operation_resume (operation);
      test_gate_open (2);
      run_until (test_operation_is_over (operation));
      g_assert_no_error (thaw_operation_get_error (operation));
      g_assert_cmpuint (test_operation_count_files (self), ==, 3);
    }
  assert_none_interrupted (self);
}

/* --- the journal can't be opened --- */

static void
test_no_journal (TestOperation *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->folder, "file", NULL);
  g_autofree char *inside = g_build_filename (file, "state", NULL);
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (ThawFuture) list = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  run_until (self->queue->journal != NULL);
  g_clear_object (&self->queue);
  self->queue = thaw_operation_queue_new (inside);
  operation = test_operation_submit_places (self, FALSE, "a", NULL);
  list = thaw_operation_queue_list_history (self->queue, NULL, 10);
  run_until (test_operation_is_over (operation));
  g_assert_nonnull (thaw_operation_get_error (operation));
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);
  run_until_complete (list);
  g_assert_nonnull (thaw_future_get_error (list));
}

static void
add (const char *path, void (*test) (TestOperation *, gconstpointer), gpointer data)
{
  g_test_add (path, TestOperation, data, test_operation_set_up, test, test_operation_tear_down);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "--child"))
    return play_child (argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  test_kind_register ();
  add ("/operation/undo", test_undo, NULL);
  add ("/operation/undo-quickly", test_undo_quickly, NULL);
  add ("/operation/undo-refused", test_undo_refused, NULL);
  add ("/operation/undo-twice", test_undo_twice, NULL);
  add ("/operation/history", test_history, NULL);
  add ("/operation/finish", test_finish, NULL);
  add ("/operation/finish-elsewhere", test_finish_elsewhere, NULL);
  add ("/operation/roll-back", test_roll_back, NULL);
  add ("/operation/paused-over-restart", test_paused_over_restart, NULL);
  add ("/operation/cancelled-after-restart", test_paused_over_restart, GINT_TO_POINTER (1));
  add ("/operation/no-journal", test_no_journal, NULL);
  return g_test_run ();
}
