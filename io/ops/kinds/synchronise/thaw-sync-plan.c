/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a synchronisation: every pair that differs is a finding, with what would be done
 * about it, and what has to be copied is counted. On the thread of the run that plans; changes
 * nothing. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <string.h>

typedef struct {
  ThawSync *sync;
  ThawSyncLinks *links; /* NULL unless it mirrors */
  ThawKindNeeds needs[N_SIDES];
  gint64 n_in_a;
  gboolean removes;
} Planning;

ThawFindingType
thaw_sync_get_finding (const ThawPair *pair, ThawSyncAction action)
{
  if (action == THAW_SYNC_DECIDE)
    return THAW_FINDING_CONFLICT;
  switch (pair->state)
    {
    case THAW_PAIR_ONLY_A:
      return THAW_FINDING_ONLY_IN_SOURCE;
    case THAW_PAIR_ONLY_B:
      return THAW_FINDING_ONLY_IN_TARGET;
    case THAW_PAIR_A_NEWER:
      return THAW_FINDING_SOURCE_NEWER;
    case THAW_PAIR_B_NEWER:
      return THAW_FINDING_TARGET_NEWER;
    case THAW_PAIR_SAME:
    case THAW_PAIR_ATTRIBUTES:
    case THAW_PAIR_DIFFERENT:
    case THAW_PAIR_TYPES:
    case THAW_PAIR_FOLDERS:
    default:
      return THAW_FINDING_DIFFERENT;
    }
}

static const char *
get_conflict_message (const ThawPair *pair)
{
  switch (pair->state)
    {
    case THAW_PAIR_TYPES:
      return "Something of another type is there";
    case THAW_PAIR_DIFFERENT:
      return "They differ, and neither is newer";
    default:
      return "It was changed on both sides";
    }
}

const char *
thaw_sync_get_message (const ThawPair *pair, ThawSyncAction action)
{
  gboolean is_new = pair->state == THAW_PAIR_ONLY_A || pair->state == THAW_PAIR_ONLY_B;

  switch (action)
    {
    case THAW_SYNC_COPY_TO_A:
      return is_new ? "It is copied to the first folder" : "It replaces the first folder's";
    case THAW_SYNC_COPY_TO_B:
      return is_new ? "It is copied" : "It replaces the second folder's";
    case THAW_SYNC_REMOVE:
      return "It is removed";
    case THAW_SYNC_SET_ATTRIBUTES:
      return "Only its attributes are changed";
    case THAW_SYNC_DECIDE:
      return get_conflict_message (pair);
    case THAW_SYNC_STAYS:
    case THAW_SYNC_NOTHING:
    default:
      return "It stays as it is";
    }
}

