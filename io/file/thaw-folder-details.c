/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes, times and what symlinks lead to: read for what is on the screen first, then for whatever only its details
 * can place (symlinks), then, if the sort order asks for it, for everybody.
 *
 * A details job takes work from those three piles, in that order, until they are empty; a few may run side by side. The
 * piles are looked at again after each small handful, so that a scroll jump never waits behind the sweep. */

#include "thaw-folder-work-private.h"
#include "thaw-lane-path.h"

#include <fcntl.h>
#include <unistd.h>

#define HANDFUL 64
#define SWEEP_HANDFUL 1024
#define MAX_READ_AGAIN 1000

static gboolean
has_room_for_job (ThawFolderWork *self, guint max_jobs)
{
  if (self->n_detail_jobs >= max_jobs)
    return FALSE;
  self->n_detail_jobs++;
  return TRUE;
}

static gboolean
is_missing (ThawFolderWork *self, guint32 id)
{
  guint flags = thaw_entry_store_get_flags (self->store, id);

  if (flags & THAW_ENTRY_GONE)
    return FALSE;
  return (flags & THAW_ENTRY_STALE) || !(flags & (THAW_ENTRY_HAS_STAT | THAW_ENTRY_STAT_FAILED));
}

/* Loop's thread. Only the newest call counts: what has scrolled away can wait. */
gboolean
thaw_folder_work_want (ThawFolderWork *self, const guint32 *ids, guint n_ids, guint max_jobs)
{
  pthread_mutex_lock (&self->lock);
  g_array_set_size (self->on_screen, 0);
  g_array_append_vals (self->on_screen, ids, n_ids);
  pthread_mutex_unlock (&self->lock);
  return thaw_folder_work_want_again (self, max_jobs);
}

/* Loop's thread. What is on the screen may have become out of date. */
gboolean
thaw_folder_work_want_again (ThawFolderWork *self, guint max_jobs)
{
  gboolean start = FALSE;

  pthread_mutex_lock (&self->lock);
  g_array_set_size (self->wanted, 0);
  for (guint i = self->on_screen->len; i-- > 0;)
    {
      guint32 id = g_array_index (self->on_screen, guint32, i);
      if (is_missing (self, id))
        g_array_append_val (self->wanted, id);
    }
  if (self->wanted->len > 0)
    start = has_room_for_job (self, max_jobs);
  pthread_mutex_unlock (&self->lock);
  return start;
}

/* Loop's thread. */
gboolean
thaw_folder_work_sweep (ThawFolderWork *self, guint max_jobs)
{
  gboolean start = FALSE;

  pthread_mutex_lock (&self->lock);
  self->sweep = TRUE;
  if (self->sweep_next < thaw_entry_store_get_n (self->store))
    start = has_room_for_job (self, max_jobs);
  pthread_mutex_unlock (&self->lock);
  return start;
}

/* Loop's thread. */
gboolean
thaw_folder_work_has_needed (ThawFolderWork *self, guint max_jobs)
{
  gboolean start = FALSE;

  pthread_mutex_lock (&self->lock);
  if (self->needed->len > 0)
    start = has_room_for_job (self, max_jobs);
  pthread_mutex_unlock (&self->lock);
  return start;
}

/* Takes ids off the end of a pile. Lock held. */
static void
take_from_pile (GArray *pile, GArray *taken)
{
  guint n = MIN (pile->len, HANDFUL);

  g_array_append_vals (taken, &g_array_index (pile, guint32, pile->len - n), n);
  g_array_set_size (pile, pile->len - n);
}

/* Lock held. */
static void
take_from_sweep (ThawFolderWork *self, GArray *taken)
{
  guint32 n = thaw_entry_store_get_n (self->store);
  guint32 end = MIN (n, self->sweep_next + SWEEP_HANDFUL);

  for (guint32 id = self->sweep_next; id < end; id++)
    g_array_append_val (taken, id);
  self->sweep_next = end;
}

typedef enum { NOTHING, WANTED, NEEDED, SWEPT } Pile;

/* When nothing is left this job no longer counts: whoever adds work from then on starts another. */
static Pile
take (ThawFolderWork *self, GArray *taken)
{
  Pile pile = NOTHING;

  g_array_set_size (taken, 0);
  pthread_mutex_lock (&self->lock);
  if (self->wanted->len > 0)
    pile = WANTED;
  else if (self->needed->len > 0)
    pile = NEEDED;
  else if (self->sweep && self->sweep_next < thaw_entry_store_get_n (self->store))
    pile = SWEPT;

  if (pile == SWEPT)
    take_from_sweep (self, taken);
  else if (pile != NOTHING)
    take_from_pile (pile == WANTED ? self->wanted : self->needed, taken);
  else
    self->n_detail_jobs--;
  pthread_mutex_unlock (&self->lock);
  return pile;
}

