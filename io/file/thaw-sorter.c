/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sorter: makes one order after the other for a store, and does no more for the next one than
 * has changed. It keeps an array of all entries in order, hidden ones too (thaw-sorter-update.c),
 * and what is shown is picked from it by one pass over flags, some of which the filter sets
 * (thaw-sorter-filter.c). When it is stopped half-way, whatever was under way is begun again next
 * time. Worker threads, one at a time. It reads the store without a lock and never writes to it,
 * except for types of content, which are found as they are needed.
 */

#include "thaw-order-private.h"

#include <string.h>

#define STEPS_PER_POLL 4096

gboolean
_thaw_sorter_poll (ThawSorter *self)
{
  if (self->is_stopped || ++self->n_polls < STEPS_PER_POLL)
    return self->is_stopped;
  self->n_polls = 0;
  self->is_stopped = self->stop != NULL && self->stop (self->stop_data);
  return self->is_stopped;
}

/**
 * thaw_sorter_new: (skip)
 * @store: what to sort
 * @spec: the first wish
 *
 * Makes a sorter. Any thread; nothing is sorted yet.
 *
 * Returns: (transfer full): the sorter
 */
ThawSorter *
thaw_sorter_new (ThawEntryStore *store, const ThawOrderSpec *spec)
{
  ThawSorter *self = g_new0 (ThawSorter, 1);

  self->store = thaw_entry_store_ref (store);
  self->touched = g_array_new (FALSE, FALSE, sizeof (guint32));
  thaw_order_spec_copy (&self->spec, spec);
  thaw_order_spec_init (&self->done);
  return self;
}

/**
 * thaw_sorter_free:
 * @self: (transfer full): a sorter
 *
 * Frees a sorter. Orders that it made live on. Frees megabytes in a big folder: worker threads.
 */
void
thaw_sorter_free (ThawSorter *self)
{
  g_clear_pointer (&self->last, thaw_order_unref);
  g_clear_pointer (&self->base, _thaw_ids_unref);
  g_clear_pointer (&self->by_name, _thaw_ids_unref);
  _thaw_folded_clear (&self->folded);
  thaw_order_spec_clear (&self->spec);
  thaw_order_spec_clear (&self->done);
  g_array_unref (self->touched);
  g_clear_pointer (&self->keys, _thaw_sort_keys_unref);
  g_free (self->type_ranks);
  g_free (self->records);
  g_free (self->needle);
  g_free (self->values);
  g_free (self->seen);
  thaw_entry_store_unref (self->store);
  g_free (self);
}

/**
 * thaw_sorter_set_stop:
 * @self: a sorter
 * @stop: (nullable) (scope notified): asked now and then on the thread that sorts; %TRUE ends the
 * work
 * @user_data: for @stop
 *
 * Sets how thaw_sorter_make() is ended early. The thread that sorts.
 */
void
thaw_sorter_set_stop (ThawSorter *self, ThawSorterStop stop, gpointer user_data)
{
  self->stop = stop;
  self->stop_data = user_data;
}

/**
 * thaw_sorter_set_spec:
 * @self: a sorter
 * @spec: what is wanted from now on
 *
 * Changes the wish. The work is done by the next thaw_sorter_make(), and is what the change needs:
 * another column is sorted, another direction is a turned copy, hidden files and a filter pick from
 * what is sorted. The thread that sorts.
 */
void
thaw_sorter_set_spec (ThawSorter *self, const ThawOrderSpec *spec)
{
  ThawOrderSpec copy;

  thaw_order_spec_copy (&copy, spec);
  thaw_order_spec_clear (&self->spec);
  self->spec = copy;
}

void
_thaw_sorter_set_keys (ThawSorter *self, ThawSortKeys *keys)
{
  if (self->keys != keys)
    {
      g_clear_pointer (&self->keys, _thaw_sort_keys_unref);
      self->keys = keys != NULL ? _thaw_sort_keys_ref (keys) : NULL;
      self->has_base = self->has_base && self->done.column != THAW_SORT_ATTRIBUTE;
    }
  if (keys != NULL)
    _thaw_sort_keys_apply (keys, thaw_entry_store_get_collation (self->store), self->touched);
}

