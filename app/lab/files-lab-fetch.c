/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jobs "fetch 200 pages", from the Lab's own server, which takes 10 ms for each, and "fetch
 * 1,000 quick pages", for which it takes no time: what is seen then is the client's own work.
 * Loop's thread. */

#include "files-lab-items.h"
#include "files-lab-server.h"
#include <glib/gi18n.h>

#define AT_ONCE 10

static ThawFuture *
prepare (FilesLabRun *run)
{
  FilesLabBench *bench = files_lab_run_get_bench (run);
  ThawFuture *ready;

  if (bench->server != NULL)
    return thaw_future_new_resolved ();
  bench->server = files_lab_server_new (&ready);
  bench->http = thaw_http_new ();
  thaw_http_set_limits (bench->http, AT_ONCE, AT_ONCE);
  return ready;
}

static char *
dup_path (FilesLabRun *run, guint page)
{
  gboolean is_quick = files_lab_run_get_job (run) == &files_lab_quick_job;

  return g_strdup_printf ("%s%u", is_quick ? FILES_LAB_QUICK_PATH : "/page/", page);
}

static char *
dup_uri (FilesLabRun *run, guint page)
{
  g_autofree char *path = dup_path (run, page);

  return g_strdup_printf ("http://127.0.0.1:%u%s",
                          files_lab_server_get_port (files_lab_run_get_bench (run)->server),
                          path);
}

static ThawFuture *
get_page (guint page, gpointer run)
{
  g_autofree char *uri = dup_uri (run, page);

  return thaw_http_get (files_lab_run_get_bench (run)->http, files_lab_run_get_scope (run), uri);
}

/* Blocking */

static gboolean
get_page_sync (FilesLabRun *run, guint page, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autofree char *path = dup_path (run, page);
  g_autofree char *request = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
  guint16 port = files_lab_server_get_port (files_lab_run_get_bench (run)->server);
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, error);
  char answer[4096];
  gsize n;

  return connection != NULL
         && g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                       request,
                                       strlen (request),
                                       NULL,
                                       NULL,
                                       error)
         && g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                     answer,
                                     sizeof (answer),
                                     &n,
                                     NULL,
                                     error);
}

static void
fetch_blocking (FilesLabRun *run)
{
  GError *error = NULL;

  for (guint i = 0; i < files_lab_run_get_size (run) && get_page_sync (run, i, &error); i++)
    files_lab_run_advance (run, 1);
  files_lab_run_finish (run, error);
}

/* Messages: all requests at once, and a callback for each page. The session keeps to its limits. */

static void
fetch_with_messages (FilesLabRun *run)
{
  files_lab_items_call_back (run, get_page);
}

/* Futures: a map over the pages */

static void
fetch_with_futures (FilesLabRun *run)
{
  files_lab_items_map (run, "fetch pages", AT_ONCE, get_page);
}

/* Fibers: each awaits one page after the other */

static void
fetch_with_fibers (FilesLabRun *run)
{
  files_lab_items_await (run, "fetch a share", AT_ONCE, get_page);
}

const FilesLabJob files_lab_fetch_job = {
  .id = "fetch",
  .title = N_ ("Fetch 200 Pages"),
  .description = N_ ("From a server in this program that takes 10 ms for each"),
  .size = 200,
  .prepare = prepare,
  .start = { fetch_blocking, fetch_with_messages, fetch_with_futures, fetch_with_fibers },
};

const FilesLabJob files_lab_quick_job = {
  .id = "quick",
  .title = N_ ("Fetch 1,000 Quick Pages"),
  .description = N_ ("From the same server, which answers these at once"),
  .size = 1000,
  .prepare = prepare,
  .start = { fetch_blocking, fetch_with_messages, fetch_with_futures, fetch_with_fibers },
};
