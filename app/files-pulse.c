/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pulse in a window: a pane below the tabs, made when it is asked for first, so that it costs
 * the start nothing. Hidden it stays where it is and keeps its stalls, but doesn't sample. Loop's
 * thread. */

#include "files-pulse.h"
#include "files-error.h"
#include "pane-pulse.h"
#include <glib/gi18n.h>

#define USUAL_HEIGHT 260
#define NARROWEST_TABS 140

static void
say (AdwToastOverlay *toasts, const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_dismiss_all (toasts); /* older news, which it would wait for */
  adw_toast_overlay_add_toast (toasts, toast);
}

static void
saved_cb (AdwToastOverlay *toasts, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *text = g_strdup_printf (_ ("Trace saved as %s"), shown);

  say (toasts, text);
}

static void
failed_cb (AdwToastOverlay *toasts, const GError *error)
{
  g_autofree char *line = files_error_dup_line (_ ("Could not save the trace"), error);

  say (toasts, line);
}

static void
copied_cb (AdwToastOverlay *toasts)
{
  say (toasts, _ ("Report copied"));
}

void
files_pulse_connect (GtkWidget *pulse, AdwToastOverlay *toasts)
{
  g_signal_connect_object (pulse, "saved", G_CALLBACK (saved_cb), toasts, G_CONNECT_SWAPPED);
  g_signal_connect_object (pulse, "failed", G_CALLBACK (failed_cb), toasts, G_CONNECT_SWAPPED);
  g_signal_connect_object (pulse, "copied", G_CALLBACK (copied_cb), toasts, G_CONNECT_SWAPPED);
}

static void
close_cb (FilesWindow *window)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window),
                                      "pulse",
                                      g_variant_new_boolean (FALSE));
}

static GtkWidget *
add_pulse (FilesWindow *window, GtkPaned *paned)
{
  GtkWidget *pulse = pane_pulse_new ();

  files_pulse_connect (pulse, ADW_TOAST_OVERLAY (gtk_paned_get_start_child (paned)));
  g_signal_connect_object (pulse, "close", G_CALLBACK (close_cb), window, G_CONNECT_SWAPPED);
  gtk_paned_set_end_child (paned, pulse);
  g_object_bind_property (pulse, "visible", paned, "focusable", G_BINDING_SYNC_CREATE);
  gtk_paned_set_position (
      paned,
      MAX (gtk_widget_get_height (GTK_WIDGET (paned)) - USUAL_HEIGHT, NARROWEST_TABS));
  return pulse;
}

/**
 * files_pulse_set_shown:
 * @window: a window
 * @shown: whether
 *
 * Shows the pulse below the tabs, or hides it.
 */
void
files_pulse_set_shown (FilesWindow *window, gboolean shown)
{
  GtkWidget *tabs = GTK_WIDGET (files_window_get_tab_view (window));
  GtkPaned *paned = GTK_PANED (gtk_widget_get_ancestor (tabs, GTK_TYPE_PANED));
  GtkWidget *pulse = gtk_paned_get_end_child (paned);

  if (pulse == NULL && shown)
    pulse = add_pulse (window, paned);
  else if (pulse != NULL)
    gtk_widget_set_visible (pulse, shown);
  if (!shown && files_window_get_tab (window) != NULL)
    files_tab_grab_focus (files_window_get_tab (window));
}
