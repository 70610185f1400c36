/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All of Thaw Files' D-Bus. GApplication, GTK and libadwaita make synchronous calls on the window's
 * thread while they start, and a session bus that hangs would hold the window for as long. So the
 * application is registered without a bus, and this thread has a connection of its own: it hands a
 * request over to a Thaw Files that runs already, owns the name, answers
 * org.freedesktop.Application, takes the calls of the operations' interface (files-bus-operations.c),
 * finds the accessibility bus for GTK, and follows the desktop's colour scheme. What concerns the
 * loop is posted to mailboxes; what the loop answers or tells is sent from here too. The thread is never joined: it may
 * be stuck in a bus that doesn't answer, and holds nothing but its own data. */

#include "files-bus-private.h"
#include "files-wire.h"

#define NAME FILES_WIRE_NAME
#define PATH "/org/thaw/Files"
#define CALL_TIMEOUT_MSEC 1000
#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_SETTINGS "org.freedesktop.portal.Settings"
#define APPEARANCE "org.freedesktop.appearance"

static const char introspection[]
    = "<node><interface name='org.freedesktop.Application'>"
      "<method name='Activate'><arg type='a{sv}' direction='in'/></method>"
      "<method name='Open'><arg type='as' direction='in'/><arg type='a{sv}' "
      "direction='in'/></method>"
      "<method name='ActivateAction'><arg type='s' direction='in'/><arg type='av' direction='in'/>"
      "<arg type='a{sv}' direction='in'/></method>"
      "</interface></node>";

/**
 * files_request_free:
 * @self: (transfer full): a request
 */
void
files_request_free (FilesRequest *self)
{
  g_strfreev (self->uris);
  g_free (self->view_id);
  g_free (self->activation_token);
  g_free (self);
}

void
files_bus_unref (FilesBus *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->accessibility);
  g_clear_pointer (&self->requests, thaw_mailbox_unref);
  g_clear_pointer (&self->calls, thaw_mailbox_unref);
  g_clear_pointer (&self->colour_schemes, thaw_mailbox_unref);
  g_clear_pointer (&self->request, files_request_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_object (&self->connection);
  g_free (self);
}

/* Always on the bus's thread, also before its loop runs. @destroy: nullable. */
void
files_bus_run (FilesBus *self, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, destroy);
  g_source_attach (source, self->context);
}

static void
set_verdict (FilesBus *self, FilesBusVerdict verdict)
{
  g_mutex_lock (&self->mutex);
  self->has_verdict = TRUE;
  self->verdict = verdict;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
set_portal (FilesBus *self)
{
  g_mutex_lock (&self->mutex);
  self->has_portal = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
set_accessibility (FilesBus *self, char *address)
{
  g_mutex_lock (&self->mutex);
  self->has_accessibility = TRUE;
  self->accessibility = address;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/* Handing over */

static GVariant *
make_platform_data (const FilesRequest *request)
{
  GVariantBuilder data;

  g_variant_builder_init (&data, G_VARIANT_TYPE_VARDICT);
  if (request->activation_token != NULL)
    g_variant_builder_add (&data,
                           "{sv}",
                           "activation-token",
                           g_variant_new_string (request->activation_token));
  if (request->view_id != NULL)
    g_variant_builder_add (&data, "{sv}", "thaw-view", g_variant_new_string (request->view_id));
  if (request->new_window)
    g_variant_builder_add (&data, "{sv}", "thaw-new-window", g_variant_new_boolean (TRUE));
  return g_variant_builder_end (&data);
}

/* Without auto-start the bus itself says at once when no other Thaw Files runs. One that runs but
 * hangs doesn't answer: then this process shows the window. */
static gboolean
hand_over (FilesBus *self)
{
  g_autoptr (GVariant) reply = NULL;
  gboolean given_up;

  g_mutex_lock (&self->mutex);
  given_up = self->given_up;
  g_mutex_unlock (&self->mutex);
  if (given_up)
    return FALSE;
  reply = g_dbus_connection_call_sync (
      self->connection,
      NAME,
      PATH,
      "org.freedesktop.Application",
      "Open",
      g_variant_new ("(^as@a{sv})", self->request->uris, make_platform_data (self->request)),
      NULL,
      G_DBUS_CALL_FLAGS_NO_AUTO_START,
      CALL_TIMEOUT_MSEC,
      NULL,
      NULL);

  return reply != NULL;
}

/* The portal */

/* On a thread of its own, since the bus thread waits for another answer meanwhile. Any answer will
 * do, also the bus's own that nobody has the name. */
static gpointer
portal_thread (gpointer data)
{
  FilesBus *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (self->connection,
                                                            PORTAL_NAME,
                                                            PORTAL_PATH,
                                                            "org.freedesktop.DBus.Peer",
                                                            "Ping",
                                                            NULL,
                                                            NULL,
                                                            G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                                            CALL_TIMEOUT_MSEC,
                                                            NULL,
                                                            &error);

  if (reply != NULL || g_dbus_error_is_remote_error (error))
    set_portal (self);
  files_bus_unref (self);
  return NULL;
}

static void
ask_portal (FilesBus *self)
{
  g_atomic_ref_count_inc (&self->refs);
  g_thread_unref (g_thread_new ("thaw-portal", portal_thread, self));
}

/* Accessibility */

static gboolean
answers (const char *address)
{
  g_autoptr (GDBusConnection) probe = g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      NULL);

  if (probe == NULL)
    return FALSE;
  g_dbus_connection_set_exit_on_close (probe, FALSE);
  g_dbus_connection_close (probe, NULL, NULL, NULL);
  return TRUE;
}

static char *
find_accessibility (FilesBus *self)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (self->connection,
                                                            "org.a11y.Bus",
                                                            "/org/a11y/bus",
                                                            "org.a11y.Bus",
                                                            "GetAddress",
                                                            NULL,
                                                            G_VARIANT_TYPE ("(s)"),
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            CALL_TIMEOUT_MSEC,
                                                            NULL,
                                                            NULL);
  const char *address;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&s)", &address);
  return *address != '\0' && answers (address) ? g_strdup (address) : NULL;
}

