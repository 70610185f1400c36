/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chains of futures. A follower completes as another future does; a link is a follower that first
 * calls a function on its loop. Futures complete on any thread, callbacks run as messages of the
 * loop that asked for them, and nothing here recurses along a chain: what a completion or a closed
 * loop sets off is put on a list of the thread, which the outermost call works off. */

#include "thaw-future-private.h"
#include "thaw-scope-private.h"

typedef enum { LINK_THEN, LINK_CATCH, LINK_FINALLY, LINK_DONE } LinkKind;

typedef struct {
  ThawFollower follower;
  LinkKind kind;
  guint8 called;      /* atomic: from then on it is a plain follower */
  guint8 ended;       /* atomic: its scope is over */
  ThawTaskLoop *loop; /* owned unless there is a scope, which holds it */
  ThawScope *scope;
  ThawScopeMember member;
  ThawScope *keeper; /* owned: the scope, while what the callback returned is followed */
  union {
    ThawFutureFunc func;
    ThawDoneFunc done;
  };
  gpointer user_data;
  GDestroyNotify destroy;
} ThawLink;

static __thread ThawWaiter *work_first, *work_last;
static __thread gboolean working;

static void wake_follower (ThawWaiter *waiter, ThawFuture *completed);

static gboolean
is_waiting_link (ThawFollower *self)
{
  return self->future.form == THAW_FUTURE_LINK
         && !__atomic_load_n (&((ThawLink *) self)->called, __ATOMIC_RELAXED);
}

/* Completes @self as @source was completed. */
void
thaw_future_adopt (ThawFuture *self, ThawFuture *source)
{
  ThawResult result = source->result;

  if (thaw_future_peek_state (source) == THAW_FUTURE_REJECTED)
    thaw_future_mark_taken (source);
  if (result.kind != THAW_RESULT_NOTHING && result.kind != THAW_RESULT_INT64)
    {
      ThawFuture *holder = result.kind == THAW_RESULT_FORWARD ? result.future : source;

      result = (ThawResult){ .kind = THAW_RESULT_FORWARD, .future = thaw_future_ref (holder) };
    }
  thaw_future_complete (self, result, FALSE);
}

static void
set_source (ThawFollower *self, ThawFuture *source, gboolean owned)
{
  thaw_tiny_lock (&self->future.lock);
  self->source = source;
  self->owns_source = owned;
  thaw_tiny_unlock (&self->future.lock);
}

/* What it follows, if that is alive. */
static ThawFuture *
dup_source (ThawFollower *self)
{
  ThawFuture *source;

  thaw_tiny_lock (&self->future.lock);
  source = self->source && thaw_future_try_ref (self->source) ? self->source : NULL;
  thaw_tiny_unlock (&self->future.lock);
  return source;
}

static ThawFuture *
steal_source (ThawFollower *self)
{
  ThawFuture *source;

  thaw_tiny_lock (&self->future.lock);
  source = g_steal_pointer (&self->source);
  g_assert (!source || self->owns_source);
  self->owns_source = FALSE;
  thaw_tiny_unlock (&self->future.lock);
  return source;
}

/* The same where nobody else can look: the future of an onlooker's link was never handed out, and
 * who completed its source has posted it since. */
static ThawFuture *
take_source (ThawFollower *self)
{
  self->owns_source = FALSE;
  return g_steal_pointer (&self->source);
}

/* What the callback returned is followed no more. The loop's thread, or any if nobody runs it. */
static void
link_release (ThawLink *self)
{
  g_autoptr (ThawScope) keeper = g_steal_pointer (&self->keeper);

  thaw_scope_remove_member (keeper, THAW_MEMBER_CALLBACK, &self->member);
  thaw_future_unref (&self->follower.future);
}

