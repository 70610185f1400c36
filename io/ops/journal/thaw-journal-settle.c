/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a crash: what was begun is done, or taken back, by looking where things are. The rows of a
 * batch may build on each other: a thing that two rows move is, at the first one's turn, where the
 * second left it, and a folder that a row works in may be moved by another. So a thing that isn't
 * found may be explained by an earlier or a later row. Doing it twice changes nothing. On one
 * operation's thread. */

#include "thaw-step-private.h"

/* Which rows move an inode: first and last. */
typedef struct {
  guint first, last;
} Span;

static void
note_inode (GHashTable *spans, guint64 *ino, guint i)
{
  Span *span = g_hash_table_lookup (spans, ino);

  if (span == NULL)
    {
      span = g_new (Span, 1);
      span->first = i;
      g_hash_table_insert (spans, ino, span);
    }
  span->last = i;
}

static GHashTable *
find_spans (GPtrArray *rows)
{
  GHashTable *spans = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);

  for (guint i = 0; i < rows->len; i++)
    {
      ThawStep *step = ((ThawRow *) g_ptr_array_index (rows, i))->step;

      if (step->type != THAW_STEP_RENAME && step->type != THAW_STEP_REPLACE)
        continue;
      note_inode (spans, &step->object.ino, i);
      if (step->type == THAW_STEP_REPLACE)
        note_inode (spans, &step->old.ino, i);
    }
  return spans;
}

static gboolean
is_moved_after (GHashTable *spans, guint64 ino, guint i)
{
  Span *span = g_hash_table_lookup (spans, &ino);

  return span != NULL && span->last > i;
}

static gboolean
is_moved_before (GHashTable *spans, guint64 ino, guint i)
{
  Span *span = g_hash_table_lookup (spans, &ino);

  return span != NULL && span->first < i;
}

/* A folder may also be inside of one that another row moves: any move of a folder will do. */
static gboolean
explains_folder (GPtrArray *rows, guint i, gboolean after)
{
  for (guint j = after ? i + 1 : 0; j < (after ? rows->len : i); j++)
    if (S_ISDIR (((ThawRow *) g_ptr_array_index (rows, j))->step->object.mode))
      return TRUE;
  return FALSE;
}

/* The state of row i while all before it are done (@after), or all after it are taken back. FALSE:
 * an error. */
static gboolean
look (GPtrArray *rows,
      GHashTable *spans,
      guint i,
      gboolean after,
      ThawFolders *folders,
      ThawRowState *state,
      GError **error)
{
  ThawRow *row = g_ptr_array_index (rows, i);
  ThawRowState explained = after ? THAW_ROW_HAPPENED : THAW_ROW_NOT_BEGUN;
  g_autoptr (GError) local = NULL;

  if (!thaw_row_open (row, folders, &local))
    {
      if (explains_folder (rows, i, after))
        {
          *state = explained;
          return TRUE;
        }
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!thaw_row_look (row, state, error))
    return FALSE;
  if (*state == THAW_ROW_LOST
      && (after ? is_moved_after : is_moved_before) (spans, row->step->object.ino, i))
    *state = explained;
  return TRUE;
}

static gboolean
fail_lost (ThawRow *row, GError **error)
{
  ThawStep *step = row->step;
  g_autofree char *name
      = g_filename_display_name (step->from.name != NULL ? step->from.name : step->to.name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "“%s” is gone", name);
  return FALSE;
}

static gboolean
forward_part (GPtrArray *rows,
              guint first,
              guint end,
              GHashTable *spans,
              ThawFolders *folders,
              const char *token,
              guint *failed,
              GError **error)
{
  for (guint i = first; i < end; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);
      ThawRowState state;

      *failed = i;
      if (!look (rows, spans, i, TRUE, folders, &state, error))
        return FALSE;
      if (state == THAW_ROW_LOST)
        return fail_lost (row, error);
      /* One that is explained by a later row may not even have its folder. One that has happened
       * may lack its end. */
      if (state == THAW_ROW_HAPPENED && row->step->type != THAW_STEP_REPLACE
          && (row->to == NULL || row->step->info == NULL || row->enters))
        {
          if (row->to != NULL)
            row->to->is_dirty = TRUE;
          if (row->from != NULL)
            row->from->is_dirty = TRUE;
          continue;
        }
      if (!thaw_row_do (row, folders, THAW_ROW_SETTLE, token, error))
        return FALSE;
    }
  return thaw_infos_remove (rows, first, end, folders, error);
}

gboolean
thaw_rows_forward (GPtrArray *rows,
                   ThawFolders *folders,
                   const char *token,
                   guint *failed,
                   GError **error)
{
  g_autoptr (GHashTable) spans = find_spans (rows);
  guint end;

  for (guint first = 0; first < rows->len; first = end)
    {
      end = thaw_infos_find_end (rows, first);
      if (!forward_part (rows, first, end, spans, folders, token, failed, error))
        return FALSE;
    }
  return TRUE;
}

