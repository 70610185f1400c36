/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tab of the window holds: one folder, or two with a divider between them. Each is a
 * FilesTab of its own, with its own history, view and order, and neither knows of the other: a
 * folder that hangs in one leaves the other alone. One of them is active: where the keyboard focus
 * is, or was last. To the window it is the tab; the other one is only seen, and copied or moved
 * into. Their headers are there only while there are two. Loop's thread; no file is touched. */

#include "files-panes.h"
#include "files-cut-marks.h"
#include "files-drop.h"
#include "files-pane-header.h"
#include "files-signal.h"
#include "pane-split.h"
#include <glib/gi18n.h>

#define HEADER_KEY "files-pane-header"

struct _FilesPanes {
  GtkWidget parent_instance;

  PaneSplit *split;
  FilesState *state;
  FilesTab *active;
  guint settle_source;
};

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

G_DEFINE_FINAL_TYPE (FilesPanes, files_panes, GTK_TYPE_WIDGET)

/**
 * files_panes_get_nth:
 * @self: panes
 * @n: 0 for the first, 1 for the second
 *
 * Returns: (transfer none) (nullable): that one, %NULL if there are fewer
 */
FilesTab *
files_panes_get_nth (FilesPanes *self, guint n)
{
  GtkWidget *pane = self->split != NULL ? pane_split_get_pane (self->split, n) : NULL;

  return pane != NULL ? FILES_TAB (pane) : NULL;
}

/**
 * files_panes_get_tab:
 * @self: panes
 *
 * Returns: (transfer none): the active one
 */
FilesTab *
files_panes_get_tab (FilesPanes *self)
{
  return self->active;
}

/**
 * files_panes_is_split:
 * @self: panes
 *
 * Returns: whether there are two
 */
gboolean
files_panes_is_split (FilesPanes *self)
{
  return files_panes_get_nth (self, 1) != NULL;
}

/**
 * files_panes_get_other:
 * @self: panes
 *
 * Returns: (transfer none) (nullable): the one that isn't active, %NULL if there is only one
 */
FilesTab *
files_panes_get_other (FilesPanes *self)
{
  FilesTab *first = files_panes_get_nth (self, 0);

  return first != self->active ? first : files_panes_get_nth (self, 1);
}

/* How it looks */

static FilesPaneHeader *
get_header (FilesTab *tab)
{
  return g_object_get_data (G_OBJECT (tab), HEADER_KEY);
}

static void
close_cb (FilesPanes *self, GtkWidget *header)
{
  files_panes_close (self, FILES_TAB (gtk_widget_get_ancestor (header, FILES_TYPE_TAB)));
}

static void
add_header (FilesPanes *self, FilesTab *tab)
{
  GtkWidget *header = files_pane_header_new (tab);

  g_signal_connect_object (header, "close", G_CALLBACK (close_cb), self, G_CONNECT_SWAPPED);
  g_object_set_data (G_OBJECT (tab), HEADER_KEY, header);
  files_tab_set_header (tab, header);
}

static void
remove_header (FilesTab *tab)
{
  g_object_set_data (G_OBJECT (tab), HEADER_KEY, NULL);
  files_tab_set_header (tab, NULL);
}

static const char *
get_name (FilesPanes *self, guint n)
{
  gboolean is_right = (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL) != (n > 0);

  if (pane_split_is_stacked (self->split))
    return n == 0 ? _ ("Upper pane") : _ ("Lower pane");
  return is_right ? _ ("Right pane") : _ ("Left pane");
}

