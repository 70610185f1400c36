/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statements, parameters, rows, transactions, streams. Errors and cancelling have programs of their
 * own. */

#include "store-test.h"

#define ERROR THAW_DATABASE_ERROR

static void
add_users (Fixture *self, guint n)
{
  g_autoptr (ThawDatabase) within
      = finish_pointer (thaw_database_begin (self->database, self->scope));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("user %u", i);

      finish (thaw_database_insert (within,
                                    "INSERT INTO users (name, age) VALUES (?, ?)",
                                    "si",
                                    name,
                                    (int) i));
    }
  finish (thaw_database_commit (within));
}

static void
test_statements (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRows) rows = NULL;
  g_auto (GStrv) names = NULL, ages = NULL;
  g_autoptr (ThawRow) row = NULL;
  g_autofree char *text = NULL;
  g_autofree char *nothing = NULL;

  g_assert_cmpstr (thaw_database_get_name (self->database), ==, self->path);
  g_assert_cmpint (
      finish_int64 (thaw_database_insert (self->database,
                                          "INSERT INTO users (name, age) VALUES (?, ?)",
                                          "si",
                                          "Ada",
                                          36)),
      ==,
      1);
  g_assert_cmpint (finish_int64 (thaw_database_exec (self->database,
                                                     "INSERT INTO users (name) VALUES (:a), (:b)",
                                                     "s:b s:a",
                                                     "Bob",
                                                     "Cy")),
                   ==,
                   2);
  g_assert_cmpint (finish_int64 (thaw_database_exec (self->database,
                                                     "UPDATE users SET age = 1 WHERE id > ?",
                                                     "x",
                                                     G_GINT64_CONSTANT (99))),
                   ==,
                   0);
  rows = finish_pointer (
      thaw_database_query (self->database, "SELECT * FROM users ORDER BY id", NULL));
  g_assert_cmpuint (thaw_rows_get_n_rows (rows), ==, 3);
  g_assert_cmpuint (thaw_rows_get_n_columns (rows), ==, 3);
  g_assert_cmpstr (thaw_rows_get_column_name (rows, 1), ==, "name");
  g_assert_cmpint (thaw_rows_find_column (rows, "AGE"), ==, 2);
  g_assert_cmpint (thaw_rows_find_column (rows, "x"), ==, -1);
  g_assert_cmpstr (thaw_row_get_text (thaw_rows_get_row (rows, 2), 1), ==, "Bob");
  g_assert_true (thaw_row_is_null (thaw_rows_get_row (rows, 2), 2));
  names = thaw_rows_dup_column (rows, 1);
  g_assert_cmpuint (g_strv_length (names), ==, 3);
  g_assert_cmpstr (names[2], ==, "Bob");
  ages = thaw_rows_dup_column (rows, 2); /* numbers, and a NULL */
  g_assert_cmpuint (g_strv_length (ages), ==, 3);
  g_assert_cmpstr (ages[2], ==, "");

  row = finish_pointer (thaw_database_query_row (self->database,
                                                 "SELECT age, name FROM users WHERE name = $name",
                                                 "s:name",
                                                 "Ada"));
  g_assert_cmpint (thaw_row_get_int64 (row, 0), ==, 36);
  finish_error (
      thaw_database_query_row (self->database, "SELECT 1 FROM users WHERE id = ?", "i", -1),
      G_IO_ERROR,
      G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (self->database, "SELECT count(*) FROM users", "")),
      ==,
      3);
  text = finish_pointer (
      thaw_database_query_text (self->database, "SELECT name FROM users WHERE id = ?", "u", 2u));
  g_assert_cmpstr (text, ==, "Cy");
  nothing = finish_pointer (thaw_database_query_text (self->database, "SELECT NULL", NULL));
  g_assert_null (nothing);
}

