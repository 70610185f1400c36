/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One slice of the pump: which mailbox is served, for how long, and when it is time to let the rest
 * of the loop run. Everything here runs on the thread that owns the context.
 *
 * Mailboxes with messages stand in one ring per priority. A mailbox is served for a quantum, then
 * its ring turns; a lower ring is served when the higher ones are empty. A ring that has been
 * passed over for too long gets a share at the end of each slice until it is empty. A mailbox stays
 * in its ring while it is served, so that a main loop nested in a handler goes on delivering, in
 * order; after each call of a handler nothing is therefore remembered but what can be read again.
 */

#include "thaw-marks-private.h"
#include "thaw-now-private.h"
#include "thaw-pump-private.h"

/* Also what GDK's timer may be late by: shorter slices while a frame is awaited cost more turns of
 * the loop than they make the frame earlier. */
#define MIN_SLICE_USEC 1000
#define QUANTUM_USEC 500
#define MAX_AGED_SHARE_USEC 1000
#define FRAME_GRAIN_USEC 1000
#define PROMPT_SLICE_USEC 2000
#define PROMPT_EVERY_USEC 16000
/* The clock is read after 1, 2, 4, … messages. Not more than this many: what a handler costs may
 * change from one message to the next, and by then a reading costs half a nanosecond a message. */
#define MAX_STEP 64
/* A batch of so many messages means that more are on their way. Taking them one by one as they come
 * would stop the producers for each, as the head's cache line changes cores: half of the
 * throughput. */
#define FLOOD 32

#define VIRTUAL_MESSAGE_USEC 10

__thread ThawPump *thaw_pump_running;

/* Under virtual time a budget is a number of messages, so that the order is the same in each run.
 */
static inline gint64
read_clock (ThawPump *self, guint n_delivered)
{
  if (G_UNLIKELY (thaw_clock_virtual))
    return self->now_usec + n_delivered * VIRTUAL_MESSAGE_USEC;
  return g_get_monotonic_time ();
}

gboolean
thaw_pump_has_work (ThawPump *self)
{
  uintptr_t ready = atomic_load_explicit (&self->ready, memory_order_acquire);

  if (ready != THAW_READY_AWAKE && ready != THAW_READY_SLEEPING && ready != THAW_READY_DEAD)
    return TRUE;
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    if (self->rings[i].head != NULL)
      return TRUE;
  return FALSE;
}

gboolean
thaw_pump_fall_asleep (ThawPump *self)
{
  uintptr_t awake = THAW_READY_AWAKE;

  if (thaw_pump_has_work (self))
    return FALSE;
  return atomic_compare_exchange_strong_explicit (&self->ready,
                                                  &awake,
                                                  THAW_READY_SLEEPING,
                                                  memory_order_acq_rel,
                                                  memory_order_relaxed)
         || awake == THAW_READY_SLEEPING;
}

/* Takes over the ring's reference. */
static void
join_ring (ThawPump *self, ThawMailbox *mailbox)
{
  GQueue *ring = &self->rings[mailbox->priority];

  if (ring->head == NULL)
    self->neglected_since_usec[mailbox->priority] = self->now_usec;
  mailbox->in_ring = TRUE;
  g_queue_push_tail_link (ring, &mailbox->ring_link);
}

void
thaw_pump_leave_ring (ThawPump *self, ThawMailbox *mailbox)
{
  if (!mailbox->in_ring)
    return;

  mailbox->in_ring = FALSE;
  g_queue_unlink (&self->rings[mailbox->priority], &mailbox->ring_link);
  thaw_mailbox_unref (mailbox);
}

/* Moves what has been scheduled since into the rings, oldest first. */
static void
collect_ready (ThawPump *self)
{
  uintptr_t ready = atomic_load_explicit (&self->ready, memory_order_relaxed);
  ThawMailbox *mailbox, *oldest = NULL;

  if (G_LIKELY (ready == THAW_READY_AWAKE))
    return;

  ready = atomic_exchange_explicit (&self->ready, THAW_READY_AWAKE, memory_order_acq_rel);
  mailbox = ready == THAW_READY_SLEEPING ? NULL : (ThawMailbox *) ready;
  while (mailbox != NULL)
    {
      ThawMailbox *next = mailbox->ready_next;

      mailbox->ready_next = oldest;
      oldest = mailbox;
      mailbox = next;
    }

  while (oldest != NULL)
    {
      mailbox = oldest;
      oldest = mailbox->ready_next;
      if (atomic_load_explicit (&mailbox->is_shut, memory_order_relaxed))
        thaw_mailbox_unref (mailbox);
      else
        join_ring (self, mailbox);
    }
}

