/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doing it: what is to be copied goes into the transfer that copying uses, in either direction;
 * what was compared may be replaced, and whatever else stands there by then is asked about. Keeping
 * both renames the older one first, so that an interruption leaves two whole files under two names,
 * which are then copied over. On the thread of the run. */

#include "thaw-sync-private.h"

typedef struct {
  ThawSync *sync;
  ThawTransfer *transfer;
  ThawSyncLinks *links; /* NULL unless it mirrors */
  ThawSyncRemoval removal;
  ThawSyncAttributes attributes;
} Acting;

static gboolean
copy_to (Acting *self, const ThawPair *pair, const char *name, int to, GError **error)
{
  ThawSource source = { .name = (char *) name, .place = pair->places[!to] };
  g_autofree char *path = thaw_place_dup_child_path (pair->places[!to], name);
  gboolean is_over = pair->is_there[to] && g_str_equal (name, pair->name);

  source.path = path;
  return thaw_transfer_add_over (self->transfer,
                                 &source,
                                 pair->places[to],
                                 name,
                                 is_over ? &pair->identities[to] : NULL,
                                 error);
}

static gboolean
copy_to_b (Acting *self, const ThawPair *pair, GError **error)
{
  gboolean is_linked = FALSE;

  if (self->links != NULL
      && !thaw_sync_links_add (self->links, self->transfer, pair, &is_linked, error))
    return FALSE;
  return is_linked || copy_to (self, pair, pair->name, B, error);
}

/* Free on both sides. */
static char *
dup_free_name (Acting *self, const ThawPair *pair, int side)
{
  g_autofree char *name = g_strdup (pair->name);
  ThawIdentity there;

  do
    {
      g_autofree char *next = thaw_run_dup_free_name (self->sync->run, pair->places[side], name);

      g_set_str (&name, next);
    }
  while (thaw_run_check (self->sync->run, NULL)
         && thaw_place_look (pair->places[!side], name, &there, NULL));
  return g_steal_pointer (&name);
}

static gboolean
keep_both (Acting *self, const ThawPair *pair, int older, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autofree char *name = dup_free_name (self, pair, older);
  ThawPair newer = *pair;

  g_ptr_array_add (steps,
                   thaw_step_new_rename (pair->places[older],
                                         pair->name,
                                         pair->places[older],
                                         name,
                                         &pair->identities[older]));
  if (!thaw_run_perform (self->sync->run, steps, THAW_STEPS_EACH, error))
    return FALSE;
  newer.is_there[older] = FALSE;
  return copy_to (self, pair, name, !older, error)
         && copy_to (self, &newer, pair->name, older, error);
}

static gboolean
tell_undecided (Acting *self, const ThawPair *pair, GError **error)
{
  g_autofree char *path = thaw_pair_dup_path (pair, B);
  g_autofree char *shown = g_filename_display_name (pair->name);

  return thaw_kind_problem (
      self->sync->run,
      path,
      g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS, "“%s” differs, and neither is newer", shown),
      error);
}

gboolean
thaw_sync_is_by_age (ThawSync *self)
{
  return thaw_operation_request_get_rule (thaw_run_get_request (self->run), THAW_CONFLICT_FILE)
         == THAW_RULE_REPLACE_IF_NEWER;
}

/* The newer one is the source of the question, so that "newer" and "replace" mean it. Of an update
 * it is A's. */
static gboolean
decide (Acting *self, const ThawPair *pair, GError **error)
{
  gboolean by_age = self->sync->mode == THAW_SYNC_BOTH
                    && pair->identities[B].mtime_nsec > pair->identities[A].mtime_nsec;
  int from = by_age ? B : A;
  g_autofree char *source = thaw_pair_dup_path (pair, from);
  g_autofree char *target = thaw_pair_dup_path (pair, !from);
  ThawDecision decision;

  if (pair->state == THAW_PAIR_DIFFERENT && thaw_sync_is_by_age (self->sync))
    return tell_undecided (self, pair, error);
  if (!thaw_run_decide (self->sync->run,
                        source,
                        &pair->identities[from],
                        target,
                        &pair->identities[!from],
                        &decision,
                        error))
    return FALSE;
  if (decision == THAW_DECIDE_REPLACE)
    return copy_to (self, pair, pair->name, !from, error);
  if (decision == THAW_DECIDE_KEEP_BOTH)
    return keep_both (self, pair, !from, error);
  thaw_run_add_done (self->sync->run, 0, 1);
  return TRUE;
}

