/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The flow of requests against a server in the process: bodies in pieces with back-pressure, how
 * many at once and in which order, limits of time, progress, and cancelling at every moment. */

#include "test-http-support.h"

#include "thaw-error.h"

static ThawResponse *
stream (HttpFixture *self, const char *path)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "GET", path);

  thaw_request_set_streamed (request, TRUE);
  return net_response (thaw_http_send (self->http, self->scope, request));
}

static GBytes *
read_chunk (ThawResponse *response)
{
  g_autoptr (ThawFuture) future = thaw_response_read (response);
  g_autoptr (GError) error = NULL;
  GBytes *chunk;

  g_assert_true (net_wait (future));
  chunk = thaw_future_take_pointer (future, &error);
  g_assert_no_error (error);
  return chunk;
}

static void
test_stream (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = stream (self, "/bytes/3000000");
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GBytes) whole = NULL;
  GBytes *chunk;

  while ((chunk = read_chunk (response)) != NULL)
    {
      g_byte_array_append (all, g_bytes_get_data (chunk, NULL), (guint) g_bytes_get_size (chunk));
      g_bytes_unref (chunk);
    }
  whole = g_byte_array_free_to_bytes (g_steal_pointer (&all));
  http_check_bytes (whole, 3000000);
  g_assert_null (read_chunk (response));
}

/* The server must be stopped by the kernel's buffers: it can't run ahead of a reader that doesn't.
 */
static void
test_stream_back_pressure (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = stream (self, "/endless");
  guint64 written = 0, before;
  gint64 still_since_usec = g_get_monotonic_time ();

  while (g_get_monotonic_time () - still_since_usec < 300000)
    {
      net_iterate ();
      before = written;
      written = test_server_get_n_written (self->server);
      if (written != before)
        still_since_usec = g_get_monotonic_time ();
      g_assert_cmpuint (written, <, 64 * 1024 * 1024);
    }
  for (guint i = 0; i < 200; i++)
    g_bytes_unref (read_chunk (response));
  net_assert_soon (test_server_get_n_written (self->server) > written);
}

static void
test_stream_dropped (HttpFixture *self, gconstpointer data)
{
  ThawResponse *response = stream (self, "/endless");

  g_bytes_unref (read_chunk (response));
  g_assert_cmpuint (thaw_scope_get_n_tasks (self->scope), ==, 1);
  thaw_response_unref (response);
  net_assert_idle (self->http);
  net_assert_soon (net_count_sockets () == 0);
}

static void
test_stream_scope_ends (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = stream (self, "/endless");
  g_autoptr (ThawFuture) future = NULL;

  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  net_assert_soon (net_count_sockets () == 0);
  /* What was read before may still be had; then the error comes. */
  for (guint i = 0; i < 100; i++)
    {
      g_clear_pointer (&future, thaw_future_unref);
      future = thaw_response_read (response);
      g_assert_true (net_wait (future));
      if (thaw_future_get_error (future))
        break;
    }
  g_assert_error (thaw_future_get_error (future), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_limits (HttpFixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  ThawHttpStats stats;

  thaw_http_set_limits (self->http, 3, 100);
  for (guint i = 0; i < 60; i++)
    g_ptr_array_add (futures, http_send_to (self, "GET", "/slow"));
  for (guint i = 0; i < futures->len; i++)
    g_assert_true (net_wait (futures->pdata[i]));
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (test_server_get_max_concurrent (self->server), ==, 3);
  g_assert_cmpuint (stats.max_in_flight, ==, 3);
  g_assert_cmpuint (test_server_get_n_requests (self->server), ==, 60);
}

static void
test_total_limit (HttpFixture *self, gconstpointer data)
{
  g_autoptr (TestServer) other = test_server_new (NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  ThawHttpStats stats;

  thaw_http_set_limits (self->http, 3, 4);
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *uri = test_server_dup_uri (i % 2 == 0 ? self->server : other, "/slow");

      g_ptr_array_add (futures, thaw_http_get (self->http, self->scope, uri));
    }
  for (guint i = 0; i < futures->len; i++)
    g_assert_true (net_wait (futures->pdata[i]));
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (stats.max_in_flight, ==, 4);
}

static ThawFuture *
wait_for_held (HttpFixture *self, gint64 stall_msec, gint64 total_msec)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "GET", "/held");

  thaw_request_set_timeouts (request, 0, stall_msec * 1000, total_msec * 1000);
  return thaw_http_send (self->http, self->scope, request);
}

/* One timer keeps the limits of all: whoever comes later may be due earlier, and who is late takes
 * nobody else along. */
