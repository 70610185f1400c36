/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expandable folders in the list view. Private to the list view. */
#pragma once

#include "list/pane-list-columns.h"
#include "pane-cell.h"
#include "pane-slot-view.h"

G_BEGIN_DECLS

/* How far from its start edge a row's icon begins, when there are triangles: more the deeper it is. */
int pane_list_tree_get_indent (PaneCell *cell, int name_width);
/* The triangle of a folder; nothing for other rows. */
void pane_list_tree_snapshot_triangle (PaneCell *cell, GtkSnapshot *snapshot, int name_width);
/* Tells assistive technology whether the row can be expanded, and how deep it is. */
void pane_list_tree_update_state (PaneCell *cell);

/* The keys, and clicks on triangles, of a view that has its list. */
void pane_list_tree_add_input (PaneSlotView *view, PaneListColumns *columns);
gboolean pane_list_tree_hits_triangle (PaneCell *cell, double x, int name_width);

G_END_DECLS
