/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the service: the bus is asked for Thaw Files, which it starts if need be, and that is asked
 * for what is to be done; then its signals say what becomes of it. Before anything is submitted all
 * may fail, and it is done in this process; afterwards nothing is ever done twice: a service that
 * goes away is said to have gone. The files are the same for both, since their surroundings have
 * been compared. The loop's thread; every call is asynchronous. */

#include "files-cli-session-private.h"

#include "files-wire.h"

#define PATIENCE_MSEC 2000 /* with a service that may be missing */
#define LONG_PATIENCE_MSEC 25000

struct _FilesCliRemote {
  FilesCliSession *session;
  GVariant *surroundings; /* ours */
  GCancellable *finding;  /* until the service has answered */
  guint timeout;
  GDBusConnection *connection;
  char *name; /* of the service, the unique one: nobody is started by a call to it */
  guint subscription, watch;
  GHashTable *operations; /* number → Followed */
  gboolean is_lost;
};

typedef struct {
  guint64 number;
  gboolean is_known; /* its number was told */
  gboolean is_over;
  FilesFacts *end; /* came before its number */
} Followed;

static void
followed_free (gpointer data)
{
  Followed *self = data;

  g_clear_pointer (&self->end, files_facts_free);
  g_free (self);
}

static Followed *
get_followed (FilesCliRemote *self, guint64 number)
{
  Followed *followed = g_hash_table_lookup (self->operations, &number);

  if (followed != NULL)
    return followed;
  followed = g_new0 (Followed, 1);
  followed->number = number;
  g_hash_table_insert (self->operations, &followed->number, followed);
  return followed;
}

/* --- calls --- */

static void
call (FilesCliRemote *self,
      const char *method,
      GVariant *arguments,
      const char *type,
      GAsyncReadyCallback func)
{
  g_dbus_connection_call (self->connection,
                          self->name,
                          FILES_WIRE_PATH,
                          FILES_WIRE_INTERFACE,
                          method,
                          arguments,
                          type != NULL ? G_VARIANT_TYPE (type) : NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          G_MAXINT,
                          NULL,
                          func,
                          self);
}

static void
cancel_one (FilesCliRemote *self, const Followed *followed)
{
  if (followed->is_known && !followed->is_over)
    call (self, "Cancel", g_variant_new ("(t)", followed->number), NULL, NULL);
}

/* --- what becomes of them --- */

static void
end_one (FilesCliRemote *self, Followed *followed, const FilesFacts *facts)
{
  followed->is_over = TRUE;
  files_cli_session_ended (self->session, followed, facts);
}

static void
on_signal (GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *signal,
           GVariant *arguments,
           gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (FilesFacts) facts = NULL;
  g_autoptr (GVariant) packed = NULL;
  Followed *followed;
  guint64 number;

  if (self->is_lost || !g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(ta{sv})")))
    return;
  g_variant_get (arguments, "(t@a{sv})", &number, &packed);
  facts = files_wire_unpack_facts (packed, NULL);
  followed = get_followed (self, number);
  if (facts == NULL || followed->is_over)
    return;
  if (!g_str_equal (signal, "Ended"))
    files_cli_session_changed (self->session, followed, facts);
  else if (followed->is_known)
    end_one (self, followed, facts);
  else
    followed->end = g_steal_pointer (&facts);
}

/* The service was killed, or the bus is gone: how it ended nobody knows. */
static void
on_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer value;

  if (self->is_lost)
    return;
  self->is_lost = TRUE;
  if (self->session->n_open > 0)
    {
      error = g_error_new_literal (
          G_IO_ERROR,
          G_IO_ERROR_CONNECTION_CLOSED,
          connection != NULL ? "Thaw Files has ended in the middle of it: “thaw-files-cli resume” "
                               "goes on with what it has begun"
                             : "The session bus has ended: Thaw Files may still be at it");
      files_cli_output_error (&self->session->output, error);
    }
  g_hash_table_iter_init (&iter, self->operations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Followed *) value)->is_known && !((Followed *) value)->is_over)
      files_cli_session_close (self->session, FILES_CLI_STATUS_LOST);
}

/* --- beginning --- */

