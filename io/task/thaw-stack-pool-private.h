/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stacks of one loop's fibers: carved out of large mappings, each above a guard, kept for the
 * next fiber. One thread only. */
#pragma once

#include "thaw-fiber.h"

G_BEGIN_DECLS

#define THAW_STACK_BYTES ((gsize) 128 * 1024)
/* Jumping over a guard takes a frame of this size that touches nothing on its way. */
#define THAW_STACK_GUARD_BYTES ((gsize) 16 * 1024)
/* So many free stacks keep their memory for good; what is beyond gives it back when it wasn't
 * needed for THAW_STACK_KEEP_USEC. */
#define THAW_STACK_POOL_HIGH_WATER 256
#define THAW_STACK_KEEP_USEC G_USEC_PER_SEC

typedef struct _ThawStackPool ThawStackPool;
typedef struct _ThawStack ThawStack;
struct _ThawStack {
  ThawStack *next;
  void *bottom; /* the lowest address above the guard */
  gsize size;   /* a little less for some, so that their tops don't share the same cache lines */
};

/* @light: use guards without memory maps where the kernel has them. */
ThawStackPool *thaw_stack_pool_new (gboolean light);
/* Unmaps everything: no stack may be in use. */
void thaw_stack_pool_free (ThawStackPool *self);
/* NULL: no address space, or no memory maps, are left. */
ThawStack *thaw_stack_pool_take (ThawStackPool *self);
/* TRUE: thaw_stack_pool_trim() has become due at some time. */
gboolean thaw_stack_pool_give (ThawStackPool *self, ThawStack *stack);
/* When thaw_stack_pool_trim() is to be called next, or -1. */
gint64 thaw_stack_pool_get_trim_due (ThawStackPool *self);
/* Gives back the memory of a batch of stacks that weren't needed lately. */
void thaw_stack_pool_trim (ThawStackPool *self, gint64 now_usec);
guint thaw_stack_pool_get_n_used (ThawStackPool *self);
void thaw_stack_pool_add_stats (ThawStackPool *self, ThawFiberStats *stats);
/* Whether this kernel has guards that use no memory maps. Any thread. */
gboolean thaw_stack_pool_has_light_guards (void);

G_END_DECLS
