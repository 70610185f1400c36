/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public side of the database: handles, and turning what is asked into requests. A handle is
 * the database itself or one transaction of it; the same functions take both, so that code which
 * reads and writes needs not know whether it runs in a transaction. Nothing here touches the file:
 * that is the worker's. What the files of this folder do is in thaw-database-private.h. */

#include "thaw-database-private.h"

G_DEFINE_BOXED_TYPE (ThawDatabase, thaw_database, thaw_database_ref, thaw_database_unref)

static void
free_connection (gpointer connection)
{
  thaw_connection_free (connection);
}

static char *
dup_name (GFile *file)
{
  return file != NULL ? g_file_get_parse_name (file) : g_strdup ("in memory");
}

static ThawLane *
new_lane (const char *name, const char *path)
{
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  return thaw_lane_new_private (name, 1, folder);
}

static void
init_lock (ThawStore *self)
{
  pthread_condattr_t attributes;

  pthread_mutex_init (&self->lock, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&self->cancelled, &attributes);
  pthread_condattr_destroy (&attributes);
}

static ThawStore *
store_new (GFile *file, ThawDatabaseFlags flags, const char *const *migrations)
{
  ThawStore *self = g_new0 (ThawStore, 1);

  self->ref_count = 1;
  self->path = file != NULL ? g_file_get_path (file) : NULL;
  self->name = dup_name (file);
  self->flags = flags;
  self->migrations = g_strdupv ((char **) migrations);
  self->busy_timeout_usec = THAW_DATABASE_BUSY_TIMEOUT_USEC;
  self->thread = g_thread_self ();
  self->scope = thaw_scope_new ("database", NULL);
  self->lane = new_lane (self->name, self->path);
  self->starts = thaw_mailbox_new ("database",
                                   thaw_scope_get_pump (self->scope),
                                   NULL,
                                   THAW_MAILBOX_UNBOUNDED,
                                   thaw_store_start_cb,
                                   NULL,
                                   (GDestroyNotify) thaw_store_unref);
  init_lock (self);
  self->idle_readers = g_ptr_array_new_with_free_func (free_connection);
  self->cursors = g_ptr_array_new ();
  thaw_rows_builder_init (&self->rows);
  return self;
}