/* Serving */

static void
post_request (FilesBus *self, FilesRequest *request)
{
  if (!thaw_mailbox_post (self->requests, request))
    files_request_free (request);
}

static FilesRequest *
read_request (GVariant *platform_data)
{
  FilesRequest *request = g_new0 (FilesRequest, 1);

  if (!g_variant_lookup (platform_data, "activation-token", "s", &request->activation_token))
    g_variant_lookup (platform_data, "desktop-startup-id", "s", &request->activation_token);
  g_variant_lookup (platform_data, "thaw-view", "s", &request->view_id);
  g_variant_lookup (platform_data, "thaw-new-window", "b", &request->new_window);
  request->uris = g_new0 (char *, 1);
  return request;
}

static gboolean
can_show (FilesBus *self)
{
  gboolean result;

  g_mutex_lock (&self->mutex);
  result = self->can_show;
  g_mutex_unlock (&self->mutex);
  return result;
}

static void
method_call_cb (GDBusConnection *connection,
                const char *sender,
                const char *path,
                const char *interface,
                const char *method,
                GVariant *parameters,
                GDBusMethodInvocation *invocation,
                gpointer user_data)
{
  FilesRequest *request;
  g_autoptr (GVariant) platform_data
      = g_variant_get_child_value (parameters, g_variant_n_children (parameters) - 1);

  if (!can_show (user_data))
    {
      /* Whoever asks has a display, and shows the window itself. */
      g_dbus_method_invocation_return_dbus_error (invocation,
                                                  FILES_WIRE_ERROR_NO_DISPLAY,
                                                  "There is no display to open a window on");
      return;
    }
  request = read_request (platform_data);
  if (g_str_equal (method, "Open"))
    {
      g_clear_pointer (&request->uris, g_strfreev);
      g_variant_get_child (parameters, 0, "^as", &request->uris);
    }
  else if (g_str_equal (method, "ActivateAction"))
    {
      const char *action;

      g_variant_get_child (parameters, 0, "&s", &action);
      request->new_window = g_str_equal (action, "new-window");
    }
  post_request (user_data, request);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* Somebody else has the name, or the bus is gone. */
static void
name_lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  FilesBus *self = user_data;
  FilesCall *call = g_new0 (FilesCall, 1);

  if (!thaw_mailbox_post (self->calls, call))
    files_call_free (call);
}

void
files_bus_export (FilesBus *self, const char *path, const char *xml, const GDBusInterfaceVTable *vtable)
{
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);

  g_dbus_connection_register_object (self->connection, path, node->interfaces[0], vtable, self, NULL, NULL);
}

/* Objects before the name: who waits for that finds them. */
static void
export_all (FilesBus *self)
{
  static const GDBusInterfaceVTable application = { .method_call = method_call_cb };

  files_bus_export (self, PATH, introspection, &application);
  files_bus_export_operations (self);
  g_bus_own_name_on_connection (self->connection,
                                NAME,
                                G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                NULL,
                                name_lost_cb,
                                self,
                                NULL);
}

