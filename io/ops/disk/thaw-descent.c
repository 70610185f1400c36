/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A way down into a tree, deeper than there are descriptors. The folders that stay open lie close
 * together near the bottom and ever further apart above, so that coming back from depth n costs
 * n log n openings and not n². A folder that is opened again is looked for from above by its name,
 * and must be the one that it was; ".." is never trusted. The operation's thread. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <unistd.h>

/* Two of these are never closed: the folder that is worked in, and the one above. */
#define N_KEPT 2

static void
clear_level (gpointer data)
{
  ThawLevel *level = data;

  g_clear_fd (&level->fd, NULL);
  g_free (level->name);
  thaw_names_free (level->names);
}

void
thaw_descent_init (ThawDescent *self, int base_fd, guint max_open)
{
  *self = (ThawDescent){
    .base_fd = base_fd,
    .levels = g_array_new (FALSE, FALSE, sizeof (ThawLevel)),
    .open = g_array_new (FALSE, FALSE, sizeof (guint)),
    .max_open = MAX (max_open, N_KEPT + 2),
  };
  g_array_set_clear_func (self->levels, clear_level);
}

void
thaw_descent_clear (ThawDescent *self)
{
  g_clear_pointer (&self->levels, g_array_unref);
  g_clear_pointer (&self->open, g_array_unref);
}

guint
thaw_descent_get_depth (ThawDescent *self)
{
  return self->levels->len;
}

static ThawLevel *
get_level (ThawDescent *self, guint i)
{
  return &g_array_index (self->levels, ThawLevel, i);
}

static guint
get_open (ThawDescent *self, guint i)
{
  return g_array_index (self->open, guint, i);
}

/* The way from the folder above to the one below, if the one between were closed, against how far
 * up that is: what is least is closed. */
static guint
find_dispensable (ThawDescent *self)
{
  guint top = self->levels->len, best = 0;
  double least = G_MAXDOUBLE;

  for (guint i = 0; i + N_KEPT < self->open->len; i++)
    {
      guint above = i > 0 ? get_open (self, i - 1) + 1 : 0;
      guint below = get_open (self, i + 1) + 1;
      double cost = (double) (below - above) / (top - get_open (self, i));

      if (cost < least)
        {
          least = cost;
          best = i;
        }
    }
  return best;
}

/* Notes that a level is open, the deepest one that is, and closes another if there are too many. */
static void
note_open (ThawDescent *self, guint i)
{
  guint position = self->open->len;

  while (position > 0 && get_open (self, position - 1) > i)
    position--;
  g_array_insert_val (self->open, position, i);
  if (self->open->len <= self->max_open)
    return;
  position = find_dispensable (self);
  ThawLevel *level = get_level (self, get_open (self, position));
  if (level->names != NULL)
    thaw_names_read_all (level->names, level->fd);
  g_clear_fd (&level->fd, NULL);
  g_array_remove_index (self->open, position);
}

ThawLevel *
thaw_descent_push (ThawDescent *self, const char *name, int fd, const struct stat *st)
{
  ThawLevel level = { .name = g_strdup (name), .fd = fd, .st = *st };

  g_array_append_val (self->levels, level);
  note_open (self, self->levels->len - 1);
  return thaw_descent_get_top (self);
}

void
thaw_descent_pop (ThawDescent *self)
{
  guint last = self->levels->len - 1;

  if (self->open->len > 0 && get_open (self, self->open->len - 1) == last)
    g_array_set_size (self->open, self->open->len - 1);
  g_array_set_size (self->levels, last);
}

ThawLevel *
thaw_descent_get_top (ThawDescent *self)
{
  return self->levels->len > 0 ? get_level (self, self->levels->len - 1) : NULL;
}

static gboolean
open_again (ThawDescent *self, guint i, int above_fd, GError **error)
{
  ThawLevel *level = get_level (self, i);
  g_autofd int fd = thaw_disk_open_folder (above_fd, level->name, FALSE);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0)
    return thaw_disk_fail (error, errno, "open again", level->name);
  if (st.st_dev != level->st.st_dev || st.st_ino != level->st.st_ino)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_FAILED,
                                "open again",
                                level->name,
                                "it was replaced");
  level->fd = g_steal_fd (&fd);
  note_open (self, i);
  return TRUE;
}

static int
get_level_fd (ThawDescent *self, gint64 wanted, GError **error)
{
  gint64 i = wanted;
  int fd = self->base_fd;

  while (i >= 0 && get_level (self, i)->fd < 0)
    i--;
  if (i >= 0)
    fd = get_level (self, i)->fd;
  for (i++; i <= wanted; i++)
    {
      if (!open_again (self, i, fd, error))
        return -1;
      fd = get_level (self, i)->fd;
    }
  return fd;
}

int
thaw_descent_get_fd (ThawDescent *self, GError **error)
{
  return get_level_fd (self, (gint64) self->levels->len - 1, error);
}

int
thaw_descent_get_parent_fd (ThawDescent *self, GError **error)
{
  return get_level_fd (self, (gint64) self->levels->len - 2, error);
}
