/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of a tab as files: which are selected, and opening them. Folders are opened in Thaw
 * Files, files in their default application, which is found and started by files-launch.c; here it
 * is only said when that fails. Loop's thread. */

#include "files-tab-private.h"
#include "files-error.h"
#include "files-launch.h"
#include "pane-location.h"
#include <glib/gi18n.h>
#include <string.h>

#define MAX_LAUNCHED 20

/* What was started, for the sentence that says why it couldn't be. The tab outlives its scope. */
typedef struct {
  FilesTab *tab;
  char *name;
} Launched;

static void
launched_free (gpointer data)
{
  Launched *launched = data;

  g_free (launched->name);
  g_free (launched);
}

static void
launched_cb (ThawFuture *completed, gpointer user_data)
{
  Launched *launched = user_data;
  const GError *error = thaw_future_get_error (completed);
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Translators: the name of a file */
  what = g_strdup_printf (_ ("Could not open “%s”"), launched->name);
  line = files_error_dup_line (what, error);
  files_tab_say_failed (launched->tab, line);
}

static void
launch (FilesTab *self, GFile *file, const char *content_type)
{
  g_autoptr (ThawFuture) future = files_launch_default (self->scope, file, content_type);
  Launched *launched = g_new0 (Launched, 1);

  launched->tab = self;
  launched->name = pane_location_dup_title (file);
  thaw_future_done (future, self->scope, launched_cb, launched, launched_free);
}

/**
 * files_tab_dup_entry_file:
 * @self: a tab
 * @id: an entry
 *
 * Returns: (transfer full) (nullable): the file of an entry, which in places like recent files is
 *   elsewhere
 */
GFile *
files_tab_dup_entry_file (FilesTab *self, guint32 id)
{
  return pane_folder_model_dup_file (self->model, id);
}

/* In places like recent files an entry is elsewhere. */
static gboolean
has_children (FilesTab *self)
{
  GFile *location = files_tab_get_location (self);

  return location != NULL && g_file_is_native (location) && files_tab_has_own_rows (self);
}

/* What is done to an expanded folder is done to what is in it. */
static gboolean
is_in_selected (FilesTab *self, guint32 id)
{
  guint32 parent = pane_folder_model_get_parent_id (self->model, id);

  while (parent != THAW_NO_ENTRY && !pane_folder_model_is_id_selected (self->model, parent))
    parent = pane_folder_model_get_parent_id (self->model, parent);
  return parent != THAW_NO_ENTRY;
}

/* Where recent files and the like are. */
static GPtrArray *
dup_outermost_files (FilesTab *self)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (self->model);

  for (guint i = 0; files_tab_has_own_rows (self) && i < ids->len; i++)
    if (!is_in_selected (self, g_array_index (ids, guint32, i)))
      g_ptr_array_add (files, files_tab_dup_entry_file (self, g_array_index (ids, guint32, i)));
  return files;
}

/* What is selected of one folder. */
typedef struct {
  GFile *folder;         /* not owned */
  ThawEntryStore *store; /* not owned */
  guint32 first;         /* as the model calls it */
  GArray *ids;           /* in its store; NULL: it is selected itself */
} Part;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_clear_pointer (&part->ids, g_array_unref);
  g_free (part);
}

static Part *
ensure_part (FilesTab *self, GHashTable *by_store, GPtrArray *parts, guint32 id)
{
  ThawEntryStore *trunk = pane_folder_model_get_store (self->model);
  ThawBranch *branch = thaw_entry_store_get_branch (trunk, id, NULL);
  ThawEntryStore *store = branch != NULL ? thaw_branch_get_store (branch) : trunk;
  Part *part = g_hash_table_lookup (by_store, store);

  if (part != NULL)
    return part;
  part = g_new0 (Part, 1);
  part->folder = thaw_entry_store_get_folder (trunk, id, files_tab_get_location (self));
  part->store = store;
  part->first = id;
  if (!is_in_selected (self, id))
    part->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_hash_table_insert (by_store, store, part);
  g_ptr_array_add (parts, part);
  return part;
}

/* Takes @ids, which are all of the folder that is shown. */
static GPtrArray *
make_one_part (FilesTab *self, GArray *ids)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (part_free);
  Part *part;

  if (ids->len == 0)
    {
      g_array_unref (ids);
      return parts;
    }
  part = g_new0 (Part, 1);
  part->folder = files_tab_get_location (self);
  part->store = pane_folder_model_get_store (self->model);
  part->first = g_array_index (ids, guint32, 0);
  part->ids = ids;
  g_ptr_array_add (parts, part);
  return parts;
}

/* Ids of a run are of one folder, so that is looked for once for many of them. */
static guint
get_run (guint32 id)
{
  return THAW_IS_BRANCH_ID (id) ? (id - THAW_MAX_ENTRIES) / THAW_BRANCH_RUN + 1 : 0;
}

