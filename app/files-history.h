/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a tab has been. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef struct {
  GFile *location;
  char *focus_name; /* the entry that had the focus when the place was left, or NULL */
  GStrv selected;   /* what was selected then, if not that entry alone, or NULL */
  char *sight_name; /* what was looked at, and where it was: see pane_view_get_place(); or NULL */
  double offset;
} FilesVisit;

FilesVisit *files_visit_copy (const FilesVisit *self);
void files_visit_free (FilesVisit *self);

typedef struct _FilesHistory FilesHistory;

FilesHistory *files_history_new (void);
FilesHistory *files_history_copy (FilesHistory *self);
void files_history_free (FilesHistory *self);
/* Goes to a new place: what lay ahead is forgotten. The same place again changes nothing. */
void files_history_visit (FilesHistory *self, GFile *location);
/* The current place turned out to be another one. */
void files_history_replace (FilesHistory *self, GFile *location);
/* What to come back to at the current place. */
void files_history_set_focus_name (FilesHistory *self, const char *name);
void files_history_set_selected (FilesHistory *self, GStrv selected);
void files_history_set_sight (FilesHistory *self, const char *name, double offset);
/* The last time that the user was at a place before the current one; NULL: never. Borrowed. */
const FilesVisit *files_history_find (FilesHistory *self, GFile *location);
/* -1 is one back, 1 is one ahead. NULL, and no move, when there is none so far. Borrowed. */
const FilesVisit *files_history_go (FilesHistory *self, int steps);
const FilesVisit *files_history_peek (FilesHistory *self, int steps);
guint files_history_get_n_back (FilesHistory *self);
guint files_history_get_n_forward (FilesHistory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesVisit, files_visit_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesHistory, files_history_free)

G_END_DECLS
