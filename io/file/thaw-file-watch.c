/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes as messages. The watching thread folds what inotify says (thaw-watch.c) and tells the
 * loop once; the loop starts a job on the lane, which takes what was folded, looks at each name
 * (what happened isn't believed, what is there now is) and posts a message for each. It waits for
 * room in the mailbox, so a slow consumer slows down the looking, and what happens meanwhile is
 * folded. */

#include "thaw-file-poll-private.h"
#include "thaw-file-watch.h"
#include "thaw-file-work-private.h"
#include "thaw-watch-private.h"

#include "thaw-lane-path.h"
#include "thaw-scope-guard-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
  gint ref_count;
  ThawScope *scope; /* of the jobs that look */
  ThawScope *user_scope;
  ThawMailbox *mailbox; /* the user's */
  ThawMailbox *notices; /* from the watching thread to the loop */
  ThawFuture *guard;
  GFile *file, *folder;
  char *only; /* the one name that matters, of a file that isn't a folder */
  char *path; /* of the folder, where it was opened */
  ThawWatch *watch;
  GCancellable *ended;
  gboolean is_looking, looks_again, is_over;
} FileWatch;

static FileWatch *
watch_ref (FileWatch *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
watch_unref (gpointer data)
{
  FileWatch *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_assert (self->watch == NULL);
  g_clear_pointer (&self->guard, thaw_future_unref);
  thaw_mailbox_unref (self->mailbox);
  thaw_mailbox_unref (self->notices);
  thaw_scope_unref (self->scope);
  thaw_scope_unref (self->user_scope);
  g_object_unref (self->ended);
  g_object_unref (self->file);
  g_clear_object (&self->folder);
  g_free (self->only);
  g_free (self->path);
  g_free (self);
}

/**
 * thaw_file_change_free:
 * @self: (transfer full): a message of a watch
 */
void
thaw_file_change_free (ThawFileChange *self)
{
  g_object_unref (self->file);
  g_clear_object (&self->other);
  g_free (self);
}

/* Worker. Takes over @file and @other. FALSE: nobody listens any more. */
static gboolean
post (FileWatch *self, ThawFileChangeKind kind, GFile *file, GFile *other)
{
  ThawFileChange *change = g_new (ThawFileChange, 1);

  *change = (ThawFileChange){ kind, file, other };
  if (thaw_mailbox_post_wait (self->mailbox, change, -1, self->ended, NULL))
    return TRUE;
  thaw_file_change_free (change);
  return FALSE;
}

static gboolean
is_wanted (FileWatch *self, const char *name)
{
  return self->only == NULL || g_str_equal (self->only, name);
}

static gboolean
post_renames (FileWatch *self, ThawWatchChanges *changes)
{
  for (guint i = 0; i < changes->renames->len; i++)
    {
      const ThawWatchRename *rename = &g_array_index (changes->renames, ThawWatchRename, i);

      if ((is_wanted (self, rename->from) || is_wanted (self, rename->to))
          && !post (self,
                    THAW_FILE_CHANGE_RENAMED,
                    g_file_get_child (self->folder, rename->from),
                    g_file_get_child (self->folder, rename->to)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
post_names (FileWatch *self, ThawJob *job, int fd, ThawWatchChanges *changes)
{
  for (guint i = 0; i < changes->names->len; i++)
    {
      const char *name = g_ptr_array_index (changes->names, i);
      struct stat info;
      gboolean is_there;

      if (!is_wanted (self, name))
        continue;
      is_there = fd >= 0 && fstatat (fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
      thaw_job_beat (job);
      if (!post (self,
                 is_there ? THAW_FILE_CHANGE_CHANGED : THAW_FILE_CHANGE_GONE,
                 g_file_get_child (self->folder, name),
                 NULL))
        return FALSE;
    }
  return TRUE;
}

/* The folder is opened each time: as long as somebody has it open, the kernel doesn't tell that it
 * was deleted. */
static gboolean
look_lane (ThawJob *job, gpointer data, GError **error)
{
  FileWatch *self = data;
  g_autoptr (ThawWatchChanges) changes = thaw_watch_take (self->watch);
  int fd = thaw_lane_open_beneath (self->path, O_PATH | O_DIRECTORY, NULL);
  gboolean listens = post_renames (self, changes) && post_names (self, job, fd, changes);

  if (fd >= 0)
    close (fd);

  if (listens && changes->overflow)
    listens = post (self, THAW_FILE_CHANGE_LOST_TRACK, g_object_ref (self->file), NULL);
  if (listens && changes->self_gone)
    listens = post (self, THAW_FILE_CHANGE_ENDED, g_object_ref (self->file), NULL);
  thaw_job_return_int64 (job, listens && !changes->self_gone);
  return TRUE;
}

/* The loop. The watching thread drops its reference when it hears of it. */
static void
end (FileWatch *self)
{
  if (self->is_over)
    return;
  self->is_over = TRUE;
  g_cancellable_cancel (self->ended);
  if (self->watch != NULL && !self->is_looking)
    thaw_watch_close (g_steal_pointer (&self->watch));
  thaw_mailbox_close (self->notices);
  if (self->guard != NULL)
    thaw_future_resolve (self->guard);
}

static void look (FileWatch *self);

static void
looked_cb (ThawFuture *completed, gpointer data)
{
  FileWatch *self = data;

  self->is_looking = FALSE;
  if (self->is_over && self->watch != NULL)
    thaw_watch_close (g_steal_pointer (&self->watch));
  else if (thaw_future_get_state (completed) != THAW_FUTURE_RESOLVED
           || thaw_future_get_int64 (completed, NULL) != 1)
    end (self);
  else if (self->looks_again)
    look (self);
}

static void
look (FileWatch *self)
{
  g_autoptr (ThawLane) lane = NULL;
  g_autoptr (ThawFuture) future = NULL;

  self->looks_again = self->is_looking;
  if (self->is_looking || self->is_over)
    return;
  self->is_looking = TRUE;
  lane = thaw_lane_for_path (self->path);
  future = thaw_lane_run_patient (lane,
                                  self->scope,
                                  "look at changes",
                                  THAW_PRIORITY_DEFAULT,
                                  -1,
                                  look_lane,
                                  watch_ref (self),
                                  watch_unref);
  thaw_future_done (future, NULL, looked_cb, watch_ref (self), watch_unref);
}

static void
notice_cb (gpointer message, gpointer unused)
{
  look (message);
  watch_unref (message);
}

/* The watching thread, under its lock. */
static void
notify (gpointer data)
{
  FileWatch *self = data;

  if (!thaw_mailbox_post_keyed (self->notices, self, watch_ref (self)))
    watch_unref (self);
}

/* A folder is watched itself, anything else through the folder that it is in. */
static int
open_watched (FileWatch *self, ThawFilePlace *place, GError **error)
{
  int fd = thaw_lane_open_beneath (place->path, O_PATH | O_DIRECTORY, error);
  g_autofree char *folder = NULL;

  if (fd >= 0)
    {
      self->folder = g_file_new_for_path (place->path);
      self->path = g_strdup (place->path);
      return fd;
    }
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
      && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return -1;
  g_clear_error (error);
  folder = g_path_get_dirname (place->path);
  fd = thaw_lane_open_beneath (folder, O_PATH | O_DIRECTORY, error);
  if (fd < 0)
    return -1;
  self->only = g_path_get_basename (place->path);
  self->folder = g_file_new_for_path (folder);
  self->path = g_steal_pointer (&folder);
  return fd;
}

static gboolean
start_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  FileWatch *self = data;
  int fd;

  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  fd = open_watched (self, place, error);
  if (fd < 0)
    return FALSE;
  self->watch = thaw_watch_new (fd, notify, watch_ref (self), watch_unref, error);
  close (fd);
  if (self->watch != NULL)
    return TRUE;
  watch_unref (self);
  return thaw_file_prefix_error (error, place);
}

static void
scope_ended (gpointer data)
{
  end (data);
}

/* The loop, after the job, whatever became of its future. */
static void
started_over (gpointer data)
{
  FileWatch *self = data;

  if (self->watch == NULL || thaw_scope_is_cancelled (self->user_scope))
    end (self);
  else
    self->guard
        = thaw_scope_guard_new (self->user_scope, scope_ended, watch_ref (self), watch_unref);
  watch_unref (self);
}

static void
unref_notice (gpointer message)
{
  watch_unref (message);
}

/**
 * thaw_file_watch:
 * @scope: what the watch belongs to
 * @file: a folder, whose entries are watched, or any other file, which need not exist
 * @mailbox: gets `ThawFileChange`, to be freed with thaw_file_change_free()
 *
 * Tells of changes. Several changes of one name that follow each other closely are told once, and
 * what a message says is how it was when it was posted. When @mailbox is full the watch waits.
 *
 * - **Thread**: call on the loop's thread; messages are handled where @mailbox is.
 * What isn't native is looked at again and again, every second at first, every 32 s when nothing
 * changes for long: a rename is GONE and CHANGED there, and a file that changed and is as large and
 * as old as before is not told.
 *
 * - **Errors**: the `G_IO_ERROR` of opening it; NO_SPACE when the system has no watches left.
 * Changes made by others on a mounted network file system aren't seen.
 * - **Cancellation**: the watch ends with @scope, or with @mailbox; cancelling the future before it
 * is resolved ends the waiting only.
 *
 * Returns: (transfer full): a future that resolves with nothing when changes are seen
 */
ThawFuture *
thaw_file_watch (ThawScope *scope, GFile *file, ThawMailbox *mailbox)
{
  FileWatch *self;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && mailbox != NULL, NULL);

  if (!g_file_is_native (file))
    return thaw_file_poll (scope, file, mailbox);
  self = g_new0 (FileWatch, 1);
  self->ref_count = 1;
  self->scope = thaw_scope_new ("file watch", NULL);
  self->user_scope = thaw_scope_ref (scope);
  self->mailbox = thaw_mailbox_ref (mailbox);
  self->notices = thaw_mailbox_new ("file changes",
                                    thaw_scope_get_pump (scope),
                                    NULL,
                                    1,
                                    notice_cb,
                                    NULL,
                                    unref_notice);
  self->file = g_object_ref (file);
  self->ended = g_cancellable_new ();
  return thaw_file_run (scope, file, "watch file", start_lane, self, started_over);
}
