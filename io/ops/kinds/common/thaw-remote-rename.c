/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New names on servers, all or none. Where a file wants a name that another one of them still has,
 * all that are in such a circle step aside first, under hidden names of the job. On the thread of
 * the run. Each rename is a note in the journal before the first is done, so that they can be taken
 * back, which is renaming too. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

#define SECOND_PHASE "remote-renames"

typedef struct {
  GFile *from, *to;
  GFile *hidden; /* nullable: by way of which it goes */
  gboolean is_done;
} Rename;

static void
rename_free (gpointer data)
{
  Rename *self = data;

  g_object_unref (self->from);
  g_object_unref (self->to);
  g_clear_object (&self->hidden);
  g_free (self);
}

GFile *
thaw_remote_get_renamed_aside (const char *token, GFile *from, guint i)
{
  g_autofree char *name = thaw_token_dup_name (token, i);
  g_autoptr (GFile) folder = g_file_get_parent (from);

  return folder != NULL ? g_file_get_child (folder, name) : NULL;
}

static void
find_circles (ThawRun *run, GPtrArray *renames)
{
  g_autoptr (GHashTable) sources
      = g_hash_table_new ((GHashFunc) g_file_hash, (GEqualFunc) g_file_equal);
  g_autoptr (GHashTable) targets
      = g_hash_table_new ((GHashFunc) g_file_hash, (GEqualFunc) g_file_equal);

  for (guint i = 0; i < renames->len; i++)
    {
      g_hash_table_add (sources, ((Rename *) g_ptr_array_index (renames, i))->from);
      g_hash_table_add (targets, ((Rename *) g_ptr_array_index (renames, i))->to);
    }
  for (guint i = 0; i < renames->len; i++)
    {
      Rename *rename = g_ptr_array_index (renames, i);

      if (g_hash_table_contains (sources, rename->to)
          || g_hash_table_contains (targets, rename->from))
        rename->hidden = thaw_remote_get_renamed_aside (thaw_run_get_token (run), rename->from, i);
    }
}

static GPtrArray *
make_renames (ThawRun *run, GPtrArray *froms, GPtrArray *tos)
{
  GPtrArray *renames = g_ptr_array_new_with_free_func (rename_free);

  for (guint i = 0; i < froms->len; i++)
    {
      GFile *from = g_ptr_array_index (froms, i), *to = g_ptr_array_index (tos, i);
      Rename *rename;

      if (g_file_equal (from, to))
        continue;
      rename = g_new0 (Rename, 1);
      rename->from = g_object_ref (from);
      rename->to = g_object_ref (to);
      g_ptr_array_add (renames, rename);
    }
  find_circles (run, renames);
  return renames;
}

/* Nothing is replaced: somebody else's file with that name refuses all of it. */
static gboolean
check_free (ThawRun *run, GPtrArray *renames, GError **error)
{
  g_autoptr (GHashTable) sources
      = g_hash_table_new ((GHashFunc) g_file_hash, (GEqualFunc) g_file_equal);

  for (guint i = 0; i < renames->len; i++)
    g_hash_table_add (sources, ((Rename *) g_ptr_array_index (renames, i))->from);
  for (guint i = 0; i < renames->len; i++)
    {
      Rename *rename = g_ptr_array_index (renames, i);
      g_autofree char *shown = NULL;

      if (!thaw_run_check (run, error))
        return FALSE;
      if (g_hash_table_contains (sources, rename->to) || !thaw_remote_exists (run, rename->to))
        continue;
      shown = thaw_remote_dup_shown (rename->to);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "“%s” exists already", shown);
      return FALSE;
    }
  return TRUE;
}

