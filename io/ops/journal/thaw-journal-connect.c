/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening the journal's database, its schema, and what happens to a damaged one: it is put aside
 * under another name, never deleted, and a new one begun. That costs history and undo and no user's
 * file, since hidden names that no journal knows are left alone, and so is what is kept. An error
 * of the disk is not damage: then opening fails, and says so. It never falls back to reading only.
 */

#include "thaw-journal-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define VERSION 1
#define BUSY_TIMEOUT_MSEC 15000
#define MAX_CHECKED_BYTES (32 << 20) /* checking reads it all: some 100 ms for this */

static const char schema[]
    = "CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, title TEXT NOT "
      "NULL, state INTEGER NOT NULL,"
      " request BLOB, problems BLOB, created INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,"
      " inverse_of INTEGER NOT NULL DEFAULT 0, token TEXT NOT NULL, owner TEXT NOT NULL,"
      /* Which job's steps say how things stand: its own, or those of the latest job that took it
         back or did it again. */
      " carrier INTEGER NOT NULL DEFAULT 0, carrier_before INTEGER NOT NULL DEFAULT 0, is_undone "
      "INTEGER NOT NULL DEFAULT 0,"
      " is_rolled_back INTEGER NOT NULL DEFAULT 0, is_evicted INTEGER NOT NULL DEFAULT 0,"
      /* When it last changed something, counted: the order of undo and redo. 0: never. */
      " stamp INTEGER NOT NULL DEFAULT 0);"
      "CREATE INDEX jobs_inverse ON jobs (inverse_of);"
      "CREATE INDEX jobs_state ON jobs (state);"
      "CREATE INDEX jobs_stamp ON jobs (stamp);"
      "CREATE TABLE notes (job INTEGER NOT NULL, key TEXT NOT NULL, value BLOB, PRIMARY KEY (job, "
      "key)) WITHOUT ROWID;"
      "CREATE TABLE durable (id INTEGER PRIMARY KEY, job INTEGER NOT NULL, dev INTEGER NOT NULL, "
      "inodes BLOB NOT NULL);"
      "CREATE INDEX durable_job ON durable (job);"
      /* Steps, as many as were performed in one call: see thaw-step-pack.c. */
      "CREATE TABLE batches (id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL, mode "
      "INTEGER NOT NULL,"
      " is_done INTEGER NOT NULL, n_steps INTEGER NOT NULL, n_back INTEGER NOT NULL, steps BLOB "
      "NOT NULL);"
      "CREATE INDEX batches_job ON batches (job, is_done);"
      /* By the file systems' own clocks: when a job last touched this, or anything there. */
      "CREATE TABLE touched (ino INTEGER NOT NULL, job INTEGER NOT NULL, ctime INTEGER NOT NULL,"
      " PRIMARY KEY (ino, job)) WITHOUT ROWID;"
      "CREATE INDEX touched_job ON touched (job);"
      "CREATE TABLE clocks (job INTEGER NOT NULL, dev INTEGER NOT NULL, ctime INTEGER NOT NULL, "
      "PRIMARY KEY (job, dev)) WITHOUT ROWID;"
      "CREATE TABLE stores (id INTEGER PRIMARY KEY, fsid INTEGER NOT NULL, ino INTEGER NOT NULL, "
      "path BLOB NOT NULL);"
      "CREATE TABLE kept (id INTEGER PRIMARY KEY, store INTEGER NOT NULL, name BLOB NOT NULL, job "
      "INTEGER NOT NULL,"
      " bytes INTEGER NOT NULL, UNIQUE (store, name));"
      "CREATE INDEX kept_job ON kept (job);";

static gboolean
is_damage (int result)
{
  return (result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB;
}

static gboolean
run (ThawJournal *self, const char *sql, gboolean *is_damaged, GError **error)
{
  int result = sqlite3_exec (self->db, sql, NULL, NULL, NULL);

  if (result == SQLITE_OK)
    return TRUE;
  result = sqlite3_extended_errcode (self->db);
  *is_damaged = is_damage (result);
  thaw_journal_set_error (self, result, error);
  return FALSE;
}

/* NULL: error. */
static char *
ask (ThawJournal *self, const char *sql, gboolean *is_damaged, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
  char *answer = NULL;

  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    {
      result = sqlite3_extended_errcode (self->db);
      *is_damaged = is_damage (result);
      thaw_journal_set_error (self, result, error);
    }
  sqlite3_finalize (statement);
  return answer;
}

static gboolean
open_file (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int result = sqlite3_open_v2 (self->path, &self->db, flags, NULL);

  if (self->db != NULL)
    sqlite3_extended_result_codes (self->db, 1);
  if (result == SQLITE_OK && sqlite3_db_readonly (self->db, "main") == 1)
    result = SQLITE_READONLY;
  if (result == SQLITE_OK)
    {
      sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MSEC);
      return TRUE;
    }
  *is_damaged = is_damage (result);
  thaw_journal_set_error (self, result, error);
  return FALSE;
}

