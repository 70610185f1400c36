/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SQLite's errors as GErrors: which code, and a message that names the file, says what is wrong and
 * what to do, and ends with SQLite's own words. English, for logs; the layer that talks to the user
 * goes by the code. Any thread. */

#include "thaw-database-private.h"

#include <errno.h>

/* Not G_DEFINE_QUARK(): workers and the loop ask at once, and its static isn't atomic. */
GQuark
thaw_database_error_quark (void)
{
  static GQuark quark;
  GQuark found = __atomic_load_n (&quark, __ATOMIC_RELAXED);

  if (G_UNLIKELY (found == 0))
    {
      found = g_quark_from_static_string ("thaw-database-error-quark");
      __atomic_store_n (&quark, found, __ATOMIC_RELAXED);
    }
  return found;
}

typedef struct {
  int result; /* SQLite's, extended or primary */
  ThawDatabaseError code;
  const char *what;
} Meaning;

/* Extended ones before the primary ones that they belong to. */
static const Meaning meanings[] = {
  { SQLITE_READONLY_DBMOVED,
    THAW_DATABASE_ERROR_READ_ONLY,
    "the file was moved, replaced or deleted while it was open; close the database and open it "
    "again" },
  { SQLITE_READONLY,
    THAW_DATABASE_ERROR_READ_ONLY,
    "the database can't be written to; check the permissions of the file and of its folder" },
  { SQLITE_BUSY,
    THAW_DATABASE_ERROR_BUSY,
    "somebody else keeps the database locked; try again when that is done" },
  { SQLITE_LOCKED,
    THAW_DATABASE_ERROR_BUSY,
    "a statement that isn't finished keeps the table locked; finish or drop its stream first" },
  { SQLITE_CORRUPT,
    THAW_DATABASE_ERROR_CORRUPT,
    "the database is damaged; restore a backup, or save what can be read with sqlite3's .recover" },
  { SQLITE_NOTADB,
    THAW_DATABASE_ERROR_NOT_A_DATABASE,
    "this file is not a database, or is encrypted; choose another one" },
  { SQLITE_FULL,
    THAW_DATABASE_ERROR_FULL,
    "there is no space left for the database, nothing was changed; free some and try again" },
  { SQLITE_CANTOPEN,
    THAW_DATABASE_ERROR_CANNOT_OPEN,
    "the database can't be opened; check that the file and its folder exist and may be used" },
  { SQLITE_PERM,
    THAW_DATABASE_ERROR_CANNOT_OPEN,
    "there is no permission to use the database; check the permissions of the file" },
  { SQLITE_CONSTRAINT, THAW_DATABASE_ERROR_CONSTRAINT, "a rule of the tables forbids this change" },
  { SQLITE_SCHEMA,
    THAW_DATABASE_ERROR_SQL,
    "the tables are being changed by somebody else; try again" },
  { SQLITE_ERROR, THAW_DATABASE_ERROR_SQL, "the statement can't be run" },
  { SQLITE_TOOBIG, THAW_DATABASE_ERROR_SQL, "a text or blob is too big" },
  { SQLITE_RANGE, THAW_DATABASE_ERROR_PARAMETERS, "the statement has no such parameter" },
  { SQLITE_MISMATCH, THAW_DATABASE_ERROR_PARAMETERS, "a value has the wrong type" },
  { SQLITE_IOERR,
    THAW_DATABASE_ERROR_IO,
    "the disk reported an error; check the device, then open the database again" },
  { SQLITE_NOMEM, THAW_DATABASE_ERROR_FAILED, "there is not enough memory" },
};

/* A full disk comes as an I/O error when it was the log's or the shared memory's file that could
 * not grow. */
static int
get_real_result (sqlite3 *db, int result)
{
  int code = db != NULL ? sqlite3_system_errno (db) : 0;

  if ((result & 0xff) == SQLITE_IOERR && (code == ENOSPC || code == EDQUOT))
    return SQLITE_FULL;
  return result;
}

static const Meaning *
find_meaning (int result)
{
  static const Meaning unknown = { 0, THAW_DATABASE_ERROR_FAILED, "something went wrong" };

  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].result == result || meanings[i].result == (result & 0xff))
      return &meanings[i];
  return &unknown;
}

/* @db: (nullable): where it happened, asked for its own words. */
GError *
thaw_database_error_new (const char *name, sqlite3 *db, int result, const char *sql)
{
  int real = get_real_result (db, result);
  const Meaning *meaning = find_meaning (real);
  const char *words = db != NULL && real == result ? sqlite3_errmsg (db) : sqlite3_errstr (real);

  if ((result & 0xff) == SQLITE_INTERRUPT)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: the statement was cancelled", name);
  return g_error_new (THAW_DATABASE_ERROR,
                      meaning->code,
                      "%s: %s (%s%s%s)",
                      name,
                      meaning->what,
                      words,
                      sql != NULL ? ", in: " : "",
                      sql != NULL ? sql : "");
}
