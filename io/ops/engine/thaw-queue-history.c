/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies behind: undo and redo, the history, and jobs that a crash or a power cut left
 * unfinished. All of these are questions to the journal, which the desk asks, or operations like
 * any other. Loop's thread. */

#include "thaw-operation-private.h"

/* --- undo and redo --- */

static void
on_titles (ThawFuture *completed, gpointer user_data)
{
  ThawOperationQueue *self = user_data;
  const ThawDeskTitles *titles = thaw_future_get_pointer (completed, NULL);

  if (titles != NULL)
    thaw_operation_queue_set_titles (self, titles);
}

void
thaw_operation_queue_refresh (ThawOperationQueue *self)
{
  g_autoptr (ThawFuture) titles = NULL;

  if (self->journal == NULL)
    return;
  titles = thaw_desk_load_titles (self->desk, self->scope);
  thaw_future_done (titles, self->scope, on_titles, self, NULL);
}

/**
 * thaw_operation_queue_get_undo_title:
 * @self: a queue
 *
 * Returns: (transfer none) (nullable): what would be undone next
 */
const char *
thaw_operation_queue_get_undo_title (ThawOperationQueue *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return self->undo_title;
}

/**
 * thaw_operation_queue_get_redo_title:
 * @self: a queue
 *
 * Returns: (transfer none) (nullable): what would be redone next
 */
const char *
thaw_operation_queue_get_redo_title (ThawOperationQueue *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return self->redo_title;
}

static ThawOperation *
submit_inverse (ThawOperationQueue *self, const char *kind, gint64 job, const char *title)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new (kind);

  if (job != 0)
    thaw_operation_request_set_option (request, "job", g_variant_new_int64 (job));
  return thaw_operation_queue_submit (self, request, title);
}

/* While one is under way nobody knows what comes after it: the next one finds out when it is its
 * turn. */
static gboolean
has_serial (ThawOperationQueue *self)
{
  for (guint i = 0; i < self->operations->len; i++)
    {
      ThawOperation *operation = g_ptr_array_index (self->operations, i);

      if (thaw_operation_is_serial (operation) && operation->stage != THAW_STAGE_OVER)
        return TRUE;
    }
  return FALSE;
}

/**
 * thaw_operation_queue_undo:
 * @self: a queue
 *
 * Takes back what was done last. Called again before that is over it takes back what was done
 * before that.
 *
 * - **Errors**: where the world has changed since the operation fails, changes nothing, and its
 * error says why.
 *
 * Returns: (transfer full) (nullable): the operation, %NULL if there is nothing to undo
 */
ThawOperation *
thaw_operation_queue_undo (ThawOperationQueue *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  if (self->undo_title == NULL && !has_serial (self))
    return NULL;
  return submit_inverse (self, "undo", 0, self->undo_title);
}

/**
 * thaw_operation_queue_redo:
 * @self: a queue
 *
 * Does again what was undone last.
 *
 * - **Errors**: as [method@Thaw.OperationQueue.undo].
 *
 * Returns: (transfer full) (nullable): the operation, %NULL if there is nothing to redo
 */
ThawOperation *
thaw_operation_queue_redo (ThawOperationQueue *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  if (self->redo_title == NULL && !has_serial (self))
    return NULL;
  return submit_inverse (self, "redo", 0, self->redo_title);
}

/**
 * thaw_operation_queue_undo_job:
 * @self: a queue
 * @id: of a row of the history
 *
 * Takes back an operation that isn't the last one.
 *
 * - **Errors**: as [method@Thaw.OperationQueue.undo].
 *
 * Returns: (transfer full): the operation
 */
ThawOperation *
thaw_operation_queue_undo_job (ThawOperationQueue *self, gint64 id)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return submit_inverse (self, "undo", id, NULL);
}

/* --- history --- */

/**
 * thaw_operation_queue_list_history:
 * @self: a queue
 * @scope: (nullable): what waits; %NULL for the queue's own
 * @n_max: at most so many
 *
 * Lists what was done, newest first.
 *
 * - **Errors**: the journal's.
 *
 * Returns: (transfer full): a future of a #GPtrArray of [struct@Thaw.OperationRecord]
 */
ThawFuture *
thaw_operation_queue_list_history (ThawOperationQueue *self, ThawScope *scope, guint n_max)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return thaw_desk_list_history (self->desk, scope != NULL ? scope : self->scope, n_max);
}

