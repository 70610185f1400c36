/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hidden file that an address is fetched into, and the note in the journal that says how much
 * of it is on the device and which version that is the beginning of. A note never says more than is
 * true: the bytes reach the device first, and before the file is begun anew its note is. On the
 * operation's thread. */

#include "thaw-fetch-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_BYTES (16 * 1024 * 1024)
#define NOTE_USEC (5 * G_USEC_PER_SEC)
/* What is so small is fetched again, which is cheaper than noting it. */
#define SMALL_BYTES (1024 * 1024)
#define RESERVED_BYTES (16 * 1024 * 1024)
#define NOTE_FORMAT "(ttxsay)" /* offset, inode, total, etag, name */

static gboolean
fail (ThawFetch *self, int code, GError **error)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "It can't be written in %s: %s",
               thaw_place_get_path (self->target),
               g_strerror (code));
  return FALSE;
}

static char *
dup_key (ThawFetch *self)
{
  return g_strdup_printf ("part-%u", self->number);
}

static gboolean
put_note (ThawFetch *self, guint64 offset, GError **error)
{
  g_autofree char *key = dup_key (self);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GBytes) bytes = NULL;
  struct stat info;

  if (fstat (self->fd, &info) != 0)
    return fail (self, errno, error);
  value = g_variant_ref_sink (g_variant_new ("(ttxs^ay)",
                                             offset,
                                             (guint64) info.st_ino,
                                             self->total,
                                             self->etag != NULL ? self->etag : "",
                                             self->name));
  bytes = g_variant_get_data_as_bytes (value);
  if (!thaw_journal_put (thaw_run_get_journal (self->run),
                         thaw_run_get_job (self->run),
                         key,
                         bytes,
                         error))
    return FALSE;
  self->is_noted = TRUE;
  self->durable = offset;
  self->noted_usec = g_get_monotonic_time ();
  return TRUE;
}

static GVariant *
get_note (ThawFetch *self)
{
  g_autofree char *key = dup_key (self);
  g_autoptr (GBytes) bytes = thaw_journal_get (thaw_run_get_journal (self->run),
                                               thaw_run_get_job (self->run),
                                               key,
                                               NULL);
  g_autoptr (GVariant) value = NULL;

  if (bytes == NULL)
    return NULL;
  value
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (NOTE_FORMAT), bytes, FALSE));
  return g_variant_is_normal_form (value) ? g_steal_pointer (&value) : NULL;
}

/* The last byte of a whole file is asked for once more, so that the server can say whether that is
 * still its version. */
static gboolean
take_up (ThawFetch *self, GVariant *note)
{
  guint64 offset, inode;
  const char *etag, *name;
  struct stat info;

  g_variant_get (note, "(ttx&s^&ay)", &offset, &inode, &self->total, &etag, &name);
  if (fstat (self->fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_ino != inode
      || (guint64) info.st_size < offset || etag[0] == '\0' || offset == 0)
    return FALSE;
  if (self->total >= 0 && offset >= (guint64) self->total)
    offset = (guint64) self->total - 1;
  if (ftruncate (self->fd, (off_t) offset) != 0
      || lseek (self->fd, (off_t) offset, SEEK_SET) != (off_t) offset)
    return FALSE;
  g_set_str (&self->etag, etag);
  g_set_str (&self->name, name);
  self->offset = self->durable = offset;
  self->is_noted = TRUE;
  thaw_run_add_done (self->run, (gint64) offset, 0);
  return TRUE;
}

static int
make_file (ThawFetch *self)
{
  return openat (thaw_place_get_fd (self->target),
                 self->hidden,
                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                 0666);
}

/* What an earlier life of the job has left is gone on with, if there is a note of it. */
gboolean
thaw_part_open (ThawFetch *self, GError **error)
{
  g_autoptr (GVariant) note = thaw_run_is_resumed (self->run) ? get_note (self) : NULL;

  if (note != NULL)
    self->fd = openat (thaw_place_get_fd (self->target),
                       self->hidden,
                       O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (self->fd >= 0 && take_up (self, note))
    return TRUE;
  thaw_part_close (self, TRUE);
  self->total = -1;
  self->fd = make_file (self);
  return self->fd >= 0 || fail (self, errno, error);
}

/* Room for all of it at once: a full disk is told in the beginning and not at 99 %. */
static gboolean
reserve (ThawFetch *self, GError **error)
{
  if (self->total < RESERVED_BYTES
      || fallocate (self->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t) self->total) == 0)
    return TRUE;
  return (errno != ENOSPC && errno != EFBIG && errno != EDQUOT) || fail (self, errno, error);
}

gboolean
thaw_part_begin (ThawFetch *self, GError **error)
{
  gboolean is_worth_it = self->etag != NULL && (self->total < 0 || self->total > SMALL_BYTES);

  thaw_run_add_done (self->run, -(gint64) self->offset, 0);
  self->offset = self->durable = 0;
  if ((self->is_noted || is_worth_it) && !put_note (self, 0, error))
    return FALSE;
  if (ftruncate (self->fd, 0) != 0 || lseek (self->fd, 0, SEEK_SET) != 0)
    return fail (self, errno, error);
  return reserve (self, error);
}

static gboolean
make_durable (ThawFetch *self, GError **error)
{
  if (fdatasync (self->fd) != 0)
    return fail (self, errno, error);
  return put_note (self, self->offset, error);
}

/* A full disk: the user may make room and have it tried again. *is_told: it has become a problem.
 */
static gboolean
may_go_on (ThawFetch *self, int code, GError **error)
{
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, self->uri);
  g_autoptr (GError) full = NULL;
  gboolean tries_again = FALSE;

  fail (self, code, &full);
  if (code != ENOSPC)
    {
      g_propagate_error (error, g_steal_pointer (&full));
      return FALSE;
    }
  self->is_told = funcs->problem ("", full, &tries_again, funcs->user_data) && !tries_again;
  if (tries_again)
    return TRUE;
  if (self->is_told || thaw_run_check (self->run, error))
    g_propagate_error (error, g_steal_pointer (&full));
  return FALSE;
}

