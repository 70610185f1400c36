/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations and their queue, with a kind that does what the test tells it: states, pausing,
 * questions, problems, undo, what is left by a process that dies, threads that hang. Children of
 * this program play the process that dies. */

#include "task-test.h"
#include "test-kind.h"
#include "thaw-operation-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *folder, *state, *target;
  ThawOperationQueue *queue;
} Fixture;

static const char *program;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("thaw-operation-XXXXXX", NULL);
  self->state = g_build_filename (self->folder, "state", NULL);
  self->target = g_build_filename (self->folder, "target", NULL);
  g_assert_cmpint (g_mkdir (self->target, 0700), ==, 0);
  test_gate_reset ();
  self->queue = thaw_operation_queue_new (self->state);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static gboolean
is_nothing_left (void)
{
  ThawTaskStats stats;

  thaw_task_get_stats (&stats);
  return stats.n_scopes == 0 && stats.n_jobs == 0;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->queue);
  /* What the journal was asked last is still under way, on its lane. */
  run_until (is_nothing_left ());
  assert_nothing_left ();
  remove_tree (self->folder);
  g_free (self->folder);
  g_free (self->state);
  g_free (self->target);
}

static ThawOperationRequest *
make (const char *format, ...)
{
  g_autoptr (GVariant) options = NULL;
  ThawOperationRequest *request = thaw_operation_request_new ("test");
  GVariantIter iter;
  const char *key;
  GVariant *value;
  va_list arguments;

  va_start (arguments, format);
  options = g_variant_ref_sink (g_variant_new_parsed_va (format, &arguments));
  va_end (arguments);
  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      thaw_operation_request_set_option (request, key, value);
      g_variant_unref (value);
    }
  return request;
}

static ThawOperation *
submit (Fixture *self, ThawOperationRequest *request)
{
  ThawOperation *operation = thaw_operation_queue_submit (self->queue, request, "A test");

  thaw_operation_request_unref (request);
  return operation;
}

#define run_until_state(operation, wanted)                                                         \
  run_until (thaw_operation_get_state (operation) == (wanted))

static gboolean
is_over (ThawOperation *operation)
{
  return thaw_operation_state_is_last (thaw_operation_get_state (operation));
}

