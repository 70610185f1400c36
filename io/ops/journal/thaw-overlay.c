/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where names will be after steps that haven't been done yet: so that a whole inversion can be
 * checked before its first step. A path that a step makes stands for the path where that thing is
 * now; one that a step leaves stands for nothing. The nearest ancestor that is known decides. Of
 * many steps it is in a file (thaw-spill.c). None of the user's disk; one thread. */

#include "thaw-step-private.h"

#include <string.h>

struct _ThawOverlay {
  ThawSpill *paths;   /* path → where it is now, "" for nowhere */
  ThawSpill *parents; /* paths that have something of @paths below them */
};

ThawOverlay *
thaw_overlay_new (void)
{
  ThawOverlay *self = g_new0 (ThawOverlay, 1);

  self->paths = thaw_spill_new (4 * thaw_journal_get_part_size ());
  self->parents = thaw_spill_new (4 * thaw_journal_get_part_size ());
  return self;
}

void
thaw_overlay_free (ThawOverlay *self)
{
  thaw_spill_free (self->paths);
  thaw_spill_free (self->parents);
  g_free (self);
}

static gboolean
cut_last (char *path)
{
  char *slash = strrchr (path, '/');

  if (slash == NULL || slash == path)
    return FALSE;
  *slash = '\0';
  return TRUE;
}

/* NULL: nothing is known of it. */
static char *
lookup (ThawOverlay *self, const char *path)
{
  g_autoptr (GBytes) where = thaw_spill_get (self->paths, path, strlen (path));
  gsize size;
  const char *data = where != NULL ? g_bytes_get_data (where, &size) : NULL;

  if (where == NULL)
    return NULL;
  return data != NULL ? g_strndup (data, size) : g_strdup ("");
}

static void
set (ThawOverlay *self, const char *path, const char *where)
{
  g_autofree char *parent = g_strdup (path);

  thaw_spill_set (self->paths, path, strlen (path), where, strlen (where));
  while (cut_last (parent) && !thaw_spill_has (self->parents, parent, strlen (parent)))
    thaw_spill_set (self->parents, parent, strlen (parent), "", 0);
}

char *
thaw_overlay_resolve (ThawOverlay *self, const char *path)
{
  g_autofree char *ancestor = g_strdup (path);

  do
    {
      g_autofree char *where = lookup (self, ancestor);

      if (where != NULL)
        return where[0] != '\0' ? g_strconcat (where, path + strlen (ancestor), NULL) : NULL;
    }
  while (cut_last (ancestor));
  return g_strdup (path);
}

gboolean
thaw_overlay_has (ThawOverlay *self, const char *path)
{
  g_autofree char *where = lookup (self, path);

  return where != NULL && where[0] != '\0';
}

/* What is known of the inside of a folder goes with it. */
static void
move_inside (ThawOverlay *self, const char *from, const char *to)
{
  g_autofree char *prefix = g_strconcat (from, "/", NULL);
  g_autoptr (GPtrArray) inside = thaw_spill_list (self->paths, prefix, strlen (prefix));

  for (guint i = 0; i < inside->len; i++)
    {
      gsize size;
      const char *data = g_bytes_get_data (g_ptr_array_index (inside, i), &size);
      g_autofree char *path = g_strndup (data, size), *where = lookup (self, path);
      g_autofree char *moved = to != NULL ? g_strconcat (to, path + strlen (from), NULL) : NULL;

      thaw_spill_remove (self->paths, path, size);
      if (moved != NULL)
        set (self, moved, where);
    }
}

/* @to: NULL for where no step comes to. */
void
thaw_overlay_move (ThawOverlay *self, const char *from, const char *to, gboolean is_folder)
{
  g_autofree char *where = thaw_overlay_resolve (self, from);

  if (where == NULL)
    return;
  if (is_folder && thaw_spill_has (self->parents, from, strlen (from)))
    move_inside (self, from, to);
  if (to != NULL)
    set (self, to, where);
  set (self, from, "");
}
