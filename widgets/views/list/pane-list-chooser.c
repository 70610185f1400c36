/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which columns a list view has, as a menu of its header: each but the name can be hidden, those
 * that plugins add too. The menu is made when it is asked for, so it has what there is then; an
 * action that is left of a column that has gone does nothing. Loop's thread. */

#include "list/pane-list-chooser.h"
#include "pane-menu.h"

#include <glib/gi18n-lib.h>

#define COLUMNS_KEY "pane-list-columns"

static void
chosen_cb (GSimpleAction *action, GVariant *state, PaneListColumns *columns)
{
  const char *key = g_object_get_data (G_OBJECT (action), "key");

  for (guint i = THAW_SORT_NAME + 1; i < pane_list_columns_get_n (columns); i++)
    if (g_strcmp0 (pane_list_columns_get_key (columns, i), key) == 0)
      {
        g_simple_action_set_state (action, state);
        pane_list_columns_set_shown (columns, i, g_variant_get_boolean (state));
      }
}

static void
add_column (PaneListColumns *columns, guint column, GSimpleActionGroup *group, GMenu *menu)
{
  g_autofree char *name = g_strdup_printf ("column-%u", column);
  g_autofree char *detailed = g_strconcat ("list.", name, NULL);
  g_autoptr (GSimpleAction) action = g_simple_action_new_stateful (
      name,
      NULL,
      g_variant_new_boolean (pane_list_columns_get_shown (columns, column)));

  g_object_set_data_full (G_OBJECT (action),
                          "key",
                          g_strdup (pane_list_columns_get_key (columns, column)),
                          g_free);
  g_signal_connect_object (action, "change-state", G_CALLBACK (chosen_cb), columns, 0);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  g_menu_append (menu, pane_list_columns_get_title (columns, column), detailed);
}

static void
tree_chosen_cb (GSimpleAction *action, GVariant *state, PaneListColumns *columns)
{
  g_simple_action_set_state (action, state);
  pane_list_columns_set_tree (columns, g_variant_get_boolean (state));
}

static void
add_tree (PaneListColumns *columns, GSimpleActionGroup *group, GMenu *menu)
{
  g_autoptr (GMenu) section = g_menu_new ();
  g_autoptr (GSimpleAction) action = g_simple_action_new_stateful (
      "tree",
      NULL,
      g_variant_new_boolean (pane_list_columns_get_tree (columns)));

  g_signal_connect_object (action, "change-state", G_CALLBACK (tree_chosen_cb), columns, 0);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  g_menu_append (section, _ ("_Expandable Folders"), "list.tree");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

static void
popup (GtkWidget *header, double x, double y, gpointer user_data)
{
  PaneListColumns *columns = user_data;
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GMenu) menu = g_menu_new ();

  for (guint i = THAW_SORT_NAME + 1; i < pane_list_columns_get_n (columns); i++)
    add_column (columns, i, group, menu);
  add_tree (columns, group, menu);
  gtk_widget_insert_action_group (header, "list", G_ACTION_GROUP (group));
  pane_menu_popup (header, G_MENU_MODEL (menu), x, y);
}

void
pane_list_chooser_add (PaneListColumns *columns, GtkWidget *header)
{
  g_object_set_data_full (G_OBJECT (header), COLUMNS_KEY, g_object_ref (columns), g_object_unref);
  pane_menu_watch (header, popup, columns);
}