/* What goes in comes out, in each of the forms. */
static void
test_values (Fixture *self, gconstpointer data)
{
  static const char bytes[] = "a\0b";
  g_autoptr (GBytes) blob = g_bytes_new_static (bytes, sizeof bytes);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) out = NULL;
  g_autoptr (ThawRow) row = NULL;
  g_auto (GValue) value = G_VALUE_INIT;
  gsize size;

  row = finish_pointer (thaw_database_query_row (
      self->database,
      "SELECT ? b, ? i, ? u, ? x, ? t, ? d, ? s, ? blob, ? n, ? none, ? empty",
      "biuxtdsBnsB",
      TRUE,
      -5,
      G_MAXUINT,
      G_MININT64,
      (guint64) 7,
      .25,
      "ä\"'",
      blob,
      NULL,
      empty));
  g_assert_cmpint (thaw_row_get_int64 (row, 0), ==, 1);
  g_assert_cmpint (thaw_row_get_int64 (row, 1), ==, -5);
  g_assert_cmpint (thaw_row_get_int64 (row, 2), ==, G_MAXUINT);
  g_assert_cmpint (thaw_row_get_int64 (row, 3), ==, G_MININT64);
  g_assert_cmpint (thaw_row_get_int64 (row, 4), ==, 7);
  g_assert_cmpfloat (thaw_row_get_double (row, 5), ==, .25);
  g_assert_cmpint (thaw_row_get_int64 (row, 5), ==, 0);
  g_assert_cmpstr (thaw_row_get_text (row, 6), ==, "ä\"'");
  out = thaw_row_dup_bytes (row, 7);
  g_assert_true (g_bytes_equal (blob, out));
  g_assert_null (thaw_row_get_text (row, 7));
  g_assert_cmpint (thaw_row_get_cell_type (row, 8), ==, THAW_CELL_NULL);
  g_assert_true (thaw_row_is_null (row, 9));
  g_assert_cmpint (thaw_row_get_cell_type (row, 10), ==, THAW_CELL_BLOB);
  g_assert_nonnull (thaw_row_get_blob (row, 10, &size));
  g_assert_cmpuint (size, ==, 0);
  thaw_row_get_value (row, 6, &value);
  g_assert_cmpstr (g_value_get_string (&value), ==, "ä\"'");
}

static void
test_variants (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRows) rows = NULL;
  g_autoptr (GVariant) found = NULL;
  g_autoptr (GVariant) wanted
      = g_variant_ref_sink (g_variant_new_parsed ("{'i': <int64 3>, 'd': <.5>, 's': <'x'>}"));
  ThawRow *row;

  rows = finish_pointer (thaw_database_query_variant (
      self->database,
      "SELECT :i AS i, $d AS d, @s AS s, :m AS m",
      g_variant_new_parsed ("{'i': <int64 3>, 'd': <.5>, 's': <'x'>, 'm': <@ms nothing>}")));
  row = thaw_rows_get_row (rows, 0);
  found = thaw_row_dup_variant (row);
  g_assert_true (g_variant_equal (found, wanted));
  g_assert_true (thaw_row_is_null (row, 3));

  g_assert_cmpint (
      finish_int64 (thaw_database_exec_variant (self->database,
                                                "INSERT INTO users (name, age) VALUES (?, ?)",
                                                g_variant_new ("(si)", "V", 9))),
      ==,
      1);
  g_assert_cmpint (finish_int64 (thaw_database_query_int64 (self->database,
                                                            "SELECT age FROM users WHERE name = ?",
                                                            "v",
                                                            g_variant_new_string ("V"))),
                   ==,
                   9);
}