static gboolean
is_there (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->target, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Hidden names included. */
static guint
count_files (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->target, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* --- states --- */

static void
test_table (void)
{
  static const char *const legal[] = {
    [THAW_OPERATION_PLANNED] = "QPFC",  [THAW_OPERATION_QUEUED] = "RPFC",
    [THAW_OPERATION_RUNNING] = "PADFC", [THAW_OPERATION_PAUSED] = "LQRADFC",
    [THAW_OPERATION_ASKING] = "RPFC",   [THAW_OPERATION_DONE] = "",
    [THAW_OPERATION_FAILED] = "",       [THAW_OPERATION_CANCELLED] = "",
  };
  static const char letters[] = "LQRPADFC";

  for (guint from = 0; from < THAW_N_OPERATION_STATES; from++)
    {
      g_assert_cmpint (thaw_operation_state_is_last (from), ==, *legal[from] == '\0');
      for (guint to = 0; to < THAW_N_OPERATION_STATES; to++)
        g_assert_cmpint (thaw_operation_state_can_become (from, to),
                         ==,
                         strchr (legal[from], letters[to]) != NULL);
    }
}

static void
note_state (ThawOperation *operation, GParamSpec *pspec, GString *states)
{
  g_string_append_c (states, "LQRPADFC"[thaw_operation_get_state (operation)]);
}

static void
test_done (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation
      = submit (self, make ("{'entries': <5>, 'plan-entries': <int64 5>, 'bytes': <int64 500>}"));
  g_autoptr (ThawFuture) wait = thaw_operation_wait (operation, NULL);
  g_autoptr (GString) states = g_string_new (NULL);
  ThawProgress progress;

  g_signal_connect (operation, "notify::state", G_CALLBACK (note_state), states);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PLANNED);
  test_gate_open (5);
  run_until_complete (wait);
  g_assert_null (thaw_future_get_error (wait));
  g_assert_cmpstr (states->str, ==, "QRD");
  thaw_operation_get_progress (operation, &progress);
  g_assert_cmpint (progress.bytes_done, ==, 500);
  g_assert_cmpint (progress.bytes_total, ==, 500);
  g_assert_cmpint (progress.entries_done, ==, 5);
  g_assert_cmpint (thaw_operation_get_id (operation), >, 0);
  g_assert_cmpstr (thaw_operation_get_title (operation), ==, "A test");
}

static void
test_failures (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) fails = submit (self, make ("{'fails': <true>}"));
  g_autoptr (ThawOperation) fatal = submit (self, make ("{'fatal': <true>}"));
  g_autoptr (ThawOperation) bad = submit (self, make ("{'problems': <3>}"));
  g_autoptr (ThawOperation) none = NULL;
  g_autoptr (ThawFuture) wait = thaw_operation_wait (fails, NULL);

  none = submit (self, thaw_operation_request_new ("no such thing"));
  run_until (is_over (fails) && is_over (fatal) && is_over (bad) && is_over (none));
  g_assert_error (thaw_operation_get_error (fails), G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_assert_error (thaw_operation_get_error (fatal), G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_cmpstr (thaw_operation_get_error (fatal)->message, ==, "No room for 7");
  g_assert_cmpint (thaw_operation_get_id (fatal), ==, 0);
  g_assert_error (thaw_operation_get_error (none), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  /* Done is only what was done completely. */
  g_assert_cmpint (thaw_operation_get_state (bad), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (bad), ==, 3);
  g_assert_cmpstr (thaw_operation_get_problem (bad, 2)->path, ==, "/bad/2");
  g_assert_error (thaw_operation_get_problem (bad, 0)->error,
                  G_IO_ERROR,
                  G_IO_ERROR_PERMISSION_DENIED);
  g_assert_null (thaw_operation_get_problem (bad, 3));
  run_until_complete (wait);
  assert_rejected (wait, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

static void
test_plan_only (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperationRequest) request = make ("{'plan-entries': <int64 7>}");
  g_autoptr (ThawOperation) operation = thaw_operation_queue_plan (self->queue, request, "A plan");

  run_until (thaw_operation_get_plan (operation) != NULL);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PLANNED);
  g_assert_cmpint (thaw_plan_get_n_entries (thaw_operation_get_plan (operation)), ==, 7);
  g_assert_cmpint (thaw_operation_get_id (operation), ==, 0);
  thaw_operation_resume (operation);
  run_until_state (operation, THAW_OPERATION_DONE);
  g_assert_cmpint (thaw_operation_get_id (operation), >, 0);
}

static void
test_plan_fatal (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperationRequest) request = make ("{'fatal': <true>}");
  g_autoptr (ThawOperation) operation = thaw_operation_queue_plan (self->queue, request, "A plan");

  run_until (thaw_operation_get_plan (operation) != NULL);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PLANNED);
  g_assert_cmpuint (thaw_plan_get_n_findings (thaw_operation_get_plan (operation)), ==, 1);
  thaw_operation_resume (operation);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
}

static void
test_pause (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = submit (self, make ("{'entries': <2>}"));
  ThawProgress progress;

  run_until (test_gate_get_n_waiting () == 1);
  run_until_state (operation, THAW_OPERATION_RUNNING);
  thaw_operation_pause (operation);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PAUSED);
  thaw_operation_pause (operation);
  run_until (__atomic_load_n (&operation->run->is_parked, __ATOMIC_ACQUIRE));
  test_gate_open (2);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PAUSED);
  thaw_operation_get_progress (operation, &progress);
  g_assert_cmpint (progress.entries_done, ==, 0);
  thaw_operation_resume (operation);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_RUNNING);
  run_until_state (operation, THAW_OPERATION_DONE);
}

