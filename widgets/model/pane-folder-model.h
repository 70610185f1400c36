/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder model: a GListModel and GtkSelectionModel of slots over a folder's orders. */
#pragma once

#include <gtk/gtk.h>
#include "thaw.h"

G_BEGIN_DECLS

#define PANE_API __attribute__ ((visibility ("default")))

/* One slot that GTK holds: a position, re-pointed to another entry when the order changes. Valid while GTK
 * holds it; anything that outlives a turn of the loop keeps the id, not the row. */
typedef struct _PaneFolderModel PaneFolderModel;

#define PANE_TYPE_ROW (pane_row_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneRow, pane_row, PANE, ROW, GObject)
PANE_API guint32 pane_row_get_id (PaneRow *self);
PANE_API guint pane_row_get_position (PaneRow *self);
PANE_API PaneFolderModel *pane_row_get_model (PaneRow *self); /* NULL once the row has left it */
/* ::changed: points to another entry, or its columns changed: draw again. (Selected and focused are GTK's states.) */

#define PANE_TYPE_FOLDER_MODEL (pane_folder_model_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneFolderModel, pane_folder_model, PANE, FOLDER_MODEL, GObject)

PANE_API PaneFolderModel *pane_folder_model_new (void);
/* The store and order shown. A new order of the same store keeps selection by id; another store clears it. */
PANE_API void pane_folder_model_publish (PaneFolderModel *self, ThawOrder *order);
PANE_API void pane_folder_model_entries_changed (PaneFolderModel *self, const guint32 *ids, guint n_ids);
PANE_API void pane_folder_model_set_folder (PaneFolderModel *self, ThawFolder *folder); /* follows its signals */
PANE_API ThawFolder *pane_folder_model_get_folder (PaneFolderModel *self);
PANE_API ThawOrder *pane_folder_model_get_order (PaneFolderModel *self); /* NULL before the first */
PANE_API ThawEntryStore *pane_folder_model_get_store (PaneFolderModel *self);

PANE_API guint32 pane_folder_model_get_id (PaneFolderModel *self, guint position);
PANE_API guint pane_folder_model_find (PaneFolderModel *self, guint32 id); /* GTK_INVALID_LIST_POSITION */

/* Selection, by id: survives every order, also of entries that a filter hides (not counted then). */
PANE_API gboolean pane_folder_model_is_id_selected (PaneFolderModel *self, guint32 id);
PANE_API void pane_folder_model_select_id (PaneFolderModel *self, guint32 id, gboolean only);
PANE_API void pane_folder_model_invert_selection (PaneFolderModel *self);
PANE_API guint pane_folder_model_get_n_selected (PaneFolderModel *self); /* shown and selected */
PANE_API GArray *pane_folder_model_dup_selected_ids (PaneFolderModel *self); /* guint32, in the order shown */

/* Entries waiting to be moved elsewhere, drawn fainter. NULL, 0: none. Another store clears it. */
PANE_API void pane_folder_model_set_cut_ids (PaneFolderModel *self, const guint32 *ids, guint n_ids);
PANE_API gboolean pane_folder_model_is_id_cut (PaneFolderModel *self, guint32 id);

/* The entry that has the keyboard focus; views tell, so that it can be followed. THAW_NO_ENTRY for none. */
PANE_API void pane_folder_model_set_focus_id (PaneFolderModel *self, guint32 id);
PANE_API guint32 pane_folder_model_get_focus_id (PaneFolderModel *self);

/* For views that follow entries over a new order. */
/* Where the entry at @old_position of an @old order is now, or its nearest neighbour that is still shown. */
PANE_API guint pane_folder_model_find_near (PaneFolderModel *self, ThawOrder *old, guint old_position);
PANE_API guint32 pane_folder_model_get_anchor_id (PaneFolderModel *self); /* where a range selection starts */
PANE_API void pane_folder_model_set_anchor_id (PaneFolderModel *self, guint32 id);
PANE_API void pane_folder_model_hold_selection (PaneFolderModel *self, gboolean hold); /* see there */

/* How many rows GTK may see at most while row widgets are still being made (grown a few a frame by the view). */
PANE_API void pane_folder_model_set_cap (PaneFolderModel *self, guint cap); /* G_MAXUINT: no cap */

