/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path bar: the place as crumbs, or as an entry to type another. */
#pragma once

#include "pane-open.h"
#include "pane-location.h"

G_BEGIN_DECLS

#define PANE_TYPE_PATH_BAR (pane_path_bar_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePathBar, pane_path_bar, PANE, PATH_BAR, GtkWidget)

PANE_API GtkWidget *pane_path_bar_new (void);
PANE_API void pane_path_bar_set_location (PanePathBar *self, GFile *location);
PANE_API GFile *pane_path_bar_get_location (PanePathBar *self); /* NULL before the first */
/* Turns into the entry. @text: what it starts with, the cursor at its end; NULL: the place,
 * selected. */
PANE_API void pane_path_bar_edit (PanePathBar *self, const char *text);
PANE_API void pane_path_bar_stop_editing (PanePathBar *self);
PANE_API gboolean pane_path_bar_is_editing (PanePathBar *self);
/* For dropping: the crumb at a point of the bar, -1 for none; where it leads; and which is shown as the one that it would go to. */
PANE_API int pane_path_bar_get_crumb_at (PanePathBar *self, double x, double y);
PANE_API GFile *pane_path_bar_get_crumb_location (PanePathBar *self, int crumb); /* NULL for none */
PANE_API void pane_path_bar_set_drop_crumb (PanePathBar *self, int crumb);
/* ::picked (GFile *location, PaneOpenTarget target), ::done: left the entry, the focus should go
 * back to the content. */

G_END_DECLS
