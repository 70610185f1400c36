/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keys and the wheel do in a tab's rows, or in what stands in their place: type-ahead, and
 * keys that mean something else in an entry, so that they can't be the window's. Loop's thread. */

#include "files-tab-private.h"

static void
type_ahead_found_cb (FilesTab *self, guint id)
{
  files_tab_focus_id (self, id);
}

static gboolean
key_pressed_cb (FilesTab *self, guint keyval, guint keycode, GdkModifierType state)
{
  gboolean is_plain = (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0;

  if (GTK_IS_EDITABLE (gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)))))
    return GDK_EVENT_PROPAGATE;
  if (is_plain && (keyval == GDK_KEY_slash || keyval == GDK_KEY_asciitilde))
    {
      files_tab_ask_location (self, keyval == GDK_KEY_slash ? "/" : "~");
      return GDK_EVENT_STOP;
    }
  if (files_tab_shows_rows (self) && files_type_ahead_key (self->type_ahead, keyval, state))
    return GDK_EVENT_STOP;
  /* Before GTK's lists take it for selecting; Ctrl+Space still does. */
  if (is_plain && (state & GDK_SHIFT_MASK) == 0 && keyval == GDK_KEY_space
      && files_tab_shows_rows (self))
    {
      gtk_widget_activate_action_variant (GTK_WIDGET (self), "win.quick-look", NULL);
      return GDK_EVENT_STOP;
    }
  if (is_plain && keyval == GDK_KEY_BackSpace)
    {
      files_tab_go_up (self);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

static gboolean
scroll_cb (FilesTab *self, double dx, double dy, GtkEventControllerScroll *controller)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if ((state & GDK_CONTROL_MASK) == 0 || dy == 0)
    return GDK_EVENT_PROPAGATE;
  files_tab_zoom (self, dy < 0 ? 1 : -1);
  return GDK_EVENT_STOP;
}

/* The window's actions; files-shortcuts.c lists them for the user. */
static const struct {
  guint keyval;
  GdkModifierType modifiers;
  const char *action;
} row_keys[] = {
  { GDK_KEY_Return, GDK_CONTROL_MASK, "win.open-tab" },
  { GDK_KEY_KP_Enter, GDK_CONTROL_MASK, "win.open-tab" },
  { GDK_KEY_Return, GDK_SHIFT_MASK, "win.open-window" },
  { GDK_KEY_KP_Enter, GDK_SHIFT_MASK, "win.open-window" },
  { GDK_KEY_Return, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.open-other" },
  { GDK_KEY_KP_Enter, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.open-other" },
  { GDK_KEY_F5, GDK_SHIFT_MASK, "win.copy-to-other" },
  { GDK_KEY_F6, GDK_SHIFT_MASK, "win.move-to-other" },
  { GDK_KEY_a, GDK_CONTROL_MASK, "win.select-all" },
  { GDK_KEY_i, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.invert-selection" },
  { GDK_KEY_c, GDK_CONTROL_MASK, "win.copy" },
  { GDK_KEY_x, GDK_CONTROL_MASK, "win.cut" },
  { GDK_KEY_v, GDK_CONTROL_MASK, "win.paste" },
  { GDK_KEY_m, GDK_CONTROL_MASK, "win.paste-link" },
  { GDK_KEY_Delete, 0, "win.trash" },
  { GDK_KEY_KP_Delete, 0, "win.trash" },
  { GDK_KEY_Delete, GDK_SHIFT_MASK, "win.delete" },
  { GDK_KEY_KP_Delete, GDK_SHIFT_MASK, "win.delete" },
  { GDK_KEY_F2, 0, "win.rename" },
  { GDK_KEY_d, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.duplicate" },
  { GDK_KEY_z, GDK_CONTROL_MASK, "win.undo" },
  { GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.redo" },
  { GDK_KEY_y, GDK_CONTROL_MASK, "win.redo" },
  { GDK_KEY_c, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.copy-path" },
};

/* A key that an entry has no use for (Ctrl+Z where there is nothing to undo, Ctrl+M, F2) comes here from the entries of a tab
 * and of its popovers. There it isn't about files. */
static gboolean
row_key_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  if (root != NULL && GTK_IS_EDITABLE (gtk_root_get_focus (root)))
    return GDK_EVENT_PROPAGATE;
  return gtk_widget_activate_action_variant (widget, user_data, NULL);
}

static void
add_row_key (GtkWidgetClass *widget_class, guint keyval, GdkModifierType modifiers, const char *action)
{
  g_autoptr (GtkShortcut) shortcut
      = gtk_shortcut_new (gtk_keyval_trigger_new (keyval, modifiers),
                          gtk_callback_action_new (row_key_cb, (gpointer) action, NULL));

  gtk_widget_class_add_shortcut (widget_class, shortcut);
}

/**
 * files_tab_bind_keys:
 * @widget_class: the tab's class
 *
 * Adds the keys of the rows, and names the callbacks for the template.
 */
void
files_tab_bind_keys (GtkWidgetClass *widget_class)
{
  for (guint i = 0; i < G_N_ELEMENTS (row_keys); i++)
    add_row_key (widget_class, row_keys[i].keyval, row_keys[i].modifiers, row_keys[i].action);
  gtk_widget_class_bind_template_callback (widget_class, type_ahead_found_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, scroll_cb);
}
