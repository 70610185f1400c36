/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the database share:
 *
 *   thaw-database.c             the public functions: handles, statements, transactions
 *   thaw-database-queue.c       the queue, and the job that works it off: whose turn it is
 *   thaw-database-run.c         what a request does, on the database's thread
 *   thaw-database-cursor.c      the worker's half of a row stream
 *   thaw-row-stream.c           the loop's half of it
 *   thaw-database-connection.c  a SQLite connection: opening, statements, waiting for locks
 *   thaw-database-migrate.c     user_version and the scripts that raise it
 *   thaw-database-request.c     a request, its parameters, its cancelling
 *   thaw-database-error.c       SQLite's errors as GErrors
 *
 * A ThawStore is what all handles of one open database share. Requests may be submitted from any
 * thread; a job on the store's own lane takes them all at once, runs what may run, and ends when
 * nothing is left. Worker means that job: never two at a time, so what is the worker's needs no
 * lock, although the thread may be another one the next time. The only lock guards the list of what
 * was submitted. */
#pragma once

#include "thaw-database.h"
#include "thaw-lane.h"
#include "thaw-row-private.h"
#include "thaw-scope-guard-private.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef struct _ThawStore ThawStore;
typedef struct _ThawTransaction ThawTransaction;
typedef struct _ThawCursor ThawCursor;
typedef struct _ThawConnection ThawConnection;

typedef struct {
  ThawCellType type;
  char *name; /* NULL: the next position */
  union {
    gint64 int64;
    double number;
    char *text;
    GBytes *bytes;
  };
} ThawParameter;

typedef enum {
  THAW_REQUEST_OPEN,
  THAW_REQUEST_CLOSE,
  THAW_REQUEST_QUERY,
  THAW_REQUEST_ROW,
  THAW_REQUEST_INT64,
  THAW_REQUEST_TEXT,
  THAW_REQUEST_EXEC,
  THAW_REQUEST_INSERT,
  THAW_REQUEST_SCRIPT,
  THAW_REQUEST_BEGIN,
  THAW_REQUEST_COMMIT,
  THAW_REQUEST_ROLLBACK,
  THAW_REQUEST_FETCH,      /* the next rows of a cursor */
  THAW_REQUEST_END_CURSOR, /* its stream is gone */
} ThawRequestKind;

#define THAW_REQUEST_N_FEW 4

typedef struct _ThawRequest ThawDatabaseRequest;
struct _ThawRequest {
  gint ref_count; /* of the queue, and of the future's cancel function */
  guint8 is_cancelled; /* atomic */
  ThawRequestKind kind;
  ThawDatabaseRequest *next;
  ThawStore *store;             /* owned */
  ThawFuture *future;           /* NULL: nobody waits for it */
  ThawTransaction *transaction; /* owned, nullable */
  ThawCursor *cursor;           /* owned, nullable */
  char *sql;
  guint n_parameters;
  ThawParameter *parameters; /* few, or allocated */
  ThawParameter few[THAW_REQUEST_N_FEW];
};

typedef struct {
  ThawDatabaseRequest *first, *last;
} ThawRequestList;

/* All but the marked fields are constant, or under the store's lock. */
struct _ThawTransaction {
  gint ref_count;
  guint8 is_doomed; /* atomic: its scope has ended */
  ThawStore *store; /* owned */
  ThawFuture *guard;
  gboolean is_over; /* the worker's */
  GError *reason;   /* the worker's: what ended it, if that was an error */
};

struct _ThawDatabase {
  gint ref_count;
  ThawStore *store;
  ThawTransaction *transaction; /* NULL for the database itself */
};

struct _ThawStore {
  gint ref_count;
  guint8 is_doomed; /* atomic: its scope has ended */
  char *path;       /* NULL: in memory */
  char *name;       /* for the user */
  ThawDatabaseFlags flags;
  char **migrations;
  gint64 busy_timeout_usec; /* atomic */
  GThread *thread;          /* where jobs are started */
  ThawScope *scope;         /* its own, so that the last jobs run after the user's has ended */
  ThawLane *lane;
  ThawMailbox *starts; /* asks the loop to start a job */
  ThawFuture *guard;

  pthread_mutex_t lock;       /* guards the next three */
  pthread_cond_t cancelled;   /* some request was: who waits for a lock looks again */
  ThawRequestList submitted;
  gboolean is_active;  /* a job works or is about to */
  gboolean is_closing; /* takes no more statements */

  /* The worker's. */
  ThawJob *job;
  ThawRequestList urgent;  /* of the open transaction, of cursors, and what ends something */
  ThawRequestList waiting; /* for the transaction to end */
  ThawTransaction *owner;  /* the open transaction, owned */
  gboolean close_is_wanted;
  gboolean has_log;      /* write-ahead: readers and writers don't wait for each other */
  gboolean reads_in_one; /* several reads share a transaction at the moment */
  ThawConnection *connection; /* NULL before the opening and after the closing */
  GPtrArray *idle_readers;    /* connections of cursors that are over */
  GPtrArray *cursors;         /* that have a statement, borrowed */
  ThawRowsBuilder rows;
};

