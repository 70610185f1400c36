/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Thaw is for, against what others use for it: 100,000 tasks spawned and finished, 10,000
 * awaits one after the other, 10,000 files of 4 KiB read (each by itself, and as many), 1,000 GETs
 * from a local server at most ten at a time, 500 look-ups in SQLite. Contenders are asyncio,
 * Node.js, libdex, GIO and the bare way in C; each is a process that idles while it isn't asked,
 * and does a job as a user who knows it well would. They take turns round by round, each goes first
 * in turn, and medians count. Who isn't there, or can't do a job, is said and left out.
 *
 *   bench-async [--quick] [--job NAME] PROGRAM…     async-thaw, async-bare, async-asyncio.py, … */

#include "async-server.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define BODY_BYTES 1024
#define FILE_BYTES 4096
#define N_ROWS 20000
#define N_ROUNDS 7

enum { THAW, BARE, ASYNCIO, NODE, DEX, GIO, N_PEERS };

typedef struct {
  const char *key; /* its program is called async-KEY */
  const char *title;
  const char *interpreter;
  double bar;
  GSubprocess *process;
  GDataInputStream *answers;
  gboolean is_broken;
} Peer;

/* Debian's own sees Debian's aiohttp, whatever else is first in the path. */
#define PYTHON "/usr/bin/python3"

static Peer peers[N_PEERS] = {
  [THAW] = { "thaw", "Thaw" },
  [BARE] = { "bare", "bare C", .bar = 1.2 },
  [ASYNCIO] = { "asyncio", "asyncio", PYTHON, .bar = 1 },
  [NODE] = { "node", "Node", "node", .bar = 1 },
  [DEX] = { "dex", "libdex", .bar = 1 },
  [GIO] = { "gio", "GIO", .bar = 1 },
};

typedef struct {
  const char *name;
  guint n, n_quick;
  gboolean
      gio_is_bare; /* GIO's and libdex's way is the same library's as the bare one: so is the bar */
} Job;

static const Job jobs[] = {
  { "spawn", 100000, 2000 },   { "await", 10000, 500 },   { "read-each", 10000, 500 },
  { "read-many", 10000, 500 }, { "get", 1000, 50, TRUE }, { "look-up", 500, 500 },
};
#define N_JOBS G_N_ELEMENTS (jobs)

typedef struct {
  guint n_rounds; /* in which it answered */
  double usec[N_ROUNDS], cpu_usec[N_ROUNDS], server_share[N_ROUNDS];
} Figures;

static pid_t server;
static int failed;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (const double *values, guint n)
{
  double sorted[N_ROUNDS];

  memcpy (sorted, values, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_doubles);
  return sorted[n / 2];
}

/* What the jobs are about. */

static void
make_files (const char *folder, guint n)
{
  char bytes[FILE_BYTES];

  memset (bytes, 'x', sizeof bytes);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/file-%05u", folder, i);

      if (!g_file_set_contents_full (path,
                                     bytes,
                                     sizeof bytes,
                                     G_FILE_SET_CONTENTS_NONE,
                                     0600,
                                     NULL))
        g_error ("No room for files in %s", folder);
    }
}

static void
make_database (const char *path)
{
  g_autofree char *fill
      = g_strdup_printf ("PRAGMA journal_mode = WAL;"
                         "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INTEGER);"
                         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %d)"
                         "INSERT INTO users SELECT i, 'user number ' || i, i %% 100 + 1 FROM n",
                         N_ROWS);
  sqlite3 *database;

  if (sqlite3_open (path, &database) != SQLITE_OK
      || sqlite3_exec (database, fill, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", path, sqlite3_errmsg (database));
  sqlite3_close (database);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_unlink (path) != 0)
        remove_folder (path);
    }
  g_rmdir (folder);
}

/* The contenders. */

static char *
find_program (const Peer *self, char **programs)
{
  g_autofree char *name = g_strconcat ("async-", self->key, NULL);

  for (guint i = 0; programs != NULL && programs[i] != NULL; i++)
    {
      g_autofree char *base = g_path_get_basename (programs[i]);

      if (g_str_has_prefix (base, name))
        return programs[i];
    }
  return NULL;
}

static void
start_peer (Peer *self, char **programs, const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  char *program = find_program (self, programs);

  if (self->interpreter != NULL)
    g_ptr_array_add (argv, (char *) self->interpreter);
  g_ptr_array_add (argv, program);
  for (guint i = 0; i < 4; i++)
    g_ptr_array_add (argv, (char *) arguments[i]);
  g_ptr_array_add (argv, NULL);
  if (program != NULL)
    self->process
        = g_subprocess_newv ((const char *const *) argv->pdata,
                             G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                             &error);
  if (self->process == NULL)
    printf ("async-%s: skipped, %s\n",
            self->key,
            error != NULL ? error->message : "it isn't installed");
  else
    self->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
}

static void
stop_peer (Peer *self)
{
  if (self->process == NULL)
    return;
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->answers);
  g_clear_object (&self->process);
}

/* NULL: it isn't there, or can't. */
static char *
ask (Peer *self, const Job *job, guint n, guint first)
{
  g_autofree char *line = g_strdup_printf ("%s %u %u\n", job->name, n, first);
  char *answer;

  if (self->process == NULL || self->is_broken)
    return NULL;
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->process),
                             line,
                             strlen (line),
                             NULL,
                             NULL,
                             NULL);
  answer = g_data_input_stream_read_line (self->answers, NULL, NULL, NULL);
  if (answer == NULL)
    {
      printf ("async-%s-%s: skipped, it has broken off\n", job->name, self->key);
      self->is_broken = TRUE;
      failed = 1;
    }
  return answer;
}

