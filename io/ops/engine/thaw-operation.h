/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation as the window sees it, and the queue that runs them. */
#pragma once

#include "thaw-operation-request.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

typedef enum {
  THAW_OPERATION_PLANNED, /* being planned, or planned and not yet let go */
  THAW_OPERATION_QUEUED,
  THAW_OPERATION_RUNNING,
  THAW_OPERATION_PAUSED,
  THAW_OPERATION_ASKING,
  THAW_OPERATION_DONE,
  THAW_OPERATION_FAILED,
  THAW_OPERATION_CANCELLED,
} ThawOperationState;

#define THAW_TYPE_OPERATION_STATE (thaw_operation_state_get_type ())
THAW_API GType thaw_operation_state_get_type (void);

/* What a plan found out. Constant once made; any thread. */
typedef struct _ThawPlan ThawPlan;
#define THAW_TYPE_PLAN (thaw_plan_get_type ())
THAW_API GType thaw_plan_get_type (void); /* boxed, refcounted */
THAW_API ThawPlan *thaw_plan_ref (ThawPlan *self);
THAW_API void thaw_plan_unref (ThawPlan *self);
THAW_API gint64 thaw_plan_get_bytes (ThawPlan *self);
THAW_API gint64 thaw_plan_get_n_entries (ThawPlan *self);
/* Conflicts, illegal names, no space, no permission, into itself, attributes that will be lost …: for a person, in order. */
typedef enum {
  THAW_FINDING_CONFLICT,
  THAW_FINDING_ILLEGAL_NAME,
  THAW_FINDING_NO_SPACE,
  THAW_FINDING_NO_PERMISSION,
  THAW_FINDING_INTO_ITSELF,
  THAW_FINDING_OTHER_DEVICE,
  THAW_FINDING_LOSS,
  THAW_FINDING_MISSING,
  THAW_FINDING_TOO_LARGE, /* for the file system */
  THAW_FINDING_NO_UNDO,   /* it is removed for good: nothing can bring it back */
  /* Of comparing two folders: where they differ. */
  THAW_FINDING_ONLY_IN_SOURCE,
  THAW_FINDING_ONLY_IN_TARGET,
  THAW_FINDING_SOURCE_NEWER,
  THAW_FINDING_TARGET_NEWER,
  THAW_FINDING_DIFFERENT, /* and neither is newer */
} ThawFindingType;
#define THAW_N_FINDINGS (THAW_FINDING_DIFFERENT + 1)
typedef struct {
  ThawFindingType type;
  gboolean is_fatal; /* the operation cannot start */
  char *path;        /* bytes */
  char *message;     /* UTF-8, untranslated */
} ThawFinding;
THAW_API guint thaw_plan_get_n_findings (ThawPlan *self);
THAW_API const ThawFinding *thaw_plan_get_finding (ThawPlan *self, guint i);
/* All there are of a type; of those that aren't fatal only the first 20,000 are listed. */
THAW_API gint64 thaw_plan_count_findings (ThawPlan *self, ThawFindingType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPlan, thaw_plan_unref)

/* What failed or was left out. */
typedef struct {
  char *path; /* bytes */
  GError *error;
} ThawProblem;

#define THAW_TYPE_OPERATION (thaw_operation_get_type ())
/* Loop's thread. Properties, each notified at most once a frame: state, title, bytes-done, bytes-total, entries-done, entries-total,
 * bytes-per-second, seconds-left-low, seconds-left-high (-1: not known), current-path, n-problems, question, waiting-since-usec,
 * can-undo. */
THAW_API G_DECLARE_FINAL_TYPE (ThawOperation, thaw_operation, THAW, OPERATION, GObject)

THAW_API ThawOperationRequest *thaw_operation_get_request (ThawOperation *self);
THAW_API gint64 thaw_operation_get_id (ThawOperation *self); /* the journal's; 0 until it has one */
THAW_API const char *thaw_operation_get_title (ThawOperation *self);
THAW_API ThawOperationState thaw_operation_get_state (ThawOperation *self);
THAW_API ThawPlan *thaw_operation_get_plan (ThawOperation *self); /* nullable until planned */
typedef struct {
  gint64 bytes_done, bytes_total, entries_done, entries_total; /* -1: not known yet */
  double bytes_per_second, entries_per_second;
  double seconds_left_low, seconds_left_high; /* -1: not known yet */
  gint64 running_usec; /* without pauses */
  gint64 silent_usec;  /* since it last made any headway: "not answering", after 5 s "stop waiting" is offered */
} ThawProgress;
THAW_API void thaw_operation_get_progress (ThawOperation *self, ThawProgress *progress);
THAW_API const char *thaw_operation_get_current_path (ThawOperation *self);
THAW_API guint thaw_operation_get_n_problems (ThawOperation *self);
THAW_API const ThawProblem *thaw_operation_get_problem (ThawOperation *self, guint i); /* NULL past those that were kept */
/* What was done, but for an attribute that the target can't keep. */
THAW_API guint thaw_operation_get_n_losses (ThawOperation *self);
THAW_API const ThawProblem *thaw_operation_get_loss (ThawOperation *self, guint i); /* NULL past those that were kept */
THAW_API const GError *thaw_operation_get_error (ThawOperation *self); /* of FAILED */
/* The file that came of it, for selecting it: nullable. */
THAW_API GFile *thaw_operation_get_result (ThawOperation *self, guint i); /* NULL past the last of the first 1,000 */

/* Whether undo would take it back, as far as its own steps say: it is over, did something, and removed nothing for good. */
THAW_API gboolean thaw_operation_get_can_undo (ThawOperation *self);

