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
  GFile *folder; /* not owned */
  GString *names;
  guint n;
} Names;

static void
names_free (gpointer data)
{
  Names *names = data;

  if (names->names != NULL)
    g_string_free (names->names, TRUE);
  g_free (names);
}

static Names *
ensure_names (GHashTable *by_folder, GPtrArray *all, GFile *folder)
{
  Names *names = g_hash_table_lookup (by_folder, folder);

  if (names != NULL)
    return names;
  names = g_new0 (Names, 1);
  names->folder = folder;
  g_hash_table_insert (by_folder, folder, names);
  g_ptr_array_add (all, names);
  return names;
}

/* Of each folder in which anything is selected, from top to bottom. No names: it is selected itself. */
static GPtrArray *
dup_names (FilesTab *self, ThawEntryStore *store)
{
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (self->model);
  g_autoptr (GHashTable) by_folder = g_hash_table_new (NULL, NULL);
  GPtrArray *all = g_ptr_array_new_with_free_func (names_free);
  GFile *location = files_tab_get_location (self);
  Names *names = NULL;

  for (guint i = 0; i < ids->len; i++)
    {
      guint32 id = g_array_index (ids, guint32, i);
      GFile *folder = thaw_entry_store_get_folder (store, id, location);
      const char *name = thaw_entry_store_get_name (store, id);

      if (names == NULL || names->folder != folder)
        {
          names = ensure_names (by_folder, all, folder);
          if (names->n == 0 && !is_in_selected (self, id))
            names->names = g_string_sized_new (64);
        }
      names->n++;
      if (names->names != NULL)
        g_string_append_len (names->names, name, strlen (name) + 1);
    }
  return all;
}

/**
 * files_tab_dup_selection:
 * @self: a tab
 *
 * Returns: (transfer full): what is selected, folder by folder in the order shown; without what is
 *   in a folder that is selected itself
 */
FilesSelection *
files_tab_dup_selection (FilesTab *self)
{
  ThawEntryStore *store = pane_folder_model_get_store (self->model);
  FilesSelection *selection = NULL;
  g_autoptr (GPtrArray) all = NULL;

  if (store == NULL || !has_children (self))
    return files_selection_new (dup_outermost_files (self));
  all = dup_names (self, store);
  for (guint i = 0; i < all->len; i++)
    {
      Names *names = g_ptr_array_index (all, i);

      if (names->names == NULL)
        continue;
      if (selection == NULL)
        selection = files_selection_new_children (names->folder,
                                                  g_steal_pointer (&names->names),
                                                  names->n);
      else
        files_selection_add_children (selection,
                                      names->folder,
                                      g_steal_pointer (&names->names),
                                      names->n);
    }
  if (selection == NULL)
    selection
        = files_selection_new_children (files_tab_get_location (self), g_string_new (NULL), 0);
  return selection;
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
