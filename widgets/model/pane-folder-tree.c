/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is expanded in a folder model. Each expanded folder is a node with a folder and an order of
 * its own, and a branch by which the model's store knows its entries; whenever one of the orders is
 * new all of them are composed into one, which is published like any other. So views, selection,
 * focus, menus and operations see one list of ids and need to know of nothing: what is here is only
 * who is expanded and which row says what. Composing copies ids, four bytes a row; everything else
 * is done by each folder's own jobs. Without anything expanded there is no tree. Loop's thread
 * only.
 */
#include "pane-folder-model-private.h"

#include <string.h>

/* Nodes */

PaneFolderNode *
pane_folder_tree_find_node_of (PaneFolderTree *self, guint32 id)
{
  ThawBranch *branch = thaw_entry_store_get_branch (self->trunk, id, NULL);

  if (id < THAW_MAX_ENTRIES)
    return self->root;
  if (THAW_IS_NOTE_ID (id))
    return g_hash_table_lookup (self->by_note, GUINT_TO_POINTER (id));
  return branch != NULL ? g_hash_table_lookup (self->by_branch, branch) : NULL;
}

static PaneFolderNode *
find_node (PaneFolderTree *self, guint32 id)
{
  return g_hash_table_lookup (self->nodes, GUINT_TO_POINTER (id));
}

static gboolean
is_inside (PaneFolderTree *self, guint32 id, PaneFolderNode *node)
{
  PaneFolderNode *at = pane_folder_tree_find_node_of (self, id);

  while (at != NULL && at != node)
    at = at->up;
  return at != NULL;
}

/* Folders may have gone or been renamed since. */
static void
follow_entries (PaneFolderNode *node)
{
  for (guint i = 0; i < node->children->len;)
    {
      PaneFolderNode *child = g_ptr_array_index (node->children, i);

      if (!pane_folder_node_follow_entry (child))
        {
          g_ptr_array_remove_index_fast (node->children, i);
          continue;
        }
      follow_entries (child);
      i++;
    }
}

/* Composing */

typedef struct {
  PaneFolderNode *node;
  guint32 position;
} Shown;

static int
compare_shown (gconstpointer a, gconstpointer b)
{
  const Shown *x = a, *y = b;

  return x->position < y->position ? -1 : x->position > y->position;
}

/* Those that neither a filter nor anything else hides, from top to bottom. */
static GArray *
dup_shown_children (PaneFolderNode *node)
{
  GArray *shown = g_array_new (FALSE, FALSE, sizeof (Shown));

  for (guint i = 0; node->order != NULL && i < node->children->len; i++)
    {
      Shown child = { .node = g_ptr_array_index (node->children, i) };

      child.position = thaw_order_find (node->order, child.node->own_id);
      if (child.position != THAW_NO_ENTRY)
        g_array_append_val (shown, child);
    }
  g_array_sort (shown, compare_shown);
  return shown;
}

static void
add_parts (GArray *parts, PaneFolderNode *node, guint parent, guint32 position)
{
  g_autoptr (GArray) children = dup_shown_children (node);
  ThawOrderPart part = { node->order, node->branch, parent, position, THAW_NO_ENTRY };
  guint index = parts->len;

  node->shows_note = pane_folder_node_has_note (node);
  if (node->shows_note)
    part.note = node->note;
  g_array_append_val (parts, part);
  for (guint i = 0; i < children->len; i++)
    {
      const Shown *child = &g_array_index (children, Shown, i);

      add_parts (parts, child->node, index, child->position);
    }
}

static ThawOrder *
compose (PaneFolderTree *self)
{
  g_autoptr (GArray) parts = NULL;

  if (g_hash_table_size (self->nodes) == 0)
    return thaw_order_ref (self->root->order);
  parts = g_array_new (FALSE, FALSE, sizeof (ThawOrderPart));
  add_parts (parts, self->root, G_MAXUINT, 0);
  return thaw_order_compose ((const ThawOrderPart *) parts->data, parts->len);
}

/* Publishing */

/* A note that goes leaves the focus to its folder, and not to the row that comes next. */
static void
rescue_focus (PaneFolderTree *self, ThawOrder *order)
{
  guint32 focus = pane_folder_model_get_focus_id (self->model);
  PaneFolderNode *node;

  if (!THAW_IS_NOTE_ID (focus) || thaw_order_find (order, focus) != THAW_NO_ENTRY)
    return;
  node = g_hash_table_lookup (self->by_note, GUINT_TO_POINTER (focus));
  if (node != NULL)
    pane_folder_model_set_focus_id (self->model, node->id);
}

