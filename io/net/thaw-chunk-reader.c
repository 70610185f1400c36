/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunked bodies, read strictly. libsoup 3.6 takes a size line that is none for the last one, so
 * that a body which broke in the middle would stand as whole. So the chunks are read here, from the
 * stream that libsoup's own body stream reads from (both are in the chain of GFilterInputStreams
 * that it hands out), and libsoup sees only the end of the last one's line: an empty line, which it
 * takes for the last one, and so keeps the connection. That is why never a byte more is read than
 * the body must still have. Network thread; nothing waits. */

#include "thaw-net-private.h"

#include <string.h>

/* Of a chunk's line; nobody knows an extension that is of use. */
#define MAX_LINE (16 * 1024)
/* What follows a chunk at least, and may be read: its CRLF, and "0\r" of the last one. */
#define AFTER_CHUNK 4

static gboolean
fail (GError **error)
{
  g_set_error_literal (error,
                       THAW_HTTP_ERROR,
                       THAW_HTTP_ERROR_BAD_RESPONSE,
                       "The body's chunks are broken");
  return FALSE;
}

/* How many bytes may be read without reaching beyond "0\r" of the last chunk: 0 at the end. */
guint64
thaw_chunk_parser_get_room (const ThawChunkParser *self)
{
  switch (self->state)
    {
    case THAW_CHUNK_SIZE:
      if (self->n_line == 0)
        return 2;
      return self->left == 0 ? 1 : 2 + self->left + AFTER_CHUNK;
    case THAW_CHUNK_EXTENSION:
      return self->left == 0 ? 1 : 2 + self->left + AFTER_CHUNK;
    case THAW_CHUNK_SIZE_END:
      return 1 + self->left + AFTER_CHUNK;
    case THAW_CHUNK_DATA:
      return self->left + AFTER_CHUNK;
    case THAW_CHUNK_DATA_CR:
      return AFTER_CHUNK;
    case THAW_CHUNK_DATA_LF:
      return AFTER_CHUNK - 1;
    case THAW_CHUNK_END:
    default:
      return 0;
    }
}

static gboolean
take_line_end (ThawChunkParser *self, GError **error)
{
  if (self->n_line == 0)
    return fail (error);
  self->state = self->left == 0 ? THAW_CHUNK_END : THAW_CHUNK_SIZE_END;
  return TRUE;
}

static gboolean
take_size (ThawChunkParser *self, guint8 byte, GError **error)
{
  int digit = g_ascii_xdigit_value ((char) byte);

  if (byte == '\r')
    return take_line_end (self, error);
  if (self->n_line > 0 && (byte == ';' || byte == ' ' || byte == '\t'))
    {
      self->state = THAW_CHUNK_EXTENSION;
      return TRUE;
    }
  if (digit < 0 || self->left > (G_MAXINT64 >> 5))
    return fail (error);
  self->left = self->left * 16 + (guint64) digit;
  return TRUE;
}

static gboolean
expect (ThawChunkParser *self, guint8 byte, guint8 wanted, ThawChunkState next, GError **error)
{
  if (byte != wanted)
    return fail (error);
  self->state = next;
  self->n_line = 0;
  return TRUE;
}

static gboolean
take_byte (ThawChunkParser *self, guint8 byte, GError **error)
{
  switch (self->state)
    {
    case THAW_CHUNK_SIZE:
      return take_size (self, byte, error) && (++self->n_line <= MAX_LINE || fail (error));
    case THAW_CHUNK_EXTENSION:
      if (byte == '\n' || ++self->n_line > MAX_LINE)
        return fail (error);
      return byte != '\r' || take_line_end (self, error);
    case THAW_CHUNK_SIZE_END:
      return expect (self, byte, '\n', THAW_CHUNK_DATA, error);
    case THAW_CHUNK_DATA_CR:
      return expect (self, byte, '\r', THAW_CHUNK_DATA_LF, error);
    case THAW_CHUNK_DATA_LF:
      return expect (self, byte, '\n', THAW_CHUNK_SIZE, error);
    case THAW_CHUNK_DATA:
    case THAW_CHUNK_END:
    default:
      return fail (error);
    }
}

/* Moves the content of @n bytes, which were no more than there was room for, to the start of
 * @block. Returns how much that is, or -1 with an error. */
gssize
thaw_chunk_parser_take (ThawChunkParser *self, guint8 *block, gsize n, GError **error)
{
  gsize n_out = 0, i = 0;

  while (i < n)
    {
      gsize n_data = self->state == THAW_CHUNK_DATA ? MIN (self->left, n - i) : 0;

      if (n_data == 0)
        {
          if (!take_byte (self, block[i++], error))
            return -1;
          continue;
        }
      memmove (block + n_out, block + i, n_data);
      n_out += n_data;
      i += n_data;
      self->left -= n_data;
      if (self->left == 0)
        self->state = THAW_CHUNK_DATA_CR;
    }
  return (gssize) n_out;
}

/* The stream that libsoup reads the chunks from; NULL: it isn't built as it used to be, or the body
 * came by HTTP/2, which knows no chunks. */
GPollableInputStream *
thaw_chunks_find_stream (GInputStream *stream)
{
  while (G_IS_FILTER_INPUT_STREAM (stream))
    {
      gboolean is_body = g_str_equal (G_OBJECT_TYPE_NAME (stream), "SoupBodyInputStream");

      stream = g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream));
      if (is_body)
        return G_IS_FILTER_INPUT_STREAM (stream) && G_IS_POLLABLE_INPUT_STREAM (stream)
                       && g_pollable_input_stream_can_poll (G_POLLABLE_INPUT_STREAM (stream))
                   ? G_POLLABLE_INPUT_STREAM (stream)
                   : NULL;
    }
  return NULL;
}

/* As g_pollable_input_stream_read_nonblocking(), of content. 0: the last chunk was seen, and the
 * rest is for libsoup. */
gssize
thaw_chunks_read (GPollableInputStream *stream,
                  ThawChunkParser *parser,
                  guint8 *block,
                  gsize size,
                  GError **error)
{
  guint64 room;
  gssize n = 0;

  while (n == 0 && (room = thaw_chunk_parser_get_room (parser)) > 0)
    {
      n = g_pollable_input_stream_read_nonblocking (stream,
                                                    block,
                                                    (gsize) MIN (room, size),
                                                    NULL,
                                                    error);
      if (n > 0)
        n = thaw_chunk_parser_take (parser, block, (gsize) n, error);
      else if (n == 0)
        {
          g_set_error_literal (error,
                               G_IO_ERROR,
                               G_IO_ERROR_PARTIAL_INPUT,
                               "The connection was closed in the middle of the body");
          return -1;
        }
    }
  return n;
}