ThawStore *
thaw_store_ref (ThawStore *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_store_unref (ThawStore *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_assert (self->connection == NULL);
  g_clear_pointer (&self->guard, thaw_future_unref);
  thaw_mailbox_unref (self->starts);
  thaw_lane_unref (self->lane);
  thaw_scope_unref (self->scope);
  g_ptr_array_unref (self->idle_readers);
  g_ptr_array_unref (self->cursors);
  thaw_rows_builder_clear (&self->rows);
  pthread_cond_destroy (&self->cancelled);
  pthread_mutex_destroy (&self->lock);
  g_strfreev (self->migrations);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

static ThawTransaction *
transaction_new (ThawStore *store)
{
  ThawTransaction *self = g_new0 (ThawTransaction, 1);

  self->ref_count = 1;
  self->store = thaw_store_ref (store);
  return self;
}

ThawTransaction *
thaw_transaction_ref (ThawTransaction *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_transaction_unref (ThawTransaction *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_pointer (&self->guard, thaw_future_unref);
  g_clear_error (&self->reason);
  thaw_store_unref (self->store);
  g_free (self);
}

ThawDatabase *
thaw_database_new (ThawStore *store, ThawTransaction *transaction)
{
  ThawDatabase *self = g_new0 (ThawDatabase, 1);

  self->ref_count = 1;
  self->store = thaw_store_ref (store);
  self->transaction = transaction != NULL ? thaw_transaction_ref (transaction) : NULL;
  return self;
}

/**
 * thaw_database_ref:
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawDatabase *
thaw_database_ref (ThawDatabase *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/* A request that nobody waits for. */
static void
submit_end (ThawDatabase *self, ThawRequestKind kind)
{
  thaw_store_submit (self->store, thaw_database_request_new (self, kind, NULL));
}

/**
 * thaw_database_unref:
 * @self: (transfer full): a database or a transaction
 *
 * Drops a reference. The last one of a database closes it once all that was asked is done; the last
 * one of a transaction that isn't committed rolls it back.
 *
 * - **Thread**: any.
 */
void
thaw_database_unref (ThawDatabase *self)
{
  g_return_if_fail (self != NULL);

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  submit_end (self, self->transaction != NULL ? THAW_REQUEST_ROLLBACK : THAW_REQUEST_CLOSE);
  g_clear_pointer (&self->transaction, thaw_transaction_unref);
  thaw_store_unref (self->store);
  g_free (self);
}

/**
 * thaw_database_get_name:
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): the file's path, for the user
 */
const char *
thaw_database_get_name (ThawDatabase *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->store->name;
}

/**
 * thaw_database_set_busy_timeout:
 * @timeout_usec: microseconds; 0 to fail at once
 *
 * Sets how long a statement waits for a lock that another program holds, before it fails with
 * %THAW_DATABASE_ERROR_BUSY; %THAW_DATABASE_BUSY_TIMEOUT_USEC at first. Other statements of this
 * database wait too: it is one thread.
 *
 * - **Thread**: any; counts from the next look on.
 */
void
thaw_database_set_busy_timeout (ThawDatabase *self, gint64 timeout_usec)
{
  g_return_if_fail (self != NULL);

  __atomic_store_n (&self->store->busy_timeout_usec, timeout_usec, __ATOMIC_RELAXED);
}

/**
 * thaw_database_is_transaction:
 *
 * - **Thread**: any.
 *
 * Returns: whether it came from [method@Thaw.Database.begin]
 */
gboolean
thaw_database_is_transaction (ThawDatabase *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->transaction != NULL;
}

/* What runs for @request has no business any more. */
static void
wake_worker (ThawStore *store)
{
  pthread_mutex_lock (&store->lock);
  pthread_cond_broadcast (&store->cancelled);
  pthread_mutex_unlock (&store->lock);
}

static ThawFuture *
new_refusal (ThawScope *scope)
{
  return thaw_future_new_rejected (g_error_new (G_IO_ERROR,
                                                G_IO_ERROR_CANCELLED,
                                                "The scope %s has ended",
                                                thaw_scope_get_name (scope)));
}

static void
store_scope_ended (gpointer data)
{
  ThawStore *self = data;
  ThawDatabase handle = { .store = self };

  __atomic_store_n (&self->is_doomed, TRUE, __ATOMIC_RELEASE);
  wake_worker (self);
  submit_end (&handle, THAW_REQUEST_CLOSE);
}

/**
 * thaw_database_open:
 * @scope: what the database belongs to
 * @file: (nullable): a native file, or %NULL for a database in memory
 * @flags: how to open it
 * @migrations: (nullable) (array zero-terminated=1): SQL scripts; number i brings the schema from
 * `user_version` i to i + 1
 *
 * Opens a database and brings its schema up to date. Each migration runs in a transaction of its
 * own, so that after a crash or an error the schema is an old one or a new one, never between. The
 * database works on a thread of its own, one statement after the other, so that what was asked
 * first is done first.
 *
 * When @scope ends, running statements are stopped, open transactions are rolled back and the
 * database is closed. It is also closed when its last reference goes.
 *
 * - **Thread**: call on the loop's thread, whose the database is from then on.
 * - **Errors**: %THAW_DATABASE_ERROR: CANNOT_OPEN, NOT_A_DATABASE, CORRUPT, BUSY, FULL, READ_ONLY;
 * SCHEMA when a newer program made it, or a migration fails (then the message says which).
 * %G_IO_ERROR_NOT_SUPPORTED for a file that isn't native.
 * - **Cancellation**: cancel the future or the scope; a file that was made meanwhile stays.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Database]
 */
ThawFuture *
thaw_database_open (ThawScope *scope,
                    GFile *file,
                    ThawDatabaseFlags flags,
                    const char *const *migrations)
{
  g_autoptr (ThawStore) store = NULL;
  ThawDatabase handle = { 0 };
  ThawDatabaseRequest *request;
  ThawFuture *future;

  g_return_val_if_fail (scope != NULL, NULL);
  g_return_val_if_fail (file == NULL || G_IS_FILE (file), NULL);

  if (thaw_scope_is_cancelled (scope))
    return new_refusal (scope);
  if (file != NULL && (!g_file_is_native (file) || g_file_peek_path (file) == NULL))
    {
      g_autofree char *name = g_file_get_parse_name (file);

      return thaw_future_new_rejected (g_error_new (G_IO_ERROR,
                                                    G_IO_ERROR_NOT_SUPPORTED,
                                                    "%s: a database must be a local file",
                                                    name));
    }
  store = store_new (file, flags, migrations);
  store->guard = thaw_scope_guard_new (scope,
                                       store_scope_ended,
                                       thaw_store_ref (store),
                                       (GDestroyNotify) thaw_store_unref);
  handle.store = store;
  request = thaw_database_request_new (&handle, THAW_REQUEST_OPEN, NULL);
  future = thaw_database_request_add_future (request, "open database");
  thaw_store_submit (store, request);
  return future;
}

static ThawFuture *
submit (ThawDatabaseRequest *request, const char *name)
{
  ThawFuture *future = thaw_database_request_add_future (request, name);

  thaw_store_submit (request->store, request);
  return future;
}

/**
 * thaw_database_close:
 *
 * Closes the database when all that was asked before is done; transactions that are still open then
 * are rolled back, and streams end. From now on statements are refused.
 *
 * - **Thread**: the one that opened it.
 * - **Errors**: none.
 * - **Cancellation**: only the waiting ends, the closing goes on.
 *
 * Returns: (transfer full): a future that resolves with nothing when the file is closed
 */
ThawFuture *
thaw_database_close (ThawDatabase *self)
{
  ThawDatabaseRequest *request;

  g_return_val_if_fail (self != NULL, NULL);

  request = thaw_database_request_new (self, THAW_REQUEST_CLOSE, NULL);
  g_clear_pointer (&request->transaction, thaw_transaction_unref);
  return submit (request, "close database");
}

/* Takes over @request and @error. */
static ThawFuture *
submit_unless (ThawDatabaseRequest *request, const char *name, GError *error)
{
  if (error == NULL)
    return submit (request, name);
  thaw_database_request_unref (request);
  return thaw_future_new_rejected (error);
}

static ThawFuture *
submit_statement (ThawDatabase *self,
                  ThawRequestKind kind,
                  const char *name,
                  const char *sql,
                  const char *format,
                  va_list arguments)
{
  ThawDatabaseRequest *request = thaw_database_request_new (self, kind, sql);
  GError *error = NULL;

  thaw_database_request_add_parameters (request, format, arguments, &error);
  return submit_unless (request, name, error);
}

#define SUBMIT(kind, name)                                                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    ThawFuture *future_;                                                                           \
    va_list arguments_;                                                                            \
                                                                                                   \
    g_return_val_if_fail (self != NULL && sql != NULL, NULL);                                      \
    va_start (arguments_, format);                                                                 \
    future_ = submit_statement (self, kind, name, sql, format, arguments_);                        \
    va_end (arguments_);                                                                           \
    return future_;                                                                                \
  }                                                                                                \
  G_STMT_END

/**
 * thaw_database_query: (skip)
 * @sql: one statement
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * Runs a query and collects all its rows. @format has a letter for each parameter, as GVariant has
 * them: `b` gboolean, `i` gint, `u` guint, `x` gint64, `t` guint64, `d` double, `s` string
 * (nullable), `B` `GBytes` (nullable), `n` for NULL, which takes no argument, and `v` `GVariant`: a
 * basic value, a tuple that counts as its children, or an `a{sv}` by name. A letter may carry the
 * name of its parameter, `"s:title x:id"`; otherwise the next position is meant. Everything is
 * copied.
 *
 * The prepared statement is kept for the next time: use parameters, never a text put together.
 *
 * - **Thread**: the one that opened the database; it runs on the database's.
 * - **Errors**: %THAW_DATABASE_ERROR; %G_IO_ERROR_CLOSED when the database is closed or the
 * transaction is over; %THAW_ERROR_NOT_ANSWERING when its file system isn't.
 * - **Cancellation**: cancel the future: a statement that waits never runs, one that runs is
 * stopped within a few microseconds. A change that is stopped leaves nothing behind; in a
 * transaction it takes that down with it.
 *
 * Returns: (transfer full): a future that resolves to [struct@Thaw.Rows]
 */
ThawFuture *
thaw_database_query (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_QUERY, "database query");
}

/**
 * thaw_database_query_row: (skip)
 * @sql: one statement
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * Asks for the first row. Many of these at once are cheap: they share a transaction. Otherwise as
 * [method@Thaw.Database.query].
 *
 * - **Errors**: also %G_IO_ERROR_NOT_FOUND without a row.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Row]
 */
ThawFuture *
thaw_database_query_row (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_ROW, "database row");
}

