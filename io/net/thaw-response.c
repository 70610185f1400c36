/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The response: a constant record made on the network thread, free of libsoup's objects, which are
 * that thread's own. A stream's holds its exchange and ends it when nobody can read any more. */

#include "thaw-net-private.h"

struct _ThawResponse {
  gint ref_count;
  guint status;
  char *reason;
  GUri *uri;
  char *uri_text;     /* atomic: made when it is asked for */
  GPtrArray *headers; /* name, value, name, … each name once */
  gint64 length;
  gboolean is_encoded;
  gboolean is_delimited;
  GBytes *body;
  ThawExchange *exchange; /* of a stream */
};

G_DEFINE_BOXED_TYPE (ThawResponse, thaw_response, thaw_response_ref, thaw_response_unref)

static void
add_header (GPtrArray *headers, const char *name, const char *value)
{
  gsize index;
  const char *earlier = thaw_headers_find (headers, name, &index);

  if (!earlier)
    {
      g_ptr_array_add (headers, g_strdup (name));
      g_ptr_array_add (headers, g_strdup (value));
      return;
    }
  headers->pdata[index + 1] = g_strconcat (earlier, ", ", value, NULL);
  g_free ((char *) earlier);
}

static GPtrArray *
copy_headers (SoupMessageHeaders *headers)
{
  GPtrArray *copy = g_ptr_array_new_full (24, g_free);
  SoupMessageHeadersIter iter;
  const char *name, *value;

  soup_message_headers_iter_init (&iter, headers);
  while (soup_message_headers_iter_next (&iter, &name, &value))
    add_header (copy, name, value);
  return copy;
}

/* Network thread. */
ThawResponse *
thaw_response_new (ThawExchange *exchange)
{
  SoupMessage *message = exchange->message;
  const char *reason = soup_message_get_reason_phrase (message);
  ThawResponse *self = g_new0 (ThawResponse, 1);

  self->ref_count = 1;
  self->status = soup_message_get_status (message);
  self->reason = g_utf8_make_valid (reason ? reason : "", -1);
  self->uri = g_uri_ref (exchange->uri);
  self->headers = copy_headers (soup_message_get_response_headers (message));
  self->length = exchange->wire_length;
  self->is_encoded = exchange->decoder != NULL;
  self->is_delimited = !exchange->ends_with_connection;
  if (exchange->collected)
    self->body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->collected));
  else
    {
      self->body = g_bytes_new_static ("", 0);
      self->exchange = thaw_exchange_ref (exchange);
    }
  return self;
}

/**
 * thaw_response_ref:
 * @self: a response
 *
 * Returns: (transfer full): @self
 */
ThawResponse *
thaw_response_ref (ThawResponse *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_response_unref:
 * @self: (transfer full): a response
 *
 * Drops a reference. Any thread. With the last one of a stream that isn't at its end, the
 * connection is closed.
 */
void
thaw_response_unref (ThawResponse *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->exchange)
    {
      thaw_byte_pipe_close (self->exchange->pipe);
      thaw_exchange_abort (self->exchange);
      thaw_exchange_unref (self->exchange);
    }
  g_free (self->reason);
  g_uri_unref (self->uri);
  g_free (self->uri_text);
  g_ptr_array_unref (self->headers);
  g_bytes_unref (self->body);
  g_free (self);
}

/**
 * thaw_response_get_status:
 * @self: a response
 *
 * Returns: the status, such as 200
 */
guint
thaw_response_get_status (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->status;
}

/**
 * thaw_response_get_reason:
 * @self: a response
 *
 * Returns: (transfer none): what the server calls the status, as valid UTF-8; may be empty
 */
const char *
thaw_response_get_reason (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->reason;
}

/**
 * thaw_response_get_uri:
 * @self: a response
 *
 * Returns: (transfer none): where it came from, after redirects
 */
const char *
thaw_response_get_uri (ThawResponse *self)
{
  char *text, *other = NULL;

  g_return_val_if_fail (self != NULL, NULL);

  text = __atomic_load_n (&self->uri_text, __ATOMIC_ACQUIRE);
  if (text)
    return text;
  text = g_uri_to_string (self->uri);
  if (__atomic_compare_exchange_n (&self->uri_text,
                                   &other,
                                   text,
                                   FALSE,
                                   __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return text;
  g_free (text);
  return other;
}

/**
 * thaw_response_get_header:
 * @self: a response
 * @name: a header; case doesn't count
 *
 * Several of one name are one list, joined by commas.
 *
 * Returns: (transfer none) (nullable): the value, in whatever bytes the server sent
 */
const char *
thaw_response_get_header (ThawResponse *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  return thaw_headers_find (self->headers, name, NULL);
}

/**
 * thaw_response_foreach_header:
 * @self: a response
 * @func: (scope call) (closure user_data): called for each header
 * @user_data: for @func
 *
 * Calls @func in the order in which the headers came.
 */
void
thaw_response_foreach_header (ThawResponse *self, ThawHeaderFunc func, gpointer user_data)
{
  g_return_if_fail (self != NULL && func != NULL);

  for (guint i = 0; i + 1 < self->headers->len; i += 2)
    func (self->headers->pdata[i], self->headers->pdata[i + 1], user_data);
}

/**
 * thaw_response_get_length:
 * @self: a response
 *
 * Returns: the length that the server states, of what it sends and not of what that is decoded to;
 * or -1
 */
gint64
thaw_response_get_length (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, -1);

  return self->length;
}

/**
 * thaw_response_is_encoded:
 * @self: a response
 *
 * Returns: whether the body came compressed and was decoded
 */
gboolean
thaw_response_is_encoded (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_encoded;
}

/**
 * thaw_response_is_delimited:
 * @self: a response
 *
 * A body without a stated length, without chunks and outside of HTTP/2 ends when the server closes
 * the connection, and so does one that was cut off. A compressed one has an end of its own.
 *
 * Returns: whether it can be told that the body is whole
 */
gboolean
thaw_response_is_delimited (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->is_delimited || self->is_encoded;
}

/**
 * thaw_response_check:
 * @self: a response
 * @error: %THAW_HTTP_ERROR_STATUS with the status, its reason and the address
 *
 * Returns: whether the status is one of success (2xx)
 */
gboolean
thaw_response_check (ThawResponse *self, GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  if (self->status / 100 == 2)
    return TRUE;
  g_set_error (error,
               THAW_HTTP_ERROR,
               THAW_HTTP_ERROR_STATUS,
               "%u %s: %s",
               self->status,
               self->reason,
               thaw_response_get_uri (self));
  return FALSE;
}

/**
 * thaw_response_get_body:
 * @self: a response
 *
 * Returns: (transfer none): the decoded body; empty for a stream
 */
GBytes *
thaw_response_get_body (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->body;
}

/**
 * thaw_response_read:
 * @self: the response of a request that is streamed
 *
 * Takes the next decoded chunk, of up to 64 KiB. Up to %THAW_BYTE_PIPE_CAPACITY is read ahead;
 * after that the server has to wait for the reader.
 *
 * - **Thread**: any.
 * - **Errors**: those of the exchange, after the chunks that came before: a stream that ends with
 *   %NULL was complete.
 * - **Cancellation**: the chunk stays for the next read. Drop the response to end the stream.
 *
 * Returns: (transfer full): a future that resolves to a `GBytes`, or to %NULL at the end
 */
ThawFuture *
thaw_response_read (ThawResponse *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (!self->exchange)
    return thaw_future_new_pointer (NULL, NULL);
  return thaw_byte_pipe_read (self->exchange->pipe);
}