/**
 * thaw_operation_queue_list_interrupted:
 * @self: a queue
 * @scope: (nullable): what waits; %NULL for the queue's own
 *
 * Lists the jobs that were under way in a process which lives no more. Those that were paused are
 * among them, and in the queue.
 *
 * - **Errors**: the journal's.
 *
 * Returns: (transfer full): a future of a #GPtrArray of [struct@Thaw.OperationRecord]
 */
ThawFuture *
thaw_operation_queue_list_interrupted (ThawOperationQueue *self, ThawScope *scope)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return thaw_desk_list_interrupted (self->desk, scope != NULL ? scope : self->scope);
}

/* --- interrupted jobs --- */

ThawOperation *
thaw_operation_queue_find_job (ThawOperationQueue *self, gint64 id)
{
  for (guint i = 0; i < self->operations->len; i++)
    {
      ThawOperation *operation = g_ptr_array_index (self->operations, i);

      if (operation->id == id && operation->stage != THAW_STAGE_OVER)
        return operation;
    }
  return NULL;
}

static ThawOperation *
add_interrupted (ThawOperationQueue *self,
                 gint64 id,
                 const char *title,
                 ThawOperationRequest *request,
                 ThawRunMode mode,
                 gboolean is_paused)
{
  g_autoptr (ThawRun) run = thaw_run_new (request, title, mode, self->news);
  ThawOperation *operation;

  run->job = id;
  run->can_ask = self->can_ask;
  thaw_run_set_flag (run, THAW_RUN_PAUSED, is_paused);
  operation = thaw_operation_new (self, run, TRUE);
  thaw_operation_queue_add (self, operation);
  return operation;
}

static void
add_paused (ThawOperationQueue *self, const ThawJournalRecord *record)
{
  g_autoptr (ThawOperationRequest) request
      = thaw_operation_request_new_from_variant (record->request, NULL);

  if (request != NULL && thaw_operation_queue_find_job (self, record->id) == NULL)
    g_object_unref (
        add_interrupted (self, record->id, record->title, request, THAW_RUN_FINISH, TRUE));
}

static void
on_paused (ThawFuture *completed, gpointer user_data)
{
  GPtrArray *records = thaw_future_get_pointer (completed, NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    add_paused (user_data, g_ptr_array_index (records, i));
}

void
thaw_operation_queue_load_paused (ThawOperationQueue *self)
{
  g_autoptr (ThawFuture) paused = thaw_desk_load_paused (self->desk, self->scope);

  thaw_future_done (paused, self->scope, on_paused, self, NULL);
}

/**
 * thaw_operation_queue_finish:
 * @self: a queue
 * @id: of an interrupted job
 *
 * Goes on with it. What it had done already isn't done again.
 *
 * Returns: (transfer full): the operation, which has its request once it is planned
 */
ThawOperation *
thaw_operation_queue_finish (ThawOperationQueue *self, gint64 id)
{
  ThawOperation *operation;

  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  operation = thaw_operation_queue_find_job (self, id);
  if (operation == NULL)
    return add_interrupted (self, id, NULL, NULL, THAW_RUN_FINISH, FALSE);
  thaw_operation_resume (operation);
  return g_object_ref (operation);
}

/**
 * thaw_operation_queue_roll_back:
 * @self: a queue
 * @id: of an interrupted job
 *
 * Leaves things as they were before it. One that is being worked on already is returned as it is.
 *
 * - **Errors**: where the world has changed since the operation fails, and its error says why.
 *
 * Returns: (transfer full): the operation, which has its request once it is planned
 */
ThawOperation *
thaw_operation_queue_roll_back (ThawOperationQueue *self, gint64 id)
{
  ThawOperation *found;

  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  found = thaw_operation_queue_find_job (self, id);
  if (found == NULL)
    return add_interrupted (self, id, NULL, NULL, THAW_RUN_ROLL_BACK, FALSE);
  /* One that works already goes on: a second thread on the same job would work against it. */
  if (found->run->mode != THAW_RUN_EXECUTE
      && (found->stage == THAW_STAGE_NEW || found->stage == THAW_STAGE_READY))
    {
      found->run->mode = THAW_RUN_ROLL_BACK;
      thaw_operation_resume (found);
    }
  return g_object_ref (found);
}
