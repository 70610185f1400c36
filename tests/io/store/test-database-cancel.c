/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling each thing that returns a future: before it starts, while it runs, when it is done;
 * and at random moments, with a printed seed, after which the database must be whole and nobody
 * must be left waiting. */

#include "store-test.h"

/* Counts for ever, so that only being cancelled ends it. */
#define ENDLESS "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "

typedef ThawFuture *(*Start) (Fixture *self, ThawDatabase *db);

static ThawFuture *
start_query (Fixture *self, ThawDatabase *db)
{
  return thaw_database_query (db, ENDLESS "SELECT count(*) FROM n", NULL);
}

static ThawFuture *
start_row (Fixture *self, ThawDatabase *db)
{
  return thaw_database_query_row (db, ENDLESS "SELECT count(*) FROM n", NULL);
}

static ThawFuture *
start_int64 (Fixture *self, ThawDatabase *db)
{
  return thaw_database_query_int64 (db, ENDLESS "SELECT count(*) FROM n", NULL);
}

static ThawFuture *
start_text (Fixture *self, ThawDatabase *db)
{
  return thaw_database_query_text (db, ENDLESS "SELECT count(*) FROM n", NULL);
}

static ThawFuture *
start_exec (Fixture *self, ThawDatabase *db)
{
  return thaw_database_exec (db,
                             ENDLESS "INSERT INTO users (name) SELECT i FROM n WHERE i < 0",
                             NULL);
}

static ThawFuture *
start_insert (Fixture *self, ThawDatabase *db)
{
  return thaw_database_insert (db, ENDLESS "INSERT INTO users (name) SELECT i FROM n", NULL);
}

static ThawFuture *
start_script (Fixture *self, ThawDatabase *db)
{
  return thaw_database_exec_script (db,
                                    "INSERT INTO users (name) VALUES ('lost');" ENDLESS
                                    "SELECT count(*) FROM n");
}

static const Start starts[]
    = { start_query, start_row, start_int64, start_text, start_exec, start_insert, start_script };

static void
assert_usable (Fixture *self)
{
  g_assert_cmpint (
      finish_int64 (thaw_database_query_int64 (self->database, "SELECT count(*) FROM users", NULL)),
      ==,
      0);
}

static void
cancel_and_check (ThawFuture *future)
{
  thaw_future_cancel (future);
  assert_cancelled (future);
  thaw_future_unref (future);
}

/* Behind something that doesn't end, so that none of it has begun. */
static void
test_before (Fixture *self, gconstpointer data)
{
  ThawFuture *first = start_query (self, self->database);

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    cancel_and_check (starts[i](self, self->database));
  cancel_and_check (thaw_database_begin (self->database, self->scope));
  cancel_and_check (first);
  assert_usable (self);
}

/* Nothing keeps an opening from being fast: then there is a handle that nobody takes. */
static void
test_open (Fixture *self, gconstpointer data)
{
  guint n_files = count_open_files ();

  for (guint i = 0; i < 200; i++)
    {
      ThawFuture *future = thaw_database_open (self->scope, self->file, 0, test_schema);

      for (guint j = 0; j < i % 8; j++)
        g_main_context_iteration (NULL, FALSE);
      thaw_future_cancel (future);
      g_assert_cmpint (thaw_future_get_state (future), !=, THAW_FUTURE_PENDING);
      thaw_future_unref (future);
    }
  run_until (count_open_files () <= n_files);
  self->database = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
  assert_usable (self);
}

/* Whether it runs can't be seen from outside: a little later it does. */
static gboolean
set_flag_cb (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

static void
let_it_run (void)
{
  gboolean over = FALSE;

  g_timeout_add (30, set_flag_cb, &over);
  run_until (over);
}

static void
test_during (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      ThawFuture *future = starts[i](self, self->database);

      let_it_run ();
      g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_PENDING);
      cancel_and_check (future);
      assert_usable (self);
    }
}

/* In a transaction, a change that is stopped takes it down; a query doesn't. */
static void
test_during_in_transaction (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      g_autoptr (ThawDatabase) within
          = finish_pointer (thaw_database_begin (self->database, self->scope));
      ThawFuture *future = starts[i](self, within);

      let_it_run ();
      cancel_and_check (future);
      finish (thaw_database_rollback (within));
      assert_usable (self);
    }
}

