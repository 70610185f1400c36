/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry store: what is appended can be read and found, whatever the bytes; random edits against
 * a hash table; readers and threads that set details while a writer appends (for TSan); names for
 * people.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

static ThawEntryStore *
make_store (void)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");

  return thaw_entry_store_new (collation);
}

static guint32
append (ThawEntryStore *store, const char *name, ThawEntryKind kind)
{
  return thaw_entry_store_append (store, name, strlen (name), kind);
}

static void
test_columns (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();
  guint32 id;

  g_assert_cmpuint (append (store, "a", THAW_ENTRY_FOLDER), ==, 0);
  g_assert_cmpuint (append (store, ".b", THAW_ENTRY_UNKNOWN), ==, 1);
  g_assert_cmpuint (thaw_entry_store_get_n (store), ==, 0);
  thaw_entry_store_publish (store);
  g_assert_cmpuint (thaw_entry_store_get_n (store), ==, 2);

  id = 1;
  g_assert_cmpstr (thaw_entry_store_get_name (store, id), ==, ".b");
  g_assert_cmpuint (thaw_entry_store_get_name_length (store, id), ==, 2);
  g_assert_cmpuint (thaw_entry_store_get_flags (store, id), ==, THAW_ENTRY_HIDDEN);
  thaw_entry_store_add_flags (store,
                              id,
                              THAW_ENTRY_STAT_WANTED | THAW_ENTRY_STALE | THAW_ENTRY_STAT_FAILED);
  thaw_entry_store_set_stat (store, id, G_MAXUINT64, G_MININT64, 0100644);
  g_assert_cmpuint (thaw_entry_store_get_flags (store, id),
                    ==,
                    THAW_ENTRY_HIDDEN | THAW_ENTRY_HAS_STAT);
  g_assert_cmpuint (thaw_entry_store_get_size (store, id), ==, G_MAXUINT64);
  g_assert_cmpint (thaw_entry_store_get_mtime (store, id), ==, G_MININT64);
  g_assert_cmpuint (thaw_entry_store_get_mode (store, id), ==, 0100644);
  thaw_entry_store_set_kind (store, id, THAW_ENTRY_SYMLINK);
  g_assert_cmpuint (thaw_entry_store_get_kind (store, id), ==, THAW_ENTRY_SYMLINK);
  g_assert_false (thaw_entry_store_is_folder (store, id));
  thaw_entry_store_add_flags (store, id, THAW_ENTRY_TO_FOLDER);
  g_assert_true (thaw_entry_store_is_folder (store, id));
  g_assert_true (thaw_entry_store_is_folder (store, 0));
  g_assert_cmpuint (thaw_entry_store_get_size (store, 0), ==, 0);

  thaw_entry_store_remove (store, id);
  thaw_entry_store_remove (store, id);
  g_assert_cmpuint (thaw_entry_store_get_n_alive (store), ==, 1);
  g_assert_cmpstr (thaw_entry_store_get_name (store, id), ==, ".b");
}

static void
check_key (ThawEntryStore *store, guint32 id)
{
  guint8 expected[8192];
  const char *name = thaw_entry_store_get_name (store, id);
  gsize length, n = thaw_collation_make_key (thaw_entry_store_get_collation (store),
                                             name,
                                             strlen (name),
                                             expected,
                                             sizeof (expected));
  const guint8 *key = thaw_entry_store_get_key (store, id, &length);

  g_assert_cmpmem (key, length, expected, n);
}

static void
test_rename (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();
  const char *old;

  append (store, "first", THAW_ENTRY_FILE);
  append (store, "second", THAW_ENTRY_FILE);
  thaw_entry_store_publish (store);
  old = thaw_entry_store_get_name (store, 0);
  g_assert_cmpuint (_thaw_entry_store_find (store, "first", 5), ==, 0);
  g_assert_true (thaw_entry_store_rename (store, 0, ".żółw", strlen (".żółw")));
  g_assert_cmpstr (old, ==, "first");
  g_assert_cmpstr (thaw_entry_store_get_name (store, 0), ==, ".żółw");
  g_assert_cmpuint (thaw_entry_store_get_flags (store, 0), ==, THAW_ENTRY_HIDDEN);
  g_assert_cmpuint (_thaw_entry_store_find (store, "first", 5), ==, THAW_NO_ENTRY);
  g_assert_cmpuint (_thaw_entry_store_find (store, ".żółw", strlen (".żółw")), ==, 0);
  check_key (store, 0);
  g_assert_true (thaw_entry_store_rename (store, 0, "x", 1));
  g_assert_cmpuint (thaw_entry_store_get_flags (store, 0), ==, 0);
  check_key (store, 1);
}