gboolean
thaw_part_write (ThawFetch *self, GBytes *chunk, GError **error)
{
  gsize n;
  const guint8 *bytes = g_bytes_get_data (chunk, &n);

  while (n > 0)
    {
      gssize written = write (self->fd, bytes, n);

      if (written < 0 && errno != EINTR && !may_go_on (self, errno, error))
        return FALSE;
      if (written <= 0)
        continue;
      bytes += written;
      n -= (gsize) written;
      self->offset += (guint64) written;
      thaw_run_add_done (self->run, written, 0);
    }
  if (!self->is_noted || self->etag == NULL
      || (self->offset - self->durable < NOTE_BYTES
          && g_get_monotonic_time () - self->noted_usec < NOTE_USEC))
    return TRUE;
  return make_durable (self, error);
}

static char *
sum_up (ThawFetch *self, GChecksumType type, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (type);
  g_autofree guint8 *block = g_malloc (128 * 1024);
  off_t at = 0;
  gssize n;

  while ((n = pread (self->fd, block, 128 * 1024, at)) > 0)
    {
      if (!thaw_run_check (self->run, error))
        return NULL;
      g_checksum_update (sum, block, n);
      at += n;
    }
  if (n == 0)
    return g_strdup (g_checksum_get_string (sum));
  fail (self, errno, error);
  return NULL;
}

static gboolean
check_sum (ThawFetch *self, GChecksumType type, const char *expected, GError **error)
{
  g_autofree char *sum = NULL;

  if (expected == NULL)
    return TRUE;
  sum = sum_up (self, type, error);
  if (sum == NULL || g_ascii_strcasecmp (sum, expected) == 0)
    return sum != NULL;
  g_set_error (error,
               THAW_HTTP_ERROR,
               THAW_HTTP_ERROR_BAD_DIGEST,
               "It has the checksum %s and not the expected one",
               sum);
  return FALSE;
}

gboolean
thaw_part_check (ThawFetch *self, const char *sha256, GError **error)
{
  struct stat info;

  if (fstat (self->fd, &info) != 0 || (guint64) info.st_size != self->offset)
    return fail (self, EIO, error);
  if (!check_sum (self, G_CHECKSUM_SHA256, sha256, error)
      || !check_sum (self, self->digest.type, self->digest.sum, error))
    return FALSE;
  return fsync (self->fd) == 0 || fail (self, errno, error);
}

void
thaw_part_close (ThawFetch *self, gboolean removes)
{
  g_clear_fd (&self->fd, NULL);
  if (removes)
    unlinkat (thaw_place_get_fd (self->target), self->hidden, 0);
}
