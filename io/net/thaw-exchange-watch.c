/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time limits of an exchange: one timer that looks, when it fires, at what the exchange is
 * doing, so that a sign of life costs a store and no timer is moved for it. Waiting for a place or
 * for a slow consumer is nobody's silence: only the total limit counts then. Past a limit the
 * exchange's scope ends, which unwinds its fiber wherever that waits. Network thread. */

#include "thaw-net-private.h"

typedef struct {
  GSource source;
  ThawExchange *exchange; /* which owns the source */
} Watch;

static gint64
get_due (ThawExchange *self, int *code)
{
  gint64 due_usec = self->total_due_usec, limit_usec = -1;

  *code = THAW_HTTP_ERROR_TIMED_OUT;
  if (self->phase == THAW_EXCHANGE_CONNECTING)
    limit_usec = self->timeouts.connect_usec;
  else if (self->phase == THAW_EXCHANGE_TALKING)
    limit_usec = self->timeouts.stall_usec;
  if (limit_usec < 0 || (due_usec >= 0 && self->phase_usec + limit_usec >= due_usec))
    return due_usec;
  *code = self->phase == THAW_EXCHANGE_CONNECTING ? THAW_HTTP_ERROR_CONNECT_TIMEOUT
                                                  : THAW_HTTP_ERROR_STALLED;
  return self->phase_usec + limit_usec;
}

static GError *
new_error (ThawExchange *self, int code)
{
  const char *host = g_uri_get_host (self->uri);

  switch (code)
    {
    case THAW_HTTP_ERROR_CONNECT_TIMEOUT:
      return g_error_new (THAW_HTTP_ERROR,
                          code,
                          "No connection to %s within %.1f s",
                          host,
                          (double) self->timeouts.connect_usec / G_USEC_PER_SEC);
    case THAW_HTTP_ERROR_STALLED:
      return g_error_new (THAW_HTTP_ERROR,
                          code,
                          "%s was silent for %.1f s",
                          host,
                          (double) self->timeouts.stall_usec / G_USEC_PER_SEC);
    default:
      return g_error_new (THAW_HTTP_ERROR, code, "The time for the request to %s is over", host);
    }
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ThawExchange *self = ((Watch *) source)->exchange;
  int code;
  gint64 due_usec = get_due (self, &code);

  if (due_usec < 0 || due_usec > g_source_get_time (source))
    {
      g_source_set_ready_time (source, due_usec);
      return G_SOURCE_CONTINUE;
    }
  g_source_set_ready_time (source, -1);
  self->failure = new_error (self, code);
  thaw_scope_cancel (self->scope);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs watch_funcs = { .dispatch = dispatch };

/* The exchange begins to do something else. */
void
thaw_exchange_watch (ThawExchange *self, ThawExchangePhase phase)
{
  gint64 due_usec, ready_usec;
  int code;

  self->phase = phase;
  self->phase_usec = g_get_monotonic_time ();
  due_usec = get_due (self, &code);
  if (due_usec < 0)
    return; /* Should the timer fire, it looks for itself. */
  if (!self->watch)
    {
      self->watch = g_source_new (&watch_funcs, sizeof (Watch));
      ((Watch *) self->watch)->exchange = self;
      g_source_set_static_name (self->watch, "Thaw http watch");
      g_source_set_ready_time (self->watch, due_usec);
      g_source_attach (self->watch, thaw_net_get_context ());
      return;
    }
  ready_usec = g_source_get_ready_time (self->watch);
  if (ready_usec < 0 || ready_usec > due_usec)
    g_source_set_ready_time (self->watch, due_usec);
}

void
thaw_exchange_touch (ThawExchange *self)
{
  self->phase_usec = g_get_monotonic_time ();
}

void
thaw_exchange_unwatch (ThawExchange *self)
{
  if (!self->watch)
    return;
  g_source_destroy (self->watch);
  g_clear_pointer (&self->watch, g_source_unref);
}
