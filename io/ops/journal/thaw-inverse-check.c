/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a turned row can be performed when its turn comes. The world is looked at as it is now,
 * and read as it will be by then: an overlay says where what earlier rows move will be, and which
 * times they set back. An object has to be the very one that the job left, a place has to be free,
 * and a tree that undo would take away has to be as the job left it. Nothing is changed. On one
 * operation's thread. */

#include "thaw-inverse-private.h"

#include <string.h>

gboolean
thaw_inverse_refuse (GError **error, GIOErrorEnum code, const char *format, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, (int) code, format, shown);
  return FALSE;
}

/* Where the thing is now that will be under this end: its folder and its name there. */
static gboolean
find_now (ThawInverseCheck *self,
          ThawStepEnd *end,
          guint64 fsid,
          ThawFolderUse **use,
          char **name,
          GError **error)
{
  g_autofree char *path = g_build_filename (end->folder, end->name, NULL);
  g_autofree char *folder = thaw_overlay_resolve (self->overlay, end->folder);
  g_autofree char *real = thaw_overlay_resolve (self->overlay, path);
  ThawStepEnd now = { 0 };
  gboolean is_elsewhere;

  if (folder == NULL || real == NULL)
    return thaw_inverse_refuse (error, G_IO_ERROR_NOT_FOUND, "“%s” is gone", end->name);
  is_elsewhere = thaw_overlay_has (self->overlay, path);
  now.folder = is_elsewhere ? g_path_get_dirname (real) : g_strdup (folder);
  *name = g_path_get_basename (real);
  if (is_elsewhere)
    {
      g_autoptr (ThawPlace) place = thaw_place_open (now.folder, error);

      now.dev = place != NULL ? thaw_place_get_dev (place) : 0;
      now.ino = place != NULL ? thaw_place_get_ino (place) : 0;
      *use = place != NULL ? thaw_folders_open (self->folders, &now, 0, error) : NULL;
    }
  else
    {
      now.dev = end->dev;
      now.ino = end->ino;
      *use = thaw_folders_open (self->folders, &now, fsid, error);
    }
  g_free (now.folder);
  return *use != NULL;
}

static gboolean
find_mtime (ThawInverseCheck *self, guint64 ino, gint64 *mtime_nsec)
{
  g_autoptr (GBytes) value = thaw_spill_get (self->mtimes, &ino, sizeof ino);

  if (value == NULL || g_bytes_get_size (value) != sizeof *mtime_nsec)
    return FALSE;
  memcpy (mtime_nsec, g_bytes_get_data (value, NULL), sizeof *mtime_nsec);
  return TRUE;
}

static gboolean
is_unchanged (ThawInverseCheck *self, ThawIdentity *found, const ThawIdentity *wanted)
{
  find_mtime (self, found->ino, &found->mtime_nsec);
  return thaw_identity_is_unchanged (found, wanted);
}

static gboolean
check_object (ThawInverseCheck *self,
              ThawStepEnd *end,
              guint64 fsid,
              const ThawIdentity *object,
              ThawFolderUse **use,
              char **name,
              GError **error)
{
  ThawIdentity found, wanted = *object;
  g_autoptr (GError) local = NULL;

  if (!find_now (self, end, fsid, use, name, &local)
      || !thaw_place_look ((*use)->place, *name, &found, &local))
    {
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return thaw_inverse_refuse (error, G_IO_ERROR_NOT_FOUND, "“%s” is gone", end->name);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  wanted.dev = thaw_place_get_dev ((*use)->place);
  if (!thaw_identity_is_same (&found, &wanted))
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_WRONG_ETAG,
                                "“%s” is another file now",
                                end->name);
  if (!is_unchanged (self, &found, &wanted))
    return thaw_inverse_refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", end->name);
  return TRUE;
}

/* Numbers of inodes are used again; the time of birth tells. */
static gboolean
check_birth (ThawRow *row, ThawFolderUse *use, const char *name, GError **error)
{
  gint64 btime_nsec = row->object_btime_nsec != 0 ? thaw_look_btime (use->place, name) : 0;

  if (btime_nsec == 0 || btime_nsec == row->object_btime_nsec)
    return TRUE;
  return thaw_inverse_refuse (error, G_IO_ERROR_WRONG_ETAG, "“%s” is another folder now", name);
}

