/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mailbox: the bounded queue in front of one handler, owned by a GObject. */
#pragma once

#include "thaw-pump.h"

G_BEGIN_DECLS

#define THAW_TYPE_MAILBOX (thaw_mailbox_get_type ())
THAW_API GType thaw_mailbox_get_type (void); /* boxed */

#define THAW_MAILBOX_UNBOUNDED 0
#define THAW_MAILBOX_MAX_CAPACITY 1048575

/* Handles one message on the loop and owns it from then on. */
typedef void (*ThawHandler) (gpointer message, gpointer user_data);
/* Folds @newer into @queued (both owned), returns what stays queued. */
typedef gpointer (*ThawMerge) (gpointer queued, gpointer newer);

/* @owner (nullable): when it is disposed the mailbox closes by itself. @capacity: how many messages may
 * wait. @handler runs on the pump's thread, once a message, in the order of posting. @free_message
 * (nullable) frees messages that will never be handled. */
THAW_API ThawMailbox *thaw_mailbox_new (const char *name,
                                        ThawPump *pump,
                                        GObject *owner,
                                        guint capacity,
                                        ThawHandler handler,
                                        gpointer user_data,
                                        GDestroyNotify free_message) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawMailbox *thaw_mailbox_ref (ThawMailbox *self);   /* any thread */
THAW_API void thaw_mailbox_unref (ThawMailbox *self);         /* any thread; doesn't close */
/* Pump's thread (asserted). Refuses later posts; the handler never runs again. Frees what is queued: a long
 * queue's rest later, in the pump's slices. */
THAW_API void thaw_mailbox_close (ThawMailbox *self);
THAW_API gboolean thaw_mailbox_is_closed (ThawMailbox *self); /* any thread */

/* Pump's thread, before the first post. */
THAW_API void thaw_mailbox_set_priority (ThawMailbox *self, ThawPriority priority);
/* How keyed posts coalesce; without one the latest replaces the queued one. */
THAW_API void thaw_mailbox_set_merge (ThawMailbox *self, ThawMerge merge);

/* Any thread, never blocks. FALSE: full or closed, the message is still the caller's. */
THAW_API gboolean thaw_mailbox_post (ThawMailbox *self, gpointer message) G_GNUC_WARN_UNUSED_RESULT;
/* Any thread, never blocks. A queued message of the same key is replaced or merged and keeps its place
 * in the line; otherwise as thaw_mailbox_post(). */
THAW_API gboolean thaw_mailbox_post_keyed (ThawMailbox *self,
                                           gconstpointer key,
                                           gpointer message) G_GNUC_WARN_UNUSED_RESULT;
/* Worker threads only (asserted: not the pump's). Waits for room until @deadline_usec (monotonic,
 * -1 = none) or until @cancellable. FALSE with an error (THAW_ERROR_MAILBOX_CLOSED/_FULL, CANCELLED):
 * the message is still the caller's. */
THAW_API gboolean thaw_mailbox_post_wait (ThawMailbox *self,
                                          gpointer message,
                                          gint64 deadline_usec,
                                          GCancellable *cancellable,
                                          GError **error);

/* Messages that are GVariants, for languages that can't free C pointers. @message is borrowed. */
typedef void (*ThawVariantHandler) (GVariant *message, gpointer user_data);
/* As thaw_mailbox_new(); @destroy (nullable) frees @user_data once @handler can't run any more. */
THAW_API ThawMailbox *
thaw_mailbox_new_for_variants (const char *name,
                               ThawPump *pump,
                               GObject *owner,
                               guint capacity,
                               ThawVariantHandler handler,
                               gpointer user_data,
                               GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
/* Any thread, never blocks. FALSE: full or closed. A floating @message is taken either way. */
THAW_API gboolean thaw_mailbox_post_variant (ThawMailbox *self,
                                             GVariant *message) G_GNUC_WARN_UNUSED_RESULT;

THAW_API guint thaw_mailbox_get_depth (ThawMailbox *self); /* any thread, at once out of date */
THAW_API ThawPump *thaw_mailbox_get_pump (ThawMailbox *self);
THAW_API const char *thaw_mailbox_get_name (ThawMailbox *self);

/* Any thread. Calls @func once, on the pump's thread as a message, when the mailbox has room again or is
 * closed. The building block of thaw_mailbox_send(). */
THAW_API void thaw_mailbox_when_room (ThawMailbox *self, GSourceOnceFunc func, gpointer user_data);
/* The same; @destroy (nullable) frees @user_data if the pump ends before @func could be called. */
THAW_API void thaw_mailbox_when_room_full (ThawMailbox *self,
                                           GSourceOnceFunc func,
                                           gpointer user_data,
                                           GDestroyNotify destroy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawMailbox, thaw_mailbox_unref)

G_END_DECLS
