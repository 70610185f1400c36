/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fibers: functions with a stack of their own, which run on the loop's thread between one await and
 * the next. Each start and each resumption is a message, so a fiber never runs on longer than the
 * pump's budget lets it; the one exception is unwinding, when its scope ends: then it is resumed on
 * the spot, and every await of something pending fails at once until it has returned. A fiber takes
 * its stack when it first runs, so a million fibers that wait to be started cost no stacks. All of
 * it is the loop's thread's, except that a future which completes elsewhere posts the fiber that
 * awaits it. */

#define G_LOG_DOMAIN "Thaw"

#include "thaw-fiber-private.h"

#include "thaw-context-switch-private.h"
#include "thaw-future-private.h"
#include "thaw-marks-private.h"
#include "thaw-scope-private.h"

#define MAX_FREE_FIBERS 4096

typedef enum { FIBER_NEW, FIBER_SUSPENDED, FIBER_RUNNING, FIBER_FINISHED } FiberState;

/* References are counted on the loop's thread only: of the task, of a message that is or will be
 * posted, of the future's cancel function. */
struct _ThawFiber {
  ThawFiber *next_free;
  guint n_refs;
  FiberState state;
  ThawContext context;
  ThawContext *resumer;
  ThawStack *stack;
  ThawTaskLoop *loop; /* held by the scope */
  ThawRecord *record; /* in the loop's ledger, until it is finished */
  ThawScope *scope;
  ThawScopeMember member;
  ThawWaiter waiter;
  ThawFuture *awaited; /* borrowed from the caller of await */
  ThawFuture *future;
  ThawFuture *returned;
  GError *reason; /* why it is being unwound */
  ThawLoopItem item;
  gboolean hook_is_posted; /* the cancel function's reference went into @item */
  const char *name;
  ThawFiberFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
};

static __thread ThawFiber *current __attribute__ ((tls_model ("initial-exec")));

ThawFiber *
thaw_fiber_set_current (ThawFiber *fiber)
{
  ThawFiber *previous = current;

  current = fiber;
  return previous;
}

void
thaw_fiber_free_pool (ThawTaskLoop *loop)
{
  while (loop->free_fibers)
    {
      ThawFiber *fiber = loop->free_fibers;

      loop->free_fibers = fiber->next_free;
      g_free (fiber);
    }
  /* Suspended fibers of a context that is gone can't be unwound any more: their stacks stay. */
  if (loop->stacks && thaw_stack_pool_get_n_used (loop->stacks) == 0)
    g_clear_pointer (&loop->stacks, thaw_stack_pool_free);
}

static ThawFiber *
fiber_alloc (ThawTaskLoop *loop)
{
  ThawFiber *self = loop->free_fibers;

  if (!self)
    return g_new (ThawFiber, 1);
  loop->free_fibers = self->next_free;
  loop->n_free_fibers--;
  return self;
}

static void
fiber_unref (ThawFiber *self)
{
  ThawTaskLoop *loop = self->loop;

  if (--self->n_refs > 0)
    return;
  g_clear_error (&self->reason);
  if (loop->n_free_fibers == MAX_FREE_FIBERS)
    {
      g_free (self);
      return;
    }
  self->next_free = loop->free_fibers;
  loop->free_fibers = self;
  loop->n_free_fibers++;
}

/* The last thing a task does: on the stack of whoever resumed it, never on its own. */
static void
fiber_finish (ThawFiber *self)
{
  ThawTaskLoop *loop = self->loop;
  g_autoptr (ThawFuture) future = g_steal_pointer (&self->future);
  ThawScope *scope = g_steal_pointer (&self->scope);
  ThawFuture *returned = g_steal_pointer (&self->returned);

  self->state = FIBER_FINISHED;
  thaw_scope_remove_member (scope, THAW_MEMBER_FIBER, &self->member);
  thaw_stat_add (loop->n_fibers, -1);
  if (thaw_marks_are_active ())
    thaw_marks_add (THAW_MARK_FIBER,
                    self->name,
                    atomic_load_explicit (&self->record->born_usec, memory_order_relaxed),
                    thaw_now_get_coarse_usec (),
                    1);
  thaw_ledger_close (loop->ledger, self->record);
  if (self->destroy)
    self->destroy (self->user_data);
  if (returned && thaw_future_peek_state (returned) == THAW_FUTURE_PENDING)
    thaw_future_forget_cancel (future); /* Cancelling goes to what it follows now. */
  if (returned)
    thaw_follower_follow (future, returned);
  thaw_scope_leave (scope);
  fiber_unref (self);
}

