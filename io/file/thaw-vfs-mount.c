/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounting what a place lies on, in the place's lane. GIO mounts asynchronously and asks through
 * signals, so this runs a main context of its own on the lane's thread until it is done; nothing of
 * it touches the loop.
 *
 * What the server asks goes out as a ThawMountQuestion. While the user thinks, the job beats: a
 * server that waits for an answer isn't silent. In between it doesn't, so that a server that is
 * shows as one. */

#include "thaw-mount-question-private.h"
#include "thaw-vfs.h"

#define BEAT_MSEC 250

typedef struct {
  ThawJob *job;
  GFile *location; /* as the loop knows it */
  GFile *file;     /* as gvfs does */
  GMainContext *context;
  GMountOperation *operation;
  ThawMountAsked *asked; /* the open question, or NULL */
  gboolean refused;
  void (*alive) (gpointer);
  gpointer user_data;
  gboolean done;
  gboolean mounted;
  GError *error;
} Mount;

static void
drop_question (Mount *self)
{
  g_clear_pointer (&self->asked, thaw_mount_asked_free);
}

static void
refuse (Mount *self)
{
  self->refused = TRUE;
  g_mount_operation_reply (self->operation, G_MOUNT_OPERATION_ABORTED);
}

static void
ask (Mount *self,
     ThawMountQuestionKind kind,
     const char *message,
     const char *user,
     const char *domain,
     GAskPasswordFlags flags,
     const char *const *choices)
{
  drop_question (self);
  self->asked = thaw_mount_question_ask (kind,
                                         self->location,
                                         message,
                                         user,
                                         domain,
                                         flags,
                                         choices,
                                         self->context);
  if (self->asked == NULL)
    refuse (self);
}

/* GMountOperation's own handlers would run next and reply, in the loop's context, that nobody
 * handled it. */
static void
ask_password_cb (Mount *self,
                 const char *message,
                 const char *user,
                 const char *domain,
                 GAskPasswordFlags flags)
{
  g_signal_stop_emission_by_name (self->operation, "ask-password");
  ask (self, THAW_MOUNT_ASKS_FOR_PASSWORD, message, user, domain, flags, NULL);
}

static void
ask_question_cb (Mount *self, const char *message, const char *const *choices)
{
  g_signal_stop_emission_by_name (self->operation, "ask-question");
  ask (self, THAW_MOUNT_ASKS_TO_CHOOSE, message, NULL, NULL, 0, choices);
}

static void
set_credentials (GMountOperation *operation, const ThawMountAnswer *answer)
{
  if (answer->user)
    g_mount_operation_set_username (operation, answer->user);
  if (answer->domain)
    g_mount_operation_set_domain (operation, answer->domain);
  g_mount_operation_set_password (operation, answer->password);
  g_mount_operation_set_password_save (operation, answer->save);
}

static void
pass_answer_on (Mount *self)
{
  ThawMountAnswer answer = { 0 };

  if (self->asked == NULL || !thaw_mount_asked_take (self->asked, &answer))
    return;
  drop_question (self);
  switch (answer.verdict)
    {
    case THAW_MOUNT_ANSWERED:
      set_credentials (self->operation, &answer);
      break;
    case THAW_MOUNT_ANONYMOUS:
      g_mount_operation_set_anonymous (self->operation, TRUE);
      break;
    case THAW_MOUNT_CHOSEN:
      g_mount_operation_set_choice (self->operation, (int) answer.choice);
      break;
    case THAW_MOUNT_OPEN:
    case THAW_MOUNT_REFUSED:
    default:
      refuse (self);
      return;
    }
  thaw_mount_answer_clear (&answer);
  g_mount_operation_reply (self->operation, G_MOUNT_OPERATION_HANDLED);
}

static gboolean
beat_cb (gpointer user_data)
{
  Mount *self = user_data;

  if (self->asked)
    {
      thaw_job_beat (self->job);
      self->alive (self->user_data);
    }
  return G_SOURCE_CONTINUE;
}

static void
mounted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Mount *self = user_data;

  self->mounted = g_file_mount_enclosing_volume_finish (G_FILE (source), result, &self->error);
  self->done = TRUE;
}

static void
run (Mount *self)
{
  GSource *beats = g_timeout_source_new (BEAT_MSEC);

  g_source_set_callback (beats, beat_cb, self, NULL);
  g_source_attach (beats, self->context);
  g_signal_connect_swapped (self->operation, "ask-password", G_CALLBACK (ask_password_cb), self);
  g_signal_connect_swapped (self->operation, "ask-question", G_CALLBACK (ask_question_cb), self);
  g_signal_connect_swapped (self->operation, "aborted", G_CALLBACK (drop_question), self);
  g_file_mount_enclosing_volume (self->file,
                                 G_MOUNT_MOUNT_NONE,
                                 self->operation,
                                 thaw_job_get_cancellable (self->job),
                                 mounted_cb,
                                 self);
  while (!self->done)
    {
      g_main_context_iteration (self->context, TRUE);
      pass_answer_on (self);
    }
  g_signal_handlers_disconnect_by_data (self->operation, self);
  drop_question (self);
  g_source_destroy (beats);
  g_source_unref (beats);
}

/* "Handled" means that the user knows already, which here he only does when it was he who refused.
 */
static gboolean
judge (Mount *self, GError **error)
{
  g_autoptr (GError) mount_error = g_steal_pointer (&self->error);
  g_autofree char *name = NULL;

  if (self->mounted || g_error_matches (mount_error, G_IO_ERROR, G_IO_ERROR_ALREADY_MOUNTED))
    return TRUE;
  if (!self->refused && !g_error_matches (mount_error, G_IO_ERROR, G_IO_ERROR_FAILED_HANDLED))
    {
      g_propagate_error (error, g_steal_pointer (&mount_error));
      return FALSE;
    }
  name = g_file_get_parse_name (self->location);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_MOUNTED,
               "%s was not mounted: its question was not answered",
               name);
  return FALSE;
}

gboolean
thaw_vfs_mount (GFile *location,
                ThawJob *job,
                void (*alive) (gpointer),
                gpointer user_data,
                GError **error)
{
  Mount mount = { .job = job, .location = location, .alive = alive, .user_data = user_data };
  gboolean ok;

  mount.context = g_main_context_new ();
  g_main_context_push_thread_default (mount.context);
  mount.file = thaw_vfs_resolve (location);
  mount.operation = g_mount_operation_new ();
  run (&mount);
  g_object_unref (mount.operation);
  g_object_unref (mount.file);
  /* What the operation's D-Bus object left behind is freed in this context. */
  while (g_main_context_iteration (mount.context, FALSE))
    ;
  g_main_context_pop_thread_default (mount.context);
  g_main_context_unref (mount.context);
  ok = judge (&mount, error);
  return ok && !thaw_job_set_error_if_cancelled (job, error);
}
