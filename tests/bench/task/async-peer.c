/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contenders that are written in C share: the conversation with bench-async, the clocks,
 * and reading a file. One thread; the jobs start others. */

#include "async-peer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
peer_run_until_none_is_left (const guint *n_left)
{
  while (*n_left > 0)
    g_main_context_iteration (NULL, TRUE);
}

char *
peer_read_plainly (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  char *bytes;

  if (fd < 0 || fstat (fd, &info) != 0)
    g_error ("A file is missing");
  bytes = g_malloc ((gsize) info.st_size);
  if (info.st_size != FILE_BYTES || read (fd, bytes, FILE_BYTES) != FILE_BYTES)
    g_error ("A file is short");
  close (fd);
  return bytes;
}

static gint64
now_usec (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
find_files (Peer *self, const char *folder, guint n)
{
  self->n_files = n;
  self->paths = g_new0 (char *, n);
  self->files = g_new0 (GFile *, n);
  self->contents = g_new0 (gpointer, n);
  for (guint i = 0; i < n; i++)
    {
      self->paths[i] = g_strdup_printf ("%s/file-%05u", folder, i);
      self->files[i] = g_file_new_for_path (self->paths[i]);
    }
}

static void
free_contents (Peer *self)
{
  for (guint i = 0; self->free_contents != NULL && i < self->n_files; i++)
    g_clear_pointer (&self->contents[i], self->free_contents);
  self->free_contents = NULL;
}

static void
run_job (Peer *self, const PeerJob *job, guint n)
{
  gint64 start_usec, start_cpu_usec, usec;

  start_cpu_usec = now_usec (CLOCK_PROCESS_CPUTIME_ID);
  start_usec = now_usec (CLOCK_MONOTONIC);
  job->run (self, n);
  usec = now_usec (CLOCK_MONOTONIC) - start_usec;
  printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
          usec,
          now_usec (CLOCK_PROCESS_CPUTIME_ID) - start_cpu_usec);
  free_contents (self);
}

int
peer_main (int argc, char **argv, const PeerJob *jobs, gsize n_jobs)
{
  Peer self = { 0 };
  g_autofree gboolean *is_prepared = g_new0 (gboolean, n_jobs);
  char line[256], name[32];
  guint n;

  if (argc != 5)
    g_error ("Usage: %s FOLDER N-FILES URI DATABASE", argv[0]);
  setvbuf (stdout, NULL, _IOLBF, 0);
  self.uri = argv[3];
  self.database = argv[4];
  find_files (&self, argv[1], (guint) g_ascii_strtoull (argv[2], NULL, 10));
  while (fgets (line, sizeof line, stdin) != NULL
         && sscanf (line, "%31s %u %u", name, &n, &self.first) == 3)
    {
      gsize i = 0;

      while (i < n_jobs && !g_str_equal (jobs[i].name, name))
        i++;
      if (i == n_jobs)
        {
          printf ("none it has no such job\n");
          continue;
        }
      if (jobs[i].prepare != NULL && !is_prepared[i])
        jobs[i].prepare (&self);
      is_prepared[i] = TRUE;
      run_job (&self, &jobs[i], n);
    }
  return 0;
}
