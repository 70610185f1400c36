/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an interrupted job has left under its hidden names. They are looked for where the request
 * says that it works, and in folders that were noted before anything was made there; a name is only
 * ours if it has the job's token, which nobody can guess. On the operation's thread. */

#include "thaw-run-private.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NOTE "stages"

static void
remove_owned (ThawRun *self, ThawPlace *place, DIR *folder)
{
  struct dirent *entry;

  while ((entry = readdir (folder)) != NULL)
    {
      g_autofree char *path = NULL;

      if (!thaw_token_owns_name (self->token, entry->d_name))
        continue;
      path = thaw_place_dup_child_path (place, entry->d_name);
      thaw_disk_remove (place,
                        entry->d_name,
                        NULL,
                        NULL,
                        thaw_run_get_walk_funcs (self, path),
                        NULL);
    }
}

static void
sweep_folder (ThawRun *self, const char *path)
{
  g_autoptr (ThawPlace) place = thaw_place_open (path, NULL);
  int fd = place != NULL
               ? openat (thaw_place_get_fd (place), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
               : -1;
  DIR *folder = fd >= 0 ? fdopendir (fd) : NULL;

  if (folder != NULL)
    {
      remove_owned (self, place, folder);
      closedir (folder);
    }
  else if (fd >= 0)
    close (fd);
}

static void
add_folders (GHashTable *folders, GFile *file, gboolean itself)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);

  if (itself && g_file_peek_path (file) != NULL)
    g_hash_table_add (folders, g_file_get_path (file));
  if (parent != NULL && g_file_peek_path (parent) != NULL)
    g_hash_table_add (folders, g_file_get_path (parent));
}

/* --- notes --- */

static GBytes *
load_note (ThawRun *self)
{
  return thaw_journal_get (self->journal, self->job, NOTE, NULL);
}

gboolean
thaw_run_note_hidden (ThawRun *self, ThawPlace *folder, const char *name, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (folder, name);
  g_autoptr (GBytes) bytes = NULL;

  if (self->hidden == NULL)
    {
      g_autoptr (GBytes) before = self->is_resumed ? load_note (self) : NULL;
      gsize size = 0;
      const char *paths = before != NULL ? g_bytes_get_data (before, &size) : NULL;

      self->hidden = g_string_new_len (paths, (gssize) size);
    }
  g_string_append_len (self->hidden, path, (gssize) strlen (path) + 1);
  bytes = g_bytes_new (self->hidden->str, self->hidden->len);
  return thaw_journal_put (self->journal, self->job, NOTE, bytes, error);
}

static void
sweep_path (ThawRun *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (ThawPlace) place = thaw_place_open (folder, NULL);

  if (place != NULL && thaw_token_owns_name (self->token, name))
    thaw_disk_remove (place, name, NULL, NULL, thaw_run_get_walk_funcs (self, path), NULL);
}

void
thaw_run_sweep_noted (ThawRun *self)
{
  g_autoptr (GBytes) bytes = load_note (self);
  gsize size = 0;
  const char *paths = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  for (gsize at = 0; at < size; at += strlen (paths + at) + 1)
    sweep_path (self, paths + at);
}

static void
add_noted (ThawRun *self, GHashTable *folders)
{
  g_autoptr (GBytes) bytes = load_note (self);
  gsize size = 0;
  const char *paths = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  for (gsize at = 0; at < size; at += strlen (paths + at) + 1)
    g_hash_table_add (folders, g_path_get_dirname (paths + at));
}

/* --- all of it --- */

void
thaw_run_sweep (ThawRun *self)
{
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GFile *target = thaw_operation_request_get_target (self->request);
  GHashTableIter iter;
  gpointer folder;

  if (target != NULL)
    add_folders (folders, target, TRUE);
  for (guint i = 0; i < thaw_operation_request_get_n_sources (self->request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (self->request, i);

      add_folders (folders, file, FALSE);
    }
  add_noted (self, folders);
  g_hash_table_iter_init (&iter, folders);
  while (g_hash_table_iter_next (&iter, &folder, NULL))
    sweep_folder (self, folder);
  if (self->kind != NULL && self->kind->sweep != NULL)
    self->kind->sweep (self);
}