/* How many of the rows that GTK sees already it goes on seeing, blank, when an order is shorter: the view has their
 * widgets taken down a few a frame. Blank rows stand for THAW_NO_ENTRY. 0: none. */
PANE_API void pane_folder_model_set_floor (PaneFolderModel *self, guint floor);

/* Which place in the order the first row that GTK sees stands for; 0 in the end. Positions elsewhere are places in
 * the order: those from GTK and to GTK differ by this. */
PANE_API void pane_folder_model_set_offset (PaneFolderModel *self, guint offset);
PANE_API guint pane_folder_model_get_offset (PaneFolderModel *self);
/* In ::will-publish: rows from @at on move by so many, and keep their entries if those do, too. In ::published: by how
 * many they did, 0 if that could not be. */
PANE_API void pane_folder_model_set_shift (PaneFolderModel *self, guint at, int shift);
PANE_API int pane_folder_model_get_shift (PaneFolderModel *self);
PANE_API guint32 pane_folder_model_get_slot_id (PaneFolderModel *self, guint slot); /* by GTK's number */

/* Folders in the folder whose entries are shown behind their own; in pane-folder-tree.c. Entries of theirs have ids like
 * any other, and the model's store and order know them. */
PANE_API gboolean pane_folder_model_is_expandable (PaneFolderModel *self, guint32 id);
PANE_API gboolean pane_folder_model_is_expanded (PaneFolderModel *self, guint32 id);
PANE_API void pane_folder_model_set_expanded (PaneFolderModel *self, guint32 id, gboolean expanded);
PANE_API void pane_folder_model_collapse_all (PaneFolderModel *self);
/* To expand the same folders again: their paths from the model's one; NULL: none. */
PANE_API char **pane_folder_model_dup_expanded (PaneFolderModel *self);
PANE_API void pane_folder_model_expand_paths (PaneFolderModel *self, const char *const *paths);
PANE_API guint pane_folder_model_get_depth (PaneFolderModel *self, guint32 id); /* 0: in the folder itself */
PANE_API guint32 pane_folder_model_get_parent_id (PaneFolderModel *self, guint32 id); /* THAW_NO_ENTRY: the folder itself */
/* Some rows are no entries but say how it is with a folder: their ids are notes, which can't be selected. */
PANE_API char *pane_folder_model_dup_note (PaneFolderModel *self, guint32 id);
PANE_API void pane_folder_model_retry (PaneFolderModel *self, guint32 note); /* reads the folder again */
/* Headings among the rows, by what the folder is sorted by, for views whose rows can show them; in
 * pane-folder-headings.c. They are notes. */
PANE_API void pane_folder_model_set_grouped (PaneFolderModel *self, gboolean grouped);
PANE_API gboolean pane_folder_model_get_grouped (PaneFolderModel *self);
PANE_API gboolean pane_folder_model_is_heading (PaneFolderModel *self, guint32 id);
PANE_API char *pane_folder_model_dup_heading (PaneFolderModel *self, guint32 id, guint *n_entries);
/* Which folder an entry is in, and what its store calls the entry; NULL: none. */
PANE_API ThawFolder *pane_folder_model_find_folder (PaneFolderModel *self, guint32 id, guint32 *own_id);
/* Each folder that is expanded and has been begun to be read, in no order. */
typedef void (*PaneBranchFunc) (ThawBranch *branch, gpointer user_data);
PANE_API void pane_folder_model_foreach_branch (PaneFolderModel *self, PaneBranchFunc func, gpointer user_data);
PANE_API GFile *pane_folder_model_dup_file (PaneFolderModel *self, guint32 id); /* NULL: it is no entry any more */
PANE_API void pane_folder_model_want (PaneFolderModel *self, const guint32 *ids, guint n_ids); /* as thaw_folder_want() */

/* ::expanded-changed: the user has expanded or collapsed a folder. */
/* ::focus-changed: the user has gone to another entry; not when another takes its place in a new order. */
/* ::entries-changed: columns of some have other values. For views that hold no rows. */
/* ::will-publish / ::published: around a new order, so that a view can note and restore what it looks at. */
PANE_API ThawOrder *pane_folder_model_get_coming_order (PaneFolderModel *self); /* in ::will-publish, else NULL */

G_END_DECLS
