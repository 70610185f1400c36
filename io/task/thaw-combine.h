/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Futures of several futures. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

/* All of these take the futures over (transfer full), complete on any thread, and cancel those that
 * have lost, unless somebody else waits for them too or they are shared. Cancelling the future
 * returned cancels all that are pending.
 *
 *   all     resolves when all are resolved, to all of them, in order (an array);
 *           rejected with the first rejection, at once (JavaScript: Promise.all)
 *   settle  resolves when all are complete, to all of them, in order (an array);
 *           never rejected (Promise.allSettled)
 *   any     as the first in time that is resolved; if all are rejected, with the error that came
 *           last (Promise.any)
 *   first   as the first of the list that is resolved: when one is, and all before it are
 *           rejected; if all are, with the error of the last of the list (no counterpart)
 *   race    as the first in time that is complete, either way (Promise.race)
 *
 * JavaScript's leave the losers running. "first" is for a preferred source and its fall-backs, all
 * under way at once: the order of the list counts, not that of time. The array is a GPtrArray of
 * the complete futures: thaw_future_take_pointer (array->pdata[i], &error). Of none: all and settle
 * resolve at once with an empty array; the others are rejected with G_IO_ERROR_FAILED (JavaScript's
 * race would never end). */
THAW_API ThawFuture *
thaw_future_all (ThawFuture *future, ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_settle (ThawFuture *future, ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_any (ThawFuture *future, ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_first (ThawFuture *future, ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_race (ThawFuture *future, ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
/* The same of an array: its elements are taken over, the array is still the caller's. */
THAW_API ThawFuture *
thaw_future_allv (ThawFuture *const *futures, guint n_futures) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_settlev (ThawFuture *const *futures, guint n_futures) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_anyv (ThawFuture *const *futures, guint n_futures) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_firstv (ThawFuture *const *futures, guint n_futures) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_racev (ThawFuture *const *futures, guint n_futures) G_GNUC_WARN_UNUSED_RESULT;

/* Starts the work for item @index: a future (transfer full, not NULL). On the scope's thread. */
typedef ThawFuture *(*ThawMapFunc) (guint index, gpointer user_data);
/* Gets one result, @completed, resolved or rejected; on the scope's thread as a message. FALSE:
 * enough, the rest is cancelled. */
typedef gboolean (*ThawMapEachFunc) (guint index, ThawFuture *completed, gpointer user_data);

/* Calls @func for 0 … @n_items - 1 with at most @max_in_flight (0: no limit) of its futures pending
 * at a time. Resolves to a GPtrArray of the complete futures, in order; rejected with the first
 * rejection, at once, the others cancelled and the rest not started. Ends with @scope. */
THAW_API ThawFuture *thaw_map (ThawScope *scope,
                               const char *name,
                               guint n_items,
                               guint max_in_flight,
                               ThawMapFunc func,
                               gpointer user_data,
                               GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  THAW_MAP_AS_THEY_COME,
  THAW_MAP_IN_ORDER, /* result 5 waits for 0 to 4; no more than 2 x max_in_flight are started but
                        not handed out */
} ThawMapOrder;

/* As thaw_map(), but hands each result to @each and keeps none. Resolves to how many were handed
 * out (int64). A rejection is
 * @each's to judge: it doesn't end the map. */
THAW_API ThawFuture *thaw_map_each (ThawScope *scope,
                                    const char *name,
                                    guint n_items,
                                    guint max_in_flight,
                                    ThawMapOrder order,
                                    ThawMapFunc func,
                                    ThawMapEachFunc each,
                                    gpointer user_data,
                                    GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
