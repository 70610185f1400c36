/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes for good. Goes down by descriptors, so that a folder that is swapped for a link under way
 * is found not to be one; never below another mount; never by recursion. What can't be removed
 * stays with the folders around it, and the rest goes on. The operation's thread. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Half of what there is, when a second tree is looked at beside it. */
#define MAX_OPEN 30

#define LARGE_BYTES (16 << 20)
#define WAIT_USEC (500 * 1000)

typedef struct {
  ThawWalk walk;
  ThawDescent way;
  gboolean forces; /* our own: modes that forbid it are changed */
  gboolean frees_later;
  gboolean compares;
  ThawDescent other; /* where the counterparts are */
  const char *item, *other_item;
} Removing;

static gboolean
is_whole_copy (const struct stat *copy, const struct stat *st)
{
  if ((copy->st_mode & S_IFMT) != (st->st_mode & S_IFMT))
    return FALSE;
  if (S_ISCHR (st->st_mode) || S_ISBLK (st->st_mode))
    return copy->st_rdev == st->st_rdev;
  if (S_ISREG (st->st_mode))
    return copy->st_size == st->st_size && thaw_disk_is_same_time (&copy->st_mtim, &st->st_mtim);
  return !S_ISLNK (st->st_mode) || copy->st_size == st->st_size;
}

static const char *
get_other_name (Removing *self, const char *name)
{
  return thaw_descent_get_depth (&self->way) == 0 ? self->other_item : name;
}

static gboolean
fail_for_counterpart (const char *name, GError **error)
{
  return thaw_disk_fail_with (error,
                              G_IO_ERROR_FAILED,
                              "remove",
                              name,
                              "there is no whole copy of it, or it was changed since");
}

/* At the end of a move: only what has arrived may go. */
static gboolean
check_counterpart (Removing *self, int folder_fd, const char *name, GError **error)
{
  struct stat st, copy;
  int other_fd;

  if (!self->compares)
    return TRUE;
  other_fd = thaw_descent_get_fd (&self->other, error);
  if (other_fd < 0)
    return FALSE;
  if (fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "look at", name);
  if (fstatat (other_fd, get_other_name (self, name), &copy, AT_SYMLINK_NOFOLLOW) == 0
      && is_whole_copy (&copy, &st) && (copy.st_dev != st.st_dev || copy.st_ino != st.st_ino))
    return TRUE;
  return fail_for_counterpart (name, error);
}

static void
note_gone (Removing *self)
{
  ThawLevel *level = thaw_descent_get_top (&self->way);

  if (level != NULL)
    level->n_gone++;
  thaw_walk_done (&self->walk, 0, 1);
}

static void
note_left (Removing *self)
{
  ThawLevel *level = thaw_descent_get_top (&self->way);

  if (level != NULL)
    level->n_left++;
}

static gboolean
unlink_at (Removing *self, int folder_fd, const char *name, int flags)
{
  if (unlinkat (folder_fd, name, flags) == 0 || errno == ENOENT)
    return TRUE;
  if (errno != EACCES || !self->forces || thaw_descent_get_depth (&self->way) == 0
      || fchmod (folder_fd, S_IRWXU) != 0)
    return FALSE;
  return unlinkat (folder_fd, name, flags) == 0;
}

static int
open_forbidden (Removing *self, int folder_fd, const char *name)
{
  g_autofd int handle = -1;

  if (!self->forces)
    {
      errno = EACCES;
      return -1;
    }
  handle = thaw_disk_open_handle (folder_fd, name, TRUE);
  if (handle < 0 && errno == EACCES && fchmod (folder_fd, S_IRWXU) == 0)
    handle = thaw_disk_open_handle (folder_fd, name, TRUE);
  if (handle >= 0)
    thaw_disk_chmod (handle, S_IRWXU);
  return thaw_disk_open_folder (folder_fd, name, TRUE);
}

static gboolean
enter_counterpart (Removing *self, const char *name, GError **error)
{
  const char *other_name = get_other_name (self, name);
  int above_fd = thaw_descent_get_fd (&self->other, error);
  g_autofd int fd = -1;
  struct stat st;

  if (above_fd < 0)
    return FALSE;
  fd = thaw_disk_open_folder (above_fd, other_name, FALSE);
  if (fd < 0 || fstat (fd, &st) != 0)
    return fail_for_counterpart (name, error);
  thaw_descent_push (&self->other, other_name, g_steal_fd (&fd), &st);
  return TRUE;
}