/* At every stage: new, planning, queued, running, paused, asking. */
static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) fresh = submit (self, make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) running = submit (self, make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) paused = submit (self, make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) asking = submit (self, make ("{'asks': <1>}"));
  g_autoptr (ThawFuture) wait = thaw_operation_wait (running, NULL);

  thaw_operation_cancel (fresh);
  g_assert_cmpint (thaw_operation_get_state (fresh), ==, THAW_OPERATION_CANCELLED);
  run_until (test_gate_get_n_waiting () == 2);
  run_until_state (asking, THAW_OPERATION_ASKING);
  thaw_operation_pause (paused);
  thaw_operation_cancel (running);
  thaw_operation_cancel (paused);
  thaw_operation_cancel (asking);
  run_until (is_over (running) && is_over (paused) && is_over (asking));
  g_assert_cmpint (thaw_operation_get_state (running), ==, THAW_OPERATION_CANCELLED);
  g_assert_cmpint (thaw_operation_get_state (paused), ==, THAW_OPERATION_CANCELLED);
  g_assert_cmpint (thaw_operation_get_state (asking), ==, THAW_OPERATION_CANCELLED);
  g_assert_null (thaw_operation_get_error (running));
  run_until_complete (wait);
  assert_cancelled (wait);
  thaw_operation_cancel (running);
  thaw_operation_pause (running);
  thaw_operation_resume (running);
  g_assert_cmpint (thaw_operation_get_state (running), ==, THAW_OPERATION_CANCELLED);
}

/* --- questions --- */

static void
test_questions (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = submit (self, make ("{'asks': <4>}"));
  const ThawQuestion *question;

  run_until_state (operation, THAW_OPERATION_ASKING);
  question = thaw_operation_get_question (operation);
  g_assert_nonnull (question);
  g_assert_cmpint (question->conflict, ==, THAW_CONFLICT_FILE);
  g_assert_cmpstr (question->target_path, ==, "/target/0");
  g_assert_cmpint (question->source_size, ==, 5);
  g_assert_cmpint (question->target_mtime_usec, ==, 1000);
  thaw_operation_answer (operation, THAW_RULE_SKIP, FALSE);
  run_until (thaw_operation_get_question (operation) != NULL);
  g_assert_cmpstr (thaw_operation_get_question (operation)->target_path, ==, "/target/1");
  /* An answer while it is paused counts when it goes on. */
  thaw_operation_pause (operation);
  g_assert_null (thaw_operation_get_question (operation));
  thaw_operation_resume (operation);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_ASKING);
  thaw_operation_answer (operation, THAW_RULE_REPLACE_IF_NEWER, TRUE);
  run_until_state (operation, THAW_OPERATION_DONE);
  g_assert_cmpint (test_kind_get_decision (0), ==, THAW_DECIDE_SKIP);
  g_assert_cmpint (test_kind_get_decision (1), ==, THAW_DECIDE_REPLACE);
  g_assert_cmpint (test_kind_get_decision (3), ==, THAW_DECIDE_REPLACE);
}

static void
test_nobody_to_ask (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (ThawOperation) full = NULL;

  thaw_operation_queue_set_can_ask (self->queue, FALSE);
  operation = submit (self, make ("{'asks': <2>}"));
  run_until (is_over (operation));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 2);
  g_assert_error (thaw_operation_get_problem (operation, 0)->error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpint (test_kind_get_decision (1), ==, THAW_DECIDE_SKIP);
  full = submit (self, make ("{'full': <true>}"));
  run_until (is_over (full));
  g_assert_cmpuint (test_kind_get_n_tries (), ==, 1);
  g_assert_cmpuint (thaw_operation_get_n_problems (full), ==, 1);
}

static void
test_rule (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = make ("{'asks': <1>}");
  g_autoptr (ThawOperation) operation = NULL;

  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  operation = submit (self, request);
  run_until_state (operation, THAW_OPERATION_DONE);
  g_assert_cmpint (test_kind_get_decision (0), ==, THAW_DECIDE_KEEP_BOTH);
}

static void
test_full_disk (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = submit (self, make ("{'full': <true>}"));

  for (guint i = 1; i <= 3; i++)
    {
      run_until (thaw_operation_get_question (operation) != NULL && test_kind_get_n_tries () == i);
      g_assert_true (thaw_operation_get_question (operation)->is_no_space);
      g_assert_cmpstr (thaw_operation_get_question (operation)->source_path, ==, "/full/disk");
      thaw_operation_answer (operation, i < 3 ? THAW_RULE_ASK : THAW_RULE_SKIP, i == 3);
    }
  run_until (is_over (operation));
  g_assert_cmpuint (test_kind_get_n_tries (), ==, 3);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
}

