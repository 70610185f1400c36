/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing a file piece by piece: a draft that a job adds to whenever something is queued. Who
 * pushes faster than the device takes it waits once THAW_FILE_WRITE_BEHIND_BYTES are queued. Jobs
 * follow each other, never two at once, and run in a scope of the writer's own, so that what isn't
 * finished is removed after the user's scope has ended too. */

#include "thaw-file-draft-private.h"
#include "thaw-file-stream.h"

#include "thaw-scope-guard-private.h"

/* The worker's half. */
typedef struct {
  gint ref_count;
  ThawScope *scope; /* of its jobs */
  char *path;       /* native: where the draft is */
  GFile *file;
  ThawFileSaveFlags flags;
  ThawDraft *draft;
  GCancellable *stop; /* cancelled: what is queued isn't written any more */
} Sink;

struct _ThawFileWriter {
  gint ref_count;
  guint n_jobs; /* callbacks under way: they keep the memory */
  gboolean is_gone;
  ThawFuture *guard;
  Sink *sink;
  GPtrArray *queued; /* of GBytes, not given to a job yet */
  gsize n_queued_bytes, n_written_bytes;
  ThawFuture *writing;
  GQueue waiting;     /* futures of those who wait for room */
  ThawFuture *finish; /* asked for */
  gboolean is_finishing, is_over;
  GError *error;
};

G_DEFINE_BOXED_TYPE (ThawFileWriter, thaw_file_writer, thaw_file_writer_ref, thaw_file_writer_unref)

/* One job's work. */
typedef struct {
  Sink *sink;
  GPtrArray *pieces;
  guint n_done; /* pieces written, if the job has to begin again elsewhere */
  gboolean finishes;
} Write;

static gboolean
drop_lane (ThawJob *job, gpointer data, GError **error)
{
  g_clear_pointer (&((Sink *) data)->draft, thaw_draft_free);
  return TRUE;
}

static Sink *
sink_ref (Sink *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
sink_free (Sink *self)
{
  thaw_scope_unref (self->scope);
  g_object_unref (self->stop);
  g_object_unref (self->file);
  g_free (self->path);
  g_free (self);
}

/* The loop, as jobs destroy their data there. A draft that is left is dropped by a last job. */
static void
sink_unref (gpointer data)
{
  Sink *self = data;
  g_autoptr (ThawLane) lane = NULL;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->draft == NULL)
    {
      sink_free (self);
      return;
    }
  lane = self->path != NULL ? thaw_lane_for_path (self->path) : thaw_lane_for_file (self->file);
  thaw_future_disown (thaw_lane_run_patient (lane,
                                             self->scope,
                                             "drop draft",
                                             THAW_PRIORITY_LOW,
                                             -1,
                                             drop_lane,
                                             sink_ref (self),
                                             sink_unref));
}

static void
write_free (gpointer data)
{
  Write *self = data;

  sink_unref (self->sink);
  g_ptr_array_unref (self->pieces);
  g_free (self);
}

static gboolean
open_draft (ThawJob *job, ThawFilePlace *place, Sink *sink, GError **error)
{
  if (sink->draft != NULL)
    return TRUE;
  sink->draft = thaw_draft_new (job, place, sink->flags, error);
  if (sink->draft != NULL && place->path != NULL)
    sink->path = g_strdup (place->path);
  return sink->draft != NULL;
}

static gboolean
write_pieces (ThawJob *job, Write *self, GError **error)
{
  for (; self->n_done < self->pieces->len; self->n_done++)
    {
      gsize n_bytes;
      gconstpointer bytes
          = g_bytes_get_data (g_ptr_array_index (self->pieces, self->n_done), &n_bytes);

      if (g_cancellable_is_cancelled (self->sink->stop)
          || !thaw_draft_write (self->sink->draft, job, bytes, n_bytes, error))
        return FALSE;
      thaw_job_beat (job);
    }
  return !g_cancellable_is_cancelled (self->sink->stop);
}

