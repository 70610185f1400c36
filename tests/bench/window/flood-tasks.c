/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floods of completed futures and of resumed fibers. Both must go through the pump's budget
 * like messages do. The futures are completed by a thread, the fibers resume one another by
 * yielding; everything else runs on the loop's thread. */
#include "flood.h"

#include "thaw.h"

#define N_FIBERS 1000

typedef struct {
  GPtrArray *futures;
  GThread *thread;
  gint stopped;
} Futures;

static void
done (ThawFuture *completed, gpointer user_data)
{
  flood_step (user_data);
}

static void
prepare_futures (Flood *self)
{
  Futures *futures = g_new0 (Futures, 1);

  futures->futures = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  for (guint i = 0; i < self->n_total; i++)
    {
      ThawFuture *future = thaw_future_new ("flood");

      thaw_future_done (future, NULL, done, self, NULL);
      g_ptr_array_add (futures->futures, future);
    }
  self->data = futures;
}

static gpointer
complete_all (gpointer data)
{
  Futures *futures = data;

  for (guint i = 0; i < futures->futures->len && !g_atomic_int_get (&futures->stopped); i++)
    thaw_future_resolve (g_ptr_array_index (futures->futures, i));
  return NULL;
}

static void
start_futures (Flood *self)
{
  Futures *futures = self->data;

  futures->thread = g_thread_new ("flood", complete_all, futures);
}

/* Futures that are completed already call back later, so what is left is run through first. */
static void
clear_futures (Flood *self)
{
  Futures *futures = self->data;

  g_atomic_int_set (&futures->stopped, 1);
  g_clear_pointer (&futures->thread, g_thread_join);
  for (guint i = 0; i < futures->futures->len; i++)
    thaw_future_resolve (g_ptr_array_index (futures->futures, i));
  while (self->n_done < self->n_total)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_unref (futures->futures);
  g_free (futures);
}

const Flood flood_of_futures = {
  .name = "completed futures",
  .prepare = prepare_futures,
  .start = start_futures,
  .clear = clear_futures,
};

static ThawFuture *
step_and_yield (gpointer user_data)
{
  Flood *self = user_data;

  for (guint i = 0; i < self->n_total / N_FIBERS; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!thaw_fiber_yield (&error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
      flood_step (self);
    }
  return thaw_future_new_resolved ();
}

static void
prepare_fibers (Flood *self)
{
  self->n_total -= self->n_total % N_FIBERS;
  self->data = thaw_scope_new ("flood", NULL);
}

static void
start_fibers (Flood *self)
{
  for (guint i = 0; i < N_FIBERS; i++)
    thaw_future_disown (thaw_scope_spawn (self->data, "flood", step_and_yield, self, NULL));
}

static void
clear_fibers (Flood *self)
{
  ThawScope *scope = self->data;

  thaw_scope_cancel (scope);
  while (thaw_scope_get_n_tasks (scope) > 0)
    g_main_context_iteration (NULL, TRUE);
  thaw_scope_unref (scope);
}

const Flood flood_of_fibers = {
  .name = "resumed fibers",
  .prepare = prepare_fibers,
  .start = start_fibers,
  .clear = clear_fibers,
};
