/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few things that batch rename wants of a photo's EXIF block, in a JPEG or at the beginning of
 * a TIFF (as which many raw formats come). Only what lies within the given bytes is looked at:
 * every offset is checked before it is followed, none is followed twice, and what a date or a name
 * may not contain is left out. Pure, any thread. */

#include "files-photo.h"

#include <string.h>

#define MAX_ENTRIES 512
#define TYPE_ASCII 2
#define TAG_MODEL 0x0110
#define TAG_DATE 0x0132
#define TAG_EXIF 0x8769
#define TAG_TAKEN 0x9003

typedef struct {
  const guint8 *data;
  gsize length;
  gboolean is_big; /* the most significant byte comes first */
} Tiff;

/* The caller has checked that they are there. */
static guint
read_16 (const Tiff *self, gsize at)
{
  const guint8 *p = self->data + at;

  return self->is_big ? (guint) p[0] << 8 | p[1] : (guint) p[1] << 8 | p[0];
}

static guint32
read_32 (const Tiff *self, gsize at)
{
  guint32 first = read_16 (self, at), second = read_16 (self, at + 2);

  return self->is_big ? first << 16 | second : second << 16 | first;
}

/* The bytes of an entry's text; NULL if it isn't one, or isn't there. */
static const char *
find_text (const Tiff *self, gsize entry, gsize *length)
{
  guint32 n = read_32 (self, entry + 4), offset = n <= 4 ? entry + 8 : read_32 (self, entry + 8);

  if (read_16 (self, entry + 2) != TYPE_ASCII || n == 0 || offset > self->length
      || n > self->length - offset)
    return NULL;
  *length = strnlen ((const char *) self->data + offset, n);
  return (const char *) self->data + offset;
}

/* "2024:05:31 23:59:58" */
static void
take_date (const Tiff *self, gsize entry, FilesPhoto *photo)
{
  static const char pattern[] = "0000:00:00 00:00:00";
  gsize length = 0;
  const char *text = find_text (self, entry, &length);

  if (text == NULL || length < strlen (pattern) || strncmp (text, "0000", 4) == 0)
    return;
  for (gsize i = 0; i < strlen (pattern); i++)
    if (pattern[i] == '0' ? !g_ascii_isdigit (text[i]) : text[i] != pattern[i])
      return;
  g_snprintf (photo->taken_date,
              sizeof photo->taken_date,
              "%.4s-%.2s-%.2s",
              text,
              text + 5,
              text + 8);
  g_snprintf (photo->taken_time,
              sizeof photo->taken_time,
              "%.2s-%.2s-%.2s",
              text + 11,
              text + 14,
              text + 17);
}

static void
take_camera (const Tiff *self, gsize entry, FilesPhoto *photo)
{
  gsize length = 0, n = 0;
  const char *text = find_text (self, entry, &length);

  for (gsize i = 0; text != NULL && i < length && n + 1 < sizeof photo->camera; i++)
    if (g_ascii_isprint (text[i]) && text[i] != '/')
      photo->camera[n++] = text[i];
  photo->camera[n] = '\0';
  g_strstrip (photo->camera);
}

/* Returns where the EXIF part is, 0 if it isn't said. */
static gsize
read_directory (const Tiff *self, gsize at, FilesPhoto *photo)
{
  gsize exif = 0;
  guint n;

  if (at > self->length || self->length - at < 2)
    return 0;
  n = MIN (read_16 (self, at), MAX_ENTRIES);
  for (gsize entry = at + 2; n > 0 && entry <= self->length && self->length - entry >= 12;
       n--, entry += 12)
    switch (read_16 (self, entry))
      {
      case TAG_MODEL:
        take_camera (self, entry, photo);
        break;
      case TAG_DATE:
        if (*photo->taken_date == '\0')
          take_date (self, entry, photo);
        break;
      case TAG_TAKEN:
        take_date (self, entry, photo);
        break;
      case TAG_EXIF:
        exif = read_32 (self, entry + 8);
        break;
      default:
        break;
      }
  return exif;
}

static gboolean
parse_tiff (const guint8 *data, gsize length, FilesPhoto *photo)
{
  Tiff self = { .data = data, .length = length };
  gsize exif;

  if (length < 8 || (memcmp (data, "II*\0", 4) != 0 && memcmp (data, "MM\0*", 4) != 0))
    return FALSE;
  self.is_big = data[0] == 'M';
  exif = read_directory (&self, read_32 (&self, 4), photo);
  if (exif > 0)
    read_directory (&self, exif, photo);
  return *photo->taken_date != '\0' || *photo->camera != '\0';
}

/**
 * files_photo_parse:
 * @data: the beginning of a file
 * @length: how much of it
 * @photo: (out): what it says
 *
 * - **Thread**: any.
 *
 * Returns: whether it says anything
 */
gboolean
files_photo_parse (const guint8 *data, gsize length, FilesPhoto *photo)
{
  gsize at = 2;

  memset (photo, 0, sizeof *photo);
  if (length < 4 || data[0] != 0xff || data[1] != 0xd8)
    return parse_tiff (data, length, photo);
  /* The segments of a JPEG, up to where the picture begins. */
  while (length - at >= 4 && data[at] == 0xff && data[at + 1] != 0xda)
    {
      gsize size = (gsize) data[at + 2] << 8 | data[at + 3];

      if (size < 2 || size > length - at - 2)
        return FALSE;
      if (data[at + 1] == 0xe1 && size >= 8 && memcmp (data + at + 4, "Exif\0\0", 6) == 0)
        return parse_tiff (data + at + 10, size - 8, photo);
      at += 2 + size;
    }
  return FALSE;
}
