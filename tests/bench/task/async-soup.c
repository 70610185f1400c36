/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libsoup alone: its asynchronous calls on the default main context, so many under way, each answer
 * starts the next. It is the bare way and GIO's. */

#include "async-peer.h"

#include <libsoup/soup.h>

static SoupSession *session;

typedef struct {
  Peer *peer;
  guint n_to_start, n_left;
} Run;

static void start_next (Run *run); /* each answer starts the next */

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Run *run = data;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (session, result, NULL);

  if (bytes == NULL || g_bytes_get_size (bytes) != BODY_BYTES)
    g_error ("A GET failed");
  run->n_left--;
  start_next (run);
}

static void
start_next (Run *run)
{
  g_autoptr (SoupMessage) message = NULL;

  if (run->n_to_start == 0)
    return;
  run->n_to_start--;
  message = soup_message_new ("GET", run->peer->uri);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, answered_cb, run);
}

void
soup_run (Peer *self, guint n)
{
  Run run = { self, n, n };

  for (guint i = 0; i < GET_AT_ONCE; i++)
    start_next (&run);
  peer_run_until_none_is_left (&run.n_left);
}

void
soup_prepare (Peer *self)
{
  session = soup_session_new_with_options ("max-conns",
                                           GET_AT_ONCE,
                                           "max-conns-per-host",
                                           GET_AT_ONCE,
                                           NULL);
}
