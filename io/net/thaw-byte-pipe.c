/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The byte pipe: a queue of chunks with a limit in bytes, futures at both ends. Any thread, any two
 * loops; nobody ever blocks. The lock covers the queues only: futures are completed without it, by
 * one thread at a time (`serving`), so that chunks stay in order although a reader may be cancelled
 * in the very moment in which it gets one: that chunk goes back to the head of the queue. */

#include "thaw-byte-pipe.h"

#include <pthread.h>

typedef struct {
  ThawFuture *future;
  GBytes *chunk; /* of a writer */
} Waiter;

struct _ThawBytePipe {
  gint ref_count;
  pthread_mutex_t lock;
  gsize capacity, n_bytes; /* what waits in chunks */
  GQueue chunks;           /* GBytes */
  GQueue readers, writers; /* Waiter */
  gboolean serving;
  gboolean ended;  /* by the producer, with @error or well */
  gboolean closed; /* by the consumer */
  GError *error;
};

G_DEFINE_BOXED_TYPE (ThawBytePipe, thaw_byte_pipe, thaw_byte_pipe_ref, thaw_byte_pipe_unref)

/* What a turn of serve() took out of the queues, to be completed without the lock. */
typedef struct {
  ThawFuture *future;
  GBytes *chunk; /* for a reader */
  GError *error; /* for either */
  gboolean is_reader;
} Delivery;

/**
 * thaw_byte_pipe_new:
 * @capacity_bytes: how much may wait, or 0 for %THAW_BYTE_PIPE_CAPACITY
 *
 * Makes an open pipe. Any thread.
 *
 * Returns: (transfer full): the pipe
 */
