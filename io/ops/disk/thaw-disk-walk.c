/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree looked at, entry by entry: for counting it and for packing it. Opens folders only, by
 * descriptors and at any depth, follows nothing, and enters no mount below the item. The
 * operation's thread; changes nothing. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_OPEN 60

typedef struct {
  ThawWalk walk;
  ThawDescent way;
  const char *token; /* nullable */
  ThawVisitFunc func;
  gpointer user_data;
  guint n_left_out;
} Visiting;

/* What is mounted there is the empty folder that a copy has there. */
static gboolean
enter_folder (Visiting *self, int folder_fd, const char *name, GError **error)
{
  g_autofd int fd
      = thaw_disk_open_folder (folder_fd, name, thaw_descent_get_depth (&self->way) > 0);
  struct stat st;
  ThawLevel *level;

  if (fd < 0 && errno == EXDEV)
    return TRUE;
  if (fd < 0 || fstat (fd, &st) != 0)
    return thaw_disk_fail (error, errno, "open", name);
  level = thaw_descent_push (&self->way, name, g_steal_fd (&fd), &st);
  level->names = thaw_names_new ();
  level->path_length = self->walk.path->len;
  return TRUE;
}

static gboolean
visit (Visiting *self, int folder_fd, const char *name, GError **error)
{
  ThawVisit entry = { .folder = folder_fd,
                      .name = name,
                      .path = self->walk.path->str,
                      .depth = thaw_descent_get_depth (&self->way) };

  if (fstatat (folder_fd, name, &entry.st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "look at", name);
  if (!self->func (&entry, self->user_data, error))
    {
      self->walk.is_over = TRUE;
      return FALSE;
    }
  return !S_ISDIR (entry.st.st_mode) || enter_folder (self, folder_fd, name, error);
}

/* The next entry of the deepest folder, or out of that. */
static gboolean
step (Visiting *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  ThawLevel *level = thaw_descent_get_top (&self->way);
  int fd = thaw_descent_get_fd (&self->way, &failure);
  ThawName name;

  g_string_truncate (self->walk.path, level->path_length);
  if (fd >= 0 && thaw_names_next (level->names, fd, &name, &failure))
    {
      if (self->token != NULL && thaw_token_owns_name (self->token, name.name))
        return TRUE;
      thaw_walk_enter (&self->walk, level->path_length, name.name);
      visit (self, fd, name.name, &failure);
    }
  else
    thaw_descent_pop (&self->way);
  if (failure == NULL)
    return TRUE;
  self->n_left_out++;
  return thaw_walk_judge (&self->walk, g_steal_pointer (&failure), error) != THAW_WALK_END;
}

/**
 * thaw_disk_walk: (skip)
 * @place: where the item is
 * @name: a file, link or folder in it
 * @token: (nullable): an operation whose hidden names are left out
 * @funcs: (nullable): who is asked and told
 * @func: (scope call): sees each entry, a folder before what is in it; %FALSE with an error ends
 * the walk
 * @user_data: for @func
 * @n_left_out: (out) (optional): so many entries became problems
 * @error: return location
 *
 * Looks at a file or a whole tree. Opens nothing but folders, and none on which something is
 * mounted. Entries that can't be looked at are told to `problem()`; a folder that can't be opened
 * is seen, and is a problem too.
 *
 * - **Thread**: the operation's; blocks.
 * - **Errors**: of the item itself, @func's, and those with which the caller ended it.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_walk (ThawPlace *place,
                const char *name,
                const char *token,
                const ThawWalkFuncs *funcs,
                ThawVisitFunc func,
                gpointer user_data,
                guint *n_left_out,
                GError **error)
{
  Visiting self = { .token = token, .func = func, .user_data = user_data };
  gboolean is_ok;

  thaw_walk_init (&self.walk, name, funcs);
  thaw_descent_init (&self.way, thaw_place_get_fd (place), MAX_OPEN);
  is_ok = thaw_walk_check (&self.walk, error)
          && visit (&self, thaw_place_get_fd (place), name, error);
  while (is_ok && thaw_descent_get_depth (&self.way) > 0)
    is_ok = thaw_walk_check (&self.walk, error) && step (&self, error);
  thaw_descent_clear (&self.way);
  thaw_walk_clear (&self.walk);
  if (n_left_out != NULL)
    *n_left_out = self.n_left_out;
  return is_ok;
}
