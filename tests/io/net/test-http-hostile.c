/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a request when the server is broken, slow or hostile: each case ends with the
 * error that names it, in time, and leaves nothing behind. The servers are the kit's, and bare
 * sockets. */

#include "test-net-support.h"

#include "thaw-clock.h"
#include "thaw-net-private.h"

#include <string.h>

typedef struct {
  const char *uri;
  ThawHttp *http;
  ThawScope *scope;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->uri = hostile_get_uri ();
  self->http = thaw_http_new ();
  thaw_http_set_retries (self->http, 0, 1000);
  thaw_http_set_timeouts (self->http, 10 * G_USEC_PER_SEC, 10 * G_USEC_PER_SEC, -1);
  self->scope = thaw_scope_new ("test", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  net_assert_soon (net_count_sockets () == 0);
}

static ThawRequest *
request_to (Fixture *self, const char *path)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);

  return thaw_request_new ("GET", uri);
}

static ThawFuture *
send_to (Fixture *self, const char *path)
{
  g_autoptr (ThawRequest) request = request_to (self, path);

  return thaw_http_send (self->http, self->scope, request);
}

#define OK (-1)

static const struct {
  const char *path;
  int code; /* ThawHttpError or OK */
  guint64 max_body;
} cases[] = {
  { "/file/100000", OK },
  { "/no-length/100000", OK },
  { "/chunked/100000", OK },
  { "/gzip/100000", OK },
  { "/chunked-cut/100000", THAW_HTTP_ERROR_INCOMPLETE },
  { "/chunked-bad", THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/length-long/100000", THAW_HTTP_ERROR_INCOMPLETE },
  { "/length-huge", THAW_HTTP_ERROR_TOO_LARGE },
  { "/length-twice", THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/gzip-bad/100000", THAW_HTTP_ERROR_INCOMPLETE },
  { "/gzip-bomb", THAW_HTTP_ERROR_TOO_LARGE },
  { "/gzip-bomb", THAW_HTTP_ERROR_TOO_LARGE, 1000000 },
  { "/endless", THAW_HTTP_ERROR_TOO_LARGE, 10000000 },
  { "/big-head", -2 },
  { "/endless-head", -2 },
  { "/bad-status-line", THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/http09", THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/stall/100000", THAW_HTTP_ERROR_STALLED },
  { "/stall-head", THAW_HTTP_ERROR_STALLED },
  { "/redirect/5", OK },
  { "/redirect/10", OK },
  { "/redirect/11", THAW_HTTP_ERROR_BAD_REDIRECT },
  { "/redirect-loop", THAW_HTTP_ERROR_BAD_REDIRECT },
  { "/redirect-relative", OK },
  { "/redirect-to?u=file:///etc/passwd", THAW_HTTP_ERROR_BAD_REDIRECT },
  { "/redirect-to?u=ftp://127.0.0.1/", THAW_HTTP_ERROR_BAD_REDIRECT },
  { "/redirect-to?u=javascript:alert(1)", THAW_HTTP_ERROR_BAD_REDIRECT },
};

static void
test_cases (Fixture *self, gconstpointer data)
{
  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThawRequest) request = request_to (self, cases[i].path);
      g_autoptr (ThawFuture) future = NULL;
      const GError *error;

      if (cases[i].max_body > 0)
        thaw_request_set_max_body (request, cases[i].max_body);
      if (cases[i].code == THAW_HTTP_ERROR_STALLED)
        thaw_request_set_timeouts (request, 0, G_USEC_PER_SEC / 3, 0);
      future = thaw_http_send (self->http, self->scope, request);
      g_assert_true (net_wait (future));
      error = thaw_future_get_error (future);
      g_test_message ("%s: %s", cases[i].path, error ? error->message : "fine");
      if (cases[i].code == OK)
        g_assert_no_error (error);
      else if (cases[i].code == -2)
        g_assert_true (error && error->domain == THAW_HTTP_ERROR);
      else
        g_assert_error (error, THAW_HTTP_ERROR, cases[i].code);
    }
}

