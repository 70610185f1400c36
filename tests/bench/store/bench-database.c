/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 500 look-ups by key in flight at once, against SQLite alone in C (one prepared statement, one
 * after the other: each by itself, and all in one transaction) and asyncio with a database thread.
 * Interleaved rounds, medians. Node 20 has no SQLite; a newer one could be added beside asyncio.
 *
 *   bench-database [--quick] ASYNCIO-SCRIPT */

#include "thaw-database.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define N_ROWS 20000
#define N_LOOKUPS 500
#define SQL "SELECT name, age FROM users WHERE id = ?"

typedef struct {
  ThawDatabase *database;
  ThawScope *scope;
  sqlite3 *bare;
  sqlite3_stmt *statement;
  GSubprocess *asyncio;
  GDataInputStream *answers;
  guint first; /* of the keys of this round */
} Bench;

typedef double (*Contender) (Bench *self);

static const char *const schema[]
    = { "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INTEGER)", NULL };

static double
bare_lookups (Bench *self)
{
  gint64 start_usec = g_get_monotonic_time (), sum = 0;

  for (guint i = 0; i < N_LOOKUPS; i++)
    {
      g_autofree char *name = NULL;

      sqlite3_bind_int64 (self->statement, 1, self->first + i);
      if (sqlite3_step (self->statement) != SQLITE_ROW)
        g_error ("A row is missing");
      /* Kept, as a program would. */
      name = g_strdup ((const char *) sqlite3_column_text (self->statement, 0));
      sum += sqlite3_column_int64 (self->statement, 1) + name[0];
      sqlite3_reset (self->statement);
    }
  g_assert_cmpint (sum, >, 0);
  return g_get_monotonic_time () - start_usec;
}

static double
bare_lookups_in_one (Bench *self)
{
  double usec;
  gint64 start_usec = g_get_monotonic_time ();

  sqlite3_exec (self->bare, "BEGIN", NULL, NULL, NULL);
  bare_lookups (self);
  sqlite3_exec (self->bare, "COMMIT", NULL, NULL, NULL);
  usec = g_get_monotonic_time () - start_usec;
  return usec;
}

static ThawFuture *
lookups_fiber (gpointer data)
{
  Bench *self = data;
  ThawFuture *futures[N_LOOKUPS];
  g_autoptr (GError) error = NULL;
  gint64 sum = 0;

  for (guint i = 0; i < N_LOOKUPS; i++)
    futures[i] = thaw_database_query_row (self->database, SQL, "u", self->first + i);
  for (guint i = 0; i < N_LOOKUPS; i++)
    {
      g_autoptr (ThawRow) row = thaw_await_pointer (futures[i], &error);

      g_assert_no_error (error);
      sum += thaw_row_get_int64 (row, 1) + thaw_row_get_text (row, 0)[0];
    }
  g_assert_cmpint (sum, >, 0);
  return thaw_future_new_resolved ();
}

static ThawFuture *
one_by_one_fiber (gpointer data)
{
  Bench *self = data;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < N_LOOKUPS; i++)
    {
      g_autoptr (ThawRow) row
          = thaw_await_pointer (thaw_database_query_row (self->database, SQL, "u", self->first + i),
                                &error);

      g_assert_no_error (error);
    }
  return thaw_future_new_resolved ();
}

static double
run_fiber (Bench *self, ThawFiberFunc func)
{
  gint64 start_usec = g_get_monotonic_time ();
  g_autoptr (ThawFuture) future = thaw_scope_spawn (self->scope, "lookups", func, self, NULL);

  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
  return g_get_monotonic_time () - start_usec;
}

static double
thaw_lookups (Bench *self)
{
  return run_fiber (self, lookups_fiber);
}

static double
thaw_one_by_one (Bench *self)
{
  return run_fiber (self, one_by_one_fiber);
}

static double
asyncio_lookups (Bench *self)
{
  g_autofree char *line = g_strdup_printf ("%u\n", self->first);
  g_autofree char *answer = NULL;

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->asyncio),
                             line,
                             strlen (line),
                             NULL,
                             NULL,
                             NULL);
  answer = g_data_input_stream_read_line (self->answers, NULL, NULL, NULL);
  return answer != NULL ? g_ascii_strtod (answer, NULL) : 0;
}

