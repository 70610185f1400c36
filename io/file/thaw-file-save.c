/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Saving a whole file: a draft that is written and put in its place in one job. */

#include "thaw-file-draft-private.h"

#define PIECE_BYTES (1024 * 1024)

typedef struct {
  GBytes *contents;
  ThawFileSaveFlags flags;
  ThawFileTeller teller;
} Save;

static void
save_free (gpointer data)
{
  Save *self = data;

  g_bytes_unref (self->contents);
  g_clear_pointer (&self->teller.mailbox, thaw_mailbox_unref);
  g_clear_object (&self->teller.file);
  g_free (self);
}

static gboolean
write_contents (ThawJob *job, ThawDraft *draft, Save *save, GError **error)
{
  gsize n_bytes;
  const char *bytes = g_bytes_get_data (save->contents, &n_bytes);

  for (gsize at = 0; at < n_bytes;)
    {
      gsize n = MIN (n_bytes - at, PIECE_BYTES);

      if (thaw_job_set_error_if_cancelled (job, error)
          || !thaw_draft_write (draft, job, bytes + at, n, error))
        return FALSE;
      at += n;
      thaw_job_beat (job);
      thaw_file_tell (&save->teller, (goffset) at, (goffset) n_bytes);
    }
  return TRUE;
}

static gboolean
save_lane (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  g_autoptr (ThawDraft) draft = NULL;
  Save *save = data;

  if (thaw_job_set_error_if_cancelled (job, error))
    return FALSE;
  draft = thaw_draft_new (job, place, save->flags, error);
  if (draft == NULL)
    return FALSE;
  return (write_contents (job, draft, save, error) && thaw_draft_finish (draft, job, error))
         || thaw_file_prefix_error (error, place);
}

/**
 * thaw_file_save:
 * @scope: what the work belongs to
 * @file: a file
 * @contents: all that it is to contain
 * @flags: how
 * @progress: (nullable): gets `ThawFileProgress`, the newest replaces one that waits
 *
 * Replaces the contents of a file, or makes one. At every moment, a crash or a power cut included,
 * either the old contents or the new ones stand under the name, as a whole. Owner, mode, ACL and
 * extended attributes of the old file are kept where that is allowed. A symbolic link is followed
 * to its target; a hard link is broken.
 *
 * - **Thread**: call on the loop's thread; it is written on the lane of its mount or host.
 * - **Errors**: `G_IO_ERROR`, with the file's name: NO_SPACE, PERMISSION_DENIED (the folder must be
 * writable), EXISTS with %THAW_FILE_SAVE_NEW, …; those of [method@Thaw.Lane.run].
 * - **Cancellation**: cancel the future or the scope. Before the new file is put in its place
 * nothing has changed; afterwards it is too late.
 *
 * Returns: (transfer full): a future that resolves with nothing when the new contents are on the
 * device
 */
ThawFuture *
thaw_file_save (ThawScope *scope,
                GFile *file,
                GBytes *contents,
                ThawFileSaveFlags flags,
                ThawMailbox *progress)
{
  Save *save;

  g_return_val_if_fail (scope != NULL && G_IS_FILE (file) && contents != NULL, NULL);

  save = g_new0 (Save, 1);
  save->contents = g_bytes_ref (contents);
  save->flags = flags;
  save->teller = (ThawFileTeller){ .mailbox = progress != NULL ? thaw_mailbox_ref (progress) : NULL,
                                   .key = save,
                                   .file = g_object_ref (file) };
  return thaw_file_run (scope, file, "save file", save_lane, save, save_free);
}
