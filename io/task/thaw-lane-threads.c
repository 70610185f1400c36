/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue and the threads of a lane. A job is given to an idle thread, or to a new one as long as
 * fewer than the lane's limit are busy, or it waits: by priority, then first come, first served;
 * who waited for a second may overtake a higher class now and then. Threads that are stuck in the
 * kernel don't count towards the limit, up to THAW_LANE_MAX_STUCK threads in all; when they come
 * back the lane has more than it needs, and they end. Idle threads end after a few seconds, the
 * longest idle first.
 *
 * A thread holds a reference of its lane for as long as it lives. What it does in the kernel
 * happens without the lane's lock, and nothing else of Thaw's ever waits for it. */

#include "thaw-lane-private.h"

struct _ThawLaneThread {
  GList link; /* among the idle ones */
  ThawLane *lane;
  ThawLaneItem *item; /* what it was given; NULL while idle */
  pthread_cond_t given;
};

void
thaw_lane_item_free (ThawLaneItem *item)
{
  thaw_job_unref (item->job);
  g_free (item);
}

static guint
n_queued (ThawLane *self)
{
  guint n = 0;

  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    n += self->queues[i].length;
  return n;
}

static gboolean
may_start (ThawLane *self, gint64 now_usec)
{
  if (self->unrouted)
    return FALSE;
  if (self->refuses)
    return now_usec >= self->tried_usec + THAW_LANE_PROBE_USEC
           && self->running.length < THAW_LANE_MAX_STUCK;
  return self->running.length < MIN (self->limit + self->n_stuck, THAW_LANE_MAX_STUCK);
}

/* Every fourth choice looks from below for someone who waited too long. */
static GQueue *
choose_queue (ThawLane *self, gint64 now_usec)
{
  if (self->n_taken % 4 == 3)
    for (guint i = THAW_N_PRIORITIES; i-- > 0;)
      {
        const ThawLaneItem *item = g_queue_peek_head (&self->queues[i]);

        if (item != NULL && item->queued_usec + THAW_LANE_AGEING_USEC < now_usec)
          return &self->queues[i];
      }
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    if (self->queues[i].length > 0)
      return &self->queues[i];
  return NULL;
}

static gpointer run_items (gpointer data);

/* Gives @item to a thread. FALSE when none can be made. */
static gboolean
give (ThawLane *self, ThawLaneItem *item)
{
  GList *link = g_queue_pop_head_link (&self->idle);
  ThawLaneThread *thread;
  GThread *handle;

  if (link != NULL)
    {
      thread = link->data;
      thread->item = item;
      pthread_cond_signal (&thread->given);
      return TRUE;
    }

  thread = g_new0 (ThawLaneThread, 1);
  thread->link.data = thread;
  thread->lane = thaw_lane_ref (self);
  thread->item = item;
  thaw_lane_cond_init (&thread->given);
  handle = g_thread_try_new ("thaw-lane", run_items, thread, NULL);
  if (handle == NULL)
    {
      /* The caller has a reference, so this can't be the last. */
      thaw_lane_unref (self);
      pthread_cond_destroy (&thread->given);
      g_free (thread);
      return FALSE;
    }
  g_thread_unref (handle);
  self->n_threads++;
  return TRUE;
}

static void
stamp_start (ThawLane *self, ThawLaneItem *item, gint64 now_usec)
{
  gint64 deadline_usec = thaw_job_get_deadline (item->job);
  gint64 look_usec = now_usec + THAW_LANE_SILENCE_USEC - THAW_LANE_ASK_USEC;

  item->sign_usec = now_usec;
  item->end_usec = item->timeout_usec >= 0 ? now_usec + item->timeout_usec : THAW_LANE_NEVER;
  if (deadline_usec >= 0)
    item->end_usec = MIN (item->end_usec, deadline_usec);
  look_usec = MIN (look_usec, item->end_usec);
  if (look_usec < self->tick_usec)
    thaw_lane_monitor (self, look_usec);
}

/* Starts what may be started now. Under the lock. */
void
thaw_lane_start_queued (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  while (may_start (self, now_usec))
    {
      GQueue *queue = choose_queue (self, now_usec);
      ThawLaneItem *item;

      if (queue == NULL)
        return;
      item = g_queue_pop_head_link (queue)->data;
      if (!give (self, item))
        {
          g_queue_push_head_link (queue, &item->link);
          if (self->n_threads == 0)
            thaw_lane_refuse_queued (
                self,
                news,
                TRUE,
                g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "No thread could be started"));
          return;
        }
      self->n_taken++;
      g_queue_push_tail_link (&self->running, &item->link);
      stamp_start (self, item, now_usec);
      if (self->refuses)
        self->tried_usec = now_usec;
    }
}

