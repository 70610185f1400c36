/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sets a thumbnail off from its background: rounded corners, a fine edge and a soft shadow,
 * put into its pixels once, since a renderer without a GPU would pay for clipping and blurring in
 * every frame. Only pixels near the border are computed. What doesn't fill its rectangle, such as
 * an icon, has a shape of its own and stays as it is. Any thread: it shares nothing. */

#include "pane-thumbnail-private.h"

#include <math.h>
#include <string.h>

#define N_CHANNELS 4
#define RADIUS 3      /* in lines */
#define EDGE 0.16     /* how dark */
#define SHADOW 0.32   /* the same */
#define SHADOW_DOWN 1 /* in lines */

typedef struct {
  double width, height; /* of the picture */
  double line;
  guint margin, alpha;
} Frame;

gboolean
pane_thumbnail_can_be_framed (const guint8 *pixels,
                              gsize stride,
                              guint width,
                              guint height,
                              guint alpha)
{
  const guint8 *last = pixels + (height - 1) * stride;

  for (guint x = 0; x < width; x++)
    if (pixels[x * N_CHANNELS + alpha] < 255 || last[x * N_CHANNELS + alpha] < 255)
      return FALSE;
  for (guint y = 0; y < height; y++)
    if (pixels[y * stride + alpha] < 255
        || pixels[y * stride + (width - 1) * N_CHANNELS + alpha] < 255)
      return FALSE;
  return TRUE;
}

/* How far a point is outside of the rounded rectangle; inside it is negative. */
static double
get_distance (const Frame *frame, double x, double y)
{
  double radius = fmin (RADIUS * frame->line, fmin (frame->width, frame->height) / 2);
  double from_x = fabs (x - frame->width / 2) - (frame->width / 2 - radius);
  double from_y = fabs (y - frame->height / 2) - (frame->height / 2 - radius);

  return hypot (fmax (from_x, 0), fmax (from_y, 0)) + fmin (fmax (from_x, from_y), 0) - radius;
}

static double
get_shadow (const Frame *frame, double x, double y)
{
  double distance = get_distance (frame, x, y - SHADOW_DOWN * frame->line);
  double left = 1 - fmax (distance, 0) / frame->margin;

  return left > 0 ? SHADOW * left * left : 0;
}

/* @from: NULL in the margin. */
static void
paint (const Frame *frame, guint8 *to, const guint8 *from, double x, double y)
{
  double distance = get_distance (frame, x, y);
  double cover = from != NULL ? CLAMP (0.5 - distance, 0, 1) : 0;
  double edge = 1 - EDGE * CLAMP (distance + frame->line + 0.5, 0, 1);
  double shadow = cover < 1 ? get_shadow (frame, x, y) : 0;

  for (guint c = 0; c < N_CHANNELS; c++)
    {
      double value = from != NULL ? from[c] * cover : 0;

      if (c == frame->alpha)
        value += shadow * (255 - value);
      else
        value *= edge;
      to[c] = (guint8) (value + 0.5);
    }
}

static gboolean
is_inside (const Frame *frame, guint at, double length)
{
  double depth = RADIUS * frame->line + 1;

  return at >= frame->margin + depth && at < frame->margin + length - depth;
}

GBytes *
pane_thumbnail_put_frame (const guint8 *pixels,
                          gsize stride,
                          guint width,
                          guint height,
                          guint alpha,
                          int line)
{
  const Frame frame = { width, height, line, (guint) line * PANE_THUMBNAIL_MARGIN, alpha };
  gsize to_width = width + 2 * frame.margin, to_height = height + 2 * frame.margin;
  guint8 *framed = g_malloc (to_width * to_height * N_CHANNELS);

  for (guint y = 0; y < to_height; y++)
    for (guint x = 0; x < to_width; x++)
      {
        guint8 *to = framed + (y * to_width + x) * N_CHANNELS;
        /* Beyond the picture these are huge. */
        guint from_x = x - frame.margin, from_y = y - frame.margin;
        const guint8 *from = from_x < width && from_y < height
                                 ? pixels + from_y * stride + from_x * N_CHANNELS
                                 : NULL;

        if (from != NULL && is_inside (&frame, x, width) && is_inside (&frame, y, height))
          memcpy (to, from, N_CHANNELS);
        else
          paint (&frame, to, from, x + 0.5 - frame.margin, y + 0.5 - frame.margin);
      }
  return g_bytes_new_take (framed, to_width * to_height * N_CHANNELS);
}