static void
fiber_main (gpointer fiber)
{
  ThawFiber *self = fiber;

  thaw_context_entered (self->resumer);
  self->returned = self->func (self->user_data);
  if (!self->returned)
    self->returned = thaw_future_new_rejected (
        g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "The fiber %s returned no future", self->name));
  self->state = FIBER_FINISHED;
  thaw_context_leave (&self->context, self->resumer);
}

static void
fiber_resume (ThawFiber *self)
{
  ThawTaskLoop *loop = self->loop;
  ThawFiber *outer = current;
  ThawContext here;
  guint depth = thaw_now_enter (THAW_NOW_FIBER, self->name, self->func, NULL);

  thaw_stat_add (loop->n_switches, 1);
  self->state = FIBER_RUNNING;
  self->resumer = &here;
  current = self;
  thaw_context_switch (&here, &self->context, NULL);
  current = outer;
  thaw_now_leave (depth);
  if (self->state != FIBER_FINISHED)
    return;

  thaw_context_clear (&self->context, self->stack->bottom, THAW_STACK_BYTES);
  if (thaw_stack_pool_give (loop->stacks, g_steal_pointer (&self->stack)))
    thaw_task_loop_rearm (loop);
  fiber_finish (self);
}

static void
fiber_start (ThawFiber *self)
{
  ThawTaskLoop *loop = self->loop;

  if (G_UNLIKELY (!loop->stacks))
    loop->stacks = thaw_stack_pool_new (TRUE);
  self->stack = thaw_stack_pool_take (loop->stacks);
  if (G_UNLIKELY (!self->stack))
    {
      thaw_future_reject (self->future,
                          g_error_new (G_IO_ERROR,
                                       G_IO_ERROR_NO_SPACE,
                                       "There is no memory left for a stack of %s",
                                       self->name));
      fiber_finish (self);
      return;
    }
  thaw_context_init (&self->context, self->stack->bottom, self->stack->size, fiber_main, self);
  fiber_resume (self);
}

/* The message may have been overtaken by the fiber's end, or by its future's: what finishes it then
 * is on its way. */
void
thaw_fiber_handle (gpointer fiber)
{
  ThawFiber *self = fiber;

  if (self->state == FIBER_NEW && thaw_future_peek_state (self->future) == THAW_FUTURE_PENDING)
    fiber_start (self);
  else if (self->state == FIBER_SUSPENDED)
    fiber_resume (self);
  fiber_unref (self);
}

/* Resumes a suspended fiber here and now; it comes back when it has returned, as no await of it
 * waits. */
static void
fiber_unwind (ThawFiber *self, const GError *reason)
{
  if (!self->reason)
    self->reason = g_error_copy (reason);
  if (self->state == FIBER_NEW)
    fiber_finish (self);
  if (self->state != FIBER_SUSPENDED)
    return;

  self->n_refs++;
  if (self->awaited && thaw_future_remove_waiter (self->awaited, &self->waiter))
    fiber_unref (self); /* No message will come. */
  fiber_resume (self);
  g_assert (self->state == FIBER_FINISHED);
  fiber_unref (self);
}

/* Its scope has ended. The future first: nobody may learn more from this fiber. */
static void
fiber_ended (ThawScopeMember *member, const GError *reason)
{
  ThawFiber *self = (ThawFiber *) ((char *) member - G_STRUCT_OFFSET (ThawFiber, member));

  self->n_refs++;
  thaw_future_reject (self->future, g_error_copy (reason));
  fiber_unwind (self, reason);
  fiber_unref (self);
}

static void
cancel_on_loop (ThawLoopItem *item)
{
  ThawFiber *self = (ThawFiber *) ((char *) item - G_STRUCT_OFFSET (ThawFiber, item));

  if (self->state != FIBER_FINISHED)
    {
      g_autoptr (GError) reason
          = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was cancelled", self->name);

      fiber_unwind (self, reason);
    }
  fiber_unref (self);
}

/* Any thread: the reference of the hook travels to the loop. */
static void
on_future_cancelled (ThawFuture *future, gpointer fiber)
{
  ThawFiber *self = fiber;

  self->item.run = cancel_on_loop;
  self->hook_is_posted = TRUE;
  if (!thaw_task_loop_run_soon (self->loop, &self->item))
    g_debug ("The main context of %s is gone: it can't be unwound", self->name);
}

