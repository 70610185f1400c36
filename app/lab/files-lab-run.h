/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run in the Lab: a job, done in one style. What the jobs' files see, and all that they need.
 */
#pragma once

#include "thaw.h"
#include "thaw-database.h"
#include "thaw-http.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  FILES_LAB_BLOCKING, /* the usual way: calls that wait, on the loop's thread. The window freezes */
  FILES_LAB_MESSAGES, /* workers post, a handler on the loop takes; or a callback for each result */
  FILES_LAB_FUTURES,  /* futures, combined and chained */
  FILES_LAB_FIBERS,   /* straight-line code that awaits */
} FilesLabStyle;
#define FILES_LAB_N_STYLES 4

#define FILES_TYPE_LAB_RUN (files_lab_run_get_type ())
G_DECLARE_FINAL_TYPE (FilesLabRun, files_lab_run, FILES, LAB_RUN, GObject)

typedef struct _FilesLabServer FilesLabServer;

/* What the runs of one Lab share, made by the first that needs it. */
typedef struct {
  ThawScope *scope; /* the Lab's */
  double scale;     /* of all sizes, 1 as they are described */
  GPtrArray *files; /* GFile: the small files, once written; removed with the scope */
  FilesLabServer *server;
  ThawHttp *http;
  ThawLane *slow_lane, *meter_lane;
  ThawMailbox *answers; /* of futures: its handler resolves them */
  ThawDatabase *database;
  char *database_path;
} FilesLabBench;

typedef struct {
  const char *id;
  const char *title, *description;           /* to be translated */
  guint size;                                /* in the job's own units */
  ThawFuture *(*prepare) (FilesLabRun *run); /* NULL: nothing to do. Not counted in the time */
  void (*start[FILES_LAB_N_STYLES]) (FilesLabRun *run);
} FilesLabJob;

extern const FilesLabJob files_lab_files_job, files_lab_fetch_job, files_lab_quick_job,
    files_lab_hash_job, files_lab_slow_job, files_lab_messages_job, files_lab_tasks_job,
    files_lab_awaits_job, files_lab_rows_job;

/* All on the loop's thread. */
FilesLabBench *files_lab_run_get_bench (FilesLabRun *self);
/* Cancelled when the run is, or when the Lab is closed: no callback comes after that. */
ThawScope *files_lab_run_get_scope (FilesLabRun *self);
guint files_lab_run_get_size (FilesLabRun *self); /* scaled */
void files_lab_run_advance (FilesLabRun *self, guint n);
/* Once. @error (transfer full): NULL for success. */
void files_lab_run_finish (FilesLabRun *self, GError *error);
/* For the end of a chain: finishes @run as @completed did. */
void files_lab_run_finish_cb (ThawFuture *completed, gpointer run);
/* For a worker that posts: finishes @run if it failed; else the last message may still be on its
 * way. */
void files_lab_run_fail_cb (ThawFuture *completed, gpointer run);

/* For the window. */
const char *files_lab_style_get_title (FilesLabStyle style);
FilesLabRun *files_lab_run_new (FilesLabBench *bench, const FilesLabJob *job, FilesLabStyle style);
const FilesLabJob *files_lab_run_get_job (FilesLabRun *self);
FilesLabStyle files_lab_run_get_style (FilesLabRun *self);
/* Emits "started" when it is prepared, just before the job starts, and "finished" in the end. */
void files_lab_run_start (FilesLabRun *self);
void files_lab_run_cancel (FilesLabRun *self);
double files_lab_run_get_fraction (FilesLabRun *self);
gint64 files_lab_run_get_usec (FilesLabRun *self);         /* what it took */
const GError *files_lab_run_get_error (FilesLabRun *self); /* NULL: success */

G_END_DECLS
