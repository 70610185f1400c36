/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transfer's life: its sources one after the other, the batch that gathers passages, and the end.
 * On the thread of the run. What was placed stays placed when it is cancelled or fails; what was
 * built and not placed is removed. */

#include "thaw-transfer-private.h"

#include "thaw-remote-private.h"

#define MAX_BATCH_ENTRIES 256
#define MAX_BATCH_BYTES (64 * 1024 * 1024)
#define MAX_BATCH_USEC G_USEC_PER_SEC
/* Each may hold two descriptors open. */
#define MAX_BATCH_PLACES 48

void
thaw_passage_free (ThawPassage *self)
{
  g_free (self->path);
  g_clear_pointer (&self->from, thaw_place_unref);
  g_free (self->name);
  g_clear_pointer (&self->to, thaw_place_unref);
  g_free (self->new_name);
  g_clear_pointer (&self->stage, thaw_place_unref);
  g_clear_error (&self->error);
  g_free (self);
}

void
thaw_emptied_free (ThawEmptied *self)
{
  g_free (self->end.folder);
  g_free (self->end.name);
  g_free (self->path);
  g_free (self);
}

static gboolean
take_up (ThawTransfer *self, GError **error)
{
  if (!thaw_run_is_resumed (self->run))
    return TRUE;
  thaw_run_sweep_noted (self->run); /* stages other than the common one are begun anew */
  self->finished = thaw_finished_load (self->run, error);
  return self->finished != NULL;
}

ThawTransfer *
thaw_transfer_new (ThawRun *run, ThawTransferMode mode, GError **error)
{
  g_autoptr (ThawTransfer) self = g_new0 (ThawTransfer, 1);
  ThawOperationRequest *request = thaw_run_get_request (run);

  self->run = run;
  self->mode = mode;
  self->flags
      = thaw_operation_request_get_flag (request, "verify") ? THAW_COPY_VERIFY : THAW_COPY_DEFAULT;
  thaw_keeper_init (&self->keeper, run);
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_passage_free);
  self->again = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_passage_free);
  self->emptied = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_emptied_free);
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_frame_free);
  self->numbers = g_hash_table_new (NULL, NULL);
  return take_up (self, error) ? g_steal_pointer (&self) : NULL;
}

void
thaw_transfer_free (ThawTransfer *self)
{
  /* What was begun and can't be ended now needs all of it later. */
  if (thaw_journal_is_settled (thaw_run_get_journal (self->run), thaw_run_get_job (self->run)))
    {
      if (self->batch != NULL)
        thaw_transfer_abandon (self);
      thaw_transfer_sweep_stages (self);
    }
  g_clear_pointer (&self->batch, g_ptr_array_unref);
  g_clear_pointer (&self->again, g_ptr_array_unref);
  g_clear_pointer (&self->emptied, g_ptr_array_unref);
  g_clear_pointer (&self->frames, g_ptr_array_unref);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_pointer (&self->numbers, g_hash_table_unref);
  thaw_source_guard_reset (&self->guard);
  g_clear_pointer (&self->finished, thaw_finished_free);
  g_clear_pointer (&self->target, thaw_place_unref);
  g_clear_pointer (&self->into, thaw_place_unref);
  g_free (self->into_path);
  thaw_keeper_clear (&self->keeper);
  g_free (self);
}

