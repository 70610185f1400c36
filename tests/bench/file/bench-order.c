/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What it costs to put a folder of a million names in order: keys and sort against GLib's, other
 * columns, filter keystrokes, changes, memory. Figures are CPU time of the one thread that works,
 * so a busy machine doesn't count; what is compared runs in turn with it, and medians are printed.
 * --quick runs everything on a small folder.
 */

#include "thaw-order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_FULL 1000000
#define N_QUICK 20000
#define N_CHANGES 2000
#define MAX_ROUNDS 5

typedef struct {
  guint n;
  guint n_rounds;
  gboolean is_quick;
  char **names;
  ThawCollation *collation;
  GRand *random;
} Bench;

static double
get_cpu_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int
compare_figures (const void *a, const void *b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return (one > other) - (one < other);
}

static double
get_median (double *figures, guint n)
{
  qsort (figures, n, sizeof (*figures), compare_figures);
  return figures[n / 2];
}

static void
report (const char *name, double figure, const char *unit, double bar)
{
  printf ("%s: %.3f %s (bar %g) %s\n", name, figure, unit, bar, figure <= bar ? "holds" : "short");
}

/* Names as people and cameras give them; hidden and foreign ones only if @mixed. */
static char *
make_name (Bench *self, guint i, gboolean mixed)
{
  guint number = g_rand_int_range (self->random, 0, 1000000);

  switch (g_rand_int_range (self->random, 0, mixed ? 15 : 13))
    {
    case 0 ... 4:
      return g_strdup_printf ("IMG_%04u_%u.JPG", i % 10000, number);
    case 5 ... 7:
      return g_strdup_printf ("report-%u-%u.pdf", 2000 + number % 25, i);
    case 8 ... 9:
      return g_strdup_printf ("Track %02u - take %u.ogg", number % 40, i);
    case 10:
      return g_strdup_printf ("%08x%04x.cache", g_rand_int (self->random), i & 0xffff);
    case 11:
      return g_strdup_printf ("lecture_notes_v%u.%u.txt", number % 9, i);
    case 12:
      return g_strdup_printf ("Makefile.%u", i);
    case 13:
      return g_strdup_printf ("Übersicht %u.odt", i);
    default:
      return g_strdup_printf (".hidden-%u", i);
    }
}

static void
make_names (Bench *self, gboolean mixed)
{
  self->names = g_new0 (char *, self->n + 1);
  for (guint i = 0; i < self->n; i++)
    self->names[i] = make_name (self, i, mixed);
}

typedef struct {
  const char *key;
  guint id;
} GlibRecord;

static int
compare_glib_records (const void *a, const void *b)
{
  return strcmp (((const GlibRecord *) a)->key, ((const GlibRecord *) b)->key);
}

static double
sort_by_glib (Bench *self)
{
  GlibRecord *records = g_new (GlibRecord, self->n);
  double start = get_cpu_ms (), end;

  for (guint i = 0; i < self->n; i++)
    records[i] = (GlibRecord){ g_utf8_collate_key_for_filename (self->names[i], -1), i };
  qsort (records, self->n, sizeof (*records), compare_glib_records);
  end = get_cpu_ms ();
  for (guint i = 0; i < self->n; i++)
    g_free ((char *) records[i].key);
  g_free (records);
  return end - start;
}

static ThawEntryStore *
fill_store (Bench *self)
{
  ThawEntryStore *store = thaw_entry_store_new (self->collation);

  for (guint i = 0; i < self->n; i++)
    thaw_entry_store_append (store,
                             self->names[i],
                             strlen (self->names[i]),
                             i % 20 == 0 ? THAW_ENTRY_FOLDER : THAW_ENTRY_FILE);
  thaw_entry_store_publish (store);
  return store;
}

/* Keys alone, then all that stands between names and an order. */
static double
make_keys (Bench *self)
{
  guint8 key[1024];
  double start = get_cpu_ms ();

  for (guint i = 0; i < self->n; i++)
    thaw_collation_make_key (self->collation,
                             self->names[i],
                             strlen (self->names[i]),
                             key,
                             sizeof (key));
  return get_cpu_ms () - start;
}

static double
sort_by_thaw (Bench *self)
{
  ThawOrderSpec spec;
  double start = get_cpu_ms (), end;
  ThawEntryStore *store = fill_store (self);
  ThawSorter *sorter;
  ThawOrder *order;

  thaw_order_spec_init (&spec);
  sorter = thaw_sorter_new (store, &spec);
  order = thaw_sorter_make (sorter);
  end = get_cpu_ms ();
  thaw_order_unref (order);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
  return end - start;
}

