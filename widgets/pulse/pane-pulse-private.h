/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the pulse share:
 *
 *   pane-pulse.c          the panel: when it samples, its plots, its stalls
 *   pane-pulse-figures.c  mailboxes and lanes as rows of tables
 *   pane-pulse-trace.c    where a trace is written */
#pragma once

#include "pane-pulse-table.h"
#include "pane-pulse.h"
#include "thaw.h"

G_BEGIN_DECLS

void pane_pulse_init_tables (PanePulseTable *mailboxes, PanePulseTable *lanes);
void pane_pulse_show_mailboxes (PanePulseTable *table, ThawPump *pump);
void pane_pulse_show_lanes (PanePulseTable *table);

/* Resolves to the path of the trace (a string). */
ThawFuture *pane_pulse_save_trace (ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
