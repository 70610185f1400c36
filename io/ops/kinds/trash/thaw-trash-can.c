/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding trash folders: the one in the user's home for what lies on its mount; elsewhere
 * $top/.Trash/$uid, if an administrator made .Trash (a real folder with the sticky bit), else
 * $top/.Trash-$uid. A trash folder that belongs to somebody else, or is a link, is none. What is
 * one mount is told by its id as well as by its device: no rename leads from one bind mount into
 * another. */

#include "thaw-trash-private.h"

#include "thaw-mount-table.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static guint64
get_mount (ThawPlace *place)
{
  struct statx st;

  if (statx (thaw_place_get_fd (place), "", AT_EMPTY_PATH, STATX_MNT_ID, &st) != 0
      || (st.stx_mask & STATX_MNT_ID) == 0)
    return 0;
  return st.stx_mnt_id;
}

static gboolean
is_one_mount (ThawPlace *a, ThawPlace *b)
{
  return thaw_place_get_dev (a) == thaw_place_get_dev (b) && get_mount (a) == get_mount (b);
}

static gboolean
is_own (ThawPlace *place)
{
  struct stat st;

  return fstat (thaw_place_get_fd (place), &st) == 0 && st.st_uid == geteuid ();
}

static ThawPlace *
open_or_make (ThawPlace *parent, const char *name, gboolean makes, GError **error)
{
  /* Whatever stands there already, or can't be made, opening will tell. */
  if (makes && mkdirat (thaw_place_get_fd (parent), name, 0700) == 0)
    thaw_place_sync (parent, NULL);
  return thaw_place_open_child (parent, name, error);
}

static ThawTrash *
open_trash (ThawPlace *place, const char *top, gboolean makes, GError **error)
{
  g_autoptr (ThawTrash) self = g_new0 (ThawTrash, 1);

  self->place = thaw_place_ref (place);
  self->top = g_strdup (top);
  if (!is_own (place))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_PERMISSION_DENIED,
                   "The trash %s is somebody else's",
                   thaw_place_get_path (place));
      return NULL;
    }
  self->files = open_or_make (place, "files", makes, error);
  if (self->files != NULL)
    self->info = open_or_make (place, "info", makes, error);
  return self->info != NULL ? g_steal_pointer (&self) : NULL;
}

static ThawTrash *
open_home (gboolean makes, GError **error)
{
  const char *data = g_get_user_data_dir ();
  g_autoptr (ThawPlace) parent = NULL, place = NULL;

  if (makes)
    g_mkdir_with_parents (data, 0700);
  parent = thaw_place_open (data, error);
  if (parent != NULL)
    place = open_or_make (parent, "Trash", makes, error);
  return place != NULL ? open_trash (place, NULL, makes, error) : NULL;
}

static gboolean
is_sticky (ThawPlace *place)
{
  struct stat st;

  return fstat (thaw_place_get_fd (place), &st) == 0 && (st.st_mode & S_ISVTX) != 0;
}

static ThawTrash *
open_shared (ThawPlace *top, gboolean makes)
{
  g_autofree char *uid = g_strdup_printf ("%u", (guint) geteuid ());
  g_autoptr (ThawPlace) shared = thaw_place_open_child (top, ".Trash", NULL);
  g_autoptr (ThawPlace) place = NULL;

  if (shared != NULL && is_sticky (shared))
    place = open_or_make (shared, uid, makes, NULL);
  return place != NULL ? open_trash (place, thaw_place_get_path (top), makes, NULL) : NULL;
}

static ThawTrash *
open_single (ThawPlace *top, gboolean makes, GError **error)
{
  g_autofree char *name = g_strdup_printf (".Trash-%u", (guint) geteuid ());
  g_autoptr (ThawPlace) place = open_or_make (top, name, makes, error);

  return place != NULL ? open_trash (place, thaw_place_get_path (top), makes, error) : NULL;
}

/* The topmost folder of @near's mount. */
static ThawPlace *
find_top (ThawPlace *near)
{
  g_autoptr (ThawPlace) top = thaw_place_ref (near);

  while (!g_str_equal (thaw_place_get_path (top), "/"))
    {
      g_autofree char *above = g_path_get_dirname (thaw_place_get_path (top));
      g_autoptr (ThawPlace) parent = thaw_place_open (above, NULL);

      if (parent == NULL || !is_one_mount (parent, near))
        break;
      thaw_place_unref (top);
      top = g_steal_pointer (&parent);
    }
  return g_steal_pointer (&top);
}

