/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the task tree to others, on a thread with a main context of its own, so that it answers
 * whatever the loop does. Its connection to the bus is its own too: the shared one would deliver
 * where somebody else asked for it first, and end the process with the bus. Where there is no bus
 * there is the socket, in a folder that only the user can enter; who connects is told and let go.
 * Only this thread waits for the bus or touches the socket. */

#include "thaw-task-tree.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* The thread's own, but for asking it to end. */
typedef struct {
  GMainContext *context;
  GMainLoop *loop;
  GCancellable *cancellable;
} Service;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Service *service;
static guint n_users;
static gboolean is_serving; /* a thread has the name and the socket */

static const char interface_xml[]
    = "<node><interface name='" THAW_TASK_TREE_INTERFACE "'>"
      "<method name='Describe'><arg name='tree' type='a{sv}' direction='out'/></method>"
      "</interface></node>";

static void
call_cb (GDBusConnection *connection,
         const char *sender,
         const char *object_path,
         const char *interface_name,
         const char *method_name,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  g_autoptr (GVariant) tree = thaw_task_tree_describe ();

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", tree));
}

static GDBusConnection *
connect_to_bus (Service *self)
{
  g_autofree char *address
      = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, self->cancellable, NULL);

  return address != NULL ? g_dbus_connection_new_for_address_sync (
             address,
             G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                 | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
             NULL,
             self->cancellable,
             NULL)
                         : NULL;
}

/* NULL: there is no bus. */
static GDBusConnection *
open_bus (Service *self)
{
  static const GDBusInterfaceVTable vtable = { .method_call = call_cb };
  g_autofree char *name = g_strdup_printf (THAW_TASK_TREE_BUS_NAME "%d", (int) getpid ());
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (GDBusConnection) bus = connect_to_bus (self);
  g_autoptr (GVariant) reply = NULL;

  if (bus == NULL)
    return NULL;
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  g_dbus_connection_register_object (bus,
                                     THAW_TASK_TREE_PATH,
                                     node->interfaces[0],
                                     &vtable,
                                     NULL,
                                     NULL,
                                     NULL);
  reply = g_dbus_connection_call_sync (bus,
                                       "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus",
                                       "RequestName",
                                       g_variant_new ("(su)", name, 4 /* don't queue */),
                                       NULL,
                                       G_DBUS_CALL_FLAGS_NONE,
                                       -1,
                                       self->cancellable,
                                       NULL);
  return g_steal_pointer (&bus);
}

typedef struct {
  GSocketConnection *connection;
  char *text;
} Answer;

static void
answer_free (Answer *self)
{
  g_object_unref (self->connection);
  g_free (self->text);
  g_free (self);
}

static void
written_cb (GObject *stream, GAsyncResult *result, gpointer answer)
{
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL, NULL);
  g_io_stream_close_async (G_IO_STREAM (((Answer *) answer)->connection),
                           G_PRIORITY_DEFAULT,
                           NULL,
                           NULL,
                           NULL);
  answer_free (answer);
}

static gboolean
incoming_cb (GSocketService *listener,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  g_autoptr (GVariant) tree = thaw_task_tree_describe ();
  Answer *answer = g_new (Answer, 1);

  *answer = (Answer){ g_object_ref (connection), g_variant_print (tree, TRUE) };
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                   answer->text,
                                   strlen (answer->text),
                                   G_PRIORITY_DEFAULT,
                                   ((Service *) user_data)->cancellable,
                                   written_cb,
                                   answer);
  return TRUE;
}

/* The folder is the session's own, in memory; without one there is no socket. */
static char *
make_socket_path (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;

  if (runtime == NULL || !g_path_is_absolute (runtime))
    return NULL;
  folder = g_build_filename (runtime, "thaw", NULL);
  name = g_strdup_printf ("watch-%d.sock", (int) getpid ());
  if (g_mkdir_with_parents (folder, 0700) != 0)
    return NULL;
  return g_build_filename (folder, name, NULL);
}

