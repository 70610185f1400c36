/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Orders against a naive list: hundreds of rounds of random edits, details, flags, wishes and
 * filters, each compared with a list that is sorted from nothing by the plain comparison. Then the
 * hard corners one by one: ties by the thousand, stopping at every moment, the search, folding, and
 * a sorter at work while others write (for TSan).
 */

#include "thaw-order-private.h"

#include <math.h>
#include <string.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define N_ROUNDS 60
#else
#define N_ROUNDS 300
#endif

static const char *const words[]
    = { "a",  "b", "B", "ab",    "IMG_", "img_", "report ", "é",  "e\xcc\x81",
        "E",  "Ä", "ж", "上海",  "\xff", ".",    "1",       "02", "2",
        "10", "0", "ﬁ", "x.png", ".pdf", ".TXT", "i",       "ß",  "ss" };
static const char *const filters[]
    = { NULL, NULL, "",   "i",  "im", "img",     "img_", "img_1", "e",       "É",
        "a",  "1",  "fi", "ss", "海", "no such", ".",    "x.png", "\xcc\x81" };

typedef struct {
  ThawEntryStore *store;
  ThawSorter *sorter;
  ThawOrderSpec spec;
  GArray *touched;
  guint serial;
  GArray *known; /* ThawSortKey by id; texts are of the words */
  ThawSortKeys *keys;
} Fixture;

static char *
make_name (Fixture *self)
{
  GString *name = g_string_new (g_test_rand_int_range (0, 8) == 0 ? "." : NULL);
  int n = g_test_rand_int_range (1, 5);

  for (int i = 0; i < n; i++)
    g_string_append (name, words[g_test_rand_int_range (0, G_N_ELEMENTS (words))]);
  if (g_test_rand_bit ()) /* equal names are possible too: a folder has none, a store may */
    g_string_append_printf (name, "%u", self->serial++);
  return g_string_free (name, FALSE);
}

static void
append_one (Fixture *self)
{
  static const ThawEntryKind kinds[] = { THAW_ENTRY_FILE,
                                         THAW_ENTRY_FILE,
                                         THAW_ENTRY_FOLDER,
                                         THAW_ENTRY_SYMLINK,
                                         THAW_ENTRY_FIFO };
  g_autofree char *name = make_name (self);

  while (_thaw_entry_store_find (self->store, name, strlen (name)) != THAW_NO_ENTRY)
    {
      g_free (name);
      name = make_name (self);
    }
  thaw_entry_store_append (self->store,
                           name,
                           strlen (name),
                           kinds[g_test_rand_int_range (0, G_N_ELEMENTS (kinds))]);
}

static void
touch (Fixture *self, guint32 id)
{
  g_array_append_val (self->touched, id);
}

static const ThawSortKey *
get_key (Fixture *self, guint32 id)
{
  while (self->known->len <= id)
    g_array_append_vals (self->known, &(ThawSortKey){ self->known->len, NULL, NAN }, 1);
  return &g_array_index (self->known, ThawSortKey, id);
}

static void
set_key (Fixture *self, guint32 id)
{
  ThawSortKey *key = (ThawSortKey *) get_key (self, id);
  int which = g_test_rand_int_range (0, 6);

  key->text = which > 1 ? words[g_test_rand_int_range (0, G_N_ELEMENTS (words))] : NULL;
  key->number = which == 1 ? g_test_rand_int_range (-3, 3) / 2.0 : NAN;
  if (self->keys != NULL)
    _thaw_sort_keys_add (self->keys, key, 1);
}

static void
set_some_keys (Fixture *self)
{
  guint32 n = thaw_entry_store_get_n (self->store);

  for (int i = n > 0 ? g_test_rand_int_range (0, 30) : 0; i > 0; i--)
    set_key (self, g_test_rand_int_range (0, n));
}

