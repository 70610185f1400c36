/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both trees side by side, where one of them isn't local: each folder is listed once on either
 * side, the names are sorted and merged, and where both have a folder the walk goes into it. A
 * listing that breaks off is none: what it left out would pass for what isn't there. On the thread
 * of the run. */

#include "thaw-sync-remote-private.h"

#include <string.h>

#define MAX_DEPTH 512
#define ATTRIBUTES THAW_REMOTE_ATTRIBUTES ",time::changed,time::changed-usec"

typedef struct {
  ThawSyncRemote *sync;
  const ThawSyncRemoteFuncs *funcs;
  gpointer user_data;
} Walk;

typedef struct {
  GFile *files[N_SIDES];       /* borrowed */
  GPtrArray *entries[N_SIDES]; /* ThawSyncEntry, by name */
  guint depth;
} Folder;

typedef enum { ROUND_ALL, ROUND_ONLY_B, ROUND_REST } Round;

/* --- listing --- */

static void
entry_free (gpointer data)
{
  ThawSyncEntry *self = data;

  g_free (self->name);
  g_free (self->link);
  g_free (self);
}

static ThawSyncEntry *
entry_new (GFileInfo *info)
{
  ThawSyncEntry *self = g_new0 (ThawSyncEntry, 1);

  self->name = g_strdup (g_file_info_get_name (info));
  thaw_remote_get_identity (info, &self->identity);
  if (S_ISLNK (self->identity.mode))
    self->link = g_strdup (
        g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_STANDARD_SYMLINK_TARGET));
  self->identity.ctime_nsec
      = (gint64) g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_CHANGED) * 1000000000
        + (gint64) g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_CHANGED_USEC)
              * 1000;
  self->has_mode = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE);
  self->mode = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE) & 07777;
  self->has_size = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE);
  self->has_time = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  return self;
}

static gint
compare_entries (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(ThawSyncEntry *const *) a)->name, (*(ThawSyncEntry *const *) b)->name);
}

static GPtrArray *
list (Walk *self, const Folder *folder, int side, GError **error)
{
  GCancellable *cancellable = thaw_run_get_cancellable (self->sync->base.run);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (folder->files[side],
                                   ATTRIBUTES,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   cancellable,
                                   error);
  GFileInfo *info;

  while (children != NULL)
    {
      if (!thaw_run_check (self->sync->base.run, error)
          || !g_file_enumerator_iterate (children, &info, NULL, cancellable, error))
        return NULL;
      if (info == NULL)
        break;
      if (!thaw_sync_is_left_out (&self->sync->base,
                                  folder->depth == 0,
                                  side,
                                  g_file_info_get_name (info)))
        g_ptr_array_add (entries, entry_new (info));
    }
  g_ptr_array_sort (entries, compare_entries);
  return children != NULL ? g_steal_pointer (&entries) : NULL;
}

