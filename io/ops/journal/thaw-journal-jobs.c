/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of jobs: made, read, ended, adopted. A job's state is what its owner said last; whether
 * it still has one is asked of the kernel (thaw-journal-owner.c). Old history is let go, a few jobs
 * at a time. Any thread. */

#include "thaw-journal-store-private.h"

#include <string.h>

#define MAX_JOBS 1000
#define COLUMNS                                                                                    \
  "id, kind, title, state, request, problems, created, ended, inverse_of, is_undone, token, owner"

ThawJournalRecord *
thaw_journal_record_copy (const ThawJournalRecord *self)
{
  ThawJournalRecord *copy = g_memdup2 (self, sizeof *self);

  copy->kind = g_strdup (self->kind);
  copy->title = g_strdup (self->title);
  copy->request = self->request != NULL ? g_variant_ref (self->request) : NULL;
  copy->problems = self->problems != NULL ? g_variant_ref (self->problems) : NULL;
  return copy;
}

void
thaw_journal_record_free (ThawJournalRecord *self)
{
  g_free (self->kind);
  g_free (self->title);
  g_clear_pointer (&self->request, g_variant_unref);
  g_clear_pointer (&self->problems, g_variant_unref);
  g_free (self);
}

/* With its type, and whatever bytes the database holds: a variant of untrusted data is safe to
 * read. */
GBytes *
thaw_journal_variant_to_bytes (GVariant *variant)
{
  g_autoptr (GVariant) boxed = NULL;

  if (variant == NULL)
    return NULL;
  boxed = g_variant_ref_sink (g_variant_new_variant (variant));
  return g_variant_get_data_as_bytes (boxed);
}

static GVariant *
variant_from_column (sqlite3_stmt *statement, int column)
{
  g_autoptr (GBytes) bytes = thaw_journal_column_bytes (statement, column);
  g_autoptr (GVariant) boxed = NULL;

  if (bytes == NULL)
    return NULL;
  boxed = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARIANT, bytes, FALSE));
  return g_variant_get_variant (boxed);
}

static ThawJournalRecord *
record_from_row (ThawJournal *self, sqlite3_stmt *statement)
{
  ThawJournalRecord *record = g_new0 (ThawJournalRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->kind = g_strdup ((const char *) sqlite3_column_text (statement, 1));
  record->title = g_strdup ((const char *) sqlite3_column_text (statement, 2));
  record->state = (ThawJournalState) sqlite3_column_int (statement, 3);
  record->request = variant_from_column (statement, 4);
  record->problems = variant_from_column (statement, 5);
  record->created_usec = sqlite3_column_int64 (statement, 6);
  record->ended_usec = sqlite3_column_int64 (statement, 7);
  record->inverse_of = sqlite3_column_int64 (statement, 8);
  record->is_undone = sqlite3_column_int (statement, 9) != 0;
  g_strlcpy (record->token,
             (const char *) sqlite3_column_text (statement, 10),
             sizeof record->token);
  record->is_alive
      = record->ended_usec == 0
        && thaw_journal_is_owner_alive (self, (const char *) sqlite3_column_text (statement, 11));
  return record;
}

/* The job that an inversion of an inversion is about in the end: 0 stays 0. The lock is held. */
gint64
thaw_journal_find_root (ThawJournal *self, gint64 job, GError **error)
{
  gint64 above = 0;

  if (!thaw_journal_read (self,
                          &above,
                          0,
                          error,
                          "SELECT inverse_of FROM jobs WHERE id=?",
                          "i",
                          job))
    return -1;
  return above != 0 ? above : job;
}

static gboolean
insert_job (ThawJournal *self,
            const char *kind,
            const char *title,
            GBytes *request,
            gint64 inverse_of,
            gint64 *id,
            GError **error)
{
  char token[THAW_TOKEN_LENGTH + 1];
  gint64 root = thaw_journal_find_root (self, inverse_of, error);

  thaw_token_make (token);
  if (root < 0
      || !thaw_journal_exec (
          self,
          error,
          "INSERT INTO jobs (kind, title, state, request, created, inverse_of, token, owner)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          "ssibiiss",
          kind,
          title != NULL ? title : "",
          (gint64) THAW_JOURNAL_PLANNED,
          request,
          g_get_real_time (),
          root,
          token,
          self->owner))
    return FALSE;
  *id = sqlite3_last_insert_rowid (self->db);
  return thaw_journal_exec (self, error, "UPDATE jobs SET carrier=id WHERE id=?", "i", *id);
}

static gboolean
forget_job (ThawJournal *self, gint64 id, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM notes WHERE job IN (SELECT id FROM jobs WHERE id=?1 OR inverse_of=?1)",
    "DELETE FROM durable WHERE job IN (SELECT id FROM jobs WHERE id=?1 OR inverse_of=?1)",
    "DELETE FROM batches WHERE job IN (SELECT id FROM jobs WHERE id=?1 OR inverse_of=?1)",
    "DELETE FROM touched WHERE job IN (SELECT id FROM jobs WHERE id=?1 OR inverse_of=?1)",
    "DELETE FROM clocks WHERE job IN (SELECT id FROM jobs WHERE id=?1 OR inverse_of=?1)",
    "DELETE FROM jobs WHERE id=?1 OR inverse_of=?1",
  };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!thaw_journal_exec (self, error, statements[i], "i", id))
      return FALSE;
  return TRUE;
}

