/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a run, and what passes between its thread and the loop. The thread tells nothing per
 * file: it adds to counters, and posts news (one keyed message) for what the loop must act on: a
 * phase that ended, a question, problems. It is held up only where it asks for it, in
 * thaw_run_check(), which costs a relaxed load and a look at the clock as long as nothing is wanted
 * of it. A thread that hangs in the kernel keeps its reference and nothing else: whoever left it
 * behind is not told any more, and should it come back it finds itself cancelled. */

#include "thaw-run-private.h"

#include <string.h>

/* Where everything fails a list of everything helps nobody: what is beyond these is only counted.
 */
#define N_NOTES_MAX 10000 /* in the journal, and losses for the window */
#define N_KEPT_MAX 10000 /* for the window */
#define MAX_RESULTS 1000 /* for selecting them in the window */

ThawQuestion *
thaw_question_copy (const ThawQuestion *self)
{
  ThawQuestion *copy = g_memdup2 (self, sizeof *self);

  copy->source_path = g_strdup (self->source_path);
  copy->target_path = g_strdup (self->target_path);
  return copy;
}

void
thaw_question_free (ThawQuestion *self)
{
  g_free (self->source_path);
  g_free (self->target_path);
  g_free (self);
}

void
thaw_problem_free (ThawProblem *self)
{
  g_free (self->path);
  g_clear_error (&self->error);
  g_free (self);
}

static GPtrArray *
new_problems (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_problem_free);
}

ThawRun *
thaw_run_new (ThawOperationRequest *request, const char *title, ThawRunMode mode, ThawMailbox *news)
{
  ThawRun *self = g_new0 (ThawRun, 1);

  self->ref_count = 1;
  self->title = g_strdup (title);
  self->mode = mode;
  self->news = thaw_mailbox_ref (news);
  self->plan = thaw_plan_new ();
  self->devices = thaw_devices_new ();
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake, NULL);
  self->current = g_string_new (NULL);
  self->top = g_string_new (NULL);
  self->path = g_string_new (NULL);
  self->problems = new_problems ();
  self->losses = new_problems ();
  self->results = g_ptr_array_new_with_free_func (g_free);
  self->retried = new_problems ();
  self->cancellable = g_cancellable_new ();
  if (request != NULL)
    thaw_run_set_request (self, request);
  return self;
}

void
thaw_run_set_request (ThawRun *self, ThawOperationRequest *request)
{
  g_clear_pointer (&self->request, thaw_operation_request_unref);
  self->request = thaw_operation_request_ref (request);
  self->kind = thaw_operation_kind_find (thaw_operation_request_get_kind (request));
  for (guint i = 0; i < THAW_N_CONFLICTS; i++)
    self->rules[i] = thaw_operation_request_get_rule (request, i);
}

ThawRun *
thaw_run_ref (ThawRun *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_run_unref (ThawRun *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_pointer (&self->request, thaw_operation_request_unref);
  g_clear_pointer (&self->journal, thaw_journal_unref);
  g_clear_pointer (&self->plan, thaw_plan_unref);
  g_clear_pointer (&self->devices, thaw_devices_unref);
  g_clear_pointer (&self->durable, g_hash_table_unref);
  g_clear_pointer (&self->notes, g_variant_builder_unref);
  g_clear_pointer (&self->question, thaw_question_free);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->problems);
  g_ptr_array_unref (self->losses);
  g_ptr_array_unref (self->results);
  g_ptr_array_unref (self->retried);
  g_strfreev (self->retry_paths);
  thaw_run_answer_password (self, NULL);
  g_object_unref (self->cancellable);
  g_string_free (self->current, TRUE);
  g_string_free (self->top, TRUE);
  g_string_free (self->path, TRUE);
  if (self->hidden != NULL)
    g_string_free (self->hidden, TRUE);
  thaw_mailbox_unref (self->news);
  pthread_mutex_destroy (&self->lock);
  pthread_cond_destroy (&self->wake);
  g_free (self->title);
  g_free (self);
}

ThawOperationRequest *
thaw_run_get_request (ThawRun *self)
{
  return self->request;
}

ThawPlan *
thaw_run_get_plan (ThawRun *self)
{
  return self->plan;
}

ThawJournal *
thaw_run_get_journal (ThawRun *self)
{
  return self->journal;
}

gint64
thaw_run_get_job (ThawRun *self)
{
  return self->job;
}

const char *
thaw_run_get_token (ThawRun *self)
{
  return self->token;
}

gboolean
thaw_run_is_resumed (ThawRun *self)
{
  return self->is_resumed;
}

GCancellable *
thaw_run_get_cancellable (ThawRun *self)
{
  return self->cancellable;
}

/* --- flags: the loop wants something of the thread --- */

