/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of downloads: names, and the file that isn't one yet. */
#pragma once

#include "thaw-download.h"
#include "thaw-lane.h"

G_BEGIN_DECLS

/* thaw-download-name.c. Pure. */
char *thaw_download_sanitise (const char *raw) G_GNUC_WARN_UNUSED_RESULT; /* nullable */
char *thaw_download_number_name (const char *name, guint n) G_GNUC_WARN_UNUSED_RESULT;

/* thaw-part-file.c: a file under a hidden name. Made on a loop; the _lane functions are job bodies
 * with the part file, or a structure that starts with it, as their data. One job at a time. */
typedef struct {
  gint ref_count;
  ThawLane *lane;
  char *folder; /* path */
  char *key;    /* of what may be kept for a later call; NULL: nothing */
  /* The lane's. */
  int folder_fd, fd;
  char *name; /* hidden; NULL when there is no file of that name (any more) */
  GChecksum *sum;
  gboolean may_keep; /* it has the name and the lock for it */
  gboolean is_kept;  /* there is a record of what it is the beginning of */
  guint64 found_size;
  gint64 found_total;
  char *found_etag; /* of what was there; NULL: nothing was */
} ThawPartFile;

typedef struct {
  ThawPartFile *part;
  char *etag;
  gint64 total; /* -1: not known */
} ThawPartVersion;

typedef struct {
  ThawPartFile *part;
  GPtrArray *chunks; /* GBytes */
  guint64 offset;
} ThawPartWrite;

typedef struct {
  ThawPartFile *part;
  char *name, *sha256;
  char *digest; /* the server's, of that type; nullable */
  GChecksumType digest_type;
  guint64 size;
  gboolean replace;
} ThawPartPlace;

ThawPartFile *thaw_part_file_new (GFile *folder) G_GNUC_WARN_UNUSED_RESULT;
ThawPartFile *thaw_part_file_ref (ThawPartFile *self);
/* With the last one the file is closed, and removed unless it was placed or is kept: on its lane.
 */
void thaw_part_file_unref (ThawPartFile *self);
void thaw_part_write_free (ThawPartWrite *self);
void thaw_part_place_free (ThawPartPlace *self);

gboolean thaw_part_file_open_lane (ThawJob *job, gpointer part, GError **error);
gboolean thaw_part_file_truncate_lane (ThawJob *job, gpointer part, GError **error);
gboolean thaw_part_file_write_lane (ThawJob *job, gpointer write, GError **error);
/* Returns the name that it got. */
gboolean thaw_part_file_place_lane (ThawJob *job, gpointer place, GError **error);

/* thaw-part-record.c: on the lane. */
char *thaw_part_record_make_key (const char *uri, const char *name) G_GNUC_WARN_UNUSED_RESULT;
char *thaw_part_record_get_era (int folder_fd) G_GNUC_WARN_UNUSED_RESULT;
gboolean thaw_part_record_open (ThawPartFile *self);
gboolean thaw_part_record_load (ThawJob *job, ThawPartFile *self, GError **error);
void thaw_part_record_drop (ThawPartFile *self);
gboolean thaw_part_record_save_lane (ThawJob *job, gpointer version, GError **error);
void thaw_part_version_free (ThawPartVersion *self);

/* thaw-download-range.c: what a server's answer to a resumed request means. Pure. */
typedef struct {
  guint64 first, last, total;
} ThawContentRange;
gboolean thaw_content_range_parse (const char *text, ThawContentRange *range);
gboolean thaw_etag_is_strong (const char *etag);

/* thaw-download-end.c: whether all of it came. Pure. */
typedef enum {
  THAW_DOWNLOAD_END_UNKNOWN,
  THAW_DOWNLOAD_END_WHOLE,
  THAW_DOWNLOAD_END_SHORT,
} ThawDownloadEnd;
void thaw_download_ask_end (ThawRequest *request, guint64 size, const char *etag);
ThawDownloadEnd thaw_download_judge_end (ThawResponse *answer, guint64 size, const char *etag);

/* A checksum that the server states; zeroed before its first use. */
typedef struct {
  char *sum; /* hexadecimal; NULL: none */
  GChecksumType type;
  gsize strength;
} ThawDigest;
void thaw_digest_take (ThawDigest *self, ThawResponse *response);
void thaw_digest_clear (ThawDigest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPartFile, thaw_part_file_unref)

G_END_DECLS