/* --- threads that hang --- */

static void
test_hang (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) dead = submit (self, make ("{'hangs': <true>}"));
  g_autoptr (ThawOperation) other = NULL;
  g_autoptr (ThawFuture) wait = thaw_operation_wait (dead, NULL);
  ThawProgress progress = { 0 };
  guint n_running;

  run_until (test_gate_get_n_waiting () == 1);
  other = submit (self, make ("@a{sv} {}"));
  run_until_state (other, THAW_OPERATION_DONE);
  run_until (thaw_operation_get_current_path (dead) != NULL);
  g_assert_cmpstr (thaw_operation_get_current_path (dead), ==, "/dead/mount");
  run_until ((thaw_operation_get_progress (dead, &progress), progress.silent_usec > 1600000));
  thaw_operation_cancel (dead);
  g_assert_cmpint (thaw_operation_get_state (dead), ==, THAW_OPERATION_RUNNING);
  thaw_operation_stop_waiting (dead);
  g_assert_error (thaw_operation_get_error (dead), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  run_until_complete (wait);
  assert_rejected (wait, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_object_get (self->queue, "n-running", &n_running, NULL);
  g_assert_cmpuint (n_running, ==, 0);
  /* It comes back, and nobody takes notice. */
  test_gate_open (1);
  run_until (test_gate_get_n_waiting () == 0);
  run_until (__atomic_load_n (&dead->run->ref_count, __ATOMIC_ACQUIRE) == 1);
  g_assert_error (thaw_operation_get_error (dead), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

static void
test_hanging_plan (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) dead = submit (self, make ("{'plan-hangs': <true>}"));
  g_autoptr (ThawOperation) cancelled = submit (self, make ("{'plan-hangs': <true>}"));

  run_until (test_gate_get_n_waiting () == 2);
  thaw_operation_cancel (cancelled);
  g_assert_cmpint (thaw_operation_get_state (cancelled), ==, THAW_OPERATION_CANCELLED);
  thaw_operation_stop_waiting (dead);
  g_assert_cmpint (thaw_operation_get_state (dead), ==, THAW_OPERATION_FAILED);
  test_gate_open (2);
  run_until (__atomic_load_n (&dead->run->ref_count, __ATOMIC_ACQUIRE) == 1);
  run_until (__atomic_load_n (&cancelled->run->ref_count, __ATOMIC_ACQUIRE) == 1);
}

/* --- the list --- */

typedef struct {
  guint n_changes;
  guint n_items;
} Changes;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Changes *changes)
{
  changes->n_changes++;
  changes->n_items += added - removed;
  g_assert_cmpuint (changes->n_items, ==, g_list_model_get_n_items (model));
}

static void
test_list (Fixture *self, gconstpointer data)
{
  GListModel *model = G_LIST_MODEL (self->queue);
  Changes changes = { 0 };
  g_autoptr (ThawOperation) a = NULL;
  g_autoptr (ThawOperation) b = NULL;
  g_autoptr (ThawOperation) c = NULL;
  g_autoptr (ThawOperation) first = NULL;

  g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed), &changes);
  a = submit (self, make ("@a{sv} {}"));
  b = submit (self, make ("@a{sv} {}"));
  c = submit (self, make ("@a{sv} {}"));
  g_assert_true (g_list_model_get_item_type (model) == THAW_TYPE_OPERATION);
  g_assert_cmpuint (changes.n_items, ==, 3);
  thaw_operation_queue_move (self->queue, c, 0);
  first = g_list_model_get_item (model, 0);
  g_assert_true (first == c);
  thaw_operation_queue_move (self->queue, c, 99);
  g_clear_object (&first);
  first = g_list_model_get_item (model, 2);
  g_assert_true (first == c);
  g_assert_cmpuint (changes.n_changes, ==, 5);
  run_until (is_over (a) && is_over (b) && is_over (c));
  g_assert_null (g_list_model_get_item (model, 3));
}

/* --- undo, history --- */

