/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doing it where one side isn't local. Each thing is copied by itself, to a hidden name and then
 * into its place: what was compared may be replaced, and whatever else stands there by then is
 * asked about. What is only in B goes to the kept store of a local B, and from a server for good.
 * Keeping both renames the older one first, so that an interruption leaves two whole files under
 * two names, which are then copied over. On the thread of the run. */

#include "thaw-sync-remote-private.h"

typedef struct {
  ThawSyncRemote *sync;
  ThawRun *run;
  ThawRemoteSender *senders[N_SIDES]; /* to that side */
  ThawSyncRemoval removal;            /* of a local B */
  ThawRemoteAttributes attributes;
} Acting;

static gboolean
mirrors (Acting *self)
{
  return self->sync->base.mode == THAW_SYNC_MIRROR;
}

static gboolean
copy_to (Acting *self, const ThawRemotePair *pair, const char *name, int to, GError **error)
{
  g_autoptr (GFile) source = g_file_get_child (pair->folders[!to], name);
  gboolean is_over = pair->pair.is_there[to] && g_str_equal (name, pair->pair.name);

  return thaw_remote_sender_send (self->senders[to],
                                  source,
                                  pair->folders[to],
                                  name,
                                  is_over ? &pair->pair.identities[to] : NULL,
                                  error);
}

/* --- what is only in B --- */

static gboolean
remove_here (Acting *self, const ThawRemotePair *pair, GFile *file, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;
  g_autoptr (GError) local = NULL;
  ThawPair known;

  if (thaw_remote_pair_open (pair, B, &known, &place, &local))
    return thaw_sync_removal_add (&self->removal, &known, error);
  return thaw_remote_tell (self->run, file, g_steal_pointer (&local), error);
}

/* What somebody has changed since the folder was listed stays. */
static gboolean
is_still (Acting *self, const ThawRemotePair *pair, GFile *file, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (self->run, file, error);
  ThawIdentity now;

  if (info == NULL)
    return FALSE;
  thaw_remote_get_identity (info, &now);
  if (thaw_remote_is_unchanged (&now, &pair->pair.identities[B]))
    return TRUE;
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_WRONG_ETAG,
                       "It stays, since it was changed meanwhile");
  return FALSE;
}

static gboolean
remove_there (Acting *self, const ThawRemotePair *pair, GFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!is_still (self, pair, file, &local))
    return thaw_remote_tell (self->run, file, g_steal_pointer (&local), error);
  return thaw_remote_sender_note_gone (self->senders[B], file, error)
         && thaw_remote_remove_telling (self->run, file, error);
}

static gboolean
remove_pair (Acting *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, B);

  return (self->sync->base.tops[B] != NULL ? remove_here : remove_there) (self, pair, file, error);
}

/* --- conflicts --- */

/* Free on both sides. */
static char *
dup_free_name (Acting *self, const ThawRemotePair *pair, int side, GError **error)
{
  g_autofree char *name = g_strdup (pair->pair.name);
  gboolean is_taken = TRUE;

  while (is_taken)
    {
      g_autofree char *next
          = thaw_remote_dup_free_name (self->run, pair->folders[side], name, error);
      g_autoptr (GFile) other = NULL;

      if (next == NULL)
        return NULL;
      g_set_str (&name, next);
      other = g_file_get_child (pair->folders[!side], name);
      is_taken = thaw_remote_exists (self->run, other);
    }
  return g_steal_pointer (&name);
}

static gboolean
keep_both (Acting *self, const ThawRemotePair *pair, int older, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, older);
  g_autoptr (GError) local = NULL;
  g_autofree char *name = dup_free_name (self, pair, older, &local);
  ThawRemotePair newer = *pair;

  if (name == NULL || !thaw_remote_sender_rename (self->senders[older], file, name, &local))
    return thaw_remote_tell (self->run, file, g_steal_pointer (&local), error);
  newer.pair.is_there[older] = FALSE;
  return copy_to (self, pair, name, !older, error)
         && copy_to (self, &newer, pair->pair.name, older, error);
}

static gboolean
tell_undecided (Acting *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, B);
  g_autofree char *path = thaw_remote_dup_shown (file);
  g_autofree char *shown = g_filename_display_name (pair->pair.name);

  return thaw_kind_problem (
      self->run,
      path,
      g_error_new (G_IO_ERROR, G_IO_ERROR_EXISTS, "“%s” differs, and neither is newer", shown),
      error);
}

/* The newer one is the source of the question, so that "newer" and "replace" mean it. Of an update
 * it is A's. */
