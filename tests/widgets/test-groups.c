/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups: which one an entry is in, in the languages whose order is unlike ASCII's, at the edges of
 * sizes and days; that the entries of each are beside each other in the order that the sorter
 * makes; and the headings that a folder model puts among its rows, against a list put together by
 * hand through random changes. No display.
 */
#include "pane-details.h"
#include "pane-folder-model.h"
#include "pane-groups-private.h"

#include <string.h>

#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)
#define SUNDAY 0
#define MONDAY 1

typedef struct {
  ThawEntryStore *store;
  ThawSorter *sorter;
  PaneGrouping grouping;
} Fixture;

static void
fixture_set_up (Fixture *self, const char *locale)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new (locale);
  ThawOrderSpec spec;

  *self = (Fixture){ .store = thaw_entry_store_new (collation) };
  thaw_order_spec_init (&spec);
  self->sorter = thaw_sorter_new (self->store, &spec);
  thaw_order_spec_clear (&spec);
}

static void
fixture_tear_down (Fixture *self)
{
  pane_grouping_clear (&self->grouping);
  thaw_sorter_free (self->sorter);
  thaw_entry_store_unref (self->store);
}

static guint32
add (Fixture *self, const char *name, ThawEntryKind kind)
{
  guint32 id = thaw_entry_store_append (self->store, name, strlen (name), kind);

  thaw_entry_store_publish (self->store);
  return id;
}

static void
set_stat (Fixture *self, guint32 id, guint64 size, gint64 sec)
{
  thaw_entry_store_set_stat (self->store, id, size, sec * NSEC_PER_SEC, 0100644);
  thaw_sorter_touch (self->sorter, &id, 1);
}

static ThawOrder *
sort (Fixture *self, ThawSortColumn column, gboolean descending, gboolean folders_first)
{
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = column;
  spec.descending = descending;
  spec.folders_first = folders_first;
  spec.show_hidden = TRUE;
  thaw_sorter_set_spec (self->sorter, &spec);
  return thaw_sorter_make (self->sorter);
}

/* Noon of a day, in a zone an hour east. */
static gint64
at (int year, int month, int day, int hour)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("+01:00");
  g_autoptr (GDateTime) time = g_date_time_new (zone, year, month, day, hour, 0, 0);

  return g_date_time_to_unix (time);
}

static void
begin (Fixture *self, ThawOrder *order, gint64 now_sec, int first_weekday)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("+01:00");

  pane_grouping_clear (&self->grouping);
  pane_grouping_init (&self->grouping,
                      thaw_order_get_spec (order),
                      thaw_entry_store_get_collation (self->store),
                      zone,
                      now_sec,
                      first_weekday);
}

/* "A 2, B 1": the groups as they follow each other. Each is there once. */
static char *
describe (Fixture *self, ThawOrder *order)
{
  g_autoptr (GArray) groups = pane_grouping_find (&self->grouping, order);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i + 1 < groups->len; i++)
    {
      const PaneGroup *group = &g_array_index (groups, PaneGroup, i);
      g_autofree char *title = pane_grouping_dup_title (&self->grouping, group[0].key);

      for (guint j = 0; j < i; j++)
        g_assert_true (g_array_index (groups, PaneGroup, j).key != group[0].key);
      for (guint j = group[0].first; j < group[1].first; j++)
        g_assert_true (
            pane_grouping_get_key (&self->grouping, self->store, thaw_order_get_id (order, j))
            == group[0].key);
      g_string_append_printf (text,
                              "%s%s %u",
                              i > 0 ? ", " : "",
                              title,
                              group[1].first - group[0].first);
    }
  return g_string_free_and_steal (text);
}

static void
expect (Fixture *self,
        ThawSortColumn column,
        gboolean descending,
        gboolean folders_first,
        gint64 now_sec,
        const char *expected)
{
  g_autoptr (ThawOrder) order = sort (self, column, descending, folders_first);
  g_autofree char *found = NULL;

  begin (self, order, now_sec, MONDAY);
  found = describe (self, order);
  g_assert_cmpstr (found, ==, expected);
}

/* Names */

typedef struct {
  const char *locale;
  const char *names; /* with a space between */
  const char *expected;
} Language;

