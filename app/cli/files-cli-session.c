/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session: what is to be done goes to the service, which has the one queue of all windows and
 * calls, or where there is none is done in this process, on the same journal. It runs a loop until
 * its operations are over. Unless --ask is given nobody answers questions: what no rule settles is
 * a problem. The first Ctrl+C cancels, which leaves whole files and a tidy journal; the second one
 * ends the process at once, which here leaves an interrupted job that "resume" finishes, and in the
 * service one that goes on being cancelled. */

#include "files-cli-session-private.h"

#include <glib-unix.h>
#include <unistd.h>

void
files_cli_session_open (FilesCliSession *self)
{
  self->n_open++;
}

void
files_cli_session_close (FilesCliSession *self, int status)
{
  self->status = MAX (self->status, status);
  if (--self->n_open == 0)
    g_main_loop_quit (self->loop);
}

/* --- what becomes of operations --- */

void
files_cli_session_changed (FilesCliSession *self, gconstpointer key, const FilesFacts *facts)
{
  if (facts->state == THAW_OPERATION_RUNNING)
    files_cli_output_progress (&self->output, facts);
  if (self->questions == NULL)
    return;
  if (facts->question != NULL)
    files_cli_questions_ask (self->questions, key, facts);
  else
    files_cli_questions_drop (self->questions, key);
}

void
files_cli_session_ended (FilesCliSession *self, gconstpointer key, const FilesFacts *facts)
{
  if (self->questions != NULL)
    files_cli_questions_drop (self->questions, key);
  files_cli_output_end (&self->output, facts);
  files_cli_session_close (self, facts->state == THAW_OPERATION_DONE ? 0 : 1);
}

/* --- where it is done --- */

/* Reading the journal and planning change nothing, and a journal that is named is somebody's own.
 */
static gboolean
wants_service (const FilesCliArguments *arguments)
{
  switch (arguments->action)
    {
    case FILES_CLI_RUN:
    case FILES_CLI_RESUME:
    case FILES_CLI_ROLL_BACK:
    case FILES_CLI_RETRY:
      return arguments->service != FILES_CLI_SERVICE_NEVER && arguments->state_folder == NULL;
    case FILES_CLI_PLAN:
    case FILES_CLI_HISTORY:
    case FILES_CLI_HELP:
    case FILES_CLI_VERSION:
    default:
      return FALSE;
    }
}

void
files_cli_session_do_without (FilesCliSession *self, char *reason)
{
  g_autofree char *owned = reason;
  g_autofree char *note = g_strdup_printf ("without the service: %s", reason);
  g_autoptr (GError) error = NULL;

  if (self->arguments->service == FILES_CLI_SERVICE_ALWAYS)
    {
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no service: %s", reason);
      files_cli_output_error (&self->output, error);
      self->status = MAX (self->status, FILES_CLI_STATUS_LOST);
      return;
    }
  files_cli_output_note (&self->output, note);
  if (self->was_interrupted)
    return; /* nothing was begun */
  self->local = files_cli_local_start (self);
}

static void
start (FilesCliSession *self)
{
  if (self->arguments->can_ask)
    self->questions = files_cli_questions_new (self);
  if (wants_service (self->arguments))
    self->remote = files_cli_remote_start (self);
  else
    self->local = files_cli_local_start (self);
}

static gboolean
on_signal (gpointer user_data)
{
  FilesCliSession *self = user_data;

  if (self->was_interrupted)
    _exit (1);
  self->was_interrupted = TRUE;
  self->status = MAX (self->status, 1);
  if (self->local != NULL)
    files_cli_local_cancel (self->local);
  else if (self->remote != NULL)
    files_cli_remote_cancel (self->remote);
  return G_SOURCE_CONTINUE;
}

int
files_cli_session_run (FilesCliArguments *arguments)
{
  FilesCliSession self = { .arguments = arguments };
  guint interrupt = g_unix_signal_add (SIGINT, on_signal, &self);
  guint terminate = g_unix_signal_add (SIGTERM, on_signal, &self);

  files_cli_output_init (&self.output, arguments->is_json, arguments->is_verbose);
  self.loop = g_main_loop_new (NULL, FALSE);
  start (&self);
  if (self.n_open > 0)
    g_main_loop_run (self.loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_clear_pointer (&self.questions, files_cli_questions_free);
  g_clear_pointer (&self.remote, files_cli_remote_free);
  g_clear_pointer (&self.local, files_cli_local_free);
  g_main_loop_unref (self.loop);
  return self.status;
}
