/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugins' widgets in windows. A side panel stands at the end of the tabs, in a pane that is put
 * there with the first of them, so that a window without any is as it was; it is made anew for each
 * place, and goes when its plugin does. Making it is the plugin's time: see
 * pane_plugin_item_make_widget(). The label beside the path is only text, which plugins say on
 * their own threads. Loop's thread. */

#include "files-plugin-panels.h"
#include "files-open-tabs.h"
#include "pane-plugin-data.h"
#include <glib/gi18n.h>

#define PANEL_WIDTH 260
#define MAX_FILES 256 /* that plugins' pages are made for */
#define PANEL_KEY "files-plugin-panel"
#define LABEL_KEY "files-plugin-label"

/* Of a window that has had a panel. */
typedef struct {
  FilesWindow *window; /* not owned: it owns this */
  GtkPaned *paned;
  char *id; /* of what is shown; NULL: nothing */
  GFile *location;
} Panel;

static void
panel_free (gpointer data)
{
  Panel *self = data;

  g_signal_handlers_disconnect_by_data (pane_plugin_registry_get_default (), self);
  g_clear_object (&self->location);
  g_free (self->id);
  g_free (self);
}

/* In a menu it may say which letter chooses it. */
static char *
dup_title (PanePluginItem *item)
{
  g_auto (GStrv) parts = g_strsplit (pane_plugin_item_get_title (item), "_", -1);

  return g_strjoinv (NULL, parts);
}

static GtkWidget *
make_frame (PanePluginItem *item, GtkWidget *widget)
{
  g_autofree char *title = dup_title (item);
  GtkWidget *view = adw_toolbar_view_new (), *header = adw_header_bar_new ();

  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), adw_window_title_new (title, NULL));
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), header);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), widget);
  gtk_widget_set_size_request (view, 160, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return view;
}

static void
fill (Panel *self)
{
  FilesTab *tab = files_window_get_tab (self->window);
  PanePluginItem *item = pane_plugin_registry_find (pane_plugin_registry_get_default (),
                                                    PANE_PLUGIN_SIDE_PANEL,
                                                    self->id);
  GFile *location = tab != NULL ? files_tab_get_location (tab) : NULL;
  g_autoptr (GtkWidget) widget = NULL;

  if (item != NULL && location != NULL)
    widget = pane_plugin_item_make_widget (item, location, NULL);
  g_set_object (&self->location, location);
  gtk_paned_set_end_child (self->paned, widget != NULL ? make_frame (item, widget) : NULL);
}

static void
registry_changed_cb (Panel *self, guint kind)
{
  if (kind == PANE_PLUGIN_SIDE_PANEL && self->id != NULL)
    fill (self);
}

/* The tabs' pane goes into a new one, with the panel beside it. */
static GtkPaned *
split (FilesWindow *window)
{
  GtkWidget *tabs
      = gtk_widget_get_ancestor (GTK_WIDGET (files_window_get_tab_view (window)), GTK_TYPE_PANED);
  AdwToolbarView *toolbar
      = ADW_TOOLBAR_VIEW (gtk_widget_get_ancestor (tabs, ADW_TYPE_TOOLBAR_VIEW));
  GtkWidget *paned
      = g_object_new (GTK_TYPE_PANED, "accessible-role", GTK_ACCESSIBLE_ROLE_GROUP, NULL);
  int width = gtk_widget_get_width (tabs);

  g_object_ref (tabs);
  adw_toolbar_view_set_content (toolbar, paned);
  gtk_paned_set_start_child (GTK_PANED (paned), tabs);
  gtk_paned_set_resize_end_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_position (GTK_PANED (paned), MAX (width - PANEL_WIDTH, 100));
  gtk_accessible_update_property (GTK_ACCESSIBLE (paned),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Divider"),
                                  -1);
  g_object_unref (tabs);
  return GTK_PANED (paned);
}

static Panel *
get_panel (FilesWindow *window)
{
  Panel *self = g_object_get_data (G_OBJECT (window), PANEL_KEY);

  if (self != NULL)
    return self;
  self = g_new0 (Panel, 1);
  self->window = window;
  self->paned = split (window);
  g_object_set_data_full (G_OBJECT (window), PANEL_KEY, self, panel_free);
  g_signal_connect_swapped (pane_plugin_registry_get_default (),
                            "changed",
                            G_CALLBACK (registry_changed_cb),
                            self);
  return self;
}

/**
 * files_plugin_panels_toggle:
 * @window: a window
 * @id: a side panel
 *
 * Shows the panel, or takes it away.
 */
void
files_plugin_panels_toggle (FilesWindow *window, const char *id)
{
  Panel *self = get_panel (window);

  g_set_str (&self->id, g_strcmp0 (self->id, id) == 0 ? NULL : id);
  fill (self);
  if (files_window_get_tab (window) != NULL)
    files_tab_grab_focus (files_window_get_tab (window));
}

/* The label */

