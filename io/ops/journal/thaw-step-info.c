/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The .trashinfo that belongs to what is in the trash: written whole under a hidden name,
 * synchronised, and only then given its name, over nothing; and removed last, when what it told of
 * has left. On one operation's thread. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_BYTES (1 << 20)

static ThawPlace *
open_parent (const char *path, char **name, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  *name = g_path_get_basename (path);
  return thaw_place_open (parent, error);
}

static GBytes *
read_in (ThawPlace *place, const char *name, GError **error)
{
  int fd = openat (thaw_place_get_fd (place), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char buffer[4096];
  gssize n = -1;

  while (fd >= 0 && bytes->len < MAX_BYTES)
    {
      n = read (fd, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      g_byte_array_append (bytes, (const guint8 *) buffer, (guint) n);
    }
  if (fd < 0 || n < 0)
    thaw_set_errno_error (error, errno, name);
  if (fd >= 0)
    close (fd);
  return fd >= 0 && n >= 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

GBytes *
thaw_info_read (const char *path, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (path, &name, error);

  return place != NULL ? read_in (place, name, error) : NULL;
}

static gboolean
has_bytes (ThawPlace *place, const char *name, GBytes *bytes)
{
  g_autoptr (GBytes) found = read_in (place, name, NULL);

  return found != NULL && g_bytes_equal (found, bytes);
}

static int
write_all (int fd, GBytes *bytes)
{
  gsize left;
  const char *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize n = write (fd, data, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      data += n;
      left -= (gsize) n;
    }
  return fsync (fd) == 0 ? 0 : errno;
}

/* An older one under this name is of an attempt of ours that was interrupted: the name has the
 * job's token. */
static gboolean
write_hidden (ThawPlace *place, const char *hidden, GBytes *bytes, GError **error)
{
  int folder = thaw_place_get_fd (place), fd, code;

  unlinkat (folder, hidden, 0);
  fd = openat (folder, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  code = fd >= 0 ? write_all (fd, bytes) : errno;
  if (fd >= 0 && close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0)
    return TRUE;
  if (fd >= 0)
    unlinkat (folder, hidden, 0);
  thaw_set_errno_error (error, code, hidden);
  return FALSE;
}

/* EXISTS if another one has the name. @how: after a crash ours may be there already. */
gboolean
thaw_info_write (const char *path,
                 GBytes *bytes,
                 ThawRowHow how,
                 const char *token,
                 guint number,
                 GError **error)
{
  g_autoptr (GBytes) text = bytes != NULL ? g_bytes_ref (bytes) : g_bytes_new_static ("", 0);
  g_autofree char *hidden = thaw_token_dup_name (token, number);
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (path, &name, error);

  if (place == NULL)
    return FALSE;
  if (how == THAW_ROW_SETTLE && has_bytes (place, name, text))
    {
      unlinkat (thaw_place_get_fd (place),
                hidden,
                0); /* its first name, where renaming is link and unlink */
      return thaw_place_sync (place, error);
    }
  if (!write_hidden (place, hidden, text, error))
    return FALSE;
  if (thaw_place_rename_new (place, hidden, place, name, error))
    return thaw_place_sync (place, error);
  unlinkat (thaw_place_get_fd (place), hidden, 0);
  return FALSE;
}

/* Only the one that we know; that there is none is fine. */
gboolean
thaw_info_remove (const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (path, &name, error);

  if (place == NULL)
    return FALSE;
  if (bytes != NULL && !has_bytes (place, name, bytes))
    return TRUE;
  if (unlinkat (thaw_place_get_fd (place), name, 0) == 0)
    return thaw_place_sync (place, error);
  if (errno == ENOENT)
    return TRUE;
  thaw_set_errno_error (error, errno, name);
  return FALSE;
}

void
thaw_info_sweep (const char *path, const char *token, guint number)
{
  g_autofree char *hidden = thaw_token_dup_name (token, number);
  g_autofree char *name = NULL;
  g_autoptr (ThawPlace) place = open_parent (path, &name, NULL);

  if (place != NULL)
    unlinkat (thaw_place_get_fd (place), hidden, 0);
}
