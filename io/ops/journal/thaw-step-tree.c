/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a tree is as an operation left it. Nobody can set a ctime: whatever was changed inside
 * after the operation's end, by the file system's own clock, has a later one, also when its times
 * were set back. What the journal knows to have changed itself, and to have taken back, doesn't
 * count. A walk costs some 2 us an entry; it ends at a million of them, and what is beyond is taken
 * for unchanged: what is undone is kept, so that no work is lost by that. On one operation's
 * thread; only looks, never leaves the file system, never follows a link. */

#include "thaw-step-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_ENTRIES 1000000
#define MAX_WAITS 24
#define WAIT_USEC 500
#define NSEC G_GINT64_CONSTANT (1000000000)

typedef struct {
  char *path;
  guint64 dev, ino;
} Pending;

typedef struct {
  GArray *pending;
  guint64 dev;
  const ThawTreeBounds *bounds;
  gint64 bytes;
  guint n_entries;
} Walk;

static void
pending_clear (gpointer data)
{
  g_free (((Pending *) data)->path);
}

static gboolean
fail_changed (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", name);
  return FALSE;
}

static gint64
get_ctime (const struct stat *st)
{
  return st->st_ctim.tv_sec * NSEC + st->st_ctim.tv_nsec;
}

/* The first one is the folder itself. */
static gboolean
is_later (Walk *self, gint64 ctime_nsec)
{
  const ThawTreeBounds *bounds = self->bounds;

  if (bounds->clock_nsec == 0)
    return FALSE;
  if (self->n_entries == 0 || bounds->inside_nsec == 0)
    return ctime_nsec > bounds->clock_nsec;
  return ctime_nsec >= bounds->inside_nsec;
}

static gboolean
leaves (Walk *self, const struct stat *st)
{
  guint64 ino = st->st_ino;

  return self->n_entries > 0 && self->bounds->leaves != NULL
         && thaw_spill_has (self->bounds->leaves, &ino, sizeof ino);
}

/* Takes @path over. */
static gboolean
visit (Walk *self, char *path, const struct stat *st, GError **error)
{
  gint64 ctime_nsec = get_ctime (st);
  gboolean success = TRUE;

  if (leaves (self, st))
    {
      g_free (path);
      return TRUE;
    }
  if (is_later (self, ctime_nsec)
      && !self->bounds->is_ours (st->st_ino, ctime_nsec, self->bounds->user_data))
    success = fail_changed (path, error);
  self->n_entries++;
  self->bytes += st->st_blocks * G_GINT64_CONSTANT (512);
  if (success && S_ISDIR (st->st_mode) && (guint64) st->st_dev == self->dev)
    {
      Pending folder = { g_steal_pointer (&path), st->st_dev, st->st_ino };

      g_array_append_val (self->pending, folder);
    }
  g_free (path);
  return success;
}

static gboolean
is_dot (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0;
}

static gboolean
read_entries (Walk *self, DIR *dir, const char *path, GError **error)
{
  struct dirent *entry;
  struct stat st;

  while (self->n_entries < MAX_ENTRIES && (entry = readdir (dir)) != NULL)
    {
      if (is_dot (entry->d_name))
        continue;
      if (fstatat (dirfd (dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        return fail_changed (path, error);
      if (!visit (self, g_build_filename (path, entry->d_name, NULL), &st, error))
        return FALSE;
    }
  return TRUE;
}

/* What may not be read, nobody without the right to it has changed from here. */
static gboolean
read_folder (Walk *self, const Pending *folder, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ThawPlace) place
      = thaw_place_open_known (folder->path, folder->dev, folder->ino, &local);
  gboolean success;
  int fd;
  DIR *dir;

  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return TRUE;
  if (place == NULL)
    return fail_changed (folder->path, error);
  fd = openat (thaw_place_get_fd (place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  dir = fd >= 0 ? fdopendir (fd) : NULL;
  if (dir == NULL)
    {
      gboolean may_not = errno == EACCES;

      if (fd >= 0)
        close (fd);
      return may_not || fail_changed (folder->path, error);
    }
  success = read_entries (self, dir, folder->path, error);
  closedir (dir);
  return success;
}

static gboolean
walk (Walk *self, GError **error)
{
  while (self->pending->len > 0 && self->n_entries < MAX_ENTRIES)
    {
      Pending folder = g_array_index (self->pending, Pending, self->pending->len - 1);
      g_autofree char *path = g_strdup (folder.path);

      folder.path = path;
      g_array_set_size (self->pending, self->pending->len - 1);
      if (!read_folder (self, &folder, error))
        return FALSE;
    }
  return TRUE;
}

/* Sets a time to what it is, which nobody sees but the ctime. 0: it can't be done. */
static gint64
touch (ThawPlace *place, const char *name)
{
  struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
  struct stat st;
  int folder = thaw_place_get_fd (place);

  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  times[1] = st.st_mtim;
  if (utimensat (folder, name, times, AT_SYMLINK_NOFOLLOW) != 0
      || fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  return get_ctime (&st);
}

/* Nothing in it is younger than the first touch, nor as young as the one that is returned. Clocks
 * of file systems go by ticks, of 4 ms mostly, and several things happen in one; where they are as
 * long as FAT's 2 s it isn't waited for. */
gint64
thaw_tree_make_ready (ThawPlace *place, const char *name)
{
  gint64 first_nsec = touch (place, name), now_nsec;

  for (guint i = 0; first_nsec != 0 && i < MAX_WAITS; i++)
    {
      now_nsec = touch (place, name);
      if (now_nsec > first_nsec || now_nsec == 0)
        return now_nsec;
      g_usleep (WAIT_USEC);
    }
  return 0;
}

gboolean
thaw_tree_is_unchanged (ThawPlace *place,
                        const char *name,
                        const ThawTreeBounds *bounds,
                        gint64 *bytes,
                        GError **error)
{
  Walk self = { .bounds = bounds };
  struct stat st;
  gboolean success;

  *bytes = 0;
  if (fstatat (thaw_place_get_fd (place), name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
    {
      thaw_set_errno_error (error, errno, name);
      return FALSE;
    }
  self.dev = st.st_dev;
  self.pending = g_array_new (FALSE, FALSE, sizeof (Pending));
  g_array_set_clear_func (self.pending, pending_clear);
  success
      = visit (&self, thaw_place_dup_child_path (place, name), &st, error) && walk (&self, error);
  g_array_unref (self.pending);
  *bytes = self.bytes;
  return success;
}
