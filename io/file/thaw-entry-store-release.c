/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frees big things on a thread of its own, one after the other: giving back the memory of a million
 * entries takes milliseconds that the loop doesn't have. The thread starts when there is something
 * to free and ends when nothing is left. Its lock is held for a few instructions only.
 */

#include "thaw-entry-store-private.h"

#include <pthread.h>

typedef struct _Release Release;

struct _Release {
  Release *next;
  gpointer data;
  GDestroyNotify free_func;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Release *releases; /* newest first */
static gboolean is_running;

static Release *
take_all (void)
{
  Release *taken;

  pthread_mutex_lock (&lock);
  taken = g_steal_pointer (&releases);
  is_running = taken != NULL;
  pthread_mutex_unlock (&lock);
  return taken;
}

static gpointer
run (gpointer unused G_GNUC_UNUSED)
{
  Release *release;

  while ((release = take_all ()) != NULL)
    while (release != NULL)
      {
        Release *next = release->next;

        release->free_func (release->data);
        g_free (release);
        release = next;
      }
  return NULL;
}

static gboolean
start_thread (void)
{
  pthread_attr_t attributes;
  pthread_t thread;
  gboolean is_started;

  pthread_attr_init (&attributes);
  pthread_attr_setdetachstate (&attributes, PTHREAD_CREATE_DETACHED);
  is_started = pthread_create (&thread, &attributes, run, NULL) == 0;
  pthread_attr_destroy (&attributes);
  return is_started;
}

void
_thaw_release (gpointer data, GDestroyNotify free_func)
{
  Release *release = g_new (Release, 1);
  gboolean needs_thread;

  pthread_mutex_lock (&lock);
  *release = (Release){ releases, data, free_func };
  releases = release;
  needs_thread = !is_running;
  is_running = TRUE;
  pthread_mutex_unlock (&lock);

  if (needs_thread && !start_thread ())
    run (NULL); /* better late than never */
}
