/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scopes: who owns which task, and how all of it ends at once. A scope, its children and its
 * members are the loop's thread's; other threads may hold a reference and ask whether it has ended.
 * Members hear of the end in an order that lets no handler run because of it: callbacks first, then
 * jobs, then fibers, whose unwinding runs the code of the owner for the last time. Holds no
 * reference on its owner. */

#include "thaw-scope-private.h"

#include "thaw-error.h"

struct _ThawScope {
  gint ref_count;
  guint8 cancelled; /* atomic; what follows is the loop's */
  gboolean expiry_is_posted;
  const char *name;
  ThawTaskLoop *loop;
  ThawRecord *record; /* in the loop's ledger */
  ThawScope *parent;  /* owned; children are not */
  ThawScope *children, *next, *prev;
  ThawScopeMember members[THAW_N_MEMBER_KINDS]; /* heads of circular lists */
  guint n_tasks;                                /* with those of the children */
  GPtrArray *joins;                             /* pending futures */
  GObject *owner;                               /* weak */
  gint64 deadline_usec;                         /* its own, -1 for none */
  ThawTimer timer;                              /* armed for it */
  GError *reason;
  ThawLoopItem item;
};

G_DEFINE_BOXED_TYPE (ThawScope, thaw_scope, thaw_scope_ref, thaw_scope_unref)

static void
link_child (ThawScope *parent, ThawScope *child)
{
  child->parent = thaw_scope_ref (parent);
  child->next = parent->children;
  if (child->next)
    child->next->prev = child;
  parent->children = child;
}

static void
unlink_child (ThawScope *child)
{
  if (child->next)
    child->next->prev = child->prev;
  if (child->prev)
    child->prev->next = child->next;
  else
    child->parent->children = child->next;
  g_clear_pointer (&child->parent, thaw_scope_unref);
}

static void
mark_ended (ThawScope *self, const GError *reason)
{
  self->reason = g_error_copy (reason);
  __atomic_store_n (&self->cancelled, TRUE, __ATOMIC_RELEASE);
  atomic_store_explicit (&self->record->is_cancelled, TRUE, memory_order_relaxed);
  thaw_timer_disarm (self->loop->timers, &self->timer);
}

/* @self and all below it that haven't ended, each marked before any code of theirs runs. */
static GPtrArray *
end_subtree (ThawScope *self, const GError *reason)
{
  GPtrArray *scopes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_scope_unref);

  g_ptr_array_add (scopes, thaw_scope_ref (self));
  for (guint i = 0; i < scopes->len; i++)
    {
      ThawScope *scope = scopes->pdata[i];

      mark_ended (scope, reason);
      for (ThawScope *child = scope->children; child; child = child->next)
        if (!child->cancelled)
          g_ptr_array_add (scopes, thaw_scope_ref (child));
    }
  return scopes;
}

/* What a member does may take others out of the list. */
static void
tell_members (ThawScope *self, ThawMemberKind kind)
{
  ThawScopeMember *head = &self->members[kind];

  while (head->next != head)
    {
      ThawScopeMember *member = head->next;

      thaw_scope_remove_member (self, kind, member);
      member->ended (member, self->reason);
    }
}

static void
end (ThawScope *self, const GError *reason)
{
  g_autoptr (GPtrArray) scopes = NULL;

  if (self->cancelled)
    return;
  scopes = end_subtree (self, reason);
  for (guint kind = 0; kind < THAW_N_MEMBER_KINDS; kind++)
    for (guint i = 0; i < scopes->len; i++)
      tell_members (scopes->pdata[i], kind);
}

/* The deadline may have been put off since it fired. */
static void
expire_on_loop (ThawLoopItem *item)
{
  g_autoptr (ThawScope) self = (ThawScope *) ((char *) item - G_STRUCT_OFFSET (ThawScope, item));
  g_autoptr (GError) reason = NULL;

  self->expiry_is_posted = FALSE;
  if (self->cancelled || self->deadline_usec == -1 || self->deadline_usec > thaw_clock_get_usec ())
    return;
  reason = g_error_new (THAW_ERROR, THAW_ERROR_DEADLINE, "The time for %s is over", self->name);
  end (self, reason);
}

/* Ending a scope may run any amount of code, so the timer only posts it. */
static void
on_deadline (ThawTimer *timer, gboolean dead)
{
  ThawScope *self = (ThawScope *) ((char *) timer - G_STRUCT_OFFSET (ThawScope, timer));

  if (dead || self->expiry_is_posted)
    return;
  self->item.run = expire_on_loop;
  thaw_scope_ref (self);
  self->expiry_is_posted = thaw_task_loop_run_soon (self->loop, &self->item);
  if (!self->expiry_is_posted)
    thaw_scope_unref (self);
}

