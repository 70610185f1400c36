/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A row of buttons, one for each folder from the root or home down to a place. */
#pragma once

#include "pane-open.h"
#include "pane-location.h"

G_BEGIN_DECLS

#define PANE_TYPE_CRUMBS (pane_crumbs_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneCrumbs, pane_crumbs, PANE, CRUMBS, GtkWidget)

PANE_API void pane_crumbs_set_location (PaneCrumbs *self, GFile *location);
/* As the path bar has them. */
PANE_API int pane_crumbs_get_crumb_at (PaneCrumbs *self, double x, double y);
PANE_API GFile *pane_crumbs_get_crumb_location (PaneCrumbs *self, int crumb);
PANE_API void pane_crumbs_set_drop_crumb (PaneCrumbs *self, int crumb);
/* ::picked (GFile *location, PaneOpenTarget target). */

G_END_DECLS
