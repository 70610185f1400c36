/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The run: what the thread of an operation and the loop share. The thread works; the loop asks it to pause, to be held back for a
 * while, to stop, and answers its questions. In the other direction there are counters, which the loop samples, and news:
 * one message, keyed by the run, whatever happened since the last one.
 *
 *   thaw-run.c         life, flags, progress, problems, news
 *   thaw-run-walk.c    the callbacks that disk/ wants
 *   thaw-run-decide.c  conflicts: rules and questions
 *   thaw-run-name.c    free names
 *   thaw-run-anchor.c  is an interrupted job where it was?
 *   thaw-run-retry.c   trying again what failed
 *   thaw-run-password.c  passwords, which aren't kept
 *   thaw-run-move-back.c  rolling back what was moved to another device
 *   thaw-run-sweep.c   removing hidden names that an interruption left
 *   thaw-run-thread.c  what the threads do: plan, execute, finish, roll back
 *
 * Fields are the thread's unless it is said otherwise; before a thread is started, and after its end was told, they are the
 * loop's. There is one thread at a time: the one that plans, later the one that executes. */
#pragma once

#include "thaw-devices-private.h"
#include "thaw-operation-request-private.h"
#include "thaw-plan-private.h"

#include <pthread.h>
#include <time.h>

G_BEGIN_DECLS

/* The journal's note on a job that was cancelled while its thread hung. */
#define THAW_NOTE_CANCELLED "cancelled"

typedef enum {
  THAW_RUN_EXECUTE,
  THAW_RUN_FINISH,    /* goes on with an interrupted job */
  THAW_RUN_ROLL_BACK, /* takes an interrupted job back */
  THAW_RUN_RETRY,     /* goes on with one that is over: what failed of it */
} ThawRunMode;

typedef enum {
  THAW_RUN_CANCELLED = 1 << 0,
  THAW_RUN_PAUSED = 1 << 1, /* by the user */
  THAW_RUN_HELD = 1 << 2,   /* by the queue, for a small job that overtakes */
} ThawRunFlags;

typedef enum {
  THAW_PHASE_NONE, /* no thread has been started, or its end was taken */
  THAW_PHASE_PLANNING,
  THAW_PHASE_PLANNED,
  THAW_PHASE_EXECUTING,
  THAW_PHASE_ENDED,
} ThawRunPhase;

struct _ThawRun {
  gint ref_count;
  /* Constant from the planning thread's end on. */
  const ThawOperationKind *kind; /* NULL: there is none of that id */
  ThawOperationRequest *request;
  char *title;
  ThawJournal *journal;
  ThawMailbox *news; /* messages are references of runs */
  ThawRunMode mode;
  gboolean can_ask;
  gboolean is_resumed;
  gboolean is_postponed; /* an interrupted one that can't go on now, and may later */
  gint64 job;        /* 0: not in the journal yet */
  gint64 inverse_of; /* of "undo" and "redo": the job, 0 for the next one */
  char **retry_paths;  /* of a retry: of problems; NULL: all. Constant. */
  GPtrArray *retried;  /* ThawProblem: what a retry tries again */
  gboolean can_undo;   /* once it has ended */
  char token[THAW_TOKEN_LENGTH + 1];
  ThawPlan *plan;
  ThawDevices *devices;

  struct _ThawRun *whole; /* borrowed, nullable: what it is a part of, on the same thread, while it works */

  gpointer owner; /* the loop's: its ThawOperation, NULL once that is gone */
  GCancellable *cancellable; /* the flag once more, for GIO's calls */

  /* Atomic. */
  guint32 flags;
  gint64 bytes_done, entries_done;
  guint n_problems_told, n_losses_told; /* all of them, kept or not */
  gint64 beat_usec; /* of the monotonic clock, when it last moved */
  clockid_t cpu_clock; /* of its thread; 0 until there is one */
  gboolean is_parked;

