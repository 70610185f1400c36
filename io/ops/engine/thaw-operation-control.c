/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions of an operation: what can be asked of it, and what it can be told. Loop's
 * thread; none of them waits for the thread that works. What they tell it, it finds the next time
 * that it looks, which is before every system call that may take long; their own answer, the state,
 * is there at once. */

#include "thaw-operation-private.h"

static void
queue_has_changed (ThawOperation *self)
{
  if (self->queue != NULL)
    thaw_operation_queue_update (self->queue);
}

/**
 * thaw_operation_get_request:
 * @self: an operation
 *
 * Returns: (transfer none): what was asked for; of an interrupted job an empty request until it is
 * planned
 */
ThawOperationRequest *
thaw_operation_get_request (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->request;
}

/**
 * thaw_operation_get_id:
 * @self: an operation
 *
 * Returns: its number in the journal, 0 until it has one
 */
gint64
thaw_operation_get_id (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), 0);

  return self->id;
}

/**
 * thaw_operation_get_title:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable): what it is called
 */
const char *
thaw_operation_get_title (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->title;
}

/**
 * thaw_operation_get_state:
 * @self: an operation
 *
 * Returns: where it stands
 */
ThawOperationState
thaw_operation_get_state (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), THAW_OPERATION_FAILED);

  return self->state;
}

/**
 * thaw_operation_get_plan:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable): what the planning found, %NULL before it has ended
 */
ThawPlan *
thaw_operation_get_plan (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->plan;
}

/**
 * thaw_operation_get_progress:
 * @self: an operation
 * @progress: (out caller-allocates): how far it is
 *
 * Tells how far it is, as of the last sample, a tenth of a second ago at most.
 */
void
thaw_operation_get_progress (ThawOperation *self, ThawProgress *progress)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  *progress = self->progress;
}

/**
 * thaw_operation_get_current_path:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable) (type filename): the file that is worked on
 */
const char *
thaw_operation_get_current_path (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->current;
}

/**
 * thaw_operation_get_n_problems:
 * @self: an operation
 *
 * Returns: how many entries failed or were left out
 */
guint
thaw_operation_get_n_problems (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), 0);

  return self->n_problems;
}

/**
 * thaw_operation_get_problem:
 * @self: an operation
 * @i: which one, from 0 on
 *
 * The first 10,000 problems are kept; of the others there is only the number.
 *
 * Returns: (transfer none) (nullable): a problem, %NULL past those that were kept
 */
const ThawProblem *
thaw_operation_get_problem (ThawOperation *self, guint i)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return i < self->problems->len ? g_ptr_array_index (self->problems, i) : NULL;
}

/**
 * thaw_operation_get_n_losses:
 * @self: an operation
 *
 * Returns: how many entries are done but for an attribute that the target can't keep
 */
guint
thaw_operation_get_n_losses (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), 0);

  return self->n_losses;
}

/**
 * thaw_operation_get_loss:
 * @self: an operation
 * @i: which one, from 0 on
 *
 * Returns: (transfer none) (nullable): a loss, %NULL past those that were kept
 */
const ThawProblem *
thaw_operation_get_loss (ThawOperation *self, guint i)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return i < self->losses->len ? g_ptr_array_index (self->losses, i) : NULL;
}

/**
 * thaw_operation_get_error:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable): why it failed; %NULL in every other state
 */
const GError *
thaw_operation_get_error (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->state == THAW_OPERATION_FAILED ? self->error : NULL;
}

/**
 * thaw_operation_get_result:
 * @self: an operation
 * @i: which one, from 0 on
 *
 * Returns: (transfer none) (nullable): a file that came of it, %NULL past the last one
 */
GFile *
thaw_operation_get_result (ThawOperation *self, guint i)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return i < self->results->len ? g_ptr_array_index (self->results, i) : NULL;
}

/**
 * thaw_operation_get_question:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable): what it asks, %NULL unless it is %THAW_OPERATION_ASKING
 */
const ThawQuestion *
thaw_operation_get_question (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return self->state == THAW_OPERATION_ASKING ? self->question : NULL;
}

/**
 * thaw_operation_get_can_undo:
 * @self: an operation
 *
 * Tells whether undo is worth offering. Undo itself looks at the files too, and refuses if the
 * world has changed.
 *
 * Returns: whether it is over, has done something, and has removed nothing for good
 */
gboolean
thaw_operation_get_can_undo (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), FALSE);

  return self->can_undo;
}

/**
 * thaw_operation_pause:
 * @self: an operation
 *
 * Pauses it, whether it waits, is planned or runs. It stays paused over a restart. Nothing happens
 * to one that is over.
 */
void
thaw_operation_pause (ThawOperation *self)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage == THAW_STAGE_OVER || thaw_run_has_flag (self->run, THAW_RUN_PAUSED))
    return;
  thaw_run_set_flag (self->run, THAW_RUN_PAUSED, TRUE);
  thaw_operation_write_state (self, THAW_JOURNAL_PAUSED);
  thaw_operation_update (self);
  queue_has_changed (self);
}

