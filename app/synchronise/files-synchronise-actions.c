/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Synchronising the two folders that are selected, or those of two panes, and downloading links
 * that are pasted or dropped onto a folder: both are shown or asked first, and then handed to the
 * operations of the program. Loop's thread; no file is touched. */

#include "files-synchronise-actions.h"
#include "files-synchronise.h"
#include "pane-location.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_LINK 8192

static FilesOperations *
get_operations (FilesWindow *window)
{
  return files_application_get_operations (
      FILES_APPLICATION (gtk_window_get_application (GTK_WINDOW (window))));
}

/* Synchronising */

static void
start_cb (FilesSynchronise *dialog,
          ThawOperationRequest *request,
          const char *title,
          FilesWindow *window)
{
  files_operations_submit (get_operations (window), request, title);
}

static gboolean
are_folders (FilesTab *tab, GArray *ids)
{
  ThawEntryStore *store = pane_folder_model_get_store (files_tab_get_model (tab));

  for (guint i = 0; i < ids->len; i++)
    if (store == NULL || !thaw_entry_store_is_folder (store, g_array_index (ids, guint32, i)))
      return FALSE;
  return ids->len == 2;
}

static void
show_dialog (FilesWindow *window, GFile *a, GFile *b)
{
  AdwDialog *dialog = files_synchronise_new (a, b);

  g_signal_connect_object (dialog, "start", G_CALLBACK (start_cb), window, G_CONNECT_DEFAULT);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static void
synchronise_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesTab *tab = files_window_get_tab (window);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (files_tab_get_model (tab));
  g_autoptr (GFile) a = NULL;
  g_autoptr (GFile) b = NULL;

  if (!are_folders (tab, ids))
    {
      files_window_toast (window, _ ("Select two folders to synchronise them"));
      return;
    }
  a = files_tab_dup_entry_file (tab, g_array_index (ids, guint32, 0));
  b = files_tab_dup_entry_file (tab, g_array_index (ids, guint32, 1));
  show_dialog (window, a, b);
}

static gboolean
is_place (GFile *folder)
{
  return !g_file_has_uri_scheme (folder, "trash") && !g_file_has_uri_scheme (folder, "recent");
}

/* This is the way to compare a folder with one of a server. */
static void
synchronise_panes_cb (GSimpleAction *action, GVariant *parameter, gpointer window)
{
  FilesPanes *panes = files_window_get_panes (window);
  FilesTab *other = files_panes_get_other (panes);
  GFile *a = files_tab_get_location (files_panes_get_tab (panes));
  GFile *b = other != NULL ? files_tab_get_location (other) : NULL;

  if (a == NULL || b == NULL)
    return;
  if (g_file_equal (a, b))
    files_window_toast (window, _ ("Both panes show the same folder"));
  else if (!is_place (a) || !is_place (b))
    files_window_toast (window, _ ("Only folders with files of their own can be synchronised"));
  else
    show_dialog (window, a, b);
}

/**
 * files_synchronise_actions_init:
 * @window: a window
 *
 * Adds the actions.
 */
void
files_synchronise_actions_init (FilesWindow *window)
{
  static const GActionEntry entries[] = {
    { .name = "synchronise", .activate = synchronise_cb },
    { .name = "synchronise-panes", .activate = synchronise_panes_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), window);
}

/**
 * files_synchronise_actions_fill:
 * @menu: of what is selected
 * @is_folder: whether it is for a folder
 * @n_selected: for how many entries it is
 *
 * Adds the item to it.
 */
void
files_synchronise_actions_fill (GMenu *menu, gboolean is_folder, guint n_selected)
{
  if (is_folder && n_selected == 2)
    g_menu_append (menu, _ ("S_ynchronise…"), "win.synchronise");
}

/* Downloading */

static gboolean
is_address (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_PARSE_RELAXED, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;

  return scheme != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
         && (g_str_equal (scheme, "http") || g_str_equal (scheme, "https"));
}

