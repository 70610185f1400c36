/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The natural order against ICU itself: random names of several scripts, in several languages, must
 * compare as ICU's collator with numeric order says. Where Thaw differs on purpose: Han in
 * languages without an order for it go by pinyin, numbers beyond 254 digits go by value, bytes that
 * aren't UTF-8 come last, and names that ICU finds equal are told apart by leading zeros, then
 * bytes.
 */

#include "thaw-collation-private.h"

#include <stdlib.h>
#include <string.h>

#define N_NAMES 400
#define MAX_KEY 4096

static const char *const locales[] = { "",   "en", "de", "de@collation=phonebook",
                                       "sv", "cs", "da", "hu",
                                       "hr", "cy", "zh", "ja",
                                       "ko", "ru", "ar", "th" };

static const char *const pieces[] = {
  "a",         "b",   "A",
  "B",         "ch",  "Ch",
  "h",         "i",   "I",
  "aa",        "Aa",  "zs",
  "dzs",       "ll",  "z",
  "Z",         "0",   "1",
  "2",         "9",   "10",
  "12",        "007", "100",
  "99999999",  "_",   "-",
  ".",         " ",   "(",
  ")",         "~",   "'",
  "#",         "ä",   "Ä",
  "ö",         "å",   "é",
  "e\xcc\x81", "ß",   "ø",
  "æ",         "č",   "š",
  "ж",         "я",   "Ж",
  "ё",         "ب",   "ا",
  "ي",         "か",  "が",
  "カ",        "ー",  "ｱ",
  "한",        "글",  "ไ",
  "ก",         "เ",   "α",
  "Ω",         "©",   "½",
  "²",         "…",   "\xe2\x80\x8d",
  "😀",
};

static const char *const han[] = { "北", "京", "上", "海", "中", "国", "一", "龍", "々" };

static char *
make_name (gboolean with_han)
{
  GString *name = g_string_new (NULL);
  int n = g_test_rand_int_range (1, 6);

  for (int i = 0; i < n; i++)
    if (with_han && g_test_rand_int_range (0, 6) == 0)
      g_string_append (name, han[g_test_rand_int_range (0, G_N_ELEMENTS (han))]);
    else
      g_string_append (name, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  return g_string_free (name, FALSE);
}

static int
sign (int value)
{
  return (value > 0) - (value < 0);
}

static gsize
get_key (ThawCollation *collation, const char *name, guint8 *key)
{
  gsize length = thaw_collation_make_key (collation, name, strlen (name), key, MAX_KEY);

  g_assert_cmpuint (length, <=, MAX_KEY);
  g_assert_null (memchr (key, 0, length));
  return length;
}

static int
compare_keys (ThawCollation *collation, const char *a, const char *b)
{
  guint8 key_a[MAX_KEY], key_b[MAX_KEY];
  gsize length_a = get_key (collation, a, key_a), length_b = get_key (collation, b, key_b);
  int result = memcmp (key_a, key_b, MIN (length_a, length_b));

  return sign (result != 0 ? result : (int) length_a - (int) length_b);
}

static UCollator *
open_icu (const char *locale, UCollationStrength strength)
{
  UErrorCode status = U_ZERO_ERROR;
  UCollator *collator = ucol_open (locale, &status);

  ucol_setAttribute (collator, UCOL_NUMERIC_COLLATION, UCOL_ON, &status);
  ucol_setAttribute (collator, UCOL_ALTERNATE_HANDLING, UCOL_NON_IGNORABLE, &status);
  ucol_setStrength (collator, strength);
  g_assert_true (U_SUCCESS (status));
  return collator;
}

static int
compare_by_icu (UCollator *collator, const char *a, const char *b)
{
  UErrorCode status = U_ZERO_ERROR;
  int result = ucol_strcollUTF8 (collator, a, -1, b, -1, &status);

  g_assert_true (U_SUCCESS (status));
  return result;
}

/* ICU 76 contradicts itself where digits of several scripts meet in a tailored order, so pieces
 * holds ASCII ones. In Thaw's own order the neighbours are the hard cases: compare each name with
 * some others and its neighbours. */
static void
check_pair (ThawCollation *collation,
            UCollator *primary,
            UCollator *tertiary,
            const char *a,
            const char *b)
{
  int by_key = compare_keys (collation, a, b), by_icu = compare_by_icu (primary, a, b);
  int wholly = compare_by_icu (tertiary, a, b);

  if (by_key != by_icu)
    {
      g_autofree char *ea = g_strescape (a, NULL), *eb = g_strescape (b, NULL);
      g_test_message ("\"%s\" and \"%s\": %d, ICU %d", ea, eb, by_key, by_icu);
    }
  g_assert_cmpint (by_key, ==, by_icu);
  if (wholly != 0)
    g_assert_cmpint (sign (thaw_collation_compare (collation, a, b)), ==, wholly);
  else
    g_assert_cmpint (thaw_collation_compare (collation, a, b) == 0, ==, strcmp (a, b) == 0);
}

static int
compare_names_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  return thaw_collation_compare (data, *(char *const *) a, *(char *const *) b);
}