/* libsoup complains about the value to itself before it can be refused. */
static void
test_negative_length (Fixture *self, gconstpointer data)
{
  GLogLevelFlags fatal;

  if (!self->uri)
    return;
  fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  net_assert_error (send_to (self, "/length-negative"),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_BAD_RESPONSE);
  g_log_set_always_fatal (fatal);
}

/* The body is what the server meant. */
static void
test_content (Fixture *self, gconstpointer data)
{
  static const char *const paths[]
      = { "/file/300000", "/no-length/300000", "/chunked/300000", "/gzip/300000" };
  g_autoptr (ThawResponse) sum = NULL;

  if (!self->uri)
    return;
  sum = net_response (send_to (self, "/sha/300000"));
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (ThawResponse) response = net_response (send_to (self, paths[i]));
      g_autofree char *got
          = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, thaw_response_get_body (response));

      g_assert_cmpmem (got,
                       strlen (got),
                       g_bytes_get_data (thaw_response_get_body (sum), NULL),
                       g_bytes_get_size (thaw_response_get_body (sum)));
    }
}

static void
test_reset (Fixture *self, gconstpointer data)
{
  static const char *const paths[] = { "/early-close", "/drop-always/100000" };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (ThawFuture) future = send_to (self, paths[i]);
      g_autoptr (ThawRequest) request = request_to (self, paths[i]);

      g_assert_true (net_wait (future));
      g_assert_nonnull (thaw_future_get_error (future));
      g_test_message ("%s: %s", paths[i], thaw_future_get_error (future)->message);
      g_assert_true (thaw_http_may_retry (request, thaw_future_get_error (future)));
    }
}

/* After a server that kept its connection but sent more than it said, the next answer is still
 * right. */
static void
test_garbage_between (Fixture *self, gconstpointer data)
{
  if (!self->uri)
    return;
  thaw_http_set_retries (self->http, 2, 1000);
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (ThawResponse) first = net_response (send_to (self, "/length-short/50000"));
      g_autoptr (ThawResponse) second = net_response (send_to (self, "/file/1000"));

      g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (first)), ==, 25000);
      g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (second)), ==, 1000);
    }
}

static void
test_retries (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) dropped = NULL;
  g_autoptr (ThawResponse) refused = NULL;
  g_autoptr (ThawResponse) absurd = NULL;
  g_autoptr (ThawResponse) posted = NULL;
  g_autoptr (ThawResponse) late = NULL;
  g_autoptr (ThawRequest) post = NULL;
  g_autofree char *uri = NULL;
  ThawHttpStats stats;

  if (!self->uri)
    return;
  thaw_http_set_retries (self->http, 3, 1000);
  dropped = net_response (send_to (self, "/drop/100000?k=retries"));
  g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (dropped)), ==, 100000);
  refused = net_response (send_to (self, "/retry/503/0/3"));
  g_assert_cmpuint (thaw_response_get_status (refused), ==, 200);
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (stats.n_retries, ==, 4);

  /* One failure too many, and a server that wants to be left alone for 3,000 years. */
  late = net_response (send_to (self, "/retry/429/0/4"));
  g_assert_cmpuint (thaw_response_get_status (late), ==, 429);
  absurd = net_response (send_to (self, "/retry-absurd"));
  g_assert_cmpuint (thaw_response_get_status (absurd), ==, 503);

  /* What isn't idempotent is sent once. */
  uri = g_strconcat (self->uri, "/retry/503/0/1?k=post", NULL);
  post = thaw_request_new ("POST", uri);
  posted = net_response (thaw_http_send (self->http, self->scope, post));
  g_assert_cmpuint (thaw_response_get_status (posted), ==, 503);
}

static void
test_retry_after (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = NULL;
  gint64 start_usec = g_get_monotonic_time ();

  if (!self->uri)
    return;
  thaw_http_set_retries (self->http, 1, 1000);
  response = net_response (send_to (self, "/retry/503/1/1?k=after"));
  g_assert_cmpuint (thaw_response_get_status (response), ==, 200);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, >=, G_USEC_PER_SEC);
}

static gboolean
is_complete (gpointer future)
{
  return thaw_future_get_state (future) != THAW_FUTURE_PENDING;
}

