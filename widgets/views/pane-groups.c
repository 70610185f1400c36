/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups, for views that the user has asked to show them: by initial, type, size or time, whatever
 * the folder is sorted by, so that the entries of a group are beside each other and there is no
 * second order. This file says which group an entry is in and what that is called, and finds where
 * groups end; who shows them is elsewhere (pane-canvas-flow.c, pane-folder-headings.c). Sizes and
 * times may change between the making of an order and a look at it: keys of these rise, and what
 * has strayed is taken for part of the group it is among, so that headings don't come and go.
 * Names are asked by the collation that sorted them. Pure, but for what init_now() asks of the
 * process; loop's thread only, because of the translations.
 */
#include "pane-groups-private.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>
#include <langinfo.h>
#include <string.h>

#define KB G_GUINT64_CONSTANT (1000)
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

/* Keys that all columns have. Those of a column are 0 or more, and rise. */
#define FOLDERS (-1)
#define UNKNOWN G_MAXINT64

/* Keys of names: a letter or two, or the first letter of a reading. */
#define OTHERS 0
#define DIGITS 1
#define LETTER (G_GINT64_CONSTANT (1) << 44)
#define PINYIN (G_GINT64_CONSTANT (1) << 45)
#define SECOND_SHIFT 21
#define CHARACTER_MASK 0x1fffff

/* Two ways to write the same sounds. */
#define FIRST_HIRAGANA 0x3041
#define FIRST_KATAKANA 0x30a1
#define LAST_KATAKANA 0x30f6

/* Keys of times: a year is sixteen times its number, a month in this year that much more; then: */
enum {
  EARLIER_THIS_MONTH = 1 << 30,
  LAST_WEEK,
  THIS_WEEK,
  YESTERDAY,
  TODAY,
  FUTURE,
};

/* By size. Decimal, as sizes are shown. */
static const struct {
  guint64 end; /* this and what is larger is in the next */
  const char *title;
} sizes[] = {
  { 1, NC_ ("group by size", "Empty") },
  { 10 * KB, NC_ ("group by size", "Tiny, Under 10 kB") },
  { KB * KB, NC_ ("group by size", "Small, Under 1 MB") },
  { 100 * KB * KB, NC_ ("group by size", "Medium, Under 100 MB") },
  { KB * KB * KB, NC_ ("group by size", "Large, Under 1 GB") },
  { 10 * KB * KB * KB, NC_ ("group by size", "Huge, Under 10 GB") },
  { G_MAXUINT64, NC_ ("group by size", "Gigantic, 10 GB and More") },
};

/* By name */

static void
make_letter_key (ThawCollation *collation, const char *text, PaneLetterKey *key)
{
  gsize length
      = thaw_collation_make_key (collation, text, strlen (text), key->bytes, sizeof (key->bytes));

  key->length = (guint8) MIN (length, sizeof (key->bytes));
}

