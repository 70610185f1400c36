/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of following a listed folder: when it is watched, looked at again, or listed
 * again.
 *
 * One job at a time: the watch says that something has happened, and a job asks the disk what is
 * there now. Changes are collected for a while that grows with what they cost. Where no watch works
 * the folder is polled, less and less often while nothing changes. What the jobs do is in
 * thaw-folder-changes.c. The loop's thread. */

#include "thaw-folder-private.h"

#define CHANGES_USEC (100 * 1000)     /* between two edits of a folder in motion */
#define CHANGES_BIG_USEC (250 * 1000) /* of a big one: each edit costs the loop a frame's work */
#define BIG_FOLDER 100000
#define POLL_LAST_SEC 60
#define WATCH_LATER_MSEC 300

static gboolean
is_gone_error (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);
}

static void
become_gone (ThawFolder *self)
{
  g_autofree char *name = g_file_get_parse_name (self->location);
  g_autoptr (GError) error
      = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s was deleted, moved or unmounted", name);

  g_clear_handle_id (&self->poll_timer, g_source_remove);
  thaw_folder_work_end (self->work);
  thaw_folder_fail (self, error, THAW_FOLDER_GONE);
}

static gboolean poll_cb (gpointer user_data);

/* Nothing changed: look less often. */
void
thaw_folder_schedule_poll (ThawFolder *self, gboolean changed)
{
  if (self->state == THAW_FOLDER_GONE || !thaw_folder_get_may_be_stale (self))
    return;
  g_clear_handle_id (&self->poll_timer, g_source_remove);
  self->poll_sec = changed ? THAW_FOLDER_POLL_FIRST_SEC : MIN (self->poll_sec * 2, POLL_LAST_SEC);
  self->poll_timer = g_timeout_add_seconds (self->poll_sec, poll_cb, self);
}

static void
apply_result (ThawFolder *self, ThawFolderResult *result)
{
  self->last_change_usec = g_get_monotonic_time ();
  if (result->gone)
    {
      become_gone (self);
      return;
    }
  if (result->overflow)
    self->rescan_next = self->change_again = TRUE;
  thaw_folder_adopt_result (self, result);
  if (result->changed && result->changed->len > 0)
    thaw_folder_tell_entries (self, result->changed->data, result->changed->len);
  if (result->quiet || self->work->path == NULL)
    return;
  thaw_folder_start_background_details (self);
  thaw_folder_refresh_wanted (self);
}

static void
changes_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderResult *result = thaw_future_get_pointer (future, NULL);
  const GError *error = thaw_future_get_error (future);

  self->changing = FALSE;
  if (result)
    apply_result (self, result);
  else if (error && is_gone_error (error))
    become_gone (self);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_debug ("Following changes: %s", error->message);
  thaw_folder_schedule_poll (self, result && !result->quiet);
  if (self->change_again && self->state != THAW_FOLDER_GONE)
    thaw_folder_request_changes (self);
}

static void
start_changes (ThawFolder *self, const char *name, ThawJobFunc body)
{
  self->changing = TRUE;
  thaw_folder_run_on_lane (self, name, THAW_PRIORITY_DEFAULT, body, changes_done);
}

static gboolean
poll_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->poll_timer = 0;
  if (self->changing || thaw_lane_get_state (self->lane) != THAW_LANE_ANSWERING)
    thaw_folder_schedule_poll (self, FALSE);
  else
    start_changes (self, "folder-poll", thaw_folder_work_poll_job);
  return G_SOURCE_REMOVE;
}

/* Once per load. The kernel walks the names of the folder that it has cached, all of them, and
 * can't be interrupted meanwhile: 80 ms of a processor for a million. So a big folder is on the
 * screen first. What changes until then shows in the folder's own time, see
 * thaw_folder_work_watch_job(). */
void
thaw_folder_start_watching (ThawFolder *self)
{
  if (self->watching || self->work->path == NULL)
    return;
  self->watching = TRUE;
  start_changes (self, "folder-watch", thaw_folder_work_watch_job);
}

static gboolean
watch_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->watch_timer = 0;
  thaw_folder_start_watching (self);
  return G_SOURCE_REMOVE;
}

/* When the screen has had its turn. */
void
thaw_folder_start_watching_later (ThawFolder *self)
{
  if (!self->watching)
    self->watch_timer = g_timeout_add (WATCH_LATER_MSEC, watch_timer_cb, self);
}

static void
begin_changes (ThawFolder *self)
{
  self->change_again = FALSE;
  if (self->rescan_next)
    {
      self->rescan_next = FALSE;
      start_changes (self, "folder-rescan", thaw_folder_work_rescan_job);
    }
  else
    start_changes (self, "folder-changes", thaw_folder_work_changes_job);
}

static gboolean
change_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->change_timer = 0;
  begin_changes (self);
  return G_SOURCE_REMOVE;
}

/* The first event of a quiet period is followed at once, the next ones together. */
void
thaw_folder_request_changes (ThawFolder *self)
{
  gint64 gap_usec = self->last_order_n >= BIG_FOLDER ? CHANGES_BIG_USEC : CHANGES_USEC;
  gint64 due_usec = self->last_change_usec + gap_usec - g_get_monotonic_time ();

  self->change_again = TRUE;
  if (!self->listed || self->changing || self->change_timer)
    return;
  if (due_usec <= 0)
    begin_changes (self);
  else
    self->change_timer = g_timeout_add (due_usec / 1000 + 1, change_timer_cb, self);
}
