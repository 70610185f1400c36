/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entry store: the entries of one folder as columns and a name arena. No GObject per entry. */
#pragma once

#include "thaw-collation.h"
#include "thaw-scope.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define THAW_TYPE_ENTRY_STORE (thaw_entry_store_get_type ())
THAW_API GType thaw_entry_store_get_type (void); /* boxed, atomic refcount */

/* An entry's id is its index: stable for the store's life, never used again. */
#define THAW_NO_ENTRY G_MAXUINT32
#define THAW_MAX_ENTRIES (1u << 28)

typedef enum { /* fits 4 bits */
  THAW_ENTRY_UNKNOWN,
  THAW_ENTRY_FILE,
  THAW_ENTRY_FOLDER,
  THAW_ENTRY_SYMLINK,
  THAW_ENTRY_FIFO,
  THAW_ENTRY_SOCKET,
  THAW_ENTRY_CHAR_DEVICE,
  THAW_ENTRY_BLOCK_DEVICE,
  THAW_ENTRY_SHORTCUT, /* GIO's shortcuts and mountables */
} ThawEntryKind;

typedef enum { /* one byte, atomic */
  THAW_ENTRY_GONE = 1 << 0,        /* deleted; its row disappears with the next order */
  THAW_ENTRY_HIDDEN = 1 << 1,
  THAW_ENTRY_HAS_STAT = 1 << 2,    /* size, mtime, mode are valid */
  THAW_ENTRY_STAT_FAILED = 1 << 3, /* they can't be had */
  THAW_ENTRY_TO_FOLDER = 1 << 4,   /* a symlink or shortcut that leads to a folder: sorts and opens as one */
  THAW_ENTRY_BROKEN = 1 << 5,      /* a symlink that leads nowhere */
  THAW_ENTRY_STAT_WANTED = 1 << 6, /* asked for, on its way */
  THAW_ENTRY_STALE = 1 << 7,       /* valid but known to be out of date */
} ThawEntryFlags;

/* Thread rules. One writer at a time (the caller's lock); any number of readers, lock-free, of ids below
 * thaw_entry_store_get_n(): append publishes with release, get_n acquires. Columns are single words written
 * atomically: a reader sees the old or the new value. Memory never moves while the store lives. */
THAW_API ThawEntryStore *thaw_entry_store_new (ThawCollation *collation);
THAW_API ThawEntryStore *thaw_entry_store_ref (ThawEntryStore *self);
THAW_API void thaw_entry_store_unref (ThawEntryStore *self); /* may free megabytes: see thaw_entry_store_release() */
/* Drops a reference on a worker thread, so that the loop doesn't pay for giving the memory back. Any thread. */
THAW_API void thaw_entry_store_release (ThawEntryStore *self);

/* Writer. Copies the name, makes its sort key, sets HIDDEN for dot names. THAW_NO_ENTRY when full or out of memory.
 * Visible to readers after publish. */
THAW_API guint32 thaw_entry_store_append (ThawEntryStore *self, const char *name, gsize length,
                                          ThawEntryKind kind);
THAW_API void thaw_entry_store_publish (ThawEntryStore *self);
/* Writer. A renamed entry keeps its id: new name bytes and key, old ones stay valid for readers that hold them. Tell the
 * sorter by thaw_sorter_touch() before it makes the next order. FALSE when full: nothing has changed. */
THAW_API gboolean thaw_entry_store_rename (ThawEntryStore *self, guint32 id, const char *name, gsize length);
THAW_API void thaw_entry_store_set_stat (ThawEntryStore *self, guint32 id, guint64 size_bytes,
                                         gint64 mtime_nsec, guint32 mode); /* sets HAS_STAT, clears STALE/WANTED/
                                                                            * STAT_FAILED; keeps 16 bits of @mode */