/* As a folder does it: what it was told is gone when it sorts by something else. */
static void
follow_spec (Fixture *self)
{
  gboolean wants = self->spec.column == THAW_SORT_ATTRIBUTE;

  if (wants != (self->keys != NULL))
    {
      g_clear_pointer (&self->keys, _thaw_sort_keys_unref);
      self->keys = wants ? _thaw_sort_keys_new () : NULL;
      if (wants)
        _thaw_sort_keys_add (self->keys,
                             (const ThawSortKey *) (gpointer) self->known->data,
                             self->known->len);
    }
  _thaw_sorter_set_keys (self->sorter, self->keys);
}

static void
edit_one (Fixture *self, guint32 id)
{
  switch (g_test_rand_int_range (0, 5))
    {
    case 0:
      thaw_entry_store_remove (self->store, id);
      break;
      case 1: {
        g_autofree char *name = make_name (self);

        if (thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE
            || _thaw_entry_store_find (self->store, name, strlen (name)) != THAW_NO_ENTRY)
          return;
        thaw_entry_store_rename (self->store, id, name, strlen (name));
        break;
      }
    case 2:
      if (thaw_entry_store_get_kind (self->store, id) == THAW_ENTRY_SYMLINK)
        thaw_entry_store_add_flags (self->store, id, THAW_ENTRY_TO_FOLDER);
      break;
    default:
      thaw_entry_store_set_stat (self->store,
                                 id,
                                 g_test_rand_int_range (0, 5) * 1000,
                                 g_test_rand_int_range (-3, 4),
                                 0100644);
      break;
    }
  touch (self, id);
}

static void
change_spec (Fixture *self)
{
  switch (g_test_rand_int_range (0, 6))
    {
    case 0:
      self->spec.column = g_test_rand_int_range (THAW_SORT_NAME, THAW_SORT_ATTRIBUTE + 1);
      break;
    case 1:
      self->spec.descending = !self->spec.descending;
      break;
    case 2:
      self->spec.folders_first = !self->spec.folders_first;
      break;
    case 3:
      self->spec.show_hidden = !self->spec.show_hidden;
      break;
    default:
      g_free (self->spec.filter);
      self->spec.filter = g_strdup (filters[g_test_rand_int_range (0, G_N_ELEMENTS (filters))]);
      break;
    }
  thaw_sorter_set_spec (self->sorter, &self->spec);
}

/* Another way to fold than Thaw's. */
static char *
fold_naively (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *apart = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  g_autofree char *lower = g_utf8_casefold (apart, -1);
  g_autofree char *again = g_utf8_normalize (lower, -1, G_NORMALIZE_ALL);
  GString *folded = g_string_new (NULL);

  for (const char *p = again; *p != 0; p = g_utf8_next_char (p))
    if (!g_unichar_ismark (g_utf8_get_char (p)))
      g_string_append_unichar (folded, g_utf8_get_char (p));
  return g_string_free (folded, FALSE);
}

static gboolean
is_shown (Fixture *self, guint32 id)
{
  guint flags = thaw_entry_store_get_flags (self->store, id);
  g_autofree char *name = NULL, *needle = NULL;

  if ((flags & THAW_ENTRY_GONE) || ((flags & THAW_ENTRY_HIDDEN) && !self->spec.show_hidden))
    return FALSE;
  if (self->spec.filter == NULL)
    return TRUE;
  name = fold_naively (thaw_entry_store_get_name (self->store, id));
  needle = fold_naively (self->spec.filter);
  return strstr (name, needle) != NULL;
}

/* -1 for unknown. */
static int
compare_numbers (gboolean known_a, guint64 a, gboolean known_b, guint64 b, gboolean descending)
{
  if (known_a != known_b)
    return known_a ? -1 : 1;
  if (!known_a || a == b)
    return 0;
  return (a < b) == !descending ? -1 : 1;
}

static int
rank_key (const ThawSortKey *key)
{
  return !isnan (key->number) ? 0 : key->text != NULL ? 1 : 2;
}

