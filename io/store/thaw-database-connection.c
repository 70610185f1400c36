/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection of SQLite: opening it the way the flags say, keeping prepared statements, waiting
 * for locks of other programs, and stopping what is cancelled. Everything here is the worker's.
 *
 * A statement is stopped by the progress handler, never by sqlite3_interrupt(), which could hit the
 * next one. Both it and the waiting for locks give the lane a sign of life. */

#include "thaw-database-private.h"

#define MAX_STATEMENTS 64
#define STEPS_PER_LOOK 2000
#define MAX_PAUSE_USEC 50000

static gboolean
is_stopped (ThawConnection *self)
{
  return self->current != NULL && thaw_database_request_is_over (self->current);
}

static int
on_progress (void *data)
{
  ThawConnection *self = data;

  if (self->store->job != NULL)
    thaw_job_beat (self->store->job);
  return is_stopped (self);
}

static void
pause_until_cancelled (ThawStore *store, gint64 pause_usec)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_nsec += pause_usec * 1000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&store->lock);
  pthread_cond_timedwait (&store->cancelled, &store->lock, &until);
  pthread_mutex_unlock (&store->lock);
}

/* Somebody else holds a lock. Short pauses first: most locks last for a millisecond. */
static int
on_busy (void *data, int n_tries)
{
  ThawConnection *self = data;
  gint64 now_usec = g_get_monotonic_time (), left_usec;

  if (n_tries == 0)
    self->busy_since_usec = now_usec;
  left_usec = self->busy_since_usec
              + __atomic_load_n (&self->store->busy_timeout_usec, __ATOMIC_RELAXED) - now_usec;
  if (left_usec <= 0 || is_stopped (self))
    return 0;
  pause_until_cancelled (self->store,
                         MIN (left_usec, MIN (MAX_PAUSE_USEC, 500 << MIN (n_tries, 7))));
  if (self->store->job != NULL)
    thaw_job_beat (self->store->job);
  return !is_stopped (self);
}

static void
statement_free (gpointer data)
{
  g_autofree ThawStatement *self = data;

  sqlite3_finalize (self->handle);
  g_clear_pointer (&self->columns, thaw_columns_unref);
  g_free (self->sql);
}

void
thaw_connection_set_error (ThawConnection *self, int result, const char *sql, GError **error)
{
  if (is_stopped (self))
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_CANCELLED,
                 "%s: the statement was cancelled",
                 self->store->name);
  else
    g_propagate_error (error, thaw_database_error_new (self->store->name, self->db, result, sql));
}

static gboolean
open_file (ThawConnection *self, gboolean read_only, GError **error)
{
  ThawStore *store = self->store;
  int flags = SQLITE_OPEN_NOMUTEX, result;

  if (read_only)
    flags |= SQLITE_OPEN_READONLY;
  else if (store->flags & THAW_DATABASE_EXISTING)
    flags |= SQLITE_OPEN_READWRITE;
  else
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  result = sqlite3_open_v2 (store->path != NULL ? store->path : ":memory:", &self->db, flags, NULL);
  if (self->db != NULL)
    sqlite3_extended_result_codes (self->db, 1);
  if (result == SQLITE_OK)
    return TRUE;
  thaw_connection_set_error (self, result, NULL, error);
  return FALSE;
}

static gboolean
set_journal (ThawConnection *self, GError **error)
{
  ThawStore *store = self->store;
  gboolean by_log = (store->flags & THAW_DATABASE_ROLLBACK_JOURNAL) == 0;
  const char *sql = by_log ? "PRAGMA journal_mode=wal" : "PRAGMA journal_mode=delete";
  ThawStatement *statement;
  gboolean success;

  if (store->flags & THAW_DATABASE_READ_ONLY)
    sql = "PRAGMA journal_mode";
  statement = thaw_connection_prepare (self, sql, error);
  if (statement == NULL)
    return FALSE;
  success = thaw_connection_step (self, statement, error) == SQLITE_ROW;
  /* Some file systems can't: then it says so by staying as it was, which is no error. */
  if (success)
    store->has_log
        = g_strcmp0 ((const char *) sqlite3_column_text (statement->handle, 0), "wal") == 0;
  thaw_connection_release (self, statement);
  return success;
}

