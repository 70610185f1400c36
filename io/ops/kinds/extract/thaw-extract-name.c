/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names that an archive gives, taken apart. What could lead anywhere else isn't repaired but
 * refused; only a leading slash is left out, since archives of whole systems have it. No disk; any
 * thread. */

#include "thaw-extract-private.h"

#include <string.h>

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, why);
  return FALSE;
}

static gboolean
add_part (GPtrArray *parts, const char *part, gsize n, GError **error)
{
  if (n == 0 || (n == 1 && part[0] == '.'))
    return TRUE;
  if (n == 2 && part[0] == '.' && part[1] == '.')
    return refuse (error, "Its name leads out of the archive");
  if (n > 255)
    return refuse (error, "Its name is too long");
  g_ptr_array_add (parts, g_strndup (part, n));
  return TRUE;
}

GPtrArray *
thaw_extract_split (const char *name,
                    gsize n,
                    guint max_depth,
                    gboolean *was_absolute,
                    GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const char *end = name + n;

  *was_absolute = n > 0 && name[0] == '/';
  if (memchr (name, 0, n) != NULL)
    {
      refuse (error, "Its name has a zero in it");
      return NULL;
    }
  for (const char *at = name; at < end;)
    {
      const char *slash = memchr (at, '/', end - at);
      const char *stop = slash != NULL ? slash : end;

      if (!add_part (parts, at, stop - at, error))
        return NULL;
      if (parts->len > max_depth)
        {
          refuse (error, "It lies too deep in folders");
          return NULL;
        }
      at = stop + 1;
    }
  return g_steal_pointer (&parts);
}

char *
thaw_extract_strip_extension (const char *archive_name)
{
  gsize n = strlen (archive_name);
  const char *dot = strrchr (archive_name, '.');

  if (dot != NULL && dot != archive_name)
    n = dot - archive_name;
  if (n > 4 && g_ascii_strncasecmp (archive_name + n - 4, ".tar", 4) == 0)
    n -= 4;
  return g_strndup (archive_name, n);
}

char *
thaw_extract_strip_raw (const char *archive_name)
{
  const char *dot = strrchr (archive_name, '.');

  if (dot != NULL && dot != archive_name)
    return g_strndup (archive_name, dot - archive_name);
  return g_strdup (archive_name);
}
