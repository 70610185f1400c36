/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: a sidebar, a header with the path bar, and tabs. It shows what the current tab says
 * of itself and passes on what the user asks for; what the tab shows is the tab's business. Menus
 * are made when they are opened. The actions are in files-window-actions.c. Loop's thread; no file
 * is touched. */

#include "files-window.h"
#include "files-closed-tabs.h"
#include "files-dialog-keys.h"
#include "files-drop.h"
#include "files-menus.h"
#include "files-notice-info.h"
#include "files-operation-actions.h"
#include "files-operation-button.h"
#include "files-plugin-menus.h"
#include "files-plugin-panels.h"
#include "files-split-actions.h"
#include "files-templates.h"
#include "files-view-button.h"
#include "pane-details.h"
#include "pane-frame.h"
#include "pane-menu.h"
#include "pane-path-bar.h"
#include "pane-sidebar.h"
#include <glib/gi18n.h>

struct _FilesWindow {
  AdwApplicationWindow parent_instance;

  AdwOverlaySplitView *split;
  AdwToolbarView *toolbar;
  AdwHeaderBar *header;
  FilesOperationButton *operation_button; /* NULL before the first frame */
  ThawOperation *next_question; /* what is to be shown then, or after a dialog; nullable */
  GtkToggleButton *sidebar_button;
  GtkWidget *navigation;
  GtkWidget *back_button;
  GtkWidget *forward_button;
  GtkMenuButton *menu_button;
  AdwSplitButton *view_button;
  GtkMenuButton *narrow_view_button;
  FilesViewButton *views; /* makes those two follow the tab */
  PanePathBar *path_bar;
  PaneSidebar *sidebar;
  AdwTabView *tab_view;
  AdwToastOverlay *toasts;

  FilesState *state;
  PanePlaces *places;
  FilesClosedTabs *closed_tabs;
};

G_DEFINE_FINAL_TYPE (FilesWindow, files_window, ADW_TYPE_APPLICATION_WINDOW)

static FilesApplication *
get_application (FilesWindow *self)
{
  return FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

/**
 * files_window_get_panes:
 * @self: a window
 *
 * Returns: (transfer none) (nullable): what the current tab holds
 */
FilesPanes *
files_window_get_panes (FilesWindow *self)
{
  AdwTabPage *page
      = self->tab_view != NULL ? adw_tab_view_get_selected_page (self->tab_view) : NULL;

  return page != NULL ? FILES_PANES (adw_tab_page_get_child (page)) : NULL;
}

/**
 * files_window_get_tab:
 * @self: a window
 *
 * Returns: (transfer none) (nullable): the current tab, or its active pane
 */
FilesTab *
files_window_get_tab (FilesWindow *self)
{
  FilesPanes *panes = files_window_get_panes (self);

  return panes != NULL ? files_panes_get_tab (panes) : NULL;
}

/**
 * files_window_get_tab_view:
 * @self: a window
 *
 * Returns: (transfer none) (nullable): the tabs, %NULL once the window is disposed of
 */
AdwTabView *
files_window_get_tab_view (FilesWindow *self)
{
  return self->tab_view;
}

/**
 * files_window_toast:
 * @self: a window
 * @text: one line
 *
 * Says something in passing.
 */
void
files_window_toast (FilesWindow *self, const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  files_window_add_toast (self, toast);
}

/**
 * files_window_add_toast:
 * @self: a window
 * @toast: (transfer full): a toast
 *
 * Says something in passing, with a button. What was said before goes: it is older news.
 */
void
files_window_add_toast (FilesWindow *self, AdwToast *toast)
{
  adw_toast_overlay_dismiss_all (self->toasts);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* What isn't about anything that the user has just done comes after what is being said, whose
 * button they may be about to press. */
void
files_window_offer_toast (FilesWindow *self, AdwToast *toast)
{
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* What came up there could neither be used nor be closed, and then the dialog couldn't either. */
static gboolean
is_behind_dialog (FilesWindow *self)
{
  return adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self)) != NULL;
}

/**
 * files_window_show_operations:
 * @self: a window
 *
 * Shows the panel of operations, unless a dialog is in front of it.
 */
void
files_window_show_operations (FilesWindow *self)
{
  if (self->operation_button != NULL && !is_behind_dialog (self))
    files_operation_button_popup (self->operation_button);
}

/**
 * files_window_show_problems:
 * @self: a window
 * @operation: an operation
 *
 * Shows what @operation left out, unless a dialog is in front of it.
 */
void
files_window_show_problems (FilesWindow *self, ThawOperation *operation)
{
  if (self->operation_button != NULL && !is_behind_dialog (self))
    files_operation_button_show_problems (self->operation_button, operation);
}

/**
 * files_window_show_question:
 * @self: a window
 * @operation: an operation that asks
 *
 * Shows what @operation asks, as soon as no dialog is in front of it.
 */
void
files_window_show_question (FilesWindow *self, ThawOperation *operation)
{
  if (self->operation_button != NULL && !is_behind_dialog (self))
    files_operation_button_show_question (self->operation_button, operation);
  else
    g_set_object (&self->next_question, operation);
}

static void
show_next_question (FilesWindow *self)
{
  g_autoptr (ThawOperation) operation = g_steal_pointer (&self->next_question);

  if (operation != NULL && thaw_operation_get_state (operation) == THAW_OPERATION_ASKING)
    files_window_show_question (self, operation);
}

/**
 * files_window_show_file:
 * @self: a window
 * @file: a file
 *
 * Shows the folder that @file is in, with it selected.
 */
void
files_window_show_file (FilesWindow *self, GFile *file)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);
  g_autofree char *name = g_file_get_basename (file);
  FilesTab *tab;

  if (parent == NULL)
    return;
  files_window_open (self, parent, PANE_OPEN_HERE);
  tab = files_window_get_tab (self);
  files_tab_select_name (tab, name);
}

