/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flood of messages: a thread posts all of them as fast as it can to one unbounded mailbox,
 * which is the worst that can happen to a window. Also the work that every kind of flood does. All
 * but the posting runs on the loop's thread. */
#include "flood.h"

#include "thaw.h"

static double rounds_per_usec;

static guint64
spin (guint64 n)
{
  volatile guint64 value = 1;

  for (guint64 i = 0; i < n; i++)
    value = value * 6364136223846793005u + 1442695040888963407u;
  return value;
}

void
flood_calibrate (void)
{
  const guint64 n = 5000000;
  double best = 0;

  for (int i = 0; i < 5; i++)
    {
      gint64 before = g_get_monotonic_time ();

      spin (n);
      best = MAX (best, n / (double) MAX (1, g_get_monotonic_time () - before));
    }
  rounds_per_usec = best;
}

void
flood_work (double usec)
{
  spin ((guint64) (usec * rounds_per_usec));
}

void
flood_step (Flood *self)
{
  flood_work (FLOOD_STEP_USEC);
  if (++self->n_done == self->n_total)
    self->ended_usec = g_get_monotonic_time ();
}

typedef struct {
  ThawMailbox *mailbox;
  GThread *thread;
  guint n;
} Messages;

static void
handle (gpointer message, gpointer user_data)
{
  flood_step (user_data);
}

static void
prepare (Flood *self)
{
  Messages *messages = g_new0 (Messages, 1);

  messages->mailbox
      = thaw_mailbox_new ("flood", NULL, NULL, THAW_MAILBOX_UNBOUNDED, handle, self, NULL);
  messages->n = self->n_total;
  self->data = messages;
}

/* What is posted is never looked at. */
static gpointer
post_all (gpointer data)
{
  Messages *messages = data;

  for (guint i = 0; i < messages->n; i++)
    if (!thaw_mailbox_post (messages->mailbox, messages))
      break; /* closed in the middle */
  return NULL;
}

static void
start (Flood *self)
{
  Messages *messages = self->data;

  messages->thread = g_thread_new ("flood", post_all, messages);
}

static void
clear (Flood *self)
{
  Messages *messages = self->data;

  thaw_mailbox_close (messages->mailbox);
  g_clear_pointer (&messages->thread, g_thread_join);
  thaw_mailbox_unref (messages->mailbox);
  g_free (messages);
}

const Flood flood_of_messages = { "messages", prepare, start, clear };
