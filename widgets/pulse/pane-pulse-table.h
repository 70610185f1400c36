/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small table of figures that change often: a name and a few numbers in each of a few rows. */
#pragma once

#include "pane-frame.h"

G_BEGIN_DECLS

#define PANE_TYPE_PULSE_TABLE (pane_pulse_table_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePulseTable, pane_pulse_table, PANE, PULSE_TABLE, GtkWidget)

#define PANE_PULSE_ROWS 6
#define PANE_PULSE_COLUMNS 5

/* Loop's thread. Headers of the columns, at most PANE_PULSE_COLUMNS, the name's included. */
PANE_API void pane_pulse_table_set_columns (PanePulseTable *self, const char *const *titles);
/* @texts: one for each column; taken as they are. */
PANE_API void pane_pulse_table_set_row (PanePulseTable *self, guint row, const char *const *texts);
/* Rows from here on are not shown. */
PANE_API void pane_pulse_table_set_n_rows (PanePulseTable *self, guint n_rows);

G_END_DECLS
