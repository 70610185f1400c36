/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images, by gdk-pixbuf and its loaders. A picture is scaled while it is decoded, as far as its
 * format allows (a JPEG to a half, a quarter, an eighth), turned the way the camera was held, and
 * made into premultiplied words. One that breaks off is shown as far as it goes. */

#include "thaw-preview-worker.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <unistd.h>

/* More than any camera's; the bytes of one more than that are for programs that edit pictures. */
#define MAX_PIXELS (150u * 1000 * 1000)
#define CHUNK_BYTES (64 * 1024)

typedef struct {
  const ThawPreviewRequest *request;
  bool turned; /* it will lie on its side: the box it has to fit into does, too */
  int natural_width, natural_height;
  bool too_large;
} Loading;

static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
  Loading *loading = user_data;
  ThawPreviewRequest box = *loading->request;
  GdkPixbufFormat *format = gdk_pixbuf_loader_get_format (loader);
  bool is_drawing = format != NULL && gdk_pixbuf_format_is_scalable (format);
  uint32_t fitting_width, fitting_height;

  loading->natural_width = width;
  loading->natural_height = height;
  loading->too_large = (uint64_t) width * (uint64_t) height > MAX_PIXELS;
  if (loading->turned)
    {
      box.width = loading->request->height;
      box.height = loading->request->width;
    }
  thaw_picture_fit (width, height, &box, is_drawing, &fitting_width, &fitting_height);
  gdk_pixbuf_loader_set_size (loader, (int) fitting_width, (int) fitting_height);
}

/* By place: the descriptor's position is shared with whoever else got this file. */
static bool
feed (GdkPixbufLoader *loader, int fd, const Loading *loading, GError **error)
{
  g_autofree guchar *chunk = g_malloc (CHUNK_BYTES);
  off_t at = 0;
  ssize_t n;

  while (!loading->too_large && (n = pread (fd, chunk, CHUNK_BYTES, at)) > 0)
    {
      if (!gdk_pixbuf_loader_write (loader, chunk, (gsize) n, error))
        return false;
      at += n;
    }
  return !loading->too_large;
}

static ThawPreviewStatus
judge (const GError *error)
{
  if (g_error_matches (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    return THAW_PREVIEW_TOO_LARGE;
  if (g_error_matches (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE)
      || g_error_matches (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNSUPPORTED_OPERATION))
    return THAW_PREVIEW_UNSUPPORTED;
  return THAW_PREVIEW_DAMAGED;
}

static GdkPixbuf *
decode (int fd, Loading *loading, ThawPicture *picture)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) error = NULL;
  GdkPixbuf *pixbuf;
  bool fed;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), loading);
  fed = feed (loader, fd, loading, &error);
  gdk_pixbuf_loader_close (loader, fed ? &error : NULL);
  if (loading->too_large)
    {
      thaw_picture_fail (picture, THAW_PREVIEW_TOO_LARGE, "more pixels than can be shown");
      return NULL;
    }
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  picture->reply.is_partial = error != NULL;
  if (pixbuf != NULL)
    return g_object_ref (pixbuf);
  thaw_picture_fail (picture,
                     error != NULL ? judge (error) : THAW_PREVIEW_DAMAGED,
                     error != NULL ? error->message : "");
  return NULL;
}

static int
get_orientation (GdkPixbuf *pixbuf)
{
  const char *orientation = gdk_pixbuf_get_option (pixbuf, "orientation");

  return orientation != NULL ? (int) g_ascii_strtoll (orientation, NULL, 10) : 1;
}

static void
convert_row (const guchar *from, uint32_t *to, int width, bool has_alpha)
{
  for (int x = 0; x < width; x++, from += has_alpha ? 4 : 3)
    {
      uint32_t alpha = has_alpha ? from[3] : 255;
      uint32_t red = (from[0] * alpha + 127) / 255;
      uint32_t green = (from[1] * alpha + 127) / 255;
      uint32_t blue = (from[2] * alpha + 127) / 255;

      to[x] = alpha << 24 | red << 16 | green << 8 | blue;
    }
}

static void
take_pixels (GdkPixbuf *pixbuf, ThawPicture *picture)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  const guchar *from = gdk_pixbuf_read_pixels (pixbuf);

  if (!thaw_picture_allocate (picture, (uint32_t) width, (uint32_t) height))
    return;
  for (int y = 0; y < height; y++)
    convert_row (from + (size_t) y * (size_t) gdk_pixbuf_get_rowstride (pixbuf),
                 (uint32_t *) (picture->pixels + (size_t) y * picture->reply.stride),
                 width,
                 gdk_pixbuf_get_has_alpha (pixbuf));
}

void
thaw_preview_draw_image (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  Loading loading = { .request = request };
  g_autoptr (GdkPixbuf) pixbuf = decode (fd, &loading, picture);
  g_autoptr (GdkPixbuf) upright = NULL;

  if (pixbuf == NULL)
    return;
  if (get_orientation (pixbuf) >= 5)
    {
      /* How it was held is only known now. */
      loading.turned = true;
      g_clear_object (&pixbuf);
      pixbuf = decode (fd, &loading, picture);
      if (pixbuf == NULL)
        return;
    }
  upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  picture->reply.n_pages = 1;
  picture->reply.natural_width
      = (uint32_t) (loading.turned ? loading.natural_height : loading.natural_width);
  picture->reply.natural_height
      = (uint32_t) (loading.turned ? loading.natural_width : loading.natural_height);
  take_pixels (upright != NULL ? upright : pixbuf, picture);
}

/* Loaders are libraries of their own, and none can be loaded later. */
void
thaw_preview_prepare_image (void)
{
  GSList *formats = gdk_pixbuf_get_formats ();

  for (GSList *at = formats; at != NULL; at = at->next)
    {
      g_autofree char *name = gdk_pixbuf_format_get_name (at->data);
      g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type (name, NULL);

      if (loader != NULL)
        gdk_pixbuf_loader_close (loader, NULL);
    }
  g_slist_free (formats);
}
