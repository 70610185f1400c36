/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs: see thaw-job-private.h for who does what on which thread. The state decides who ends a job:
 * whoever moves it to RETURNED posts it to the loop, and there it is finished once. Cancelling
 * takes no lock that the worker holds, which may be of the idle class and put aside for long: the
 * flag is set before the cancellable is looked for, and the worker looks at the flag after it has
 * published one. */

#include "thaw-job-private.h"

#include "thaw-future-private.h"
#include "thaw-marks-private.h"
#include "thaw-scope-private.h"

#include <time.h>

struct _ThawJob {
  gint ref_count;
  guint8 state;        /* atomic ThawJobState */
  guint8 is_cancelled; /* atomic */
  ThawPriority priority;
  const char *name;
  ThawScope *scope; /* the loop's, like the next two */
  ThawScopeMember member;
  ThawTaskLoop *loop; /* held by the scope until the job is finished */
  ThawRecord *record; /* in the loop's ledger, until then */
  ThawLoopItem item;
  ThawTinyLock lock;         /* of the next */
  ThawFuture *future;        /* NULL once the job is finished */
  GCancellable *cancellable; /* atomic */
  gint64 queued_usec, deadline_usec;
  ThawVirtualTime *clock;         /* held until the job is finished; NULL under real time */
  gint64 started_usec, beat_usec; /* atomic */
  gint64 *beats; /* where it says that it makes progress: the next one above, or an outer job's */
  gpointer executor;
  ThawJobDequeue dequeue;
  ThawJobExecutorFields fields;
  ThawJobProgress progress;
  ThawJobFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  ThawJobSequel sequel; /* nullable; the loop's */
  ThawResult result;    /* the worker's, then the loop's */
};

