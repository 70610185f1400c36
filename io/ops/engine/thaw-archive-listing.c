/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists an archive by the program that unpacks them, told to pass over the contents. Blocks; in
 * the body of a job, which beats meanwhile and may be cancelled. */

#include "thaw-archive-listing.h"

#include "thaw-archive-private.h"

#include <sys/stat.h>

static gboolean
check (gpointer job, GError **error)
{
  thaw_job_beat (job);
  return !thaw_job_set_error_if_cancelled (job, error);
}

static void
entry_free (gpointer data)
{
  ThawArchiveEntry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

static ThawArchiveEntry *
entry_new (const ThawArchiveRecord *record, const char *name)
{
  ThawArchiveEntry *entry = g_new0 (ThawArchiveEntry, 1);

  entry->name = g_strdup (name);
  entry->size_bytes = record->size;
  entry->mtime_sec = record->flags & THAW_ARCHIVE_HAS_MTIME ? record->mtime_sec : 0;
  entry->is_folder = S_ISDIR (record->mode);
  return entry;
}

/* Damage behind the first entry leaves a list, though not a complete one. */
static gboolean
judge_end (const ThawArchiveRecord *record, guint n_entries, gboolean *is_complete, GError **error)
{
  *is_complete = record->status == THAW_ARCHIVE_OK || record->status == THAW_ARCHIVE_TRAILING;
  if (*is_complete || n_entries > 0)
    return TRUE;
  if (record->status == THAW_ARCHIVE_ENCRYPTED)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_PERMISSION_DENIED,
                         "Its names are encrypted");
  else if (record->status == THAW_ARCHIVE_NO_MEMORY)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_MESSAGE_TOO_LARGE,
                         "It needs too much memory");
  else
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_INVALID_DATA,
                         "It isn't an archive, or is damaged");
  return FALSE;
}

static gboolean
read_entries (ThawArchive *archive,
              guint max_entries,
              GPtrArray *entries,
              gboolean *is_complete,
              GError **error)
{
  ThawArchiveRecord record;
  const char *first, *second;

  while (entries->len < max_entries)
    {
      if (!thaw_archive_read (archive, &record, &first, &second, error))
        return FALSE;
      if (record.type == THAW_ARCHIVE_END)
        return judge_end (&record, entries->len, is_complete, error);
      if (record.type == THAW_ARCHIVE_ENTRY)
        g_ptr_array_add (entries, entry_new (&record, first));
    }
  return TRUE;
}

/**
 * thaw_archive_list_sync:
 * @fd: an archive, at its beginning
 * @max_entries: how many entries are listed at most
 * @job: the job that this is called in
 * @is_complete: (out): whether all of them came, and the archive is sound
 * @error: return location
 *
 * Lists an archive, without unpacking it; one that was compressed as a whole is read to its end
 * all the same. It is parsed by a process in a sandbox: what comes out is well-formed, not true.
 *
 * - **Thread**: workers; blocks.
 * - **Errors**: %G_IO_ERROR_INVALID_DATA; %G_IO_ERROR_PERMISSION_DENIED if its names are encrypted;
 *   %G_IO_ERROR_MESSAGE_TOO_LARGE; %G_IO_ERROR_BROKEN_PIPE if the process came to an end over it.
 * - **Cancellation**: that of @job.
 *
 * Returns: (transfer full) (element-type ThawArchiveEntry): its entries, in the archive's
 *   order
 */
GPtrArray *
thaw_archive_list_sync (int fd,
                        guint max_entries,
                        ThawJob *job,
                        gboolean *is_complete,
                        GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (ThawArchive) archive
      = thaw_archive_list_new (fd, THAW_ARCHIVE_MEMORY_MIB, check, job, error);

  *is_complete = FALSE;
  if (archive == NULL || !read_entries (archive, max_entries, entries, is_complete, error))
    return NULL;
  return g_steal_pointer (&entries);
}
