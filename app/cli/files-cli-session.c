/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session: the same engine as in the window, on the same journal, in a process of its own. It
 * runs a loop until its operations are over. Nobody answers questions here: what no rule settles is
 * a problem. The first Ctrl+C cancels, which leaves whole files and a tidy journal; the second one
 * ends the process at once, which leaves an interrupted job that "resume" finishes. */

#include "files-cli-session.h"

#include "files-cli-output.h"

#include <glib-unix.h>
#include <unistd.h>

typedef struct {
  FilesCliArguments *arguments;
  FilesCliOutput output;
  ThawOperationQueue *queue;
  GMainLoop *loop;
  GPtrArray *operations; /* of this call */
  guint n_open;
  gboolean was_interrupted;
  int status;
} Session;

static void
finish_one (Session *self, gboolean is_good)
{
  if (!is_good)
    self->status = 1;
  if (--self->n_open == 0)
    g_main_loop_quit (self->loop);
}

static ThawOperation *
find_operation (Session *self, gpointer operation)
{
  guint i;

  return g_ptr_array_find (self->operations, operation, &i) ? operation : NULL;
}

/* --- progress --- */

static void
on_notify (ThawOperation *operation, GParamSpec *pspec, Session *self)
{
  if (thaw_operation_get_state (operation) == THAW_OPERATION_RUNNING)
    files_cli_output_progress (&self->output, operation);
}

static void
on_ended (ThawFuture *completed, gpointer user_data)
{
  gpointer *pair = user_data;
  Session *self = pair[0];
  ThawOperation *operation = find_operation (self, pair[1]);

  g_signal_handlers_disconnect_by_data (operation, self);
  files_cli_output_end (&self->output, operation);
  finish_one (self, thaw_future_get_error (completed) == NULL);
}

/* Takes @operation. */
static void
follow (Session *self, ThawOperation *operation)
{
  g_autoptr (ThawFuture) ended = thaw_operation_wait (operation, NULL);
  gpointer pair[] = { self, operation };

  g_ptr_array_add (self->operations, operation);
  self->n_open++;
  g_signal_connect (operation, "notify::entries-done", G_CALLBACK (on_notify), self);
  g_signal_connect (operation, "notify::bytes-done", G_CALLBACK (on_notify), self);
  thaw_future_done (ended, NULL, on_ended, g_memdup2 (pair, sizeof pair), g_free);
}

/* --- plan --- */

static gboolean
is_possible (ThawPlan *plan)
{
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    if (thaw_plan_get_finding (plan, i)->is_fatal)
      return FALSE;
  return TRUE;
}

static void
on_planning (ThawOperation *operation, GParamSpec *pspec, Session *self)
{
  ThawPlan *plan = thaw_operation_get_plan (operation);
  ThawOperationState state = thaw_operation_get_state (operation);

  if (plan == NULL && state != THAW_OPERATION_FAILED && state != THAW_OPERATION_CANCELLED)
    return;
  g_signal_handlers_disconnect_by_data (operation, self);
  if (plan != NULL)
    files_cli_output_plan (&self->output, operation);
  else
    files_cli_output_end (&self->output, operation);
  finish_one (self, plan != NULL && is_possible (plan));
}

static void
start_plan (Session *self)
{
  ThawOperation *operation
      = thaw_operation_queue_plan (self->queue, self->arguments->request, self->arguments->title);

  g_ptr_array_add (self->operations, operation);
  self->n_open++;
  g_signal_connect (operation, "notify", G_CALLBACK (on_planning), self);
}

/* --- interrupted jobs and history --- */

static void
take_up (Session *self, gint64 id)
{
  if (self->arguments->action == FILES_CLI_RESUME)
    follow (self, thaw_operation_queue_finish (self->queue, id));
  else
    follow (self, thaw_operation_queue_roll_back (self->queue, id));
}

static void
on_interrupted (ThawFuture *completed, gpointer user_data)
{
  Session *self = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = thaw_future_get_pointer (completed, &error);

  if (records == NULL)
    files_cli_output_error (&self->output, error);
  for (guint i = 0; records != NULL && i < records->len; i++)
    take_up (self, ((ThawOperationRecord *) g_ptr_array_index (records, i))->id);
  finish_one (self, records != NULL);
}

static void
start_interrupted (Session *self)
{
  g_autoptr (ThawFuture) list = NULL;

  self->n_open++;
  list = thaw_operation_queue_list_interrupted (self->queue, NULL);
  thaw_future_done (list, NULL, on_interrupted, self, NULL);
}

static void
start_ids (Session *self)
{
  for (guint i = 0; i < self->arguments->ids->len; i++)
    take_up (self, g_array_index (self->arguments->ids, gint64, i));
  if (self->arguments->ids->len == 0)
    start_interrupted (self);
}

static void
on_history (ThawFuture *completed, gpointer user_data)
{
  Session *self = user_data;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = thaw_future_get_pointer (completed, &error);

  if (records != NULL)
    files_cli_output_records (&self->output, records);
  else
    files_cli_output_error (&self->output, error);
  finish_one (self, records != NULL);
}

static void
start_history (Session *self)
{
  g_autoptr (ThawFuture) list
      = thaw_operation_queue_list_history (self->queue, NULL, self->arguments->n_max);

  self->n_open++;
  thaw_future_done (list, NULL, on_history, self, NULL);
}

/* --- all of it --- */

static void
start (Session *self)
{
  switch (self->arguments->action)
    {
    case FILES_CLI_PLAN:
      start_plan (self);
      break;
    case FILES_CLI_RESUME:
    case FILES_CLI_ROLL_BACK:
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
              thaw_operation_queue_submit (self->queue,
                                           self->arguments->request,
                                           self->arguments->title));
    }
}

static gboolean
on_signal (gpointer user_data)
{
  Session *self = user_data;

  if (self->was_interrupted)
    _exit (1);
  self->was_interrupted = TRUE;
  self->status = 1;
  for (guint i = 0; i < self->operations->len; i++)
    thaw_operation_cancel (g_ptr_array_index (self->operations, i));
  return G_SOURCE_CONTINUE;
}

int
files_cli_session_run (FilesCliArguments *arguments)
{
  Session self = { .arguments = arguments };
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, &self);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, &self);

  files_cli_output_init (&self.output, arguments->is_json);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.operations = g_ptr_array_new_with_free_func (g_object_unref);
  self.queue = thaw_operation_queue_new (arguments->state_folder);
  thaw_operation_queue_set_can_ask (self.queue, FALSE);
  start (&self);
  if (self.n_open > 0)
    g_main_loop_run (self.loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_ptr_array_unref (self.operations);
  g_object_unref (self.queue);
  g_main_loop_unref (self.loop);
  return self.status;
}
