/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flushing a batch: its bytes reach the device, then every passage takes its place by a step of the
 * journal, then what is to go away goes: sources that were moved by copying, and folders that
 * merging has emptied. On the thread of the run. The order is what keeps a crash or a power cut
 * from losing anything; nothing here may be reordered for speed. */

#include "thaw-transfer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_TRIES 4

/* One syncfs for all that was built on a file system. */
static gboolean
sync_built (ThawTransfer *self, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, "");
  guint64 dev = 0;

  for (guint i = 0; i < self->batch->len; i++)
    {
      ThawPassage *passage = g_ptr_array_index (self->batch, i);

      if (passage->stage == NULL || thaw_place_get_dev (passage->stage) == dev)
        continue;
      if (!thaw_place_sync_data_for (passage->stage, funcs, error))
        return FALSE;
      dev = thaw_place_get_dev (passage->stage);
    }
  return TRUE;
}

/* A file in the place of a file is one step; with a folder on either side the old one leaves first.
 */
static gboolean
displaces (ThawPassage *passage)
{
  return passage->is_replacing
         && (thaw_identity_is_folder (&passage->old) || thaw_identity_is_folder (&passage->object));
}

static ThawStep *
new_arrival (ThawTransfer *self, ThawPassage *passage)
{
  g_autofree char *hidden = NULL;

  if (passage->stage == NULL)
    return thaw_step_new_rename (passage->from,
                                 passage->name,
                                 passage->to,
                                 passage->new_name,
                                 &passage->object);
  hidden = thaw_token_dup_name (thaw_run_get_token (self->run), passage->number);
  return thaw_step_new_rename (passage->stage,
                               hidden,
                               passage->to,
                               passage->new_name,
                               &passage->made);
}

static void
add_step (ThawTransfer *self, GPtrArray *steps, ThawPassage *passage)
{
  ThawStep *step = new_arrival (self, passage);

  if (passage->is_replacing && !displaces (passage))
    {
      step->type = THAW_STEP_REPLACE;
      step->old = passage->old;
      thaw_keeper_reserve (&self->keeper,
                           passage->to,
                           passage->new_name,
                           passage->old.size,
                           &step->kept);
    }
  passage->step = step;
  g_ptr_array_add (steps, step);
}

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  GHashTable *passages = user_data;
  ThawPassage *passage = passages != NULL ? g_hash_table_lookup (passages, step) : NULL;

  if (passage == NULL)
    return;
  passage->is_placed = error == NULL;
  g_clear_error (&passage->error);
  if (error != NULL)
    passage->error = g_error_copy (error);
}

static gboolean
perform (ThawTransfer *self,
         GPtrArray *steps,
         ThawStepsMode mode,
         GHashTable *passages,
         GError **error)
{
  return steps->len == 0
         || thaw_journal_perform (thaw_run_get_journal (self->run),
                                  thaw_run_get_job (self->run),
                                  steps,
                                  mode,
                                  on_step,
                                  passages,
                                  error);
}

static gint64
measure_old (ThawTransfer *self, ThawPassage *passage)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, passage->path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  ThawMeasure measure = { 0 };

  thaw_disk_measure (passage->to, passage->new_name, &quiet, &measure, NULL);
  return measure.allocated;
}

/* What can't be kept is hidden, until its successor stands, and then removed for good. */
static gboolean
forget_displaced (ThawTransfer *self, ThawPassage *passage, const char *hidden, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  if (!passage->is_placed)
    return TRUE;
  g_ptr_array_add (steps,
                   thaw_kind_step_new (THAW_STEP_GONE,
                                       passage->to,
                                       hidden,
                                       passage->to,
                                       passage->new_name,
                                       &passage->old));
  if (!thaw_journal_perform (thaw_run_get_journal (self->run),
                             thaw_run_get_job (self->run),
                             steps,
                             THAW_STEPS_EACH,
                             NULL,
                             NULL,
                             error))
    return FALSE;
  thaw_kind_remove_quietly (passage->to, hidden);
  return TRUE;
}

