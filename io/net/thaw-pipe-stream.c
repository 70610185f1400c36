/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A byte pipe as the input stream that libsoup wants for a body. It is read asynchronously only, on
 * the network thread; nothing in it can block. While the producer has nothing to give, the server's
 * silence isn't counted. */

#include "thaw-net-private.h"

#include <string.h>

struct _ThawPipeStream {
  GInputStream parent_instance;
  ThawBytePipe *pipe;
  ThawExchange *exchange; /* owned, nullable */
  GBytes *rest;           /* of a chunk that was larger than the buffer */
};

G_DEFINE_FINAL_TYPE (ThawPipeStream, thaw_pipe_stream, G_TYPE_INPUT_STREAM)

typedef struct {
  guint8 *buffer;
  gsize size;
  ThawFuture *future;
  gulong handler;
} ReadCall;

static void
read_call_free (gpointer data)
{
  ReadCall *call = data;

  g_clear_pointer (&call->future, thaw_future_unref);
  g_free (call);
}

/* Takes @chunk over, keeps what doesn't fit. */
static gsize
take_from (ThawPipeStream *self, GBytes *chunk, guint8 *buffer, gsize size)
{
  g_autoptr (GBytes) whole = chunk;
  gsize length, n;
  const guint8 *data = g_bytes_get_data (whole, &length);

  n = MIN (size, length);
  memcpy (buffer, data, n);
  if (n < length)
    self->rest = g_bytes_new_from_bytes (whole, n, length - n);
  if (self->exchange)
    {
      self->exchange->n_uploaded += n;
      thaw_exchange_tell_progress (self->exchange);
    }
  return n;
}

static void
on_cancelled (GCancellable *cancellable, gpointer future)
{
  thaw_future_cancel (future);
}

/* The phase changes only if the pipe made us wait: the head may have come meanwhile. */
static void
pause_watch (ThawPipeStream *self, gboolean paused)
{
  if (self->exchange && self->exchange->watch_link.data)
    thaw_exchange_watch (self->exchange, paused ? THAW_EXCHANGE_WAITING : THAW_EXCHANGE_TALKING);
}

static void
chunk_cb (ThawFuture *future, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ThawPipeStream *self = g_task_get_source_object (task);
  ReadCall *call = g_task_get_task_data (task);
  GError *error = NULL;
  GBytes *chunk = thaw_future_take_pointer (future, &error);

  g_cancellable_disconnect (g_task_get_cancellable (task), call->handler);
  pause_watch (self, FALSE);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_int (task,
                       chunk ? (gssize) take_from (self, chunk, call->buffer, call->size) : 0);
}

static void
read_async (GInputStream *stream,
            void *buffer,
            gsize size,
            int priority,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  ThawPipeStream *self = THAW_PIPE_STREAM (stream);
  GTask *task = g_task_new (stream, cancellable, callback, user_data);
  ReadCall *call;

  g_task_set_priority (task, priority);
  if (self->rest)
    {
      gsize n = take_from (self, g_steal_pointer (&self->rest), buffer, size);

      g_task_return_int (task, (gssize) n);
      g_object_unref (task);
      return;
    }
  call = g_new0 (ReadCall, 1);
  *call = (ReadCall){ buffer, size, thaw_byte_pipe_read (self->pipe), 0 };
  g_task_set_task_data (task, call, read_call_free);
  pause_watch (self, TRUE);
  if (cancellable)
    call->handler = g_cancellable_connect (cancellable,
                                           G_CALLBACK (on_cancelled),
                                           thaw_future_ref (call->future),
                                           (GDestroyNotify) thaw_future_unref);
  thaw_future_done (call->future, NULL, chunk_cb, task, NULL);
}

static gssize
read_finish (GInputStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}

static gssize
read_sync (GInputStream *stream,
           void *buffer,
           gsize size,
           GCancellable *cancellable,
           GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "A pipe can't be read without waiting for it");
  return -1;
}

static void
close_async (GInputStream *stream,
             int priority,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_return_boolean (task, TRUE);
}

static gboolean
close_finish (GInputStream *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
thaw_pipe_stream_finalize (GObject *object)
{
  ThawPipeStream *self = THAW_PIPE_STREAM (object);

  thaw_byte_pipe_close (self->pipe);
  thaw_byte_pipe_unref (self->pipe);
  g_clear_pointer (&self->exchange, thaw_exchange_unref);
  g_clear_pointer (&self->rest, g_bytes_unref);
  G_OBJECT_CLASS (thaw_pipe_stream_parent_class)->finalize (object);
}

static void
thaw_pipe_stream_class_init (ThawPipeStreamClass *class)
{
  GInputStreamClass *stream_class = G_INPUT_STREAM_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = thaw_pipe_stream_finalize;
  stream_class->read_fn = read_sync;
  stream_class->read_async = read_async;
  stream_class->read_finish = read_finish;
  stream_class->close_async = close_async;
  stream_class->close_finish = close_finish;
}

static void
thaw_pipe_stream_init (ThawPipeStream *self)
{
}

GInputStream *
thaw_pipe_stream_new (ThawBytePipe *pipe, ThawExchange *exchange)
{
  ThawPipeStream *self = g_object_new (THAW_TYPE_PIPE_STREAM, NULL);

  self->pipe = thaw_byte_pipe_ref (pipe);
  self->exchange = exchange ? thaw_exchange_ref (exchange) : NULL;
  return G_INPUT_STREAM (self);
}
