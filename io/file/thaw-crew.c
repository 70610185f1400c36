/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crews: long work on a lane, in slices. A slice takes some 100 ms and queues again at low
 * priority; the loop hands out the next one, so a loop that is busy slows the work down and not
 * the other way around. A timer looks at those that are at work: who has given no sign of life for
 * two seconds sits in a call that hangs. That one is left behind (its lane replaces the thread) and
 * may come back any time, with what it has read.
 *
 * The crew is the loop's; a hand is shared by the loop and a worker, in single words. */

#include "thaw-crew-private.h"

#include "thaw-timing.h"

#define SLICE_USEC 100000
#define TICK_MSEC 500
#define REFUSED_REST_USEC 500000

struct _ThawHand {
  gint ref_count;
  gint64 sign_usec; /* atomic: of its last sign of life; 0 before it is run */
  guint32 item;     /* atomic */
  gint is_left;     /* atomic */
  const ThawCrewFuncs *funcs;
  gpointer data; /* referenced */
  /* The worker's. */
  ThawJob *job;
  gint64 end_usec, rest_usec;
  gpointer buffer;
};

struct _ThawCrew {
  const ThawCrewFuncs *funcs;
  ThawLane *lane;
  ThawScope *scope;
  guint n_hands, n_left, n_resting;
  GPtrArray *working; /* ThawHand */
  gpointer data, owner;
  guint tick;
};

typedef struct {
  ThawCrew *crew;
  ThawHand *hand;
} Return;

static ThawHand *
hand_new (ThawCrew *crew)
{
  ThawHand *self = g_new0 (ThawHand, 1);

  self->ref_count = 1;
  self->funcs = crew->funcs;
  self->data = crew->funcs->ref (crew->data);
  return self;
}

