/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry store: the entries of one folder as columns, an arena of names and one of sort keys,
 * with no object per entry. This file holds its life and what the writer does; readers are in
 * thaw-entry-store-columns.c, the memory in thaw-entry-store-region.c, the index by name in
 * thaw-entry-store-index.c. One writer at a time, under its caller's lock; details may be set by
 * several threads at once for different ids; readers take no lock. Nothing here touches a file.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

/* Room behind the last key: sorting reads eight bytes at a time. */
#define KEY_PADDING 16

G_DEFINE_BOXED_TYPE (ThawEntryStore, thaw_entry_store, thaw_entry_store_ref, thaw_entry_store_unref)

/**
 * thaw_entry_store_new:
 * @collation: (nullable): what makes the sort keys; %NULL for the default one, fetched by the first
 * append, because that reads files and this doesn't
 *
 * Makes an empty store. It reserves address space, not memory: a small folder costs a few pages.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): the store
 */
ThawEntryStore *
thaw_entry_store_new (ThawCollation *collation)
{
  ThawEntryStore *self = g_new0 (ThawEntryStore, 1);

  self->ref_count = 1;
  self->collation = collation ? thaw_collation_ref (collation) : NULL;
  /* Without address space the store is full from the start. */
  _thaw_entry_store_reserve (self);
  pthread_mutex_init (&self->places_lock, NULL);
  return self;
}

/**
 * thaw_entry_store_ref:
 * @self: a store
 *
 * Adds a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawEntryStore *
thaw_entry_store_ref (ThawEntryStore *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
store_free (gpointer data)
{
  ThawEntryStore *self = data;

  _thaw_entry_store_unreserve (self);
  g_free (self->index);
  g_clear_pointer (&self->places, g_hash_table_unref);
  g_free (self->branches);
  pthread_mutex_destroy (&self->places_lock);
  g_clear_pointer (&self->collation, thaw_collation_unref);
  g_free (self);
}

/**
 * thaw_entry_store_unref:
 * @self: (transfer full): a store
 *
 * Drops a reference. The last one gives the memory back, which takes a while for a big folder: on
 * the loop's thread use [method@Thaw.EntryStore.release].
 */
void
thaw_entry_store_unref (ThawEntryStore *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    store_free (self);
}

/**
 * thaw_entry_store_release:
 * @self: (transfer full): a store
 *
 * Drops a reference; if it was the last one, a worker thread gives the memory back.
 *
 * - **Thread**: any. Doesn't block.
 */
void
thaw_entry_store_release (ThawEntryStore *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    _thaw_release (self, store_free);
}

static gboolean
is_ascii (const char *name, gsize length)
{
  guint64 all = 0, word;
  gsize i = 0;

  for (; i + sizeof (word) <= length; i += sizeof (word))
    {
      memcpy (&word, name + i, sizeof (word));
      all |= word;
    }
  for (; i < length; i++)
    all |= (guint8) name[i];
  return (all & G_GUINT64_CONSTANT (0x8080808080808080)) == 0;
}

/* Copies a name to the end of the arena. FALSE when it is full: offsets are 32 bits. */
static gboolean
add_name (ThawEntryStore *self, const char *name, gsize length, guint32 *offset)
{
  gsize end = self->n_names + length + 1;

  if (end > G_MAXUINT32 || !_thaw_region_commit (&self->names, end))
    return FALSE;
  memcpy (self->names.bytes + self->n_names, name, length);
  self->names.bytes[end - 1] = 0;
  *offset = self->n_names;
  return TRUE;
}

static gboolean
add_key (ThawEntryStore *self, const char *name, gsize length, guint32 *offset)
{
  /* Enough for almost every key, so that it is made in place. */
  gsize guess = length * 5 + KEY_PADDING;
  gsize key_length;

  if (self->collation == NULL)
    self->collation = thaw_collation_ref (thaw_collation_get_default ());
  if (!_thaw_region_commit (&self->keys, self->n_keys + guess + KEY_PADDING))
    return FALSE;
  key_length = thaw_collation_make_key (self->collation,
                                        name,
                                        length,
                                        self->keys.bytes + self->n_keys,
                                        guess);
  if (key_length > guess)
    {
      if (!_thaw_region_commit (&self->keys, self->n_keys + key_length + 1 + KEY_PADDING))
        return FALSE;
      thaw_collation_make_key (self->collation,
                               name,
                               length,
                               self->keys.bytes + self->n_keys,
                               key_length);
    }
  if (self->n_keys + key_length + 1 > G_MAXUINT32)
    return FALSE;
  self->keys.bytes[self->n_keys + key_length] = 0;
  *offset = self->n_keys;
  return TRUE;
}