/* Hands over at most @n_max messages. A handler may do anything, closing its mailbox included. */
static guint
deliver (ThawPump *self, ThawMailbox *mailbox, guint n_max)
{
  ThawNow *now = thaw_now;
  guint n = 0;

  while (n < n_max && mailbox->batch != NULL
         && !atomic_load_explicit (&mailbox->is_shut, memory_order_relaxed))
    {
      ThawNode *node = mailbox->batch;
      uintptr_t next = node->next;
      gpointer message = node->data;

      mailbox->batch = thaw_node_at (next);
      mailbox->n_unsettled++;
      n++;
      thaw_reclaim_add (&self->reclaim, node);
      if (G_UNLIKELY (next & THAW_NODE_KEYED))
        {
          /* Its place must be free by the time its key is: as many places as keys never refuse. */
          thaw_mailbox_settle (mailbox);
          message = thaw_mailbox_take_slot (mailbox, message);
        }
      thaw_now_set_message (now, message);
      mailbox->handler (message, mailbox->user_data);
    }

  return n;
}

/* What one message of the step may have cost at most, were the others as usual. */
static gint64
longest_of_step (gint64 elapsed, guint n, gint64 usual)
{
  return n <= 1 ? elapsed : MAX (elapsed - (n - 1) * usual, elapsed / n);
}

static void
account_step (ThawPump *self, ThawMailbox *mailbox, guint n, gint64 elapsed, gint64 usual)
{
  gint64 longest = longest_of_step (elapsed, n, usual);

  thaw_counter_add (&self->n_handled, n);
  thaw_counter_add (&mailbox->tally->handling_total_usec, elapsed);
  thaw_counter_max (&mailbox->tally->handling_max_usec, longest);
  if (thaw_counter_max (&self->longest_handler_usec, longest))
    atomic_store_explicit (&self->longest_handler, mailbox->name, memory_order_relaxed);
}

static guint
next_step (ThawPump *self, guint step, gint64 elapsed)
{
  gint64 slice = self->slice_usec > 0 ? self->slice_usec : THAW_PUMP_SLICE_USEC;

  if (elapsed < slice / 32)
    return MIN (step * 2, MAX_STEP);
  return elapsed > slice / 16 ? MAX (step / 2, 1) : step;
}

/* Delivers from the mailbox's batch until that is empty or the time is over; at least one message.
 */
static guint
drain_batch (ThawPump *self, ThawMailbox *mailbox, gint64 until)
{
  gint64 usual = 0;
  guint step = 1, total = 0, n;

  do
    {
      gint64 before = self->now_usec;
      gint64 elapsed;

      n = deliver (self, mailbox, step);
      self->now_usec = read_clock (self, n);
      elapsed = self->now_usec - before;
      account_step (self, mailbox, n, elapsed, usual);
      usual = n > 0 ? elapsed / n : usual;
      step = next_step (self, step, elapsed);
      total += n;
      atomic_store_explicit (&self->current_since_usec, self->now_usec, memory_order_relaxed);
    }
  while (n > 0 && mailbox->batch != NULL && self->now_usec < until);

  return total;
}

static void
set_current (ThawPump *self, const char *name, gint64 since)
{
  atomic_store_explicit (&self->current_since_usec, since, memory_order_relaxed);
  atomic_store_explicit (&self->current_name, name, memory_order_release);
}

