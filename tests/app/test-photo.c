/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What photos say: both byte orders, a JPEG and a TIFF, and anything that is broken, at every
 * length and with any byte changed. */

#include "files-photo.h"
#include "files-rename-pattern.h"

#include <string.h>

static void
put_16 (GByteArray *bytes, gboolean is_big, guint value)
{
  const guint8 big[] = { value >> 8, value }, little[] = { value, value >> 8 };

  g_byte_array_append (bytes, is_big ? big : little, 2);
}

static void
put_32 (GByteArray *bytes, gboolean is_big, guint32 value)
{
  put_16 (bytes, is_big, is_big ? value >> 16 : value & 0xffff);
  put_16 (bytes, is_big, is_big ? value & 0xffff : value >> 16);
}

static void
put_entry (GByteArray *bytes, gboolean is_big, guint tag, guint type, guint32 n, guint32 value)
{
  put_16 (bytes, is_big, tag);
  put_16 (bytes, is_big, type);
  put_32 (bytes, is_big, n);
  put_32 (bytes, is_big, value);
}

/* Header at 0, directory at 8 with two entries (38 on: the EXIF one, 56 on: texts). */
static GByteArray *
make_tiff (gboolean is_big)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) (is_big ? "MM\0*" : "II*\0"), 4);
  put_32 (bytes, is_big, 8);
  put_16 (bytes, is_big, 2);
  put_entry (bytes, is_big, 0x0110, 2, 8, 56);
  put_entry (bytes, is_big, 0x8769, 4, 1, 38);
  put_32 (bytes, is_big, 0);
  put_16 (bytes, is_big, 1);
  put_entry (bytes, is_big, 0x9003, 2, 20, 64);
  put_32 (bytes, is_big, 0);
  g_byte_array_append (bytes, (const guint8 *) "Cam/1 X\0", 8);
  g_byte_array_append (bytes, (const guint8 *) "2024:05:31 23:59:58\0", 20);
  return bytes;
}

static GByteArray *
make_jpeg (gboolean is_big)
{
  g_autoptr (GByteArray) tiff = make_tiff (is_big);
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) "\xff\xd8\xff\xe0\0\4ab\xff\xe1", 10);
  put_16 (bytes, TRUE, tiff->len + 8);
  g_byte_array_append (bytes, (const guint8 *) "Exif\0\0", 6);
  g_byte_array_append (bytes, tiff->data, tiff->len);
  return bytes;
}

static void
test_says (void)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GByteArray) bytes = i < 2 ? make_tiff (i % 2) : make_jpeg (i % 2);
      FilesPhoto photo;

      g_assert_true (files_photo_parse (bytes->data, bytes->len, &photo));
      g_assert_cmpstr (photo.taken_date, ==, "2024-05-31");
      g_assert_cmpstr (photo.taken_time, ==, "23-59-58");
      g_assert_cmpstr (photo.camera, ==, "Cam1 X");
    }
}

/* Each in memory of its own size, so that a sanitizer sees what is read beyond it. */
static void
test_broken (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GByteArray) whole = make_jpeg (FALSE);

  g_test_message ("seed %u", seed);
  for (guint length = 0; length < whole->len; length++)
    {
      g_autofree guint8 *part = g_memdup2 (whole->data, MAX (length, 1));
      FilesPhoto photo;

      files_photo_parse (part, length, &photo);
    }
  for (guint i = 0; i < 20000; i++)
    {
      g_autofree guint8 *part = g_memdup2 (whole->data, whole->len);
      FilesPhoto photo;

      for (guint j = 0; j < 3; j++)
        part[g_rand_int_range (rand, 0, whole->len)] = g_rand_int (rand);
      files_photo_parse (part, whole->len, &photo);
      g_assert_null (strchr (photo.camera, '/'));
      g_assert_null (strchr (photo.taken_date, '/'));
    }
}

static void
test_pattern (void)
{
  const FilesRenameRules rules
      = { .pattern = "[taken] [taken time] [camera]", .start = 1, .width = 1 };
  g_autoptr (FilesRenamePattern) pattern = files_rename_pattern_new (&rules, NULL);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  FilesPhoto photo = { "2024-05-31", "23-59-58", "Cam" }, empty = { 0 };
  FilesRenameItem item = { .name = "a.jpg", .mtime_sec = FILES_NO_TIME, .photo = &photo };
  FilesRenameStatus status;
  g_autofree char *name = files_rename_pattern_apply (pattern, &item, 0, zone, &status);
  g_autofree char *none = NULL;

  g_assert_true (files_rename_pattern_needs_photo (pattern));
  g_assert_cmpstr (name, ==, "2024-05-31 23-59-58 Cam.jpg");
  g_assert_cmpint (status, ==, FILES_RENAME_CHANGED);
  item.photo = &empty;
  none = files_rename_pattern_apply (pattern, &item, 0, zone, &status);
  g_assert_cmpint (status, ==, FILES_RENAME_NO_PHOTO);
  g_assert_true (files_rename_status_blocks (status));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/photo/says", test_says);
  g_test_add_func ("/photo/broken", test_broken);
  g_test_add_func ("/photo/pattern", test_pattern);
  return g_test_run ();
}
