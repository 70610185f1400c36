/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Putting a whole new file in the place of an old one, which is kept: the new one is renamed to
 * where the old one is to be kept, and there the two are exchanged, so that the old one never lies
 * under a hidden name, which is removed when things go wrong, or under that of the new one. Where
 * nothing can be exchanged the old one gets a second name in the kept place first (a link, or where
 * there are none a durable copy), and the new one is renamed over it. At every instant the name has
 * the old file or the new one. On one operation's thread. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Where the two are: at most one each, unless links were made on the way. */
typedef struct {
  gboolean new_from, new_to, new_kept;
  gboolean old_from, old_to, old_kept;
  gboolean to_taken;
} Where;

static gboolean
look (ThawRow *self, Where *where, GError **error)
{
  ThawStep *step = self->step;
  gboolean is_taken;

  *where = (Where){ FALSE };
  if (!thaw_look_for (self->from,
                      step->from.name,
                      &step->object,
                      &where->new_from,
                      &is_taken,
                      error)
      || !thaw_look_for (self->from,
                         step->from.name,
                         &step->old,
                         &where->old_from,
                         &is_taken,
                         error)
      || !thaw_look_for (self->to, step->to.name, &step->object, &where->new_to, &is_taken, error)
      || !thaw_look_for (self->to,
                         step->to.name,
                         &step->old,
                         &where->old_to,
                         &where->to_taken,
                         error))
    return FALSE;
  return self->kept == NULL
         || (thaw_look_for (self->kept,
                            step->kept.name,
                            &step->object,
                            &where->new_kept,
                            &is_taken,
                            error)
             && thaw_look_for (self->kept,
                               step->kept.name,
                               &step->old,
                               &where->old_kept,
                               &is_taken,
                               error));
}

/* After a crash: the old one is nowhere, so the new one was renamed over it, and what is kept is
 * its copy. */
static void
recognise_copy (ThawRow *self)
{
  ThawIdentity found;

  if (!thaw_place_look (self->kept->place, self->step->kept.name, &found, NULL))
    return;
  self->step->old = found;
  self->is_altered = TRUE;
}

gboolean
thaw_row_look_replace (ThawRow *self, ThawRowState *state, GError **error)
{
  Where where;

  if (!look (self, &where, error))
    return FALSE;
  if (where.new_to && self->kept != NULL && !where.old_from && !where.old_kept)
    recognise_copy (self);
  if (where.new_to)
    *state = where.old_kept || !where.old_from ? THAW_ROW_HAPPENED : THAW_ROW_HALF;
  else if (where.new_from || where.new_kept)
    *state = where.old_kept ? THAW_ROW_HALF : THAW_ROW_NOT_BEGUN;
  else
    *state = THAW_ROW_LOST;
  return TRUE;
}

static void
dirty_all (ThawRow *self)
{
  self->from->is_dirty = self->to->is_dirty = TRUE;
  if (self->kept != NULL)
    self->kept->is_dirty = TRUE;
}

/* The old one as a copy of its own: it isn't the same object any more, which the row has to know
 * from here on. */
static gboolean
copy_old (ThawRow *self, GError **error)
{
  const ThawWalkFuncs funcs = { NULL };

  self->is_altered = TRUE;
  /* What an interrupted attempt left under the reserved name: the old one itself is still in its
   * place. */
  if (unlinkat (thaw_place_get_fd (self->kept->place), self->step->kept.name, 0) != 0
      && errno != ENOENT)
    {
      thaw_set_errno_error (error, errno, self->step->kept.name);
      return FALSE;
    }
  return thaw_disk_copy (self->to->place,
                         self->step->to.name,
                         self->kept->place,
                         self->step->kept.name,
                         THAW_COPY_DEFAULT,
                         &funcs,
                         &self->step->old,
                         error);
}

/* The kept place is made durable before the old one's name goes. */
static gboolean
keep_old_beside (ThawRow *self, GError **error)
{
  int result = linkat (thaw_place_get_fd (self->to->place),
                       self->step->to.name,
                       thaw_place_get_fd (self->kept->place),
                       self->step->kept.name,
                       0);

  if (result != 0 && errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK
      && errno != EEXIST)
    {
      thaw_set_errno_error (error, errno, self->step->to.name);
      return FALSE;
    }
  /* What is there already is an interrupted copy of ours: the name is reserved. */
  return (result == 0 || copy_old (self, error)) && thaw_place_sync (self->kept->place, error);
}

static gboolean
replace_without_exchange (ThawRow *self,
                          ThawFolderUse *source,
                          const char *name,
                          gboolean is_kept,
                          GError **error)
{
  if (self->kept != NULL && !is_kept && !keep_old_beside (self, error))
    return FALSE;
  return thaw_place_rename_over (source->place, name, self->to->place, self->step->to.name, error);
}

