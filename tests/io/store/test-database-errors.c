/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes wrong: each error has its code, names the file, and leaves the database usable where it
 * can be. A second connection of plain SQLite plays the other program. */

#include "store-test.h"

#define ERROR THAW_DATABASE_ERROR

static void
assert_clear (Fixture *self, GError *error, ThawDatabaseError code)
{
  g_assert_error (error, THAW_DATABASE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, self->path));
}

#define assert_fails(self, future, code)                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GError) error_ = finish_rejected (future);                                          \
    assert_clear (self, error_, THAW_DATABASE_ERROR_##code);                                       \
  }                                                                                                \
  G_STMT_END

static gint64
count_users (Fixture *self)
{
  return finish_int64 (
      thaw_database_query_int64 (self->database, "SELECT count(*) FROM users", NULL));
}

static void
test_cannot_open (Fixture *self, gconstpointer data)
{
  g_autofree char *below = g_build_filename (self->folder, "missing", "x.db", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (below);
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://host/x.db");
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);

  g_assert_cmpstr (g_quark_to_string (ERROR), ==, "thaw-database-error-quark");
  finish_error (thaw_database_open (self->scope, file, 0, NULL),
                ERROR,
                THAW_DATABASE_ERROR_CANNOT_OPEN);
  finish_error (thaw_database_open (self->scope, folder, 0, NULL),
                ERROR,
                THAW_DATABASE_ERROR_CANNOT_OPEN);
  assert_fails (self,
                thaw_database_open (self->scope, self->file, THAW_DATABASE_EXISTING, NULL),
                CANNOT_OPEN);
  assert_fails (self,
                thaw_database_open (self->scope, self->file, THAW_DATABASE_READ_ONLY, NULL),
                CANNOT_OPEN);
  finish_error (thaw_database_open (self->scope, remote, 0, NULL),
                G_IO_ERROR,
                G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_not_a_database (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (5000, 'x');

  g_assert_true (g_file_set_contents (self->path, text, -1, NULL));
  assert_fails (self, thaw_database_open (self->scope, self->file, 0, test_schema), NOT_A_DATABASE);
}

static void
fill (Fixture *self, guint n)
{
  finish (
      thaw_database_exec (self->database,
                          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
                          "INSERT INTO users (name, age) SELECT printf ('%200d', i), i FROM n",
                          "u",
                          n));
}

static void
close_database (Fixture *self)
{
  finish (thaw_database_close (self->database));
  g_clear_pointer (&self->database, thaw_database_unref);
}

/* Bytes flipped in the pages of the tables, not in the header. */
static void
damage (Fixture *self)
{
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (self->path, &contents, &length, NULL));
  g_assert_cmpuint (length, >, 50 * 4096);
  for (gsize i = 3 * 4096; i < length; i += 512)
    memset (contents + i, 0xa5, 64);
  g_assert_true (g_file_set_contents (self->path, contents, length, NULL));
}

static void
test_corrupt (Fixture *self, gconstpointer data)
{
  fill (self, 5000);
  close_database (self);
  damage (self);
  assert_fails (self,
                thaw_database_open (self->scope, self->file, THAW_DATABASE_CHECK, test_schema),
                CORRUPT);

  /* Without the check it opens, and the damage shows when it is met. */
  self->database = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
  assert_fails (self,
                thaw_database_query (self->database, "SELECT * FROM users ORDER BY age", NULL),
                CORRUPT);
  g_assert_cmpint (finish_int64 (thaw_database_query_int64 (self->database, "SELECT 1", NULL)),
                   ==,
                   1);
}

static sqlite3 *
open_other (Fixture *self)
{
  sqlite3 *other;

  g_assert_cmpint (sqlite3_open (self->path, &other), ==, SQLITE_OK);
  return other;
}

#define other_does(other, sql)                                                                     \
  g_assert_cmpint (sqlite3_exec (other, sql, NULL, NULL, NULL), ==, SQLITE_OK)

static void
test_busy (Fixture *self, gconstpointer data)
{
  sqlite3 *other = open_other (self);
  gint64 start_usec = g_get_monotonic_time ();
  g_autoptr (ThawDatabase) within = NULL;

  thaw_database_set_busy_timeout (self->database, 50000);
  other_does (other, "BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('other')");
  assert_fails (self,
                thaw_database_exec (self->database, "INSERT INTO users (name) VALUES ('a')", NULL),
                BUSY);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, >=, 50000);
  assert_fails (self, thaw_database_begin (self->database, self->scope), BUSY);
  /* Who reads isn't bothered. */
  g_assert_cmpint (count_users (self), ==, 0);
  other_does (other, "COMMIT");
  finish (thaw_database_exec (self->database, "INSERT INTO users (name) VALUES ('a')", NULL));
  g_assert_cmpint (count_users (self), ==, 2);
  sqlite3_close (other);
}

