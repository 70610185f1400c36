/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of operations, and where: in a toast of the window that the user is in, with a
 * button that undoes what was done or shows what went wrong; in a notification of the desktop if a
 * long one ends, or one asks, out of sight. What was done and can be seen anyway isn't said. Loop's
 * thread. */

#include "files-operation-notices.h"
#include "files-error.h"
#include "files-notifier.h"
#include "files-requests.h"
#include "files-window.h"
#include "pane-operation-text.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MSEC 10000
#define HOLD_KEY "files-operations-run"
#define NOTIFIER_KEY "files-notifier"

/* The window in use, else any. */
static FilesWindow *
find_window (FilesApplication *application)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (FILES_IS_WINDOW (active))
    return FILES_WINDOW (active);
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL;
       link = link->next)
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

/* What to say of what was done */

static gboolean
is_elsewhere (ThawOperationRequest *request)
{
  GFile *target = thaw_operation_request_get_target (request);
  GFile *first = thaw_operation_request_get_n_sources (request) > 0
                     ? thaw_operation_request_get_source (request, 0)
                     : NULL;

  return (target != NULL && !g_file_is_native (target))
         || (first != NULL && !g_file_is_native (first) && !g_file_has_uri_scheme (first, "trash"));
}

/* NULL: it can be seen anyway. */
static char *
dup_done (ThawOperation *operation)
{
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  gboolean can_undo = thaw_operation_get_can_undo (operation);
  g_autofree char *for_good = can_undo ? NULL : files_request_dup_done_for_good (request);
  g_autofree char *text = NULL;

  if (for_good != NULL)
    return g_steal_pointer (&for_good);
  text = files_request_dup_done (request);
  if (text == NULL || can_undo || !is_elsewhere (request))
    return g_steal_pointer (&text);
  /* Translators: after what was done: “a.txt” moved. This can’t be undone */
  return g_strdup_printf (_ ("%s. This can’t be undone"), text);
}

static char *
dup_left_out (ThawOperation *operation)
{
  guint n = thaw_operation_get_n_problems (operation);

  return g_strdup_printf (ngettext ("%'u item was left out", "%'u items were left out", n), n);
}

/* Notifications */

/* Of what asks, the question; else the panel. In a window of its own if there is none any more.
 * @token: nullable; without it the desktop may not let the window come to the front. */
static void
activated_cb (FilesApplication *application, const char *key, const char *token)
{
  FilesOperations *operations = files_application_get_operations (application);
  ThawOperation *asking = files_operations_get_asking (operations);
  FilesWindow *window = find_window (application);

  if (window == NULL)
    files_application_open_window (application, NULL, 0, NULL);
  window = find_window (application);
  if (token != NULL)
    gtk_window_set_startup_id (GTK_WINDOW (window), token);
  gtk_window_present (GTK_WINDOW (window));
  if (asking != NULL)
    files_window_show_question (window, asking);
  else
    files_window_show_operations (window);
}

