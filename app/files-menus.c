/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menus, as GMenus of the window's actions. Each is made when it is opened, so that none costs
 * anything at the start, and the views in them come from the registry: no view is named here.
 * Loop's thread. */

#include "files-menus.h"
#include "files-plugin-menus.h"
#include "files-split-actions.h"
#include "files-synchronise-actions.h"
#include "files-templates.h"
#include "pane-location.h"
#include "pane-plugin-registry.h"
#include "pane-view-registry.h"
#include <glib/gi18n.h>
#include <string.h>

#define MAX_HISTORY 15
#define MAX_TITLE 36 /* characters */

static void
append_section (GMenu *menu, const char *label, GMenu *section)
{
  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) > 0)
    g_menu_append_section (menu, label, G_MENU_MODEL (section));
  g_object_unref (section);
}

static void
append_with_icon (GMenu *menu, const char *label, const char *action, const char *icon_name)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);

  g_menu_item_set_attribute (item, "verb-icon", "s", icon_name);
  g_menu_append_item (menu, item);
}

/* For keys that are the rows' own and so no accelerators of the application. */
static void
append_with_key (GMenu *menu, const char *label, const char *action, const char *key)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, action);

  g_menu_item_set_attribute (item, "accel", "s", key);
  g_menu_append_item (menu, item);
}

/* No wider than a menu should be, and without mnemonics of its own. */
static char *
dup_short_title (const char *title)
{
  g_autofree char *start = g_utf8_substring (title, 0, MIN (g_utf8_strlen (title, -1), MAX_TITLE));
  g_auto (GStrv) parts = g_strsplit (start, "_", -1);
  g_autofree char *escaped = g_strjoinv ("__", parts);

  return g_strconcat (escaped, g_utf8_strlen (title, -1) > MAX_TITLE ? "…" : "", NULL);
}

static void
append_change (GMenu *menu,
               const char *label,
               const char *format,
               const char *title,
               const char *action,
               const char *key)
{
  g_autofree char *shown = title != NULL ? dup_short_title (title) : NULL;
  g_autofree char *full = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  full = g_strdup_printf (format, shown);
#pragma GCC diagnostic pop
  append_with_key (menu, title != NULL ? full : label, action, key);
}

/**
 * files_menus_make_main:
 * @undo: (nullable): what would be taken back
 * @redo: (nullable): what would be done again
 * @has_closed_tab: whether a tab of the window was closed
 *
 * Returns: (transfer full): the window's menu
 */
GMenuModel *
files_menus_make_main (const char *undo, const char *redo, gboolean has_closed_tab)
{
  GMenu *menu = g_menu_new ();
  GMenu *windows = g_menu_new ();
  GMenu *places = g_menu_new ();
  GMenu *changes = g_menu_new ();
  GMenu *watch = g_menu_new ();
  GMenu *program = g_menu_new ();

  g_menu_append (windows, _ ("New _Window"), "app.new-window");
  g_menu_append (windows, _ ("New _Tab"), "win.new-tab");
  g_menu_append (windows,
                 has_closed_tab ? _ ("_Reopen Closed Tab") : _ ("_Reopen Tabs of Last Window"),
                 "win.reopen-tab");
  append_section (menu, NULL, windows);
  g_menu_append (places, _ ("_Reload"), "win.reload");
  g_menu_append (places, _ ("_Bookmark This Folder"), "win.bookmark");
  g_menu_append (places, _ ("_Edit Location"), "win.edit-location");
  append_section (menu, NULL, places);
  /* Translators: what can be taken back, such as “Move “a.txt” to “Photos”” */
  append_change (changes, _ ("_Undo"), _ ("_Undo: %s"), undo, "win.undo", "<Control>z");
  append_change (changes, _ ("Re_do"), _ ("Re_do: %s"), redo, "win.redo", "<Control><Shift>z");
  append_with_key (changes, _ ("_Operations"), "win.show-operations", "<Control><Shift>o");
  append_section (menu, NULL, changes);
  g_menu_append (watch, _ ("_Pulse"), "win.pulse");
  g_menu_append (watch, _ ("Responsiveness _Lab"), "app.lab");
  files_plugin_menus_fill_main (watch);
  append_section (menu, NULL, watch);
  g_menu_append (program, _ ("_Keyboard Shortcuts"), "win.show-help-overlay");
  g_menu_append (program, _ ("_About Thaw Files"), "app.about");
  append_section (menu, NULL, program);
  return G_MENU_MODEL (menu);
}