/* What was made under a hidden name that no row of the batch made. */
static gboolean
is_placed (GPtrArray *rows, guint i)
{
  ThawRow *row = g_ptr_array_index (rows, i);

  if (row->step->type == THAW_STEP_ATTRIBUTES || !thaw_step_is_hidden_name (row->step->from.name))
    return FALSE;
  for (guint j = 0; j < i; j++)
    if (g_strcmp0 (((ThawRow *) g_ptr_array_index (rows, j))->step->to.name, row->step->from.name)
        == 0)
      return FALSE;
  return TRUE;
}

static gboolean
remove_infos_of_left (GPtrArray *left, ThawFolders *folders, GError **error)
{
  gboolean success = thaw_infos_remove (left, 0, left->len, folders, error);

  g_ptr_array_set_size (left, 0);
  return success;
}

static gboolean
fail_swept (ThawRow *row, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_FAILED,
               "What was begun of “%s” can't be removed",
               row->step->info);
  return FALSE;
}

/* @left: those that have left the trash again. */
static gboolean
take_back (ThawRow *row,
           ThawRowState state,
           ThawFolders *folders,
           const char *token,
           GPtrArray *left,
           GError **error)
{
  gboolean has_info = row->step->info != NULL;
  g_autoptr (ThawRow) turned = NULL;
  gboolean success;

  if (state == THAW_ROW_NOT_BEGUN && !has_info && row->step->type != THAW_STEP_REPLACE)
    return TRUE;
  if (row->to == NULL)
    return TRUE;
  turned = thaw_row_turn (row);
  if (turned == NULL)
    return state == THAW_ROW_NOT_BEGUN || fail_lost (row, error);
  success = thaw_row_open (turned, folders, error)
            && (!turned->enters || remove_infos_of_left (left, folders, error))
            && thaw_row_do (turned, folders, THAW_ROW_SETTLE, token, error);
  if (has_info && !thaw_info_sweep (row, folders, token) && success)
    success = fail_swept (row, error);
  row->has_info = row->info_goes = FALSE;
  if (success && turned->info_goes)
    g_ptr_array_add (left, g_steal_pointer (&turned));
  return success;
}

gboolean
thaw_rows_back (GPtrArray *rows,
                guint n,
                ThawFolders *folders,
                const char *token,
                gboolean keeps_placed,
                GError **error)
{
  g_autoptr (GHashTable) spans = find_spans (rows);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);
  g_autofree gboolean *stays = g_new0 (gboolean, n);

  for (guint i = n; i-- > 0;)
    {
      ThawRow *row = g_ptr_array_index (rows, i);
      ThawRowState state;

      stays[i] = thaw_row_is_note (row);
      if (stays[i])
        continue;
      if (!look (rows, spans, i, FALSE, folders, &state, error))
        return FALSE;
      if (state == THAW_ROW_LOST)
        return fail_lost (row, error);
      stays[i] = keeps_placed && state == THAW_ROW_HAPPENED && is_placed (rows, i);
      if (stays[i])
        row->from->is_dirty = row->to->is_dirty = TRUE;
      else if (!take_back (row, state, folders, token, left, error))
        return FALSE;
    }
  if (!remove_infos_of_left (left, folders, error))
    return FALSE;
  for (guint i = n; i-- > 0;)
    if (!stays[i])
      g_ptr_array_remove_index (rows, i);
  return TRUE;
}

/* It's for the user to see to it, not for another try. */
gboolean
thaw_settle_is_final (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
}

/* A row that can't be done: what tells of something in the trash that isn't goes. */
static void
forget_info (ThawRow *row, ThawFolders *folders, const char *token)
{
  if (row->step->info == NULL || !row->enters)
    return;
  thaw_info_withdraw_unless_taken (row, folders);
  thaw_info_sweep (row, folders, token);
}

static gboolean
is_first_half (GPtrArray *rows, guint i)
{
  ThawRow *row = g_ptr_array_index (rows, i), *next = g_ptr_array_index (rows, i + 1);

  return thaw_step_is_hidden_name (row->step->to.name)
         && g_strcmp0 (row->step->to.name, next->step->from.name) == 0;
}

/* A row that can't be done any more is left out; the first half of what can't be ended goes back.
 */
static gboolean
forward_each (ThawBatch *batch,
              ThawFolders *folders,
              const char *token,
              gboolean *is_changed,
              GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (GPtrArray) half = NULL;
      gboolean has_half;
      guint failed = 0;

      if (thaw_rows_forward (batch->rows, folders, token, &failed, &local))
        return TRUE;
      if (!thaw_settle_is_final (local)
          || ((ThawRow *) g_ptr_array_index (batch->rows, failed))->to == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      *is_changed = TRUE;
      forget_info (g_ptr_array_index (batch->rows, failed), folders, token);
      half = g_ptr_array_new ();
      has_half = failed > 0 && is_first_half (batch->rows, failed - 1);
      if (has_half)
        g_ptr_array_add (half, g_ptr_array_index (batch->rows, failed - 1));
      if (has_half && !thaw_rows_back (half, 1, folders, token, FALSE, error))
        return FALSE;
      g_ptr_array_remove_index (batch->rows, failed);
      if (has_half)
        g_ptr_array_remove_index (batch->rows, failed - 1);
    }
}

