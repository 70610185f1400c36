/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of bytes by bytes that grows without growing in memory: see thaw-spill.c. For one thread at a time, and for this folder
 * only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ThawSpill ThawSpill;

/* So many entries are in memory at most. */
ThawSpill *thaw_spill_new (guint n_max);
void thaw_spill_free (ThawSpill *self);
/* Replaces what there is. */
void thaw_spill_set (ThawSpill *self, gconstpointer key, gsize key_size, gconstpointer value, gsize value_size);
gboolean thaw_spill_has (ThawSpill *self, gconstpointer key, gsize key_size);
GBytes *thaw_spill_get (ThawSpill *self, gconstpointer key, gsize key_size); /* transfer full; NULL: there is none */
void thaw_spill_remove (ThawSpill *self, gconstpointer key, gsize key_size);
/* The keys that begin with these bytes, in no order. */
GPtrArray *thaw_spill_list (ThawSpill *self, gconstpointer prefix, gsize prefix_size); /* GBytes */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSpill, thaw_spill_free)

G_END_DECLS
