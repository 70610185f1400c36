/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a request does. All of it is the worker's; the answer is handed to the request's future,
 * which tells the loop.
 *
 * Reads that were waiting together share one transaction: SQLite takes and gives back its file
 * locks for each statement otherwise, which costs more than a look-up does. They were all asked
 * before it began, so each sees what it may see. */

#include "thaw-database-private.h"

#include <string.h>

typedef struct {
  gboolean is_int64;
  gint64 int64;
  gpointer pointer;
  GDestroyNotify destroy;
} Answer;

static void
unref_row (gpointer row)
{
  thaw_row_unref (row);
}

static void
unref_rows (gpointer rows)
{
  thaw_rows_unref (rows);
}

static void
unref_database (gpointer database)
{
  thaw_database_unref (database);
}

/* Without a future nobody is told. */
static void
resolve (ThawDatabaseRequest *request, Answer *answer)
{
  if (request->future == NULL)
    return;
  if (answer->is_int64)
    thaw_future_resolve_int64 (request->future, answer->int64);
  else if (answer->destroy != NULL)
    thaw_future_resolve_pointer (request->future, answer->pointer, answer->destroy);
  else
    thaw_future_resolve (request->future);
}

static void
reject (ThawDatabaseRequest *request, GError *error)
{
  if (request->future != NULL)
    thaw_future_reject (request->future, error);
  else
    g_error_free (error);
}

static gboolean
is_read_request (const ThawDatabaseRequest *request)
{
  return request != NULL && request->kind >= THAW_REQUEST_QUERY
         && request->kind <= THAW_REQUEST_TEXT && request->transaction == NULL;
}

/* Not worth it for one. */
static void
share_reads (ThawStore *self)
{
  if (self->reads_in_one || self->owner != NULL || !is_read_request (self->waiting.first))
    return;
  self->reads_in_one = thaw_connection_exec (self->connection, "BEGIN", NULL);
}

void
thaw_store_end_shared_reads (ThawStore *self)
{
  if (!self->reads_in_one)
    return;
  self->reads_in_one = FALSE;
  self->connection->current = NULL;
  if (!sqlite3_get_autocommit (self->connection->db))
    thaw_connection_exec (self->connection, "COMMIT", NULL);
}

static gboolean
run_query (ThawStore *self, ThawStatement *statement, Answer *answer, GError **error)
{
  ThawConnection *connection = self->connection;
  ThawColumns *columns = NULL;
  int result;

  while ((result = thaw_connection_step (connection, statement, error)) == SQLITE_ROW)
    {
      if (columns == NULL)
        columns = thaw_statement_get_columns (statement);
      thaw_rows_builder_add (&self->rows, statement->handle, columns->n_columns);
    }
  if (result == SQLITE_ERROR)
    {
      thaw_rows_builder_reset (&self->rows);
      return FALSE;
    }
  columns = thaw_statement_get_columns (statement);
  answer->pointer = thaw_rows_builder_pack (&self->rows, columns);
  answer->destroy = unref_rows;
  return TRUE;
}

/* A statement that changes something has to run to its end. */
static gboolean
run_rest (ThawConnection *connection, ThawStatement *statement, GError **error)
{
  int result = SQLITE_ROW;

  while (!statement->is_read && result == SQLITE_ROW)
    result = thaw_connection_step (connection, statement, error);
  return result != SQLITE_ERROR;
}

static void
take_first_cell (ThawDatabaseRequest *request, sqlite3_stmt *handle, Answer *answer)
{
  answer->is_int64 = request->kind == THAW_REQUEST_INT64;
  if (answer->is_int64)
    answer->int64 = sqlite3_column_int64 (handle, 0);
  else
    {
      answer->pointer = g_strdup ((const char *) sqlite3_column_text (handle, 0));
      answer->destroy = g_free;
    }
}

static void
take_row (ThawStore *self, ThawStatement *statement, Answer *answer)
{
  ThawColumns *columns = thaw_statement_get_columns (statement);
  ThawRows *rows;

  thaw_rows_builder_add (&self->rows, statement->handle, columns->n_columns);
  rows = thaw_rows_builder_pack (&self->rows, columns);
  answer->pointer = thaw_rows_get_row (rows, 0);
  answer->destroy = unref_row;
}

static gboolean
run_first_row (ThawStore *self,
               ThawDatabaseRequest *request,
               ThawStatement *statement,
               Answer *answer,
               GError **error)
{
  int result = thaw_connection_step (self->connection, statement, error);

  if (result == SQLITE_ERROR)
    return FALSE;
  if (result == SQLITE_DONE)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_FOUND,
                   "%s: no row was found (in: %s)",
                   self->name,
                   request->sql);
      return FALSE;
    }
  if (request->kind == THAW_REQUEST_ROW)
    take_row (self, statement, answer);
  else
    take_first_cell (request, statement->handle, answer);
  return run_rest (self->connection, statement, error);
}

