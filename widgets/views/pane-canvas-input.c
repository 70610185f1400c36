/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the pointer and fingers do on a canvas: choosing, opening, menus and the beginning of drags,
 * the way GTK's lists do it. A press on what is already chosen changes nothing before it is let go,
 * because it may be the beginning of a drag of all of it. Loop's thread only.
 */
#include "pane-canvas-private.h"

#include <math.h>

/* Where a range starts; GTK_INVALID_LIST_POSITION: nothing that is shown was chosen before. */
static guint
get_anchor (PaneCanvas *self)
{
  PaneFolderModel *model = pane_canvas_get_model (self);

  return pane_folder_model_find (model, pane_folder_model_get_anchor_id (model));
}

static void
select_range (PaneCanvas *self, guint position, gboolean only)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (pane_canvas_get_model (self));
  guint anchor = get_anchor (self);
  guint from = MIN (anchor, position);

  gtk_selection_model_select_range (model, from, MAX (anchor, position) - from + 1, only);
}

/**
 * pane_canvas_select:
 * @self: a canvas
 * @position: where
 * @extend: whether everything from where the last choice was, to here (Shift)
 * @toggle: whether the other way round, or in addition (Ctrl)
 *
 * Chooses as the user has asked for.
 */
void
pane_canvas_select (PaneCanvas *self, guint position, gboolean extend, gboolean toggle)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (pane_canvas_get_model (self));

  if (pane_folder_model_get_id (pane_canvas_get_model (self), position) == THAW_NO_ENTRY)
    return;
  if (extend && get_anchor (self) != GTK_INVALID_LIST_POSITION)
    select_range (self, position, !toggle);
  else if (extend || !toggle)
    gtk_selection_model_select_item (model, position, TRUE);
  else if (gtk_selection_model_is_selected (model, position))
    gtk_selection_model_unselect_item (model, position);
  else
    gtk_selection_model_select_item (model, position, FALSE);
}

static void
get_modifiers (GtkGesture *gesture, gboolean *extend, gboolean *toggle)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));

  *extend = (state & GDK_SHIFT_MASK) != 0;
  *toggle = (state & GDK_CONTROL_MASK) != 0;
}

static void
press_background (PaneCanvas *self, gboolean extend, gboolean toggle)
{
  if (!extend && !toggle)
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (pane_canvas_get_model (self)));
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneCanvas *self)
{
  PaneCell *cell = pane_canvas_pick (self, x, y);
  gboolean extend, toggle;
  guint position;

  get_modifiers (GTK_GESTURE (gesture), &extend, &toggle);
  if (pane_canvas_get_model (self) == NULL)
    return;
  if (cell == NULL)
    {
      press_background (self, extend, toggle);
      return;
    }
  position = pane_cell_get_position (cell);
  pane_canvas_reveal (self, position, TRUE);
  if (n_press == 2 && !extend && !toggle)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      pane_view_activate (pane_canvas_get_view (self), pane_cell_get_id (cell));
      return;
    }
  if (extend || toggle
      || !pane_folder_model_is_id_selected (pane_canvas_get_model (self), pane_cell_get_id (cell)))
    pane_canvas_select (self, position, extend, toggle);
}

/* Nothing was dragged: of several that were chosen only this one is. */
static void
released_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneCanvas *self)
{
  PaneCell *cell = pane_canvas_pick (self, x, y);
  gboolean extend, toggle;

  get_modifiers (GTK_GESTURE (gesture), &extend, &toggle);
  if (cell != NULL && !extend && !toggle && n_press == 1
      && pane_folder_model_get_n_selected (pane_canvas_get_model (self)) > 1)
    pane_canvas_select (self, pane_cell_get_position (cell), FALSE, FALSE);
}

/**
 * pane_canvas_request_menu:
 * @self: a canvas
 * @cell: (nullable): whose menu; %NULL for the background's
 * @x: where, in the canvas
 * @y: where, in the canvas
 *
 * Asks for a menu. It is about what is chosen: an entry that isn't becomes the choice.
 */
void
pane_canvas_request_menu (PaneCanvas *self, PaneCell *cell, double x, double y)
{
  PaneFolderModel *model = pane_canvas_get_model (self);
  guint32 id = cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;
  graphene_point_t point;

  if (id == THAW_NO_ENTRY)
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (model));
  else
    {
      if (!pane_folder_model_is_id_selected (model, id))
        pane_canvas_select (self, pane_cell_get_position (cell), FALSE, FALSE);
      pane_canvas_reveal (self, pane_cell_get_position (cell), TRUE);
    }
  if (gtk_widget_compute_point (GTK_WIDGET (self),
                                GTK_WIDGET (pane_canvas_get_view (self)),
                                &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                &point))
    pane_view_request_menu (pane_canvas_get_view (self), id, point.x, point.y);
}

static void
menu_pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneCanvas *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (pane_canvas_get_model (self) != NULL)
    pane_canvas_request_menu (self, pane_canvas_pick (self, x, y), x, y);
}

static void
long_pressed_cb (GtkGestureLongPress *gesture, double x, double y, PaneCanvas *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (pane_canvas_get_model (self) != NULL)
    pane_canvas_request_menu (self, pane_canvas_pick (self, x, y), x, y);
}

static PaneCell *
pick_for_drag (GtkWidget *surface, double x, double y)
{
  return pane_canvas_pick (PANE_CANVAS (surface), x, y);
}

/* A wheel that only turns up and down leads along what is scrolled sideways, too. */
static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double dx, double dy, PaneCanvas *self)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  int width, height;

  if (pane_canvas_get_orientation (self) != GTK_ORIENTATION_HORIZONTAL || dx != 0
      || (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return GDK_EVENT_PROPAGATE;
  pane_canvas_get_page (self, &width, &height);
  if (gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_WHEEL)
    dy *= pow (width, 2.0 / 3.0); /* as far as GTK goes */
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    dy = -dy;
  pane_canvas_scroll_by (self, dy, 0);
  return GDK_EVENT_STOP;
}

static GtkGesture *
add_click (PaneCanvas *self, guint button, GCallback pressed)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect (click, "pressed", pressed, self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  return click;
}

/**
 * pane_canvas_add_input:
 * @self: a canvas, just made
 *
 * Listens to pointer and fingers.
 */
void
pane_canvas_add_input (PaneCanvas *self)
{
  GtkGesture *long_press = gtk_gesture_long_press_new ();
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

  g_signal_connect (add_click (self, GDK_BUTTON_PRIMARY, G_CALLBACK (pressed_cb)),
                    "released",
                    G_CALLBACK (released_cb),
                    self);
  add_click (self, GDK_BUTTON_SECONDARY, G_CALLBACK (menu_pressed_cb));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (long_press), TRUE);
  g_signal_connect (long_press, "pressed", G_CALLBACK (long_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (long_press));
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  pane_view_add_drag_source (pane_canvas_get_view (self), GTK_WIDGET (self), pick_for_drag);
}
