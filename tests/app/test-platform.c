/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's environment: what is set for this process, and that programs started from it get what the
 * user gave it. Nothing here starts GTK. */
#include "files-platform.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const variables[]
    = { "GSK_RENDERER", "GDK_DISABLE", "GDK_BACKEND", "GDK_DEBUG", "WAYLAND_DISPLAY" };

static void
forget_all (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_unsetenv (variables[i]);
}

static void
test_broadway (void)
{
  forget_all ();
  g_setenv ("GDK_BACKEND", "broadway:1", TRUE);
  files_platform_prepare ();
  g_assert_null (g_getenv ("GSK_RENDERER"));
  g_assert_null (g_getenv ("GDK_DISABLE"));
}

static void
test_asks_portal (void)
{
  forget_all ();
  g_assert_false (files_platform_asks_portal ());
  g_setenv ("WAYLAND_DISPLAY", "wayland-0", TRUE);
  g_assert_true (files_platform_asks_portal ());
  g_setenv ("GDK_BACKEND", "x11", TRUE);
  g_assert_false (files_platform_asks_portal ());
  g_setenv ("GDK_BACKEND", "wayland,x11", TRUE);
  g_assert_true (files_platform_asks_portal ());
  g_setenv ("GDK_DEBUG", "no-portals", TRUE);
  g_assert_false (files_platform_asks_portal ());
}

static const char *
get_launched (const char *name)
{
  g_autoptr (GAppLaunchContext) context = files_platform_new_launch_context ();
  g_auto (GStrv) environment = g_app_launch_context_get_environment (context);

  return g_intern_string (g_environ_getenv (environment, name));
}

static void
test_avoid_portal (void)
{
  forget_all ();
  g_setenv ("GDK_DEBUG", "events", TRUE);
  files_platform_avoid_portal ();
  g_assert_cmpstr (g_getenv ("GDK_DEBUG"), ==, "events,no-portals");
  g_assert_cmpstr (get_launched ("GDK_DEBUG"), ==, "events");
}

/* The kernel's, as sched(7) has it. */
typedef struct {
  guint32 size, policy;
  guint64 flags;
  gint32 nice;
  guint32 priority;
  guint64 runtime_nsec, deadline_nsec, period_nsec;
} Schedule;

static gpointer
get_turn (gpointer unused)
{
  Schedule schedule = { 0 };

  g_assert_cmpint (syscall (SYS_sched_getattr, 0, &schedule, sizeof (schedule), 0), ==, 0);
  return GSIZE_TO_POINTER (schedule.runtime_nsec);
}

/* The window's thread has short turns, and no other has. */
static void
test_turns (void)
{
  gpointer before = get_turn (NULL);
  int priority = getpriority (PRIO_PROCESS, 0);
  GThread *thread;

  if (before == NULL)
    {
      g_test_skip ("this kernel knows no turns of one's own");
      return;
    }
  files_platform_prepare ();
  g_assert_cmpuint (GPOINTER_TO_SIZE (get_turn (NULL)), <, 1000000);
  g_assert_cmpint (getpriority (PRIO_PROCESS, 0), ==, priority);
  thread = g_thread_new ("other", get_turn, NULL);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (thread)), >, 1000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/platform/turns", test_turns); /* the first: it stays so */
  g_test_add_func ("/platform/broadway", test_broadway);
  g_test_add_func ("/platform/asks-portal", test_asks_portal);
  g_test_add_func ("/platform/avoid-portal", test_avoid_portal);
  return g_test_run ();
}
