/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deletes the sources, not by way of the trash. What fits into the kept store of its volume goes
 * there, by one rename, and can be brought back until room is needed. What doesn't comes last, so
 * that it is known whether there is anything that undo could bring back without it; the plan has
 * said which that is. It, and all with option "forget" b, is hidden first, so that it is gone for
 * the user at once and a crash finds it again; the journal notes that it can't be brought back;
 * then it is removed. What could not be removed of it comes back to its place. Runs on the thread
 * of its operation. */

#include "../common/thaw-remote-private.h"

#define MAX_BATCH 256

typedef struct {
  ThawRun *run;
  ThawKeeper keeper;
  ThawFinished *finished;
  GPtrArray *steps;
  ThawSourceGuard guard; /* of what the steps are about */
  ThawPlace *emptied;    /* nullable: where something was removed for good last */
  GArray *late;          /* guint: sources that are too large to be kept */
} Deletion;

static gboolean
flush (Deletion *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_steal_pointer (&self->steps);

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  thaw_source_guard_reset (&self->guard);
  return steps->len == 0 || thaw_run_perform (self->run, steps, THAW_STEPS_EACH, error);
}

static gboolean
keep (Deletion *self, const ThawSource *source, gint64 bytes, gboolean *is_kept, GError **error)
{
  ThawStep *step = thaw_step_new_rename (source->place,
                                         source->name,
                                         source->place,
                                         source->name,
                                         &source->identity);

  *is_kept = thaw_keeper_reserve (&self->keeper, source->place, source->name, bytes, &step->to);
  if (!*is_kept)
    {
      thaw_step_free (step);
      return TRUE;
    }
  g_ptr_array_add (self->steps, step);
  return self->steps->len < MAX_BATCH || flush (self, error);
}

/* What is left of it is shown again. */
static gboolean
bring_back (Deletion *self, const ThawSource *source, const char *hidden, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawIdentity rest;

  if (!thaw_kind_exists (source->place, hidden, &rest, &local)
      || !thaw_place_rename_new (source->place, hidden, source->place, source->name, &local))
    return local == NULL
           || thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
  return thaw_place_sync (source->place, error);
}

/* What a power cut brought back under a hidden name nobody would look for, since the job is over
 * soon: once for each folder. */
static void
sync_emptied (Deletion *self, ThawPlace *place)
{
  if (self->emptied == place)
    return;
  if (self->emptied != NULL && !thaw_place_sync (self->emptied, NULL))
    thaw_run_stay_interrupted (self->run);
  g_clear_pointer (&self->emptied, thaw_place_unref);
  self->emptied = place != NULL ? thaw_place_ref (place) : NULL;
}

static gboolean
remove_hidden (Deletion *self, const ThawSource *source, const char *hidden, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean is_over = thaw_disk_remove (source->place,
                                       hidden,
                                       NULL,
                                       NULL,
                                       thaw_run_get_walk_funcs (self->run, source->path),
                                       &local);

  thaw_journal_note_swept (thaw_run_get_journal (self->run),
                           thaw_run_get_job (self->run),
                           source->place);
  sync_emptied (self, source->place);
  if (!bring_back (self, source, hidden, error))
    return FALSE;
  return is_over || thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
}

/* Both steps are known to the journal before anything is really lost. */
static gboolean
hide (Deletion *self, const ThawSource *source, const char *hidden, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawStep *gone;

  g_ptr_array_add (
      steps,
      thaw_step_new_rename (source->place, source->name, source->place, hidden, &source->identity));
  gone = thaw_step_new_rename (source->place,
                               source->name,
                               source->place,
                               hidden,
                               &source->identity);
  gone->type = THAW_STEP_GONE;
  g_ptr_array_add (steps, gone);
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               NULL,
                               NULL,
                               error);
}

/* The note alone is a step: undo passes it over, and what it takes back is the rest. */
static gboolean
hide_aside (Deletion *self, const ThawSource *source, const char *hidden, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  g_ptr_array_add (steps,
                   thaw_kind_step_new (THAW_STEP_LOST,
                                       source->place,
                                       source->name,
                                       source->place,
                                       hidden,
                                       &source->identity));
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               NULL,
                               NULL,
                               error)
         && thaw_place_rename_new (source->place, source->name, source->place, hidden, error)
         && thaw_place_sync (source->place, error);
}

