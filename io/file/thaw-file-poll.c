/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of what only GIO reaches: servers tell nobody, so they are asked again and again, and
 * what is there is compared with what was. A fiber on the loop sees to the rhythm: the longer
 * nothing changes, and the longer looking takes, the more seldom. Looking is a job of the file's
 * lane. It alone has the entries, and there is one at a time. A look that fails says nothing: the
 * server may be back at the next. */

#include "thaw-file-poll-private.h"

#include "thaw-fiber.h"
#include "thaw-file-watch.h"
#include "thaw-file-work-private.h"
#include "thaw-timing.h"
#include "thaw-vfs.h"

#define FIRST_USEC (1 * G_USEC_PER_SEC)
#define LONGEST_USEC (32 * G_USEC_PER_SEC)
#define REST_FACTOR 4 /* at most a fifth of the time is spent looking */
#define ATTRIBUTES                                                                                 \
  "standard::name,standard::type,standard::size,time::modified,time::modified-usec,etag::value"

typedef struct {
  gint ref_count;
  ThawScope *scope;
  ThawMailbox *mailbox;
  GFile *file;
  /* The job's, one after the other. */
  gboolean is_folder;
  GHashTable
      *entries; /* name -> stamp; of a file that isn't a folder one without a name, or nothing */
} FilePoll;

static FilePoll *
poll_ref (FilePoll *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
poll_unref (gpointer data)
{
  FilePoll *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_object_unref (self->file);
  thaw_mailbox_unref (self->mailbox);
  thaw_scope_unref (self->scope);
  g_free (self);
}

/* Looking */

/* What differs when it has changed, as far as the backend tells. */
static char *
make_stamp (GFileInfo *info)
{
  const char *etag = g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_ETAG_VALUE);

  return g_strdup_printf (
      "%u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT ".%06u %s",
      g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE),
      g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_STANDARD_SIZE),
      g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED),
      g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC),
      etag != NULL ? etag : "");
}

static gboolean
list_folder (ThawJob *job, GFile *file, GHashTable *entries, GError **error)
{
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GFileEnumerator) enumerator
      = g_file_enumerate_children (file,
                                   ATTRIBUTES,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   cancellable,
                                   error);

  if (enumerator == NULL)
    return FALSE;
  for (;;)
    {
      GFileInfo *info;

      if (!g_file_enumerator_iterate (enumerator, &info, NULL, cancellable, error))
        return FALSE;
      if (info == NULL)
        return TRUE;
      thaw_job_beat (job);
      g_hash_table_insert (entries, g_strdup (g_file_info_get_name (info)), make_stamp (info));
    }
}

/* Sets `is_folder` at the first look; what has once been a folder stays one. */
static gboolean
look (FilePoll *self, ThawJob *job, GFile *file, GHashTable *entries, GError **error)
{
  g_autoptr (GFileInfo) info = NULL;
  g_autoptr (GError) local_error = NULL;

  if (self->is_folder)
    return list_folder (job, file, entries, error);
  info = g_file_query_info (file,
                            ATTRIBUTES,
                            G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                            thaw_job_get_cancellable (job),
                            &local_error);
  if (info == NULL && g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  if (info == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (self->entries == NULL && g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    {
      self->is_folder = TRUE;
      return list_folder (job, file, entries, error);
    }
  g_hash_table_insert (entries, g_strdup (""), make_stamp (info));
  return TRUE;
}

/* Telling */

/* By its URI: what a GFile that only knows its URI makes of a child's name isn't escaped. */
static GFile *
get_child (FilePoll *self, const char *name)
{
  g_autofree char *base = g_file_get_uri (self->file);
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *uri = g_strconcat (base, g_str_has_suffix (base, "/") ? "" : "/", escaped, NULL);

  return g_file_new_for_uri (uri);
}

static gboolean
post (FilePoll *self, ThawJob *job, ThawFileChangeKind kind, const char *name)
{
  ThawFileChange *change = g_new0 (ThawFileChange, 1);

  change->kind = kind;
  change->file = *name != '\0' ? get_child (self, name) : g_object_ref (self->file);
  if (thaw_mailbox_post_wait (self->mailbox, change, -1, thaw_job_get_cancellable (job), NULL))
    return TRUE;
  thaw_file_change_free (change);
  return FALSE;
}

/* How many differ; -1: nobody listens any more. */
static gint64
tell_differences (FilePoll *self, ThawJob *job, GHashTable *entries)
{
  GHashTableIter iter;
  gpointer name, stamp;
  gint64 n = 0;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (entries, name)
        && (n++, !post (self, job, THAW_FILE_CHANGE_GONE, name)))
      return -1;
  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, &name, &stamp))
    if (g_strcmp0 (g_hash_table_lookup (self->entries, name), stamp) != 0
        && (n++, !post (self, job, THAW_FILE_CHANGE_CHANGED, name)))
      return -1;
  return n;
}

