/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended attributes, and with them access lists and capabilities: whether the two of a pair have
 * the same, which is only looked at if it is asked for, since it takes system calls for each file.
 * A file system that has none at all has nothing that differs. On the thread of the run. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

/* More than that no file system of Linux has, of either. */
#define MAX_BYTES (64 * 1024)
/* The system's own. */
#define LABEL "security.selinux"

typedef struct {
  char path[sizeof "/proc/self/fd/2147483647/" + NAME_MAX];
  char names[MAX_BYTES];
  const char *sorted[MAX_BYTES / 2];
  guint n;
} Attributes;

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* FALSE: there are none here, or they can't be read. */
static gboolean
load (Attributes *self, const ThawPair *pair, int side)
{
  gssize size;

  self->n = 0;
  snprintf (self->path,
            sizeof self->path,
            "/proc/self/fd/%d/%s",
            thaw_place_get_fd (pair->places[side]),
            pair->name);
  size = llistxattr (self->path, self->names, sizeof self->names);
  for (gssize at = 0; at < size; at += (gssize) strlen (self->names + at) + 1)
    if (strcmp (self->names + at, LABEL) != 0)
      self->sorted[self->n++] = self->names + at;
  qsort (self->sorted, self->n, sizeof self->sorted[0], compare_names);
  return size >= 0;
}

static gboolean
has_same_value (const Attributes *a, const Attributes *b, const char *name)
{
  g_autofree char *values = g_malloc (2 * MAX_BYTES);
  gssize n_a = lgetxattr (a->path, name, values, MAX_BYTES);
  gssize n_b = lgetxattr (b->path, name, values + MAX_BYTES, MAX_BYTES);

  return n_a == n_b && (n_a <= 0 || memcmp (values, values + MAX_BYTES, (gsize) n_a) == 0);
}

gboolean
thaw_sync_has_same_xattrs (const ThawPair *pair)
{
  g_autofree Attributes *both = g_new (Attributes, N_SIDES);

  if (!load (&both[A], pair, A) || !load (&both[B], pair, B))
    return TRUE;
  if (both[A].n != both[B].n)
    return FALSE;
  for (guint i = 0; i < both[A].n; i++)
    if (strcmp (both[A].sorted[i], both[B].sorted[i]) != 0
        || !has_same_value (&both[A], &both[B], both[A].sorted[i]))
      return FALSE;
  return TRUE;
}