/* Drops the reference that following held. The members of a scope are its thread's. */
static void
stop_following (ThawFollower *self)
{
  ThawScope *keeper = self->future.form == THAW_FUTURE_LINK ? ((ThawLink *) self)->keeper : NULL;
  ThawTaskLoop *loop = keeper ? thaw_scope_get_loop (keeper) : NULL;

  if (!keeper)
    thaw_future_unref (&self->future);
  else if (thaw_task_loop_is_own (loop) || !thaw_mailbox_post (loop->calls, self))
    link_release ((ThawLink *) self);
}

static void
work_off (ThawFollower *self)
{
  g_autoptr (ThawFuture) source = NULL;

  if (is_waiting_link (self))
    {
      thaw_link_discard (self);
      return;
    }
  source = steal_source (self);
  thaw_future_adopt (&self->future, source);
  stop_following (self);
}

static void
add_work (ThawFollower *self)
{
  self->waiter.next = NULL;
  if (work_first)
    work_last->next = &self->waiter;
  else
    work_first = &self->waiter;
  work_last = &self->waiter;
  if (working)
    return;

  working = TRUE;
  while (work_first)
    {
      ThawWaiter *waiter = work_first;

      work_first = waiter->next;
      waiter->next = NULL;
      work_off ((ThawFollower *) ((char *) waiter - G_STRUCT_OFFSET (ThawFollower, waiter)));
    }
  working = FALSE;
}

/* Hands the reference of the link to its loop; without one left, to this thread. */
static void
post_link (ThawLink *self)
{
  if (!thaw_mailbox_post (self->loop->calls, self))
    add_work (&self->follower);
}

static void
wake_follower (ThawWaiter *waiter, ThawFuture *completed)
{
  ThawFollower *self = (ThawFollower *) ((char *) waiter - G_STRUCT_OFFSET (ThawFollower, waiter));

  set_source (self, thaw_future_ref (completed), TRUE);
  if (is_waiting_link (self))
    post_link ((ThawLink *) self);
  else
    add_work (self);
}

void
thaw_follower_init (ThawFollower *self, const char *name)
{
  thaw_future_init (&self->future, THAW_FUTURE_FOLLOWER, name);
  self->waiter.wake = wake_follower;
}

ThawFuture *
thaw_follower_new (const char *name)
{
  ThawFollower *self = g_new0 (ThawFollower, 1);

  thaw_follower_init (self, name);
  return &self->future;
}

void
thaw_follower_clear (ThawFuture *future)
{
  ThawFollower *self = (ThawFollower *) future;

  if (self->owns_source)
    thaw_future_unref (self->source);
}

static gboolean
is_only_waiter (ThawFuture *source, ThawWaiter *waiter)
{
  gboolean only;

  thaw_tiny_lock (&source->lock);
  only = source->waiters == waiter && waiter->next == waiter
         && (__atomic_load_n (&source->flags, __ATOMIC_RELAXED) & THAW_FUTURE_SHARED) == 0;
  thaw_tiny_unlock (&source->lock);
  return only;
}

/* A finally is told of the completion even if nobody wants to hear more of it. */
static gboolean
must_be_called (ThawFollower *self)
{
  return is_waiting_link (self) && ((ThawLink *) self)->kind == LINK_FINALLY
         && !__atomic_load_n (&((ThawLink *) self)->ended, __ATOMIC_RELAXED);
}

static void
stop_waiting (ThawFollower *self, ThawFuture *source)
{
  if (must_be_called (self) || !thaw_future_remove_waiter (source, &self->waiter))
    return;
  set_source (self, NULL, FALSE);
  if (is_waiting_link (self))
    post_link ((ThawLink *) self);
  else
    stop_following (self);
}

ThawFuture *
thaw_follower_detach (ThawFuture *future)
{
  ThawFollower *self = (ThawFollower *) future;
  g_autoptr (ThawFuture) source = dup_source (self);

  if (!source)
    return NULL;
  if (is_only_waiter (source, &self->waiter))
    return g_steal_pointer (&source); /* Its rejection wakes us. */
  stop_waiting (self, source);
  return NULL;
}

