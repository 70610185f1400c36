/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hard links among what is made like A: a file that has several names there gets them in B as names
 * of one file too, and two files of A never stay names of one file in B. Only files with more than
 * one name are remembered. On the thread of the run. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct {
  guint64 dev, ino;
} Key;

typedef struct {
  Key key;       /* of the file in A */
  guint64 b_ino; /* of the one in B; 0: it is to be copied, or was just now */
  char *folder;  /* in B */
  guint64 dev, ino;
  char *name;
} First;

struct _ThawSyncLinks {
  GHashTable *firsts; /* Key → First, which it is in */
  GHashTable *of_b;   /* Key in B → Key in A */
};

static guint
key_hash (gconstpointer data)
{
  const Key *self = data;

  return g_int64_hash (&self->ino) ^ (guint) self->dev;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return ((const Key *) a)->ino == ((const Key *) b)->ino
         && ((const Key *) a)->dev == ((const Key *) b)->dev;
}

static void
first_free (gpointer data)
{
  First *self = data;

  g_free (self->folder);
  g_free (self->name);
  g_free (self);
}

ThawSyncLinks *
thaw_sync_links_new (void)
{
  ThawSyncLinks *self = g_new0 (ThawSyncLinks, 1);

  self->firsts = g_hash_table_new_full (key_hash, key_equal, NULL, first_free);
  self->of_b = g_hash_table_new_full (key_hash, key_equal, g_free, g_free);
  return self;
}

void
thaw_sync_links_free (ThawSyncLinks *self)
{
  g_hash_table_unref (self->firsts);
  g_hash_table_unref (self->of_b);
  g_free (self);
}

static Key
get_key (const ThawPair *pair, int side)
{
  return (Key){ pair->identities[side].dev, pair->identities[side].ino };
}

static gboolean
is_linked (const ThawPair *pair, int side)
{
  return pair->is_there[side] && S_ISREG (pair->stats[side].st_mode)
         && pair->stats[side].st_nlink > 1;
}

static gboolean
is_same (const ThawPair *pair)
{
  return pair->state == THAW_PAIR_SAME || pair->state == THAW_PAIR_ATTRIBUTES;
}

/* Whether that file of B is a name of another file of A already. */
static gboolean
is_of_another (ThawSyncLinks *self, const ThawPair *pair)
{
  Key a = get_key (pair, A), b = get_key (pair, B);
  const Key *known = g_hash_table_lookup (self->of_b, &b);

  if (known != NULL)
    return !key_equal (known, &a);
  g_hash_table_insert (self->of_b, g_memdup2 (&b, sizeof b), g_memdup2 (&a, sizeof a));
  return FALSE;
}

void
thaw_sync_links_check (ThawSyncLinks *self, ThawPair *pair)
{
  const First *first;
  Key key;

  if (!is_same (pair))
    return;
  if (is_linked (pair, A))
    {
      key = get_key (pair, A);
      first = g_hash_table_lookup (self->firsts, &key);
      if (first != NULL && first->b_ino != pair->identities[B].ino)
        pair->state = THAW_PAIR_DIFFERENT;
    }
  if (is_linked (pair, B) && is_same (pair) && is_of_another (self, pair))
    pair->state = THAW_PAIR_DIFFERENT;
}

void
thaw_sync_links_note (ThawSyncLinks *self, const ThawPair *pair)
{
  First *first;
  Key key;

  if (!is_linked (pair, A))
    return;
  key = get_key (pair, A);
  if (g_hash_table_contains (self->firsts, &key))
    return;
  first = g_new0 (First, 1);
  first->key = key;
  first->b_ino = is_same (pair) ? pair->identities[B].ino : 0;
  first->folder = g_strdup (thaw_place_get_path (pair->places[B]));
  first->dev = thaw_place_get_dev (pair->places[B]);
  first->ino = thaw_place_get_ino (pair->places[B]);
  first->name = g_strdup (pair->name);
  g_hash_table_insert (self->firsts, &first->key, first);
}

static ThawPassage *
passage_new (const ThawPair *pair)
{
  ThawPassage *self = g_new0 (ThawPassage, 1);

  self->path = thaw_pair_dup_path (pair, A);
  self->number = 0x80000000 | g_str_hash (self->path);
  self->from = thaw_place_ref (pair->places[A]);
  self->name = g_strdup (pair->name);
  self->object = pair->identities[A];
  self->to = thaw_place_ref (pair->places[B]);
  self->new_name = g_strdup (pair->name);
  self->entries = 1;
  self->is_replacing = pair->is_there[B];
  self->has_loser = pair->is_there[B];
  self->old = self->loser = pair->identities[B];
  return self;
}

/* The copy that it is linked to has to be what A has: somebody may have changed it by now. */
static gboolean
make_link (const First *first, const ThawPair *pair, ThawPassage *passage, const char *hidden)
{
  g_autoptr (ThawPlace) folder
      = thaw_place_open_known (first->folder, first->dev, first->ino, NULL);
  ThawIdentity there;

  if (folder == NULL || !thaw_place_look (folder, first->name, &there, NULL)
      || !S_ISREG (there.mode) || there.size != pair->identities[A].size)
    return FALSE;
  thaw_kind_remove_quietly (passage->stage, hidden);
  return linkat (thaw_place_get_fd (folder),
                 first->name,
                 thaw_place_get_fd (passage->stage),
                 hidden,
                 0)
             == 0
         && thaw_place_look (passage->stage, hidden, &passage->made, NULL)
         && thaw_identity_is_same (&passage->made, &there);
}

/* Where there are no links, or it isn't what it was, the file is copied. */
gboolean
thaw_sync_links_add (ThawSyncLinks *self,
                     ThawTransfer *transfer,
                     const ThawPair *pair,
                     gboolean *is_done,
                     GError **error)
{
  g_autoptr (ThawPassage) passage = NULL;
  g_autofree char *hidden = NULL;
  const First *first = NULL;
  Key key;

  *is_done = FALSE;
  if (is_linked (pair, A))
    {
      key = get_key (pair, A);
      first = g_hash_table_lookup (self->firsts, &key);
    }
  if (first == NULL)
    return TRUE;
  if (!thaw_transfer_flush (transfer, error))
    return FALSE;
  passage = passage_new (pair);
  hidden = thaw_token_dup_name (thaw_run_get_token (transfer->run), passage->number);
  passage->stage = thaw_transfer_get_stage (transfer, passage, NULL);
  if (passage->stage == NULL || !make_link (first, pair, passage, hidden))
    return TRUE;
  *is_done = TRUE;
  thaw_run_add_done (transfer->run, pair->identities[A].size, 1);
  return thaw_transfer_batch_add (transfer, g_steal_pointer (&passage), error);
}