static void
test_time_limits (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawFuture) patient = NULL, late = NULL, middle = NULL, early = NULL;

  thaw_http_set_retries (self->http, 0, 1000);
  patient = wait_for_held (self, 0, 0);
  late = wait_for_held (self, 600, 0);
  middle = wait_for_held (self, 0, 300);
  net_assert_soon (test_server_get_n_held (self->server) == 3);
  early = wait_for_held (self, 50, 0);
  g_assert_true (net_wait (early));
  g_assert_error (thaw_future_get_error (early), THAW_HTTP_ERROR, THAW_HTTP_ERROR_STALLED);
  g_assert_true (net_wait (middle));
  g_assert_error (thaw_future_get_error (middle), THAW_HTTP_ERROR, THAW_HTTP_ERROR_TIMED_OUT);
  g_assert_true (net_wait (late));
  g_assert_error (thaw_future_get_error (late), THAW_HTTP_ERROR, THAW_HTTP_ERROR_STALLED);
  g_assert_cmpint (thaw_future_get_state (patient), ==, THAW_FUTURE_PENDING);
  test_server_open (self->server);
  g_assert_true (net_wait (patient));
  g_assert_null (thaw_future_get_error (patient));
}

/* Who waits for a place is a record and no more, may leave at any time, and goes in the end. */
static void
test_waiting (HttpFixture *self, gconstpointer data)
{
  enum { N = 200 };
  ThawFuture *futures[N];
  ThawTaskStats tasks;
  ThawHttpStats stats;
  guint n_cancelled = 0;

  thaw_http_set_limits (self->http, 2, 3);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (ThawRequest) request = http_request_to (self, "GET", "/held");

      futures[i] = thaw_http_send (self->http, self->scope, request);
    }
  net_assert_soon (test_server_get_n_held (self->server) == 2);
  thaw_task_get_stats (&tasks);
  g_assert_cmpuint (tasks.n_fibers, <=, N + 2);
  for (guint i = 2; i < N; i++)
    if (g_test_rand_bit ())
      {
        thaw_future_cancel (futures[i]);
        n_cancelled++;
      }
  test_server_open (self->server);
  for (guint i = 0; i < N; i++)
    {
      g_assert_true (net_wait (futures[i]));
      n_cancelled
          -= g_error_matches (thaw_future_get_error (futures[i]), G_IO_ERROR, G_IO_ERROR_CANCELLED);
      thaw_future_unref (futures[i]);
    }
  g_assert_cmpuint (n_cancelled, ==, 0);
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (stats.max_in_flight, ==, 2);
}

static void
test_order (HttpFixture *self, gconstpointer data)
{
  static const struct {
    const char *path;
    ThawPriority priority;
  } asked[] = { { "/held", THAW_PRIORITY_DEFAULT },    { "/bytes/1", THAW_PRIORITY_LOW },
                { "/bytes/2", THAW_PRIORITY_DEFAULT }, { "/bytes/3", THAW_PRIORITY_DEFAULT },
                { "/bytes/4", THAW_PRIORITY_HIGH },    { "/bytes/5", THAW_PRIORITY_LOW } };
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  g_autofree char *log = NULL;
  ThawHttpStats stats;

  thaw_http_set_limits (self->http, 1, 100);
  for (gsize i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autoptr (ThawRequest) request = http_request_to (self, "GET", asked[i].path);

      thaw_request_set_priority (request, asked[i].priority);
      g_ptr_array_add (futures, thaw_http_send (self->http, self->scope, request));
      if (i == 0)
        net_assert_soon (test_server_get_n_held (self->server) == 1);
    }
  net_assert_soon ((thaw_http_get_stats (self->http, &stats), stats.n_exchanges == 6));
  g_assert_cmpuint (test_server_get_n_requests (self->server), ==, 1);
  /* They have to have reached their queue: what is posted after them comes after them. */
  for (guint i = 0; i < 3; i++)
    net_iterate ();
  test_server_open (self->server);
  for (guint i = 0; i < futures->len; i++)
    g_assert_true (net_wait (futures->pdata[i]));
  log = test_server_dup_log (self->server);
  g_assert_cmpstr (log, ==, "/held /bytes/4 /bytes/2 /bytes/3 /bytes/1 /bytes/5 ");
}

static void
add_progress (gpointer message, gpointer user_data)
{
  g_autofree ThawHttpProgress *progress = message;
  ThawHttpProgress *last = user_data;

  g_assert_cmpint (progress->received_bytes, >=, last->received_bytes);
  *last = *progress;
}

static void
test_progress (HttpFixture *self, gconstpointer data)
{
  ThawHttpProgress last = { 0 };
  ThawMailbox *mailbox = thaw_mailbox_new ("progress", NULL, NULL, 1, add_progress, &last, g_free);
  g_autoptr (ThawRequest) request = http_request_to (self, "POST", "/echo");
  g_autofree char *text = g_malloc0 (500000);
  g_autoptr (GBytes) body = g_bytes_new (text, 500000);
  g_autoptr (ThawResponse) response = NULL;

  thaw_request_set_body (request, "text/plain", body);
  thaw_request_set_progress (request, mailbox);
  response = net_response (thaw_http_send (self->http, self->scope, request));
  net_assert_soon (last.received_bytes == 500000);
  g_assert_cmpint (last.sent_bytes, ==, 500000);
  g_assert_cmpint (last.to_send_bytes, ==, 500000);
  g_assert_cmpint (last.to_receive_bytes, ==, 500000);
  thaw_mailbox_close (mailbox);
  thaw_mailbox_unref (mailbox);
}

