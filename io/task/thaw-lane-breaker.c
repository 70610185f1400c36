/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The circuit breaker: signs of life, silence, opening and closing. Runs on whichever thread has
 * news, under the lane's lock; the monitor's thread calls tick() when time has passed.
 *
 * A sign of life is a job that returns (with an error too), a beat, or an answered probe. A running
 * job without one for THAW_LANE_SILENCE_USEC, in a lane in which nothing else gave one either, is
 * reported and opens the breaker; but before that, the mount is asked by a probe: when it answers
 * only the job is stuck, and nobody else has to suffer. While open, what is queued and what comes
 * is refused, but for patient jobs, of which one is let through in each THAW_LANE_PROBE_USEC. Any
 * sign closes it.
 *
 * A mount that answers each call after two seconds would open and close at every call. Two late
 * signs, the second of a wait that began after the first, mean "slow". What is said and what is
 * done go apart then. Silence is said after the same time, since nobody can tell a slow call from
 * one that hangs, and it stays said whatever comes back, since the next one will be late too: until
 * a probe is answered quickly, or nobody waits any more. A job that is quick proves nothing, it may
 * have been answered from the kernel's cache; it only raises the doubt that makes us ask. And the
 * breaker opens only when the silence lasts three times as long, so work goes on as fast as the
 * mount allows. The jobs that hang in a dead mount and return together when it revives count as one
 * late sign; jobs that are late in a mount that answers probes don't count at all.
 *
 * Nobody is accused before a probe had its time, however late the monitor's thread is on a busy
 * machine. */

#include "thaw-lane-private.h"

static gboolean
is_slow (ThawLane *self)
{
  return self->n_late >= 2;
}

gint64
thaw_lane_get_silence (ThawLane *self)
{
  return is_slow (self) ? THAW_LANE_SLOW_SILENCE_USEC : THAW_LANE_SILENCE_USEC;
}

GError *
thaw_lane_new_error (ThawLane *self, ThawError code)
{
  if (code == THAW_ERROR_TOO_MANY_STUCK)
    return g_error_new (THAW_ERROR,
                        code,
                        "%s has too many calls that do not return",
                        self->key.name);
  return g_error_new (THAW_ERROR, code, "%s is not answering", self->key.name);
}

/* Late signs count when one waited after the other; who asks again is answered before the return is
 * booked, so "after" needs some slack. */
static void
note_late (ThawLane *self, gint64 since_usec, gint64 sign_usec)
{
  if (since_usec + THAW_LANE_SILENCE_USEC / 2 < self->late_usec)
    return;
  self->n_late++;
  self->late_usec = sign_usec;
}

static void
note_wait (ThawLane *self, const ThawLaneItem *item, gint64 sign_usec)
{
  gint64 waited_usec = sign_usec - item->sign_usec;

  if (waited_usec >= THAW_LANE_SILENCE_USEC && !item->mount_is_quick)
    note_late (self, item->sign_usec, sign_usec);
  else if (waited_usec < THAW_LANE_SILENCE_USEC / 2 && self->n_late > 0)
    self->in_doubt = TRUE;
}

/* A beat of @item, or its return. */
void
thaw_lane_note_sign (ThawLane *self, ThawLaneItem *item, gint64 sign_usec)
{
  note_wait (self, item, sign_usec);
  if (item->stuck)
    self->n_stuck--;
  item->stuck = FALSE;
  item->excused = FALSE;
  item->mount_is_quick = FALSE;
  item->sign_usec = sign_usec;
  self->sign_usec = MAX (self->sign_usec, sign_usec);
}

/* An answered probe: those who were silent before it was asked have a trouble of their own. */
void
thaw_lane_note_probe (ThawLane *self, gint64 asked_usec, gint64 now_usec)
{
  gint64 waited_usec = now_usec - asked_usec;

  if (waited_usec >= THAW_LANE_SILENCE_USEC)
    note_late (self, asked_usec, now_usec);
  else if (waited_usec < THAW_LANE_SILENCE_USEC / 2)
    {
      self->n_late = 0;
      self->in_doubt = FALSE;
    }
  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      ThawLaneItem *item = l->data;

      if (item->sign_usec >= asked_usec)
        continue;
      item->excused = TRUE;
      item->mount_is_quick = waited_usec < THAW_LANE_SILENCE_USEC;
    }
}

static gpointer
copy_watcher (gconstpointer watcher, gpointer unused)
{
  return thaw_lane_watcher_ref ((ThawLaneWatcher *) watcher);
}

