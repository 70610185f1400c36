/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing what was moved to another device: what has to be done, and whether it can be. A rename
 * can't take that back: it has to be moved again, the other way. So the steps of such a job are
 * taken one by one, last first: folders that merging had emptied come back, then what was moved
 * goes back to wherever it came from, then what it had replaced comes back from where it was kept.
 * All of it is looked at before anything is done; each is looked at again at its turn, and what an
 * earlier attempt has done already is seen by what stands where. On the operation's thread. */

#include "thaw-undo-moved-private.h"

#include <string.h>

#define N_JOBS_MAX 1000 /* that the journal keeps */

static gboolean
refuse (GError **error, GIOErrorEnum code, const char *format, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, (int) code, format, shown);
  return FALSE;
}

/* The job that says how things stand: the last one that took @job back or did it again, or itself.
 */
gint64
thaw_steps_find_carrier (ThawJournal *journal, gint64 job)
{
  g_autoptr (GPtrArray) records = thaw_journal_list_jobs (journal, N_JOBS_MAX, NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const ThawJournalRecord *record = g_ptr_array_index (records, i);

      if (record->inverse_of == job && record->state == THAW_JOURNAL_DONE)
        return record->id;
    }
  return job;
}

/* --- what has to be done --- */

static char *
dup_path (const ThawStepEnd *end)
{
  return g_build_filename (end->folder, end->name, NULL);
}

/* By path: what was moved there (step), and what stood there before (identity). */
typedef struct {
  GHashTable *moved, *replaced;
} Index;

/* The name under which it was built is hidden; anything else went there by itself. */
static gboolean
is_built (const ThawStep *step)
{
  return g_str_has_prefix (step->from.name, ".thaw-");
}

static void
index_steps (Index *self, GPtrArray *steps)
{
  self->moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->replaced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < steps->len; i++)
    {
      ThawStep *step = g_ptr_array_index (steps, i);

      if (step->type == THAW_STEP_MOVED)
        g_hash_table_insert (self->moved, dup_path (&step->to), step);
      else if (step->type == THAW_STEP_REPLACE)
        g_hash_table_insert (self->replaced, dup_path (&step->to), &step->old);
      else if (step->type == THAW_STEP_RENAME && !is_built (step))
        g_hash_table_insert (self->replaced, dup_path (&step->from), &step->object);
    }
}

static void
index_clear (Index *self)
{
  g_hash_table_unref (self->moved);
  g_hash_table_unref (self->replaced);
}

static void
add (ThawBacks *self, ThawBackType type, const ThawStep *step)
{
  ThawBack back = { type, step, NULL };

  g_array_append_val (self->backs, back);
}

/* Of what was built and isn't known to have been moved the source was never touched. */
static void
add_arrival (ThawBacks *self, Index *index, const ThawStep *step)
{
  g_autofree char *path = dup_path (&step->to);

  if (!is_built (step))
    add (self, THAW_BACK_RENAME, step);
  else if (!g_hash_table_contains (index->moved, path))
    add (self, THAW_BACK_STORE, step);
}

static void
add_move (ThawBacks *self, Index *index, const ThawStep *step)
{
  g_autofree char *path = dup_path (&step->to);
  ThawBack back = { THAW_BACK_MOVE, step, g_hash_table_lookup (index->replaced, path) };

  g_array_append_val (self->backs, back);
}

