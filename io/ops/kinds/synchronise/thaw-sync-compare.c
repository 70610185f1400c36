/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the two of a pair are the same: files by size and time, or by their bytes if that is
 * asked for, and by their extended attributes if that is; links by where they lead. On the thread
 * of the run. Files are opened by descriptor, without being followed, and only if they are regular
 * ones; reading them leaves their times of access alone where the system allows it. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256 * 1024)
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

/* A time without a fraction comes from a file system that has none. */
gboolean
thaw_sync_is_same_time (ThawSync *self, gint64 a, gint64 b)
{
  gint64 apart = ABS (a - b);
  gboolean is_rounded = (a % NSEC_PER_SEC == 0) != (b % NSEC_PER_SEC == 0);

  return apart <= self->tolerance_nsec || (is_rounded && apart < NSEC_PER_SEC);
}

/* Who isn't root can't give files away. */
gboolean
thaw_sync_has_same_rights (ThawSync *self, const struct stat *a, const struct stat *b)
{
  if (!self->keeps_modes)
    return TRUE;
  return (S_ISLNK (a->st_mode) || (a->st_mode & 07777) == (b->st_mode & 07777))
         && (geteuid () != 0 || (a->st_uid == b->st_uid && a->st_gid == b->st_gid));
}

gboolean
thaw_sync_has_same_attributes (ThawSync *self, const struct stat *a, const struct stat *b)
{
  ThawIdentity of_a, of_b;

  thaw_identity_from_stat (&of_a, a);
  thaw_identity_from_stat (&of_b, b);
  return thaw_sync_is_same_time (self, of_a.mtime_nsec, of_b.mtime_nsec)
         && thaw_sync_has_same_rights (self, a, b);
}

static gboolean
fail (GError **error, int code, const char *name)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "“%s” can't be compared: %s",
               name,
               g_strerror (code));
  return FALSE;
}

static int
open_file (const ThawPair *pair, int side, GError **error)
{
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  int folder = thaw_place_get_fd (pair->places[side]);
  int fd = openat (folder, pair->name, flags | O_NOATIME);
  struct stat found;

  if (fd < 0 && errno == EPERM)
    fd = openat (folder, pair->name, flags);
  if (fd >= 0 && fstat (fd, &found) == 0 && S_ISREG (found.st_mode)
      && found.st_ino == pair->stats[side].st_ino)
    return fd;
  fail (error, fd < 0 ? errno : ESTALE, pair->name);
  if (fd >= 0)
    close (fd);
  return -1;
}

static gssize
read_block (int fd, guint8 *block)
{
  gsize n = 0;

  while (n < BLOCK_BYTES)
    {
      gssize more = read (fd, block + n, BLOCK_BYTES - n);

      if (more == 0)
        break;
      if (more < 0 && errno != EINTR)
        return -1;
      n += more > 0 ? (gsize) more : 0;
    }
  return (gssize) n;
}

static gboolean
compare_bytes (ThawSync *self, const ThawPair *pair, gboolean *are_same, GError **error)
{
  g_autofree guint8 *blocks = g_malloc (2 * BLOCK_BYTES);
  g_autofd int a = open_file (pair, A, error);
  g_autofd int b = a >= 0 ? open_file (pair, B, error) : -1;
  gssize n;

  if (b < 0)
    return FALSE;
  do
    {
      gssize other;

      if (!thaw_run_check (self->run, error))
        return FALSE;
      n = read_block (a, blocks);
      other = n >= 0 ? read_block (b, blocks + BLOCK_BYTES) : -1;
      if (other < 0)
        return fail (error, errno, pair->name);
      *are_same = n == other && memcmp (blocks, blocks + BLOCK_BYTES, (gsize) n) == 0;
    }
  while (*are_same && n > 0);
  return TRUE;
}

static char *
read_link (const ThawPair *pair, int side, GError **error)
{
  char text[PATH_MAX];
  gssize n = readlinkat (thaw_place_get_fd (pair->places[side]), pair->name, text, sizeof text);

  if (n >= 0)
    return g_strndup (text, (gsize) n);
  fail (error, errno, pair->name);
  return NULL;
}

static gboolean
compare_links (const ThawPair *pair, gboolean *are_same, GError **error)
{
  g_autofree char *a = read_link (pair, A, error);
  g_autofree char *b = a != NULL ? read_link (pair, B, error) : NULL;

  *are_same = b != NULL && g_str_equal (a, b);
  return b != NULL;
}

static gboolean
compare_files (ThawSync *self, const ThawPair *pair, gboolean *are_same, GError **error)
{
  *are_same = pair->identities[A].size == pair->identities[B].size;
  if (!*are_same)
    return TRUE;
  if (self->by_content)
    return compare_bytes (self, pair, are_same, error);
  *are_same = thaw_sync_is_same_time (self,
                                      pair->identities[A].mtime_nsec,
                                      pair->identities[B].mtime_nsec);
  return TRUE;
}

static gboolean
compare_objects (ThawSync *self, const ThawPair *pair, gboolean *are_same, GError **error)
{
  const struct stat *a = &pair->stats[A], *b = &pair->stats[B];

  if (S_ISREG (a->st_mode))
    return compare_files (self, pair, are_same, error);
  if (S_ISLNK (a->st_mode))
    return compare_links (pair, are_same, error);
  *are_same = (!S_ISCHR (a->st_mode) && !S_ISBLK (a->st_mode)) || a->st_rdev == b->st_rdev;
  return TRUE;
}

static ThawPairState
get_order (ThawSync *self, const ThawPair *pair)
{
  gint64 a = pair->identities[A].mtime_nsec, b = pair->identities[B].mtime_nsec;

  if (thaw_sync_is_same_time (self, a, b))
    return THAW_PAIR_DIFFERENT;
  return a > b ? THAW_PAIR_A_NEWER : THAW_PAIR_B_NEWER;
}

gboolean
thaw_sync_compare (ThawSync *self, ThawPair *pair, GError **error)
{
  gboolean are_same;

  if (!pair->is_there[A] || !pair->is_there[B])
    {
      pair->state = pair->is_there[A] ? THAW_PAIR_ONLY_A : THAW_PAIR_ONLY_B;
      return TRUE;
    }
  if ((pair->stats[A].st_mode & S_IFMT) != (pair->stats[B].st_mode & S_IFMT))
    {
      pair->state = THAW_PAIR_TYPES;
      return TRUE;
    }
  if (S_ISDIR (pair->stats[A].st_mode))
    {
      pair->state = THAW_PAIR_FOLDERS;
      return TRUE;
    }
  if (!compare_objects (self, pair, &are_same, error))
    return FALSE;
  /* They come with the copy. */
  are_same = are_same && (!self->with_xattrs || thaw_sync_has_same_xattrs (pair));
  if (!are_same)
    pair->state = get_order (self, pair);
  else
    pair->state = thaw_sync_has_same_attributes (self, &pair->stats[A], &pair->stats[B])
                      ? THAW_PAIR_SAME
                      : THAW_PAIR_ATTRIBUTES;
  return TRUE;
}

gboolean
thaw_sync_leaves_xattrs (ThawSync *self, const ThawPair *pair)
{
  return self->with_xattrs && pair->state == THAW_PAIR_FOLDERS && !thaw_sync_has_same_xattrs (pair);
}
