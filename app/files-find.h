/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about many entries, answered off the loop. */
#pragma once

#include "thaw.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Loop's thread. Resolves to an id as int64, or to THAW_NO_ENTRY. */
/* @shown: the places to look at, transfer full; NULL for all. */
ThawFuture *files_find_prefix (ThawScope *scope,
                               ThawOrder *order,
                               const char *prefix,
                               guint32 from,
                               GtkBitset *shown) G_GNUC_WARN_UNUSED_RESULT;
/* What a selection adds up to; @ids: guint32 (transfer full). Resolves to the bytes of those whose
 * size is known. */
ThawFuture *
files_sum_sizes (ThawScope *scope, ThawOrder *order, GArray *ids) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
