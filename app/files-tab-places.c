/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a tab is: going to a folder, along the history and up, reading it again. The model stays
 * when another folder is opened, and the rows of the one before stay in it until the new one has
 * some. No file is touched: whether a given place is a file is learned from the error that
 * listing it gives. Loop's thread. */

#include "files-tab-private.h"
#include "pane-location.h"
#include <string.h>

#define MOST_SELECTED 1000 /* that are remembered of a place */

/* What to come back to */

/**
 * files_tab_focus_id:
 * @self: a tab
 * @id: an entry
 *
 * Selects an entry alone, shows it and gives it the focus; in a pane that isn't the active one,
 * what has the focus keeps it. What the view doesn't show isn't selected, either.
 */
void
files_tab_focus_id (FilesTab *self, guint32 id)
{
  if (!pane_view_shows (self->view, id))
    return;
  pane_folder_model_select_id (self->model, id, TRUE);
  pane_folder_model_set_focus_id (self->model, id);
  pane_view_reveal (self->view, id, self->is_active);
}

/* Somebody types a name, in a popover or a dialog: neither the focus nor what is selected is to
 * change under that. */
static gboolean
is_typing (FilesTab *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return (GTK_IS_EDITABLE (focus) || GTK_IS_TEXT (focus)) && gtk_widget_get_mapped (focus);
}

/* The name of what is to have the focus, then of what was in sight, then of what was selected. */
static GStrv
list_wanted (FilesTab *self)
{
  const FilesVisit *visit = self->wanted_visit;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  g_strv_builder_add (names, self->wanted_name);
  if (visit != NULL)
    g_strv_builder_add (names, visit->sight_name != NULL ? visit->sight_name : "");
  for (guint i = 0; visit != NULL && visit->selected != NULL && visit->selected[i] != NULL; i++)
    g_strv_builder_add (names, visit->selected[i]);
  return g_strv_builder_end (names);
}

/* Not what the model doesn't show, or has lost by now. */
static guint32
get_found (FilesTab *self, GArray *ids, guint i)
{
  guint32 id = i < ids->len ? g_array_index (ids, guint32, i) : THAW_NO_ENTRY;

  if (id == THAW_NO_ENTRY || pane_folder_model_find (self->model, id) == GTK_INVALID_LIST_POSITION)
    return THAW_NO_ENTRY;
  return id;
}

/* The place is as it was left: what was selected is, and what was looked at is where it was. */
static void
restore_visit (FilesTab *self, const FilesVisit *visit, GArray *ids)
{
  guint32 sight = get_found (self, ids, 1);
  gboolean only = TRUE;

  for (guint i = 2; i < ids->len; i++)
    {
      guint32 id = get_found (self, ids, i);

      if (id == THAW_NO_ENTRY)
        continue;
      pane_folder_model_select_id (self->model, id, only);
      only = FALSE;
    }
  if (sight != THAW_NO_ENTRY)
    pane_view_put_place (self->view, sight, visit->offset);
}

static void
settle_wanted (FilesTab *self, GArray *ids)
{
  g_autoptr (FilesVisit) visit = g_steal_pointer (&self->wanted_visit);

  g_clear_pointer (&self->wanted_name, g_free);
  if (is_typing (self))
    return;
  if (visit == NULL || visit->focus_name != NULL)
    files_tab_focus_id (self, g_array_index (ids, guint32, 0));
  if (visit != NULL)
    restore_visit (self, visit, ids);
}

static void look_for_wanted (FilesTab *self);

/* Something else may be wanted by now. */
static void
wanted_found_cb (ThawFuture *completed, gpointer user_data)
{
  FilesTab *self = user_data;
  guint asked = self->wanted_is_asked;
  GArray *ids;

  self->wanted_is_asked = 0;
  if (self->wanted_name == NULL)
    return;
  if (asked != self->wanted_serial)
    {
      look_for_wanted (self);
      return;
    }
  ids = thaw_future_get_error (completed) == NULL ? thaw_future_get_pointer (completed, NULL)
                                                  : NULL;
  if (ids != NULL && get_found (self, ids, 0) != THAW_NO_ENTRY)
    settle_wanted (self, ids);
}

/* @visit: (nullable): as the place was left */
static void
want (FilesTab *self, const char *name, const FilesVisit *visit)
{
  self->wanted_serial++;
  g_set_str (&self->wanted_name, name);
  g_clear_pointer (&self->wanted_visit, files_visit_free);
  if (visit != NULL)
    self->wanted_visit = files_visit_copy (visit);
}

static void
look_for_wanted (FilesTab *self)
{
  /* The folder's own: what is in folders that are expanded may have the name, too. */
  ThawOrder *order = files_tab_has_own_rows (self) ? thaw_folder_get_order (self->folder) : NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (ThawFuture) ids = NULL;

  if (self->wanted_name == NULL || self->wanted_is_asked != 0 || order == NULL)
    return;
  self->wanted_is_asked = self->wanted_serial;
  names = list_wanted (self);
  ids = thaw_entry_store_find_names (thaw_order_get_store (order),
                                     self->scope,
                                     (const char *const *) names);
  thaw_future_done (ids, self->scope, wanted_found_cb, self, NULL);
}

