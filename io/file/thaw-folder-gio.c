/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listing what only GIO reaches: sftp, smb, dav, mtp, trash and the like. GIO's synchronous calls are fine here, in the lane of
 * that host. One round trip brings names and details together, so there is nothing to read later. */

#include "thaw-folder-work-private.h"
#include "thaw-vfs.h"

#include <string.h>

#define ATTRIBUTES                                                                                 \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE                                \
  "," G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN "," G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK                 \
  "," G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_TIME_MODIFIED                            \
  "," G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC "," G_FILE_ATTRIBUTE_UNIX_MODE

#define BATCH 100

static const guint8 kind_of_type[] = {
  [G_FILE_TYPE_UNKNOWN] = THAW_ENTRY_UNKNOWN,     [G_FILE_TYPE_REGULAR] = THAW_ENTRY_FILE,
  [G_FILE_TYPE_DIRECTORY] = THAW_ENTRY_FOLDER,    [G_FILE_TYPE_SYMBOLIC_LINK] = THAW_ENTRY_SYMLINK,
  [G_FILE_TYPE_SPECIAL] = THAW_ENTRY_SOCKET,      [G_FILE_TYPE_SHORTCUT] = THAW_ENTRY_SHORTCUT,
  [G_FILE_TYPE_MOUNTABLE] = THAW_ENTRY_SHORTCUT,
};

typedef gboolean (*InfoFunc) (ThawFolderWork *self, GFileInfo *info, gpointer user_data);

static void
set_details (ThawEntryStore *store, guint32 id, GFileInfo *info)
{
  guint64 seconds = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  guint32 usec = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC);
  goffset size = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE)
                   ? g_file_info_get_size (info)
                   : 0;

  seconds = MIN (seconds, (guint64) G_MAXINT64 / 1000000000 - 1);
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN)
      && g_file_info_get_is_hidden (info))
    thaw_entry_store_add_flags (store, id, THAW_ENTRY_HIDDEN);
  thaw_entry_store_set_stat (store, id, MAX (size, 0),
                             (gint64) seconds * 1000000000 + (gint64) usec * 1000,
                             g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE));
}

static ThawEntryKind
kind_of_info (GFileInfo *info)
{
  GFileType type = g_file_info_get_file_type (info);

  return type < G_N_ELEMENTS (kind_of_type) ? kind_of_type[type] : THAW_ENTRY_UNKNOWN;
}

static guint32
append_info (ThawFolderWork *self, GFileInfo *info)
{
  const char *name = g_file_info_get_name (info);
  guint32 id = thaw_entry_store_append (self->store, name, strlen (name), kind_of_info (info));

  if (id != THAW_NO_ENTRY)
    set_details (self->store, id, info);
  return id;
}

/* Calls @func for each entry, and announces what it appended in batches. */
static gboolean
enumerate (ThawFolderWork *self, ThawJob *job, gboolean announce, InfoFunc func, gpointer user_data,
           GError **error)
{
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFile) file = thaw_vfs_resolve (self->location);
  g_autoptr (GFileEnumerator) enumerator = g_file_enumerate_children (
    file, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, cancellable, error);
  guint n = 0, n_batches = 0;

  if (enumerator == NULL)
    return FALSE;
  for (;;)
    {
      GFileInfo *info;

      if (!g_file_enumerator_iterate (enumerator, &info, NULL, cancellable, error))
        return FALSE;
      thaw_job_beat (job);
      if (info && !func (self, info, user_data))
        break;
      if (announce && (info == NULL || ++n % BATCH == 0))
        thaw_folder_work_announce (self, job, n_batches++ == 0);
      if (info == NULL)
        break;
    }
  return !thaw_job_set_error_if_cancelled (job, error);
}

static gboolean
list_info (ThawFolderWork *self, GFileInfo *info, gpointer user_data)
{
  guint32 id;

  pthread_mutex_lock (&self->write_lock);
  id = append_info (self, info);
  pthread_mutex_unlock (&self->write_lock);
  return id != THAW_NO_ENTRY;
}

gboolean
thaw_folder_work_list_gio (ThawFolderWork *self, ThawJob *job, GError **error)
{
  return enumerate (self, job, TRUE, list_info, NULL, error);
}

typedef struct {
  GHashTable *seen; /* ids */
  GArray *changed;
} Rescan;

static gboolean
rescan_info (ThawFolderWork *self, GFileInfo *info, gpointer user_data)
{
  Rescan *rescan = user_data;
  const char *name = g_file_info_get_name (info);
  guint32 id;

  pthread_mutex_lock (&self->write_lock);
  id = thaw_entry_store_find (self->store, name, strlen (name));
  if (id == THAW_NO_ENTRY)
    id = append_info (self, info);
  else
    {
      thaw_entry_store_set_kind (self->store, id, kind_of_info (info));
      set_details (self->store, id, info);
      g_array_append_val (rescan->changed, id);
    }
  pthread_mutex_unlock (&self->write_lock);
  g_hash_table_add (rescan->seen, GUINT_TO_POINTER (id));
  return id != THAW_NO_ENTRY;
}

static void
remove_unseen (ThawFolderWork *self, GHashTable *seen)
{
  guint32 n = thaw_entry_store_get_n (self->store);

  pthread_mutex_lock (&self->write_lock);
  for (guint32 id = 0; id < n; id++)
    if (!g_hash_table_contains (seen, GUINT_TO_POINTER (id))
        && !(thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE))
      thaw_entry_store_remove (self->store, id);
  thaw_entry_store_publish (self->store);
  pthread_mutex_unlock (&self->write_lock);
}

gboolean
thaw_folder_work_rescan_gio (ThawFolderWork *self, ThawJob *job, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (ThawFolderResult) result = g_new0 (ThawFolderResult, 1);
  Rescan rescan = { seen, g_array_new (FALSE, FALSE, sizeof (guint32)) };

  result->changed = rescan.changed;
  if (!enumerate (self, job, FALSE, rescan_info, &rescan, error))
    return FALSE;
  remove_unseen (self, seen);
  thaw_folder_work_touch (self, result->changed);
  result->order = thaw_folder_work_make_order (self, job, &result->spec_serial);
  thaw_job_return_pointer (job, g_steal_pointer (&result), (GDestroyNotify) thaw_folder_result_free);
  return TRUE;
}
