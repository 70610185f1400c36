/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tab: a folder, the model over it, the view that shows the model, and what is said when there is
 * nothing to show. The model and the view stay when another folder is opened; only another kind of
 * view is made anew. Which page is up follows from the folder's state and the number of rows alone,
 * in one place (update_page), so every way into a state shows the same. Loop's thread; the tab
 * touches no file: whether a given place is a file is learned from the error that listing it gives.
 */

#include "files-tab.h"
#include "files-find.h"
#include "files-launch.h"
#include "files-notice.h"
#include "files-type-ahead.h"
#include "pane-location.h"
#include <glib/gi18n.h>

#define HINT_DELAY_MSEC 200 /* a folder that has rows before doesn't flash a hint */
#define MAX_LAUNCHED 20

struct _FilesTab {
  GtkWidget parent_instance;

  GtkSearchBar *search_bar;
  GtkEditable *filter_entry;
  AdwBanner *banner;
  FilesTypeAhead *type_ahead;
  GtkStack *stack;
  AdwBin *view_bin;
  FilesStatusLine *status_line;
  FilesNotice *notice; /* made when it is needed first */

  FilesState *state;
  ThawScope *scope;
  ThawFolder *folder;
  PaneFolderModel *model;
  PaneView *view;
  char *view_id;
  guint default_zoom;  /* what the view came with */
  char *first_view_id; /* asked for on the command line: wins over what is remembered */
  FilesHistory *history;
  char *title;

  gboolean may_be_file;     /* a failure may mean that a file was given */
  GFile *given;             /* while its parent is tried in its place */
  char *wanted_name;        /* to be selected and focused when it turns up */
  gboolean wanted_is_asked; /* a search for it is under way */
  gboolean grab_focus;      /* the view takes the focus with the first rows */
  gboolean hint_is_due;
  guint hint_source;
};

enum {
  PROP_0,
  PROP_TITLE,
  PROP_LOADING,
  N_PROPS,
};

enum {
  CHANGED,
  OPEN,
  MENU,
  EDIT_LOCATION,
  FAILED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesTab, files_tab, GTK_TYPE_WIDGET)

static void
emit_changed (FilesTab *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/* The rows of the folder before stay until the first of the new one come, so that going places
 * doesn't flicker. */
static gboolean
has_own_rows (FilesTab *self)
{
  return self->folder != NULL && pane_folder_model_get_folder (self->model) == self->folder;
}

static guint32
count_rows (FilesTab *self)
{
  ThawOrder *order = has_own_rows (self) ? pane_folder_model_get_order (self->model) : NULL;

  return order != NULL ? thaw_order_get_n (order) : 0;
}

static gboolean
is_loading (FilesTab *self)
{
  ThawFolderState state;

  if (self->folder == NULL)
    return FALSE;
  state = thaw_folder_get_state (self->folder);
  return state == THAW_FOLDER_IDLE || state == THAW_FOLDER_LOADING || state == THAW_FOLDER_WAITING;
}

/* Notices and the banner */

static gint64
silent_usec (FilesTab *self)
{
  gint64 since = thaw_folder_get_waiting_since_usec (self->folder);

  return since > 0 ? MAX (g_get_monotonic_time () - since, 0) : 0;
}

static FilesNoticeInfo *
make_ready_notice (FilesTab *self)
{
  const ThawOrderSpec *spec = thaw_folder_get_spec (self->folder);
  ThawEntryStore *store = thaw_folder_get_store (self->folder);

  if (spec->filter != NULL && *spec->filter != '\0')
    return files_notice_info_for_no_match (spec->filter);
  return files_notice_info_for_empty (store != NULL ? thaw_entry_store_get_n_alive (store) : 0);
}

/* What to say when there are no rows. NULL: nothing yet. */
static FilesNoticeInfo *
make_notice (FilesTab *self)
{
  GFile *location = thaw_folder_get_location (self->folder);

  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_WAITING:
      return files_notice_info_for_waiting (
          location,
          thaw_lane_get_name (thaw_folder_get_lane (self->folder)),
          silent_usec (self));
    case THAW_FOLDER_FAILED:
      return files_notice_info_for_error (thaw_folder_get_error (self->folder), location);
    case THAW_FOLDER_GONE:
      return files_notice_info_for_gone (location);
    case THAW_FOLDER_STOPPED:
      return files_notice_info_for_stopped (location);
    case THAW_FOLDER_READY:
      return thaw_folder_get_order (self->folder) != NULL ? make_ready_notice (self) : NULL;
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_LOADING:
    default:
      return self->hint_is_due ? files_notice_info_for_loading (location) : NULL;
    }
}