static void
post_colour_scheme (FilesBus *self, GVariant *value)
{
  g_autoptr (GVariant) inner = g_variant_ref (value);

  while (g_variant_is_of_type (inner, G_VARIANT_TYPE_VARIANT))
    {
      GVariant *next = g_variant_get_variant (inner);

      g_variant_unref (inner);
      inner = next;
    }
  if (g_variant_is_of_type (inner, G_VARIANT_TYPE_UINT32)
      && !thaw_mailbox_post (self->colour_schemes,
                             GUINT_TO_POINTER (g_variant_get_uint32 (inner) + 1)))
    g_debug ("Colour scheme not delivered");
}

static void
setting_changed_cb (GDBusConnection *connection,
                    const char *sender,
                    const char *path,
                    const char *interface,
                    const char *signal,
                    GVariant *parameters,
                    gpointer user_data)
{
  const char *namespace, *key;
  g_autoptr (GVariant) value = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssv)")))
    return;
  g_variant_get (parameters, "(&s&sv)", &namespace, &key, &value);
  if (g_str_equal (namespace, APPEARANCE) && g_str_equal (key, "color-scheme"))
    post_colour_scheme (user_data, value);
}

static void
colour_scheme_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GVariant) value = NULL;

  if (reply == NULL)
    return;
  value = g_variant_get_child_value (reply, 0);
  post_colour_scheme (user_data, value);
}

static void
follow_appearance (FilesBus *self)
{
  g_dbus_connection_signal_subscribe (self->connection,
                                      PORTAL_NAME,
                                      PORTAL_SETTINGS,
                                      "SettingChanged",
                                      PORTAL_PATH,
                                      NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE,
                                      setting_changed_cb,
                                      self,
                                      NULL);
  g_dbus_connection_call (self->connection,
                          PORTAL_NAME,
                          PORTAL_PATH,
                          PORTAL_SETTINGS,
                          "Read",
                          g_variant_new ("(ss)", APPEARANCE, "color-scheme"),
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          NULL,
                          colour_scheme_read_cb,
                          self);
}

