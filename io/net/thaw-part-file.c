/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that is being downloaded: under a hidden name in its folder, locked, so that a later sweep
 * knows the dead from the living; placed under its own name in one step when all of it is on the
 * device. Everything that touches the file runs on its lane, closing and removing too, whatever
 * happens to the loop that it was made for. All by descriptor: the folder may be renamed meanwhile.
 */

#include "thaw-download-private.h"
#include "thaw-net-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAME_TRIES 10000
#define SUM_BLOCK_BYTES (128 * 1024)

ThawPartFile *
thaw_part_file_new (GFile *folder)
{
  ThawPartFile *self = g_new0 (ThawPartFile, 1);

  self->ref_count = 1;
  self->lane = thaw_lane_for_file (folder);
  self->folder = g_file_get_path (folder);
  self->folder_fd = self->fd = -1;
  return self;
}

ThawPartFile *
thaw_part_file_ref (ThawPartFile *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gboolean
is_worth_keeping (ThawPartFile *self)
{
  struct stat info;

  return self->is_kept && fstat (self->fd, &info) == 0 && info.st_size > 0;
}

static gboolean
put_away_lane (ThawJob *job, gpointer data, GError **error)
{
  ThawPartFile *self = data;

  if (self->name && !is_worth_keeping (self))
    {
      thaw_part_record_drop (self);
      unlinkat (self->folder_fd, self->name, 0);
    }
  g_clear_fd (&self->fd, NULL);
  g_clear_fd (&self->folder_fd, NULL);
  return TRUE;
}

static void
part_free (gpointer data)
{
  ThawPartFile *self = data;

  thaw_lane_unref (self->lane);
  g_free (self->folder);
  g_free (self->key);
  g_free (self->found_etag);
  g_free (self->name);
  g_clear_pointer (&self->sum, g_checksum_free);
  g_free (self);
}

void
thaw_part_file_unref (ThawPartFile *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->folder_fd >= 0)
    thaw_net_clean_up (self->lane, put_away_lane, self, part_free);
  else
    part_free (self);
}

void
thaw_part_write_free (ThawPartWrite *self)
{
  thaw_part_file_unref (self->part);
  g_ptr_array_unref (self->chunks);
  g_free (self);
}

void
thaw_part_place_free (ThawPartPlace *self)
{
  thaw_part_file_unref (self->part);
  g_free (self->name);
  g_free (self->sha256);
  g_free (self->digest);
  g_free (self);
}

static gboolean
fail (const char *what, int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
open_fresh (ThawPartFile *self, GError **error)
{
  do
    {
      g_free (self->name);
      self->name = g_strdup_printf (".~%08x%08x.part", g_random_int (), g_random_int ());
      self->fd = openat (self->folder_fd,
                         self->name,
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         0666);
    }
  while (self->fd < 0 && errno == EEXIST);
  if (self->fd < 0)
    {
      int code = errno;

      g_clear_pointer (&self->name, g_free);
      return fail (self->folder, code, error);
    }
  flock (self->fd, LOCK_EX | LOCK_NB);
  return TRUE;
}

gboolean
thaw_part_file_open_lane (ThawJob *job, gpointer part, GError **error)
{
  ThawPartFile *self = part;

  self->folder_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder_fd < 0)
    return fail (self->folder, errno, error);
  self->sum = g_checksum_new (G_CHECKSUM_SHA256);
  if (self->key && thaw_part_record_open (self))
    return thaw_part_record_load (job, self, error);
  return open_fresh (self, error);
}

gboolean
thaw_part_file_truncate_lane (ThawJob *job, gpointer part, GError **error)
{
  ThawPartFile *self = part;

  thaw_part_record_drop (self);
  if (ftruncate (self->fd, 0) < 0)
    return fail (self->folder, errno, error);
  g_checksum_reset (self->sum);
  return TRUE;
}

static gboolean
write_all (ThawJob *job, ThawPartFile *self, GBytes *chunk, guint64 offset, GError **error)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (chunk, &n);

  g_checksum_update (self->sum, data, (gssize) n);
  while (n > 0)
    {
      gssize written = pwrite (self->fd, data, n, (off_t) offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return fail (self->folder, written < 0 ? errno : EIO, error);
      thaw_job_beat (job);
      data += written;
      n -= (gsize) written;
      offset += (guint64) written;
    }
  return TRUE;
}

gboolean
thaw_part_file_write_lane (ThawJob *job, gpointer write, GError **error)
{
  ThawPartWrite *self = write;
  guint64 offset = self->offset;

  for (guint i = 0; i < self->chunks->len; i++)
    {
      GBytes *chunk = self->chunks->pdata[i];

      if (thaw_job_set_error_if_cancelled (job, error)
          || !write_all (job, self->part, chunk, offset, error))
        return FALSE;
      offset += g_bytes_get_size (chunk);
    }
  return TRUE;
}

