/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sorting records of 16 bytes: eight bytes of what counts now, an id and where its key is. Names go
 * by a multikey quicksort that compares whole words of the key and reads the next eight bytes only
 * for those that are equal so far; a million names take a tenth of a second where comparing strings
 * takes three. Sizes and times go by a stable radix sort. Keys that are equal to the end are
 * settled by the collation, in n log n comparisons. Worker threads; every long loop asks the
 * sorter's stop function now and then.
 */

#include "thaw-order-private.h"

#include <string.h>

#define FEW 12
#define FEW_FOR_RADIX 2048

/* From so many records on, buckets instead of a pivot. */
#define MANY 256
#define BUCKET_BITS 8
#define N_BUCKETS (1u << BUCKET_BITS)

/* The first word has the group in its highest byte, so that it holds one byte of key less. */
#define FIRST_KEY_BYTES 7
#define GROUP_SHIFT 56

/* A key's last word may reach into the next key, which the writer may be writing: it is masked, but
 * how should TSan know. */
#ifdef __SANITIZE_THREAD__
#define MAY_READ_BEHIND __attribute__ ((no_sanitize_thread, noinline))
#else
#define MAY_READ_BEHIND inline
#endif

static MAY_READ_BEHIND guint64
load_word (const guint8 *key)
{
  guint64 word;

#ifdef __SANITIZE_THREAD__
  word = 0;
  for (guint i = 0; i < sizeof (word); i++) /* memcpy() would be intercepted */
    ((guint8 *) &word)[i] = ((const volatile guint8 *) key)[i];
#else
  memcpy (&word, key, sizeof (word));
#endif
  return GUINT64_FROM_BE (word);
}

/* The highest bit of every byte that is 0. */
static inline guint64
zero_bytes (guint64 word)
{
  const guint64 low = G_GUINT64_CONSTANT (0x7f7f7f7f7f7f7f7f);

  return ~(((word & low) + low) | word | low);
}

/* Keys end with a NUL: what lies behind it isn't theirs. */
static inline guint64
cut_at_end (guint64 word)
{
  guint64 zeros = zero_bytes (word);

  if (zeros == 0)
    return word;
  return word & ~(G_MAXUINT64 >> (__builtin_clzll (zeros) / 8 * 8));
}

static inline const guint8 *
get_key (ThawSorter *self, const ThawRecord *record)
{
  return self->store->keys.bytes + record->key_offset;
}

/* Prepares a record for sorting by name; folders go first when @with_group. */
void
_thaw_sorter_fill_record (ThawSorter *self, ThawRecord *record, guint32 id, gboolean with_group)
{
  guint64 group = with_group && !(self->seen[id] & THAW_SEEN_FOLDER) ? 2 : 1;

  record->id = id;
  record->key_offset = THAW_READ (self->store, key_offsets, guint32, id);
  record->word = cut_at_end (group << GROUP_SHIFT | load_word (get_key (self, record)) >> 8);
}

static int
compare_ties (ThawSorter *self, guint32 a, guint32 b)
{
  return thaw_collation_compare_ties (self->store->collation,
                                      thaw_entry_store_get_name (self->store, a),
                                      thaw_entry_store_get_name (self->store, b));
}

/* Compares two records whose words start at the same place, and the rest of whose keys is at @next.
 */
static int
compare_from (ThawSorter *self, const ThawRecord *a, const ThawRecord *b, gsize next)
{
  int result = 0;

  if (a->word != b->word)
    return a->word < b->word ? -1 : 1;
  if (zero_bytes (a->word) == 0)
    result
        = strcmp ((const char *) get_key (self, a) + next, (const char *) get_key (self, b) + next);
  return result != 0 ? result : compare_ties (self, a->id, b->id);
}

int
_thaw_sorter_compare_records (ThawSorter *self, const ThawRecord *a, const ThawRecord *b)
{
  return compare_from (self, a, b, FIRST_KEY_BYTES);
}

/* Compares names alone, by id. */
int
_thaw_sorter_compare_names (ThawSorter *self, guint32 a, guint32 b)
{
  int result = strcmp ((const char *) _thaw_entry_store_key (self->store, a),
                       (const char *) _thaw_entry_store_key (self->store, b));

  return result != 0 ? result : compare_ties (self, a, b);
}