static gboolean
enter_folder (Removing *self, int folder_fd, const char *name, GError **error)
{
  g_autofd int fd = thaw_disk_open_folder (folder_fd, name, TRUE);
  struct stat st;
  ThawLevel *level;

  if (fd < 0 && errno == EACCES)
    {
      /* Nobody need look into an empty one. */
      if (!self->compares && unlinkat (folder_fd, name, AT_REMOVEDIR) == 0)
        {
          note_gone (self);
          return TRUE;
        }
      fd = open_forbidden (self, folder_fd, name);
    }
  if (fd < 0 && errno == EXDEV)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_BUSY,
                                "remove",
                                name,
                                "something is mounted there");
  if (fd < 0 || fstat (fd, &st) != 0)
    return thaw_disk_fail (error, errno, "open", name);
  if (self->compares && !enter_counterpart (self, name, error))
    return FALSE;
  level = thaw_descent_push (&self->way, name, g_steal_fd (&fd), &st);
  level->names = thaw_names_new ();
  level->path_length = self->walk.path->len;
  return TRUE;
}

static gboolean
is_folder (int folder_fd, const char *name)
{
  struct stat st;

  return fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st.st_mode);
}

/* -1: it is no large file, or may go at once. */
static int
hold_large (Removing *self, int folder_fd, const char *name)
{
  struct stat st;

  if (!self->frees_later || fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISREG (st.st_mode) || st.st_size < LARGE_BYTES)
    return -1;
  return thaw_disk_open_handle (folder_fd, name, TRUE);
}

static gboolean
remove_file (Removing *self, int folder_fd, const char *name, GError **error)
{
  g_autofd int held = -1;

  if (!check_counterpart (self, folder_fd, name, error))
    return FALSE;
  held = hold_large (self, folder_fd, name);
  if (!unlink_at (self, folder_fd, name, 0))
    return thaw_disk_fail (error, errno, "remove", name);
  if (held >= 0)
    thaw_disk_close_later (g_steal_fd (&held), TRUE);
  note_gone (self);
  return TRUE;
}

static gboolean
remove_entry (Removing *self, int folder_fd, const char *name, guint8 type, GError **error)
{
  if (type == DT_DIR || (type == DT_UNKNOWN && is_folder (folder_fd, name)))
    return enter_folder (self, folder_fd, name, error);
  return remove_file (self, folder_fd, name, error);
}

/* Until it is done, to be left out, or the end. */
static gboolean
remove_or_ask (Removing *self, int folder_fd, const char *name, guint8 type, GError **error)
{
  ThawVerdict verdict = THAW_WALK_RETRY;

  while (verdict == THAW_WALK_RETRY)
    {
      GError *failure = NULL;

      if (remove_entry (self, folder_fd, name, type, &failure))
        return TRUE;
      verdict = thaw_walk_judge (&self->walk, failure, error);
    }
  note_left (self);
  return verdict != THAW_WALK_END;
}

static void
leave_folder (Removing *self, gboolean is_gone)
{
  thaw_descent_pop (&self->way);
  if (self->compares)
    thaw_descent_pop (&self->other);
  if (is_gone)
    note_gone (self);
  else
    note_left (self);
}

/* Only the very folder that was emptied. */
static gboolean
remove_emptied (Removing *self, ThawLevel *level, GError **error)
{
  int above_fd = thaw_descent_get_parent_fd (&self->way, error);
  struct stat st;

  if (above_fd < 0)
    return FALSE;
  if (fstatat (above_fd, level->name, &st, AT_SYMLINK_NOFOLLOW) == 0
      && (st.st_dev != level->st.st_dev || st.st_ino != level->st.st_ino))
    return thaw_disk_fail_with (error, G_IO_ERROR_FAILED, "remove", level->name, "it was replaced");
  if (unlinkat (above_fd, level->name, AT_REMOVEDIR) == 0 || errno == ENOENT)
    return TRUE;
  if (errno == EACCES && self->forces && thaw_descent_get_depth (&self->way) > 1
      && fchmod (above_fd, S_IRWXU) == 0 && unlinkat (above_fd, level->name, AT_REMOVEDIR) == 0)
    return TRUE;
  return thaw_disk_fail (error, errno, "remove", level->name);
}

static gboolean
finish_folder (Removing *self, int fd, GError **error)
{
  ThawLevel *level = thaw_descent_get_top (&self->way);
  g_autoptr (GError) failure = NULL;
  ThawVerdict verdict;

  if (level->n_left > 0)
    {
      leave_folder (self, FALSE);
      return TRUE;
    }
  if (remove_emptied (self, level, &failure))
    {
      leave_folder (self, TRUE);
      return TRUE;
    }
  /* Some file systems lose their place while entries go; others made new ones. */
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY) && level->n_gone > 0)
    {
      level->n_gone = 0;
      thaw_names_rewind (level->names, fd);
      return TRUE;
    }
  verdict = thaw_walk_judge (&self->walk, g_steal_pointer (&failure), error);
  if (verdict == THAW_WALK_LEAVE_OUT)
    leave_folder (self, FALSE);
  return verdict != THAW_WALK_END;
}

/* Its entries can't be read, or it is lost. */
static gboolean
give_up_folder (Removing *self, GError *failure, GError **error)
{
  if (thaw_walk_judge (&self->walk, failure, error) == THAW_WALK_END)
    return FALSE;
  leave_folder (self, FALSE);
  return TRUE;
}