static FilesNotifier *
get_notifier (FilesApplication *application)
{
  FilesNotifier *notifier = g_object_get_data (G_OBJECT (application), NOTIFIER_KEY);

  if (notifier != NULL)
    return notifier;
  notifier = files_notifier_new (FILES_APPLICATION_ID);
  g_signal_connect_object (notifier,
                           "activated",
                           G_CALLBACK (activated_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_object_set_data_full (G_OBJECT (application), NOTIFIER_KEY, notifier, g_object_unref);
  return notifier;
}

static char *
dup_key (ThawOperation *operation)
{
  return g_strdup_printf ("operation-%" G_GINT64_FORMAT, thaw_operation_get_id (operation));
}

static char *
dup_end (ThawOperation *operation)
{
  char *done;

  if (thaw_operation_get_state (operation) == THAW_OPERATION_FAILED)
    return pane_operation_dup_detail (operation);
  if (thaw_operation_get_n_problems (operation) > 0)
    return dup_left_out (operation);
  done = dup_done (operation);
  return done != NULL ? done : pane_operation_dup_detail (operation);
}

static void
notify (FilesApplication *application, ThawOperation *operation)
{
  g_autofree char *key = dup_key (operation);
  g_autofree char *text = dup_end (operation);

  files_notifier_send (get_notifier (application), key, thaw_operation_get_title (operation), text);
}

static void
withdraw (FilesApplication *application, ThawOperation *operation)
{
  FilesNotifier *notifier = g_object_get_data (G_OBJECT (application), NOTIFIER_KEY);
  g_autofree char *key = dup_key (operation);

  if (notifier != NULL)
    files_notifier_withdraw (notifier, key);
}

/* Tests have no time to wait for it. */
static gboolean
was_long (ThawOperation *operation)
{
  const char *text = g_getenv ("THAW_LONG_OPERATION_MSEC");
  gint64 msec = text != NULL ? strtol (text, NULL, 10) : LONG_MSEC;
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  return progress.running_usec >= msec * 1000;
}

static void
notify_end (FilesApplication *application, ThawOperation *operation)
{
  withdraw (application, operation);
  if (was_long (operation) && !is_in_sight (application)
      && thaw_operation_get_state (operation) != THAW_OPERATION_CANCELLED)
    notify (application, operation);
}

/* Toasts */

static void
details_cb (AdwToast *toast, FilesWindow *window)
{
  files_window_show_problems (window, g_object_get_data (G_OBJECT (toast), "operation"));
}

static AdwToast *
new_toast (const char *text, ThawOperation *operation)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  g_object_set_data_full (G_OBJECT (toast), "operation", g_object_ref (operation), g_object_unref);
  return toast;
}

static void
say_with_action (FilesWindow *window, const char *text, const char *button, const char *action)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, button);
  adw_toast_set_action_name (toast, action);
  files_window_add_toast (window, toast);
}

static void
undo_clicked_cb (AdwToast *toast, FilesWindow *window)
{
  ThawOperation *operation = g_object_get_data (G_OBJECT (toast), "operation");
  FilesApplication *application
      = FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window)));

  if (application != NULL)
    files_operations_undo_job (files_application_get_operations (application),
                               thaw_operation_get_id (operation));
}

/* What the toast is about, which needn't be what was done last. What is gone for good isn't
 * offered. */
static void
say_with_undo (FilesWindow *window, const char *text, ThawOperation *operation)
{
  AdwToast *toast = new_toast (text, operation);

  if (thaw_operation_get_can_undo (operation))
    {
      adw_toast_set_button_label (toast, _ ("_Undo"));
      g_signal_connect_object (toast,
                               "button-clicked",
                               G_CALLBACK (undo_clicked_cb),
                               window,
                               G_CONNECT_DEFAULT);
    }
  files_window_add_toast (window, toast);
}

static void
say_with_details (FilesWindow *window, const char *text, ThawOperation *operation)
{
  AdwToast *toast = new_toast (text, operation);

  adw_toast_set_button_label (toast, _ ("_Details"));
  adw_toast_set_timeout (toast, 10);
  g_signal_connect_object (toast,
                           "button-clicked",
                           G_CALLBACK (details_cb),
                           window,
                           G_CONNECT_DEFAULT);
  files_window_add_toast (window, toast);
}

static void
say_failed (FilesWindow *window, ThawOperation *operation)
{
  g_autofree char *reason = pane_operation_dup_detail (operation);
  g_autofree char *text
      = g_strdup_printf (_ ("%s: %s"), thaw_operation_get_title (operation), reason);

  if (thaw_operation_get_n_problems (operation) > 0)
    say_with_details (window, text, operation);
  else
    files_window_add_toast (window, new_toast (text, operation));
}