static int
compare_keys (const guint8 *a, gsize a_length, const guint8 *b, gsize b_length)
{
  int order = memcmp (a, b, MIN (a_length, b_length));

  return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static gboolean
begins_with (const guint8 *key, gsize length, const PaneLetterKey *letter)
{
  return length >= letter->length && memcmp (key, letter->bytes, letter->length) == 0;
}

/* The characters that come first of those read with each letter. Where they aren't in the order of
 * the alphabet the collation doesn't sort by reading. */
static void
make_pinyin_keys (PaneGrouping *self)
{
  static const char *const firsts[PANE_N_LETTERS]
      = { "吖", "八", "嚓", "咑", "妸", "发", "旮", "哈", NULL, "丌", "咔", "垃", "妈",
          "拏", "噢", "妑", "七", "呥", "仨", "他", NULL, NULL, "屲", "夕", "丫", "帀" };
  const PaneLetterKey *last = NULL;

  self->knows_pinyin = self->has_pinyin = TRUE;
  for (guint i = 0; i < PANE_N_LETTERS; i++)
    {
      PaneLetterKey *key = &self->pinyin[i];

      if (firsts[i] == NULL)
        continue;
      make_letter_key (self->collation, firsts[i], key);
      if (last != NULL && compare_keys (last->bytes, last->length, key->bytes, key->length) >= 0)
        self->has_pinyin = FALSE;
      last = key;
    }
}

static void
make_letter_keys (PaneGrouping *self)
{
  for (guint i = 0; i < PANE_N_LETTERS; i++)
    make_letter_key (self->collation, (const char[]){ (char) ('A' + i), '\0' }, &self->letters[i]);
}

/* The collation has what it takes since it has sorted such names. */
static gint64
get_han_key (PaneGrouping *self, const guint8 *key, gsize length)
{
  gint64 reading = PINYIN;

  if (!self->knows_pinyin)
    make_pinyin_keys (self);
  for (guint i = 0; self->has_pinyin && i < PANE_N_LETTERS; i++)
    if (self->pinyin[i].length > 0
        && compare_keys (self->pinyin[i].bytes, self->pinyin[i].length, key, length) <= 0)
      reading = PINYIN | ('A' + i);
  return reading;
}

/* The letter without what is above and below it, if that sorts where the name does; else the letter
 * as it is, which has a place of its own in this language. */
static gint64
get_letter_key (const PaneGrouping *self, const char *name, const guint8 *key, gsize length)
{
  gunichar first = g_utf8_get_char (name);
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  PaneLetterKey base;
  char text[7] = { 0 };

  for (guint i = 0; i < PANE_N_LETTERS; i++)
    if (begins_with (key, length, &self->letters[i]))
      return LETTER | ('A' + i);
  g_unichar_fully_decompose (first, TRUE, parts, G_N_ELEMENTS (parts));
  parts[0] = g_unichar_toupper (parts[0]);
  if (parts[0] >= FIRST_KATAKANA && parts[0] <= LAST_KATAKANA)
    parts[0] -= FIRST_KATAKANA - FIRST_HIRAGANA;
  g_unichar_to_utf8 (parts[0], text);
  make_letter_key (self->collation, text, &base);
  if (begins_with (key, length, &base))
    return LETTER | parts[0];
  return LETTER | g_unichar_toupper (first);
}

/* Two letters that sort as one, and not where the first does: Czech ch, and Danish aa, which is
 * another way to write å. */
static gint64
get_ascii_key (const PaneGrouping *self, const char *name, const guint8 *key, gsize length)
{
  char first = g_ascii_toupper (name[0]);

  if (begins_with (key, length, &self->letters[first - 'A']) || !g_ascii_isalpha (name[1]))
    return LETTER | first;
  if (first == 'A' && g_ascii_tolower (name[1]) == 'a')
    return LETTER | 0xc5;
  return LETTER | first | ((gint64) g_ascii_tolower (name[1]) << SECOND_SHIFT);
}

static gint64
get_name_key (PaneGrouping *self, ThawEntryStore *store, guint32 id)
{
  const char *name = thaw_entry_store_get_name (store, id);
  gsize length, name_length = thaw_entry_store_get_name_length (store, id);
  const guint8 *key = thaw_entry_store_get_key (store, id, &length);
  gunichar first = g_utf8_get_char_validated (name, (gssize) name_length);

  if (g_ascii_isalpha (*name))
    return get_ascii_key (self, name, key, length);
  if (first == (gunichar) -1 || first == (gunichar) -2)
    return OTHERS;
  if (g_unichar_isdigit (first))
    return DIGITS;
  if (!g_unichar_isalpha (first))
    return OTHERS;
  if (g_unichar_get_script (first) == G_UNICODE_SCRIPT_HAN)
    return get_han_key (self, key, length);
  return get_letter_key (self, name, key, length);
}

static char *
dup_name_title (gint64 key)
{
  gunichar second = (gunichar) ((key & ~LETTER) >> SECOND_SHIFT);
  char text[13] = { 0 };
  int length;

  if (key == OTHERS)
    return g_strdup ("#");
  if (key == DIGITS)
    return g_strdup ("0–9");
  if (key == PINYIN)
    return g_strdup ("漢");
  if ((key & PINYIN) != 0)
    return g_strdup_printf ("拼音 %c", (int) (key & 0x7f));
  length = g_unichar_to_utf8 ((gunichar) (key & CHARACTER_MASK), text);
  if (second != 0)
    g_unichar_to_utf8 (second, text + length);
  return g_strdup (text);
}

/* By size */

static gint64
get_size_key (ThawEntryStore *store, guint32 id)
{
  guint64 size;

  if (thaw_entry_store_is_folder (store, id))
    return FOLDERS;
  if ((thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT) == 0)
    return UNKNOWN;
  size = thaw_entry_store_get_size (store, id);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (size < sizes[i].end)
      return i;
  return G_N_ELEMENTS (sizes) - 1;
}

/* By time */

static gint64
get_start (GDateTime *day, int n_days_before)
{
  g_autoptr (GDateTime) other = g_date_time_add_days (day, -n_days_before);
  g_autoptr (GDateTime) midnight = g_date_time_new (g_date_time_get_timezone (day),
                                                    g_date_time_get_year (other),
                                                    g_date_time_get_month (other),
                                                    g_date_time_get_day_of_month (other),
                                                    0,
                                                    0,
                                                    0);

  return g_date_time_to_unix (midnight);
}

static GDateTime *
to_local (const PaneGrouping *self, gint64 sec)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (sec);

  return utc != NULL ? g_date_time_to_timezone (utc, self->zone) : NULL;
}

