/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Letting go what may run: planning at once, a few at a time; executing as thaw_schedule() says.
 * Called whenever something has changed and by the queue's clock; calling it once too often changes
 * nothing. Loop's thread. */

#include "thaw-operation-private.h"

#define N_PLANNING_MAX 8 /* at once, those that hang left out */
#define HANGS_USEC (5 * G_USEC_PER_SEC)

static gboolean
hangs (ThawOperation *operation)
{
  return operation->progress.silent_usec > HANGS_USEC;
}

static ThawOperation *
get (ThawOperationQueue *self, guint i)
{
  return g_ptr_array_index (self->operations, i);
}

/* --- planning --- */

static void
start_planning (ThawOperationQueue *self, ThawOperation *operation)
{
  operation->run->journal = thaw_journal_ref (self->journal);
  operation->stage = THAW_STAGE_PLANNING;
  thaw_run_start_planning (operation->run, operation->is_let_go);
}

/* Undo and redo depend on what is there when those before them are over. */
static gboolean
has_serial_before (ThawOperationQueue *self, guint position)
{
  for (guint i = 0; i < position; i++)
    if (thaw_operation_is_serial (get (self, i)) && get (self, i)->stage != THAW_STAGE_OVER)
      return TRUE;
  return FALSE;
}

/* A retry of a job waits for what is under way of it: another retry, or the undo of an interrupted
 * one. */
static gboolean
has_same_job_before (ThawOperationQueue *self, guint position)
{
  gint64 id = get (self, position)->id;

  for (guint i = 0; i < position; i++)
    if (get (self, i)->id == id && get (self, i)->stage != THAW_STAGE_OVER)
      return TRUE;
  return FALSE;
}

static gboolean
may_plan (ThawOperationQueue *self, guint i)
{
  ThawOperation *operation = get (self, i);

  if (operation->stage != THAW_STAGE_NEW || thaw_run_has_flag (operation->run, THAW_RUN_PAUSED))
    return FALSE;
  if (operation->run->mode == THAW_RUN_RETRY)
    return !has_same_job_before (self, i);
  return !thaw_operation_is_serial (operation) || !has_serial_before (self, i);
}

static void
plan_those (ThawOperationQueue *self)
{
  guint n_planning = 0;

  for (guint i = 0; i < self->operations->len; i++)
    n_planning += get (self, i)->stage == THAW_STAGE_PLANNING && !hangs (get (self, i));
  for (guint i = 0; i < self->operations->len && n_planning < N_PLANNING_MAX; i++)
    if (may_plan (self, i))
      {
        start_planning (self, get (self, i));
        n_planning++;
      }
}

static void
fail_all (ThawOperationQueue *self)
{
  for (guint i = 0; i < self->operations->len; i++)
    if (get (self, i)->stage == THAW_STAGE_NEW)
      thaw_operation_end (get (self, i), g_error_copy (self->journal_error));
}

/* --- executing --- */

static gboolean
is_to_run (ThawOperation *operation)
{
  return operation->stage == THAW_STAGE_READY && operation->is_let_go
         && !thaw_run_has_flag (operation->run, THAW_RUN_PAUSED);
}

static gboolean
is_small (ThawOperation *operation)
{
  return thaw_plan_get_bytes (operation->plan) <= THAW_SCHEDULE_SMALL_BYTES
         && thaw_plan_get_n_entries (operation->plan) <= THAW_SCHEDULE_SMALL_ENTRIES;
}

static ThawScheduled
describe (ThawOperation *operation)
{
  ThawScheduled job = { .is_light = thaw_operation_is_light (operation),
                        .is_small = is_small (operation),
                        .is_held = thaw_run_has_flag (operation->run, THAW_RUN_HELD),
                        .devices = operation->run->devices };

  if (operation->stage == THAW_STAGE_READY)
    job.activity = THAW_JOB_WAITING;
  else if (operation->state == THAW_OPERATION_RUNNING && !hangs (operation))
    job.activity = THAW_JOB_RUNNING;
  else
    job.activity = THAW_JOB_STOPPED;
  return job;
}

