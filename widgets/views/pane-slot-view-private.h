/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the helpers of a slot view use: the follower, which keeps the place, and the grower, which
 * makes rows. */
#pragma once

#include "pane-cell-private.h"
#include "pane-slot-view.h"

G_BEGIN_DECLS

/* In pane-view-follower.c */
typedef struct _PaneViewFollower PaneViewFollower;
PaneViewFollower *pane_view_follower_new (PaneSlotView *view); /* borrows the view, which owns it */
void pane_view_follower_free (PaneViewFollower *self);
void pane_view_follower_will_publish (PaneViewFollower *self);
void pane_view_follower_published (PaneViewFollower *self);
void pane_view_follower_reveal (PaneViewFollower *self, guint32 id, gboolean focus);
void pane_view_follower_put (PaneViewFollower *self, guint32 id, double pixel); /* from the top of the view */
gboolean pane_view_follower_get_place (PaneViewFollower *self, guint32 *id, double *pixel); /* what is looked at */
/* Rows are where they are no longer: nothing can be reached before the next layout. */
void pane_view_follower_invalidate (PaneViewFollower *self);
/* Has GTK's first row stand for another place in the order: what is looked at stays where it is. */
void pane_view_follower_set_offset (PaneViewFollower *self, guint offset);
/* A range is about to be selected: it starts at @id if nothing that is shown was chosen before. */
void pane_view_follower_ensure_anchor (PaneViewFollower *self, guint32 id);
/* Allocation is over, the frame not yet painted. */
void pane_view_follower_laid_out (PaneViewFollower *self);
gboolean pane_view_follower_is_busy (PaneViewFollower *self); /* focus changes now are its own */

/* In pane-view-grower.c */
typedef struct _PaneViewGrower PaneViewGrower;
PaneViewGrower *pane_view_grower_new (PaneSlotView *view); /* borrows the view, which owns it */
void pane_view_grower_free (PaneViewGrower *self);
/* A list is about to be made, which has no rows yet. */
void pane_view_grower_begin (PaneViewGrower *self);
/* A longer order may come: takes care that its rows are made a few a frame. */
void pane_view_grower_prepare (PaneViewGrower *self);

PaneViewFollower *pane_slot_view_get_follower (PaneSlotView *self);
GtkAdjustment *pane_slot_view_get_adjustment (PaneSlotView *self);
/* The cell of a list item's widget, NULL if @widget isn't one and isn't inside one. */
PaneCell *pane_slot_view_find_cell (PaneSlotView *self, GtkWidget *widget);

/* The cell that has the keyboard focus, NULL if that is elsewhere. */
PaneCell *pane_slot_view_get_focus_cell (PaneSlotView *self);

/* In pane-slot-view-style.c */
void pane_slot_view_install_style (PaneSlotViewClass *klass);
void pane_slot_view_update_style (PaneSlotView *self);
PaneCellStyle *pane_slot_view_peek_style (PaneSlotView *self);

/* In pane-slot-view-headings.c */
void pane_slot_view_add_heading_keys (PaneSlotView *self);
guint pane_slot_view_get_first_slot (PaneSlotView *self); /* that can have the focus */
void pane_slot_view_leave_heading (PaneSlotView *self);   /* before the list gets the focus */

/* In pane-slot-view-input.c */
void pane_slot_view_add_input (PaneSlotView *self);
guint32 pane_slot_view_get_entry_at (PaneView *view, double x, double y);
GFile *pane_slot_view_dup_drop_folder (PaneView *view,
                                       double x,
                                       double y,
                                       guint32 *place,
                                       gboolean *is_entry);
void pane_slot_view_install_keys (GtkWidgetClass *widget_class);

G_END_DECLS
