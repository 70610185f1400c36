/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of orders and of the sorter that makes them, for their own files and tests. */
#pragma once

#include "thaw-entry-store-private.h"
#include "thaw-order.h"
#include "thaw-sort-keys-private.h"

G_BEGIN_DECLS

/* An array of ids that orders and the sorter share. Not written once shared. */
typedef struct {
  gatomicrefcount ref_count;
  guint32 n;
  guint32 ids[];
} ThawIds;

ThawIds *_thaw_ids_new (gsize n);
ThawIds *_thaw_ids_ref (ThawIds *self);
void _thaw_ids_unref (ThawIds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawIds, _thaw_ids_unref)

/* Takes @ids. */
ThawOrder *
_thaw_order_new (ThawEntryStore *store, const ThawOrderSpec *spec, ThawIds *ids, guint32 n_store);
ThawIds *_thaw_order_get_shared_ids (ThawOrder *self);

/* Of an order that is made of several: thaw-order-compose.c */
typedef struct _ThawOrderTree ThawOrderTree;
void _thaw_order_tree_free (ThawOrderTree *self);
guint32 _thaw_order_tree_get_n_notes (ThawOrderTree *self);
guint32 _thaw_order_tree_find (ThawOrderTree *self, ThawEntryStore *trunk, guint32 id);
/* Takes @ids and @tree. */
ThawOrder *_thaw_order_new_composed (ThawEntryStore *store,
                                     const ThawOrderSpec *spec,
                                     ThawIds *ids,
                                     ThawOrderTree *tree);

/* Times a byte: a word of eight of it. */
#define THAW_EVERY_BYTE G_GUINT64_CONSTANT (0x0101010101010101)

/* What the sorter knows of an entry, one byte each, below 128. A copy of the store's flags, so that
 * changes by others can't upset an array that is already in order: they take effect when the entry
 * is touched.
 */
enum {
  THAW_SEEN_PLACED = 1 << 0, /* in the sorted array */
  THAW_SEEN_FOLDER = 1 << 1,
  THAW_SEEN_HIDDEN = 1 << 2,
  THAW_SEEN_MATCHES = 1 << 3, /* the filter */
  THAW_SEEN_DIRTY = 1 << 4,   /* about to be moved or dropped */
};

/* An unknown size or time: after all others, whatever the direction. */
#define THAW_UNKNOWN_VALUE G_MAXUINT64

/* What is moved while sorting: eight bytes of what counts now, and whose they are. */
typedef struct {
  guint64 word;
  guint32 id;
  guint32 key_offset;
} ThawRecord;

/* Text folded for searching: lower case, no accents, compatibility forms taken apart. */
typedef struct {
  GString *bytes;  /* of all names that aren't ASCII, each with a NUL behind */
  GArray *ids;     /* guint32: whose */
  GArray *offsets; /* guint32: where */
  guint32 n_done;  /* ids below it are in */
} ThawFolded;

struct _ThawSorter {
  ThawEntryStore *store;
  ThawOrderSpec spec; /* what is wanted */
  ThawOrderSpec done; /* what base and matches are for */
  ThawSorterStop stop;
  gpointer stop_data;
  guint n_polls;
  gboolean is_stopped; /* during one make */
  gboolean is_trimmed;

  /* By id, n_seen of them. */
  guint8 *seen;
  guint64 *values; /* what is sorted by, unless that is the name */
  guint32 n_seen;
  guint32 n_room;
  guint32 n_gone;  /* in the store, when it was last looked at */
  GArray *touched; /* guint32 */

  /* Everything that isn't gone, hidden or not, in the order of done. */
  ThawIds *base;
  gboolean has_base;
  ThawRecord *records; /* the same by name, while the folder grows */
  guint32 n_records;
  ThawIds *by_name; /* the same by name alone, while nothing changes */
  ThawSortKeys *keys;   /* NULL: none */
  guint16 *type_ranks;
  guint n_type_ranks;

  char *needle;         /* the filter, folded; NULL for none */
  gboolean has_matches; /* seen says which match it */
  gboolean any_renamed; /* offsets of names don't rise with ids */
  ThawFolded folded;

  ThawOrder *last;
};

gboolean _thaw_sorter_poll (ThawSorter *self);

/* Sorting: thaw-sorter-records.c */
void
_thaw_sorter_fill_record (ThawSorter *self, ThawRecord *record, guint32 id, gboolean with_group);
void _thaw_sorter_sort_by_name (ThawSorter *self, ThawRecord *records, gsize n);
int _thaw_sorter_compare_names (ThawSorter *self, guint32 a, guint32 b);
int _thaw_sorter_compare_records (ThawSorter *self, const ThawRecord *a, const ThawRecord *b);
void _thaw_sorter_sort_by_word (ThawSorter *self, ThawRecord *records, gsize n);

/* The sorted array: thaw-sorter-base.c */
gboolean _thaw_sorter_is_in_group (ThawSorter *self, guint32 id);
guint64 _thaw_sorter_get_value (ThawSorter *self, guint32 id);
int _thaw_sorter_compare (ThawSorter *self, guint32 a, guint32 b);
ThawIds *_thaw_sorter_sort_all (ThawSorter *self);
ThawIds *_thaw_sorter_sort_some (ThawSorter *self, const guint32 *ids, gsize n);
ThawIds *_thaw_sorter_take_records (ThawSorter *self);
ThawIds *_thaw_sorter_reverse (ThawSorter *self);

/* Changes to it: thaw-sorter-merge.c */
ThawIds *_thaw_sorter_merge (ThawSorter *self,
                             const guint32 *dirty,
                             guint32 n_dirty,
                             const guint32 *added,
                             guint32 n_added);
void _thaw_sorter_grow (ThawSorter *self, gboolean any_dirty, const guint32 *added, gsize n_added);

/* What has changed since the array was made: entries to take out and entries to put in. Both are
 * NULL when it was sorted anew. Keeping up with it: thaw-sorter-update.c */
typedef struct {
  GArray *dirty;
  GArray *added;
} ThawChanges;

void _thaw_sorter_update_base (ThawSorter *self, guint32 n, ThawChanges *changes);
void _thaw_changes_clear (ThawChanges *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawChanges, _thaw_changes_clear)

/* Filter: thaw-sorter-filter.c */
void _thaw_sorter_match_all (ThawSorter *self);
void _thaw_sorter_match_narrower (ThawSorter *self);
gboolean _thaw_sorter_matches (ThawSorter *self, guint32 id);
void _thaw_folded_clear (ThawFolded *self);

/* Folding: thaw-fold.c. Appends the folded form of a name: any bytes. */
void _thaw_fold_append (GString *to, const char *name, gsize length);
char *_thaw_fold (const char *text);

/* Search: thaw-sorter-search.c. First place in [@from, @end) where @needle is; ASCII letters count
 * as their lower case when @ignore_case, and @needle holds no capital. */
const char *_thaw_find_bytes (const char *from,
                              const char *end,
                              const char *needle,
                              gsize length,
                              gboolean ignore_case);

G_END_DECLS