gboolean
thaw_transfer_send_again (ThawTransfer *self, GError **error)
{
  while (self->again->len > 0)
    {
      ThawPassage *passage = g_ptr_array_steal_index (self->again, self->again->len - 1);

      if (!thaw_transfer_send (self, passage, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_transfer_batch_add (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  if (self->batch->len == 0)
    self->batch_begun_usec = g_get_monotonic_time ();
  if (self->last_place != passage->to)
    self->batch_places++;
  self->last_place = passage->to;
  self->batch_bytes += passage->bytes;
  self->batch_entries += passage->entries;
  g_hash_table_add (self->numbers, GUINT_TO_POINTER (passage->number));
  g_ptr_array_add (self->batch, passage);
  if (self->batch_entries < MAX_BATCH_ENTRIES && self->batch_bytes < MAX_BATCH_BYTES
      && self->batch_places < MAX_BATCH_PLACES
      && g_get_monotonic_time () - self->batch_begun_usec < MAX_BATCH_USEC)
    return TRUE;
  return thaw_transfer_flush (self, error);
}

static ThawPassage *
passage_new (const ThawSource *source, ThawPlace *target, const char *new_name)
{
  ThawPassage *self = g_new0 (ThawPassage, 1);

  self->top = source->index;
  self->path = g_strdup (source->path);
  self->from = thaw_place_ref (source->place);
  self->name = g_strdup (source->name);
  self->to = thaw_place_ref (target);
  self->new_name = g_strdup (new_name);
  return self;
}

static gboolean
send_all (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  return thaw_transfer_send (self, passage, error) && thaw_transfer_run_frames (self, error)
         && thaw_transfer_send_again (self, error) && thaw_transfer_run_frames (self, error);
}

/* The flush may have taken the very source away: that is found out when it is sent. */
static gboolean
guard_source (ThawTransfer *self, const ThawSource *source, GError **error)
{
  if (thaw_source_guard_admit (&self->guard, source))
    return TRUE;
  if (!thaw_transfer_flush (self, error))
    return FALSE;
  thaw_source_guard_reset (&self->guard);
  thaw_source_guard_admit (&self->guard, source);
  return TRUE;
}

gboolean
thaw_transfer_add (ThawTransfer *self,
                   const ThawSource *source,
                   ThawPlace *target,
                   const char *new_name,
                   GError **error)
{
  ThawPassage *passage;

  if (!guard_source (self, source, error))
    return FALSE;
  passage = passage_new (source, target, new_name);
  passage->number = 0x80000000 | g_str_hash (source->path);
  return send_all (self, passage, error);
}

gboolean
thaw_transfer_add_over (ThawTransfer *self,
                        const ThawSource *source,
                        ThawPlace *target,
                        const char *new_name,
                        const ThawIdentity *loser,
                        GError **error)
{
  ThawPassage *passage = passage_new (source, target, new_name);

  passage->number = 0x80000000 | g_str_hash (source->path);
  passage->has_loser = loser != NULL;
  if (loser != NULL)
    passage->loser = *loser;
  return send_all (self, passage, error);
}

gboolean
thaw_transfer_finish (ThawTransfer *self, GError **error)
{
  do
    {
      if (!thaw_transfer_send_again (self, error) || !thaw_transfer_run_frames (self, error)
          || !thaw_transfer_flush (self, error))
        return FALSE;
    }
  while (self->again->len > 0 || self->frames->len > 0 || self->batch->len > 0);
  thaw_transfer_sweep_stages (self);
  return TRUE;
}

/* Sources of one folder mostly go into one folder. */
static ThawPlace *
open_into (ThawTransfer *self, guint i, ThawPlace *otherwise, GError **error)
{
  const char *path = thaw_kind_get_into (self->run, i);

  if (path == NULL)
    return otherwise;
  if (g_strcmp0 (path, self->into_path) != 0)
    {
      g_clear_pointer (&self->into, thaw_place_unref);
      g_set_str (&self->into_path, path);
      self->into = thaw_place_open (path, error);
    }
  else if (self->into == NULL)
    self->into = thaw_place_open (path, error);
  return self->into;
}

static gboolean
add_top (ThawTransfer *self, const ThawSource *source, GError **error)
{
  const char *name
      = thaw_operation_request_get_name (thaw_run_get_request (self->run), source->index);
  g_autoptr (GError) local = NULL;
  ThawPlace *target
      = open_into (self,
                   source->index,
                   self->mode == THAW_TRANSFER_DUPLICATE ? source->place : self->target,
                   &local);
  ThawPassage *passage;

  if (target == NULL || (name != NULL && !thaw_kind_check_name (name, &local)))
    return thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
  if (!guard_source (self, source, error))
    return FALSE;
  passage = passage_new (source, target, name != NULL ? name : source->name);
  passage->is_top = TRUE;
  passage->number = source->index;
  return send_all (self, passage, error);
}

static gboolean
fetch (ThawTransfer *self, GFile *file, guint i, GError **error)
{
  g_autofree char *path = g_file_get_parse_name (file);
  g_autoptr (GError) local = NULL;
  ThawPlace *target = open_into (self, i, self->target, &local);

  if (local != NULL)
    return thaw_kind_problem (self->run, path, g_steal_pointer (&local), error);
  return thaw_remote_fetch (self->run, file, target, self->mode == THAW_TRANSFER_MOVE, i, error);
}

static gboolean
execute_source (ThawTransfer *self, ThawSource *source, guint i, GError **error)
{
  g_autoptr (GFile) file = thaw_operation_request_dup_source (thaw_run_get_request (self->run), i);
  g_autoptr (GFile) meant = NULL;
  g_autoptr (GError) local = NULL;

  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (!thaw_kind_file_is_local (file) && self->target != NULL)
    meant = thaw_remote_dup_meant (self->run, file);
  if (meant != NULL)
    g_set_object (&file, meant);
  if (!thaw_kind_file_is_local (file))
    return fetch (self, file, i, error);
  if (thaw_source_open (source, file, i, &local))
    return add_top (self, source, error);
  if (source->place != NULL && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      && thaw_finished_has_left (self->finished, source->place, source->name))
    return TRUE;
  return thaw_kind_problem (self->run, source->path, g_steal_pointer (&local), error);
}

gboolean
thaw_transfer_execute (ThawRun *run, ThawTransferMode mode, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autoptr (ThawTransfer) self = NULL;
  g_auto (ThawSource) source = { 0 };

  if (thaw_remote_is_target (run))
    return thaw_remote_send (run, mode == THAW_TRANSFER_MOVE, error);
  self = thaw_transfer_new (run, mode, error);
  if (self == NULL)
    return FALSE;
  if (mode != THAW_TRANSFER_DUPLICATE)
    {
      self->target = thaw_kind_open_target (run, error);
      if (self->target == NULL)
        return FALSE;
    }
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!execute_source (self, &source, i, error))
      return FALSE;
  return thaw_transfer_finish (self, error);
}
