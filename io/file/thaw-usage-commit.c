/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker has read of a folder becomes part of the tree. The first time in parts, so that a
 * big folder grows; later all at once, as the difference to what was known: nodes of what is still
 * there stay. Workers, and the loop for what hangs; the lock is taken here. */

#include "thaw-usage-tree-private.h"

#include <errno.h>
#include <string.h>

#define RECLAIMS 64

gboolean
thaw_usage_begin (ThawUsageTree *self, ThawUsageBatch *batch)
{
  ThawUsageNode *it;
  gboolean is_there;

  thaw_usage_tree_lock (self);
  it = thaw_usage_tree_peek (self, batch->node);
  is_there = (it->flags & THAW_USAGE_REMOVED) == 0;
  batch->is_first = (it->flags & THAW_USAGE_READ) == 0 && it->serial == 0;
  batch->is_deep = (it->flags & THAW_USAGE_DEEP) != 0;
  it->flags &= ~(THAW_USAGE_DEEP | THAW_USAGE_AGAIN);
  batch->serial = it->serial = ++self->n_serials;
  thaw_usage_tree_unlock (self);
  return is_there;
}

/* Where another file system begins nothing is missing. */
static gboolean
is_bad (int code)
{
  return code != 0 && code != EXDEV;
}

/* A folder that wasn't there before. */
static void
add_folder (ThawUsageTree *self, ThawUsageBatch *batch, const char *name)
{
  guint32 node = thaw_usage_tree_add (self, batch->node, name, THAW_USAGE_FOLDER);

  thaw_usage_tree_peek (self, node)->sums.n_open = 1;
  thaw_usage_tree_push (self, node, batch->handle);
  self->n_made++;
  batch->sums.n_open++;
  batch->sums.n_folders++;
}

static void
add_file (ThawUsageTree *self, guint32 folder, const ThawUsageFile *file)
{
  guint32 node = thaw_usage_tree_add (self, folder, file->name, 0);
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);

  it->sums
      = (ThawUsageSums){ .allocated = file->allocated, .apparent = file->apparent, .n_files = 1 };
}

static void
empty_batch (ThawUsageBatch *batch)
{
  batch->sums = (ThawUsageSums){ 0 };
  batch->n_folders = 0;
  g_byte_array_set_size (batch->folders, 0);
}

/* With the lock. */
static void
commit_new (ThawUsageTree *self, ThawUsageBatch *batch)
{
  const char *name = (const char *) batch->folders->data;

  for (guint i = 0; i < batch->n_folders; i++, name += strlen (name) + 1)
    add_folder (self, batch, name);
  self->n_entries += batch->sums.n_files + batch->n_folders;
  thaw_usage_tree_add_sums (self, batch->node, &batch->sums);
  self->revision++;
  empty_batch (batch);
}

gboolean
thaw_usage_commit_part (ThawUsageTree *self, ThawUsageBatch *batch)
{
  gboolean is_there;

  thaw_usage_tree_lock (self);
  is_there = (thaw_usage_tree_peek (self, batch->node)->flags & THAW_USAGE_REMOVED) == 0;
  if (is_there)
    commit_new (self, batch);
  thaw_usage_tree_unlock (self);
  return is_there;
}

/* What is directly in a folder: all of its sums but those of its folders. */
static ThawUsageSums
own_sums (ThawUsageTree *self, guint32 node)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);
  ThawUsageSums own = it->sums;

  for (guint32 child = it->first; child != THAW_USAGE_NONE;)
    {
      ThawUsageNode *below = thaw_usage_tree_peek (self, child);

      if (below->flags & THAW_USAGE_FOLDER)
        {
          thaw_usage_sums_subtract (&own, &below->sums);
          own.n_folders--;
        }
      child = below->next;
    }
  return own;
}

/* Name -> node + 1 of the folders in it; all else that it has is removed. */
static GHashTable *
index_folders (ThawUsageTree *self, guint32 node)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint32 child = thaw_usage_tree_peek (self, node)->first; child != THAW_USAGE_NONE;)
    {
      guint32 next = thaw_usage_tree_peek (self, child)->next;

      if (thaw_usage_tree_peek (self, child)->flags & THAW_USAGE_FOLDER)
        g_hash_table_insert (index,
                             (gpointer) thaw_usage_tree_get_name (self, child),
                             GUINT_TO_POINTER (child + 1));
      child = next;
    }
  return index;
}

/* The largest files may be others now. Those of the same name keep their nodes. */
static void
update_files (ThawUsageTree *self, ThawUsageBatch *batch)
{
  gboolean known[THAW_DISK_USAGE_LARGEST_FILES] = { FALSE };

  for (guint32 child = thaw_usage_tree_peek (self, batch->node)->first; child != THAW_USAGE_NONE;)
    {
      ThawUsageNode *it = thaw_usage_tree_peek (self, child);
      guint32 next = it->next;
      guint i;

      if ((it->flags & THAW_USAGE_FOLDER) == 0)
        {
          for (i = 0; i < batch->n_files; i++)
            if (!known[i]
                && g_str_equal (batch->files[i].name, thaw_usage_tree_get_name (self, child)))
              break;
          if (i == batch->n_files)
            thaw_usage_tree_remove (self, child);
          else
            {
              known[i] = TRUE;
              it->sums.allocated = batch->files[i].allocated;
              it->sums.apparent = batch->files[i].apparent;
            }
        }
      child = next;
    }
  for (guint i = 0; i < batch->n_files; i++)
    if (!known[i])
      add_file (self, batch->node, &batch->files[i]);
}

