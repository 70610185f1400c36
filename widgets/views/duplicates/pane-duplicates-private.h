/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the duplicates view share: which files of the folder are in which group. */
#pragma once

#include "pane-canvas-view.h"

G_BEGIN_DECLS

/* A file of the folder that is shown, or of one below. */
typedef struct {
  char *path; /* bytes, from the folder */
  gint64 mtime_nsec;
  guint copy;
  gboolean is_shown; /* as an entry of the model; others are only told of */
} PaneDuplicate;

/* Files of one content. */
typedef struct {
  guint group; /* the search's number */
  guint64 size, waste;
  GPtrArray *files;        /* PaneDuplicate */
  guint n_copies, n_links; /* links: names beyond one for each copy */
} PaneDuplicateGroup;

/* In pane-duplicates-list.c. The loop. */
PaneDuplicateGroup *
pane_duplicate_group_new (ThawDuplicates *search, const ThawDuplicatesGroup *group);
void pane_duplicate_group_free (PaneDuplicateGroup *self);
char *pane_duplicate_group_describe (PaneDuplicateGroup *self);
guint pane_duplicate_group_count_shown (PaneDuplicateGroup *self);
/* Of those that are shown the one that stays; the others of its inode stay with it. NULL: none is.
 */
PaneDuplicate *pane_duplicate_group_choose (PaneDuplicateGroup *self, gboolean newest);

/* Where entries of the view's model are: in its folder, @location, and in folders below that are
 * expanded. In pane-duplicates-places.c. */
typedef struct _PaneDuplicatePlaces PaneDuplicatePlaces;
PaneDuplicatePlaces *
pane_duplicate_places_new (PaneCanvasView *view, ThawScope *scope, GFile *location);
void pane_duplicate_places_free (PaneDuplicatePlaces *self);
void pane_duplicate_places_look (PaneDuplicatePlaces *self); /* at the model, before finding */
/* GTK_INVALID_LIST_POSITION: it isn't there, isn't shown, or isn't found yet. */
guint pane_duplicate_places_find (PaneDuplicatePlaces *self, const char *path);
/* Has what wasn't found yet found, and the view laid out again then. */
void pane_duplicate_places_ask (PaneDuplicatePlaces *self);
/* What of the groups' files is further down, as far as the model can take it: paths of folders,
 * with those on the way. NULL: nothing. */
char **pane_duplicate_places_list_folders (ThawDuplicates *search, GHashTable *groups, guint max);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PaneDuplicatePlaces, pane_duplicate_places_free)

G_END_DECLS
