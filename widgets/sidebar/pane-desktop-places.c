/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places that only gvfs knows: what was used lately, the trash, the network. Whether they can be
 * opened, and whether there is anything in the trash, is found out without gvfs, which would start
 * its daemons for it: that the module is there, and the first name in the trash of the home folder,
 * which is where nearly everything goes. A job of the home's lane; no state. */

#include "pane-desktop-places-private.h"

/* Its type is registered when GIO has read its modules, which was before the first window. */
static gboolean
has_gvfs (void)
{
  GIOExtensionPoint *point = g_io_extension_point_lookup (G_VFS_EXTENSION_POINT_NAME);

  return point != NULL && g_io_extension_point_get_extension_by_name (point, "gvfs") != NULL;
}

static gboolean
has_trash (void)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "Trash", "files", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  return folder != NULL && g_dir_read_name (folder) != NULL;
}

/* Lane's thread. Gives PaneDesktopPlaces. */
gboolean
pane_desktop_places_look_lane (ThawJob *job, gpointer user_data, GError **error)
{
  PaneDesktopPlaces places = 0;

  if (has_gvfs ())
    places |= PANE_DESKTOP_PLACES_ARE_THERE;
  if (has_trash ())
    places |= PANE_DESKTOP_PLACES_TRASH_IS_FULL;
  thaw_job_return_pointer (job, GUINT_TO_POINTER (places), NULL);
  return TRUE;
}
