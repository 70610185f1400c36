/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sidebar. It shows the places and says which one was picked, and how; it opens nothing itself.
 * A place whose lane isn't answering gets a warning, not a spinner: the row can still be picked.
 * Loop's thread; no place is touched. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-sidebar.h"
#include "pane-location.h"
#include "pane-menu.h"
#include <glib/gi18n-lib.h>

struct _PaneSidebar {
  GtkWidget parent_instance;

  GtkListBox *list;
  PanePlaces *places;
  GFile *location;
  PanePlace *menu_place; /* what the open menu is about */
};

enum {
  PICKED,
  FAILED,
  EMPTY_TRASH,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];
static GQuark row_place;

G_DEFINE_FINAL_TYPE (PaneSidebar, pane_sidebar, GTK_TYPE_WIDGET)

static PanePlace *
get_row_place (GtkListBoxRow *row)
{
  return g_object_get_qdata (G_OBJECT (row), row_place);
}

static void
pick (PaneSidebar *self, PanePlace *place, PaneOpenTarget target)
{
  g_autoptr (GFile) location = g_object_ref (pane_place_get_location (place));

  g_signal_emit (self, signals[PICKED], 0, location, target);
}

static void
update_selection (PaneSidebar *self)
{
  GtkListBoxRow *row;

  gtk_list_box_unselect_all (self->list);
  if (self->location == NULL)
    return;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (g_file_equal (pane_place_get_location (get_row_place (row)), self->location))
      {
        gtk_list_box_select_row (self->list, row);
        return;
      }
}

static void
row_activated_cb (PaneSidebar *self, GtkListBoxRow *row)
{
  pick (self, get_row_place (row), PANE_OPEN_HERE);
  /* What is current is told by set_location(), not by the click. */
  update_selection (self);
}

/* The menu */

static void
append_open (GMenu *menu, const char *label, PaneOpenTarget target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, "place.open", "i", (int) target);
  g_menu_append_item (menu, item);
}

static GMenuModel *
make_menu (PanePlace *place)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) open = g_menu_new ();
  g_autoptr (GMenu) change = g_menu_new ();

  append_open (open, _ ("_Open"), PANE_OPEN_HERE);
  append_open (open, _ ("Open in New _Tab"), PANE_OPEN_TAB);
  append_open (open, _ ("Open in New _Window"), PANE_OPEN_WINDOW);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (open));
  if (pane_place_get_kind (place) == PANE_PLACE_BOOKMARK)
    {
      g_menu_append (change, _ ("_Remove Bookmark"), "place.remove");
      g_menu_append_section (menu, NULL, G_MENU_MODEL (change));
    }
  if (pane_place_get_kind (place) == PANE_PLACE_TRASH)
    {
      g_menu_append (change, _ ("_Empty Trash…"), "place.empty-trash");
      g_menu_append_section (menu, NULL, G_MENU_MODEL (change));
    }
  return G_MENU_MODEL (g_steal_pointer (&menu));
}

static void
show_menu (PaneSidebar *self, GtkListBoxRow *row, double x, double y)
{
  g_autoptr (GMenuModel) menu = make_menu (get_row_place (row));

  g_set_object (&self->menu_place, get_row_place (row));
  pane_menu_popup (GTK_WIDGET (self->list), menu, x, y);
}

static void
pressed_cb (PaneSidebar *self, int n_press, double x, double y, GtkGestureClick *gesture)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list, y);
  PaneOpenTarget target = pane_open_target_for_click (button, state);

  if (row == NULL || (button == GDK_BUTTON_PRIMARY && target == PANE_OPEN_HERE))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (button == GDK_BUTTON_SECONDARY)
    show_menu (self, row, x, y);
  else
    pick (self, get_row_place (row), target);
}

static void
open_action_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PaneSidebar *self = PANE_SIDEBAR (widget);

  if (self->menu_place != NULL)
    pick (self, self->menu_place, g_variant_get_int32 (parameter));
}

static void
bookmark_removed_cb (ThawFuture *completed, gpointer user_data)
{
  g_autoptr (PaneSidebar) self = g_weak_ref_get (user_data);
  const GError *error = thaw_future_get_error (completed);

  if (self != NULL && error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, error);
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
remove_action_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PaneSidebar *self = PANE_SIDEBAR (widget);
  g_autoptr (ThawFuture) written = NULL;
  GWeakRef *weak;

  g_return_if_fail (self->menu_place != NULL);
  weak = g_new0 (GWeakRef, 1);
  g_weak_ref_init (weak, self);
  written
      = pane_places_set_bookmark (self->places, pane_place_get_location (self->menu_place), FALSE);
  thaw_future_done (written, NULL, bookmark_removed_cb, weak, weak_ref_free);
}

static void
empty_trash_action_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[EMPTY_TRASH], 0);
}

/* The rows */

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  PanePlace *place = item;
  g_autofree char *text = pane_location_dup_text (pane_place_get_location (place));
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = gtk_image_new ();
  GtkWidget *label = gtk_label_new (pane_place_get_title (place));
  GtkWidget *warning = gtk_image_new_from_icon_name ("dialog-warning-symbolic");

  g_object_bind_property (place, "icon-name", icon, "icon-name", G_BINDING_SYNC_CREATE);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_add_css_class (warning, "warning");
  gtk_widget_set_tooltip_text (warning, _ ("Not answering"));
  gtk_box_append (GTK_BOX (box), warning);
  g_object_bind_property (place, "silent", warning, "visible", G_BINDING_SYNC_CREATE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_tooltip_text (row, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pane_place_get_title (place),
                                  -1);
  g_object_set_qdata_full (G_OBJECT (row), row_place, g_object_ref (place), g_object_unref);
  return row;
}

