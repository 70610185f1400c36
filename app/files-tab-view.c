/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a tab shows its folder: which view, in which size and order, through which filter. The view
 * stays when another folder is opened; only another kind of view is made anew. What the user
 * chooses is remembered of the folder, or of the view where it goes for all folders. Loop's thread.
 */

#include "files-tab-private.h"
#include "files-drop.h"
#include "pane-plugin-registry.h"
#include "pane-view-registry.h"

static void
view_activate_cb (FilesTab *self, guint id)
{
  files_tab_open_id (self, id, PANE_OPEN_HERE);
}

static void
view_menu_cb (FilesTab *self, guint id, double x, double y)
{
  files_tab_ask_menu (self, GTK_WIDGET (self->view), id, x, y);
}

static void
view_sort_cb (FilesTab *self, guint column, gboolean descending)
{
  files_tab_set_sort (self, column, descending);
}

static void
view_sort_attribute_cb (FilesTab *self, const char *attribute, gboolean descending)
{
  files_tab_set_sort_attribute (self, attribute, descending);
}

/* What a view keeps for itself, such as the widths of its columns, goes for all folders. */
static void
view_settings_cb (FilesTab *self)
{
  g_autofree char *settings = pane_view_dup_settings (self->view);

  files_state_set_view_settings (self->state, self->view_id, *settings != '\0' ? settings : NULL);
}

static void
apply_settings (FilesTab *self)
{
  const char *settings = files_state_get_view_settings (self->state, self->view_id);
  g_autofree char *current = pane_view_dup_settings (self->view);

  if (settings == NULL)
    settings = "";
  if (!g_str_equal (settings, current))
    pane_view_apply_settings (self->view, settings);
}

/* A view that shows more than this folder lets the user go there. */
static void
view_open_cb (FilesTab *self, GFile *location)
{
  files_tab_show_location (self, location, FALSE);
}

static void
middle_click_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  FilesTab *self = user_data;
  guint32 id = pane_view_get_entry_at (self->view, x, y);

  if (id == THAW_NO_ENTRY)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  files_tab_open_id (self, id, PANE_OPEN_TAB);
}