static void
test_wrong_parameters (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = self->database;

  finish_error (thaw_database_query (db, "SELECT ?", NULL), ERROR, THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_query (db, "SELECT 1", "i", 1),
                ERROR,
                THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_query (db, "SELECT :a", "i:b", 1),
                ERROR,
                THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_query (db, "SELECT ?", "z", 1),
                ERROR,
                THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_query_variant (db, "SELECT ?", g_variant_new ("(as)", NULL)),
                ERROR,
                THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_query (db, "SELEKT 1", NULL), ERROR, THAW_DATABASE_ERROR_SQL);
  finish_error (thaw_database_query (db, "SELECT 1; SELECT 2", NULL),
                ERROR,
                THAW_DATABASE_ERROR_SQL);
  finish_error (thaw_database_exec (db, " -- nothing", NULL), ERROR, THAW_DATABASE_ERROR_SQL);
  finish_error (thaw_database_commit (db), ERROR, THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_database_rollback (db), ERROR, THAW_DATABASE_ERROR_PARAMETERS);
  /* Begun by hand, everybody's statements would fall into it. */
  finish_error (thaw_database_exec (db, "BEGIN", NULL), ERROR, THAW_DATABASE_ERROR_SQL);
  finish (thaw_database_exec (db, "INSERT INTO users (name) VALUES ('x')", NULL));
}

static void
test_script (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = self->database;
  g_autoptr (ThawDatabase) within = NULL;

  finish (thaw_database_exec_script (db,
                                     "-- two of them\n"
                                     "INSERT INTO users (name) VALUES ('a; b');\n"
                                     "INSERT INTO users (name) VALUES ('c'); -- end\n"));
  finish_error (thaw_database_exec_script (db,
                                           "INSERT INTO users (name) VALUES ('d');"
                                           "INSERT INTO nowhere VALUES (1)"),
                ERROR,
                THAW_DATABASE_ERROR_SQL);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL)),
      ==,
      2);

  /* Inside of a transaction only the script is undone. */
  within = finish_pointer (thaw_database_begin (db, self->scope));
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('e')", NULL));
  finish_error (thaw_database_exec_script (within,
                                           "INSERT INTO users (name) VALUES ('f');"
                                           "INSERT INTO nowhere VALUES (1)"),
                ERROR,
                THAW_DATABASE_ERROR_SQL);
  finish (thaw_database_commit (within));
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL)),
      ==,
      3);
}

/* SQLite prepares anew by itself; the names have to follow. */
static void
test_schema_changes (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *alter = g_strdup_printf ("ALTER TABLE users ADD COLUMN more%u", i);
      g_autofree char *name = g_strdup_printf ("more%u", i);
      g_autoptr (ThawRows) rows = NULL;

      finish (thaw_database_exec (self->database, alter, NULL));
      rows = finish_pointer (thaw_database_query (self->database, "SELECT * FROM users", NULL));
      g_assert_cmpuint (thaw_rows_get_n_columns (rows), ==, 4 + i);
      g_assert_cmpint (thaw_rows_find_column (rows, name), ==, (int) (3 + i));
    }
}

/* More different statements than are kept, and the kept ones again. */
static void
test_many_statements (Fixture *self, gconstpointer data)
{
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 200; i++)
      {
        g_autofree char *sql = g_strdup_printf ("SELECT %u + ?", i);

        g_assert_cmpint (finish_int64 (thaw_database_query_int64 (self->database, sql, "i", 1)),
                         ==,
                         i + 1);
      }
}

static void
test_in_flight (Fixture *self, gconstpointer data)
{
  enum { N = 500 };
  ThawFuture *futures[N];

  add_users (self, N);
  for (guint i = 0; i < N; i++)
    futures[i] = thaw_database_query_row (self->database,
                                          "SELECT name, age FROM users WHERE id = ?",
                                          "u",
                                          i + 1);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (ThawRow) row = finish_pointer (futures[i]);

      g_assert_cmpint (thaw_row_get_int64 (row, 1), ==, i);
    }
}

