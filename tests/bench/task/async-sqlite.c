/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sqlite3 alone: one connection, one prepared statement, one look-up after the other. What it finds
 * is kept for a moment, as a program would. */

#include "async-peer.h"

#include <sqlite3.h>

static sqlite3 *connection;
static sqlite3_stmt *statement;

void
sqlite_prepare (Peer *self)
{
  if (sqlite3_open (self->database, &connection) != SQLITE_OK
      || sqlite3_prepare_v2 (connection, LOOKUP_SQL, -1, &statement, NULL) != SQLITE_OK)
    g_error ("%s: %s", self->database, sqlite3_errmsg (connection));
}

void
sqlite_look_up (guint key)
{
  g_autofree char *name = NULL;

  sqlite3_bind_int64 (statement, 1, key);
  if (sqlite3_step (statement) != SQLITE_ROW)
    g_error ("A row is missing");
  name = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  if (name[0] == '\0' || sqlite3_column_int64 (statement, 1) == 0)
    g_error ("A row is empty");
  sqlite3_reset (statement);
}