/**
 * thaw_database_query_int64: (skip)
 * @sql: one statement
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * Asks for the first column of the first row, as an integer; 0 for NULL. Otherwise as
 * [method@Thaw.Database.query_row].
 *
 * Returns: (transfer full): a future that resolves to an integer
 */
ThawFuture *
thaw_database_query_int64 (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_INT64, "database number");
}

/**
 * thaw_database_query_text: (skip)
 * @sql: one statement
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * Asks for the first column of the first row, as a text. Otherwise as
 * [method@Thaw.Database.query_row].
 *
 * Returns: (transfer full): a future that resolves to a string to be freed, or to %NULL for NULL
 */
ThawFuture *
thaw_database_query_text (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_TEXT, "database text");
}

/**
 * thaw_database_exec: (skip)
 * @sql: one statement
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * Runs a statement that changes something. Otherwise as [method@Thaw.Database.query].
 *
 * - **Errors**: after %THAW_DATABASE_ERROR_FULL, IO and the like nothing of the statement is left,
 * and its transaction is over.
 *
 * Returns: (transfer full): a future that resolves to how many rows were inserted, changed or
 * deleted, when that is on the device (outside of a transaction)
 */
ThawFuture *
thaw_database_exec (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_EXEC, "database change");
}

/**
 * thaw_database_insert: (skip)
 * @sql: an INSERT
 * @format: (nullable): the types of the parameters
 * @...: the parameters
 *
 * As [method@Thaw.Database.exec], for a row whose key SQLite chooses.
 *
 * Returns: (transfer full): a future that resolves to the rowid of the last row inserted
 */
