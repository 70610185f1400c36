/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listing what only GIO reaches: sftp, smb, dav, mtp, trash and the like. GIO's synchronous calls
 * are fine here, in the lane of that host. One round trip brings names and details together, so
 * there is nothing to read later. A place that isn't mounted is mounted on the way; what its server
 * asks is thaw-vfs-mount.c's business.
 *
 * Backends that make their entries up (recent files, volumes, servers) have file names that nobody
 * can read, such as a hash. The store then holds the name for people, and `gio_names` finds the
 * entry by the other one. */

#include "thaw-entry-store-private.h"
#include "thaw-folder-work-private.h"
#include "thaw-mount-question-private.h"
#include "thaw-vfs.h"

#include <string.h>

#define ATTRIBUTES                                                                                 \
  G_FILE_ATTRIBUTE_STANDARD_NAME                                                                   \
  "," G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN                       \
  "," G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK "," G_FILE_ATTRIBUTE_STANDARD_SIZE                      \
  "," G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME "," G_FILE_ATTRIBUTE_STANDARD_TARGET_URI              \
  "," G_FILE_ATTRIBUTE_TIME_MODIFIED "," G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC                       \
  "," G_FILE_ATTRIBUTE_UNIX_MODE

#define BATCH 100

static const guint8 kind_of_type[] = {
  [G_FILE_TYPE_UNKNOWN] = THAW_ENTRY_UNKNOWN,    [G_FILE_TYPE_REGULAR] = THAW_ENTRY_FILE,
  [G_FILE_TYPE_DIRECTORY] = THAW_ENTRY_FOLDER,   [G_FILE_TYPE_SYMBOLIC_LINK] = THAW_ENTRY_SYMLINK,
  [G_FILE_TYPE_SPECIAL] = THAW_ENTRY_SOCKET,     [G_FILE_TYPE_SHORTCUT] = THAW_ENTRY_SHORTCUT,
  [G_FILE_TYPE_MOUNTABLE] = THAW_ENTRY_SHORTCUT,
};

typedef gboolean (*InfoFunc) (ThawFolderWork *self, GFileInfo *info, gpointer user_data);

/* Entries */

/* Symlinks are followed by the backend, so the type is that of their target; a broken one is left
 * as it is. */
static ThawEntryKind
kind_of_info (GFileInfo *info)
{
  GFileType type = g_file_info_get_file_type (info);

  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK)
      && g_file_info_get_is_symlink (info))
    return THAW_ENTRY_SYMLINK;
  return type < G_N_ELEMENTS (kind_of_type) ? kind_of_type[type] : THAW_ENTRY_UNKNOWN;
}

/* Shortcuts and volumes are places by their nature. */
static guint
target_flags (GFileInfo *info, ThawEntryKind kind)
{
  GFileType type = g_file_info_get_file_type (info);

  if (kind == THAW_ENTRY_SHORTCUT)
    return THAW_ENTRY_TO_FOLDER;
  if (kind != THAW_ENTRY_SYMLINK)
    return 0;
  if (type == G_FILE_TYPE_DIRECTORY)
    return THAW_ENTRY_TO_FOLDER;
  return type == G_FILE_TYPE_SYMBOLIC_LINK || type == G_FILE_TYPE_UNKNOWN ? THAW_ENTRY_BROKEN : 0;
}

static void
set_times (ThawEntryStore *store, guint32 id, GFileInfo *info)
{
  guint64 seconds = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  guint32 usec = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC);
  goffset size = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE)
                     ? g_file_info_get_size (info)
                     : 0;

  seconds = MIN (seconds, (guint64) G_MAXINT64 / 1000000000 - 1);
  thaw_entry_store_set_stat (store,
                             id,
                             MAX (size, 0),
                             (gint64) seconds * 1000000000 + (gint64) usec * 1000,
                             g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE));
}

static void
set_details (ThawFolderWork *self, guint32 id, GFileInfo *info)
{
  ThawEntryStore *store = self->store;
  ThawEntryKind kind = kind_of_info (info);
  guint target = target_flags (info, kind);

  if (thaw_entry_store_get_kind (store, id) != kind)
    thaw_entry_store_set_kind (store, id, kind);
  thaw_entry_store_clear_flags (store, id, (THAW_ENTRY_TO_FOLDER | THAW_ENTRY_BROKEN) & ~target);
  thaw_entry_store_add_flags (store, id, target);
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN)
      && g_file_info_get_is_hidden (info))
    thaw_entry_store_add_flags (store, id, THAW_ENTRY_HIDDEN);
  set_times (store, id, info);
}

