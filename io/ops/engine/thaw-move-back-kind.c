/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What undo and redo of a move to another device become: "move-back", which nobody else asks for.
 * Option "job" x: whose steps are taken back. Moving is the transfer's business, as for any move;
 * the renames around it are steps of the journal. Each is looked at before its turn, so that an
 * attempt that failed half way, or that a crash has ended, can be made again. Runs on the thread of
 * its operation. */

#include "thaw-undo-moved-private.h"

#include "../kinds/common/thaw-transfer-private.h"

typedef struct {
  ThawRun *run;
  ThawBacks *backs;
  ThawKeeper keeper;
  GPtrArray *done;        /* the job's own steps, of before a crash; NULL unless resumed */
  ThawTransfer *transfer; /* nullable: of the moves at hand */
  GPtrArray *moves;       /* const ThawBack: of that transfer */
  guint n_problems;       /* before it */
} MoveBack;

static ThawBacks *
load (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  GVariant *job = thaw_operation_request_get_option (request, "job", G_VARIANT_TYPE_INT64);
  GPtrArray *steps
      = job != NULL
            ? thaw_journal_list_steps (thaw_run_get_journal (run), g_variant_get_int64 (job), error)
            : NULL;

  if (steps != NULL)
    return thaw_backs_new (thaw_run_get_journal (run),
                           steps,
                           thaw_run_is_resumed (run)
                               || thaw_operation_request_get_flag (request, "is-partial"),
                           error);
  if (job == NULL)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_INVALID_ARGUMENT,
                         "It isn't said what is to be moved back");
  return NULL;
}

/* --- steps --- */

static gboolean
perform (MoveBack *self, ThawStep *step, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  g_ptr_array_add (steps, step);
  if (!thaw_journal_perform (thaw_run_get_journal (self->run),
                             thaw_run_get_job (self->run),
                             steps,
                             THAW_STEPS_ALL_OR_NONE,
                             NULL,
                             NULL,
                             error))
    return FALSE;
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

static ThawStep *
new_step (const ThawStepEnd *from, const ThawStepEnd *to, GError **error)
{
  g_autoptr (ThawPlace) source = thaw_backs_open (from, error);
  g_autoptr (ThawPlace) target = source != NULL ? thaw_backs_open (to, error) : NULL;
  ThawIdentity object;

  if (target == NULL || !thaw_place_look (source, from->name, &object, error))
    return NULL;
  return thaw_step_new_rename (source, from->name, target, to->name, &object);
}

/* Into the kept store of its volume, where there is room for it. */
static ThawStep *
new_departure (MoveBack *self, const ThawStepEnd *end, GError **error)
{
  g_autoptr (ThawPlace) place = thaw_backs_open (end, error);
  const ThawWalkFuncs quiet = { NULL };
  ThawMeasure measure = { 0 };
  ThawIdentity object;
  ThawStep *step;

  if (place == NULL || !thaw_place_look (place, end->name, &object, error)
      || !thaw_disk_measure (place, end->name, &quiet, &measure, error))
    return NULL;
  step = thaw_step_new_rename (place, end->name, place, end->name, &object);
  if (thaw_keeper_reserve (&self->keeper, place, end->name, measure.allocated, &step->to))
    return step;
  thaw_step_free (step);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "“%s” is too large to be kept", end->name);
  return NULL;
}

static gboolean
store (MoveBack *self, const ThawStepEnd *end, GError **error)
{
  ThawStep *step = new_departure (self, end, error);

  return step != NULL && perform (self, step, error);
}

static gboolean
is_kept (const ThawStepEnd *end)
{
  g_autofree char *name = g_path_get_basename (end->folder);

  return g_str_has_prefix (name, ".thaw-kept-") || g_str_has_suffix (end->folder, "/thaw/kept");
}

/* A place in the store that was left has no room set aside any more. */
static gboolean
rename_back (MoveBack *self, const ThawStepEnd *from, const ThawStepEnd *to, GError **error)
{
  ThawStep *step;

  if (is_kept (to))
    return store (self, from, error);
  step = new_step (from, to, error);
  return step != NULL && perform (self, step, error);
}

