/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From exec to the first frame that shows a folder's rows, seen from outside on the screen, beside
 * an empty AdwApplicationWindow and a GTK hello world that are started the same way in the same
 * rounds; and the next window of a Thaw Files that runs already, asked for over D-Bus as a desktop
 * would.
 *
 *   bench-start [--quick] THAW-FILES EMPTY-ADW GTK-HELLO
 *
 * Needs a display and a session bus of its own (with-display). A program counts as there when its
 * picture is: for the empty window that is its background, for hello its label, for Thaw Files a
 * dozen tiles of the content area with something in them. So nobody's word is taken for it, and the
 * folder's rows can't be claimed before they are drawn. */
#include "window-figures.h"
#include "window-watch.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>

#define PATIENCE_USEC (20 * G_USEC_PER_SEC)
#define N_FILES 200
#define N_NEXT_WINDOWS 9

typedef struct {
  const char *program;
  const char *argument;
  WindowState state;
  GArray *msecs;
} Contender;

static gboolean
make_files (const char *folder)
{
  for (guint i = 0; i < N_FILES; i++)
    {
      g_autofree char *name
          = g_strdup_printf ("%s/Holiday in the mountains of the far north, day %03u.jpg",
                             folder,
                             i);

      if (!g_file_set_contents (name, "", 0, NULL))
        return FALSE;
    }
  return TRUE;
}

static void
remove_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
}

static GSubprocess *
start (const Contender *contender, GError **error)
{
  return g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
                           error,
                           contender->program,
                           contender->argument,
                           NULL);
}

static void
end (GSubprocess *process)
{
  g_subprocess_send_signal (process, SIGTERM);
  g_subprocess_wait (process, NULL, NULL);
}

/* One start. FALSE: it couldn't be started or never got that far. */
static gboolean
measure_start (WindowWatch *watch, const Contender *contender)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  gint64 started, seen;

  window_watch_forget (watch);
  started = g_get_monotonic_time ();
  process = start (contender, &error);
  if (process == NULL)
    {
      g_printerr ("bench-start: %s\n", error->message);
      return FALSE;
    }
  seen = window_watch_wait (watch, contender->state, started + PATIENCE_USEC);
  end (process);
  if (seen < 0)
    {
      g_printerr ("bench-start: %s shows nothing within %d s\n",
                  contender->program,
                  (int) (PATIENCE_USEC / G_USEC_PER_SEC));
      return FALSE;
    }
  figures_add (contender->msecs, (seen - started) / 1000.0);
  return TRUE;
}

/* The name on the bus that appeared with the program. */
static char *
find_bus_name (GDBusConnection *bus)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus,
                                                            "org.freedesktop.DBus",
                                                            "/",
                                                            "org.freedesktop.DBus",
                                                            "ListNames",
                                                            NULL,
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            5000,
                                                            NULL,
                                                            NULL);
  g_autoptr (GVariantIter) names = NULL;
  const char *name;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(as)", &names);
  while (g_variant_iter_next (names, "&s", &name))
    if (*name != ':' && !g_str_has_prefix (name, "org.freedesktop.")
        && !g_str_has_prefix (name, "org.a11y.") && !g_str_has_prefix (name, "org.gtk.")
        && !g_str_has_prefix (name, "ca.desrt.") && !g_str_has_prefix (name, "org.thaw.Watch."))
      return g_strdup (name);
  return NULL;
}

/* A program may show its window before it has its name. */
static char *
wait_for_bus_name (GDBusConnection *bus)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC / 4;
  char *name;

  while ((name = find_bus_name (bus)) == NULL && g_get_monotonic_time () < deadline)
    g_usleep (10000);
  return name;
}

/* Sends the request that a desktop sends when a folder is opened. The answer isn't waited for. */
static void
ask_for_window (GDBusConnection *bus, const char *bus_name, const char *folder)
{
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);
  g_autofree char *path = g_strconcat ("/", bus_name, NULL);
  const char *uris[] = { uri, NULL };

  g_strdelimit (path, ".", '/');
  g_strdelimit (path, "-", '_');
  g_dbus_connection_call (bus,
                          bus_name,
                          path,
                          "org.freedesktop.Application",
                          "Open",
                          g_variant_new ("(^asa{sv})", uris, NULL),
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          NULL,
                          NULL,
                          NULL);
  g_dbus_connection_flush_sync (bus, NULL, NULL);
}