/* What the window shows of the current tab */

static void
update_title (FilesWindow *self, GFile *location)
{
  g_autofree char *title = pane_location_dup_title (location);

  gtk_window_set_title (GTK_WINDOW (self), title);
}

/**
 * files_window_update:
 * @self: a window
 *
 * Shows what the current tab says of itself.
 */
void
files_window_update (FilesWindow *self)
{
  FilesTab *tab = files_window_get_tab (self);
  GFile *location = tab != NULL ? files_tab_get_location (tab) : NULL;

  if (location == NULL)
    return;
  if (pane_path_bar_get_location (self->path_bar) == NULL
      || !g_file_equal (pane_path_bar_get_location (self->path_bar), location))
    pane_path_bar_set_location (self->path_bar, location);
  pane_sidebar_set_location (self->sidebar, location);
  update_title (self, location);
  files_view_button_update (self->views);
  files_plugin_panels_update (self);
  files_window_update_actions (self);
}

static void
panes_changed_cb (FilesWindow *self, FilesPanes *panes)
{
  if (panes == files_window_get_panes (self))
    files_window_update (self);
}

/* One in front is seen anyway. */
static void
asked_cb (FilesWindow *self, GParamSpec *pspec, GtkWidget *panes)
{
  AdwTabPage *page = adw_tab_view_get_page (self->tab_view, panes);
  gboolean is_asked;

  g_object_get (panes, "asked", &is_asked, NULL);
  adw_tab_page_set_needs_attention (page, is_asked && !adw_tab_page_get_selected (page));
}

static void
page_selected_cb (FilesWindow *self)
{
  AdwTabPage *page = adw_tab_view_get_selected_page (self->tab_view);

  if (page != NULL)
    adw_tab_page_set_needs_attention (page, FALSE);
  pane_path_bar_stop_editing (self->path_bar);
  files_window_update (self);
}

/* Opening */

/**
 * files_window_open:
 * @self: a window
 * @location: a place
 * @target: where
 *
 * Opens a place here, in a new tab or in a new window.
 */
