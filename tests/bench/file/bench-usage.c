/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measuring a tree beside `du -s`, in turns, in the same run, with a warm cache: `bench-usage
 * [--quick] [DIR]`. DIR is made if it isn't there: a million files in ten thousand folders, three
 * deep. Both are processes of their own, because memory is compared, too: this program starts
 * itself with --measure. */

#include "thaw-disk-usage.h"
#include "turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  double ms, cpu_ms, mib;
  guint64 kib;
  double first_ms, turn_ms, n_changes, tree_mib; /* of ours */
} Run;

static GMainLoop *loop;
static gint64 start_usec;
static Run inner;

static double
ms_since (gint64 usec)
{
  return (g_get_monotonic_time () - usec) / 1000.0;
}

static void
changed_cb (ThawDiskUsage *usage, gpointer data)
{
  g_autoptr (GArray) list = thaw_disk_usage_list (usage, THAW_DISK_USAGE_ROOT, 100);

  if (inner.n_changes++ == 0)
    inner.first_ms = ms_since (start_usec);
}

static void
state_cb (ThawDiskUsage *usage, GParamSpec *pspec, gpointer data)
{
  if (thaw_disk_usage_get_state (usage) >= THAW_DISK_USAGE_DONE)
    g_main_loop_quit (loop);
}

/* The child: measures, and says what it knows. */
static int
measure (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawDiskUsage) usage = thaw_disk_usage_new (file, THAW_DISK_USAGE_APPARENT_FIRST);
  ThawDiskUsageInfo info = { 0 };

  loop = g_main_loop_new (NULL, FALSE);
  turns_install (NULL);
  turns_reset ();
  start_usec = g_get_monotonic_time ();
  g_signal_connect (usage, "changed", G_CALLBACK (changed_cb), NULL);
  g_signal_connect (usage, "notify::state", G_CALLBACK (state_cb), NULL);
  thaw_disk_usage_start (usage);
  g_main_loop_run (loop);
  thaw_disk_usage_get_info (usage, THAW_DISK_USAGE_ROOT, &info);
  printf ("%" G_GUINT64_FORMAT " %f %f %f %f\n",
          info.allocated / 1024,
          inner.first_ms,
          turns_get ().longest_cpu_usec / 1000.0,
          inner.n_changes,
          thaw_disk_usage_get_memory (usage) / 1048576.0);
  fflush (stdout);
  _exit (info.state == THAW_DISK_USAGE_NODE_DONE ? 0 : 1);
}

static Run
run_program (const char *const *argv)
{
  int out[2], status;
  struct rusage usage;
  char text[512] = "";
  gint64 usec;
  Run run = { 0 };
  pid_t pid;

  if (pipe (out) != 0)
    g_error ("No pipe");
  usec = g_get_monotonic_time ();
  pid = fork ();
  if (pid == 0)
    {
      dup2 (out[1], 1);
      close (out[0]);
      execvp (argv[0], (char **) argv);
      _exit (127);
    }
  close (out[1]);
  for (gsize n = 0, got; n < sizeof text - 1; n += got)
    if ((gssize) (got = read (out[0], text + n, sizeof text - 1 - n)) <= 0)
      break;
  close (out[0]);
  wait4 (pid, &status, 0, &usage);
  run.ms = ms_since (usec);
  if (status != 0)
    g_error ("%s failed", argv[0]);
  run.cpu_ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000.0
               + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000.0;
  run.mib = usage.ru_maxrss / 1024.0;
  sscanf (text,
          "%" G_GUINT64_FORMAT " %lf %lf %lf %lf",
          &run.kib,
          &run.first_ms,
          &run.turn_ms,
          &run.n_changes,
          &run.tree_mib);
  return run;
}

