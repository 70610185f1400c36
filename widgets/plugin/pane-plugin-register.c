/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin registers: each call makes an item and posts it to the loop, which lists it unless the plugin
 * has been stopped meanwhile. What belongs to the plugin in it is freed on the reaper's thread. Any thread. */

#include "pane-plugin-private.h"

/**
 * PanePluginFunc:
 * @request: what is asked
 * @user_data: (closure): what was registered with it
 *
 * Answers, on the plugin's thread.
 */

/**
 * PanePluginWidgetFunc:
 * @request: which files it is for
 * @user_data: (closure): what was registered with it
 *
 * Makes a widget, on the loop's thread.
 *
 * Returns: (transfer full) (nullable): the widget, floating or not; %NULL: none for these files
 */

static void
post_item (PanePluginItem *item,
           gpointer func,
           gpointer user_data,
           GDestroyNotify destroy,
           const char *title)
{
  PanePluginMessage *message = pane_plugin_message_new (item->host, PANE_PLUGIN_MESSAGE_ADD);

  item->func = func;
  item->user_data = user_data;
  item->destroy = destroy;
  item->title = title != NULL ? g_utf8_make_valid (title, -1) : NULL;
  message->item = item;
  pane_plugin_host_post (item->host, message);
}

/**
 * pane_plugin_host_add_badges:
 * @self: a host
 * @func: (scope notified) (closure user_data) (destroy destroy): says which entries have a badge
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds small pictures on icons, each with a word or two.
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_badges (PanePluginHost *self,
                             PanePluginFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy)
{
  g_return_if_fail (self != NULL && func != NULL);

  post_item (pane_plugin_item_new (self, PANE_PLUGIN_BADGES, "badges"),
             func,
             user_data,
             destroy,
             NULL);
}

/**
 * pane_plugin_host_add_column:
 * @self: a host
 * @id: which of the plugin's columns
 * @title: what its header says
 * @func: (scope notified) (closure user_data) (destroy destroy): says what it shows
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds a column of texts. Whoever sorts by it has all entries of the folder asked about.
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_column (PanePluginHost *self,
                             const char *id,
                             const char *title,
                             PanePluginFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy)
{
  g_return_if_fail (self != NULL && func != NULL && id != NULL && title != NULL);

  post_item (pane_plugin_item_new (self, PANE_PLUGIN_COLUMN, id), func, user_data, destroy, title);
}

/**
 * pane_plugin_host_add_typed_column:
 * @self: a host
 * @id: which of the plugin's columns
 * @title: what its header says
 * @type: what it holds
 * @func: (scope notified) (closure user_data) (destroy destroy): says what it shows
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds a column as [method@Pane.PluginHost.add_column] does, which is one of texts. Where numbers
 * or times are what counts, answer with [method@Pane.PluginRequest.set_value].
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_typed_column (PanePluginHost *self,
                                   const char *id,
                                   const char *title,
                                   PanePluginColumnType type,
                                   PanePluginFunc func,
                                   gpointer user_data,
                                   GDestroyNotify destroy)
{
  PanePluginItem *item;

  g_return_if_fail (self != NULL && func != NULL && id != NULL && title != NULL);

  item = pane_plugin_item_new (self, PANE_PLUGIN_COLUMN, id);
  item->column_type = type;
  post_item (item, func, user_data, destroy, title);
}

/**
 * pane_plugin_host_add_label:
 * @self: a host
 * @func: (scope notified) (closure user_data) (destroy destroy): says what is to be said of a
 * folder
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds a text beside the path bar.
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_label (PanePluginHost *self,
                            PanePluginFunc func,
                            gpointer user_data,
                            GDestroyNotify destroy)
{
  g_return_if_fail (self != NULL && func != NULL);

  post_item (pane_plugin_item_new (self, PANE_PLUGIN_LABEL, "label"),
             func,
             user_data,
             destroy,
             NULL);
}

/**
 * pane_plugin_host_add_menu:
 * @self: a host
 * @place: where in which menu
 * @func: (scope notified) (closure user_data) (destroy destroy): adds the entries
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds entries to a menu. What @func hasn't said within 50 ms isn't in it.
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_menu (PanePluginHost *self,
                           PanePluginPlace place,
                           PanePluginFunc func,
                           gpointer user_data,
                           GDestroyNotify destroy)
{
  static const char *const ids[] = { "menu-open", "menu-file", "menu-folder" };
  PanePluginItem *item;

  g_return_if_fail (self != NULL && func != NULL && place < G_N_ELEMENTS (ids));

  item = pane_plugin_item_new (self, PANE_PLUGIN_MENU, ids[place]);
  item->place = place;
  post_item (item, func, user_data, destroy, NULL);
}

/**
 * pane_plugin_host_add_operation:
 * @self: a host
 * @id: which of the plugin's operations
 * @title: what it is called while it runs
 * @func: (scope notified) (closure user_data) (destroy destroy): does it
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds something that can be done to files: by the entries of menus. @func may take as long as it
 * likes, with pane_plugin_request_set_progress(); the plugin's thread does nothing else meanwhile,
 * unless it holds the request. Files are best changed by pane_plugin_request_submit().
 *
 * - **Thread**: any; @func runs on the plugin's.
 */
