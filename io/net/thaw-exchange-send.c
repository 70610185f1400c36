/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first half of an exchange: a place among its host's and among all, the message that libsoup
 * sends, and the head that comes back, checked for what libsoup lets pass. In the exchange's fiber
 * on the network thread. */

#include "thaw-net-private.h"

#include <string.h>

/* Below the pump's own, so that a flood of data doesn't delay what was asked for since. */
#define IO_PRIORITY G_PRIORITY_DEFAULT_IDLE

static void
count_in_flight (ThawHttp *http)
{
  guint n = __atomic_add_fetch (&http->n_in_flight, 1, __ATOMIC_RELAXED);

  /* Only this thread writes it. */
  if (n > __atomic_load_n (&http->max_in_flight, __ATOMIC_RELAXED))
    __atomic_store_n (&http->max_in_flight, n, __ATOMIC_RELAXED);
}

static void
queue_for_total (ThawExchange *self)
{
  if (!self->total_place.permit && !self->total_place.waiting)
    self->total_place = thaw_place_in (self->http->all, self->request->priority);
}

/* The host's place first: who waits for one of those must not keep others from all the rest. */
void
thaw_exchange_queue (ThawExchange *self)
{
  self->host_place = thaw_http_queue (self->http, self->uri, self->request->priority);
  if (self->host_place.permit)
    queue_for_total (self);
}

static gboolean
await_place (ThawPlace *place, GError **error)
{
  if (place->waiting)
    place->permit = thaw_await_pointer (g_steal_pointer (&place->waiting), error);
  return place->permit != NULL;
}

/* What it may have got in the last moment goes back at once, whoever still knows the future. */
static void
clear_place (ThawPlace *place)
{
  if (place->waiting)
    {
      thaw_future_cancel (place->waiting);
      place->permit = thaw_future_take_pointer (place->waiting, NULL);
    }
  g_clear_pointer (&place->waiting, thaw_future_unref);
  g_clear_pointer (&place->permit, thaw_permit_free);
}

/* After a redirect to another host there is nothing yet that it waits for. */
gboolean
thaw_exchange_enter_host (ThawExchange *self, GError **error)
{
  if (self->is_in_flight)
    return TRUE;
  thaw_exchange_watch (self, THAW_EXCHANGE_WAITING);
  if (!self->host_place.permit && !self->host_place.waiting)
    thaw_exchange_queue (self);
  if (!await_place (&self->host_place, error))
    return FALSE;
  queue_for_total (self);
  if (!await_place (&self->total_place, error))
    return FALSE;
  self->is_in_flight = TRUE;
  count_in_flight (self->http);
  return TRUE;
}

void
thaw_exchange_leave_host (ThawExchange *self)
{
  if (self->is_in_flight)
    __atomic_sub_fetch (&self->http->n_in_flight, 1, __ATOMIC_RELAXED);
  self->is_in_flight = FALSE;
  clear_place (&self->total_place);
  clear_place (&self->host_place);
}

static void
on_starting (SoupMessage *message, gpointer exchange)
{
  thaw_exchange_watch (exchange, THAW_EXCHANGE_TALKING);
}

static void
on_restarted (SoupMessage *message, gpointer exchange)
{
  thaw_exchange_watch (exchange, THAW_EXCHANGE_CONNECTING);
}

/* Which libsoup may not have handed over yet. Told by the status and not by a signal, since to
 * connect and disconnect a handler is some 2 % of the work of a small request. */
static gboolean
has_head (ThawExchange *self)
{
  return soup_message_get_status (self->message) >= SOUP_STATUS_OK;
}

static void
on_wrote_data (SoupMessage *message, guint n_bytes, gpointer exchange)
{
  ThawExchange *self = exchange;

  thaw_exchange_touch (self);
  if (self->upload)
    return; /* The stream counts. */
  self->n_uploaded += n_bytes;
  thaw_exchange_tell_progress (self);
}

static gboolean
is_secret (const char *name)
{
  return g_ascii_strcasecmp (name, "Authorization") == 0 || g_ascii_strcasecmp (name, "Cookie") == 0
         || g_ascii_strcasecmp (name, "Proxy-Authorization") == 0;
}

static gboolean
is_about_body (const char *name)
{
  return g_ascii_strncasecmp (name, "Content-", strlen ("Content-")) == 0;
}