static void
test_after (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = self->database;
  ThawFuture *future = thaw_database_query (db, "SELECT 1", NULL);
  ThawFuture *begun;

  run_until_complete (future);
  thaw_future_cancel (future);
  g_assert_no_error (thaw_future_get_error (future));
  thaw_future_unref (future);

  begun = thaw_database_begin (db, self->scope);
  run_until_complete (begun);
  thaw_future_cancel (begun);
  g_assert_no_error (thaw_future_get_error (begun));
  thaw_future_unref (begun); /* Nobody took the handle: it is rolled back. */
  assert_usable (self);
}

static void
test_transaction_ends (Fixture *self, gconstpointer data)
{
  ThawDatabase *within = finish_pointer (thaw_database_begin (self->database, self->scope));
  g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
  ThawDatabase *second;
  ThawFuture *future;

  /* A commit that is cancelled before it runs commits nothing; the handle's end rolls back. */
  finish (thaw_database_exec (within, "INSERT INTO users (name) VALUES ('lost')", NULL));
  future = thaw_database_query (within, ENDLESS "SELECT count(*) FROM n", NULL);
  let_it_run ();
  cancel_and_check (thaw_database_commit (within));
  cancel_and_check (future);
  thaw_database_unref (within);
  assert_usable (self);

  /* Its scope ends while a statement runs: that is stopped. */
  second = finish_pointer (thaw_database_begin (self->database, scope));
  future = thaw_database_query (second, ENDLESS "SELECT count(*) FROM n", NULL);
  let_it_run ();
  thaw_scope_cancel (scope);
  run_until_complete (future);
  assert_cancelled (future);
  thaw_future_unref (future);
  assert_usable (self);
  thaw_database_unref (second);

  /* Cancelling a rollback only ends the waiting. */
  second = finish_pointer (thaw_database_begin (self->database, self->scope));
  future = thaw_database_rollback (second);
  thaw_future_cancel (future);
  thaw_future_unref (future);
  assert_usable (self);
  thaw_database_unref (second);
}

static void
test_begin_while_it_waits (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("inner", self->scope);
  ThawDatabase *first = finish_pointer (thaw_database_begin (self->database, self->scope));
  ThawFuture *second = thaw_database_begin (self->database, scope);
  ThawFuture *third = thaw_database_begin (self->database, self->scope);
  ThawFuture *read = thaw_database_query (self->database, "SELECT 1", NULL);

  let_it_run ();
  thaw_scope_cancel (scope);
  cancel_and_check (third);
  cancel_and_check (read);
  thaw_database_unref (first);
  run_until_complete (second);
  assert_cancelled (second);
  thaw_future_unref (second);
  assert_usable (self);
}

/* Waiting for another program's lock ends at once too. */
static void
test_while_busy (Fixture *self, gconstpointer data)
{
  sqlite3 *other;
  ThawFuture *future;
  gint64 start_usec;

  thaw_database_set_busy_timeout (self->database, 600 * G_USEC_PER_SEC);
  g_assert_cmpint (sqlite3_open (self->path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  future = thaw_database_exec (self->database, "DELETE FROM users", NULL);
  let_it_run ();
  start_usec = g_get_monotonic_time ();
  cancel_and_check (future);
  assert_usable (self);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, <, 30 * G_USEC_PER_SEC);
  sqlite3_close (other);
}

static void
test_stream (Fixture *self, gconstpointer data)
{
  ThawRowStream *stream = thaw_database_stream (self->database, ENDLESS "SELECT i FROM n", NULL);
  ThawFuture *next = thaw_row_stream_next (stream);
  ThawRow *row;

  /* A row that nobody took is the next one's. */
  cancel_and_check (next);
  row = finish_pointer (thaw_row_stream_next (stream));
  g_assert_cmpint (thaw_row_get_int64 (row, 0), ==, 1);
  thaw_row_unref (row);
  next = thaw_row_stream_next (stream);
  thaw_future_cancel (next);
  thaw_future_unref (next);
  thaw_row_stream_unref (stream);
  assert_usable (self);

  /* Dropped while it runs, with somebody waiting. */
  stream = thaw_database_stream (self->database, ENDLESS "SELECT count(*) FROM n", NULL);
  next = thaw_row_stream_next (stream);
  let_it_run ();
  thaw_row_stream_unref (stream);
  assert_cancelled (next);
  thaw_future_unref (next);
  assert_usable (self);
}

static void
test_close (Fixture *self, gconstpointer data)
{
  ThawDatabase *db = finish_pointer (thaw_database_open (self->scope, self->file, 0, test_schema));
  ThawFuture *running = thaw_database_query (db, ENDLESS "SELECT count(*) FROM n", NULL);
  ThawFuture *late;

  /* The closing waits for what was asked before, and goes on when nobody waits for it. */
  cancel_and_check (thaw_database_close (db));
  late = thaw_database_close (db);
  let_it_run ();
  g_assert_cmpint (thaw_future_get_state (late), ==, THAW_FUTURE_PENDING);
  cancel_and_check (running);
  finish (late);
  thaw_database_unref (db);
}

static void
test_scope_ends_while_it_runs (Fixture *self, gconstpointer data)
{
  ThawScope *scope = thaw_scope_new ("inner", NULL);
  ThawDatabase *db = finish_pointer (thaw_database_open (scope, self->file, 0, test_schema));
  ThawFuture *running = thaw_database_query (db, ENDLESS "SELECT count(*) FROM n", NULL);
  ThawFuture *waiting = thaw_database_query (db, "SELECT 1", NULL);

  let_it_run ();
  thaw_scope_cancel (scope);
  run_until_complete (running);
  run_until_complete (waiting);
  assert_cancelled (running);
  assert_cancelled (waiting);
  thaw_future_unref (running);
  thaw_future_unref (waiting);
  finish (thaw_database_close (db));
  thaw_database_unref (db);
  thaw_scope_unref (scope);
}

/* Adds one to two rows, in a transaction, with pauses: at any moment both are equal. */
static ThawFuture *
pair_fiber (gpointer data)
{
  Fixture *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawDatabase) within
      = thaw_await_pointer (thaw_database_begin (self->database, self->scope), &error);

  for (int i = 1; within != NULL && error == NULL && i <= 2; i++)
    if (thaw_fiber_yield (&error))
      thaw_await (
          thaw_database_exec (within, "UPDATE users SET age = age + 1 WHERE id = ?", "i", i),
          &error);
  if (within != NULL && error == NULL)
    thaw_await (thaw_database_commit (within), &error);
  return thaw_future_new_resolved ();
}

