/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a body on the lane of a file. A lane is found by text, and text doesn't see symbolic
 * links: a body that meets one which leads to another mount stops there, says where it leads, and
 * is run again on that place's lane. The loop starts and hands over, workers do the rest. */

#include "thaw-file-work-private.h"

#include "thaw-error.h"
#include "thaw-file-queue-private.h"
#include "thaw-lane-path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_TURNS 40 /* as many links as the kernel follows */
#define TELL_EVERY_USEC 50000
#define NEW_MOUNT_USEC 5000

typedef struct {
  gint ref_count;
  gboolean is_native;
  ThawFilePlace place;   /* the worker's while a job runs */
  ThawMountTable *table; /* like the next, constant while it is the latest */
  ThawLane *lane;
  ThawScope *scope;
  const char *name;
  ThawPriority priority;
  ThawFileRunFlags flags;
  ThawFileQueue *queue; /* nullable: shared with those that were started after it */
  ThawFileFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Run;

/* The one that was started last on the root mount, while it is under way: who loads one file of a
 * folder often loads others, and their lane needn't be worked out again. */
static pthread_mutex_t latest_lock = PTHREAD_MUTEX_INITIALIZER;
static Run *latest; /* no reference; also atomic, for who asks whether it is it itself */

static void
set_latest (Run *run)
{
  __atomic_store_n (&latest, run, __ATOMIC_RELAXED);
}

static void
forget_latest (Run *self)
{
  if (__atomic_load_n (&latest, __ATOMIC_RELAXED) != self)
    return;
  pthread_mutex_lock (&latest_lock);
  if (latest == self)
    set_latest (NULL);
  pthread_mutex_unlock (&latest_lock);
}

static Run *
run_ref (Run *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
run_unref (gpointer data)
{
  Run *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  forget_latest (self);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_clear_pointer (&self->queue, thaw_file_queue_unref);
  g_clear_pointer (&self->table, thaw_mount_table_unref);
  g_clear_pointer (&self->lane, thaw_lane_unref);
  thaw_scope_unref (self->scope);
  g_object_unref (self->place.file);
  g_free (self->place.moved);
  g_free (self);
}

gboolean
thaw_file_place_moved (ThawFilePlace *self, char *path, GError **error)
{
  /* The same again is a mount that the table doesn't have yet: turns are counted, so give it time.
   */
  if (g_str_equal (path, self->path))
    g_usleep (NEW_MOUNT_USEC);
  g_free (self->moved);
  self->path = self->moved = path;
  self->n_turns++;
  if (self->n_turns > MAX_TURNS)
    thaw_file_set_errno (error, ELOOP, path, NULL);
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT, "%s is where it leads", path);
  return FALSE;
}

/* What the body ran into at the border of the mount is worked out here, where blocking is fine. */
static gboolean
find_beyond (Run *self, guint n_turns_before, GError **error)
{
  char *beyond;

  if (self->place.n_turns > n_turns_before)
    return FALSE;
  g_clear_error (error);
  beyond = thaw_lane_resolve_crossing (self->place.path, error);
  return beyond != NULL && thaw_file_place_moved (&self->place, beyond, error);
}

static gboolean
run_lane (ThawJob *job, gpointer data, GError **error)
{
  Run *self = data;
  guint n_turns = self->place.n_turns;

  if (self->func (job, &self->place, self->user_data, error))
    return TRUE;
  if (g_error_matches (*error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT))
    return find_beyond (self, n_turns, error);
  return FALSE;
}

static gboolean
is_beside (GFile *file, GFile *other)
{
  const char *path = g_file_peek_path (file), *other_path = g_file_peek_path (other);
  gsize length = (gsize) (strrchr (other_path, '/') + 1 - other_path);

  return strncmp (path, other_path, length) == 0 && strchr (path + length, '/') == NULL;
}

/* In a folder of the root mount every name is on it too, but for one that is itself a mount point:
 * open_from_root() stops at that as it does at a link that leads away. */
static gboolean
follow_latest (Run *self)
{
  pthread_mutex_lock (&latest_lock);
  if (latest != NULL && latest->table == self->table && latest->place.is_on_root
      && is_beside (self->place.file, latest->place.file))
    {
      self->place.is_on_root = TRUE;
      self->lane = thaw_lane_ref (latest->lane);
    }
  pthread_mutex_unlock (&latest_lock);
  return self->lane != NULL;
}

/* Who starts several of a kind on one lane before the first is over gets the price for many. Under
 * the lock. */
static void
share_queue (Run *self, Run *other)
{
  if ((self->flags & other->flags & THAW_FILE_RUN_SHORT) == 0 || self->scope != other->scope
      || self->lane != other->lane || self->priority != other->priority)
    return;
  if (other->queue == NULL)
    other->queue = thaw_file_queue_new (self->lane, self->scope, self->priority);
  self->queue = thaw_file_queue_ref (other->queue);
}

static void
find_lane (Run *self)
{
  const ThawMount *mount = NULL;

  if (self->is_native)
    self->table = thaw_mount_table_dup_current ();
  if (self->table == NULL || (self->flags & THAW_FILE_RUN_OPENS) == 0 || !follow_latest (self))
    {
      if (self->table != NULL)
        mount = thaw_mount_table_find (self->table, self->place.path);
      self->place.is_on_root
          = mount != NULL && mount->kind == THAW_MOUNT_LOCAL && g_str_equal (mount->root, "/");
      self->lane = thaw_lane_for_file (self->place.file);
    }
  pthread_mutex_lock (&latest_lock);
  if (self->place.is_on_root && latest != NULL)
    share_queue (self, latest);
  if (self->place.is_on_root)
    set_latest (self);
  pthread_mutex_unlock (&latest_lock);
}

/* It has turned out to be elsewhere. */
static void
find_next_lane (Run *self)
{
  forget_latest (self);
  self->place.is_on_root = FALSE;
  g_clear_pointer (&self->queue, thaw_file_queue_unref);
  thaw_lane_unref (self->lane);
  self->lane = thaw_lane_for_path (self->place.path);
}

static ThawFuture *run_once (Run *self);

static ThawFuture *
go_on (const GError *error, gpointer data)
{
  Run *self = data;

  if (!g_error_matches (error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT)
      || self->place.n_turns > MAX_TURNS)
    return NULL;
  find_next_lane (self);
  return run_once (self);
}

static ThawFuture *
hand_over (Run *self)
{
  if (self->queue != NULL)
    return thaw_file_queue_run (self->queue, self->name, run_lane, run_ref (self), run_unref);
  return thaw_lane_run (self->lane,
                        self->scope,
                        self->name,
                        self->priority,
                        -1,
                        run_lane,
                        run_ref (self),
                        run_unref);
}

static ThawFuture *
run_once (Run *self)
{
  ThawFuture *future = hand_over (self);

  if (self->is_native)
    thaw_job_set_sequel (future, go_on);
  return future;
}

/* Takes over @self, which has what the caller gave. */
static ThawFuture *
run_start (Run *self, ThawScope *scope, GFile *file)
{
  ThawFuture *future;

  self->ref_count = 1;
  self->scope = thaw_scope_ref (scope);
  self->place.file = g_object_ref (file);
  self->is_native = g_file_is_native (file);
  if (self->is_native)
    self->place.path = g_file_peek_path (file);
  find_lane (self);
  future = run_once (self);
  run_unref (self);
  return future;
}

ThawFuture *
thaw_file_run (ThawScope *scope,
               GFile *file,
               const char *name,
               ThawFileFunc func,
               gpointer user_data,
               GDestroyNotify destroy)
{
  Run *self = g_new (Run, 1);

  *self = (Run){ .name = name,
                 .priority = THAW_PRIORITY_DEFAULT,
                 .func = func,
                 .user_data = user_data,
                 .destroy = destroy };
  return run_start (self, scope, file);
}

ThawFuture *
thaw_file_run_with (ThawScope *scope,
                    GFile *file,
                    const char *name,
                    ThawPriority priority,
                    ThawFileRunFlags flags,
                    ThawFileFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  Run *self = g_new (Run, 1);

  *self = (Run){ .name = name,
                 .priority = priority,
                 .flags = flags,
                 .func = func,
                 .user_data = user_data,
                 .destroy = destroy };
  return run_start (self, scope, file);
}

char *
thaw_file_place_dup_name (ThawFilePlace *self)
{
  return g_file_get_parse_name (self->file);
}

void
thaw_file_set_errno (GError **error, int code, const char *path, const char *what)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "%s: %s%s%s",
               shown,
               what != NULL ? what : "",
               what != NULL ? ": " : "",
               g_strerror (code));
}

