/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which failure domain a path or a URI belongs to, by text and the mount table alone: any thread,
 * and nothing here may touch what it is asked about.
 *
 * Local mounts share a lane by device, so that bind mounts and subvolumes do. Everything else has a
 * lane for each mount; the id of the mount is in the key because a mount that comes back after an
 * unmount is another one. Some mounts are many servers in one: gvfs, kio-fuse and autofs have a
 * folder for each, so the folder is a part of the key. URIs go by scheme and host. */

#include "thaw-lane-private.h"

#include <string.h>

/* How many components below the mount name the server. */
static guint
n_server_components (const ThawMount *mount)
{
  if (mount->kind == THAW_MOUNT_AUTOMOUNT || strcmp (mount->fs_type, "fuse.gvfsd-fuse") == 0)
    return 1;
  if (strcmp (mount->fs_type, "fuse.kio-fuse") == 0)
    return 2;
  return 0;
}

/* The first @n components of @path below @root; all of it when it has fewer. */
static char *
dup_server_root (const char *root, const char *path, guint n)
{
  g_autofree char *plain = thaw_mount_normalise_path (path);
  const char *end = plain + strlen (root);

  for (guint i = 0; i < n && *end == '/'; i++)
    end += 1 + strcspn (end + 1, "/");
  return g_strndup (plain, end - plain);
}

static void
set_local (ThawLaneKey *key, ThawMountTable *table, const ThawMount *mount)
{
  const ThawMount *main_mount = thaw_mount_table_find_device (table, mount->major, mount->minor);

  if (main_mount == NULL)
    main_mount = mount;
  key->key = g_strdup_printf ("device:%u:%u", mount->major, mount->minor);
  key->name = g_strdup_printf ("%s (%s)", main_mount->root, main_mount->fs_type);
  key->probe_path = g_strdup (main_mount->root);
}

static void
set_other (ThawLaneKey *key, const ThawMount *mount, const char *path)
{
  g_autofree char *root = dup_server_root (mount->root, path, n_server_components (mount));

  key->key = g_strdup_printf ("mount:%" G_GUINT64_FORMAT ":%s:%s", mount->id, mount->source, root);
  key->name = g_strdup_printf ("%s (%s)", root, mount->fs_type);
  key->probe_path = g_steal_pointer (&root);
}

/* Fills in @key for an absolute path. */
void
thaw_lane_key_for_path (ThawLaneKey *key, ThawMountTable *table, const char *path)
{
  const ThawMount *mount = thaw_mount_table_find (table, path);

  *key = (ThawLaneKey){ 0 };
  if (mount == NULL)
    {
      /* No /proc, or a chroot that isn't a mount: nothing is known, so it may be anything. */
      key->key = g_strdup ("unknown");
      key->name = g_strdup ("/");
      key->probe_path = g_strdup ("/");
      key->kind = THAW_MOUNT_REMOTE;
      return;
    }
  key->kind = mount->kind;
  if (mount->kind == THAW_MOUNT_LOCAL || mount->kind == THAW_MOUNT_VIRTUAL)
    set_local (key, table, mount);
  else
    set_other (key, mount, path);
}

/* The host between "://" and what follows it, without user and port. By hand: gvfs puts things
 * there that g_uri_split() refuses, such as "%5Busb:001,004%5D". */
static char *
dup_host (const char *uri)
{
  const char *start = strstr (uri, "://");
  const char *end, *at, *port;

  if (start == NULL)
    return g_strdup ("");
  start += strlen ("://");
  end = start + strcspn (start, "/?#");
  at = g_strrstr_len (start, end - start, "@");
  if (at != NULL)
    start = at + 1;
  for (port = end; port > start && g_ascii_isdigit (port[-1]);)
    port--;
  if (port > start && port[-1] == ':')
    end = port - 1;
  return g_ascii_strdown (start, end - start);
}

/* Fills in @key for a URI, well-formed or not. */
void
thaw_lane_key_for_uri (ThawLaneKey *key, const char *uri)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri);
  g_autofree char *scheme_down = g_ascii_strdown (scheme != NULL ? scheme : "unknown", -1);
  g_autofree char *host = dup_host (uri);

  *key = (ThawLaneKey){ .kind = THAW_MOUNT_REMOTE };
  key->name = g_strdup_printf ("%s://%s", scheme_down, host);
  key->key = g_strconcat ("uri:", key->name, NULL);
  /* With the user and the port that the first caller gave: that is the server to ask. */
  key->probe_uri = g_strdup (uri);
}

void
thaw_lane_key_clear (ThawLaneKey *key)
{
  g_clear_pointer (&key->key, g_free);
  g_clear_pointer (&key->name, g_free);
  g_clear_pointer (&key->probe_path, g_free);
  g_clear_pointer (&key->probe_uri, g_free);
}