/* Ten minutes of waiting, in virtual time; the request itself is real, and holds the clock. */
static void
test_virtual_time (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawVirtualTime) time = NULL;
  g_autoptr (ThawFuture) future = NULL;
  g_autoptr (ThawResponse) response = NULL;
  gint64 real_usec = g_get_monotonic_time (), start_usec;

  if (!self->uri)
    return;
  time = thaw_virtual_time_new (1);
  start_usec = thaw_clock_get_usec ();
  thaw_http_set_retries (self->http, 3, 1000);
  future = send_to (self, "/retry/503/200/3?k=virtual");
  g_assert_true (thaw_virtual_time_run_until (time, is_complete, future));
  g_assert_no_error (thaw_future_get_error (future));
  response = thaw_future_take_pointer (future, NULL);
  g_assert_cmpuint (thaw_response_get_status (response), ==, 200);
  g_assert_cmpint (thaw_clock_get_usec () - start_usec, >=, 600 * G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - real_usec, <, 20 * G_USEC_PER_SEC);
  thaw_virtual_time_run (time, -1);
}

static void
test_total_timeout (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = NULL;

  if (!self->uri)
    return;
  request = request_to (self, "/drip/1000?ms=20");
  thaw_request_set_timeouts (request, 0, 0, G_USEC_PER_SEC / 3);
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_TIMED_OUT);
}

/* A server that drips is slow, not silent. */
static void
test_drip (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = NULL;
  g_autoptr (ThawResponse) response = NULL;

  if (!self->uri)
    return;
  request = request_to (self, "/drip/40?ms=20");
  thaw_request_set_timeouts (request, 0, G_USEC_PER_SEC / 3, 0);
  response = net_response (thaw_http_send (self->http, self->scope, request));
  g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (response)), ==, 40);
}

/* Accepts in the kernel, and never says a word: TLS doesn't come about. */
static void
test_connect_timeout (Fixture *self, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("https://127.0.0.1:%u/", port);
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  thaw_request_set_timeouts (request, G_USEC_PER_SEC / 4, 0, 0);
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_CONNECT_TIMEOUT);
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("http://127.0.0.1:%u/", port);

  g_socket_listener_close (listener);
  g_clear_object (&listener);
  net_assert_error (thaw_http_get (self->http, self->scope, uri),
                    G_IO_ERROR,
                    G_IO_ERROR_CONNECTION_REFUSED);
}

/* A consumer that pauses for longer than the stall limit is no stall. */
static void
test_slow_consumer (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = NULL;
  g_autoptr (ThawResponse) response = NULL;
  gint64 end_usec;
  gsize n = 0;

  if (!self->uri)
    return;
  request = request_to (self, "/file/20000000");
  thaw_request_set_timeouts (request, 0, G_USEC_PER_SEC / 4, 0);
  thaw_request_set_streamed (request, TRUE);
  response = net_response (thaw_http_send (self->http, self->scope, request));
  end_usec = g_get_monotonic_time () + G_USEC_PER_SEC * 3 / 4;
  while (g_get_monotonic_time () < end_usec)
    net_iterate ();
  for (;;)
    {
      g_autoptr (ThawFuture) future = thaw_response_read (response);
      g_autoptr (GBytes) chunk = NULL;

      g_assert_true (net_wait (future));
      g_assert_no_error (thaw_future_get_error (future));
      chunk = thaw_future_take_pointer (future, NULL);
      if (!chunk)
        break;
      n += g_bytes_get_size (chunk);
    }
  g_assert_cmpuint (n, ==, 20000000);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/http-hostile/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("cases", test_cases);
  ADD ("negative-length", test_negative_length);
  ADD ("content", test_content);
  ADD ("reset", test_reset);
  ADD ("garbage-between", test_garbage_between);
  ADD ("retries", test_retries);
  ADD ("retry-after", test_retry_after);
  ADD ("virtual-time", test_virtual_time);
  ADD ("total-timeout", test_total_timeout);
  ADD ("drip", test_drip);
  ADD ("connect-timeout", test_connect_timeout);
  ADD ("refused", test_refused);
  ADD ("slow-consumer", test_slow_consumer);
  return g_test_run ();
}