/* GIO's own messages often leave out which file it was. */
gboolean
thaw_file_prefix_error (GError **error, ThawFilePlace *place)
{
  g_autofree char *name = thaw_file_place_dup_name (place);

  if (error != NULL && *error != NULL && strstr ((*error)->message, name) == NULL)
    g_prefix_error (error, "%s: ", name);
  return FALSE;
}

/* On the root mount a path leads from "/" by itself: one call instead of three, and no table. -1
 * with OTHER_MOUNT at a border; -1 without an error when the careful way shall say what is wrong.
 */
static int
open_from_root (ThawFilePlace *place, int flags, GError **error)
{
  struct open_how how = {
    .flags = (guint64) flags | O_CLOEXEC,
    .resolve = RESOLVE_NO_XDEV,
  };
  int fd = (int) syscall (SYS_openat2, AT_FDCWD, place->path, &how, sizeof how);

  if (fd < 0 && errno == EXDEV)
    g_set_error (error,
                 THAW_ERROR,
                 THAW_ERROR_OTHER_MOUNT,
                 "%s leads to another mount",
                 place->path);
  return fd;
}

static int
open_place (ThawFilePlace *place, int flags, GError **error)
{
  GError *border = NULL;
  int fd = place->is_on_root ? open_from_root (place, flags, &border) : -1;

  if (border != NULL)
    g_propagate_error (error, border);
  else if (fd < 0)
    fd = thaw_lane_open_beneath (place->path, flags, error);
  return fd;
}