static void
run_once (Peer *self, const Job *job, guint n, guint round, Figures *figures)
{
  gint64 server_usec = async_server_get_cpu_usec (server);
  g_autofree char *answer = ask (self, job, n, 1 + round * 7919 % (N_ROWS - n % N_ROWS));
  guint i = figures->n_rounds;
  double usec, cpu_usec;

  if (answer == NULL)
    return;
  if (sscanf (answer, "%lf %lf", &usec, &cpu_usec) != 2)
    {
      if (round == 0)
        printf ("async-%s-%s: skipped, %s\n", job->name, self->key, answer + strlen ("none "));
      return;
    }
  if (round == 0) /* warms up */
    return;
  figures->usec[i] = usec;
  figures->cpu_usec[i] = cpu_usec;
  figures->server_share[i] = 100.0 * (async_server_get_cpu_usec (server) - server_usec) / usec;
  figures->n_rounds++;
}

/* What came out. */

static void
report_peer (const Job *job, Peer *self, const Figures *ours, const Figures *theirs)
{
  double bar = job->gio_is_bare && self >= &peers[DEX] ? peers[BARE].bar : self->bar;
  double a = median (ours->usec, ours->n_rounds), b = median (theirs->usec, theirs->n_rounds);

  printf ("async-%s-%s: %.3f x %s, %.2f against %.2f ms (bar %s %g x) %s\n",
          job->name,
          self->key,
          a / b,
          self->title,
          a / 1000,
          b / 1000,
          bar > 1 ? "<=" : "<",
          bar,
          (bar > 1 ? a <= bar * b : a < b) ? "holds" : "short");
}

static void
report_cpu (const Job *job, const Figures *figures)
{
  printf ("# %s, ms of CPU time:", job->name);
  for (guint i = 0; i < N_PEERS; i++)
    if (figures[i].n_rounds > 0)
      printf (" %s %.2f", peers[i].title, median (figures[i].cpu_usec, figures[i].n_rounds) / 1000);
  printf ("\n");
}

/* It must not be the server that is measured. */
static void
report_server (const Figures *figures)
{
  double most = 0;

  for (guint i = 0; i < N_PEERS; i++)
    if (figures[i].n_rounds > 0)
      most = MAX (most, median (figures[i].server_share, figures[i].n_rounds));
  printf ("async-get-server: busy %.0f %% of Thaw's time, %.0f %% of the quickest's (bar <= 90 %%) "
          "%s\n",
          median (figures[THAW].server_share, figures[THAW].n_rounds),
          most,
          most <= 90 ? "holds" : "short");
}

static void
measure (const Job *job, gboolean quick, guint n_rounds)
{
  g_autofree Figures *figures = g_new0 (Figures, N_PEERS);

  for (guint round = 0; round <= n_rounds; round++)
    for (guint i = 0; i < N_PEERS; i++)
      {
        guint peer = (i + round) % N_PEERS;

        run_once (&peers[peer], job, quick ? job->n_quick : job->n, round, &figures[peer]);
      }
  if (figures[THAW].n_rounds == 0)
    return;
  for (guint i = BARE; i < N_PEERS; i++)
    if (figures[i].n_rounds > 0)
      report_peer (job, &peers[i], &figures[THAW], &figures[i]);
  report_cpu (job, figures);
  if (g_str_equal (job->name, "get"))
    report_server (figures);
}

static void
start_peers (char **programs, const char *folder, guint n_files, const char *uri)
{
  g_autofree char *files = g_build_filename (folder, "files", NULL);
  g_autofree char *database = g_build_filename (folder, "users.db", NULL);
  g_autofree char *n = g_strdup_printf ("%u", n_files);

  g_mkdir (files, 0700);
  make_files (files, n_files);
  make_database (database);
  for (guint i = 0; i < N_PEERS; i++)
    start_peer (&peers[i], programs, (const char *[]){ files, n, uri, database });
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE;
  g_autofree char *only = NULL, *uri = NULL, *folder = NULL;
  g_auto (GStrv) programs = NULL;
  const GOptionEntry options[] = {
    { "quick", 0, 0, G_OPTION_ARG_NONE, &quick, "Only show that it runs", NULL },
    { "job", 0, 0, G_OPTION_ARG_STRING, &only, "Only this one", "NAME" },
    { G_OPTION_REMAINING,
      0,
      0,
      G_OPTION_ARG_FILENAME_ARRAY,
      &programs,
      "The contenders",
      "PROGRAM…" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return 2;
  setvbuf (stdout, NULL, _IOLBF, 0);
  signal (SIGPIPE, SIG_IGN);
  server = async_server_start (BODY_BYTES, &uri);
  folder = g_dir_make_tmp ("thaw-bench-XXXXXX", NULL);
  start_peers (programs, folder, quick ? 500 : 10000, uri);
  for (guint i = 0; i < N_JOBS; i++)
    if (only == NULL || g_str_equal (jobs[i].name, only))
      measure (&jobs[i], quick, quick ? 1 : N_ROUNDS);
  for (guint i = 0; i < N_PEERS; i++)
    stop_peer (&peers[i]);
  kill (server, SIGKILL);
  remove_folder (folder);
  return failed;
}
