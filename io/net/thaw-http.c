/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ThawHttp: settings, and the caller's side of a request. That is a fiber in the caller's scope, so
 * a request is a task like any other: it makes one exchange after the other until an answer will
 * do, waits in between, and stays until nothing of the last exchange is left. When the scope ends,
 * or the future is cancelled, the fiber unwinds and with it the exchange. The loop does no more
 * than that. */

#include "thaw-net-private.h"

#include "thaw-clock.h"
#include "thaw-download.h"
#include "thaw-timing.h"

G_DEFINE_BOXED_TYPE (ThawHttp, thaw_http, thaw_http_ref, thaw_http_unref)

#define DOWNLOADS THAW_DOWNLOAD_AT_ONCE

typedef struct {
  ThawHttp *http;
  ThawRequest *request;
  GUri *uri;
  ThawFuture *result; /* what the caller has; until it is complete */
  gint64 total_due_usec;
  gboolean wants_body;
  ThawVirtualTime *held;
} Sending;

/**
 * thaw_http_new:
 *
 * Makes one with default settings. Any thread.
 *
 * Returns: (transfer full): a `ThawHttp`
 */
ThawHttp *
thaw_http_new (void)
{
  ThawHttp *self = g_new0 (ThawHttp, 1);

  self->ref_count = 1;
  self->per_host = THAW_HTTP_PER_HOST;
  self->total = THAW_HTTP_TOTAL;
  self->timeouts = (ThawHttpTimeouts){ THAW_HTTP_CONNECT_USEC, THAW_HTTP_STALL_USEC, -1 };
  self->n_retries = THAW_HTTP_RETRIES;
  self->first_delay_usec = G_USEC_PER_SEC / 4;
  self->user_agent = g_strdup ("Thaw");
  self->downloads = thaw_limiter_new ("downloads", DOWNLOADS);
  pthread_mutex_init (&self->hosts_lock, NULL);
  return self;
}

static ThawHttp *the_default;
static pthread_once_t default_once = PTHREAD_ONCE_INIT;

static void
make_default (void)
{
  the_default = thaw_http_new ();
}

/**
 * thaw_http_get_default:
 *
 * The one that a program's parts share, with its connections. Any thread.
 *
 * Returns: (transfer none): the default `ThawHttp`
 */
ThawHttp *
thaw_http_get_default (void)
{
  pthread_once (&default_once, make_default);
  return the_default;
}

/**
 * thaw_http_ref:
 * @self: a `ThawHttp`
 *
 * Returns: (transfer full): @self
 */
