/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One passage on its way: what is in its place already, what is to be done about that, and building
 * its copy where it needs one. On the thread of the run. Nothing here is visible to the user: that
 * begins with the flush. */

#include "thaw-transfer-private.h"

/* A file larger than this is made durable piece by piece by itself, so that it can be gone on with
 * after a crash. */
#define MAX_BATCHED_BYTES (64 * 1024 * 1024)
#define MAX_BATCHED_ENTRIES 256

typedef enum {
  WAY_BROKEN, /* the error is set */
  WAY_ENDED,  /* skipped, or a problem that was told */
  WAY_MERGES,
  WAY_FREE,
} Way;

gboolean
thaw_passage_crosses (ThawTransfer *self, ThawPassage *passage)
{
  return self->mode == THAW_TRANSFER_MOVE
         && (passage->must_copy
             || thaw_place_get_dev (passage->from) != thaw_place_get_dev (passage->to));
}

static gboolean
needs_copy (ThawTransfer *self, ThawPassage *passage)
{
  return self->mode != THAW_TRANSFER_MOVE || thaw_passage_crosses (self, passage);
}

static Way
end_with (ThawTransfer *self, ThawPassage *passage, GError *problem, GError **error)
{
  return thaw_kind_problem (self->run, passage->path, problem, error) ? WAY_ENDED : WAY_BROKEN;
}

/* What is left out is done with, as far as the bar is concerned. */
static Way
leave_out (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, passage->path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  ThawMeasure measure = { 0 };
  g_autoptr (GError) local = NULL;

  if (!thaw_disk_measure (passage->from, passage->name, &quiet, &measure, &local)
      && thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return WAY_BROKEN;
    }
  thaw_run_add_done (self->run,
                     measure.bytes,
                     measure.n_files + measure.n_folders + measure.n_others);
  return WAY_ENDED;
}

static void
take_free_name (ThawTransfer *self, ThawPassage *passage)
{
  g_autofree char *name = thaw_run_dup_free_name (self->run, passage->to, passage->new_name);

  g_set_str (&passage->new_name, name);
}

/* Onto itself: for a move nothing is to be done, and a copy needs another name. */
static Way
meet_itself (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  ThawConflict conflict
      = thaw_identity_is_folder (&passage->object) ? THAW_CONFLICT_FOLDER : THAW_CONFLICT_FILE;

  if (self->mode == THAW_TRANSFER_MOVE)
    return leave_out (self, passage, error);
  if (thaw_operation_request_get_rule (thaw_run_get_request (self->run), conflict)
      != THAW_RULE_KEEP_BOTH)
    return end_with (self,
                     passage,
                     g_error_new (G_IO_ERROR,
                                  G_IO_ERROR_EXISTS,
                                  "“%s” would be copied onto itself",
                                  passage->name),
                     error);
  take_free_name (self, passage);
  return WAY_FREE;
}

static Way
replace (ThawTransfer *self, ThawPassage *passage, const ThawIdentity *old, GError **error)
{
  if (thaw_identity_is_folder (old) && thaw_kind_is_within (passage->from, old))
    return end_with (self,
                     passage,
                     g_error_new (G_IO_ERROR,
                                  G_IO_ERROR_FAILED,
                                  "“%s” is in the folder that it would replace",
                                  passage->name),
                     error);
  passage->is_replacing = TRUE;
  passage->old = *old;
  return WAY_FREE;
}

static Way
merge (ThawTransfer *self, ThawPassage *passage, const ThawIdentity *there, GError **error)
{
  if (thaw_identity_is_folder (&passage->object) && thaw_identity_is_folder (there))
    return WAY_MERGES;
  return end_with (self,
                   passage,
                   g_error_new (G_IO_ERROR,
                                G_IO_ERROR_EXISTS,
                                "“%s” exists already, and only folders can be merged",
                                passage->new_name),
                   error);
}

static Way
decide (ThawTransfer *self, ThawPassage *passage, const ThawIdentity *there, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (passage->to, passage->new_name);
  ThawDecision decision;

  if (passage->has_loser && thaw_identity_is_same (there, &passage->loser)
      && thaw_identity_is_unchanged (there, &passage->loser))
    return replace (self, passage, there, error);
  if (!thaw_run_decide (self->run, passage->path, &passage->object, path, there, &decision, error))
    return WAY_BROKEN;
  switch (decision)
    {
    case THAW_DECIDE_REPLACE:
      return replace (self, passage, there, error);
    case THAW_DECIDE_MERGE:
      return merge (self, passage, there, error);
    case THAW_DECIDE_KEEP_BOTH:
      take_free_name (self, passage);
      return WAY_FREE;
    case THAW_DECIDE_SKIP:
    default:
      return leave_out (self, passage, error);
    }
}

static gboolean
is_same_name (ThawPassage *passage)
{
  return thaw_place_get_dev (passage->from) == thaw_place_get_dev (passage->to)
         && thaw_place_get_ino (passage->from) == thaw_place_get_ino (passage->to)
         && g_str_equal (passage->name, passage->new_name);
}

static Way
look_ahead (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawIdentity there;

  passage->is_replacing = FALSE;
  if (thaw_identity_is_folder (&passage->object)
      && thaw_kind_is_within (passage->to, &passage->object))
    return end_with (self,
                     passage,
                     g_error_new (G_IO_ERROR,
                                  G_IO_ERROR_WOULD_RECURSE,
                                  "“%s” can't be put into itself",
                                  passage->name),
                     error);
  if (!thaw_kind_exists (passage->to, passage->new_name, &there, &local))
    return local == NULL ? WAY_FREE : end_with (self, passage, g_steal_pointer (&local), error);
  if (self->mode == THAW_TRANSFER_DUPLICATE)
    {
      take_free_name (self, passage);
      return WAY_FREE;
    }
  if (is_same_name (passage))
    return meet_itself (self, passage, error);
  return decide (self, passage, &there, error);
}

