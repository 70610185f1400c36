/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts a tree before anything is done with it: for the plan and for honest progress. Opens
 * folders only, and no mount below the item. The operation's thread; changes nothing. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_OPEN 60

typedef struct {
  ThawWalk walk;
  ThawDescent way;
  ThawMeasure *result;
} Measuring;

static void
count (Measuring *self, const struct stat *st)
{
  ThawMeasure *result = self->result;

  if (S_ISDIR (st->st_mode))
    {
      result->n_folders++;
      return;
    }
  if (!S_ISREG (st->st_mode))
    {
      result->n_others++;
      return;
    }
  result->n_files++;
  result->bytes += st->st_size;
  result->allocated += (gint64) st->st_blocks * 512;
  result->largest = MAX (result->largest, st->st_size);
}

/* What is mounted there is counted as the empty folder that a copy has there. */
static gboolean
enter_folder (Measuring *self, int folder_fd, const char *name, GError **error)
{
  guint depth = thaw_descent_get_depth (&self->way);
  g_autofd int fd = thaw_disk_open_folder (folder_fd, name, depth > 0);
  struct stat st;
  ThawLevel *level;

  if (fd < 0 && errno == EXDEV)
    return TRUE;
  if (fd < 0 || fstat (fd, &st) != 0)
    return thaw_disk_fail (error, errno, "open", name);
  level = thaw_descent_push (&self->way, name, g_steal_fd (&fd), &st);
  level->names = thaw_names_new ();
  level->path_length = self->walk.path->len;
  self->result->depth = MAX (self->result->depth, depth + 1);
  return TRUE;
}

static gboolean
measure_entry (Measuring *self, int folder_fd, const char *name, GError **error)
{
  struct stat st;

  if (fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "look at", name);
  count (self, &st);
  return !S_ISDIR (st.st_mode) || enter_folder (self, folder_fd, name, error);
}

/* Measures the next entry of the deepest folder, or leaves that. */
static gboolean
step (Measuring *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  ThawLevel *level = thaw_descent_get_top (&self->way);
  int fd = thaw_descent_get_fd (&self->way, &failure);
  ThawName name;

  g_string_truncate (self->walk.path, level->path_length);
  if (fd >= 0 && thaw_names_next (level->names, fd, &name, &failure))
    {
      thaw_walk_enter (&self->walk, level->path_length, name.name);
      measure_entry (self, fd, name.name, &failure);
    }
  else
    {
      thaw_descent_pop (&self->way);
    }
  return failure == NULL
         || thaw_walk_judge (&self->walk, g_steal_pointer (&failure), error) != THAW_WALK_END;
}

/**
 * thaw_disk_measure: (skip)
 * @place: where the item is
 * @name: a file, link or folder in it
 * @funcs: (nullable): who is asked and told
 * @measure: (out caller-allocates): what there is
 * @error: return location
 *
 * Counts a file or a tree: each name, whether hard links share their bytes or not. Opens nothing
 * but folders, and none on which something is mounted. Entries that can't be looked at are told to
 * `problem()` and aren't counted.
 *
 * - **Thread**: the operation's; blocks.
 * - **Errors**: of the item itself, and those with which the caller ended it.
 * - **Units**: bytes are apparent sizes of regular files, `allocated` what the disk has for them.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_measure (ThawPlace *place,
                   const char *name,
                   const ThawWalkFuncs *funcs,
                   ThawMeasure *measure,
                   GError **error)
{
  Measuring self = { .result = measure };
  gboolean is_ok;

  *measure = (ThawMeasure){ 0 };
  thaw_walk_init (&self.walk, name, funcs);
  thaw_descent_init (&self.way, thaw_place_get_fd (place), MAX_OPEN);
  is_ok = thaw_walk_check (&self.walk, error)
          && measure_entry (&self, thaw_place_get_fd (place), name, error);
  while (is_ok && thaw_descent_get_depth (&self.way) > 0)
    is_ok = thaw_walk_check (&self.walk, error) && step (&self, error);
  thaw_descent_clear (&self.way);
  thaw_walk_clear (&self.walk);
  return is_ok;
}
