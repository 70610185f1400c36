/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Performing: steps are looked at, written down in one durable commit, done, their folders
 * synchronised, and marked in a second commit that need not be durable itself: what a power cut
 * takes of it is found again by looking. If the first commit fails nothing has been touched. On one
 * operation's thread; no lock is held while the disk works. */

#include "thaw-step-private.h"

typedef struct {
  ThawJournal *journal;
  gint64 job;
  char *token;
  ThawFolders *folders;
  ThawStepFunc func;
  gpointer user_data;
  gboolean is_changed; /* rows were left out */
} Performance;

static void
tell (Performance *self, ThawStep *step, const GError *error)
{
  if (self->func != NULL && step != NULL)
    self->func (step, error, self->user_data);
}

/* A step that was split is two rows, of which the last knows the step. */
static guint
find_end_of_step (GPtrArray *rows, guint i)
{
  while (i + 1 < rows->len && ((ThawRow *) g_ptr_array_index (rows, i))->told == NULL)
    i++;
  return i;
}

/* *end: behind the last row of which something may have happened. */
static gboolean
do_rows (Performance *self, GPtrArray *rows, guint first, guint last, guint *end, GError **error)
{
  for (guint i = first; i <= last; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      *end = i;
      if (!thaw_row_open (row, self->folders, error) || !thaw_row_check (row, error))
        return FALSE;
      *end = i + 1;
      if (thaw_row_do (row, self->folders, THAW_ROW_FRESH, self->token, error))
        continue;
      /* What has the name already may be the very object by another link: no work of this row's. */
      if (row->step->type == THAW_STEP_RENAME && error != NULL
          && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_EXISTS))
        *end = i;
      return FALSE;
    }
  return TRUE;
}

static gboolean
take_back (Performance *self, GPtrArray *rows, guint first, guint end, GError **error)
{
  g_autoptr (GPtrArray) part = g_ptr_array_new ();

  for (guint i = first; i < end; i++)
    g_ptr_array_add (part, g_ptr_array_index (rows, i));
  return thaw_rows_back (part, part->len, self->folders, self->token, FALSE, error);
}

/* The step that begins with row @first failed, behind @end nothing of it was begun. It leaves
 * nothing. */
static gboolean
leave_out (Performance *self,
           GPtrArray *rows,
           guint first,
           guint last,
           guint end,
           const GError *why,
           GError **error)
{
  if (!take_back (self, rows, first, end, error))
    return FALSE;
  if (!thaw_infos_withdraw (rows, first, last + 1, self->folders, self->token))
    {
      g_propagate_error (error, g_error_copy (why));
      return FALSE;
    }
  tell (self, ((ThawRow *) g_ptr_array_index (rows, last))->told, why);
  g_ptr_array_remove_range (rows, first, last - first + 1);
  self->is_changed = TRUE;
  return TRUE;
}

/* *end is behind the last row that goes with those, and afterwards behind the last that was done.
 */
static gboolean
do_each_of (Performance *self, GPtrArray *rows, guint first, guint *end, GError **error)
{
  guint i = first;

  thaw_infos_write (rows, first, *end, self->folders, self->token);
  while (i < *end)
    {
      guint last = find_end_of_step (rows, i), begun = i;
      g_autoptr (GError) local = NULL;

      if (do_rows (self, rows, i, last, &begun, &local))
        {
          i = last + 1;
          continue;
        }
      if (!leave_out (self, rows, i, last, begun, local, error))
        {
          thaw_infos_withdraw (rows, i, *end, self->folders, self->token);
          return FALSE;
        }
      *end -= last - i + 1;
    }
  return thaw_infos_remove (rows, first, *end, self->folders, error);
}

static gboolean
do_each (Performance *self, GPtrArray *rows, GError **error)
{
  guint end;

  for (guint first = 0; first < rows->len; first = end)
    {
      end = thaw_infos_find_end (rows, first);
      if (!do_each_of (self, rows, first, &end, error))
        return FALSE;
    }
  return TRUE;
}

