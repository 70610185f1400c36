/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leaving a thread behind that hangs. A thread that is told to stop looks for that before every
 * call that may take long; one that sits in a call that never ends can't. Nobody waits for it: the
 * operation is over, and should the thread come back it clears up behind itself. One that is slow,
 * or is busy clearing up, isn't left: it beats, or uses the processor. The journal is told that the
 * job was cancelled before anybody else is, so that whoever finds it interrupted, after this
 * process has ended, clears it away instead of finishing it. Loop's thread. */

#include "thaw-operation-private.h"

/* Without a sign of life. A disk may be busy for as long before it has written what it was given.
 */
#define PATIENCE_USEC (2 * G_USEC_PER_SEC)
/* What a server is asked for can be given up at any time: who doesn't is waiting for one that
 * doesn't answer. */
#define SERVER_PATIENCE_USEC (G_USEC_PER_SEC / 20)

static void
on_noted (ThawFuture *completed, gpointer user_data)
{
  ThawOperation *self = user_data;

  if (self->stage == THAW_STAGE_OVER)
    return;
  thaw_operation_end (
      self,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The operation was cancelled"));
  if (self->queue != NULL)
    thaw_operation_queue_update (self->queue);
}

static void
leave_behind (ThawOperation *self)
{
  g_autoptr (ThawFuture) noted = NULL;

  self->is_left_behind = TRUE;
  noted = thaw_desk_note_cancelled (self->queue->desk,
                                    self->queue->scope,
                                    __atomic_load_n (&self->run->job, __ATOMIC_ACQUIRE));
  thaw_future_done (noted, self->queue->scope, on_noted, g_object_ref (self), g_object_unref);
}

/* Since when it has given no sign of life. */
static gint64
get_dead_usec (ThawOperation *self, gint64 now_usec)
{
  gint64 silent_usec = thaw_run_get_silent_usec (self->run);
  gint64 cpu_usec = thaw_run_get_cpu_usec (self->run);

  if (cpu_usec != self->cpu_usec || silent_usec == 0)
    {
      self->cpu_usec = cpu_usec;
      self->alive_usec = now_usec;
    }
  return MIN (silent_usec, now_usec - self->alive_usec);
}

static gint64
get_patience_usec (ThawOperation *self)
{
  ThawOperationRequest *request = thaw_operation_get_request (self);
  GFile *target = request != NULL ? thaw_operation_request_get_target (request) : NULL;
  gboolean is_on_server = target != NULL && !g_file_is_native (target);

  if (request != NULL && thaw_operation_request_get_n_sources (request) > 0)
    is_on_server
        = is_on_server || !g_file_is_native (thaw_operation_request_get_source (request, 0));
  return is_on_server ? SERVER_PATIENCE_USEC : PATIENCE_USEC;
}

void
thaw_operation_leave_if_dead (ThawOperation *self, gint64 now_usec)
{
  gint64 dead_usec;

  if (self->stage != THAW_STAGE_EXECUTING && self->stage != THAW_STAGE_PLANNING)
    return;
  dead_usec = get_dead_usec (self, now_usec);
  if (thaw_run_has_flag (self->run, THAW_RUN_CANCELLED) && !self->is_left_behind
      && self->queue != NULL && __atomic_load_n (&self->run->job, __ATOMIC_ACQUIRE) != 0
      && dead_usec >= get_patience_usec (self))
    leave_behind (self);
}