static void
compute_days (PaneGrouping *self, gint64 now_sec, int first_weekday)
{
  g_autoptr (GDateTime) now = to_local (self, now_sec);
  int in_week = (g_date_time_get_day_of_week (now) % 7 - first_weekday + 7) % 7;

  self->tomorrow = get_start (now, -1);
  self->today = get_start (now, 0);
  self->yesterday = get_start (now, 1);
  self->week = get_start (now, in_week);
  self->last_week = get_start (now, in_week + 7);
  self->month = get_start (now, g_date_time_get_day_of_month (now) - 1);
  self->year = get_start (now, g_date_time_get_day_of_year (now) - 1);
}

static gint64
get_long_ago_key (const PaneGrouping *self, gint64 sec)
{
  g_autoptr (GDateTime) local = to_local (self, sec);
  gint64 key;

  if (local == NULL)
    return sec < 0 ? 0 : UNKNOWN;
  key = (gint64) g_date_time_get_year (local) * 16;
  return sec >= self->year ? key + g_date_time_get_month (local) : key;
}

static gint64
get_time_key (const PaneGrouping *self, ThawEntryStore *store, guint32 id)
{
  gint64 nsec, sec;

  if ((thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT) == 0)
    return UNKNOWN;
  nsec = thaw_entry_store_get_mtime (store, id);
  sec = nsec / NSEC_PER_SEC - (nsec % NSEC_PER_SEC < 0);
  if (sec >= self->tomorrow)
    return FUTURE;
  if (sec >= self->today)
    return TODAY;
  if (sec >= self->yesterday)
    return YESTERDAY;
  if (sec >= self->week)
    return THIS_WEEK;
  if (sec >= self->last_week)
    return LAST_WEEK;
  if (sec >= self->month)
    return EARLIER_THIS_MONTH;
  return get_long_ago_key (self, sec);
}

/* Some languages write months small, but a heading begins with a capital. */
static char *
dup_month (gint64 key)
{
  g_autoptr (GDateTime) first
      = g_date_time_new_utc ((int) (key / 16), (int) (key % 16), 1, 0, 0, 0);
  g_autofree char *name = g_date_time_format (first, "%OB");
  char capital[7] = { 0 };

  if (name == NULL || *name == '\0')
    return g_strdup ("");
  g_unichar_to_utf8 (g_unichar_totitle (g_utf8_get_char (name)), capital);
  return g_strconcat (capital, g_utf8_next_char (name), NULL);
}

