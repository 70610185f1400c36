/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the operation and of its queue share; all of it is the loop's.
 *
 *   thaw-operation-state.c    which state may follow which
 *   thaw-operation.c          an operation: facts, the state that follows from them, properties
 *   thaw-operation-control.c  pause, resume, cancel, answer, stop waiting
 *   thaw-operation-leave.c    leaving a thread behind that hangs
 *   thaw-operation-retry.c    problems: tried again, or done with
 *   thaw-operation-queue.c    the list, its news and its clock
 *   thaw-queue-schedule.c     lets go what may run
 *   thaw-schedule.c           who may run: pure
 *   thaw-queue-history.c      undo, redo, history, interrupted jobs
 *   thaw-desk.c               the journal, asked on a lane
 *   thaw-estimate.c           time left: pure
 *   thaw-speeds.c             what is remembered of devices
 *   thaw-inhibit.c            keeps the machine awake */
#pragma once

#include "thaw-desk-private.h"
#include "thaw-estimate-private.h"
#include "thaw-inhibit-private.h"
#include "thaw-run-private.h"
#include "thaw-schedule-private.h"

G_BEGIN_DECLS

#define THAW_N_OPERATION_STATES (THAW_OPERATION_CANCELLED + 1)
gboolean thaw_operation_state_can_become (ThawOperationState from, ThawOperationState to);
gboolean thaw_operation_state_is_last (ThawOperationState state);

/* How far it is; the state follows from this and from who waits for whom. */
typedef enum {
  THAW_STAGE_NEW,      /* no thread yet */
  THAW_STAGE_PLANNING,
  THAW_STAGE_READY,    /* planned; no thread */
  THAW_STAGE_EXECUTING,
  THAW_STAGE_OVER,
} ThawStage;

struct _ThawOperation {
  GObject parent_instance;
  ThawOperationQueue *queue; /* borrowed: NULL once that is gone */
  ThawRun *run;
  ThawOperationRequest *request;
  char *title;
  ThawOperationState state;
  ThawStage stage;
  gboolean is_let_go;  /* to run when it is its turn; otherwise it was only to be planned */
  gboolean is_noted_as_waiting; /* in the journal */
  gboolean is_left_behind; /* its thread is; nothing that it still says counts */
  gint64 id;
  ThawPlan *plan; /* nullable */
  GPtrArray *problems, *losses; /* ThawProblem */
  guint n_problems, n_losses;
  guint n_problems_gone; /* that were tried again, or given up */
  gboolean can_undo;
  GPtrArray *results; /* GFile */
  GError *error;
  ThawQuestion *question;
  ThawFuture *ended;
  ThawEstimate *estimate;
  ThawProgress progress;
  gint64 sampled_usec; /* of the clock */
  gint64 waiting_since_usec;
  gint64 cpu_usec, alive_usec; /* of its thread; when that was last seen to live */
  char *current;
};

ThawOperation *thaw_operation_new (ThawOperationQueue *queue, ThawRun *run, gboolean is_let_go);
/* The facts have changed: so may the state. */
void thaw_operation_update (ThawOperation *self);
void thaw_operation_take_news (ThawOperation *self);
void thaw_operation_sample (ThawOperation *self, gint64 now_usec);
void thaw_operation_write_state (ThawOperation *self, ThawJournalState state);
/* If it is cancelled, and its thread hangs. */
void thaw_operation_leave_if_dead (ThawOperation *self, gint64 now_usec);
/* Takes @error: NULL for done. */
void thaw_operation_end (ThawOperation *self, GError *error);
void thaw_operation_notify_problems (ThawOperation *self);
gboolean thaw_operation_is_serial (ThawOperation *self); /* undo and redo: one after the other */
gboolean thaw_operation_is_light (ThawOperation *self);

struct _ThawOperationQueue {
  GObject parent_instance;
  ThawScope *scope;
  ThawDesk *desk;
  ThawJournal *journal; /* NULL until it is open */
  GError *journal_error;
  GPtrArray *operations; /* owned */
  ThawMailbox *news;     /* of runs, keyed by the run */
  ThawInhibit *inhibit;
  gboolean can_ask;
  gboolean is_ticking;
  guint n_running;
  char *undo_title, *redo_title;
  gint64 undo_job, redo_job;
};

/* Something may be able to start, or has ended. */
void thaw_operation_queue_update (ThawOperationQueue *self);
void thaw_operation_queue_add (ThawOperationQueue *self, ThawOperation *operation);
void thaw_operation_queue_set_running (ThawOperationQueue *self, guint n_running);
void thaw_operation_queue_schedule (ThawOperationQueue *self);
void thaw_operation_queue_refresh (ThawOperationQueue *self); /* what can be undone */
void thaw_operation_queue_set_titles (ThawOperationQueue *self, const ThawDeskTitles *titles);
void thaw_operation_queue_load_paused (ThawOperationQueue *self);
ThawOperation *thaw_operation_queue_find_job (ThawOperationQueue *self, gint64 id);

G_END_DECLS
