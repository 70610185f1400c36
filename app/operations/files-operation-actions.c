/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that change files: cut, paste, trash, rename and the rest. Each makes a request of what is selected in the
 * current tab and hands it to the queue; nothing is asked first but what can't be undone. What comes of it is selected when it
 * turns up, if the user is still there. Loop's thread; no file is touched here. */

#include "files-operation-actions.h"
#include "files-batch-rename.h"
#include "files-clipboard.h"
#include "files-properties.h"
#include "files-rename.h"
#include "files-requests.h"
#include "files-synchronise-actions.h"
#include "files-templates.h"
#include "pane-location.h"

#include <glib/gi18n.h>

static FilesOperations *
get_operations (FilesWindow *window)
{
  return files_application_get_operations (FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))));
}

static FilesSelection *
dup_selected (FilesWindow *window)
{
  return files_tab_dup_selection (files_window_get_tab (window));
}

static gboolean
is_in (GFile *folder, const char *scheme)
{
  return folder != NULL && g_file_has_uri_scheme (folder, scheme);
}

/* Selecting what came of it */

typedef struct {
  GWeakRef tab;
  ThawOperationRequest *request;
} Awaited;

static void
awaited_free (gpointer data, GClosure *closure)
{
  Awaited *self = data;

  g_weak_ref_clear (&self->tab);
  g_free (self);
}

static void
select_result_cb (ThawOperation *operation, GParamSpec *pspec, gpointer user_data)
{
  Awaited *self = user_data;
  g_autoptr (FilesTab) tab = g_weak_ref_get (&self->tab);
  g_autoptr (GFile) result = NULL;
  g_autoptr (GFile) parent = NULL;
  g_autofree char *name = NULL;

  if (tab == NULL || thaw_operation_get_state (operation) != THAW_OPERATION_DONE)
    return;
  result = thaw_operation_get_result (operation, 0);
  parent = result != NULL ? g_file_get_parent (result) : NULL;
  if (parent == NULL || !g_file_equal (parent, files_tab_get_location (tab)))
    return;
  name = g_file_get_basename (result);
  files_tab_select_name (tab, name);
}

static void
submit (FilesWindow *window, ThawOperationRequest *request, const char *title)
{
  ThawOperation *operation = files_operations_submit (get_operations (window), request, title);
  Awaited *awaited = g_new0 (Awaited, 1);

  g_weak_ref_init (&awaited->tab, files_window_get_tab (window));
  g_signal_connect_data (operation,
                         "notify::state",
                         G_CALLBACK (select_result_cb),
                         awaited,
                         awaited_free,
                         G_CONNECT_DEFAULT);
}

/* Clipboard */

/* It is no news once something has been done with it. */
static void
say_shortly (FilesWindow *window, const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_timeout (toast, 2);
  files_window_add_toast (window, toast);
}

static void
put_on_clipboard (FilesWindow *window, gboolean is_cut)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autofree char *toast = NULL;
  guint n;

  if (files_selection_get_n (files) == 0)
    return;
  files_clipboard_set (gtk_widget_get_clipboard (GTK_WIDGET (window)), files, is_cut);
  n = files_selection_get_n (files);
  toast = g_strdup_printf (is_cut ? ngettext ("%'u item is ready to be moved", "%'u items are ready to be moved", n)
                                  : ngettext ("%'u item is ready to be pasted", "%'u items are ready to be pasted", n),
                           n);
  say_shortly (window, toast);
}

static void
cut_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  put_on_clipboard (window, TRUE);
}

static void
copy_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  put_on_clipboard (window, FALSE);
}

/**
 * files_operation_actions_transfer:
 * @window: a window
 * @how: a #FilesTransfer
 * @files: what
 * @folder: where to
 *
 * Copies, moves or links files into a folder. Copying within a folder makes duplicates; moving within it does nothing.
 */
void
files_operation_actions_transfer (FilesWindow *window, int how, FilesSelection *files, GFile *folder)
{
  gboolean is_here = files_selection_are_in (files, folder);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autofree char *title = NULL;

  if (files_selection_get_n (files) == 0 || (is_here && how == FILES_TRANSFER_MOVE)
      || files_download_offer_files (window, files, folder))
    return;
  if (is_in (folder, "trash"))
    request = files_request_simple ("trash", files, &title);
  else if (is_here && how == FILES_TRANSFER_COPY)
    request = files_request_simple ("duplicate", files, &title);
  else
    request = files_request_transfer (how, files, folder, &title);
  submit (window, request, title);
}

