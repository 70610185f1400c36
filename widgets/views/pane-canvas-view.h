/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The free way to a view: say where each entry is, and draw it. Scrolling, cells and all input come along. */
#pragma once

#include "pane-cell.h"

G_BEGIN_DECLS

#define PANE_TYPE_CANVAS_VIEW (pane_canvas_view_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneCanvasView, pane_canvas_view, PANE, CANVAS_VIEW, PaneView)

/* Implement draw_cell() of PaneViewClass, and
 *   either measure_cell(): entries then flow in cells of one size, in groups if get_group() is there,
 *   or lay_out() and get_area(): entries are wherever the view says.
 * Coordinates are application pixels of the whole content, from the start edge and the top: mirroring and scrolling
 * belong to the base. */
struct _PaneCanvasViewClass {
  PaneViewClass parent_class;

  /* There is so much room, and pane_canvas_view_get_n() entries: arranges them and says how large the whole is. */
  void (*lay_out) (PaneCanvasView *self, int width, int height, int *content_width, int *content_height);
  /* Where an entry is; 0 wide or high: it isn't shown. Called often: it has to be quick. */
  void (*get_area) (PaneCanvasView *self, guint position, int *x, int *y, int *width, int *height);
  /* A run of positions that has in it all entries that touch this area: @first up to, not with, @end. Each of them is
   * looked at in each layout: it has to be little more than what is there. Unless implemented, and unless
   * dup_positions() is, entries have to be in reading order, along the scrolling. */
  void (*find_range) (PaneCanvasView *self, int x, int y, int width, int height, guint *first, guint *end);
  /* Draws what is below the cells in this area. */
  void (*draw_below) (PaneCanvasView *self, GtkSnapshot *snapshot, int x, int y, int width, int height);

  /* Entries with the same number, which are beside each other in the folder's order, are a group. */
  gint64 (*get_group) (PaneCanvasView *self, guint32 id);
  /* A group's heading. Transfer full. */
  char *(*dup_group_title) (PaneCanvasView *self, gint64 group);

  /* In place of find_range(), where entries that are beside each other are far apart in the order: the positions of
   * all entries that touch this area, and of few others. Transfer full; NULL: none does. */
  GtkBitset *(*dup_positions) (PaneCanvasView *self, int x, int y, int width, int height);

  gpointer padding[5];
};

/* Along which the entries run and are scrolled; vertical unless said. For a view's instance init. */
PANE_API void pane_canvas_view_set_orientation (PaneCanvasView *self, GtkOrientation orientation);
PANE_API guint pane_canvas_view_get_n (PaneCanvasView *self); /* entries */
PANE_API guint32 pane_canvas_view_get_id (PaneCanvasView *self, guint position);
PANE_API const PaneCellStyle *pane_canvas_view_get_style (PaneCanvasView *self);
/* What the view says, by the functions of its class; nothing of it before the first layout. */
PANE_API void pane_canvas_view_lay_out (PaneCanvasView *self, int width, int height, int *content_width,
                                        int *content_height);
PANE_API void pane_canvas_view_get_area (PaneCanvasView *self, guint position, int *x, int *y, int *width,
                                         int *height);
PANE_API void pane_canvas_view_find_range (PaneCanvasView *self, int x, int y, int width, int height, guint *first,
                                           guint *end);
PANE_API GtkBitset *pane_canvas_view_dup_positions (PaneCanvasView *self, int x, int y, int width, int height);
/* Where entries are, or how they look, is something else: lays out and draws again, in the next frame. */
PANE_API void pane_canvas_view_changed (PaneCanvasView *self);
/* Only where they are, or only how one of them looks: less to draw. */
PANE_API void pane_canvas_view_moved (PaneCanvasView *self);
PANE_API void pane_canvas_view_entry_changed (PaneCanvasView *self, guint32 id);
/* How large cells are is something else: asks measure_cell() again. */
PANE_API void pane_canvas_view_restyle (PaneCanvasView *self);
/* The widget that scrolls, to put something around it: remove it from the view first. */
PANE_API GtkWidget *pane_canvas_view_get_scrolled (PaneCanvasView *self);

G_END_DECLS