/* Those that have nothing to show here aren't offered. */
static GMenu *
make_views (PaneFolderModel *model)
{
  GMenu *menu = g_menu_new ();
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GMenuItem) item
          = g_menu_item_new (g_dgettext (GETTEXT_PACKAGE, infos[i]->title), NULL);

      if (pane_view_info_suits (infos[i], model) == 0)
        continue;
      g_menu_item_set_action_and_target (item, "win.view", "s", infos[i]->id);
      g_menu_append_item (menu, item);
    }
  return menu;
}

/* Those of plugins. */
static void
append_columns (GMenu *menu)
{
  g_autoptr (GPtrArray) items
      = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_COLUMN);

  for (guint i = 0; i < items->len; i++)
    {
      PanePluginItem *column = g_ptr_array_index (items, i);
      g_auto (GStrv) parts = g_strsplit (pane_plugin_item_get_title (column), "_", -1);
      g_autofree char *label = g_strjoinv ("__", parts);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "win.sort", "s", pane_plugin_item_get_id (column));
      g_menu_append_item (menu, item);
    }
}

static GMenu *
make_sort (void)
{
  static const struct {
    const char *label;
    const char *target;
  } orders[] = {
    { NC_ ("sort by", "_Name"), "name" },
    { NC_ ("sort by", "_Size"), "size" },
    { NC_ ("sort by", "_Type"), "type" },
    { NC_ ("sort by", "Last _Modified"), "modified" },
  };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autofree char *action = g_strdup_printf ("win.sort::%s", orders[i].target);

      g_menu_append (menu, g_dpgettext2 (NULL, "sort by", orders[i].label), action);
    }
  append_columns (menu);
  return menu;
}

/**
 * files_menus_make_view:
 * @model: what is shown
 * @settings: (nullable): what the view that is shown has to set
 *
 * Returns: (transfer full): the menu of how a folder is shown: views, size, order
 */
GMenuModel *
files_menus_make_view (PaneFolderModel *model, GMenuModel *settings)
{
  GMenu *menu = g_menu_new ();
  GMenu *zoom = g_menu_new ();
  GMenu *more = g_menu_new ();
  GMenu *split = g_menu_new ();
  g_autoptr (GMenuItem) section = NULL;

  append_section (menu, _ ("Show As"), make_views (model));
  append_with_icon (zoom, _ ("Smaller Icons"), "win.zoom-out", "zoom-out-symbolic");
  append_with_icon (zoom, _ ("Normal Size"), "win.zoom-reset", "zoom-original-symbolic");
  append_with_icon (zoom, _ ("Larger Icons"), "win.zoom-in", "zoom-in-symbolic");
  section = g_menu_item_new_section (_ ("Icon Size"), G_MENU_MODEL (zoom));
  g_menu_item_set_attribute (section, "display-hint", "s", "inline-buttons");
  g_menu_append_item (menu, section);
  g_object_unref (zoom);
  append_section (menu, _ ("Sort By"), make_sort ());
  g_menu_append (more, _ ("_Reversed Order"), "win.sort-descending");
  g_menu_append (more, _ ("Show in _Groups"), "win.group");
  g_menu_append (more, _ ("_Folders First"), "win.folders-first");
  g_menu_append (more, _ ("Show _Hidden Files"), "win.show-hidden");
  append_section (menu, NULL, more);
  if (settings != NULL)
    g_menu_append_section (menu, _ ("View"), settings);
  files_split_actions_fill_view (split);
  append_section (menu, NULL, split);
  return G_MENU_MODEL (menu);
}

static gboolean
is_in (GFile *location, const char *scheme)
{
  return location != NULL && g_file_has_uri_scheme (location, scheme);
}