/* Two names for a moment, where the kernel can't do it in one step; on a file system without links,
 * a look before the rename, which leaves a window. */
static int
rename_without (ThawPartFile *self, const char *name)
{
  struct stat info;

  if (linkat (self->folder_fd, self->name, self->folder_fd, name, 0) == 0)
    {
      unlinkat (self->folder_fd, self->name, 0);
      return 0;
    }
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
    return errno;
  if (fstatat (self->folder_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
    return EEXIST;
  return renameat (self->folder_fd, self->name, self->folder_fd, name) == 0 ? 0 : errno;
}

static int
rename_unless_there (ThawPartFile *self, const char *name)
{
  if (renameat2 (self->folder_fd, self->name, self->folder_fd, name, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP)
    return rename_without (self, name);
  return errno;
}

/* The name that was free; NULL with an error. */
static char *
place (ThawPartPlace *self, GError **error)
{
  ThawPartFile *part = self->part;
  g_autofree char *name = g_strdup (self->name);
  int code;

  if (self->replace)
    code = renameat (part->folder_fd, part->name, part->folder_fd, name) == 0 ? 0 : errno;
  else
    code = rename_unless_there (part, name);
  for (guint n = 2; code == EEXIST && n < MAX_NAME_TRIES; n++)
    {
      g_free (name);
      name = thaw_download_number_name (self->name, n);
      code = rename_unless_there (part, name);
    }
  if (code == 0)
    return g_steal_pointer (&name);
  fail (self->name, code, error);
  return NULL;
}

static gboolean
check_sum (ThawPartPlace *self, const char *expected, const char *sum, GError **error)
{
  if (g_ascii_strcasecmp (expected, sum) == 0)
    return TRUE;
  self->part->is_kept = FALSE;
  g_set_error (error,
               THAW_HTTP_ERROR,
               THAW_HTTP_ERROR_BAD_DIGEST,
               "%s has the checksum %s and not the expected one",
               self->name,
               sum);
  return FALSE;
}

static char *
sum_up (ThawJob *job, ThawPartPlace *self, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (self->digest_type);
  g_autofree guint8 *block = g_malloc (SUM_BLOCK_BYTES);
  off_t at = 0;
  gssize n;

  while ((n = pread (self->part->fd, block, SUM_BLOCK_BYTES, at)) > 0)
    {
      if (thaw_job_set_error_if_cancelled (job, error))
        return NULL;
      thaw_job_beat (job);
      g_checksum_update (sum, block, n);
      at += n;
    }
  if (n == 0)
    return g_strdup (g_checksum_get_string (sum));
  fail (self->name, errno, error);
  return NULL;
}

/* What the server says; SHA-256 was summed up on the way. */
static gboolean
check_digest (ThawJob *job, ThawPartPlace *self, GError **error)
{
  g_autofree char *sum = NULL;

  if (!self->digest)
    return TRUE;
  if (self->digest_type == G_CHECKSUM_SHA256)
    return check_sum (self, self->digest, g_checksum_get_string (self->part->sum), error);
  sum = sum_up (job, self, error);
  return sum && check_sum (self, self->digest, sum, error);
}

static gboolean
check_content (ThawJob *job, ThawPartPlace *self, GError **error)
{
  ThawPartFile *part = self->part;
  struct stat info;

  if (fstat (part->fd, &info) < 0)
    return fail (self->name, errno, error);
  if ((guint64) info.st_size != self->size)
    return fail (self->name, EIO, error);
  if (self->sha256 && !check_sum (self, self->sha256, g_checksum_get_string (part->sum), error))
    return FALSE;
  return check_digest (job, self, error);
}

/* The folder's entry counts as written only after its own sync. An error of that is told although
 * the name stands: the file may be gone after a power cut. */
gboolean
thaw_part_file_place_lane (ThawJob *job, gpointer data, GError **error)
{
  ThawPartPlace *self = data;
  ThawPartFile *part = self->part;
  g_autofree char *name = NULL;

  if (!check_content (job, self, error))
    return FALSE;
  if (fsync (part->fd) < 0)
    return fail (self->name, errno, error);
  thaw_job_beat (job);
  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  name = place (self, error);
  if (!name)
    return FALSE;
  g_clear_pointer (&part->name, g_free);
  thaw_part_record_drop (part);
  if (fsync (part->folder_fd) < 0 && errno != EINVAL)
    return fail (self->name, errno, error);
  g_clear_fd (&part->fd, NULL);
  g_clear_fd (&part->folder_fd, NULL);
  thaw_job_return_pointer (job, g_steal_pointer (&name), g_free);
  return TRUE;
}
