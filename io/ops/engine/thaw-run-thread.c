/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an operation's threads do, from the first line to the last. One thread plans: it asks the
 * kind, looks up the devices, and enters the job into the journal, so that what is queued survives
 * a crash. Another one executes, and tells the journal how it ended before it tells the loop. Both
 * may hang in the kernel for as long as they like: nobody waits for them. */

#include "thaw-run-private.h"

char *
thaw_run_dup_file_path (GFile *file)
{
  char *path = g_file_get_path (file);

  return path != NULL ? path : g_file_get_parse_name (file);
}

/* --- planning --- */

static gboolean
require_kind (ThawRun *self, GError **error)
{
  if (self->kind != NULL)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "There is no operation “%s”",
               thaw_operation_request_get_kind (self->request));
  return FALSE;
}

static gboolean
add_job (ThawRun *self, GError **error)
{
  g_autoptr (GVariant) request = thaw_operation_request_to_journal (self->request);
  g_autofree char *token = NULL;
  gint64 job;

  if (self->job != 0)
    return TRUE;
  job = thaw_journal_add_job (self->journal,
                              thaw_operation_request_get_kind (self->request),
                              self->title,
                              request,
                              self->inverse_of,
                              error);
  /* The loop looks at it, too: at a planning that is cancelled and doesn't answer. */
  __atomic_store_n (&self->job, job, __ATOMIC_RELEASE);
  if (job == 0)
    return FALSE;
  token = thaw_journal_dup_token (self->journal, job, error);
  if (token == NULL)
    return FALSE;
  g_strlcpy (self->token, token, sizeof self->token);
  /* Only what copies may go astray: the steps of the others know the folders that they are in. */
  return self->kind->is_light || thaw_run_drop_anchors (self, error);
}

static gboolean
plan (ThawRun *self, gboolean adds_job, GError **error)
{
  if (!require_kind (self, error))
    return FALSE;
  if (self->kind->plan != NULL && !self->kind->plan (self, error))
    return FALSE;
  if (!adds_job)
    return TRUE;
  /* What can't start is no job: the loop finds the same and says so. */
  if (!thaw_plan_is_possible (self->plan, NULL))
    return TRUE;
  return add_job (self, error);
}

#define N_JOBS_MAX 1000 /* that the journal keeps */

gint64
thaw_run_find_inverse (ThawRun *self)
{
  g_autoptr (GPtrArray) records = thaw_journal_list_jobs (self->journal, N_JOBS_MAX, NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const ThawJournalRecord *record = g_ptr_array_index (records, i);

      if (record->inverse_of == self->job && record->state < THAW_JOURNAL_DONE)
        return record->id;
    }
  return 0;
}

/* Takes an interrupted job over, with all that the journal knows of it. */
static gboolean
adopt (ThawRun *self, GError **error)
{
  g_autoptr (ThawJournalRecord) record = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;

  if (!thaw_journal_adopt (self->journal, self->job, error))
    return FALSE;
  record = thaw_journal_get_job (self->journal, self->job, error);
  if (record == NULL)
    return FALSE;
  g_strlcpy (self->token, record->token, sizeof self->token);
  request = thaw_run_load_retry (self, record);
  if (request == NULL)
    request = thaw_operation_request_new_from_variant (record->request, error);
  if (request == NULL)
    return FALSE;
  thaw_run_set_request (self, request);
  g_free (self->title);
  self->title = g_strdup (record->title);
  self->inverse_of = record->inverse_of;
  self->is_resumed = TRUE;
  /* Half of it has been taken back, or all. */
  if (record->is_undone || thaw_run_find_inverse (self) != 0)
    self->mode = THAW_RUN_ROLL_BACK;
  return require_kind (self, error);
}

/* The plan of an interrupted job is only good for its sums: that half of the sources are gone, or
 * that the target exists, is its own work. */
static gboolean
plan_interrupted (ThawRun *self, GError **error)
{
  g_autoptr (ThawPlan) found = NULL;

  if (!adopt (self, error))
    return FALSE;
  if (self->mode != THAW_RUN_FINISH || self->kind->plan == NULL)
    return TRUE;
  found = g_steal_pointer (&self->plan);
  self->plan = thaw_plan_new ();
  if (self->kind->plan (self, NULL))
    thaw_plan_add (found, self->plan->bytes, self->plan->n_entries);
  thaw_plan_unref (self->plan);
  self->plan = g_steal_pointer (&found);
  return TRUE;
}

