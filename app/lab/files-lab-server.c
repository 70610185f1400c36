/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lab's own web server: it answers every request with the same page of 4 KB, 10 ms after it was
 * asked or at once, on 127.0.0.1 only, on a port that the kernel chooses. It has one thread with a
 * loop of its own, so a window that is frozen doesn't slow it down, and what is measured is the
 * client alone. It knows no more of HTTP than GET and connections that stay open. */

#include "files-lab-server.h"
#include <gio/gio.h>

#define PAGE_BYTES 4096

struct _FilesLabServer {
  GMainContext *context;
  GMainLoop *loop;
  GCancellable *stop;
  ThawFuture *ready;
  gint port; /* atomic */
};

/* One connection; on the server's thread. */
typedef struct {
  GSocketConnection *connection;
  GDataInputStream *input;
  GCancellable *stop;
  char *answer;
  gboolean is_quick; /* the request being read */
} Client;

static void
client_free (Client *client)
{
  g_object_unref (client->input);
  g_object_unref (client->connection);
  g_object_unref (client->stop);
  g_free (client->answer);
  g_free (client);
}

static void read_request (Client *client);

static void
written_cb (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, NULL))
    read_request (client);
  else
    client_free (client);
}

static gboolean
answer_cb (gpointer user_data)
{
  Client *client = user_data;

  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)),
                                   client->answer,
                                   strlen (client->answer),
                                   G_PRIORITY_DEFAULT,
                                   client->stop,
                                   written_cb,
                                   client);
  return G_SOURCE_REMOVE;
}

static void
answer_in_time (Client *client)
{
  g_autoptr (GSource) timer = NULL;

  if (client->is_quick)
    {
      answer_cb (client);
      return;
    }
  timer = g_timeout_source_new (FILES_LAB_PAGE_MS);
  g_source_set_callback (timer, answer_cb, client, NULL);
  g_source_attach (timer, g_main_context_get_thread_default ());
}

/* An empty line ends a request; the end of the stream the connection. */
static void
line_cb (GObject *input, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;
  gsize length;
  g_autofree char *line
      = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (input), result, &length, NULL);

  if (line == NULL)
    client_free (client);
  else if (length > 0)
    {
      if (g_str_has_prefix (line, "GET "))
        client->is_quick = g_str_has_prefix (line + strlen ("GET "), FILES_LAB_QUICK_PATH);
      read_request (client);
    }
  else
    answer_in_time (client);
}

static void
read_request (Client *client)
{
  g_data_input_stream_read_line_async (client->input,
                                       G_PRIORITY_DEFAULT,
                                       client->stop,
                                       line_cb,
                                       client);
}

static char *
make_answer (void)
{
  g_autofree char *page = g_strnfill (PAGE_BYTES, 'x');

  return g_strdup_printf (
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
      PAGE_BYTES,
      page);
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  Client *client = g_new0 (Client, 1);

  client->connection = g_object_ref (connection);
  client->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  client->stop = g_object_ref (user_data);
  client->answer = make_answer ();
  g_data_input_stream_set_newline_type (client->input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  read_request (client);
  return TRUE;
}

static gboolean
listen_on_loopback (GSocketService *service, guint16 *port, GError **error)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;

  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service),
                                      wanted,
                                      G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP,
                                      NULL,
                                      &address,
                                      error))
    return FALSE;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  return TRUE;
}

static void
server_free (FilesLabServer *self)
{
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->stop);
  thaw_future_unref (self->ready);
  g_free (self);
}

static gboolean
quit_cb (gpointer user_data)
{
  FilesLabServer *self = user_data;

  g_cancellable_cancel (self->stop);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
serve_thread (gpointer user_data)
{
  FilesLabServer *self = user_data;
  g_autoptr (GSocketService) service = NULL;
  GError *error = NULL;
  guint16 port = 0;

  g_main_context_push_thread_default (self->context);
  service = g_socket_service_new ();
  g_signal_connect (service, "incoming", G_CALLBACK (incoming_cb), self->stop);
  if (listen_on_loopback (service, &port, &error))
    {
      g_atomic_int_set (&self->port, port);
      thaw_future_resolve_int64 (self->ready, port);
    }
  else
    thaw_future_reject (self->ready, error);
  g_main_loop_run (self->loop);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  while (g_main_context_iteration (self->context, FALSE)) /* connections that were told to end */
    ;
  g_main_context_pop_thread_default (self->context);
  server_free (self);
  return NULL;
}

FilesLabServer *
files_lab_server_new (ThawFuture **ready)
{
  FilesLabServer *self = g_new0 (FilesLabServer, 1);
  g_autoptr (GThread) thread = NULL;

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->stop = g_cancellable_new ();
  self->ready = thaw_future_new ("the Lab's server");
  *ready = thaw_future_ref (self->ready);
  thread = g_thread_new ("lab server", serve_thread, self);
  return self;
}

/* The thread frees what is its own when it ends. */
void
files_lab_server_free (FilesLabServer *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, quit_cb, self, NULL);
  g_source_attach (source, self->context);
}

guint16
files_lab_server_get_port (FilesLabServer *self)
{
  return (guint16) g_atomic_int_get (&self->port);
}
