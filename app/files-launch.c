/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a file with its default application. Finding the application reads the MIME database and
 * desktop files, and starting one may make a synchronous D-Bus call: all of it happens in a lane
 * job, on the lane of the file when its type has to be looked at, so a file on a dead mount costs a
 * message and no frame. Loop's thread, except for the functions whose names end in _lane. */

#include "files-launch.h"
#include "files-platform.h"
#include <glib/gi18n.h>

#define TIMEOUT_USEC (30 * G_USEC_PER_SEC)
#define UNKNOWN "application/octet-stream"

typedef struct {
  GFile *file;
  char *content_type; /* NULL: to be found out */
} Launch;

static void
launch_free (gpointer data)
{
  Launch *launch = data;

  g_object_unref (launch->file);
  g_free (launch->content_type);
  g_free (launch);
}

/* The name says enough for most files; only for the others is the file itself looked at. */
static char *
find_type_lane (ThawJob *job, const Launch *launch, GError **error)
{
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileInfo) info = NULL;

  if (launch->content_type != NULL && !g_str_equal (launch->content_type, UNKNOWN))
    return g_strdup (launch->content_type);
  file = thaw_vfs_resolve (launch->file);
  info = g_file_query_info (file,
                            G_FILE_ATTRIBUTE_STANDARD_CONTENT_TYPE,
                            G_FILE_QUERY_INFO_NONE,
                            thaw_job_get_cancellable (job),
                            error);
  return info != NULL ? g_strdup (g_file_info_get_content_type (info)) : NULL;
}

static gboolean
launch_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Launch *launch = user_data;
  g_autofree char *type = find_type_lane (job, launch, error);
  g_autoptr (GAppInfo) application = NULL;
  g_autoptr (GAppLaunchContext) context = NULL;
  GList files = { .data = launch->file };

  if (type == NULL)
    return FALSE;
  thaw_job_beat (job);
  application = g_app_info_get_default_for_type (type, !g_file_is_native (launch->file));
  if (application == NULL)
    {
      g_autofree char *description = g_content_type_get_description (type);

      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_FAILED,
                   /* Translators: a kind of file, such as “PNG image” */
                   _ ("No application is installed for “%s” files."),
                   description);
      return FALSE;
    }
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  context = files_platform_new_launch_context ();
  return g_app_info_launch (application, &files, context, error);
}

/**
 * files_launch_default:
 * @scope: what it belongs to
 * @file: a file
 * @content_type: (nullable): its type by its name, or %NULL
 *
 * Opens @file with the default application of its type.
 *
 * - **Thread**: the loop's. Everything happens on the lane of @file.
 * - **Errors**: `G_IO_ERROR`: no application, or it can't be started; `THAW_ERROR_NOT_ANSWERING`.
 * - **Cancellation**: an application that was started stays.
 *
 * Returns: (transfer full): a future that resolves when the application has been started
 */
ThawFuture *
files_launch_default (ThawScope *scope, GFile *file, const char *content_type)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_file (file);
  Launch *launch = g_new0 (Launch, 1);

  launch->file = g_object_ref (file);
  launch->content_type = g_strdup (content_type);
  return thaw_lane_run (lane,
                        scope,
                        "open with the default application",
                        THAW_PRIORITY_HIGH,
                        TIMEOUT_USEC,
                        launch_lane,
                        launch,
                        launch_free);
}
