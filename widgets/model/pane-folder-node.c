/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder that is expanded in the folder model. It has a ThawFolder of its own, which lists, sorts
 * and watches it as it does any other, on its lane: a place that doesn't answer is waited for here
 * and nowhere else, and dropping the node ends that. What the folder says goes to the tree, which
 * publishes. A folder that is renamed is opened again under its new name, with what was expanded in
 * it. Loop's thread only.
 */
#include "pane-folder-tree-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A folder that is there within this time shows no sign of loading. */
#define PATIENCE_MSEC 150
/* In a folder with more entries nothing is looked for by name. */
#define MAX_SEARCHED 50000
/* As many changed entries are named one by one at most. */
#define MAX_TRANSLATED 4096

static void
node_changed (PaneFolderNode *self)
{
  if (pane_folder_node_has_note (self))
    pane_folder_model_entries_changed (self->tree->model, &self->note, 1);
  pane_folder_tree_update (self->tree);
}

/* Most changes of state change nothing of what is shown. */
static void
note_changed (PaneFolderNode *self)
{
  if (self->shows_note || pane_folder_node_has_note (self))
    node_changed (self);
}

/* The branch */

static void
drop_branch (PaneFolderNode *self)
{
  if (self->branch == NULL)
    return;
  g_hash_table_remove (self->tree->by_branch, self->branch);
  thaw_branch_cut (self->branch);
  g_clear_pointer (&self->branch, thaw_branch_unref);
}

/* The folder has a new store when it was started anew. */
static void
sync_branch (PaneFolderNode *self)
{
  ThawEntryStore *store = thaw_folder_get_store (self->folder);

  if (store == NULL || (self->branch != NULL && thaw_branch_get_store (self->branch) == store))
    return;
  g_ptr_array_set_size (self->children, 0);
  g_clear_pointer (&self->order, thaw_order_release);
  drop_branch (self);
  self->branch
      = thaw_branch_new (self->tree->trunk, store, thaw_folder_get_location (self->folder));
  g_hash_table_insert (self->tree->by_branch, self->branch, self);
}

/* What the folder says */

static void
order_changed_cb (ThawFolder *folder, ThawOrder *order, PaneFolderNode *self)
{
  ThawOrder *newest = thaw_folder_get_order (folder);

  if (newest == NULL || newest == self->order)
    return;
  /* An order of the store that the folder had before. */
  if (thaw_order_get_store (newest) != thaw_folder_get_store (folder))
    return;
  sync_branch (self);
  g_clear_pointer (&self->order, thaw_order_release);
  self->order = thaw_order_ref (newest);
  pane_folder_node_expand_wanted (self);
  node_changed (self);
}

static void
entries_changed_cb (ThawFolder *folder, gpointer ids, guint n_ids, PaneFolderNode *self)
{
  g_autofree guint32 *changed = NULL;

  if (self->branch == NULL)
    return;
  if (ids == NULL || n_ids > MAX_TRANSLATED)
    {
      pane_folder_model_entries_changed (self->tree->model, NULL, 0);
      return;
    }
  changed = g_new (guint32, MAX (n_ids, 1));
  for (guint i = 0; i < n_ids; i++)
    changed[i] = thaw_branch_get_id (self->branch, ((const guint32 *) ids)[i]);
  pane_folder_model_entries_changed (self->tree->model, changed, n_ids);
}

static void
state_cb (ThawFolder *folder, GParamSpec *pspec, PaneFolderNode *self)
{
  if (thaw_folder_get_state (folder) == THAW_FOLDER_READY)
    g_clear_pointer (&self->wanted, g_hash_table_unref);
  note_changed (self);
}

static void
patience_cb (gpointer user_data)
{
  PaneFolderNode *self = user_data;

  self->patience = 0;
  note_changed (self);
}

/* It may be what it is saying just now that it is dropped for. */
static void
drop_folder (PaneFolderNode *self)
{
  g_clear_handle_id (&self->patience, g_source_remove);
  if (self->folder == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->folder, self);
  g_idle_add_once (g_object_unref, g_steal_pointer (&self->folder));
}

static void
open_folder (PaneFolderNode *self)
{
  ThawEntryStore *trunk = self->tree->trunk;
  PaneFolderNode *root = self->tree->root;
  g_autoptr (GFile) location
      = thaw_entry_store_dup_file (trunk, self->id, thaw_folder_get_location (root->folder));

  drop_folder (self);
  g_set_str (&self->name, thaw_entry_store_get_name (trunk, self->id));
  self->folder = thaw_folder_new (location);
  thaw_folder_set_spec (self->folder, thaw_order_get_spec (root->order));
  g_signal_connect (self->folder, "order-changed", G_CALLBACK (order_changed_cb), self);
  g_signal_connect (self->folder, "entries-changed", G_CALLBACK (entries_changed_cb), self);
  thaw_folder_start (self->folder);
  sync_branch (self);
  g_signal_connect (self->folder, "notify::state", G_CALLBACK (state_cb), self);
  self->patience = g_timeout_add_once (PATIENCE_MSEC, patience_cb, self);
}