static void
set_headers (ThawExchange *self, SoupMessageHeaders *headers)
{
  GPtrArray *own = self->request->headers;

  soup_message_headers_replace (headers, "Accept-Encoding", "gzip");
  for (guint i = 0; i + 1 < own->len; i += 2)
    if (!(self->drops_secrets && is_secret (own->pdata[i]))
        && !(self->drops_body && is_about_body (own->pdata[i])))
      soup_message_headers_replace (headers, own->pdata[i], own->pdata[i + 1]);
}

static char *
encode_form (GPtrArray *parts)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    {
      ThawPart *part = parts->pdata[i];
      g_autofree char *name = soup_form_encode (part->name, part->value, NULL);

      if (i > 0)
        g_string_append_c (text, '&');
      g_string_append (text, name);
    }
  return g_string_free_and_steal (g_steal_pointer (&text));
}

static void
set_pipe_body (ThawExchange *self, const char *content_type)
{
  g_autoptr (GInputStream) stream = thaw_pipe_stream_new (self->upload, self);

  soup_message_set_request_body (self->message, content_type, stream, self->upload_length);
}

static void
set_bytes_body (ThawExchange *self, const char *content_type, GBytes *bytes)
{
  self->upload_length = (gint64) g_bytes_get_size (bytes);
  soup_message_set_request_body_from_bytes (self->message, content_type, bytes);
}

static gboolean
set_body (ThawExchange *self, GError **error)
{
  ThawRequest *request = self->request;
  g_autofree char *content_type = NULL;

  self->n_uploaded = 0;
  self->upload_length = 0;
  if (self->drops_body)
    return TRUE;
  if (request->body)
    set_bytes_body (self, request->content_type, request->body);
  else if (request->pipe)
    {
      self->upload = thaw_byte_pipe_ref (request->pipe);
      self->upload_length = request->pipe_length;
      set_pipe_body (self, request->content_type);
    }
  else if (request->has_file)
    {
      content_type = thaw_exchange_start_upload (self, error);
      if (!content_type)
        return FALSE;
      set_pipe_body (self, content_type);
    }
  else if (request->parts)
    {
      char *text = encode_form (request->parts);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

      set_bytes_body (self, "application/x-www-form-urlencoded", bytes);
    }
  return TRUE;
}

static gboolean
make_message (ThawExchange *self, GError **error)
{
  SoupMessageFlags flags = SOUP_MESSAGE_NO_REDIRECT;

  if (self->fresh_connection)
    flags |= SOUP_MESSAGE_NEW_CONNECTION;
  g_clear_object (&self->message);
  g_clear_pointer (&self->upload, thaw_byte_pipe_unref);
  self->message = soup_message_new_from_uri (self->method, self->uri);
  self->at_end = FALSE;
  self->chunks = NULL;
  soup_message_add_flags (self->message, flags);
  /* Without TLS there is no HTTP/2, and no sense in waiting for a connection that could share it.
   */
  soup_message_set_force_http1 (self->message, g_str_equal (g_uri_get_scheme (self->uri), "http"));
  if (!set_body (self, error))
    return FALSE;
  set_headers (self, soup_message_get_request_headers (self->message));
  g_signal_connect (self->message, "starting", G_CALLBACK (on_starting), self);
  g_signal_connect (self->message, "restarted", G_CALLBACK (on_restarted), self);
  if (self->upload_length != 0)
    g_signal_connect (self->message, "wrote-body-data", G_CALLBACK (on_wrote_data), self);
  return TRUE;
}

typedef struct {
  ThawExchange *exchange; /* held */
  ThawFuture *future;
  SoupMessage *message;
} SendCall;

/* Nobody wants it any more. libsoup would read the rest of the body for a close that isn't
 * cancelled. */
static void
drop_stream (gpointer stream)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  g_cancellable_cancel (cancelled);
  g_input_stream_close (stream, cancelled, NULL);
  g_object_unref (stream);
}

static void
sent_cb (GObject *session, GAsyncResult *result, gpointer user_data)
{
  g_autofree SendCall *call = user_data;
  GError *error = NULL;
  GInputStream *stream = soup_session_send_finish (SOUP_SESSION (session), result, &error);

  if (stream)
    thaw_future_resolve_pointer (call->future, stream, drop_stream);
  else
    thaw_future_reject (call->future, error);
  thaw_future_unref (call->future);
  g_object_unref (call->message);
  thaw_exchange_release (call->exchange);
}