static void
set_state (ThawLane *self, ThawLaneNews *news, ThawLaneState state, gint64 silent_since_usec)
{
  if (self->state == state)
    return;

  self->state = state;
  self->silent_since_usec = silent_since_usec;
  if (news->watchers == NULL)
    news->watchers = g_ptr_array_copy (self->watchers, copy_watcher, NULL);
}

/* Something came back: closes the breaker, and what waited may go. In a slow lane that is no reason
 * to say that it answers: who waits would be told every other second. */
void
thaw_lane_note_answer (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  self->sign_usec = MAX (self->sign_usec, now_usec);
  self->refuses = FALSE;
  if (self->in_doubt && self->n_probes == 0)
    {
      self->in_doubt = FALSE;
      thaw_lane_start_probe (self, now_usec);
    }
  if (self->state == THAW_LANE_NOT_ANSWERING && is_slow (self))
    {
      self->silent_since_usec = self->sign_usec;
      thaw_lane_monitor (self, now_usec + THAW_LANE_CALM_USEC);
    }
  else
    {
      set_state (self, news, THAW_LANE_ANSWERING, 0);
    }
  thaw_lane_start_queued (self, news, now_usec);
}

static void
open_breaker (ThawLane *self, ThawLaneNews *news, gint64 silent_since_usec, gint64 now_usec)
{
  set_state (self, news, THAW_LANE_NOT_ANSWERING, silent_since_usec);
  self->refuses = TRUE;
  self->tried_usec = now_usec;
  thaw_lane_refuse_queued (self, news, FALSE, thaw_lane_new_error (self, THAW_ERROR_NOT_ANSWERING));
}

/* Beats are stores in the job that nobody is told of: they are looked for. TRUE if there was one.
 */
static gboolean
collect_beats (ThawLane *self)
{
  gboolean found = FALSE;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      ThawLaneItem *item = l->data;
      gint64 beat_usec = thaw_job_get_last_beat_usec (item->job);
      gint64 started_usec = thaw_job_get_started_usec (item->job);

      /* The body's own start is stamped a little after ours, and is no sign of anything. */
      if (started_usec > 0 && beat_usec > MAX (item->sign_usec, started_usec))
        {
          thaw_lane_note_sign (self, item, beat_usec);
          found = TRUE;
        }
    }
  return found;
}

/* Returns when the next job's time is up. */
static gint64
collect_timeouts (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  gint64 next_usec = THAW_LANE_NEVER;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      ThawLaneItem *item = l->data;

      if (item->end_usec > now_usec)
        {
          next_usec = MIN (next_usec, item->end_usec);
          continue;
        }
      item->end_usec = THAW_LANE_NEVER;
      news->timeouts = g_slist_prepend (news->timeouts, thaw_job_ref (item->job));
    }
  return next_usec;
}

/* Since when the lane owes an answer; THAW_LANE_NEVER when it doesn't. */
static gint64
quiet_since (ThawLane *self)
{
  gint64 oldest_usec = THAW_LANE_NEVER;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      const ThawLaneItem *item = l->data;

      if (!item->excused)
        oldest_usec = MIN (oldest_usec, item->sign_usec);
    }
  return oldest_usec == THAW_LANE_NEVER ? THAW_LANE_NEVER : MAX (oldest_usec, self->sign_usec);
}

/* Asks the mount before its time is up. Returns by how much that comes later, because the question
 * was late: nobody is judged before the mount had time to answer it. */
static gint64
ask_in_time (ThawLane *self, gint64 now_usec)
{
  gint64 quiet_usec = quiet_since (self);
  gint64 open_usec;

  if (quiet_usec == THAW_LANE_NEVER)
    return 0;
  open_usec = quiet_usec + thaw_lane_get_silence (self);
  if (now_usec >= open_usec - THAW_LANE_ASK_USEC && self->probed_usec < quiet_usec)
    thaw_lane_start_probe (self, now_usec);
  if (self->probed_usec < quiet_usec)
    return 0;
  return MAX (self->probed_usec + THAW_LANE_ASK_USEC - open_usec, 0);
}

/* Who was silent for too long makes room for another thread. Returns when the next one will be, or
 * when to look for a beat of those that are. */