static char *
make_random_name (gsize *length)
{
  gsize n = g_test_rand_int_range (0, 50) == 0 ? g_test_rand_int_range (1, 3000)
                                               : g_test_rand_int_range (1, 4);
  char *name = g_malloc (n + 1);

  for (gsize i = 0; i < n; i++)
    {
      int byte = n < 4 ? g_test_rand_int_range ('a', 'i') : g_test_rand_int_range (1, 256);

      name[i] = byte == '/' ? '_' : byte;
    }
  name[n] = 0;
  *length = n;
  return name;
}

static void
check_against (ThawEntryStore *store, GHashTable *ids, guint32 n_alive)
{
  GHashTableIter iter;
  gpointer name, id;

  thaw_entry_store_publish (store);
  g_assert_cmpuint (thaw_entry_store_get_n_alive (store), ==, n_alive);
  g_assert_cmpuint (g_hash_table_size (ids), ==, n_alive);
  g_hash_table_iter_init (&iter, ids);
  while (g_hash_table_iter_next (&iter, &name, &id))
    {
      g_assert_cmpstr (thaw_entry_store_get_name (store, GPOINTER_TO_UINT (id)), ==, name);
      g_assert_cmpuint (_thaw_entry_store_find (store, name, strlen (name)),
                        ==,
                        GPOINTER_TO_UINT (id));
      check_key (store, GPOINTER_TO_UINT (id));
    }
}

static void
edit (ThawEntryStore *store, GHashTable *ids)
{
  gsize length;
  g_autofree char *name = make_random_name (&length);
  guint32 id = _thaw_entry_store_find (store, name, length);
  gpointer known;

  g_assert_cmpint (g_hash_table_lookup_extended (ids, name, NULL, &known), ==, id != THAW_NO_ENTRY);
  if (id == THAW_NO_ENTRY && g_test_rand_int_range (0, 4) == 0
      && thaw_entry_store_get_n (store) > 0)
    {
      guint32 victim = g_test_rand_int_range (0, thaw_entry_store_get_n (store));

      if (thaw_entry_store_get_flags (store, victim) & THAW_ENTRY_GONE)
        return;
      g_hash_table_remove (ids, thaw_entry_store_get_name (store, victim));
      g_assert_true (thaw_entry_store_rename (store, victim, name, length));
      g_hash_table_insert (ids, g_steal_pointer (&name), GUINT_TO_POINTER (victim));
    }
  else if (id == THAW_NO_ENTRY)
    {
      id = thaw_entry_store_append (store, name, length, THAW_ENTRY_FILE);
      g_assert_cmpuint (id, !=, THAW_NO_ENTRY);
      g_hash_table_insert (ids, g_steal_pointer (&name), GUINT_TO_POINTER (id));
      thaw_entry_store_publish (store);
    }
  else
    {
      thaw_entry_store_remove (store, id);
      g_hash_table_remove (ids, name);
    }
}

static void
test_random (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 6000; i++)
    {
      edit (store, ids);
      if (g_test_rand_int_range (0, 500) == 0)
        _thaw_entry_store_drop_index (store);
      if (g_test_rand_int_range (0, 500) == 0)
        thaw_entry_store_trim (store);
      if (i % 1000 == 0)
        check_against (store, ids, g_hash_table_size (ids));
    }
  check_against (store, ids, g_hash_table_size (ids));
}

/* Enough for several steps of growth; counts what it costs. */
static void
test_many (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();
  const guint n = 200000;
  gsize without;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("IMG_%08u.jpeg", i);

      g_assert_cmpuint (append (store, name, THAW_ENTRY_FILE), ==, i);
      thaw_entry_store_set_stat (store, i, i, i, 0100600);
    }
  thaw_entry_store_publish (store);
  without = thaw_entry_store_get_memory (store);
  g_assert_cmpuint (without / n, <=, 80);
  for (guint i = 0; i < n; i += 37)
    {
      g_autofree char *name = g_strdup_printf ("IMG_%08u.jpeg", i);

      g_assert_cmpuint (_thaw_entry_store_find (store, name, strlen (name)), ==, i);
      g_assert_cmpuint (thaw_entry_store_get_size (store, i), ==, i);
    }
  g_assert_cmpuint (thaw_entry_store_get_memory (store), >, without);
  thaw_entry_store_trim (store);
  g_assert_cmpuint (thaw_entry_store_get_memory (store), ==, without);
  thaw_entry_store_release (g_steal_pointer (&store));
}

/* More bytes of names than the arena may have is refused, and the store stays usable. */
static void
test_full (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();

  append (store, "a", THAW_ENTRY_FILE);
  store->names.reserved = store->names.committed;
  store->n_names = store->names.committed - 8;
  g_assert_cmpuint (append (store, "longer than that", THAW_ENTRY_FILE), ==, THAW_NO_ENTRY);
  g_assert_false (thaw_entry_store_rename (store, 0, "longer than that", 16));
  g_assert_cmpuint (append (store, "short", THAW_ENTRY_FILE), ==, 1);
  thaw_entry_store_publish (store);
  g_assert_cmpstr (thaw_entry_store_get_name (store, 0), ==, "a");
  g_assert_cmpuint (_thaw_entry_store_find (store, "short", 5), ==, 1);
}