void
pane_plugin_host_add_operation (PanePluginHost *self,
                                const char *id,
                                const char *title,
                                PanePluginFunc func,
                                gpointer user_data,
                                GDestroyNotify destroy)
{
  g_return_if_fail (self != NULL && func != NULL && id != NULL && title != NULL);

  post_item (pane_plugin_item_new (self, PANE_PLUGIN_OPERATION, id),
             func,
             user_data,
             destroy,
             title);
}

/**
 * pane_plugin_host_add_property_page:
 * @self: a host
 * @id: which of the plugin's pages
 * @title: what it is called
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the page
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds a page to the properties of files.
 *
 * - **Thread**: any; @func runs on the loop's and has to be quick: what takes longer than 100 ms is
 *   the plugin's fault.
 */
void
pane_plugin_host_add_property_page (PanePluginHost *self,
                                    const char *id,
                                    const char *title,
                                    PanePluginWidgetFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy)
{
  g_return_if_fail (self != NULL && func != NULL && id != NULL && title != NULL);

  post_item (pane_plugin_item_new (self, PANE_PLUGIN_PROPERTY_PAGE, id),
             func,
             user_data,
             destroy,
             title);
}

/**
 * pane_plugin_host_add_side_panel:
 * @self: a host
 * @id: which of the plugin's panels
 * @title: what it is called
 * @icon_name: (nullable): its icon
 * @func: (scope notified) (closure user_data) (destroy destroy): makes the panel
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Adds a panel beside the files. It is made anew for each folder.
 *
 * - **Thread**: any; @func runs on the loop's and has to be quick.
 */
void
pane_plugin_host_add_side_panel (PanePluginHost *self,
                                 const char *id,
                                 const char *title,
                                 const char *icon_name,
                                 PanePluginWidgetFunc func,
                                 gpointer user_data,
                                 GDestroyNotify destroy)
{
  PanePluginItem *item;

  g_return_if_fail (self != NULL && func != NULL && id != NULL && title != NULL);

  item = pane_plugin_item_new (self, PANE_PLUGIN_SIDE_PANEL, id);
  item->icon_name = g_strdup (icon_name);
  post_item (item, func, user_data, destroy, title);
}

/**
 * pane_plugin_host_add_view:
 * @self: a host
 * @type: a kind of [class@Pane.View]
 * @id: which of the plugin's views
 * @title: what it is called
 * @icon_name: its icon
 * @needs: [flags@Pane.Needs]
 *
 * Adds a way to show folders.
 *
 * - **Thread**: any.
 */
void
pane_plugin_host_add_view (PanePluginHost *self,
                           GType type,
                           const char *id,
                           const char *title,
                           const char *icon_name,
                           guint needs)
{
  PanePluginItem *item;

  g_return_if_fail (self != NULL && g_type_is_a (type, PANE_TYPE_VIEW) && id != NULL
                    && title != NULL);

  item = pane_plugin_item_new (self, PANE_PLUGIN_VIEW, id);
  item->icon_name = g_strdup (icon_name);
  item->view_type = type;
  item->view_needs = needs;
  post_item (item, NULL, NULL, NULL, title);
}

/**
 * pane_plugin_host_add_preview:
 * @self: a host
 * @type: a kind of [class@Pane.PreviewRenderer]
 * @id: which of the plugin's renderers
 *
 * Adds a way to show what is in a file.
 *
 * - **Thread**: any. The renderer is made, and makes its widgets, on the loop's.
 */
void
pane_plugin_host_add_preview (PanePluginHost *self, GType type, const char *id)
{
  PanePluginItem *item;

  g_return_if_fail (self != NULL && g_type_is_a (type, PANE_TYPE_PREVIEW_RENDERER) && id != NULL);

  item = pane_plugin_item_new (self, PANE_PLUGIN_PREVIEW, id);
  item->view_type = type;
  post_item (item, NULL, NULL, NULL, NULL);
}

/**
 * pane_plugin_host_changed:
 * @self: a host
 * @location: (nullable): a folder, or %NULL for all
 *
 * What the plugin has said of @location is out of date: what is shown of it is asked anew.
 *
 * - **Thread**: any.
 */
void
pane_plugin_host_changed (PanePluginHost *self, GFile *location)
{
  PanePluginMessage *message;

  g_return_if_fail (self != NULL);

  message = pane_plugin_message_new (self, PANE_PLUGIN_MESSAGE_CHANGED);
  message->text = location != NULL ? g_file_get_uri (location) : NULL;
  pane_plugin_host_post (self, message);
}