/* Until the job is open again nothing has changed, and it can be tried again as before. */
static gboolean
plan_retry (ThawRun *self, GError **error)
{
  gboolean is_reopened;

  if (!thaw_run_plan_retry (self, error) || !plan (self, FALSE, error)
      || !thaw_plan_is_possible (self->plan, error)
      || !thaw_run_reopen_job (self, &is_reopened, error)
      || (!is_reopened && !add_job (self, error)))
    {
      thaw_run_give_back (self);
      return FALSE;
    }
  return TRUE;
}

static void
note_clock (ThawRun *self)
{
  clockid_t clock;

  if (pthread_getcpuclockid (pthread_self (), &clock) == 0)
    __atomic_store_n (&self->cpu_clock, clock, __ATOMIC_RELEASE);
}

typedef struct {
  ThawRun *run;
  gboolean adds_job;
} Planning;

static gpointer
planning_thread (gpointer data)
{
  g_autofree Planning *planning = data;
  g_autoptr (ThawRun) self = planning->run;
  GError *error = NULL;

  note_clock (self);
  thaw_run_set_thread_priority (self);
  thaw_run_beat (self);
  if (self->mode == THAW_RUN_EXECUTE)
    plan (self, planning->adds_job, &error);
  else if (self->mode == THAW_RUN_RETRY)
    plan_retry (self, &error);
  else
    plan_interrupted (self, &error);
  if (error == NULL)
    {
      g_clear_pointer (&self->devices, thaw_devices_unref);
      self->devices = thaw_devices_find (self->request);
    }
  thaw_run_end_phase (self, THAW_PHASE_PLANNED, error);
  return NULL;
}

/* --- executing --- */

/* One that a crash has ended is gone on with. 0 with an error. */
static gint64
take_undo (ThawRun *self, GError **error)
{
  gint64 begun = thaw_run_find_inverse (self);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autoptr (GVariant) variant = NULL;

  if (begun != 0)
    return thaw_journal_adopt (self->journal, begun, error) ? begun : 0;
  request = thaw_operation_request_new ("undo");
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 (self->job));
  variant = thaw_operation_request_to_journal (request);
  return thaw_journal_add_job (self->journal, "undo", self->title, variant, self->job, error);
}

/* By one that a crash has ended right after that. */
static gboolean
is_taken_back (ThawRun *self)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, self->job, NULL);

  return record != NULL && record->is_undone && thaw_run_find_inverse (self) == 0;
}

/* The steps that the job had done are taken back by a job of their own, so that a crash in the
 * middle of that is an interrupted job again. */
static gboolean
take_steps_back (ThawRun *self, GError **error)
{
  gint64 inverse, n_steps;
  gboolean done;
  guint types;

  if (!thaw_journal_count_steps (self->journal, self->job, &n_steps, &types, error))
    return FALSE;
  if (n_steps == 0 || is_taken_back (self))
    return TRUE;
  if (thaw_steps_need_operation (types))
    return thaw_run_move_back (self, error);
  inverse = take_undo (self, error);
  if (inverse == 0)
    return FALSE;
  done = thaw_run_invert_as (self, self->job, inverse, error);
  thaw_journal_set_state (self->journal,
                          inverse,
                          done ? THAW_JOURNAL_DONE : THAW_JOURNAL_FAILED,
                          NULL,
                          NULL);
  return done;
}

static gboolean
roll_back (ThawRun *self, GError **error)
{
  gboolean is_over;

  if (self->kind->roll_back != NULL)
    return self->kind->roll_back (self, error);
  if (!thaw_journal_settle (self->journal, self->job, FALSE, error))
    return FALSE;
  /* What can't be taken back stays; torsos don't. */
  is_over = take_steps_back (self, error);
  thaw_run_sweep (self);
  return is_over;
}

static gboolean
finish (ThawRun *self, GError **error)
{
  if (!thaw_journal_settle (self->journal, self->job, TRUE, error)
      || !self->kind->execute (self, error))
    return FALSE;
  thaw_run_sweep (self);
  return TRUE;
}

/* Of a job that was interrupted, and is now cancelled: what it has done stays, what it was about to
 * do isn't begun. */
static gboolean
clear_away (ThawRun *self, GError **error)
{
  if (thaw_journal_settle (self->journal, self->job, FALSE, error))
    {
      thaw_run_set_flag (self, THAW_RUN_CANCELLED, FALSE);
      thaw_run_sweep (self);
      thaw_run_set_flag (self, THAW_RUN_CANCELLED, TRUE);
      thaw_run_check (self, error);
    }
  return FALSE;
}

