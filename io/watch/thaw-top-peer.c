/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds programs that tell their task tree, on the session bus and by their sockets, and asks them.
 * A socket that nobody listens at is what a crash left, and is taken away. */

#include "thaw-task-tree.h"
#include "thaw-top-private.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#define TIMEOUT_MSEC 5000

static char *
dup_folder (void)
{
  return g_build_filename (g_get_user_runtime_dir (), "thaw", NULL);
}

static void
add_process (GArray *processes, const char *digits)
{
  guint process = g_ascii_strtoull (digits, NULL, 10);

  for (guint i = 0; i < processes->len; i++)
    if (g_array_index (processes, guint, i) == process)
      return;
  if (process != 0)
    g_array_append_val (processes, process);
}

static GVariant *
call_bus (GDBusConnection *bus,
          const char *name,
          const char *path,
          const char *interface,
          const char *method,
          const char *type,
          GError **error)
{
  return g_dbus_connection_call_sync (bus,
                                      name,
                                      path,
                                      interface,
                                      method,
                                      NULL,
                                      G_VARIANT_TYPE (type),
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                      TIMEOUT_MSEC,
                                      NULL,
                                      error);
}

static void
find_on_bus (GArray *processes)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) names = NULL;
  const char *name;

  if (bus == NULL)
    return;
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  reply = call_bus (bus,
                    "org.freedesktop.DBus",
                    "/org/freedesktop/DBus",
                    "org.freedesktop.DBus",
                    "ListNames",
                    "(as)",
                    NULL);
  if (reply == NULL)
    return;
  g_variant_get (reply, "(as)", &names);
  while (g_variant_iter_next (names, "&s", &name))
    if (g_str_has_prefix (name, THAW_TASK_TREE_BUS_NAME))
      add_process (processes, name + strlen (THAW_TASK_TREE_BUS_NAME));
}

static void
find_sockets (GArray *processes)
{
  g_autofree char *folder = dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "watch-") && g_str_has_suffix (name, ".sock"))
      add_process (processes, name + strlen ("watch-"));
}

GArray *
thaw_top_find (void)
{
  GArray *processes = g_array_new (FALSE, FALSE, sizeof (guint));

  find_on_bus (processes);
  find_sockets (processes);
  return processes;
}

static GVariant *
ask_on_bus (guint process, GError **error)
{
  g_autofree char *name = g_strdup_printf (THAW_TASK_TREE_BUS_NAME "%u", process);
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  g_autoptr (GVariant) reply = NULL;

  if (bus != NULL)
    reply = call_bus (bus,
                      name,
                      THAW_TASK_TREE_PATH,
                      THAW_TASK_TREE_INTERFACE,
                      "Describe",
                      "(a{sv})",
                      error);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static GSocketConnection *
connect_socket (guint process, GError **error)
{
  g_autofree char *folder = dup_folder ();
  g_autofree char *path = g_strdup_printf ("%s/watch-%u.sock", folder, process);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GSocketConnection *connection;
  GError *refusal = NULL;

  g_socket_client_set_timeout (client, TIMEOUT_MSEC / 1000);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &refusal);
  if (g_error_matches (refusal, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    g_unlink (path);
  if (refusal != NULL)
    g_propagate_error (error, refusal);
  return connection;
}

static GVariant *
ask_by_socket (guint process, GError **error)
{
  g_autoptr (GSocketConnection) connection = connect_socket (process, error);
  g_autoptr (GOutputStream) text = g_memory_output_stream_new_resizable ();
  GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM (text);

  if (connection == NULL
      || g_output_stream_splice (text,
                                 g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                 G_OUTPUT_STREAM_SPLICE_NONE,
                                 NULL,
                                 error)
             < 0
      || !g_output_stream_write_all (text, "", 1, NULL, NULL, error))
    return NULL;
  return g_variant_parse (G_VARIANT_TYPE ("a{sv}"),
                          g_memory_output_stream_get_data (memory),
                          NULL,
                          NULL,
                          error);
}

GVariant *
thaw_top_ask (guint process, GError **error)
{
  GVariant *tree = ask_on_bus (process, NULL);

  return tree != NULL ? tree : ask_by_socket (process, error);
}
