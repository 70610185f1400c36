/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which page of a tab is up: the rows, a notice or a question in their place, and the banner above
 * them. All of it follows from the folder's state and the number of rows, in one place
 * (files_tab_update_page), so every way into a state shows the same. The keyboard focus stays in
 * the tab whatever becomes of the rows: GTK would move it to the sidebar when the last row goes.
 * Loop's thread. */

#include "files-tab-private.h"
#include <glib/gi18n.h>

#define HINT_DELAY_MSEC 200 /* a folder that has rows before doesn't flash a hint */

/**
 * files_tab_has_own_rows:
 * @self: a tab
 *
 * The rows of the folder before stay until the first of the new one come, so that going places
 * doesn't flicker.
 *
 * Returns: whether the rows are those of the tab's folder
 */
gboolean
files_tab_has_own_rows (FilesTab *self)
{
  return self->folder != NULL && pane_folder_model_get_folder (self->model) == self->folder;
}

static guint32
count_rows (FilesTab *self)
{
  ThawOrder *order
      = files_tab_has_own_rows (self) ? pane_folder_model_get_order (self->model) : NULL;

  return order != NULL ? thaw_order_get_n (order) : 0;
}

/* Among other folders an empty one is an empty column, and not a page. */
static gboolean
shows_emptiness (FilesTab *self)
{
  return files_tab_spans_folders (self) && files_tab_has_own_rows (self)
         && thaw_folder_get_state (self->folder) == THAW_FOLDER_READY;
}

/**
 * files_tab_is_loading:
 * @self: a tab
 *
 * Returns: whether more of the folder is to come
 */
gboolean
files_tab_is_loading (FilesTab *self)
{
  ThawFolderState state;

  if (self->folder == NULL)
    return FALSE;
  state = thaw_folder_get_state (self->folder);
  return state == THAW_FOLDER_IDLE || state == THAW_FOLDER_LOADING || state == THAW_FOLDER_WAITING;
}

/* What is said */

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
  return files_notice_info_for_empty (thaw_folder_get_location (self->folder),
                                      store != NULL ? thaw_entry_store_get_n_alive (store) : 0);
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

/* The keyboard focus */

static GtkWidget *
get_window_focus (FilesTab *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  return root != NULL ? gtk_root_get_focus (root) : NULL;
}

static gboolean
has_focus (FilesTab *self, GtkWidget *page)
{
  GtkWidget *focus = get_window_focus (self);

  return focus != NULL && (focus == page || gtk_widget_is_ancestor (focus, page));
}

/* A folder that comes late must not take the focus from somebody who types meanwhile, nor a tab in
 * the background from the one in front. */
static gboolean
may_take_focus (FilesTab *self)
{
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self)));
  gboolean is_in_front = gtk_widget_get_mapped (GTK_WIDGET (self))
                         || (root != NULL && !gtk_widget_get_mapped (root));

  return is_in_front && self->is_active && !GTK_IS_EDITABLE (get_window_focus (self));
}

/**
 * files_tab_note_focus:
 * @self: a tab
 *
 * Notes whether the rows, or what stands in their place, have the focus. To be called before the
 * rows change, which may lose it; files_tab_update_page() brings it back.
 */
void
files_tab_note_focus (FilesTab *self)
{
  self->had_focus = has_focus (self, GTK_WIDGET (self->stack));
}

/**
 * files_tab_shows_rows:
 * @self: a tab
 *
 * Returns: whether the rows are up, and no notice
 */
gboolean
files_tab_shows_rows (FilesTab *self)
{
  return gtk_stack_get_visible_child (self->stack) == GTK_WIDGET (self->view_bin);
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
  if (!files_tab_shows_rows (self))
    gtk_widget_grab_focus (gtk_stack_get_visible_child (self->stack));
  else if (self->view != NULL) /* else it takes it when it comes */
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

/**
 * files_tab_set_active:
 * @self: a tab
 * @is_active: whether it is the one of several panes that the user works in
 *
 * Lets the tab take the focus by itself, or not.
 */
void
files_tab_set_active (FilesTab *self, gboolean is_active)
{
  self->is_active = is_active;
}

/* The first thing to be seen of a folder takes the focus, unless it is only a hint that there will
 * be something; what replaces a page that had the focus inherits it. */
static void
keep_focus (FilesTab *self)
{
  gboolean had_focus = self->had_focus;
  gboolean is_final
      = count_rows (self) > 0 || files_tab_is_asked (self) || !files_tab_is_loading (self);

  self->had_focus = FALSE;
  if (self->takes_focus && is_final)
    {
      self->takes_focus = FALSE;
      had_focus = had_focus || may_take_focus (self);
    }
  if (had_focus && !has_focus (self, gtk_stack_get_visible_child (self->stack)))
    files_tab_grab_focus (self);
}

/* The pages */

static void
notice_menu_cb (FilesTab *self, double x, double y)
{
  files_tab_ask_menu (self, GTK_WIDGET (self->notice), THAW_NO_ENTRY, x, y);
}

static void
show_notice (FilesTab *self, const FilesNoticeInfo *info)
{
  if (self->notice == NULL)
    {
      self->notice = g_object_new (FILES_TYPE_NOTICE, NULL);
      g_signal_connect_object (self->notice,
                               "menu",
                               G_CALLBACK (notice_menu_cb),
                               self,
                               G_CONNECT_SWAPPED);
      gtk_stack_add_named (self->stack, GTK_WIDGET (self->notice), "notice");
    }
  files_notice_show (self->notice, info);
  gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->notice));
}

static void
show_page (FilesTab *self, const FilesNoticeInfo *info)
{
  self->had_focus = self->had_focus || has_focus (self, GTK_WIDGET (self->stack));
  if (files_tab_is_asked (self))
    gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->question_page));
  else if (info != NULL)
    show_notice (self, info);
  else if (files_tab_has_own_rows (self))
    gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->view_bin));
  keep_focus (self);
}

/**
 * files_tab_update_page:
 * @self: a tab
 *
 * Shows what there is to show: what the place asks, the rows, a notice in their place, or a banner
 * above them.
 */
void
files_tab_update_page (FilesTab *self)
{
  g_autoptr (FilesNoticeInfo) info = NULL;
  g_autofree char *banner = NULL;

  if (self->folder == NULL)
    return;
  if (!files_tab_is_loading (self) && !files_tab_is_asked (self))
    files_tab_drop_question (self);
  if (count_rows (self) == 0 && !shows_emptiness (self))
    info = make_notice (self);
  else
    banner = dup_banner_text (self);
  show_page (self, info);
  if (banner != NULL)
    {
      adw_banner_set_title (self->banner, banner);
      gtk_widget_set_visible (GTK_WIDGET (self->banner), TRUE);
    }
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
  files_tab_update_page (self);
}

/**
 * files_tab_await_hint:
 * @self: a tab
 *
 * Lets a moment pass before it is said that the folder is being opened.
 */
void
files_tab_await_hint (FilesTab *self)
{
  g_clear_handle_id (&self->hint_source, g_source_remove);
  self->hint_is_due = FALSE;
  self->hint_source = g_timeout_add_once (HINT_DELAY_MSEC, hint_cb, self);
}
