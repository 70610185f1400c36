/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was open when a plugin ended the program. The places of all tabs are written down a moment
 * after they have changed, off the loop, and read at the next start with the names of those that
 * crashed it: only then are they opened again, as tabs of the window that there is then, without
 * taking the user away from what that shows. Loop's thread. */

#include "files-plugin-session.h"
#include "files-plugin-crashes.h"
#include "files-window.h"

#define SESSION_KEY "files-plugin-session"
#define WRITE_MSEC 300
#define MAX_TABS 100

typedef struct {
  FilesApplication *application; /* not owned: it owns this */
  GFile *file;
  ThawScope *scope;
  guint timer;
  gboolean is_writing, is_stale;
} Session;

static void update (Session *self);

static void
session_free (gpointer data)
{
  Session *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_object_unref (self->file);
  g_free (self);
}

/* A page of the tabs may hold more than one. */
static void
add_locations (GtkWidget *widget, GPtrArray *locations)
{
  GFile *location = FILES_IS_TAB (widget) ? files_tab_get_location (FILES_TAB (widget)) : NULL;

  if (location != NULL)
    g_ptr_array_add (locations, location);
  if (FILES_IS_TAB (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_locations (child, locations);
}

/* Of all windows; those of other kinds have no tabs. */
static GPtrArray *
list_locations (FilesApplication *application)
{
  GPtrArray *locations = g_ptr_array_new ();

  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL;
       link = link->next)
    {
      AdwTabView *tabs
          = FILES_IS_WINDOW (link->data) ? files_window_get_tab_view (link->data) : NULL;

      for (int i = 0; tabs != NULL && i < adw_tab_view_get_n_pages (tabs); i++)
        add_locations (adw_tab_page_get_child (adw_tab_view_get_nth_page (tabs, i)), locations);
    }
  return locations;
}

/* Writing */

static void
written_cb (ThawFuture *written, gpointer user_data)
{
  Session *self = user_data;

  /* What can't be written isn't opened again. */
  if (thaw_future_get_state (written) == THAW_FUTURE_REJECTED)
    thaw_future_get_error (written);
  self->is_writing = FALSE;
  if (self->is_stale)
    update (self);
}

static void
timer_cb (gpointer user_data)
{
  Session *self = user_data;
  g_autoptr (GPtrArray) locations = list_locations (self->application);
  GString *text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ThawFuture) written = NULL;

  self->timer = 0;
  self->is_writing = TRUE;
  self->is_stale = FALSE;
  for (guint i = 0; i < MIN (locations->len, MAX_TABS); i++)
    {
      g_autofree char *uri = g_file_get_uri (g_ptr_array_index (locations, i));

      g_string_append_printf (text, "%s\n", uri);
    }
  bytes = g_string_free_to_bytes (text);
  written = thaw_file_save (self->scope, self->file, bytes, THAW_FILE_SAVE_PRIVATE, NULL);
  thaw_future_done (written, self->scope, written_cb, self, NULL);
}

static void
update (Session *self)
{
  self->is_stale = TRUE;
  if (self->timer == 0 && !self->is_writing)
    self->timer = g_timeout_add_once (WRITE_MSEC, timer_cb, self);
}

/**
 * files_plugin_session_update:
 * @application: the application
 *
 * Has what is open now written down soon.
 */
void
files_plugin_session_update (FilesApplication *application)
{
  Session *self = g_object_get_data (G_OBJECT (application), SESSION_KEY);

  if (self != NULL)
    update (self);
}

/* Reading */

static gboolean
is_open (GPtrArray *locations, GFile *location)
{
  return g_ptr_array_find_with_equal_func (locations, location, (GEqualFunc) g_file_equal, NULL);
}

static FilesWindow *
find_window (FilesApplication *application)
{
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL;
       link = link->next)
    if (FILES_IS_WINDOW (link->data))
      return link->data;
  return NULL;
}

static void
open_again (FilesApplication *application, const char *const *uris)
{
  g_autoptr (GPtrArray) locations = list_locations (application);
  FilesWindow *window = find_window (application);

  for (guint i = 0; window != NULL && uris[i] != NULL; i++)
    {
      g_autoptr (GFile) location = g_file_new_for_uri (uris[i]);

      if (*uris[i] != '\0' && !is_open (locations, location))
        files_window_open (window, location, PANE_OPEN_TAB);
    }
}

/**
 * files_plugin_session_begin:
 * @application: the application
 *
 * Opens what was open when a plugin ended the last run, if one did, and writes down from now on
 * what is.
 */
void
files_plugin_session_begin (FilesApplication *application)
{
  Session *self = g_object_get_data (G_OBJECT (application), SESSION_KEY);
  g_auto (GStrv) uris = NULL;
  g_autofree char *path = NULL;

  if (self != NULL)
    return;
  uris = files_plugin_crashes_steal_tabs ();
  path = files_plugin_crashes_dup_tabs_path ();
  self = g_new0 (Session, 1);
  self->application = application;
  self->file = g_file_new_for_path (path);
  self->scope = thaw_scope_new ("tabs that were open", NULL);
  g_object_set_data_full (G_OBJECT (application), SESSION_KEY, self, session_free);
  if (uris != NULL)
    open_again (application, (const char *const *) uris);
  update (self);
}