static void
move_to_drops (GQueue *queue, ThawLaneItem *item, ThawLaneNews *news)
{
  g_queue_unlink (queue, &item->link);
  news->drops = g_slist_prepend (news->drops, item);
}

/* Takes what waits out of the queue; it is rejected with @reason (transfer full). Under the lock.
 */
void
thaw_lane_refuse_queued (ThawLane *self, ThawLaneNews *news, gboolean patient_too, GError *reason)
{
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    for (GList *l = self->queues[i].head, *next; l != NULL; l = next)
      {
        ThawLaneItem *item = l->data;

        next = l->next;
        if (item->patient && !patient_too)
          continue;
        move_to_drops (&self->queues[i], item, news);
        self->n_refused++;
      }
  g_clear_error (&news->reason);
  news->reason = reason;
}

/* What was cancelled while it waited is over already; here its shell goes. Returns how many still
 * wait. */
guint
thaw_lane_forget_cancelled (ThawLane *self, ThawLaneNews *news)
{
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    for (GList *l = self->queues[i].head, *next; l != NULL; l = next)
      {
        ThawLaneItem *item = l->data;

        next = l->next;
        if (thaw_job_get_state (item->job) != THAW_JOB_QUEUED)
          move_to_drops (&self->queues[i], item, news);
      }
  return n_queued (self);
}

/* Whether @item is refused at once, and why. */
static GError *
get_refusal (ThawLane *self, ThawLaneItem *item)
{
  if (self->refuses)
    return item->patient ? NULL : thaw_lane_new_error (self, THAW_ERROR_NOT_ANSWERING);
  return self->n_stuck >= THAW_LANE_MAX_STUCK
             ? thaw_lane_new_error (self, THAW_ERROR_TOO_MANY_STUCK)
             : NULL;
}

/* Any thread, without the lock; owns @item. */
void
thaw_lane_submit (ThawLane *self, ThawLaneItem *item)
{
  ThawLaneNews news = { 0 };
  gint64 now_usec = g_get_monotonic_time ();
  ThawLane *target;

  pthread_mutex_lock (&self->lock);
  target = self->target;
  if (target == NULL && (news.reason = get_refusal (self, item)) != NULL)
    {
      news.drops = g_slist_prepend (NULL, item);
      self->n_refused++;
    }
  else if (target == NULL)
    {
      item->link.data = item;
      item->queued_usec = now_usec;
      g_queue_push_tail_link (&self->queues[thaw_job_get_priority (item->job)], &item->link);
      thaw_lane_start_queued (self, &news, now_usec);
    }
  pthread_mutex_unlock (&self->lock);

  thaw_lane_say (self, &news);
  if (target != NULL)
    thaw_lane_submit (target, item);
}

/* A job has returned, or was over before it began; its thread is the first to be given the next. */
static void
finish_item (ThawLane *self, ThawLaneThread *thread, gboolean was_run)
{
  ThawLaneItem *item = g_steal_pointer (&thread->item);
  gint64 now_usec = g_get_monotonic_time ();
  ThawLaneNews news = { 0 };

  pthread_mutex_lock (&self->lock);
  g_queue_unlink (&self->running, &item->link);
  g_queue_push_head_link (&self->idle, &thread->link);
  if (was_run)
    {
      thaw_lane_note_sign (self, item, now_usec);
      self->n_done++;
      thaw_lane_note_answer (self, &news, now_usec);
    }
  else
    {
      if (item->stuck)
        self->n_stuck--;
      thaw_lane_start_queued (self, &news, now_usec);
    }
  pthread_mutex_unlock (&self->lock);

  thaw_lane_item_free (item);
  thaw_lane_say (self, &news);
}

/* FALSE when there is nothing more to do for this thread. */
static gboolean
wait_for_item (ThawLane *self, ThawLaneThread *thread)
{
  gboolean found, in_time = TRUE;
  gint64 end_usec;

  pthread_mutex_lock (&self->lock);
  end_usec = g_get_monotonic_time () + THAW_LANE_IDLE_USEC
             + self->idle.length * THAW_LANE_IDLE_STAGGER_USEC;
  while (thread->item == NULL && in_time && self->n_threads - self->n_stuck <= self->limit)
    in_time = thaw_lane_cond_wait_until (&thread->given, &self->lock, end_usec);
  found = thread->item != NULL;
  if (!found)
    {
      g_queue_unlink (&self->idle, &thread->link);
      self->n_threads--;
    }
  pthread_mutex_unlock (&self->lock);

  return found;
}

static gpointer
run_items (gpointer data)
{
  ThawLaneThread *thread = data;
  g_autoptr (ThawLane) lane = thread->lane;

  do
    finish_item (lane, thread, thaw_job_run (thread->item->job));
  while (wait_for_item (lane, thread));

  pthread_cond_destroy (&thread->given);
  g_free (thread);
  return NULL;
}