/* For who doesn't see where they are. */
static void
update_names (FilesPanes *self)
{
  gboolean is_split = files_panes_is_split (self);
  FilesTab *tab;

  for (guint i = 0; (tab = files_panes_get_nth (self, i)) != NULL; i++)
    if (is_split)
      gtk_accessible_update_property (GTK_ACCESSIBLE (tab),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      get_name (self, i),
                                      -1);
    else
      gtk_accessible_reset_property (GTK_ACCESSIBLE (tab), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

static void
update_active (FilesPanes *self)
{
  FilesTab *tab;

  for (guint i = 0; (tab = files_panes_get_nth (self, i)) != NULL; i++)
    {
      gboolean is_active = tab == self->active;

      files_tab_set_active (tab, is_active);
      if (is_active)
        gtk_widget_remove_css_class (GTK_WIDGET (tab), "inactive");
      else
        gtk_widget_add_css_class (GTK_WIDGET (tab), "inactive");
      if (get_header (tab) != NULL)
        files_pane_header_set_active (get_header (tab), is_active);
    }
}

static void
say_changed (FilesPanes *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ASKED]);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * files_panes_activate:
 * @self: panes
 * @tab: one of them
 *
 * Makes @tab the one that the window acts on. The focus stays.
 */
void
files_panes_activate (FilesPanes *self, FilesTab *tab)
{
  if (tab == self->active)
    return;
  self->active = tab;
  update_active (self);
  say_changed (self);
}

/* The active one is where the focus is */

static void
focused_cb (GtkEventController *controller, gpointer user_data)
{
  FilesPanes *self = user_data;

  if (self->split != NULL) /* it isn't about to go */
    files_panes_activate (self, FILES_TAB (gtk_event_controller_get_widget (controller)));
}

/* What was clicked has taken the focus by now, unless it can't have it. */
static void
settle_cb (gpointer user_data)
{
  FilesPanes *self = user_data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  self->settle_source = 0;
  if (root != NULL && (focus == NULL || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self->active))))
    files_tab_grab_focus (self->active);
}

/* Before whatever the click does: a menu is about the pane that was clicked. */
static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  FilesPanes *self = user_data;
  GtkWidget *tab = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
  if (FILES_TAB (tab) == self->active)
    return;
  files_panes_activate (self, FILES_TAB (tab));
  if (self->settle_source == 0)
    self->settle_source = g_idle_add_once (settle_cb, self);
}

/* What the panes say */

static void
tab_changed_cb (FilesPanes *self, FilesTab *tab)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
tab_open_cb (FilesPanes *self, GFile *location, PaneOpenTarget target)
{
  g_signal_emit (self, signals[OPEN], 0, location, target);
}

static void
tab_menu_cb (FilesPanes *self, guint id, double x, double y, FilesTab *tab)
{
  files_panes_activate (self, tab);
  g_signal_emit (self, signals[MENU], 0, tab, id, x, y);
}

static void
tab_edit_location_cb (FilesPanes *self, const char *text)
{
  g_signal_emit (self, signals[EDIT_LOCATION], 0, text);
}

static void
tab_failed_cb (FilesPanes *self, const char *line)
{
  g_signal_emit (self, signals[FAILED], 0, line);
}

static void
tab_notify_cb (FilesPanes *self, GParamSpec *pspec, FilesTab *tab)
{
  GParamSpec *own = g_object_class_find_property (G_OBJECT_GET_CLASS (self), pspec->name);

  if (own != NULL && own->owner_type == FILES_TYPE_PANES)
    g_object_notify_by_pspec (G_OBJECT (self), own);
}

static void
watch_focus (FilesPanes *self, FilesTab *tab)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect (focus, "enter", G_CALLBACK (focused_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (tab), focus);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (tab), GTK_EVENT_CONTROLLER (click));
}

static void
follow (FilesPanes *self, FilesTab *tab)
{
  const GConnectFlags swapped = G_CONNECT_SWAPPED;

  g_signal_connect_object (tab, "changed", G_CALLBACK (tab_changed_cb), self, swapped);
  g_signal_connect_object (tab, "open", G_CALLBACK (tab_open_cb), self, swapped);
  g_signal_connect_object (tab, "menu", G_CALLBACK (tab_menu_cb), self, swapped);
  g_signal_connect_object (tab, "edit-location", G_CALLBACK (tab_edit_location_cb), self, swapped);
  g_signal_connect_object (tab, "failed", G_CALLBACK (tab_failed_cb), self, swapped);
  g_signal_connect_object (tab, "notify", G_CALLBACK (tab_notify_cb), self, swapped);
  watch_focus (self, tab);
}

