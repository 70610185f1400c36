/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the functions for whole files and streams share: running a body on the lane of a file, going
 * on in another lane when a symbolic link leads there, opening, and telling of progress.
 *
 *   thaw-file-work.c    the above
 *   thaw-file-queue.c   many short ones at once
 *   thaw-file-data.c    load, append
 *   thaw-file-batch.c   loading many
 *   thaw-file-draft.c   a file that is written beside its place, then put there
 *   thaw-file-save.c    save
 *   thaw-file-reader.c  chunks and lines
 *   thaw-file-scan.c    lines, on the worker
 *   thaw-file-writer.c  writing piece by piece
 *   thaw-file-temp.c    files and folders that end with their scope
 *   thaw-file-watch.c   changes as messages
 *   thaw-file-poll.c    the same where nobody tells of them */
#pragma once

#include "thaw-file-data.h"
#include "thaw-lane.h"

#include <sys/stat.h>

G_BEGIN_DECLS

#define THAW_FILE_CHUNK_BYTES (64 * 1024)

/* Where a file is; the worker's while a body runs. */
typedef struct {
  GFile *file;         /* as the caller gave it */
  const char *path;    /* native: where it is looked for; NULL for any other */
  char *moved;         /* nullable: where a link has led to; @path is that then */
  guint n_turns;       /* how often it turned out to be elsewhere */
  gboolean is_on_root; /* native: by its text, on the mount that is the process's root */
} ThawFilePlace;

/* On a worker. May be called again, on another lane, after it has failed with
 * THAW_ERROR_OTHER_MOUNT: it must leave nothing behind then. */
typedef gboolean (*ThawFileFunc) (ThawJob *job,
                                  ThawFilePlace *place,
                                  gpointer user_data,
                                  GError **error);

ThawFuture *thaw_file_run (ThawScope *scope,
                           GFile *file,
                           const char *name,
                           ThawFileFunc func,
                           gpointer user_data,
                           GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
typedef enum {
  THAW_FILE_RUN_OPENS = 1 << 0, /* before anything else, with thaw_file_open_for_reading() */
  /* It is done at once as a rule: may share a queue, see thaw-file-queue.c. */
  THAW_FILE_RUN_SHORT = 1 << 1,
} ThawFileRunFlags;
ThawFuture *thaw_file_run_with (ThawScope *scope,
                                GFile *file,
                                const char *name,
                                ThawPriority priority,
                                ThawFileRunFlags flags,
                                ThawFileFunc func,
                                gpointer user_data,
                                GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

/* Workers. Says that the file is at @path (transfer full). Always FALSE. */
gboolean thaw_file_place_moved (ThawFilePlace *self, char *path, GError **error);
char *thaw_file_place_dup_name (ThawFilePlace *self);
void thaw_file_set_errno (GError **error, int code, const char *path, const char *what);
gboolean thaw_file_prefix_error (GError **error, ThawFilePlace *place);

/* Worker, native. For reading; -1 for a folder and the like. @info (out): of what it has opened. */
int thaw_file_open_for_reading (ThawFilePlace *place, struct stat *info, GError **error);
/* Worker, native. The folder that holds it; @base (out, transfer full) is its name in there, and no
 * symbolic link: those are followed first. */
int thaw_file_open_folder (ThawFilePlace *place, char **base, struct stat *info, GError **error);
/* EINTR and short writes are dealt with. */
gboolean
thaw_file_write_all (int fd, gconstpointer bytes, gsize n_bytes, const char *path, GError **error);

/* Progress: a message now and then. */
typedef struct {
  ThawMailbox *mailbox; /* nullable */
  gpointer key;
  GFile *file;
  gint64 told_usec;
} ThawFileTeller;
void thaw_file_tell (ThawFileTeller *self, goffset done_bytes, goffset total_bytes);

G_END_DECLS