/* Adds a name and its key, or neither. */
static gboolean
add_name_and_key (ThawEntryStore *self,
                  const char *name,
                  gsize length,
                  guint32 *name_offset,
                  guint32 *key_offset)
{
  if (!add_name (self, name, length, name_offset) || !add_key (self, name, length, key_offset))
    return FALSE;
  self->n_names += length + 1;
  self->n_keys += strlen ((const char *) self->keys.bytes + self->n_keys) + 1;
  return TRUE;
}

/**
 * thaw_entry_store_append:
 * @self: a store
 * @name: (array length=length): any bytes but NUL
 * @length: how many, at least 1
 * @kind: what it is
 *
 * Adds an entry: copies the name, makes its sort key, marks names with a dot in front as hidden.
 *
 * Readers see it after [method@Thaw.EntryStore.publish].
 *
 * - **Thread**: the writer's. Doesn't block.
 *
 * Returns: the entry's id; %THAW_NO_ENTRY when the store is full (%THAW_MAX_ENTRIES, 4 GiB of
 * names) or memory is short
 */
guint32
thaw_entry_store_append (ThawEntryStore *self, const char *name, gsize length, ThawEntryKind kind)
{
  guint32 id = self->n_appended;
  guint32 name_offset, key_offset;

  if (id == self->capacity && !_thaw_entry_store_grow (self))
    return THAW_NO_ENTRY;
  if (!add_name_and_key (self, name, length, &name_offset, &key_offset))
    return THAW_NO_ENTRY;

  THAW_WRITE (self, name_offsets, guint32, id, name_offset);
  THAW_WRITE (self, key_offsets, guint32, id, key_offset);
  THAW_WRITE (self, kinds, guint8, id, kind | (is_ascii (name, length) ? 0 : THAW_ENTRY_NOT_ASCII));
  THAW_WRITE (self, flags, guint8, id, name[0] == '.' ? THAW_ENTRY_HIDDEN : 0);
  self->n_appended++;
  _thaw_entry_store_index_add (self, id);
  return id;
}

/**
 * thaw_entry_store_publish:
 * @self: a store
 *
 * Shows readers what was appended.
 *
 * - **Thread**: the writer's. Doesn't block.
 */
void
thaw_entry_store_publish (ThawEntryStore *self)
{
  __atomic_store_n (&self->n_names_published, self->n_names, __ATOMIC_RELEASE);
  __atomic_store_n (&self->n_published, self->n_appended, __ATOMIC_RELEASE);
}

/**
 * thaw_entry_store_rename:
 * @self: a store
 * @id: an entry
 * @name: (array length=length): its new name
 * @length: bytes of it
 *
 * Gives an entry another name; its id stays. Bytes of the old name stay valid for readers that hold
 * them. The new name and the new key are seen one after the other: hand the id to
 * thaw_sorter_touch() before the next order is made.
 *
 * - **Thread**: the writer's. Doesn't block.
 *
 * Returns: %FALSE when the store is full; then nothing has changed
 */
gboolean
thaw_entry_store_rename (ThawEntryStore *self, guint32 id, const char *name, gsize length)
{
  guint32 name_offset, key_offset;
  guint8 kind;

  if (!add_name_and_key (self, name, length, &name_offset, &key_offset))
    return FALSE;

  _thaw_entry_store_index_remove (self, id);
  __atomic_fetch_add (&self->rename_serial, 1, __ATOMIC_SEQ_CST);
  kind = THAW_READ (self, kinds, guint8, id) & THAW_ENTRY_KIND_MASK;
  kind |= THAW_ENTRY_RENAMED | (is_ascii (name, length) ? 0 : THAW_ENTRY_NOT_ASCII);
  THAW_WRITE (self, kinds, guint8, id, kind);
  THAW_WRITE (self, types, guint16, id, 0);
  __atomic_store_n (THAW_CELL (self, key_offsets, guint32, id), key_offset, __ATOMIC_RELEASE);
  __atomic_store_n (THAW_CELL (self, name_offsets, guint32, id), name_offset, __ATOMIC_RELEASE);
  __atomic_fetch_add (&self->rename_serial, 1, __ATOMIC_SEQ_CST);
  if (name[0] == '.')
    thaw_entry_store_add_flags (self, id, THAW_ENTRY_HIDDEN);
  else
    thaw_entry_store_clear_flags (self, id, THAW_ENTRY_HIDDEN);
  _thaw_entry_store_index_add (self, id);
  return TRUE;
}

