/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to a folder after it was listed: single changes from the watch, or a rescan and diff.
 *
 * Both only ask what is there now, so that neither the order of events nor a lost one matters. Jobs of one folder never
 * run side by side here (the loop sees to that, and write_lock stands behind it). */

#include "thaw-entry-store-private.h"
#include "thaw-folder-work-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ThawFolderResult *
result_new (void)
{
  ThawFolderResult *result = g_new0 (ThawFolderResult, 1);

  result->changed = g_array_new (FALSE, FALSE, sizeof (guint32));
  return result;
}

static void
finish (ThawFolderWork *self, ThawJob *job, ThawFolderResult *result, gboolean reorder)
{
  if (reorder)
    {
      if (result->changed->len > 0)
        thaw_folder_work_touch (self, result->changed);
      result->order = thaw_folder_work_make_order (self, job, &result->spec_serial);
    }
  thaw_job_return_pointer (job, result, (GDestroyNotify) thaw_folder_result_free);
}

/* Write lock held. An entry keeps its id, and with it selection and focus, over a rename. */
static void
follow_rename (ThawFolderWork *self, const ThawWatchRename *rename, int fd)
{
  guint32 id = _thaw_entry_store_find (self->store, rename->from, strlen (rename->from));
  guint32 other = _thaw_entry_store_find (self->store, rename->to, strlen (rename->to));
  struct statx stx;

  if (id == THAW_NO_ENTRY)
    return;
  /* Something has taken the old name again, or the new one isn't there any more: not a rename by now. */
  if (statx (fd, rename->from, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) == 0
      || statx (fd, rename->to, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) != 0)
    return;
  if (other != THAW_NO_ENTRY)
    thaw_entry_store_remove (self->store, other);
  thaw_entry_store_rename (self->store, id, rename->to, strlen (rename->to));
}

/* Write lock held. Makes the store say of @name what the disk says. */
static void
reconcile (ThawFolderWork *self, int fd, const char *name, ThawFolderResult *result)
{
  gsize length = strlen (name);
  guint32 id = _thaw_entry_store_find (self->store, name, length);
  ThawDetails details = { 0 };
  int errsv = thaw_details_read (fd, name, &details);

  if (errsv == ENOENT || errsv == ENOTDIR)
    {
      if (id != THAW_NO_ENTRY)
        thaw_entry_store_remove (self->store, id);
      return;
    }
  if (id == THAW_NO_ENTRY)
    id = thaw_entry_store_append (self->store, name, length,
                                  errsv == 0 ? details.kind : THAW_ENTRY_UNKNOWN);
  if (id == THAW_NO_ENTRY)
    return;
  thaw_folder_work_set_details (self, id, errsv, &details);
  g_array_append_val (result->changed, id);
}

static void
apply_changes (ThawFolderWork *self, ThawJob *job, int fd, const ThawWatchChanges *changes,
               ThawFolderResult *result)
{
  pthread_mutex_lock (&self->write_lock);
  for (guint i = 0; i < changes->renames->len; i++)
    {
      ThawWatchRename *rename = &g_array_index (changes->renames, ThawWatchRename, i);
      follow_rename (self, rename, fd);
    }
  for (guint i = 0; i < changes->names->len && !thaw_job_is_cancelled (job); i++)
    {
      reconcile (self, fd, changes->names->pdata[i], result);
      thaw_job_beat (job);
    }
  thaw_entry_store_publish (self->store);
  pthread_mutex_unlock (&self->write_lock);
}

gboolean
thaw_folder_work_changes_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;
  g_autoptr (ThawWatchChanges) changes = NULL;
  g_autoptr (ThawFolderResult) result = NULL;
  int fd;

  if (self->path == NULL)
    return thaw_folder_work_changes_gio (self, job, error);
  result = result_new ();
  pthread_mutex_lock (&self->lock);
  if (self->watch)
    changes = thaw_watch_take (self->watch);
  pthread_mutex_unlock (&self->lock);
  result->quiet = changes == NULL;
  result->gone = changes && changes->self_gone;
  result->overflow = changes && changes->overflow;
  if (result->quiet || result->gone || result->overflow)
    {
      finish (self, job, g_steal_pointer (&result), FALSE);
      return TRUE;
    }

  fd = thaw_listing_open (self->path, error);
  if (fd < 0)
    return FALSE;
  apply_changes (self, job, fd, changes, result);
  close (fd);
  finish (self, job, g_steal_pointer (&result), TRUE);
  return TRUE;
}

/* Rescan and diff: the whole folder again, entry by entry against the store. */
typedef struct {
  ThawFolderWork *work;
  ThawFolderResult *result;
  guint8 *seen; /* a bit an id */
  guint32 n_before;
} Rescan;

