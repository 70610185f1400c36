/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program thaw-archive, run from an operation's thread: records come out of it, or go into it. All functions block,
 * look at check() at least ten times a second, and are for one thread. What an archive's names mean on this disk is
 * not decided here: nothing that comes out has been made safe, it is only well-formed. */
#pragma once

#include "thaw-archive-protocol.h"
#include "thaw-types.h"

G_BEGIN_DECLS

#define THAW_ARCHIVE_MEMORY_MIB 96        /* enough for what xz -9, zstd -19 and 7z's highest level write */
#define THAW_ARCHIVE_LARGE_MEMORY_MIB 1600 /* for windows as large as formats allow them */

typedef struct _ThawArchive ThawArchive;

/* FALSE with CANCELLED ends it. */
typedef gboolean (*ThawArchiveCheck) (gpointer user_data, GError **error);

/* @memory_mib: a zip or a 7z is given more by its size, for its directory, up to THAW_ARCHIVE_LARGE_MEMORY_MIB.
 * @password: nullable. Wrong ones are found out by the sums, so entries fail as ENCRYPTED or DAMAGED. */
ThawArchive *thaw_archive_unpack_new (int fd,
                                      guint memory_mib,
                                      const char *password,
                                      ThawArchiveCheck check,
                                      gpointer user_data,
                                      GError **error);
/* The same, without contents: an ENTRY for each, at last END. */
ThawArchive *thaw_archive_list_new (int fd,
                                    guint memory_mib,
                                    ThawArchiveCheck check,
                                    gpointer user_data,
                                    GError **error);
/* One record; what @first and @second point at ends with a NUL that isn't counted, and is valid until the next call. BROKEN_PIPE:
 * the program ended before it should: it was too much for it. */
gboolean thaw_archive_read (ThawArchive *self,
                            ThawArchiveRecord *record,
                            const char **first,
                            const char **second,
                            GError **error);

/* @fd: the new file, empty. @spool: a folder for one temporary file, for "7z" only, else -1. @level: "" for the format's own. @password: nullable, for zip. */
ThawArchive *thaw_archive_pack_new (int fd,
                                    int spool,
                                    const char *format,
                                    const char *level,
                                    const char *password,
                                    ThawArchiveCheck check,
                                    gpointer user_data,
                                    GError **error);
/* The program's own error, if it has given up. */
gboolean thaw_archive_write (ThawArchive *self,
                             ThawArchiveRecord *record,
                             const void *first,
                             const void *second,
                             GError **error);
/* Sends the END and waits until all is written. */
gboolean thaw_archive_finish (ThawArchive *self, GError **error);
void thaw_archive_free (ThawArchive *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawArchive, thaw_archive_free)

G_END_DECLS