ThawFuture *
thaw_database_insert (ThawDatabase *self, const char *sql, const char *format, ...)
{
  SUBMIT (THAW_REQUEST_INSERT, "database insert");
}

/**
 * thaw_database_exec_script:
 * @script: SQL statements without parameters
 *
 * Runs several statements, all or nothing. It must not begin or end a transaction itself.
 *
 * Threads, errors and cancellation as for [method@Thaw.Database.exec].
 *
 * Returns: (transfer full): a future that resolves with nothing
 */
ThawFuture *
thaw_database_exec_script (ThawDatabase *self, const char *script)
{
  g_return_val_if_fail (self != NULL && script != NULL, NULL);

  return submit (thaw_database_request_new (self, THAW_REQUEST_SCRIPT, script), "database script");
}

static ThawFuture *
submit_variant (ThawDatabase *self,
                ThawRequestKind kind,
                const char *name,
                const char *sql,
                GVariant *parameters)
{
  g_autoptr (GVariant) sunk = parameters != NULL ? g_variant_ref_sink (parameters) : NULL;
  ThawDatabaseRequest *request = thaw_database_request_new (self, kind, sql);
  GError *error = NULL;

  thaw_database_request_add_variant (request, sunk, &error);
  return submit_unless (request, name, error);
}

/**
 * thaw_database_query_variant: (rename-to thaw_database_query)
 * @sql: one statement
 * @parameters: (nullable): a tuple, or an `a{sv}` by name; a `m` that holds nothing is NULL
 *
 * As [method@Thaw.Database.query].
 *
 * Returns: (transfer full): a future that resolves to [struct@Thaw.Rows]
 */
ThawFuture *
thaw_database_query_variant (ThawDatabase *self, const char *sql, GVariant *parameters)
{
  g_return_val_if_fail (self != NULL && sql != NULL, NULL);

  return submit_variant (self, THAW_REQUEST_QUERY, "database query", sql, parameters);
}

/**
 * thaw_database_exec_variant: (rename-to thaw_database_exec)
 * @sql: one statement
 * @parameters: (nullable): a tuple, or an `a{sv}` by name; a `m` that holds nothing is NULL
 *
 * As [method@Thaw.Database.exec].
 *
 * Returns: (transfer full): a future that resolves to how many rows were changed
 */
ThawFuture *
thaw_database_exec_variant (ThawDatabase *self, const char *sql, GVariant *parameters)
{
  g_return_val_if_fail (self != NULL && sql != NULL, NULL);

  return submit_variant (self, THAW_REQUEST_EXEC, "database change", sql, parameters);
}