/* Once the head is there libsoup's answer is on its way, and its stream is dropped when it comes.
 * To cancel in between is more than libsoup 3.6 can bear: it takes the message off its queue twice,
 * counts one too few from then on, and forgets to look after later messages. */
static void
on_send_cancelled (ThawFuture *future, gpointer exchange)
{
  ThawExchange *self = exchange;

  if (!has_head (self))
    g_cancellable_cancel (self->cancellable);
}

static ThawFuture *
send_message (ThawExchange *self)
{
  ThawFuture *future = thaw_future_new ("http send");
  SendCall *call = g_new (SendCall, 1);

  *call = (SendCall){ self, thaw_future_ref (future), g_object_ref (self->message) };
  thaw_exchange_hold (self);
  thaw_future_set_cancel (future,
                          on_send_cancelled,
                          thaw_exchange_ref (self),
                          (GDestroyNotify) thaw_exchange_unref);
  soup_session_send_async (thaw_http_get_session (self->http),
                           self->message,
                           IO_PRIORITY,
                           self->cancellable,
                           sent_cb,
                           call);
  return future;
}

static gboolean
fail_head (ThawExchange *self, int code, const char *what, GError **error)
{
  g_set_error (error, THAW_HTTP_ERROR, code, "%s %s", g_uri_get_host (self->uri), what);
  return FALSE;
}

static gsize
measure_head (SoupMessageHeaders *headers)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;
  gsize n = 0;

  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    n += strlen (name) + strlen (value) + strlen (": \r\n");
  return n;
}

/* libsoup takes the first of two lengths, and a negative one for none. */
static gboolean
check_length (ThawExchange *self, SoupMessageHeaders *headers, GError **error)
{
  const char *text = soup_message_headers_get_list (headers, "Content-Length");
  guint64 length;

  self->wire_length = -1;
  if (!text || soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &length, NULL))
    return fail_head (self, THAW_HTTP_ERROR_BAD_RESPONSE, "states a length that is none", error);
  self->wire_length = (gint64) length;
  return TRUE;
}

static gboolean
check_head (ThawExchange *self, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);

  if (measure_head (headers) > THAW_HTTP_MAX_HEAD)
    return fail_head (self, THAW_HTTP_ERROR_TOO_LARGE, "sent a head that is too long", error);
  return check_length (self, headers, error);
}

gboolean
thaw_exchange_send_head (ThawExchange *self, GError **error)
{
  GError *failure = NULL;

  if (!make_message (self, error))
    return FALSE;
  __atomic_add_fetch (&self->http->n_sent, 1, __ATOMIC_RELAXED);
  thaw_exchange_watch (self, THAW_EXCHANGE_CONNECTING);
  self->stream = thaw_await_pointer (send_message (self), &failure);
  if (!self->stream)
    {
      g_propagate_error (error, thaw_http_translate_error (failure, self->message, self->uri));
      return FALSE;
    }
  thaw_exchange_touch (self);
  return check_head (self, error);
}

/* Whether there is nothing left to read, without waiting. Among chunks libsoup doesn't know where
 * it is. */
static gboolean
is_at_end (ThawExchange *self)
{
  GPollableInputStream *stream = G_POLLABLE_INPUT_STREAM (self->stream);
  guint8 byte;

  if (self->at_end || self->chunks)
    return self->at_end;
  return g_pollable_input_stream_read_nonblocking (stream, &byte, 1, NULL, NULL) == 0;
}

/* A connection whose body was read to its end is kept, any other is closed. Neither waits:
 * libsoup's close returns at once when the body is at its end, or when it is cancelled. */
void
thaw_exchange_close_stream (ThawExchange *self)
{
  g_autoptr (GInputStream) stream = NULL;

  /* Who has answered neither starts nor restarts any more, but HTTP/2 may still take an upload. */
  if (self->message && (!self->stream || self->upload_length != 0))
    g_signal_handlers_disconnect_by_data (self->message, self);
  if (!self->stream)
    return;
  if (!is_at_end (self))
    {
      drop_stream (g_steal_pointer (&self->stream));
      return;
    }
  stream = g_steal_pointer (&self->stream);
  g_input_stream_close (stream, NULL, NULL);
}
