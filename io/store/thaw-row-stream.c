/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of a row stream: gives out the rows of the batch that is here, one a call, and
 * asks for the next batch when it starts to, so that two batches at most are in memory and a
 * consumer rarely waits. Who asks while there is nothing waits in line. All of it is the thread's
 * that made the stream, but for the references. */

#include "thaw-database-private.h"

struct _ThawRowStream {
  gint ref_count;   /* of the users */
  guint n_fetching; /* callbacks under way: they keep the memory */
  gboolean is_gone; /* the users are */
  ThawDatabase *database;
  ThawCursor *cursor;
  ThawRows *rows; /* the batch that is given out */
  guint at;
  ThawRows *ahead;      /* the next one */
  ThawFuture *fetching; /* the request for the one after that */
  GError *error;        /* what ended it, told once all rows before it are out */
  gboolean is_at_end;   /* nothing more will come */
  GQueue waiting;       /* of futures */
};

G_DEFINE_BOXED_TYPE (ThawRowStream, thaw_row_stream, thaw_row_stream_ref, thaw_row_stream_unref)

static void fetch_ahead (ThawRowStream *self);

/* Takes over @query. */
static ThawRowStream *
stream_new (ThawDatabase *database, ThawDatabaseRequest *query, GError *error)
{
  ThawRowStream *self = g_new0 (ThawRowStream, 1);

  self->ref_count = 1;
  self->database = thaw_database_ref (database);
  self->cursor = thaw_cursor_new (query);
  self->error = error;
  self->is_at_end = error != NULL;
  fetch_ahead (self);
  return self;
}

/**
 * thaw_database_stream:
 * @sql: a query
 * @format: (nullable): the types of the parameters, as for [method@Thaw.Database.query]
 *
 * Runs a query whose rows are read as they are asked for. Nothing fails here: an error comes with
 * the first row that is asked for.
 *
 * With a write-ahead log the stream sees the database as it was when it began, whatever is written
 * meanwhile, and may live as long as it likes. In a transaction it sees what that has written, and
 * ends with it. A database in memory, or without a log, is read at once, so there the memory isn't
 * bounded.
 *
 * - **Thread**: the one that opened the database.
 * - **Cancellation**: dropping the stream ends the query.
 *
 * Returns: (transfer full): a stream
 */
ThawRowStream *
thaw_database_stream (ThawDatabase *self, const char *sql, const char *format, ...)
{
  ThawDatabaseRequest *query;
  GError *error = NULL;
  va_list arguments;

  g_return_val_if_fail (self != NULL && sql != NULL, NULL);

  query = thaw_database_request_new (self, THAW_REQUEST_QUERY, sql);
  va_start (arguments, format);
  thaw_database_request_add_parameters (query, format, arguments, &error);
  va_end (arguments);
  return stream_new (self, query, error);
}

/**
 * thaw_database_stream_variant: (rename-to thaw_database_stream)
 * @sql: a query
 * @parameters: (nullable): a tuple, or an `a{sv}` by name
 *
 * As [method@Thaw.Database.stream].
 *
 * Returns: (transfer full): a stream
 */
ThawRowStream *
thaw_database_stream_variant (ThawDatabase *self, const char *sql, GVariant *parameters)
{
  g_autoptr (GVariant) sunk = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  ThawDatabaseRequest *query;
  GError *error = NULL;

  g_return_val_if_fail (self != NULL && sql != NULL, NULL);

  query = thaw_database_request_new (self, THAW_REQUEST_QUERY, sql);
  thaw_database_request_add_variant (query, sunk, &error);
  return stream_new (self, query, error);
}

/**
 * thaw_row_stream_ref:
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawRowStream *
thaw_row_stream_ref (ThawRowStream *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
unref_row (gpointer row)
{
  thaw_row_unref (row);
}

static void
end_cursor (ThawRowStream *self)
{
  ThawDatabaseRequest *request = thaw_database_request_new (self->database, THAW_REQUEST_END_CURSOR, NULL);

  request->cursor = thaw_cursor_ref (self->cursor);
  thaw_store_submit (self->database->store, request);
}

static void
stream_free (ThawRowStream *self)
{
  g_clear_pointer (&self->rows, thaw_rows_unref);
  g_clear_pointer (&self->ahead, thaw_rows_unref);
  g_clear_error (&self->error);
  thaw_cursor_unref (self->cursor);
  thaw_database_unref (self->database);
  g_free (self);
}

/**
 * thaw_row_stream_unref:
 * @self: (transfer full): a stream
 *
 * Drops a reference. With the last one the query ends, and those that still wait for a row are
 * rejected.
 *
 * - **Thread**: any; the last reference: the one that made the stream.
 */