ThawJob *
thaw_job_ref (ThawJob *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_job_unref (ThawJob *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_object (&self->cancellable);
  thaw_job_progress_clear (&self->progress);
  g_free (self);
}

static gboolean
move_state (ThawJob *self, ThawJobState from, ThawJobState to)
{
  guint8 expected = from;

  return __atomic_compare_exchange_n (&self->state,
                                      &expected,
                                      to,
                                      FALSE,
                                      __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE);
}

static ThawFuture *
dup_future (ThawJob *self)
{
  ThawFuture *future;

  thaw_tiny_lock (&self->lock);
  future = self->future ? thaw_future_ref (self->future) : NULL;
  thaw_tiny_unlock (&self->lock);
  return future;
}

static ThawFuture *
steal_future (ThawJob *self)
{
  ThawFuture *future;

  thaw_tiny_lock (&self->lock);
  future = g_steal_pointer (&self->future);
  thaw_tiny_unlock (&self->lock);
  return future;
}

/* What comes instead of an error, if anything. */
static ThawFuture *
find_sequel (ThawJob *self, ThawFuture *future)
{
  if (!self->sequel || self->result.kind != THAW_RESULT_ERROR
      || thaw_future_peek_state (future) != THAW_FUTURE_PENDING)
    return NULL;
  return self->sequel (self->result.error, self->user_data);
}

/* Cancelling goes to what it follows then. */
static void
complete (ThawJob *self, ThawFuture *future, ThawFuture *sequel)
{
  if (!sequel)
    {
      thaw_future_complete (future, self->result, FALSE);
      return;
    }
  g_error_free (self->result.error);
  thaw_future_forget_cancel (future);
  thaw_follower_follow (future, sequel);
}

/* The loop; drops the reference of the task. */
static void
job_finish (ThawLoopItem *item)
{
  ThawJob *self = (ThawJob *) ((char *) item - G_STRUCT_OFFSET (ThawJob, item));
  g_autoptr (ThawFuture) future = steal_future (self);
  ThawScope *scope = g_steal_pointer (&self->scope);
  ThawFuture *sequel = find_sequel (self, future);

  thaw_scope_remove_member (scope, THAW_MEMBER_JOB, &self->member);
  thaw_stat_add (self->loop->n_jobs, -1);
  thaw_ledger_close (self->loop->ledger, self->record);
  thaw_job_progress_end (&self->progress);
  if (self->destroy)
    self->destroy (self->user_data);
  complete (self, future, sequel);
  thaw_scope_leave (scope);
  thaw_clock_release (self->clock);
  thaw_job_unref (self);
}

/* Without a loop the data is destroyed where we are: better than never. */
static void
post_finish (ThawJob *self)
{
  if (!thaw_task_loop_run_soon (self->loop, &self->item))
    job_finish (&self->item);
}

/* Any thread. Whether the job was still waiting: it is the caller's to finish then. */
static gboolean
stop (ThawJob *self)
{
  GCancellable *cancellable;

  __atomic_store_n (&self->is_cancelled, TRUE, __ATOMIC_SEQ_CST);
  cancellable = __atomic_load_n (&self->cancellable, __ATOMIC_SEQ_CST);
  if (cancellable)
    g_cancellable_cancel (cancellable);
  if (!move_state (self, THAW_JOB_QUEUED, THAW_JOB_RETURNED))
    return FALSE;
  self->result = (ThawResult){ .kind = THAW_RESULT_NOTHING };
  if (self->dequeue)
    self->dequeue (self, self->executor);
  return TRUE;
}

static void
on_future_cancelled (ThawFuture *future, gpointer job)
{
  if (stop (job))
    post_finish (job);
}

static void
on_scope_ended (ThawScopeMember *member, const GError *reason)
{
  ThawJob *self = (ThawJob *) ((char *) member - G_STRUCT_OFFSET (ThawJob, member));
  g_autoptr (ThawJob) held = thaw_job_ref (self);

  thaw_future_reject (self->future, g_error_copy (reason));
  if (stop (self))
    job_finish (&self->item);
}

ThawJob *
thaw_job_new (ThawScope *scope,
              const char *name,
              ThawPriority priority,
              ThawJobFunc func,
              gpointer user_data,
              GDestroyNotify destroy,
              ThawFuture **future)
{
  ThawJob *self;

  g_assert (thaw_task_loop_is_own (thaw_scope_get_loop (scope)));
  if (thaw_scope_is_cancelled (scope))
    {
      if (destroy)
        destroy (user_data);
      *future = thaw_future_new_rejected (g_error_copy (thaw_scope_get_reason (scope)));
      return NULL;
    }

  self = g_new (ThawJob, 1);
  *self = (ThawJob){ .ref_count = 3, /* the executor's, the task's, the future's hook */
                     .state = THAW_JOB_QUEUED,
                     .priority = priority,
                     .name = name,
                     .scope = scope,
                     .member.ended = on_scope_ended,
                     .loop = thaw_scope_get_loop (scope),
                     .item.run = job_finish,
                     .future = thaw_follower_new (name),
                     .queued_usec = g_get_monotonic_time (),
                     .deadline_usec = -1,
                     .clock = thaw_timers_hold (thaw_scope_get_loop (scope)->timers),
                     .func = func,
                     .user_data = user_data,
                     .destroy = destroy };
  self->beats = &self->beat_usec;
  /* What watches jobs knows real time only; a virtual deadline is the scope's to keep. */
  if (!self->clock)
    self->deadline_usec = thaw_scope_get_deadline (scope);
  thaw_future_set_cancel (self->future, on_future_cancelled, self, (GDestroyNotify) thaw_job_unref);
  thaw_scope_enter (scope);
  thaw_scope_add_member (scope, THAW_MEMBER_JOB, &self->member);
  thaw_stat_add (self->loop->n_jobs, 1);
  self->record = thaw_ledger_open (self->loop->ledger,
                                   THAW_RECORD_JOB,
                                   thaw_scope_get_record (scope),
                                   name,
                                   func);
  thaw_record_wait (self->record, "a thread");
  *future = thaw_future_ref (self->future);
  return self;
}

ThawJob *
thaw_job_dup_from_future (ThawFuture *future)
{
  ThawJob *job = NULL;

  thaw_tiny_lock (&future->lock);
  if (future->state == THAW_FUTURE_PENDING && future->cancel == on_future_cancelled)
    job = thaw_job_ref (future->cancel_data);
  thaw_tiny_unlock (&future->lock);
  return job;
}

gboolean
thaw_job_is_wanted (ThawJob *self)
{
  g_autoptr (ThawFuture) future = dup_future (self);

  return future && thaw_future_peek_state (future) == THAW_FUTURE_PENDING;
}

gboolean
thaw_job_run_soon (ThawJob *self, ThawLoopItem *item)
{
  return thaw_task_loop_run_soon (self->loop, item);
}

gboolean
thaw_job_set_sequel (ThawFuture *future, ThawJobSequel sequel)
{
  g_autoptr (ThawJob) self = thaw_job_dup_from_future (future);

  if (self)
    self->sequel = sequel;
  return self != NULL;
}

ThawJobProgress *
thaw_job_get_progress (ThawJob *self)
{
  return &self->progress;
}

void
thaw_job_set_executor (ThawJob *self, gpointer executor, ThawJobDequeue dequeue)
{
  self->executor = executor;
  atomic_store_explicit (&self->record->place, executor, memory_order_relaxed);
  self->dequeue = dequeue;
}

ThawJobExecutorFields *
thaw_job_get_executor_fields (ThawJob *self)
{
  return &self->fields;
}

static void
set_result (ThawJob *self, ThawResult result)
{
  switch (self->result.kind)
    {
    case THAW_RESULT_POINTER:
      if (self->result.destroy)
        self->result.destroy (self->result.pointer);
      break;
    case THAW_RESULT_OBJECT:
      g_clear_object (&self->result.object);
      break;
    default:
      break;
    }
  self->result = result;
}

static void
call_body (ThawJob *self)
{
  GError *error = NULL;

  if (self->func (self, self->user_data, &error))
    {
      g_assert (!error);
      return;
    }
  if (!error)
    error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "%s failed without an error", self->name);
  set_result (self, (ThawResult){ .kind = THAW_RESULT_ERROR, .error = error });
}