static gboolean
has_own_han (const char *locale)
{
  return g_str_has_prefix (locale, "zh") || g_str_has_prefix (locale, "ja")
         || g_str_has_prefix (locale, "ko");
}

static void
test_against_icu (gconstpointer data)
{
  const char *locale = data;
  g_autoptr (ThawCollation) collation = thaw_collation_new (locale);
  UCollator *primary = open_icu (locale, UCOL_PRIMARY),
            *tertiary = open_icu (locale, UCOL_TERTIARY);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < N_NAMES; i++)
    g_ptr_array_add (names, make_name (has_own_han (locale)));
  g_sort_array (names->pdata, N_NAMES, sizeof (gpointer), compare_names_cb, collation);
  for (guint i = 0; i < N_NAMES; i++)
    for (guint j = 0; j < N_NAMES; j += i < j && j < i + 5 ? 1 : 7)
      check_pair (collation, primary, tertiary, names->pdata[i], names->pdata[j]);
  ucol_close (primary);
  ucol_close (tertiary);
}

/* The table for ASCII must give ICU's keys to the byte, and must be in use. */
static void
test_fast_path (gconstpointer data)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new (data);

  g_assert_true (collation->is_fast);
  for (guint i = 0; i < 5000; i++)
    {
      char name[64];
      int n = g_test_rand_int_range (0, sizeof (name));
      guint8 fast[MAX_KEY], slow[MAX_KEY];
      gsize n_fast, n_slow;

      for (int j = 0; j < n; j++)
        name[j] = g_test_rand_int_range (0, 3) == 0 ? '0' + g_test_rand_int_range (0, 10)
                                                    : g_test_rand_int_range (32, 127);
      n_fast = thaw_collation_make_key (collation, name, n, fast, sizeof (fast));
      n_slow = _thaw_collation_make_icu_key (collation, name, n, slow, sizeof (slow));
      g_assert_cmpmem (fast, n_fast, slow, n_slow);
    }
}

static void
check_order (ThawCollation *collation, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    for (guint j = 0; names[j] != NULL; j++)
      {
        int result = sign (thaw_collation_compare (collation, names[i], names[j]));

        if (result != sign ((int) i - (int) j))
          g_test_message ("\"%s\" and \"%s\": %d", names[i], names[j], result);
        g_assert_cmpint (result, ==, sign ((int) i - (int) j));
      }
}

static void
test_numbers (void)
{
  static const char *const names[]
      = { "a",         "a0",           "a00",           "a1",   "a01",  "a２",
          "a10",       "a010",         "a99",           "a327", "a328", "a10000000",
          "a10000001", "a99999999999", "a100000000000", "aa",   NULL };
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");

  check_order (collation, names);
}

static char *
make_number (guint n_digits, const char *before, const char *after)
{
  GString *name = g_string_new (before);

  for (guint i = 0; i < n_digits; i++)
    g_string_append_c (name, (i == 0 ? '1' : '0') + g_test_rand_int_range (0, 9));
  g_string_append (name, after);
  return g_string_free (name, FALSE);
}

