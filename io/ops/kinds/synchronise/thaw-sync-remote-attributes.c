/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rights and times where one side isn't local. A local B gets them as it gets them from a local A,
 * by steps that undo takes back, folders in the end. On a server they are set at once, a folder's
 * after all that is in it, and can't be taken back, which the journal is told; but not the time of
 * a folder, which only says that something came or went. What a server doesn't take is a loss, not
 * a problem. On the thread of the run. */

#include "thaw-sync-remote-private.h"

void
thaw_remote_attributes_init (ThawRemoteAttributes *self,
                             ThawSyncRemote *sync,
                             ThawRemoteSender *sender)
{
  self->sync = sync;
  self->sender = sender;
  self->entered = g_array_new (FALSE, FALSE, sizeof (guint));
  thaw_sync_attributes_init (&self->local, &sync->base);
}

void
thaw_remote_attributes_clear (ThawRemoteAttributes *self)
{
  thaw_sync_attributes_clear (&self->local);
  g_clear_pointer (&self->entered, g_array_unref);
}

static gboolean
is_local (ThawRemoteAttributes *self)
{
  return self->sync->base.tops[B] != NULL;
}

/* --- here --- */

/* As A's would be: what isn't known of it stays as it is. */
static void
make_wanted (ThawRemoteAttributes *self, const ThawRemotePair *pair, ThawPair *local)
{
  const ThawSyncEntry *entry = pair->entries[A];
  struct stat *wanted = &local->stats[A];

  *wanted = local->stats[B];
  if (entry->has_mode && self->sync->base.keeps_modes)
    wanted->st_mode = (wanted->st_mode & ~(mode_t) 0777) | (entry->mode & 0777);
  if (!entry->has_time)
    return;
  wanted->st_mtim.tv_sec = (time_t) (entry->identity.mtime_nsec / 1000000000);
  wanted->st_mtim.tv_nsec = (long) (entry->identity.mtime_nsec % 1000000000);
}

static gboolean
tell (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError *problem, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, B);

  return thaw_remote_tell (self->sync->base.run, file, problem, error);
}

static gboolean
set_here (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;
  g_autoptr (GError) local = NULL;
  ThawPair known;

  if (!thaw_remote_pair_open (pair, B, &known, &place, &local))
    return tell (self, pair, g_steal_pointer (&local), error);
  make_wanted (self, pair, &known);
  return thaw_sync_attributes_add (&self->local, &known, error);
}

static gboolean
enter_here (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;
  g_autoptr (GError) local = NULL;
  ThawPair known;

  if (!thaw_remote_pair_open (pair, B, &known, &place, &local))
    return tell (self, pair, g_steal_pointer (&local), error);
  make_wanted (self, pair, &known);
  thaw_sync_attributes_note_folder (&self->local, &known);
  return TRUE;
}

/* --- there --- */

static void
tell_loss (ThawRemoteAttributes *self, GFile *file, const char *what)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  thaw_run_add_loss (self->sync->base.run, shown, what);
}

static void
set_mode (ThawRemoteAttributes *self, const ThawRemotePair *pair, GFile *file)
{
  if (!g_file_set_attribute_uint32 (file,
                                    G_FILE_ATTRIBUTE_UNIX_MODE,
                                    pair->entries[A]->mode & 0777,
                                    G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                    thaw_run_get_cancellable (self->sync->base.run),
                                    NULL))
    tell_loss (self, file, "mode");
}

static void
set_time (ThawRemoteAttributes *self, const ThawRemotePair *pair, GFile *file)
{
  if (!g_file_set_attribute_uint64 (file,
                                    G_FILE_ATTRIBUTE_TIME_MODIFIED,
                                    (guint64) MAX (pair->entries[A]->identity.mtime_nsec, 0)
                                        / 1000000000,
                                    G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                    thaw_run_get_cancellable (self->sync->base.run),
                                    NULL))
    tell_loss (self, file, "times");
}

static gboolean
set_there (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, B);

  if (!thaw_remote_sender_note_gone (self->sender, file, error))
    return FALSE;
  if (!thaw_sync_remote_has_same_rights (self->sync, pair))
    set_mode (self, pair, file);
  if (!thaw_sync_remote_has_same_time (self->sync, pair))
    set_time (self, pair, file);
  thaw_run_add_done (self->sync->base.run, 0, 1);
  return TRUE;
}

/* Whatever is put into a folder, or taken out of it, changes its time. */
static gboolean
has_kept_time (ThawRemoteAttributes *self, const ThawRemotePair *pair)
{
  guint n_before = g_array_index (self->entered, guint, self->entered->len - 1);

  return !self->sync->abilities[B].keeps_times || !pair->entries[A]->has_time
         || (n_before == self->n_changes && thaw_sync_remote_has_same_time (self->sync, pair));
}

static gboolean
leave_there (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, B);

  if (!thaw_sync_remote_has_same_rights (self->sync, pair))
    {
      if (!thaw_remote_sender_note_gone (self->sender, file, error))
        return FALSE;
      set_mode (self, pair, file);
    }
  if (!has_kept_time (self, pair))
    set_time (self, pair, file);
  g_array_set_size (self->entered, self->entered->len - 1);
  return TRUE;
}

/* --- either --- */

gboolean
thaw_remote_attributes_set (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error)
{
  return (is_local (self) ? set_here : set_there) (self, pair, error);
}

gboolean
thaw_remote_attributes_enter (ThawRemoteAttributes *self,
                              const ThawRemotePair *pair,
                              GError **error)
{
  if (is_local (self))
    return enter_here (self, pair, error);
  g_array_append_val (self->entered, self->n_changes);
  return TRUE;
}

gboolean
thaw_remote_attributes_leave (ThawRemoteAttributes *self,
                              const ThawRemotePair *pair,
                              GError **error)
{
  return is_local (self) || leave_there (self, pair, error);
}

gboolean
thaw_remote_attributes_finish (ThawRemoteAttributes *self, GError **error)
{
  return !is_local (self) || thaw_sync_attributes_finish (&self->local, error);
}
