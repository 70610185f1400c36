/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application. It is registered without a bus (see files-bus.c), opens the first window on a
 * folder that main() has begun to list before GTK started, and opens windows for requests that the
 * service hands on. It outlives its last window while operations run, and for a moment after another
 * process has called. Everything that the first frame doesn't need waits for
 * files_application_window_shown(). Loop's thread. */

#include "files-application.h"
#include "files-dialog-keys.h"
#include "files-lab-window.h"
#include "files-operation-notices.h"
#include "files-plugins.h"
#include "files-shortcuts.h"
#include "files-trace.h"
#include "files-window.h"
#include "pane-location.h"
#include "pane-view-registry.h"
#include <glib/gi18n.h>

#define FLUSH_USEC G_USEC_PER_SEC
#define NARROWEST 300 /* of a dialog: the window's 360, less the frame where it draws one itself   \
                       */

struct _FilesApplication {
  AdwApplication parent_instance;

  FilesState *state;
  PanePlaces *places;
  FilesService *service;
  gboolean is_held; /* for the service */
  FilesQuestions *questions;
  ThawMailbox *colour_schemes;
  ThawFolder *first_folder; /* until the first window has it */
  char *first_view_id;
  char *activation_token; /* of the first window */
  GPtrArray *first_locations;
  ThawMonitor *monitor; /* from the first frame to the shutdown */
  gboolean shown;
};

G_DEFINE_FINAL_TYPE (FilesApplication, files_application, ADW_TYPE_APPLICATION)

/**
 * files_application_get_state:
 * @self: the application
 *
 * Returns: (transfer none): what is remembered, the same for the application's life
 */
FilesState *
files_application_get_state (FilesApplication *self)
{
  return self->state;
}

/**
 * files_application_get_operations:
 * @self: the application
 *
 * Returns: (transfer none): what changes files, the same for the application's life
 */
FilesOperations *
files_application_get_operations (FilesApplication *self)
{
  return self->service != NULL ? files_service_get_operations (self->service) : NULL;
}

/**
 * files_application_get_places:
 * @self: the application
 *
 * Returns: (transfer none): the places of all sidebars; empty until the first window has painted
 */
PanePlaces *
files_application_get_places (FilesApplication *self)
{
  return self->places;
}

/* Windows */

/**
 * files_application_open_window:
 * @self: the application
 * @locations: (array length=n_locations): places
 * @n_locations: how many, 0 for home
 * @view_id: (nullable): the view to begin with
 *
 * Opens a window with a tab at each of @locations.
 */
void
files_application_open_window (FilesApplication *self,
                               GFile *const *locations,
                               guint n_locations,
                               const char *view_id)
{
  FilesWindow *window = files_window_new (self);
  GFile *home = pane_location_get_home ();

  if (n_locations == 0)
    {
      locations = &home;
      n_locations = 1;
    }
  for (guint i = 0; i < n_locations; i++)
    files_tab_show_location (files_window_add_tab (window, view_id, i == 0), locations[i], TRUE);
  gtk_window_present (GTK_WINDOW (window));
}

static gboolean
window_ask (FilesWindow *window, ThawMountQuestion *question)
{
  AdwTabView *tabs = files_window_get_tab_view (window);
  int n = tabs != NULL ? adw_tab_view_get_n_pages (tabs) : 0;
  FilesTab *tab;

  for (int i = 0; i < n; i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (tabs, i);
      FilesPanes *panes = FILES_PANES (adw_tab_page_get_child (page));

      for (guint pane = 0; (tab = files_panes_get_nth (panes, pane)) != NULL; pane++)
        if (files_tab_ask (tab, question))
          return TRUE;
    }
  return FALSE;
}

/* A question of a place that no tab is at is refused: there is nobody to ask. */
static void
question_cb (ThawMountQuestion *question, gpointer user_data)
{
  for (GList *link = gtk_application_get_windows (user_data); link != NULL; link = link->next)
    if (FILES_IS_WINDOW (link->data) && window_ask (link->data, question))
      return;
}

static void
open_first_window (FilesApplication *self)
{
  FilesWindow *window = files_window_new (self);
  g_autoptr (ThawFolder) folder = g_steal_pointer (&self->first_folder);

  files_tab_show_folder (files_window_add_tab (window, self->first_view_id, TRUE), folder, TRUE);
  for (guint i = 1; i < self->first_locations->len; i++)
    files_tab_show_location (files_window_add_tab (window, self->first_view_id, FALSE),
                             g_ptr_array_index (self->first_locations, i),
                             TRUE);
  files_questions_serve (self->questions, question_cb, self);
  files_trace_folder (folder);
  if (self->activation_token != NULL)
    gtk_window_set_startup_id (GTK_WINDOW (window), self->activation_token);
  gtk_window_present (GTK_WINDOW (window));
  files_trace_mark ("window");
}

static void
state_loaded_cb (FilesApplication *self)
{
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (self)); link != NULL;
       link = link->next)
    if (FILES_IS_WINDOW (link->data))
      files_window_apply_state (link->data);
}

