/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees by GIO: counted and removed. On the thread of the run. What is removed at the end of a move
 * must have a whole counterpart, thing by thing; what has come to stand in the source meanwhile
 * stays where it is. A local source is removed by descriptors, so that nobody can lead it astray.
 */

#include "thaw-remote-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 512
#define MAX_OPEN_DEPTH 200 /* each level holds a descriptor */

static gboolean
check (ThawRun *run, GError **error)
{
  return run == NULL || thaw_run_check (run, error);
}

static GCancellable *
get_cancellable (ThawRun *run)
{
  return run != NULL ? thaw_run_get_cancellable (run) : NULL;
}

static GFileEnumerator *
enumerate (ThawRun *run, GFile *folder, GError **error)
{
  return g_file_enumerate_children (folder,
                                    THAW_REMOTE_ATTRIBUTES,
                                    G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                    get_cancellable (run),
                                    error);
}

static gboolean
is_depth_good (guint depth, GError **error)
{
  if (depth <= MAX_DEPTH)
    return TRUE;
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_NOT_SUPPORTED,
                       "The folders are nested too deeply");
  return FALSE;
}

/* --- all of it --- */

static gboolean
remove_tree (ThawRun *run, GFile *file, gboolean is_folder, guint depth, GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;
  GFileInfo *info;
  GFile *child;

  if (!check (run, error) || !is_depth_good (depth, error))
    return FALSE;
  children = is_folder ? enumerate (run, file, error) : NULL;
  if (is_folder && children == NULL)
    return FALSE;
  while (children != NULL)
    {
      if (!g_file_enumerator_iterate (children, &info, &child, get_cancellable (run), error))
        return FALSE;
      if (child == NULL)
        break;
      if (!remove_tree (run, child, thaw_remote_is_folder (info), depth + 1, error))
        return FALSE;
    }
  return g_file_delete (file, get_cancellable (run), error);
}

/* Some servers delete a folder with all that is in it, and some only an empty one: here it is
 * always thing by thing, so that what can't be removed is known by its name. */
gboolean
thaw_remote_remove (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (run, file, error);

  return info != NULL && remove_tree (run, file, thaw_remote_is_folder (info), 0, error);
}

static gboolean
remove_telling (ThawRun *run, GFile *file, gboolean is_folder, guint depth, GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *shown = thaw_remote_dup_shown (file);
  GFileInfo *info;
  GFile *child;

  thaw_run_set_current (run, shown);
  if (!thaw_run_check (run, error))
    return FALSE;
  if (is_folder && is_depth_good (depth, &local))
    children = enumerate (run, file, &local);
  while (children != NULL)
    {
      if (!g_file_enumerator_iterate (children, &info, &child, get_cancellable (run), &local)
          || child == NULL)
        break;
      if (!remove_telling (run, child, thaw_remote_is_folder (info), depth + 1, error))
        return FALSE;
    }
  if (local == NULL && g_file_delete (file, get_cancellable (run), &local))
    {
      thaw_run_add_done (run, 0, 1);
      return TRUE;
    }
  /* What stayed in it has been told. */
  if (is_folder && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY))
    return TRUE;
  return thaw_remote_tell (run, file, g_steal_pointer (&local), error);
}

gboolean
thaw_remote_remove_telling (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) info = thaw_remote_query (run, file, &local);

  if (info == NULL)
    return thaw_remote_tell (run, file, g_steal_pointer (&local), error);
  return remove_telling (run, file, thaw_remote_is_folder (info), 0, error);
}

/* --- what was moved --- */

static gboolean
is_counterpart (GFileInfo *there, gboolean is_folder, gboolean is_link, gint64 size)
{
  if (there == NULL || thaw_remote_is_folder (there) != is_folder)
    return FALSE;
  return is_folder || is_link || thaw_remote_get_size (there) == size;
}

static gboolean
tell_single (ThawRun *run, GFile *file, GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  return thaw_kind_problem (
      run,
      shown,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "It stays, since its copy isn't there"),
      error);
}