/* What failed is tried again by a new operation of the same job, so that one undo takes back both. @problem: as of
 * thaw_operation_get_problem(), or all of them. It leaves the list of @self. NULL: nothing can be tried again. */
#define THAW_PROBLEMS_ALL G_MAXUINT
THAW_API gboolean thaw_operation_can_retry (ThawOperation *self);
THAW_API ThawOperation *thaw_operation_retry (ThawOperation *self, guint problem) G_GNUC_WARN_UNUSED_RESULT;
/* It leaves the list, and that of the journal, for good. */
THAW_API void thaw_operation_skip (ThawOperation *self, guint problem);

THAW_API void thaw_operation_pause (ThawOperation *self);
THAW_API void thaw_operation_resume (ThawOperation *self);
THAW_API void thaw_operation_cancel (ThawOperation *self);
THAW_API void thaw_operation_stop_waiting (ThawOperation *self); /* leaves a hung thread behind, and fails */

/* While ASKING. */
typedef struct {
  ThawConflict conflict;
  char *source_path, *target_path; /* bytes */
  gint64 source_size, target_size, source_mtime_usec, target_mtime_usec;
  gboolean is_no_space; /* not a conflict: the disk is full; SKIP, or ASK again for "try again" */
  gboolean is_password; /* not a conflict: @source_path was protected by a password, which isn't kept; target_path is NULL */
} ThawQuestion;
#define THAW_TYPE_QUESTION (thaw_question_get_type ())
THAW_API GType thaw_question_get_type (void); /* boxed */
THAW_API const ThawQuestion *thaw_operation_get_question (ThawOperation *self); /* NULL unless ASKING */
THAW_API void thaw_operation_answer (ThawOperation *self, ThawRule rule, gboolean for_all);
/* Of is_password; also before it asks. NULL: there is none. */
THAW_API void thaw_operation_answer_password (ThawOperation *self, const char *password);

/* Resolves when it is DONE (nothing), rejects when FAILED or CANCELLED. */
THAW_API ThawFuture *thaw_operation_wait (ThawOperation *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;

#define THAW_TYPE_OPERATION_QUEUE (thaw_operation_queue_get_type ())
/* Loop's thread. A GListModel of ThawOperation: those that aren't over, and the last 50 or so that ended in this process, newest last.
 * Property notified: undo-title, redo-title (nullable), n-running. */
THAW_API G_DECLARE_FINAL_TYPE (ThawOperationQueue, thaw_operation_queue, THAW, OPERATION_QUEUE, GObject)

/* @state_folder: nullable. Returns at once; the journal is opened on a thread. */
THAW_API ThawOperationQueue *thaw_operation_queue_new (const char *state_folder) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is anybody to answer questions; TRUE unless it is set. Without, THAW_RULE_ASK leaves out, as a problem. For
 * operations that are submitted later. */
THAW_API void thaw_operation_queue_set_can_ask (ThawOperationQueue *self, gboolean can_ask);
/* @title: what the history and undo call it ("Move 12 files to “Photos”"), translated by the caller. */
THAW_API ThawOperation *thaw_operation_queue_submit (ThawOperationQueue *self, ThawOperationRequest *request, const char *title) G_GNUC_WARN_UNUSED_RESULT;
/* Only plans: the operation stays PLANNED with its plan until thaw_operation_resume(). */
THAW_API ThawOperation *thaw_operation_queue_plan (ThawOperationQueue *self, ThawOperationRequest *request, const char *title) G_GNUC_WARN_UNUSED_RESULT;
THAW_API const char *thaw_operation_queue_get_undo_title (ThawOperationQueue *self);
THAW_API const char *thaw_operation_queue_get_redo_title (ThawOperationQueue *self);
/* NULL if there is nothing. A refusal is the operation's error, which says why. */
THAW_API ThawOperation *thaw_operation_queue_undo (ThawOperationQueue *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOperation *thaw_operation_queue_redo (ThawOperationQueue *self) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOperation *thaw_operation_queue_undo_job (ThawOperationQueue *self, gint64 id) G_GNUC_WARN_UNUSED_RESULT;

/* Tries again what failed of a job that is over: @paths of problems (bytes, NULL-terminated), or NULL for all that the journal has. */
THAW_API ThawOperation *thaw_operation_queue_retry (ThawOperationQueue *self, gint64 id, const char *const *paths) G_GNUC_WARN_UNUSED_RESULT;

/* A row of the history, or an interrupted one. */
typedef struct {
  gint64 id, created_usec, ended_usec;
  char *kind, *title;
  ThawOperationState state;
  gboolean is_undone, is_interrupted;
  gboolean can_undo; /* as thaw_operation_get_can_undo() */
} ThawOperationRecord;
#define THAW_TYPE_OPERATION_RECORD (thaw_operation_record_get_type ())
THAW_API GType thaw_operation_record_get_type (void); /* boxed */
/* Futures of a GPtrArray of records. */
THAW_API ThawFuture *thaw_operation_queue_list_history (ThawOperationQueue *self, ThawScope *scope, guint n_max) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_operation_queue_list_interrupted (ThawOperationQueue *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
/* After a crash: go on with it, or leave things as they were before it. */
THAW_API ThawOperation *thaw_operation_queue_finish (ThawOperationQueue *self, gint64 id) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawOperation *thaw_operation_queue_roll_back (ThawOperationQueue *self, gint64 id) G_GNUC_WARN_UNUSED_RESULT;
/* Changes the order of those that are queued. */
THAW_API void thaw_operation_queue_move (ThawOperationQueue *self, ThawOperation *operation, guint position);

G_END_DECLS
