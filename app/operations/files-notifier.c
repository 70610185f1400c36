/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications of the desktop. The application is registered without a bus, so GApplication's own
 * go nowhere, and would connect while the loop waits. This one connects when the first is sent,
 * asynchronously, and speaks to the notification server, or in a sandbox, where that can't be
 * reached, to the portal. Without either nothing is shown. The application is held until it was
 * taken: what ends last is told too. Loop's thread. */

#include "files-notifier.h"

#define SERVER "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define PORTAL "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define PORTAL_INTERFACE "org.freedesktop.portal.Notification"
#define TIMEOUT_MSEC 10000

typedef struct {
  char *key, *title, *body;
  guint32 number; /* the server's; 0: it hasn't said yet */
  gboolean is_shown_by_portal, is_withdrawn;
} Note;

struct _FilesNotifier {
  GObject parent_instance;
  char *id;
  GDBusConnection *connection;
  GCancellable *cancellable;
  GHashTable *notes;  /* by key */
  GPtrArray *waiting; /* Sending, for the connection */
  char *token;        /* of the click that is told next; nullable */
  guint subscriptions[3];
  gboolean is_connecting;
};

G_DEFINE_FINAL_TYPE (FilesNotifier, files_notifier, G_TYPE_OBJECT)

enum { ACTIVATED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
note_clear (gpointer data)
{
  Note *note = data;

  g_free (note->key);
  g_free (note->title);
  g_free (note->body);
}

static void
note_unref (gpointer data)
{
  g_rc_box_release_full (data, note_clear);
}

/* One that is being sent: a reply may come after the notifier is gone. */
typedef struct {
  FilesNotifier *notifier;
  Note *note;
} Sending;

static Sending *
sending_new (FilesNotifier *self, Note *note)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->notifier = g_object_ref (self);
  sending->note = g_rc_box_acquire (note);
  if (g_application_get_default () != NULL)
    g_application_hold (g_application_get_default ());
  return sending;
}

static void
sending_free (Sending *self)
{
  if (g_application_get_default () != NULL)
    g_application_release (g_application_get_default ());
  g_object_unref (self->notifier);
  note_unref (self->note);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sending, sending_free)

/* Nobody waits for these replies. */
static void
call (FilesNotifier *self,
      const char *name,
      const char *path,
      const char *interface,
      const char *method,
      GVariant *arguments)
{
  g_dbus_connection_call (self->connection,
                          name,
                          path,
                          interface,
                          method,
                          arguments,
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          TIMEOUT_MSEC,
                          self->cancellable,
                          NULL,
                          NULL);
}

static void
sent_by_portal_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  sending_free (user_data);
}

static void
send_by_portal (Sending *sending)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  Note *note = sending->note;

  note->is_shown_by_portal = TRUE;
  g_variant_builder_add (&builder, "{sv}", "title", g_variant_new_string (note->title));
  g_variant_builder_add (&builder, "{sv}", "body", g_variant_new_string (note->body));
  g_variant_builder_add (&builder, "{sv}", "default-action", g_variant_new_string ("show"));
  g_dbus_connection_call (sending->notifier->connection,
                          PORTAL,
                          PORTAL_PATH,
                          PORTAL_INTERFACE,
                          "AddNotification",
                          g_variant_new ("(sa{sv})", note->key, &builder),
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          TIMEOUT_MSEC,
                          sending->notifier->cancellable,
                          sent_by_portal_cb,
                          sending);
}

static void
close_note (FilesNotifier *self, Note *note)
{
  if (note->is_shown_by_portal)
    call (self,
          PORTAL,
          PORTAL_PATH,
          PORTAL_INTERFACE,
          "RemoveNotification",
          g_variant_new ("(s)", note->key));
  else if (note->number != 0)
    call (self,
          SERVER,
          SERVER_PATH,
          SERVER,
          "CloseNotification",
          g_variant_new ("(u)", note->number));
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Sending) sending = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    g_variant_get (reply, "(u)", &sending->note->number);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  else if (!sending->note->is_withdrawn)
    {
      send_by_portal (g_steal_pointer (&sending));
      return;
    }
  if (sending->note->is_withdrawn)
    close_note (sending->notifier, sending->note);
}