/* By name: the counterparts of one folder, asked for in one go. */
static GHashTable *
load_counterparts (ThawRun *run, GFile *folder)
{
  GHashTable *infos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_autoptr (GFileEnumerator) children = enumerate (run, folder, NULL);
  GFileInfo *info;

  while (children != NULL
         && g_file_enumerator_iterate (children, &info, NULL, get_cancellable (run), NULL)
         && info != NULL)
    g_hash_table_insert (infos, g_strdup (g_file_info_get_name (info)), g_object_ref (info));
  return infos;
}

static gboolean remove_moved (ThawRun *run,
                              GFile *file,
                              GFileInfo *info,
                              GFile *counterpart,
                              GFileInfo *there,
                              guint depth,
                              GError **error);

static gboolean
remove_moved_children (ThawRun *run, GFile *file, GFile *counterpart, guint depth, GError **error)
{
  g_autoptr (GHashTable) infos = load_counterparts (run, counterpart);
  g_autoptr (GFileEnumerator) children = enumerate (run, file, error);

  while (children != NULL)
    {
      g_autoptr (GFile) other = NULL;
      GFileInfo *info;
      GFile *child;

      if (!g_file_enumerator_iterate (children, &info, &child, get_cancellable (run), error))
        return FALSE;
      if (child == NULL)
        return TRUE;
      other = g_file_get_child (counterpart, g_file_info_get_name (info));
      if (!remove_moved (run,
                         child,
                         info,
                         other,
                         g_hash_table_lookup (infos, g_file_info_get_name (info)),
                         depth + 1,
                         error))
        return FALSE;
    }
  return FALSE;
}

static gboolean
remove_moved (ThawRun *run,
              GFile *file,
              GFileInfo *info,
              GFile *counterpart,
              GFileInfo *there,
              guint depth,
              GError **error)
{
  gboolean is_folder = thaw_remote_is_folder (info);
  g_autoptr (GError) local = NULL;

  if (!thaw_run_check (run, error) || !is_depth_good (depth, error))
    return FALSE;
  if (!is_counterpart (there,
                       is_folder,
                       g_file_info_get_file_type (info) == G_FILE_TYPE_SYMBOLIC_LINK,
                       thaw_remote_get_size (info)))
    return tell_single (run, file, error);
  if (is_folder && !remove_moved_children (run, file, counterpart, depth, error))
    return FALSE;
  /* What stayed in it has been told. */
  if (g_file_delete (file, get_cancellable (run), &local)
      || (is_folder && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY)))
    return TRUE;
  return thaw_remote_tell (run, file, g_steal_pointer (&local), error);
}

/* --- the same, of a local source --- */

static gboolean
unlink_local (ThawRun *run, ThawPlace *place, const char *name, int flags, GError **error)
{
  g_autofree char *path = NULL;
  int code;

  if (unlinkat (thaw_place_get_fd (place), name, flags) == 0)
    return TRUE;
  code = errno;
  if (flags == AT_REMOVEDIR && (code == ENOTEMPTY || code == EEXIST))
    return TRUE;
  path = thaw_place_dup_child_path (place, name);
  return thaw_kind_problem (run,
                            path,
                            g_error_new (G_IO_ERROR,
                                         g_io_error_from_errno (code),
                                         "It can't be removed: %s",
                                         g_strerror (code)),
                            error);
}

static gboolean remove_moved_local (ThawRun *run,
                                    ThawPlace *place,
                                    const char *name,
                                    GFile *counterpart,
                                    GFileInfo *there,
                                    guint depth,
                                    GError **error);