void
thaw_run_set_flag (ThawRun *self, ThawRunFlags flag, gboolean value)
{
  pthread_mutex_lock (&self->lock);
  if (value)
    __atomic_or_fetch (&self->flags, flag, __ATOMIC_RELEASE);
  else
    __atomic_and_fetch (&self->flags, ~flag, __ATOMIC_RELEASE);
  pthread_cond_broadcast (&self->wake);
  if (self->part != NULL)
    thaw_run_set_flag (self->part, flag, value);
  pthread_mutex_unlock (&self->lock);
  if (flag != THAW_RUN_CANCELLED)
    return;
  if (value)
    g_cancellable_cancel (self->cancellable);
  else
    g_cancellable_reset (self->cancellable);
}

gboolean
thaw_run_has_flag (ThawRun *self, ThawRunFlags flag)
{
  return (__atomic_load_n (&self->flags, __ATOMIC_ACQUIRE) & flag) != 0;
}

static gboolean
set_cancelled (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
  return FALSE;
}

/* A paused job survives a restart as such. That the journal can't be written must not keep anybody
 * from pausing. */
static void
note_state (ThawRun *self, ThawJournalState state)
{
  if (self->job != 0)
    thaw_journal_set_state (self->journal, self->job, state, NULL, NULL);
}

static void
set_parked (ThawRun *self, gboolean is_parked)
{
  __atomic_store_n (&self->is_parked, is_parked, __ATOMIC_RELEASE);
  if (self->whole != NULL)
    set_parked (self->whole, is_parked);
}

static void
park (ThawRun *self)
{
  gboolean by_user = thaw_run_has_flag (self, THAW_RUN_PAUSED);

  set_parked (self, TRUE);
  if (by_user)
    note_state (self, THAW_JOURNAL_PAUSED);
  pthread_mutex_lock (&self->lock);
  while ((self->flags & (THAW_RUN_PAUSED | THAW_RUN_HELD)) != 0
         && (self->flags & THAW_RUN_CANCELLED) == 0)
    pthread_cond_wait (&self->wake, &self->lock);
  pthread_mutex_unlock (&self->lock);
  if (by_user)
    note_state (self, THAW_JOURNAL_RUNNING);
  thaw_run_beat (self);
  set_parked (self, FALSE);
}

gboolean
thaw_run_check (ThawRun *self, GError **error)
{
  thaw_run_beat (self);
  if (G_LIKELY (__atomic_load_n (&self->flags, __ATOMIC_ACQUIRE) == 0))
    return TRUE;
  if (!thaw_run_has_flag (self, THAW_RUN_CANCELLED))
    park (self);
  return thaw_run_has_flag (self, THAW_RUN_CANCELLED) ? set_cancelled (error) : TRUE;
}

/* --- progress --- */

void
thaw_run_beat (ThawRun *self)
{
  __atomic_store_n (&self->beat_usec, g_get_monotonic_time (), __ATOMIC_RELAXED);
  if (G_UNLIKELY (self->whole != NULL))
    thaw_run_beat (self->whole);
}

gint64
thaw_run_get_silent_usec (ThawRun *self)
{
  gboolean works;

  if (__atomic_load_n (&self->is_parked, __ATOMIC_ACQUIRE))
    return 0;
  pthread_mutex_lock (&self->lock);
  works = self->question == NULL
          && (self->phase == THAW_PHASE_PLANNING || self->phase == THAW_PHASE_EXECUTING);
  pthread_mutex_unlock (&self->lock);
  return works
             ? MAX (0,
                    g_get_monotonic_time () - __atomic_load_n (&self->beat_usec, __ATOMIC_RELAXED))
             : 0;
}

/* Of a thread that is gone the clock is, too. */
gint64
thaw_run_get_cpu_usec (ThawRun *self)
{
  clockid_t clock = __atomic_load_n (&self->cpu_clock, __ATOMIC_ACQUIRE);
  struct timespec used;

  if (clock == 0 || clock_gettime (clock, &used) != 0)
    return 0;
  return (gint64) used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

void
thaw_run_add_done (ThawRun *self, gint64 bytes, gint64 entries)
{
  __atomic_add_fetch (&self->bytes_done, bytes, __ATOMIC_RELAXED);
  __atomic_add_fetch (&self->entries_done, entries, __ATOMIC_RELAXED);
  if (self->whole != NULL)
    thaw_run_add_done (self->whole, bytes, entries);
  thaw_run_beat (self);
}

/* Each time and not now and then, for it is the one that hangs that the user wants to see. */
void
thaw_run_set_current (ThawRun *self, const char *path)
{
  pthread_mutex_lock (&self->lock);
  g_string_assign (self->current, path);
  pthread_mutex_unlock (&self->lock);
  if (self->whole != NULL)
    thaw_run_set_current (self->whole, path);
  thaw_run_beat (self);
}

char *
thaw_run_dup_current (ThawRun *self)
{
  char *path;

  pthread_mutex_lock (&self->lock);
  path = self->current->len > 0 ? g_strdup (self->current->str) : NULL;
  pthread_mutex_unlock (&self->lock);
  return path;
}

/* --- problems and results --- */

static void
note_problem (ThawRun *self, const char *path, const GError *error)
{
  if (self->notes == NULL)
    self->notes = g_variant_builder_new (G_VARIANT_TYPE ("a(aysis)"));
  g_variant_builder_add (self->notes,
                         "(^aysis)",
                         path,
                         g_quark_to_string (error->domain),
                         error->code,
                         error->message);
}

/* Takes @error. */
static void
keep (ThawRun *self, GPtrArray **list, const char *path, GError *error)
{
  ThawProblem *problem = g_new0 (ThawProblem, 1);

  problem->path = g_strdup (path);
  problem->error = error;
  pthread_mutex_lock (&self->lock);
  g_ptr_array_add (*list, problem);
  pthread_mutex_unlock (&self->lock);
}

gboolean
thaw_run_add_problem (ThawRun *self, const char *path, GError *error)
{
  guint n;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return FALSE;
    }
  n = __atomic_add_fetch (&self->n_problems_told, 1, __ATOMIC_RELAXED);
  if (n <= N_NOTES_MAX)
    note_problem (self, path, error);
  if (n <= N_KEPT_MAX)
    keep (self, &self->problems, path, error);
  else
    g_error_free (error);
  thaw_run_post (self);
  return TRUE;
}