static gboolean
serve_cb (gpointer user_data)
{
  export_all (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
follow_appearance_cb (gpointer user_data)
{
  follow_appearance (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
find_accessibility_cb (gpointer user_data)
{
  FilesBus *self = user_data;

  set_accessibility (self, find_accessibility (self));
  return G_SOURCE_REMOVE;
}

/* The thread */

static gboolean
connect_bus (FilesBus *self)
{
  g_autofree char *address = files_wire_find_bus ();

  if (address == NULL)
    return FALSE;
  self->connection = g_dbus_connection_new_for_address_sync (
      address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      NULL);
  if (self->connection != NULL)
    g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  return self->connection != NULL;
}

static gpointer
bus_thread (gpointer data)
{
  FilesBus *self = data;

  g_main_context_push_thread_default (self->context);
  if (!connect_bus (self))
    {
      set_portal (self);
      set_verdict (self, FILES_BUS_NO_ANSWER);
      set_accessibility (self, NULL);
      g_main_context_pop_thread_default (self->context);
      files_bus_unref (self);
      return NULL;
    }
  if (self->asks_portal)
    ask_portal (self);
  if (self->request != NULL && hand_over (self))
    set_verdict (self, FILES_BUS_HANDED_OVER);
  else
    {
      set_verdict (self, FILES_BUS_FIRST);
      if (self->request != NULL)
        set_accessibility (self, find_accessibility (self));
      g_main_loop_run (self->loop);
    }
  g_main_context_pop_thread_default (self->context);
  files_bus_unref (self);
  return NULL;
}

/**
 * files_bus_new:
 * @request: (transfer full) (nullable): what this process was asked for; %NULL: nothing that could be handed over
 * @asks_portal: whether files_bus_wait_portal() will be called
 *
 * Starts the thread. It offers @request to a Thaw Files that runs already.
 *
 * Returns: (transfer full): the bus
 */
FilesBus *
files_bus_new (FilesRequest *request, gboolean asks_portal)
{
  FilesBus *self = g_new0 (FilesBus, 1);

  g_atomic_ref_count_init (&self->refs);
  g_atomic_ref_count_inc (&self->refs);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->request = request;
  self->can_show = TRUE;
  self->asks_portal = asks_portal;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, TRUE);
  g_thread_unref (g_thread_new ("thaw-bus", bus_thread, self));
  return self;
}

static gboolean
wait_for (FilesBus *self, const gboolean *condition, gint64 deadline_usec)
{
  while (!*condition)
    if (!g_cond_wait_until (&self->cond, &self->mutex, deadline_usec))
      break;
  return *condition;
}

/**
 * files_bus_wait_verdict:
 * @self: the bus
 * @deadline_usec: monotonic
 *
 * Waits until it is known whether another Thaw Files has taken the request. To be called before
 * there is a window.
 *
 * Returns: the verdict; %FILES_BUS_NO_ANSWER past the deadline
 */
FilesBusVerdict
files_bus_wait_verdict (FilesBus *self, gint64 deadline_usec)
{
  FilesBusVerdict verdict = FILES_BUS_NO_ANSWER;

  g_mutex_lock (&self->mutex);
  if (wait_for (self, &self->has_verdict, deadline_usec))
    verdict = self->verdict;
  self->given_up = TRUE;
  g_mutex_unlock (&self->mutex);
  return verdict;
}

/**
 * files_bus_wait_portal:
 * @self: the bus
 * @deadline_usec: monotonic
 *
 * Waits until the desktop's portal has answered, which it was asked to together with the first
 * question of files_bus_wait_verdict(). Starts no portal. To be called before GTK is started.
 *
 * Returns: whether nobody is known to hold up whoever asks the portal: it answers, or isn't there
 */
gboolean
files_bus_wait_portal (FilesBus *self, gint64 deadline_usec)
{
  gboolean answers_in_time;

  g_mutex_lock (&self->mutex);
  answers_in_time = wait_for (self, &self->has_portal, deadline_usec);
  g_mutex_unlock (&self->mutex);
  return answers_in_time;
}

/**
 * files_bus_find_accessibility:
 * @self: the bus, which was made without a request
 *
 * Begins to look for the accessibility bus: there is going to be a window after all.
 */
void
files_bus_find_accessibility (FilesBus *self)
{
  files_bus_run (self, find_accessibility_cb, self, NULL);
}

/**
 * files_bus_wait_accessibility:
 * @self: the bus
 * @deadline_usec: monotonic
 *
 * Waits until it is known where the accessibility bus is. To be called before there is a widget.
 *
 * Returns: (transfer full) (nullable): its address when it answers, or %NULL
 */
char *
files_bus_wait_accessibility (FilesBus *self, gint64 deadline_usec)
{
  char *address = NULL;

  g_mutex_lock (&self->mutex);
  if (wait_for (self, &self->has_accessibility, deadline_usec))
    address = g_strdup (self->accessibility);
  g_mutex_unlock (&self->mutex);
  return address;
}

/**
 * files_bus_serve:
 * @self: the bus
 * @requests: gets a [struct@Files.Request] for each window that another process asks for
 * @calls: gets a [struct@Files.Call] for each call of the operations' interface
 *
 * Owns the name and answers other processes from now on. Nothing happens without a bus. Once.
 */
void
files_bus_serve (FilesBus *self, ThawMailbox *requests, ThawMailbox *calls)
{
  self->requests = thaw_mailbox_ref (requests);
  self->calls = thaw_mailbox_ref (calls);
  files_bus_run (self, serve_cb, self, NULL);
}

/**
 * files_bus_follow_appearance:
 * @self: the bus
 * @colour_schemes: gets the desktop's preference
 *
 * Asks for the desktop's colour scheme, and again whenever it changes. Once.
 */
void
files_bus_follow_appearance (FilesBus *self, ThawMailbox *colour_schemes)
{
  self->colour_schemes = thaw_mailbox_ref (colour_schemes);
  files_bus_run (self, follow_appearance_cb, self, NULL);
}

/**
 * files_bus_set_can_show:
 * @self: the bus
 * @can_show: whether there is a display
 *
 * Without one, who asks for a window is refused, and opens it by itself.
 */
void
files_bus_set_can_show (FilesBus *self, gboolean can_show)
{
  g_mutex_lock (&self->mutex);
  self->can_show = can_show;
  g_mutex_unlock (&self->mutex);
}

/**
 * files_bus_get_name:
 * @self: the bus
 *
 * Returns: (transfer none) (nullable): the unique name, once somebody has called
 */
const char *
files_bus_get_name (FilesBus *self)
{
  return self->connection != NULL ? g_dbus_connection_get_unique_name (self->connection) : NULL;
}

/**
 * files_bus_free:
 * @self: (transfer full): the bus
 *
 * Lets go of the thread, without waiting for it.
 */
void
files_bus_free (FilesBus *self)
{
  g_main_loop_quit (self->loop);
  files_bus_unref (self);
}
