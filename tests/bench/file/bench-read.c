/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading 10,000 files of 4 KiB, warm: thaw_file_load_many() and one thaw_file_load() for each,
 * against two threads of plain C (open, fstat, read, close into memory of the size), asyncio and
 * Node. Interleaved rounds, medians. The longest time that the loop was held is told too.
 *
 *   bench-read [--quick] ASYNCIO-SCRIPT NODE-SCRIPT */

#include "thaw-file-data.h"

#include "turns.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_THREADS 2
#define FILE_BYTES 4096

typedef struct {
  guint n;
  char *folder;
  char **paths;
  GFile **files;
  char **contents;
  guint next; /* atomic */
  ThawScope *scope;
  GSubprocess *peers[2];
  GDataInputStream *answers[2];
} Bench;

static void
make_files (Bench *self)
{
  char bytes[FILE_BYTES];

  memset (bytes, 'x', sizeof bytes);
  self->folder = g_dir_make_tmp ("thaw-bench-XXXXXX", NULL);
  self->paths = g_new0 (char *, self->n);
  self->files = g_new0 (GFile *, self->n);
  self->contents = g_new0 (char *, self->n);
  for (guint i = 0; i < self->n; i++)
    {
      self->paths[i] = g_strdup_printf ("%s/file-%05u", self->folder, i);
      self->files[i] = g_file_new_for_path (self->paths[i]);
      g_assert_true (g_file_set_contents (self->paths[i], bytes, sizeof bytes, NULL));
    }
}

static void
remove_files (Bench *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      g_unlink (self->paths[i]);
      g_free (self->paths[i]);
      g_object_unref (self->files[i]);
    }
  g_rmdir (self->folder);
  g_free (self->paths);
  g_free (self->files);
  g_free (self->contents);
  g_free (self->folder);
}

static void
read_plainly (Bench *self, guint i)
{
  int fd = open (self->paths[i], O_RDONLY | O_CLOEXEC);
  struct stat info;

  if (fd < 0 || fstat (fd, &info) != 0)
    g_error ("A file is missing");
  self->contents[i] = g_malloc ((gsize) info.st_size);
  if (read (fd, self->contents[i], (size_t) info.st_size) != info.st_size)
    g_error ("A file is short");
  close (fd);
}

static void *
bare_thread (void *data)
{
  Bench *self = data;
  guint from;

  while ((from = __atomic_fetch_add (&self->next, 32, __ATOMIC_RELAXED)) < self->n)
    for (guint i = from; i < MIN (from + 32, self->n); i++)
      read_plainly (self, i);
  return NULL;
}

static double
bare (Bench *self)
{
  pthread_t threads[N_THREADS];
  gint64 start_usec = g_get_monotonic_time (), end_usec;

  self->next = 0;
  for (guint i = 0; i < N_THREADS; i++)
    pthread_create (&threads[i], NULL, bare_thread, self);
  for (guint i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
  end_usec = g_get_monotonic_time ();
  for (guint i = 0; i < self->n; i++)
    g_free (self->contents[i]);
  return end_usec - start_usec;
}

static void
run_until_complete (ThawFuture *future)
{
  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
}

static double
load_many (Bench *self)
{
  gint64 start_usec = g_get_monotonic_time (), end_usec;
  g_autoptr (ThawFuture) future = thaw_file_load_many (self->scope, self->files, self->n, 0);
  GPtrArray *contents;

  run_until_complete (future);
  end_usec = g_get_monotonic_time ();
  contents = thaw_future_get_pointer (future, NULL);
  for (guint i = 0; i < self->n; i++)
    g_assert_nonnull (((ThawFileContents *) contents->pdata[i])->bytes);
  return end_usec - start_usec;
}

static double
load_each (Bench *self)
{
  g_autofree ThawFuture **futures = g_new (ThawFuture *, self->n);
  gint64 start_usec = g_get_monotonic_time (), end_usec;

  for (guint i = 0; i < self->n; i++)
    futures[i] = thaw_file_load (self->scope, self->files[i], 0, NULL);
  for (guint i = 0; i < self->n; i++)
    run_until_complete (futures[i]);
  end_usec = g_get_monotonic_time ();
  for (guint i = 0; i < self->n; i++)
    {
      g_assert_no_error (thaw_future_get_error (futures[i]));
      thaw_future_unref (futures[i]);
    }
  return end_usec - start_usec;
}

static double
ask_peer (Bench *self, guint index)
{
  g_autofree char *answer = NULL;

  if (self->peers[index] == NULL)
    return 0;
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->peers[index]),
                             "go\n",
                             3,
                             NULL,
                             NULL,
                             NULL);
  answer = g_data_input_stream_read_line (self->answers[index], NULL, NULL, NULL);
  return answer != NULL ? g_ascii_strtod (answer, NULL) : 0;
}

