/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A branch: how the entries of one folder are known to the store of another, so that a list can
 * show both and everybody who has a store and an id (menus, thumbnails, operations) goes on to work
 * without knowing of it. Nothing is copied: the trunk gives the branch a range of ids above all of
 * its own and hands what is asked of it there on to the branch's store. Made and cut on the loop's
 * thread; asked from any, by whoever holds an order that shows the entry, because orders hold their
 * branches. An id that was cut is an entry that is gone and has no name.
 */

#include "thaw-branch-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (ThawBranch, thaw_branch, thaw_branch_ref, thaw_branch_unref)

/* By the millions of bytes, but only pages that are written become memory. */
static ThawBranchTable *
ensure_table (ThawEntryStore *trunk)
{
  if (trunk->branches == NULL)
    __atomic_store_n (&trunk->branches, g_new0 (ThawBranchTable, 1), __ATOMIC_RELEASE);
  return trunk->branches;
}

/**
 * thaw_branch_new:
 * @trunk: the store of the folder that is shown
 * @store: that of a folder somewhere below it
 * @location: where that is
 *
 * Has @trunk answer for the entries of @store.
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): the branch; cut it when its entries aren't shown any more
 */
ThawBranch *
thaw_branch_new (ThawEntryStore *trunk, ThawEntryStore *store, GFile *location)
{
  ThawBranch *self = g_new0 (ThawBranch, 1);

  ensure_table (trunk);
  self->ref_count = 1;
  self->trunk = thaw_entry_store_ref (trunk);
  self->store = thaw_entry_store_ref (store);
  self->location = g_object_ref (location);
  self->chunks = g_array_new (FALSE, FALSE, sizeof (guint32));
  return self;
}

/**
 * thaw_branch_ref:
 * @self: a branch
 *
 * Adds a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawBranch *
thaw_branch_ref (ThawBranch *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_branch_unref:
 * @self: (transfer full): a branch, which was cut unless others hold it
 *
 * Drops a reference. Any thread; the stores are given back on a worker thread.
 */
void
thaw_branch_unref (ThawBranch *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) != 0)
    return;
  thaw_entry_store_release (self->store);
  thaw_entry_store_release (self->trunk);
  g_object_unref (self->location);
  g_array_unref (self->chunks);
  g_free (self);
}

/**
 * thaw_branch_cut:
 * @self: a branch
 *
 * Ends what [ctor@Thaw.Branch.new] began: for the trunk the entries are gone.
 *
 * - **Thread**: the loop's.
 */
void
thaw_branch_cut (ThawBranch *self)
{
  self->is_cut = TRUE;
  for (guint i = 0; i < self->chunks->len; i++)
    {
      ThawChunk *chunk = &self->trunk->branches->chunks[g_array_index (self->chunks, guint32, i)];

      __atomic_store_n (&chunk->branch, NULL, __ATOMIC_RELEASE);
    }
}

/**
 * thaw_branch_get_store:
 * @self: a branch
 *
 * Returns: (transfer none): the store of its entries
 */
ThawEntryStore *
thaw_branch_get_store (ThawBranch *self)
{
  return self->store;
}

/**
 * thaw_branch_get_location:
 * @self: a branch
 *
 * Returns: (transfer none): the folder of its entries
 */
GFile *
thaw_branch_get_location (ThawBranch *self)
{
  return self->location;
}

gboolean
_thaw_branch_reserve (ThawBranch *self, guint32 n_own)
{
  ThawBranchTable *table = self->trunk->branches;

  while ((guint64) self->chunks->len << THAW_CHUNK_SHIFT < n_own)
    {
      guint32 n = table->n_used;

      if (n == THAW_N_CHUNKS || self->is_cut)
        return FALSE;
      table->chunks[n].first = self->chunks->len << THAW_CHUNK_SHIFT;
      __atomic_store_n (&table->chunks[n].branch, self, __ATOMIC_RELEASE);
      g_array_append_val (self->chunks, n);
      table->n_used++;
    }
  return TRUE;
}

/**
 * thaw_branch_get_id:
 * @self: a branch
 * @own_id: an entry of its store
 *
 * - **Thread**: the loop's.
 *
 * Returns: what the trunk calls that entry; %THAW_NO_ENTRY when a trunk has had so many branches
 *   that there are no more ids
 */
guint32
thaw_branch_get_id (ThawBranch *self, guint32 own_id)
{
  guint32 chunk;

  if (own_id >= THAW_MAX_ENTRIES || !_thaw_branch_reserve (self, own_id + 1))
    return THAW_NO_ENTRY;
  chunk = g_array_index (self->chunks, guint32, own_id >> THAW_CHUNK_SHIFT);
  return THAW_MAX_ENTRIES + (chunk << THAW_CHUNK_SHIFT) + (own_id & THAW_CHUNK_MASK);
}

/**
 * thaw_entry_store_get_branch:
 * @trunk: a store
 * @id: an entry
 * @own_id: (out) (optional): which entry of the branch it is; @id if it is of none
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none) (nullable): the branch that the entry is of
 */
ThawBranch *
thaw_entry_store_get_branch (ThawEntryStore *trunk, guint32 id, guint32 *own_id)
{
  ThawChunk *chunk;

  if (own_id != NULL)
    *own_id = id;
  if (!THAW_IS_BRANCH_ID (id) || trunk->branches == NULL)
    return NULL;
  chunk = &trunk->branches->chunks[_thaw_chunk_of (id)];
  if (own_id != NULL && chunk->branch != NULL)
    *own_id = chunk->first + (id & THAW_CHUNK_MASK);
  return chunk->branch;
}

/**
 * thaw_entry_store_get_folder:
 * @trunk: a store
 * @id: an entry
 * @folder: the folder that the store is of
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none): the folder that the entry is in
 */
GFile *
thaw_entry_store_get_folder (ThawEntryStore *trunk, guint32 id, GFile *folder)
{
  ThawBranch *branch = thaw_entry_store_get_branch (trunk, id, NULL);

  return branch != NULL ? branch->location : folder;
}

/* Whom to ask about @id, and by which id. FALSE: nobody knows it. */
gboolean
_thaw_entry_store_resolve_branch (ThawEntryStore **store, guint32 *id)
{
  ThawBranchTable *table = __atomic_load_n (&(*store)->branches, __ATOMIC_ACQUIRE);
  ThawChunk *chunk;
  ThawBranch *branch;

  if (table == NULL || !THAW_IS_BRANCH_ID (*id))
    return FALSE;
  chunk = &table->chunks[_thaw_chunk_of (*id)];
  branch = __atomic_load_n (&chunk->branch, __ATOMIC_ACQUIRE);
  if (branch == NULL)
    return FALSE;
  *store = branch->store;
  *id = chunk->first + (*id & THAW_CHUNK_MASK);
  return *id < thaw_entry_store_get_n (*store);
}

/**
 * thaw_entry_store_has:
 * @self: a store
 * @id: any id
 *
 * - **Thread**: any for its own entries; for those of branches the loop's, or whoever holds an
 * order that shows them.
 *
 * Returns: whether there is, or was, such an entry
 */
gboolean
thaw_entry_store_has (ThawEntryStore *self, guint32 id)
{
  return _thaw_entry_store_resolve (&self, &id) && id < thaw_entry_store_get_n (self);
}
