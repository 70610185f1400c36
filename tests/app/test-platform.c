/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's environment: what is set for this process, and that programs started from it get what the
 * user gave it. Nothing here starts GTK. */
#include "files-platform.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/platform/broadway", test_broadway);
  g_test_add_func ("/platform/asks-portal", test_asks_portal);
  g_test_add_func ("/platform/avoid-portal", test_avoid_portal);
  return g_test_run ();
}