static gpointer
wait_for (ThawFuture *future)
{
  g_autoptr (GError) error = NULL;
  gpointer value;

  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
  value = thaw_future_take_pointer (future, &error);
  g_assert_no_error (error);
  thaw_future_unref (future);
  return value;
}

static void
start_asyncio (Bench *self, const char *script, const char *path)
{
  g_autoptr (GError) error = NULL;

  self->asyncio = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                    &error,
                                    "python3",
                                    script,
                                    path,
                                    NULL);
  if (self->asyncio == NULL)
    {
      printf ("# no asyncio: %s\n", error->message);
      return;
    }
  self->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->asyncio));
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (GArray *values)
{
  g_array_sort (values, compare_doubles);
  return g_array_index (values, double, values->len / 2);
}

static const struct {
  const char *name;
  Contender func;
} contenders[] = {
  { "sqlite3 alone", bare_lookups },
  { "sqlite3 alone, one transaction", bare_lookups_in_one },
  { "thaw", thaw_lookups },
  { "asyncio", asyncio_lookups },
  { "thaw, one by one", thaw_one_by_one },
};
#define N_CONTENDERS G_N_ELEMENTS (contenders)

static void
measure (Bench *self, guint n_rounds, double *medians)
{
  GArray *figures[N_CONTENDERS];

  for (guint i = 0; i < N_CONTENDERS; i++)
    figures[i] = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint round = 0; round <= n_rounds; round++)
    for (guint i = 0; i < N_CONTENDERS; i++)
      {
        double usec;

        if (contenders[i].func == asyncio_lookups && self->asyncio == NULL)
          continue;
        self->first = 1 + (round * 7919 + i * 499) % (N_ROWS - N_LOOKUPS);
        usec = contenders[i].func (self);
        if (round > 0)
          g_array_append_val (figures[i], usec);
      }
  for (guint i = 0; i < N_CONTENDERS; i++)
    {
      medians[i] = figures[i]->len > 0 ? median (figures[i]) : 0;
      g_array_unref (figures[i]);
    }
}

static void
report (const double *medians)
{
  double ratio = medians[2] / medians[0];

  for (guint i = 0; i < N_CONTENDERS; i++)
    if (medians[i] > 0)
      printf ("# %d look-ups, %s: %.0f us\n", N_LOOKUPS, contenders[i].name, medians[i]);
  printf ("500 look-ups against sqlite3 alone: %.2f x (bar <= 1.2) %s\n",
          ratio,
          ratio <= 1.2 ? "holds" : "short");
  if (medians[3] > 0)
    printf ("500 look-ups against asyncio: %.1f x faster (bar > 1) %s\n",
            medians[3] / medians[2],
            medians[3] > medians[2] ? "holds" : "short");
}

static void
fill (Bench *self)
{
  wait_for (
      thaw_database_exec (self->database,
                          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
                          "INSERT INTO users SELECT i, 'user number ' || i, i % 100 + 1 FROM n",
                          "i",
                          N_ROWS));
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  const char *script = argc > 1 + quick ? argv[1 + quick] : NULL;
  g_autofree char *folder = g_dir_make_tmp ("thaw-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "bench.db", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  Bench self = { .scope = thaw_scope_new ("bench", NULL) };
  double medians[N_CONTENDERS];

  self.database = wait_for (thaw_database_open (self.scope, file, THAW_DATABASE_DEFAULT, schema));
  fill (&self);
  g_assert_cmpint (sqlite3_open (path, &self.bare), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (self.bare, SQL, -1, &self.statement, NULL), ==, SQLITE_OK);
  if (script != NULL)
    start_asyncio (&self, script, path);

  measure (&self, quick ? 3 : 101, medians);
  report (medians);

  if (self.asyncio != NULL)
    {
      g_output_stream_close (g_subprocess_get_stdin_pipe (self.asyncio), NULL, NULL);
      g_subprocess_wait (self.asyncio, NULL, NULL);
    }
  g_clear_object (&self.answers);
  g_clear_object (&self.asyncio);
  sqlite3_finalize (self.statement);
  sqlite3_close (self.bare);
  wait_for (thaw_database_close (self.database));
  thaw_database_unref (self.database);
  thaw_scope_cancel (self.scope);
  thaw_scope_unref (self.scope);
  remove_folder (folder);
  return 0;
}