static const char *
choose_name (const char *content_type)
{
  static const char *const names[][2] = {
    { "image/png", N_ ("Pasted image.png") },      { "image/jpeg", N_ ("Pasted image.jpg") },
    { "image/webp", N_ ("Pasted image.webp") },    { "image/svg+xml", N_ ("Pasted image.svg") },
    { "image/gif", N_ ("Pasted image.gif") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (content_type, names[i][0]))
      return _ (names[i][1]);
  return _ ("Pasted text.txt");
}

typedef struct {
  FilesWindow *window; /* the owner of the reading */
  GFile *folder;
  FilesTransfer how;
} Pasting;

/* An address alone is what is there, not what it reads. */
static gboolean
paste_link (Pasting *self, FilesPaste *paste)
{
  gsize length;
  const char *text = g_bytes_get_data (paste->content, &length);
  g_autofree char *address = NULL;

  if (!g_str_has_prefix (paste->content_type, "text/") || !files_download_is_link (text, length))
    return FALSE;
  address = g_strstrip (g_strndup (text, length));
  return files_download_offer (self->window, (const char *const[]){ address, NULL }, self->folder);
}

static void
paste_content (Pasting *self, FilesPaste *paste)
{
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request
      = files_request_new_file (self->folder, choose_name (paste->content_type), paste->content, &title);

  submit (self->window, request, title);
}

static void
paste_files (Pasting *self, FilesPaste *paste)
{
  FilesTransfer how = self->how == FILES_TRANSFER_COPY && paste->is_cut ? FILES_TRANSFER_MOVE : self->how;

  files_operation_actions_transfer (self->window, how, paste->files, self->folder);
  if (how == FILES_TRANSFER_MOVE)
    files_clipboard_clear_cut (gtk_widget_get_clipboard (GTK_WIDGET (self->window)));
}

static void
pasted_cb (FilesPaste *paste, const GError *error, gpointer user_data)
{
  Pasting *self = user_data;

  if (gtk_window_get_application (GTK_WINDOW (self->window)) == NULL)
    g_debug ("The window was closed before the clipboard was read");
  else if (paste != NULL && paste->files != NULL)
    paste_files (self, paste);
  else if (paste != NULL && !paste_link (self, paste))
    paste_content (self, paste);
  else if (paste != NULL)
    g_debug ("It is asked whether the link is to be downloaded");
  else
    files_window_toast (self->window, error != NULL ? error->message : _ ("There is nothing to paste"));
  g_clear_pointer (&paste, files_paste_free);
  g_object_unref (self->folder);
  g_object_unref (self->window);
  g_free (self);
}

static void
paste_into (FilesWindow *window, GFile *folder, FilesTransfer how)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (window));
  Pasting *self;

  if (folder == NULL || !files_clipboard_can_paste (clipboard))
    {
      files_window_toast (window, _ ("There is nothing to paste"));
      return;
    }
  self = g_new0 (Pasting, 1);
  self->window = g_object_ref (window);
  self->folder = g_object_ref (folder);
  self->how = how;
  files_clipboard_read (clipboard, G_OBJECT (window), pasted_cb, self);
}

static void
paste_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  paste_into (window, files_tab_get_location (files_window_get_tab (window)), FILES_TRANSFER_COPY);
}

static void
paste_into_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autoptr (GFile) folder = files_selection_dup_first (files);

  if (files_selection_get_n (files) == 1)
    paste_into (window, folder, FILES_TRANSFER_COPY);
}

static void
paste_link_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  paste_into (window, files_tab_get_location (files_window_get_tab (window)), FILES_TRANSFER_LINK);
}

/* What needs nothing but the selection */

static void
do_simple (FilesWindow *window, const char *kind)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autofree char *title = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_simple (kind, files, &title);
  submit (window, request, title);
}

static AdwDialog *
new_question (const char *heading, const char *body, const char *button, GCallback callback, FilesWindow *window)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "do", button, NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "do", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response::do", callback, window, G_CONNECT_DEFAULT);
  return dialog;
}

/* Deleting: most of what is deleted is kept and can be brought back, which its plan tells. What can't is asked first. */

static void
delete_confirmed_cb (AdwAlertDialog *dialog, const char *response, FilesWindow *window)
{
  thaw_operation_resume (g_object_get_data (G_OBJECT (dialog), "operation"));
}

/* However the dialog goes away: nobody else would let it go. */
static void
give_up_planned (gpointer operation)
{
  if (thaw_operation_get_state (operation) == THAW_OPERATION_PLANNED)
    thaw_operation_cancel (operation);
  g_object_unref (operation);
}