/* @self was cancelled: what it would have followed isn't wanted by it. */
static void
refuse_source (ThawFuture *self, ThawFuture *source)
{
  g_autoptr (GError) reason
      = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was cancelled", self->name);

  thaw_future_abandon (source, reason);
}

/* It was cancelled between being looked at and being linked. */
static void
follow_up_cancel (ThawFuture *self)
{
  g_autoptr (ThawFuture) source = thaw_follower_detach (self);

  if (source)
    refuse_source (self, g_steal_pointer (&source));
}

static void
follow_pending (ThawFollower *self, ThawFuture *source)
{
  set_source (self, source, FALSE);
  thaw_future_ref (&self->future);
  self->waiter.wake = wake_follower;
  if (!thaw_future_add_waiter (source, &self->waiter))
    {
      set_source (self, NULL, FALSE);
      thaw_future_adopt (&self->future, source);
      stop_following (self);
    }
  else if (thaw_future_peek_state (&self->future) != THAW_FUTURE_PENDING)
    follow_up_cancel (&self->future);
}

void
thaw_follower_follow (ThawFuture *self, ThawFuture *source)
{
  if (thaw_future_peek_state (self) != THAW_FUTURE_PENDING)
    {
      refuse_source (self, source);
      return;
    }
  if (thaw_future_peek_state (source) != THAW_FUTURE_PENDING)
    thaw_future_adopt (self, source);
  else
    follow_pending ((ThawFollower *) self, source);
  thaw_future_unref (source);
}

/* The last thing that happens to a link as such; drops the reference that waiting held. */
static void
link_finish (ThawLink *self)
{
  g_autoptr (ThawScope) scope = g_steal_pointer (&self->scope);
  ThawTaskLoop *loop = g_steal_pointer (&self->loop);

  if (self->destroy)
    self->destroy (self->user_data);
  if (!scope)
    thaw_task_loop_unref (loop);
  thaw_future_unref (&self->follower.future);
}

/* It will never be called: nobody runs its loop any more. Any thread. */
void
thaw_link_discard (gpointer link)
{
  ThawLink *self = link;
  g_autoptr (ThawFuture) source = NULL;

  if (self->keeper)
    {
      link_release (self);
      return;
    }
  source = steal_source (&self->follower);
  if (self->scope)
    thaw_scope_remove_member (self->scope, THAW_MEMBER_CALLBACK, &self->member);
  __atomic_store_n (&self->called, TRUE, __ATOMIC_RELAXED);
  if (self->kind != LINK_DONE)
    thaw_future_cancel_with (
        &self->follower.future,
        &(GError){ G_IO_ERROR, G_IO_ERROR_CANCELLED, (char *) "The main context is gone" });
  link_finish (self);
}

static gboolean
is_for (LinkKind kind, ThawFutureState state)
{
  switch (kind)
    {
    case LINK_THEN:
      return state == THAW_FUTURE_RESOLVED;
    case LINK_CATCH:
      return state == THAW_FUTURE_REJECTED;
    default:
      return TRUE;
    }
}

static ThawFuture *
call_func (ThawLink *self, ThawFuture *source)
{
  ThawFuture *returned;

  thaw_future_mark_taken (source);
  returned = self->func (source, self->user_data);
  if (returned)
    return returned;
  return thaw_future_new_rejected (g_error_new (G_IO_ERROR,
                                                G_IO_ERROR_FAILED,
                                                "The callback after %s returned no future",
                                                thaw_future_get_name (source)));
}

/* Follows what the callback returned, and still hears of the end of the scope: then it is
 * cancelled. */
