/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's environment. Without a GPU, GTK probes GL for 35 ms and then paints through llvmpipe, which
 * costs more than cairo does: so say cairo before gtk_init() when there is no render node.
 * libadwaita asks the settings portal synchronously on the window's thread, and GTK the session bus
 * for the accessibility bus: FilesBus asks both from its own thread instead. Whatever the user has
 * set stays. And how the kernel is to treat the window's thread. Main thread, before gtk_init(). */

#include "files-platform.h"

#include <errno.h>
#include <gtk/gtk.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TURN_USEC 300
#define RESET_ON_FORK 1

static gboolean
has_render_node (void)
{
  g_autoptr (GDir) nodes = g_dir_open ("/dev/dri", 0, NULL);
  const char *name;

  while (nodes != NULL && (name = g_dir_read_name (nodes)) != NULL)
    if (g_str_has_prefix (name, "renderD"))
      return TRUE;
  return FALSE;
}

/* What was set for this process alone: programs that are started from here must not inherit it. */
typedef struct {
  const char *name;
  char *before; /* NULL: was not set */
} OwnSetting;

static GArray *own_settings;

static void
replace_own (const char *name, const char *value)
{
  OwnSetting setting = { name, g_strdup (g_getenv (name)) };

  if (own_settings == NULL)
    own_settings = g_array_new (FALSE, FALSE, sizeof (OwnSetting));
  g_array_append_val (own_settings, setting);
  g_setenv (name, value, TRUE);
}

static void
set_own (const char *name, const char *value)
{
  if (g_getenv (name) == NULL)
    replace_own (name, value);
}

/* Broadway has a renderer of its own, and GTK shows nothing there with another. */
static gboolean
is_broadway (void)
{
  const char *backend = g_getenv ("GDK_BACKEND");

  return backend != NULL && g_str_has_prefix (backend, "broadway");
}

static gboolean
may_choose_renderer (void)
{
  return g_getenv ("GSK_RENDERER") == NULL && g_getenv ("GDK_DISABLE") == NULL && !is_broadway ();
}

/* As the kernel has it; its first edition. */
typedef struct {
  guint32 size, policy;
  guint64 flags;
  gint32 nice;
  guint32 priority;
  guint64 runtime_nsec, deadline_nsec, period_nsec;
} Schedule;

/* Who asks for short turns gets them sooner: among eight others who compute, the window waited up to 145 ms for a
 * processor and waits 33 (Linux 6.12 and later). It takes no more of it. Threads and programs that are started from here
 * have turns as usual. */
static void
take_short_turns (void)
{
  Schedule schedule = { 0 };

  if (syscall (SYS_sched_getattr, 0, &schedule, sizeof (schedule), 0) != 0
      || schedule.policy != SCHED_OTHER)
    return;
  schedule.size = sizeof (schedule);
  schedule.flags |= RESET_ON_FORK;
  schedule.runtime_nsec = TURN_USEC * 1000;
  if (syscall (SYS_sched_setattr, 0, &schedule, 0) != 0)
    g_debug ("The processor's scheduler isn't told: %s", g_strerror (errno));
}

/**
 * files_platform_prepare:
 *
 * Has this thread come to its turns soon, chooses the renderer, and keeps libadwaita off the settings portal and GIO off gvfs' daemon on this thread (io asks that
 * for itself, on a worker). To be called before there are threads.
 */
void
files_platform_prepare (void)
{
  if (may_choose_renderer () && !has_render_node ())
    {
      set_own ("GSK_RENDERER", "cairo");
      set_own ("GDK_DISABLE", "gl,vulkan,dmabuf");
    }
  set_own ("ADW_DISABLE_PORTAL", "1");
  set_own ("GIO_USE_VFS", "local");
  take_short_turns ();
}

/**
 * files_platform_start_gtk:
 *
 * Starts GTK without the theme that libadwaita throws away again: GTK parses its own style sheet first, which is a tenth of the
 * whole start. Main thread; other threads may run.
 *
 * Returns: whether there is a display
 */
gboolean
files_platform_start_gtk (void)
{
  gboolean has_theme = g_getenv ("GTK_THEME") != NULL;
  gboolean has_display;

  /* Libadwaita would respect the variable, so it is gone when that starts. It stands last in the environment: taking it away
   * moves no other under a thread that reads one. */
  if (!has_theme)
    g_setenv ("GTK_THEME", "Adwaita-empty", FALSE);
  has_display = gtk_init_check ();
  if (has_display)
    gtk_settings_get_default ();
  if (!has_theme)
    g_unsetenv ("GTK_THEME");
  return has_display;
}

/**
 * files_platform_set_accessibility:
 * @address: (nullable): the D-Bus address of the accessibility bus, or %NULL for none
 *
 * Tells GTK where the accessibility bus is, so that it doesn't ask. With %NULL it runs without, as asking could hold
 * the window for 25 s. Before the first window.
 */
void
files_platform_set_accessibility (const char *address)
{
  if (address != NULL)
    set_own ("AT_SPI_BUS_ADDRESS", address);
  else
    set_own ("GTK_A11Y", "none");
}

/**
 * files_platform_may_have_display:
 *
 * Returns: whether the environment names a display at all
 */
gboolean
files_platform_may_have_display (void)
{
  const char *x11 = g_getenv ("DISPLAY");
  const char *wayland = g_getenv ("WAYLAND_DISPLAY");

  return (x11 != NULL && *x11 != '\0') || (wayland != NULL && *wayland != '\0') || is_broadway ();
}

/**
 * files_platform_asks_portal:
 *
 * GDK for Wayland asks the settings portal in gtk_init(), on this thread, for as long as that takes.
 *
 * Returns: whether it is going to
 */
gboolean
files_platform_asks_portal (void)
{
  const char *backend = g_getenv ("GDK_BACKEND");
  const char *debug = g_getenv ("GDK_DEBUG");

  if (debug != NULL && strstr (debug, "no-portals") != NULL)
    return FALSE;
  if (backend != NULL && strstr (backend, "wayland") == NULL && strchr (backend, '*') == NULL)
    return FALSE;
  return g_getenv ("WAYLAND_DISPLAY") != NULL;
}

/**
 * files_platform_avoid_portal:
 *
 * Keeps GDK off the portals: they don't answer. Before files_platform_start_gtk().
 */
void
files_platform_avoid_portal (void)
{
  const char *debug = g_getenv ("GDK_DEBUG");
  g_autofree char *value
      = debug != NULL ? g_strconcat (debug, ",no-portals", NULL) : g_strdup ("no-portals");

  replace_own ("GDK_DEBUG", value);
}

/**
 * files_platform_new_launch_context:
 *
 * Any thread, once there is a window.
 *
 * Returns: (transfer full): a context for starting other programs, in the environment that the user gave this one
 */
GAppLaunchContext *
files_platform_new_launch_context (void)
{
  GAppLaunchContext *context = g_app_launch_context_new ();

  for (guint i = 0; own_settings != NULL && i < own_settings->len; i++)
    {
      const OwnSetting *setting = &g_array_index (own_settings, OwnSetting, i);

      if (setting->before != NULL)
        g_app_launch_context_setenv (context, setting->name, setting->before);
      else
        g_app_launch_context_unsetenv (context, setting->name);
    }
  return context;
}
