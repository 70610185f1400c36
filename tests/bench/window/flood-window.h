/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window that redraws on every frame while a thread clicks into it, and that notes how regular
 * its frames are and how late its clicks come. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _FloodWindow FloodWindow;

FloodWindow *flood_window_new (void); /* NULL without X */
void flood_window_free (FloodWindow *self);
/* How long each frame paints on top of what it paints anyway, in CPU time. */
void flood_window_set_weight (FloodWindow *self, double usec);
/* Starts a new set of notes. The arrays are of double: ms between frames, ms from click to handler.
 */
void flood_window_reset (FloodWindow *self, GArray *frames, GArray *clicks);
/* Time spent from before-paint to after-paint since then: what the flood can't have. */
gint64 flood_window_get_painting_usec (FloodWindow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FloodWindow, flood_window_free)

G_END_DECLS
