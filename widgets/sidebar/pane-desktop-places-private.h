/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef enum {
  PANE_DESKTOP_PLACES_ARE_THERE = 1 << 0,
  PANE_DESKTOP_PLACES_TRASH_IS_FULL = 1 << 1,
} PaneDesktopPlaces;

/* Lane's thread. Gives PaneDesktopPlaces, as a number. */
gboolean pane_desktop_places_look_lane (ThawJob *job, gpointer user_data, GError **error);

G_END_DECLS
