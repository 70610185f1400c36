/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mode, owner and times by descriptor, never by name: the object is opened without being followed
 * or really opened (O_PATH), must be the one that the step knows, and is changed through that
 * descriptor. On one operation's thread. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define NSEC G_GINT64_CONSTANT (1000000000)

typedef struct {
  gboolean has_mode, has_owner, has_times;
  guint32 mode, uid, gid;
  struct timespec times[2];
} Attributes;

static struct timespec
timespec_from_nsec (gint64 nsec)
{
  gint64 seconds = nsec >= 0 ? nsec / NSEC : -((-nsec + NSEC - 1) / NSEC);

  return (struct timespec){ .tv_sec = seconds, .tv_nsec = nsec - seconds * NSEC };
}

static gint64
nsec_from_timespec (const struct timespec *time)
{
  return time->tv_sec * NSEC + time->tv_nsec;
}

static void
read_variant (GVariant *variant, Attributes *out)
{
  gint64 nsec;

  *out = (Attributes){ .uid = G_MAXUINT32, .gid = G_MAXUINT32 };
  out->times[0].tv_nsec = out->times[1].tv_nsec = UTIME_OMIT;
  out->has_mode = g_variant_lookup (variant, "mode", "u", &out->mode);
  out->mode &= 07777;
  out->has_owner = g_variant_lookup (variant, "uid", "u", &out->uid);
  out->has_owner |= g_variant_lookup (variant, "gid", "u", &out->gid);
  if (g_variant_lookup (variant, "atime-nsec", "x", &nsec))
    out->times[0] = timespec_from_nsec (nsec);
  if (g_variant_lookup (variant, "mtime-nsec", "x", &nsec))
    out->times[1] = timespec_from_nsec (nsec);
  out->has_times = out->times[0].tv_nsec != UTIME_OMIT || out->times[1].tv_nsec != UTIME_OMIT;
}

/* -1 with an error. */
static int
open_object (ThawRow *self, struct stat *st, GError **error)
{
  const char *name = self->step->to.name;
  int fd = openat (thaw_place_get_fd (self->to->place), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  ThawIdentity found;

  if (fd < 0 || fstat (fd, st) != 0)
    {
      thaw_set_errno_error (error, errno, name);
      if (fd >= 0)
        close (fd);
      return -1;
    }
  thaw_identity_from_stat (&found, st);
  if (thaw_identity_is_same (&found, &self->step->object))
    return fd;
  close (fd);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, "“%s” is another file now", name);
  return -1;
}

/* A change of owner takes privileged bits away: then the mode is one of the things that were. */
gboolean
thaw_row_read_attributes (ThawRow *self, GError **error)
{
  GVariantDict dict;
  Attributes wanted;
  struct stat st;
  int fd = open_object (self, &st, error);

  if (fd < 0)
    return FALSE;
  close (fd);
  read_variant (self->step->attributes, &wanted);
  g_variant_dict_init (&dict, NULL);
  if ((wanted.has_mode || wanted.has_owner) && !S_ISLNK (st.st_mode))
    g_variant_dict_insert (&dict, "mode", "u", (guint32) st.st_mode & 07777);
  if (wanted.uid != G_MAXUINT32)
    g_variant_dict_insert (&dict, "uid", "u", (guint32) st.st_uid);
  if (wanted.gid != G_MAXUINT32)
    g_variant_dict_insert (&dict, "gid", "u", (guint32) st.st_gid);
  if (wanted.times[0].tv_nsec != UTIME_OMIT)
    g_variant_dict_insert (&dict, "atime-nsec", "x", nsec_from_timespec (&st.st_atim));
  if (wanted.times[1].tv_nsec != UTIME_OMIT)
    g_variant_dict_insert (&dict, "mtime-nsec", "x", nsec_from_timespec (&st.st_mtim));
  g_clear_pointer (&self->old_attributes, g_variant_unref);
  self->old_attributes = g_variant_ref_sink (g_variant_dict_end (&dict));
  return TRUE;
}

static int
apply (int fd, const Attributes *wanted, gboolean is_link)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  if (wanted->has_owner && fchownat (fd, "", wanted->uid, wanted->gid, AT_EMPTY_PATH) != 0)
    return errno;
  if (wanted->has_mode && is_link)
    return EOPNOTSUPP;
  if (wanted->has_mode && fchmodat (AT_FDCWD, path, wanted->mode, 0) != 0)
    return errno;
  if (!wanted->has_times || utimensat (fd, "", wanted->times, AT_EMPTY_PATH) == 0)
    return 0;
  /* Kernels before 5.8 don't take the descriptor; the name would be followed. */
  if (errno != EINVAL || is_link)
    return errno;
  return utimensat (AT_FDCWD, path, wanted->times, 0) == 0 ? 0 : errno;
}

/* By what is cheapest and certain: the object itself, if it may be read; else its whole file
 * system. */
static int
synchronise (ThawRow *self, int handle, mode_t mode)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", handle);
  int fd = S_ISREG (mode) || S_ISDIR (mode) ? open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
  int result = fd >= 0 ? fsync (fd) : syncfs (thaw_place_get_fd (self->to->place));
  int code = result == 0 ? 0 : errno;

  if (fd >= 0)
    close (fd);
  return code;
}

gboolean
thaw_row_set_attributes (ThawRow *self, GError **error)
{
  Attributes wanted;
  struct stat st;
  int fd = open_object (self, &st, error), code;

  if (fd < 0)
    return FALSE;
  read_variant (self->step->attributes, &wanted);
  code = apply (fd, &wanted, S_ISLNK (st.st_mode));
  if (code == 0 && thaw_place_syncs_as_a_whole (self->to->place))
    self->to->has_dirty_data = TRUE;
  else if (code == 0)
    code = synchronise (self, fd, st.st_mode);
  close (fd);
  if (code == 0)
    return TRUE;
  thaw_set_errno_error (error, code, self->step->to.name);
  return FALSE;
}

static gboolean
is_time (const struct timespec *wanted, const struct timespec *found)
{
  return wanted->tv_nsec == UTIME_OMIT
         || (wanted->tv_sec == found->tv_sec && wanted->tv_nsec == found->tv_nsec);
}

/* The time of access changes by itself. */
gboolean
thaw_row_has_attributes (ThawRow *self, gboolean *has, GError **error)
{
  Attributes wanted;
  struct stat st;
  int fd = open_object (self, &st, error);

  if (fd < 0)
    return FALSE;
  close (fd);
  read_variant (self->step->attributes, &wanted);
  *has = (!wanted.has_mode || (st.st_mode & 07777) == wanted.mode)
         && (wanted.uid == G_MAXUINT32 || st.st_uid == wanted.uid)
         && (wanted.gid == G_MAXUINT32 || st.st_gid == wanted.gid)
         && is_time (&wanted.times[1], &st.st_mtim);
  return TRUE;
}