static int
compare_values (const char *a, const char *b)
{
  gsize length_a = strspn (a, "0123456789"), length_b = strspn (b, "0123456789");

  return sign (length_a != length_b ? (int) length_a - (int) length_b : strncmp (a, b, length_a));
}

/* ICU cuts numbers after 254 digits; here they go by value, through the table and through ICU,
 * whatever is around. */
static void
test_long_numbers (void)
{
  static const guint lengths[] = { 1, 7, 8, 253, 254, 255, 256, 257, 300, 508, 509, 10000 };
  static const char *const around[] = { "x", ".y", "é", "ß_", "_", "ж" };
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");

  for (guint i = 0; i < 400; i++)
    {
      const char *before = around[g_test_rand_int_range (0, G_N_ELEMENTS (around))];
      const char *after = around[g_test_rand_int_range (0, G_N_ELEMENTS (around))];
      guint length = lengths[g_test_rand_int_range (0, G_N_ELEMENTS (lengths))];
      g_autofree char *a = make_number (length, before, after);
      g_autofree char *b = make_number (
          g_test_rand_bit () ? length : lengths[g_test_rand_int_range (0, G_N_ELEMENTS (lengths))],
          before,
          g_test_rand_bit () ? after : "zz");
      int expected = compare_values (a + strlen (before), b + strlen (before));

      if (expected != 0)
        g_assert_cmpint (sign (thaw_collation_compare (collation, a, b)), ==, expected);
    }
}

/* A name in a language without an order of Han: by pinyin, after every other script. */
static void
test_pinyin (void)
{
  static const char *const names[] = { "_",  "1",    "a",     "z",      "жук",  "한글", "かな",
                                       "啊", "北京", "北京a", "北京一", "上海", "中国", NULL };
  static const char *const mixed[]
      = { "a 1", "a b", "a ж", "a 北", "a 上 2", "a 上 10", "a 上 b", "b", NULL };
  g_autoptr (ThawCollation) english = thaw_collation_new ("en");
  g_autoptr (ThawCollation) root = thaw_collation_new ("C");

  check_order (english, names);
  check_order (english, mixed);
  check_order (root, names);
}

static void
test_invalid (void)
{
  static const char *const names[] = { "a", "z", "龍", "\x80", "\x80z", "\x80\x80", "\xff", NULL };
  static const char *const inside[]
      = { "a", "aa", "a한", "a龍", "a\xc3", "a\xc3(", "a\xe4", "b", NULL };
  g_autoptr (ThawCollation) collation = thaw_collation_new ("de");

  check_order (collation, names);
  check_order (collation, inside);
}

static void
test_languages (void)
{
  static const char *const czech[] = { "c", "cz", "h", "hz", "ch", "Ch2", "chz", "i", NULL };
  static const char *const german[] = { "a", "A", "ä", "Ä", "b", "o", "ö", "oe", "of", NULL };
  static const char *const swedish[] = { "a", "z", "å", "ä", "ö", NULL };
  static const char *const danish[] = { "a", "ab", "z", "æ", "ø", "å", "aa1", NULL };
  static const char *const chinese[] = { "1", "安", "北京", "上海", "张三", "中国", NULL };
  static const char *const russian[] = { "1", "Ёлка", "Жук", "яма", "a", "z", NULL };
  const struct {
    const char *locale;
    const char *const *names;
  } languages[] = {
    { "cs", czech },  { "de", german },           { "sv", swedish },
    { "da", danish }, { "zh_CN.UTF-8", chinese }, { "ru_RU.UTF-8", russian },
  };

  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    {
      g_autoptr (ThawCollation) collation = thaw_collation_new (languages[i].locale);

      check_order (collation, languages[i].names);
    }
}