/* Numbers, texts, nothing; the last also the other way round. */
static int
compare_keys (Fixture *self, guint32 a, guint32 b)
{
  const ThawSortKey *x, *y;
  int result;

  get_key (self, MAX (a, b));
  x = get_key (self, a);
  y = get_key (self, b);
  if (rank_key (x) == 2 || rank_key (y) == 2)
    return rank_key (x) / 2 - rank_key (y) / 2;
  if (rank_key (x) != rank_key (y))
    result = rank_key (x) - rank_key (y);
  else if (rank_key (x) == 0)
    result = (x->number > y->number) - (x->number < y->number);
  else
    result
        = thaw_collation_compare (thaw_entry_store_get_collation (self->store), x->text, y->text);
  return self->spec.descending ? -result : result;
}

static int
compare_columns (Fixture *self, guint32 a, guint32 b)
{
  ThawEntryStore *store = self->store;
  gboolean stat_a = (thaw_entry_store_get_flags (store, a) & THAW_ENTRY_HAS_STAT) != 0;
  gboolean stat_b = (thaw_entry_store_get_flags (store, b) & THAW_ENTRY_HAS_STAT) != 0;
  gboolean folder_a = thaw_entry_store_is_folder (store, a),
           folder_b = thaw_entry_store_is_folder (store, b);
  int result;

  switch (self->spec.column)
    {
    case THAW_SORT_SIZE:
      return compare_numbers (folder_a || stat_a,
                              folder_a ? 0 : thaw_entry_store_get_size (store, a) + 1,
                              folder_b || stat_b,
                              folder_b ? 0 : thaw_entry_store_get_size (store, b) + 1,
                              self->spec.descending);
    case THAW_SORT_MODIFIED:
      return compare_numbers (stat_a,
                              thaw_entry_store_get_mtime (store, a) + 1000,
                              stat_b,
                              thaw_entry_store_get_mtime (store, b) + 1000,
                              self->spec.descending);
    case THAW_SORT_TYPE:
      result = strcmp (thaw_entry_store_get_content_type (store, a),
                       thaw_entry_store_get_content_type (store, b));
      return self->spec.descending ? -result : result;
    case THAW_SORT_ATTRIBUTE:
      return compare_keys (self, a, b);
    case THAW_SORT_NAME:
    default:
      result = thaw_collation_compare (thaw_entry_store_get_collation (store),
                                       thaw_entry_store_get_name (store, a),
                                       thaw_entry_store_get_name (store, b));
      return self->spec.descending ? -result : result;
    }
}

static int
compare_naively (gconstpointer a, gconstpointer b, gpointer data)
{
  Fixture *self = data;
  guint32 one = *(const guint32 *) a, other = *(const guint32 *) b;
  gboolean folder = thaw_entry_store_is_folder (self->store, one);
  int result;

  if (self->spec.folders_first && folder != thaw_entry_store_is_folder (self->store, other))
    return folder ? -1 : 1;
  result = compare_columns (self, one, other);
  if (result == 0)
    result = thaw_collation_compare (thaw_entry_store_get_collation (self->store),
                                     thaw_entry_store_get_name (self->store, one),
                                     thaw_entry_store_get_name (self->store, other));
  return result;
}

static void
check_order (Fixture *self, ThawOrder *order)
{
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 n = thaw_entry_store_get_n (self->store);

  for (guint32 id = 0; id < n; id++)
    if (is_shown (self, id))
      g_array_append_val (expected, id);
    else
      g_assert_cmpuint (thaw_order_find (order, id), ==, THAW_NO_ENTRY);
  g_sort_array (expected->data, expected->len, sizeof (guint32), compare_naively, self);

  g_assert_true (thaw_order_spec_equal (thaw_order_get_spec (order), &self->spec));
  g_assert_cmpuint (thaw_order_get_n (order), ==, expected->len);
  for (guint32 i = 0; i < expected->len; i++)
    {
      guint32 id = g_array_index (expected, guint32, i);

      if (thaw_order_get_id (order, i) != id)
        g_test_message ("position %u: %u \"%s\", not %u \"%s\"",
                        i,
                        thaw_order_get_id (order, i),
                        thaw_entry_store_get_name (self->store, thaw_order_get_id (order, i)),
                        id,
                        thaw_entry_store_get_name (self->store, id));
      g_assert_cmpuint (thaw_order_get_id (order, i), ==, id);
      g_assert_cmpuint (thaw_order_find (order, id), ==, i);
    }
}

