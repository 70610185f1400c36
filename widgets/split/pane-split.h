/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One or two panes with a divider between them. */
#pragma once

#include <gtk/gtk.h>
#include "pane-frame.h"

G_BEGIN_DECLS

#define PANE_TYPE_SPLIT (pane_split_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneSplit, pane_split, PANE, SPLIT, GtkWidget)

#define PANE_SPLIT_MAX 2

/* Loop's thread. */
PANE_API GtkWidget *pane_split_new (void);
/* The first one stands at the start: left, or right where one reads from there, or above. */
PANE_API void pane_split_add (PaneSplit *self, GtkWidget *pane);
PANE_API void pane_split_remove (PaneSplit *self, GtkWidget *pane);
PANE_API guint pane_split_get_n_panes (PaneSplit *self);
PANE_API GtkWidget *pane_split_get_pane (PaneSplit *self, guint n);
/* Neither is taken out for it. */
PANE_API void pane_split_swap (PaneSplit *self);
/* Of the room, for the first pane: 0 to 1. */
PANE_API double pane_split_get_fraction (PaneSplit *self);
PANE_API void pane_split_set_fraction (PaneSplit *self, double fraction);
/* Whether they stand one above the other, as where there is no room beside each other. */
PANE_API gboolean pane_split_is_stacked (PaneSplit *self);

/* ::moved     the user has moved the divider
 * ::arranged  which pane is where has changed: added, removed, swapped, stacked or no longer */

G_END_DECLS
