/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freeing what a closed mailbox still holds. A few messages go at once, so that closing a quiet
 * mailbox leaves nothing behind; a flood's rest is freed in the pump's slices, as an errand among
 * the other messages, because a million calls of free() would hold the loop for longer than a
 * frame.
 *
 * The loop's side, or whoever holds the last reference; oldest messages first. A free function may
 * call anything: before each call nothing is remembered but what can be read again. */

#include "thaw-pump-private.h"

#define DROP_STEP 64 /* messages between two looks at the clock */
#define DROP_AT_ONCE_USEC 1000
#define DROP_SLICE_USEC 500

/* Under virtual time, where the clock stands still, a budget is a number of messages. */
#define DROP_VIRTUAL 1024

static gboolean
holds_nothing (ThawMailbox *self)
{
  return self->batch == NULL && self->turned == NULL && self->incoming == NULL
         && self->refused == NULL;
}

/* What the loop had taken comes first, then what it hadn't. */
static void
fill_batch (ThawMailbox *self)
{
  if (self->batch != NULL)
    return;
  if (self->incoming == NULL && self->turned == NULL)
    self->incoming = g_steal_pointer (&self->refused);
  thaw_mailbox_turn_some (self);
  if (self->incoming == NULL)
    self->batch = g_steal_pointer (&self->turned);
}

static void
drop_one (ThawMailbox *self, ThawReclaim *reclaim)
{
  ThawNode *node = self->batch;
  uintptr_t next = node->next;
  gpointer message = node->data;

  self->batch = thaw_node_at (next);
  thaw_reclaim_add (reclaim, node);
  if (next & THAW_NODE_KEYED)
    message = thaw_mailbox_take_slot (self, message);
  if (self->free_message != NULL)
    self->free_message (message);
}

static guint
drop_step (ThawMailbox *self)
{
  ThawReclaim reclaim = { 0 };
  guint n = 0;

  for (fill_batch (self); n < DROP_STEP && self->batch != NULL; n++)
    drop_one (self, &reclaim);
  thaw_reclaim_flush (&reclaim);
  thaw_mailbox_uncount (self, n);
  atomic_fetch_add_explicit (&self->tally->n_dropped, n, memory_order_relaxed);
  return n;
}

static gboolean
is_over (gint64 until_usec, guint n_dropped)
{
  if (G_UNLIKELY (thaw_clock_virtual != NULL))
    return n_dropped >= DROP_VIRTUAL;
  return g_get_monotonic_time () >= until_usec;
}

/* Frees some of what is held. FALSE: there is more. */
static gboolean
drop_some (ThawMailbox *self, gint64 budget_usec)
{
  gint64 until_usec = g_get_monotonic_time () + budget_usec;
  guint n = 0;

  do
    n += drop_step (self);
  while (!holds_nothing (self) && !is_over (until_usec, n));
  return holds_nothing (self);
}

/* Nobody runs the loop any more, or it is the last reference: now or never. */
void
thaw_mailbox_drop_all (ThawMailbox *self)
{
  while (!holds_nothing (self))
    drop_step (self);
}

static void
drop_all_and_unref (gpointer data)
{
  g_autoptr (ThawMailbox) self = data;

  thaw_mailbox_drop_all (self);
}

static void
drop_more_cb (gpointer data)
{
  ThawMailbox *self = data;

  if (drop_some (self, DROP_SLICE_USEC))
    thaw_mailbox_unref (self);
  else
    thaw_pump_post_errand (self->pump, drop_more_cb, self, drop_all_and_unref);
}

/* The loop, of a mailbox that refuses posts: some now, the rest in the pump's slices. */
void
thaw_mailbox_drop (ThawMailbox *self)
{
  if (!drop_some (self, DROP_AT_ONCE_USEC))
    thaw_pump_post_errand (self->pump, drop_more_cb, thaw_mailbox_ref (self), drop_all_and_unref);
}