/* Statements of one caller are done in their order, whoever else asks. */
static void
test_order (Fixture *self, gconstpointer data)
{
  ThawFuture *futures[300];

  for (guint i = 0; i < 300; i += 3)
    {
      g_autofree char *name = g_strdup_printf ("u%u", i);

      futures[i] = thaw_database_exec (self->database,
                                       "INSERT INTO users (name, age) VALUES (?, ?)",
                                       "si",
                                       name,
                                       (int) i);
      futures[i + 1]
          = thaw_database_query_int64 (self->database, "SELECT count(*) FROM users", NULL);
      futures[i + 2]
          = thaw_database_query_int64 (self->database, "SELECT max(age) FROM users", NULL);
    }
  for (guint i = 0; i < 300; i += 3)
    {
      g_assert_cmpint (finish_int64 (futures[i]), ==, 1);
      g_assert_cmpint (finish_int64 (futures[i + 1]), ==, i / 3 + 1);
      g_assert_cmpint (finish_int64 (futures[i + 2]), ==, i);
    }
}

static void
test_transaction (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = self->database;
  ThawDatabase *within = finish_pointer (thaw_database_begin (db, self->scope));
  ThawFuture *other, *second;

  g_assert_true (thaw_database_is_transaction (within));
  g_assert_false (thaw_database_is_transaction (db));
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('in')", NULL));
  /* Somebody else's statement, and somebody else's transaction: they wait. */
  other = thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL);
  second = thaw_database_begin (db, self->scope);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (within, "SELECT count(*) FROM users", NULL)),
      ==,
      1);
  finish_error (thaw_database_begin (within, self->scope), ERROR, THAW_DATABASE_ERROR_PARAMETERS);
  g_assert_cmpint (thaw_future_get_state (other), ==, THAW_FUTURE_PENDING);
  g_assert_cmpint (thaw_future_get_state (second), ==, THAW_FUTURE_PENDING);
  finish (thaw_database_rollback (within));
  g_assert_cmpint (finish_int64 (other), ==, 0);
  finish_error (thaw_database_exec (within, "DELETE FROM users", NULL),
                G_IO_ERROR,
                G_IO_ERROR_CLOSED);
  finish_error (thaw_database_commit (within), G_IO_ERROR, G_IO_ERROR_CLOSED);
  finish (thaw_database_rollback (within));
  thaw_database_unref (within);

  within = finish_pointer (second);
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('in')", NULL));
  finish (thaw_database_commit (within));
  thaw_database_unref (within);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL)),
      ==,
      1);
}

static void
test_transaction_dropped (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = self->database;
  g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
  ThawDatabase *within = finish_pointer (thaw_database_begin (db, scope));
  ThawFuture *count;

  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('lost')", NULL));
  thaw_database_unref (within);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL)),
      ==,
      0);

  within = finish_pointer (thaw_database_begin (db, scope));
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('lost')", NULL));
  count = thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL);
  thaw_scope_cancel (scope);
  g_assert_cmpint (finish_int64 (count), ==, 0);
  finish_error (thaw_database_exec (within, "DELETE FROM users", NULL),
                G_IO_ERROR,
                G_IO_ERROR_CANCELLED);
  thaw_database_unref (within);
  finish_error (thaw_database_begin (db, scope), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static ThawFuture *
transfer_fiber (gpointer data)
{
  Fixture *self = data;
  g_autoptr (ThawDatabase) within = NULL;
  GError *error = NULL;
  gint64 age;

  within = thaw_await_pointer (thaw_database_begin (self->database, self->scope), &error);
  if (within == NULL)
    return thaw_future_new_rejected (error);
  age = thaw_await_int64 (
      thaw_database_query_int64 (within, "SELECT age FROM users WHERE id = 1", NULL),
      &error);
  if (error == NULL && thaw_fiber_yield (&error))
    thaw_await (thaw_database_exec (within, "UPDATE users SET age = ? WHERE id = 1", "x", age + 1),
                &error);
  if (error == NULL)
    thaw_await (thaw_database_commit (within), &error);
  return error != NULL ? thaw_future_new_rejected (error) : thaw_future_new_resolved ();
}

/* Read, pause, write, by many at once: none sees half of another. */
static void
test_transactions_of_fibers (Fixture *self, gconstpointer data)
{
  enum { N = 50 };
  ThawFuture *futures[N];

  finish (
      thaw_database_exec (self->database, "INSERT INTO users (name, age) VALUES ('x', 0)", NULL));
  for (guint i = 0; i < N; i++)
    futures[i] = thaw_scope_spawn (self->scope, "transfer", transfer_fiber, self, NULL);
  for (guint i = 0; i < N; i++)
    finish (futures[i]);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (self->database, "SELECT age FROM users", NULL)),
      ==,
      N);
}

