/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changes files, as Thaw Files has it: the queue, and what is said about it. */
#pragma once

#include <adwaita.h>
#include "thaw-operation.h"

G_BEGIN_DECLS

#define FILES_TYPE_OPERATIONS (files_operations_get_type ())
G_DECLARE_FINAL_TYPE (FilesOperations, files_operations, FILES, OPERATIONS, GObject)

/* Loop's thread, all of it. */
FilesOperations *files_operations_new (void);
ThawOperationQueue *files_operations_get_queue (FilesOperations *self); /* opened on first use */
/* Begins it. ::ended tells how it went. */
ThawOperation *files_operations_submit (FilesOperations *self, ThawOperationRequest *request, const char *title);
/* Only plans it, for whoever resumes or cancels it then. */
ThawOperation *files_operations_plan (FilesOperations *self, ThawOperationRequest *request, const char *title);
void files_operations_undo (FilesOperations *self);
void files_operations_redo (FilesOperations *self);
/* How far everything that runs is, 0 … 1; -1: nothing runs, or nobody knows. */
double files_operations_get_fraction (FilesOperations *self);
guint files_operations_get_n_active (FilesOperations *self);
/* Takes back one job, which needn't be the last. */
void files_operations_undo_job (FilesOperations *self, gint64 id);
/* Whether any is neither over nor waits to be let go. */
gboolean files_operations_are_busy (FilesOperations *self);
gboolean files_operations_is_asking (FilesOperations *self);
ThawOperation *files_operations_get_asking (FilesOperations *self); /* NULL: none */
guint files_operations_get_n (FilesOperations *self); /* those that are over too */
/* Looks, once, what a crash interrupted. */
void files_operations_find_interrupted (FilesOperations *self);
guint files_operations_get_n_interrupted (FilesOperations *self); /* that wait for an answer */
const ThawOperationRecord *files_operations_get_interrupted (FilesOperations *self, guint i);
void files_operations_settle (FilesOperations *self, gint64 id, gboolean finish); /* finish, or roll back */

/* ::ended (ThawOperation *operation)
 * ::asks (ThawOperation *operation)
 * ::interrupted (guint n): found at the start
 * ::changed: what can be undone, how many run, how far they are: at most once a frame or so */

G_END_DECLS
