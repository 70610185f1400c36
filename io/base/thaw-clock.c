/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock: real, unless the thread has a virtual one. Any thread, never waits. */

#include "thaw-clock-private.h"

#include "thaw-virtual-time-private.h"

__thread ThawVirtualTime *thaw_clock_virtual;

/**
 * thaw_clock_get_usec:
 *
 * The clock on which all deadlines of Thaw are counted. A thread with a [struct@Thaw.VirtualTime],
 * and a worker while it runs a job of such a thread's scope, reads that; everywhere else it is
 * [func@GLib.get_monotonic_time].
 *
 * - **Thread**: any.
 * - **Units**: microseconds, monotonic.
 *
 * Returns: the time
 */
gint64
thaw_clock_get_usec (void)
{
  ThawVirtualTime *virtual_time = thaw_clock_virtual;

  return G_LIKELY (!virtual_time) ? g_get_monotonic_time ()
                                  : __atomic_load_n (&virtual_time->now_usec, __ATOMIC_RELAXED);
}

/**
 * thaw_clock_random:
 *
 * A random number for jitter and the like, not for secrets. Under virtual time it is the next one
 * of the seed, so that a run can be repeated.
 *
 * - **Thread**: any.
 *
 * Returns: 64 random bits
 */
guint64
thaw_clock_random (void)
{
  if (thaw_clock_virtual)
    return thaw_virtual_time_random (thaw_clock_virtual);
  return (guint64) g_random_int () << 32 | g_random_int ();
}

/**
 * thaw_clock_hold: (skip)
 *
 * Says that something is under way that Thaw can't see and that will come back to this thread's
 * loop, such as an asynchronous call of GIO: until thaw_clock_release() virtual time doesn't jump.
 * Jobs of scopes hold it by themselves. Under real time this does nothing.
 *
 * - **Thread**: the one that has the virtual time.
 *
 * Returns: (transfer full) (nullable): what to release; %NULL under real time
 */
ThawVirtualTime *
thaw_clock_hold (void)
{
  return G_LIKELY (!thaw_clock_virtual) ? NULL : thaw_virtual_time_hold (thaw_clock_virtual);
}
