/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Room in bounded mailboxes: giving places back, and waking whoever waits for one.
 *
 * The loop gives places back per batch and wakes waiting producers when half of the mailbox is
 * free, so that a full mailbox costs a wake-up per half capacity, not per message. No wake-up gets
 * lost: who waits is counted before it looks at the depth, the loop gives back before it looks at
 * the count, and both in one total order. Above half there is always a queued message left, hence
 * always another look. */

#include "thaw-now-private.h"
#include "thaw-pump-private.h"

typedef struct {
  ThawMailbox *mailbox; /* owned */
  GSourceOnceFunc func;
  gpointer user_data;
  GDestroyNotify destroy; /* of user_data, when func is never called */
} ThawRoomCall;

void
thaw_mailbox_init_room (ThawMailbox *self)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&self->room, &attributes);
  pthread_condattr_destroy (&attributes);
  pthread_mutex_init (&self->room_lock, NULL);
}

void
thaw_mailbox_clear_room (ThawMailbox *self)
{
  pthread_cond_destroy (&self->room);
  pthread_mutex_destroy (&self->room_lock);
}

static gboolean
has_much_room (ThawMailbox *self)
{
  return self->capacity == THAW_MAILBOX_UNBOUNDED || thaw_mailbox_is_closed (self)
         || thaw_mailbox_get_depth (self) <= self->capacity / 2;
}

static void
look_for_room (ThawMailbox *self)
{
  if (atomic_load (&self->n_waiting) > 0 && has_much_room (self))
    thaw_mailbox_tell_room (self);
}

/* The loop: what has been handled is no longer queued. */
void
thaw_mailbox_settle (ThawMailbox *self)
{
  guint n = self->n_unsettled;

  if (n == 0)
    return;

  self->n_unsettled = 0;
  thaw_counter_add (&self->tally->n_handled, n);
  thaw_mailbox_uncount (self, n);
  look_for_room (self);
}

static void
room_call_free (gpointer data)
{
  g_autofree ThawRoomCall *call = data;

  if (call->destroy != NULL)
    call->destroy (call->user_data);
  thaw_mailbox_unref (call->mailbox);
}

static void
run_room_call (gpointer data)
{
  ThawRoomCall *call = data;
  ThawMailbox *self = call->mailbox;
  guint depth;

  call->destroy = NULL;
  depth = thaw_now_enter (THAW_NOW_TASK, NULL, call->func, NULL);
  call->func (call->user_data);
  thaw_now_leave (depth);

  pthread_mutex_lock (&self->room_lock);
  self->n_room_pending--;
  pthread_mutex_unlock (&self->room_lock);
  look_for_room (self);
  room_call_free (call);
}

/* Under room_lock. As many as there are places, less those that are on their way; they come back
 * here after their call, so that one that leaves its place unused doesn't hold up the rest. */
static guint
count_releasable (ThawMailbox *self)
{
  guint taken = thaw_mailbox_get_depth (self) + self->n_room_pending;

  if (self->capacity == THAW_MAILBOX_UNBOUNDED || thaw_mailbox_is_closed (self))
    return self->room_calls.length;
  return taken < self->capacity ? MIN (self->capacity - taken, self->room_calls.length) : 0;
}

/* Wakes waiting threads, and sends waiting callbacks on their way. */
void
thaw_mailbox_tell_room (ThawMailbox *self)
{
  GQueue released = G_QUEUE_INIT;
  ThawRoomCall *call;

  pthread_mutex_lock (&self->room_lock);
  pthread_cond_broadcast (&self->room);
  for (guint n = count_releasable (self); n > 0; n--)
    {
      g_queue_push_tail (&released, g_queue_pop_head (&self->room_calls));
      self->n_room_pending++;
      atomic_fetch_sub (&self->n_waiting, 1);
    }
  pthread_mutex_unlock (&self->room_lock);

  while ((call = g_queue_pop_head (&released)) != NULL)
    thaw_pump_post_errand (self->pump, run_room_call, call, room_call_free);
}

/**
 * thaw_mailbox_when_room:
 * @self: a mailbox
 * @func: (scope async): what to call
 * @user_data: passed to @func
 *
 * Calls @func once, as a message, when @self has room again or is closed. Half of the mailbox is
 * free then, but others may be faster: @func should post, and if it is refused ask again. Who asked
 * first is called first, and never more callbacks at once than there are places.
 *
 * - **Thread**: any; @func runs on the pump's thread, never from inside this call.
 * - **Cancellation**: none. If the pump's context is freed first, @func is not called; see
 * [method@Thaw.Mailbox.when_room_full].
 */
void
thaw_mailbox_when_room (ThawMailbox *self, GSourceOnceFunc func, gpointer user_data)
{
  thaw_mailbox_when_room_full (self, func, user_data, NULL);
}

