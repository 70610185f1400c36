/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cache of thumbnails that the programs of a desktop share, as the freedesktop thumbnail
 * specification says: a folder for each size, files named by the MD5 of the original's URI, valid
 * as long as the URI and the modification time in the file are the original's. What could not be
 * made is marked below fail/, in a folder of each program's own, so that the next version tries
 * again. Files come under their name as a whole, for their owner only. Workers only. */

#include "thaw-thumbnail-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILURES "fail" G_DIR_SEPARATOR_S "thaw-" THAW_VERSION
#define SOFTWARE "Thaw " THAW_VERSION

static const ThawThumbnailSize sizes[] = {
  THAW_THUMBNAIL_NORMAL,
  THAW_THUMBNAIL_LARGE,
  THAW_THUMBNAIL_X_LARGE,
  THAW_THUMBNAIL_XX_LARGE,
};

/**
 * thaw_thumbnail_size_for_pixels:
 * @pixels: device pixels of the longer side
 *
 * - **Thread**: any.
 *
 * Returns: the smallest size that has as many, or the largest
 */
ThawThumbnailSize
thaw_thumbnail_size_for_pixels (guint pixels)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (pixels <= (guint) sizes[i])
      return sizes[i];
  return THAW_THUMBNAIL_XX_LARGE;
}

static const char *
get_folder_name (ThawThumbnailSize size)
{
  switch (size)
    {
    case THAW_THUMBNAIL_NORMAL:
      return "normal";
    case THAW_THUMBNAIL_LARGE:
      return "large";
    case THAW_THUMBNAIL_X_LARGE:
      return "x-large";
    case THAW_THUMBNAIL_XX_LARGE:
    default:
      return "xx-large";
    }
}

static char *
dup_path (const char *cache_folder, const char *folder, const char *uri)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, uri, -1);

  return g_strdup_printf ("%s/%s/%s.png", cache_folder, folder, sum);
}

char *
thaw_thumbnail_dup_path (const char *cache_folder, const char *uri, ThawThumbnailSize size)
{
  return dup_path (cache_folder, get_folder_name (size), uri);
}

char *
thaw_thumbnail_dup_failure_path (const char *cache_folder, const char *uri)
{
  return dup_path (cache_folder, FAILURES, uri);
}

/* Whole, or NULL: whatever is wrong with it, there is no thumbnail. */
static GBytes *
read_file (const char *path)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autofree guint8 *bytes = NULL;
  struct stat st;
  gssize n = 0;
  gsize n_read = 0;

  if (fd < 0 || fstat (fd, &st) != 0 || !S_ISREG (st.st_mode)
      || st.st_size > THAW_THUMBNAIL_MAX_PNG_BYTES)
    return NULL;
  bytes = g_malloc ((gsize) st.st_size + 1);
  while (n_read < (gsize) st.st_size
         && (n = read (fd, bytes + n_read, (gsize) st.st_size - n_read)) > 0)
    n_read += (gsize) n;
  return n < 0 ? NULL : g_bytes_new_take (g_steal_pointer (&bytes), n_read);
}

static GBytes *
read_if_valid (const char *path, const ThawThumbnailOriginal *original, guint max_size)
{
  g_autoptr (GBytes) png = read_file (path);
  g_auto (ThawPngInfo) info = { 0 };

  if (png == NULL || !thaw_png_parse (png, FALSE, &info) || g_strcmp0 (info.uri, original->uri) != 0
      || info.mtime_sec != original->mtime_sec || MAX (info.width, info.height) > max_size)
    return NULL;
  return g_steal_pointer (&png);
}

ThawThumbnailState
thaw_thumbnail_look_up (const char *cache_folder,
                        const ThawThumbnailOriginal *original,
                        ThawThumbnailSize size,
                        GBytes **png)
{
  g_autofree char *failure = thaw_thumbnail_dup_failure_path (cache_folder, original->uri);
  g_autoptr (GBytes) mark = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (sizes[i] >= size)
      {
        g_autofree char *path = thaw_thumbnail_dup_path (cache_folder, original->uri, sizes[i]);

        *png = read_if_valid (path, original, sizes[i]);
        if (*png != NULL)
          return THAW_THUMBNAIL_FOUND;
      }
  mark = read_if_valid (failure, original, THAW_THUMBNAIL_XX_LARGE);
  return mark != NULL ? THAW_THUMBNAIL_FAILED : THAW_THUMBNAIL_NONE;
}

static void
keep (const char *path, GBytes *png)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;
  gsize n;
  const char *bytes = g_bytes_get_data (png, &n);

  if (g_mkdir_with_parents (folder, 0700) != 0
      || !g_file_set_contents_full (path,
                                    bytes,
                                    (gssize) n,
                                    G_FILE_SET_CONTENTS_CONSISTENT,
                                    0600,
                                    &error))
    g_debug ("%s: %s", path, error != NULL ? error->message : g_strerror (errno));
}

/* Numbers in @mtime and @size. */
static void
fill_texts (const ThawThumbnailOriginal *original, const char **texts, char *mtime, char *size)
{
  guint n = 0;

  g_snprintf (mtime, 32, "%" G_GINT64_FORMAT, original->mtime_sec);
  g_snprintf (size, 32, "%" G_GOFFSET_FORMAT, original->size_bytes);
  texts[n++] = "Thumb::URI";
  texts[n++] = original->uri;
  texts[n++] = "Thumb::MTime";
  texts[n++] = mtime;
  texts[n++] = "Software";
  texts[n++] = SOFTWARE;
  if (original->size_bytes >= 0)
    {
      texts[n++] = "Thumb::Size";
      texts[n++] = size;
    }
  if (original->content_type != NULL)
    {
      texts[n++] = "Thumb::Mimetype";
      texts[n++] = original->content_type;
    }
  texts[n] = NULL;
}

GBytes *
thaw_thumbnail_sign (const ThawThumbnailOriginal *original, GBytes *png)
{
  const char *texts[16];
  char mtime[32], size[32];

  fill_texts (original, texts, mtime, size);
  return thaw_png_with_texts (png, texts);
}

void
thaw_thumbnail_keep (const char *cache_folder,
                     const ThawThumbnailOriginal *original,
                     ThawThumbnailSize size,
                     GBytes *png)
{
  g_autofree char *path = thaw_thumbnail_dup_path (cache_folder, original->uri, size);
  g_autofree char *failure = thaw_thumbnail_dup_failure_path (cache_folder, original->uri);

  keep (path, png);
  g_unlink (failure);
}

void
thaw_thumbnail_keep_failure (const char *cache_folder, const ThawThumbnailOriginal *original)
{
  g_autofree char *path = thaw_thumbnail_dup_failure_path (cache_folder, original->uri);
  const char *texts[16];
  char mtime[32], size[32];
  g_autoptr (GBytes) mark = NULL;

  fill_texts (original, texts, mtime, size);
  mark = thaw_png_make_empty (texts);
  keep (path, mark);
}
