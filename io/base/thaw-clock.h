/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that everything in Thaw asks, and the virtual one that tests put in its place. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

/* Monotonic microseconds. Any thread. On a thread that has virtual time, and in the jobs of its
 * scopes, that; anywhere else g_get_monotonic_time(). All deadlines of Thaw are counted on it. */
THAW_API gint64 thaw_clock_get_usec (void);
/* A random number, for jitter. Any thread; under virtual time the next one of its seed. */
THAW_API guint64 thaw_clock_random (void);

/* Virtual time, for tests: the clock of the calling thread and of its thread-default main context
 * stands still, and jumps to the next deadline when nothing else can run: no message, callback or
 * fiber is runnable, no job of a lane or of the CPU pool is in flight, nobody holds it, no other
 * source of the context is ready. Ten minutes of retries take milliseconds, and the same seed gives
 * the same order exactly, as long as no other thread takes part.
 *
 * Virtual: deadlines of scopes, thaw_delay(), thaw_future_timeout(), thaw_retry(), pacers, rates,
 * and the budget of the pump (which counts messages instead of time). Not virtual: GLib's own
 * timers (g_timeout_add() and every g_source_set_ready_time(); a jump doesn't wait for them), a
 * lane's breaker, and the timeout of a lane's job, since what hangs in the kernel hangs really.
 * Jobs take no virtual time. */
typedef struct _ThawVirtualTime ThawVirtualTime;

/* One per thread, from the call until it is freed; both on that thread. @seed 0: timers due at one
 * instant fire in the order in which they were set; any other: in an order that the seed decides.
 */
THAW_API ThawVirtualTime *thaw_virtual_time_new (guint64 seed) G_GNUC_WARN_UNUSED_RESULT;
THAW_API void thaw_virtual_time_free (ThawVirtualTime *self);
/* Iterates the context until @condition. FALSE: nothing is left that could ever run, and it isn't
 * true: a deadlock. */
typedef gboolean (*ThawConditionFunc) (gpointer user_data);
THAW_API gboolean thaw_virtual_time_run_until (ThawVirtualTime *self,
                                               ThawConditionFunc condition,
                                               gpointer user_data);
/* Iterates it, jumps included, until nothing is left that could run, or, if that isn't -1, until
 * @until_usec. */
THAW_API void thaw_virtual_time_run (ThawVirtualTime *self, gint64 until_usec);
THAW_API guint64 thaw_virtual_time_get_n_jumps (ThawVirtualTime *self);
/* A digest of every timer that fired, when and in which order, and of what the test adds: two runs
 * of one seed that have the same digest did the same. */
THAW_API void thaw_virtual_time_note (ThawVirtualTime *self, guint64 event);
THAW_API guint64 thaw_virtual_time_get_digest (ThawVirtualTime *self);

/* Says that something is under way which Thaw can't see, such as a request that GIO or libsoup
 * works on: while anybody holds the clock it doesn't jump. Costs nothing under real time. The
 * loop's thread; NULL (real time) is fine to give back. thaw_clock_release() may be called on any
 * thread. */
THAW_API ThawVirtualTime *thaw_clock_hold (void) G_GNUC_WARN_UNUSED_RESULT;
THAW_API void thaw_clock_release (ThawVirtualTime *held); /* nullable */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawVirtualTime, thaw_virtual_time_free)

G_END_DECLS
