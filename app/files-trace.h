/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of the start, for benchmarks and screenshots: $THAW_TRACE_START names a file. $THAW_STALL_MSEC: how long a turn of the loop
 * may take before it is reported as a stall. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

void files_trace_start (void);
void files_trace_mark (const char *what);
void files_trace_folder (ThawFolder *folder);
void files_trace_watch (ThawMonitor *monitor);

G_END_DECLS