static gboolean
commit_cb (gpointer other)
{
  other_does (other, "COMMIT");
  return G_SOURCE_REMOVE;
}

/* Busy for a while only: it waits, off the loop. */
static void
test_busy_for_a_while (Fixture *self, gconstpointer data)
{
  sqlite3 *other = open_other (self);

  other_does (other, "BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('other')");
  g_timeout_add (100, commit_cb, other);
  finish (thaw_database_exec (self->database, "INSERT INTO users (name) VALUES ('a')", NULL));
  g_assert_cmpint (count_users (self), ==, 2);
  sqlite3_close (other);
}

/* A reader that doesn't end keeps a commit busy without a log: it can be tried again. */
static void
test_busy_commit (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = finish_pointer (
      thaw_database_open (self->scope, self->file, THAW_DATABASE_ROLLBACK_JOURNAL, test_schema));
  sqlite3 *other = open_other (self);
  ThawDatabase *within;

  thaw_database_set_busy_timeout (db, 20000);
  other_does (other, "BEGIN; SELECT * FROM users");
  within = finish_pointer (thaw_database_begin (db, self->scope));
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('a')", NULL));
  assert_fails (self, thaw_database_commit (within), BUSY);
  other_does (other, "COMMIT");
  finish (thaw_database_commit (within));
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL)),
      ==,
      1);
  thaw_database_unref (within);
  sqlite3_close (other);
  finish (thaw_database_close (db));
  thaw_database_unref (db);
}

static void
test_constraint (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDatabase) within = NULL;

  fill (self, 1);
  assert_fails (self,
                thaw_database_exec (self->database, "INSERT INTO users (name) VALUES (NULL)", NULL),
                CONSTRAINT);
  within = finish_pointer (thaw_database_begin (self->database, self->scope));
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('kept')", NULL));
  assert_fails (self,
                thaw_database_exec (within, "INSERT INTO users (name) VALUES ('kept')", NULL),
                CONSTRAINT);
  /* The statement is undone, not the transaction. */
  finish (thaw_database_commit (within));
  g_assert_cmpint (count_users (self), ==, 2);
}

static void
test_foreign_keys (Fixture *self, gconstpointer data)
{
  const char *const schema[]
      = { "CREATE TABLE a (id INTEGER PRIMARY KEY);"
          "CREATE TABLE b (a REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)",
          NULL };
  ThawDatabase *db = finish_pointer (
      thaw_database_open (self->scope, self->file, THAW_DATABASE_FOREIGN_KEYS, schema));
  ThawDatabase *within = finish_pointer (thaw_database_begin (db, self->scope));

  finish (thaw_database_exec (within, "INSERT INTO b VALUES (1)", NULL));
  assert_fails (self, thaw_database_commit (within), CONSTRAINT);
  assert_fails (self, thaw_database_exec (within, "INSERT INTO a VALUES (1)", NULL), ROLLED_BACK);
  g_assert_cmpint (finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM b", NULL)),
                   ==,
                   0);
  thaw_database_unref (within);
  thaw_database_unref (db);
}