/* Takes @ids, some of which are of folders that are expanded. */
static GPtrArray *
sort_into_parts (FilesTab *self, GArray *ids)
{
  ThawEntryStore *trunk = pane_folder_model_get_store (self->model);
  g_autoptr (GHashTable) by_store = g_hash_table_new (NULL, NULL);
  GPtrArray *parts = g_ptr_array_new_with_free_func (part_free);
  guint run = G_MAXUINT;
  Part *part = NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i), own_id = id;

      if (get_run (id) != run)
        part = ensure_part (self, by_store, parts, id);
      run = get_run (id);
      if (run > 0)
        thaw_entry_store_get_branch (trunk, id, &own_id);
      if (part->ids != NULL)
        g_array_append_val (part->ids, own_id);
    }
  g_array_unref (ids);
  return parts;
}

/* Of each folder in which anything is selected, from top to bottom. */
static GPtrArray *
dup_parts (FilesTab *self)
{
  GArray *ids = pane_folder_model_dup_selected_ids (self->model);
  gboolean is_mixed = FALSE;

  for (guint i = 0; i < ids->len && !is_mixed; i++)
    is_mixed = THAW_IS_BRANCH_ID (g_array_index (ids, guint32, i));
  return is_mixed ? sort_into_parts (self, ids) : make_one_part (self, ids);
}

/**
 * files_tab_dup_selection:
 * @self: a tab
 *
 * Takes down what is selected. It costs the loop a few milliseconds for a million entries: their
 * names are left to those who need them.
 *
 * Returns: (transfer full): what is selected, folder by folder in the order shown; without what is
 *   in a folder that is selected itself
 */
FilesSelection *
files_tab_dup_selection (FilesTab *self)
{
  FilesSelection *selection;
  g_autoptr (GPtrArray) parts = NULL;

  if (pane_folder_model_get_store (self->model) == NULL || !has_children (self))
    return files_selection_new (dup_outermost_files (self));
  selection = files_selection_new_empty ();
  parts = dup_parts (self);
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);

      if (part->ids != NULL)
        files_selection_add_entries (selection,
                                     part->folder,
                                     part->store,
                                     g_steal_pointer (&part->ids));
    }
  files_selection_settle (selection, self->scope);
  return selection;
}

/**
 * files_tab_dup_selected_of_one:
 * @self: a tab
 * @folder: (out) (transfer none) (nullable): the one folder that all of it is in
 *
 * Returns: (transfer full) (nullable) (element-type guint32): what is selected, in the order shown,
 *   by what the store of that folder calls it; %NULL if nothing is, or it is in several folders
 */
GArray *
files_tab_dup_selected_of_one (FilesTab *self, ThawFolder **folder)
{
  g_autoptr (GPtrArray) parts = dup_parts (self);
  Part *part = parts->len == 1 ? g_ptr_array_index (parts, 0) : NULL;

  *folder = part != NULL && part->ids != NULL
                ? pane_folder_model_find_folder (self->model, part->first, NULL)
                : NULL;
  return *folder != NULL ? g_steal_pointer (&part->ids) : NULL;
}

/**
 * files_tab_open_id:
 * @self: a tab
 * @id: an entry
 * @target: where, if it is a folder
 *
 * Opens an entry: a folder in Thaw Files, a file in its default application.
 */
void
files_tab_open_id (FilesTab *self, guint32 id, PaneOpenTarget target)
{
  ThawEntryStore *store = pane_folder_model_get_store (self->model);
  g_autoptr (GFile) file = files_tab_dup_entry_file (self, id);

  if (file == NULL)
    return;
  if (!thaw_entry_store_is_folder (store, id))
    launch (self, file, thaw_entry_store_get_content_type (store, id));
  else if (target == PANE_OPEN_HERE)
    files_tab_show_location (self, file, FALSE);
  else
    files_tab_ask_open (self, file, target);
}

/**
 * files_tab_open_selected:
 * @self: a tab
 * @target: where folders are opened
 *
 * Opens what is selected. Several folders are opened in tabs, and more than a few entries at once
 * are not opened.
 */
void
files_tab_open_selected (FilesTab *self, PaneOpenTarget target)
{
  g_autoptr (GArray) ids = NULL;

  if (pane_folder_model_get_n_selected (self->model) > MAX_LAUNCHED)
    {
      files_tab_say_failed (self, _ ("Too many files are selected to open them all at once"));
      return;
    }
  ids = pane_folder_model_dup_selected_ids (self->model);
  if (ids->len > 1 && target == PANE_OPEN_HERE)
    target = PANE_OPEN_TAB;
  for (guint i = 0; i < ids->len; i++)
    files_tab_open_id (self, g_array_index (ids, guint32, i), target);
}

/**
 * files_tab_dup_selected_files:
 * @self: a tab
 *
 * Returns: (transfer container) (element-type GFile): the files that are selected, in the order
 * shown
 */
GPtrArray *
files_tab_dup_selected_files (FilesTab *self)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (self->model);

  for (guint i = 0; files_tab_has_own_rows (self) && i < ids->len; i++)
    g_ptr_array_add (files, files_tab_dup_entry_file (self, g_array_index (ids, guint32, i)));
  return files;
}