static const Language languages[] = {
  { "en_US",
    "10.txt 2.txt .config _old (1) apple Éclair ecru Émile zoo ßa æon 北京 上海 файл 😀",
    "# 4, 0–9 2, A 2, E 3, S 1, Z 1, Ф 1, 拼音 B 1, 拼音 S 1" },
  { "de_DE", "Äpfel Apfel Birne Übel Uhr öde Zug", "A 2, B 1, O 1, U 2, Z 1" },
  { "sv_SE", "Äpple apa Åsa zebra Öl ost", "A 1, O 1, Z 1, Å 1, Ä 1, Ö 1" },
  { "cs_CZ", "cena chata hora cihla čaj jaro", "C 2, Č 1, H 1, Ch 1, J 1" },
  { "da_DK", "Aarhus abe zebra Øl ål Aabenraa", "A 1, Z 1, Ø 1, Å 3" },
  { "zh_CN", "北京 上海 阿里 广州 啊 apple", NULL },
  { "ja_JP", "あさ アサ あす 漢字 日本 zoo", "Z 1, あ 3, 漢 2" },
  { "ko_KR", "가나 각 나라 다리 라면 apple", NULL },
  { "he_IL", "אבא בית abc", "א 1, ב 1, A 1" },
  { "ru_RU", "Йод Игра ёлка ель Ель zoo", NULL },
  { "C", "b A a B é", "A 2, B 2, E 1" },
};

static void
test_language (gconstpointer data)
{
  const Language *language = data;
  g_auto (GStrv) names = g_strsplit (language->names, " ", -1);
  Fixture self;

  fixture_set_up (&self, language->locale);
  for (guint i = 0; names[i] != NULL; i++)
    add (&self, names[i], THAW_ENTRY_FILE);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ThawOrder) order = sort (&self, THAW_SORT_NAME, i == 1, TRUE);
      g_autofree char *found = NULL;

      begin (&self, order, 0, SUNDAY);
      found = describe (&self, order);
      g_test_message ("%s: %s", language->locale, found);
      if (i == 0 && language->expected != NULL)
        g_assert_cmpstr (found, ==, language->expected);
    }
  fixture_tear_down (&self);
}

/* Whatever begins a name: the groups that are found are whole. */
static void
test_any_names (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Fixture self;

  g_test_message ("seed %u", seed);
  fixture_set_up (&self, "en_US");
  for (guint i = 0; i < 3000; i++)
    {
      char name[32];
      int length = 0, n = g_rand_int_range (random, 1, 5);

      for (int j = 0; j < n; j++)
        {
          gunichar c = (gunichar) g_rand_int_range (random, 0x21, i % 2 == 0 ? 0x250 : 0x600);

          if (c != '/' && g_unichar_isprint (c) && !g_unichar_ismark (c))
            length += g_unichar_to_utf8 (c, name + length);
        }
      g_snprintf (name + length, sizeof (name) - (gsize) length, "%u", i);
      add (&self, name, THAW_ENTRY_FILE);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (ThawOrder) order = sort (&self, THAW_SORT_NAME, i == 1, FALSE);
      g_autoptr (GArray) groups = NULL;

      begin (&self, order, 0, SUNDAY);
      groups = pane_grouping_find (&self.grouping, order);
      g_assert_cmpuint (groups->len, >, 26);
      g_assert_cmpuint (groups->len, <, 600);
      g_assert_cmpuint (g_array_index (groups, PaneGroup, groups->len - 1).first, ==, 3000);
    }
  fixture_tear_down (&self);
}

static void
test_folders (void)
{
  Fixture self;

  fixture_set_up (&self, "en_US");
  add (&self, "alpha", THAW_ENTRY_FOLDER);
  add (&self, "beta", THAW_ENTRY_FOLDER);
  add (&self, "able", THAW_ENTRY_FILE);
  set_stat (&self, add (&self, "zero", THAW_ENTRY_FILE), 0, 0);
  expect (&self, THAW_SORT_NAME, FALSE, TRUE, 0, "Folders 2, A 1, Z 1");
  expect (&self, THAW_SORT_NAME, TRUE, TRUE, 0, "Folders 2, Z 1, A 1");
  expect (&self, THAW_SORT_NAME, FALSE, FALSE, 0, "A 2, B 1, Z 1");
  expect (&self, THAW_SORT_SIZE, FALSE, FALSE, 0, "Folders 2, Empty 1, Unknown 1");
  expect (&self, THAW_SORT_SIZE, TRUE, FALSE, 0, "Empty 1, Folders 2, Unknown 1");
  fixture_tear_down (&self);
}

/* Sizes and times */