/* A file name that isn't UTF-8 stays what it is: the store knows how to show any bytes. */
static const char *
label_of_info (GFileInfo *info)
{
  const char *name = g_file_info_get_name (info);
  const char *label
      = g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME);

  return label != NULL && *label != '\0' && g_utf8_validate (name, -1, NULL) ? label : name;
}

/* A shortcut's place is where it points; so is a recent file's, which only gvfs could open
 * otherwise. */
static char *
dup_place (ThawFolderWork *self, GFileInfo *info)
{
  const char *target
      = g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_STANDARD_TARGET_URI);
  g_autoptr (GFile) child = NULL;

  if (target != NULL
      && (kind_of_info (info) == THAW_ENTRY_SHORTCUT
          || g_file_has_uri_scheme (self->location, "recent")))
    return g_strdup (target);
  if (g_str_equal (label_of_info (info), g_file_info_get_name (info)))
    return NULL;
  child = g_file_get_child (self->location, g_file_info_get_name (info));
  return g_file_get_uri (child);
}

/* Write lock held. */
static guint32
find_info (ThawFolderWork *self, GFileInfo *info)
{
  const char *name = g_file_info_get_name (info);

  if (g_str_equal (label_of_info (info), name))
    return _thaw_entry_store_find (self->store, name, strlen (name));
  if (self->gio_names == NULL)
    return THAW_NO_ENTRY;
  /* An absent one is 0, and 0 - 1 is THAW_NO_ENTRY. */
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->gio_names, name)) - 1;
}

/* Write lock held. */
static void
name_entry (ThawFolderWork *self, guint32 id, GFileInfo *info)
{
  g_autofree char *place = dup_place (self, info);

  if (place != NULL)
    thaw_entry_store_set_place (self->store, id, place);
  if (g_str_equal (label_of_info (info), g_file_info_get_name (info)))
    return;
  if (self->gio_names == NULL)
    self->gio_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->gio_names,
                       g_strdup (g_file_info_get_name (info)),
                       GUINT_TO_POINTER (id + 1));
}

/* Write lock held. */
static guint32
append_info (ThawFolderWork *self, GFileInfo *info)
{
  const char *label = label_of_info (info);
  guint32 id = thaw_entry_store_append (self->store, label, strlen (label), kind_of_info (info));

  if (id == THAW_NO_ENTRY)
    return id;
  name_entry (self, id, info);
  set_details (self, id, info);
  return id;
}

/* Listing */

/* The folder has no news but is being worked on: the user is asked for a password. */
static void
alive_cb (gpointer work)
{
  thaw_folder_work_post (work, THAW_FOLDER_MESSAGE_NAMES, NULL, NULL);
}

static GFileEnumerator *
open_folder (ThawFolderWork *self, ThawJob *job, gboolean may_mount, GError **error)
{
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFile) file = thaw_vfs_resolve (self->location);
  g_autoptr (GError) local_error = NULL;
  GFileEnumerator *enumerator = g_file_enumerate_children (file,
                                                           ATTRIBUTES,
                                                           G_FILE_QUERY_INFO_NONE,
                                                           cancellable,
                                                           &local_error);

  if (enumerator == NULL && may_mount
      && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED))
    {
      g_clear_error (&local_error);
      thaw_job_beat (job);
      if (!thaw_vfs_mount (self->location, job, alive_cb, self, error))
        return NULL;
      thaw_job_beat (job);
      enumerator = g_file_enumerate_children (file,
                                              ATTRIBUTES,
                                              G_FILE_QUERY_INFO_NONE,
                                              cancellable,
                                              &local_error);
    }
  if (enumerator == NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return enumerator;
}

/* Calls @func for each entry, and announces what it appended in batches. */
static gboolean
enumerate (ThawFolderWork *self,
           ThawJob *job,
           gboolean is_first,
           InfoFunc func,
           gpointer user_data,
           GError **error)
{
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileEnumerator) enumerator = open_folder (self, job, is_first, error);
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
      if (is_first && (info == NULL || ++n % BATCH == 0))
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

static void
add_gio_watch (ThawFolderWork *self)
{
  ThawGioWatch *watch = thaw_gio_watch_new (self);

  pthread_mutex_lock (&self->lock);
  if (watch && !self->ended && self->gio_watch == NULL)
    self->gio_watch = g_steal_pointer (&watch);
  pthread_mutex_unlock (&self->lock);
  g_clear_pointer (&watch, thaw_gio_watch_close);
}

gboolean
thaw_folder_work_list_gio (ThawFolderWork *self, ThawJob *job, GError **error)
{
  if (!enumerate (self, job, TRUE, list_info, NULL, error))
    return FALSE;
  add_gio_watch (self);
  return TRUE;
}

