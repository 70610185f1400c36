/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What entries of a store sort by that the store knows nothing of. */
#pragma once

#include "thaw-collation.h"
#include "thaw-order.h"

G_BEGIN_DECLS

typedef struct _ThawSortKeys ThawSortKeys;

/* Any thread. */
ThawSortKeys *_thaw_sort_keys_new (void);
ThawSortKeys *_thaw_sort_keys_ref (ThawSortKeys *self);
void _thaw_sort_keys_unref (ThawSortKeys *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSortKeys, _thaw_sort_keys_unref)

/* The loop's thread, or any other: copies, and leaves the work to whoever sorts. */
void _thaw_sort_keys_add (ThawSortKeys *self, const ThawSortKey *keys, gsize n);

/* The thread that sorts. Takes over what was added, and appends the entries that it is of. */
void _thaw_sort_keys_apply (ThawSortKeys *self, ThawCollation *collation, GArray *touched);
/* What a value says stays the same however many come, its word doesn't. THAW_UNKNOWN_VALUE: nothing. */
guint64 _thaw_sort_keys_get_value (ThawSortKeys *self, guint32 id);
guint64 _thaw_sort_keys_get_word (ThawSortKeys *self, guint64 value);
gsize _thaw_sort_keys_get_memory (ThawSortKeys *self);
/* What entries sort by with THAW_SORT_ATTRIBUTE; others begin anew. The thread that sorts. */
void _thaw_sorter_set_keys (ThawSorter *self, ThawSortKeys *keys);

G_END_DECLS