static gboolean
begin (ThawRun *self, GError **error)
{
  if (self->is_resumed && !thaw_run_check_anchors (self, error))
    {
      self->is_postponed = TRUE;
      return FALSE;
    }
  return thaw_run_check (self, error) && add_job (self, error)
         && thaw_journal_set_state (self->journal, self->job, THAW_JOURNAL_RUNNING, NULL, error);
}

/* While its thread hung, by the user of a process that is gone. */
static gboolean
was_cancelled (ThawRun *self)
{
  g_autoptr (GBytes) bytes = thaw_journal_get (self->journal, self->job, THAW_NOTE_CANCELLED, NULL);

  return bytes != NULL;
}

static gboolean
work (ThawRun *self, GError **error)
{
  if (self->is_resumed && self->mode == THAW_RUN_FINISH && was_cancelled (self))
    thaw_run_set_flag (self, THAW_RUN_CANCELLED, TRUE);
  if (self->is_resumed && thaw_run_has_flag (self, THAW_RUN_CANCELLED))
    return clear_away (self, error);
  if (!begin (self, error))
    return FALSE;
  switch (self->mode)
    {
    case THAW_RUN_FINISH:
      return finish (self, error);
    case THAW_RUN_ROLL_BACK:
      return roll_back (self, error);
    case THAW_RUN_EXECUTE:
    case THAW_RUN_RETRY:
    default:
      return self->kind->execute (self, error);
    }
}

/* Done is what was done completely: with problems it is a failure that says how much of it. */
static void
count_problems (ThawRun *self, GError **error)
{
  guint n = __atomic_load_n (&self->n_problems_told, __ATOMIC_RELAXED);

  if (*error == NULL && n > 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%u entries could not be worked on", n);
}

static ThawJournalState
get_last_state (ThawRun *self, const GError *error)
{
  if (self->is_postponed)
    return THAW_JOURNAL_PAUSED;
  if (error == NULL && self->n_left_over > 0)
    return THAW_JOURNAL_FAILED;
  if (error == NULL)
    return self->mode == THAW_RUN_ROLL_BACK ? THAW_JOURNAL_CANCELLED : THAW_JOURNAL_DONE;
  if (self->mode == THAW_RUN_RETRY)
    return THAW_JOURNAL_FAILED;
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? THAW_JOURNAL_CANCELLED
                                                                   : THAW_JOURNAL_FAILED;
}

/* What happened has happened, whether or not the journal can still say so: a job that it holds for
 * a running one is found interrupted by the next process, looks at the disk, and finds nothing left
 * to do. */
static gpointer
executing_thread (gpointer data)
{
  g_autoptr (ThawRun) self = data;
  g_autoptr (GVariant) problems = NULL;
  GError *error = NULL;

  note_clock (self);
  thaw_run_set_thread_priority (self);
  thaw_run_beat (self);
  work (self, &error);
  if (error != NULL && self->mode == THAW_RUN_RETRY)
    thaw_run_give_back (self);
  count_problems (self, &error);
  problems = thaw_run_dup_problems (self);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->is_postponed |= thaw_run_is_unfinished (self);
  if (error != NULL && self->job != 0)
    thaw_run_note_swept_target (self);
  if (self->job != 0)
    thaw_journal_set_state (self->journal, self->job, get_last_state (self, error), problems, NULL);
  self->can_undo = self->mode != THAW_RUN_ROLL_BACK && !self->is_postponed && self->job != 0
                   && thaw_journal_may_undo (self->journal, self->job);
  thaw_run_end_phase (self, THAW_PHASE_ENDED, error);
  return NULL;
}

/* --- starting --- */

static void
start (ThawRun *self, ThawRunPhase phase, ThawRunPhase end, GThreadFunc func, gpointer data)
{
  GError *error = NULL;
  GThread *thread;

  pthread_mutex_lock (&self->lock);
  self->phase = phase;
  pthread_mutex_unlock (&self->lock);
  thaw_run_beat (self);
  thread = g_thread_try_new ("thaw-operation", func, data, &error);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return;
    }
  thaw_run_end_phase (self, end, error);
  if (data != self)
    g_free (data);
  thaw_run_unref (self);
}

void
thaw_run_start_planning (ThawRun *self, gboolean adds_job)
{
  Planning *planning = g_new0 (Planning, 1);

  planning->run = thaw_run_ref (self);
  planning->adds_job = adds_job;
  start (self, THAW_PHASE_PLANNING, THAW_PHASE_PLANNED, planning_thread, planning);
}

void
thaw_run_start_executing (ThawRun *self)
{
  start (self, THAW_PHASE_EXECUTING, THAW_PHASE_ENDED, executing_thread, thaw_run_ref (self));
}