static void
rescan_entry (const char *name, gsize length, ThawEntryKind kind, gpointer user_data)
{
  Rescan *rescan = user_data;
  ThawEntryStore *store = rescan->work->store;
  guint32 id = _thaw_entry_store_find (store, name, length);

  if (id == THAW_NO_ENTRY)
    {
      thaw_folder_work_add_entry (rescan->work, name, length, kind);
      return;
    }
  if (id < rescan->n_before)
    rescan->seen[id / 8] |= 1 << (id % 8);
  if (kind != THAW_ENTRY_UNKNOWN && thaw_entry_store_get_kind (store, id) != kind)
    {
      thaw_entry_store_set_kind (store, id, kind);
      g_array_append_val (rescan->result->changed, id);
    }
  /* Its details may have changed as well: read again when somebody looks. */
  if (thaw_entry_store_get_flags (store, id) & (THAW_ENTRY_HAS_STAT | THAW_ENTRY_STAT_FAILED))
    thaw_entry_store_add_flags (store, id, THAW_ENTRY_STALE);
}

/* What wasn't seen any more is gone. */
static void
remove_unseen (Rescan *rescan)
{
  ThawEntryStore *store = rescan->work->store;

  for (guint32 id = 0; id < rescan->n_before; id++)
    if (!(rescan->seen[id / 8] & (1 << (id % 8)))
        && !(thaw_entry_store_get_flags (store, id) & THAW_ENTRY_GONE))
      thaw_entry_store_remove (store, id);
}

static gboolean
rescan_open_folder (Rescan *rescan, ThawJob *job, int fd, GError **error)
{
  g_autofree gpointer buffer = g_malloc (THAW_LISTING_BYTES);
  g_autoptr (GError) local_error = NULL;
  gboolean more;

  do
    {
      more = thaw_listing_read (fd, rescan->work->path, buffer, THAW_LISTING_BYTES, rescan_entry,
                                rescan, &local_error);
      thaw_job_beat (job);
      if (thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
    }
  while (more);
  if (local_error)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  remove_unseen (rescan);
  return TRUE;
}

/* What was told until now the rescan will see for itself; and only who takes is told again. */
static void
drop_changes (ThawFolderWork *self)
{
  g_autoptr (ThawWatchChanges) changes = NULL;

  pthread_mutex_lock (&self->lock);
  if (self->watch)
    changes = thaw_watch_take (self->watch);
  pthread_mutex_unlock (&self->lock);
}

static gboolean
rescan_path (ThawFolderWork *self, ThawJob *job, int fd, GError **error)
{
  Rescan rescan = { self, result_new (), NULL, 0 };
  g_autoptr (ThawFolderResult) result = rescan.result;
  gint64 mtime_nsec = 0;
  gboolean ok;

  drop_changes (self);
  thaw_listing_get_time (fd, &mtime_nsec);
  pthread_mutex_lock (&self->write_lock);
  rescan.n_before = thaw_entry_store_get_n (self->store);
  rescan.seen = g_malloc0 (rescan.n_before / 8 + 1);
  ok = rescan_open_folder (&rescan, job, fd, error);
  thaw_entry_store_publish (self->store);
  pthread_mutex_unlock (&self->write_lock);
  g_free (rescan.seen);
  if (!ok)
    return FALSE;

  pthread_mutex_lock (&self->lock);
  self->folder_mtime_nsec = mtime_nsec;
  self->sweep_next = 0; /* everybody's details are stale: if the order needs them, once more */
  pthread_mutex_unlock (&self->lock);
  finish (self, job, g_steal_pointer (&result), TRUE);
  return TRUE;
}

gboolean
thaw_folder_work_rescan_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;
  gboolean ok;
  int fd;

  if (self->path == NULL)
    return thaw_folder_work_rescan_gio (self, job, error);
  fd = thaw_listing_open (self->path, error);
  if (fd < 0)
    return FALSE;
  thaw_job_beat (job);
  ok = rescan_path (self, job, fd, error);
  close (fd);
  return ok;
}

/* Where no watch works: has the folder's own time moved? */
gboolean
thaw_folder_work_poll_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;
  g_autoptr (ThawFolderResult) result = NULL;
  gint64 now_nsec = 0, before_nsec;
  gboolean ok;
  int fd;

  if (self->path == NULL)
    return thaw_folder_work_rescan_gio (self, job, error);
  fd = thaw_listing_open (self->path, error);
  if (fd < 0)
    return FALSE;
  thaw_job_beat (job);
  pthread_mutex_lock (&self->lock);
  before_nsec = self->folder_mtime_nsec;
  pthread_mutex_unlock (&self->lock);
  if (!thaw_listing_get_time (fd, &now_nsec) || now_nsec != before_nsec)
    {
      ok = rescan_path (self, job, fd, error);
      close (fd);
      return ok;
    }
  close (fd);
  result = result_new ();
  result->quiet = TRUE;
  finish (self, job, g_steal_pointer (&result), FALSE);
  return TRUE;
}
