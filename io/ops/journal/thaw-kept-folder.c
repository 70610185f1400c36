/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kept store of a volume is: a folder that is ours alone, in the user's data if they are
 * on the same mount, else in the highest folder of the mount that the user may write in; and how
 * much it may hold unless somebody says otherwise. On operations' threads. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIN_LIMIT (G_GINT64_CONSTANT (64) << 20)
#define MAX_LIMIT (G_GINT64_CONSTANT (64) << 30)

/* What can be renamed to: the same mount of the same device. */
static gboolean
get_mount (int fd, guint64 *mount, dev_t *dev)
{
  struct statx found;
  struct stat st;

  if (fstat (fd, &st) != 0 || statx (fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &found) != 0)
    return FALSE;
  *dev = st.st_dev;
  *mount = (found.stx_mask & STATX_MNT_ID) != 0 ? found.stx_mnt_id : 0;
  return TRUE;
}

static gboolean
is_same_mount (int a, int b)
{
  guint64 mount_a, mount_b;
  dev_t dev_a, dev_b;

  return get_mount (a, &mount_a, &dev_a) && get_mount (b, &mount_b, &dev_b) && mount_a == mount_b
         && dev_a == dev_b;
}

/* Ours alone: somebody may have put a folder of theirs under the name. */
static ThawPlace *
open_own_folder (ThawPlace *parent, const char *name, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;
  struct stat st;

  if (mkdirat (thaw_place_get_fd (parent), name, 0700) == 0)
    {
      if (!thaw_place_sync (parent, error))
        return NULL;
    }
  else if (errno != EEXIST)
    {
      thaw_set_errno_error (error, errno, thaw_place_get_path (parent));
      return NULL;
    }
  place = thaw_place_open_child (parent, name, error);
  if (place == NULL)
    return NULL;
  if (fstat (thaw_place_get_fd (place), &st) != 0 || st.st_uid != geteuid ()
      || faccessat (thaw_place_get_fd (place), ".", W_OK | X_OK, AT_EACCESS) != 0)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_PERMISSION_DENIED,
                   "“%s” belongs to somebody else",
                   thaw_place_get_path (place));
      return NULL;
    }
  if ((st.st_mode & 077) != 0)
    fchmod (thaw_place_get_fd (place), 0700); /* where there are modes */
  return g_steal_pointer (&place);
}

/* In the user's own data, if that is on this mount. */
static ThawPlace *
open_in_home (ThawPlace *near)
{
  g_autofree char *parent = g_build_filename (g_get_user_data_dir (), "thaw", NULL);
  g_autoptr (ThawPlace) data = thaw_place_open (g_get_user_data_dir (), NULL);
  g_autoptr (ThawPlace) place = NULL;

  if (data == NULL || !is_same_mount (thaw_place_get_fd (data), thaw_place_get_fd (near))
      || g_mkdir_with_parents (parent, 0700) != 0)
    return NULL;
  place = thaw_place_open (parent, NULL);
  if (place == NULL || !is_same_mount (thaw_place_get_fd (place), thaw_place_get_fd (near)))
    return NULL;
  return open_own_folder (place, "kept", NULL);
}

static GPtrArray *
list_ancestors (const char *path)
{
  GPtrArray *ancestors = g_ptr_array_new_with_free_func (g_free);
  char *current = g_strdup (path);

  while (strcmp (current, "/") != 0)
    {
      char *parent = g_path_get_dirname (current);

      g_ptr_array_add (ancestors, current);
      current = parent;
    }
  g_ptr_array_add (ancestors, current);
  return ancestors;
}

/* The highest folder of the mount in which we may have one. */
static ThawPlace *
open_on_volume (ThawPlace *near, GError **error)
{
  g_autoptr (GPtrArray) ancestors = list_ancestors (thaw_place_get_path (near));
  g_autofree char *name = g_strdup_printf (".thaw-kept-%u", (guint) geteuid ());

  for (guint i = ancestors->len; i-- > 0;)
    {
      g_autoptr (ThawPlace) parent = thaw_place_open (g_ptr_array_index (ancestors, i), NULL);
      ThawPlace *found;

      if (parent == NULL || !is_same_mount (thaw_place_get_fd (parent), thaw_place_get_fd (near)))
        continue;
      found = open_own_folder (parent, name, NULL);
      if (found != NULL)
        return found;
    }
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "Nothing can be kept on the volume of “%s”",
               thaw_place_get_path (near));
  return NULL;
}

ThawPlace *
thaw_kept_open_folder (ThawPlace *near, GError **error)
{
  ThawPlace *place = open_in_home (near);

  return place != NULL ? place : open_on_volume (near, error);
}

gint64
thaw_kept_get_default_limit (ThawPlace *place)
{
  struct statvfs info;
  gint64 tenth;

  if (fstatvfs (thaw_place_get_fd (place), &info) != 0)
    return MIN_LIMIT;
  tenth = (gint64) ((guint64) info.f_blocks * info.f_frsize / 10);
  return CLAMP (tenth, MIN_LIMIT, MAX_LIMIT);
}

static gboolean
may_be_on_volume (ThawPlace *near)
{
  g_autoptr (GPtrArray) ancestors = list_ancestors (thaw_place_get_path (near));

  for (guint i = 0; i < ancestors->len; i++)
    {
      g_autoptr (ThawPlace) parent = thaw_place_open (g_ptr_array_index (ancestors, i), NULL);

      if (parent == NULL || !is_same_mount (thaw_place_get_fd (parent), thaw_place_get_fd (near)))
        return FALSE;
      if (faccessat (thaw_place_get_fd (parent), ".", W_OK | X_OK, AT_EACCESS) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * thaw_kept_find_limit:
 * @near: a folder
 *
 * For plans, which make nothing: what the store on the volume of @near may hold, whether it is
 * there already or would be made.
 *
 * Returns: bytes; 0 where nothing can be kept
 */
gint64
thaw_kept_find_limit (ThawPlace *near)
{
  g_autoptr (ThawPlace) data = thaw_place_open (g_get_user_data_dir (), NULL);
  gboolean is_at_home
      = data != NULL && is_same_mount (thaw_place_get_fd (data), thaw_place_get_fd (near));

  return is_at_home || may_be_on_volume (near) ? thaw_kept_get_default_limit (near) : 0;
}
