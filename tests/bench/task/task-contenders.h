/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What bench-task compares with. Each measures @n of its operations and returns nanoseconds for
 * one, of the calling thread's CPU time. */
#pragma once

#include <glib.h>

gint64 bench_cpu_nsec (void);

double bench_swapcontext (guint n);
double bench_gtask_return (guint n);

/* FALSE: built without libdex; the others must not be called then. */
gboolean bench_dex_init (void);
double bench_dex_spawn (guint n, guint batch);
double bench_dex_await_complete (guint n);
double bench_dex_suspend (guint n);
double bench_dex_chain (guint n);
double bench_dex_resume_flood (guint n);
