/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether an operation that failed has left something half done: steps that could neither be done
 * nor be taken back, hidden names that couldn't be removed, or a device that is gone, where nobody
 * can look. Such a job isn't over: it stays in the journal as an interrupted one, to be finished or
 * rolled back when the device answers again. On the operation's thread. */

#include "thaw-run-private.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

/* What can't be there, or was never ours to write to, has nothing of ours in it. */
static gboolean
has_nothing (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

static gboolean
has_owned_name (ThawRun *self, ThawPlace *place)
{
  int fd = openat (thaw_place_get_fd (place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd >= 0 ? fdopendir (fd) : NULL;
  gboolean is_found = FALSE;
  struct dirent *entry;

  if (folder == NULL)
    {
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  while (!is_found && (entry = readdir (folder)) != NULL)
    is_found = thaw_token_owns_name (self->token, entry->d_name);
  closedir (folder);
  return is_found;
}

static gboolean
has_left_something (ThawRun *self, GHashTable *seen, GFile *folder)
{
  g_autoptr (ThawPlace) place = NULL;
  g_autoptr (GError) error = NULL;

  if (folder == NULL || g_file_peek_path (folder) == NULL
      || !g_hash_table_add (seen, g_strdup (g_file_peek_path (folder))))
    return FALSE;
  place = thaw_place_open (g_file_peek_path (folder), &error);
  return place != NULL ? has_owned_name (self, place) : !has_nothing (error);
}

static gboolean
has_left_something_beside (ThawRun *self, GHashTable *seen, GFile *file)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);

  return has_left_something (self, seen, parent);
}

static void
note_swept (ThawRun *self, GFile *folder)
{
  g_autoptr (ThawPlace) place = NULL;

  if (folder != NULL && g_file_peek_path (folder) != NULL)
    place = thaw_place_open (g_file_peek_path (folder), NULL);
  if (place != NULL)
    thaw_journal_note_swept (self->journal, self->job, place);
}

void
thaw_run_note_swept_target (ThawRun *self)
{
  GFile *target = thaw_operation_request_get_target (self->request);
  gboolean has_source = thaw_operation_request_get_n_sources (self->request) > 0;
  GFile *worked_in = target != NULL ? target
                     : has_source   ? thaw_operation_request_get_source (self->request, 0)
                                    : NULL;
  g_autoptr (GFile) parent = worked_in != NULL ? g_file_get_parent (worked_in) : NULL;

  note_swept (self, target);
  note_swept (self, parent);
}

void
thaw_run_stay_interrupted (ThawRun *self)
{
  self->is_postponed = TRUE;
}

gboolean
thaw_run_is_unfinished (ThawRun *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GFile *target = thaw_operation_request_get_target (self->request);

  if (self->job == 0)
    return FALSE;
  if (!thaw_journal_is_settled (self->journal, self->job))
    return TRUE;
  if (target != NULL
      && (has_left_something (self, seen, target)
          || has_left_something_beside (self, seen, target)))
    return TRUE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (self->request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (self->request, i);

      if (has_left_something_beside (self, seen, file))
        return TRUE;
    }
  return FALSE;
}
