/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is all or none and has more steps than should be in memory: it is cut into *parts*, batches
 * that are written down one after the other before the first step of any, and then done in their
 * order. At most one is under way at a time: those before it are done and on the device, those
 * behind it are to come. So after a crash at any point the same table says how to go on, and how to
 * take it all back. While nothing is under way and nothing done, what is to come means nothing, and
 * is dropped. Taking back makes parts to come of those that were done, last first; only when all
 * are, they are dropped. On one operation's thread. */

#include "thaw-step-private.h"

#define N_STEPS 1024

/**
 * thaw_journal_get_part_size: (skip)
 *
 * How many steps of what is all or none are done, and kept in memory, at a time. THAW_JOURNAL_PART
 * in the environment says otherwise: then tests see parts where there are few steps.
 */
guint
thaw_journal_get_part_size (void)
{
  static gsize size;

  if (g_once_init_enter (&size))
    {
      const char *text = g_getenv ("THAW_JOURNAL_PART");
      guint64 n = text != NULL ? g_ascii_strtoull (text, NULL, 10) : N_STEPS;

      g_once_init_leave (&size, CLAMP (n, 1, G_MAXINT16));
    }
  return (guint) size;
}

/* --- the table --- */

/* In their order. */
static GArray *
list_parts (ThawJournal *self, gint64 job, ThawPartState state, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (
      self,
      &local,
      "SELECT id FROM batches WHERE job=? AND mode=? AND is_done=? ORDER BY id",
      "iii",
      job,
      (gint64) THAW_STEPS_PART,
      (gint64) state);
  while (statement != NULL && thaw_journal_step (self, statement, &local))
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  thaw_journal_unlock (self);
  if (local == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* What is all or none builds nothing: what has a hidden name in it got that on the way. */
static GPtrArray *
load_part (ThawJournal *self, gint64 part, GError **error)
{
  GPtrArray *rows = thaw_journal_load_rows (self, part, error);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    ((ThawRow *) g_ptr_array_index (rows, i))->is_on_its_way = TRUE;
  return rows;
}

/* It is under way, durably: whatever was written before is on the device too. */
static gboolean
begin_part (ThawJournal *self, gint64 job, gint64 part, GError **error)
{
  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return FALSE;
  return thaw_journal_end (
      self,
      thaw_journal_exec (self, error, "UPDATE batches SET is_done=0 WHERE id=?", "i", part)
          && thaw_journal_raise_stamp (self, job, error),
      error);
}

/* It was taken back, and what had left a store is there again. */
static gboolean
return_part (ThawJournal *self, gint64 job, gint64 part, ThawFolders *folders, GError **error)
{
  g_autoptr (GPtrArray) rows = load_part (self, part, error);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (ThawMarks) marks = thaw_marks_collect (none, folders);

  if (rows == NULL || !thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  return thaw_journal_end (
      self,
      thaw_journal_exec (self, error, "UPDATE batches SET is_done=2 WHERE id=?", "i", part)
          && thaw_marks_write (marks, self, job, error)
          && thaw_kept_note_back (self, job, rows, error),
      error);
}

static gboolean
drop_parts (ThawJournal *self, gint64 job, GError **error)
{
  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  return thaw_journal_end (
      self,
      thaw_journal_exec (self,
                         error,
                         "DELETE FROM batches WHERE job=? AND mode=? AND is_done=?",
                         "iii",
                         job,
                         (gint64) THAW_STEPS_PART,
                         (gint64) THAW_PART_TO_COME)
          && thaw_journal_clear_stamp (self, job, error),
      error);
}

/* --- taking back --- */

static gboolean
take_part_back (ThawJournal *self, gint64 job, gint64 part, const char *token, GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autoptr (GPtrArray) rows = load_part (self, part, error);

  return rows != NULL && thaw_rows_back (rows, rows->len, folders, token, FALSE, error)
         && thaw_folders_sync (folders, error) && return_part (self, job, part, folders, error);
}

static gboolean
take_done_back (ThawJournal *self, gint64 job, const char *token, GError **error)
{
  g_autoptr (GArray) done = list_parts (self, job, THAW_PART_DONE, error);

  for (guint i = done != NULL ? done->len : 0; i-- > 0;)
    {
      gint64 part = g_array_index (done, gint64, i);

      if (!begin_part (self, job, part, error) || !take_part_back (self, job, part, token, error))
        return FALSE;
    }
  return done != NULL;
}

/* Whether there is something that is neither done as a whole nor not begun. */
static gboolean
has_parts (ThawJournal *self, gint64 job, GArray **under_way, GArray **to_come, GError **error)
{
  *under_way = list_parts (self, job, THAW_PART_UNDER_WAY, error);
  *to_come = *under_way != NULL ? list_parts (self, job, THAW_PART_TO_COME, error) : NULL;
  return *to_come != NULL;
}

/* Nothing of it has happened when it returns TRUE, unless all of it had before. May be called
 * again. */
gboolean
thaw_journal_take_parts_back (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GArray) under_way = NULL, to_come = NULL;
  g_autofree char *token = thaw_journal_dup_token (self, job, error);

  if (token == NULL || !has_parts (self, job, &under_way, &to_come, error))
    return FALSE;
  if (under_way->len == 0 && to_come->len == 0)
    return TRUE;
  for (guint i = under_way->len; i-- > 0;)
    if (!take_part_back (self, job, g_array_index (under_way, gint64, i), token, error))
      return FALSE;
  return take_done_back (self, job, token, error) && drop_parts (self, job, error);
}

/* Without changing anything. */
gboolean
thaw_journal_has_whole_parts (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GArray) under_way = NULL, to_come = NULL;

  if (!has_parts (self, job, &under_way, &to_come, error))
    return FALSE;
  if (under_way->len == 0 && to_come->len == 0)
    return TRUE;
  thaw_settle_fail (error);
  return FALSE;
}

/* --- doing --- */

gboolean
thaw_journal_add_part (ThawJournal *self, gint64 job, GPtrArray *rows, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_rows_pack (rows);

  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  return thaw_journal_end (self,
                           thaw_journal_exec (self,
                                              error,
                                              "INSERT INTO batches (job, mode, is_done, n_steps, "
                                              "n_back, steps) VALUES (?, ?, ?, ?, ?, ?)",
                                              "iiiiib",
                                              job,
                                              (gint64) THAW_STEPS_PART,
                                              (gint64) THAW_PART_TO_COME,
                                              (gint64) rows->len,
                                              (gint64) thaw_rows_count_back (rows),
                                              bytes),
                           error);
}

static void
tell (GPtrArray *rows, ThawStepFunc func, gpointer user_data)
{
  for (guint i = 0; func != NULL && i < rows->len; i++)
    func (((ThawRow *) g_ptr_array_index (rows, i))->step, NULL, user_data);
}

/* *is_whole: FALSE if it failed and couldn't be taken back. */
static gboolean
do_part (ThawJournal *self,
         gint64 job,
         gint64 part,
         const char *token,
         const ThawStepFuncs *funcs,
         gboolean *is_whole,
         GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autoptr (GPtrArray) rows = load_part (self, part, error);

  if (rows == NULL || !begin_part (self, job, part, error)
      || !thaw_journal_do_all (self, job, rows, folders, token, is_whole, error))
    return FALSE;
  /* Where that can't be written, its being taken back couldn't be either. */
  *is_whole = thaw_journal_mark_batch (self, job, part, rows, FALSE, folders, error);
  if (!*is_whole)
    return FALSE;
  tell (rows, funcs->done, funcs->user_data);
  return TRUE;
}

/* Takes back what was done; that it failed is the error in any case. */
static gboolean
give_up (ThawJournal *self, gint64 job, gboolean is_whole, GError *why, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (is_whole && !thaw_journal_take_parts_back (self, job, &local))
    g_prefix_error (&why, "Not everything could be taken back (%s): ", local->message);
  g_propagate_error (error, why);
  return FALSE;
}

/* Does the parts that were added, all or none. @funcs->done is told of each step of a part that is
 * on the device, and not of its being taken back. */
gboolean
thaw_journal_do_parts (ThawJournal *self, gint64 job, const ThawStepFuncs *funcs, GError **error)
{
  g_autoptr (GArray) parts = list_parts (self, job, THAW_PART_TO_COME, error);
  g_autofree char *token = NULL;
  GError *why = NULL;

  if (parts == NULL)
    return FALSE;
  token = thaw_journal_dup_token (self, job, error);
  if (token == NULL)
    return FALSE;
  for (guint i = 0; i < parts->len; i++)
    {
      gint64 part = g_array_index (parts, gint64, i);
      gboolean is_whole = TRUE;

      if ((funcs->check != NULL && !funcs->check (funcs->user_data, &why))
          || !do_part (self, job, part, token, funcs, &is_whole, &why))
        return give_up (self, job, is_whole, why, error);
    }
  return TRUE;
}

/* --- after a crash --- */

static gboolean
settle_part (ThawJournal *self,
             gint64 job,
             gint64 part,
             gboolean is_under_way,
             const char *token,
             GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autoptr (GPtrArray) rows = load_part (self, part, error);
  guint failed;

  return rows != NULL && (is_under_way || begin_part (self, job, part, error))
         && thaw_rows_forward (rows, folders, token, &failed, error)
         && thaw_folders_sync (folders, error)
         && thaw_journal_mark_batch (self, job, part, rows, FALSE, folders, error);
}

static gboolean
settle_parts (ThawJournal *self,
              gint64 job,
              GArray *parts,
              gboolean is_under_way,
              const char *token,
              GError **error)
{
  for (guint i = 0; i < parts->len; i++)
    if (!settle_part (self, job, g_array_index (parts, gint64, i), is_under_way, token, error))
      return FALSE;
  return TRUE;
}

static gboolean
is_begun (ThawJournal *self, gint64 job, GArray *under_way, gboolean *begun, GError **error)
{
  g_autoptr (GArray) done = list_parts (self, job, THAW_PART_DONE, error);

  *begun = done != NULL && (done->len > 0 || under_way->len > 0);
  return done != NULL;
}

/* All of them are done, or none, when it returns TRUE. */
gboolean
thaw_journal_settle_parts (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GArray) under_way = NULL, to_come = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *token = thaw_journal_dup_token (self, job, error);
  gboolean begun;

  if (token == NULL || !has_parts (self, job, &under_way, &to_come, error)
      || !is_begun (self, job, under_way, &begun, error))
    return FALSE;
  if (!begun)
    return to_come->len == 0 || drop_parts (self, job, error);
  if (settle_parts (self, job, under_way, TRUE, token, &local)
      && settle_parts (self, job, to_come, FALSE, token, &local))
    return TRUE;
  if (thaw_settle_is_final (local))
    return thaw_journal_take_parts_back (self, job, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
