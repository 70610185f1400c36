/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes of GVariants, for languages that can't free a C pointer: messages are counted
 * references, and the handler comes with a notify for what it needs. Any thread posts; the handler
 * runs on the pump's thread. It is let go of there when the mailbox closes, so that a handler which
 * knows the mailbox's owner doesn't keep it for ever; but not while it runs. */

#include "thaw-pump-private.h"

typedef struct {
  guint ref_count;
  ThawVariantHandler handler;
  gpointer user_data;
  GDestroyNotify destroy;
} Call;

static void
call_unref (Call *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_unref)

static Call *
call_ref (Call *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/* The mailbox may be closed by what it calls. */
static void
handle (gpointer message, gpointer user_data)
{
  g_autoptr (Call) call = call_ref (user_data);
  g_autoptr (GVariant) variant = message;

  call->handler (variant, call->user_data);
}

static void
let_go (gpointer data)
{
  call_unref (data);
}

/**
 * thaw_mailbox_new_for_variants:
 * @name: what statistics and stall reports call it
 * @pump: (nullable): where the handler runs, or %NULL for the thread-default context's
 * @owner: (nullable): when it is disposed the mailbox closes by itself
 * @capacity: how many messages may wait, up to %THAW_MAILBOX_MAX_CAPACITY, or
 * %THAW_MAILBOX_UNBOUNDED
 * @handler: (scope notified) (closure user_data) (destroy destroy): handles one message
 * @user_data: passed to @handler
 * @destroy: (nullable): frees @user_data
 *
 * As [ctor@Thaw.Mailbox.new], for messages that are [struct@GLib.Variant]: post them with
 * [method@Thaw.Mailbox.post_variant] only.
 *
 * - **Thread**: any. @handler runs on the pump's thread, @destroy too when the mailbox has been
 * closed or its owner was disposed; otherwise where the last reference goes.
 *
 * Returns: (transfer full): the mailbox
 */
ThawMailbox *
thaw_mailbox_new_for_variants (const char *name,
                               ThawPump *pump,
                               GObject *owner,
                               guint capacity,
                               ThawVariantHandler handler,
                               gpointer user_data,
                               GDestroyNotify destroy)
{
  Call *call;
  ThawMailbox *self;

  g_return_val_if_fail (handler != NULL, NULL);

  call = g_new (Call, 1);
  *call = (Call){ 1, handler, user_data, destroy };
  self = thaw_mailbox_new (name,
                           pump,
                           NULL,
                           capacity,
                           handle,
                           call,
                           (GDestroyNotify) g_variant_unref);
  if (self == NULL)
    {
      call_unref (call);
      return NULL;
    }
  self->free_user_data = let_go;
  if (owner != NULL)
    thaw_mailbox_set_owner (self, owner);
  return self;
}

/**
 * thaw_mailbox_post_variant:
 * @self: a mailbox of [ctor@Thaw.Mailbox.new_for_variants]
 * @message: the message; a floating reference is taken
 *
 * Posts a message. What isn't taken is let go of.
 *
 * - **Thread**: any, the pump's too. Never blocks.
 *
 * Returns: %FALSE if the mailbox is full or closed
 */
gboolean
thaw_mailbox_post_variant (ThawMailbox *self, GVariant *message)
{
  g_autoptr (GVariant) held = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (message != NULL, FALSE);

  held = g_variant_ref_sink (message);
  g_return_val_if_fail (self->handler == handle, FALSE);
  if (!thaw_mailbox_post (self, held))
    return FALSE;
  held = NULL; /* the mailbox's now */
  return TRUE;
}
