/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes two folders alike: the source A and the target B. Option "mode" s: "compare" only plans;
 * "update" copies what is new or newer in A, and takes nothing away; "mirror" makes B what A is,
 * and what is only in B goes to the kept store; "both" copies either way, the newer one wins, and
 * what was changed on both sides since the last time is a conflict, which goes by the request's
 * rules. Option "by-content" b compares bytes, not times; "with-attributes" b also extended
 * attributes and access lists: a file that differs in those alone is copied anew, a folder is only
 * named. "verify" and "forget" are as for copying. Where one of them is on a server, what is
 * replaced or removed there isn't kept, and these three say nothing of it. Runs on the thread of
 * its operation. */

#include "thaw-sync-remote-private.h"

/* What can't be done as a whole is a finding, so that a window can show it beside the rest. */
static void
refuse (ThawRun *run, const GError *error)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));
  g_autofree char *path = target != NULL ? g_file_get_parse_name (target) : g_strdup ("");
  ThawFindingType type = THAW_FINDING_MISSING;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_RECURSE))
    type = THAW_FINDING_INTO_ITSELF;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    type = THAW_FINDING_NO_PERMISSION;
  thaw_plan_add_finding (thaw_run_get_plan (run), type, TRUE, path, "%s", error->message);
}

/* Takes @problem. */
static gboolean
end_plan (ThawRun *run, GError *problem, GError **error)
{
  g_autoptr (GError) owned = problem;

  if (g_error_matches (owned, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)
      || thaw_kind_is_cancelled (owned))
    {
      g_propagate_error (error, g_steal_pointer (&owned));
      return FALSE;
    }
  refuse (run, owned);
  return TRUE;
}

static gboolean
plan_local (ThawRun *run, GError **error)
{
  g_auto (ThawSync) self = { 0 };
  g_autoptr (GError) local = NULL;

  if (thaw_sync_init (&self, run, &local))
    return thaw_sync_plan (&self, error);
  return end_plan (run, g_steal_pointer (&local), error);
}

static gboolean
plan_remote (ThawRun *run, GError **error)
{
  g_auto (ThawSyncRemote) self = { 0 };
  g_autoptr (GError) local = NULL;

  if (thaw_sync_remote_init (&self, run, &local))
    return thaw_sync_remote_plan (&self, error);
  return end_plan (run, g_steal_pointer (&local), error);
}

static gboolean
plan (ThawRun *run, GError **error)
{
  return (thaw_sync_is_remote (run) ? plan_remote : plan_local) (run, error);
}

static gboolean
execute_local (ThawRun *run, GError **error)
{
  g_auto (ThawSync) self = { 0 };

  return thaw_sync_init (&self, run, error)
         && (self.mode == THAW_SYNC_COMPARE || thaw_sync_act (&self, error));
}

static gboolean
execute_remote (ThawRun *run, GError **error)
{
  g_auto (ThawSyncRemote) self = { 0 };

  return thaw_sync_remote_init (&self, run, error)
         && (self.base.mode == THAW_SYNC_COMPARE || thaw_sync_remote_act (&self, error));
}

static gboolean
execute (ThawRun *run, GError **error)
{
  return (thaw_sync_is_remote (run) ? execute_remote : execute_local) (run, error);
}

static gboolean
take_back (ThawRun *run, GError **error)
{
  ThawJournal *journal = thaw_run_get_journal (run);
  gint64 job = thaw_run_get_job (run), inverse;
  g_autoptr (GPtrArray) steps = thaw_journal_list_steps (journal, job, error);
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("undo");
  g_autoptr (ThawJournalRecord) record = NULL;
  g_autoptr (GVariant) variant = NULL;
  gboolean done;

  if (steps == NULL || steps->len == 0)
    return steps != NULL;
  record = thaw_journal_get_job (journal, job, error);
  if (record == NULL)
    return FALSE;
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 (job));
  variant = thaw_operation_request_to_variant (request);
  inverse = thaw_journal_add_job (journal, "undo", record->title, variant, job, error);
  if (inverse == 0)
    return FALSE;
  done = thaw_journal_invert (journal, job, inverse, NULL, error);
  thaw_journal_set_state (journal,
                          inverse,
                          done ? THAW_JOURNAL_DONE : THAW_JOURNAL_FAILED,
                          NULL,
                          NULL);
  return done;
}

/* What can't be taken back stays; torsos don't. */
static gboolean
roll_back_remote (ThawRun *run, GError **error)
{
  ThawJournal *journal = thaw_run_get_journal (run);
  gint64 job = thaw_run_get_job (run), n_steps;
  guint types;

  if (!thaw_journal_settle (journal, job, FALSE, error)
      || !thaw_journal_count_steps (journal, job, &n_steps, &types, error))
    return FALSE;
  /* First, so that what had stepped aside is back before what is to be gone is looked at. */
  thaw_remote_sweep (run);
  return (thaw_steps_need_operation (types) ? thaw_run_move_back : take_back) (run, error);
}

/* The folders to build in are in B, and, where that is another device, here and there in A. */
static gboolean
roll_back (ThawRun *run, GError **error)
{
  g_autoptr (ThawTransfer) transfer = NULL;
  g_autoptr (ThawPlace) target = NULL;

  if (thaw_sync_is_remote (run))
    return roll_back_remote (run, error);
  if (!thaw_journal_settle (thaw_run_get_journal (run), thaw_run_get_job (run), FALSE, error)
      || !take_back (run, error))
    return FALSE;
  thaw_transfer_sweep_noted (run);
  target = thaw_kind_open_target (run, NULL);
  if (target != NULL)
    thaw_transfer_sweep_common (run, target);
  return TRUE;
}

const ThawOperationKind thaw_synchronise_kind = { .id = "synchronise",
                                                  .plan = plan,
                                                  .execute = execute,
                                                  .roll_back = roll_back,
                                                  .sweep = thaw_remote_sweep };