/* Rescan and diff */

typedef struct {
  GHashTable *seen; /* ids */
  GArray *changed;
} Rescan;

typedef struct {
  guint64 size;
  gint64 mtime;
  guint32 mode;
  guint flags;
  ThawEntryKind kind;
} Details;

static Details
get_details (ThawEntryStore *store, guint32 id)
{
  return (Details){ thaw_entry_store_get_size (store, id),
                    thaw_entry_store_get_mtime (store, id),
                    thaw_entry_store_get_mode (store, id),
                    thaw_entry_store_get_flags (store, id),
                    thaw_entry_store_get_kind (store, id) };
}

/* Write lock held. Whether there is anything new: mostly not, and the order is made anew only for
 * what is. */
static gboolean
update_entry (ThawFolderWork *self, guint32 id, GFileInfo *info)
{
  ThawEntryStore *store = self->store;
  const char *label = label_of_info (info);
  Details before = get_details (store, id), now;
  gboolean is_renamed = !g_str_equal (thaw_entry_store_get_name (store, id), label);

  if (is_renamed)
    thaw_entry_store_rename (store, id, label, strlen (label));
  name_entry (self, id, info);
  set_details (self, id, info);
  now = get_details (store, id);
  return is_renamed || before.size != now.size || before.mtime != now.mtime
         || before.mode != now.mode || before.flags != now.flags || before.kind != now.kind;
}

static gboolean
rescan_info (ThawFolderWork *self, GFileInfo *info, gpointer user_data)
{
  Rescan *rescan = user_data;
  guint32 id;

  pthread_mutex_lock (&self->write_lock);
  id = find_info (self, info);
  if (id == THAW_NO_ENTRY)
    id = append_info (self, info);
  else if (update_entry (self, id, info))
    g_array_append_val (rescan->changed, id);
  pthread_mutex_unlock (&self->write_lock);
  g_hash_table_add (rescan->seen, GUINT_TO_POINTER (id));
  return id != THAW_NO_ENTRY;
}

static gboolean
is_unseen (gpointer name, gpointer id_and_1, gpointer seen)
{
  return !g_hash_table_contains (seen, GUINT_TO_POINTER (GPOINTER_TO_UINT (id_and_1) - 1));
}

/* Says whether there is anything new to publish. */
static gboolean
remove_unseen (ThawFolderWork *self, GHashTable *seen)
{
  guint32 n = thaw_entry_store_get_n (self->store);
  guint32 n_alive = thaw_entry_store_get_n_alive (self->store), n_alive_now;

  pthread_mutex_lock (&self->write_lock);
  if (self->gio_names)
    g_hash_table_foreach_remove (self->gio_names, is_unseen, seen);
  for (guint32 id = 0; id < n; id++)
    if (!g_hash_table_contains (seen, GUINT_TO_POINTER (id))
        && !(thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE))
      thaw_entry_store_remove (self->store, id);
  thaw_entry_store_publish (self->store);
  n_alive_now = thaw_entry_store_get_n_alive (self->store);
  pthread_mutex_unlock (&self->write_lock);
  return n_alive != n_alive_now || n != thaw_entry_store_get_n (self->store);
}

static void
note_cost (ThawFolderWork *self, gint64 usec)
{
  pthread_mutex_lock (&self->lock);
  if (self->gio_watch)
    thaw_gio_watch_set_cost (self->gio_watch, usec);
  pthread_mutex_unlock (&self->lock);
}

gboolean
thaw_folder_work_rescan_gio (ThawFolderWork *self, ThawJob *job, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (ThawFolderResult) result = g_new0 (ThawFolderResult, 1);
  Rescan rescan = { seen, g_array_new (FALSE, FALSE, sizeof (guint32)) };
  gint64 start_usec = g_get_monotonic_time ();

  result->changed = rescan.changed;
  if (!enumerate (self, job, FALSE, rescan_info, &rescan, error))
    return FALSE;
  result->quiet = !remove_unseen (self, seen) && result->changed->len == 0;
  note_cost (self, g_get_monotonic_time () - start_usec);
  if (!result->quiet)
    {
      thaw_folder_work_touch (self, result->changed);
      result->order = thaw_folder_work_make_order (self, job, &result->spec_serial);
    }
  thaw_job_return_pointer (job,
                           g_steal_pointer (&result),
                           (GDestroyNotify) thaw_folder_result_free);
  return TRUE;
}

/* A monitor has told of something; what, is best seen by looking. */
gboolean
thaw_folder_work_changes_gio (ThawFolderWork *self, ThawJob *job, GError **error)
{
  return thaw_folder_work_rescan_gio (self, job, error);
}
