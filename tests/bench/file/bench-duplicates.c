/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for duplicates beside what one would type: every file through sha1sum, then sort and
 * uniq. That reads all files whole, which is the point of the comparison; no other finder of
 * duplicates is needed to run this. In turns, warm cache: `bench-duplicates [--quick] [DIR]`, DIR
 * is made if it isn't there. `--memory DIR` only searches it, and says what that holds at most:
 * for a folder of a million files, which nobody would read whole. */

#include "thaw-duplicates.h"
#include "turns.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GMainLoop *loop;

static double
ms_since (gint64 usec)
{
  return (g_get_monotonic_time () - usec) / 1000.0;
}

static void
state_cb (ThawDuplicates *duplicates, GParamSpec *pspec, gpointer data)
{
  if (thaw_duplicates_get_state (duplicates) >= THAW_DUPLICATES_DONE)
    g_main_loop_quit (loop);
}

/* Returns ms. */
static double
ours (const char *path, guint *n_files, double *turn_ms)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawDuplicates) duplicates = thaw_duplicates_new (file, 1);
  gint64 start_usec = g_get_monotonic_time ();
  ThawDuplicatesGroup group;
  double ms;

  turns_reset ();
  g_signal_connect (duplicates, "notify::state", G_CALLBACK (state_cb), NULL);
  thaw_duplicates_start (duplicates);
  g_main_loop_run (loop);
  ms = ms_since (start_usec);
  *turn_ms = turns_get ().longest_cpu_usec / 1000.0;
  *n_files = 0;
  for (guint i = 0; thaw_duplicates_get_group (duplicates, i, &group); i++)
    *n_files += group.n_files;
  return ms;
}

/* Memory: of everything that is asked for by malloc. */

static double
get_used_mb (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (info.uordblks + info.hblkhd) / 1e6;
}

static gboolean
sample_cb (gpointer data)
{
  double *most = data;

  *most = MAX (*most, get_used_mb ());
  return G_SOURCE_CONTINUE;
}

static void
measure_memory (const char *path, double bar_mb)
{
  double before = get_used_mb (), most = before, turn_ms, ms;
  guint timer = g_timeout_add (5, sample_cb, &most), n_files;

  ms = ours (path, &n_files, &turn_ms);
  g_source_remove (timer);
  printf ("# %.0f ms; %u files; longest turn %.2f ms\n", ms, n_files, turn_ms);
  printf ("duplicates memory at most: %.2f MB (bar %.2f) %s\n",
          most - before,
          bar_mb,
          most - before <= bar_mb ? "holds" : "short");
}

static double
pipeline (const char *path, guint *n_files)
{
  g_autofree char *command = g_strdup_printf (
      "find '%s' -type f -print0 | xargs -0 -P 2 -n 500 sha1sum | sort | uniq -w 40 -D | wc -l",
      path);
  gint64 start_usec = g_get_monotonic_time ();
  FILE *out = popen (command, "r");

  if (out == NULL || fscanf (out, "%u", n_files) != 1)
    g_error ("The pipeline doesn't run");
  pclose (out);
  return ms_since (start_usec);
}

static void
make_file (const char *path, guint size, guint content)
{
  g_autofree char *bytes = g_malloc (size);

  for (guint i = 0; i < size; i++)
    bytes[i] = (char) ((i * 2654435761u + content * 40503u) >> 13);
  if (!g_file_set_contents_full (path, bytes, size, G_FILE_SET_CONTENTS_NONE, 0666, NULL))
    g_error ("Can't make %s", path);
}

/* Of ten files two are the same as another; sizes as those of photos and documents, a tenth of
 * them. */
static void
make_tree (const char *root, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint content = i % 10 == 9 ? i - 5 : i;
      g_autofree char *folder = g_strdup_printf ("%s/%u", root, i / 100);
      g_autofree char *path = g_strdup_printf ("%s/file %u", folder, i);

      if (i % 100 == 0)
        g_mkdir_with_parents (folder, 0777);
      make_file (path, 1000 + content * 7919 % 300000, content);
    }
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE, memory = FALSE;
  const char *path = NULL;
  g_autofree char *made = NULL;
  double our_ms[9], pipe_ms[9], turn_ms[9];
  guint n_rounds, found, wanted;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      quick = TRUE;
    else if (g_str_equal (argv[i], "--memory"))
      memory = TRUE;
    else
      path = argv[i];
  n_rounds = quick ? 1 : 5;
  if (path == NULL)
    path = made = g_build_filename (g_getenv ("THAW_BENCH_DIR") != NULL && !quick
                                        ? g_getenv ("THAW_BENCH_DIR")
                                        : g_get_tmp_dir (),
                                    quick ? "thaw-bench-duplicates-quick" : "thaw-bench-duplicates",
                                    NULL);
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    make_tree (path, quick ? 200 : 6000);
  loop = g_main_loop_new (NULL, FALSE);
  turns_install (NULL);
  measure_memory (path, 20);
  if (memory)
    return 0;
  pipeline (path, &wanted);
  for (guint i = 0; i < n_rounds; i++)
    {
      pipe_ms[i] = pipeline (path, &wanted);
      our_ms[i] = ours (path, &found, &turn_ms[i]);
      if (found != wanted)
        g_error ("%u files found, %u by the pipeline", found, wanted);
    }
  qsort (pipe_ms, n_rounds, sizeof *pipe_ms, compare);
  qsort (our_ms, n_rounds, sizeof *our_ms, compare);
  qsort (turn_ms, n_rounds, sizeof *turn_ms, compare);
  printf ("# find | sha1sum | sort | uniq: %.0f ms; this: %.0f ms; %u files\n",
          pipe_ms[n_rounds / 2],
          our_ms[n_rounds / 2],
          found);
  printf ("duplicates, beside sha1sum of every file: %.2f x (bar 0.50) %s\n",
          our_ms[n_rounds / 2] / pipe_ms[n_rounds / 2],
          our_ms[n_rounds / 2] <= 0.5 * pipe_ms[n_rounds / 2] ? "holds" : "short");
  printf ("duplicates longest turn of the loop, CPU: %.2f ms (bar 4.00) %s\n",
          turn_ms[n_rounds / 2],
          turn_ms[n_rounds / 2] <= 4 ? "holds" : "short");
  if (quick && made != NULL)
    {
      g_autofree char *command = g_strdup_printf ("rm -rf '%s'", made);

      if (system (command) != 0)
        return 1;
    }
  return 0;
}