/* NULL: it failed, and has been said. */
static GVariant *
take_reply (FilesCliRemote *self, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    return reply;
  if (!g_dbus_error_is_remote_error (error)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    {
      on_vanished (g_dbus_connection_is_closed (self->connection) ? NULL : self->connection,
                   NULL,
                   self);
      files_cli_session_close (self->session, FILES_CLI_STATUS_LOST);
      return NULL;
    }
  g_dbus_error_strip_remote_error (error);
  files_cli_output_error (&self->session->output, error);
  files_cli_session_close (self->session, 1);
  return NULL;
}

/* It stays open until its end. */
static void
on_begun (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, source, result);
  Followed *followed;
  guint64 number;

  if (reply == NULL)
    return;
  g_variant_get (reply, "(t)", &number);
  followed = get_followed (self, number);
  followed->is_known = TRUE;
  if (followed->end != NULL)
    end_one (self, followed, followed->end);
  else if (self->is_lost)
    files_cli_session_close (self->session, FILES_CLI_STATUS_LOST);
  else if (self->session->was_interrupted)
    cancel_one (self, followed);
}

static GVariant *
make_options (FilesCliRemote *self)
{
  const FilesCliArguments *arguments = self->session->arguments;
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&options, "{sv}", "follow", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&options, "{sv}", "can-ask", g_variant_new_boolean (arguments->can_ask));
  if (arguments->title != NULL)
    g_variant_builder_add (&options, "{sv}", "title", g_variant_new_string (arguments->title));
  if (arguments->password != NULL && g_utf8_validate (arguments->password, -1, NULL))
    g_variant_builder_add (&options,
                           "{sv}",
                           "password",
                           g_variant_new_string (arguments->password));
  return g_variant_builder_end (&options);
}

static void
submit (FilesCliRemote *self)
{
  g_autoptr (GVariant) request
      = thaw_operation_request_to_variant (self->session->arguments->request);

  files_cli_session_open (self->session);
  call (self,
        "Submit",
        g_variant_new ("(@a{sv}@a{sv})", request, make_options (self)),
        "(t)",
        on_begun);
}

static void
take_up (FilesCliRemote *self, gint64 id)
{
  FilesCliAction action = self->session->arguments->action;
  const char *method
      = action == FILES_CLI_RESUME ? "Finish" : (action == FILES_CLI_RETRY ? "Retry" : "RollBack");

  files_cli_session_open (self->session);
  call (self, method, g_variant_new ("(x@a{sv})", id, make_options (self)), "(t)", on_begun);
}

static void
on_interrupted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (GVariant) reply = take_reply (self, source, result);
  g_autoptr (GVariant) list = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autoptr (GPtrArray) records = list != NULL ? files_wire_unpack_records (list) : NULL;

  if (records == NULL)
    return;
  for (guint i = 0; i < records->len; i++)
    take_up (self, ((ThawOperationRecord *) g_ptr_array_index (records, i))->id);
  files_cli_session_close (self->session, 0);
}

static void
begin (FilesCliRemote *self)
{
  const FilesCliArguments *arguments = self->session->arguments;

  if (arguments->action == FILES_CLI_RUN)
    {
      submit (self);
      return;
    }
  for (guint i = 0; i < arguments->ids->len; i++)
    take_up (self, g_array_index (arguments->ids, gint64, i));
  if (arguments->ids->len > 0)
    return;
  files_cli_session_open (self->session);
  call (self, "ListInterrupted", NULL, "(aa{sv})", on_interrupted);
}

/* --- finding the service --- */

static void
do_without (FilesCliRemote *self, char *reason)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  files_cli_session_do_without (self->session, reason);
  files_cli_session_close (self->session, 0);
}

static void
do_without_for (FilesCliRemote *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    do_without (self, g_strdup ("it doesn't answer"));
  else
    do_without (self, g_strdup (error->message));
}

/* Why this service isn't the one, or NULL. */
static char *
dup_refusal (FilesCliRemote *self, GVariantDict *facts)
{
  g_autoptr (GVariant) theirs
      = g_variant_dict_lookup_value (facts, "surroundings", G_VARIANT_TYPE ("a{ss}"));
  ThawOperationRequest *request = self->session->arguments->request;
  const char *kind = request != NULL ? thaw_operation_request_get_kind (request) : NULL;
  const char *difference;
  guint32 version = 0;

  g_variant_dict_lookup (facts, "version", "u", &version);
  if (version < FILES_WIRE_VERSION || theirs == NULL || self->name == NULL)
    return g_strdup ("it is older than this program");
  difference = files_wire_compare_surroundings (self->surroundings, theirs, kind);
  return difference != NULL ? g_strdup_printf ("its %s isn't that of this program", difference)
                            : NULL;
}

