/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Menus with plugins' entries in them. The built-in entries are there already; plugins are asked
 * when the menu is, and it opens when they have answered or their 50 ms are over, complete either
 * way: an entry never moves under the pointer. Entries name one of the plugin's operations, which
 * is started by the application's action. Loop's thread. */

#include "files-plugin-menus.h"
#include "files-plugins.h"
#include "pane-menu.h"

#include <glib/gi18n.h>

#define MAX_NAMES 256 /* that plugins are told of a selection for its menu; an operation gets all  \
                       */

typedef struct {
  GWeakRef tab;
  GMenuModel *menu;
  double x, y;
} Popup;

static void
popup_free (gpointer data)
{
  Popup *self = data;

  g_weak_ref_clear (&self->tab);
  g_object_unref (self->menu);
  g_free (self);
}

static GMenu *
make_section (GPtrArray *entries, PanePluginPlace place)
{
  GMenu *section = g_menu_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      const PanePluginMenuEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (GMenuItem) item = NULL;
      g_autoptr (GIcon) icon = NULL;

      if (entry->place != place)
        continue;
      item = g_menu_item_new (entry->label, NULL);
      g_menu_item_set_action_and_target (item, "app.plugin-operation", "s", entry->operation);
      if (entry->icon_name != NULL)
        icon = g_themed_icon_new (entry->icon_name);
      if (icon != NULL)
        g_menu_item_set_icon (item, icon);
      g_menu_append_item (section, item);
    }
  return section;
}

/* @from_end: how many of the built-in sections stay behind it. */
static void
insert (GMenuModel *menu, GPtrArray *entries, PanePluginPlace place, int from_start, int from_end)
{
  g_autoptr (GMenu) section = make_section (entries, place);
  int n = g_menu_model_get_n_items (menu);
  int at = from_start >= 0 ? from_start : n - from_end;

  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) > 0)
    g_menu_insert_section (G_MENU (menu), CLAMP (at, 0, n), NULL, G_MENU_MODEL (section));
}

/* The last section is that of the properties. */
static void
show (GPtrArray *entries, gpointer user_data)
{
  Popup *self = user_data;
  g_autoptr (GtkWidget) tab = g_weak_ref_get (&self->tab);

  if (tab == NULL || gtk_widget_get_root (tab) == NULL)
    return;
  insert (self->menu, entries, PANE_PLUGIN_PLACE_OPEN, 1, 0);
  insert (self->menu, entries, PANE_PLUGIN_PLACE_FILE, -1, 1);
  insert (self->menu, entries, PANE_PLUGIN_PLACE_FOLDER, -1, 1);
  pane_menu_popup (tab, self->menu, self->x, self->y);
}

/* From the tab's folder: what is in one that is expanded is further down. */
static char *
dup_relative_name (FilesTab *tab, ThawEntryStore *store, guint32 id)
{
  g_autoptr (GFile) file = NULL;

  if (!THAW_IS_BRANCH_ID (id))
    return g_strdup (thaw_entry_store_get_name (store, id));
  file = files_tab_dup_entry_file (tab, id);
  return file != NULL ? g_file_get_relative_path (files_tab_get_location (tab), file) : NULL;
}

GStrv
files_plugin_menus_dup_names (FilesTab *tab, guint n_max)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (model);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; store != NULL && i < MIN (ids->len, n_max); i++)
    {
      char *name = dup_relative_name (tab, store, g_array_index (ids, guint32, i));

      if (name != NULL)
        g_strv_builder_take (names, name);
    }
  return g_strv_builder_end (names);
}

/**
 * files_plugin_menus_popup:
 * @tab: the tab
 * @menu: (transfer full): a menu of sections
 * @is_folder: whether it is the folder's own, not that of what is selected
 * @x: where, in the tab
 * @y: where, in the tab
 *
 * Pops a menu up with what plugins add to it.
 */
void
files_plugin_menus_popup (FilesTab *tab, GMenuModel *menu, gboolean is_folder, double x, double y)
{
  Popup *self = g_new0 (Popup, 1);
  g_auto (GStrv) names = is_folder ? NULL : files_plugin_menus_dup_names (tab, MAX_NAMES);

  g_weak_ref_init (&self->tab, tab);
  self->menu = menu;
  self->x = x;
  self->y = y;
  pane_plugin_menu_ask (files_tab_get_location (tab),
                        (const char *const *) names,
                        show,
                        self,
                        popup_free);
}

/**
 * files_plugin_menus_fill_main:
 * @section: a section of the window's menu
 *
 * Adds the side panels that there are, and the plugins.
 */
void
files_plugin_menus_fill_main (GMenu *section)
{
  g_autoptr (GPtrArray) panels
      = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_SIDE_PANEL);

  for (guint i = 0; i < panels->len; i++)
    {
      PanePluginItem *panel = g_ptr_array_index (panels, i);
      g_autoptr (GMenuItem) item = g_menu_item_new (pane_plugin_item_get_title (panel), NULL);

      g_menu_item_set_action_and_target (item,
                                         "app.plugin-panel",
                                         "s",
                                         pane_plugin_item_get_id (panel));
      g_menu_append_item (section, item);
    }
  g_menu_append (section, _ ("Plu_gins"), "app.plugins");
}