static gboolean
add_step (ThawBacks *self, Index *index, const ThawStep *step, GError **error)
{
  switch (step->type)
    {
    case THAW_STEP_MOVED:
      add_move (self, index, step);
      return TRUE;
    case THAW_STEP_RENAME:
      add_arrival (self, index, step);
      return TRUE;
    case THAW_STEP_REPLACE:
      if (step->kept.folder == NULL)
        return refuse (error,
                       G_IO_ERROR_NOT_SUPPORTED,
                       "What “%s” replaced was not kept",
                       step->to.name);
      add_arrival (self, index, step);
      add (self, THAW_BACK_RESTORE, step);
      return TRUE;
    case THAW_STEP_LOST:
      return TRUE;
    case THAW_STEP_GONE:
      return refuse (error,
                     G_IO_ERROR_NOT_SUPPORTED,
                     step->from.ino == 0 ? "“%s” is on a server, where nothing can be taken back"
                                         : "“%s” was deleted for good",
                     step->from.name);
    case THAW_STEP_ATTRIBUTES:
    case THAW_STEP_SERVER:
    default:
      return refuse (error,
                     G_IO_ERROR_NOT_SUPPORTED,
                     "“%s” was moved to another device, and more was done than that",
                     step->to.name != NULL ? step->to.name : step->from.name);
    }
}

static void
note_paths (ThawBacks *self)
{
  for (guint i = 0; i < self->backs->len; i++)
    {
      const ThawBack *back = &g_array_index (self->backs, ThawBack, i);

      if (back->type == THAW_BACK_RENAME)
        g_hash_table_add (self->opened, dup_path (&back->step->from));
      if (back->type != THAW_BACK_RESTORE)
        g_hash_table_insert (self->leaving, dup_path (&back->step->to), (gpointer) back->step);
    }
}

ThawBacks *
thaw_backs_new (ThawJournal *journal, GPtrArray *steps, gboolean is_partial, GError **error)
{
  ThawBacks *self = g_new0 (ThawBacks, 1);
  gboolean is_possible = TRUE;
  Index index;

  self->journal = thaw_journal_ref (journal);
  self->steps = steps;
  self->backs = g_array_new (FALSE, FALSE, sizeof (ThawBack));
  self->opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->leaving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->is_partial = is_partial;
  index_steps (&index, steps);
  for (guint i = steps->len; is_possible && i > 0; i--)
    is_possible = add_step (self, &index, g_ptr_array_index (steps, i - 1), error);
  index_clear (&index);
  note_paths (self);
  if (is_possible)
    return self;
  thaw_backs_free (self);
  return NULL;
}

void
thaw_backs_free (ThawBacks *self)
{
  thaw_journal_unref (self->journal);
  g_ptr_array_unref (self->steps);
  g_array_unref (self->backs);
  g_hash_table_unref (self->opened);
  g_hash_table_unref (self->leaving);
  g_free (self);
}

/* --- whether it can be done --- */

ThawPlace *
thaw_backs_open (const ThawStepEnd *end, GError **error)
{
  g_autoptr (ThawPlace) place = thaw_place_open (end->folder, error);

  if (place == NULL || end->ino == 0 || thaw_place_get_ino (place) == end->ino)
    return g_steal_pointer (&place);
  refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” is another folder now", end->folder);
  return NULL;
}

typedef enum { FOUND_BROKEN, FOUND_NOTHING, FOUND } Found;

static Found
find (const ThawStepEnd *end, ThawIdentity *found, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ThawPlace) place = thaw_backs_open (end, &local);

  if (place != NULL && thaw_place_look (place, end->name, found, &local))
    return FOUND;
  if (place != NULL && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return FOUND_NOTHING;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    refuse (error, G_IO_ERROR_NOT_FOUND, "“%s” is gone", end->folder);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FOUND_BROKEN;
}

/* Device numbers change from boot to boot. */
static gboolean
is_same (const ThawIdentity *found, const ThawIdentity *wanted)
{
  ThawIdentity here = *wanted;

  here.dev = found->dev;
  return thaw_identity_is_same (found, &here);
}

static gboolean
is_unchanged (const ThawIdentity *found, const ThawIdentity *wanted)
{
  ThawIdentity here = *wanted;

  here.dev = found->dev;
  return thaw_identity_is_unchanged (found, &here);
}

