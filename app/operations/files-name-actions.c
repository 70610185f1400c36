/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that need a name first: rename one or many, new folders and files, new
 * archives. The name is typed in a popover that is a child of the tab, so it goes when the tab
 * does; what it is about is kept from before, whatever is selected meanwhile. Loop's thread; no
 * file is touched here. */

#include "files-name-actions.h"
#include "files-batch-rename.h"
#include "files-operation-actions.h"
#include "files-rename.h"
#include "files-requests.h"
#include "files-templates.h"
#include "pane-location.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  GWeakRef window;
  FilesTab *tab; /* borrowed: only while the popover, its child, is there */
  FilesSelection *files;
  GFile *folder;
  ThawFolder *beside; /* whose names are taken, if that isn't the tab's folder */
} Naming;

static Naming *
naming_new (FilesWindow *window)
{
  Naming *self = g_new0 (Naming, 1);

  g_weak_ref_init (&self->window, window);
  self->tab = files_window_get_tab (window);
  self->files = files_tab_dup_selection (files_window_get_tab (window));
  self->folder = g_object_ref (files_tab_get_location (self->tab));
  return self;
}

static void
naming_free (gpointer data)
{
  Naming *self = data;

  g_weak_ref_clear (&self->window);
  files_selection_unref (self->files);
  g_object_unref (self->folder);
  g_clear_object (&self->beside);
  g_free (self);
}

static void
renamed_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autoptr (GFile) file = files_selection_dup_first (self->files);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_rename (file, name, &title);

  if (window != NULL)
    files_operation_actions_submit (window, request, title);
}

static void
folder_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_new_folder (self->folder, name, &title);

  if (window != NULL)
    files_operation_actions_submit (window, request, title);
}

static void
folder_with_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request
      = files_request_new_folder_with (self->files, self->folder, name, &title);

  if (window != NULL)
    files_operation_actions_submit_files (window, self->files, request, title);
}

static void
file_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request
      = files_request_new_file (self->folder, name, NULL, &title);

  if (window != NULL)
    files_operation_actions_submit (window, request, title);
}

static void
archive_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  const char *extension = files_archive_find_extension (name);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request
      = files_request_compress (self->files,
                                self->folder,
                                name,
                                extension != NULL ? extension + 1 : "zip",
                                &title);

  if (window != NULL)
    files_operation_actions_submit_files (window, self->files, request, title);
}

static ThawFuture *
find_names_cb (const char *const *names, ThawScope *scope, gpointer user_data)
{
  Naming *self = user_data;
  ThawEntryStore *store = self->beside != NULL
                              ? thaw_folder_get_store (self->beside)
                              : pane_folder_model_get_store (files_tab_get_model (self->tab));

  return store != NULL ? thaw_entry_store_find_names (store, scope, names) : NULL;
}

/* The upper middle of the tab, for what has no place yet. */
static graphene_rect_t
get_middle (GtkWidget *tab)
{
  return GRAPHENE_RECT_INIT (gtk_widget_get_width (tab) / 2, 24, 1, 1);
}

static void
ask_name (FilesWindow *window,
          const graphene_rect_t *bounds,
          const char *title,
          const char *button,
          const char *name,
          FilesNameFlags flags,
          FilesNameFunc func)
{
  GtkWidget *tab = GTK_WIDGET (files_window_get_tab (window));
  Naming *naming;

  /* Behind a dialog it could neither be typed in nor be closed, and then the dialog couldn't either. */
  if (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (window)) != NULL)
    return;
  naming = naming_new (window);
  if (func == renamed_cb)
    {
      ThawFolder *folder;
      g_autoptr (GArray) ids = files_tab_dup_selected_of_one (FILES_TAB (tab), &folder);

      g_set_object (&naming->beside, folder);
    }
  files_rename_popup (tab,
                      bounds,
                      title,
                      button,
                      name,
                      flags,
                      find_names_cb,
                      func,
                      naming,
                      naming_free);
}

static void
batch_renamed_cb (FilesBatchRename *dialog, ThawOperationRequest *request, FilesWindow *window)
{
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *title = g_strdup_printf (ngettext ("Rename %'u Item", "Rename %'u Items", n), n);

  files_operation_actions_submit (window, request, title);
}

