/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Problems of an operation that is over: trying them again, or being done with them. A retry is an
 * operation like any other, of the same job, so that the journal, undo and the panel know them as
 * one; those of one job run one after the other. Loop's thread; which problems make which request
 * is found out on the new operation's. */

#include "thaw-operation-private.h"

#include <string.h>

static gboolean
is_of_kind (ThawOperation *self, const char *id)
{
  return strcmp (thaw_operation_request_get_kind (self->request), id) == 0;
}

/**
 * thaw_operation_can_retry:
 * @self: an operation
 *
 * Returns: whether it is over and has problems that can be tried again; changes with
 * [property@Thaw.Operation:state] and [property@Thaw.Operation:n-problems]
 */
gboolean
thaw_operation_can_retry (ThawOperation *self)
{
  g_return_val_if_fail (THAW_IS_OPERATION (self), FALSE);

  /* Undo, redo and renaming are all or none: their failure is an error, and no problem. */
  return self->stage == THAW_STAGE_OVER && !self->is_left_behind && self->queue != NULL
         && self->id != 0 && self->problems->len > 0 && !thaw_operation_is_serial (self)
         && !is_of_kind (self, "rename");
}

static ThawOperation *
submit_retry (ThawOperationQueue *queue, gint64 id, const char *title, GPtrArray *paths)
{
  g_autoptr (ThawRun) run = thaw_run_new (NULL, title, THAW_RUN_RETRY, queue->news);
  ThawOperation *operation;

  run->job = id;
  run->can_ask = queue->can_ask;
  if (paths != NULL)
    run->retry_paths = g_strdupv ((char **) paths->pdata);
  operation = thaw_operation_new (queue, run, TRUE);
  thaw_operation_queue_add (queue, operation);
  return operation;
}

/* Problems are told by path, and some more than once. */
static GPtrArray *
take_paths (ThawOperation *self, guint problem)
{
  GPtrArray *paths = g_ptr_array_new_null_terminated (8, g_free, TRUE);
  g_autofree char *only = NULL;

  if (problem != THAW_PROBLEMS_ALL)
    only = g_strdup (((ThawProblem *) g_ptr_array_index (self->problems, problem))->path);
  for (guint i = self->problems->len; i-- > 0;)
    {
      const ThawProblem *found = g_ptr_array_index (self->problems, i);

      if (only != NULL && strcmp (only, found->path) != 0)
        continue;
      g_ptr_array_add (paths, g_strdup (found->path));
      g_ptr_array_remove_index (self->problems, i);
      self->n_problems--;
      self->n_problems_gone++;
    }
  thaw_operation_notify_problems (self);
  return paths;
}

static gboolean
has_problem (ThawOperation *self, guint problem)
{
  return problem == THAW_PROBLEMS_ALL || problem < self->problems->len;
}

/**
 * thaw_operation_retry:
 * @self: an operation that is over
 * @problem: which one, as of [method@Thaw.Operation.get_problem], or %THAW_PROBLEMS_ALL
 *
 * Tries again what failed: of a folder that was copied but for a file, that file. The new operation
 * belongs to the same job, so that one undo takes back all of it, and is in the queue as any other;
 * it waits for an earlier one of the job. What it tries leaves the problems of @self, and is a
 * problem of the new one if it fails again; also if that was cancelled, or couldn't start.
 *
 * Where the job can't be gone on with, since it was undone and done again meanwhile, the new
 * operation gets a job of its own.
 *
 * - **Errors**: the new operation's: %G_IO_ERROR_NOT_FOUND for a job that was undone, or that the
 * journal doesn't know any more.
 *
 * Returns: (transfer full) (nullable): the operation, %NULL unless
 * [method@Thaw.Operation.can_retry]
 */
ThawOperation *
thaw_operation_retry (ThawOperation *self, guint problem)
{
  g_autoptr (GPtrArray) paths = NULL;

  g_return_val_if_fail (THAW_IS_OPERATION (self), NULL);

  if (!thaw_operation_can_retry (self) || !has_problem (self, problem))
    return NULL;
  paths = take_paths (self, problem);
  return submit_retry (self->queue, self->id, self->title, paths);
}

/**
 * thaw_operation_skip:
 * @self: an operation that is over
 * @problem: which one, as of [method@Thaw.Operation.get_problem], or %THAW_PROBLEMS_ALL
 *
 * Is done with a problem: it leaves the list, and what the journal would try again. Nothing happens
 * while the operation isn't over.
 */
void
thaw_operation_skip (ThawOperation *self, guint problem)
{
  g_autoptr (GPtrArray) paths = NULL;

  g_return_if_fail (THAW_IS_OPERATION (self));

  if (self->stage != THAW_STAGE_OVER || !has_problem (self, problem))
    return;
  paths = take_paths (self, problem);
  if (self->queue != NULL && self->id != 0 && !self->is_left_behind)
    thaw_future_disown (thaw_desk_skip_problems (self->queue->desk,
                                                 self->queue->scope,
                                                 self->id,
                                                 (const char *const *) paths->pdata));
}

/**
 * thaw_operation_queue_retry:
 * @self: a queue
 * @id: of a row of the history
 * @paths: (nullable) (array zero-terminated=1) (element-type filename): of problems; %NULL for all
 * that the journal has
 *
 * Tries again what failed of a job that is over, of this process or another one: see
 * [method@Thaw.Operation.retry].
 *
 * - **Errors**: %G_IO_ERROR_NOT_FOUND if there is nothing to be tried again.
 *
 * Returns: (transfer full): the operation, which has its request once it is planned
 */
ThawOperation *
thaw_operation_queue_retry (ThawOperationQueue *self, gint64 id, const char *const *paths)
{
  g_autoptr (GPtrArray) copies = NULL;

  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  if (paths != NULL)
    copies = g_ptr_array_new_null_terminated (8, g_free, TRUE);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    g_ptr_array_add (copies, g_strdup (paths[i]));
  return submit_retry (self, id, NULL, copies);
}