static void
test_display_names (void)
{
  static const struct {
    const char *name;
    const char *shown;
  } names[] = {
    { "plain name.txt", "plain name.txt" },
    { "Größe 上海 😀", "Größe 上海 😀" },
    { "a\nb\tc", "a␊b␉c" },
    { "\x7f", "␡" },
    { "a\xc2\x85", "a�" },
    { "gpj.\xe2\x80\xae"
      "exe",
      "gpj.�exe" },
    { "\xe2\x81\xa6x\xe2\x81\xa9", "�x�" },
    { "x\xe2\x80\xa8y", "x␤y" },
    { "\xff\xfe"
      "a\xc3",
      "��a�" },
    { "\xed\xa0\x80", "���" },
    { "می\xe2\x80\x8cخواهم", "می\xe2\x80\x8cخواهم" },
  };
  g_autoptr (ThawEntryStore) store = make_store ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint32 id = append (store, names[i].name, THAW_ENTRY_FILE);
      g_autofree char *shown = thaw_entry_store_dup_display_name (store, id);

      g_assert_cmpstr (shown, ==, names[i].shown);
    }
  for (guint i = 0; i < 2000; i++)
    {
      gsize length;
      g_autofree char *name = make_random_name (&length);
      guint32 id = thaw_entry_store_append (store, name, length, THAW_ENTRY_FILE);
      g_autofree char *shown = thaw_entry_store_dup_display_name (store, id);

      g_assert_true (g_utf8_validate (shown, -1, NULL));
      g_assert_null (strpbrk (shown, "\n\t\r\x1b\x7f"));
    }
}

/* Searching, for readers */

static GString *
list_names (const char *const *names)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; names[i] != NULL; i++)
    g_string_append_len (list, names[i], (gssize) strlen (names[i]) + 1);
  return list;
}

static void
test_look_up (void)
{
  static const char *const wanted[] = { "b", "", "gone", "b", "new", "old", "nowhere", "a", NULL };
  static const guint32 expected[] = { 1, THAW_NO_ENTRY, 4, 1, 3, THAW_NO_ENTRY, THAW_NO_ENTRY, 0 };
  g_autoptr (ThawEntryStore) store = make_store ();
  g_autoptr (GString) names = list_names (wanted);
  g_autoptr (GArray) found = NULL, none = NULL;

  append (store, "a", THAW_ENTRY_FILE);
  append (store, "b", THAW_ENTRY_FILE);
  append (store, "gone", THAW_ENTRY_FILE);
  append (store, "old", THAW_ENTRY_FILE);
  append (store, "gone", THAW_ENTRY_FILE); /* and there again */
  append (store, "nowhere", THAW_ENTRY_FILE);
  thaw_entry_store_publish (store);
  thaw_entry_store_remove (store, 2);
  thaw_entry_store_remove (store, 5);
  thaw_entry_store_rename (store, 3, "new", 3);
  found = thaw_entry_store_look_up (store, names->str, names->len, NULL);
  g_assert_cmpmem (found->data, found->len * sizeof (guint32), expected, sizeof (expected));
  none = thaw_entry_store_look_up (store, NULL, 0, NULL);
  g_assert_cmpuint (none->len, ==, 0);
}

/* More than are looked at in one go, each of them and as many that aren't there. */
static void
test_look_up_many (void)
{
  g_autoptr (ThawEntryStore) store = make_store ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GArray) found = NULL;

  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("name %u", i * 7919 % 20000);

      append (store, name, THAW_ENTRY_FILE);
    }
  thaw_entry_store_publish (store);
  for (guint i = 0; i < 20000; i++)
    {
      g_string_append_printf (names, "name %u", i);
      g_string_append_c (names, '\0');
    }
  found = thaw_entry_store_look_up (store, names->str, names->len, NULL);
  g_assert_cmpuint (found->len, ==, 20000);
  for (guint i = 0; i < 20000; i++)
    {
      guint32 id = g_array_index (found, guint32, i);
      g_autofree char *name = g_strdup_printf ("name %u", i);
      gsize length = strlen (name);

      g_assert_cmpuint (id, ==, _thaw_entry_store_find (store, name, length));
    }
}

static void
found_cb (ThawFuture *completed, gpointer is_done)
{
  thaw_future_get_error (completed);
  *(gboolean *) is_done = TRUE;
}

