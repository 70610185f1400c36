/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the keys in the dialog that is up, whichever it is and whoever has presented it. libadwaita
 * only takes the pointer from what is behind one. It leaves it the window's keys, the focus when
 * somebody takes that for it, and a popover that was open its grab: then the dialog doesn't hear
 * Escape any more, and the window no key at all. Loop's thread. */

#include "files-dialog-keys.h"
#include "files-shortcuts.h"

#define HEARS_QUIT "files-hears-quit"

typedef struct {
  GtkWidget *focus; /* weak: where it last was in a dialog */
} DialogKeys;

static void
dialog_keys_free (gpointer data, GClosure *closure)
{
  DialogKeys *self = data;

  g_clear_weak_pointer (&self->focus);
  g_free (self);
}

static GtkWidget *
get_dialog (GtkWindow *window)
{
  AdwDialog *dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (window));

  return dialog != NULL ? GTK_WIDGET (dialog) : NULL;
}

/* Those in others come first. */
static void
find_popovers (GtkWidget *widget, GtkWidget *except, GPtrArray *found)
{
  GtkWidget *child;

  for (child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (child == except || !gtk_widget_get_mapped (child))
        continue;
      find_popovers (child, except, found);
      if (GTK_IS_POPOVER (child))
        g_ptr_array_add (found, g_object_ref (child));
    }
}

static void
close_popovers (GtkWindow *window, GtkWidget *dialog)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);

  find_popovers (GTK_WIDGET (window), dialog, found);
  for (guint i = 0; i < found->len; i++)
    gtk_popover_popdown (found->pdata[i]);
}

/* What had the focus before may have gone with a popover. */
static void
give_focus_back (GtkWindow *window)
{
  GtkWidget *focus = gtk_window_get_focus (window);
  FilesTab *tab = files_window_get_tab (FILES_WINDOW (window));

  if (tab != NULL
      && (focus == NULL || !gtk_widget_get_mapped (focus)
          || gtk_widget_get_ancestor (focus, ADW_TYPE_DIALOG) != NULL))
    files_tab_grab_focus (tab);
}

/* A dialog may keep all keys from the window. */
static void
hear_quit (AdwDialog *dialog)
{
  GtkWidget *child = adw_dialog_get_child (dialog);
  GtkEventController *keys;

  if (child == NULL || g_object_get_data (G_OBJECT (dialog), HEARS_QUIT) != NULL)
    return;
  g_object_set_data (G_OBJECT (dialog), HEARS_QUIT, dialog);
  keys = gtk_shortcut_controller_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_q, GDK_CONTROL_MASK),
                        gtk_named_action_new ("app.quit")));
  gtk_widget_add_controller (child, keys);
}

static void
visible_dialog_cb (GtkWindow *window, GParamSpec *pspec, gpointer user_data)
{
  GtkWidget *dialog = get_dialog (window);

  if (dialog != NULL)
    {
      close_popovers (window, dialog);
      hear_quit (ADW_DIALOG (dialog));
    }
  else
    give_focus_back (window);
}

static void
return_focus (DialogKeys *self, GtkWindow *window, GtkWidget *dialog)
{
  if (self->focus != NULL && gtk_widget_is_ancestor (self->focus, dialog)
      && gtk_widget_get_mapped (self->focus) && gtk_widget_is_sensitive (self->focus))
    gtk_window_set_focus (window, self->focus);
  else if (!gtk_widget_child_focus (dialog, GTK_DIR_TAB_FORWARD))
    gtk_window_set_focus (window, NULL);
}

/* A dialog that is just coming up has it before it counts as visible. */
static void
focus_cb (GtkWindow *window, GParamSpec *pspec, gpointer user_data)
{
  DialogKeys *self = user_data;
  GtkWidget *focus = gtk_window_get_focus (window);
  GtkWidget *dialog = get_dialog (window);

  if (focus == NULL)
    return;
  if (gtk_widget_get_ancestor (focus, ADW_TYPE_DIALOG) != NULL)
    g_set_weak_pointer (&self->focus, focus);
  else if (dialog != NULL)
    return_focus (self, window, dialog);
}

/* The same keys may mean something in the dialog. */
static void
forward (GtkEventControllerKey *controller, GtkWidget *focus, GtkWidget *dialog)
{
  for (GtkWidget *widget = focus; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (gtk_event_controller_key_forward (controller, widget) || widget == dialog)
      return;
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint keyval,
        guint keycode,
        GdkModifierType state,
        GtkWindow *window)
{
  GtkWidget *dialog = get_dialog (window), *focus = gtk_window_get_focus (window);
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller));
  gboolean is_inside = dialog != NULL && focus != NULL && gtk_widget_is_ancestor (focus, dialog);

  if (dialog == NULL)
    return GDK_EVENT_PROPAGATE;
  if (keyval == GDK_KEY_Escape && !is_inside)
    {
      adw_dialog_close (ADW_DIALOG (dialog));
      return GDK_EVENT_STOP;
    }
  if (!files_shortcuts_is_of_window (event))
    return GDK_EVENT_PROPAGATE;
  if (is_inside)
    forward (controller, focus, dialog);
  return GDK_EVENT_STOP;
}

/**
 * files_dialog_keys_watch:
 * @window: a window that has its application: its keys come after
 *
 * While a dialog is up in @window nothing behind it is open, has the focus or hears keys.
 */
void
files_dialog_keys_watch (FilesWindow *window)
{
  DialogKeys *self = g_new0 (DialogKeys, 1);
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_cb), window, G_CONNECT_DEFAULT);
  gtk_widget_add_controller (GTK_WIDGET (window), keys);
  g_signal_connect (window, "notify::visible-dialog", G_CALLBACK (visible_dialog_cb), NULL);
  g_signal_connect_data (window,
                         "notify::focus-widget",
                         G_CALLBACK (focus_cb),
                         self,
                         dialog_keys_free,
                         G_CONNECT_DEFAULT);
}

/**
 * files_dialog_keys_close_all:
 * @window: a window
 *
 * Closes the dialogs that are up in @window, those above first. One that doesn't let itself be
 * closed stays, and so do those below it. A window with a dialog can't be closed.
 */
void
files_dialog_keys_close_all (FilesWindow *window)
{
  AdwApplicationWindow *self = ADW_APPLICATION_WINDOW (window);
  AdwDialog *closed = NULL;
  AdwDialog *dialog = adw_application_window_get_visible_dialog (self);

  while (dialog != NULL && dialog != closed)
    {
      closed = dialog;
      adw_dialog_close (dialog);
      dialog = adw_application_window_get_visible_dialog (self);
    }
}
