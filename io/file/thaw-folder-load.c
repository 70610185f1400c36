/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of loading a folder: which lane lists it, what is said while that doesn't come
 * on, and how a load ends.
 *
 * A load begins with a new work and a new scope and ends with them; what an old one still brings is
 * for nobody. The listing moves from lane to lane where symlinks lead to other mounts. The loop's
 * thread; never touches the place. */

#include "thaw-folder-private.h"

#define MAX_CROSSINGS 40
#define NEW_MOUNT_MSEC 25
#define WAITING_MSEC 250
#define SLOW_TO_WATCH 20000 /* entries */

void
thaw_folder_become_ready (ThawFolder *self)
{
  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING)
    return;
  self->waiting_since_usec = 0;
  thaw_folder_set_state (self, THAW_FOLDER_READY);
  thaw_folder_start_trim (self);
  thaw_folder_start_watching_later (self);
}

/* Waiting is what the lane says, or a listing that hasn't come on for a while: a mount may answer
 * everything but the one call that this folder needs. */
void
thaw_folder_update_waiting (ThawFolder *self)
{
  gint64 since_usec = 0;

  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING
      && self->state != THAW_FOLDER_READY)
    return;
  if (!self->listed && g_get_monotonic_time () - self->progress_usec >= THAW_LANE_SILENCE_USEC)
    since_usec = self->progress_usec;
  if (thaw_lane_get_state (self->lane) == THAW_LANE_NOT_ANSWERING)
    since_usec = MAX (thaw_lane_get_silent_since_usec (self->lane), 1);

  if (since_usec != 0)
    {
      self->waiting_since_usec = since_usec;
      thaw_folder_set_state (self, THAW_FOLDER_WAITING);
    }
  else if (self->state == THAW_FOLDER_WAITING)
    {
      self->waiting_since_usec = 0;
      thaw_folder_set_state (self,
                             self->listed && !self->sorting ? THAW_FOLDER_READY
                                                            : THAW_FOLDER_LOADING);
    }
}

static gboolean
waiting_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  if (self->listed || (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING))
    {
      self->waiting_timer = 0;
      return G_SOURCE_REMOVE;
    }
  thaw_folder_update_waiting (self);
  return G_SOURCE_CONTINUE;
}

/* The listing comes on. */
void
thaw_folder_note_progress (ThawFolder *self)
{
  self->progress_usec = g_get_monotonic_time ();
  if (self->state == THAW_FOLDER_WAITING)
    thaw_folder_update_waiting (self);
}

static void
set_lane (ThawFolder *self, ThawLane *lane)
{
  if (lane == self->lane)
    return;
  g_clear_pointer (&self->lane, thaw_lane_unref);
  self->lane = thaw_lane_ref (lane);
  thaw_lane_watch (self->lane, self->lane_mailbox);
}

static void list_done (ThawFuture *future, gpointer user_data);

static void
start_listing (ThawFolder *self)
{
  self->progress_usec = g_get_monotonic_time ();
  thaw_folder_run_on_lane (self,
                           "folder-list",
                           THAW_PRIORITY_HIGH,
                           thaw_folder_work_list_job,
                           list_done);
  if (self->waiting_timer == 0)
    self->waiting_timer = g_timeout_add (WAITING_MSEC, waiting_timer_cb, self);
  thaw_folder_update_waiting (self);
}

static gboolean
list_again_cb (gpointer user_data)
{
  ThawFolder *self = user_data;
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->work->path);

  self->change_timer = 0;
  set_lane (self, lane);
  start_listing (self);
  return G_SOURCE_REMOVE;
}

/* A symlink on the way leads to another mount: its own lane goes on. */
static void
list_elsewhere (ThawFolder *self, const char *path)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);

  if (self->n_crossings++ >= MAX_CROSSINGS)
    {
      g_autoptr (GError) error = g_error_new (G_IO_ERROR,
                                              G_IO_ERROR_TOO_MANY_LINKS,
                                              "%s: too many links from mount to mount",
                                              path);
      thaw_folder_fail (self, error, THAW_FOLDER_FAILED);
      return;
    }
  set_lane (self, lane);
  if (g_str_equal (path, self->work->path))
    {
      /* A mount so new that the table doesn't have it yet: it will in a moment. */
      self->change_timer = g_timeout_add (NEW_MOUNT_MSEC, list_again_cb, self);
      return;
    }
  thaw_folder_work_move (self->work, path);
  start_listing (self);
}

