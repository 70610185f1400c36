/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The base of views made of GtkListView or GtkGridView over slots. */
#pragma once

#include "pane-cell.h"
#include "pane-view.h"

G_BEGIN_DECLS

#define PANE_TYPE_SLOT_VIEW (pane_slot_view_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneSlotView, pane_slot_view, PANE, SLOT_VIEW, PaneView)

typedef void (*PaneCellFunc) (PaneCell *cell, gpointer user_data);

struct _PaneSlotViewClass {
  PaneViewClass parent_class;

  /* GTK_TYPE_LIST_VIEW or GTK_TYPE_GRID_VIEW. */
  GType list_type;
  /* The zoom levels, and the one to begin with; NULL: the instance says so. */
  const int *icon_sizes;
  guint n_icon_sizes, default_zoom;
  /* Says how large a cell is with this font and icon size. Called whenever either changes. */
  void (*fit_style) (PaneSlotView *self, PaneCellStyle *style);
  /* A cell of this view, floating. */
  PaneCell *(*create_cell) (PaneSlotView *self);
  /* Entries in a row; 1 unless overridden. */
  guint (*get_n_columns) (PaneSlotView *self);
  /* How many widgets GTK keeps for a long list. */
  guint (*get_n_kept) (PaneSlotView *self);
  /* The list has this width now. TRUE: the list has to be laid out again, which happens before the frame is painted. */
  gboolean (*fit) (PaneSlotView *self, int width);
  /* The model has another order. */
  void (*published) (PaneSlotView *self);
  /* Instead of list_type, when instances differ. */
  GType (*get_list_type) (PaneSlotView *self);

  gpointer padding[7];
};

PANE_API GtkWidget *pane_slot_view_get_list (PaneSlotView *self); /* NULL before set_model */
PANE_API GtkWidget *pane_slot_view_get_scrolled (PaneSlotView *self);
PANE_API int pane_slot_view_get_row_height (PaneSlotView *self); /* 0 before the first layout */
PANE_API guint pane_slot_view_get_n_columns (PaneSlotView *self);
PANE_API const PaneCellStyle *pane_slot_view_get_style (PaneSlotView *self);
PANE_API void pane_slot_view_foreach_cell (PaneSlotView *self,
                                           PaneCellFunc func,
                                           gpointer user_data);
/* Scrolls so that the entry's row is @y below the top of the list, for rows that were shown elsewhere before. */
PANE_API void pane_slot_view_put (PaneSlotView *self, guint32 id, double y);
/* What cells show, or where, is something else. */
PANE_API void pane_slot_view_draw_cells (PaneSlotView *self);

G_END_DECLS
