/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a canvas view share: geometry, cells, input. */
#pragma once

#include "pane-canvas-view.h"
#include "pane-cell-private.h"

G_BEGIN_DECLS

/* The scrolled surface. Geometry and the cells that are on the screen; in pane-canvas.c. */
#define PANE_TYPE_CANVAS (pane_canvas_get_type ())
G_DECLARE_FINAL_TYPE (PaneCanvas, pane_canvas, PANE, CANVAS, GtkWidget)

PaneCanvas *pane_canvas_new (PaneCanvasView *view);
void pane_canvas_set_model (PaneCanvas *self, PaneFolderModel *model);
void pane_canvas_set_orientation (PaneCanvas *self, GtkOrientation orientation);
GtkOrientation pane_canvas_get_orientation (PaneCanvas *self);
PaneFolderModel *pane_canvas_get_model (PaneCanvas *self);
PaneView *pane_canvas_get_view (PaneCanvas *self);
void pane_canvas_restyle (PaneCanvas *self);                        /* font, theme or zoom are others */
void pane_canvas_changed (PaneCanvas *self);                        /* where entries are is something else */
void pane_canvas_redraw (PaneCanvas *self);                         /* what cells show is something else */
const PaneCellStyle *pane_canvas_get_style (PaneCanvas *self);
/* In the widget's coordinates. FALSE: not laid out, or not shown. */
gboolean pane_canvas_get_bounds (PaneCanvas *self, guint position, graphene_rect_t *bounds);
gboolean pane_canvas_get_visible_range (PaneCanvas *self, guint *first, guint *last);
PaneCell *pane_canvas_pick (PaneCanvas *self, double x, double y); /* NULL: beside all */
PaneCell *pane_canvas_find_cell (PaneCanvas *self, guint32 id);    /* NULL: not in sight */
PaneCell *pane_canvas_get_focus_cell (PaneCanvas *self);
void pane_canvas_foreach_cell (PaneCanvas *self, void (*func) (PaneCell *cell, gpointer user_data),
                               gpointer user_data);
void pane_canvas_reveal (PaneCanvas *self, guint position, gboolean focus);
/* From the widget's to the content's coordinates, mirrored if need be. */
void pane_canvas_to_content (PaneCanvas *self, const graphene_rect_t *area, GdkRectangle *content);
void pane_canvas_scroll_by (PaneCanvas *self, double dx, double dy);
/* The area of an entry in the content; FALSE: it isn't shown. */
gboolean pane_canvas_get_area (PaneCanvas *self, guint position, GdkRectangle *area);
/* Of the entries that touch this area, and of few others; transfer full, never NULL. */
GtkBitset *pane_canvas_dup_positions (PaneCanvas *self, const GdkRectangle *area);
void pane_canvas_get_page (PaneCanvas *self, int *width, int *height);

/* What of the content is on the screen, and where that is in the widget. */
void pane_canvas_get_viewport (PaneCanvas *self, GdkRectangle *viewport);
void pane_canvas_to_widget (PaneCanvas *self, const GdkRectangle *area, GdkRectangle *place);

gboolean pane_canvas_is_stale (PaneCanvas *self);                 /* entries aren't where they will be */
void pane_canvas_set_start (PaneCanvas *self, double offset);     /* scrolls along the canvas */
gboolean pane_canvas_get_place (PaneCanvas *self, guint32 *id, double *offset); /* as of PaneView */
void pane_canvas_put_place (PaneCanvas *self, guint32 id, double offset);

/* What stays where it is; in pane-canvas-place.c. */
typedef struct _PaneCanvasPlace PaneCanvasPlace;
PaneCanvasPlace *pane_canvas_place_new (PaneCanvas *canvas);
void pane_canvas_place_free (PaneCanvasPlace *self);
void pane_canvas_place_note (PaneCanvasPlace *self);
void pane_canvas_place_will_publish (PaneCanvasPlace *self);
gboolean pane_canvas_place_published (PaneCanvasPlace *self); /* FALSE: another folder */
gboolean pane_canvas_place_restore (PaneCanvasPlace *self);   /* TRUE: it was put there */
gboolean pane_canvas_place_get (PaneCanvasPlace *self, guint32 *id, double *offset);
void pane_canvas_place_put (PaneCanvasPlace *self, guint32 id, double offset);
void pane_canvas_place_yield (PaneCanvasPlace *self);
void pane_canvas_place_forget (PaneCanvasPlace *self);

