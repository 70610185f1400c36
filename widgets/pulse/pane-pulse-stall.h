/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A row for one stall: who it was, how long it took, and, opened, where. */
#pragma once

#include "pane-frame.h"
#include "thaw.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define PANE_TYPE_PULSE_STALL (pane_pulse_stall_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePulseStall, pane_pulse_stall, PANE, PULSE_STALL, AdwExpanderRow)

/* Loop's thread. Signal: copied (). */
PANE_API GtkWidget *
pane_pulse_stall_new (const ThawStall *stall) G_GNUC_WARN_UNUSED_RESULT; /* transfer floating */
/* The same stall, further on. */
PANE_API void pane_pulse_stall_update (PanePulseStall *self, const ThawStall *stall);
PANE_API const ThawStall *pane_pulse_stall_get_stall (PanePulseStall *self);

G_END_DECLS