static void
unref_on_loop (ThawLoopItem *item)
{
  fiber_unref ((ThawFiber *) ((char *) item - G_STRUCT_OFFSET (ThawFiber, item)));
}

static void
free_hook (gpointer fiber)
{
  ThawFiber *self = fiber;

  if (self->hook_is_posted)
    return;
  if (G_LIKELY (thaw_task_loop_is_own (self->loop)))
    {
      fiber_unref (self);
      return;
    }
  self->item.run = unref_on_loop;
  if (!thaw_task_loop_run_soon (self->loop, &self->item))
    g_debug ("The main context of %s is gone: it is leaked", self->name);
}

/* On the completing thread. The message has its reference already. */
static void
fiber_wake (ThawWaiter *waiter, ThawFuture *completed)
{
  ThawFiber *self = (ThawFiber *) ((char *) waiter - G_STRUCT_OFFSET (ThawFiber, waiter));

  if (!thaw_mailbox_post (self->loop->fibers, self))
    g_debug ("The main context of %s is gone: it stays suspended", self->name);
}

static ThawFiber *
fiber_new (ThawScope *scope,
           const char *name,
           ThawFiberFunc func,
           gpointer user_data,
           GDestroyNotify destroy)
{
  ThawTaskLoop *loop = thaw_scope_get_loop (scope);
  ThawFiber *self = fiber_alloc (loop);

  *self = (ThawFiber){ .n_refs = 3, /* the task, the message that starts it, the future's hook */
                       .state = FIBER_NEW,
                       .loop = loop,
                       .scope = scope,
                       .member.ended = fiber_ended,
                       .waiter.wake = fiber_wake,
                       .future = thaw_follower_new (name),
                       .name = name,
                       .func = func,
                       .user_data = user_data,
                       .destroy = destroy };
  /* Nobody else knows the future yet. */
  self->future->cancel = on_future_cancelled;
  self->future->cancel_data = self;
  self->future->cancel_destroy = free_hook;
  return self;
}

/**
 * thaw_scope_spawn:
 * @self: a scope
 * @name: a static string, for logs and for the task tree
 * @func: (scope notified) (closure user_data) (destroy destroy): the body
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data, after @func has returned
 *
 * Spawns a fiber: @func runs on the loop, on a stack of its own of 128 KiB, and may
 * [func@Thaw.await]. It starts in the pump's next free slice, never from inside this call. The
 * future returned completes as the one that @func returns.
 *
 * - **Thread**: the scope's.
 * - **Errors**: those of @func; %G_IO_ERROR_CANCELLED or %THAW_ERROR_DEADLINE when @self has ended;
 *   %G_IO_ERROR_NO_SPACE when there is no memory for the stack.
 * - **Cancellation**: when @self ends or the future is cancelled, the future is rejected at once,
 * and an await that the fiber is suspended in fails, as does every later one of something pending.
 * A fiber that hasn't started yet never does.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_scope_spawn (ThawScope *self,
                  const char *name,
                  ThawFiberFunc func,
                  gpointer user_data,
                  GDestroyNotify destroy)
{
  ThawTaskLoop *loop = thaw_scope_get_loop (self);
  ThawFuture *future;
  ThawFiber *fiber;

  g_assert (thaw_task_loop_is_own (loop));
  if (thaw_scope_is_cancelled (self))
    {
      if (destroy)
        destroy (user_data);
      return thaw_future_new_rejected (g_error_copy (thaw_scope_get_reason (self)));
    }

  fiber = fiber_new (self, name, func, user_data, destroy);
  future = thaw_future_ref (fiber->future);
  thaw_scope_enter (self);
  thaw_scope_add_member (self, THAW_MEMBER_FIBER, &fiber->member);
  thaw_stat_add (loop->n_fibers, 1);
  fiber->record = thaw_ledger_open (loop->ledger,
                                    THAW_RECORD_FIBER,
                                    thaw_scope_get_record (self),
                                    name,
                                    func);
  thaw_stat_add (loop->n_spawned, 1);
  if (!thaw_mailbox_post (loop->fibers, fiber))
    {
      fiber_unref (fiber);
      thaw_future_cancel (future);
    }
  return future;
}

static void
suspend (ThawFiber *self)
{
  thaw_context_switch (&self->context, self->resumer, &self->resumer);
}

/* Whether @future (transfer full on failure) is complete. */
static gboolean
wait_for (ThawFiber *self, ThawFuture *future, GError **error)
{
  if (!self->reason)
    {
      self->state = FIBER_SUSPENDED;
      self->awaited = future;
      self->n_refs++;
      thaw_record_wait (self->record, future->name);
      if (thaw_future_add_waiter (future, &self->waiter))
        suspend (self);
      else
        {
          self->state = FIBER_RUNNING;
          self->n_refs--;
        }
      thaw_record_wait (self->record, NULL);
      self->awaited = NULL;
      if (!self->reason)
        return TRUE;
    }

  g_propagate_error (error, g_error_copy (self->reason));
  thaw_future_abandon (future, self->reason);
  return FALSE;
}

