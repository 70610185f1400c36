/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions: what menus, keys and buttons can do. Each acts on the current tab; which
 * are possible, and the states that menus show, follow the tab in files_window_update_actions().
 * Loop's thread. */

#include "files-window.h"
#include "files-error.h"
#include "files-operation-actions.h"
#include "files-pulse.h"
#include "files-quick-look.h"
#include "files-shortcuts.h"
#include "files-split-actions.h"
#include "pane-location.h"
#include <glib/gi18n.h>

static const char *const column_names[] = { "name", "size", "type", "modified" };

static void
back_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_go (files_window_get_tab (window), -1);
}

static void
forward_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_go (files_window_get_tab (window), 1);
}

static void
go_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_go (files_window_get_tab (window), g_variant_get_int32 (parameter));
}

static void
up_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_go_up (files_window_get_tab (window));
}

static void
home_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_open (window, pane_location_get_home (), PANE_OPEN_HERE);
}

static void
reload_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_reload (files_window_get_tab (window));
}

static void
stop_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_stop (files_window_get_tab (window));
}

static void
edit_location_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_edit_location (window, NULL);
}

/* Bookmarks */

static void
bookmark_set_cb (ThawFuture *completed, gpointer user_data)
{
  g_autoptr (FilesWindow) window = g_weak_ref_get (user_data);
  const GError *error = thaw_future_get_error (completed);
  g_autofree char *line = NULL;

  if (window == NULL || error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  line = files_error_dup_line (_ ("Could not change the bookmarks"), error);
  files_window_toast (window, line);
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* Makes the current place a bookmark, or no longer one. */
static void
bookmark_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  PanePlaces *places
      = files_application_get_places (FILES_APPLICATION (gtk_window_get_application (window)));
  GFile *location = files_tab_get_location (files_window_get_tab (window));
  gboolean add;
  g_autoptr (ThawFuture) written = NULL;
  GWeakRef *weak;

  if (location == NULL)
    return;
  add = !pane_places_has_bookmark (places, location);
  weak = g_new0 (GWeakRef, 1);
  g_weak_ref_init (weak, window);
  written = pane_places_set_bookmark (places, location, add);
  thaw_future_done (written, NULL, bookmark_set_cb, weak, weak_ref_free);
  files_window_toast (window, add ? _ ("Bookmark added") : _ ("Bookmark removed"));
}

/* Tabs */

static void
new_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *current = files_window_get_tab (window);
  g_autoptr (GFile) location = g_object_ref (files_tab_get_location (current));
  FilesTab *tab = files_window_add_tab (window, NULL, TRUE);

  files_tab_show_location (tab, location, FALSE);
}

static void
close_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  AdwTabView *tabs = files_window_get_tab_view (window);

  adw_tab_view_close_page (tabs, adw_tab_view_get_selected_page (tabs));
}

static void
reopen_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_reopen_tab (window);
}

static void
turn_tab (AdwTabView *tabs, int step)
{
  int n = adw_tab_view_get_n_pages (tabs);
  int position = adw_tab_view_get_page_position (tabs, adw_tab_view_get_selected_page (tabs));

  adw_tab_view_set_selected_page (tabs,
                                  adw_tab_view_get_nth_page (tabs, (position + step + n) % n));
}

static void
next_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  turn_tab (files_window_get_tab_view (window), 1);
}

static void
previous_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  turn_tab (files_window_get_tab_view (window), -1);
}

/* The rows */

static void
open_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_open_selected (files_window_get_tab (window), PANE_OPEN_HERE);
}

static void
open_tab_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_open_selected (files_window_get_tab (window), PANE_OPEN_TAB);
}

static void
open_window_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_open_selected (files_window_get_tab (window), PANE_OPEN_WINDOW);
}

static void
select_all_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  pane_view_select_all (files_tab_get_view (files_window_get_tab (window)));
}