static gboolean
displace (ThawTransfer *self, ThawPassage *passage, GHashTable *passages, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autofree char *hidden
      = thaw_token_dup_name (thaw_run_get_token (self->run), passage->number ^ 0x20000000);
  g_autoptr (GError) local = NULL;
  ThawStep *leave
      = thaw_step_new_rename (passage->to, passage->new_name, passage->to, hidden, &passage->old);
  gboolean is_kept = thaw_keeper_reserve (&self->keeper,
                                          passage->to,
                                          passage->new_name,
                                          measure_old (self, passage),
                                          &leave->to);

  g_ptr_array_add (steps, leave);
  add_step (self, steps, passage);
  g_hash_table_insert (passages, passage->step, passage);
  if (!perform (self, steps, THAW_STEPS_ALL_OR_NONE, passages, &local))
    {
      passage->error = g_steal_pointer (&local);
      return TRUE;
    }
  return is_kept || forget_displaced (self, passage, hidden, error);
}

static gboolean
place (ThawTransfer *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autoptr (GHashTable) passages = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->batch->len; i++)
    {
      ThawPassage *passage = g_ptr_array_index (self->batch, i);

      if (displaces (passage))
        continue;
      add_step (self, steps, passage);
      g_hash_table_insert (passages, passage->step, passage);
    }
  if (!perform (self, steps, THAW_STEPS_EACH, passages, error))
    return FALSE;
  for (guint i = 0; i < self->batch->len; i++)
    {
      ThawPassage *passage = g_ptr_array_index (self->batch, i);

      if (displaces (passage) && !displace (self, passage, passages, error))
        return FALSE;
    }
  return TRUE;
}

static void
remove_built (ThawTransfer *self, ThawPassage *passage)
{
  g_autofree char *hidden = NULL;

  if (passage->stage == NULL)
    return;
  hidden = thaw_token_dup_name (thaw_run_get_token (self->run), passage->number);
  thaw_kind_remove_quietly (passage->stage, hidden);
  if (passage->is_top)
    thaw_journal_note_swept (thaw_run_get_journal (self->run),
                             thaw_run_get_job (self->run),
                             passage->stage);
  g_clear_pointer (&passage->stage, thaw_place_unref);
}

static void
reset_batch (ThawTransfer *self)
{
  self->batch_bytes = self->batch_entries = 0;
  self->batch_places = 0;
  self->last_place = NULL;
  g_hash_table_remove_all (self->numbers);
  thaw_source_guard_reset (&self->guard);
}

void
thaw_transfer_abandon (ThawTransfer *self)
{
  for (guint i = 0; i < self->batch->len; i++)
    {
      ThawPassage *passage = g_ptr_array_index (self->batch, i);

      if (!passage->is_placed)
        remove_built (self, passage);
    }
  g_ptr_array_set_size (self->batch, 0);
  reset_batch (self);
}

/* A mount between two folders of one file system, a subvolume, an overlay: only the rename itself
 * can tell. */