static void
test_sizes (void)
{
  static const guint64 sizes[] = { 0,
                                   1,
                                   9999,
                                   10000,
                                   999999,
                                   1000000,
                                   99999999,
                                   100000000,
                                   999999999,
                                   1000000000,
                                   9999999999,
                                   10000000000,
                                   G_GUINT64_CONSTANT (1) << 62 };
  Fixture self;

  fixture_set_up (&self, "en_US");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      set_stat (&self, add (&self, name, THAW_ENTRY_FILE), sizes[i], 0);
    }
  expect (&self,
          THAW_SORT_SIZE,
          FALSE,
          TRUE,
          0,
          "Empty 1, Tiny, Under 10 kB 2, Small, Under 1 MB 2, Medium, Under 100 MB 2, "
          "Large, Under 1 GB 2, Huge, Under 10 GB 2, Gigantic, 10 GB and More 2");
  expect (&self,
          THAW_SORT_SIZE,
          TRUE,
          TRUE,
          0,
          "Gigantic, 10 GB and More 2, Huge, Under 10 GB 2, Large, Under 1 GB 2, "
          "Medium, Under 100 MB 2, Small, Under 1 MB 2, Tiny, Under 10 kB 2, Empty 1");
  fixture_tear_down (&self);
}

/* Wednesday, 18 November 2026, is the day to begin with. */
static void
test_days (void)
{
  const gint64 times[] = {
    at (2026, 11, 19, 0), at (2026, 11, 18, 23), at (2026, 11, 18, 0), at (2026, 11, 17, 23),
    at (2026, 11, 17, 0), at (2026, 11, 16, 23), at (2026, 11, 16, 0), at (2026, 11, 15, 23),
    at (2026, 11, 9, 0),  at (2026, 11, 8, 23),  at (2026, 11, 1, 0),  at (2026, 10, 31, 23),
    at (2026, 10, 1, 0),  at (2026, 9, 30, 23),  at (2026, 1, 1, 0),   at (2025, 12, 31, 23),
    at (2025, 1, 1, 0),   at (1969, 6, 1, 0),    at (2024, 5, 1, 0),
  };
  Fixture self;

  fixture_set_up (&self, "en_US");
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      set_stat (&self, add (&self, name, THAW_ENTRY_FILE), 1, times[i]);
    }
  add (&self, "nobody knows", THAW_ENTRY_FILE);
  expect (&self,
          THAW_SORT_MODIFIED,
          TRUE,
          TRUE,
          at (2026, 11, 18, 12),
          "In the Future 1, Today 2, Yesterday 2, Earlier This Week 2, Last Week 2, "
          "Earlier This Month 2, October 2, September 1, January 1, 2025 2, 2024 1, 1969 1, "
          "Unknown 1");
  expect (&self,
          THAW_SORT_MODIFIED,
          FALSE,
          TRUE,
          at (2026, 11, 18, 12),
          "1969 1, 2024 1, 2025 2, January 1, September 1, October 2, Earlier This Month 2, "
          "Last Week 2, Earlier This Week 2, Yesterday 2, Today 2, In the Future 1, Unknown 1");
  /* The next day, in which nothing was done but at midnight. */
  expect (&self,
          THAW_SORT_MODIFIED,
          TRUE,
          TRUE,
          at (2026, 11, 19, 0),
          "Today 1, Yesterday 2, Earlier This Week 4, Last Week 2, Earlier This Month 2, "
          "October 2, September 1, January 1, 2025 2, 2024 1, 1969 1, Unknown 1");
  /* In January last week may have been last year. */
  expect (&self,
          THAW_SORT_MODIFIED,
          TRUE,
          TRUE,
          at (2026, 1, 2, 12),
          "In the Future 14, Yesterday 1, Earlier This Week 1, 2025 1, 2024 1, 1969 1, Unknown 1");
  fixture_tear_down (&self);
}

/* Sizes change between the making of an order and the look at it: headings don't multiply. */
static void
test_strayed (void)
{
  Fixture self;
  g_autoptr (ThawOrder) order = NULL;
  g_autoptr (GArray) groups = NULL;

  fixture_set_up (&self, "en_US");
  for (guint i = 0; i < 10000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      set_stat (&self, add (&self, name, THAW_ENTRY_FILE), (guint64) i * i * i, 0);
    }
  order = sort (&self, THAW_SORT_SIZE, FALSE, TRUE);
  for (guint32 id = 0; id < 10000; id += 3)
    thaw_entry_store_set_stat (self.store, id, id % 7 * 1000000, 0, 0100644);
  begin (&self, order, 0, SUNDAY);
  groups = pane_grouping_find (&self.grouping, order);
  g_assert_cmpuint (groups->len, <=, 9);
  fixture_tear_down (&self);
}