static gboolean
measure (Planning *self, const ThawPair *pair, int side, ThawMeasure *sum, GError **error)
{
  g_autofree char *path = thaw_pair_dup_path (pair, side);
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->sync->run, path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  g_autoptr (GError) local = NULL;

  *sum = (ThawMeasure){ 0 };
  if (thaw_disk_measure (pair->places[side], pair->name, &quiet, sum, &local))
    return TRUE;
  if (thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  thaw_plan_add_finding (thaw_run_get_plan (self->sync->run),
                         THAW_FINDING_NO_PERMISSION,
                         FALSE,
                         path,
                         "%s",
                         local->message);
  return TRUE;
}

static gboolean
add_copy (Planning *self, const ThawPair *pair, int from, GError **error)
{
  ThawKindNeeds *needs = &self->needs[!from];
  ThawMeasure sum;
  gint64 n;

  if (!measure (self, pair, from, &sum, error))
    return FALSE;
  n = sum.n_files + sum.n_folders + sum.n_others;
  needs->bytes += sum.bytes;
  needs->entries += n;
  needs->largest = MAX (needs->largest, sum.largest);
  thaw_plan_add (thaw_run_get_plan (self->sync->run), sum.bytes, n);
  thaw_kind_plan_name (self->sync->run, pair->places[!from], pair->name);
  return TRUE;
}

static gboolean
add_removal (Planning *self, const ThawPair *pair, GError **error)
{
  ThawMeasure sum;

  self->removes = TRUE;
  if (!measure (self, pair, B, &sum, error))
    return FALSE;
  thaw_plan_add (thaw_run_get_plan (self->sync->run),
                 0,
                 MAX (1, sum.n_files + sum.n_folders + sum.n_others));
  return TRUE;
}

static gboolean
add_work (Planning *self, const ThawPair *pair, ThawSyncAction action, GError **error)
{
  switch (action)
    {
    case THAW_SYNC_COPY_TO_A:
      return add_copy (self, pair, B, error);
    case THAW_SYNC_COPY_TO_B:
      return add_copy (self, pair, A, error);
    case THAW_SYNC_REMOVE:
      return add_removal (self, pair, error);
    case THAW_SYNC_SET_ATTRIBUTES:
    case THAW_SYNC_DECIDE:
      thaw_plan_add (thaw_run_get_plan (self->sync->run), 0, 1);
      return TRUE;
    case THAW_SYNC_STAYS:
    case THAW_SYNC_NOTHING:
    default:
      return TRUE;
    }
}

static gboolean
plan_pair (ThawPair *pair, gpointer user_data, GError **error)
{
  Planning *self = user_data;
  ThawSyncAction action;
  g_autofree char *path = NULL;

  if (self->links != NULL)
    thaw_sync_links_check (self->links, pair);
  action = thaw_sync_get_action (self->sync, pair);
  if (self->links != NULL)
    thaw_sync_links_note (self->links, pair);
  self->n_in_a += pair->is_there[A];
  if (thaw_sync_leaves_xattrs (self->sync, pair))
    action = THAW_SYNC_STAYS;
  if (action == THAW_SYNC_NOTHING)
    return TRUE;
  path = thaw_pair_dup_path (pair, pair->is_there[A] ? A : B);
  thaw_plan_add_finding (thaw_run_get_plan (self->sync->run),
                         thaw_sync_get_finding (pair, action),
                         FALSE,
                         path,
                         "%s",
                         thaw_sync_get_message (pair, action));
  return add_work (self, pair, action, error);
}

static gboolean
plan_problem (const char *path, GError *problem, gpointer user_data, GError **error)
{
  Planning *self = user_data;

  if (thaw_kind_is_cancelled (problem))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  thaw_plan_add_finding (thaw_run_get_plan (self->sync->run),
                         THAW_FINDING_NO_PERMISSION,
                         FALSE,
                         path,
                         "%s",
                         problem->message);
  g_error_free (problem);
  return TRUE;
}

static void
plan_side (Planning *self, int side)
{
  ThawRun *run = self->sync->run;
  ThawPlace *top = self->sync->tops[side];

  if (self->needs[side].entries > 0 || (side == B && self->removes))
    thaw_kind_plan_writable (run, top);
  if (self->needs[side].entries == 0)
    return;
  thaw_kind_plan_space (run, top, &self->needs[side]);
  thaw_kind_plan_losses (run, top);
}

/* Mirroring a volume that isn't mounted empties the other one. */
static void
warn_of_empty (Planning *self)
{
  if (self->removes && self->n_in_a == 0)
    thaw_plan_add_finding (thaw_run_get_plan (self->sync->run),
                           THAW_FINDING_MISSING,
                           FALSE,
                           thaw_place_get_path (self->sync->tops[A]),
                           "There is nothing in it: is its volume mounted?");
}

gboolean
thaw_sync_plan (ThawSync *sync, GError **error)
{
  const ThawSyncFuncs funcs = { .pair = plan_pair, .problem = plan_problem };
  g_autoptr (ThawSyncLinks) links = sync->mode == THAW_SYNC_MIRROR ? thaw_sync_links_new () : NULL;
  Planning self = { .sync = sync, .links = links };

  if (!thaw_sync_walk (sync, &funcs, &self, error))
    return FALSE;
  plan_side (&self, A);
  plan_side (&self, B);
  warn_of_empty (&self);
  return TRUE;
}