static gboolean
find_other_way (ThawTransfer *self, ThawPassage *passage)
{
  if (!g_error_matches (passage->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return FALSE;
  if (passage->stage == NULL && !passage->must_copy)
    return passage->must_copy = TRUE;
  if (!passage->is_top && !passage->stages_beside)
    return passage->stages_beside = TRUE;
  return FALSE;
}

static gboolean
has_world_changed (ThawPassage *passage)
{
  return g_error_matches (passage->error, G_IO_ERROR, G_IO_ERROR_EXISTS)
         || g_error_matches (passage->error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG)
         || (passage->is_replacing
             && g_error_matches (passage->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
}

/* Takes @passage, whose step failed. */
static gboolean
fall_back (ThawTransfer *self, ThawPassage *given, GError **error)
{
  g_autoptr (ThawPassage) passage = given;
  gboolean has_other_way;

  if (passage->error == NULL)
    passage->error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It wasn't put into its place");
  has_other_way = find_other_way (self, passage);
  remove_built (self, passage);
  if ((has_other_way || (has_world_changed (passage) && passage->n_tries < MAX_TRIES))
      && thaw_place_look (passage->from, passage->name, &passage->object, NULL))
    {
      passage->n_tries++;
      passage->step = NULL;
      g_ptr_array_add (self->again, g_steal_pointer (&passage));
      return TRUE;
    }
  return thaw_kind_problem (self->run, passage->path, g_steal_pointer (&passage->error), error);
}

/* Sources that will go, since their copies stand: the journal knows before they do. */
static gboolean
note_moved (ThawTransfer *self, GPtrArray *passages, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  for (guint i = 0; i < passages->len; i++)
    {
      ThawPassage *passage = g_ptr_array_index (passages, i);

      if (passage->is_placed && thaw_passage_crosses (self, passage)
          && !thaw_finished_has_left (self->finished, passage->from, passage->name))
        g_ptr_array_add (steps,
                         thaw_kind_step_new (THAW_STEP_MOVED,
                                             passage->from,
                                             passage->name,
                                             passage->to,
                                             passage->new_name,
                                             &passage->made));
    }
  return perform (self, steps, THAW_STEPS_EACH, NULL, error);
}

gboolean
thaw_transfer_flush (ThawTransfer *self, GError **error)
{
  g_autoptr (GPtrArray) batch = NULL;

  if (self->batch->len > 0
      && (!sync_built (self, error) || !place (self, error)
          || !note_moved (self, self->batch, error)))
    return FALSE;
  batch = g_steal_pointer (&self->batch);
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_passage_free);
  reset_batch (self);
  while (batch->len > 0)
    {
      ThawPassage *passage = g_ptr_array_steal_index (batch, 0);
      gboolean goes_on = passage->is_placed ? thaw_transfer_arrived (self, passage, error)
                                            : fall_back (self, passage, error);

      if (!goes_on)
        return FALSE;
    }
  return thaw_transfer_clear_emptied (self, error);
}

/* The copy stands and is durable: only now may the source go, and only what has a whole
 * counterpart. */
static gboolean
remove_source (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  ThawWalkFuncs funcs = *thaw_run_get_walk_funcs (self->run, passage->path);
  g_autoptr (GError) local = NULL;

  funcs.done = NULL;
  if (thaw_disk_remove (passage->from,
                        passage->name,
                        passage->to,
                        passage->new_name,
                        &funcs,
                        &local))
    return thaw_place_sync (passage->from, NULL) || TRUE;
  return thaw_kind_problem (self->run, passage->path, g_steal_pointer (&local), error);
}

gboolean
thaw_transfer_take_up (ThawTransfer *self, ThawPassage *given, GError **error)
{
  g_autoptr (ThawPassage) passage = given;
  g_autoptr (GPtrArray) passages = g_ptr_array_new ();

  passage->is_placed = TRUE;
  g_ptr_array_add (passages, passage);
  return note_moved (self, passages, error)
         && thaw_transfer_arrived (self, g_steal_pointer (&passage), error);
}

gboolean
thaw_transfer_arrived (ThawTransfer *self, ThawPassage *given, GError **error)
{
  g_autoptr (ThawPassage) passage = given;
  g_autofree char *path = thaw_place_dup_child_path (passage->to, passage->new_name);

  if (passage->is_top)
    thaw_run_add_result (self->run, path);
  if (passage->stage == NULL && !thaw_passage_crosses (self, passage)
      && self->mode == THAW_TRANSFER_MOVE)
    {
      thaw_run_add_done (self->run, 0, 1);
      thaw_run_set_current (self->run, passage->path);
      return TRUE;
    }
  return !thaw_passage_crosses (self, passage) || remove_source (self, passage, error);
}

static ThawPlace *
open_emptied (ThawEmptied *emptied)
{
  g_autoptr (ThawPlace) parent
      = thaw_place_open_known (emptied->end.folder, emptied->end.dev, emptied->end.ino, NULL);
  g_autoptr (ThawPlace) folder = NULL;
  ThawIdentity there;

  if (parent == NULL || !thaw_place_look (parent, emptied->end.name, &there, NULL)
      || !thaw_identity_is_same (&there, &emptied->object))
    return NULL;
  folder = thaw_place_open_child (parent, emptied->end.name, NULL);
  return folder != NULL && thaw_kind_is_empty (folder, NULL) ? g_steal_pointer (&parent) : NULL;
}

static ThawStep *
new_departure (ThawTransfer *self, ThawEmptied *emptied, ThawPlace *parent)
{
  ThawStep *step = thaw_step_new_rename (parent,
                                         emptied->end.name,
                                         parent,
                                         emptied->end.name,
                                         &emptied->object);

  if (thaw_keeper_reserve (&self->keeper, parent, emptied->end.name, 0, &step->to))
    return step;
  step->type = THAW_STEP_GONE;
  return step;
}

/* Waves of folders that are empty now. */
typedef struct {
  ThawTransfer *transfer;
  GPtrArray *steps;
  GPtrArray *gone; /* ThawEmptied, of each step */
} Wave;

/* Somebody else may have taken it away, or filled it again. */
static void
tell_stays (ThawTransfer *self, const ThawEmptied *emptied, GError *why)
{
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY))
    g_error_free (why);
  else
    thaw_run_add_problem (self->run, emptied->path, why);
}

static void
on_departure (ThawStep *step, const GError *error, gpointer user_data)
{
  Wave *self = user_data;
  guint i;

  if (error != NULL && g_ptr_array_find (self->steps, step, &i))
    tell_stays (self->transfer, g_ptr_array_index (self->gone, i), g_error_copy (error));
}

/* What can't be kept goes at once: nothing is in it. */
static gboolean
remove_emptied (ThawTransfer *self, const ThawEmptied *emptied, ThawPlace *parent)
{
  int code;

  if (unlinkat (thaw_place_get_fd (parent), emptied->end.name, AT_REMOVEDIR) == 0)
    return TRUE;
  code = errno;
  tell_stays (self,
              emptied,
              g_error_new (G_IO_ERROR,
                           (int) g_io_error_from_errno (code),
                           "“%s” can't be removed: %s",
                           emptied->end.name,
                           g_strerror (code)));
  return FALSE;
}

static void
take_emptied (Wave *self, ThawEmptied *given, ThawPlace *parent)
{
  g_autoptr (ThawEmptied) emptied = given;
  ThawStep *step = new_departure (self->transfer, emptied, parent);

  if (step->type == THAW_STEP_GONE && !remove_emptied (self->transfer, emptied, parent))
    {
      thaw_step_free (step);
      return;
    }
  g_ptr_array_add (self->steps, step);
  g_ptr_array_add (self->gone, g_steal_pointer (&emptied));
}

/* One wave. Their parents may be in the next one. */
static gboolean
clear_wave (ThawTransfer *self, gboolean *has_moved, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_emptied_free);
  Wave wave = { self, steps, gone };

  for (guint i = 0; i < self->emptied->len;)
    {
      g_autoptr (ThawPlace) parent = open_emptied (g_ptr_array_index (self->emptied, i));

      if (parent == NULL)
        i++;
      else
        take_emptied (&wave, g_ptr_array_steal_index (self->emptied, i), parent);
    }
  *has_moved = steps->len > 0;
  return steps->len == 0
         || thaw_journal_perform (thaw_run_get_journal (self->run),
                                  thaw_run_get_job (self->run),
                                  steps,
                                  THAW_STEPS_EACH,
                                  on_departure,
                                  &wave,
                                  error);
}

/* What isn't empty after the last wave has something left in it on purpose, which has been told. */
gboolean
thaw_transfer_clear_emptied (ThawTransfer *self, GError **error)
{
  gboolean has_moved = self->emptied->len > 0;

  if (self->again->len > 0 || self->batch->len > 0)
    return TRUE; /* some of them may only be late */
  while (has_moved)
    if (!clear_wave (self, &has_moved, error))
      return FALSE;
  g_ptr_array_set_size (self->emptied, 0);
  return TRUE;
}
