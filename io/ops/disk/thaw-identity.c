/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tells one object on disk from another that came to stand under its name. Any thread; only
 * compares what stat() said. */

#include "thaw-disk-error-private.h"

#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

static gint64
nsec_from_timespec (const struct timespec *time)
{
  return time->tv_sec * NSEC_PER_SEC + time->tv_nsec;
}

/**
 * thaw_identity_from_stat: (skip)
 * @self: (out caller-allocates): filled
 * @st: what stat() said
 *
 * Takes what tells one object from another. Times beyond the year 2262 wrap, equally each time.
 */
void
thaw_identity_from_stat (ThawIdentity *self, const struct stat *st)
{
  *self = (ThawIdentity){
    .dev = st->st_dev,
    .ino = st->st_ino,
    .size = st->st_size,
    .mtime_nsec = nsec_from_timespec (&st->st_mtim),
    .ctime_nsec = nsec_from_timespec (&st->st_ctim),
    .mode = st->st_mode,
  };
}

/**
 * thaw_identity_is_same: (skip)
 * @a: an identity
 * @b: another one
 *
 * Whether both are one object: device, inode and type.
 *
 * Returns: %TRUE if they are
 */
gboolean
thaw_identity_is_same (const ThawIdentity *a, const ThawIdentity *b)
{
  return a->dev == b->dev && a->ino == b->ino && (a->mode & S_IFMT) == (b->mode & S_IFMT);
}

/**
 * thaw_identity_is_unchanged: (skip)
 * @a: an identity
 * @b: another one, earlier or later
 *
 * Whether both are one object whose bytes weren't changed in between: size and time of modification
 * of what isn't a folder. A folder's time changes with each entry, and says nothing.
 *
 * Returns: %TRUE if it is unchanged
 */
gboolean
thaw_identity_is_unchanged (const ThawIdentity *a, const ThawIdentity *b)
{
  return thaw_identity_is_same (a, b)
         && (S_ISDIR (a->mode) || (a->size == b->size && a->mtime_nsec == b->mtime_nsec));
}

gboolean
thaw_disk_is_same_time (const struct timespec *kept, const struct timespec *time)
{
  gint64 step_nsec = 1, difference_nsec;

  if (kept->tv_nsec == time->tv_nsec && kept->tv_sec == time->tv_sec)
    return TRUE;
  if (ABS (kept->tv_sec - time->tv_sec) > 2)
    return FALSE;
  while (step_nsec < NSEC_PER_SEC && kept->tv_nsec % (step_nsec * 10) == 0)
    step_nsec *= 10;
  if (step_nsec == NSEC_PER_SEC && kept->tv_sec % 2 == 0)
    step_nsec *= 2;
  difference_nsec
      = (gint64) (time->tv_sec - kept->tv_sec) * NSEC_PER_SEC + time->tv_nsec - kept->tv_nsec;
  return ABS (difference_nsec) < step_nsec;
}

gboolean
thaw_disk_is_later (const struct timespec *a, const struct timespec *b)
{
  return nsec_from_timespec (a) > nsec_from_timespec (b);
}