/* Gives the mailbox its turn. TRUE: it is empty but should be left alone for a while to fill up. */
static gboolean
serve_mailbox (ThawPump *self, ThawMailbox *mailbox, gint64 until)
{
  g_autoptr (ThawMailbox) held = thaw_mailbox_ref (mailbox);
  const char *outer = atomic_load_explicit (&self->current_name, memory_order_relaxed);
  gint64 outer_since = atomic_load_explicit (&self->current_since_usec, memory_order_relaxed);
  GQueue *ring = &self->rings[mailbox->priority];
  gint64 begin = self->now_usec;
  guint n = 0, depth;

  g_queue_unlink (ring, &mailbox->ring_link);
  g_queue_push_tail_link (ring, &mailbox->ring_link);

  set_current (self, mailbox->name, begin);
  depth = thaw_now_enter (THAW_NOW_MAILBOX, mailbox->name, mailbox->handler, mailbox->free_message);
  if (thaw_mailbox_take (mailbox, self->now_usec, until))
    n = drain_batch (self, mailbox, until);
  thaw_mailbox_settle (mailbox);
  thaw_now_leave (depth);
  set_current (self, outer, outer_since);
  if (thaw_marks_are_active () && n > 0)
    thaw_marks_add (THAW_MARK_MESSAGES, mailbox->name, begin, self->now_usec, n);

  if (atomic_load_explicit (&mailbox->is_shut, memory_order_relaxed)
      || (n < FLOOD && thaw_mailbox_retire (mailbox)))
    thaw_pump_leave_ring (self, mailbox);
  return n >= FLOOD && mailbox->batch == NULL && mailbox->in_ring;
}

static guint
count_ready (ThawPump *self)
{
  guint n = 0;

  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    n += self->rings[i].length;
  return n;
}

/* The highest class with messages, then the next. What arrives meanwhile takes its place. */
static void
serve_in_order (ThawPump *self, gint64 until)
{
  gint64 quantum = self->slice_usec > 0 ? MIN (QUANTUM_USEC, self->slice_usec / 2) : QUANTUM_USEC;
  gboolean gathers;

  do
    {
      guint level = 0;

      collect_ready (self);
      while (level < THAW_N_PRIORITIES && self->rings[level].head == NULL)
        level++;
      if (level == THAW_N_PRIORITIES)
        return;

      self->neglected_since_usec[level] = self->now_usec;
      gathers = serve_mailbox (self,
                               self->rings[level].head->data,
                               MIN (self->now_usec + quantum, until));
      /* With nothing else to do, a turn of the loop is the time well spent. */
      if (gathers && !self->is_aged && self->slice_usec > 0 && count_ready (self) == 1)
        return;
    }
  while (self->now_usec < until);
}

static gboolean
class_is_aged (ThawPump *self, guint level, gint64 now)
{
  return self->rings[level].head != NULL
         && now - self->neglected_since_usec[level] >= THAW_PUMP_AGEING_USEC;
}

/* At least one message, even if the slice is used up. */
static void
serve_aged (ThawPump *self, guint level, gint64 share)
{
  gint64 until = self->now_usec + share;

  while (self->rings[level].head != NULL)
    {
      serve_mailbox (self, self->rings[level].head->data, until);
      if (self->now_usec >= until)
        return;
    }
}

/* A frame that is due takes what is left of the slice. So does one that was due a moment ago: GDK's
 * timer counts in whole milliseconds. Not from an aged slice: frames have had all the time so far,
 * and it is a quarter longer, so that a tenth of the time is left for work that is dear to begin,
 * as resuming fibers is. */
static gint64
slice_deadline (ThawPump *self, gint64 start)
{
  gint64 deadline;

  if (self->slice_usec <= 0)
    return G_MAXINT64;

  deadline = start + self->slice_usec + (self->is_aged ? self->slice_usec / 4 : 0);
  if (!self->is_aged && self->frame_due_usec + FRAME_GRAIN_USEC > start)
    deadline = MIN (deadline, self->frame_due_usec);
  return MAX (deadline, start + MIN (MIN_SLICE_USEC, self->slice_usec));
}

static void
serve_classes (ThawPump *self, gint64 start)
{
  gint64 share = CLAMP ((self->deadline_usec - start) / 4, 1, MAX_AGED_SHARE_USEC);
  gboolean aged[THAW_N_PRIORITIES];
  gint64 reserved = 0;

  for (guint level = 0; level < THAW_N_PRIORITIES; level++)
    {
      aged[level] = level > 0 && class_is_aged (self, level, start);
      reserved += aged[level] ? share : 0;
    }

  serve_in_order (self, self->deadline_usec - reserved);
  for (guint level = 1; level < THAW_N_PRIORITIES; level++)
    if (aged[level])
      serve_aged (self, level, share);
}

