/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Switching between stacks of one thread, and telling the sanitizers about it. A context is where a
 * stack stands while another one runs. Which implementation is used is decided at compile time: own
 * code on x86-64 and arm64, ucontext elsewhere or with THAW_CONTEXT_UCONTEXT. */
#pragma once

#include <glib.h>

#if !defined(THAW_CONTEXT_UCONTEXT)                                                                \
    && !((defined(__x86_64__) || defined(__aarch64__)) && defined(__LP64__))
#define THAW_CONTEXT_UCONTEXT 1
#endif

#if defined(__SANITIZE_ADDRESS__)
#define THAW_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THAW_WITH_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define THAW_WITH_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THAW_WITH_TSAN 1
#endif
#endif

#ifdef THAW_CONTEXT_UCONTEXT
#include <ucontext.h>
#endif

G_BEGIN_DECLS

typedef void (*ThawContextFunc) (gpointer arg);

typedef struct {
#ifdef THAW_CONTEXT_UCONTEXT
  ucontext_t ucontext;
#else
  void *stack_pointer;
#endif
#ifdef THAW_WITH_ASAN
  const void *bottom; /* of its stack */
  gsize size;
#endif
#ifdef THAW_WITH_TSAN
  void *tsan_fiber;
#endif
} ThawContext;

/* The next switch to @self calls @func on the stack @bottom; @func must not return, and calls
 * thaw_context_entered() first. */
void
thaw_context_init (ThawContext *self, void *bottom, gsize size, ThawContextFunc func, gpointer arg);
/* Stores where we are in @from, which needs no init, and goes on where @to stands. @resumer:
 * (nullable): where to find, when we are back, what has switched to us. */
void thaw_context_switch (ThawContext *from, ThawContext *to, ThawContext **resumer);
/* @from is what has switched to us. */
void thaw_context_entered (ThawContext *from);
/* The last switch away from a stack. */
void thaw_context_leave (ThawContext *self, ThawContext *to) G_GNUC_NORETURN;
/* After thaw_context_leave(), on another stack: the stack may be used again. */
void thaw_context_clear (ThawContext *self, void *bottom, gsize size);

G_END_DECLS