ThawBytePipe *
thaw_byte_pipe_new (gsize capacity_bytes)
{
  ThawBytePipe *self = g_new0 (ThawBytePipe, 1);

  self->ref_count = 1;
  self->capacity = capacity_bytes > 0 ? capacity_bytes : THAW_BYTE_PIPE_CAPACITY;
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/**
 * thaw_byte_pipe_ref:
 * @self: a pipe
 *
 * Returns: (transfer full): @self
 */
ThawBytePipe *
thaw_byte_pipe_ref (ThawBytePipe *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_byte_pipe_unref:
 * @self: (transfer full): a pipe
 *
 * Drops a reference. Any thread. Futures that wait keep the pipe alive.
 */
void
thaw_byte_pipe_unref (ThawBytePipe *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_queue_clear_full (&self->chunks, (GDestroyNotify) g_bytes_unref);
  g_clear_error (&self->error);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static Waiter *
waiter_new (ThawFuture *future, GBytes *chunk)
{
  Waiter *waiter = g_new (Waiter, 1);

  *waiter = (Waiter){ thaw_future_ref (future), chunk ? g_bytes_ref (chunk) : NULL };
  return waiter;
}

static void
waiter_free (Waiter *waiter)
{
  thaw_future_unref (waiter->future);
  g_clear_pointer (&waiter->chunk, g_bytes_unref);
  g_free (waiter);
}

/* Under the lock. */
static void
drop_waiter (GQueue *queue, ThawFuture *future)
{
  for (GList *l = queue->head; l != NULL; l = l->next)
    if (((Waiter *) l->data)->future == future)
      {
        waiter_free (l->data);
        g_queue_delete_link (queue, l);
        return;
      }
}

static void
on_cancelled (ThawFuture *future, gpointer user_data)
{
  ThawBytePipe *self = user_data;

  pthread_mutex_lock (&self->lock);
  drop_waiter (&self->readers, future);
  drop_waiter (&self->writers, future);
  pthread_mutex_unlock (&self->lock);
}

static GError *
closed_error (void)
{
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The reader has closed the pipe");
}

static ThawFuture *
take_future (GQueue *queue)
{
  Waiter *waiter = g_queue_pop_head (queue);
  ThawFuture *future = thaw_future_ref (waiter->future);

  waiter_free (waiter);
  return future;
}

/* Under the lock: moves the chunk of the first writer in. */
static ThawFuture *
admit_writer (ThawBytePipe *self)
{
  Waiter *waiter = self->writers.head->data;

  g_queue_push_tail (&self->chunks, g_bytes_ref (waiter->chunk));
  self->n_bytes += g_bytes_get_size (waiter->chunk);
  return take_future (&self->writers);
}

/* Under the lock: the next future that can be completed. */
static gboolean
next_delivery (ThawBytePipe *self, Delivery *next)
{
  *next = (Delivery){ 0 };
  if (self->writers.length > 0 && (self->closed || self->ended || self->n_bytes < self->capacity))
    {
      gboolean refused = self->closed || self->ended;

      next->error = refused ? closed_error () : NULL;
      next->future = refused ? take_future (&self->writers) : admit_writer (self);
      return TRUE;
    }
  if (self->readers.length == 0 || (self->chunks.length == 0 && !self->ended && !self->closed))
    return FALSE;
  next->is_reader = TRUE;
  next->chunk = g_queue_pop_head (&self->chunks);
  if (next->chunk)
    self->n_bytes -= g_bytes_get_size (next->chunk);
  else if (self->closed)
    next->error = closed_error ();
  else
    next->error = self->error ? g_error_copy (self->error) : NULL;
  next->future = take_future (&self->readers);
  return TRUE;
}

/* Without the lock. FALSE: the reader was cancelled meanwhile, and the chunk is still ours. */
static gboolean
deliver (Delivery *next)
{
  GBytes *chunk = next->chunk;
  gboolean done;

  if (next->error)
    done = thaw_future_reject (next->future, next->error);
  else if (!next->is_reader)
    done = thaw_future_resolve (next->future);
  else if (chunk)
    done = thaw_future_resolve_pointer (next->future,
                                        g_bytes_ref (chunk),
                                        (GDestroyNotify) g_bytes_unref);
  else
    done = thaw_future_resolve_pointer (next->future, NULL, NULL);
  thaw_future_unref (next->future);
  if (!chunk)
    return TRUE;
  if (done)
    g_bytes_unref (chunk);
  return done;
}

static void
serve (ThawBytePipe *self)
{
  Delivery next;

  pthread_mutex_lock (&self->lock);
  if (self->serving)
    {
      pthread_mutex_unlock (&self->lock);
      return; /* Who serves looks again before it ends. */
    }
  self->serving = TRUE;
  while (next_delivery (self, &next))
    {
      gboolean done;

      pthread_mutex_unlock (&self->lock);
      done = deliver (&next);
      pthread_mutex_lock (&self->lock);
      if (!done && self->closed)
        g_bytes_unref (next.chunk);
      else if (!done)
        {
          g_queue_push_head (&self->chunks, next.chunk);
          self->n_bytes += g_bytes_get_size (next.chunk);
        }
    }
  self->serving = FALSE;
  pthread_mutex_unlock (&self->lock);
}

static ThawFuture *
wait_in (ThawBytePipe *self, const char *name, GQueue *queue, GBytes *chunk)
{
  ThawFuture *future = thaw_future_new (name);

  thaw_future_set_cancel (future,
                          on_cancelled,
                          thaw_byte_pipe_ref (self),
                          (GDestroyNotify) thaw_byte_pipe_unref);
  pthread_mutex_lock (&self->lock);
  g_queue_push_tail (queue, waiter_new (future, chunk));
  pthread_mutex_unlock (&self->lock);
  serve (self);
  return future;
}

/**
 * thaw_byte_pipe_write:
 * @self: a pipe
 * @chunk: what to write; empty chunks are left out
 *
 * Puts @chunk in as soon as less than the capacity waits. Writes are served in order.
 *
 * - **Thread**: any.
 * - **Errors**: %G_IO_ERROR_CLOSED when either end is closed.
 * - **Cancellation**: a chunk that still waited is not written.
 *
 * Returns: (transfer full): a future that resolves with nothing when @chunk is in the pipe
 */
ThawFuture *
thaw_byte_pipe_write (ThawBytePipe *self, GBytes *chunk)
{
  g_return_val_if_fail (self != NULL && chunk != NULL, NULL);

  if (g_bytes_get_size (chunk) == 0)
    return thaw_future_new_resolved ();
  return wait_in (self, "pipe write", &self->writers, chunk);
}

static void
end (ThawBytePipe *self, GError *error)
{
  pthread_mutex_lock (&self->lock);
  if (!self->ended)
    {
      self->ended = TRUE;
      self->error = g_steal_pointer (&error);
    }
  pthread_mutex_unlock (&self->lock);
  g_clear_error (&error);
  serve (self);
}

/**
 * thaw_byte_pipe_finish:
 * @self: a pipe
 *
 * Says that no chunk comes any more: reads resolve to %NULL once what waits is read. Any thread.
 */
void
thaw_byte_pipe_finish (ThawBytePipe *self)
{
  g_return_if_fail (self != NULL);

  end (self, NULL);
}

/**
 * thaw_byte_pipe_fail:
 * @self: a pipe
 * @error: (transfer full): why there will be no more
 *
 * As [method@Thaw.BytePipe.finish], but reads are rejected with @error once what waits is read. The
 * first end counts. Any thread.
 */
void
thaw_byte_pipe_fail (ThawBytePipe *self, GError *error)
{
  g_return_if_fail (self != NULL && error != NULL);

  end (self, error);
}

/**
 * thaw_byte_pipe_read:
 * @self: a pipe
 *
 * Takes the next chunk, as it was written.
 *
 * - **Thread**: any. Reads are served in order.
 * - **Errors**: the producer's; %G_IO_ERROR_CLOSED after [method@Thaw.BytePipe.close].
 * - **Cancellation**: the chunk stays for the next read.
 *
 * Returns: (transfer full): a future that resolves to a `GBytes`, or to %NULL at the end
 */
ThawFuture *
thaw_byte_pipe_read (ThawBytePipe *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return wait_in (self, "pipe read", &self->readers, NULL);
}

/**
 * thaw_byte_pipe_close:
 * @self: a pipe
 *
 * Closes the consumer's end: what waits is freed, writes are rejected from now on. Any thread.
 */
void
thaw_byte_pipe_close (ThawBytePipe *self)
{
  GQueue chunks = G_QUEUE_INIT;

  g_return_if_fail (self != NULL);

  pthread_mutex_lock (&self->lock);
  self->closed = TRUE;
  self->n_bytes = 0;
  chunks = self->chunks;
  g_queue_init (&self->chunks);
  pthread_mutex_unlock (&self->lock);
  g_queue_clear_full (&chunks, (GDestroyNotify) g_bytes_unref);
  serve (self);
}
