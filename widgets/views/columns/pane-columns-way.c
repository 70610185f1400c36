/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the user gets from one column of the columns view into another: by keys or by clicking on an
 * entry. Only the host can open a folder: it is asked, and where the user wants to be is noted
 * until that folder's rows come, which may take its time and may never happen. Loop's thread only;
 * touches no file.
 */
#include "pane-columns-private.h"

#include <math.h>

static PaneFolderModel *
get_model (PaneColumnsView *self)
{
  return pane_view_get_model (PANE_VIEW (self));
}

/* Going places */

void
pane_columns_view_forget_wanted (PaneColumnsView *self)
{
  g_clear_object (&self->wanted);
  g_clear_pointer (&self->wanted_name, g_free);
}

static void
go (PaneColumnsView *self, GFile *location, const char *name, double y, Arrival arrival)
{
  g_set_object (&self->wanted, location);
  g_set_str (&self->wanted_name, name);
  self->wanted_y = y;
  self->arrival = arrival;
  pane_view_open (PANE_VIEW (self), location);
}

static void
arrive (PaneColumnsView *self, guint32 id)
{
  PaneView *view = PANE_VIEW (self);
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, 0, 0);
  Arrival arrival = self->arrival;

  self->is_arriving = TRUE;
  pane_folder_model_select_id (get_model (self), id, TRUE);
  pane_folder_model_set_focus_id (get_model (self), id);
  pane_view_reveal (view, id, TRUE);
  if (!isnan (self->wanted_y))
    pane_slot_view_put (PANE_SLOT_VIEW (self), id, self->wanted_y);
  self->is_arriving = FALSE;
  pane_columns_view_forget_wanted (self);
  pane_columns_view_show_focus (self);
  if (arrival == ARRIVE_ACTIVATE)
    pane_view_activate (view, id);
  else if (arrival == ARRIVE_MENU)
    {
      pane_view_get_entry_bounds (view, id, &bounds);
      pane_view_request_menu (view,
                              id,
                              bounds.origin.x + bounds.size.width / 2,
                              bounds.origin.y + bounds.size.height);
    }
}

/* More of the folder may be to come. */
static void
found_cb (ThawFuture *completed, gpointer data)
{
  PaneColumnsView *self = data;
  gint64 id = THAW_NO_ENTRY;

  self->is_asked = FALSE;
  if (thaw_future_get_error (completed) == NULL)
    id = thaw_future_get_int64 (completed, NULL);
  if (self->wanted_name == NULL || self->folder == NULL
      || !g_file_equal (self->wanted, pane_columns_view_get_location (self)))
    return;
  if (pane_folder_model_find (get_model (self), (guint32) id) != GTK_INVALID_LIST_POSITION)
    arrive (self, (guint32) id);
  else if (thaw_folder_get_state (self->folder) == THAW_FOLDER_READY)
    pane_columns_view_forget_wanted (self);
}

void
pane_columns_view_look_for_wanted (PaneColumnsView *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));
  g_autoptr (ThawFuture) id = NULL;

  if (self->wanted == NULL || self->folder == NULL || self->is_asked
      || !g_file_equal (self->wanted, pane_columns_view_get_location (self)))
    return;
  if (self->wanted_name == NULL)
    {
      if (thaw_order_get_n (order) > 0)
        arrive (self, thaw_order_get_id (order, 0));
      return;
    }
  self->is_asked = TRUE;
  id = pane_columns_find (self->scope, order, self->wanted_name);
  thaw_future_done (id, self->scope, found_cb, self, NULL);
}

/* Keys */

static void
go_down (PaneColumnsView *self)
{
  gboolean is_folder;
  g_autoptr (GFile) file = pane_columns_view_dup_focus_file (self, &is_folder);

  if (is_folder
      && !(pane_columns_is_at (self->beside, file)
           && pane_columns_folder_is_empty (pane_columns_get_folder (self->beside))))
    go (self, file, NULL, NAN, ARRIVE_SELECT);
}

static void
go_up (PaneColumnsView *self)
{
  GFile *location = pane_columns_view_get_location (self);
  g_autoptr (GFile) parent = location != NULL ? g_file_get_parent (location) : NULL;
  PaneColumn *column
      = self->before->len > 0 ? g_ptr_array_index (self->before, self->before->len - 1) : NULL;
  g_autofree char *name = NULL;
  double y;

  if (parent == NULL || !pane_columns_is_at (column, parent))
    return;
  name = g_file_get_basename (location);
  y = pane_columns_folder_find_leading_y (pane_columns_get_folder (column));
  go (self, parent, name, y, ARRIVE_SELECT);
}

