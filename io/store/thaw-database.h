/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A SQLite database on a thread of its own: statements are futures, rows come at once or as a
 * stream, and a transaction is a handle that nobody else's statements fall into. */
#pragma once

#include "thaw-row.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

#define THAW_TYPE_DATABASE (thaw_database_get_type ())
THAW_API GType thaw_database_get_type (void); /* boxed, refcounted */
typedef struct _ThawDatabase ThawDatabase;

#define THAW_DATABASE_ERROR (thaw_database_error_quark ())
THAW_API GQuark thaw_database_error_quark (void);

/**
 * ThawDatabaseError:
 * @THAW_DATABASE_ERROR_FAILED: anything that has no code of its own
 * @THAW_DATABASE_ERROR_BUSY: somebody else kept it locked for longer than the busy timeout: try
 *   again
 * @THAW_DATABASE_ERROR_CORRUPT: its contents are damaged: restore a backup
 * @THAW_DATABASE_ERROR_NOT_A_DATABASE: the file is something else, or is encrypted
 * @THAW_DATABASE_ERROR_FULL: no space is left; nothing was changed
 * @THAW_DATABASE_ERROR_READ_ONLY: it may not be written to
 * @THAW_DATABASE_ERROR_CANNOT_OPEN: the file or its folder can't be opened
 * @THAW_DATABASE_ERROR_SCHEMA: a newer program made it, or a migration failed
 * @THAW_DATABASE_ERROR_CONSTRAINT: the change would violate a constraint
 * @THAW_DATABASE_ERROR_SQL: the statement is wrong, or doesn't fit the tables
 * @THAW_DATABASE_ERROR_PARAMETERS: the parameters don't fit the statement
 * @THAW_DATABASE_ERROR_IO: the device failed
 * @THAW_DATABASE_ERROR_ROLLED_BACK: the transaction is over: an error or the database ended it
 *
 * What a caller of a database would act on differently. Messages name the file and say what to do.
 * A cancelled statement is %G_IO_ERROR_CANCELLED, a closed database %G_IO_ERROR_CLOSED, a row that
 * isn't there %G_IO_ERROR_NOT_FOUND.
 */
typedef enum {
  THAW_DATABASE_ERROR_FAILED,
  THAW_DATABASE_ERROR_BUSY,
  THAW_DATABASE_ERROR_CORRUPT,
  THAW_DATABASE_ERROR_NOT_A_DATABASE,
  THAW_DATABASE_ERROR_FULL,
  THAW_DATABASE_ERROR_READ_ONLY,
  THAW_DATABASE_ERROR_CANNOT_OPEN,
  THAW_DATABASE_ERROR_SCHEMA,
  THAW_DATABASE_ERROR_CONSTRAINT,
  THAW_DATABASE_ERROR_SQL,
  THAW_DATABASE_ERROR_PARAMETERS,
  THAW_DATABASE_ERROR_IO,
  THAW_DATABASE_ERROR_ROLLED_BACK,
} ThawDatabaseError;

/**
 * ThawDatabaseFlags:
 * @THAW_DATABASE_DEFAULT: read and write, made if it isn't there, write-ahead log, durable commits
 * @THAW_DATABASE_READ_ONLY: only read; it must be there
 * @THAW_DATABASE_EXISTING: an error if it isn't there
 * @THAW_DATABASE_ROLLBACK_JOURNAL: no write-ahead log: for file systems without shared memory
 * @THAW_DATABASE_RELAXED: commits may be lost in a power cut (never damaged): faster
 * @THAW_DATABASE_FOREIGN_KEYS: enforce them
 * @THAW_DATABASE_CHECK: look for damage when opening (reads all of it)
 */
typedef enum {
  THAW_DATABASE_DEFAULT = 0,
  THAW_DATABASE_READ_ONLY = 1 << 0,
  THAW_DATABASE_EXISTING = 1 << 1,
  THAW_DATABASE_ROLLBACK_JOURNAL = 1 << 2,
  THAW_DATABASE_RELAXED = 1 << 3,
  THAW_DATABASE_FOREIGN_KEYS = 1 << 4,
  THAW_DATABASE_CHECK = 1 << 5,
} ThawDatabaseFlags;

#define THAW_DATABASE_BUSY_TIMEOUT_USEC (5 * G_USEC_PER_SEC)

/* Loop's thread. Resolves to a ThawDatabase. @file NULL: in memory. @migrations (nullable,
 * NULL-terminated): script i brings the schema from user_version i to i + 1. Ends with @scope. */