/* FALSE: it was over before. */
static gboolean
run (ThawJob *self, gint64 *beats)
{
  gint64 now = g_get_monotonic_time ();
  ThawVirtualTime *outer;

  __atomic_store_n (&self->started_usec, now, __ATOMIC_RELAXED);
  __atomic_store_n (beats, now, __ATOMIC_RELAXED);
  if (!move_state (self, THAW_JOB_QUEUED, THAW_JOB_RUNNING))
    return FALSE;
  self->beats = beats;
  outer = thaw_clock_enter (self->clock);
  thaw_record_wait (self->record, NULL);
  call_body (self);
  thaw_clock_enter (outer);
  if (thaw_marks_are_active ())
    thaw_marks_add (self->executor ? THAW_MARK_LANE_JOB : THAW_MARK_CPU_JOB,
                    self->name,
                    now,
                    g_get_monotonic_time (),
                    1);
  __atomic_store_n (&self->state, THAW_JOB_RETURNED, __ATOMIC_RELEASE);
  return TRUE;
}

static gboolean
run_and_finish (ThawJob *self, gint64 *beats)
{
  gboolean runs = run (self, beats);

  if (runs)
    post_finish (self);
  thaw_job_unref (self);
  return runs;
}

gboolean
thaw_job_run (ThawJob *self)
{
  return run_and_finish (self, &self->beat_usec);
}

gboolean
thaw_job_run_within (ThawJob *self, ThawJob *outer)
{
  return run_and_finish (self, &outer->beat_usec);
}

void
thaw_job_drop (ThawJob *self, GError *error)
{
  if (move_state (self, THAW_JOB_QUEUED, THAW_JOB_RETURNED))
    {
      self->result = (ThawResult){ .kind = THAW_RESULT_ERROR, .error = error };
      post_finish (self);
    }
  else
    g_error_free (error);
  thaw_job_unref (self);
}

gboolean
thaw_job_reject (ThawJob *self, GError *error)
{
  g_autoptr (ThawFuture) future = dup_future (self);

  if (!future)
    {
      g_error_free (error);
      return FALSE;
    }
  if (!thaw_future_reject (future, error))
    return FALSE;
  if (stop (self))
    post_finish (self);
  return TRUE;
}

ThawJobState
thaw_job_get_state (ThawJob *self)
{
  return (ThawJobState) __atomic_load_n (&self->state, __ATOMIC_ACQUIRE);
}