void
thaw_pump_run_slice (ThawPump *self, gboolean is_aged)
{
  ThawPump *outer_pump = thaw_pump_running;
  gint64 outer_deadline = self->deadline_usec;
  gint64 start = read_clock (self, 0);
  gint64 length;

  thaw_pump_running = self;
  self->now_usec = start;
  self->pending_since_usec = 0;
  self->is_aged = is_aged;
  self->deadline_usec = slice_deadline (self, start);
  collect_ready (self);
  serve_classes (self, start);
  self->is_aged = FALSE;
  thaw_reclaim_flush (&self->reclaim);
  self->deadline_usec = outer_deadline;
  thaw_pump_running = outer_pump;

  length = self->now_usec - start;
  thaw_counter_add (&self->n_slices, 1);
  thaw_counter_add (&self->n_aged_slices, is_aged ? 1 : 0);
  thaw_counter_max (&self->longest_slice_usec, length);
  if (outer_deadline == 0) /* a nested slice is part of the time of the outer one */
    thaw_counter_add (&self->busy_usec, length);
}

/* Whether a message of the highest class waits that should not wait for the next redraw. */
gboolean
thaw_pump_has_prompt (ThawPump *self, gint64 now_usec)
{
  if (now_usec - self->prompt_usec < PROMPT_EVERY_USEC)
    return FALSE;

  self->now_usec = now_usec;
  collect_ready (self);
  return self->rings[THAW_PRIORITY_HIGH].head != NULL;
}

/* A short slice for the highest class alone: what answers the user's last key press is in the frame
 * that is about to be painted, instead of in the one after it. Seldom enough that a flood of such
 * messages takes no more of a frame than this. */
void
thaw_pump_run_prompt (ThawPump *self)
{
  gint64 outer_deadline = self->deadline_usec;
  gint64 start = g_get_monotonic_time ();

  self->now_usec = self->prompt_usec = start;
  self->deadline_usec = start + PROMPT_SLICE_USEC;
  do
    {
      if (self->rings[THAW_PRIORITY_HIGH].head == NULL)
        break;
      serve_mailbox (self, self->rings[THAW_PRIORITY_HIGH].head->data, self->deadline_usec);
    }
  while (self->now_usec < start + PROMPT_SLICE_USEC);
  thaw_reclaim_flush (&self->reclaim);
  self->deadline_usec = outer_deadline;

  thaw_counter_add (&self->n_slices, 1);
  thaw_counter_max (&self->longest_slice_usec, self->now_usec - start);
  if (outer_deadline == 0)
    thaw_counter_add (&self->busy_usec, self->now_usec - start);
}

/**
 * thaw_pump_set_slice:
 * @self: a pump
 * @slice_usec: microseconds, or 0 for no budget
 *
 * Sets how long the pump delivers before it lets the other sources of its loop run;
 * %THAW_PUMP_SLICE_USEC is the default. Without a budget a dispatch goes on until every mailbox is
 * empty.
 *
 * - **Thread**: the pump's.
 */
void
thaw_pump_set_slice (ThawPump *self, gint64 slice_usec)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (slice_usec >= 0);

  self->slice_usec = slice_usec;
}

/**
 * thaw_pump_expect_frame:
 * @self: a pump
 * @due_usec: monotonic time at which the next frame should start
 *
 * Lets slices end in time for a frame, instead of delaying it by up to a slice. A slice that starts
 * just before still gets 1 ms; a time that has passed by more than a millisecond is ignored, so
 * this can be called once per frame.
 *
 * - **Thread**: the pump's.
 */
void
thaw_pump_expect_frame (ThawPump *self, gint64 due_usec)
{
  g_return_if_fail (self != NULL);

  self->frame_due_usec = due_usec;
}

/**
 * thaw_pump_slice_is_over:
 * @self: a pump
 *
 * Tells a handler that has more to do than one message's worth whether the time is up. It should
 * then post itself a message with the rest. Reads the clock.
 *
 * - **Thread**: the pump's.
 *
 * Returns: %TRUE once the slice under way is used up; %FALSE outside a slice
 */
gboolean
thaw_pump_slice_is_over (ThawPump *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->deadline_usec != 0 && read_clock (self, 0) >= self->deadline_usec;
}
