/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job notes for going on after a crash: small things by key, and the inodes of its copy that
 * are on the device, packed eight bytes each. Gone when the job is over. Any thread. */

#include "thaw-journal-store-private.h"

#include <string.h>

/**
 * thaw_journal_put:
 * @value: (nullable): %NULL removes it
 *
 * Writes down a note of a job; it is on the device when this returns %TRUE.
 */
gboolean
thaw_journal_put (ThawJournal *self, gint64 job, const char *key, GBytes *value, GError **error)
{
  gboolean success;

  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return FALSE;
  if (value != NULL)
    success = thaw_journal_exec (self,
                                 error,
                                 "INSERT OR REPLACE INTO notes (job, key, value) VALUES (?, ?, ?)",
                                 "isb",
                                 job,
                                 key,
                                 value);
  else
    success = thaw_journal_exec (self,
                                 error,
                                 "DELETE FROM notes WHERE job=? AND key=?",
                                 "is",
                                 job,
                                 key);
  return thaw_journal_end (self, success, error);
}

/**
 * thaw_journal_get:
 *
 * Returns: (transfer full) (nullable): the note; %NULL without an error if there is none
 */
GBytes *
thaw_journal_get (ThawJournal *self, gint64 job, const char *key, GError **error)
{
  sqlite3_stmt *statement;
  GBytes *value = NULL;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (self,
                                  error,
                                  "SELECT value FROM notes WHERE job=? AND key=?",
                                  "is",
                                  job,
                                  key);
  if (statement != NULL && thaw_journal_step (self, statement, error))
    {
      value = thaw_journal_column_bytes (statement, 0);
      sqlite3_reset (statement);
    }
  thaw_journal_unlock (self);
  return value;
}

/**
 * thaw_journal_add_durable:
 *
 * Notes inodes of a job's copy that are on the device. It survives a kill at once, and a power cut
 * after the next durable commit: what is lost then is copied again.
 */
gboolean
thaw_journal_add_durable (ThawJournal *self,
                          gint64 job,
                          guint64 dev,
                          const guint64 *inodes,
                          gsize n_inodes,
                          GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (inodes, n_inodes * sizeof *inodes);
  gboolean success;

  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  success = thaw_journal_exec (self,
                               error,
                               "INSERT INTO durable (job, dev, inodes) VALUES (?, ?, ?)",
                               "iib",
                               job,
                               (gint64) dev,
                               bytes);
  return thaw_journal_end (self, success, error);
}

static void
add_inodes (GHashTable *set, sqlite3_stmt *statement)
{
  const char *data = sqlite3_column_blob (statement, 0);
  gsize n = (gsize) sqlite3_column_bytes (statement, 0) / sizeof (guint64);

  for (gsize i = 0; i < n; i++)
    g_hash_table_add (set, g_memdup2 (data + i * sizeof (guint64), sizeof (guint64)));
}

/**
 * thaw_journal_load_durable:
 *
 * Returns: (transfer full): a set of guint64 *, those that thaw_journal_add_durable() noted for
 * this job and device
 */
GHashTable *
thaw_journal_load_durable (ThawJournal *self, gint64 job, guint64 dev, GError **error)
{
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (self,
                                  &local,
                                  "SELECT inodes FROM durable WHERE job=? AND dev=? ORDER BY id",
                                  "ii",
                                  job,
                                  (gint64) dev);
  while (statement != NULL && thaw_journal_step (self, statement, &local))
    add_inodes (set, statement);
  thaw_journal_unlock (self);
  if (local == NULL)
    return g_steal_pointer (&set);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/**
 * thaw_journal_is_settled:
 *
 * Looks whether steps of a job were begun and neither done nor taken back, as after a device went
 * away in the middle of them.
 *
 * Returns: %FALSE if there are such, or if the journal can't tell
 */
gboolean
thaw_journal_is_settled (ThawJournal *self, gint64 job)
{
  gint64 n_open = 1;

  if (!thaw_journal_lock (self, NULL))
    return FALSE;
  thaw_journal_read (self,
                     &n_open,
                     1,
                     NULL,
                     "SELECT count(*) FROM batches WHERE job=? AND is_done<>1",
                     "i",
                     job);
  thaw_journal_unlock (self);
  return n_open == 0;
}
