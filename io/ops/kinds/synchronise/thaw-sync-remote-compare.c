/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the two of a pair are the same, by what the listings say: files by size and time, or by
 * their bytes if that is asked for, links by where they lead. On the thread of the run. A server
 * that keeps no times of others, as most of WebDAV, has the time when it was sent to: there a file
 * of the same size that isn't older is the same, unless it is known when the two were last alike
 * and one of them was changed since. */

#include "thaw-sync-remote-private.h"

#include <string.h>

#define BLOCK_BYTES (256 * 1024)

/* --- times --- */

static gint64
get_mtime (const ThawRemotePair *pair, int side)
{
  return pair->pair.identities[side].mtime_nsec;
}

/* The newer one is on a side where that only says when it came there. */
static gboolean
is_only_sent_later (ThawSyncRemote *self, const ThawRemotePair *pair)
{
  return !self->abilities[get_mtime (pair, B) > get_mtime (pair, A) ? B : A].keeps_times;
}

/* What was sent in the last seconds of then isn't changed since. */
static gboolean
is_changed (ThawSyncRemote *self, const ThawRemotePair *pair, int side)
{
  ThawIdentity identity = pair->pair.identities[side];

  if (!self->abilities[side].keeps_times)
    identity.mtime_nsec -= self->base.tolerance_nsec;
  return self->base.past_usec > 0 && thaw_sync_is_changed (&self->base, &identity);
}

gboolean
thaw_sync_remote_has_same_time (ThawSyncRemote *self, const ThawRemotePair *pair)
{
  if (!pair->entries[A]->has_time || !pair->entries[B]->has_time
      || thaw_sync_is_same_time (&self->base, get_mtime (pair, A), get_mtime (pair, B)))
    return TRUE;
  return is_only_sent_later (self, pair) && !is_changed (self, pair, A)
         && !is_changed (self, pair, B);
}

/* Where the later time says nothing, it is the one that was changed. */
static ThawPairState
get_order (ThawSyncRemote *self, const ThawRemotePair *pair)
{
  gint64 a = get_mtime (pair, A), b = get_mtime (pair, B);

  if (!pair->entries[A]->has_time || !pair->entries[B]->has_time
      || thaw_sync_is_same_time (&self->base, a, b))
    return THAW_PAIR_DIFFERENT;
  if (is_only_sent_later (self, pair) && is_changed (self, pair, A) != is_changed (self, pair, B))
    return is_changed (self, pair, A) ? THAW_PAIR_A_NEWER : THAW_PAIR_B_NEWER;
  return a > b ? THAW_PAIR_A_NEWER : THAW_PAIR_B_NEWER;
}

/* Those bits that go over with a copy. */
gboolean
thaw_sync_remote_has_same_rights (ThawSyncRemote *self, const ThawRemotePair *pair)
{
  const ThawSyncEntry *a = pair->entries[A], *b = pair->entries[B];

  return !self->base.keeps_modes || !a->has_mode || !b->has_mode
         || (a->mode & 0777) == (b->mode & 0777);
}

/* --- bytes --- */

static GInputStream *
open_file (ThawSyncRemote *self, const ThawRemotePair *pair, int side, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, side);

  return G_INPUT_STREAM (g_file_read (file, thaw_run_get_cancellable (self->base.run), error));
}

static gboolean
compare_streams (ThawSyncRemote *self,
                 GInputStream *a,
                 GInputStream *b,
                 gboolean *are_same,
                 GError **error)
{
  GCancellable *cancellable = thaw_run_get_cancellable (self->base.run);
  g_autofree guint8 *blocks = g_malloc (2 * BLOCK_BYTES);
  guint8 *other = blocks + BLOCK_BYTES;
  gsize n, n_other;

  do
    {
      if (!thaw_run_check (self->base.run, error)
          || !g_input_stream_read_all (a, blocks, BLOCK_BYTES, &n, cancellable, error)
          || !g_input_stream_read_all (b, other, BLOCK_BYTES, &n_other, cancellable, error))
        return FALSE;
      *are_same = n == n_other && memcmp (blocks, other, n) == 0;
    }
  while (*are_same && n > 0);
  return TRUE;
}

static gboolean
compare_bytes (ThawSyncRemote *self, const ThawRemotePair *pair, gboolean *are_same, GError **error)
{
  g_autoptr (GFile) file = thaw_remote_pair_get_file (pair, A);
  g_autofree char *shown = thaw_remote_dup_shown (file);
  g_autoptr (GInputStream) a = NULL;
  g_autoptr (GInputStream) b = NULL;

  thaw_run_set_current (self->base.run, shown);
  a = open_file (self, pair, A, error);
  b = a != NULL ? open_file (self, pair, B, error) : NULL;
  return b != NULL && compare_streams (self, a, b, are_same, error);
}

/* --- all of it --- */

static gboolean
compare_files (ThawSyncRemote *self, const ThawRemotePair *pair, gboolean *are_same, GError **error)
{
  *are_same = !pair->entries[A]->has_size || !pair->entries[B]->has_size
              || pair->pair.identities[A].size == pair->pair.identities[B].size;
  if (!*are_same)
    return TRUE;
  if (self->base.by_content)
    return compare_bytes (self, pair, are_same, error);
  *are_same = thaw_sync_remote_has_same_time (self, pair);
  return TRUE;
}

static gboolean
has_same_attributes (ThawSyncRemote *self, const ThawRemotePair *pair)
{
  return (!self->abilities[B].keeps_times || thaw_sync_remote_has_same_time (self, pair))
         && thaw_sync_remote_has_same_rights (self, pair);
}

static gboolean
compare_objects (ThawSyncRemote *self, ThawRemotePair *pair, GError **error)
{
  const ThawSyncEntry *a = pair->entries[A], *b = pair->entries[B];
  gboolean are_same = TRUE;

  if (S_ISLNK (a->identity.mode))
    are_same = g_strcmp0 (a->link, b->link) == 0;
  if (S_ISREG (a->identity.mode) && !compare_files (self, pair, &are_same, error))
    return FALSE;
  if (!are_same)
    pair->pair.state = get_order (self, pair);
  else
    pair->pair.state = !S_ISREG (a->identity.mode) || has_same_attributes (self, pair)
                           ? THAW_PAIR_SAME
                           : THAW_PAIR_ATTRIBUTES;
  return TRUE;
}

gboolean
thaw_sync_remote_compare (ThawSyncRemote *self, ThawRemotePair *pair, GError **error)
{
  const ThawSyncEntry *a = pair->entries[A], *b = pair->entries[B];

  if (a == NULL || b == NULL)
    {
      pair->pair.state = a != NULL ? THAW_PAIR_ONLY_A : THAW_PAIR_ONLY_B;
      return TRUE;
    }
  if (a->identity.mode != b->identity.mode)
    {
      pair->pair.state = THAW_PAIR_TYPES;
      return TRUE;
    }
  if (S_ISDIR (a->identity.mode))
    {
      pair->pair.state = THAW_PAIR_FOLDERS;
      return TRUE;
    }
  return compare_objects (self, pair, error);
}
