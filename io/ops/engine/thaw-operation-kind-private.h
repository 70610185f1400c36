/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What somebody writes who adds an operation: a folder under io/ops/kinds/ with one ThawOperationKind in it. The engine
 * gives the rest: thread, queue, pause, cancel, progress, questions, problems, journal, undo. */
#pragma once

#include "thaw-journal-private.h"
#include "thaw-operation-request-private.h"
#include "thaw-operation.h"

G_BEGIN_DECLS

/* One run of one operation, on a thread of its own. All functions are for that thread. */
typedef struct _ThawRun ThawRun;

typedef struct {
  const char *id;
  /* Fills the plan (thaw_run_get_plan()); changes nothing on disk. */
  gboolean (*plan) (ThawRun *run, GError **error);
  /* Does it, or goes on with it: thaw_run_is_resumed(). Entries that fail are problems, not errors. */
  gboolean (*execute) (ThawRun *run, GError **error);
  /* nullable: after a crash, instead of going on: leaves things as they were before. Default: steps taken back, hidden names
   * in the request's target and sources' folders removed. */
  gboolean (*roll_back) (ThawRun *run, GError **error);
  /* nullable: removes what else there is of an interrupted job's own than hidden names in local folders. */
  void (*sweep) (ThawRun *run);
  /* It renames and the like and copies nothing to speak of (rename, trash, delete, create …): doesn't wait behind copies. A plan of
   * 0 bytes says the same of one operation. */
  gboolean is_light;
} ThawOperationKind;

/* The table of kinds, made by io/ops/kinds/meson.build from its folders. NULL: there is no such kind. */
const ThawOperationKind *thaw_operation_kind_find (const char *id);

/* One more, for plugins and tests: static, before it is used. Any thread. */
void thaw_operation_kind_register (const ThawOperationKind *kind);

/* Filling a plan: while kind->plan() runs, on its thread. @bytes: those that will have to be copied. */
void thaw_plan_add (ThawPlan *self, gint64 bytes, gint64 entries);
void thaw_plan_add_finding (ThawPlan *self, ThawFindingType type, gboolean is_fatal, const char *path, const char *format, ...)
    G_GNUC_PRINTF (5, 6);

ThawOperationRequest *thaw_run_get_request (ThawRun *self);
ThawPlan *thaw_run_get_plan (ThawRun *self);
ThawJournal *thaw_run_get_journal (ThawRun *self);
gint64 thaw_run_get_job (ThawRun *self);
const char *thaw_run_get_token (ThawRun *self);
gboolean thaw_run_is_resumed (ThawRun *self);

/* Ready-made for thaw_disk_*(): check, done, current, problem, loss, durable, is_durable wired to this run. @top: the user's path of
 * the item, for messages. Valid until the next call. */
const ThawWalkFuncs *thaw_run_get_walk_funcs (ThawRun *self, const char *top);
/* Before copying to another device than that of the request's target: durable and is_durable are about @to's from now on. */
void thaw_run_set_place (ThawRun *self, ThawPlace *to);
/* Before something hidden is made in a folder that the request doesn't name: after a crash the job's hidden names are removed from
 * there too. */
gboolean thaw_run_note_hidden (ThawRun *self, ThawPlace *folder, const char *name, GError **error);
/* Removes now what was noted so before the crash. */
void thaw_run_sweep_noted (ThawRun *self);
/* A file that came of it, by path: for selecting it. */
void thaw_run_add_result (ThawRun *self, const char *path);
/* The option "password" of the request or, since that isn't kept, what the user says when it is asked for again. @path: of the
 * archive. *password: nullable, valid as long as the run. FALSE with CANCELLED, or if there is nobody to ask. */
gboolean thaw_run_get_password (ThawRun *self, const char *path, const char **password, GError **error);
/* FALSE with CANCELLED once cancelled. Waits here while paused. */
gboolean thaw_run_check (ThawRun *self, GError **error);
void thaw_run_add_done (ThawRun *self, gint64 bytes, gint64 entries);
void thaw_run_set_current (ThawRun *self, const char *path);
/* Takes over @error. TRUE: go on without it. */
gboolean thaw_run_add_problem (ThawRun *self, const char *path, GError *error);
/* It is done, but for something that the user should know of it: listed with what couldn't be kept. */
void thaw_run_add_notice (ThawRun *self, const char *path, const char *what);
/* What to do with a conflict, by the request's rules or by asking. For a skipped one nothing more needs to be said. */
typedef enum { THAW_DECIDE_SKIP, THAW_DECIDE_REPLACE, THAW_DECIDE_KEEP_BOTH, THAW_DECIDE_MERGE } ThawDecision;
gboolean thaw_run_decide (ThawRun *self,
                          const char *source_path,
                          const ThawIdentity *source,
                          const char *target_path,
                          const ThawIdentity *target,
                          ThawDecision *decision,
                          GError **error);
/* "name (2).ext": the next one that is free in @place. Bytes; at most 255 of them, cut at a character. */
char *thaw_run_dup_free_name (ThawRun *self, ThawPlace *place, const char *name);
/* The journal's perform with this run's job, its problems and its progress: each step is an entry done, except that what was
 * built under one of the job's hidden names was counted when it was built. */
gboolean thaw_run_perform (ThawRun *self, GPtrArray *steps, ThawStepsMode mode, GError **error);
/* All or none, however many: see thaw_journal_perform_many(). Progress is told, and cancelling obeyed, part by part. */
gboolean thaw_run_perform_many (ThawRun *self, guint n, ThawStepMaker make, gpointer maker_data, GError **error);

/* All is done, and yet something of ours couldn't be removed: the journal keeps the job as an
 * interrupted one, so that a later start looks again. */
void thaw_run_stay_interrupted (ThawRun *self);

G_END_DECLS
