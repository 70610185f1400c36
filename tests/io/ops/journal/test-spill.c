/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table that goes to a file when it is large, beside a hash table that doesn't: random changes,
 * with keys that hold any byte, with few entries in memory and with all. */

#include "thaw-spill-private.h"

#include <string.h>

#define N_CHANGES 4000
#define N_KEYS 300

static GBytes *
make_key (guint number)
{
  char key[16];
  gsize size = 1 + number % 12;

  memset (key, (int) (number % 3 == 0 ? 0 : 0xff), sizeof key);
  memcpy (key + size / 2, &number, sizeof number);
  return g_bytes_new (key, size / 2 + sizeof number);
}

static void
assert_same (ThawSpill *spill, GHashTable *model)
{
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autoptr (GBytes) key = make_key (i), found = NULL;
      GBytes *wanted = g_hash_table_lookup (model, key);
      gsize size;
      gconstpointer data = g_bytes_get_data (key, &size);

      found = thaw_spill_get (spill, data, size);
      g_assert_cmpint (thaw_spill_has (spill, data, size), ==, wanted != NULL);
      g_assert_cmpint (found != NULL, ==, wanted != NULL);
      if (found != NULL)
        g_assert_true (g_bytes_equal (found, wanted));
    }
}

static guint
count_with (GHashTable *model, gconstpointer prefix, gsize prefix_size)
{
  GHashTableIter iter;
  gpointer key;
  guint n = 0;

  g_hash_table_iter_init (&iter, model);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    n += g_bytes_get_size (key) >= prefix_size
         && memcmp (g_bytes_get_data (key, NULL), prefix, prefix_size) == 0;
  return n;
}

static void
change (ThawSpill *spill, GHashTable *model)
{
  g_autoptr (GBytes) key = make_key (g_test_rand_int_range (0, N_KEYS));
  guint32 value = (guint32) g_test_rand_int ();
  gsize size, value_size = value % 5;
  gconstpointer data = g_bytes_get_data (key, &size);

  if (value % 4 == 0)
    {
      thaw_spill_remove (spill, data, size);
      g_hash_table_remove (model, key);
      return;
    }
  thaw_spill_set (spill, data, size, &value, MIN (value_size, sizeof value));
  g_hash_table_replace (model,
                        g_bytes_ref (key),
                        g_bytes_new (&value, MIN (value_size, sizeof value)));
}

static void
test_random (gconstpointer n_max)
{
  g_autoptr (ThawSpill) spill = thaw_spill_new (GPOINTER_TO_UINT (n_max));
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_bytes_hash,
                                                        g_bytes_equal,
                                                        (GDestroyNotify) g_bytes_unref,
                                                        (GDestroyNotify) g_bytes_unref);
  static const char *const prefixes[] = { "", "\xff", "\xff\xff", "none" };

  for (guint i = 0; i < N_CHANGES; i++)
    {
      change (spill, model);
      if (i % 500 == 0)
        assert_same (spill, model);
    }
  assert_same (spill, model);
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      gsize size = strlen (prefixes[i]);
      g_autoptr (GPtrArray) found = thaw_spill_list (spill, prefixes[i], size);

      g_assert_cmpuint (found->len, ==, count_with (model, prefixes[i], size));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/journal/spill/memory", GUINT_TO_POINTER (G_MAXUINT), test_random);
  g_test_add_data_func ("/journal/spill/file", GUINT_TO_POINTER (20), test_random);
  g_test_add_data_func ("/journal/spill/file-at-once", GUINT_TO_POINTER (0), test_random);
  return g_test_run ();
}
