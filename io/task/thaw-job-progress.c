/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The progress of a job. The worker stores two numbers and posts a message if somebody watches and
 * none is on its way; the loop takes that as the sign to read the numbers. So a job may report as
 * often as it likes: what comes through is one message a turn of the loop at most. */

#include "thaw-job-private.h"

struct _ThawProgressWatch {
  ThawLoopItem item;
  ThawJob *job;          /* which owns this; held while the message is on its way */
  ThawProgressFunc func; /* the loop's, like the next two; NULL once the job is finished */
  gpointer user_data;
  GDestroyNotify destroy;
};

void
thaw_job_progress_end (ThawJobProgress *self)
{
  ThawProgressWatch *watch = __atomic_load_n (&self->watch, __ATOMIC_ACQUIRE);

  if (!watch || !watch->func)
    return;
  watch->func = NULL;
  if (watch->destroy)
    watch->destroy (watch->user_data);
}

void
thaw_job_progress_clear (ThawJobProgress *self)
{
  g_free (self->watch);
}

static void
tell (ThawLoopItem *item)
{
  ThawProgressWatch *watch = (ThawProgressWatch *) item;
  g_autoptr (ThawJob) job = watch->job;
  ThawJobProgress *self = thaw_job_get_progress (job);

  /* Before the numbers are read: what is stored from here on posts again. */
  __atomic_store_n (&self->is_posted, FALSE, __ATOMIC_SEQ_CST);
  if (watch->func && thaw_job_is_wanted (job))
    watch->func (__atomic_load_n (&self->done, __ATOMIC_SEQ_CST),
                 __atomic_load_n (&self->total, __ATOMIC_SEQ_CST),
                 watch->user_data);
}

static void
post (ThawJobProgress *self, ThawProgressWatch *watch)
{
  if (__atomic_exchange_n (&self->is_posted, TRUE, __ATOMIC_SEQ_CST))
    return;
  if (!thaw_job_run_soon (thaw_job_ref (watch->job), &watch->item))
    thaw_job_unref (watch->job);
}

/**
 * thaw_job_set_progress:
 * @self: the job that is running
 * @done: how much of it is done
 * @total: how much it is in all, as far as is known
 *
 * Reports how far the job is, in units of its own. Counts as a beat. Whoever watches by
 * [method@Thaw.Future.watch_progress] gets the latest figures; a worker may report as often as it
 * likes. Worker thread.
 */
void
thaw_job_set_progress (ThawJob *self, gint64 done, gint64 total)
{
  ThawJobProgress *progress = thaw_job_get_progress (self);
  ThawProgressWatch *watch;

  __atomic_store_n (&progress->total, total, __ATOMIC_RELAXED);
  __atomic_store_n (&progress->done, done, __ATOMIC_SEQ_CST);
  thaw_job_beat (self);
  watch = __atomic_load_n (&progress->watch, __ATOMIC_SEQ_CST);
  if (watch)
    post (progress, watch);
}

/**
 * thaw_future_watch_progress:
 * @future: a future of [method@Thaw.Scope.compute] or [method@Thaw.Lane.run]
 * @func: (scope notified) (closure user_data) (destroy destroy): is told
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data, on the loop's thread
 *
 * Lets @func be called with what the job behind @future reports, as a message, at most one at a time:
 * what was overtaken isn't told. Not called once the future is complete, or its scope has ended.
 *
 * - **Thread**: the loop's; once for each job.
 *
 * Returns: %FALSE if @future is complete or isn't a job's; @user_data has been freed then
 */
gboolean
thaw_future_watch_progress (ThawFuture *future,
                            ThawProgressFunc func,
                            gpointer user_data,
                            GDestroyNotify destroy)
{
  g_autoptr (ThawJob) job = thaw_job_dup_from_future (future);
  ThawJobProgress *progress = job ? thaw_job_get_progress (job) : NULL;
  ThawProgressWatch *watch;

  if (!job || progress->watch)
    {
      if (destroy)
        destroy (user_data);
      return FALSE;
    }
  watch = g_new (ThawProgressWatch, 1);
  *watch = (ThawProgressWatch){ { tell }, job, func, user_data, destroy };
  __atomic_store_n (&progress->watch, watch, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&progress->done, __ATOMIC_SEQ_CST) != 0)
    post (progress, watch);
  return TRUE;
}
