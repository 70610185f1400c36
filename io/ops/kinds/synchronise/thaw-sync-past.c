/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What "changed on both sides" means: since these two folders were last made alike, which the
 * journal knows. A file counts as changed if its inode was, by writing, replacing or moving it
 * here, so that one with an old time of its own is found too. Folders that were never synchronised
 * have no past: there the newer file wins. On the thread of the run. */

#include "thaw-sync-private.h"

#define MAX_JOBS 500

static gboolean
is_of_these (ThawSync *self, ThawJournalRecord *record)
{
  ThawOperationRequest *own = thaw_run_get_request (self->run);
  g_autoptr (ThawOperationRequest) other
      = thaw_operation_request_new_from_variant (record->request, NULL);
  GFile *a = thaw_operation_request_get_source (own, 0);
  GFile *b = thaw_operation_request_get_target (own);
  GFile *from, *to;

  if (other == NULL || thaw_operation_request_get_n_sources (other) != 1
      || thaw_operation_request_get_target (other) == NULL)
    return FALSE;
  from = thaw_operation_request_get_source (other, 0);
  to = thaw_operation_request_get_target (other);
  return (g_file_equal (a, from) && g_file_equal (b, to))
         || (g_file_equal (a, to) && g_file_equal (b, from));
}

static gboolean
has_made_alike (ThawJournalRecord *record)
{
  g_autoptr (ThawOperationRequest) request
      = thaw_operation_request_new_from_variant (record->request, NULL);
  GVariant *mode = request != NULL
                       ? thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_STRING)
                       : NULL;

  return record->state == THAW_JOURNAL_DONE && !record->is_undone && mode != NULL
         && (g_str_equal (g_variant_get_string (mode, NULL), "both")
             || g_str_equal (g_variant_get_string (mode, NULL), "mirror"));
}

void
thaw_sync_find_past (ThawSync *self)
{
  g_autoptr (GPtrArray) jobs
      = thaw_journal_list_jobs (thaw_run_get_journal (self->run), MAX_JOBS, NULL);

  for (guint i = 0; jobs != NULL && i < jobs->len; i++)
    {
      ThawJournalRecord *record = g_ptr_array_index (jobs, i);

      if (g_strcmp0 (record->kind, "synchronise") != 0 || !has_made_alike (record)
          || !is_of_these (self, record))
        continue;
      self->past_usec = record->ended_usec;
      return;
    }
}

gboolean
thaw_sync_is_changed (ThawSync *self, const ThawIdentity *identity)
{
  return MAX (identity->ctime_nsec, identity->mtime_nsec) / 1000 > self->past_usec;
}

gboolean
thaw_sync_is_changed_on_both (ThawSync *self, const ThawPair *pair)
{
  return self->past_usec > 0 && thaw_sync_is_changed (self, &pair->identities[A])
         && thaw_sync_is_changed (self, &pair->identities[B]);
}
