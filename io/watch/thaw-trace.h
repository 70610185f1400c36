/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What took how long in the last seconds, for tools that draw it. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

/* Marks of messages (by the turn of a mailbox), fibers, lane and CPU jobs, frames and stalls are kept in a ring
 * while a monitor watches, or between these two. Counted; any thread. */
THAW_API void thaw_trace_start (void);
THAW_API void thaw_trace_stop (void);
/* Writes the ring in Chrome's trace format (chrome://tracing, ui.perfetto.dev, speedscope), on the lane of @path.
 * Resolves with the number of events. */
THAW_API ThawFuture *thaw_trace_save (ThawScope *scope, const char *path) G_GNUC_WARN_UNUSED_RESULT;
/* Hands marks on to Sysprof if the program was started by it; FALSE, and nothing at all, if not. Before there
 * are threads. */
THAW_API gboolean thaw_trace_join_sysprof (void);

G_END_DECLS