/* *begun: behind the last row of which something may have happened. */
static gboolean
do_parts (Performance *self, GPtrArray *rows, guint *begun, GError **error)
{
  guint end;

  for (guint first = 0; first < rows->len; first = end)
    {
      end = thaw_infos_find_end (rows, first);
      thaw_infos_write (rows, first, end, self->folders, self->token);
      if (!do_rows (self, rows, first, end - 1, begun, error)
          || !thaw_infos_remove (rows, first, end, self->folders, error))
        return FALSE;
    }
  return TRUE;
}

/* *is_whole: FALSE if what was done couldn't be taken back. */
static gboolean
do_all (Performance *self, GPtrArray *rows, gboolean *is_whole, GError **error)
{
  g_autoptr (GError) local = NULL;
  guint begun = 0;

  *is_whole = TRUE;
  if (do_parts (self, rows, &begun, error))
    return TRUE;
  *is_whole = take_back (self, rows, 0, begun, &local);
  if (!*is_whole)
    g_prefix_error (error, "Not everything could be taken back (%s): ", local->message);
  else
    *is_whole = thaw_infos_withdraw (rows, begun, rows->len, self->folders, self->token);
  return FALSE;
}

static void
tell_done (Performance *self, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    tell (self, ((ThawRow *) g_ptr_array_index (rows, i))->told, NULL);
}

/* What can't be marked is marked by whoever looks next. */
static void
mark (Performance *self, gint64 batch, GPtrArray *rows)
{
  g_autoptr (GError) local = NULL;

  if (!thaw_journal_mark_batch (self->journal,
                                self->job,
                                batch,
                                rows,
                                self->is_changed,
                                self->folders,
                                &local))
    g_debug ("The marks of operation %" G_GINT64_FORMAT " are missing: %s",
             self->job,
             local->message);
}

gboolean
thaw_journal_do_all (ThawJournal *self,
                     gint64 job,
                     GPtrArray *rows,
                     ThawFolders *folders,
                     const char *token,
                     gboolean *is_whole,
                     GError **error)
{
  Performance performance
      = { .journal = self, .job = job, .token = (char *) token, .folders = folders };

  if (do_all (&performance, rows, is_whole, error))
    {
      if (thaw_folders_sync (folders, error))
        return TRUE;
      *is_whole = take_back (&performance, rows, 0, rows->len, NULL);
    }
  *is_whole = *is_whole && thaw_folders_sync (folders, NULL);
  return FALSE;
}

static gboolean
run_all (Performance *self, gint64 batch, GPtrArray *rows, GError **error)
{
  gboolean is_whole = TRUE;

  if (thaw_journal_do_all (self->journal,
                           self->job,
                           rows,
                           self->folders,
                           self->token,
                           &is_whole,
                           error))
    return TRUE;
  if (is_whole)
    thaw_journal_drop_batch (self->journal, self->job, batch, NULL);
  return FALSE;
}

static gboolean
run_each (Performance *self, gint64 batch, GPtrArray *rows, GError **error)
{
  if (!do_each (self, rows, error))
    return FALSE;
  if (thaw_folders_sync (self->folders, error))
    return TRUE;
  mark (self, batch, rows); /* it has happened, as far as one can see */
  return FALSE;
}

static gboolean
run (Performance *self, GPtrArray *rows, ThawStepsMode mode, GError **error)
{
  gint64 batch = thaw_journal_add_batch (self->journal, self->job, rows, mode, error);

  if (batch == 0)
    return FALSE;
  if (!(mode == THAW_STEPS_ALL_OR_NONE ? run_all (self, batch, rows, error)
                                       : run_each (self, batch, rows, error)))
    return FALSE;
  mark (self, batch, rows);
  tell_done (self, rows);
  return TRUE;
}

/* Rows that were checked. Those that failed are taken out of @rows. */
gboolean
thaw_journal_perform_rows (ThawJournal *self,
                           gint64 job,
                           GPtrArray *rows,
                           ThawStepsMode mode,
                           ThawFolders *folders,
                           ThawStepFunc func,
                           gpointer user_data,
                           GError **error)
{
  Performance performance
      = { .journal = self, .job = job, .folders = folders, .func = func, .user_data = user_data };
  gboolean success;

  if (rows->len == 0)
    return TRUE;
  performance.token = thaw_journal_dup_token (self, job, error);
  if (performance.token == NULL)
    return FALSE;
  success = run (&performance, rows, mode, error);
  g_free (performance.token);
  return success;
}

