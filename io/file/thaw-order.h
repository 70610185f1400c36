/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order: which entries of a store are shown, in which order. Immutable; a filter's result is a shorter one. */
#pragma once

#include "thaw-entry-store.h"

G_BEGIN_DECLS

#define THAW_TYPE_ORDER (thaw_order_get_type ())
THAW_API GType thaw_order_get_type (void); /* boxed, atomic refcount */

typedef enum {
  THAW_SORT_NAME,
  THAW_SORT_SIZE,     /* folders by name among themselves; unknown sizes last */
  THAW_SORT_TYPE,     /* by content type, then name */
  THAW_SORT_MODIFIED,
  THAW_SORT_ATTRIBUTE, /* by what thaw_folder_set_sort_keys() was told; nothing of it last, then by name */
} ThawSortColumn;

/* What an entry sorts by with THAW_SORT_ATTRIBUTE: numbers before texts, by value; texts as the language does it. */
typedef struct {
  guint32 id;
  const char *text; /* NULL, "": nothing */
  double number;    /* instead of the text; NAN: none */
} ThawSortKey;

typedef struct {
  ThawSortColumn column;
  gboolean descending;     /* folders first stays first; ties stay by ascending name */
  gboolean folders_first;
  gboolean show_hidden;
  char *filter;            /* NULL or "" for none: case- and accent-folded substring of the name */
  char *attribute;         /* of THAW_SORT_ATTRIBUTE: which one; else NULL */
} ThawOrderSpec;

THAW_API void thaw_order_spec_init (ThawOrderSpec *spec); /* name, ascending, folders first, no hidden */
THAW_API void thaw_order_spec_copy (ThawOrderSpec *to, const ThawOrderSpec *from);
THAW_API void thaw_order_spec_clear (ThawOrderSpec *spec);
THAW_API gboolean thaw_order_spec_equal (const ThawOrderSpec *a, const ThawOrderSpec *b);

THAW_API ThawOrder *thaw_order_ref (ThawOrder *self);
THAW_API void thaw_order_unref (ThawOrder *self);
THAW_API void thaw_order_release (ThawOrder *self); /* unref on a worker thread */
THAW_API guint32 thaw_order_get_n (ThawOrder *self);
THAW_API guint32 thaw_order_get_id (ThawOrder *self, guint32 position);
/* Position of an id, THAW_NO_ENTRY when not shown. O(1). */
THAW_API guint32 thaw_order_find (ThawOrder *self, guint32 id);
THAW_API const guint32 *thaw_order_get_ids (ThawOrder *self);
THAW_API ThawEntryStore *thaw_order_get_store (ThawOrder *self);
THAW_API const ThawOrderSpec *thaw_order_get_spec (ThawOrder *self);
/* First position at or after @from (wrapping) whose name starts with @prefix, folded; for type-ahead. O(n) worst case:
 * worker threads for big folders. */
THAW_API guint32 thaw_order_find_prefix (ThawOrder *self, const char *prefix, guint32 from);
THAW_API gsize thaw_order_get_memory (ThawOrder *self);

/* The sorter: makes orders, one after the other, for one store. Worker threads, one at a time (the caller's lock). It keeps
 * what makes the next order cheap: the sorted array while a folder grows, the unfiltered order for filters. */
typedef struct _ThawSorter ThawSorter;
/* Polled now and then: TRUE ends the work early. */
typedef gboolean (*ThawSorterStop) (gpointer user_data);

THAW_API ThawSorter *thaw_sorter_new (ThawEntryStore *store, const ThawOrderSpec *spec);
THAW_API void thaw_sorter_free (ThawSorter *self);
THAW_API void thaw_sorter_set_stop (ThawSorter *self, ThawSorterStop stop, gpointer user_data);
/* A change of spec: re-sorts, re-filters or only reverses, whatever is needed, at the next thaw_sorter_make(). */
THAW_API void thaw_sorter_set_spec (ThawSorter *self, const ThawOrderSpec *spec);
/* These entries' sort fields or flags changed (renamed, stat arrived, TO_FOLDER, …). Removed and new ones are found without it. */
THAW_API void thaw_sorter_touch (ThawSorter *self, const guint32 *ids, gsize n_ids);
/* Everything that the store publishes now, in order. NULL when stopped. A few changes in a big folder: one merge pass (≤ 1 ms
 * for 2,000 into 1,000,000). Same order as before: returns a new reference to the same object. */
THAW_API ThawOrder *thaw_sorter_make (ThawSorter *self);
/* Loading is over: drops the arrays that only growth needs. */
THAW_API void thaw_sorter_trim (ThawSorter *self);
THAW_API gsize thaw_sorter_get_memory (ThawSorter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOrder, thaw_order_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSorter, thaw_sorter_free)

G_END_DECLS