static void
folder_clear (Folder *self)
{
  for (int side = A; side < N_SIDES; side++)
    g_clear_pointer (&self->entries[side], g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Folder, folder_clear)

/* NULL: both could be listed. */
static GFile *
fill (Walk *self, Folder *folder, GError **error)
{
  for (int side = A; side < N_SIDES; side++)
    {
      folder->entries[side] = list (self, folder, side, error);
      if (folder->entries[side] == NULL)
        return folder->files[side];
    }
  return NULL;
}

/* --- merging --- */

/* Takes @problem. What one side says may be the other's doing, and where a server isn't there any
 * more everything else would only fail in the same way. */
static gboolean
tell_problem (Walk *self, GFile *file, GError *problem, GError **error)
{
  gboolean has_reconnected;

  for (int side = A; side < N_SIDES; side++)
    if (!thaw_kind_is_cancelled (problem)
        && !thaw_remote_reach (self->sync->base.run,
                               self->sync->tops[side],
                               &has_reconnected,
                               error))
      {
        g_error_free (problem);
        return FALSE;
      }
  return self->funcs->problem (file, problem, self->user_data, error);
}

static gboolean tell_folder (Walk *self, Folder *folder, ThawRemotePair *as, GError **error);

static gboolean
descend (Walk *self, ThawRemotePair *pair, guint depth, GError **error)
{
  g_autoptr (GFile) a = thaw_remote_pair_get_file (pair, A);
  g_autoptr (GFile) b = thaw_remote_pair_get_file (pair, B);
  g_auto (Folder) folder = { .files = { a, b }, .depth = depth };
  g_autoptr (GError) local = NULL;
  GFile *failed = a;

  if (depth > MAX_DEPTH)
    g_set_error_literal (&local,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_SUPPORTED,
                         "The folders are nested too deeply");
  else
    failed = fill (self, &folder, &local);
  if (local != NULL)
    return tell_problem (self, failed, g_steal_pointer (&local), error);
  return tell_folder (self, &folder, pair, error);
}

static gboolean
tell_pair (Walk *self,
           const Folder *folder,
           const ThawSyncEntry *a,
           const ThawSyncEntry *b,
           GError **error)
{
  const ThawSyncEntry *entries[N_SIDES] = { a, b };
  ThawRemotePair pair = { .pair.name = a != NULL ? a->name : b->name };
  g_autoptr (GError) local = NULL;

  for (int side = A; side < N_SIDES; side++)
    {
      pair.folders[side] = folder->files[side];
      pair.entries[side] = entries[side];
      pair.pair.is_there[side] = entries[side] != NULL;
      if (entries[side] != NULL)
        pair.pair.identities[side] = entries[side]->identity;
    }
  if (!thaw_sync_remote_compare (self->sync, &pair, &local))
    {
      g_autoptr (GFile) file = thaw_remote_pair_get_file (&pair, A);

      return tell_problem (self, file, g_steal_pointer (&local), error);
    }
  return self->funcs->pair (&pair, self->user_data, error)
         && (pair.pair.state != THAW_PAIR_FOLDERS
             || descend (self, &pair, folder->depth + 1, error));
}

static const ThawSyncEntry *
peek (const Folder *folder, int side, guint at)
{
  return at < folder->entries[side]->len ? g_ptr_array_index (folder->entries[side], at) : NULL;
}

static gboolean
tell_round (Walk *self, const Folder *folder, Round round, GError **error)
{
  guint at[N_SIDES] = { 0 };

  for (;;)
    {
      const ThawSyncEntry *a = peek (folder, A, at[A]), *b = peek (folder, B, at[B]);
      int order;

      if (a == NULL && b == NULL)
        return TRUE;
      order = a == NULL ? 1 : b == NULL ? -1 : strcmp (a->name, b->name);
      at[A] += order <= 0;
      at[B] += order >= 0;
      if ((round == ROUND_ONLY_B && order <= 0) || (round == ROUND_REST && order > 0))
        continue;
      if (!thaw_run_check (self->sync->base.run, error)
          || !tell_pair (self, folder, order <= 0 ? a : NULL, order >= 0 ? b : NULL, error))
        return FALSE;
    }
}

/* @as: the pair that it is; NULL at the top. */
static gboolean
tell_folder (Walk *self, Folder *folder, ThawRemotePair *as, GError **error)
{
  const ThawSyncRemoteFuncs *funcs = self->funcs;

  if (as != NULL && funcs->enter != NULL && !funcs->enter (as, self->user_data, error))
    return FALSE;
  if (funcs->b_first
      && (!tell_round (self, folder, ROUND_ONLY_B, error)
          || (funcs->b_is_over != NULL && !funcs->b_is_over (self->user_data, error))))
    return FALSE;
  return tell_round (self, folder, funcs->b_first ? ROUND_REST : ROUND_ALL, error)
         && (as == NULL || funcs->leave == NULL || funcs->leave (as, self->user_data, error));
}

gboolean
thaw_sync_remote_walk (ThawSyncRemote *sync,
                       const ThawSyncRemoteFuncs *funcs,
                       gpointer user_data,
                       GError **error)
{
  Walk self = { sync, funcs, user_data };
  g_auto (Folder) top = { .files = { sync->tops[A], sync->tops[B] } };

  return fill (&self, &top, error) == NULL && tell_folder (&self, &top, NULL, error);
}
