/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the duplicates view share: which files of the folder are in which group. */
#pragma once

#include "pane-canvas-view.h"

G_BEGIN_DECLS

/* A file of the folder that is shown. */
typedef struct {
  char *name;
  gint64 mtime_nsec;
  guint copy;
} PaneDuplicate;

/* Files of one content, as far as they are in the folder; others are counted. */
typedef struct {
  guint group; /* the search's number */
  guint64 size, waste;
  GPtrArray *files;        /* PaneDuplicate */
  guint n_copies, n_links; /* links: names beyond one for each copy */
  guint n_elsewhere;
  char *elsewhere; /* where one of those is, for people */
} PaneDuplicateGroup;

/* In pane-duplicates-list.c. The loop; NULL: none of them is in the folder. */
PaneDuplicateGroup *
pane_duplicate_group_new (ThawDuplicates *search, const ThawDuplicatesGroup *group);
void pane_duplicate_group_free (PaneDuplicateGroup *self);
char *pane_duplicate_group_describe (PaneDuplicateGroup *self);
/* The one that stays; the others of its inode stay with it. */
PaneDuplicate *pane_duplicate_group_choose (PaneDuplicateGroup *self, gboolean newest);

G_END_DECLS
