/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "look up 500 rows": in a SQLite database in a folder for temporary files, written by the
 * first run and removed with the Lab. A database has a thread of its own; blocking opens the same
 * file on the loop's thread, and looks there. Loop's thread. */

#include "files-lab-items.h"
#include <glib/gi18n.h>
#include <sqlite3.h>

#define N_FIBERS 50
#define LOOK_UP "SELECT name, size FROM entries WHERE id = ?"

/* Far more rows than are looked up, so that it is the index that finds them. */
static const char *const migrations[] = {
  "CREATE TABLE entries (id INTEGER PRIMARY KEY, name TEXT, size INTEGER);"
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
  "INSERT INTO entries SELECT i, 'entry ' || i, i * 1000 FROM n;",
  NULL,
};

/* Preparation */

static ThawFuture *
prepare_fiber (gpointer user_data)
{
  FilesLabBench *bench = files_lab_run_get_bench (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) folder
      = thaw_await_pointer (thaw_file_make_temp_folder (bench->scope, "thaw-lab"), &error);
  g_autoptr (GFile) file = NULL;
  ThawDatabase *database;

  if (folder == NULL)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  file = g_file_get_child (folder, "lab.db");
  database = thaw_await_pointer (
      thaw_database_open (bench->scope, file, THAW_DATABASE_RELAXED, migrations),
      &error);
  if (database == NULL)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  bench->database = database;
  bench->database_path = g_file_get_path (file);
  return thaw_future_new_resolved ();
}

static ThawFuture *
prepare (FilesLabRun *run)
{
  if (files_lab_run_get_bench (run)->database != NULL)
    return thaw_future_new_resolved ();
  return thaw_scope_spawn (files_lab_run_get_scope (run),
                           "prepare a database",
                           prepare_fiber,
                           run,
                           NULL);
}

/* Blocking */

static gboolean
look_up_sync (sqlite3 *database, guint n, FilesLabRun *run)
{
  sqlite3_stmt *statement = NULL;
  gboolean found = sqlite3_prepare_v2 (database, LOOK_UP, -1, &statement, NULL) == SQLITE_OK;

  for (guint i = 1; found && i <= n; i++)
    {
      sqlite3_bind_int (statement, 1, (int) i);
      found = sqlite3_step (statement) == SQLITE_ROW;
      sqlite3_reset (statement);
      files_lab_run_advance (run, 1);
    }
  sqlite3_finalize (statement);
  return found;
}

static void
look_up_blocking (FilesLabRun *run)
{
  const char *path = files_lab_run_get_bench (run)->database_path;
  sqlite3 *database = NULL;
  GError *error = NULL;

  if (sqlite3_open_v2 (path, &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK
      || !look_up_sync (database, files_lab_run_get_size (run), run))
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, sqlite3_errmsg (database));
  sqlite3_close (database);
  files_lab_run_finish (run, error);
}

/* The other styles */

static ThawFuture *
look_up (guint index, gpointer run)
{
  return thaw_database_query_row (files_lab_run_get_bench (run)->database, LOOK_UP, "u", index + 1);
}

static void
look_up_with_messages (FilesLabRun *run)
{
  files_lab_items_call_back (run, look_up);
}

static void
look_up_with_futures (FilesLabRun *run)
{
  files_lab_items_map (run, "look up rows", 0, look_up);
}

static void
look_up_with_fibers (FilesLabRun *run)
{
  files_lab_items_await (run, "look up a share", N_FIBERS, look_up);
}

const FilesLabJob files_lab_rows_job = {
  .id = "rows",
  .title = N_ ("Look Up 500 Rows"),
  .description = N_ ("In a SQLite database, one statement for each"),
  .size = 500,
  .prepare = prepare,
  .start = { look_up_blocking, look_up_with_messages, look_up_with_futures, look_up_with_fibers },
};
