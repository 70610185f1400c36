/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Natural file-name order as sort keys: ICU's order of the locale, digits by value, at ASCII speed. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

typedef struct _ThawCollation ThawCollation; /* immutable, refcounted, any thread */

#define THAW_TYPE_COLLATION (thaw_collation_get_type ())
THAW_API GType thaw_collation_get_type (void); /* boxed */

/* @locale: ICU or POSIX name; NULL for LC_COLLATE's. Reads ICU's data: may block, never on the loop. Never
 * NULL: an unknown locale falls back to the root order. */
THAW_API ThawCollation *thaw_collation_new (const char *locale);
/* The process-wide one for LC_COLLATE, made on first use. Worker threads. */
THAW_API ThawCollation *thaw_collation_get_default (void);
THAW_API ThawCollation *thaw_collation_ref (ThawCollation *self);
THAW_API void thaw_collation_unref (ThawCollation *self);

/* Writes the primary key of @name (any bytes, no NUL needed) to @key, at most @size bytes, and returns
 * its full length; when that is > @size call again with more room. Keys compare with memcmp (shorter first);
 * contains no 0 byte. Names whose keys are equal are ordered by thaw_collation_compare_ties(). */
THAW_API gsize thaw_collation_make_key (ThawCollation *self, const char *name, gsize length,
                                        guint8 *key, gsize size);
/* Order of two names with equal keys: accents, then case (as ICU), then bytes. 0 only for equal bytes. */
THAW_API int thaw_collation_compare_ties (ThawCollation *self, const char *a, const char *b);
/* The whole comparison, for tests and small lists. */
THAW_API int thaw_collation_compare (ThawCollation *self, const char *a, const char *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawCollation, thaw_collation_unref)

G_END_DECLS
