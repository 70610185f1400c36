/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rights, owners and times of what mirroring found the same otherwise, by steps that undo takes
 * back. Files get theirs as they are met. Folders get theirs in the end, since whatever is put into
 * one changes its time, and from the innermost outwards, since what a folder is to allow may be
 * less than the work needs. The time of a folder is no step: it says that something came or went,
 * also of undoing, and must not keep anybody from that. What a file system can't keep is a loss,
 * not a problem. On the thread of the run. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_BATCH 256

typedef struct {
  char *parent, *name; /* in B */
  guint64 dev, ino;    /* of the parent */
  struct stat wanted;
} Folder;

static void
folder_clear (gpointer data)
{
  Folder *self = data;

  g_free (self->parent);
  g_free (self->name);
}

void
thaw_sync_attributes_init (ThawSyncAttributes *self, ThawSync *sync)
{
  self->sync = sync;
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  self->folders = g_array_new (FALSE, FALSE, sizeof (Folder));
  g_array_set_clear_func (self->folders, folder_clear);
}

void
thaw_sync_attributes_clear (ThawSyncAttributes *self)
{
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_clear_pointer (&self->folders, g_array_unref);
  for (int side = A; side < N_SIDES; side++)
    g_clear_pointer (&self->last[side], g_free);
}

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  ThawRun *run = user_data;
  g_autofree char *path = g_build_filename (step->to.folder, step->to.name, NULL);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    {
      const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (run, path);

      funcs->loss ("", "mode or time", funcs->user_data);
    }
  else if (error != NULL)
    thaw_run_add_problem (run, path, g_error_copy (error));
  thaw_run_set_current (run, path);
}

static gboolean
flush (ThawSyncAttributes *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_steal_pointer (&self->steps);

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  return steps->len == 0
         || thaw_journal_perform (thaw_run_get_journal (self->sync->run),
                                  thaw_run_get_job (self->sync->run),
                                  steps,
                                  THAW_STEPS_EACH,
                                  on_step,
                                  self->sync->run,
                                  error);
}

static GVariant *
make_wanted (ThawSync *sync, const struct stat *wanted, const struct stat *there)
{
  GVariantDict dict;
  ThawIdentity identity;

  thaw_identity_from_stat (&identity, wanted);
  g_variant_dict_init (&dict, NULL);
  if (sync->keeps_modes && !S_ISLNK (wanted->st_mode))
    g_variant_dict_insert (&dict, "mode", "u", (guint32) wanted->st_mode & 07777);
  if (sync->keeps_modes && geteuid () == 0
      && (wanted->st_uid != there->st_uid || wanted->st_gid != there->st_gid))
    {
      g_variant_dict_insert (&dict, "uid", "u", (guint32) wanted->st_uid);
      g_variant_dict_insert (&dict, "gid", "u", (guint32) wanted->st_gid);
    }
  if (!S_ISDIR (wanted->st_mode))
    g_variant_dict_insert (&dict, "mtime-nsec", "x", identity.mtime_nsec);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
add_step (ThawSyncAttributes *self,
          ThawPlace *place,
          const char *name,
          const struct stat *wanted,
          const struct stat *there,
          GError **error)
{
  ThawIdentity object;
  ThawStep *step;

  thaw_identity_from_stat (&object, there);
  step = thaw_kind_step_new (THAW_STEP_ATTRIBUTES, place, name, place, name, &object);
  step->attributes = make_wanted (self->sync, wanted, there);
  g_ptr_array_add (self->steps, step);
  return self->steps->len < MAX_BATCH || flush (self, error);
}

gboolean
thaw_sync_attributes_add (ThawSyncAttributes *self, const ThawPair *pair, GError **error)
{
  thaw_run_add_done (self->sync->run, 0, 1);
  return add_step (self, pair->places[B], pair->name, &pair->stats[A], &pair->stats[B], error);
}

static void
note_folder (ThawSyncAttributes *self, ThawPlace *parent, const char *name, const struct stat *st)
{
  Folder folder = { .parent = g_strdup (thaw_place_get_path (parent)),
                    .name = g_strdup (name),
                    .dev = thaw_place_get_dev (parent),
                    .ino = thaw_place_get_ino (parent),
                    .wanted = *st };

  g_array_append_val (self->folders, folder);
}

void
thaw_sync_attributes_note_folder (ThawSyncAttributes *self, const ThawPair *pair)
{
  note_folder (self, pair->places[B], pair->name, &pair->stats[A]);
  for (int side = A; side < N_SIDES; side++)
    {
      g_free (self->last[side]);
      self->last[side] = pair->places[side] != NULL ? thaw_pair_dup_path (pair, side) : NULL;
    }
}

void
thaw_sync_attributes_forget_folder (ThawSyncAttributes *self, const char *path)
{
  if (g_strcmp0 (path, self->last[A]) != 0 && g_strcmp0 (path, self->last[B]) != 0)
    return;
  g_array_set_size (self->folders, self->folders->len - 1);
  for (int side = A; side < N_SIDES; side++)
    g_clear_pointer (&self->last[side], g_free);
}

/* Not the top of a volume, which is the system's. */
static void
note_top (ThawSyncAttributes *self)
{
  ThawSync *sync = self->sync;
  const char *path = thaw_place_get_path (sync->tops[B]);
  g_autofree char *name = g_path_get_basename (path), *folder = g_path_get_dirname (path);
  g_autoptr (ThawPlace) parent = thaw_place_open (folder, NULL);
  struct stat wanted;

  if (sync->are_volumes[A] || sync->are_volumes[B] || sync->tops[A] == NULL || parent == NULL
      || fstat (thaw_place_get_fd (sync->tops[A]), &wanted) != 0)
    return;
  note_folder (self, parent, name, &wanted);
}

/* NULL: it isn't there any more. */
static ThawPlace *
find_folder (const Folder *folder, struct stat *there)
{
  g_autoptr (ThawPlace) parent
      = thaw_place_open_known (folder->parent, folder->dev, folder->ino, NULL);

  if (parent == NULL
      || fstatat (thaw_place_get_fd (parent), folder->name, there, AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISDIR (there->st_mode))
    return NULL;
  return g_steal_pointer (&parent);
}

static void
set_time (ThawSyncAttributes *self, ThawPlace *parent, const Folder *folder)
{
  const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, folder->wanted.st_mtim };

  utimensat (thaw_place_get_fd (parent), folder->name, times, AT_SYMLINK_NOFOLLOW);
}

static gboolean
set_folders (ThawSyncAttributes *self, gboolean sets_times, GError **error)
{
  for (guint i = self->folders->len; i > 0; i--)
    {
      const Folder *folder = &g_array_index (self->folders, Folder, i - 1);
      struct stat there;
      g_autoptr (ThawPlace) parent = find_folder (folder, &there);

      if (!thaw_run_check (self->sync->run, error))
        return FALSE;
      if (parent == NULL || thaw_sync_has_same_attributes (self->sync, &folder->wanted, &there))
        continue;
      if (sets_times)
        set_time (self, parent, folder);
      else if (!thaw_sync_has_same_rights (self->sync, &folder->wanted, &there)
               && !add_step (self, parent, folder->name, &folder->wanted, &there, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_sync_attributes_finish (ThawSyncAttributes *self, GError **error)
{
  note_top (self);
  return set_folders (self, FALSE, error) && flush (self, error) && set_folders (self, TRUE, error);
}