static void
list_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  const GError *error = thaw_future_get_error (future);
  const char *elsewhere = error ? NULL : thaw_future_get_pointer (future, NULL);

  if (error)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        thaw_folder_fail (self, error, THAW_FOLDER_FAILED);
      return;
    }
  if (elsewhere)
    {
      list_elsewhere (self, elsewhere);
      return;
    }
  self->listed = TRUE;
  thaw_folder_note_progress (self);
  thaw_folder_request_sort (self);
  thaw_folder_start_background_details (self);
  /* What is read before the folder is watched is read again: so before everybody's details are. */
  if (thaw_entry_store_get_n (self->work->store) < SLOW_TO_WATCH
      || thaw_folder_sorts_by_details (self))
    thaw_folder_start_watching (self);
  if (self->work->path == NULL)
    thaw_folder_schedule_poll (self, TRUE);
}

void
thaw_folder_end_load (ThawFolder *self)
{
  g_clear_handle_id (&self->change_timer, g_source_remove);
  g_clear_handle_id (&self->poll_timer, g_source_remove);
  g_clear_handle_id (&self->waiting_timer, g_source_remove);
  g_clear_handle_id (&self->watch_timer, g_source_remove);
  g_clear_handle_id (&self->keys_timer, g_source_remove);
  if (self->load_scope)
    thaw_scope_cancel (self->load_scope);
  g_clear_pointer (&self->load_scope, thaw_scope_unref);
  if (self->work)
    thaw_folder_work_end (self->work);
  self->watching = FALSE;
  self->listed = self->sorting = self->sort_again = self->sort_final = FALSE;
  self->changing = self->change_again = self->rescan_next = FALSE;
}

/**
 * thaw_folder_start:
 * @self: a folder
 *
 * Lists the folder, or lists it anew: entries get new ids in a new store, and the old order stays
 * until the first new one comes. For the same place with the same ids see
 * [method@Thaw.Folder.reload].
 *
 * - **Thread**: the loop's. Returns at once; what comes is told by signals and
 * [property@Thaw.Folder:state].
 * - **Errors**: [method@Thaw.Folder.get_error], when the state becomes %THAW_FOLDER_FAILED.
 * - **Cancellation**: [method@Thaw.Folder.stop], or dropping the last reference.
 */
void
thaw_folder_start (ThawFolder *self)
{
  g_autoptr (ThawLane) lane = NULL;

  g_return_if_fail (THAW_IS_FOLDER (self));

  thaw_folder_end_load (self);
  lane = thaw_lane_for_file (self->location);
  g_clear_pointer (&self->work, thaw_folder_work_unref);
  g_clear_error (&self->error);
  set_lane (self, lane);
  self->load_scope = thaw_scope_new ("folder-load", self->scope);
  self->work = thaw_folder_work_new (self->location, self->mailbox, &self->spec, self->spec_serial);
  self->last_order_usec = self->last_change_usec = 0;
  self->last_order_n = 0;
  self->poll_sec = THAW_FOLDER_POLL_FIRST_SEC;
  self->waiting_since_usec = 0;
  self->n_crossings = 0;
  thaw_folder_set_state (self, THAW_FOLDER_LOADING);
  start_listing (self);
  if (self->spec.column == THAW_SORT_ATTRIBUTE)
    thaw_folder_tell_keys_wanted (self);
}

/**
 * thaw_folder_stop:
 * @self: a folder
 *
 * Stops listing. What is there stays and can be used; the folder isn't followed any more.
 *
 * - **Thread**: the loop's. Takes effect at once, even when the kernel keeps a thread.
 */
void
thaw_folder_stop (ThawFolder *self)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING)
    return;
  thaw_folder_end_load (self);
  self->load_scope = thaw_scope_new ("folder-load", self->scope);
  self->waiting_since_usec = 0;
  thaw_folder_set_state (self, THAW_FOLDER_STOPPED);
}

/**
 * thaw_folder_reload:
 * @self: a folder
 *
 * Lists a ready folder again and shows the difference: ids stay, and with them selection, focus and
 * place. A folder that isn't ready is started anew, and so is one that failed or is gone: "Try
 * again".
 *
 * - **Thread**: the loop's.
 */
void
thaw_folder_reload (ThawFolder *self)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->lane)
    thaw_lane_probe_now (self->lane);
  if (self->state == THAW_FOLDER_READY)
    {
      self->rescan_next = TRUE;
      self->last_change_usec = 0;
      thaw_folder_request_changes (self);
    }
  else if (self->state != THAW_FOLDER_LOADING)
    thaw_folder_start (self);
}