/* The only source of a request isn't measured again: its copy is one that can be gone on with,
 * whatever its size. */
static gboolean
measure (ThawTransfer *self, ThawPassage *passage, gboolean *is_small, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, passage->path);
  const ThawWalkFuncs quiet = { .check = funcs->check, .user_data = funcs->user_data };
  ThawMeasure sum = { 0 };
  g_autoptr (GError) local = NULL;

  *is_small = passage->bytes <= MAX_BATCHED_BYTES;
  if (!thaw_identity_is_folder (&passage->object))
    return TRUE;
  *is_small = FALSE;
  if (passage->is_top
      && thaw_operation_request_get_n_sources (thaw_run_get_request (self->run)) == 1)
    return TRUE;
  if (!thaw_disk_measure (passage->from, passage->name, &quiet, &sum, &local))
    {
      if (!thaw_kind_is_cancelled (local))
        return TRUE; /* copying will say what is wrong */
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  passage->bytes = sum.bytes;
  passage->entries = sum.n_files + sum.n_folders + sum.n_others;
  *is_small = passage->bytes <= MAX_BATCHED_BYTES && passage->entries <= MAX_BATCHED_ENTRIES;
  return TRUE;
}

/* What isn't placed yet is built again after a crash: that is not to be more than one batch. And
 * two names may have the same number, once in a very long time. */
static gboolean
has_room (ThawTransfer *self, ThawPassage *passage)
{
  return (self->batch_bytes == 0 || self->batch_bytes + passage->bytes <= MAX_BATCHED_BYTES)
         && !g_hash_table_contains (self->numbers, GUINT_TO_POINTER (passage->number));
}

static Way
build (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), passage->number);
  g_autoptr (GError) local = NULL;
  ThawIdentity made;
  gboolean is_small;

  if (!measure (self, passage, &is_small, error))
    return WAY_BROKEN;
  if (!has_room (self, passage) && !thaw_transfer_flush (self, error))
    return WAY_BROKEN;
  passage->stage = thaw_transfer_get_stage (self, passage, &local);
  if (passage->stage == NULL)
    return end_with (self, passage, g_steal_pointer (&local), error);
  thaw_run_set_place (self->run, passage->stage);
  if (thaw_disk_copy (passage->from,
                      passage->name,
                      passage->stage,
                      hidden,
                      self->flags | (is_small ? THAW_COPY_NOT_DURABLE : THAW_COPY_DEFAULT),
                      thaw_run_get_walk_funcs (self->run, passage->path),
                      &made,
                      &local))
    {
      passage->made = made;
      return WAY_FREE;
    }
  g_clear_pointer (&passage->stage, thaw_place_unref);
  return end_with (self, passage, g_steal_pointer (&local), error);
}

/* The step by which an earlier life of this job has put it there. What is tried again has another
 * number, but a move that couldn't take the source away has noted where its copy is. */
static const ThawStep *
find_earlier (ThawTransfer *self, ThawPassage *passage)
{
  const ThawStep *step = thaw_finished_find (self->finished, passage->number);

  if (step != NULL || S_ISDIR (passage->object.mode))
    return step;
  step = thaw_finished_find_moved (self->finished, passage->from, passage->name);
  return step != NULL && step->object.mtime_nsec == passage->object.mtime_nsec ? step : NULL;
}

/* Is what a step of this job's earlier life has put there still that, and the same as the source?
 */
static gboolean
is_finished (ThawTransfer *self, ThawPassage *passage)
{
  const ThawStep *step = find_earlier (self, passage);
  ThawIdentity there, wanted;

  if (step == NULL || passage->n_tries > 0 || step->to.ino != thaw_place_get_ino (passage->to)
      || !thaw_place_look (passage->to, step->to.name, &there, NULL))
    return FALSE;
  wanted = step->object;
  wanted.dev = there.dev; /* may change from mount to mount */
  if (!thaw_identity_is_same (&there, &wanted)
      || (there.mode & S_IFMT) != (passage->object.mode & S_IFMT))
    return FALSE;
  if (S_ISREG (there.mode)
      && (there.size != passage->object.size || !thaw_identity_is_unchanged (&there, &wanted)))
    return FALSE;
  g_set_str (&passage->new_name, step->to.name);
  passage->made = wanted;
  return TRUE;
}

gboolean
thaw_transfer_send (ThawTransfer *self, ThawPassage *given, GError **error)
{
  g_autoptr (ThawPassage) passage = given;
  g_autoptr (GError) local = NULL;
  Way way = WAY_FREE;

  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (!thaw_place_look (passage->from, passage->name, &passage->object, &local))
    return thaw_kind_problem (self->run, passage->path, g_steal_pointer (&local), error);
  passage->bytes = S_ISREG (passage->object.mode) ? passage->object.size : 0;
  passage->entries = 1;
  if (needs_copy (self, passage) && is_finished (self, passage))
    return leave_out (self, passage, error) != WAY_BROKEN
           && thaw_transfer_take_up (self, g_steal_pointer (&passage), error);
  way = look_ahead (self, passage, error);
  if (way == WAY_FREE && needs_copy (self, passage))
    way = build (self, passage, error);
  if (way == WAY_FREE)
    return thaw_transfer_batch_add (self, g_steal_pointer (&passage), error);
  if (way == WAY_MERGES)
    return thaw_transfer_merge (self, g_steal_pointer (&passage), error);
  return way == WAY_ENDED;
}