/**
 * thaw_sorter_touch:
 * @self: a sorter
 * @ids: (array length=n_ids): entries
 * @n_ids: how many
 *
 * Says that what these entries are sorted or shown by has changed: their names, details, kinds or
 * flags. Entries that are new or gone are found without it. The thread that sorts.
 */
void
thaw_sorter_touch (ThawSorter *self, const guint32 *ids, gsize n_ids)
{
  g_array_append_vals (self->touched, ids, n_ids);
}

static char *
dup_needle (const ThawOrderSpec *spec)
{
  g_autofree char *folded = NULL;

  if (spec->filter == NULL || *spec->filter == 0)
    return NULL;
  folded = _thaw_fold (spec->filter);
  /* Accents alone fold to nothing: everything has them. */
  return *folded != 0 ? g_steal_pointer (&folded) : NULL;
}

static void
match_added (ThawSorter *self, const GArray *added)
{
  for (guint i = 0; i < added->len; i++)
    {
      guint32 id = g_array_index (added, guint32, i);

      self->seen[id] &= ~THAW_SEEN_MATCHES;
      if (_thaw_sorter_matches (self, id))
        self->seen[id] |= THAW_SEEN_MATCHES;
    }
}

/* Brings the matches of the filter up to date. */
static void
update_matches (ThawSorter *self, const ThawChanges *changes)
{
  g_autofree char *old = g_steal_pointer (&self->needle);
  gboolean same;

  self->needle = dup_needle (&self->spec);
  same = g_strcmp0 (old, self->needle) == 0;
  if (self->needle == NULL)
    {
      self->has_matches = FALSE;
      return;
    }

  if (!self->has_matches || changes->added == NULL)
    _thaw_sorter_match_all (self);
  else if (!same && strstr (self->needle, old) != NULL)
    _thaw_sorter_match_narrower (self);
  else if (!same)
    _thaw_sorter_match_all (self);
  self->has_matches = !self->is_stopped;
  if (self->has_matches && changes->added != NULL)
    match_added (self, changes->added);
}

/* How many of @seen have these bits of @mask and no others of it. Eight at a time. */
static guint32
count_seen (const guint8 *seen, guint32 n, guint8 mask, guint8 wanted)
{
  guint32 count = 0, i = 0;

  for (; i + 8 <= n; i += 8)
    {
      guint64 word;

      memcpy (&word, seen + i, sizeof (word));
      word = (word & THAW_EVERY_BYTE * mask) ^ THAW_EVERY_BYTE * wanted;
      /* Bytes are below 128: only those that are 0 stay there. */
      count += 8 - __builtin_popcountll ((word + THAW_EVERY_BYTE * 0x7f) & THAW_EVERY_BYTE * 0x80);
    }
  for (; i < n; i++)
    count += (seen[i] & mask) == wanted;
  return count;
}

/* Picks what is shown from everything. */
static ThawIds *
pick (ThawSorter *self)
{
  guint8 wanted = self->needle != NULL ? THAW_SEEN_MATCHES : 0;
  guint8 mask = wanted | (self->spec.show_hidden ? 0 : THAW_SEEN_HIDDEN);
  g_autoptr (ThawIds) picked = NULL;
  guint32 n_picked, at = 0;

  if (mask == 0)
    return _thaw_ids_ref (self->base);
  n_picked
      = count_seen (self->seen, self->n_seen, mask | THAW_SEEN_PLACED, wanted | THAW_SEEN_PLACED);
  if (n_picked == self->base->n)
    return _thaw_ids_ref (self->base);

  picked = _thaw_ids_new (n_picked);
  for (guint32 i = 0; i < self->base->n && at < n_picked; i++)
    {
      guint32 id = self->base->ids[i];

      /* Written without a branch: there is no telling which way it would go. */
      picked->ids[at] = id;
      at += (self->seen[id] & mask) == wanted;
    }
  return g_steal_pointer (&picked);
}

