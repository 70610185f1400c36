/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making an archive, in four parts:
 *
 *   thaw-compress-kind.c    the operation: a hidden file, verified, placed by a step; then the originals, if they are to go
 *   thaw-compress-walk.c    a source's entries one by one, by descriptors and without following, and what they were
 *   thaw-compress-pack.c    an entry, read and handed to the program that writes
 *   thaw-compress-verify.c  the archive read back, entry by entry
 *
 * All of it blocks, on the run's thread. */
#pragma once

#include "../common/thaw-kind-private.h"
#include "thaw-archive-private.h"

G_BEGIN_DECLS

/* Of a set of things in any order: theirs added up, so that two sets are the same if their sums are. */
typedef struct {
  guint64 parts[4];
  guint64 n;
} ThawCompressSum;

/* Adds one thing, of which all was fed into @checksum (SHA-256), which is reset. */
void thaw_compress_sum_add (ThawCompressSum *self, GChecksum *checksum);
gboolean thaw_compress_sum_equals (const ThawCompressSum *a, const ThawCompressSum *b);
/* The head of an entry. @name: bytes, slashes at its end don't count. @is_wide: nor do the forms of Unicode, since our reader gives
 * names that are stored as UTF-16 in the composed one. */
void thaw_compress_feed_head (GChecksum *checksum, char type, const char *name, gsize n, const char *text, gboolean is_wide);
void thaw_compress_feed (GChecksum *checksum, const void *bytes, gsize n);

/* --- walk --- */

/* Visits @name and all in it, folders before what is in them; nothing of @token's, and nothing on other mounts. @identities:
 * (nullable) gets what was there, so that one can tell whether it has changed. *n_left_out: (nullable) entries that became
 * problems. */
gboolean thaw_compress_walk (ThawPlace *place,
                             const char *name,
                             const char *token,
                             const ThawWalkFuncs *funcs,
                             ThawVisitFunc func,
                             gpointer user_data,
                             ThawCompressSum *identities,
                             guint *n_left_out,
                             GError **error);

/* --- pack --- */

typedef struct {
  ThawRun *run;
  const char *format;
  const char *password; /* nullable, the run's */
  gboolean only_utf8; /* names, and link targets: they are stored as UTF-16 */
  gboolean is_zip;
  gboolean all_raw;   /* no name is called UTF-8 */
  ThawArchive *archive;
  ThawCompressSum contents;
  GChecksum *checksum;
  GHashTable *left_out;  /* "dev/ino" of files that couldn't be read to their end */
  GHashTable *told;      /* paths that have become problems */
  GHashTable *originals; /* "dev/ino" → name in the archive, of files with several names; NULL where that can't be said */
  char *top, *top_path;  /* of the source: in the archive, and the user's path */
  gboolean must_restart; /* an entry that was begun turned out to be unreadable */
  gint64 bytes_done, entries_done; /* told to the run in this attempt */
  guint n_problems;      /* of the source: it isn't all in the archive, or not as it was */
} ThawCompressPack;

void thaw_compress_pack_init (ThawCompressPack *self, ThawRun *run, const char *format, const char *password);
void thaw_compress_pack_clear (ThawCompressPack *self);
/* Before the first source, and before each new attempt. */
gboolean thaw_compress_pack_start (ThawCompressPack *self, int fd, int spool, GError **error);
/* A ThawVisitFunc. */
gboolean thaw_compress_pack_entry (const ThawVisit *entry, gpointer pack, GError **error);

/* --- verify --- */

/* Whether the archive @fd holds just what was packed: INVALID_DATA if not. */
gboolean thaw_compress_verify (ThawCompressPack *pack, int fd, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawCompressPack, thaw_compress_pack_clear)

G_END_DECLS