static inline gboolean
settle (ThawFuture *future, GError **error)
{
  g_assert (current != NULL);
  return thaw_future_peek_state (future) != THAW_FUTURE_PENDING
         || wait_for (current, future, error);
}

/**
 * thaw_await:
 * @future: (transfer full): a future
 * @error: why it was rejected, or why the fiber is being unwound
 *
 * Suspends the fiber until @future is complete; other messages run meanwhile. A future that is
 * complete isn't waited for.
 *
 * - **Thread**: inside a fiber only.
 * - **Errors**: the rejection of @future. %G_IO_ERROR_CANCELLED, or %THAW_ERROR_DEADLINE, when the
 * fiber's scope has ended or its future was cancelled. An await that had to wait and succeeded
 * therefore says that the scope is still there.
 * - **Cancellation**: a fiber that is unwound cancels the future it awaits, unless somebody else
 * waits for it or it is shared (see [method@Thaw.Future.set_shared]).
 *
 * Returns: whether @future was resolved
 */
gboolean
thaw_await (ThawFuture *future, GError **error)
{
  g_autoptr (ThawFuture) settled = NULL;

  if (!settle (future, error))
    return FALSE;
  settled = future;
  if (thaw_future_peek_state (settled) == THAW_FUTURE_RESOLVED)
    return TRUE;
  g_propagate_error (error, thaw_future_dup_error (settled));
  return FALSE;
}

/**
 * thaw_await_pointer:
 * @future: (transfer full): a future
 * @error: why it was rejected, or why the fiber is being unwound
 *
 * As [func@Thaw.await]; takes the pointer over as [method@Thaw.Future.take_pointer] does.
 *
 * Returns: (transfer full) (nullable): the pointer or object; %NULL when it failed
 */
gpointer
thaw_await_pointer (ThawFuture *future, GError **error)
{
  g_autoptr (ThawFuture) settled = NULL;

  if (!settle (future, error))
    return NULL;
  settled = future;
  return thaw_future_take_pointer (settled, error);
}

/**
 * thaw_await_int64:
 * @future: (transfer full): a future
 * @error: why it was rejected, or why the fiber is being unwound
 *
 * As [func@Thaw.await], for an integer.
 *
 * Returns: the integer; -1 when it failed
 */
gint64
thaw_await_int64 (ThawFuture *future, GError **error)
{
  g_autoptr (ThawFuture) settled = NULL;

  if (!settle (future, error))
    return -1;
  settled = future;
  return thaw_future_get_int64 (settled, error);
}

/**
 * thaw_fiber_yield:
 * @error: why the fiber is being unwound
 *
 * Lets every message that waits now go first, and goes on in the next free slice. Inside a fiber
 * only.
 *
 * Returns: %FALSE when the fiber is being unwound, at once
 */
gboolean
thaw_fiber_yield (GError **error)
{
  ThawFiber *self = current;

  g_assert (self != NULL);
  if (!self->reason)
    {
      self->n_refs++;
      if (thaw_mailbox_post (self->loop->fibers, self))
        {
          self->state = FIBER_SUSPENDED;
          suspend (self);
        }
      else
        self->n_refs--;
      if (!self->reason)
        return TRUE;
    }
  g_propagate_error (error, g_error_copy (self->reason));
  return FALSE;
}

/**
 * thaw_fiber_is_running:
 *
 * Any thread.
 *
 * Returns: whether the caller is inside a fiber, and so may await
 */
gboolean
thaw_fiber_is_running (void)
{
  return current != NULL;
}

/**
 * thaw_fiber_get_name:
 *
 * Any thread.
 *
 * Returns: (transfer none) (nullable): the name of the fiber that the caller is inside of
 */
const char *
thaw_fiber_get_name (void)
{
  return current ? current->name : NULL;
}