/* When to cancel: how far the request has come. */
typedef enum { AT_ONCE, NEXT_TURN, WAITING, AT_HEAD, IN_BODY, AFTER } Moment;

static ThawFuture *
start_until (HttpFixture *self, Moment moment, ThawFuture **blocker)
{
  ThawFuture *future;

  *blocker = NULL;
  if (moment == WAITING)
    {
      ThawHttpStats stats;

      *blocker = http_send_to (self, "GET", "/held");
      net_assert_soon (test_server_get_n_held (self->server) == 1);
      future = http_send_to (self, "GET", "/held");
      net_assert_soon ((thaw_http_get_stats (self->http, &stats), stats.n_exchanges == 2));
      return future;
    }
  future = http_send_to (self,
                         "GET",
                         moment == AT_HEAD   ? "/held"
                         : moment == IN_BODY ? "/endless"
                                             : "/bytes/100");
  if (moment == NEXT_TURN)
    net_iterate ();
  if (moment == AT_HEAD)
    net_assert_soon (test_server_get_n_held (self->server) == 1);
  if (moment == IN_BODY)
    net_assert_soon (test_server_get_n_written (self->server) > 1000000);
  if (moment == AFTER)
    g_assert_true (net_wait (future));
  return future;
}

static void
check_cancel (Moment moment, gboolean by_scope)
{
  HttpFixture self;
  g_autoptr (ThawFuture) blocker = NULL;
  g_autoptr (ThawFuture) future = NULL;
  g_autoptr (ThawResponse) response = NULL;

  http_set_up (&self, NULL);
  thaw_http_set_limits (self.http, 1, 10);
  future = start_until (&self, moment, &blocker);
  if (by_scope)
    thaw_scope_cancel (self.scope);
  else
    thaw_future_cancel (future);
  if (moment != AFTER && thaw_future_get_state (future) == THAW_FUTURE_REJECTED)
    g_assert_error (thaw_future_get_error (future), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  else
    g_assert_true (moment == AFTER || moment == NEXT_TURN);
  g_clear_pointer (&future, thaw_future_unref);
  if (blocker && !by_scope)
    {
      test_server_open (self.server);
      response = net_response (g_steal_pointer (&blocker));
    }
  net_assert_idle (self.http);
  http_tear_down (&self, NULL);
}

static void
test_cancel (void)
{
  for (Moment moment = AT_ONCE; moment <= AFTER; moment++)
    for (guint by_scope = 0; by_scope < 2; by_scope++)
      check_cancel (moment, by_scope);
}

static void
test_cancel_before (HttpFixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_error (http_send_to (self, "GET", "/bytes/1"), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (test_server_get_n_requests (self->server), ==, 0);
}

/* The same at moments that nobody chose. */
static void
test_cancel_random (HttpFixture *self, gconstpointer data)
{
  static const char *const paths[]
      = { "/bytes/10", "/slow", "/endless", "/bytes/900000", "/redirect?u=%2Fslow", "/held" };
  guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 150; i++)
    {
      g_autoptr (ThawRequest) request
          = http_request_to (self, "GET", paths[g_rand_int_range (rand, 0, G_N_ELEMENTS (paths))]);
      g_autoptr (ThawFuture) future = NULL;
      gint64 end_usec = g_get_monotonic_time () + g_rand_int_range (rand, 0, 3000);

      thaw_request_set_streamed (request, g_rand_boolean (rand));
      future = thaw_http_send (self->http, self->scope, request);
      while (g_get_monotonic_time () < end_usec)
        g_main_context_iteration (NULL, FALSE);
      thaw_future_cancel (future);
    }
  net_assert_idle (self->http);
}

static void
test_scope_deadline (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawFuture) future = NULL;

  thaw_scope_set_deadline (self->scope, g_get_monotonic_time () + 50000);
  future = http_send_to (self, "GET", "/held");
  net_assert_error (g_steal_pointer (&future), THAW_ERROR, THAW_ERROR_DEADLINE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  HTTP_ADD ("stream", test_stream);
  HTTP_ADD ("stream-back-pressure", test_stream_back_pressure);
  HTTP_ADD ("stream-dropped", test_stream_dropped);
  HTTP_ADD ("stream-scope-ends", test_stream_scope_ends);
  HTTP_ADD ("limits", test_limits);
  HTTP_ADD ("total-limit", test_total_limit);
  HTTP_ADD ("time-limits", test_time_limits);
  HTTP_ADD ("waiting", test_waiting);
  HTTP_ADD ("order", test_order);
  HTTP_ADD ("progress", test_progress);
  g_test_add_func ("/http/cancel", test_cancel);
  HTTP_ADD ("cancel-before", test_cancel_before);
  HTTP_ADD ("cancel-random", test_cancel_random);
  HTTP_ADD ("scope-deadline", test_scope_deadline);
  return g_test_run ();
}