/* Whether its folder is one that will be brought back before, or is in one. */
static gboolean
will_be_opened (ThawBacks *self, const ThawStepEnd *end)
{
  g_autofree char *path = g_strdup (end->folder);
  char *slash;

  while (!g_hash_table_contains (self->opened, path))
    {
      slash = strrchr (path, '/');
      if (slash == NULL || slash == path)
        return FALSE;
      *slash = '\0';
    }
  return TRUE;
}

static gboolean
will_leave (ThawBacks *self, const ThawStepEnd *end, const ThawIdentity *found)
{
  g_autofree char *path = dup_path (end);
  const ThawStep *step = g_hash_table_lookup (self->leaving, path);

  return step != NULL && is_same (found, &step->object);
}

/* Where it is to go. */
static Found
find_origin (ThawBacks *self, const ThawStepEnd *end, ThawIdentity *found, GError **error)
{
  g_autoptr (GError) local = NULL;
  Found result = find (end, found, &local);

  if (result == FOUND && will_leave (self, end, found))
    return FOUND_NOTHING;
  if (result != FOUND_BROKEN)
    return result;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && will_be_opened (self, end))
    return FOUND_NOTHING;
  g_propagate_error (error, g_steal_pointer (&local));
  return FOUND_BROKEN;
}

static ThawBackState
refuse_again (const ThawStepEnd *end, GError **error)
{
  refuse (error, G_IO_ERROR_EXISTS, "“%s” is there again", end->name);
  return THAW_BACK_REFUSED;
}

static ThawBackState
refuse_gone (const ThawStepEnd *end, GError **error)
{
  refuse (error, G_IO_ERROR_NOT_FOUND, "“%s” is gone", end->name);
  return THAW_BACK_REFUSED;
}

static ThawBackState
look_at_both (ThawBacks *self,
              const ThawStep *step,
              const ThawIdentity *here,
              const ThawIdentity *origin,
              GError **error)
{
  if (!self->is_partial)
    return refuse_again (&step->from, error);
  if (S_ISDIR (here->mode) && S_ISDIR (origin->mode))
    return THAW_BACK_MERGES;
  if (S_ISREG (here->mode) && S_ISREG (origin->mode) && here->size == origin->size
      && here->mtime_nsec == origin->mtime_nsec)
    return THAW_BACK_LEFT_OVER;
  return refuse_again (&step->from, error);
}

static ThawBackState
look_at_move (ThawBacks *self, const ThawBack *back, GError **error)
{
  const ThawStep *step = back->step;
  ThawIdentity here = { 0 }, origin = { 0 };
  g_autoptr (GError) local = NULL;
  Found is_here = find (&step->to, &here, &local);
  Found is_there;

  /* Of an attempt that got as far as that its folder, emptied, has gone too. */
  if (is_here == FOUND_BROKEN && self->is_partial
      && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    is_here = FOUND_NOTHING;
  if (is_here == FOUND_BROKEN)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return THAW_BACK_REFUSED;
    }
  is_there = find_origin (self, &step->from, &origin, error);
  if (is_there == FOUND_BROKEN)
    return THAW_BACK_REFUSED;
  if (is_here == FOUND && back->old != NULL && is_same (&here, back->old))
    is_here = FOUND_NOTHING; /* what it replaced is back already */
  if (is_here == FOUND_NOTHING)
    return is_there == FOUND ? THAW_BACK_DONE : refuse_gone (&step->to, error);
  if (!is_unchanged (&here, &step->object))
    {
      refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", step->to.name);
      return THAW_BACK_REFUSED;
    }
  return is_there == FOUND ? look_at_both (self, step, &here, &origin, error) : THAW_BACK_DUE;
}

