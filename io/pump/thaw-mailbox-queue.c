/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue of a mailbox: how a message gets in, on any thread, and how the loop takes it out.
 *
 * Incoming messages form a stack whose head producers exchange by compare-and-swap; the loop takes
 * all of it at once and turns it around, so that the order is that of the swaps. An empty head says
 * whether the mailbox is scheduled: only who replaces IDLE schedules it, so that posting to a busy
 * mailbox is one compare-and-swap and nothing else. CLOSED is a head too: a post comes either
 * before it, and then closing finds the message, or it is refused. Nothing can slip between. */

#include "thaw-pump-private.h"

/* How many messages are turned around between two looks at the clock: some 20 us. */
#define TURN_CHUNK 8192

static gboolean
is_full (ThawMailbox *self, ThawHead head)
{
  return self->capacity != THAW_MAILBOX_UNBOUNDED && thaw_head_count (head) >= self->capacity;
}

static void
schedule (ThawMailbox *self)
{
  atomic_store_explicit (&self->waiting_since_usec, g_get_monotonic_time (), memory_order_relaxed);
  thaw_pump_schedule (self->pump, self);
}

ThawPostResult
thaw_mailbox_push (ThawMailbox *self, gpointer data, uintptr_t mark)
{
  /* Sequentially consistent, for those who wait for room: see thaw-mailbox-room.c. */
  ThawHead head = atomic_load (&self->head);
  ThawNode *node = thaw_node_new ();

  node->data = data;
  do
    {
      if (G_UNLIKELY (thaw_head_is_closed (head) || is_full (self, head)))
        {
          thaw_node_undo (node);
          return thaw_head_is_closed (head) ? THAW_POST_CLOSED : THAW_POST_FULL;
        }
      node->next = (uintptr_t) thaw_head_node (head) | mark;
    }
  while (!atomic_compare_exchange_weak (&self->head, &head, thaw_head_push (head, node)));

  if (head == THAW_HEAD_IDLE)
    schedule (self);
  return THAW_POST_DONE;
}

static void
account_batch (ThawMailbox *self, gint64 now_usec, guint depth)
{
  /* All of these came after the previous batch was taken. */
  gint64 wait = now_usec - atomic_load_explicit (&self->waiting_since_usec, memory_order_relaxed);

  atomic_store_explicit (&self->waiting_since_usec, now_usec, memory_order_relaxed);
  thaw_counter_add (&self->tally->n_batches, 1);
  thaw_counter_add (&self->tally->wait_total_usec, MAX (wait, 0));
  thaw_counter_max (&self->tally->wait_max_usec, MAX (wait, 0));
  thaw_counter_max (&self->tally->max_depth, depth);
}

/* A bounded mailbox goes on counting what was taken in its head until that is handled. An unbounded
 * one can't, since the count in its head may have stopped at the maximum. */
static gboolean
take_all (ThawMailbox *self, gint64 now_usec)
{
  ThawHead head = atomic_load_explicit (&self->head, memory_order_relaxed);
  ThawHead left;

  do
    {
      if (thaw_head_node (head) == NULL)
        return FALSE;
      left = self->capacity != THAW_MAILBOX_UNBOUNDED ? thaw_head_count (head) : 0;
    }
  while (!atomic_compare_exchange_weak (&self->head, &head, THAW_HEAD_BUSY | left));

  if (left == 0)
    atomic_fetch_add_explicit (&self->n_taken, thaw_head_count (head), memory_order_relaxed);
  account_batch (self, now_usec, thaw_mailbox_get_depth (self));
  self->incoming = thaw_head_node (head);
  return TRUE;
}

/* What has been handled, or dropped, waits no longer. */
void
thaw_mailbox_uncount (ThawMailbox *self, guint n)
{
  guint taken = atomic_load_explicit (&self->n_taken, memory_order_relaxed);

  if (self->capacity != THAW_MAILBOX_UNBOUNDED)
    atomic_fetch_sub (&self->head, n);
  else
    atomic_store_explicit (&self->n_taken, taken - MIN (n, taken), memory_order_relaxed);
}

/* Moves the next nodes of `incoming` to the front of `turned`. */
void
thaw_mailbox_turn_some (ThawMailbox *self)
{
  ThawNode *node = self->incoming, *turned = self->turned;

  for (guint n = 0; node != NULL && n < TURN_CHUNK; n++)
    {
      uintptr_t next = node->next;

      node->next = (uintptr_t) turned | (next & THAW_NODE_KEYED);
      turned = node;
      node = thaw_node_at (next);
    }
  self->incoming = node;
  self->turned = turned;
}

/* A million messages take milliseconds to turn around, so that may stretch over several slices. */
gboolean
thaw_mailbox_take (ThawMailbox *self, gint64 now_usec, gint64 until_usec)
{
  if (self->batch != NULL)
    return TRUE;
  if (self->incoming == NULL && !take_all (self, now_usec))
    return FALSE;

  thaw_mailbox_turn_some (self);
  while (self->incoming != NULL)
    {
      if (g_get_monotonic_time () >= until_usec)
        return FALSE;
      thaw_mailbox_turn_some (self);
    }

  self->batch = g_steal_pointer (&self->turned);
  return TRUE;
}

/* Whether the mailbox is empty, and who posts next will schedule it again. */
gboolean
thaw_mailbox_retire (ThawMailbox *self)
{
  ThawHead busy = THAW_HEAD_BUSY;

  return self->batch == NULL && self->incoming == NULL
         && atomic_compare_exchange_strong_explicit (&self->head,
                                                     &busy,
                                                     THAW_HEAD_IDLE,
                                                     memory_order_acq_rel,
                                                     memory_order_relaxed);
}

/* Any thread: refuses posts from now on, and puts aside what has come. FALSE if that was so
 * already. */
gboolean
thaw_mailbox_refuse_posts (ThawMailbox *self)
{
  gboolean counts = self->capacity != THAW_MAILBOX_UNBOUNDED;
  ThawHead head = atomic_load (&self->head);

  do
    if (thaw_head_is_closed (head))
      return FALSE;
  while (!atomic_compare_exchange_weak (&self->head,
                                        &head,
                                        THAW_HEAD_CLOSED | (counts ? thaw_head_count (head) : 0)));

  atomic_store_explicit (&self->is_shut, TRUE, memory_order_relaxed);
  thaw_pump_remove_mailbox (self->pump, self);
  self->refused = thaw_head_node (head);
  thaw_mailbox_tell_room (self);
  return TRUE;
}