ThawHttp *
thaw_http_ref (ThawHttp *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
free_net (gpointer data)
{
  ThawHttp *self = data;

  thaw_http_clear_session (self);
  thaw_limiter_unref (self->downloads);
  pthread_mutex_destroy (&self->hosts_lock);
  g_clear_object (&self->trust);
  g_free (self->user_agent);
  g_free (self);
}

/**
 * thaw_http_unref:
 * @self: (transfer full): a `ThawHttp`
 *
 * Drops a reference. Any thread. Requests under way hold one; with the last, connections are
 * closed.
 */
void
thaw_http_unref (ThawHttp *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    thaw_net_post (free_net, self);
}

/**
 * thaw_http_set_limits:
 * @self: a `ThawHttp`
 * @per_host: how many requests may be in flight to one host
 * @total: and to all together
 *
 * Sets how many requests go at once; others wait, by priority and then in order. Before the first.
 */
void
thaw_http_set_limits (ThawHttp *self, guint per_host, guint total)
{
  g_return_if_fail (self != NULL && per_host > 0 && total > 0);

  self->per_host = per_host;
  self->total = total;
}

/**
 * thaw_http_set_timeouts:
 * @self: a `ThawHttp`
 * @connect_usec: as in [method@Thaw.Request.set_timeouts]
 * @stall_usec: as there
 * @total_usec: as there
 *
 * Sets what counts for requests that don't say otherwise; -1 is no limit. Before the first.
 */
void
thaw_http_set_timeouts (ThawHttp *self, gint64 connect_usec, gint64 stall_usec, gint64 total_usec)
{
  g_return_if_fail (self != NULL);

  self->timeouts = (ThawHttpTimeouts){ connect_usec, stall_usec, total_usec };
}

/**
 * thaw_http_set_retries:
 * @self: a `ThawHttp`
 * @n_retries: how often a request is tried again
 * @first_delay_usec: about how long to wait before the first retry; doubled for each further one
 *
 * Sets how hard to try. Before the first request.
 */
void
thaw_http_set_retries (ThawHttp *self, guint n_retries, gint64 first_delay_usec)
{
  g_return_if_fail (self != NULL && first_delay_usec > 0);

  self->n_retries = n_retries;
  self->first_delay_usec = first_delay_usec;
}

/**
 * thaw_http_set_user_agent:
 * @self: a `ThawHttp`
 * @user_agent: what to send as `User-Agent`
 *
 * Before the first request.
 */
void
thaw_http_set_user_agent (ThawHttp *self, const char *user_agent)
{
  g_return_if_fail (self != NULL && user_agent != NULL);

  g_set_str (&self->user_agent, user_agent);
}

/**
 * thaw_http_set_trust:
 * @self: a `ThawHttp`
 * @database: the authorities to trust
 *
 * Trusts @database instead of the system's authorities. Before the first request. There is no way
 * not to check certificates.
 */
void
thaw_http_set_trust (ThawHttp *self, GTlsDatabase *database)
{
  g_return_if_fail (self != NULL && G_IS_TLS_DATABASE (database));

  g_set_object (&self->trust, database);
}

/**
 * thaw_http_get_stats:
 * @self: a `ThawHttp`
 * @stats: (out caller-allocates): filled in
 *
 * Any thread; at once out of date.
 */
void
thaw_http_get_stats (ThawHttp *self, ThawHttpStats *stats)
{
  g_return_if_fail (self != NULL && stats != NULL);

  *stats = (ThawHttpStats){
    .n_in_flight = __atomic_load_n (&self->n_in_flight, __ATOMIC_RELAXED),
    .max_in_flight = __atomic_load_n (&self->max_in_flight, __ATOMIC_RELAXED),
    .n_exchanges = __atomic_load_n (&self->n_exchanges, __ATOMIC_RELAXED),
    .n_sent = __atomic_load_n (&self->n_sent, __ATOMIC_RELAXED),
    .n_retries = __atomic_load_n (&self->n_retried, __ATOMIC_RELAXED),
    .n_redirects = __atomic_load_n (&self->n_redirected, __ATOMIC_RELAXED),
  };
}

/* How long to wait before the next attempt, or -1 when this one counts. */
static gint64
get_pause (Sending *self, ThawResponse *response, const GError *error, guint n_before)
{
  gint64 pause_usec = thaw_http_get_delay (self->http, n_before), asked_usec;

  if (n_before >= self->http->n_retries)
    return -1;
  if (!response)
    return thaw_http_may_retry (self->request, error) ? pause_usec : -1;
  if (!thaw_http_status_may_retry (self->request, thaw_response_get_status (response)))
    return -1;
  asked_usec = thaw_http_parse_retry_after (thaw_response_get_header (response, "Retry-After"),
                                            g_get_real_time () / G_USEC_PER_SEC);
  if (asked_usec > THAW_HTTP_MAX_RETRY_AFTER_USEC)
    return -1;
  pause_usec = MAX (pause_usec, asked_usec);
  /* There would be no time left for another attempt: this answer is better than none. */
  if (self->total_due_usec >= 0 && g_get_monotonic_time () + pause_usec >= self->total_due_usec)
    return -1;
  return pause_usec;
}

/* The result belongs to the caller alone from here on: when it goes, so must the stream that it
 * holds. */
static void
complete (Sending *self, ThawResponse *answer, GError *error)
{
  g_autoptr (ThawFuture) result = g_steal_pointer (&self->result);
  g_autoptr (ThawResponse) response = answer;

  if (!response || (self->wants_body && !thaw_response_check (response, &error)))
    thaw_future_reject (result, error);
  else if (self->wants_body)
    thaw_future_resolve_pointer (result,
                                 g_bytes_ref (thaw_response_get_body (response)),
                                 (GDestroyNotify) g_bytes_unref);
  else
    thaw_future_resolve_pointer (result,
                                 g_steal_pointer (&response),
                                 (GDestroyNotify) thaw_response_unref);
}

/* Whatever came of it, nothing of the exchange is left afterwards: the task of a stream stays until
 * the stream is over, and a retry finds the place free. */
static gboolean
attempt (Sending *self, guint n_before, gint64 *pause_usec, GError **error)
{
  ThawFuture *head;
  g_autoptr (ThawExchange) exchange
      = thaw_exchange_start (self->http, self->request, self->uri, self->total_due_usec, &head);
  g_autoptr (GError) failure = NULL;
  ThawResponse *response;

  self->held = thaw_clock_hold ();
  response = thaw_await_pointer (head, &failure);
  *pause_usec = get_pause (self, response, failure, n_before);
  if (*pause_usec < 0)
    complete (self, response, g_steal_pointer (&failure));
  else
    g_clear_pointer (&response, thaw_response_unref);
  return thaw_await (thaw_future_ref (exchange->closed), error);
}

static gboolean
send_until_done (Sending *self, GError **error)
{
  for (guint n_before = 0;; n_before++)
    {
      gint64 pause_usec;

      if (!attempt (self, n_before, &pause_usec, error))
        return FALSE;
      thaw_clock_release (g_steal_pointer (&self->held));
      if (pause_usec < 0)
        return TRUE;
      __atomic_add_fetch (&self->http->n_retried, 1, __ATOMIC_RELAXED);
      if (!thaw_await (thaw_delay (pause_usec), error))
        return FALSE;
    }
}

static ThawFuture *
send_fiber (gpointer data)
{
  Sending *self = data;
  GError *error = NULL;

  if (send_until_done (self, &error))
    return thaw_future_new_resolved ();
  if (self->result)
    complete (self, NULL, g_steal_pointer (&error));
  g_clear_error (&error);
  return thaw_future_new_resolved ();
}

static void
sending_free (gpointer data)
{
  Sending *self = data;

  if (self->result)
    complete (self,
              NULL,
              g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The request was cancelled"));
  thaw_clock_release (g_steal_pointer (&self->held));
  g_uri_unref (self->uri);
  thaw_request_unref (self->request);
  thaw_http_unref (self->http);
  g_free (self);
}

static void
on_result_cancelled (ThawFuture *future, gpointer fiber)
{
  thaw_future_cancel (fiber);
}

ThawFuture *
thaw_http_send_for (ThawHttp *self, ThawScope *scope, ThawRequest *request, gboolean wants_body)
{
  g_autoptr (GUri) uri = NULL;
  g_autoptr (ThawFuture) fiber = NULL;
  ThawFuture *result;
  GError *error = NULL;
  Sending *sending;
  gint64 total_usec;

  uri = thaw_request_parse_uri (request->uri, &error);
  if (!uri)
    return thaw_future_new_rejected (error);
  request->sent = TRUE;
  total_usec = request->timeouts.total_usec != 0 ? request->timeouts.total_usec
                                                 : self->timeouts.total_usec;
  result = thaw_future_new ("http request");
  sending = g_new0 (Sending, 1);
  *sending
      = (Sending){ .http = thaw_http_ref (self),
                   .request = thaw_request_ref (request),
                   .uri = g_steal_pointer (&uri),
                   .wants_body = wants_body,
                   .result = thaw_future_ref (result),
                   .total_due_usec = total_usec > 0 ? g_get_monotonic_time () + total_usec : -1 };
  fiber = thaw_scope_spawn (scope, "http request", send_fiber, sending, sending_free);
  thaw_future_set_cancel (result,
                          on_result_cancelled,
                          g_steal_pointer (&fiber),
                          (GDestroyNotify) thaw_future_unref);
  return result;
}

/**
 * thaw_http_send:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @request: what to ask for; it can't be changed any more
 *
 * Sends @request as soon as a place is free at its host, follows redirects, and tries again what
 * may be tried again.
 *
 * - **Thread**: the scope's. Connecting, TLS, parsing and decoding are done on the network thread.
 * - **Errors**: [error@Thaw.HttpError]; %G_IO_ERROR_NOT_SUPPORTED for an address that isn't
 * http(s); what GIO says about resolving and connecting. A status is never an error here.
 * - **Cancellation**: at any moment, by the future or the scope; the connection is closed unless
 * the body was read to its end. Of a stream, the future's ends with the head: drop the response
 * then.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.Response]
 */
ThawFuture *
thaw_http_send (ThawHttp *self, ThawScope *scope, ThawRequest *request)
{
  g_return_val_if_fail (self != NULL && scope != NULL && request != NULL, NULL);

  return thaw_http_send_for (self, scope, request, FALSE);
}