static guint
drain_stream (ThawRowStream *stream)
{
  guint n = 0;

  for (;;)
    {
      g_autoptr (ThawRow) row = finish_pointer (thaw_row_stream_next (stream));

      if (row == NULL)
        return n;
      g_assert_cmpint (thaw_row_get_int64 (row, 0), ==, ++n);
    }
}

#define NUMBERS                                                                                    \
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT i FROM n"

static void
test_stream (Fixture *self, gconstpointer data)
{
  const int sizes[] = { 0, 1, 255, 256, 257, 512, 10000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (ThawRowStream) stream
          = thaw_database_stream (self->database, NUMBERS, "i", sizes[i]);

      g_assert_cmpuint (drain_stream (stream), ==, sizes[i]);
      g_assert_null (finish_pointer (thaw_row_stream_next (stream)));
    }
}

/* What is written meanwhile isn't seen, and neither waits for the other. */
static void
test_stream_beside_writes (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRowStream) stream = NULL;
  guint n = 0;

  add_users (self, 1000);
  stream = thaw_database_stream (self->database, "SELECT id FROM users ORDER BY id", NULL);
  for (;;)
    {
      g_autoptr (ThawRow) row = finish_pointer (thaw_row_stream_next (stream));

      if (row == NULL)
        break;
      n++;
      if (n % 100 == 0)
        finish (thaw_database_exec (self->database,
                                    "DELETE FROM users WHERE id > ?",
                                    "x",
                                    thaw_row_get_int64 (row, 0)));
    }
  g_assert_cmpuint (n, ==, 1000);
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (self->database, "SELECT count(*) FROM users", NULL)),
      ==,
      100);
}

/* A slow consumer keeps two batches at most: the query itself doesn't run on. */
static void
test_stream_back_pressure (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRowStream) stream = thaw_database_stream (self->database, NUMBERS, "i", G_MAXINT);

  for (guint i = 1; i <= 1000; i++)
    {
      g_autoptr (ThawRow) row = finish_pointer (thaw_row_stream_next (stream));

      g_assert_cmpint (thaw_row_get_int64 (row, 0), ==, i);
      g_assert_cmpuint (thaw_rows_get_n_rows (thaw_row_get_rows (row)), <=, 256);
    }
}

static void
test_stream_in_transaction (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDatabase) within
      = finish_pointer (thaw_database_begin (self->database, self->scope));
  g_autoptr (ThawRowStream) stream = NULL;
  g_autoptr (ThawRowStream) cut = NULL;

  finish (thaw_database_exec_script (
      within,
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)"
      "INSERT INTO users (name) SELECT 'u' || i FROM n"));
  stream = thaw_database_stream (within, "SELECT id FROM users ORDER BY id", NULL);
  g_assert_cmpuint (drain_stream (stream), ==, 2000);

  cut = thaw_database_stream (within, "SELECT id FROM users ORDER BY id", NULL);
  thaw_row_unref (finish_pointer (thaw_row_stream_next (cut)));
  finish (thaw_database_commit (within));
  {
    g_autoptr (GError) error = NULL;

    while (error == NULL)
      {
        ThawFuture *next = thaw_row_stream_next (cut);
        ThawRow *row;

        run_until_complete (next);
        row = thaw_future_take_pointer (next, &error);
        g_assert_true (row != NULL || error != NULL);
        g_clear_pointer (&row, thaw_row_unref);
        thaw_future_unref (next);
      }
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  }
}

