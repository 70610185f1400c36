/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The button in a window's header that says how folders are shown, and its other form in the bar of
 * a narrow window. A click goes to the other of the first two views; the menu has all that suit the
 * folder. It is made after the first frame and only anew when others suit, so that who has it open
 * doesn't lose it. Loop's thread. */

#include "files-view-button.h"
#include "files-menus.h"
#include "pane-plugin-registry.h"
#include "pane-view-registry.h"
#include <glib/gi18n.h>

struct _FilesViewButton {
  FilesWindow *window; /* owns this */
  AdwSplitButton *button;
  GtkMenuButton *narrow;
  guint64 offered;        /* which views the menu has; 0: it isn't made yet */
  GActionGroup *settings; /* owned: of the view that the menu is for; NULL: it has none */
};

/* A click goes to and fro between the first two; the others are in the menu and have keys. */
static const PaneViewInfo *
next_view (FilesTab *tab)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  if (n > 1 && g_strcmp0 (infos[0]->id, files_tab_get_view_id (tab)) == 0)
    return infos[1];
  return infos[0];
}

static void
clicked_cb (FilesViewButton *self)
{
  FilesTab *tab = files_window_get_tab (self->window);

  if (tab != NULL)
    files_tab_set_view_id (tab, next_view (tab)->id);
}

/* The button shows the view that a click leads to, as GNOME's do. */
static void
update_icons (FilesViewButton *self, FilesTab *tab)
{
  const PaneViewInfo *next = next_view (tab);
  const PaneViewInfo *current = pane_view_registry_find (files_tab_get_view_id (tab));

  adw_split_button_set_icon_name (self->button, next->icon_name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button),
                               g_dgettext (GETTEXT_PACKAGE, next->title));
  if (current != NULL)
    gtk_menu_button_set_icon_name (self->narrow, current->icon_name);
}

static guint64
get_offered (PaneFolderModel *model)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);
  guint64 offered = 0;

  for (guint i = 0; i < MIN (n, 64); i++)
    {
      if (pane_view_info_suits (infos[i], model) > 0)
        offered |= G_GUINT64_CONSTANT (1) << i;
    }
  return offered;
}

static GMenuModel *
make_menu (FilesTab *tab)
{
  PaneView *view = files_tab_get_view (tab);
  g_autoptr (GMenuModel) settings = view != NULL ? pane_view_dup_settings_menu (view) : NULL;

  return files_menus_make_view (files_tab_get_model (tab), settings);
}

/* What the view in sight has to set becomes the window's actions, in a group of their own. FALSE:
 * it is the same view, or one as bare as that before. */
static gboolean
update_settings (FilesViewButton *self, FilesTab *tab)
{
  PaneView *view = files_tab_get_view (tab);
  GActionGroup *settings = view != NULL ? pane_view_get_setting_actions (view) : NULL;

  if (!g_set_object (&self->settings, settings))
    return FALSE;
  gtk_widget_insert_action_group (GTK_WIDGET (self->window), "view", settings);
  return TRUE;
}

static void
update_menu (FilesViewButton *self, gboolean others)
{
  FilesTab *tab = files_window_get_tab (self->window);
  guint64 offered = tab != NULL ? get_offered (files_tab_get_model (tab)) : 0;
  g_autoptr (GMenuModel) menu = NULL;

  if (tab == NULL)
    return;
  others |= update_settings (self, tab);
  if (offered == self->offered && !others)
    return;
  self->offered = offered;
  menu = make_menu (tab);
  adw_split_button_set_menu_model (self->button, menu);
}

/* A plugin has brought a view, or taken one away. */
static void
views_changed_cb (FilesViewButton *self)
{
  update_menu (self, TRUE);
}

/* Or a column. */
static void
plugins_changed_cb (FilesViewButton *self, guint kind)
{
  if (kind == PANE_PLUGIN_COLUMN)
    update_menu (self, TRUE);
}

static void
create_narrow_menu_cb (GtkMenuButton *button, gpointer user_data)
{
  FilesViewButton *self = user_data;
  FilesTab *tab = files_window_get_tab (self->window);
  g_autoptr (GMenuModel) menu = make_menu (tab);

  gtk_menu_button_set_menu_model (button, menu);
}

/**
 * files_view_button_start:
 * @self: a window's view button
 *
 * Gives the button its menu, and keeps it right from now on.
 */
void
files_view_button_start (FilesViewButton *self)
{
  update_menu (self, TRUE);
  g_signal_connect_swapped (pane_view_registry_get_default (),
                            "changed",
                            G_CALLBACK (views_changed_cb),
                            self);
  g_signal_connect_swapped (pane_plugin_registry_get_default (),
                            "changed",
                            G_CALLBACK (plugins_changed_cb),
                            self);
}

/**
 * files_view_button_update:
 * @self: a window's view button
 *
 * Shows what the window's current tab shows.
 */
void
files_view_button_update (FilesViewButton *self)
{
  FilesTab *tab = files_window_get_tab (self->window);

  if (tab == NULL)
    return;
  update_icons (self, tab);
  if (self->offered != 0)
    update_menu (self, FALSE);
}

/**
 * files_view_button_new:
 * @window: a window, which is to free it
 * @button: the button in its header
 * @narrow: the button in its narrow bar
 *
 * Returns: (transfer full): what makes them follow the window's current tab
 */
FilesViewButton *
files_view_button_new (FilesWindow *window, AdwSplitButton *button, GtkMenuButton *narrow)
{
  FilesViewButton *self = g_new0 (FilesViewButton, 1);

  self->window = window;
  self->button = g_object_ref (button);
  self->narrow = g_object_ref (narrow);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_menu_button_set_create_popup_func (narrow, create_narrow_menu_cb, self, NULL);
  return self;
}

/**
 * files_view_button_free:
 * @self: (transfer full): a window's view button
 */
void
files_view_button_free (FilesViewButton *self)
{
  g_signal_handlers_disconnect_by_data (pane_view_registry_get_default (), self);
  g_signal_handlers_disconnect_by_data (pane_plugin_registry_get_default (), self);
  g_signal_handlers_disconnect_by_data (self->button, self);
  gtk_menu_button_set_create_popup_func (self->narrow, NULL, NULL, NULL);
  g_clear_object (&self->settings);
  g_object_unref (self->button);
  g_object_unref (self->narrow);
  g_free (self);
}