/* thaw-database.c */
ThawStore *thaw_store_ref (ThawStore *self);
void thaw_store_unref (ThawStore *self);
ThawDatabase *thaw_database_new (ThawStore *store, ThawTransaction *transaction);
ThawTransaction *thaw_transaction_ref (ThawTransaction *self);
void thaw_transaction_unref (ThawTransaction *self);

/* thaw-database-request.c */
ThawDatabaseRequest *thaw_database_request_new (ThawDatabase *database, ThawRequestKind kind, const char *sql);
ThawDatabaseRequest *thaw_database_request_ref (ThawDatabaseRequest *self);
void thaw_database_request_unref (ThawDatabaseRequest *self);
/* Gives it a future (transfer full to the caller), whose cancelling it hears of. */
ThawFuture *thaw_database_request_add_future (ThawDatabaseRequest *self, const char *name);
gboolean thaw_database_request_add_parameters (ThawDatabaseRequest *self,
                                      const char *format,
                                      va_list arguments,
                                      GError **error);
gboolean thaw_database_request_add_variant (ThawDatabaseRequest *self, GVariant *parameters, GError **error);
gboolean thaw_database_request_bind (ThawDatabaseRequest *self,
                            ThawConnection *connection,
                            sqlite3_stmt *statement,
                            GError **error);
/* Whether nobody wants its result any more. Any thread. */
gboolean thaw_database_request_is_over (ThawDatabaseRequest *self);
void thaw_database_request_list_push (ThawRequestList *self, ThawDatabaseRequest *request);
ThawDatabaseRequest *thaw_database_request_list_pop (ThawRequestList *self);

/* thaw-database-queue.c; any thread. Takes over @request. */
void thaw_store_submit (ThawStore *self, ThawDatabaseRequest *request);
void thaw_store_start_cb (gpointer store, gpointer unused);

/* thaw-database-run.c; the worker */
void thaw_store_run (ThawStore *self, ThawDatabaseRequest *request);
void thaw_store_end_shared_reads (ThawStore *self);
void thaw_store_end_transaction (ThawStore *self, GError *reason);

/* thaw-database-cursor.c */
ThawCursor *thaw_cursor_new (ThawDatabaseRequest *query); /* transfer full */
ThawCursor *thaw_cursor_ref (ThawCursor *self);
void thaw_cursor_unref (ThawCursor *self);
/* Whether it runs beside others' transactions. The worker. */
gboolean thaw_cursor_is_apart (ThawCursor *self, ThawStore *store);
ThawRows *thaw_cursor_fetch (ThawCursor *self, ThawDatabaseRequest *request, GError **error);
void thaw_cursor_end (ThawCursor *self, ThawStore *store);
void thaw_cursor_end_all (ThawStore *store, ThawTransaction *transaction); /* NULL: all there are */

/* thaw-database-connection.c; the worker */
typedef struct {
  sqlite3_stmt *handle;
  char *sql;
  ThawColumns *columns;
  int n_reprepared;
  gboolean is_read; /* a plain query: may share a transaction with others */
  gboolean is_used, is_kept;
  GList link; /* in the order of use */
} ThawStatement;

struct _ThawConnection {
  sqlite3 *db;
  ThawStore *store;
  ThawDatabaseRequest *current; /* whose cancelling stops what runs */
  gint64 busy_since_usec;
  GHashTable *statements; /* by their text */
  GQueue by_use;          /* of ThawStatement, the latest at the head */
};

ThawConnection *thaw_connection_new (ThawStore *store,
                                     gboolean read_only,
                                     ThawDatabaseRequest *request,
                                     GError **error);
void thaw_connection_free (ThawConnection *self);
ThawStatement *thaw_connection_prepare (ThawConnection *self, const char *sql, GError **error);
void thaw_connection_release (ThawConnection *self, ThawStatement *statement);
/* SQLITE_ROW, SQLITE_DONE, or SQLITE_ERROR with @error. */
int thaw_connection_step (ThawConnection *self, ThawStatement *statement, GError **error);
ThawColumns *thaw_statement_get_columns (ThawStatement *self);
/* Without parameters and rows. */
gboolean thaw_connection_exec (ThawConnection *self, const char *sql, GError **error);
gboolean thaw_connection_read_int64 (ThawConnection *self,
                                     const char *sql,
                                     gint64 *value,
                                     GError **error);
/* Several statements. */
gboolean thaw_connection_exec_script (ThawConnection *self, const char *script, GError **error);
/* What went wrong just now. */
void thaw_connection_set_error (ThawConnection *self, int result, const char *sql, GError **error);

/* thaw-database-migrate.c */
gboolean thaw_connection_migrate (ThawConnection *self, GError **error);

/* thaw-database-error.c */
GError *thaw_database_error_new (const char *name, sqlite3 *db, int result, const char *sql);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawColumns, thaw_columns_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDatabaseRequest, thaw_database_request_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawStore, thaw_store_unref)

G_END_DECLS