static void
let_go (ThawOperation *self)
{
  GError *error = NULL;

  self->is_let_go = TRUE;
  if (self->stage == THAW_STAGE_READY && self->run->mode == THAW_RUN_EXECUTE
      && !thaw_plan_is_possible (self->plan, &error))
    thaw_operation_end (self, error);
}

/**
 * thaw_operation_resume:
 * @self: an operation
 *
 * Lets a paused one go on, and one that was only planned run.
 */
void
thaw_operation_resume (ThawOperation *self)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage == THAW_STAGE_OVER)
    return;
  if (thaw_run_has_flag (self->run, THAW_RUN_PAUSED))
    {
      thaw_run_set_flag (self->run, THAW_RUN_PAUSED, FALSE);
      thaw_operation_write_state (self, THAW_JOURNAL_QUEUED);
    }
  else if (!self->is_let_go)
    let_go (self);
  self->sampled_usec = g_get_monotonic_time ();
  thaw_operation_update (self);
  queue_has_changed (self);
}

/**
 * thaw_operation_cancel:
 * @self: an operation
 *
 * Cancels it. What it has done stays done, whole and undoable; what it was about to do isn't begun.
 * One that hasn't begun is cancelled at once, a running one as soon as its thread has noticed. A thread
 * that hangs is left behind, at once if it has been silent for a while; the next process that finds
 * the job clears away what it left.
 */
void
thaw_operation_cancel (ThawOperation *self)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage == THAW_STAGE_OVER)
    return;
  thaw_run_set_flag (self->run, THAW_RUN_CANCELLED, TRUE);
  thaw_operation_leave_if_dead (self, g_get_monotonic_time ());
  if (self->stage == THAW_STAGE_EXECUTING || self->is_left_behind)
    return;
  if (self->run->mode != THAW_RUN_EXECUTE)
    {
      /* It left something behind when it was interrupted, which its thread has to clear away. */
      thaw_operation_resume (self);
      return;
    }
  thaw_operation_write_state (self, THAW_JOURNAL_CANCELLED);
  thaw_operation_end (
      self,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled"));
  queue_has_changed (self);
}

/**
 * thaw_operation_stop_waiting:
 * @self: an operation
 *
 * Gives up on one whose thread hangs in the kernel: it fails, and the thread is left behind. Should
 * that come back it stops by itself. To the journal the job stays unfinished, so that the next
 * start can finish it or roll it back.
 */
void
thaw_operation_stop_waiting (ThawOperation *self)
{
  g_autofree char *shown = NULL;

  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage != THAW_STAGE_PLANNING && self->stage != THAW_STAGE_EXECUTING)
    return;
  thaw_operation_take_news (self);
  if (self->stage == THAW_STAGE_OVER)
    return;
  shown = self->current != NULL ? g_filename_display_name (self->current) : NULL;
  thaw_run_set_flag (self->run, THAW_RUN_CANCELLED, TRUE);
  self->is_left_behind = TRUE;
  thaw_operation_end (self,
                      g_error_new (G_IO_ERROR,
                                   G_IO_ERROR_TIMED_OUT,
                                   "“%s” stopped answering",
                                   shown != NULL ? shown : self->title));
  queue_has_changed (self);
}

/**
 * thaw_operation_answer:
 * @self: an operation
 * @rule: what to do; for a full disk %THAW_RULE_SKIP, or %THAW_RULE_ASK to try again
 * @for_all: in the same case from now on too
 *
 * Answers its question. Nothing happens if it doesn't ask.
 */
void
thaw_operation_answer (ThawOperation *self, ThawRule rule, gboolean for_all)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->question == NULL || self->stage != THAW_STAGE_EXECUTING)
    return;
  if (self->question->is_password)
    thaw_run_answer_password (self->run, NULL);
  else
    thaw_run_answer (self->run, rule, for_all);
  self->sampled_usec = g_get_monotonic_time ();
  thaw_operation_take_news (self);
}

/**
 * thaw_operation_answer_password:
 * @self: an operation
 * @password: (nullable): of the archive; %NULL if there is none
 *
 * Answers the question for a password, or says it before it is asked: of a job that is gone on with
 * after a restart, or tried again, since passwords aren't kept. It is wiped from memory when the
 * operation goes.
 */
void
thaw_operation_answer_password (ThawOperation *self, const char *password)
{
  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage == THAW_STAGE_OVER)
    return;
  thaw_run_answer_password (self->run, password);
  self->sampled_usec = g_get_monotonic_time ();
  if (self->question != NULL && self->question->is_password)
    thaw_operation_take_news (self);
}

static ThawFuture *
pass_on (ThawFuture *completed, gpointer user_data)
{
  return thaw_future_ref (completed);
}

/**
 * thaw_operation_wait:
 * @self: an operation
 * @scope: (nullable): what waits
 *
 * Waits for its end. Who stops waiting doesn't stop the operation.
 *
 * - **Errors**: the operation's own; %G_IO_ERROR_CANCELLED if it was cancelled, or @scope has
 * ended.
 *
 * Returns: (transfer full): a future that resolves with nothing when it is done
 */
ThawFuture *
thaw_operation_wait (ThawOperation *self, ThawScope *scope)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  return thaw_future_finally (self->ended, scope, pass_on, NULL, NULL);
}
