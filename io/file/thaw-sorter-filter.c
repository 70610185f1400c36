/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter: which names hold a text, case and accents aside. Names of plain ASCII are searched
 * where they are, all at once through the store's arena, without a folded copy; the others through
 * an arena of folded names that is made when a filter is first used. An id is found from a place in
 * the arena because names lie there in the order of ids; entries that were renamed break that and
 * are tested one by one. Worker threads.
 */

#include "thaw-order-private.h"

#include <string.h>

/* Above this share of matches, searching everything is quicker than testing each. */
#define NARROW_SHARE 4

#define MAX_TRIES 3

void
_thaw_folded_clear (ThawFolded *self)
{
  if (self->bytes == NULL)
    return;
  g_string_free (self->bytes, TRUE);
  g_array_unref (self->ids);
  g_array_unref (self->offsets);
  *self = (ThawFolded){ 0 };
}

static gboolean
has_kind_flag (ThawSorter *self, guint32 id, guint8 flag)
{
  return (THAW_READ (self->store, kinds, guint8, id) & flag) != 0;
}

/* Folds the names that aren't ASCII and came since the last time. */
static void
fold_new (ThawSorter *self)
{
  ThawFolded *folded = &self->folded;

  if (folded->bytes == NULL)
    {
      folded->bytes = g_string_new (NULL);
      folded->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
      folded->offsets = g_array_new (FALSE, FALSE, sizeof (guint32));
    }
  for (; folded->n_done < self->n_seen && folded->bytes->len < G_MAXUINT32 / 2; folded->n_done++)
    {
      guint32 id = folded->n_done, offset = folded->bytes->len;
      const char *name;

      if (!has_kind_flag (self, id, THAW_ENTRY_NOT_ASCII))
        continue;
      if (_thaw_sorter_poll (self))
        return;
      name = _thaw_entry_store_name (self->store, id);
      g_array_append_val (folded->ids, id);
      g_array_append_val (folded->offsets, offset);
      _thaw_fold_append (folded->bytes, name, strlen (name));
      g_string_append_c (folded->bytes, 0);
    }
}

/* Tests one name. */
gboolean
_thaw_sorter_matches (ThawSorter *self, guint32 id)
{
  const char *name = _thaw_entry_store_name (self->store, id);
  gsize length = strlen (name), n_needle = strlen (self->needle);
  g_autoptr (GString) folded = NULL;

  if (!has_kind_flag (self, id, THAW_ENTRY_NOT_ASCII))
    return _thaw_find_bytes (name, name + length, self->needle, n_needle, TRUE) != NULL;
  folded = g_string_sized_new (length * 2);
  _thaw_fold_append (folded, name, length);
  return strstr (folded->str, self->needle) != NULL;
}

static void
match_folded (ThawSorter *self)
{
  const ThawFolded *folded = &self->folded;
  const guint32 *ids = (const guint32 *) (gpointer) folded->ids->data;
  const guint32 *offsets = (const guint32 *) (gpointer) folded->offsets->data;
  const char *bytes = folded->bytes->str, *end = bytes + folded->bytes->len;
  gsize length = strlen (self->needle);
  const char *hit = bytes;
  guint i = 0;

  while ((hit = _thaw_find_bytes (hit, end, self->needle, length, FALSE)) != NULL)
    {
      while (i + 1 < folded->ids->len && offsets[i + 1] <= hit - bytes)
        i++;
      self->seen[ids[i]] |= THAW_SEEN_MATCHES;
      hit = i + 1 < folded->ids->len ? bytes + offsets[i + 1] : end;
    }
}

/* Walks from ids to ids along the arena of names. */
typedef struct {
  ThawSorter *sorter;
  guint32 n;
  guint32 id;   /* whose name starts last before the place */
  guint32 next; /* the one after */
  gboolean any_renamed;
} Walker;

static gboolean
is_renamed (const Walker *walker, guint32 id)
{
  return walker->any_renamed && has_kind_flag (walker->sorter, id, THAW_ENTRY_RENAMED);
}

static guint32
get_offset (const Walker *walker, guint32 id)
{
  return __atomic_load_n (THAW_CELL (walker->sorter->store, name_offsets, guint32, id),
                          __ATOMIC_ACQUIRE);
}

static void
walk_to (Walker *walker, guint32 offset)
{
  while (walker->next < walker->n)
    {
      if (!is_renamed (walker, walker->next))
        {
          if (get_offset (walker, walker->next) > offset)
            return;
          walker->id = walker->next;
        }
      walker->next++;
    }
}