void
thaw_row_stream_unref (ThawRowStream *self)
{
  ThawFuture *future;

  g_return_if_fail (self != NULL);

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  self->is_gone = TRUE;
  if (self->fetching != NULL)
    thaw_future_cancel (self->fetching);
  g_clear_pointer (&self->fetching, thaw_future_unref);
  end_cursor (self);
  while ((future = g_queue_pop_head (&self->waiting)) != NULL)
    {
      thaw_future_cancel (future);
      thaw_future_unref (future);
    }
  if (self->n_fetching == 0)
    stream_free (self);
}

/* The next row, if one is here; borrowed. */
static ThawRow *
peek_row (ThawRowStream *self)
{
  if (self->rows != NULL && self->at == thaw_rows_get_n_rows (self->rows))
    g_clear_pointer (&self->rows, thaw_rows_unref);
  if (self->rows == NULL && self->ahead != NULL)
    {
      self->rows = g_steal_pointer (&self->ahead);
      self->at = 0;
      fetch_ahead (self);
    }
  return self->rows != NULL ? thaw_rows_get_row (self->rows, self->at) : NULL;
}

/* A row counts as given only when the future took it: somebody may have cancelled it meanwhile. */
static void
answer (ThawRowStream *self, ThawFuture *future)
{
  ThawRow *row = peek_row (self);

  if (row != NULL)
    self->at += thaw_future_resolve_pointer (future, thaw_row_ref (row), unref_row) ? 1 : 0;
  else if (self->error != NULL)
    thaw_future_reject (future, g_error_copy (self->error));
  else
    thaw_future_resolve_pointer (future, NULL, NULL);
}

static void
answer_waiting (ThawRowStream *self)
{
  while (self->waiting.length > 0 && (peek_row (self) != NULL || self->is_at_end))
    {
      g_autoptr (ThawFuture) future = g_queue_pop_head (&self->waiting);

      answer (self, future);
    }
}

static void
fetched_cb (ThawFuture *completed, gpointer user_data)
{
  ThawRowStream *self = user_data;
  g_autoptr (ThawRows) rows = NULL;

  if (self->is_gone)
    return;
  rows = thaw_future_take_pointer (completed, &self->error);
  g_clear_pointer (&self->fetching, thaw_future_unref);
  self->is_at_end = rows == NULL || thaw_rows_is_last (rows);
  if (rows != NULL && thaw_rows_get_n_rows (rows) > 0)
    self->ahead = g_steal_pointer (&rows);
  answer_waiting (self);
}

/* After the callback, or instead of it. */
static void
fetched_over (gpointer user_data)
{
  ThawRowStream *self = user_data;

  if (--self->n_fetching == 0 && self->is_gone)
    stream_free (self);
}

static void
fetch_ahead (ThawRowStream *self)
{
  ThawDatabaseRequest *request;

  if (self->is_at_end || self->fetching != NULL || self->ahead != NULL)
    return;
  request = thaw_database_request_new (self->database, THAW_REQUEST_FETCH, NULL);
  request->cursor = thaw_cursor_ref (self->cursor);
  self->fetching = thaw_database_request_add_future (request, "database rows");
  self->n_fetching++;
  thaw_future_done (self->fetching, NULL, fetched_cb, self, fetched_over);
  thaw_store_submit (self->database->store, request);
}

/**
 * thaw_row_stream_next:
 *
 * Asks for the next row. While rows are there the future is complete already, so that a fiber which
 * awaits it goes on without a pause.
 *
 * - **Thread**: the one that made the stream.
 * - **Errors**: those of the query, after all rows that came before.
 * - **Cancellation**: cancelling the future, or dropping the stream. A row that nobody took is the
 *   next one's.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Row], or to %NULL at the end
 */
ThawFuture *
thaw_row_stream_next (ThawRowStream *self)
{
  ThawFuture *future;

  g_return_val_if_fail (self != NULL, NULL);

  future = thaw_future_new ("next row");
  if (self->waiting.length == 0 && (peek_row (self) != NULL || self->is_at_end))
    answer (self, future);
  else
    g_queue_push_tail (&self->waiting, thaw_future_ref (future));
  return future;
}
