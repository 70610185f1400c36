/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way into the kept stores, and the making of steps. On the thread of the run. Reserving a name
 * changes nothing of the user's; what moves there does so by a step of the journal. */

#include "thaw-kind-private.h"

static void
store_free (gpointer kept)
{
  if (kept != NULL)
    thaw_kept_unref (kept);
}

void
thaw_keeper_init (ThawKeeper *self, ThawRun *run)
{
  self->run = run;
  self->forgets = thaw_operation_request_get_flag (thaw_run_get_request (run), "forget");
  self->stores = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, store_free);
}

void
thaw_keeper_clear (ThawKeeper *self)
{
  g_clear_pointer (&self->stores, g_hash_table_unref);
}

static ThawKept *
find_store (ThawKeeper *self, ThawPlace *near)
{
  guint64 dev = thaw_place_get_dev (near);
  gpointer found = NULL;

  if (!g_hash_table_lookup_extended (self->stores, &dev, NULL, &found))
    {
      g_autoptr (GError) error = NULL;

      found = thaw_kept_open (thaw_run_get_journal (self->run), near, &error);
      if (found == NULL)
        g_debug ("Nothing is kept on this volume: %s", error->message);
      g_hash_table_insert (self->stores, g_memdup2 (&dev, sizeof dev), found);
    }
  return found;
}

gboolean
thaw_keeper_reserve (ThawKeeper *self,
                     ThawPlace *near,
                     const char *name,
                     gint64 bytes,
                     ThawStepEnd *end)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *kept_name = NULL;
  ThawKept *store = self->forgets ? NULL : find_store (self, near);

  if (store == NULL)
    return FALSE;
  kept_name = thaw_kept_reserve (store, thaw_run_get_job (self->run), name, bytes, &error);
  if (kept_name == NULL)
    {
      g_debug ("It isn't kept: %s", error->message);
      return FALSE;
    }
  thaw_step_end_set (end, thaw_kept_get_place (store), kept_name);
  return TRUE;
}

void
thaw_step_end_set (ThawStepEnd *self, ThawPlace *place, const char *name)
{
  g_set_str (&self->folder, thaw_place_get_path (place));
  self->dev = thaw_place_get_dev (place);
  self->ino = thaw_place_get_ino (place);
  g_set_str (&self->name, name);
}

ThawStep *
thaw_kind_step_new (ThawStepType type,
                    ThawPlace *from,
                    const char *name,
                    ThawPlace *to,
                    const char *new_name,
                    const ThawIdentity *object)
{
  ThawStep *step = thaw_step_new_rename (from, name, to, new_name, object);

  step->type = type;
  return step;
}

void
thaw_kind_remove_quietly (ThawPlace *place, const char *name)
{
  const ThawWalkFuncs funcs = { NULL };
  g_autoptr (GError) error = NULL;

  if (!thaw_disk_remove (place, name, NULL, NULL, &funcs, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_debug ("A hidden file stays: %s", error->message);
}
