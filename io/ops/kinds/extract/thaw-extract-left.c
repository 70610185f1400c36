/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an interrupted extraction has left in its hidden folder, for going on with it. Nobody says
 * which of it is whole: the archive is read again from its beginning, and what comes is compared
 * with what stands there, so that only what differs is written. For that each file that was left
 * gets permissions that no file has otherwise, none: by these it is told from what this life of the
 * job has made, with nothing to be remembered. Links are made anew, and what the archive doesn't
 * bring a second time goes. On the thread of the run. */

#include "thaw-extract-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  gboolean syncs_folders;
  guint n_removed;
} Sweeping;

static gboolean
fail (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
is_left (const struct stat *st)
{
  return S_ISREG (st->st_mode) && (st->st_mode & 0777) == 0;
}

static gboolean
remove_entry (const ThawVisit *entry, Sweeping *self, GError **error)
{
  if (unlinkat (entry->folder, entry->name, 0) != 0)
    return fail (error, "What was left can't be removed");
  self->n_removed++;
  return TRUE;
}

static gboolean
mark_entry (const ThawVisit *entry, gpointer user_data, GError **error)
{
  struct stat st;

  if (S_ISDIR (entry->st.st_mode))
    return TRUE;
  if (!S_ISREG (entry->st.st_mode) || entry->st.st_nlink > 1)
    return remove_entry (entry, user_data, error);
  if (is_left (&entry->st))
    return TRUE;
  if (fchmodat (entry->folder, entry->name, 0, 0) != 0
      || fstatat (entry->folder, entry->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return fail (error, "What was left can't be gone on with");
  if (is_left (&st))
    return TRUE;
  errno = EOPNOTSUPP;
  return fail (error, "What was left can't be told from what is new");
}

static gboolean
sweep_entry (const ThawVisit *entry, gpointer user_data, GError **error)
{
  Sweeping *self = user_data;
  g_autofd int fd = -1;

  if (is_left (&entry->st))
    return remove_entry (entry, self, error);
  if (!self->syncs_folders || !S_ISDIR (entry->st.st_mode))
    return TRUE;
  fd = openat (entry->folder, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return (fd >= 0 && fsync (fd) == 0) || fail (error, "A folder can't be written");
}

/* Some file systems lose their place while entries go: until none did. */
static gboolean
walk (ThawRun *run,
      ThawPlace *target,
      const char *hidden,
      ThawVisitFunc func,
      gboolean syncs_folders,
      GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (run, "");
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  Sweeping self = { .syncs_folders = syncs_folders };

  do
    {
      guint n_left_out = 0;

      self.n_removed = 0;
      if (!thaw_disk_walk (target, hidden, NULL, &quiet, func, &self, &n_left_out, error))
        return FALSE;
      if (n_left_out > 0)
        {
          g_set_error_literal (error,
                               G_IO_ERROR,
                               G_IO_ERROR_FAILED,
                               "What was left can't be looked at");
          return FALSE;
        }
    }
  while (self.n_removed > 0);
  return TRUE;
}

gboolean
thaw_extract_left_mark (ThawRun *run, ThawPlace *target, const char *hidden, GError **error)
{
  return walk (run, target, hidden, mark_entry, FALSE, error);
}

gboolean
thaw_extract_left_sweep (ThawRun *run, ThawPlace *target, const char *hidden, GError **error)
{
  return walk (run, target, hidden, sweep_entry, !thaw_place_syncs_as_a_whole (target), error);
}

int
thaw_extract_left_open (int folder, const char *name)
{
  struct stat st;

  if (fstatat (folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return -1;
  if (!is_left (&st))
    {
      errno = EEXIST;
      return -1;
    }
  if (fchmodat (folder, name, 0600, 0) != 0)
    return -1;
  return openat (folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
}

gboolean
thaw_extract_left_has (int fd, const void *bytes, gsize n, gint64 offset)
{
  g_autofree guint8 *found = g_malloc (n);
  gsize have = 0;

  while (have < n)
    {
      gssize got = pread (fd, found + have, n - have, offset + (gint64) have);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      have += (gsize) got;
    }
  return memcmp (found, bytes, n) == 0;
}

gboolean
thaw_extract_left_has_hole (int fd, gint64 from, gint64 to)
{
  return from == to || lseek (fd, from, SEEK_DATA) >= to;
}