/* What to say above rows that are there already. NULL: nothing. */
static char *
dup_banner_text (FilesTab *self)
{
  g_autofree char *since = NULL;

  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_WAITING:
      since = files_dup_since (silent_usec (self));
      /* Translators: a mount or server, and the time of day */
      return g_strdup_printf (_ ("%s has not answered since %s"),
                              thaw_lane_get_name (thaw_folder_get_lane (self->folder)),
                              since);
    case THAW_FOLDER_FAILED:
      return files_error_dup_line (_ ("The folder could not be read to its end"),
                                   thaw_folder_get_error (self->folder));
    case THAW_FOLDER_GONE:
      return g_strdup (_ ("This folder was deleted, renamed or disconnected"));
    case THAW_FOLDER_STOPPED:
      return g_strdup (_ ("Stopped: not all of the folder is shown"));
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_LOADING:
    case THAW_FOLDER_READY:
    default:
      return NULL;
    }
}

static void
show_notice (FilesTab *self, const FilesNoticeInfo *info)
{
  if (self->notice == NULL)
    {
      self->notice = g_object_new (FILES_TYPE_NOTICE, NULL);
      gtk_stack_add_named (self->stack, GTK_WIDGET (self->notice), "notice");
    }
  files_notice_show (self->notice, info);
  gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->notice));
}

static void
update_page (FilesTab *self)
{
  g_autoptr (FilesNoticeInfo) info = NULL;
  g_autofree char *banner = NULL;

  if (self->folder == NULL)
    return;
  if (count_rows (self) == 0)
    info = make_notice (self);
  else
    banner = dup_banner_text (self);
  if (info != NULL)
    show_notice (self, info);
  else if (has_own_rows (self))
    gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->view_bin));
  if (banner != NULL)
    adw_banner_set_title (self->banner, banner);
  adw_banner_set_button_label (self->banner, _ ("_Try Again"));
  adw_banner_set_revealed (self->banner, banner != NULL);
  files_status_line_refresh (self->status_line);
}

static void
hint_cb (gpointer user_data)
{
  FilesTab *self = user_data;

  self->hint_source = 0;
  self->hint_is_due = TRUE;
  update_page (self);
}

static void
await_hint (FilesTab *self)
{
  g_clear_handle_id (&self->hint_source, g_source_remove);
  self->hint_is_due = FALSE;
  self->hint_source = g_timeout_add_once (HINT_DELAY_MSEC, hint_cb, self);
}

/* The entry to come back to */

static void
focus_id (FilesTab *self, guint32 id, gboolean select)
{
  if (select)
    pane_folder_model_select_id (self->model, id, TRUE);
  pane_folder_model_set_focus_id (self->model, id);
  pane_view_reveal (self->view, id, TRUE);
}

static void
wanted_found_cb (ThawFuture *completed, gpointer user_data)
{
  FilesTab *self = user_data;
  gint64 id = THAW_NO_ENTRY;

  self->wanted_is_asked = FALSE;
  if (thaw_future_get_error (completed) == NULL)
    id = thaw_future_get_int64 (completed, NULL);
  if (self->wanted_name == NULL || id == THAW_NO_ENTRY)
    return;
  g_clear_pointer (&self->wanted_name, g_free);
  focus_id (self, id, TRUE);
}

static void
look_for_wanted (FilesTab *self)
{
  ThawOrder *order = has_own_rows (self) ? pane_folder_model_get_order (self->model) : NULL;
  g_autoptr (ThawFuture) id = NULL;

  if (self->wanted_name == NULL || self->wanted_is_asked || order == NULL)
    return;
  self->wanted_is_asked = TRUE;
  id = files_find_name (self->scope, order, self->wanted_name);
  thaw_future_done (id, self->scope, wanted_found_cb, self, NULL);
}

static void
remember_focus (FilesTab *self)
{
  guint32 id = pane_folder_model_get_focus_id (self->model);
  ThawEntryStore *store = pane_folder_model_get_store (self->model);

  if (has_own_rows (self) && store != NULL && id != THAW_NO_ENTRY)
    files_history_set_focus_name (self->history, thaw_entry_store_get_name (store, id));
}

/* The view */

