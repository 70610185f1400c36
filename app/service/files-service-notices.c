/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a service without a window says when something long has ended: a notification of the
 * desktop, by its notification server or else by the portal. Not if whoever asked for it still
 * listens, and says it itself; windows have their own way. The service stays until it was taken.
 * Loop's thread; all calls are asynchronous. */

#include "files-service-private.h"

#include "pane-operation-text.h"

#include <stdlib.h>
#include <string.h>

#define LONG_MSEC 10000
#define TIMEOUT_MSEC 5000
#define ICON "org.thaw.Files"

typedef struct {
  FilesService *service;
  GDBusConnection *connection;
  char *key, *title, *body;
} Notice;

static void
notice_free (Notice *self)
{
  self->service->n_notices--;
  files_service_quit_if_idle (self->service);
  g_object_unref (self->service);
  g_clear_object (&self->connection);
  g_free (self->key);
  g_free (self->title);
  g_free (self->body);
  g_free (self);
}

static void
call (Notice *self,
      const char *name,
      const char *path,
      const char *method,
      GVariant *arguments,
      GAsyncReadyCallback callback)
{
  g_autofree char *interface = g_strndup (method, strrchr (method, '.') - method);

  g_dbus_connection_call (self->connection,
                          name,
                          path,
                          interface,
                          strrchr (method, '.') + 1,
                          arguments,
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          TIMEOUT_MSEC,
                          NULL,
                          callback,
                          self);
}

static void
sent_by_portal_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  notice_free (user_data);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  Notice *self = user_data;

  if (reply != NULL)
    {
      notice_free (self);
      return;
    }
  g_variant_builder_add (&builder, "{sv}", "title", g_variant_new_string (self->title));
  g_variant_builder_add (&builder, "{sv}", "body", g_variant_new_string (self->body));
  call (self,
        "org.freedesktop.portal.Desktop",
        "/org/freedesktop/portal/desktop",
        "org.freedesktop.portal.Notification.AddNotification",
        g_variant_new ("(sa{sv})", self->key, &builder),
        sent_by_portal_cb);
}

static void
send_notice (Notice *self)
{
  GVariantBuilder hints = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *const no_actions[] = { NULL };

  g_variant_builder_add (&hints, "{sv}", "desktop-entry", g_variant_new_string (ICON));
  call (self,
        "org.freedesktop.Notifications",
        "/org/freedesktop/Notifications",
        "org.freedesktop.Notifications.Notify",
        g_variant_new ("(susss^asa{sv}i)",
                       "Thaw Files",
                       0,
                       ICON,
                       self->title,
                       self->body,
                       no_actions,
                       &hints,
                       -1),
        sent_cb);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Notice *self = user_data;

  self->connection = g_bus_get_finish (result, NULL);
  if (self->connection == NULL)
    {
      notice_free (self);
      return;
    }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  send_notice (self);
}

/* Tests have no time to wait for it. */
static gboolean
was_long (ThawOperation *operation)
{
  const char *text = g_getenv ("THAW_LONG_OPERATION_MSEC");
  gint64 msec = text != NULL ? strtol (text, NULL, 10) : LONG_MSEC;
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  return progress.running_usec >= msec * 1000;
}

static void
ended_cb (FilesService *self, ThawOperation *operation)
{
  Notice *notice;

  if (self->request_func != NULL || !was_long (operation)
      || files_service_is_followed (self, operation)
      || thaw_operation_get_state (operation) == THAW_OPERATION_CANCELLED)
    return;
  notice = g_new0 (Notice, 1);
  notice->service = g_object_ref (self);
  notice->key = g_strdup_printf ("operation-%" G_GINT64_FORMAT, thaw_operation_get_id (operation));
  notice->title = g_strdup (thaw_operation_get_title (operation));
  notice->body = pane_operation_dup_detail (operation);
  self->n_notices++;
  g_bus_get (G_BUS_TYPE_SESSION, NULL, connected_cb, notice);
}

void
files_service_watch_ends (FilesService *self)
{
  g_signal_connect_object (self->operations,
                           "ended",
                           G_CALLBACK (ended_cb),
                           self,
                           G_CONNECT_SWAPPED);
}