static void
commit_difference (ThawUsageTree *self, ThawUsageBatch *batch)
{
  ThawUsageSums own = own_sums (self, batch->node);
  g_autoptr (GHashTable) index = index_folders (self, batch->node);
  const char *name = (const char *) batch->folders->data;
  GHashTableIter iter;
  gpointer gone;

  /* That it is being read is its own, too, and stays until the end. */
  own.n_open = 0;
  thaw_usage_sums_subtract (&batch->sums, &own);
  for (guint i = 0; i < batch->n_folders; i++, name += strlen (name) + 1)
    {
      guint32 known = GPOINTER_TO_UINT (g_hash_table_lookup (index, name));

      if (known == 0)
        add_folder (self, batch, name);
      else if (batch->is_deep)
        thaw_usage_tree_enqueue (self, known - 1, TRUE, batch->handle);
      g_hash_table_remove (index, name);
    }
  g_hash_table_iter_init (&iter, index);
  while (g_hash_table_iter_next (&iter, NULL, &gone))
    thaw_usage_tree_remove (self, GPOINTER_TO_UINT (gone) - 1);
  thaw_usage_tree_add_sums (self, batch->node, &batch->sums);
  self->revision++;
  empty_batch (batch);
}

/* No longer being read. FALSE: it has gone meanwhile, and is freed. With the lock. */
static gboolean
end_reading (ThawUsageTree *self, guint32 node, int code)
{
  ThawUsageNode *it = thaw_usage_tree_peek (self, node);
  gboolean was_hanging = (it->flags & THAW_USAGE_HANGING) != 0,
           again = (it->flags & THAW_USAGE_AGAIN) != 0;
  ThawUsageSums ended = { .n_open = was_hanging ? 0 : -1 };

  ended.n_bad -= was_hanging || is_bad (it->code);
  ended.n_bad += is_bad (code);
  it->code = code;
  it->flags &= ~(THAW_USAGE_READING | THAW_USAGE_HANGING | THAW_USAGE_AGAIN);
  it->flags |= THAW_USAGE_READ;
  if (it->flags & THAW_USAGE_REMOVED)
    {
      thaw_usage_tree_free_removed (self, node);
      return FALSE;
    }
  thaw_usage_tree_add_sums (self, node, &ended);
  self->revision++;
  if (again)
    thaw_usage_tree_enqueue (self, node, FALSE, NULL);
  thaw_usage_tree_reclaim (self, RECLAIMS);
  return TRUE;
}

void
thaw_usage_commit_end (ThawUsageTree *self, ThawUsageBatch *batch)
{
  thaw_usage_tree_lock (self);
  if ((thaw_usage_tree_peek (self, batch->node)->flags & THAW_USAGE_REMOVED) == 0)
    {
      /* In n_bad of the sums is what can't be read in it; whether itself can is end_reading()'s. */
      if (batch->is_first)
        commit_new (self, batch);
      else
        {
          ThawUsageNode *it = thaw_usage_tree_peek (self, batch->node);

          batch->sums.n_bad += (it->flags & THAW_USAGE_HANGING) != 0 || is_bad (it->code);
          commit_difference (self, batch);
        }
      update_files (self, batch);
    }
  end_reading (self, batch->node, 0);
  thaw_usage_tree_unlock (self);
}

void
thaw_usage_put_back (ThawUsageTree *self, guint32 node)
{
  ThawUsageNode *it;

  thaw_usage_tree_lock (self);
  it = thaw_usage_tree_peek (self, node);
  it->flags &= ~THAW_USAGE_READING;
  if (it->flags & THAW_USAGE_REMOVED)
    thaw_usage_tree_free_removed (self, node);
  else
    {
      if (it->flags & THAW_USAGE_HANGING)
        thaw_usage_tree_add_sums (self,
                                  node,
                                  &(ThawUsageSums){ .n_open = 1, .n_bad = -!is_bad (it->code) });
      it->flags &= ~THAW_USAGE_HANGING;
      thaw_usage_tree_push (self, node, NULL);
    }
  thaw_usage_tree_unlock (self);
}

/* What isn't there or is no folder any more is no failure. */
void
thaw_usage_commit_failure (ThawUsageTree *self, guint32 node, int code)
{
  gboolean is_gone
      = (code == ENOENT || code == ENOTDIR || code == ELOOP) && node != THAW_DISK_USAGE_ROOT;

  thaw_usage_tree_lock (self);
  if (end_reading (self, node, is_gone ? 0 : code))
    {
      if (is_gone && (thaw_usage_tree_peek (self, node)->flags & THAW_USAGE_QUEUED) == 0)
        thaw_usage_tree_remove (self, node);
      else if (code == EXDEV)
        g_array_append_val (self->borders, node);
    }
  thaw_usage_tree_unlock (self);
}

void
thaw_usage_commit_hanging (ThawUsageTree *self, guint32 node)
{
  thaw_usage_tree_lock (self);
  if (node < self->n_nodes)
    {
      ThawUsageNode *it = thaw_usage_tree_peek (self, node);

      if ((it->flags & (THAW_USAGE_READING | THAW_USAGE_HANGING)) == THAW_USAGE_READING)
        {
          it->flags |= THAW_USAGE_HANGING;
          thaw_usage_tree_add_sums (self,
                                    node,
                                    &(ThawUsageSums){ .n_open = -1, .n_bad = !is_bad (it->code) });
          self->revision++;
        }
    }
  thaw_usage_tree_unlock (self);
}
