/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a picked place is to be opened, and what a click asks for. Pure functions, no state: the
 * path bar and the sidebar share them so that a middle click means the same everywhere. */

#include "pane-open.h"

G_DEFINE_ENUM_TYPE (PaneOpenTarget,
                    pane_open_target,
                    G_DEFINE_ENUM_VALUE (PANE_OPEN_HERE, "here"),
                    G_DEFINE_ENUM_VALUE (PANE_OPEN_TAB, "tab"),
                    G_DEFINE_ENUM_VALUE (PANE_OPEN_WINDOW, "window"))

/**
 * pane_open_target_for_click:
 * @button: the mouse button
 * @state: the modifiers held
 *
 * Tells where a click on a place opens it: the middle button or Ctrl in a new tab, Shift in a new
 * window.
 *
 * Returns: the target
 */
PaneOpenTarget
pane_open_target_for_click (guint button, GdkModifierType state)
{
  if (state & GDK_SHIFT_MASK)
    return PANE_OPEN_WINDOW;
  if (button == GDK_BUTTON_MIDDLE || (state & GDK_CONTROL_MASK))
    return PANE_OPEN_TAB;
  return PANE_OPEN_HERE;
}
