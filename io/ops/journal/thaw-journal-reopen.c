/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job that is over and goes on: what failed of it is tried again, by steps of the same job, so
 * that one undo takes back all of it. And the list of its problems, which becomes shorter when some
 * of them are tried again or given up. Any thread. */

#include "thaw-journal-store-private.h"

/* Nothing but its own steps says how things stand, and all of them are settled. */
#define CAN_GO_ON                                                                                  \
  " AND ended<>0 AND inverse_of=0 AND is_undone=0 AND is_evicted=0 AND carrier=id"                 \
  " AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.job=jobs.id AND b.is_done<>1)"

static gboolean
reopen (ThawJournal *self, gint64 id, GBytes *problems, GError **error)
{
  if (!thaw_journal_exec (
          self,
          error,
          "UPDATE jobs SET ended=0, state=?, owner=?, problems=? WHERE id=?" CAN_GO_ON,
          "isbi",
          (gint64) THAW_JOURNAL_PLANNED,
          self->owner,
          problems,
          id))
    return FALSE;
  if (sqlite3_changes (self->db) == 1)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "Operation %" G_GINT64_FORMAT " can't be gone on with",
               id);
  return FALSE;
}

/**
 * thaw_journal_reopen:
 * @self: a journal
 * @id: a job that is over
 * @problems: (nullable): those that stay; sunk if floating
 * @key: of the note
 * @note: what is to be done now, for going on after a crash
 * @error: return location
 *
 * Makes a job that is over one of this process's again, %THAW_JOURNAL_PLANNED, with one note: both
 * are on the device before this returns. What it does from now on is undone together with what it
 * did before, and is the latest thing that undo would take back.
 *
 * - **Errors**: %G_IO_ERROR_NOT_SUPPORTED for one that was undone meanwhile (also if it was done
 * again), that has lost what it kept, or of which not all is settled.
 *
 * Returns: whether it is open
 */
gboolean
thaw_journal_reopen (ThawJournal *self,
                     gint64 id,
                     GVariant *problems,
                     const char *key,
                     GBytes *note,
                     GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_variant_to_bytes (problems);
  gboolean success;

  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return FALSE;
  success = reopen (self, id, bytes, error)
            && thaw_journal_exec (self,
                                  error,
                                  "INSERT OR REPLACE INTO notes (job, key, value) VALUES (?, ?, ?)",
                                  "isb",
                                  id,
                                  key,
                                  note);
  return thaw_journal_end (self, success, error);
}

/**
 * thaw_journal_set_problems:
 * @self: a journal
 * @id: a job
 * @problems: (nullable): what is left of them; sunk if floating
 * @error: return location
 *
 * Replaces what the journal has of a job's problems. It may be forgotten by a power cut.
 *
 * Returns: whether it is written
 */
gboolean
thaw_journal_set_problems (ThawJournal *self, gint64 id, GVariant *problems, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_variant_to_bytes (problems);

  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  return thaw_journal_end (
      self,
      thaw_journal_exec (self, error, "UPDATE jobs SET problems=? WHERE id=?", "bi", bytes, id),
      error);
}