/* Between the look and the exchange somebody may have put another file there: it goes back. */
static gboolean
check_exchanged (ThawRow *self, ThawFolderUse *source, const char *name, GError **error)
{
  gboolean is_old, is_taken;

  if (!thaw_look_for (source, name, &self->step->old, &is_old, &is_taken, error))
    return FALSE;
  if (is_old)
    return TRUE;
  if (!thaw_place_exchange (source->place, name, self->to->place, self->step->to.name, error))
    return FALSE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_WRONG_ETAG,
               "“%s” is another file now",
               self->step->to.name);
  return FALSE;
}

static gboolean
exchange (ThawRow *self, ThawFolderUse *source, const char *name, GError **error)
{
  return thaw_place_exchange (source->place, name, self->to->place, self->step->to.name, error)
         && check_exchanged (self, source, name, error);
}

/* Where things are kept for undo, by the names of such folders. */
static gboolean
is_store (const ThawStepEnd *end)
{
  const char *slash = strrchr (end->folder, '/');

  return g_str_has_suffix (end->folder, "/thaw/kept")
         || (slash != NULL && g_str_has_prefix (slash, "/.thaw-kept-"));
}

/* By way of the kept place. If that fails all is as before. */
static gboolean
exchange_where_kept (ThawRow *self, GError **error)
{
  ThawStep *step = self->step;

  if (!thaw_place_rename_new (self->from->place,
                              step->from.name,
                              self->kept->place,
                              step->kept.name,
                              error))
    return FALSE;
  if (exchange (self, self->kept, step->kept.name, error))
    return TRUE;
  thaw_place_rename_new (self->kept->place,
                         step->kept.name,
                         self->from->place,
                         step->from.name,
                         NULL);
  return FALSE;
}

/* The new one is under @name in @source: @from, or when a half-done replacing is taken back, @kept.
 */
static gboolean
put_in_place (ThawRow *self, ThawFolderUse *source, const char *name, Where *where, GError **error)
{
  g_autoptr (GError) local = NULL;
  /* Not when it comes back from where it was kept: then it's the other one that has no place yet.
   */
  gboolean is_by_way = source == self->from && !is_store (&self->step->from);

  dirty_all (self);
  if (self->kept == NULL || where->old_kept)
    return replace_without_exchange (self, source, name, where->old_kept, error);
  if (is_by_way ? exchange_where_kept (self, &local) : exchange (self, source, name, &local))
    return TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return replace_without_exchange (self, source, name, FALSE, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
fail_where (ThawRow *self, const Where *where, GError **error)
{
  g_autofree char *name = g_filename_display_name (self->step->to.name);

  if (!where->new_from && !where->new_kept)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "What was to replace “%s” is gone", name);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, "“%s” is another file now", name);
  return FALSE;
}

static gboolean
drop_second (ThawFolderUse *use, const char *name, GError **error)
{
  struct stat st;

  if (fstatat (thaw_place_get_fd (use->place), name, &st, AT_SYMLINK_NOFOLLOW) != 0
      || st.st_nlink < 2)
    return TRUE;
  use->is_dirty = TRUE;
  if (unlinkat (thaw_place_get_fd (use->place), name, 0) == 0)
    return TRUE;
  thaw_set_errno_error (error, errno, name);
  return FALSE;
}

/* The new one is in its place: the old one goes where it is kept, and what links left behind goes.
 */
static gboolean
tidy (ThawRow *self, const Where *where, GError **error)
{
  ThawStep *step = self->step;

  if (where->new_from && !drop_second (self->from, step->from.name, error))
    return FALSE;
  if (self->kept == NULL || where->old_kept)
    return TRUE;
  dirty_all (self);
  if (!where->old_from)
    {
      recognise_copy (self);
      return TRUE;
    }
  return thaw_place_rename_new (self->from->place,
                                step->from.name,
                                self->kept->place,
                                step->kept.name,
                                error);
}

/* What is reserved is free, the first time. */
static gboolean
check_kept_is_free (ThawRow *self, GError **error)
{
  gboolean is_there, is_taken = FALSE;

  if (self->kept != NULL
      && !thaw_look_for (self->kept,
                         self->step->kept.name,
                         &self->step->old,
                         &is_there,
                         &is_taken,
                         error))
    return FALSE;
  if (!is_taken)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_EXISTS,
               "“%s” is taken in the kept store",
               self->step->kept.name);
  return FALSE;
}

gboolean
thaw_row_replace (ThawRow *self, ThawRowHow how, GError **error)
{
  Where where;

  if (!look (self, &where, error))
    return FALSE;
  if (how == THAW_ROW_FRESH && !check_kept_is_free (self, error))
    return FALSE;
  if (!where.new_to)
    {
      gboolean is_kept = !where.new_from && where.new_kept;
      ThawFolderUse *source = is_kept ? self->kept : self->from;

      if (!where.old_to || (!where.new_from && !where.new_kept))
        return fail_where (self, &where, error);
      if (!put_in_place (self,
                         source,
                         is_kept ? self->step->kept.name : self->step->from.name,
                         &where,
                         error)
          || !look (self, &where, error))
        return FALSE;
    }
  else if (how == THAW_ROW_FRESH)
    return fail_where (self, &where, error);
  return tidy (self, &where, error);
}