static ThawOperation *
submit_places (Fixture *self, gboolean gated, const char *first, ...)
{
  ThawOperationRequest *request = make ("{'gated': <%b>}", gated);
  g_autoptr (GFile) target = g_file_new_for_path (self->target);
  const char *name = first;
  va_list names;

  thaw_operation_request_set_target (request, target);
  va_start (names, first);
  for (; name != NULL; name = va_arg (names, const char *))
    thaw_operation_request_add_name (request, name);
  va_end (names);
  return submit (self, request);
}

static void
test_undo (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = NULL;
  g_autoptr (ThawOperation) undo = NULL;
  g_autoptr (ThawOperation) redo = NULL;

  g_assert_null (thaw_operation_queue_undo (self->queue));
  place = submit_places (self, FALSE, "a", "b\xff", NULL);
  run_until_state (place, THAW_OPERATION_DONE);
  g_assert_true (is_there (self, "a") && is_there (self, "b\xff"));
  g_assert_nonnull (thaw_operation_get_result (place, 1));
  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  g_assert_cmpstr (thaw_operation_queue_get_undo_title (self->queue), ==, "A test");
  undo = thaw_operation_queue_undo (self->queue);
  run_until (is_over (undo));
  g_assert_no_error (thaw_operation_get_error (undo));
  g_assert_cmpuint (count_files (self), ==, 0);
  run_until (thaw_operation_queue_get_redo_title (self->queue) != NULL);
  g_assert_null (thaw_operation_queue_get_undo_title (self->queue));
  redo = thaw_operation_queue_redo (self->queue);
  run_until (is_over (redo));
  g_assert_no_error (thaw_operation_get_error (redo));
  g_assert_true (is_there (self, "a") && is_there (self, "b\xff"));
}

/* The key pressed three times: each takes back what is next when it is its turn. */
static void
test_undo_quickly (Fixture *self, gconstpointer data)
{
  const char *const names[] = { "a", "b", "c" };
  g_autoptr (ThawOperation) last = NULL;
  g_autoptr (ThawOperation) one_too_many = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ThawOperation) place = submit_places (self, FALSE, names[i], NULL);

      run_until_state (place, THAW_OPERATION_DONE);
    }
  run_until (thaw_operation_queue_get_undo_title (self->queue) != NULL);
  g_object_unref (thaw_operation_queue_undo (self->queue));
  g_object_unref (thaw_operation_queue_undo (self->queue));
  last = thaw_operation_queue_undo (self->queue);
  one_too_many = thaw_operation_queue_undo (self->queue);
  run_until (is_over (last) && is_over (one_too_many));
  g_assert_no_error (thaw_operation_get_error (last));
  g_assert_cmpuint (count_files (self), ==, 0);
  g_assert_error (thaw_operation_get_error (one_too_many), G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_undo_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) undo = NULL;
  g_autofree char *path = g_build_filename (self->target, "a", NULL);

  run_until_state (place, THAW_OPERATION_DONE);
  g_assert_true (g_file_set_contents (path, "changed", -1, NULL));
  undo = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  run_until (is_over (undo));
  g_assert_nonnull (thaw_operation_get_error (undo));
  g_assert_true (is_there (self, "a"));
}

/* A second click on the same button doesn't do it again. */
static void
test_undo_twice (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) undo = NULL;
  g_autoptr (ThawOperation) again = NULL;

  run_until_state (place, THAW_OPERATION_DONE);
  undo = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  again = thaw_operation_queue_undo_job (self->queue, thaw_operation_get_id (place));
  run_until_state (undo, THAW_OPERATION_DONE);
  run_until (is_over (again));
  g_assert_error (thaw_operation_get_error (again), G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_false (is_there (self, "a"));
}

