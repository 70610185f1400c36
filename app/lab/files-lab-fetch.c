/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "fetch 200 pages": from the Lab's own server, which takes 10 ms for each. Loop's thread.
 */

#include "files-lab-server.h"
#include <glib/gi18n.h>

#define AT_ONCE 6

static ThawFuture *
prepare (FilesLabRun *run)
{
  FilesLabBench *bench = files_lab_run_get_bench (run);
  ThawFuture *ready;

  if (bench->server != NULL)
    return thaw_future_new_resolved ();
  bench->server = files_lab_server_new (&ready);
  bench->http = thaw_http_new ();
  return ready;
}

static char *
dup_uri (FilesLabRun *run, guint page)
{
  return g_strdup_printf ("http://127.0.0.1:%u/page/%u",
                          files_lab_server_get_port (files_lab_run_get_bench (run)->server),
                          page);
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
  g_autofree char *request
      = g_strdup_printf ("GET /page/%u HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", page);
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
page_cb (ThawFuture *completed, gpointer user_data)
{
  FilesLabRun *run = user_data;

  files_lab_run_advance (run, 1);
  if (thaw_future_get_error (completed) != NULL || files_lab_run_get_fraction (run) >= 1)
    files_lab_run_finish_cb (completed, run);
}

static void
fetch_with_messages (FilesLabRun *run)
{
  for (guint i = 0; i < files_lab_run_get_size (run); i++)
    {
      g_autoptr (ThawFuture) page = get_page (i, run);

      thaw_future_done (page, files_lab_run_get_scope (run), page_cb, run, NULL);
    }
}

/* Futures: a map over the pages */

static gboolean
mapped_page_cb (guint index, ThawFuture *completed, gpointer user_data)
{
  files_lab_run_advance (user_data, 1);
  return thaw_future_get_error (completed) == NULL;
}

static void
fetch_with_futures (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (ThawFuture) done = thaw_map_each (scope,
                                               "fetch pages",
                                               files_lab_run_get_size (run),
                                               AT_ONCE,
                                               THAW_MAP_AS_THEY_COME,
                                               get_page,
                                               mapped_page_cb,
                                               run,
                                               NULL);

  thaw_future_done (done, scope, files_lab_run_finish_cb, run, NULL);
}

/* Fibers: six, each of which awaits one page after the other */

typedef struct {
  FilesLabRun *run;
  guint first;
} Share;

static ThawFuture *
fetch_fiber (gpointer user_data)
{
  Share *share = user_data;

  for (guint i = share->first; i < files_lab_run_get_size (share->run); i += AT_ONCE)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) page = thaw_await_pointer (get_page (i, share->run), &error);

      if (page == NULL)
        return thaw_future_new_rejected (g_steal_pointer (&error));
      files_lab_run_advance (share->run, 1);
    }
  return thaw_future_new_resolved ();
}

static void
fetch_with_fibers (FilesLabRun *run)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  ThawFuture *fibers[AT_ONCE];
  g_autoptr (ThawFuture) all = NULL;

  for (guint i = 0; i < AT_ONCE; i++)
    {
      Share *share = g_new (Share, 1);

      *share = (Share){ run, i };
      fibers[i] = thaw_scope_spawn (scope, "fetch a share", fetch_fiber, share, g_free);
    }
  all = thaw_future_allv (fibers, AT_ONCE);
  thaw_future_done (all, scope, files_lab_run_finish_cb, run, NULL);
}

const FilesLabJob files_lab_fetch_job = {
  .id = "fetch",
  .title = N_ ("Fetch 200 Pages"),
  .description = N_ ("From a server in this program that takes 10 ms for each"),
  .size = 200,
  .prepare = prepare,
  .start = { fetch_blocking, fetch_with_messages, fetch_with_futures, fetch_with_fibers },
};
