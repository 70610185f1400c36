/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tab: a folder, the model over it, the view that shows the model, and what is said when there is
 * nothing to show. Here it is made, asked and taken apart, and here are the signals by which it
 * talks to its window; what it does is in the files that files-tab-private.h lists. Loop's thread;
 * the tab touches no file. */

#include "files-tab-private.h"
#include "files-signal.h"
#include "pane-plugin-registry.h"
#include "pane-view-registry.h"

enum {
  PROP_0,
  PROP_TITLE,
  PROP_LOADING,
  PROP_ASKED,
  N_PROPS,
};

enum {
  CHANGED,
  OPEN,
  MENU,
  EDIT_LOCATION,
  FAILED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesTab, files_tab, GTK_TYPE_WIDGET)

/* What it says to its window */

/**
 * files_tab_changed:
 * @self: a tab
 *
 * Says that what the window shows of the tab is different now.
 */
void
files_tab_changed (FilesTab *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * files_tab_loading_changed:
 * @self: a tab
 *
 * Says that the folder may have begun or ended to load.
 */
void
files_tab_loading_changed (FilesTab *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

/**
 * files_tab_asked_changed:
 * @self: a tab
 *
 * Says that its place may have begun or ended to wait for an answer.
 */
void
files_tab_asked_changed (FilesTab *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ASKED]);
  files_tab_loading_changed (self);
}

/**
 * files_tab_set_title:
 * @self: a tab
 * @title: what its place is called
 */
void
files_tab_set_title (FilesTab *self, const char *title)
{
  if (g_set_str (&self->title, title))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

/**
 * files_tab_ask_open:
 * @self: a tab
 * @location: a place
 * @target: where; not in this tab
 *
 * Asks the window to open a place elsewhere.
 */
void
files_tab_ask_open (FilesTab *self, GFile *location, PaneOpenTarget target)
{
  g_signal_emit (self, signals[OPEN], 0, location, target);
}

/**
 * files_tab_ask_menu:
 * @self: a tab
 * @from: the widget below the tab in whose coordinates the point is
 * @id: what the menu is for, or %THAW_NO_ENTRY for the folder itself
 * @x: where
 * @y: where
 *
 * Asks the window for a menu.
 */
void
files_tab_ask_menu (FilesTab *self, GtkWidget *from, guint32 id, double x, double y)
{
  graphene_point_t at;

  if (gtk_widget_compute_point (from, GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &at))
    g_signal_emit (self, signals[MENU], 0, (guint) id, (double) at.x, (double) at.y);
}

/**
 * files_tab_ask_location:
 * @self: a tab
 * @text: what was typed already
 *
 * Asks the window to let the user type a place.
 */
void
files_tab_ask_location (FilesTab *self, const char *text)
{
  g_signal_emit (self, signals[EDIT_LOCATION], 0, text);
}

/**
 * files_tab_say_failed:
 * @self: a tab
 * @line: what, and why
 *
 * Says in passing that something failed.
 */
void
files_tab_say_failed (FilesTab *self, const char *line)
{
  g_signal_emit (self, signals[FAILED], 0, line);
}

/* What others ask */

/**
 * files_tab_get_location:
 * @self: a tab
 *
 * Returns: (transfer none) (nullable): where it is, %NULL before the first place
 */
GFile *
files_tab_get_location (FilesTab *self)
{
  return self->folder != NULL ? thaw_folder_get_location (self->folder) : NULL;
}

/**
 * files_tab_get_history:
 * @self: a tab
 *
 * Returns: (transfer none): where it has been; another object once files_tab_show_history() is
 * called
 */
FilesHistory *
files_tab_get_history (FilesTab *self)
{
  return self->history;
}

/**
 * files_tab_get_view_id:
 * @self: a tab
 *
 * Returns: (transfer none) (nullable): the id of the view shown, %NULL before the first place
 */
const char *
files_tab_get_view_id (FilesTab *self)
{
  return self->view_id;
}

/**
 * files_tab_get_spec:
 * @self: a tab
 *
 * Returns: (transfer none) (nullable): the order and filter asked for, which the rows may not have
 *   yet; %NULL before the first place
 */
const ThawOrderSpec *
files_tab_get_spec (FilesTab *self)
{
  return self->folder != NULL ? thaw_folder_get_spec (self->folder) : NULL;
}

/**
 * files_tab_get_model:
 * @self: a tab
 *
 * Returns: (transfer none): what the view shows, the same for the tab's life; it holds the rows of
 *   the folder before until the first of the new one come
 */
PaneFolderModel *
files_tab_get_model (FilesTab *self)
{
  return self->model;
}

/**
 * files_tab_get_view:
 * @self: a tab
 *
 * Returns: (transfer none) (nullable): the view; files_tab_set_view_id() and another place may
 *   replace it
 */
PaneView *
files_tab_get_view (FilesTab *self)
{
  return self->view;
}

/**
 * files_tab_get_status_line:
 * @self: a tab
 *
 * Returns: (transfer none): the line below the rows
 */
FilesStatusLine *
files_tab_get_status_line (FilesTab *self)
{
  return self->status_line;
}

/**
 * files_tab_set_header:
 * @self: a tab
 * @header: (nullable): a widget, or %NULL for none
 *
 * Shows @header above everything else in the tab.
 */
void
files_tab_set_header (FilesTab *self, GtkWidget *header)
{
  GtkBox *box = GTK_BOX (gtk_widget_get_first_child (GTK_WIDGET (self)));

  if (self->header != NULL)
    gtk_box_remove (box, self->header);
  self->header = header;
  if (header != NULL)
    gtk_box_prepend (box, header);
}

static void
files_tab_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FilesTab *self = FILES_TAB (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, files_tab_is_loading (self) && !files_tab_is_asked (self));
      break;
    case PROP_ASKED:
      g_value_set_boolean (value, files_tab_is_asked (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
files_tab_dispose (GObject *object)
{
  FilesTab *self = FILES_TAB (object);
  GtkWidget *child;

  thaw_scope_cancel (self->scope);
  files_tab_leave_folder (self);
  g_clear_handle_id (&self->hint_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_TAB);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  if (self->model != NULL)
    pane_folder_model_set_folder (self->model, NULL);
  g_clear_object (&self->model);
  g_clear_object (&self->given);
  g_clear_object (&self->chosen_for);
  g_clear_object (&self->state);
  G_OBJECT_CLASS (files_tab_parent_class)->dispose (object);
}

static gboolean
grab_focus (GtkWidget *widget)
{
  files_tab_grab_focus (FILES_TAB (widget));
  return TRUE;
}

static void
files_tab_finalize (GObject *object)
{
  FilesTab *self = FILES_TAB (object);

  thaw_scope_unref (self->scope);
  files_history_free (self->history);
  g_free (self->view_id);
  g_free (self->first_view_id);
  files_folder_state_clear (&self->chosen);
  g_free (self->wanted_name);
  g_clear_pointer (&self->wanted_visit, files_visit_free);
  g_free (self->title);
  G_OBJECT_CLASS (files_tab_parent_class)->finalize (object);
}

static void
add_signals (void)
{
  signals[CHANGED] = files_signal_new (FILES_TYPE_TAB, "changed", 0);
  signals[OPEN] = files_signal_new (FILES_TYPE_TAB, "open", 2, G_TYPE_FILE, PANE_TYPE_OPEN_TARGET);
  signals[MENU]
      = files_signal_new (FILES_TYPE_TAB, "menu", 3, G_TYPE_UINT, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  signals[EDIT_LOCATION] = files_signal_new (FILES_TYPE_TAB, "edit-location", 1, G_TYPE_STRING);
  signals[FAILED] = files_signal_new (FILES_TYPE_TAB, "failed", 1, G_TYPE_STRING);
}

static void
add_properties (GObjectClass *object_class)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  properties[PROP_ASKED] = g_param_spec_boolean ("asked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (FILES_TYPE_TYPE_AHEAD);
  g_type_ensure (FILES_TYPE_STATUS_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Files/ui/files-tab.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesTab, search_bar);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, filter_entry);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, banner);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, type_ahead);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, stack);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, view_bin);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, status_line);
  gtk_widget_class_bind_template_callback (widget_class, files_tab_reload);
  files_tab_bind_filter (widget_class);
  files_tab_bind_keys (widget_class);
}