static void
bench_natural_sort (Bench *self)
{
  double keys[MAX_ROUNDS], thaw[MAX_ROUNDS], glib[MAX_ROUNDS], ratio[MAX_ROUNDS];

  for (guint i = 0; i < self->n_rounds; i++)
    {
      keys[i] = make_keys (self) * 1000 / self->n;
      thaw[i] = sort_by_thaw (self);
      glib[i] = sort_by_glib (self);
      ratio[i] = thaw[i] / glib[i];
    }
  report ("sort key of a name", get_median (keys, self->n_rounds), "us", 0.2);
  report ("natural sort, store and keys included",
          get_median (thaw, self->n_rounds),
          "ms CPU",
          350.0 * self->n / N_FULL);
  report ("the same against g_utf8_collate_key_for_filename + qsort",
          get_median (ratio, self->n_rounds),
          "x",
          0.25);
}

static void
set_details (Bench *self, ThawEntryStore *store)
{
  for (guint i = 0; i < self->n; i++)
    thaw_entry_store_set_stat (store,
                               i,
                               g_rand_int (self->random) >> g_rand_int_range (self->random, 0, 31),
                               (gint64) g_rand_int (self->random) * G_GINT64_CONSTANT (1000000007),
                               0100644);
}

static double
make_order (ThawSorter *sorter, const ThawOrderSpec *spec)
{
  double start = get_cpu_ms ();
  ThawOrder *order;
  double end;

  thaw_sorter_set_spec (sorter, spec);
  order = thaw_sorter_make (sorter);
  end = get_cpu_ms ();
  thaw_order_unref (order);
  return end - start;
}

/* No bar of the project: what a click on a header costs the worker. The figure is held to what
 * sorting names may take. */
static void
bench_columns (Bench *self, ThawSorter *sorter)
{
  static const char *const titles[] = { "name", "size", "type", "modified" };
  ThawOrderSpec spec;
  double bar = 350.0 * self->n / N_FULL;

  thaw_order_spec_init (&spec);
  make_order (sorter, &spec);
  for (guint turn = 0; turn < 2; turn++)
    for (spec.column = THAW_SORT_SIZE; spec.column <= THAW_SORT_MODIFIED; spec.column++)
      {
        g_autofree char *title
            = g_strdup_printf ("%s by %s", turn == 0 ? "first sort" : "sort", titles[spec.column]);

        report (title, make_order (sorter, &spec), "ms CPU", bar);
      }
  spec.descending = TRUE;
  report ("turn round by modified", make_order (sorter, &spec), "ms CPU", bar);
  spec.descending = FALSE;
  spec.column = THAW_SORT_NAME;
  report ("sort by name", make_order (sorter, &spec), "ms CPU", bar);
  spec.descending = TRUE;
  report ("turn round by name", make_order (sorter, &spec), "ms CPU", bar / 10);
  spec.descending = FALSE;
  spec.show_hidden = TRUE;
  report ("back, with hidden files", make_order (sorter, &spec), "ms CPU", bar / 10);
}

static void
bench_filter (Bench *self, ThawSorter *sorter)
{
  static const char *const needles[]
      = { "i", "im", "img", "img_", "img_0001", "report", "ü", "Übersicht", "no such name" };
  ThawOrderSpec spec;
  double bar = 30.0 * MAX (self->n, 100000) / N_FULL;

  thaw_order_spec_init (&spec);
  spec.filter = g_strdup ("x");
  report ("first filter ever", make_order (sorter, &spec), "ms CPU", self->is_quick ? 100 : 100);
  for (guint i = 0; i < G_N_ELEMENTS (needles); i++)
    {
      double alone[MAX_ROUNDS];
      g_autofree char *title = g_strdup_printf ("filter keystroke \"%s\"", needles[i]);

      for (guint round = 0; round < self->n_rounds; round++)
        {
          thaw_order_spec_clear (&spec);
          make_order (sorter, &spec);
          spec.filter = g_strdup (needles[i]);
          alone[round] = make_order (sorter, &spec);
        }
      report (title, get_median (alone, self->n_rounds), "ms CPU", bar);
    }
  thaw_order_spec_clear (&spec);
  make_order (sorter, &spec);
}

/* Creations and deletions in a folder that is loaded: the part that grows with the changes, and the
 * whole. */
