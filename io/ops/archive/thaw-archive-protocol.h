/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an operation's thread and the sandboxed program thaw-archive say to each other over a socket: records, each a fixed
 * head and then its bytes. The program is first sent a START. The two are built together and run on one machine, so the head is a plain struct. Unpacking, the
 * program only talks: for each entry ENTRY, any DATA, ENTRY_END; at last END. Packing, it only listens to the same records,
 * and answers the END with one of its own. The program reads what strangers made and must be taken for theirs: whoever
 * listens to it checks every field. */
#pragma once

#include <stdint.h>

/* Descriptors of the program. */
#define THAW_ARCHIVE_SOCKET_FD 0
#define THAW_ARCHIVE_FILE_FD 1
#define THAW_ARCHIVE_SPOOL_FD 3 /* packing 7z: a folder for its one temporary file */

#define THAW_ARCHIVE_MAGIC 0x77616854u
#define THAW_ARCHIVE_MAX_NAME (1u << 20)
#define THAW_ARCHIVE_MAX_DATA (1u << 18)
#define THAW_ARCHIVE_MAX_PASSWORD 1024u

typedef enum {
  THAW_ARCHIVE_ENTRY = 1,
  THAW_ARCHIVE_DATA,      /* n_first bytes at offset; none: where the file ends */
  THAW_ARCHIVE_ENTRY_END, /* status of this entry */
  THAW_ARCHIVE_END,       /* status of the whole */
  THAW_ARCHIVE_START,     /* the first, to the program: n_first bytes of password, or none */
} ThawArchiveRecordType;

typedef enum {
  THAW_ARCHIVE_OK,
  THAW_ARCHIVE_DAMAGED,     /* an entry: its bytes aren't right. The whole: it could not be read to its end */
  THAW_ARCHIVE_ENCRYPTED,
  THAW_ARCHIVE_UNSUPPORTED, /* a name, type or method that can't be had */
  THAW_ARCHIVE_CUT,         /* the whole: its end is missing; what came before was right */
  THAW_ARCHIVE_CORRUPT,     /* the whole: a sum over all of it is wrong, so that no entry can be trusted */
  THAW_ARCHIVE_TRAILING,    /* the whole: all of it was right, and something else follows */
  THAW_ARCHIVE_UNKNOWN,     /* not an archive */
  THAW_ARCHIVE_NO_MEMORY,
  THAW_ARCHIVE_FAILED,      /* the system: reading or writing */
} ThawArchiveStatus;

typedef enum {
  THAW_ARCHIVE_HARD_LINK = 1 << 0, /* the text is the name of an earlier entry */
  THAW_ARCHIVE_HAS_MTIME = 1 << 1,
  THAW_ARCHIVE_RAW = 1 << 2,       /* one compressed file without a name */
  THAW_ARCHIVE_RAW_NAME = 1 << 4,  /* packing zip: the name isn't to be called UTF-8 */
  THAW_ARCHIVE_HAS_EXTRAS = 1 << 3, /* extended attributes or access control lists, which aren't sent */
} ThawArchiveFlags;

typedef struct {
  uint32_t magic, type;
  uint32_t n_first;  /* bytes that follow: an entry's name, or data */
  uint32_t n_second; /* bytes after these: a link's target, or the message of a status */
  uint64_t position; /* how much of the archive has been read */
  int64_t size;      /* of the entry, -1 if it isn't known */
  int64_t offset;    /* of data */
  int64_t mtime_sec;
  uint32_t mtime_nsec, mode; /* type and permissions */
  uint32_t flags, status;
} ThawArchiveRecord;
