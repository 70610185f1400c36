/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of a folder that get new names together. A folder's store can be read from any
 * thread, so all that takes time in proportion to their number happens on the CPU pool: the names
 * of a preview, what they collide with, and the request itself. The loop's thread only starts it.
 * No file is touched; dates are what the folder has read. */

#include "files-rename-set.h"

#include <string.h>

struct _FilesRenameSet {
  gint ref_count;
  ThawFolder *folder; /* loop's thread */
  GFile *location;
  ThawEntryStore *store;
  GArray *ids;
  FilesPhoto *photos; /* atomic; NULL before they are read, constant afterwards */
};

FilesRenameSet *
files_rename_set_new (ThawFolder *folder, GArray *ids)
{
  FilesRenameSet *self = g_new0 (FilesRenameSet, 1);

  self->ref_count = 1;
  self->folder = g_object_ref (folder);
  self->location = g_object_ref (thaw_folder_get_location (folder));
  self->store = thaw_entry_store_ref (thaw_folder_get_store (folder));
  self->ids = g_array_ref (ids);
  return self;
}

FilesRenameSet *
files_rename_set_ref (FilesRenameSet *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

/* Jobs give theirs back on the loop's thread, so the folder always goes there. */
void
files_rename_set_unref (FilesRenameSet *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_object_unref (self->folder);
  g_object_unref (self->location);
  thaw_entry_store_release (self->store);
  g_array_unref (self->ids);
  g_free (self->photos);
  g_free (self);
}

static guint32
get_id (FilesRenameSet *self, guint i)
{
  return g_array_index (self->ids, guint32, i);
}

guint
files_rename_set_get_n (FilesRenameSet *self)
{
  return self->ids->len;
}

const char *
files_rename_set_get_name (FilesRenameSet *self, guint i)
{
  return thaw_entry_store_get_name (self->store, get_id (self, i));
}

ThawFolder *
files_rename_set_get_folder (FilesRenameSet *self)
{
  return self->folder;
}

void
files_rename_set_want_dates (FilesRenameSet *self)
{
  thaw_folder_want (self->folder, (const guint32 *) self->ids->data, self->ids->len);
}

/* Photos */

static void
read_photo (FilesRenameSet *self, guint i, GCancellable *cancellable, guint8 *head, FilesPhoto *photo)
{
  g_autoptr (GFile) file = thaw_entry_store_dup_file (self->store, get_id (self, i), self->location);
  g_autoptr (GFileInputStream) stream = g_file_read (file, cancellable, NULL);
  gsize length = 0;

  if (stream != NULL
      && g_input_stream_read_all (G_INPUT_STREAM (stream), head, FILES_PHOTO_HEAD, &length, cancellable, NULL))
    files_photo_parse (head, length, photo);
}

/* Lane's thread. By the name: nothing else is opened. */
static gboolean
may_be_photo (FilesRenameSet *self, guint i)
{
  const char *type = thaw_entry_store_get_content_type (self->store, get_id (self, i));

  return g_str_has_prefix (type, "image/");
}

static gboolean
photos_lane (ThawJob *job, gpointer user_data, GError **error)
{
  FilesRenameSet *self = user_data;
  FilesPhoto *photos = g_new0 (FilesPhoto, self->ids->len);
  g_autofree guint8 *head = g_malloc (FILES_PHOTO_HEAD);

  for (guint i = 0; i < self->ids->len; i++)
    {
      if (thaw_job_set_error_if_cancelled (job, error))
        {
          g_free (photos);
          return FALSE;
        }
      if (may_be_photo (self, i))
        read_photo (self, i, thaw_job_get_cancellable (job), head, &photos[i]);
      thaw_job_beat (job);
    }
  if (!g_atomic_pointer_compare_and_exchange (&self->photos, NULL, photos))
    g_free (photos);
  return TRUE;
}

/**
 * files_rename_set_read_photos:
 * @self: entries
 * @scope: what it belongs to
 *
 * - **Thread**: the loop's; the files are read on the folder's lane.
 *
 * Returns: (transfer full): a future that resolves when they are read
 */
ThawFuture *
files_rename_set_read_photos (FilesRenameSet *self, ThawScope *scope)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_file (self->location);

  return thaw_lane_run_patient (lane,
                                scope,
                                "what photos say",
                                THAW_PRIORITY_DEFAULT,
                                -1,
                                photos_lane,
                                files_rename_set_ref (self),
                                (GDestroyNotify) files_rename_set_unref);
}

gboolean
files_rename_set_has_photos (FilesRenameSet *self)
{
  return g_atomic_pointer_get (&self->photos) != NULL;
}

/* The preview */

typedef struct {
  FilesRenameSet *set;
  FilesRenamePattern *pattern;
  GTimeZone *zone;
} Previewing;

static void
previewing_free (gpointer data)
{
  Previewing *self = data;

  files_rename_set_unref (self->set);
  files_rename_pattern_unref (self->pattern);
  g_time_zone_unref (self->zone);
  g_free (self);
}

