/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conflicts: what a rule makes of one, and asking where the rule is to ask. The thread waits for
 * the answer on its condition variable; the loop learns of the question by news, shows it, and
 * answers whenever the user does. Cancelling ends the wait, pausing doesn't: the answer counts then
 * when the operation goes on. */

#include "thaw-run-private.h"

gboolean
thaw_run_ask (ThawRun *self, ThawQuestion *question, ThawRule *answer, GError **error)
{
  gboolean is_cancelled;

  if (self->job != 0)
    thaw_journal_set_state (self->journal, self->job, THAW_JOURNAL_ASKING, NULL, NULL);
  pthread_mutex_lock (&self->lock);
  self->question = question;
  self->is_answered = FALSE;
  pthread_mutex_unlock (&self->lock);
  thaw_run_post (self);

  pthread_mutex_lock (&self->lock);
  while (!self->is_answered && (self->flags & THAW_RUN_CANCELLED) == 0)
    pthread_cond_wait (&self->wake, &self->lock);
  is_cancelled = !self->is_answered;
  *answer = self->answer;
  g_clear_pointer (&self->question, thaw_question_free);
  pthread_mutex_unlock (&self->lock);
  if (self->job != 0)
    thaw_journal_set_state (self->journal, self->job, THAW_JOURNAL_RUNNING, NULL, NULL);
  thaw_run_beat (self);
  if (!is_cancelled)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled");
  return FALSE;
}

void
thaw_run_answer (ThawRun *self, ThawRule rule, gboolean for_all)
{
  pthread_mutex_lock (&self->lock);
  if (self->question != NULL && !self->is_answered)
    {
      self->answer = rule;
      self->is_answered = TRUE;
      if (for_all && self->question->is_no_space)
        self->skips_no_space = rule != THAW_RULE_ASK;
      else if (for_all)
        self->rules[self->question->conflict] = rule;
    }
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

static ThawConflict
get_conflict (const ThawIdentity *source, const ThawIdentity *target)
{
  gboolean source_is_folder = S_ISDIR (source->mode), target_is_folder = S_ISDIR (target->mode);

  if (source_is_folder != target_is_folder)
    return THAW_CONFLICT_TYPE;
  return source_is_folder ? THAW_CONFLICT_FOLDER : THAW_CONFLICT_FILE;
}

static ThawDecision
replace_if (gboolean condition)
{
  return condition ? THAW_DECIDE_REPLACE : THAW_DECIDE_SKIP;
}

/* FALSE: the rule doesn't say. A folder is never newer or larger as a whole: such a rule is about
 * what is in it. */
gboolean
thaw_rule_decide (ThawRule rule,
                  const ThawIdentity *source,
                  const ThawIdentity *target,
                  ThawDecision *decision)
{
  gboolean are_folders = get_conflict (source, target) == THAW_CONFLICT_FOLDER;

  switch (rule)
    {
    case THAW_RULE_SKIP:
      *decision = THAW_DECIDE_SKIP;
      return TRUE;
    case THAW_RULE_REPLACE:
      *decision = THAW_DECIDE_REPLACE;
      return TRUE;
    case THAW_RULE_KEEP_BOTH:
      *decision = THAW_DECIDE_KEEP_BOTH;
      return TRUE;
    case THAW_RULE_REPLACE_IF_NEWER:
      *decision = replace_if (source->mtime_nsec > target->mtime_nsec);
      break;
    case THAW_RULE_REPLACE_IF_DIFFERENT:
      *decision
          = replace_if (source->size != target->size || source->mtime_nsec != target->mtime_nsec);
      break;
    case THAW_RULE_REPLACE_IF_LARGER:
      *decision = replace_if (source->size > target->size);
      break;
    case THAW_RULE_MERGE:
      *decision = THAW_DECIDE_MERGE;
      return are_folders;
    case THAW_RULE_ASK:
    default:
      return FALSE;
    }
  if (are_folders)
    *decision = THAW_DECIDE_MERGE;
  return TRUE;
}

static ThawRule
get_rule (ThawRun *self, ThawConflict conflict)
{
  ThawRule rule;

  pthread_mutex_lock (&self->lock);
  rule = self->rules[conflict];
  pthread_mutex_unlock (&self->lock);
  return rule;
}

static ThawQuestion *
new_question (ThawConflict conflict,
              const char *source_path,
              const ThawIdentity *source,
              const char *target_path,
              const ThawIdentity *target)
{
  ThawQuestion *question = g_new0 (ThawQuestion, 1);

  question->conflict = conflict;
  question->source_path = g_strdup (source_path);
  question->target_path = g_strdup (target_path);
  question->source_size = source->size;
  question->target_size = target->size;
  question->source_mtime_usec = source->mtime_nsec / 1000;
  question->target_mtime_usec = target->mtime_nsec / 1000;
  return question;
}

static gboolean
leave_out (ThawRun *self, const char *target_path, ThawDecision *decision)
{
  g_autofree char *name = g_path_get_basename (target_path);
  g_autofree char *shown = g_filename_display_name (name);

  *decision = THAW_DECIDE_SKIP;
  thaw_run_add_problem (self,
                        target_path,
                        g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS, "“%s” exists already", shown));
  return TRUE;
}

gboolean
thaw_run_decide (ThawRun *self,
                 const char *source_path,
                 const ThawIdentity *source,
                 const char *target_path,
                 const ThawIdentity *target,
                 ThawDecision *decision,
                 GError **error)
{
  ThawConflict conflict = get_conflict (source, target);
  ThawRule rule = get_rule (self, conflict);
  ThawQuestion *question;

  if (!thaw_run_check (self, error))
    return FALSE;
  if (thaw_rule_decide (rule, source, target, decision))
    return TRUE;
  if (!self->can_ask)
    return leave_out (self, target_path, decision);
  question = new_question (conflict, source_path, source, target_path, target);
  if (!thaw_run_ask (self, question, &rule, error))
    return FALSE;
  return thaw_rule_decide (rule, source, target, decision)
             ? TRUE
             : leave_out (self, target_path, decision);
}