ThawTrash *
thaw_trash_find (ThawPlace *near, GError **error)
{
  g_autoptr (ThawTrash) home = open_home (TRUE, NULL);
  g_autoptr (ThawTrash) self = NULL;
  g_autoptr (ThawPlace) top = NULL;
  g_autoptr (GError) why = NULL;

  if (home != NULL && is_one_mount (home->files, near))
    return g_steal_pointer (&home);
  top = find_top (near);
  self = open_shared (top, TRUE);
  if (self == NULL)
    self = open_single (top, TRUE, &why);
  if (self == NULL)
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_SUPPORTED,
                 "There can be no trash on %s: %s",
                 thaw_place_get_path (top),
                 why->message);
  return g_steal_pointer (&self);
}

/* What exists already, or else the folder that it would be made in. */
static gboolean
is_possible_in (ThawPlace *top)
{
  g_autoptr (ThawTrash) self = open_shared (top, FALSE);

  if (self == NULL)
    self = open_single (top, FALSE, NULL);
  return self != NULL || faccessat (thaw_place_get_fd (top), ".", W_OK | X_OK, AT_EACCESS) == 0;
}

gboolean
thaw_trash_is_possible (ThawPlace *near)
{
  g_autofree char *above = g_strdup (g_get_user_data_dir ());
  g_autoptr (ThawPlace) home = NULL, top = NULL;

  while ((home = thaw_place_open (above, NULL)) == NULL && !g_str_equal (above, "/"))
    {
      char *next = g_path_get_dirname (above);

      g_free (above);
      above = next;
    }
  if (home != NULL && is_one_mount (home, near))
    return TRUE;
  top = find_top (near);
  return is_possible_in (top);
}

/* "/top" of "/top/.Trash/1000" and "/top/.Trash-1000", NULL of any other. */
static char *
find_top_of_trash (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *above_name = g_path_get_basename (above);

  if (g_str_has_prefix (name, ".Trash-"))
    return g_steal_pointer (&above);
  return g_str_equal (above_name, ".Trash") ? g_path_get_dirname (above) : NULL;
}

ThawTrash *
thaw_trash_open_files (ThawPlace *files, GError **error)
{
  g_autofree char *name = g_path_get_basename (thaw_place_get_path (files));
  g_autofree char *path = g_path_get_dirname (thaw_place_get_path (files));
  g_autofree char *top = find_top_of_trash (path);
  g_autoptr (ThawPlace) place = NULL;

  if (!g_str_equal (name, "files"))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_INVALID_ARGUMENT,
                   "%s isn't in the trash",
                   thaw_place_get_path (files));
      return NULL;
    }
  place = thaw_place_open (path, error);
  return place != NULL ? open_trash (place, top, FALSE, error) : NULL;
}

static void
add_of_mount (GPtrArray *trashes, const ThawMount *mount)
{
  g_autoptr (ThawPlace) top = NULL;
  ThawTrash *found;

  /* Those that may hang, or mean nothing, aren't touched. */
  if (mount->kind == THAW_MOUNT_AUTOMOUNT || mount->kind == THAW_MOUNT_VIRTUAL || mount->read_only)
    return;
  top = thaw_place_open (mount->root, NULL);
  if (top == NULL)
    return;
  if ((found = open_shared (top, FALSE)) != NULL)
    g_ptr_array_add (trashes, found);
  if ((found = open_single (top, FALSE, NULL)) != NULL)
    g_ptr_array_add (trashes, found);
}

GPtrArray *
thaw_trash_list (void)
{
  GPtrArray *trashes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_trash_free);
  g_autoptr (ThawMountTable) table = thaw_mount_table_load (NULL, NULL);
  ThawTrash *home = open_home (FALSE, NULL);

  if (home != NULL)
    g_ptr_array_add (trashes, home);
  for (guint i = 0; table != NULL && i < thaw_mount_table_get_n_mounts (table); i++)
    if (thaw_mount_table_is_visible (table, i))
      add_of_mount (trashes, thaw_mount_table_get_mount (table, i));
  return trashes;
}

void
thaw_trash_free (ThawTrash *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->place, thaw_place_unref);
  g_clear_pointer (&self->files, thaw_place_unref);
  g_clear_pointer (&self->info, thaw_place_unref);
  g_free (self->top);
  g_free (self);
}