/**
 * thaw_entry_store_set_stat:
 * @self: a store
 * @id: an entry
 * @size_bytes: its size
 * @mtime_nsec: when it was modified, in nanoseconds since 1970
 * @mode: `st_mode`; the lower 16 bits are kept
 *
 * Sets the details of an entry. It has them from now on, and they aren't stale.
 *
 * - **Thread**: any, several at once for different ids. Doesn't block.
 */
void
thaw_entry_store_set_stat (ThawEntryStore *self,
                           guint32 id,
                           guint64 size_bytes,
                           gint64 mtime_nsec,
                           guint32 mode)
{
  THAW_WRITE (self, sizes, guint64, id, size_bytes);
  THAW_WRITE (self, mtimes, gint64, id, mtime_nsec);
  THAW_WRITE (self, modes, guint16, id, mode);
  thaw_entry_store_clear_flags (self,
                                id,
                                THAW_ENTRY_STALE | THAW_ENTRY_STAT_WANTED | THAW_ENTRY_STAT_FAILED);
  thaw_entry_store_add_flags (self, id, THAW_ENTRY_HAS_STAT);
}

/**
 * thaw_entry_store_set_kind:
 * @self: a store
 * @id: an entry
 * @kind: what it turned out to be
 *
 * Sets what an entry is.
 *
 * - **Thread**: the writer's. Doesn't block.
 */
void
thaw_entry_store_set_kind (ThawEntryStore *self, guint32 id, ThawEntryKind kind)
{
  guint8 old = THAW_READ (self, kinds, guint8, id);

  THAW_WRITE (self, kinds, guint8, id, (old & ~THAW_ENTRY_KIND_MASK) | kind);
}

/**
 * thaw_entry_store_add_flags:
 * @self: a store
 * @id: an entry
 * @flags: [flags@Thaw.EntryFlags] to set
 *
 * Sets flags of an entry. Any thread; atomic.
 */
void
thaw_entry_store_add_flags (ThawEntryStore *self, guint32 id, guint flags)
{
  __atomic_fetch_or (THAW_CELL (self, flags, guint8, id), flags, __ATOMIC_RELEASE);
}

/**
 * thaw_entry_store_clear_flags:
 * @self: a store
 * @id: an entry
 * @flags: [flags@Thaw.EntryFlags] to clear
 *
 * Clears flags of an entry. Any thread; atomic.
 */
void
thaw_entry_store_clear_flags (ThawEntryStore *self, guint32 id, guint flags)
{
  __atomic_fetch_and (THAW_CELL (self, flags, guint8, id), ~flags, __ATOMIC_RELEASE);
}

/**
 * thaw_entry_store_remove:
 * @self: a store
 * @id: an entry
 *
 * Marks an entry as gone. Its id, name and details stay readable; it is no longer found by name.
 *
 * - **Thread**: the writer's. Doesn't block.
 */
void
thaw_entry_store_remove (ThawEntryStore *self, guint32 id)
{
  if (thaw_entry_store_get_flags (self, id) & THAW_ENTRY_GONE)
    return;
  _thaw_entry_store_index_remove (self, id);
  thaw_entry_store_add_flags (self, id, THAW_ENTRY_GONE);
  __atomic_fetch_add (&self->n_gone, 1, __ATOMIC_RELEASE);
}

/**
 * thaw_entry_store_trim:
 * @self: a store
 *
 * Gives back what only growing needed: the index by name and the unused rest of pages already
 * touched. Appending goes on to work.
 *
 * - **Thread**: the writer's.
 */
void
thaw_entry_store_trim (ThawEntryStore *self)
{
  _thaw_entry_store_drop_index (self);
  _thaw_region_trim (&self->names, self->n_names);
  _thaw_region_trim (&self->keys, self->n_keys + KEY_PADDING);
}
