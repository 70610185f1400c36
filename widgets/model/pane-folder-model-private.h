/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the folder model share: rows, orders and the selection. */
#pragma once

#include "pane-folder-model.h"
#include "pane-folder-tree-private.h"
#include "pane-id-set.h"

G_BEGIN_DECLS

typedef struct _PaneFolderHeadings PaneFolderHeadings;

struct _PaneRow {
  GObject parent_instance;

  PaneFolderModel *model; /* not owned; NULL once the model is gone or the slot left it */
  guint position;         /* as GTK counts; GTK_INVALID_LIST_POSITION once the slot left the model */
  guint32 id;
};

struct _PaneFolderModel {
  GObject parent_instance;

  ThawOrder *order;
  ThawOrder *coming; /* not owned: while ::will-publish is emitted */
  ThawFolder *folder;
  guint cap;
  guint floor;
  guint offset; /* the place in the order of GTK's first row */
  guint n; /* what GTK sees: from the offset to the cap, or blank rows down to the floor */
  guint shift_at; /* before which row, and */
  int shift;      /* by how much, rows move at the publication under way */

  GHashTable *rows; /* position -> PaneRow, not owned: only those that somebody holds */
  PaneRow *scratch; /* owned: the latest row, used again when nobody else holds it */

  PaneIdSet selection;
  guint n_selected; /* of those shown */
  gboolean n_selected_valid;
  gboolean selection_held; /* GTK's anchor is being moved: its select_item() must change nothing */
  guint32 anchor_id;       /* where a range selection starts */

  PaneIdSet cut;

  guint32 focus_id;
  guint32 stand_in_id; /* has the focus while the entry of focus_id is not shown */

  PaneFolderTree *tree; /* NULL: nothing is expanded */
  PaneFolderHeadings *headings; /* NULL: there are none */
};

PaneRow *pane_row_new (PaneFolderModel *model, guint position, guint32 id);
void pane_row_point_at (PaneRow *self, guint32 id); /* ::changed if that is another entry */
void pane_row_changed (PaneRow *self);
void pane_row_leave (PaneRow *self); /* the slot is no longer part of the model */
void pane_folder_model_forget_row (PaneFolderModel *self, PaneRow *row);

void pane_folder_model_drop_rows (PaneFolderModel *self, guint n); /* all from the nth */
void pane_folder_model_repoint_rows (PaneFolderModel *self, gboolean all); /* FALSE: ::changed if need be */

/* What is shown, without headings; NULL before the first order. */
ThawOrder *pane_folder_model_get_plain_order (PaneFolderModel *self);
void pane_folder_model_publish_again (PaneFolderModel *self); /* the same, with the headings that it has now */

/* Headings, in pane-folder-headings.c. */
PaneFolderHeadings *pane_folder_headings_new (PaneFolderModel *model); /* borrows the model, which owns it */
void pane_folder_headings_free (PaneFolderHeadings *self);
ThawOrder *pane_folder_headings_compose (PaneFolderHeadings *self, ThawOrder *order); /* transfer full */
ThawOrder *pane_folder_headings_get_plain (PaneFolderHeadings *self);
void pane_folder_headings_published (PaneFolderHeadings *self);
char *pane_folder_headings_dup_label (PaneFolderHeadings *self, guint32 id); /* NULL: it is none */

/* Length, in pane-folder-length.c. */
guint pane_folder_model_get_n_filled (PaneFolderModel *self); /* rows that have an entry */
void pane_folder_model_shift (PaneFolderModel *self); /* as ::will-publish has asked for */
void pane_folder_model_shrink (PaneFolderModel *self);
void pane_folder_model_grow (PaneFolderModel *self);

/* Selection, in pane-folder-selection.c. */
void pane_folder_selection_iface_init (GtkSelectionModelInterface *iface);

G_END_DECLS
