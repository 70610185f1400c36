/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The WebSocket: libsoup's frames on the network thread, between a mailbox and any thread. When the
 * mailbox is full, what was read already is kept, in order, and the valve of the stream is shut
 * until there is room. What is sent is counted until it has gone out. A fiber in the caller's scope
 * stands for the connection: it ends with the one, and ends the other. */

#include "thaw-web-socket-private.h"

#include "thaw-clock.h"
#include "thaw-error.h"
#include "thaw-timing.h"

#include <string.h>

#define OUT_BYTES (256 * 1024)

typedef struct {
  ThawFuture *future;
  guint64 due; /* when so much has gone out */
} Sender;

struct _ThawWebSocket {
  gint ref_count;
  gint n_users; /* references of the caller's, atomic */
  ThawHttp *http;
  ThawRequest *request;
  GUri *uri;
  char **protocols;
  guint ping_seconds;
  gsize max_message_bytes;
  ThawMailbox *mailbox;
  ThawFuture *closed; /* shared: resolves when nothing is left */
  char *protocol;     /* constant once it is open */

  /* Network thread. */
  ThawFuture *opened;
  ThawScope *scope;
  GIOStream *stream;
  ThawValveInput *input;
  ThawValveOutput *output;
  SoupWebsocketConnection *connection;
  GQueue pending; /* ThawWebSocketMessage, for the mailbox */
  gboolean waits_for_room, is_over, is_done;
  guint64 n_queued, n_out; /* bytes */
  GQueue senders;
  GError *failure;
};

G_DEFINE_BOXED_TYPE (ThawWebSocket, thaw_web_socket, thaw_web_socket_ref, thaw_web_socket_unref)

/**
 * thaw_web_socket_message_free:
 * @self: (transfer full): a message
 *
 * Frees it. Any thread.
 */
