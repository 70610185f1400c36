/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making and switching contexts: the portable half of thaw-context-switch.S, the ucontext fallback,
 * and the calls that AddressSanitizer and ThreadSanitizer need in order to follow. Runs on the
 * thread that owns both stacks. */

#include "thaw-context-switch-private.h"

#ifdef THAW_WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef THAW_WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifdef THAW_CONTEXT_UCONTEXT

#define swap(from, to) swapcontext (&(from)->ucontext, &(to)->ucontext)

/* makecontext() passes ints only. */
static void
start (guint func_high, guint func_low, guint arg_high, guint arg_low)
{
  ThawContextFunc func = (ThawContextFunc) (gsize) ((guint64) func_high << 32 | func_low);

  func ((gpointer) (gsize) ((guint64) arg_high << 32 | arg_low));
}

static void
init_stack (ThawContext *self, void *bottom, gsize size, ThawContextFunc func, gpointer arg)
{
  guint64 func_bits = (gsize) func, arg_bits = (gsize) arg;

  getcontext (&self->ucontext);
  self->ucontext.uc_stack.ss_sp = bottom;
  self->ucontext.uc_stack.ss_size = size;
  self->ucontext.uc_link = NULL;
  makecontext (&self->ucontext,
               (void (*) (void)) start,
               4,
               (guint) (func_bits >> 32),
               (guint) func_bits,
               (guint) (arg_bits >> 32),
               (guint) arg_bits);
}

#else

extern void thaw_context_swap (void **save, void *load);
extern void thaw_context_start (void);

#define swap(from, to) thaw_context_swap (&(from)->stack_pointer, (to)->stack_pointer)

#ifdef __x86_64__

/* As thaw_context_swap() pops it. The zero on top is the return address of thaw_context_start. */
static void
init_stack (ThawContext *self, void *bottom, gsize size, ThawContextFunc func, gpointer arg)
{
  gsize *frame = (gsize *) (((gsize) bottom + size) & ~(gsize) 15) - 10;
  guint32 mxcsr;
  guint16 x87;

  __asm__("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
  frame[0] = (guint64) x87 << 32 | mxcsr;
  frame[1] = frame[2] = 0; /* r15, r14 */
  frame[3] = (gsize) func; /* r13 */
  frame[4] = (gsize) arg;  /* r12 */
  frame[5] = frame[6] = 0; /* rbx, rbp */
  frame[7] = (gsize) thaw_context_start;
  frame[8] = frame[9] = 0;
  self->stack_pointer = frame;
}

#else

/* As thaw_context_swap() loads it: x19 to x30, then d8 to d15. */
static void
init_stack (ThawContext *self, void *bottom, gsize size, ThawContextFunc func, gpointer arg)
{
  gsize *frame = (gsize *) (((gsize) bottom + size) & ~(gsize) 15) - 20;

  for (guint i = 0; i < 20; i++)
    frame[i] = 0;
  frame[0] = (gsize) arg;
  frame[1] = (gsize) func;
  frame[11] = (gsize) thaw_context_start;
  self->stack_pointer = frame;
}

#endif
#endif

void
thaw_context_init (ThawContext *self, void *bottom, gsize size, ThawContextFunc func, gpointer arg)
{
  init_stack (self, bottom, size, func, arg);
#ifdef THAW_WITH_ASAN
  self->bottom = bottom;
  self->size = size;
#endif
#ifdef THAW_WITH_TSAN
  self->tsan_fiber = __tsan_create_fiber (0);
#endif
}

void
thaw_context_switch (ThawContext *from, ThawContext *to, ThawContext **resumer)
{
#ifdef THAW_WITH_ASAN
  void *fake_stack;

  __sanitizer_start_switch_fiber (&fake_stack, to->bottom, to->size);
#endif
#ifdef THAW_WITH_TSAN
  from->tsan_fiber = __tsan_get_current_fiber ();
  __tsan_switch_to_fiber (to->tsan_fiber, 0);
#endif
  swap (from, to);
#ifdef THAW_WITH_ASAN
  __sanitizer_finish_switch_fiber (fake_stack,
                                   resumer ? &(*resumer)->bottom : NULL,
                                   resumer ? &(*resumer)->size : NULL);
#endif
}

void
thaw_context_entered (ThawContext *from)
{
#ifdef THAW_WITH_ASAN
  __sanitizer_finish_switch_fiber (NULL, &from->bottom, &from->size);
#endif
}

void
thaw_context_leave (ThawContext *self, ThawContext *to)
{
#ifdef THAW_WITH_ASAN
  __sanitizer_start_switch_fiber (NULL, to->bottom, to->size);
#endif
#ifdef THAW_WITH_TSAN
  __tsan_switch_to_fiber (to->tsan_fiber, 0);
#endif
  swap (self, to);
  g_assert_not_reached ();
}

void
thaw_context_clear (ThawContext *self, void *bottom, gsize size)
{
#ifdef THAW_WITH_ASAN
  __asan_unpoison_memory_region (bottom, size);
#endif
#ifdef THAW_WITH_TSAN
  __tsan_destroy_fiber (g_steal_pointer (&self->tsan_fiber));
#endif
}