static gint64
mark_stuck (ThawLane *self, gint64 reprieve_usec, gint64 now_usec)
{
  gint64 silence_usec = thaw_lane_get_silence (self) + reprieve_usec;
  gint64 next_usec = THAW_LANE_NEVER;

  for (GList *l = self->running.head; l != NULL; l = l->next)
    {
      ThawLaneItem *item = l->data;

      if (item->sign_usec + silence_usec > now_usec)
        {
          next_usec = MIN (next_usec, item->sign_usec + silence_usec);
          continue;
        }
      self->n_stuck += !item->stuck;
      item->stuck = TRUE;
      next_usec = MIN (next_usec, now_usec + silence_usec);
    }
  return next_usec;
}

/* Whether a job waits for the mount, and not for a trouble of its own. */
static gboolean
is_waited_for (ThawLane *self)
{
  for (GList *l = self->running.head; l != NULL; l = l->next)
    if (!((ThawLaneItem *) l->data)->mount_is_quick)
      return TRUE;
  return FALSE;
}

/* Nothing is owed: a slow lane that was said to be silent gets a new start when nobody waits. */
static gint64
tick_calm (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  gint64 calm_usec = self->sign_usec + THAW_LANE_CALM_USEC;

  if (self->state == THAW_LANE_ANSWERING)
    return THAW_LANE_NEVER;
  if (is_waited_for (self))
    return now_usec + THAW_LANE_CALM_USEC;
  if (now_usec < calm_usec)
    return calm_usec;
  set_state (self, news, THAW_LANE_ANSWERING, 0);
  return THAW_LANE_NEVER;
}

static gint64
tick_closed (ThawLane *self, ThawLaneNews *news, gint64 reprieve_usec, gint64 now_usec)
{
  gint64 quiet_usec = quiet_since (self);
  gint64 say_usec, ask_usec, open_usec;

  if (quiet_usec == THAW_LANE_NEVER)
    return tick_calm (self, news, now_usec);

  say_usec = quiet_usec + THAW_LANE_SILENCE_USEC + (is_slow (self) ? 0 : reprieve_usec);
  open_usec = quiet_usec + thaw_lane_get_silence (self) + reprieve_usec;
  ask_usec = quiet_usec + thaw_lane_get_silence (self) - THAW_LANE_ASK_USEC;
  if (now_usec >= open_usec)
    {
      open_breaker (self, news, quiet_usec, now_usec);
      return THAW_LANE_NEVER;
    }
  if (now_usec >= say_usec)
    set_state (self, news, THAW_LANE_NOT_ANSWERING, quiet_usec);
  else
    open_usec = MIN (open_usec, say_usec);
  return now_usec < ask_usec ? MIN (open_usec, ask_usec) : open_usec;
}

static gint64
tick_open (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  if (now_usec >= self->probed_usec + THAW_LANE_PROBE_USEC)
    thaw_lane_start_probe (self, now_usec);
  thaw_lane_forget_cancelled (self, news);
  thaw_lane_start_queued (self, news, now_usec);
  return now_usec + THAW_LANE_PROBE_USEC / 2;
}

static gint64
tick_locked (ThawLane *self, ThawLaneNews *news, gint64 now_usec)
{
  gint64 next_usec, reprieve_usec;

  if (collect_beats (self) && self->state == THAW_LANE_NOT_ANSWERING)
    thaw_lane_note_answer (self, news, now_usec);
  next_usec = collect_timeouts (self, news, now_usec);
  reprieve_usec = self->refuses ? 0 : ask_in_time (self, now_usec);
  next_usec = MIN (next_usec, mark_stuck (self, reprieve_usec, now_usec));
  if (!self->refuses)
    next_usec = MIN (next_usec, tick_closed (self, news, reprieve_usec, now_usec));
  if (self->refuses)
    return MIN (next_usec, tick_open (self, news, now_usec));

  if (self->n_stuck >= THAW_LANE_MAX_STUCK)
    thaw_lane_refuse_queued (self,
                             news,
                             TRUE,
                             thaw_lane_new_error (self, THAW_ERROR_TOO_MANY_STUCK));
  else
    thaw_lane_start_queued (self, news, now_usec);
  return next_usec;
}

/* The monitor's thread: looks at the lane, and says when to look again. */
void
thaw_lane_tick (ThawLane *self, gint64 now_usec)
{
  ThawLaneNews news = { 0 };

  pthread_mutex_lock (&self->lock);
  self->tick_usec = THAW_LANE_NEVER;
  thaw_lane_monitor (self, tick_locked (self, &news, now_usec));
  pthread_mutex_unlock (&self->lock);
  thaw_lane_say (self, &news);
}
