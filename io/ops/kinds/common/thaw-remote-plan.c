/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an operation with servers has to do, and what it will lose on the way. On the thread of the
 * run that plans; changes nothing, but may mount. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

static void
add_finding (ThawRun *run,
             ThawFindingType type,
             gboolean is_fatal,
             GFile *file,
             const char *message)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);

  thaw_plan_add_finding (thaw_run_get_plan (run), type, is_fatal, shown, "%s", message);
}

static void
add_error (ThawRun *run, gboolean is_fatal, GFile *file, const GError *error)
{
  add_finding (run,
               g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
                   ? THAW_FINDING_NO_PERMISSION
                   : THAW_FINDING_MISSING,
               is_fatal,
               file,
               error->message);
}

gboolean
thaw_remote_plan (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFile) meant = thaw_remote_dup_meant (run, file);
  g_autoptr (GFile) resolved = thaw_vfs_resolve (meant != NULL ? meant : file);
  guint n_sources = thaw_operation_request_get_n_sources (thaw_run_get_request (run));
  g_autoptr (GError) local = NULL;
  gint64 bytes = 0, entries = 0;

  if (thaw_remote_measure (run, resolved, &bytes, &entries, &local))
    {
      thaw_plan_add (thaw_run_get_plan (run), bytes, entries);
      return TRUE;
    }
  if (thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  add_error (run, n_sources == 1, resolved, local);
  return TRUE;
}

static void
find_losses (ThawRun *run, GFile *folder)
{
  ThawRemoteAbilities abilities = { 0 };

  thaw_remote_find_abilities (run, folder, &abilities);
  add_finding (run,
               THAW_FINDING_LOSS,
               FALSE,
               folder,
               abilities.keeps_mode && abilities.keeps_times
                   ? "The server keeps no owners, extended attributes, hard links and holes"
               : abilities.keeps_times
                   ? "The server keeps no permissions, owners, extended attributes, links and holes"
               : abilities.keeps_mode
                   ? "The server keeps no times, owners, extended attributes, hard links and holes"
                   : "The server keeps no times, permissions, owners, extended attributes, links "
                     "and holes");
}

static void
find_conflict (ThawRun *run, GFile *folder, guint i)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autofree char *own = g_file_get_basename (thaw_operation_request_get_source (request, i));
  const char *given = thaw_operation_request_get_name (request, i);
  g_autoptr (GFile) target = g_file_get_child (folder, given != NULL ? given : own);

  if (thaw_remote_exists (run, target))
    add_finding (run, THAW_FINDING_CONFLICT, FALSE, target, "Something has that name already");
}

static void
find_room (ThawRun *run, GFile *folder, gint64 needed)
{
  g_autoptr (GFileInfo) info = g_file_query_filesystem_info (
      folder,
      G_FILE_ATTRIBUTE_FILESYSTEM_FREE "," G_FILE_ATTRIBUTE_FILESYSTEM_READONLY,
      thaw_run_get_cancellable (run),
      NULL);
  g_autofree char *message = NULL;
  gint64 free_bytes;

  if (info == NULL)
    return;
  if (g_file_info_get_attribute_boolean (info, G_FILE_ATTRIBUTE_FILESYSTEM_READONLY))
    add_finding (run,
                 THAW_FINDING_NO_PERMISSION,
                 TRUE,
                 folder,
                 "The file system there is read-only");
  if (!g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    return;
  free_bytes
      = (gint64) MIN (g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE),
                      (guint64) G_MAXINT64);
  if (free_bytes >= needed)
    return;
  message = g_strdup_printf ("%" G_GINT64_FORMAT " bytes are needed, %" G_GINT64_FORMAT " are free",
                             needed,
                             free_bytes);
  add_finding (run, THAW_FINDING_NO_SPACE, FALSE, folder, message);
}

void
thaw_remote_plan_folder (ThawRun *run, GFile *folder, gint64 bytes)
{
  find_losses (run, folder);
  find_room (run, folder, bytes);
}

gboolean
thaw_remote_plan_send (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autoptr (GFile) folder = thaw_vfs_resolve (thaw_operation_request_get_target (request));
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) info = thaw_remote_query (run, folder, &local);

  if (info == NULL && thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (info == NULL)
    {
      add_error (run, TRUE, folder, local);
      return TRUE;
    }
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      if (!thaw_remote_plan (run, thaw_operation_request_get_source (request, i), error))
        return FALSE;
      find_conflict (run, folder, i);
    }
  thaw_remote_plan_folder (run, folder, thaw_plan_get_bytes (thaw_run_get_plan (run)));
  return TRUE;
}
