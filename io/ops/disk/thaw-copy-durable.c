/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a copy is on the device, told to the caller in lots, and what stands there from before an
 * interruption. A file counts as whole by its inode's number, which the caller wrote down when it
 * was on the device, and by its time, which is set last. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LOT_FILES 4096
#define LOT_BYTES THAW_COPY_LARGE_BYTES

static gboolean
defers_durability (ThawCopy *self)
{
  return self->syncs_as_a_whole && (self->flags & THAW_COPY_NOT_DURABLE) != 0;
}

static gboolean
tell_durable (ThawCopy *self, GError **error)
{
  const ThawWalkFuncs *funcs = self->walk.funcs;
  gboolean is_ok;

  if (funcs->durable == NULL || self->finished->len == 0)
    return TRUE;
  is_ok = funcs->durable ((guint64 *) (gpointer) self->finished->data,
                          self->finished->len,
                          funcs->user_data,
                          error);
  g_array_set_size (self->finished, 0);
  self->finished_bytes = 0;
  self->walk.is_over = !is_ok;
  return is_ok;
}

gboolean
thaw_copy_make_durable (ThawCopy *self, GError **error)
{
  if (defers_durability (self))
    return TRUE;
  /* One file has synced itself: its name is left. */
  if (!(self->is_tree ? thaw_place_sync_data_for (self->to, self->walk.funcs, error)
                      : thaw_place_sync (self->to, error)))
    {
      /* Nobody knows which of the files it was. */
      self->walk.is_over = TRUE;
      return FALSE;
    }
  return tell_durable (self, error);
}

static gboolean
tells_durable (ThawCopy *self)
{
  return self->walk.funcs->durable != NULL && !defers_durability (self);
}

/* Before a file of so many bytes: with what isn't known to be durable yet it would be more than a
 * crash may cost. */
gboolean
thaw_copy_make_room (ThawCopy *self, gint64 bytes, GError **error)
{
  if (self->finished->len == 0 || bytes <= LOT_BYTES - self->finished_bytes
      || !tells_durable (self))
    return TRUE;
  return thaw_copy_make_durable (self, error);
}

gboolean
thaw_copy_finished (ThawCopy *self, guint64 ino, gint64 bytes, GError **error)
{
  if (!tells_durable (self))
    return TRUE;
  g_array_append_val (self->finished, ino);
  self->finished_bytes += bytes;
  if (self->finished->len < LOT_FILES && self->finished_bytes < LOT_BYTES)
    return TRUE;
  return thaw_copy_make_durable (self, error);
}

gboolean
thaw_copy_is_durable (ThawCopy *self, guint64 ino)
{
  const ThawWalkFuncs *funcs = self->walk.funcs;

  return self->is_resumed && funcs->is_durable != NULL && funcs->is_durable (ino, funcs->user_data);
}

/* Like the source as far as that can be seen, which wasn't changed in any way since. */
static gboolean
is_whole (ThawCopy *self, const struct stat *old, const struct stat *st)
{
  return (old->st_mode & S_IFMT) == (st->st_mode & S_IFMT) && old->st_size == st->st_size
         && thaw_disk_is_same_time (&old->st_mtim, &st->st_mtim)
         && !thaw_disk_is_later (&st->st_ctim, &old->st_ctim)
         && thaw_copy_is_durable (self, old->st_ino);
}

static gboolean
may_go_on (const struct stat *old, const struct stat *st)
{
  return S_ISREG (old->st_mode) && S_ISREG (st->st_mode) && old->st_nlink == 1
         && st->st_size > THAW_COPY_LARGE_BYTES;
}

gboolean
thaw_copy_take_over (ThawCopy *self, const ThawCopyEntry *entry, gboolean *keeps, GError **error)
{
  const struct stat *st = &entry->st;
  struct stat old;

  *keeps = FALSE;
  if (fstatat (entry->out_fd, entry->as, &old, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT
           || thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
  if (S_ISDIR (old.st_mode) && S_ISDIR (st->st_mode))
    return TRUE;
  *keeps = is_whole (self, &old, st);
  if (*keeps || may_go_on (&old, st))
    return TRUE;
  return thaw_disk_discard_at (entry->out_fd, entry->as, NULL, error);
}

static gboolean
sweep_name (int in_fd, int out_fd, const char *name, GError **error)
{
  struct stat st;

  if (fstatat (in_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return TRUE;
  if (errno != ENOENT)
    return thaw_disk_fail (error, errno, "look at", name);
  return thaw_disk_discard_at (out_fd, name, NULL, error);
}

gboolean
thaw_copy_sweep (ThawCopy *self, GError **error)
{
  int in_fd = thaw_descent_get_fd (&self->from, error);
  int out_fd = in_fd >= 0 ? thaw_descent_get_fd (&self->into, error) : -1;
  ThawNames *names;
  ThawName name;
  GError *failure = NULL;

  if (out_fd < 0)
    return FALSE;
  names = thaw_names_new ();
  thaw_names_rewind (names, out_fd);
  while (failure == NULL && thaw_names_next (names, out_fd, &name, &failure))
    sweep_name (in_fd, out_fd, name.name, &failure);
  thaw_names_free (names);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}
