/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The index of a store's entries by name: open addressing, four bytes a slot, at most 2/3 full. It
 * exists only from the first search until it is dropped: a folder that is listed once never pays
 * for it. Entries that are gone aren't in it. Only the writer may look into it, under its lock: who
 * reads the store searches it as thaw-entry-store-search.c does.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

#define MIN_SIZE 64u
#define EMPTY 0u
#define REMOVED G_MAXUINT32

guint32
_thaw_name_hash (const char *name, gsize length)
{
  guint64 hash = length * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64 word;

  for (; length >= sizeof (word); name += sizeof (word), length -= sizeof (word))
    {
      memcpy (&word, name, sizeof (word));
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
      hash ^= hash >> 32;
    }
  word = 0;
  memcpy (&word, name, length);
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return hash ^ (hash >> 32);
}

static void
insert (ThawEntryStore *self, guint32 id)
{
  const char *name = _thaw_entry_store_name (self, id);
  guint32 slot = _thaw_name_hash (name, strlen (name)) & (self->index_size - 1);

  while (self->index[slot] != EMPTY && self->index[slot] != REMOVED)
    slot = (slot + 1) & (self->index_size - 1);
  self->index_used += self->index[slot] == EMPTY;
  self->index[slot] = id + 1;
}

/* Makes the index anew, with room to grow. */
static void
rebuild (ThawEntryStore *self)
{
  guint32 n_alive = self->n_appended - __atomic_load_n (&self->n_gone, __ATOMIC_RELAXED);
  guint32 size = MIN_SIZE;

  while (size / 2 < n_alive + n_alive / 4)
    size *= 2;
  g_free (self->index);
  self->index = g_new0 (guint32, size);
  self->index_size = size;
  self->index_used = 0;
  for (guint32 id = 0; id < self->n_appended; id++)
    if (!(THAW_READ (self, flags, guint8, id) & THAW_ENTRY_GONE))
      insert (self, id);
}

static guint32
find_slot (ThawEntryStore *self, const char *name, gsize length)
{
  guint32 slot = _thaw_name_hash (name, length) & (self->index_size - 1);

  for (; self->index[slot] != EMPTY; slot = (slot + 1) & (self->index_size - 1))
    {
      const char *other;

      if (self->index[slot] == REMOVED)
        continue;
      other = _thaw_entry_store_name (self, self->index[slot] - 1);
      if (strncmp (other, name, length) == 0 && other[length] == 0)
        return slot;
    }
  return G_MAXUINT32;
}

void
_thaw_entry_store_index_add (ThawEntryStore *self, guint32 id)
{
  if (self->index_size == 0)
    return;
  if (self->index_used >= self->index_size / 3 * 2)
    rebuild (self); /* with this id, which is appended already */
  else
    insert (self, id);
}

void
_thaw_entry_store_index_remove (ThawEntryStore *self, guint32 id)
{
  const char *name = _thaw_entry_store_name (self, id);
  guint32 slot;

  if (self->index_size == 0)
    return;
  slot = _thaw_name_hash (name, strlen (name)) & (self->index_size - 1);
  for (; self->index[slot] != EMPTY; slot = (slot + 1) & (self->index_size - 1))
    if (self->index[slot] == id + 1)
      {
        self->index[slot] = REMOVED;
        return;
      }
}

guint32
_thaw_entry_store_find (ThawEntryStore *self, const char *name, gsize length)
{
  guint32 slot;

  if (self->index_size == 0)
    rebuild (self);
  slot = find_slot (self, name, length);
  return slot != G_MAXUINT32 ? self->index[slot] - 1 : THAW_NO_ENTRY;
}

/* Frees what _thaw_entry_store_find() has made. The next search makes it again. */
void
_thaw_entry_store_drop_index (ThawEntryStore *self)
{
  g_clear_pointer (&self->index, g_free);
  self->index_size = 0;
  self->index_used = 0;
}
