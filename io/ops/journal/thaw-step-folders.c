/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders that a batch works in: each is opened once, by its path, and must still be the one
 * that the step knows; at the end each whose names changed is synchronised once. On one operation's
 * thread. A device may have got another number since (another start of the machine): then the file
 * system's own id tells that it's the same. */

#include "thaw-step-private.h"

#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

struct _ThawFolders {
  GPtrArray *all;      /* ThawFolderUse */
  GHashTable *by_path; /* borrowed paths → uses of @all */
  ThawFolderUse *last; /* most steps work where the one before did */
};

static void
use_free (gpointer data)
{
  ThawFolderUse *self = data;

  thaw_place_unref (self->place);
  g_free (self->path);
  g_free (self);
}

ThawFolders *
thaw_folders_new (void)
{
  ThawFolders *self = g_new0 (ThawFolders, 1);

  self->all = g_ptr_array_new_with_free_func (use_free);
  self->by_path = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
thaw_folders_free (ThawFolders *self)
{
  g_hash_table_unref (self->by_path);
  g_ptr_array_unref (self->all);
  g_free (self);
}

void
thaw_set_errno_error (GError **error, int code, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error,
               G_IO_ERROR,
               (int) g_io_error_from_errno (code),
               "“%s”: %s",
               name,
               g_strerror (code));
}

static guint64
read_fsid (ThawPlace *place)
{
  struct statfs info;
  guint64 fsid;

  if (fstatfs (thaw_place_get_fd (place), &info) != 0)
    return 0;
  G_STATIC_ASSERT (sizeof info.f_fsid == sizeof fsid);
  memcpy (&fsid, &info.f_fsid, sizeof fsid);
  /* FUSE has none: there the path, the inode and the type have to do. */
  return fsid != 0 ? fsid : (guint64) info.f_type;
}

static ThawFolderUse *
add (ThawFolders *self, const char *path, GError **error)
{
  ThawPlace *place = thaw_place_open (path, error);
  ThawFolderUse *use;

  if (place == NULL)
    return NULL;
  use = g_new0 (ThawFolderUse, 1);
  use->place = place;
  use->path = g_strdup (path);
  use->fsid = read_fsid (place);
  g_ptr_array_add (self->all, use);
  g_hash_table_replace (self->by_path, use->path, use);
  return use;
}

static gboolean
is_known (ThawFolderUse *use, const ThawStepEnd *end, guint64 fsid)
{
  return thaw_place_get_ino (use->place) == end->ino
         && (thaw_place_get_dev (use->place) == end->dev || (fsid != 0 && fsid == use->fsid));
}

/* Those that a batch has moved away in the meantime stay in @all: they are to be synchronised. */
static ThawFolderUse *
find (ThawFolders *self, const ThawStepEnd *end, guint64 fsid, GError **error)
{
  ThawFolderUse *use = self->last;

  if (use == NULL || strcmp (use->path, end->folder) != 0)
    use = g_hash_table_lookup (self->by_path, end->folder);
  if (use == NULL || !is_known (use, end, fsid))
    use = add (self, end->folder, error);
  return use;
}

ThawFolderUse *
thaw_folders_open_path (ThawFolders *self, const char *path, GError **error)
{
  ThawFolderUse *use = g_hash_table_lookup (self->by_path, path);

  return use != NULL ? use : add (self, path, error);
}

ThawFolderUse *
thaw_folders_open (ThawFolders *self, ThawStepEnd *end, guint64 fsid, GError **error)
{
  ThawFolderUse *use = find (self, end, fsid, error);

  if (use == NULL)
    return NULL;
  if (!is_known (use, end, fsid))
    {
      g_autofree char *name = g_filename_display_name (end->folder);

      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_FOUND,
                   "The folder “%s” is another one now",
                   name);
      return NULL;
    }
  self->last = use;
  end->dev = thaw_place_get_dev (use->place);
  return use;
}

/* Once for each file system. What can't be brought to the device isn't tried again: it would seem
 * to have worked. */
gboolean
thaw_folders_sync_data (ThawFolders *self, GError **error)
{
  g_autoptr (GHashTable) devices
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < self->all->len; i++)
    {
      ThawFolderUse *use = g_ptr_array_index (self->all, i);
      guint64 dev = thaw_place_get_dev (use->place);
      gboolean is_next
          = use->has_dirty_data && g_hash_table_add (devices, g_memdup2 (&dev, sizeof dev));

      use->has_dirty_data = FALSE;
      if (is_next && !thaw_place_sync_data (use->place, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_folder_use_sync (ThawFolderUse *self, GError **error)
{
  if (!self->is_dirty)
    return TRUE;
  if (!thaw_place_sync (self->place, error))
    return FALSE;
  self->is_dirty = FALSE;
  self->is_synced = TRUE;
  return TRUE;
}

gboolean
thaw_folders_sync (ThawFolders *self, GError **error)
{
  for (guint i = 0; i < self->all->len; i++)
    if (!thaw_folder_use_sync (g_ptr_array_index (self->all, i), error))
      return FALSE;
  return thaw_folders_sync_data (self, error);
}

void
thaw_folders_foreach_dirty (ThawFolders *self, ThawFoldersFunc func, gpointer user_data)
{
  for (guint i = 0; i < self->all->len; i++)
    {
      ThawFolderUse *use = g_ptr_array_index (self->all, i);

      if (use->is_dirty || use->is_synced)
        func (use, user_data);
    }
}