static void
link_follow (ThawLink *self, ThawFuture *returned)
{
  ThawFuture *future = &self->follower.future;

  if (self->scope && thaw_scope_is_cancelled (self->scope))
    thaw_future_cancel_with (future, thaw_scope_get_reason (self->scope));
  if (!self->scope || thaw_future_peek_state (future) != THAW_FUTURE_PENDING
      || thaw_future_peek_state (returned) != THAW_FUTURE_PENDING)
    {
      thaw_follower_follow (future, returned);
      return;
    }
  self->keeper = thaw_scope_ref (self->scope);
  thaw_scope_add_member (self->scope, THAW_MEMBER_CALLBACK, &self->member);
  follow_pending (&self->follower, returned);
  thaw_future_unref (returned);
}

static void
link_call (ThawLink *self, ThawFuture *source)
{
  ThawFuture *future = &self->follower.future, *returned;

  if (self->kind == LINK_DONE)
    {
      thaw_future_mark_taken (source);
      self->done (source, self->user_data);
      return;
    }
  if (thaw_future_peek_state (future) != THAW_FUTURE_PENDING && self->kind != LINK_FINALLY)
    return;
  returned = is_for (self->kind, thaw_future_peek_state (source)) ? call_func (self, source)
                                                                  : thaw_future_ref (source);
  link_follow (self, returned);
}

/* The scope has ended since it was posted, or ended it. Who would have looked at the result has
 * gone, and so a rejection isn't one that nobody looked at. */
static void
link_suppress (ThawLink *self, ThawFuture *source, ThawTaskLoop *loop)
{
  thaw_stat_add (loop->n_late_handlers, 1);
  thaw_future_mark_taken (source);
  if (self->kind != LINK_DONE)
    thaw_future_cancel_with (&self->follower.future, thaw_scope_get_reason (self->scope));
}

void
thaw_link_run (gpointer link, gpointer loop)
{
  ThawLink *self = link;
  g_autoptr (ThawFuture) source = NULL;
  gboolean ended = self->scope && thaw_scope_is_cancelled (self->scope);

  if (self->keeper)
    {
      link_release (self);
      return;
    }
  source = self->kind == LINK_DONE ? take_source (&self->follower) : steal_source (&self->follower);
  if (self->scope)
    thaw_scope_remove_member (self->scope, THAW_MEMBER_CALLBACK, &self->member);
  __atomic_store_n (&self->called, TRUE, __ATOMIC_RELAXED);
  if (source && ended)
    link_suppress (self, source, loop);
  else if (source)
    {
      guint depth
          = thaw_now_enter (THAW_NOW_CALLBACK, self->follower.future.name, self->func, NULL);

      link_call (self, source);
      thaw_now_leave (depth);
    }
  link_finish (self);
}

static void
link_ended (ThawScopeMember *member, const GError *reason)
{
  ThawLink *self = (ThawLink *) ((char *) member - G_STRUCT_OFFSET (ThawLink, member));
  g_autoptr (ThawFuture) future = thaw_future_ref (&self->follower.future);
  g_autoptr (ThawFuture) source = NULL;

  __atomic_store_n (&self->ended, TRUE, __ATOMIC_RELAXED);
  if (self->kind != LINK_DONE)
    {
      thaw_future_cancel_with (future, reason);
      return;
    }
  source = dup_source (&self->follower);
  if (!source)
    return;
  /* It may be rejected right now, before the scope comes to cancel it. */
  thaw_future_mark_taken (source);
  stop_waiting (&self->follower, source);
}

static ThawLink *
link_new (LinkKind kind,
          const char *name,
          ThawScope *scope,
          gpointer user_data,
          GDestroyNotify destroy)
{
  ThawLink *self = g_new0 (ThawLink, 1);

  thaw_future_init (&self->follower.future, THAW_FUTURE_LINK, name);
  self->follower.waiter.wake = wake_follower;
  self->kind = kind;
  self->user_data = user_data;
  self->destroy = destroy;
  if (scope)
    {
      self->scope = thaw_scope_ref (scope);
      self->loop = thaw_scope_get_loop (scope);
      g_assert (thaw_task_loop_is_own (self->loop));
    }
  else
    self->loop = thaw_task_loop_ref (thaw_task_loop_get_current ());
  return self;
}

