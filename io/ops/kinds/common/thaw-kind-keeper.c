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
  g_clear_pointer (&self->rooms, g_hash_table_unref);
}

/* The user's own limit for each volume, where the volume's isn't less. */
static gint64
get_limit (ThawKeeper *self, ThawPlace *near)
{
  GVariant *option = thaw_operation_request_get_option (thaw_run_get_request (self->run),
                                                        "kept-limit",
                                                        G_VARIANT_TYPE_INT64);
  gint64 limit = thaw_kept_find_limit (near);

  return option != NULL ? MIN (limit, g_variant_get_int64 (option)) : limit;
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
      else
        thaw_kept_set_limit (found, get_limit (self, near));
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

/* Nothing is made, and nothing has to give way: what others keep would. */
gboolean
thaw_keeper_has_room (ThawKeeper *self, ThawPlace *near, gint64 bytes)
{
  guint64 dev = thaw_place_get_dev (near);
  gint64 *room = self->rooms != NULL ? g_hash_table_lookup (self->rooms, &dev) : NULL;
  gint64 limit;

  if (self->forgets)
    return FALSE;
  if (self->rooms == NULL)
    self->rooms = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  if (room == NULL)
    {
      limit = get_limit (self, near);
      room = g_memdup2 (&limit, sizeof limit);
      g_hash_table_insert (self->rooms, g_memdup2 (&dev, sizeof dev), room);
    }
  if (*room <= 0 || bytes > *room)
    return FALSE;
  *room -= bytes;
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

void
thaw_kind_remove_unplaced (ThawRun *run, ThawPlace *place, const char *name)
{
  if (thaw_journal_is_settled (thaw_run_get_journal (run), thaw_run_get_job (run)))
    thaw_kind_remove_quietly (place, name);
}
