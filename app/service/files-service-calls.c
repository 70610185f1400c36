/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be asked of the service: a table of methods. A call is taken apart, done, and answered
 * in one turn of the loop; only the journal's lists are answered later, when its lane has read
 * them. GDBus has seen to it that arguments are of their types; what is in dictionaries is looked
 * at here. Whoever asks for what makes no sense is told what is wrong. Loop's thread. */

#include "files-service-private.h"

#include <unistd.h>

typedef void (*Handle) (FilesService *self, FilesCall *call, GVariant *arguments);

static void
reply (FilesService *self, FilesCall *call, GVariant *value)
{
  files_bus_reply (self->bus, call, value);
}

static void
refuse (FilesService *self, FilesCall *call, const char *error, const char *text)
{
  files_bus_refuse (self->bus, call, error, text);
}

static const char *
get_sender (FilesCall *call)
{
  return g_dbus_method_invocation_get_sender (call->invocation);
}

/* Options */

typedef struct {
  char *title, *password; /* nullable */
  gboolean can_ask, follow, plan_only;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->title);
  g_free (self->password);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* What isn't known is left alone: a newer caller may know more. What is known has its type. */
static gboolean
read_options (GVariant *variant, Options *options)
{
  g_auto (GVariantDict) dict = { 0 };
  static const struct {
    const char *key, *type;
  } keys[] = { { "title", "s" },
               { "can-ask", "b" },
               { "follow", "b" },
               { "plan-only", "b" },
               { "password", "s" } };

  g_variant_dict_init (&dict, variant);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_dict_lookup_value (&dict, keys[i].key, NULL);

      if (value != NULL && !g_variant_is_of_type (value, G_VARIANT_TYPE (keys[i].type)))
        return FALSE;
    }
  g_variant_dict_lookup (&dict, "title", "s", &options->title);
  g_variant_dict_lookup (&dict, "password", "s", &options->password);
  g_variant_dict_lookup (&dict, "can-ask", "b", &options->can_ask);
  g_variant_dict_lookup (&dict, "follow", "b", &options->follow);
  g_variant_dict_lookup (&dict, "plan-only", "b", &options->plan_only);
  return TRUE;
}

static gboolean
take_options (FilesService *self, FilesCall *call, GVariant *arguments, guint i, Options *options)
{
  g_autoptr (GVariant) variant = g_variant_get_child_value (arguments, i);

  if (read_options (variant, options))
    return TRUE;
  refuse (self, call, FILES_WIRE_ERROR_BAD_REQUEST, "An option isn't what it should be");
  return FALSE;
}

/* Beginning */

static ThawOperationQueue *
get_queue (FilesService *self)
{
  return files_operations_get_queue (self->operations);
}

/* The answer first: whoever follows then knows what the signals are about. */
static void
reply_operation (FilesService *self,
                 FilesCall *call,
                 ThawOperation *operation,
                 const Options *options)
{
  g_autofree char *sender = g_strdup (get_sender (call));

  if (options->password != NULL)
    thaw_operation_answer_password (operation, options->password);
  reply (self, call, g_variant_new ("(t)", files_service_get_number (self, operation)));
  if (options->follow)
    files_service_follow (self, operation, sender);
}

/* Whether somebody can be asked goes for this operation alone. */
static void
begin (FilesService *self, FilesCall *call, ThawOperationRequest *request, const Options *options)
{
  ThawOperationQueue *queue = get_queue (self);
  g_autoptr (ThawOperation) operation = NULL;

  thaw_operation_queue_set_can_ask (queue, options->can_ask);
  operation = options->plan_only ? thaw_operation_queue_plan (queue, request, options->title)
                                 : thaw_operation_queue_submit (queue, request, options->title);
  thaw_operation_queue_set_can_ask (queue, TRUE);
  reply_operation (self, call, operation, options);
}

static void
submit (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (GVariant) variant = g_variant_get_child_value (arguments, 0);
  g_autoptr (ThawOperationRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (Options) options = { 0 };

  if (!take_options (self, call, arguments, 1, &options))
    return;
  request = files_wire_unpack_request (variant, &error);
  if (request != NULL)
    begin (self, call, request, &options);
  else
    refuse (self, call, FILES_WIRE_ERROR_BAD_REQUEST, error->message);
}

static void
invert (FilesService *self, FilesCall *call, const char *kind, gint64 job, const Options *options)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new (kind);

  if (job != 0)
    thaw_operation_request_set_option (request, "job", g_variant_new_int64 (job));
  begin (self, call, request, options);
}

static void
undo (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_auto (Options) options = { 0 };
  gint64 job;

  g_variant_get_child (arguments, 0, "x", &job);
  if (job < 0)
    refuse (self, call, FILES_WIRE_ERROR_BAD_REQUEST, "There is no such job");
  else if (take_options (self, call, arguments, 1, &options))
    invert (self, call, "undo", job, &options);
}

