/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beginning of a text as a small page: what one knows it again by, not what one reads. Bytes
 * that aren't UTF-8 are taken for the old encoding of the West, or for UTF-16 if they say so; what
 * has zeros in it is no text. Pango finds the fonts, so any script shows that there is a font for.
 */

#include "thaw-preview-worker.h"

#include <cairo.h>
#include <pango/pangocairo.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES 8192
#define MOST_LINES 60
#define PROPORTION 0.75 /* of width to height */
#define LINES_SHOWN 22.0
#define MARGIN 0.08 /* of the width */
#define TAB "    "

/* NULL: it can't be read. Sets @n to what there is of the first bytes. */
static char *
read_start (int fd, gsize *n)
{
  char *bytes = g_malloc (MOST_BYTES + 1);
  ssize_t got = 0;

  *n = 0;
  while (*n < MOST_BYTES && (got = pread (fd, bytes + *n, MOST_BYTES - *n, (off_t) *n)) > 0)
    *n += (gsize) got;
  bytes[*n] = '\0';
  if (got >= 0 || *n > 0)
    return bytes;
  g_free (bytes);
  return NULL;
}

static char *
convert (const char *bytes, gsize n, const char *encoding)
{
  gsize n_read = 0, n_written = 0;

  return g_convert_with_fallback (bytes,
                                  (gssize) n,
                                  "UTF-8",
                                  encoding,
                                  "?",
                                  &n_read,
                                  &n_written,
                                  NULL);
}

/* Valid up to a character that the end of the buffer has cut. */
static gboolean
is_utf8 (const char *bytes, gsize n, const char **end)
{
  return g_utf8_validate (bytes, (gssize) n, end)
         || (n == MOST_BYTES && bytes + n - *end < 4
             && g_utf8_get_char_validated (*end, bytes + n - *end) == (gunichar) -2);
}

/* NULL: it is no text. */
static char *
decode (const char *bytes, gsize n)
{
  const char *end;

  if (n >= 2 && (memcmp (bytes, "\xff\xfe", 2) == 0 || memcmp (bytes, "\xfe\xff", 2) == 0))
    return convert (bytes, n & ~(gsize) 1, "UTF-16");
  if (memchr (bytes, '\0', n) != NULL)
    return NULL;
  if (is_utf8 (bytes, n, &end))
    return g_strndup (bytes, (gsize) (end - bytes));
  return convert (bytes, n, "WINDOWS-1252");
}

/* As many lines as may be seen; what isn't to be seen at all is left out. */
static char *
dup_lines (const char *text)
{
  GString *lines = g_string_new (NULL);
  guint n_lines = 0;

  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    text += 3;
  for (; *text != '\0' && n_lines < MOST_LINES; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      n_lines += c == '\n';
      if (c == '\t')
        g_string_append (lines, TAB);
      else if (c == '\n' || !g_unichar_iscntrl (c))
        g_string_append_unichar (lines, c);
    }
  return g_string_free (lines, FALSE);
}

static void
draw_paper (cairo_t *cairo, double width, double height)
{
  cairo_set_source_rgb (cairo, 1, 1, 1);
  cairo_paint (cairo);
  cairo_set_source_rgba (cairo, 0, 0, 0, 0.15);
  cairo_set_line_width (cairo, 1);
  cairo_rectangle (cairo, 0.5, 0.5, width - 1, height - 1);
  cairo_stroke (cairo);
}

static void
draw_lines (cairo_t *cairo, const char *lines, double width, double height)
{
  PangoLayout *layout = pango_cairo_create_layout (cairo);
  PangoFontDescription *font = pango_font_description_from_string ("Monospace");
  double margin = width * MARGIN;

  pango_font_description_set_absolute_size (font,
                                            (height - 2 * margin) / LINES_SHOWN * 0.8
                                                * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_layout_set_width (layout, (int) ((width - 2 * margin) * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, lines, -1);
  cairo_rectangle (cairo, margin, margin, width - 2 * margin, height - 2 * margin);
  cairo_clip (cairo);
  cairo_set_source_rgb (cairo, 0.15, 0.15, 0.15);
  cairo_move_to (cairo, margin, margin);
  pango_cairo_show_layout (cairo, layout);
  pango_font_description_free (font);
  g_object_unref (layout);
}

static void
draw_page (const char *lines, const ThawPreviewRequest *request, ThawPicture *picture)
{
  uint32_t width, height;
  cairo_surface_t *surface;
  cairo_t *cairo;

  thaw_picture_fit (PROPORTION, 1, request, true, &width, &height);
  if (!thaw_picture_allocate (picture, width, height))
    return;
  picture->reply.n_pages = 1;
  surface = cairo_image_surface_create_for_data (picture->pixels,
                                                 CAIRO_FORMAT_ARGB32,
                                                 (int) width,
                                                 (int) height,
                                                 (int) picture->reply.stride);
  cairo = cairo_create (surface);
  draw_paper (cairo, width, height);
  draw_lines (cairo, lines, width, height);
  cairo_destroy (cairo);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
}

void
thaw_preview_draw_text (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  gsize n = 0;
  g_autofree char *bytes = read_start (fd, &n);
  g_autofree char *text = bytes != NULL && n > 0 ? decode (bytes, n) : NULL;
  g_autofree char *lines = text != NULL ? dup_lines (text) : NULL;

  if (bytes == NULL)
    thaw_picture_fail (picture, THAW_PREVIEW_FAILED, "it can't be read");
  else if (lines == NULL || *lines == '\0')
    thaw_picture_fail (picture, THAW_PREVIEW_UNSUPPORTED, "no text");
  else
    draw_page (lines, request, picture);
}