static void
invert_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  pane_view_invert_selection (files_tab_get_view (files_window_get_tab (window)));
}

/* The selection, or the folder itself when nothing is selected. */
static GPtrArray *
dup_files (FilesTab *tab)
{
  GPtrArray *files = files_tab_dup_selected_files (tab);

  if (files->len == 0)
    g_ptr_array_add (files, g_object_ref (files_tab_get_location (tab)));
  return files;
}

static char *
dup_paths (GPtrArray *files)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *path = pane_location_dup_text (g_ptr_array_index (files, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", path);
    }
  return g_string_free (text, FALSE);
}

static void
copy_path_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  g_autoptr (GPtrArray) files = dup_files (files_window_get_tab (window));
  g_autofree char *text = dup_paths (files);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (window), text);
  files_window_toast (window, ngettext ("Path copied", "Paths copied", files->len));
}

/* The view */

static void
filter_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  files_tab_set_filtering (files_window_get_tab (window), g_variant_get_boolean (state));
}

static void
clear_filter_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_set_filtering (files_window_get_tab (window), FALSE);
}

/* Whoever has chosen it in a menu goes on in it, and not on the menu's button. */
static void
view_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);

  files_tab_set_view_id (tab, g_variant_get_string (state, NULL));
  if (!GTK_IS_EDITABLE (gtk_window_get_focus (GTK_WINDOW (window))))
    files_tab_grab_focus (tab);
}

static void
zoom_in_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_zoom (files_window_get_tab (window), 1);
}

static void
zoom_out_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_zoom (files_window_get_tab (window), -1);
}

static void
zoom_reset_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_tab_zoom (files_window_get_tab (window), 0);
}

static void
sort_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  const ThawOrderSpec *spec = files_tab_get_spec (tab);
  const char *name = g_variant_get_string (state, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (column_names); i++)
    if (g_str_equal (name, column_names[i]))
      files_tab_set_sort (tab, i, spec->descending);
  if (strchr (name, '/') != NULL)
    files_tab_set_sort_attribute (tab, name, spec->descending);
}

static void
sort_descending_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  const ThawOrderSpec *spec = files_tab_get_spec (tab);

  if (spec->column == THAW_SORT_ATTRIBUTE)
    files_tab_set_sort_attribute (tab, spec->attribute, g_variant_get_boolean (state));
  else
    files_tab_set_sort (tab, spec->column, g_variant_get_boolean (state));
}

static void
group_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  files_tab_set_grouped (files_window_get_tab (window), g_variant_get_boolean (state));
}

static FilesState *
get_state (gpointer window)
{
  return files_application_get_state (FILES_APPLICATION (gtk_window_get_application (window)));
}

/* What goes for all folders is set in the state, and all windows follow it. */
static void
folders_first_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesWindowState changed = *files_state_get_window (get_state (window));

  changed.folders_first = g_variant_get_boolean (state);
  files_state_set_window (get_state (window), &changed);
}

static void
show_hidden_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesWindowState changed = *files_state_get_window (get_state (window));

  changed.show_hidden = g_variant_get_boolean (state);
  files_state_set_window (get_state (window), &changed);
}

/* The window */

static void
show_menu_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_window_show_menu (window);
}

static void
show_shortcuts_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  adw_dialog_present (files_shortcuts_make_dialog (), window);
}

static void
pulse_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  g_simple_action_set_state (action, state);
  files_pulse_set_shown (window, g_variant_get_boolean (state));
}

