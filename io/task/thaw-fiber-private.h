/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the loop and the scope need of fibers. Loop's thread. */
#pragma once

#include "thaw-task-loop-private.h"

G_BEGIN_DECLS

/* The handler of the loop's mailbox of fibers: starts or resumes @fiber. */
void thaw_fiber_handle (gpointer fiber);
/* Which fiber the code that runs now is taken for. Returns the previous one. */
ThawFiber *thaw_fiber_set_current (ThawFiber *fiber);
void thaw_fiber_free_pool (ThawTaskLoop *loop);

G_END_DECLS
