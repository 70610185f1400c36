/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statements, transactions and errors of the journal's database. Any thread, one at a time behind
 * the journal's lock. A transaction that fails is rolled back whole, so that whoever asked may try
 * again or leave it; nothing is ever written outside of one. Before each the file is compared with
 * the one that was opened: another process may have put a damaged one aside, and what is written
 * into that one would be lost to everybody else. */

#include "thaw-journal-store-private.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

typedef struct {
  int result;
  GIOErrorEnum code;
  const char *what;
} Meaning;

static const Meaning meanings[] = {
  { SQLITE_FULL, G_IO_ERROR_NO_SPACE, "there is no space left for it" },
  { SQLITE_BUSY, G_IO_ERROR_BUSY, "another program keeps it locked" },
  { SQLITE_READONLY, G_IO_ERROR_READ_ONLY, "it can't be written to" },
  { SQLITE_PERM, G_IO_ERROR_PERMISSION_DENIED, "there is no permission to use it" },
  { SQLITE_CORRUPT, G_IO_ERROR_INVALID_DATA, "it is damaged" },
  { SQLITE_NOTADB, G_IO_ERROR_INVALID_DATA, "it is damaged" },
  { SQLITE_IOERR, G_IO_ERROR_FAILED, "the disk reported an error" },
};

/* What the system said is nearer to the cause than SQLite's code for it. */
static gboolean
get_system_code (int result, int code, GIOErrorEnum *io_code)
{
  int primary = result & 0xff;

  if (code == 0 || (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN))
    return FALSE;
  *io_code = (GIOErrorEnum) g_io_error_from_errno (code);
  return TRUE;
}

void
thaw_journal_set_error (ThawJournal *self, int result, GError **error)
{
  int code = self->db != NULL ? sqlite3_system_errno (self->db) : 0;
  const char *words = self->db != NULL ? sqlite3_errmsg (self->db) : sqlite3_errstr (result);
  const char *what = "it can't be used";
  GIOErrorEnum io_code = G_IO_ERROR_FAILED;

  if ((result & 0xff) == SQLITE_CORRUPT || (result & 0xff) == SQLITE_NOTADB)
    thaw_journal_note_damage (self);
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].result == (result & 0xff))
      {
        io_code = meanings[i].code;
        what = meanings[i].what;
      }
  if (get_system_code (result, code, &io_code))
    what = g_strerror (code);
  g_set_error (error,
               G_IO_ERROR,
               (int) io_code,
               "The journal of operations, “%s”: %s (%s)",
               self->path,
               what,
               words);
}

static gboolean
run_simple (ThawJournal *self, const char *sql, GError **error)
{
  int result = sqlite3_exec (self->db, sql, NULL, NULL, NULL);

  if (result != SQLITE_OK)
    thaw_journal_set_error (self, sqlite3_extended_errcode (self->db), error);
  return result == SQLITE_OK;
}

static gboolean
is_current (ThawJournal *self)
{
  struct stat st;

  return self->db != NULL && stat (self->path, &st) == 0 && (guint64) st.st_dev == self->dev
         && (guint64) st.st_ino == self->ino;
}

gboolean
thaw_journal_lock (ThawJournal *self, GError **error)
{
  gboolean is_damaged;

  pthread_mutex_lock (&self->lock);
  if (is_current (self))
    return TRUE;
  thaw_journal_disconnect (self);
  if (thaw_journal_connect (self, &is_damaged, error))
    return TRUE;
  thaw_journal_disconnect (self);
  pthread_mutex_unlock (&self->lock);
  return FALSE;
}

void
thaw_journal_unlock (ThawJournal *self)
{
  pthread_mutex_unlock (&self->lock);
}

static gboolean
set_synchronous (ThawJournal *self, ThawCommit commit, GError **error)
{
  gboolean is_synchronous = commit == THAW_COMMIT_DURABLE || !self->has_log;

  if (is_synchronous == self->is_synchronous)
    return TRUE;
  if (!run_simple (self,
                   is_synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                   error))
    return FALSE;
  self->is_synchronous = is_synchronous;
  return TRUE;
}

gboolean
thaw_journal_begin (ThawJournal *self, ThawCommit commit, GError **error)
{
  if (!thaw_journal_lock (self, error))
    return FALSE;
  if (set_synchronous (self, commit, error) && run_simple (self, "BEGIN IMMEDIATE", error))
    return TRUE;
  thaw_journal_unlock (self);
  return FALSE;
}