/* What is at @here goes to @there, where nothing is. */
static ThawBackState
look_at_rename (ThawBacks *self,
                const ThawStepEnd *here,
                const ThawStepEnd *there,
                const ThawIdentity *object,
                GError **error)
{
  ThawIdentity found = { 0 };
  Found is_there = find_origin (self, there, &found, error);

  if (is_there == FOUND_BROKEN)
    return THAW_BACK_REFUSED;
  if (is_there == FOUND && is_same (&found, object))
    return THAW_BACK_DONE;
  if (is_there == FOUND)
    return refuse_again (there, error);
  switch (find (here, &found, error))
    {
    case FOUND_BROKEN:
      return THAW_BACK_REFUSED;
    case FOUND:
      if (is_unchanged (&found, object))
        return THAW_BACK_DUE;
      refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", here->name);
      return THAW_BACK_REFUSED;
    case FOUND_NOTHING:
    default:
      return refuse_gone (there, error);
    }
}

static ThawBackState
look_at_kept (const ThawStep *step, GError **error)
{
  ThawIdentity found = { 0 };
  g_autoptr (GError) local = NULL;

  if (find (&step->to, &found, &local) == FOUND && is_same (&found, &step->old))
    return THAW_BACK_DONE;
  g_clear_error (&local);
  if (find (&step->kept, &found, &local) == FOUND && is_same (&found, &step->old))
    return THAW_BACK_DUE;
  refuse (error, G_IO_ERROR_NOT_FOUND, "What “%s” replaced isn't kept any longer", step->to.name);
  return THAW_BACK_REFUSED;
}

static ThawBackState
look_at_placed (const ThawStep *step, GError **error)
{
  ThawIdentity found = { 0 };

  switch (find (&step->to, &found, error))
    {
    case FOUND_BROKEN:
      return THAW_BACK_REFUSED;
    case FOUND:
      if (is_unchanged (&found, &step->object))
        return THAW_BACK_DUE;
      if (step->type == THAW_STEP_REPLACE && is_same (&found, &step->old))
        return THAW_BACK_DONE;
      refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", step->to.name);
      return THAW_BACK_REFUSED;
    case FOUND_NOTHING:
    default:
      return THAW_BACK_DONE;
    }
}

ThawBackState
thaw_backs_look (ThawBacks *self, const ThawBack *back, GError **error)
{
  switch (back->type)
    {
    case THAW_BACK_MOVE:
      return look_at_move (self, back, error);
    case THAW_BACK_RENAME:
      return look_at_rename (self, &back->step->to, &back->step->from, &back->step->object, error);
    case THAW_BACK_RESTORE:
      return look_at_kept (back->step, error);
    case THAW_BACK_STORE:
    default:
      return look_at_placed (back->step, error);
    }
}

/* --- the request --- */

ThawOperationRequest *
thaw_steps_make_move_back (ThawJournal *journal, gint64 carrier, GError **error)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (journal, carrier, error);
  GPtrArray *steps = record != NULL ? thaw_journal_list_steps (journal, carrier, error) : NULL;
  gboolean is_partial = record != NULL && record->state != THAW_JOURNAL_DONE;
  g_autoptr (ThawBacks) backs
      = steps != NULL ? thaw_backs_new (journal, steps, is_partial, error) : NULL;
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("move-back");

  if (backs == NULL)
    return NULL;
  for (guint i = 0; i < backs->backs->len; i++)
    {
      const ThawBack *back = &g_array_index (backs->backs, ThawBack, i);
      g_autofree char *path = dup_path (&back->step->to);
      g_autoptr (GFile) file = g_file_new_for_path (path);
      g_autoptr (GFile) folder = NULL;

      if (back->type != THAW_BACK_MOVE)
        continue;
      folder = g_file_new_for_path (back->step->from.folder);
      thaw_operation_request_add_source (request, file);
      if (thaw_operation_request_get_target (request) == NULL)
        thaw_operation_request_set_target (request, folder);
    }
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 (carrier));
  thaw_operation_request_set_option (request, "is-partial", g_variant_new_boolean (is_partial));
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_SKIP);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, THAW_RULE_MERGE);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, THAW_RULE_SKIP);
  return g_steal_pointer (&request);
}
