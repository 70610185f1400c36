/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking whether rows that were turned round can be performed: for thaw-journal-invert.c. */
#pragma once

#include "thaw-step-private.h"

G_BEGIN_DECLS

typedef struct {
  ThawJournal *journal;
  gint64 root, carrier; /* the job that is taken back, and the one whose rows are turned */
  ThawOverlay *overlay;
  ThawFolders *folders;
  ThawSpill *moved;  /* guint64: inodes that will not be where they are */
  ThawSpill *mtimes; /* guint64 → gint64: what the time will be again */
} ThawInverseCheck;

void thaw_inverse_check_init (ThawInverseCheck *self, ThawJournal *journal);
void thaw_inverse_check_clear (ThawInverseCheck *self);
/* In the order in which they will be performed. */
gboolean thaw_inverse_check_row (ThawInverseCheck *self, ThawRow *row, GError **error);
/* Each folder that was looked into is open until then. */
void thaw_inverse_check_close_folders (ThawInverseCheck *self);

/* Sets an error, for the user, about what has this name; FALSE. @format: with one %s. */
gboolean thaw_inverse_refuse (GError **error, GIOErrorEnum code, const char *format, const char *name);

G_END_DECLS
