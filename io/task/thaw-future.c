/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The future's state: made pending, completed once by whoever comes first, read ever after. Any
 * thread may complete, cancel or read; the lock covers the change of state and the list of waiters
 * and is never held while foreign code runs. Chaining is in thaw-future-chain.c, reading in
 * thaw-future-value.c. Must not wait for anything. */

#include "thaw-future-private.h"

G_DEFINE_BOXED_TYPE (ThawFuture, thaw_future, thaw_future_ref, thaw_future_unref)

/**
 * thaw_future_ref:
 * @self: a future
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawFuture *
thaw_future_ref (ThawFuture *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/* For a pointer that doesn't keep its future alive. */
gboolean
thaw_future_try_ref (ThawFuture *self)
{
  gint count = __atomic_load_n (&self->ref_count, __ATOMIC_RELAXED);

  while (count > 0)
    if (__atomic_compare_exchange_n (&self->ref_count,
                                     &count,
                                     count + 1,
                                     TRUE,
                                     __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
      return TRUE;
  return FALSE;
}

void
thaw_future_init (ThawFuture *self, ThawFutureForm form, const char *name)
{
  self->ref_count = 1;
  self->form = form;
  self->name = name;
}

/**
 * thaw_future_new:
 * @name: a static string, for logs and for the task tree
 *
 * Makes a pending future. The caller is its producer: it keeps a reference until it has completed
 * the future on every way out. When the last reference of a pending future goes, those that wait
 * for it are rejected with %G_IO_ERROR_FAILED.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): a pending future
 */
ThawFuture *
thaw_future_new (const char *name)
{
  ThawFuture *self = g_new0 (ThawFuture, 1);

  thaw_future_init (self, THAW_FUTURE_PLAIN, name);
  return self;
}

static void
result_clear (ThawResult *result)
{
  switch (result->kind)
    {
    case THAW_RESULT_POINTER:
      if (result->destroy)
        result->destroy (result->pointer);
      break;
    case THAW_RESULT_OBJECT:
      g_clear_object (&result->object);
      break;
    case THAW_RESULT_VALUE:
      g_value_unset (result->value);
      g_free (result->value);
      break;
    case THAW_RESULT_ERROR:
      g_error_free (result->error);
      break;
    case THAW_RESULT_FORWARD:
      thaw_future_unref (result->future);
      break;
    case THAW_RESULT_NOTHING:
    case THAW_RESULT_INT64:
      break;
    }
}

static const GError *
result_get_error (const ThawResult *result)
{
  if (result->kind == THAW_RESULT_FORWARD)
    result = &result->future->result;
  return result->kind == THAW_RESULT_ERROR ? result->error : NULL;
}

static void
note_if_unhandled (ThawFuture *self)
{
  const GError *error;

  if (self->state != THAW_FUTURE_REJECTED
      || (__atomic_load_n (&self->flags, __ATOMIC_RELAXED) & THAW_FUTURE_TAKEN) != 0)
    return;

  error = result_get_error (&self->result);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  thaw_future_note_unhandled (self->name, error);
}

void
thaw_future_mark_taken (ThawFuture *self)
{
  if ((__atomic_load_n (&self->flags, __ATOMIC_RELAXED) & THAW_FUTURE_TAKEN) == 0)
    __atomic_fetch_or (&self->flags, THAW_FUTURE_TAKEN, __ATOMIC_RELAXED);
}

static void
future_free (ThawFuture *self)
{
  note_if_unhandled (self);
  if (self->state == THAW_FUTURE_PENDING && self->cancel_destroy)
    self->cancel_destroy (self->cancel_data);
  if (self->view)
    {
      g_value_unset (self->view);
      g_free (self->view);
    }
  if ((self->flags & THAW_FUTURE_STOLEN) == 0)
    result_clear (&self->result);
  if (self->form != THAW_FUTURE_PLAIN)
    thaw_follower_clear (self);
  g_free (self);
}

/* The last reference went while others still wait: they get an answer, so the future lives once
 * more. */
static void
future_give_up (ThawFuture *self)
{
  __atomic_store_n (&self->ref_count, 1, __ATOMIC_RELAXED);
  thaw_future_reject (self,
                      g_error_new (G_IO_ERROR,
                                   G_IO_ERROR_FAILED,
                                   "%s was dropped by its producer before it was complete",
                                   self->name));
  thaw_future_unref (self);
}

/**
 * thaw_future_unref:
 * @self: (transfer full): a future
 *
 * Drops a reference. Any thread; a value that nobody took is destroyed on the thread that drops the
 * last one. Dropping does not cancel: see [method@Thaw.Future.cancel].
 */
void
thaw_future_unref (ThawFuture *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (G_UNLIKELY (self->waiters))
    future_give_up (self);
  else
    future_free (self);
}

/**
 * thaw_future_disown:
 * @self: (transfer full): a future
 *
 * Says that nobody will look at the result. The work goes on; a rejection other than
 * %G_IO_ERROR_CANCELLED is counted (see thaw_task_get_stats()) and logged at debug level. Any
 * thread.
 */
void
thaw_future_disown (ThawFuture *self)
{
  thaw_future_unref (self);
}

/* The list is nobody else's any more: the state has changed. A waiter may be gone once it is woken.
 */
static void
wake_all (ThawFuture *self, ThawWaiter *waiters)
{
  ThawWaiter *waiter = waiters, *next;

  waiters->prev->next = NULL;
  for (; waiter; waiter = next)
    {
      next = waiter->next;
      waiter->next = waiter->prev = NULL;
      waiter->wake (waiter, self);
    }
}

gboolean
thaw_future_complete (ThawFuture *self, ThawResult result, gboolean tell)
{
  ThawWaiter *waiters;
  gboolean rejected = result_get_error (&result) != NULL;

  thaw_tiny_lock (&self->lock);
  if (self->state != THAW_FUTURE_PENDING)
    {
      thaw_tiny_unlock (&self->lock);
      result_clear (&result);
      return FALSE;
    }
  self->result = result;
  waiters = g_steal_pointer (&self->waiters);
  __atomic_store_n (&self->state,
                    rejected ? THAW_FUTURE_REJECTED : THAW_FUTURE_RESOLVED,
                    __ATOMIC_RELEASE);
  thaw_tiny_unlock (&self->lock);

  if (waiters)
    wake_all (self, waiters);
  /* Nobody sets these once the state has changed. */
  if (tell && self->cancel)
    self->cancel (self, self->cancel_data);
  if (self->cancel_destroy)
    self->cancel_destroy (self->cancel_data);
  return TRUE;
}

/**
 * thaw_future_resolve:
 * @self: a future
 *
 * Completes @self with nothing but success: its value is %TRUE, its integer 1.
 *
 * Any thread; what waits for @self is woken through its own pump.
 *
 * Returns: whether this was the completion that counts
 */
gboolean
thaw_future_resolve (ThawFuture *self)
{
  return thaw_future_complete (self, (ThawResult){ .kind = THAW_RESULT_NOTHING }, FALSE);
}

/**
 * thaw_future_resolve_value:
 * @self: a future
 * @value: copied
 *
 * Completes @self with a copy of @value. Any thread.
 *
 * Returns: whether this was the completion that counts
 */
gboolean
thaw_future_resolve_value (ThawFuture *self, const GValue *value)
{
  GValue *copy = g_new0 (GValue, 1);

  g_value_init (copy, G_VALUE_TYPE (value));
  g_value_copy (value, copy);
  return thaw_future_complete (self,
                               (ThawResult){ .kind = THAW_RESULT_VALUE, .value = copy },
                               FALSE);
}

/**
 * thaw_future_resolve_pointer:
 * @self: a future
 * @value: (transfer full): what it resolves to
 * @destroy: (nullable): frees @value, on whatever thread drops the last reference, unless a
 * consumer has taken it
 *
 * Completes @self with a pointer. Any thread.
 *
 * Returns: whether this was the completion that counts; otherwise @value has been destroyed
 */
gboolean
thaw_future_resolve_pointer (ThawFuture *self, gpointer value, GDestroyNotify destroy)
{
  ThawResult result = { .kind = THAW_RESULT_POINTER, .pointer = value, .destroy = destroy };

  return thaw_future_complete (self, result, FALSE);
}

/**
 * thaw_future_resolve_object:
 * @self: a future
 * @object: (transfer full) (nullable) (type GObject): what it resolves to
 *
 * Completes @self with an object. Any thread.
 *
 * Returns: whether this was the completion that counts; otherwise @object has been released
 */
gboolean
thaw_future_resolve_object (ThawFuture *self, gpointer object)
{
  ThawResult result = { .kind = THAW_RESULT_OBJECT, .object = object };

  return thaw_future_complete (self, result, FALSE);
}

/**
 * thaw_future_resolve_int64:
 * @self: a future
 * @value: what it resolves to
 *
 * Completes @self with an integer. Any thread.
 *
 * Returns: whether this was the completion that counts
 */
gboolean
thaw_future_resolve_int64 (ThawFuture *self, gint64 value)
{
  ThawResult result = { .kind = THAW_RESULT_INT64, .int64 = value };

  return thaw_future_complete (self, result, FALSE);
}

/**
 * thaw_future_reject:
 * @self: a future
 * @error: (transfer full): why
 *
 * Completes @self with an error. Any thread.
 *
 * Returns: whether this was the completion that counts; otherwise @error has been freed
 */
gboolean
thaw_future_reject (ThawFuture *self, GError *error)
{
  ThawResult result = { .kind = THAW_RESULT_ERROR, .error = error };

  return thaw_future_complete (self, result, FALSE);
}

/**
 * thaw_future_set_cancel:
 * @self: a future of the caller's making
 * @cancel: stops the work
 * @user_data: for @cancel
 * @destroy: (nullable): frees @user_data, when @self is complete
 *
 * Says how the work behind @self is stopped. Set it once, before @self is handed out. When @cancel
 * runs
 * @self is rejected already, so completing it from there has no effect.
 *
 * - **Thread**: any; @cancel and @destroy run on the thread that cancels or completes.
 */
void
thaw_future_set_cancel (ThawFuture *self,
                        void (*cancel) (ThawFuture *future, gpointer user_data),
                        gpointer user_data,
                        GDestroyNotify destroy)
{
  gboolean pending;

  thaw_tiny_lock (&self->lock);
  pending = self->state == THAW_FUTURE_PENDING;
  if (pending)
    {
      g_assert (!self->cancel && !self->cancel_destroy);
      self->cancel = cancel;
      self->cancel_data = user_data;
      self->cancel_destroy = destroy;
    }
  thaw_tiny_unlock (&self->lock);

  if (!pending && destroy)
    destroy (user_data);
}

void
thaw_future_forget_cancel (ThawFuture *self)
{
  GDestroyNotify destroy = NULL;
  gpointer data = NULL;

  thaw_tiny_lock (&self->lock);
  if (self->state == THAW_FUTURE_PENDING)
    {
      destroy = g_steal_pointer (&self->cancel_destroy);
      data = g_steal_pointer (&self->cancel_data);
      self->cancel = NULL;
    }
  thaw_tiny_unlock (&self->lock);

  if (destroy)
    destroy (data);
}

/**
 * thaw_future_set_shared:
 * @self: a future of the caller's making
 *
 * Marks @self as a lasting state that several consumers look at (as of `when_ready` functions):
 * when what waits for it is cancelled, @self is not. Only cancelling @self itself stops its work.
 * Any thread.
 */
void
thaw_future_set_shared (ThawFuture *self)
{
  __atomic_fetch_or (&self->flags, THAW_FUTURE_SHARED, __ATOMIC_RELAXED);
}

gboolean
thaw_future_add_waiter (ThawFuture *self, ThawWaiter *waiter)
{
  gboolean pending;

  thaw_tiny_lock (&self->lock);
  pending = self->state == THAW_FUTURE_PENDING;
  if (pending && self->waiters)
    {
      waiter->next = self->waiters;
      waiter->prev = self->waiters->prev;
      waiter->prev->next = waiter->next->prev = waiter;
    }
  else if (pending)
    self->waiters = waiter->next = waiter->prev = waiter;
  thaw_tiny_unlock (&self->lock);
  return pending;
}

gboolean
thaw_future_remove_waiter (ThawFuture *self, ThawWaiter *waiter)
{
  gboolean linked;

  thaw_tiny_lock (&self->lock);
  linked = self->state == THAW_FUTURE_PENDING && waiter->next;
  if (linked)
    {
      waiter->prev->next = waiter->next;
      waiter->next->prev = waiter->prev;
      if (self->waiters == waiter)
        self->waiters = waiter->next == waiter ? NULL : waiter->next;
      waiter->next = waiter->prev = NULL;
    }
  thaw_tiny_unlock (&self->lock);
  return linked;
}

/* Up the chain, from what is cancelled to what it waits for, without recursion. */
void
thaw_future_cancel_with (ThawFuture *self, const GError *reason)
{
  ThawFuture *next = thaw_future_ref (self);

  while (next)
    {
      g_autoptr (ThawFuture) current = g_steal_pointer (&next);
      ThawResult result = { .kind = THAW_RESULT_ERROR };

      if (thaw_future_peek_state (current) != THAW_FUTURE_PENDING)
        return;
      result.error = g_error_copy (reason);
      if (thaw_future_complete (current, result, TRUE) && current->form != THAW_FUTURE_PLAIN)
        next = thaw_follower_detach (current);
    }
}

/**
 * thaw_future_cancel:
 * @self: a future
 *
 * Rejects @self with %G_IO_ERROR_CANCELLED at once and asks its producer to stop. If @self waits
 * for another future (as those of [method@Thaw.Future.then] do) that one is cancelled in the same
 * way, unless somebody else waits for it too or it is shared. Nothing happens to a complete future.
 *
 * - **Thread**: any; the producers' cancel functions run on the calling one, before this returns.
 */
void
thaw_future_cancel (ThawFuture *self)
{
  g_autoptr (GError) reason = NULL;

  if (thaw_future_peek_state (self) != THAW_FUTURE_PENDING)
    return;
  reason = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was cancelled", self->name);
  thaw_future_cancel_with (self, reason);
}

void
thaw_future_abandon (ThawFuture *self, const GError *reason)
{
  gboolean unwanted;

  thaw_tiny_lock (&self->lock);
  unwanted = !self->waiters
             && (__atomic_load_n (&self->flags, __ATOMIC_RELAXED) & THAW_FUTURE_SHARED) == 0;
  thaw_tiny_unlock (&self->lock);

  if (unwanted)
    thaw_future_cancel_with (self, reason);
  thaw_future_unref (self);
}
