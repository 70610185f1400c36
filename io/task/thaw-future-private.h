/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the future. Two edges hold a chain together: a pending future owns what waits for it,
 * and what waits for it only looks back, so that a producer that goes away takes the chain with it.
 * The look back is safe because a future never dies with waiters: it first rejects and wakes them
 * all. */
#pragma once

#include "thaw-future.h"
#include "thaw-task-loop-private.h"
#include "thaw-tiny-lock-private.h"

G_BEGIN_DECLS

typedef struct _ThawWaiter ThawWaiter;
struct _ThawWaiter {
  ThawWaiter *next, *prev; /* protected by the lock of the future that is waited for */
  void (*wake) (ThawWaiter *self, ThawFuture *completed); /* on the completing thread */
};

typedef enum {
  THAW_RESULT_NOTHING,
  THAW_RESULT_INT64,
  THAW_RESULT_POINTER,
  THAW_RESULT_OBJECT,
  THAW_RESULT_VALUE,
  THAW_RESULT_ERROR,
  THAW_RESULT_FORWARD, /* the result of another future, which is never a forward itself */
} ThawResultKind;

typedef struct {
  ThawResultKind kind;
  union {
    gint64 int64;
    gpointer pointer;
    GObject *object;
    GValue *value;
    GError *error;
    ThawFuture *future;
  };
  GDestroyNotify destroy; /* of a pointer */
} ThawResult;

typedef enum {
  THAW_FUTURE_PLAIN,
  THAW_FUTURE_FOLLOWER, /* ThawFollower: completes as another future does */
  THAW_FUTURE_LINK,     /* ThawLink: a callback between two futures */
} ThawFutureForm;

typedef enum {
  THAW_FUTURE_TAKEN = 1 << 0,  /* somebody has seen the rejection */
  THAW_FUTURE_SHARED = 1 << 1, /* cancelling a waiter doesn't cancel it */
  THAW_FUTURE_STOLEN = 1 << 2, /* its pointer belongs to somebody else now */
} ThawFutureFlags;

typedef void (*ThawCancelFunc) (ThawFuture *future, gpointer user_data);

struct _ThawFuture {
  gint ref_count;
  ThawTinyLock lock;
  guint8 state; /* ThawFutureState: written under the lock, read by any thread */
  guint8 form;
  guint8 flags; /* atomic */
  const char *name;
  ThawResult result;   /* constant once the state says complete */
  ThawWaiter *waiters; /* circular */
  ThawCancelFunc cancel;
  gpointer cancel_data;
  GDestroyNotify cancel_destroy;
  GValue *view; /* atomic: made by the first thaw_future_get_value() */
};

/* @source is borrowed while @waiter is linked there, owned once it has completed. Protected by the
 * lock of the follower. */
typedef struct {
  ThawFuture future;
  ThawWaiter waiter;
  ThawFuture *source;
  gboolean owns_source;
} ThawFollower;

static inline ThawFutureState
thaw_future_peek_state (ThawFuture *self)
{
  return (ThawFutureState) __atomic_load_n (&self->state, __ATOMIC_ACQUIRE);
}

static inline gboolean
thaw_future_is_form (ThawFuture *self, ThawFutureForm form)
{
  return self->form == form;
}

void thaw_future_init (ThawFuture *self, ThawFutureForm form, const char *name);
/* Takes over @result. @tell: calls the producer's cancel function, which a normal completion only
 * frees. */
gboolean thaw_future_complete (ThawFuture *self, ThawResult result, gboolean tell);
void thaw_future_mark_taken (ThawFuture *self);
/* Frees the producer's cancel function: from now on cancelling travels to what is followed only. */
void thaw_future_forget_cancel (ThawFuture *self);
gboolean thaw_future_try_ref (ThawFuture *self);

/* FALSE: complete already, the waiter isn't woken. */
gboolean thaw_future_add_waiter (ThawFuture *self, ThawWaiter *waiter);
/* FALSE: it has been woken, or is just being. */
gboolean thaw_future_remove_waiter (ThawFuture *self, ThawWaiter *waiter);
/* Cancels @self (transfer full) unless somebody waits for it or it is shared. */
void thaw_future_abandon (ThawFuture *self, const GError *reason);
void thaw_future_cancel_with (ThawFuture *self, const GError *reason);
/* A complete future's error for the taker: stolen when nobody else can see it, else a copy. */
GError *thaw_future_dup_error (ThawFuture *self);

/* thaw-future-chain.c */
/* Completes @self as @source, which is complete, was. */
void thaw_future_adopt (ThawFuture *self, ThawFuture *source);
/* Memory of the caller, which is freed with g_free(). */
void thaw_follower_init (ThawFollower *self, const char *name);
ThawFuture *thaw_follower_new (const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* Completes @self, a follower, as @source (transfer full) does. */
void thaw_follower_follow (ThawFuture *self, ThawFuture *source);
/* Stops waiting for what it follows. Returns that future when it is to be cancelled too. */
ThawFuture *thaw_follower_detach (ThawFuture *self);
void thaw_follower_clear (ThawFuture *self);
/* The handlers of the loop's mailbox of callbacks. */
void thaw_link_run (gpointer link, gpointer loop);
void thaw_link_discard (gpointer link);

/* thaw-future-unhandled.c */
void thaw_future_note_unhandled (const char *name, const GError *error);
guint64 thaw_future_get_n_unhandled (void);

G_END_DECLS
