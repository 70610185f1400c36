/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that compute. For tests and the task tree; everybody else calls thaw_scope_compute().
 */
#pragma once

#include "thaw-job-private.h"

G_BEGIN_DECLS

typedef struct {
  guint n_threads, n_idle_class_threads;
} ThawCpuPoolStats;

void thaw_cpu_pool_get_stats (ThawCpuPoolStats *stats); /* any thread */
/* How long a thread waits for its next job before it ends. */
void thaw_cpu_pool_set_linger (gint64 linger_usec);

G_END_DECLS
