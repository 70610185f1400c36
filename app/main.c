/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Thaw Files starts here. The order is what makes the first frame early: bad arguments end it
 * before anything else; the bus thread and the lanes set to work on the first folder and on what is
 * remembered; only then GTK is started, once, on this thread, which from here on is the loop's and
 * blocks no more. Waiting for the bus is the one wait on the way, it has a deadline, and it comes
 * before there is a window. Started by the bus there is no window and no GTK until one is asked for:
 * then it goes the same way. */

#include "files-application.h"
#include "files-platform.h"
#include "files-trace.h"
#include "pane-location.h"
#include "pane-view-registry.h"
#include <glib/gi18n.h>
#include <locale.h>
#include <pango/pangocairo.h>
#include <stdio.h>

/* A bus that answers does so within two milliseconds. */
#define BUS_DEADLINE_USEC (250 * 1000)
/* Who has been started by the bus has time to find it. */
#define SERVICE_DEADLINE_USEC (10 * G_USEC_PER_SEC)
/* The accessibility bus may have to be started first. */
#define ACCESSIBILITY_DEADLINE_USEC (400 * 1000)
#define EXIT_BAD_ARGUMENT 2
#define MAX_EARLY_TURNS 16

static gboolean
has_view (const char *id)
{
  return pane_view_registry_find (id) != NULL;
}

static void
start_gettext (void)
{
  const char *uninstalled = g_getenv ("THAW_LOCALE_DIR");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, uninstalled != NULL ? uninstalled : THAW_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static FilesArguments *
read_arguments (char **argv)
{
  g_autoptr (GError) error = NULL;
  FilesArguments *arguments = files_arguments_parse ((const char *const *) argv, has_view, &error);

  if (arguments == NULL)
    g_printerr ("thaw-files: %s\n", error->message);
  return arguments;
}

static gboolean
answer_at_once (const FilesArguments *arguments)
{
  g_autofree char *help = NULL;

  if (arguments->help)
    {
      help = files_arguments_dup_help ();
      g_print ("%s", help);
    }
  else if (arguments->version)
    g_print ("thaw-files %s\n", THAW_VERSION);
  return arguments->help || arguments->version;
}

static FilesRequest *
make_request (const FilesArguments *arguments)
{
  FilesRequest *request = g_new0 (FilesRequest, 1);
  const char *token = g_getenv ("XDG_ACTIVATION_TOKEN");

  request->uris = g_new0 (char *, arguments->locations->len + 1);
  for (guint i = 0; i < arguments->locations->len; i++)
    request->uris[i] = g_file_get_uri (g_ptr_array_index (arguments->locations, i));
  request->view_id = g_strdup (arguments->view_id);
  request->activation_token = g_strdup (token != NULL ? token : g_getenv ("DESKTOP_STARTUP_ID"));
  request->new_window = arguments->new_window;
  return request;
}

/* A cancelled cancellable keeps GApplication from connecting to the session bus: GTK then makes no
 * call on it either. */
static gboolean
register_without_bus (GApplication *application)
{
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancelled);
  if (g_application_register (application, cancelled, &error))
    return TRUE;
  g_printerr ("thaw-files: %s\n", error->message);
  return FALSE;
}

/* The lanes have listed the first folder and read what is remembered while GTK started: taken in now,
 * its rows are in the first frame and the window has its size. Nothing waits here; what has not come
 * yet comes when the loop runs. */
static void
take_first_rows (ThawFolder *folder, FilesState *state)
{
  for (guint i = 0; i < MAX_EARLY_TURNS; i++)
    if ((thaw_folder_get_order (folder) != NULL && files_state_is_loaded (state))
        || !g_main_context_iteration (NULL, FALSE))
      break;
}

/* What there is before the first window. */
typedef struct {
  FilesArguments *arguments;
  FilesService *service;
  char *activation_token; /* of a window that another process asked for */
  gboolean has_bus;       /* which answers */
  gint64 start_usec;
} Start;

static int
run (const Start *start, ThawFolder *folder, FilesState *state, FilesQuestions *questions)
{
  g_autoptr (FilesApplication) application = NULL;
  g_autofree char *accessibility = NULL;

  application
      = files_application_new (start->arguments, folder, state, start->service, questions);
  files_application_set_activation_token (application, start->activation_token);
  if (!register_without_bus (G_APPLICATION (application)))
    return EXIT_FAILURE;
  /* GTK has started meanwhile; the first window is what needs the answer. A bus that hasn't
   * answered by now isn't waited for once more. */
  accessibility
      = files_bus_wait_accessibility (files_service_get_bus (start->service),
                                      start->has_bus
                                          ? start->start_usec + ACCESSIBILITY_DEADLINE_USEC
                                          : start->start_usec);
  files_platform_set_accessibility (accessibility);
  take_first_rows (folder, state);
  return g_application_run (G_APPLICATION (application), 0, NULL);
}