/* One and two */

static FilesTab *
add_tab (FilesPanes *self, const char *view_id)
{
  FilesTab *tab = files_tab_new (self->state, view_id);

  pane_split_add (self->split, GTK_WIDGET (tab));
  files_drop_attach (tab);
  files_cut_marks_attach (tab);
  follow (self, tab);
  return tab;
}

static FilesTab *
add_other (FilesPanes *self)
{
  FilesTab *tab = add_tab (self, NULL);

  pane_split_set_fraction (self->split, files_state_get_window (self->state)->divider);
  update_active (self);
  add_header (self, files_panes_get_nth (self, 0));
  add_header (self, files_panes_get_nth (self, 1));
  update_active (self);
  return tab;
}

/**
 * files_panes_split:
 * @self: panes
 *
 * Adds a second pane, at the place of the first and shown in the same way. The first stays active.
 *
 * Returns: (transfer none): the one that isn't active, whether it was there already or not
 */
FilesTab *
files_panes_split (FilesPanes *self)
{
  GFile *location = files_tab_get_location (self->active);
  FilesTab *tab;
  FilesFolderState how;

  if (files_panes_is_split (self))
    return files_panes_get_other (self);
  tab = add_other (self);
  if (location != NULL)
    {
      files_tab_dup_how (self->active, &how);
      files_tab_set_how (tab, location, &how);
      files_tab_show_location (tab, location, FALSE);
      files_folder_state_clear (&how);
    }
  say_changed (self);
  return tab;
}

/**
 * files_panes_close:
 * @self: panes
 * @tab: one of two
 *
 * Closes @tab; the other one has all the room again, and the focus if @tab had it.
 */
void
files_panes_close (FilesPanes *self, FilesTab *tab)
{
  FilesTab *stays = files_panes_get_nth (self, 0);
  gboolean had_focus;

  if (!files_panes_is_split (self))
    return;
  if (stays == tab)
    stays = files_panes_get_nth (self, 1);
  had_focus = tab == self->active || gtk_widget_get_focus_child (GTK_WIDGET (tab)) != NULL;
  self->active = stays;
  if (had_focus)
    files_tab_grab_focus (stays);
  g_signal_handlers_disconnect_by_data (tab, self);
  remove_header (stays);
  pane_split_remove (self->split, GTK_WIDGET (tab));
  update_active (self);
  say_changed (self);
}

/**
 * files_panes_swap:
 * @self: panes
 *
 * Puts each of two where the other is; which one is active stays.
 */
void
files_panes_swap (FilesPanes *self)
{
  pane_split_swap (self->split);
  say_changed (self);
}

/* What is kept of it */

/**
 * files_panes_dup_memory:
 * @self: panes that have been somewhere
 *
 * Returns: (transfer full): what they need to be opened again
 */
FilesPanesMemory *
files_panes_dup_memory (FilesPanes *self)
{
  FilesPanesMemory *memory = g_new0 (FilesPanesMemory, 1);
  FilesTab *tab;

  for (guint i = 0; (tab = files_panes_get_nth (self, i)) != NULL; i++)
    {
      memory->panes[i].history = files_history_copy (files_tab_get_history (tab));
      if (files_tab_get_location (tab) != NULL)
        files_tab_dup_how (tab, &memory->panes[i].how);
      if (tab == self->active)
        memory->active = i;
      memory->n_panes++;
    }
  return memory;
}

static void
recall_tab (FilesTab *tab, FilesPaneMemory *memory)
{
  const FilesVisit *visit = files_history_peek (memory->history, 0);

  if (visit != NULL)
    files_tab_set_how (tab, visit->location, &memory->how);
  files_tab_show_history (tab, g_steal_pointer (&memory->history));
}

/**
 * files_panes_recall:
 * @self: new panes
 * @memory: (transfer full): what was kept of some
 *
 * Opens what was closed.
 */
