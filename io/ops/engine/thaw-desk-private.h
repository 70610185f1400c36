/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal and the memory of speeds, for the loop: each call is a job on a lane of their own, in the order of the calls.
 * Loop's thread. */
#pragma once

#include "thaw-estimate-private.h"
#include "thaw-journal-private.h"
#include "thaw-operation.h"

G_BEGIN_DECLS

typedef struct _ThawDesk ThawDesk;

typedef struct {
  gint64 undo_job, redo_job;
  char *undo_title, *redo_title;
} ThawDeskTitles;

ThawDesk *thaw_desk_new (const char *folder);
ThawDesk *thaw_desk_ref (ThawDesk *self);
void thaw_desk_unref (ThawDesk *self);
/* A future of the ThawJournal. */
ThawFuture *thaw_desk_open (ThawDesk *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
ThawFuture *thaw_desk_load_titles (ThawDesk *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT; /* ThawDeskTitles */
ThawFuture *thaw_desk_list_history (ThawDesk *self, ThawScope *scope, guint n_max) G_GNUC_WARN_UNUSED_RESULT; /* ThawOperationRecord */
ThawFuture *thaw_desk_list_interrupted (ThawDesk *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT; /* the same */
ThawFuture *thaw_desk_load_paused (ThawDesk *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT; /* GPtrArray of ThawJournalRecord */
ThawFuture *thaw_desk_set_state (ThawDesk *self, ThawScope *scope, gint64 job, ThawJournalState state) G_GNUC_WARN_UNUSED_RESULT;
ThawFuture *thaw_desk_skip_problems (ThawDesk *self, ThawScope *scope, gint64 job, const char *const *paths) G_GNUC_WARN_UNUSED_RESULT;
/* That it was cancelled by the user, though its thread can't say so. */
ThawFuture *thaw_desk_note_cancelled (ThawDesk *self, ThawScope *scope, gint64 job) G_GNUC_WARN_UNUSED_RESULT;
/* Speeds: kept in memory, written down now and then. */
void thaw_desk_get_speed (ThawDesk *self, const char *devices, const char *kind, ThawSpeed *speed);
void thaw_desk_learn_speed (ThawDesk *self, ThawScope *scope, const char *devices, const char *kind, const ThawSpeed *speed);

void thaw_desk_titles_free (ThawDeskTitles *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawDesk, thaw_desk_unref)

G_END_DECLS