/* Waits for the bus, while the lanes read the first folder and what is remembered; then shows the
 * window. *@has_display: FALSE if it can't. */
static int
show (Start *start, gboolean asks_portal, gboolean *has_display)
{
  FilesBus *bus = files_service_get_bus (start->service);
  GPtrArray *locations = start->arguments->locations;
  g_autoptr (FilesState) state = files_state_new (NULL);
  g_autoptr (ThawFolder) folder = NULL;
  g_autoptr (FilesQuestions) questions = NULL;
  FilesBusVerdict verdict;

  *has_display = TRUE;
  /* Pango reads fontconfig's files on a thread of its own, from this moment on instead of from the first label on, which would
   * wait for it. */
  pango_cairo_font_map_get_default ();
  files_state_load (state);
  folder = thaw_folder_new (locations->len > 0 ? g_ptr_array_index (locations, 0)
                                               : pane_location_get_home ());
  questions = files_questions_new (); /* before the folder may ask any */
  thaw_folder_start (folder);
  verdict = files_bus_wait_verdict (bus, start->start_usec + BUS_DEADLINE_USEC);
  if (verdict == FILES_BUS_HANDED_OVER)
    return EXIT_SUCCESS;
  start->has_bus = verdict == FILES_BUS_FIRST;
  if (asks_portal && !files_bus_wait_portal (bus, start->start_usec + BUS_DEADLINE_USEC))
    files_platform_avoid_portal ();
  *has_display = files_platform_start_gtk ();
  if (!*has_display)
    return EXIT_FAILURE;
  if (!start->arguments->is_service)
    files_service_start (start->service);
  return run (start, folder, state, g_steal_pointer (&questions));
}

/* As if the window had been asked for on the command line. */
static void
take_request (Start *start, FilesRequest *request)
{
  g_ptr_array_set_size (start->arguments->locations, 0);
  for (guint i = 0; request->uris[i] != NULL; i++)
    g_ptr_array_add (start->arguments->locations, g_file_new_for_uri (request->uris[i]));
  g_set_str (&start->arguments->view_id, has_view (request->view_id) ? request->view_id : NULL);
  g_set_str (&start->activation_token, request->activation_token);
  start->start_usec = g_get_monotonic_time ();
  files_request_free (request);
}

/* The life without a window, as the bus starts it: other processes' operations, and perhaps a window
 * later. Without a bus, or with another Thaw Files on it, there is nobody to serve. */
static int
serve (Start *start, gboolean asks_portal)
{
  FilesBus *bus = files_service_get_bus (start->service);
  gboolean has_display = FALSE;
  FilesRequest *request;
  int status = EXIT_SUCCESS;

  if (files_bus_wait_verdict (bus, start->start_usec + SERVICE_DEADLINE_USEC) != FILES_BUS_FIRST)
    return EXIT_FAILURE;
  g_vfs_get_default (); /* GIO reads its modules now, before there is a loop that may not */
  files_bus_set_can_show (bus, files_platform_may_have_display ());
  files_service_start (start->service);
  while (!has_display && (request = files_service_wait_for_request (start->service)) != NULL)
    {
      take_request (start, request);
      files_bus_find_accessibility (bus);
      status = show (start, asks_portal, &has_display);
      if (!has_display)
        files_bus_set_can_show (bus, FALSE);
    }
  return status;
}

int
main (int argc, char **argv)
{
  gint64 start_usec = g_get_monotonic_time ();
  g_autoptr (FilesArguments) arguments = NULL;
  g_autoptr (FilesService) service = NULL;
  Start start = { .start_usec = start_usec };
  gboolean asks_portal, has_display;
  int status;

  files_trace_start ();
  files_platform_prepare ();
  start_gettext ();
  arguments = read_arguments (argv);
  if (arguments == NULL)
    return EXIT_BAD_ARGUMENT;
  if (answer_at_once (arguments))
    return EXIT_SUCCESS;

  g_set_prgname (FILES_APPLICATION_ID);
  asks_portal = files_platform_asks_portal ();
  service = files_service_new (
      files_bus_new (arguments->is_service ? NULL : make_request (arguments), asks_portal));
  start.arguments = arguments;
  start.service = service;
  if (arguments->is_service)
    status = serve (&start, asks_portal);
  else
    {
      status = show (&start, asks_portal, &has_display);
      if (!has_display)
        g_printerr ("thaw-files: %s\n", _ ("There is no display to open a window on"));
    }
  g_free (start.activation_token);
  return status;
}