static GMenu *
make_open (gboolean is_folder)
{
  GMenu *menu = g_menu_new ();

  append_with_key (menu, _ ("_Open"), "win.open", "Return");
  if (is_folder)
    {
      append_with_key (menu, _ ("Open in New _Tab"), "win.open-tab", "<Control>Return");
      append_with_key (menu, _ ("Open in New _Window"), "win.open-window", "<Shift>Return");
    }
  append_with_key (menu, _ ("_Quick Look"), "win.quick-look", "space");
  return menu;
}

static GMenu *
make_clipboard (gboolean is_folder, guint n_selected)
{
  GMenu *menu = g_menu_new ();

  append_with_key (menu, _ ("Cu_t"), "win.cut", "<Control>x");
  append_with_key (menu, _ ("_Copy"), "win.copy", "<Control>c");
  if (is_folder && n_selected == 1)
    g_menu_append (menu, _ ("_Paste Into Folder"), "win.paste-into");
  append_with_key (menu,
                   ngettext ("Copy P_ath", "Copy P_aths", n_selected),
                   "win.copy-path",
                   "<Control><Shift>c");
  return menu;
}

/* What can be extracted, by its type: no file is looked at for a menu. */
static gboolean
is_archive (const char *content_type)
{
  static const char *const types[] = {
    "application/zip",
    "application/x-7z-compressed",
    "application/x-tar",
    "application/gzip",
    "application/vnd.rar",
    "application/x-rar",
    "application/x-cpio",
    "application/x-xar",
    "application/vnd.ms-cab-compressed",
    "application/x-cd-image",
    "application/vnd.efi.iso",
    "application/x-java-archive",
    "application/java-archive",
    "application/vnd.debian.binary-package",
    "application/x-rpm",
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (content_type, types[i]))
      return TRUE;
  return strstr (content_type, "compressed-tar") != NULL;
}

static GMenu *
make_change (const char *content_type, guint n_selected)
{
  GMenu *menu = g_menu_new ();
  g_autofree char *many
      = g_strdup_printf (ngettext ("_Rename %'u Item…", "_Rename %'u Items…", n_selected),
                         n_selected);

  append_with_key (menu, n_selected == 1 ? _ ("_Rename…") : many, "win.rename", "F2");
  g_menu_append (menu, _ ("New Folder _With Selection…"), "win.new-folder-with");
  append_with_key (menu, _ ("_Duplicate"), "win.duplicate", "<Control><Shift>d");
  g_menu_append (menu, _ ("Co_mpress…"), "win.compress");
  if (is_archive (content_type))
    g_menu_append (menu, _ ("E_xtract Here"), "win.extract");
  return menu;
}

static GMenu *
make_compare (gboolean is_folder, guint n_selected)
{
  GMenu *menu = g_menu_new ();

  files_synchronise_actions_fill (menu, is_folder, n_selected);
  return menu;
}

static GMenu *
make_other_pane (FilesPanes *panes, gboolean is_entry, gboolean is_folder)
{
  GMenu *menu = g_menu_new ();

  files_split_actions_fill (menu, panes, is_entry, is_folder);
  return menu;
}

static GMenu *
make_remove (gboolean in_trash)
{
  GMenu *menu = g_menu_new ();

  if (in_trash)
    g_menu_append (menu, _ ("_Restore From Trash"), "win.restore");
  else
    append_with_key (menu, _ ("Move to _Trash"), "win.trash", "Delete");
  append_with_key (menu, _ ("D_elete"), "win.delete", "<Shift>Delete");
  return menu;
}

static GMenu *
make_properties (void)
{
  GMenu *menu = g_menu_new ();

  append_with_key (menu, _ ("P_roperties"), "win.properties", "<Alt>Return");
  return menu;
}

/**
 * files_menus_make_entry:
 * @panes: the tab, in whose active pane they are
 * @content_type: of the one that it was asked for
 * @is_folder: whether that is a folder
 * @n_selected: for how many entries it is
 *
 * Returns: (transfer full): the menu of what is selected
 */