static gboolean
ask (Acting *self, const ThawRemotePair *pair, int from, ThawDecision *decision, GError **error)
{
  g_autoptr (GFile) source = thaw_remote_pair_get_file (pair, from);
  g_autoptr (GFile) target = thaw_remote_pair_get_file (pair, !from);
  g_autofree char *source_path = thaw_remote_dup_shown (source);
  g_autofree char *target_path = thaw_remote_dup_shown (target);

  return thaw_run_decide (self->run,
                          source_path,
                          &pair->pair.identities[from],
                          target_path,
                          &pair->pair.identities[!from],
                          decision,
                          error);
}

static gboolean
decide (Acting *self, const ThawRemotePair *pair, GError **error)
{
  const ThawIdentity *identities = pair->pair.identities;
  gboolean by_age = self->sync->base.mode == THAW_SYNC_BOTH
                    && identities[B].mtime_nsec > identities[A].mtime_nsec;
  int from = by_age ? B : A;
  ThawDecision decision;

  if (pair->pair.state == THAW_PAIR_DIFFERENT && thaw_sync_is_by_age (&self->sync->base))
    return tell_undecided (self, pair, error);
  if (!ask (self, pair, from, &decision, error))
    return FALSE;
  if (decision == THAW_DECIDE_REPLACE)
    return copy_to (self, pair, pair->pair.name, !from, error);
  if (decision == THAW_DECIDE_KEEP_BOTH)
    return keep_both (self, pair, !from, error);
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

/* --- all of it --- */

static gboolean
on_pair (ThawRemotePair *pair, gpointer user_data, GError **error)
{
  Acting *self = user_data;
  ThawSyncAction action = thaw_sync_get_action (&self->sync->base, &pair->pair);

  self->attributes.n_changes += action != THAW_SYNC_NOTHING;
  switch (action)
    {
    case THAW_SYNC_COPY_TO_A:
      return copy_to (self, pair, pair->pair.name, A, error);
    case THAW_SYNC_COPY_TO_B:
      return copy_to (self, pair, pair->pair.name, B, error);
    case THAW_SYNC_REMOVE:
      return remove_pair (self, pair, error);
    case THAW_SYNC_SET_ATTRIBUTES:
      return thaw_remote_attributes_set (&self->attributes, pair, error);
    case THAW_SYNC_DECIDE:
      return decide (self, pair, error);
    case THAW_SYNC_STAYS:
    case THAW_SYNC_NOTHING:
    default:
      return TRUE;
    }
}

static gboolean
on_problem (GFile *file, GError *problem, gpointer user_data, GError **error)
{
  return thaw_remote_tell (((Acting *) user_data)->run, file, problem, error);
}

/* Before anything is copied into the folder: where upper and lower case are one, what goes may have
 * the name of what comes. */
static gboolean
on_b_is_over (gpointer user_data, GError **error)
{
  return thaw_sync_removal_flush (&((Acting *) user_data)->removal, error);
}

static gboolean
on_enter (ThawRemotePair *pair, gpointer user_data, GError **error)
{
  return thaw_remote_attributes_enter (&((Acting *) user_data)->attributes, pair, error);
}

static gboolean
on_leave (ThawRemotePair *pair, gpointer user_data, GError **error)
{
  return thaw_remote_attributes_leave (&((Acting *) user_data)->attributes, pair, error);
}

static gboolean
run (Acting *self, GError **error)
{
  const ThawSyncRemoteFuncs funcs = { .b_first = mirrors (self),
                                      .pair = on_pair,
                                      .problem = on_problem,
                                      .b_is_over = on_b_is_over,
                                      .enter = mirrors (self) ? on_enter : NULL,
                                      .leave = mirrors (self) ? on_leave : NULL };

  return thaw_sync_remote_walk (self->sync, &funcs, self, error)
         && (!mirrors (self) || thaw_remote_attributes_finish (&self->attributes, error));
}

gboolean
thaw_sync_remote_act (ThawSyncRemote *sync, GError **error)
{
  ThawRun *of = sync->base.run;
  g_autoptr (ThawRemoteSender) to_a = thaw_remote_sender_new (of, &sync->abilities[A]);
  g_autoptr (ThawRemoteSender) to_b = thaw_remote_sender_new (of, &sync->abilities[B]);
  Acting self = { .sync = sync, .run = of, .senders = { to_a, to_b } };
  gboolean done;

  /* What an earlier life has done is seen by comparing, once its torsos are gone and what had
   * stepped aside is back. */
  if (thaw_run_is_resumed (of))
    thaw_remote_sweep (of);
  thaw_sync_removal_init (&self.removal, &sync->base);
  thaw_remote_attributes_init (&self.attributes, sync, to_b);
  done = run (&self, error);
  thaw_remote_attributes_clear (&self.attributes);
  thaw_sync_removal_clear (&self.removal);
  return done;
}
