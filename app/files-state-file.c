/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that holds the state, read and written on its lane. It is written beside and put in
 * place in one step, so that a process that is killed leaves the text before or the one after,
 * never half of one. What it can leave is the file beside, whose name is always the same: who reads
 * or writes next removes it. A lock on the folder keeps two processes from using it at once; a file
 * system without locks gets GLib's way with a name of its own for each. Functions whose names end
 * in _lane run on the lane's thread. */

#include "files-state-private.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

#define TIMEOUT_USEC (10 * G_USEC_PER_SEC)
#define NEW_SUFFIX ".new"

/* On the folder of @path. -1: no lock. */
static int
lock_lane (const char *path, int operation)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && flock (fd, operation) != 0)
    g_clear_fd (&fd, NULL);
  return fd;
}

static void
clean_up_lane (const char *path)
{
  g_autofree char *left = g_strconcat (path, NEW_SUFFIX, NULL);
  g_autofd int lock = lock_lane (path, LOCK_EX | LOCK_NB);

  if (lock >= 0)
    g_unlink (left);
}

static gboolean
read_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const char *path = user_data;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  clean_up_lane (path);
  thaw_job_return_pointer (job, text, g_free);
  return TRUE;
}

/**
 * files_state_file_read:
 * @scope: what the reading belongs to
 * @path: the file
 *
 * Reads the file, and removes what a process that was killed while it wrote has left beside it.
 *
 * - **Thread**: the loop's; the file is read on its lane.
 * - **Errors**: those of the lane; a file that can't be read is an empty one.
 *
 * Returns: (transfer full): a future that resolves to the text
 */
ThawFuture *
files_state_file_read (ThawScope *scope, const char *path)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);

  return thaw_lane_run (lane,
                        scope,
                        "read the state",
                        THAW_PRIORITY_HIGH,
                        TIMEOUT_USEC,
                        read_lane,
                        g_strdup (path),
                        g_free);
}

typedef struct {
  char *path;
  char *text;
} Write;

static void
write_free (gpointer data)
{
  Write *write = data;

  g_free (write->path);
  g_free (write->text);
  g_free (write);
}

static gboolean
write_all_lane (int fd, const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize n = TEMP_FAILURE_RETRY (write (fd, text, length));

      if (n < 0)
        return FALSE;
      text += n;
      length -= n;
    }
  return fsync (fd) == 0;
}

/* Under the lock. */
static gboolean
write_beside_lane (const char *path, const char *text)
{
  g_autofree char *beside = g_strconcat (path, NEW_SUFFIX, NULL);
  g_autofd int fd = -1;
  int errsv;

  g_unlink (beside);
  fd = open (beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  if (write_all_lane (fd, text) && g_rename (beside, path) == 0)
    return TRUE;
  errsv = errno;
  g_unlink (beside);
  errno = errsv;
  return FALSE;
}

static gboolean
write_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Write *write = user_data;
  g_autofree char *folder = g_path_get_dirname (write->path);
  g_autofd int lock = -1;
  int errsv;

  g_mkdir_with_parents (folder, 0700);
  lock = lock_lane (write->path, LOCK_EX);
  if (lock < 0)
    return g_file_set_contents_full (write->path,
                                     write->text,
                                     -1,
                                     G_FILE_SET_CONTENTS_CONSISTENT,
                                     0600,
                                     error);
  if (write_beside_lane (write->path, write->text))
    return TRUE;
  errsv = errno;
  g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (errsv), g_strerror (errsv));
  return FALSE;
}

/**
 * files_state_file_write:
 * @scope: what the writing belongs to
 * @path: the file
 * @text: (transfer full): what it is to hold
 *
 * Replaces the file in one step. Its folder is made if there is none.
 *
 * - **Thread**: the loop's; the file is written on its lane.
 * - **Errors**: `G_FILE_ERROR`, and those of the lane. The file is as before then.
 *
 * Returns: (transfer full): a future that resolves when it is on the disk
 */
ThawFuture *
files_state_file_write (ThawScope *scope, const char *path, char *text)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);
  Write *write = g_new0 (Write, 1);

  write->path = g_strdup (path);
  write->text = text;
  return thaw_lane_run (lane,
                        scope,
                        "write the state",
                        THAW_PRIORITY_LOW,
                        TIMEOUT_USEC,
                        write_lane,
                        write,
                        write_free);
}
