/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees by GIO: counted, copied to a new name, removed. On the thread of the run. A copy's bytes
 * are counted against what the server said it has, and what arrived is asked for after the last
 * close, since errors of servers come late. g_file_copy() isn't used: it takes a short read for the
 * end. */

#include "thaw-remote-private.h"

#include <errno.h>
#include <gio/gfiledescriptorbased.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256 * 1024)
#define MAX_DEPTH 512

GFileInfo *
thaw_remote_query (GFile *file, GError **error)
{
  return g_file_query_info (file,
                            THAW_REMOTE_ATTRIBUTES,
                            G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                            NULL,
                            error);
}

static gboolean
check (ThawRun *run, GError **error)
{
  return run == NULL || thaw_run_check (run, error);
}

static gboolean
fail_short (GError **error, GFile *file, goffset copied, goffset expected)
{
  g_autofree char *name = g_file_get_parse_name (file);

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_PARTIAL_INPUT,
               "%s: %" G_GOFFSET_FORMAT " of %" G_GOFFSET_FORMAT " bytes arrived",
               name,
               copied,
               expected);
  return FALSE;
}

static gboolean
copy_bytes (ThawRun *run, GInputStream *in, GOutputStream *out, goffset *copied, GError **error)
{
  g_autofree char *buffer = g_malloc (CHUNK);

  for (;;)
    {
      gssize n;

      if (!check (run, error))
        return FALSE;
      n = g_input_stream_read (in, buffer, CHUNK, NULL, error);
      if (n <= 0)
        return n == 0;
      if (!g_output_stream_write_all (out, buffer, n, NULL, NULL, error))
        return FALSE;
      *copied += n;
      thaw_run_add_done (run, n, 0);
    }
}

static gboolean
sync_and_close (GOutputStream *out, GError **error)
{
  if (!g_output_stream_flush (out, NULL, error))
    return FALSE;
  if (G_IS_FILE_DESCRIPTOR_BASED (out)
      && fsync (g_file_descriptor_based_get_fd (G_FILE_DESCRIPTOR_BASED (out))) != 0)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   g_io_error_from_errno (errno),
                   "It can't be written to the device: %s",
                   g_strerror (errno));
      return FALSE;
    }
  return g_output_stream_close (out, NULL, error);
}

/* Rights and times, as far as the other side takes them. */
static void
copy_attributes (ThawRun *run, GFileInfo *info, GFile *to)
{
  g_autoptr (GFileInfo) wanted = g_file_info_new ();
  g_autoptr (GDateTime) modified = g_file_info_get_modification_date_time (info);
  g_autoptr (GError) error = NULL;

  if (modified != NULL)
    g_file_info_set_modification_date_time (wanted, modified);
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE))
    g_file_info_set_attribute_uint32 (
        wanted,
        G_FILE_ATTRIBUTE_UNIX_MODE,
        g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE) & 0777);
  if (!g_file_set_attributes_from_info (to,
                                        wanted,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                        NULL,
                                        &error))
    {
      const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (run, "");
      g_autofree char *name = g_file_get_parse_name (to);

      funcs->loss (name, "times or permissions", funcs->user_data);
    }
}

static gboolean
copy_file (ThawRun *run, GFile *from, GFileInfo *info, GFile *to, GError **error)
{
  g_autoptr (GFileInputStream) in = g_file_read (from, NULL, error);
  g_autoptr (GFileOutputStream) out = NULL;
  g_autoptr (GFileInfo) arrived = NULL;
  goffset copied = 0;

  if (in == NULL)
    return FALSE;
  out = g_file_create (to, G_FILE_CREATE_PRIVATE, NULL, error);
  if (out == NULL || !copy_bytes (run, G_INPUT_STREAM (in), G_OUTPUT_STREAM (out), &copied, error)
      || !sync_and_close (G_OUTPUT_STREAM (out), error))
    return FALSE;
  if (g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_STANDARD_SIZE)
      && g_file_info_get_size (info) != copied)
    return fail_short (error, from, copied, g_file_info_get_size (info));
  arrived = thaw_remote_query (to, error);
  if (arrived == NULL)
    return FALSE;
  if (g_file_info_get_size (arrived) != copied)
    return fail_short (error, to, g_file_info_get_size (arrived), copied);
  copy_attributes (run, info, to);
  return TRUE;
}

static gboolean
copy_tree (ThawRun *run, GFile *from, GFile *to, guint depth, gboolean *is_whole, GError **error);

static gboolean
copy_child (ThawRun *run, GFile *from, GFile *to, guint depth, gboolean *is_whole, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *name = NULL;

  if (copy_tree (run, from, to, depth, is_whole, &local))
    return TRUE;
  *is_whole = FALSE;
  if (!thaw_kind_is_cancelled (local))
    thaw_remote_remove (NULL, to, NULL);
  name = g_file_get_parse_name (from);
  return thaw_kind_problem (run, name, g_steal_pointer (&local), error);
}

