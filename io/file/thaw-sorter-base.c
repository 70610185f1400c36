/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sorter's array of all entries, in order: what an entry is sorted by, the comparison, and
 * sorting from nothing. The comparison reads only the sorter's own copy of sizes, times and flags:
 * what others change meanwhile can't make it contradict itself. Worker threads.
 */

#include "thaw-order-private.h"

/* Whether folders go first and this is one. */
gboolean
_thaw_sorter_is_in_group (ThawSorter *self, guint32 id)
{
  return self->done.folders_first && (self->seen[id] & THAW_SEEN_FOLDER) != 0;
}

/* What the entry is sorted by, as it is in the store now. Types are left as indices: new ones don't
 * move old ones. */
guint64
_thaw_sorter_get_value (ThawSorter *self, guint32 id)
{
  guint flags = thaw_entry_store_get_flags (self->store, id);

  switch (self->done.column)
    {
    case THAW_SORT_SIZE:
      if (_thaw_entry_store_is_folder (self->store, id))
        return 0;
      if (!(flags & THAW_ENTRY_HAS_STAT))
        return THAW_UNKNOWN_VALUE;
      return MIN (thaw_entry_store_get_size (self->store, id), THAW_UNKNOWN_VALUE - 2) + 1;
    case THAW_SORT_MODIFIED:
      if (!(flags & THAW_ENTRY_HAS_STAT))
        return THAW_UNKNOWN_VALUE;
      return MIN ((guint64) thaw_entry_store_get_mtime (self->store, id)
                      ^ (G_GUINT64_CONSTANT (1) << 63),
                  THAW_UNKNOWN_VALUE - 1);
    case THAW_SORT_TYPE:
      return _thaw_entry_store_get_type_index (self->store, id);
    case THAW_SORT_ATTRIBUTE:
      return self->keys != NULL ? _thaw_sort_keys_get_value (self->keys, id) : THAW_UNKNOWN_VALUE;
    case THAW_SORT_NAME:
    default:
      return 0;
    }
}

/* The same as a word that rises in the direction of the order. */
static inline guint64
get_word (ThawSorter *self, guint32 id)
{
  guint64 value = self->values[id];

  if (self->done.column == THAW_SORT_TYPE)
    value = self->type_ranks[value];
  else if (self->done.column == THAW_SORT_ATTRIBUTE && self->keys != NULL)
    value = _thaw_sort_keys_get_word (self->keys, value);
  if (self->done.descending && value != THAW_UNKNOWN_VALUE)
    value = THAW_UNKNOWN_VALUE - 1 - value;
  return value;
}

/* The order that is wanted. */
int
_thaw_sorter_compare (ThawSorter *self, guint32 a, guint32 b)
{
  gboolean in_group = _thaw_sorter_is_in_group (self, a);
  guint64 word_a, word_b;

  if (in_group != _thaw_sorter_is_in_group (self, b))
    return in_group ? -1 : 1;
  if (self->done.column == THAW_SORT_NAME)
    return self->done.descending ? -_thaw_sorter_compare_names (self, a, b)
                                 : _thaw_sorter_compare_names (self, a, b);

  word_a = get_word (self, a);
  word_b = get_word (self, b);
  if (word_a != word_b)
    return word_a < word_b ? -1 : 1;
  return _thaw_sorter_compare_names (self, a, b);
}

static ThawRecord *
sort_names (ThawSorter *self, const guint32 *ids, gsize n, gboolean with_group)
{
  ThawRecord *records = g_new (ThawRecord, MAX (n, 1));

  for (gsize i = 0; i < n; i++)
    _thaw_sorter_fill_record (self, &records[i], ids[i], with_group);
  _thaw_sorter_sort_by_name (self, records, n);
  return records;
}

static void
reverse (guint32 *ids, gsize n)
{
  for (gsize i = 0; i < n / 2; i++)
    {
      guint32 id = ids[i];

      ids[i] = ids[n - 1 - i];
      ids[n - 1 - i] = id;
    }
}

