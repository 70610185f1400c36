/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump's statistics, by name of mailbox, always on. The loop counts what it handles in relaxed
 * atomics that it alone writes, per batch and not per message; producers count only refusals and
 * coalescing. Readers on any thread add up depths over the list of mailboxes, under the pump's
 * lock, which the loop takes only to make and to close a mailbox. Figures are therefore each right,
 * but not of exactly the same moment. */

#include "thaw-pump-private.h"

static ThawTally *
find_tally (ThawPump *self, const char *name)
{
  ThawTally *tally;

  for (guint i = 0; i < self->tallies->len; i++)
    {
      tally = g_ptr_array_index (self->tallies, i);
      if (tally->name == name)
        return tally;
    }

  tally = g_new0 (ThawTally, 1);
  tally->name = name;
  g_ptr_array_add (self->tallies, tally);
  return tally;
}

ThawTally *
thaw_pump_add_mailbox (ThawPump *self, ThawMailbox *mailbox)
{
  ThawTally *tally;

  pthread_mutex_lock (&self->lock);
  tally = find_tally (self, mailbox->name);
  tally->n_mailboxes++;
  atomic_store_explicit (&tally->priority, mailbox->priority, memory_order_relaxed);
  mailbox->in_list = TRUE;
  g_queue_push_tail_link (&self->mailboxes, &mailbox->list_link);
  pthread_mutex_unlock (&self->lock);

  return tally;
}

static void
unlink_mailbox (ThawPump *self, ThawMailbox *mailbox)
{
  mailbox->in_list = FALSE;
  mailbox->tally->n_mailboxes--;
  g_queue_unlink (&self->mailboxes, &mailbox->list_link);
}

void
thaw_pump_remove_mailbox (ThawPump *self, ThawMailbox *mailbox)
{
  pthread_mutex_lock (&self->lock);
  if (mailbox->in_list)
    unlink_mailbox (self, mailbox);
  pthread_mutex_unlock (&self->lock);
}

ThawMailbox *
thaw_pump_steal_mailbox (ThawPump *self)
{
  ThawMailbox *stolen = NULL;

  pthread_mutex_lock (&self->lock);
  while (stolen == NULL && self->mailboxes.head != NULL)
    {
      ThawMailbox *mailbox = self->mailboxes.head->data;

      stolen = thaw_mailbox_ref_unless_gone (mailbox);
      unlink_mailbox (self, mailbox);
    }
  pthread_mutex_unlock (&self->lock);

  return stolen;
}

/**
 * thaw_pump_get_stats:
 * @self: a pump
 * @stats: (out caller-allocates): what the pump has done since it was made
 *
 * - **Thread**: any. Never waits for the loop.
 * - **Units**: microseconds. A handler's time is exact when it is long; of handlers so short that
 * the clock isn't read after each, the longest is an estimate.
 */
void
thaw_pump_get_stats (ThawPump *self, ThawPumpStats *stats)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (stats != NULL);

  stats->n_slices = thaw_counter_get (&self->n_slices);
  stats->n_aged_slices = thaw_counter_get (&self->n_aged_slices);
  stats->n_wakeups = thaw_counter_get (&self->n_wakeups);
  stats->n_handled = thaw_counter_get (&self->n_handled);
  stats->busy_usec = thaw_counter_get (&self->busy_usec);
  stats->longest_slice_usec = thaw_counter_get (&self->longest_slice_usec);
  stats->longest_handler_usec = thaw_counter_get (&self->longest_handler_usec);
  stats->longest_handler = atomic_load_explicit (&self->longest_handler, memory_order_relaxed);
}

static void
read_tally (ThawTally *tally, ThawMailboxStats *stats)
{
  stats->name = tally->name;
  stats->priority = atomic_load_explicit (&tally->priority, memory_order_relaxed);
  stats->n_mailboxes = tally->n_mailboxes;
  stats->n_handled = thaw_counter_get (&tally->n_handled);
  stats->n_refused = thaw_counter_get (&tally->n_refused);
  stats->n_coalesced = thaw_counter_get (&tally->n_coalesced);
  stats->n_dropped = thaw_counter_get (&tally->n_dropped);
  stats->max_depth = thaw_counter_get (&tally->max_depth);
  stats->wait_max_usec = thaw_counter_get (&tally->wait_max_usec);
  stats->wait_total_usec = thaw_counter_get (&tally->wait_total_usec);
  stats->n_batches = thaw_counter_get (&tally->n_batches);
  stats->handling_total_usec = thaw_counter_get (&tally->handling_total_usec);
  stats->handling_max_usec = thaw_counter_get (&tally->handling_max_usec);
}

static guint
sum_depths (ThawPump *self, ThawTally *tally)
{
  guint depth = 0;

  for (GList *l = self->mailboxes.head; l != NULL; l = l->next)
    if (((ThawMailbox *) l->data)->tally == tally)
      depth += thaw_mailbox_get_depth (l->data);
  return depth;
}

static GArray *
copy_stats (ThawPump *self)
{
  GArray *copies = g_array_new (FALSE, TRUE, sizeof (ThawMailboxStats));

  pthread_mutex_lock (&self->lock);
  g_array_set_size (copies, self->tallies->len);
  for (guint i = 0; i < copies->len; i++)
    {
      ThawMailboxStats *stats = &g_array_index (copies, ThawMailboxStats, i);
      ThawTally *tally = g_ptr_array_index (self->tallies, i);

      read_tally (tally, stats);
      stats->depth = sum_depths (self, tally);
      stats->n_posted = stats->n_handled + stats->n_dropped + stats->n_coalesced + stats->depth;
    }
  pthread_mutex_unlock (&self->lock);

  return copies;
}

/**
 * thaw_pump_foreach_stats:
 * @self: a pump
 * @func: (scope call): called once a name, in the order in which the names were first used
 * @user_data: passed to @func
 *
 * Reports the statistics of all mailboxes that ever were, added up by name. @func gets copies and
 * may call anything; no lock is held.
 *
 * - **Thread**: any. Never waits for the loop.
 */
void
thaw_pump_foreach_stats (ThawPump *self, ThawMailboxStatsFunc func, gpointer user_data)
{
  g_autoptr (GArray) copies = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (func != NULL);

  copies = copy_stats (self);
  for (guint i = 0; i < copies->len; i++)
    func (&g_array_index (copies, ThawMailboxStats, i), user_data);
}

/**
 * thaw_pump_get_current:
 * @self: a pump
 * @name: (out) (nullable) (optional) (transfer none): name of the mailbox whose handler runs now
 * @since_usec: (out) (optional): since when, monotonic; 0 if none runs
 *
 * Tells another thread what the loop is doing, so that it can name what holds it up. Handlers that
 * are over within microseconds aren't told apart: @since_usec is when the clock was last read
 * between two of them.
 *
 * - **Thread**: any.
 *
 * Returns: whether a handler runs
 */
gboolean
thaw_pump_get_current (ThawPump *self, const char **name, gint64 *since_usec)
{
  const char *current, *again;
  gint64 since;

  g_return_val_if_fail (self != NULL, FALSE);

  again = atomic_load_explicit (&self->current_name, memory_order_acquire);
  do
    {
      current = again;
      since = atomic_load_explicit (&self->current_since_usec, memory_order_acquire);
      again = atomic_load_explicit (&self->current_name, memory_order_acquire);
    }
  while (current != again);

  if (name != NULL)
    *name = current;
  if (since_usec != NULL)
    *since_usec = current != NULL ? since : 0;
  return current != NULL;
}
