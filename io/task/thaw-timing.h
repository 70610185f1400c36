/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time for tasks: delays, timeouts, retries, and pacers that debounce or throttle. All on the clock
 * of thaw-clock.h. */
#pragma once

#include "thaw-clock.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

/* Resolves with nothing after @delay_usec (<= 0: in the loop's next turn). The thread of a loop.
 * Cancelling it takes the timer away. */
THAW_API ThawFuture *thaw_delay (gint64 delay_usec) G_GNUC_WARN_UNUSED_RESULT;
/* The same at a time of thaw_clock_get_usec(). */
THAW_API ThawFuture *thaw_delay_until (gint64 due_usec) G_GNUC_WARN_UNUSED_RESULT;

/* Completes as @future (transfer full) does, or, after @timeout_usec, is rejected with
 * THAW_ERROR_DEADLINE; what it waited for is cancelled then, unless somebody else waits for it too
 * or it is shared. @timeout_usec < 0: no limit. thaw_await (thaw_future_timeout (work (),
 * G_USEC_PER_SEC), &error). The thread of a loop. */
THAW_API ThawFuture *
thaw_future_timeout (ThawFuture *future, gint64 timeout_usec) G_GNUC_WARN_UNUSED_RESULT;

/* Fields that are 0 take the value in brackets; a NULL pointer takes them all. */
typedef struct {
  guint max_attempts;          /* the first one included [5] */
  gint64 first_delay_usec;     /* before the second attempt [200 ms] */
  gint64 max_delay_usec;       /* what growth stops at [30 s] */
  double factor;               /* from delay to delay [2.0] */
  double jitter;               /* 0.25: the delay is 75 % to 100 % of itself; < 0: none [0.5] */
  gint64 attempt_timeout_usec; /* for each attempt: past it, it is cancelled and counts as
                                  THAW_ERROR_DEADLINE [none] */
} ThawRetryOptions;

#define THAW_RETRY_GIVE_UP ((gint64) -1)

/* Makes one attempt, the first is number 1: a future (transfer full, not NULL). Runs in a fiber, so
 * it may await. */
typedef ThawFuture *(*ThawRetryFunc) (guint attempt, gpointer user_data);
/* After attempt number @attempt was rejected with @error: how long to wait before the next one.
 * @delay_usec is what the options say, jitter included; a server's Retry-After may ask for more.
 * THAW_RETRY_GIVE_UP: rejected with @error. Not asked after the last attempt. */
typedef gint64 (*ThawRetryPredicate) (const GError *error,
                                      guint attempt,
                                      gint64 delay_usec,
                                      gpointer user_data);
/* Calls @func until its future resolves, in a task of @scope named @name. @predicate NULL:
 * thaw_retry_is_transient(). Completes as the last attempt did. Cancelling it, or the end of
 * @scope, cancels the attempt or the delay under way. */
THAW_API ThawFuture *thaw_retry (ThawScope *scope,
                                 const char *name,
                                 const ThawRetryOptions *options,
                                 ThawRetryFunc func,
                                 ThawRetryPredicate predicate,
                                 gpointer user_data,
                                 GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the same call might succeed later: not for CANCELLED, NOT_FOUND, PERMISSION_DENIED,
 * INVALID_ARGUMENT and the like. */
THAW_API gboolean thaw_retry_is_transient (const GError *error);

/* The pacer: values go in as often as they like, and come out at a bearable pace, the latest only.
 * Belongs to a scope and to its thread; when the scope ends what waits is freed and nothing comes
 * out any more. */
typedef struct _ThawPacer ThawPacer;
#define THAW_TYPE_PACER (thaw_pacer_get_type ())
THAW_API GType thaw_pacer_get_type (void); /* boxed */

/* Debounce: out when none came in for @quiet_usec, but no later than @max_usec after the first (-1:
 * no such limit).
 * @handler owns the value and is called as a message; @free_value (nullable) frees values that are
 * overtaken. */
THAW_API ThawPacer *thaw_pacer_new_debounce (ThawScope *scope,
                                             const char *name,
                                             gint64 quiet_usec,
                                             gint64 max_usec,
                                             ThawHandler handler,
                                             gpointer user_data,
                                             GDestroyNotify free_value) G_GNUC_WARN_UNUSED_RESULT;
/* Throttle: the first at once, then the latest of each @interval_usec. */
THAW_API ThawPacer *thaw_pacer_new_throttle (ThawScope *scope,
                                             const char *name,
                                             gint64 interval_usec,
                                             ThawHandler handler,
                                             gpointer user_data,
                                             GDestroyNotify free_value) G_GNUC_WARN_UNUSED_RESULT;
/* What comes out is posted to @mailbox instead, keyed by the pacer; while that is full the value
 * waits another round. */
THAW_API void thaw_pacer_set_mailbox (ThawPacer *self, ThawMailbox *mailbox);
THAW_API void thaw_pacer_push (ThawPacer *self, gpointer value); /* transfer full */
THAW_API void thaw_pacer_flush (ThawPacer *self);                /* what waits goes out now */
THAW_API void thaw_pacer_clear (ThawPacer *self);                /* what waits is freed */
THAW_API gboolean thaw_pacer_is_waiting (ThawPacer *self);
THAW_API ThawPacer *thaw_pacer_ref (ThawPacer *self);
/* The last reference frees what waits. */
THAW_API void thaw_pacer_unref (ThawPacer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPacer, thaw_pacer_unref)

G_END_DECLS