static FilesRenameItem *
make_items (FilesRenameSet *self)
{
  FilesRenameItem *items = g_new (FilesRenameItem, self->ids->len);
  const FilesPhoto *photos = g_atomic_pointer_get (&self->photos);

  for (guint i = 0; i < self->ids->len; i++)
    {
      guint32 id = get_id (self, i);
      gboolean has_stat = (thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_HAS_STAT) != 0;

      items[i].name = thaw_entry_store_get_name (self->store, id);
      items[i].is_folder = thaw_entry_store_is_folder (self->store, id);
      items[i].mtime_sec
          = has_stat ? thaw_entry_store_get_mtime (self->store, id) / 1000000000 : FILES_NO_TIME;
      items[i].photo = photos != NULL ? &photos[i] : NULL;
    }
  return items;
}

static const char **
make_others (FilesRenameSet *self, guint *n_others)
{
  guint32 n = thaw_entry_store_get_n (self->store);
  const char **others = g_new (const char *, n);

  *n_others = 0;
  for (guint32 id = 0; id < n; id++)
    if ((thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE) == 0)
      others[(*n_others)++] = thaw_entry_store_get_name (self->store, id);
  return others;
}

static gboolean
is_cancelled (gpointer job)
{
  return thaw_job_is_cancelled (job);
}

static gboolean
preview_job (ThawJob *job, gpointer user_data, GError **error)
{
  Previewing *self = user_data;
  g_autofree FilesRenameItem *items = make_items (self->set);
  guint n_others;
  g_autofree const char **others = make_others (self->set, &n_others);
  FilesRenamePreview *preview = files_rename_preview_new (self->pattern,
                                                          items,
                                                          self->set->ids->len,
                                                          others,
                                                          n_others,
                                                          self->zone,
                                                          is_cancelled,
                                                          job);

  if (preview == NULL)
    return !thaw_job_set_error_if_cancelled (job, error);
  thaw_job_return_pointer (job, preview, (GDestroyNotify) files_rename_preview_free);
  return TRUE;
}

/**
 * files_rename_set_preview:
 * @self: entries
 * @scope: what it belongs to
 * @pattern: how their names change
 * @zone: the user's
 *
 * - **Thread**: the loop's; the work is done on the CPU pool.
 *
 * Returns: (transfer full): a future of a #FilesRenamePreview
 */
ThawFuture *
files_rename_set_preview (FilesRenameSet *self,
                          ThawScope *scope,
                          FilesRenamePattern *pattern,
                          GTimeZone *zone)
{
  Previewing *previewing = g_new0 (Previewing, 1);

  previewing->set = files_rename_set_ref (self);
  previewing->pattern = files_rename_pattern_ref (pattern);
  previewing->zone = g_time_zone_ref (zone);
  return thaw_scope_compute (scope,
                             "new names",
                             THAW_PRIORITY_HIGH,
                             preview_job,
                             previewing,
                             previewing_free);
}

/* The request */

typedef struct {
  FilesRenameSet *set;
  const FilesRenamePreview *preview;
  GObject *owner; /* of the preview */
} Asking;

static void
asking_free (gpointer data)
{
  Asking *self = data;

  files_rename_set_unref (self->set);
  g_object_unref (self->owner);
  g_free (self);
}

static void
add_file (FilesRenameSet *self, ThawOperationRequest *request, guint i)
{
  g_autoptr (GFile) file
      = thaw_entry_store_dup_file (self->store, get_id (self, i), self->location);

  thaw_operation_request_add_source (request, file);
}

static gboolean
request_job (ThawJob *job, gpointer user_data, GError **error)
{
  Asking *self = user_data;
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("rename");
  gboolean is_native = g_file_is_native (self->set->location);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < self->preview->n; i++)
    {
      const char *name = files_rename_set_get_name (self->set, i);

      if (self->preview->statuses[i] != FILES_RENAME_CHANGED)
        continue;
      if (is_native)
        g_string_append_len (names, name, strlen (name) + 1);
      else
        add_file (self->set, request, i);
      thaw_operation_request_add_name (request, self->preview->names[i]);
    }
  if (is_native)
    thaw_operation_request_add_children (request, self->set->location, names->str, names->len);
  thaw_job_return_pointer (job,
                           g_steal_pointer (&request),
                           (GDestroyNotify) thaw_operation_request_unref);
  return TRUE;
}

/**
 * files_rename_set_make_request:
 * @self: entries
 * @scope: what it belongs to
 * @preview: their new names
 * @owner: what @preview belongs to
 *
 * - **Thread**: the loop's; the work is done on the CPU pool.
 *
 * Returns: (transfer full): a future of a #ThawOperationRequest for those that change
 */
ThawFuture *
files_rename_set_make_request (FilesRenameSet *self,
                               ThawScope *scope,
                               const FilesRenamePreview *preview,
                               GObject *owner)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->set = files_rename_set_ref (self);
  asking->preview = preview;
  asking->owner = g_object_ref (owner);
  return thaw_scope_compute (scope,
                             "what to rename",
                             THAW_PRIORITY_HIGH,
                             request_job,
                             asking,
                             asking_free);
}
