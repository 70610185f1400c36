/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker threads' half of a folder: what is shared, listing, ordering.
 *
 * A load lives as long as anybody needs it: a job that is stuck in a dead mount keeps its work alive and, when it comes
 * back years later, writes into a store that nobody looks at. What it posts is refused by then, because the
 * mailbox closed with the folder, or ignored, because the folder has another work. Nothing here runs on the
 * loop but the few functions that the header marks so. See thaw-folder-changes.c for what happens after listing. */

#include "thaw-error.h"
#include "thaw-folder-work-private.h"
#include "thaw-lane-path.h"

#include <unistd.h>

/* Coarser than any file system's clock tick. */
#define TIME_GRAIN_NSEC (G_GINT64_CONSTANT (20) * 1000 * 1000)

static ThawSortKeys *
make_keys (ThawFolderWork *self)
{
  return self->spec.column == THAW_SORT_ATTRIBUTE ? _thaw_sort_keys_new () : NULL;
}

ThawFolderWork *
thaw_folder_work_new (GFile *location, ThawMailbox *mailbox, const ThawOrderSpec *spec,
                      guint spec_serial)
{
  ThawFolderWork *self = g_new0 (ThawFolderWork, 1);

  self->ref_count = 1;
  self->location = g_object_ref (location);
  self->path = g_file_is_native (location) ? g_file_get_path (location) : NULL;
  self->mailbox = thaw_mailbox_ref (mailbox);
  self->store = thaw_entry_store_new (NULL);
  self->sorter = thaw_sorter_new (self->store, spec);
  self->touched = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->on_screen = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->needed = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->spec_serial = spec_serial;
  thaw_order_spec_copy (&self->spec, spec);
  self->sort_keys = make_keys (self);
  pthread_mutex_init (&self->write_lock, NULL);
  pthread_mutex_init (&self->sort_lock, NULL);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

ThawFolderWork *
thaw_folder_work_ref (ThawFolderWork *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gpointer
work_free (gpointer data)
{
  ThawFolderWork *self = data;

  thaw_sorter_free (self->sorter);
  thaw_entry_store_unref (self->store);
  thaw_order_spec_clear (&self->spec);
  g_clear_pointer (&self->sort_keys, _thaw_sort_keys_unref);
  g_array_unref (self->touched);
  g_array_unref (self->on_screen);
  g_array_unref (self->wanted);
  g_array_unref (self->needed);
  g_clear_pointer (&self->gio_names, g_hash_table_unref);
  thaw_mailbox_unref (self->mailbox);
  g_object_unref (self->location);
  g_free (self->path);
  pthread_mutex_destroy (&self->write_lock);
  pthread_mutex_destroy (&self->sort_lock);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
  return NULL;
}

void
thaw_folder_work_unref (ThawFolderWork *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  /* A big folder's memory takes milliseconds to give back, and the last reference is often the loop's. */
  if (thaw_entry_store_get_n (self->store) > 4096)
    g_thread_unref (g_thread_new ("thaw-folder-free", work_free, self));
  else
    work_free (self);
}

void
thaw_folder_message_free (ThawFolderMessage *message)
{
  g_clear_pointer (&message->order, thaw_order_unref);
  g_clear_pointer (&message->ids, g_array_unref);
  thaw_folder_work_unref (message->work);
  g_free (message);
}

/* Newer news replaces older, only the ids of changed entries add up. */
gpointer
thaw_folder_message_merge (gpointer queued, gpointer newer)
{
  ThawFolderMessage *before = queued, *after = newer;

  if (before->ids && after->ids)
    {
      g_array_prepend_vals (after->ids, before->ids->data, before->ids->len);
    }
  thaw_folder_message_free (before);
  return after;
}

void
thaw_folder_work_post (ThawFolderWork *self, ThawFolderMessageKind kind, ThawOrder *order, GArray *ids)
{
  ThawFolderMessage *message = g_new0 (ThawFolderMessage, 1);

  message->kind = kind;
  message->work = thaw_folder_work_ref (self);
  message->order = order;
  message->ids = ids;
  if (!thaw_mailbox_post_keyed (self->mailbox, &self->keys[kind], message))
    thaw_folder_message_free (message);
}

void
thaw_folder_result_free (ThawFolderResult *result)
{
  g_clear_pointer (&result->order, thaw_order_unref);
  g_clear_pointer (&result->changed, g_array_unref);
  g_free (result);
}

void
thaw_folder_work_set_spec (ThawFolderWork *self, const ThawOrderSpec *spec, guint serial)
{
  g_autoptr (ThawSortKeys) former = NULL;
  gboolean same_keys;

  pthread_mutex_lock (&self->lock);
  same_keys = self->spec.column == spec->column
              && g_strcmp0 (self->spec.attribute, spec->attribute) == 0;
  thaw_order_spec_clear (&self->spec);
  thaw_order_spec_copy (&self->spec, spec);
  self->spec_serial = serial;
  if (!same_keys)
    {
      former = g_steal_pointer (&self->sort_keys);
      self->sort_keys = make_keys (self);
    }
  pthread_mutex_unlock (&self->lock);
}

void
thaw_folder_work_add_keys (ThawFolderWork *self, const ThawSortKey *keys, guint n_keys)
{
  g_autoptr (ThawSortKeys) to = NULL;

  pthread_mutex_lock (&self->lock);
  to = self->sort_keys != NULL ? _thaw_sort_keys_ref (self->sort_keys) : NULL;
  pthread_mutex_unlock (&self->lock);
  if (to != NULL)
    _thaw_sort_keys_add (to, keys, n_keys);
}

/* Between two list jobs: the folder really lies there. */
void
thaw_folder_work_move (ThawFolderWork *self, const char *path)
{
  g_free (self->path);
  self->path = g_strdup (path);
}

static gboolean
stop_sorting (gpointer job)
{
  return thaw_job_is_cancelled (job);
}

/* The order of everything published, by the newest spec. NULL when the job was cancelled. */
ThawOrder *
thaw_folder_work_make_order (ThawFolderWork *self, ThawJob *job, guint *spec_serial)
{
  g_autoptr (ThawSortKeys) keys = NULL;
  ThawOrderSpec spec = { 0 };
  ThawOrder *order;

  pthread_mutex_lock (&self->sort_lock);
  pthread_mutex_lock (&self->lock);
  thaw_order_spec_copy (&spec, &self->spec);
  *spec_serial = self->spec_serial;
  keys = self->sort_keys != NULL ? _thaw_sort_keys_ref (self->sort_keys) : NULL;
  pthread_mutex_unlock (&self->lock);

  thaw_sorter_set_spec (self->sorter, &spec);
  _thaw_sorter_set_keys (self->sorter, keys);
  thaw_sorter_set_stop (self->sorter, stop_sorting, job);
  if (self->touched->len > 0)
    thaw_sorter_touch (self->sorter, (const guint32 *) self->touched->data, self->touched->len);
  g_array_set_size (self->touched, 0);
  order = thaw_sorter_make (self->sorter);
  thaw_sorter_set_stop (self->sorter, NULL, NULL);
  pthread_mutex_unlock (&self->sort_lock);

  thaw_order_spec_clear (&spec);
  return order;
}

gboolean
thaw_folder_work_sort_job (ThawJob *job, gpointer work, GError **error)
{
  g_autoptr (ThawFolderResult) result = g_new0 (ThawFolderResult, 1);

  result->order = thaw_folder_work_make_order (work, job, &result->spec_serial);
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  thaw_job_return_pointer (job, g_steal_pointer (&result), (GDestroyNotify) thaw_folder_result_free);
  return TRUE;
}

gboolean
thaw_folder_work_trim_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;

  pthread_mutex_lock (&self->write_lock);
  thaw_entry_store_trim (self->store);
  pthread_mutex_unlock (&self->write_lock);
  pthread_mutex_lock (&self->sort_lock);
  thaw_sorter_trim (self->sorter);
  pthread_mutex_unlock (&self->sort_lock);
  return TRUE;
}

/* Listing. The first buffer is small, so that the first rows are ordered and on their way within a millisecond; afterwards
 * the loop decides when it is time for another order, and the CPU pool makes it while the listing goes on. */
typedef struct {
  ThawFolderWork *work;
  ThawJob *job;
  gboolean full;
} Listing;

/* Write lock held. Appends, and notes entries whose kind only their details tell. FALSE: the store is full. */
gboolean
thaw_folder_work_add_entry (ThawFolderWork *self, const char *name, gsize length, ThawEntryKind kind)
{
  guint32 id = thaw_entry_store_append (self->store, name, length, kind);

  if (id == THAW_NO_ENTRY)
    return FALSE;
  if (kind == THAW_ENTRY_SYMLINK || kind == THAW_ENTRY_UNKNOWN)
    {
      pthread_mutex_lock (&self->lock);
      g_array_append_val (self->needed, id);
      pthread_mutex_unlock (&self->lock);
    }
  return TRUE;
}

static void
list_entry (const char *name, gsize length, ThawEntryKind kind, gpointer user_data)
{
  Listing *listing = user_data;

  if (!thaw_folder_work_add_entry (listing->work, name, length, kind))
    listing->full = TRUE;
}

/* A batch is in the store: the first one goes to the loop in order, for the others the loop decides when it is time. */
void
thaw_folder_work_announce (ThawFolderWork *self, ThawJob *job, gboolean first)
{
  ThawOrder *order = NULL;
  guint serial;

  thaw_entry_store_publish (self->store);
  if (first)
    order = thaw_folder_work_make_order (self, job, &serial);
  if (order)
    thaw_folder_work_post (self, THAW_FOLDER_MESSAGE_ORDER, order, NULL);
  else
    thaw_folder_work_post (self, THAW_FOLDER_MESSAGE_NAMES, NULL, NULL);
}

static void
watch_notify (gpointer work)
{
  thaw_folder_work_post (work, THAW_FOLDER_MESSAGE_EVENTS, NULL, NULL);
}

/* The watch holds the work until the loop ends it, see thaw_folder_work_end(). */
static void
add_watch (ThawFolderWork *self, int fd)
{
  ThawWatch *watch = thaw_watch_new (fd, watch_notify, self, (GDestroyNotify) thaw_folder_work_unref, NULL);

  if (watch == NULL)
    return;
  thaw_folder_work_ref (self);
  pthread_mutex_lock (&self->lock);
  if (!self->ended)
    self->watch = g_steal_pointer (&watch);
  pthread_mutex_unlock (&self->lock);
  if (watch)
    thaw_watch_close (watch);
}

/* Lock held. Whether names may have come or gone since the listing began: the folder's time moved, or was moving just
 * then. */
static gboolean
may_have_changed (ThawFolderWork *self, int fd)
{
  gint64 mtime_nsec;

  return !thaw_listing_get_time (fd, &mtime_nsec) || mtime_nsec != self->folder_mtime_nsec
         || mtime_nsec >= self->listed_nsec - TIME_GRAIN_NSEC;
}

/* Starts to watch a folder that was listed, and looks for what happened in between. Without a watch the folder is polled. */
gboolean
thaw_folder_work_watch_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;
  g_autoptr (ThawFolderResult) result = g_new0 (ThawFolderResult, 1);
  int fd = thaw_listing_open (self->path, error);

  if (fd < 0)
    return FALSE;
  thaw_job_beat (job);
  add_watch (self, fd);
  pthread_mutex_lock (&self->lock);
  result->overflow = may_have_changed (self, fd);
  pthread_mutex_unlock (&self->lock);
  result->changed = thaw_folder_work_read_again (self, job, fd);
  close (fd);
  thaw_job_return_pointer (job, g_steal_pointer (&result), (GDestroyNotify) thaw_folder_result_free);
  return TRUE;
}