/* --- moves --- */

static gboolean
begin_moving (MoveBack *self, GError **error)
{
  if (self->transfer != NULL)
    return TRUE;
  self->n_problems = __atomic_load_n (&self->run->n_problems_told, __ATOMIC_RELAXED);
  self->transfer = thaw_transfer_new (self->run, THAW_TRANSFER_MOVE, error);
  return self->transfer != NULL;
}

static gboolean
move_back (MoveBack *self, const ThawBack *back, GError **error)
{
  const ThawStep *step = back->step;
  g_autofree char *path = g_build_filename (step->to.folder, step->to.name, NULL);
  g_autofree char *result = g_build_filename (step->from.folder, step->from.name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawPlace) target = thaw_backs_open (&step->from, error);
  g_auto (ThawSource) source = { 0 };

  if (target == NULL || !begin_moving (self, error) || !thaw_source_open (&source, file, 0, error))
    return FALSE;
  g_ptr_array_add (self->moves, (gpointer) back);
  thaw_run_add_result (self->run, result);
  return thaw_transfer_add (self->transfer, &source, target, step->from.name, error);
}

/* What is there still has its like where it came from, and has been skipped, unless there was a
 * problem, which has been told. */
static gboolean
settle_rest (MoveBack *self, const ThawBack *back, GError **error)
{
  g_autoptr (ThawPlace) place = thaw_backs_open (&back->step->to, NULL);
  g_autofree char *path = NULL;
  g_autoptr (GError) local = NULL;
  ThawIdentity found;

  if (place == NULL || !thaw_place_look (place, back->step->to.name, &found, NULL)
      || found.ino != back->step->object.ino
      || __atomic_load_n (&self->run->n_problems_told, __ATOMIC_RELAXED) > self->n_problems)
    return TRUE;
  path = thaw_place_dup_child_path (place, back->step->to.name);
  switch (thaw_backs_look (self->backs, back, &local))
    {
    case THAW_BACK_MERGES:
    case THAW_BACK_LEFT_OVER:
      if (store (self, &back->step->to, &local))
        return TRUE;
      break;
    case THAW_BACK_DONE:
      return TRUE;
    case THAW_BACK_DUE:
    case THAW_BACK_REFUSED:
    default:
      break;
    }
  if (local == NULL)
    g_set_error_literal (&local, G_IO_ERROR, G_IO_ERROR_FAILED, "It wasn't moved back");
  return thaw_kind_problem (self->run, path, g_steal_pointer (&local), error);
}

static gboolean
end_moving (MoveBack *self, GError **error)
{
  g_autoptr (ThawTransfer) transfer = g_steal_pointer (&self->transfer);

  if (transfer == NULL)
    return TRUE;
  if (!thaw_transfer_finish (transfer, error))
    return FALSE;
  for (guint i = 0; i < self->moves->len; i++)
    if (!settle_rest (self, g_ptr_array_index (self->moves, i), error))
      return FALSE;
  g_ptr_array_set_size (self->moves, 0);
  return TRUE;
}

/* --- all of it --- */

static gboolean
take_back_moved (MoveBack *self, const ThawBack *back, ThawBackState state, GError **error)
{
  if (state == THAW_BACK_LEFT_OVER && !thaw_run_is_resumed (self->run))
    return end_moving (self, error) && store (self, &back->step->to, error);
  return move_back (self, back, error);
}

/* By a step of this very job, before a crash. What was kept may be under another name since. */
static gboolean
is_done (MoveBack *self, const ThawBack *back)
{
  const ThawStepEnd *end = back->type == THAW_BACK_RESTORE ? &back->step->kept : &back->step->to;

  if (self->done == NULL || back->type == THAW_BACK_MOVE)
    return FALSE;
  for (guint i = 0; i < self->done->len; i++)
    {
      const ThawStep *step = g_ptr_array_index (self->done, i);

      if (step->type == THAW_STEP_RENAME && g_str_equal (step->from.name, end->name)
          && g_str_equal (step->from.folder, end->folder))
        return TRUE;
    }
  return FALSE;
}

