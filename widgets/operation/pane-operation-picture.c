/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file's picture, for telling two files of one name apart. One job on the file's lane looks at
 * it: a thumbnail that somebody has made already is taken, else an image of ordinary size is made
 * small there. Anything else, and anything that doesn't answer, keeps its icon. The widget's end
 * ends the job. Loop's thread, apart from the job's body. */

#include "pane-operation-picture.h"
#include "thaw.h"

#define MAX_BYTES (48 * 1024 * 1024)
#define MAX_PIXELS (80 * 1000 * 1000)
#define CHUNK (128 * 1024)
#define TIMEOUT_USEC (20 * G_USEC_PER_SEC)
#define ATTRIBUTES                                                                                 \
  "standard::type,standard::icon,standard::content-type,standard::size,thumbnail::path,"           \
  "thumbnail::is-valid"

typedef struct {
  GFile *file;
  int pixels;
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *self = data;

  g_object_unref (self->file);
  g_free (self);
}

/* Never larger than it is, and nothing that would fill the memory. */
static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, const int *pixels)
{
  double scale = MIN (1.0, *pixels / (double) MAX (1, MAX (width, height)));

  if ((gint64) width * height > MAX_PIXELS)
    g_object_set_data (G_OBJECT (loader), "too-large", loader);
  else
    gdk_pixbuf_loader_set_size (loader, MAX (1, width * scale), MAX (1, height * scale));
}

static gboolean
feed (GdkPixbufLoader *loader, GInputStream *stream, ThawJob *job)
{
  while (!thaw_job_is_cancelled (job) && g_object_get_data (G_OBJECT (loader), "too-large") == NULL)
    {
      g_autoptr (GBytes) bytes
          = g_input_stream_read_bytes (stream, CHUNK, thaw_job_get_cancellable (job), NULL);

      if (bytes == NULL)
        return FALSE;
      if (g_bytes_get_size (bytes) == 0)
        return TRUE;
      if (!gdk_pixbuf_loader_write_bytes (loader, bytes, NULL))
        return FALSE;
      thaw_job_beat (job);
    }
  return FALSE;
}

static GdkTexture *
load (GFile *file, int pixels, ThawJob *job)
{
  g_autoptr (GFileInputStream) stream = g_file_read (file, thaw_job_get_cancellable (job), NULL);
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GdkPixbuf) upright = NULL;
  gboolean is_fed, is_closed;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), &pixels);
  is_fed = stream != NULL && feed (loader, G_INPUT_STREAM (stream), job);
  is_closed = gdk_pixbuf_loader_close (loader, NULL);
  if (!is_fed || !is_closed || gdk_pixbuf_loader_get_pixbuf (loader) == NULL)
    return NULL;
  upright = gdk_pixbuf_apply_embedded_orientation (gdk_pixbuf_loader_get_pixbuf (loader));
  return gdk_texture_new_for_pixbuf (upright);
}

static GdkTexture *
load_thumbnail (GFileInfo *info, int pixels, ThawJob *job)
{
  const char *path = g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_THUMBNAIL_PATH);
  g_autoptr (GFile) file = path != NULL ? g_file_new_for_path (path) : NULL;

  if (file == NULL
      || !g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_THUMBNAIL_IS_VALID))
    return NULL;
  return load (file, pixels, job);
}

static gboolean
is_image (GFileInfo *info)
{
  const char *type = g_file_info_get_content_type (info);

  return g_file_info_get_file_type (info) == G_FILE_TYPE_REGULAR && type != NULL
         && g_str_has_prefix (type, "image/") && g_file_info_get_size (info) <= MAX_BYTES;
}

/* Lane's thread. Gives a GdkTexture or a GIcon. */
static gboolean
look_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Wanted *wanted = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info (wanted->file,
                                                  ATTRIBUTES,
                                                  G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                                  thaw_job_get_cancellable (job),
                                                  error);
  GdkTexture *texture;

  if (info == NULL)
    return FALSE;
  texture = load_thumbnail (info, wanted->pixels, job);
  if (texture == NULL && is_image (info))
    texture = load (wanted->file, wanted->pixels, job);
  if (texture != NULL)
    thaw_job_return_object (job, texture);
  else if (g_file_info_get_icon (info) != NULL)
    thaw_job_return_object (job, g_object_ref (g_file_info_get_icon (info)));
  return TRUE;
}

static void
looked_cb (ThawFuture *completed, gpointer image)
{
  gpointer found = thaw_future_get_error (completed) == NULL
                       ? thaw_future_get_pointer (completed, NULL)
                       : NULL;

  if (GDK_IS_TEXTURE (found))
    gtk_image_set_from_paintable (image, found);
  else if (G_IS_ICON (found))
    gtk_image_set_from_gicon (image, found);
}

static void
start (GtkWidget *image, GFile *file, int pixels)
{
  ThawScope *scope = thaw_scope_new_for_owner ("picture of a file", G_OBJECT (image), NULL);
  g_autoptr (ThawLane) lane = thaw_lane_for_file (file);
  Wanted *wanted = g_new0 (Wanted, 1);
  g_autoptr (ThawFuture) looked = NULL;

  wanted->file = g_object_ref (file);
  wanted->pixels = pixels;
  looked = thaw_lane_run (lane,
                          scope,
                          "picture of a file",
                          THAW_PRIORITY_DEFAULT,
                          TIMEOUT_USEC,
                          look_lane,
                          wanted,
                          wanted_free);
  thaw_future_done (looked, scope, looked_cb, image, NULL);
  g_object_set_data_full (G_OBJECT (image), "pane-scope", scope, (GDestroyNotify) thaw_scope_unref);
}

/**
 * pane_operation_picture_new:
 * @path: a file, in bytes
 * @is_folder: whether it is a folder
 * @size: how large to show it
 *
 * - **Thread**: the loop's. The file is read on its lane.
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
  start (image, file, 2 * size);
  return image;
}