void
files_window_open (FilesWindow *self, GFile *location, PaneOpenTarget target)
{
  FilesTab *tab = files_window_get_tab (self);

  if (target == PANE_OPEN_WINDOW)
    {
      files_application_open_window (get_application (self), &location, 1, NULL);
      return;
    }
  if (target == PANE_OPEN_TAB || tab == NULL)
    tab = files_window_add_tab (self, NULL, target == PANE_OPEN_HERE);
  files_tab_show_location (tab, location, TRUE);
  if (target == PANE_OPEN_HERE)
    files_tab_grab_focus (tab);
}

static void
place_picked_cb (FilesWindow *self, GFile *location, PaneOpenTarget target)
{
  if (adw_overlay_split_view_get_collapsed (self->split))
    adw_overlay_split_view_set_show_sidebar (self->split, FALSE);
  files_window_open (self, location, target);
}

static void
place_failed_cb (FilesWindow *self, const GError *error)
{
  g_autofree char *line = files_error_dup_line (_ ("Could not change the bookmarks"), error);

  files_window_toast (self, line);
}

static void
path_picked_cb (FilesWindow *self, GFile *location, PaneOpenTarget target)
{
  files_window_open (self, location, target);
}

static void
path_done_cb (FilesWindow *self)
{
  FilesTab *tab = files_window_get_tab (self);

  if (tab != NULL)
    files_tab_grab_focus (tab);
}

/**
 * files_window_edit_location:
 * @self: a window
 * @text: (nullable): what the entry starts with, or %NULL for the place
 *
 * Lets the user type a place.
 */
void
files_window_edit_location (FilesWindow *self, const char *text)
{
  pane_path_bar_edit (self->path_bar, text);
}

static void
open_cb (FilesWindow *self, GFile *location, PaneOpenTarget target)
{
  files_window_open (self, location, target);
}

/* Menus */

static void
menu_cb (FilesWindow *self, FilesTab *tab, guint id, double x, double y, FilesPanes *panes)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  g_autoptr (GMenuModel) menu = NULL;

  if (id == THAW_NO_ENTRY || store == NULL)
    menu = files_menus_make_background (
        panes,
        pane_places_has_bookmark (self->places, files_tab_get_location (tab)));
  else
    menu = files_menus_make_entry (
        panes,
        pane_details_get_content_type (pane_details_get_default (), store, id),
        thaw_entry_store_is_folder (store, id),
        pane_folder_model_get_n_selected (model));
  files_plugin_menus_popup (tab, g_steal_pointer (&menu), id == THAW_NO_ENTRY, x, y);
}

static void
show_history (FilesWindow *self, GtkWidget *button, gboolean back)
{
  FilesTab *tab = files_window_get_tab (self);
  g_autoptr (GMenuModel) menu = NULL;

  if (tab == NULL)
    return;
  menu = files_menus_make_history (files_tab_get_history (tab), back);
  if (g_menu_model_get_n_items (menu) > 0)
    pane_menu_popup (button, menu, 0, gtk_widget_get_height (button));
}

static void
history_menu_cb (GtkWidget *button, double x, double y, gpointer user_data)
{
  FilesWindow *self = user_data;

  show_history (self, button, button == self->back_button);
}

static void
create_main_menu_cb (GtkMenuButton *button, gpointer user_data)
{
  ThawOperationQueue *queue = files_operations_get_queue (
      files_application_get_operations (get_application (FILES_WINDOW (user_data))));
  g_autoptr (GMenuModel) menu
      = files_menus_make_main (thaw_operation_queue_get_undo_title (queue),
                               thaw_operation_queue_get_redo_title (queue),
                               files_window_has_closed_tab (FILES_WINDOW (user_data)));

  gtk_menu_button_set_menu_model (button, menu);
}

/**
 * files_window_show_menu:
 * @self: a window
 *
 * Opens the window's menu.
 */
void
files_window_show_menu (FilesWindow *self)
{
  if (!is_behind_dialog (self))
    gtk_menu_button_popup (self->menu_button);
}

