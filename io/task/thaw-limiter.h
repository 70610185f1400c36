/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter: so many at a time, in order of coming, by class. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

typedef struct _ThawLimiter ThawLimiter;
typedef struct _ThawPermit ThawPermit;

#define THAW_TYPE_LIMITER (thaw_limiter_get_type ())
THAW_API GType thaw_limiter_get_type (void); /* boxed */

#define THAW_LIMITER_HOST_LIMIT 10 /* of a limiter for a host, until it is set otherwise */
#define THAW_LIMITER_MOUNT_LIMIT 8
/* Within a class first come, first served; a higher class goes first. But when so many permits went
 * past a class that waits, the next one is its: the lowest class never starves. */
#define THAW_LIMITER_AGEING 8

/* @limit: permits out at a time, at least 1. @name is copied. Any thread, as all of these. */
THAW_API ThawLimiter *thaw_limiter_new (const char *name, guint limit) G_GNUC_WARN_UNUSED_RESULT;
/* The one limiter of a host ("example.org", "example.org:8080"; case doesn't count), of the mount
 * of a path (which isn't touched), and of a name (@limit counts for whoever makes it). Each lives
 * while somebody has a reference, a permit or waits; the next call makes a new one. */
THAW_API ThawLimiter *thaw_limiter_for_host (const char *host) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawLimiter *thaw_limiter_for_path (const char *path) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawLimiter *
thaw_limiter_for_name (const char *name, guint limit) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawLimiter *thaw_limiter_ref (ThawLimiter *self);
THAW_API void thaw_limiter_unref (ThawLimiter *self);
THAW_API const char *thaw_limiter_get_name (ThawLimiter *self);
/* Lower than what is out: no new ones until enough have come back. */
THAW_API void thaw_limiter_set_limit (ThawLimiter *self, guint limit);
THAW_API guint thaw_limiter_get_limit (ThawLimiter *self);

/* Resolves to a ThawPermit (take it: thaw_await_pointer(), thaw_future_take_pointer()); one that
 * nobody takes goes back when the future is freed. Cancelling the future leaves the queue. @scope
 * (nullable; then on its thread): when it ends a waiting future is rejected, and a permit that is
 * out goes back by itself. */
THAW_API ThawFuture *thaw_limiter_acquire (ThawLimiter *self,
                                           ThawScope *scope,
                                           ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* Never waits, nor overtakes those who do: NULL then. */
THAW_API ThawPermit *thaw_limiter_try_acquire (ThawLimiter *self) G_GNUC_WARN_UNUSED_RESULT;
/* Gives it back; NULL is fine. g_autoptr (ThawPermit) in a fiber does so on every way out,
 * unwinding included. */
THAW_API void thaw_permit_free (ThawPermit *self);

/* Waits for a permit, calls @func on the scope's thread as a message, completes as its future
 * (transfer full, not NULL) does and gives the permit back then. Cancelling the future returned, or
 * the end of @scope, leaves the queue, or cancels that future and gives the permit back at once. */
typedef ThawFuture *(*ThawLimitedFunc) (gpointer user_data);
THAW_API ThawFuture *thaw_limiter_run (ThawLimiter *self,
                                       ThawScope *scope,
                                       ThawPriority priority,
                                       ThawLimitedFunc func,
                                       gpointer user_data,
                                       GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint limit, n_out, n_waiting, max_out;
  guint64 n_granted, n_aged; /* aged: let past higher classes */
} ThawLimiterStats;
THAW_API void thaw_limiter_get_stats (ThawLimiter *self, ThawLimiterStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawLimiter, thaw_limiter_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPermit, thaw_permit_free)

G_END_DECLS
