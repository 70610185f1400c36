/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations and their queue, with a kind that does what the test tells it: states, pausing,
 * questions, problems, the list, threads that hang, and all of it at random. */

#include "operation-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

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
test_done (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = test_operation_submit (
      self,
      test_operation_make ("{'entries': <5>, 'plan-entries': <int64 5>, 'bytes': <int64 500>}"));
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
test_failures (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) fails
      = test_operation_submit (self, test_operation_make ("{'fails': <true>}"));
  g_autoptr (ThawOperation) fatal
      = test_operation_submit (self, test_operation_make ("{'fatal': <true>}"));
  g_autoptr (ThawOperation) bad
      = test_operation_submit (self, test_operation_make ("{'problems': <3>}"));
  g_autoptr (ThawOperation) none = NULL;
  g_autoptr (ThawFuture) wait = thaw_operation_wait (fails, NULL);

  none = test_operation_submit (self, thaw_operation_request_new ("no such thing"));
  run_until (test_operation_is_over (fails) && test_operation_is_over (fatal)
             && test_operation_is_over (bad) && test_operation_is_over (none));
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
test_plan_only (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperationRequest) request = test_operation_make ("{'plan-entries': <int64 7>}");
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
test_plan_fatal (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperationRequest) request = test_operation_make ("{'fatal': <true>}");
  g_autoptr (ThawOperation) operation = thaw_operation_queue_plan (self->queue, request, "A plan");

  run_until (thaw_operation_get_plan (operation) != NULL);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PLANNED);
  g_assert_cmpuint (thaw_plan_get_n_findings (thaw_operation_get_plan (operation)), ==, 1);
  thaw_operation_resume (operation);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
}