/* Tabs */

static void
page_attached_cb (FilesWindow *self, AdwTabPage *page)
{
  const GConnectFlags swapped = G_CONNECT_SWAPPED;
  GtkWidget *panes = adw_tab_page_get_child (page);

  g_signal_connect_object (panes, "changed", G_CALLBACK (panes_changed_cb), self, swapped);
  g_signal_connect_object (panes, "open", G_CALLBACK (open_cb), self, swapped);
  g_signal_connect_object (panes, "menu", G_CALLBACK (menu_cb), self, swapped);
  g_signal_connect_object (panes,
                           "edit-location",
                           G_CALLBACK (files_window_edit_location),
                           self,
                           swapped);
  g_signal_connect_object (panes, "failed", G_CALLBACK (files_window_toast), self, swapped);
  g_signal_connect_object (panes, "notify::asked", G_CALLBACK (asked_cb), self, swapped);
}

static void
page_detached_cb (FilesWindow *self, AdwTabPage *page)
{
  g_signal_handlers_disconnect_by_data (adw_tab_page_get_child (page), self);
  if (adw_tab_view_get_n_pages (self->tab_view) == 0)
    gtk_window_close (GTK_WINDOW (self));
}

static gboolean
close_page_cb (FilesWindow *self, AdwTabPage *page)
{
  FilesPanes *panes = FILES_PANES (adw_tab_page_get_child (page));

  files_closed_tabs_push (self->closed_tabs, panes);
  adw_tab_view_close_page_finish (self->tab_view, page, TRUE);
  return GDK_EVENT_STOP;
}

static AdwTabView *
create_window_cb (FilesWindow *self)
{
  FilesWindow *window = files_window_new (get_application (self));

  gtk_window_present (GTK_WINDOW (window));
  return window->tab_view;
}

static FilesPanes *
add_panes (FilesWindow *self, const char *view_id, gboolean select)
{
  FilesPanes *panes = files_panes_new (self->state, view_id);
  AdwTabPage *current = adw_tab_view_get_selected_page (self->tab_view);
  AdwTabPage *page = adw_tab_view_add_page (self->tab_view, GTK_WIDGET (panes), current);

  g_object_bind_property (panes, "title", page, "title", G_BINDING_SYNC_CREATE);
  g_object_bind_property (panes, "loading", page, "loading", G_BINDING_SYNC_CREATE);
  if (select)
    adw_tab_view_set_selected_page (self->tab_view, page);
  return panes;
}

/**
 * files_window_add_tab:
 * @self: a window
 * @view_id: (nullable): the view to begin with, or %NULL for the remembered one
 * @select: whether it becomes the current tab
 *
 * Adds a tab beside the current one.
 *
 * Returns: (transfer none): the tab, without a place
 */
FilesTab *
files_window_add_tab (FilesWindow *self, const char *view_id, gboolean select)
{
  return files_panes_get_tab (add_panes (self, view_id, select));
}

/* Those of the window that was closed last. */
static void
reopen_session (FilesWindow *self, GPtrArray *tabs)
{
  FilesPanes *current = NULL;

  for (guint i = 0; i < tabs->len; i++)
    {
      const FilesSessionTab *tab = g_ptr_array_index (tabs, i);
      FilesPanes *panes = add_panes (self, NULL, current == NULL);

      files_panes_recall (panes, files_panes_memory_from_session (tab));
      if (current == NULL || tab->is_current)
        current = panes;
      adw_tab_view_set_selected_page (self->tab_view,
                                      adw_tab_view_get_page (self->tab_view, GTK_WIDGET (panes)));
    }
  adw_tab_view_set_selected_page (self->tab_view,
                                  adw_tab_view_get_page (self->tab_view, GTK_WIDGET (current)));
}

/**
 * files_window_add_remembered_tab:
 * @self: a window
 * @tab: what was kept of a tab
 *
 * Opens it again, beside the current one, which stays that.
 */
