/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job: one call of a ThawJobFunc on a worker thread, shared by the CPU pool and the lanes. Made
 * on the loop's thread, where it is a task of its scope; run on a worker; finished on the loop
 * again, where its future completes, its data is destroyed and its scope is told.
 *
 * How an executor (a pool, a lane) uses it:
 *   loop:    job = thaw_job_new (scope, name, priority, func, user_data, destroy, &future);
 *            thaw_job_set_executor (job, self, dequeue);      // optional, before it is queued
 *            queue the job: the executor owns that reference; return the future to the caller
 *   worker:  take it off the queue, then exactly one of
 *            thaw_job_run (job)            // consumes it; a no-op if it was cancelled while it
 * waited thaw_job_drop (job, error)    // consumes it and the error: never runs, rejected with it
 *   any:     thaw_job_reject (job, error)  // a timeout: the future is rejected at once and the job
 * is told
 *                                          // to stop; whoever runs it, or has it queued, still
 * ends it A job that is cancelled while it waits (by its scope or by its future) is over at once:
 * data destroyed, scope told. What stays in the executor's queue is a shell that thaw_job_run() and
 * thaw_job_drop() free.
 * @next, @prev and @executor_data belong to the executor. */
#pragma once

#include "thaw-scope.h"
#include "thaw-task-loop-private.h"

G_BEGIN_DECLS

typedef enum {
  THAW_JOB_QUEUED,
  THAW_JOB_RUNNING,
  THAW_JOB_RETURNED, /* the body has returned, or never will be called */
} ThawJobState;

/* Told on the thread that cancels (the loop's, or that of thaw_future_cancel()), once, when a job
 * that had not been started is cancelled: may unlink the shell from the queue, and then calls
 * thaw_job_unref(), or leave it for later. Must not block for long. */
typedef void (*ThawJobDequeue) (ThawJob *job, gpointer executor);

/* Loop's thread. The job's reference is the executor's; @future (out, transfer full) is the
 * caller's. If the scope has ended, or its deadline has passed, @user_data is destroyed, @future is
 * rejected and NULL is returned. */
ThawJob *thaw_job_new (ThawScope *scope,
                       const char *name,
                       ThawPriority priority,
                       ThawJobFunc func,
                       gpointer user_data,
                       GDestroyNotify destroy,
                       ThawFuture **future) G_GNUC_WARN_UNUSED_RESULT;
void thaw_job_set_executor (ThawJob *self, gpointer executor, ThawJobDequeue dequeue);
ThawJob *thaw_job_ref (ThawJob *self); /* any thread */
void thaw_job_unref (ThawJob *self);   /* any thread */

/* Worker. Consume the executor's reference. thaw_job_run() returns whether the body was called. */
gboolean thaw_job_run (ThawJob *self);
void thaw_job_drop (ThawJob *self, GError *error);
/* As thaw_job_run(), from inside of @outer's body: the signs of life of both are @outer's. */
gboolean thaw_job_run_within (ThawJob *self, ThawJob *outer);
/* Any thread. FALSE (and @error, transfer full, is freed) when the future was complete already. */
gboolean thaw_job_reject (ThawJob *self, GError *error);

/* Goes on after an error: NULL, or (transfer full) what the job's future follows instead. Called on
 * the loop when the job has returned, if anybody still waits for it. */
typedef ThawFuture *(*ThawJobSequel) (const GError *error, gpointer user_data);
/* The loop, right after the job was started. FALSE: @future is complete, or no job's. */
gboolean thaw_job_set_sequel (ThawFuture *future, ThawJobSequel sequel);

/* Any thread. */
ThawJobState thaw_job_get_state (ThawJob *self);
ThawPriority thaw_job_get_priority (ThawJob *self);
gint64 thaw_job_get_queued_usec (ThawJob *self);  /* monotonic: when it was made */
gint64 thaw_job_get_started_usec (ThawJob *self); /* 0 before it runs */
gint64 thaw_job_get_last_beat_usec (
    ThawJob *self); /* the start, or the latest thaw_job_beat(); 4 ms coarse */
gint64 thaw_job_get_deadline (ThawJob *self); /* the scope's when the job was made, -1 for none, and
                                                under virtual time */

/* The executor's own fields, unused here. */
typedef struct {
  ThawJob *next, *prev;
  gpointer data;
  gint64 stamp_usec;
} ThawJobExecutorFields;
ThawJobExecutorFields *thaw_job_get_executor_fields (ThawJob *self);

/* thaw-job-progress.c: how far it is, and who wants to know. */
typedef struct _ThawProgressWatch ThawProgressWatch;
typedef struct {
  gint64 done, total;       /* atomic */
  gint is_posted;           /* atomic: a message is on its way */
  ThawProgressWatch *watch; /* atomic: set once; freed with the job */
} ThawJobProgress;

ThawJobProgress *thaw_job_get_progress (ThawJob *self);
ThawJob *thaw_job_dup_from_future (ThawFuture *future);         /* NULL: not a job's, or complete */
gboolean thaw_job_is_wanted (ThawJob *self);                    /* its future is pending */
gboolean thaw_job_run_soon (ThawJob *self, ThawLoopItem *item); /* on its loop */
void thaw_job_progress_end (ThawJobProgress *self); /* the loop: nobody is told any more */
void thaw_job_progress_clear (ThawJobProgress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawJob, thaw_job_unref)

G_END_DECLS
