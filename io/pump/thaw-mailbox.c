/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a mailbox: made for an owner, used from any thread, closed on the loop. Closing has
 * two halves. Any thread can refuse posts from then on; what is queued, and the mailbox's place
 * among the scheduled ones, is the loop's to clean up.
 *
 * The queue is in thaw-mailbox-queue.c, freeing it in thaw-mailbox-drop.c, bounds in
 * thaw-mailbox-room.c, keys in thaw-mailbox-keyed.c. */

#include "thaw-pump-private.h"

G_DEFINE_BOXED_TYPE (ThawMailbox, thaw_mailbox, thaw_mailbox_ref, thaw_mailbox_unref)

static void on_owner_gone (gpointer data, GObject *where_it_was);

static void
free_user_data (ThawMailbox *self)
{
  GDestroyNotify destroy = g_steal_pointer (&self->free_user_data);

  if (destroy != NULL)
    destroy (self->user_data);
}

static void
finish_shutting (ThawMailbox *self)
{
  thaw_pump_leave_ring (self->pump, self);
  thaw_mailbox_drop (self);
  thaw_mailbox_settle (self);
  free_user_data (self);
}

void
thaw_mailbox_shut (ThawMailbox *self)
{
  g_autoptr (ThawMailbox) held = thaw_mailbox_ref (self);

  if (!thaw_mailbox_refuse_posts (self))
    return;

  finish_shutting (self);
  if (self->owner != NULL)
    {
      g_object_weak_unref (g_steal_pointer (&self->owner), on_owner_gone, self);
      thaw_mailbox_unref (self);
    }
}

static void
finish_shutting_cb (gpointer data)
{
  g_autoptr (ThawMailbox) self = data;

  finish_shutting (self);
}

/* Takes the owner's reference on the mailbox. Owners should be disposed on the loop; where one
 * isn't, no further call of the handler begins, and what only the loop may touch is left to it. */
static void
on_owner_gone (gpointer data, GObject *where_it_was)
{
  g_autoptr (ThawMailbox) self = data;

  self->owner = NULL;
  if (thaw_pump_acquire (self->pump))
    {
      thaw_mailbox_shut (self);
      thaw_pump_release (self->pump);
    }
  else if (thaw_mailbox_refuse_posts (self))
    {
      thaw_pump_post_errand (self->pump,
                             finish_shutting_cb,
                             thaw_mailbox_ref (self),
                             (GDestroyNotify) thaw_mailbox_unref);
    }
}

static void
mailbox_free (ThawMailbox *self)
{
  ThawPump *pump = self->pump;

  thaw_mailbox_refuse_posts (self);
  thaw_mailbox_drop_all (self);
  free_user_data (self);
  thaw_mailbox_clear_room (self);
  g_clear_pointer (&self->slots, g_hash_table_unref);
  pthread_mutex_destroy (&self->keyed_lock);
  if (pump->errands != self)
    thaw_pump_unref (pump);
  g_aligned_free (self);
}

/* For lists that hold no reference: NULL when the last one is gone and only the freeing is
 * outstanding. */
ThawMailbox *
thaw_mailbox_ref_unless_gone (ThawMailbox *self)
{
  guint n = atomic_load_explicit (&self->ref_count, memory_order_relaxed);

  do
    if (n == 0)
      return NULL;
  while (!atomic_compare_exchange_weak_explicit (&self->ref_count,
                                                 &n,
                                                 n + 1,
                                                 memory_order_relaxed,
                                                 memory_order_relaxed));
  return self;
}

/* Once, before anybody else knows the mailbox. */
void
thaw_mailbox_set_owner (ThawMailbox *self, GObject *owner)
{
  self->owner = owner;
  g_object_weak_ref (owner, on_owner_gone, thaw_mailbox_ref (self));
}

/**
 * thaw_mailbox_new:
 * @name: what statistics and stall reports call it
 * @pump: (nullable): where the handler runs, or %NULL for the thread-default context's
 * @owner: (nullable): when it is disposed the mailbox closes by itself
 * @capacity: how many messages may wait, up to %THAW_MAILBOX_MAX_CAPACITY, or
 * %THAW_MAILBOX_UNBOUNDED
 * @handler: handles one message and owns it from then on
 * @user_data: passed to @handler
 * @free_message: (nullable): frees messages that will never be handled
 *
 * Makes a mailbox of default priority. Messages are handled once each, in the order of posting. A
 * queue that has messages keeps its mailbox alive until they are handled, so letting go of the last
 * reference loses nothing; only closing does.
 *
 * - **Thread**: any. @handler runs on the pump's thread, never from inside a post. @free_message
 * runs where messages are dropped: on the pump's thread when the mailbox closes or soon after it,
 * on the posting thread when a keyed message is replaced.
 * - **Ownership**: @owner isn't kept alive, but it keeps the mailbox. It should be disposed on the
 * pump's thread. If another thread does it, no call of @handler begins any more, but one that is
 * running isn't waited for.
 *
 * Returns: (transfer full): the mailbox
 */
