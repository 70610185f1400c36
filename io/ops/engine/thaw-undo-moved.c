/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing what was moved to another device. A rename can't take that back: it has to be moved
 * again, the other way. So undo and redo of such a job become an ordinary move, which the journal
 * knows as the inverse of the first one. This is for jobs that moved things out of one folder into
 * one folder and replaced nothing there; others are refused, with the reason. On the operation's
 * thread. */

#include "thaw-run-private.h"

#include <string.h>

#define N_JOBS_MAX 1000 /* that the journal keeps */

static gboolean
refuse (GError **error, const char *format, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, format, shown);
  return FALSE;
}

/* The job that says how things stand: the last one that took @job back or did it again, or itself.
 */
static gint64
find_carrier (ThawJournal *journal, gint64 job)
{
  g_autoptr (GPtrArray) records = thaw_journal_list_jobs (journal, N_JOBS_MAX, NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const ThawJournalRecord *record = g_ptr_array_index (records, i);

      if (record->inverse_of == job && record->state == THAW_JOURNAL_DONE)
        return record->id;
    }
  return job;
}

GPtrArray *
thaw_steps_list_current (ThawJournal *journal, gint64 job, GError **error)
{
  return thaw_journal_list_steps (journal, find_carrier (journal, job), error);
}

gboolean
thaw_steps_have_moved (GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    if (((ThawStep *) g_ptr_array_index (steps, i))->type == THAW_STEP_MOVED)
      return TRUE;
  return FALSE;
}

/* It must be what was put there. */
static gboolean
check_unchanged (const ThawStep *step, GError **error)
{
  g_autoptr (ThawPlace) place = thaw_place_open (step->to.folder, error);
  ThawIdentity found, wanted = step->object;

  if (place == NULL || !thaw_place_look (place, step->to.name, &found, error))
    return FALSE;
  wanted.dev = found.dev; /* changes from boot to boot */
  if (thaw_identity_is_unchanged (&found, &wanted))
    return TRUE;
  return refuse (error, "“%s” was changed since", step->to.name);
}

static gboolean
set_target (ThawOperationRequest *request, const ThawStepEnd *end, GError **error)
{
  GFile *target = thaw_operation_request_get_target (request);
  g_autoptr (GFile) folder = g_file_new_for_path (end->folder);

  if (target != NULL && !g_file_equal (target, folder))
    return refuse (error,
                   "“%s” and others came from different folders of another device",
                   end->name);
  thaw_operation_request_set_target (request, folder);
  return TRUE;
}

static gboolean
add_step (ThawOperationRequest *request, const ThawStep *step, GError **error)
{
  g_autofree char *path = g_build_filename (step->to.folder, step->to.name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (!check_unchanged (step, error) || !set_target (request, &step->from, error))
    return FALSE;
  thaw_operation_request_add_source (request, file);
  thaw_operation_request_add_name (request, step->from.name);
  return TRUE;
}

/* The name under which it was built is hidden; anything else went somewhere by itself. */
static gboolean
is_placing (const ThawStep *step)
{
  return step->type == THAW_STEP_RENAME && g_str_has_prefix (step->from.name, ".thaw-");
}

ThawOperationRequest *
thaw_steps_make_move (GPtrArray *steps, GError **error)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("move");

  for (guint i = 0; i < steps->len; i++)
    {
      const ThawStep *step = g_ptr_array_index (steps, i);

      if (step->type == THAW_STEP_MOVED)
        {
          if (!add_step (request, step, error))
            return NULL;
        }
      else if (!is_placing (step))
        {
          refuse (error,
                  "“%s” was moved to another device, and more was done than that",
                  step->to.name != NULL ? step->to.name : step->from.name);
          return NULL;
        }
    }
  return g_steal_pointer (&request);
}
