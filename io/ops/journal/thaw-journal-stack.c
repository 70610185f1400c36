/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What undo and redo would take next. Jobs are ordered by when they, or the latest job that
 * inverted them, last changed something. A job that changed something of its own after an undo
 * clears what could be redone. Left out is what could never be inverted again: what was removed for
 * good, and what the kept store had to give up. Any thread. */

#include "thaw-journal-store-private.h"

/* Inverting is all or none, so one step that was for good is enough. */
#define CAN_BE_INVERTED                                                                            \
  " AND j.inverse_of=0 AND j.is_evicted=0 AND j.ended<>0"                                          \
  " AND EXISTS (SELECT 1 FROM batches b WHERE b.job=j.carrier AND b.n_back>0)"                     \
  " AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.job=j.carrier AND b.n_back<b.n_steps)"

static gint64
get_next (ThawJournal *self, const char *sql, char **title, GError **error)
{
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;
  gint64 id = 0;

  if (title != NULL)
    *title = NULL;
  if (!thaw_journal_lock (self, error))
    return 0;
  statement = thaw_journal_query (self, &local, sql, "");
  if (statement != NULL && thaw_journal_step (self, statement, &local))
    {
      id = sqlite3_column_int64 (statement, 0);
      if (title != NULL)
        *title = g_strdup ((const char *) sqlite3_column_text (statement, 1));
      sqlite3_reset (statement);
    }
  thaw_journal_unlock (self);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return id;
}

/**
 * thaw_journal_get_undo:
 * @title: (out) (optional) (nullable): what it is called
 *
 * Returns: the job that undo would take back, 0 if there is none or with an error
 */
gint64
thaw_journal_get_undo (ThawJournal *self, char **title, GError **error)
{
  return get_next (self,
                   "SELECT j.id, j.title FROM jobs j JOIN jobs c ON c.id=j.carrier WHERE "
                   "j.is_undone=0" CAN_BE_INVERTED " ORDER BY c.stamp DESC LIMIT 1",
                   title,
                   error);
}

/**
 * thaw_journal_get_redo:
 * @title: (out) (optional) (nullable): what it is called
 *
 * Returns: the job that redo would do again, 0 if there is none or with an error
 */
gint64
thaw_journal_get_redo (ThawJournal *self, char **title, GError **error)
{
  return get_next (
      self,
      "SELECT j.id, j.title FROM jobs j JOIN jobs c ON c.id=j.carrier WHERE j.is_undone=1"
      " AND j.is_rolled_back=0" CAN_BE_INVERTED
      " AND NOT EXISTS (SELECT 1 FROM jobs n WHERE n.inverse_of=0 AND n.stamp>c.stamp)"
      " ORDER BY c.stamp DESC LIMIT 1",
      title,
      error);
}

/**
 * thaw_journal_may_undo:
 *
 * Asks only whether the job has steps of which none was for good, and none has lost what it kept:
 * whether it is over, is undone already, or the world has changed doesn't matter.
 *
 * Returns: whether undo could take it back; %FALSE too if the journal can't be read
 */
gboolean
thaw_journal_may_undo (ThawJournal *self, gint64 id)
{
  gint64 found = 0;

  if (!thaw_journal_lock (self, NULL))
    return FALSE;
  thaw_journal_read (self,
                     &found,
                     0,
                     NULL,
                     "SELECT 1 FROM jobs j WHERE j.id=?1 AND j.inverse_of=0 AND j.is_evicted=0"
                     " AND EXISTS (SELECT 1 FROM batches b WHERE b.job=?1 AND b.n_back>0)"
                     " AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.job=?1 AND b.n_back<b.n_steps)",
                     "i",
                     id);
  thaw_journal_unlock (self);
  return found != 0;
}