static void
await (ThawFuture *future)
{
  gboolean is_done = FALSE;

  thaw_future_done (future, NULL, found_cb, &is_done, NULL);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_cancelled (ThawEntryStore *store, ThawScope *scope, const char *const *names, gboolean starts)
{
  g_autoptr (ThawFuture) future = thaw_entry_store_find_names (store, scope, names);

  while (starts && g_main_context_iteration (NULL, FALSE))
    ;
  thaw_future_cancel (future);
  await (future);
}

static void
test_find_names (void)
{
  static const char *const names[] = { "second", "third", NULL };
  g_autoptr (ThawEntryStore) store = make_store ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) future = NULL;
  g_autoptr (ThawFuture) late = NULL;
  GArray *found;

  append (store, "first", THAW_ENTRY_FILE);
  append (store, "second", THAW_ENTRY_FILE);
  thaw_entry_store_publish (store);
  future = thaw_entry_store_find_names (store, scope, names);
  await (future);
  found = thaw_future_get_pointer (future, NULL);
  g_assert_cmpuint (found->len, ==, 2);
  g_assert_cmpuint (g_array_index (found, guint32, 0), ==, 1);
  g_assert_cmpuint (g_array_index (found, guint32, 1), ==, THAW_NO_ENTRY);
  check_cancelled (store, scope, names, FALSE);
  check_cancelled (store, scope, names, TRUE);
  thaw_future_cancel (future); /* after */
  thaw_scope_cancel (scope);
  late = thaw_entry_store_find_names (store, scope, names);
  await (late);
  g_assert_error (thaw_future_get_error (late), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

typedef struct {
  ThawEntryStore *store;
  int is_over; /* atomic */
} Traffic;

static gpointer
read_thread (gpointer data)
{
  Traffic *traffic = data;
  guint64 sum = 0;

  while (!g_atomic_int_get (&traffic->is_over))
    {
      guint32 n = thaw_entry_store_get_n (traffic->store);
      g_autoptr (GArray) found = thaw_entry_store_look_up (traffic->store, "name 7", 7, NULL);

      sum += found->len;
      for (guint32 id = n > 200 ? n - 200 : 0; id < n; id++)
        {
          gsize length;

          sum += thaw_entry_store_get_name_length (traffic->store, id);
          thaw_entry_store_get_key (traffic->store, id, &length);
          g_assert_cmpuint (length, >, 0);
          if (thaw_entry_store_get_flags (traffic->store, id) & THAW_ENTRY_HAS_STAT)
            g_assert_cmpuint (thaw_entry_store_get_size (traffic->store, id), ==, id + 1);
          sum += thaw_entry_store_is_folder (traffic->store, id);
          sum += thaw_entry_store_get_mode (traffic->store, id);
        }
    }
  return GUINT_TO_POINTER (sum != 0);
}

static gpointer
stat_thread (gpointer data)
{
  Traffic *traffic = data;
  guint32 done = 0;

  while (!g_atomic_int_get (&traffic->is_over))
    for (guint32 n = thaw_entry_store_get_n (traffic->store); done < n; done++)
      thaw_entry_store_set_stat (traffic->store, done, done + 1, done, 0100644);
  return NULL;
}

static void
test_threads (void)
{
  Traffic traffic = { make_store (), 0 };
  GThread *readers[2], *stat;

  _thaw_entry_store_find (traffic.store, "x", 1); /* the index is there from the start */
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    readers[i] = g_thread_new ("reader", read_thread, &traffic);
  stat = g_thread_new ("stat", stat_thread, &traffic);
  for (guint i = 0; i < 30000; i++)
    {
      g_autofree char *name = g_strdup_printf ("name %u", i);

      append (traffic.store, name, THAW_ENTRY_FILE);
      if (i % 64 == 63)
        thaw_entry_store_publish (traffic.store);
      if (i % 100 == 99)
        thaw_entry_store_rename (traffic.store, i - 99, name, strlen (name) - 1);
      if (i % 50 == 49)
        thaw_entry_store_remove (traffic.store, i - 20);
    }
  thaw_entry_store_publish (traffic.store);
  g_atomic_int_set (&traffic.is_over, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    g_thread_join (readers[i]);
  g_thread_join (stat);
  thaw_entry_store_unref (traffic.store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/entry-store/columns", test_columns);
  g_test_add_func ("/entry-store/rename", test_rename);
  g_test_add_func ("/entry-store/random", test_random);
  g_test_add_func ("/entry-store/many", test_many);
  g_test_add_func ("/entry-store/full", test_full);
  g_test_add_func ("/entry-store/display-names", test_display_names);
  g_test_add_func ("/entry-store/look-up", test_look_up);
  g_test_add_func ("/entry-store/look-up-many", test_look_up_many);
  g_test_add_func ("/entry-store/find-names", test_find_names);
  g_test_add_func ("/entry-store/threads", test_threads);
  return g_test_run ();
}