/* A name that is gone by now is left to the watch, or the next rescan, to remove. */
void
thaw_folder_work_set_details (ThawFolderWork *self, guint32 id, int errsv, const ThawDetails *details)
{
  ThawEntryStore *store = self->store;

  if (errsv != 0)
    {
      thaw_entry_store_clear_flags (store, id, THAW_ENTRY_STALE);
      thaw_entry_store_add_flags (store, id, THAW_ENTRY_STAT_FAILED);
      return;
    }
  if (thaw_entry_store_get_kind (store, id) != details->kind)
    thaw_entry_store_set_kind (store, id, details->kind);
  thaw_entry_store_clear_flags (store, id,
                                (THAW_ENTRY_TO_FOLDER | THAW_ENTRY_BROKEN | THAW_ENTRY_STAT_FAILED)
                                  & ~details->target);
  if (details->target)
    thaw_entry_store_add_flags (store, id, details->target);
  thaw_entry_store_set_stat (store, id, details->size_bytes, details->mtime_nsec, details->mode);
}

static void
read_details (ThawFolderWork *self, int fd, guint32 id)
{
  ThawDetails details = { 0 };
  int errsv = thaw_details_read (fd, thaw_entry_store_get_name (self->store, id), &details);

  thaw_folder_work_set_details (self, id, errsv, &details);
}

/* Details that were read before the folder was watched may be out of date. So far that is what was on the screen; if it is
 * more, a sweep reads them once more. Returns the ids that were read. */
GArray *
thaw_folder_work_read_again (ThawFolderWork *self, ThawJob *job, int fd)
{
  GArray *again = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 n = thaw_entry_store_get_n (self->store);

  for (guint32 id = 0; id < n; id++)
    {
      if (!(thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_HAS_STAT))
        continue;
      if (again->len < MAX_READ_AGAIN)
        {
          read_details (self, fd, id);
          thaw_job_beat (job);
          g_array_append_val (again, id);
        }
      else
        thaw_entry_store_add_flags (self->store, id, THAW_ENTRY_STALE);
    }
  if (again->len == MAX_READ_AGAIN)
    {
      pthread_mutex_lock (&self->lock);
      self->sweep_next = 0;
      pthread_mutex_unlock (&self->lock);
    }
  thaw_folder_work_touch (self, again);
  return again;
}

/* The order must look at these again. */
void
thaw_folder_work_touch (ThawFolderWork *self, GArray *ids)
{
  pthread_mutex_lock (&self->sort_lock);
  g_array_append_vals (self->touched, ids->data, ids->len);
  pthread_mutex_unlock (&self->sort_lock);
}

static void
read_handful (ThawFolderWork *self, ThawJob *job, int fd, GArray *taken, Pile pile)
{
  GArray *changed = g_array_sized_new (FALSE, FALSE, sizeof (guint32), taken->len);

  for (guint i = 0; i < taken->len; i++)
    {
      guint32 id = g_array_index (taken, guint32, i);

      if (!is_missing (self, id))
        continue;
      read_details (self, fd, id);
      g_array_append_val (changed, id);
      thaw_job_beat (job);
      if (thaw_job_is_cancelled (job))
        break;
    }
  thaw_folder_work_touch (self, changed);
  /* The sweep's ids are mostly off screen: one message for all of them at its end is enough. */
  if (pile == SWEPT || changed->len == 0)
    g_array_unref (changed);
  else
    thaw_folder_work_post (self, THAW_FOLDER_MESSAGE_CHANGED, NULL, changed);
}

static void
leave_job (ThawFolderWork *self)
{
  pthread_mutex_lock (&self->lock);
  self->n_detail_jobs--;
  pthread_mutex_unlock (&self->lock);
}

/* Returns, as an integer, how many entries it read for whom the order may care: not those that were only wanted. */
gboolean
thaw_folder_work_details_job (ThawJob *job, gpointer work, GError **error)
{
  ThawFolderWork *self = work;
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (guint32));
  int fd = thaw_lane_open_beneath (self->path, O_PATH | O_DIRECTORY, error);
  gint64 n_for_order = 0;
  Pile pile;

  if (fd < 0)
    {
      leave_job (self);
      return FALSE;
    }
  thaw_job_beat (job);
  while ((pile = take (self, taken)) != NOTHING)
    {
      read_handful (self, job, fd, taken, pile);
      n_for_order += pile == WANTED ? 0 : taken->len;
      if (thaw_job_is_cancelled (job))
        {
          leave_job (self);
          break;
        }
    }
  close (fd);
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  thaw_job_return_int64 (job, n_for_order);
  return TRUE;
}
