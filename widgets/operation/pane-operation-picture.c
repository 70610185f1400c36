/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file's picture, for telling two files of one name apart. One job on the file's lane looks at
 * it: a thumbnail that somebody has made already is taken, else the file itself if it is an image of
 * ordinary size. Either is drawn by the sandboxed process of previews, since what is in it may be
 * meant to do harm. Anything else, and anything that doesn't answer, keeps its icon. The widget's
 * end ends both. Loop's thread, apart from the job's body. */

#include "pane-operation-picture.h"
#include "pane-preview-loader.h"
#include "thaw.h"

#define MAX_BYTES (48 * 1024 * 1024)
#define TIMEOUT_USEC (20 * G_USEC_PER_SEC)
#define ATTRIBUTES                                                                                 \
  "standard::type,standard::icon,standard::content-type,standard::size,thumbnail::path,"           \
  "thumbnail::is-valid"

/* What the job has found. */
typedef struct {
  GIcon *icon;  /* nullable */
  GFile *image; /* what is to be drawn; nullable */
} Look;

static void
look_free (gpointer data)
{
  Look *self = data;

  g_clear_object (&self->icon);
  g_clear_object (&self->image);
  g_free (self);
}

static GFile *
dup_thumbnail (GFileInfo *info)
{
  const char *path = g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_THUMBNAIL_PATH);

  if (path == NULL
      || !g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID))
    return NULL;
  return g_file_new_for_path (path);
}

static gboolean
is_image (GFileInfo *info)
{
  const char *type = g_file_info_get_content_type (info);

  return g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR && type != NULL
         && g_str_has_prefix (type, "image/") && g_file_info_get_size (info) <= MAX_BYTES;
}

/* Lane's thread. Gives a Look. */
static gboolean
look_lane (ThawJob *job, gpointer user_data, GError **error)
{
  GFile *file = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info (file,
                                                  ATTRIBUTES,
                                                  G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                                  thaw_job_get_cancellable (job),
                                                  error);
  Look *look;

  if (info == NULL)
    return FALSE;
  look = g_new0 (Look, 1);
  g_set_object (&look->icon, g_file_info_get_icon (info));
  look->image = dup_thumbnail (info);
  if (look->image == NULL && is_image (info))
    look->image = g_object_ref (file);
  thaw_job_return_pointer (job, look, look_free);
  return TRUE;
}

static void
drawn_cb (ThawFuture *completed, gpointer image)
{
  if (thaw_future_get_error (completed) != NULL)
    return;
  gtk_image_set_from_paintable (image,
                                GDK_PAINTABLE (pane_preview_picture_get_texture (
                                    thaw_future_get_pointer (completed, NULL))));
}

static ThawScope *
get_scope (GtkWidget *image)
{
  return g_object_get_data (G_OBJECT (image), "pane-scope");
}

static void
draw (GtkWidget *image, GFile *file)
{
  int pixels = gtk_image_get_pixel_size (GTK_IMAGE (image)) * 2; /* sharp on any screen */
  PanePreviewRequest request = { .kind = PANE_PREVIEW_IMAGE, .width = pixels, .height = pixels };
  g_autoptr (ThawFuture) drawn = pane_preview_loader_load (pane_preview_loader_get_default (),
                                                           get_scope (image),
                                                           file,
                                                           &request,
                                                           THAW_PRIORITY_DEFAULT);

  thaw_future_done (drawn, get_scope (image), drawn_cb, image, NULL);
}

static void
looked_cb (ThawFuture *completed, gpointer image)
{
  const Look *look = thaw_future_get_error (completed) == NULL
                         ? thaw_future_get_pointer (completed, NULL)
                         : NULL;

  if (look == NULL)
    return;
  if (look->icon != NULL)
    gtk_image_set_from_gicon (image, look->icon);
  if (look->image != NULL)
    draw (image, look->image);
}

static void
start (GtkWidget *image, GFile *file)
{
  ThawScope *scope = thaw_scope_new_for_owner ("picture of a file", G_OBJECT (image), NULL);
  g_autoptr (ThawLane) lane = thaw_lane_for_file (file);
  g_autoptr (ThawFuture) looked = NULL;

  g_object_set_data_full (G_OBJECT (image), "pane-scope", scope, (GDestroyNotify) thaw_scope_unref);
  looked = thaw_lane_run (lane,
                          scope,
                          "picture of a file",
                          THAW_PRIORITY_DEFAULT,
                          TIMEOUT_USEC,
                          look_lane,
                          g_object_ref (file),
                          g_object_unref);
  thaw_future_done (looked, scope, looked_cb, image, NULL);
}

/**
 * pane_operation_picture_new:
 * @path: a file, in bytes
 * @is_folder: whether it is a folder
 * @size: how large to show it
 *
 * - **Thread**: the loop's. The file is read on its lane, and drawn by another process.
 *
 * Returns: (transfer floating): a widget that shows what the file looks like
 */
GtkWidget *
pane_operation_picture_new (const char *path, gboolean is_folder, int size)
{
  GtkWidget *image = gtk_image_new_from_icon_name (is_folder ? "folder" : "text-x-generic");
  g_autoptr (GFile) file
      = g_path_is_absolute (path) ? g_file_new_for_path (path) : g_file_parse_name (path);

  gtk_image_set_pixel_size (GTK_IMAGE (image), size);
  gtk_accessible_update_state (GTK_ACCESSIBLE (image), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  start (image, file);
  return image;
}
