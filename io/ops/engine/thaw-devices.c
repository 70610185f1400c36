/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices, found by the mount table and by what the kernel says of block devices: neither touches
 * the file system that is asked about, so a dead network mount can't hang this. It reads /proc and
 * /sys, which is why it belongs on an operation's thread and not on the loop.
 *
 * Two mounts of one file system are one device; so are two partitions of one disk, since it is the
 * disk that seeks. */

#include "thaw-devices-private.h"

#include "thaw-mount-table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

ThawDevices *
thaw_devices_new (void)
{
  ThawDevices *self = g_new0 (ThawDevices, 1);

  self->ref_count = 1;
  self->items = g_array_new (FALSE, TRUE, sizeof (ThawDevice));
  return self;
}

ThawDevices *
thaw_devices_ref (ThawDevices *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_devices_unref (ThawDevices *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < self->items->len; i++)
    g_free (g_array_index (self->items, ThawDevice, i).id);
  g_array_unref (self->items);
  g_free (self);
}

static gboolean
has_device (ThawDevices *self, const char *id)
{
  for (guint i = 0; i < self->items->len; i++)
    if (strcmp (g_array_index (self->items, ThawDevice, i).id, id) == 0)
      return TRUE;
  return FALSE;
}

void
thaw_devices_add (ThawDevices *self, const char *id, gboolean is_slow)
{
  ThawDevice device = { .is_slow = is_slow };

  if (has_device (self, id))
    return;
  device.id = g_strdup (id);
  g_array_append_val (self->items, device);
}

gboolean
thaw_devices_share (ThawDevices *a, ThawDevices *b)
{
  for (guint i = 0; i < a->items->len; i++)
    if (has_device (b, g_array_index (a->items, ThawDevice, i).id))
      return TRUE;
  return FALSE;
}

gboolean
thaw_devices_have_slow (ThawDevices *self)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_array_index (self->items, ThawDevice, i).is_slow)
      return TRUE;
  return FALSE;
}

char *
thaw_devices_dup_id (ThawDevices *self)
{
  GString *id = g_string_new (NULL);

  for (guint i = 0; i < MIN (self->items->len, 2); i++)
    {
      if (i > 0)
        g_string_append_c (id, '<');
      g_string_append (id, g_array_index (self->items, ThawDevice, i).id);
    }
  return g_string_free (id, FALSE);
}

static gboolean
read_flag (const char *folder, const char *name, gboolean *flag)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  *flag = text[0] == '1';
  return TRUE;
}

/* The disk of a block device: what lies above a partition in /sys. */
static char *
dup_disk_folder (guint32 major, guint32 minor)
{
  g_autofree char *link = g_strdup_printf ("/sys/dev/block/%u:%u", major, minor);
  g_autofree char *folder = realpath (link, NULL); /* malloc()'s, which is GLib's too */
  g_autofree char *partition = NULL;

  if (folder == NULL)
    return NULL;
  partition = g_build_filename (folder, "partition", NULL);
  return g_file_test (partition, G_FILE_TEST_EXISTS) ? g_path_get_dirname (folder)
                                                     : g_steal_pointer (&folder);
}

static gboolean
add_disk (ThawDevices *self, guint32 major, guint32 minor)
{
  g_autofree char *folder = dup_disk_folder (major, minor);
  g_autofree char *name = folder != NULL ? g_path_get_basename (folder) : NULL;
  g_autofree char *id = NULL;
  gboolean seeks = FALSE, is_removable = FALSE;

  if (folder == NULL)
    return FALSE;
  read_flag (folder, "queue/rotational", &seeks);
  read_flag (folder, "removable", &is_removable);
  id = g_strconcat ("disk:", name, NULL);
  thaw_devices_add (self, id, seeks || is_removable);
  return TRUE;
}

/* btrfs and overlay have device numbers of their own; what they were mounted from may be a block
 * device. */
static gboolean
add_source (ThawDevices *self, const ThawMount *mount)
{
  struct stat st;

  return g_str_has_prefix (mount->source, "/dev/") && stat (mount->source, &st) == 0
         && S_ISBLK (st.st_mode) && add_disk (self, major (st.st_rdev), minor (st.st_rdev));
}

static void
add_mount (ThawDevices *self, const ThawMount *mount)
{
  g_autofree char *id = NULL;

  if (mount->kind == THAW_MOUNT_LOCAL
      && ((mount->major != 0 && add_disk (self, mount->major, mount->minor))
          || add_source (self, mount)))
    return;
  id = g_strdup_printf ("mount:%s:%s", mount->fs_type, mount->root);
  thaw_devices_add (self, id, mount->kind != THAW_MOUNT_LOCAL);
}

static ThawMountTable *
get_table (void)
{
  ThawMountTable *table = thaw_mount_table_dup_current ();

  return table != NULL ? table : thaw_mount_table_load ("/proc/self/mountinfo", NULL);
}

/* "sftp://host" of a URI. */
static char *
dup_server (GFile *file)
{
  g_autofree char *uri = g_file_get_uri (file);
  const char *host = strstr (uri, "://");

  if (host == NULL)
    return g_strdup ("unknown");
  host += strlen ("://");
  return g_strndup (uri, host - uri + strcspn (host, "/"));
}

static void
add_file (ThawDevices *self, ThawMountTable *table, GFile *file)
{
  const char *path = g_file_peek_path (file);
  const ThawMount *mount
      = path != NULL && table != NULL ? thaw_mount_table_find (table, path) : NULL;
  g_autofree char *server = NULL;

  if (mount != NULL)
    {
      if (mount != self->last_mount)
        add_mount (self, mount);
      self->last_mount = mount;
      return;
    }
  server = dup_server (file);
  thaw_devices_add (self, server, TRUE);
}

ThawDevices *
thaw_devices_find (ThawOperationRequest *request)
{
  ThawDevices *self = thaw_devices_new ();
  g_autoptr (ThawMountTable) table = get_table ();
  GFile *target = thaw_operation_request_get_target (request), *last = NULL;

  if (target != NULL)
    add_file (self, table, target);
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      GFile *folder = thaw_operation_request_get_source_folder (request, i);

      if (folder == NULL)
        add_file (self, table, thaw_operation_request_get_source (request, i));
      else if (folder != last)
        add_file (self, table, folder);
      last = folder;
    }
  return self;
}