/**
 * files_download_is_link:
 * @text: bytes
 * @length: how many
 *
 * Returns: whether that is one address of http or https, and nothing else
 */
gboolean
files_download_is_link (const char *text, gsize length)
{
  g_autofree char *copy = NULL;

  if (length == 0 || length > MAX_LINK || memchr (text, '\0', length) != NULL)
    return FALSE;
  copy = g_strndup (text, length);
  return strpbrk (g_strstrip (copy), " \t\r\n") == NULL && is_address (copy);
}

typedef struct {
  char **uris;
  GFile *folder;
} Offer;

static void
offer_free (gpointer data)
{
  Offer *self = data;

  g_strfreev (self->uris);
  g_object_unref (self->folder);
  g_free (self);
}

static void
download_cb (AdwAlertDialog *dialog, const char *response, FilesWindow *window)
{
  Offer *offer = g_object_get_data (G_OBJECT (dialog), "offer");
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("download");
  g_autofree char *where = pane_location_dup_title (offer->folder);
  guint n = g_strv_length (offer->uris);
  g_autofree char *title
      = g_strdup_printf (ngettext ("Download %'u File to “%s”", "Download %'u Files to “%s”", n),
                         n,
                         where);

  thaw_operation_request_set_target (request, offer->folder);
  thaw_operation_request_set_option (request,
                                     "uris",
                                     g_variant_new_strv ((const char *const *) offer->uris, -1));
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, THAW_RULE_KEEP_BOTH);
  files_operations_submit (get_operations (window), request, title);
}

static void
ask (FilesWindow *window, Offer *offer)
{
  guint n = g_strv_length (offer->uris);
  g_autofree char *where = pane_location_dup_title (offer->folder);
  g_autofree char *heading
      = g_strdup_printf (ngettext ("Download %'u File to “%s”?", "Download %'u Files to “%s”?", n),
                         n,
                         where);
  AdwDialog *dialog = adw_alert_dialog_new (heading, offer->uris[0]);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog),
                                  "cancel",
                                  _ ("_Cancel"),
                                  "download",
                                  _ ("_Download"),
                                  NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog),
                                            "download",
                                            ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "download");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "offer", offer, offer_free);
  g_signal_connect_object (dialog,
                           "response::download",
                           G_CALLBACK (download_cb),
                           window,
                           G_CONNECT_DEFAULT);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

/**
 * files_download_offer:
 * @window: a window
 * @uris: addresses
 * @folder: where to
 *
 * Returns: whether they are addresses, and it is asked
 */
gboolean
files_download_offer (FilesWindow *window, const char *const *uris, GFile *folder)
{
  Offer *offer;

  if (uris[0] == NULL)
    return FALSE;
  for (guint i = 0; uris[i] != NULL; i++)
    if (!is_address (uris[i]))
      return FALSE;
  offer = g_new0 (Offer, 1);
  offer->uris = g_strdupv ((char **) uris);
  offer->folder = g_object_ref (folder);
  ask (window, offer);
  return TRUE;
}

/**
 * files_download_offer_files:
 * @window: a window
 * @files: what was dropped
 * @folder: where to
 *
 * Returns: whether these are addresses, and it is asked
 */
gboolean
files_download_offer_files (FilesWindow *window, FilesSelection *files, GFile *folder)
{
  g_autoptr (GFile) first = files_selection_dup_first (files);
  g_autoptr (GStrvBuilder) builder = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_auto (GStrv) uris = NULL;

  if (first == NULL
      || !(g_file_has_uri_scheme (first, "http") || g_file_has_uri_scheme (first, "https")))
    return FALSE;
  builder = g_strv_builder_new ();
  all = files_selection_dup_files (files);
  for (guint i = 0; i < all->len; i++)
    g_strv_builder_take (builder, g_file_get_uri (g_ptr_array_index (all, i)));
  uris = g_strv_builder_end (builder);
  return files_download_offer (window, (const char *const *) uris, folder);
}
