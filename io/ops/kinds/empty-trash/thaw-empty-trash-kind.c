/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes for good what is in the trash: the sources, which are files right in a trash's folder
 * "files", or without sources all that is in any trash of the user's. Option "older-than-days" u:
 * only what was thrown away longer ago. Each thing is first renamed to a hidden name, so that
 * nobody restores half of it; its .trashinfo goes last. What can't be removed completely is put
 * back, with what is left of it. It cannot be undone, and the journal says so. Runs on the thread
 * of its operation. */

#include "../common/thaw-kind-private.h"
#include "../trash/thaw-trash-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BATCH 256

typedef struct {
  ThawRun *run;
  gint64 before_usec; /* 0: whatever its age */
  guint n_hidden;
  /* Called for each thing, at most BATCH of one trash at a time. */
  gboolean (*take) (gpointer self, ThawTrash *trash, GPtrArray *names, GError **error);
} Emptying;

static void
emptying_init (Emptying *self, ThawRun *run)
{
  GVariant *days = thaw_operation_request_get_option (thaw_run_get_request (run),
                                                      "older-than-days",
                                                      G_VARIANT_TYPE_UINT32);

  self->run = run;
  self->before_usec
      = days != NULL ? g_get_real_time () - g_variant_get_uint32 (days) * G_TIME_SPAN_DAY : 0;
}

/* --- what there is --- */

static gboolean
is_old_enough (Emptying *self, ThawTrash *trash, const char *name)
{
  g_autofree char *path = NULL;
  gint64 deleted;

  if (self->before_usec == 0)
    return TRUE;
  /* What doesn't say when it came is as old as it may be, as in other programs. */
  return !thaw_trash_info_read (trash, name, &path, &deleted, NULL, NULL)
         || deleted < self->before_usec;
}

/* Things, and the .trashinfo of things that are gone. */
static GHashTable *
list_names (ThawTrash *trash, GError **error)
{
  g_autoptr (GString) files = thaw_kind_list (trash->files, error);
  g_autoptr (GString) infos = files != NULL ? thaw_kind_list (trash->info, error) : NULL;
  GHashTable *names;

  if (infos == NULL)
    return NULL;
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize at = 0; at < files->len; at += strlen (files->str + at) + 1)
    g_hash_table_add (names, g_strdup (files->str + at));
  for (gsize at = 0; at < infos->len; at += strlen (infos->str + at) + 1)
    if (g_str_has_suffix (infos->str + at, THAW_TRASH_SUFFIX))
      g_hash_table_add (
          names,
          g_strndup (infos->str + at, strlen (infos->str + at) - strlen (THAW_TRASH_SUFFIX)));
  return names;
}

static gboolean
take_batch (Emptying *self, ThawTrash *trash, GPtrArray *names, GError **error)
{
  gboolean good = names->len == 0 || self->take (self, trash, names, error);

  g_ptr_array_set_size (names, 0);
  return good;
}

static gboolean
visit_trash (Emptying *self, ThawTrash *trash, GError **error)
{
  GError *why = NULL;
  g_autoptr (GHashTable) all = list_names (trash, &why);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  if (all == NULL)
    return thaw_kind_problem (self->run, thaw_place_get_path (trash->place), why, error);
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      if (!thaw_run_check (self->run, error))
        return FALSE;
      if (is_old_enough (self, trash, name))
        g_ptr_array_add (names, name);
      if (names->len == BATCH && !take_batch (self, trash, names, error))
        return FALSE;
    }
  return take_batch (self, trash, names, error);
}

static gboolean
visit_source (Emptying *self, ThawSource *source, GFile *file, guint i, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (ThawTrash) trash = NULL;
  GError *why = NULL;

  if (!thaw_kind_file_is_local (file))
    g_set_error (&why, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It isn't in a local trash");
  else if (!thaw_source_open (source, file, i, &why) && source->place != NULL)
    {
      /* It is gone, as it should be; its .trashinfo may still be there. */
      if (thaw_run_is_resumed (self->run))
        g_clear_error (&why);
    }
  if (why == NULL)
    trash = thaw_trash_open_files (source->place, &why);
  if (trash == NULL)
    {
      g_autofree char *shown = g_file_get_parse_name (file);

      return thaw_kind_problem (self->run, shown, why, error);
    }
  if (is_old_enough (self, trash, source->name))
    g_ptr_array_add (names, source->name);
  return take_batch (self, trash, names, error);
}

static gboolean
visit_all (Emptying *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  guint n = thaw_operation_request_get_n_sources (request);
  g_auto (ThawSource) source = { 0 };
  g_autoptr (GPtrArray) trashes = n == 0 ? thaw_trash_list () : NULL;

  for (guint i = 0; i < n; i++)
    if (!thaw_run_check (self->run, error)
        || !visit_source (self, &source, thaw_operation_request_get_source (request, i), i, error))
      return FALSE;
  for (guint i = 0; trashes != NULL && i < trashes->len; i++)
    if (!visit_trash (self, g_ptr_array_index (trashes, i), error))
      return FALSE;
  return TRUE;
}

/* --- removing --- */

/* One that stays would tell of nothing. */
static gboolean
drop_info (Emptying *self, ThawTrash *trash, const char *name, GError **error)
{
  g_autofree char *info_name = thaw_trash_info_name (name);
  g_autofree char *path = NULL;
  GError *why = NULL;

  if (unlinkat (thaw_place_get_fd (trash->info), info_name, 0) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (&why,
               G_IO_ERROR,
               g_io_error_from_errno (errno),
               "“%s” can't be removed: %s",
               info_name,
               g_strerror (errno));
  path = thaw_place_dup_child_path (trash->files, name);
  return thaw_kind_problem (self->run, path, why, error);
}

static gboolean
remove_hidden (Emptying *self,
               ThawTrash *trash,
               const char *name,
               const char *hidden,
               GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (trash->files, name);
  g_autoptr (GError) unknown = NULL;
  ThawIdentity identity;
  GError *why = NULL;
  gboolean good = thaw_disk_remove (trash->files,
                                    hidden,
                                    NULL,
                                    NULL,
                                    thaw_run_get_walk_funcs (self->run, path),
                                    &why);

  if (thaw_kind_exists (trash->files, hidden, &identity, &unknown))
    thaw_place_rename_new (trash->files, hidden, trash->files, name, NULL);
  else if ((good || unknown == NULL) && !drop_info (self, trash, name, error))
    return FALSE;
  return good || thaw_kind_problem (self->run, path, why, error);
}

static gboolean
remove_one (Emptying *self, ThawTrash *trash, const char *name, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), ++self->n_hidden);
  g_autofree char *path = thaw_place_dup_child_path (trash->files, name);
  GError *why = NULL;

  if (!thaw_run_check (self->run, error))
    return FALSE;
  thaw_run_set_current (self->run, path);
  if (thaw_place_rename_new (trash->files, name, trash->files, hidden, &why))
    return remove_hidden (self, trash, name, hidden, error);
  if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return thaw_kind_problem (self->run, path, why, error);
  g_error_free (why);
  return drop_info (self, trash, name, error);
}

