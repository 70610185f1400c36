/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives each source the name at the same place in the request, in its own folder: one, or thousands
 * at once. Several are renamed all or none. Names may be exchanged in any way, in circles too, and
 * may differ in case only: what is in the way of another one goes by a name that nobody else uses.
 * Runs on the thread of its operation. */

#include "thaw-renames-private.h"

#include "../common/thaw-remote-private.h"

static gboolean
load (ThawRun *run, ThawRenames *renames, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      const char *name = thaw_operation_request_get_name (request, i);
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);

      if (!thaw_run_check (run, error) || !thaw_kind_check_name (name, error))
        return FALSE;
      if (!thaw_kind_file_is_local (file))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It isn't a local file");
          return FALSE;
        }
      if (!thaw_source_open (&source, file, i, error))
        return FALSE;
      if (!g_str_equal (source.name, name) && !thaw_renames_add (renames, &source, name, error))
        return FALSE;
    }
  return TRUE;
}

/* What stands at a new name and doesn't go away by itself is a conflict like any other. */
static gboolean
settle_conflict (ThawRun *run,
                 ThawRenames *renames,
                 ThawRename *rename,
                 ThawKeeper *keeper,
                 GError **error)
{
  g_autofree char *from = thaw_place_dup_child_path (rename->place, rename->name);
  g_autofree char *to = thaw_place_dup_child_path (rename->place, rename->new_name);
  ThawIdentity there;
  ThawDecision decision;

  if (!thaw_renames_is_blocked (renames, rename, &there))
    return TRUE;
  if (!thaw_run_decide (run, from, &rename->object, to, &there, &decision, error))
    return FALSE;
  if (decision == THAW_DECIDE_KEEP_BOTH)
    {
      g_autofree char *name = thaw_run_dup_free_name (run, rename->place, rename->new_name);

      thaw_renames_set_new_name (renames, rename, name);
      return TRUE;
    }
  if (decision == THAW_DECIDE_REPLACE
      && thaw_renames_displace (renames, rename, &there, keeper, error))
    return TRUE;
  rename->is_left_out = TRUE;
  return error == NULL || *error == NULL;
}

static gboolean
perform (ThawRun *run, ThawRenames *renames, ThawKeeper *keeper, GError **error)
{
  guint n;

  for (guint i = 0; i < renames->all->len; i++)
    if (!settle_conflict (run, renames, g_ptr_array_index (renames->all, i), keeper, error))
      return FALSE;
  n = thaw_renames_count_steps (renames);
  if (n > 0 && !thaw_run_perform_many (run, n, thaw_renames_make_step, renames, error))
    return FALSE;
  for (guint i = 0; i < renames->all->len; i++)
    {
      ThawRename *rename = g_ptr_array_index (renames->all, i);
      g_autofree char *path = thaw_place_dup_child_path (rename->place, rename->new_name);

      if (!rename->is_left_out)
        thaw_run_add_result (run, path);
    }
  return TRUE;
}

/* All of them were one call of the journal: after a crash it has settled that one way or the other.
 */
static gboolean
is_done (ThawRun *run, gboolean *done, GError **error)
{
  gint64 n_steps = 0;
  guint types;

  *done = FALSE;
  if (!thaw_run_is_resumed (run))
    return TRUE;
  if (!thaw_journal_count_steps (thaw_run_get_journal (run),
                                 thaw_run_get_job (run),
                                 &n_steps,
                                 &types,
                                 error))
    return FALSE;
  *done = n_steps > 0;
  return TRUE;
}

/* The first one tells: what is here and what is on a server isn't renamed in one go. */
static gboolean
is_remote (ThawRun *run)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  return thaw_operation_request_get_n_sources (request) > 0
         && !thaw_kind_file_is_local (thaw_operation_request_get_source (request, 0));
}

static gboolean
execute (ThawRun *run, GError **error)
{
  g_autoptr (ThawRenames) renames = thaw_renames_new ();
  g_auto (ThawKeeper) keeper = { 0 };
  gboolean done;

  if (is_remote (run))
    return thaw_remote_rename (run, error);
  if (!is_done (run, &done, error))
    return FALSE;
  if (done)
    return TRUE;
  thaw_keeper_init (&keeper, run);
  return load (run, renames, error) && perform (run, renames, &keeper, error);
}

static gboolean
plan (ThawRun *run, GError **error)
{
  g_autoptr (ThawRenames) renames = thaw_renames_new ();

  if (is_remote (run))
    {
      thaw_plan_add (thaw_run_get_plan (run),
                     0,
                     thaw_operation_request_get_n_sources (thaw_run_get_request (run)));
      return TRUE;
    }
  if (!load (run, renames, error))
    return FALSE;
  thaw_plan_add (thaw_run_get_plan (run), 0, renames->all->len);
  for (guint i = 0; i < renames->all->len; i++)
    {
      ThawRename *rename = g_ptr_array_index (renames->all, i);
      g_autofree char *path = thaw_place_dup_child_path (rename->place, rename->new_name);
      ThawIdentity there;

      thaw_kind_plan_name (run, rename->place, rename->new_name);
      if (thaw_renames_is_blocked (renames, rename, &there))
        thaw_plan_add_finding (thaw_run_get_plan (run),
                               THAW_FINDING_CONFLICT,
                               FALSE,
                               path,
                               "Something has that name already");
    }
  return TRUE;
}

const ThawOperationKind thaw_rename_kind
    = { .id = "rename", .plan = plan, .execute = execute, .is_light = TRUE };
