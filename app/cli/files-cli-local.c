/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In this process: a queue of its own, on the journal that all share. Whoever runs many calls at
 * once this way has them side by side, not one after the other. The loop's thread; the queue does
 * its work elsewhere. */

#include "files-cli-session-private.h"

struct _FilesCliLocal {
  FilesCliSession *session;
  ThawOperationQueue *queue;
  GPtrArray *operations; /* of this call */
};

/* --- following --- */

static void
on_notify (ThawOperation *operation, GParamSpec *pspec, FilesCliLocal *self)
{
  g_autoptr (FilesFacts) facts = files_facts_new (operation, FALSE);

  files_cli_session_changed (self->session, operation, facts);
}

static void
on_ended (ThawFuture *completed, gpointer user_data)
{
  gpointer *pair = user_data;
  FilesCliLocal *self = pair[0];
  ThawOperation *operation = pair[1]; /* @operations holds it */
  g_autoptr (FilesFacts) facts = files_facts_new (operation, TRUE);

  thaw_future_get_error (completed); /* the state says it */
  g_signal_handlers_disconnect_by_data (operation, self);
  files_cli_session_ended (self->session, operation, facts);
}

/* Takes @operation. */
static void
follow (FilesCliLocal *self, ThawOperation *operation)
{
  g_autoptr (ThawFuture) ended = thaw_operation_wait (operation, NULL);
  gpointer pair[] = { self, operation };

  g_ptr_array_add (self->operations, operation);
  files_cli_session_open (self->session);
  g_signal_connect (operation, "notify::entries-done", G_CALLBACK (on_notify), self);
  g_signal_connect (operation, "notify::bytes-done", G_CALLBACK (on_notify), self);
  g_signal_connect (operation, "notify::question", G_CALLBACK (on_notify), self);
  g_signal_connect (operation, "notify::waiting-since-usec", G_CALLBACK (on_notify), self);
  g_signal_connect (operation, "notify::state", G_CALLBACK (on_notify), self);
  thaw_future_done (ended, NULL, on_ended, g_memdup2 (pair, sizeof pair), g_free);
}

/* --- plan --- */

static gboolean
is_possible (const FilesFacts *facts)
{
  for (guint i = 0; i < facts->findings->len; i++)
    if (((ThawFinding *) g_ptr_array_index (facts->findings, i))->is_fatal)
      return FALSE;
  return TRUE;
}

static void
on_planning (ThawOperation *operation, GParamSpec *pspec, FilesCliLocal *self)
{
  g_autoptr (FilesFacts) facts = NULL;

  if (thaw_operation_get_plan (operation) == NULL
      && thaw_operation_get_state (operation) < THAW_OPERATION_DONE)
    return;
  g_signal_handlers_disconnect_by_data (operation, self);
  facts = files_facts_new (operation, TRUE);
  if (facts->has_plan)
    files_cli_output_plan (&self->session->output, facts);
  else
    files_cli_output_end (&self->session->output, facts);
  files_cli_session_close (self->session, facts->has_plan && is_possible (facts) ? 0 : 1);
}

static void
start_plan (FilesCliLocal *self)
{
  FilesCliArguments *arguments = self->session->arguments;
  ThawOperation *operation
      = thaw_operation_queue_plan (self->queue, arguments->request, arguments->title);

  g_ptr_array_add (self->operations, operation);
  files_cli_session_open (self->session);
  g_signal_connect (operation, "notify", G_CALLBACK (on_planning), self);
}

/* --- interrupted jobs and history --- */

static ThawOperation *
take_up_operation (FilesCliLocal *self, gint64 id)
{
  switch (self->session->arguments->action)
    {
    case FILES_CLI_RESUME:
      return thaw_operation_queue_finish (self->queue, id);
    case FILES_CLI_RETRY:
      return thaw_operation_queue_retry (self->queue, id, NULL);
    default:
      return thaw_operation_queue_roll_back (self->queue, id);
    }
}

static void
take_up (FilesCliLocal *self, gint64 id)
{
  ThawOperation *operation = take_up_operation (self, id);

  if (self->session->arguments->password != NULL)
    thaw_operation_answer_password (operation, self->session->arguments->password);
  follow (self, operation);
}

static void
on_interrupted (ThawFuture *completed, gpointer user_data)
{
  FilesCliLocal *self = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = thaw_future_get_pointer (completed, &error);

  if (records == NULL)
    files_cli_output_error (&self->session->output, error);
  for (guint i = 0; records != NULL && i < records->len; i++)
    take_up (self, ((ThawOperationRecord *) g_ptr_array_index (records, i))->id);
  files_cli_session_close (self->session, records != NULL ? 0 : 1);
}

static void
start_interrupted (FilesCliLocal *self)
{
  g_autoptr (ThawFuture) list = thaw_operation_queue_list_interrupted (self->queue, NULL);

  files_cli_session_open (self->session);
  thaw_future_done (list, NULL, on_interrupted, self, NULL);
}

static void
start_ids (FilesCliLocal *self)
{
  GArray *ids = self->session->arguments->ids;

  for (guint i = 0; i < ids->len; i++)
    take_up (self, g_array_index (ids, gint64, i));
  if (ids->len == 0)
    start_interrupted (self);
}

static void
on_history (ThawFuture *completed, gpointer user_data)
{
  FilesCliLocal *self = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = thaw_future_get_pointer (completed, &error);

  if (records != NULL)
    files_cli_output_records (&self->session->output, records);
  else
    files_cli_output_error (&self->session->output, error);
  files_cli_session_close (self->session, records != NULL ? 0 : 1);
}

static void
start_history (FilesCliLocal *self)
{
  g_autoptr (ThawFuture) list
      = thaw_operation_queue_list_history (self->queue, NULL, self->session->arguments->n_max);

  files_cli_session_open (self->session);
  thaw_future_done (list, NULL, on_history, self, NULL);
}

/* --- all of it --- */

FilesCliLocal *
files_cli_local_start (FilesCliSession *session)
{
  FilesCliLocal *self = g_new0 (FilesCliLocal, 1);
  FilesCliArguments *arguments = session->arguments;

  self->session = session;
  self->operations = g_ptr_array_new_with_free_func (g_object_unref);
  self->queue = thaw_operation_queue_new (arguments->state_folder);
  thaw_operation_queue_set_can_ask (self->queue, arguments->can_ask);
  switch (arguments->action)
    {
    case FILES_CLI_PLAN:
      start_plan (self);
      break;
    case FILES_CLI_RESUME:
    case FILES_CLI_ROLL_BACK:
    case FILES_CLI_RETRY:
      start_ids (self);
      break;
    case FILES_CLI_HISTORY:
      start_history (self);
      break;
    case FILES_CLI_RUN:
    case FILES_CLI_HELP:
    case FILES_CLI_VERSION:
    default:
      follow (self,
              thaw_operation_queue_submit (self->queue, arguments->request, arguments->title));
    }
  return self;
}

void
files_cli_local_cancel (FilesCliLocal *self)
{
  for (guint i = 0; i < self->operations->len; i++)
    thaw_operation_cancel (g_ptr_array_index (self->operations, i));
}

void
files_cli_local_answer (FilesCliLocal *self, gconstpointer key, ThawRule rule, gboolean for_all)
{
  if (g_ptr_array_find (self->operations, key, NULL))
    thaw_operation_answer ((ThawOperation *) key, rule, for_all);
}

void
files_cli_local_free (FilesCliLocal *self)
{
  g_ptr_array_unref (self->operations);
  g_object_unref (self->queue);
  g_free (self);
}