static void
update_label (GtkWidget *label)
{
  GtkRoot *root = gtk_widget_get_root (label);
  FilesTab *tab = FILES_IS_WINDOW (root) ? files_window_get_tab (FILES_WINDOW (root)) : NULL;
  g_autofree char *text = NULL;

  if (tab != NULL)
    text = pane_plugin_data_dup_label (pane_plugin_data_get_default (), files_tab_get_model (tab));
  gtk_label_set_text (GTK_LABEL (label), text != NULL ? text : "");
  gtk_widget_set_visible (label, text != NULL);
}

/**
 * files_plugin_label_new:
 * @window: a window
 *
 * Returns: (transfer floating): a label with what plugins say of the window's current place
 */
GtkWidget *
files_plugin_label_new (FilesWindow *window)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 20);
  gtk_widget_add_css_class (label, "dimmed");
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_set_margin_start (label, 12); /* the bar paints beyond its end */
  gtk_widget_set_visible (label, FALSE);
  g_signal_connect_object (pane_plugin_data_get_default (),
                           "changed",
                           G_CALLBACK (update_label),
                           label,
                           G_CONNECT_SWAPPED);
  g_object_set_data (G_OBJECT (window), LABEL_KEY, label);
  return label;
}

/**
 * files_plugin_panels_update:
 * @window: a window
 *
 * Another tab, or another place in it, is the current one.
 */
void
files_plugin_panels_update (FilesWindow *window)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (window), LABEL_KEY);
  Panel *panel = g_object_get_data (G_OBJECT (window), PANEL_KEY);
  FilesTab *tab = files_window_get_tab (window);
  GFile *location = tab != NULL ? files_tab_get_location (tab) : NULL;

  if (label != NULL)
    update_label (label);
  if (gtk_window_get_application (GTK_WINDOW (window)) != NULL)
    files_open_tabs_update (FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))));
  if (panel == NULL || panel->id == NULL || location == NULL)
    return;
  if (panel->location == NULL || !g_file_equal (panel->location, location))
    fill (panel);
}

/* Pages */

static GStrv
dup_names (FilesSelection *files)
{
  g_autoptr (GPtrArray) all = files_selection_dup_files (files);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < all->len; i++)
    g_strv_builder_take (names, g_file_get_basename (g_ptr_array_index (all, i)));
  return g_strv_builder_end (names);
}

typedef struct {
  AdwPreferencesPage *page; /* not owned: it owns the group */
  GtkWidget *group;         /* not owned: it owns this */
  PanePluginItem *item;     /* owned */
} Page;

static void
page_free (gpointer data, GClosure *closure)
{
  Page *self = data;

  pane_plugin_item_unref (self->item);
  g_free (self);
}

/* A plugin's page goes when its plugin does. */
static void
pages_changed_cb (PanePluginRegistry *registry, guint kind, Page *self)
{
  const char *id = pane_plugin_item_get_id (self->item);

  if (kind == PANE_PLUGIN_PROPERTY_PAGE
      && pane_plugin_registry_find (registry, kind, id) != self->item)
    adw_preferences_page_remove (self->page, ADW_PREFERENCES_GROUP (self->group));
}

static void
disconnect_cb (GtkWidget *group, gpointer handler)
{
  g_signal_handler_disconnect (pane_plugin_registry_get_default (), (gulong) handler);
}

static void
add_page (AdwPreferencesPage *page, PanePluginItem *item, GtkWidget *widget)
{
  Page *self = g_new0 (Page, 1);
  gulong handler;

  self->page = page;
  self->item = pane_plugin_item_ref (item);
  self->group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group),
                                   pane_plugin_item_get_title (item));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), widget);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (self->group));
  handler = g_signal_connect_data (pane_plugin_registry_get_default (),
                                   "changed",
                                   G_CALLBACK (pages_changed_cb),
                                   self,
                                   page_free,
                                   G_CONNECT_DEFAULT);
  g_signal_connect (self->group, "destroy", G_CALLBACK (disconnect_cb), (gpointer) handler);
}

/**
 * files_plugin_pages_fill:
 * @page: what is said of files
 * @files: the files; nothing is added for very many
 *
 * Adds what plugins have to say of files to their properties, each in a group of its own.
 */
void
files_plugin_pages_fill (AdwPreferencesPage *page, FilesSelection *files)
{
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();
  g_autoptr (GPtrArray) pages = pane_plugin_registry_list (registry, PANE_PLUGIN_PROPERTY_PAGE);
  g_autoptr (GFile) folder = files_selection_dup_folder (files);
  g_auto (GStrv) names = NULL;

  if (pages->len == 0 || folder == NULL || files_selection_get_n (files) > MAX_FILES)
    return;
  names = dup_names (files);
  for (guint i = 0; i < pages->len; i++)
    {
      PanePluginItem *item = g_ptr_array_index (pages, i);
      g_autoptr (GtkWidget) widget
          = pane_plugin_item_make_widget (item, folder, (const char *const *) names);

      if (widget != NULL)
        add_page (page, item, widget);
    }
}
