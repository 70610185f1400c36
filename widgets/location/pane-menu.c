/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Context menus. A menu that opens by the right mouse button alone is out of reach for a finger and
 * for the keyboard: here are all the ways to ask for one, once, for whatever widget has a menu.
 * What is in the menu is made when it is asked for. Loop's thread. */

#include "pane-menu.h"

#include <adwaita.h>

typedef struct {
  PaneMenuFunc func;
  gpointer user_data;
} Watch;

static void
watch_free (gpointer watch, GClosure *closure)
{
  g_free (watch);
}

static void
ask (GtkEventController *controller, double x, double y, const Watch *watch)
{
  watch->func (gtk_event_controller_get_widget (controller), x, y, watch->user_data);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer watch)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  ask (GTK_EVENT_CONTROLLER (gesture), x, y, watch);
}

static void
held_cb (GtkGestureLongPress *gesture, double x, double y, gpointer watch)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  ask (GTK_EVENT_CONTROLLER (gesture), x, y, watch);
}

/* The keys have no place: below a button, as its own menu would be, else where the eye is. */
static gboolean
key_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  const Watch *watch = user_data;
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (GTK_IS_BUTTON (widget))
    watch->func (widget, 0, height, watch->user_data);
  else
    watch->func (widget, width / 2, height / 2, watch->user_data);
  return GDK_EVENT_STOP;
}

static void
add_key (GtkShortcutController *keys,
         guint keyval,
         GdkModifierType modifiers,
         PaneMenuFunc func,
         gpointer user_data)
{
  Watch *watch = g_new (Watch, 1);

  *watch = (Watch){ func, user_data };
  gtk_shortcut_controller_add_shortcut (
      keys,
      gtk_shortcut_new (gtk_keyval_trigger_new (keyval, modifiers),
                        gtk_callback_action_new (key_cb, watch, g_free)));
}

static void
add_keys (GtkWidget *widget, PaneMenuFunc func, gpointer user_data)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  add_key (GTK_SHORTCUT_CONTROLLER (keys), GDK_KEY_Menu, 0, func, user_data);
  add_key (GTK_SHORTCUT_CONTROLLER (keys), GDK_KEY_F10, GDK_SHIFT_MASK, func, user_data);
  if (GTK_IS_BUTTON (widget))
    add_key (GTK_SHORTCUT_CONTROLLER (keys), GDK_KEY_Down, GDK_ALT_MASK, func, user_data);
  gtk_widget_add_controller (widget, keys);
}

static void
add_gesture (GtkWidget *widget,
             GtkGesture *gesture,
             GCallback pressed,
             PaneMenuFunc func,
             gpointer user_data)
{
  Watch *watch = g_new (Watch, 1);

  *watch = (Watch){ func, user_data };
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (gesture), GTK_PHASE_CAPTURE);
  g_signal_connect_data (gesture, "pressed", pressed, watch, watch_free, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (gesture));
}

/**
 * pane_menu_watch:
 * @widget: what has a menu
 * @func: (scope notified) (closure user_data): shows it
 * @user_data: for @func; has to outlive @widget
 *
 * Calls @func when the menu of @widget is asked for: by the right mouse button, by holding a finger
 * on it, by the Menu key or Shift+F10 while the focus is in it. A button can also be held with the
 * mouse, and opens its menu with Alt+Down, as drop-down lists do.
 */
void
pane_menu_watch (GtkWidget *widget, PaneMenuFunc func, gpointer user_data)
{
  GtkGesture *click, *hold;

  g_return_if_fail (GTK_IS_WIDGET (widget));
  g_return_if_fail (func != NULL);

  click = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  add_gesture (widget, click, G_CALLBACK (pressed_cb), func, user_data);
  hold = gtk_gesture_long_press_new ();
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), !GTK_IS_BUTTON (widget));
  add_gesture (widget, hold, G_CALLBACK (held_cb), func, user_data);
  add_keys (widget, func, user_data);
}

static void
unparent_cb (gpointer popover)
{
  gtk_widget_unparent (popover);
  g_object_unref (popover);
}

/* The action of the item that was picked runs after ::closed, so the popover has to outlive it. */
static void
closed_cb (GtkPopover *popover, gpointer user_data)
{
  g_idle_add_once (unparent_cb, g_object_ref (popover));
}

/* GTK finds no way back by itself when neither @parent nor anything above it takes the focus, and
 * begins at the window's first widget. */
static void
restore_focus_cb (GtkWidget *focus)
{
  if (gtk_widget_get_mapped (focus))
    gtk_widget_grab_focus (focus);
}

static void
keep_focus (GtkWidget *popover, GtkWidget *parent)
{
  GtkRoot *root = gtk_widget_get_root (parent);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL)
    g_signal_connect_object (popover,
                             "closed",
                             G_CALLBACK (restore_focus_cb),
                             focus,
                             G_CONNECT_SWAPPED);
}

/* It may have been asked for before that came up. */
static gboolean
is_behind_dialog (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  AdwDialog *dialog
      = ADW_IS_APPLICATION_WINDOW (root)
            ? adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (root))
            : NULL;

  return dialog != NULL && !gtk_widget_is_ancestor (widget, GTK_WIDGET (dialog));
}

/**
 * pane_menu_popup:
 * @parent: a widget, whose layout manager has to put up with one more child
 * @model: the menu
 * @x: where, in the coordinates of @parent
 * @y: where, in the coordinates of @parent
 *
 * Pops a menu up; it goes away by itself when it is closed, and the focus returns to where it was.
 * Behind a dialog it doesn't pop up: there it would only take the keys from that.
 */
void
pane_menu_popup (GtkWidget *parent, GMenuModel *model, double x, double y)
{
  GtkWidget *popover;
  GdkRectangle at = { x, y, 1, 1 };
  gboolean is_rtl;

  g_return_if_fail (GTK_IS_WIDGET (parent));
  g_return_if_fail (G_IS_MENU_MODEL (model));

  if (is_behind_dialog (parent))
    return;
  is_rtl = gtk_widget_get_direction (parent) == GTK_TEXT_DIR_RTL;
  popover = gtk_popover_menu_new_from_model (model);
  gtk_widget_set_parent (popover, parent);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (popover), GTK_POS_BOTTOM);
  gtk_widget_set_halign (popover, is_rtl ? GTK_ALIGN_END : GTK_ALIGN_START);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &at);
  keep_focus (popover, parent);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}