static void
test_stream_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRowStream) wrong = thaw_database_stream (self->database, "SELEKT", NULL);
  g_autoptr (ThawRowStream) format = thaw_database_stream (self->database, "SELECT ?", "z");
  g_autoptr (ThawRowStream) change
      = thaw_database_stream (self->database, "DELETE FROM users RETURNING id", NULL);

  finish_error (thaw_row_stream_next (wrong), ERROR, THAW_DATABASE_ERROR_SQL);
  finish_error (thaw_row_stream_next (wrong), ERROR, THAW_DATABASE_ERROR_SQL);
  finish_error (thaw_row_stream_next (format), ERROR, THAW_DATABASE_ERROR_PARAMETERS);
  finish_error (thaw_row_stream_next (change), ERROR, THAW_DATABASE_ERROR_SQL);
}

static void
open_and_drop_streams (Fixture *self)
{
  ThawRowStream *streams[10];

  for (guint i = 0; i < 10; i++)
    {
      streams[i] = thaw_database_stream (self->database, "SELECT id FROM users ORDER BY id", NULL);
      thaw_row_unref (finish_pointer (thaw_row_stream_next (streams[i])));
    }
  for (guint i = 0; i < 10; i++)
    thaw_row_stream_unref (streams[i]);
  finish (thaw_database_exec (self->database, "UPDATE users SET age = age + 1", NULL));
}

/* Several at once, and more than the connections that are kept. SQLite itself keeps descriptors of
 * a file that is locked in the process, for the next connection. */
static void
test_many_streams (Fixture *self, gconstpointer data)
{
  guint n_files;

  add_users (self, 1000);
  open_and_drop_streams (self);
  n_files = count_open_files ();
  for (guint i = 0; i < 5; i++)
    open_and_drop_streams (self);
  g_assert_cmpuint (count_open_files (), <=, n_files);
}

static void
test_in_memory (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDatabase) db
      = finish_pointer (thaw_database_open (self->scope, NULL, THAW_DATABASE_DEFAULT, test_schema));
  g_autoptr (ThawRowStream) stream = NULL;

  finish (thaw_database_exec (db, "INSERT INTO users (name) VALUES ('a'), ('b')", NULL));
  stream = thaw_database_stream (db, "SELECT id FROM users ORDER BY id", NULL);
  g_assert_cmpuint (drain_stream (stream), ==, 2);
  finish (thaw_database_close (db));
  finish_error (thaw_database_query (db, "SELECT 1", NULL), G_IO_ERROR, G_IO_ERROR_CLOSED);
  finish (thaw_database_close (db));
}

static void
test_migrations (Fixture *self, gconstpointer data)
{
  const char *const newer[] = { test_schema[0], "ALTER TABLE users ADD COLUMN mail TEXT", NULL };
  const char *const broken[]
      = { newer[0], newer[1], "CREATE TABLE more (id); SELECT nonsense", NULL };
  const char *const fixed[] = { newer[0], newer[1], "CREATE TABLE more (id)", NULL };
  ThawDatabase *db;
  g_autoptr (GError) error = NULL;

  db = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
  finish (thaw_database_exec (db, "INSERT INTO users (name) VALUES ('old')", NULL));
  finish (thaw_database_close (db));
  thaw_database_unref (db);

  db = finish_pointer (thaw_database_open (self->scope, self->file, 0, newer));
  g_assert_cmpint (
      finish_int64 (
          thaw_database_query_int64 (db, "SELECT count(*) FROM users WHERE mail IS NULL", NULL)),
      ==,
      1);
  g_assert_cmpint (finish_int64 (thaw_database_query_int64 (db, "PRAGMA user_version", NULL)),
                   ==,
                   2);
  thaw_database_unref (db);

  /* Half of it leaves nothing. */
  error = finish_rejected (thaw_database_open (self->scope, self->file, 0, broken));
  g_assert_error (error, ERROR, THAW_DATABASE_ERROR_SCHEMA);
  g_assert_nonnull (strstr (error->message, "Migration 3"));
  g_assert_nonnull (strstr (error->message, self->path));
  db = finish_pointer (thaw_database_open (self->scope, self->file, 0, fixed));
  g_assert_cmpint (finish_int64 (thaw_database_query_int64 (db, "PRAGMA user_version", NULL)),
                   ==,
                   3);
  thaw_database_unref (db);

  finish_error (thaw_database_open (self->scope, self->file, 0, newer),
                ERROR,
                THAW_DATABASE_ERROR_SCHEMA);
}