/* The entry */

/* What is expanded in the node, or will be, by paths from it. */
void
pane_folder_node_collect_expanded (PaneFolderNode *self, const char *prefix, GHashTable *paths)
{
  GHashTableIter iter;
  gpointer path;

  for (guint i = 0; i < self->children->len; i++)
    {
      PaneFolderNode *child = g_ptr_array_index (self->children, i);
      g_autofree char *below = g_strconcat (prefix, child->name, "/", NULL);

      g_hash_table_add (paths, g_strconcat (prefix, child->name, NULL));
      pane_folder_node_collect_expanded (child, below, paths);
    }
  if (self->wanted == NULL)
    return;
  g_hash_table_iter_init (&iter, self->wanted);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_hash_table_add (paths, g_strconcat (prefix, path, NULL));
}

static GHashTable *
paths_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

gboolean
pane_folder_node_follow_entry (PaneFolderNode *self)
{
  ThawEntryStore *trunk = self->tree->trunk;
  g_autoptr (GHashTable) wanted = NULL;

  if ((thaw_entry_store_get_flags (trunk, self->id) & THAW_ENTRY_GONE) != 0)
    return FALSE;
  if (g_str_equal (thaw_entry_store_get_name (trunk, self->id), self->name))
    return TRUE;
  wanted = paths_new ();
  pane_folder_node_collect_expanded (self, "", wanted);
  g_clear_pointer (&self->wanted, g_hash_table_unref);
  self->wanted = g_steal_pointer (&wanted);
  open_folder (self);
  return TRUE;
}

void
pane_folder_node_set_spec (PaneFolderNode *self, const ThawOrderSpec *spec)
{
  if (self->up != NULL && !thaw_order_spec_equal (spec, thaw_folder_get_spec (self->folder)))
    thaw_folder_set_spec (self->folder, spec);
  for (guint i = 0; i < self->children->len; i++)
    pane_folder_node_set_spec (g_ptr_array_index (self->children, i), spec);
}

static gboolean
is_wanted (PaneFolderNode *self, guint32 own_id)
{
  ThawEntryStore *store = thaw_order_get_store (self->order);

  return thaw_entry_store_is_folder (store, own_id)
         && g_hash_table_remove (self->wanted, thaw_entry_store_get_name (store, own_id));
}

/* As the model calls an entry of the folder's. */
static guint32
get_id (PaneFolderNode *self, guint32 own_id)
{
  return self->up != NULL ? thaw_branch_get_id (self->branch, own_id) : own_id;
}

static gboolean
is_expanded (PaneFolderNode *self, guint32 id)
{
  return g_hash_table_contains (self->tree->nodes, GUINT_TO_POINTER (id));
}

/* What is wanted below @child. */
static void
hand_down (PaneFolderNode *self, PaneFolderNode *child)
{
  g_autofree char *prefix = g_strconcat (child->name, "/", NULL);
  GHashTableIter iter;
  gpointer path;

  child->wanted = paths_new ();
  g_hash_table_iter_init (&iter, self->wanted);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    {
      if (!g_str_has_prefix (path, prefix))
        continue;
      g_hash_table_add (child->wanted, g_strdup ((char *) path + strlen (prefix)));
      g_hash_table_iter_remove (&iter);
    }
}

/* All of it, as far as it is there already; the rest when it turns up, or until the folder is known
 * to be all there. */
void
pane_folder_node_want (PaneFolderNode *self, const char *const *paths)
{
  g_clear_pointer (&self->wanted, g_hash_table_unref);
  self->wanted = paths_new ();
  for (guint i = 0; paths[i] != NULL; i++)
    g_hash_table_add (self->wanted, g_strdup (paths[i]));
  pane_folder_node_expand_wanted (self);
  if (thaw_folder_get_state (self->folder) == THAW_FOLDER_READY)
    g_clear_pointer (&self->wanted, g_hash_table_unref);
}

void
pane_folder_node_expand_wanted (PaneFolderNode *self)
{
  const guint32 *ids = thaw_order_get_ids (self->order);
  guint32 n = MIN (thaw_order_get_n (self->order), MAX_SEARCHED);

  for (guint32 i = 0; i < n && self->wanted != NULL && g_hash_table_size (self->wanted) > 0; i++)
    {
      guint32 id = get_id (self, ids[i]);
      PaneFolderNode *child;

      if (id == THAW_NO_ENTRY || !is_wanted (self, ids[i]) || is_expanded (self, id))
        continue;
      child = pane_folder_node_new (self, id);
      hand_down (self, child);
      g_ptr_array_add (self->children, child);
    }
}

