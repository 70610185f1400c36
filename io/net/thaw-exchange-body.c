/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second half of an exchange: the body, read as long as there is room for it, decoded, counted
 * against its limits, and compared with what the head promised. What libsoup takes for the end of a
 * body isn't believed: with `Connection: close` it lets one pass that is shorter than stated, and
 * nonsense for the last chunk. In
 * the exchange's fiber on the network thread; the scratch buffers are that thread's and aren't used
 * across an await. */

#include "thaw-net-private.h"

#include <string.h>

#define BLOCK_BYTES (64 * 1024)
/* So much of one body, and others get their turn. */
#define TURN_BYTES (1024 * 1024)
#define SUSPICIOUS_RATIO 100

static guint8 wire_block[BLOCK_BYTES], decoded_block[BLOCK_BYTES];

static gboolean
fail_body (ThawExchange *self, int code, const char *what, GError **error)
{
  g_set_error (error, THAW_HTTP_ERROR, code, "%s: %s", g_uri_get_host (self->uri), what);
  return FALSE;
}

static guint64
get_limit (ThawExchange *self)
{
  if (self->request->max_body > 0)
    return self->request->max_body;
  return self->request->streamed ? G_MAXUINT64 : THAW_REQUEST_MAX_BODY;
}

static GConverter *
decoder_for (const char *encoding)
{
  if (g_ascii_strcasecmp (encoding, "gzip") == 0 || g_ascii_strcasecmp (encoding, "x-gzip") == 0)
    return G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  if (g_ascii_strcasecmp (encoding, "deflate") == 0)
    return G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  return NULL;
}

static gboolean
has_body (ThawExchange *self)
{
  guint status = soup_message_get_status (self->message);

  return !g_str_equal (self->method, "HEAD") && status != SOUP_STATUS_NO_CONTENT
         && status != SOUP_STATUS_NOT_MODIFIED;
}

/* How one will know that the body is whole. */
static void
prepare_end (ThawExchange *self, SoupMessageHeaders *headers)
{
  gboolean is_chunked = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED;

  self->chunk_parser = (ThawChunkParser){ 0 };
  if (is_chunked)
    self->chunks = thaw_chunks_find_stream (self->stream);
  self->ends_with_connection = !is_chunked && self->wire_length < 0
                               && soup_message_get_http_version (self->message) < SOUP_HTTP_2_0;
}

/* Looks at the head: how the body is coded, and whether it is too large already. */
gboolean
thaw_exchange_prepare_body (ThawExchange *self, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *encoding = soup_message_headers_get_list (headers, "Content-Encoding");

  if (!has_body (self))
    return TRUE;
  prepare_end (self, headers);
  if (self->wire_length > 0 && (guint64) self->wire_length > get_limit (self))
    return fail_body (self, THAW_HTTP_ERROR_TOO_LARGE, "The body is too large", error);
  if (!encoding || g_ascii_strcasecmp (encoding, "identity") == 0)
    return TRUE;
  self->decoder = decoder_for (encoding);
  /* Who asked for another encoding knows what to do with it. */
  if (!self->decoder && !thaw_request_get_header (self->request, "Accept-Encoding"))
    return fail_body (self, THAW_HTTP_ERROR_BAD_RESPONSE, "An unknown content encoding", error);
  return TRUE;
}

static gboolean
check_size (ThawExchange *self, GError **error)
{
  if (self->n_decoded > get_limit (self))
    return fail_body (self, THAW_HTTP_ERROR_TOO_LARGE, "The body is too large", error);
  if (self->decoder && self->request->max_body == 0 && self->n_decoded > THAW_REQUEST_MAX_BODY
      && self->n_decoded / SUSPICIOUS_RATIO > self->n_wire)
    return fail_body (self,
                      THAW_HTTP_ERROR_TOO_LARGE,
                      "The body grows beyond measure when it is unpacked",
                      error);
  return TRUE;
}

/* A consumer that is slow makes the fiber wait here, so nothing is read and the server has to wait
 * too. */
static gboolean
write_to_pipe (ThawExchange *self, const guint8 *data, gsize n, GError **error)
{
  g_autoptr (GBytes) chunk = g_bytes_new (data, n);
  gboolean written;

  thaw_exchange_watch (self, THAW_EXCHANGE_WAITING);
  written = thaw_await (thaw_byte_pipe_write (self->pipe, chunk), error);
  thaw_exchange_watch (self, THAW_EXCHANGE_TALKING);
  return written;
}

static gboolean
deliver (ThawExchange *self, const guint8 *data, gsize n, GError **error)
{
  if (n == 0)
    return TRUE;
  self->n_decoded += n;
  if (!check_size (self, error))
    return FALSE;
  thaw_exchange_tell_progress (self);
  if (!self->collected)
    return write_to_pipe (self, data, n, error);
  g_byte_array_append (self->collected, data, n);
  return TRUE;
}

