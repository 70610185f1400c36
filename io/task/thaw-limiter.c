/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter: permits, and a queue of those who wait for one for each class. Any thread may
 * acquire and give back; the lock covers the queues and is never held while a future completes. A
 * permit waits, is out, and is back, in that order, and whoever moves it on under the lock does
 * what follows, once: so the ends of its future, of its scope and of its holder may race. */

#include "thaw-limiter-private.h"

#include "thaw-future-private.h"
#include "thaw-scope-private.h"

typedef enum { PERMIT_WAITING, PERMIT_OUT, PERMIT_BACK } PermitState;

struct _ThawPermit {
  gint ref_count;
  ThawLimiter *limiter; /* owned */
  PermitState state;    /* under the limiter's lock, like the next three */
  ThawPriority priority;
  GList link;
  ThawFuture *future; /* owned while it waits */
  ThawScope *scope;   /* owned; the loop's, like what follows */
  ThawScopeMember member;
  ThawLoopItem item;
};

G_DEFINE_BOXED_TYPE (ThawLimiter, thaw_limiter, thaw_limiter_ref, thaw_limiter_unref)

static void
permit_unref (gpointer data)
{
  ThawPermit *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_limiter_unref (self->limiter);
  g_free (self);
}

static ThawPermit *
permit_ref (ThawPermit *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static ThawPermit *
permit_new (ThawLimiter *limiter, ThawPriority priority, PermitState state)
{
  ThawPermit *self = g_new0 (ThawPermit, 1);

  self->ref_count = 1;
  self->limiter = thaw_limiter_ref (limiter);
  self->priority = priority;
  self->state = state;
  self->link.data = self;
  return self;
}

/* Under the lock. The oldest, but for those whose scope has ended and is about to say so. */
static GList *
find_oldest (ThawLimiter *self, guint level)
{
  GList *link = self->waiting[level].head;

  for (; link; link = link->next)
    {
      ThawPermit *permit = link->data;

      if (!permit->scope || !thaw_scope_is_cancelled (permit->scope))
        break;
    }
  return link;
}

/* Under the lock. The class whose turn it is: the highest with somebody waiting, unless a lower one
 * was passed over too often; G_MAXUINT if nobody waits. */
static guint
choose_class (ThawLimiter *self)
{
  guint highest = G_MAXUINT;

  for (guint level = THAW_N_PRIORITIES; level-- > 0;)
    {
      if (!find_oldest (self, level))
        continue;
      if (self->n_passed[level] >= THAW_LIMITER_AGEING)
        {
          self->n_aged++;
          return level;
        }
      highest = level;
    }
  return highest;
}

/* Under the lock. */
static void
count_passed (ThawLimiter *self, guint granted)
{
  self->n_passed[granted] = 0;
  for (guint level = granted + 1; level < THAW_N_PRIORITIES; level++)
    self->n_passed[level] += self->waiting[level].length > 0 ? 1 : 0;
}

static void
count_out (ThawLimiter *self)
{
  self->n_out++;
  self->n_granted++;
  self->max_out = MAX (self->max_out, self->n_out);
}

/* Under the lock: takes those whose turn it is out of the queues. */
static GList *
grant (ThawLimiter *self)
{
  GQueue granted = G_QUEUE_INIT;
  guint level;

  while (self->n_out < self->limit && (level = choose_class (self)) != G_MAXUINT)
    {
      GList *link = find_oldest (self, level);

      g_queue_unlink (&self->waiting[level], link);
      count_passed (self, level);
      count_out (self);
      ((ThawPermit *) link->data)->state = PERMIT_OUT;
      g_queue_push_tail_link (&granted, link);
    }
  return granted.head;
}

/* Without the lock. A future that was cancelled meanwhile gives its permit back at once. */
static void
hand_out (GList *granted)
{
  while (granted)
    {
      ThawPermit *permit = granted->data;
      g_autoptr (ThawFuture) future = g_steal_pointer (&permit->future);

      granted = granted->next;
      thaw_future_resolve_pointer (future, permit, (GDestroyNotify) thaw_permit_free);
    }
}

/* Any thread. Whether it was out until now. */
static gboolean
give_back (ThawPermit *permit)
{
  ThawLimiter *self = permit->limiter;
  GList *granted = NULL;
  gboolean was_out;

  pthread_mutex_lock (&self->lock);
  was_out = permit->state == PERMIT_OUT;
  permit->state = PERMIT_BACK;
  if (was_out)
    {
      self->n_out--;
      granted = grant (self);
    }
  pthread_mutex_unlock (&self->lock);
  hand_out (granted);
  return was_out;
}

static void
detach_on_loop (ThawLoopItem *item)
{
  ThawPermit *self = (ThawPermit *) ((char *) item - G_STRUCT_OFFSET (ThawPermit, item));
  ThawScope *scope = g_steal_pointer (&self->scope);

  thaw_scope_remove_member (scope, THAW_MEMBER_CALLBACK, &self->member);
  thaw_scope_unref (scope);
  permit_unref (self);
}

/* Consumes the holder's reference. */
static void
detach (ThawPermit *self)
{
  ThawTaskLoop *loop;

  if (!self->scope)
    {
      permit_unref (self);
      return;
    }
  loop = thaw_scope_get_loop (self->scope);
  self->item.run = detach_on_loop;
  if (thaw_task_loop_is_own (loop) || !thaw_task_loop_run_soon (loop, &self->item))
    detach_on_loop (&self->item);
}

/**
 * thaw_permit_free:
 * @self: (transfer full) (nullable): a permit
 *
 * Gives a permit back; who waits for one gets it. One that its scope has taken back already is only
 * freed. Any thread.
 */
void
thaw_permit_free (ThawPermit *self)
{
  if (!self)
    return;
  give_back (self);
  detach (self);
}

/* Takes it out of the queue, if it is there: then the caller ends what waited. */
static gboolean
leave_queue (ThawPermit *permit)
{
  ThawLimiter *self = permit->limiter;
  ThawFuture *future = NULL;

  pthread_mutex_lock (&self->lock);
  if (permit->state == PERMIT_WAITING)
    {
      permit->state = PERMIT_BACK;
      g_queue_unlink (&self->waiting[permit->priority], &permit->link);
      if (self->waiting[permit->priority].length == 0)
        self->n_passed[permit->priority] = 0;
      future = g_steal_pointer (&permit->future);
    }
  pthread_mutex_unlock (&self->lock);

  if (future)
    thaw_future_unref (future);
  return future != NULL;
}

static void
on_future_cancelled (ThawFuture *future, gpointer permit)
{
  if (leave_queue (permit))
    detach (permit);
}

static ThawFuture *
dup_waiting_future (ThawPermit *permit)
{
  ThawFuture *future = NULL;

  pthread_mutex_lock (&permit->limiter->lock);
  if (permit->state == PERMIT_WAITING)
    future = thaw_future_ref (permit->future);
  pthread_mutex_unlock (&permit->limiter->lock);
  return future;
}

/* Whoever holds it frees it some time; the place is free now. */
static void
on_scope_ended (ThawScopeMember *member, const GError *reason)
{
  g_autoptr (ThawFuture) future = NULL;
  ThawPermit *self = (ThawPermit *) ((char *) member - G_STRUCT_OFFSET (ThawPermit, member));

  permit_ref (self);
  future = dup_waiting_future (self);
  if (future)
    thaw_future_cancel_with (future, reason);
  else
    give_back (self);
  permit_unref (self);
}

static void
attach (ThawPermit *self, ThawScope *scope)
{
  self->scope = thaw_scope_ref (scope);
  self->member.ended = on_scope_ended;
  thaw_scope_add_member (scope, THAW_MEMBER_CALLBACK, &self->member);
}

/* Under the lock. */
static gboolean
is_free (ThawLimiter *self)
{
  for (guint level = 0; level < THAW_N_PRIORITIES; level++)
    if (self->waiting[level].length > 0)
      return FALSE;
  return self->n_out < self->limit;
}

/**
 * thaw_limiter_acquire:
 * @self: a limiter
 * @scope: (nullable): what the permit ends with
 * @priority: its class
 *
 * Waits for a permit. First come, first served within a class; a higher class goes first, except
 * that after %THAW_LIMITER_AGEING permits that went past a class the next one is its.
 *
 * - **Thread**: any without @scope, the scope's with one. The future completes on the thread that
 * gives a permit back.
 * - **Ownership**: the permit is whose who takes it; one that nobody takes goes back with the
 * future.
 * - **Errors**: %G_IO_ERROR_CANCELLED or %THAW_ERROR_DEADLINE when @scope has ended.
 * - **Cancellation**: leaves the queue. When @scope ends a permit that is out goes back too,
 * whatever its holder still does with it.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Permit]
 */
ThawFuture *
thaw_limiter_acquire (ThawLimiter *self, ThawScope *scope, ThawPriority priority)
{
  ThawPermit *permit;
  ThawFuture *future;
  gboolean granted;

  if (scope)
    g_assert (thaw_task_loop_is_own (thaw_scope_get_loop (scope)));
  if (scope && thaw_scope_is_cancelled (scope))
    return thaw_future_new_rejected (g_error_copy (thaw_scope_get_reason (scope)));

  permit = permit_new (self, priority, PERMIT_OUT);
  future = thaw_future_new ("permit");
  if (scope)
    attach (permit, scope);
  thaw_future_set_cancel (future, on_future_cancelled, permit_ref (permit), permit_unref);
  pthread_mutex_lock (&self->lock);
  granted = is_free (self);
  if (granted)
    count_out (self);
  else
    {
      permit->state = PERMIT_WAITING;
      permit->future = thaw_future_ref (future);
      g_queue_push_tail_link (&self->waiting[priority], &permit->link);
    }
  pthread_mutex_unlock (&self->lock);
  if (granted)
    thaw_future_resolve_pointer (future, permit, (GDestroyNotify) thaw_permit_free);
  return future;
}

/**
 * thaw_limiter_try_acquire: (skip)
 * @self: a limiter
 *
 * Takes a permit if one is free and nobody waits. Any thread.
 *
 * Returns: (transfer full) (nullable): a permit
 */
ThawPermit *
thaw_limiter_try_acquire (ThawLimiter *self)
{
  gboolean granted;

  pthread_mutex_lock (&self->lock);
  granted = is_free (self);
  if (granted)
    count_out (self);
  pthread_mutex_unlock (&self->lock);
  return granted ? permit_new (self, THAW_PRIORITY_DEFAULT, PERMIT_OUT) : NULL;
}

/**
 * thaw_limiter_set_limit:
 * @self: a limiter
 * @limit: permits out at a time, at least 1
 *
 * Changes the limit. A higher one lets those who wait go at once; with a lower one nobody goes
 * until enough permits have come back. Any thread.
 */
void
thaw_limiter_set_limit (ThawLimiter *self, guint limit)
{
  GList *granted;

  pthread_mutex_lock (&self->lock);
  self->limit = MAX (limit, 1);
  granted = grant (self);
  pthread_mutex_unlock (&self->lock);
  hand_out (granted);
}

/**
 * thaw_limiter_get_limit:
 * @self: a limiter
 *
 * Any thread.
 *
 * Returns: how many permits may be out
 */
guint
thaw_limiter_get_limit (ThawLimiter *self)
{
  ThawLimiterStats stats;

  thaw_limiter_get_stats (self, &stats);
  return stats.limit;
}

/**
 * thaw_limiter_get_stats:
 * @self: a limiter
 * @stats: (out caller-allocates): filled in
 *
 * Any thread.
 */
void
thaw_limiter_get_stats (ThawLimiter *self, ThawLimiterStats *stats)
{
  pthread_mutex_lock (&self->lock);
  *stats = (ThawLimiterStats){ .limit = self->limit,
                               .n_out = self->n_out,
                               .max_out = self->max_out,
                               .n_granted = self->n_granted,
                               .n_aged = self->n_aged };
  for (guint level = 0; level < THAW_N_PRIORITIES; level++)
    stats->n_waiting += self->waiting[level].length;
  pthread_mutex_unlock (&self->lock);
}

typedef struct {
  ThawLimitedFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} LimitedCall;

static void
limited_call_free (gpointer data)
{
  LimitedCall *call = data;

  if (call->destroy)
    call->destroy (call->user_data);
  g_free (call);
}

static ThawFuture *
pass_on (ThawFuture *completed, gpointer permit)
{
  return thaw_future_ref (completed);
}

/* The permit is data of the callback behind the work: that is freed in every case. */
static ThawFuture *
run_with_permit (ThawFuture *acquired, gpointer user_data)
{
  LimitedCall *call = user_data;
  ThawPermit *permit = thaw_future_take_pointer (acquired, NULL);
  g_autoptr (ThawFuture) work = call->func (call->user_data);

  return thaw_future_finally (work, NULL, pass_on, permit, (GDestroyNotify) thaw_permit_free);
}

/**
 * thaw_limiter_run:
 * @self: a limiter
 * @scope: what it belongs to
 * @priority: its class
 * @func: (scope notified) (closure user_data) (destroy destroy): starts the work
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Waits for a permit as thaw_limiter_acquire() does, calls @func, and gives the permit back when
 * the future that it returns is complete.
 *
 * - **Thread**: the scope's; @func is called there as a message.
 * - **Errors**: those of the work; %G_IO_ERROR_CANCELLED or %THAW_ERROR_DEADLINE when @scope has
 * ended.
 * - **Cancellation**: of the future or @scope: leaves the queue, or cancels the work; the permit
 * goes back even if a thread is still busy with it.
 *
 * Returns: (transfer full): a future that completes as the work does
 */
ThawFuture *
thaw_limiter_run (ThawLimiter *self,
                  ThawScope *scope,
                  ThawPriority priority,
                  ThawLimitedFunc func,
                  gpointer user_data,
                  GDestroyNotify destroy)
{
  LimitedCall *call = g_new (LimitedCall, 1);
  g_autoptr (ThawFuture) acquired = thaw_limiter_acquire (self, scope, priority);

  *call = (LimitedCall){ func, user_data, destroy };
  return thaw_future_then (acquired, scope, run_with_permit, call, limited_call_free);
}