static void
connect_view (FilesTab *self)
{
  GtkGesture *middle = gtk_gesture_click_new ();

  g_signal_connect_object (self->view,
                           "activate",
                           G_CALLBACK (view_activate_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "open", G_CALLBACK (view_open_cb), self, G_CONNECT_SWAPPED);
  files_drop_follow_view (self, self->view);
  g_signal_connect_object (self->view, "menu", G_CALLBACK (view_menu_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "sort", G_CALLBACK (view_sort_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view,
                           "sort-attribute",
                           G_CALLBACK (view_sort_attribute_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view,
                           "settings-changed",
                           G_CALLBACK (view_settings_cb),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (middle), GDK_BUTTON_MIDDLE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (middle), GTK_PHASE_CAPTURE);
  g_signal_connect (middle, "pressed", G_CALLBACK (middle_click_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (middle));
}

static void
ensure_view (FilesTab *self, const char *view_id)
{
  const PaneViewInfo *info = pane_view_registry_find (view_id);
  gboolean had_focus;

  if (info == NULL)
    info = pane_view_registry_list (NULL)[0];
  if (g_strcmp0 (self->view_id, info->id) == 0)
    return;
  had_focus
      = self->view != NULL && gtk_widget_get_focus_child (GTK_WIDGET (self->view_bin)) != NULL;
  g_set_str (&self->view_id, info->id);
  self->view = pane_view_registry_create (info->id);
  self->default_zoom = pane_view_get_zoom (self->view);
  connect_view (self);
  pane_view_set_model (self->view, self->model);
  files_type_ahead_set_view (self->type_ahead, self->view);
  adw_bin_set_child (self->view_bin, GTK_WIDGET (self->view));
  if (had_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/* NULL: none. */
static const char *
get_filter (FilesTab *self)
{
  const char *filter = gtk_editable_get_text (self->filter_entry);

  if (!gtk_search_bar_get_search_mode (self->search_bar) || *filter == '\0')
    return NULL;
  return filter;
}

/**
 * files_tab_spans_folders:
 * @self: a tab
 *
 * Returns: whether its view shows other folders beside its own
 */
gboolean
files_tab_spans_folders (FilesTab *self)
{
  const PaneViewInfo *info = self->view_id != NULL ? pane_view_registry_find (self->view_id) : NULL;

  return info != NULL && info->spans_folders;
}

/**
 * files_tab_get_how:
 * @self: a tab
 * @location: a place
 * @how: (out caller-allocates): how it is to be shown, to be cleared by the caller
 *
 * What was chosen here, as long as it is about the place; otherwise what is remembered of it. A
 * view that shows several folders stays while the user goes from one to the next.
 */
void
files_tab_get_how (FilesTab *self, GFile *location, FilesFolderState *how)
{
  if (self->chosen_for == NULL || !g_file_equal (self->chosen_for, location))
    {
      files_state_get_folder (self->state, location, how);
      if (files_tab_spans_folders (self))
        g_set_str (&how->view_id, self->view_id);
      return;
    }
  *how = (FilesFolderState){ 0 };
  files_folder_state_copy (how, &self->chosen);
}

/* It is sorted by a column whose plugin isn't there: by name, until it is. */
static gboolean
lacks_column (const FilesFolderState *state)
{
  return state->column == THAW_SORT_ATTRIBUTE
         && pane_plugin_registry_find (pane_plugin_registry_get_default (),
                                       PANE_PLUGIN_COLUMN,
                                       state->attribute)
                == NULL;
}

static void
set_order (ThawOrderSpec *spec, const FilesFolderState *state)
{
  if (lacks_column (state))
    return;
  spec->column = state->column;
  spec->descending = state->descending;
  if (state->column == THAW_SORT_ATTRIBUTE)
    spec->attribute = g_strdup (state->attribute);
}

static void
make_spec (FilesTab *self, const FilesFolderState *state, ThawOrderSpec *spec)
{
  const FilesWindowState *window = files_state_get_window (self->state);
  const PaneViewInfo *info = pane_view_registry_find (
      self->first_view_id != NULL ? self->first_view_id : state->view_id);

  thaw_order_spec_init (spec);
  if (info != NULL && info->has_order)
    {
      spec->column = info->column;
      spec->descending = info->descending;
    }
  else
    set_order (spec, state);
  spec->folders_first = window->folders_first;
  spec->show_hidden = window->show_hidden;
  spec->filter = g_strdup (get_filter (self));
}

/* As the user wants it, also where the view can't: it is remembered for those that can. */
static void
apply_grouped (FilesTab *self, GFile *location)
{
  FilesFolderState how;

  files_tab_get_how (self, location, &how);
  pane_view_set_grouped (self->view, how.grouped);
  files_folder_state_clear (&how);
}

static void
apply_zoom (FilesTab *self, int zoom)
{
  pane_view_set_zoom (self->view, zoom != FILES_DEFAULT_ZOOM ? (guint) zoom : self->default_zoom);
}

/**
 * files_tab_apply_state_to:
 * @self: a tab
 * @folder: its folder, or the one that will be
 *
 * Makes the view and the folder's order as they are remembered.
 */
void
files_tab_apply_state_to (FilesTab *self, ThawFolder *folder)
{
  FilesFolderState state;
  ThawOrderSpec spec;

  files_tab_get_how (self, thaw_folder_get_location (folder), &state);
  make_spec (self, &state, &spec);
  if (!thaw_order_spec_equal (&spec, thaw_folder_get_spec (folder)))
    thaw_folder_set_spec (folder, &spec);
  ensure_view (self, self->first_view_id != NULL ? self->first_view_id : state.view_id);
  apply_zoom (self, state.zoom);
  apply_settings (self);
  pane_view_set_grouped (self->view, state.grouped);
  thaw_order_spec_clear (&spec);
  files_folder_state_clear (&state);
}

/**
 * files_tab_dup_how:
 * @self: a tab with a place
 * @how: (out caller-allocates): how the place is shown, to be cleared by the caller
 *
 * A view's own order isn't what the user has chosen for the folder, nor is that by name while a
 * column's plugin is missing: what was chosen is told.
 */
void
files_tab_dup_how (FilesTab *self, FilesFolderState *how)
{
  const PaneViewInfo *info = pane_view_registry_find (self->view_id);
  const ThawOrderSpec *spec = thaw_folder_get_spec (self->folder);

  files_tab_get_how (self, thaw_folder_get_location (self->folder), how);
  g_set_str (&how->view_id, self->view_id);
  how->zoom = (int) pane_view_get_zoom (self->view);
  if ((info != NULL && info->has_order) || lacks_column (how))
    return;
  how->column = spec->column;
  how->descending = spec->descending;
  g_set_str (&how->attribute, spec->attribute);
}

/**
 * files_tab_set_how:
 * @self: a tab
 * @location: a place
 * @how: how it is to be shown
 *
 * Lets @location be shown that way in this tab, and in no other. It isn't gone to.
 */
void
files_tab_set_how (FilesTab *self, GFile *location, const FilesFolderState *how)
{
  g_set_object (&self->chosen_for, location);
  files_folder_state_copy (&self->chosen, how);
}

static void
remember_how (FilesTab *self)
{
  GFile *location = thaw_folder_get_location (self->folder);
  FilesFolderState how;

  files_tab_dup_how (self, &how);
  files_tab_set_how (self, location, &how);
  files_state_set_folder (self->state, location, &how);
  files_folder_state_clear (&how);
}

/**
 * files_tab_keep_order:
 * @self: a tab
 *
 * Goes into the order that the view wants, or back to the one that the user has chosen, as far as
 * what that is by is there.
 */
void
files_tab_keep_order (FilesTab *self)
{
  FilesFolderState state;
  ThawOrderSpec spec;

  if (self->folder == NULL)
    return;
  files_tab_get_how (self, thaw_folder_get_location (self->folder), &state);
  g_set_str (&state.view_id, self->view_id);
  make_spec (self, &state, &spec);
  if (!thaw_order_spec_equal (&spec, thaw_folder_get_spec (self->folder)))
    thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
  files_folder_state_clear (&state);
}

/* What the user chooses */

/**
 * files_tab_set_view_id:
 * @self: a tab
 * @view_id: the id of a view
 *
 * Shows the folder in another view, and remembers it.
 */
void
files_tab_set_view_id (FilesTab *self, const char *view_id)
{
  guint32 focused = pane_folder_model_get_focus_id (self->model);

  g_clear_pointer (&self->first_view_id, g_free);
  ensure_view (self, view_id);
  apply_settings (self);
  if (self->folder != NULL)
    apply_grouped (self, thaw_folder_get_location (self->folder));
  files_tab_keep_order (self);
  if (focused != THAW_NO_ENTRY)
    pane_view_reveal (self->view, focused, TRUE);
  if (self->folder != NULL)
    remember_how (self);
  files_tab_restore_expanded (self);
  files_tab_changed (self);
}

/**
 * files_tab_zoom:
 * @self: a tab
 * @step: 1 larger, -1 smaller, 0 the view's own size
 *
 * Shows entries in another size, and remembers it.
 */
void
files_tab_zoom (FilesTab *self, int step)
{
  int zoom = step != 0 ? (int) pane_view_get_zoom (self->view) + step : (int) self->default_zoom;

  pane_view_set_zoom (self->view, MAX (zoom, 0));
  if (self->folder != NULL)
    remember_how (self);
  files_tab_changed (self);
}

/* A column that is missing is remembered no longer. */
static void
choose_column (FilesTab *self, ThawSortColumn column, const char *attribute)
{
  FilesFolderState how;

  files_tab_dup_how (self, &how);
  if (lacks_column (&how))
    {
      how.column = column;
      g_set_str (&how.attribute, attribute);
      files_tab_set_how (self, thaw_folder_get_location (self->folder), &how);
    }
  files_folder_state_clear (&how);
}

static void
choose_order (FilesTab *self, ThawSortColumn column, const char *attribute, gboolean descending)
{
  ThawOrderSpec spec;

  if (self->folder == NULL)
    return;
  choose_column (self, column, attribute);
  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  spec.column = column;
  spec.descending = descending;
  g_set_str (&spec.attribute, attribute);
  thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
  remember_how (self);
  files_tab_changed (self);
}

/**
 * files_tab_set_sort:
 * @self: a tab
 * @column: by what
 * @descending: whether the other way round
 *
 * Shows the entries in another order, and remembers it.
 */
void
files_tab_set_sort (FilesTab *self, ThawSortColumn column, gboolean descending)
{
  choose_order (self, column, NULL, descending);
}

/**
 * files_tab_set_sort_attribute:
 * @self: a tab
 * @attribute: the id of a plugin's column
 * @descending: whether the other way round
 *
 * Shows the entries in the order of what a plugin says of them, and remembers it.
 */
void
files_tab_set_sort_attribute (FilesTab *self, const char *attribute, gboolean descending)
{
  choose_order (self, THAW_SORT_ATTRIBUTE, attribute, descending);
}

/**
 * files_tab_set_grouped:
 * @self: a tab
 * @grouped: whether entries are in groups
 *
 * Shows the entries in groups by what they are sorted by, or not, and remembers it.
 */
void
files_tab_set_grouped (FilesTab *self, gboolean grouped)
{
  GFile *location = self->folder != NULL ? thaw_folder_get_location (self->folder) : NULL;
  FilesFolderState how;

  if (location == NULL)
    return;
  files_tab_dup_how (self, &how);
  how.grouped = grouped;
  files_tab_set_how (self, location, &how);
  files_state_set_folder (self->state, location, &how);
  files_folder_state_clear (&how);
  pane_view_set_grouped (self->view, grouped);
  files_tab_changed (self);
}

/**
 * files_tab_get_grouped:
 * @self: a tab
 *
 * Returns: whether it shows its entries in groups that the user has asked for
 */
gboolean
files_tab_get_grouped (FilesTab *self)
{
  return self->view != NULL && pane_view_get_grouped (self->view);
}

/**
 * files_tab_can_group:
 * @self: a tab
 *
 * Returns: whether the view that it shows can do so, by what it is sorted by
 */
gboolean
files_tab_can_group (FilesTab *self)
{
  const ThawOrderSpec *spec = files_tab_get_spec (self);

  return self->view != NULL && pane_view_can_group (self->view)
         && (spec == NULL || spec->column != THAW_SORT_ATTRIBUTE);
}

/**
 * files_tab_apply_state:
 * @self: a tab
 *
 * Shows the folder as it is remembered: the state has been read, or what goes for all folders was
 * changed.
 */
void
files_tab_apply_state (FilesTab *self)
{
  if (self->folder == NULL)
    return;
  files_tab_apply_state_to (self, self->folder);
  files_tab_restore_expanded (self);
  files_tab_changed (self);
}

/* The filter */

static void
filter_changed_cb (FilesTab *self)
{
  ThawOrderSpec spec = { 0 };

  if (self->folder == NULL)
    return;
  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  g_set_str (&spec.filter, get_filter (self));
  if (!thaw_order_spec_equal (&spec, thaw_folder_get_spec (self->folder)))
    thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
}

static void
filter_activate_cb (FilesTab *self)
{
  files_tab_grab_focus (self);
}

static void
filtering_changed_cb (FilesTab *self)
{
  filter_changed_cb (self);
  if (!gtk_search_bar_get_search_mode (self->search_bar) && self->view != NULL)
    files_tab_grab_focus (self);
  files_tab_changed (self);
}

/**
 * files_tab_set_filtering:
 * @self: a tab
 * @filtering: whether the filter is shown
 */
void
files_tab_set_filtering (FilesTab *self, gboolean filtering)
{
  if (filtering)
    gtk_widget_set_visible (GTK_WIDGET (self->search_bar), TRUE);
  gtk_search_bar_set_search_mode (self->search_bar, filtering);
  if (filtering)
    gtk_widget_grab_focus (GTK_WIDGET (self->filter_entry));
}

/**
 * files_tab_is_filtering:
 * @self: a tab
 *
 * Returns: whether the filter is shown
 */
gboolean
files_tab_is_filtering (FilesTab *self)
{
  return gtk_search_bar_get_search_mode (self->search_bar);
}

/**
 * files_tab_bind_filter:
 * @widget_class: the tab's class
 *
 * Names the filter's callbacks for the template.
 */
void
files_tab_bind_filter (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, filtering_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_activate_cb);
}
