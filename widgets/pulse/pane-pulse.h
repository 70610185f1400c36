/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pulse: how the loop is doing, live, and who held it up. */
#pragma once

#include "pane-frame.h"

G_BEGIN_DECLS

#define PANE_TYPE_PULSE (pane_pulse_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePulse, pane_pulse, PANE, PULSE, GtkWidget)

/* Loop's thread, which a ThawMonitor should watch: without one there are no stalls to show and no
 * times. Asks for figures five times a second while it is on the screen, and not at all otherwise.
 *
 * Signals:
 *   saved (const char *path)       a trace was written
 *   failed (GError *error)         it could not be
 *   copied ()                      a text was put on the clipboard
 *   close ()                       the user doesn't want to see it any more */
PANE_API GtkWidget *pane_pulse_new (void) G_GNUC_WARN_UNUSED_RESULT; /* transfer floating */

G_END_DECLS