static void
say_done (FilesWindow *window, ThawOperation *operation)
{
  gboolean has_problems = thaw_operation_get_n_problems (operation) > 0;
  g_autofree char *text = has_problems ? dup_left_out (operation) : dup_done (operation);

  if (has_problems)
    say_with_details (window, text, operation);
  else if (text != NULL)
    say_with_undo (window, text, operation);
}

/* What was said of what is undone now is no longer so, and it may not be seen where the user is. */
static gboolean
say_inverted (FilesWindow *window, ThawOperation *operation)
{
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  const char *kind = thaw_operation_request_get_kind (request);
  gboolean is_back = g_str_has_suffix (kind, "-back"); /* what undo becomes elsewhere */
  g_autofree char *text = NULL;

  if (g_str_equal (kind, "undo") || (is_back && thaw_operation_request_get_flag (request, "undo")))
    /* Translators: what was taken back, such as “Move “a.txt” to “Photos”” */
    text = g_strdup_printf (_ ("Undone: %s"), thaw_operation_get_title (operation));
  else if (g_str_equal (kind, "redo") || is_back)
    text = g_strdup_printf (_ ("Redone: %s"), thaw_operation_get_title (operation));
  else
    return FALSE;
  files_window_toast (window, text);
  return TRUE;
}

static void
ended_cb (FilesApplication *application, ThawOperation *operation)
{
  FilesWindow *window = find_window (application);

  notify_end (application, operation);
  pane_places_look_at_trash (files_application_get_places (application));
  if (window == NULL)
    return;
  if (thaw_operation_get_state (operation) == THAW_OPERATION_FAILED)
    say_failed (window, operation);
  else if (thaw_operation_get_state (operation) == THAW_OPERATION_DONE
           && (thaw_operation_get_n_problems (operation) > 0 || !say_inverted (window, operation)))
    say_done (window, operation);
}

/* Questions */

static void
answered_cb (FilesApplication *application, GParamSpec *pspec, ThawOperation *operation)
{
  if (thaw_operation_get_state (operation) != THAW_OPERATION_ASKING)
    withdraw (application, operation);
}

/* Its state says so only after the question was told. */
static void
notify_question (FilesApplication *application, ThawOperation *operation)
{
  g_autofree char *key = dup_key (operation);

  files_notifier_send (get_notifier (application),
                       key,
                       thaw_operation_get_title (operation),
                       pane_operation_describe_state (THAW_OPERATION_ASKING, FALSE));
  g_signal_handlers_disconnect_by_func (operation, answered_cb, application);
  g_signal_connect_object (operation,
                           "notify::state",
                           G_CALLBACK (answered_cb),
                           application,
                           G_CONNECT_SWAPPED);
}

/* Whoever is typing goes on typing: the next key mustn't be an answer. Without a window the process
 * waits: the notification opens one. */
static void
asks_cb (FilesApplication *application, ThawOperation *operation)
{
  FilesWindow *window = find_window (application);
  g_autofree char *text
      = g_strdup_printf (_ ("%s: it needs an answer"), thaw_operation_get_title (operation));

  if (!is_in_sight (application))
    notify_question (application, operation);
  if (window == NULL)
    return;
  if (GTK_IS_EDITABLE (gtk_window_get_focus (GTK_WINDOW (window))))
    say_with_action (window, text, _ ("_Show"), "win.show-operations");
  else
    files_window_show_question (window, operation);
}

/* With the last window goes the page that asked. */
static void
window_removed_cb (GtkApplication *application, GtkWindow *window)
{
  ThawOperation *asking = files_operations_get_asking (
      files_application_get_operations (FILES_APPLICATION (application)));

  if (asking != NULL && find_window (FILES_APPLICATION (application)) == NULL)
    notify_question (FILES_APPLICATION (application), asking);
}

/* The last window may close while something runs: the process stays until it is done. For what is
 * paused it doesn't, which is there again the next time. */
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

/* What a crash interrupted */

