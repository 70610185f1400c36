/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One look at a file, with GIO's attributes. A native file is looked at in its folder, which is
 * held open meanwhile: a symbolic link on the way that leads to another mount is followed there and
 * not from here. Workers only. */

#include "thaw-file-info.h"

#include "thaw-error.h"
#include "thaw-file-work-private.h"
#include "thaw-lane-path.h"

#include <fcntl.h>
#include <unistd.h>

static gboolean
go_beyond (ThawFilePlace *place, const char *folder, const char *name, GError **error)
{
  g_autofree char *beyond = NULL;

  g_clear_error (error);
  beyond = thaw_lane_resolve_crossing (folder, error);
  return beyond != NULL
         && thaw_file_place_moved (place, g_build_filename (beyond, name, NULL), error);
}

/* The same file by a path that leads through nothing else. */
static GFile *
dup_near (ThawFilePlace *place, int *fd, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autofree char *name = g_path_get_basename (place->path);
  g_autofree char *near = NULL;

  if (g_str_equal (place->path, "/"))
    return g_file_new_for_path ("/");
  *fd = thaw_lane_open_beneath (folder, O_PATH | O_DIRECTORY, error);
  if (*fd < 0)
    {
      if (g_error_matches (*error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT))
        go_beyond (place, folder, name, error);
      return NULL;
    }
  near = g_strdup_printf ("/proc/self/fd/%d/%s", *fd, name);
  return g_file_new_for_path (near);
}

static gboolean
look_lane (ThawJob *job, ThawFilePlace *place, gpointer attributes, GError **error)
{
  int fd = -1;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileInfo) info = NULL;

  if (place->path != NULL)
    file = dup_near (place, &fd, error);
  else
    file = g_object_ref (place->file);
  if (file != NULL)
    info = g_file_query_info (file,
                              attributes,
                              G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                              thaw_job_get_cancellable (job),
                              error);
  if (fd >= 0)
    close (fd);
  if (info == NULL)
    return FALSE;
  thaw_job_return_object (job, g_steal_pointer (&info));
  return TRUE;
}

/**
 * thaw_file_look:
 * @scope: what it belongs to
 * @file: a file
 * @attributes: GIO's attributes, "standard::*,time::modified"
 *
 * Looks at @file itself: of a symbolic link it tells of the link.
 *
 * - **Thread**: call on the loop's thread. The file is looked at on its lane.
 * - **Errors**: the `G_IO_ERROR` of looking; %THAW_ERROR_NOT_ANSWERING while its lane refuses.
 * - **Cancellation**: cancel the future or end @scope.
 *
 * Returns: (transfer full): a future that resolves to a [class@Gio.FileInfo]
 */
ThawFuture *
thaw_file_look (ThawScope *scope, GFile *file, const char *attributes)
{
  return thaw_file_run (scope, file, "look at file", look_lane, g_strdup (attributes), g_free);
}
