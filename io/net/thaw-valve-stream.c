/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Valves around the streams of a WebSocket, since libsoup knows no back-pressure there. The input
 * can be shut: then nothing can be read from it, and the kernel's buffers make the server wait. The
 * output counts what went out, so that one can tell how much libsoup has queued. Network thread;
 * pollable only, nothing blocks. */

#include "thaw-web-socket-private.h"

#include <string.h>

struct _ThawValveInput {
  GFilterInputStream parent_instance;
  GBytes *first;
  gboolean closed;
  GSource *waiting; /* made while it was shut */
};

static void valve_input_pollable_init (GPollableInputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawValveInput,
                               thaw_valve_input,
                               G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      valve_input_pollable_init))

static GPollableInputStream *
base_of_input (gpointer stream)
{
  return G_POLLABLE_INPUT_STREAM (
      g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream)));
}

/* A source that is ready when we say so. */
typedef struct {
  GSource source;
  GObject *stream;
} ValveSource;

static gboolean
valve_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  GPollableSourceFunc func = (GPollableSourceFunc) (void (*) (void)) callback;

  g_source_set_ready_time (source, -1);
  return func (((ValveSource *) source)->stream, user_data);
}

static void
valve_finalize (GSource *source)
{
  g_object_unref (((ValveSource *) source)->stream);
}

static GSourceFuncs valve_funcs = { .dispatch = valve_dispatch, .finalize = valve_finalize };

static GSource *
valve_source_new (gpointer stream, gint64 ready_usec)
{
  GSource *source = g_source_new (&valve_funcs, sizeof (ValveSource));

  ((ValveSource *) source)->stream = g_object_ref (stream);
  g_source_set_static_name (source, "Thaw valve");
  g_source_set_ready_time (source, ready_usec);
  return source;
}

static gboolean
valve_input_is_readable (GPollableInputStream *stream)
{
  ThawValveInput *self = THAW_VALVE_INPUT (stream);

  return !self->closed
         && (self->first || g_pollable_input_stream_is_readable (base_of_input (self)));
}

static GSource *
valve_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  ThawValveInput *self = THAW_VALVE_INPUT (stream);
  g_autoptr (GSource) base = NULL;

  if (!self->closed && !self->first)
    {
      base = g_pollable_input_stream_create_source (base_of_input (self), cancellable);
      return g_pollable_source_new_full (stream, base, cancellable);
    }
  if (!self->closed)
    return valve_source_new (stream, 0);
  g_clear_pointer (&self->waiting, g_source_unref);
  self->waiting = valve_source_new (stream, -1);
  return g_source_ref (self->waiting);
}

static gssize
read_first (ThawValveInput *self, void *buffer, gsize size)
{
  g_autoptr (GBytes) whole = g_steal_pointer (&self->first);
  gsize length, n;
  const guint8 *data = g_bytes_get_data (whole, &length);

  n = MIN (size, length);
  memcpy (buffer, data, n);
  if (n < length)
    self->first = g_bytes_new_from_bytes (whole, n, length - n);
  return (gssize) n;
}

static gssize
valve_input_read_nonblocking (GPollableInputStream *stream,
                              void *buffer,
                              gsize size,
                              GError **error)
{
  ThawValveInput *self = THAW_VALVE_INPUT (stream);

  if (self->closed)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "The valve is shut");
      return -1;
    }
  if (self->first)
    return read_first (self, buffer, size);
  return g_pollable_input_stream_read_nonblocking (base_of_input (self), buffer, size, NULL, error);
}

static void
valve_input_pollable_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = valve_input_is_readable;
  iface->create_source = valve_input_create_source;
  iface->read_nonblocking = valve_input_read_nonblocking;
}

static void
thaw_valve_input_finalize (GObject *object)
{
  ThawValveInput *self = THAW_VALVE_INPUT (object);

  g_clear_pointer (&self->first, g_bytes_unref);
  g_clear_pointer (&self->waiting, g_source_unref);
  G_OBJECT_CLASS (thaw_valve_input_parent_class)->finalize (object);
}

static void
thaw_valve_input_class_init (ThawValveInputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = thaw_valve_input_finalize;
}

static void
thaw_valve_input_init (ThawValveInput *self)
{
}

ThawValveInput *
thaw_valve_input_new (GInputStream *base, GBytes *first)
{
  ThawValveInput *self
      = g_object_new (THAW_TYPE_VALVE_INPUT, "base-stream", base, "close-base-stream", FALSE, NULL);

  if (first && g_bytes_get_size (first) > 0)
    self->first = g_bytes_ref (first);
  return self;
}

/* The waiting source holds the stream, so it is let go as soon as it isn't needed. */
void
thaw_valve_input_set_closed (ThawValveInput *self, gboolean closed)
{
  self->closed = closed;
  if (closed || !self->waiting)
    return;
  g_source_set_ready_time (self->waiting, 0);
  g_clear_pointer (&self->waiting, g_source_unref);
}

struct _ThawValveOutput {
  GFilterOutputStream parent_instance;
  ThawWroteFunc wrote;
  gpointer user_data;
};

static void valve_output_pollable_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawValveOutput,
                               thaw_valve_output,
                               G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      valve_output_pollable_init))

static GPollableOutputStream *
base_of_output (gpointer stream)
{
  return G_POLLABLE_OUTPUT_STREAM (
      g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (stream)));
}

static gboolean
valve_output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (base_of_output (stream));
}

static GSource *
valve_output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) base
      = g_pollable_output_stream_create_source (base_of_output (stream), cancellable);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static gssize
valve_output_write_nonblocking (GPollableOutputStream *stream,
                                const void *buffer,
                                gsize size,
                                GError **error)
{
  ThawValveOutput *self = THAW_VALVE_OUTPUT (stream);
  gssize n = g_pollable_output_stream_write_nonblocking (base_of_output (self),
                                                         buffer,
                                                         size,
                                                         NULL,
                                                         error);

  if (n > 0 && self->wrote)
    self->wrote ((gsize) n, self->user_data);
  return n;
}

static void
valve_output_pollable_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = valve_output_is_writable;
  iface->create_source = valve_output_create_source;
  iface->write_nonblocking = valve_output_write_nonblocking;
}

static void
thaw_valve_output_class_init (ThawValveOutputClass *class)
{
}

static void
thaw_valve_output_init (ThawValveOutput *self)
{
}

ThawValveOutput *
thaw_valve_output_new (GOutputStream *base, ThawWroteFunc wrote, gpointer user_data)
{
  ThawValveOutput *self = g_object_new (THAW_TYPE_VALVE_OUTPUT,
                                        "base-stream",
                                        base,
                                        "close-base-stream",
                                        FALSE,
                                        NULL);

  self->wrote = wrote;
  self->user_data = user_data;
  return self;
}

void
thaw_valve_output_forget (ThawValveOutput *self)
{
  self->wrote = NULL;
}
