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
/* ::picked (GFile *location, PaneOpenTarget target), ::failed (GError *error): a bookmark couldn't
 * be changed. */

G_END_DECLS
