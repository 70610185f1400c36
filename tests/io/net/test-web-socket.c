/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WebSockets against a server in the process: messages both ways in order, back-pressure from a
 * mailbox that is full, close codes from either side, handshakes that fail, and every end. */

#include "test-net-support.h"

#include "thaw-web-socket-private.h"

#include <string.h>

typedef struct {
  TestServer *server;
  ThawHttp *http;
  ThawScope *scope;
  ThawMailbox *mailbox;
  GQueue got; /* ThawWebSocketMessage */
} Fixture;

static void
on_message (gpointer message, gpointer user_data)
{
  g_queue_push_tail (&((Fixture *) user_data)->got, message);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->server = test_server_new (NULL);
  self->http = thaw_http_new ();
  self->scope = thaw_scope_new ("test", NULL);
  self->mailbox = thaw_mailbox_new ("web socket",
                                    NULL,
                                    NULL,
                                    10,
                                    on_message,
                                    self,
                                    (GDestroyNotify) thaw_web_socket_message_free);
  g_queue_init (&self->got);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  thaw_mailbox_close (self->mailbox);
  thaw_mailbox_unref (self->mailbox);
  test_server_free (self->server);
  g_queue_clear_full (&self->got, (GDestroyNotify) thaw_web_socket_message_free);
  net_assert_soon (net_count_sockets () == 0);
}

static ThawFuture *
start (Fixture *self, const char *path, const ThawWebSocketOptions *options)
{
  g_autofree char *http = test_server_dup_uri (self->server, path);
  g_autofree char *uri = g_strconcat ("ws", http + strlen ("http"), NULL);
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  return thaw_http_open_web_socket (self->http, self->scope, request, self->mailbox, options);
}

static ThawWebSocket *
finish (ThawFuture *future)
{
  g_autoptr (ThawFuture) own = future;
  g_autoptr (GError) error = NULL;
  ThawWebSocket *socket;

  g_assert_true (net_wait (own));
  socket = thaw_future_take_pointer (own, &error);
  g_assert_no_error (error);
  return socket;
}

static void
send_text (ThawWebSocket *socket, const char *text)
{
  g_autoptr (ThawFuture) future = thaw_web_socket_send_text (socket, text);

  g_assert_true (net_wait (future));
  g_assert_no_error (thaw_future_get_error (future));
}

static char *
pop_text (Fixture *self)
{
  g_autoptr (ThawWebSocketMessage) message = NULL;
  gsize n;
  const char *data;

  net_assert_soon (self->got.length > 0);
  message = g_queue_pop_head (&self->got);
  g_assert_cmpint (message->kind, ==, THAW_WEB_SOCKET_TEXT);
  data = g_bytes_get_data (message->data, &n);
  return g_strndup (data ? data : "", n);
}

static guint
pop_close (Fixture *self)
{
  g_autoptr (ThawWebSocketMessage) message = NULL;

  net_assert_soon (self->got.length > 0);
  message = g_queue_pop_head (&self->got);
  g_assert_cmpint (message->kind, ==, THAW_WEB_SOCKET_CLOSED);
  return message->code;
}

static void
test_accept (void)
{
  g_autofree char *accept = thaw_web_socket_accept_for ("dGhlIHNhbXBsZSBub25jZQ==");

  g_assert_cmpstr (accept, ==, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* of RFC 6455 */
}

static void
test_echo (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autofree char *large = g_malloc0 (300000);
  g_autoptr (GBytes) bytes = g_bytes_new (large, 300000);
  g_autoptr (ThawFuture) sent = NULL;
  ThawWebSocketMessage *message;

  g_assert_null (thaw_web_socket_get_protocol (socket));
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("message \303\244 %u", i), *got = NULL;

      send_text (socket, text);
      got = pop_text (self);
      g_assert_cmpstr (got, ==, text);
    }
  /* Past libsoup's and the frame's small sizes. */
  sent = thaw_web_socket_send (socket, THAW_WEB_SOCKET_BINARY, bytes);
  net_assert_soon (self->got.length == 1);
  g_assert_true (net_wait (sent));
  message = g_queue_pop_head (&self->got);
  g_assert_cmpint (message->kind, ==, THAW_WEB_SOCKET_BINARY);
  g_assert_true (g_bytes_equal (message->data, bytes));
  thaw_web_socket_message_free (message);
}

