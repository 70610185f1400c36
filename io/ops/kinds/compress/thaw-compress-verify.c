/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an archive back, from the device as far as the system lets go of its copy, by the same
 * program that would extract it, and compares: every name, type, link and byte. Formats put their
 * entries in an order of their own, so it is sets that are compared. */

#include "thaw-compress-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static gboolean
check (gpointer user_data, GError **error)
{
  return thaw_run_check (user_data, error);
}

static gboolean
differs (GError **error, const char *message)
{
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_DATA,
               "The archive was read back and isn't right%s%s",
               *message != '\0' ? ": " : "",
               message);
  return FALSE;
}

static char
get_type (const ThawArchiveRecord *record)
{
  if (record->flags & THAW_ARCHIVE_HARD_LINK)
    return 'h';
  return S_ISDIR (record->mode) ? 'd' : S_ISLNK (record->mode) ? 'l' : 'f';
}

/* FALSE with an error, or at the end without. */
static gboolean
take_record (ThawArchive *archive,
             gboolean is_wide,
             GChecksum *checksum,
             ThawCompressSum *sum,
             GError **error)
{
  ThawArchiveRecord record;
  const char *first, *second;

  if (!thaw_archive_read (archive, &record, &first, &second, error))
    return FALSE;
  if (record.type == THAW_ARCHIVE_DATA)
    thaw_compress_feed (checksum, first, record.n_first);
  else if (record.status != THAW_ARCHIVE_OK)
    return differs (error, second);
  else if (record.type == THAW_ARCHIVE_ENTRY)
    thaw_compress_feed_head (checksum, get_type (&record), first, record.n_first, second, is_wide);
  else if (record.type == THAW_ARCHIVE_ENTRY_END)
    thaw_compress_sum_add (sum, checksum);
  return record.type != THAW_ARCHIVE_END;
}

gboolean
thaw_compress_verify (ThawCompressPack *pack, int fd, GError **error)
{
  g_autoptr (ThawArchive) archive = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  ThawCompressSum sum = { 0 };
  GError *why = NULL;

  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  archive = thaw_archive_unpack_new (fd,
                                     THAW_ARCHIVE_LARGE_MEMORY_MIB,
                                     pack->password,
                                     check,
                                     pack->run,
                                     error);
  if (archive == NULL)
    return FALSE;
  while (take_record (archive, pack->only_utf8, checksum, &sum, &why))
    ;
  if (why != NULL)
    g_propagate_error (error, why);
  else if (thaw_compress_sum_equals (&sum, &pack->contents))
    return TRUE;
  else
    differs (error, "");
  return FALSE;
}