static void
view_activate_cb (FilesTab *self, guint id)
{
  files_tab_open_id (self, id, PANE_OPEN_HERE);
}

static void
view_menu_cb (FilesTab *self, guint id, double x, double y)
{
  graphene_point_t at;

  if (gtk_widget_compute_point (GTK_WIDGET (self->view),
                                GTK_WIDGET (self),
                                &GRAPHENE_POINT_INIT (x, y),
                                &at))
    g_signal_emit (self, signals[MENU], 0, id, (double) at.x, (double) at.y);
}

static void
view_sort_cb (FilesTab *self, guint column, gboolean descending)
{
  files_tab_set_sort (self, column, descending);
}

static guint32
find_row_at (FilesTab *self, double x, double y)
{
  guint first, last;

  if (!pane_view_get_visible_range (self->view, &first, &last))
    return THAW_NO_ENTRY;
  for (guint position = first; position <= last; position++)
    {
      guint32 id = pane_folder_model_get_id (self->model, position);
      graphene_rect_t bounds;

      if (id != THAW_NO_ENTRY && pane_view_get_entry_bounds (self->view, id, &bounds)
          && graphene_rect_contains_point (&bounds, &GRAPHENE_POINT_INIT (x, y)))
        return id;
    }
  return THAW_NO_ENTRY;
}

static void
middle_click_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  FilesTab *self = user_data;
  guint32 id = find_row_at (self, x, y);

  if (id == THAW_NO_ENTRY)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  files_tab_open_id (self, id, PANE_OPEN_TAB);
}