/* A hundred files a folder, ten folders in each of those above. */
static void
make_tree (const char *path, guint n_files)
{
  for (guint i = 0; i < n_files / 100; i++)
    {
      g_autofree char *folder
          = g_strdup_printf ("%s/part %u/section %u/folder %u", path, i / 1000, i / 10, i);
      int fd;

      g_mkdir_with_parents (folder, 0777);
      fd = open (folder, O_RDONLY | O_DIRECTORY);
      for (guint j = 0; j < 100; j++)
        {
          g_autofree char *name = g_strdup_printf ("IMG_%05u-%u.jpg", i * 100 + j, j * 7919 % 97);
          int file = openat (fd, name, O_CREAT | O_WRONLY, 0666);

          if (file < 0 || ftruncate (file, (i * 31 + j * 7919) % 5000000) != 0)
            g_error ("Can't make %s", name);
          close (file);
        }
      close (fd);
    }
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (const Run *runs, guint n, gsize offset)
{
  double values[16];

  for (guint i = 0; i < n; i++)
    values[i] = G_STRUCT_MEMBER (double, &runs[i], offset);
  qsort (values, n, sizeof *values, compare);
  return values[n / 2];
}

#define MEDIAN(runs, field) median (runs, n_rounds, G_STRUCT_OFFSET (Run, field))

static void
report (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.2f %s (bar %.2f) %s\n",
          name,
          figure,
          unit,
          bar,
          figure <= bar ? "holds" : "short");
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE;
  const char *path = NULL;
  g_autofree char *made = NULL;
  guint n_rounds;
  Run ours[16], du[16];

  if (argc == 3 && g_str_equal (argv[1], "--measure"))
    return measure (argv[2]);
  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      quick = TRUE;
    else
      path = argv[i];
  if (path == NULL)
    path = made = g_build_filename (g_getenv ("THAW_BENCH_DIR") != NULL && !quick
                                        ? g_getenv ("THAW_BENCH_DIR")
                                        : g_get_tmp_dir (),
                                    quick ? "thaw-bench-usage-quick" : "thaw-bench-usage",
                                    NULL);
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    make_tree (path, quick ? 5000 : 1000000);
  n_rounds = quick ? 1 : 7;
  {
    const char *const du_argv[] = { "du", "-skx", path, NULL };
    const char *const our_argv[] = { "/proc/self/exe", "--measure", path, NULL };

    run_program (du_argv); /* the cache */
    for (guint i = 0; i < n_rounds; i++)
      {
        du[i] = run_program (du_argv);
        ours[i] = run_program (our_argv);
        if (du[i].kib != ours[i].kib)
          g_error ("du says %" G_GUINT64_FORMAT " KiB, this %" G_GUINT64_FORMAT,
                   du[i].kib,
                   ours[i].kib);
      }
  }
  printf ("# du: %.0f ms, %.0f ms of processors, %.1f MiB; this: %.0f ms, %.0f ms, %.1f MiB\n",
          MEDIAN (du, ms),
          MEDIAN (du, cpu_ms),
          MEDIAN (du, mib),
          MEDIAN (ours, ms),
          MEDIAN (ours, cpu_ms),
          MEDIAN (ours, mib));
  report ("usage complete, beside du", MEDIAN (ours, ms) / MEDIAN (du, ms), "x", 1.3);
  report ("usage processor time, beside du", MEDIAN (ours, cpu_ms) / MEDIAN (du, cpu_ms), "x", 1.3);
  report ("usage first sizes", MEDIAN (ours, first_ms), "ms", 50);
  report ("usage longest turn of the loop, CPU", MEDIAN (ours, turn_ms), "ms", 4);
  report ("usage memory of the tree", MEDIAN (ours, tree_mib), "MiB", 16);
  printf ("# the tree changed %.0f times\n", MEDIAN (ours, n_changes));
  if (quick && made != NULL)
    {
      g_autofree char *command = g_strdup_printf ("rm -rf '%s'", made);

      if (system (command) != 0)
        return 1;
    }
  return 0;
}
