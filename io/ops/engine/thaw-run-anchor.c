/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Anchors: proof that an interrupted job goes on where it was. Between a crash and going on a
 * volume may not be mounted, and then another, empty folder stands at the same path; to copy on
 * into that would be wrong in a way that nobody notices. So a job that copies notes, before it
 * begins, which folders its target and its first source are in, and is left interrupted, to be
 * tried again, while they aren't there. Device numbers change from boot to boot: the inode and the
 * type of the file system tell. FUSE and network file systems may number their inodes anew with
 * each mount, there it is the type alone. On the operation's thread. */

#include "thaw-run-private.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#define KEY "anchors"
#define FUSE_MAGIC 0x65735546
#define CIFS_MAGIC 0xff534d42
#define FORMAT "(tttt)"

typedef struct {
  guint64 type, ino;
} Anchor;

static gboolean
keeps_inodes (guint64 type)
{
  return type != FUSE_MAGIC && type != CIFS_MAGIC && type != SMB_SUPER_MAGIC
         && type != SMB2_SUPER_MAGIC && type != V9FS_MAGIC;
}

/* Zeros: there is nothing to anchor to. */
static gboolean
look (GFile *file, Anchor *anchor, GError **error)
{
  g_autoptr (ThawPlace) place = NULL;
  struct statfs fs;

  *anchor = (Anchor){ 0 };
  if (file == NULL || g_file_peek_path (file) == NULL)
    return TRUE;
  place = thaw_place_open (g_file_peek_path (file), error);
  if (place == NULL)
    return FALSE;
  if (fstatfs (thaw_place_get_fd (place), &fs) != 0)
    return TRUE;
  anchor->type = (guint64) fs.f_type;
  anchor->ino = keeps_inodes (anchor->type) ? thaw_place_get_ino (place) : 0;
  return TRUE;
}

static GFile *
dup_source_folder (ThawOperationRequest *request)
{
  return thaw_operation_request_get_n_sources (request) > 0
             ? g_file_get_parent (thaw_operation_request_get_source (request, 0))
             : NULL;
}

/* Some kinds' target is the new file itself. */
static GFile *
dup_target_folder (ThawOperationRequest *request)
{
  GFile *target = thaw_operation_request_get_target (request);

  if (target == NULL)
    return NULL;
  return g_file_query_file_type (target, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY
             ? g_object_ref (target)
             : g_file_get_parent (target);
}

/* What can't be anchored goes on without: the kind will say what is wrong with it. */
gboolean
thaw_run_drop_anchors (ThawRun *self, GError **error)
{
  g_autoptr (GFile) target = dup_target_folder (self->request);
  g_autoptr (GFile) source = dup_source_folder (self->request);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GBytes) bytes = NULL;
  Anchor to, from;

  if (!look (target, &to, NULL) || !look (source, &from, NULL))
    return TRUE;
  value = g_variant_ref_sink (g_variant_new (FORMAT, to.type, to.ino, from.type, from.ino));
  bytes = g_variant_get_data_as_bytes (value);
  return thaw_journal_put (self->journal, self->job, KEY, bytes, error);
}

static gboolean
check_anchor (GFile *file, const Anchor *noted, GError **error)
{
  g_autofree char *name = NULL;
  Anchor found;

  if (noted->type == 0)
    return TRUE;
  if (!look (file, &found, error))
    return FALSE;
  if (found.type == noted->type && found.ino == noted->ino)
    return TRUE;
  name = g_file_get_parse_name (file);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_MOUNTED,
               "“%s” is another folder than before: is its volume mounted?",
               name);
  return FALSE;
}

gboolean
thaw_run_check_anchors (ThawRun *self, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_get (self->journal, self->job, KEY, NULL);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GFile) source = dup_source_folder (self->request);
  g_autoptr (GFile) target = NULL;
  Anchor to, from;

  if (bytes == NULL)
    return TRUE;
  value = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (FORMAT), bytes, FALSE));
  g_variant_get (value, FORMAT, &to.type, &to.ino, &from.type, &from.ino);
  target = dup_target_folder (self->request);
  return check_anchor (target, &to, error) && check_anchor (source, &from, error);
}