/* The bus */

static GFile **
dup_locations (FilesRequest *request, guint *n)
{
  GFile **locations;

  *n = g_strv_length (request->uris);
  locations = g_new0 (GFile *, *n + 1);
  for (guint i = 0; i < *n; i++)
    locations[i] = g_file_new_for_uri (request->uris[i]);
  return locations;
}

static void
request_cb (FilesRequest *request, gpointer user_data)
{
  FilesApplication *self = user_data;
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  const char *view_id
      = pane_view_registry_find (request->view_id) != NULL ? request->view_id : NULL;
  guint n = 0;
  GFile **locations = dup_locations (request, &n);

  if (n > 0 || request->new_window || window == NULL)
    {
      files_application_open_window (self, locations, n, view_id);
      window = gtk_application_get_active_window (GTK_APPLICATION (self));
    }
  if (window != NULL && request->activation_token != NULL)
    gtk_window_set_startup_id (window, request->activation_token);
  if (window != NULL)
    gtk_window_present (window);
  for (guint i = 0; i < n; i++)
    g_object_unref (locations[i]);
  g_free (locations);
  files_request_free (request);
}

static void
files_application_activate (GApplication *application)
{
  FilesApplication *self = FILES_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (self->first_folder != NULL)
    {
      open_first_window (self);
      files_service_set_request_func (self->service, request_cb, self);
    }
  else if (window != NULL)
    gtk_window_present (window);
  else
    files_application_open_window (self, NULL, 0, NULL);
}

/* A caller who has said hello finds the process still there when it submits. */
static void
needed_changed_cb (FilesApplication *self)
{
  gboolean is_needed = files_service_is_needed (self->service);

  if (is_needed == self->is_held)
    return;
  self->is_held = is_needed;
  if (is_needed)
    g_application_hold (G_APPLICATION (self));
  else
    g_application_release (G_APPLICATION (self));
}

static void
colour_scheme_cb (gpointer message, gpointer user_data)
{
  AdwColorScheme scheme = GPOINTER_TO_UINT (message) - 1 == 1 ? ADW_COLOR_SCHEME_FORCE_DARK
                                                              : ADW_COLOR_SCHEME_DEFAULT;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

/* A result that nobody looked at is a fault of ours: it is told, with the name of the task. */
static void
unhandled_cb (const char *name, const GError *error, gpointer user_data)
{
  g_warning ("Nobody looked at what became of “%s”: %s", name, error->message);
}

/* From the first frame on, so that the start pays nothing for it. */
static void
start_watching (FilesApplication *self)
{
  thaw_task_set_unhandled_func (unhandled_cb, NULL);
  self->monitor = thaw_monitor_start (NULL);
  files_trace_watch (self->monitor);
  thaw_task_tree_start ();
}

static void
stop_watching (FilesApplication *self)
{
  if (self->monitor == NULL)
    return;
  thaw_task_tree_stop ();
  thaw_monitor_stop (g_steal_pointer (&self->monitor));
}

/**
 * files_application_window_shown:
 * @self: the application
 *
 * A window has painted its first frame. With the first one everything starts that it didn't need.
 */
void
files_application_window_shown (FilesApplication *self)
{
  if (self->shown)
    return;
  self->shown = TRUE;
  files_trace_mark ("frame");
  start_watching (self);
  pane_places_load (self->places);
  files_operation_notices_start (self);
  files_plugins_install (self);
  g_signal_emit_by_name (files_application_get_operations (self), "changed"); /* there may be some already */
  gtk_window_set_default_icon_name (FILES_APPLICATION_ID);
}

/* Actions */

static void
new_window_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);
  FilesTab *tab = FILES_IS_WINDOW (window) ? files_window_get_tab (FILES_WINDOW (window)) : NULL;
  GFile *location = tab != NULL ? files_tab_get_location (tab) : NULL;

  files_application_open_window (user_data, &location, location != NULL ? 1 : 0, NULL);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  static gboolean has_icons = FALSE;
  AdwDialog *about;

  /* For the icon of a program that isn't installed. */
  if (!has_icons)
    gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                      "/org/thaw/Files/icons");
  has_icons = TRUE;
  about = g_object_new (ADW_TYPE_ABOUT_DIALOG,
                        "application-name",
                        _ ("Thaw Files"),
                        "application-icon",
                        FILES_APPLICATION_ID,
                        "version",
                        THAW_VERSION,
                        "comments",
                        _ ("Any folder, at once, in a window that never freezes."),
                        "license-type",
                        GTK_LICENSE_GPL_3_0,
                        "translator-credits",
                        _ ("translator-credits"),
                        "width-request",
                        NARROWEST,
                        NULL);
  adw_dialog_present (about, GTK_WIDGET (gtk_application_get_active_window (user_data)));
}

static void
lab_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  files_lab_window_present (user_data);
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (user_data));

  for (GList *link = windows; link != NULL; link = link->next)
    {
      if (FILES_IS_WINDOW (link->data))
        files_dialog_keys_close_all (link->data);
      gtk_window_close (link->data);
    }
  g_list_free (windows);
}

