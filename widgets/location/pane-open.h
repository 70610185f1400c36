/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a place that the user picked in a path bar, a sidebar or a view is to be opened. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

typedef enum {
  PANE_OPEN_HERE,
  PANE_OPEN_TAB,
  PANE_OPEN_WINDOW,
} PaneOpenTarget;

#define PANE_TYPE_OPEN_TARGET (pane_open_target_get_type ())
PANE_API GType pane_open_target_get_type (void);

/* What a click with @button and @state means: middle or Ctrl: a tab; Shift: a window. */
PANE_API PaneOpenTarget pane_open_target_for_click (guint button, GdkModifierType state);

G_END_DECLS