/* Old and new names of renamed entries lie between the others: does the place belong to the name
 * before it? */
static gboolean
is_inside (const Walker *walker, const char *names, guint32 offset)
{
  guint32 start;

  if (walker->id == THAW_NO_ENTRY)
    return FALSE;
  start = get_offset (walker, walker->id);
  if (walker->next < walker->n && !walker->any_renamed)
    return TRUE;
  return start <= offset && memchr (names + start, 0, offset - start) == NULL;
}

static void
match_names (ThawSorter *self)
{
  ThawEntryStore *store = self->store;
  const char *names = (const char *) store->names.bytes;
  const char *end = names + __atomic_load_n (&store->n_names_published, __ATOMIC_ACQUIRE);
  gsize length = strlen (self->needle);
  Walker walker = { self, self->n_seen, THAW_NO_ENTRY, 0, self->any_renamed };
  const char *hit = names;

  while ((hit = _thaw_find_bytes (hit, end, self->needle, length, TRUE)) != NULL)
    {
      self->n_polls++;
      if (_thaw_sorter_poll (self))
        return;
      walk_to (&walker, hit - names);
      if (is_inside (&walker, names, hit - names))
        self->seen[walker.id] |= THAW_SEEN_MATCHES;
      if (walker.next < walker.n && !walker.any_renamed)
        hit = names + get_offset (&walker, walker.next);
      else
        hit += strlen (hit) + 1;
    }
}

static void
match_renamed (ThawSorter *self)
{
  for (guint32 id = 0; id < self->n_seen; id++)
    if (has_kind_flag (self, id, THAW_ENTRY_RENAMED))
      {
        self->seen[id] &= ~THAW_SEEN_MATCHES;
        if (_thaw_sorter_matches (self, id))
          self->seen[id] |= THAW_SEEN_MATCHES;
      }
}

static gboolean
is_ascii (const char *text)
{
  for (; *text != 0; text++)
    if ((guint8) *text >= 128)
      return FALSE;
  return TRUE;
}

static void
clear_matches (ThawSorter *self)
{
  for (guint32 id = 0; id < self->n_seen; id++)
    self->seen[id] &= ~THAW_SEEN_MATCHES;
}

/* Searches the arena of names. A rename in the middle of it may lead it astray, so it is done
 * again; after that every name is tested for itself. */
static void
match_arena (ThawSorter *self)
{
  guint32 *serial = &self->store->rename_serial;

  for (guint i = 0; i < MAX_TRIES; i++)
    {
      guint32 before = __atomic_load_n (serial, __ATOMIC_SEQ_CST);

      self->any_renamed = before > 0;
      clear_matches (self);
      match_names (self);
      if ((before & 1) == 0 && __atomic_load_n (serial, __ATOMIC_SEQ_CST) == before)
        return;
    }
  clear_matches (self);
  for (guint32 id = 0; id < self->n_seen && !_thaw_sorter_poll (self); id++)
    if (_thaw_sorter_matches (self, id))
      self->seen[id] |= THAW_SEEN_MATCHES;
}

/* Finds what matches among all entries. */
void
_thaw_sorter_match_all (ThawSorter *self)
{
  if (is_ascii (self->needle))
    match_arena (self);
  else
    clear_matches (self);
  fold_new (self);
  match_folded (self);
  if (__atomic_load_n (&self->store->rename_serial, __ATOMIC_ACQUIRE) > 0)
    match_renamed (self);
}

/* The needle holds the one before: only what matched can match. */
void
_thaw_sorter_match_narrower (ThawSorter *self)
{
  guint32 n_matches = 0;

  for (guint32 id = 0; id < self->n_seen; id++)
    n_matches += (self->seen[id] & THAW_SEEN_MATCHES) != 0;
  if (n_matches > self->n_seen / NARROW_SHARE)
    {
      _thaw_sorter_match_all (self);
      return;
    }
  for (guint32 id = 0; id < self->n_seen && n_matches > 0; id++)
    {
      if (!(self->seen[id] & THAW_SEEN_MATCHES))
        continue;
      n_matches--;
      if (_thaw_sorter_poll (self))
        return;
      if (!_thaw_sorter_matches (self, id))
        self->seen[id] &= ~THAW_SEEN_MATCHES;
    }
}