static gboolean
hide_either_way (Deletion *self, const ThawSource *source, const char *hidden, GError **error)
{
  if (!self->keeper.forgets
      && thaw_journal_may_undo (thaw_run_get_journal (self->run), thaw_run_get_job (self->run)))
    return hide_aside (self, source, hidden, error);
  return hide (self, source, hidden, error);
}

static gboolean
forget (Deletion *self, const ThawSource *source, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), source->index);
  g_autoptr (GError) local = NULL;
  ThawIdentity there;

  if (!hide_either_way (self, source, hidden, &local))
    return thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
  if (!thaw_kind_exists (source->place, hidden, &there, &local))
    {
      if (local == NULL)
        g_set_error (&local,
                     G_IO_ERROR,
                     G_IO_ERROR_FAILED,
                     "“%s” can't be taken away",
                     source->name);
      return thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
    }
  return remove_hidden (self, source, hidden, error);
}

static gboolean
put_off (Deletion *self, const ThawSource *source)
{
  g_array_append_val (self->late, source->index);
  return TRUE;
}

static gboolean
delete_source (Deletion *self, const ThawSource *source, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, source->path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  g_autoptr (GError) local = NULL;
  ThawMeasure measure = { 0 };
  gboolean is_kept = FALSE;

  if (self->keeper.forgets)
    return forget (self, source, error);
  if (!thaw_disk_measure (source->place, source->name, &quiet, &measure, &local))
    {
      if (!thaw_kind_is_cancelled (local))
        return put_off (self, source);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!keep (self, source, measure.allocated, &is_kept, error))
    return FALSE;
  if (!is_kept)
    return put_off (self, source);
  /* The step itself counts as one. */
  thaw_run_add_done (self->run, 0, measure.n_files + measure.n_folders + measure.n_others - 1);
  return TRUE;
}

static gboolean
delete_guarded (Deletion *self, const ThawSource *source, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawIdentity there;

  if (thaw_source_guard_admit (&self->guard, source))
    return delete_source (self, source, error);
  if (!flush (self, error))
    return FALSE;
  thaw_source_guard_admit (&self->guard, source);
  if (thaw_place_look (source->place, source->name, &there, &local))
    return delete_source (self, source, error);
  return thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
}

/* After a crash: hidden already, or gone already, or still to do. */
static gboolean
go_on (Deletion *self, ThawSource *source, GError *missing, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), source->index);
  ThawIdentity there;

  if (source->place != NULL && self->finished != NULL
      && thaw_kind_exists (source->place, hidden, &there, NULL))
    {
      g_error_free (missing);
      return remove_hidden (self, source, hidden, error);
    }
  if (source->place != NULL && thaw_finished_has_left (self->finished, source->place, source->name))
    {
      g_error_free (missing);
      return TRUE;
    }
  return thaw_kind_problem (self->run, source->path, missing, error);
}

static gboolean
delete_late (Deletion *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < self->late->len; i++)
    {
      guint index = g_array_index (self->late, guint, i);
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, index);
      g_autoptr (GError) local = NULL;
      gboolean goes_on;

      if (!thaw_run_check (self->run, error))
        return FALSE;
      if (thaw_source_open (&source, file, index, &local))
        goes_on = forget (self, &source, error);
      else
        goes_on = thaw_kind_problem (self->run, source.path, g_steal_pointer (&local), error);
      if (!goes_on)
        return FALSE;
    }
  return TRUE;
}

static gboolean
delete_all (Deletion *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autoptr (GError) local = NULL;
      gboolean goes_on;

      if (!thaw_run_check (self->run, error))
        return FALSE;
      if (!thaw_kind_file_is_local (file))
        goes_on = thaw_remote_delete (self->run, file, error);
      else if (thaw_source_open (&source, file, i, &local))
        goes_on = delete_guarded (self, &source, error);
      else
        goes_on = go_on (self, &source, g_steal_pointer (&local), error);
      if (!goes_on)
        return FALSE;
    }
  return flush (self, error) && delete_late (self, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  Deletion self = { .run = run };
  gboolean done = TRUE;

  if (thaw_run_is_resumed (run))
    {
      self.finished = thaw_finished_load (run, error);
      done = self.finished != NULL;
    }
  thaw_keeper_init (&self.keeper, run);
  self.steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  self.late = g_array_new (FALSE, FALSE, sizeof (guint));
  done = done && delete_all (&self, error);
  sync_emptied (&self, NULL);
  g_ptr_array_unref (self.steps);
  g_array_unref (self.late);
  thaw_source_guard_reset (&self.guard);
  thaw_keeper_clear (&self.keeper);
  g_clear_pointer (&self.finished, thaw_finished_free);
  return done;
}