  pthread_mutex_t lock; /* guards the following */
  pthread_cond_t wake;
  struct _ThawRun *part; /* borrowed, nullable */
  ThawRunPhase phase;
  GError *error;         /* of the phase that ended */
  GString *current;      /* bytes */
  GPtrArray *problems;   /* ThawProblem that the loop hasn't taken yet */
  GPtrArray *losses;     /* the same, of what was copied but for an attribute */
  GPtrArray *results;    /* char *, the same */
  guint n_results;       /* ever: only the first ones are kept, since the loop has to take them */
  ThawQuestion *question; /* that waits for an answer, owned */
  gboolean is_answered;
  ThawRule answer;
  ThawRule rules[THAW_N_CONFLICTS]; /* the request's, and what was answered for all */
  gboolean skips_no_space;
  gboolean has_password; /* the user has said it, or that there is none */
  char *password;        /* nullable */

  /* Of the walk: the thread's own. */
  ThawWalkFuncs funcs;
  GString *top, *path;
  guint64 dev; /* 0: not known yet */
  GHashTable *durable;
  GString *hidden; /* paths of what was noted as hidden, each with its NUL; NULL until then */
  GVariantBuilder *notes; /* problems, for the journal */
  guint n_left_over;      /* of them: older ones that aren't tried again */
};

/* @request may be NULL for an interrupted job, whose own is read from the journal. */
ThawRun *thaw_run_new (ThawOperationRequest *request, const char *title, ThawRunMode mode, ThawMailbox *news);
/* Before a thread runs, or on it. */
void thaw_run_set_request (ThawRun *self, ThawOperationRequest *request);
ThawRun *thaw_run_ref (ThawRun *self);
void thaw_run_unref (ThawRun *self);

/* The loop's side; none of these waits. */
void thaw_run_start_planning (ThawRun *self, gboolean adds_job);
void thaw_run_start_executing (ThawRun *self);
void thaw_run_set_flag (ThawRun *self, ThawRunFlags flag, gboolean value);
gboolean thaw_run_has_flag (ThawRun *self, ThawRunFlags flag);
/* Any of them may be NULL. @question: a copy of the one that waits, or NULL. */
typedef struct {
  ThawRunPhase phase; /* PLANNED and ENDED are told once */
  GError *error;
  GPtrArray *problems, *losses;
  GPtrArray *results;
  ThawQuestion *question;
} ThawRunNews;
void thaw_run_take_news (ThawRun *self, ThawRunNews *news);
void thaw_run_news_clear (ThawRunNews *news);
void thaw_run_answer (ThawRun *self, ThawRule rule, gboolean for_all);
char *thaw_run_dup_current (ThawRun *self);
/* Since when nothing moved, although it should: 0 while it is parked, asks or has no thread. */
gint64 thaw_run_get_silent_usec (ThawRun *self);

/* Processor time that its thread has used; 0 if there is none. */
gint64 thaw_run_get_cpu_usec (ThawRun *self);

/* The thread's side. */
GCancellable *thaw_run_get_cancellable (ThawRun *self);
void thaw_run_post (ThawRun *self);
void thaw_run_beat (ThawRun *self);
void thaw_run_end_phase (ThawRun *self, ThawRunPhase phase, GError *error); /* takes @error */
/* Waits for an answer. FALSE with CANCELLED. Takes @question. */
gboolean thaw_run_ask (ThawRun *self, ThawQuestion *question, ThawRule *answer, GError **error);
/* What failed so far, for the journal: begins anew, or keeps what there is. Without any it is empty, so that it replaces what the
 * journal has; NULL where that can't have any. */
