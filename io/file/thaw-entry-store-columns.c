/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What readers of the entry store see: columns, names and keys, by id. Any thread, no lock, no
 * file: each value is one word, read atomically, of an id below thaw_entry_store_get_n(), or of an
 * entry of a branch, which another store answers for.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

/**
 * thaw_entry_store_get_n:
 * @self: a store
 *
 * Gets how many ids were handed out and published, those of entries that are gone included. Any
 * thread.
 *
 * Returns: the number
 */
guint32
thaw_entry_store_get_n (ThawEntryStore *self)
{
  return __atomic_load_n (&self->n_published, __ATOMIC_ACQUIRE);
}

/**
 * thaw_entry_store_get_n_alive:
 * @self: a store
 *
 * Gets how many published entries aren't gone. Any thread; while a writer works it may be out by
 * what the writer has removed but not published.
 *
 * Returns: the number
 */
guint32
thaw_entry_store_get_n_alive (ThawEntryStore *self)
{
  guint32 n = thaw_entry_store_get_n (self);
  guint32 n_gone = __atomic_load_n (&self->n_gone, __ATOMIC_ACQUIRE);

  return n - MIN (n, n_gone);
}

/**
 * thaw_entry_store_get_name:
 * @self: a store
 * @id: an entry
 *
 * Gets a name, as the file system has it: any bytes. Any thread.
 *
 * Returns: (transfer none): bytes with a NUL behind, valid as long as the store
 */
const char *
thaw_entry_store_get_name (ThawEntryStore *self, guint32 id)
{
  guint32 offset;

  if (!_thaw_entry_store_resolve (&self, &id))
    return "";
  offset = __atomic_load_n (THAW_CELL (self, name_offsets, guint32, id), __ATOMIC_ACQUIRE);
  return (const char *) self->names.bytes + offset;
}

/**
 * thaw_entry_store_get_name_length:
 * @self: a store
 * @id: an entry
 *
 * Gets the number of bytes of a name. Any thread.
 *
 * Returns: the length without the NUL
 */
gsize
thaw_entry_store_get_name_length (ThawEntryStore *self, guint32 id)
{
  return strlen (thaw_entry_store_get_name (self, id));
}

/**
 * thaw_entry_store_get_key:
 * @self: a store
 * @id: an entry
 * @length: (out) (optional): its length in bytes
 *
 * Gets the sort key of a name, see thaw_collation_make_key(). Any thread.
 *
 * Returns: (transfer none): bytes with a NUL behind, valid as long as the store
 */
const guint8 *
thaw_entry_store_get_key (ThawEntryStore *self, guint32 id, gsize *length)
{
  const guint8 *key = (const guint8 *) "";

  if (_thaw_entry_store_resolve (&self, &id))
    key = self->keys.bytes
          + __atomic_load_n (THAW_CELL (self, key_offsets, guint32, id), __ATOMIC_ACQUIRE);
  if (length != NULL)
    *length = strlen ((const char *) key);
  return key;
}

/**
 * thaw_entry_store_get_kind:
 * @self: a store
 * @id: an entry
 *
 * Gets what an entry is. Any thread.
 *
 * Returns: the kind
 */
ThawEntryKind
thaw_entry_store_get_kind (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return THAW_ENTRY_UNKNOWN;
  return THAW_READ (self, kinds, guint8, id) & THAW_ENTRY_KIND_MASK;
}

/**
 * thaw_entry_store_get_flags:
 * @self: a store
 * @id: an entry
 *
 * Gets the [flags@Thaw.EntryFlags] of an entry. Any thread. When they say that it has its details,
 * those are readable.
 *
 * Returns: the flags
 */
guint
thaw_entry_store_get_flags (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return THAW_ENTRY_GONE;
  return __atomic_load_n (THAW_CELL (self, flags, guint8, id), __ATOMIC_ACQUIRE);
}

/**
 * thaw_entry_store_is_folder:
 * @self: a store
 * @id: an entry
 *
 * Tells whether an entry opens as a folder: one, or a link to one. Any thread.
 *
 * Returns: %TRUE for a folder
 */
gboolean
thaw_entry_store_is_folder (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return FALSE;
  return _thaw_entry_store_is_folder (self, id);
}

/**
 * thaw_entry_store_get_size:
 * @self: a store
 * @id: an entry
 *
 * Gets the size in bytes, 0 while unknown. Any thread.
 *
 * Returns: the size
 */
guint64
thaw_entry_store_get_size (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return 0;
  return THAW_READ (self, sizes, guint64, id);
}

/**
 * thaw_entry_store_get_mtime:
 * @self: a store
 * @id: an entry
 *
 * Gets when an entry was modified, in nanoseconds since 1970, 0 while unknown. Any thread.
 *
 * Returns: the time
 */
gint64
thaw_entry_store_get_mtime (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return 0;
  return THAW_READ (self, mtimes, gint64, id);
}

/**
 * thaw_entry_store_get_mode:
 * @self: a store
 * @id: an entry
 *
 * Gets the type and permission bits of `st_mode`, 0 while unknown. Any thread.
 *
 * Returns: the mode
 */
guint32
thaw_entry_store_get_mode (ThawEntryStore *self, guint32 id)
{
  if (!_thaw_entry_store_resolve (&self, &id))
    return 0;
  return THAW_READ (self, modes, guint16, id);
}

/**
 * thaw_entry_store_get_collation:
 * @self: a store
 *
 * Gets what makes the sort keys of the store. Any thread.
 *
 * Returns: (transfer none): the collation
 */
ThawCollation *
thaw_entry_store_get_collation (ThawEntryStore *self)
{
  return self->collation;
}

/**
 * thaw_entry_store_get_memory:
 * @self: a store
 *
 * Adds up the memory that the store has written to: columns, names, keys and the index. Reserved
 * address space isn't memory. Writer's thread, or any while nobody writes.
 *
 * Returns: bytes
 */
gsize
thaw_entry_store_get_memory (ThawEntryStore *self)
{
  gsize n_blocks = (self->n_appended + THAW_BLOCK_ENTRIES - 1) / THAW_BLOCK_ENTRIES;

  return sizeof (*self) + self->n_names + self->n_keys + n_blocks * THAW_BLOCK_BYTES
         + (gsize) self->index_size * sizeof (guint32);
}