/* Gives the reference of @self to what it waits for. */
static void
link_wait (ThawLink *self, ThawFuture *source)
{
  if (self->scope && thaw_scope_is_cancelled (self->scope))
    {
      link_suppress (self, source, self->loop);
      link_finish (self);
      return;
    }
  if (self->scope)
    {
      self->member.ended = link_ended;
      thaw_scope_add_member (self->scope, THAW_MEMBER_CALLBACK, &self->member);
    }
  set_source (&self->follower, source, FALSE);
  if (!thaw_future_add_waiter (source, &self->follower.waiter))
    {
      set_source (&self->follower, thaw_future_ref (source), TRUE);
      post_link (self);
    }
}

static ThawFuture *
chain (ThawFuture *self,
       LinkKind kind,
       ThawScope *scope,
       ThawFutureFunc func,
       gpointer user_data,
       GDestroyNotify destroy)
{
  ThawLink *link = link_new (kind, self->name, scope, user_data, destroy);
  ThawFuture *future = thaw_future_ref (&link->follower.future);

  link->func = func;
  link_wait (link, self);
  return future;
}

/**
 * thaw_future_then:
 * @self: a future
 * @scope: (nullable): what the callback belongs to
 * @func: (scope notified) (closure user_data) (destroy destroy): goes on with the value
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func when @self is resolved. The future returned completes as the one that @func returns;
 * if @self is rejected, it is rejected too and @func isn't called.
 *
 * - **Thread**: any without @scope, the scope's with one. @func and @destroy run there, as a
 * message of the pump of the thread-default main context, never from inside this call.
 * - **Cancellation**: cancelling the future returned keeps @func from being called and cancels
 * @self, unless others wait for that, or, afterwards, what @func returned. When @scope ends the
 * same happens by itself.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_then (ThawFuture *self,
                  ThawScope *scope,
                  ThawFutureFunc func,
                  gpointer user_data,
                  GDestroyNotify destroy)
{
  return chain (self, LINK_THEN, scope, func, user_data, destroy);
}

/**
 * thaw_future_catch:
 * @self: a future
 * @scope: (nullable): what the callback belongs to
 * @func: (scope notified) (closure user_data) (destroy destroy): deals with the error
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func when @self is rejected. The future returned completes as the one that @func returns;
 * if @self is resolved, it resolves to the same and @func isn't called. Otherwise as
 * [method@Thaw.Future.then].
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_catch (ThawFuture *self,
                   ThawScope *scope,
                   ThawFutureFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy)
{
  return chain (self, LINK_CATCH, scope, func, user_data, destroy);
}

/**
 * thaw_future_finally:
 * @self: a future
 * @scope: (nullable): what the callback belongs to
 * @func: (scope notified) (closure user_data) (destroy destroy): goes on in either case
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func when @self is complete, in either way; also after the future returned was cancelled,
 * in which case what @func returns is dropped. It is not called when @scope has ended. Otherwise as
 * [method@Thaw.Future.then].
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_finally (ThawFuture *self,
                     ThawScope *scope,
                     ThawFutureFunc func,
                     gpointer user_data,
                     GDestroyNotify destroy)
{
  return chain (self, LINK_FINALLY, scope, func, user_data, destroy);
}

/**
 * thaw_future_done:
 * @self: a future
 * @scope: (nullable): what the callback belongs to
 * @func: (scope notified) (closure user_data) (destroy destroy): looks at the complete future
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func when @self is complete. It is an onlooker: when its @scope ends it is not called any
 * more, and @self goes on. Threads as for [method@Thaw.Future.then].
 */
void
thaw_future_done (ThawFuture *self,
                  ThawScope *scope,
                  ThawDoneFunc func,
                  gpointer user_data,
                  GDestroyNotify destroy)
{
  ThawLink *link = link_new (LINK_DONE, self->name, scope, user_data, destroy);

  link->done = func;
  link_wait (link, self);
}