static void
publish (PaneFolderTree *self)
{
  ThawOrder *order = compose (self);

  pane_id_runs_drop_cut (&self->model->selection, self->trunk);
  pane_id_runs_drop_cut (&self->model->cut, self->trunk);
  rescue_focus (self, order);
  pane_folder_model_publish (self->model, order);
  thaw_order_release (order);
}

void
pane_folder_tree_update (PaneFolderTree *self)
{
  PaneFolderModel *model = self->model;

  self->again = TRUE;
  if (self->busy)
    return;
  g_object_ref (model);
  self->busy = TRUE;
  while (model->tree == self && self->again)
    {
      self->again = FALSE;
      follow_entries (self->root);
      publish (self);
    }
  if (model->tree == self)
    self->busy = FALSE;
  if (model->tree == self && g_hash_table_size (self->nodes) == 0 && self->root->wanted == NULL)
    g_clear_pointer (&model->tree, pane_folder_tree_free);
  g_object_unref (model);
}

gboolean
pane_folder_tree_take_order (PaneFolderTree *self, ThawOrder *order)
{
  if (thaw_order_get_store (order) != self->trunk)
    return FALSE;
  g_clear_pointer (&self->root->order, thaw_order_release);
  self->root->order = thaw_order_ref (order);
  pane_folder_node_set_spec (self->root, thaw_order_get_spec (order));
  pane_folder_node_expand_wanted (self->root);
  pane_folder_tree_update (self);
  return TRUE;
}

PaneFolderTree *
pane_folder_tree_new (PaneFolderModel *model)
{
  PaneFolderTree *self = g_new0 (PaneFolderTree, 1);

  self->model = model;
  self->trunk = thaw_entry_store_ref (thaw_order_get_store (model->order));
  self->nodes = g_hash_table_new (NULL, NULL);
  self->by_branch = g_hash_table_new (NULL, NULL);
  self->by_note = g_hash_table_new (NULL, NULL);
  self->root = pane_folder_node_new_root (self, model->folder);
  self->root->order = thaw_order_ref (pane_folder_model_get_plain_order (model));
  return self;
}

void
pane_folder_tree_free (PaneFolderTree *self)
{
  pane_folder_node_free (self->root);
  g_hash_table_unref (self->nodes);
  g_hash_table_unref (self->by_branch);
  g_hash_table_unref (self->by_note);
  thaw_entry_store_release (self->trunk);
  g_free (self);
}

/* What views ask and tell */

static guint expanded_changed_signal;

void
pane_folder_tree_add_signals (void)
{
  /**
   * PaneFolderModel::expanded-changed:
   *
   * The user has expanded or collapsed a folder.
   */
  expanded_changed_signal = g_signal_new ("expanded-changed",
                                          PANE_TYPE_FOLDER_MODEL,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          0);
}

/**
 * pane_folder_model_is_expandable:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: whether the entry is a folder whose entries can be shown behind it
 */
gboolean
pane_folder_model_is_expandable (PaneFolderModel *self, guint32 id)
{
  ThawEntryStore *store;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  store = pane_folder_model_get_store (self);
  return store != NULL && self->folder != NULL && id < THAW_FIRST_NOTE
         && thaw_folder_get_store (self->folder) == store && thaw_entry_store_is_folder (store, id);
}

/**
 * pane_folder_model_is_expanded:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: whether the entry is a folder whose entries are shown behind it, or will be
 */
gboolean
pane_folder_model_is_expanded (PaneFolderModel *self, guint32 id)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  return self->tree != NULL && find_node (self->tree, id) != NULL;
}

static void
expand (PaneFolderModel *self, guint32 id)
{
  PaneFolderNode *up;

  if (!pane_folder_model_is_expandable (self, id))
    return;
  if (self->tree == NULL)
    self->tree = pane_folder_tree_new (self);
  up = pane_folder_tree_find_node_of (self->tree, id);
  if (up != NULL)
    g_ptr_array_add (up->children, pane_folder_node_new (up, id));
}

static void
collapse (PaneFolderModel *self, guint32 id)
{
  PaneFolderNode *node = find_node (self->tree, id);

  if (is_inside (self->tree, pane_folder_model_get_focus_id (self), node))
    pane_folder_model_set_focus_id (self, id);
  if (is_inside (self->tree, self->anchor_id, node))
    self->anchor_id = id;
  g_ptr_array_remove_fast (node->up->children, node);
  pane_folder_tree_update (self->tree);
}

