/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A specimen of a font: its name, the alphabet, a sentence in sizes. FreeType reads it, HarfBuzz
 * puts the letters together and cairo draws them, all from the one file: no other font stands in
 * for what it lacks. A font without Latin shows the first characters that it has. */

#include "thaw-preview-worker.h"

#include <cairo-ft.h>
#include <hb-ft.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_GLYPHS 96
#define MARGIN 0.05 /* of the width */

typedef struct {
  cairo_t *cairo;
  FT_Face face;
  cairo_font_face_t *cairo_face;
  hb_font_t *shaper;
  double width, margin, y;
} Specimen;

static const char *const sentences[] = {
  "The quick brown fox jumps over the lazy dog.",
  "Съешь же ещё этих мягких французских булок.",
  "Ταχίστη αλώπηξ βαφής ψημένη γη.",
  "نص حكيم له سر قاطع وذو شأن عظيم",
  "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
  "ऋषियों को सताने वाले दुष्ट राक्षसों",
  "天地玄黃 宇宙洪荒 日月盈昃 辰宿列張",
  "いろはにほへと ちりぬるを",
  "다람쥐 헌 쳇바퀴에 타고파",
};

static bool
covers (FT_Face face, const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (*text != ' ' && FT_Get_Char_Index (face, g_utf8_get_char (text)) == 0)
      return false;
  return true;
}

