/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who lives: each open journal holds an flock on a file of its own in "owners/", whose name its
 * jobs carry. The kernel lets go of it when the process ends, however it ends, so a job whose
 * owner's file is missing or can be locked is nobody's. Whoever asks takes the shared lock for a
 * moment only; names are random and never used twice. Any thread. */

#include "thaw-journal-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

static char *
dup_folder (ThawJournal *self)
{
  return g_build_filename (self->folder, "owners", NULL);
}

static gboolean
fail (const char *path, int code, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "“%s”: %s",
               path,
               g_strerror (code));
  return FALSE;
}

/* A lock that may be held for a moment by others: -1 with BUSY after the deadline. */
int
thaw_journal_lock_file (const char *path, gint64 deadline_usec, GError **error)
{
  int fd = open (path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      fail (path, errno, error);
      return -1;
    }
  while (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      int code = errno;

      if ((code == EWOULDBLOCK || code == EINTR) && g_get_monotonic_time () < deadline_usec)
        {
          g_usleep (2000);
          continue;
        }
      fail (path, code == EWOULDBLOCK ? EBUSY : code, error);
      close (fd);
      return -1;
    }
  return fd;
}

/* Somebody who sweeps may have taken the file away between its making and its lock. */
static gboolean
is_in_place (int fd, const char *path)
{
  struct stat open_one, found;

  return fstat (fd, &open_one) == 0 && stat (path, &found) == 0 && open_one.st_ino == found.st_ino
         && open_one.st_dev == found.st_dev;
}

static void
sweep (ThawJournal *self, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

      if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
        g_unlink (path);
      if (fd >= 0)
        close (fd);
    }
}

gboolean
thaw_journal_register_owner (ThawJournal *self, GError **error)
{
  g_autofree char *folder = dup_folder (self);
  char token[THAW_TOKEN_LENGTH + 1];

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail (folder, errno, error);
  sweep (self, folder);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = NULL, *path = NULL;
      int fd;

      thaw_token_make (token);
      name = g_strdup_printf ("%d-%s", (int) getpid (), token);
      path = g_build_filename (folder, name, NULL);
      fd = thaw_journal_lock_file (path, g_get_monotonic_time () + 5 * G_USEC_PER_SEC, error);
      if (fd < 0)
        return FALSE;
      if (is_in_place (fd, path))
        {
          self->owner_fd = fd;
          self->owner = g_steal_pointer (&name);
          return TRUE;
        }
      close (fd);
    }
  return fail (folder, EBUSY, error);
}

void
thaw_journal_unregister_owner (ThawJournal *self)
{
  g_autofree char *folder = dup_folder (self);
  g_autofree char *path = NULL;

  if (self->owner == NULL)
    return;
  path = g_build_filename (folder, self->owner, NULL);
  g_unlink (path);
  close (self->owner_fd);
  g_clear_pointer (&self->owner, g_free);
}

gboolean
thaw_journal_is_owner_alive (ThawJournal *self, const char *owner)
{
  g_autofree char *folder = dup_folder (self);
  g_autofree char *path = NULL;
  gboolean is_alive;
  int fd;

  if (g_strcmp0 (owner, self->owner) == 0)
    return TRUE;
  path = g_build_filename (folder, owner, NULL);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return errno != ENOENT; /* what can't be told is left to its owner */
  is_alive = flock (fd, LOCK_SH | LOCK_NB) != 0;
  close (fd);
  return is_alive;
}