/**
 * files_tab_select_name:
 * @self: a tab
 * @name: a name, in bytes
 *
 * Selects the entry of that name and moves the focus there, now or when it turns up.
 */
void
files_tab_select_name (FilesTab *self, const char *name)
{
  want (self, name, NULL);
  look_for_wanted (self);
}

/* The name by which an entry is found again; of one in a folder that is expanded, that folder's. */
static const char *
get_name (FilesTab *self, guint32 id)
{
  while (pane_folder_model_get_parent_id (self->model, id) != THAW_NO_ENTRY)
    id = pane_folder_model_get_parent_id (self->model, id);
  if (id == THAW_NO_ENTRY)
    return NULL;
  return thaw_entry_store_get_name (pane_folder_model_get_store (self->model), id);
}

/* NULL: only what has the focus, or too many to be worth it. */
static GStrv
dup_selected_names (FilesTab *self)
{
  guint32 focus = pane_folder_model_get_focus_id (self->model);
  guint n = pane_folder_model_get_n_selected (self->model);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GArray) ids = NULL;

  if (n == 0 || n > MOST_SELECTED
      || (n == 1 && pane_folder_model_is_id_selected (self->model, focus)))
    return NULL;
  ids = pane_folder_model_dup_selected_ids (self->model);
  for (guint i = 0; i < ids->len; i++)
    g_strv_builder_add (names, get_name (self, g_array_index (ids, guint32, i)));
  return g_strv_builder_end (names);
}

static void
remember_place (FilesTab *self)
{
  guint32 focus = pane_folder_model_get_focus_id (self->model), sight;
  double offset;

  if (!files_tab_has_own_rows (self) || pane_folder_model_get_store (self->model) == NULL)
    return;
  if (focus != THAW_NO_ENTRY)
    files_history_set_focus_name (self->history, get_name (self, focus));
  files_history_set_selected (self->history, dup_selected_names (self));
  if (pane_view_get_place (self->view, &sight, &offset))
    files_history_set_sight (self->history, get_name (self, sight), offset);
}

/* The folder */

/* Listing a file fails with "not a folder": then its folder is shown. If that isn't a folder
 * either, it stays the error of the place that was given. */
static gboolean
turn_to_parent (FilesTab *self)
{
  g_autoptr (GFile) location = g_object_ref (thaw_folder_get_location (self->folder));
  g_autoptr (GFile) parent = g_file_get_parent (location);

  g_autoptr (GFile) given = g_steal_pointer (&self->given);
  g_autofree char *name = NULL;

  if (!g_error_matches (thaw_folder_get_error (self->folder), G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY))
    return FALSE;
  if (given != NULL)
    {
      files_history_replace (self->history, given);
      files_tab_show_location (self, given, FALSE);
      return TRUE;
    }
  if (!self->may_be_file || parent == NULL)
    return FALSE;
  files_history_replace (self->history, parent);
  files_tab_show_location (self, parent, FALSE);
  self->given = g_object_ref (location);
  name = g_file_get_basename (location);
  want (self, name, NULL);
  return TRUE;
}

static void
rows_changed_cb (FilesTab *self)
{
  if (!files_tab_has_own_rows (self))
    {
      pane_folder_model_set_folder (self->model, self->folder);
      files_tab_restore_expanded (self);
    }
  look_for_wanted (self);
  files_tab_update_page (self);
}

static void
folder_state_cb (FilesTab *self)
{
  ThawFolderState state = thaw_folder_get_state (self->folder);

  if (state == THAW_FOLDER_FAILED && turn_to_parent (self))
    return;
  if (state == THAW_FOLDER_READY)
    look_for_wanted (self);
  files_tab_loading_changed (self);
  files_tab_update_page (self);
  files_tab_changed (self);
}

/**
 * files_tab_leave_folder:
 * @self: a tab
 *
 * Follows its folder no longer.
 */
void
files_tab_leave_folder (FilesTab *self)
{
  if (self->folder == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->folder, self);
  files_tab_drop_question (self);
  g_clear_object (&self->folder);
}