/**
 * thaw_mailbox_when_room_full:
 * @self: a mailbox
 * @func: (scope notified) (closure user_data) (destroy destroy): what to call
 * @user_data: passed to @func, which owns it from then on
 * @destroy: (nullable): frees @user_data if @func will never be called
 *
 * As [method@Thaw.Mailbox.when_room], for data that must not be lost when the pump's context is
 * freed before there is room.
 *
 * - **Thread**: any; @func runs on the pump's thread, @destroy where the context is freed.
 */
void
thaw_mailbox_when_room_full (ThawMailbox *self,
                             GSourceOnceFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy)
{
  ThawRoomCall *call;

  g_return_if_fail (self != NULL);
  g_return_if_fail (func != NULL);

  call = g_new (ThawRoomCall, 1);
  *call = (ThawRoomCall){ thaw_mailbox_ref (self), func, user_data, destroy };

  pthread_mutex_lock (&self->room_lock);
  g_queue_push_tail (&self->room_calls, call);
  atomic_fetch_add (&self->n_waiting, 1);
  pthread_mutex_unlock (&self->room_lock);
  look_for_room (self);
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  ThawMailbox *self = user_data;

  pthread_mutex_lock (&self->room_lock);
  pthread_cond_broadcast (&self->room);
  pthread_mutex_unlock (&self->room_lock);
}

/* Under room_lock. FALSE: the deadline has passed. */
static gboolean
wait_for_room (ThawMailbox *self, gint64 deadline_usec)
{
  struct timespec until = { deadline_usec / G_USEC_PER_SEC, deadline_usec % G_USEC_PER_SEC * 1000 };

  if (deadline_usec < 0)
    return pthread_cond_wait (&self->room, &self->room_lock) == 0;
  return pthread_cond_timedwait (&self->room, &self->room_lock, &until) == 0;
}

static ThawPostResult
push_when_room (ThawMailbox *self,
                gpointer message,
                gint64 deadline_usec,
                GCancellable *cancellable)
{
  ThawPostResult result;

  pthread_mutex_lock (&self->room_lock);
  atomic_fetch_add (&self->n_waiting, 1);
  while ((result = thaw_mailbox_push (self, message, 0)) == THAW_POST_FULL
         && !g_cancellable_is_cancelled (cancellable) && wait_for_room (self, deadline_usec))
    ;
  atomic_fetch_sub (&self->n_waiting, 1);
  pthread_mutex_unlock (&self->room_lock);

  return result;
}

static gboolean
fail_post (ThawMailbox *self, ThawPostResult result, GCancellable *cancellable, GError **error)
{
  atomic_fetch_add_explicit (&self->tally->n_refused, 1, memory_order_relaxed);

  if (result == THAW_POST_CLOSED)
    g_set_error (error, THAW_ERROR, THAW_ERROR_MAILBOX_CLOSED, "Mailbox %s is closed", self->name);
  else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    g_set_error (error, THAW_ERROR, THAW_ERROR_MAILBOX_FULL, "Mailbox %s is full", self->name);
  return FALSE;
}

/**
 * thaw_mailbox_post_wait:
 * @self: a mailbox
 * @message: (transfer full): the message
 * @deadline_usec: monotonic time until which to wait, or -1 for no limit
 * @cancellable: (nullable): ends the waiting
 * @error: return location for an error
 *
 * Posts a message, and waits for room if there is none: this is what slows a producer down to what
 * the loop can handle.
 *
 * - **Thread**: any but the pump's, which would wait for itself.
 * - **Ownership**: @message is the mailbox's on success, still the caller's on failure.
 * - **Errors**: %THAW_ERROR_MAILBOX_CLOSED, also when it is closed while this waits;
 * %THAW_ERROR_MAILBOX_FULL when the deadline has passed.
 * - **Cancellation**: %G_IO_ERROR_CANCELLED, at once; a message that finds room is posted even so.
 *
 * Returns: whether the message was posted
 */
gboolean
thaw_mailbox_post_wait (ThawMailbox *self,
                        gpointer message,
                        gint64 deadline_usec,
                        GCancellable *cancellable,
                        GError **error)
{
  ThawPostResult result;
  gulong handler = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  result = thaw_mailbox_push (self, message, 0);
  if (G_LIKELY (result == THAW_POST_DONE))
    return TRUE;

  g_return_val_if_fail (!thaw_pump_is_own_thread (self->pump), FALSE);
  if (result == THAW_POST_FULL)
    {
      if (cancellable != NULL)
        handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self, NULL);
      result = push_when_room (self, message, deadline_usec, cancellable);
      g_cancellable_disconnect (cancellable, handler);
    }

  return result == THAW_POST_DONE || fail_post (self, result, cancellable, error);
}