GVariant *thaw_run_dup_problems (ThawRun *self);
GVariant *thaw_run_dup_notes (ThawRun *self);
void thaw_run_clear_notes (ThawRun *self);
void thaw_run_note_left_over (ThawRun *self, const char *path, const GError *error);
void thaw_run_add_loss (ThawRun *self, const char *path, const char *what);
/* Takes @job back, or does it again, by the new job @inverse: as thaw_run_perform(). */
gboolean thaw_run_invert_as (ThawRun *self, gint64 job, gint64 inverse, GError **error);
gboolean thaw_run_can_invert (ThawRun *self, gint64 job, GError **error);
/* Moves back what the interrupted job, settled, has moved to another device, by a job of its own. */
gboolean thaw_run_move_back (ThawRun *self, GError **error);
/* The job that rolls it back, if that was begun and isn't over; 0 for none. */
gint64 thaw_run_find_inverse (ThawRun *self);
/* Removes the job's hidden names from the folders that the request names, and from those that were noted. */
void thaw_run_sweep (ThawRun *self);
/* What didn't get to its end may have made and removed something hidden in the folder that it was to work in. */
void thaw_run_note_swept_target (ThawRun *self);
/* Whether one that failed is to stay in the journal as interrupted: it has left something half done. */
gboolean thaw_run_is_unfinished (ThawRun *self);
/* Notes which folders the job is about, and looks whether an interrupted one's are still the same. */
gboolean thaw_run_drop_anchors (ThawRun *self, GError **error);
gboolean thaw_run_check_anchors (ThawRun *self, GError **error);
/* Of a retry: makes its request out of the job's problems; opens the job again (*is_reopened FALSE: it has to be another one);
 * what it couldn't try is a problem again. */
gboolean thaw_run_plan_retry (ThawRun *self, GError **error);
gboolean thaw_run_reopen_job (ThawRun *self, gboolean *is_reopened, GError **error);
void thaw_run_give_back (ThawRun *self);
/* Of an interrupted one, with its token, and the problems that it left over; NULL if it was none. */
ThawOperationRequest *thaw_run_load_retry (ThawRun *self, const ThawJournalRecord *record);
/* The loop's side of thaw_run_get_password(). */
void thaw_run_answer_password (ThawRun *self, const char *password);
/* thaw-run-priority.c: on its thread, once the request is known. */
void thaw_run_set_thread_priority (ThawRun *self);
/* A local file's path as bytes, the parse name of another one's. */
char *thaw_run_dup_file_path (GFile *file);

/* For thaw-run-decide.c and thaw-run-name.c alone, and their tests. */
gboolean thaw_rule_decide (ThawRule rule, const ThawIdentity *source, const ThawIdentity *target, ThawDecision *decision);
/* "name (2).ext", or the number after that of "name (2).ext", or *number if that is larger: then it is what was used. */
char *thaw_name_dup_numbered (const char *name, gboolean has_extension, guint *number);

/* The kinds that the engine has itself: "undo", "redo", and "move-back", which these become when something was moved to another
 * device. What was done on a server is taken back by "server-back", a kind like others. */
extern const ThawOperationKind thaw_undo_kind, thaw_redo_kind, thaw_move_back_kind;

/* For thaw-undo-kind.c: the job whose steps say how things stand; the request that
 * takes these back, which is doing them again if they took something back. */
gint64 thaw_steps_find_carrier (ThawJournal *journal, gint64 job);
/* Whether steps of these types (1 << type) are taken back by an operation of its own, and not by turning them round. */
gboolean thaw_steps_need_operation (guint types);
ThawOperationRequest *thaw_steps_make_back (ThawJournal *journal, gint64 carrier, GError **error);
ThawOperationRequest *thaw_steps_make_move_back (ThawJournal *journal, gint64 carrier, GError **error);
ThawOperationRequest *thaw_steps_make_server_back (ThawJournal *journal, gint64 carrier, GError **error);

ThawQuestion *thaw_question_copy (const ThawQuestion *self);
void thaw_question_free (ThawQuestion *self);
void thaw_problem_free (ThawProblem *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRun, thaw_run_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawQuestion, thaw_question_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawRunNews, thaw_run_news_clear)

G_END_DECLS