static gboolean
prepare (ThawRow *row, ThawFolders *folders, GError **error)
{
  return thaw_step_is_valid (row->step, error) && thaw_row_open (row, folders, error)
         && thaw_row_prepare (row, folders, error);
}

/* NULL: one of them can't be done and all were to be. */
static GPtrArray *
make_rows (GPtrArray *steps,
           ThawStepsMode mode,
           ThawFolders *folders,
           guint *number,
           ThawStepFunc func,
           gpointer user_data,
           GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);

  for (guint i = 0; i < steps->len; i++)
    {
      ThawStep *step = g_ptr_array_index (steps, i);
      g_autoptr (ThawRow) row = thaw_row_new (step);
      g_autoptr (GError) local = NULL;

      row->told = step;
      row->number = (*number)++;
      if (prepare (row, folders, &local))
        g_ptr_array_add (rows, g_steal_pointer (&row));
      else if (mode == THAW_STEPS_ALL_OR_NONE)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      else if (func != NULL)
        func (step, local, user_data);
    }
  return g_steal_pointer (&rows);
}

static ThawStep *
copy_step (guint i, gpointer steps)
{
  return thaw_step_copy (g_ptr_array_index ((GPtrArray *) steps, i));
}

/* Too many for one batch. */
static gboolean
perform_in_parts (ThawJournal *self,
                  gint64 job,
                  GPtrArray *steps,
                  ThawStepFunc func,
                  gpointer user_data,
                  GError **error)
{
  const ThawStepFuncs funcs = { NULL };

  if (!thaw_journal_perform_many (self, job, steps->len, copy_step, steps, &funcs, error))
    return FALSE;
  for (guint i = 0; func != NULL && i < steps->len; i++)
    func (g_ptr_array_index (steps, i), NULL, user_data);
  return TRUE;
}

/**
 * thaw_journal_perform:
 * @self: a journal
 * @job: a job of this process
 * @steps: (element-type ThawStep): what is to be done, in order; not kept
 * @mode: whether each stands for itself
 * @func: (nullable) (scope call): told of each step when it is on the device, or has failed; never
 * of one that fails in %THAW_STEPS_ALL_OR_NONE, which is @error then
 * @user_data: for @func
 * @error: return location
 *
 * Does steps: at most some hundred at a time, since they are one commit and one synchronisation.
 *
 * In %THAW_STEPS_ALL_OR_NONE the order of renames doesn't matter, and names may change places:
 * hidden names of the job serve where that goes in circles, or where only the case of a name
 * changes and the file system doesn't tell cases apart.
 *
 * - **Thread**: the job's. Blocks as long as the disk does.
 * - **Errors**: if the journal can't be written nothing has been touched, and the error says why
 * (%G_IO_ERROR_NO_SPACE …). %G_IO_ERROR_EXISTS, %G_IO_ERROR_NOT_FOUND, %G_IO_ERROR_WRONG_ETAG ("was
 * changed"), and the system's own.
 *
 * Returns: %TRUE when all that was done is on the device; with %THAW_STEPS_EACH also if nothing
 * could be
 */
gboolean
thaw_journal_perform (ThawJournal *self,
                      gint64 job,
                      GPtrArray *steps,
                      ThawStepsMode mode,
                      ThawStepFunc func,
                      gpointer user_data,
                      GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autofree char *token = thaw_journal_dup_token (self, job, error);
  guint number = THAW_ROW_NUMBERS | (g_random_int () >> 2);
  g_autoptr (GPtrArray) rows = NULL;

  if (token == NULL)
    return FALSE;
  if (mode == THAW_STEPS_ALL_OR_NONE && steps->len > thaw_journal_get_part_size ())
    return perform_in_parts (self, job, steps, func, user_data, error);
  rows = make_rows (steps, mode, folders, &number, func, user_data, error);
  if (rows != NULL)
    rows = thaw_rows_order (g_steal_pointer (&rows), mode, token, number, error);
  return rows != NULL
         && thaw_journal_perform_rows (self, job, rows, mode, folders, func, user_data, error);
}
