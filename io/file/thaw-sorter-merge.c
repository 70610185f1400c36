/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes to the sorter's array. A few changes in a big folder are found by position and written in
 * one pass that copies what lies between them; while a folder grows, its records are merged
 * instead, so that new names are compared by the eight bytes at hand and not through two arrays.
 * Worker threads.
 */

#include "thaw-order-private.h"

#include <string.h>

/* First position that isn't before the entry, from @low on. Dirty ones can't be asked: they are
 * skipped. */
static guint32
find_place (ThawSorter *self, guint32 id, guint32 low)
{
  const guint32 *ids = self->base->ids;
  guint32 high = self->base->n;

  while (low < high)
    {
      guint32 start = low + (high - low) / 2, middle = start;

      while (middle < high && (self->seen[ids[middle]] & THAW_SEEN_DIRTY))
        middle++;
      if (middle == high)
        high = start;
      else if (_thaw_sorter_compare (self, ids[middle], id) < 0)
        low = middle + 1;
      else
        high = start;
    }
  return low;
}

static int
compare_positions_cb (gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
  guint32 one = *(const guint32 *) a, other = *(const guint32 *) b;

  return (one > other) - (one < other);
}

/* Where the dirty entries are, in rising order: from the last order when it shows everything. */
static GArray *
find_dirty (ThawSorter *self, const guint32 *dirty, guint32 n_dirty)
{
  GArray *positions = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n_dirty);

  if (n_dirty == 0)
    return positions;
  if (self->last != NULL && _thaw_order_get_shared_ids (self->last) == self->base)
    {
      for (guint32 i = 0; i < n_dirty; i++)
        {
          guint32 position = thaw_order_find (self->last, dirty[i]);

          g_array_append_val (positions, position);
        }
      g_sort_array (positions->data, n_dirty, sizeof (guint32), compare_positions_cb, NULL);
      return positions;
    }
  for (guint32 i = 0; i < self->base->n; i++)
    if (self->seen[self->base->ids[i]] & THAW_SEEN_DIRTY)
      g_array_append_val (positions, i);
  return positions;
}

typedef struct {
  const guint32 *from; /* not yet copied */
  guint32 at;          /* position of it */
  guint32 *to;
} Copier;

static void
copy_until (Copier *copier, guint32 position)
{
  guint32 n = position - copier->at;

  memcpy (copier->to, copier->from, n * sizeof (guint32));
  copier->from += n;
  copier->to += n;
  copier->at = position;
}

/* The array without its dirty entries, with @added, which are in order. */
ThawIds *
_thaw_sorter_merge (ThawSorter *self,
                    const guint32 *dirty,
                    guint32 n_dirty,
                    const guint32 *added,
                    guint32 n_added)
{
  g_autoptr (GArray) removed = find_dirty (self, dirty, n_dirty);
  g_autofree guint32 *places = g_new (guint32, n_added + 1);
  const guint32 *skips = (const guint32 *) (gpointer) removed->data;
  ThawIds *merged = _thaw_ids_new (self->base->n - removed->len + n_added);
  Copier copier = { self->base->ids, 0, merged->ids };
  guint32 i = 0, j = 0, low = 0;

  for (guint32 k = 0; k < n_added; k++)
    places[k] = low = find_place (self, added[k], low);

  while (i < removed->len || j < n_added)
    if (j < n_added && (i == removed->len || places[j] <= skips[i]))
      {
        copy_until (&copier, places[j]);
        *copier.to++ = added[j++];
      }
    else
      {
        copy_until (&copier, skips[i++]);
        copier.from++;
        copier.at++;
      }
  copy_until (&copier, self->base->n);
  return merged;
}

static void
drop_dirty_records (ThawSorter *self)
{
  guint32 n = 0;

  for (guint32 i = 0; i < self->n_records; i++)
    if (!(self->seen[self->records[i].id] & THAW_SEEN_DIRTY))
      self->records[n++] = self->records[i];
  self->n_records = n;
}

/* Merges a sorted run into the records, from the end, in place. */
static void
merge_run (ThawSorter *self, const ThawRecord *run, gsize n_run)
{
  gsize to = self->n_records + n_run, from = self->n_records;

  self->records = g_renew (ThawRecord, self->records, MAX (to, 1));
  self->n_records = to;
  while (n_run > 0)
    {
      const ThawRecord *record = &run[n_run - 1];

      while (from > 0 && _thaw_sorter_compare_records (self, &self->records[from - 1], record) > 0)
        self->records[--to] = self->records[--from];
      self->records[--to] = *record;
      n_run--;
    }
}

/* The folder has grown: drops the dirty records, sorts the new ones and merges them in. */
void
_thaw_sorter_grow (ThawSorter *self, gboolean any_dirty, const guint32 *added, gsize n_added)
{
  g_autofree ThawRecord *run = g_new (ThawRecord, MAX (n_added, 1));
  gboolean with_group = self->done.folders_first;

  if (any_dirty)
    drop_dirty_records (self);
  for (gsize i = 0; i < n_added; i++)
    _thaw_sorter_fill_record (self, &run[i], added[i], with_group);
  _thaw_sorter_sort_by_name (self, run, n_added);
  self->n_polls += self->n_records;
  if (!_thaw_sorter_poll (self))
    merge_run (self, run, n_added);
}
