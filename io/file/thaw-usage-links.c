/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of a file's hard links counts: the first one that is seen, wherever that is. A claim holds
 * as long as the folder that made it hasn't been read again since: then it has to make it anew, or
 * another link's folder may. An open table of 24 bytes an inode, because backups are made of
 * millions of links. With the tree's lock. */

#include "thaw-usage-tree-private.h"

typedef struct {
  guint64 ino;
  guint32 dev, node;
  guint32 serial; /* 0: free */
} Claim;

struct _ThawUsageLinks {
  Claim *claims;
  gsize size, n; /* size: a power of two */
};

ThawUsageLinks *
thaw_usage_links_new (void)
{
  return g_new0 (ThawUsageLinks, 1);
}

void
thaw_usage_links_free (ThawUsageLinks *self)
{
  g_free (self->claims);
  g_free (self);
}

static Claim *
find_place (ThawUsageLinks *self, guint32 dev, guint64 ino)
{
  guint64 hash = (ino ^ ((guint64) dev << 32)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  gsize i = (hash >> 20) & (self->size - 1);

  while (self->claims[i].serial != 0 && (self->claims[i].ino != ino || self->claims[i].dev != dev))
    i = (i + 1) & (self->size - 1);
  return &self->claims[i];
}

static void
grow (ThawUsageLinks *self)
{
  g_autofree Claim *old = self->claims;
  gsize size = self->size;

  self->size = size > 0 ? size * 2 : 256;
  self->claims = g_new0 (Claim, self->size);
  for (gsize i = 0; i < size; i++)
    if (old[i].serial != 0)
      *find_place (self, old[i].dev, old[i].ino) = old[i];
}

gboolean
thaw_usage_links_claim (ThawUsageTree *tree,
                        ThawUsageLinks *self,
                        guint32 dev,
                        guint64 ino,
                        guint32 node,
                        guint32 serial)
{
  Claim *claim;

  if (self->n * 4 >= self->size * 3)
    grow (self);
  claim = find_place (self, dev, ino);
  if (claim->serial != 0)
    {
      ThawUsageNode *owner = thaw_usage_tree_peek (tree, claim->node);

      if (owner->serial == claim->serial && thaw_usage_tree_is_alive (tree, claim->node))
        return FALSE;
    }
  else
    self->n++;
  *claim = (Claim){ ino, dev, node, serial };
  return TRUE;
}

gsize
thaw_usage_links_get_memory (ThawUsageLinks *self)
{
  return self->size * sizeof (Claim);
}
