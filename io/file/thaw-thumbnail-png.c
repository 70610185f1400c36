/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PNG files, as far as the thumbnail specification needs them: a thumbnail says in text chunks
 * which file it is of, and of which state of it. The picture itself isn't decoded here. What a
 * program in a sandbox has written is a stranger's: it is walked chunk by chunk, sums compared, and
 * only the chunks that make up a picture are taken over. Any thread; nothing is shared. */

#include "thaw-thumbnail-private.h"

#include <string.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_BYTES 8
#define FRAME_BYTES 12 /* length, name and sum of a chunk */
#define HEADER_BYTES 13
#define MAX_KEY_BYTES 79
#define MAX_TEXT_BYTES (64 * 1024)

typedef struct {
  const char *name;   /* four letters */
  const guint8 *data; /* n bytes */
  gsize n;
  const guint8 *start; /* of the whole */
} Chunk;

static guint32
read_number (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

static void
append_number (GByteArray *array, guint32 number)
{
  const guint8 bytes[] = { (guint8) (number >> 24),
                           (guint8) (number >> 16),
                           (guint8) (number >> 8),
                           (guint8) number };

  g_byte_array_append (array, bytes, sizeof bytes);
}

static guint32
compute_sum (const guint8 *bytes, gsize n)
{
  static gsize once = 0;
  static guint32 table[256];
  guint32 sum = G_MAXUINT32;

  if (g_once_init_enter (&once))
    {
      for (guint32 i = 0; i < G_N_ELEMENTS (table); i++)
        {
          guint32 value = i;

          for (guint bit = 0; bit < 8; bit++)
            value = value & 1 ? 0xedb88320u ^ value >> 1 : value >> 1;
          table[i] = value;
        }
      g_once_init_leave (&once, 1);
    }
  for (gsize i = 0; i < n; i++)
    sum = table[(sum ^ bytes[i]) & 0xff] ^ sum >> 8;
  return ~sum;
}

/* The chunk at @position, which is moved on. */
static gboolean
next_chunk (const guint8 *bytes, gsize n, gsize *position, Chunk *chunk)
{
  gsize left = n - *position;

  if (left < FRAME_BYTES)
    return FALSE;
  chunk->start = bytes + *position;
  chunk->n = read_number (chunk->start);
  chunk->name = (const char *) chunk->start + 4;
  chunk->data = chunk->start + 8;
  if (chunk->n > left - FRAME_BYTES)
    return FALSE;
  *position += chunk->n + FRAME_BYTES;
  return TRUE;
}

static gboolean
is_named (const Chunk *chunk, const char *name)
{
  return memcmp (chunk->name, name, 4) == 0;
}

static gboolean
has_right_sum (const Chunk *chunk)
{
  return compute_sum (chunk->start + 4, chunk->n + 4) == read_number (chunk->data + chunk->n);
}

/* The text of @key if the chunk has that, else NULL. */
static char *
dup_text (const Chunk *chunk, const char *key)
{
  gsize length = strlen (key);

  if (!is_named (chunk, "tEXt") || chunk->n <= length || chunk->n > MAX_TEXT_BYTES
      || memcmp (chunk->data, key, length + 1) != 0)
    return NULL;
  return g_strndup ((const char *) chunk->data + length + 1, chunk->n - length - 1);
}

static void
read_text (const Chunk *chunk, ThawPngInfo *info)
{
  g_autofree char *uri = dup_text (chunk, "Thumb::URI");
  g_autofree char *mtime = dup_text (chunk, "Thumb::MTime");

  if (uri != NULL && info->uri == NULL)
    info->uri = g_steal_pointer (&uri);
  /* Some write fractions of a second. */
  if (mtime != NULL)
    info->mtime_sec = g_ascii_strtoll (mtime, NULL, 10);
}

void
thaw_png_info_clear (ThawPngInfo *info)
{
  g_clear_pointer (&info->uri, g_free);
}

static gboolean
read_header (const Chunk *chunk, ThawPngInfo *info)
{
  if (!is_named (chunk, "IHDR") || chunk->n != HEADER_BYTES)
    return FALSE;
  info->width = read_number (chunk->data);
  info->height = read_number (chunk->data + 4);
  return info->width > 0 && info->height > 0;
}

gboolean
thaw_png_parse (GBytes *png, gboolean whole, ThawPngInfo *info)
{
  gsize n, position = SIGNATURE_BYTES;
  const guint8 *bytes = g_bytes_get_data (png, &n);
  gboolean has_data = FALSE;
  Chunk chunk;

  *info = (ThawPngInfo){ .mtime_sec = THAW_THUMBNAIL_UNKNOWN_TIME };
  if (n < SIGNATURE_BYTES || memcmp (bytes, SIGNATURE, SIGNATURE_BYTES) != 0)
    return FALSE;
  if (!next_chunk (bytes, n, &position, &chunk) || !read_header (&chunk, info)
      || (whole && !has_right_sum (&chunk)))
    return FALSE;
  while (next_chunk (bytes, n, &position, &chunk))
    {
      if (whole && !has_right_sum (&chunk))
        break;
      read_text (&chunk, info);
      has_data |= is_named (&chunk, "IDAT") && chunk.n > 0;
      if (is_named (&chunk, "IEND"))
        return has_data;
    }
  return FALSE;
}

static void
append_chunk (GByteArray *array, const char *name, gconstpointer data, gsize n)
{
  guint start = array->len + 4;

  append_number (array, (guint32) n);
  g_byte_array_append (array, (const guint8 *) name, 4);
  g_byte_array_append (array, data, (guint) n);
  append_number (array, compute_sum (array->data + start, n + 4));
}

static void
append_text (GByteArray *array, const char *key, const char *value)
{
  g_autofree char *text = g_strdup_printf ("%s%c%s", key, 1, value);

  text[strlen (key)] = '\0';
  append_chunk (array, "tEXt", text, strlen (key) + 1 + strlen (value));
}

static void
append_texts (GByteArray *array, const char *const *texts)
{
  for (guint i = 0; texts[i] != NULL; i += 2)
    append_text (array, texts[i], texts[i + 1]);
}

/* What makes up a picture, and what its maker alone knows of the original. */
static gboolean
is_kept (const Chunk *chunk)
{
  static const char *const names[]
      = { "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "sRGB", "cHRM", "iCCP", "sBIT", "pHYs", "bKGD" };
  static const char *const keys[] = { "Thumb::Image::Width",
                                      "Thumb::Image::Height",
                                      "Thumb::Document::Pages",
                                      "Thumb::Movie::Length" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (is_named (chunk, names[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *text = dup_text (chunk, keys[i]);

      if (text != NULL && strlen (text) <= MAX_KEY_BYTES)
        return TRUE;
    }
  return FALSE;
}

GBytes *
thaw_png_with_texts (GBytes *png, const char *const *texts)
{
  gsize n, position = SIGNATURE_BYTES;
  const guint8 *bytes = g_bytes_get_data (png, &n);
  g_auto (ThawPngInfo) info = { 0 };
  g_autoptr (GByteArray) array = NULL;
  Chunk chunk;

  if (!thaw_png_parse (png, TRUE, &info))
    return NULL;
  array = g_byte_array_sized_new ((guint) n + 1024);
  next_chunk (bytes, n, &position, &chunk);
  g_byte_array_append (array, bytes, (guint) position);
  append_texts (array, texts);
  while (next_chunk (bytes, n, &position, &chunk))
    {
      if (is_kept (&chunk))
        g_byte_array_append (array, chunk.start, (guint) (chunk.n + FRAME_BYTES));
      if (is_named (&chunk, "IEND"))
        break;
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&array));
}

GBytes *
thaw_png_make_empty (const char *const *texts)
{
  static const guint8 header[HEADER_BYTES] = { 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0 };
  /* One row of one pixel, all zeros, as zlib has it. */
  static const guint8 data[]
      = { 0x78, 0x01, 0x63, 0x60, 0x60, 0x60, 0x60, 0x00, 0x00, 0x00, 0x05, 0x00, 0x01 };
  GByteArray *array = g_byte_array_new ();

  g_byte_array_append (array, (const guint8 *) SIGNATURE, SIGNATURE_BYTES);
  append_chunk (array, "IHDR", header, sizeof header);
  append_texts (array, texts);
  append_chunk (array, "IDAT", data, sizeof data);
  append_chunk (array, "IEND", "", 0);
  return g_byte_array_free_to_bytes (array);
}