void
files_window_add_remembered_tab (FilesWindow *self, const FilesSessionTab *tab)
{
  files_panes_recall (add_panes (self, NULL, FALSE), files_panes_memory_from_session (tab));
}

/**
 * files_window_has_closed_tab:
 * @self: a window
 *
 * Returns: whether a tab of this window was closed, and can be opened again
 */
gboolean
files_window_has_closed_tab (FilesWindow *self)
{
  return !files_closed_tabs_is_empty (self->closed_tabs);
}

/**
 * files_window_reopen_tab:
 * @self: a window
 *
 * Opens the tab that was closed last again, with its history; if none was, those of the window that
 * was closed last.
 *
 * Returns: whether there was one
 */
gboolean
files_window_reopen_tab (FilesWindow *self)
{
  FilesPanesMemory *memory = files_closed_tabs_pop (self->closed_tabs);
  g_autoptr (GPtrArray) tabs = memory == NULL ? files_state_take_session (self->state) : NULL;

  if (memory != NULL)
    files_panes_recall (add_panes (self, NULL, TRUE), memory);
  else if (tabs != NULL)
    reopen_session (self, tabs);
  return memory != NULL || tabs != NULL;
}

/**
 * files_window_apply_state:
 * @self: a window
 *
 * Shows all tabs as is remembered: that has been read, or what goes for all folders was changed.
 */
void
files_window_apply_state (FilesWindow *self)
{
  FilesTab *tab;

  for (int i = 0; i < adw_tab_view_get_n_pages (self->tab_view); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (self->tab_view, i);
      FilesPanes *panes = FILES_PANES (adw_tab_page_get_child (page));

      for (guint n = 0; (tab = files_panes_get_nth (panes, n)) != NULL; n++)
        files_tab_apply_state (tab);
    }
}

/* Mouse buttons 8 and 9 are back and forward, wherever the pointer is. */
static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));

  if (button != 8 && button != 9)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_activate_action (user_data, button == 8 ? "win.back" : "win.forward", NULL);
}

/* The bar of a single tab is hidden; its many widgets would take their time all the same. */
static void
add_tab_bar (FilesWindow *self)
{
  AdwTabBar *bar = adw_tab_bar_new ();

  adw_tab_bar_set_view (bar, self->tab_view);
  files_drop_attach_tab_bar (self, bar);
  adw_toolbar_view_add_top_bar (self->toolbar, GTK_WIDGET (bar));
}

static void
add_operations (FilesWindow *self)
{
  GtkWidget *button
      = files_operation_button_new (files_application_get_operations (get_application (self)));

  self->operation_button = FILES_OPERATION_BUTTON (button);
  adw_header_bar_pack_end (self->header, button);
  adw_header_bar_pack_end (self->header, files_plugin_label_new (self));
  files_drop_attach_sidebar (self, self->sidebar);
  files_operation_actions_attach_sidebar (self, self->sidebar);
  files_drop_attach_path_bar (self, self->path_bar);
  show_next_question (self);
  files_templates_start ();
}

static gboolean
first_frame_shown_cb (gpointer user_data)
{
  FilesWindow *self = user_data;

  if (self->tab_view == NULL) /* closed meanwhile */
    return G_SOURCE_REMOVE;
  add_tab_bar (self);
  if (get_application (self) != NULL)
    add_operations (self);
  files_view_button_start (self->views);
  if (get_application (self) != NULL)
    files_application_window_shown (get_application (self));
  return G_SOURCE_REMOVE;
}

/* What is not needed for the first frame comes after it, and after the display server has got it.
 */
static void
first_frame_cb (GdkFrameClock *clock, gpointer user_data)
{
  FilesWindow *self = user_data;

  g_signal_handlers_disconnect_by_func (clock, first_frame_cb, self);
  g_idle_add_full (G_PRIORITY_DEFAULT, first_frame_shown_cb, g_object_ref (self), g_object_unref);
}

static void
realize_cb (FilesWindow *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self));

  g_signal_connect_object (clock,
                           "after-paint",
                           G_CALLBACK (first_frame_cb),
                           self,
                           G_CONNECT_DEFAULT);
}

