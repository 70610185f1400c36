/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the entry store, for the sorter and for tests. */
#pragma once

#include "thaw-entry-store.h"

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

struct _ThawEntryStore {
  gatomicrefcount ref_count;
  ThawCollation *collation;

  guint8 *reservation;
  gsize n_reserved;
  guint32 max_entries;
  guint32 capacity; /* entries that the columns have room for */

  /* Arenas of bytes, each item followed by a NUL. */
  ThawRegion names;
  ThawRegion keys;
  gsize n_names, n_keys; /* bytes used; the writer's */

  /* Columns, by id. */
  ThawRegion name_offsets; /* guint32 */
  ThawRegion key_offsets;  /* guint32 */
  ThawRegion sizes;        /* guint64 */
  ThawRegion mtimes;       /* gint64 */
  ThawRegion modes;        /* guint16 */
  ThawRegion types;        /* guint16, 0 while unknown */
  ThawRegion kinds;        /* guint8 */
  ThawRegion flags;        /* guint8 */

  guint32 n_appended;      /* the writer's */
  guint32 n_published;     /* atomic */
  gsize n_names_published; /* atomic */
  guint32 n_gone;          /* atomic */
  guint32 rename_serial;   /* atomic: odd during a rename */
  guint32 n_with_stat;     /* atomic: ids below it may have their details */
  guint32 n_with_type;     /* atomic: likewise */

  /* Open addressing: id + 1 by the hash of its name, 0 for empty. */
  guint32 *index;
  guint32 index_size; /* a power of two, or 0 */
  guint32 index_used; /* slots that aren't empty */
};

#define THAW_COLUMN(store, column, type) ((type *) (gpointer) (store)->column.bytes)

#define THAW_READ(store, column, type, id)                                                         \
  __atomic_load_n (&THAW_COLUMN (store, column, type)[id], __ATOMIC_RELAXED)
#define THAW_WRITE(store, column, type, id, value)                                                 \
  __atomic_store_n (&THAW_COLUMN (store, column, type)[id], (value), __ATOMIC_RELAXED)

static inline const char *
_thaw_entry_store_name (ThawEntryStore *self, guint32 id)
{
  return (const char *) self->names.bytes + THAW_READ (self, name_offsets, guint32, id);
}

static inline const guint8 *
_thaw_entry_store_key (ThawEntryStore *self, guint32 id)
{
  return self->keys.bytes + THAW_READ (self, key_offsets, guint32, id);
}

static inline gboolean
_thaw_entry_store_is_folder (ThawEntryStore *self, guint32 id)
{
  return (THAW_READ (self, kinds, guint8, id) & THAW_ENTRY_KIND_MASK) == THAW_ENTRY_FOLDER
         || (THAW_READ (self, flags, guint8, id) & THAW_ENTRY_TO_FOLDER) != 0;
}

gboolean _thaw_region_commit (ThawRegion *region, gsize n_bytes);
void _thaw_region_trim (ThawRegion *region, gsize n_used);
gboolean _thaw_entry_store_reserve (ThawEntryStore *self);
void _thaw_entry_store_unreserve (ThawEntryStore *self);
gboolean _thaw_entry_store_grow (ThawEntryStore *self);

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
