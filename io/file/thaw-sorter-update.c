/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Brings the sorter's array up to date: finds what has come, gone and changed in the store since
 * the last time, and chooses between sorting anew, growing, merging and doing nothing. Entries are
 * looked at only here: the sorter's copy of their flags and values is what everything else goes by.
 * Worker threads.
 */

#include "thaw-order-private.h"

/* With more changes than this share of all entries it is quicker to sort anew. */
#define MERGE_SHARE 8
#define MERGE_ALWAYS 1024

static void
set_base (ThawSorter *self, ThawIds *base)
{
  g_clear_pointer (&self->base, _thaw_ids_unref);
  self->base = base;
}

static void
make_room (ThawSorter *self, guint32 n)
{
  if (n > self->n_room)
    {
      self->n_room = self->is_trimmed ? n + n / 64 + 64 : MAX (n + n / 2, 256);
      self->seen = g_renew (guint8, self->seen, self->n_room);
      if (self->values != NULL)
        self->values = g_renew (guint64, self->values, self->n_room);
    }
  if (self->done.column == THAW_SORT_NAME)
    g_clear_pointer (&self->values, g_free);
  else if (self->values == NULL)
    self->values = g_new (guint64, MAX (self->n_room, 1));
}

/* Copies what the entry is sorted and shown by from the store. Whatever was there before may be
 * memory that nobody has written yet, so nothing of it is read but what stays. */
static void
look_at (ThawSorter *self, guint32 id)
{
  guint8 seen = self->seen[id] & ~(THAW_SEEN_FOLDER | THAW_SEEN_HIDDEN);

  if (_thaw_entry_store_is_folder (self->store, id))
    seen |= THAW_SEEN_FOLDER;
  if (thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_HIDDEN)
    seen |= THAW_SEEN_HIDDEN;
  if (self->values != NULL)
    self->values[id] = _thaw_sorter_get_value (self, id);
  self->seen[id] = seen;
}

/* The same for an entry that was looked at before; %TRUE when it has changed. */
static gboolean
look_again (ThawSorter *self, guint32 id)
{
  guint64 old_value = self->values != NULL ? self->values[id] : 0;
  guint8 old_seen = self->seen[id];

  look_at (self, id);
  return self->seen[id] != old_seen || (self->values != NULL && self->values[id] != old_value)
         || (THAW_READ (self->store, kinds, guint8, id) & THAW_ENTRY_RENAMED) != 0;
}

static gboolean
is_gone (ThawSorter *self, guint32 id)
{
  return (thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE) != 0;
}

void
_thaw_changes_clear (ThawChanges *self)
{
  g_clear_pointer (&self->dirty, g_array_unref);
  g_clear_pointer (&self->added, g_array_unref);
}

static void
mark_dirty (ThawSorter *self, ThawChanges *changes, guint32 id)
{
  self->seen[id] |= THAW_SEEN_DIRTY;
  g_array_append_val (changes->dirty, id);
}

static void
collect_touched (ThawSorter *self, ThawChanges *changes)
{
  for (guint i = 0; i < self->touched->len; i++)
    {
      guint32 id = g_array_index (self->touched, guint32, i);

      if (id >= self->n_seen
          || (self->seen[id] & (THAW_SEEN_PLACED | THAW_SEEN_DIRTY)) != THAW_SEEN_PLACED
          || is_gone (self, id) || !look_again (self, id))
        continue;
      mark_dirty (self, changes, id);
      g_array_append_val (changes->added, id);
    }
}

/* Whether any of the eight entries from @id on is gone. */
static inline gboolean
any_gone (ThawSorter *self, guint32 id)
{
  const guint64 *word = (const guint64 *) (gpointer) THAW_CELL (self->store, flags, guint8, id);

  return (__atomic_load_n (word, __ATOMIC_RELAXED) & (THAW_EVERY_BYTE * THAW_ENTRY_GONE)) != 0;
}

static void
collect_gone (ThawSorter *self, ThawChanges *changes)
{
  guint32 n_gone = __atomic_load_n (&self->store->n_gone, __ATOMIC_ACQUIRE);

  if (n_gone == self->n_gone)
    return;
  self->n_gone = n_gone;
  for (guint32 id = 0; id < self->n_seen; id++)
    {
      /* Eight flags at a time: among a million few are gone. */
      if (id % 8 == 0 && !any_gone (self, id))
        {
          id += 7;
          continue;
        }
      if (is_gone (self, id)
          && (self->seen[id] & (THAW_SEEN_PLACED | THAW_SEEN_DIRTY)) == THAW_SEEN_PLACED)
        mark_dirty (self, changes, id);
    }
}

