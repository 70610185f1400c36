/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller: a context and a scope for a thread without a loop, turned only while something is
 * waited for. A completed future wakes it; a tick ten times a second looks whether the operation is
 * to pause or to end. On the operation's thread. */

#include "thaw-fetch-caller.h"

#include "thaw-net-private.h"

#define TICK_MSEC 100
#define MAX_END_USEC (2 * G_USEC_PER_SEC)

struct _ThawCaller {
  GMainContext *context;
  GSource *tick;
  ThawScope *scope;
  ThawHttp *http;
  ThawCallerCheck check;
  gpointer user_data;
};

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
  self->scope = thaw_scope_new ("download", NULL);
  self->http = thaw_http_ref (thaw_http_get_default ());
  self->check = check;
  self->user_data = user_data;
  return self;
}

void
thaw_caller_free (ThawCaller *self)
{
  g_autoptr (ThawFuture) joined = NULL;
  gint64 deadline = g_get_monotonic_time () + MAX_END_USEC;

  thaw_scope_cancel (self->scope);
  joined = thaw_scope_join (self->scope);
  while (thaw_future_get_state (joined) == THAW_FUTURE_PENDING
         && g_get_monotonic_time () < deadline)
    g_main_context_iteration (self->context, TRUE);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  g_source_destroy (self->tick);
  g_source_unref (self->tick);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
  g_free (self);
}

/* So that the context wakes up. */
static void
on_done (ThawFuture *completed, gpointer user_data)
{
}

/* Takes @future. */
static gpointer
await (ThawCaller *self, ThawFuture *given, GError **error)
{
  g_autoptr (ThawFuture) future = given;

  if (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    thaw_future_done (future, NULL, on_done, NULL, NULL);
  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    {
      if (!self->check (self->user_data, error))
        {
          thaw_future_cancel (future);
          return NULL;
        }
      g_main_context_iteration (self->context, TRUE);
    }
  return thaw_future_take_pointer (future, error);
}

ThawResponse *
thaw_caller_send (ThawCaller *self, ThawRequest *request, GError **error)
{
  return await (self, thaw_http_send (self->http, self->scope, request), error);
}

GBytes *
thaw_caller_read (ThawCaller *self, ThawResponse *response, GError **error)
{
  return await (self, thaw_response_read (response), error);
}

gboolean
thaw_caller_pause (ThawCaller *self, guint n, GError **error)
{
  gint64 until = g_get_monotonic_time () + thaw_http_get_delay (self->http, n);

  while (g_get_monotonic_time () < until)
    {
      if (!self->check (self->user_data, error))
        return FALSE;
      g_main_context_iteration (self->context, TRUE);
    }
  return TRUE;
}

gboolean
thaw_caller_may_retry (const GError *error)
{
  g_autoptr (ThawRequest) any = thaw_request_new ("GET", "http://localhost/");

  return thaw_http_may_retry (any, error);
}