static void
files_tab_class_init (FilesTabClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = files_tab_get_property;
  object_class->dispose = files_tab_dispose;
  object_class->finalize = files_tab_finalize;
  GTK_WIDGET_CLASS (klass)->grab_focus = grab_focus;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
  add_properties (object_class);
  add_signals ();
  bind_template (GTK_WIDGET_CLASS (klass));
}

/* One has brought the column that the folder is sorted by, or taken it away. */
static void
plugins_changed_cb (FilesTab *self, guint kind)
{
  if (kind != PANE_PLUGIN_COLUMN || self->folder == NULL)
    return;
  files_tab_keep_order (self);
  files_tab_changed (self);
}

/* Construction is here and in files_tab_new(), and nowhere else; the view is made with the first
 * place (files_tab_apply_state_to), the notice when it is needed. */
static void
files_tab_init (FilesTab *self)
{
  self->scope = thaw_scope_new_for_owner ("tab", G_OBJECT (self), NULL);
  self->history = files_history_new ();
  self->is_active = TRUE;
  self->model = pane_folder_model_new ();
  files_tab_follow_expanded (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, self->filter_entry);
  files_status_line_set_model (self->status_line, self->model);
  files_type_ahead_set_model (self->type_ahead, self->model);
  /* A plugin has brought the view that is remembered of this folder, or taken away the one shown. */
  g_signal_connect_object (pane_view_registry_get_default (),
                           "changed",
                           G_CALLBACK (files_tab_apply_state),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pane_plugin_registry_get_default (),
                           "changed",
                           G_CALLBACK (plugins_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

/**
 * files_tab_new:
 * @state: what is remembered
 * @view_id: (nullable): the view to begin with, or %NULL for the remembered one
 *
 * Returns: (transfer floating): a tab without a place
 */
FilesTab *
files_tab_new (FilesState *state, const char *view_id)
{
  FilesTab *self = g_object_new (FILES_TYPE_TAB, NULL);

  self->state = g_object_ref (state);
  self->first_view_id = g_strdup (view_id);
  files_tab_follow_saving (self);
  return self;
}