static double
asyncio (Bench *self)
{
  return ask_peer (self, 0);
}

static double
node (Bench *self)
{
  return ask_peer (self, 1);
}

static void
start_peer (Bench *self, guint index, const char *program, const char *script)
{
  g_autoptr (GError) error = NULL;

  self->peers[index]
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                          &error,
                          program,
                          script,
                          self->folder,
                          NULL);
  if (self->peers[index] == NULL)
    printf ("# no %s: %s\n", program, error->message);
  else
    self->answers[index]
        = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->peers[index]));
}

static void
stop_peer (Bench *self, guint index)
{
  if (self->peers[index] == NULL)
    return;
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->peers[index]), NULL, NULL);
  g_subprocess_wait (self->peers[index], NULL, NULL);
  g_clear_object (&self->answers[index]);
  g_clear_object (&self->peers[index]);
}

static const struct {
  const char *name;
  double (*func) (Bench *self);
} contenders[] = {
  { "threads and read", bare }, { "load_many", load_many }, { "load, one each", load_each },
  { "asyncio", asyncio },       { "node", node },
};
#define N_CONTENDERS G_N_ELEMENTS (contenders)

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
measure (Bench *self, guint n_rounds, double *medians)
{
  GArray *figures[N_CONTENDERS];

  for (guint i = 0; i < N_CONTENDERS; i++)
    figures[i] = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint round = 0; round <= n_rounds; round++)
    for (guint i = 0; i < N_CONTENDERS; i++)
      {
        double usec = contenders[i].func (self);

        if (round > 0)
          g_array_append_val (figures[i], usec);
      }
  for (guint i = 0; i < N_CONTENDERS; i++)
    {
      g_array_sort (figures[i], compare_doubles);
      medians[i] = g_array_index (figures[i], double, figures[i]->len / 2);
      g_array_unref (figures[i]);
    }
}

static double
measure_hold (Bench *self)
{
  turns_install (g_main_context_default ());
  turns_reset ();
  load_many (self);
  return turns_get ().longest_cpu_usec;
}

static void
report (Bench *self, const double *medians, double hold_usec)
{
  double ratio = medians[1] / medians[0], ratio_each = medians[2] / medians[0];

  for (guint i = 0; i < N_CONTENDERS; i++)
    if (medians[i] > 0)
      printf ("# %u files, %s: %.1f ms\n", self->n, contenders[i].name, medians[i] / 1000);
  printf ("small files against threads and read: %.2f x (bar <= 1.2) %s\n",
          ratio,
          ratio <= 1.2 ? "holds" : "short");
  printf ("small files, a load for each, against threads and read: %.2f x (bar <= 1.2) %s\n",
          ratio_each,
          ratio_each <= 1.2 ? "holds" : "short");
  for (guint i = 3; i < N_CONTENDERS; i++)
    if (medians[i] > 0)
      printf ("small files against %s: %.1f x faster (bar > 1) %s\n",
              contenders[i].name,
              medians[i] / medians[1],
              medians[i] > medians[1] ? "holds" : "short");
  printf ("longest turn of the loop: %.1f ms (bar <= 12) %s\n",
          hold_usec / 1000,
          hold_usec <= 12000 ? "holds" : "short");
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  Bench self = { .n = quick ? 500 : 10000 };
  double medians[N_CONTENDERS], hold_usec;

  make_files (&self);
  self.scope = thaw_scope_new ("bench", NULL);
  if (argc > 2 + quick)
    {
      start_peer (&self, 0, "python3", argv[1 + quick]);
      start_peer (&self, 1, "node", argv[2 + quick]);
    }
  measure (&self, quick ? 3 : 15, medians);
  hold_usec = measure_hold (&self);
  report (&self, medians, hold_usec);
  stop_peer (&self, 0);
  stop_peer (&self, 1);
  thaw_scope_cancel (self.scope);
  thaw_scope_unref (self.scope);
  remove_files (&self);
  return 0;
}
