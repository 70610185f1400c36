/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered of a part file that may outlive its process: a small file beside it that says
 * what it is the beginning of, written before the first byte and gone before the part holds
 * anything else. Both have names that follow from what is fetched, so that the next call finds
 * them. The lock on the part tells the dead from the living: who has it owns the record too. It
 * counts until the machine restarts or the folder is mounted anew, since only what was cut off on
 * its way to the device may be longer than what was written.
 * An address may hold secrets, so a digest of it stands for it. On the lane only. */

#include "thaw-download-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "thaw-part 1"
#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8 */
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif

#define MAX_RECORD (64 * 1024)
#define MAX_OPENS 10
#define BLOCK_BYTES (128 * 1024)

enum { LINE_MAGIC, LINE_ERA, LINE_KEY, LINE_ETAG, LINE_TOTAL, N_LINES };

char *
thaw_part_record_make_key (const char *uri, const char *name)
{
  g_autofree char *text = g_strconcat (uri, "\n", name, NULL);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
get_mount (int folder_fd, guint64 *mount)
{
  const unsigned kinds[] = { STATX_MNT_ID_UNIQUE, STATX_MNT_ID };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      struct statx info;

      if (statx (folder_fd, "", AT_EMPTY_PATH, kinds[i], &info) < 0 || !(info.stx_mask & kinds[i]))
        continue;
      *mount = info.stx_mnt_id;
      return TRUE;
    }
  return FALSE;
}

/* What changes when something that was written may have been lost. NULL: it can't be told. */
char *
thaw_part_record_get_era (int folder_fd)
{
  g_autofree char *boot = NULL;
  guint64 mount;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL)
      || !get_mount (folder_fd, &mount))
    return NULL;
  return g_strdup_printf ("%s %" G_GUINT64_FORMAT, g_strstrip (boot), mount);
}

static char *
part_name (ThawPartFile *self)
{
  return g_strdup_printf (".~%.16s.part", self->key);
}

static char *
record_name (ThawPartFile *self)
{
  return g_strdup_printf (".~%.16s.from", self->key);
}

/* Ours, and nothing that leads elsewhere. */
static gboolean
is_own_file (int fd, struct stat *info)
{
  return fstat (fd, info) == 0 && S_ISREG (info->st_mode) && info->st_uid == geteuid ()
         && info->st_nlink <= 1;
}