static void
fixture_init (Fixture *self, const char *locale)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new (locale);

  *self = (Fixture){ .store = thaw_entry_store_new (collation) };
  thaw_order_spec_init (&self->spec);
  self->sorter = thaw_sorter_new (self->store, &self->spec);
  self->touched = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->known = g_array_new (FALSE, FALSE, sizeof (ThawSortKey));
}

static void
fixture_clear (Fixture *self)
{
  thaw_sorter_free (self->sorter);
  thaw_entry_store_release (self->store);
  thaw_order_spec_clear (&self->spec);
  g_array_unref (self->touched);
  g_array_unref (self->known);
  g_clear_pointer (&self->keys, _thaw_sort_keys_unref);
}

static gboolean
stop_by_chance (gpointer data)
{
  return g_test_rand_int_range (0, 3) == 0;
}

static void
edit_some (Fixture *self)
{
  guint32 n = thaw_entry_store_get_n (self->store);
  int n_edits = n > 0 ? g_test_rand_int_range (0, 12) : 0;

  if (g_test_rand_int_range (0, 10) == 0)
    n_edits *= 20;
  for (int i = 0; i < n_edits; i++)
    edit_one (self, g_test_rand_int_range (0, n));
  for (int i = g_test_rand_int_range (0, g_test_rand_int_range (0, 12) == 0 ? 120 : 6); i > 0; i--)
    append_one (self);
  thaw_entry_store_publish (self->store);
}

static void
run_random (const char *locale)
{
  Fixture self;
  g_autoptr (ThawOrder) last = NULL;

  fixture_init (&self, locale);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      ThawOrder *order = NULL;

      edit_some (&self);
      if (g_test_rand_int_range (0, 3) == 0)
        change_spec (&self);
      set_some_keys (&self);
      follow_spec (&self);
      if (round == N_ROUNDS / 2)
        thaw_sorter_trim (self.sorter);
      thaw_sorter_touch (self.sorter,
                         (const guint32 *) (gpointer) self.touched->data,
                         self.touched->len);
      g_array_set_size (self.touched, 0);

      thaw_sorter_set_stop (self.sorter, stop_by_chance, NULL);
      while (order == NULL)
        order = thaw_sorter_make (self.sorter);
      check_order (&self, order);
      g_clear_pointer (&last, thaw_order_unref);
      last = order;
    }
  fixture_clear (&self);
}

static void
test_random (gconstpointer data)
{
  for (guint i = 0; i < (g_test_quick () ? 2 : 10); i++)
    run_random (data);
}

/* Nothing new: the same order again. Details that the order doesn't depend on: the same too. */
static void
test_same (void)
{
  Fixture self;
  guint32 id = 3;

  fixture_init (&self, "en");
  for (guint i = 0; i < 50; i++)
    append_one (&self);
  thaw_entry_store_publish (self.store);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ThawOrder) first = thaw_sorter_make (self.sorter);
      g_autoptr (ThawOrder) second = thaw_sorter_make (self.sorter);
      g_autoptr (ThawOrder) third = NULL;

      g_assert_true (first == second);
      thaw_entry_store_set_stat (self.store, id, 1, 1, 0);
      thaw_sorter_touch (self.sorter, &id, 1);
      third = thaw_sorter_make (self.sorter);
      g_assert_true (first == third);
      thaw_sorter_trim (self.sorter);
    }
  fixture_clear (&self);
}

/* Changes that nobody has told the sorter of may wait, but must not put others in the wrong place.
 */
