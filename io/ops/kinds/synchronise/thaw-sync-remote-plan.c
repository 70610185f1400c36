/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a synchronisation with a server: the findings of local folders, by addresses where a
 * side has no paths; and besides what the server doesn't keep, and that what is replaced or removed
 * there can't be brought back. On the thread of the run that plans; changes nothing, but mounts. */

#include "thaw-sync-remote-private.h"

typedef struct {
  ThawSyncRemote *sync;
  ThawKindNeeds needs[N_SIDES];
  gboolean loses[N_SIDES]; /* something there is replaced or removed, and isn't kept */
  gint64 n_in_a;
  gboolean removes;
} Planning;

static ThawPlan *
get_plan (Planning *self)
{
  return thaw_run_get_plan (self->sync->base.run);
}

static void
add_finding (Planning *self, ThawFindingType type, GFile *file, const char *message)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  thaw_plan_add_finding (get_plan (self), type, FALSE, shown, "%s", message);
}

static gboolean
is_local (Planning *self, int side)
{
  return self->sync->base.tops[side] != NULL;
}

/* FALSE with CANCELLED, or because the server isn't there any more. */
static gboolean
plan_problem (GFile *file, GError *problem, gpointer user_data, GError **error)
{
  Planning *self = user_data;
  g_autoptr (GError) owned = problem;
  gboolean has_reconnected;

  if (thaw_kind_is_cancelled (problem))
    {
      g_propagate_error (error, g_steal_pointer (&owned));
      return FALSE;
    }
  if (!thaw_remote_reach (self->sync->base.run, file, &has_reconnected, error))
    return FALSE;
  add_finding (self, THAW_FINDING_NO_PERMISSION, file, problem->message);
  return TRUE;
}

static gboolean
measure (Planning *self,
         const ThawRemotePair *pair,
         int side,
         gint64 *bytes,
         gint64 *entries,
         GError **error)
{
  const ThawIdentity *identity = &pair->pair.identities[side];
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, side);
  g_autoptr (GError) local = NULL;

  *bytes = *entries = 0;
  if (S_ISDIR (identity->mode))
    return thaw_remote_measure (self->sync->base.run, file, bytes, entries, &local)
           || plan_problem (file, g_steal_pointer (&local), self, error);
  *entries = 1;
  *bytes = S_ISREG (identity->mode) ? identity->size : 0;
  return TRUE;
}

static void
check_name (Planning *self, const ThawRemotePair *pair, int to)
{
  g_autoptr (ThawPlace) place = NULL;

  if (!is_local (self, to))
    return;
  place = thaw_place_open (g_file_peek_path (pair->folders[to]), NULL);
  if (place != NULL)
    thaw_kind_plan_name (self->sync->base.run, place, pair->pair.name);
}

static gboolean
add_copy (Planning *self, const ThawRemotePair *pair, int from, GError **error)
{
  ThawKindNeeds *needs = &self->needs[!from];
  gint64 bytes, entries;

  if (!measure (self, pair, from, &bytes, &entries, error))
    return FALSE;
  needs->bytes += bytes;
  needs->entries += entries;
  if (S_ISREG (pair->pair.identities[from].mode))
    needs->largest = MAX (needs->largest, bytes);
  self->loses[!from] |= pair->pair.is_there[!from];
  thaw_plan_add (get_plan (self), bytes, entries);
  check_name (self, pair, !from);
  return TRUE;
}

static gboolean
add_removal (Planning *self, const ThawRemotePair *pair, GError **error)
{
  gint64 bytes, entries;

  self->removes = self->loses[B] = TRUE;
  if (!measure (self, pair, B, &bytes, &entries, error))
    return FALSE;
  thaw_plan_add (get_plan (self), 0, MAX (1, entries));
  return TRUE;
}

static gboolean
add_work (Planning *self, const ThawRemotePair *pair, ThawSyncAction action, GError **error)
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
      thaw_plan_add (get_plan (self), 0, 1);
      return TRUE;
    case THAW_SYNC_STAYS:
    case THAW_SYNC_NOTHING:
    default:
      return TRUE;
    }
}

static gboolean
plan_pair (ThawRemotePair *pair, gpointer user_data, GError **error)
{
  Planning *self = user_data;
  ThawSyncAction action = thaw_sync_get_action (&self->sync->base, &pair->pair);
  g_autoptr (GFile) file = NULL;

  self->n_in_a += pair->pair.is_there[A];
  if (action == THAW_SYNC_NOTHING)
    return TRUE;
  file = thaw_remote_pair_get_file (pair, pair->pair.is_there[A] ? A : B);
  add_finding (self,
               thaw_sync_get_finding (&pair->pair, action),
               file,
               thaw_sync_get_message (&pair->pair, action));
  return add_work (self, pair, action, error);
}

static void
plan_local (Planning *self, int side)
{
  ThawRun *run = self->sync->base.run;
  ThawPlace *top = self->sync->base.tops[side];

  if (self->needs[side].entries > 0 || (side == B && self->removes))
    thaw_kind_plan_writable (run, top);
  if (self->needs[side].entries == 0)
    return;
  thaw_kind_plan_space (run, top, &self->needs[side]);
  thaw_kind_plan_losses (run, top);
}

static void
plan_server (Planning *self, int side)
{
  if (self->needs[side].entries > 0)
    thaw_remote_plan_folder (self->sync->base.run, self->sync->tops[side], self->needs[side].bytes);
  if (self->loses[side])
    add_finding (self,
                 THAW_FINDING_NO_UNDO,
                 self->sync->tops[side],
                 "What is replaced or removed there can't be brought back");
}

/* Mirroring a volume that isn't mounted empties the other one. */
static void
warn_of_empty (Planning *self)
{
  if (self->removes && self->n_in_a == 0)
    add_finding (self,
                 THAW_FINDING_MISSING,
                 self->sync->tops[A],
                 "There is nothing in it: is its volume mounted?");
}

gboolean
thaw_sync_remote_plan (ThawSyncRemote *sync, GError **error)
{
  const ThawSyncRemoteFuncs funcs = { .pair = plan_pair, .problem = plan_problem };
  Planning self = { .sync = sync };

  if (!thaw_sync_remote_walk (sync, &funcs, &self, error))
    return FALSE;
  for (int side = A; side < N_SIDES; side++)
    (is_local (&self, side) ? plan_local : plan_server) (&self, side);
  warn_of_empty (&self);
  return TRUE;
}
