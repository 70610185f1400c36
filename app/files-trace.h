/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of the start, for benchmarks and screenshots: $THAW_TRACE_START names a file. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

void files_trace_start (void);
void files_trace_mark (const char *what);
void files_trace_folder (ThawFolder *folder);

G_END_DECLS