/* The folder itself is gone: that is told, and the end. */
static gboolean
is_gone (FilePoll *self, const GError *error)
{
  return self->is_folder && self->entries != NULL
         && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
             || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
             || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED));
}

static gboolean
look_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  FilePoll *self = data;
  g_autoptr (GFile) file = thaw_vfs_resolve (place->file);
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) local_error = NULL;
  gint64 n = 0;

  if (!look (self, job, file, entries, &local_error))
    {
      if (is_gone (self, local_error))
        {
          post (self, job, THAW_FILE_CHANGE_ENDED, "");
          thaw_job_return_int64 (job, -1);
          return TRUE;
        }
      g_propagate_error (error, g_steal_pointer (&local_error));
      return thaw_file_prefix_error (error, place);
    }
  if (self->entries != NULL)
    n = tell_differences (self, job, entries);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  self->entries = g_steal_pointer (&entries);
  thaw_job_return_int64 (job, n);
  return TRUE;
}

/* The rhythm */

static ThawFuture *
start_look (FilePoll *self, GDestroyNotify destroy)
{
  return thaw_file_run (self->scope,
                        self->file,
                        "look for changes",
                        look_lane,
                        poll_ref (self),
                        destroy);
}

/* How many changes there were; none if it couldn't be looked. */
static gint64
look_once (FilePoll *self)
{
  g_autoptr (GError) error = NULL;
  gint64 n = thaw_await_int64 (start_look (self, poll_unref), &error);

  return error == NULL ? n : 0;
}

static ThawFuture *
poll_fiber (gpointer data)
{
  FilePoll *self = data;
  gint64 rest_usec = FIRST_USEC;

  for (;;)
    {
      gint64 began_usec, n;

      if (!thaw_await (thaw_delay (rest_usec), NULL) || thaw_mailbox_is_closed (self->mailbox))
        return NULL;
      began_usec = g_get_monotonic_time ();
      n = look_once (self);
      if (n < 0)
        return NULL;
      rest_usec = n > 0 ? FIRST_USEC : MIN (rest_usec * 2, LONGEST_USEC);
      rest_usec = MAX (rest_usec, (g_get_monotonic_time () - began_usec) * REST_FACTOR);
    }
}

/* The loop, after the first look, whatever became of its future. */
static void
looked_first (gpointer data)
{
  FilePoll *self = data;

  if (self->entries != NULL && !thaw_scope_is_cancelled (self->scope))
    thaw_future_unref (
        thaw_scope_spawn (self->scope, "file watch", poll_fiber, poll_ref (self), poll_unref));
  poll_unref (self);
}

ThawFuture *
thaw_file_poll (ThawScope *scope, GFile *file, ThawMailbox *mailbox)
{
  FilePoll *self = g_new0 (FilePoll, 1);
  ThawFuture *future;

  self->ref_count = 1;
  self->scope = thaw_scope_ref (scope);
  self->mailbox = thaw_mailbox_ref (mailbox);
  self->file = g_object_ref (file);
  future = start_look (self, looked_first);
  poll_unref (self);
  return future;
}