static char *
dup_delete_heading (ThawOperationRequest *request)
{
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *name = pane_location_dup_title (thaw_operation_request_get_source (request, 0));

  if (n == 1)
    return g_strdup_printf (_ ("Delete “%s” for Good?"), name);
  return g_strdup_printf (ngettext ("Delete %'u Item for Good?", "Delete %'u Items for Good?", n), n);
}

static const char *
get_delete_reason (ThawOperationRequest *request)
{
  guint n = thaw_operation_request_get_n_sources (request);
  GFile *first = thaw_operation_request_get_source (request, 0);

  if (is_in (first, "trash"))
    return _ ("This can’t be undone.");
  if (!g_file_is_native (first))
    return ngettext ("It isn’t on this computer, so it can’t be kept. This can’t be undone.",
                     "They aren’t on this computer, so they can’t be kept. This can’t be undone.",
                     n);
  return ngettext ("There is no room to keep it. This can’t be undone.",
                   "There is no room to keep all of them. This can’t be undone.",
                   n);
}

static void
ask_to_delete (FilesWindow *window, ThawOperation *operation)
{
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  g_autofree char *heading = dup_delete_heading (request);
  AdwDialog *dialog
      = new_question (heading, get_delete_reason (request), _ ("_Delete"), G_CALLBACK (delete_confirmed_cb), window);

  g_object_set_data_full (G_OBJECT (dialog), "operation", g_object_ref (operation), give_up_planned);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static void
delete_planned_cb (ThawOperation *operation, GParamSpec *pspec, FilesWindow *window)
{
  ThawPlan *plan = thaw_operation_get_plan (operation);

  if (plan == NULL && thaw_operation_get_state (operation) < THAW_OPERATION_DONE)
    return;
  g_signal_handlers_disconnect_by_func (operation, delete_planned_cb, window);
  if (plan == NULL || thaw_operation_get_state (operation) != THAW_OPERATION_PLANNED)
    return;
  if (thaw_plan_count_findings (plan, THAW_FINDING_NO_UNDO) > 0)
    ask_to_delete (window, operation);
  else
    thaw_operation_resume (operation);
}

static void
delete_selected (FilesWindow *window)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autofree char *title = NULL;
  ThawOperation *operation;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_simple ("delete", files, &title);
  operation = files_operations_plan (get_operations (window), request, title);
  g_signal_connect_object (operation, "notify", G_CALLBACK (delete_planned_cb), window, G_CONNECT_DEFAULT);
}

/* In the trash, Delete deletes. */
static void
trash_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  if (is_in (files_tab_get_location (files_window_get_tab (window)), "trash"))
    delete_selected (window);
  else
    do_simple (window, "trash");
}

static void
delete_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  delete_selected (window);
}

static void
duplicate_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  do_simple (window, "duplicate");
}

static void
restore_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  do_simple (window, "restore");
}

static void
empty_confirmed_cb (AdwAlertDialog *dialog, const char *response, FilesWindow *window)
{
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_empty_trash (&title);

  submit (window, request, title);
}

/* This can't be undone, so it is asked first. */
static void
empty_trash_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  AdwDialog *dialog = new_question (_ ("Empty the Trash?"),
                                    _ ("What is in it is deleted for good. This can’t be undone."),
                                    _ ("_Empty Trash"),
                                    G_CALLBACK (empty_confirmed_cb),
                                    window);

  adw_dialog_present (dialog, window);
}

static void
extract_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_extract (files, files_tab_get_location (files_window_get_tab (window)), &title);
  submit (window, request, title);
}

/* Names */

typedef struct {
  GWeakRef window;
  FilesTab *tab; /* borrowed: only while the popover, its child, is there */
  FilesSelection *files;
  GFile *folder;
} Naming;

static Naming *
naming_new (FilesWindow *window)
{
  Naming *self = g_new0 (Naming, 1);

  g_weak_ref_init (&self->window, window);
  self->tab = files_window_get_tab (window);
  self->files = dup_selected (window);
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
    submit (window, request, title);
}

static void
folder_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_new_folder (self->folder, name, &title);

  if (window != NULL)
    submit (window, request, title);
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
    submit (window, request, title);
}

static void
file_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_new_file (self->folder, name, NULL, &title);

  if (window != NULL)
    submit (window, request, title);
}

static void
archive_named_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;
  g_autoptr (FilesWindow) window = g_weak_ref_get (&self->window);
  const char *extension = files_archive_find_extension (name);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request
      = files_request_compress (self->files, self->folder, name, extension != NULL ? extension + 1 : "zip", &title);

  if (window != NULL)
    submit (window, request, title);
}