static char *
dup_time_title (gint64 key)
{
  switch (key)
    {
    case FUTURE:
      return g_strdup (C_ ("group by time", "In the Future"));
    case TODAY:
      return g_strdup (C_ ("group by time", "Today"));
    case YESTERDAY:
      return g_strdup (C_ ("group by time", "Yesterday"));
    case THIS_WEEK:
      return g_strdup (C_ ("group by time", "Earlier This Week"));
    case LAST_WEEK:
      return g_strdup (C_ ("group by time", "Last Week"));
    case EARLIER_THIS_MONTH:
      return g_strdup (C_ ("group by time", "Earlier This Month"));
    default:
      if (key % 16 > 0)
        return dup_month (key);
      return key > 0 ? g_strdup_printf ("%d", (int) (key / 16))
                     : g_strdup (C_ ("group by time", "Long Ago"));
    }
}

/* What all have in common */

/* What plugins say of an entry is known to whoever sorts, and of what is on the screen. */
gboolean
pane_grouping_suits (const ThawOrderSpec *spec)
{
  return spec->column != THAW_SORT_ATTRIBUTE;
}

void
pane_grouping_init (PaneGrouping *self,
                    const ThawOrderSpec *spec,
                    ThawCollation *collation,
                    GTimeZone *zone,
                    gint64 now_sec,
                    int first_weekday)
{
  *self = (PaneGrouping){ .column = spec->column };
  self->descending = spec->descending;
  self->folders_first = spec->folders_first;
  self->collation = thaw_collation_ref (collation);
  self->zone = g_time_zone_ref (zone);
  if (self->column == THAW_SORT_NAME)
    make_letter_keys (self);
  else if (self->column == THAW_SORT_MODIFIED)
    compute_days (self, now_sec, first_weekday);
}

void
pane_grouping_init_now (PaneGrouping *self, ThawOrder *order)
{
  PaneDetails *details = pane_details_get_default ();
  ThawCollation *collation = thaw_entry_store_get_collation (thaw_order_get_store (order));

  /* A store takes its collation with its first entry: until then, the one that it will take. */
  pane_grouping_init (self,
                      thaw_order_get_spec (order),
                      collation != NULL ? collation : thaw_collation_get_default (),
                      pane_details_get_time_zone (details),
                      g_get_real_time () / G_USEC_PER_SEC,
                      pane_groups_get_first_weekday ());
  self->has_types = pane_details_has_types (details);
}

gboolean
pane_grouping_is_current (const PaneGrouping *self)
{
  PaneDetails *details = pane_details_get_default ();
  gint64 now_sec = g_get_real_time () / G_USEC_PER_SEC;

  if (self->column == THAW_SORT_TYPE)
    return self->has_types == pane_details_has_types (details);
  if (self->column == THAW_SORT_MODIFIED)
    return self->zone == pane_details_get_time_zone (details) && now_sec >= self->today
           && now_sec < self->tomorrow;
  return TRUE;
}

void
pane_grouping_clear (PaneGrouping *self)
{
  g_clear_pointer (&self->collation, thaw_collation_unref);
  g_clear_pointer (&self->zone, g_time_zone_unref);
}

gint64
pane_grouping_get_key (PaneGrouping *self, ThawEntryStore *store, guint32 id)
{
  if (self->folders_first && thaw_entry_store_is_folder (store, id))
    return FOLDERS;
  switch (self->column)
    {
    case THAW_SORT_SIZE:
      return get_size_key (store, id);
    case THAW_SORT_TYPE:
      return (
          gint64) (gintptr) pane_details_get_content_type (pane_details_get_default (), store, id);
    case THAW_SORT_MODIFIED:
      return get_time_key (self, store, id);
    case THAW_SORT_NAME:
    default:
      return get_name_key (self, store, id);
    }
}

char *
pane_grouping_dup_title (const PaneGrouping *self, gint64 key)
{
  const char *type;

  if (key == FOLDERS)
    return g_strdup (_ ("Folders"));
  if (key == UNKNOWN)
    return g_strdup (C_ ("group", "Unknown"));
  switch (self->column)
    {
    case THAW_SORT_SIZE:
      return g_strdup (g_dpgettext2 (GETTEXT_PACKAGE, "group by size", sizes[key].title));
    case THAW_SORT_TYPE:
      type = pane_details_describe_type (pane_details_get_default (), (const char *) (gintptr) key);
      return g_strdup (*type != '\0' ? type : "…");
    case THAW_SORT_MODIFIED:
      return dup_time_title (key);
    case THAW_SORT_NAME:
    default:
      return dup_name_title (key);
    }
}