static gboolean
put_back (ThawRun *run, const ThawStep *step)
{
  g_autoptr (ThawPlace) from
      = thaw_place_open_known (step->from.folder, step->from.dev, step->from.ino, NULL);
  g_autoptr (ThawPlace) to
      = thaw_place_open_known (step->to.folder, step->to.dev, step->to.ino, NULL);
  g_autoptr (GError) error = NULL;
  ThawIdentity there;

  if ((step->type != THAW_STEP_RENAME && step->type != THAW_STEP_LOST) || from == NULL || to == NULL
      || !thaw_place_look (to, step->to.name, &there, NULL)
      || !thaw_identity_is_same (&there, &step->object))
    return TRUE;
  if (thaw_place_rename_new (to, step->to.name, from, step->from.name, &error))
    return thaw_place_sync (from, NULL) || TRUE;
  return thaw_run_add_problem (run, step->from.folder, g_steal_pointer (&error));
}

/* What was deleted comes back, as far as it is still there: what was being removed for good is not
 * whole. */
static gboolean
roll_back (ThawRun *run, GError **error)
{
  ThawJournal *journal = thaw_run_get_journal (run);
  g_autoptr (GPtrArray) steps = NULL;

  if (!thaw_journal_settle (journal, thaw_run_get_job (run), FALSE, error))
    return FALSE;
  steps = thaw_journal_list_steps (journal, thaw_run_get_job (run), error);
  if (steps == NULL)
    return FALSE;
  for (guint i = steps->len; i > 0; i--)
    put_back (run, g_ptr_array_index (steps, i - 1));
  return TRUE;
}

/* Said once for all where nothing is kept at all. */
static void
plan_keeping (ThawRun *run, ThawKeeper *keeper, const ThawSource *source, gint64 bytes)
{
  if (thaw_keeper_has_room (keeper, source->place, bytes))
    return;
  if (keeper->forgets && source->index > 0)
    return;
  thaw_plan_add_finding (thaw_run_get_plan (run),
                         THAW_FINDING_NO_UNDO,
                         FALSE,
                         source->path,
                         keeper->forgets ? "What is deleted can't be brought back"
                                         : "It is too large to be kept: it can't be brought back");
}

static gboolean
plan_local (ThawRun *run,
            ThawKeeper *keeper,
            ThawSource *source,
            guint i,
            ThawKindNeeds *needs,
            GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 allocated = needs->allocated;

  if (!thaw_kind_plan_source (run, source, i, &local))
    {
      if (local == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  thaw_kind_plan_removable (run, source);
  if (!thaw_kind_measure (run, source, needs, error))
    return FALSE;
  plan_keeping (run, keeper, source, needs->allocated - allocated);
  return TRUE;
}

static gboolean
plan_all (ThawRun *run, ThawKeeper *keeper, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (ThawSource) source = { 0 };
  ThawKindNeeds needs = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autofree char *path = NULL;

      if (thaw_kind_file_is_local (file))
        {
          if (!plan_local (run, keeper, &source, i, &needs, error))
            return FALSE;
          continue;
        }
      if (!thaw_remote_plan_delete (run, file, error))
        return FALSE;
      path = g_file_get_parse_name (file);
      thaw_plan_add_finding (thaw_run_get_plan (run),
                             THAW_FINDING_NO_UNDO,
                             FALSE,
                             path,
                             "What is deleted there can't be brought back");
    }
  /* Nothing is copied. */
  thaw_plan_add (thaw_run_get_plan (run), -needs.bytes, 0);
  return TRUE;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawKeeper keeper = { NULL };
  gboolean goes_on;

  thaw_keeper_init (&keeper, run);
  goes_on = plan_all (run, &keeper, error);
  thaw_keeper_clear (&keeper);
  return goes_on;
}

const ThawOperationKind thaw_delete_kind = {
  .id = "delete",
  .plan = plan,
  .execute = execute,
  .roll_back = roll_back,
  .is_light = TRUE,
};