/* Before it is done: from here on nothing of this can be taken back. */
static gboolean
note_gone (Emptying *self, ThawTrash *trash, GPtrArray *names, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      ThawIdentity identity;

      if (thaw_place_look (trash->files, name, &identity, NULL))
        g_ptr_array_add (
            steps,
            thaw_kind_step_new (THAW_STEP_GONE, trash->files, name, trash->files, name, &identity));
    }
  return steps->len == 0
         || thaw_journal_perform (thaw_run_get_journal (self->run),
                                  thaw_run_get_job (self->run),
                                  steps,
                                  THAW_STEPS_EACH,
                                  NULL,
                                  NULL,
                                  error);
}

/* What a power cut brought back nobody would look for. */
static gboolean
sync_emptied (Emptying *self, ThawTrash *trash, GError **error)
{
  GError *why = NULL;

  if (thaw_place_sync (trash->files, &why) && thaw_place_sync (trash->info, &why))
    return TRUE;
  return thaw_kind_problem (self->run, thaw_place_get_path (trash->place), why, error);
}

static gboolean
remove_batch (gpointer user_data, ThawTrash *trash, GPtrArray *names, GError **error)
{
  Emptying *self = user_data;

  if (!note_gone (self, trash, names, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    if (!remove_one (self, trash, g_ptr_array_index (names, i), error))
      return FALSE;
  return sync_emptied (self, trash, error);
}

/* What an interrupted run had hidden is gone for everybody, and is removed to its end. */
static void
sweep_trash (Emptying *self, ThawTrash *trash)
{
  g_autoptr (GString) names = thaw_kind_list (trash->files, NULL);

  for (gsize at = 0; names != NULL && at < names->len; at += strlen (names->str + at) + 1)
    if (thaw_token_owns_name (thaw_run_get_token (self->run), names->str + at))
      thaw_kind_remove_quietly (trash->files, names->str + at);
}

static gboolean
sweep (Emptying *self)
{
  g_autoptr (GPtrArray) trashes = thaw_trash_list ();

  for (guint i = 0; i < trashes->len; i++)
    sweep_trash (self, g_ptr_array_index (trashes, i));
  return TRUE;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  Emptying self = { .take = remove_batch };

  emptying_init (&self, run);
  if (thaw_run_is_resumed (run))
    sweep (&self);
  return visit_all (&self, error);
}

/* What is gone can't come back: what was begun is brought to its end, the rest stays. */
static gboolean
roll_back (ThawRun *run, GError **error)
{
  Emptying self = { .take = remove_batch };

  emptying_init (&self, run);
  return thaw_journal_settle (thaw_run_get_journal (run), thaw_run_get_job (run), FALSE, error)
         && sweep (&self);
}

/* --- planning --- */

static gboolean
measure_batch (gpointer user_data, ThawTrash *trash, GPtrArray *names, GError **error)
{
  Emptying *self = user_data;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = thaw_place_dup_child_path (trash->files, name);
      ThawMeasure measure = { 0 };
      ThawIdentity identity;

      if (!thaw_run_check (self->run, error))
        return FALSE;
      if (thaw_place_look (trash->files, name, &identity, NULL)
          && thaw_disk_measure (trash->files,
                                name,
                                thaw_run_get_walk_funcs (self->run, path),
                                &measure,
                                NULL))
        thaw_plan_add (thaw_run_get_plan (self->run),
                       0,
                       measure.n_files + measure.n_folders + measure.n_others);
    }
  return TRUE;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  Emptying self = { .take = measure_batch };

  emptying_init (&self, run);
  return visit_all (&self, error);
}

const ThawOperationKind thaw_empty_trash_kind = {
  .id = "empty-trash",
  .plan = plan,
  .execute = execute,
  .roll_back = roll_back,
  .is_light = TRUE,
};
