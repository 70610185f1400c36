/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of bench-async in GIO: GTask, g_file_load_contents_async(), libsoup on the loop, and
 * GTask's threads for what blocks. The loop is the default main context. */

#include "async-peer.h"

#include <pthread.h>

#define READERS 2
#define FILES_AT_ONCE 32

static void
count_cb (GObject *source, GAsyncResult *result, gpointer n_left)
{
  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    g_error ("A task failed");
  (*(guint *) n_left)--;
}

static void
spawn (Peer *self, guint n)
{
  guint n_left = n;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, count_cb, &n_left);

      g_task_return_boolean (task, TRUE);
    }
  peer_run_until_none_is_left (&n_left);
}

static void
await_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  guint *n_left = data;
  g_autoptr (GTask) task = NULL;

  if (result != NULL && --*n_left == 0)
    return;
  task = g_task_new (NULL, NULL, await_cb, n_left);
  g_task_return_boolean (task, TRUE);
}

static void
await (Peer *self, guint n)
{
  guint n_left = n;

  await_cb (NULL, NULL, &n_left);
  peer_run_until_none_is_left (&n_left);
}

typedef struct {
  Peer *peer;
  guint n, next, n_left; /* next: atomic where threads read */
} Reading;

typedef struct {
  Reading *reading;
  guint index;
} One;

static void load_next (Reading *self); /* each that is loaded starts the next */

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree One *one = data;
  Reading *self = one->reading;
  char *bytes;
  gsize n_bytes;

  if (!g_file_load_contents_finish (G_FILE (source), result, &bytes, &n_bytes, NULL, NULL)
      || n_bytes != FILE_BYTES)
    g_error ("A file is missing");
  self->peer->contents[one->index] = bytes;
  self->n_left--;
  load_next (self);
}

static void
load_next (Reading *self)
{
  One *one;

  if (self->next == self->n)
    return;
  one = g_new (One, 1);
  *one = (One){ self, self->next++ };
  g_file_load_contents_async (self->peer->files[one->index], NULL, loaded_cb, one);
}

static void
read_each (Peer *self, guint n)
{
  Reading reading = { self, n, 0, n };

  self->free_contents = g_free;
  for (guint i = 0; i < READ_AT_ONCE; i++)
    load_next (&reading);
  peer_run_until_none_is_left (&reading.n_left);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *self = data;
  guint from;

  while ((from = __atomic_fetch_add (&self->next, FILES_AT_ONCE, __ATOMIC_RELAXED)) < self->n)
    for (guint i = from; i < MIN (from + FILES_AT_ONCE, self->n); i++)
      if (!g_file_load_contents (self->peer->files[i],
                                 NULL,
                                 (char **) &self->peer->contents[i],
                                 NULL,
                                 NULL,
                                 NULL))
        g_error ("A file is missing");
  g_task_return_boolean (task, TRUE);
}

static void
read_many (Peer *self, guint n)
{
  Reading reading = { self, n, 0, READERS };

  self->free_contents = g_free;
  for (guint i = 0; i < READERS; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, count_cb, &reading.n_left);

      g_task_set_task_data (task, &reading, NULL);
      g_task_run_in_thread (task, read_thread);
    }
  peer_run_until_none_is_left (&reading.n_left);
}

static void
look_up_thread (GTask *task, gpointer source, gpointer key, GCancellable *cancellable)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the connection */

  pthread_mutex_lock (&lock);
  sqlite_look_up (GPOINTER_TO_UINT (key));
  pthread_mutex_unlock (&lock);
  g_task_return_boolean (task, TRUE);
}

static void
look_up (Peer *self, guint n)
{
  guint n_left = n;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GTask) task = g_task_new (NULL, NULL, count_cb, &n_left);

      g_task_set_task_data (task, GUINT_TO_POINTER (self->first + i), NULL);
      g_task_run_in_thread (task, look_up_thread);
    }
  peer_run_until_none_is_left (&n_left);
}

int
main (int argc, char **argv)
{
  static const PeerJob jobs[] = {
    { "spawn", spawn },
    { "await", await },
    { "read-each", read_each },
    { "read-many", read_many },
    { "get", soup_run, soup_prepare },
    { "look-up", look_up, sqlite_prepare },
  };

  return peer_main (argc, argv, jobs, G_N_ELEMENTS (jobs));
}