static gboolean
check (ThawConnection *self, GError **error)
{
  ThawStatement *statement = thaw_connection_prepare (self, "PRAGMA quick_check(1)", error);
  const char *answer = "";
  gboolean success;

  if (statement == NULL)
    return FALSE;
  success = thaw_connection_step (self, statement, error) == SQLITE_ROW;
  if (success)
    answer = (const char *) sqlite3_column_text (statement->handle, 0);
  if (success && g_strcmp0 (answer, "ok") != 0)
    {
      g_autoptr (GError) damage
          = thaw_database_error_new (self->store->name, NULL, SQLITE_CORRUPT, NULL);

      g_set_error (error, damage->domain, damage->code, "%s: %s", damage->message, answer);
      success = FALSE;
    }
  thaw_connection_release (self, statement);
  return success;
}

static gboolean
set_up (ThawConnection *self, gboolean is_main, GError **error)
{
  ThawDatabaseFlags flags = self->store->flags;
  gint64 version;

  /* The first thing that reads the file: here it shows whether it is a database. */
  if (!thaw_connection_read_int64 (self, "PRAGMA schema_version", &version, error))
    return FALSE;
  if (is_main && !set_journal (self, error))
    return FALSE;
  if ((flags & THAW_DATABASE_RELAXED)
      && !thaw_connection_exec (self, "PRAGMA synchronous=normal", error))
    return FALSE;
  if (!thaw_connection_exec (self,
                             flags & THAW_DATABASE_FOREIGN_KEYS ? "PRAGMA foreign_keys=on"
                                                                : "PRAGMA foreign_keys=off",
                             error))
    return FALSE;
  return !is_main || (flags & THAW_DATABASE_CHECK) == 0 || check (self, error);
}

/* @read_only: for a cursor, beside the main one. */
ThawConnection *
thaw_connection_new (ThawStore *store, gboolean read_only, ThawDatabaseRequest *request, GError **error)
{
  ThawConnection *self = g_new0 (ThawConnection, 1);

  self->store = store;
  self->current = request;
  self->statements = g_hash_table_new (g_str_hash, g_str_equal);
  if (!open_file (self, read_only || (store->flags & THAW_DATABASE_READ_ONLY), error))
    {
      thaw_connection_free (self);
      return NULL;
    }
  sqlite3_busy_handler (self->db, on_busy, self);
  sqlite3_progress_handler (self->db, STEPS_PER_LOOK, on_progress, self);
  if (!set_up (self, !read_only, error))
    {
      thaw_connection_free (self);
      return NULL;
    }
  return self;
}

void
thaw_connection_free (ThawConnection *self)
{
  ThawStatement *statement;

  self->current = NULL;
  while ((statement = g_queue_peek_head (&self->by_use)) != NULL)
    {
      g_queue_unlink (&self->by_use, &statement->link);
      statement_free (statement);
    }
  g_hash_table_unref (self->statements);
  /* With _v2 nothing can keep it open but a statement that somebody forgot. */
  sqlite3_close_v2 (self->db);
  g_free (self);
}

static gboolean
is_plain_query (sqlite3_stmt *handle, const char *sql)
{
  while (g_ascii_isspace (*sql))
    sql++;
  return sqlite3_stmt_readonly (handle) && sqlite3_column_count (handle) > 0
         && (g_ascii_strncasecmp (sql, "select", 6) == 0
             || g_ascii_strncasecmp (sql, "with", 4) == 0
             || g_ascii_strncasecmp (sql, "values", 6) == 0);
}

/* Only one statement: the rest would be left out silently. */
static gboolean
is_blank (const char *rest)
{
  while (g_ascii_isspace (*rest) || *rest == ';')
    rest++;
  return *rest == '\0';
}

static ThawStatement *
prepare_new (ThawConnection *self, const char *sql, GError **error)
{
  sqlite3_stmt *handle = NULL;
  const char *rest = "";
  ThawStatement *statement;
  int result = sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &rest);

  if (result != SQLITE_OK)
    {
      thaw_connection_set_error (self, result, sql, error);
      return NULL;
    }
  if (handle == NULL || !is_blank (rest))
    {
      g_set_error (error,
                   THAW_DATABASE_ERROR,
                   THAW_DATABASE_ERROR_SQL,
                   "%s: %s (in: %s)",
                   self->store->name,
                   handle == NULL ? "there is no statement"
                                  : "there is more than one statement; run them as a script",
                   sql);
      sqlite3_finalize (handle);
      return NULL;
    }
  statement = g_new (ThawStatement, 1);
  *statement = (ThawStatement){ .handle = handle,
                                .sql = g_strdup (sql),
                                .is_read = is_plain_query (handle, sql) };
  statement->link.data = statement;
  return statement;
}