gboolean
thaw_journal_end (ThawJournal *self, gboolean success, GError **error)
{
  gboolean committed = success && run_simple (self, "COMMIT", error);

  if (!committed && !sqlite3_get_autocommit (self->db))
    run_simple (self, "ROLLBACK", NULL);
  thaw_journal_unlock (self);
  return committed;
}

static sqlite3_stmt *
prepare (ThawJournal *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int result;

  if (statement != NULL)
    {
      sqlite3_reset (statement);
      return statement;
    }
  result = sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (result != SQLITE_OK)
    {
      thaw_journal_set_error (self, result, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, g_strdup (sql), statement);
  return statement;
}

/* @lifetime: SQLITE_STATIC where the arguments outlive what the statement is used for. */
static void
bind_one (sqlite3_stmt *statement,
          int i,
          char letter,
          sqlite3_destructor_type lifetime,
          va_list *arguments)
{
  if (letter == 'i')
    sqlite3_bind_int64 (statement, i, va_arg (*arguments, gint64));
  else if (letter == 's')
    sqlite3_bind_text (statement, i, va_arg (*arguments, const char *), -1, lifetime);
  else if (letter == 't')
    {
      const char *text = va_arg (*arguments, const char *);

      sqlite3_bind_blob (statement, i, text, text != NULL ? (int) strlen (text) : 0, lifetime);
    }
  else
    {
      GBytes *bytes = va_arg (*arguments, GBytes *);
      gsize size = 0;
      gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

      if (bytes == NULL)
        sqlite3_bind_null (statement, i);
      else
        sqlite3_bind_blob64 (statement, i, data != NULL ? data : "", size, lifetime);
    }
}

static sqlite3_stmt *
query (ThawJournal *self,
       GError **error,
       const char *sql,
       const char *format,
       sqlite3_destructor_type lifetime,
       va_list *arguments)
{
  sqlite3_stmt *statement = prepare (self, sql, error);

  if (statement == NULL)
    return NULL;
  g_assert (sqlite3_bind_parameter_count (statement) == (int) strlen (format));
  for (int i = 0; format[i] != '\0'; i++)
    bind_one (statement, i + 1, format[i], lifetime, arguments);
  return statement;
}

/* Of what is kept for the next time: a request with a hundred thousand names isn't to stay in it.
 */
static void
let_go (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

sqlite3_stmt *
thaw_journal_query (ThawJournal *self, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement;
  va_list arguments;

  va_start (arguments, format);
  statement = query (self, error, sql, format, SQLITE_TRANSIENT, &arguments);
  va_end (arguments);
  return statement;
}

gboolean
thaw_journal_step (ThawJournal *self, sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result == SQLITE_ROW)
    return TRUE;
  if (result != SQLITE_DONE)
    thaw_journal_set_error (self, sqlite3_extended_errcode (self->db), error);
  sqlite3_reset (statement);
  return FALSE;
}

gboolean
thaw_journal_exec (ThawJournal *self, GError **error, const char *sql, const char *format, ...)
{
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;
  va_list arguments;

  va_start (arguments, format);
  statement = query (self, &local, sql, format, SQLITE_STATIC, &arguments);
  va_end (arguments);
  if (statement != NULL)
    {
      thaw_journal_step (self, statement, &local);
      let_go (statement);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
thaw_journal_read (ThawJournal *self,
                   gint64 *value,
                   gint64 fallback,
                   GError **error,
                   const char *sql,
                   const char *format,
                   ...)
{
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;
  va_list arguments;

  *value = fallback;
  va_start (arguments, format);
  statement = query (self, &local, sql, format, SQLITE_STATIC, &arguments);
  va_end (arguments);
  if (statement != NULL && thaw_journal_step (self, statement, &local)
      && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *value = sqlite3_column_int64 (statement, 0);
  if (statement != NULL)
    let_go (statement);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GBytes *
thaw_journal_column_bytes (sqlite3_stmt *statement, int column)
{
  gconstpointer data;

  if (sqlite3_column_type (statement, column) == SQLITE_NULL)
    return NULL;
  data = sqlite3_column_blob (statement, column);
  return g_bytes_new (data, (gsize) sqlite3_column_bytes (statement, column));
}

char *
thaw_journal_column_dup (sqlite3_stmt *statement, int column)
{
  const char *data;

  if (sqlite3_column_type (statement, column) == SQLITE_NULL)
    return NULL;
  data = sqlite3_column_blob (statement, column);
  return g_strndup (data != NULL ? data : "", (gsize) sqlite3_column_bytes (statement, column));
}
