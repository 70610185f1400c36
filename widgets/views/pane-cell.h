/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a slot view shows an entry with: one widget, without children. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

#define PANE_TYPE_CELL (pane_cell_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneCell, pane_cell, PANE, CELL, GtkWidget)

struct _PaneCellClass {
  GtkWidgetClass parent_class;

  /* Draws the entry; only called while there is one. */
  void (*draw) (PaneCell *self, GtkSnapshot *snapshot);
  /* The cell stands for another entry, or its entry's columns changed. It is drawn again anyway. */
  void (*changed) (PaneCell *self);

  gpointer padding[6];
};

PANE_API guint32 pane_cell_get_id (PaneCell *self); /* THAW_NO_ENTRY while it shows nothing */
PANE_API ThawEntryStore *pane_cell_get_store (PaneCell *self); /* NULL while it shows nothing */
PANE_API guint pane_cell_get_position (PaneCell *self);
PANE_API gboolean pane_cell_is_dimmed (PaneCell *self); /* hidden or cut: drawn fainter */
PANE_API void pane_cell_changed (PaneCell *self);

/* For PaneSlotView. */
void pane_cell_bind (PaneCell *self, GtkListItem *item);
void pane_cell_unbind (PaneCell *self);
gboolean pane_cell_update_label (PaneCell *self); /* TRUE: it was out of date */

/* For draw(): the entry's icon, with an emblem for links, in a square of @size at @x, @y. */
PANE_API void pane_cell_snapshot_icon (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size);

G_END_DECLS
