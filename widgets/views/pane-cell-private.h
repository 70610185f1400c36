/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of a cell and the bases of views share. */
#pragma once

#include "pane-cell.h"

G_BEGIN_DECLS

void pane_cell_bind (PaneCell *self, GtkListItem *item);
/* Without a list item: the cell itself is what assistive technology sees. */
void pane_cell_bind_entry (PaneCell *self, PaneFolderModel *model, guint position, guint32 id);
void pane_cell_unbind (PaneCell *self);
void pane_cell_set_style (PaneCell *self, const PaneCellStyle *style); /* borrowed for the cell's life */
gboolean pane_cell_update_label (PaneCell *self); /* TRUE: it was out of date */

/* In pane-cell-style.c */
void pane_cell_style_read (PaneCellStyle *style, GtkWidget *view); /* font, theme, zoom */
void pane_cell_style_clear (PaneCellStyle *style);
void pane_view_add_css (GdkDisplay *display);

/* In pane-canvas-headings.c: draws a group's heading into a widget, @margin from its start and @y from its top. */
void pane_heading_snapshot (GtkWidget *widget, GtkSnapshot *snapshot, const PaneCellStyle *style, const char *title,
                            guint n_entries, int margin, int y);

/* In pane-view-cell.c */
PaneCell *pane_view_cell_new (PaneView *view, GtkAccessibleRole role, const char *css_name); /* draws by draw_cell() */
/* By whoever draws: this text is cut short in the box that begins @x from the start edge. */
void pane_cell_note_cut_text (PaneCell *self, const char *text, int x, int width);

G_END_DECLS