static gboolean
step (Removing *self, GError **error)
{
  GError *failure = NULL;
  ThawLevel *level = thaw_descent_get_top (&self->way);
  int fd = thaw_descent_get_fd (&self->way, &failure);
  ThawName name;

  g_string_truncate (self->walk.path, level->path_length);
  if (fd >= 0 && thaw_names_next (level->names, fd, &name, &failure))
    {
      thaw_walk_enter (&self->walk, level->path_length, name.name);
      return remove_or_ask (self, fd, name.name, name.type, error);
    }
  if (failure != NULL)
    return give_up_folder (self, failure, error);
  return finish_folder (self, fd, error);
}

static gboolean
remove_tree (Removing *self,
             int folder_fd,
             const ThawWalkFuncs *funcs,
             int other_fd,
             GError **error)
{
  struct stat st;
  gboolean is_ok;

  if (fstatat (folder_fd, self->item, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "remove", self->item);
  thaw_walk_init (&self->walk, self->item, funcs);
  thaw_descent_init (&self->way, folder_fd, MAX_OPEN);
  thaw_descent_init (&self->other, other_fd, MAX_OPEN);
  is_ok = thaw_walk_check (&self->walk, error)
          && remove_or_ask (self, folder_fd, self->item, IFTODT (st.st_mode), error);
  while (is_ok && thaw_descent_get_depth (&self->way) > 0)
    is_ok = thaw_walk_check (&self->walk, error) && step (self, error);
  thaw_descent_clear (&self->way);
  thaw_descent_clear (&self->other);
  thaw_walk_clear (&self->walk);
  return is_ok;
}

/**
 * thaw_disk_remove: (skip)
 * @place: where the item is
 * @name: a file, link or folder in it
 * @counterpart: (nullable): for the end of a move: where the copy is
 * @counterpart_name: (nullable): what the copy is called
 * @funcs: (nullable): who is asked and told
 * @error: return location
 *
 * Removes for good: what is called @name, and if that is a folder, all that is in it. Never follows
 * a link, never goes below another mount, and removes a folder only if it is the one that was
 * emptied. What can't be removed is told to `problem()` and stays, with the folders that it is in;
 * the rest goes on, and %TRUE is returned. With a @counterpart whatever has none of the same type,
 * size and time of modification stays likewise.
 *
 * - **Thread**: the operation's; blocks. Not durable: sync the place for that.
 * - **Errors**: of the item itself, and those with which the caller ended it.
 * - **Cancellation**: by `check()`, before each entry.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_remove (ThawPlace *place,
                  const char *name,
                  ThawPlace *counterpart,
                  const char *counterpart_name,
                  const ThawWalkFuncs *funcs,
                  GError **error)
{
  Removing self = {
    .compares = counterpart != NULL,
    .item = name,
    .other_item = counterpart_name,
  };

  return remove_tree (&self,
                      thaw_place_get_fd (place),
                      funcs,
                      counterpart != NULL ? thaw_place_get_fd (counterpart) : -1,
                      error);
}

/**
 * thaw_disk_discard: (skip)
 * @place: where the item is
 * @name: something that is ours: a hidden name of an operation, or one in the kept store
 * @funcs: (nullable): who is asked and told
 * @error: return location
 *
 * As thaw_disk_remove(), for what the user doesn't know of: folders that may not be written in are
 * made so that they may. Nothing there isn't an error.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_discard (ThawPlace *place, const char *name, const ThawWalkFuncs *funcs, GError **error)
{
  return thaw_disk_discard_at (thaw_place_get_fd (place), name, funcs, error);
}

gboolean
thaw_disk_discard_at (int folder_fd, const char *name, const ThawWalkFuncs *funcs, GError **error)
{
  Removing self = { .forces = TRUE, .item = name };
  g_autoptr (GError) failure = NULL;

  if (remove_tree (&self, folder_fd, funcs, -1, &failure)
      || g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

void
thaw_disk_discard_cancelled (int folder_fd, const char *name)
{
  Removing self = { .forces = TRUE, .frees_later = TRUE, .item = name };

  remove_tree (&self, folder_fd, NULL, -1, NULL);
}

static gpointer
close_thread (gpointer data)
{
  close (GPOINTER_TO_INT (data));
  return NULL;
}

static gpointer
wait_and_close_thread (gpointer data)
{
  g_usleep (WAIT_USEC);
  return close_thread (data);
}

void
thaw_disk_close_later (int fd, gboolean waits)
{
  GThread *thread = g_thread_try_new ("thaw-close",
                                      waits ? wait_and_close_thread : close_thread,
                                      GINT_TO_POINTER (fd),
                                      NULL);

  if (thread != NULL)
    g_thread_unref (thread);
  else
    close (fd);
}
