/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking into the tree of sizes, for views: single nodes, the largest of what is in a folder, from
 * nodes to files and back. The loop's thread; each takes the tree's lock once, so what it says is
 * of one moment. */

#include "thaw-disk-usage-private.h"

#include <errno.h>
#include <string.h>

static void
fill_info (ThawUsageTree *tree, guint32 node, ThawDiskUsageInfo *info)
{
  const ThawUsageNode *it = thaw_usage_tree_peek (tree, node);

  *info = (ThawDiskUsageInfo){
    .node = node,
    .parent = it->parent,
    .name = thaw_usage_tree_get_name (tree, node),
    .is_folder = (it->flags & THAW_USAGE_FOLDER) != 0,
    .allocated = it->sums.allocated,
    .apparent = it->sums.apparent,
    .n_files = it->sums.n_files,
    .n_folders = it->sums.n_folders,
    .n_unreadable = it->sums.n_bad,
    .state = it->code == EXDEV                  ? THAW_DISK_USAGE_NODE_MOUNT
             : (it->flags & THAW_USAGE_HANGING) ? THAW_DISK_USAGE_NODE_HANGING
             : it->sums.n_open > 0              ? THAW_DISK_USAGE_NODE_MEASURING
             : it->code != 0                    ? THAW_DISK_USAGE_NODE_UNREADABLE
                                                : THAW_DISK_USAGE_NODE_DONE,
    .error = it->code != 0 ? g_io_error_from_errno (it->code) : 0,
  };
}

/**
 * thaw_disk_usage_get_info:
 * @self: a disk usage
 * @node: a node, %THAW_DISK_USAGE_ROOT for the location
 * @info: (out caller-allocates): what is known of it
 *
 * - **Thread**: the loop's; takes a microsecond.
 *
 * Returns: %FALSE if there is no such node (any more)
 */
gboolean
thaw_disk_usage_get_info (ThawDiskUsage *self, guint32 node, ThawDiskUsageInfo *info)
{
  gboolean is_there;

  g_return_val_if_fail (THAW_IS_DISK_USAGE (self) && info != NULL, FALSE);

  if (self->tree == NULL)
    return FALSE;
  thaw_usage_tree_lock (self->tree);
  is_there = thaw_usage_tree_is_alive (self->tree, node);
  if (is_there)
    fill_info (self->tree, node, info);
  thaw_usage_tree_unlock (self->tree);
  return is_there;
}

typedef struct {
  guint64 size;
  guint32 node;
} Ranked;

static int
compare_ranked (const Ranked *a, const Ranked *b)
{
  if (a->size != b->size)
    return a->size > b->size ? -1 : 1;
  return a->node < b->node ? -1 : a->node > b->node;
}

static int
compare_ranked_cb (gconstpointer a, gconstpointer b)
{
  return compare_ranked (a, b);
}

/* The smallest of those that are kept is at the top of the heap, and gives way. */
static void
sift_down (Ranked *heap, guint n, guint i)
{
  for (guint child; (child = 2 * i + 1) < n; i = child)
    {
      Ranked value = heap[i];

      if (child + 1 < n && compare_ranked (&heap[child + 1], &heap[child]) > 0)
        child++;
      if (compare_ranked (&heap[child], &value) <= 0)
        return;
      heap[i] = heap[child];
      heap[child] = value;
    }
}

/* With the lock. */
static GArray *
rank_children (ThawUsageTree *tree, guint32 node, guint max)
{
  GArray *ranked = g_array_new (FALSE, FALSE, sizeof (Ranked));
  gboolean by_length = (tree->flags & THAW_DISK_USAGE_APPARENT_FIRST) != 0;

  for (guint32 child = thaw_usage_tree_peek (tree, node)->first; child != THAW_USAGE_NONE;)
    {
      const ThawUsageNode *it = thaw_usage_tree_peek (tree, child);
      Ranked rank = { by_length ? it->sums.apparent : it->sums.allocated, child };

      if (max == 0 || ranked->len < max)
        {
          g_array_append_val (ranked, rank);
          if (ranked->len == max)
            for (guint i = max / 2 + 1; i-- > 0;)
              sift_down ((Ranked *) ranked->data, max, i);
        }
      else if (compare_ranked (&rank, (Ranked *) ranked->data) < 0)
        {
          *(Ranked *) ranked->data = rank;
          sift_down ((Ranked *) ranked->data, max, 0);
        }
      child = it->next;
    }
  g_array_sort (ranked, compare_ranked_cb);
  return ranked;
}

