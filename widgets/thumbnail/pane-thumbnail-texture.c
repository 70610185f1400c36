/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A PNG made into a texture of the pixels that it will cover: a renderer without a GPU pays for
 * each larger picture that it has to scale down, in every frame. Averaged over areas, which for
 * making smaller is what is right, with premultiplied colours, in the renderer's own format. Any
 * thread: it shares nothing. */

#include "pane-thumbnail-private.h"

#define N_CHANNELS 4
#define ONE (1u << 16)

typedef struct {
  const guint8 *data;
  gsize stride;
  guint width, height;
} Pixels;

/* The part of row or column @at that each of @n made ones of @n_from covers, in 1/ONE. */
typedef struct {
  guint first, last;
  guint32 first_share, last_share;
} Span;

static Span
get_span (guint at, guint n, guint n_from)
{
  guint64 start = (guint64) at * n_from * ONE / n, end = (guint64) (at + 1) * n_from * ONE / n;
  Span span = { (guint) (start / ONE), (guint) ((end - 1) / ONE), 0, 0 };

  if (span.first == span.last)
    {
      span.first_share = (guint32) (end - start);
      return span;
    }
  span.first_share = (guint32) ((guint64) (span.first + 1) * ONE - start);
  span.last_share = (guint32) (end - (guint64) span.last * ONE);
  return span;
}

static guint32
get_share (const Span *span, guint at)
{
  return at == span->first ? span->first_share : at == span->last ? span->last_share : ONE;
}

/* One row of @from made narrower, added to @sums with the weight @share. */
static void
add_row (const Pixels *from,
         guint row,
         const Span *columns,
         guint width,
         guint32 share,
         guint64 *sums)
{
  const guint8 *bytes = from->data + row * from->stride;

  for (guint x = 0; x < width; x++)
    for (guint i = columns[x].first; i <= columns[x].last; i++)
      {
        guint64 weight = ((guint64) get_share (&columns[x], i) * share) >> 16;

        for (guint c = 0; c < N_CHANNELS; c++)
          sums[x * N_CHANNELS + c] += bytes[i * N_CHANNELS + c] * weight;
      }
}

static void
write_row (guint8 *row, const guint64 *sums, guint width, const Span *columns, guint64 height_share)
{
  for (guint x = 0; x < width; x++)
    {
      const Span *span = &columns[x];
      guint64 total = span->first_share;

      if (span->last > span->first)
        total += span->last_share + (guint64) (span->last - span->first - 1) * ONE;
      total = MAX ((total * height_share) >> 16, 1);
      for (guint c = 0; c < N_CHANNELS; c++)
        row[x * N_CHANNELS + c]
            = (guint8) MIN ((sums[x * N_CHANNELS + c] + total / 2) / total, 255);
    }
}

static GBytes *
make_smaller (const Pixels *from, guint width, guint height)
{
  gsize stride = (gsize) width * N_CHANNELS;
  guint8 *bytes = g_malloc (stride * height);
  g_autofree Span *columns = g_new (Span, width);
  g_autofree guint64 *sums = g_new (guint64, stride);

  for (guint x = 0; x < width; x++)
    columns[x] = get_span (x, width, from->width);
  for (guint y = 0; y < height; y++)
    {
      Span rows = get_span (y, height, from->height);
      guint64 share = 0;

      memset (sums, 0, stride * sizeof *sums);
      for (guint i = rows.first; i <= rows.last; i++)
        {
          add_row (from, i, columns, width, get_share (&rows, i), sums);
          share += get_share (&rows, i);
        }
      write_row (bytes + y * stride, sums, width, columns, share);
    }
  return g_bytes_new_take (bytes, stride * height);
}

static GBytes *
download (GdkTexture *texture, gsize *stride)
{
  GdkTextureDownloader *downloader = gdk_texture_downloader_new (texture);
  GBytes *bytes;

  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_DEFAULT);
  bytes = gdk_texture_downloader_download_bytes (downloader, stride);
  gdk_texture_downloader_free (downloader);
  return bytes;
}

/* In the format that the renderer uses by default, on this machine. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define ALPHA 3
#else
#define ALPHA 0
#endif

static GdkTexture *
new_texture (GBytes *bytes, gsize stride, guint width, guint height)
{
  return gdk_memory_texture_new ((int) width, (int) height, GDK_MEMORY_DEFAULT, bytes, stride);
}

static GdkTexture *
new_framed (GBytes *bytes, gsize stride, guint width, guint height, int frame)
{
  const guint8 *pixels = g_bytes_get_data (bytes, NULL);
  guint margin = (guint) frame * PANE_THUMBNAIL_MARGIN;
  g_autoptr (GBytes) framed = NULL;

  if (frame == 0 || !pane_thumbnail_can_be_framed (pixels, stride, width, height, ALPHA))
    return new_texture (bytes, stride, width, height);
  framed = pane_thumbnail_put_frame (pixels, stride, width, height, ALPHA, frame);
  width += 2 * margin;
  return new_texture (framed, (gsize) width * N_CHANNELS, width, height + 2 * margin);
}

GdkTexture *
pane_thumbnail_decode (GBytes *png, int pixels, int frame, GError **error)
{
  g_autoptr (GdkTexture) whole = gdk_texture_new_from_bytes (png, error);
  g_autoptr (GBytes) bytes = NULL, smaller = NULL;
  Pixels from = { 0 };
  guint width, height;
  double ratio;

  if (whole == NULL)
    return NULL;
  bytes = download (whole, &from.stride);
  from.data = g_bytes_get_data (bytes, NULL);
  from.width = (guint) gdk_texture_get_width (whole);
  from.height = (guint) gdk_texture_get_height (whole);
  ratio = (double) pixels / MAX (from.width, from.height);
  if (ratio >= 1)
    return new_framed (bytes, from.stride, from.width, from.height, frame);
  width = MAX ((guint) (from.width * ratio + .5), 1);
  height = MAX ((guint) (from.height * ratio + .5), 1);
  smaller = make_smaller (&from, width, height);
  return new_framed (smaller, (gsize) width * N_CHANNELS, width, height, frame);
}