static void
bench_changes (Bench *self, ThawEntryStore *store, ThawSorter *sorter)
{
  double whole[MAX_ROUNDS], bare[MAX_ROUNDS], difference[MAX_ROUNDS];
  ThawOrder *order;

  for (guint round = 0; round < self->n_rounds; round++)
    {
      guint32 *copy;
      double start;

      for (guint i = 0; i < N_CHANGES / 2; i++)
        {
          g_autofree char *name
              = g_strdup_printf ("IMG_%04u_new%u.JPG", g_random_int_range (0, 10000), i);

          thaw_entry_store_append (store, name, strlen (name), THAW_ENTRY_FILE);
          thaw_entry_store_remove (store, g_rand_int_range (self->random, 0, self->n));
        }
      thaw_entry_store_publish (store);
      start = get_cpu_ms ();
      order = thaw_sorter_make (sorter);
      whole[round] = get_cpu_ms () - start;

      /* Making the two arrays of an order, by itself. */
      start = get_cpu_ms ();
      copy = g_new (guint32, thaw_order_get_n (order));
      memcpy (copy, thaw_order_get_ids (order), thaw_order_get_n (order) * sizeof (guint32));
      {
        g_autofree guint32 *positions = g_new0 (guint32, thaw_entry_store_get_n (store));

        for (guint i = 0; i < thaw_order_get_n (order); i++)
          positions[copy[i]] = i + 1;
        bare[round] = get_cpu_ms () - start + (positions[0] == G_MAXUINT32);
      }
      difference[round] = whole[round] - bare[round];
      g_free (copy);
      thaw_order_unref (order);
    }
  printf ("# %u changes: %.3f ms CPU, of which the new arrays %.3f\n",
          N_CHANGES,
          get_median (whole, self->n_rounds),
          get_median (bare, self->n_rounds));
  report ("merge of 2,000 changes, beside the new arrays",
          get_median (difference, self->n_rounds),
          "ms CPU",
          1);
}

static void
bench_memory (Bench *self, ThawEntryStore *store, ThawSorter *sorter)
{
  ThawOrder *order = thaw_sorter_make (sorter);
  double n = thaw_entry_store_get_n (store);
  double n_store = thaw_entry_store_get_memory (store) / n;
  double n_order = thaw_order_get_memory (order) / n,
         n_sorter = thaw_sorter_get_memory (sorter) / n;

  printf ("# bytes an entry: store %.1f, order %.1f, sorter %.1f\n", n_store, n_order, n_sorter);
  report ("memory an entry, all columns and orders", n_store + n_order + n_sorter, "bytes", 110);
  thaw_order_unref (order);
}

/* What opening a small folder costs before its first name, and with it: then pages are touched. */
static double
make_stores (Bench *self, guint n, gboolean with_entry)
{
  double start = get_cpu_ms ();

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawEntryStore) store = thaw_entry_store_new (self->collation);

      if (with_entry)
        thaw_entry_store_append (store, "a", 1, THAW_ENTRY_FILE);
      thaw_entry_store_publish (store);
    }
  return (get_cpu_ms () - start) * 1000 / n;
}

static void
bench_small_stores (Bench *self)
{
  guint n = self->is_quick ? 100 : 2000;

  report ("a store made and freed", make_stores (self, n, FALSE), "us CPU", 20);
  printf ("# with one entry in it: %.1f us CPU\n", make_stores (self, n, TRUE));
}

static void
bench_types (Bench *self, ThawEntryStore *store)
{
  double start;

  thaw_content_type_warm_up ();
  start = get_cpu_ms ();
  for (guint i = 0; i < self->n; i++)
    thaw_entry_store_get_content_type (store, i);
  report ("content type of a name", (get_cpu_ms () - start) * 1000 / self->n, "us CPU", 0.3);
}

int
main (int argc, char **argv)
{
  Bench self = { .n = N_FULL, .n_rounds = 3 };
  g_autoptr (ThawEntryStore) store = NULL;
  g_autoptr (ThawSorter) sorter = NULL;
  g_autoptr (ThawOrder) order = NULL;
  ThawOrderSpec spec;

  self.is_quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  if (self.is_quick)
    self.n = N_QUICK;
  self.collation = thaw_collation_new ("en");
  self.random = g_rand_new_with_seed (2026);

  make_names (&self, FALSE);
  bench_natural_sort (&self);
  g_strfreev (self.names);

  make_names (&self, TRUE);
  store = fill_store (&self);
  bench_types (&self, store);
  set_details (&self, store);
  thaw_order_spec_init (&spec);
  sorter = thaw_sorter_new (store, &spec);
  order = thaw_sorter_make (sorter);
  thaw_sorter_trim (sorter);
  bench_columns (&self, sorter);
  bench_filter (&self, sorter);
  bench_changes (&self, store, sorter);
  bench_memory (&self, store, sorter);
  bench_small_stores (&self);

  g_strfreev (self.names);
  g_rand_free (self.random);
  thaw_collation_unref (self.collation);
  return 0;
}