THAW_API ThawFuture *thaw_database_open (ThawScope *scope,
                                         GFile *file,
                                         ThawDatabaseFlags flags,
                                         const char *const *migrations) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves when everything asked before is done and the file is closed. */
THAW_API ThawFuture *thaw_database_close (ThawDatabase *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawDatabase *thaw_database_ref (ThawDatabase *self);
/* The last reference closes the database, or rolls the transaction back. Any thread. */
THAW_API void thaw_database_unref (ThawDatabase *self);
THAW_API const char *thaw_database_get_name (ThawDatabase *self); /* of the file, for the user */
/* How long a statement waits for a lock of another program. Any thread; from the next statement. */
THAW_API void thaw_database_set_busy_timeout (ThawDatabase *self, gint64 timeout_usec);

/* Statements. Loop's thread. @format has a letter for each parameter, as GVariant has them:
 * b gboolean, i gint, u guint, x gint64, t guint64, d double, s string (nullable), B GBytes
 * (nullable), n NULL (takes no argument), v GVariant (a basic value; a tuple counts as its
 * children, a{sv} binds by name). A letter may carry a name, "s:title x:id"; otherwise the next position
 * is meant. NULL or "": no parameters. */
/* Resolves to ThawRows: all of them. */
THAW_API ThawFuture *thaw_database_query (ThawDatabase *self,
                                          const char *sql,
                                          const char *format,
                                          ...) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to a ThawRow, the first; rejected with G_IO_ERROR_NOT_FOUND without one. */
THAW_API ThawFuture *thaw_database_query_row (ThawDatabase *self,
                                              const char *sql,
                                              const char *format,
                                              ...) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of the first row, as an integer or a string (nullable). */
THAW_API ThawFuture *thaw_database_query_int64 (ThawDatabase *self,
                                                const char *sql,
                                                const char *format,
                                                ...) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_database_query_text (ThawDatabase *self,
                                               const char *sql,
                                               const char *format,
                                               ...) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to the number of rows changed. */
THAW_API ThawFuture *thaw_database_exec (ThawDatabase *self,
                                         const char *sql,
                                         const char *format,
                                         ...) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to the rowid of the row inserted. */
THAW_API ThawFuture *thaw_database_insert (ThawDatabase *self,
                                           const char *sql,
                                           const char *format,
                                           ...) G_GNUC_WARN_UNUSED_RESULT;
/* Several statements without parameters, all or nothing. */
THAW_API ThawFuture *thaw_database_exec_script (ThawDatabase *self,
                                                const char *script) G_GNUC_WARN_UNUSED_RESULT;
/* For languages without varargs. @parameters (nullable): as for "v". */
THAW_API ThawFuture *thaw_database_query_variant (ThawDatabase *self,
                                                  const char *sql,
                                                  GVariant *parameters) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_database_exec_variant (ThawDatabase *self,
                                                 const char *sql,
                                                 GVariant *parameters) G_GNUC_WARN_UNUSED_RESULT;

/* A transaction is a ThawDatabase whose statements are inside it; others' wait until it is over. Resolves to
 * one. Rolled back when @scope ends or its last reference goes before the commit. */
THAW_API ThawFuture *thaw_database_begin (ThawDatabase *self,
                                          ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_database_commit (ThawDatabase *transaction) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_database_rollback (ThawDatabase *transaction) G_GNUC_WARN_UNUSED_RESULT;
THAW_API gboolean thaw_database_is_transaction (ThawDatabase *self);

/* Rows one after the other, without keeping more than a few hundred. */
#define THAW_TYPE_ROW_STREAM (thaw_row_stream_get_type ())
THAW_API GType thaw_row_stream_get_type (void); /* boxed, refcounted */
typedef struct _ThawRowStream ThawRowStream;

THAW_API ThawRowStream *thaw_database_stream (ThawDatabase *self,
                                              const char *sql,
                                              const char *format,
                                              ...) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawRowStream *
thaw_database_stream_variant (ThawDatabase *self,
                              const char *sql,
                              GVariant *parameters) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to the next ThawRow, or to NULL at the end. Complete at once while rows are there. */
THAW_API ThawFuture *thaw_row_stream_next (ThawRowStream *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawRowStream *thaw_row_stream_ref (ThawRowStream *self);
THAW_API void thaw_row_stream_unref (ThawRowStream *self); /* the last one ends the query */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDatabase, thaw_database_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRowStream, thaw_row_stream_unref)

G_END_DECLS
