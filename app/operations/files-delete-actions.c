/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that take files away: to the trash, for good, and all that is in the trash.
 * Only what can't be undone is asked about first. Loop's thread; no file is touched here. */

#include "files-delete-actions.h"
#include "files-operation-actions.h"
#include "files-requests.h"
#include "pane-location.h"

#include <glib/gi18n.h>

static gboolean
is_in (GFile *folder, const char *scheme)
{
  return folder != NULL && g_file_has_uri_scheme (folder, scheme);
}

static AdwDialog *
new_question (const char *heading,
              const char *body,
              const char *button,
              GCallback callback,
              FilesWindow *window)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog),
                                  "cancel",
                                  _ ("_Cancel"),
                                  "do",
                                  button,
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog),
                                            "do",
                                            ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response::do", callback, window, G_CONNECT_DEFAULT);
  return dialog;
}

/* Deleting: most of what is deleted is kept and can be brought back, which its plan tells. What
 * can't is asked first. */

static void
delete_confirmed_cb (AdwAlertDialog *dialog, const char *response, FilesWindow *window)
{
  thaw_operation_resume (g_object_get_data (G_OBJECT (dialog), "operation"));
}

/* However the dialog goes away: nobody else would let it go. */
static void
give_up_planned (gpointer operation)
{
  if (thaw_operation_get_state (operation) == THAW_OPERATION_PLANNED)
    thaw_operation_cancel (operation);
  g_object_unref (operation);
}

static char *
dup_delete_heading (ThawOperationRequest *request)
{
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *name = pane_location_dup_title (thaw_operation_request_get_source (request, 0));

  if (n == 1)
    return g_strdup_printf (_ ("Delete “%s” for Good?"), name);
  return g_strdup_printf (ngettext ("Delete %'u Item for Good?", "Delete %'u Items for Good?", n),
                          n);
}

static const char *
get_delete_reason (ThawOperationRequest *request)
{
  guint n = thaw_operation_request_get_n_sources (request);
  GFile *first = thaw_operation_request_get_source (request, 0);

  if (is_in (first, "trash"))
    return _ ("This can’t be undone.");
  if (!g_file_is_native (first))
    return ngettext ("It isn’t on this computer, so it can’t be kept. This can’t be undone.",
                     "They aren’t on this computer, so they can’t be kept. This can’t be undone.",
                     n);
  return ngettext ("There is no room to keep it. This can’t be undone.",
                   "There is no room to keep all of them. This can’t be undone.",
                   n);
}

static void
ask_to_delete (FilesWindow *window, ThawOperation *operation)
{
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  g_autofree char *heading = dup_delete_heading (request);
  AdwDialog *dialog = new_question (heading,
                                    get_delete_reason (request),
                                    _ ("_Delete"),
                                    G_CALLBACK (delete_confirmed_cb),
                                    window);

  g_object_set_data_full (G_OBJECT (dialog),
                          "operation",
                          g_object_ref (operation),
                          give_up_planned);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static void
delete_planned_cb (ThawOperation *operation, GParamSpec *pspec, FilesWindow *window)
{
  ThawPlan *plan = thaw_operation_get_plan (operation);

  if (plan == NULL && thaw_operation_get_state (operation) < THAW_OPERATION_DONE)
    return;
  g_signal_handlers_disconnect_by_func (operation, delete_planned_cb, window);
  if (plan == NULL || thaw_operation_get_state (operation) != THAW_OPERATION_PLANNED)
    return;
  if (thaw_plan_count_findings (plan, THAW_FINDING_NO_UNDO) > 0)
    ask_to_delete (window, operation);
  else
    thaw_operation_resume (operation);
}

static void
plan_to_delete (FilesWindow *window, ThawOperationRequest *request, const char *title)
{
  ThawOperation *operation
      = files_operations_plan (files_operation_actions_get_operations (window), request, title);

  g_signal_connect_object (operation,
                           "notify",
                           G_CALLBACK (delete_planned_cb),
                           window,
                           G_CONNECT_DEFAULT);
}

static void
delete_selected (FilesWindow *window)
{
  g_autoptr (FilesSelection) files = files_tab_dup_selection (files_window_get_tab (window));
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autofree char *title = NULL;

  if (files_selection_get_n (files) == 0)
    return;
  request = files_request_simple ("delete", files, &title);
  files_operation_actions_fill (window, files, request, title, plan_to_delete);
}

/* In the trash, Delete deletes. */
static void
trash_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  if (is_in (files_tab_get_location (files_window_get_tab (window)), "trash"))
    delete_selected (window);
  else
    files_operation_actions_do_simple (window, "trash");
}

static void
delete_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  delete_selected (window);
}

static void
empty_confirmed_cb (AdwAlertDialog *dialog, const char *response, FilesWindow *window)
{
  g_autofree char *title = NULL;
  g_autoptr (ThawOperationRequest) request = files_request_empty_trash (&title);

  files_operation_actions_submit (window, request, title);
}

/* This can't be undone, so it is asked first. */
static void
empty_trash_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  AdwDialog *dialog = new_question (_ ("Empty the Trash?"),
                                    _ ("What is in it is deleted for good. This can’t be undone."),
                                    _ ("_Empty Trash"),
                                    G_CALLBACK (empty_confirmed_cb),
                                    window);

  adw_dialog_present (dialog, window);
}

/**
 * files_delete_actions_init:
 * @window: a window
 *
 * Adds the actions.
 */
void
files_delete_actions_init (FilesWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "trash", .activate = trash_cb },
    { .name = "delete", .activate = delete_cb },
    { .name = "empty-trash", .activate = empty_trash_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}