static void
sort_few (ThawSorter *self, ThawRecord *records, gsize n, gsize next)
{
  for (gsize i = 1; i < n; i++)
    {
      ThawRecord record = records[i];
      gsize j = i;

      for (; j > 0 && compare_from (self, &record, &records[j - 1], next) < 0; j--)
        records[j] = records[j - 1];
      records[j] = record;
    }
}

static int
compare_ties_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  ThawSorter *self = data;

  if (_thaw_sorter_poll (self))
    return 0;
  return compare_ties (self, ((const ThawRecord *) a)->id, ((const ThawRecord *) b)->id);
}

static int
compare_whole_cb (gconstpointer a, gconstpointer b, gpointer data)
{
  ThawSorter *self = data;
  const ThawRecord *one = a, *other = b;

  if (_thaw_sorter_poll (self))
    return 0;
  return one->word != other->word ? (one->word < other->word ? -1 : 1)
                                  : _thaw_sorter_compare_names (self, one->id, other->id);
}

static inline guint64
median (guint64 a, guint64 b, guint64 c)
{
  return MAX (MIN (a, b), MIN (MAX (a, b), c));
}

static guint64
choose_pivot (const ThawRecord *records, gsize n)
{
  gsize eighth = n / 8, middle = n / 2;
  guint64 a, b, c;

  if (n < 64)
    return median (records[0].word, records[middle].word, records[n - 1].word);
  a = median (records[0].word, records[eighth].word, records[2 * eighth].word);
  b = median (records[middle - eighth].word, records[middle].word, records[middle + eighth].word);
  c = median (records[n - 1 - 2 * eighth].word, records[n - 1 - eighth].word, records[n - 1].word);
  return median (a, b, c);
}

static void
partition (ThawRecord *records, gsize n, guint64 pivot, gsize *n_less, gsize *n_not_greater)
{
  gsize less = 0, i = 0, greater = n;

  while (i < greater)
    {
      ThawRecord record = records[i];

      if (record.word < pivot)
        {
          records[i++] = records[less];
          records[less++] = record;
        }
      else if (record.word > pivot)
        {
          records[i] = records[--greater];
          records[greater] = record;
        }
      else
        i++;
    }
  *n_less = less;
  *n_not_greater = greater;
}

static void sort_level (ThawSorter *self,
                        ThawRecord *records,
                        gsize n,
                        gsize next,
                        guint budget,
                        gboolean may_spread);

static guint
get_budget (gsize n)
{
  return 2 * g_bit_storage (n) + 4;
}

/* Sorts records whose words are all @word: by what comes next in their keys, or by ties where they
 * end. */
static void
sort_equal (ThawSorter *self, ThawRecord *records, gsize n, gsize next, guint64 word)
{
  if (n < 2)
    return;
  if (zero_bytes (word) != 0)
    {
      g_sort_array (records, n, sizeof (*records), compare_ties_cb, self);
      return;
    }
  for (gsize i = 0; i < n; i++)
    records[i].word = cut_at_end (load_word (get_key (self, &records[i]) + next));
  sort_level (self, records, n, next + sizeof (guint64), get_budget (n), TRUE);
  for (gsize i = 0; i < n; i++)
    records[i].word = word;
}

/* Moves every record to its bucket, in place: each move brings one record home. */
static void
move_home (ThawRecord *records, guint32 *starts, const guint32 *ends, guint shift)
{
  for (guint bucket = 0; bucket < N_BUCKETS; bucket++)
    while (starts[bucket] < ends[bucket])
      {
        ThawRecord record = records[starts[bucket]];
        guint home;

        while ((home = record.word >> shift & (N_BUCKETS - 1)) != bucket)
          {
            ThawRecord other = records[starts[home]];

            records[starts[home]++] = record;
            record = other;
          }
        records[starts[bucket]++] = record;
      }
}

/* Many records: spreads them over buckets by the highest bits that differ, which does at once what
 * eight rounds of partitions do. Where most of them fall into one bucket, a pivot goes on. FALSE
 * when all words are equal. */