static const GActionEntry entries[] = {
  { .name = "back", .activate = back_cb },
  { .name = "forward", .activate = forward_cb },
  { .name = "go", .activate = go_cb, .parameter_type = "i" },
  { .name = "up", .activate = up_cb },
  { .name = "home", .activate = home_cb },
  { .name = "reload", .activate = reload_cb },
  { .name = "stop", .activate = stop_cb },
  { .name = "edit-location", .activate = edit_location_cb },
  { .name = "bookmark", .activate = bookmark_cb },
  { .name = "new-tab", .activate = new_tab_cb },
  { .name = "close-tab", .activate = close_tab_cb },
  { .name = "reopen-tab", .activate = reopen_tab_cb },
  { .name = "next-tab", .activate = next_tab_cb },
  { .name = "previous-tab", .activate = previous_tab_cb },
  { .name = "open", .activate = open_cb },
  { .name = "open-tab", .activate = open_tab_cb },
  { .name = "open-window", .activate = open_window_cb },
  { .name = "select-all", .activate = select_all_cb },
  { .name = "invert-selection", .activate = invert_cb },
  { .name = "copy-path", .activate = copy_path_cb },
  { .name = "filter", .state = "false", .change_state = filter_cb },
  { .name = "clear-filter", .activate = clear_filter_cb },
  { .name = "view", .parameter_type = "s", .state = "''", .change_state = view_cb },
  { .name = "zoom-in", .activate = zoom_in_cb },
  { .name = "zoom-out", .activate = zoom_out_cb },
  { .name = "zoom-reset", .activate = zoom_reset_cb },
  { .name = "sort", .parameter_type = "s", .state = "'name'", .change_state = sort_cb },
  { .name = "sort-descending", .state = "false", .change_state = sort_descending_cb },
  { .name = "group", .state = "false", .change_state = group_cb },
  { .name = "folders-first", .state = "true", .change_state = folders_first_cb },
  { .name = "show-hidden", .state = "false", .change_state = show_hidden_cb },
  { .name = "pulse", .state = "false", .change_state = pulse_cb },
  { .name = "show-menu", .activate = show_menu_cb },
  { .name = "show-help-overlay", .activate = show_shortcuts_cb },
};

/**
 * files_window_init_actions:
 * @self: a window
 *
 * Adds the window's actions.
 */
void
files_window_init_actions (FilesWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  files_quick_look_init (self);
}

static void
set_enabled (FilesWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* Takes the floating @state. */
static void
set_state (FilesWindow *self, const char *name, GVariant *state)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), state);
}

static gboolean
has_parent (GFile *location)
{
  g_autoptr (GFile) parent = location != NULL ? g_file_get_parent (location) : NULL;

  return parent != NULL;
}

/**
 * files_window_update_actions:
 * @self: a window with a tab
 *
 * Makes the actions follow the current tab: which are possible, and the states that menus show.
 */
void
files_window_update_actions (FilesWindow *self)
{
  FilesTab *tab = files_window_get_tab (self);
  FilesHistory *history = files_tab_get_history (tab);
  const ThawOrderSpec *spec = files_tab_get_spec (tab);
  gboolean loading;

  g_object_get (tab, "loading", &loading, NULL);
  set_enabled (self, "back", files_history_get_n_back (history) > 0);
  set_enabled (self, "forward", files_history_get_n_forward (history) > 0);
  set_enabled (self, "up", has_parent (files_tab_get_location (tab)));
  set_enabled (self, "stop", loading);
  set_state (self, "filter", g_variant_new_boolean (files_tab_is_filtering (tab)));
  set_state (self, "view", g_variant_new_string (files_tab_get_view_id (tab)));
  set_enabled (self, "group", files_tab_can_group (tab));
  set_state (self, "group", g_variant_new_boolean (files_tab_get_grouped (tab)));
  files_operation_actions_update (self);
  files_split_actions_update (self);
  if (spec == NULL)
    return;
  set_state (self,
             "sort",
             g_variant_new_string (spec->column == THAW_SORT_ATTRIBUTE
                                       ? spec->attribute
                                       : column_names[spec->column]));
  set_state (self, "sort-descending", g_variant_new_boolean (spec->descending));
  set_state (self, "folders-first", g_variant_new_boolean (spec->folders_first));
  set_state (self, "show-hidden", g_variant_new_boolean (spec->show_hidden));
}