/* What the journal changed and took back, or what this very job did, or one before it: that was
 * taken back and done again before it can be this one's turn. */
static gboolean
is_ours (guint64 ino, gint64 ctime_nsec, gpointer user_data)
{
  ThawInverseCheck *self = user_data;
  gint64 found = 0;

  if (!thaw_journal_lock (self->journal, NULL))
    return FALSE;
  thaw_journal_read (self->journal,
                     &found,
                     0,
                     NULL,
                     "SELECT 1 FROM touched t JOIN jobs j ON j.id=t.job"
                     " JOIN jobs r ON r.id=CASE j.inverse_of WHEN 0 THEN j.id ELSE j.inverse_of END"
                     " WHERE t.ino=? AND t.ctime=? AND (r.is_undone=1 OR r.stamp<=(SELECT stamp "
                     "FROM jobs WHERE id=?))",
                     "iii",
                     (gint64) ino,
                     ctime_nsec,
                     self->root);
  thaw_journal_unlock (self->journal);
  return found != 0;
}

static gboolean
read_clock (ThawInverseCheck *self, guint64 dev, gint64 *clock_nsec, GError **error)
{
  gboolean success;

  if (!thaw_journal_lock (self->journal, error))
    return FALSE;
  success = thaw_journal_read (self->journal,
                               clock_nsec,
                               0,
                               error,
                               "SELECT ctime FROM clocks WHERE job=? AND dev=?",
                               "ii",
                               self->carrier,
                               (gint64) dev);
  thaw_journal_unlock (self->journal);
  return success;
}

/* What undo would take away from where the user can see it must be what the job left there. */
static gboolean
check_displaced (ThawInverseCheck *self,
                 ThawRow *row,
                 ThawFolderUse *use,
                 const char *name,
                 const ThawIdentity *object,
                 GError **error)
{
  ThawTreeBounds bounds = { .clock_nsec = row->top_bound_nsec,
                            .inside_nsec = row->bound_nsec,
                            .leaves = self->moved,
                            .is_ours = is_ours,
                            .user_data = self };

  row->bytes = object->size;
  g_set_str (&row->near, use->path);
  if (!S_ISDIR (object->mode))
    return TRUE;
  /* What wasn't placed as a whole has only the time at which the job was over with the device. */
  if ((bounds.clock_nsec == 0 || bounds.inside_nsec == 0)
      && !read_clock (self, row->noted_dev, &bounds.clock_nsec, error))
    return FALSE;
  return thaw_tree_is_unchanged (use->place, name, &bounds, &row->bytes, error);
}