/* Only if it is the shared memory that can't be had: a disk that fails or is full is no reason. */
static gboolean
can_do_without_log (ThawJournal *self, const GError *error, gboolean is_damaged)
{
  int result = sqlite3_extended_errcode (self->db), code = sqlite3_system_errno (self->db);

  return !is_damaged && error != NULL && (result & 0xff) == SQLITE_IOERR
         && (result == SQLITE_IOERR_SHMMAP || result == SQLITE_IOERR_SHMOPEN || code == ENODEV)
         && code != EIO && code != ENOSPC && code != EDQUOT;
}

/* For a moment nobody else may use it, so that no memory is shared. */
static char *
leave_log (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  g_autofree char *mode = NULL;

  thaw_journal_disconnect (self);
  if (!open_file (self, is_damaged, error)
      || !run (self, "PRAGMA locking_mode=exclusive", is_damaged, error))
    return NULL;
  mode = ask (self, "PRAGMA journal_mode=delete", is_damaged, error);
  if (mode == NULL || !run (self, "PRAGMA locking_mode=normal", is_damaged, error)
      || !run (self, "SELECT count(*) FROM sqlite_schema", is_damaged, error))
    return NULL;
  return g_steal_pointer (&mode);
}

/* WAL needs memory that processes share; where there is none (some network homes) the old kind of
 * journal does. */
static gboolean
set_log (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *mode = ask (self, "PRAGMA journal_mode=wal", is_damaged, &local);

  if (mode == NULL && can_do_without_log (self, local, *is_damaged))
    mode = leave_log (self, is_damaged, error);
  else if (mode == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  self->has_log = g_strcmp0 (mode, "wal") == 0;
  self->is_synchronous = TRUE;
  return mode != NULL && run (self, "PRAGMA synchronous=FULL", is_damaged, error);
}

static gboolean
check (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  gboolean is_suspect = thaw_journal_has_noted_damage (self);
  g_autofree char *answer = NULL;
  struct stat st;

  if (!is_suspect && stat (self->path, &st) == 0 && st.st_size > MAX_CHECKED_BYTES)
    return TRUE;
  answer = ask (self, "PRAGMA quick_check(1)", is_damaged, error);
  if (answer == NULL)
    return FALSE;
  if (strcmp (answer, "ok") == 0)
    return TRUE;
  *is_damaged = TRUE;
  thaw_journal_set_error (self, SQLITE_CORRUPT, error);
  return FALSE;
}

/* Under the write lock: another process may have been quicker. */
static gboolean
make_tables (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  g_autofree char *version = NULL;
  gboolean done;

  if (!run (self, "BEGIN IMMEDIATE", is_damaged, error))
    return FALSE;
  version = ask (self, "PRAGMA user_version", is_damaged, error);
  done = version != NULL
         && (atoi (version) != 0
             || (run (self, schema, is_damaged, error)
                 && run (self, "PRAGMA user_version=" G_STRINGIFY (VERSION), is_damaged, error)))
         && run (self, "COMMIT", is_damaged, error);
  if (!done && !sqlite3_get_autocommit (self->db))
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  return done;
}

gboolean
thaw_journal_make_schema (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  g_autofree char *version = ask (self, "PRAGMA user_version", is_damaged, error);
  g_autofree char *n_tables = NULL;

  if (version == NULL)
    return FALSE;
  if (atoi (version) > VERSION)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_SUPPORTED,
                   "The journal of operations, “%s”, was made by a newer version of this program",
                   self->path);
      return FALSE;
    }
  if (atoi (version) == 0)
    return make_tables (self, is_damaged, error);
  n_tables = ask (self,
                  "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN"
                  " ('jobs','notes','durable','batches','touched','clocks','stores','kept')",
                  is_damaged,
                  error);
  if (n_tables == NULL)
    return FALSE;
  *is_damaged = atoi (n_tables) != 8;
  if (*is_damaged)
    thaw_journal_set_error (self, SQLITE_CORRUPT, error);
  return !*is_damaged;
}

