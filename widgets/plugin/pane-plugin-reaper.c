/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread on which what belongs to plugins is freed, cancelled and interrupted. Each of these
 * may call a plugin's code, or wait for the lock of its language, which a plugin that hangs may
 * hold: the loop can't afford either. One thread for all plugins, started with the first thing that
 * there is to do; in order. */

#include "pane-plugin-private.h"

typedef struct {
  GDestroyNotify func;
  gpointer data;
} Work;

static gpointer
run (gpointer queue)
{
  for (;;)
    {
      g_autofree Work *work = g_async_queue_pop (queue);

      work->func (work->data);
    }
  return NULL;
}

static gpointer
start (gpointer unused)
{
  GAsyncQueue *queue = g_async_queue_new ();

  g_thread_unref (g_thread_new ("plugin-reaper", run, queue));
  return queue;
}

void
pane_plugin_reap (GDestroyNotify func, gpointer data)
{
  static GOnce once = G_ONCE_INIT;
  Work *work = g_new (Work, 1);

  *work = (Work){ func, data };
  g_async_queue_push (g_once (&once, start, NULL), work);
}
