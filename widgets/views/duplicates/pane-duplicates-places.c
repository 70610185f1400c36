/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies in folders below the one that is shown: the model shows entries of those, too, when they
 * are expanded, and then they are entries like any others, which can be selected and put into the
 * trash. Which folders are worth that is said here (the ones of the largest waste, and none that is
 * huge), and where such an entry is in the model. Loop's thread only; must not touch files.
 */
#include "pane-duplicates-private.h"

#include <string.h>

#define MOST_FILES 20000 /* in a folder that is expanded, and below it */

struct _PaneDuplicatePlaces {
  PaneFolderModel *model;
  GFile *location;
  GHashTable *branches; /* path from the location -> ThawBranch */
};

static void
add_branch (ThawBranch *branch, gpointer user_data)
{
  PaneDuplicatePlaces *self = user_data;
  char *path = g_file_get_relative_path (self->location, thaw_branch_get_location (branch));

  if (path != NULL)
    g_hash_table_insert (self->branches, path, thaw_branch_ref (branch));
}

PaneDuplicatePlaces *
pane_duplicate_places_new (PaneFolderModel *model, GFile *location)
{
  PaneDuplicatePlaces *self = g_new (PaneDuplicatePlaces, 1);

  self->model = g_object_ref (model);
  self->location = g_object_ref (location);
  self->branches
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) thaw_branch_unref);
  pane_folder_model_foreach_branch (model, add_branch, self);
  return self;
}

void
pane_duplicate_places_free (PaneDuplicatePlaces *self)
{
  g_hash_table_unref (self->branches);
  g_object_unref (self->location);
  g_object_unref (self->model);
  g_free (self);
}

static guint32
find_in_branch (PaneDuplicatePlaces *self, const char *path, const char *slash)
{
  g_autofree char *folder = g_strndup (path, (gsize) (slash - path));
  ThawBranch *branch = g_hash_table_lookup (self->branches, folder);
  guint32 own_id = THAW_NO_ENTRY;

  if (branch != NULL)
    own_id = thaw_entry_store_find (thaw_branch_get_store (branch), slash + 1, strlen (slash + 1));
  return own_id != THAW_NO_ENTRY ? thaw_branch_get_id (branch, own_id) : THAW_NO_ENTRY;
}

guint
pane_duplicate_places_find (PaneDuplicatePlaces *self, const char *path)
{
  const char *slash = strrchr (path, '/');
  guint32 id;

  if (slash != NULL)
    id = find_in_branch (self, path, slash);
  else
    id = thaw_entry_store_find (pane_folder_model_get_store (self->model), path, strlen (path));
  return id != THAW_NO_ENTRY ? pane_folder_model_find (self->model, id) : GTK_INVALID_LIST_POSITION;
}

/* Choosing folders */

static gboolean
is_huge (ThawDuplicates *search, const char *path)
{
  ThawDiskUsage *usage = thaw_duplicates_get_usage (search);
  g_autoptr (GFile) folder
      = g_file_resolve_relative_path (thaw_duplicates_get_location (search), path);
  ThawDiskUsageInfo info;

  return !thaw_disk_usage_get_info (usage, thaw_disk_usage_find (usage, folder), &info)
         || info.n_files > MOST_FILES;
}

/* With all folders on the way there; they count, too. */
static void
add_folders (ThawDuplicates *search, GHashTable *folders, const char *path, guint max)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *folder = g_strndup (path, (gsize) (slash - path));

      if (g_hash_table_contains (folders, folder))
        continue;
      if (g_hash_table_size (folders) == max || is_huge (search, folder))
        return;
      g_hash_table_add (folders, g_steal_pointer (&folder));
    }
}

char **
pane_duplicate_places_list_folders (ThawDuplicates *search, GHashTable *groups, guint max)
{
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) paths = NULL;
  ThawDuplicatesGroup group;

  for (guint i = 0;
       g_hash_table_size (folders) < max && thaw_duplicates_get_group (search, i, &group);
       i++)
    {
      PaneDuplicateGroup *here = g_hash_table_lookup (groups, GUINT_TO_POINTER (group.group + 1));

      if (here == NULL)
        break;
      for (guint j = 0; j < here->files->len; j++)
        add_folders (search,
                     folders,
                     ((PaneDuplicate *) g_ptr_array_index (here->files, j))->path,
                     max);
    }
  if (g_hash_table_size (folders) == 0)
    return NULL;
  paths = g_hash_table_steal_all_keys (folders);
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_steal (paths, NULL);
}
