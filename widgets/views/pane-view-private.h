/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the registry tells a view. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

void pane_view_set_needs (PaneView *self, PaneNeeds needs);
PaneNeeds pane_view_get_needs (PaneView *self);

G_END_DECLS