static gboolean
step_aside (ThawRun *run, GPtrArray *renames, GError **error)
{
  for (guint i = 0; i < renames->len; i++)
    {
      Rename *rename = g_ptr_array_index (renames, i);

      if (rename->hidden == NULL
          || (thaw_run_is_resumed (run) && thaw_remote_exists (run, rename->hidden)))
        continue;
      if (!thaw_remote_rename_to (run, rename->from, rename->hidden, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_names (ThawRun *run, GPtrArray *renames, GError **error)
{
  for (guint i = 0; i < renames->len; i++)
    {
      Rename *rename = g_ptr_array_index (renames, i);
      GFile *from = rename->hidden != NULL ? rename->hidden : rename->from;

      if (!thaw_run_is_resumed (run) || thaw_remote_exists (run, from))
        if (!thaw_remote_rename_to (run, from, rename->to, error))
          return FALSE;
      rename->is_done = TRUE;
      thaw_run_add_done (run, 0, 1);
    }
  return TRUE;
}

static void
take_back (GPtrArray *renames)
{
  for (guint i = renames->len; i > 0; i--)
    {
      Rename *rename = g_ptr_array_index (renames, i - 1);

      if (rename->is_done)
        thaw_remote_rename_to (NULL,
                               rename->to,
                               rename->hidden != NULL ? rename->hidden : rename->from,
                               NULL);
    }
  for (guint i = renames->len; i > 0; i--)
    {
      Rename *rename = g_ptr_array_index (renames, i - 1);

      if (rename->hidden != NULL)
        thaw_remote_rename_to (NULL, rename->hidden, rename->from, NULL);
    }
}

/* Which of the two phases a crash found it in can't be seen on the server. */
static gboolean
is_in_second_phase (ThawRun *run)
{
  g_autoptr (GBytes) bytes
      = thaw_journal_get (thaw_run_get_journal (run), thaw_run_get_job (run), SECOND_PHASE, NULL);

  return thaw_run_is_resumed (run) && bytes != NULL;
}

static gboolean
rename_all (ThawRun *run, GPtrArray *renames, GError **error)
{
  g_autoptr (GBytes) yes = g_bytes_new_static ("y", 1);

  return (is_in_second_phase (run)
          || (step_aside (run, renames, error)
              && thaw_journal_put (thaw_run_get_journal (run),
                                   thaw_run_get_job (run),
                                   SECOND_PHASE,
                                   yes,
                                   error)))
         && take_names (run, renames, error);
}

/* Moves of a copy don't step aside. */
gboolean
thaw_remote_has_renamed (ThawRun *run, const ThawJournalRecord *job)
{
  g_autoptr (GBytes) bytes
      = thaw_journal_get (thaw_run_get_journal (run), job->id, SECOND_PHASE, NULL);

  return bytes != NULL
         || (!g_str_equal (job->kind, "rename") && !g_str_equal (job->kind, "server-back"));
}

/* After a crash some have left already: those were noted before it. */
static gboolean
note_all (ThawRun *run, GPtrArray *renames, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  for (guint i = 0; i < renames->len; i++)
    {
      Rename *rename = g_ptr_array_index (renames, i);
      g_autoptr (GError) local = NULL;
      ThawIdentity object;
      ThawStep *step;

      if (!thaw_run_check (run, error))
        return FALSE;
      if (!thaw_remote_look (run, rename->from, FALSE, &object, &local))
        {
          if (thaw_run_is_resumed (run)
              && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
            continue;
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      step = thaw_remote_step_new (rename->from, rename->to, &object);
      if (step != NULL)
        g_ptr_array_add (steps, step);
    }
  return thaw_remote_note_steps (run, steps, error);
}

gboolean
thaw_remote_rename_all (ThawRun *run, GPtrArray *froms, GPtrArray *tos, GError **error)
{
  g_autoptr (GPtrArray) renames = make_renames (run, froms, tos);

  if (renames->len == 0)
    return TRUE;
  if ((!thaw_run_is_resumed (run) && !check_free (run, renames, error))
      || !note_all (run, renames, error))
    return FALSE;
  if (rename_all (run, renames, error))
    return TRUE;
  take_back (renames);
  return FALSE;
}

/* --- what was asked for --- */

static gboolean
add_asked (ThawRun *run, guint i, GPtrArray *froms, GPtrArray *tos, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  const char *name = thaw_operation_request_get_name (request, i);
  GFile *source = thaw_operation_request_get_source (request, i);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFile) folder = NULL;

  if (!thaw_kind_check_name (name, error))
    return FALSE;
  if (thaw_kind_file_is_local (source))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "Files here and on a server can't be renamed in one go");
      return FALSE;
    }
  file = thaw_vfs_resolve (source);
  folder = g_file_get_parent (file);
  if (folder == NULL) /* a server's top */
    return TRUE;
  g_ptr_array_add (tos, g_file_get_child (folder, name));
  g_ptr_array_add (froms, g_steal_pointer (&file));
  return TRUE;
}

gboolean
thaw_remote_rename (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autoptr (GPtrArray) froms = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) tos = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!add_asked (run, i, froms, tos, error))
      return FALSE;
  if (!thaw_remote_rename_all (run, froms, tos, error))
    return FALSE;
  for (guint i = 0; i < tos->len; i++)
    {
      g_autofree char *uri = g_file_get_uri (g_ptr_array_index (tos, i));

      if (!g_file_equal (g_ptr_array_index (froms, i), g_ptr_array_index (tos, i)))
        thaw_run_add_result (run, uri);
    }
  return TRUE;
}
