/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Topics: a list of mailboxes under a lock, which is held while a message is posted to all of them,
 * so that all see the same order. That may be: a post never waits, and what doesn't fit is missed
 * by the one subscriber that it doesn't fit for. A subscription whose mailbox has closed is found
 * and dropped by the next publication. Any thread. */

#include "thaw-topic.h"

#include <pthread.h>

typedef struct {
  ThawMailbox *mailbox; /* owned */
  ThawTopicPolicy policy;
} Subscription;

struct _ThawTopic {
  gint ref_count;
  char *name;
  ThawTopicFlags flags;
  GBoxedCopyFunc copy;
  GDestroyNotify free_message;
  pthread_mutex_t lock; /* of what follows; mailboxes' locks come after it */
  GArray *subscriptions;
  gboolean has_latest;
  gpointer latest;
  guint64 n_published, n_delivered, n_missed;
};

G_DEFINE_BOXED_TYPE (ThawTopic, thaw_topic, thaw_topic_ref, thaw_topic_unref)

static gpointer
copy_message (ThawTopic *self, gpointer message)
{
  return self->copy ? self->copy (message) : message;
}

static void
drop_message (ThawTopic *self, gpointer message)
{
  if (self->free_message)
    self->free_message (message);
}

static void
subscription_clear (gpointer data)
{
  thaw_mailbox_unref (((Subscription *) data)->mailbox);
}

/**
 * thaw_topic_new:
 * @name: for logs; copied
 * @flags: whether the last message is kept
 * @copy: (nullable) (scope forever): makes each subscriber its own message
 * @free_message: (nullable) (scope forever): frees one
 *
 * Makes a topic. @copy and @free_message are called on any thread, under the topic's lock: they are
 * to be quick, and not to use the topic. Without them messages are plain values.
 *
 * Returns: (transfer full): a topic
 */
ThawTopic *
thaw_topic_new (const char *name,
                ThawTopicFlags flags,
                GBoxedCopyFunc copy,
                GDestroyNotify free_message)
{
  ThawTopic *self = g_new0 (ThawTopic, 1);

  self->ref_count = 1;
  self->name = g_strdup (name);
  self->flags = flags;
  self->copy = copy;
  self->free_message = free_message;
  self->subscriptions = g_array_new (FALSE, FALSE, sizeof (Subscription));
  g_array_set_clear_func (self->subscriptions, subscription_clear);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/**
 * thaw_topic_ref:
 * @self: a topic
 *
 * Takes a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawTopic *
thaw_topic_ref (ThawTopic *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_topic_unref:
 * @self: (transfer full): a topic
 *
 * Drops a reference; subscribers hold none. Any thread.
 */
void
thaw_topic_unref (ThawTopic *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_array_unref (self->subscriptions);
  if (self->has_latest)
    drop_message (self, self->latest);
  pthread_mutex_destroy (&self->lock);
  g_free (self->name);
  g_free (self);
}

/**
 * thaw_topic_get_name:
 * @self: a topic
 *
 * Returns: (transfer none): its name
 */
const char *
thaw_topic_get_name (ThawTopic *self)
{
  return self->name;
}

/* Under the lock. */
static gboolean
post (ThawTopic *self, const Subscription *subscription, gpointer message)
{
  gpointer copy = copy_message (self, message);
  gboolean posted;

  if (subscription->policy == THAW_TOPIC_MISS_OLDER)
    posted = thaw_mailbox_post_keyed (subscription->mailbox, self, copy);
  else
    posted = thaw_mailbox_post (subscription->mailbox, copy);
  if (!posted)
    drop_message (self, copy);
  self->n_delivered += posted;
  self->n_missed += !posted;
  return posted;
}

/* Under the lock. */
static gboolean
remove_mailbox (ThawTopic *self, ThawMailbox *mailbox)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    if (g_array_index (self->subscriptions, Subscription, i).mailbox == mailbox)
      {
        g_array_remove_index (self->subscriptions, i);
        return TRUE;
      }
  return FALSE;
}

