/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the entry store, for the sorter and for tests. */
#pragma once

#include "thaw-entry-store.h"

#include <pthread.h>

G_BEGIN_DECLS

/* A stretch of reserved address space of which the front is usable. Never moves. */
typedef struct {
  guint8 *bytes;
  gsize reserved;
  gsize committed;
} ThawRegion;

/* Beside the kind, in the same byte, which only the writer changes. */
enum {
  THAW_ENTRY_KIND_MASK = 0x0f,
  THAW_ENTRY_NOT_ASCII = 0x10, /* the name holds bytes above 127 */
  THAW_ENTRY_RENAMED
  = 0x20, /* the name isn't where it was appended: offsets don't rise with ids here */
};

/* Columns lie in blocks of this many entries, one column after the other in each: a small folder
 * touches few pages, and everything grows at one end. Offsets are in bytes from the start of a
 * block. */
#define THAW_BLOCK_SHIFT 9
#define THAW_BLOCK_ENTRIES (1u << THAW_BLOCK_SHIFT)

enum {
  THAW_AT_sizes = 0,                                                   /* guint64 */
  THAW_AT_mtimes = THAW_AT_sizes + 8 * THAW_BLOCK_ENTRIES,             /* gint64 */
  THAW_AT_name_offsets = THAW_AT_mtimes + 8 * THAW_BLOCK_ENTRIES,      /* guint32 */
  THAW_AT_key_offsets = THAW_AT_name_offsets + 4 * THAW_BLOCK_ENTRIES, /* guint32 */
  THAW_AT_modes = THAW_AT_key_offsets + 4 * THAW_BLOCK_ENTRIES,        /* guint16 */
  THAW_AT_types = THAW_AT_modes + 2 * THAW_BLOCK_ENTRIES, /* guint16, 0 while unknown */
  THAW_AT_kinds = THAW_AT_types + 2 * THAW_BLOCK_ENTRIES, /* guint8 */
  THAW_AT_flags = THAW_AT_kinds + THAW_BLOCK_ENTRIES,     /* guint8 */
  THAW_BLOCK_BYTES = THAW_AT_flags + THAW_BLOCK_ENTRIES,
};

typedef struct _ThawBranchTable ThawBranchTable;

struct _ThawEntryStore {
  int ref_count; /* atomic, visible to ThreadSanitizer */
  ThawCollation *collation;

  guint8 *reservation;
  gsize n_reserved;
  ThawRegion blocks;
  guint32 capacity; /* entries that the blocks have room for */

  /* Arenas of bytes, each item followed by a NUL. */
  ThawRegion names;
  ThawRegion keys;
  gsize n_names, n_keys; /* bytes used; the writer's */

  guint32 n_appended;      /* the writer's */
  guint32 n_published;     /* atomic */
  gsize n_names_published; /* atomic */
  guint32 n_gone;          /* atomic */
  guint32 rename_serial;   /* atomic: odd during a rename */

  /* Open addressing: id + 1 by the hash of its name, 0 for empty. */
  guint32 *index;
  guint32 index_size; /* a power of two, or 0 */
  guint32 index_used; /* slots that aren't empty */

  pthread_mutex_t places_lock; /* for moments, readers included */
  GHashTable *places;          /* places_lock: id → URI, of the few that aren't where their name says; or NULL */

  ThawBranchTable *branches; /* atomic; NULL before the first, see thaw-branch.c */
};

/* Where the value of a column is. */
#define THAW_CELL(store, column, type, id)                                                         \
  ((type *) (gpointer) ((store)->blocks.bytes                                                      \
                        + (gsize) ((id) >> THAW_BLOCK_SHIFT) * THAW_BLOCK_BYTES                    \
                        + THAW_AT_##column)                                                        \
   + ((id) & (THAW_BLOCK_ENTRIES - 1)))

#define THAW_READ(store, column, type, id)                                                         \
  __atomic_load_n (THAW_CELL (store, column, type, id), __ATOMIC_RELAXED)
#define THAW_WRITE(store, column, type, id, value)                                                 \
  __atomic_store_n (THAW_CELL (store, column, type, id), (value), __ATOMIC_RELAXED)

/* Another name's bytes are there before it can be seen: thaw_entry_store_rename() may run meanwhile. */
static inline const char *
_thaw_entry_store_name (ThawEntryStore *self, guint32 id)
{
  return (const char *) self->names.bytes
         + __atomic_load_n (THAW_CELL (self, name_offsets, guint32, id), __ATOMIC_ACQUIRE);
}

static inline const guint8 *
_thaw_entry_store_key (ThawEntryStore *self, guint32 id)
{
  return self->keys.bytes
         + __atomic_load_n (THAW_CELL (self, key_offsets, guint32, id), __ATOMIC_ACQUIRE);
}

static inline gboolean
_thaw_entry_store_is_folder (ThawEntryStore *self, guint32 id)
{
  return (THAW_READ (self, kinds, guint8, id) & THAW_ENTRY_KIND_MASK) == THAW_ENTRY_FOLDER
         || (THAW_READ (self, flags, guint8, id) & THAW_ENTRY_TO_FOLDER) != 0;
}

gboolean _thaw_entry_store_resolve_branch (ThawEntryStore **store, guint32 *id);

/* Entries of branches are another store's. FALSE: there is none any more. */
static inline gboolean
_thaw_entry_store_resolve (ThawEntryStore **store, guint32 *id)
{
  return G_LIKELY (*id < THAW_MAX_ENTRIES) || _thaw_entry_store_resolve_branch (store, id);
}

gboolean _thaw_region_commit (ThawRegion *region, gsize n_bytes);
void _thaw_region_trim (ThawRegion *region, gsize n_used);
gboolean _thaw_entry_store_reserve (ThawEntryStore *self);
void _thaw_entry_store_unreserve (ThawEntryStore *self);
gboolean _thaw_entry_store_grow (ThawEntryStore *self);

guint32 _thaw_name_hash (const char *name, gsize length);
/* Writer. Id of the entry that isn't GONE with these name bytes, or THAW_NO_ENTRY. The index for it
 * is built on first use (O(n)) and kept up by append, rename and remove. Everybody else searches
 * with thaw_entry_store_find_names(). */
guint32 _thaw_entry_store_find (ThawEntryStore *self, const char *name, gsize length);
void _thaw_entry_store_drop_index (ThawEntryStore *self);
void _thaw_entry_store_index_add (ThawEntryStore *self, guint32 id);
void _thaw_entry_store_index_remove (ThawEntryStore *self, guint32 id);

/* Runs @free_func on a worker thread. Any thread. */
void _thaw_release (gpointer data, GDestroyNotify free_func);

/* Content types are interned in a table for the process; 0 stands for none. */
guint16 _thaw_content_type_guess (const char *name);
const char *_thaw_content_type_get (guint16 type);
guint16 _thaw_entry_store_get_type_index (ThawEntryStore *self, guint32 id);
/* Rank of each type in the order of their names; n_types entries, index 0 included. */
guint16 *_thaw_content_type_dup_ranks (guint *n_types);

G_END_DECLS