static guint
section_of (GtkListBoxRow *row)
{
  switch (pane_place_get_kind (get_row_place (row)))
    {
    case PANE_PLACE_BOOKMARK:
      return 1;
    case PANE_PLACE_COMPUTER:
    case PANE_PLACE_MOUNT:
    case PANE_PLACE_NETWORK:
      return 2;
    case PANE_PLACE_HOME:
    case PANE_PLACE_RECENT:
    case PANE_PLACE_USER_FOLDER:
    case PANE_PLACE_TRASH:
    default:
      return 0;
    }
}

static void
set_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer user_data)
{
  gboolean wanted = before != NULL && section_of (before) != section_of (row);

  if (wanted != (gtk_list_box_row_get_header (row) != NULL))
    gtk_list_box_row_set_header (row,
                                 wanted ? gtk_separator_new (GTK_ORIENTATION_HORIZONTAL) : NULL);
}

/**
 * pane_sidebar_set_places:
 * @self: a sidebar
 * @places: what it shows
 *
 * Sets the places; several sidebars may share them.
 */
void
pane_sidebar_set_places (PaneSidebar *self, PanePlaces *places)
{
  g_return_if_fail (PANE_IS_SIDEBAR (self));

  if (self->places != NULL)
    g_signal_handlers_disconnect_by_func (self->places, update_selection, self);
  if (!g_set_object (&self->places, places))
    return;
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (places), make_row, self, NULL);
  g_signal_connect_object (places,
                           "items-changed",
                           G_CALLBACK (update_selection),
                           self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  update_selection (self);
}

/**
 * pane_sidebar_set_location:
 * @self: a sidebar
 * @location: (nullable): the place that is shown beside it
 *
 * Marks the row of @location, if it has one.
 */
void
pane_sidebar_set_location (PaneSidebar *self, GFile *location)
{
  g_return_if_fail (PANE_IS_SIDEBAR (self));

  if (g_set_object (&self->location, location))
    update_selection (self);
}

/**
 * pane_sidebar_get_row_at:
 * @self: a sidebar
 * @x: a point of it
 * @y: the same
 *
 * Returns: the number of the place's row there, or -1
 */
int
pane_sidebar_get_row_at (PaneSidebar *self, double x, double y)
{
  graphene_point_t point;
  GtkListBoxRow *row;

  g_return_val_if_fail (PANE_IS_SIDEBAR (self), -1);

  if (!gtk_widget_compute_point (GTK_WIDGET (self),
                                 GTK_WIDGET (self->list),
                                 &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                 &point))
    return -1;
  row = gtk_list_box_get_row_at_y (self->list, point.y);
  return row != NULL ? gtk_list_box_row_get_index (row) : -1;
}

/**
 * pane_sidebar_get_row_location:
 * @self: a sidebar
 * @row: the number of a row
 *
 * Returns: (transfer none) (nullable): where it leads, %NULL if there is no such row
 */
GFile *
pane_sidebar_get_row_location (PaneSidebar *self, int row)
{
  GtkListBoxRow *found = row >= 0 ? gtk_list_box_get_row_at_index (self->list, row) : NULL;

  return found != NULL ? pane_place_get_location (get_row_place (found)) : NULL;
}

/**
 * pane_sidebar_set_drop_row:
 * @self: a sidebar
 * @row: the number of a row, -1 for none
 *
 * Shows that what is dragged would go there.
 */
void
pane_sidebar_set_drop_row (PaneSidebar *self, int row)
{
  GtkListBoxRow *found = row >= 0 ? gtk_list_box_get_row_at_index (self->list, row) : NULL;

  if (found != NULL)
    gtk_list_box_drag_highlight_row (self->list, found);
  else
    gtk_list_box_drag_unhighlight_row (self->list);
}

static void
pane_sidebar_dispose (GObject *object)
{
  PaneSidebar *self = PANE_SIDEBAR (object);
  GtkWidget *child;

  g_clear_object (&self->places);
  g_clear_object (&self->location);
  g_clear_object (&self->menu_place);
  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_SIDEBAR);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (pane_sidebar_parent_class)->dispose (object);
}

static void
pane_sidebar_class_init (PaneSidebarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  row_place = g_quark_from_static_string ("pane-row-place");
  object_class->dispose = pane_sidebar_dispose;
  signals[PICKED] = g_signal_new ("picked",
                                  PANE_TYPE_SIDEBAR,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  2,
                                  G_TYPE_FILE,
                                  PANE_TYPE_OPEN_TARGET);
  signals[FAILED] = g_signal_new ("failed",
                                  PANE_TYPE_SIDEBAR,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  G_TYPE_ERROR);
  signals[EMPTY_TRASH] = g_signal_new ("empty-trash",
                                       PANE_TYPE_SIDEBAR,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Pane/sidebar/pane-sidebar.ui");
  gtk_widget_class_bind_template_child (widget_class, PaneSidebar, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
  gtk_widget_class_install_action (widget_class, "place.open", "i", open_action_cb);
  gtk_widget_class_install_action (widget_class, "place.remove", NULL, remove_action_cb);
  gtk_widget_class_install_action (widget_class, "place.empty-trash", NULL, empty_trash_action_cb);
}

static void
pane_sidebar_init (PaneSidebar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->list, set_header, NULL, NULL);
}

/**
 * pane_sidebar_new:
 * @places: what it shows
 *
 * Returns: (transfer floating): a sidebar
 */
GtkWidget *
pane_sidebar_new (PanePlaces *places)
{
  PaneSidebar *self = g_object_new (PANE_TYPE_SIDEBAR, NULL);

  pane_sidebar_set_places (self, places);
  return GTK_WIDGET (self);
}