/**
 * thaw_scope_new:
 * @name: a static string, for the task tree
 * @parent: (nullable): a scope of the same thread
 *
 * Makes a scope of the thread-default main context's pump. A child ends with its @parent, no later
 * than its deadline, and @parent's join waits for it. A child of a scope that has ended has ended
 * too.
 *
 * Returns: (transfer full): a scope
 */
ThawScope *
thaw_scope_new (const char *name, ThawScope *parent)
{
  ThawScope *self = g_new0 (ThawScope, 1);

  self->ref_count = 1;
  self->name = name;
  self->deadline_usec = -1;
  self->timer.fire = on_deadline;
  self->loop = thaw_task_loop_ref (parent ? parent->loop : thaw_task_loop_get_current ());
  thaw_task_loop_claim (self->loop);
  g_assert (thaw_task_loop_is_own (self->loop));
  for (guint i = 0; i < THAW_N_MEMBER_KINDS; i++)
    self->members[i].next = self->members[i].prev = &self->members[i];
  thaw_stat_add (self->loop->n_scopes, 1);
  self->record = thaw_ledger_open (self->loop->ledger,
                                   THAW_RECORD_SCOPE,
                                   parent ? parent->record : NULL,
                                   name,
                                   NULL);
  if (parent)
    link_child (parent, self);
  if (parent && parent->cancelled)
    {
      self->cancelled = TRUE;
      self->reason = g_error_copy (parent->reason);
    }
  return self;
}

static void
on_owner_disposed (gpointer data, GObject *where_it_was)
{
  g_autoptr (ThawScope) self = thaw_scope_ref (data);

  self->owner = NULL;
  thaw_scope_cancel (self);
}

/**
 * thaw_scope_new_for_owner:
 * @name: a static string, for the task tree
 * @owner: what the scope ends with
 * @parent: (nullable): a scope of the same thread
 *
 * As [ctor@Thaw.Scope.new]; the scope is cancelled when @owner is disposed, which must happen on
 * the scope's thread. When that dispose has returned no handler of its tasks runs any more and
 * every suspended fiber has unwound. GObject tells of the dispose last: an owner whose fibers look
 * at what its own dispose clears calls [method@Thaw.Scope.cancel] there first.
 *
 * Returns: (transfer full): a scope
 */
ThawScope *
thaw_scope_new_for_owner (const char *name, GObject *owner, ThawScope *parent)
{
  ThawScope *self = thaw_scope_new (name, parent);

  self->owner = owner;
  g_object_weak_ref (owner, on_owner_disposed, self);
  return self;
}

/**
 * thaw_scope_ref:
 * @self: a scope
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawScope *
thaw_scope_ref (ThawScope *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
scope_free (ThawScope *self)
{
  if (self->owner)
    g_object_weak_unref (self->owner, on_owner_disposed, self);
  thaw_timer_disarm (self->loop->timers, &self->timer);
  if (self->parent)
    unlink_child (self);
  thaw_stat_add (self->loop->n_scopes, -1);
  thaw_ledger_close (self->loop->ledger, self->record);
  g_clear_pointer (&self->joins, g_ptr_array_unref);
  g_clear_error (&self->reason);
  thaw_task_loop_unref (self->loop);
  g_free (self);
}

static void
free_on_loop (ThawLoopItem *item)
{
  scope_free ((ThawScope *) ((char *) item - G_STRUCT_OFFSET (ThawScope, item)));
}

/**
 * thaw_scope_unref:
 * @self: (transfer full): a scope
 *
 * Drops a reference. Any thread. Does not cancel: running tasks hold their scope.
 */
void
thaw_scope_unref (ThawScope *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  self->item.run = free_on_loop;
  if (thaw_task_loop_is_own (self->loop) || !thaw_task_loop_run_soon (self->loop, &self->item))
    scope_free (self);
}

/**
 * thaw_scope_get_pump:
 * @self: a scope
 *
 * Returns: (transfer none): the pump that its tasks come back to
 */
ThawPump *
thaw_scope_get_pump (ThawScope *self)
{
  return self->loop->pump;
}

ThawTaskLoop *
thaw_scope_get_loop (ThawScope *self)
{
  return self->loop;
}

ThawRecord *
thaw_scope_get_record (ThawScope *self)
{
  return self->record;
}

/**
 * thaw_scope_get_name:
 * @self: a scope
 *
 * Returns: (transfer none): the name it was made with
 */
const char *
thaw_scope_get_name (ThawScope *self)
{
  return self->name;
}

/**
 * thaw_scope_get_n_tasks:
 * @self: a scope
 *
 * Counts fibers and jobs, its own and its children's. A job counts until its body has returned.
 * Scope's thread.
 *
 * Returns: how many are left
 */
