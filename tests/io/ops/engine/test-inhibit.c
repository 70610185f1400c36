/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeping the machine awake, against a logind that is made up, on a bus of its own; and without any
 * bus. */

#include "task-test.h"
#include "thaw-inhibit-private.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <poll.h>
#include <unistd.h>

static const char interface_xml[]
    = "<node><interface name='org.freedesktop.login1.Manager'><method name='Inhibit'>"
      "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='h' direction='out'/></method></interface></node>";

static int held_fd = -1; /* our end of the pipe whose other end the holder has */
static guint n_calls;
static gboolean refuses;

static void
on_call (GDBusConnection *bus,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  const char *what, *who, *why, *mode;
  int ends[2];

  n_calls++;
  g_variant_get (parameters, "(&s&s&s&s)", &what, &who, &why, &mode);
  g_assert_cmpstr (what, ==, "sleep");
  g_assert_cmpstr (mode, ==, "block");
  if (refuses)
    {
      g_dbus_method_invocation_return_dbus_error (invocation,
                                                  "org.freedesktop.DBus.Error.AccessDenied",
                                                  "No");
      return;
    }
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  held_fd = ends[0];
  g_unix_fd_list_append (list, ends[1], NULL);
  close (ends[1]);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation,
                                                           g_variant_new ("(h)", 0),
                                                           list);
}

static gboolean
is_let_go (void)
{
  struct pollfd end = { .fd = held_fd, .events = POLLIN };

  return poll (&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

static guint
serve (GDBusConnection *bus)
{
  static const GDBusInterfaceVTable table = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (GVariant) reply = NULL;
  guint id = g_dbus_connection_register_object (bus,
                                                "/org/freedesktop/login1",
                                                node->interfaces[0],
                                                &table,
                                                NULL,
                                                NULL,
                                                NULL);

  g_assert_cmpuint (id, !=, 0);
  reply = g_dbus_connection_call_sync (bus,
                                       "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus",
                                       "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.login1", 0u),
                                       NULL,
                                       0,
                                       -1,
                                       NULL,
                                       NULL);
  g_assert_nonnull (reply);
  return id;
}

static void
check_held (ThawInhibit *inhibit)
{
  thaw_inhibit_set (inhibit, TRUE);
  g_assert_false (thaw_inhibit_is_held (inhibit));
  run_until (thaw_inhibit_is_held (inhibit));
  g_assert_false (is_let_go ());
  thaw_inhibit_set (inhibit, TRUE);
  g_assert_cmpuint (n_calls, ==, 1);
  thaw_inhibit_set (inhibit, FALSE);
  run_until (is_let_go ());
}

/* It isn't wanted any more when it arrives. */
static void
check_late (ThawInhibit *inhibit)
{
  thaw_inhibit_set (inhibit, TRUE);
  thaw_inhibit_set (inhibit, FALSE);
  thaw_inhibit_set (inhibit, TRUE);
  run_until (thaw_inhibit_is_held (inhibit));
  thaw_inhibit_set (inhibit, FALSE);
  run_until (is_let_go ());
  held_fd = -1;
  thaw_inhibit_set (inhibit, TRUE);
  thaw_inhibit_free (inhibit);
  run_dry ();
  if (held_fd >= 0)
    run_until (is_let_go ());
}

static void
test_logind (void)
{
  g_autoptr (GTestDBus) daemon = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  g_autofree char *path = g_find_program_in_path ("dbus-daemon");
  ThawInhibit *inhibit;
  guint id;

  if (path == NULL)
    {
      g_test_skip ("No dbus-daemon");
      return;
    }
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (daemon), TRUE);
  bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_assert_nonnull (bus);
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  id = serve (bus);
  inhibit = thaw_inhibit_new ();
  check_held (inhibit);
  refuses = TRUE;
  thaw_inhibit_set (inhibit, TRUE);
  run_until (n_calls == 2);
  run_dry ();
  g_assert_false (thaw_inhibit_is_held (inhibit));
  thaw_inhibit_free (inhibit);
  refuses = FALSE;
  check_late (thaw_inhibit_new ());
  g_dbus_connection_unregister_object (bus, id);
  g_dbus_connection_close_sync (bus, NULL, NULL);
  g_clear_object (&bus);
  g_test_dbus_down (daemon);
}

static void
test_no_bus (void)
{
  ThawInhibit *inhibit = thaw_inhibit_new ();

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  thaw_inhibit_set (inhibit, TRUE);
  for (guint i = 0; i < 50; i++)
    {
      run_dry ();
      g_usleep (1000);
    }
  g_assert_false (thaw_inhibit_is_held (inhibit));
  thaw_inhibit_free (inhibit);
  run_dry ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inhibit/no-bus", test_no_bus);
  g_test_add_func ("/inhibit/logind", test_logind);
  return g_test_run ();
}