/* A few at a time. Those that still keep something, or aren't over, stay. */
static gboolean
forget_old (ThawJournal *self, gint64 newest, GError **error)
{
  for (guint i = 0; i < 4; i++)
    {
      gint64 id = 0;

      if (!thaw_journal_read (
              self,
              &id,
              0,
              error,
              "SELECT id FROM jobs j WHERE id < ? AND inverse_of = 0 AND ended <> 0"
              " AND NOT EXISTS (SELECT 1 FROM jobs i WHERE (i.id = j.id OR i.inverse_of = j.id)"
              " AND (i.ended = 0 OR EXISTS (SELECT 1 FROM kept k WHERE k.job = i.id)))"
              " ORDER BY id LIMIT 1",
              "i",
              newest - MAX_JOBS))
        return FALSE;
      if (id == 0)
        return TRUE;
      if (!forget_job (self, id, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * thaw_journal_add_job:
 * @self: a journal
 * @kind: of the operation
 * @title: what undo and the history call it
 * @request: (nullable): what to do, for going on after a crash; sunk if floating
 * @inverse_of: the job that this one takes back or does again, or 0. That an inversion is inverted
 * is the same as doing the first job again: what is stored is always that first one.
 * @error: return location
 *
 * Writes down a new job, %THAW_JOURNAL_PLANNED, with a token of its own; it is on the device before
 * this returns.
 *
 * Returns: its id, or 0
 */
gint64
thaw_journal_add_job (ThawJournal *self,
                      const char *kind,
                      const char *title,
                      GVariant *request,
                      gint64 inverse_of,
                      GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_variant_to_bytes (request);
  gint64 id = 0;
  gboolean success;

  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return 0;
  success = insert_job (self, kind, title, bytes, inverse_of, &id, error)
            && forget_old (self, id, error);
  return thaw_journal_end (self, success, error) ? id : 0;
}

static GPtrArray *
list (ThawJournal *self, sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_journal_record_free);
  g_autoptr (GError) local = NULL;

  while (statement != NULL && thaw_journal_step (self, statement, &local))
    g_ptr_array_add (records, record_from_row (self, statement));
  if (statement != NULL && local == NULL)
    return g_steal_pointer (&records);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static GPtrArray *
list_by (ThawJournal *self, const char *sql, gint64 argument, GError **error)
{
  GPtrArray *records;

  if (!thaw_journal_lock (self, error))
    return NULL;
  records = list (self, thaw_journal_query (self, error, sql, "i", argument), error);
  thaw_journal_unlock (self);
  return records;
}

/**
 * thaw_journal_get_job:
 *
 * Returns: (transfer full): the job, or %NULL with %G_IO_ERROR_NOT_FOUND
 */
ThawJournalRecord *
thaw_journal_get_job (ThawJournal *self, gint64 id, GError **error)
{
  g_autoptr (GPtrArray) records
      = list_by (self, "SELECT " COLUMNS " FROM jobs WHERE id=?", id, error);

  if (records == NULL)
    return NULL;
  if (records->len > 0)
    return g_ptr_array_steal_index (records, 0);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_FOUND,
               "The journal has no operation %" G_GINT64_FORMAT,
               id);
  return NULL;
}

GPtrArray *
thaw_journal_list_jobs (ThawJournal *self, guint n_max, GError **error)
{
  return list_by (self, "SELECT " COLUMNS " FROM jobs ORDER BY id DESC LIMIT ?", n_max, error);
}

/**
 * thaw_journal_list_interrupted:
 *
 * Lists the jobs that were let go and aren't over, of owners that live no more, oldest first. One
 * that was only planned, and has done nothing, isn't among them, nor is one that takes back what
 * another one of them has done: that is a part of rolling the other one back.
 *
 * Returns: (transfer container) (element-type ThawJournalRecord): them
 */
GPtrArray *
thaw_journal_list_interrupted (ThawJournal *self, GError **error)
{
  g_autoptr (GPtrArray) records
      = list_by (self,
                 "SELECT " COLUMNS " FROM jobs j WHERE ended = 0 AND (state > ?"
                 " OR EXISTS (SELECT 1 FROM batches b WHERE b.job = j.id))"
                 " AND NOT (kind IN ('undo', 'move-back', 'server-back') AND EXISTS (SELECT 1 FROM jobs o"
                 " WHERE o.id = j.inverse_of AND o.ended = 0)) ORDER BY id",
                 THAW_JOURNAL_PLANNED,
                 error);

  for (guint i = records != NULL ? records->len : 0; i-- > 0;)
    {
      ThawJournalRecord *record = g_ptr_array_index (records, i);

      if (record->is_alive)
        g_ptr_array_remove_index (records, i);
    }
  return g_steal_pointer (&records);
}

static gboolean
take_over (ThawJournal *self, gint64 id, GError **error)
{
  g_autofree char *owner = NULL;
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement
      = thaw_journal_query (self, error, "SELECT owner FROM jobs WHERE id=? AND ended=0", "i", id);

  if (statement == NULL)
    return FALSE;
  if (thaw_journal_step (self, statement, &local))
    owner = thaw_journal_column_dup (statement, 0);
  sqlite3_reset (statement);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (owner == NULL)
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_FOUND,
                 "Operation %" G_GINT64_FORMAT " isn't under way",
                 id);
  else if (g_strcmp0 (owner, self->owner) != 0 && thaw_journal_is_owner_alive (self, owner))
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_BUSY,
                 "Another program goes on with operation %" G_GINT64_FORMAT,
                 id);
  else
    return thaw_journal_exec (self,
                              error,
                              "UPDATE jobs SET owner=? WHERE id=?",
                              "si",
                              self->owner,
                              id);
  return FALSE;
}

/**
 * thaw_journal_adopt:
 *
 * Makes an interrupted job this journal's, for going on with it or for taking it back; of several
 * processes that try one wins.
 *
 * Returns: %TRUE if it is ours; else %G_IO_ERROR_BUSY, or %G_IO_ERROR_NOT_FOUND for one that is
 * over
 */
gboolean
thaw_journal_adopt (ThawJournal *self, gint64 id, GError **error)
{
  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return FALSE;
  return thaw_journal_end (self, take_over (self, id, error), error);
}

/* Once, by whichever comes first: the marks of an inversion, or the end of its job. The lock is
 * held. */
gboolean
thaw_journal_flip (ThawJournal *self, gint64 inverse, GError **error)
{
  gint64 root = 0;

  if (!thaw_journal_read (self,
                          &root,
                          0,
                          error,
                          "SELECT inverse_of FROM jobs WHERE id=?",
                          "i",
                          inverse))
    return FALSE;
  return root == 0
         || (thaw_journal_exec (
                 self,
                 error,
                 "UPDATE jobs SET carrier_before=(SELECT carrier FROM jobs WHERE id=?1)"
                 " WHERE id=?2 AND (SELECT carrier FROM jobs WHERE id=?1) <> ?2",
                 "ii",
                 root,
                 inverse)
             && thaw_journal_exec (
                 self,
                 error,
                 "UPDATE jobs SET carrier=?2, is_undone=1-is_undone, is_rolled_back=(ended=0)"
                 " WHERE id=?1 AND carrier <> ?2",
                 "ii",
                 root,
                 inverse));
}

static gboolean
end_job (ThawJournal *self, gint64 id, ThawJournalState state, GError **error)
{
  return thaw_journal_exec (self,
                            error,
                            "UPDATE jobs SET ended=? WHERE id=? AND ended=0",
                            "ii",
                            g_get_real_time (),
                            id)
         && thaw_journal_exec (self, error, "DELETE FROM durable WHERE job=?", "i", id)
         && thaw_journal_exec (self, error, "DELETE FROM notes WHERE job=?", "i", id)
         && (state != THAW_JOURNAL_DONE || thaw_journal_flip (self, id, error));
}

/**
 * thaw_journal_set_state:
 * @self: a journal
 * @id: a job
 * @state: what it is now
 * @problems: (nullable): replaces what was stored if given; sunk if floating
 * @error: return location
 *
 * Says how a job stands. With %THAW_JOURNAL_DONE, %THAW_JOURNAL_FAILED and %THAW_JOURNAL_CANCELLED
 * it is over, and its notes and durable inodes are gone. An inverse that is done makes its job
 * undone, or done again.
 *
 * Returns: whether it is written; the end of a job that wasn't cancelled, and what waits, is on the
 * device then
 */
gboolean
thaw_journal_set_state (ThawJournal *self,
                        gint64 id,
                        ThawJournalState state,
                        GVariant *problems,
                        GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_variant_to_bytes (problems);
  /* Who cancels doesn't want to wait for a device that is busy: after a power cut the job may be
   * offered again. */
  gboolean is_passing = state == THAW_JOURNAL_RUNNING || state == THAW_JOURNAL_ASKING
                        || state == THAW_JOURNAL_CANCELLED;
  gboolean success;

  if (!thaw_journal_begin (self, is_passing ? THAW_COMMIT_SOON : THAW_COMMIT_DURABLE, error))
    return FALSE;
  success = thaw_journal_exec (self,
                               error,
                               "UPDATE jobs SET state=?, problems=ifnull(?, problems) WHERE id=?",
                               "ibi",
                               (gint64) state,
                               bytes,
                               id)
            && (state < THAW_JOURNAL_DONE || end_job (self, id, state, error));
  return thaw_journal_end (self, success, error);
}