static gboolean
is_taken_cb (const char *name, gpointer user_data)
{
  Naming *self = user_data;

  return files_tab_has_name (self->tab, name);
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

  files_rename_popup (tab,
                      bounds,
                      title,
                      button,
                      name,
                      flags,
                      is_taken_cb,
                      func,
                      naming_new (window),
                      naming_free);
}

static void
batch_renamed_cb (FilesBatchRename *dialog, ThawOperationRequest *request, FilesWindow *window)
{
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *title = g_strdup_printf (ngettext ("Rename %'u Item", "Rename %'u Items", n), n);

  submit (window, request, title);
}

static void
rename_many (FilesWindow *window, PaneFolderModel *model, GArray *ids)
{
  g_autoptr (FilesRenameSet) set = files_rename_set_new (pane_folder_model_get_folder (model), ids);
  AdwDialog *dialog = files_batch_rename_new (set);

  g_signal_connect_object (dialog, "rename", G_CALLBACK (batch_renamed_cb), window, G_CONNECT_DEFAULT);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

/* With nothing selected it is about what has the keyboard focus, which is then seen. */
static void
select_focused (PaneFolderModel *model)
{
  guint32 id = pane_folder_model_get_focus_id (model);

  if (pane_folder_model_get_n_selected (model) == 0 && id != THAW_NO_ENTRY
      && pane_folder_model_find (model, id) != GTK_INVALID_LIST_POSITION)
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

  select_focused (model);
  ids = pane_folder_model_dup_selected_ids (model);
  if (store != NULL && ids->len > 1)
    rename_many (window, model, ids);
  if (store == NULL || ids->len != 1)
    return;
  id = g_array_index (ids, guint32, 0);
  name = g_filename_display_name (thaw_entry_store_get_name (store, id));
  if (pane_view_get_entry_bounds (files_tab_get_view (tab), id, &found)
      && gtk_widget_compute_bounds (GTK_WIDGET (files_tab_get_view (tab)), GTK_WIDGET (tab), &bounds))
    graphene_rect_init (&bounds,
                        bounds.origin.x + found.origin.x,
                        bounds.origin.y + found.origin.y,
                        found.size.width,
                        found.size.height);
  ask_name (window,
            &bounds,
            thaw_entry_store_is_folder (store, id) ? _ ("Name of the Folder") : _ ("Name of the File"),
            _ ("_Rename"),
            name,
            thaw_entry_store_is_folder (store, id) ? FILES_NAME_IS_FOLDER : 0,
            renamed_cb);
}

static char *
dup_free_name (FilesTab *tab, const char *name)
{
  char *free_name = g_strdup (name);

  for (guint i = 2; files_tab_has_name (tab, free_name); i++)
    {
      g_free (free_name);
      free_name = g_strdup_printf ("%s %u", name, i);
    }
  return free_name;
}

static void
new_folder_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));
  g_autofree char *name = dup_free_name (tab, _ ("New Folder"));

  ask_name (window, &middle, _ ("New Folder"), _ ("_Create"), name, FILES_NAME_IS_FOLDER | FILES_NAME_IS_NEW, folder_named_cb);
}

static void
new_folder_with_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));
  g_autofree char *name = dup_free_name (tab, _ ("New Folder"));

  if (pane_folder_model_get_n_selected (files_tab_get_model (tab)) > 0)
    ask_name (window,
              &middle,
              _ ("New Folder With Selection"),
              _ ("_Create"),
              name,
              FILES_NAME_IS_FOLDER | FILES_NAME_IS_NEW,
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
  submit (window, request, title);
}

static void
properties_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  GFile *location = files_tab_get_location (files_window_get_tab (window));

  if (files_selection_get_n (files) == 0 && location != NULL)
    {
      g_autoptr (GPtrArray) folder = g_ptr_array_new_with_free_func (g_object_unref);

      g_ptr_array_add (folder, g_object_ref (location));
      files_selection_unref (files);
      files = files_selection_new (g_steal_pointer (&folder));
    }
  if (files_selection_get_n (files) > 0)
    adw_dialog_present (files_properties_new (get_operations (window), files), window);
}

static void
new_file_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));
  g_autofree char *name = dup_free_name (tab, _ ("New File"));

  ask_name (window, &middle, _ ("New File"), _ ("_Create"), name, FILES_NAME_IS_NEW, file_named_cb);
}

