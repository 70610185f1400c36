/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting allocations, and resident memory. */
#pragma once

#include <glib.h>

gboolean bench_memory_is_counting (void); /* whether this build can */
void bench_memory_start (void);
void bench_memory_stop (gulong *allocations, gulong *bytes);
gsize bench_memory_resident (void);