/**
 * pane_folder_model_set_expanded:
 * @self: a [class@Pane.FolderModel]
 * @id: a folder in the folder, or in one that is expanded
 * @expanded: whether to show what is in it
 *
 * Shows the entries of a folder behind its own, as soon as they have been read, in the same order
 * and through the same filter; or has them gone again, with all that is expanded in it. What is
 * selected of them isn't any more then, and the focus goes to the folder. Reading and following an
 * expanded folder costs what it costs in a tab of its own, and ends with its being collapsed.
 */
void
pane_folder_model_set_expanded (PaneFolderModel *self, guint32 id, gboolean expanded)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (pane_folder_model_is_expanded (self, id) == !!expanded)
    return;
  if (expanded)
    expand (self, id);
  else
    collapse (self, id);
  pane_folder_model_entries_changed (self, &id, 1);
  g_signal_emit (self, expanded_changed_signal, 0);
}

/**
 * pane_folder_model_dup_expanded:
 * @self: a [class@Pane.FolderModel]
 *
 * What of the folder is expanded, or will be as soon as it turns up.
 *
 * Returns: (transfer full) (nullable): paths of folders, from the model's one; %NULL: none
 */
char **
pane_folder_model_dup_expanded (PaneFolderModel *self)
{
  g_autoptr (GHashTable) paths = NULL;
  char **strings;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  if (self->tree == NULL)
    return NULL;
  paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  pane_folder_node_collect_expanded (self->tree->root, "", paths);
  if (g_hash_table_size (paths) == 0)
    return NULL;
  strings = (char **) g_hash_table_get_keys_as_array (paths, NULL);
  g_hash_table_steal_all (paths);
  return strings;
}

/**
 * pane_folder_model_expand_paths:
 * @self: a [class@Pane.FolderModel] that shows its folder
 * @paths: (array zero-terminated=1): what pane_folder_model_dup_expanded() gave
 *
 * Expands folders again, those that are there already at once and the others when they turn up;
 * what isn't there any more is forgotten. Among the first tens of thousands of entries at most: in
 * a folder that has more the rest stays as it is.
 */
void
pane_folder_model_expand_paths (PaneFolderModel *self, const char *const *paths)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (paths != NULL);

  if (paths[0] == NULL || self->order == NULL || self->folder == NULL
      || thaw_folder_get_store (self->folder) != pane_folder_model_get_store (self))
    return;
  if (self->tree == NULL)
    self->tree = pane_folder_tree_new (self);
  pane_folder_node_want (self->tree->root, paths);
  pane_folder_model_entries_changed (self, NULL, 0);
  pane_folder_tree_update (self->tree);
}

/**
 * pane_folder_model_collapse_all:
 * @self: a [class@Pane.FolderModel]
 *
 * Shows the folder's own entries only. It isn't the user who does:
 * [signal@Pane.FolderModel::expanded-changed] doesn't tell of it.
 */
void
pane_folder_model_collapse_all (PaneFolderModel *self)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (self->tree != NULL)
    g_clear_pointer (&self->tree->root->wanted, g_hash_table_unref);
  while (self->tree != NULL && self->tree->root->children->len > 0)
    {
      PaneFolderNode *node = g_ptr_array_index (self->tree->root->children, 0);
      guint32 id = node->id;

      collapse (self, id);
      pane_folder_model_entries_changed (self, &id, 1);
    }
}

static PaneFolderNode *
find_node_of (PaneFolderModel *self, guint32 id)
{
  return self->tree != NULL ? pane_folder_tree_find_node_of (self->tree, id) : NULL;
}

/**
 * pane_folder_model_get_depth:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry or a note
 *
 * Returns: in how many expanded folders the row is
 */
guint
pane_folder_model_get_depth (PaneFolderModel *self, guint32 id)
{
  PaneFolderNode *node;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), 0);

  node = find_node_of (self, id);
  return node != NULL ? pane_folder_node_get_depth (node) : 0;
}

/**
 * pane_folder_model_get_parent_id:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry or a note
 *
 * Returns: the expanded folder that the row is in, %THAW_NO_ENTRY if that is the model's
 */
guint32
pane_folder_model_get_parent_id (PaneFolderModel *self, guint32 id)
{
  PaneFolderNode *node;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), THAW_NO_ENTRY);

  node = find_node_of (self, id);
  return node != NULL ? node->id : THAW_NO_ENTRY;
}