typedef struct {
  guint n_looks;
} Count;

static gint64
get_counted_key (guint position, gpointer user_data)
{
  ((Count *) user_data)->n_looks++;
  return position / 997;
}

/* A million entries in a thousand groups. */
static void
test_looks (void)
{
  Count count = { 0 };
  const PaneGroupFuncs funcs = { get_counted_key, NULL, &count };
  g_autoptr (GArray) groups = pane_groups_find (1000000, &funcs);

  g_assert_cmpuint (groups->len, ==, 1000000 / 997 + 1 + 1);
  for (guint i = 0; i + 1 < groups->len; i++)
    g_assert_cmpuint (g_array_index (groups, PaneGroup, i).first, ==, i * 997);
  g_assert_cmpuint (count.n_looks, <, 25000);
}

static void
test_label (void)
{
  g_autofree char *one = pane_groups_dup_label ("Today", 1);
  g_autofree char *many = pane_groups_dup_label ("Today", 12);

  g_assert_cmpstr (one, ==, "Today, 1 item");
  g_assert_cmpstr (many, ==, "Today, 12 items");
  g_assert_cmpint (pane_groups_get_first_weekday (), >=, 0);
  g_assert_cmpint (pane_groups_get_first_weekday (), <, 7);
}

/* Headings of a model */

/* Rows as the model has them, against the order with what should be between. */
static void
check_model (Fixture *self, PaneFolderModel *model, ThawOrder *plain)
{
  ThawOrder *order = pane_folder_model_get_order (model);
  g_autoptr (GArray) groups = NULL;
  guint row = 0, n_headings = 0;

  begin (self, plain, 0, SUNDAY);
  groups = pane_grouping_find (&self->grouping, plain);
  for (guint i = 0; i + 1 < groups->len; i++)
    {
      const PaneGroup *group = &g_array_index (groups, PaneGroup, i);
      guint n_entries = 0;
      guint32 id = thaw_order_get_id (order, row);
      g_autofree char *title = pane_folder_model_dup_heading (model, id, &n_entries);
      g_autofree char *expected = pane_grouping_dup_title (&self->grouping, group[0].key);

      g_assert_true (pane_folder_model_is_heading (model, id));
      g_assert_cmpstr (title, ==, expected);
      g_assert_cmpuint (n_entries, ==, group[1].first - group[0].first);
      g_assert_cmpuint (thaw_order_find (order, id), ==, row++);
      n_headings++;
      for (guint j = group[0].first; j < group[1].first; j++)
        {
          g_assert_cmpuint (thaw_order_get_id (order, row), ==, thaw_order_get_id (plain, j));
          g_assert_cmpuint (thaw_order_find (order, thaw_order_get_id (plain, j)), ==, row++);
        }
    }
  g_assert_cmpuint (thaw_order_get_n (order), ==, row);
  g_assert_cmpuint (thaw_order_get_n_notes (order), ==, n_headings);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, row);
}

static void
change_something (Fixture *self, GRand *random)
{
  guint32 n = thaw_entry_store_get_n (self->store);
  guint32 id = n > 0 ? (guint32) g_rand_int_range (random, 0, (gint32) n) : THAW_NO_ENTRY;
  g_autofree char *name = g_strdup_printf ("%c%u",
                                           (char) g_rand_int_range (random, 'a', 'z' + 1),
                                           g_rand_int_range (random, 0, 1000000));

  if (n < 20 || g_rand_int_range (random, 0, 3) == 0)
    set_stat (self,
              add (self, name, n % 9 == 0 ? THAW_ENTRY_FOLDER : THAW_ENTRY_FILE),
              (guint64) 1 << g_rand_int_range (random, 0, 40),
              0);
  else if (g_rand_boolean (random))
    set_stat (self, id, (guint64) 1 << g_rand_int_range (random, 0, 40), 0);
  else if ((thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE) == 0)
    thaw_entry_store_remove (self->store, id);
}

static void
test_model_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  Fixture self;

  g_test_message ("seed %u", seed);
  fixture_set_up (&self, "en_US");
  pane_folder_model_set_grouped (model, TRUE);
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (ThawOrder) plain = NULL;

      for (int j = g_rand_int_range (random, 0, 6); j >= 0; j--)
        change_something (&self, random);
      plain = sort (&self,
                    g_rand_boolean (random) ? THAW_SORT_NAME : THAW_SORT_SIZE,
                    g_rand_boolean (random),
                    g_rand_boolean (random));
      pane_folder_model_publish (model, plain);
      check_model (&self, model, plain);
    }
  fixture_tear_down (&self);
}