/* With the first window open, since with the last one the program ends. */
static gboolean
measure_next_windows (WindowWatch *watch, const Contender *files, guint n, GArray *msecs)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *bus_name = NULL;

  if (bus == NULL)
    return FALSE;
  window_watch_forget (watch);
  process = start (files, NULL);
  if (process == NULL
      || window_watch_wait (watch, WINDOW_ROWS, g_get_monotonic_time () + PATIENCE_USEC) < 0)
    return FALSE;
  bus_name = wait_for_bus_name (bus);
  if (bus_name == NULL)
    g_printerr ("bench-start: the running program has no name on the bus\n");
  for (guint i = 0; bus_name != NULL && i < n; i++)
    {
      gint64 asked, seen;

      /* The window before has finished what it does after its first frame. */
      g_usleep (300000);
      window_watch_forget (watch);
      asked = g_get_monotonic_time ();
      ask_for_window (bus, bus_name, files->argument);
      seen = window_watch_wait (watch, WINDOW_ROWS, asked + PATIENCE_USEC / 4);
      if (seen < 0)
        break;
      figures_add (msecs, (seen - asked) / 1000.0);
      window_watch_close_window (watch, g_get_monotonic_time () + PATIENCE_USEC);
    }
  end (process);
  return msecs->len == n;
}

static void
print_figures (Contender *empty, Contender *hello, Contender *files, GArray *next)
{
  double empty_msec = figures_median (empty->msecs), hello_msec = figures_median (hello->msecs);
  double files_msec = figures_median (files->msecs), next_msec = figures_median (next);
  g_autofree char *times
      = g_strdup_printf ("%.0f ms, empty AdwApplicationWindow %.0f ms", files_msec, empty_msec);
  g_autofree char *hello_times = g_strdup_printf ("hello %.0f ms", hello_msec);
  g_autofree char *next_times = g_strdup_printf ("%.0f ms, hello %.0f ms", next_msec, hello_msec);

  figure_print_most ("start to first frame with rows / empty AdwApplicationWindow",
                     files_msec / empty_msec,
                     "x",
                     1.3,
                     times);
  figure_print_most ("start to first frame with rows / GTK hello",
                     files_msec / hello_msec,
                     "x",
                     2.2,
                     hello_times);
  figure_print_most ("next window of a running process / GTK hello",
                     next_msec / hello_msec,
                     "x",
                     0.5,
                     next_times);
}

static gboolean
measure (WindowWatch *watch, Contender *contenders, guint n_rounds, GArray *next)
{
  /* The first round only warms the page cache. */
  for (guint round = 0; round <= n_rounds; round++)
    for (guint i = 0; i < 3; i++)
      {
        if (!measure_start (watch, &contenders[(round + i) % 3]))
          return FALSE;
        if (round == 0)
          g_array_set_size (contenders[(round + i) % 3].msecs, 0);
      }
  return measure_next_windows (watch, &contenders[0], n_rounds == 1 ? 1 : N_NEXT_WINDOWS, next);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && g_str_equal (argv[1], "--quick");
  char **programs = argv + 1 + quick;
  g_autoptr (WindowWatch) watch = window_watch_new ();
  g_autoptr (GArray) next = figures_new ();
  g_autofree char *folder = NULL;
  Contender contenders[3]
      = { { .state = WINDOW_ROWS }, { .state = WINDOW_PAINTED }, { .state = WINDOW_MARKED } };
  gboolean good;

  if (argc - 1 - quick != 3)
    {
      g_printerr ("usage: bench-start [--quick] THAW-FILES EMPTY-ADW GTK-HELLO\n");
      return 2;
    }
  folder = g_dir_make_tmp ("thaw-start-XXXXXX", NULL);
  if (watch == NULL || folder == NULL || !make_files (folder))
    {
      g_printerr ("bench-start: no display with the DAMAGE extension, or no room for files\n");
      return 1;
    }
  for (guint i = 0; i < 3; i++)
    {
      contenders[i].program = programs[i];
      contenders[i].argument = i == 0 ? folder : NULL;
      contenders[i].msecs = figures_new ();
    }
  good = measure (watch, contenders, quick ? 1 : 9, next);
  print_figures (&contenders[1], &contenders[2], &contenders[0], next);
  for (guint i = 0; i < 3; i++)
    g_array_unref (contenders[i].msecs);
  remove_files (folder);
  return good ? 0 : 1;
}