void
thaw_web_socket_message_free (ThawWebSocketMessage *self)
{
  g_clear_pointer (&self->data, g_bytes_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static ThawWebSocket *
hold (ThawWebSocket *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
let_go (gpointer data)
{
  ThawWebSocket *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_http_unref (self->http);
  thaw_request_unref (self->request);
  g_uri_unref (self->uri);
  g_strfreev (self->protocols);
  thaw_mailbox_unref (self->mailbox);
  thaw_future_unref (self->closed);
  g_clear_pointer (&self->opened, thaw_future_unref);
  g_free (self->protocol);
  g_clear_error (&self->failure);
  g_free (self);
}

static void
close_net (gpointer data)
{
  ThawWebSocket *self = data;

  if (self->connection
      && soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, THAW_WEB_SOCKET_GOING_AWAY, NULL);
  let_go (self);
}

/**
 * thaw_web_socket_ref:
 * @self: a WebSocket
 *
 * Returns: (transfer full): @self
 */
ThawWebSocket *
thaw_web_socket_ref (ThawWebSocket *self)
{
  __atomic_add_fetch (&self->n_users, 1, __ATOMIC_RELAXED);
  return hold (self);
}

/**
 * thaw_web_socket_unref:
 * @self: (transfer full): a WebSocket
 *
 * Drops a reference. The last one of an open connection closes it, with the code "going away". Any
 * thread.
 */
void
thaw_web_socket_unref (ThawWebSocket *self)
{
  if (__atomic_sub_fetch (&self->n_users, 1, __ATOMIC_ACQ_REL) == 0)
    thaw_net_post (close_net, hold (self));
  let_go (self);
}

/**
 * thaw_web_socket_get_protocol:
 * @self: a WebSocket
 *
 * Returns: (transfer none) (nullable): the protocol that the server chose
 */
const char *
thaw_web_socket_get_protocol (ThawWebSocket *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->protocol;
}

static void flush_net (gpointer data); /* which waits for room, as what it calls does */

/* On the mailbox's thread. */
static void
on_room (gpointer data)
{
  thaw_net_post (flush_net, data);
}

/* When nothing comes from the connection, and nothing waits for the mailbox any more. */
static void
finish_if_done (ThawWebSocket *self)
{
  if (!self->is_over || self->pending.length > 0 || self->is_done)
    return;
  self->is_done = TRUE;
  thaw_future_resolve (self->closed);
  __atomic_sub_fetch (&self->http->n_exchanges, 1, __ATOMIC_RELAXED);
  let_go (self);
}

static void
give_up_mailbox (ThawWebSocket *self)
{
  g_queue_clear_full (&self->pending, (GDestroyNotify) thaw_web_socket_message_free);
  if (self->connection
      && soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, THAW_WEB_SOCKET_GOING_AWAY, NULL);
}

/* What can't be posted keeps its place, and nothing more is read until it can. */
static void
flush (ThawWebSocket *self)
{
  while (self->pending.length > 0 && !self->waits_for_room)
    {
      ThawWebSocketMessage *message = g_queue_pop_head (&self->pending);

      if (thaw_mailbox_post (self->mailbox, message))
        continue;
      g_queue_push_head (&self->pending, message);
      if (thaw_mailbox_is_closed (self->mailbox))
        {
          give_up_mailbox (self);
          break;
        }
      self->waits_for_room = TRUE;
      thaw_mailbox_when_room (self->mailbox, on_room, hold (self));
    }
  if (self->input)
    thaw_valve_input_set_closed (self->input, self->pending.length > 0);
  finish_if_done (self);
}

static void
flush_net (gpointer data)
{
  ThawWebSocket *self = data;

  self->waits_for_room = FALSE;
  flush (self);
  let_go (self);
}

static void
deliver (ThawWebSocket *self, ThawWebSocketKind kind, GBytes *data, guint code, GError *error)
{
  ThawWebSocketMessage *message = g_new (ThawWebSocketMessage, 1);

  *message = (ThawWebSocketMessage){ kind, data, code, error };
  g_queue_push_tail (&self->pending, message);
  flush (self);
}

static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *data, ThawWebSocket *self)
{
  deliver (self,
           type == SOUP_WEBSOCKET_DATA_TEXT ? THAW_WEB_SOCKET_TEXT : THAW_WEB_SOCKET_BINARY,
           g_bytes_ref (data),
           0,
           NULL);
}

static void
on_error (SoupWebsocketConnection *connection, GError *error, ThawWebSocket *self)
{
  if (!self->failure)
    self->failure = g_error_copy (error);
}

static void
reject_senders (ThawWebSocket *self)
{
  Sender *sender;

  while ((sender = g_queue_pop_head (&self->senders)) != NULL)
    {
      thaw_future_reject (
          sender->future,
          g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The WebSocket is closed"));
      thaw_future_unref (sender->future);
      g_free (sender);
    }
}

static void
drop_connection (ThawWebSocket *self)
{
  if (!self->connection)
    return;
  g_signal_handlers_disconnect_by_data (self->connection, self);
  thaw_valve_output_forget (self->output);
  g_clear_object (&self->connection);
  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT_IDLE, NULL, NULL, NULL);
  g_clear_object (&self->stream);
}

static void
end_connection (ThawWebSocket *self, guint code, const char *reason)
{
  GBytes *data = g_bytes_new (reason ? reason : "", reason ? strlen (reason) : 0);

  drop_connection (self);
  reject_senders (self);
  self->is_over = TRUE;
  deliver (self, THAW_WEB_SOCKET_CLOSED, data, code, g_steal_pointer (&self->failure));
}

/* If the connection ended because of what the other side did, the code is what that was; no code at
 * all means that it went without a word. */
static void
on_closed (SoupWebsocketConnection *connection, ThawWebSocket *self)
{
  guint code = soup_websocket_connection_get_close_code (connection);
  g_autofree char *reason = g_strdup (soup_websocket_connection_get_close_data (connection));

  if (self->failure && self->failure->domain == SOUP_WEBSOCKET_ERROR
      && self->failure->code >= SOUP_WEBSOCKET_CLOSE_NORMAL)
    code = (guint) self->failure->code;
  end_connection (self, code != 0 ? code : THAW_WEB_SOCKET_ABNORMAL, reason);
}

static void
on_wrote (gsize n, gpointer user_data)
{
  ThawWebSocket *self = user_data;
  Sender *sender;

  self->n_out += n;
  while ((sender = g_queue_peek_head (&self->senders)) != NULL && sender->due <= self->n_out)
    {
      g_queue_pop_head (&self->senders);
      thaw_future_resolve (sender->future);
      thaw_future_unref (sender->future);
      g_free (sender);
    }
}

/* Takes over what is in @handshake. */
static void
start_connection (ThawWebSocket *self, ThawWebSocketHandshake *handshake)
{
  g_autoptr (GIOStream) valves = NULL;

  self->stream = handshake->stream;
  self->protocol = handshake->protocol;
  self->input
      = thaw_valve_input_new (g_io_stream_get_input_stream (self->stream), handshake->first);
  self->output
      = thaw_valve_output_new (g_io_stream_get_output_stream (self->stream), on_wrote, self);
  g_bytes_unref (handshake->first);
  valves = g_simple_io_stream_new (G_INPUT_STREAM (self->input), G_OUTPUT_STREAM (self->output));
  self->connection = soup_websocket_connection_new (valves,
                                                    self->uri,
                                                    SOUP_WEBSOCKET_CONNECTION_CLIENT,
                                                    NULL,
                                                    self->protocol,
                                                    NULL);
  soup_websocket_connection_set_max_incoming_payload_size (self->connection,
                                                           self->max_message_bytes);
  soup_websocket_connection_set_keepalive_interval (self->connection, self->ping_seconds);
  soup_websocket_connection_set_keepalive_pong_timeout (self->connection, self->ping_seconds);
  g_signal_connect (self->connection, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->connection, "error", G_CALLBACK (on_error), self);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
}

static ThawFuture *
open_fiber (gpointer data)
{
  ThawWebSocket *self = data;
  ThawWebSocketHandshake handshake = { 0 };
  GError *error = NULL;

  if (!thaw_web_socket_connect (self->http,
                                self->request,
                                self->uri,
                                self->protocols,
                                &handshake,
                                &error))
    {
      thaw_future_reject (self->opened, error);
      return thaw_future_new_resolved ();
    }
  start_connection (self, &handshake);
  __atomic_add_fetch (&self->n_users, 1, __ATOMIC_RELAXED);
  thaw_future_resolve_pointer (self->opened, hold (self), (GDestroyNotify) thaw_web_socket_unref);
  return thaw_future_new_resolved ();
}

/* After the fiber, or in its stead. Without a connection there will be no message. */
static void
open_gone (gpointer data)
{
  ThawWebSocket *self = data;
  g_autoptr (ThawFuture) opened = g_steal_pointer (&self->opened);

  thaw_future_reject (
      opened,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The WebSocket was cancelled"));
  g_clear_pointer (&self->scope, thaw_scope_unref);
  if (!self->connection && !self->is_over)
    {
      self->is_over = TRUE;
      finish_if_done (self);
    }
  let_go (self);
}

static void
open_net (gpointer data)
{
  ThawWebSocket *self = data;

  self->scope = thaw_scope_new ("web socket", NULL);
  thaw_future_disown (
      thaw_scope_spawn (self->scope, "web socket", open_fiber, hold (self), open_gone));
}

/* The caller's scope has ended: nobody listens, so there is nobody to be polite for. */
static void
abort_net (gpointer data)
{
  ThawWebSocket *self = data;
  g_autoptr (ThawScope) scope = self->scope ? thaw_scope_ref (self->scope) : NULL;

  if (scope)
    thaw_scope_cancel (scope);
  if (self->connection)
    {
      drop_connection (self);
      reject_senders (self);
      self->is_over = TRUE;
    }
  g_queue_clear_full (&self->pending, (GDestroyNotify) thaw_web_socket_message_free);
  finish_if_done (self);
  let_go (self);
}

static void
on_cancelled (ThawFuture *future, gpointer data)
{
  thaw_net_post (abort_net, hold (data));
}

typedef struct {
  ThawWebSocket *socket;
  ThawFuture *opened, *result;
  gint64 timeout_usec;
  ThawVirtualTime *held;
} Opening;

/* The first time counts. The result is the caller's alone afterwards: when it goes, so does the
 * reference that it holds. */
static void
complete (Opening *self, ThawWebSocket *socket, GError *error)
{
  g_autoptr (ThawFuture) result = g_steal_pointer (&self->result);

  if (!result)
    g_clear_error (&error);
  else if (socket)
    thaw_future_resolve_pointer (result, socket, (GDestroyNotify) thaw_web_socket_unref);
  else
    thaw_future_reject (result, error);
}

static void
opening_free (gpointer data)
{
  Opening *self = data;

  complete (self,
            NULL,
            g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The WebSocket was cancelled"));
  thaw_clock_release (self->held);
  g_clear_pointer (&self->opened, thaw_future_unref);
  let_go (self->socket);
  g_free (self);
}

static GError *
translate_timeout (GError *error, GUri *uri)
{
  if (!g_error_matches (error, THAW_ERROR, THAW_ERROR_DEADLINE))
    return error;
  g_error_free (error);
  return g_error_new (THAW_HTTP_ERROR,
                      THAW_HTTP_ERROR_CONNECT_TIMEOUT,
                      "No WebSocket with %s in time",
                      g_uri_get_host (uri));
}

/* The connection's stand-in among the tasks of the caller's scope. */
static ThawFuture *
opening_fiber (gpointer data)
{
  Opening *self = data;
  GError *error = NULL;
  g_autoptr (ThawFuture) closed = thaw_future_ref (self->socket->closed);
  ThawWebSocket *socket;

  self->held = thaw_clock_hold ();
  socket = thaw_await_pointer (
      thaw_future_timeout (g_steal_pointer (&self->opened), self->timeout_usec),
      &error);
  if (!socket)
    {
      thaw_future_cancel (closed);
      complete (self, NULL, translate_timeout (error, self->socket->uri));
      return thaw_future_new_resolved ();
    }
  complete (self, socket, NULL);
  if (!thaw_await (thaw_future_ref (closed), &error))
    {
      g_clear_error (&error);
      thaw_future_cancel (closed);
    }
  return thaw_future_new_resolved ();
}

static void
on_result_cancelled (ThawFuture *future, gpointer fiber)
{
  thaw_future_cancel (fiber);
}

static GUri *
parse_uri (const char *text, GError **error)
{
  const char *const schemes[] = { "ws", "wss", "http", "https", NULL };
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, error);

  if (!uri)
    return NULL;
  if (g_strv_contains (schemes, g_uri_get_scheme (uri)) && g_uri_get_host (uri)
      && g_uri_get_host (uri)[0])
    return g_steal_pointer (&uri);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "%s isn't the address of a WebSocket",
               text);
  return NULL;
}

static ThawWebSocket *
web_socket_new (ThawHttp *http,
                ThawRequest *request,
                GUri *uri,
                ThawMailbox *mailbox,
                const ThawWebSocketOptions *options)
{
  ThawWebSocket *self = g_new0 (ThawWebSocket, 1);

  self->ref_count = 2; /* the connection's own, until it is done; the opening's */
  self->http = thaw_http_ref (http);
  self->request = thaw_request_ref (request);
  self->uri = uri;
  self->protocols = g_strdupv ((char **) options->protocols);
  self->ping_seconds
      = options->ping_seconds > 0 ? options->ping_seconds : THAW_WEB_SOCKET_PING_SECONDS;
  self->max_message_bytes
      = options->max_message_bytes > 0 ? options->max_message_bytes : THAW_WEB_SOCKET_MAX_MESSAGE;
  self->mailbox = thaw_mailbox_ref (mailbox);
  self->opened = thaw_future_new ("web socket");
  self->closed = thaw_future_new ("web socket closed");
  thaw_future_set_shared (self->closed);
  thaw_future_set_cancel (self->closed, on_cancelled, hold (self), let_go);
  __atomic_add_fetch (&http->n_exchanges, 1, __ATOMIC_RELAXED);
  return self;
}

static ThawFuture *
open_it (ThawWebSocket *socket, ThawScope *scope, gint64 timeout_usec)
{
  ThawFuture *result = thaw_future_new ("web socket");
  Opening *opening = g_new0 (Opening, 1);
  g_autoptr (ThawFuture) fiber = NULL;

  *opening = (Opening){ .socket = socket,
                        .opened = thaw_future_ref (socket->opened),
                        .result = thaw_future_ref (result),
                        .timeout_usec = timeout_usec };
  thaw_net_post (open_net, socket);
  fiber = thaw_scope_spawn (scope, "web socket", opening_fiber, opening, opening_free);
  thaw_future_set_cancel (result,
                          on_result_cancelled,
                          g_steal_pointer (&fiber),
                          (GDestroyNotify) thaw_future_unref);
  return result;
}

/**
 * thaw_http_open_web_socket:
 * @http: for whom to trust
 * @scope: what the connection belongs to: it is closed when that ends
 * @request: for the address, headers and the connect timeout
 * @mailbox: gets the messages, and a last one that says that it is over
 * @options: (nullable): see [struct@Thaw.WebSocketOptions]
 *
 * Opens a WebSocket. While @mailbox is full nothing is read, so that the server has to wait; a
 * message larger than the limit closes the connection. Pings are sent, and answered; who doesn't
 * answer is taken for gone. When @mailbox closes, so does the connection.
 *
 * - **Thread**: the scope's; @mailbox may be of any.
 * - **Errors**: %THAW_HTTP_ERROR_HANDSHAKE, %THAW_HTTP_ERROR_TLS, %THAW_HTTP_ERROR_CONNECT_TIMEOUT,
 * and what GIO says about connecting.
 * - **Cancellation**: of the future, before it is open; of the scope, always.
 *
 * Returns: (transfer full): a future that resolves to a [struct@Thaw.WebSocket]
 */
ThawFuture *
thaw_http_open_web_socket (ThawHttp *http,
                           ThawScope *scope,
                           ThawRequest *request,
                           ThawMailbox *mailbox,
                           const ThawWebSocketOptions *options)
{
  static const ThawWebSocketOptions none = { 0 };
  GError *error = NULL;
  gint64 timeout_usec;
  GUri *uri;

  g_return_val_if_fail (http && scope && request && mailbox, NULL);

  if (thaw_scope_is_cancelled (scope))
    return thaw_future_new_rejected (
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The scope has ended"));
  uri = parse_uri (request->uri, &error);
  if (!uri)
    return thaw_future_new_rejected (error);
  request->sent = TRUE;
  timeout_usec = request->timeouts.connect_usec != 0 ? request->timeouts.connect_usec
                                                     : http->timeouts.connect_usec;
  return open_it (web_socket_new (http, request, uri, mailbox, options ? options : &none),
                  scope,
                  timeout_usec);
}

typedef struct {
  ThawWebSocket *socket;
  ThawFuture *future;
  ThawWebSocketKind kind;
  GBytes *message;
} SendCall;

/* Masking and framing add at most 14 bytes. */
static void
send_on (ThawWebSocket *self, SendCall *call)
{
  gsize n = g_bytes_get_size (call->message);
  Sender *sender;

  self->n_queued += n + (n < 126 ? 6 : n < 65536 ? 8 : 14);
  soup_websocket_connection_send_message (
      self->connection,
      call->kind == THAW_WEB_SOCKET_TEXT ? SOUP_WEBSOCKET_DATA_TEXT : SOUP_WEBSOCKET_DATA_BINARY,
      call->message);
  if (self->n_queued <= self->n_out + OUT_BYTES)
    {
      thaw_future_resolve (call->future);
      return;
    }
  sender = g_new (Sender, 1);
  *sender = (Sender){ thaw_future_ref (call->future), self->n_queued - OUT_BYTES };
  g_queue_push_tail (&self->senders, sender);
}

static void
send_net (gpointer data)
{
  SendCall *call = data;
  ThawWebSocket *self = call->socket;

  if (self->connection
      && soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    send_on (self, call);
  else
    thaw_future_reject (
        call->future,
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The WebSocket is closed"));
  thaw_future_unref (call->future);
  g_bytes_unref (call->message);
  let_go (self);
  g_free (call);
}

/**
 * thaw_web_socket_send:
 * @self: a WebSocket
 * @kind: %THAW_WEB_SOCKET_TEXT or %THAW_WEB_SOCKET_BINARY
 * @message: what to send; text must be UTF-8
 *
 * Sends a message, after those sent before.
 *
 * - **Thread**: any.
 * - **Errors**: %G_IO_ERROR_CLOSED when the connection is closed; %G_IO_ERROR_INVALID_DATA for text
 *   that isn't UTF-8.
 * - **Cancellation**: ends the waiting for room only.
 *
 * Returns: (transfer full): a future that resolves when less than 256 KiB wait to be sent
 */
ThawFuture *
thaw_web_socket_send (ThawWebSocket *self, ThawWebSocketKind kind, GBytes *message)
{
  SendCall *call;
  ThawFuture *future;

  g_return_val_if_fail (self != NULL && message != NULL, NULL);
  g_return_val_if_fail (kind != THAW_WEB_SOCKET_CLOSED, NULL);

  if (kind == THAW_WEB_SOCKET_TEXT && g_bytes_get_size (message) > 0
      && !g_utf8_validate_len (g_bytes_get_data (message, NULL), g_bytes_get_size (message), NULL))
    return thaw_future_new_rejected (
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Text must be UTF-8"));
  future = thaw_future_new ("web socket send");
  call = g_new (SendCall, 1);
  *call = (SendCall){ hold (self), thaw_future_ref (future), kind, g_bytes_ref (message) };
  thaw_net_post (send_net, call);
  return future;
}

/**
 * thaw_web_socket_send_text:
 * @self: a WebSocket
 * @text: what to send
 *
 * As [method@Thaw.WebSocket.send] for a string.
 *
 * Returns: (transfer full): a future that resolves when there is room for more
 */
ThawFuture *
thaw_web_socket_send_text (ThawWebSocket *self, const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));

  return thaw_web_socket_send (self, THAW_WEB_SOCKET_TEXT, message);
}

typedef struct {
  ThawWebSocket *socket;
  guint code;
  char *reason;
} CloseCall;

static void
close_call_net (gpointer data)
{
  CloseCall *call = data;
  SoupWebsocketConnection *connection = call->socket->connection;

  if (connection && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (connection, (gushort) call->code, call->reason);
  let_go (call->socket);
  g_free (call->reason);
  g_free (call);
}

/**
 * thaw_web_socket_close:
 * @self: a WebSocket
 * @code: 1000 to 1003, or 3000 to 4999 for the program's own
 * @reason: (nullable): up to 123 bytes
 *
 * Closes the connection: what was sent goes out first, and the server is told. One that doesn't
 * answer is left after a few seconds. Closing twice does nothing.
 *
 * - **Thread**: any.
 * - **Cancellation**: drops the connection at once. Whoever only waits for the future, as a timeout
 *   does, leaves it alone.
 *
 * Returns: (transfer full): a future that resolves with nothing when the connection is gone, and
 * the mailbox has all of its messages
 */
ThawFuture *
thaw_web_socket_close (ThawWebSocket *self, guint code, const char *reason)
{
  CloseCall *call;

  g_return_val_if_fail (self != NULL, NULL);

  call = g_new (CloseCall, 1);
  *call = (CloseCall){ hold (self), code, g_strdup (reason) };
  thaw_net_post (close_call_net, call);
  return thaw_future_ref (self->closed);
}
