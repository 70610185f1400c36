/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Temporary files and folders that are removed when their scope ends, with all that was put into
 * them. Removing happens on their lane, in a scope of their own, and goes by descriptors from
 * folder to folder: a symbolic link is removed, never followed. */

#include "thaw-file-work-private.h"

#include "thaw-scope-guard-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 256

typedef struct {
  gint ref_count;
  ThawScope *scope; /* the user's */
  gboolean is_folder;
  char *prefix;
  char *path;        /* once it is made */
  ThawFuture *guard; /* until the scope ends, which therefore frees both */
} Temp;

static Temp *
temp_ref (Temp *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
temp_unref (gpointer data)
{
  Temp *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_scope_unref (self->scope);
  g_free (self->prefix);
  g_free (self->path);
  g_free (self);
}

static void remove_contents (int fd, guint depth, ThawJob *job);

static void
remove_entry (int folder_fd, const char *name, guint depth, ThawJob *job)
{
  int fd;

  thaw_job_beat (job);
  if (unlinkat (folder_fd, name, 0) == 0 || depth >= MAX_DEPTH)
    return;
  fd = openat (folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    remove_contents (fd, depth + 1, job);
  if (unlinkat (folder_fd, name, AT_REMOVEDIR) != 0)
    g_debug ("A temporary folder stays: %s", g_strerror (errno));
}

/* Takes over @fd. */
static void
remove_contents (int fd, guint depth, ThawJob *job)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;

  if (dir == NULL)
    {
      close (fd);
      return;
    }
  while ((entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      remove_entry (dirfd (dir), entry->d_name, depth, job);
  closedir (dir);
}

static gboolean
remove_lane (ThawJob *job, gpointer data, GError **error)
{
  remove_entry (AT_FDCWD, data, 0, job);
  return TRUE;
}

static void
remove_soon (const char *path)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("remove temporary", NULL);
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);

  thaw_future_disown (thaw_lane_run_patient (lane,
                                             scope,
                                             "remove temporary",
                                             THAW_PRIORITY_LOW,
                                             -1,
                                             remove_lane,
                                             g_strdup (path),
                                             g_free));
}

static void
scope_ended (gpointer data)
{
  Temp *self = data;

  remove_soon (self->path);
  g_clear_pointer (&self->guard, thaw_future_unref);
}

static gboolean
make_lane (ThawJob *job, gpointer data, GError **error)
{
  Temp *self = data;
  g_autofree char *path = g_strdup_printf ("%s/%s-XXXXXX", g_get_tmp_dir (), self->prefix);
  int fd = -1;
  gboolean made;

  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  if (self->is_folder)
    made = mkdtemp (path) != NULL;
  else
    made = (fd = mkostemp (path, O_CLOEXEC)) >= 0;
  if (!made)
    thaw_file_set_errno (error, errno, path, "making a temporary file");
  else
    self->path = g_steal_pointer (&path);
  if (fd >= 0)
    close (fd);
  if (made)
    thaw_job_return_object (job, g_file_new_for_path (self->path));
  return made;
}

/* The loop, after the job, whatever became of its future. */
static void
made_over (gpointer data)
{
  Temp *self = data;

  if (self->path != NULL && thaw_scope_is_cancelled (self->scope))
    remove_soon (self->path);
  else if (self->path != NULL)
    self->guard = thaw_scope_guard_new (self->scope, scope_ended, temp_ref (self), temp_unref);
  temp_unref (self);
}

static ThawFuture *
make (ThawScope *scope, const char *prefix, gboolean is_folder)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (g_get_tmp_dir ());
  Temp *self = g_new0 (Temp, 1);

  self->ref_count = 1;
  self->scope = thaw_scope_ref (scope);
  self->is_folder = is_folder;
  self->prefix = g_strdup (prefix);
  return thaw_lane_run (lane,
                        scope,
                        "make temporary",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        make_lane,
                        self,
                        made_over);
}

/**
 * thaw_file_make_temp:
 * @scope: what the file belongs to
 * @prefix: (type filename): how its name begins
 *
 * Makes an empty file for the user alone in the folder for temporary files. It is removed when
 * @scope ends, soon after: programs that are killed leave theirs.
 *
 * - **Thread**: call on the loop's thread.
 * - **Errors**: the `G_IO_ERROR` of making it.
 * - **Cancellation**: what was made already goes with @scope.
 *
 * Returns: (transfer full): a future that resolves to a `GFile`
 */
ThawFuture *
thaw_file_make_temp (ThawScope *scope, const char *prefix)
{
  g_return_val_if_fail (scope != NULL && prefix != NULL && strchr (prefix, '/') == NULL, NULL);

  return make (scope, prefix, FALSE);
}

/**
 * thaw_file_make_temp_folder:
 * @scope: what the folder belongs to
 * @prefix: (type filename): how its name begins
 *
 * As [func@Thaw.file_make_temp], for a folder. It is removed with all it contains; symbolic links
 * in it are removed, not followed.
 *
 * Returns: (transfer full): a future that resolves to a `GFile`
 */
ThawFuture *
thaw_file_make_temp_folder (ThawScope *scope, const char *prefix)
{
  g_return_val_if_fail (scope != NULL && prefix != NULL && strchr (prefix, '/') == NULL, NULL);

  return make (scope, prefix, TRUE);
}
