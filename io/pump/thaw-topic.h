/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The topic: what is published on any thread goes to the mailbox of each subscriber. */
#pragma once

#include "thaw-mailbox.h"

G_BEGIN_DECLS

typedef struct _ThawTopic ThawTopic;
#define THAW_TYPE_TOPIC (thaw_topic_get_type ())
THAW_API GType thaw_topic_get_type (void); /* boxed */

typedef enum {
  THAW_TOPIC_DEFAULT = 0,
  THAW_TOPIC_KEEP_LATEST = 1 << 0, /* who subscribes gets the last message at once */
} ThawTopicFlags;

/* What a subscriber that doesn't keep up misses. Nobody ever waits for it. */
typedef enum {
  THAW_TOPIC_MISS_NEWEST, /* its mailbox is full: this message is not for it */
  THAW_TOPIC_MISS_OLDER,  /* keyed by the topic: a new message takes the place of the one that waits
                             (or is merged, if its  mailbox has a merge function); nothing but the
                             newest is needed */
} ThawTopicPolicy;

/* @copy makes each subscriber its own message (a reference, or a copy), @free_message frees one;
 * both must be those of the subscribers' mailboxes, and quick, and not use the topic. Both NULL:
 * messages are plain values. Any thread, as all of these. */
THAW_API ThawTopic *thaw_topic_new (const char *name,
                                    ThawTopicFlags flags,
                                    GBoxedCopyFunc copy,
                                    GDestroyNotify free_message) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawTopic *thaw_topic_ref (ThawTopic *self);
THAW_API void thaw_topic_unref (ThawTopic *self);
THAW_API const char *thaw_topic_get_name (ThawTopic *self);

/* Ends when the mailbox closes, as it does with its owner. */
THAW_API void thaw_topic_subscribe (ThawTopic *self, ThawMailbox *mailbox, ThawTopicPolicy policy);
THAW_API void thaw_topic_unsubscribe (ThawTopic *self, ThawMailbox *mailbox);
/* Takes @message over. Returns how many got it. Never blocks. All subscribers see the messages in
 * the same order. */
THAW_API guint thaw_topic_publish (ThawTopic *self, gpointer message);
/* A copy of the last message of a keep-latest topic; FALSE if there was none. */
THAW_API gboolean thaw_topic_copy_latest (ThawTopic *self, gpointer *message);

typedef struct {
  guint n_subscribers;
  guint64 n_published, n_delivered, n_missed;
} ThawTopicStats;
THAW_API void thaw_topic_get_stats (ThawTopic *self, ThawTopicStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTopic, thaw_topic_unref)

G_END_DECLS