static GSocketService *
open_socket (Service *self, const char *path)
{
  g_autoptr (GSocketService) listener = NULL;
  g_autoptr (GSocketAddress) address = NULL;

  if (path == NULL)
    return NULL;
  g_unlink (path); /* of a process that had our number */
  listener = g_socket_service_new ();
  address = g_unix_socket_address_new (path);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (listener),
                                      address,
                                      G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT,
                                      NULL,
                                      NULL,
                                      NULL))
    return NULL;
  g_signal_connect (listener, "incoming", G_CALLBACK (incoming_cb), self);
  return g_steal_pointer (&listener);
}

static void
close_socket (GSocketService *listener, const char *path)
{
  g_socket_service_stop (listener);
  g_socket_listener_close (G_SOCKET_LISTENER (listener));
  g_object_unref (listener);
  g_unlink (path);
}

static void
service_free (Service *self)
{
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
  g_free (self);
}

static void
serve_until_quit (Service *self)
{
  g_autofree char *path = make_socket_path ();
  GSocketService *listener = open_socket (self, path);
  GDBusConnection *bus = open_bus (self);

  g_main_loop_run (self->loop);
  if (listener != NULL)
    close_socket (listener, path);
  if (bus != NULL)
    g_dbus_connection_close_sync (bus, NULL, NULL);
  g_clear_object (&bus);
  while (g_main_context_iteration (self->context, FALSE))
    ;
}

/* One after the other: the next one has the same name. */
static void
set_serving (gboolean serving)
{
  pthread_mutex_lock (&lock);
  while (serving && is_serving)
    pthread_cond_wait (&changed, &lock);
  is_serving = serving;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
}

static void *
serve (void *data)
{
  Service *self = data;

  pthread_setname_np (pthread_self (), "thaw-tree");
  set_serving (TRUE);
  g_main_context_push_thread_default (self->context);
  serve_until_quit (self);
  g_main_context_pop_thread_default (self->context);
  service_free (self);
  set_serving (FALSE);
  return NULL;
}

static Service *
service_start (void)
{
  Service *self = g_new0 (Service, 1);
  pthread_t thread;

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->cancellable = g_cancellable_new ();
  if (pthread_create (&thread, NULL, serve, self) != 0)
    {
      service_free (self);
      return NULL;
    }
  pthread_detach (thread);
  return self;
}

/**
 * thaw_task_tree_start:
 *
 * Lets others ask for the tree: [func@Thaw.task_tree_describe]. Start it once the first window is
 * on the screen; it needs a few milliseconds of a processor.
 *
 * - **Thread**: any; doesn't wait. Counted.
 */
void
thaw_task_tree_start (void)
{
  pthread_mutex_lock (&lock);
  if (n_users++ == 0)
    service = service_start ();
  pthread_mutex_unlock (&lock);
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* The thread frees @self from the moment on at which it finds the source. */
static void
service_quit (Service *self)
{
  g_autoptr (GMainContext) context = g_main_context_ref (self->context);
  g_autoptr (GSource) quit = g_idle_source_new ();

  g_source_set_callback (quit,
                         quit_cb,
                         g_main_loop_ref (self->loop),
                         (GDestroyNotify) g_main_loop_unref);
  g_cancellable_cancel (self->cancellable);
  g_source_attach (quit, context);
}

/**
 * thaw_task_tree_stop:
 *
 * Takes one thaw_task_tree_start() back. After the last the thread leaves the bus, takes the socket
 * away and ends.
 *
 * - **Thread**: any; doesn't wait for that.
 */
void
thaw_task_tree_stop (void)
{
  pthread_mutex_lock (&lock);
  if (--n_users == 0 && service != NULL)
    service_quit (g_steal_pointer (&service));
  pthread_mutex_unlock (&lock);
}
