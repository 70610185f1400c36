/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FilesBus on a bus of its own: whether the desktop's portal would hold up whoever asks it. */
#include "files-bus.h"

#define PORTAL "org.freedesktop.portal.Desktop"
#define DEADLINE_USEC (250 * 1000)
#define PATIENCE_USEC (20 * G_USEC_PER_SEC)

typedef struct {
  GTestDBus *bus;
  GDBusConnection *portal;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->portal != NULL)
    g_dbus_connection_close_sync (fixture->portal, NULL, NULL);
  g_clear_object (&fixture->portal);
  g_test_dbus_stop (fixture->bus);
  g_object_unref (fixture->bus);
}

/* A portal that hangs takes in what it is sent, and that is all. */
static GDBusMessage *
swallow_calls (GDBusConnection *connection,
               GDBusMessage *message,
               gboolean incoming,
               gpointer user_data)
{
  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_object_unref (message);
  return NULL;
}

static void
start_portal (Fixture *fixture, gboolean hangs)
{
  g_autoptr (GVariant) reply = NULL;

  fixture->portal = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (fixture->bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      NULL);
  g_assert_nonnull (fixture->portal);
  if (hangs)
    g_dbus_connection_add_filter (fixture->portal, swallow_calls, NULL, NULL);
  reply = g_dbus_connection_call_sync (fixture->portal,
                                       "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus",
                                       "RequestName",
                                       g_variant_new ("(su)", PORTAL, 0),
                                       NULL,
                                       G_DBUS_CALL_FLAGS_NONE,
                                       -1,
                                       NULL,
                                       NULL);
  g_assert_nonnull (reply);
}

static FilesBus *
start_bus (void)
{
  FilesRequest *request = g_new0 (FilesRequest, 1);

  request->uris = g_new0 (char *, 1);
  return files_bus_new (request, TRUE);
}

/* What answers is known as soon as it has, whatever the deadline. */
static gboolean
wait_portal (gint64 within_usec)
{
  g_autoptr (FilesBus) bus = start_bus ();
  gint64 start_usec = g_get_monotonic_time ();

  files_bus_wait_verdict (bus, start_usec + within_usec);
  return files_bus_wait_portal (bus, start_usec + within_usec);
}

static void
test_no_portal (Fixture *fixture, gconstpointer data)
{
  g_assert_true (wait_portal (PATIENCE_USEC));
}

static void
test_portal_answers (Fixture *fixture, gconstpointer data)
{
  start_portal (fixture, FALSE);
  g_assert_true (wait_portal (PATIENCE_USEC));
}

static void
test_portal_hangs (Fixture *fixture, gconstpointer data)
{
  gint64 start_usec = g_get_monotonic_time ();

  start_portal (fixture, TRUE);
  g_assert_false (wait_portal (DEADLINE_USEC));
  g_assert_cmpint (g_get_monotonic_time () - start_usec, <, PATIENCE_USEC);
}

static void
test_no_bus (void)
{
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  g_assert_true (wait_portal (PATIENCE_USEC));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/bus/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("no-portal", test_no_portal);
  ADD ("portal-answers", test_portal_answers);
  ADD ("portal-hangs", test_portal_hangs);
#undef ADD
  g_test_add_func ("/bus/no-bus", test_no_bus);
  return g_test_run ();
}
