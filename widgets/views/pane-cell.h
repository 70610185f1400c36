/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a slot view shows an entry with: one widget, without children. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

/* What all cells of a view share; the view's. In pixels. */
typedef struct {
  int icon_size;
  int char_width, line_height;    /* of the font */
  int ascent, descent;            /* the same */
  int least_width, width, height; /* of a cell: what the view's fit_style() says */
  double secondary_opacity;       /* of what isn't a name */
} PaneCellStyle;

#define PANE_TYPE_CELL (pane_cell_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneCell, pane_cell, PANE, CELL, GtkWidget)

struct _PaneCellClass {
  GtkWidgetClass parent_class;

  /* Draws the entry; only called while there is one. */
  void (*draw) (PaneCell *self, GtkSnapshot *snapshot);
  /* The cell stands for another entry, or its entry's columns changed. It is drawn again anyway. */
  void (*changed) (PaneCell *self);

  /* The text at @x if it is cut short, for a tooltip; @area is the whole cell and can be narrowed. NULL: none. */
  const char *(*find_cut_text) (PaneCell *self, int x, GdkRectangle *area);

  gpointer padding[5];
};

PANE_API guint32 pane_cell_get_id (PaneCell *self); /* THAW_NO_ENTRY while it shows nothing */
PANE_API ThawEntryStore *pane_cell_get_store (PaneCell *self); /* NULL while it shows nothing */
PANE_API guint pane_cell_get_position (PaneCell *self);
PANE_API gboolean pane_cell_is_dimmed (PaneCell *self); /* hidden or cut: drawn fainter */
PANE_API void pane_cell_changed (PaneCell *self);

/* For PaneSlotView. */
void pane_cell_bind (PaneCell *self, GtkListItem *item);
void pane_cell_unbind (PaneCell *self);
void pane_cell_set_style (PaneCell *self, const PaneCellStyle *style); /* borrowed for the cell's life */
gboolean pane_cell_update_label (PaneCell *self); /* TRUE: it was out of date */

/* For draw(). */
PANE_API const PaneCellStyle *pane_cell_get_style (PaneCell *self);
PANE_API gboolean pane_cell_is_rtl (PaneCell *self);
/* One layout serves all cells: what it says is drawn at once. All have their first line's baseline where it is told
 * to be, whichever fonts their letters come from. */
PANE_API void pane_cell_snapshot_text (PaneCell *self, GtkSnapshot *snapshot, PangoLayout *layout, int x, int baseline,
                                       double opacity);
/* The entry's icon, with an emblem for links, in a square of @size at @x, @y. */
PANE_API void pane_cell_snapshot_icon (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size);

G_END_DECLS
