/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that change files: cut, paste, duplicate and the rest; those that need a
 * name, and those that delete, are in files of their own. Each makes a request of what is selected
 * in the current tab and hands it to the queue. What comes of it is selected when it turns up, if
 * the user is still there. Loop's thread; no file is touched here. */

#include "files-operation-actions.h"
#include "files-clipboard.h"
#include "files-delete-actions.h"
#include "files-name-actions.h"
#include "files-properties.h"
#include "files-requests.h"
#include "files-synchronise-actions.h"

#include <glib/gi18n.h>

/**
 * files_operation_actions_get_operations:
 * @window: a window
 *
 * Returns: (transfer none): what changes files
 */
FilesOperations *
files_operation_actions_get_operations (FilesWindow *window)
{
  return files_application_get_operations (
      FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))));
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

/**
 * files_operation_actions_submit:
 * @window: a window
 * @request: what is to be done
 * @title: what it is called
 *
 * Has something done. What comes of it is selected if the current tab is still there then.
 */
void
files_operation_actions_submit (FilesWindow *window,
                                ThawOperationRequest *request,
                                const char *title)
{
  ThawOperation *operation
      = files_operations_submit (files_operation_actions_get_operations (window), request, title);
  Awaited *awaited = g_new0 (Awaited, 1);

  g_weak_ref_init (&awaited->tab, files_window_get_tab (window));
  g_signal_connect_data (operation,
                         "notify::state",
                         G_CALLBACK (select_result_cb),
                         awaited,
                         awaited_free,
                         G_CONNECT_DEFAULT);
}

/* Taking what is selected */

typedef struct {
  FilesWindow *window;
  ThawOperationRequest *request;
  char *title;
  FilesFilledFunc func;
} Filling;

static void
filling_free (gpointer data)
{
  Filling *self = data;

  g_object_unref (self->window);
  thaw_operation_request_unref (self->request);
  g_free (self->title);
  g_free (self);
}

static void
filled_cb (ThawFuture *completed, gpointer user_data)
{
  Filling *self = user_data;

  if (thaw_future_get_error (completed) != NULL
      || gtk_window_get_application (GTK_WINDOW (self->window)) == NULL)
    g_debug ("The window was closed before it was known what to do");
  else
    self->func (self->window, self->request, self->title);
}

/**
 * files_operation_actions_fill:
 * @window: a window
 * @files: what it is about
 * @request: what is to be done, without its sources
 * @title: what it is called
 * @func: takes the request when it has them
 *
 * Makes files the sources of a request: a few at once, very many by another thread, which takes
 * part of a second.
 */
void
files_operation_actions_fill (FilesWindow *window,
                              FilesSelection *files,
                              ThawOperationRequest *request,
                              const char *title,
                              FilesFilledFunc func)
{
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) filled = NULL;
  Filling *filling;

  if (files_selection_is_light (files))
    {
      files_selection_fill (files, request);
      func (window, request, title);
      return;
    }
  filling = g_new0 (Filling, 1);
  filling->window = g_object_ref (window);
  filling->request = thaw_operation_request_ref (request);
  filling->title = g_strdup (title);
  filling->func = func;
  scope = thaw_scope_new ("what is selected", NULL);
  filled = files_selection_fill_later (files, scope, request);
  thaw_future_done (filled, NULL, filled_cb, filling, filling_free);
}

/**
 * files_operation_actions_submit_files:
 * @window: a window
 * @files: what it is about
 * @request: what is to be done, without its sources
 * @title: what it is called
 *
 * As files_operation_actions_submit(), for a request that is about files.
 */
void
files_operation_actions_submit_files (FilesWindow *window,
                                      FilesSelection *files,
                                      ThawOperationRequest *request,
                                      const char *title)
{
  files_operation_actions_fill (window, files, request, title, files_operation_actions_submit);
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
  toast = g_strdup_printf (
      is_cut ? ngettext ("%'u item is ready to be moved", "%'u items are ready to be moved", n)
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
 * Copies, moves or links files into a folder. Copying within a folder makes duplicates; moving
 * within it does nothing.
 */
void
files_operation_actions_transfer (FilesWindow *window,
                                  int how,
                                  FilesSelection *files,
                                  GFile *folder)
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
  files_operation_actions_submit_files (window, files, request, title);
}

static const char *
choose_name (const char *content_type)
{
  static const char *const names[][2] = {
    { "image/png", N_ ("Pasted image.png") },   { "image/jpeg", N_ ("Pasted image.jpg") },
    { "image/webp", N_ ("Pasted image.webp") }, { "image/svg+xml", N_ ("Pasted image.svg") },
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
      = files_request_new_file (self->folder,
                                choose_name (paste->content_type),
                                paste->content,
                                &title);

  files_operation_actions_submit (self->window, request, title);
}

static void
paste_files (Pasting *self, FilesPaste *paste)
{
  FilesTransfer how
      = self->how == FILES_TRANSFER_COPY && paste->is_cut ? FILES_TRANSFER_MOVE : self->how;

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
    files_window_toast (self->window,
                        error != NULL ? error->message : _ ("There is nothing to paste"));
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

/**
 * files_operation_actions_do_simple:
 * @window: a window
 * @kind: a kind of operation that needs nothing but files
 *
 * Does it to what is selected.
 */
void
files_operation_actions_do_simple (FilesWindow *window, const char *kind)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autofree char *title = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_simple (kind, files, &title);
  files_operation_actions_submit_files (window, files, request, title);
}

static void
duplicate_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operation_actions_do_simple (window, "duplicate");
}

static void
restore_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operation_actions_do_simple (window, "restore");
}

static void
extract_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (FilesSelection) files = dup_selected (window);
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_extract (files,
                                   files_tab_get_location (files_window_get_tab (window)),
                                   &title);
  files_operation_actions_submit_files (window, files, request, title);
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
    adw_dialog_present (
        files_properties_new (files_operation_actions_get_operations (window), files),
        window);
}

/* Undo */

static void
undo_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operations_undo (files_operation_actions_get_operations (window));
}

static void
redo_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_operations_redo (files_operation_actions_get_operations (window));
}

static void
show_operations_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_show_operations (window);
}

/* In the rows these are their own keys. Anywhere else they come last, so that an entry that is
 * typed in has its own undo. */
static void
add_keys (GtkWidget *window)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_z, GDK_CONTROL_MASK),
                        gtk_named_action_new ("win.undo")));
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
    { .name = "duplicate", .activate = duplicate_cb },
    { .name = "restore", .activate = restore_cb },
    { .name = "extract", .activate = extract_cb },
    { .name = "properties", .activate = properties_cb },
    { .name = "undo", .activate = undo_cb },
    { .name = "redo", .activate = redo_cb },
    { .name = "show-operations", .activate = show_operations_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
  files_delete_actions_init (window);
  files_name_actions_init (window);
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
  g_signal_connect_object (sidebar,
                           "empty-trash",
                           G_CALLBACK (empty_trash_asked_cb),
                           window,
                           G_CONNECT_SWAPPED);
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