static gboolean
check_free (ThawInverseCheck *self, ThawStepEnd *end, guint64 fsid, GError **error)
{
  g_autofree char *path = g_build_filename (end->folder, end->name, NULL);
  g_autofree char *real = thaw_overlay_resolve (self->overlay, path);
  g_autofree char *name = NULL;
  ThawFolderUse *use;
  ThawIdentity found;

  if (thaw_overlay_has (self->overlay, path))
    return thaw_inverse_refuse (error, G_IO_ERROR_EXISTS, "There is another “%s” now", end->name);
  if (real == NULL)
    {
      g_autofree char *folder = thaw_overlay_resolve (self->overlay, end->folder);

      return folder != NULL
             || thaw_inverse_refuse (error,
                                     G_IO_ERROR_NOT_FOUND,
                                     "The folder of “%s” is gone",
                                     end->name);
    }
  if (!find_now (self, end, fsid, &use, &name, error))
    {
      if (g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        {
          g_clear_error (error);
          return thaw_inverse_refuse (error,
                                      G_IO_ERROR_NOT_FOUND,
                                      "The folder “%s” is gone",
                                      end->folder);
        }
      return FALSE;
    }
  if (!thaw_place_look (use->place, name, &found, NULL)
      || thaw_spill_has (self->moved, &found.ino, sizeof found.ino))
    return TRUE;
  return thaw_inverse_refuse (error, G_IO_ERROR_EXISTS, "There is another “%s” now", end->name);
}

static void
note_move (ThawInverseCheck *self, ThawStepEnd *from, ThawStepEnd *to, const ThawIdentity *object)
{
  g_autofree char *source = g_build_filename (from->folder, from->name, NULL);
  g_autofree char *target = to != NULL ? g_build_filename (to->folder, to->name, NULL) : NULL;

  thaw_overlay_move (self->overlay, source, target, S_ISDIR (object->mode));
  thaw_spill_set (self->moved, &object->ino, sizeof object->ino, NULL, 0);
}

static gboolean
check_rename (ThawInverseCheck *self, ThawRow *row, GError **error)
{
  ThawStep *step = row->step;
  g_autofree char *name = NULL;
  ThawFolderUse *use;

  if (!check_object (self, &step->from, row->from_fsid, &step->object, &use, &name, error)
      || !check_birth (row, use, name, error))
    return FALSE;
  if (row->to_store ? !check_displaced (self, row, use, name, &step->object, error)
                    : !check_free (self, &step->to, row->to_fsid, error))
    return FALSE;
  note_move (self, &step->from, row->to_store ? NULL : &step->to, &step->object);
  return TRUE;
}

static gboolean
check_replace (ThawInverseCheck *self, ThawRow *row, GError **error)
{
  ThawStep *step = row->step;
  g_autofree char *name = NULL, *old_name = NULL;
  ThawFolderUse *use, *old_use;

  if (!check_object (self, &step->from, row->from_fsid, &step->object, &use, &name, error)
      || !check_object (self, &step->to, row->to_fsid, &step->old, &old_use, &old_name, error)
      || !(row->to_store ? check_displaced (self, row, old_use, old_name, &step->old, error)
                         : check_free (self, &step->kept, row->kept_fsid, error)))
    return FALSE;
  note_move (self, &step->to, row->to_store ? NULL : &step->kept, &step->old);
  note_move (self, &step->from, &step->to, &step->object);
  return TRUE;
}

/* Of several changes of one object the last says how it is; the others follow from it. */
static gboolean
check_attributes (ThawInverseCheck *self, ThawRow *row, GError **error)
{
  ThawStep *step = row->step;
  g_autoptr (ThawRow) made = thaw_row_turn (row);
  g_autofree char *name = NULL;
  gint64 mtime_nsec;
  gboolean has = TRUE, is_known;
  ThawIdentity found;

  if (!find_now (self, &step->to, row->to_fsid, &made->to, &name, error)
      || !thaw_place_look (made->to->place, name, &found, error))
    return FALSE;
  g_set_str (&made->step->to.name, name);
  made->step->object.dev = thaw_place_get_dev (made->to->place);
  is_known = find_mtime (self, found.ino, &mtime_nsec);
  if (!is_known && !thaw_row_has_attributes (made, &has, error))
    return FALSE;
  if (!has)
    return thaw_inverse_refuse (error,
                                G_IO_ERROR_WRONG_ETAG,
                                "The attributes of “%s” were changed since",
                                step->to.name);
  if (!g_variant_lookup (step->attributes, "mtime-nsec", "x", &mtime_nsec))
    {
      if (is_known)
        return TRUE;
      mtime_nsec = found.mtime_nsec;
    }
  thaw_spill_set (self->mtimes, &found.ino, sizeof found.ino, &mtime_nsec, sizeof mtime_nsec);
  return TRUE;
}

gboolean
thaw_inverse_check_row (ThawInverseCheck *self, ThawRow *row, GError **error)
{
  switch (row->step->type)
    {
    case THAW_STEP_RENAME:
      return check_rename (self, row, error);
    case THAW_STEP_REPLACE:
      return check_replace (self, row, error);
    case THAW_STEP_ATTRIBUTES:
    case THAW_STEP_MOVED:
    case THAW_STEP_GONE:
    default:
      return check_attributes (self, row, error);
    }
}

void
thaw_inverse_check_init (ThawInverseCheck *self, ThawJournal *journal)
{
  self->journal = journal;
  self->overlay = thaw_overlay_new ();
  self->folders = thaw_folders_new ();
  self->moved = thaw_spill_new (4 * thaw_journal_get_part_size ());
  self->mtimes = thaw_spill_new (4 * thaw_journal_get_part_size ());
}

void
thaw_inverse_check_clear (ThawInverseCheck *self)
{
  thaw_spill_free (self->moved);
  thaw_spill_free (self->mtimes);
  thaw_folders_free (self->folders);
  thaw_overlay_free (self->overlay);
}

void
thaw_inverse_check_close_folders (ThawInverseCheck *self)
{
  thaw_folders_free (self->folders);
  self->folders = thaw_folders_new ();
}
