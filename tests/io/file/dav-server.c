/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Just enough of WebDAV for gvfs to list a folder. A thread for each connection, which ends when
 * the server is freed or the client goes; the moods are looked at before each answer. */

#include "dav-server.h"

#include <string.h>

struct _DavServer {
  GSocketService *service; /* whose handler's data this is */
  guint16 port;
  char **names;
  int mood;       /* atomic */
  int n_requests; /* atomic */
  int n_left; /* atomic: connections that have ended; GObject's references say so too, but not to
                 ThreadSanitizer */
  GCancellable *ended;
};

typedef struct {
  char *method;
  gboolean is_allowed;
  gboolean wants_children;
  gsize n_body;
} Request;

#define SECRET "Basic bWU6c2VjcmV0" /* me:secret */

static gboolean
read_request (DavServer *self, GDataInputStream *input, Request *request)
{
  g_autofree char *first = g_data_input_stream_read_line (input, NULL, self->ended, NULL);
  char *line;

  *request = (Request){ 0 };
  if (first == NULL)
    return FALSE;
  request->method = g_strndup (first, strcspn (first, " "));
  while ((line = g_data_input_stream_read_line (input, NULL, self->ended, NULL)) != NULL
         && *line != '\0')
    {
      if (g_ascii_strncasecmp (line, "authorization:", 14) == 0)
        request->is_allowed = strstr (line, SECRET) != NULL;
      else if (g_ascii_strncasecmp (line, "depth:", 6) == 0)
        request->wants_children = strchr (line, '1') != NULL;
      else if (g_ascii_strncasecmp (line, "content-length:", 15) == 0)
        request->n_body = g_ascii_strtoull (line + 15, NULL, 10);
      g_free (line);
    }
  g_free (line);
  return g_input_stream_skip (G_INPUT_STREAM (input), request->n_body, self->ended, NULL)
         == (gssize) request->n_body;
}

static void
add_response (GString *body, const char *name, gboolean is_folder)
{
  g_string_append_printf (body,
                          "<D:response><D:href>/%s</D:href><D:propstat><D:prop><D:resourcetype>%s"
                          "</D:resourcetype><D:getcontentlength>7</D:getcontentlength></D:prop>"
                          "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>",
                          name,
                          is_folder ? "<D:collection/>" : "");
}

static char *
dup_listing (DavServer *self, const Request *request)
{
  GString *body
      = g_string_new ("<?xml version=\"1.0\" encoding=\"utf-8\"?><D:multistatus xmlns:D=\"DAV:\">");

  add_response (body, "", TRUE);
  for (guint i = 0; request->wants_children && self->names[i]; i++)
    add_response (body, self->names[i], FALSE);
  g_string_append (body, "</D:multistatus>");
  return g_string_free (body, FALSE);
}

static char *
dup_body (DavServer *self, const Request *request, gboolean refuses)
{
  if (refuses)
    return g_strdup ("You are not known here.");
  return g_str_equal (request->method, "PROPFIND") ? dup_listing (self, request) : g_strdup ("");
}

static void
answer (DavServer *self, GOutputStream *output, const Request *request)
{
  gboolean is_propfind = g_str_equal (request->method, "PROPFIND");
  gboolean refuses
      = __atomic_load_n (&self->mood, __ATOMIC_ACQUIRE) == DAV_ASKS && !request->is_allowed;
  g_autofree char *body = dup_body (self, request, refuses);
  g_autofree char *head
      = g_strdup_printf ("HTTP/1.1 %s\r\nDAV: 1, 2\r\nAllow: OPTIONS, PROPFIND\r\n%s"
                         "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n",
                         refuses       ? "401 Unauthorized"
                         : is_propfind ? "207 Multi-Status"
                                       : "200 OK",
                         refuses ? "WWW-Authenticate: Basic realm=\"test\"\r\n" : "",
                         strlen (body));

  g_output_stream_write_all (output, head, strlen (head), NULL, NULL, NULL);
  g_output_stream_write_all (output, body, strlen (body), NULL, NULL, NULL);
}

static gboolean
is_ended (DavServer *self)
{
  return g_cancellable_is_cancelled (self->ended);
}

static gboolean
run_cb (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        gpointer user_data)
{
  DavServer *self = user_data;
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  Request request = { 0 };

  /* Pairs with dav_server_new(), which GLib's thread pool does too, unseen by ThreadSanitizer. */
  __atomic_load_n (&self->mood, __ATOMIC_ACQUIRE);
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_CR_LF);
  while (!is_ended (self) && read_request (self, input, &request))
    {
      __atomic_add_fetch (&self->n_requests, 1, __ATOMIC_RELEASE);
      while (!is_ended (self) && __atomic_load_n (&self->mood, __ATOMIC_ACQUIRE) == DAV_SILENT)
        g_usleep (10 * 1000);
      answer (self, output, &request);
      g_clear_pointer (&request.method, g_free);
    }
  g_free (request.method);
  __atomic_add_fetch (&self->n_left, 1, __ATOMIC_RELEASE);
  return TRUE;
}

/* The service lives, and with it its handler's data, until the last connection's thread has ended.
 */
static void
server_free (gpointer data, GClosure *closure)
{
  DavServer *self = data;

  g_debug ("%d connections", __atomic_load_n (&self->n_left, __ATOMIC_ACQUIRE));
  g_object_unref (self->ended);
  g_strfreev (self->names);
  g_free (self);
}

DavServer *
dav_server_new (const char *const *names)
{
  DavServer *self = g_new0 (DavServer, 1);
  g_autoptr (GInetAddress) here = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (here, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  self->names = g_strdupv ((char **) names);
  self->service = g_threaded_socket_service_new (16);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (self->service),
                                                address,
                                                G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP,
                                                NULL,
                                                &bound,
                                                NULL));
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->ended = g_cancellable_new ();
  g_signal_connect_data (self->service,
                         "run",
                         G_CALLBACK (run_cb),
                         self,
                         server_free,
                         G_CONNECT_DEFAULT);
  __atomic_store_n (&self->mood, DAV_ANSWERS, __ATOMIC_RELEASE);
  return self;
}

void
dav_server_free (DavServer *self)
{
  GSocketService *service = self->service;

  g_cancellable_cancel (self->ended);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_object_unref (service);
}

void
dav_server_set_mood (DavServer *self, DavMood mood)
{
  __atomic_store_n (&self->mood, mood, __ATOMIC_RELEASE);
}

char *
dav_server_dup_uri (DavServer *self)
{
  return g_strdup_printf ("dav://127.0.0.1:%u/", self->port);
}

guint
dav_server_get_n_requests (DavServer *self)
{
  return __atomic_load_n (&self->n_requests, __ATOMIC_ACQUIRE);
}
