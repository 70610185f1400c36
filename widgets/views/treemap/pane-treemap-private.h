/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the treemap share: where tiles are, and how they are painted. */
#pragma once

#include "pane-canvas-view.h"

G_BEGIN_DECLS

/* Squarified tiles: @sizes are sorted, largest first, and none is 0. In pane-treemap-tiles.c. */
void pane_treemap_arrange (const double *sizes,
                           guint n,
                           const graphene_rect_t *room,
                           graphene_rect_t *tiles);

/* Paints an entry, and what is in it as far as there is room. In pane-treemap-paint.c.
 * @node: THAW_DISK_USAGE_NO_NODE for what isn't in the tree. */
void pane_treemap_paint (PaneCell *cell, GtkSnapshot *snapshot, ThawDiskUsage *usage, guint32 node);
/* Name, size and state in words. Transfer full. */
char *pane_treemap_describe (ThawEntryStore *store,
                             guint32 id,
                             ThawDiskUsage *usage,
                             guint32 node,
                             const char *separator);

G_END_DECLS
