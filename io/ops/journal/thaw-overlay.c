/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where names will be after steps that haven't been done yet: so that a whole inversion can be
 * checked before its first step. A path that a step makes stands for the path where that thing is
 * now; one that a step leaves stands for nothing. The nearest ancestor that is known decides. No
 * disk; one thread. */

#include "thaw-step-private.h"

#include <string.h>

struct _ThawOverlay {
  GHashTable *paths;   /* path → where it is now, "" for nowhere; both owned */
  GHashTable *parents; /* paths that have something of @paths below them */
};

ThawOverlay *
thaw_overlay_new (void)
{
  ThawOverlay *self = g_new0 (ThawOverlay, 1);

  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->parents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
thaw_overlay_free (ThawOverlay *self)
{
  g_hash_table_unref (self->paths);
  g_hash_table_unref (self->parents);
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

/* Takes @where over. */
static void
set (ThawOverlay *self, const char *path, char *where)
{
  g_autofree char *parent = g_strdup (path);

  g_hash_table_replace (self->paths, g_strdup (path), where);
  while (cut_last (parent) && g_hash_table_add (self->parents, g_strdup (parent)))
    ;
}

char *
thaw_overlay_resolve (ThawOverlay *self, const char *path)
{
  g_autofree char *ancestor = g_strdup (path);

  do
    {
      const char *where = g_hash_table_lookup (self->paths, ancestor);

      if (where != NULL)
        return where[0] != '\0' ? g_strconcat (where, path + strlen (ancestor), NULL) : NULL;
    }
  while (cut_last (ancestor));
  return g_strdup (path);
}

gboolean
thaw_overlay_has (ThawOverlay *self, const char *path)
{
  const char *where = g_hash_table_lookup (self->paths, path);

  return where != NULL && where[0] != '\0';
}

static gboolean
is_below (const char *path, const char *ancestor)
{
  gsize length = strlen (ancestor);

  return strncmp (path, ancestor, length) == 0 && path[length] == '/';
}

/* What is known of the inside of a folder goes with it. */
static void
move_inside (ThawOverlay *self, const char *from, const char *to)
{
  g_autoptr (GPtrArray) inside = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->paths);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (is_below (path, from))
      g_ptr_array_add (inside, g_strdup (path));
  for (guint i = 0; i < inside->len; i++)
    {
      gpointer key, where;
      g_autofree char *moved
          = g_strconcat (to, (const char *) g_ptr_array_index (inside, i) + strlen (from), NULL);

      g_hash_table_steal_extended (self->paths, g_ptr_array_index (inside, i), &key, &where);
      g_free (key);
      set (self, moved, where);
    }
}

void
thaw_overlay_move (ThawOverlay *self, const char *from, const char *to, gboolean is_folder)
{
  char *where = thaw_overlay_resolve (self, from);

  if (where == NULL)
    return;
  if (is_folder && g_hash_table_contains (self->parents, from))
    move_inside (self, from, to);
  set (self, to, where);
  set (self, from, g_strdup (""));
}
