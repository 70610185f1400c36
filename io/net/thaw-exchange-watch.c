/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time limits of the exchanges: one timer for all of them, which looks, when it fires, at what
 * each is doing. So a sign of life costs a store, and the timer is moved only for who is due before
 * all others (moving it is a system call). Waiting for a place or for a slow consumer is nobody's
 * silence: only the total limit counts then. Past a limit the exchange's scope ends, which unwinds
 * its fiber wherever that waits. Network thread. */

#include "thaw-net-private.h"

/* Network thread. */
static GQueue watched = G_QUEUE_INIT; /* ThawExchange.watch_link */
static GSource *timer;
static gint64 timer_usec = -1; /* when it fires: not later than anything is due */

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

/* The time is up: unwinds the fiber wherever it waits. */
static void
expire (ThawExchange *self, int code)
{
  self->failure = new_error (self, code);
  thaw_scope_cancel (self->scope);
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  gint64 now_usec = g_source_get_time (source), next_usec = -1;
  g_autoptr (GPtrArray) late
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_exchange_unref);
  int code;

  for (GList *l = watched.head; l != NULL; l = l->next)
    {
      gint64 due_usec = get_due (l->data, &code);

      if (due_usec >= 0 && due_usec <= now_usec)
        g_ptr_array_add (late, thaw_exchange_ref (l->data));
      else if (due_usec >= 0 && (next_usec < 0 || due_usec < next_usec))
        next_usec = due_usec;
    }
  timer_usec = next_usec;
  g_source_set_ready_time (source, next_usec);
  for (guint i = 0; i < late->len; i++)
    {
      ThawExchange *self = late->pdata[i];

      /* Not if it is over, by what happened to those before it. */
      if (!self->watch_link.data)
        continue;
      get_due (self, &code);
      thaw_exchange_unwatch (self);
      expire (self, code);
    }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs watch_funcs = { .dispatch = dispatch };

static void
set_timer (gint64 due_usec)
{
  if (timer_usec >= 0 && timer_usec <= due_usec)
    return;
  if (!timer)
    {
      timer = g_source_new (&watch_funcs, sizeof (GSource));
      g_source_set_static_name (timer, "[thaw] http watch");
      g_source_attach (timer, thaw_net_get_context ());
    }
  timer_usec = due_usec;
  g_source_set_ready_time (timer, due_usec);
}

/* The exchange begins to do something else. */
void
thaw_exchange_watch (ThawExchange *self, ThawExchangePhase phase)
{
  gint64 due_usec;
  int code;

  if (self->failure || self->is_put_away)
    return;
  self->phase = phase;
  self->phase_usec = g_get_monotonic_time ();
  due_usec = get_due (self, &code);
  if (due_usec < 0)
    return; /* Should the timer fire, it looks for itself. */
  if (!self->watch_link.data)
    {
      self->watch_link.data = self;
      g_queue_push_tail_link (&watched, &self->watch_link);
    }
  set_timer (due_usec);
}

void
thaw_exchange_touch (ThawExchange *self)
{
  self->phase_usec = g_get_monotonic_time ();
}

void
thaw_exchange_unwatch (ThawExchange *self)
{
  if (!self->watch_link.data)
    return;
  g_queue_unlink (&watched, &self->watch_link);
  self->watch_link.data = NULL;
}
