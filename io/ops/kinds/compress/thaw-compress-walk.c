/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A source's entries, by disk/'s walk. What was seen is summed up by name, inode, size and time, so
 * that a second walk tells whether anything has changed since. */

#include "thaw-compress-private.h"

#include <string.h>

typedef struct {
  ThawVisitFunc func; /* nullable */
  gpointer user_data;
  ThawCompressSum *identities;
  GChecksum *checksum;
} Walking;

void
thaw_compress_sum_add (ThawCompressSum *self, GChecksum *checksum)
{
  guint64 digest[4];
  gsize n = sizeof digest;

  g_checksum_get_digest (checksum, (guint8 *) digest, &n);
  for (guint i = 0; i < 4; i++)
    self->parts[i] += digest[i];
  self->n++;
  g_checksum_reset (checksum);
}

gboolean
thaw_compress_sum_equals (const ThawCompressSum *a, const ThawCompressSum *b)
{
  return a->n == b->n && memcmp (a->parts, b->parts, sizeof a->parts) == 0;
}

void
thaw_compress_feed (GChecksum *checksum, const void *bytes, gsize n)
{
  g_checksum_update (checksum, bytes, (gssize) n);
}

void
thaw_compress_feed_head (GChecksum *checksum,
                         char type,
                         const char *name,
                         gsize n,
                         const char *text,
                         gboolean is_wide)
{
  g_autofree char *composed = is_wide ? g_utf8_normalize (name, (gssize) n, G_NORMALIZE_NFC) : NULL;

  if (composed != NULL)
    {
      name = composed;
      n = strlen (composed);
    }
  while (n > 0 && name[n - 1] == '/')
    n--;
  thaw_compress_feed (checksum, &type, 1);
  thaw_compress_feed (checksum, name, n);
  thaw_compress_feed (checksum, "", 1);
  thaw_compress_feed (checksum, text, strlen (text) + 1);
}

static void
note_identity (Walking *self, const ThawVisit *entry)
{
  const struct stat *st = &entry->st;
  const guint64 facts[] = {
    st->st_dev,
    st->st_ino,
    st->st_mode & S_IFMT,
    S_ISREG (st->st_mode) ? (guint64) st->st_size : 0,
    (guint64) st->st_mtim.tv_sec,
    (guint64) st->st_mtim.tv_nsec,
  };

  if (self->identities == NULL)
    return;
  thaw_compress_feed_head (self->checksum, 'i', entry->path, strlen (entry->path), "", FALSE);
  thaw_compress_feed (self->checksum, facts, sizeof facts);
  thaw_compress_sum_add (self->identities, self->checksum);
}

static gboolean
visit (const ThawVisit *entry, gpointer user_data, GError **error)
{
  Walking *self = user_data;

  note_identity (self, entry);
  return self->func == NULL || self->func (entry, self->user_data, error);
}

gboolean
thaw_compress_walk (ThawPlace *place,
                    const char *name,
                    const char *token,
                    const ThawWalkFuncs *funcs,
                    ThawVisitFunc func,
                    gpointer user_data,
                    ThawCompressSum *identities,
                    guint *n_left_out,
                    GError **error)
{
  Walking self = {
    .func = func,
    .user_data = user_data,
    .identities = identities,
    .checksum = g_checksum_new (G_CHECKSUM_SHA256),
  };
  guint n = 0;
  gboolean good = thaw_disk_walk (place, name, token, funcs, visit, &self, &n, error);

  g_checksum_free (self.checksum);
  if (n_left_out != NULL)
    *n_left_out += n;
  return good;
}
