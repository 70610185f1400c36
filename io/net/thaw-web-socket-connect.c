/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Getting a WebSocket: connect, with TLS where the address says so, ask for the upgrade, and check
 * the answer (RFC 6455, section 4). Done by hand because libsoup's own way leaves no room for a
 * stream that can be shut. In a fiber on the network thread. */

#include "thaw-web-socket-private.h"

#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define IO_PRIORITY G_PRIORITY_DEFAULT_IDLE

typedef struct {
  ThawHttp *http;
  GTlsConnection *tls;
} Connecting;

/* What the server has to answer to a key. */
char *
thaw_web_socket_accept_for (const char *key)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize n = sizeof digest;

  g_checksum_update (sum, (const guchar *) key, (gssize) strlen (key));
  g_checksum_update (sum, (const guchar *) GUID, (gssize) strlen (GUID));
  g_checksum_get_digest (sum, digest, &n);
  return g_base64_encode (digest, n);
}

static char *
make_key (void)
{
  guint32 random[4];

  for (gsize i = 0; i < G_N_ELEMENTS (random); i++)
    random[i] = g_random_int ();
  return g_base64_encode ((guint8 *) random, sizeof random);
}

static void
on_event (GSocketClient *client,
          GSocketClientEvent event,
          GSocketConnectable *connectable,
          GIOStream *stream,
          gpointer user_data)
{
  Connecting *self = user_data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
    return;
  g_set_object (&self->tls, G_TLS_CONNECTION (stream));
  if (self->http->trust)
    g_tls_connection_set_database (self->tls, self->http->trust);
}

static void
close_stream (gpointer stream)
{
  g_io_stream_close_async (stream, IO_PRIORITY, NULL, NULL, NULL);
  g_object_unref (stream);
}

static void
connected_cb (GObject *client, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ThawFuture) future = user_data;
  GError *error = NULL;
  GSocketConnection *connection
      = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (client), result, &error);

  if (connection)
    thaw_future_resolve_pointer (future, connection, close_stream);
  else
    thaw_future_reject (future, error);
}

static void
on_cancelled (ThawFuture *future, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static ThawFuture *
new_future (const char *name, GCancellable **cancellable)
{
  ThawFuture *future = thaw_future_new (name);

  *cancellable = g_cancellable_new ();
  thaw_future_set_cancel (future, on_cancelled, g_object_ref (*cancellable), g_object_unref);
  return future;
}

static gboolean
is_secure (GUri *uri)
{
  return g_str_equal (g_uri_get_scheme (uri), "wss")
         || g_str_equal (g_uri_get_scheme (uri), "https");
}

static guint16
port_of (GUri *uri)
{
  if (g_uri_get_port (uri) > 0)
    return (guint16) g_uri_get_port (uri);
  return is_secure (uri) ? 443 : 80;
}

static GIOStream *
connect_to (ThawHttp *http, GUri *uri, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GCancellable) cancellable = NULL;
  ThawFuture *future = new_future ("web socket connect", &cancellable);
  Connecting connecting = { .http = http };
  GError *failure = NULL;
  GIOStream *stream;
  gulong handler;

  g_socket_client_set_tls (client, is_secure (uri));
  handler = g_signal_connect (client, "event", G_CALLBACK (on_event), &connecting);
  g_socket_client_connect_to_host_async (client,
                                         g_uri_get_host (uri),
                                         port_of (uri),
                                         cancellable,
                                         connected_cb,
                                         thaw_future_ref (future));
  stream = thaw_await_pointer (future, &failure);
  g_signal_handler_disconnect (client, handler);
  if (failure && failure->domain == G_TLS_ERROR && connecting.tls
      && g_tls_connection_get_peer_certificate_errors (connecting.tls) != 0)
    g_propagate_error (error,
                       thaw_http_certificate_error (
                           g_uri_get_host (uri),
                           g_tls_connection_get_peer_certificate_errors (connecting.tls)));
  else if (failure)
    g_propagate_error (error, thaw_http_translate_error (g_steal_pointer (&failure), NULL, uri));
  g_clear_error (&failure);
  g_clear_object (&connecting.tls);
  return stream;
}

static char *
make_head (ThawRequest *request, GUri *uri, char **protocols, const char *key)
{
  g_autoptr (GString) head = g_string_new (NULL);
  const char *path = g_uri_get_path (uri), *query = g_uri_get_query (uri);
  gboolean is_ipv6 = strchr (g_uri_get_host (uri), ':') != NULL;

  g_string_append_printf (head, "GET %s", path[0] ? path : "/");
  if (query)
    g_string_append_printf (head, "?%s", query);
  g_string_append_printf (head,
                          is_ipv6 ? " HTTP/1.1\r\nHost: [%s]" : " HTTP/1.1\r\nHost: %s",
                          g_uri_get_host (uri));
  if (g_uri_get_port (uri) > 0)
    g_string_append_printf (head, ":%d", g_uri_get_port (uri));
  g_string_append_printf (head,
                          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
                          key);
  if (protocols && protocols[0])
    {
      g_autofree char *list = g_strjoinv (", ", protocols);

      g_string_append_printf (head, "Sec-WebSocket-Protocol: %s\r\n", list);
    }
  for (guint i = 0; i + 1 < request->headers->len; i += 2)
    g_string_append_printf (head,
                            "%s: %s\r\n",
                            (char *) request->headers->pdata[i],
                            (char *) request->headers->pdata[i + 1]);
  g_string_append (head, "\r\n");
  return g_string_free_and_steal (g_steal_pointer (&head));
}

