/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disk layer against coreutils, durable against durable, on one disk in one run: a tree of many
 * small files and one large file, copied by `cp -a` and `sync`, and removed by `rm -rf`.
 * Interleaved rounds, medians of the ratios. Nothing is removed before all is copied, since a file
 * system is slow for a while after that.
 *
 *   bench-copy [--quick] [FOLDER]    FOLDER: on the disk to be measured, the temporary one if not
 * given */

#include "thaw-disk-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROUNDS 5

typedef struct {
  ThawPlace *place;
  guint n_folders, n_files; /* files in each folder */
  gsize large_bytes;
  guint n; /* of hidden names */
} Bench;

static void
must (gboolean is_ok, GError *error)
{
  if (!is_ok)
    g_error ("%s", error->message);
}

static void
fill_file (const char *path, gsize size)
{
  static guint8 bytes[1 << 20];
  FILE *file = fopen (path, "w");

  if (file == NULL)
    g_error ("%s can't be written", path);
  for (gsize done = 0; done < size; done += MIN (size - done, sizeof bytes))
    {
      for (gsize i = 0; i < sizeof bytes && i < size; i += 4096)
        bytes[i] = g_random_int ();
      if (fwrite (bytes, 1, MIN (size - done, sizeof bytes), file) == 0)
        g_error ("The disk is full");
    }
  fclose (file);
}

static void
make_sources (Bench *self)
{
  const char *top = thaw_place_get_path (self->place);
  g_autofree char *large = g_build_filename (top, "large", NULL);

  for (guint i = 0; i < self->n_folders; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/small/folder-%03u", top, i);

      g_mkdir_with_parents (folder, 0755);
      for (guint k = 0; k < self->n_files; k++)
        {
          g_autofree char *path = g_strdup_printf ("%s/file-%03u", folder, k);

          fill_file (path, 4096);
        }
    }
  fill_file (large, self->large_bytes);
  sync ();
}

static double
time_command (const char *format, ...)
{
  va_list args;
  gint64 start_usec;
  g_autofree char *command = NULL;
  double seconds;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  start_usec = g_get_monotonic_time ();
  if (system (command) != 0)
    g_error ("%s failed", command);
  seconds = (g_get_monotonic_time () - start_usec) / 1e6;
  return seconds;
}

/* What the journal does costs here what a write of a page costs. */
static gboolean
durable_cb (const guint64 *inodes, gsize n_inodes, gpointer data, GError **error)
{
  g_autofree char *path = g_build_filename (thaw_place_get_path (data), "journal", NULL);

  return g_file_set_contents_full (path,
                                   (const char *) inodes,
                                   n_inodes * sizeof *inodes,
                                   G_FILE_SET_CONTENTS_DURABLE,
                                   0600,
                                   error);
}

static double
time_copy (Bench *self, const char *name, const char *copy)
{
  const ThawWalkFuncs funcs = { .durable = durable_cb, .user_data = self->place };
  char token[THAW_TOKEN_LENGTH + 1];
  gint64 start_usec = g_get_monotonic_time ();
  g_autofree char *as = NULL;
  GError *error = NULL;

  thaw_token_make (token);
  as = thaw_token_dup_name (token, ++self->n);
  must (thaw_disk_copy (self->place, name, self->place, as, 0, &funcs, NULL, &error), error);
  must (thaw_place_rename_new (self->place, as, self->place, copy, &error), error);
  must (thaw_place_sync (self->place, &error), error);
  return (g_get_monotonic_time () - start_usec) / 1e6;
}

static double
time_remove (Bench *self, const char *name)
{
  gint64 start_usec = g_get_monotonic_time ();
  GError *error = NULL;

  must (thaw_disk_remove (self->place, name, NULL, NULL, NULL, &error), error);
  must (thaw_place_sync (self->place, &error), error);
  return (g_get_monotonic_time () - start_usec) / 1e6;
}

static double
time_cp (Bench *self, const char *name, const char *copy)
{
  const char *top = thaw_place_get_path (self->place);

  return time_command ("cp -a '%s/%s' '%s/%s' && sync", top, name, top, copy);
}

static double
time_rm (Bench *self, const char *name)
{
  const char *top = thaw_place_get_path (self->place);

  return time_command ("rm -rf '%s/%s' && sync -f '%s'", top, name, top);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static void
report (const char *name, double *ours, double *theirs, guint n, const char *peer, double bar)
{
  double ratios[MAX_ROUNDS], ratio;

  for (guint i = 0; i < n; i++)
    ratios[i] = ours[i] / theirs[i];
  qsort (ratios, n, sizeof *ratios, compare_doubles);
  qsort (ours, n, sizeof *ours, compare_doubles);
  qsort (theirs, n, sizeof *theirs, compare_doubles);
  ratio = ratios[n / 2];
  printf ("%s: %.2f x %s (%.3f s against %.3f s, bar <= %.1f) %s\n",
          name,
          ratio,
          peer,
          ours[n / 2],
          theirs[n / 2],
          bar,
          ratio <= bar ? "holds" : "short");
  fflush (stdout);
}

/* Who is first alternates: the second one's turn falls into the first one's aftermath. */
static void
bench_copy (Bench *self, const char *source, const char *title, guint n_rounds)
{
  double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autofree char *our_copy = g_strdup_printf ("%s-ours-%u", source, i);
      g_autofree char *their_copy = g_strdup_printf ("%s-theirs-%u", source, i);

      if (i % 2 == 0)
        theirs[i] = time_cp (self, source, their_copy);
      ours[i] = time_copy (self, source, our_copy);
      if (i % 2 != 0)
        theirs[i] = time_cp (self, source, their_copy);
    }
  report (title, ours, theirs, n_rounds, "cp -a + sync", 1.1);
}

static void
bench_remove (Bench *self, const char *source, const char *title, guint n_rounds)
{
  double ours[MAX_ROUNDS], theirs[MAX_ROUNDS];

  for (guint i = 0; i < n_rounds; i++)
    {
      g_autofree char *our_copy = g_strdup_printf ("%s-ours-%u", source, i);
      g_autofree char *their_copy = g_strdup_printf ("%s-theirs-%u", source, i);

      if (i % 2 == 0)
        theirs[i] = time_rm (self, their_copy);
      ours[i] = time_remove (self, our_copy);
      if (i % 2 != 0)
        theirs[i] = time_rm (self, their_copy);
    }
  report (title, ours, theirs, n_rounds, "rm -rf", 1.2);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  const char *folder = argc > 1 + quick ? argv[1 + quick] : g_get_tmp_dir ();
  g_autofree char *top = g_build_filename (folder, "thaw-bench-copy-XXXXXX", NULL);
  Bench self = {
    .n_folders = quick ? 10 : 200,
    .n_files = 100,
    .large_bytes = quick ? 8 << 20 : (gsize) 2 << 30,
  };
  g_autoptr (GError) error = NULL;

  if (g_mkdtemp (top) == NULL)
    g_error ("%s can't be made", top);
  self.place = thaw_place_open (top, &error);
  must (self.place != NULL, error);
  make_sources (&self);
  bench_copy (&self, "small", "copy of small files", quick ? 1 : MAX_ROUNDS);
  bench_copy (&self, "large", "copy of one large file", quick ? 1 : 3);
  bench_remove (&self, "small", "removing small files", quick ? 1 : MAX_ROUNDS);
  time_command ("rm -rf '%s'", top);
  thaw_place_unref (self.place);
  return 0;
}
