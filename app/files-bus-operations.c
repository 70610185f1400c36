/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operations' interface on the bus: calls on their way to the loop, and answers and signals on
 * their way back. A call arrives on the bus's thread and is a message in a mailbox before anything
 * is done about it; what the loop says is handed to the bus's thread, which sends it. Neither waits
 * for the other. */

#include "files-bus-private.h"
#include "files-wire.h"

/**
 * files_call_free:
 * @self: (transfer full): a call; one that wasn't answered is refused
 */
void
files_call_free (FilesCall *self)
{
  if (self->invocation != NULL)
    g_dbus_method_invocation_return_dbus_error (self->invocation, FILES_WIRE_ERROR_FAILED, "Thaw Files is ending");
  g_clear_pointer (&self->surroundings, g_variant_unref);
  g_free (self);
}

/* Calls */

/* The operations' interface: who has the answers is the loop. What is said of this process is read here, since reading may wait. */
static void
operations_call_cb (GDBusConnection *connection,
                    const char *sender,
                    const char *path,
                    const char *interface,
                    const char *method,
                    GVariant *parameters,
                    GDBusMethodInvocation *invocation,
                    gpointer user_data)
{
  FilesBus *self = user_data;
  FilesCall *call = g_new0 (FilesCall, 1);

  call->invocation = invocation;
  if (g_str_equal (method, "Hello"))
    call->surroundings = files_wire_dup_surroundings ();
  if (!thaw_mailbox_post (self->calls, call))
    files_call_free (call);
}

void
files_bus_export_operations (FilesBus *self)
{
  static const GDBusInterfaceVTable vtable = { .method_call = operations_call_cb };

  files_bus_export (self, FILES_WIRE_PATH, files_wire_introspection, &vtable);
}

/* Answering */

typedef struct {
  FilesBus *bus;
  GDBusMethodInvocation *invocation; /* or, for a signal, NULL */
  char *name;                        /* of the error or the signal, NULL for an answer */
  char *text;                        /* of the error, or who hears the signal */
  GVariant *value;
} Message;

static void
message_free (gpointer data)
{
  Message *self = data;

  files_bus_unref (self->bus);
  g_free (self->name);
  g_free (self->text);
  g_clear_pointer (&self->value, g_variant_unref);
  g_free (self);
}

static gboolean
send_cb (gpointer data)
{
  Message *self = data;

  if (self->invocation == NULL)
    g_dbus_connection_emit_signal (self->bus->connection,
                                   self->text,
                                   FILES_WIRE_PATH,
                                   FILES_WIRE_INTERFACE,
                                   self->name,
                                   self->value,
                                   NULL);
  else if (self->name != NULL)
    g_dbus_method_invocation_return_dbus_error (self->invocation, self->name, self->text);
  else
    g_dbus_method_invocation_return_value (self->invocation, self->value);
  return G_SOURCE_REMOVE;
}

static void
send_message (FilesBus *self, GDBusMethodInvocation *invocation, const char *name, const char *text, GVariant *value)
{
  Message *message = g_new0 (Message, 1);

  g_atomic_ref_count_inc (&self->refs);
  message->bus = self;
  message->invocation = invocation;
  message->name = g_strdup (name);
  message->text = g_strdup (text);
  message->value = value != NULL ? g_variant_ref_sink (value) : NULL;
  files_bus_run (self, send_cb, message, message_free);
}

/**
 * files_bus_reply:
 * @self: the bus
 * @call: (transfer full): a call
 * @value: (transfer floating) (nullable): the answer, a tuple
 *
 * Answers, from the bus's thread and without waiting for it.
 */
void
files_bus_reply (FilesBus *self, FilesCall *call, GVariant *value)
{
  send_message (self, g_steal_pointer (&call->invocation), NULL, NULL, value);
  files_call_free (call);
}

/**
 * files_bus_refuse:
 * @self: the bus
 * @call: (transfer full): a call
 * @error: the error's name on the bus
 * @text: why
 *
 * Answers with an error.
 */
void
files_bus_refuse (FilesBus *self, FilesCall *call, const char *error, const char *text)
{
  send_message (self, g_steal_pointer (&call->invocation), error, text, NULL);
  files_call_free (call);
}

/**
 * files_bus_tell:
 * @self: the bus
 * @listener: the unique name of who hears it; nothing happens if they are gone
 * @signal: of the operations' interface
 * @value: (transfer floating): its arguments, a tuple
 *
 * Sends a signal to one listener.
 */
void
files_bus_tell (FilesBus *self, const char *listener, const char *signal, GVariant *value)
{
  send_message (self, NULL, signal, listener, value);
}