static void
test_untold (void)
{
  Fixture self;

  fixture_init (&self, "en");
  self.spec.column = THAW_SORT_SIZE;
  thaw_sorter_set_spec (self.sorter, &self.spec);
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      thaw_entry_store_append (self.store, name, strlen (name), THAW_ENTRY_FILE);
      thaw_entry_store_set_stat (self.store, i, i, 0, 0);
    }
  thaw_entry_store_publish (self.store);
  thaw_order_unref (thaw_sorter_make (self.sorter));
  thaw_sorter_trim (self.sorter);
  for (guint round = 0; round < 40; round++)
    {
      g_autoptr (ThawOrder) order = NULL;
      GArray *told = self.touched;

      for (guint i = 0; i < 20; i++)
        {
          guint32 id = g_test_rand_int_range (0, 2000);

          thaw_entry_store_set_stat (self.store, id, g_test_rand_int_range (0, 2000), 0, 0);
          g_array_append_val (told, id);
        }
      thaw_sorter_touch (self.sorter, (const guint32 *) (gpointer) told->data, told->len / 2);
      thaw_order_unref (thaw_sorter_make (self.sorter));
      thaw_sorter_touch (self.sorter, (const guint32 *) (gpointer) told->data, told->len);
      g_array_set_size (told, 0);
      order = thaw_sorter_make (self.sorter);
      check_order (&self, order);
    }
  fixture_clear (&self);
}

/* Names that differ only in case, in leading zeros or in accents, by the thousand: no quadratic
 * behaviour. */
static void
test_ties (void)
{
  static const char letters[] = "thawfilesorder";
  Fixture self;
  g_autoptr (ThawOrder) order = NULL;

  fixture_init (&self, "en");
  for (guint i = 0; i < 1u << (sizeof (letters) - 1); i++)
    {
      char name[sizeof (letters)];

      for (guint j = 0; j < sizeof (letters); j++)
        name[j] = i >> j & 1 ? g_ascii_toupper (letters[j]) : letters[j];
      thaw_entry_store_append (self.store, name, strlen (name), THAW_ENTRY_FILE);
    }
  thaw_entry_store_publish (self.store);
  order = thaw_sorter_make (self.sorter);
  check_order (&self, order);
  fixture_clear (&self);
}

/* Long common beginnings, and keys that end inside and at the end of a word. */
static void
test_long_names (void)
{
  Fixture self;
  g_autoptr (ThawOrder) order = NULL;

  fixture_init (&self, "en");
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *name = g_strnfill (g_test_rand_int_range (1, 120), 'x');

      name[g_test_rand_int_range (0, strlen (name))] = g_test_rand_int_range ('w', 'z');
      thaw_entry_store_append (self.store, name, strlen (name), THAW_ENTRY_FILE);
    }
  thaw_entry_store_publish (self.store);
  order = thaw_sorter_make (self.sorter);
  for (guint i = 1; i < thaw_order_get_n (order); i++)
    g_assert_cmpint (
        strcmp (thaw_entry_store_get_name (self.store, thaw_order_get_id (order, i - 1)),
                thaw_entry_store_get_name (self.store, thaw_order_get_id (order, i))),
        <=,
        0);
  fixture_clear (&self);
}

typedef struct {
  guint n_polls;
  guint stop_at;
} Stopper;

static gboolean
stop_at (gpointer data)
{
  Stopper *stopper = data;

  return stopper->n_polls++ >= stopper->stop_at;
}

/* Stopped at its first look, its second, and so on, the work comes to the same end when it is done
 * again. */
static void
test_stop (void)
{
  for (guint moment = 0;; moment++)
    {
      Fixture self;
      Stopper stopper = { 0, moment };
      ThawOrder *order;
      gboolean was_stopped;

      fixture_init (&self, "en");
      for (guint i = 0; i < 20000; i++)
        {
          g_autofree char *name
              = g_strdup_printf ("%u %s", (i * 7919) % 20000, i % 3 == 0 ? "é" : "x");

          thaw_entry_store_append (self.store, name, strlen (name), THAW_ENTRY_FILE);
        }
      thaw_entry_store_publish (self.store);
      self.spec.filter = g_strdup ("e");
      thaw_sorter_set_spec (self.sorter, &self.spec);
      thaw_sorter_set_stop (self.sorter, stop_at, &stopper);
      order = thaw_sorter_make (self.sorter);
      was_stopped = order == NULL;
      stopper.stop_at = G_MAXUINT;
      if (order == NULL)
        order = thaw_sorter_make (self.sorter);
      if (moment < 8 || !was_stopped)
        check_order (&self, order);
      thaw_order_unref (order);
      fixture_clear (&self);
      if (!was_stopped)
        break;
      moment += moment / 8;
    }
}