void
thaw_run_add_notice (ThawRun *self, const char *path, const char *what)
{
  if (__atomic_add_fetch (&self->n_losses_told, 1, __ATOMIC_RELAXED) > N_NOTES_MAX)
    return;
  keep (self,
        &self->losses,
        path,
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, what));
  thaw_run_post (self);
}

void
thaw_run_add_loss (ThawRun *self, const char *path, const char *what)
{
  g_autofree char *text = g_strdup_printf ("Could not keep: %s", what);

  thaw_run_add_notice (self, path, text);
}

/* Those of an earlier attempt: they stand before those of this one. */
void
thaw_run_note_left_over (ThawRun *self, const char *path, const GError *error)
{
  note_problem (self, path, error);
  self->n_left_over++;
}

GVariant *
thaw_run_dup_problems (ThawRun *self)
{
  g_autoptr (GVariantBuilder) notes = g_steal_pointer (&self->notes);

  if (notes == NULL && self->mode == THAW_RUN_EXECUTE)
    return NULL;
  if (notes == NULL)
    notes = g_variant_builder_new (G_VARIANT_TYPE ("a(aysis)"));
  return g_variant_ref_sink (g_variant_builder_end (notes));
}

GVariant *
thaw_run_dup_notes (ThawRun *self)
{
  GVariant *problems = thaw_run_dup_problems (self);
  GVariantIter iter;
  GVariant *problem;

  self->notes = g_variant_builder_new (G_VARIANT_TYPE ("a(aysis)"));
  g_variant_iter_init (&iter, problems);
  while ((problem = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_variant_builder_add_value (self->notes, problem);
      g_variant_unref (problem);
    }
  return problems;
}

void
thaw_run_clear_notes (ThawRun *self)
{
  g_clear_pointer (&self->notes, g_variant_builder_unref);
  self->n_left_over = 0;
}

void
thaw_run_add_result (ThawRun *self, const char *path)
{
  pthread_mutex_lock (&self->lock);
  if (self->n_results++ < MAX_RESULTS)
    g_ptr_array_add (self->results, g_strdup (path));
  pthread_mutex_unlock (&self->lock);
}

/* --- news --- */

void
thaw_run_post (ThawRun *self)
{
  if (!thaw_mailbox_post_keyed (self->news, self, thaw_run_ref (self)))
    thaw_run_unref (self);
}

void
thaw_run_end_phase (ThawRun *self, ThawRunPhase phase, GError *error)
{
  pthread_mutex_lock (&self->lock);
  self->phase = phase;
  g_clear_error (&self->error);
  self->error = error;
  pthread_mutex_unlock (&self->lock);
  thaw_run_post (self);
}

/* Lock held. */
static GPtrArray *
take (GPtrArray **list, GDestroyNotify free_item)
{
  GPtrArray *taken;

  if ((*list)->len == 0)
    return NULL;
  taken = *list;
  *list = g_ptr_array_new_with_free_func (free_item);
  return taken;
}

void
thaw_run_take_news (ThawRun *self, ThawRunNews *news)
{
  *news = (ThawRunNews){ 0 };
  pthread_mutex_lock (&self->lock);
  news->phase = self->phase;
  if (self->phase == THAW_PHASE_PLANNED || self->phase == THAW_PHASE_ENDED)
    {
      self->phase = THAW_PHASE_NONE;
      news->error = g_steal_pointer (&self->error);
    }
  news->problems = take (&self->problems, (GDestroyNotify) thaw_problem_free);
  news->losses = take (&self->losses, (GDestroyNotify) thaw_problem_free);
  news->results = take (&self->results, g_free);
  if (self->question != NULL && !self->is_answered)
    news->question = thaw_question_copy (self->question);
  pthread_mutex_unlock (&self->lock);
}

void
thaw_run_news_clear (ThawRunNews *news)
{
  g_clear_error (&news->error);
  g_clear_pointer (&news->problems, g_ptr_array_unref);
  g_clear_pointer (&news->losses, g_ptr_array_unref);
  g_clear_pointer (&news->results, g_ptr_array_unref);
  g_clear_pointer (&news->question, thaw_question_free);
}