GMenuModel *
files_menus_make_entry (FilesPanes *panes,
                        const char *content_type,
                        gboolean is_folder,
                        guint n_selected)
{
  GMenu *menu = g_menu_new ();
  gboolean in_trash = is_in (files_tab_get_location (files_panes_get_tab (panes)), "trash");

  append_section (menu, NULL, make_open (is_folder));
  append_section (menu, NULL, make_clipboard (is_folder, n_selected));
  append_section (menu, NULL, make_other_pane (panes, TRUE, is_folder && n_selected == 1));
  if (!in_trash)
    append_section (menu, NULL, make_change (content_type, n_selected));
  if (!in_trash)
    append_section (menu, NULL, make_compare (is_folder, n_selected));
  append_section (menu, NULL, make_remove (in_trash));
  append_section (menu, NULL, make_properties ());
  return G_MENU_MODEL (menu);
}

static GMenu *
make_create (gboolean in_trash)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenuModel) templates = NULL;

  if (in_trash)
    {
      g_menu_append (menu, _ ("_Empty Trash…"), "win.empty-trash");
      return menu;
    }
  append_with_key (menu, _ ("New _Folder…"), "win.new-folder", "<Control><Shift>n");
  g_menu_append (menu, _ ("_New File…"), "win.new-file");
  templates = files_templates_make_menu ("win.new-from-template");
  if (templates != NULL)
    g_menu_append_submenu (menu, _ ("New _Document"), templates);
  append_with_key (menu, _ ("_Paste"), "win.paste", "<Control>v");
  append_with_key (menu, _ ("Paste as _Link"), "win.paste-link", "<Control>m");
  return menu;
}

/**
 * files_menus_make_background:
 * @panes: the tab, whose active pane the folder is in
 * @has_bookmark: whether the folder is a bookmark
 *
 * Returns: (transfer full): the menu of the folder itself
 */
GMenuModel *
files_menus_make_background (FilesPanes *panes, gboolean has_bookmark)
{
  GFile *location = files_tab_get_location (files_panes_get_tab (panes));
  GMenu *menu = g_menu_new ();
  GMenu *select = g_menu_new ();
  GMenu *folder = g_menu_new ();
  GMenu *more = g_menu_new ();

  append_section (menu, NULL, make_create (is_in (location, "trash")));
  append_with_key (select, _ ("Select _All"), "win.select-all", "<Control>a");
  append_with_key (select, _ ("_Invert Selection"), "win.invert-selection", "<Control><Shift>i");
  append_section (menu, NULL, select);
  g_menu_append (folder, _ ("_Reload"), "win.reload");
  g_menu_append (folder,
                 has_bookmark ? _ ("Remove _Bookmark") : _ ("Add _Bookmark"),
                 "win.bookmark");
  append_with_key (folder,
                   ngettext ("Copy P_ath", "Copy P_aths", 1),
                   "win.copy-path",
                   "<Control><Shift>c");
  append_section (menu, NULL, folder);
  append_section (menu, NULL, make_other_pane (panes, FALSE, TRUE));
  g_menu_append_submenu (more, _ ("_Sort By"), G_MENU_MODEL (make_sort ()));
  g_menu_append (more, _ ("Show in _Groups"), "win.group");
  g_menu_append (more, _ ("Show _Hidden Files"), "win.show-hidden");
  append_section (menu, NULL, more);
  append_section (menu, NULL, make_properties ());
  return G_MENU_MODEL (menu);
}

/**
 * files_menus_make_history:
 * @history: where a tab has been
 * @back: whether the way back, or the way ahead
 *
 * Returns: (transfer full): the menu of the places there, the nearest first
 */
GMenuModel *
files_menus_make_history (FilesHistory *history, gboolean back)
{
  GMenu *menu = g_menu_new ();
  int direction = back ? -1 : 1;
  const FilesVisit *visit;

  for (int n = 1; n <= MAX_HISTORY && (visit = files_history_peek (history, n * direction)) != NULL;
       n++)
    {
      g_autofree char *title = pane_location_dup_title (visit->location);
      g_autoptr (GMenuItem) item = g_menu_item_new (NULL, NULL);

      g_menu_item_set_attribute (item, "label", "s", title);
      g_menu_item_set_attribute (item, "use-underline", "b", FALSE);
      g_menu_item_set_action_and_target (item, "win.go", "i", n * direction);
      g_menu_append_item (menu, item);
    }
  return G_MENU_MODEL (menu);
}