static gboolean
take_back (MoveBack *self, const ThawBack *back, GError **error)
{
  const ThawStep *step = back->step;
  ThawBackState state;

  if (!thaw_run_check (self->run, error)
      || (back->type != THAW_BACK_MOVE && !end_moving (self, error)))
    return FALSE;
  if (is_done (self, back))
    return TRUE;
  state = thaw_backs_look (self->backs, back, error);
  if (state == THAW_BACK_REFUSED || state == THAW_BACK_DONE)
    return state == THAW_BACK_DONE;
  switch (back->type)
    {
    case THAW_BACK_MOVE:
      return take_back_moved (self, back, state, error);
    case THAW_BACK_RENAME:
      return rename_back (self, &step->to, &step->from, error);
    case THAW_BACK_RESTORE:
      return rename_back (self, &step->kept, &step->to, error);
    case THAW_BACK_STORE:
    default:
      return store (self, &step->to, error);
    }
}

static gboolean
take_all_back (MoveBack *self, GError **error)
{
  for (guint i = 0; i < self->backs->backs->len; i++)
    if (!take_back (self, &g_array_index (self->backs->backs, ThawBack, i), error))
      return FALSE;
  return end_moving (self, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  MoveBack self = { .run = run, .backs = load (run, error) };
  gboolean done;

  if (self.backs == NULL)
    return FALSE;
  self.moves = g_ptr_array_new ();
  thaw_keeper_init (&self.keeper, run);
  if (thaw_run_is_resumed (run))
    self.done = thaw_journal_list_steps (thaw_run_get_journal (run), thaw_run_get_job (run), error);
  done = (self.done != NULL || !thaw_run_is_resumed (run)) && take_all_back (&self, error);
  g_clear_pointer (&self.done, g_ptr_array_unref);
  g_clear_pointer (&self.transfer, thaw_transfer_free);
  thaw_keeper_clear (&self.keeper);
  g_ptr_array_unref (self.moves);
  thaw_backs_free (self.backs);
  return done;
}

/* --- planning --- */

static gboolean
plan_move (ThawRun *run, const ThawBack *back, ThawKindNeeds *needs, GError **error)
{
  g_autofree char *path = g_build_filename (back->step->to.folder, back->step->to.name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;
  g_auto (ThawSource) source = { 0 };

  if (!thaw_source_open (&source, file, 0, &local))
    return TRUE; /* whoever looks at it says what is wrong */
  thaw_kind_plan_removable (run, &source);
  return thaw_kind_measure (run, &source, needs, error);
}

static void
plan_room (ThawRun *run, const ThawKindNeeds *needs)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));
  g_autoptr (ThawPlace) place
      = target != NULL ? thaw_place_open (g_file_peek_path (target), NULL) : NULL;

  if (place != NULL)
    thaw_kind_plan_space (run, place, needs);
}

/* Refuses, if anything of it can't be done. */
static gboolean
plan (ThawRun *run, GError **error)
{
  g_autoptr (ThawBacks) backs = load (run, error);
  ThawKindNeeds needs = { 0 };

  if (backs == NULL)
    return FALSE;
  for (guint i = 0; i < backs->backs->len; i++)
    {
      const ThawBack *back = &g_array_index (backs->backs, ThawBack, i);

      if (!thaw_run_check (run, error) || thaw_backs_look (backs, back, error) == THAW_BACK_REFUSED)
        return FALSE;
      if (back->type != THAW_BACK_MOVE)
        thaw_plan_add (thaw_run_get_plan (run), 0, 1);
      else if (!plan_move (run, back, &needs, error))
        return FALSE;
    }
  plan_room (run, &needs);
  return TRUE;
}

const ThawOperationKind thaw_move_back_kind
    = { .id = "move-back", .plan = plan, .execute = execute };