/* On and off: what is selected, and where the user is, stays; a heading can be neither. */
static void
test_model_keeps (void)
{
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  g_autoptr (ThawOrder) plain = NULL;
  g_autoptr (GArray) selected = NULL;
  Fixture self;

  fixture_set_up (&self, "en_US");
  for (char c = 'a'; c <= 'e'; c++)
    add (&self, (const char[]){ c, '\0' }, THAW_ENTRY_FILE);
  plain = sort (&self, THAW_SORT_NAME, FALSE, TRUE);
  pane_folder_model_publish (model, plain);
  pane_folder_model_set_focus_id (model, 3);
  pane_folder_model_select_id (model, 3, TRUE);
  pane_folder_model_set_grouped (model, TRUE);
  check_model (&self, model, plain);
  g_assert_cmpuint (pane_folder_model_get_focus_id (model), ==, 3);
  g_assert_cmpuint (pane_folder_model_find (model, 3), ==, 7);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (model));
  g_assert_cmpuint (pane_folder_model_get_n_selected (model), ==, 5);
  selected = pane_folder_model_dup_selected_ids (model);
  g_assert_cmpuint (selected->len, ==, 5);
  pane_folder_model_set_grouped (model, FALSE);
  g_assert_true (pane_folder_model_get_order (model) == plain);
  g_assert_cmpuint (pane_folder_model_get_n_selected (model), ==, 5);
  g_assert_cmpuint (pane_folder_model_get_focus_id (model), ==, 3);
  fixture_tear_down (&self);
}

/* What had the focus goes: it isn't a heading that gets it. */
static void
test_model_deleted_focus (void)
{
  for (guint32 gone = 0; gone < 5; gone++)
    {
      g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
      g_autoptr (ThawOrder) before = NULL;
      g_autoptr (ThawOrder) after = NULL;
      Fixture self;
      guint32 focus;

      fixture_set_up (&self, "en_US");
      for (char c = 'a'; c <= 'e'; c++)
        add (&self, (const char[]){ c, '\0' }, THAW_ENTRY_FILE);
      pane_folder_model_set_grouped (model, TRUE);
      before = sort (&self, THAW_SORT_NAME, FALSE, TRUE);
      pane_folder_model_publish (model, before);
      pane_folder_model_set_focus_id (model, gone);
      thaw_entry_store_remove (self.store, gone);
      after = sort (&self, THAW_SORT_NAME, FALSE, TRUE);
      pane_folder_model_publish (model, after);
      check_model (&self, model, after);
      focus = pane_folder_model_get_focus_id (model);
      g_assert_false (pane_folder_model_is_heading (model, focus));
      g_assert_cmpuint (pane_folder_model_find (model, focus), !=, GTK_INVALID_LIST_POSITION);
      fixture_tear_down (&self);
    }
}

/* A folder that isn't listed yet, as one that hangs, or has nothing in it: its store has no collation. */
static void
test_nothing_listed (void)
{
  g_autoptr (ThawEntryStore) store = thaw_entry_store_new (NULL);
  g_autoptr (ThawOrder) order = NULL;
  PaneGrouping grouping = { 0 };
  ThawSorter *sorter;
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  sorter = thaw_sorter_new (store, &spec);
  thaw_order_spec_clear (&spec);
  order = thaw_sorter_make (sorter);
  pane_grouping_init_now (&grouping, order);
  g_assert_cmpint (grouping.column, ==, THAW_SORT_NAME);
  pane_grouping_clear (&grouping);
  thaw_sorter_free (sorter);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    {
      g_autofree char *path = g_strdup_printf ("/groups/names/%s", languages[i].locale);

      g_test_add_data_func (path, &languages[i], test_language);
    }
  g_test_add_func ("/groups/any-names", test_any_names);
  g_test_add_func ("/groups/folders", test_folders);
  g_test_add_func ("/groups/sizes", test_sizes);
  g_test_add_func ("/groups/days", test_days);
  g_test_add_func ("/groups/strayed", test_strayed);
  g_test_add_func ("/groups/nothing-listed", test_nothing_listed);
  g_test_add_func ("/groups/looks", test_looks);
  g_test_add_func ("/groups/label", test_label);
  g_test_add_func ("/groups/model/random", test_model_random);
  g_test_add_func ("/groups/model/keeps", test_model_keeps);
  g_test_add_func ("/groups/model/deleted-focus", test_model_deleted_focus);
  return g_test_run ();
}
