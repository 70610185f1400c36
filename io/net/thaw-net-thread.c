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

/* So long may an answer wait for others that are about to be told. */
#define TURN_USEC 1000

static __thread gboolean is_own;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static GMainContext *context;
static ThawMailbox *calls;
static ThawScope *forever; /* of the network thread, made by its first clean-up */
/* The network thread's. */
static GArray *turn_calls; /* Call */
static gint64 turn_usec;   /* when the first of them came */

static void
handle_call (gpointer message, gpointer user_data)
{
  g_autofree Call *call = message;

  call->func (call->data);
}

static void
end_turn (void)
{
  g_autoptr (GArray) due = NULL;

  if (turn_calls->len == 0)
    return;
  due = g_steal_pointer (&turn_calls);
  turn_calls = g_array_new (FALSE, FALSE, sizeof (Call));
  for (guint i = 0; i < due->len; i++)
    g_array_index (due, Call, i).func (g_array_index (due, Call, i).data);
}

/* Before anything else of the next turn, and before the loop sleeps. Never dispatched. */
static gboolean
turn_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  end_turn ();
  return FALSE;
}

static GSourceFuncs turn_funcs = { .prepare = turn_prepare };

static void
watch_turns (void)
{
  g_autoptr (GSource) source = g_source_new (&turn_funcs, sizeof (GSource));

  turn_calls = g_array_new (FALSE, FALSE, sizeof (Call));
  g_source_set_static_name (source, "[thaw] network turn");
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_attach (source, context);
}

/* Calls @func when this turn of the network thread's loop is over, or after a millisecond of it, in
 * order. Answers that came together are told together, so that who waits for them is woken once and
 * not for each: that was 5 % of the time of a small request. Network thread. */
void
thaw_net_call_at_turn (ThawNetFunc func, gpointer data)
{
  gint64 now_usec = g_get_monotonic_time ();
  Call call = { func, data };

  if (turn_calls->len == 0)
    turn_usec = now_usec;
  g_array_append_val (turn_calls, call);
  if (now_usec - turn_usec > TURN_USEC)
    end_turn ();
}

static gpointer
run_thread (gpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  is_own = TRUE;
  g_main_context_push_thread_default (context);
  watch_turns ();
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

gboolean
thaw_net_is_own (void)
{
  return is_own;
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