static void
compress_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  graphene_rect_t middle = get_middle (GTK_WIDGET (tab));
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autoptr (GFile) first = NULL;
  g_autofree char *stem = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  first = files_selection_dup_first (files);
  stem = files_selection_get_n (files) == 1 ? pane_location_dup_title (first) : g_strdup (_ ("Archive"));
  ask_name (window,
            &middle,
            _ ("Name of the Archive"),
            _ ("_Compress"),
            stem,
            FILES_NAME_IS_NEW | FILES_NAME_IS_FOLDER | FILES_NAME_IS_ARCHIVE,
            archive_named_cb);
}

/* Undo */

static void
undo_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operations_undo (get_operations (window));
}

static void
redo_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operations_redo (get_operations (window));
}

static void
show_operations_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_show_operations (window);
}

/* In the rows these are their own keys. Anywhere else they come last, so that an entry that is typed in has its own undo. */
static void
add_keys (GtkWidget *window)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_z, GDK_CONTROL_MASK), gtk_named_action_new ("win.undo")));
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK),
                        gtk_named_action_new ("win.redo")));
  gtk_widget_add_controller (window, keys);
}

/**
 * files_operation_actions_init:
 * @window: a window
 *
 * Adds the actions.
 */
void
files_operation_actions_init (FilesWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "cut", .activate = cut_cb },
    { .name = "copy", .activate = copy_cb },
    { .name = "paste", .activate = paste_cb },
    { .name = "paste-into", .activate = paste_into_cb },
    { .name = "paste-link", .activate = paste_link_cb },
    { .name = "trash", .activate = trash_cb },
    { .name = "delete", .activate = delete_cb },
    { .name = "duplicate", .activate = duplicate_cb },
    { .name = "restore", .activate = restore_cb },
    { .name = "empty-trash", .activate = empty_trash_cb },
    { .name = "extract", .activate = extract_cb },
    { .name = "compress", .activate = compress_cb },
    { .name = "rename", .activate = rename_cb },
    { .name = "new-folder", .activate = new_folder_cb },
    { .name = "new-folder-with", .activate = new_folder_with_cb },
    { .name = "new-file", .activate = new_file_cb },
    { .name = "new-from-template", .activate = new_from_template_cb, .parameter_type = "s" },
    { .name = "properties", .activate = properties_cb },
    { .name = "undo", .activate = undo_cb },
    { .name = "redo", .activate = redo_cb },
    { .name = "show-operations", .activate = show_operations_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
  files_synchronise_actions_init (window);
  add_keys (GTK_WIDGET (window));
}

static void
empty_trash_asked_cb (FilesWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (window), "win.empty-trash", NULL);
}

/* Other programs use the trash too, while the user is there. */
static void
active_cb (FilesWindow *window)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (window));

  if (application != NULL && gtk_window_is_active (GTK_WINDOW (window)))
    pane_places_look_at_trash (files_application_get_places (FILES_APPLICATION (application)));
}

/**
 * files_operation_actions_attach_sidebar:
 * @window: a window
 * @sidebar: its sidebar
 *
 * Lets the trash be emptied there, and has it show whether there is anything in it.
 */
void
files_operation_actions_attach_sidebar (FilesWindow *window, PaneSidebar *sidebar)
{
  g_signal_connect_object (sidebar, "empty-trash", G_CALLBACK (empty_trash_asked_cb), window, G_CONNECT_SWAPPED);
  g_signal_connect (window, "notify::is-active", G_CALLBACK (active_cb), NULL);
}

static void
set_enabled (FilesWindow *window, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/**
 * files_operation_actions_update:
 * @window: a window with a tab
 *
 * Makes the actions follow the current tab.
 */
void
files_operation_actions_update (FilesWindow *window)
{
  GFile *location = files_tab_get_location (files_window_get_tab (window));
  gboolean in_trash = is_in (location, "trash"), is_elsewhere = is_in (location, "recent");
  gboolean can_add = location != NULL && !in_trash && !is_elsewhere;

  set_enabled (window, "paste", can_add);
  set_enabled (window, "paste-link", can_add);
  set_enabled (window, "new-folder", can_add);
  set_enabled (window, "new-folder-with", can_add);
  set_enabled (window, "new-file", can_add);
  set_enabled (window, "new-from-template", can_add);
  set_enabled (window, "duplicate", can_add);
  set_enabled (window, "compress", can_add);
  set_enabled (window, "extract", can_add);
  set_enabled (window, "rename", !in_trash && !is_elsewhere);
  set_enabled (window, "restore", in_trash);
}
