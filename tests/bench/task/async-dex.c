/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of bench-async in libdex: fibers on the main scheduler, and on its pool for what blocks.
 * Files one by one through its own call, and many with open() and io_uring from the pool, which is
 * its fastest way. */

#include "async-peer.h"

#include <fcntl.h>
#include <libdex.h>
#include <libsoup/soup.h>
#include <pthread.h>
#include <unistd.h>

static DexFuture *
complete_cb (DexFuture *completed, gpointer is_complete)
{
  if (dex_future_is_rejected (completed))
    g_error ("A fiber failed");
  *(gboolean *) is_complete = TRUE;
  return NULL;
}

/* A block made here wakes the loop when a pool completes the future: a future alone doesn't. */
static void
run_until_complete (DexFuture *future)
{
  gboolean is_complete = FALSE;
  g_autoptr (DexFuture) block = dex_future_finally (future, complete_cb, &is_complete, NULL);

  while (!is_complete)
    g_main_context_iteration (NULL, TRUE);
}

static DexFuture *
spawn_here (DexFiberFunc func, gpointer data)
{
  return dex_scheduler_spawn (dex_scheduler_get_default (), 0, func, data, NULL);
}

static DexFuture *
spawn_on_pool (DexFiberFunc func, gpointer data)
{
  return dex_scheduler_spawn (dex_thread_pool_scheduler_get_default (), 0, func, data, NULL);
}

typedef DexFuture *(*Spawn) (DexFiberFunc func, gpointer data);

/* @n fibers of @func, and waits for all of them. */
static void
run_fibers (Spawn spawn_one, DexFiberFunc func, gpointer data, guint n)
{
  g_autoptr (GPtrArray) fibers = g_ptr_array_new_with_free_func (dex_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (fibers, spawn_one (func, data));
  run_until_complete (dex_future_allv ((DexFuture **) fibers->pdata, fibers->len));
}

static DexFuture *
nothing_fiber (gpointer data)
{
  return dex_future_new_true ();
}

static void
spawn (Peer *self, guint n)
{
  run_fibers (spawn_here, nothing_fiber, NULL, n);
}

static void
resolve_cb (gpointer promise)
{
  dex_promise_resolve_boolean (promise, TRUE);
  dex_unref (promise);
}

static DexFuture *
await_fiber (gpointer data)
{
  for (guint n = GPOINTER_TO_UINT (data); n > 0; n--)
    {
      DexPromise *promise = dex_promise_new ();

      dex_scheduler_push (dex_scheduler_get_default (), resolve_cb, dex_ref (promise));
      dex_await (DEX_FUTURE (promise), NULL);
    }
  return dex_future_new_true ();
}

static void
await (Peer *self, guint n)
{
  run_until_complete (spawn_here (await_fiber, GUINT_TO_POINTER (n)));
}

typedef struct {
  Peer *peer;
  guint n, next; /* next: atomic */
} Share;

static guint
take_next (Share *self)
{
  return __atomic_fetch_add (&self->next, 1, __ATOMIC_RELAXED);
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static DexFuture *
read_fiber (gpointer data)
{
  Share *share = data;
  guint i;

  while ((i = take_next (share)) < share->n)
    {
      GBytes *bytes = dex_await_boxed (dex_file_load_contents_bytes (share->peer->files[i]), NULL);

      if (bytes == NULL || g_bytes_get_size (bytes) != FILE_BYTES)
        g_error ("A file is missing");
      share->peer->contents[i] = bytes;
    }
  return dex_future_new_true ();
}

static void
read_each (Peer *self, guint n)
{
  Share share = { self, n, 0 };

  self->free_contents = unref_bytes;
  run_fibers (spawn_here, read_fiber, &share, MIN (n, READ_AT_ONCE));
}

/* No more than 32 in flight: libdex 0.10 leaks a reference for each beyond that. */
static DexFuture *
aio_fiber (gpointer data)
{
  Share *share = data;
  guint i;

  while ((i = take_next (share)) < share->n)
    {
      char *bytes = g_malloc (FILE_BYTES);
      int fd = open (share->peer->paths[i], O_RDONLY | O_CLOEXEC);

      if (fd < 0
          || dex_await_int64 (dex_aio_read (NULL, fd, bytes, FILE_BYTES, 0), NULL) != FILE_BYTES)
        g_error ("A file is missing");
      close (fd);
      share->peer->contents[i] = bytes;
    }
  return dex_future_new_true ();
}

static void
read_many (Peer *self, guint n)
{
  Share share = { self, n, 0 };

  self->free_contents = g_free;
  run_fibers (spawn_on_pool, aio_fiber, &share, MIN (n, 32));
}

static SoupSession *session;

static void
prepare_get (Peer *self)
{
  session = soup_session_new_with_options ("max-conns",
                                           GET_AT_ONCE,
                                           "max-conns-per-host",
                                           GET_AT_ONCE,
                                           NULL);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = soup_session_send_and_read_finish (session, result, &error);

  if (bytes != NULL)
    dex_promise_resolve_boxed (data, G_TYPE_BYTES, bytes);
  else
    dex_promise_reject (data, g_steal_pointer (&error));
  dex_unref (data);
}

static DexFuture *
send (const char *uri)
{
  DexPromise *promise = dex_promise_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);

  soup_session_send_and_read_async (session,
                                    message,
                                    G_PRIORITY_DEFAULT,
                                    NULL,
                                    answered_cb,
                                    dex_ref (promise));
  return DEX_FUTURE (promise);
}

static DexFuture *
get_fiber (gpointer data)
{
  Share *share = data;

  while (take_next (share) < share->n)
    {
      g_autoptr (GBytes) bytes = dex_await_boxed (send (share->peer->uri), NULL);

      if (bytes == NULL || g_bytes_get_size (bytes) != BODY_BYTES)
        g_error ("A GET failed");
    }
  return dex_future_new_true ();
}

static void
get (Peer *self, guint n)
{
  Share share = { self, n, 0 };

  run_fibers (spawn_here, get_fiber, &share, GET_AT_ONCE);
}

static DexFuture *
look_up_fiber (gpointer data)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the connection */
  Share *share = data;

  pthread_mutex_lock (&lock);
  sqlite_look_up (share->peer->first + take_next (share));
  pthread_mutex_unlock (&lock);
  return dex_future_new_true ();
}

/* A fiber for each: 500 in flight. */
static void
look_up (Peer *self, guint n)
{
  Share share = { self, n, 0 };

  run_fibers (spawn_on_pool, look_up_fiber, &share, n);
}

int
main (int argc, char **argv)
{
  static const PeerJob jobs[] = {
    { "spawn", spawn },         { "await", await },          { "read-each", read_each },
    { "read-many", read_many }, { "get", get, prepare_get }, { "look-up", look_up, sqlite_prepare },
  };

  dex_init ();
  return peer_main (argc, argv, jobs, G_N_ELEMENTS (jobs));
}