static void
settle (GtkWidget *button, gboolean finish)
{
  FilesOperations *operations = g_object_get_data (G_OBJECT (button), "operations");
  g_autoptr (AdwToast) toast = g_weak_ref_get (g_object_get_data (G_OBJECT (button), "toast"));
  guint n = files_operations_get_n_interrupted (operations);

  for (guint i = 0; i < n; i++)
    files_operations_settle (operations,
                             files_operations_get_interrupted (operations, i)->id,
                             finish);
  if (toast != NULL)
    adw_toast_dismiss (toast);
}

static void
finish_cb (GtkWidget *button)
{
  settle (button, TRUE);
}

static void
roll_back_cb (GtkWidget *button)
{
  settle (button, FALSE);
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static GtkWidget *
make_settle_button (FilesOperations *operations,
                    AdwToast *toast,
                    const char *label,
                    GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  GWeakRef *weak = g_new0 (GWeakRef, 1);

  g_weak_ref_init (weak, toast);
  g_object_set_data_full (G_OBJECT (button), "toast", weak, weak_ref_free);
  g_object_set_data_full (G_OBJECT (button),
                          "operations",
                          g_object_ref (operations),
                          g_object_unref);
  g_signal_connect (button, "clicked", callback, NULL);
  return button;
}

static char *
dup_interrupted_text (FilesOperations *operations)
{
  guint n = files_operations_get_n_interrupted (operations);

  if (n == 1)
    /* Translators: what was being done when the program or the machine stopped: “Copy “a” to “b”
     * was interrupted” */
    return g_strdup_printf (_ ("%s was interrupted"),
                            files_operations_get_interrupted (operations, 0)->title);
  return g_strdup_printf (
      ngettext ("%u operation was interrupted", "%u operations were interrupted", n),
      n);
}

static GtkWidget *
make_interrupted_title (FilesOperations *operations, AdwToast *toast)
{
  g_autofree char *text = dup_interrupted_text (operations);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_tooltip_text (label, text);
  gtk_widget_add_css_class (label, "heading");
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (
      GTK_BOX (box),
      make_settle_button (operations, toast, _ ("_Roll Back"), G_CALLBACK (roll_back_cb)));
  gtk_box_append (GTK_BOX (box),
                  make_settle_button (operations, toast, _ ("_Finish"), G_CALLBACK (finish_cb)));
  return box;
}

/* Stays until it is answered or put away: it is about files that may lie about half done. */
static void
interrupted_cb (FilesApplication *application, guint n)
{
  FilesWindow *window = find_window (application);
  AdwToast *toast;

  if (window == NULL)
    return;
  toast = adw_toast_new ("");
  adw_toast_set_timeout (toast, 0);
  adw_toast_set_custom_title (
      toast,
      make_interrupted_title (files_application_get_operations (application), toast));
  files_window_add_toast (window, toast);
}

/* Why */

/* What io says of one file begins with its name in these quotes, which the sentence for its code
 * lacks. */
static char *
dup_reason (const GError *error)
{
  g_autofree char *reason = files_error_dup_reason (error);
  const char *end = g_str_has_prefix (error->message, "“") ? strstr (error->message, "”") : NULL;
  g_autofree char *quoted = NULL;

  if (end == NULL || strstr (reason, error->message) != NULL)
    return g_steal_pointer (&reason);
  quoted = g_strndup (error->message, end + strlen ("”") - error->message);
  return g_strdup_printf (_ ("%s: %s"), quoted, reason);
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

  pane_operation_set_error_func (dup_reason);
  g_signal_connect_object (operations,
                           "ended",
                           G_CALLBACK (ended_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operations,
                           "changed",
                           G_CALLBACK (changed_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (operations,
                           "interrupted",
                           G_CALLBACK (interrupted_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_signal_connect (application, "window-removed", G_CALLBACK (window_removed_cb), NULL);
  g_signal_connect_object (operations,
                           "asks",
                           G_CALLBACK (asks_cb),
                           application,
                           G_CONNECT_SWAPPED);
}