/* Who had it before may have placed or removed it before the lock was ours. */
static gboolean
is_still_there (ThawPartFile *self, int fd, const char *name)
{
  struct stat info, named;

  return is_own_file (fd, &info)
         && fstatat (self->folder_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0
         && info.st_ino == named.st_ino && info.st_dev == named.st_dev;
}

/* FALSE: somebody else is at it, or it can't be told. */
gboolean
thaw_part_record_open (ThawPartFile *self)
{
  g_autofree char *name = part_name (self);

  for (guint i = 0; i < MAX_OPENS; i++)
    {
      g_autofd int fd = openat (self->folder_fd,
                                name,
                                O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                0666);

      if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
        return FALSE;
      if (!is_still_there (self, fd, name))
        continue;
      self->fd = g_steal_fd (&fd);
      self->name = g_steal_pointer (&name);
      self->may_keep = TRUE;
      return TRUE;
    }
  return FALSE;
}

static char *
read_record (ThawPartFile *self)
{
  g_autofree char *name = record_name (self), *text = g_malloc (MAX_RECORD + 1);
  g_autofd int fd = openat (self->folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat info;
  gssize n;

  if (fd < 0 || !is_own_file (fd, &info))
    return NULL;
  n = read (fd, text, MAX_RECORD);
  if (n < 0)
    return NULL;
  text[n] = '\0';
  return g_steal_pointer (&text);
}

/* Whether the record is about this, and how much of the file counts. The last byte of a whole file
 * is asked for once more, so that the server can say whether that is still its version. */
static gboolean
parse_record (ThawPartFile *self, const char *text, guint64 size)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *era = thaw_part_record_get_era (self->folder_fd);
  gint64 total;

  if (g_strv_length (lines) != N_LINES + 1 || lines[N_LINES][0] != '\0'
      || !g_str_equal (lines[LINE_MAGIC], MAGIC) || g_strcmp0 (lines[LINE_ERA], era) != 0
      || !g_str_equal (lines[LINE_KEY], self->key) || !thaw_etag_is_strong (lines[LINE_ETAG])
      || !g_ascii_string_to_signed (lines[LINE_TOTAL], 10, -1, G_MAXINT64, &total, NULL))
    return FALSE;
  if (total >= 0 && size > (guint64) total)
    return FALSE;
  self->found_size = total >= 0 && size == (guint64) total ? size - 1 : size;
  self->found_total = total;
  g_set_str (&self->found_etag, lines[LINE_ETAG]);
  return TRUE;
}

static gboolean
sum_what_is_there (ThawJob *job, ThawPartFile *self, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  guint64 at = 0;

  while (at < self->found_size)
    {
      gsize wanted = (gsize) MIN (self->found_size - at, BLOCK_BYTES);
      gssize n = pread (self->fd, block, wanted, (off_t) at);

      if (thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
      if (n <= 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The part can't be read");
          return FALSE;
        }
      g_checksum_update (self->sum, block, n);
      thaw_job_beat (job);
      at += (guint64) n;
    }
  return TRUE;
}

/* Finds out how much of the open part counts; what doesn't is removed. */
gboolean
thaw_part_record_load (ThawJob *job, ThawPartFile *self, GError **error)
{
  g_autofree char *text = read_record (self);
  struct stat info;

  if (text && fstat (self->fd, &info) == 0 && info.st_size > 0
      && parse_record (self, text, (guint64) info.st_size) && self->found_size > 0)
    {
      self->is_kept = TRUE;
      return sum_what_is_there (job, self, error);
    }
  self->found_size = 0;
  g_clear_pointer (&self->found_etag, g_free);
  return thaw_part_file_truncate_lane (job, self, error);
}

void
thaw_part_record_drop (ThawPartFile *self)
{
  g_autofree char *name = NULL;

  self->is_kept = FALSE;
  if (!self->may_keep)
    return;
  name = record_name (self);
  unlinkat (self->folder_fd, name, 0);
}

static gboolean
write_record (ThawPartFile *self, const char *name, const char *text)
{
  gsize n = strlen (text);
  g_autofd int fd
      = openat (self->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

  return fd >= 0 && write (fd, text, n) == (gssize) n;
}

/* The part is empty: what is written from now on is the beginning of this. Without a record it
 * isn't kept, which is no error. */
gboolean
thaw_part_record_save_lane (ThawJob *job, gpointer data, GError **error)
{
  ThawPartVersion *version = data;
  ThawPartFile *self = version->part;
  g_autofree char *era = thaw_part_record_get_era (self->folder_fd), *name = NULL, *fresh = NULL,
                  *text = NULL;

  if (!self->may_keep || !era)
    return TRUE;
  name = record_name (self);
  fresh = g_strconcat (name, ".new", NULL);
  text = g_strdup_printf (MAGIC "\n%s\n%s\n%s\n%" G_GINT64_FORMAT "\n",
                          era,
                          self->key,
                          version->etag,
                          version->total);
  unlinkat (self->folder_fd, fresh, 0);
  self->is_kept = write_record (self, fresh, text)
                  && renameat (self->folder_fd, fresh, self->folder_fd, name) == 0;
  if (!self->is_kept)
    unlinkat (self->folder_fd, fresh, 0);
  return TRUE;
}

void
thaw_part_version_free (ThawPartVersion *self)
{
  thaw_part_file_unref (self->part);
  g_free (self->etag);
  g_free (self);
}