static void
test_find_prefix (void)
{
  static const char *const names[]
      = { "Alpha", "alpine", "Beta", "Élan", "elbe", "Straße", "上海" };
  Fixture self;
  g_autoptr (ThawOrder) order = NULL;

  fixture_init (&self, "en");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    thaw_entry_store_append (self.store, names[i], strlen (names[i]), THAW_ENTRY_FILE);
  thaw_entry_store_publish (self.store);
  order = thaw_sorter_make (self.sorter);
  g_assert_cmpuint (thaw_order_find_prefix (order, "AL", 0), ==, 0);
  g_assert_cmpuint (thaw_order_find_prefix (order, "al", 1), ==, 1);
  g_assert_cmpuint (thaw_order_find_prefix (order, "al", 2), ==, 0);
  g_assert_cmpuint (thaw_order_find_prefix (order, "el", 0), ==, 3);
  g_assert_cmpuint (thaw_order_find_prefix (order, "él", 4), ==, 4);
  g_assert_cmpuint (thaw_order_find_prefix (order, "strasse", 100), ==, 5);
  g_assert_cmpuint (thaw_order_find_prefix (order, "上", 0), ==, 6);
  g_assert_cmpuint (thaw_order_find_prefix (order, "alphas", 0), ==, THAW_NO_ENTRY);
  g_assert_cmpuint (thaw_order_find_prefix (order, "", 2), ==, 2);
  fixture_clear (&self);
}

static void
test_empty (void)
{
  Fixture self;

  fixture_init (&self, "en");
  for (guint column = THAW_SORT_NAME; column <= THAW_SORT_MODIFIED; column++)
    {
      g_autoptr (ThawOrder) order = NULL;

      self.spec.column = column;
      g_free (self.spec.filter);
      self.spec.filter = g_strdup (column % 2 ? "x" : NULL);
      thaw_sorter_set_spec (self.sorter, &self.spec);
      order = thaw_sorter_make (self.sorter);
      g_assert_cmpuint (thaw_order_get_n (order), ==, 0);
      g_assert_cmpuint (thaw_order_find (order, 0), ==, THAW_NO_ENTRY);
      g_assert_cmpuint (thaw_order_find_prefix (order, "a", 0), ==, THAW_NO_ENTRY);
      thaw_sorter_trim (self.sorter);
    }
  fixture_clear (&self);
}

