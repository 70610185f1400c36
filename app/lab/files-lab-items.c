/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many items of the same kind, done with callbacks, with futures, with fibers: what these styles
 * look like once and for all jobs that differ only in what an item is. Nothing here can outlive the
 * run: callbacks, map and fibers are in its scope. Loop's thread. */

#include "files-lab-items.h"

static void
item_cb (ThawFuture *completed, gpointer user_data)
{
  FilesLabRun *run = user_data;

  files_lab_run_advance (run, 1);
  if (thaw_future_get_error (completed) != NULL || files_lab_run_get_fraction (run) >= 1)
    files_lab_run_finish_cb (completed, run);
}

void
files_lab_items_call_back (FilesLabRun *run, ThawMapFunc start)
{
  for (guint i = 0; i < files_lab_run_get_size (run); i++)
    {
      g_autoptr (ThawFuture) item = start (i, run);

      thaw_future_done (item, files_lab_run_get_scope (run), item_cb, run, NULL);
    }
}

typedef struct {
  FilesLabRun *run;
  ThawMapFunc start;
} Map;

static ThawFuture *
map_start_cb (guint index, gpointer user_data)
{
  Map *map = user_data;

  return map->start (index, map->run);
}

static gboolean
map_each_cb (guint index, ThawFuture *completed, gpointer user_data)
{
  Map *map = user_data;
  const GError *error = thaw_future_get_error (completed);

  files_lab_run_advance (map->run, 1);
  if (error != NULL)
    files_lab_run_finish (map->run, g_error_copy (error));
  return error == NULL;
}

void
files_lab_items_map (FilesLabRun *run, const char *name, guint at_once, ThawMapFunc start)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  Map *map = g_new (Map, 1);
  g_autoptr (ThawFuture) done = NULL;

  *map = (Map){ run, start };
  done = thaw_map_each (scope,
                        name,
                        files_lab_run_get_size (run),
                        at_once,
                        THAW_MAP_AS_THEY_COME,
                        map_start_cb,
                        map_each_cb,
                        map,
                        g_free);
  thaw_future_done (done, scope, files_lab_run_finish_cb, run, NULL);
}

typedef struct {
  FilesLabRun *run;
  ThawMapFunc start;
  guint first, step;
} Share;

static ThawFuture *
share_fiber (gpointer user_data)
{
  Share *share = user_data;

  for (guint i = share->first; i < files_lab_run_get_size (share->run); i += share->step)
    {
      g_autoptr (GError) error = NULL;

      if (!thaw_await (share->start (i, share->run), &error))
        return thaw_future_new_rejected (g_steal_pointer (&error));
      files_lab_run_advance (share->run, 1);
    }
  return thaw_future_new_resolved ();
}

void
files_lab_items_await (FilesLabRun *run, const char *name, guint n_fibers, ThawMapFunc start)
{
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autofree ThawFuture **fibers = g_new (ThawFuture *, n_fibers);
  g_autoptr (ThawFuture) all = NULL;

  for (guint i = 0; i < n_fibers; i++)
    {
      Share *share = g_new (Share, 1);

      *share = (Share){ run, start, i, n_fibers };
      fibers[i] = thaw_scope_spawn (scope, name, share_fiber, share, g_free);
    }
  all = thaw_future_allv (fibers, n_fibers);
  thaw_future_done (all, scope, files_lab_run_finish_cb, run, NULL);
}