static gboolean
on_ready (GObject *stream, gpointer future)
{
  thaw_future_resolve (future);
  return G_SOURCE_REMOVE;
}

/* Takes @source over. */
static gboolean
wait_for (GSource *source, GError **error)
{
  g_autoptr (GSource) own = source;
  g_autoptr (ThawFuture) future = thaw_future_new ("web socket data");
  gboolean ready;

  g_source_set_callback (own, G_SOURCE_FUNC (on_ready), future, NULL);
  g_source_set_priority (own, IO_PRIORITY);
  g_source_attach (own, thaw_net_get_context ());
  ready = thaw_await (thaw_future_ref (future), error);
  g_source_destroy (own);
  return ready;
}

static gboolean
write_head (GOutputStream *stream, const char *head, GError **error)
{
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (stream);
  gsize left = strlen (head);

  while (left > 0)
    {
      g_autoptr (GError) failure = NULL;
      gssize n = g_pollable_output_stream_write_nonblocking (output, head, left, NULL, &failure);

      if (n < 0 && !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (n < 0 && !wait_for (g_pollable_output_stream_create_source (output, NULL), error))
        return FALSE;
      head += MAX (n, 0);
      left -= (gsize) MAX (n, 0);
    }
  return TRUE;
}

static gboolean
refuse (GUri *uri, const char *why, GError **error)
{
  g_set_error (error,
               THAW_HTTP_ERROR,
               THAW_HTTP_ERROR_HANDSHAKE,
               "%s: %s",
               g_uri_get_host (uri),
               why);
  return FALSE;
}

/* Up to the empty line; what follows stays in @text behind @head_bytes. */
static gboolean
read_head (GInputStream *stream, GUri *uri, GString *text, gsize *head_bytes, GError **error)
{
  GPollableInputStream *input = G_POLLABLE_INPUT_STREAM (stream);
  const char *end;

  while ((end = strstr (text->str, "\r\n\r\n")) == NULL)
    {
      g_autoptr (GError) failure = NULL;
      char block[4096];
      gssize n
          = g_pollable_input_stream_read_nonblocking (input, block, sizeof block, NULL, &failure);

      if (n > 0)
        g_string_append_len (text, block, n);
      else if (n == 0)
        return refuse (uri, "The server closed the connection instead of answering", error);
      else if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      else if (!wait_for (g_pollable_input_stream_create_source (input, NULL), error))
        return FALSE;
      if (text->len > THAW_HTTP_MAX_HEAD)
        return refuse (uri, "The head is too long", error);
    }
  *head_bytes = (gsize) (end - text->str) + strlen ("\r\n\r\n");
  return TRUE;
}

static gboolean
check_protocol (GUri *uri, char **protocols, const char *chosen, GError **error)
{
  if (!chosen || (protocols && g_strv_contains ((const char *const *) protocols, chosen)))
    return TRUE;
  return refuse (uri, "The server chose a protocol that wasn't offered", error);
}

static gboolean
check_answer (GUri *uri,
              guint status,
              SoupMessageHeaders *headers,
              const char *key,
              char **protocols,
              GError **error)
{
  g_autofree char *expected = thaw_web_socket_accept_for (key);
  g_autofree char *why = NULL;
  const char *accept = soup_message_headers_get_one (headers, "Sec-WebSocket-Accept");

  if (status != SOUP_STATUS_SWITCHING_PROTOCOLS)
    {
      why = g_strdup_printf ("The server answered %u to the offer of a WebSocket", status);
      return refuse (uri, why, error);
    }
  if (!soup_message_headers_header_equals (headers, "Upgrade", "websocket")
      || !soup_message_headers_header_contains (headers, "Connection", "Upgrade") || !accept
      || !g_str_equal (accept, expected)
      || soup_message_headers_get_one (headers, "Sec-WebSocket-Extensions"))
    return refuse (uri, "The server doesn't speak WebSocket as it should", error);
  return check_protocol (uri,
                         protocols,
                         soup_message_headers_get_one (headers, "Sec-WebSocket-Protocol"),
                         error);
}

static gboolean
parse_answer (GUri *uri,
              const char *head,
              gsize n,
              const char *key,
              char **protocols,
              ThawWebSocketHandshake *handshake,
              GError **error)
{
  SoupMessageHeaders *headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  guint status = 0;
  gboolean good;

  /* The parser wants the head without its empty line. */
  good = soup_headers_parse_response (head, (int) n - 2, headers, NULL, &status, NULL)
             ? check_answer (uri, status, headers, key, protocols, error)
             : refuse (uri, "What the server answered isn't HTTP", error);
  if (good)
    handshake->protocol
        = g_strdup (soup_message_headers_get_one (headers, "Sec-WebSocket-Protocol"));
  soup_message_headers_unref (headers);
  return good;
}

gboolean
thaw_web_socket_connect (ThawHttp *http,
                         ThawRequest *request,
                         GUri *uri,
                         char **protocols,
                         ThawWebSocketHandshake *handshake,
                         GError **error)
{
  g_autofree char *key = make_key (), *head = make_head (request, uri, protocols, key);
  g_autoptr (GString) text = g_string_new (NULL);
  GIOStream *stream = connect_to (http, uri, error);
  gsize n;

  if (!stream)
    return FALSE;
  if (!write_head (g_io_stream_get_output_stream (stream), head, error)
      || !read_head (g_io_stream_get_input_stream (stream), uri, text, &n, error)
      || !parse_answer (uri, text->str, n, key, protocols, handshake, error))
    {
      close_stream (stream);
      return FALSE;
    }
  handshake->stream = stream;
  handshake->first = g_bytes_new (text->str + n, text->len - n);
  return TRUE;
}
