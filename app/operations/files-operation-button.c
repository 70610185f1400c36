/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header's button of operations. It comes with the first one and stays; a pie tells how far they are, and it calls attention
 * when one of them asks something. The panel is made when it is opened first. Loop's thread. */

#include "files-operation-button.h"
#include "files-window.h"
#include "pane-operation-panel.h"
#include "pane-operation-pie.h"

#include <glib/gi18n.h>

#define PANEL_WIDTH 360
#define PANEL_HEIGHT 420
#define NARROWEST 300
#define NEXT_QUESTION_MSEC 500

struct _FilesOperationButton {
  AdwBin parent_instance;
  FilesOperations *operations;
  GtkMenuButton *button;
  PaneOperationPie *pie;
  PaneOperationPanel *panel; /* NULL before it is needed */
  gboolean is_for_question;  /* nobody but an operation has opened it */
  guint close_source, focus_source;
};

G_DEFINE_FINAL_TYPE (FilesOperationButton, files_operation_button, ADW_TYPE_BIN)

static char *
describe (FilesOperationButton *self)
{
  guint n = files_operations_get_n_active (self->operations);

  if (files_operations_is_asking (self->operations))
    return g_strdup (_ ("An operation needs an answer"));
  if (n == 0 && files_operations_get_n_interrupted (self->operations) > 0)
    return g_strdup (_ ("Operations were interrupted"));
  if (n == 0)
    return g_strdup (_ ("Operations"));
  return g_strdup_printf (ngettext ("%u operation runs", "%u operations run", n), n);
}

static void
update (FilesOperationButton *self)
{
  guint n = files_operations_get_n_active (self->operations);
  guint n_interrupted = files_operations_get_n_interrupted (self->operations);
  g_autofree char *text = describe (self);

  if (n_interrupted > 0 || files_operations_get_n (self->operations) > 0)
    gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  pane_operation_pie_set_fraction (self->pie, n > 0 ? files_operations_get_fraction (self->operations) : 1);
  if (n_interrupted > 0 || files_operations_is_asking (self->operations))
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "suggested-action");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "suggested-action");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* The panel makes room for it. */
static void
show_file_cb (FilesOperationButton *self, GFile *file)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  gtk_menu_button_popdown (self->button);
  if (FILES_IS_WINDOW (root))
    files_window_show_file (FILES_WINDOW (root), file);
}

static gboolean
close_cb (gpointer user_data)
{
  FilesOperationButton *self = user_data;

  self->close_source = 0;
  if (self->is_for_question)
    gtk_menu_button_popdown (self->button);
  return G_SOURCE_REMOVE;
}

/* What came up by itself goes by itself, unless there is another question. */
static void
answered_cb (FilesOperationButton *self)
{
  g_clear_handle_id (&self->close_source, g_source_remove);
  if (self->is_for_question)
    self->close_source = g_timeout_add (NEXT_QUESTION_MSEC, close_cb, self);
}

/* The keyboard goes back to the files, as after any other interruption, unless it is somewhere else by now. */
static gboolean
return_focus_cb (gpointer user_data)
{
  FilesOperationButton *self = user_data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  self->focus_source = 0;
  if (FILES_IS_WINDOW (root) && files_window_get_tab (FILES_WINDOW (root)) != NULL
      && (focus == NULL || gtk_widget_is_ancestor (focus, GTK_WIDGET (self))))
    files_tab_grab_focus (files_window_get_tab (FILES_WINDOW (root)));
  return G_SOURCE_REMOVE;
}

static void
closed_cb (FilesOperationButton *self)
{
  self->is_for_question = FALSE;
  if (self->focus_source == 0)
    self->focus_source = g_idle_add_full (G_PRIORITY_DEFAULT, return_focus_cb, self, NULL);
}

static void
create_panel_cb (GtkMenuButton *button, gpointer user_data)
{
  FilesOperationButton *self = user_data;
  GtkWidget *popover;

  if (self->panel != NULL)
    return;
  popover = gtk_popover_new ();
  self->panel = PANE_OPERATION_PANEL (pane_operation_panel_new (files_operations_get_queue (self->operations)));
  g_signal_connect_object (self->panel, "show-file", G_CALLBACK (show_file_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->panel, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (popover, "closed", G_CALLBACK (closed_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_size_request (GTK_WIDGET (self->panel), NARROWEST, -1);
  gtk_widget_set_size_request (popover, PANEL_WIDTH, PANEL_HEIGHT);
  gtk_widget_add_css_class (popover, "menu");
  gtk_popover_set_child (GTK_POPOVER (popover), GTK_WIDGET (self->panel));
  gtk_menu_button_set_popover (button, popover);
}

/**
 * files_operation_button_popup:
 * @self: a button
 *
 * Shows the panel.
 */
void
files_operation_button_popup (FilesOperationButton *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  gtk_menu_button_popup (self->button);
}

/**
 * files_operation_button_show_problems:
 * @self: a button
 * @operation: an operation
 *
 * Shows the panel's page of what @operation left out.
 */
void
files_operation_button_show_problems (FilesOperationButton *self, ThawOperation *operation)
{
  create_panel_cb (self->button, self);
  files_operation_button_popup (self);
  pane_operation_panel_show_problems (self->panel, operation);
}

/**
 * files_operation_button_show_question:
 * @self: a button
 * @operation: an operation
 *
 * Shows the panel's page with what @operation asks.
 */
void
files_operation_button_show_question (FilesOperationButton *self, ThawOperation *operation)
{
  create_panel_cb (self->button, self);
  g_clear_handle_id (&self->close_source, g_source_remove);
  if (!gtk_widget_get_mapped (GTK_WIDGET (self->panel)))
    self->is_for_question = TRUE;
  files_operation_button_popup (self);
  pane_operation_panel_show_question (self->panel, operation);
}

static void
files_operation_button_dispose (GObject *object)
{
  g_clear_handle_id (&FILES_OPERATION_BUTTON (object)->close_source, g_source_remove);
  g_clear_handle_id (&FILES_OPERATION_BUTTON (object)->focus_source, g_source_remove);
  g_clear_object (&FILES_OPERATION_BUTTON (object)->operations);
  G_OBJECT_CLASS (files_operation_button_parent_class)->dispose (object);
}

static void
files_operation_button_class_init (FilesOperationButtonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_operation_button_dispose;
}

static void
files_operation_button_init (FilesOperationButton *self)
{
  self->button = GTK_MENU_BUTTON (gtk_menu_button_new ());
  self->pie = g_object_new (PANE_TYPE_OPERATION_PIE, NULL);
  gtk_menu_button_set_child (self->button, GTK_WIDGET (self->pie));
  gtk_menu_button_set_create_popup_func (self->button, create_panel_cb, self, NULL);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->button));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/**
 * files_operation_button_new:
 * @operations: the application's
 *
 * Returns: (transfer floating): a button
 */
GtkWidget *
files_operation_button_new (FilesOperations *operations)
{
  FilesOperationButton *self = g_object_new (FILES_TYPE_OPERATION_BUTTON, NULL);

  self->operations = g_object_ref (operations);
  g_signal_connect_object (operations, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  files_operations_find_interrupted (operations);
  update (self);
  return GTK_WIDGET (self);
}
