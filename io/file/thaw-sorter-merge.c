/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes to the sorter's array. A few changes in a big folder are found by position and written in
 * one pass that copies what lies between them; while a folder grows, its records are merged
 * instead, so that new names are compared by the eight bytes at hand and not through two arrays.
 * Worker threads.
 */

#include "thaw-order-private.h"

#include <string.h>

/* As many binary searches go on side by side: what each waits for from memory, the others use. */
#define N_SEARCHES 16

/* A search for the first position that isn't before an entry. */
typedef struct {
  guint32 id;
  guint32 low;
  guint32 high;
  guint32 middle;
} Search;

/* Compares in the middle. Dirty entries can't be asked: they are skipped. */
static void
search_step (ThawSorter *self, Search *search)
{
  const guint32 *ids = self->base->ids;
  guint32 middle = search->middle;

  while (middle < search->high && (self->seen[ids[middle]] & THAW_SEEN_DIRTY))
    middle++;
  if (middle == search->high)
    search->high = search->middle;
  else if (_thaw_sorter_compare (self, ids[middle], search->id) < 0)
    search->low = middle + 1;
  else
    search->high = search->middle;
}

/* One step of each search; in three rounds, each of which asks memory for what the next one reads.
 */
static gboolean
step_searches (ThawSorter *self, Search *searches, guint n)
{
  const guint32 *ids = self->base->ids;
  gboolean any = FALSE;

  for (guint i = 0; i < n; i++)
    {
      Search *search = &searches[i];

      search->middle = search->low + (search->high - search->low) / 2;
      any = any || search->low < search->high;
      __builtin_prefetch (&ids[search->middle]);
    }
  if (!any)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (searches[i].low < searches[i].high)
      {
        __builtin_prefetch (THAW_CELL (self->store, key_offsets, guint32, ids[searches[i].middle]));
        __builtin_prefetch (&self->seen[ids[searches[i].middle]]);
      }
  for (guint i = 0; i < n; i++)
    if (searches[i].low < searches[i].high)
      __builtin_prefetch (_thaw_entry_store_key (self->store, ids[searches[i].middle]));
  for (guint i = 0; i < n; i++)
    if (searches[i].low < searches[i].high)
      search_step (self, &searches[i]);
  return TRUE;
}

/* Where each of the entries belongs in the array; they are in order, so their places rise. */
static void
find_places (ThawSorter *self, const guint32 *added, guint32 n_added, guint32 *places)
{
  for (guint32 start = 0; start < n_added; start += N_SEARCHES)
    {
      guint n = MIN (N_SEARCHES, n_added - start);
      Search searches[N_SEARCHES];

      for (guint i = 0; i < n; i++)
        searches[i]
            = (Search){ added[start + i], start > 0 ? places[start - 1] : 0, self->base->n, 0 };
      while (step_searches (self, searches, n))
        ;
      for (guint i = 0; i < n; i++)
        places[start + i] = searches[i].low;
    }
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
  guint32 i = 0, j = 0;

  find_places (self, added, n_added, places);

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