static gboolean
close_request_cb (FilesWindow *self)
{
  FilesWindowState state = *files_state_get_window (self->state);

  files_state_set_session (self->state,
                           files_closed_tabs_dup_session (self->closed_tabs, self->tab_view));

  gtk_window_get_default_size (GTK_WINDOW (self), &state.width, &state.height);
  state.maximized = gtk_window_is_maximized (GTK_WINDOW (self));
  files_state_set_window (self->state, &state);
  return GDK_EVENT_PROPAGATE;
}

static void
files_window_dispose (GObject *object)
{
  FilesWindow *self = FILES_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_WINDOW);
  g_clear_pointer (&self->views, files_view_button_free);
  g_clear_pointer (&self->closed_tabs, files_closed_tabs_free);
  g_clear_object (&self->next_question);
  g_clear_object (&self->state);
  g_clear_object (&self->places);
  G_OBJECT_CLASS (files_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, split);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, toolbar);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, header);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, sidebar_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, navigation);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, back_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, forward_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, view_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, narrow_view_button);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, path_bar);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, tab_view);
  gtk_widget_class_bind_template_child (widget_class, FilesWindow, toasts);
}

static void
bind_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, place_picked_cb);
  gtk_widget_class_bind_template_callback (widget_class, place_failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, path_picked_cb);
  gtk_widget_class_bind_template_callback (widget_class, path_done_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, create_window_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_attached_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_detached_cb);
}

static void
files_window_class_init (FilesWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_window_dispose;
  GTK_WINDOW_CLASS (klass)->enable_debugging = NULL; /* its keys have another meaning here */
  g_type_ensure (PANE_TYPE_PATH_BAR);
  g_type_ensure (PANE_TYPE_SIDEBAR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Files/ui/files-window.ui");
  bind_children (widget_class);
  bind_callbacks (widget_class);
}

static void
files_window_init (FilesWindow *self)
{
  GtkGesture *buttons = gtk_gesture_click_new ();
  g_autoptr (GPropertyAction) sidebar = NULL;

  self->closed_tabs = files_closed_tabs_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  pane_menu_watch (self->back_button, history_menu_cb, self);
  pane_menu_watch (self->forward_button, history_menu_cb, self);
  gtk_menu_button_set_create_popup_func (self->menu_button, create_main_menu_cb, self, NULL);
  self->views = files_view_button_new (self, self->view_button, self->narrow_view_button);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (buttons), 0);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (buttons), GTK_PHASE_CAPTURE);
  g_signal_connect (buttons, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (buttons));
  g_signal_connect (self, "close-request", G_CALLBACK (close_request_cb), NULL);
  g_signal_connect (self, "realize", G_CALLBACK (realize_cb), NULL);
  g_signal_connect (self, "notify::visible-dialog", G_CALLBACK (show_next_question), NULL);
  pane_frame_follow (GTK_WIDGET (self));
  files_window_init_actions (self);
  files_operation_actions_init (self);
  files_split_actions_init (self);
  sidebar = g_property_action_new ("toggle-sidebar", self->split, "show-sidebar");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (sidebar));
}

/**
 * files_window_new:
 * @application: the application
 *
 * Returns: (transfer none): a window of the remembered size, without a tab
 */
FilesWindow *
files_window_new (FilesApplication *application)
{
  FilesWindow *self = g_object_new (FILES_TYPE_WINDOW, "application", application, NULL);
  const FilesWindowState *state;

  files_dialog_keys_watch (self);
  self->state = g_object_ref (files_application_get_state (application));
  self->places = g_object_ref (files_application_get_places (application));
  state = files_state_get_window (self->state);
  gtk_window_set_default_size (GTK_WINDOW (self), state->width, state->height);
  if (state->maximized)
    gtk_window_maximize (GTK_WINDOW (self));
  pane_sidebar_set_places (self->sidebar, self->places);
  return self;
}
