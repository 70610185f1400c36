/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's half of a row stream: a query that stands still between one batch of rows and the
 * next. Where it stands decides what else may happen meanwhile:
 *
 * - Inside of a transaction it is that connection's, and ends with the transaction.
 * - With a write-ahead log it gets a connection of its own: it sees the database as it was when it
 *   began, and neither waits for writers nor keeps them waiting. A consumer that updates what it
 *   reads, row by row, would wait for itself otherwise.
 * - Without one (in memory, on a file system that can't) everything is read at once, because a
 *   query that stands still would lock out every writer. Only then is the memory not bounded. */

#include "thaw-database-private.h"

#define BATCH_ROWS 256
#define BATCH_BYTES (64 * 1024)
#define MAX_IDLE_READERS 4

struct _ThawCursor {
  gint ref_count;
  ThawDatabaseRequest *query;         /* its text and parameters, never run as such */
  ThawConnection *connection; /* NULL before the first batch and after the last */
  gboolean owns_connection;
  ThawStatement *statement;
  gboolean is_over;
};

/* Takes over @query. */
ThawCursor *
thaw_cursor_new (ThawDatabaseRequest *query)
{
  ThawCursor *self = g_new0 (ThawCursor, 1);

  self->ref_count = 1;
  self->query = query;
  return self;
}

ThawCursor *
thaw_cursor_ref (ThawCursor *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_cursor_unref (ThawCursor *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_assert (self->statement == NULL);
  thaw_database_request_unref (self->query);
  g_free (self);
}

gboolean
thaw_cursor_is_apart (ThawCursor *self, ThawStore *store)
{
  return self->query->transaction == NULL && (store->has_log || self->connection != NULL);
}

/* NULL with an error. */
static ThawConnection *
take_reader (ThawStore *store, ThawDatabaseRequest *request, GError **error)
{
  if (store->idle_readers->len > 0)
    return g_ptr_array_steal_index_fast (store->idle_readers, store->idle_readers->len - 1);
  return thaw_connection_new (store, TRUE, request, error);
}

static void
give_back_reader (ThawStore *store, ThawConnection *reader)
{
  reader->current = NULL;
  if (store->idle_readers->len < MAX_IDLE_READERS)
    g_ptr_array_add (store->idle_readers, reader);
  else
    thaw_connection_free (reader);
}

void
thaw_cursor_end (ThawCursor *self, ThawStore *store)
{
  self->is_over = TRUE;
  if (self->connection == NULL)
    return;
  g_ptr_array_remove_fast (store->cursors, self);
  if (self->statement != NULL)
    thaw_connection_release (self->connection, self->statement);
  self->statement = NULL;
  if (self->owns_connection)
    give_back_reader (store, self->connection);
  self->connection = NULL;
  thaw_cursor_unref (self);
}

void
thaw_cursor_end_all (ThawStore *store, ThawTransaction *transaction)
{
  for (guint i = store->cursors->len; i-- > 0;)
    {
      ThawCursor *self = g_ptr_array_index (store->cursors, i);

      if (transaction == NULL || self->query->transaction == transaction)
        thaw_cursor_end (self, store);
    }
}

static gboolean
prepare (ThawCursor *self, ThawDatabaseRequest *request, GError **error)
{
  ThawConnection *connection = self->connection;

  connection->current = request;
  self->statement = thaw_connection_prepare (connection, self->query->sql, error);
  if (self->statement == NULL)
    return FALSE;
  if (self->statement->is_read)
    return thaw_database_request_bind (self->query, connection, self->statement->handle, error);
  g_set_error (error,
               THAW_DATABASE_ERROR,
               THAW_DATABASE_ERROR_SQL,
               "%s: only queries can be streamed (in: %s)",
               self->query->store->name,
               self->query->sql);
  return FALSE;
}

/* The store's list keeps it from here on. */
static gboolean
begin (ThawCursor *self, ThawStore *store, ThawDatabaseRequest *request, GError **error)
{
  self->owns_connection = thaw_cursor_is_apart (self, store);
  self->connection
      = self->owns_connection ? take_reader (store, request, error) : store->connection;
  if (self->connection == NULL)
    return FALSE;
  g_ptr_array_add (store->cursors, thaw_cursor_ref (self));
  return prepare (self, request, error);
}

static gboolean
is_batch (ThawCursor *self, ThawStore *store)
{
  if (self->connection == store->connection && self->query->transaction == NULL)
    return FALSE;
  return store->rows.n_rows >= BATCH_ROWS
         || thaw_rows_builder_get_size (&store->rows) >= BATCH_BYTES;
}

/* SQLITE_ROW: there is more. */
static int
read_batch (ThawCursor *self, ThawStore *store, GError **error)
{
  ThawStatement *statement = self->statement;
  int result;

  while ((result = thaw_connection_step (self->connection, statement, error)) == SQLITE_ROW)
    {
      thaw_rows_builder_add (&store->rows,
                             statement->handle,
                             thaw_statement_get_columns (statement)->n_columns);
      if (is_batch (self, store))
        break;
    }
  return result;
}

static ThawRows *
fetch (ThawCursor *self, ThawStore *store, GError **error)
{
  int result = read_batch (self, store, error);
  ThawRows *rows;

  if (result == SQLITE_ERROR)
    {
      thaw_rows_builder_reset (&store->rows);
      thaw_cursor_end (self, store);
      return NULL;
    }
  rows = thaw_rows_builder_pack (&store->rows, thaw_statement_get_columns (self->statement));
  if (result == SQLITE_DONE)
    {
      thaw_rows_set_last (rows);
      thaw_cursor_end (self, store);
    }
  return rows;
}

/* The next rows, perhaps the last ones. */
ThawRows *
thaw_cursor_fetch (ThawCursor *self, ThawDatabaseRequest *request, GError **error)
{
  ThawStore *store = request->store;
  ThawRows *rows;

  if (self->is_over)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_CLOSED,
                   "%s: the stream is over (in: %s)",
                   store->name,
                   self->query->sql);
      return NULL;
    }
  if (self->connection == NULL && !begin (self, store, request, error))
    {
      thaw_cursor_end (self, store);
      return NULL;
    }
  self->connection->current = request;
  rows = fetch (self, store, error);
  if (self->connection != NULL)
    self->connection->current = NULL;
  return rows;
}