/**
 * thaw_topic_subscribe:
 * @self: a topic
 * @mailbox: gets the messages; its function for freeing is that of the topic
 * @policy: what it misses when it doesn't keep up
 *
 * Lets @mailbox have each message that is published from now on, and the last one too if the topic
 * keeps it. Ends when @mailbox closes, as it does with its owner. Who subscribes twice changes the
 * policy. The mailbox is kept alive until it closes or is unsubscribed.
 *
 * - **Thread**: any; messages are handled where @mailbox is.
 */
void
thaw_topic_subscribe (ThawTopic *self, ThawMailbox *mailbox, ThawTopicPolicy policy)
{
  Subscription subscription = { thaw_mailbox_ref (mailbox), policy };

  pthread_mutex_lock (&self->lock);
  remove_mailbox (self, mailbox);
  g_array_append_val (self->subscriptions, subscription);
  if (self->has_latest)
    post (self, &subscription, self->latest);
  pthread_mutex_unlock (&self->lock);
}

/**
 * thaw_topic_unsubscribe:
 * @self: a topic
 * @mailbox: a subscriber, or not
 *
 * Nothing that is published after this returns goes to @mailbox; what is queued there is still
 * handled. Any thread.
 */
void
thaw_topic_unsubscribe (ThawTopic *self, ThawMailbox *mailbox)
{
  pthread_mutex_lock (&self->lock);
  remove_mailbox (self, mailbox);
  pthread_mutex_unlock (&self->lock);
}

/* Under the lock. */
static guint
post_to_all (ThawTopic *self, gpointer message)
{
  guint n = 0;

  for (guint i = 0; i < self->subscriptions->len;)
    {
      Subscription *subscription = &g_array_index (self->subscriptions, Subscription, i);

      if (thaw_mailbox_is_closed (subscription->mailbox))
        {
          g_array_remove_index (self->subscriptions, i);
          continue;
        }
      n += post (self, subscription, message);
      i++;
    }
  return n;
}

/**
 * thaw_topic_publish:
 * @self: a topic
 * @message: (transfer full) (nullable): the message
 *
 * Posts a copy of @message to each subscriber. One that doesn't keep up misses what its policy
 * says; the others, and the caller, don't notice. All see the messages in the same order.
 *
 * - **Thread**: any; never blocks for longer than the posts take.
 *
 * Returns: how many subscribers got it
 */
guint
thaw_topic_publish (ThawTopic *self, gpointer message)
{
  guint n;

  pthread_mutex_lock (&self->lock);
  self->n_published++;
  n = post_to_all (self, message);
  if (self->flags & THAW_TOPIC_KEEP_LATEST)
    {
      gpointer older = self->latest;

      self->latest = message;
      message = older;
    }
  if (!(self->flags & THAW_TOPIC_KEEP_LATEST) || self->has_latest)
    drop_message (self, message);
  self->has_latest = (self->flags & THAW_TOPIC_KEEP_LATEST) != 0;
  pthread_mutex_unlock (&self->lock);
  return n;
}

/**
 * thaw_topic_copy_latest:
 * @self: a topic that keeps the latest message
 * @message: (out) (transfer full): a copy of it
 *
 * Any thread.
 *
 * Returns: whether there was one
 */
gboolean
thaw_topic_copy_latest (ThawTopic *self, gpointer *message)
{
  gboolean found;

  pthread_mutex_lock (&self->lock);
  found = self->has_latest;
  if (found)
    *message = copy_message (self, self->latest);
  pthread_mutex_unlock (&self->lock);
  return found;
}

/**
 * thaw_topic_get_stats:
 * @self: a topic
 * @stats: (out caller-allocates): filled in
 *
 * Any thread. A message that was delivered may still have been replaced by a newer one, if that is
 * the subscriber's policy. Subscribers whose mailbox has closed count until the next publication.
 */
void
thaw_topic_get_stats (ThawTopic *self, ThawTopicStats *stats)
{
  pthread_mutex_lock (&self->lock);
  *stats = (ThawTopicStats){ .n_subscribers = self->subscriptions->len,
                             .n_published = self->n_published,
                             .n_delivered = self->n_delivered,
                             .n_missed = self->n_missed };
  pthread_mutex_unlock (&self->lock);
}