/* Before GTK's list, which knows no way sideways. */
static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                PaneColumnsView *self)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  gboolean is_left = keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left;
  gboolean is_right = keyval == GDK_KEY_Right || keyval == GDK_KEY_KP_Right;

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK | GDK_SUPER_MASK)) != 0
      || (!is_left && !is_right))
    return GDK_EVENT_PROPAGATE;
  if (is_right != is_rtl)
    go_down (self);
  else
    go_up (self);
  return GDK_EVENT_STOP;
}

void
pane_columns_view_add_keys (PaneColumnsView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (pane_slot_view_get_list (PANE_SLOT_VIEW (self)), keys);
}

/* The pointer */

/* What was clicked becomes what the user is at in its folder, which becomes the open one. */
static void
click_beside (PaneColumnsView *self, PaneColumn *column, double x, double y, int n, Arrival arrival)
{
  PaneColumnsFolder *beside = pane_columns_get_folder (column);
  PaneView *list = pane_columns_folder_get_list (beside);
  ThawEntryStore *store = pane_folder_model_get_store (pane_view_get_model (list));
  graphene_point_t point;
  guint32 id = THAW_NO_ENTRY;
  g_autoptr (GFile) file = NULL;

  if (gtk_widget_compute_point (GTK_WIDGET (self),
                                GTK_WIDGET (list),
                                &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                &point))
    id = pane_view_get_entry_at (list, point.x, point.y);
  if (id == THAW_NO_ENTRY)
    {
      if (!pane_columns_folder_is_empty (beside))
        pane_view_open (PANE_VIEW (self), pane_columns_folder_get_location (beside));
      return;
    }
  pane_folder_model_select_id (pane_view_get_model (list), id, TRUE);
  file = pane_view_dup_file (list, id);
  if (n == 2 && thaw_entry_store_is_folder (store, id))
    go (self, file, NULL, NAN, ARRIVE_SELECT);
  else
    go (self,
        pane_columns_folder_get_location (beside),
        thaw_entry_store_get_name (store, id),
        pane_columns_find_y (list, id),
        n == 2 ? ARRIVE_ACTIVATE : arrival);
}

/* The room after the last column is as good as that below the entries. */
static void
click_nothing (PaneColumnsView *self, guint button, double x, double y)
{
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (self)));
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (button == GDK_BUTTON_SECONDARY)
    pane_view_request_menu (PANE_VIEW (self), THAW_NO_ENTRY, x, y);
}

/* The second of two clicks finds the open folder's list where the other column was. */
static void
click_current (PaneColumnsView *self, GtkGesture *gesture, double x, double y, int n)
{
  guint32 id = pane_view_get_entry_at (PANE_VIEW (self), x, y);

  if (n == 2 && self->clicked_beside && id != THAW_NO_ENTRY)
    {
      gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
      pane_view_activate (PANE_VIEW (self), id);
    }
  self->clicked_beside = FALSE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n, double x, double y, PaneColumnsView *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkWidget *column = picked != NULL ? gtk_widget_get_ancestor (picked, PANE_TYPE_COLUMN) : NULL;
  graphene_point_t point = GRAPHENE_POINT_INIT (0, 0);

  if (column != NULL
      && gtk_widget_compute_point (GTK_WIDGET (self),
                                   column,
                                   &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                   &point)
      && pane_column_is_at_line (PANE_COLUMN (column), point.x))
    return;
  if (picked == GTK_WIDGET (self->strip))
    click_nothing (self, button, x, y);
  else if (column == GTK_WIDGET (self->current))
    click_current (self, GTK_GESTURE (gesture), x, y, n);
  else if (column != NULL && (button == GDK_BUTTON_PRIMARY || button == GDK_BUTTON_SECONDARY))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      self->clicked_beside = button == GDK_BUTTON_PRIMARY;
      click_beside (self,
                    PANE_COLUMN (column),
                    x,
                    y,
                    n,
                    button == GDK_BUTTON_SECONDARY ? ARRIVE_MENU : ARRIVE_SELECT);
    }
}

void
pane_columns_view_add_click (PaneColumnsView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}
