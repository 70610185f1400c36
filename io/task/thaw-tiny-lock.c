/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contended half of the tiny lock: waiting in the kernel and waking one waiter. Any thread. */

#include "thaw-tiny-lock-private.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void
thaw_tiny_lock_wait (ThawTinyLock *lock)
{
  while (__atomic_exchange_n (lock, 2, __ATOMIC_ACQUIRE) != 0)
    syscall (SYS_futex, lock, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void
thaw_tiny_lock_wake (ThawTinyLock *lock)
{
  syscall (SYS_futex, lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
