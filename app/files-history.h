/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a tab has been. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef struct {
  GFile *location;
  char *focus_name; /* the entry that had the focus when the place was left, or NULL */
} FilesVisit;

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
/* -1 is one back, 1 is one ahead. NULL, and no move, when there is none so far. Borrowed. */
const FilesVisit *files_history_go (FilesHistory *self, int steps);
const FilesVisit *files_history_peek (FilesHistory *self, int steps);
guint files_history_get_n_back (FilesHistory *self);
guint files_history_get_n_forward (FilesHistory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesHistory, files_history_free)

G_END_DECLS
