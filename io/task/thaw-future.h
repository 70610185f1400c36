/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The future: completes once, on any thread; chains; calls back through the pump. */
#pragma once

#include "thaw-mailbox.h"

G_BEGIN_DECLS

#define THAW_TYPE_FUTURE (thaw_future_get_type ())
THAW_API GType thaw_future_get_type (void); /* boxed */

typedef enum {
  THAW_FUTURE_PENDING,
  THAW_FUTURE_RESOLVED,
  THAW_FUTURE_REJECTED,
} ThawFutureState;

THAW_API ThawFuture *thaw_future_ref (ThawFuture *self);
THAW_API void thaw_future_unref (ThawFuture *self);

/* The producer's side. Any thread; the first completion counts, later ones return FALSE and free
 * what they were given. @name is static. */
THAW_API ThawFuture *thaw_future_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;
THAW_API gboolean thaw_future_resolve (ThawFuture *self); /* with nothing: TRUE */
THAW_API gboolean thaw_future_resolve_value (ThawFuture *self, const GValue *value);
THAW_API gboolean thaw_future_resolve_pointer (ThawFuture *self,
                                               gpointer value,
                                               GDestroyNotify destroy);
THAW_API gboolean thaw_future_resolve_object (ThawFuture *self,
                                              gpointer object); /* transfer full */
THAW_API gboolean thaw_future_resolve_int64 (ThawFuture *self, gint64 value);
THAW_API gboolean thaw_future_reject (ThawFuture *self, GError *error); /* transfer full */
/* Called at most once, on the thread that cancels, unless the future is completed before. */
THAW_API void thaw_future_set_cancel (ThawFuture *self,
                                      void (*cancel) (ThawFuture *future, gpointer user_data),
                                      gpointer user_data,
                                      GDestroyNotify destroy);

/* A lasting state: cancelling what waits for it does not cancel it, only cancelling itself does. */
THAW_API void thaw_future_set_shared (ThawFuture *self);

THAW_API ThawFuture *thaw_future_new_resolved (void) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_future_new_pointer (gpointer value, GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_future_new_int64 (gint64 value) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_future_new_rejected (GError *error) G_GNUC_WARN_UNUSED_RESULT; /* full */

/* The consumer's side. */
THAW_API const char *thaw_future_get_name (ThawFuture *self);
THAW_API ThawFutureState thaw_future_get_state (ThawFuture *self); /* any thread */
/* After completion; borrowed, never changes again. NULL + error set when rejected. */
THAW_API const GValue *thaw_future_get_value (ThawFuture *self, GError **error);
THAW_API gpointer thaw_future_get_pointer (ThawFuture *self, GError **error);
THAW_API gint64 thaw_future_get_int64 (ThawFuture *self, GError **error);
/* Transfer full: objects are referenced, boxed values and strings copied; a plain pointer with a
 * destroy function changes hands, once. */
THAW_API gpointer thaw_future_take_pointer (ThawFuture *self, GError **error);
/* Borrowed error of a rejected future, NULL otherwise. Marks the rejection as taken. */
THAW_API const GError *thaw_future_get_error (ThawFuture *self);
/* Asks the producer to stop, and rejects with G_IO_ERROR_CANCELLED at once. Any thread. Travels to
 * what @self waits for, unless somebody else waits for that too or it is shared. */
THAW_API void thaw_future_cancel (ThawFuture *self);

/* Chaining. The callback is a message to the pump of the calling thread (a future that is complete
 * already calls back through the pump too, never from inside the call). It is never called once
 * @scope has ended; the future that these return is then rejected with CANCELLED. @scope may be
 * NULL for no owner. A callback returns the future that the returned one follows (transfer full,
 * not NULL). Cancelling the returned future cancels what it follows. */
typedef ThawFuture *(*ThawFutureFunc) (ThawFuture *completed, gpointer user_data);
THAW_API ThawFuture *thaw_future_then (ThawFuture *self,
                                       ThawScope *scope,
                                       ThawFutureFunc func,
                                       gpointer user_data,
                                       GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_future_catch (ThawFuture *self,
                                        ThawScope *scope,
                                        ThawFutureFunc func,
                                        gpointer user_data,
                                        GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_future_finally (ThawFuture *self,
                                          ThawScope *scope,
                                          ThawFutureFunc func,
                                          gpointer user_data,
                                          GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
/* The end of a chain: a plain callback, no new future. */
typedef void (*ThawDoneFunc) (ThawFuture *completed, gpointer user_data);
THAW_API void thaw_future_done (ThawFuture *self,
                                ThawScope *scope,
                                ThawDoneFunc func,
                                gpointer user_data,
                                GDestroyNotify destroy);
/* Nobody will look at the result: a rejection other than CANCELLED is counted and logged at debug
 * level. */
THAW_API void thaw_future_disown (ThawFuture *self); /* transfer full */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFuture, thaw_future_unref)

G_END_DECLS