void
files_panes_recall (FilesPanes *self, FilesPanesMemory *memory)
{
  if (memory->n_panes > 1)
    add_other (self);
  files_panes_activate (self, files_panes_get_nth (self, memory->active));
  for (guint i = 0; i < memory->n_panes; i++)
    recall_tab (files_panes_get_nth (self, i), &memory->panes[i]);
  files_panes_memory_free (memory);
  say_changed (self);
}

/* The divider goes for all windows, and for those to come. */
static void
moved_cb (FilesPanes *self)
{
  FilesWindowState window = *files_state_get_window (self->state);

  window.divider = pane_split_get_fraction (self->split);
  files_state_set_window (self->state, &window);
}

static char *
dup_title (FilesPanes *self)
{
  FilesTab *tab;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) titles = NULL;

  for (guint i = 0; (tab = files_panes_get_nth (self, i)) != NULL; i++)
    {
      char *title = NULL;

      g_object_get (tab, "title", &title, NULL);
      if (title != NULL)
        g_strv_builder_take (builder, title);
    }
  titles = g_strv_builder_end (builder);
  return g_strjoinv (" | ", titles);
}

static gboolean
has_any (FilesPanes *self, const char *property)
{
  FilesTab *tab;
  gboolean has = FALSE;

  for (guint i = 0; !has && (tab = files_panes_get_nth (self, i)) != NULL; i++)
    g_object_get (tab, property, &has, NULL);
  return has;
}

static void
files_panes_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FilesPanes *self = FILES_PANES (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_take_string (value, dup_title (self));
      break;
    case PROP_LOADING:
    case PROP_ASKED:
      g_value_set_boolean (value, has_any (self, pspec->name));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
files_panes_dispose (GObject *object)
{
  FilesPanes *self = FILES_PANES (object);
  GtkWidget *split;
  FilesTab *tab;

  for (guint i = 0; (tab = files_panes_get_nth (self, i)) != NULL; i++)
    g_signal_handlers_disconnect_by_data (tab, self);
  g_clear_handle_id (&self->settle_source, g_source_remove);
  self->active = NULL;
  split = GTK_WIDGET (g_steal_pointer (&self->split));
  if (split != NULL)
    gtk_widget_unparent (split);
  g_clear_object (&self->state);
  G_OBJECT_CLASS (files_panes_parent_class)->dispose (object);
}

static void
files_panes_class_init (FilesPanesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = files_panes_get_property;
  object_class->dispose = files_panes_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  properties[PROP_ASKED] = g_param_spec_boolean ("asked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHANGED] = files_signal_new (FILES_TYPE_PANES, "changed", 0);
  signals[OPEN]
      = files_signal_new (FILES_TYPE_PANES, "open", 2, G_TYPE_FILE, PANE_TYPE_OPEN_TARGET);
  signals[MENU] = files_signal_new (FILES_TYPE_PANES,
                                    "menu",
                                    4,
                                    FILES_TYPE_TAB,
                                    G_TYPE_UINT,
                                    G_TYPE_DOUBLE,
                                    G_TYPE_DOUBLE);
  signals[EDIT_LOCATION] = files_signal_new (FILES_TYPE_PANES, "edit-location", 1, G_TYPE_STRING);
  signals[FAILED] = files_signal_new (FILES_TYPE_PANES, "failed", 1, G_TYPE_STRING);
}

static void
files_panes_init (FilesPanes *self)
{
  self->split = PANE_SPLIT (pane_split_new ());
  g_signal_connect_object (self->split, "moved", G_CALLBACK (moved_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->split,
                           "arranged",
                           G_CALLBACK (update_names),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_parent (GTK_WIDGET (self->split), GTK_WIDGET (self));
}

/**
 * files_panes_new:
 * @state: what is remembered
 * @view_id: (nullable): the view to begin with, or %NULL for the remembered one
 *
 * Returns: (transfer floating): one pane, without a place
 */
FilesPanes *
files_panes_new (FilesState *state, const char *view_id)
{
  FilesPanes *self = g_object_new (FILES_TYPE_PANES, NULL);

  self->state = g_object_ref (state);
  self->active = add_tab (self, view_id);
  return self;
}