static void
connect_view (FilesTab *self)
{
  GtkGesture *middle = gtk_gesture_click_new ();

  g_signal_connect_object (self->view,
                           "activate",
                           G_CALLBACK (view_activate_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "menu", G_CALLBACK (view_menu_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "sort", G_CALLBACK (view_sort_cb), self, G_CONNECT_SWAPPED);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (middle), GDK_BUTTON_MIDDLE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (middle), GTK_PHASE_CAPTURE);
  g_signal_connect (middle, "pressed", G_CALLBACK (middle_click_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (middle));
}

static void
ensure_view (FilesTab *self, const char *view_id)
{
  const PaneViewInfo *info = pane_view_registry_find (view_id);
  gboolean had_focus;

  if (info == NULL)
    info = pane_view_registry_list (NULL)[0];
  if (g_strcmp0 (self->view_id, info->id) == 0)
    return;
  had_focus
      = self->view != NULL && gtk_widget_get_focus_child (GTK_WIDGET (self->view_bin)) != NULL;
  g_set_str (&self->view_id, info->id);
  self->view = pane_view_registry_create (info->id);
  self->default_zoom = pane_view_get_zoom (self->view);
  connect_view (self);
  pane_view_set_model (self->view, self->model);
  adw_bin_set_child (self->view_bin, GTK_WIDGET (self->view));
  if (had_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
make_spec (FilesTab *self, const FilesFolderState *state, ThawOrderSpec *spec)
{
  const FilesWindowState *window = files_state_get_window (self->state);
  const char *filter = gtk_search_bar_get_search_mode (self->search_bar)
                           ? gtk_editable_get_text (self->filter_entry)
                           : "";

  thaw_order_spec_init (spec);
  spec->column = state->column;
  spec->descending = state->descending;
  spec->folders_first = window->folders_first;
  spec->show_hidden = window->show_hidden;
  spec->filter = *filter != '\0' ? g_strdup (filter) : NULL;
}

static void
apply_zoom (FilesTab *self, int zoom)
{
  pane_view_set_zoom (self->view, zoom != FILES_DEFAULT_ZOOM ? (guint) zoom : self->default_zoom);
}

static void
apply_state_to (FilesTab *self, ThawFolder *folder)
{
  FilesFolderState state;
  ThawOrderSpec spec;

  files_state_get_folder (self->state, thaw_folder_get_location (folder), &state);
  make_spec (self, &state, &spec);
  if (!thaw_order_spec_equal (&spec, thaw_folder_get_spec (folder)))
    thaw_folder_set_spec (folder, &spec);
  ensure_view (self, self->first_view_id != NULL ? self->first_view_id : state.view_id);
  apply_zoom (self, state.zoom);
  thaw_order_spec_clear (&spec);
  files_folder_state_clear (&state);
}

static void
remember_how (FilesTab *self)
{
  const ThawOrderSpec *spec = thaw_folder_get_spec (self->folder);
  FilesFolderState state = {
    .view_id = self->view_id,
    .zoom = pane_view_get_zoom (self->view),
    .column = spec->column,
    .descending = spec->descending,
  };

  files_state_set_folder (self->state, thaw_folder_get_location (self->folder), &state);
}

/* The folder */

static void
set_title (FilesTab *self, GFile *location)
{
  g_autofree char *title = pane_location_dup_title (location);

  if (g_set_str (&self->title, title))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

/* Listing a file fails with "not a folder": then its folder is shown. If that isn't a folder
 * either, it stays the error of the place that was given. */
static gboolean
turn_to_parent (FilesTab *self)
{
  g_autoptr (GFile) location = g_object_ref (thaw_folder_get_location (self->folder));
  g_autoptr (GFile) parent = g_file_get_parent (location);

  g_autoptr (GFile) given = g_steal_pointer (&self->given);

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
  g_free (self->wanted_name);
  self->wanted_name = g_file_get_basename (location);
  return TRUE;
}

static void
rows_changed_cb (FilesTab *self)
{
  if (!has_own_rows (self))
    pane_folder_model_set_folder (self->model, self->folder);
  look_for_wanted (self);
  if (self->grab_focus && count_rows (self) > 0)
    {
      self->grab_focus = FALSE;
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
    }
  update_page (self);
}

static void
folder_state_cb (FilesTab *self)
{
  ThawFolderState state = thaw_folder_get_state (self->folder);

  if (state == THAW_FOLDER_FAILED && turn_to_parent (self))
    return;
  if (state == THAW_FOLDER_READY)
    look_for_wanted (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
  update_page (self);
  emit_changed (self);
}

static void
leave_folder (FilesTab *self)
{
  if (self->folder == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->folder, self);
  g_clear_object (&self->folder);
}

static void
adopt_folder (FilesTab *self, ThawFolder *folder)
{
  gboolean same_place = self->folder != NULL
                        && g_file_equal (thaw_folder_get_location (self->folder),
                                         thaw_folder_get_location (folder));

  leave_folder (self);
  g_clear_object (&self->given);
  files_type_ahead_reset (self->type_ahead);
  if (!same_place)
    gtk_search_bar_set_search_mode (self->search_bar, FALSE);
  apply_state_to (self, folder);
  self->folder = g_object_ref (folder);
  g_clear_pointer (&self->wanted_name, g_free);
  await_hint (self);
  g_signal_connect_object (folder,
                           "notify::state",
                           G_CALLBACK (folder_state_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (folder,
                           "order-changed",
                           G_CALLBACK (rows_changed_cb),
                           self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  set_title (self, thaw_folder_get_location (folder));
  self->grab_focus = TRUE;
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
    remember_focus (self);
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
  g_autofree char *name = g_strdup (visit->focus_name);

  self->may_be_file = FALSE;
  adopt_folder (self, folder);
  self->wanted_name = g_steal_pointer (&name);
  look_for_wanted (self);
}

/**
 * files_tab_go:
 * @self: a tab
 * @steps: how far along the history, negative is back
 *
 * Goes along the history, back to the entry that had the focus there.
 */
void
files_tab_go (FilesTab *self, int steps)
{
  const FilesVisit *visit;

  remember_focus (self);
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
 * Goes to the parent folder, to the entry that this one is in it.
 */
void
files_tab_go_up (FilesTab *self)
{
  GFile *location = files_tab_get_location (self);
  g_autoptr (GFile) parent = location != NULL ? g_file_get_parent (location) : NULL;
  g_autofree char *name = NULL;

  if (parent == NULL)
    return;
  name = g_file_get_basename (location);
  files_tab_show_location (self, parent, FALSE);
  self->wanted_name = g_steal_pointer (&name);
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
      await_hint (self);
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
  if (self->folder != NULL && is_loading (self))
    thaw_folder_stop (self->folder);
}

/* How it is shown */

/**
 * files_tab_set_view_id:
 * @self: a tab
 * @view_id: the id of a view
 *
 * Shows the folder in another view, and remembers it.
 */
void
files_tab_set_view_id (FilesTab *self, const char *view_id)
{
  guint32 focused = pane_folder_model_get_focus_id (self->model);

  g_clear_pointer (&self->first_view_id, g_free);
  ensure_view (self, view_id);
  if (focused != THAW_NO_ENTRY)
    pane_view_reveal (self->view, focused, TRUE);
  if (self->folder != NULL)
    remember_how (self);
  emit_changed (self);
}

/**
 * files_tab_zoom:
 * @self: a tab
 * @step: 1 larger, -1 smaller, 0 the view's own size
 *
 * Shows entries in another size, and remembers it.
 */
void
files_tab_zoom (FilesTab *self, int step)
{
  int zoom = step != 0 ? (int) pane_view_get_zoom (self->view) + step : (int) self->default_zoom;

  pane_view_set_zoom (self->view, MAX (zoom, 0));
  if (self->folder != NULL)
    remember_how (self);
  emit_changed (self);
}

/**
 * files_tab_set_sort:
 * @self: a tab
 * @column: by what
 * @descending: whether the other way round
 *
 * Shows the entries in another order, and remembers it.
 */
void
files_tab_set_sort (FilesTab *self, ThawSortColumn column, gboolean descending)
{
  ThawOrderSpec spec = { 0 };

  if (self->folder == NULL)
    return;
  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  spec.column = column;
  spec.descending = descending;
  thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
  remember_how (self);
  emit_changed (self);
}

/**
 * files_tab_apply_state:
 * @self: a tab
 *
 * Shows the folder as it is remembered: the state has been read, or what goes for all folders was
 * changed.
 */
void
files_tab_apply_state (FilesTab *self)
{
  if (self->folder == NULL)
    return;
  apply_state_to (self, self->folder);
  emit_changed (self);
}

static void
filter_changed_cb (FilesTab *self)
{
  ThawOrderSpec spec = { 0 };
  const char *filter = gtk_search_bar_get_search_mode (self->search_bar)
                           ? gtk_editable_get_text (self->filter_entry)
                           : "";

  if (self->folder == NULL)
    return;
  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  g_set_str (&spec.filter, *filter != '\0' ? filter : NULL);
  if (!thaw_order_spec_equal (&spec, thaw_folder_get_spec (self->folder)))
    thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
}

static void
filter_activate_cb (FilesTab *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
filtering_changed_cb (FilesTab *self)
{
  filter_changed_cb (self);
  if (!gtk_search_bar_get_search_mode (self->search_bar) && self->view != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
  emit_changed (self);
}

/**
 * files_tab_set_filtering:
 * @self: a tab
 * @filtering: whether the filter is shown
 */
void
files_tab_set_filtering (FilesTab *self, gboolean filtering)
{
  gtk_search_bar_set_search_mode (self->search_bar, filtering);
  if (filtering)
    gtk_widget_grab_focus (GTK_WIDGET (self->filter_entry));
}

/**
 * files_tab_is_filtering:
 * @self: a tab
 *
 * Returns: whether the filter is shown
 */
gboolean
files_tab_is_filtering (FilesTab *self)
{
  return gtk_search_bar_get_search_mode (self->search_bar);
}

/* Opening */

/* What was started, for the sentence that says why it couldn't be. The tab outlives its scope. */
typedef struct {
  FilesTab *tab;
  char *name;
} Launched;

static void
launched_free (gpointer data)
{
  Launched *launched = data;

  g_free (launched->name);
  g_free (launched);
}

static void
launched_cb (ThawFuture *completed, gpointer user_data)
{
  Launched *launched = user_data;
  const GError *error = thaw_future_get_error (completed);
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Translators: the name of a file */
  what = g_strdup_printf (_ ("Could not open “%s”"), launched->name);
  line = files_error_dup_line (what, error);
  g_signal_emit (launched->tab, signals[FAILED], 0, line);
}

static void
launch (FilesTab *self, GFile *file, const char *content_type)
{
  g_autoptr (ThawFuture) future = files_launch_default (self->scope, file, content_type);
  Launched *launched = g_new0 (Launched, 1);

  launched->tab = self;
  launched->name = pane_location_dup_title (file);
  thaw_future_done (future, self->scope, launched_cb, launched, launched_free);
}

/**
 * files_tab_dup_entry_file:
 * @self: a tab
 * @id: an entry
 *
 * Returns: (transfer full) (nullable): the file of an entry
 */
GFile *
files_tab_dup_entry_file (FilesTab *self, guint32 id)
{
  ThawEntryStore *store = pane_folder_model_get_store (self->model);
  ThawFolder *shown = pane_folder_model_get_folder (self->model);

  if (store == NULL || shown == NULL || id == THAW_NO_ENTRY)
    return NULL;
  return g_file_get_child (thaw_folder_get_location (shown), thaw_entry_store_get_name (store, id));
}

/**
 * files_tab_open_id:
 * @self: a tab
 * @id: an entry
 * @target: where, if it is a folder
 *
 * Opens an entry: a folder in Thaw Files, a file in its default application.
 */
void
files_tab_open_id (FilesTab *self, guint32 id, PaneOpenTarget target)
{
  ThawEntryStore *store = pane_folder_model_get_store (self->model);
  g_autoptr (GFile) file = files_tab_dup_entry_file (self, id);

  if (file == NULL)
    return;
  if (!thaw_entry_store_is_folder (store, id))
    launch (self, file, thaw_entry_store_get_content_type (store, id));
  else if (target == PANE_OPEN_HERE)
    files_tab_show_location (self, file, FALSE);
  else
    g_signal_emit (self, signals[OPEN], 0, file, target);
}

/**
 * files_tab_open_selected:
 * @self: a tab
 * @target: where folders are opened
 *
 * Opens what is selected. Several folders are opened in tabs, and more than a few entries at once
 * are not opened.
 */
void
files_tab_open_selected (FilesTab *self, PaneOpenTarget target)
{
  g_autoptr (GArray) ids = NULL;

  if (pane_folder_model_get_n_selected (self->model) > MAX_LAUNCHED)
    {
      g_signal_emit (self,
                     signals[FAILED],
                     0,
                     _ ("Too many files are selected to open them all at once"));
      return;
    }
  ids = pane_folder_model_dup_selected_ids (self->model);
  if (ids->len > 1 && target == PANE_OPEN_HERE)
    target = PANE_OPEN_TAB;
  for (guint i = 0; i < ids->len; i++)
    files_tab_open_id (self, g_array_index (ids, guint32, i), target);
}

/**
 * files_tab_dup_selected_files:
 * @self: a tab
 *
 * Returns: (transfer container) (element-type GFile): the files that are selected, in the order
 * shown
 */
GPtrArray *
files_tab_dup_selected_files (FilesTab *self)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (self->model);

  for (guint i = 0; has_own_rows (self) && i < ids->len; i++)
    g_ptr_array_add (files, files_tab_dup_entry_file (self, g_array_index (ids, guint32, i)));
  return files;
}

/* Keys */

static void
type_ahead_found_cb (FilesTab *self, guint id)
{
  focus_id (self, id, TRUE);
}

static gboolean
key_pressed_cb (FilesTab *self, guint keyval, guint keycode, GdkModifierType state)
{
  gboolean is_plain = (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0;

  if (GTK_IS_EDITABLE (gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)))))
    return GDK_EVENT_PROPAGATE;
  if (is_plain && (keyval == GDK_KEY_slash || keyval == GDK_KEY_asciitilde))
    {
      g_signal_emit (self, signals[EDIT_LOCATION], 0, keyval == GDK_KEY_slash ? "/" : "~");
      return GDK_EVENT_STOP;
    }
  if (files_type_ahead_key (self->type_ahead, keyval, state))
    return GDK_EVENT_STOP;
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

static void
banner_clicked_cb (FilesTab *self)
{
  files_tab_reload (self);
}

/**
 * files_tab_grab_focus:
 * @self: a tab
 *
 * Gives the focus to the rows, or to whatever stands in their place.
 */
void
files_tab_grab_focus (FilesTab *self)
{
  if (count_rows (self) > 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
  else
    gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

/* What others ask */

GFile *
files_tab_get_location (FilesTab *self)
{
  return self->folder != NULL ? thaw_folder_get_location (self->folder) : NULL;
}

FilesHistory *
files_tab_get_history (FilesTab *self)
{
  return self->history;
}

const char *
files_tab_get_view_id (FilesTab *self)
{
  return self->view_id;
}

const ThawOrderSpec *
files_tab_get_spec (FilesTab *self)
{
  return self->folder != NULL ? thaw_folder_get_spec (self->folder) : NULL;
}

PaneFolderModel *
files_tab_get_model (FilesTab *self)
{
  return self->model;
}

PaneView *
files_tab_get_view (FilesTab *self)
{
  return self->view;
}

FilesStatusLine *
files_tab_get_status_line (FilesTab *self)
{
  return self->status_line;
}

static void
files_tab_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  FilesTab *self = FILES_TAB (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_LOADING:
      g_value_set_boolean (value, is_loading (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
files_tab_dispose (GObject *object)
{
  FilesTab *self = FILES_TAB (object);
  GtkWidget *child;

  thaw_scope_cancel (self->scope);
  leave_folder (self);
  g_clear_handle_id (&self->hint_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_TAB);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  if (self->model != NULL)
    pane_folder_model_set_folder (self->model, NULL);
  g_clear_object (&self->model);
  g_clear_object (&self->given);
  g_clear_object (&self->state);
  G_OBJECT_CLASS (files_tab_parent_class)->dispose (object);
}

static void
files_tab_finalize (GObject *object)
{
  FilesTab *self = FILES_TAB (object);

  thaw_scope_unref (self->scope);
  files_history_free (self->history);
  g_free (self->view_id);
  g_free (self->first_view_id);
  g_free (self->wanted_name);
  g_free (self->title);
  G_OBJECT_CLASS (files_tab_parent_class)->finalize (object);
}

static void
add_signals (void)
{
  signals[CHANGED] = g_signal_new ("changed",
                                   FILES_TYPE_TAB,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
  signals[OPEN] = g_signal_new ("open",
                                FILES_TYPE_TAB,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                2,
                                G_TYPE_FILE,
                                PANE_TYPE_OPEN_TARGET);
  signals[MENU] = g_signal_new ("menu",
                                FILES_TYPE_TAB,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                3,
                                G_TYPE_UINT,
                                G_TYPE_DOUBLE,
                                G_TYPE_DOUBLE);
  signals[EDIT_LOCATION] = g_signal_new ("edit-location",
                                         FILES_TYPE_TAB,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         1,
                                         G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed",
                                  FILES_TYPE_TAB,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  1,
                                  G_TYPE_STRING);
}

/* These keys mean something else in an entry, so they belong to the rows and not to the window. */
static void
add_row_shortcuts (GtkWidgetClass *widget_class)
{
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_Return,
                                       GDK_CONTROL_MASK,
                                       "win.open-tab",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_KP_Enter,
                                       GDK_CONTROL_MASK,
                                       "win.open-tab",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_Return,
                                       GDK_SHIFT_MASK,
                                       "win.open-window",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_KP_Enter,
                                       GDK_SHIFT_MASK,
                                       "win.open-window",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_a,
                                       GDK_CONTROL_MASK,
                                       "win.select-all",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_i,
                                       GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "win.invert-selection",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "win.copy", NULL);
  gtk_widget_class_add_binding_action (widget_class,
                                       GDK_KEY_c,
                                       GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "win.copy-path",
                                       NULL);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Files/ui/files-tab.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesTab, search_bar);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, filter_entry);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, banner);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, type_ahead);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, stack);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, view_bin);
  gtk_widget_class_bind_template_child (widget_class, FilesTab, status_line);
  gtk_widget_class_bind_template_callback (widget_class, filtering_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, banner_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, type_ahead_found_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, scroll_cb);
}

static void
files_tab_class_init (FilesTabClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = files_tab_get_property;
  object_class->dispose = files_tab_dispose;
  object_class->finalize = files_tab_finalize;
  properties[PROP_TITLE]
      = g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LOADING] = g_param_spec_boolean ("loading",
                                                   NULL,
                                                   NULL,
                                                   FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  add_signals ();
  g_type_ensure (FILES_TYPE_TYPE_AHEAD);
  g_type_ensure (FILES_TYPE_STATUS_LINE);
  bind_template (GTK_WIDGET_CLASS (klass));
  add_row_shortcuts (GTK_WIDGET_CLASS (klass));
}

static void
files_tab_init (FilesTab *self)
{
  self->scope = thaw_scope_new_for_owner ("tab", G_OBJECT (self), NULL);
  self->history = files_history_new ();
  self->model = pane_folder_model_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, self->filter_entry);
  files_status_line_set_model (self->status_line, self->model);
  files_type_ahead_set_model (self->type_ahead, self->model);
}

/**
 * files_tab_new:
 * @state: what is remembered
 * @view_id: (nullable): the view to begin with, or %NULL for the remembered one
 *
 * Returns: (transfer floating): a tab without a place
 */
FilesTab *
files_tab_new (FilesState *state, const char *view_id)
{
  FilesTab *self = g_object_new (FILES_TYPE_TAB, NULL);

  self->state = g_object_ref (state);
  self->first_view_id = g_strdup (view_id);
  return self;
}