static void
check_pair (Fixture *self, gint64 n_at_most)
{
  g_autoptr (ThawRows) rows
      = finish_pointer (thaw_database_query (self->database, "SELECT age FROM users", NULL));
  gint64 age = thaw_row_get_int64 (thaw_rows_get_row (rows, 0), 0);

  g_assert_cmpint (thaw_row_get_int64 (thaw_rows_get_row (rows, 1), 0), ==, age);
  g_assert_cmpint (age, <=, n_at_most);
}

static void
test_random (Fixture *self, gconstpointer data)
{
  enum { N = 400 };
  ThawFuture *futures[N] = { NULL };
  ThawScope *fixture_scope = self->scope;

  finish (thaw_database_exec (self->database,
                              "INSERT INTO users (name, age) VALUES ('a', 0), ('b', 0)",
                              NULL));
  for (guint round = 0; round < 4; round++)
    {
      guint n = 0, n_steps = (guint) g_test_rand_int_range (0, 4000);

      self->scope = thaw_scope_new ("round", fixture_scope);
      for (guint i = 0; i < N; i++)
        futures[n++] = thaw_scope_spawn (self->scope, "pair", pair_fiber, self, NULL);
      for (guint i = 0; i < n_steps; i++)
        {
          g_main_context_iteration (NULL, FALSE);
          if (g_test_rand_int_range (0, 10) == 0)
            thaw_future_cancel (futures[g_test_rand_int_range (0, N)]);
        }
      if (round % 2 == 1)
        thaw_scope_cancel (self->scope);
      for (guint i = 0; i < N; i++)
        {
          run_until_complete (futures[i]);
          g_clear_pointer (&futures[i], thaw_future_unref);
        }
      check_pair (self, (round + 1) * N);
      thaw_scope_cancel (self->scope);
      thaw_scope_unref (self->scope);
    }
  self->scope = fixture_scope;
}

#define ADD(name, func)                                                                            \
  g_test_add ("/database-cancel/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("before", test_before);
  g_test_add ("/database-cancel/open", Fixture, NULL, set_up_folder, test_open, tear_down);
  ADD ("during", test_during);
  ADD ("during-in-transaction", test_during_in_transaction);
  ADD ("after", test_after);
  ADD ("transaction-ends", test_transaction_ends);
  ADD ("begin-while-it-waits", test_begin_while_it_waits);
  ADD ("while-busy", test_while_busy);
  ADD ("stream", test_stream);
  ADD ("close", test_close);
  ADD ("scope-ends-while-it-runs", test_scope_ends_while_it_runs);
  ADD ("random", test_random);
  return g_test_run ();
}
