/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hearing that a scope ends, without a task in it: a future that nothing completes, and a callback
 * of the scope that waits for it. When the scope ends its callback is cancelled, that cancels the
 * future, and the future's cancel function is told. Loop's thread, but for resolving. */

#include "thaw-scope-guard-private.h"

typedef struct {
  void (*ended) (gpointer user_data);
  gpointer user_data;
  GDestroyNotify destroy;
} Guard;

static void
guard_free (gpointer data)
{
  g_autofree Guard *self = data;

  if (self->destroy)
    self->destroy (self->user_data);
}

static void
on_cancelled (ThawFuture *future, gpointer data)
{
  Guard *self = data;

  self->ended (self->user_data);
}

static ThawFuture *
do_nothing_cb (ThawFuture *future, gpointer user_data)
{
  return thaw_future_new_resolved ();
}

ThawFuture *
thaw_scope_guard_new (ThawScope *scope,
                      void (*ended) (gpointer user_data),
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  ThawFuture *future = thaw_future_new ("scope guard");
  Guard *self = g_new (Guard, 1);

  *self = (Guard){ ended, user_data, destroy };
  thaw_future_set_cancel (future, on_cancelled, self, guard_free);
  thaw_future_unref (thaw_future_then (future, scope, do_nothing_cb, NULL, NULL));
  return future;
}