static gboolean
act (Acting *self, const ThawPair *pair, GError **error)
{
  switch (thaw_sync_get_action (self->sync, pair))
    {
    case THAW_SYNC_COPY_TO_A:
      return copy_to (self, pair, pair->name, A, error);
    case THAW_SYNC_COPY_TO_B:
      return copy_to_b (self, pair, error);
    case THAW_SYNC_REMOVE:
      return thaw_sync_removal_add (&self->removal, pair, error);
    case THAW_SYNC_SET_ATTRIBUTES:
      return thaw_sync_attributes_add (&self->attributes, pair, error);
    case THAW_SYNC_DECIDE:
      return decide (self, pair, error);
    case THAW_SYNC_STAYS:
    case THAW_SYNC_NOTHING:
    default:
      return TRUE;
    }
}

/* No step could take it back. */
static void
tell_left (Acting *self, const ThawPair *pair)
{
  g_autofree char *path = NULL;

  if (!thaw_sync_leaves_xattrs (self->sync, pair))
    return;
  path = thaw_pair_dup_path (pair, B);
  thaw_run_add_notice (self->sync->run,
                       path,
                       "The folder's extended attributes or access list differ, and stay so");
}

static gboolean
on_pair (ThawPair *pair, gpointer user_data, GError **error)
{
  Acting *self = user_data;

  if (self->links != NULL)
    thaw_sync_links_check (self->links, pair);
  if (!act (self, pair, error))
    return FALSE;
  if (self->links != NULL)
    thaw_sync_links_note (self->links, pair);
  tell_left (self, pair);
  if (pair->state == THAW_PAIR_FOLDERS && self->sync->mode == THAW_SYNC_MIRROR)
    thaw_sync_attributes_note_folder (&self->attributes, pair);
  return TRUE;
}

static gboolean
on_problem (const char *path, GError *problem, gpointer user_data, GError **error)
{
  Acting *self = user_data;

  thaw_sync_attributes_forget_folder (&self->attributes, path);
  return thaw_kind_problem (self->sync->run, path, problem, error);
}

/* Before anything is copied into the folder: where upper and lower case are one, what goes may have
 * the name of what comes. */
static gboolean
on_b_is_over (gpointer user_data, GError **error)
{
  return thaw_sync_removal_flush (&((Acting *) user_data)->removal, error);
}

static gboolean
run (Acting *self, GError **error)
{
  const ThawSyncFuncs funcs = { .b_first = self->sync->mode == THAW_SYNC_MIRROR,
                                .pair = on_pair,
                                .problem = on_problem,
                                .b_is_over = on_b_is_over };

  return thaw_sync_walk (self->sync, &funcs, self, error)
         && thaw_transfer_finish (self->transfer, error)
         && (self->sync->mode != THAW_SYNC_MIRROR
             || thaw_sync_attributes_finish (&self->attributes, error));
}

gboolean
thaw_sync_act (ThawSync *sync, GError **error)
{
  g_autoptr (ThawTransfer) transfer = thaw_transfer_new (sync->run, THAW_TRANSFER_COPY, error);
  g_autoptr (ThawSyncLinks) links = sync->mode == THAW_SYNC_MIRROR ? thaw_sync_links_new () : NULL;
  Acting self = { .sync = sync, .transfer = transfer, .links = links };
  gboolean done;

  if (transfer == NULL)
    return FALSE;
  /* What an earlier life has done is seen by comparing. */
  g_clear_pointer (&transfer->finished, thaw_finished_free);
  transfer->target = thaw_place_ref (sync->tops[B]);
  thaw_sync_removal_init (&self.removal, sync);
  thaw_sync_attributes_init (&self.attributes, sync);
  done = run (&self, error);
  thaw_sync_attributes_clear (&self.attributes);
  thaw_sync_removal_clear (&self.removal);
  return done;
}