static void
follow_service (FilesCliRemote *self)
{
  self->subscription = g_dbus_connection_signal_subscribe (self->connection,
                                                           self->name,
                                                           FILES_WIRE_INTERFACE,
                                                           NULL,
                                                           FILES_WIRE_PATH,
                                                           NULL,
                                                           G_DBUS_SIGNAL_FLAGS_NONE,
                                                           on_signal,
                                                           self,
                                                           NULL);
  self->watch = g_bus_watch_name_on_connection (self->connection,
                                                self->name,
                                                G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                NULL,
                                                on_vanished,
                                                self,
                                                NULL);
}

static void
say_found (FilesCliRemote *self, GVariantDict *facts)
{
  g_autofree char *note = NULL;
  guint32 pid = 0;

  g_variant_dict_lookup (facts, "pid", "u", &pid);
  note = g_strdup_printf ("in the service, process %u", pid);
  files_cli_output_note (&self->session->output, note);
}

static void
on_hello (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) packed = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_auto (GVariantDict) facts = { 0 };
  char *refusal;

  if (packed == NULL)
    {
      do_without_for (self, error);
      return;
    }
  g_variant_dict_init (&facts, packed);
  g_variant_dict_lookup (&facts, "name", "s", &self->name);
  refusal = dup_refusal (self, &facts);
  if (refusal != NULL)
    {
      do_without (self, refusal);
      return;
    }
  g_clear_handle_id (&self->timeout, g_source_remove);
  say_found (self, &facts);
  follow_service (self);
  if (!self->session->was_interrupted)
    begin (self);
  files_cli_session_close (self->session, 0);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FilesCliRemote *self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (self->connection == NULL)
    {
      do_without_for (self, error);
      return;
    }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_dbus_connection_call (self->connection,
                          FILES_WIRE_NAME,
                          FILES_WIRE_PATH,
                          FILES_WIRE_INTERFACE,
                          "Hello",
                          NULL,
                          G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE,
                          G_MAXINT,
                          self->finding,
                          on_hello,
                          self);
}

static gboolean
on_timeout (gpointer user_data)
{
  FilesCliRemote *self = user_data;

  self->timeout = 0;
  g_cancellable_cancel (self->finding);
  return G_SOURCE_REMOVE;
}

FilesCliRemote *
files_cli_remote_start (FilesCliSession *session)
{
  FilesCliRemote *self = g_new0 (FilesCliRemote, 1);
  g_autofree char *address = files_wire_find_bus ();

  self->session = session;
  self->surroundings = files_wire_dup_surroundings (); /* before the loop runs: it reads files */
  self->finding = g_cancellable_new ();
  self->operations = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, followed_free);
  files_cli_session_open (session);
  if (address == NULL)
    {
      do_without (self, g_strdup ("there is no session bus"));
      return self;
    }
  self->timeout = g_timeout_add (
      session->arguments->service == FILES_CLI_SERVICE_ALWAYS ? LONG_PATIENCE_MSEC : PATIENCE_MSEC,
      on_timeout,
      self);
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL,
                                     self->finding,
                                     on_connected,
                                     self);
  return self;
}

/* What is still on its way to the service is cancelled when its number comes. */
void
files_cli_remote_cancel (FilesCliRemote *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->name == NULL)
    g_cancellable_cancel (self->finding);
  g_hash_table_iter_init (&iter, self->operations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    cancel_one (self, value);
}

void
files_cli_remote_answer (FilesCliRemote *self,
                         gconstpointer key,
                         const FilesFacts *facts,
                         ThawRule rule,
                         gboolean for_all)
{
  const Followed *followed = key;
  const char *source = facts->question->source_path;

  call (self,
        "Answer",
        g_variant_new ("(t^aysb)",
                       followed->number,
                       source != NULL ? source : "",
                       files_wire_get_rule_name (rule),
                       for_all),
        NULL,
        NULL);
}

void
files_cli_remote_free (FilesCliRemote *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  if (self->subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription);
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  g_hash_table_unref (self->operations);
  g_object_unref (self->finding);
  g_variant_unref (self->surroundings);
  g_clear_object (&self->connection);
  g_free (self->name);
  g_free (self);
}
