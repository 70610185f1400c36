/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All of a file that isn't bytes: owner, extended attributes, access lists, mode, times. By
 * descriptor, before anybody can see the copy, in the order in which none undoes another: changing
 * the owner clears capabilities, changing the mode changes the access list, and all changes the
 * times. What can't be kept is a loss that is told, not a failure. The operation's thread. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACCESS_LIST "system.posix_acl_access"
#define DEFAULT_LIST "system.posix_acl_default"
#define CAPABILITY "security.capability"
#define LABEL "security.selinux"

#define XATTR_BYTES (64 * 1024)

/* The new one is the copying user's until here. FALSE if it stays so. */
static gboolean
keep_owner (ThawCopy *self, int out, const struct stat *st, const struct stat *made)
{
  if (st->st_uid == made->st_uid && st->st_gid == made->st_gid)
    return TRUE;
  if (fchownat (out, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) == 0)
    return TRUE;
  /* One's own groups may be given by anybody. */
  if (st->st_gid != made->st_gid && fchownat (out, "", -1, st->st_gid, AT_EMPTY_PATH) == 0
      && st->st_uid == made->st_uid)
    return TRUE;
  thaw_walk_loss (&self->walk, "owner");
  return FALSE;
}

/* What belongs to the owner's trust doesn't go to another owner. */
static mode_t
get_mode (ThawCopy *self, const struct stat *st, gboolean has_owner)
{
  mode_t mode = st->st_mode & ALLPERMS;

  if ((!has_owner && !S_ISDIR (st->st_mode)) || (self->flags & THAW_COPY_DROP_PRIVILEGES) != 0)
    mode &= ~(S_ISUID | S_ISGID);
  if (mode != (st->st_mode & ALLPERMS))
    thaw_walk_loss (&self->walk, "set-id");
  return mode;
}

static gboolean
is_wanted (ThawCopy *self, const char *xattr)
{
  if (strcmp (xattr, CAPABILITY) == 0)
    return (self->flags & THAW_COPY_DROP_PRIVILEGES) == 0;
  return TRUE;
}

static void
keep_xattr (ThawCopy *self, int in, int out, const char *xattr)
{
  guint8 *value = self->buffer + XATTR_BYTES;
  gssize size;

  if (!is_wanted (self, xattr))
    return;
  size = fgetxattr (in, xattr, value, XATTR_BYTES);
  if (size >= 0 && fsetxattr (out, xattr, value, size, 0) == 0)
    return;
  /* It was removed meanwhile; or the system gives its own label. */
  if (errno == ENODATA || strcmp (xattr, LABEL) == 0)
    return;
  thaw_walk_loss (&self->walk, xattr);
}

static void
keep_xattrs (ThawCopy *self, int in, int out)
{
  char *names = (char *) self->buffer;
  gssize size = in >= 0 ? flistxattr (in, NULL, 0) : 0;

  if (size <= 0)
    return;
  size = flistxattr (in, names, XATTR_BYTES);
  if (size < 0)
    thaw_walk_loss (&self->walk, "extended attributes");
  for (gssize at = 0; at < size; at += strlen (names + at) + 1)
    keep_xattr (self, in, out, names + at);
}

/* The system drops a set-id bit that one may not give, and says nothing. */
static gboolean
has_mode (int out, mode_t mode)
{
  struct stat st;

  return (mode & (S_ISUID | S_ISGID)) == 0
         || (fstat (out, &st) == 0 && (st.st_mode & ALLPERMS) == mode);
}

void
thaw_copy_attributes (ThawCopy *self,
                      int in,
                      int out,
                      const struct stat *st,
                      const struct stat *made)
{
  mode_t mode = get_mode (self, st, keep_owner (self, out, st, made));

  if (mode != (made->st_mode & ALLPERMS) && (fchmod (out, mode) != 0 || !has_mode (out, mode)))
    thaw_walk_loss (&self->walk, "mode");
  keep_xattrs (self, in, out);
}

void
thaw_copy_times (ThawCopy *self, int out, const struct stat *st)
{
  const struct timespec times[2] = { st->st_atim, st->st_mtim };

  if (futimens (out, times) != 0)
    thaw_walk_loss (&self->walk, "times");
}

void
thaw_copy_handle_attributes (ThawCopy *self,
                             int out_handle,
                             const struct stat *st,
                             const struct stat *made)
{
  const struct timespec times[2] = { st->st_atim, st->st_mtim };
  mode_t mode = get_mode (self, st, keep_owner (self, out_handle, st, made));

  /* A link has no mode of its own. */
  if (!S_ISLNK (st->st_mode) && thaw_disk_chmod (out_handle, mode) != 0)
    thaw_walk_loss (&self->walk, "mode");
  if (utimensat (out_handle, "", times, AT_EMPTY_PATH) != 0)
    thaw_walk_loss (&self->walk, "times");
}

void
thaw_copy_drop_inherited (int fd, gboolean is_folder)
{
  /* Mostly there is none, or there are no such things at all. */
  fremovexattr (fd, ACCESS_LIST);
  if (is_folder)
    fremovexattr (fd, DEFAULT_LIST);
}
