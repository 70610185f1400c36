/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A source's entries, visited by descriptors, at any depth, following nothing: the way down is
 * disk/'s own. What was seen is summed up by name, inode, size and time, so that a second walk
 * tells whether anything has changed since. */

#include "thaw-compress-private.h"

#include "../../disk/thaw-disk-error-private.h"
#include "../../disk/thaw-walk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MAX_OPEN 60

typedef struct {
  ThawWalk walk;
  ThawDescent way;
  const char *token;
  ThawCompressFunc func;
  gpointer user_data;
  ThawCompressSum *identities;
  GChecksum *checksum;
  guint n_left_out;
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
note_identity (Walking *self, const struct stat *st)
{
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
  thaw_compress_feed_head (self->checksum,
                           'i',
                           self->walk.path->str,
                           self->walk.path->len,
                           "",
                           FALSE);
  thaw_compress_feed (self->checksum, facts, sizeof facts);
  thaw_compress_sum_add (self->identities, self->checksum);
}

static gboolean
enter_folder (Walking *self, int folder, const char *name, GError **error)
{
  g_autofd int fd = thaw_disk_open_folder (folder, name, thaw_descent_get_depth (&self->way) > 0);
  struct stat st;
  ThawLevel *level;

  /* What is mounted there is the empty folder that it would be without. */
  if (fd < 0 && errno == EXDEV)
    return TRUE;
  if (fd < 0 || fstat (fd, &st) != 0)
    return thaw_disk_fail (error, errno, "open", name);
  level = thaw_descent_push (&self->way, name, g_steal_fd (&fd), &st);
  level->names = thaw_names_new ();
  level->path_length = self->walk.path->len;
  return TRUE;
}

static gboolean
visit (Walking *self, int folder, const char *name, GError **error)
{
  ThawCompressEntry entry = { .folder = folder, .name = name, .path = self->walk.path->str };

  if (fstatat (folder, name, &entry.st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_disk_fail (error, errno, "look at", name);
  note_identity (self, &entry.st);
  if (self->func != NULL && !self->func (&entry, self->user_data, error))
    {
      self->walk.is_over = TRUE;
      return FALSE;
    }
  return !S_ISDIR (entry.st.st_mode) || enter_folder (self, folder, name, error);
}

/* The next entry of the deepest folder, or out of that. */
static gboolean
step (Walking *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  ThawLevel *level = thaw_descent_get_top (&self->way);
  int fd = thaw_descent_get_fd (&self->way, &failure);
  ThawName name;

  g_string_truncate (self->walk.path, level->path_length);
  if (fd >= 0 && thaw_names_next (level->names, fd, &name, &failure))
    {
      if (thaw_token_owns_name (self->token, name.name))
        return TRUE;
      thaw_walk_enter (&self->walk, level->path_length, name.name);
      visit (self, fd, name.name, &failure);
    }
  else
    thaw_descent_pop (&self->way);
  if (failure == NULL)
    return TRUE;
  self->n_left_out++;
  return thaw_walk_judge (&self->walk, g_steal_pointer (&failure), error) != THAW_WALK_END;
}

gboolean
thaw_compress_walk (ThawPlace *place,
                    const char *name,
                    const char *token,
                    const ThawWalkFuncs *funcs,
                    ThawCompressFunc func,
                    gpointer user_data,
                    ThawCompressSum *identities,
                    guint *n_left_out,
                    GError **error)
{
  Walking self = {
    .token = token,
    .func = func,
    .user_data = user_data,
    .identities = identities,
    .checksum = g_checksum_new (G_CHECKSUM_SHA256),
  };
  gboolean good;

  thaw_walk_init (&self.walk, name, funcs);
  thaw_descent_init (&self.way, thaw_place_get_fd (place), MAX_OPEN);
  good = thaw_walk_check (&self.walk, error)
         && visit (&self, thaw_place_get_fd (place), name, error);
  while (good && thaw_descent_get_depth (&self.way) > 0)
    good = thaw_walk_check (&self.walk, error) && step (&self, error);
  thaw_descent_clear (&self.way);
  thaw_walk_clear (&self.walk);
  g_checksum_free (self.checksum);
  if (n_left_out != NULL)
    *n_left_out += self.n_left_out;
  return good;
}
