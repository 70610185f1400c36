/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A big folder through ThawFolder, without a window: beside a bare getdents64 loop with a natural sort of the names, and beside
 * a bare getdents64 + statx loop, in the same run and in turns. The baselines use the project's own entry store and sorter,
 * because those are faster than what one would take from a library. */

#include "thaw-folder.h"
#include "thaw-listing-private.h"
#include "turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GMainLoop *loop;

typedef struct {
  double first_ms, ready_ms;
  Turns turns;
  guint32 n;
  gsize bytes;
} Load;

static double
ms_since (gint64 start_usec)
{
  return (g_get_monotonic_time () - start_usec) / 1000.0;
}

static void
append_name (const char *name, gsize length, ThawEntryKind kind, gpointer store)
{
  thaw_entry_store_append (store, name, length, kind);
}

static double
bare_names (const char *path)
{
  gint64 start_usec = g_get_monotonic_time ();
  ThawEntryStore *store = thaw_entry_store_new (thaw_collation_get_default ());
  ThawOrderSpec spec;
  ThawSorter *sorter;
  ThawOrder *order;
  gpointer buffer = g_malloc (THAW_LISTING_BYTES);
  int fd = thaw_listing_open (path, NULL);
  double ms;

  thaw_order_spec_init (&spec);
  while (thaw_listing_read (fd, path, buffer, THAW_LISTING_BYTES, append_name, store, NULL))
    ;
  close (fd);
  thaw_entry_store_publish (store);
  sorter = thaw_sorter_new (store, &spec);
  order = thaw_sorter_make (sorter);
  ms = ms_since (start_usec);
  thaw_order_unref (order);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
  g_free (buffer);
  return ms;
}

typedef struct {
  int fd;
  guint64 sum;
} Bare;

static void
stat_name (const char *name, gsize length, ThawEntryKind kind, gpointer data)
{
  Bare *bare = data;
  struct statx stx;

  if (statx (bare->fd, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_SIZE | STATX_MTIME, &stx) == 0)
    bare->sum += stx.stx_size;
}

static double
bare_details (const char *path)
{
  gint64 start_usec = g_get_monotonic_time ();
  gpointer buffer = g_malloc (THAW_LISTING_BYTES);
  Bare bare = { thaw_listing_open (path, NULL), 0 };

  while (thaw_listing_read (bare.fd, path, buffer, THAW_LISTING_BYTES, stat_name, &bare, NULL))
    ;
  close (bare.fd);
  g_free (buffer);
  return ms_since (start_usec);
}

static gint64 load_start_usec;
static Load load;

static void
order_changed (ThawFolder *folder, ThawOrder *order, gpointer data)
{
  if (load.first_ms == 0)
    load.first_ms = ms_since (load_start_usec);
}

static void
state_changed (ThawFolder *folder, GParamSpec *pspec, gpointer data)
{
  if (thaw_folder_get_state (folder) == THAW_FOLDER_FAILED)
    g_error ("%s", thaw_folder_get_error (folder)->message);
  if (thaw_folder_get_state (folder) != THAW_FOLDER_READY)
    return;
  load.ready_ms = ms_since (load_start_usec);
  g_main_loop_quit (loop);
}

static ThawFolder *
load_folder (const char *path, ThawSortColumn column)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawFolder *folder = thaw_folder_new (file);
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = column;
  load = (Load) { 0 };
  turns_reset ();
  g_signal_connect (folder, "order-changed", G_CALLBACK (order_changed), NULL);
  g_signal_connect (folder, "notify::state", G_CALLBACK (state_changed), NULL);
  load_start_usec = g_get_monotonic_time ();
  thaw_folder_set_spec (folder, &spec);
  thaw_folder_start (folder);
  g_main_loop_run (loop);
  load.n = thaw_order_get_n (thaw_folder_get_order (folder));
  return folder;
}

static gboolean
all_details (ThawEntryStore *store)
{
  guint32 n = thaw_entry_store_get_n (store);

  for (guint32 id = n; id-- > 0;)
    if (!(thaw_entry_store_get_flags (store, id) & (THAW_ENTRY_HAS_STAT | THAW_ENTRY_STAT_FAILED | THAW_ENTRY_GONE)))
      return FALSE;
  return TRUE;
}

static void
entries_changed (ThawFolder *folder, gpointer ids, guint n_ids, gpointer data)
{
  if (ids == NULL && all_details (thaw_folder_get_store (folder)))
    g_main_loop_quit (loop);
}

static double
load_details (const char *path)
{
  g_autoptr (ThawFolder) folder = load_folder (path, THAW_SORT_SIZE);

  g_signal_connect (folder, "entries-changed", G_CALLBACK (entries_changed), NULL);
  if (!all_details (thaw_folder_get_store (folder)))
    g_main_loop_run (loop);
  return ms_since (load_start_usec);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return values[n / 2];
}

static void
report (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.2f %s (bar %.2f) %s\n", name, figure, unit, bar, figure <= bar ? "holds" : "short");
}

int
main (int argc, char **argv)
{
  gboolean quick = FALSE;
  const char *path = NULL;
  guint n_rounds;
  double bare[9], ours[9], first[9], bare_stat[9], ours_stat[9], turn = 0, cpu_turn = 0, held = 0;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--quick"))
      quick = TRUE;
    else
      path = argv[i];
  if (path == NULL)
    path = "/usr/share/doc";
  n_rounds = quick ? 1 : 5;
  loop = g_main_loop_new (NULL, FALSE);
  turns_install (NULL);
  bare_names (path); /* warms the cache */

  for (guint i = 0; i < n_rounds; i++)
    {
      ThawFolder *folder;

      bare[i] = bare_names (path);
      folder = load_folder (path, THAW_SORT_NAME);
      ours[i] = load.ready_ms;
      first[i] = load.first_ms;
      g_object_unref (folder);
      turn = MAX (turn, turns_get ().longest_usec / 1000.0);
      cpu_turn = MAX (cpu_turn, turns_get ().longest_cpu_usec / 1000.0);
      held = MAX (held, turns_get ().longest_held_usec / 1000.0);
      bare_stat[i] = bare_details (path);
      ours_stat[i] = load_details (path);
      turn = MAX (turn, turns_get ().longest_usec / 1000.0);
      cpu_turn = MAX (cpu_turn, turns_get ().longest_cpu_usec / 1000.0);
      held = MAX (held, turns_get ().longest_held_usec / 1000.0);
    }
  printf ("# %s: %u entries, %u rounds\n", path, load.n, n_rounds);
  printf ("# bare getdents64 + natural sort %.1f ms, + statx %.1f ms\n", median (bare, n_rounds),
          median (bare_stat, n_rounds));
  report ("folder first order", median (first, n_rounds), "ms", 30);
  report ("folder all names in order vs bare loop and sort", median (ours, n_rounds) / median (bare, n_rounds), "x", 1.15);
  report ("folder all details vs bare statx loop", median (ours_stat, n_rounds) / median (bare_stat, n_rounds), "x", 1.2);
  printf ("# longest turn by the clock %.1f ms, of that the loop had a processor, or waited for something else, %.1f ms\n",
          turn, held);
  report ("folder longest turn of the loop, less its waiting for a processor", held, "ms", 12);
  report ("folder longest turn of the loop (cpu)", cpu_turn, "ms", 12);
  return 0;
}