/* A scope that ends closes its database: nothing of it is open, nothing is locked. */
static void
test_scope_closes (Fixture *self, gconstpointer data)
{
  ThawScope *scope = thaw_scope_new ("inner", NULL);
  guint n_files = count_open_files ();
  g_autoptr (ThawDatabase) db
      = finish_pointer (thaw_database_open (scope, self->file, 0, test_schema));
  g_autoptr (ThawDatabase) within = finish_pointer (thaw_database_begin (db, self->scope));

  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('x')", NULL));
  thaw_scope_cancel (scope);
  thaw_scope_unref (scope);
  run_until (count_open_files () == n_files);
  finish_error (thaw_database_query (db, "SELECT 1", NULL), G_IO_ERROR, G_IO_ERROR_CLOSED);
  finish (thaw_database_close (db));
}

static void
test_open_and_close (Fixture *self, gconstpointer data)
{
  guint n = 1000, n_files;
  ThawDatabase *db;

  finish (thaw_database_close (
      db = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema))));
  thaw_database_unref (db);
  n_files = count_open_files ();
  for (guint i = 0; i < n; i++)
    {
      db = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
      if (i % 3 == 0)
        finish (thaw_database_query_int64 (db, "SELECT count(*) FROM users", NULL));
      if (i % 2 == 0)
        finish (thaw_database_close (db));
      thaw_database_unref (db);
    }
  run_until (count_open_files () == n_files);
}

static gpointer
drop_handle (gpointer database)
{
  thaw_database_unref (database);
  return NULL;
}

/* A handle may be dropped by any thread, the closing happens all the same. */
static void
test_dropped_elsewhere (Fixture *self, gconstpointer data)
{
  guint n_files = count_open_files ();
  ThawDatabase *db = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));

  g_thread_join (g_thread_new ("drop", drop_handle, db));
  run_until (count_open_files () == n_files);
}

#define ADD(name, func) g_test_add ("/database/" name, Fixture, NULL, set_up, func, tear_down)
#define ADD_CLOSED(name, func)                                                                     \
  g_test_add ("/database/" name, Fixture, NULL, set_up_folder, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("statements", test_statements);
  ADD ("values", test_values);
  ADD ("variants", test_variants);
  ADD ("wrong-parameters", test_wrong_parameters);
  ADD ("script", test_script);
  ADD ("schema-changes", test_schema_changes);
  ADD ("many-statements", test_many_statements);
  ADD ("in-flight", test_in_flight);
  ADD ("order", test_order);
  ADD ("transaction", test_transaction);
  ADD ("transaction-dropped", test_transaction_dropped);
  ADD ("transactions-of-fibers", test_transactions_of_fibers);
  ADD ("stream", test_stream);
  ADD ("stream-beside-writes", test_stream_beside_writes);
  ADD ("stream-back-pressure", test_stream_back_pressure);
  ADD ("stream-in-transaction", test_stream_in_transaction);
  ADD ("stream-errors", test_stream_errors);
  ADD ("many-streams", test_many_streams);
  ADD_CLOSED ("in-memory", test_in_memory);
  ADD_CLOSED ("migrations", test_migrations);
  ADD_CLOSED ("scope-closes", test_scope_closes);
  ADD_CLOSED ("open-and-close", test_open_and_close);
  ADD_CLOSED ("dropped-elsewhere", test_dropped_elsewhere);
  return g_test_run ();
}
