/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling who watches a lane that its state has changed. The message is the lane, keyed by it: a
 * watcher needs to know that there is something new to read, not how often. So a message that is
 * still queued stands for later changes too, and when the mailbox is full one call waits for room,
 * however many changes come meanwhile: the last one is never lost. Any thread; no lock is held
 * while a mailbox is asked. */

#include "thaw-lane-private.h"

struct _ThawLaneWatcher {
  gint ref_count;
  guint8 waits; /* atomic: a call is on its way that will tell */
  ThawMailbox *mailbox;
};

/* One lane's news for one watcher, while it waits for room. */
typedef struct {
  ThawLaneWatcher *watcher;
  ThawLane *lane;
} Delayed;

ThawLaneWatcher *
thaw_lane_watcher_new (ThawMailbox *mailbox)
{
  ThawLaneWatcher *self = g_new0 (ThawLaneWatcher, 1);

  self->ref_count = 1;
  self->mailbox = thaw_mailbox_ref (mailbox);
  return self;
}

ThawLaneWatcher *
thaw_lane_watcher_ref (ThawLaneWatcher *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_lane_watcher_unref (ThawLaneWatcher *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_mailbox_unref (self->mailbox);
  g_free (self);
}

ThawMailbox *
thaw_lane_watcher_get_mailbox (ThawLaneWatcher *self)
{
  return self->mailbox;
}

static void
delayed_free (gpointer data)
{
  g_autofree Delayed *delayed = data;

  thaw_lane_watcher_unref (delayed->watcher);
  thaw_lane_unref (delayed->lane);
}

/* The flag goes down first: a change from now on that finds no room waits by itself. */
static void
tell_delayed_cb (gpointer data)
{
  Delayed *delayed = data;

  __atomic_store_n (&delayed->watcher->waits, FALSE, __ATOMIC_SEQ_CST);
  thaw_lane_watcher_tell (delayed->watcher, delayed->lane);
  delayed_free (delayed);
}

void
thaw_lane_watcher_tell (ThawLaneWatcher *self, ThawLane *lane)
{
  Delayed *delayed;

  if (thaw_mailbox_post_keyed (self->mailbox, lane, thaw_lane_ref (lane)))
    return;
  thaw_lane_unref (lane);
  if (thaw_mailbox_is_closed (self->mailbox)
      || __atomic_exchange_n (&self->waits, TRUE, __ATOMIC_SEQ_CST))
    return;
  delayed = g_new (Delayed, 1);
  *delayed = (Delayed){ thaw_lane_watcher_ref (self), thaw_lane_ref (lane) };
  thaw_mailbox_when_room_full (self->mailbox, tell_delayed_cb, delayed, delayed_free);
}
