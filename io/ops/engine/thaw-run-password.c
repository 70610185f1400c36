/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Passwords of archives. They live in memory only: a request leaves them out when it is written
 * into the journal, and says that there was one. A job that is gone on with after a restart, or
 * tried again, asks for it then. What the user said is wiped when the run goes. */

#include "thaw-run-private.h"

#include <string.h>

/* Lock held. */
static void
forget (ThawRun *self)
{
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
  self->has_password = FALSE;
}

void
thaw_run_answer_password (ThawRun *self, const char *password)
{
  pthread_mutex_lock (&self->lock);
  forget (self);
  self->password = g_strdup (password);
  self->has_password = TRUE;
  if (self->question != NULL && self->question->is_password)
    self->is_answered = TRUE;
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

static gboolean
ask (ThawRun *self, const char *path, GError **error)
{
  g_autofree char *name = NULL;
  ThawQuestion *question;
  ThawRule answer;

  if (self->can_ask)
    {
      question = g_new0 (ThawQuestion, 1);
      question->is_password = TRUE;
      question->source_path = g_strdup (path);
      return thaw_run_ask (self, question, &answer, error);
    }
  name = g_filename_display_basename (path);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_PERMISSION_DENIED,
               "The password of “%s” isn't kept, and is needed again",
               name);
  return FALSE;
}

gboolean
thaw_run_get_password (ThawRun *self, const char *path, const char **password, GError **error)
{
  GVariant *option
      = thaw_operation_request_get_option (self->request, "password", G_VARIANT_TYPE_STRING);
  gboolean has_password;

  *password = NULL;
  if (option != NULL)
    {
      *password = g_variant_get_string (option, NULL);
      return TRUE;
    }
  pthread_mutex_lock (&self->lock);
  has_password = self->has_password;
  pthread_mutex_unlock (&self->lock);
  if (!has_password && !thaw_operation_request_get_flag (self->request, "had-password"))
    return TRUE;
  if (!has_password && !ask (self, path, error))
    return FALSE;
  pthread_mutex_lock (&self->lock);
  self->has_password = TRUE; /* "none" counts too */
  *password = self->password;
  pthread_mutex_unlock (&self->lock);
  return TRUE;
}