static gboolean
write_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  Write *self = data;
  Sink *sink = self->sink;
  gboolean success = open_draft (job, place, sink, error) && write_pieces (job, self, error)
                     && (!self->finishes || thaw_draft_finish (sink->draft, job, error));

  if (success && !self->finishes)
    return TRUE;
  g_clear_pointer (&sink->draft, thaw_draft_free);
  if (!success && *error == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The writer was cancelled");
  return success || thaw_file_prefix_error (error, place);
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static void
writer_free (ThawFileWriter *self)
{
  thaw_future_resolve (self->guard);
  thaw_future_unref (self->guard);
  sink_unref (self->sink);
  g_ptr_array_unref (self->queued);
  g_clear_pointer (&self->finish, thaw_future_unref);
  g_clear_pointer (&self->writing, thaw_future_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static gboolean
has_room (ThawFileWriter *self)
{
  return self->n_queued_bytes < THAW_FILE_WRITE_BEHIND_BYTES;
}

static void
tell_room (ThawFileWriter *self)
{
  while (self->waiting.length > 0 && has_room (self))
    {
      g_autoptr (ThawFuture) future = g_queue_pop_head (&self->waiting);

      thaw_future_resolve (future);
    }
}

/* Takes over @error. */
static void
writer_fail (ThawFileWriter *self, GError *error)
{
  ThawFuture *future;

  if (self->is_over)
    {
      g_error_free (error);
      return;
    }
  self->is_over = TRUE;
  self->error = error;
  g_cancellable_cancel (self->sink->stop);
  g_ptr_array_set_size (self->queued, 0);
  while ((future = g_queue_pop_head (&self->waiting)) != NULL)
    {
      thaw_future_reject (future, g_error_copy (error));
      thaw_future_unref (future);
    }
  if (self->finish != NULL)
    thaw_future_reject (self->finish, g_error_copy (error));
}

static void write_more (ThawFileWriter *self);

static void
written_cb (ThawFuture *completed, gpointer data)
{
  ThawFileWriter *self = data;
  const GError *error = thaw_future_get_error (completed);

  g_clear_pointer (&self->writing, thaw_future_unref);
  if (error != NULL)
    {
      writer_fail (self, g_error_copy (error));
      return;
    }
  if (self->is_over)
    return;
  self->n_queued_bytes -= self->n_written_bytes;
  self->n_written_bytes = 0;
  if (self->is_finishing)
    {
      self->is_over = TRUE;
      tell_room (self);
      thaw_future_resolve (self->finish);
      return;
    }
  tell_room (self);
  write_more (self);
}

static void
written_over (gpointer data)
{
  ThawFileWriter *self = data;

  if (--self->n_jobs == 0 && self->is_gone)
    writer_free (self);
}

static void
write_more (ThawFileWriter *self)
{
  Write *work;

  if (self->writing != NULL || self->is_over || (self->queued->len == 0 && self->finish == NULL))
    return;
  work = g_new (Write, 1);
  *work = (Write){ sink_ref (self->sink), self->queued, 0, self->finish != NULL };
  self->queued = g_ptr_array_new_with_free_func (unref_bytes);
  self->n_written_bytes = self->n_queued_bytes;
  self->is_finishing = work->finishes;
  self->n_jobs++;
  self->writing = thaw_file_run (self->sink->scope,
                                 self->sink->file,
                                 "write file",
                                 write_lane,
                                 work,
                                 write_free);
  thaw_future_done (self->writing, NULL, written_cb, self, written_over);
}

static void
scope_ended (gpointer data)
{
  writer_fail (
      data,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The scope of the writer has ended"));
}

/**
 * thaw_file_write:
 * @scope: what the writer belongs to
 * @file: a file
 * @flags: how
 *
 * Begins to write a file piece by piece. As with [func@Thaw.file_save], it stands under its name
 * only when it is whole, and replaces what is there then.
 *
 * - **Thread**: call on the loop's thread; it is written on the lane of its mount or host.
 * - **Errors**: come with the next piece, or with the end.
 * - **Cancellation**: dropping the writer, or the end of @scope, before it is finished: nothing has
 * changed.
 *
 * Returns: (transfer full): a writer
 */
ThawFileWriter *
thaw_file_write (ThawScope *scope, GFile *file, ThawFileSaveFlags flags)
{
  ThawFileWriter *self;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file), NULL);

  self = g_new0 (ThawFileWriter, 1);
  self->ref_count = 1;
  self->queued = g_ptr_array_new_with_free_func (unref_bytes);
  self->sink = g_new0 (Sink, 1);
  self->sink->ref_count = 1;
  self->sink->scope = thaw_scope_new ("file writer", NULL);
  self->sink->file = g_object_ref (file);
  self->sink->flags = flags;
  self->sink->stop = g_cancellable_new ();
  self->guard = thaw_scope_guard_new (scope, scope_ended, self, NULL);
  if (thaw_scope_is_cancelled (scope))
    scope_ended (self);
  return self;
}

/**
 * thaw_file_writer_ref:
 *
 * - **Thread**: the writer's.
 *
 * Returns: (transfer full): @self
 */
ThawFileWriter *
thaw_file_writer_ref (ThawFileWriter *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  self->ref_count++;
  return self;
}

/**
 * thaw_file_writer_unref:
 * @self: (transfer full): a writer
 *
 * Drops a reference. With the last one, a file that isn't being finished is given up: its place is
 * as it was.
 *
 * - **Thread**: the writer's.
 */
void
thaw_file_writer_unref (ThawFileWriter *self)
{
  g_return_if_fail (self != NULL);

  if (--self->ref_count > 0)
    return;
  self->is_gone = TRUE;
  self->n_jobs++; /* What is told may come back here. */
  if (self->finish == NULL)
    writer_fail (self,
                 g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The writer is gone"));
  written_over (self);
}

static ThawFuture *
refuse (ThawFileWriter *self)
{
  if (self->error != NULL)
    return thaw_future_new_rejected (g_error_copy (self->error));
  return thaw_future_new_rejected (
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "The file is finished"));
}

/**
 * thaw_file_writer_push:
 * @bytes: what comes next
 *
 * Adds to the file. The future is complete at once while less than %THAW_FILE_WRITE_BEHIND_BYTES
 * are waiting to be written; who awaits it doesn't get ahead of the device.
 *
 * - **Thread**: the writer's.
 * - **Errors**: `G_IO_ERROR`, with the file's name, of this piece or an earlier one: the file is
 * given up. %G_IO_ERROR_CLOSED after it was finished.
 * - **Cancellation**: cancelling the future ends the waiting; the piece is written.
 *
 * Returns: (transfer full): a future that resolves with nothing when there is room for more
 */
ThawFuture *
thaw_file_writer_push (ThawFileWriter *self, GBytes *bytes)
{
  ThawFuture *future;

  g_return_val_if_fail (self != NULL && bytes != NULL, NULL);

  if (self->is_over || self->finish != NULL)
    return refuse (self);
  g_ptr_array_add (self->queued, g_bytes_ref (bytes));
  self->n_queued_bytes += g_bytes_get_size (bytes);
  write_more (self);
  if (has_room (self))
    return thaw_future_new_resolved ();
  future = thaw_future_new ("room in writer");
  g_queue_push_tail (&self->waiting, thaw_future_ref (future));
  return future;
}

/* Any thread. */
static void
finish_cancelled (ThawFuture *future, gpointer data)
{
  g_cancellable_cancel (data);
}

/**
 * thaw_file_writer_finish:
 *
 * Writes what is left, and puts the file in its place. Once for a writer.
 *
 * - **Thread**: the writer's.
 * - **Errors**: as for [func@Thaw.file_save]; %G_IO_ERROR_CLOSED the second time.
 * - **Cancellation**: before it is put in its place nothing has changed, afterwards it is too late.
 *
 * Returns: (transfer full): a future that resolves with nothing when the file is on the device
 */
ThawFuture *
thaw_file_writer_finish (ThawFileWriter *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->is_over || self->finish != NULL)
    return refuse (self);
  self->finish = thaw_future_new ("finish file");
  thaw_future_set_cancel (self->finish,
                          finish_cancelled,
                          g_object_ref (self->sink->stop),
                          g_object_unref);
  write_more (self);
  return thaw_future_ref (self->finish);
}
