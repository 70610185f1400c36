/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network thread: one for the process, started on first use, asleep while there is nothing to
 * do. libsoup, TLS, decompression and the parsing of heads run on it, so that a loop gets results
 * only. It has a pump like any loop, hence mailboxes, futures and fibers, and must not block
 * either: files are read and written on their lanes. It lasts as long as the process does. */

#include "thaw-net-private.h"

typedef struct {
  ThawNetFunc func;
  gpointer data;
} Call;

typedef struct {
  ThawLane *lane;
  ThawJobFunc func;
  gpointer data;
  GDestroyNotify destroy;
} CleanUp;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static GMainContext *context;
static ThawMailbox *calls;
static ThawScope *forever; /* of the network thread, made by its first clean-up */

static void
handle_call (gpointer message, gpointer user_data)
{
  g_autofree Call *call = message;

  call->func (call->data);
}

static gpointer
run_thread (gpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
start (void)
{
  context = g_main_context_new ();
  calls = thaw_mailbox_new ("network",
                            thaw_pump_get (context),
                            NULL,
                            THAW_MAILBOX_UNBOUNDED,
                            handle_call,
                            NULL,
                            g_free);
  g_thread_unref (g_thread_new ("thaw-net", run_thread, NULL));
}

GMainContext *
thaw_net_get_context (void)
{
  pthread_once (&once, start);
  return context;
}

void
thaw_net_post (ThawNetFunc func, gpointer data)
{
  Call *call = g_new (Call, 1);

  pthread_once (&once, start);
  *call = (Call){ func, data };
  if (!thaw_mailbox_post (calls, call))
    g_assert_not_reached (); /* Unbounded, and never closed. */
}

static void
clean_up_net (gpointer data)
{
  g_autofree CleanUp *job = data;
  g_autoptr (ThawFuture) future = NULL;

  if (!forever)
    forever = thaw_scope_new ("network clean-up", NULL);
  future = thaw_lane_run_patient (job->lane,
                                  forever,
                                  "network clean-up",
                                  THAW_PRIORITY_LOW,
                                  -1,
                                  job->func,
                                  job->data,
                                  job->destroy);
  thaw_lane_unref (job->lane);
}

void
thaw_net_clean_up (ThawLane *lane, ThawJobFunc func, gpointer data, GDestroyNotify destroy)
{
  CleanUp *job = g_new (CleanUp, 1);

  *job = (CleanUp){ thaw_lane_ref (lane), func, data, destroy };
  thaw_net_post (clean_up_net, job);
}
