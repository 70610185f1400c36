/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The column titles above the list view. Private to the list view. */
#pragma once

#include "list/pane-list-columns.h"

G_BEGIN_DECLS

#define PANE_TYPE_LIST_HEADER (pane_list_header_get_type ())
G_DECLARE_FINAL_TYPE (PaneListHeader, pane_list_header, PANE, LIST_HEADER, GtkWidget)

GtkWidget *pane_list_header_new (PaneListColumns *columns);
/* How wide a row is: less than the header where a scroll bar stands beside the list. */
void pane_list_header_set_row_width (PaneListHeader *self, int row_width);
/* What the rows are sorted by. @asked: how much of what that needs is known, see pane_plugin_data_get_asked(). */
void pane_list_header_set_sort (PaneListHeader *self, const ThawOrderSpec *spec, double asked);
/* The width that a title needs, without padding. */
int pane_list_header_measure_title (PaneListHeader *self, guint column);

/* ::sort (guint column, gboolean descending): a title was clicked.
 * ::fit (guint column): make the column as wide as what it shows. */

G_END_DECLS
