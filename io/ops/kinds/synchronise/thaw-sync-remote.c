/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two folders where one of them isn't local: found, mounted if need be, and what each side can
 * keep of a file. On the thread of the run; changes nothing. A link in the path to either is
 * followed, as the user meant it. */

#include "thaw-sync-remote-private.h"

#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>

/* Servers count in seconds, and some of them, with FAT behind, in two. */
#define TOLERANCE_NSEC (2 * G_GINT64_CONSTANT (1000000000))

gboolean
thaw_sync_is_remote (ThawRun *run)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  if (thaw_operation_request_get_n_sources (request) != 1
      || thaw_operation_request_get_target (request) == NULL)
    return FALSE;
  return !thaw_kind_file_is_local (thaw_sync_get_file (run, A))
         || !thaw_kind_file_is_local (thaw_sync_get_file (run, B));
}

static gboolean
open_local (ThawSyncRemote *self, int side, GFile *file, GError **error)
{
  ThawPlace *place = thaw_place_open (g_file_peek_path (file), error);

  if (place == NULL)
    return FALSE;
  self->base.tops[side] = place;
  self->tops[side] = g_file_new_for_path (thaw_place_get_path (place));
  thaw_sync_look_at_file_system (&self->base, side);
  return TRUE;
}

static gboolean
open_there (ThawSyncRemote *self, int side, GFile *file, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  g_autoptr (GFileInfo) info = thaw_remote_query (self->base.run, resolved, error); /* mounts */
  g_autofree char *shown = thaw_remote_dup_shown (resolved);

  if (info == NULL)
    {
      g_prefix_error (error, "%s: ", shown);
      return FALSE;
    }
  if (!thaw_remote_is_folder (info)
      && g_file_query_file_type (resolved,
                                 G_FILE_QUERY_INFO_NONE,
                                 thaw_run_get_cancellable (self->base.run))
             != G_FILE_TYPE_DIRECTORY)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY, "%s is no folder", shown);
      return FALSE;
    }
  self->tops[side] = g_steal_pointer (&resolved);
  return TRUE;
}

static gboolean
open_side (ThawSyncRemote *self, int side, GError **error)
{
  GFile *file = thaw_sync_get_file (self->base.run, side);

  if (!(thaw_kind_file_is_local (file) ? open_local : open_there) (self, side, file, error))
    return FALSE;
  thaw_remote_find_abilities (self->base.run, self->tops[side], &self->abilities[side]);
  self->base.keeps_modes = self->base.keeps_modes && self->abilities[side].keeps_mode;
  return TRUE;
}

static gboolean
check_apart (ThawSyncRemote *self, GError **error)
{
  for (int side = A; side < N_SIDES; side++)
    if (g_file_equal (self->tops[side], self->tops[!side])
        || g_file_has_prefix (self->tops[!side], self->tops[side]))
      {
        g_autofree char *outer = thaw_remote_dup_shown (self->tops[side]);
        g_autofree char *inner = thaw_remote_dup_shown (self->tops[!side]);

        g_set_error (error,
                     G_IO_ERROR,
                     G_IO_ERROR_WOULD_RECURSE,
                     "“%s” can't be synchronised with “%s”, which it is or has in it",
                     outer,
                     inner);
        return FALSE;
      }
  return TRUE;
}

gboolean
thaw_sync_remote_init (ThawSyncRemote *self, ThawRun *run, GError **error)
{
  *self = (ThawSyncRemote){ 0 };
  if (!thaw_sync_begin (&self->base, run, error) || !open_side (self, A, error)
      || !open_side (self, B, error) || !check_apart (self, error))
    return FALSE;
  self->base.tolerance_nsec = MAX (self->base.tolerance_nsec, TOLERANCE_NSEC);
  if (self->base.mode == THAW_SYNC_BOTH)
    thaw_sync_find_past (&self->base);
  return TRUE;
}

void
thaw_sync_remote_clear (ThawSyncRemote *self)
{
  for (int side = A; side < N_SIDES; side++)
    g_clear_object (&self->tops[side]);
  thaw_sync_clear (&self->base);
}

/* --- a pair --- */

GFile *
thaw_remote_pair_get_file (const ThawRemotePair *self, int side)
{
  return g_file_get_child (self->folders[side], self->pair.name);
}

gboolean
thaw_remote_pair_open (const ThawRemotePair *self,
                       int side,
                       ThawPair *local,
                       ThawPlace **place,
                       GError **error)
{
  struct stat *st = &local->stats[side];
  int code;

  *local = self->pair;
  *place = thaw_place_open (g_file_peek_path (self->folders[side]), error);
  if (*place == NULL)
    return FALSE;
  local->places[side] = *place;
  if (fstatat (thaw_place_get_fd (*place), self->pair.name, st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      thaw_identity_from_stat (&local->identities[side], st);
      return TRUE;
    }
  code = errno;
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "It can't be looked at: %s",
               g_strerror (code));
  return FALSE;
}