void
thaw_folder_work_end (ThawFolderWork *self)
{
  ThawWatch *watch;
  ThawGioWatch *gio_watch;

  pthread_mutex_lock (&self->lock);
  self->ended = TRUE;
  watch = g_steal_pointer (&self->watch);
  gio_watch = g_steal_pointer (&self->gio_watch);
  pthread_mutex_unlock (&self->lock);
  g_clear_pointer (&watch, thaw_watch_close);
  g_clear_pointer (&gio_watch, thaw_gio_watch_close);
}

gboolean
thaw_folder_work_is_watched (ThawFolderWork *self)
{
  gboolean watched;

  pthread_mutex_lock (&self->lock);
  watched = self->watch != NULL || self->gio_watched;
  pthread_mutex_unlock (&self->lock);
  return watched;
}

void
thaw_folder_work_set_gio_watched (ThawFolderWork *self, gboolean watched)
{
  pthread_mutex_lock (&self->lock);
  self->gio_watched = watched;
  pthread_mutex_unlock (&self->lock);
}

static void
note_folder_time (ThawFolderWork *self, int fd)
{
  gint64 mtime_nsec;

  if (!thaw_listing_get_time (fd, &mtime_nsec))
    return;
  pthread_mutex_lock (&self->lock);
  self->folder_mtime_nsec = mtime_nsec;
  self->listed_nsec = g_get_real_time () * 1000;
  pthread_mutex_unlock (&self->lock);
}