static gboolean
remove_local_children (ThawRun *run,
                       ThawPlace *place,
                       const char *name,
                       GFile *counterpart,
                       guint depth,
                       GError **error)
{
  g_autoptr (ThawPlace) folder = thaw_place_open_child (place, name, error);
  GString *names = folder != NULL ? thaw_kind_list (folder, error) : NULL;
  g_autoptr (GHashTable) infos = NULL;
  gboolean goes_on = names != NULL;

  if (goes_on)
    infos = load_counterparts (run, counterpart);
  for (gsize at = 0; goes_on && at < names->len; at += strlen (names->str + at) + 1)
    {
      const char *child = names->str + at;
      g_autoptr (GFile) other = g_file_get_child (counterpart, child);

      goes_on = remove_moved_local (run,
                                    folder,
                                    child,
                                    other,
                                    g_hash_table_lookup (infos, child),
                                    depth + 1,
                                    error);
    }
  if (names != NULL)
    g_string_free (names, TRUE);
  return goes_on;
}

static gboolean
remove_moved_local (ThawRun *run,
                    ThawPlace *place,
                    const char *name,
                    GFile *counterpart,
                    GFileInfo *there,
                    guint depth,
                    GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (place, name);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) local = NULL;
  ThawIdentity identity;

  if (!thaw_run_check (run, error))
    return FALSE;
  if (!thaw_place_look (place, name, &identity, &local))
    return thaw_remote_tell (run, file, g_steal_pointer (&local), error);
  if (depth > MAX_OPEN_DEPTH
      || !is_counterpart (there, S_ISDIR (identity.mode), S_ISLNK (identity.mode), identity.size))
    return tell_single (run, file, error);
  if (!S_ISDIR (identity.mode))
    return unlink_local (run, place, name, 0, error);
  return remove_local_children (run, place, name, counterpart, depth, error)
         && unlink_local (run, place, name, AT_REMOVEDIR, error);
}

gboolean
thaw_remote_remove_moved (ThawRun *run, GFile *file, GFile *counterpart, GError **error)
{
  g_autoptr (GFileInfo) there = thaw_remote_query (run, counterpart, error);
  g_autoptr (GFileInfo) info = NULL;
  g_auto (ThawSource) source = { 0 };

  if (there == NULL)
    return FALSE;
  if (thaw_kind_file_is_local (file))
    return thaw_source_open (&source, file, 0, error)
           && remove_moved_local (run, source.place, source.name, counterpart, there, 0, error)
           && (thaw_place_sync (source.place, NULL) || TRUE);
  info = thaw_remote_query (run, file, error);
  return info != NULL && remove_moved (run, file, info, counterpart, there, 0, error);
}

/* --- counting --- */

/* What a link takes isn't anything to copy. */
static gint64
count_bytes (GFileInfo *info)
{
  GFileType type = g_file_info_get_file_type (info);

  return type == G_FILE_TYPE_REGULAR || type == G_FILE_TYPE_UNKNOWN ? thaw_remote_get_size (info)
                                                                    : 0;
}

static gboolean
measure_tree (ThawRun *run,
              GFile *file,
              guint depth,
              gint64 *bytes,
              gint64 *entries,
              GError **error)
{
  g_autoptr (GFileEnumerator) children = depth > MAX_DEPTH ? NULL : enumerate (run, file, NULL);
  GFileInfo *info;
  GFile *child;

  while (
      children != NULL
      && g_file_enumerator_iterate (children, &info, &child, thaw_run_get_cancellable (run), NULL)
      && info != NULL)
    {
      gboolean is_folder = thaw_remote_is_folder (info);

      if (!thaw_run_check (run, error))
        return FALSE;
      *entries += 1;
      *bytes += count_bytes (info);
      if (is_folder && !measure_tree (run, child, depth + 1, bytes, entries, error))
        return FALSE;
    }
  return thaw_run_check (run, error);
}

gboolean
thaw_remote_measure (ThawRun *run, GFile *file, gint64 *bytes, gint64 *entries, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (run, file, error);

  if (info == NULL)
    return FALSE;
  *entries += 1;
  if (!thaw_remote_is_folder (info))
    {
      *bytes += count_bytes (info);
      return TRUE;
    }
  return measure_tree (run, file, 0, bytes, entries, error);
}
