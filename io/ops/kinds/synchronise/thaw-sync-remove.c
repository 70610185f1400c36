/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes what is only in B away: into the kept store of its volume, by a rename that undo takes
 * back. What doesn't fit there stays, and is a problem, unless the request says "forget": then it
 * is hidden first, so that it is gone at once and found again after a crash, and removed for good,
 * as deleting does it. On the thread of the run. */

#include "thaw-sync-private.h"

#include <string.h>

#define MAX_BATCH 256
#define NUMBER 0x10000000

void
thaw_sync_removal_init (ThawSyncRemoval *self, ThawSync *sync)
{
  self->sync = sync;
  thaw_keeper_init (&self->keeper, sync->run);
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
}

void
thaw_sync_removal_clear (ThawSyncRemoval *self)
{
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  thaw_keeper_clear (&self->keeper);
}

gboolean
thaw_sync_removal_flush (ThawSyncRemoval *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_steal_pointer (&self->steps);

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  return steps->len == 0 || thaw_run_perform (self->sync->run, steps, THAW_STEPS_EACH, error);
}

/* What an earlier life of the job was removing for good. */
gboolean
thaw_sync_is_leftover (ThawSync *self, const char *name)
{
  const char *token = thaw_run_get_token (self->run);
  const char *dash = strrchr (name, '-');

  return thaw_run_is_resumed (self->run) && thaw_token_owns_name (token, name) && dash != NULL
         && (g_ascii_strtoull (dash + 1, NULL, 10) & 0xf0000000) == NUMBER;
}

static gboolean
finish_leftover (ThawSyncRemoval *self, const ThawPair *pair, GError **error)
{
  g_autofree char *path = thaw_pair_dup_path (pair, B);
  g_autoptr (GError) local = NULL;

  return thaw_disk_remove (pair->places[B],
                           pair->name,
                           NULL,
                           NULL,
                           thaw_run_get_walk_funcs (self->sync->run, path),
                           &local)
         || thaw_kind_problem (self->sync->run, path, g_steal_pointer (&local), error);
}

static gboolean
hide (ThawSyncRemoval *self, const ThawPair *pair, const char *hidden, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawPlace *place = pair->places[B];
  const ThawIdentity *object = &pair->identities[B];

  g_ptr_array_add (steps, thaw_step_new_rename (place, pair->name, place, hidden, object));
  g_ptr_array_add (steps,
                   thaw_kind_step_new (THAW_STEP_GONE, place, pair->name, place, hidden, object));
  return thaw_journal_perform (thaw_run_get_journal (self->sync->run),
                               thaw_run_get_job (self->sync->run),
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               NULL,
                               NULL,
                               error);
}

/* What could not be removed of it is shown again. */
static gboolean
forget (ThawSyncRemoval *self, const ThawPair *pair, GError **error)
{
  ThawRun *run = self->sync->run;
  g_autofree char *path = thaw_pair_dup_path (pair, B);
  g_autofree char *hidden
      = thaw_token_dup_name (thaw_run_get_token (run), NUMBER | (g_str_hash (path) & 0x0fffffff));
  g_autoptr (GError) local = NULL;

  if (!hide (self, pair, hidden, &local))
    return thaw_kind_problem (run, path, g_steal_pointer (&local), error);
  if (thaw_disk_remove (pair->places[B],
                        hidden,
                        NULL,
                        NULL,
                        thaw_run_get_walk_funcs (run, path),
                        &local))
    return TRUE;
  if (thaw_place_rename_new (pair->places[B], hidden, pair->places[B], pair->name, NULL))
    thaw_place_sync (pair->places[B], NULL);
  return thaw_kind_problem (run, path, g_steal_pointer (&local), error);
}

static gboolean
leave (ThawSyncRemoval *self, const ThawPair *pair, GError **error)
{
  g_autofree char *path = thaw_pair_dup_path (pair, B);
  g_autofree char *shown = g_filename_display_name (pair->name);

  return thaw_kind_problem (self->sync->run,
                            path,
                            g_error_new (G_IO_ERROR,
                                         G_IO_ERROR_NO_SPACE,
                                         "“%s” stays, since it can't be kept for undoing",
                                         shown),
                            error);
}

static gboolean
measure (ThawSyncRemoval *self, const ThawPair *pair, ThawMeasure *measure, GError **error)
{
  g_autofree char *path = thaw_pair_dup_path (pair, B);
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->sync->run, path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  g_autoptr (GError) local = NULL;

  if (thaw_disk_measure (pair->places[B], pair->name, &quiet, measure, &local)
      || !thaw_kind_is_cancelled (local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
thaw_sync_removal_add (ThawSyncRemoval *self, const ThawPair *pair, GError **error)
{
  ThawMeasure sum = { 0 };
  ThawStep *step;

  if (thaw_sync_is_leftover (self->sync, pair->name))
    return finish_leftover (self, pair, error);
  if (self->keeper.forgets)
    return forget (self, pair, error);
  if (!measure (self, pair, &sum, error))
    return FALSE;
  step = thaw_step_new_rename (pair->places[B],
                               pair->name,
                               pair->places[B],
                               pair->name,
                               &pair->identities[B]);
  if (!thaw_keeper_reserve (&self->keeper, pair->places[B], pair->name, sum.allocated, &step->to))
    {
      thaw_step_free (step);
      return leave (self, pair, error);
    }
  g_ptr_array_add (self->steps, step);
  /* The step itself counts as one. */
  thaw_run_add_done (self->sync->run, 0, MAX (0, sum.n_files + sum.n_folders + sum.n_others - 1));
  return self->steps->len < MAX_BATCH || thaw_sync_removal_flush (self, error);
}