static void
test_history (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) place = submit_places (self, FALSE, "a", NULL);
  g_autoptr (ThawOperation) bad = NULL;
  g_autoptr (ThawFuture) list = NULL;
  GPtrArray *records;
  ThawOperationRecord *record;

  run_until_state (place, THAW_OPERATION_DONE);
  bad = submit (self, make ("{'problems': <1>}"));
  run_until (is_over (bad));
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
run_child (Fixture *self, const char *what)
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
  Fixture self = { .state = (char *) state, .target = (char *) target };
  g_autoptr (ThawOperation) operation = NULL;

  test_kind_register ();
  test_gate_reset ();
  self.queue = thaw_operation_queue_new (state);
  operation = submit_places (&self, TRUE, "a", "b", "c", NULL);
  test_gate_open (1);
  run_until (is_there (&self, "a") && test_gate_get_n_waiting () == 1);
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
find_interrupted (Fixture *self)
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
assert_none_interrupted (Fixture *self)
{
  g_autoptr (ThawFuture) list = thaw_operation_queue_list_interrupted (self->queue, NULL);

  run_until_complete (list);
  g_assert_cmpuint (((GPtrArray *) thaw_future_get_pointer (list, NULL))->len, ==, 0);
}

static void
test_finish (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) finish = NULL;

  run_child (self, "crash");
  g_assert_cmpuint (count_files (self), ==, 2);
  finish = thaw_operation_queue_finish (self->queue, find_interrupted (self));
  test_gate_open (2);
  run_until (is_over (finish));
  g_assert_no_error (thaw_operation_get_error (finish));
  g_assert_true (is_there (self, "a") && is_there (self, "b") && is_there (self, "c"));
  g_assert_cmpuint (count_files (self), ==, 3);
  g_assert_cmpstr (thaw_operation_request_get_kind (thaw_operation_get_request (finish)),
                   ==,
                   "test");
  g_assert_cmpstr (thaw_operation_get_title (finish), ==, "A test");
  assert_none_interrupted (self);
}

/* Its volume isn't mounted: another folder stands there. It waits for the right one. */
static void
test_finish_elsewhere (Fixture *self, gconstpointer data)
{
  g_autofree char *away = g_strconcat (self->target, ".away", NULL);
  g_autoptr (ThawOperation) finish = NULL;
  g_autoptr (ThawOperation) later = NULL;
  ThawRun *run;

  run_child (self, "crash");
  g_assert_cmpint (g_rename (self->target, away), ==, 0);
  g_assert_cmpint (g_mkdir (self->target, 0700), ==, 0);
  finish = thaw_operation_queue_finish (self->queue, find_interrupted (self));
  run_until (is_over (finish));
  g_assert_error (thaw_operation_get_error (finish), G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);
  g_assert_cmpuint (count_files (self), ==, 0);

  /* As if the process ended: its journal isn't open any more, by the run's thread neither. */
  run = thaw_run_ref (finish->run);
  g_clear_object (&finish);
  g_clear_object (&self->queue);
  run_until (is_nothing_left () && __atomic_load_n (&run->ref_count, __ATOMIC_ACQUIRE) == 1);
  thaw_run_unref (run);
  g_assert_cmpint (g_rmdir (self->target), ==, 0);
  g_assert_cmpint (g_rename (away, self->target), ==, 0);
  self->queue = thaw_operation_queue_new (self->state);
  run_until (g_list_model_get_n_items (G_LIST_MODEL (self->queue)) == 1);
  later = g_list_model_get_item (G_LIST_MODEL (self->queue), 0);
  thaw_operation_resume (later);
  test_gate_open (2);
  run_until (is_over (later));
  g_assert_no_error (thaw_operation_get_error (later));
  g_assert_cmpuint (count_files (self), ==, 3);
}

static void
test_roll_back (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) back = NULL;
  g_autoptr (ThawOperation) again = NULL;
  gint64 id;

  run_child (self, "crash");
  id = find_interrupted (self);
  back = thaw_operation_queue_roll_back (self->queue, id);
  again = thaw_operation_queue_roll_back (self->queue, id);
  g_assert_true (again == back);
  run_until (is_over (back));
  g_assert_no_error (thaw_operation_get_error (back));
  g_assert_cmpuint (count_files (self), ==, 0);
  assert_none_interrupted (self);
}

/* It is in the list again, paused; cancelled there it leaves what it had done and nothing else. */
static void
test_paused_over_restart (Fixture *self, gconstpointer data)
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
      run_until (is_over (operation));
      g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_CANCELLED);
      g_assert_true (is_there (self, "a"));
      g_assert_cmpuint (count_files (self), ==, 1);
    }
  else
    {
      thaw_operation_resume (operation);
      test_gate_open (2);
      run_until (is_over (operation));
      g_assert_no_error (thaw_operation_get_error (operation));
      g_assert_cmpuint (count_files (self), ==, 3);
    }
  assert_none_interrupted (self);
}