static gboolean
forward_all (ThawBatch *batch,
             ThawFolders *folders,
             const char *token,
             gboolean *is_changed,
             GError **error)
{
  g_autoptr (GError) local = NULL;
  guint failed = 0;

  if (thaw_rows_forward (batch->rows, folders, token, &failed, &local))
    return TRUE;
  if (thaw_settle_is_final (local)
      && thaw_rows_back (batch->rows, batch->rows->len, folders, token, FALSE, NULL))
    {
      *is_changed = TRUE;
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
settle_batch (ThawJournal *self,
              gint64 job,
              ThawBatch *batch,
              const char *token,
              gboolean forward,
              GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  gboolean is_each = batch->mode == THAW_STEPS_EACH, is_changed = !forward, success;

  if (!forward)
    success = thaw_rows_back (batch->rows, batch->rows->len, folders, token, is_each, error);
  else if (is_each)
    success = forward_each (batch, folders, token, &is_changed, error);
  else
    success = forward_all (batch, folders, token, &is_changed, error);
  return success && thaw_folders_sync (folders, error)
         && thaw_journal_mark_batch (self, job, batch->id, batch->rows, is_changed, folders, error);
}

/**
 * thaw_journal_settle:
 * @self: a journal
 * @job: an interrupted job that this process has adopted
 * @forward: whether to go on with what was begun, or to take it back
 * @error: return location
 *
 * Brings what was begun and not marked to an end, by looking at the disk. May be called again after
 * another crash.
 *
 * Forward, a step that can't be done any more, because its object is gone or another one has its
 * name, is left out; of those that were performed all or none, all are taken back then. Backward,
 * what stands placed from a hidden name of the job stays and is marked: thaw_journal_invert() takes
 * it back to where it is kept, after a look whether the user has worked on it.
 *
 * - **Thread**: the job's.
 * - **Errors**: a folder that can't be reached (a volume that isn't there), a disk that fails: call
 * it again when that is over.
 *
 * Returns: %TRUE if nothing is half done any more
 */
gboolean
thaw_journal_settle (ThawJournal *self, gint64 job, gboolean forward, GError **error)
{
  g_autoptr (GPtrArray) batches = thaw_journal_load_open_batches (self, job, error);
  g_autofree char *token = NULL;

  if (batches == NULL || (!forward && !thaw_journal_take_parts_back (self, job, error)))
    return FALSE;
  token = thaw_journal_dup_token (self, job, error);
  if (token == NULL)
    return FALSE;
  for (guint i = 0; i < batches->len; i++)
    {
      ThawBatch *batch = g_ptr_array_index (batches, forward ? i : batches->len - 1 - i);

      if (!settle_batch (self, job, batch, token, forward, error))
        return FALSE;
    }
  return !forward || thaw_journal_settle_parts (self, job, error);
}

void
thaw_settle_fail (GError **error)
{
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_FAILED,
                       "The operation was interrupted, and isn't settled yet");
}

/* Without changing anything: what happened stays, what didn't is forgotten. */
static gboolean
mark_one_by_looking (ThawJournal *self, gint64 job, ThawBatch *batch, GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autoptr (GHashTable) spans = find_spans (batch->rows);
  g_autofree gboolean *happened = g_new0 (gboolean, batch->rows->len);
  guint n = 0;

  for (guint i = 0; i < batch->rows->len; i++)
    {
      ThawRowState state;

      if (!look (batch->rows, spans, i, TRUE, folders, &state, error))
        return FALSE;
      happened[i] = state == THAW_ROW_HAPPENED;
      n += happened[i] ? 1 : 0;
    }
  if (batch->mode == THAW_STEPS_ALL_OR_NONE && n != 0 && n != batch->rows->len)
    {
      thaw_settle_fail (error);
      return FALSE;
    }
  for (guint i = batch->rows->len; i-- > 0;)
    if (!happened[i])
      g_ptr_array_remove_index (batch->rows, i);
  return thaw_journal_mark_batch (self, job, batch->id, batch->rows, TRUE, folders, error);
}

gboolean
thaw_journal_mark_by_looking (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GPtrArray) batches = NULL;

  if (!thaw_journal_has_whole_parts (self, job, error))
    return FALSE;
  batches = thaw_journal_load_open_batches (self, job, error);
  for (guint i = 0; batches != NULL && i < batches->len; i++)
    {
      ThawBatch *batch = g_ptr_array_index (batches, i);

      if (!mark_one_by_looking (self, job, batch, error))
        return FALSE;
    }
  return batches != NULL;
}
