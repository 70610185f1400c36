/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undo and redo, as operations like any other: queued, journalled, interrupted and finished in the
 * same way. Which job they are about is an option of the request, "job"; without it that is what
 * the journal says is next, found out when it is their turn, so that pressing the key three times
 * takes back three things. */

#include "thaw-run-private.h"

static void
name_after (ThawRun *self, gint64 job)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, job, NULL);

  if (record != NULL && self->title == NULL)
    self->title = g_strdup (record->title);
}

/* Asked for twice, the second time must not be the opposite of the first. */
static gboolean
is_to_turn (ThawRun *self, gint64 job, gboolean is_undo, GError **error)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, job, error);

  if (record == NULL)
    return FALSE;
  if (record->inverse_of != 0 || record->is_undone != is_undo)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_EXISTS,
               is_undo ? "“%s” is undone already" : "“%s” isn't undone",
               record->title);
  return FALSE;
}

static gboolean
find_job (ThawRun *self, gboolean is_undo, GError **error)
{
  GVariant *option = thaw_operation_request_get_option (self->request, "job", G_VARIANT_TYPE_INT64);
  g_autoptr (GError) local = NULL;
  g_autofree char *title = NULL;

  if (self->inverse_of == 0 && option != NULL)
    self->inverse_of = g_variant_get_int64 (option);
  if (self->inverse_of != 0)
    {
      name_after (self, self->inverse_of);
      return self->is_resumed || is_to_turn (self, self->inverse_of, is_undo, error);
    }
  self->inverse_of = is_undo ? thaw_journal_get_undo (self->journal, &title, &local)
                             : thaw_journal_get_redo (self->journal, &title, &local);
  if (self->inverse_of != 0)
    {
      g_free (self->title);
      self->title = g_steal_pointer (&title);
      return TRUE;
    }
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_FOUND,
                         is_undo ? "There is nothing to undo" : "There is nothing to redo");
  return FALSE;
}

gboolean
thaw_steps_need_operation (guint types)
{
  return (types & (1u << THAW_STEP_MOVED | 1u << THAW_STEP_SERVER)) != 0;
}

/* From what was moved to another device, or done on a server. */
ThawOperationRequest *
thaw_steps_make_back (ThawJournal *journal, gint64 carrier, GError **error)
{
  gint64 n_steps;
  guint types;

  if (!thaw_journal_count_steps (journal, carrier, &n_steps, &types, error))
    return NULL;
  return (types & 1u << THAW_STEP_MOVED) != 0
             ? thaw_steps_make_move_back (journal, carrier, error)
             : thaw_steps_make_server_back (journal, carrier, error);
}

/* From here on it is an operation of its own; what it is the inverse of, and which of the two was
 * asked for (option "undo" b), is all that it has of this one. */
static gboolean
become_another (ThawRun *self, gboolean is_undo, GError **error)
{
  gint64 carrier = thaw_steps_find_carrier (self->journal, self->inverse_of);
  g_autoptr (ThawOperationRequest) back = thaw_steps_make_back (self->journal, carrier, error);

  if (back == NULL)
    return FALSE;
  thaw_operation_request_set_option (back, "undo", g_variant_new_boolean (is_undo));
  thaw_run_set_request (self, back);
  if (self->kind != NULL)
    return self->kind->plan (self, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Nothing can be taken back");
  return FALSE;
}

static gboolean
plan (ThawRun *self, gboolean is_undo, GError **error)
{
  gint64 n_steps;
  guint types;

  if (!find_job (self, is_undo, error)
      || !thaw_journal_count_steps (self->journal, self->inverse_of, &n_steps, &types, error))
    return FALSE;
  if (!self->is_resumed && thaw_steps_need_operation (types))
    return become_another (self, is_undo, error);
  thaw_plan_add (self->plan, 0, n_steps);
  return self->is_resumed || thaw_run_can_invert (self, self->inverse_of, error);
}

static gboolean
plan_undo (ThawRun *self, GError **error)
{
  return plan (self, TRUE, error);
}

static gboolean
plan_redo (ThawRun *self, GError **error)
{
  return plan (self, FALSE, error);
}

/* Of an interrupted one settling has done all, or nothing; the journal knows. */
static gboolean
execute (ThawRun *self, GError **error)
{
  return thaw_run_invert_as (self, self->inverse_of, self->job, error);
}

const ThawOperationKind thaw_undo_kind
    = { .id = "undo", .plan = plan_undo, .execute = execute, .is_light = TRUE };
const ThawOperationKind thaw_redo_kind
    = { .id = "redo", .plan = plan_redo, .execute = execute, .is_light = TRUE };
