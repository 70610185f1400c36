/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Orders made of orders: a folder's with, behind the entries of some folders in it, those of what
 * is in them. Each part keeps the order that its own sorter has made; composing only lays ids one
 * after the other and notes where a part is interrupted, so that the way back from an id to its
 * place is that of its part and a search among the interruptions. Composed on the loop's thread;
 * the result is immutable, holds its parts and their branches, and may be read by any thread like
 * any order.
 */

#include "thaw-branch-private.h"

#include <string.h>

/* Before its entry at @at there are other rows; @n_rows of them so far. */
typedef struct {
  guint32 at;
  guint32 n_rows;
} Cut;

typedef struct {
  ThawOrder *order;
  ThawBranch *branch;
  guint32 first; /* where it begins */
  GArray *cuts;  /* NULL: none */
} Part;

struct _ThawOrderTree {
  Part *parts;
  guint n_parts;
  GHashTable *parts_by_chunk; /* chunk → index */
  GHashTable *notes;          /* id → position */
};

typedef struct {
  ThawOrderTree *tree;
  const ThawOrderPart *given;
  guint next; /* of the given that isn't there yet */
  guint32 *ids;
  guint32 n;
} Composer;

void
_thaw_order_tree_free (ThawOrderTree *self)
{
  for (guint i = 0; i < self->n_parts; i++)
    {
      g_clear_pointer (&self->parts[i].order, thaw_order_unref);
      g_clear_pointer (&self->parts[i].branch, thaw_branch_unref);
      g_clear_pointer (&self->parts[i].cuts, g_array_unref);
    }
  g_hash_table_unref (self->parts_by_chunk);
  g_hash_table_unref (self->notes);
  g_free (self->parts);
  g_free (self);
}

guint32
_thaw_order_tree_get_n_notes (ThawOrderTree *self)
{
  return g_hash_table_size (self->notes) + thaw_order_get_n_notes (self->parts[0].order);
}

static guint32
get_n (Part *part)
{
  return part->order != NULL ? thaw_order_get_n (part->order) : 0;
}

/* Entries of one part that stand one behind the other. */
static void
add_run (Composer *self, Part *part, guint32 from, guint32 to)
{
  const guint32 *ids;
  guint32 *out = self->ids + self->n;

  if (from == to || part->order == NULL)
    return;
  ids = thaw_order_get_ids (part->order);
  self->n += to - from;
  if (part->branch == NULL)
    {
      memcpy (out, ids + from, (gsize) (to - from) * sizeof (*ids));
      return;
    }
  for (guint32 i = from; i < to; i++)
    {
      guint32 chunk = ((guint32 *) part->branch->chunks->data)[ids[i] >> THAW_CHUNK_SHIFT];

      *out++ = THAW_MAX_ENTRIES + (chunk << THAW_CHUNK_SHIFT) + (ids[i] & THAW_CHUNK_MASK);
    }
}

static void
add_note (Composer *self, guint32 note)
{
  if (note == THAW_NO_ENTRY)
    return;
  g_hash_table_insert (self->tree->notes, GUINT_TO_POINTER (note), GUINT_TO_POINTER (self->n));
  self->ids[self->n++] = note;
}

static void
add_part (Composer *self, guint index)
{
  Part *part = &self->tree->parts[index];
  Cut cut = { 0 };
  guint32 from = 0;

  part->first = self->n;
  while (self->next < self->tree->n_parts && self->given[self->next].parent == index)
    {
      guint child = self->next++;
      guint32 n_before;

      cut.at = self->given[child].position + !self->given[child].before;
      add_run (self, part, from, cut.at);
      from = cut.at;
      n_before = self->n;
      add_part (self, child);
      cut.n_rows += self->n - n_before;
      if (part->cuts == NULL)
        part->cuts = g_array_new (FALSE, FALSE, sizeof (Cut));
      g_array_append_val (part->cuts, cut);
    }
  add_run (self, part, from, get_n (part));
  add_note (self, self->given[index].note);
}

