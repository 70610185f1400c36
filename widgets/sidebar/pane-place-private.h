/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pane-places.h"

G_BEGIN_DECLS

/* @icon_name is static. */
PanePlace *
pane_place_new (PanePlaceKind kind, GFile *location, const char *title, const char *icon_name);
gboolean pane_place_equal (PanePlace *self, PanePlace *other);
ThawLane *pane_place_get_lane (PanePlace *self);
void pane_place_take_lane (PanePlace *self, ThawLane *lane);
void pane_place_set_icon_name (PanePlace *self, const char *icon_name);
void pane_place_set_silent (PanePlace *self, gboolean silent);

G_END_DECLS