/* Takes @sending. */
static void
send_note (Sending *sending)
{
  FilesNotifier *self = sending->notifier;
  Note *note = sending->note;
  const char *const actions[] = { "default", "", NULL };
  GVariantBuilder hints = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&hints, "{sv}", "desktop-entry", g_variant_new_string (self->id));
  g_dbus_connection_call (
      self->connection,
      SERVER,
      SERVER_PATH,
      SERVER,
      "Notify",
      g_variant_new ("(susss^asa{sv}i)",
                     g_get_application_name () != NULL ? g_get_application_name () : "",
                     note->number,
                     self->id,
                     note->title,
                     note->body,
                     actions,
                     &hints,
                     -1),
      G_VARIANT_TYPE ("(u)"),
      G_DBUS_CALL_FLAGS_NONE,
      TIMEOUT_MSEC,
      self->cancellable,
      sent_cb,
      sending);
}

/* What the user clicks on */

static void
tell (FilesNotifier *self, const char *key)
{
  g_autofree char *token = g_steal_pointer (&self->token);
  g_autofree char *copy = g_strdup (key); /* it may be withdrawn */

  g_signal_emit (self, signals[ACTIVATED], 0, copy, token);
}

/* Comes right before the click itself. */
static void
server_token_cb (GDBusConnection *connection,
                 const char *sender,
                 const char *path,
                 const char *interface,
                 const char *name,
                 GVariant *parameters,
                 gpointer user_data)
{
  FilesNotifier *self = user_data;

  g_clear_pointer (&self->token, g_free);
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(us)")))
    g_variant_get_child (parameters, 1, "s", &self->token);
}

static void
server_action_cb (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *name,
                  GVariant *parameters,
                  gpointer user_data)
{
  FilesNotifier *self = user_data;
  GHashTableIter iter;
  gpointer value;
  guint32 number;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(us)")))
    return;
  g_variant_get (parameters, "(us)", &number, NULL);
  g_hash_table_iter_init (&iter, self->notes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Note *) value)->number == number && number != 0)
      {
        tell (self, ((Note *) value)->key);
        return;
      }
}

static void
take_portal_token (FilesNotifier *self, GVariant *parameters)
{
  g_autoptr (GVariant) list = g_variant_get_child_value (parameters, 2);

  g_clear_pointer (&self->token, g_free);
  for (gsize i = 0; i < g_variant_n_children (list) && self->token == NULL; i++)
    {
      g_autoptr (GVariant) value = NULL;

      g_variant_get_child (list, i, "v", &value);
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
        g_variant_lookup (value, "activation-token", "s", &self->token);
    }
}

static void
portal_action_cb (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *name,
                  GVariant *parameters,
                  gpointer user_data)
{
  FilesNotifier *self = user_data;
  const char *key;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ssav)")))
    return;
  g_variant_get_child (parameters, 0, "&s", &key);
  take_portal_token (self, parameters);
  if (g_hash_table_contains (self->notes, key))
    tell (self, key);
}

static guint
subscribe (FilesNotifier *self,
           const char *interface,
           const char *signal,
           const char *path,
           GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->connection,
                                             NULL,
                                             interface,
                                             signal,
                                             path,
                                             NULL,
                                             G_DBUS_SIGNAL_FLAGS_NONE,
                                             callback,
                                             self,
                                             NULL);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FilesNotifier) self = user_data;
  g_autoptr (GPtrArray) waiting = NULL;

  self->is_connecting = FALSE;
  self->connection = g_bus_get_finish (result, NULL);
  waiting = g_steal_pointer (&self->waiting);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) sending_free);
  if (self->connection == NULL)
    return;
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  self->subscriptions[0]
      = subscribe (self, SERVER, "ActionInvoked", SERVER_PATH, server_action_cb);
  self->subscriptions[1]
      = subscribe (self, PORTAL_INTERFACE, "ActionInvoked", PORTAL_PATH, portal_action_cb);
  self->subscriptions[2]
      = subscribe (self, SERVER, "ActivationToken", SERVER_PATH, server_token_cb);
  while (waiting->len > 0)
    {
      Sending *sending = g_ptr_array_steal_index (waiting, 0);

      if (sending->note->is_withdrawn)
        sending_free (sending);
      else
        send_note (sending);
    }
}