/* A branch without ids left has no rows. */
static void
hold_part (ThawOrderTree *self, guint index, const ThawOrderPart *given)
{
  Part *part = &self->parts[index];

  part->branch = given->branch != NULL ? thaw_branch_ref (given->branch) : NULL;
  if (given->order == NULL)
    return;
  if (part->branch != NULL
      && !_thaw_branch_reserve (part->branch, thaw_entry_store_get_n (part->branch->store)))
    return;
  part->order = thaw_order_ref (given->order);
  for (guint i = 0; part->branch != NULL && i < part->branch->chunks->len; i++)
    g_hash_table_insert (self->parts_by_chunk,
                         GUINT_TO_POINTER (g_array_index (part->branch->chunks, guint32, i)),
                         GUINT_TO_POINTER (index));
}

static guint64
count_rows (ThawOrderTree *self, const ThawOrderPart *parts)
{
  guint64 n = 0;

  for (guint i = 0; i < self->n_parts; i++)
    n += get_n (&self->parts[i]) + (parts[i].note != THAW_NO_ENTRY);
  return n;
}

/**
 * thaw_order_compose:
 * @parts: (array length=n_parts): the trunk's order, and behind it, depth first and by place, the
 *   branches
 * @n_parts: how many, at least 1
 *
 * Makes an order of several: behind each folder that has a branch come the branch's entries. The
 * trunk's order may have been composed itself.
 *
 * - **Thread**: the loop's. Copies all ids.
 *
 * Returns: (transfer full): an order of the trunk's store
 */
ThawOrder *
thaw_order_compose (const ThawOrderPart *parts, guint n_parts)
{
  ThawOrderTree *tree = g_new0 (ThawOrderTree, 1);
  Composer composer = { .tree = tree, .given = parts, .next = 1 };
  ThawIds *ids;

  tree->parts = g_new0 (Part, n_parts);
  tree->n_parts = n_parts;
  tree->parts_by_chunk = g_hash_table_new (NULL, NULL);
  tree->notes = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < n_parts; i++)
    hold_part (tree, i, &parts[i]);
  ids = _thaw_ids_new (MIN (count_rows (tree, parts), G_MAXINT32));
  composer.ids = ids->ids;
  add_part (&composer, 0);
  ids->n = composer.n;
  return _thaw_order_new_composed (thaw_order_get_store (parts[0].order),
                                   thaw_order_get_spec (parts[0].order),
                                   ids,
                                   tree);
}

/* How many rows of other parts stand before the part's entry at @position. */
static guint32
count_before (Part *part, guint32 position)
{
  guint low = 0, high = part->cuts != NULL ? part->cuts->len : 0;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (part->cuts, Cut, middle).at <= position)
        low = middle + 1;
      else
        high = middle;
    }
  return low > 0 ? g_array_index (part->cuts, Cut, low - 1).n_rows : 0;
}

static guint32
find_in_part (Part *part, guint32 own_id)
{
  guint32 position = part->order != NULL ? thaw_order_find (part->order, own_id) : THAW_NO_ENTRY;

  return position != THAW_NO_ENTRY ? part->first + position + count_before (part, position)
                                   : THAW_NO_ENTRY;
}

guint32
_thaw_order_tree_find (ThawOrderTree *self, ThawEntryStore *trunk, guint32 id)
{
  guint32 chunk = _thaw_chunk_of (id);
  gpointer value;

  if (id < THAW_MAX_ENTRIES)
    return find_in_part (&self->parts[0], id);
  if (THAW_IS_NOTE_ID (id)
      && g_hash_table_lookup_extended (self->notes, GUINT_TO_POINTER (id), NULL, &value))
    return GPOINTER_TO_UINT (value);
  if (THAW_IS_NOTE_ID (id)
      || !g_hash_table_lookup_extended (self->parts_by_chunk, GUINT_TO_POINTER (chunk), NULL, &value))
    return find_in_part (&self->parts[0], id);
  return find_in_part (&self->parts[GPOINTER_TO_UINT (value)],
                       trunk->branches->chunks[chunk].first + (id & THAW_CHUNK_MASK));
}
