/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the sources and the target of a request are, and small questions about places. On the
 * thread of the run; nothing here changes anything on disk. Links are followed in the path that
 * leads to a source, as the user meant it, and never at its last component. */

#include "thaw-kind-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

gboolean
thaw_kind_file_is_local (GFile *file)
{
  return g_file_is_native (file) && g_file_peek_path (file) != NULL;
}

gboolean
thaw_kind_source_is_local (ThawRun *run, guint i)
{
  g_autoptr (GFile) file = thaw_operation_request_dup_source (thaw_run_get_request (run), i);

  return thaw_kind_file_is_local (file);
}

gboolean
thaw_source_open (ThawSource *self, GFile *file, guint index, GError **error)
{
  g_autofree char *folder = NULL;

  self->index = index;
  g_set_str (&self->path, g_file_peek_path (file));
  g_clear_pointer (&self->name, g_free);
  self->name = g_path_get_basename (self->path);
  folder = g_path_get_dirname (self->path);
  if (g_str_equal (self->path, "/"))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_SUPPORTED,
                   "The root of all files stays where it is");
      return FALSE;
    }
  if (g_strcmp0 (folder, self->folder) != 0)
    {
      g_clear_pointer (&self->place, thaw_place_unref);
      g_clear_pointer (&self->folder, g_free);
    }
  if (self->place == NULL)
    {
      self->place = thaw_place_open (folder, error);
      if (self->place == NULL)
        return FALSE;
      self->folder = g_steal_pointer (&folder);
    }
  return thaw_place_look (self->place, self->name, &self->identity, error);
}

void
thaw_source_clear (ThawSource *self)
{
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->place, thaw_place_unref);
  g_clear_pointer (&self->name, g_free);
}

gboolean
thaw_source_guard_admit (ThawSourceGuard *self, const ThawSource *source)
{
  if (self->place == NULL)
    {
      self->place = thaw_place_ref (source->place);
      self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  if (self->place != source->place || g_hash_table_contains (self->names, source->name))
    return FALSE;
  g_hash_table_add (self->names, g_strdup (source->name));
  return TRUE;
}

void
thaw_source_guard_reset (ThawSourceGuard *self)
{
  g_clear_pointer (&self->place, thaw_place_unref);
  g_clear_pointer (&self->names, g_hash_table_unref);
}

ThawPlace *
thaw_kind_open_target (ThawRun *run, GError **error)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));

  if (target == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The operation has no target");
      return NULL;
    }
  if (!thaw_kind_file_is_local (target))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "The target isn't a local folder");
      return NULL;
    }
  return thaw_place_open (g_file_peek_path (target), error);
}

/* Borrowed from the request, which outlives the run's work. */
const char *
thaw_kind_get_into (ThawRun *run, guint i)
{
  GVariant *into = thaw_operation_request_get_option (thaw_run_get_request (run),
                                                      "into",
                                                      G_VARIANT_TYPE_BYTESTRING_ARRAY);
  const char *path;

  if (into == NULL || i >= g_variant_n_children (into))
    return NULL;
  g_variant_get_child (into, i, "^&ay", &path);
  return *path != '\0' ? path : NULL;
}

gboolean
thaw_kind_exists (ThawPlace *place, const char *name, ThawIdentity *identity, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (thaw_place_look (place, name, identity, &local))
    return TRUE;
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
thaw_identity_is_folder (const ThawIdentity *self)
{
  return S_ISDIR (self->mode);
}

/* Climbs by descriptors, since a path may lie: bind mounts, and renames under way. */
gboolean
thaw_kind_is_within (ThawPlace *place, const ThawIdentity *folder)
{
  guint64 dev = 0, ino = 0;
  int fd = openat (thaw_place_get_fd (place), ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  gboolean is_within = FALSE;

  while (fd >= 0 && !is_within)
    {
      struct stat st;
      int up;

      if (fstat (fd, &st) != 0 || (st.st_dev == dev && st.st_ino == ino))
        break; /* the root is its own parent */
      dev = st.st_dev;
      ino = st.st_ino;
      is_within = dev == folder->dev && ino == folder->ino;
      up = openat (fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
      close (fd);
      fd = up;
    }
  if (fd >= 0)
    close (fd);
  return is_within;
}

static DIR *
open_listing (ThawPlace *place, GError **error)
{
  int fd = openat (thaw_place_get_fd (place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

  if (dir == NULL)
    {
      int code = errno;

      g_set_error (error,
                   G_IO_ERROR,
                   g_io_error_from_errno (code),
                   "%s can't be read: %s",
                   thaw_place_get_path (place),
                   g_strerror (code));
      if (fd >= 0)
        close (fd);
    }
  return dir;
}

/* NULL at the end, with errno 0 unless reading failed. */
static const char *
next_name (DIR *dir)
{
  struct dirent *entry;

  do
    {
      errno = 0;
      entry = readdir (dir);
    }
  while (entry != NULL && (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..")));
  return entry != NULL ? entry->d_name : NULL;
}

static gboolean
close_listing (ThawPlace *place, DIR *dir, int code, GError **error)
{
  closedir (dir);
  if (code != 0)
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (code),
                 "%s can't be read: %s",
                 thaw_place_get_path (place),
                 g_strerror (code));
  return code == 0;
}

gboolean
thaw_kind_is_empty (ThawPlace *place, GError **error)
{
  DIR *dir = open_listing (place, error);
  const char *name;
  int code;

  if (dir == NULL)
    return FALSE;
  name = next_name (dir);
  code = name == NULL ? errno : 0;
  return close_listing (place, dir, code, error) && name == NULL;
}

GString *
thaw_kind_list (ThawPlace *place, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  DIR *dir = open_listing (place, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = next_name (dir)) != NULL)
    g_string_append_len (names, name, strlen (name) + 1);
  return close_listing (place, dir, errno, error) ? g_steal_pointer (&names) : NULL;
}

gboolean
thaw_kind_check_name (const char *name, GError **error)
{
  if (name != NULL && name[0] != '\0' && strchr (name, '/') == NULL && !g_str_equal (name, ".")
      && !g_str_equal (name, "..") && strlen (name) <= 255)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_FILENAME,
               "“%s” can't be the name of a file",
               name != NULL ? name : "");
  return FALSE;
}

gboolean
thaw_kind_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

gboolean
thaw_kind_problem (ThawRun *run, const char *path, GError *error, GError **out)
{
  g_autoptr (GError) copy = NULL;

  if (thaw_kind_is_cancelled (error))
    {
      g_propagate_error (out, error);
      return FALSE;
    }
  copy = g_error_copy (error);
  if (thaw_run_add_problem (run, path, error))
    return TRUE;
  g_propagate_error (out, g_steal_pointer (&copy));
  return FALSE;
}
