/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rolling back what was moved to another device: it has to be moved again, the other way, which is
 * an operation of its own, "move-back", as for undo; what was done on a server is taken back by
 * "server-back". Here it runs as a part of the one that is
 * rolled back, on that one's thread: a second run, whose signs of life, progress and problems are
 * the first one's, and which is cancelled and paused with it. */

#include "thaw-run-private.h"

static gint64
add_job (ThawRun *self, GError **error)
{
  g_autoptr (ThawOperationRequest) request
      = thaw_steps_make_back (self->journal, self->job, error);
  g_autoptr (GVariant) variant
      = request != NULL ? thaw_operation_request_to_journal (request) : NULL;

  if (variant == NULL)
    return 0;
  return thaw_journal_add_job (self->journal,
                               thaw_operation_request_get_kind (request),
                               self->title,
                               variant,
                               self->job,
                               error);
}

/* One that a crash has ended is gone on with. */
static gboolean
take_job (ThawRun *self, gint64 *job, gboolean *is_resumed, GError **error)
{
  *job = thaw_run_find_inverse (self);
  *is_resumed = *job != 0;
  if (*is_resumed)
    return thaw_journal_adopt (self->journal, *job, error)
           && thaw_journal_settle (self->journal, *job, TRUE, error);
  *job = add_job (self, error);
  return *job != 0;
}

static ThawRun *
new_part (ThawRun *self, GError **error)
{
  g_autoptr (ThawJournalRecord) record = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;
  ThawRun *part;
  gboolean is_resumed;
  gint64 job;

  if (!take_job (self, &job, &is_resumed, error))
    return NULL;
  record = thaw_journal_get_job (self->journal, job, error);
  request
      = record != NULL ? thaw_operation_request_new_from_variant (record->request, error) : NULL;
  if (request == NULL)
    return NULL;
  part = thaw_run_new (request, self->title, THAW_RUN_EXECUTE, self->news);
  part->journal = thaw_journal_ref (self->journal);
  part->job = job;
  part->inverse_of = self->job;
  part->is_resumed = is_resumed;
  g_strlcpy (part->token, record->token, sizeof part->token);
  return part;
}

/* The loop asks the one that it knows; @part is asked with it from here on. */
static void
tie (ThawRun *self, ThawRun *part)
{
  part->whole = self;
  pthread_mutex_lock (&self->lock);
  self->part = part;
  part->flags = self->flags;
  pthread_mutex_unlock (&self->lock);
}

static void
untie (ThawRun *self, ThawRun *part)
{
  pthread_mutex_lock (&self->lock);
  self->part = NULL;
  pthread_mutex_unlock (&self->lock);
  part->whole = NULL;
}

static void
take_problems (ThawRun *self, ThawRun *part)
{
  ThawRunNews news;

  thaw_run_take_news (part, &news);
  for (guint i = 0; news.problems != NULL && i < news.problems->len; i++)
    {
      ThawProblem *problem = g_ptr_array_index (news.problems, i);

      thaw_run_add_problem (self, problem->path, g_error_copy (problem->error));
    }
  thaw_run_news_clear (&news);
}

static ThawJournalState
get_last_state (ThawRun *part, gboolean done)
{
  if (done && __atomic_load_n (&part->n_problems_told, __ATOMIC_RELAXED) == 0)
    return THAW_JOURNAL_DONE;
  return thaw_run_is_unfinished (part) ? THAW_JOURNAL_PAUSED : THAW_JOURNAL_FAILED;
}

/* All of it is looked at before anything is done; one that was begun has been. */
static gboolean
begin (ThawRun *part, GError **error)
{
  if (part->is_resumed)
    return thaw_run_check_anchors (part, error);
  return part->kind->plan (part, error) && thaw_run_drop_anchors (part, error)
         && thaw_journal_set_state (part->journal, part->job, THAW_JOURNAL_RUNNING, NULL, error);
}

gboolean
thaw_run_move_back (ThawRun *self, GError **error)
{
  g_autoptr (ThawRun) part = new_part (self, error);
  gboolean done;

  if (part == NULL)
    return FALSE;
  tie (self, part);
  done = begin (part, error) && part->kind->execute (part, error);
  if (done && part->is_resumed)
    thaw_run_sweep (part);
  untie (self, part);
  thaw_journal_set_state (part->journal, part->job, get_last_state (part, done), NULL, NULL);
  take_problems (self, part);
  return done;
}