static void
redo (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_auto (Options) options = { 0 };

  if (take_options (self, call, arguments, 0, &options))
    invert (self, call, "redo", 0, &options);
}

typedef ThawOperation *(*TakeUp) (ThawOperationQueue *queue, gint64 id);

static void
take_up (FilesService *self, FilesCall *call, GVariant *arguments, TakeUp func)
{
  g_autoptr (ThawOperation) operation = NULL;
  g_auto (Options) options = { 0 };
  gint64 job;

  g_variant_get_child (arguments, 0, "x", &job);
  if (job <= 0)
    {
      refuse (self, call, FILES_WIRE_ERROR_BAD_REQUEST, "There is no such job");
      return;
    }
  if (!take_options (self, call, arguments, 1, &options))
    return;
  thaw_operation_queue_set_can_ask (get_queue (self), options.can_ask);
  operation = func (get_queue (self), job);
  thaw_operation_queue_set_can_ask (get_queue (self), TRUE);
  reply_operation (self, call, operation, &options);
}

static void
finish (FilesService *self, FilesCall *call, GVariant *arguments)
{
  take_up (self, call, arguments, thaw_operation_queue_finish);
}

static ThawOperation *
retry_all (ThawOperationQueue *queue, gint64 id)
{
  return thaw_operation_queue_retry (queue, id, NULL);
}

static void
retry (FilesService *self, FilesCall *call, GVariant *arguments)
{
  take_up (self, call, arguments, retry_all);
}

static void
roll_back (FilesService *self, FilesCall *call, GVariant *arguments)
{
  take_up (self, call, arguments, thaw_operation_queue_roll_back);
}

/* Looking */

static void
hello (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_auto (GVariantBuilder) facts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *name = files_bus_get_name (self->bus);

  g_variant_builder_add (&facts, "{sv}", "version", g_variant_new_uint32 (FILES_WIRE_VERSION));
  g_variant_builder_add (&facts, "{sv}", "name", g_variant_new_string (name != NULL ? name : ""));
  g_variant_builder_add (&facts, "{sv}", "pid", g_variant_new_uint32 ((guint32) getpid ()));
  g_variant_builder_add (&facts, "{sv}", "surroundings", call->surroundings);
  reply (self, call, g_variant_new ("(a{sv})", &facts));
}

static GVariant *
pack_operation (ThawOperation *operation, gboolean all)
{
  g_autoptr (FilesFacts) facts = files_facts_new (operation, all);

  return files_wire_pack_facts (facts, all);
}

static void
list (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ta{sv})"));
  GListModel *queue = G_LIST_MODEL (get_queue (self));

  for (guint i = 0; i < g_list_model_get_n_items (queue); i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (queue, i);

      g_variant_builder_add (&builder,
                             "(t@a{sv})",
                             files_service_get_number (self, operation),
                             pack_operation (operation, FALSE));
    }
  reply (self, call, g_variant_new ("(a(ta{sv}))", &builder));
}

/* The operation that the first argument names; if there is none the call is refused. */
static ThawOperation *
take_operation (FilesService *self, FilesCall *call, GVariant *arguments)
{
  ThawOperation *operation;
  guint64 number;

  g_variant_get_child (arguments, 0, "t", &number);
  operation = files_service_find (self, number);
  if (operation == NULL)
    refuse (self, call, FILES_WIRE_ERROR_NO_OPERATION, "There is no such operation");
  return operation;
}

static void
get (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);

  if (operation != NULL)
    reply (self, call, g_variant_new ("(@a{sv})", pack_operation (operation, TRUE)));
}

static void
follow (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autofree char *sender = g_strdup (get_sender (call));
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);

  if (operation == NULL)
    return;
  reply (self, call, NULL);
  files_service_follow (self, operation, sender);
}

static void
unfollow (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);

  if (operation == NULL)
    return;
  files_service_unfollow (self, operation, get_sender (call));
  reply (self, call, NULL);
}

/* Telling it something */

static void
control (FilesService *self,
         FilesCall *call,
         GVariant *arguments,
         void (*func) (ThawOperation *operation))
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);

  if (operation == NULL)
    return;
  func (operation);
  reply (self, call, NULL);
}

static void
pause_operation (FilesService *self, FilesCall *call, GVariant *arguments)
{
  control (self, call, arguments, thaw_operation_pause);
}

static void
resume (FilesService *self, FilesCall *call, GVariant *arguments)
{
  control (self, call, arguments, thaw_operation_resume);
}

static void
cancel (FilesService *self, FilesCall *call, GVariant *arguments)
{
  control (self, call, arguments, thaw_operation_cancel);
}

static void
stop_waiting (FilesService *self, FilesCall *call, GVariant *arguments)
{
  control (self, call, arguments, thaw_operation_stop_waiting);
}

