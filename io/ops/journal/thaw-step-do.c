/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Doing a row, by looking where its object is: at its start, at its end, or, after a crash, half
 * way. The same function does it for the first time and settles it later, and taking back is doing
 * the row that it is turned into. Renames never go over anything. On one operation's thread. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

gint64
thaw_look_btime (ThawPlace *place, const char *name)
{
  struct statx found;

  if (statx (thaw_place_get_fd (place),
             name,
             AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
             STATX_BTIME,
             &found)
          != 0
      || (found.stx_mask & STATX_BTIME) == 0)
    return 0;
  return found.stx_btime.tv_sec * G_GINT64_CONSTANT (1000000000) + found.stx_btime.tv_nsec;
}

gint64
thaw_look_ctime (ThawPlace *place, const char *name)
{
  ThawIdentity found;

  return thaw_place_look (place, name, &found, NULL) ? found.ctime_nsec : 0;
}

/* Nothing has that name, or could have. */
static gboolean
cannot_be_there (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

gboolean
thaw_look_for (ThawFolderUse *use,
               const char *name,
               const ThawIdentity *object,
               gboolean *is_there,
               gboolean *is_taken,
               GError **error)
{
  ThawIdentity found, wanted = *object;
  g_autoptr (GError) local = NULL;

  *is_there = *is_taken = FALSE;
  wanted.dev = thaw_place_get_dev (use->place);
  if (thaw_place_look (use->place, name, &found, &local))
    {
      *is_taken = TRUE;
      *is_there = thaw_identity_is_same (&found, &wanted);
      return TRUE;
    }
  if (cannot_be_there (local))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
open_end (ThawFolders *folders,
          ThawStepEnd *end,
          guint64 *fsid,
          ThawFolderUse **use,
          GError **error)
{
  if (end->folder == NULL)
    return TRUE;
  *use = thaw_folders_open (folders, end, *fsid, error);
  if (*use == NULL)
    return FALSE;
  *fsid = (*use)->fsid;
  return TRUE;
}

gboolean
thaw_row_open (ThawRow *self, ThawFolders *folders, GError **error)
{
  ThawStep *step = self->step;
  ThawStepType type = step->type;

  if (thaw_row_is_note (self))
    return TRUE;
  if (type != THAW_STEP_ATTRIBUTES
      && !open_end (folders, &step->from, &self->from_fsid, &self->from, error))
    return FALSE;
  if (!open_end (folders, &step->to, &self->to_fsid, &self->to, error))
    return FALSE;
  if (type == THAW_STEP_REPLACE
      && !open_end (folders, &step->kept, &self->kept_fsid, &self->kept, error))
    return FALSE;
  /* What is renamed is on the device of its folders. */
  step->object.dev = thaw_place_get_dev (self->to->place);
  if (type == THAW_STEP_REPLACE)
    step->old.dev = step->object.dev;
  return TRUE;
}

static gboolean
fail_changed (const ThawStepEnd *end, const char *what, GError **error)
{
  g_autofree char *name = g_filename_display_name (end->name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, what, name);
  return FALSE;
}

static gboolean
check_is_same (ThawFolderUse *use,
               const ThawStepEnd *end,
               const ThawIdentity *object,
               GError **error)
{
  ThawIdentity found;

  if (!thaw_place_look (use->place, end->name, &found, error))
    return FALSE;
  return thaw_identity_is_same (&found, object)
         || fail_changed (end, "“%s” is another file now", error);
}

static gboolean
check_object (ThawFolderUse *use,
              const ThawStepEnd *end,
              const ThawIdentity *object,
              GError **error)
{
  ThawIdentity found;

  if (!thaw_place_look (use->place, end->name, &found, error))
    return FALSE;
  if (!thaw_identity_is_same (&found, object))
    return fail_changed (end, "“%s” is another file now", error);
  if (!thaw_identity_is_unchanged (&found, object))
    return fail_changed (end, "“%s” was changed in the meantime", error);
  return TRUE;
}

gboolean
thaw_row_prepare (ThawRow *self, ThawFolders *folders, GError **error)
{
  ThawStep *step = self->step;
  const ThawStepEnd *start = step->type == THAW_STEP_ATTRIBUTES ? &step->to : &step->from;
  ThawFolderUse *use = step->type == THAW_STEP_ATTRIBUTES ? self->to : self->from;

  if (thaw_row_is_note (self))
    return TRUE;
  /* A hidden name is nobody else's. */
  if (!thaw_step_is_hidden_name (start->name) && !check_object (use, start, &step->object, error))
    return FALSE;
  if (S_ISDIR (step->object.mode))
    self->object_btime_nsec = thaw_look_btime (use->place, start->name);
  if (step->type == THAW_STEP_ATTRIBUTES)
    return thaw_row_read_attributes (self, error);
  if (step->type == THAW_STEP_REPLACE)
    return check_object (self->to, &step->to, &step->old, error);
  if (step->info != NULL && !self->enters && self->info_bytes == NULL)
    self->info_bytes = thaw_info_read (self, folders);
  return TRUE;
}

/* Renaming that was done as link and unlink, and stopped between: two names of one file. A name
 * that a folding file system finds under another spelling is no second name. */
static gboolean
has_two_names (ThawFolderUse *use, const char *name)
{
  struct stat st;

  return fstatat (thaw_place_get_fd (use->place), name, &st, AT_SYMLINK_NOFOLLOW) == 0
         && !S_ISDIR (st.st_mode) && st.st_nlink > 1;
}

static gboolean
unlink_second (ThawFolderUse *use, const char *name, GError **error)
{
  use->is_dirty = TRUE;
  if (unlinkat (thaw_place_get_fd (use->place), name, 0) == 0)
    return TRUE;
  thaw_set_errno_error (error, errno, name);
  return FALSE;
}

static gboolean
look_rename (ThawRow *self, ThawRowState *state, GError **error)
{
  ThawStep *step = self->step;
  gboolean at_from, at_to, is_taken;

  if (!thaw_look_for (self->to, step->to.name, &step->object, &at_to, &is_taken, error)
      || !thaw_look_for (self->from, step->from.name, &step->object, &at_from, &is_taken, error))
    return FALSE;
  if (at_from && at_to)
    *state = has_two_names (self->to, step->to.name) ? THAW_ROW_HALF : THAW_ROW_HAPPENED;
  else
    *state = at_to ? THAW_ROW_HAPPENED : at_from ? THAW_ROW_NOT_BEGUN : THAW_ROW_LOST;
  return TRUE;
}

/* What undo will take away with all that is in it, unless somebody has put something there. */
static gboolean
is_placing (ThawRow *self)
{
  return S_ISDIR (self->step->object.mode)
         && (thaw_step_is_hidden_name (self->step->from.name)
             || thaw_step_is_in_store (&self->step->from));
}

static gboolean
rename_whole (ThawRow *self,
              ThawFolders *folders,
              ThawRowHow how,
              const char *token,
              GError **error)
{
  ThawStep *step = self->step;

  if (self->enters && !thaw_info_write (self, folders, how, token, error))
    return FALSE;
  self->from->is_dirty = self->to->is_dirty = TRUE;
  if (is_placing (self))
    self->ready_ctime_nsec = thaw_tree_make_ready (self->from->place, step->from.name);
  if (thaw_place_rename_new (self->from->place,
                             step->from.name,
                             self->to->place,
                             step->to.name,
                             error))
    {
      if (is_placing (self))
        {
          self->placed_ctime_nsec = thaw_look_ctime (self->to->place, step->to.name);
          self->is_altered = TRUE;
        }
      return TRUE;
    }
  if (self->enters && how == THAW_ROW_FRESH)
    thaw_info_withdraw (self, folders);
  else if (self->enters)
    thaw_info_withdraw_unless_taken (self, folders);
  return FALSE;
}

static gboolean
do_rename (ThawRow *self, ThawFolders *folders, ThawRowHow how, const char *token, GError **error)
{
  ThawStep *step = self->step;
  ThawRowState state = THAW_ROW_NOT_BEGUN;

  if (how == THAW_ROW_SETTLE && !look_rename (self, &state, error))
    return FALSE;
  if (state == THAW_ROW_LOST)
    return fail_changed (&step->from, "“%s” is gone", error);
  if (state == THAW_ROW_HALF && !unlink_second (self->from, step->from.name, error))
    return FALSE;
  if (state == THAW_ROW_NOT_BEGUN && !rename_whole (self, folders, how, token, error))
    return FALSE;
  self->from->is_dirty = self->to->is_dirty = TRUE;
  self->has_info = FALSE;
  self->info_goes = step->info != NULL && !self->enters;
  return TRUE;
}

/* Nobody has taken it away since thaw_row_prepare(), as far as one can tell. */
gboolean
thaw_row_check (ThawRow *self, GError **error)
{
  ThawStep *step = self->step;

  return step->type != THAW_STEP_RENAME || thaw_step_is_hidden_name (step->from.name)
         || check_is_same (self->from, &step->from, &step->object, error);
}

gboolean
thaw_row_do (ThawRow *self, ThawFolders *folders, ThawRowHow how, const char *token, GError **error)
{
  switch (self->step->type)
    {
    case THAW_STEP_RENAME:
      return do_rename (self, folders, how, token, error);
    case THAW_STEP_REPLACE:
      return thaw_row_replace (self, how, error);
    case THAW_STEP_ATTRIBUTES:
      return thaw_row_set_attributes (self, error);
    case THAW_STEP_MOVED:
    case THAW_STEP_GONE:
    case THAW_STEP_LOST:
    case THAW_STEP_SERVER:
    default:
      return TRUE;
    }
}

static gboolean
look_attributes (ThawRow *self, ThawRowState *state, GError **error)
{
  gboolean is_there, is_taken, has = FALSE;

  if (!thaw_look_for (self->to,
                      self->step->to.name,
                      &self->step->object,
                      &is_there,
                      &is_taken,
                      error)
      || (is_there && !thaw_row_has_attributes (self, &has, error)))
    return FALSE;
  *state = !is_there ? THAW_ROW_LOST : has ? THAW_ROW_HAPPENED : THAW_ROW_NOT_BEGUN;
  return TRUE;
}

gboolean
thaw_row_look (ThawRow *self, ThawRowState *state, GError **error)
{
  switch (self->step->type)
    {
    case THAW_STEP_RENAME:
      return look_rename (self, state, error);
    case THAW_STEP_REPLACE:
      return thaw_row_look_replace (self, state, error);
    case THAW_STEP_ATTRIBUTES:
      return look_attributes (self, state, error);
    case THAW_STEP_MOVED:
    case THAW_STEP_GONE:
    case THAW_STEP_LOST:
    case THAW_STEP_SERVER:
    default:
      *state = THAW_ROW_HAPPENED;
      return TRUE;
    }
}