/* One step of the decoder. FALSE without an error: it wants more input. */
static gboolean
convert (ThawExchange *self,
         const guint8 *data,
         gsize n,
         gboolean at_end,
         gsize *n_read,
         GError **error)
{
  GConverterFlags flags = at_end ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_NO_FLAGS;
  g_autoptr (GError) failure = NULL;
  GConverterResult result;
  gsize n_written = 0;

  /* Several members one after the other are one body. */
  if (self->decoded_end)
    g_converter_reset (self->decoder);
  result = g_converter_convert (self->decoder,
                                data,
                                n,
                                decoded_block,
                                sizeof decoded_block,
                                flags,
                                n_read,
                                &n_written,
                                &failure);
  if (result == G_CONVERTER_ERROR)
    {
      if (!at_end && g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
        return FALSE;
      return fail_body (self,
                        THAW_HTTP_ERROR_INCOMPLETE,
                        "The compressed body is broken or cut off",
                        error);
    }
  self->decoded_end = result == G_CONVERTER_FINISHED;
  return deliver (self, decoded_block, n_written, error);
}

static gboolean
decode (ThawExchange *self, GBytes *block, gboolean at_end, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gsize n, n_read = 0;
  const guint8 *data = g_bytes_get_data (block, &n);

  while (n > 0 || (at_end && !self->decoded_end))
    {
      if (!convert (self, data, n, at_end, &n_read, &failure))
        break;
      data += n_read;
      n -= n_read;
    }
  if (!failure)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static gboolean
on_readable (GObject *stream, gpointer future)
{
  thaw_future_resolve (future);
  return G_SOURCE_REMOVE;
}

static gboolean
is_in_chunks (ThawExchange *self)
{
  return self->chunks && self->chunk_parser.state != THAW_CHUNK_END;
}

static gboolean
wait_readable (ThawExchange *self, GError **error)
{
  GPollableInputStream *stream
      = is_in_chunks (self) ? self->chunks : G_POLLABLE_INPUT_STREAM (self->stream);
  g_autoptr (ThawFuture) future = thaw_future_new ("http data");
  g_autoptr (GSource) source = g_pollable_input_stream_create_source (stream, NULL);
  gboolean readable;

  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), future, NULL);
  g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
  g_source_attach (source, thaw_net_get_context ());
  readable = thaw_await (thaw_future_ref (future), error);
  g_source_destroy (source);
  return readable;
}

/* What libsoup makes of it. After the last chunk there is no content any more: if it has another
 * opinion, or the connection breaks, the connection isn't used again, and that is all. */
static gssize
read_stream (ThawExchange *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (self->stream),
                                                       wire_block,
                                                       sizeof wire_block,
                                                       NULL,
                                                       &failure);

  self->at_end = n == 0;
  if (self->chunks && !g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return 0;
  if (failure)
    g_propagate_error (error, g_steal_pointer (&failure));
  return n;
}

static gssize
read_now (ThawExchange *self, GError **error)
{
  gssize n = 0;

  if (is_in_chunks (self))
    n = thaw_chunks_read (self->chunks, &self->chunk_parser, wire_block, sizeof wire_block, error);
  return n != 0 ? n : read_stream (self, error);
}

/* How much was read into the scratch block: 0 at the end, -1 with an error. */
static gssize
read_block (ThawExchange *self, GError **error)
{
  for (;;)
    {
      GError *failure = NULL;
      gssize n = read_now (self, &failure);

      if (n >= 0)
        return n;
      if (!g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          g_propagate_error (error, thaw_http_translate_error (failure, self->message, self->uri));
          return -1;
        }
      g_error_free (failure);
      if (!wait_readable (self, error))
        return -1;
    }
}

static gboolean
take_block (ThawExchange *self, gsize n, GError **error)
{
  g_autoptr (GBytes) block = NULL;

  thaw_exchange_touch (self);
  self->n_wire += n;
  if (!self->decoder)
    return deliver (self, wire_block, n, error);
  block = g_bytes_new (wire_block, n);
  return decode (self, block, FALSE, error);
}

static gboolean
check_end (ThawExchange *self, GError **error)
{
  g_autoptr (GBytes) nothing = NULL;

  if (self->wire_length >= 0 && self->n_wire != (guint64) self->wire_length)
    return fail_body (self,
                      THAW_HTTP_ERROR_INCOMPLETE,
                      "The body has another length than was stated",
                      error);
  if (!self->decoder || self->n_wire == 0)
    return TRUE;
  nothing = g_bytes_new_static ("", 0);
  return decode (self, nothing, TRUE, error);
}

gboolean
thaw_exchange_read_body (ThawExchange *self, GError **error)
{
  guint64 n_turn = 0;
  gssize n;

  if (!has_body (self))
    return TRUE;
  while ((n = read_block (self, error)) > 0)
    {
      if (!take_block (self, (gsize) n, error))
        return FALSE;
      n_turn += (gsize) n;
      if (n_turn >= TURN_BYTES && !thaw_fiber_yield (error))
        return FALSE;
      n_turn %= TURN_BYTES;
    }
  return n == 0 && check_end (self, error);
}
