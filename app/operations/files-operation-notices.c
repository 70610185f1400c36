/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of operations, and where: in a toast of the window that the user is in, with a button that undoes what was done or
 * shows what went wrong; in a notification if a long one ends out of sight. What was done and can be seen anyway isn't said.
 * Loop's thread. */

#include "files-operation-notices.h"
#include "files-requests.h"
#include "files-window.h"
#include "pane-operation-text.h"

#include <glib/gi18n.h>

#define LONG_USEC (10 * G_USEC_PER_SEC)
#define HOLD_KEY "files-operations-run"

/* The window in use, else any. */
static FilesWindow *
find_window (FilesApplication *application)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (FILES_IS_WINDOW (active))
    return FILES_WINDOW (active);
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL; link = link->next)
    if (FILES_IS_WINDOW (link->data))
      return FILES_WINDOW (link->data);
  return NULL;
}

static gboolean
is_in_sight (FilesApplication *application)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (application));

  return active != NULL && gtk_window_is_active (active);
}

static void
details_cb (AdwToast *toast, FilesWindow *window)
{
  files_window_show_problems (window, g_object_get_data (G_OBJECT (toast), "operation"));
}

static void
say (FilesWindow *window, const char *text, const char *button, const char *action)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  if (button != NULL)
    {
      adw_toast_set_button_label (toast, button);
      adw_toast_set_action_name (toast, action);
    }
  files_window_add_toast (window, toast);
}

static void
undo_clicked_cb (AdwToast *toast, FilesWindow *window)
{
  ThawOperation *operation = g_object_get_data (G_OBJECT (toast), "operation");
  FilesApplication *application = FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window)));

  if (application != NULL)
    files_operations_undo_job (files_application_get_operations (application), thaw_operation_get_id (operation));
}

/* What the toast is about, which needn't be what was done last. */
static void
say_with_undo (FilesWindow *window, const char *text, ThawOperation *operation)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "operation", g_object_ref (operation), g_object_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_clicked_cb), window, G_CONNECT_DEFAULT);
  files_window_add_toast (window, toast);
}

static void
say_with_details (FilesWindow *window, const char *text, ThawOperation *operation)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Details"));
  adw_toast_set_timeout (toast, 10);
  g_object_set_data_full (G_OBJECT (toast), "operation", g_object_ref (operation), g_object_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (details_cb), window, G_CONNECT_DEFAULT);
  files_window_add_toast (window, toast);
}

static void
say_failed (FilesWindow *window, ThawOperation *operation)
{
  const GError *error = thaw_operation_get_error (operation);
  g_autofree char *text = g_strdup_printf (
      "%s: %s", thaw_operation_get_title (operation), error != NULL ? error->message : _ ("it failed"));

  if (thaw_operation_get_n_problems (operation) > 0)
    say_with_details (window, text, operation);
  else
    say (window, text, NULL, NULL);
}

static void
say_done (FilesWindow *window, ThawOperation *operation)
{
  guint n = thaw_operation_get_n_problems (operation);
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  g_autofree char *text = NULL;

  if (n > 0)
    {
      text = g_strdup_printf (ngettext ("%u item was left out", "%u items were left out", n), n);
      say_with_details (window, text, operation);
      return;
    }
  text = request != NULL ? files_request_dup_done (request) : NULL;
  if (text != NULL)
    say_with_undo (window, text, operation);
}

static void
notify (FilesApplication *application, ThawOperation *operation, const char *text)
{
  g_autofree char *id = g_strdup_printf ("operation-%" G_GINT64_FORMAT, thaw_operation_get_id (operation));
  g_autoptr (GNotification) notification = g_notification_new (thaw_operation_get_title (operation));

  g_notification_set_body (notification, text);
  g_application_send_notification (G_APPLICATION (application), id, notification);
}

static void
notify_user (FilesApplication *application, ThawOperation *operation)
{
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  if (progress.running_usec >= LONG_USEC && !is_in_sight (application))
    notify (application, operation, pane_operation_describe_state (thaw_operation_get_state (operation), FALSE));
}

static void
ended_cb (FilesApplication *application, ThawOperation *operation)
{
  FilesWindow *window = find_window (application);

  notify_user (application, operation);
  if (window == NULL)
    return;
  if (thaw_operation_get_state (operation) == THAW_OPERATION_FAILED)
    say_failed (window, operation);
  else if (thaw_operation_get_state (operation) == THAW_OPERATION_DONE)
    say_done (window, operation);
}

/* Whoever is typing goes on typing: the next key mustn't be an answer. */
static void
asks_cb (FilesApplication *application, ThawOperation *operation)
{
  FilesWindow *window = find_window (application);
  g_autofree char *text = g_strdup_printf (_ ("%s: it needs an answer"), thaw_operation_get_title (operation));

  if (window == NULL)
    notify (application, operation, pane_operation_describe_state (THAW_OPERATION_ASKING, FALSE));
  else if (GTK_IS_EDITABLE (gtk_window_get_focus (GTK_WINDOW (window))))
    say (window, text, _ ("_Show"), "win.show-operations");
  else
    files_window_show_question (window, operation);
}

/* The last window may close while something runs: the process stays until it is done. For what is paused it doesn't, which
 * is there again the next time. */
static void
changed_cb (FilesApplication *application, FilesOperations *operations)
{
  gboolean is_held = g_object_get_data (G_OBJECT (application), HOLD_KEY) != NULL;
  gboolean is_busy = files_operations_are_busy (operations);

  if (is_busy == is_held)
    return;
  g_object_set_data (G_OBJECT (application), HOLD_KEY, is_busy ? application : NULL);
  if (is_busy)
    g_application_hold (G_APPLICATION (application));
  else
    g_application_release (G_APPLICATION (application));
}

/* Stays until it is answered or put away: it is about files that may lie about half done. */
static void
interrupted_cb (FilesApplication *application, guint n)
{
  FilesWindow *window = find_window (application);
  AdwToast *toast;

  if (window == NULL)
    return;
  toast = adw_toast_new (n == 1 ? _ ("An operation was interrupted") : _ ("Operations were interrupted"));
  adw_toast_set_timeout (toast, 0);
  adw_toast_set_button_label (toast, _ ("_Show"));
  adw_toast_set_action_name (toast, "win.show-operations");
  files_window_add_toast (window, toast);
}

/**
 * files_operation_notices_start:
 * @application: the application
 *
 * Says from now on what becomes of operations.
 */
void
files_operation_notices_start (FilesApplication *application)
{
  FilesOperations *operations = files_application_get_operations (application);

  g_signal_connect_object (operations, "ended", G_CALLBACK (ended_cb), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (operations, "changed", G_CALLBACK (changed_cb), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (operations, "interrupted", G_CALLBACK (interrupted_cb), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (operations, "asks", G_CALLBACK (asks_cb), application, G_CONNECT_SWAPPED);
}