static void
collect_new (ThawSorter *self, guint32 n, ThawChanges *changes)
{
  for (guint32 id = self->n_seen; id < n; id++)
    {
      self->seen[id] = 0;
      look_at (self, id);
      if (!is_gone (self, id))
        g_array_append_val (changes->added, id);
    }
  self->n_seen = n;
}

static const guint32 *
get_ids (const GArray *array)
{
  return (const guint32 *) (gpointer) array->data;
}

/* The entries are where they belong now. */
static void
settle (ThawSorter *self, const ThawChanges *changes)
{
  for (guint i = 0; i < changes->dirty->len; i++)
    self->seen[g_array_index (changes->dirty, guint32, i)] &= ~(THAW_SEEN_PLACED | THAW_SEEN_DIRTY);
  for (guint i = 0; i < changes->added->len; i++)
    self->seen[g_array_index (changes->added, guint32, i)] |= THAW_SEEN_PLACED;
}

static void
sort_anew (ThawSorter *self)
{
  set_base (self, _thaw_sorter_sort_all (self));
  self->has_base = !self->is_stopped;
  if (self->is_stopped)
    g_clear_pointer (&self->by_name, _thaw_ids_unref);
}

static void
update_type_ranks (ThawSorter *self)
{
  if (self->done.column != THAW_SORT_TYPE)
    return;
  g_free (self->type_ranks);
  self->type_ranks = _thaw_content_type_dup_ranks (&self->n_type_ranks);
}

/* Looks at everything again, and sorts it. */
static void
begin_anew (ThawSorter *self, guint32 n)
{
  guint32 n_gone = __atomic_load_n (&self->store->n_gone, __ATOMIC_ACQUIRE);
  gboolean same = n == self->n_seen && n_gone == self->n_gone && self->touched->len == 0;

  if (!same)
    g_clear_pointer (&self->by_name, _thaw_ids_unref);
  self->n_gone = n_gone;
  for (guint32 id = 0; id < n; id++)
    {
      self->seen[id] = 0;
      look_at (self, id);
      if (!is_gone (self, id))
        self->seen[id] |= THAW_SEEN_PLACED;
    }
  self->n_seen = n;
  update_type_ranks (self);
  sort_anew (self);
}

/* Puts the changes into the array, the cheapest way. */
static void
apply (ThawSorter *self, const ThawChanges *changes)
{
  const guint32 *dirty = get_ids (changes->dirty), *added = get_ids (changes->added);
  guint32 n_dirty = changes->dirty->len, n_added = changes->added->len;
  g_autoptr (ThawIds) sorted = NULL;

  g_clear_pointer (&self->by_name, _thaw_ids_unref);
  if (self->records != NULL)
    {
      _thaw_sorter_grow (self, n_dirty > 0, added, n_added);
      settle (self, changes);
      set_base (self, _thaw_sorter_take_records (self));
    }
  else if (n_dirty + n_added > MAX (self->base->n / MERGE_SHARE, MERGE_ALWAYS))
    {
      settle (self, changes);
      sort_anew (self);
    }
  else
    {
      sorted = _thaw_sorter_sort_some (self, added, n_added);
      set_base (self, _thaw_sorter_merge (self, dirty, n_dirty, sorted->ids, n_added));
      settle (self, changes);
    }
  self->has_base = !self->is_stopped;
}

static gboolean
needs_sorting (ThawSorter *self)
{
  return !self->has_base || self->spec.column != self->done.column
         || g_strcmp0 (self->spec.attribute, self->done.attribute) != 0
         || !self->spec.folders_first != !self->done.folders_first;
}

/* Brings the array up to date. @changes says what was put in since the last time; NULL lists:
 * everything. */
void
_thaw_sorter_update_base (ThawSorter *self, guint32 n, ThawChanges *changes)
{
  gboolean anew = needs_sorting (self);
  gboolean turned = !anew && !self->spec.descending != !self->done.descending;

  self->done.column = self->spec.column;
  g_set_str (&self->done.attribute, self->spec.attribute);
  self->done.folders_first = self->spec.folders_first;
  self->done.descending = self->spec.descending;
  make_room (self, n);
  if (anew)
    {
      begin_anew (self, n);
      g_array_set_size (self->touched, 0);
      return;
    }

  changes->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
  changes->added = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (turned)
    set_base (self, _thaw_sorter_reverse (self));
  collect_gone (self, changes);
  collect_touched (self, changes);
  collect_new (self, n, changes);
  update_type_ranks (self);
  if (changes->dirty->len > 0 || changes->added->len > 0)
    apply (self, changes);
  g_array_set_size (self->touched, 0);
}