static void
test_read_only (Fixture *self, gconstpointer data)
{
  ThawDatabase *db;
  g_autoptr (ThawRowStream) stream = NULL;
  ThawDatabase *within;

  fill (self, 3);
  db = finish_pointer (
      thaw_database_open (self->scope, self->file, THAW_DATABASE_READ_ONLY, test_schema));
  assert_fails (self, thaw_database_exec (db, "DELETE FROM users", NULL), READ_ONLY);
  within = finish_pointer (thaw_database_begin (db, self->scope));
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (within, "SELECT count(*) FROM users", NULL)),
      ==,
      3);
  finish (thaw_database_commit (within));
  thaw_database_unref (within);
  stream = thaw_database_stream (db, "SELECT id FROM users", NULL);
  thaw_row_unref (finish_pointer (thaw_row_stream_next (stream)));
  thaw_database_unref (db);
}

/* Nothing is changed, what was there is still there, and with space it goes on. */
static void
check_full (Fixture *self)
{
  g_autoptr (GBytes) big = g_bytes_new_take (g_malloc0 (4 << 20), 4 << 20);
  ThawDatabase *within;

  assert_fails (
      self,
      thaw_database_exec (self->database, "INSERT INTO blobs (data) VALUES (?)", "B", big),
      FULL);
  g_assert_cmpint (count_users (self), ==, 100);

  within = finish_pointer (thaw_database_begin (self->database, self->scope));
  finish (thaw_database_exec (within, "DELETE FROM users WHERE id = 1", NULL));
  assert_fails (self,
                thaw_database_exec (within, "INSERT INTO blobs (data) VALUES (?)", "B", big),
                FULL);
  assert_fails (self, thaw_database_commit (within), ROLLED_BACK);
  thaw_database_unref (within);
  g_assert_cmpint (count_users (self), ==, 100);
}

static void
test_full_pages (Fixture *self, gconstpointer data)
{
  fill (self, 100);
  finish_int64 (thaw_database_query_int64 (self->database, "PRAGMA max_page_count = 100", NULL));
  check_full (self);
  finish_int64 (thaw_database_query_int64 (self->database, "PRAGMA max_page_count = 100000", NULL));
  fill (self, 0);
}

/* A real one: a file system of a megabyte, in a name space of this process. */
static gboolean
mount_tiny (const char *folder)
{
  g_autofree char *command
      = g_strdup_printf ("mount -t tmpfs -o size=1m none '%s' 2>/dev/null", folder);

  return system (command) == 0;
}

static void
test_full_disk (Fixture *self, gconstpointer data)
{
  g_autofree char *unmount = g_strdup_printf ("umount '%s'", self->folder);

  if (!mount_tiny (self->folder))
    {
      g_test_skip ("mounting needs to be root");
      return;
    }
  self->database = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
  fill (self, 100);
  check_full (self);
  finish (thaw_database_exec (self->database, "INSERT INTO users (name) VALUES ('fits')", NULL));
  close_database (self);
  g_assert_cmpint (system (unmount), ==, 0);
}

/* With a log SQLite doesn't look. */
static void
test_moved_away (Fixture *self, gconstpointer data)
{
  self->database = finish_pointer (
      thaw_database_open (self->scope, self->file, THAW_DATABASE_ROLLBACK_JOURNAL, test_schema));
  fill (self, 1);
  g_assert_cmpint (g_unlink (self->path), ==, 0);
  assert_fails (self, thaw_database_exec (self->database, "DELETE FROM users", NULL), READ_ONLY);
  close_database (self);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/database-errors/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_CLOSED(name, func)                                                                     \
  g_test_add ("/database-errors/" name, Fixture, NULL, set_up_folder, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CLOSED ("cannot-open", test_cannot_open);
  ADD_CLOSED ("not-a-database", test_not_a_database);
  ADD ("corrupt", test_corrupt);
  ADD ("busy", test_busy);
  ADD ("busy-for-a-while", test_busy_for_a_while);
  ADD_CLOSED ("busy-commit", test_busy_commit);
  ADD ("constraint", test_constraint);
  ADD_CLOSED ("foreign-keys", test_foreign_keys);
  ADD ("read-only", test_read_only);
  ADD ("full-pages", test_full_pages);
  ADD_CLOSED ("full-disk", test_full_disk);
  ADD_CLOSED ("moved-away", test_moved_away);
  return g_test_run ();
}
