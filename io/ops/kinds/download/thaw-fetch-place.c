/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which name a download gets, by the request's rules, and its way there by a step of the journal
 * that undo takes back. It is decided when the server has told the name, before the bytes come; if
 * something has that name in the meantime, again. On the operation's thread. */

#include "thaw-fetch-private.h"

#include <sys/stat.h>

#define MAX_TRIES 20

static gboolean
decide_about (ThawFetch *self, const ThawIdentity *there, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  const ThawIdentity coming
      = { .mode = S_IFREG, .size = MAX (self->total, 0), .mtime_nsec = g_get_real_time () * 1000 };
  g_autofree char *name = NULL;
  ThawDecision decision;

  if (!thaw_run_decide (self->run, self->uri, &coming, path, there, &decision, error))
    return FALSE;
  self->is_left_out = decision == THAW_DECIDE_SKIP || decision == THAW_DECIDE_MERGE;
  self->is_replacing = decision == THAW_DECIDE_REPLACE && !thaw_identity_is_folder (there);
  self->old = *there;
  if (self->is_left_out || self->is_replacing)
    return TRUE;
  /* Nor does a file ever take the place of a whole folder. */
  name = thaw_run_dup_free_name (self->run, self->target, self->name);
  g_set_str (&self->name, name);
  return TRUE;
}

gboolean
thaw_fetch_decide (ThawFetch *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawIdentity there;

  self->is_replacing = FALSE;
  if (thaw_kind_exists (self->target, self->name, &there, &local))
    return decide_about (self, &there, error);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  GError **failure = user_data;

  if (error != NULL)
    *failure = g_error_copy (error);
}

static ThawStep *
make_step (ThawFetch *self, const ThawIdentity *made)
{
  ThawStep *step
      = thaw_step_new_rename (self->target, self->hidden, self->target, self->name, made);
  g_auto (ThawKeeper) keeper = { 0 };

  if (!self->is_replacing)
    return step;
  thaw_keeper_init (&keeper, self->run);
  step->type = THAW_STEP_REPLACE;
  step->old = self->old;
  thaw_keeper_reserve (&keeper, self->target, self->name, self->old.size, &step->kept);
  return step;
}

static gboolean
perform (ThawFetch *self, GError **failure, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawIdentity made;

  if (!thaw_place_look (self->target, self->hidden, &made, error))
    return FALSE;
  g_ptr_array_add (steps, make_step (self, &made));
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_EACH,
                               on_step,
                               failure,
                               error);
}

static gboolean
has_world_changed (ThawFetch *self, const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS)
         || (self->is_replacing
             && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)));
}

gboolean
thaw_fetch_place (ThawFetch *self, GError **error)
{
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autofree char *path = NULL;

      if (!perform (self, &failure, error))
        return FALSE;
      if (failure == NULL)
        {
          path = thaw_place_dup_child_path (self->target, self->name);
          thaw_run_add_result (self->run, path);
          return TRUE;
        }
      if (!has_world_changed (self, failure) || i + 1 == MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (!thaw_fetch_decide (self, error) || self->is_left_out)
        return self->is_left_out;
    }
  return FALSE;
}
