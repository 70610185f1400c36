/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a .trashinfo: where something came from, percent-encoded byte for byte, and when it
 * was thrown away, in local time. What is read may have been written by anybody: a path that leads
 * out of where it must lie isn't one. */

#include "thaw-trash-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_INFO_BYTES (256 * 1024)
#define GROUP "[Trash Info]"

char *
thaw_trash_info_name (const char *name)
{
  return g_strconcat (name, THAW_TRASH_SUFFIX, NULL);
}

/* The folders of a trash are known by their paths with all links resolved, and so is @path. */
static const char *
make_relative (const char *top, const char *path)
{
  gsize n = strlen (top);

  if (n > 1 && strncmp (path, top, n) == 0 && path[n] == '/')
    return path + n + 1;
  return n == 1 && path[0] == '/' ? path + 1 : path;
}

GBytes *
thaw_trash_info_make (ThawTrash *self, const char *path, gint64 now_usec)
{
  time_t now = now_usec / G_USEC_PER_SEC;
  g_autofree char *escaped = NULL;
  char date[32];
  struct tm local;
  char *text;

  /* GLib would look up the time zone for each of 100,000 files. */
  localtime_r (&now, &local);
  strftime (date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
  if (self->top != NULL)
    path = make_relative (self->top, path);
  escaped = g_uri_escape_string (path, "/", FALSE);
  text = g_strdup_printf (GROUP "\nPath=%s\nDeletionDate=%s\n", escaped, date);
  return g_bytes_new_take (text, strlen (text));
}

/* NULL: it isn't an encoded path. */
static char *
unescape (const char *value)
{
  g_autoptr (GBytes) bytes = g_uri_unescape_bytes (value, -1, NULL, NULL);
  gsize n = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &n) : NULL;

  if (data == NULL || n == 0 || memchr (data, 0, n) != NULL)
    return NULL;
  return g_strndup (data, n);
}

static gboolean
climbs (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  return g_strv_contains ((const char *const *) parts, "..");
}

static char *
make_absolute (const char *top, const char *path)
{
  if (climbs (path))
    return NULL;
  if (top == NULL)
    return path[0] == '/' ? g_strdup (path) : NULL;
  return path[0] == '/' ? NULL : g_build_filename (top, path, NULL);
}

static gint64
parse_date (const char *value)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (value, zone);

  return date != NULL ? g_date_time_to_unix (date) * G_USEC_PER_SEC : 0;
}

gboolean
thaw_trash_info_parse (const char *text,
                       gsize n,
                       const char *top,
                       char **path,
                       gint64 *deleted_usec)
{
  g_autofree char *copy = g_strndup (text, n);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  g_autofree char *found = NULL;
  gboolean is_inside = FALSE;

  *deleted_usec = 0;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strchomp (lines[i]);

      if (line[0] == '[')
        is_inside = g_str_equal (line, GROUP);
      else if (is_inside && found == NULL && g_str_has_prefix (line, "Path="))
        found = unescape (line + strlen ("Path="));
      else if (is_inside && g_str_has_prefix (line, "DeletionDate="))
        *deleted_usec = parse_date (line + strlen ("DeletionDate="));
    }
  *path = found != NULL ? make_absolute (top, found) : NULL;
  return *path != NULL;
}

static GBytes *
read_all (int fd)
{
  g_autofree char *text = g_malloc (MAX_INFO_BYTES);
  gsize n = 0;
  gssize got;

  while (n < MAX_INFO_BYTES && (got = read (fd, text + n, MAX_INFO_BYTES - n)) != 0)
    if (got > 0)
      n += (gsize) got;
    else if (errno != EINTR)
      return NULL;
  return g_bytes_new (text, n);
}

gboolean
thaw_trash_info_read (ThawTrash *self,
                      const char *name,
                      char **path,
                      gint64 *deleted_usec,
                      GBytes **text,
                      GError **error)
{
  g_autofree char *info_name = thaw_trash_info_name (name);
  g_autoptr (GBytes) bytes = NULL;
  g_autofd int fd = openat (thaw_place_get_fd (self->info),
                            info_name,
                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

  if (fd >= 0)
    bytes = read_all (fd);
  if (bytes == NULL)
    {
      int code = errno;

      g_set_error (error,
                   G_IO_ERROR,
                   g_io_error_from_errno (code),
                   "%s can't be read: %s",
                   info_name,
                   g_strerror (code));
      return FALSE;
    }
  if (!thaw_trash_info_parse (g_bytes_get_data (bytes, NULL),
                              g_bytes_get_size (bytes),
                              self->top,
                              path,
                              deleted_usec))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_INVALID_DATA,
                   "%s doesn't say where it came from",
                   info_name);
      return FALSE;
    }
  if (text != NULL)
    *text = g_steal_pointer (&bytes);
  return TRUE;
}