static void
files_notifier_dispose (GObject *object)
{
  FilesNotifier *self = FILES_NOTIFIER (object);

  if (self->connection != NULL)
    for (guint i = 0; i < G_N_ELEMENTS (self->subscriptions); i++)
      if (self->subscriptions[i] != 0)
        g_dbus_connection_signal_unsubscribe (self->connection,
                                              g_steal_handle_id (&self->subscriptions[i]));
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (files_notifier_parent_class)->dispose (object);
}

static void
files_notifier_finalize (GObject *object)
{
  FilesNotifier *self = FILES_NOTIFIER (object);

  g_object_unref (self->cancellable);
  g_hash_table_unref (self->notes);
  g_ptr_array_unref (self->waiting);
  g_free (self->token);
  g_free (self->id);
  G_OBJECT_CLASS (files_notifier_parent_class)->finalize (object);
}

static void
files_notifier_class_init (FilesNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_notifier_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_notifier_finalize;
  signals[ACTIVATED] = g_signal_new ("activated",
                                     FILES_TYPE_NOTIFIER,
                                     G_SIGNAL_RUN_LAST,
                                     0,
                                     NULL,
                                     NULL,
                                     NULL,
                                     G_TYPE_NONE,
                                     2,
                                     G_TYPE_STRING,
                                     G_TYPE_STRING);
}

static void
files_notifier_init (FilesNotifier *self)
{
  self->cancellable = g_cancellable_new ();
  self->notes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, note_unref);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) sending_free);
}

/**
 * files_notifier_new:
 * @id: the program's id, whose icon and name are shown
 *
 * Returns: (transfer full): a notifier, not connected yet
 */
FilesNotifier *
files_notifier_new (const char *id)
{
  FilesNotifier *self = g_object_new (FILES_TYPE_NOTIFIER, NULL);

  self->id = g_strdup (id);
  return self;
}

/* Those from before a bus was there: when it has come, or none ever comes, they are gone. */
static void
connect_and_send (FilesNotifier *self, Note *note)
{
  if (self->connection != NULL)
    {
      send_note (sending_new (self, note));
      return;
    }
  g_ptr_array_add (self->waiting, sending_new (self, note));
  if (self->is_connecting)
    return;
  self->is_connecting = TRUE;
  g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, connected_cb, g_object_ref (self));
}

/**
 * files_notifier_send:
 * @self: a notifier
 * @key: what it is about
 * @title: in a few words
 * @body: a line more
 *
 * Shows a notification, in place of one with the same key.
 */
void
files_notifier_send (FilesNotifier *self, const char *key, const char *title, const char *body)
{
  Note *old = g_hash_table_lookup (self->notes, key);
  Note *note = g_rc_box_new0 (Note);

  note->key = g_strdup (key);
  note->title = g_strdup (title);
  note->body = g_strdup (body);
  note->number = old != NULL ? old->number : 0;
  g_hash_table_replace (self->notes, note->key, note);
  connect_and_send (self, note);
}

/**
 * files_notifier_withdraw:
 * @self: a notifier
 * @key: what it was about
 *
 * Takes a notification away: it is news no longer.
 */
void
files_notifier_withdraw (FilesNotifier *self, const char *key)
{
  Note *note = g_hash_table_lookup (self->notes, key);

  if (note == NULL)
    return;
  note->is_withdrawn = TRUE;
  if (self->connection != NULL)
    close_note (self, note);
  g_hash_table_remove (self->notes, key);
}
