/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs of one scope on one lane that are so short that handing each to a thread of the lane would
 * cost more than they do. They wait here, and the lane's threads are sent *drainers*, which take
 * one after the other. Each stays a job of its own: it is a task of its scope, is cancelled by
 * itself, and its future completes when it is over.
 *
 * While something waits here, one drainer waits in the lane, or is on its way there. When it gets a
 * thread and there is more, the next one is sent. So as many are at work as the lane allows, one
 * that is slow holds back nobody, and what the lane does about threads that are stuck, or says when
 * it refuses, holds for those who wait here. After a few milliseconds a drainer makes room for
 * others of the lane.
 *
 * Tried with 64 in flight and not kept, because it measured no better: telling the loop of several
 * at once, and no more drainers than processors. */

#include "thaw-file-queue-private.h"

#include "thaw-scope-private.h"
#include "thaw-tiny-lock-private.h"

#define SLICE_USEC 2000

typedef struct {
  ThawFileQueue *queue;
  ThawFuture *future; /* nullable; guarded by the queue's lock, while it waits in the lane */
} Drainer;

struct _ThawFileQueue {
  gint ref_count;
  ThawLane *lane;
  ThawScope *scope;
  ThawPriority priority;
  ThawLoopItem item; /* to send a drainer */

  ThawTinyLock lock;  /* of all that follows */
  gboolean is_posted; /* @item is on its way */
  ThawJob *first, *last;
  guint n_waiting; /* shells of cancelled ones not counted */
  Drainer *next;   /* waits in the lane; NULL: there is none */
};

/* Of a job in a queue: whose, and whether it waits there. Guarded by the queue's lock but for
 * @data. */
#define fields(job) thaw_job_get_executor_fields (job)
enum { IS_WAITING = 1, IS_TAKEN };