/* The widgets of what is on the screen; in pane-canvas-cells.c. */
typedef struct _PaneCanvasCells PaneCanvasCells;
PaneCanvasCells *pane_canvas_cells_new (PaneCanvas *canvas);
void pane_canvas_cells_free (PaneCanvasCells *self);
void pane_canvas_cells_forget (PaneCanvasCells *self);
void pane_canvas_cells_assign (PaneCanvasCells *self);  /* while the canvas is allocated */
void pane_canvas_cells_put_all (PaneCanvasCells *self); /* none stands for an entry any more */
PaneCell *pane_canvas_cells_find (PaneCanvasCells *self, guint32 id);
void pane_canvas_cells_foreach (PaneCanvasCells *self, void (*func) (PaneCell *cell, gpointer user_data),
                                gpointer user_data);
void pane_canvas_cells_show_selection (PaneCanvasCells *self);
PaneCell *pane_canvas_cells_make (PaneCanvasCells *self, guint position, guint32 id);

/* Cells of one size in groups; in pane-canvas-flow.c. */
typedef struct _PaneFlow PaneFlow;
PaneFlow *pane_flow_new (PaneCanvasView *view);
void pane_flow_free (PaneFlow *self);
void pane_flow_lay_out (PaneFlow *self, GtkOrientation orientation, int width, int height, int *content_width,
                        int *content_height);
void pane_flow_get_area (PaneFlow *self, guint position, int *x, int *y, int *width, int *height);
void pane_flow_find_range (PaneFlow *self, int x, int y, int width, int height, guint *first, guint *end);
int pane_flow_get_lead (PaneFlow *self, guint position); /* of its group's heading above it, in its first line */
void pane_flow_order_changed (PaneFlow *self); /* groups are others */
void pane_flow_set_grouped (PaneFlow *self, gboolean grouped); /* as the user wants it: it has no effect on a view's own */
gboolean pane_flow_is_current (PaneFlow *self); /* FALSE: groups are others by now, without another order */
typedef void (*PaneHeadingFunc) (guint first, guint n_entries, const char *title, const GdkRectangle *area,
                                 gpointer user_data);
void pane_flow_foreach_heading (PaneFlow *self, const GdkRectangle *viewport, PaneHeadingFunc func,
                                gpointer user_data);
/* NULL: its entries don't flow. */
PaneFlow *pane_canvas_view_get_flow (PaneCanvasView *self);

/* The headings that are on the screen; in pane-canvas-headings.c. */
typedef struct _PaneCanvasHeadings PaneCanvasHeadings;
PaneCanvasHeadings *pane_canvas_headings_new (PaneCanvas *canvas);
void pane_canvas_headings_free (PaneCanvasHeadings *self);
void pane_canvas_headings_forget (PaneCanvasHeadings *self); /* the canvas is disposed of */
void pane_canvas_headings_assign (PaneCanvasHeadings *self); /* while the canvas is allocated */
/* Puts those that come before the entry at @position behind @previous, among the canvas' children. */
void pane_canvas_headings_arrange (PaneCanvasHeadings *self, guint position, GtkWidget **previous);
PaneCanvasHeadings *pane_canvas_get_headings (PaneCanvas *self);

/* Keyboard, pointer, rubber band; in pane-canvas-input.c, pane-canvas-keys.c and pane-canvas-band.c. */
void pane_canvas_add_input (PaneCanvas *self);
void pane_canvas_add_band (PaneCanvas *self);
void pane_canvas_install_keys (GtkWidgetClass *widget_class);
void pane_canvas_select (PaneCanvas *self, guint position, gboolean extend, gboolean toggle);
void pane_canvas_request_menu (PaneCanvas *self, PaneCell *cell, double x, double y);
void pane_canvas_snapshot_band (PaneCanvas *self, GtkSnapshot *snapshot);

/* What is being dragged, for views of any kind; in pane-view-drag.c. */
typedef PaneCell *(*PaneCellPick) (GtkWidget *surface, double x, double y);
void pane_view_add_drag_source (PaneView *view, GtkWidget *surface, PaneCellPick pick);

G_END_DECLS