ThawPriority
thaw_job_get_priority (ThawJob *self)
{
  return self->priority;
}

gint64
thaw_job_get_queued_usec (ThawJob *self)
{
  return self->queued_usec;
}

gint64
thaw_job_get_started_usec (ThawJob *self)
{
  return __atomic_load_n (&self->started_usec, __ATOMIC_RELAXED);
}

gint64
thaw_job_get_last_beat_usec (ThawJob *self)
{
  return __atomic_load_n (&self->beat_usec, __ATOMIC_RELAXED);
}

gint64
thaw_job_get_deadline (ThawJob *self)
{
  return self->deadline_usec;
}

/**
 * thaw_job_is_cancelled:
 * @self: the job that is running
 *
 * Any thread; cheap.
 *
 * Returns: whether nobody waits for the result any more
 */
gboolean
thaw_job_is_cancelled (ThawJob *self)
{
  return __atomic_load_n (&self->is_cancelled, __ATOMIC_RELAXED);
}

/**
 * thaw_job_set_error_if_cancelled:
 * @self: the job that is running
 * @error: %G_IO_ERROR_CANCELLED
 *
 * Worker thread.
 *
 * Returns: whether it was cancelled, and @error is set
 */
gboolean
thaw_job_set_error_if_cancelled (ThawJob *self, GError **error)
{
  if (!thaw_job_is_cancelled (self))
    return FALSE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s was cancelled", self->name);
  return TRUE;
}

/**
 * thaw_job_get_cancellable:
 * @self: the job that is running
 *
 * A cancellable for GIO's calls, made when it is first asked for. Worker thread.
 *
 * Returns: (transfer none): it lives as long as the job
 */
GCancellable *
thaw_job_get_cancellable (ThawJob *self)
{
  GCancellable *cancellable = __atomic_load_n (&self->cancellable, __ATOMIC_ACQUIRE);

  if (cancellable)
    return cancellable;
  cancellable = g_cancellable_new ();
  __atomic_store_n (&self->cancellable, cancellable, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&self->is_cancelled, __ATOMIC_SEQ_CST))
    g_cancellable_cancel (cancellable);
  return cancellable;
}

/**
 * thaw_job_beat:
 * @self: the job that is running
 *
 * Says that the job makes progress: its lane takes one that is silent for %THAW_LANE_SILENCE_USEC
 * for hung. Worker thread; a few nanoseconds.
 */
void
thaw_job_beat (ThawJob *self)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC_COARSE, &now);
  __atomic_store_n (self->beats,
                    now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000,
                    __ATOMIC_RELAXED);
}

/**
 * thaw_job_return_pointer:
 * @self: the job that is running
 * @value: (transfer full): what its future resolves to
 * @destroy: (nullable): frees @value if nobody takes it
 *
 * Sets the result; the last one set counts. It is handed over when the body returns %TRUE. If the
 * job has been cancelled
 * @value is destroyed on the loop's thread. Worker thread.
 */
void
thaw_job_return_pointer (ThawJob *self, gpointer value, GDestroyNotify destroy)
{
  set_result (self,
              (ThawResult){ .kind = THAW_RESULT_POINTER, .pointer = value, .destroy = destroy });
}

/**
 * thaw_job_return_object:
 * @self: the job that is running
 * @object: (transfer full) (type GObject): what its future resolves to
 *
 * As thaw_job_return_pointer(), for an object.
 */
void
thaw_job_return_object (ThawJob *self, gpointer object)
{
  set_result (self, (ThawResult){ .kind = THAW_RESULT_OBJECT, .object = object });
}

/**
 * thaw_job_return_int64:
 * @self: the job that is running
 * @value: what its future resolves to
 *
 * As thaw_job_return_pointer(), for an integer.
 */
void
thaw_job_return_int64 (ThawJob *self, gint64 value)
{
  set_result (self, (ThawResult){ .kind = THAW_RESULT_INT64, .int64 = value });
}

/**
 * thaw_job_get_name:
 * @self: a job
 *
 * Returns: (transfer none): its name
 */
const char *
thaw_job_get_name (ThawJob *self)
{
  return self->name;
}