/* How many of @ids, which are in order, are in the group in front. */
static gsize
count_group (ThawSorter *self, const guint32 *ids, gsize n)
{
  gsize low = 0, high = n;

  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (_thaw_sorter_is_in_group (self, ids[middle]))
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static ThawIds *
take_ids (ThawSorter *self, const ThawRecord *records, gsize n)
{
  ThawIds *ids = _thaw_ids_new (n);

  for (gsize i = 0; i < n; i++)
    ids->ids[i] = records[i].id;
  if (self->done.column == THAW_SORT_NAME && self->done.descending)
    {
      gsize n_group = count_group (self, ids->ids, n);

      reverse (ids->ids, n_group);
      reverse (ids->ids + n_group, n - n_group);
    }
  return ids;
}

/* Ids in the order of their records: what grows is kept as records, always ascending. */
ThawIds *
_thaw_sorter_take_records (ThawSorter *self)
{
  return take_ids (self, self->records, self->n_records);
}

/* Sorts ids that are in the order of their names by value. */
static ThawIds *
sort_values (ThawSorter *self, const guint32 *ids, gsize n)
{
  g_autofree ThawRecord *records = g_new (ThawRecord, MAX (n, 1));
  gsize n_group = 0, at_group = 0, at_rest;

  for (gsize i = 0; i < n; i++)
    n_group += _thaw_sorter_is_in_group (self, ids[i]);
  at_rest = n_group;
  for (gsize i = 0; i < n; i++)
    {
      ThawRecord *record
          = &records[_thaw_sorter_is_in_group (self, ids[i]) ? at_group++ : at_rest++];

      *record = (ThawRecord){ .word = get_word (self, ids[i]), .id = ids[i] };
    }
  _thaw_sorter_sort_by_word (self, records, n_group);
  _thaw_sorter_sort_by_word (self, records + n_group, n - n_group);
  return take_ids (self, records, n);
}

static ThawIds *
dup_sorted_names (ThawSorter *self, const guint32 *ids, gsize n)
{
  g_autofree ThawRecord *records = sort_names (self, ids, n, FALSE);
  ThawIds *by_name = _thaw_ids_new (n);

  for (gsize i = 0; i < n; i++)
    by_name->ids[i] = records[i].id;
  return by_name;
}

/* Sorts some ids. */
ThawIds *
_thaw_sorter_sort_some (ThawSorter *self, const guint32 *ids, gsize n)
{
  g_autofree ThawRecord *records = NULL;
  g_autoptr (ThawIds) by_name = NULL;

  if (self->done.column == THAW_SORT_NAME)
    {
      records = sort_names (self, ids, n, self->done.folders_first);
      return take_ids (self, records, n);
    }
  by_name = dup_sorted_names (self, ids, n);
  return sort_values (self, by_name->ids, n);
}

static guint32 *
dup_placed (ThawSorter *self, gsize *n)
{
  guint32 *ids = g_new (guint32, MAX (self->n_seen, 1));

  *n = 0;
  for (guint32 id = 0; id < self->n_seen; id++)
    if (self->seen[id] & THAW_SEEN_PLACED)
      ids[(*n)++] = id;
  return ids;
}

/* Sorts everything that is placed. While the folder grows, its records by name are kept for what
 * comes next. */
ThawIds *
_thaw_sorter_sort_all (ThawSorter *self)
{
  g_autofree guint32 *ids = NULL;
  gsize n;

  g_clear_pointer (&self->records, g_free);
  self->n_records = 0;
  if (self->done.column != THAW_SORT_NAME && self->by_name != NULL)
    return sort_values (self, self->by_name->ids, self->by_name->n);

  ids = dup_placed (self, &n);
  if (self->done.column != THAW_SORT_NAME)
    {
      self->by_name = dup_sorted_names (self, ids, n);
      return sort_values (self, self->by_name->ids, n);
    }
  if (self->is_trimmed)
    return _thaw_sorter_sort_some (self, ids, n);
  self->records = sort_names (self, ids, n, self->done.folders_first);
  self->n_records = n;
  return take_ids (self, self->records, n);
}

static gboolean
is_tied (ThawSorter *self, guint32 a, guint32 b)
{
  return self->done.column != THAW_SORT_NAME && self->values[a] == self->values[b];
}

/* Turns one group round; entries that are alike stay in the order of their names, unknown ones at
 * the end. */
static void
append_reversed (ThawSorter *self, const guint32 *from, gsize n, guint32 *to)
{
  gsize n_known = n, end;

  while (n_known > 0 && self->done.column != THAW_SORT_NAME
         && self->values[from[n_known - 1]] == THAW_UNKNOWN_VALUE)
    n_known--;
  for (gsize i = n_known; i < n; i++)
    to[i] = from[i];
  for (end = n_known; end > 0;)
    {
      gsize start = end - 1;

      while (start > 0 && is_tied (self, from[start - 1], from[end - 1]))
        start--;
      for (gsize i = start; i < end; i++)
        *to++ = from[i];
      end = start;
    }
}

/* The sorted array in the other direction. */
ThawIds *
_thaw_sorter_reverse (ThawSorter *self)
{
  const ThawIds *base = self->base;
  ThawIds *reversed = _thaw_ids_new (base->n);
  gsize n_group = count_group (self, base->ids, base->n);

  append_reversed (self, base->ids, n_group, reversed->ids);
  append_reversed (self, base->ids + n_group, base->n - n_group, reversed->ids + n_group);
  return reversed;
}
