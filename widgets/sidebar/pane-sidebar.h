/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sidebar: the places, one of them the current one. */
#pragma once

#include "pane-open.h"
#include "pane-places.h"

G_BEGIN_DECLS

#define PANE_TYPE_SIDEBAR (pane_sidebar_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneSidebar, pane_sidebar, PANE, SIDEBAR, GtkWidget)

PANE_API GtkWidget *pane_sidebar_new (PanePlaces *places);
PANE_API void pane_sidebar_set_places (PaneSidebar *self, PanePlaces *places);
PANE_API void pane_sidebar_set_location (PaneSidebar *self, GFile *location);
/* For dropping: the row at a point of the sidebar, -1 for none; where it leads; and which is shown as the one that it would go to. */
PANE_API int pane_sidebar_get_row_at (PaneSidebar *self, double x, double y);
PANE_API GFile *pane_sidebar_get_row_location (PaneSidebar *self, int row); /* NULL for none */
PANE_API void pane_sidebar_set_drop_row (PaneSidebar *self, int row);
/* ::picked (GFile *location, PaneOpenTarget target), ::failed (GError *error): a bookmark couldn't
 * be changed; ::empty-trash: the user asks for it. */

G_END_DECLS