/* By hand instead of by a resource base path, which would also make GTK load the icon theme a
 * second time, on this thread and before the first frame. */
static void
load_style (void)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/org/thaw/Files/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
files_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { .name = "new-window", .activate = new_window_cb },
    { .name = "about", .activate = about_cb },
    { .name = "lab", .activate = lab_cb },
    { .name = "quit", .activate = quit_cb },
  };

  /* With a name already there, GTK doesn't look for an icon of the application's name, for which
   * this thread would load the whole icon theme. */
  gtk_window_set_default_icon_name (FILES_APPLICATION_ID);
  G_APPLICATION_CLASS (files_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (NULL);
  g_action_map_add_action_entries (G_ACTION_MAP (application),
                                   entries,
                                   G_N_ELEMENTS (entries),
                                   application);
  files_shortcuts_install (GTK_APPLICATION (application));
  load_style ();
}

/* What was changed last is written before the process ends, unless its lane doesn't answer. There
 * is no window any more. */
static void
flush_state (FilesApplication *self)
{
  g_autoptr (ThawFuture) flushed = files_state_flush (self->state);
  gint64 deadline = g_get_monotonic_time () + FLUSH_USEC;

  while (thaw_future_get_state (flushed) == THAW_FUTURE_PENDING
         && g_get_monotonic_time () < deadline)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  thaw_future_disown (g_steal_pointer (&flushed));
}

static void
files_application_shutdown (GApplication *application)
{
  flush_state (FILES_APPLICATION (application));
  stop_watching (FILES_APPLICATION (application));
  G_APPLICATION_CLASS (files_application_parent_class)->shutdown (application);
}

static void
files_application_dispose (GObject *object)
{
  FilesApplication *self = FILES_APPLICATION (object);

  g_clear_object (&self->first_folder);
  g_clear_object (&self->places);
  if (self->service != NULL)
    files_service_set_request_func (self->service, NULL, NULL);
  g_clear_object (&self->service);
  g_clear_object (&self->state);
  g_clear_pointer (&self->questions, files_questions_free);
  g_clear_pointer (&self->first_locations, g_ptr_array_unref);
  G_OBJECT_CLASS (files_application_parent_class)->dispose (object);
}

static void
files_application_finalize (GObject *object)
{
  FilesApplication *self = FILES_APPLICATION (object);

  g_clear_pointer (&self->colour_schemes, thaw_mailbox_unref);
  g_free (self->first_view_id);
  g_free (self->activation_token);
  G_OBJECT_CLASS (files_application_parent_class)->finalize (object);
}

static void
files_application_class_init (FilesApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_application_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_application_finalize;
  application_class->startup = files_application_startup;
  application_class->activate = files_application_activate;
  application_class->shutdown = files_application_shutdown;
}

static void
files_application_init (FilesApplication *self)
{
  self->places = pane_places_new ();
  self->colour_schemes
      = thaw_mailbox_new ("colour scheme", NULL, G_OBJECT (self), 64, colour_scheme_cb, self, NULL);
}

/**
 * files_application_new:
 * @arguments: the command line
 * @folder: the first place, being listed already
 * @state: what is remembered, being read already
 * @service: what other processes ask, started or about to be; it holds the bus and the operations
 * @questions: (transfer full): what places ask
 *
 * Returns: (transfer full): the application, not registered yet
 */
FilesApplication *
files_application_new (const FilesArguments *arguments,
                       ThawFolder *folder,
                       FilesState *state,
                       FilesService *service,
                       FilesQuestions *questions)
{
  FilesApplication *self = g_object_new (FILES_TYPE_APPLICATION,
                                         "application-id",
                                         FILES_APPLICATION_ID,
                                         "flags",
                                         G_APPLICATION_NON_UNIQUE,
                                         NULL);

  /* See load_style(). */
  g_application_set_resource_base_path (G_APPLICATION (self), NULL);
  self->first_folder = g_object_ref (folder);
  self->first_view_id = g_strdup (arguments->view_id);
  self->first_locations = g_ptr_array_ref (arguments->locations);
  self->state = g_object_ref (state);
  self->service = g_object_ref (service);
  self->questions = questions;
  g_signal_connect_object (service, "needed-changed", G_CALLBACK (needed_changed_cb), self, G_CONNECT_SWAPPED);
  needed_changed_cb (self);
  files_bus_follow_appearance (files_service_get_bus (service), self->colour_schemes);
  g_signal_connect_object (state, "loaded", G_CALLBACK (state_loaded_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (state, "changed", G_CALLBACK (state_loaded_cb), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * files_application_set_activation_token:
 * @self: the application, before its first window
 * @token: (nullable): of whoever asked for the window
 *
 * Says on whose behalf the first window comes, where the environment doesn't.
 */
void
files_application_set_activation_token (FilesApplication *self, const char *token)
{
  g_set_str (&self->activation_token, token);
}