guint
thaw_scope_get_n_tasks (ThawScope *self)
{
  return self->n_tasks;
}

void
thaw_scope_add_member (ThawScope *self, ThawMemberKind kind, ThawScopeMember *member)
{
  ThawScopeMember *head = &self->members[kind];

  member->next = head;
  member->prev = head->prev;
  member->prev->next = head->prev = member;
}

void
thaw_scope_remove_member (ThawScope *self, ThawMemberKind kind, ThawScopeMember *member)
{
  if (!member->next)
    return;
  member->prev->next = member->next;
  member->next->prev = member->prev;
  member->next = member->prev = NULL;
}

void
thaw_scope_enter (ThawScope *self)
{
  thaw_scope_ref (self);
  for (ThawScope *scope = self; scope; scope = scope->parent)
    scope->n_tasks++;
}

static void
resolve_joins (ThawScope *self)
{
  g_autoptr (GPtrArray) joins = g_steal_pointer (&self->joins);

  for (guint i = 0; joins && i < joins->len; i++)
    thaw_future_resolve (joins->pdata[i]);
}

void
thaw_scope_leave (ThawScope *self)
{
  for (ThawScope *scope = self; scope; scope = scope->parent)
    if (--scope->n_tasks == 0 && scope->joins)
      resolve_joins (scope);
  thaw_scope_unref (self);
}

/**
 * thaw_scope_join:
 * @self: a scope
 *
 * Waits for the tasks of @self and its children, however they end. Doesn't cancel them. A fiber of
 * the scope itself would wait for itself.
 *
 * - **Thread**: the scope's.
 * - **Cancellation**: the future's only ends the waiting.
 *
 * Returns: (transfer full): a future that resolves with nothing when no task is left
 */
ThawFuture *
thaw_scope_join (ThawScope *self)
{
  ThawFuture *future;

  if (self->n_tasks == 0)
    return thaw_future_new_resolved ();
  future = thaw_future_new ("scope join");
  if (!self->joins)
    self->joins = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  g_ptr_array_add (self->joins, thaw_future_ref (future));
  return future;
}

/**
 * thaw_scope_cancel:
 * @self: a scope
 *
 * Ends @self and its children for good. The futures of their tasks and callbacks are rejected with
 * %G_IO_ERROR_CANCELLED; callbacks aren't called any more; jobs that haven't started never do and
 * those that run are told; suspended fibers unwind before this returns. Only a fiber that is
 * running, and has called this, goes on until its next await.
 *
 * - **Thread**: the scope's. Idempotent.
 */
void
thaw_scope_cancel (ThawScope *self)
{
  g_autoptr (GError) reason = NULL;

  g_assert (thaw_task_loop_is_own (self->loop));
  if (self->cancelled)
    return;
  reason = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The scope %s has ended", self->name);
  end (self, reason);
}

/**
 * thaw_scope_is_cancelled:
 * @self: a scope
 *
 * Any thread.
 *
 * Returns: whether it has ended
 */
gboolean
thaw_scope_is_cancelled (ThawScope *self)
{
  return __atomic_load_n (&self->cancelled, __ATOMIC_ACQUIRE);
}

const GError *
thaw_scope_get_reason (ThawScope *self)
{
  return self->reason;
}

/**
 * thaw_scope_set_deadline:
 * @self: a scope
 * @deadline_usec: monotonic time, or -1 for none
 *
 * Sets when @self is to end by itself: as by [method@Thaw.Scope.cancel], but its tasks are rejected
 * with %THAW_ERROR_DEADLINE. It never outlives its parent's deadline. Scope's thread.
 */
void
thaw_scope_set_deadline (ThawScope *self, gint64 deadline_usec)
{
  g_assert (thaw_task_loop_is_own (self->loop));
  if (self->cancelled || deadline_usec == self->deadline_usec)
    return;
  self->deadline_usec = MAX (deadline_usec, -1);
  if (self->deadline_usec == -1)
    thaw_timer_disarm (self->loop->timers, &self->timer);
  else
    thaw_timer_arm (self->loop->timers, &self->timer, self->deadline_usec);
}

/**
 * thaw_scope_get_deadline:
 * @self: a scope
 *
 * Scope's thread.
 *
 * Returns: the earlier of its own deadline and its parent's, in monotonic time; -1 for none
 */
gint64
thaw_scope_get_deadline (ThawScope *self)
{
  gint64 deadline = -1;

  for (ThawScope *scope = self; scope; scope = scope->parent)
    if (scope->deadline_usec != -1 && (deadline == -1 || scope->deadline_usec < deadline))
      deadline = scope->deadline_usec;
  return deadline;
}