static gboolean
spread (ThawSorter *self, ThawRecord *records, gsize n, gsize next, guint budget)
{
  guint32 starts[N_BUCKETS] = { 0 }, ends[N_BUCKETS];
  guint64 differing = 0;
  guint32 sum = 0;
  guint shift;

  for (gsize i = 1; i < n; i++)
    differing |= records[i].word ^ records[0].word;
  if (differing == 0)
    return FALSE;
  shift = MAX ((int) g_bit_storage (differing) - BUCKET_BITS, 0);
  for (gsize i = 0; i < n; i++)
    starts[records[i].word >> shift & (N_BUCKETS - 1)]++;
  for (guint i = 0; i < N_BUCKETS; i++)
    {
      guint32 count = starts[i];

      starts[i] = sum;
      ends[i] = sum += count;
    }
  move_home (records, starts, ends, shift);
  for (guint i = 0; i < N_BUCKETS; i++)
    {
      guint32 start = i > 0 ? ends[i - 1] : 0;

      sort_level (self, records + start, ends[i] - start, next, budget, ends[i] - start < n / 2);
    }
  return TRUE;
}

/* Sorts records by their words, which end before @next in their keys, then by the rest. @budget
 * bounds the depth that bad pivots can cause. Words are the same afterwards. */
static void
sort_level (ThawSorter *self,
            ThawRecord *records,
            gsize n,
            gsize next,
            guint budget,
            gboolean may_spread)
{
  while (n > FEW)
    {
      guint64 pivot;
      gsize n_less, n_not_greater;

      self->n_polls += n;
      if (_thaw_sorter_poll (self))
        return;
      if (budget-- == 0)
        {
          /* Whole keys are compared, which is right at every level: what is before @next is equal.
           */
          g_sort_array (records, n, sizeof (*records), compare_whole_cb, self);
          return;
        }
      if (n >= MANY && may_spread)
        {
          if (!spread (self, records, n, next, budget))
            sort_equal (self, records, n, next, records[0].word);
          return;
        }

      pivot = choose_pivot (records, n);
      partition (records, n, pivot, &n_less, &n_not_greater);
      sort_level (self, records, n_less, next, budget, TRUE);
      sort_equal (self, records + n_less, n_not_greater - n_less, next, pivot);
      records += n_not_greater;
      n -= n_not_greater;
      may_spread = TRUE;
    }
  sort_few (self, records, n, next);
}

/* Sorts records filled by _thaw_sorter_fill_record(); their words are the same afterwards. */
void
_thaw_sorter_sort_by_name (ThawSorter *self, ThawRecord *records, gsize n)
{
  sort_level (self, records, n, FIRST_KEY_BYTES, get_budget (n), TRUE);
}

static int
compare_words_cb (gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
  guint64 one = ((const ThawRecord *) a)->word, other = ((const ThawRecord *) b)->word;

  return (one > other) - (one < other);
}

/* One pass of a radix sort, by the byte at @shift. */
static void
scatter (const ThawRecord *from, ThawRecord *to, gsize n, guint shift)
{
  gsize starts[256] = { 0 };
  gsize sum = 0;

  for (gsize i = 0; i < n; i++)
    starts[from[i].word >> shift & 0xff]++;
  for (guint i = 0; i < 256; i++)
    {
      gsize count = starts[i];

      starts[i] = sum;
      sum += count;
    }
  for (gsize i = 0; i < n; i++)
    to[starts[from[i].word >> shift & 0xff]++] = from[i];
}

/* Sorts by word alone; equal ones stay in the order in which they are. */
void
_thaw_sorter_sort_by_word (ThawSorter *self, ThawRecord *records, gsize n)
{
  g_autofree ThawRecord *other = NULL;
  ThawRecord *from = records, *to;
  guint64 differing = 0;

  if (n <= FEW_FOR_RADIX)
    {
      g_sort_array (records, n, sizeof (*records), compare_words_cb, NULL);
      return;
    }
  to = other = g_new (ThawRecord, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    differing |= records[i].word ^ records[0].word;
  for (guint shift = 0; shift < 64; shift += 8)
    {
      if ((differing >> shift & 0xff) == 0)
        continue;
      self->n_polls += n;
      if (_thaw_sorter_poll (self))
        break;
      scatter (from, to, n, shift);
      from = to;
      to = from == records ? other : records;
    }
  if (from != records)
    memcpy (records, from, n * sizeof (*records));
}
