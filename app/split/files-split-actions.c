/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions of two panes: splitting a tab, going to the other pane, and copying, moving
 * and opening into it. What is copied and moved is what is selected in the active pane, by the same
 * operations as pasting and dropping, so it is undone like any. Loop's thread; no file is touched
 * here. */

#include "files-split-actions.h"
#include "files-operation-actions.h"
#include "files-requests.h"
#include <glib/gi18n.h>

static void
split_cb (GSimpleAction *action, GVariant *state, gpointer window)
{
  FilesPanes *panes = files_window_get_panes (window);

  if (g_variant_get_boolean (state))
    files_panes_split (panes);
  else if (files_panes_is_split (panes))
    files_panes_close (panes, files_panes_get_other (panes));
}

static void
other_pane_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *other = files_panes_get_other (files_window_get_panes (window));

  if (other != NULL)
    files_tab_grab_focus (other);
}

static void
swap_panes_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  files_panes_swap (files_window_get_panes (window));
}

static gboolean
is_in (GFile *folder, const char *scheme)
{
  return folder != NULL && g_file_has_uri_scheme (folder, scheme);
}

/* Why nothing can be put into the other pane; NULL: it can. */
static const char *
find_reason (FilesTab *tab, GFile *folder)
{
  if (folder == NULL || is_in (folder, "recent"))
    return _ ("Nothing can be put where the other pane is");
  if (g_file_equal (folder, files_tab_get_location (tab)))
    return _ ("Both panes show the same folder");
  if (pane_folder_model_get_n_selected (files_tab_get_model (tab)) == 0)
    return _ ("Nothing is selected");
  return NULL;
}

static void
transfer (FilesWindow *window, FilesTransfer how)
{
  FilesPanes *panes = files_window_get_panes (window);
  FilesTab *tab = files_panes_get_tab (panes), *other = files_panes_get_other (panes);
  g_autoptr (FilesSelection) files = NULL;
  GFile *folder;
  const char *reason;

  if (other == NULL)
    return;
  folder = files_tab_get_location (other);
  reason = find_reason (tab, folder);
  if (reason != NULL)
    {
      files_window_toast (window, reason);
      return;
    }
  files = files_tab_dup_selection (tab);
  files_operation_actions_transfer (window, how, files, folder);
}

static void
copy_to_other_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  transfer (window, FILES_TRANSFER_COPY);
}

static void
move_to_other_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  transfer (window, FILES_TRANSFER_MOVE);
}

/* The one folder that is selected; otherwise the one that is shown. */
static GFile *
dup_folder (FilesTab *tab)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (model);
  guint32 id = ids->len == 1 ? g_array_index (ids, guint32, 0) : THAW_NO_ENTRY;

  if (store != NULL && id != THAW_NO_ENTRY && thaw_entry_store_is_folder (store, id))
    return files_tab_dup_entry_file (tab, id);
  return files_tab_get_location (tab) != NULL ? g_object_ref (files_tab_get_location (tab)) : NULL;
}

static void
open_other_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesPanes *panes = files_window_get_panes (window);
  g_autoptr (GFile) folder = dup_folder (files_panes_get_tab (panes));

  if (folder != NULL)
    files_tab_show_location (files_panes_split (panes), folder, FALSE);
}

/**
 * files_split_actions_init:
 * @window: a window
 *
 * Adds the actions.
 */
void
files_split_actions_init (FilesWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "split", .state = "false", .change_state = split_cb },
    { .name = "other-pane", .activate = other_pane_cb },
    { .name = "swap-panes", .activate = swap_panes_cb },
    { .name = "copy-to-other", .activate = copy_to_other_cb },
    { .name = "move-to-other", .activate = move_to_other_cb },
    { .name = "open-other", .activate = open_other_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}

static void
set_enabled (FilesWindow *window, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/**
 * files_split_actions_update:
 * @window: a window with a tab
 *
 * Makes the actions follow the current tab.
 */
void
files_split_actions_update (FilesWindow *window)
{
  gboolean is_split = files_panes_is_split (files_window_get_panes (window));
  GAction *split = g_action_map_lookup_action (G_ACTION_MAP (window), "split");

  g_simple_action_set_state (G_SIMPLE_ACTION (split), g_variant_new_boolean (is_split));
  set_enabled (window, "other-pane", is_split);
  set_enabled (window, "swap-panes", is_split);
  set_enabled (window, "copy-to-other", is_split);
  set_enabled (window, "move-to-other", is_split);
  set_enabled (window, "synchronise-panes", is_split);
}

static void
append_with_key (GMenu *menu, const char *label, const char *action, const char *key)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);

  g_menu_item_set_attribute (item, "accel", "s", key);
  g_menu_append_item (menu, item);
}

/**
 * files_split_actions_fill:
 * @menu: a section of a menu
 * @panes: a tab
 * @is_entry: whether it is the menu of what is selected, not of the folder
 * @is_folder: whether what is selected is one folder
 *
 * Adds what can be done with the other pane, if there is one.
 */
void
files_split_actions_fill (GMenu *menu, FilesPanes *panes, gboolean is_entry, gboolean is_folder)
{
  FilesTab *other = files_panes_get_other (panes);
  GFile *location = files_tab_get_location (files_panes_get_tab (panes));

  if (other == NULL)
    return;
  if (is_entry && !is_in (location, "trash"))
    {
      append_with_key (menu, _ ("Copy to Other Pa_ne"), "win.copy-to-other", "<Shift>F5");
      append_with_key (menu, _ ("Mo_ve to Other Pane"), "win.move-to-other", "<Shift>F6");
    }
  if (!is_entry || is_folder)
    append_with_key (menu, _ ("Open in Other Pane"), "win.open-other", "<Control><Shift>Return");
  if (!is_entry)
    g_menu_append (menu, _ ("S_ynchronise With Other Pane…"), "win.synchronise-panes");
}

/**
 * files_split_actions_fill_view:
 * @menu: a section of a menu
 *
 * Adds the split itself.
 */
void
files_split_actions_fill_view (GMenu *menu)
{
  g_menu_append (menu, _ ("S_plit View"), "win.split");
  g_menu_append (menu, _ ("S_wap Panes"), "win.swap-panes");
}