static gboolean
run_change (ThawStore *self,
            ThawDatabaseRequest *request,
            ThawStatement *statement,
            Answer *answer,
            GError **error)
{
  sqlite3 *db = self->connection->db;
  gint64 before = sqlite3_total_changes64 (db);
  int result;

  do
    result = thaw_connection_step (self->connection, statement, error);
  while (result == SQLITE_ROW);
  answer->is_int64 = TRUE;
  if (request->kind == THAW_REQUEST_INSERT)
    answer->int64 = sqlite3_last_insert_rowid (db);
  else
    answer->int64 = sqlite3_total_changes64 (db) != before ? sqlite3_changes64 (db) : 0;
  return result == SQLITE_DONE;
}

static gboolean
run_prepared (ThawStore *self,
              ThawDatabaseRequest *request,
              ThawStatement *statement,
              Answer *answer,
              GError **error)
{
  if (!thaw_database_request_bind (request, self->connection, statement->handle, error))
    return FALSE;
  switch (request->kind)
    {
    case THAW_REQUEST_QUERY:
      return run_query (self, statement, answer, error);
    case THAW_REQUEST_EXEC:
    case THAW_REQUEST_INSERT:
      return run_change (self, request, statement, answer, error);
    default:
      return run_first_row (self, request, statement, answer, error);
    }
}

static gboolean
run_statement (ThawStore *self, ThawDatabaseRequest *request, Answer *answer, GError **error)
{
  ThawStatement *statement = thaw_connection_prepare (self->connection, request->sql, error);
  gboolean success;

  if (statement == NULL)
    return FALSE;
  if (statement->is_read)
    share_reads (self);
  else
    thaw_store_end_shared_reads (self);
  self->connection->current = request;
  success = run_prepared (self, request, statement, answer, error);
  thaw_connection_release (self->connection, statement);
  if (!success && answer->destroy != NULL)
    answer->destroy (answer->pointer);
  return success;
}

/* All or nothing: a transaction, or a part of the one that it runs in. */
static gboolean
run_script (ThawStore *self, ThawDatabaseRequest *request, GError **error)
{
  ThawConnection *connection = self->connection;
  gboolean is_inside = self->owner != NULL;

  if (!thaw_connection_exec (connection,
                             is_inside ? "SAVEPOINT thaw_script" : "BEGIN IMMEDIATE",
                             error))
    return FALSE;
  if (thaw_connection_exec_script (connection, request->sql, error)
      && thaw_connection_exec (connection, is_inside ? "RELEASE thaw_script" : "COMMIT", error))
    return TRUE;
  connection->current = NULL;
  if (!sqlite3_get_autocommit (connection->db))
    thaw_connection_exec (connection, is_inside ? "ROLLBACK TO thaw_script" : "ROLLBACK", NULL);
  if (is_inside && !sqlite3_get_autocommit (connection->db))
    thaw_connection_exec (connection, "RELEASE thaw_script", NULL);
  return FALSE;
}

/* Takes over @reason. */
static void
transaction_over (ThawTransaction *transaction, GError *reason)
{
  g_clear_error (&transaction->reason);
  transaction->reason = reason;
  transaction->is_over = TRUE;
  if (transaction->guard != NULL)
    thaw_future_resolve (transaction->guard);
}

/* Whatever isn't committed is rolled back. @reason (transfer full, nullable): the error that did
 * it. */
void
thaw_store_end_transaction (ThawStore *self, GError *reason)
{
  ThawTransaction *transaction = g_steal_pointer (&self->owner);

  thaw_cursor_end_all (self, transaction);
  self->connection->current = NULL;
  if (!sqlite3_get_autocommit (self->connection->db))
    thaw_connection_exec (self->connection, "ROLLBACK", NULL);
  transaction_over (transaction, reason);
  thaw_transaction_unref (transaction);
}

static gboolean
run_begin (ThawStore *self, ThawDatabaseRequest *request, Answer *answer, GError **error)
{
  const char *sql = self->flags & THAW_DATABASE_READ_ONLY ? "BEGIN" : "BEGIN IMMEDIATE";

  if (!thaw_connection_exec (self->connection, sql, error))
    {
      transaction_over (request->transaction, NULL);
      return FALSE;
    }
  self->owner = thaw_transaction_ref (request->transaction);
  answer->pointer = thaw_database_new (self, request->transaction);
  answer->destroy = unref_database;
  return TRUE;
}

