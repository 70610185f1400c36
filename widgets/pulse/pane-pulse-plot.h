/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plot of the last seconds: one bar a sample, the newest at the line's end. */
#pragma once

#include "pane-frame.h"

G_BEGIN_DECLS

#define PANE_TYPE_PULSE_PLOT (pane_pulse_plot_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePulsePlot, pane_pulse_plot, PANE, PULSE_PLOT, GtkWidget)

#define PANE_PULSE_SAMPLES 150

/* Loop's thread. @floor: what the scale shows at least; samples above @limit are marked; < 0: none
 * is. */
PANE_API void pane_pulse_plot_set_scale (PanePulsePlot *self, double floor, double limit);
PANE_API void pane_pulse_plot_add (PanePulsePlot *self, double value);
/* The highest of the samples that are shown. */
PANE_API double pane_pulse_plot_get_highest (PanePulsePlot *self);

G_END_DECLS