THAW_API void thaw_entry_store_set_kind (ThawEntryStore *self, guint32 id, ThawEntryKind kind);
THAW_API void thaw_entry_store_add_flags (ThawEntryStore *self, guint32 id, guint flags);    /* any thread, atomic or */
THAW_API void thaw_entry_store_clear_flags (ThawEntryStore *self, guint32 id, guint flags);  /* any thread, atomic and */
THAW_API void thaw_entry_store_remove (ThawEntryStore *self, guint32 id); /* GONE, out of the index */
/* Writer, once loading is over: gives back growth slack and whatever only loading needed. */
THAW_API void thaw_entry_store_trim (ThawEntryStore *self);

/* Readers, any thread, lock-free. */
THAW_API guint32 thaw_entry_store_get_n (ThawEntryStore *self);       /* ids handed out, GONE ones included */
THAW_API guint32 thaw_entry_store_get_n_alive (ThawEntryStore *self);
THAW_API const char *thaw_entry_store_get_name (ThawEntryStore *self, guint32 id); /* NUL-terminated, valid for the store's life */
THAW_API gsize thaw_entry_store_get_name_length (ThawEntryStore *self, guint32 id);
THAW_API const guint8 *thaw_entry_store_get_key (ThawEntryStore *self, guint32 id, gsize *length);
THAW_API ThawEntryKind thaw_entry_store_get_kind (ThawEntryStore *self, guint32 id);
THAW_API guint thaw_entry_store_get_flags (ThawEntryStore *self, guint32 id);
THAW_API gboolean thaw_entry_store_is_folder (ThawEntryStore *self, guint32 id); /* FOLDER or TO_FOLDER */
THAW_API guint64 thaw_entry_store_get_size (ThawEntryStore *self, guint32 id);
THAW_API gint64 thaw_entry_store_get_mtime (ThawEntryStore *self, guint32 id);  /* nsec since 1970 */
THAW_API guint32 thaw_entry_store_get_mode (ThawEntryStore *self, guint32 id);
/* Which entries that aren't GONE have these names: a GArray of guint32, for each name its id or THAW_NO_ENTRY. Looks at
 * every entry, so not on the loop: that has thaw_entry_store_find_names() done, which resolves to the same array. @names:
 * bytes with a NUL after each. @job: looked at whether it is cancelled, then NULL is returned; may be NULL. */
THAW_API GArray *thaw_entry_store_look_up (ThawEntryStore *self, const char *names, gsize length, ThawJob *job);
THAW_API ThawFuture *thaw_entry_store_find_names (ThawEntryStore *self, ThawScope *scope,
                                                  const char *const *names) G_GNUC_WARN_UNUSED_RESULT;
/* The name for people: valid UTF-8, control characters and invalid bytes made visible. Transfer full. */
THAW_API char *thaw_entry_store_dup_display_name (ThawEntryStore *self, guint32 id);
/* Writer. Where the entry really is, when that isn't its name in the folder: what GIO's recent:///, computer:/// and
 * network:/// hold has names that nobody can read. thaw_entry_store_dup_file() knows. */
THAW_API void thaw_entry_store_set_place (ThawEntryStore *self, guint32 id, const char *uri);
/* The entry's file, @folder being the folder's. Any thread; transfer full. */
THAW_API GFile *thaw_entry_store_dup_file (ThawEntryStore *self, guint32 id, GFile *folder);
/* Content type by name and kind, interned: "inode/directory", "image/png". Static. In memory once warmed up
 * (thaw_content_type_warm_up(), a worker thread's job: reads the MIME cache); exactly what
 * g_content_type_guess (name, NULL, 0) says. */
THAW_API const char *thaw_entry_store_get_content_type (ThawEntryStore *self, guint32 id);
THAW_API void thaw_content_type_warm_up (void);
THAW_API ThawCollation *thaw_entry_store_get_collation (ThawEntryStore *self);
THAW_API gsize thaw_entry_store_get_memory (ThawEntryStore *self); /* resident bytes, index included */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawEntryStore, thaw_entry_store_unref)

G_END_DECLS