static void
test_invalid_text (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));

  net_assert_error (thaw_web_socket_send_text (socket, "\xff"),
                    G_IO_ERROR,
                    G_IO_ERROR_INVALID_DATA);
}

static void
test_close (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autoptr (ThawFuture) closed = NULL;
  g_autofree char *text = NULL;

  send_text (socket, "last");
  closed = thaw_web_socket_close (socket, 4321, "bye");
  g_assert_true (net_wait (closed));
  g_assert_no_error (thaw_future_get_error (closed));
  text = pop_text (self);
  g_assert_cmpstr (text, ==, "last");
  g_assert_cmpuint (pop_close (self), ==, 4321);
  net_assert_error (thaw_web_socket_send_text (socket, "late"), G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_assert_cmpuint (thaw_scope_get_n_tasks (self->scope), <=, 1);
}

static void
test_closed_by_server (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));

  send_text (socket, "close");
  g_assert_cmpuint (pop_close (self), ==, 4000);
  net_assert_idle (self->http);
}

static void
test_dropped (Fixture *self, gconstpointer data)
{
  ThawWebSocket *socket = finish (start (self, "/ws", NULL));

  thaw_web_socket_unref (socket);
  pop_close (self);
  net_assert_idle (self->http);
}

static void
test_too_large (Fixture *self, gconstpointer data)
{
  ThawWebSocketOptions options = { .max_message_bytes = 1000 };
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", &options));
  g_autofree char *text = g_strnfill (2000, 'x');

  send_text (socket, text);
  g_assert_cmpuint (pop_close (self), ==, SOUP_WEBSOCKET_CLOSE_TOO_BIG);
  net_assert_idle (self->http);
}

/* A consumer that sleeps: what was sent stays in the kernel and in the server, not with us. */
static void
test_back_pressure (Fixture *self, gconstpointer data)
{
  guint n = 100000;
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autoptr (ThawFuture) sent = thaw_web_socket_send_text (socket, "flood 100000");
  gint64 end_usec = g_get_monotonic_time () + NET_SECONDS * G_USEC_PER_SEC;

  /* The loop doesn't run at all meanwhile. */
  while (thaw_mailbox_get_depth (self->mailbox) < 10 && g_get_monotonic_time () < end_usec)
    g_usleep (1000);
  g_assert_cmpuint (thaw_mailbox_get_depth (self->mailbox), ==, 10);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = pop_text (self), *want = g_strdup_printf ("%u", i);

      g_assert_cmpstr (text, ==, want);
    }
  g_assert_true (net_wait (sent));
}

/* Sending faster than the server echoes. */
static void
test_send_much (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autofree char *block = g_strnfill (50000, 'x');
  guint n = 0, n_got = 0;

  for (; n < 200; n++)
    {
      send_text (socket, block);
      while (self->got.length > 0)
        {
          g_free (pop_text (self));
          n_got++;
        }
    }
  for (; n_got < n; n_got++)
    g_free (pop_text (self));
}

static void
test_no_web_socket (Fixture *self, gconstpointer data)
{
  net_assert_error (start (self, "/bytes/10", NULL), THAW_HTTP_ERROR, THAW_HTTP_ERROR_HANDSHAKE);
  net_assert_error (start (self, "/status/404", NULL), THAW_HTTP_ERROR, THAW_HTTP_ERROR_HANDSHAKE);
  net_assert_idle (self->http);
}

static void
test_bad_address (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", "file:///etc/passwd");

  net_assert_error (
      thaw_http_open_web_socket (self->http, self->scope, request, self->mailbox, NULL),
      G_IO_ERROR,
      G_IO_ERROR_NOT_SUPPORTED);
}

static void
test_timeout (Fixture *self, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  thaw_request_set_timeouts (request, G_USEC_PER_SEC / 5, 0, 0);
  net_assert_error (
      thaw_http_open_web_socket (self->http, self->scope, request, self->mailbox, NULL),
      THAW_HTTP_ERROR,
      THAW_HTTP_ERROR_CONNECT_TIMEOUT);
  net_assert_idle (self->http);
}

