/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of other machines, without gvfs on the loop.
 *
 * g_vfs_get_default() with gvfs installed asks its daemon over D-Bus, synchronously, the first time that any thread touches a
 * GFile: GTK does so on the loop at start-up. A program that sets GIO_USE_VFS=local in time never meets that, but a
 * GFile of a URI is then a dummy. Here the real VFS is taken from GIO's extension point on a worker, once, and
 * asked for the file that belongs to the URI. */

#include "thaw-vfs.h"

static gpointer
load_remote_vfs (gpointer data)
{
  GVfs *usual = g_vfs_get_default (); /* loads GIO's modules too */
  GIOExtensionPoint *point;
  GIOExtension *extension;
  GVfs *vfs;

  point = g_io_extension_point_lookup (G_VFS_EXTENSION_POINT_NAME);
  extension = point ? g_io_extension_point_get_extension_by_name (point, "gvfs") : NULL;
  vfs = extension ? g_object_new (g_io_extension_get_type (extension), NULL) : NULL;
  if (vfs && g_vfs_is_active (vfs))
    return vfs;
  g_clear_object (&vfs);
  return g_object_ref (usual);
}

/**
 * thaw_vfs_resolve:
 * @file: a file, perhaps a dummy that only knows its URI
 *
 * - **Thread**: workers: the first call for a file that isn't native may wait for D-Bus.
 *
 * Returns: (transfer full): the file that gvfs, if it is installed, makes of @file's URI; a native file is @file itself
 */
GFile *
thaw_vfs_resolve (GFile *file)
{
  static GOnce once = G_ONCE_INIT;
  g_autofree char *uri = NULL;

  if (g_file_is_native (file))
    return g_object_ref (file);
  uri = g_file_get_uri (file);
  g_once (&once, load_remote_vfs, NULL);
  return g_vfs_get_file_for_uri (once.retval, uri);
}