static void
start_executing (ThawOperationQueue *self, ThawOperation *operation)
{
  g_autofree char *devices = thaw_devices_dup_id (operation->run->devices);
  ThawSpeed speed;

  thaw_desk_get_speed (self->desk,
                       devices,
                       thaw_operation_request_get_kind (operation->request),
                       &speed);
  operation->estimate = thaw_estimate_new (thaw_plan_get_bytes (operation->plan),
                                           thaw_plan_get_n_entries (operation->plan),
                                           &speed);
  operation->sampled_usec = g_get_monotonic_time ();
  operation->stage = THAW_STAGE_EXECUTING;
  thaw_run_start_executing (operation->run);
  thaw_operation_update (operation);
}

static void
apply (ThawOperationQueue *self, ThawOperation *operation, const ThawScheduled *job)
{
  if (job->starts)
    start_executing (self, operation);
  else if (job->holds != job->is_held)
    thaw_run_set_flag (operation->run, THAW_RUN_HELD, job->holds);
}

/* One that has to wait survives a crash meanwhile; one that starts at once says so itself. */
static void
note_waiting (ThawOperationQueue *self)
{
  for (guint i = 0; i < self->operations->len; i++)
    {
      ThawOperation *operation = get (self, i);

      if (!is_to_run (operation) || operation->is_noted_as_waiting)
        continue;
      operation->is_noted_as_waiting = TRUE;
      thaw_operation_write_state (operation, THAW_JOURNAL_QUEUED);
    }
}

static void
execute_those (ThawOperationQueue *self)
{
  g_autoptr (GPtrArray) operations = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) jobs = g_array_new (FALSE, TRUE, sizeof (ThawScheduled));

  for (guint i = 0; i < self->operations->len; i++)
    if (is_to_run (get (self, i)) || get (self, i)->stage == THAW_STAGE_EXECUTING)
      {
        ThawScheduled job = describe (get (self, i));

        g_ptr_array_add (operations, g_object_ref (get (self, i)));
        g_array_append_val (jobs, job);
      }
  thaw_schedule ((ThawScheduled *) jobs->data, jobs->len);
  for (guint i = 0; i < jobs->len; i++)
    apply (self, g_ptr_array_index (operations, i), &g_array_index (jobs, ThawScheduled, i));
}

static guint
count_running (ThawOperationQueue *self)
{
  guint n = 0;

  for (guint i = 0; i < self->operations->len; i++)
    n += get (self, i)->stage == THAW_STAGE_EXECUTING
         && get (self, i)->state != THAW_OPERATION_PAUSED;
  return n;
}

void
thaw_operation_queue_schedule (ThawOperationQueue *self)
{
  if (self->journal_error != NULL)
    fail_all (self);
  else if (self->journal != NULL)
    {
      plan_those (self);
      execute_those (self);
      note_waiting (self);
    }
  thaw_operation_queue_set_running (self, count_running (self));
}

/**
 * thaw_operation_queue_move:
 * @self: a queue
 * @operation: one of its operations
 * @position: where in the list it should be
 *
 * Changes the order in which those that wait are let go. Nothing happens to one that doesn't wait.
 */
void
thaw_operation_queue_move (ThawOperationQueue *self, ThawOperation *operation, guint position)
{
  guint from;

  g_return_if_fail (THAW_IS_OPERATION_QUEUE (self));

  if (!g_ptr_array_find (self->operations, operation, &from) || operation->stage > THAW_STAGE_READY)
    return;
  position = MIN (position, self->operations->len - 1);
  if (position == from)
    return;
  g_ptr_array_insert (self->operations, position, g_ptr_array_steal_index (self->operations, from));
  g_list_model_items_changed (G_LIST_MODEL (self),
                              MIN (from, position),
                              MAX (from, position) - MIN (from, position) + 1,
                              MAX (from, position) - MIN (from, position) + 1);
  thaw_operation_queue_update (self);
}