static void
transaction_scope_ended (gpointer data)
{
  ThawTransaction *self = data;
  ThawDatabase handle = { .store = self->store, .transaction = self };

  __atomic_store_n (&self->is_doomed, TRUE, __ATOMIC_RELEASE);
  wake_worker (self->store);
  submit_end (&handle, THAW_REQUEST_ROLLBACK);
}

static ThawFuture *
new_misuse (ThawDatabase *self, const char *what)
{
  return thaw_future_new_rejected (g_error_new (THAW_DATABASE_ERROR,
                                                THAW_DATABASE_ERROR_PARAMETERS,
                                                "%s: %s",
                                                self->store->name,
                                                what));
}

/**
 * thaw_database_begin:
 * @self: a database, not a transaction
 * @scope: what the transaction belongs to
 *
 * Begins a transaction. The handle that it resolves to is used as the database is; what is asked of
 * it runs in the transaction, and what is asked of @self by anybody waits until the transaction is
 * over. So a fiber that awaits something of @self while it holds a transaction waits for itself.
 *
 * The transaction is rolled back, and statements of it that run are stopped, when @scope ends, when
 * the last reference of the handle goes, or when the database is closed.
 *
 * - **Thread**: the one that opened the database.
 * - **Errors**: %THAW_DATABASE_ERROR_BUSY when another program writes for longer than the busy
 * timeout; %THAW_DATABASE_ERROR_PARAMETERS when @self is a transaction.
 * - **Cancellation**: cancel the future: nothing begins, or it is rolled back.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Database]
 */
ThawFuture *
thaw_database_begin (ThawDatabase *self, ThawScope *scope)
{
  ThawDatabaseRequest *request;

  g_return_val_if_fail (self != NULL && scope != NULL, NULL);

  if (self->transaction != NULL)
    return new_misuse (self, "a transaction can't be begun inside of another one");
  if (thaw_scope_is_cancelled (scope))
    return new_refusal (scope);
  request = thaw_database_request_new (self, THAW_REQUEST_BEGIN, NULL);
  request->transaction = transaction_new (self->store);
  request->transaction->guard = thaw_scope_guard_new (scope,
                                                      transaction_scope_ended,
                                                      thaw_transaction_ref (request->transaction),
                                                      (GDestroyNotify) thaw_transaction_unref);
  return submit (request, "begin transaction");
}

/**
 * thaw_database_commit:
 * @transaction: what [method@Thaw.Database.begin] resolved to
 *
 * Makes the changes of a transaction last. It is over then, streams of it too.
 *
 * - **Thread**: the one that opened the database.
 * - **Errors**: after %THAW_DATABASE_ERROR_BUSY the transaction is still there and can be committed
 * again; after any other it is rolled back.
 * - **Cancellation**: before it runs nothing is committed; afterwards it is too late.
 *
 * Returns: (transfer full): a future that resolves with nothing when the changes are on the device
 * (or in the log, with %THAW_DATABASE_RELAXED)
 */
ThawFuture *
thaw_database_commit (ThawDatabase *transaction)
{
  g_return_val_if_fail (transaction != NULL, NULL);

  if (transaction->transaction == NULL)
    return new_misuse (transaction, "only a transaction can be committed");
  return submit (thaw_database_request_new (transaction, THAW_REQUEST_COMMIT, NULL), "commit");
}

/**
 * thaw_database_rollback:
 * @transaction: what [method@Thaw.Database.begin] resolved to
 *
 * Undoes the changes of a transaction; one that is over is left as it is.
 *
 * - **Thread**: the one that opened the database.
 * - **Errors**: none but %THAW_DATABASE_ERROR_PARAMETERS when it is no transaction.
 * - **Cancellation**: only the waiting ends.
 *
 * Returns: (transfer full): a future that resolves with nothing when it is over
 */
ThawFuture *
thaw_database_rollback (ThawDatabase *transaction)
{
  g_return_val_if_fail (transaction != NULL, NULL);

  if (transaction->transaction == NULL)
    return new_misuse (transaction, "only a transaction can be rolled back");
  return submit (thaw_database_request_new (transaction, THAW_REQUEST_ROLLBACK, NULL), "roll back");
}
