/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Coalescing by key. The first message of a key stands in the queue as a slot, which a table of the
 * mailbox finds by key for as long as it is queued; later messages of that key go into the slot
 * instead of the queue. The table has a small lock of its own, which the loop takes once per slot
 * to claim it: so a slot is either still open to posts, or the handler's. A merge function runs
 * under that lock, on the posting thread, and should do no more than add up. */

#include "thaw-pump-private.h"

typedef struct {
  gconstpointer key;
  gpointer message;
} ThawSlot;

/* Under keyed_lock. Returns the message that is to be freed outside of it. */
static gpointer
coalesce (ThawMailbox *self, ThawSlot *slot, gpointer message)
{
  gpointer replaced = NULL;

  if (self->merge != NULL)
    {
      slot->message = self->merge (slot->message, message);
    }
  else
    {
      replaced = slot->message;
      slot->message = message;
    }

  atomic_fetch_add_explicit (&self->tally->n_coalesced, 1, memory_order_relaxed);
  return replaced;
}

/* Under keyed_lock. */
static gboolean
push_slot (ThawMailbox *self, gconstpointer key, gpointer message)
{
  ThawSlot *slot = g_new (ThawSlot, 1);

  slot->key = key;
  slot->message = message;
  if (self->slots == NULL)
    self->slots = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (self->slots, (gpointer) key, slot);

  if (thaw_mailbox_push (self, slot, THAW_NODE_KEYED) == THAW_POST_DONE)
    return TRUE;

  g_hash_table_remove (self->slots, key);
  g_free (slot);
  return FALSE;
}

gpointer
thaw_mailbox_take_slot (ThawMailbox *self, gpointer data)
{
  g_autofree ThawSlot *slot = data;

  pthread_mutex_lock (&self->keyed_lock);
  g_hash_table_remove (self->slots, slot->key);
  pthread_mutex_unlock (&self->keyed_lock);

  return slot->message;
}

/**
 * thaw_mailbox_post_keyed:
 * @self: a mailbox
 * @key: what the message is about; compared as a pointer, never followed
 * @message: (transfer full): the message
 *
 * Posts a message that makes an older one with the same key superfluous. While one is queued,
 * @message replaces it, or is merged with it (see [method@Thaw.Mailbox.set_merge]), and keeps the
 * older one's place in the line; that needs no room. Otherwise it is posted as
 * [method@Thaw.Mailbox.post] does.
 *
 * - **Thread**: any. Never waits for the loop, only for other keyed posts to this mailbox.
 * - **Ownership**: a replaced message is freed on the posting thread, with the mailbox's free
 * function.
 *
 * Returns: %FALSE if the mailbox is full or closed; the message is then still the caller's
 */
gboolean
thaw_mailbox_post_keyed (ThawMailbox *self, gconstpointer key, gpointer message)
{
  gpointer replaced = NULL;
  gboolean posted = TRUE;
  ThawSlot *slot;

  g_return_val_if_fail (self != NULL, FALSE);

  pthread_mutex_lock (&self->keyed_lock);
  slot = self->slots != NULL ? g_hash_table_lookup (self->slots, key) : NULL;
  if (slot == NULL)
    posted = push_slot (self, key, message);
  else if (thaw_mailbox_is_closed (self)) /* what it held is being freed */
    posted = FALSE;
  else
    replaced = coalesce (self, slot, message);
  pthread_mutex_unlock (&self->keyed_lock);

  if (replaced != NULL && self->free_message != NULL)
    self->free_message (replaced);
  if (!posted)
    atomic_fetch_add_explicit (&self->tally->n_refused, 1, memory_order_relaxed);
  return posted;
}

/**
 * thaw_mailbox_set_merge:
 * @self: a mailbox
 * @merge: (nullable) (scope forever): folds a newer message into a queued one, or %NULL to keep the latest
 *
 * Sets how messages with the same key coalesce. @merge owns both messages and returns the one that
 * stays queued.
 *
 * - **Thread**: the pump's, before the first post. @merge runs on the posting thread, under a lock
 * that the loop needs for each keyed message: it must be short, and must not post to this mailbox.
 */
void
thaw_mailbox_set_merge (ThawMailbox *self, ThawMerge merge)
{
  g_return_if_fail (self != NULL);

  self->merge = merge;
}
