/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hearing that a scope ends, for what isn't a task of it: a file to be closed, a transaction to be
 * rolled back. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

/* Loop's thread. Calls @ended there when @scope ends, unless the future returned (transfer full) is
 * resolved before, by any thread; @destroy in either case. */
ThawFuture *thaw_scope_guard_new (ThawScope *scope,
                                  void (*ended) (gpointer user_data),
                                  gpointer user_data,
                                  GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
