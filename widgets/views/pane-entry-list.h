/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GTK's list and grid, cheaper for assistive technology. For PaneSlotView. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkListView or GtkGridView, floating. */
GtkWidget *pane_entry_list_new (GType type, GtkSelectionModel *model, GtkListItemFactory *factory);
/* The list item around @cell comes into sight or leaves it, about to be told by GTK. */
void pane_entry_list_cell_moves (GtkWidget *cell, gboolean leaves);

G_END_DECLS