static gboolean
copy_folder (ThawRun *run,
             GFile *from,
             GFileInfo *info,
             GFile *to,
             guint depth,
             gboolean *is_whole,
             GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;
  GFile *child;

  if (depth > MAX_DEPTH)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_SUPPORTED,
                   "The folders are nested too deeply");
      return FALSE;
    }
  if (!g_file_make_directory (to, NULL, error))
    return FALSE;
  children = g_file_enumerate_children (from,
                                        THAW_REMOTE_ATTRIBUTES,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                        NULL,
                                        error);
  if (children == NULL)
    return FALSE;
  for (;;)
    {
      g_autofree char *name = NULL;
      g_autoptr (GFile) target = NULL;

      if (!g_file_enumerator_iterate (children, NULL, &child, NULL, error))
        return FALSE;
      if (child == NULL)
        break;
      name = g_file_get_basename (child);
      target = g_file_get_child (to, name);
      if (!copy_child (run, child, target, depth + 1, is_whole, error))
        return FALSE;
    }
  copy_attributes (run, info, to);
  return TRUE;
}

static gboolean
copy_tree (ThawRun *run, GFile *from, GFile *to, guint depth, gboolean *is_whole, GError **error)
{
  g_autofree char *path = g_file_get_parse_name (from);
  g_autoptr (GFileInfo) info = NULL;
  gboolean done;

  thaw_run_set_current (run, path);
  if (!check (run, error) || (info = thaw_remote_query (from, error)) == NULL)
    return FALSE;
  switch (g_file_info_get_file_type (info))
    {
    case G_FILE_TYPE_DIRECTORY:
      done = copy_folder (run, from, info, to, depth, is_whole, error);
      break;
    case G_FILE_TYPE_SYMBOLIC_LINK:
      done = g_file_make_symbolic_link (to, g_file_info_get_symlink_target (info), NULL, error);
      break;
    case G_FILE_TYPE_REGULAR:
    case G_FILE_TYPE_UNKNOWN:
      done = copy_file (run, from, info, to, error);
      break;
    default:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "%s is no file or folder", path);
      return FALSE;
    }
  if (done)
    thaw_run_add_done (run, 0, 1);
  return done;
}

gboolean
thaw_remote_copy (ThawRun *run, GFile *from, GFile *to, gboolean *is_whole, GError **error)
{
  *is_whole = TRUE;
  return copy_tree (run, from, to, 0, is_whole, error);
}

static gboolean
remove_tree (ThawRun *run, GFile *file, guint depth, GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;
  g_autoptr (GError) local = NULL;
  GFile *child;

  if (!check (run, error))
    return FALSE;
  if (g_file_delete (file, NULL, &local))
    return TRUE;
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_EMPTY) || depth > MAX_DEPTH)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  children = g_file_enumerate_children (file,
                                        G_FILE_ATTRIBUTE_STANDARD_NAME,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                        NULL,
                                        error);
  do
    {
      if (children == NULL || !g_file_enumerator_iterate (children, NULL, &child, NULL, error)
          || (child != NULL && !remove_tree (run, child, depth + 1, error)))
        return FALSE;
    }
  while (child != NULL);
  return g_file_delete (file, NULL, error);
}

gboolean
thaw_remote_remove (ThawRun *run, GFile *file, GError **error)
{
  return remove_tree (run, file, 0, error);
}

static gboolean
measure_tree (ThawRun *run,
              GFile *file,
              guint depth,
              gint64 *bytes,
              gint64 *entries,
              GError **error)
{
  g_autoptr (GFileEnumerator) children = NULL;
  GFileInfo *info;
  GFile *child;

  children = depth > MAX_DEPTH ? NULL
                               : g_file_enumerate_children (file,
                                                            THAW_REMOTE_ATTRIBUTES,
                                                            G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                                            NULL,
                                                            NULL);
  while (children != NULL && g_file_enumerator_iterate (children, &info, &child, NULL, NULL)
         && info != NULL)
    {
      gboolean is_folder = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;

      if (!check (run, error))
        return FALSE;
      *entries += 1;
      *bytes += is_folder ? 0 : g_file_info_get_size (info);
      if (is_folder && !measure_tree (run, child, depth + 1, bytes, entries, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_remote_measure (ThawRun *run, GFile *file, gint64 *bytes, gint64 *entries, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (file, error);

  if (info == NULL)
    return FALSE;
  *entries += 1;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_DIRECTORY)
    {
      *bytes += g_file_info_get_size (info);
      return TRUE;
    }
  return measure_tree (run, file, 0, bytes, entries, error);
}