ThawFileQueue *
thaw_file_queue_ref (ThawFileQueue *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/* What waits has a reference: only shells are left. */
void
thaw_file_queue_unref (ThawFileQueue *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  while (self->first != NULL)
    {
      ThawJob *job = self->first;

      self->first = fields (job)->next;
      thaw_job_unref (job);
    }
  thaw_lane_unref (self->lane);
  thaw_scope_unref (self->scope);
  g_free (self);
}

/* The next ones are called under the lock. */

static void
append (ThawFileQueue *self, ThawJob *job)
{
  fields (job)->next = NULL;
  fields (job)->stamp_usec = IS_WAITING;
  if (self->last != NULL)
    fields (self->last)->next = job;
  else
    self->first = job;
  self->last = job;
  self->n_waiting++;
}

static ThawJob *
pop (ThawFileQueue *self)
{
  ThawJob *job = self->first;

  if (job == NULL)
    return NULL;
  self->first = fields (job)->next;
  if (self->first == NULL)
    self->last = NULL;
  if (fields (job)->stamp_usec == IS_WAITING)
    self->n_waiting--;
  fields (job)->stamp_usec = IS_TAKEN;
  return job;
}

static gboolean
needs_drainer (ThawFileQueue *self)
{
  return self->n_waiting > 0 && self->next == NULL;
}

/* Whether the caller has to say so to the loop, when it has let go of the lock. */
static gboolean
must_call (ThawFileQueue *self)
{
  if (self->is_posted || !needs_drainer (self))
    return FALSE;
  self->is_posted = TRUE;
  return TRUE;
}

/* Nobody is left for it: to be cancelled. */
static ThawFuture *
dismiss_next (ThawFileQueue *self)
{
  Drainer *drainer = g_steal_pointer (&self->next);

  return drainer != NULL ? g_steal_pointer (&drainer->future) : NULL;
}

/* Any thread: one that waits was cancelled. Its shell stays in the list. */
static void
leave_queue (ThawJob *job, gpointer lane)
{
  ThawFileQueue *self = fields (job)->data;
  g_autoptr (ThawFuture) unneeded = NULL;

  thaw_tiny_lock (&self->lock);
  if (fields (job)->stamp_usec == IS_WAITING)
    {
      fields (job)->stamp_usec = 0;
      if (--self->n_waiting == 0)
        unneeded = dismiss_next (self);
    }
  thaw_tiny_unlock (&self->lock);
  if (unneeded != NULL)
    thaw_future_cancel (unneeded);
}

/* Workers. */

static void
call_for_another (ThawFileQueue *self)
{
  ThawTaskLoop *loop = thaw_scope_get_loop (self->scope);

  if (!thaw_task_loop_run_soon (loop, &thaw_file_queue_ref (self)->item))
    thaw_file_queue_unref (self);
}

/* Its place in the lane is free. */
static void
begin (Drainer *self)
{
  ThawFileQueue *queue = self->queue;
  g_autoptr (ThawFuture) future = NULL;

  thaw_tiny_lock (&queue->lock);
  if (queue->next == self)
    queue->next = NULL;
  future = g_steal_pointer (&self->future);
  thaw_tiny_unlock (&queue->lock);
}

static ThawJob *
take (ThawFileQueue *self)
{
  ThawJob *job;
  gboolean calls;

  thaw_tiny_lock (&self->lock);
  job = pop (self);
  calls = must_call (self);
  thaw_tiny_unlock (&self->lock);
  if (calls)
    call_for_another (self);
  return job;
}

static gboolean
drain_lane (ThawJob *job, gpointer data, GError **error)
{
  Drainer *self = data;
  gint64 end_usec = thaw_job_get_started_usec (job) + SLICE_USEC;
  ThawJob *taken;

  begin (self);
  while (thaw_job_get_last_beat_usec (job) < end_usec && (taken = take (self->queue)) != NULL)
    thaw_job_run_within (taken, job);
  return TRUE;
}

/* The loop. */

static void
drainer_free (gpointer data)
{
  Drainer *self = data;
  g_autoptr (ThawFuture) future = NULL;

  thaw_tiny_lock (&self->queue->lock);
  if (self->queue->next == self)
    self->queue->next = NULL;
  future = g_steal_pointer (&self->future);
  thaw_tiny_unlock (&self->queue->lock);
  thaw_file_queue_unref (self->queue);
  g_free (self);
}

static ThawJob *
take_out (ThawFileQueue *self)
{
  ThawJob *job;

  thaw_tiny_lock (&self->lock);
  job = pop (self);
  thaw_tiny_unlock (&self->lock);
  return job;
}

/* The lane has refused a drainer, or its time is up: so it is for what waits. */
static void
drained_cb (ThawFuture *completed, gpointer data)
{
  ThawFileQueue *self = data;
  const GError *error = thaw_future_get_error (completed);
  ThawJob *job;

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  while ((job = take_out (self)) != NULL)
    thaw_job_drop (job, g_error_copy (error));
}

static void
unref_queue (gpointer queue)
{
  thaw_file_queue_unref (queue);
}

/* @drainer is the queue's next one; it may have begun before its future is known here. */
static void
send (ThawFileQueue *self, Drainer *drainer)
{
  g_autoptr (ThawFuture) future = thaw_lane_run (self->lane,
                                                 self->scope,
                                                 "short jobs",
                                                 self->priority,
                                                 -1,
                                                 drain_lane,
                                                 drainer,
                                                 drainer_free);

  thaw_future_done (future, self->scope, drained_cb, thaw_file_queue_ref (self), unref_queue);
  thaw_tiny_lock (&self->lock);
  if (self->next == drainer)
    drainer->future = g_steal_pointer (&future);
  thaw_tiny_unlock (&self->lock);
}

static void
send_if_needed (ThawFileQueue *self, ThawJob *added)
{
  Drainer *drainer = NULL;

  thaw_tiny_lock (&self->lock);
  if (added != NULL)
    append (self, added);
  else
    self->is_posted = FALSE;
  if (needs_drainer (self))
    {
      self->next = drainer = g_new0 (Drainer, 1);
      drainer->queue = thaw_file_queue_ref (self);
    }
  thaw_tiny_unlock (&self->lock);
  if (drainer != NULL)
    send (self, drainer);
}

/* Those who wait have ended with their scope. */
static void
send_another (ThawLoopItem *item)
{
  g_autoptr (ThawFileQueue) self
      = (ThawFileQueue *) ((char *) item - G_STRUCT_OFFSET (ThawFileQueue, item));

  if (!thaw_scope_is_cancelled (self->scope))
    send_if_needed (self, NULL);
}

ThawFileQueue *
thaw_file_queue_new (ThawLane *lane, ThawScope *scope, ThawPriority priority)
{
  ThawFileQueue *self = g_new (ThawFileQueue, 1);

  *self = (ThawFileQueue){ .ref_count = 1,
                           .lane = thaw_lane_ref (lane),
                           .scope = thaw_scope_ref (scope),
                           .priority = priority,
                           .item.run = send_another };
  return self;
}

ThawFuture *
thaw_file_queue_run (ThawFileQueue *self,
                     const char *name,
                     ThawJobFunc func,
                     gpointer user_data,
                     GDestroyNotify destroy)
{
  ThawFuture *future = NULL;
  ThawJob *job
      = thaw_job_new (self->scope, name, self->priority, func, user_data, destroy, &future);

  if (job == NULL)
    return future;
  thaw_job_set_executor (job, self->lane, leave_queue);
  fields (job)->data = self;
  send_if_needed (self, job);
  return future;
}