static void
test_fold (void)
{
  static const struct {
    const char *text;
    const char *folded;
  } texts[] = {
    { "IMG_01", "img_01" },
    { "Übersicht", "ubersicht" },
    { "E\xcc\x81t\xc3\xa9", "ete" },
    { "Straße", "strasse" },
    { "ﬁle", "file" },
    { "ＡＢＣ１", "abc1" },
    { "ЁЖ", "еж" },
    { "\xff"
      "A\x80",
      "\xff"
      "a\x80" },
    { "上海", "上海" },
    { "İ", "i" },
    { "हिन्दी", "हिन्दी" },
    { "ไทยก็", "ไทยก็" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *folded = _thaw_fold (texts[i].text);

      g_assert_cmpstr (folded, ==, texts[i].folded);
    }
}

static const char *
find_naively (const char *from,
              const char *end,
              const char *needle,
              gsize length,
              gboolean ignore_case)
{
  for (; end - from >= (gssize) length; from++)
    if (ignore_case ? g_ascii_strncasecmp (from, needle, length) == 0
                    : memcmp (from, needle, length) == 0)
      return from;
  return NULL;
}

static void
test_search (void)
{
  for (guint i = 0; i < 20000; i++)
    {
      char text[200], needle[6];
      gsize n_text = g_test_rand_int_range (0, sizeof (text)),
            n_needle = g_test_rand_int_range (1, sizeof (needle));
      gboolean ignore_case = g_test_rand_bit ();
      g_autofree char *copy = NULL;

      for (gsize j = 0; j < n_text; j++)
        text[j] = "abAB[{@`\x01\xc1\xe1"[g_test_rand_int_range (0, 11)];
      for (gsize j = 0; j < n_needle; j++)
        needle[j] = "ab[{@`\x01\xc1\xe1"[g_test_rand_int_range (0, 9)];
      copy = g_memdup2 (text, n_text); /* so that ASan sees the end */
      if (n_text > 0)
        g_assert_true (_thaw_find_bytes (copy, copy + n_text, needle, n_needle, ignore_case)
                       == find_naively (copy, copy + n_text, needle, n_needle, ignore_case));
    }
}

/* Keys that arrive step by step, in no order, among them texts that come between others; then the
 * same for another attribute. */
static void
test_keys (void)
{
  Fixture self;

  fixture_init (&self, "de");
  for (guint i = 0; i < 1500; i++)
    append_one (&self);
  thaw_entry_store_publish (self.store);
  self.spec.column = THAW_SORT_ATTRIBUTE;
  for (guint round = 0; round < 12; round++)
    {
      g_autoptr (ThawOrder) order = NULL;

      g_free (self.spec.attribute);
      self.spec.attribute = g_strdup (round < 9 ? "one" : "other");
      if (round == 9)
        {
          g_array_set_size (self.known, 0);
          g_clear_pointer (&self.keys, _thaw_sort_keys_unref);
        }
      self.spec.descending = round % 6 == 5;
      thaw_sorter_set_spec (self.sorter, &self.spec);
      follow_spec (&self);
      for (guint i = 0; i < (round % 3 == 0 ? 500 : 20); i++)
        set_key (&self, g_test_rand_int_range (0, 1500));
      follow_spec (&self);
      order = thaw_sorter_make (self.sorter);
      check_order (&self, order);
    }
  fixture_clear (&self);
}

static void
test_key_values (void)
{
  static const double numbers[]
      = { -INFINITY, -1e300, -2, -1.5, -1e-300, 0, 1e-300, 1, 1.5, 1e15, 1e15 + 1, INFINITY };
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");
  g_autoptr (ThawSortKeys) keys = _thaw_sort_keys_new ();
  g_autoptr (GArray) touched = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n = G_N_ELEMENTS (numbers);

  for (guint i = 0; i < n; i++)
    _thaw_sort_keys_add (keys, &(ThawSortKey){ i, NULL, numbers[i] }, 1);
  _thaw_sort_keys_add (keys, &(ThawSortKey){ n, "b 10", NAN }, 1);
  _thaw_sort_keys_add (keys, &(ThawSortKey){ n + 1, "", NAN }, 1);
  _thaw_sort_keys_add (keys, &(ThawSortKey){ n + 2, NULL, -0.0 }, 1);
  _thaw_sort_keys_add (keys, &(ThawSortKey){ n + 3, "b 9", NAN }, 1);
  _thaw_sort_keys_apply (keys, collation, touched);
  g_assert_cmpuint (touched->len, ==, n + 4);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (_thaw_sort_keys_get_value (keys, i),
                      <,
                      _thaw_sort_keys_get_value (keys, i + 1));
  g_assert_cmpuint (_thaw_sort_keys_get_value (keys, n + 1), ==, THAW_UNKNOWN_VALUE);
  g_assert_cmpuint (_thaw_sort_keys_get_value (keys, n + 9), ==, THAW_UNKNOWN_VALUE);
  g_assert_cmpuint (_thaw_sort_keys_get_value (keys, n + 2),
                    ==,
                    _thaw_sort_keys_get_value (keys, 5));
  g_assert_cmpuint (_thaw_sort_keys_get_word (keys, _thaw_sort_keys_get_value (keys, n + 3)),
                    <,
                    _thaw_sort_keys_get_word (keys, _thaw_sort_keys_get_value (keys, n)));
}

typedef struct {
  Fixture *fixture;
  int is_over; /* atomic */
  guint n_orders;
} Traffic;

static gpointer
sort_thread (gpointer data)
{
  Traffic *traffic = data;
  Fixture *self = traffic->fixture;
  guint round = 0;

  while (!g_atomic_int_get (&traffic->is_over))
    {
      g_autoptr (ThawOrder) order = NULL;

      self->spec.column = round++ % (THAW_SORT_ATTRIBUTE + 1);
      _thaw_sorter_set_keys (self->sorter, self->keys);
      g_free (self->spec.filter);
      self->spec.filter = g_strdup (round % 3 == 0 ? "name 1" : NULL);
      thaw_sorter_set_spec (self->sorter, &self->spec);
      order = thaw_sorter_make (self->sorter);
      for (guint32 i = 0; i < thaw_order_get_n (order); i += 97)
        g_assert_cmpuint (thaw_order_find (order, thaw_order_get_id (order, i)), ==, i);
      traffic->n_orders++;
    }
  return NULL;
}

/* The writer appends, renames and removes, a third thread sets details, and orders are made
 * meanwhile. */
static void
test_threads (void)
{
  Fixture self;
  Traffic traffic = { &self, 0, 0 };
  g_autoptr (ThawOrder) order = NULL;
  GThread *thread;

  fixture_init (&self, "en");
  self.keys = _thaw_sort_keys_new ();
  thread = g_thread_new ("sorter", sort_thread, &traffic);
  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *name = g_strdup_printf ("name %u%s", i, i % 7 == 0 ? "é" : "");
      g_autofree char *other = g_strdup_printf ("other %u", i);

      thaw_entry_store_append (self.store, name, strlen (name), THAW_ENTRY_FILE);
      if (i % 16 == 15)
        thaw_entry_store_publish (self.store);
      if (i % 40 == 39)
        thaw_entry_store_set_stat (self.store, i - 20, i, i, 0);
      if (i % 40 == 38)
        set_key (&self, i - 30);
      if (i % 90 == 89)
        thaw_entry_store_rename (self.store, i - 50, other, strlen (other));
      if (i % 90 == 88)
        thaw_entry_store_remove (self.store, i - 60);
    }
  thaw_entry_store_publish (self.store);
  g_atomic_int_set (&traffic.is_over, TRUE);
  g_thread_join (thread);

  for (guint32 id = 0; id < thaw_entry_store_get_n (self.store); id++)
    touch (&self, id);
  _thaw_sorter_set_keys (self.sorter, self.keys);
  thaw_sorter_touch (self.sorter,
                     (const guint32 *) (gpointer) self.touched->data,
                     self.touched->len);
  order = thaw_sorter_make (self.sorter);
  check_order (&self, order);
  fixture_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/order/random/en", "en", test_random);
  g_test_add_data_func ("/order/random/cs", "cs", test_random);
  g_test_add_data_func ("/order/random/zh", "zh", test_random);
  g_test_add_func ("/order/same", test_same);
  g_test_add_func ("/order/untold", test_untold);
  g_test_add_func ("/order/ties", test_ties);
  g_test_add_func ("/order/long-names", test_long_names);
  g_test_add_func ("/order/stop", test_stop);
  g_test_add_func ("/order/find-prefix", test_find_prefix);
  g_test_add_func ("/order/empty", test_empty);
  g_test_add_func ("/order/keys", test_keys);
  g_test_add_func ("/order/key-values", test_key_values);
  g_test_add_func ("/order/fold", test_fold);
  g_test_add_func ("/order/search", test_search);
  g_test_add_func ("/order/threads", test_threads);
  return g_test_run ();
}
