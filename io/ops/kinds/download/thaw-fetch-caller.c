/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller: a context for a thread without a loop, turned only while something is waited for. A
 * round of fibers shares it: one waits for the network, the next one writes what came for it. A
 * tick ten times a second looks whether the operation is to pause or to end; while it is paused the
 * thread stands, and all of its fibers. On the operation's thread. */

#include "thaw-fetch-caller.h"

#include "thaw-net-private.h"
#include "thaw-timing.h"

#define TICK_MSEC 100
#define MAX_PAUSE_USEC (5 * G_USEC_PER_SEC)

struct _ThawCaller {
  GMainContext *context;
  GSource *tick;
  ThawScope *scope; /* of the round */
  ThawHttp *http;
  ThawCallerCheck check;
  gpointer user_data;
  guint n_pauses;
};

typedef struct {
  ThawCaller *caller;
  guint n, next;
  guint n_fibers;
  ThawCallerFunc func;
  gpointer user_data;
  GError *error; /* the first one */
} Round;

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

ThawCaller *
thaw_caller_new (ThawCallerCheck check, gpointer user_data)
{
  ThawCaller *self = g_new0 (ThawCaller, 1);

  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->tick = g_timeout_source_new (TICK_MSEC);
  g_source_set_callback (self->tick, on_tick, NULL, NULL);
  g_source_attach (self->tick, self->context);
  self->http = thaw_http_ref (thaw_http_get_default ());
  self->check = check;
  self->user_data = user_data;
  return self;
}

void
thaw_caller_free (ThawCaller *self)
{
  while (g_main_context_iteration (self->context, FALSE))
    ;
  thaw_http_unref (self->http);
  g_source_destroy (self->tick);
  g_source_unref (self->tick);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_free (self);
}

static ThawFuture *
round_fiber (gpointer data)
{
  Round *self = data;

  while (self->error == NULL && self->next < self->n)
    {
      g_autoptr (GError) error = NULL;

      if (!self->func (self->caller, self->next++, self->user_data, &error) && self->error == NULL)
        self->error = g_steal_pointer (&error);
    }
  return thaw_future_new_resolved ();
}

static void
on_fiber_gone (gpointer data)
{
  ((Round *) data)->n_fibers--;
}

/* Pausing blocks in the check. */
static void
look (Round *self)
{
  ThawCaller *caller = self->caller;
  gint64 before = g_get_monotonic_time ();

  if (self->error == NULL)
    caller->check (caller->user_data, &self->error);
  if (g_get_monotonic_time () - before > MAX_PAUSE_USEC)
    caller->n_pauses++;
}

/* After this nothing that was begun is left. */
static void
end_round (Round *self)
{
  ThawCaller *caller = self->caller;
  g_autoptr (ThawFuture) joined = NULL;

  thaw_scope_cancel (caller->scope);
  joined = thaw_scope_join (caller->scope);
  while (self->n_fibers > 0 || thaw_future_get_state (joined) == THAW_FUTURE_PENDING)
    g_main_context_iteration (caller->context, TRUE);
  g_clear_pointer (&caller->scope, thaw_scope_unref);
}

gboolean
thaw_caller_each (ThawCaller *self,
                  guint n,
                  guint at_once,
                  ThawCallerFunc func,
                  gpointer user_data,
                  GError **error)
{
  Round round = { .caller = self, .n = n, .func = func, .user_data = user_data };

  self->scope = thaw_scope_new ("download", NULL);
  for (guint i = 0; i < MIN (n, at_once); i++)
    {
      round.n_fibers++;
      thaw_future_unref (
          thaw_scope_spawn (self->scope, "download", round_fiber, &round, on_fiber_gone));
    }
  while (round.n_fibers > 0 && round.error == NULL)
    {
      g_main_context_iteration (self->context, TRUE);
      look (&round);
    }
  end_round (&round);
  if (round.error == NULL)
    return TRUE;
  g_propagate_error (error, round.error);
  return FALSE;
}

guint
thaw_caller_get_n_pauses (ThawCaller *self)
{
  return self->n_pauses;
}

ThawResponse *
thaw_caller_send (ThawCaller *self, ThawRequest *request, GError **error)
{
  return thaw_await_pointer (thaw_http_send (self->http, self->scope, request), error);
}

GBytes *
thaw_caller_read (ThawCaller *self, ThawResponse *response, GError **error)
{
  return thaw_await_pointer (thaw_response_read (response), error);
}

gboolean
thaw_caller_pause (ThawCaller *self, guint n, GError **error)
{
  return thaw_await (thaw_delay (thaw_http_get_delay (self->http, n)), error);
}

gboolean
thaw_caller_may_retry (const GError *error)
{
  g_autoptr (ThawRequest) any = thaw_request_new ("GET", "http://localhost/");

  return thaw_http_may_retry (any, error);
}