/* Only a busy one can be tried again: everything else ends the transaction. */
static gboolean
run_commit (ThawStore *self, ThawDatabaseRequest *request, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  thaw_cursor_end_all (self, request->transaction);
  if (thaw_connection_exec (self->connection, "COMMIT", &local_error))
    {
      thaw_store_end_transaction (self, NULL);
      return TRUE;
    }
  if (!g_error_matches (local_error, THAW_DATABASE_ERROR, THAW_DATABASE_ERROR_BUSY)
      || sqlite3_get_autocommit (self->connection->db))
    thaw_store_end_transaction (self, g_error_copy (local_error));
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
run_open (ThawStore *self, ThawDatabaseRequest *request, Answer *answer, GError **error)
{
  self->connection = thaw_connection_new (self, FALSE, request, error);
  if (self->connection != NULL && !thaw_connection_migrate (self->connection, error))
    g_clear_pointer (&self->connection, thaw_connection_free);
  if (self->connection == NULL)
    {
      thaw_future_resolve (self->guard);
      return FALSE;
    }
  answer->pointer = thaw_database_new (self, NULL);
  answer->destroy = unref_database;
  return TRUE;
}

static void
run_close (ThawStore *self)
{
  if (self->owner != NULL)
    thaw_store_end_transaction (self, NULL);
  thaw_cursor_end_all (self, NULL);
  g_ptr_array_set_size (self->idle_readers, 0);
  g_clear_pointer (&self->connection, thaw_connection_free);
  self->close_is_wanted = FALSE;
  if (self->guard != NULL)
    thaw_future_resolve (self->guard);
}

static gboolean
run_fetch (ThawStore *self, ThawDatabaseRequest *request, Answer *answer, GError **error)
{
  answer->pointer = thaw_cursor_fetch (request->cursor, request, error);
  answer->destroy = unref_rows;
  return answer->pointer != NULL;
}

static gboolean
run_kind (ThawStore *self, ThawDatabaseRequest *request, Answer *answer, GError **error)
{
  switch (request->kind)
    {
    case THAW_REQUEST_BEGIN:
      return run_begin (self, request, answer, error);
    case THAW_REQUEST_COMMIT:
      return run_commit (self, request, error);
    case THAW_REQUEST_SCRIPT:
      return run_script (self, request, error);
    case THAW_REQUEST_FETCH:
      return run_fetch (self, request, answer, error);
    default:
      return run_statement (self, request, answer, error);
    }
}

/* SQLite ends a transaction by itself after some errors (no space, an I/O error); and a BEGIN that
 * was written by hand would let everybody else's statements fall into it. */
static gboolean
check_transaction (ThawStore *self, ThawDatabaseRequest *request, gboolean success, GError **error)
{
  ThawConnection *connection = self->connection;

  if (self->owner != NULL && sqlite3_get_autocommit (connection->db))
    thaw_store_end_transaction (self,
                                error != NULL && *error != NULL ? g_error_copy (*error) : NULL);
  if (self->owner != NULL || self->reads_in_one || sqlite3_get_autocommit (connection->db))
    return success;
  thaw_connection_exec (connection, "ROLLBACK", NULL);
  if (success)
    g_set_error (error,
                 THAW_DATABASE_ERROR,
                 THAW_DATABASE_ERROR_SQL,
                 "%s: transactions are begun with thaw_database_begin() (in: %s)",
                 self->name,
                 request->sql);
  return FALSE;
}

/* Why it can't be run at all; NULL if it can. */
static GError *
get_refusal (ThawStore *self, ThawDatabaseRequest *request)
{
  ThawTransaction *transaction = request->transaction;

  if (thaw_database_request_is_over (request))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: it was cancelled", self->name);
  if (request->kind == THAW_REQUEST_OPEN)
    return NULL;
  if (transaction != NULL && transaction->reason != NULL)
    return g_error_new (THAW_DATABASE_ERROR,
                        THAW_DATABASE_ERROR_ROLLED_BACK,
                        "The transaction was rolled back because of an error: %s",
                        transaction->reason->message);
  if (transaction != NULL && transaction->is_over)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "%s: the transaction is over", self->name);
  if (self->connection == NULL)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "%s: the database is closed", self->name);
  return NULL;
}

/* What ends something is done whether or not somebody still waits for the answer. */
static gboolean
run_end (ThawStore *self, ThawDatabaseRequest *request)
{
  switch (request->kind)
    {
    case THAW_REQUEST_CLOSE:
      run_close (self);
      return TRUE;
    case THAW_REQUEST_ROLLBACK:
      if (self->owner != NULL && self->owner == request->transaction)
        thaw_store_end_transaction (self, NULL);
      return TRUE;
    case THAW_REQUEST_END_CURSOR:
      thaw_cursor_end (request->cursor, self);
      return TRUE;
    default:
      return FALSE;
    }
}

/* Takes over @request. */
void
thaw_store_run (ThawStore *self, ThawDatabaseRequest *request)
{
  g_autoptr (ThawDatabaseRequest) owned = request;
  GError *error = NULL;
  Answer answer = { 0 };
  gboolean success = FALSE;

  if (!is_read_request (request) && request->cursor == NULL)
    thaw_store_end_shared_reads (self);
  if (run_end (self, request))
    {
      resolve (request, &answer);
      return;
    }
  error = get_refusal (self, request);
  if (error != NULL && request->kind == THAW_REQUEST_BEGIN)
    transaction_over (request->transaction, NULL);
  if (error == NULL && request->kind == THAW_REQUEST_OPEN)
    success = run_open (self, request, &answer, &error);
  else if (error == NULL)
    {
      self->connection->current = request;
      success = run_kind (self, request, &answer, &error);
      self->connection->current = NULL;
      if (!check_transaction (self, request, success, &error) && success)
        {
          success = FALSE;
          if (answer.destroy != NULL)
            answer.destroy (answer.pointer);
        }
    }
  else if (request->kind == THAW_REQUEST_OPEN)
    thaw_future_resolve (self->guard);

  if (success)
    resolve (request, &answer);
  else
    reject (request, error);
}