gboolean
thaw_journal_connect (ThawJournal *self, gboolean *is_damaged, GError **error)
{
  struct stat st;

  *is_damaged = FALSE;
  if (!open_file (self, is_damaged, error) || !set_log (self, is_damaged, error)
      || !check (self, is_damaged, error) || !thaw_journal_make_schema (self, is_damaged, error))
    return FALSE;
  if (stat (self->path, &st) != 0)
    {
      int code = errno;

      g_set_error (error,
                   G_IO_ERROR,
                   g_io_error_from_errno (code),
                   "“%s”: %s",
                   self->path,
                   g_strerror (code));
      return FALSE;
    }
  self->dev = st.st_dev;
  self->ino = st.st_ino;
  return TRUE;
}

static void
finalize_statement (gpointer key, gpointer value, gpointer user_data)
{
  sqlite3_finalize (value);
}

void
thaw_journal_disconnect (ThawJournal *self)
{
  self->token_job = 0;
  g_hash_table_foreach (self->statements, finalize_statement, NULL);
  g_hash_table_remove_all (self->statements);
  if (self->db != NULL)
    sqlite3_close (self->db);
  self->db = NULL;
}

static char *
dup_mark_path (ThawJournal *self)
{
  return g_strconcat (self->path, ".suspect", NULL);
}

void
thaw_journal_note_damage (ThawJournal *self)
{
  g_autofree char *path = dup_mark_path (self);
  int fd = open (path, O_CREAT | O_CLOEXEC | O_WRONLY | O_NOFOLLOW, 0600);

  if (fd >= 0)
    close (fd);
}

gboolean
thaw_journal_has_noted_damage (ThawJournal *self)
{
  g_autofree char *path = dup_mark_path (self);

  return access (path, F_OK) == 0;
}

static gboolean
rename_with_log (ThawJournal *self, const char *aside, GError **error)
{
  /* The database last: until then the next process finds it as damaged as before. */
  static const char *const endings[] = { "-shm", "-wal", "-journal", "" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *from = g_strconcat (self->path, endings[i], NULL);
      g_autofree char *to = g_strconcat (aside, endings[i], NULL);

      if (rename (from, to) != 0 && errno != ENOENT)
        {
          int code = errno;

          g_set_error (error,
                       G_IO_ERROR,
                       g_io_error_from_errno (code),
                       "The damaged journal “%s” can't be put aside: %s",
                       from,
                       g_strerror (code));
          return FALSE;
        }
    }
  return TRUE;
}

static char *
dup_name_aside (ThawJournal *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *when = g_date_time_format (now, "%Y%m%d-%H%M%S");
  char *name = g_strconcat (self->path, ".damaged-", when, NULL);

  for (guint i = 2; access (name, F_OK) == 0; i++)
    {
      g_free (name);
      name = g_strdup_printf ("%s.damaged-%s-%u", self->path, when, i);
    }
  return name;
}

/* One process at a time, and only if it is still damaged when it's our turn. */
gboolean
thaw_journal_put_aside (ThawJournal *self, char **notice, GError **error)
{
  g_autofree char *lock_path = g_strconcat (self->path, ".lock", NULL);
  g_autofree char *mark_path = dup_mark_path (self);
  g_autofree char *aside = NULL;
  int fd = thaw_journal_lock_file (lock_path, g_get_monotonic_time () + 15 * G_USEC_PER_SEC, error);
  gboolean is_damaged = FALSE, done;

  if (fd < 0)
    return FALSE;
  thaw_journal_disconnect (self);
  done = thaw_journal_connect (self, &is_damaged, error);
  if (!done && is_damaged)
    {
      g_clear_error (error);
      thaw_journal_disconnect (self);
      aside = dup_name_aside (self);
      done
          = rename_with_log (self, aside, error) && thaw_journal_connect (self, &is_damaged, error);
      if (done && notice != NULL)
        *notice = g_strdup_printf ("The journal of operations was damaged. It was put aside as "
                                   "“%s”, and a new one begun: what was "
                                   "done before can't be undone any more. No file was touched.",
                                   aside);
    }
  if (done)
    g_unlink (mark_path);
  close (fd);
  return done;
}