/* What is an answer to a conflict is none to a full disk, and the other way round. */
static gboolean
is_answer (const ThawQuestion *question, ThawRule rule)
{
  if (question->is_no_space)
    return rule == THAW_RULE_SKIP || rule == THAW_RULE_ASK;
  if (question->is_password)
    return rule == THAW_RULE_SKIP;
  return rule != THAW_RULE_ASK
         && (rule != THAW_RULE_MERGE || question->conflict == THAW_CONFLICT_FOLDER);
}

static void
answer (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);
  const ThawQuestion *question = operation != NULL ? thaw_operation_get_question (operation) : NULL;
  g_autoptr (GVariant) bytes = g_variant_get_child_value (arguments, 1);
  const char *name,
      *source = g_variant_n_children (bytes) > 0 ? files_wire_get_bytes (bytes) : NULL;
  gboolean for_all;
  ThawRule rule;

  if (operation == NULL)
    return;
  g_variant_get_child (arguments, 2, "&s", &name);
  g_variant_get_child (arguments, 3, "b", &for_all);
  if (question == NULL
      || (g_variant_n_children (bytes) > 1 && g_strcmp0 (source, question->source_path) != 0))
    {
      refuse (self, call, FILES_WIRE_ERROR_NOT_ASKING, "The operation doesn't ask that");
      return;
    }
  if (!files_wire_parse_rule (name, &rule) || !is_answer (question, rule))
    {
      refuse (self, call, FILES_WIRE_ERROR_BAD_REQUEST, "That is no answer to this question");
      return;
    }
  thaw_operation_answer (operation, rule, for_all);
  reply (self, call, NULL);
}

static void
answer_password (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);
  const ThawQuestion *question = operation != NULL ? thaw_operation_get_question (operation) : NULL;
  const char *password;

  if (operation == NULL)
    return;
  g_variant_get_child (arguments, 1, "&s", &password);
  if (question == NULL || !question->is_password)
    {
      refuse (self, call, FILES_WIRE_ERROR_NOT_ASKING, "The operation doesn't ask for a password");
      return;
    }
  thaw_operation_answer_password (operation, password);
  reply (self, call, NULL);
}

static void
move (FilesService *self, FilesCall *call, GVariant *arguments)
{
  g_autoptr (ThawOperation) operation = take_operation (self, call, arguments);
  guint32 position;

  if (operation == NULL)
    return;
  g_variant_get_child (arguments, 1, "u", &position);
  thaw_operation_queue_move (get_queue (self), operation, position);
  reply (self, call, NULL);
}

/* The journal */

typedef struct {
  FilesService *self;
  FilesCall *call;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  if (listing->call != NULL)
    files_call_free (listing->call);
  g_free (listing);
}

static void
listed_cb (ThawFuture *completed, gpointer user_data)
{
  Listing *listing = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = thaw_future_get_pointer (completed, &error);

  if (records != NULL)
    reply (listing->self,
           g_steal_pointer (&listing->call),
           g_variant_new ("(@aa{sv})", files_wire_pack_records (records)));
  else
    refuse (listing->self,
            g_steal_pointer (&listing->call),
            FILES_WIRE_ERROR_FAILED,
            error->message);
}

static void
reply_later (FilesService *self, FilesCall *call, ThawFuture *future)
{
  g_autoptr (ThawFuture) listed = future;
  Listing *listing = g_new0 (Listing, 1);

  listing->self = self;
  listing->call = call;
  thaw_future_done (listed, self->scope, listed_cb, listing, listing_free);
}

static void
list_history (FilesService *self, FilesCall *call, GVariant *arguments)
{
  guint32 n_max;

  g_variant_get_child (arguments, 0, "u", &n_max);
  reply_later (self,
               call,
               thaw_operation_queue_list_history (get_queue (self), self->scope, n_max));
}

static void
list_interrupted (FilesService *self, FilesCall *call, GVariant *arguments)
{
  reply_later (self, call, thaw_operation_queue_list_interrupted (get_queue (self), self->scope));
}

static const struct {
  const char *method;
  Handle handle;
} methods[] = {
  { "Hello", hello },
  { "Submit", submit },
  { "Undo", undo },
  { "Redo", redo },
  { "Finish", finish },
  { "RollBack", roll_back },
  { "Retry", retry },
  { "List", list },
  { "Get", get },
  { "Follow", follow },
  { "Unfollow", unfollow },
  { "Pause", pause_operation },
  { "Resume", resume },
  { "Cancel", cancel },
  { "StopWaiting", stop_waiting },
  { "Answer", answer },
  { "AnswerPassword", answer_password },
  { "Move", move },
  { "ListHistory", list_history },
  { "ListInterrupted", list_interrupted },
};

void
files_service_answer (FilesService *self, FilesCall *call)
{
  const char *method = g_dbus_method_invocation_get_method_name (call->invocation);
  g_autoptr (GVariant) arguments
      = g_variant_ref (g_dbus_method_invocation_get_parameters (call->invocation));

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (methods[i].method, method))
      {
        methods[i].handle (self, call, arguments);
        return;
      }
  refuse (self, call, FILES_WIRE_ERROR_FAILED, "There is no such method");
}