static gboolean
is_same (ThawSorter *self, const ThawIds *ids)
{
  const ThawIds *old = self->last != NULL ? _thaw_order_get_shared_ids (self->last) : NULL;

  return old != NULL && thaw_order_spec_equal (thaw_order_get_spec (self->last), &self->spec)
         && old->n == ids->n
         && (old == ids || memcmp (old->ids, ids->ids, ids->n * sizeof (guint32)) == 0);
}

/**
 * thaw_sorter_make:
 * @self: a sorter
 *
 * Makes the order of everything that the store publishes now, as the last wish says.
 *
 * When the result is what it was, the same order is returned. Work that was stopped is begun again
 * by the next call; touched entries and the wish are not forgotten.
 *
 * - **Thread**: the thread that sorts. Takes up to some tenths of a second for a million entries.
 *
 * Returns: (transfer full) (nullable): the order; %NULL when the stop function ended the work
 */
ThawOrder *
thaw_sorter_make (ThawSorter *self)
{
  g_auto (ThawChanges) changes = { NULL, NULL };
  g_autoptr (ThawIds) ids = NULL;
  guint32 n = thaw_entry_store_get_n (self->store);

  self->is_stopped = self->stop != NULL && self->stop (self->stop_data);
  self->n_polls = 0;
  if (self->is_stopped)
    return NULL;
  _thaw_sorter_update_base (self, n, &changes);
  if (self->is_stopped)
    {
      self->has_matches = FALSE;
      return NULL;
    }
  update_matches (self, &changes);
  if (self->is_stopped)
    return NULL;

  ids = pick (self);
  if (!is_same (self, ids))
    {
      g_clear_pointer (&self->last, thaw_order_unref);
      self->last = _thaw_order_new (self->store, &self->spec, g_steal_pointer (&ids), self->n_seen);
    }
  else if (ids == self->base)
    {
      _thaw_ids_unref (self->base);
      self->base = _thaw_ids_ref (_thaw_order_get_shared_ids (self->last));
    }
  return thaw_order_ref (self->last);
}

/**
 * thaw_sorter_trim:
 * @self: a sorter
 *
 * Says that the folder is loaded: frees what only growing needs. Later changes are merged. The
 * thread that sorts.
 */
void
thaw_sorter_trim (ThawSorter *self)
{
  self->is_trimmed = TRUE;
  g_clear_pointer (&self->records, g_free);
  self->n_records = 0;
  if (self->n_room == self->n_seen)
    return;
  self->n_room = self->n_seen;
  self->seen = g_renew (guint8, self->seen, MAX (self->n_room, 1));
  if (self->values != NULL)
    self->values = g_renew (guint64, self->values, MAX (self->n_room, 1));
}

/**
 * thaw_sorter_get_memory:
 * @self: a sorter
 *
 * Adds up the memory of the sorter; ids that the last order shares are counted there. The thread
 * that sorts.
 *
 * Returns: bytes
 */
gsize
thaw_sorter_get_memory (ThawSorter *self)
{
  gsize n_bytes = sizeof (*self) + (gsize) self->n_room * (self->values != NULL ? 9 : 1);
  gboolean is_shared = self->last != NULL && _thaw_order_get_shared_ids (self->last) == self->base;

  if (self->base != NULL && !is_shared)
    n_bytes += (gsize) self->base->n * sizeof (guint32);
  if (self->keys != NULL)
    n_bytes += _thaw_sort_keys_get_memory (self->keys);
  if (self->by_name != NULL)
    n_bytes += (gsize) self->by_name->n * sizeof (guint32);
  if (self->records != NULL)
    n_bytes += (gsize) self->n_records * sizeof (ThawRecord);
  if (self->folded.bytes != NULL)
    n_bytes
        += self->folded.bytes->allocated_len + (gsize) self->folded.ids->len * 2 * sizeof (guint32);
  return n_bytes;
}