ThawMailbox *
thaw_mailbox_new (const char *name,
                  ThawPump *pump,
                  GObject *owner,
                  guint capacity,
                  ThawHandler handler,
                  gpointer user_data,
                  GDestroyNotify free_message)
{
  ThawMailbox *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (handler != NULL, NULL);
  g_return_val_if_fail (owner == NULL || G_IS_OBJECT (owner), NULL);
  g_return_val_if_fail (capacity <= THAW_MAILBOX_MAX_CAPACITY, NULL);

  self = g_aligned_alloc0 (1, sizeof (ThawMailbox), 64);
  atomic_init (&self->ref_count, 1);
  self->name = g_intern_string (name);
  self->pump = thaw_pump_ref (pump != NULL ? pump : thaw_pump_get (NULL));
  self->capacity = capacity;
  self->handler = handler;
  self->user_data = user_data;
  self->free_message = free_message;
  self->priority = THAW_PRIORITY_DEFAULT;
  self->ring_link.data = self;
  self->list_link.data = self;
  pthread_mutex_init (&self->keyed_lock, NULL);
  thaw_mailbox_init_room (self);
  self->tally = thaw_pump_add_mailbox (self->pump, self);

  if (owner != NULL)
    thaw_mailbox_set_owner (self, owner);
  return self;
}

/**
 * thaw_mailbox_ref:
 * @self: a mailbox
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawMailbox *
thaw_mailbox_ref (ThawMailbox *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

/**
 * thaw_mailbox_unref:
 * @self: (transfer full): a mailbox
 *
 * Drops a reference. This doesn't close the mailbox: what is queued will still be handled.
 *
 * - **Thread**: any.
 */
void
thaw_mailbox_unref (ThawMailbox *self)
{
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    mailbox_free (self);
}

/**
 * thaw_mailbox_close:
 * @self: a mailbox
 *
 * Refuses later posts, frees what is queued and wakes those who wait for room. The handler never
 * runs again; closing a mailbox from its own handler lets that call be the last. Closing twice does
 * nothing.
 *
 * A short queue, and what can be freed of a longer one in about a millisecond, is freed before this
 * returns. The rest is freed by the pump, in its slices among other messages, on its thread and in
 * the order of posting; so the mailbox's free function must not need anything that goes away with
 * the owner. In the statistics a message is dropped when it is freed.
 *
 * - **Thread**: the pump's, or any while no loop runs the pump's context; refused otherwise.
 */
void
thaw_mailbox_close (ThawMailbox *self)
{
  g_return_if_fail (self != NULL);

  if (!thaw_pump_acquire (self->pump))
    {
      g_critical ("Mailbox '%s' is being closed by a thread that isn't its pump's", self->name);
      return;
    }
  thaw_mailbox_shut (self);
  thaw_pump_release (self->pump);
}

/**
 * thaw_mailbox_is_closed:
 * @self: a mailbox
 *
 * - **Thread**: any.
 *
 * Returns: whether posts are refused for good
 */
gboolean
thaw_mailbox_is_closed (ThawMailbox *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return thaw_head_is_closed (atomic_load (&self->head));
}

/**
 * thaw_mailbox_set_priority:
 * @self: a mailbox
 * @priority: its class
 *
 * Sets which mailboxes go first: see [enum@Thaw.Priority].
 *
 * - **Thread**: the pump's, before the first post.
 */
void
thaw_mailbox_set_priority (ThawMailbox *self, ThawPriority priority)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (priority < THAW_N_PRIORITIES);
  g_return_if_fail (!self->in_ring);

  self->priority = priority;
  atomic_store_explicit (&self->tally->priority, priority, memory_order_relaxed);
}

/**
 * thaw_mailbox_post:
 * @self: a mailbox
 * @message: (transfer full) (nullable): the message; any value
 *
 * Posts a message. This costs one compare-and-swap, and wakes the loop only if it sleeps.
 *
 * - **Thread**: any, the pump's too. Never blocks.
 * - **Ownership**: @message is the mailbox's on success, still the caller's on failure.
 *
 * Returns: %FALSE if the mailbox is full or closed
 */
gboolean
thaw_mailbox_post (ThawMailbox *self, gpointer message)
{
  if (G_LIKELY (thaw_mailbox_push (self, message, 0) == THAW_POST_DONE))
    return TRUE;

  atomic_fetch_add_explicit (&self->tally->n_refused, 1, memory_order_relaxed);
  return FALSE;
}

/**
 * thaw_mailbox_get_depth:
 * @self: a mailbox
 *
 * Counts the messages that wait. What the loop handles is subtracted per batch. An unbounded
 * mailbox stops counting posts at %THAW_MAILBOX_MAX_CAPACITY until the loop takes them.
 *
 * - **Thread**: any; at once out of date.
 *
 * Returns: the number of messages
 */
guint
thaw_mailbox_get_depth (ThawMailbox *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return thaw_head_count (atomic_load_explicit (&self->head, memory_order_relaxed))
         + atomic_load_explicit (&self->n_taken, memory_order_relaxed);
}

/**
 * thaw_mailbox_get_pump:
 * @self: a mailbox
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): the pump on whose thread the handler runs
 */
ThawPump *
thaw_mailbox_get_pump (ThawMailbox *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->pump;
}

/**
 * thaw_mailbox_get_name:
 * @self: a mailbox
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): its name
 */
const char *
thaw_mailbox_get_name (ThawMailbox *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}