static void
test_pause (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation
      = test_operation_submit (self, test_operation_make ("{'entries': <2>}"));
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
test_cancel (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) fresh
      = test_operation_submit (self, test_operation_make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) running
      = test_operation_submit (self, test_operation_make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) paused
      = test_operation_submit (self, test_operation_make ("{'entries': <1>}"));
  g_autoptr (ThawOperation) asking
      = test_operation_submit (self, test_operation_make ("{'asks': <1>}"));
  g_autoptr (ThawFuture) wait = thaw_operation_wait (running, NULL);

  thaw_operation_cancel (fresh);
  g_assert_cmpint (thaw_operation_get_state (fresh), ==, THAW_OPERATION_CANCELLED);
  run_until (test_gate_get_n_waiting () == 2);
  run_until_state (asking, THAW_OPERATION_ASKING);
  thaw_operation_pause (paused);
  thaw_operation_cancel (running);
  thaw_operation_cancel (paused);
  thaw_operation_cancel (asking);
  run_until (test_operation_is_over (running) && test_operation_is_over (paused)
             && test_operation_is_over (asking));
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
test_questions (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation
      = test_operation_submit (self, test_operation_make ("{'asks': <4>}"));
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
test_nobody_to_ask (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (ThawOperation) full = NULL;

  thaw_operation_queue_set_can_ask (self->queue, FALSE);
  operation = test_operation_submit (self, test_operation_make ("{'asks': <2>}"));
  run_until (test_operation_is_over (operation));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 2);
  g_assert_error (thaw_operation_get_problem (operation, 0)->error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpint (test_kind_get_decision (1), ==, THAW_DECIDE_SKIP);
  full = test_operation_submit (self, test_operation_make ("{'full': <true>}"));
  run_until (test_operation_is_over (full));
  g_assert_cmpuint (test_kind_get_n_tries (), ==, 1);
  g_assert_cmpuint (thaw_operation_get_n_problems (full), ==, 1);
}

static void
test_rule (TestOperation *self, gconstpointer data)
{
  ThawOperationRequest *request = test_operation_make ("{'asks': <1>}");
  g_autoptr (ThawOperation) operation = NULL;

  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  operation = test_operation_submit (self, request);
  run_until_state (operation, THAW_OPERATION_DONE);
  g_assert_cmpint (test_kind_get_decision (0), ==, THAW_DECIDE_KEEP_BOTH);
}

static void
test_full_disk (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation
      = test_operation_submit (self, test_operation_make ("{'full': <true>}"));

  for (guint i = 1; i <= 3; i++)
    {
      run_until (thaw_operation_get_question (operation) != NULL && test_kind_get_n_tries () == i);
      g_assert_true (thaw_operation_get_question (operation)->is_no_space);
      g_assert_cmpstr (thaw_operation_get_question (operation)->source_path, ==, "/full/disk");
      thaw_operation_answer (operation, i < 3 ? THAW_RULE_ASK : THAW_RULE_SKIP, i == 3);
    }
  run_until (test_operation_is_over (operation));
  g_assert_cmpuint (test_kind_get_n_tries (), ==, 3);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
}

/* --- threads that hang --- */

static void
test_hang (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) dead
      = test_operation_submit (self, test_operation_make ("{'hangs': <true>}"));
  g_autoptr (ThawOperation) other = NULL;
  g_autoptr (ThawFuture) wait = thaw_operation_wait (dead, NULL);
  ThawProgress progress = { 0 };
  guint n_running;

  run_until (test_gate_get_n_waiting () == 1);
  other = test_operation_submit (self, test_operation_make ("@a{sv} {}"));
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
test_hanging_plan (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) dead
      = test_operation_submit (self, test_operation_make ("{'plan-hangs': <true>}"));
  g_autoptr (ThawOperation) cancelled
      = test_operation_submit (self, test_operation_make ("{'plan-hangs': <true>}"));

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
test_list (TestOperation *self, gconstpointer data)
{
  GListModel *model = G_LIST_MODEL (self->queue);
  Changes changes = { 0 };
  g_autoptr (ThawOperation) a = NULL;
  g_autoptr (ThawOperation) b = NULL;
  g_autoptr (ThawOperation) c = NULL;
  g_autoptr (ThawOperation) first = NULL;

  g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed), &changes);
  a = test_operation_submit (self, test_operation_make ("@a{sv} {}"));
  b = test_operation_submit (self, test_operation_make ("@a{sv} {}"));
  c = test_operation_submit (self, test_operation_make ("@a{sv} {}"));
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
  run_until (test_operation_is_over (a) && test_operation_is_over (b)
             && test_operation_is_over (c));
  g_assert_null (g_list_model_get_item (model, 3));
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
    if (!test_operation_is_over (g_ptr_array_index (operations, i)))
      return FALSE;
  return TRUE;
}

/* Whatever is done to them in whatever order: every change of state is legal (it would be a
 * critical warning otherwise), and in the end all of them are over. */
static void
test_random (TestOperation *self, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (g_test_rand_int ());
  g_autoptr (GPtrArray) operations = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 deadline_usec = g_get_monotonic_time () + TEST_PATIENCE_USEC;

  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (
        operations,
        test_operation_submit (
            self,
            test_operation_make (
                "{'entries': <%i>, 'asks': <%i>, 'problems': <%i>, 'bytes': <int64 %x>}",
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
test_dispose (TestOperation *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = test_operation_submit_places (self, TRUE, "a", NULL);

  run_until (test_gate_get_n_waiting () == 1);
  g_clear_object (&self->queue);
  run_until (test_gate_get_n_waiting () == 0);
  run_until (__atomic_load_n (&operation->run->ref_count, __ATOMIC_ACQUIRE) == 1);
  g_assert_cmpuint (test_operation_count_files (self), ==, 0);
}

static void
add (const char *path, void (*test) (TestOperation *, gconstpointer), gpointer data)
{
  g_test_add (path, TestOperation, data, test_operation_set_up, test, test_operation_tear_down);
}

int
main (int argc, char **argv)
{
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
  add ("/operation/random", test_random, NULL);
  add ("/operation/dispose", test_dispose, NULL);
  return g_test_run ();
}