static gboolean
list_open_folder (Listing *listing, int fd, GError **error)
{
  ThawFolderWork *self = listing->work;
  g_autofree gpointer buffer = g_malloc (THAW_LISTING_BYTES);
  gsize size = THAW_LISTING_FIRST_BYTES;
  g_autoptr (GError) local_error = NULL;
  gboolean more, first = TRUE;

  do
    {
      pthread_mutex_lock (&self->write_lock);
      more = thaw_listing_read (fd, self->path, buffer, size, list_entry, listing, &local_error);
      pthread_mutex_unlock (&self->write_lock);
      thaw_job_beat (listing->job);
      if (more)
        thaw_folder_work_announce (self, listing->job, first);
      first = FALSE;
      size = THAW_LISTING_BYTES;
      if (thaw_job_set_error_if_cancelled (listing->job, error))
        return FALSE;
    }
  while (more && !listing->full);

  if (local_error)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (listing->full)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "%s holds more entries than can be shown; %u are listed", self->path,
                   thaw_entry_store_get_n (self->store));
      return FALSE;
    }
  return TRUE;
}

static gboolean
list_path (Listing *listing, GError **error)
{
  int fd = thaw_listing_open (listing->work->path, error);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  thaw_job_beat (listing->job);
  note_folder_time (listing->work, fd);
  ok = list_open_folder (listing, fd, error);
  close (fd);
  return ok;
}

/* Rows show content types: whatever those are read from is read here, not by the loop when it draws the first row.
 *
 * Returns a path if a symlink on the way leads to another mount: list that, in its lane. */
gboolean
thaw_folder_work_list_job (ThawJob *job, gpointer work, GError **error)
{
  Listing listing = { work, job, FALSE };
  g_autoptr (GError) local_error = NULL;
  char *elsewhere;

  thaw_content_type_warm_up ();
  if (listing.work->path == NULL)
    return thaw_folder_work_list_gio (work, job, error);
  if (list_path (&listing, &local_error))
    return TRUE;
  if (!g_error_matches (local_error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  elsewhere = thaw_lane_resolve_crossing (listing.work->path, error);
  if (elsewhere == NULL)
    return FALSE;
  thaw_job_return_pointer (job, elsewhere, g_free);
  return TRUE;
}