static void
forget_oldest (ThawConnection *self)
{
  for (GList *l = self->by_use.tail, *previous; l != NULL && self->by_use.length > MAX_STATEMENTS;
       l = previous)
    {
      ThawStatement *statement = l->data;

      previous = l->prev;
      if (statement->is_used)
        continue;
      g_queue_unlink (&self->by_use, l);
      g_hash_table_remove (self->statements, statement->sql);
      statement_free (statement);
    }
}

ThawStatement *
thaw_connection_prepare (ThawConnection *self, const char *sql, GError **error)
{
  ThawStatement *statement = g_hash_table_lookup (self->statements, sql);

  if (statement != NULL && !statement->is_used)
    {
      if (self->by_use.head != &statement->link)
        {
          g_queue_unlink (&self->by_use, &statement->link);
          g_queue_push_head_link (&self->by_use, &statement->link);
        }
    }
  else
    {
      gboolean is_first = statement == NULL;

      statement = prepare_new (self, sql, error);
      if (statement == NULL)
        return NULL;
      statement->is_kept = is_first;
      if (is_first)
        {
          g_hash_table_insert (self->statements, statement->sql, statement);
          g_queue_push_head_link (&self->by_use, &statement->link);
          forget_oldest (self);
        }
    }
  statement->is_used = TRUE;
  return statement;
}

void
thaw_connection_release (ThawConnection *self, ThawStatement *statement)
{
  sqlite3_reset (statement->handle);
  if (sqlite3_bind_parameter_count (statement->handle) > 0)
    sqlite3_clear_bindings (statement->handle);
  statement->is_used = FALSE;
  if (!statement->is_kept)
    statement_free (statement);
}

int
thaw_connection_step (ThawConnection *self, ThawStatement *statement, GError **error)
{
  int result = sqlite3_step (statement->handle);

  if (result == SQLITE_ROW || result == SQLITE_DONE)
    return result;
  thaw_connection_set_error (self, result, statement->sql, error);
  return SQLITE_ERROR;
}

/* After the first step. SQLite prepares a statement anew by itself when the tables have changed. */
ThawColumns *
thaw_statement_get_columns (ThawStatement *self)
{
  int n_reprepared = sqlite3_stmt_status (self->handle, SQLITE_STMTSTATUS_REPREPARE, 0);

  if (self->columns != NULL && self->n_reprepared == n_reprepared)
    return self->columns;
  g_clear_pointer (&self->columns, thaw_columns_unref);
  self->columns = thaw_columns_new (self->handle);
  self->n_reprepared = n_reprepared;
  return self->columns;
}

gboolean
thaw_connection_exec (ThawConnection *self, const char *sql, GError **error)
{
  ThawStatement *statement = thaw_connection_prepare (self, sql, error);
  int result;

  if (statement == NULL)
    return FALSE;
  do
    result = thaw_connection_step (self, statement, error);
  while (result == SQLITE_ROW);
  thaw_connection_release (self, statement);
  return result == SQLITE_DONE;
}

gboolean
thaw_connection_read_int64 (ThawConnection *self, const char *sql, gint64 *value, GError **error)
{
  ThawStatement *statement = thaw_connection_prepare (self, sql, error);
  int result;

  if (statement == NULL)
    return FALSE;
  result = thaw_connection_step (self, statement, error);
  *value = result == SQLITE_ROW ? sqlite3_column_int64 (statement->handle, 0) : 0;
  thaw_connection_release (self, statement);
  return result != SQLITE_ERROR;
}

static gboolean
run_to_end (ThawConnection *self, sqlite3_stmt *handle, const char *sql, GError **error)
{
  int result;

  do
    result = sqlite3_step (handle);
  while (result == SQLITE_ROW);
  if (result != SQLITE_DONE)
    thaw_connection_set_error (self, result, sql, error);
  sqlite3_finalize (handle);
  return result == SQLITE_DONE;
}

gboolean
thaw_connection_exec_script (ThawConnection *self, const char *script, GError **error)
{
  while (!is_blank (script))
    {
      sqlite3_stmt *handle = NULL;
      const char *rest = NULL;
      g_autofree char *sql = NULL;
      int result = sqlite3_prepare_v2 (self->db, script, -1, &handle, &rest);

      sql = g_strndup (script, rest != NULL ? (gsize) (rest - script) : 0);
      if (result != SQLITE_OK)
        {
          thaw_connection_set_error (self, result, sql[0] != '\0' ? sql : script, error);
          return FALSE;
        }
      /* Nothing but a comment is no statement. */
      if (handle != NULL && !run_to_end (self, handle, sql, error))
        return FALSE;
      script = rest;
    }
  return TRUE;
}
