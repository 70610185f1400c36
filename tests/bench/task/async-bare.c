/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of bench-async the bare way: a thread for each task (so many at once: there is no room
 * for more), a thread that waits for another, two threads and read(), libsoup alone, sqlite3 alone.
 */

#include "async-peer.h"

#include <pthread.h>
#include <semaphore.h>

#define THREADS_AT_ONCE 64
#define READERS 2
#define FILES_AT_ONCE 32

static void *
nothing_thread (void *data)
{
  return data;
}

static void
spawn (Peer *self, guint n)
{
  pthread_t threads[THREADS_AT_ONCE];

  for (guint done = 0; done < n; done += THREADS_AT_ONCE)
    {
      guint n_now = MIN (n - done, THREADS_AT_ONCE);

      for (guint i = 0; i < n_now; i++)
        if (pthread_create (&threads[i], NULL, nothing_thread, NULL) != 0)
          g_error ("No thread");
      for (guint i = 0; i < n_now; i++)
        pthread_join (threads[i], NULL);
    }
}

typedef struct {
  sem_t asked, answered;
  guint n;
} Pair;

static void *
answer_thread (void *data)
{
  Pair *pair = data;

  for (guint i = 0; i < pair->n; i++)
    {
      sem_wait (&pair->asked);
      sem_post (&pair->answered);
    }
  return NULL;
}

static void
await (Peer *self, guint n)
{
  Pair pair = { .n = n };
  pthread_t thread;

  sem_init (&pair.asked, 0, 0);
  sem_init (&pair.answered, 0, 0);
  pthread_create (&thread, NULL, answer_thread, &pair);
  for (guint i = 0; i < n; i++)
    {
      sem_post (&pair.asked);
      sem_wait (&pair.answered);
    }
  pthread_join (thread, NULL);
}

typedef struct {
  Peer *peer;
  guint n, next; /* next: atomic */
} Share;

static void *
read_thread (void *data)
{
  Share *share = data;
  guint from;

  while ((from = __atomic_fetch_add (&share->next, FILES_AT_ONCE, __ATOMIC_RELAXED)) < share->n)
    for (guint i = from; i < MIN (from + FILES_AT_ONCE, share->n); i++)
      share->peer->contents[i] = peer_read_plainly (share->peer->paths[i]);
  return NULL;
}

static void
read_files (Peer *self, guint n)
{
  Share share = { self, n, 0 };
  pthread_t threads[READERS];

  self->free_contents = g_free;
  for (guint i = 0; i < READERS; i++)
    pthread_create (&threads[i], NULL, read_thread, &share);
  for (guint i = 0; i < READERS; i++)
    pthread_join (threads[i], NULL);
}

static void
look_up (Peer *self, guint n)
{
  for (guint i = 0; i < n; i++)
    sqlite_look_up (self->first + i);
}

int
main (int argc, char **argv)
{
  static const PeerJob jobs[] = {
    { "spawn", spawn },
    { "await", await },
    { "read-each", read_files },
    { "read-many", read_files },
    { "get", soup_run, soup_prepare },
    { "look-up", look_up, sqlite_prepare },
  };

  return peer_main (argc, argv, jobs, G_N_ELEMENTS (jobs));
}
