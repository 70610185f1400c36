/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fiber: straight-line code on the loop that awaits futures. Spawned in a scope, see
 * thaw-scope.h. */
#pragma once

#include "thaw-future.h"

G_BEGIN_DECLS

/* The body: returns what the fiber's future follows (transfer full, not NULL). */
typedef ThawFuture *(*ThawFiberFunc) (gpointer user_data);

/* Inside a fiber (asserted). Suspends until @future (transfer full) is complete, or until the
 * fiber's scope is cancelled, then at once with G_IO_ERROR_CANCELLED. A completed future is not
 * waited for. */
THAW_API gboolean thaw_await (ThawFuture *future, GError **error);
THAW_API gpointer
thaw_await_pointer (ThawFuture *future,
                    GError **error); /* transfer full: steals or copies; see docs */
THAW_API gint64 thaw_await_int64 (ThawFuture *future, GError **error);
/* Inside a fiber: lets other messages run and goes on in the next free slice. */
THAW_API gboolean thaw_fiber_yield (GError **error);
THAW_API gboolean thaw_fiber_is_running (void); /* whether the caller is inside a fiber */
THAW_API const char *thaw_fiber_get_name (void);

typedef struct {
  guint64 n_spawned, n_switches;
  guint n_alive, n_stacks, n_stacks_pooled;
  gsize stack_bytes;     /* usable size of one stack */
  gboolean light_guards; /* guards made with MADV_GUARD_INSTALL: no memory maps used up */
} ThawFiberStats;
THAW_API void thaw_fiber_get_stats (ThawFiberStats *stats);

G_END_DECLS
