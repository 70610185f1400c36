/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frees big things on a thread of its own, one after the other: giving back the memory of a million
 * entries takes milliseconds that the loop doesn't have. The thread comes from GLib's shared pool,
 * does nothing that can block, and goes when it is idle.
 */

#include "thaw-entry-store-private.h"

typedef struct {
  gpointer data;
  GDestroyNotify free_func;
} Release;

static void
run_release (gpointer data, gpointer user_data G_GNUC_UNUSED)
{
  Release *release = data;

  release->free_func (release->data);
  g_free (release);
}

static gpointer
make_pool (gpointer unused G_GNUC_UNUSED)
{
  return g_thread_pool_new (run_release, NULL, 1, FALSE, NULL);
}

void
_thaw_release (gpointer data, GDestroyNotify free_func)
{
  static GOnce once = G_ONCE_INIT;
  GThreadPool *pool = g_once (&once, make_pool, NULL);
  Release *release = g_new (Release, 1);

  *release = (Release){ data, free_func };
  /* Without a thread it waits in the queue for one; nothing is lost. */
  g_thread_pool_push (pool, release, NULL);
}