/* --- the journal can't be opened --- */

static void
test_no_journal (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->folder, "file", NULL);
  g_autofree char *inside = g_build_filename (file, "state", NULL);
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (ThawFuture) list = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  run_until (self->queue->journal != NULL);
  g_clear_object (&self->queue);
  self->queue = thaw_operation_queue_new (inside);
  operation = submit_places (self, FALSE, "a", NULL);
  list = thaw_operation_queue_list_history (self->queue, NULL, 10);
  run_until (is_over (operation));
  g_assert_nonnull (thaw_operation_get_error (operation));
  g_assert_cmpuint (count_files (self), ==, 0);
  run_until_complete (list);
  g_assert_nonnull (thaw_future_get_error (list));
}

/* --- at random --- */

static void
do_something (GRand *random, ThawOperation *operation)
{
  switch (g_rand_int_range (random, 0, 6))
    {
    case 0:
      thaw_operation_pause (operation);
      break;
    case 1:
    case 2:
      thaw_operation_resume (operation);
      break;
    case 3:
      thaw_operation_answer (operation, THAW_RULE_SKIP, g_rand_boolean (random));
      break;
    case 4:
      if (g_rand_int_range (random, 0, 10) == 0)
        thaw_operation_cancel (operation);
      break;
    default:
      test_gate_open (1);
    }
}

static gboolean
are_over (GPtrArray *operations)
{
  for (guint i = 0; i < operations->len; i++)
    if (!is_over (g_ptr_array_index (operations, i)))
      return FALSE;
  return TRUE;
}

/* Whatever is done to them in whatever order: every change of state is legal (it would be a
 * critical warning otherwise), and in the end all of them are over. */
static void
test_random (Fixture *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (GPtrArray) operations = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 deadline_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;

  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (
        operations,
        submit (self,
                make ("{'entries': <%i>, 'asks': <%i>, 'problems': <%i>, 'bytes': <int64 %x>}",
                      g_rand_int_range (random, 0, 4),
                      g_rand_int_range (random, 0, 3),
                      g_rand_int_range (random, 0, 2),
                      (gint64) g_rand_int_range (random, 0, 2) * 100000000)));
  while (!are_over (operations))
    {
      do_something (
          random,
          g_ptr_array_index (operations, g_rand_int_range (random, 0, (gint32) operations->len)));
      for (guint i = 0; i < 5; i++)
        g_main_context_iteration (NULL, FALSE);
      g_usleep (200);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_usec);
    }
}

/* Who lets go of the queue lets go of all that runs. */
static void
test_dispose (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = submit_places (self, TRUE, "a", NULL);

  run_until (test_gate_get_n_waiting () == 1);
  g_clear_object (&self->queue);
  run_until (test_gate_get_n_waiting () == 0);
  run_until (__atomic_load_n (&operation->run->ref_count, __ATOMIC_ACQUIRE) == 1);
  g_assert_cmpuint (count_files (self), ==, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer), gpointer data)
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "--child"))
    return play_child (argv[2], argv[3], argv[4]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  test_kind_register ();
  g_test_add_func ("/operation/table", test_table);
  add ("/operation/done", test_done, NULL);
  add ("/operation/failures", test_failures, NULL);
  add ("/operation/plan-only", test_plan_only, NULL);
  add ("/operation/plan-fatal", test_plan_fatal, NULL);
  add ("/operation/pause", test_pause, NULL);
  add ("/operation/cancel", test_cancel, NULL);
  add ("/operation/questions", test_questions, NULL);
  add ("/operation/nobody-to-ask", test_nobody_to_ask, NULL);
  add ("/operation/rule", test_rule, NULL);
  add ("/operation/full-disk", test_full_disk, NULL);
  add ("/operation/hang", test_hang, NULL);
  add ("/operation/hanging-plan", test_hanging_plan, NULL);
  add ("/operation/list", test_list, NULL);
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
  add ("/operation/random", test_random, NULL);
  add ("/operation/dispose", test_dispose, NULL);
  return g_test_run ();
}