static const char *
find_sentence (FT_Face face)
{
  for (size_t i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (covers (face, sentences[i]))
      return sentences[i];
  return NULL;
}

/* What a font of signs has to show. */
static char *
dup_first_characters (FT_Face face)
{
  GString *text = g_string_new (NULL);
  FT_UInt glyph;
  FT_ULong character = FT_Get_First_Char (face, &glyph);

  for (int n = 0; glyph != 0 && n < 24; character = FT_Get_Next_Char (face, character, &glyph))
    if (g_unichar_isgraph ((gunichar) character) || character >= 0xe000)
      {
        g_string_append_unichar (text, (gunichar) character);
        n++;
      }
  return g_string_free (text, FALSE);
}

/* Draws one line, as far as there is room for it. */
static void
draw_line (Specimen *self, const char *text, double size)
{
  hb_buffer_t *buffer = hb_buffer_create ();
  cairo_glyph_t glyphs[MAX_GLYPHS];
  const hb_glyph_info_t *infos;
  const hb_glyph_position_t *positions;
  double scale = size / hb_face_get_upem (hb_font_get_face (self->shaper)), x = self->margin;
  unsigned int n;

  hb_buffer_add_utf8 (buffer, text, -1, 0, -1);
  hb_buffer_guess_segment_properties (buffer);
  hb_shape (self->shaper, buffer, NULL, 0);
  infos = hb_buffer_get_glyph_infos (buffer, &n);
  positions = hb_buffer_get_glyph_positions (buffer, &n);
  n = MIN (n, MAX_GLYPHS);
  self->y += size * 1.35;
  for (unsigned int i = 0; i < n; i++)
    {
      glyphs[i].index = infos[i].codepoint;
      glyphs[i].x = x + positions[i].x_offset * scale;
      glyphs[i].y = self->y - positions[i].y_offset * scale;
      x += positions[i].x_advance * scale;
    }
  cairo_set_font_size (self->cairo, size);
  cairo_show_glyphs (self->cairo, glyphs, (int) n);
  hb_buffer_destroy (buffer);
}

static void
draw_lines (Specimen *self, const char *title, double height)
{
  static const double sizes[] = { 0.024, 0.032, 0.045, 0.06, 0.085, 0.12 };
  g_autofree char *signs = NULL;
  const char *sentence = find_sentence (self->face);

  if (sentence == NULL)
    sentence = signs = dup_first_characters (self->face);
  if (covers (self->face, title))
    draw_line (self, title, self->width * 0.075);
  if (covers (self->face, "abcxyzABCXYZ"))
    {
      draw_line (self, "abcdefghijklmnopqrstuvwxyz", self->width * 0.045);
      draw_line (self, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", self->width * 0.045);
    }
  if (covers (self->face, "0123456789.,!?&"))
    draw_line (self, "0123456789 .,:;!?&@#%()", self->width * 0.045);
  self->y += self->width * 0.03;
  for (size_t i = 0; i < G_N_ELEMENTS (sizes) && self->y + self->width * sizes[i] * 1.5 < height;
       i++)
    draw_line (self, sentence, self->width * sizes[i]);
}

static void
draw_face (FT_Face face, const char *title, const ThawPreviewRequest *request, ThawPicture *picture)
{
  Specimen specimen
      = { .face = face, .width = picture->reply.width, .margin = picture->reply.width * MARGIN };
  cairo_surface_t *surface = cairo_image_surface_create_for_data (picture->pixels,
                                                                  CAIRO_FORMAT_ARGB32,
                                                                  (int) picture->reply.width,
                                                                  (int) picture->reply.height,
                                                                  (int) picture->reply.stride);
  double ink = request->flags & THAW_PREVIEW_DARK ? 0.95 : 0.1;
  hb_face_t *shapes;

  FT_Set_Char_Size (face, face->units_per_EM * 64, 0, 72, 72);
  specimen.cairo_face = cairo_ft_font_face_create_for_ft_face (face, FT_LOAD_NO_HINTING);
  shapes = hb_ft_face_create (face, NULL);
  specimen.shaper = hb_font_create (shapes);
  specimen.cairo = cairo_create (surface);
  if (request->flags & THAW_PREVIEW_PAPER)
    {
      cairo_set_source_rgb (specimen.cairo, 1, 1, 1);
      cairo_paint (specimen.cairo);
    }
  cairo_set_source_rgb (specimen.cairo, ink, ink, ink);
  cairo_set_font_face (specimen.cairo, specimen.cairo_face);
  specimen.y = specimen.margin * 0.5;
  draw_lines (&specimen, title, picture->reply.height);
  cairo_destroy (specimen.cairo);
  hb_font_destroy (specimen.shaper);
  hb_face_destroy (shapes);
  cairo_font_face_destroy (specimen.cairo_face);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
}

static void
draw_from (const void *bytes, size_t n, const ThawPreviewRequest *request, ThawPicture *picture)
{
  FT_Library library;
  FT_Face face;

  if (FT_Init_FreeType (&library) != 0)
    {
      thaw_picture_fail (picture, THAW_PREVIEW_FAILED, "FreeType doesn't start");
      return;
    }
  /* The library and the face stay: cairo keeps the face beyond its own last reference. A worker
   * isn't asked for so many. */
  if (FT_New_Memory_Face (library, bytes, (FT_Long) n, 0, &face) != 0 || face->num_glyphs < 1)
    {
      thaw_picture_fail (picture, THAW_PREVIEW_DAMAGED, "not a font that FreeType reads");
      return;
    }
  FT_Select_Charmap (face, FT_ENCODING_UNICODE);
  g_snprintf (picture->reply.text,
              sizeof picture->reply.text,
              "%s %s",
              face->family_name != NULL ? face->family_name : "",
              face->style_name != NULL ? face->style_name : "");
  picture->reply.n_pages = 1;
  if (face->units_per_EM == 0)
    thaw_picture_fail (picture, THAW_PREVIEW_UNSUPPORTED, "a font of fixed sizes");
  else if (thaw_picture_allocate (picture, request->width, request->height))
    draw_face (face, picture->reply.text, request, picture);
}

void
thaw_preview_draw_font (int fd, const ThawPreviewRequest *request, ThawPicture *picture)
{
  struct stat info;
  void *bytes = MAP_FAILED;

  if (fstat (fd, &info) == 0 && info.st_size > 0)
    bytes = mmap (NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED)
    {
      thaw_picture_fail (picture, THAW_PREVIEW_FAILED, "it can't be read");
      return;
    }
  draw_from (bytes, (size_t) info.st_size, request, picture);
}