/**
 * thaw_disk_usage_list:
 * @self: a disk usage
 * @node: a folder
 * @max: how many at most, or 0 for all
 *
 * What is in a folder, largest first: its folders, and its largest files. The other files are what
 * its own size has more than these together. All of it is of one moment, also while it grows.
 *
 * - **Thread**: the loop's; some 10 ns a child, also of those beyond @max.
 *
 * Returns: (transfer full) (element-type ThawDiskUsageInfo): empty if there is no such node
 */
GArray *
thaw_disk_usage_list (ThawDiskUsage *self, guint32 node, guint max)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (ThawDiskUsageInfo));
  g_autoptr (GArray) ranked = NULL;

  g_return_val_if_fail (THAW_IS_DISK_USAGE (self), list);

  if (self->tree == NULL)
    return list;
  thaw_usage_tree_lock (self->tree);
  if (thaw_usage_tree_is_alive (self->tree, node))
    {
      ranked = rank_children (self->tree, node, max);
      g_array_set_size (list, ranked->len);
      for (guint i = 0; i < ranked->len; i++)
        fill_info (self->tree,
                   g_array_index (ranked, Ranked, i).node,
                   &g_array_index (list, ThawDiskUsageInfo, i));
    }
  thaw_usage_tree_unlock (self->tree);
  return list;
}

/**
 * thaw_disk_usage_dup_file:
 * @self: a disk usage
 * @node: a node
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full) (nullable): the file that it stands for, its path the very bytes; %NULL
 * if there is no such node
 */
GFile *
thaw_disk_usage_dup_file (ThawDiskUsage *self, guint32 node)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (THAW_IS_DISK_USAGE (self), NULL);

  if (self->tree == NULL)
    return NULL;
  thaw_usage_tree_lock (self->tree);
  if (thaw_usage_tree_is_alive (self->tree, node))
    path = thaw_usage_tree_dup_path (self->tree, node);
  thaw_usage_tree_unlock (self->tree);
  if (path == NULL)
    return NULL;
  return *path != '\0' ? g_file_resolve_relative_path (self->location, path)
                       : g_object_ref (self->location);
}

static guint32
find_child (ThawUsageTree *tree, guint32 node, const char *name)
{
  guint32 child = thaw_usage_tree_peek (tree, node)->first;

  while (child != THAW_USAGE_NONE && !g_str_equal (thaw_usage_tree_get_name (tree, child), name))
    child = thaw_usage_tree_peek (tree, child)->next;
  return child;
}

/**
 * thaw_disk_usage_find:
 * @self: a disk usage
 * @file: a file
 *
 * - **Thread**: the loop's; some 10 ns for each entry of the folders on the way.
 *
 * Returns: its node, or %THAW_DISK_USAGE_NO_NODE: it is elsewhere, not seen yet, or none of the
 * largest files of its folder
 */
guint32
thaw_disk_usage_find (ThawDiskUsage *self, GFile *file)
{
  g_autofree char *path = NULL;
  g_auto (GStrv) names = NULL;
  guint32 node = THAW_DISK_USAGE_ROOT;

  g_return_val_if_fail (THAW_IS_DISK_USAGE (self) && G_IS_FILE (file), THAW_DISK_USAGE_NO_NODE);

  if (self->tree == NULL)
    return THAW_DISK_USAGE_NO_NODE;
  if (g_file_equal (file, self->location))
    return node;
  path = g_file_get_relative_path (self->location, file);
  if (path == NULL)
    return THAW_DISK_USAGE_NO_NODE;
  names = g_strsplit (path, "/", -1);
  thaw_usage_tree_lock (self->tree);
  for (char **name = names; *name != NULL && node != THAW_USAGE_NONE; name++)
    node = find_child (self->tree, node, *name);
  thaw_usage_tree_unlock (self->tree);
  return node;
}