/* The model follows the same signal, and is connected later. */
static void
follow (FilesTab *self, ThawFolder *folder)
{
  g_signal_connect_object (folder,
                           "notify::state",
                           G_CALLBACK (folder_state_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (folder,
                           "order-changed",
                           G_CALLBACK (files_tab_note_focus),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (folder,
                           "order-changed",
                           G_CALLBACK (rows_changed_cb),
                           self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

static void
adopt_folder (FilesTab *self, ThawFolder *folder)
{
  g_autofree char *title = pane_location_dup_title (thaw_folder_get_location (folder));
  gboolean same_place = self->folder != NULL
                        && g_file_equal (thaw_folder_get_location (self->folder),
                                         thaw_folder_get_location (folder));

  files_tab_leave_folder (self);
  g_clear_object (&self->given);
  files_type_ahead_reset (self->type_ahead);
  if (!same_place)
    gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  files_tab_apply_state_to (self, folder);
  self->folder = g_object_ref (folder);
  want (self, NULL, NULL);
  files_tab_await_hint (self);
  follow (self, folder);
  files_tab_set_title (self, title);
  self->takes_focus = TRUE;
  if (thaw_folder_get_state (folder) == THAW_FOLDER_IDLE)
    thaw_folder_start (folder);
  folder_state_cb (self);
  if (thaw_folder_get_order (folder) != NULL)
    rows_changed_cb (self);
}

/**
 * files_tab_show_folder:
 * @self: a tab
 * @folder: a folder, started or not
 * @may_be_file: whether the place may turn out to be a file
 *
 * Goes to a folder. If it is a file, and may be, its folder is shown with the file selected.
 */
void
files_tab_show_folder (FilesTab *self, ThawFolder *folder, gboolean may_be_file)
{
  g_return_if_fail (FILES_IS_TAB (self));

  if (self->folder != NULL)
    remember_place (self);
  self->may_be_file = may_be_file;
  files_history_visit (self->history, thaw_folder_get_location (folder));
  adopt_folder (self, folder);
}

/**
 * files_tab_show_location:
 * @self: a tab
 * @location: a place
 * @may_be_file: whether it may be a file
 *
 * As files_tab_show_folder(), for a place that isn't being listed yet.
 */
void
files_tab_show_location (FilesTab *self, GFile *location, gboolean may_be_file)
{
  g_autoptr (ThawFolder) folder = thaw_folder_new (location);

  files_tab_show_folder (self, folder, may_be_file);
}

static void
show_visit (FilesTab *self, const FilesVisit *visit)
{
  g_autoptr (ThawFolder) folder = thaw_folder_new (visit->location);

  self->may_be_file = FALSE;
  adopt_folder (self, folder);
  want (self, visit->focus_name != NULL ? visit->focus_name : visit->sight_name, visit);
  look_for_wanted (self);
}

/**
 * files_tab_go:
 * @self: a tab
 * @steps: how far along the history, negative is back
 *
 * Goes along the history, back to the entry that had the focus there. The place is as it was left.
 */
void
files_tab_go (FilesTab *self, int steps)
{
  const FilesVisit *visit;

  remember_place (self);
  visit = files_history_go (self->history, steps);
  if (visit != NULL)
    show_visit (self, visit);
}

/**
 * files_tab_show_history:
 * @self: a new tab
 * @history: (transfer full): where it has been
 *
 * Goes to the current place of a history, for a tab that is opened again.
 */
void
files_tab_show_history (FilesTab *self, FilesHistory *history)
{
  const FilesVisit *visit;

  files_history_free (self->history);
  self->history = history;
  visit = files_history_peek (history, 0);
  if (visit != NULL)
    show_visit (self, visit);
}

/**
 * files_tab_go_up:
 * @self: a tab
 *
 * Goes to the parent folder, to the entry that this one is in it. If the user has come from there
 * it is as it was left.
 */
void
files_tab_go_up (FilesTab *self)
{
  GFile *location = files_tab_get_location (self);
  g_autoptr (GFile) parent = location != NULL ? g_file_get_parent (location) : NULL;
  g_autofree char *name = NULL;
  const FilesVisit *before;

  if (parent == NULL)
    return;
  name = g_file_get_basename (location);
  files_tab_show_location (self, parent, FALSE);
  before = files_history_find (self->history, parent);
  want (self, name, before != NULL && g_strcmp0 (before->focus_name, name) == 0 ? before : NULL);
  look_for_wanted (self);
}

/**
 * files_tab_reload:
 * @self: a tab
 *
 * Reads the folder again. What is shown stays until it is known to be different; a folder that
 * failed is tried anew.
 */
void
files_tab_reload (FilesTab *self)
{
  if (self->folder == NULL)
    return;
  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_READY:
      thaw_folder_reload (self->folder);
      break;
    case THAW_FOLDER_WAITING:
      thaw_lane_probe_now (thaw_folder_get_lane (self->folder));
      break;
    case THAW_FOLDER_LOADING:
      break;
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_STOPPED:
    case THAW_FOLDER_FAILED:
    case THAW_FOLDER_GONE:
    default:
      files_tab_await_hint (self);
      thaw_folder_start (self->folder);
      break;
    }
}

/**
 * files_tab_stop:
 * @self: a tab
 *
 * Stops loading; what is there stays.
 */
void
files_tab_stop (FilesTab *self)
{
  if (self->folder != NULL && files_tab_is_loading (self))
    thaw_folder_stop (self->folder);
}