static void
rename_many (FilesWindow *window)
{
  ThawFolder *folder;
  g_autoptr (GArray) ids = files_tab_dup_selected_of_one (files_window_get_tab (window), &folder);
  g_autoptr (FilesRenameSet) set = NULL;
  AdwDialog *dialog;

  if (ids == NULL)
    {
      files_window_toast (window, _ ("Files in different folders can’t be renamed together"));
      return;
    }
  set = files_rename_set_new (folder, ids);
  dialog = files_batch_rename_new (set);
  g_signal_connect_object (dialog,
                           "rename",
                           G_CALLBACK (batch_renamed_cb),
                           window,
                           G_CONNECT_DEFAULT);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

/* With nothing selected it is about what has the keyboard focus, which is then seen. */
static void
select_focused (PaneView *view, PaneFolderModel *model)
{
  guint32 id = pane_folder_model_get_focus_id (model);

  if (pane_folder_model_get_n_selected (model) == 0 && id != THAW_NO_ENTRY
      && pane_view_shows (view, id))
    pane_folder_model_select_id (model, id, TRUE);
}

static void
rename_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  g_autoptr (GArray) ids = NULL;
  graphene_rect_t bounds = get_middle (GTK_WIDGET (tab)), found;
  g_autofree char *name = NULL;
  guint32 id;

  select_focused (files_tab_get_view (tab), model);
  if (store != NULL && pane_folder_model_get_n_selected (model) > 1)
    rename_many (window);
  if (store == NULL || pane_folder_model_get_n_selected (model) != 1)
    return;
  ids = pane_folder_model_dup_selected_ids (model);
  id = g_array_index (ids, guint32, 0);
  name = g_filename_display_name (thaw_entry_store_get_name (store, id));
  if (pane_view_get_entry_bounds (files_tab_get_view (tab), id, &found)
      && gtk_widget_compute_bounds (GTK_WIDGET (files_tab_get_view (tab)),
                                    GTK_WIDGET (tab),
                                    &bounds))
    graphene_rect_init (&bounds,
                        bounds.origin.x + found.origin.x,
                        bounds.origin.y + found.origin.y,
                        found.size.width,
                        found.size.height);
  ask_name (window,
            &bounds,
            thaw_entry_store_is_folder (store, id) ? _ ("Name of the Folder")
                                                   : _ ("Name of the File"),
            _ ("_Rename"),
            name,
            thaw_entry_store_is_folder (store, id) ? FILES_NAME_IS_FOLDER : 0,
            renamed_cb);
}

static void
new_folder_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));

  ask_name (window,
            &middle,
            _ ("New Folder"),
            _ ("_Create"),
            _ ("New Folder"),
            FILES_NAME_IS_FOLDER | FILES_NAME_IS_NEW | FILES_NAME_IS_PROPOSED,
            folder_named_cb);
}

static void
new_folder_with_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));

  if (pane_folder_model_get_n_selected (files_tab_get_model (tab)) > 0)
    ask_name (window,
              &middle,
              _ ("New Folder With Selection"),
              _ ("_Create"),
              _ ("New Folder"),
              FILES_NAME_IS_FOLDER | FILES_NAME_IS_NEW | FILES_NAME_IS_PROPOSED,
              folder_with_named_cb);
}

static void
new_from_template_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  const char *name = g_variant_get_string (parameter, NULL);
  GFile *location = files_tab_get_location (files_window_get_tab (window));
  g_autoptr (GFile) template = files_templates_dup_file (name);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;

  if (template == NULL || location == NULL)
    return;
  request = files_request_from_template (template, location, name, &title);
  files_operation_actions_submit (window, request, title);
}

static void
new_file_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));

  ask_name (window,
            &middle,
            _ ("New File"),
            _ ("_Create"),
            _ ("New File"),
            FILES_NAME_IS_NEW | FILES_NAME_IS_PROPOSED,
            file_named_cb);
}

static void
compress_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));
  g_autoptr (FilesSelection) files = files_tab_dup_selection (files_window_get_tab (window));
  g_autoptr (GFile) first = NULL;
  g_autofree char *stem = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  first = files_selection_dup_first (files);
  stem = files_selection_get_n (files) == 1 ? pane_location_dup_title (first)
                                            : g_strdup (_ ("Archive"));
  ask_name (window,
            &middle,
            _ ("Name of the Archive"),
            _ ("_Compress"),
            stem,
            FILES_NAME_IS_NEW | FILES_NAME_IS_FOLDER | FILES_NAME_IS_ARCHIVE,
            archive_named_cb);
}

/**
 * files_name_actions_init:
 * @window: a window
 *
 * Adds the actions.
 */
void
files_name_actions_init (FilesWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "compress", .activate = compress_cb },
    { .name = "rename", .activate = rename_cb },
    { .name = "new-folder", .activate = new_folder_cb },
    { .name = "new-folder-with", .activate = new_folder_with_cb },
    { .name = "new-file", .activate = new_file_cb },
    { .name = "new-from-template", .activate = new_from_template_cb, .parameter_type = "s" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