static void
test_scope_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autoptr (ThawFuture) sent = NULL;

  sent = thaw_web_socket_send_text (socket, "flood 1000");
  g_assert_cmpuint (thaw_scope_get_n_tasks (self->scope), ==, 1);
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  net_assert_soon (net_count_sockets () == 0);
}

static void
test_mailbox_closes (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawWebSocket) socket = finish (start (self, "/ws", NULL));
  g_autoptr (ThawFuture) sent = NULL;

  thaw_mailbox_close (self->mailbox);
  sent = thaw_web_socket_send_text (socket, "hello");
  net_assert_idle (self->http);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("cancelled", self->scope);
      g_autofree char *uri = test_server_dup_uri (self->server, "/ws");
      g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);
      g_autoptr (ThawFuture) future
          = thaw_http_open_web_socket (self->http, scope, request, self->mailbox, NULL);
      gint64 end_usec = g_get_monotonic_time () + g_rand_int_range (rand, 0, 3000);

      while (g_get_monotonic_time () < end_usec)
        g_main_context_iteration (NULL, FALSE);
      if (g_rand_boolean (rand))
        thaw_scope_cancel (scope);
      else
        thaw_future_cancel (future);
    }
  net_assert_idle (self->http);
}

static void
test_cancelled_before (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_error (start (self, "/ws", NULL), G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
check_tls (Fixture *self, const char *pem, const char *complaint)
{
  g_autofree char *server_pem = g_test_build_filename (G_TEST_DIST, "certificates", pem, NULL);
  g_autofree char *ca = g_test_build_filename (G_TEST_DIST, "certificates", "ca.pem", NULL);
  g_autoptr (TestServer) server = test_server_new (server_pem);
  g_autoptr (GTlsDatabase) trust = g_tls_file_database_new (ca, NULL);
  g_autofree char *uri = test_server_dup_uri (server, "/ws");
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);
  g_autoptr (ThawFuture) future = NULL;

  thaw_http_set_trust (self->http, trust);
  future = thaw_http_open_web_socket (self->http, self->scope, request, self->mailbox, NULL);
  g_assert_true (net_wait (future));
  if (complaint)
    {
      g_assert_error (thaw_future_get_error (future), THAW_HTTP_ERROR, THAW_HTTP_ERROR_TLS);
      g_assert_nonnull (strstr (thaw_future_get_error (future)->message, complaint));
    }
  else
    {
      g_autoptr (ThawWebSocket) socket = finish (g_steal_pointer (&future));
      g_autofree char *text = NULL;

      send_text (socket, "secret");
      text = pop_text (self);
      g_assert_cmpstr (text, ==, "secret");
    }
  g_clear_pointer (&future, thaw_future_unref);
  net_assert_idle (self->http);
}

static void
test_tls (Fixture *self, gconstpointer data)
{
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("There is no TLS for GIO here");
      return;
    }
  check_tls (self, "good.pem", NULL);
  check_tls (self, "expired.pem", "has expired");
  check_tls (self, "wrong.pem", "for another host");
}

#define ADD(name, function)                                                                        \
  g_test_add ("/web-socket/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/web-socket/accept", test_accept);
  ADD ("echo", test_echo);
  ADD ("invalid-text", test_invalid_text);
  ADD ("close", test_close);
  ADD ("closed-by-server", test_closed_by_server);
  ADD ("dropped", test_dropped);
  ADD ("too-large", test_too_large);
  ADD ("back-pressure", test_back_pressure);
  ADD ("send-much", test_send_much);
  ADD ("no-web-socket", test_no_web_socket);
  ADD ("bad-address", test_bad_address);
  ADD ("timeout", test_timeout);
  ADD ("scope-ends", test_scope_ends);
  ADD ("mailbox-closes", test_mailbox_closes);
  ADD ("cancel", test_cancel);
  ADD ("cancelled-before", test_cancelled_before);
  ADD ("tls", test_tls);
  return g_test_run ();
}