/* What a row says that is no entry */

gboolean
pane_folder_node_has_note (PaneFolderNode *self)
{
  gboolean is_bare = self->order == NULL || thaw_order_get_n (self->order) == 0;

  if (self->up == NULL)
    return FALSE;
  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_LOADING:
      return is_bare && self->patience == 0;
    case THAW_FOLDER_READY:
      return is_bare && self->order != NULL;
    case THAW_FOLDER_WAITING:
    case THAW_FOLDER_FAILED:
    case THAW_FOLDER_GONE:
      return TRUE;
    case THAW_FOLDER_STOPPED:
    default:
      return FALSE;
    }
}

static char *
dup_error (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    return g_strdup (_ ("You are not allowed to see what is in this folder"));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return g_strdup (_ ("This folder is not there any more"));
  /* Translators: what the system says about it */
  return g_strdup_printf (_ ("This folder can’t be shown: %s"), error->message);
}

static char *
dup_bare_note (PaneFolderNode *self)
{
  const char *filter = thaw_order_get_spec (self->order)->filter;

  if (filter != NULL && *filter != '\0')
    return g_strdup (_ ("No match"));
  if (thaw_entry_store_get_n_alive (thaw_order_get_store (self->order)) > 0)
    return g_strdup (_ ("Nothing but hidden files"));
  return g_strdup (_ ("Empty"));
}

char *
pane_folder_node_dup_note (PaneFolderNode *self)
{
  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_READY:
      if (self->order != NULL)
        return dup_bare_note (self);
      break;
    case THAW_FOLDER_WAITING:
      /* Translators: a mount or a server */
      return g_strdup_printf (_ ("Waiting for %s…"),
                              thaw_lane_get_name (thaw_folder_get_lane (self->folder)));
    case THAW_FOLDER_FAILED:
      return dup_error (thaw_folder_get_error (self->folder));
    case THAW_FOLDER_GONE:
      return g_strdup (_ ("This folder was deleted, renamed or disconnected"));
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_LOADING:
    case THAW_FOLDER_STOPPED:
    default:
      break;
    }
  return g_strdup (_ ("Loading…"));
}

/* Nodes */

guint
pane_folder_node_get_depth (PaneFolderNode *self)
{
  guint depth = 0;

  for (; self->up != NULL; self = self->up)
    depth++;
  return depth;
}

static PaneFolderNode *
node_new (PaneFolderTree *tree)
{
  PaneFolderNode *self = g_new0 (PaneFolderNode, 1);

  self->tree = tree;
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_folder_node_free);
  self->id = self->own_id = self->note = THAW_NO_ENTRY;
  return self;
}

/* What hasn't turned up by now won't. */
static void
root_state_cb (ThawFolder *folder, GParamSpec *pspec, PaneFolderNode *self)
{
  if (self->wanted == NULL || thaw_folder_get_state (folder) != THAW_FOLDER_READY)
    return;
  g_clear_pointer (&self->wanted, g_hash_table_unref);
  pane_folder_tree_update (self->tree);
}

PaneFolderNode *
pane_folder_node_new_root (PaneFolderTree *tree, ThawFolder *folder)
{
  PaneFolderNode *self = node_new (tree);

  self->folder = g_object_ref (folder);
  g_signal_connect (self->folder, "notify::state", G_CALLBACK (root_state_cb), self);
  return self;
}

/* Begins to read the folder. */
PaneFolderNode *
pane_folder_node_new (PaneFolderNode *up, guint32 id)
{
  PaneFolderTree *tree = up->tree;
  PaneFolderNode *self = node_new (tree);

  self->up = up;
  self->id = id;
  thaw_entry_store_get_branch (tree->trunk, id, &self->own_id);
  self->note = THAW_FIRST_NOTE + tree->n_notes++;
  g_hash_table_insert (tree->nodes, GUINT_TO_POINTER (id), self);
  g_hash_table_insert (tree->by_note, GUINT_TO_POINTER (self->note), self);
  open_folder (self);
  return self;
}

void
pane_folder_node_free (PaneFolderNode *self)
{
  g_ptr_array_unref (self->children);
  drop_folder (self);
  drop_branch (self);
  g_clear_pointer (&self->order, thaw_order_release);
  g_clear_pointer (&self->wanted, g_hash_table_unref);
  if (self->up != NULL)
    {
      g_hash_table_remove (self->tree->nodes, GUINT_TO_POINTER (self->id));
      g_hash_table_remove (self->tree->by_note, GUINT_TO_POINTER (self->note));
    }
  g_free (self->name);
  g_free (self);
}