static gpointer
hand_ref (ThawHand *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
hand_unref (gpointer data)
{
  ThawHand *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  self->funcs->unref (self->data);
  g_free (self->buffer);
  g_free (self);
}

gboolean
thaw_hand_beat (ThawHand *self)
{
  __atomic_store_n (&self->sign_usec, g_get_monotonic_time (), __ATOMIC_RELAXED);
  thaw_job_beat (self->job);
  return !thaw_job_is_cancelled (self->job);
}

gboolean
thaw_hand_take (ThawHand *self, guint32 item)
{
  __atomic_store_n (&self->item, item, __ATOMIC_RELAXED);
  return thaw_hand_beat (self);
}

gboolean
thaw_hand_is_left (ThawHand *self)
{
  return __atomic_load_n (&self->is_left, __ATOMIC_RELAXED) != 0;
}

gboolean
thaw_hand_is_over (ThawHand *self)
{
  return thaw_hand_is_left (self) || thaw_job_is_cancelled (self->job)
         || g_get_monotonic_time () >= self->end_usec;
}

gpointer
thaw_hand_get_buffer (ThawHand *self)
{
  if (self->buffer == NULL)
    self->buffer = g_malloc (THAW_HAND_BUFFER_BYTES);
  return self->buffer;
}

void
thaw_hand_set_rest (ThawHand *self, gint64 rest_usec)
{
  self->rest_usec = rest_usec;
}

static gboolean
hand_lane (ThawJob *job, gpointer data, GError **error)
{
  ThawHand *self = data;

  self->job = job;
  self->rest_usec = 0;
  self->end_usec = g_get_monotonic_time () + SLICE_USEC;
  thaw_hand_beat (self);
  thaw_job_return_int64 (job, self->funcs->work (self, self->data));
  return TRUE;
}

static void
return_free (gpointer data)
{
  Return *self = data;

  hand_unref (self->hand);
  g_free (self);
}

static void run_hand (ThawCrew *self, ThawHand *hand);

static void
rested_cb (ThawFuture *completed, gpointer data)
{
  Return *coming = data;

  coming->crew->n_resting--;
  run_hand (coming->crew, hand_ref (coming->hand));
}

/* Takes over @hand. */
static void
rest_hand (ThawCrew *self, ThawHand *hand)
{
  g_autoptr (ThawFuture) future = thaw_delay (hand->rest_usec);
  Return *coming = g_new (Return, 1);

  *coming = (Return){ self, hand };
  self->n_resting++;
  thaw_future_done (future, self->scope, rested_cb, coming, return_free);
}

static void
returned_cb (ThawFuture *completed, gpointer data)
{
  Return *coming = data;
  ThawCrew *self = coming->crew;
  ThawHand *hand = coming->hand;
  gboolean more = thaw_future_get_state (completed) == THAW_FUTURE_RESOLVED
                  && thaw_future_get_int64 (completed, NULL) != 0;

  if (thaw_hand_is_left (hand))
    {
      self->n_left--;
      self->funcs->rested (self->owner);
      return;
    }
  /* The lane has no thread for it: not at once again. */
  if (thaw_future_get_state (completed) == THAW_FUTURE_REJECTED)
    hand->rest_usec = REFUSED_REST_USEC;
  if (hand->rest_usec == 0 && !more)
    {
      g_ptr_array_remove_fast (self->working, hand);
      self->funcs->rested (self->owner);
      return;
    }
  if (self->working->len + self->n_resting > self->n_hands)
    {
      g_ptr_array_remove_fast (self->working, hand);
      return;
    }
  hand_ref (hand);
  g_ptr_array_remove_fast (self->working, hand);
  if (hand->rest_usec > 0)
    rest_hand (self, hand);
  else
    run_hand (self, hand);
}

/* Who has begun and gives no sign is given up. That it gives one at this very moment does no harm:
 * what a hand that was left brings counts as well. */
static gboolean
tick_cb (gpointer data)
{
  ThawCrew *self = data;
  gint64 now_usec = g_get_monotonic_time ();

  for (guint i = self->working->len; i-- > 0;)
    {
      ThawHand *hand = g_ptr_array_index (self->working, i);
      gint64 sign_usec = __atomic_load_n (&hand->sign_usec, __ATOMIC_RELAXED);

      if (sign_usec == 0 || now_usec - sign_usec < THAW_CREW_STALL_USEC)
        continue;
      __atomic_store_n (&hand->is_left, 1, __ATOMIC_RELAXED);
      self->n_left++;
      self->funcs->stalled (__atomic_load_n (&hand->item, __ATOMIC_RELAXED), self->owner);
      g_ptr_array_remove_index_fast (self->working, i);
      thaw_crew_start (self);
    }
  if (self->working->len > 0)
    return G_SOURCE_CONTINUE;
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

/* Takes over @hand. */
static void
run_hand (ThawCrew *self, ThawHand *hand)
{
  g_autoptr (ThawFuture) future = NULL;
  Return *coming = g_new (Return, 1);

  __atomic_store_n (&hand->sign_usec, 0, __ATOMIC_RELAXED);
  *coming = (Return){ self, hand_ref (hand) };
  g_ptr_array_add (self->working, hand);
  future = thaw_lane_run_patient (self->lane,
                                  self->scope,
                                  self->funcs->name,
                                  THAW_PRIORITY_LOW,
                                  -1,
                                  hand_lane,
                                  hand_ref (hand),
                                  hand_unref);
  thaw_future_done (future, self->scope, returned_cb, coming, return_free);
  if (self->tick == 0)
    self->tick = g_timeout_add (TICK_MSEC, tick_cb, self);
}

ThawCrew *
thaw_crew_new (const ThawCrewFuncs *funcs,
               ThawLane *lane,
               guint n_hands,
               gpointer data,
               gpointer owner)
{
  ThawCrew *self = g_new0 (ThawCrew, 1);

  self->funcs = funcs;
  self->lane = thaw_lane_ref (lane);
  self->scope = thaw_scope_new (funcs->name, NULL);
  self->n_hands = n_hands;
  self->working = g_ptr_array_new_with_free_func (hand_unref);
  self->data = funcs->ref (data);
  self->owner = owner;
  return self;
}

void
thaw_crew_free (ThawCrew *self)
{
  g_clear_handle_id (&self->tick, g_source_remove);
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_ptr_array_unref (self->working);
  thaw_lane_unref (self->lane);
  self->funcs->unref (self->data);
  g_free (self);
}

void
thaw_crew_start (ThawCrew *self)
{
  while (self->working->len + self->n_resting < self->n_hands && !thaw_crew_is_exhausted (self))
    run_hand (self, hand_new (self));
}

void
thaw_crew_set_n_hands (ThawCrew *self, guint n_hands)
{
  self->n_hands = n_hands;
}

guint
thaw_crew_get_n_working (ThawCrew *self)
{
  return self->working->len + self->n_resting;
}

gboolean
thaw_crew_is_exhausted (ThawCrew *self)
{
  return self->n_left >= THAW_CREW_MAX_LEFT;
}

ThawLane *
thaw_crew_get_lane (ThawCrew *self)
{
  return self->lane;
}