/**
 * pane_folder_model_dup_note:
 * @self: a [class@Pane.FolderModel]
 * @id: a note
 *
 * Returns: (transfer full) (nullable): what its row says, %NULL if it is none any more
 */
char *
pane_folder_model_dup_note (PaneFolderModel *self, guint32 id)
{
  PaneFolderNode *node;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  if (pane_folder_model_is_heading (self, id))
    return pane_folder_headings_dup_label (self->headings, id);
  node = THAW_IS_NOTE_ID (id) ? find_node_of (self, id) : NULL;
  return node != NULL ? pane_folder_node_dup_note (node) : NULL;
}

/**
 * pane_folder_model_retry:
 * @self: a [class@Pane.FolderModel]
 * @note: a note
 *
 * Reads the folder again of which the note tells.
 */
void
pane_folder_model_retry (PaneFolderModel *self, guint32 note)
{
  PaneFolderNode *node;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  node = THAW_IS_NOTE_ID (note) ? find_node_of (self, note) : NULL;
  if (node != NULL)
    thaw_folder_reload (node->folder);
}

/**
 * pane_folder_model_find_folder:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 * @own_id: (out) (optional): what that folder's store calls it
 *
 * Returns: (transfer none) (nullable): the folder that the entry is in
 */
ThawFolder *
pane_folder_model_find_folder (PaneFolderModel *self, guint32 id, guint32 *own_id)
{
  ThawEntryStore *store;
  PaneFolderNode *node;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  store = pane_folder_model_get_store (self);
  if (own_id != NULL)
    *own_id = id;
  if (id < THAW_MAX_ENTRIES)
    return self->folder;
  node = THAW_IS_BRANCH_ID (id) ? find_node_of (self, id) : NULL;
  if (node == NULL || store == NULL)
    return NULL;
  thaw_entry_store_get_branch (store, id, own_id);
  return node->folder;
}

/**
 * pane_folder_model_foreach_branch:
 * @self: a [class@Pane.FolderModel]
 * @func: (scope call): what to do; it expands and collapses nothing
 * @user_data: for @func
 *
 * Calls @func for every folder that is expanded.
 */
void
pane_folder_model_foreach_branch (PaneFolderModel *self, PaneBranchFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer branch;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (self->tree == NULL)
    return;
  g_hash_table_iter_init (&iter, self->tree->by_branch);
  while (g_hash_table_iter_next (&iter, &branch, NULL))
    func (branch, user_data);
}

/**
 * pane_folder_model_dup_file:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: (transfer full) (nullable): its file; %NULL if there is no such entry, or no folder
 */
GFile *
pane_folder_model_dup_file (PaneFolderModel *self, guint32 id)
{
  ThawEntryStore *store;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  store = pane_folder_model_get_store (self);
  if (store == NULL || self->folder == NULL || !thaw_entry_store_has (store, id))
    return NULL;
  return thaw_entry_store_dup_file (store, id, thaw_folder_get_location (self->folder));
}

/* Of each folder those in it, in its own ids. */
static void
want_in_branches (PaneFolderModel *self, const guint32 *ids, guint n_ids)
{
  g_autoptr (GHashTable) wanted
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  GHashTableIter iter;
  gpointer folder, own_ids;

  for (guint i = 0; i < n_ids; i++)
    {
      guint32 own_id;
      ThawFolder *of = pane_folder_model_find_folder (self, ids[i], &own_id);
      GArray *own = of != NULL ? g_hash_table_lookup (wanted, of) : NULL;

      if (of == NULL)
        continue;
      if (own == NULL)
        g_hash_table_insert (wanted, of, own = g_array_new (FALSE, FALSE, sizeof (guint32)));
      g_array_append_val (own, own_id);
    }
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &folder, &own_ids))
    thaw_folder_want (folder,
                      (const guint32 *) ((GArray *) own_ids)->data,
                      ((GArray *) own_ids)->len);
}

/**
 * pane_folder_model_want:
 * @self: a [class@Pane.FolderModel]
 * @ids: (array length=n_ids): entries of the order shown
 * @n_ids: how many
 *
 * Says that these entries are on the screen: their folders read their details before all others'.
 */
void
pane_folder_model_want (PaneFolderModel *self, const guint32 *ids, guint n_ids)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (self->tree != NULL)
    want_in_branches (self, ids, n_ids);
  else if (self->folder != NULL)
    thaw_folder_want (self->folder, ids, n_ids);
}
