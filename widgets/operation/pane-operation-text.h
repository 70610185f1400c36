/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an operation says of itself in words. */
#pragma once

#include "pane-frame.h"

#include "thaw-operation.h"

G_BEGIN_DECLS

/* Loop's thread, all of it. */
PANE_API gboolean pane_operation_is_over (ThawOperation *operation);
/* "1.2 GB of 4.0 GB · 45 MB/s · 2 to 3 minutes left"; what it waits for instead, if it waits. */
PANE_API char *pane_operation_dup_detail (ThawOperation *operation);
/* "about 2 minutes left", "2 to 5 minutes left"; NULL when it isn't known. Seconds. */
PANE_API char *pane_operation_dup_time_left (double low, double high);
/* 0 … 1; -1: not known. */
PANE_API double pane_operation_get_fraction (ThawOperation *operation);
/* "Done", "Failed" … */
PANE_API const char *pane_operation_describe_state (ThawOperationState state, gboolean is_undone);
/* Why something failed, in the user's words. Transfer full. What the program has set to say it does; else the error's own words. */
typedef char *(*PaneErrorFunc) (const GError *error);
PANE_API void pane_operation_set_error_func (PaneErrorFunc func);
PANE_API char *pane_operation_dup_reason (const GError *error);
/* What can be done about it; NULL: nothing that is known. Translated. */
PANE_API const char *pane_operation_get_advice (const GError *error);
/* A path, in bytes, as far as it can be shown. */
PANE_API char *pane_operation_dup_path (const char *path);

G_END_DECLS