/* However odd the names, the order must be one. */
static void
test_total_order (void)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");
  static const char *const hard[] = { "12",
                                      "012",
                                      "01２",
                                      "１2",
                                      "0012",
                                      "a1B",
                                      "A1b",
                                      "a01b",
                                      "á1b",
                                      "a\xcc\x81"
                                      "1b",
                                      "a\x01"
                                      "1b",
                                      "a1b",
                                      "\xef\xbf\xbf",
                                      "北",
                                      "\xff",
                                      "\xef\xbf\xbf"
                                      "a",
                                      "" };

  for (guint i = 0; i < 20000; i++)
    {
      const char *names[3];
      g_autofree char *random[3] = { NULL };
      int ab, bc, ac;

      for (guint j = 0; j < 3; j++)
        names[j] = g_test_rand_bit () ? hard[g_test_rand_int_range (0, G_N_ELEMENTS (hard))]
                                      : (random[j] = make_name (TRUE));
      ab = sign (thaw_collation_compare (collation, names[0], names[1]));
      bc = sign (thaw_collation_compare (collation, names[1], names[2]));
      ac = sign (thaw_collation_compare (collation, names[0], names[2]));
      g_assert_cmpint (ab, ==, -sign (thaw_collation_compare (collation, names[1], names[0])));
      if (ab == bc)
        g_assert_cmpint (ac, ==, ab);
      for (guint j = 0; j < 3; j++)
        g_free (g_steal_pointer (&random[j]));
    }
}

static void
test_short_buffer (void)
{
  static const char *const names[] = { "IMG_0001 (2).jpg", "Übersicht 12", "上海 1" };
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint8 whole[MAX_KEY], part[MAX_KEY];
      gsize length = get_key (collation, names[i], whole);

      g_assert_cmpuint (thaw_collation_make_key (collation, names[i], strlen (names[i]), NULL, 0),
                        ==,
                        length);
      for (gsize size = 0; size <= length; size++)
        {
          memset (part, 0xaa, sizeof (part));
          g_assert_cmpuint (
              thaw_collation_make_key (collation, names[i], strlen (names[i]), part, size),
              ==,
              length);
          g_assert_cmpmem (part, size, whole, size);
          g_assert_cmpuint (part[size], ==, 0xaa);
        }
    }
}

static gpointer
make_keys_thread (gpointer data)
{
  ThawCollation *collation = data;
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  char *result;

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s%u%s",
                                               pieces[i % G_N_ELEMENTS (pieces)],
                                               i,
                                               han[i % G_N_ELEMENTS (han)]);
      guint8 key[MAX_KEY];
      gsize length = get_key (collation, name, key);

      g_checksum_update (checksum, key, length);
      g_assert_cmpint (thaw_collation_compare_ties (collation, name, name), ==, 0);
    }
  result = g_strdup (g_checksum_get_string (checksum));
  g_checksum_free (checksum);
  return result;
}

static void
test_threads (void)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en");
  GThread *threads[4];
  g_autofree char *expected = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("keys", make_keys_thread, collation);
  expected = make_keys_thread (collation);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *result = g_thread_join (threads[i]);

      g_assert_cmpstr (result, ==, expected);
    }
}

static void
test_default (void)
{
  g_assert_true (thaw_collation_get_default () == thaw_collation_get_default ());
  g_assert_cmpint (thaw_collation_compare (thaw_collation_get_default (), "a2", "a10"), <, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    {
      g_autofree char *random
          = g_strdup_printf ("/collation/icu/%s", *locales[i] ? locales[i] : "root");
      g_autofree char *ascii
          = g_strdup_printf ("/collation/fast/%s", *locales[i] ? locales[i] : "root");

      g_test_add_data_func (random, locales[i], test_against_icu);
      g_test_add_data_func (ascii, locales[i], test_fast_path);
    }
  g_test_add_func ("/collation/numbers", test_numbers);
  g_test_add_func ("/collation/long-numbers", test_long_numbers);
  g_test_add_func ("/collation/pinyin", test_pinyin);
  g_test_add_func ("/collation/invalid", test_invalid);
  g_test_add_func ("/collation/languages", test_languages);
  g_test_add_func ("/collation/total-order", test_total_order);
  g_test_add_func ("/collation/short-buffer", test_short_buffer);
  g_test_add_func ("/collation/threads", test_threads);
  g_test_add_func ("/collation/default", test_default);
  return g_test_run ();
}