/* Not blocking: a FIFO without a writer must not hang. For a regular file it means nothing. */
int
thaw_file_open_for_reading (ThawFilePlace *place, struct stat *info, GError **error)
{
  int fd = open_place (place, O_RDONLY | O_NONBLOCK | O_NOCTTY, error);

  *info = (struct stat){ 0 };
  if (fd < 0 || fstat (fd, info) != 0 || S_ISREG (info->st_mode))
    return fd;
  close (fd);
  if (S_ISDIR (info->st_mode))
    thaw_file_set_errno (error, EISDIR, place->path, NULL);
  else
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_REGULAR_FILE,
                 "%s is not a regular file",
                 place->path);
  return -1;
}

/* Where a link in the open folder leads. The folder's own path is asked of the kernel, because ".."
 * is resolved by text later. */
static char *
dup_link_target (int folder_fd, const char *base)
{
  char target[PATH_MAX + 1], folder[PATH_MAX + 1], link[64];
  gssize n = readlinkat (folder_fd, base, target, PATH_MAX);

  if (n <= 0)
    return NULL;
  target[n] = '\0';
  if (target[0] == '/')
    return g_strdup (target);
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", folder_fd);
  n = readlink (link, folder, PATH_MAX);
  if (n <= 0)
    return NULL;
  folder[n] = '\0';
  return g_build_filename (folder, target, NULL);
}

static gboolean
follow_link (ThawFilePlace *place, int folder_fd, const char *base, GError **error)
{
  char *target = dup_link_target (folder_fd, base);

  if (target != NULL)
    return thaw_file_place_moved (place, target, error);
  thaw_file_set_errno (error, errno, place->path, NULL);
  return FALSE;
}

/* @info: its st_mode is 0 when there is nothing. */
int
thaw_file_open_folder (ThawFilePlace *place, char **base, struct stat *info, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autofree char *name = g_path_get_basename (place->path);
  int fd = thaw_lane_open_beneath (folder, O_RDONLY | O_DIRECTORY, error);

  if (fd < 0)
    {
      char *beyond;

      if (!g_error_matches (*error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT))
        return -1;
      g_clear_error (error);
      beyond = thaw_lane_resolve_crossing (folder, error);
      if (beyond != NULL)
        thaw_file_place_moved (place, g_build_filename (beyond, name, NULL), error);
      g_free (beyond);
      return -1;
    }
  if (fstatat (fd, name, info, AT_SYMLINK_NOFOLLOW) != 0)
    *info = (struct stat){ 0 };
  if (S_ISLNK (info->st_mode))
    {
      follow_link (place, fd, name, error);
      close (fd);
      return -1;
    }
  *base = g_steal_pointer (&name);
  return fd;
}

gboolean
thaw_file_write_all (int fd, gconstpointer bytes, gsize n_bytes, const char *path, GError **error)
{
  const char *at = bytes, *end = at + n_bytes;

  while (at < end)
    {
      gssize n = write (fd, at, MIN ((gsize) (end - at), 1 << 30));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          thaw_file_set_errno (error, errno, path, "writing");
          return FALSE;
        }
      at += n;
    }
  return TRUE;
}

/**
 * thaw_file_progress_free:
 * @self: (transfer full): a message of a progress mailbox
 */
void
thaw_file_progress_free (ThawFileProgress *self)
{
  g_object_unref (self->file);
  g_free (self);
}

/* The last one is always told. */
void
thaw_file_tell (ThawFileTeller *self, goffset done_bytes, goffset total_bytes)
{
  gint64 now_usec;
  ThawFileProgress *progress;

  if (self->mailbox == NULL)
    return;
  now_usec = g_get_monotonic_time ();
  if (done_bytes != total_bytes && now_usec < self->told_usec + TELL_EVERY_USEC)
    return;
  self->told_usec = now_usec;
  progress = g_new (ThawFileProgress, 1);
  *progress = (ThawFileProgress){ g_object_ref (self->file), done_bytes, total_bytes };
  if (!thaw_mailbox_post_keyed (self->mailbox, self->key, progress))
    thaw_file_progress_free (progress);
}
