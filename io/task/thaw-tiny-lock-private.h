/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock of four bytes on a futex, for the few instructions in which a future changes its state.
 * Any thread; never held while foreign code runs. Not a GMutex: that one is larger and its atomics
 * are hidden from ThreadSanitizer, which would report everything behind it as a race. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 0 free, 1 held, 2 held and perhaps waited for. */
typedef gint ThawTinyLock;

void thaw_tiny_lock_wait (ThawTinyLock *lock);
void thaw_tiny_lock_wake (ThawTinyLock *lock);

static inline void
thaw_tiny_lock (ThawTinyLock *lock)
{
  gint expected = 0;

  if (G_UNLIKELY (!__atomic_compare_exchange_n (lock,
                                                &expected,
                                                1,
                                                FALSE,
                                                __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED)))
    thaw_tiny_lock_wait (lock);
}

static inline void
thaw_tiny_unlock (ThawTinyLock *lock)
{
  if (G_UNLIKELY (__atomic_exchange_n (lock, 0, __ATOMIC_RELEASE) == 2))
    thaw_tiny_lock_wake (lock);
}

G_END_DECLS