/* Where the group stands among the others: unknown ones are last in either direction. */
static gint64
get_place (const PaneGrouping *self, gint64 key)
{
  if (key == UNKNOWN)
    return G_MAXINT64;
  if (key == FOLDERS && self->folders_first)
    return G_MININT64;
  return self->descending ? -key : key;
}

gboolean
pane_grouping_includes (const PaneGrouping *self, gint64 current, gint64 key)
{
  if (self->column == THAW_SORT_NAME || self->column == THAW_SORT_TYPE)
    return key == current;
  return get_place (self, key) <= get_place (self, current);
}

/* Finding groups */

/* The entry that was looked at last: where a group ends the next one begins. */
typedef struct {
  const PaneGroupFuncs *funcs;
  guint position;
  gint64 key;
} Look;

static gint64
look_at (Look *look, guint position)
{
  if (look->position != position)
    look->key = look->funcs->get_key (position, look->funcs->user_data);
  look->position = position;
  return look->key;
}

static gboolean
includes (Look *look, gint64 current, guint position)
{
  const PaneGroupFuncs *funcs = look->funcs;
  gint64 key = look_at (look, position);

  return key == current
         || (funcs->includes != NULL && funcs->includes (current, key, funcs->user_data));
}

/* The first position behind @position that isn't of its group. */
static guint
find_end (Look *look, guint position, gint64 key, guint n)
{
  guint step = 1, low = position, high;

  while (low + step < n && includes (look, key, low + step))
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, n);
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (includes (look, key, middle))
        low = middle;
      else
        high = middle;
    }
  return high;
}

GArray *
pane_groups_find (guint n, const PaneGroupFuncs *funcs)
{
  GArray *groups = g_array_new (FALSE, FALSE, sizeof (PaneGroup));
  Look look = { funcs, G_MAXUINT, 0 };
  PaneGroup group = { 0 };

  while (group.first < n && groups->len < PANE_MAX_GROUPS)
    {
      group.key = look_at (&look, group.first);
      g_array_append_val (groups, group);
      group.first = find_end (&look, group.first, group.key, n);
    }
  group = (PaneGroup){ 0, n };
  g_array_append_val (groups, group);
  return groups;
}

typedef struct {
  PaneGrouping *grouping;
  ThawEntryStore *store;
  const guint32 *ids;
} Search;

static gint64
get_key_cb (guint position, gpointer user_data)
{
  Search *search = user_data;

  return pane_grouping_get_key (search->grouping, search->store, search->ids[position]);
}

static gboolean
includes_cb (gint64 current, gint64 key, gpointer user_data)
{
  return pane_grouping_includes (((Search *) user_data)->grouping, current, key);
}

GArray *
pane_grouping_find (PaneGrouping *self, ThawOrder *order)
{
  Search search = { self, thaw_order_get_store (order), thaw_order_get_ids (order) };
  const PaneGroupFuncs funcs = { get_key_cb, includes_cb, &search };

  return pane_groups_find (thaw_order_get_n (order), &funcs);
}

/* Two facts of the locale: from which day on its weeks are numbered, as a date, and the how manieth
 * day from there is the first. The C library gives the date as a number in place of a string. */
int
pane_groups_get_first_weekday (void)
{
  union {
    const char *string;
    guint number;
  } origin = { nl_langinfo (_NL_TIME_WEEK_1STDAY) };
  int first = nl_langinfo (_NL_TIME_FIRST_WEEKDAY)[0];

  return ((origin.number == 19971201 ? 1 : 0) + first - 1 + 7) % 7;
}

char *
pane_groups_dup_label (const char *title, guint n_entries)
{
  /* Translators: a group's heading for a screen reader: “Today, 12 items” */
  return g_strdup_printf (ngettext ("%s, %'u item", "%s, %'u items", n_entries), title, n_entries);
}
