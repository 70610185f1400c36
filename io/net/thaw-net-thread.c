/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network threads: one for the process, started on first use, and a second where there is
 * another core, started when there is more than one request at a time; asleep while there is
 * nothing to do. libsoup, TLS, decompression and the parsing of heads run on them, so that a loop
 * gets results only. They have a pump like any loop, hence mailboxes, futures and fibers, and must
 * not block either: files are read and written on their lanes. They last as long as the process
 * does. A request stays on one of them; WebSockets and what is put away are the first one's. */

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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ThawNet *nets[THAW_NET_MAX_THREADS]; /* atomic; made under the lock */
static ThawScope *forever;                  /* of the first one, made by its first clean-up */

static void
handle_call (gpointer message, gpointer user_data)
{
  g_autofree Call *call = message;

  call->func (call->data);
}

static void
end_turn (ThawNet *self)
{
  g_autoptr (GArray) due = NULL;

  if (self->turn_calls->len == 0)
    return;
  due = g_steal_pointer (&self->turn_calls);
  self->turn_calls = g_array_new (FALSE, FALSE, sizeof (Call));
  for (guint i = 0; i < due->len; i++)
    g_array_index (due, Call, i).func (g_array_index (due, Call, i).data);
}

typedef struct {
  GSource source;
  ThawNet *net;
} TurnSource;

/* Before anything else of the next turn, and before the loop sleeps. Never dispatched. */
static gboolean
turn_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  end_turn (((TurnSource *) source)->net);
  return FALSE;
}

static GSourceFuncs turn_funcs = { .prepare = turn_prepare };

static void
watch_turns (ThawNet *self)
{
  g_autoptr (GSource) source = g_source_new (&turn_funcs, sizeof (TurnSource));

  ((TurnSource *) source)->net = self;
  self->turn_calls = g_array_new (FALSE, FALSE, sizeof (Call));
  g_source_set_static_name (source, "[thaw] network turn");
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_attach (source, self->context);
}

/* Calls @func when this turn of the loop is over, or after a millisecond of it, in order. Answers
 * that came together are told together, so that who waits for them is woken once and not for each:
 * that was 5 % of the time of a small request. */
void
thaw_net_call_at_turn (ThawNet *self, ThawNetFunc func, gpointer data)
{
  gint64 now_usec = g_get_monotonic_time ();
  Call call = { func, data };

  if (self->turn_calls->len == 0)
    self->turn_usec = now_usec;
  g_array_append_val (self->turn_calls, call);
  if (now_usec - self->turn_usec > TURN_USEC)
    end_turn (self);
}

static gpointer
run_thread (gpointer data)
{
  ThawNet *self = data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (self->context, FALSE);

  g_main_context_push_thread_default (self->context);
  watch_turns (self);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static ThawNet *
net_new (guint index)
{
  static const char *const names[THAW_NET_MAX_THREADS] = { "network", "network 2" };
  ThawNet *self = g_new0 (ThawNet, 1);

  self->index = index;
  self->timer_usec = -1;
  self->context = g_main_context_new ();
  self->calls = thaw_mailbox_new (names[index],
                                  thaw_pump_get (self->context),
                                  NULL,
                                  THAW_MAILBOX_UNBOUNDED,
                                  handle_call,
                                  NULL,
                                  g_free);
  g_thread_unref (g_thread_new (index == 0 ? "thaw-net" : "thaw-net-2", run_thread, self));
  return self;
}

ThawNet *
thaw_net_find (guint index)
{
  return __atomic_load_n (&nets[index], __ATOMIC_ACQUIRE);
}

ThawNet *
thaw_net_get (guint index)
{
  ThawNet *self = thaw_net_find (index);

  if (self)
    return self;
  pthread_mutex_lock (&lock);
  if (!nets[index])
    __atomic_store_n (&nets[index], net_new (index), __ATOMIC_RELEASE);
  self = nets[index];
  pthread_mutex_unlock (&lock);
  return self;
}

/* The one with the least to do, the first if that is as good: a program with one request at a time
 * has one thread and one set of connections. */
ThawNet *
thaw_net_choose (void)
{
  ThawNet *best = thaw_net_get (0);
  guint n_least = __atomic_load_n (&best->n_exchanges, __ATOMIC_RELAXED);
  guint n_threads = MIN (g_get_num_processors (), THAW_NET_MAX_THREADS);

  for (guint i = 1; i < n_threads && n_least > 0; i++)
    {
      ThawNet *other = thaw_net_get (i);
      guint n = __atomic_load_n (&other->n_exchanges, __ATOMIC_RELAXED);

      if (n >= n_least)
        continue;
      best = other;
      n_least = n;
    }
  return best;
}

void
thaw_net_post_to (ThawNet *self, ThawNetFunc func, gpointer data)
{
  Call *call = g_new (Call, 1);

  *call = (Call){ func, data };
  if (!thaw_mailbox_post (self->calls, call))
    g_assert_not_reached (); /* Unbounded, and never closed. */
}

void
thaw_net_post (ThawNetFunc func, gpointer data)
{
  thaw_net_post_to (thaw_net_get (0), func, data);
}

GMainContext *
thaw_net_get_context (void)
{
  return thaw_net_get (0)->context;
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
