/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user does to the entries of a slot view with pointer, finger and keyboard, as far as
 * GTK's lists don't do it by themselves: opening, menus, and unselecting by a click beside
 * everything. Row numbers become entry ids here, at once: by the time somebody handles them the
 * rows may stand for others. Loop's thread only.
 */
#include "pane-canvas-private.h"
#include "pane-slot-view-private.h"
#include "pane-view-private.h"

static PaneFolderModel *
get_model (PaneSlotView *self)
{
  return pane_view_get_model (PANE_VIEW (self));
}

static void
activate_cb (GtkWidget *list, guint position, PaneSlotView *self)
{
  guint32 id = pane_folder_model_get_slot_id (get_model (self), position);

  if (THAW_IS_NOTE_ID (id))
    pane_folder_model_retry (get_model (self), id);
  else if (id != THAW_NO_ENTRY)
    pane_view_activate (PANE_VIEW (self), id);
}

static PaneCell *
pick_cell (PaneSlotView *self, double x, double y)
{
  GtkWidget *list = pane_slot_view_get_list (self);
  GtkWidget *picked = gtk_widget_pick (list, x, y, GTK_PICK_DEFAULT);

  return picked != NULL ? pane_slot_view_find_cell (self, picked) : NULL;
}

/* A menu is about what is selected: an entry that isn't becomes the selection, as a click would
 * make it. */
static guint32
prepare_menu (PaneSlotView *self, PaneCell *cell)
{
  guint32 id = cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;

  if (id == THAW_NO_ENTRY || THAW_IS_NOTE_ID (id))
    {
      gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (self)));
      return THAW_NO_ENTRY;
    }
  if (!pane_folder_model_is_id_selected (get_model (self), id))
    gtk_widget_activate_action (pane_slot_view_get_list (self),
                                "list.select-item",
                                "(ubb)",
                                pane_cell_get_position (cell)
                                    - pane_folder_model_get_offset (get_model (self)),
                                FALSE,
                                FALSE);
  gtk_widget_grab_focus (gtk_widget_get_parent (GTK_WIDGET (cell)));
  return id;
}

static void
request_menu_at (PaneSlotView *self, double x, double y)
{
  guint32 id = prepare_menu (self, pick_cell (self, x, y));
  graphene_point_t point;

  if (gtk_widget_compute_point (pane_slot_view_get_list (self),
                                GTK_WIDGET (self),
                                &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                &point))
    pane_view_request_menu (PANE_VIEW (self), id, point.x, point.y);
}

/* With the pointer a range starts where it is when nothing was chosen before. */
static void
range_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneSlotView *self)
{
  GdkModifierType modifiers
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  PaneCell *cell = (modifiers & GDK_SHIFT_MASK) != 0 ? pick_cell (self, x, y) : NULL;

  if (cell != NULL)
    pane_view_follower_ensure_anchor (pane_slot_view_get_follower (self), pane_cell_get_id (cell));
}

static void
menu_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneSlotView *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  request_menu_at (self, x, y);
}

static void
long_pressed_cb (GtkGestureLongPress *gesture, double x, double y, PaneSlotView *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  request_menu_at (self, x, y);
}

/* A plain click beside the entries means none of them. */
static void
background_pressed_cb (GtkGestureClick *gesture,
                       int n_press,
                       double x,
                       double y,
                       PaneSlotView *self)
{
  GdkModifierType modifiers
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  if ((modifiers & (GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0 || pick_cell (self, x, y) != NULL)
    return;
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (self)));
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

/* The Menu key and Shift+F10: at the focused entry, or in the middle when none is in sight. */
static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneSlotView *self = PANE_SLOT_VIEW (widget);
  graphene_rect_t bounds
      = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  graphene_point_t center;
  guint32 id;

  if (pane_slot_view_get_list (self) == NULL)
    return FALSE;
  id = prepare_menu (self, pane_slot_view_get_focus_cell (self));
  if (id != THAW_NO_ENTRY)
    pane_view_get_entry_bounds (PANE_VIEW (self), id, &bounds);
  graphene_rect_get_center (&bounds, &center);
  pane_view_request_menu (PANE_VIEW (self), id, center.x, center.y);
  return TRUE;
}

/* An entry or a note. */
static guint32
get_row_at (PaneView *view, double x, double y)
{
  PaneSlotView *self = PANE_SLOT_VIEW (view);
  GtkWidget *list = pane_slot_view_get_list (self);
  graphene_point_t point;
  PaneCell *cell;

  if (list == NULL
      || !gtk_widget_compute_point (GTK_WIDGET (view),
                                    list,
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return THAW_NO_ENTRY;
  cell = pick_cell (self, point.x, point.y);
  return cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;
}

/**
 * pane_slot_view_get_entry_at:
 * @view: a [class@Pane.SlotView]
 * @x: in the view's coordinates
 * @y: the same
 *
 * Returns: the entry there, or %THAW_NO_ENTRY
 */
guint32
pane_slot_view_get_entry_at (PaneView *view, double x, double y)
{
  guint32 id = get_row_at (view, x, y);

  return THAW_IS_NOTE_ID (id) ? THAW_NO_ENTRY : id;
}

/* A folder that says that it is empty takes what is dropped on that. */
GFile *
pane_slot_view_dup_drop_folder (PaneView *view,
                                double x,
                                double y,
                                guint32 *place,
                                gboolean *is_entry)
{
  return pane_view_dup_drop_folder_of (view, get_row_at (view, x, y), place, is_entry);
}

static PaneCell *
pick_for_drag (GtkWidget *list, double x, double y)
{
  return pick_cell (PANE_SLOT_VIEW (gtk_widget_get_ancestor (list, PANE_TYPE_SLOT_VIEW)), x, y);
}

static void
add_click (PaneSlotView *self, guint button, GtkPropagationPhase phase, GCallback callback)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), phase);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect (click, "pressed", callback, self);
  gtk_widget_add_controller (pane_slot_view_get_list (self), GTK_EVENT_CONTROLLER (click));
}

/**
 * pane_slot_view_add_input:
 * @self: a [class@Pane.SlotView] that has its list
 *
 * Listens to what the user does.
 */
void
pane_slot_view_add_input (PaneSlotView *self)
{
  GtkWidget *list = pane_slot_view_get_list (self);
  GtkGesture *long_press = gtk_gesture_long_press_new ();

  g_signal_connect (list, "activate", G_CALLBACK (activate_cb), self);
  add_click (self, GDK_BUTTON_PRIMARY, GTK_PHASE_CAPTURE, G_CALLBACK (range_pressed_cb));
  add_click (self, GDK_BUTTON_SECONDARY, GTK_PHASE_BUBBLE, G_CALLBACK (menu_pressed_cb));
  pane_view_add_drag_source (PANE_VIEW (self), list, pick_for_drag);
  add_click (self, GDK_BUTTON_PRIMARY, GTK_PHASE_BUBBLE, G_CALLBACK (background_pressed_cb));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (long_press), TRUE);
  g_signal_connect (long_press, "pressed", G_CALLBACK (long_pressed_cb), self);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (long_press));
}

/**
 * pane_slot_view_install_keys:
 * @widget_class: the class of slot views
 *
 * Adds the keys that GTK's lists don't have.
 */
void
pane_slot_view_install_keys (GtkWidgetClass *widget_class)
{
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}
